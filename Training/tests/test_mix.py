import numpy as np
import pytest

from hush_training import mix, rooms
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
