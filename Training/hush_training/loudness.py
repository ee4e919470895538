"""How loud is what a network leaves over and what it takes, as an ear has it: a loss after PESQ's disturbances.

Power spectra become loudness in 49 bands of equal width on the Bark scale (Traunmüller 1990), over the threshold in
quiet (Terhardt 1979; Zwicker's law, as ITU-T P.862 has it). What differs by less than a quarter of the loudness is not
heard. What is there and should not be is heard the more the louder it is beside the speech (P.862's asymmetry).
Martin-Doñas et al. (IEEE Signal Processing Letters 2018) train on the same two sums.
"""

from __future__ import annotations

from functools import cache

import jax
import jax.numpy as jnp
import numpy as np

from .config import BINS, RATE, WINDOW

BANDS = 49
SPEECH = 79.0  # dB SPL of a talker who is listened to, pauses left out (P.862)
EXPONENT = 0.23


@cache
def bank() -> tuple[np.ndarray, np.ndarray, float]:
    """[257, 49]: how much of a bin's power a band has; [49]: the threshold in quiet, as power; a band's width in Bark."""
    bark = lambda hz: 26.81 * hz / (1960 + hz) - 0.53  # noqa: E731
    hz = np.arange(BINS) * RATE / WINDOW
    half = RATE / WINDOW / 2
    low, high = bark(np.maximum(hz - half, 0)), bark(np.minimum(hz + half, RATE / 2))
    edges = np.linspace(bark(50.0), bark(RATE / 2), BANDS + 1)
    shared = np.minimum(high[:, None], edges[1:]) - np.maximum(low[:, None], edges[:-1])
    share = np.maximum(shared, 0) / (high - low)[:, None]
    middle = 0.5 * (edges[1:] + edges[:-1])
    khz = 1.96 * (middle + 0.53) / (26.28 - middle)
    quiet = 3.64 * khz**-0.8 - 6.5 * np.exp(-0.6 * (khz - 3.3) ** 2) + 1e-3 * khz**4
    return share.astype(np.float32), (10 ** (quiet / 10)).astype(np.float32), float(edges[1] - edges[0])


def loudness(power: jax.Array) -> jax.Array:
    """Power in bands, where 1 is 0 dB SPL, as sones a Bark: [..., 49] -> [..., 49]."""
    _, quiet, _ = bank()
    return 0.187 * (quiet / 0.5) ** EXPONENT * jnp.maximum((0.5 + 0.5 * power / quiet) ** EXPONENT - 1, 0)


def disturbance(output: jax.Array, clean: jax.Array) -> jax.Array:
    """Powers [T, batch, 257] of bins, both of one scale -> how much of PESQ's scale an output loses, one number.
    A clip in which nobody speaks counts nothing: there is no level to listen at."""
    share, _, width = bank()
    frames = clean.sum(-1)
    spoken = (frames > jnp.maximum(3e-3 * frames.max(0), 1e-6)).astype(jnp.float32)
    level = (frames * spoken).sum(0) / (spoken.sum(0) + 1e-9)  # [batch]
    scale = (10 ** (SPEECH / 10) / (level + 1e-9))[:, None]
    made, wanted = (output @ share) * scale, (clean @ share) * scale
    loud, should = loudness(made), loudness(wanted)
    differ = jnp.maximum(jnp.abs(loud - should) - 0.25 * jnp.minimum(loud, should), 0)
    # A weight, not a goal: its slope is left out.
    more = jax.lax.stop_gradient(((made + 50) / (wanted + 50)) ** 1.2)
    more = jnp.where(more < 3, 0, jnp.minimum(more, 12))
    even = jnp.sqrt(BANDS * width * ((differ * width) ** 2).sum(-1) + 1e-9)
    uneven = (differ * more).sum(-1) * width
    heard = (level > 1e-5).astype(jnp.float32)
    # Where P.862 clips a frame's sums, which would leave the worst without a slope, they are compressed.
    frame = jnp.log1p(0.1 * even + 0.0309 * uneven)
    return (frame.mean(0) * heard).sum() / (heard.sum() + 1e-9)
