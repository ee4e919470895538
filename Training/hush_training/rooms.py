"""Simulated room responses: shoebox image sources, then a diffuse tail (Allen and Berkley 1979)."""

from __future__ import annotations

import numpy as np

from .config import RATE

SPEED = 343.0


def room_response(rng: np.random.Generator, length: int = RATE // 2) -> np.ndarray:
    """One response, float32, its direct sound at sample 0 with amplitude 1.

    Rooms are 2.5-10 m a side and 2.3-4 m high, T60 0.1-0.9 s, talker 0.3-4 m from the microphone.
    """
    size = np.array([rng.uniform(2.5, 10), rng.uniform(2.5, 8), rng.uniform(2.3, 4)])
    t60 = rng.uniform(0.1, 0.9)
    volume, surface = size.prod(), 2 * (size[0] * size[1] + size[1] * size[2] + size[0] * size[2])
    absorption = np.clip(0.161 * volume / (surface * t60), 0.02, 0.95)  # Sabine
    reflection = np.sqrt(1 - absorption)
    microphone = rng.uniform(0.2, 0.8, 3) * size
    direction = rng.normal(size=3)
    talker = microphone + direction / np.linalg.norm(direction) * rng.uniform(0.3, 4.0)
    talker = np.clip(talker, 0.1, size - 0.1)

    # Image sources up to 12 reflections an axis; what is later than that is the diffuse tail.
    n = np.arange(-6, 7)
    axes, orders = [], []
    for a in range(3):
        even = 2 * n * size[a] + talker[a]
        odd = 2 * n * size[a] - talker[a]
        axes.append(np.concatenate([even, odd]) - microphone[a])
        orders.append(np.concatenate([np.abs(2 * n), np.abs(2 * n - 1)]))
    d2 = (
        axes[0][:, None, None] ** 2 + axes[1][None, :, None] ** 2 + axes[2][None, None, :] ** 2
    ).ravel()
    order = (orders[0][:, None, None] + orders[1][None, :, None] + orders[2][None, None, :]).ravel()
    distance = np.sqrt(d2)
    direct = np.linalg.norm(talker - microphone)
    delay = np.rint((distance - direct) / SPEED * RATE).astype(int)
    keep = (delay >= 0) & (delay < length)
    # Walls absorb more than Sabine's mean at random: signs keep the images from combing in step.
    gain = reflection ** order[keep] * direct / np.maximum(distance[keep], 0.1)
    gain *= np.where(order[keep] == 0, 1, rng.choice([-1.0, 1.0], keep.sum()))
    h = np.bincount(delay[keep], gain, length)[:length]

    # Diffuse tail: noise with the same decay, faded in where the images thin out.
    t = np.arange(length) / RATE
    start = 2 * size.min() * 6 / SPEED
    level = np.sqrt(np.mean(h[int(0.02 * RATE) : int(0.05 * RATE)] ** 2)) * 10 ** (3 * 0.035 / t60)
    tail = rng.normal(size=length) * level * 10 ** (-3 * t / t60)
    h += tail * np.clip((t - 0.5 * start) / (0.5 * start), 0, 1)
    h[1:] *= 10 ** rng.uniform(-0.4, 0.1)  # talkers face the microphone more or less
    return h.astype(np.float32)


def bank(seed: int, count: int) -> np.ndarray:
    """[count, 8000] responses; made once, then drawn from."""
    rng = np.random.default_rng(seed)
    return np.stack([room_response(rng) for _ in range(count)])
