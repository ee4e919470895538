"""What a hop costs with each instruction set of this machine, by `hush bench` in turns."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from statistics import median


def bench(hush: Path, model: Path, isa: str | None, seconds: float) -> dict:
    """The JSON of one `hush bench`; CalledProcessError with its message where it fails."""
    environment = os.environ | ({"HUSH_ISA": isa} if isa else {})
    command = [hush, "bench", "--model", model, "--seconds", str(seconds), "--json"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


def by_instruction_set(hush: Path, model: Path, rounds: int = 3, seconds: float = 2) -> dict[str, dict]:
    """{instruction set: {"hop", "network"}} in microseconds, slowest set first.

    Medians of hops, then of rounds. All sets have their turn in each round, so that what else the
    machine does at a time falls on all alike. A set that the machine lacks is left out.
    """
    sets = bench(hush, model, None, 0.1)["kernels_available"][::-1]  # best first, as hush tells
    seen: dict[str, list[tuple[float, float]]] = {s: [] for s in sets}
    for _ in range(rounds):
        for s in sets:
            told = bench(hush, model, s, seconds)
            stages = told["stages_of_one_channel"]
            seen[s].append((told["hop"]["median_us"], stages["network"]["median_us"]))
    return {
        s: {"hop": median(h for h, _ in v), "network": median(n for _, n in v)} for s, v in seen.items()
    }


def processor() -> str:
    """The name of this machine's processor, or nothing."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    return next((l.split(":", 1)[1].strip() for l in lines if l.startswith("model name")), "")
