"""STFT and features as the Swift front end computes them (Sources/Spectral, Hush/FeatureExtractor)."""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from .config import BINS, DELAYS, RATE, WINDOW, Network


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


def overlap_add(frames, hop: int):
    """frames [T, ..., window], windowed -> [T - overlap + 1, ..., hop]: the hops that every frame they are in has
    been added to. Of NumPy's arrays and of JAX's."""
    parts = frames.reshape(*frames.shape[:-1], -1, hop)
    last = parts.shape[-2] - 1
    count = len(frames) - last
    return sum(parts[last - i : last - i + count, ..., i, :] for i in range(last + 1))


def istft(re: np.ndarray, im: np.ndarray, delay: float = 0.032) -> np.ndarray:
    """(re, im) [T, 257] -> [T * hop] samples, aligned with the signal (delay - hop later known)."""
    f = framing(delay)
    frames = np.fft.irfft(re + 1j * im, WINDOW, axis=-1) * f.synthesis
    end = np.zeros((f.overlap - 1, WINDOW))  # the last hops wait for frames that never come
    return overlap_add(np.concatenate([frames, end]), f.hop).ravel()


def sound(re: jax.Array, im: jax.Array, delay: float = 0.032) -> jax.Array:
    """(re, im) [T, batch, 257] -> [batch, (T - overlap + 1) * hop] samples: istft() that can be differentiated, to
    where it is whole."""
    f = framing(delay)
    hops = overlap_add(jnp.fft.irfft(re + 1j * im, WINDOW) * f.synthesis, f.hop)
    return jnp.swapaxes(hops, 0, 1).reshape(hops.shape[1], -1)


LINEAR = 64  # bands this low are bins


@cache
def bank(bands: int) -> np.ndarray:
    """[257, bands] float32: how a bin's gain is made of those of the two bands about it; rows sum
    to 1. The lowest 64 bands are bins; from there to the highest bin centres are equally far apart
    on the scale of what an ear tells apart (ERB rate, Glasberg and Moore 1990)."""
    erb = lambda hz: 21.4 * np.log10(1 + 0.00437 * hz)  # noqa: E731
    bins = np.arange(BINS)
    hz = bins * RATE / WINDOW
    e = np.linspace(erb(hz[LINEAR - 1]), erb(hz[-1]), bands - LINEAR + 1)
    centres = np.concatenate([bins[:LINEAR], np.interp(e[1:], erb(hz), bins)])
    out = np.zeros((BINS, bands), np.float32)
    for k in bins:
        i = min(int(np.searchsorted(centres, k, "right")) - 1, bands - 2)
        w = (k - centres[i]) / (centres[i + 1] - centres[i])
        out[k, i], out[k, i + 1] = 1 - w, w
    return out


def levels(network: Network, re: jax.Array, im: jax.Array) -> jax.Array:
    """Log power of every bin or band [..., levels]; a band's is the mean of its bins', weighted by
    how much of each is its."""
    power = re * re + im * im
    if network.bands:
        b, first = bank(network.bands), LINEAR - 1  # the highest bin that is a band, but not alone
        means = power[..., first:] @ (b[first:, first:] / b.sum(0)[first:])
        power = jnp.concatenate([power[..., :first], means], -1)
    return jnp.log10(power + network.floor)


def gains(network: Network, outputs: jax.Array) -> jax.Array:
    """The gains among the outputs, of bins or of bands [..., outputs], for every bin [..., 257].

    SI-SNR knows no level, so that a network may open to less than 1 throughout: `makeup` takes that
    back, and gains end at 1 all the same.
    """
    g = outputs[..., : network.levels]
    if network.makeup != 1:
        g = jnp.minimum(network.makeup * g, 1)
    if not network.bands:
        return g
    b, first = bank(network.bands), LINEAR - 1
    return jnp.concatenate([g[..., :first], g[..., first:] @ b[first:, first:].T], -1)


# Seconds: what a floor is smoothed by, rises and falls with, and how long "log-short" remembers.
SMOOTH, RISE, FALL, SHORT = 0.03, 2.0, 0.06, 0.05


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
    """level [T, batch, levels] (log power) -> [T, batch, levels a set]: what depends on levels alone.

    "log-mean": each less its own running mean: the mean of all frames at first, later one that
    forgets with the time constant `mean_time`. "log-level": each less the running mean over all.
    "log-floor": each less what it sinks to between sounds, the noise. "log-short": each less its
    mean of some 50 ms. Where restart [batch] is 1, the means start again at frame `at`, as they do
    when a stream begins there.
    """
    frames = level.shape[0]
    begin = jnp.zeros((frames, level.shape[1])).at[0].set(1)
    if restart is not None:
        begin = begin.at[at].max(restart)

    def running(z, time):
        a = float(np.exp(-network.hop / RATE / time))
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

    sets = [level - running(level, network.mean_time)]
    if network.has("log-level"):
        sets.append(level - running(level.mean(-1, keepdims=True), network.mean_time))
    if network.has("log-floor"):
        sets.append(level - _floor(level, begin, network.hop))
    if network.has("log-short"):
        sets.append(level - running(level, SHORT))
    return jnp.concatenate(sets, -1)


def _floor(level: jax.Array, begin: jax.Array, hop: int) -> jax.Array:
    """A mean that sinks fast and rises slowly, of levels that are smoothed first: the dips of a
    noise are deep, and would be taken for its level."""
    smooth, up, down = (float(1 - np.exp(-hop / RATE / t)) for t in (SMOOTH, RISE, FALL))

    def step(carry, zb):
        s, m, n = carry
        value, b = zb
        n = jnp.where(b > 0, 1.0, n + 1)
        least = (1 / n)[:, None]
        s = s + jnp.maximum(smooth, least) * (value - s)
        m = m + jnp.maximum(jnp.where(s > m, up, down), least) * (s - m)
        return (s, m, n), m

    first = (jnp.zeros_like(level[0]), jnp.zeros_like(level[0]), jnp.zeros(level.shape[1]))
    return jax.lax.scan(step, first, (level, begin))[1]


def front_end(network: Network, re, im, restart: jax.Array | None, at: int) -> jax.Array:
    """re, im [T, batch, 257] -> every feature the network asks for [T, batch, F]."""
    sets = [features(network, levels(network, re, im), restart, at)]
    if network.has("phase"):
        if network.hop * 4 != WINDOW:
            raise SystemExit(f"phase features want a hop of {WINDOW // 4}")
        sets += turning(re[..., : network.fine], im[..., : network.fine], network.floor)
    return jnp.concatenate(sets, -1)


def turns(network: Network, told: jax.Array) -> jax.Array:
    """The imaginary parts of a mask whose outputs say -1 to 1."""
    return told if network.makeup == 1 else jnp.clip(network.makeup * told, -1, 1)


# dB that an expander takes where nobody speaks, the presence from which on it takes nothing, and the
# seconds in which it closes by a factor e; see Sources/Hush/Expander.swift.
EXPANSION, PRESENT, RELEASE = 12.0, 0.1, 0.15


def expansion(network: Network, presence: np.ndarray) -> np.ndarray:
    """Presence of speech [T, ...], 0 to 1, of a stream from its start -> what gains are multiplied with
    [T, ...] behind the network, in every hop."""
    decay, openness = np.exp(-network.hop / RATE / RELEASE), np.minimum(presence / PRESENT, 1)
    last = 1.0
    for t, now in enumerate(openness):
        last = openness[t] = np.maximum(now, last * decay)
    return 10 ** (-EXPANSION / 20 * (1 - openness))


def apply_mask(network: Network, re: np.ndarray, im: np.ndarray, outputs: np.ndarray):
    """The spectrum [T, 257] of a stream times a mask of outputs from 0 to 1 [T, outputs]: gains, then perhaps
    the imaginary parts of the lowest bins, -1 to 1 written as 0 to 1, and the presence of speech."""
    gain = np.asarray(gains(network, outputs))
    turn = np.zeros_like(gain)
    at = network.levels
    told = 2 * outputs[..., at : at + network.turns] - 1
    turn[..., : network.turns] = turns(network, told)
    if network.presence:
        factor = expansion(network, outputs[..., -1])[..., None]
        gain, turn = gain * factor, turn * factor
    return re * gain - im * turn, im * gain + re * turn
