"""STFT and features as the Swift front end computes them (Sources/Spectral, Hush/FeatureExtractor)."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np

from .config import HOP, WINDOW, Network

_n = np.arange(WINDOW)
SQRT_HANN = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * _n / WINDOW)).astype(np.float32)
SCALE = np.float32(2 / SQRT_HANN.sum())  # a full-scale sine on a bin reads |X| = 1


def stft(x: jax.Array) -> tuple[jax.Array, jax.Array]:
    """x [batch, n] -> (re, im), each [T, batch, 257], T = n / 128.

    Frame t ends with hop t, as in the stream; zeros precede the signal.
    """
    batch, n = x.shape
    frames = n // HOP
    blocks = x[:, : frames * HOP].reshape(batch, frames, HOP)
    blocks = jnp.concatenate([jnp.zeros((batch, 3, HOP), x.dtype), blocks], 1)
    framed = jnp.concatenate([blocks[:, i : i + frames] for i in range(4)], -1)
    spectrum = jnp.fft.rfft(jnp.swapaxes(framed, 0, 1) * (SQRT_HANN * SCALE))
    return spectrum.real, spectrum.imag


def istft(re: np.ndarray, im: np.ndarray) -> np.ndarray:
    """(re, im) [T, 257] -> [T * 128] samples, aligned with the signal (window - hop later known)."""
    frames = np.fft.irfft(re + 1j * im, WINDOW, axis=-1) * (SQRT_HANN / SCALE / 2)
    t = len(frames)
    out = np.zeros((t + 3) * HOP)
    for i in range(4):
        out[i * HOP : (i + t) * HOP] += frames[:, i * HOP : (i + 1) * HOP].ravel()
    return out[3 * HOP :]


def log_power(re: jax.Array, im: jax.Array, floor: float) -> jax.Array:
    return jnp.log10(re * re + im * im + floor)


def _running_parallel(z: jax.Array, begin: jax.Array, a: float) -> jax.Array:
    """`running` of features() as a scan of depth log T, for accelerators."""
    at = jnp.arange(len(z), dtype=jnp.float32)[:, None]
    heard = at - jax.lax.cummax(jnp.where(begin > 0, at, -1.0)) + 1  # frames, this one included
    weight = jnp.maximum(1 - a, 1 / heard)[..., None]

    def join(first, then):
        return then[0] * first[0], then[0] * first[1] + then[1]

    return jax.lax.associative_scan(join, (1 - weight, weight * z))[1]


def features(network: Network, level: jax.Array, restart: jax.Array | None, at: int) -> jax.Array:
    """level [T, batch, 257] (log power) -> [T, batch, F].

    "log-mean": each bin less its own running mean: the mean of all frames at first, later one that
    forgets with the time constant `mean_time`. "log-level": each bin less the running mean over
    all bins. Where restart [batch] is 1, the means start again at frame `at`, as they do when a
    stream begins there.
    """
    a = float(np.exp(-0.008 / network.mean_time))
    frames = level.shape[0]
    begin = jnp.zeros((frames, level.shape[1])).at[0].set(1)
    if restart is not None:
        begin = begin.at[at].max(restart)

    def running(z):
        if jax.default_backend() != "cpu":
            return _running_parallel(z, begin, a)

        def step(carry, zb):
            m, n = carry
            value, b = zb
            n = jnp.where(b > 0, 1.0, n + 1)  # frames heard, this one included
            m = m + jnp.maximum(1 - a, 1 / n)[:, None] * (value - m)
            return (m, n), m

        first = (jnp.zeros_like(z[0]), jnp.zeros(z.shape[1]))
        return jax.lax.scan(step, first, (z, begin))[1]

    sets = [level - running(level)]
    if network.features == "log-mean+log-level":
        sets.append(level - running(level.mean(-1, keepdims=True)))
    return jnp.concatenate(sets, -1)
