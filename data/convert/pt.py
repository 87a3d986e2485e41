"""A PyTorch file (.pt, .pth) → .npz: the activity, and every array of one value a condition as a task variable.

    python3 data/convert/pt.py features.pt features.npz --activity layer4 --axes sample,unit,unit,unit

A tensor alone is called activity. Tensors in dictionaries are named a.b, in lists a.0.
Needs no torch, and runs no code of the file: of what a pickle can name, nothing but
tensors and Python's own containers is made.
"""

import collections
import pickle
import zipfile

from simgrad_npz import GENERIC, Bad, choose, np, run

STORAGES = {
    "DoubleStorage": "<f8", "FloatStorage": "<f4", "HalfStorage": "<f2", "BFloat16Storage": "bfloat16", "LongStorage": "<i8",
    "IntStorage": "<i4", "ShortStorage": "<i2", "CharStorage": "i1", "ByteStorage": "u1", "BoolStorage": "?",
}  # fmt: skip


def tensor(storage, offset, shape, stride, *_):
    """Values of a storage, of which a tensor is a view."""
    if any(n < 0 for n in shape) or any(s < 0 for s in stride) or offset < 0 or len(shape) != len(stride):
        raise Bad("has a tensor with a negative stride or shape: it is damaged")
    last = offset + sum((n - 1) * s for n, s in zip(shape, stride))
    if 0 not in shape and last >= len(storage):
        raise Bad(f"has a tensor of {shape} in a storage of {len(storage)} values: it is damaged")
    steps = [s * storage.itemsize for s in stride]
    view = storage[offset:] if 0 not in shape else storage[:0]
    return np.array(np.lib.stride_tricks.as_strided(view, shape, steps, writeable=False))


class Reader(pickle.Unpickler):
    """Makes tensors, and refuses whatever else a pickle may name."""

    def __init__(self, file, storage):
        super().__init__(file)
        self.storage = storage

    def persistent_load(self, key):
        return self.storage(*key[1:3])

    def find_class(self, module, name):
        known = {
            ("collections", "OrderedDict"): collections.OrderedDict,
            ("torch", "Size"): tuple,
            ("torch._utils", "_rebuild_tensor_v2"): tensor,
            ("torch._utils", "_rebuild_parameter"): lambda value, *_: value,
        }
        if module in ("torch", "torch.storage") and name in STORAGES:
            return STORAGES[name]
        if (module, name) in known:
            return known[module, name]
        raise Bad(f"holds {module}.{name}, which is not read, for to read it is to run code: save tensors alone, as in torch.save({{'activity': x.detach().cpu()}}, FILE)")


def read(path):
    """All tensors of a file, by their names."""
    if not zipfile.is_zipfile(path):
        raise Bad("is not of the format of torch.save since PyTorch 1.6, a zip: save it again")
    arrays = {}
    with zipfile.ZipFile(path) as z:
        root = next((n[: -len("data.pkl")] for n in z.namelist() if n.endswith("data.pkl")), None)
        if root is None:
            raise Bad("is a zip without data.pkl, not a file of torch.save")
        order = z.read(root + "byteorder") if root + "byteorder" in z.namelist() else b"little"
        if order != b"little":
            raise Bad("was saved on a big-endian machine: save it on another")

        def storage(kind, key):
            if not isinstance(kind, str):
                raise Bad("has a storage of no kind that is known: it is damaged")
            raw = z.read(f"{root}data/{key}")
            if kind == "bfloat16":
                return (np.frombuffer(raw, "<u2").astype("<u4") << 16).view("<f4")
            return np.frombuffer(raw, kind)

        try:
            with z.open(root + "data.pkl") as f:
                put(arrays, "", Reader(f, storage).load())
        except Bad:
            raise
        except Exception as error:
            raise Bad(f"is damaged, or no file of torch.save ({type(error).__name__}: {error})")
    return arrays


def put(arrays, name, value):
    if isinstance(value, np.ndarray):
        arrays[name or "activity"] = value
    elif isinstance(value, dict):
        for key, v in value.items():
            put(arrays, f"{name}.{key}" if name else str(key), v)
    elif isinstance(value, (list, tuple)):
        if value and all(isinstance(v, (str, int, float)) for v in value):
            arrays[name] = np.array(value)
        else:
            for i, v in enumerate(value):
                put(arrays, f"{name}.{i}" if name else str(i), v)


if __name__ == "__main__":
    run(__doc__, lambda args: choose(read(args.input), args.activity, args.axes), *GENERIC)
