"""Writes precise.npz and precise.json: scores and gradients in 120-digit arithmetic.

Inputs are float64, and what is computed is of these binary values; results are
rounded to float64 at the very end. Gradients are the closed forms, which main
first checks against differences with a step of 1e-40. mpmath 1.2.1 and NumPy
1.24.2 were used (Debian's python3-mpmath and python3-numpy): /usr/bin/python3
precise.py
"""

import json
from pathlib import Path

import numpy as np
from mpmath import acos, mp, mpf, pi, sqrt

mp.dps = 120
EPS = 2.0**-52
FOLDS = 5


# Matrices are object arrays of mpf.

def exact(x):
    return np.array([[mpf(float(v)) for v in row] for row in x], dtype=object)


def center(x):
    return x - x.sum(axis=0) / mpf(len(x))


def norm2(x):
    return (x * x).sum()


def svd(a):
    """Thin singular value decomposition over the values that are not zero."""
    if a.shape[0] < a.shape[1]:
        u, s, v = svd(a.T)
        return v, s, u
    u, s, vt = mp.svd_r(mp.matrix(a.tolist()))
    s = [s[i] for i in range(len(s))]
    r = sum(v > s[0] * mpf(10) ** -60 for v in s)
    u, vt = np.array(u.tolist(), dtype=object), np.array(vt.tolist(), dtype=object)
    return u[:, :r], np.array(s[:r], dtype=object), vt[:r].T


def pinv(a):
    u, s, v = svd(a)
    return (v / s) @ u.T


def inverse(s):
    return np.array((mp.matrix(s.tolist()) ** -1).tolist(), dtype=object)


# Each measure returns score, gX and gY.

def cka(x, y):
    x, y = center(x), center(y)
    m, kx, ky = x.T @ y, x.T @ x, y.T @ y
    a, b = sqrt(norm2(kx)), sqrt(norm2(ky))
    c = norm2(m) / (a * b)
    return (c, 2 * y @ m.T / (a * b) - 2 * c * x @ kx / a**2,
            2 * x @ m / (a * b) - 2 * c * y @ ky / b**2)


def nbs(x, y):
    x, y = center(x), center(y)
    u, s, v = svd(x.T @ y)
    tx, ty = sqrt(norm2(x)), sqrt(norm2(y))
    n, polar = s.sum() / (tx * ty), u @ v.T
    return (n, y @ polar.T / (tx * ty) - n * x / tx**2,
            x @ polar / (tx * ty) - n * y / ty**2)


def distance(cosine):
    def angle(x, y):
        c, gx, gy = cosine(x, y)
        if 1 - c < mpf(10) ** -100:
            return mpf(0), 0 * gx, 0 * gy
        slope = -1 / sqrt(1 - c * c)
        return acos(c), slope * gx, slope * gy
    return angle


def angular(cosine):
    def score(x, y):
        a, gx, gy = distance(cosine)(x, y)
        return 1 - 2 / pi * a, -2 / pi * gx, -2 / pi * gy
    return score


def fit(lam, a, b):
    """Coefficients of b on a, and the pullback of a derivative by them to (a, b)."""
    if lam:
        s = inverse(a.T @ a + lam * np.array(mp.eye(a.shape[1]).tolist(), dtype=object))
        w = s @ a.T @ b

        def pull(g):
            z = s @ g
            return (b - a @ w) @ z.T - a @ z @ w.T, a @ z
        return w, pull
    inv = pinv(a)
    w = inv @ b

    def pull(g):
        h = inv.T @ g
        return (-h @ w.T + (b - a @ w) @ (inv @ h).T + inv.T @ w @ (g - inv @ a @ g).T, h)
    return w, pull


def regression(lam):
    def r2(x, y):
        x, y = center(x), center(y)
        w, pull = fit(lam, y, x)
        rest, t = x - y @ w, norm2(x)
        byrest = -2 * rest / t
        gy, gx = pull(-y.T @ byrest)
        return (1 - norm2(rest) / t, center(gx + byrest + 2 * norm2(rest) * x / t**2),
                center(gy - byrest @ w.T))
    return r2


def folds(lam):
    def r2(x, y):
        n, score = len(x), 0
        gx, gy = 0 * x, 0 * y
        for own in np.array_split(np.arange(n), FOLDS):
            rest = np.setdiff1d(np.arange(n), own)
            mx, my = x[rest].sum(axis=0) / mpf(len(rest)), y[rest].sum(axis=0) / mpf(len(rest))
            w, pull = fit(lam, y[rest] - my, x[rest] - mx)
            xv, yv = x[own] - mx, y[own] - my
            e, t = xv - yv @ w, norm2(xv)
            score += (1 - norm2(e) / t) / FOLDS
            bye = -2 * e / t / FOLDS
            byx, byy = bye + 2 * norm2(e) * xv / t**2 / FOLDS, -bye @ w.T
            gy0, gx0 = pull(-yv.T @ bye)
            gx[own] += byx
            gy[own] += byy
            gx[rest] += center(gx0) - byx.sum(axis=0) / mpf(len(rest))
            gy[rest] += center(gy0) - byy.sum(axis=0) / mpf(len(rest))
        return score, gx, gy
    return r2


def measure(name):
    if name.startswith("ridge"):
        lam = mpf(float(name.split("=")[1].removesuffix("-r2").removesuffix("-r2-cv")))
        return folds(lam) if "cv" in name else regression(lam)
    return {"cka": cka, "cka-angular-score": angular(cka), "nbs": nbs,
            "procrustes-angular-score": angular(nbs), "procrustes-distance=angular": distance(nbs),
            "linreg-r2": regression(0), "linreg-r2-cv=5folds": folds(0)}[name]


# Inputs.

r = np.random.default_rng(14)


def gauss(n, p):
    return r.standard_normal((n, p))


def orthonormal(n, p):
    return np.linalg.qr(gauss(n, p))[0]


def conditioned(n, p, kappa):
    """Nearly centred data with singular values from 1 to 1/kappa."""
    u = gauss(n, p)
    return np.linalg.qr(u - u.mean(axis=0))[0] @ np.diag(np.logspace(0, -np.log10(kappa), p)) @ orthonormal(p, p)


def moved(x, noise):
    """x rotated, scaled and shifted, with noise."""
    return 2.5 * x @ orthonormal(x.shape[1], x.shape[1]) + noise * gauss(*x.shape) + 0.75


def dyadic(n, p):
    """Values of few bits, of which products and sums are exact."""
    return r.integers(-32, 33, (n, p)) / 8.0


SHAPES = ["cka", "cka-angular-score", "nbs", "procrustes-angular-score", "procrustes-distance=angular"]
LINREG = ["linreg-r2", "linreg-r2-cv=5folds"]
RIDGE = ["ridge-lambda=100-r2", "ridge-lambda=100-r2-cv=5folds"]
ALL = ["cka", "nbs", "procrustes-distance=angular"] + LINREG + RIDGE


def cases():
    """(case, x, y, measures): what a case is of stands before the first hyphen."""
    x = gauss(16, 4)
    for k in 3, 6, 9:
        yield f"near-1e-{k}", x, moved(x, 10.0**-k), SHAPES
    wide = gauss(8, 13)
    yield "near-wide", wide, moved(wide, 1e-6), SHAPES
    y = moved(x, 1e-6)
    yield "near-wider-y", x, np.hstack([y, 1e-7 * gauss(16, 2)]), SHAPES
    yield "near-wider-x", np.hstack([y, 1e-7 * gauss(16, 2)]), x, SHAPES
    low = dyadic(16, 2) @ dyadic(2, 4)
    swap = np.eye(4)[[1, 3, 0, 2]]
    yield "near-low-rank", low, (low + 2.0**-20 * dyadic(16, 2) @ dyadic(2, 4)) @ swap, SHAPES
    for name, x in ("tall", x), ("wide", wide), ("low-rank", low):
        yield "equal-" + name, x, x, SHAPES

    for k in 3, 5, 7:
        yield f"condition-1e{k}", conditioned(20, 4, 10.0**k), conditioned(20, 4, 10.0**k), ["nbs"] + LINREG
    yield "condition-1e5-and-1", gauss(20, 4), conditioned(20, 4, 1e5), ["nbs"]
    for kappa in 500, 200000:
        yield f"condition-{kappa}", gauss(20, 3), conditioned(20, 4, kappa), LINREG

    # Of wide data of full rank a small penalty leaves next to nothing unexplained, and
    # the gradient is what cancels: those are for left-out folds alone.
    low = dyadic(8, 3) @ dyadic(3, 13)
    for shape, y0 in ("tall", gauss(15, 4)), ("wide", gauss(8, 13)), ("low-rank", low):
        for lam, outlier in ("100", 2e3), ("100", 1e8), ("0.001", 3e7), ("1e-06", 1e6), ("1e-06", 1e8):
            x, y = gauss(len(y0), 3), y0.copy()
            y[2] *= outlier
            in_sample, left_out = f"ridge-lambda={lam}-r2", f"ridge-lambda={lam}-r2-cv=5folds"
            names = [in_sample, left_out] if shape == "tall" or lam == "100" else [left_out]
            if shape != "low-rank" or lam == "100":
                yield f"outlier-{outlier:.0e}-lambda={lam}-{shape}".replace("e+0", "e"), x, y, names

    x, y = gauss(20, 3), gauss(20, 4)
    y[:, 2] += 0.5 * x[:, 0]
    y[:, 3] += x[:, 1]
    yield "units-1e-13", x, y * [1, 1e-4, 1e-9, 1e-13], ["linreg-r2"]
    yield "units-1e6-and-1e-7", x, y * [1e6, 1, 1e2, 1e-7], ["linreg-r2"]

    x, y = gauss(20, 3), gauss(20, 2)  # what others are fitted to is lost beside a fold
    y[:2] += 1e6 * gauss(2, 2)
    yield "fold-outliers", x, y, ["linreg-r2-cv=5folds", "ridge-lambda=100-r2-cv=5folds"]
    yield "fold-outlier-one-unit", x, y[:, :1], ["linreg-r2-cv=5folds"]

    for k in 5, 8, 12:
        yield f"offset-1e{k}", gauss(15, 2) + 10.0**k, gauss(15, 3) - 3 * 10.0**k, ALL
    x, y = gauss(15, 2), gauss(15, 3)
    for k in -70, -30, 30, 70:
        # Left out of small data, ridge predicts nothing but the mean, to rounding.
        yield f"scale-1e{k}", x * 10.0**k, y * 10.0**k, ALL if k > 0 else ALL[:-1]
    yield "scale-1e-70-and-1e70", x * 1e-70, y * 1e70, ALL


# Tolerances, of the score and relative to the gradient's norm.

def tolerances(case, name, x, y, result):
    """1e-10, of the score relatively (cross-validated, to 1 or more), or what the
    condition of the input allows:

    near:      1e-14 for the value, of an angle too; all gradients are differences of
               what is 1/angle as large, and are held to 1e-12/angle.
    equal:     1e-14 for the value; the gradient is 0, of an angle exactly.
    condition: NBS's gradient 1e-10 or 100·ε·max(κx, κy), for the polar factor of xᵀy turns
               by ε/(the least singular value) of either.
    others:    30 times the most that score and gradient change, of four draws,
               when each unit is rounded relative to its largest value, as any
               centring does. Not where units have offsets, for centring in two
               passes is exact then, nor at other scales.
    """
    kind, size = case.split("-")[0], max(abs(float(result[0])), "cv" in name)
    if kind == "near":
        return 1e-14, 1e-12 / float(distance(cka if "cka" in name else nbs)(x, y)[0])
    if kind == "equal":
        return 1e-14, 0 if "angular" in name else 1e-15
    if name == "nbs" and kind == "condition":
        kappa = [float(s[0] / s[-1]) for s in (svd(center(v))[1] for v in (x, y))]
        return 1e-12, max(1e-10, 100 * EPS * max(kappa))
    if kind in ("offset", "scale"):
        return 1e-10 * size, 1e-10
    score, gradient = 0, 0
    for _ in range(4):
        near = [v + EPS / 2 * abs(v).max(axis=0) * np.sign(gauss(*v.shape)) for v in (x, y)]
        s, gx, gy = measure(name)(*near)
        score = max(score, float(abs(s - result[0])))
        gradient = max(gradient, apart(gx, result[1], kind), apart(gy, result[2], kind))
    return max(1e-10 * size, 30 * score), max(1e-10, 30 * gradient)


def apart(got, want, kind):
    """The distance of two gradients relative to their size; of units of very different
    scale, unit by unit."""
    if kind == "units":
        return float(max(sqrt(norm2(g - w) / norm2(w)) for g, w in zip(got.T, want.T)))
    return float(sqrt(norm2(got - want) / norm2(want)))


def check():
    """The closed forms are the derivatives."""
    h = mpf(10) ** -40
    for n, p, q in (15, 3, 4), (8, 9, 13):
        x, y, dx, dy = (exact(gauss(n, k)) for k in (p, q, p, q))
        for name in ALL + SHAPES:
            _, gx, gy = measure(name)(x, y)
            above, below = (measure(name)(x + s * h * dx, y + s * h * dy)[0] for s in (1, -1))
            slope, want = (above - below) / (2 * h), (gx * dx).sum() + (gy * dy).sum()
            assert abs(slope - want) < mpf(10) ** -60 * (1 + abs(want)), (name, n, slope, want)


def main():
    check()
    arrays, table = {}, []
    for case, x, y, names in cases():
        arrays[case + "__x"], arrays[case + "__y"] = x, y
        x, y = exact(x), exact(y)
        for name in names:
            # The variance that ridge explains of small data is 1e-140 of all.
            with mp.workdps(320 if case.startswith("scale") else mp.dps):
                result = measure(name)(x, y)
            if case.startswith("equal"):
                result = result[0], 0 * x, 0 * y
            score, gradient = tolerances(case, name, x, y, result)
            table.append({"case": case, "measure": name, "score": float(result[0]),
                          "score_tolerance": float(f"{score:.2g}"), "gradient_tolerance": float(f"{gradient:.2g}")})
            for side, g in zip("XY", result[1:]):
                arrays[f"{case}__{name}__g{side}"] = g.astype(float)
            print(table[-1], flush=True)
    here = Path(__file__).parent
    np.savez_compressed(here / "precise.npz", **arrays)
    lines = ",\n".join(json.dumps(t) for t in table)
    (here / "precise.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()
