"""Weighted mean of checkpoints that come from one another (Wortsman et al. 2022, model soups).

What two runs learned adds up, what each got wrong at random does not: measured in RUNS.md. The
mean of two sparse networks is denser than either, so it is pruned again to `zeros`. A share below zero leads
away from that checkpoint: further along the way that training went.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax
import numpy as np

from . import checkpoint, s5, sparsity
from .config import Network


def masked(state: dict) -> dict:
    """Parameters as the network uses them: what pruning hides is zero."""
    parameters = state["parameters"]
    if "masks" not in state:
        return parameters
    hidden = {k: np.asarray(w * state["masks"][k]) for k, w in s5.matrices(parameters).items()}
    return s5.with_matrices(parameters, hidden)


def _shape(network: Network) -> tuple:
    """What must be the same. Windows of another delay may be: with hops as long, the features they give
    are so near that weights learnt with either serve both (RUNS.md, twelfth round)."""
    return network.hop, dataclasses.replace(network, delay=Network.delay)


def soup(paths: list[Path], shares: list[float], out: Path, zeros: float | None) -> float:
    """Writes the mean of `paths` to `out`, with the windows of the last; returns its fraction of zeros.
    Batch norm's statistics are averaged too: exact where they were frozen, near enough where the runs are
    near."""
    if len(paths) != len(shares) or sum(shares) <= 0:
        raise SystemExit(f"{len(paths)} checkpoints want as many shares, with a sum above zero")
    loaded = [checkpoint.load(p) for p in paths]
    run, state, extra = loaded[-1]
    if any(_shape(other.network) != _shape(run.network) for other, _, _ in loaded):
        raise SystemExit("these checkpoints are of networks of different shapes")
    share = np.asarray(shares) / sum(shares)
    mean = lambda *v: sum(a * np.asarray(x) for a, x in zip(share, v)).astype(np.float32)  # noqa: E731
    parameters = jax.tree.map(mean, *(masked(s) for _, s, _ in loaded))
    statistics = jax.tree.map(mean, *(s["statistics"] for _, s, _ in loaded))
    if min(float(norm["var"].min()) for norm in statistics["norm"]) < 0:
        raise SystemExit("shares that far below zero leave a norm without a variance; want them nearer to zero")
    tree = {**state, "parameters": parameters, "statistics": statistics}
    if "masks" in state:
        zeros = run.training.zeros if zeros is None else zeros
        patterns = [s.get("masks", {}) for _, s, _ in loaded]
        same = all(np.array_equal(m, p.get(k)) for p in patterns for k, m in state["masks"].items())
        # One pattern of all of them stays, unless other zeros are asked for.
        if not same or zeros != run.training.zeros:
            tree["masks"] = sparsity.masks(s5.matrices(parameters), zeros, run.training.pattern)
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(out, run, tree, extra | {"progress": 1.0})
    matrices = s5.matrices(masked(tree)).values()
    return 1 - sum(int(np.count_nonzero(w)) for w in matrices) / sum(w.size for w in matrices)
