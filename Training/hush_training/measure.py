"""Scores of a model over noisy and clean pairs, one row a pair: what a card is made of.

SI-SNR as the N-DNS challenge defines it, wide-band PESQ (P.862.2), STOI, and DNSMOS P.835 (OVRL, SIG,
BAK), each where its package is installed. Outputs of the engine are aligned with its inputs, so
nothing is shifted here.
"""

from __future__ import annotations

import json
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from .config import RATE
from .pack import read
from .ratio import si_snr

# dB of input SI-SNR; the outer ones are open, so that no pair is left out.
BANDS = {
    "below 0": (-np.inf, 0),
    "0..5": (0, 5),
    "5..10": (5, 10),
    "10..20": (10, 20),
    "above 20": (20, np.inf),
}


@dataclass(frozen=True)
class PairSet:
    """Pairs of one kind: folders with the same base names, and what is known of each pair."""

    name: str
    noisy: Path
    clean: Path
    meta: dict[str, dict]  # by base name: {"speaker", "noise", "snr", ...}, none need be there
    sources: tuple[str, ...]  # corpora and libraries the recordings come from, where told

    def stems(self, limit: int | None = None) -> list[str]:
        """Base names in both folders, sorted; with a limit, spread over all of them."""
        both = {p.stem for p in self.noisy.iterdir()} & {p.stem for p in self.clean.iterdir()}
        if not both:
            raise SystemExit(f"{self.name}: no base names that {self.noisy} and {self.clean} share")
        found = sorted(both)
        if limit is None or limit >= len(found):
            return found
        return [found[i] for i in np.linspace(0, len(found) - 1, limit).astype(int)]

    def path(self, kind: str, stem: str) -> Path:
        """The file of a pair; kind is 'noisy' or 'clean'."""
        return next(p for p in getattr(self, kind).iterdir() if p.stem == stem)


def pair_set(text: str) -> PairSet:
    """'NAME=NOISY:CLEAN[:META.json]' as a PairSet.

    META.json is a list of rows {"i", "speaker", "noise", ...} (i: the number in the base name), or
    {"sources": [...], "pairs": [rows]}. Without "sources" they are the first part of every
    row's speaker and noise, 'library/file'. SystemExit where the text or a folder is wrong.
    """
    name, _, rest = text.partition("=")
    parts = rest.split(":")
    if not name or len(parts) not in (2, 3):
        raise SystemExit(f"--pairs {text}: want NAME=NOISY_DIR:CLEAN_DIR[:META.json]")
    noisy, clean = (Path(p) for p in parts[:2])
    for folder in (noisy, clean):
        if not folder.is_dir():
            raise SystemExit(f"--pairs {name}: {folder} is no folder")
    told = json.loads(Path(parts[2]).read_text()) if len(parts) == 3 else []
    rows = told if isinstance(told, list) else told.get("pairs", [])
    meta = {f"{row['i']:03d}": row for row in rows}
    prefixes = (row[k].split("/")[0] for row in rows for k in ("speaker", "noise") if row.get(k))
    sources = told.get("sources", prefixes) if isinstance(told, dict) else prefixes
    return PairSet(name, noisy, clean, meta, tuple(sorted(set(sources))))


class Quality:
    """PESQ, STOI and DNSMOS, as far as they are installed. The models are loaded once."""

    def __init__(self):
        self._pesq = self._stoi = self._session = None
        try:
            from pesq import pesq
            from pystoi import stoi

            self._pesq, self._stoi = pesq, stoi
        except ImportError:
            pass
        try:
            import onnxruntime
            import speechmos

            options = onnxruntime.SessionOptions()
            options.intra_op_num_threads = options.inter_op_num_threads = 1
            model = Path(speechmos.__file__).parent / "dnsmos_models/sig_bak_ovr.onnx"
            self._session = onnxruntime.InferenceSession(
                str(model), options, providers=["CPUExecutionProvider"]
            )
        except ImportError:
            pass

    def __call__(self, clean: np.ndarray, other: np.ndarray) -> dict[str, float]:
        """clean, other: float32 [n] at 16 kHz. NaN where PESQ finds no speech."""
        out = {}
        if self._pesq:
            try:
                out["PESQ"] = float(self._pesq(RATE, clean, other, "wb"))
            except Exception:  # its own kinds, of which "no utterances" is the usual one
                out["PESQ"] = float("nan")
            out["STOI"] = float(self._stoi(clean, other, RATE))
        if self._session:
            out |= self._mos(other)
        return out

    def _mos(self, x: np.ndarray) -> dict[str, float]:
        n = int(9.01 * RATE)  # what the model hears at once; shorter sound is doubled until it lasts
        x = np.clip(x, -1, 1)
        while len(x) < n:
            x = np.concatenate([x, x])
        curves = {
            "SIG": (-0.08397278, 1.22083953, 0.0052439),
            "BAK": (-0.13166888, 1.60915514, -0.39604546),
            "OVRL": (-0.06766283, 1.11546468, 0.04602535),
        }
        windows = [x[i : i + n] for i in range(0, len(x) - n + 1, RATE)]
        heard = [self._session.run(None, {"input_1": w[None].astype(np.float32)})[0][0] for w in windows]
        raw = np.array(heard).T  # a row a score
        return {k: float(np.polyval(c, r).mean()) for (k, c), r in zip(curves.items(), raw)}


class Engine:
    """Enhances files: with `hush`, the command, or with the integers of integer.py."""

    def __init__(self, model: Path, hush: Path | None):
        self.model, self.hush = model, hush
        if hush is None:
            from .evaluate import Enhancer

            self.enhance = Enhancer(model, "integer")

    def __call__(self, paths: list[Path]) -> list[np.ndarray]:
        """float32 at 16 kHz for each path, as long as it. CalledProcessError as hush fails."""
        if self.hush is None:
            return [self.enhance(read(p)) for p in paths]
        with tempfile.TemporaryDirectory() as folder:
            command = [self.hush, "denoise", "-q", "--force", "--model", self.model]
            subprocess.run([*command, "--output-dir", folder, *paths], check=True)
            return [read(Path(folder) / p.name) for p in paths]


def rows_of(pairs: PairSet, engine: Engine, quality: Quality, limit: int | None = None) -> list[dict]:
    """A row a pair: {"stem", "meta", "input" (dB), "before": scores, "after": scores, "SI-SNRi",
    "clean" (SI-SNR of clean speech that passed), "noisy", "speech", "out", "passed": samples}."""
    stems = pairs.stems(limit)
    noisy = [pairs.path("noisy", s) for s in stems]
    clean = [pairs.path("clean", s) for s in stems]
    rows = []
    for i, (stem, out, passed) in enumerate(zip(stems, engine(noisy), engine(clean))):
        x, s = read(noisy[i]), read(clean[i])
        n = min(map(len, (x, s, out, passed)))
        x, s, out, passed = (v[:n] for v in (x, s, out, passed))
        before = si_snr(s, x)
        row = {"stem": stem, "meta": pairs.meta.get(stem, {}), "input": before}
        row |= {"SI-SNRi": si_snr(s, out) - before, "clean": si_snr(s, passed)}
        row |= {"before": quality(s, x), "after": quality(s, out)}
        rows.append(row | {"noisy": x, "speech": s, "out": out, "passed": passed})
    return rows


def mean(values) -> float:
    """Of what is a number; NaN where nothing is."""
    values = np.array([v for v in values if np.isfinite(v)])
    return float(values.mean()) if len(values) else float("nan")
