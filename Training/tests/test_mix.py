import numpy as np
import pytest

from hush_training import mix, rooms, voices
from hush_training.config import RATE, Training
from hush_training.pack import snr_floor_db, utterances


@pytest.fixture(scope="module")
def mixer(packed):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    return mix.Mixer(*sources, 2.0, 3, rooms.bank(1, 8))


def test_packing_resamples_and_keeps_length(packed):
    fan = next(s for s in mix.load_sources(packed / "noise") if s.name == "fan")
    assert list(fan.lengths) == [48000, 48000]
    assert fan.seconds == 6.0


@pytest.mark.parametrize("snr", [-5.0, 0.0, 20.0])
def test_a_pair_has_the_snr_asked_for(mixer, snr):
    noisy, clean = mixer.draw(snr)
    noise = noisy - clean
    assert mix.active_rms(clean) / mix.rms(noise) == pytest.approx(10 ** (snr / 20), rel=0.1)


def test_levels_stay_in_range(mixer):
    levels = []
    for _ in range(40):
        noisy, _ = mixer.draw()
        assert np.abs(noisy).max() <= 1.0
        assert np.isfinite(noisy).all()
        levels.append(20 * np.log10(mix.rms(noisy) + 1e-9))
    loud = [v for v in levels if v > -70]  # the others are the silent ones
    assert min(loud) > -62 and max(loud) < -9
    assert np.ptp(loud) > 15


def test_the_same_seed_gives_the_same_pairs(packed):
    def first():
        sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
        return next(mix.Mixer(*sources, 1.0, 11, rooms.bank(1, 4)).batches(2))

    for a, b in zip(first(), first()):
        np.testing.assert_array_equal(a, b)


def test_parts_are_heard_four_times_each_time_with_another(mixer, monkeypatch):
    """Numbered parts instead of sounds: every one is drawn once, and no pair comes twice."""
    drawn, size = [], 3

    def parts():
        drawn.append(len(drawn))
        return np.float32([drawn[-1]]), np.float32([-drawn[-1]])

    monkeypatch.setattr(mixer, "parts", parts)
    monkeypatch.setattr(mixer, "mix", lambda speech, noise: (noise, speech))
    batches, pairs = mixer.batches(size), []
    for i in range(mix.POOL * mix.HEARD):
        noise, speech = next(batches)
        assert noise.shape == speech.shape == (size, 1)
        pairs += zip(speech[:, 0], -noise[:, 0])
        assert len(drawn) == size * min(i + 1, mix.POOL)  # as they are needed
    assert len(set(pairs)) == len(pairs) == mix.HEARD * len(drawn)
    for kind in zip(*pairs):
        np.testing.assert_array_equal(np.bincount(np.int64(kind)), mix.HEARD)
    assert pairs[24:] != sorted(pairs[24:])
    next(batches)
    assert len(drawn) == size * (mix.POOL + 1)  # and then others


def test_what_is_heard_again_is_mixed_anew(packed):
    """The clean sound of a pair is in its noisy one, and levels are drawn for each."""
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 1.0, 4, rooms.bank(1, 4))
    shared, levels = [], []
    batches = mixer.batches(2)
    for _ in range(mix.POOL * mix.HEARD):
        for noisy, clean in zip(*next(batches)):
            if clean.any():
                shared.append(noisy @ clean / (clean @ clean))
                levels.append(mix.rms(clean))
    assert np.median(np.abs(np.array(shared) - 1)) < 0.1
    assert len(set(levels)) == len(levels)


@pytest.mark.parametrize("plain", [0.0, 1.0])
def test_plain_mixes_are_of_recordings_as_they_are(packed, monkeypatch, plain):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 2.0, 5, rooms.bank(1, 4), settings=Training(plain=plain))
    heard = []
    for name in ("through", "babble", "coloured", "wind", "knocks", "notes"):
        made = getattr(mixer, name)
        monkeypatch.setattr(mixer, name, lambda *a, made=made, name=name: heard.append(name) or made(*a))
    for _ in range(12):
        speech, noise = mixer.parts()
        assert mix.active_rms(speech) == pytest.approx(1, rel=1e-3)
        assert mix.rms(noise) == pytest.approx(1, rel=1e-3)
    # A plain noise is steady or of strings at times, whose floor is steady.
    assert bool(set(heard) - {"coloured"}) == (plain == 0)
    assert mixer.varied  # the next one may be anything again


@pytest.mark.parametrize("share", [0.0, 0.4, 1.0])
def test_a_share_of_plain_mixes_is_altered_but_dry(packed, monkeypatch, share):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 2.0, 5, rooms.bank(1, 4), settings=Training(plain=1.0, altered=share))
    alter, altered, filtered = mixer.alter, [], []
    monkeypatch.setattr(mixer, "alter", lambda *a: altered.append(mixer.varied) or alter(*a))
    through = mixer.through
    monkeypatch.setattr(mixer, "through", lambda x, h: filtered.append(h) or through(x, h))
    monkeypatch.setattr(mixer, "response", lambda *a: pytest.fail("a room"))
    for _ in range(100):
        speech, noise = mixer.parts()
        assert mix.active_rms(speech) == pytest.approx(1, rel=1e-3) and mix.rms(noise) == pytest.approx(1, rel=1e-3)
        assert mixer.varied
    assert len(altered) == pytest.approx(100 * share, abs=15 if share not in (0, 1) else 0)
    assert all(altered)  # at other speeds as well
    assert len(filtered) == pytest.approx(1.2 * len(altered), abs=0.3 * len(altered))


@pytest.mark.parametrize(
    "shares",
    [
        {}, {"strings": 0.5}, {"struck": 0.5}, {"scattered": 0.5}, {"tunes": 0.5}, {"strings": 0.4, "struck": 0.4},
        {"strings": 0.3, "tunes": 0.2, "struck": 0.2, "scattered": 0.2},
    ],
)
def test_as_many_plain_noises_are_made_as_asked(packed, monkeypatch, shares):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    settings = Training(plain=1.0, **{"strings": 0.0} | shares)
    mixer = mix.Mixer(*sources, 1.0, 5, rooms.bank(1, 4), settings=settings)
    heard, makers = [], {"strings": "plucks", "tunes": "notes", "struck": "things", "scattered": "strokes"}
    for name in makers.values():
        made = getattr(mixer, name)
        monkeypatch.setattr(mixer, name, lambda length, made=made, name=name: heard.append(name) or made(length))
    for _ in range(100):
        mixer.parts()
    for setting, name in makers.items():
        share = shares.get(setting, 0)
        assert heard.count(name) == pytest.approx(100 * share, abs=15 if share else 0)


def test_left_out_sources_are_not_loaded(packed):
    names = [s.name for s in mix.load_sources(packed / "speech", ("others",))]
    assert names == ["voices"]
    with pytest.raises(SystemExit, match="no packed sources"):
        mix.load_sources(packed / "speech", ("others", "voices"))


def test_rooms_start_with_the_direct_sound_and_decay():
    bank = rooms.bank(4, 12)
    assert bank.shape == (12, 8000)
    np.testing.assert_allclose(bank[:, 0], 1)
    early = (bank[:, :1600] ** 2).sum(1)
    late = (bank[:, 6400:] ** 2).sum(1)
    assert (late < 0.1 * early).all()


def test_long_readings_are_cut_where_it_is_quiet():
    rng = np.random.default_rng(2)
    x = (3000 * rng.standard_normal(16000 * 30)).astype(np.int16)
    x[16000 * 10 : 16000 * 10 + 1600] = 0
    parts = utterances(x)
    assert sum(map(len, parts)) == len(x)
    assert abs(len(parts[0]) - (16000 * 10 + 800)) <= 800
    assert snr_floor_db(x) < 30


def test_speed_changes_length_and_pitch():
    t = np.arange(16000) / 16000
    x = np.sin(2 * np.pi * 500 * t).astype(np.float32)
    y = voices.at_speed(x, 1.25)
    assert len(y) == pytest.approx(16000 / 1.25, rel=0.02)
    inner = y[2000:10000] * np.hanning(8000)
    peak = np.argmax(np.abs(np.fft.rfft(inner))) * 16000 / 8000
    assert peak == pytest.approx(625, rel=0.02)
    assert mix.rms(y[2000:10000]) == pytest.approx(mix.rms(x), rel=0.02)


@pytest.mark.parametrize("kind", ["wind", "knocks", "notes", "plucks", "coloured", "hum", "babble"])
def test_made_noises_have_level_one(mixer, kind):
    for _ in range(5):
        x = getattr(mixer, kind)(32000)
        assert x.shape == (32000,) and np.isfinite(x).all()
        assert mix.rms(x) == pytest.approx(1, rel=1e-3)


def test_plucked_strings_begin_at_once_and_fade(mixer):
    rises = []
    for _ in range(8):
        power = (mixer.plucks(64000).reshape(-1, 160) ** 2).mean(1)
        change = np.diff(10 * np.log10(power + 1e-9))
        rises.append(change.max() / -change.min())
    assert np.median(rises) > 2


def test_single_words_are_speech_between_pauses(packed):
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 2.0, 6, rooms.bank(1, 4))
    def silent(words):
        return np.mean([np.mean(mixer.talker(5 * RATE, words=words) == 0) for _ in range(12)])
    assert silent(True) > silent(False) + 0.15
    loud = mix.word(np.r_[np.zeros(2 * RATE), np.ones(RATE // 2), np.zeros(2 * RATE)], np.random.default_rng(1))
    assert 0.3 * RATE <= len(loud) <= 1.6 * RATE and loud.any() and loud[0] == loud[-1] == 0
    assert len(mix.word(np.zeros(3 * RATE), np.random.default_rng(1))) == 3 * RATE


def test_saturation_keeps_what_is_quiet():
    x = np.linspace(-1, 1, 101, dtype=np.float32)
    y = mix.saturated(x, 2.0)
    assert np.abs(y).max() < 0.5 and y[52] == pytest.approx(x[52], rel=0.02)


def test_validation_pairs_never_change(packed):
    """What RUNS.md compares by: a mixer that is not varied draws as it did for small-1."""
    sources = [mix.load_sources(packed / kind) for kind in ("speech", "noise")]
    noisy, clean = mix.Mixer(*sources, 1.0, 5, rooms.bank(1, 4), varied=False).draw(3.0)
    assert float(np.abs(noisy).sum()) == pytest.approx(122.6804, rel=1e-3)
    assert float(np.abs(clean).sum()) == pytest.approx(70.5388, rel=1e-3)


def test_a_held_vowel_keeps_its_pitch_and_adds_its_length():
    rng = np.random.default_rng(6)
    t = np.arange(RATE) / RATE
    voice = sum(np.sin(2 * np.pi * 160 * k * t) / k for k in range(1, 12)).astype(np.float32)
    voice *= np.sin(np.pi * t).astype(np.float32) ** 2
    out = mix.held(voice, rng, 0.5)
    assert len(out) - len(voice) == pytest.approx(0.5 * RATE, rel=0.05)
    middle = out[RATE // 2 : RATE // 2 + 8000] * np.hanning(8000)
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum[50:120]) + 50 == pytest.approx(80, abs=3)  # 160 Hz in bins of 2 Hz
    noise = rng.standard_normal(RATE).astype(np.float32)
    assert len(mix.held(noise, rng, 0.5)) == RATE  # nothing voiced to hold
    assert not mix.held(np.zeros(RATE, np.float32), rng, 0.5).any()
