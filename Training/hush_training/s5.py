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

import jax
import jax.numpy as jnp
import numpy as np

from . import groups, tied
from .config import Network
from .layers import activate, discretize, hard_sigmoid, linear, moved, normalize, poles, recurrence


def initial(network: Network, seed: int) -> tuple[dict, dict]:
    """(parameters, batch-norm statistics)."""
    if network.groups:
        return tied.initial(network, seed)
    rng = np.random.default_rng(seed)
    h, p, f, out = network.width, network.states, network.inputs, network.outputs

    def matrix(rows, columns, gain=1.0):
        return jnp.asarray(rng.normal(0, gain / np.sqrt(columns), (rows, columns)), jnp.float32)

    def norm():
        return {"gamma": jnp.ones(h), "beta": jnp.zeros(h)}

    def block():
        decay, angle = poles(rng, p, network.hippo_blocks, network.step_min, network.step_max)
        return {
            "norm": norm(),
            "decay": jnp.asarray(decay, jnp.float32),  # log of -Re(lambda dt)
            "angle": jnp.asarray(angle, jnp.float32),
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


def apply(
    network: Network,
    parameters: dict,
    statistics: dict,
    features: jax.Array,
    training: bool,
    key: jax.Array | None = None,
    precision: str = "f32",
    site=None,
) -> tuple[jax.Array, dict]:
    """features [T, batch, F] -> (logits [T, batch, outputs], new batch-norm statistics).

    `site` sees every activation that a matrix reads, by its name in quantize.forward, and gives
    what is read instead: rounded, say.
    """
    if site is None and groups.serves(network, precision):
        return groups.apply(network, parameters, statistics, features, training)
    if network.groups:
        return tied.apply(network, parameters, statistics, features, training, precision)
    fresh, site = [], site or (lambda name, x: x)

    def norm(x, p, s):
        x, mean, var = normalize(x, p["gamma"], p["beta"], s["mean"], s["var"], training)
        fresh.append(moved(s, mean, var) if training else s)
        return activate(network.activation, x)

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
        y = activate(network.activation, linear(x, b["C"], precision) + b["C_bias"] + u * b["D"])
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
    if tied.is_tied(parameters):
        return tied.matrices(parameters)
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
