"""What all converters share: arguments, errors in a line, axes, and the .npz that simgrad reads.

    activity   time × condition × unit, or sample × unit
    NAME       one value for each condition: a task variable
    time_ms    centres of the time bins
"""

import argparse
import importlib
import os
import sys
import tempfile
import zipfile


class Bad(Exception):
    """What is wrong with a file or an option, and what would be right, in a line."""


def need(module):
    """The module, or the command that installs it."""
    try:
        return importlib.import_module(module)
    except ImportError:
        sys.exit(
            f"{os.path.basename(sys.argv[0])}: {sys.executable} has no {module.split('.')[0]}: pip install numpy scipy h5py, "
            "or Debian's python3-scipy and python3-h5py with /usr/bin/python3"
        )


np = need("numpy")

AXES = "what the axes of the array are, in their order: time, condition, trial, sample, unit; a repeated word flattens in C order"


def run(doc, convert, *options):
    """Runs a converter: convert(arguments) returns the arrays, which go to the output file.

    options are (flag, keywords) of argparse, beside the input and the output.
    """
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("input")
    parser.add_argument("output", help="the .npz to write")
    for flag, keywords in options:
        parser.add_argument(flag, **keywords)
    args = parser.parse_args()
    try:
        if not args.output.endswith(".npz"):
            raise Bad(f"the output {args.output} is to end in .npz")
        if not os.path.exists(args.input):
            raise Bad("no such file or folder")
        print(write(args.output, **convert(args)))
    except (Bad, OSError, MemoryError, zipfile.BadZipFile) as error:
        sys.exit(f"{os.path.basename(sys.argv[0])}: {args.input}: {error or type(error).__name__}")


def write(file, activity, **variables):
    """Writes the .npz, whole or not at all, and returns a line on what is in it.

    Of variables, those that hold values that are not finite are left out, and said.
    """
    activity = np.asarray(activity)
    if activity.dtype.kind not in "fiub" or activity.ndim not in (2, 3):
        raise Bad(f"activity is {activity.dtype} of {by(activity.shape)}, not numbers, time × condition × unit or sample × unit")
    wrong = np.argwhere(~np.isfinite(activity))
    if len(wrong):
        raise Bad(
            f"activity has {len(wrong)} values that are not finite, the first at {tuple(map(int, wrong[0]))} "
            f"of {by(activity.shape)}: fill them, or drop their units or conditions, before"
        )
    if activity.size == 0 or (activity == activity.reshape(-1, activity.shape[-1])[0]).all():
        raise Bad(f"activity of {by(activity.shape)} is constant: there is nothing to compare")
    kept, said = {}, []
    for name, values in variables.items():
        values = text(values)
        if name == "axes":
            kept[name] = values
            continue
        if values.dtype.kind in "fc" and not np.isfinite(values).all():
            said.append(f"{name} is left out, for it is not finite everywhere")
            continue
        kept[name] = values
        said.append(name if name.startswith("time") else f"{name} ({len(np.unique(values))})")
    folder = os.path.dirname(os.path.abspath(file))
    os.makedirs(folder, exist_ok=True)
    handle, part = tempfile.mkstemp(suffix=".part", prefix=os.path.basename(file) + ".", dir=folder)
    try:
        with os.fdopen(handle, "wb") as f:
            np.savez(f, activity=activity, **kept)
            f.flush()
            os.fsync(f.fileno())
        os.chmod(part, 0o644)
        os.replace(part, file)
    except BaseException:
        os.unlink(part)
        raise
    axes = "time × condition × unit" if activity.ndim == 3 else "sample × unit"
    return "; ".join([f"{file}: activity {by(activity.shape)} ({axes})"] + said)


def by(shape):
    return " × ".join(map(str, shape)) or "no axes"


def text(values):
    """Values as numbers or text: NumPy's objects and bytes are neither."""
    values = np.asarray(values)
    if values.dtype.kind in "OS":
        values = np.array([v.decode() if isinstance(v, bytes) else str(v) for v in values.ravel()]).reshape(values.shape)
    return values


def arrange(a, axes):
    """Returns a with its axes, which the words of axes name, as simgrad has them.

    That is time × condition × unit, or without time condition × unit. Condition, trial
    and sample are one; axes of one word become one, in C order.
    """
    words = axes.split(",") if axes else ["condition", "unit"]
    if axes is None and a.ndim != 2:
        raise Bad(f"the array is {by(a.shape)}: say what its {a.ndim} axes are, as in --axes time,condition,unit")
    for w in words:
        if w not in ("time", "condition", "trial", "sample", "unit"):
            raise Bad(f"--axes {axes}: {w!r} is none of time, condition, trial, sample, unit")
    if len(words) != a.ndim:
        raise Bad(f"--axes {axes} names {len(words)} axes, and the array has {a.ndim}: {by(a.shape)}")
    words = ["condition" if w in ("trial", "sample") else w for w in words]
    if "unit" not in words:
        raise Bad(f"--axes {axes}: no axis is unit")
    to = ["time", "condition", "unit"] if "time" in words else ["condition", "unit"]
    places = [[i for i, w in enumerate(words) if w == axis] for axis in to]
    shape = [int(np.prod([a.shape[i] for i in place])) for place in places]
    return a.transpose([i for place in places for i in place]).reshape(shape)


def choose(arrays, activity, axes):
    """Picks what a file of named arrays holds: the activity, and variables of its conditions.

    activity is its name; None is "activity", or else the only array of numbers with two
    axes or more. Of the others those are kept that have a value for each condition, each
    time or both, under the last part of their names; of those that are not it is said.
    """
    tables = [n for n, a in arrays.items() if a.dtype.kind in "fiub" and a.size > max(a.shape, default=1)]
    if activity is None:
        if "activity" not in arrays and len(tables) != 1:
            raise Bad(f"say which array is the activity by --activity, and what its axes are by --axes, as trial,time,unit; there are {listed(arrays)}")
        activity = "activity" if "activity" in arrays else tables[0]
    if activity not in arrays:
        raise Bad(f"no array {activity}; there are {listed(arrays)}")
    out = {"activity": arrange(arrays[activity], axes)}
    if axes:
        out["axes"] = np.array([w for w in ["time"] if w in axes.split(",")] + [w for w in axes.split(",") if w not in ("time", "unit")][:1] + ["unit"])
    times, conditions = ([1] + list(out["activity"].shape))[-3:-1]
    kept, left, along = {}, {}, []
    for name, a in arrays.items():
        if name in ("activity", "axes", activity):
            continue
        is_time = short(name).startswith("time")
        flat = a.size == max(a.shape, default=0)
        if flat and a.size == (times if is_time else conditions) > 1:
            kept[name] = a.ravel()
        elif flat and a.size == times > 1 and not is_time:
            along.append(f"{name} ({a.size})")
            kept[name] = a.ravel()
        elif times > 1 and a.dtype.kind == "f" and a.shape in ((times, conditions), (conditions, times)):
            kept[name] = a
        elif a.size > 1:
            left[name] = a
    if along and not any(a.size == conditions for a in kept.values()):
        print(f"{', '.join(along)}: a value for each of {times} times, and no array has one for each of {conditions} conditions: are the axes in the order of --axes {axes}?")
    if left:
        print(f"not used, for it has not a value for each condition ({conditions}), time ({times}) or both: {listed(left)}")
    taken = [short(name) for name in kept]
    for name, a in kept.items():
        out[short(name) if taken.count(short(name)) == 1 and short(name) not in out else name] = a
    return out


def short(name):
    """The last part of a name of a structure's field or a group's member, unless it is a number."""
    last = name.replace("/", ".").rsplit(".", 1)[-1]
    return name if last.isdigit() else last


def listed(arrays):
    most = 20
    names = [f"{n} ({by(a.shape)})" for n, a in arrays.items()]
    return (", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")) or "none"


GENERIC = (
    ("--activity", dict(metavar="NAME", help="the array that is the activity (default: activity, or the only one of two axes or more)")),
    ("--axes", dict(help=AXES)),
)
