"""Mixes that are made once, and what a teacher made of them.

Clean speech is one of many that a mix could hold; a denoiser can only learn their mean, and what a
clip differs from it by is noise in every gradient. A teacher's output is nearer to that mean, so a pupil
that learns too little of what it hears learns more from it (knowledge distillation: Hinton et al. 2015).
Any denoiser can teach that keeps its input's timing: it runs once over each mix, whatever it costs.

A folder of mixes holds shards: NAME.npy, int16 [clips, 3, samples], is noisy, clean and taught, each to the full
scale; NAME.scales.npy, float32 [clips, 4], the three peaks and by how many dB the teacher came closer to the clean.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from . import mix, rooms
from .config import RATE, Training
from .ratio import si_snr

SHARD = 256  # clips
LEVEL = 10 ** (-25 / 20)  # RMS a teacher hears its input at: most are made for such levels


def shard(noisy: np.ndarray, clean: np.ndarray, taught: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """float32 [clips, samples] each -> what the two files of a shard hold."""
    three = np.stack([noisy, clean, taught], 1)
    peaks = np.abs(three).max(2)
    scaled = np.round(three / np.maximum(peaks, 1e-9)[..., None] * 32767).astype(np.int16)
    better = np.array([si_snr(c, t) - si_snr(c, n) for n, c, t in three])
    better[peaks[:, 1] == 0] = -np.inf  # of noise alone nothing is to be told from a ratio
    return scaled, np.concatenate([peaks, better[:, None]], 1).astype(np.float32)


def heard_by(teacher, noisy: np.ndarray) -> np.ndarray:
    """The teacher's output for mixes of any level, at their level."""
    gain = LEVEL / np.maximum(np.sqrt((noisy**2).mean(1, keepdims=True)), 1e-9)
    return teacher(noisy * gain) / gain


def make(
    data: Path, out: Path, teachers: list, hours: float, seconds: float, seed: int, hold_out: tuple[str, ...], plain: float
) -> int:
    """Writes so many hours of mixes of `seconds` each; a teacher turns float32 [clips, samples] into the
    same. Of several each hears a shard in turn: what they agree on is learnt, and it costs no more than one.
    A call goes on where one before it ended (with other mixes, which is as well). Returns the clips."""
    out.mkdir(parents=True, exist_ok=True)
    done = len(list(out.glob(f"{seed}-*.scales.npy")))
    wanted = max(1, round(hours * 3600 / seconds / SHARD))
    mixer = mix.Mixer(
        mix.load_sources(data / "speech", hold_out), mix.load_sources(data / "noise", hold_out),
        seconds, seed + 7919 * done, rooms.bank(7, 400), settings=Training(plain=plain),
    )
    batches = mixer.batches(16)
    for k in range(done, wanted):
        pairs = [next(batches) for _ in range(SHARD // 16)]
        noisy, clean = (np.concatenate([p[i] for p in pairs]) for i in (0, 1))
        scaled, scales = shard(noisy, clean, heard_by(teachers[k % len(teachers)], noisy))
        np.save(out / f"{seed}-{k:03d}.npy", scaled)
        np.save(out / f"{seed}-{k:03d}.scales.npy", scales)  # last: a shard counts from here on
        print(f"{out}: {k + 1} of {wanted} shards, teacher {np.median(scales[:, 3]):.1f} dB closer", flush=True)
    return wanted * SHARD


class Taught:
    """Batches (noisy, clean, target) out of such a folder, each clip once before any comes again. The
    target is `trust` of the teacher and the rest of the clean, or the clean where the teacher was of no help."""

    def __init__(self, folder: Path, batch: int, seconds: float, seed: int, trust: float):
        self.folder = folder
        self.scales: list[np.ndarray] = []
        self.shards: list[np.ndarray] = []
        self.look()
        self.n = int(round(seconds * RATE))
        if self.shards[0].shape[2] < self.n:
            has = self.shards[0].shape[2] / RATE
            raise SystemExit(f"{folder}: its clips have {has:g} s, fewer than lead + seconds = {seconds:g}")
        self.batch, self.trust, self.rng = batch, trust, np.random.default_rng(seed)
        self.left: list[tuple[int, int]] = []

    def look(self) -> None:
        """Finds the shards that there are by now: they may still be coming."""
        names = sorted(self.folder.glob("*.scales.npy"))
        if not names:
            raise SystemExit(f"{self.folder}: no mixes that a teacher has heard; make some with hush-train taught")
        self.scales = [np.load(n) for n in names]
        self.shards = [np.load(n.with_name(n.name.replace(".scales", "")), mmap_mode="r") for n in names]

    def clip(self, i: int, j: int) -> list[np.ndarray]:
        begin = self.rng.integers(self.shards[i].shape[2] - self.n + 1)
        scales = self.scales[i][j]
        x = self.shards[i][j, :, begin : begin + self.n] * (scales[:3, None] / np.float32(32767))
        share = np.float32(self.trust if scales[3] > 1 else 0)
        return [x[0], x[1], x[1] + share * (x[2] - x[1])]

    def next(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        clips = []
        for _ in range(self.batch):
            if not self.left:
                self.look()
                every = [(i, j) for i, s in enumerate(self.scales) for j in range(len(s))]
                self.left = [every[k] for k in self.rng.permutation(len(every))]
            clips.append(self.clip(*self.left.pop()))
        return tuple(np.stack(part).astype(np.float32) for part in zip(*clips))
