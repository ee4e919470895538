"""Two processes that train one network on other sounds, and meet every so often to take the mean.

Little of a small network's step is worth sharing among threads, so that two processes of a core each
hear more than one of two cores; and the mean of both is as if one had heard it all (Stich 2019,
local SGD). Both are started alike but for the rank and the run folder, resume
alike, and hold the same state after each meeting, bit by bit.

A meeting goes through files of a folder that both see: each writes its state, waits for the other's
and computes the same mean. The first is before the first step, and there both take rank 0's.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import jax
import numpy as np
from tqdm import tqdm

PATIENCE = 300.0  # seconds until a peer is given up
# A file is touched while its writer waits. One that was not of late is of a run before this one.
FRESH = 60.0


class Peer:
    """This process's end: `rank` 0 or 1, a folder, the seconds from meeting to meeting."""

    def __init__(self, rank: int, folder: Path, every: float):
        self.rank, self.folder, self.every = rank, folder, every
        self.met = 0  # times
        self.since = 0  # steps after the last time
        self.next = 0.0  # seconds of training at which the next one is due
        self.gone = False
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob(f"{rank}.*.npz"):
            stale.unlink()

    @staticmethod
    def parse(text: str) -> "Peer":
        """RANK:FOLDER:SECONDS."""
        rank, _, rest = text.partition(":")
        folder, _, every = rest.rpartition(":")
        try:
            seconds = float(every)
        except ValueError:
            seconds = 0.0
        if rank not in ("0", "1") or not folder or not seconds > 0:
            raise SystemExit(f"--peer {text}: want RANK:FOLDER:SECONDS, the ranks being 0 and 1")
        return Peer(int(rank), Path(folder), seconds)

    def due(self, spent: float, end: bool) -> bool:
        """Whether to meet, so many seconds into the training; at its end in any case."""
        return not self.gone and (end or spent >= self.next)

    def meet(self, state: dict, agreed: dict, spent: float) -> tuple[dict, dict, float]:
        """(the mean of both states, weighted by the steps each did since the last; rank 0's of what
        must be agreed on, as masks; the later of both times). Where the other does not come all is
        given back as it was, and this process goes on alone; at the first meeting that is an error.
        """
        leaves, shape = jax.tree.flatten((state, agreed))
        leaves = [np.asarray(v) for v in leaves]
        averaged = len(jax.tree.leaves(state))
        mine = self._file(self.rank, self.met)
        part = self.folder / f"{self.rank}.part"
        with open(part, "wb") as f:
            np.savez(f, *leaves, steps=self.since, spent=spent)
        part.replace(mine)
        other = self._wait(mine, self._file(1 - self.rank, self.met))
        if other is None:
            if self.met == 0:
                raise SystemExit(f"{self.folder}: rank {1 - self.rank} did not come in {PATIENCE:.0f} s")
            tqdm.write(f"{self.folder}: rank {1 - self.rank} is gone, going on alone")
            self.gone = True
            return state, agreed, spent
        with np.load(other) as z:
            theirs = [z[f"arr_{i}"] for i in range(len(z.files) - 2)]
            steps, then = int(z["steps"]), float(z["spent"])
        if [v.shape for v in theirs] != [v.shape for v in leaves]:
            raise SystemExit(f"{self.folder}: rank {1 - self.rank} trains a network of another shape")
        # Both compute this from the same numbers in the same order, so that both get the same bits.
        both = [(leaves, self.since, spent), (theirs, steps, then)]
        (first, n, t0), (second, m, t1) = both if self.rank == 0 else both[::-1]
        if self.met == 0:
            mean, spent = first, t0
        else:
            share, spent = np.float32(n / (n + m)), max(t0, t1)
            mixed = (a * share + b * (1 - share) if a.dtype.kind == "f" else a for a, b in zip(first, second))
            mean = [*mixed][:averaged] + first[averaged:]
        # The other read the last meeting's file, or it would not be at this one.
        self._file(self.rank, self.met - 1).unlink(missing_ok=True)
        self.met, self.since, self.next = self.met + 1, 0, spent + self.every
        return *jax.tree.unflatten(shape, mean), spent

    def _file(self, rank: int, meeting: int) -> Path:
        return self.folder / f"{rank}.{meeting}.npz"

    def _wait(self, mine: Path, other: Path) -> Path | None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            os.utime(mine)
            try:
                if time.time() - other.stat().st_mtime < FRESH:
                    return other
            except FileNotFoundError:
                pass
            time.sleep(0.02)
        return None
