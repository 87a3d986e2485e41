"""Writes the .npy and .npz files of this folder with NumPy (1.24.2 was used)."""

import io
import warnings
import zipfile

import numpy as np

warnings.simplefilter("ignore")  # a name twice

x = np.arange(24).reshape(2, 4, 3)
for kind in ["<f8", ">f8", "<f4", ">f4", "<f2", "|i1", "<i2", ">i2", "<i4", ">i4", "<i8", ">i8",
             "|u1", "<u2", ">u2", "<u4", "<u8", ">u8", "|b1"]:
    name = kind.replace("<", "little-").replace(">", "big-").replace("|", "")
    np.save(name + ".npy", x.astype(kind))
    np.save(name + "-fortran.npy", np.asfortranarray(x.astype(kind)))
np.save("two-axes.npy", x.reshape(8, 3).astype(float))
np.save("two-axes-fortran.npy", np.asfortranarray(x.reshape(8, 3).astype(float)))
np.save("complex.npy", x.astype(complex))
np.save("object.npy", np.array([{"a": 1}, None], dtype=object), allow_pickle=True)
np.save("date.npy", np.array(["2013-11-07"], dtype="datetime64[D]"))
with open("version2.npy", "wb") as f:
    np.lib.format.write_array(f, x.astype(float), version=(2, 0))
with open("version3.npy", "wb") as f:
    np.lib.format.write_array(f, x.astype(float), version=(3, 0))
variables = dict(
    side=np.array([0, 1, 0, 1]), level=np.array([0.5, 1, 2, 3]), whole=np.array([3.0, 3.0, -1.0, 7.0]),
    word=np.array(["left", "right", "left", "naïve"]), word_big=np.array(["b", "a", "b", "c"]).astype(">U1"),
    letters=np.array([b"no", b"go", b"no", b"go"]), flag=np.array([True, False, True, True]),
    time_ms=np.array([0, 1, 2, 3]), longer=np.arange(5), matrix=np.arange(4).reshape(4, 1))
np.savez("recording.npz", activity=x.astype("<f4"), **variables)
np.savez_compressed("compressed.npz", activity=np.asfortranarray(x.astype(">i2")), rates=x[0].astype(float), **variables)
np.savez("passed-over.npz", activity=x.astype(float), side=variables["side"], coherence=np.array([-0.5, -0.1, 0.1, 0.5]),
         choice=np.array([0, 1, np.nan, 1]), about=np.array({"animal": "m"}, dtype=object),
         recorded=np.array(["2013-11-07"], dtype="datetime64[D]"))

# Structured arrays, of which one field is activity.
np.save("structured.npy", np.zeros(3, dtype=[("unit", "U3"), ("rate", "<f8"), ("at", [("x", "<i4"), ("y", "<i4")])]))
np.save("structured-one.npy", np.zeros(3, dtype=[("it's", "<f8")]))
# Labels that are not what float64 or Latin-1 make of them.
beyond = 2**53 + np.array([1, 0, 1, 3])
np.savez("labels.npz", activity=x.astype(float), ids=beyond, large=beyond.astype("u8") + np.uint64(2**63), big=-beyond.astype(">i8"),
         utf8=np.array([s.encode() for s in ["naïve", "é", "naïve", "zürich"]]),
         latin1=np.array([s.encode("latin-1") for s in ["naïve", "é", "naïve", "zürich"]]),
         inner=np.array(["a\0b", "ab", "a\0b", "ab"]))
# A file that was appended to, and one that is compressed in two ways.
for mode, k in [("w", 1), ("a", 2)]:
    with zipfile.ZipFile("twice.npz", mode) as z:
        for name, a in [("activity.npy", k * x.astype(float)), ("side.npy", np.arange(4) // k)]:
            with z.open(name, "w") as f:
                np.lib.format.write_array(f, a)
with zipfile.ZipFile("bzip2.npz", "w") as z:
    for name, a, method in [("activity", x, zipfile.ZIP_DEFLATED), ("raw", x[0], zipfile.ZIP_BZIP2)]:
        f = io.BytesIO()
        np.save(f, a)
        z.writestr(name + ".npy", f.getvalue(), method)
# Continuous variables, 5 times × 4 conditions × 3 units, and with as many times as conditions.
hand = np.array([[0.5, -1, 2, 0.25, 4], [1.5, 0, 3, 1.25, 5], [2.5, 1, 4, 2.25, 6], [3.5, 2, 5, 3.25, 7]])
unsteady = np.arange(60.0).reshape(5, 4, 3) ** 1.5
np.savez("continuous.npz", activity=unsteady, hand=hand, velocity=np.asfortranarray(hand.T.astype(">f4")),
         speed=np.array([0.5, 3, 1, 2, 2.5]), coherence=np.array([-0.5, 0.1, 0.1, 0.5]), direction=np.array([0, 1.5, 3, -3.0]),
         own=np.array([3.0, 1.0, 4.0, 2.0]), repeated=np.array([3.0, 3.0, 4.0, 2.0]), whole=np.array([3, 1, 4, 2]),
         pixels=np.round(10 * hand), switch=np.array([0.0, 1, 0, 1, 1]), seconds=0.01 * np.arange(5), time_s=np.array([0, 0.1, 0.3, 0.4, 0.5]),
         depth=np.array([0.5, 0.25, 1]), per_unit=np.array([[0.5, 1, 1]] * 4), gap=np.array([[0.5, np.nan, 2, 3, 4]] * 4))
square = dict(activity=unsteady[:4], hand=hand[:, :4], speed=hand[0, :4], side=np.array([0, 1, 0, 1]), own=np.array([3.0, 1, 4, 2]))
np.savez("square.npz", **square)
np.savez("square-axes.npz", hand_axes=["condition", "time"], speed_axes=["time"], side_axes=["trial"], **square)
# Trials: 10 trials × 3 times × 2 units, of which value 100 k + 10 t + u is that of trial k at time t and unit u.
k, t, u = np.ogrid[:10, :3, :2]
trials = dict(activity=(100 * k + 10 * t + u).astype(float), target=np.array([2, 0, 2, 1, 0, 2, 0, 1, 2, 0]),
              side=np.array(["r", "l", "r", "l", "l", "r", "l", "l", "r", "l"]), choice=np.array([0, 1, 1, 0, 1, 0, 0, 0, 1, 1]),
              coherence=np.array([0.5, 0.1, 0.5, -0.3, 0.1, 0.5, 0.1, -0.3, 0.5, 0.1]),
              hand=np.sin(np.arange(30.0)).reshape(10, 3), heading=np.array([3, 0.5, -3, 1, 0.25, 3, 0.75, 1, -3, 0.5]), speed=np.array([0.5, 2, 1]))
np.savez("trials.npz", **trials)
np.savez("trials-axes.npz", axes=["trial", "time", "unit"], **trials)
np.savez("layers.npz", activity=np.arange(2.0 * 3 * 4 * 5).reshape(2, 3, 4, 5), axes=["unit", "sample", "time", "unit"],
         maps=np.arange(24.0).reshape(4, 3, 2), maps_axes=["sample", "unit", "unit"])
