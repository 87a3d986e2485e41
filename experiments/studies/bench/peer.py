"""The bench study's peer: a step of an ascent in PyTorch, a decoding by scikit-learn.

It reads requests from stdin and answers on stdout, a JSON object a line. Its one
argument is the number of threads. Every form of a score is the leanest known: what
depends on the reference alone is computed once, and no more is formed than needed.
"""
import base64, ctypes, json, math, os, signal, sys, time, warnings

signal.signal(signal.SIGINT, signal.SIG_IGN)  # the study ends its peer itself
warnings.simplefilter("ignore")

import numpy as np
import sklearn
import torch
from sklearn.linear_model import LogisticRegression

torch.set_num_threads(int(sys.argv[1]))


def about(_):
    blas = "unknown BLAS"
    try:
        from threadpoolctl import threadpool_info

        for pool in threadpool_info():
            if pool["user_api"] == "blas":
                blas = f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
    except ImportError:
        pass
    return {"torch": torch.__version__, "sklearn": sklearn.__version__, "blas": blas}


def memory(field):
    """Resident memory in MB, now (VmRSS) or at most since clear (VmHWM)."""
    try:
        with open("/proc/self/status") as f:
            return next(float(line.split()[1]) / 1e3 for line in f if line.startswith(field))
    except (OSError, StopIteration):
        return None


def clear_peak():
    try:
        ctypes.CDLL(None).malloc_trim(0)
        with open("/proc/self/clear_refs", "w") as f:
            f.write("5")
    except (OSError, AttributeError):
        pass


def array(text, *shape):
    return np.frombuffer(base64.b64decode(text), dtype="<f8").reshape(shape).copy()


def centre(a):
    return a - a.mean(0)


def cka_p(x):
    x = centre(x)
    norm = torch.linalg.norm(x.T @ x)

    def score(y):
        c = centre(y)
        return (x.T @ c).square().sum() / (norm * torch.linalg.norm(c.T @ c))

    return score


def cka_n(x):
    x = centre(x)
    kernel = x @ x.T
    norm = torch.linalg.norm(kernel)

    def score(y):
        c = centre(y)
        k = c @ c.T
        return (kernel * k).sum() / (norm * torch.linalg.norm(k))

    return score


def nbs(x):
    x = centre(x)
    norm = torch.linalg.norm(x)

    def score(y):
        c = centre(y)
        return torch.linalg.svdvals(x.T @ c).sum() / (norm * torch.linalg.norm(c))

    return score


def nbs_n(x):
    """By the products between samples, where units are more."""
    x = centre(x)
    kernel = x @ x.T
    values, vectors = torch.linalg.eigh(kernel)
    root = vectors[:, 1:] * values[1:].clamp(min=0).sqrt()  # centred, it has a null vector
    norm = kernel.trace().sqrt()

    def score(y):
        c = centre(y)
        k = c @ c.T
        return torch.linalg.eigvalsh(root.T @ k @ root).clamp(min=0).sqrt().sum() / (norm * k.trace().sqrt())

    return score


def regression_qr(x):
    x = centre(x)
    size = x.square().sum()

    def score(y):
        q, _ = torch.linalg.qr(centre(y))
        return (q.T @ x).square().sum() / size

    return score


def regression_chol(x, penalty=0.0):
    x = centre(x)
    size = x.square().sum()

    def score(y):
        c = centre(y)
        b, m = coefficients(c, x, penalty)
        explained = (m * b).sum()
        if penalty:
            explained = explained + penalty * b.square().sum()
        return explained / size

    return score


def coefficients(c, x, penalty):
    m, g = c.T @ x, c.T @ c
    if penalty:
        g = g + penalty * torch.eye(len(g), dtype=g.dtype)
    return torch.cholesky_solve(m, torch.linalg.cholesky(g)), m


def regression_folds(x, penalty=0.0, folds=5):
    """Each fold a block of rows, predicted from the others."""
    sizes = [len(x) // folds + (k < len(x) % folds) for k in range(folds)]
    ends = np.cumsum(sizes)
    parts = []
    for a, b in zip(ends - sizes, ends):
        rest = torch.cat((x[:a], x[b:]))
        held = x[a:b] - rest.mean(0)
        parts.append((int(a), int(b), centre(rest), held, held.square().sum()))

    def score(y):
        total = 0.0
        for a, b, rest, held, size in parts:
            fit = torch.cat((y[:a], y[b:]))
            mean = fit.mean(0)
            coef, _ = coefficients(fit - mean, rest, penalty)
            total = total + 1 - (held - (y[a:b] - mean) @ coef).square().sum() / size
        return total / folds

    return score


def regression_sums(x, penalty=0.0, folds=5):
    """The same by products of each fold: those of the others are their sums less its own."""
    x = centre(x)
    sizes = [len(x) // folds + (k < len(x) % folds) for k in range(folds)]
    blocks = x.split(sizes)
    means = [-block.sum(0) / (len(x) - len(block)) for block in blocks]
    held = [(block - mean).square().sum() for block, mean in zip(blocks, means)]
    penalties = penalty * torch.eye(x.shape[1], dtype=x.dtype)

    def score(y):
        parts = centre(y).split(sizes)
        grams, inners = [c.T @ c for c in parts], [c.T @ b for c, b in zip(parts, blocks)]
        gram, inner = sum(grams) + penalties, sum(inners)
        total = 0.0
        for c, b, g, i, mean, size in zip(parts, blocks, grams, inners, means, held):
            others = len(x) - len(c)
            m = -c.sum(0) / others
            system, overlap = gram - g - others * torch.outer(m, m), inner - i - others * torch.outer(m, mean)
            coef = torch.cholesky_solve(overlap, torch.linalg.cholesky(system))
            total = total + 1 - (b - mean - (c - m) @ coef).square().sum() / size
        return total / folds

    return score


FORMS = {"cka-p": cka_p, "cka-n": cka_n, "nbs": nbs, "nbs-n": nbs_n, "qr": regression_qr, "chol": regression_chol, "folds": regression_folds, "sums": regression_sums}
SCALES = {
    "": lambda s: s,
    "square": lambda s: s * s,
    "angle": torch.arccos,
    "angular-score": lambda s: 1 - 2 / math.pi * torch.arccos(s),
}


class Ascent:
    """Value, gradient and a step of Adam, as often as asked."""

    def __init__(self, r):
        n, p = r["n"], r["p"]
        self.start = torch.from_numpy(array(r["y"], n, p))
        self.y = torch.nn.Parameter(self.start.clone())
        options = {k: r[k] for k in ("penalty", "folds") if r.get(k)}
        self.score, self.scale = FORMS[r["form"]](torch.from_numpy(array(r["x"], n, p)), **options), SCALES[r["scale"]]
        self.down = r["down"]
        self.adam = torch.optim.Adam([self.y], lr=0.1)

    def step(self):
        self.adam.zero_grad()
        s = self.scale(self.score(self.y))
        (s if self.down else -s).backward()
        self.adam.step()
        return s

    def back(self):
        with torch.no_grad():
            self.y.copy_(self.start)


ascent, held = None, 0.0


def begin(r):
    """Takes data and a form; returns the scores of the first steps."""
    global ascent, held
    ascent = None
    clear_peak()
    held = memory("VmRSS")
    ascent = Ascent(r)
    r.clear()
    return {"scores": [ascent.step().item() for _ in range(4)]}


def turn(r):
    """Makes steps, from the start if asked, and times them."""
    if r["back"]:
        ascent.back()
    begun = time.perf_counter()
    for _ in range(r["steps"]):
        ascent.step()
    return {"seconds": time.perf_counter() - begun}


def peak(_):
    """Memory that a step needs at most, with its data."""
    clear_peak()
    ascent.step()
    most = memory("VmHWM")
    return {"mb": [None if most is None or held is None else most - held]}


def decode(r):
    """Cross-validated predictions, fold by fold and time by time."""
    x = array(r["activity"], *r["shape"])
    options = {"tol": r["tol"], "max_iter": 100_000} if r["tol"] else {}
    predictions, seconds = [], 0.0
    for v in r["variables"]:
        y = np.array(v["class"])
        found = np.zeros((len(x), len(y)), dtype=int)
        begun = time.perf_counter()
        for t, of in enumerate(np.array(v["folds"])):
            for k in range(v["number"]):
                fitted = LogisticRegression(**options).fit(x[t][of != k], y[of != k])
                found[t][of == k] = fitted.predict(x[t][of == k])
        seconds += time.perf_counter() - begun
        predictions.append(found.tolist())
    return {"predictions": predictions, "seconds": seconds}


def score_cka(x, y):
    if len(x) < x.shape[1]:
        k, l = x @ x.T, y @ y.T
        return (k * l).sum() / (np.linalg.norm(k) * np.linalg.norm(l))
    return np.square(x.T @ y).sum() / (np.linalg.norm(x.T @ x) * np.linalg.norm(y.T @ y))


def score_nbs(x, y):
    if len(x) < x.shape[1]:
        k, l = x @ x.T, y @ y.T
        values, vectors = np.linalg.eigh(k)
        root = vectors[:, 1:] * np.sqrt(values[1:].clip(0))
        return np.sqrt(np.linalg.eigvalsh(root.T @ l @ root).clip(0)).sum() / np.sqrt(k.trace() * l.trace())
    return np.linalg.svd(x.T @ y, compute_uv=False).sum() / (np.linalg.norm(x) * np.linalg.norm(y))


def score_linear(x, y):
    if y.shape[1] >= len(y) - 1:
        return 1.0  # for data of full rank, which is not looked at
    q, _ = np.linalg.qr(y)
    return np.square(q.T @ x).sum() / np.square(x).sum()


def score_folds(x, y, penalty, folds):
    ends = np.cumsum([len(x) // folds + (k < len(x) % folds) for k in range(folds)])
    total = 0.0
    for a, b in zip(np.r_[0, ends[:-1]], ends):
        rest, fit = np.r_[x[:a], x[b:]], np.r_[y[:a], y[b:]]
        mean_x, mean_y = rest.mean(0), fit.mean(0)
        rest -= mean_x
        fit -= mean_y
        if len(fit) < fit.shape[1]:
            g = fit @ fit.T
            g[np.diag_indices(len(g))] += penalty
            predicted = (y[a:b] - mean_y) @ fit.T @ np.linalg.solve(g, rest)
        else:
            g = fit.T @ fit
            g[np.diag_indices(len(g))] += penalty
            predicted = (y[a:b] - mean_y) @ np.linalg.solve(g, fit.T @ rest)
        held = x[a:b] - mean_x
        total += 1 - np.square(held - predicted).sum() / np.square(held).sum()
    return total / folds


def score(r):
    """A score from two files of float64, by numpy alone, with the time from the files on."""
    clear_peak()
    before, begun = memory("VmRSS"), time.perf_counter()
    x, y = (np.load(r[k], mmap_mode="r") for k in "xy")
    if r["folds"]:
        value = score_folds(x, y, r["penalty"], r["folds"])
    else:
        x, y = centre(x), centre(y)
        value = {"cka": score_cka, "nbs": score_nbs, "linreg": score_linear}[r["measure"]](x, y)
    seconds, most = time.perf_counter() - begun, memory("VmHWM")
    return {"score": float(value), "seconds": seconds, "mb": [None if most is None else most - before]}


def finite(v):
    """NaN as null, for JSON."""
    if isinstance(v, dict):
        return {k: finite(u) for k, u in v.items()}
    if isinstance(v, list):
        return [finite(u) for u in v]
    return None if isinstance(v, float) and not math.isfinite(v) else v


for line in sys.stdin:
    request = json.loads(line)
    del line
    try:
        answer = {"about": about, "begin": begin, "turn": turn, "peak": peak, "decode": decode, "score": score}[request.pop("do")](request)
    except Exception as e:  # the form does not apply: say so and go on
        answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
    print(json.dumps(finite(answer)), flush=True)
