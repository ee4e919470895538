"""Front ends of the third format: bands, floors, short means, phases and turns of the lowest bins."""

import dataclasses
import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from safetensors import safe_open

from hush_training import checkpoint, evaluate, export, golden, integer, modelfile, restore, s5, spectrum, train
from hush_training.cli import main
from hush_training.config import HOP, RATE, Network, Run, Training
from hush_training.loss import mask_loss, teacher_loss

ALL = "log-mean+log-level+log-floor+log-short+phase"
FULL = Network(
    width=32, states=16, blocks=2, hippo_blocks=2, bands=104, fine=96, mask="complex", presence=True,
    features=ALL, floor=1e-12,
)


def streamed(network, re, im):
    """The specification hop by hop, in float64: re, im [T, 257] -> features [T, F]."""
    bands = network.bands
    if bands:
        erb = lambda f: 21.4 * np.log10(1 + 0.00437 * f)  # noqa: E731
        hz = np.concatenate([np.arange(64) * 31.25, np.zeros(bands - 64)])
        step = (erb(8000) - erb(63 * 31.25)) / (bands - 64)
        for j in range(64, bands):
            # In ERB between two bins a centre is where linear interpolation puts it.
            e, at = erb(63 * 31.25) + (j - 63) * step, 63
            while at < 255 and erb((at + 1) * 31.25) < e - 1e-12:
                at += 1
            low, high = erb(at * 31.25), erb((at + 1) * 31.25)
            hz[j] = 31.25 * (at + (e - low) / (high - low))
        weights = np.array([np.interp(np.arange(257) * 31.25, hz, np.eye(bands)[j]) for j in range(bands)])
    mean = mean_all = s = floor = short = 0.0
    before, out = np.zeros(network.fine, complex), []
    rate = lambda t: 1 - np.exp(-128 / 16000 / t)  # noqa: E731
    for n, x in enumerate(re + 1j * im, 1):
        power = np.abs(x) ** 2
        if bands:
            power = weights @ power / weights.sum(1)
        level = np.log10(power + network.floor)
        mean = mean + max(rate(1.0), 1 / n) * (level - mean)
        mean_all = mean_all + max(rate(1.0), 1 / n) * (level.mean() - mean_all)
        s = s + max(rate(0.03), 1 / n) * (level - s)
        floor = floor + np.maximum(np.where(s > floor, rate(2.0), rate(0.06)), 1 / n) * (s - floor)
        short = short + max(rate(0.05), 1 / n) * (level - short)
        sets = {"log-mean": level - mean, "log-level": level - mean_all}
        sets |= {"log-floor": level - floor, "log-short": level - short}
        low = x[: network.fine]
        z = low * before.conj() * (-1j) ** np.arange(network.fine)
        z = z / (np.abs(low) * np.abs(before) + network.floor)
        before = low
        sets["phase"] = np.concatenate([z.real, z.imag])
        out.append(np.concatenate([sets[k] for k in network.features.split("+")]))
    return np.array(out)


@pytest.mark.parametrize(
    "change",
    [{}, {"bands": 0}, {"bands": 80, "fine": 257}, {"features": "log-mean+log-floor"}, {"fine": 1}],
    ids=str,
)
def test_features_are_those_of_a_stream(change):
    network = dataclasses.replace(FULL, **change)
    x = golden.sound(120)
    re, im, features = evaluate.analyse(network, x)
    assert features.shape == (123, network.inputs)
    np.testing.assert_allclose(features, streamed(network, np.float64(re), np.float64(im)), atol=2e-3)


def test_a_bank_gives_every_bin_two_bands():
    for bands in (65, 104, 200):
        bank = spectrum.bank(bands)
        np.testing.assert_allclose(bank.sum(1), 1, atol=1e-6)
        np.testing.assert_array_equal(bank[:64, :64], np.eye(64))
        assert bank.min() >= 0 and bank.sum(0).min() >= 0.5 and (bank > 0).sum(1).max() <= 2
        assert bank[256, -1] == 1
        rising = bank @ np.arange(bands)  # places among the bands, which are in order
        assert (np.diff(rising) > 0).all()


def test_a_band_has_the_mean_power_of_its_bins():
    """White noise is as loud in every band; a sine is as loud as it is in the bins that hear it."""
    rng = np.random.default_rng(0)
    t = np.arange(4 * RATE) / RATE
    both = np.stack([rng.normal(size=len(t)), np.sin(2 * np.pi * 1000 * t)]).astype(np.float32)
    re, im = spectrum.stft(jnp.asarray(both))
    level = np.asarray(spectrum.levels(FULL, re, im))
    noise = np.log10(np.mean(10 ** level[10:, 0], 0))
    assert np.ptp(noise[1:-1]) < 0.25
    assert level[50, 1, 32] == pytest.approx(0, abs=1e-3)  # a full-scale sine on a bin
    assert level[50, 1, 40:].max() < -4.5
    high = jnp.asarray(np.sin(2 * np.pi * 160 * 31.25 * t), jnp.float32)[None]
    level = np.asarray(spectrum.levels(FULL, *spectrum.stft(high)))[50, 0]
    bank = spectrum.bank(104)
    heard = 1 / (1 - 4.0 * (np.arange(257) - 160) ** 2) ** 2  # of the window's square root of Hann
    expected = heard @ bank / bank.sum(0)
    near = bank[158:163].any(0)
    np.testing.assert_allclose(level[near], np.log10(expected[near]), atol=0.02)


def test_the_floor_follows_the_noise_and_not_speech():
    """Noise at -4, words of half a second at -1: log-floor tells how far words are above the noise,
    and where noise becomes louder for good it is at 0 again."""
    rng = np.random.default_rng(1)
    hops = np.arange(2000)
    noise = np.where(hops < 1000, -4.0, -2.0)
    words = (hops < 1000) & (hops % 125 >= 60)
    level = np.where(words, -1.0, noise)[:, None, None] + rng.normal(0, 0.2, (2000, 1, 257))
    network = Network(features="log-mean+log-floor")
    f = np.asarray(spectrum.features(network, jnp.asarray(level, jnp.float32), None, 0))[:, 0]
    mean, floor = (v.mean(1) for v in np.split(f, 2, 1))
    assert floor[500:1000][words[500:1000]].mean() == pytest.approx(2.7, abs=0.3)
    assert floor[500:1000][~words[500:1000]].mean() == pytest.approx(0, abs=0.2)
    assert mean[500:1000][words[500:1000]].mean() < 2  # the plain mean is pulled up by the words
    assert floor[1010] > 1 and abs(floor[1900:].mean()) < 0.2


def test_a_short_mean_tells_beginnings():
    level = jnp.where(jnp.arange(100)[:, None, None] < 50, -4.0, -1.0) * jnp.ones((1, 1, 257))
    f = np.asarray(spectrum.features(Network(features="log-mean+log-short"), level, None, 0))[:, 0, 257:]
    assert f[50, 0] > 2.5 and abs(f[75, 0]) < 0.1 and abs(f[49, 0]) < 1e-5


def test_a_restart_forgets_all_means():
    network = dataclasses.replace(FULL, features="log-mean+log-level+log-floor+log-short")
    level = jnp.asarray(np.random.default_rng(2).normal(-4, 1, (30, 2, 104)), jnp.float32)
    both = spectrum.features(network, level, jnp.array([1.0, 0.0]), 10)
    alone = spectrum.features(network, level[10:], None, 0)
    np.testing.assert_allclose(both[10:, 0], alone[:, 0], atol=1e-5)
    for part in np.split(np.abs(np.asarray(both[10:, 1] - alone[:, 1])), 4, 1):
        assert part.max() > 0.1


def test_makeup_opens_a_mask_up_to_one():
    network = dataclasses.replace(FULL, makeup=1.25)
    rng = np.random.default_rng(4)
    re, im = rng.standard_normal((2, 5, 257)).astype(np.float32)
    outputs = rng.random((5, network.outputs)).astype(np.float32)
    plain, louder = outputs.copy(), spectrum.apply_mask(network, re, im, outputs)
    at = network.levels
    plain[:, :at] = np.minimum(1.25 * outputs[:, :at], 1)
    turns = 2 * outputs[:, at : at + network.turns] - 1
    plain[:, at : at + network.turns] = 0.5 + 0.5 * np.clip(1.25 * turns, -1, 1)
    for a, b in zip(louder, spectrum.apply_mask(FULL, re, im, plain)):
        np.testing.assert_allclose(a, b, atol=1e-5)


def test_gains_of_bands_and_turns_of_the_lowest_bins():
    rng = np.random.default_rng(3)
    re, im = rng.normal(size=(2, 20, 257))
    outputs = rng.random((20, FULL.outputs))
    outputs[:, -1] = 0.1 + 0.9 * outputs[:, -1]  # somebody speaks all the while
    masked = spectrum.apply_mask(FULL, re, im, outputs)
    gain = outputs[:, :104] @ spectrum.bank(104).T.astype(float)
    turn = np.pad(2 * outputs[:, 104:200] - 1, ((0, 0), (0, 161)))
    expected = (gain + 1j * turn) * (re + 1j * im)
    np.testing.assert_allclose(masked[0] + 1j * masked[1], expected, atol=1e-5)
    outputs[10:, -1] = 0  # nobody any more: everything is turned down alike
    quieter = spectrum.apply_mask(FULL, re, im, outputs)
    factor = spectrum.expansion(FULL, outputs[:, -1])[:, None]
    np.testing.assert_array_equal(quieter[0][:10], masked[0][:10])
    np.testing.assert_allclose(np.stack(quieter), np.stack(masked) * factor, atol=1e-6)


def test_pauses_are_turned_down_and_words_let_through_at_once():
    presence = np.zeros((250, 2))
    presence[:50] = presence[200:] = [[0.1, 0.05]]
    db = 20 * np.log10(spectrum.expansion(FULL, presence))
    assert (db[:50, 0] == 0).all() and (db[200:, 0] == 0).all()
    # 12 dB, of which 1 / e is left after 0.15 s, and nothing to speak of after a second.
    np.testing.assert_allclose(db[49 + 25, 0], -12 * (1 - np.exp(-0.2 / 0.15)), atol=0.01)
    assert -12 < db[199, 0] < -11.9
    np.testing.assert_allclose(db[-1, 1], -6)  # not sure
    np.testing.assert_array_equal(presence[0], [0.1, 0.05])  # what is told stays


def test_the_loss_is_of_what_the_mask_lets_through():
    """A loss of logits is that of a complex mask of bins that does the same."""
    rng = np.random.default_rng(4)
    noisy, clean = (tuple(jnp.asarray(rng.normal(size=(40, 2, 257)), jnp.float32) for _ in range(2)) for _ in range(2))
    logits = jnp.asarray(rng.normal(0, 2, (40, 2, FULL.outputs)), jnp.float32)
    gains = spectrum.gains(FULL, jax.nn.sigmoid(logits))
    turns = jnp.pad(logits[..., 104:200], ((0, 0), (0, 0), (0, 161)))
    same = jnp.concatenate([jnp.log(gains / (1 - gains)), turns, logits[..., -1:]], -1)
    plain = Network(mask="complex", presence=True)
    one, of_bands = mask_loss(FULL, Training(), logits, noisy, clean)
    other, of_bins = mask_loss(plain, Training(), same, noisy, clean)
    assert float(one) == pytest.approx(float(other), rel=1e-4)
    for name in of_bands:
        assert float(of_bands[name]) == pytest.approx(float(of_bins[name]), rel=1e-3), name
    assert float(teacher_loss(FULL, Training(), logits, gains, noisy)) < 1e-10


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["features=log-mean+phase+log-level"], "in this order"),
        (["features=log-floor"], "the first always"),
        (["features=log-mean+log-loud"], "want some of"),
        (["bands=64"], "bands=64: want 65 to 200"),
        (["fine=0"], "fine=0: want 1 to 257"),
        (["mask=complicated"], "want gain or complex"),
    ],
)
def test_what_cannot_be_is_refused(settings, message):
    with pytest.raises(SystemExit, match=message):
        Run().override(settings)


def test_phases_want_a_hop_of_a_quarter():
    network = dataclasses.replace(FULL, delay=0.008)
    with pytest.raises(SystemExit, match="phase features want a hop of 128"):
        evaluate.analyse(network, np.zeros(1000, np.float32))


# The model file.


def test_a_file_of_the_third_format_gives_back_the_model(tmp_path):
    path = tmp_path / "a.safetensors"
    modelfile.write(path, golden.bands_model())
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["hush.format"] == "3"
    architecture, front_end = (json.loads(metadata[f"hush.{k}"]) for k in ("architecture", "front_end"))
    assert {k: architecture[k] for k in ("features", "mask", "turn", "presence")} == {
        "features": 608, "mask": 104, "turn": 96, "presence": True,
    }
    assert (front_end["features"], front_end["bands"], front_end["fine"]) == (ALL, 104, 96)
    again = modelfile.read(path)
    assert evaluate.network_of(again).inputs == 608 and evaluate.network_of(again).outputs == 201
    modelfile.write(tmp_path / "b.safetensors", again)
    assert path.read_bytes() == (tmp_path / "b.safetensors").read_bytes()


@pytest.mark.parametrize(
    ("change", "number"),
    [
        ({"presence": True}, "2"),
        ({"bands": 70}, "3"),
        ({"features": "log-mean+phase"}, "3"),
        ({"features": "log-mean+log-short"}, "3"),
        ({"mask": "complex", "fine": 5}, "3"),
        ({}, "1"),
    ],
    ids=str,
)
def test_the_format_is_the_lowest_that_has_what_is_used(tmp_path, change, number):
    network = Network(width=16, states=8, blocks=1, **change)
    path = tmp_path / "a.safetensors"
    modelfile.write(path, integer.random_model(5, network=network))
    with safe_open(path, framework="numpy") as file:
        metadata = file.metadata()
    assert metadata["hush.format"] == number
    front_end = json.loads(metadata["hush.front_end"])
    assert ("fine" in front_end) == ("phase" in network.features or network.mask == "complex")
    assert ("bands" in front_end) == (network.bands > 0)


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("architecture", {"turn": True}, "turn is True, expected a number"),
        ("architecture", {"turn": 95}, "turn is 95, but the front end's fine is 96"),
        ("architecture", {"mask": 105}, "mask is 105, but the front end has 104 levels"),
        ("architecture", {"features": 607}, "607 features, but .* makes 608"),
        ("front_end", {"bands": 64}, "bands is 64, expected 65 to 200"),
        ("front_end", {"bands": None}, "mask is 104, but the front end has 257"),
        ("front_end", {"fine": None}, "fine is None, expected 1 to 257"),
        ("front_end", {"features": "log-mean+phase+log-level"}, "in this order"),
        ("front_end", {"features": "log-level"}, "the first always"),
        ("front_end", {"delay": 0.008, "hop": 0.004}, "a quarter of the window"),
    ],
)
def test_what_does_not_agree_is_named(part, change, message):
    model = golden.bands_model()
    model[part] |= change
    with pytest.raises(modelfile.ModelFileError, match=message):
        modelfile.validate(model)


def test_a_file_must_be_of_the_format_that_it_uses(tmp_path):
    path = tmp_path / "a.safetensors"
    modelfile.write(path, golden.bands_model())
    path.write_bytes(path.read_bytes().replace(b'"hush.format":"3"', b'"hush.format":"2"'))
    with pytest.raises(modelfile.ModelFileError, match="hush.format is 2, but what it holds is of 3"):
        modelfile.read(path)


def test_the_golden_case_of_sound_is_of_one_piece(tmp_path):
    golden.write_sound_case(golden.bands_model(), golden.sound(40), tmp_path / "a")
    read = lambda suffix, kind, shape: np.fromfile(tmp_path / f"a.{suffix}", kind).reshape(shape)  # noqa: E731
    reals, integers = read("reals", "<f4", (40, 608)), read("features", "<i2", (40, 608))
    np.testing.assert_array_equal(np.clip(np.rint(reals * 2048), -32768, 32767), integers)
    model = modelfile.read(tmp_path / "a.safetensors")
    outputs = read("outputs", "<i2", (40, 201))
    np.testing.assert_array_equal(integer.IntegerNetwork(model).run(integers), outputs)
    assert json.loads((tmp_path / "a.json").read_text())["masks"][7] == golden.checksum(outputs[7])
    re, im = read("masked", "<f4", (40, 2, 257)).transpose(1, 0, 2)
    np.testing.assert_allclose(read("enhanced", "<f4", -1), spectrum.istft(re, im), atol=1e-6)
    enhanced = evaluate.Enhancer(tmp_path / "a.safetensors")(read("sound", "<f4", -1))
    inside = slice(0, -3 * HOP)
    np.testing.assert_allclose(enhanced[inside], read("enhanced", "<f4", -1)[inside], atol=1e-5)


def test_a_mask_of_nothing_leaves_nothing():
    outputs = np.zeros((5, FULL.outputs), np.int16)
    outputs[:, FULL.levels : FULL.levels + FULL.turns] = integer.mask_table()[512]  # a logit of 0
    re, im = np.random.default_rng(1).normal(size=(2, 5, 257))
    masked = spectrum.apply_mask(FULL, re, im, integer.mask_of(FULL, outputs))
    assert not np.any(masked)
    ones = np.full((5, FULL.outputs), 32767, np.int16)
    of = integer.mask_of(FULL, ones)
    assert (of[:, : FULL.levels] == 1).all() and of[0, -1] == 1 and of[0, FULL.levels] == 32767 / 32768


def test_a_model_is_restored_with_its_front_end(tmp_path):
    model = integer.random_model(4, gain=1 / 8, network=FULL)
    for i in range(2):  # no pole next to 1: float32 and float64 agree
        model["tensors"][f"block.{i}.lambda"][:] = model["tensors"][f"block.{i}.lambda"] * 0.97
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    run = restore.restore(path, out)
    for name in ("bands", "fine", "mask", "presence", "features", "floor"):
        assert getattr(run.network, name) == getattr(FULL, name), name
    x = np.clip(np.random.default_rng(0).normal(0, 1.5, (60, 608)), -7, 7).astype(np.float32)
    expected = integer.float_forward(modelfile.read(path), np.float64(x))
    np.testing.assert_allclose(np.asarray(evaluate.Enhancer(out).mask(x)), expected, atol=2e-3)


# Checkpoints.


def save(path, run, change):
    parameters, statistics = s5.initial(run.network, 1)
    checkpoint.save(path, run, {"parameters": parameters, "statistics": statistics}, {"progress": 1.0})
    with np.load(path) as z:
        arrays = dict(z)
    told = json.loads(str(arrays["__run__"]))
    change(told["network"])
    np.savez(path, **arrays | {"__run__": json.dumps(told)})


def test_older_checkpoints_load_and_unknown_ones_say_why_not(tmp_path):
    path, run = tmp_path / "a.npz", Run(Network(width=16, states=8, blocks=1, hippo_blocks=1))

    def older(network):
        for key in ("bands", "fine"):
            del network[key]

    save(path, run, older)
    assert checkpoint.load(path)[0] == run
    save(path, run, lambda network: network.update(skip=-1))
    assert checkpoint.load(path)[0] == run
    save(path, run, lambda network: network.update(skip=2))
    with pytest.raises(SystemExit, match="skip"):
        checkpoint.load(path)
    save(path, run, lambda network: network.update(colour=3))
    with pytest.raises(SystemExit, match="network has keys that this version lacks: colour"):
        checkpoint.load(path)


# The whole way, on a tiny network that a teacher of another front end teaches.

SETTINGS = [
    *("width=32", "states=16", "blocks=2", "hippo_blocks=2", "batch=2", "seconds=0.8", "lead=0.2"),
    *("bands=104", "fine=96", "mask=complex", f"features={ALL}", "presence=1", "floor=1e-12"),
]


@pytest.fixture(scope="module")
def runs(packed, tmp_path_factory):
    out = tmp_path_factory.mktemp("bands")
    common = ["--data", str(packed), "--hold-out", "others,fan", "--every", "60"]
    teacher = ["width=24", "states=8", "blocks=1", "hippo_blocks=1", "batch=2", "seconds=0.8", "lead=0.2"]
    main(["dense", "--out", str(out / "teacher"), "--budget", "3", *common, *(f"--set={v}" for v in teacher)])
    taught = f"--set=teacher={out / 'teacher/last.npz'}"
    run = Run().override([*SETTINGS, f"teacher={out / 'teacher/last.npz'}", "quantize_from=0.7"])
    train.train(run, packed, out / "sparse", "30", ("others", "fan"), pruning=True, every=60)
    return out


def test_a_teacher_has_a_front_end_of_its_own(runs, packed):
    path = runs / "teacher/last.npz"
    run = Run(FULL, dataclasses.replace(Training(), teacher=str(path), precision="f32"))
    gains = train.teacher_of(run)
    x = 0.1 * np.random.default_rng(0).standard_normal((2, 40 * HOP)).astype(np.float32)
    taught = np.asarray(gains(jnp.asarray(x), None, 10))
    assert taught.shape == (30, 2, 257)
    teacher = evaluate.Enhancer(path)
    alone = np.asarray(teacher.mask(evaluate.analyse(teacher.network, x[1])[2]))
    # What the lead-in left in its states is gone from the teacher's, who hears it not.
    level = spectrum.features(teacher.network, spectrum.levels(teacher.network, *spectrum.stft(x)), None, 0)
    cut = np.asarray(teacher.mask(np.asarray(level)[10:, 1]))
    np.testing.assert_allclose(taught[:, 1], cut, atol=1e-4)
    assert alone.shape[1] == 257
    other = dataclasses.replace(run, network=dataclasses.replace(FULL, delay=0.016))
    with pytest.raises(SystemExit, match="a teacher needs the delay of its pupil"):
        train.teacher_of(other)


def test_integers_follow_the_float_network(runs, packed, tmp_path, monkeypatch):
    clips = export.calibration_clips
    monkeypatch.setattr(export, "calibration_clips", lambda data: clips(data, count=4))
    rounded, path = tmp_path / "rounded.safetensors", tmp_path / "model.safetensors"
    main(["quantize", str(runs / "sparse/last.npz"), str(rounded), "--data", str(packed)])
    main(["export", str(rounded), str(path), "--name", "bands"])
    model = modelfile.read(path)
    assert evaluate.network_of(model) == dataclasses.replace(
        checkpoint.load(runs / "sparse/last.npz")[0].network,
        **{k: getattr(Network, k) for k in ("width", "states", "blocks", "hippo_blocks")},
    )
    clip = clips(packed, seed=77, count=1)[0]
    reference = evaluate.Enhancer(runs / "sparse/last.npz")(clip)
    for mode in ("integer", "float"):
        y = evaluate.Enhancer(path, mode)(clip)
        assert 10 * np.log10(np.sum((y - reference) ** 2) / np.sum(reference**2)) < -30, mode


def test_the_card_and_the_sensitivity_know_bands(runs, packed):
    from hush_training import card, sensitivity

    text = "\n".join(card.sizes(integer.random_model(1, network=FULL), 1000))
    assert "608 features, width 32" in text and "104 gains of bands, 96 imaginary parts" in text
    study = sensitivity.Study(runs / "sparse/last.npz", packed, ("others", "fan"), clips=2)
    exact = study.score(sensitivity.Widths("real"))
    coarse = study.score(sensitivity.Widths("W4A6", 4, 6))
    assert exact["mask error"] == 0 < coarse["mask error"]
