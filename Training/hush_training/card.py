"""A model card: what a model file is, what it does and where it fails, from measurements made here.

Sizes come from the file, scores from pairs that are enhanced anew, costs from `hush bench`. Only the
notes (`--notes`: what it is for, limits) are written by hand. docs/models/notes.template.md shows them.
"""

from __future__ import annotations

import os
import platform
import re
from pathlib import Path

import numpy as np

from . import clips, cost, kinds, measure, modelfile
from .measure import mean

Rows = dict[str, list[dict]]  # by the name of a set


def table(head: list[str], rows: list[list[str]]) -> list[str]:
    """A Markdown table and a blank line; columns of numbers stand to the right."""
    line = lambda cells: "| " + " | ".join(cells) + " |"  # noqa: E731
    numbers = [all(re.match(r"[-+]?[\d.]*( |$)", r[i]) for r in rows) for i in range(len(head))]
    rule = ["--:" if n and i else "---" for i, n in enumerate(numbers)]
    return [line(head), "|" + "|".join(rule) + "|", *map(line, rows), ""]


def number(value: float, places: int = 2) -> str:
    return "" if not np.isfinite(value) else f"{value:.{places}f}"


def work(model: dict) -> int:
    """Multiply-adds a second of sound, counted as `hush model` does: one for every weight that is not
    zero, four a complex state, one a channel for each norm, skip and gating."""
    a = model["architecture"]
    width, states, blocks = a["width"], a["states"], a["blocks"]
    kept = sum(
        int(np.count_nonzero(model["tensors"][f"{n}.weight"])) for n in modelfile.matrix_shapes(a)
    )
    return round((kept + blocks * (4 * states + 3 * width) + width) / model["front_end"]["hop"])


def sizes(model: dict, stored: int) -> list[str]:
    """The table of what the file itself tells; `stored` is its bytes."""
    a, front = model["architecture"], model["front_end"]
    weights = [model["tensors"][f"{n}.weight"] for n in modelfile.matrix_shapes(a)]
    total, kept = sum(w.size for w in weights), sum(int(np.count_nonzero(w)) for w in weights)
    network = f"{a['features']} features, width {a['width']}, {a['blocks']} blocks of {a['states']} "
    network += f"complex states, {a['mask']} gains"
    network += " of bands" * ("bands" in front)
    network += f", {a['turn']} imaginary parts" if a.get("turn") else ""
    patterns = sorted(set(model["patterns"].values()))
    return table(
        ["", ""],
        [
            ["network", network],
            ["features", front["features"]],
            ["weights kept", f"{kept:,} of {total:,}, int8"],
            ["zeros", f"{100 * (1 - kept / total):.1f} %, {', '.join(patterns)}"],
            ["file", f"{stored:,} bytes"],
            ["work", f"{work(model) / 1e6:.2f} million multiply-adds a second"],
            ["delay", f"{1e3 * front.get('delay', 0.032):g} ms"],
            ["hop", f"{1e3 * front['hop']:g} ms"],
            ["presence of speech", "yes" if a.get("presence") else "no"],
        ],
    )


def data(told: dict) -> list[str]:
    """Sources and licences, as the file's metadata has them."""
    if not told:
        return ["The file does not tell.", ""]
    lines = []
    first = [k for k in ("speech", "noise", "rooms") if k in told]
    for key in first + sorted(told.keys() - set(first)):
        value = told[key]
        if isinstance(value, list):
            lines += [f"{key}:", "", *(f"- {v}" for v in value), ""]
        else:
            lines += [f"{key}: {value}", ""]
    return lines


def scores(sets: Rows) -> list[str]:
    """A set's means: noisy and denoised, and clean speech that passed."""
    first = next(iter(sets.values()))[0]
    names = list(first["after"])
    head = ["set", "", "SI-SNR dB", "SI-SNRi dB", *names]
    rows = []
    for name, found in sets.items():
        level, gain = mean(r["input"] for r in found), mean(r["SI-SNRi"] for r in found)
        for key, label, gained in (("before", "noisy", 0.0), ("after", "denoised", gain)):
            quality = [number(mean(r[key][n] for r in found), 3 if n == "STOI" else 2) for n in names]
            title = f"{name}, {len(found)} pairs" if key == "before" else ""
            rows.append([title, label, number(level + gained), number(gained), *quality])
    lines = table(head, rows)
    passed = [
        [name, number(mean(r["clean"] for r in found), 1), number(min(r["clean"] for r in found), 1)]
        for name, found in sets.items()
    ]
    return lines + table(["clean speech, SI-SNR dB after it passed", "mean", "worst"], passed)


def bands(sets: Rows) -> list[str]:
    """SI-SNRi by the measured SI-SNR of the input."""
    rows = []
    for name, found in sets.items():
        cells = []
        for low, high in measure.BANDS.values():
            inside = [r["SI-SNRi"] for r in found if low <= r["input"] < high]
            cells.append(f"{mean(inside):.2f} ({len(inside)})" if inside else "")
        rows.append([name, *cells])
    return table(["SI-SNRi dB (pairs), input at", *(f"{band} dB" for band in measure.BANDS)], rows)


def by_kind(sets: Rows) -> list[str]:
    """SI-SNRi by kind of noise, of the pairs whose noise META names; nothing where none is."""
    groups: dict[str, list[dict]] = {}
    for found in sets.values():
        for row in found:
            if row["meta"].get("noise"):
                groups.setdefault(kinds.kind_of(row["meta"]["noise"]), []).append(row)
    if not groups:
        return []
    names = [k for k in [*kinds.KINDS, kinds.OTHER] if k in groups]
    rows = []
    for kind in names:
        gains, inputs = ([r[k] for r in groups[kind]] for k in ("SI-SNRi", "input"))
        cells = [number(v) for v in (mean(inputs), mean(gains), min(gains))]
        rows.append([kind, str(len(gains)), *cells])
    return table(["noise", "pairs", "input dB", "SI-SNRi dB", "worst"], rows)


class Clips:
    """Writes clips of pairs once, and gives links to them from the card's folder."""

    def __init__(self, folder: Path, card: Path, model: str):
        self.folder, self.model = folder, model
        self.to = os.path.relpath(folder, card.parent)
        self.written = False

    def links(self, pairs: measure.PairSet, row: dict, passed: bool) -> str:
        """Links to noisy, clean and output (or clean and what passed); or why there are none."""
        sources = clips.sources_of(row, pairs.sources)
        if not clips.may_pass_on(sources):
            return "no clip: licence not known"
        pair = f"{pairs.name}-{row['stem']}"
        sounds = {"clean": (f"{pair}-clean", row["speech"])}
        if passed:
            sounds["model"] = (f"{pair}-clean-{self.model}", row["passed"])
        else:
            sounds = {"noisy": (f"{pair}-noisy", row["noisy"])} | sounds
            sounds["model"] = (f"{pair}-{self.model}", row["out"])
        told = row["meta"]
        parts = [clips.write(self.folder, name, x).name for name, x in sounds.values()]
        clips.note(self.folder, pair, told.get("speaker", "not told"), told.get("noise", "not told"), sources)
        self.written = True
        return ", ".join(f"[{k}]({self.to}/{file})" for k, file in zip(sounds, parts))


def _row(told: dict, row: dict, passed: bool) -> dict[str, str]:
    """Cells of a failing pair by their heads."""
    out = {"speech": told.get("speaker", "")}
    if passed:
        return out | {"SI-SNR dB": number(row["clean"], 1)}
    out |= {"noise": told.get("noise", ""), "input dB": number(row["input"], 1)}
    out["SI-SNRi dB"] = number(row["SI-SNRi"])
    for k in ("PESQ", "OVRL"):
        if k in row["after"]:
            out[k] = f"{number(row['before'][k])} to {number(row['after'][k])}"
    return out


def failures(sets: Rows, found: dict[str, measure.PairSet], worst: int, keep: Clips | None) -> list[str]:
    """Two tables: the pairs with the least SI-SNRi, and with the least SI-SNR of passed clean speech."""
    lines = []
    for passed, title in ((False, "Least gain"), (True, "Clean speech that suffers most")):
        rows = []
        for name, all_of in sets.items():
            for row in sorted(all_of, key=lambda r: r["clean" if passed else "SI-SNRi"])[:worst]:
                cells = {"pair": f"{name} {row['stem']}"} | _row(row["meta"], row, passed)
                if keep:
                    cells["clips"] = keep.links(found[name], row, passed)
                rows.append(cells)
        lines += [f"{title}, the {worst} worst of each set:", ""]
        lines += table(list(rows[0]), [list(r.values()) for r in rows])
    return lines


def costs(hush: Path, path: Path, hop: float) -> list[str]:
    """Time of a hop by instruction set; `hop` in seconds is what a hop has."""
    seen = cost.by_instruction_set(hush, path)
    base = next(iter(seen.values()))
    rows = [
        [
            name,
            number(v["hop"]),
            f"{base['hop'] / v['hop']:.1f} x",
            number(v["network"]),
            f"{base['network'] / v['network']:.1f} x",
            f"{100 * v['hop'] * 1e-6 / hop:.3f} %",
        ]
        for name, v in seen.items()
    ]
    than = f"faster than {next(iter(seen))}"
    head = ["instructions", "hop, us", than, "network alone, us", than, "of one core"]
    return table(head, rows)


def _origin(path: Path, names: list[str], engine: str, limit: int | None) -> list[str]:
    limited = f" Only {limit} pairs of each set were scored." if limit else ""
    return [
        f"Written by `hush-train card`, from the file `{path.name}` and the sets {', '.join(names)}; "
        f"enhanced by {engine}.{limited} Change the notes or the measurements, not this page.",
        "",
    ]


def card(
    path: Path, out: Path, pairs: list[measure.PairSet], hush: Path | None = None,
    clip_folder: Path | None = None, worst: int = 3, notes: Path | None = None, limit: int | None = None,
) -> None:
    """Measures the model file `path` and writes the card `out`, clips beside it if asked."""
    if len({p.name for p in pairs}) != len(pairs):
        raise SystemExit("--pairs: two sets of one name")
    model = modelfile.read(path)
    engine, quality = measure.Engine(path, hush), measure.Quality()
    sets = {p.name: measure.rows_of(p, engine, quality, limit) for p in pairs}
    keep = Clips(clip_folder, out, model["name"]) if clip_folder else None
    written = re.sub(r"<!--.*?-->", "", notes.read_text() if notes else "", flags=re.S).strip()
    how = "`hush denoise`" if hush else "the integer reference (`hush_training/integer.py`)"
    lines = [f"# {model['name']}", ""]
    lines += [written, ""] if written else []
    lines += ["## What it is", "", *sizes(model, path.stat().st_size)]
    lines += ["## Data and licences", "", *data(model["data"])]
    lines += ["## Scores", "", *scores(sets), "By input:", "", *bands(sets)]
    groups = by_kind(sets)
    lines += ["By noise:", "", *groups] if groups else []
    lines += ["## Where it fails", "", *failures(sets, {p.name: p for p in pairs}, worst, keep)]
    if hush:
        on = cost.processor()
        lines += ["## What it costs", ""]
        lines += [f"`hush bench`, one channel at 16 kHz, medians of three rounds{on and ', ' + on}:", ""]
        lines += costs(hush, path, model["front_end"]["hop"])
        elsewhere = "Elsewhere `hush bench --model` tells it."
        if platform.machine() in ("x86_64", "AMD64"):
            elsewhere += " Arm's kernels (NEON, dot products) are tested for their bits, not timed: no board was at hand."
        lines += [elsewhere, ""]
    lines += ["## How this was made", "", *_origin(path, [p.name for p in pairs], how, limit)]
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_text("\n".join(lines).rstrip() + "\n")
    if keep and keep.written:
        clips.readme(clip_folder)
