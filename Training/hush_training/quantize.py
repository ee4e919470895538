"""Folds batch norm and input gains, then rounds everything to the integers of integer.py.

Static power-of-two quantization: int8 weights with one exponent a row, int16 activations with one
exponent a tensor, chosen from the largest magnitudes seen on calibration audio. Where asked for,
matrices read 7 bits of what a ReLU made, and what is louder than all but one number in ten thousand
is cut off.
"""

from __future__ import annotations

import dataclasses
import datetime
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np

from . import integer, layers, modelfile, s5
from .config import Run

USUAL = 99.99  # a percentile; on a clip, so that the loudest of many clips tells
INPUT_EXPONENT = 11  # features are decades: 16 of them either way in an int16


@dataclass
class Folded:
    """The network in real numbers, as the engine computes it (float64)."""

    matrices: dict[str, np.ndarray]
    bias: dict[str, np.ndarray]
    scale: list[np.ndarray]  # norms: u = relu(h * scale + offset); the decoder's is the last
    offset: list[np.ndarray]
    eigenvalues: list[np.ndarray]  # complex [P]
    skip: list[np.ndarray]  # D


def fold(run: Run, parameters: dict, statistics: dict) -> Folded:
    """Parameters after masking (and fake quantization), with everything foldable folded."""
    if run.network.activation != "relu":
        raise SystemExit("this checkpoint is not ReLU-fied; prune it first (or --set activation=relu)")
    as64 = lambda v: np.asarray(v, np.float64)  # noqa: E731
    matrices = {k: as64(v) for k, v in s5.matrices(parameters).items()}
    bias = {"encoder": as64(parameters["encoder"]["bias"])}
    scale, offset, eigenvalues, skip = [], [], [], []
    norms = [b["norm"] for b in parameters["blocks"]] + [parameters["decoder"]["norm"]]
    for p, s in zip(norms, statistics["norm"]):
        a = as64(p["gamma"]) / np.sqrt(as64(s["var"]) + 1e-5)
        scale.append(a)
        offset.append(as64(p["beta"]) - as64(s["mean"]) * a)
    for i, b in enumerate(parameters["blocks"]):
        re, im, gain = (as64(v) for v in layers.discretize(jax.tree.map(jnp.asarray, b)))
        matrices[f"block.{i}.B"] = matrices[f"block.{i}.B"] * np.tile(gain, 2)[:, None]
        bias[f"block.{i}.C"] = as64(b["C_bias"])
        bias[f"block.{i}.G"] = as64(b["G_bias"])
        eigenvalues.append(re + 1j * im)
        skip.append(as64(b["D"]))
    bias["decoder"] = as64(parameters["decoder"]["bias"])
    # A row of the encoder that pruning emptied is a constant. Its variance is next to nothing, so
    # its scale is enormous, and would cost all channels of the norm their resolution.
    dead = ~matrices["encoder"].any(1)
    offset[0] = np.where(dead, offset[0] + bias["encoder"] * scale[0], offset[0])
    scale[0] = np.where(dead, 0.0, scale[0])
    return Folded(matrices, bias, scale, offset, eigenvalues, skip)


def equalize(folded: Folded, largest: float = 2.0) -> Folded:
    """The same function with no norm scale above `largest`: quiet residual channels made louder.

    One 16-bit exponent serves all channels of a norm, so a single channel that varies little, whose
    scale is large therefore, would take resolution from all. Channel c of the residual may be
    multiplied by any s > 0 where it is made (encoder; C, its bias and D, as ReLU lets s through) if
    it is divided by s where it is read (norms, the gate's columns). Powers of two keep rounded
    weights on their grid.
    """
    top = np.max(np.abs(folded.scale), axis=0)
    s = 2.0 ** np.maximum(0, np.ceil(np.log2(np.maximum(top, 1e-9) / largest)))
    matrices, bias = dict(folded.matrices), dict(folded.bias)
    matrices["encoder"] = matrices["encoder"] * s[:, None]
    bias["encoder"] = bias["encoder"] * s
    for i in range(len(folded.eigenvalues)):
        block = f"block.{i}"
        matrices[f"{block}.C"] = matrices[f"{block}.C"] * s[:, None]
        bias[f"{block}.C"] = bias[f"{block}.C"] * s
        matrices[f"{block}.G"] = matrices[f"{block}.G"] / s
    return Folded(
        matrices,
        bias,
        [a / s for a in folded.scale],
        folded.offset,
        folded.eigenvalues,
        [d * s for d in folded.skip],
    )


def usual(name: str) -> str:
    """What `forward` calls the magnitude that all but one number in ten thousand stay below."""
    return f"{name}, usual"


def forward(folded: Folded, features: np.ndarray, hear=None) -> tuple[np.ndarray, dict[str, float]]:
    """features [T, F] real -> (mask [T, M], largest and `usual` magnitude of each activation).
    `hear`, where given, is called with every activation's name and values."""
    top: dict[str, float] = {}

    def note(name, x):
        if hear is not None:
            hear(name, x)
        top[name] = float(np.abs(x).max())
        top[usual(name)] = float(np.percentile(np.abs(x), USUAL))
        return x

    h = note("residual", features @ folded.matrices["encoder"].T + folded.bias["encoder"])
    blocks = len(folded.eigenvalues)
    for i in range(blocks):
        u = note(f"norm.{i}", np.maximum(h * folded.scale[i] + folded.offset[i], 0))
        drive = u @ folded.matrices[f"block.{i}.B"].T
        p = drive.shape[1] // 2
        drive, x = drive[:, :p] + 1j * drive[:, p:], np.zeros(p, complex)
        states = np.empty_like(drive)
        for t in range(len(drive)):
            x = states[t] = folded.eigenvalues[i] * x + drive[t]
        x = note(f"state.{i}", np.concatenate([states.real, states.imag], 1))
        y = x @ folded.matrices[f"block.{i}.C"].T + folded.bias[f"block.{i}.C"] + u * folded.skip[i]
        y = note(f"output.{i}", np.maximum(y, 0))
        z = y @ folded.matrices[f"block.{i}.G"].T + folded.bias[f"block.{i}.G"]
        h = note(f"residual.{i}", h + y * np.clip(0.5 + z / 4, 0, 1))
    u = note(f"norm.{blocks}", np.maximum(h * folded.scale[-1] + folded.offset[-1], 0))
    logits = u @ folded.matrices["decoder"].T + folded.bias["decoder"]
    return 0.5 + 0.5 * np.tanh(logits / 2), top


def _exponent(top: float, limit: float = 32767) -> int:
    """The largest e with top * 2^e <= limit."""
    return int(np.floor(np.log2(limit / max(top, 1e-9))))


def quantize(
    run: Run,
    folded: Folded,
    tops: dict[str, float],
    headroom: float = 1.4,
    power: float = 1.0,
    rest: int | None = None,
) -> dict:
    """A model dict for modelfile.write; metadata (name, data, scores) is the caller's to fill.

    `power`, 0.5 to 2 in hundredths, is what gains are raised to: below 1 more is let through, noise
    and speech. Imaginary parts share the gains' table and know no power: SystemExit. `rest`, 20 to 60, is
    how many dB a gain takes at most; presence and imaginary parts share the table, so presence is
    10^(-rest / 20) at least, and imaginary parts end so near to -1. Where the run is narrow, B, G and the
    decoder read 7 bits.
    """
    if rest is not None and not 20 <= rest <= 60:
        raise SystemExit(f"--rest {rest}: want 20 to 60 dB")
    if not 0.5 <= power <= 2 or round(power, 2) != power:
        raise SystemExit(f"--power {power}: want 0.5 to 2, in hundredths")
    if power != 1 and run.network.turns:
        raise SystemExit(f"--power {power}: this network has imaginary parts, whose table is the gains'")
    if power != 1 and run.network.presence:
        # Presence has the same table: one half stays where it was.
        bias = folded.bias["decoder"].copy()
        bias[-1] += integer.half_at(power)
        folded = dataclasses.replace(folded, bias=folded.bias | {"decoder": bias})
    blocks = len(folded.eigenvalues)
    peak = lambda *names: headroom * max(tops[n] for n in names)  # noqa: E731
    e_in = INPUT_EXPONENT
    e_res = _exponent(peak("residual", *(f"residual.{i}" for i in range(blocks))))
    tensors: dict[str, np.ndarray] = {}
    exponents = {"input": e_in, "residual": e_res, "norm": [], "state": [], "output": []}

    narrow = run.training.narrow
    if narrow:
        exponents["narrow"] = {}

    def matrix(name: str, e_before: int, e_after: int, low: int, bias: bool = True, source: str = "") -> None:
        if narrow and source:
            dropped = e_before - _exponent(tops[usual(source)], integer.NARROW + 0.5)
            exponents["narrow"][name] = int(np.clip(dropped, 0, modelfile.LARGEST_NARROW))
        w = folded.matrices[name]
        top = np.abs(w).max(1)
        # A row's exponent fits its largest weight; a row of zeros may have any, so a mild one.
        e_w = np.where(top > 0, np.floor(np.log2(127 / np.maximum(top, 1e-12))), 7).astype(int)
        shift = np.clip(e_w + e_before - e_after, low, 30)
        e_w = shift - e_before + e_after
        tensors[f"{name}.weight"] = np.clip(np.rint(w * 2.0 ** e_w[:, None]), -127, 127).astype(np.int8)
        tensors[f"{name}.shift"] = shift.astype(np.int8)
        if bias:
            exact = np.rint(folded.bias[name] * 2.0 ** (e_w + e_before))
            tensors[f"{name}.bias"] = np.clip(exact, -(2**29), 2**29).astype(np.int32)

    def norm(name: str, i: int) -> int:
        e_u = min(
            _exponent(peak(f"norm.{i}")),
            e_res + _exponent(np.abs(folded.scale[i]).max()) - 15,
            _exponent(np.abs(folded.offset[i]).max()),
        )
        m = np.rint(folded.scale[i] * 2.0 ** (15 + e_u - e_res))
        tensors[f"{name}.norm.scale"] = np.clip(m, -32767, 32767).astype(np.int16)
        t = np.rint(folded.offset[i] * 2.0**e_u)
        tensors[f"{name}.norm.offset"] = np.clip(t, -32768, 32767).astype(np.int16)
        exponents["norm"].append(e_u)
        return e_u

    matrix("encoder", e_in, e_res, 0)
    for i in range(blocks):
        block = f"block.{i}"
        e_u = norm(block, i)
        e_x = _exponent(peak(f"state.{i}"))
        e_d = _exponent(np.abs(folded.skip[i]).max()) + e_u
        # Not finer than D u comes, whose shift cannot be to the left.
        e_y = min(_exponent(peak(f"output.{i}")), e_res + 15, e_d)
        matrix(f"{block}.B", e_u, e_x + 13, -15, bias=False, source=f"norm.{i}")
        value = folded.eigenvalues[i] * 32768
        # Towards zero, so that no modulus is rounded up to 1.
        tensors[f"{block}.lambda"] = np.stack([np.trunc(value.real), np.trunc(value.imag)]).astype(np.int16)
        matrix(f"{block}.C", e_x, e_y, 1)
        shift = min(30, e_d - e_y)
        tensors[f"{block}.D"] = np.rint(folded.skip[i] * 2.0 ** (shift + e_y - e_u)).astype(np.int16)
        tensors[f"{block}.D.shift"] = np.array([shift], np.int8)
        matrix(f"{block}.G", e_y, 13, 1, source=f"output.{i}")
        tensors[f"{block}.residual.shift"] = np.array([e_y + 15 - e_res], np.int8)
        exponents["state"].append(e_x)
        exponents["output"].append(e_y)
    matrix("decoder", norm("decoder", blocks), 6, 1, source=f"norm.{blocks}")
    tensors["mask_table"] = integer.mask_table(power, rest)
    architecture, front_end = modelfile.described(run.network, e_in)
    return {
        "name": "unnamed",
        "created": datetime.date.today().isoformat(),
        "architecture": architecture,
        "front_end": front_end,
        "exponents": exponents,
        "data": {},
        "scores": {},
        "patterns": _patterns(run, tensors, architecture),
        "tensors": tensors,
    }


def _patterns(run: Run, tensors: dict, architecture: dict) -> dict[str, str]:
    """dense where most weights stay, n16 where it was trained so, else as the file takes least."""
    out = {}
    for name in modelfile.matrix_shapes(architecture):
        weight = tensors[f"{name}.weight"]
        density = np.count_nonzero(weight) / weight.size
        most = int(np.count_nonzero(modelfile._windows(weight), axis=2).max())
        if density > 0.7:
            out[name] = "dense"
        elif run.training.pattern.startswith("n16"):
            out[name] = f"n16:{max(1, most)}"
        else:
            out[name] = modelfile.scattered(weight)
    return out


def quantize_features(features: np.ndarray, exponent: int = INPUT_EXPONENT) -> np.ndarray:
    """Real features to the engine's int16: nearest, halves to even, saturated."""
    return np.clip(np.rint(features * 2.0**exponent), -32768, 32767).astype(np.int16)
