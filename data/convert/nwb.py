"""NWB → .npz: trials around an event, of spike times or of a time series.

    python3 data/convert/nwb.py session.nwb session.npz --align go_cue_time --window=-0.2,0.5 --bin 0.05
    python3 data/convert/nwb.py session.nwb session.npz --series processing/ophys/DfOverF/RoiResponseSeries --window 0,1 --bin 0.1

Of the units table, activity is spikes per second in every bin; of a series (time × channel),
the mean of its samples in it. Times are in seconds from the event, a column of the table of
trials; trials without it are dropped. The table's other columns are task variables, but for
times (…_time) and lists.
"""

from hdf5 import h5py, open_file, values
from simgrad_npz import Bad, np, run


def edges(window, width):
    """The edges of bins of this width, in seconds from the event."""
    try:
        start, end = map(float, window.split(","))
    except ValueError:
        raise Bad(f"--window {window}: two times in seconds from the event, as --window=-0.2,0.5")
    bins = round((end - start) / width) if width > 0 else 0
    if bins < 1 or abs(start + bins * width - end) > 1e-9 * max(1, abs(end)):
        raise Bad(f"--window {window} is no whole number of bins of {width:g} s")
    return start + width * np.arange(bins + 1)


def trials(f, name):
    """The columns of a table of trials, those with one value a trial."""
    if f"intervals/{name}" not in f:
        raise Bad(f"has no table intervals/{name}; there are {', '.join(f.get('intervals', {})) or 'none'}: name one by --trials, or take an array as it is with hdf5.py")
    table = f[f"intervals/{name}"]
    n = len(table["start_time"])
    columns = {}
    for column, d in table.items():
        if isinstance(d, h5py.Dataset) and d.shape == (n,) and f"{column}_index" not in table and not column.endswith("_index"):
            v = values(d)
            if v is not None:
                columns[column] = v
    return columns


def spiking(f, starts):
    """Spikes per second of every unit, in bins between these times of trials: trial × bin × unit."""
    if "units/spike_times" not in f or "units/spike_times_index" not in f:
        raise Bad(f"has no units with spike times: name a time series by --series; there are {', '.join(series(f)) or 'none'}")
    times = f["units/spike_times"][()]
    units = np.split(times, f["units/spike_times_index"][()][:-1].astype(int))
    return np.stack([np.diff(np.searchsorted(np.sort(u), starts)) for u in units], axis=2) / np.diff(starts)[:, :, None]


def series(f):
    """Paths of the time series of a file."""
    found = []
    f.visititems(lambda name, g: found.append(name) if isinstance(g, h5py.Group) and "data" in g and ("timestamps" in g or "starting_time" in g) else None)
    return found


def sampled(f, path, starts):
    """The mean of a series in bins between these times of trials: trial × bin × channel."""
    if path not in series(f):
        raise Bad(f"has no time series {path}; there are {', '.join(series(f)) or 'none'}")
    d = f[path]["data"]
    data = d[()].reshape(len(d), -1) * float(d.attrs.get("conversion", 1)) + float(d.attrs.get("offset", 0))
    if "timestamps" in f[path]:
        times = f[path]["timestamps"][()]
    else:
        start = f[path]["starting_time"]
        times = start[()] + np.arange(len(data)) / start.attrs["rate"]
    at = np.searchsorted(times, starts - 1e-9)  # a sample at an edge is of the bin that begins there
    counts = np.diff(at)
    if (counts == 0).any():
        i, k = np.argwhere(counts == 0)[0]
        raise Bad(f"{path} has no sample in bin {k} of trial {i} (counted from 0), {starts[i, k]:g} to {starts[i, k + 1]:g} s: take wider bins, or another window")
    sums = np.add.reduceat(np.vstack([data, np.zeros_like(data[:1])]), at.ravel(), axis=0).reshape(*at.shape, -1)[:, :-1]
    return sums / counts[:, :, None]


def convert(args):
    offsets = edges(args.window, args.bin)
    with open_file(args.input) as f:
        columns = trials(f, args.trials)
        if args.align not in columns or columns[args.align].dtype.kind not in "fiu":
            raise Bad(f"intervals/{args.trials} has no column of times {args.align}; there are {', '.join(columns)}")
        event = columns[args.align].astype(float)
        there = np.isfinite(event)
        starts = event[there][:, None] + offsets
        activity = sampled(f, args.series, starts) if args.series else spiking(f, starts)
    if not there.all():
        print(f"{(~there).sum()} of {len(there)} trials have no {args.align} and are dropped")
    variables = {n: v[there] for n, v in columns.items() if n != "id" and not n.endswith("_time") and n != "activity"}
    return dict(activity=activity.transpose(1, 0, 2), time_ms=500 * (offsets[1:] + offsets[:-1]), **variables)


if __name__ == "__main__":
    run(
        __doc__,
        convert,
        ("--window", dict(required=True, metavar="FROM,TO", help="seconds from the event")),
        ("--bin", dict(required=True, type=float, metavar="S", help="width of a bin in seconds")),
        ("--align", dict(default="start_time", metavar="COLUMN", help="the event: a column of the trials (default start_time)")),
        ("--trials", dict(default="trials", metavar="TABLE", help="a table of intervals (default trials)")),
        ("--series", dict(metavar="PATH", help="a time series, in place of the units' spikes")),
    )
