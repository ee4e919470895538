import numpy as np
import pytest

from hush_training import struck
from hush_training.config import RATE


@pytest.fixture
def rng():
    return np.random.default_rng(4)


@pytest.mark.parametrize(
    "made", [struck.drop, struck.call, struck.bark, struck.honk, lambda rng: struck.thing(rng)[0], lambda rng: struck.rasp(rng, 1)[0]]
)
def test_each_is_finite_short_and_no_two_are_alike(rng, made):
    sounds = [made(rng) for _ in range(40)]
    for x in sounds:
        assert x.dtype == np.float32 and np.isfinite(x).all() and np.abs(x).max() > 0
        assert 32 <= len(x) <= 1.3 * RATE
    assert len({x.tobytes() for x in sounds}) == len(sounds)


def test_a_struck_thing_fades_and_rings_otherwise_at_another_place(rng):
    others = 0
    for _ in range(20):
        first, second = struck.thing(rng)[:2]
        half = len(first) // 2
        assert (first[half:] ** 2).sum() < 0.2 * (first**2).sum()
        others += np.abs(first - second).max() > 0.1
    assert others > 14  # a thing of one mode rings alike everywhere


def test_a_drop_rises(rng):
    """The energy's centre in frequency is higher late than early, where it rises at all."""
    def centre(x):
        power = np.abs(np.fft.rfft(x * np.hanning(len(x)), 4096)) ** 2
        return (np.arange(len(power)) * power).sum() / power.sum()

    rises = []
    for _ in range(80):
        x = struck.drop(rng)
        if len(x) > 1000:
            n = len(x) // 4
            rises.append(centre(x[n : 2 * n]) - centre(x[:n]))
    assert np.median(rises) > 0 and len(rises) > 20


def test_puffs_of_a_thing_swell_fade_and_are_of_one_colour(rng):
    """The spectra of two puffs of a thing are nearer to each other than to those of another thing."""
    def bands(x):
        power = np.abs(np.fft.rfft(x, 2 * RATE)) ** 2
        return np.array([np.log(b.mean() + 1e-9 * power.mean()) for b in np.array_split(power[100:], 24)])

    nearer = 0
    for _ in range(40):
        puffs, others = struck.rasp(rng), struck.rasp(rng)
        for x in puffs:
            assert 0.02 * RATE < len(x) < 0.75 * RATE and np.abs(x).max() == pytest.approx(1)
            assert np.abs(x[-8:]).max() < 0.1  # no click where it ends
        own, other = bands(puffs[0]) - bands(puffs[1]), bands(puffs[0]) - bands(others[0])
        nearer += own.std() < other.std()
    assert nearer > 30


@pytest.mark.parametrize("length", [RATE // 10, RATE, 3 * RATE])
def test_times_lie_within_and_in_order(rng, length):
    for _ in range(100):
        at = struck.times(rng, length)
        assert len(at) > 0 and at[0] >= 0 and at[-1] < length and (np.diff(at) >= 0).all()
        assert len(at) <= 60 * length / RATE + 1


def test_what_is_seldom_is_seldom(rng):
    often = lambda fastest: np.mean([len(struck.times(rng, 5 * RATE, fastest)) for _ in range(200)])  # noqa: E731
    assert often(struck.SELDOM) < 0.6 * often(struck.OFTEN)


def test_what_sounds_has_its_length_and_is_heard(rng):
    for _ in range(100):
        x = struck.sound(rng, RATE)
        assert len(x) == RATE and np.isfinite(x).all() and np.abs(x).max() > 0


def test_strokes_are_cut_where_a_recording_swells(rng):
    x = 0.001 * rng.standard_normal(2 * RATE).astype(np.float32)
    for at in (0.5, 1.2):
        x[int(at * RATE) :][: RATE // 10] += np.sin(np.arange(RATE // 10) * 0.5).astype(np.float32)
    for _ in range(20):
        strokes = struck.cut(rng, x, 1)
        assert len(strokes) == 1
        stroke = strokes[0]
        assert stroke.dtype == np.float32 and np.abs(stroke).max() == pytest.approx(1)
        assert 0.03 * RATE <= len(stroke) <= 0.61 * RATE
        assert np.abs(stroke[: RATE // 50]).max() > 0.9  # it begins with the swell, not with the hiss
        assert np.abs(stroke[-2:]).max() < 0.02


def test_nothing_is_cut_out_of_silence_or_of_next_to_nothing(rng):
    assert struck.cut(rng, np.zeros(RATE, np.float32)) == []
    assert struck.cut(rng, np.zeros(0, np.float32)) == []
    assert all(np.isfinite(s).all() for s in struck.cut(rng, np.ones(100, np.float32)))
