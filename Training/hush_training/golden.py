"""Golden vectors: models, features and what `IntegerNetwork` makes of them, for the Swift tests.

    python -m hush_training.golden Tests/S5Tests/Golden Sources/CModel/*.safetensors

writes the cases of random models, and a case for each model inside the binary, which must be
written anew with every new model. A case NAME is

    NAME.json          what to run and what must come out (below)
    NAME.safetensors   the model, unless "model" names one inside the binary
    NAME.features      int16, little-endian, [frames, F], unless "seed" says how to make them

and the JSON holds

    model      "file", or the name of a model inside the binary
    frames     how many steps
    seed       the features are `features(seed, frames, F)`; null if they are in a file
    stages     [[name, checksum]], in the order of the arithmetic: FNV-1a, 64 bits, over the
               intermediate of that name as int32, little-endian, of all frames after each other
    masks      a checksum for every frame's mask, the same way

so that a wrong bit is told by frame and by the first stage that has it.

A case of sound has its front end and what the mask makes of the sound beside it, as float32,
little-endian, computed by the trainer in single precision (these cannot be compared bit by bit):

    NAME.sound         samples at 16 kHz, frames hops of them
    NAME.reals         [frames, F], the features before they become the integers of NAME.features
    NAME.outputs       int16 [frames, O], the network's, of NAME.features
    NAME.masked        [frames, 2, 257], real and imaginary parts of the spectrum under the mask
    NAME.enhanced      samples, aligned with NAME.sound; a stream gives them a window less a hop
                       later. The last window less a hop of them lacks what comes after the end.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np

from . import evaluate, modelfile, quantize, spectrum
from .config import HOP, RATE, Network
from .integer import IntegerNetwork, mask_of, random_model


def checksum(values: np.ndarray) -> str:
    """FNV-1a, 64 bits, of the values as little-endian int32, in hexadecimal."""
    hashed = 0xCBF29CE484222325
    for byte in np.ascontiguousarray(values, "<i4").tobytes():
        hashed = (hashed ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return f"{hashed:016x}"


def features(seed: int, frames: int, count: int) -> np.ndarray:
    """int16 [frames, count] from splitmix64, value after value, frame after frame.

    By frame, in turn: anything; 1/8 as loud; only -32768 and 32767; 1/64 as loud. Before the
    scaling a value is the generator's upper 16 bits, as a signed number.
    """
    with np.errstate(over="ignore"):
        n = np.arange(1, frames * count + 1, dtype=np.uint64)
        z = np.uint64(seed) + n * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    raw = (z >> np.uint64(48)).astype(np.uint16).view(np.int16).reshape(frames, count)
    out = raw.copy()
    out[1::4] = raw[1::4] >> 3
    out[2::4] = np.where(raw[2::4] < 0, -32768, 32767)
    out[3::4] = raw[3::4] >> 6
    return out


def write_case(
    model: dict, inputs: np.ndarray | tuple[int, int], path, built_in: str | None = None
) -> dict:
    """Writes the case `path` (no suffix) and returns the trace it was made from.

    `inputs` is int16 [frames, F], or (seed, frames) for `features`. `built_in` is the
    name of a model inside the binary, of which no copy is kept.
    """
    path = Path(path)
    seed = None
    if isinstance(inputs, tuple):
        seed, frames = inputs
        inputs = features(seed, frames, model["architecture"]["features"])
    else:
        path.with_suffix(".features").write_bytes(inputs.astype("<i2").tobytes())
    if built_in is None:
        modelfile.write(path.with_suffix(".safetensors"), model)
    trace: dict[str, np.ndarray] = {}
    mask = IntegerNetwork(model).run(inputs, trace)
    case = {
        "model": built_in or "file",
        "frames": len(inputs),
        "seed": seed,
        "stages": [[name, checksum(values)] for name, values in trace.items()],
        "masks": [checksum(frame) for frame in mask],
    }
    path.with_suffix(".json").write_text(json.dumps(case, indent=1) + "\n")
    return trace


def sound(hops: int) -> np.ndarray:
    """float32 samples: nothing at all, then noise, then words of a voice in that noise."""
    n = hops * HOP
    t, rng = np.arange(n) / RATE, np.random.default_rng(1)
    phase = 2 * np.pi * np.cumsum(120 * 2 ** (0.2 * np.sin(2 * np.pi * 0.7 * t))) / RATE
    voice = sum(np.sin(k * phase) / k for k in range(1, 25))
    words = np.maximum(0, np.sin(2 * np.pi * 3 * t)) ** 2 * (t > 0.35)
    noise = np.convolve(rng.standard_normal(n), [0.6, 0.3, 0.1], "same")
    x = 0.1 * voice * words + 0.02 * noise
    x[: n // 12] = 0
    return x.astype(np.float32)


def write_sound_case(model: dict, samples: np.ndarray, path) -> None:
    """Writes the case `path` (no suffix) of the model over whole hops of samples."""
    path, network = Path(path), evaluate.network_of(model)
    re, im = spectrum.stft(samples[None], network.delay)
    reals = np.asarray(spectrum.front_end(network, re, im, None, 0))[:, 0]
    integers = quantize.quantize_features(reals, model["exponents"]["input"])
    outputs = write_case(model, integers, path)["mask"]
    real_parts, imaginary = (np.asarray(v)[:, 0] for v in (re, im))
    masked = spectrum.apply_mask(network, real_parts, imaginary, mask_of(network, outputs))
    enhanced = spectrum.istft(*masked, network.delay)
    path.with_suffix(".outputs").write_bytes(outputs.astype("<i2").tobytes())
    floats = {"sound": samples, "reals": reals, "masked": np.stack(masked, 1), "enhanced": enhanced}
    for suffix, values in floats.items():
        path.with_suffix(f".{suffix}").write_bytes(np.asarray(values, "<f4").tobytes())


def bands_model() -> dict:
    """A random model with all that the third format has."""
    network = Network(
        width=32, states=16, blocks=2, bands=104, fine=96, mask="complex", presence=True, floor=1e-12,
        features="log-mean+log-level+log-floor+log-short+phase",
    )
    model = random_model(16, density=0.12, gain=1 / 4, network=network)
    # Features of real sound are some decades at most: the exponent that the trainer uses.
    model["exponents"]["input"] = model["front_end"]["input_exponent"] = quantize.INPUT_EXPONENT
    return model


def random_cases() -> dict[str, tuple[dict, int]]:
    """The models of the random cases, with the number of frames each is run."""
    mixed = random_model(0, 33, 40, 12, 2)
    mixed = dict(zip(mixed["patterns"], ["n16:4", "dense", "unstructured", "n16:1"] * 2))
    small = {"F": 65, "H": 48, "P": 24, "L": 2}
    return {
        "dense": (random_model(1, **small, patterns="dense"), 48),
        "unstructured": (random_model(2, **small, patterns="unstructured", density=0.2), 48),
        "n16-1": (random_model(3, **small, patterns="n16:1"), 48),
        "n16-2": (random_model(4, **small, patterns="n16:2"), 48),
        "n16-4": (random_model(5, **small, patterns="n16:4"), 48),
        "mixed": (random_model(6, 33, 40, 12, 2, patterns=mixed), 48),
        "clustered": (random_model(17, 65, 75, 35, 1, patterns="clustered", density=0.04), 48),
        "narrow": (random_model(18, **small, density=0.3, narrow=True), 48),
        "narrow-dense": (random_model(19, 21, 27, 14, 2, patterns="dense", narrow=True), 48),
        "odd-dense": (random_model(7, 13, 21, 7, 1, patterns="dense"), 64),
        "odd-unstructured": (random_model(8, 45, 37, 11, 3, density=0.3), 64),
        "odd-n16": (random_model(9, 35, 29, 5, 1, patterns="n16:3"), 64),
        "one-of-each": (random_model(10, 1, 1, 1, 1, patterns="dense"), 16),
        "two-sets": (random_model(11, 514, 64, 32, 2, density=0.1), 24),
        "sparse": (random_model(13, 129, 96, 64, 2, density=0.05), 48),
        "quiet": (random_model(12, 257, 96, 64, 2, density=0.12, gain=1 / 8), 32),
        "presence": (random_model(14, **small, density=0.2, presence=True, delay=0.008), 32),
        "presence-n16": (random_model(15, **small, patterns="n16:3", presence=True, delay=0.016), 32),
    }


def main(out: str, *built_in: str) -> None:
    directory = Path(out)
    directory.mkdir(parents=True, exist_ok=True)
    for name, (model, frames) in random_cases().items():
        inputs = (1000 + frames, frames)
        if name == "odd-dense":  # small enough to keep its features, as real sound has to
            inputs = features(*inputs, model["architecture"]["features"])
        write_case(model, inputs, directory / name)
    write_sound_case(bands_model(), sound(150), directory / "bands")
    for path in map(Path, built_in):
        write_case(modelfile.read(path), (1000, 40), directory / f"built-in-{path.stem}", path.stem)


if __name__ == "__main__":
    main(*sys.argv[1:])
