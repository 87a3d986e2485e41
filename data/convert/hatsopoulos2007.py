"""Hatsopoulos, Xu & Amit 2007 → hatsopoulos2007.npz: motor cortex in reaching, 10 × 393 × 141.

    python3 data/convert/hatsopoulos2007.py Dataset5_Monkey4_Session1_ReachDataSimultaneousRecording.mat recordings/hatsopoulos2007.npz

The data are those that Suresh et al. 2020 share, doi:10.5061/dryad.xsj3tx9cm. Spikes are
counted in bins of 50 ms, 0–500 ms from movement onset, of single trials, each from its own
onset (the authors' code counts on one grid of 50 ms for the session). As theirs, counts are
smoothed by a Gaussian of σ 25 ms, sampled at as many points as there are bins: being of even
length, it spreads a count over two bins.

    target   of the eight, in the order of the file
"""

import mat
from simgrad_npz import Bad, np, run

BIN, BINS, SIGMA = 0.050, 10, 0.025  # s, -, s


def convert(args):
    arrays = mat.read(args.input)

    def leaves(name):
        return [a.ravel() for n, a in arrays.items() if n == name or n.startswith(name + ".")]

    spikes = [np.sort(s) for s in leaves("spikes") if s.size]
    onsets = leaves("stmv_cell")
    if not spikes or not onsets:
        raise Bad("has no spikes and stmv_cell (times of spikes by unit, of movement onset by target, in s)")
    target = np.repeat(np.arange(len(onsets)), [len(o) for o in onsets])
    edges = np.concatenate(onsets)[:, None] + BIN * np.arange(BINS + 1)
    counts = np.stack([np.diff(np.searchsorted(s, edges)) for s in spikes], axis=2)  # trial × bin × unit
    at = np.linspace(-(BINS // 2), BINS // 2, BINS) * BIN / SIGMA
    kernel = np.exp(-(at**2) / 2) * BIN / (SIGMA * np.sqrt(2 * np.pi))
    smooth = np.apply_along_axis(np.convolve, 0, counts.transpose(1, 0, 2).astype(float), kernel, mode="same")
    return dict(activity=smooth, target=target, time_ms=25 + 50.0 * np.arange(BINS))


if __name__ == "__main__":
    run(__doc__, convert)
