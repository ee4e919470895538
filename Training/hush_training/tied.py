"""A network whose weights are shared along frequency, for training; untie.py writes it out plainly.

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

from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from . import layers
from .config import Network

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
        """SystemExit where levels, or the bins that phases are of, do not divide, or with dropout."""
        n, groups = network, network.groups
        if groups < NEAR or n.levels % groups:
            raise SystemExit(f"groups={groups}: want at least {NEAR}, and a divisor of {n.levels} levels")
        if n.dropout:
            raise SystemExit(f"dropout={n.dropout:g}: networks in groups have none; want dropout=0")
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

    # Where a group's numbers stand among the plain network's: [groups, n] (phases, turns: [low, n]).

    @property
    def own_channels(self) -> np.ndarray:
        return _runs(self.groups, self.channels)

    @property
    def own_states(self) -> np.ndarray:
        """Real parts, then imaginary parts, as the rows of B and the columns of C have them."""
        return _runs(self.groups, self.states, (0, self.all_states))

    @property
    def own_levels(self) -> np.ndarray:
        """Of every set."""
        return _runs(self.groups, self.levels, range(0, self.sets * self.groups * self.levels, self.groups * self.levels))

    @property
    def own_phases(self) -> np.ndarray:
        first, fine = self.sets * self.groups * self.levels, self.low * self.levels
        return _runs(self.low, self.levels, (first, first + fine))

    @property
    def own_gains(self) -> np.ndarray:
        return _runs(self.groups, self.levels)

    @property
    def own_turns(self) -> np.ndarray:
        return _runs(self.low, self.levels, (self.groups * self.levels,))

    @property
    def all_common_channels(self) -> np.ndarray:
        return np.arange(self.groups * self.channels, self.width)

    @property
    def all_common_states(self) -> np.ndarray:
        """Real parts, then imaginary parts."""
        real = np.arange(self.groups * self.states, self.all_states)
        return np.concatenate([real, self.all_states + real])


def _runs(groups: int, size: int, starts=(0,)) -> np.ndarray:
    """[groups, len(starts) * size]: from each start, `size` numbers after those of the group before."""
    run = np.arange(groups * size).reshape(groups, size)
    return np.concatenate([start + run for start in starts], 1)


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
        return layers.poles(rng, count, max(1, count // 4), network.step_min, network.step_max)

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
    fresh, shape = [], features.shape[:-1]
    split, at = z.groups * z.channels, z.groups * z.states

    def linear(x, w):
        return layers.linear(x, w, precision)

    def flat(x):
        return x.reshape(*shape, -1)

    def parts(v):
        return v[:split].reshape(z.groups, z.channels), v[split:]

    def activate(x):
        return layers.activate(network.activation, x)

    def norm(h, p, s):
        vectors = map(parts, (p["gamma"], p["beta"], s["mean"], s["var"]))
        both = [layers.normalize(x, *v, training) for x, v in zip(h, zip(*vectors))]
        mean, var = (jnp.concatenate([own.ravel(), common]) for own, common in zip(*(b[1:] for b in both)))
        fresh.append(layers.moved(s, mean, var) if training else s)
        return [activate(b[0]) for b in both]

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
            activate(linear(a, c) + bias + v * skip)
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
