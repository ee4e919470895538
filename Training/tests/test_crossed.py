"""One noise's sound in the course of another's."""

import numpy as np
import pytest

from hush_training import crossed, mix, rooms
from hush_training.config import RATE, Training


def levels(x, at):
    """RMS in dB from each of `at` seconds on, over 0.2 s."""
    return np.array([20 * np.log10(mix.rms(x[int(s * RATE) :][: RATE // 5]) + 1e-9) for s in at])


def strokes(rng, n, every, ring):
    """Noise that is struck every so many seconds and dies away."""
    since = np.arange(n) % int(every * RATE)
    return (rng.standard_normal(n) * np.exp(-since / (ring * RATE))).astype(np.float32)


@pytest.mark.parametrize("n", [RATE, 24_321])
def test_a_sound_in_its_own_course_is_itself(n):
    x = strokes(np.random.default_rng(1), n, 0.3, 0.05)
    y = crossed.cross(x, x)
    assert y.shape == x.shape and y.dtype == np.float32
    assert np.abs(y - x).max() < 1e-2 * np.abs(x).max()


def test_the_course_is_the_others_and_the_sound_its_own():
    rng = np.random.default_rng(2)
    t = np.arange(2 * RATE) / RATE
    tone = np.sin(2 * np.pi * 1000 * t).astype(np.float32) + 0.01 * rng.standard_normal(2 * RATE).astype(np.float32)
    gated = (rng.standard_normal(2 * RATE) * np.where(t % 1 < 0.5, 1, 1e-3)).astype(np.float32)
    y = crossed.cross(tone, gated)
    loud, quiet = levels(y, [0.1, 1.1]), levels(y, [0.6, 1.6])
    assert (loud - quiet > 50).all()  # the tone had none of it
    spectrum = np.abs(np.fft.rfft(y[: RATE // 2] * np.hanning(RATE // 2)))
    assert np.argmax(spectrum) == pytest.approx(500, abs=2)  # 1000 Hz in bins of 2 Hz
    assert spectrum[480:520].max() > 20 * spectrum[800:].max()  # the other's hiss is not in it


def test_a_silent_sound_and_a_silent_course_are_no_trouble():
    x = np.random.default_rng(3).standard_normal(RATE).astype(np.float32)
    assert not crossed.cross(np.zeros_like(x), x).any()
    assert np.isfinite(crossed.cross(x, np.zeros_like(x))).all()
    half = x * (np.arange(RATE) < RATE // 2)
    y = crossed.cross(half.astype(np.float32), x)  # what is not there is not made loud
    assert np.abs(y[RATE // 2 + crossed.FRAME :]).max() < 1e-3


def test_bands_cover_every_bin_once():
    assert crossed.EDGES[0] == 0 and crossed.EDGES[-1] == crossed.FRAME // 2 + 1
    assert (np.diff(crossed.EDGES) > 0).all() and len(crossed.EDGES) == crossed.BANDS + 1


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_share_of_altered_mixes_is_crossed(packed, monkeypatch, share):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    settings = Training(plain=1.0, altered=1.0, crossed=share)
    mixer = mix.Mixer(*sources, 2.0, 5, rooms.bank(1, 4), settings=settings)
    cross, heard = crossed.cross, []
    monkeypatch.setattr(crossed, "cross", lambda *a: heard.append(cross(*a)) or heard[-1])
    for _ in range(100):
        speech, noise = mixer.parts()
        assert mix.rms(noise) == pytest.approx(1, rel=1e-3) and np.isfinite(noise).all()
    assert len(heard) == pytest.approx(100 * share, abs=15 if share not in (0, 1) else 0)
    assert all(mix.rms(x) > 1e-3 for x in heard)
