"""Majaj, Hong, Solomon & DiCarlo 2015 → majajhong2015.npz: inferior temporal cortex, 3200 × 168.

    python3 data/convert/majajhong2015.py assy_dicarlo_MajajHong2015_public.nc recordings/majajhong2015.npz

The input is Brain-Score's assembly MajajHong2015.public, a netCDF-4 file. Rates of the
neuroids of IT, 70–170 ms after image onset, are averaged over the repetitions of an image.

    category      of the object, one of eight
    stimulus_id   of the image, by which they are in order
"""

import brainscore
from simgrad_npz import Bad, run


def convert(args):
    out = brainscore.convert(args, "category_name", "category", region="IT")
    bins = len(out["activity"])
    if bins != 1:
        raise Bad(f"has {bins} time bins: the assembly to take is MajajHong2015.public, of one bin of 70–170 ms")
    out["activity"] = out["activity"][0]
    return out


if __name__ == "__main__":
    run(__doc__, convert, brainscore.STIMULI)
