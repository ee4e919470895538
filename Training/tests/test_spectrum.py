import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import spectrum
from hush_training.config import HOP, Network, Training
from hush_training.loss import mask_loss


def test_a_full_scale_sine_reads_one():
    t = np.arange(16000) / 16000
    re, im = spectrum.stft(jnp.asarray(np.sin(2 * np.pi * 1000 * t), jnp.float32)[None])
    magnitude = np.hypot(re, im)[20:100, 0]
    np.testing.assert_allclose(magnitude[:, 32], 1, atol=1e-3)


def test_analysis_and_synthesis_are_identity():
    x = np.random.default_rng(0).normal(size=40 * HOP).astype(np.float32)
    re, im = spectrum.stft(jnp.asarray(x)[None])
    y = spectrum.istft(np.asarray(re)[:, 0], np.asarray(im)[:, 0])
    np.testing.assert_allclose(y[: 37 * HOP], x[: 37 * HOP], atol=1e-5)


def test_features_ignore_the_level_and_the_microphone():
    rng = np.random.default_rng(1)
    level = jnp.asarray(rng.normal(-4, 1, (50, 1, 257)), jnp.float32)
    colour = jnp.asarray(rng.normal(0, 1, 257), jnp.float32)
    network = Network(features="log-mean")
    a = spectrum.features(network, level, None, 0)
    b = spectrum.features(network, level + colour - 2, None, 0)
    np.testing.assert_allclose(a, b, atol=1e-4)
    np.testing.assert_allclose(a[0], 0, atol=1e-6)


def test_a_restart_forgets_what_was_before():
    level = jnp.asarray(np.random.default_rng(2).normal(-4, 1, (30, 2, 257)), jnp.float32)
    network = Network(features="log-mean")
    both = spectrum.features(network, level, jnp.array([1.0, 0.0]), 10)
    alone = spectrum.features(network, level[10:], None, 0)
    np.testing.assert_allclose(both[10:, 0], alone[:, 0], atol=1e-5)
    assert np.abs(both[10:, 1] - alone[:, 1]).max() > 0.1


def test_the_second_set_tells_the_shape_whatever_the_level():
    rng = np.random.default_rng(5)
    shape = jnp.asarray(rng.normal(0, 1, 257), jnp.float32)
    level = jnp.zeros((20, 1, 257)) + shape
    network = Network(features="log-mean+log-level")
    for shift in (0, -3):
        f = spectrum.features(network, level + shift, None, 0)
        assert f.shape == (20, 1, 514)
        np.testing.assert_allclose(f[..., :257], 0, atol=1e-5)
        np.testing.assert_allclose(f[3, 0, 257:], shape - shape.mean(), atol=1e-4)


def test_the_stft_domain_si_snr_is_that_of_the_samples():
    rng = np.random.default_rng(3)
    clean = rng.normal(size=200 * HOP).astype(np.float32)
    noisy = clean + 0.5 * rng.normal(size=200 * HOP).astype(np.float32)
    clean[-4 * HOP :] = noisy[-4 * HOP :] = 0
    a, b = (spectrum.stft(jnp.asarray(v)[None]) for v in (noisy, clean))
    _, parts = mask_loss(Network(), Training(), jnp.full((200, 1, 257), 8.0), a, b)
    target = (noisy @ clean) ** 2 / (clean @ clean)
    expected = 10 * np.log10(target / (noisy @ noisy - target))
    assert float(parts["si_snr"]) == pytest.approx(expected, abs=0.1)


def test_a_better_mask_has_a_lower_loss():
    rng = np.random.default_rng(4)
    t = np.arange(200 * HOP) / 16000
    clean = (np.sin(2 * np.pi * 500 * t)).astype(np.float32)
    noisy = clean + 0.3 * rng.normal(size=len(clean)).astype(np.float32)
    a, b = (spectrum.stft(jnp.asarray(v)[None]) for v in (noisy, clean))
    ideal = jnp.where(b[0] ** 2 + b[1] ** 2 > 1e-4, 6.0, -6.0)
    good, _ = mask_loss(Network(), Training(), ideal, a, b)
    none, _ = mask_loss(Network(), Training(), jnp.full_like(ideal, 6.0), a, b)
    assert float(good) < float(none) - 0.3
