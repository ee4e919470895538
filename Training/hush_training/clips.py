"""Short clips for a card, Ogg Opus under 40 kB, and the page that says whose recordings they are.

A recording may be passed on only under its licence, so a clip is written only where every source of
its pair is in CREDITS.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import soundfile as sf

from .config import RATE

LARGEST = 40_000  # bytes
LONGEST = 10.0  # seconds
CREDITS = {
    # speech
    "librispeech": "LibriSpeech, Panayotov et al. 2015, from LibriVox readings; CC BY 4.0",
    "speechocean762": "speechocean762, Zhang et al. 2021; free, commercial use included",
    "an4": "CMU AN4 (cmusphinx/an4); any purpose",
    "picovoice_s2i": "Picovoice/speech-to-intent-benchmark; Apache-2.0",
    "rhasspy": "Rhasspy voices (rhasspy/dataset-voice-kathleen, -kerstin, -nathalie); CC0",
    "fleursdumal": "LibriVox readings of Baudelaire (heitorchang/fleursdumal_librivox); public domain",
    # noise
    "berklee": "OLPC sound library, Berklee College of Music students (Tonejs/audio); CC BY 3.0",
    "moodist": "moodist (remvze/moodist); Pixabay Content License and CC0",
    "esc10": "ESC-10, Piczak 2015, from freesound.org (karolpiczak/ESC-10, which names the authors); "
    "CC BY 3.0 or CC0 per clip",
    "kitchen20": "Kitchen20, self-recorded part (marc-moreaux/kitchen20); Apache-2.0",
    "keystroke": "Keystroke-Datasets (JBFH-Dev/Keystroke-Datasets); CC BY",
    "ambientsounds": "ambientsounds (Muges/ambientsounds); CC0 and CC BY",
    "blanket": "Blanket (rafaelmardojai/blanket); CC0 and CC BY",
    "timgrau": "Timgrau/Projektarbeit-1; MIT",
    "picovoice_kitchen": "kitchen noise of a Picovoice benchmark; Apache-2.0",
    "sc_bg": "Speech Commands, background noises, Warden 2018; CC BY 4.0",
}


def credit(source: str) -> str | None:
    """Whose a source is, by the longest key of CREDITS that its name begins with."""
    fits = [key for key in CREDITS if source.startswith(key)]
    return CREDITS[max(fits, key=len)] if fits else None


def sources_of(row: dict, all_of: tuple[str, ...]) -> tuple[str, ...]:
    """Sources of a pair: its own where META names both recordings, else all that the set has."""
    told = [row["meta"][k].split("/")[0] for k in ("speaker", "noise") if row["meta"].get(k)]
    return tuple(told) if len(told) == 2 else all_of


def may_pass_on(sources: tuple[str, ...]) -> bool:
    return bool(sources) and all(credit(s) for s in sources)


def opus(x: np.ndarray) -> bytes:
    """float32 [n] at 16 kHz as Ogg Opus, at most LONGEST seconds and LARGEST bytes."""
    x = np.clip(x[: int(LONGEST * RATE)], -1, 1)
    for level in (0.88, 0.92, 0.95, 0.98):  # 40 kbit/s and down
        out = io.BytesIO()
        with sf.SoundFile(out, "w", RATE, 1, format="OGG", subtype="OPUS", compression_level=level) as f:
            f.write(x)
        if out.tell() < LARGEST:
            return out.getvalue()
    raise SystemExit(f"a clip of {len(x) / RATE:.1f} s takes {out.tell()} bytes, {LARGEST} are allowed")


def write(folder: Path, name: str, x: np.ndarray) -> Path:
    """Writes `name`.opus into `folder`; returns its path."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}.opus"
    path.write_bytes(opus(x))
    return path


def readme(folder: Path) -> None:
    """`folder`/README.md: what each pair of clips there is made of, and whose it is.

    Cards of several models share a folder, and each adds to it; so what a pair is made of lies in
    `pairs.tsv` (pair, speech, noise, sources), and the page is made of all of it.
    """
    rows = [line.split("\t") for line in (folder / "pairs.tsv").read_text().splitlines()]
    used = sorted({s for row in rows for s in row[3].split(",")})
    lines = [
        "# The clips of the cards",
        "",
        "16 kHz, Ogg Opus. SET-PAIR-noisy and -clean are what a model hears and what it should make;",
        "SET-PAIR-MODEL is what MODEL makes of the noisy one, SET-PAIR-clean-MODEL of the clean one. All are",
        "mixes or denoised versions of the recordings below, under their licences.",
        "",
        "| pair | speech | noise |",
        "|---|---|---|",
        *(f"| {pair} | {speech} | {noise} |" for pair, speech, noise, _ in rows),
        "",
        "| source | whose, and its licence |",
        "|---|---|",
        *(f"| {s} | {credit(s)} |" for s in used),
    ]
    (folder / "README.md").write_text("\n".join(lines) + "\n")


def note(folder: Path, pair: str, speech: str, noise: str, sources: tuple[str, ...]) -> None:
    """Adds a pair to `folder`/pairs.tsv, or puts it in the place of an older row."""
    path = folder / "pairs.tsv"
    rows = [r.split("\t") for r in path.read_text().splitlines()] if path.exists() else []
    rows = [r for r in rows if r[0] != pair] + [[pair, speech, noise, ",".join(sources)]]
    path.write_text("".join("\t".join(r) + "\n" for r in sorted(rows)))
