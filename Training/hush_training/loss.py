"""Loss of a mask: compressed spectra (magnitude and complex) and SI-SNR, all in the STFT domain.

The window is a tight frame, so <s, y> is the same in time and in the STFT, and the STFT's error is
an upper bound of the error after overlap-add: SI-SNR needs no inverse transform in training.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp

from .config import Training


def mask_loss(
    training: Training, logits: jax.Array, noisy: tuple, clean: tuple
) -> tuple[jax.Array, dict]:
    """logits [T, batch, 257]; noisy, clean: (re, im) each [T, batch, 257]."""
    level = jnp.sqrt((noisy[0] ** 2 + noisy[1] ** 2).mean((0, 2), keepdims=True) + 1e-14)
    nr, ni, sr, si = (v / level for v in (*noisy, *clean))
    n2, s2 = nr * nr + ni * ni, sr * sr + si * si
    dot = nr * sr + ni * si
    mask = jax.nn.sigmoid(logits)

    # SI-SNR: the best gain is allowed, so that level is the other term's business.
    weight = jnp.full(logits.shape[-1:], 2.0).at[0].set(1).at[-1].set(1)  # one-sided spectrum
    sy = (weight * mask * dot).sum((0, 2))
    ss = (weight * s2).sum((0, 2))
    yy = (weight * mask * mask * n2).sum((0, 2))
    target = sy**2 / (ss + 1e-9)
    ratio = (target + 1e-9) / (jnp.maximum(yy - target, 0) + 1e-3 * target + 1e-6 * yy + 1e-9)
    has_speech = (ss > 1e-3 * (weight * n2).sum((0, 2))).astype(jnp.float32)
    si_snr = (10 * jnp.log10(ratio) * has_speech).sum() / (has_speech.sum() + 1e-9)

    c = training.compression
    eps = 1e-8
    nc, sc = (n2 + eps) ** (c / 2), (s2 + eps) ** (c / 2)
    yc = jnp.exp(c * jax.nn.log_sigmoid(logits)) * nc
    cosine = dot * jax.lax.rsqrt((n2 + eps) * (s2 + eps))
    magnitude = ((yc - sc) ** 2).mean()
    complex_ = (yc * yc + sc * sc - 2 * yc * sc * cosine).mean()
    spectrum = 3.5 * magnitude + 1.5 * complex_

    loss = training.weight_spectrum * spectrum - training.weight_si_snr * si_snr
    return loss, {"si_snr": si_snr, "magnitude": magnitude, "complex": complex_}
