"""One noise's sound in the course of another's: a channel vocoder between two recordings.

Few libraries of noises are free, and a strange noise is what costs a trained network most (RUNS.md, seventeenth
round). Of n recordings this makes n (n - 1) that nobody recorded: rain in the rhythm of a rattle, a saw that barks.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

FRAME = 256  # samples, 16 ms: short enough for strokes
HOP = FRAME // 2
BANDS = 20
REACH = 30.0  # dB: what a band is turned up by at most, and how far above its mean a course rises

_WINDOW = np.sin(np.pi * (np.arange(FRAME) + 0.5) / FRAME).astype(np.float32)


def _edges() -> np.ndarray:
    """First bins of the bands, and the end: one or two bins wide at first, then 0.3 octaves."""
    top = np.geomspace(2, FRAME // 2 + 1, BANDS + 1)
    edges = np.maximum(np.round(top).astype(int), np.arange(BANDS + 1) + 1)
    edges[0] = 0
    return edges


EDGES = _edges()


def _spectrum(x: np.ndarray) -> np.ndarray:
    """Frames of `x` [T, bins]; the first and the last reach half a frame beyond it."""
    padded = np.pad(x, (HOP, HOP + -len(x) % HOP))
    frames = np.lib.stride_tricks.sliding_window_view(padded, FRAME)[::HOP]
    return fft.rfft(frames * _WINDOW, axis=1)


def _course(spectrum: np.ndarray) -> np.ndarray:
    """Levels [T, BANDS] against the mean of their band, in dB."""
    power = np.add.reduceat(np.abs(spectrum) ** 2, EDGES[:-1], axis=1)
    mean = power.mean(0)
    return 10 * np.log10((power + 1e-12 * mean + 1e-20) / (mean + 1e-20))


def cross(sound: np.ndarray, course: np.ndarray) -> np.ndarray:
    """`sound` whose bands rise and fall as those of `course` do, instead of as its own did. Both are float32
    and of one length, and so is what is returned; no band of a frame is turned up by more than 30 dB."""
    assert sound.shape == course.shape, (sound.shape, course.shape)
    spectrum = _spectrum(sound)
    db = np.clip(_course(_spectrum(course)), -2 * REACH, REACH) - np.maximum(_course(spectrum), -REACH)
    gain = 10 ** (np.minimum(db, REACH) / 20).astype(np.float32)
    gain = np.repeat(gain, np.diff(EDGES), axis=1)
    frames = fft.irfft(spectrum * gain, FRAME, axis=1).astype(np.float32) * _WINDOW
    out = np.zeros((len(frames) + 1) * HOP, np.float32)
    halves = out.reshape(-1, HOP)
    halves[:-1] += frames[:, :HOP]
    halves[1:] += frames[:, HOP:]
    return out[HOP : HOP + len(sound)]
