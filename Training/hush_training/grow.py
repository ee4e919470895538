"""A larger network that computes what a smaller one does (Chen et al. 2016, Net2Net).

What the ancestor has keeps its weights, wherever its features and outputs are now. What is new is
wired so that nothing old hears it: new channels, states and features are read through zeros, and
new outputs begin at a logit of 0, a gain of a half and an imaginary part of 0. New
blocks begin with so small a C that they add next to nothing, for behind a ReLU zeros would never
learn; those of a network that was tied (`local`) stay within its groups. Tied or not, a network may lose blocks as well, its last ones: what is left is no longer what it was, but a far
better beginning for a shallower network than chance.

New blocks hear what the decoder does, and their norms begin with the mean and variance of that as measured: those that
the decoder's own norm goes by may be such that its gammas are 1 (restore.py), or as old as when they were last let move.
"""

from __future__ import annotations

import dataclasses

import jax.numpy as jnp
import numpy as np

from . import layers, quantize, s5, spectrum, tied, untie
from .config import Network, Run
from .soup import masked


def _place(old: np.ndarray, new: np.ndarray, rows: np.ndarray, columns: np.ndarray | None):
    """`old` inside `new`: its rows at `rows`; what those rows read elsewhere is zero."""
    out = np.array(new)
    if columns is None:
        out[rows] = old
        return out
    out[rows] = 0
    out[np.ix_(rows, columns)] = old
    return out


def _at_hop(parameters: dict, ratio: float) -> dict:
    """The same continuous-time network sampled `ratio` times as coarsely: S5's step size is free."""
    if ratio == 1:
        return parameters
    blocks = []
    for b in parameters["blocks"]:
        new = b | {
            "decay": np.asarray(b["decay"]) + np.float32(np.log(ratio)),
            "angle": np.asarray(b["angle"]) * np.float32(ratio),
        }
        # What a state makes of a steady input stays: its drive shrinks as the steps do.
        gain = lambda block: np.asarray(layers.discretize(block)[2])  # noqa: E731
        scale = ratio * gain(b) / gain(new)
        blocks.append(new | {"B": np.asarray(b["B"]) * np.concatenate([scale, scale])[:, None]})
    return parameters | {"blocks": blocks}


def _inputs(network: Network) -> dict[str, np.ndarray]:
    """Which of the features are each set's; phases in two parts, for each grows by itself."""
    out, at = {}, 0
    for name in network.features.split("+"):
        for part in ("", " imaginary") if name == "phase" else ("",):
            size = network.fine if name == "phase" else network.levels
            out[name + part] = np.arange(at, at + size)
            at += size
    return out


def _outputs(network: Network) -> dict[str, np.ndarray]:
    ends = np.cumsum([network.levels, network.turns, network.presence])
    return dict(zip(("gains", "turns", "presence"), np.split(np.arange(network.outputs), ends[:-1])))


def _carried(old: dict[str, np.ndarray], new: dict[str, np.ndarray]) -> np.ndarray:
    """Where in `new` everything of `old` is, in its order: each part's lowest bins."""
    for name, places in old.items():
        if len(places) > len(new.get(name, ())):
            raise SystemExit(f"{name}: {len(new.get(name, ()))} numbers, fewer than the ancestor's")
    return np.concatenate([new[name][: len(places)] for name, places in old.items()])


def _deepened(before: Network, old: dict, parameters: dict):
    """`old` with the blocks behind its own that `parameters` has, whose C and D are as good as nothing."""
    own, mine = old["parameters"], old["statistics"]["norm"]
    new = [
        {k: 0.02 * np.asarray(v) if k in ("C", "C_all", "D") else v for k, v in b.items()}
        for b in parameters["blocks"][before.blocks :]
    ]
    # A new block hears what the decoder's norm used to.
    norms = [*mine, *(dict(mine[-1]) for _ in new)]
    return own | {"blocks": [*own["blocks"], *new]}, {"norm": norms}, None


def _shortened(after: Network, old: dict) -> dict:
    """`old` without its last blocks. The decoder's norm hears what the first of those did."""
    blocks, norms = old["parameters"]["blocks"], old["statistics"]["norm"]
    lost = {f"block.{i}.{k}" for i in range(after.blocks, len(blocks)) for k in "BCG"}
    out = old | {
        "parameters": old["parameters"] | {"blocks": blocks[: after.blocks]},
        "statistics": {"norm": norms[: after.blocks + 1]},
    }
    return out | {"masks": {k: m for k, m in old["masks"].items() if k not in lost}} if "masks" in old else out


def decoder_hears(run: Run, old: dict, clips: np.ndarray) -> dict[str, np.ndarray]:
    """Mean and variance [channels] of what the decoder's norm of `old`, an untied checkpoint's tree, is given over
    `clips` [count, samples], 16 kHz."""
    folded = quantize.fold(run, masked(old), old["statistics"])
    features = spectrum.front_end(run.network, *spectrum.stft(jnp.asarray(clips), run.network.delay), None, 0)
    last, heard = f"residual.{run.network.blocks - 1}", []
    for x in np.moveaxis(np.asarray(features), 1, 0):
        quantize.forward(folded, x, lambda name, h: heard.append(h) if name == last else None)
    h = np.concatenate(heard)
    return {"mean": h.mean(0).astype(np.float32), "var": h.var(0).astype(np.float32)}


def grow(before: Network, after: Network, old: dict, parameters: dict, statistics: dict, heard: dict | None = None):
    """(parameters, statistics, masks or None) of `old`, a checkpoint's tree, in the fresh network
    `parameters`, `statistics` of shape `after`. Masks are 1 where something is new. `heard`: `decoder_hears`, for the norms
    of an untied network's new blocks; without it they go by what the decoder's does."""
    if (before.groups or after.groups) and after != dataclasses.replace(before, blocks=after.blocks):
        raise SystemExit("tied weights grow and shrink by blocks only; for all else untie them first (hush-train untie)")
    if after.blocks < before.blocks:
        before, old = dataclasses.replace(before, blocks=after.blocks), _shortened(after, old)
    if before == after:
        return old["parameters"], old["statistics"], old.get("masks")
    if before.groups:
        return _deepened(before, old, parameters)
    if after.local and (after.width, after.states) != (before.width, before.states):
        raise SystemExit(f"local={after.local}: what was tied grows by blocks only, or with local=0")
    if after.levels != before.levels:
        raise SystemExit(f"{after.levels} levels and gains instead of the ancestor's {before.levels}")
    for name in ("width", "states"):
        if getattr(after, name) < getattr(before, name):
            raise SystemExit(f"{name} {getattr(after, name)} is less than the ancestor's")
    channels = np.arange(before.width)
    pairs = np.arange(before.states)
    states = np.concatenate([pairs, after.states + pairs])
    features = _carried(_inputs(before), _inputs(after))
    outputs = _carried(_outputs(before), _outputs(after))
    # The place of every matrix, [rows] and [columns]; a decoder's new rows start at zero.
    where = {"encoder": (channels, features), "decoder": (outputs, channels)}
    for i in range(before.blocks):
        where |= {f"block.{i}.B": (states, channels), f"block.{i}.C": (channels, states)}
        where[f"block.{i}.G"] = (channels, channels)
    fresh = {k: np.asarray(w) for k, w in s5.matrices(parameters).items()}
    fresh["decoder"] = np.zeros_like(fresh["decoder"])
    added = range(before.blocks, after.blocks)
    if after.local and added:  # within the groups, with the poles of a group in each
        twin = dataclasses.replace(after, groups=after.local, local=0)
        grouped = untie.untie(twin, tied.initial(twin, after.blocks)[0])[1]
        parameters = parameters | {"blocks": [*parameters["blocks"][: before.blocks], *grouped["blocks"][before.blocks :]]}
        fresh |= {f"block.{i}.{k}": grouped["blocks"][i][k] for i in added for k in "BCG"}
    for i in added:
        fresh[f"block.{i}.C"] = 0.02 * fresh[f"block.{i}.C"]
    mine = _at_hop(old["parameters"], after.hop / before.hop)
    given = s5.matrices(mine)
    matrices = {k: _place(given[k], w, *where[k]) if k in where else w for k, w in fresh.items()}
    parameters = s5.with_matrices(parameters, matrices)
    masks = None
    if "masks" in old:
        masks = {k: np.ones(w.shape, np.float32) for k, w in fresh.items()}
        for k, (rows, columns) in where.items():
            masks[k][np.ix_(rows, columns)] = old["masks"][k]
        if after.local:
            masks |= {f"block.{i}.{k}": (fresh[f"block.{i}.{k}"] != 0).astype(np.float32) for i in added for k in "BCG"}

    def vectors(new: dict, of: dict, place: np.ndarray) -> dict:
        """Every vector of `of` in its place in `new`'s."""
        out = dict(new)
        for k, v in of.items():
            if isinstance(v, dict):
                out[k] = vectors(new[k], v, place)
            elif np.ndim(v) == 1:
                at = pairs if k in ("decay", "angle") else place
                out[k] = _place(v, np.asarray(new[k]), at, None)
        return out

    parameters["encoder"] = vectors(parameters["encoder"], mine["encoder"], channels)
    parameters["blocks"] = [
        vectors(b, mine["blocks"][i], channels) if i < before.blocks else b | {"D": 0.02 * np.asarray(b["D"])}
        for i, b in enumerate(parameters["blocks"])
    ]
    decoder = parameters["decoder"]
    decoder["norm"] = vectors(decoder["norm"], mine["decoder"]["norm"], channels)
    decoder["bias"] = _place(mine["decoder"]["bias"], np.zeros(after.outputs, np.float32), outputs, None)
    norms = [dict(s) for s in statistics["norm"]]
    for i in range(before.blocks):
        norms[i] = vectors(norms[i], old["statistics"]["norm"][i], channels)
    theirs = old["statistics"]["norm"][-1]
    for i in added:
        norms[i] = vectors(norms[i], heard or theirs, channels)
    norms[-1] = vectors(norms[-1], theirs, channels)
    return parameters, {"norm": norms}, masks
