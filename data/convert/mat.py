"""MATLAB → .npz: the activity, and every array of one value a condition as a task variable.

    python3 data/convert/mat.py recording.mat recording.npz --activity session.rates --axes trial,time,unit

Of all versions of .mat. Axes are in MATLAB's order. Fields of structures are named
a.b, what is in a cell a.0, a.1, …; a cell of text is an array of text. Variables are called
by the last part of their names, b of a.b.
"""

from simgrad_npz import GENERIC, Bad, choose, need, np, run


def read(file):
    """All arrays of a file, or of an open one, by their names."""
    loadmat = need("scipy.io").loadmat
    arrays = {}
    if is_hdf5(file):  # version 7.3
        from hdf5 import open_file

        with open_file(file) as f:
            for name in f:
                if not name.startswith("#"):
                    put73(arrays, name, f[name], f)
        return arrays
    try:
        loaded = loadmat(file, struct_as_record=False)
    except Exception as error:
        raise Bad(f"is no MATLAB file, or one that is damaged ({error})")
    for name, value in loaded.items():
        if not name.startswith("__"):
            put(arrays, name, value)
    return arrays


def is_hdf5(file):
    if not isinstance(file, str):
        return False
    with open(file, "rb") as f:
        return b"\x89HDF\r\n\x1a\n" in f.read(520)


def put(arrays, name, value):
    if hasattr(value, "_fieldnames"):
        for field in value._fieldnames:
            put(arrays, f"{name}.{field}", getattr(value, field))
    elif value.dtype != object:
        if value.dtype.kind in "fiubU":
            arrays[name] = value
    elif value.size == 1 and hasattr(value.flat[0], "_fieldnames"):
        put(arrays, name, value.flat[0])
    elif value.size and all(getattr(v, "dtype", value.dtype).kind == "U" for v in value.flat):
        arrays[name] = np.array(["".join(v.ravel()) for v in value.flat])
    else:
        for i, v in enumerate(value.flat):
            put(arrays, f"{name}.{i}", v)


def put73(arrays, name, node, f):
    if not hasattr(node, "dtype"):  # a structure
        if "MATLAB_sparse" not in node.attrs:
            for field in node:
                put73(arrays, f"{name}.{field}", node[field], f)
        return
    kind = node.attrs.get("MATLAB_class", b"").decode()
    if "MATLAB_empty" in node.attrs:
        arrays[name] = np.zeros(0)
    elif node.dtype == object:  # a cell, or a field of several structures
        cells = [f[ref] for ref in node[()].T.flat]
        if cells and all(c.attrs.get("MATLAB_class", b"") == b"char" for c in cells):
            arrays[name] = np.array([chars(c) for c in cells])
        else:
            for i, c in enumerate(cells):
                put73(arrays, f"{name}.{i}", c, f)
    elif kind == "char":
        arrays[name] = np.array([chars(node)])
    elif node.dtype.kind in "fiub":
        arrays[name] = node[()].T


def chars(node):
    return "" if "MATLAB_empty" in node.attrs else "".join(map(chr, node[()].ravel()))


if __name__ == "__main__":
    run(__doc__, lambda args: choose(read(args.input), args.activity, args.axes), *GENERIC)
