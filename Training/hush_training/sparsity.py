"""Magnitude pruning with a straight-through estimator, and ERK densities (Evci et al. 2020)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from .config import Training


def erk_densities(shapes: dict[str, tuple[int, int]], density: float) -> dict[str, float]:
    """Densities in proportion to (rows + columns) / (rows * columns), at most 1, `density` overall."""
    total = sum(r * c for r, c in shapes.values()) * density
    dense: set[str] = set()
    while True:
        room = total - sum(np.prod(shapes[k]) for k in dense)
        factor = room / sum(sum(s) for k, s in shapes.items() if k not in dense)
        out = {
            k: 1.0 if k in dense else factor * sum(s) / float(np.prod(s)) for k, s in shapes.items()
        }
        over = {k for k, d in out.items() if d > 1}
        if not over:
            return out
        dense |= over


def scheduled(training: Training, progress: float) -> float:
    """Fraction of zeros wanted now: cubic from 0 to `zeros` (Zhu and Gupta 2017)."""
    span = (progress - training.prune_from) / (training.prune_to - training.prune_from)
    return training.zeros * (1 - (1 - float(np.clip(span, 0, 1))) ** 3)


def masks(matrices: dict[str, jax.Array], zeros: float, pattern: str) -> dict[str, np.ndarray]:
    """1 where a weight stays. unstructured: the largest of each matrix, ERK densities across
    matrices. n16: the largest N of each 16 neighbours in a row, N = round(16 (1 - zeros))."""
    out = {}
    densities = erk_densities({k: w.shape for k, w in matrices.items()}, 1 - zeros)
    for name, weight in matrices.items():
        w = np.abs(np.asarray(weight))
        if pattern == "n16":
            keep = max(1, int(round(16 * (1 - zeros))))
            rows, columns = w.shape
            padded = np.zeros((rows, -(-columns // 16) * 16), w.dtype)
            padded[:, :columns] = w
            windows = padded.reshape(rows, -1, 16)
            order = np.argsort(-windows, axis=-1, kind="stable")
            m = np.zeros_like(windows)
            np.put_along_axis(m, order[..., :keep], 1, -1)
            m = m.reshape(rows, -1)[:, :columns]
        else:
            count = int(round(densities[name] * w.size))
            threshold = np.partition(w.ravel(), w.size - count)[w.size - count] if count else np.inf
            m = w >= threshold
        out[name] = m.astype(np.float32)
    return out


@jax.custom_vjp
def through(weight: jax.Array, value: jax.Array) -> jax.Array:
    """`value` forwards; backwards the gradient goes to `weight` whole (straight through)."""
    return value


through.defvjp(lambda w, v: (v, None), lambda _, g: (g, jnp.zeros_like(g)))


def fake_int8(weight: jax.Array) -> jax.Array:
    """Rounds each row to int8 with a power-of-two scale, as the exporter does."""
    top = jnp.abs(weight).max(-1, keepdims=True)
    exponent = jnp.floor(jnp.log2(127 / jnp.maximum(top, 1e-12)))
    scale = jnp.exp2(exponent)
    return jnp.clip(jnp.round(weight * scale), -127, 127) / scale
