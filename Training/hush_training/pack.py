"""Decodes folders of recordings once into flat 16 kHz int16 files that training maps into memory.

Layout in:  ROOT/<source>/**/*.{wav,flac,ogg,opus,mp3,aiff}   (a source: one corpus or library)
Layout out: OUT/<source>.npy (int16 samples, files end to end), OUT/<source>.json (lengths and names)

`compact` makes a selection small enough to travel (Opus), `unpack` makes packed sources of it again.
"""

from __future__ import annotations

import json
import multiprocessing
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import soundfile as sf
import soxr
from tqdm import tqdm

from .config import RATE

SUFFIXES = {".wav", ".flac", ".ogg", ".opus", ".mp3", ".aiff", ".aif"}


def read(path: str | Path) -> np.ndarray:
    """First channel at 16 kHz, float32."""
    x, rate = sf.read(str(path), dtype="float32", always_2d=True)
    x = x[:, 0]
    return x if rate == RATE else soxr.resample(x, rate, RATE, quality="HQ").astype(np.float32)


def _decode(path: Path) -> np.ndarray | str:
    try:
        x = read(path)
    except Exception as error:  # one unreadable file must not end the packing of thousands
        return f"{path}: {error}"
    return np.clip(np.rint(x * 32768), -32768, 32767).astype(np.int16)


def _trim(x: np.ndarray) -> np.ndarray:
    """Drops exact zeros at both ends: some corpora pad with them."""
    nonzero = np.flatnonzero(x)
    return x[nonzero[0] : nonzero[-1] + 1] if len(nonzero) else x[:0]


def snr_floor_db(x: np.ndarray) -> float:
    """95th minus 5th percentile of 25 ms frame levels: how far speech stands above its own noise."""
    frames = x[: len(x) // 400 * 400].reshape(-1, 400).astype(np.float32)
    level = 10 * np.log10((frames**2).mean(1) + 1)
    return float(np.percentile(level, 95) - np.percentile(level, 5)) if len(level) > 3 else 0.0


def utterances(x: np.ndarray, longest: float = 12.0) -> list[np.ndarray]:
    """Cuts a long reading at its quietest 50 ms about every `longest` seconds."""
    size, out = int(longest * RATE), []
    while len(x) > size:
        look = x[size // 2 : size].astype(np.float32) ** 2
        quiet = np.convolve(look, np.ones(800, np.float32), "valid")
        cut = size // 2 + int(np.argmin(quiet)) + 400
        out.append(x[:cut])
        x = x[cut:]
    return out + [x]


def pack(root: Path, out: Path, kind: str, workers: int = 2) -> None:
    """Packs every source under `root`. kind: 'speech' (cut, checked, trimmed) or 'noise'."""
    out.mkdir(parents=True, exist_ok=True)
    sources = sorted(p for p in root.iterdir() if p.is_dir())
    if not sources:
        raise SystemExit(f"{root}: no source folders; put recordings in {root}/<source>/")
    # Spawned, not forked: JAX, where it is loaded, has threads that do not survive a fork.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        for source in sources:
            paths = sorted(p for p in source.rglob("*") if p.suffix.lower() in SUFFIXES)
            pieces, names, dropped = [], [], 0
            for path, x in zip(
                paths, tqdm(pool.map(_decode, paths, chunksize=8), source.name, len(paths))
            ):
                if isinstance(x, str):
                    tqdm.write(f"skipped {x}")
                    continue
                parts = utterances(_trim(x)) if kind == "speech" else [x]
                for part in parts:
                    if len(part) < RATE // 2 or (kind == "speech" and snr_floor_db(part) < 30):
                        dropped += 1
                        continue
                    pieces.append(part)
                    names.append(path.name)
            if not pieces:
                tqdm.write(f"{source.name}: nothing usable, left out")
                continue
            np.save(out / f"{source.name}.npy", np.concatenate(pieces))
            index = {"lengths": [len(p) for p in pieces], "names": names}
            (out / f"{source.name}.json").write_text(json.dumps(index))
            hours = sum(index["lengths"]) / RATE / 3600
            tqdm.write(f"{source.name}: {len(pieces)} pieces, {hours:.2f} h, {dropped} dropped")


KBITS = 24.0  # a second, of compact sources; what compression level 0.93 comes to, and a little more


def compact(packed: Path, out: Path, limit_mb: float, seed: int = 1) -> None:
    """A random selection of packed sources as Ogg Opus, `limit_mb` in all: speech two thirds of it,
    sources by the square root of their length, as the mixer weighs them."""
    seconds = limit_mb * 8e3 / KBITS
    for kind, share in (("speech", 2 / 3), ("noise", 1 / 3)):
        indices = {p.stem: json.loads(p.read_text()) for p in sorted((packed / kind).glob("*.json"))}
        have = {k: sum(v["lengths"]) / RATE for k, v in indices.items()}
        # Sources shorter than their share give all they have, and the others share the rest.
        left, want, rest = share * seconds, {}, dict(have)
        while rest:
            unit = left / sum(v**0.5 for v in rest.values())
            short = {k: v for k, v in rest.items() if v <= unit * v**0.5}
            want |= short or {k: unit * v**0.5 for k, v in rest.items()}
            left -= sum(short.values())
            rest = {k: v for k, v in rest.items() if k not in short} if short else {}
        (out / kind).mkdir(parents=True, exist_ok=True)
        for name, index in indices.items():
            samples = np.load(packed / kind / f"{name}.npy", mmap_mode="r")
            starts = np.cumsum([0, *index["lengths"]])
            lengths, names, room = [], [], int(want[name] * RATE)
            path = out / kind / f"{name}.opus"
            with sf.SoundFile(
                path, "w", RATE, 1, format="OGG", subtype="OPUS", compression_level=0.93
            ) as f:
                for i in np.random.default_rng(seed).permutation(len(index["lengths"])):
                    length = min(index["lengths"][i], room)
                    if length < RATE // 2:
                        continue
                    f.write(samples[starts[i] : starts[i] + length])
                    lengths.append(length)
                    names.append(index["names"][i])
                    room -= length
            path.with_suffix(".json").write_text(json.dumps({"lengths": lengths, "names": names}))
            tqdm.write(
                f"{kind}/{name}: {len(lengths)} pieces, {sum(lengths) / RATE / 3600:.2f} h, "
                f"{path.stat().st_size / 1e6:.2f} MB"
            )


def unpack(compacted: Path, out: Path) -> None:
    """Packed sources from what `compact` wrote."""
    for path in sorted(compacted.glob("*/*.opus")):
        folder = out / path.parent.name
        folder.mkdir(parents=True, exist_ok=True)
        index = path.with_suffix(".json").read_text()
        x, total = sf.read(path, dtype="int16")[0], sum(json.loads(index)["lengths"])
        x = np.pad(x, (0, max(0, total - len(x))))[:total]
        np.save(folder / f"{path.stem}.npy", x)
        (folder / f"{path.stem}.json").write_text(index)
