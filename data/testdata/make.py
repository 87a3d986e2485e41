"""Writes the .npy and .npz files of this folder with NumPy (1.24.2 was used)."""

import numpy as np

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
