"""Sparse against dense at one training budget: widths x {dense, unstructured, N:16 by layer}, and
networks whose weights were shared along frequency (tied.py).

Every width gets a dense ancestor; each pattern, dense among them, then continues from it for the
same budget with rounding to int8 at the end. Runs are folders that resume: called again with the
same arguments the study goes on where it was stopped (--stop-after, for machines lent by the
minute), and draws table.md, results.json and picture.png of what is done so far.
"""

from __future__ import annotations

import csv
import dataclasses
import json
import resource
import subprocess
import tempfile
import time
from pathlib import Path

import numpy as np

from . import checkpoint, export, modelfile, train
from .config import HOP, RATE, Run, Training
from .untie import write_untied

PATTERNS = {
    "dense": ["zeros=0"],
    "unstructured": [],
    "n16-layers": ["pattern=n16-layers"],
}
# From one ancestor in groups, untied: Adam, as Muon takes longer than the rest of a step at this width.
SHARED = ["quantize_from=0.8", "precision=f32", "optimizer=adam", "rate=1.2e-3"]


def microseconds(hush: Path, models: list[Path], rounds: int = 3) -> list[float]:
    """What a hop costs `hush denoise` with each model, front end included: processor time of two
    minutes of noise less that of ten seconds. In turns, so that a busy machine is unfair to none;
    medians of the rounds."""
    import soundfile as sf

    with tempfile.TemporaryDirectory() as name:
        folder, lengths = Path(name), (10, 130)
        for seconds in lengths:
            x = 0.1 * np.random.default_rng(1).standard_normal(seconds * RATE)
            sf.write(folder / f"{seconds}.wav", x.astype(np.float32), RATE)

        def spent(model: Path, seconds: int) -> float:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [hush, "denoise", "-q", "--force", "--model", model.absolute()]
            command += [folder / f"{seconds}.wav", folder / "out.wav"]
            subprocess.run([str(c) for c in command], check=True)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

        times = [[spent(m, lengths[1]) - spent(m, lengths[0]) for m in models] for _ in range(rounds)]
    return [float(t) / ((lengths[1] - lengths[0]) * RATE / HOP) * 1e6 for t in np.median(times, 0)]


def result(folder: Path, name: str, pattern: str, data: Path) -> dict:
    """Size, work and quality of a finished run."""
    path = folder / "model.safetensors"
    model = export.quantize_checkpoint(folder / "last.npz", path, data)
    weights = [model["tensors"][f"{n}.weight"] for n in modelfile.matrix_shapes(model["architecture"])]
    rows = list(csv.DictReader((folder / "validations.csv").read_text().splitlines()))
    kept = sum(int(np.count_nonzero(w)) for w in weights)
    return {
        "run": name,
        "width": model["architecture"]["width"],
        "pattern": pattern,
        "weights": sum(w.size for w in weights),
        "kept": kept,
        "mmacs": kept / model["front_end"]["hop"] / 1e6,
        "bytes": path.stat().st_size,
        "hours": float(rows[-1]["hours heard"]),
        "si_snri": float(rows[-1]["si_snri"]),
        "bands": {k[8:]: float(v) for k, v in rows[-1].items() if k.startswith("si_snri ")},
    }


def ratio_at_equal_quality(results: list[dict], pattern: str, cost: str) -> float | None:
    """Least cost of dense over cost of `pattern`, at the best quality that both reach; the cost in
    between runs is read off straight lines (quality over log cost)."""

    def front(kind):
        points = sorted((r[cost], r["si_snri"]) for r in results if r["pattern"] == kind and cost in r)
        kept = []
        for c, q in points:
            if not kept or q > kept[-1][1]:
                kept.append((c, q))
        return kept

    a, b = front("dense"), front(pattern)
    if not a or not b:
        return None
    at = min(a[-1][1], b[-1][1])
    if at < max(a[0][1], b[0][1]):
        return None  # one is better everywhere: no quality that both reach
    find = lambda f: float(np.exp(np.interp(at, [q for _, q in f], np.log([c for c, _ in f]))))  # noqa: E731
    return find(a) / find(b)


def table(results: list[dict]) -> str:
    lines = [
        "| width | pattern | weights kept | bytes | MMAC/s | us a hop | hours heard | SI-SNRi | by band |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for r in results:
        us = f"{r['us']:.1f}" if "us" in r else ""
        bands = ", ".join(f"{v:.2f}" for v in r["bands"].values())
        lines.append(
            f"| {r['width']} | {r['pattern']} | {r['kept']} ({100 * r['kept'] / r['weights']:.1f} %) "
            f"| {r['bytes']} | {r['mmacs']:.1f} | {us} | {r['hours']:.1f} | {r['si_snri']:.2f} | {bands} |"
        )
    lines.append("")
    for pattern in ("unstructured", "n16-layers", "shared"):
        for cost, word in (("mmacs", "multiply-adds"), ("bytes", "bytes"), ("us", "time")):
            ratio = ratio_at_equal_quality(results, pattern, cost)
            if ratio is not None:
                lines.append(f"- {pattern}: dense needs {ratio:.2f} times the {word} at equal SI-SNRi")
    return "\n".join(lines) + "\n"


def picture(results: list[dict], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    costs = [("mmacs", "million multiply-adds a second"), ("bytes", "bytes")]
    if any("us" in r for r in results):
        costs.append(("us", "microseconds a hop"))
    figure, axes = plt.subplots(1, len(costs), figsize=(5.5 * len(costs), 4), squeeze=False)
    for axis, (cost, label) in zip(axes[0], costs):
        for pattern in (*PATTERNS, "shared"):
            points = sorted((r[cost], r["si_snri"]) for r in results if r["pattern"] == pattern and cost in r)
            if points:
                axis.plot(*zip(*points), "o-", label=pattern)
        axis.set(xlabel=label, ylabel="SI-SNRi on held-out sources, dB", xscale="log")
        axis.grid(alpha=0.3, which="both")
        axis.legend()
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    plt.close(figure)


def study(
    data: Path,
    out: Path,
    budget: str,
    hold_out: tuple[str, ...],
    widths: list[int],
    patterns: list[str],
    pairs: list[str],
    workers: int = 1,
    stop_after: float = float("inf"),
    hush: Path | None = None,
    shared: list[float] | None = None,
) -> bool:
    """Runs what is left to run; true when nothing is. The table is drawn either way. `shared`: zeros of
    networks that begin as one of 26 groups."""
    stop_at = time.monotonic() + stop_after
    results_path = out / "results.json"
    out.mkdir(parents=True, exist_ok=True)
    results = json.loads(results_path.read_text()) if results_path.exists() else []
    jobs = []
    for width in widths:
        # States keep their proportion to the width: 128 at 192.
        shape = [f"width={width}", f"states={max(16, width * 2 // 3 // 16 * 16)}"]
        jobs.append((f"{width}-ancestor", None, shape + pairs))
        jobs += [(f"{width}-{p}", p, ["quantize_from=0.8", *pairs, *PATTERNS[p]]) for p in patterns]
    if shared:
        jobs.append(("shared-ancestor", None, [*pairs, "groups=26", "precision=f32"]))
        known = {f.name for f in dataclasses.fields(Training)}  # the network is its ancestor's
        pairs = [p for p in pairs if p.split("=")[0] in known]
        jobs += [(f"shared-{100 * z:g}", "shared", [*pairs, *SHARED, f"zeros={z}"]) for z in shared]
    complete = True
    for name, pattern, settings in jobs:
        folder = out / name
        left = stop_at - time.monotonic()
        if any(r["run"] == name for r in results):
            continue
        begin, run = None, Run().override(settings)
        if pattern is not None:
            begin = out / f"{name.split('-')[0]}-ancestor" / "last.npz"
            if pattern == "shared":
                tied, begin = begin, begin.with_name("plain.npz")
                if not begin.exists():
                    write_untied(tied, begin)
            run = checkpoint.load(begin)[0].override(settings)
        elif (folder / "done").exists():
            continue
        if left <= 0:
            complete = False
            break
        progress = train.train(
            run, data, folder, budget, hold_out, pattern is not None, begin, workers, 60.0, left
        )
        if progress < 1:
            complete = False
            break
        if pattern is None:
            (folder / "done").write_text("")
            continue
        results.append(result(folder, name, pattern, data))
        results_path.write_text(json.dumps(results, indent=1) + "\n")
    if results and hush is not None:
        models = [out / r["run"] / "model.safetensors" for r in results]
        for r, us in zip(results, microseconds(hush, models)):
            r["us"] = us
        results_path.write_text(json.dumps(results, indent=1) + "\n")
    if results:
        (out / "table.md").write_text(table(results))
        picture(results, out / "picture.png")
    return complete
