"""A table of text (.csv, .tsv, .txt) → .npz: numbers are the activity, other columns task variables.

    python3 data/convert/table.py recording.csv recording.npz --labels context,choice

A row is a sample and a column a unit; --axes unit,sample is the other way round. A
first row without numbers has the names of the columns. Columns of text are task
variables, and those that --labels names.
"""

import csv
import re

from simgrad_npz import AXES, Bad, arrange, np, run


def split(path):
    """The delimiter of a table, None for blanks; its first two rows."""
    with open(path, newline="", encoding="utf-8-sig") as f:
        lines = [line for line in (f.readline() for _ in range(2)) if line.strip()]
    if not lines:
        raise Bad("is empty")
    delimiter = next((d for d in "\t;," if d in lines[-1]), None)
    return delimiter, list(csv.reader(lines, delimiter=delimiter)) if delimiter else [re.split(r"\s+", line.strip()) for line in lines]


def is_number(word):
    try:
        float(word)
    except ValueError:
        return False
    return True


def convert(args):
    delimiter, rows = split(args.input)
    header = len(rows) > 1 and not any(map(is_number, rows[0]))
    names = [n.strip() for n in rows[0]] if header else [f"column{i}" for i in range(len(rows[0]))]
    asked = args.labels.split(",") if args.labels else []
    for name in asked:
        if names.count(name) != 1:
            raise Bad(f"--labels {name}: {names.count(name)} columns have that name; there are {', '.join(names[:20])}")
    labels = [i for i, n in enumerate(names) if n in asked or not is_number(rows[-1][i])] if len(rows[-1]) == len(names) else []
    units = [i for i in range(len(names)) if i not in labels]

    def columns(which, kind):
        try:
            return np.loadtxt(args.input, kind, comments=None, delimiter=delimiter, skiprows=int(header), usecols=which, ndmin=2, encoding="utf-8-sig", quotechar='"')
        except ValueError as error:  # NumPy counts rows from 0, after the header
            raise Bad("is no table of numbers and labels: " + re.sub(r"at row (\d+)", lambda m: f"in line {int(m[1]) + 1 + header}", str(error).split(";")[0]))

    if not units:
        raise Bad("has no column of numbers beside its labels")
    a = columns(units, float)
    if labels and args.axes not in (None, "sample,unit", "trial,unit", "condition,unit"):
        raise Bad(f"--axes {args.axes}: with columns of labels ({', '.join(names[i] for i in labels)}), rows are samples and columns units")
    out = {"activity": arrange(a, args.axes)}
    for name, v in zip([names[i] for i in labels], columns(labels, str).T if labels else []):
        v = np.char.strip(v)
        for kind in (np.int64, float):
            try:
                v = v.astype(kind)
                break
            except (ValueError, OverflowError):
                pass
        out[name] = v
    return out


if __name__ == "__main__":
    run(__doc__, convert, ("--labels", dict(metavar="NAMES", help="columns that are task variables, separated by commas")), ("--axes", dict(help=AXES)))
