"""Magnitude pruning with a straight-through estimator, and ERK densities (Evci et al. 2020)."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from .config import Training


def erk_densities(
    shapes: dict[str, tuple[int, int]], density: float, most: dict[str, float] | None = None
) -> dict[str, float]:
    """Densities in proportion to (rows + columns) / (rows * columns), at most `most` (left out: 1),
    `density` overall."""
    most = dict.fromkeys(shapes, 1.0) if most is None else most
    size = {k: float(np.prod(s)) for k, s in shapes.items()}
    total = sum(size.values()) * density
    full: set[str] = set()
    while len(full) < len(shapes):
        room = total - sum(most[k] * size[k] for k in full)
        factor = room / sum(sum(s) for k, s in shapes.items() if k not in full)
        out = {k: most[k] if k in full else factor * sum(s) / size[k] for k, s in shapes.items()}
        over = {k for k, d in out.items() if d > most[k]}
        if not over:
            return out
        full |= over
    return dict(most)


def zeros_of(masks: dict[str, np.ndarray]) -> float:
    """Fraction of zeros, of all matrices together."""
    return 1 - sum(float(np.sum(m)) for m in masks.values()) / sum(m.size for m in masks.values())


def scheduled(training: Training, progress: float, first: float = 0.0) -> float:
    """Fraction of zeros wanted now: cubic from `first` to `zeros` (Zhu and Gupta 2017)."""
    span = (progress - training.prune_from) / (training.prune_to - training.prune_from)
    return first + (training.zeros - first) * (1 - (1 - float(np.clip(span, 0, 1))) ** 3)


def windows(weight: np.ndarray) -> np.ndarray:
    """[rows, columns / 16, 16], zero-padded: what N:16 chooses in."""
    rows, columns = weight.shape
    padded = np.zeros((rows, -(-columns // 16) * 16), weight.dtype)
    padded[:, :columns] = weight
    return padded.reshape(rows, -1, 16)


def layer_counts(
    matrices: dict[str, np.ndarray], density: float, costs: dict[str, float] | None = None
) -> dict[str, int]:
    """N of N:16 for each matrix, at least 1, so that the sum of N * cost stays within
    `density` of the cost of all 16 (after ELSA, Huang et al. 2024, which searches N:M a layer).

    `costs`: what one more weight a window costs in that matrix, in any unit (measured microseconds
    a hop, say); left out, it is the matrix's size. What is kept is the most of each matrix's energy
    that the budget buys: windows sorted by magnitude give less and less, so taking the best buy
    each time is within one step of the optimum.
    """
    if costs is None:
        costs = {k: float(w.size) for k, w in matrices.items()}
    gain = {}
    for name, w in matrices.items():
        energy = -np.sort(-(windows(np.asarray(w, np.float64)) ** 2), axis=-1)
        gain[name] = energy.sum((0, 1)) / max(energy.sum(), 1e-30) / costs[name]
    counts = {k: 1 for k in matrices}
    left = 16 * density * sum(costs.values()) - sum(costs.values())
    while True:
        fits = [k for k, n in counts.items() if n < 16 and costs[k] <= left + 1e-9]
        if not fits:
            return counts
        best = max(fits, key=lambda k: gain[k][counts[k]])
        counts[best] += 1
        left -= costs[best]


def masks(
    matrices: dict[str, jax.Array], zeros: float, pattern: str, within: dict[str, np.ndarray] | None = None
) -> dict[str, np.ndarray]:
    """1 where a weight stays. unstructured: the largest of each matrix, ERK densities across
    matrices. n16: the largest N of each 16 neighbours in a row, N = round(16 (1 - zeros)).
    n16-layers: the same with an N for each matrix, see layer_counts. `within`, of unstructured ones: masks
    outside which nothing stays."""
    out = {}
    counts = dict.fromkeys(matrices, max(1, int(round(16 * (1 - zeros)))))
    if pattern == "n16-layers":
        counts = layer_counts(matrices, 1 - zeros)
    if within is not None:
        if pattern != "unstructured":
            raise SystemExit(f"pattern={pattern}: only unstructured zeros can be added to an ancestor's")
        matrices = {k: w * within[k] for k, w in matrices.items()}
    most = within and {k: float(np.mean(m)) for k, m in within.items()}
    densities = erk_densities({k: w.shape for k, w in matrices.items()}, 1 - zeros, most)
    for name, weight in matrices.items():
        w = np.abs(np.asarray(weight))
        if pattern.startswith("n16"):
            order = np.argsort(-windows(w), axis=-1, kind="stable")
            m = np.zeros(order.shape, w.dtype)
            np.put_along_axis(m, order[..., : counts[name]], 1, -1)
            m = m.reshape(len(w), -1)[:, : w.shape[1]]
        else:
            count = int(round(densities[name] * w.size))
            threshold = np.partition(w.ravel(), w.size - count)[w.size - count] if count else np.inf
            m = w >= threshold
            m = m if within is None else m * within[name]
        out[name] = m.astype(np.float32)
    return out


@jax.custom_vjp
def through(weight: jax.Array, value: jax.Array) -> jax.Array:
    """`value` forwards; backwards the gradient goes to `weight` whole (straight through)."""
    return value


through.defvjp(lambda w, v: (v, None), lambda _, g: (g, jnp.zeros_like(g)))


def fake_int(weight: jax.Array, bits: int = 8) -> jax.Array:
    """Rounds each row to integers with a power-of-two scale; at 8 bits as the exporter does.

    With fewer bits the largest weights of a row may be clipped by 2 or by 4, where that is nearer
    to the row as a whole."""
    limit = 2.0 ** (bits - 1) - 1
    top = jnp.abs(weight).max(-1, keepdims=True)
    exponent = jnp.floor(jnp.log2(limit / jnp.maximum(top, 1e-12)))

    def on(scale):
        return jnp.clip(jnp.round(weight * scale), -limit, limit) / scale

    tries = [on(jnp.exp2(exponent + clip)) for clip in ((0,) if bits == 8 else (0, 1, 2))]
    if len(tries) == 1:
        return tries[0]
    errors = jnp.stack([((t - weight) ** 2).sum(-1) for t in tries])
    return jnp.take_along_axis(jnp.stack(tries), errors.argmin(0)[None, ..., None], 0)[0]


def grid(magnitudes: np.ndarray, bits: int, clip: float) -> tuple[float, float]:
    """(step, largest integer) of an activation: a power of two, so that the `clip`-th percentile
    of what it reaches still fits."""
    limit = 2.0 ** (bits - 1) - 1
    top = float(np.percentile(magnitudes, clip))
    return float(2.0 ** np.ceil(np.log2(max(top, 1e-9) / limit))), limit


@partial(jax.custom_vjp, nondiff_argnums=(1, 2))
def on_grid(x: jax.Array, step: float, limit: float) -> jax.Array:
    """Rounded and clipped; the gradient passes straight through where nothing is clipped."""
    return jnp.clip(jnp.round(x / step), -limit, limit) * step


on_grid.defvjp(
    lambda x, step, limit: (on_grid(x, step, limit), jnp.abs(x) <= step * limit),
    lambda step, limit, inside, g: (g * inside,),
)
