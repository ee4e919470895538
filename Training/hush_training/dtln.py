"""The Dual-signal Transformation LSTM Network (Westhausen and Meyer, Interspeech 2020), as a teacher.

Its authors publish three sets of weights under the MIT licence, trained with 40 and 500 h of the DNS challenge's
speech (github.com/breizhn/DTLN, pretrained_model/*.h5). Run over whole clips it keeps their timing. Blocks of 32 ms every
8 ms: a first pair of LSTMs masks magnitudes, a second pair masks a learnt basis of the blocks.
"""

from __future__ import annotations

import re
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from .layers import linear

BLOCK, SHIFT = 512, 128
CLIPS = 32  # at a time: rows of the recurrences' products


def load(path: Path) -> dict:
    """The weights of a Keras file: lists of LSTMs, dense layers, convolutions and normalizations, in order."""
    try:
        import h5py
    except ImportError:
        raise SystemExit(f"{path}: reading it takes h5py; run: pip install -e 'Training[teach]'")
    found: dict[str, dict[str, np.ndarray]] = {}

    def note(name, item):
        if isinstance(item, h5py.Dataset):
            layer, *_, part = name.split("/")
            found.setdefault(layer, {})[part.split(":")[0]] = np.asarray(item)

    try:
        with h5py.File(path) as f:
            f.visititems(note)
    except OSError as error:
        raise SystemExit(f"{path}: not weights of DTLN ({error}); want one of pretrained_model/*.h5")
    order = sorted(found, key=lambda n: [int(t) if t.isdigit() else t for t in re.split(r"(\d+)", n)])
    of = lambda kind: [found[n] for n in order if kind in n]  # noqa: E731
    parts = {k: of(k) for k in ("lstm", "dense", "conv1d", "normalization")}
    if [len(v) for v in parts.values()] not in ([4, 2, 2, 1], [4, 2, 2, 2]):
        raise SystemExit(f"{path}: layers {', '.join(order)}; want four LSTMs, two masks, two bases of DTLN")
    return parts


def product(x, w):
    """Keras keeps its matrices as [inputs, outputs]."""
    return linear(x, w.T, "bf16")


def lstm(w: dict, x):
    """x [T, clips, inputs] -> [T, clips, units]; Keras has its gates in the order i, f, c, o."""
    driven = product(x, w["kernel"]) + w["bias"]
    zero = jnp.zeros((x.shape[1], w["recurrent_kernel"].shape[0]), jnp.float32)

    def step(state, u):
        h, c = state
        i, f, g, o = jnp.split(u + product(h, w["recurrent_kernel"]), 4, axis=-1)
        c = jax.nn.sigmoid(f) * c + jax.nn.sigmoid(i) * jnp.tanh(g)
        h = jax.nn.sigmoid(o) * jnp.tanh(c)
        return (h, c), h

    return jax.lax.scan(step, (zero, zero), driven)[1]


def normalized(w: dict, x):
    x = x - x.mean(-1, keepdims=True)
    return x / jnp.sqrt((x * x).mean(-1, keepdims=True) + 1e-7) * w["gamma"] + w["beta"]


def mask(lstms: list, dense: dict, x):
    for w in lstms:
        x = lstm(w, x)
    return jax.nn.sigmoid(product(x, dense["kernel"]) + dense["bias"])


@jax.jit
def enhance(weights: dict, x):
    """float32 [clips, samples] -> the same, as long and in time with it."""
    samples = x.shape[1]
    hops = -(-samples // SHIFT) + BLOCK // SHIFT - 1
    x = jnp.pad(x, ((0, 0), (BLOCK - SHIFT, hops * SHIFT - samples)))
    parts = x.reshape(len(x), -1, SHIFT).swapaxes(0, 1)
    blocks = jnp.concatenate([parts[k : k + hops] for k in range(BLOCK // SHIFT)], -1)
    z = jnp.fft.rfft(blocks)
    magnitude, norms = jnp.abs(z), weights["normalization"]
    heard = normalized(norms[0], jnp.log(magnitude + 1e-7)) if len(norms) == 2 else magnitude
    blocks = jnp.fft.irfft(z * mask(weights["lstm"][:2], weights["dense"][0], heard))
    coded = product(blocks, weights["conv1d"][0]["kernel"][0])
    coded = coded * mask(weights["lstm"][2:], weights["dense"][1], normalized(norms[-1], coded))
    blocks = product(coded, weights["conv1d"][1]["kernel"][0])
    parts = blocks.reshape(hops, len(x), BLOCK // SHIFT, SHIFT)
    out = sum(jnp.pad(parts[:, :, k], ((k, 3 - k), (0, 0), (0, 0))) for k in range(4))
    return out.swapaxes(0, 1).reshape(len(x), -1)[:, BLOCK - SHIFT :][:, :samples]


class Teacher:
    """What one file of weights makes of clips, float32 [clips, samples]."""

    def __init__(self, path: Path):
        self.weights = jax.tree.map(jnp.asarray, load(path))

    def __call__(self, noisy: np.ndarray) -> np.ndarray:
        some = [noisy[i : i + CLIPS] for i in range(0, len(noisy), CLIPS)]
        return np.concatenate([np.asarray(enhance(self.weights, x)) for x in some])
