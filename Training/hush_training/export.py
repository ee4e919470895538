"""From a checkpoint to the file that ships, and to the golden vectors that prove the engine."""

from __future__ import annotations

import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

from . import checkpoint, golden, integer, modelfile, quantize, treble
from .config import RATE, Run
from .evaluate import analyse, calibrate, network_of
from .pack import read
from .train import effective, some_mixes


def load_folded(path: Path) -> tuple[Run, quantize.Folded]:
    """A checkpoint's weights, masked, with batch norm and gains folded, channels equalized."""
    run, state, _ = checkpoint.load(path)
    parameters = jax.tree.map(jnp.asarray, state["parameters"])
    if "masks" in state:
        parameters = effective(parameters, state["masks"], False)
    return run, quantize.equalize(quantize.fold(run, parameters, state["statistics"]))


def calibration_clips(data: Path, seed: int = 5, count: int = 48) -> list[np.ndarray]:
    """Mixes of every level and SNR, 6 s each, from the packed recordings."""
    return list(some_mixes(data, (), seed, count))


def zeros(model: dict) -> float:
    """Fraction of zero weights over all matrices."""
    names = modelfile.matrix_shapes(model["architecture"])
    weights = [model["tensors"][f"{n}.weight"] for n in names]
    return 1 - sum(int(np.count_nonzero(w)) for w in weights) / sum(w.size for w in weights)


def quantize_checkpoint(
    path: Path,
    out: Path,
    data: Path,
    power: float = 1.0,
    settings: list[str] | None = None,
    high: tuple[float, float] | None = None,
    presence: float = 0.0,
    rest: int | None = None,
) -> dict:
    """Calibrates on mixes of the packed recordings, quantizes a checkpoint and writes `out`. `high`: Hz and logits,
    see treble.py; `presence`: logits that the second output is higher by; `rest`:
    dB that gains take at most."""
    run, folded = load_folded(path)
    run = run.override(settings or [])
    if high is not None:
        folded.bias["decoder"] = treble.lift(run.network, folded.bias["decoder"], *high)
    if presence:
        if not run.network.presence:
            raise SystemExit(f"{path}: --presence {presence:g}: this network does not tell presence")
        folded.bias["decoder"][-1] += presence
    tops = calibrate(run, folded, calibration_clips(data))
    model = quantize.quantize(run, folded, tops, power=power, rest=rest)
    out.parent.mkdir(parents=True, exist_ok=True)
    modelfile.write(str(out), model)
    rounded = integer.float_weights(model)
    for name, (rows, columns) in modelfile.matrix_shapes(model["architecture"]).items():
        weight = model["tensors"][f"{name}.weight"]
        error = ((rounded[f"{name}.weight"] - folded.matrices[name]) ** 2).sum() / (folded.matrices[name] ** 2).sum()
        print(
            f"{name:12} {rows:4} x {columns:4} {model['patterns'][name]:12} "
            f"{100 * np.count_nonzero(weight) / weight.size:5.1f} % kept, "
            f"rounding {10 * np.log10(max(error, 1e-12)):6.1f} dB"
        )
    print(f"exponents {json.dumps(model['exponents'])}")
    print(f"{out}: {out.stat().st_size} bytes, {100 * zeros(model):.2f} % zeros")
    return model


def export(path: Path, out: Path, name: str, about: list[Path], scores: Path | None) -> dict:
    """A quantized model as the file that ships: named, with its data, licences and scores (JSON)."""
    model = modelfile.read(str(path))
    model["name"] = name
    if about:
        model["data"] = {k: v for part in about for k, v in json.loads(part.read_text()).items()}
    if scores is not None:
        model["scores"] = json.loads(scores.read_text())
    out.parent.mkdir(parents=True, exist_ok=True)
    modelfile.write(str(out), model)
    print(f"{out}: {name}, {out.stat().st_size} bytes, {100 * zeros(model):.2f} % zeros")
    return model


def golden_audio(model_path: Path, recordings: list[Path], seconds: float, out: Path) -> None:
    """A golden case of the shipped model over real audio (see golden.py)."""
    model = modelfile.read(str(model_path))
    x = np.concatenate([read(p) for p in recordings])[: int(seconds * RATE)]
    if len(x) < int(seconds * RATE):
        raise SystemExit(f"the recordings hold {len(x) / RATE:.1f} s, {seconds:.1f} s are asked for")
    features = quantize.quantize_features(analyse(network_of(model), x)[2], model["exponents"]["input"])
    golden.write_case(model, features, out, model_path.stem)
    print(f"{out}: {len(features)} hops")
