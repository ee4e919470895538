"""Windows of less delay, phases, masks of two parts, presence."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import integer, modelfile, spectrum
from hush_training.config import DELAYS, WINDOW, Network, Training
from hush_training.loss import mask_loss, presence, teacher_loss


@pytest.mark.parametrize("delay", DELAYS)
def test_every_delay_reconstructs(delay):
    x = np.random.default_rng(0).normal(size=8192).astype(np.float32)
    re, im = spectrum.stft(jnp.asarray(x)[None], delay)
    y = spectrum.istft(np.asarray(re)[:, 0], np.asarray(im)[:, 0], delay)
    np.testing.assert_allclose(y[: 8192 - WINDOW], x[: 8192 - WINDOW], atol=1e-4)


@pytest.mark.parametrize("delay", DELAYS)
def test_the_output_waits_no_longer_than_the_delay(delay):
    """A hop of output needs no frame that ends later than the delay less a hop after it."""
    rng = np.random.default_rng(1)
    re, im = (rng.normal(size=(80, 257)) for _ in range(2))
    whole = spectrum.istft(re, im, delay)
    hop = DELAYS[delay]
    known = 40 * hop
    re[40:], im[40:] = 0, 0  # frames that end after sample `known` change
    cut = spectrum.istft(re, im, delay)
    sure = known - (round(delay * 16000) - hop)
    np.testing.assert_allclose(cut[:sure], whole[:sure], atol=1e-6)
    assert np.abs(cut[sure : sure + hop] - whole[sure : sure + hop]).max() > 1e-3


def test_a_tone_turns_steadily_and_noise_does_not():
    rng = np.random.default_rng(2)
    t = np.arange(16000) / 16000
    tone = np.sin(2 * np.pi * 1010 * t)  # a third of a bin above bin 32
    both = np.stack([tone, rng.normal(size=16000)]).astype(np.float32)
    re, im = spectrum.stft(jnp.asarray(both))
    c, s = (np.asarray(v) for v in spectrum.turning(re, im, 1e-10))
    steady = np.hypot(c[20:100].mean(0), s[20:100].mean(0))
    assert steady[0, 32] > 0.99 and steady[1, 32] < 0.7
    angle = np.arctan2(s[50, 0, 32], c[50, 0, 32])
    assert angle == pytest.approx(2 * np.pi * (1010 - 1000) * 0.008, abs=0.02)


def test_a_complex_mask_turns_a_bin():
    network = Network(mask="complex")
    re, im = np.ones((1, 257)), np.zeros((1, 257))
    out = spectrum.apply_mask(network, re, im, np.repeat([[0.5, 1.0]], 257, 1))
    np.testing.assert_allclose([out[0][0, 9], out[1][0, 9]], [0.5, 1.0])
    rng = np.random.default_rng(3)
    noisy = tuple(jnp.asarray(rng.normal(size=(40, 1, 257)), jnp.float32) for _ in range(2))
    clean = (-noisy[1] * 0.5, noisy[0] * 0.5)  # a quarter turn, which no gain can make
    logits = jnp.concatenate([jnp.full((40, 1, 257), -8.0), jnp.full((40, 1, 257), 1.1)], -1)
    turned, _ = mask_loss(network, Training(), logits, noisy, clean)
    gains, _ = mask_loss(Network(), Training(), jnp.zeros((40, 1, 257)), noisy, clean)
    assert float(turned) < float(gains) - 0.3


def test_presence_is_where_the_clean_sound_is():
    rng = np.random.default_rng(4)
    noisy = tuple(jnp.asarray(rng.normal(size=(60, 1, 257)), jnp.float32) for _ in range(2))
    on = jnp.asarray((np.arange(60) % 20 < 10).astype(np.float32))[:, None, None]
    clean = tuple(v * on for v in noisy)
    np.testing.assert_array_equal(presence(clean[0] ** 2 + clean[1] ** 2)[:, 0], on[:, 0, 0])
    logits = jnp.concatenate([jnp.zeros((60, 1, 257)), 8 * (2 * on - 1)], -1)
    network = Network(presence=True)
    right = mask_loss(network, Training(), logits, noisy, clean)[1]["presence"]
    wrong = mask_loss(network, Training(), -logits, noisy, clean)[1]["presence"]
    assert float(right) < 0.01 < 5 < float(wrong)


def test_a_pupil_like_its_teacher_loses_nothing():
    rng = np.random.default_rng(5)
    noisy = tuple(jnp.asarray(rng.normal(size=(10, 2, 257)), jnp.float32) for _ in range(2))
    z = jnp.asarray(rng.normal(size=(10, 2, 257)), jnp.float32)
    assert float(teacher_loss(Network(), Training(), z, jax.nn.sigmoid(z), noisy)) == 0
    assert float(teacher_loss(Network(), Training(), z, jax.nn.sigmoid(-z), noisy)) > 0.01


def test_a_model_of_the_second_format_keeps_its_keys(tmp_path):
    model = integer.random_model(3, F=34, M=17, H=16, P=8, L=1, presence=True, delay=0.016)
    path = tmp_path / "model.safetensors"
    modelfile.write(path, model)
    again = modelfile.read(path)
    assert again["architecture"]["presence"] is True
    assert (again["front_end"]["delay"], again["front_end"]["hop"]) == (0.016, 0.008)
    assert integer.IntegerNetwork(again).step(np.zeros(34, np.int16)).shape == (18,)
    from safetensors import safe_open

    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["hush.format"] == "2"
    model["front_end"]["delay"] = 0.008  # wants a hop of 4 ms
    with pytest.raises(modelfile.ModelFileError, match="delay 0.008 with a hop of 0.008"):
        modelfile.validate(model)
