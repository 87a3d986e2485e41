"""Writes trials.npz and trials.json: data with times and data with trials, and what the packages of
their measures' authors score of them.

DSA of mitchellostrow/DSA at commit 8cbddcf, in double precision and run to its limit, the best of
ten starts; GaussianStochasticMetric of ahwillia/netrep at commit 0186b8a, the best of twenty starts,
of means less their mean over samples. With netrep and DSA/DSA of these on PYTHONPATH:
python3 trials.py
"""

import json
from pathlib import Path

import numpy as np
import torch
from dmd import DMD
from netrep.metrics import GaussianStochasticMetric
from simdist import SimilarityTransformDist

torch.set_default_dtype(torch.float64)
torch.Tensor.float = torch.Tensor.double  # which DSA asks for
r = np.random.default_rng(19)


def system(angles, decays, times, conditions, units):
    """Trajectories of planes that turn and fall to decay, in random axes, with noise."""
    state, x = r.standard_normal((conditions, 2 * len(angles))), []
    step = np.zeros((2 * len(angles), 2 * len(angles)))
    for i, (a, d) in enumerate(zip(angles, decays)):
        step[2 * i:2 * i + 2, 2 * i:2 * i + 2] = d * np.array([[np.cos(a), -np.sin(a)], [np.sin(a), np.cos(a)]])
    for _ in range(times):
        x.append(state)
        state = state @ step
    x = np.array(x) @ r.standard_normal((2 * len(angles), units))
    return x + 0.1 * r.standard_normal(x.shape)


def dsa(x, y, delays, rank):
    def dynamics(x):
        d = DMD(x.transpose(1, 0, 2), n_delays=delays, rank=rank, lamb=0)
        d.fit()
        return d.A_v.clone()
    best = np.inf
    for seed in range(10):
        torch.manual_seed(seed)
        best = min(best, float(SimilarityTransformDist(iters=4000).fit_score(dynamics(x), dynamics(y))))
    return best


def stochastic(x, y, alpha):
    def gaussians(x):  # samples × repetitions × units
        means = x.mean(axis=1)
        return means - means.mean(axis=0), np.array([np.cov(one.T) for one in x])
    metric = GaussianStochasticMetric(alpha=alpha, init="rand", n_restarts=20, niter=20000, tol=1e-13, random_state=0)
    return float(metric.fit_score(gaussians(x), gaussians(y)))


def main():
    x, y = system([.3, .9], [.97, .9], 20, 4, 6), system([.4, 1.1], [.95, .93], 20, 4, 5)
    a = r.standard_normal((8, 1, 4)) + r.standard_normal((8, 7, 4)) @ r.standard_normal((4, 4))
    b = a[:, :, ::-1] + 0.7 * r.standard_normal((8, 7, 4))
    scores = {f"dsa-delays=2-rank={k}-distance=angular": dsa(x, y, 2, k) for k in (2, 3, 4)}
    for alpha in 0, 1, 2:
        scores[f"stochastic_shape-alpha={alpha}-distance=euclidean"] = stochastic(a, b, alpha)
    print(scores)
    here = Path(__file__).parent
    np.savez_compressed(here / "trials.npz", dsa__X=x, dsa__Y=y, stochastic_shape__X=a, stochastic_shape__Y=b)
    (here / "trials.json").write_text(json.dumps(scores, indent=1) + "\n")


if __name__ == "__main__":
    main()
