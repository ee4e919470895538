"""Scores a checkpoint or a model file on noisy and clean pairs, and pairs made by the mixer.

The enhancing here mirrors the Swift engine: same front end, same integers for a model file, zero
look-ahead beyond the window, output aligned with the input.
"""

from __future__ import annotations

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from . import checkpoint, integer, modelfile, quantize, s5, spectrum
from .config import WINDOW, Network, Run
from .pack import read
from .ratio import si_snr
from .train import effective, rounding


def analyse(network: Network, x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Samples -> (re, im) [T, 257], features [T, F]; a window less a hop of zeros is appended."""
    frames = -(-len(x) // network.hop) + WINDOW // network.hop - 1
    padded = np.zeros((1, frames * network.hop), np.float32)
    padded[0, : len(x)] = x
    re, im = spectrum.stft(jnp.asarray(padded), network.delay)
    f = spectrum.front_end(network, re, im, None, 0)
    return tuple(np.asarray(v)[:, 0] for v in (re, im, f))


def network_of(model: dict) -> Network:
    """What a model file says of its front end and its outputs, as the trainer's description."""
    a, front = model["architecture"], model["front_end"]
    return Network(
        features=front["features"],
        bands=front.get("bands", 0),
        fine=front.get("fine", Network.fine),
        mask="complex" if a.get("turn") else "gain",
        presence=a.get("presence", False),
        floor=front["floor"],
        mean_time=front["mean_time"],
        delay=front.get("delay", 0.032),
        makeup=front.get("makeup", 1.0),
    )


class Enhancer:
    """Any of: a checkpoint's float network, a model file's integers, a model file in float."""

    def __init__(self, path: Path, mode: str = "integer"):
        self.mode = mode
        if path.suffix == ".npz":
            self.run, state, extra = checkpoint.load(path)
            parameters = state["parameters"]
            if "masks" in state:
                quantized = extra["progress"] >= self.run.training.quantize_from
                parameters = effective(
                    jax.tree.map(jnp.asarray, parameters),
                    state["masks"],
                    quantized,
                    self.run.training.weight_bits,
                    self.run.training.rounded,
                )
            site = rounding(state.get("grids"))
            network = self.network = self.run.network
            statistics = state["statistics"]
            self.mask = jax.jit(
                lambda f: jax.nn.sigmoid(
                    s5.apply(network, parameters, statistics, f[:, None], False, site=site)[0][:, 0]
                )
            )
        else:
            model = modelfile.read(path)
            self.network = network_of(model)
            if mode == "float":
                self.mask = lambda f: integer.float_forward(model, np.asarray(f, np.float64))
            else:
                engine = integer.IntegerNetwork(model)
                exponent = model["exponents"]["input"]

                def run(f):
                    engine.reset()
                    return integer.mask_of(self.network, engine.run(quantize.quantize_features(f, exponent)))

                self.mask = run

    def __call__(self, x: np.ndarray) -> np.ndarray:
        re, im, features = analyse(self.network, x)
        mask = np.asarray(self.mask(features))
        masked = spectrum.apply_mask(self.network, re, im, mask)
        return spectrum.istft(*masked, self.network.delay)[: len(x)].astype(np.float32)


def evaluate(paths: list[Path], noisy: Path, clean: Path, mode: str, limit: int | None) -> dict:
    """Mean SI-SNRi (and PESQ, STOI, OVRL where their packages are installed) of each path."""
    names = sorted(p.stem for p in clean.iterdir() if p.is_file())[:limit]
    find = lambda d, n: next(p for p in d.iterdir() if p.stem == n)  # noqa: E731
    pairs = [(read(find(noisy, n)), read(find(clean, n))) for n in names]
    out = {}
    for path in paths:
        enhance, rows = Enhancer(path, mode), []
        for x, s in tqdm(pairs, path.name, leave=False):
            y = enhance(x)
            n = min(len(s), len(x))
            before = si_snr(s[:n], x[:n])
            row = {"input": before, "si_snri": si_snr(s[:n], y[:n]) - before}
            row["clean"] = si_snr(s[:n], enhance(s[:n]))
            row |= _perceptual(s[:n], y[:n])
            rows.append(row)
        score = {k: float(np.mean([r[k] for r in rows])) for k in rows[0]}
        for low, high in ((-10, 0), (0, 5), (5, 10), (10, 30)):
            inside = [r["si_snri"] for r in rows if low <= r["input"] < high]
            if inside:
                score[f"si_snri {low}..{high}"] = float(np.mean(inside))
        out[str(path)] = score
    return out


def _perceptual(clean: np.ndarray, other: np.ndarray) -> dict[str, float]:
    try:
        from pesq import pesq
        from pystoi import stoi
    except ImportError:
        return {}
    return {"pesq": pesq(16000, clean, other, "wb"), "stoi": float(stoi(clean, other, 16000))}


def calibrate(run: Run, folded: quantize.Folded, clips: list[np.ndarray]) -> dict[str, float]:
    """Largest magnitude of every activation over the clips."""
    tops: dict[str, float] = {}
    for x in tqdm(clips, "calibrate", leave=False):
        features = analyse(run.network, x)[2]
        integers = quantize.quantize_features(features) * 2.0**-quantize.INPUT_EXPONENT
        for k, v in quantize.forward(folded, integers)[1].items():
            tops[k] = max(tops.get(k, 0.0), v)
    return tops
