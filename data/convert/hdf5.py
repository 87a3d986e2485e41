"""HDF5 → .npz: the activity, and every array of one value a condition as a task variable.

    python3 data/convert/hdf5.py recording.h5 recording.npz --activity session/rates --axes trial,time,unit

Of netCDF-4 too, which is HDF5. Arrays in groups are named group/array, and become
variables by that name.
"""

from simgrad_npz import GENERIC, Bad, choose, need, np, run, text

h5py = need("h5py")


def open_file(path):
    try:
        return h5py.File(path, "r")
    except OSError as error:
        with open(path, "rb") as f:
            head = f.read(4)
        if head[:3] == b"CDF":
            raise Bad("is netCDF of the classic format, not HDF5: nccopy -k nc4 IN OUT makes it netCDF-4")
        raise Bad(f"is no HDF5 file, or one that is damaged ({error})")


def values(d):
    """A dataset as an array, None where it is neither numbers nor text."""
    if h5py.check_string_dtype(d.dtype):
        return text(d.asstr()[()])
    if d.dtype.kind in "fiub":
        return np.asarray(d[()])
    return None


def read(path):
    """All arrays of a file, by their paths."""
    arrays = {}

    def take(name, d):
        of_netcdf = text(d.attrs.get("NAME", "")).item()
        if isinstance(d, h5py.Dataset) and d.shape and not of_netcdf.startswith("This is a netCDF dimension"):
            a = values(d)
            if a is not None:
                arrays[name] = a

    with open_file(path) as f:
        f.visititems(take)
    return arrays


if __name__ == "__main__":
    run(__doc__, lambda args: choose(read(args.input), args.activity, args.axes), *GENERIC)
