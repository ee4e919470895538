"""Loss of a mask: compressed spectra (magnitude and complex) and SI-SNR, all in the STFT domain.

The window is a tight frame, so <s, y> is the same in time and in the STFT, and the STFT's error is
an upper bound of the error after overlap-add: SI-SNR needs no inverse transform in training.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from . import dnsmos, spectrum
from .config import Network, Training

LEAST = 1e-7  # added to a gain before it is compressed: at 0 the slope has no end


def compressed(x: jax.Array, exponent: float) -> jax.Array:
    """x ** exponent of positive x: on a CPU several times as fast, as only exp and log are vectors there."""
    return jnp.exp(exponent * jnp.log(x))


def mask_of(network: Network, logits: jax.Array) -> tuple[jax.Array, jax.Array | float]:
    """A mask's real and imaginary parts [..., 257], the latter 0 where it has none."""
    gain, at = spectrum.gains(network, jax.nn.sigmoid(logits)), network.levels
    if not network.turns:
        return gain, 0.0
    told = spectrum.turns(network, jnp.tanh(0.5 * logits[..., at : at + network.turns]))
    return gain, jnp.pad(told, [(0, 0)] * (told.ndim - 1) + [(0, gain.shape[-1] - network.turns)])


def mask_loss(
    network: Network, training: Training, logits: jax.Array, noisy: tuple, clean: tuple, spoken: tuple | None = None
) -> tuple[jax.Array, dict]:
    """logits [T, batch, outputs]; noisy, clean: (re, im) each [T, batch, 257]. `spoken` is what presence is
    told from where `clean`, which the output is to be, is a teacher's.

    The outputs are gains, then a complex mask's imaginary parts, then presence: as many of these
    as there are.
    """
    bins = noisy[0].shape[-1]
    level = jnp.sqrt((noisy[0] ** 2 + noisy[1] ** 2).mean((0, 2), keepdims=True) + 1e-14)
    nr, ni, sr, si = (v / level for v in (*noisy, *clean))
    n2, s2 = nr * nr + ni * ni, sr * sr + si * si
    dot = nr * sr + ni * si
    mask, b = mask_of(network, logits)
    along, power = mask * dot, mask * mask * n2  # <y, s> and |y|^2 of the output y
    if network.turns:
        along, power = along + b * (nr * si - ni * sr), power + b * b * n2

    # SI-SNR: the best gain is allowed, so that level is the other term's business.
    weight = jnp.full(bins, 2.0).at[0].set(1).at[-1].set(1)  # one-sided spectrum
    sy = (weight * along).sum((0, 2))
    ss = (weight * s2).sum((0, 2))
    yy = (weight * power).sum((0, 2))
    target = sy**2 / (ss + 1e-9)
    ratio = (target + 1e-9) / (jnp.maximum(yy - target, 0) + 1e-3 * target + 1e-6 * yy + 1e-9)
    has_speech = (ss > 1e-3 * (weight * n2).sum((0, 2))).astype(jnp.float32)
    si_snr = (10 * jnp.log10(ratio) * has_speech).sum() / (has_speech.sum() + 1e-9)

    c = training.compression
    eps = 1e-8
    nc, sc = compressed(n2 + eps, c / 2), compressed(s2 + eps, c / 2)
    if not network.turns:
        yc = compressed(mask + LEAST, c) * nc
        cosine = dot * jax.lax.rsqrt((n2 + eps) * (s2 + eps))
    else:
        yc = compressed(power + eps, c / 2)
        cosine = along * jax.lax.rsqrt((power + eps) * (s2 + eps))
    magnitude = ((yc - sc) ** 2).mean()
    complex_ = (yc * yc + sc * sc - 2 * yc * sc * cosine).mean()
    spectra = 3.5 * magnitude + 1.5 * complex_

    loss = training.weight_spectrum * spectra - training.weight_si_snr * si_snr
    parts = {"si_snr": si_snr, "magnitude": magnitude, "complex": complex_}
    if network.presence:
        speaks = logits[..., -1]
        target = presence(s2 if spoken is None else (spoken[0] ** 2 + spoken[1] ** 2) / level**2)
        parts["presence"] = (jax.nn.softplus(speaks) - target * speaks).mean()
        loss += training.weight_presence * parts["presence"]
    return loss, parts


def teacher_loss(network: Network, training: Training, logits, taught, noisy: tuple) -> jax.Array:
    """How far the gains are from a teacher's, in compressed magnitudes of what they let through;
    `taught` [T, batch, 257] are the teacher's gains of bins, whatever it has itself."""
    c = training.compression
    power = noisy[0] ** 2 + noisy[1] ** 2
    power = power / (power.mean((0, 2), keepdims=True) + 1e-14)
    gain = spectrum.gains(network, jax.nn.sigmoid(logits))
    return ((compressed(gain + LEAST, c) - compressed(taught + LEAST, c)) ** 2 * compressed(power + 1e-8, c)).mean()


def presence(power: jax.Array) -> jax.Array:
    """Where somebody speaks: clean power [T, batch, bins] -> 0 or 1 [T, batch]. A frame counts that
    is within 30 dB of the loudest of its clip."""
    frames = power.sum(-1)
    return (frames > jnp.maximum(1e-3 * frames.max(0), 1e-6)).astype(jnp.float32)


def opinion_loss(network: Network, logits: jax.Array, noisy: tuple, clean: tuple) -> jax.Array:
    """What DNSMOS has against the first clip of a batch at 0 to 15 dB, as it sounds: 5 less its OVRL, or nothing where
    there is no such clip. In louder noise it would rather have all of it pass than a voice with holes, and in less
    it would have more taken than noise (RUNS.md, twenty-second round). It hears level, so spectra are to be as loud
    as the mixes."""
    power = lambda re, im: (re * re + im * im).sum((0, 2))  # noqa: E731
    speech, noise = power(*clean), power(*(n - c for n, c in zip(noisy, clean)))
    heard = (speech >= noise) & (speech <= 10**1.5 * noise)
    one = lambda v: jax.lax.dynamic_slice_in_dim(v, jnp.argmax(heard), 1, 1)  # noqa: E731
    re, im = one(noisy[0]), one(noisy[1])
    gain, turn = mask_of(network, one(logits))
    x = spectrum.sound(re * gain - im * turn, im * gain + re * turn, network.delay)
    return jnp.where(heard.any(), 5 - dnsmos.opinions(x)[0, 2], 0)
