"""The plain network that computes what one of tied.py does: every shared weight stands in its matrices as
often as it is used, and zeros stand where groups do not meet."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax
import numpy as np

from . import checkpoint, s5, sparsity, tied
from .config import Network, Run
from .tied import Shape


def untie(network: Network, parameters: dict) -> tuple[Network, dict]:
    """(network, parameters) of the plain network that computes the same; the statistics fit as they
    are. Every weight of a shared matrix stands there as often as it is used."""
    z, n = Shape.of(network), network
    h, p, split = z.width, z.all_states, z.groups * z.channels
    channels, states, common = z.own_channels, z.own_states, z.all_common_channels
    plain = dataclasses.replace(n, groups=0, local=n.groups, width=h, states=p, hippo_blocks=1)

    def spread(out, weight, rows, columns):
        """Adds `weight` [rows, 3 columns] (or [rows, columns]: no neighbours) for each group of `rows`."""
        weight = np.asarray(weight, np.float32)
        count = columns.shape[1]
        reach = weight.shape[1] // count // 2
        for k in range(len(rows)):
            for offset in range(-reach, reach + 1):
                if 0 <= k + offset < len(columns):
                    first = (offset + reach) * count
                    out[np.ix_(rows[k], columns[k + offset])] += weight[:, first : first + count]
        return out

    def empty(rows, columns):
        return np.zeros((rows, columns), np.float32)

    e = parameters["encoder"]
    encoder = spread(empty(h, n.inputs), e["W"], channels, z.own_levels)
    if n.has("phase"):
        spread(encoder, e["W_phase"], channels[: z.low], z.own_phases)
    encoder[common] = e["W_all"]

    def block(b):
        drive = spread(empty(2 * p, h), b["B"], states, channels)
        for k, rows in enumerate(np.asarray(b["B_common"]).reshape(z.groups, -1, z.common)):
            drive[np.ix_(states[k], common)] = rows
        drive[z.all_common_states] = b["B_all"]
        read = spread(empty(h, 2 * p), b["C"], channels, states)
        read[np.ix_(common, z.all_common_states)] = b["C_all"]
        gate = spread(empty(h, h), b["G"], channels, channels)
        gate[np.ix_(common, common)] = b["G_all"]
        kept = {k: b[k] for k in ("norm", "decay", "angle", "C_bias", "D", "G_bias")}
        return kept | {"B": drive, "C": read, "G": gate}

    d = parameters["decoder"]
    decoder = spread(empty(n.outputs, h), d["W"], z.own_gains, channels)
    decoder[: n.levels, split:] = d["W_common"]
    if n.turns:
        spread(decoder, d["W_turn"], z.own_turns, channels)
    if n.presence:
        decoder[-1] = np.asarray(d["W_presence"])[0]
    blocks = [block(b) for b in parameters["blocks"]]
    return plain, {
        "encoder": {"W": encoder, "bias": e["bias"]},
        "blocks": blocks,
        "decoder": {"norm": d["norm"], "W": decoder, "bias": d["bias"]},
    }


def pattern(network: Network) -> dict[str, np.ndarray]:
    """Masks of where an untied network (`local`) may have weights: 1 within its groups."""
    twin = dataclasses.replace(network, groups=network.local, local=0)
    ones = jax.tree.map(np.ones_like, tied.initial(twin, 1)[0])
    return {k: (w != 0).astype(np.float32) for k, w in s5.matrices(untie(twin, ones)[1]).items()}


def local_of(network: Network, masks: dict[str, np.ndarray]) -> int:
    """How many groups a plain network's weights stay within, if it is shaped as untie shapes one; else 0."""
    n = network
    for groups in range(tied.NEAR, n.bands + 1 if n.bands else 0):
        try:
            z = tied.Shape.of(dataclasses.replace(n, groups=groups))
        except SystemExit:
            continue
        if (z.width, z.all_states) == (n.width, n.states):
            inside = pattern(dataclasses.replace(n, local=groups))
            return groups if all((masks[k] <= inside[k]).all() for k in masks) else 0
    return 0


def write_untied(path: Path, out: Path) -> tuple[Run, int]:
    """Writes the checkpoint `out` of the plain network; returns (its run, its weights). The zeros
    where groups do not meet are its pattern, so that `prune --from out` keeps them."""
    run, state, extra = checkpoint.load(path)
    if not run.network.groups:
        raise SystemExit(f"{path}: its weights are not tied")
    network, parameters = untie(run.network, state["parameters"])
    masks = {k: (w != 0).astype(np.float32) for k, w in s5.matrices(parameters).items()}
    zeros = sparsity.zeros_of(masks)
    training = dataclasses.replace(run.training, zeros=zeros, keep_pattern=True)
    tree = {"parameters": parameters, "statistics": state["statistics"], "masks": masks}
    out.parent.mkdir(parents=True, exist_ok=True)
    run = Run(network, training)
    checkpoint.save(out, run, tree, extra | {"asked": zeros, "progress": 1.0})
    return run, sum(int(m.sum()) for m in masks.values())
