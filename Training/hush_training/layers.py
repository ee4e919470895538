"""What networks of S5 are made of: eigenvalues, products with matrices, the recurrence, the gate.

A complex state is held in real arrays: [0, P) are real parts, [P, 2P) imaginary ones.
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np


def hippo_eigenvalues(states: int, blocks: int) -> np.ndarray:
    """One of each conjugate pair of HiPPO-N's eigenvalues, in `blocks` diagonal blocks."""
    size = 2 * states // blocks
    n = np.arange(size)
    p = np.sqrt(2 * n + 1)
    a = -np.tril(p[:, None] * p[None, :], -1) - np.diag(n + 1.0)
    normal = a + 0.5 * p[:, None] * p[None, :]
    values = np.linalg.eigvals(normal)
    values = values[values.imag > 0]
    values = values[np.argsort(values.imag)][: states // blocks]
    return np.tile(values, blocks)


def poles(rng: np.random.Generator, states: int, blocks: int, step_min: float, step_max: float):
    """("decay", "angle") each [states] to begin with: HiPPO-N's at step sizes that are log-uniform."""
    values = hippo_eigenvalues(states, blocks)
    step = np.exp(rng.uniform(np.log(step_min), np.log(step_max), states))
    return np.log(-values.real * step), np.mod(values.imag * step, 2 * np.pi)


def discretize(block: dict) -> tuple[jax.Array, jax.Array, jax.Array]:
    """(Re lambda, Im lambda, input gain) a hop, each [P]; |lambda| < 1 whatever the parameters."""
    # The slowest pole a 16-bit lambda holds well decays over some 2,000 hops.
    decay = jnp.exp(jnp.clip(block["decay"], np.log(5e-4), np.log(4.0)))
    radius = jnp.exp(-decay)
    return (
        radius * jnp.cos(block["angle"]),
        radius * jnp.sin(block["angle"]),
        jnp.sqrt(1 - radius**2),
    )


def rounded_poles(block: dict, bits: int) -> dict:
    """"decay" and "angle" whose eigenvalues have real and imaginary parts of `bits` bits, cut off towards zero as the
    exporter does, lest they grow; gradients pass straight through."""
    re, im, _ = discretize(block)
    one = 2.0 ** (bits - 1)
    re, im = jnp.trunc(re * one) / one, jnp.trunc(im * one) / one
    decay = jnp.log(jnp.maximum(-0.5 * jnp.log(jnp.maximum(re**2 + im**2, 1e-12)), 1e-9))
    through = lambda old, new: old + jax.lax.stop_gradient(new - old)  # noqa: E731
    return {"decay": through(block["decay"], decay), "angle": through(block["angle"], jnp.arctan2(im, re))}


@partial(jax.custom_vjp, nondiff_argnums=(2,))
def linear(x: jax.Array, weight: jax.Array, precision: str = "f32") -> jax.Array:
    """x [..., columns] times weight [rows, columns], transposed: [..., rows].

    By hand, because as one matrix of all frames it is half again as fast on a CPU as what is
    derived from `x @ weight.T`, and so that "bf16" rounds the operands of all three products.
    """
    return _linear_rule(x, weight, precision)[0]


def _dot(a, b, contract):
    return jax.lax.dot_general(a, b, (contract, ((), ())), preferred_element_type=jnp.float32)


def _linear_rule(x, weight, precision):
    kind = jnp.bfloat16 if precision == "bf16" else jnp.float32
    flat, w = x.astype(kind).reshape(-1, x.shape[-1]), weight.astype(kind)
    return _dot(flat, w, ((1,), (1,))).reshape(*x.shape[:-1], len(weight)), (flat, w)


def _linear_back(precision, saved, g):
    flat, w = saved
    to = g.astype(flat.dtype).reshape(-1, g.shape[-1])
    return _dot(to, w, ((1,), (0,))).reshape(*g.shape[:-1], w.shape[1]), _dot(to.T, flat, ((1,), (0,)))


linear.defvjp(_linear_rule, _linear_back)


@jax.custom_vjp
def recurrence(re: jax.Array, im: jax.Array, drive: jax.Array) -> jax.Array:
    """x[t] = lambda x[t-1] + drive[t], x[-1] = 0. drive and result: [T, batch, ..., 2P]; re, im [..., P]."""
    return _forward(re, im, drive)


def _advance(re2, im2, x):
    """lambda times x, real and imaginary parts side by side in the last axis."""
    p = x.shape[-1] // 2
    return x * re2 + jnp.concatenate([-x[..., p:], x[..., :p]], -1) * im2


def _parallel(re, im, drive, reverse: bool = False):
    """The recurrence as a scan of depth log T: more work, far fewer steps. For accelerators."""
    p = drive.shape[-1] // 2
    value = jnp.broadcast_to(re + 1j * im, (drive.shape[0], 1, *re.shape))

    def join(first, then):
        return then[0] * first[0], then[0] * first[1] + then[1]

    b = drive[..., :p] + 1j * drive[..., p:]
    x = jax.lax.associative_scan(join, (value, b), reverse=reverse)[1]
    return jnp.concatenate([x.real, x.imag], -1)


def _accelerated() -> bool:
    return jax.default_backend() != "cpu"


def _forward(re, im, drive):
    if _accelerated():
        return _parallel(re, im, drive)
    re2, im2 = jnp.concatenate([re, re], -1), jnp.concatenate([im, im], -1)

    def step(x, u):
        x = _advance(re2, im2, x) + u
        return x, x

    return jax.lax.scan(step, jnp.zeros_like(drive[0]), drive, unroll=1)[1]


def _forward_rule(re, im, drive):
    x = _forward(re, im, drive)
    return x, (re, im, x)


def _backward_rule(saved, g):
    # The adjoint is the same recurrence backwards in time with conjugated eigenvalues; the
    # eigenvalues' gradient is then one sum over time, so nothing else has to be kept.
    re, im, x = saved
    adjoint = _parallel(re, -im, g, True) if _accelerated() else _backward_scan(re, im, g)
    a, before = adjoint[1:], x[:-1]
    p = x.shape[-1] // 2
    d_re = (a * before).sum((0, 1))
    d_im = (a * jnp.concatenate([-before[..., p:], before[..., :p]], -1)).sum((0, 1))
    return d_re[..., :p] + d_re[..., p:], d_im[..., :p] + d_im[..., p:], adjoint


def _backward_scan(re, im, g):
    re2, im2 = jnp.concatenate([re, re], -1), jnp.concatenate([-im, -im], -1)

    def step(a, u):
        a = _advance(re2, im2, a) + u
        return a, a

    return jax.lax.scan(step, jnp.zeros_like(g[0]), g, reverse=True, unroll=1)[1]


recurrence.defvjp(_forward_rule, _backward_rule)


MOMENTUM = 0.98  # of batch norm's statistics


def normalize(x, gamma, beta, mean, var, training: bool):
    """(batch norm of x [T, batch, ...], the mean and the variance it took: its own in training)."""
    if training:
        mean = x.mean((0, 1))
        var = jnp.maximum((x * x).mean((0, 1)) - mean**2, 0)
    scale = gamma / jnp.sqrt(var + 1e-5)
    return x * scale + (beta - mean * scale), mean, var


def moved(statistics: dict, mean: jax.Array, var: jax.Array) -> dict:
    """Batch norm's statistics, a step nearer to those of this batch."""
    new = {"mean": mean, "var": var}
    return jax.lax.stop_gradient({k: MOMENTUM * statistics[k] + (1 - MOMENTUM) * v for k, v in new.items()})


def activate(activation: str, x: jax.Array) -> jax.Array:
    """Network.activation of x."""
    return jax.nn.gelu(x) if activation == "gelu" else jax.nn.relu(x)


def hard_sigmoid(z: jax.Array) -> jax.Array:
    return jnp.clip(0.25 * z + 0.5, 0, 1)
