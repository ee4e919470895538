"""The tied network that an untied one was once: untie.py backwards, for a model file, whose training then goes on
with shared weights.

A file holds every shared weight as often as it is used, rounded each time; the mean of all is what comes back. What
quantize.py had scaled, a power of two for each channel of the residual, is found from the rows of C and taken out.
"""

from __future__ import annotations

import dataclasses
from pathlib import Path

import jax
import numpy as np

from . import checkpoint, layers, s5
from .config import Network, Run
from .evaluate import analyse
from .export import calibration_clips
from .tied import NEAR, Shape

FARTHEST = 0.1  # how far apart the copies of what is still one weight may lie, as `tie` tells it


def tie(network: Network, parameters: dict, statistics: dict) -> tuple[Network, dict, dict, float]:
    """(network, parameters, statistics, how far the copies of a weight lie apart: root mean square over the
    weights' own). SystemExit where the weights were never shared."""
    if not network.local:
        raise SystemExit("its weights were never shared along frequency (local=0)")
    n = dataclasses.replace(network, groups=network.local, local=0)
    z = Shape.of(n)
    channels, states, common = z.own_channels, z.own_states, z.all_common_channels
    parameters, statistics = _evened(z, parameters, statistics)
    apart, whole = [], []

    def one(copies):
        """The mean of what should be the same in each."""
        apart.append(copies.var(0).ravel())
        whole.append((copies**2).mean(0).ravel())
        return copies.mean(0)

    def shared(matrix, rows, columns):
        """Mean of what `rows` of each group have in `columns` of it, and of its neighbours."""
        count = columns.shape[1]
        out = np.zeros((rows.shape[1], NEAR, count))
        for k in range(NEAR):
            reads = [(g, g + k - NEAR // 2) for g in range(len(rows)) if 0 <= g + k - NEAR // 2 < len(columns)]
            out[:, k] = one(np.stack([matrix[np.ix_(rows[g], columns[of])] for g, of in reads]))
        return out.reshape(len(out), -1).astype(np.float32)

    def own(matrix, rows, columns):
        return one(np.stack([matrix[np.ix_(r, c)] for r, c in zip(rows, columns)])).astype(np.float32)

    e = parameters["encoder"]
    encoder = {"W": shared(e["W"], channels, z.own_levels), "W_all": e["W"][common], "bias": e["bias"]}
    if n.has("phase"):
        encoder["W_phase"] = shared(e["W"], channels[: z.low], z.own_phases)

    def block(b):
        drive = b["B"]
        kept = {k: b[k] for k in ("norm", "decay", "angle", "C_bias", "D", "G_bias")}
        return kept | {
            "B": shared(drive, states, channels),
            "B_common": np.concatenate([drive[np.ix_(rows, common)] for rows in states]),
            "B_all": drive[z.all_common_states],
            "C": own(b["C"], channels, states),
            "C_all": b["C"][np.ix_(common, z.all_common_states)],
            "G": shared(b["G"], channels, channels),
            "G_all": b["G"][np.ix_(common, common)],
        }

    d = parameters["decoder"]
    decoder = {
        "norm": d["norm"],
        "W": shared(d["W"], z.own_gains, channels),
        "W_common": d["W"][: n.levels][:, common],
        "bias": d["bias"],
    }
    if n.turns:
        decoder["W_turn"] = shared(d["W"], z.own_turns, channels)
    if n.presence:
        decoder["W_presence"] = d["W"][-1:]
    blocks = [block(b) for b in parameters["blocks"]]
    share = np.concatenate(apart).mean() / np.concatenate(whole).mean()
    parameters = {"encoder": encoder, "blocks": blocks, "decoder": decoder}
    return n, parameters, statistics, float(np.sqrt(share))


def _evened(z: Shape, parameters: dict, statistics: dict) -> tuple[dict, dict]:
    """The same network with the same scale for the same channel of every group."""
    size = sum((b["C"] ** 2).sum(1) for b in parameters["blocks"])[z.own_channels]
    by = np.ones(z.width, np.float32)
    by[z.own_channels] = 2 ** np.rint(0.5 * np.log2((size + 1e-30) / (np.median(size, 0) + 1e-30)))
    e = parameters["encoder"]
    parameters = parameters | {
        "encoder": {"W": e["W"] / by[:, None], "bias": e["bias"] / by},
        "blocks": [
            b | {"C": b["C"] / by[:, None], "C_bias": b["C_bias"] / by, "D": b["D"] / by, "G": b["G"] * by}
            for b in parameters["blocks"]
        ],
    }
    return parameters, {"norm": [{"mean": s["mean"] / by, "var": s["var"] / by**2} for s in statistics["norm"]]}


def settle(network: Network, parameters: dict, statistics: dict, features) -> tuple[dict, dict]:
    """(parameters, statistics) of the same network, whose statistics are those that it has on `features`
    [T, batch, F]. restore.py makes some up, which fit only while they are held; a run at a higher rate
    takes each batch's own."""
    parameters = jax.tree.map(np.asarray, parameters)
    norms = [{k: np.asarray(v) for k, v in s.items()} for s in statistics["norm"]]
    apply = jax.jit(lambda p, s: s5.apply(network, p, s, features, True)[1])
    # From the first to the last, as each hears what those before it make of the batch.
    for i, old in enumerate(norms):
        new = apply(parameters, {"norm": norms})["norm"][i]
        mean, var = (
            (np.asarray(new[k]) - layers.MOMENTUM * old[k]) / (1 - layers.MOMENTUM) for k in ("mean", "var")
        )
        room = parameters["blocks"][i] if i < network.blocks else parameters["decoder"]
        scale = room["norm"]["gamma"] / np.sqrt(old["var"] + 1e-5)
        shift = room["norm"]["beta"] - old["mean"] * scale
        gamma = scale * np.sqrt(np.maximum(var, 0) + 1e-5)
        room["norm"] = {"gamma": gamma.astype(np.float32), "beta": (shift + mean * scale).astype(np.float32)}
        norms[i] = {"mean": mean.astype(np.float32), "var": np.maximum(var, 0).astype(np.float32)}
    return parameters, {"norm": norms}


def write_tied(path: Path, out: Path, data: Path) -> tuple[Run, float]:
    """Writes the checkpoint `out` of the tied network, with the statistics it has on mixes of `data`;
    returns (its run, how far copies lay apart)."""
    run, state, extra = checkpoint.load(path)
    network, parameters, statistics, apart = tie(run.network, state["parameters"], state["statistics"])
    if apart > FARTHEST:
        raise SystemExit(f"{path}: the copies of a shared weight differ by {apart:.0%}; they have learnt apart since")
    heard = [analyse(network, x)[2] for x in calibration_clips(data, count=12)]
    parameters, statistics = settle(network, parameters, statistics, np.stack(heard, 1))
    training = dataclasses.replace(run.training, zeros=0.0, keep_pattern=False, quantize_from=2.0)
    out.parent.mkdir(parents=True, exist_ok=True)
    run = Run(network, training)
    tree = {"parameters": parameters, "statistics": statistics}
    checkpoint.save(out, run, tree, extra | {"asked": 0.0, "progress": 1.0})
    return run, apart
