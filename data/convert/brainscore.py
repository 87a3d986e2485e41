"""Reads the assemblies of Brain-Score: netCDF-4 files of presentation × neuroid × time bin."""

import csv

from hdf5 import h5py, open_file, values
from simgrad_npz import Bad, np

STIMULI = ("--stimuli", dict(metavar="CSV", help="Brain-Score's table of the stimuli, where the assembly itself lacks what they were"))
WORDS = ("presentation", "neuroid", "time_bin")


class Assembly:
    """An open assembly: its data, the names of their axes, and what is said along an axis."""

    def __init__(self, f):
        self.data, self.axes, self.coordinates = None, None, {}
        for name, d in f.items():
            if not isinstance(d, h5py.Dataset):
                continue
            axes = [dim[0].name.strip("/") if len(dim) else name for dim in d.dims]
            if set(axes) >= {"presentation", "neuroid"} and d.dtype.kind in "fiu":
                self.data, self.axes = d, axes
            elif axes and axes[0] in WORDS:
                v = values(d)
                if v is not None and v.ndim == 2 and v.dtype.kind == "U":  # characters along a second axis
                    v = np.array(["".join(row) for row in v])
                if v is not None and v.ndim == 1:
                    self.coordinates[name] = (axes[0], v)
        if self.data is None:
            raise Bad("is no assembly of Brain-Score: it has no array along presentation and neuroid")
        if not set(self.axes) <= set(WORDS):
            raise Bad(f"is an assembly along {', '.join(self.axes)}, not {', '.join(WORDS)}")

    def along(self, axis, *names):
        """The first of these coordinates that an axis has, None if it has none."""
        for name in names:
            if self.coordinates.get(name, [None])[0] == axis:
                return self.coordinates[name][1]
        return None

    def bins(self):
        return self.data.shape[self.axes.index("time_bin")] if "time_bin" in self.axes else 1

    def average(self, of, count, units):
        """The mean over the presentations of a stimulus, without missing values: time bin × stimulus × unit."""
        at = self.axes.index("presentation")
        total = np.zeros((count, self.bins(), len(units)))
        seen = np.zeros_like(total)
        fill = self.data.attrs.get("_FillValue", np.nan)
        step = max(256, self.data.chunks[at] if self.data.chunks else 0)  # a chunk is unpacked as a whole
        for start in range(0, len(of), step):
            index = [slice(None)] * len(self.axes)
            index[at] = slice(start, start + step)
            block = np.asarray(self.data[tuple(index)], float)
            block[block == fill] = np.nan
            if "time_bin" not in self.axes:
                block = block[..., None]
            order = self.axes if "time_bin" in self.axes else self.axes + ["time_bin"]
            block = block.transpose([order.index(w) for w in ("presentation", "time_bin", "neuroid")])[:, :, units]
            for g, x in zip(of[start:], block):
                there = np.isfinite(x)
                total[g][there] += x[there]
                seen[g] += there
        if not seen.all():
            raise Bad(f"{int((seen == 0).any(axis=(1, 2)).sum())} of {count} stimuli have a unit without any response")
        return (total / seen).transpose(1, 0, 2)


def convert(args, label, name, region=None):
    """Averages an assembly over repetitions; label is the coordinate that becomes the variable name.

    Stimuli are in the order of their ids.
    """
    with open_file(args.input) as f:
        a = Assembly(f)
        presented = a.along("presentation", "stimulus_id", "image_id")
        if presented is None:
            raise Bad(f"has no stimulus_id or image_id of its presentations; it has {', '.join(a.coordinates)}")
        ids, first, of = np.unique(presented, return_index=True, return_inverse=True)
        units = np.arange(a.data.shape[a.axes.index("neuroid")])
        if region:
            regions = a.along("neuroid", "region")
            if regions is None or region not in regions:
                raise Bad(f"has no neuroid of region {region}")
            units = units[regions == region]
        shown = a.along("presentation", label)
        if args.stimuli:
            shown = table(args.stimuli, label)
            missing = [i for i in ids if i not in shown]
            if missing:
                raise Bad(f"{args.stimuli} lacks {len(missing)} of {len(ids)} stimuli, as {missing[0]}")
            classes = np.array([shown[i] for i in ids])
        elif shown is None:
            raise Bad(f"says no {label} of its presentations: give Brain-Score's table of the stimuli by --stimuli")
        else:
            classes = shown[first]
            if (classes[of] != shown).any():
                raise Bad(f"has stimuli of more than one {label}")
        return dict(activity=a.average(of, len(ids), units), **{name: classes}, stimulus_id=ids)


def table(file, label):
    """What a table of stimuli says of each: label by id."""
    with open(file, newline="", encoding="utf-8-sig") as f:
        rows = list(csv.DictReader(f))
    key = next((k for k in ("stimulus_id", "image_id") if rows and k in rows[0]), None)
    if key is None or label not in rows[0]:
        raise Bad(f"{file} is no table of stimuli with stimulus_id (or image_id) and {label}")
    return {row[key]: row[label] for row in rows}
