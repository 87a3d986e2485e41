"""Makes small files of the structure of published ones. convert_test.go knows what is in them."""

import io
import os
import pickle
import struct
import sys
import zipfile

import h5py
import numpy as np
import scipy.io

os.chdir(sys.argv[1])


def value(*indices):
    """A number of every index, broadcast; whole, so that means are exact."""
    return sum(i * f for i, f in zip(indices, (7, 13, 29, 31))) % 41


# Mante et al. 2013: a zip of MATLAB files, one a unit.
def unit(u, levels=3, bins=15, step=0.001, drop=None):
    """Four correct trials and a wrong one in each condition, in any order."""
    motion = np.concatenate([-np.arange(levels, 0, -1), np.arange(1, levels + 1)]) * (0.05 + 0.01 * u)
    colour = np.concatenate([-np.arange(levels, 0, -1), np.arange(1, levels + 1)]) * (0.04 + 0.01 * u)
    rows, response = [], []
    per_bin = round(0.05 / step)
    for m in range(2 * levels):
        for c in range(2 * levels):
            for context in (1, -1):
                right = 1 if (motion[m] if context == 1 else colour[c]) > 0 else -1
                for trial in range(5):
                    correct = trial < 4
                    if correct and (m, c, context) == drop:
                        continue
                    rows.append((right if correct else -right, motion[m], colour[c], context, correct))
                    rate = value(np.arange(bins), m, c, u) + 3 * (context > 0) + 1.0 + (1, -1, 0, 0, 99)[trial]
                    within = 2 * np.arange(per_bin) - (per_bin - 1)
                    response.append((rate[:, None] + within).ravel())
    order = np.random.default_rng(u).permutation(len(rows))
    table = np.array(rows, float)[order].T
    names = ("targ_dir", "stim_dir", "stim_col2dir", "context", "correct")
    variables = {n: v[:, None].astype(np.int8 if n in ("targ_dir", "context", "correct") else float) for n, v in zip(names, table)}
    variables["stim_trial"] = np.arange(1, len(rows) + 1)[:, None]
    file = io.BytesIO()
    scipy.io.savemat(
        file,
        {"unit": {"response": np.array(response)[order].astype(np.int16), "task_variable": variables, "time": 0.1 + step * np.arange(bins * per_bin)[None]}},
        do_compression=True,
    )
    return file.getvalue()


mante = {
    "PFC data/PFC data 1/ar090313_1_a1_Vstim_100_850_ms.mat": unit(0),
    "PFC data/PFC data 1/ar090401_2_a1_Vstim_100_850_ms.mat": unit(1),
    "PFC data/PFC data 1/ar090405_1_a2_Vstim_100_850_ms.mat": unit(5, drop=(2, 3, 1)),
    "PFC data/PFC data 1/ar090410_1_a1_Vstim_100_850_ms.mat": unit(2, step=0.002),
    "PFC data/PFC data 1/ar090313_1_a1_Tsac_-300_600_ms.mat": b"another alignment",
    "PFC data/PFC data 2/fe111019_2_a1_Vstim_100_850_ms.mat": unit(3),
    "__MACOSX/PFC data/PFC data 1/._ar090313_1_a1_Vstim_100_850_ms.mat": b"of the Mac's",
}
with zipfile.ZipFile("PFC data.zip", "w") as z:
    for name, content in reversed(mante.items()):
        z.writestr(name, content)
with zipfile.ZipFile("PFC data.zip") as z:
    z.extractall("unpacked")
os.makedirs("nothing")
with zipfile.ZipFile("damaged.zip", "w") as z:
    z.writestr("ar1_Vstim.mat", b"MATLAB 5.0 MAT-file" + bytes(200))


# MATLAB 7.3, as MATLAB writes it: cells are references, axes are the other way round.
def matlab73(file, **variables):
    with h5py.File(file, "w", userblock_size=512) as f:
        refs = f.create_group("#refs#")

        def put(group, name, v):
            if isinstance(v, dict):
                g = group.create_group(name)
                g.attrs["MATLAB_class"] = np.bytes_("struct")
                for field, inner in v.items():
                    put(g, field, inner)
            elif isinstance(v, list) or getattr(v, "dtype", None) == object:
                shape = (len(v), 1) if isinstance(v, list) else v.shape
                cells = np.array([put(refs, f"{len(refs)}-{i}", c).ref for i, c in enumerate(v if isinstance(v, list) else v.flat)], dtype=h5py.ref_dtype)
                d = group.create_dataset(name, data=cells.reshape(shape).T, dtype=h5py.ref_dtype)
                d.attrs["MATLAB_class"] = np.bytes_("cell")
                return d
            elif isinstance(v, str):
                d = group.create_dataset(name, data=np.array([ord(c) for c in v], np.uint16)[:, None])
                d.attrs["MATLAB_class"] = np.bytes_("char")
                return d
            else:
                empty = v.size == 0
                d = group.create_dataset(name, data=np.array([0, 0], np.uint64) if empty else np.atleast_2d(v).T)
                d.attrs["MATLAB_class"] = np.bytes_("double")
                if empty:
                    d.attrs["MATLAB_empty"] = np.uint8(1)
                return d

        for name, v in variables.items():
            put(f, name, v)
    head = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + struct.pack("<H", 0x0200) + b"IM"
    with open(file, "r+b") as f:
        f.write(head)


# Hatsopoulos et al. 2007: two channels of one and two units, one without. A trial begins
# at second 10·(its number + 1); unit u has value(bin, trial, u) spikes in a bin.
onsets = [10.0 * (np.arange(2) + 2 * k + 1) for k in range(8)]


def spikes(u):
    times = []
    for trial, onset in enumerate(np.concatenate(onsets)):
        for b in range(-1, 11):
            n = int(value(b, trial, u)) if 0 <= b < 10 else 5
            times.append(onset + 0.05 * b + 0.05 * (np.arange(n) + 0.5) / max(n, 1))
    return np.concatenate(times)


matlab73("reach.mat", spikes=[spikes(0), np.zeros(0), [spikes(1), np.zeros(0), spikes(2)]], stmv_cell=onsets, x=np.zeros((4, 2)))
sides = np.array([["left", "right", "left"], ["right", "left", "right"]], object)
matlab73("other.mat", session={"rates": value(*np.ogrid[:5, :6, :4]).astype(float), "side": sides, "n": np.arange(6.0) // 2}, note="of no use")
scipy.io.savemat("v5.mat", {"session": {"rates": value(*np.ogrid[:5, :6, :4]).astype(float), "side": sides, "n": (np.arange(6.0) // 2)[None], "speed": value(*np.ogrid[:6, :5]) / 8, "grid": np.eye(3)}, "note": "of no use"})


# Brain-Score: netCDF-4, as xarray writes it. Repetitions differ by 2, one is missing.
def assembly(file, axes, lengths, data, chars=False, **coordinates):
    with h5py.File(file, "w") as f:
        scales = {}
        for axis in axes:
            scales[axis] = f.create_dataset(axis, data=np.zeros(lengths[axis], ">f4"))
            scales[axis].make_scale("This is a netCDF dimension but not a netCDF variable.%10d" % lengths[axis])
        for name, (axis, v) in coordinates.items():
            if v.dtype.kind == "U" and chars:
                v = np.array([list(s.ljust(12, "\0")) for s in v]).astype("S1")
            d = f.create_dataset(name, data=v.astype(object) if v.dtype.kind == "U" else v, dtype=h5py.string_dtype() if v.dtype.kind == "U" else None)
            d.dims[0].attach_scale(scales[axis])
        d = f.create_dataset(f"dicarlo.{file}", data=data)
        d.attrs["_FillValue"] = np.array([np.nan])
        for i, axis in enumerate(axes):
            d.dims[i].attach_scale(scales[axis])


images = 6
order = np.random.default_rng(1).permutation(np.repeat(np.arange(images), 3))
repetition = np.array([(order[:i] == g).sum() for i, g in enumerate(order)])
ids = np.array([f"image{g:02d}" for g in order])
categories = np.array(["Animals", "Cars", "Faces"])
base = value(0, order[None, :, None], np.arange(4)[:, None, None]).astype(float) + (repetition - 1)[None, :, None]
lost = np.argwhere((order == 2) & (repetition == 1))[0, 0]
base[3, lost] = np.nan  # of repetitions −1, 0, 1 the middle one
region = np.array(["V4", "IT", "IT", "IT"])
lengths = dict(neuroid=4, presentation=len(order), time_bin=1)
about = dict(
    image_id=("presentation", ids), category_name=("presentation", categories[order % 3]), repetition=("presentation", repetition),
    region=("neuroid", region), time_bin_start=("time_bin", np.array([70])), time_bin_end=("time_bin", np.array([170])),
)  # fmt: skip
assembly("majaj.nc", ["neuroid", "presentation", "time_bin"], lengths, base, **about)
assembly("chars.nc", ["neuroid", "presentation", "time_bin"], lengths, base, chars=True, **about)
bins = 300
texture = dict(stimulus_id=("presentation", ids), region=("neuroid", np.array(["V1", "V2", "V2", "V1"])))
ms = (np.arange(bins) // 150)[:, None, None]
fz = value(ms, order[:, None], np.arange(4)).astype(np.float32) + (repetition - 1)[:, None] + np.where(np.arange(bins) % 2, 1, -1)[:, None, None]
assembly("freeman.nc", ["time_bin", "presentation", "neuroid"], dict(lengths, time_bin=bins), fz, **texture)
assembly("temporal.nc", ["time_bin", "presentation", "neuroid"], dict(lengths, time_bin=bins), fz, **about)
with open("stimuli.csv", "w") as f:
    f.write("image_id,texture_type\n" + "".join(f"image{g:02d},{'noise' if g % 2 else 'texture'}\n" for g in range(images)))

# NWB: spike times of a unit one after the other, and two series.
starts = 10.0 * np.arange(1, 6)
cue = starts + 1
cue[3] = np.nan
with h5py.File("session.nwb", "w") as f:
    trials = f.create_group("intervals/trials")
    trials.attrs["colnames"] = ["start_time", "stop_time", "cue_time", "side", "rewarded", "block", "licks"]
    for name, v in dict(
        id=np.arange(5), start_time=starts, stop_time=starts + 3, cue_time=cue, rewarded=np.array([True, False, True, True, False]),
        block=np.array([1, 1, 1, 2, 2]), licks=np.zeros(7), licks_index=np.array([1, 1, 3, 3, 7]),
    ).items():  # fmt: skip
        trials[name] = v
    trials.create_dataset("side", data=["left", "right", "left", "left", "right"], dtype=h5py.string_dtype())
    times, ends = [], []
    for u in range(3):
        for trial, t in enumerate(starts + 1):
            for b in range(-2, 4):
                n = int(value(b + 2, trial, u)) if trial != 3 else 9
                times.append(t + 0.125 * b + 0.125 * (np.arange(n) + 0.5) / max(n, 1))
        ends.append(sum(map(len, times)))
    f["units/spike_times"], f["units/spike_times_index"], f["units/id"] = np.concatenate(times), np.array(ends), np.arange(3)
    t = np.arange(0, 60, 0.0625)  # two samples a bin of .125 s, which differ by 2
    even = (np.arange(len(t)) // 2)[:, None]
    data = value(even, 0, np.arange(2)) + np.where(np.arange(len(t)) % 2, 1, -1)[:, None]
    f["acquisition/rated/data"] = data.astype(np.int16)
    f["acquisition/rated/data"].attrs["conversion"] = 0.5
    f["acquisition/rated/starting_time"] = 0.0
    f["acquisition/rated/starting_time"].attrs["rate"] = 16.0
    f["processing/ophys/stamped/data"] = data.astype(float)
    f["processing/ophys/stamped/timestamps"] = t

# Of no recording in particular: a convolutional layer's sample × channel × row × column, and tables.
layer = value(*np.ogrid[:6, :2, :3, :2])
with h5py.File("layers.h5", "w") as f:
    f["net/conv"], f["net/other"] = layer.astype(np.float32), np.zeros((3, 3))
    f.create_dataset("class", data=["a", "b", "a", "b", "a", "b"], dtype=h5py.string_dtype())
    f["odd"] = np.arange(6, dtype=np.int16)[:, None] % 2
with h5py.File("gaps.h5", "w") as f:
    f["rates"] = np.where(np.arange(12).reshape(4, 3) == 7, np.nan, 1.0 + np.arange(12).reshape(4, 3))
with open("table.csv", "w") as f:
    f.write('\ufeff"unit, first",context,b,choice\n' + "".join(f"{value(i, 0)},{'motion' if i % 2 else 'colour'},{value(i, 1)}.5,{i % 3}\n" for i in range(7)))
np.savetxt("plain.txt", value(*np.ogrid[:3, :7]), fmt="%d")
with open("gap.csv", "w") as f:
    f.write("a,b\n1,2\n3,\n5,6\n")
np.save("rates.npy", np.arange(6.0).reshape(3, 2))


# PyTorch's format of zip, for tensors that are views, by hand: there is no torch here.
class Pickler(pickle._Pickler):
    """Writes the names and the persistent ids that torch.save does."""

    def persistent_id(self, o):
        return o.key if isinstance(o, Storage) else None

    def save(self, o, **rest):
        if isinstance(o, Global):
            self.write(pickle.GLOBAL + o.name.encode() + b"\n")
        else:
            super().save(o, **rest)


class Global:
    def __init__(self, name):
        self.name = name


class Storage:
    def __init__(self, kind, key, n):
        self.key = ("storage", Global(f"torch\n{kind}"), key, "cpu", n)


class Call:
    """A function of the file's, called with arguments."""

    def __init__(self, name, *arguments):
        self.name, self.arguments = name, arguments


def save_call(self, call):
    self.save(Global(call.name))
    self.save(call.arguments)
    self.write(pickle.REDUCE)


Pickler.dispatch[Call] = save_call


def torch_save(file, value, *storages):
    content = io.BytesIO()
    Pickler(content, protocol=2).dump(value)
    with zipfile.ZipFile(file, "w") as z:
        z.writestr("archive/data.pkl", content.getvalue())
        for i, s in enumerate(storages):
            z.writestr(f"archive/data/{i}", s.tobytes())
        z.writestr("archive/version", "3\n")


def tensor(storage, offset, shape, stride):
    return Call("torch._utils\n_rebuild_tensor_v2", storage, offset, shape, stride, False, Call("collections\nOrderedDict"))


flat = layer.ravel().astype(np.float32)
half = (np.arange(8, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)
transposed = tensor(Storage("FloatStorage", "0", flat.size), 12, (6 - 1, 3, 2, 2), (12, 2, 1, 6))
torch_save("features.pt", {"conv": transposed, "labels": tensor(Storage("LongStorage", "1", 5), 0, (5,), (1,)), "names": list("vwxyz"), "epoch": 3}, flat, np.arange(5) % 2)
torch_save("alone.pt", tensor(Storage("BFloat16Storage", "0", 8), 0, (4, 2), (1, 4)), half)
torch_save("beyond.pt", tensor(Storage("FloatStorage", "0", 4), 0, (4, 2), (2, 1)), np.zeros(4, np.float32))
torch_save("evil.pt", {"activity": Call("os\nsystem", "touch ran")})
with open("old.pt", "wb") as f:
    pickle.dump([1], f)
