"""The S5 mask network in JAX, for training (Smith et al. 2023; Pierro et al. 2025).

    features -> encoder -> blocks x [norm, ReLU, S5, ReLU, half-GLU, + residual] -> norm, ReLU
             -> decoder -> logits -> sigmoid = mask

The state is complex and diagonal, one of each conjugate pair is kept, and everything is held in
real arrays: rows [0, P) are real parts, rows [P, 2P) imaginary ones. What differs from the paper
and why: the input gain of each state is sqrt(1 - |lambda|^2) (Orvieto et al. 2023) instead of the
zero-order hold's complex factor, so that masks on B stay masks after folding and states have unit
variance for the fixed-point engine; the gate is a hard sigmoid, clamp(z/4 + 1/2, 0, 1).
"""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np

from .config import Network


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


def initial(network: Network, seed: int) -> tuple[dict, dict]:
    """(parameters, batch-norm statistics)."""
    rng = np.random.default_rng(seed)
    h, p, f, out = network.width, network.states, network.inputs, network.outputs

    def matrix(rows, columns, gain=1.0):
        return jnp.asarray(rng.normal(0, gain / np.sqrt(columns), (rows, columns)), jnp.float32)

    def norm():
        return {"gamma": jnp.ones(h), "beta": jnp.zeros(h)}

    def block():
        values = hippo_eigenvalues(p, network.hippo_blocks)
        step = np.exp(rng.uniform(np.log(network.step_min), np.log(network.step_max), p))
        return {
            "norm": norm(),
            "decay": jnp.asarray(np.log(-values.real * step), jnp.float32),  # log of -Re(lambda dt)
            "angle": jnp.asarray(np.mod(values.imag * step, 2 * np.pi), jnp.float32),
            "B": matrix(2 * p, h, 0.7),
            "C": matrix(h, 2 * p, 1.0),
            "C_bias": jnp.zeros(h),
            "D": jnp.asarray(rng.normal(0, 0.5, h), jnp.float32),
            "G": matrix(h, h, 1.0),
            "G_bias": jnp.zeros(h),
        }

    parameters = {
        "encoder": {"W": matrix(h, f, 1.0), "bias": jnp.zeros(h)},
        "blocks": [block() for _ in range(network.blocks)],
        "decoder": {"norm": norm(), "W": matrix(out, h, 0.5), "bias": jnp.zeros(out)},
    }
    statistics = [{"mean": jnp.zeros(h), "var": jnp.ones(h)} for _ in range(network.blocks + 1)]
    return parameters, {"norm": statistics}


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
    """x[t] = lambda x[t-1] + drive[t], x[-1] = 0. drive and result: [T, batch, 2P]."""
    return _forward(re, im, drive)


def _advance(re2, im2, x):
    """lambda times x, real and imaginary parts side by side in the last axis."""
    p = x.shape[-1] // 2
    return x * re2 + jnp.concatenate([-x[..., p:], x[..., :p]], -1) * im2


def _parallel(re, im, drive, reverse: bool = False):
    """The recurrence as a scan of depth log T: more work, far fewer steps. For accelerators."""
    p = drive.shape[-1] // 2
    value = jnp.broadcast_to(re + 1j * im, (drive.shape[0], 1, p))

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
    re2, im2 = jnp.concatenate([re, re]), jnp.concatenate([im, im])

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
    return d_re[:p] + d_re[p:], d_im[:p] + d_im[p:], adjoint


def _backward_scan(re, im, g):
    re2, im2 = jnp.concatenate([re, re]), jnp.concatenate([-im, -im])

    def step(a, u):
        a = _advance(re2, im2, a) + u
        return a, a

    return jax.lax.scan(step, jnp.zeros_like(g[0]), g, reverse=True, unroll=1)[1]


recurrence.defvjp(_forward_rule, _backward_rule)


def hard_sigmoid(z: jax.Array) -> jax.Array:
    return jnp.clip(0.25 * z + 0.5, 0, 1)


def _activate(network: Network, x):
    return jax.nn.gelu(x) if network.activation == "gelu" else jax.nn.relu(x)


def apply(
    network: Network,
    parameters: dict,
    statistics: dict,
    features: jax.Array,
    training: bool,
    key: jax.Array | None = None,
    precision: str = "f32",
    site=lambda name, x: x,
) -> tuple[jax.Array, dict]:
    """features [T, batch, F] -> (logits [T, batch, outputs], new batch-norm statistics).

    `site` sees every activation that a matrix reads, by its name in quantize.forward, and gives
    what is read instead: rounded, say.
    """
    momentum, fresh = 0.98, []

    def norm(x, p, s):
        if training:
            mean = x.mean((0, 1))
            var = jnp.maximum((x * x).mean((0, 1)) - mean**2, 0)
            fresh.append(
                jax.lax.stop_gradient(
                    {
                        "mean": momentum * s["mean"] + (1 - momentum) * mean,
                        "var": momentum * s["var"] + (1 - momentum) * var,
                    }
                )
            )
        else:
            mean, var = s["mean"], s["var"]
            fresh.append(s)
        scale = p["gamma"] / jnp.sqrt(var + 1e-5)
        return _activate(network, x * scale + (p["beta"] - mean * scale))

    def dropout(x, n):
        if not training or network.dropout == 0:
            return x
        keep = jax.random.bernoulli(jax.random.fold_in(key, n), 1 - network.dropout, x.shape)
        return x * keep / (1 - network.dropout)

    e = parameters["encoder"]
    h = linear(site("input", features), e["W"], precision) + e["bias"]
    for i, (b, s) in enumerate(zip(parameters["blocks"], statistics["norm"])):
        u = site(f"norm.{i}", norm(h, b["norm"], s))
        re, im, gain = discretize(b)
        x = recurrence(re, im, linear(u, b["B"], precision) * jnp.concatenate([gain, gain]))
        x = site(f"state.{i}", x)
        y = _activate(network, linear(x, b["C"], precision) + b["C_bias"] + u * b["D"])
        y = site(f"output.{i}", y)
        y = y * hard_sigmoid(linear(y, b["G"], precision) + b["G_bias"])
        h = h + dropout(y, i)
        # Keeps XLA from fusing one block's backward pass into the next: several times slower.
        h = jax.lax.optimization_barrier(h)
    d = parameters["decoder"]
    u = site(f"norm.{network.blocks}", norm(h, d["norm"], statistics["norm"][-1]))
    return linear(u, d["W"], precision) + d["bias"], {"norm": fresh}


def matrices(parameters: dict) -> dict[str, jax.Array]:
    """The matrices that are pruned and quantized, by their names in the model file."""
    out = {"encoder": parameters["encoder"]["W"]}
    for i, b in enumerate(parameters["blocks"]):
        out |= {f"block.{i}.{k}": b[k] for k in "BCG"}
    return out | {"decoder": parameters["decoder"]["W"]}


def with_matrices(parameters: dict, new: dict[str, jax.Array]) -> dict:
    """The same parameters with those matrices in the places of theirs."""
    blocks = [
        {**b, **{k: new[f"block.{i}.{k}"] for k in "BCG"}}
        for i, b in enumerate(parameters["blocks"])
    ]
    return {
        "encoder": {**parameters["encoder"], "W": new["encoder"]},
        "blocks": blocks,
        "decoder": {**parameters["decoder"], "W": new["decoder"]},
    }
