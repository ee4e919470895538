"""Muon for the matrices (Jordan et al. 2024), Adam for the rest, one schedule for both."""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import s5
from .config import Training

SLOW = ("decay", "angle")  # the eigenvalues learn at a lower rate, as in S5


def start(parameters: dict) -> dict:
    zeros = lambda: jax.tree.map(jnp.zeros_like, parameters)  # noqa: E731
    return {"first": zeros(), "second": zeros(), "count": jnp.zeros((), jnp.int32)}


def _orthogonal(g: jax.Array, precision: str) -> jax.Array:
    """Newton-Schulz iteration towards the nearest semi-orthogonal matrix."""
    wide = g.shape[0] <= g.shape[1]
    kind = jnp.bfloat16 if precision == "bf16" else jnp.float32

    def product(a, b):
        return jnp.dot(a.astype(kind), b.astype(kind), preferred_element_type=jnp.float32)

    x = (g if wide else g.T) / (jnp.linalg.norm(g) + 1e-7)
    for _ in range(5):
        a = product(x, x.T)
        x = 3.4445 * x + product(-4.7750 * a + 2.0315 * product(a, a), x)
    return x if wide else x.T


def schedule(training: Training, progress: jax.Array) -> jax.Array:
    """Factor on the learning rate: linear warm-up, constant to `decay_from`, cosine to zero."""
    warm = jnp.minimum(1.0, progress / training.warmup)
    d = jnp.clip((progress - training.decay_from) / (1 - training.decay_from), 0, 1)
    return warm * 0.5 * (1 + jnp.cos(jnp.pi * d))


def update(
    training: Training, gradient: dict, state: dict, parameters: dict, progress: jax.Array
) -> tuple[dict, dict]:
    factor = schedule(training, progress)
    count = state["count"] + 1
    norm = jnp.sqrt(sum((g**2).sum() for g in jax.tree.leaves(gradient)))
    clip = jnp.minimum(1.0, 5.0 / (norm + 1e-9))
    gradient = jax.tree.map(lambda g: g * clip, gradient)
    muon = training.optimizer == "muon"
    named = set(map(id, s5.matrices(parameters).values()))

    def one(path, p, g, m, v):
        matrix = id(p) in named
        name = path[-1].key
        if matrix and muon:
            m = 0.95 * m + g
            rows, columns = p.shape
            step = _orthogonal(g + 0.95 * m, training.precision) * max(1.0, rows / columns) ** 0.5
            rate = training.rate_muon * factor
        else:
            m = 0.9 * m + 0.1 * g
            v = 0.99 * v + 0.01 * g * g
            step = (m / (1 - 0.9**count)) / (jnp.sqrt(v / (1 - 0.99**count)) + 1e-8)
            rate = training.rate * factor * (0.25 if name in SLOW else 1.0)
        decay = training.weight_decay if matrix else 0.0
        return p - rate * (step + decay * p), m, v

    out = jax.tree_util.tree_map_with_path(
        one, parameters, gradient, state["first"], state["second"]
    )
    pick = lambda i: jax.tree.map(  # noqa: E731
        lambda t: t[i], out, is_leaf=lambda t: isinstance(t, tuple)
    )
    return pick(0), {"first": pick(1), "second": pick(2), "count": count}
