"""Makes noisy and clean pairs on the fly from packed recordings.

Every clip draws: talkers of one source with pauses (one in five says single words with
long ones), half of them faster or slower (so higher or lower) than they spoke, one in five at a higher pitch, as
people who call out or are small have, a room, a noise (recording at any speed, babble made of speech, coloured and
modulated noise, wind, knocks, notes, plucked strings, mains hum, or a sum), a second room for the noise, microphone
and transmission colouring for each and for both, an SNR of -8...40 dB and a level of -45...-10 dBFS.
The target is the speech as the microphone hears it, room, colouring and saturation included.

Validation draws from the same mixer with `varied` off: less of everything, and the same pairs as
ever, so that figures in RUNS.md compare.
"""

from __future__ import annotations

import json
import multiprocessing as mp
import queue
import signal
from pathlib import Path

import numpy as np
from scipy import fft

from . import crossed, rooms, struck, voices
from .config import RATE, Training

POOL, HEARD = 8, 4  # batches of parts at a time, and how often each is heard (see Mixer.batches)


class Source:
    """One packed corpus: files end to end in one int16 array."""

    def __init__(self, path: Path):
        self.name = path.stem
        self.samples = np.load(path, mmap_mode="r")
        self.lengths = np.array(json.loads(path.with_suffix(".json").read_text())["lengths"])
        self.ends = np.cumsum(self.lengths)
        self.starts = self.ends - self.lengths

    @property
    def seconds(self) -> float:
        return float(self.ends[-1]) / RATE

    def piece(self, rng: np.random.Generator, most: int) -> np.ndarray:
        """A random file, or `most` samples from within it."""
        # Long files are as likely as their length: a library's minutes count, not its file sizes.
        i = np.searchsorted(self.ends, rng.integers(self.ends[-1]), "right")
        start, length = self.starts[i], self.lengths[i]
        if length > most:
            start, length = start + rng.integers(length - most), most
        return self.samples[start : start + length].astype(np.float32) * np.float32(1 / 32768)


def load_sources(root: Path, leave_out: tuple[str, ...] = ()) -> list[Source]:
    found = [Source(p) for p in sorted(root.glob("*.npy")) if p.stem not in leave_out]
    if not found:
        raise SystemExit(f"{root}: no packed sources; run: hush-train pack")
    return found


def rms(x: np.ndarray) -> float:
    return float(np.sqrt(np.mean(x * x) + 1e-20))


def active_rms(x: np.ndarray) -> float:
    """Level of the 20 ms frames within 25 dB of the loudest: pauses must not count as speech."""
    frames = x[: len(x) // 320 * 320].reshape(-1, 320)
    power = (frames**2).mean(1)
    loud = power[power > power.max() * 10**-2.5]
    return float(np.sqrt(loud.mean() + 1e-20)) if len(loud) else 1e-10


def colouring(rng: np.random.Generator, n: int, strength: float = 1.0) -> np.ndarray:
    """A smooth magnitude response on `n` rfft bins: tilt, up to four bells, band limits."""
    f = np.linspace(10, RATE / 2, 400)  # drawn coarsely, then interpolated: it is smooth
    octave = np.log2(f / 1000)
    db = np.clip(octave, -4, 3) * rng.normal(0, 1.5 * strength)
    for _ in range(rng.integers(0, 5)):
        centre, width = rng.uniform(-3.5, 3), rng.uniform(0.3, 1.5)
        db = db + rng.normal(0, 5 * strength) * np.exp(-0.5 * ((octave - centre) / width) ** 2)
    if rng.random() < 0.4:  # a high-pass, as small capsules and codecs have
        corner, order = rng.uniform(40, 300), rng.integers(1, 4)
        db = db - 10 * order * np.log10(1 + (corner / f) ** 2)
    if rng.random() < 0.2:  # a gentle low-pass
        corner, order = rng.uniform(2500, 7500), rng.integers(1, 4)
        db = db - 10 * order * np.log10(1 + (f / corner) ** 2)
    coarse = 10 ** (np.clip(db, -60, 25) / 20)
    return np.interp(np.linspace(10, RATE / 2, n), f, coarse).astype(np.float32)


def brick(rng: np.random.Generator, n: int) -> np.ndarray:
    """The band an 8 kHz (sometimes 11 or 12 kHz) microphone leaves."""
    edge = rng.choice([3400, 4000, 4000, 5512, 6000]) / (RATE / 2) * n
    return (np.arange(n) < edge).astype(np.float32)


def saturated(x: np.ndarray, drive: float) -> np.ndarray:
    """Softly clipped; `drive` is the peak in units of the knee."""
    knee = np.abs(x).max() / drive + 1e-9
    return np.tanh(x / knee) * knee


def wandering(rng: np.random.Generator, n: int, db: float, most: int) -> np.ndarray:
    """Gains of `n` samples between 2 to `most` knots, whose levels are `db` apart."""
    knots = 10 ** (rng.normal(0, db, rng.integers(2, most + 1)) / 20)
    return np.interp(np.arange(n), np.linspace(0, n, len(knots)), knots)


def held(x: np.ndarray, rng: np.random.Generator, seconds: float) -> np.ndarray:
    """`x` with its loudest voiced moment held for `seconds`, as one calls or sings: one period of
    the voice over and over, cross-faded, its level and length wandering a little."""
    n = RATE // 25
    if len(x) < 4 * n:
        return x
    power = np.convolve(x * x, np.ones(n, np.float32), "valid")
    if not power.max() > 0:
        return x
    # The loudest, or one nearly as loud.
    loud = np.flatnonzero(power > 0.3 * power.max())
    at = min(int(loud[rng.integers(len(loud))]), len(x) - 2 * n)
    frame = x[at : at + 2 * n]
    r = fft.irfft(np.abs(fft.rfft(frame, 4 * n)) ** 2, 4 * n)[: n]
    low, high = RATE // 450, RATE // 75
    period = low + int(np.argmax(r[low:high]))
    if r[period] < 0.5 * r[0]:  # not voiced
        return x
    # Two periods, faded into one another, repeat without a seam.
    ramp = np.linspace(0, 1, period, dtype=np.float32)
    cycle = frame[:period] * ramp + frame[period : 2 * period] * (1 - ramp)
    turns = int(seconds * RATE / period) + 1
    phase = np.cumsum(np.repeat(1 + rng.normal(0, 0.012, turns), period))
    tone = np.interp(phase % period, np.arange(period + 1), np.append(cycle, cycle[0]))
    knots = 10 ** (rng.normal(0, 1.5, 5) / 20)
    tone = tone * np.interp(np.arange(len(tone)), np.linspace(0, len(tone), 5), knots)
    return np.concatenate([x[: at + period], tone.astype(np.float32), x[at + period :]])


def word(x: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """0.3 to 1.6 s of speech around a moment at which somebody speaks, faded at both ends."""
    power = (x[: len(x) // 320 * 320].reshape(-1, 320) ** 2).mean(1)
    length = int(rng.uniform(0.3, 1.6) * RATE)
    if len(x) <= length or not power.max() > 0:
        return x
    loud = np.flatnonzero(power > power.max() * 10**-2.5)
    begin = 320 * int(rng.choice(loud)) - int(rng.uniform(0, 0.7) * length)
    x = x[max(0, begin) :][:length].copy()
    ramp = np.linspace(0, 1, min(int(rng.uniform(0.003, 0.02) * RATE), len(x)), dtype=np.float32)
    x[: len(ramp)] *= ramp
    x[len(x) - len(ramp) :] *= ramp[::-1]
    return x


class Mixer:
    """Draws pairs; one per process, each with its own generator."""

    def __init__(
        self,
        speech: list[Source],
        noise: list[Source],
        seconds: float,
        seed: int,
        room_bank: np.ndarray | None = None,
        varied: bool = True,
        settings: Training = Training(),
    ):
        self.speech, self.noise, self.varied = speech, noise, varied
        self.plain, self.strings, self.tunes = settings.plain, settings.strings, settings.tunes
        self.struck, self.scattered = settings.struck, settings.scattered
        self.excited, self.altered, self.crossed = settings.excited, settings.altered, settings.crossed
        self.rng = np.random.default_rng(seed)
        self.n = int(round(seconds * RATE))
        self.size = fft.next_fast_len(self.n + RATE // 2, real=True)
        self.rooms = rooms.bank(7, 400) if room_bank is None else room_bank
        # Square root of duration: large corpora lead, small ones are not drowned.
        weight = np.array([s.seconds for s in speech]) ** 0.5
        self.speech_weight = weight / weight.sum()
        # Of noises, many recordings teach more than long ones.
        weight = np.array([s.seconds * (len(s.lengths) if varied else 1) for s in noise]) ** 0.5
        self.noise_weight = weight / weight.sum()

    def talker(
        self, length: int, pauses: bool = True, words: bool = False, excited: float = 0.0
    ) -> np.ndarray:
        """`length` samples of speech of one source, active level 1; or single words of it, with pauses
        of up to 2 s. `excited` is the share of talkers whose pitch is raised by up to an octave."""
        rng = self.rng
        source = self.speech[rng.choice(len(self.speech), p=self.speech_weight)]
        out = np.zeros(length, np.float32)
        speed = 2 ** rng.uniform(-0.3, 0.25) if self.varied and rng.random() < 0.5 else 1.0
        # Where nobody is excited nothing is drawn: validation's pairs stay.
        pitch = 2 ** rng.uniform(0.15, 1.0) if excited and rng.random() < excited else 1.0
        effort = rng.uniform(0, 6) if pitch != 1 else 0.0
        at = int(rng.uniform(0, 1.2) * RATE) if pauses and rng.random() < 0.35 else 0
        while at < length - RATE // 10:
            x = source.piece(rng, int(max(length - at, 3 * RATE * words) * speed))
            if speed != 1:
                x = voices.at_speed(x, speed)
            if pitch != 1:
                x = voices.with_effort(voices.at_pitch(x, pitch), effort)
            if words:
                x = word(x, rng)
            x = x[: length - at]
            if self.varied and rng.random() < 0.12:
                x = held(x, rng, 10 ** rng.uniform(-0.9, 0))[: length - at]
            out[at : at + len(x)] += x / active_rms(x) * 10 ** (rng.normal(0, 1.5) / 20)
            longest = 2.0 if words else 0.7
            at += len(x) + (int(rng.uniform(0.0, longest) * RATE) if pauses else 0)
        return out

    def coloured(self, length: int) -> np.ndarray:
        """Noise of a random spectral slope (-2...0.5), sometimes modulated slowly."""
        rng = self.rng
        size = fft.next_fast_len(length, real=True)
        spectrum = fft.rfft(rng.standard_normal(size, np.float32))
        f = np.maximum(np.arange(len(spectrum), dtype=np.float32), 20 * size / RATE)
        x = fft.irfft(spectrum * f ** np.float32(rng.uniform(-2, 0.5) / 2), size)[:length]
        if rng.random() < 0.4:
            knots = 10 ** (rng.normal(0, 6, rng.integers(3, 16)) / 20)
            x = x * np.interp(np.arange(length), np.linspace(0, length, len(knots)), knots)
        return (x / rms(x)).astype(np.float32)

    def hum(self, length: int) -> np.ndarray:
        """Mains hum: harmonics of 50 or 60 Hz, or a motor's."""
        rng = self.rng
        base = rng.choice([50.0, 60.0, rng.uniform(40, 400)])
        t = np.arange(length, dtype=np.float32) * np.float32(2 * np.pi * base / RATE)
        x = np.zeros(length, np.float32)
        for k in range(1, min(int(rng.integers(3, 24)), int(7000 / base)) + 1):
            x += np.sin(k * t + np.float32(rng.uniform(0, 6.28))) * np.float32(
                k ** -rng.uniform(0.3, 1.5) * rng.uniform(0.1, 1)
            )
        return x / rms(x)

    def wind(self, length: int) -> np.ndarray:
        """Low rumble whose level wanders fast and far."""
        rng = self.rng
        size = fft.next_fast_len(length, real=True)
        f = np.maximum(np.arange(size // 2 + 1, dtype=np.float32), 1) * np.float32(RATE / size)
        corner, order = rng.uniform(40, 400), rng.uniform(1, 2.5)
        shape = f / corner / (1 + (f / corner) ** 2) ** ((1 + order) / 2)
        x = fft.irfft(fft.rfft(rng.standard_normal(size, np.float32)) * shape, size)[:length]
        knots = 10 ** (rng.normal(0, 7, max(4, int(length / RATE * rng.uniform(1, 6)))) / 20)
        x = x * np.interp(np.arange(length), np.linspace(0, length, len(knots)), knots)
        return (x / rms(x)).astype(np.float32)

    def knocks(self, length: int) -> np.ndarray:
        """Strokes: short resonances or puffs of noise, alone or in rhythm, over a faint floor."""
        rng = self.rng
        out = rng.standard_normal(length, np.float32) * np.float32(10 ** rng.uniform(-4, -2))
        gap = 10 ** rng.uniform(-1.2, 0.2) * RATE  # 60 ms to 1.6 s
        jitter = rng.choice([0.02, 0.3, 0.9])
        tail = int(10 ** rng.uniform(-2.3, -0.5) * RATE)  # 5 to 300 ms
        t = np.arange(min(6 * tail, RATE), dtype=np.float32)
        decay = np.exp(-t / tail) * np.minimum(1, t / rng.uniform(1, 80))
        stroke = rng.standard_normal(len(t), np.float32) * np.float32(rng.uniform(0, 1))
        for _ in range(int(rng.integers(0, 4))):
            stroke += np.sin(t * np.float32(2 * np.pi * 10 ** rng.uniform(2, 3.7) / RATE))
        stroke *= decay
        at = rng.uniform(0, gap)
        while at < length:
            x = stroke[: length - int(at)] * np.float32(10 ** (rng.normal(0, 4) / 20))
            out[int(at) : int(at) + len(x)] += x
            at += max(200, gap * (1 + jitter * rng.uniform(-1, 1)))
        return out / rms(out)

    def notes(self, length: int) -> np.ndarray:
        """Music of a kind: notes of an instrument, held or plucked, steady or gliding, some at once, in
        rhythm or not."""
        rng = self.rng
        out = np.zeros(length, np.float32)
        partials = int(rng.integers(1, 9))
        strength = rng.uniform(0.1, 1, partials) / np.arange(1, partials + 1) ** rng.uniform(0.2, 2)
        low, tempo = rng.uniform(45, 70), 10 ** rng.uniform(-0.8, 0.4)
        attack, held = 10 ** rng.uniform(-2.5, -0.7), 10 ** rng.uniform(-1.1, 0.3)
        rhythm = rng.random() < 0.5
        for n in range(int(min(24, 1 + length / RATE / tempo * rng.uniform(1, 2)))):
            begin = int((n * tempo * RATE) % length if rhythm else rng.uniform(-0.2, 1) * length)
            t = np.arange(int(min(length, 4 * held * RATE)), dtype=np.float32) / RATE
            pitch = 440 * 2 ** ((low + rng.integers(0, 30) - 69) / 12)
            glide = rng.normal(0, 0.3) if rng.random() < 0.3 else 0.0
            phase = 2 * np.pi * pitch * (t + 0.5 * glide * t * t / (t[-1] + 1e-3))
            x = sum(
                a * np.sin(k * phase.astype(np.float32))
                for k, a in enumerate(strength.astype(np.float32), 1)
                if k * pitch * (1 + abs(glide)) < 7500
            )
            x = x * np.minimum(1, t / np.float32(attack)) * np.exp(-t / np.float32(held))
            x, begin = x[max(0, -begin) :], max(0, begin)
            x = x[: length - begin]
            out[begin : begin + len(x)] += x * np.float32(10 ** (rng.normal(0, 3) / 20))
        level = rms(out)
        return out / level if level > 1e-6 else self.coloured(length)

    def plucks(self, length: int) -> np.ndarray:
        """A few strings plucked in turn, one to eight a second, over a faint floor."""
        rng = self.rng
        partials = np.arange(1, int(rng.integers(3, 13)) + 1, dtype=np.float32)
        strength = partials ** np.float32(-rng.uniform(0.3, 2)) * rng.uniform(0.3, 1, len(partials)).astype(np.float32)
        rise, decay = rng.uniform(0.0005, 0.012), 10 ** rng.uniform(-1.4, -0.1)
        t = np.arange(int(min(length, 5 * decay * RATE)), dtype=np.float32) / RATE
        bright = rng.uniform(0, 0.6)  # how much sooner the upper partials are gone
        shape = np.minimum(1, t / np.float32(rise))
        low, strings = rng.uniform(38, 75), []
        for pitch in 440 * 2 ** ((low + rng.choice(25, int(rng.integers(1, 7)), replace=False) - 69) / 12):
            phase, x = (2 * np.pi * pitch * t).astype(np.float32), np.zeros(len(t), np.float32)
            for k, a in zip(partials, strength, strict=True):
                if k * pitch < 7800:
                    x += a * np.sin(k * phase) * np.exp(-t * np.float32(k**bright / decay))
            strings.append(x * shape)
        gap, at, turn = RATE * 10 ** rng.uniform(-0.9, 0.1), 0.0, 0
        jitter, in_turn = rng.choice([0.0, 0.02, 0.3]), rng.random() < 0.7
        out = np.zeros(length, np.float32)
        while at < length:
            x = strings[turn % len(strings) if in_turn else int(rng.integers(len(strings)))][: length - int(at)]
            out[int(at) : int(at) + len(x)] += x * np.float32(10 ** (rng.normal(0, 1.5) / 20))
            at, turn = at + max(800, gap * (1 + jitter * rng.uniform(-1, 1))), turn + 1
        out = out / rms(out) + self.coloured(length) * np.float32(10 ** (rng.uniform(-60, -20) / 20))
        return out / rms(out)

    def library(self) -> Source:
        """One of noise, the larger the likelier."""
        return self.noise[self.rng.choice(len(self.noise), p=self.noise_weight)]

    def strokes(self, length: int) -> np.ndarray:
        """Strokes out of one to four recordings of a library, at other times than they fell."""
        rng, made = self.rng, []
        source = self.library()
        for _ in range(int(rng.integers(1, 5))):
            x = source.piece(rng, 2 * RATE)
            made += struck.cut(rng, voices.at_speed(x, 2 ** rng.uniform(-0.8, 0.8)))
        return self.over(struck.scatter(rng, length, made)) if made else self.recording(length)

    def things(self, length: int) -> np.ndarray:
        """What is struck, shaken, scraped, drips, chirps, honks or barks."""
        return self.over(struck.sound(self.rng, length))

    def over(self, out: np.ndarray) -> np.ndarray:
        """Single sounds over a faint floor or a recording."""
        rng, length = self.rng, len(out)
        floor = self.recording if rng.random() < 0.4 else self.coloured
        out = out / rms(out) + floor(length) * np.float32(10 ** (rng.uniform(-50, -3) / 20))
        return out / rms(out)

    def recording(self, length: int) -> np.ndarray:
        rng = self.rng
        source = self.library()
        out = np.zeros(length, np.float32)
        speed = 2 ** rng.uniform(-0.8, 0.8) if self.varied and rng.random() < 0.5 else 1.0
        at, fade = 0, RATE // 50
        ramp = np.sqrt(np.linspace(0, 1, fade, dtype=np.float32))
        while at < length:
            x = source.piece(rng, int(np.ceil((length - at) * speed)))
            if speed != 1 and len(x) > fade:
                x = voices.at_speed(x, speed)
            x = x[: length - at]
            if rms(x) < 1e-5:  # digital silence inside a recording
                if rng.random() < 0.2:
                    source = self.library()
                continue
            x = x / rms(x) if at == 0 else x / rms(x) * 10 ** (rng.normal(0, 2) / 20)
            if at and len(x) > fade:
                x[:fade] *= ramp
                at -= fade
                out[at : at + fade] *= ramp[::-1]
            out[at : at + len(x)] += x
            at += len(x)
            if len(x) <= fade:
                break
        return out / rms(out)

    def babble(self, length: int) -> np.ndarray:
        x = sum(
            self.talker(length, pauses=self.rng.random() < 0.5) * 10 ** (self.rng.normal(0, 4) / 20)
            for _ in range(int(self.rng.integers(3, 9)))
        )
        return x / rms(x)

    def disturbance(self, length: int) -> np.ndarray:
        rng = self.rng
        kind = rng.random()
        if self.varied and rng.random() < 0.18:
            x = (self.wind, self.knocks, self.notes, self.plucks)[rng.integers(4)](length)
            if rng.random() < 0.5:
                x = x + self.recording(length) * 10 ** (rng.uniform(-12, 3) / 20)
        elif kind < 0.68:
            x = self.recording(length)
            if rng.random() < 0.2:
                x = x + self.recording(length) * 10 ** (rng.uniform(-12, 0) / 20)
        elif kind < 0.80:
            x = self.babble(length)
        else:
            x = self.coloured(length)
        if rng.random() < 0.08:
            x = x + self.hum(length) * 10 ** (rng.uniform(-15, 5) / 20)
        if rng.random() < 0.15:  # something starts, stops or comes nearer
            x = x * wandering(rng, length, 8, 6)
        return (x / rms(x)).astype(np.float32)

    def response(self, room: bool, strength: float) -> np.ndarray:
        """Room and microphone as one transfer function of this mixer's FFT size."""
        bins = self.size // 2 + 1
        h = colouring(self.rng, bins, strength)
        if not room:
            return h
        return h * fft.rfft(self.rooms[self.rng.integers(len(self.rooms))], self.size)

    def through(self, x: np.ndarray, h: np.ndarray) -> np.ndarray:
        return fft.irfft(fft.rfft(x, self.size) * h, self.size)[: self.n]

    def parts(self) -> tuple[np.ndarray, np.ndarray]:
        """Speech of active level 1 and a disturbance of level 1, as one microphone hears them."""
        rng = self.rng
        if self.plain and rng.random() < self.plain:
            return self.plain_parts()
        shared = colouring(rng, self.size // 2 + 1, 0.7)
        if rng.random() < 0.05:
            shared = shared * brick(rng, len(shared))
        room = rng.random() < 0.6
        excited = self.excited if self.varied else 0.0
        speech = self.talker(self.n, words=self.varied and rng.random() < 0.2, excited=excited)
        if self.varied and rng.random() < 0.1:  # the talker turns away, or a gain control hunts
            speech *= wandering(rng, self.n, 4, 7)
        speech = self.through(speech, self.response(room, 0.8) * shared)
        if self.varied and rng.random() < 0.05:
            speech = saturated(speech, rng.uniform(0.7, 4))
        noise_room = rng.random() < (0.5 if room else 0.15)
        noise = self.through(self.disturbance(self.n), self.response(noise_room, 1.0) * shared)
        return speech / active_rms(speech), noise / rms(noise)

    def plain_parts(self) -> tuple[np.ndarray, np.ndarray]:
        """The same of recordings as they are: no rooms, no microphones, no other speeds;
        some are strings, held notes, things that are struck, or steady noise. A share is altered: still dry, but at
        other speeds and through other microphones, and of two noises at once, so that few
        recordings are many."""
        rng = self.rng
        made = (
            (self.plucks, self.strings), (self.notes, self.tunes), (self.things, self.struck),
            (self.strokes, self.scattered), (self.coloured, 0.08),
        )
        limits = np.cumsum([share for _, share in made])
        kind = int(np.searchsorted(limits, rng.random(), "right"))
        noise = made[kind][0] if kind < len(made) else self.recording
        varied, altered = self.varied, self.altered and rng.random() < self.altered
        self.varied = bool(altered)
        speech = self.talker(self.n, words=rng.random() < 0.2, excited=self.excited if varied else 0.0)
        noise = noise(self.n)
        if altered:
            speech, noise = self.alter(speech, noise)
        self.varied = varied
        return speech / active_rms(speech), noise / rms(noise)

    def alter(self, speech: np.ndarray, noise: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Another noise's course for this one, another noise over it, a level that moves, and a microphone
        for each."""
        rng, bins = self.rng, self.size // 2 + 1
        if self.crossed and rng.random() < self.crossed:
            noise = crossed.cross(noise.astype(np.float32), self.recording(self.n))
        if rng.random() < 0.35:
            noise = noise + self.recording(self.n) * np.float32(10 ** (rng.uniform(-12, 0) / 20))
        if rng.random() < 0.15:
            noise = noise * wandering(rng, self.n, 6, 6)
        if rng.random() < 0.7:
            noise = self.through(noise, colouring(rng, bins, 1.0))
        if rng.random() < 0.5:
            speech = self.through(speech, colouring(rng, bins, 0.6))
        return speech, noise

    def mix(self, speech, noise, snr: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        """(noisy, clean), float32 [n]; clean is zero for noise alone."""
        rng = self.rng
        kind = rng.random() if snr is None else 1.0
        if snr is None:
            # Loud noise is what is heard, but clean inputs are what a denoiser may spoil.
            bands = ((-7, 15), (-8, 30), (12, 40))
            snr = rng.uniform(*bands[rng.choice(3, p=(0.55, 0.28, 0.17))])
        level = 10 ** (rng.uniform(-45, -10) / 20)
        if kind < 0.05:  # clean only, with the faint noise every converter has, or with none
            snr = rng.uniform(30, 90)
            snr = snr if snr < 70 else np.inf  # then pauses are zeros, as in files, and words begin out of them
        elif kind < 0.11:  # noise only
            speech = np.zeros_like(speech)
        elif kind < 0.12:  # next to silence
            speech, level = np.zeros_like(speech), 1e-4 * rng.random()
        noise = noise * np.float32(10 ** (-snr / 20))
        noisy = speech + noise
        scale = np.float32(min(level / rms(noisy), 0.99 / (np.abs(noisy).max() + 1e-9)))
        if kind < 1.0 and rng.random() < 0.04:  # converters and files that start with zeros
            begin = int(rng.uniform(0.05, 0.6) * self.n)
            noisy[:begin], speech = 0, speech.copy()
            speech[:begin] = 0
        if kind < 1.0 and self.varied and rng.random() < 0.03:  # the converter is driven too hard
            noisy = saturated(noisy, rng.uniform(0.7, 2.5))
        dither = rng.standard_normal(self.n, np.float32) * np.float32(rng.choice([0, 1e-5, 3e-5]))
        return noisy * scale + dither, speech * scale

    def draw(self, snr: float | None = None) -> tuple[np.ndarray, np.ndarray]:
        return self.mix(*self.parts(), snr)

    def batches(self, size: int):
        """Endless (noisy, clean) float32 [size, n]. Most of the work is in the parts, so that a pool
        of POOL batches of them is heard HEARD times: mixed anew each time, each speech with another
        noise."""

        def batch(pairs: list) -> tuple[np.ndarray, np.ndarray]:
            mixed = [self.mix(speech, noise) for speech, noise in pairs]
            return np.stack([m[0] for m in mixed]), np.stack([m[1] for m in mixed])

        while True:
            pool = []
            for _ in range(POOL):  # as they come, so that nobody waits for the whole pool
                pool += [self.parts() for _ in range(size)]
                yield batch(pool[-size:])
            for shift in 1 + self.rng.permutation(len(pool) - 1)[: HEARD - 1]:
                order = self.rng.permutation(len(pool)).reshape(-1, size)
                for at in order:
                    yield batch([(pool[i][0], pool[(i + shift) % len(pool)][1]) for i in at])


def _work(root: str, leave_out, seconds, settings, seed, bank, out, stop) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent ends the workers in order
    mixer = Mixer(
        load_sources(Path(root) / "speech", leave_out),
        load_sources(Path(root) / "noise", leave_out),
        seconds,
        seed,
        bank,
        settings=settings,
    )
    for item in mixer.batches(settings.batch):
        while not stop.is_set():
            try:
                out.put(item, timeout=0.5)
                break
            except queue.Full:
                if not mp.parent_process().is_alive():  # killed: nobody will set `stop`
                    out.cancel_join_thread()
                    return
        if stop.is_set():
            return


class Feed:
    """Batches of pairs from worker processes. Context manager."""

    def __init__(self, root: Path, leave_out, seconds: float, settings: Training, seed: int, workers: int):
        context = mp.get_context("spawn")
        bank = rooms.bank(7, 400)
        self.queue, self.stop = context.Queue(4 * workers), context.Event()
        self.workers = [
            context.Process(
                target=_work,
                args=(str(root), tuple(leave_out), seconds, settings, seed * 1000 + i, bank)
                + (self.queue, self.stop),
                daemon=True,
            )
            for i in range(workers)
        ]
        for w in self.workers:
            w.start()

    def next(self) -> tuple[np.ndarray, np.ndarray]:
        while True:
            try:
                return self.queue.get(timeout=5)
            except queue.Empty:
                if not any(w.is_alive() for w in self.workers):
                    raise RuntimeError("every mixing process has died; see their errors above")

    def __enter__(self) -> "Feed":
        return self

    def __exit__(self, *_) -> None:
        self.stop.set()
        while True:  # a full queue would keep the workers from ending
            try:
                self.queue.get_nowait()
            except queue.Empty:
                break
        for w in self.workers:
            w.join(2)
            if w.is_alive():
                w.terminate()
