"""Networks in groups (tied.py, and what untie.py makes of them) by kernels of our own, on CPUs.

kernels/groups.cc is compiled once for this machine and kept in the user's cache; where there is no
compiler, tied.py and s5.py compute the same, two to five times as slowly. It knows groups of 16
channels and 8 states, 16 common channels and 16 common states, ReLU, and products in float32.

Inside, every matrix is cut into squares [.., 16 inputs, 16 outputs]: for each group those of its
lower neighbour, its own, its upper neighbour's, and where it hears them the common channels'.
"""

from __future__ import annotations

import ctypes
import dataclasses
import functools
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from . import layers
from .config import Network
from .tied import NEAR, Shape

SOURCE = Path(__file__).parent / "kernels" / "groups.cc"
LANE = 16
FLAGS = ("-std=c++17", "-O3", "-march=native", "-ffast-math", "-shared", "-fPIC")
NAMES = ("block_forward", "block_backward", "hear_forward", "hear_backward")


def _compiler() -> str | None:
    return next(filter(None, map(shutil.which, (os.environ.get("CXX", ""), "clang++", "g++", "c++"))), None)


def _built() -> Path:
    """The library for this machine; OSError where it cannot be had."""
    compiler = _compiler()
    if compiler is None:
        raise OSError("no C++ compiler (apt install g++)")
    cpu = Path("/proc/cpuinfo").read_text().split("\n\n")[0] if Path("/proc/cpuinfo").exists() else ""
    machine = [line for line in cpu.splitlines() if line.startswith(("flags", "Features", "model name"))]
    key = (SOURCE.read_text(), compiler, FLAGS, jax.__version__, platform.machine(), machine)
    name = hashlib.sha256(repr(key).encode()).hexdigest()[:16]
    folder = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hush-training"
    library = folder / f"groups-{name}.so"
    if not library.exists():
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder) as place:  # two processes may build at once
            new = Path(place) / library.name
            command = [compiler, *FLAGS, "-isystem", jax.ffi.include_dir(), str(SOURCE), "-o", str(new)]
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise OSError(f"{compiler} failed: {done.stderr.strip().splitlines()[:1]}")
            new.replace(library)
    return library


@functools.cache
def available() -> bool:
    """Whether there are kernels here; says so once if not."""
    if jax.default_backend() != "cpu" or os.environ.get("HUSH_GROUPS") == "off":
        return False
    try:
        library = ctypes.CDLL(str(_built()))
    except (OSError, AttributeError) as error:
        print(f"hush-train: groups go without kernels, slowly: {error}", file=sys.stderr)
        return False
    for name in NAMES:
        handler = jax.ffi.pycapsule(getattr(library, f"hush_{name}"))
        jax.ffi.register_ffi_target(f"hush_{name}", handler, platform="cpu")
    return True


def serves(network: Network, precision: str) -> bool:
    """Whether `apply` computes this network here."""
    n = network
    sizes = (n.group_channels, n.group_states, n.common_channels, n.common_states) == (LANE, LANE // 2, LANE, LANE)
    if not ((n.groups or n.local) and sizes and precision == "f32" and n.activation == "relu" and n.dropout == 0):
        return False
    z = shape(n)
    return max(z.sets * z.levels, 2 * z.levels) <= LANE and 2 * z.levels < LANE and available()


def shape(network: Network) -> Shape:
    """The groups of a network that is tied, or was."""
    return Shape.of(dataclasses.replace(network, groups=network.groups or network.local))


def _call(name: str, results, *arguments, **attributes):
    """`results`: a shape, or a list of shapes."""
    one = lambda s: jax.ShapeDtypeStruct(s, jnp.float32)  # noqa: E731
    shapes = list(map(one, results)) if isinstance(results, list) else one(results)
    return jax.ffi.ffi_call(f"hush_{name}", shapes)(*arguments, **{k: np.int64(v) for k, v in attributes.items()})


@functools.partial(jax.custom_vjp, nondiff_argnums=(0, 1))
def block(frozen: bool, clips: int, h: jax.Array, *weights: jax.Array):
    """(h after the block, mean, variance), h [rows, channels]; the weights are listed at `forward`
    in kernels/groups.cc."""
    return _block_rule(frozen, clips, h, *weights)[0]


def _block_rule(frozen, clips, h, *weights):
    states = (len(h), weights[4].shape[0])
    results = [h.shape, states, h.shape, h.shape, h.shape[1:], h.shape[1:]]
    out, *kept, mean, var = _call("block_forward", results, h, *weights, frozen=frozen, clips=clips)
    return (out, mean, var), (h, (mean, var, *weights[2:]), kept)


def _block_back(frozen, clips, saved, gradients):
    h, weights, kept = saved  # mean and variance are statistics: nothing is learnt through them
    results = [h.shape, *(w.shape for w in weights[2:])]
    d_h, *rest = _call("block_backward", results, h, *weights, *kept, gradients[0], frozen=frozen, clips=clips)
    return d_h, *(jnp.zeros_like(w) for w in weights[:2]), *rest


block.defvjp(_block_rule, _block_back)


@functools.partial(jax.custom_vjp, nondiff_argnums=(0,))
def hear(learns: bool, x: jax.Array, w: jax.Array) -> jax.Array:
    """x [rows, lanes * 16], w [readers, 3 or 4, 16, 16] -> [rows, readers * 16]; with 4 squares the last
    lane of x is common. `learns`: whether anybody wants x's gradient."""
    return _call("hear_forward", (len(x), len(w) * LANE), x, w, common=w.shape[1] - NEAR)


def _hear_back(learns, saved, g):
    x, w = saved
    d_x, d_w = _call("hear_backward", [x.shape if learns else (1,), w.shape], x, w, g, common=w.shape[1] - NEAR)
    return d_x if learns else jnp.zeros_like(x), d_w


hear.defvjp(lambda learns, x, w: (hear(learns, x, w), (x, w)), _hear_back)


def _filled(w: jax.Array) -> jax.Array:
    """Squares of [.., inputs, outputs] that may be fewer than 16."""
    return jnp.pad(w, [(0, 0)] * (w.ndim - 2) + [(0, LANE - n) for n in w.shape[-2:]])


def _tied_squares(network: Network, parameters: dict) -> dict:
    """Squares of tied weights: the same for every group."""
    z = shape(network)

    def shared(w, groups=z.groups):
        """[outputs, 3 inputs] -> [groups, 3, 16, 16]"""
        w = _filled(w.reshape(len(w), NEAR, -1).transpose(1, 2, 0))
        return jnp.broadcast_to(w, (groups, *w.shape))

    def own(w, outputs):
        """[groups * outputs, 16] -> [groups, 1, 16, 16]"""
        return _filled(w.reshape(z.groups, 1, outputs, LANE).swapaxes(2, 3))

    def inside(b):
        return {
            "B": jnp.concatenate([shared(b["B"]), own(b["B_common"], LANE)], 1),
            "B_all": b["B_all"].T,
            "C": jnp.broadcast_to(b["C"].T, (z.groups, LANE, LANE)),
            "C_all": b["C_all"].T.reshape(2, LANE, LANE),
            "G": shared(b["G"]),
            "G_all": b["G_all"].T,
        }

    e, d = parameters["encoder"], parameters["decoder"]
    return {
        "encoder": shared(e["W"]),
        "phase": shared(e["W_phase"], z.low) if network.has("phase") else None,
        "all": e["W_all"],
        "blocks": [inside(b) for b in parameters["blocks"]],
        "gains": jnp.concatenate([shared(d["W"]), own(d["W_common"], z.levels)], 1),
        "turns": shared(d["W_turn"], z.low) if network.turns else None,
        "presence": d["W_presence"][0] if network.presence else None,
    }


def _local_squares(network: Network, parameters: dict) -> dict:
    """The same from an untied network's matrices, of which only what is within the groups is read."""
    z, n = shape(network), network

    def around(index):
        """[groups, n] -> [groups, 3, n], -1 where there is no neighbour"""
        edge = np.full_like(index[:1], -1)
        index = np.concatenate([edge, index, edge])
        return np.stack([index[k : len(index) - NEAR + 1 + k] for k in range(NEAR)], 1)

    def squares(w, rows, columns):
        """w[rows[g], columns[g, k]] as [g, k, 16, 16]"""
        part = w[rows[:, None, None, :], np.maximum(columns, 0)[..., None]]
        return _filled(jnp.where(columns[..., None] < 0, 0, part))

    channels, states = z.own_channels, z.own_states
    common, common_states = z.all_common_channels, z.all_common_states
    everywhere = np.broadcast_to(common, (z.groups, 1, LANE))

    def inside(b):
        return {
            "B": jnp.concatenate([squares(b["B"], states, around(channels)), squares(b["B"], states, everywhere)], 1),
            "B_all": b["B"][common_states].T,
            "C": squares(b["C"], channels, states[:, None])[:, 0],
            "C_all": b["C"][common][:, common_states].T.reshape(2, LANE, LANE),
            "G": squares(b["G"], channels, around(channels)),
            "G_all": b["G"][common][:, common].T,
        }

    e, d = parameters["encoder"]["W"], parameters["decoder"]["W"]
    return {
        "encoder": squares(e, channels, around(z.own_levels)),
        "phase": squares(e, channels[: z.low], around(z.own_phases)) if n.has("phase") else None,
        "all": e[common],
        "blocks": [inside(b) for b in parameters["blocks"]],
        "gains": jnp.concatenate([squares(d, z.own_gains, around(channels)), squares(d, z.own_gains, everywhere)], 1),
        "turns": squares(d, z.own_turns, around(channels)[: z.low]) if n.turns else None,
        "presence": d[-1] if n.presence else None,
    }


def apply(
    network: Network, parameters: dict, statistics: dict, features: jax.Array, training: bool
) -> tuple[jax.Array, dict]:
    """As tied.apply, and as s5.apply of a network that `serves` is true of."""
    z, clips = shape(network), features.shape[1]
    w = (_tied_squares if network.groups else _local_squares)(network, parameters)
    f = features.reshape(-1, features.shape[-1])
    rows, first, split = len(f), z.sets * network.levels, z.groups * LANE

    def levels(x, sets):
        """[rows, sets * groups * levels] -> [rows, groups * 16], a group's sets in one lane"""
        x = jnp.moveaxis(x.reshape(rows, sets, -1, z.levels), 1, 2).reshape(rows, -1, sets * z.levels)
        return jnp.pad(x, [(0, 0), (0, 0), (0, LANE - sets * z.levels)]).reshape(rows, -1)

    own = hear(False, levels(f[:, :first], z.sets), w["encoder"])
    if w["phase"] is not None:
        own = own.at[:, : z.low * LANE].add(hear(False, levels(f[:, first:], 2), w["phase"]))
    h = jnp.concatenate([own, layers.linear(f, w["all"])], 1) + parameters["encoder"]["bias"]

    def lanes(v):
        """[states] -> [2 states]: each group's twice, then the common ones' twice"""
        v, common = v[: z.groups * z.states].reshape(z.groups, 1, -1), v[z.groups * z.states :]
        return jnp.concatenate([jnp.tile(v, (1, 2, 1)).ravel(), common, common])

    fresh = []
    for b, inside, s in zip(parameters["blocks"], w["blocks"], statistics["norm"]):
        re, im, gain = map(lanes, layers.discretize(b))
        drive = inside["B"] * gain[:split].reshape(z.groups, 1, 1, LANE), inside["B_all"] * gain[split:]
        h, mean, var = block(
            not training, clips, h, s["mean"], s["var"], b["norm"]["gamma"], b["norm"]["beta"], re, im, *drive,
            inside["C"], inside["C_all"], b["C_bias"], b["D"], inside["G"], inside["G_all"], b["G_bias"],
        )  # fmt: skip
        fresh.append(layers.moved(s, mean, var) if training else s)

    d, s = parameters["decoder"], statistics["norm"][-1]
    u, mean, var = layers.normalize(h[:, None], d["norm"]["gamma"], d["norm"]["beta"], s["mean"], s["var"], training)
    fresh.append(layers.moved(s, mean, var) if training else s)
    u = jax.nn.relu(u[:, 0])
    # A lane of answers: a group's gains, its turns, its share of presence.
    answers = w["gains"]
    if w["turns"] is not None:
        answers = answers.at[: z.low, :NEAR].add(jnp.roll(w["turns"], z.levels, -1))
    if w["presence"] is not None:
        answers = answers.at[:, 1, :, -1].add(w["presence"][:split].reshape(z.groups, LANE))
        answers = answers.at[0, NEAR, :, -1].add(w["presence"][split:])
    answers = hear(True, u, answers).reshape(rows, z.groups, LANE)
    out = [answers[..., : z.levels].reshape(rows, -1)]
    if w["turns"] is not None:
        out.append(answers[:, : z.low, z.levels : 2 * z.levels].reshape(rows, -1))
    if w["presence"] is not None:
        out.append(answers[..., -1].sum(1, keepdims=True))
    logits = jnp.concatenate(out, 1) + d["bias"]
    return logits.reshape(*features.shape[:-1], -1), {"norm": fresh}
