"""Freeman, Ziemba, Heeger, Simoncelli & Movshon 2013 → freemanziemba2013.npz: V1 and V2, 2 × 135 × 205.

    python3 data/convert/freemanziemba2013.py assy_movshon_FreemanZiemba2013_public.nc recordings/freemanziemba2013.npz

The input is Brain-Score's assembly FreemanZiemba2013.public, a netCDF-4 file of bins of 1 ms.
They are averaged in bins of 150 ms, and over the repetitions of an image.

    texture_type   naturalistic texture, or noise of its spectrum
    stimulus_id    of the image, by which they are in order
"""

import brainscore
from simgrad_npz import Bad, run

BIN = 150  # ms


def convert(args):
    out = brainscore.convert(args, "texture_type", "texture_type")
    a = out["activity"]
    if len(a) % BIN:
        raise Bad(f"has {len(a)} time bins, not a multiple of {BIN} of 1 ms")
    out["activity"] = a.reshape(-1, BIN, *a.shape[1:]).mean(axis=1)
    return out


if __name__ == "__main__":
    run(__doc__, convert, brainscore.STIMULI)
