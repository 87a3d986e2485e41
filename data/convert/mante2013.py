"""Mante, Sussillo, Shenoy & Newsome 2013 → mante2013.npz: prefrontal activity, 15 × 72 × 727.

    python3 data/convert/mante2013.py "PFC data.zip" recordings/mante2013.npz

The input is the zip of ini.uzh.ch, or the folder it unpacks to: a MATLAB file a unit, of
which those aligned to the stimulus are read. Responses are averaged over the correct trials
of a condition and in bins of 50 ms, 100–850 ms after dots onset; nothing is smoothed or
normalised. Conditions are 6 motion × 6 colour coherences × 2 contexts. Coherences differ
between sessions, and correspond by rank; units that lack a condition are dropped.

    gt_choice            the target chosen: the unit's preferred, or the other
    coh_mod1, coh_mod2   motion and colour: high toward the preferred target, low away from it
    context              what decides: motion or colour
"""

import fnmatch
import io
import os
import zipfile

import mat
from simgrad_npz import Bad, np, run

BIN = 0.050  # s
CONDITIONS = 72


def files(path, monkey):
    """Names of the units' files, in order, each with a function that opens it."""

    def wanted(name):
        return fnmatch.fnmatch(os.path.basename(name), f"{monkey}*Vstim*.mat")

    if os.path.isdir(path):
        names = [os.path.join(folder, n) for folder, _, inside in os.walk(path) for n in inside if wanted(n)]
        return [(n, lambda n=n: n) for n in sorted(names, key=os.path.basename)]
    if not zipfile.is_zipfile(path):
        raise Bad("is neither a folder nor a whole zip file: download it again")
    z = zipfile.ZipFile(path)
    return [(n, lambda n=n: io.BytesIO(z.read(n))) for n in sorted(filter(wanted, z.namelist()), key=os.path.basename)]


def averages(file):
    """A unit's time course in every condition, by the condition: choice, ranks of motion and colour, context."""
    arrays = mat.read(file)
    try:
        response, time = arrays["unit.response"], arrays["unit.time"].ravel()
        choice, motion, colour, context, correct = [
            arrays["unit.task_variable." + name].ravel() for name in ("targ_dir", "stim_dir", "stim_col2dir", "context", "correct")
        ]
    except KeyError as error:
        raise Bad(f"has no {error.args[0]}")
    per_bin = round(BIN / (time[1] - time[0])) if len(time) > 1 else 0
    if per_bin < 1 or response.shape != (len(correct), len(time)):
        raise Bad(f"has a response of {response.shape} for {len(correct)} trials × {len(time)} times")
    bins = len(time) // per_bin
    response = response[:, : bins * per_bin].reshape(-1, bins, per_bin).mean(axis=2, dtype=float)
    keys = np.stack([choice, np.unique(motion, return_inverse=True)[1], np.unique(colour, return_inverse=True)[1], context], axis=1).astype(int)
    found, of = np.unique(keys[correct == 1], axis=0, return_inverse=True)
    of = of.ravel()
    return {tuple(map(int, key)): response[correct == 1][of == i].mean(axis=0) for i, key in enumerate(found)}


def convert(args):
    units, dropped, conditions = [], 0, None
    for name, opened in files(args.input, args.monkey):
        try:
            unit = averages(opened())
        except (Bad, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise Bad(f"{os.path.basename(name)} {error}")
        if len(unit) != CONDITIONS:
            dropped += 1
            continue
        conditions = conditions or sorted(unit)
        if sorted(unit) != conditions or any(abs(choice) != 1 or abs(context) != 1 for choice, _, _, context in unit):
            raise Bad(f"{os.path.basename(name)} has {CONDITIONS} conditions, but not of choice ±1 × ranks × context ±1 as in the units before it")
        units.append([unit[c] for c in conditions])
    if not units:
        raise Bad(f"no file {args.monkey}*Vstim*.mat in it has all {CONDITIONS} conditions ({dropped} have fewer)")
    if len({len(u[0]) for u in units}) > 1:
        raise Bad("units have different numbers of time bins")
    activity = np.array(units).transpose(2, 1, 0)
    choice, motion, colour, context = np.array(conditions).T
    print(f"{len(units)} units of monkey {args.monkey} have all {CONDITIONS} conditions; {dropped} do not and are dropped")
    return dict(
        activity=activity,
        gt_choice=np.where(choice == 1, "preferred", "other"),
        coh_mod1=halves(motion),
        coh_mod2=halves(colour),
        context=np.where(context == 1, "motion", "colour"),
        time_ms=125 + 50.0 * np.arange(len(activity)),
    )


def halves(rank):
    """Low below the median of the values, high above."""
    return np.where(rank >= np.median(np.unique(rank)), "high", "low")


if __name__ == "__main__":
    run(__doc__, convert, ("--monkey", dict(default="ar", choices=["ar", "fe"], help="ar (the default, 727 units) or fe")))
