"""One change at a time, at one budget from nothing: what each is worth.

Variants are folders that resume, like the study's. Scored on the trainer's held-out sources and on
pairs of recordings (SI-SNRi, and PESQ and STOI where their packages are installed); the first
variant is what the others are compared with.
"""

from __future__ import annotations

import csv
import json
import time
from pathlib import Path

from . import train
from .config import Run
from .evaluate import evaluate


def parse(texts: list[str]) -> dict[str, list[str]]:
    """'name: KEY=VALUE KEY=VALUE' each, what follows the colon may be nothing."""
    out = {}
    for text in texts:
        name, colon, settings = text.partition(":")
        if not colon or not name.strip() or "/" in name:
            raise SystemExit(f"variant '{text}': want 'NAME: KEY=VALUE ...'")
        out[name.strip()] = settings.split()
    return out


def table(results: list[dict]) -> str:
    names = [k for k in results[0]["pairs"] if k in ("si_snri", "pesq", "stoi")]
    head = ["variant", "hours heard", "held out", *(f"pairs {n}" for n in names), *(f"gain {n}" for n in names)]
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    base = results[0]["pairs"]
    for r in results:
        figures = [f"{r['pairs'][n]:.3f}" for n in names]
        gains = [f"{r['pairs'][n] - base[n]:+.3f}" for n in names] if r is not results[0] else ["" for _ in names]
        lines.append("| " + " | ".join([r["variant"], f"{r['hours']:.1f}", f"{r['si_snri']:.2f}", *figures, *gains]) + " |")
    return "\n".join(lines) + "\n"


def ablate(
    data: Path,
    out: Path,
    budget: str,
    hold_out: tuple[str, ...],
    variants: dict[str, list[str]],
    common: list[str],
    noisy: Path,
    clean: Path,
    workers: int = 1,
    stop_after: float = float("inf"),
) -> bool:
    """Runs what is left to run; true when nothing is. The table is drawn either way."""
    stop_at = time.monotonic() + stop_after
    out.mkdir(parents=True, exist_ok=True)
    path = out / "results.json"
    results = json.loads(path.read_text()) if path.exists() else []
    complete = True
    for name, settings in variants.items():
        if any(r["variant"] == name for r in results):
            continue
        left = stop_at - time.monotonic()
        run, folder = Run().override(common + settings), out / name
        if left <= 0 or train.train(run, data, folder, budget, hold_out, workers=workers, stop_after=left) < 1:
            complete = False
            break
        last = list(csv.DictReader((folder / "validations.csv").read_text().splitlines()))[-1]
        scores = evaluate([folder / "last.npz"], noisy, clean, "float", None)
        results.append(
            {
                "variant": name,
                "settings": common + settings,
                "hours": float(last["hours heard"]),
                "si_snri": float(last["si_snri"]),
                "pairs": next(iter(scores.values())),
            }
        )
        path.write_text(json.dumps(results, indent=1) + "\n")
    if results:
        (out / "table.md").write_text(table(results))
    return complete
