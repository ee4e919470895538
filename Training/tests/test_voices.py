"""A raised voice: pitch goes up, vowels and tempo stay."""

import numpy as np
import pytest
from scipy import signal

from hush_training import mix, voices
from hush_training.config import RATE

FORMANTS = ((700, 80), (1200, 90), (2600, 120))


def vowel(pitch: float, seconds: float = 1.0) -> np.ndarray:
    """Pulses of a glottis through three resonances."""
    n = int(seconds * RATE)
    x = np.zeros(n)
    x[np.arange(0, n, RATE / pitch).astype(int)] = 1
    for centre, width in FORMANTS:
        r = np.exp(-np.pi * width / RATE)
        x = signal.lfilter([1], [1, -2 * r * np.cos(2 * np.pi * centre / RATE), r * r], x)
    return (0.1 * x / np.abs(x).max()).astype(np.float32)


def pitch_of(x: np.ndarray) -> float:
    """By the autocorrelation of the middle, 80 to 500 Hz."""
    x = x[len(x) // 4 : -len(x) // 4]
    r = np.correlate(x, x, "full")[len(x) - 1 :]
    low, high = RATE // 500, RATE // 80
    # The first that is nearly as good: a period's multiples are periods as well.
    peaks = [k for k in range(low, high) if r[k] > r[k - 1] and r[k] >= r[k + 1]]
    return RATE / next(k for k in peaks if r[k] > 0.85 * max(r[p] for p in peaks))


@pytest.mark.parametrize("factor", [1.2, 1.5, 2.0])
def test_the_pitch_rises_and_nothing_else(factor):
    x = vowel(120)
    y = voices.at_pitch(x, factor)
    assert y.dtype == np.float32 and len(y) == len(x)
    assert pitch_of(x) == pytest.approx(120, rel=0.02)
    assert pitch_of(y) == pytest.approx(120 * factor, rel=0.03)

    def peak(v, hz):
        """Power around a formant above that of the valley between the second and the third, in dB."""
        power = np.abs(np.fft.rfft(v)) ** 2
        at = [slice(int((f - 130) * len(v) / RATE), int((f + 130) * len(v) / RATE)) for f in (hz, 1900)]
        return 10 * np.log10(power[at[0]].mean() / power[at[1]].mean())

    for hz, _ in FORMANTS:
        assert peak(y, hz) == pytest.approx(peak(x, hz), abs=6)
    # Played faster alone, the vowel is another one: the first formant is not where it was.
    if factor > 1.4:
        assert peak(voices.at_speed(x, factor), 700) < peak(x, 700) - 6
    assert mix.rms(y) == pytest.approx(mix.rms(x), rel=0.3)


def test_words_stay_where_they_were():
    """Two vowels with a pause: what was silent stays so, but for a window's length."""
    x = np.concatenate([vowel(110, 0.6), np.zeros(RATE // 2, np.float32), vowel(140, 0.6)])
    y = voices.at_pitch(x, 1.7)
    loud = mix.rms(x[: RATE // 2])
    assert mix.rms(y[int(0.65 * RATE) : int(1.05 * RATE)]) < 0.03 * loud
    assert mix.rms(y[: RATE // 2]) > 0.5 * loud
    assert mix.rms(y[int(1.15 * RATE) :]) > 0.5 * loud


@pytest.mark.parametrize("n", [0, 1, 100, 700, 5000])
def test_short_sounds_and_silence_pass(n):
    assert len(voices.at_pitch(np.zeros(n, np.float32), 1.5)) == n
    y = voices.at_pitch(vowel(120)[:n], 1.5)
    assert len(y) == n and np.isfinite(y).all()


def test_some_talkers_are_excited_and_only_where_asked(packed, monkeypatch):
    asked = []
    monkeypatch.setattr(voices, "at_pitch", lambda x, factor: asked.append(factor) or x)
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 1.0, 3)
    for _ in range(60):
        mixer.talker(RATE, excited=0.5)
    assert len(asked) > 15 and min(asked) > 1 and max(asked) <= 2
    asked.clear()
    for _ in range(30):
        mixer.talker(RATE)
    assert not asked


def test_effort_lifts_what_is_high_and_nothing_else():
    t = np.arange(RATE, dtype=np.float32) / RATE
    for frequency, octaves in ((100, -1), (500, 0), (1000, 1), (2000, 2), (6000, 2.6)):
        x = np.sin(2 * np.pi * frequency * t).astype(np.float32)
        y = voices.with_effort(x, 6)
        middle = slice(RATE // 4, -RATE // 4)
        assert 20 * np.log10(mix.rms(y[middle]) / mix.rms(x[middle])) == pytest.approx(6 * octaves, abs=0.3)
    assert np.allclose(voices.with_effort(x, 0), x, atol=1e-4)
    assert len(voices.with_effort(x[:7], 3)) == 7 and len(voices.with_effort(x[:0], 3)) == 0
