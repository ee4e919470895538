"""A sound at another speed, and a voice at another pitch: what excited, shouting and small people sound like.

Recordings of speech are mostly read out, calmly and by adults. What is called out has harmonics 300 to 500 Hz
apart, which to a network that never heard any is a siren or a string. So a recording's source is told from
its vocal tract (linear prediction, Makhoul 1975), played faster, drawn out to its old length (WSOLA, Verhelst and
Roelands 1993), and heard through the old tract again: the pitch rises, vowels and tempo stay what they were.
"""

from __future__ import annotations

import numpy as np
from scipy import fft

from .config import RATE

WINDOW, HOP = 512, 128  # at 16 kHz: 32 ms, as long as a vowel stands still
ORDER = 18  # two poles for each of eight formants, and two for the slope
_SHAPE = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)
_SUM = WINDOW / HOP / 2  # what the squares of overlapping windows add up to


def at_speed(x: np.ndarray, factor: float) -> np.ndarray:
    """`x` played `factor` times as fast, pitch and all: resampled by cutting its spectrum."""
    n = fft.next_fast_len(len(x) + 64, real=True)
    m = fft.next_fast_len(int(round(n / factor)), real=True)
    spectrum = fft.rfft(x, n)[: m // 2 + 1]
    return (fft.irfft(spectrum, m) * np.float32(m / n))[: int(len(x) * m / n)]


# As spectrum.py has them; that is XLA's, which the mixing processes do without.
def _frames(x: np.ndarray) -> np.ndarray:
    """Spectra [frames, WINDOW / 2 + 1] around every HOP-th sample."""
    padded = np.pad(x, (WINDOW, WINDOW))
    return fft.rfft(np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[:: HOP] * _SHAPE)


def _overlapped(spectra: np.ndarray, length: int) -> np.ndarray:
    """The inverse of _frames."""
    pieces = fft.irfft(spectra, WINDOW).astype(np.float32) * (_SHAPE / np.float32(_SUM))
    quarters = pieces.reshape(len(pieces), WINDOW // HOP, HOP)
    out = np.zeros((len(pieces) + WINDOW // HOP, HOP), np.float32)
    for k in range(WINDOW // HOP):
        out[k : k + len(pieces)] += quarters[:, k]
    return out.reshape(-1)[WINDOW:][:length]


def tract(spectra: np.ndarray) -> np.ndarray:
    """What a vocal tract lets through, [frames, WINDOW / 2 + 1], of frames' spectra: 1 / |A| of their linear
    prediction, whose geometric mean is 1, so that all loudness stays with the source."""
    r = fft.irfft(np.abs(spectra) ** 2, WINDOW)[:, : ORDER + 1].astype(np.float64)
    r[:, 0] = r[:, 0] * 1.0001 + 1e-9  # a floor 40 dB down: no pole comes too near the circle
    lags = np.abs(np.subtract.outer(np.arange(ORDER), np.arange(ORDER)))
    a = np.linalg.solve(r[:, lags], r[:, 1:, None])[..., 0]
    whitening = fft.rfft(np.concatenate([np.ones((len(a), 1)), -a], 1), WINDOW)
    return (1 / np.maximum(np.abs(whitening), 1e-3)).astype(np.float32)


def drawn_out(x: np.ndarray, length: int) -> np.ndarray:
    """`x` as `length` samples, longer at the same pitch: grains of it overlap, each taken from where it continues
    the one before best."""
    half = WINDOW // 2
    starts = np.linspace(0, max(0, len(x) - WINDOW - half), length // half + 1)
    out = np.zeros(length + 2 * WINDOW, np.float32)
    rise = _SHAPE * _SHAPE
    at = 0
    for k, wanted in enumerate(starts.astype(int)):
        if k:
            low = max(0, wanted - half)
            near, follows = x[low : wanted + half + WINDOW], x[at + half : at + half + WINDOW]
            if len(near) > len(follows) > 0:
                at = low + int(np.argmax(np.correlate(near, follows, "valid")))
        grain = x[at : at + WINDOW] * rise[: len(x) - at]
        out[k * half : k * half + len(grain)] += grain
    out[:half] += x[:half] * (1 - rise[: min(half, len(x))])  # nothing was there to overlap
    return out[:length]


def at_pitch(x: np.ndarray, factor: float) -> np.ndarray:
    """float32 speech [n] at 16 kHz -> [n], pitch `factor` > 1 times as high, formants and tempo as they were.
    What is shorter than three windows stays as it is."""
    if len(x) < 3 * WINDOW:
        return x
    spectra = _frames(x)
    shape = tract(spectra)
    source = drawn_out(at_speed(_overlapped(spectra / shape, len(x)), factor), len(x))
    return _overlapped(_frames(source) * shape, len(x))


def with_effort(x: np.ndarray, slope: float) -> np.ndarray:
    """`x` as one speaks louder: its spectrum falls `slope` dB an octave less from 250 Hz to 3 kHz (Lienard and
    Di Benedetto 1999)."""
    n = fft.next_fast_len(len(x) + 256, real=True)
    octaves = np.clip(np.log2(np.maximum(np.arange(n // 2 + 1), 1) * (RATE / n / 500)), -1, 2.6)
    return fft.irfft(fft.rfft(x, n) * (10 ** (slope / 20 * octaves)).astype(np.float32), n)[: len(x)].astype(np.float32)
