"""A network whose weights are shared along frequency, for training; `untie` writes it out plainly.

What tells speech from noise in one band tells it in the next, as in convolutions over frequency
(GTCRN, Rong et al. 2024): levels and channels come in `groups` from low to high, and all groups have
the same weights, which read their own group and the neighbour on either side. Besides, a few common
channels and states hear everything and are heard by all, with weights of their own. Biases, norms, D
and eigenvalues are each group's own.

For the engine this is nothing new: the same network is one of s5.py whose matrices are zero where
groups do not meet, and that is how it is pruned on, rounded and shipped.

Channels: [group 0, group 1, ..., common]; states alike.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from . import checkpoint, layers
from .config import Network, Run

NEAR = 3  # a group and its neighbours


@dataclass(frozen=True)
class Shape:
    """Numbers of a network in groups."""

    groups: int
    low: int  # groups, the lowest, that phases and turns are of
    levels: int  # a group
    sets: int  # of levels
    channels: int  # a group
    states: int  # a group
    common: int  # channels
    common_states: int

    @staticmethod
    def of(network: Network) -> "Shape":
        """SystemExit where levels, or the bins that phases are of, do not divide."""
        n, groups = network, network.groups
        if groups < NEAR or n.levels % groups:
            raise SystemExit(f"groups={groups}: want at least {NEAR}, and a divisor of {n.levels} levels")
        levels = n.levels // groups
        sets = [s for s in n.features.split("+") if s != "phase"]
        low = n.fine // levels if n.has("phase") or n.turns else 0
        if low and (n.fine % levels or low >= groups or not n.bands):
            raise SystemExit(f"fine={n.fine}: with groups={groups} want bands, and a multiple of {levels} bins below them")
        return Shape(
            groups, low, levels, len(sets), n.group_channels, n.group_states, n.common_channels, n.common_states
        )

    @property
    def width(self) -> int:
        return self.groups * self.channels + self.common

    @property
    def all_states(self) -> int:
        return self.groups * self.states + self.common_states


def initial(network: Network, seed: int) -> tuple[dict, dict]:
    """(parameters, batch-norm statistics), as s5.initial gives them for a plain network."""
    rng = np.random.default_rng(seed)
    z = Shape.of(network)
    h, d, s = z.width, z.channels, z.states

    def matrix(rows, columns, gain=1.0):
        return jnp.asarray(rng.normal(0, gain / np.sqrt(columns), (rows, columns)), jnp.float32)

    def norm():
        return {"gamma": jnp.ones(h), "beta": jnp.zeros(h)}

    def poles(count):
        values = layers.hippo_eigenvalues(count, max(1, count // 4))
        step = np.exp(rng.uniform(np.log(network.step_min), np.log(network.step_max), count))
        return np.log(-values.real * step), np.mod(values.imag * step, 2 * np.pi)

    def every(own, common):
        """All groups begin alike."""
        return jnp.asarray(np.concatenate([np.tile(own, z.groups), common]), jnp.float32)

    def block():
        own, common = poles(s), poles(z.common_states)
        return {
            "norm": norm(),
            "decay": every(own[0], common[0]),
            "angle": every(own[1], common[1]),
            "B": matrix(2 * s, NEAR * d, 0.7),
            "B_common": matrix(z.groups * 2 * s, z.common, 0.3),  # what groups hear of the common channels
            "B_all": matrix(2 * z.common_states, h, 0.7),  # what the common states hear
            "C": matrix(d, 2 * s),
            "C_all": matrix(z.common, 2 * z.common_states),
            "C_bias": jnp.zeros(h),
            "D": every(rng.normal(0, 0.5, d), rng.normal(0, 0.5, z.common)),
            "G": matrix(d, NEAR * d),
            "G_all": matrix(z.common, z.common),
            "G_bias": jnp.zeros(h),
        }

    encoder = {"W": matrix(d, NEAR * z.sets * z.levels), "W_all": matrix(z.common, network.inputs)}
    if network.has("phase"):
        encoder["W_phase"] = matrix(d, NEAR * 2 * z.levels)
    decoder = {"norm": norm(), "W": matrix(z.levels, NEAR * d, 0.5), "W_common": matrix(network.levels, z.common, 0.1)}
    if network.turns:
        decoder["W_turn"] = matrix(z.levels, NEAR * d, 0.3)
    if network.presence:
        decoder["W_presence"] = matrix(1, h, 0.5)
    parameters = {
        "encoder": encoder | {"bias": jnp.zeros(h)},
        "blocks": [block() for _ in range(network.blocks)],
        "decoder": decoder | {"bias": jnp.zeros(network.outputs)},
    }
    statistics = [{"mean": jnp.zeros(h), "var": jnp.ones(h)} for _ in range(network.blocks + 1)]
    return parameters, {"norm": statistics}


def is_tied(parameters: dict) -> bool:
    return "W_all" in parameters["encoder"]


def _rooms(parameters: dict):
    """(name, dict) of encoder, blocks and decoder."""
    yield "encoder", parameters["encoder"]
    yield from ((f"block.{i}", b) for i, b in enumerate(parameters["blocks"]))
    yield "decoder", parameters["decoder"]


def matrices(parameters: dict) -> dict[str, jax.Array]:
    """Every matrix by name: what Muon steps and weight decay are for."""
    return {
        f"{room}.{k}": v
        for room, part in _rooms(parameters)
        for k, v in part.items()
        if not isinstance(v, dict) and v.ndim == 2
    }


def _near(x: jax.Array) -> jax.Array:
    """[..., groups, n] -> [..., groups, 3 n]: the lower neighbour's, its own, the upper neighbour's."""
    groups = x.shape[-2]
    x = jnp.pad(x, [(0, 0)] * (x.ndim - 2) + [(NEAR // 2, NEAR // 2), (0, 0)])
    return jnp.concatenate([x[..., i : i + groups, :] for i in range(NEAR)], -1)


def apply(
    network: Network, parameters: dict, statistics: dict, features: jax.Array, training: bool, precision: str
) -> tuple[jax.Array, dict]:
    """As s5.apply. Groups and common channels stay two arrays from end to end: joining and parting
    them would cost more than the products."""
    z = Shape.of(network)
    momentum, fresh, shape = 0.98, [], features.shape[:-1]
    split, at = z.groups * z.channels, z.groups * z.states

    def linear(x, w):
        return layers.linear(x, w, precision)

    def flat(x):
        return x.reshape(*shape, -1)

    def parts(v):
        return v[:split].reshape(z.groups, z.channels), v[split:]

    def norm(h, p, s):
        out, new = [], {"mean": [], "var": []}
        for x, gamma, beta, mean, var in zip(h, *map(parts, (p["gamma"], p["beta"], s["mean"], s["var"]))):
            if training:
                mean = x.mean((0, 1))
                var = jnp.maximum((x * x).mean((0, 1)) - mean**2, 0)
                new["mean"].append(mean.ravel())
                new["var"].append(var.ravel())
            scale = gamma / jnp.sqrt(var + 1e-5)
            out.append(jax.nn.relu(x * scale + (beta - mean * scale)))
        if training:
            moved = {k: momentum * s[k] + (1 - momentum) * jnp.concatenate(v) for k, v in new.items()}
            s = jax.lax.stop_gradient(moved)
        fresh.append(s)
        return out

    def levels(x, sets):
        """[..., sets * groups * levels] -> [..., groups, sets * levels]"""
        return jnp.moveaxis(x.reshape(*shape, sets, -1, z.levels), -3, -2).reshape(*shape, -1, sets * z.levels)

    e, first = parameters["encoder"], z.sets * network.levels
    own = linear(_near(levels(features[..., :first], z.sets)), e["W"])
    if network.has("phase"):
        phases = linear(_near(levels(features[..., first:], 2)), e["W_phase"])
        own += jnp.pad(phases, [(0, 0), (0, 0), (0, z.groups - z.low), (0, 0)])
    h = [x + b for x, b in zip((own, linear(features, e["W_all"])), parts(e["bias"]))]

    for b, s in zip(parameters["blocks"], statistics["norm"]):
        u = norm(h, b["norm"], s)
        re, im, gain = layers.discretize(b)
        drive = linear(_near(u[0]), b["B"]) + linear(u[1], b["B_common"]).reshape(*shape, z.groups, -1)
        heard = linear(flat(u[0]), b["B_all"][:, :split]) + linear(u[1], b["B_all"][:, split:])
        poles = [[v[:at].reshape(z.groups, -1) for v in (re, im, gain)], [v[at:] for v in (re, im, gain)]]
        x = [
            layers.recurrence(r, i, v * jnp.concatenate([g, g], -1))
            for v, (r, i, g) in zip((drive, heard), poles)
        ]
        y = [
            jax.nn.relu(linear(a, c) + bias + v * skip)
            for a, c, bias, v, skip in zip(x, (b["C"], b["C_all"]), parts(b["C_bias"]), u, parts(b["D"]))
        ]
        z_own, z_all = linear(_near(y[0]), b["G"]), linear(y[1], b["G_all"])
        gates = [layers.hard_sigmoid(v + bias) for v, bias in zip((z_own, z_all), parts(b["G_bias"]))]
        h = [a + v * g for a, v, g in zip(h, y, gates)]
        h = jax.lax.optimization_barrier(h)  # see s5.apply
    d = parameters["decoder"]
    u = norm(h, d["norm"], statistics["norm"][-1])
    about = _near(u[0])
    out = [flat(linear(about, d["W"])) + linear(u[1], d["W_common"])]
    if network.turns:
        out.append(flat(linear(about[..., : z.low, :], d["W_turn"])))
    if network.presence:
        out.append(linear(flat(u[0]), d["W_presence"][:, :split]) + linear(u[1], d["W_presence"][:, split:]))
    return jnp.concatenate(out, -1) + d["bias"], {"norm": fresh}


def untie(network: Network, parameters: dict) -> tuple[Network, dict]:
    """(network, parameters) of the plain network that computes the same; the statistics fit as they
    are. Every weight of a shared matrix stands there as often as it is used."""
    z, n = Shape.of(network), network
    h, p, split = z.width, z.all_states, z.groups * z.channels
    plain = dataclasses.replace(n, groups=0, width=h, states=p, hippo_blocks=1)

    def run(size):
        return lambda k: np.arange(k * size, (k + 1) * size)

    def pair(index):
        return lambda k: np.concatenate([index(k), p + index(k)])

    def spread(out, weight, rows, columns, targets=z.groups, sources=z.groups):
        """Adds `weight` [rows, 3 columns] (or [rows, columns]: no neighbours) for each group."""
        weight = np.asarray(weight, np.float32)
        count = len(columns(0))
        reach = weight.shape[1] // count // 2
        for k in range(targets):
            for offset in range(-reach, reach + 1):
                if 0 <= k + offset < sources:
                    first = (offset + reach) * count
                    out[np.ix_(rows(k), columns(k + offset))] += weight[:, first : first + count]
        return out

    def empty(rows, columns):
        return np.zeros((rows, columns), np.float32)

    channels, states = run(z.channels), pair(run(z.states))
    common = np.arange(split, h)
    common_states = pair(lambda _: np.arange(z.groups * z.states, p))(0)
    levels = lambda k: np.concatenate([i * n.levels + run(z.levels)(k) for i in range(z.sets)])  # noqa: E731
    first = z.sets * n.levels
    phases = lambda k: first + np.concatenate([i * n.fine + run(z.levels)(k) for i in range(2)])  # noqa: E731

    e = parameters["encoder"]
    encoder = spread(empty(h, n.inputs), e["W"], channels, levels)
    if n.has("phase"):
        spread(encoder, e["W_phase"], channels, phases, z.low, z.low)
    encoder[common] = e["W_all"]

    def block(b):
        drive = spread(empty(2 * p, h), b["B"], states, channels)
        for k, rows in enumerate(np.asarray(b["B_common"]).reshape(z.groups, -1, z.common)):
            drive[np.ix_(states(k), common)] = rows
        drive[common_states] = b["B_all"]
        read = spread(empty(h, 2 * p), b["C"], channels, states)
        read[np.ix_(common, common_states)] = b["C_all"]
        gate = spread(empty(h, h), b["G"], channels, channels)
        gate[np.ix_(common, common)] = b["G_all"]
        kept = {k: b[k] for k in ("norm", "decay", "angle", "C_bias", "D", "G_bias")}
        return kept | {"B": drive, "C": read, "G": gate}

    d = parameters["decoder"]
    decoder = spread(empty(n.outputs, h), d["W"], run(z.levels), channels)
    decoder[: n.levels, split:] = d["W_common"]
    if n.turns:
        spread(decoder, d["W_turn"], lambda k: n.levels + run(z.levels)(k), channels, z.low)
    if n.presence:
        decoder[-1] = np.asarray(d["W_presence"])[0]
    blocks = [block(b) for b in parameters["blocks"]]
    return plain, {
        "encoder": {"W": encoder, "bias": e["bias"]},
        "blocks": blocks,
        "decoder": {"norm": d["norm"], "W": decoder, "bias": d["bias"]},
    }


def write_untied(path: Path, out: Path) -> tuple[Run, int]:
    """Writes the checkpoint `out` of the plain network; returns (its run, its weights). The zeros
    where groups do not meet are its pattern, so that `prune --from out` keeps them."""
    run, state, extra = checkpoint.load(path)
    if not run.network.groups:
        raise SystemExit(f"{path}: its weights are not tied")
    network, parameters = untie(run.network, state["parameters"])
    kept = {"encoder": parameters["encoder"]["W"], "decoder": parameters["decoder"]["W"]}
    for i, b in enumerate(parameters["blocks"]):
        kept |= {f"block.{i}.{k}": b[k] for k in "BCG"}
    masks = {k: (w != 0).astype(np.float32) for k, w in kept.items()}
    weights = sum(int(m.sum()) for m in masks.values())
    zeros = 1 - weights / sum(m.size for m in masks.values())
    training = dataclasses.replace(run.training, zeros=zeros, keep_pattern=True)
    tree = {"parameters": parameters, "statistics": state["statistics"], "masks": masks}
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(out, Run(network, training), tree, extra | {"asked": zeros, "progress": 1.0})
    return Run(network, training), weights
