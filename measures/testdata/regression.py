#!/usr/bin/env python3
"""Writes regression.json: x predicted from y in folds, by scikit-learn and NumPy.

    python3 regression.py

Scores are by case of inputs.npz and by name: the mean over folds of R² of all values, or of the
median over units of Pearson's r; or of all folds' predictions together, the mean over units of
R², r or r². PLS is sklearn's PLSRegression(scale=False) with its
iteration run to its limit; a nested penalty is chosen by leaving out the other folds in turn.
Written with scikit-learn 1.2.1, NumPy 1.24.2.
"""

import json
import warnings

import numpy as np
from sklearn.cross_decomposition import PLSRegression
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import KFold
from sklearn.preprocessing import KernelCenterer

warnings.simplefilter("ignore")


def pls(k):
    return lambda y, x, _: PLSRegression(n_components=k, scale=False, max_iter=100_000, tol=1e-30).fit(y, x).predict


def ridge(penalty):
    return lambda y, x, _: Ridge(alpha=penalty, solver="svd").fit(y, x).predict


def kernel_ridge(kernel, penalty):
    def fit(y, x, _):
        center = KernelCenterer()
        model = KernelRidge(alpha=penalty, kernel="precomputed")
        model.fit(center.fit_transform(kernel(y, y)), x - x.mean(0))
        return lambda v: x.mean(0) + model.predict(center.transform(kernel(v, y)))

    return fit


def laplace(a, b):
    return np.exp(-np.sqrt(((a[:, None] - b[None]) ** 2).sum(-1)))


def nested(y, x, fold):
    def variance(y):
        return ((y - y.mean(0)) ** 2).sum()

    def error(c):
        sum = 0
        for f in np.unique(fold):
            fitted = ridge(c * variance(y[fold != f]))(y[fold != f], x[fold != f], None)
            sum += ((x[fold == f] - fitted(y[fold == f])) ** 2).sum()
        return sum

    best = min((10.0**-e for e in range(-2, 8)), key=error)
    return ridge(best * variance(y))(y, x, None)


def r2(x, predicted, mean):
    return 1 - ((x - predicted) ** 2).sum() / ((x - mean) ** 2).sum()


def median_pearsonr(x, predicted, _):
    return np.median([np.corrcoef(x[:, j], predicted[:, j])[0, 1] for j in range(x.shape[1])])


def pooled_r2(x, predicted):
    return r2_score(x, predicted)


def pooled_pearsonr(x, predicted):
    return np.mean([np.corrcoef(x[:, j], predicted[:, j])[0, 1] for j in range(x.shape[1])])


def pooled_pearsonr2(x, predicted):
    return np.mean([np.corrcoef(x[:, j], predicted[:, j])[0, 1] ** 2 for j in range(x.shape[1])])


def together(x, y, fold, fit, good):
    predicted = np.empty_like(x)
    for f in np.unique(fold):
        predicted[fold == f] = fit(y[fold != f], x[fold != f], fold[fold != f])(y[fold == f])
    return float(good(x, predicted))


def score(x, y, fold, fit, good):
    scores = []
    for f in np.unique(fold):
        out = fold == f
        predict = fit(y[~out], x[~out], fold[~out])
        scores.append(good(x[out], predict(y[out]), x[~out].mean(0)))
    return float(np.mean(scores))


def main():
    inputs = np.load("inputs.npz")
    fits = {
        "linreg": lambda y, x, _: LinearRegression().fit(y, x).predict,
        "ridge-lambda=1": ridge(1),
        "ridge-lambda=100": ridge(100),
        "ridge-lambda=nested": nested,
        "kernel_ridge-kernel=(rbf-sigma=2)-lambda=0.5": kernel_ridge(lambda a, b: rbf_kernel(a, b, 1 / 8), 0.5),
        "kernel_ridge-kernel=(laplace-sigma=1)-lambda=1": kernel_ridge(laplace, 1),
        "pls-components=1": pls(1),
        "pls-components=2": pls(2),
        "pls-components=3": pls(3),
    }
    table = {}
    for case in ["tall", "dims_dx_gt_dy", "dims_dx_lt_dy", "independent", "tensor3d"]:
        x, y = inputs[case + "__X"], inputs[case + "__Y"]
        shape = x.shape
        x, y = x.reshape(-1, x.shape[-1]), y.reshape(-1, y.shape[-1])
        rows = np.zeros(len(x), int)
        for f, (_, out) in enumerate(KFold(5).split(x)):
            rows[out] = f
        cvs = {"5folds": rows}
        if len(shape) == 3:
            cvs["4conditions"] = np.tile(np.arange(shape[1]) % 4, shape[0])
        table[case] = {
            f"{name}-{good.__name__}-cv={cv}": score(x, y, fold, fit, good)
            for name, fit in fits.items()
            for good in (r2, median_pearsonr)
            for cv, fold in cvs.items()
        } | {
            f"{name}-{good.__name__}-cv={cv}": together(x, y, fold, fits[name], good)
            for name in ("linreg", "ridge-lambda=1", "ridge-lambda=nested")
            for good in (pooled_r2, pooled_pearsonr, pooled_pearsonr2)
            for cv, fold in cvs.items()
        }
    with open("regression.json", "w") as f:
        json.dump(table, f, indent=1)
        f.write("\n")


main()
