"""Test pairs: speech of some sources in recorded noise of others, and nothing else.

The training mixer adds rooms, colours, babble and made-up noises. To know what a model does for one
noise, the recordings are mixed here as they are, at input SNRs spread evenly over a range. The same
recordings and seed give the same pairs.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import soundfile as sf

from . import mix
from .config import RATE

LEVEL = 10 ** (-26 / 20)  # of the noisy mix


def _file(source: mix.Source, rng: np.random.Generator) -> int:
    """A file's index, files as likely as they are long."""
    return int(np.searchsorted(source.ends, rng.integers(source.ends[-1]), "right"))


def _samples(source: mix.Source, i: int) -> np.ndarray:
    return source.samples[source.starts[i] : source.ends[i]].astype(np.float32) / 32768


def speech(source: mix.Source, names: list[str], n: int, rng) -> tuple[np.ndarray, str]:
    """(float32 [n], the first file's name): files of one source with pauses of 0.3 s."""
    out, at, first = np.zeros(n, np.float32), RATE * 3 // 10, ""
    while at < n - RATE // 2:
        i = _file(source, rng)
        first = first or names[i]
        x = _samples(source, i)[: n - at]
        out[at : at + len(x)] = x
        at += len(x) + RATE * 3 // 10
    return out, first


def noise(source: mix.Source, names: list[str], n: int, rng) -> tuple[np.ndarray, str]:
    """(float32 [n], its file's name): a cut of one recording, repeated where it is shorter."""
    for _ in range(100):
        i = _file(source, rng)
        x = _samples(source, i)
        begin = int(rng.integers(max(1, len(x) - n)))
        x = np.resize(x[begin : begin + n], n)
        if mix.rms(x) > 1e-4:
            return x, names[i]
    raise SystemExit(f"{source.name}: next to nothing but silence")


def pairs(
    data: Path, only: tuple[str, ...], out: Path, count: int, seconds: float, snr: tuple[float, float],
    seed: int = 1,
) -> None:
    """Writes `out`/noisy/000.flac, `out`/clean/000.flac ... (16 kHz) and `out`/meta.json: a row
    {"i", "snr", "speaker", "noise"} a pair, source/file. SystemExit where `only` lacks a kind."""
    sources = {
        kind: [s for s in mix.load_sources(data / kind) if s.name in only]
        for kind in ("speech", "noise")
    }
    if not all(sources.values()):
        raise SystemExit(f"--only {','.join(only)}: needs a speech and a noise source of {data}")
    names = {
        s.name: json.loads((data / kind / f"{s.name}.json").read_text())["names"]
        for kind, found in sources.items()
        for s in found
    }
    rng, n, rows = np.random.default_rng(seed), int(round(seconds * RATE)), []
    for kind in ("noisy", "clean"):
        (out / kind).mkdir(parents=True, exist_ok=True)
    for i, db in enumerate(np.linspace(*snr, count)):
        talker = sources["speech"][i % len(sources["speech"])]
        place = sources["noise"][i % len(sources["noise"])]
        s, who = speech(talker, names[talker.name], n, rng)
        d, what = noise(place, names[place.name], n, rng)
        d = d * np.float32(mix.active_rms(s) / mix.rms(d) * 10 ** (-db / 20))
        x = s + d
        scale = np.float32(min(LEVEL / mix.rms(x), 0.99 / np.abs(x).max()))
        for kind, y in (("noisy", x), ("clean", s)):
            sf.write(out / kind / f"{i:03d}.flac", y * scale, RATE)
        row = {"i": i, "snr": round(float(db), 1)}
        rows.append(row | {"speaker": f"{talker.name}/{who}", "noise": f"{place.name}/{what}"})
    (out / "meta.json").write_text(json.dumps(rows, indent=0) + "\n")
