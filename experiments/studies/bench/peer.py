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

def pools():
    try:
        from threadpoolctl import threadpool_info
    except ImportError:
        return []
    return [pool for pool in threadpool_info() if pool["user_api"] == "blas"]


def best_kernel():
    """An OpenBLAS takes a processor newer than itself for an old one: it begins anew, told."""
    if "OPENBLAS_CORETYPE" in os.environ or all(pool.get("architecture") != "Prescott" for pool in pools()):
        return
    try:
        with open("/proc/cpuinfo") as f:
            flags = f.read().split()
    except OSError:
        return
    for flag, kernel in (("avx512f", "SkylakeX"), ("avx2", "Haswell")):
        if flag in flags:
            os.environ["OPENBLAS_CORETYPE"] = kernel
            os.execv(sys.executable, sys.orig_argv)


best_kernel()
torch.set_num_threads(int(sys.argv[1]))


def about(_):
    blas = "unknown BLAS"
    for pool in pools():
        blas = f"{pool['internal_api']} {pool['version']} {pool.get('architecture', '')}".strip()
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
        n, p, kind = r["n"], r["p"], torch.float32 if r["single"] else torch.float64
        self.start = torch.from_numpy(array(r["y"], n, p)).to(kind)
        self.y = torch.nn.Parameter(self.start.clone())
        options = {k: r[k] for k in ("penalty", "folds") if r.get(k)}
        self.score, self.scale = FORMS[r["form"]](torch.from_numpy(array(r["x"], n, p)).to(kind), **options), SCALES[r["scale"]]
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


def polar(x):
    def f(y):
        values, vectors = torch.linalg.eigh(y.T @ y)
        return ((y @ (vectors * values.rsqrt())) @ vectors.T * x).sum()

    return f


def weights(x):
    x = centre(x)
    return x @ x.T


def squared(y):
    g = y @ y.T
    d = g.diagonal()
    return d[:, None] + d - 2 * g


def distances(x):
    w = weights(x)
    return lambda y: (squared(y) * w).sum()


def rbf(x):
    w = weights(x)
    return lambda y: (torch.exp(-0.005 * squared(y)) * w).sum()


def hollow_kernel(x):
    w = weights(x).fill_diagonal_(0)
    return lambda y: (y @ y.T * w).sum()


def pairs(x):
    i, j = torch.triu_indices(len(x), len(x), 1)
    w = weights(x)[i, j]
    return lambda y: ((y @ y.T)[i, j] * w).sum()


def song(x):
    n = len(x)
    diagonal = x.square().sum(1)
    rows = x @ x.sum(0) - diagonal
    total = rows.sum()

    def f(y):
        d = y.square().sum(1)
        r = y @ y.sum(0) - d
        return (x.T @ y).square().sum() - diagonal @ d + total * r.sum() / ((n - 1) * (n - 2)) - 2 / (n - 2) * (rows @ r)

    return f


def median_correlation(x):
    x = centre(x)
    x = x / torch.linalg.norm(x, dim=0)

    def f(y):
        c = centre(y)
        return ((x * c).sum(0) / torch.linalg.norm(c, dim=0)).quantile(0.5)  # of an even number the mean of the middle two

    return f


def least_squares(x, penalty=0.0):
    return lambda y: coefficients(y, x, penalty)[0].square().sum()


def nested_ridge(x, folds=5):
    x = centre(x)
    sizes = [len(x) // folds + (k < len(x) % folds) for k in range(folds)]
    ends = np.cumsum(sizes)
    blocks = [slice(int(b) - m, int(b)) for b, m in zip(ends, sizes)]
    penalties = 10.0 ** torch.arange(2, -8, -1, dtype=x.dtype)

    def best(a, b, which):
        errors = 0
        for hold in which:
            keep = [k for k in which if k is not hold]
            fit, target = torch.cat([a[k] for k in keep]), torch.cat([b[k] for k in keep])
            am, bm = fit.mean(0), target.mean(0)
            fit, target = fit - am, target - bm
            values, vectors = torch.linalg.eigh(fit.T @ fit)
            inner = vectors.T @ (fit.T @ target)
            test, left = (a[hold] - am) @ vectors, b[hold] - bm
            size = fit.square().sum()
            errors = errors + torch.stack([(left - test @ (inner / (values + c * size)[:, None])).square().sum() for c in penalties])
        return penalties[errors.argmin()]

    def f(y):
        total = 0.0
        for out in blocks:
            which = [k for k in blocks if k is not out]
            with torch.no_grad():
                c = best(y, x, which)
            fit, target = torch.cat([y[k] for k in which]), torch.cat([x[k] for k in which])
            am, bm = fit.mean(0), target.mean(0)
            fit, target = fit - am, target - bm
            b, _ = coefficients(fit, target, c * fit.square().sum())
            left = x[out] - bm
            total = total + 1 - (left - (y[out] - am) @ b).square().sum() / left.square().sum()
        return total / folds

    return f


def pls(x, components=5):
    def f(y):
        a, rest = y, x
        for _ in range(components):
            m = a.T @ x
            t = a @ torch.linalg.eigh(m @ m.T)[1][:, -1]
            size = t @ t
            rest = rest - torch.outer(t, t @ x / size)
            a = a - torch.outer(t, t @ a / size)
        return 1 - rest.square().sum() / x.square().sum()

    return f


def median(_):
    def f(y):
        v = y.flatten()
        if len(v) % 2:
            return v.median()
        return (v.median() + v.kthvalue(len(v) // 2 + 1).values) / 2

    return f


def sinkhorn(x, epsilon=0.01):
    class Plan(torch.autograd.Function):
        """Rows and columns brought to their sums in turn, by logarithms; the gradient of that which has them."""

        @staticmethod
        def forward(of, c):
            k, v = c / epsilon, c.new_zeros(c.shape[1])
            for _ in range(100_000):
                u = -math.log(len(c)) - torch.logsumexp(k + v, 1)
                last, v = v, -math.log(len(v)) - torch.logsumexp(k + u[:, None], 0)
                if (v - last).abs().max() < 1e-13:
                    break
            t = torch.exp(k + u[:, None] + v)
            of.save_for_backward(t)
            return t

        @staticmethod
        def backward(of, g):
            (t,) = of.saved_tensors
            p, q = t.shape
            m = g * t
            a, b = m.sum(1), m.sum(0)
            system = torch.eye(q, dtype=t.dtype) / q - p * t.T @ t
            v = torch.zeros_like(b)
            v[1:] = torch.linalg.solve(system[1:, 1:], (b - p * t.T @ a)[1:])
            u = p * (a - t @ v)
            return (m - t * (u[:, None] + v)) / epsilon

    def f(y):
        c = x.T @ y / len(x)
        return (Plan.apply(c) * c).sum()

    return f


def assignment(x):
    from scipy.optimize import linear_sum_assignment

    norm = torch.linalg.norm(x)

    def f(y):
        with torch.no_grad():
            i, j = linear_sum_assignment((x.T @ y).numpy(), maximize=True)
        return (x[:, i] * y[:, j]).sum() / (norm * torch.linalg.norm(y))

    return f


def ranks(x):
    from scipy.stats import rankdata

    return lambda y: (torch.from_numpy(rankdata(y.numpy()).reshape(y.shape)) * x).sum()


def kendall(x):
    from scipy.stats import kendalltau

    return lambda y: torch.tensor(kendalltau(x.numpy().ravel(), y.numpy().ravel())[0])


def neighbours(x, k=10):
    def near(x):
        return (x @ x.T).fill_diagonal_(-math.inf).topk(k).indices

    def mask(x):
        return torch.zeros(len(x), len(x), dtype=torch.bool).scatter_(1, near(x), True)

    of_x = mask(x)
    return lambda y: of_x.gather(1, near(y)).sum() / (k * len(x))


PRIMITIVES = {
    "polar factor": polar,
    "nuclear norm": lambda x: lambda y: torch.linalg.svdvals(y).sum(),
    "left vectors": lambda x: lambda y: (torch.linalg.svd(y, full_matrices=False)[0] * x).square().sum(),
    "squared distances": distances,
    "RBF kernel": rbf,
    "kernel off the diagonal": hollow_kernel,
    "pairs above the diagonal": pairs,
    "unit rows": lambda x: lambda y: (y / torch.linalg.norm(y, dim=1, keepdim=True) * x).sum(),
    "unit columns": lambda x: lambda y: (y / torch.linalg.norm(y, dim=0) * x).sum(),
    "centred columns": lambda x: lambda y: (centre(y) * x).sum(),
    "column norms": lambda x: lambda y: torch.linalg.norm(y, dim=0).sum(),
    "row maxima": lambda x: lambda y: y.max(1).values.sum(),
    "unbiased inner product": song,
    "least squares": least_squares,
    "ridge": lambda x: least_squares(x, 100.0),
    "nested ridge": nested_ridge,
    "partial least squares": pls,
    "median correlation": median_correlation,
    "median": median,
    "log-sum-exp": lambda x: lambda y: torch.logsumexp(y.flatten(), 0),
    "Sinkhorn plan": sinkhorn,
    "assignment": assignment,
    "ranks": ranks,
    "Kendall τ-b": kendall,
    "nearest neighbours": neighbours,
}


class Primitive:
    """A value, and its gradient if asked, as often as asked."""

    def __init__(self, r):
        n, p = r["n"], r["p"]
        self.y = torch.from_numpy(array(r["y"], n, p)).requires_grad_(r["gradient"])
        self.f = PRIMITIVES[r["form"]](torch.from_numpy(array(r["x"], n, p)))

    def step(self):
        self.y.grad = None
        value = self.f(self.y)
        if self.y.requires_grad:
            value.backward()
        return value


def primitive(r):
    global ascent
    ascent = Primitive(r)
    value = ascent.step().item()
    return {"scores": [value, 0.0 if ascent.y.grad is None else ascent.y.grad.abs().sum().item()]}


ascent, single, held = None, None, 0.0  # in double and in single precision


def begin(r):
    """Takes data and a form; returns the scores of the first steps."""
    global ascent, single, held
    if r["single"]:
        single = Ascent(r)
        r.clear()
        return {"scores": [single.step().item() for _ in range(4)]}
    ascent = single = None
    clear_peak()
    held = memory("VmRSS")
    ascent = Ascent(r)
    r.clear()
    return {"scores": [ascent.step().item() for _ in range(4)]}


def turn(r):
    """Makes steps, from the start if asked, and times them."""
    of = single if r["single"] else ascent
    if r["back"]:
        of.back()
    begun = time.perf_counter()
    for _ in range(r["steps"]):
        of.step()
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
        answer = {"about": about, "begin": begin, "primitive": primitive, "turn": turn, "peak": peak, "decode": decode, "score": score}[request.pop("do")](request)
    except Exception as e:  # the form does not apply: say so and go on
        answer = {"error": f"{type(e).__name__}: {e}".splitlines()[0]}
    print(json.dumps(finite(answer)), flush=True)
