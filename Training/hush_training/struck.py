"""Things that are struck, shaken, scraped, drip, chirp, honk or bark, made: what networks take for syllables.

Short sounds with a pitch pass for speech, and recordings of them are few. So they are made, no two alike: a struck
thing is a sum of decaying modes (van den Doel and Pai 1998), other modes the louder with each place it is struck at;
a drop is one whose pitch rises as its bubble nears the surface (van den Doel 2005); a call is a glide with a few
harmonics, a honk one with many behind resonances that do not move as a mouth does. Many of either make a rattle,
rain in a gutter, a cage of birds. A bark is noise and a rough tone together behind two resonances. What is shaken or
scraped is a puff of many collisions too dense to be told apart (Cook 1997), in a body that resounds: a box of pills,
a zip, a broom, a saw. Strokes may be cut out of recordings as well, and happen at such times.
"""

from __future__ import annotations

import numpy as np
from scipy import signal

from .config import RATE

HIGHEST = 7600.0  # Hz: partials above are left out
OFTEN, SELDOM = 1.8, 0.8  # how often a second, as a power of ten; what is long is seldom, to be heard apart


def _time(seconds: float) -> np.ndarray:
    return np.arange(max(32, int(seconds * RATE)), dtype=np.float32) / np.float32(RATE)


def thing(rng: np.random.Generator, strokes: int = 4) -> list[np.ndarray]:
    """A thing struck at so many places."""
    lowest, modes = 10 ** rng.uniform(2.2, 3.6), int(rng.integers(1, 15))
    if rng.random() < 0.3:  # a bar or a tube, whose modes are told by its length
        ratio = (np.arange(modes) + 0.5) ** rng.uniform(1.0, 2.0)
        frequency = lowest * ratio / ratio[0]
    else:
        frequency = lowest * 2 ** np.sort(rng.uniform(0, rng.uniform(0.5, 5), modes))
    frequency = frequency[frequency < HIGHEST]
    if not len(frequency):
        frequency = np.array([lowest])
    # Tin rings, wood does not; the higher a mode the sooner it is gone.
    ring = 10 ** rng.uniform(-2.6, -0.2) * (frequency / frequency[0]) ** -rng.uniform(0, 1.2)
    t = _time(min(1.2, 5 * ring.max()))
    phase = np.outer(2 * np.pi * frequency, t).astype(np.float32)
    modes = np.sin(phase) * np.exp(-t / ring[:, None]).astype(np.float32)
    click = rng.uniform(0, 1.0) if rng.random() < 0.6 else 0.0
    blow = np.exp(-t / np.float32(10 ** rng.uniform(-3.6, -2.2)))
    rise = np.minimum(1, t / np.float32(10 ** rng.uniform(-4.5, -2.5)))
    out = []
    for _ in range(strokes):
        strength = rng.standard_normal(len(frequency)) * frequency**-0.2
        x = strength.astype(np.float32) @ modes
        x /= np.abs(x).max() + 1e-9
        out.append((x + click * rng.standard_normal(len(t), np.float32) * blow) * rise)
    return out


def drop(rng: np.random.Generator) -> np.ndarray:
    """A bubble: 400 to 4000 Hz, gone in 5 to 80 ms, its pitch rising."""
    frequency, fades = 10 ** rng.uniform(2.6, 3.6), 10 ** rng.uniform(-2.3, -1.1)
    t = _time(min(0.4, 6 * fades))
    rises = rng.uniform(0, 0.15) / fades if rng.random() < 0.8 else 0.0
    phase = 2 * np.pi * frequency * t * (1 + 0.5 * rises * t)
    x = np.sin(phase) * np.exp(-t / fades) * (frequency * (1 + rises * t) < HIGHEST)
    if rng.random() < 0.5:  # the splash before it
        x = x + rng.uniform(0, 0.5) * rng.standard_normal(len(t)) * np.exp(-t / 10 ** rng.uniform(-3.3, -2))
    return x.astype(np.float32)


def glide(
    rng: np.random.Generator, t: np.ndarray, turns: int, octaves: list[float], low: float, high: float
) -> np.ndarray:
    """A contour of pitch in Hz: from 10 ** low to 10 ** high, which up to `turns` turns move by so many octaves."""
    turn = int(rng.integers(1, turns + 1))
    knots = rng.normal(0, rng.choice(octaves), turn + 1)
    return 10 ** rng.uniform(low, high) * 2 ** np.interp(t, np.linspace(0, t[-1], turn + 1), knots)


def envelope(rng: np.random.Generator, t: np.ndarray, longest: float) -> np.ndarray:
    """Edges of 2 ms to 10 ** `longest` s, and what fades in between."""
    edge = 10 ** rng.uniform(-2.7, longest)
    return np.minimum(1, np.minimum(t, t[-1] - t) / edge) * np.exp(-t / t[-1] * rng.uniform(0, 3))


def call(rng: np.random.Generator) -> np.ndarray:
    """A chirp, whistle or beep of 20 to 600 ms above 700 Hz: a contour of pitch with a few harmonics."""
    t = _time(10 ** rng.uniform(-1.7, -0.2))
    pitch = glide(rng, t, 5, [0.0, 0.15, 0.5], 2.85, 3.65)
    if rng.random() < 0.3:
        pitch = pitch * (1 + rng.uniform(0.01, 0.1) * np.sin(2 * np.pi * rng.uniform(8, 60) * t))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    x = np.zeros(len(t))
    for k in range(1, int(rng.integers(1, 5)) + 1):
        x += rng.uniform(0.1, 1) / k ** rng.uniform(0, 2) * np.sin(k * phase) * (k * pitch < HIGHEST)
    return (x * envelope(rng, t, -1.5)).astype(np.float32)


def bark(rng: np.random.Generator) -> np.ndarray:
    """80 to 400 ms of a rough tone that rises and falls, with breath, behind two resonances."""
    t = _time(rng.uniform(0.08, 0.4))
    bow = np.sin(np.pi * t / t[-1])
    pitch = rng.uniform(150, 900) * (1 + rng.uniform(0.1, 0.8) * bow) * (1 + rng.normal(0, 0.03, len(t)))
    phase = np.cumsum(pitch) / RATE
    x = signal.sawtooth(2 * np.pi * phase) + rng.uniform(0.3, 3) * rng.standard_normal(len(t))
    if rng.random() < 0.5:  # every other period is the stronger
        x = x * (1 + rng.uniform(0.2, 0.9) * np.sin(np.pi * phase))
    for centre in (rng.uniform(400, 1200), rng.uniform(1200, 3500)):
        b, a = signal.iirpeak(centre, rng.uniform(1.5, 6), fs=RATE)
        x = x * 0.1 + signal.lfilter(b, a, x)
    x *= np.minimum(1, t / rng.uniform(0.002, 0.03)) * np.minimum(1, (t[-1] - t) / rng.uniform(0.01, 0.08))
    return (x / (np.abs(x).max() + 1e-9)).astype(np.float32)


def honk(rng: np.random.Generator) -> np.ndarray:
    """A horn, a goose, a cock, a squeaking hinge: 0.1 to 1.2 s of many harmonics behind resonances that stand still."""
    t = _time(10 ** rng.uniform(-1, 0.1))
    pitch = glide(rng, t, 3, [0.0, 0.05, 0.3], 2.1, 3.1)
    pitch = pitch * (1 + rng.uniform(0, 0.02) * rng.standard_normal(len(t)))
    phase = np.cumsum(np.repeat(pitch, 4)) / (4 * RATE)
    # A slope, or narrow pulses; made at four times the rate, lest what is over half of it come back.
    wave = signal.resample_poly((phase % 1) ** 10 ** rng.uniform(-0.5, 1), 1, 4)[: len(t)]
    wave -= wave.mean()
    x = np.zeros(len(t))
    for _ in range(int(rng.integers(1, 4))):
        b, a = signal.iirpeak(10 ** rng.uniform(2.6, 3.8), 10 ** rng.uniform(0.1, 1.2), fs=RATE)
        x += rng.uniform(0.2, 1) * signal.lfilter(b, a, wave)
    x += rng.uniform(0, 0.2) * wave
    x *= envelope(rng, t, -1.2)
    return (x / (np.abs(x).max() + 1e-9)).astype(np.float32)


def body(rng: np.random.Generator, octave: np.ndarray) -> np.ndarray:
    """How loud a body is at frequencies so many octaves over 1 kHz: a tilt and up to four resonances."""
    db = octave * rng.normal(0, 4)
    for _ in range(int(rng.integers(0, 5))):
        width = 10 ** rng.uniform(-1.1, 0.1)
        db = db + rng.uniform(5, 30) * np.exp(-0.5 * ((octave - rng.uniform(-2.5, 2.8)) / width) ** 2)
    if rng.random() < 0.6:  # what is small has no low tones
        db = db - 10 * rng.integers(1, 4) * np.log10(1 + 4.0 ** (rng.uniform(-2, 1.5) - octave))
    return 10 ** (np.maximum(db - db.max(), -60) / 20)


def rasp(rng: np.random.Generator, puffs: int = 6) -> list[np.ndarray]:
    """So many puffs of one thing that is shaken, scraped, torn or brushed: 30 to 700 ms each."""
    size = 2 * RATE  # that of the longest, and room for no wrap
    octave = np.log2(np.maximum(np.fft.rfftfreq(size, 1 / RATE), 20) / 1000)
    heard, moves = body(rng, octave), rng.choice([0.0, 0.1, 0.3])
    length, spread = rng.uniform(-1.5, -0.25), rng.uniform(0, 0.3)
    dense, teeth = 10 ** rng.uniform(1.8, 4), rng.random() < 0.3
    rises, falls = rng.uniform(0.01, 0.7), 10 ** rng.uniform(-0.5, 0.6)
    out = []
    for _ in range(puffs):
        t = _time(min(0.7, 10 ** (length + rng.normal(0, spread))))
        if teeth:  # one after the other, faster or slower towards the end
            speed = dense / 8 * np.linspace(1, 2 ** rng.normal(0, 0.7), len(t))
            x = (np.diff(np.floor(np.cumsum(speed) / RATE), prepend=0) > 0) * rng.uniform(0.3, 1, len(t))
            x = x + rng.uniform(0, 0.05) * rng.standard_normal(len(t))
        elif dense < 5000:
            x = (rng.random(len(t)) < dense / RATE) * rng.standard_normal(len(t)) * 10 ** rng.normal(0, 0.3, len(t))
        else:
            x = rng.standard_normal(len(t))
        at = t / t[-1]
        x = x * np.minimum(1, at / rises) * np.minimum(1, (1 - at) / (1 - rises)) ** falls
        shifted = np.interp(octave + rng.normal(0, moves), octave, heard)
        x = np.fft.irfft(np.fft.rfft(x, size) * shifted, size)[: len(t) + RATE // 50].astype(np.float32)
        peak = np.abs(x).max()
        if peak > 0:
            out.append(x / peak)
    return out


def times(rng: np.random.Generator, length: int, fastest: float = OFTEN) -> np.ndarray:
    """When things happen within `length` samples, in samples: at random, in rhythm, in bursts, or bouncing; 0.6
    to 10 ** `fastest` a second."""
    rate = 10 ** rng.uniform(-0.2, fastest)
    seconds, kind = length / RATE, rng.random()
    if kind < 0.3:
        at = rng.uniform(0, seconds, rng.poisson(rate * seconds) + 1)
    elif kind < 0.55:
        gaps = 1 / rate * (1 + rng.choice([0.0, 0.05, 0.3]) * rng.uniform(-1, 1, int(rate * seconds) + 2))
        at = rng.uniform(0, 1 / rate) + np.cumsum(gaps) - gaps[0]
    elif kind < 0.8:  # a shake, a ratchet, a volley
        begins = rng.uniform(0, seconds, rng.poisson(rng.uniform(0.4, 2.5) * seconds) + 1)
        spread = 10 ** rng.uniform(-1.3, -0.2)
        at = np.concatenate([b + rng.uniform(0, spread, rng.poisson(max(rate, 6) * spread) + 1) for b in begins])
    else:
        back = rng.uniform(0.5, 0.93)
        begins = rng.uniform(0, seconds, rng.poisson(rng.uniform(0.2, 1.2) * seconds) + 1)
        gaps = rng.uniform(0.1, 0.5) * back ** np.arange(int(rng.integers(3, 25)))
        at = (begins[:, None] + np.cumsum(gaps)).ravel()
    at = at[at < seconds][: int(60 * seconds)]
    return np.sort((at if len(at) else np.array([0.0])) * RATE).astype(int)


def cut(rng: np.random.Generator, x: np.ndarray, most: int = 4) -> list[np.ndarray]:
    """Up to `most` strokes out of a recording: from where it swells fastest, 30 to 600 ms each, of peak 1."""
    frame = RATE // 100
    level = np.log10((x[: len(x) // frame * frame].reshape(-1, frame) ** 2).mean(1) + 1e-9)
    swells = np.argsort(np.diff(level, prepend=level[:1]))[::-1][: 2 * most]
    out = []
    for at in rng.permutation(swells)[:most]:
        stroke = x[max(0, at * frame - frame // 2) :][: int(RATE * 10 ** rng.uniform(-1.5, -0.22))].copy()
        end = int(len(stroke) * rng.uniform(0.2, 0.9))
        stroke[len(stroke) - end :] *= np.linspace(1, 0, end, dtype=np.float32) ** 2
        peak = np.abs(stroke).max(initial=0)
        if peak > 1e-4:
            out.append(stroke / peak)
    return out


def scatter(rng: np.random.Generator, length: int, made: list[np.ndarray], fastest: float = OFTEN) -> np.ndarray:
    """`length` samples in which the sounds that were made happen again and again."""
    spread = rng.uniform(0, 8)
    out = np.zeros(length, np.float32)
    for at in times(rng, length, fastest):
        x = made[rng.integers(len(made))][: length - at]
        out[at : at + len(x)] += x * np.float32(10 ** (rng.normal(0, spread) / 20))
    return out


def sound(rng: np.random.Generator, length: int) -> np.ndarray:
    """`length` samples of one kind, by one or a few of it, without a floor."""
    kind, fastest = rng.random(), OFTEN
    if kind < 0.33:
        made = [x for _ in range(int(rng.integers(1, 6))) for x in thing(rng)]
    elif kind < 0.43:
        made = [drop(rng) for _ in range(int(rng.integers(1, 13)))]
    elif kind < 0.56:
        made = [call(rng) for _ in range(int(rng.integers(1, 5)))]
    elif kind < 0.63:
        made, fastest = [honk(rng) for _ in range(int(rng.integers(1, 4)))], SELDOM
    elif kind < 0.7:
        made = [bark(rng) for _ in range(int(rng.integers(1, 4)))]
    else:
        made, fastest = [x for _ in range(int(rng.integers(1, 3))) for x in rasp(rng)], SELDOM
    return scatter(rng, length, made, fastest)
