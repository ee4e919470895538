"""STFT and features as the Swift front end computes them (Sources/Spectral, Hush/FeatureExtractor)."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from .config import DELAYS, RATE, WINDOW, Network


class Framing:
    """Windows for a delay: 32 ms (root Hann both ways), or 16 or 8 ms (a long rise and a short fall
    before, short Hann-like windows after; Mauler and Martin, EUSIPCO 2007)."""

    def __init__(self, delay: float = 0.032):
        if delay not in DELAYS:
            raise SystemExit(f"a delay of {delay} s: want one of {', '.join(map(str, DELAYS))}")
        self.hop = DELAYS[delay]
        n = np.arange(WINDOW)
        if delay == 0.032:
            window = np.sqrt(0.5 - 0.5 * np.cos(2 * np.pi * n / WINDOW)).astype(np.float32)
            back = window / 2
        else:
            m = self.hop
            rise = np.sin(np.pi / 2 * n / (WINDOW - m))
            fall = np.cos(np.pi / 2 * (n - (WINDOW - m)) / m)
            window = np.where(n < WINDOW - m, rise, fall).astype(np.float32)
            hann = np.sin(np.pi / 2 * (n - (WINDOW - 2 * m)) / m) ** 2
            back = np.where(n < WINDOW - m, hann / np.maximum(rise, 1e-9), fall)
            back = np.where(n < WINDOW - 2 * m, 0, back)
        self.scale = np.float32(2 / window.sum())  # a full-scale sine on a bin reads |X| = 1
        self.analysis = window * self.scale
        self.synthesis = back / self.scale
        self.overlap = WINDOW // self.hop


framing = cache(Framing)


def stft(x: jax.Array, delay: float = 0.032) -> tuple[jax.Array, jax.Array]:
    """x [batch, n] -> (re, im), each [T, batch, 257], T = n / hop.

    Frame t ends with hop t, as in the stream; zeros precede the signal.
    """
    f = framing(delay)
    batch, n = x.shape
    frames = n // f.hop
    blocks = x[:, : frames * f.hop].reshape(batch, frames, f.hop)
    blocks = jnp.concatenate([jnp.zeros((batch, f.overlap - 1, f.hop), x.dtype), blocks], 1)
    framed = jnp.concatenate([blocks[:, i : i + frames] for i in range(f.overlap)], -1)
    spectrum = jnp.fft.rfft(jnp.swapaxes(framed, 0, 1) * f.analysis)
    return spectrum.real, spectrum.imag


def istft(re: np.ndarray, im: np.ndarray, delay: float = 0.032) -> np.ndarray:
    """(re, im) [T, 257] -> [T * hop] samples, aligned with the signal (delay - hop later known)."""
    f = framing(delay)
    frames = np.fft.irfft(re + 1j * im, WINDOW, axis=-1) * f.synthesis
    t = len(frames)
    out = np.zeros((t + f.overlap - 1) * f.hop)
    for i in range(f.overlap):
        out[i * f.hop : (i + t) * f.hop] += frames[:, i * f.hop : (i + 1) * f.hop].ravel()
    return out[WINDOW - f.hop :]


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


def turning(re: jax.Array, im: jax.Array, floor: float) -> tuple[jax.Array, jax.Array]:
    """Cosine and sine of how much each bin's phase turned since the last hop beyond what its
    centre frequency turns: steady for a tone, at random for noise. Towards 0 below the floor."""
    r0, i0 = (jnp.concatenate([jnp.zeros_like(v[:1]), v[:-1]]) for v in (re, im))
    # X[t] conj(X[t-1]), then a quarter turn back a bin: hop / window = 1 / 4.
    zr, zi = re * r0 + im * i0, im * r0 - re * i0
    k = jnp.arange(re.shape[-1]) % 4
    cr, ci = jnp.array([1.0, 0, -1, 0])[k], jnp.array([0.0, -1, 0, 1])[k]
    size = jnp.sqrt((re * re + im * im) * (r0 * r0 + i0 * i0)) + floor
    return (zr * cr - zi * ci) / size, (zr * ci + zi * cr) / size


def features(network: Network, level: jax.Array, restart: jax.Array | None, at: int) -> jax.Array:
    """level [T, batch, 257] (log power) -> [T, batch, 257 or 514]: what depends on levels alone.

    "log-mean": each bin less its own running mean: the mean of all frames at first, later one that
    forgets with the time constant `mean_time`. "log-level": each bin less the running mean over
    all bins. Where restart [batch] is 1, the means start again at frame `at`, as they do when a
    stream begins there.
    """
    a = float(np.exp(-network.hop / RATE / network.mean_time))
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
    if "log-level" in network.features.split("+"):
        sets.append(level - running(level.mean(-1, keepdims=True)))
    return jnp.concatenate(sets, -1)


def front_end(network: Network, re, im, restart: jax.Array | None, at: int) -> jax.Array:
    """re, im [T, batch, 257] -> every feature the network asks for [T, batch, F]."""
    levels = features(network, log_power(re, im, network.floor), restart, at)
    if "phase" not in network.features.split("+"):
        return levels
    if network.hop * 4 != WINDOW:
        raise SystemExit(f"phase features want a hop of {WINDOW // 4}")
    return jnp.concatenate([levels, *turning(re, im, network.floor)], -1)


def apply_mask(re, im, outputs):
    """The spectrum times a mask of outputs from 0 to 1 [..., outputs]: gains, then perhaps the
    imaginary parts, -1 to 1 written as 0 to 1."""
    bins = re.shape[-1]
    gain = outputs[..., :bins]
    if outputs.shape[-1] < 2 * bins:
        return re * gain, im * gain
    turn = 2 * outputs[..., bins : 2 * bins] - 1
    return re * gain - im * turn, im * gain + re * turn
