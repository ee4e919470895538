"""A model file (int8) back into a checkpoint that training goes on from.

A file holds what the engine computes: batch norm folded into scale and offset, the input gains into
B, weights on their grids. Here offset becomes beta, and B is divided by its gains again. What the
statistics were is lost; they become such that every gamma is 1 or -1 (mean 0, variance 1 / scale^2),
for Adam's steps are of one size: with a gamma of 0.01 before a loud channel each would be a leap. The
checkpoint's run is set for fine-tuning: such statistics are only right while they stay as they are.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from . import checkpoint, evaluate, integer, layers, modelfile, sparsity, untie
from .config import BINS, RATE, WINDOW, Network, Run, Training

# Rates at which a shipped model learns and forgets little: docs/train-your-own.md.
FINE_TUNING = {
    "batch": 4,
    "seconds": 5.0,
    "lead": 0.6,
    "rate_muon": 8e-4,
    "rate": 3e-4,
    "weight_spectrum": 2.0,
    "freeze_from": 0.0,
    "keep_pattern": True,
    "quantize_from": 0.5,
}
# On matrices as wide as an untied network's Muon takes longer than the kernels of groups.py do. Mixes and the loss
# are as those that ship were trained with.
FINE_TUNING_UNTIED = {"optimizer": "adam", "precision": "f32", "plain": 0.7, "altered": 0.4, "weight_spectrum": 1.5}


def network_of(model: dict) -> Network:
    """All that the trainer must know of a model's network and front end. SystemExit where it
    could not train it: other bins, another window, a mask that is not a sigmoid's."""
    a, front = model["architecture"], model["front_end"]
    network = evaluate.network_of(model)
    if a["mask"] != network.levels or round(front["window"] * RATE) != WINDOW:
        raise SystemExit(
            f"{model['name']}: {a['mask']} bins of a window of {front['window']} s; "
            f"training knows {BINS} of {WINDOW / RATE} s"
        )
    mask_made(model)  # or it is refused
    return dataclasses.replace(
        network,
        width=a["width"],
        states=a["states"],
        blocks=a["blocks"],
        hippo_blocks=math.gcd(a["states"], Network.hippo_blocks),
    )


def mask_made(model: dict) -> tuple[float, int | None]:
    """What the gains are raised to, and the dB they take at most. SystemExit where the mask's table is not a
    sigmoid's."""
    made = integer.mask_made(model["tensors"]["mask_table"])
    if made is None:
        raise SystemExit(f"{model['name']}: its mask_table is not a sigmoid; training knows no other")
    return made


def masks_of(model: dict) -> dict[str, np.ndarray]:
    """float32 [rows, columns] a matrix: 1 where a weight may be, all of them in a dense matrix."""
    out = {}
    for name in modelfile.matrix_shapes(model["architecture"]):
        weight = model["tensors"][f"{name}.weight"]
        kept = (weight != 0) | (model["patterns"][name] == "dense")
        out[name] = kept.astype(np.float32)
    return out


def pattern_of(model: dict) -> str:
    """The trainer's word for the file's patterns."""
    sparse = {p for p in model["patterns"].values() if p != "dense"}
    if not sparse or sparse & {"unstructured", "clustered"}:
        return "unstructured"
    return "n16" if len(sparse) == 1 else "n16-layers"


def parameters_of(model: dict) -> tuple[dict, dict]:
    """(parameters, statistics) in float32, shaped as by s5.initial; see the head of this file."""
    real = integer.float_weights(model)

    def variance(name: str) -> np.ndarray:
        scale = np.abs(real[f"{name}.norm.scale"])
        dead = scale == 0  # a channel that is a constant
        return np.where(dead, 1, np.maximum(1 / np.where(dead, 1, scale) ** 2 - 1e-5, 1e-6))

    def norm(name: str) -> dict:
        gamma = real[f"{name}.norm.scale"] * np.sqrt(variance(name) + 1e-5)
        return {"gamma": gamma, "beta": real[f"{name}.norm.offset"]}

    def block(name: str) -> dict:
        re, im = real[f"{name}.lambda"]
        # layers.discretize clips the decay alike; an eigenvalue of 0 is the fastest it knows.
        decay = -np.log(np.maximum(np.hypot(re, im), np.exp(-4.0)))
        poles = {"decay": np.log(np.maximum(decay, 5e-4)), "angle": np.mod(np.arctan2(im, re), 2 * np.pi)}
        poles = {k: v.astype(np.float32) for k, v in poles.items()}
        gain = np.asarray(layers.discretize({k: jnp.asarray(v) for k, v in poles.items()})[2], np.float64)
        return poles | {
            "norm": norm(name),
            "B": real[f"{name}.B.weight"] / np.tile(gain, 2)[:, None],
            "C": real[f"{name}.C.weight"],
            "C_bias": real[f"{name}.C.bias"],
            "D": real[f"{name}.D"],
            "G": real[f"{name}.G.weight"],
            "G_bias": real[f"{name}.G.bias"],
        }

    def float32(node):
        if isinstance(node, dict):
            return {k: float32(v) for k, v in node.items()}
        return [float32(v) for v in node] if isinstance(node, list) else np.asarray(node, np.float32)

    width, blocks = (model["architecture"][k] for k in ("width", "blocks"))
    parameters = {
        "encoder": {"W": real["encoder.weight"], "bias": real["encoder.bias"]},
        "blocks": [block(f"block.{i}") for i in range(blocks)],
        "decoder": {
            "norm": norm("decoder"),
            "W": real["decoder.weight"],
            "bias": real["decoder.bias"],
        },
    }
    norms = [*(f"block.{i}" for i in range(blocks)), "decoder"]
    statistics = [{"mean": np.zeros(width), "var": variance(name)} for name in norms]
    return float32(parameters), {"norm": float32(statistics)}


def restore(path: Path, out: Path) -> Run:
    """Writes the checkpoint `out` of the model file `path`; returns the run it holds.

    It computes what the file's real numbers do, to float32. `prune --from out` trains it with the
    file's zeros kept where they are.
    """
    model = modelfile.read(path)
    network, masks = network_of(model), masks_of(model)
    network = dataclasses.replace(network, local=untie.local_of(network, masks))
    parameters, statistics = parameters_of(model)
    power, rest = mask_made(model)
    if power != 1:
        print(f"{model['name']}: its gains are to the power {power}: quantize with --power {power} again")
    if rest is not None:
        print(f"{model['name']}: its gains take {rest} dB at most: quantize with --rest {rest} again")
    if power != 1 and network.presence:
        parameters["decoder"]["bias"][-1] -= integer.half_at(power)  # as quantize raised it
    zeros = sparsity.zeros_of(masks)
    settings = FINE_TUNING | (FINE_TUNING_UNTIED if network.local else {})
    settings |= {"pattern": pattern_of(model), "narrow": bool(modelfile.narrow_shifts(model))}
    training = dataclasses.replace(Training(), zeros=round(zeros, 4), **settings)
    run = Run(network, training)
    tree = {"parameters": parameters, "statistics": statistics, "masks": masks}
    extra = {"steps": 0, "spent": 0.0, "heard": 0.0, "asked": training.zeros, "progress": 1.0}
    out.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.save(out, run, tree, extra | {"restored": model["name"]})
    return run
