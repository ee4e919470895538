from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import onnxruntime
import pytest
import speechmos
from conftest import speech_like

from hush_training import dnsmos, mix, optimizer, rooms, s5, spectrum
from hush_training.config import HOP, Network, Run, Training
from hush_training.loss import opinion_loss
from hush_training.train import make_step


LENGTH = 144160  # samples that Microsoft's file takes


@pytest.fixture(scope="module")
def clean():
    return speech_like(np.random.default_rng(0), LENGTH / 16000)


@pytest.fixture(scope="module")
def noise():
    return (0.05 * np.random.default_rng(1).standard_normal(LENGTH)).astype(np.float32)


def test_opinions_are_those_of_the_file_that_everyone_runs(clean, noise):
    file = Path(speechmos.__file__).parent / "dnsmos_models" / "sig_bak_ovr.onnx"
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    both = np.stack([clean, clean + noise])
    raw = session.run(None, {"input_1": both})[0]
    expected = np.stack([np.polyval(fit, raw[:, i]) for i, fit in enumerate(dnsmos.FITS)], -1)
    heard = dnsmos.opinions(jnp.asarray(both))
    np.testing.assert_allclose(heard, expected, atol=2e-3)
    assert heard[0, 1] > heard[1, 1] + 0.5, "noise is heard as noise"


def test_the_slope_of_a_convolution_is_jax_s_own():
    rng = np.random.default_rng(2)
    h, kernel, g = (rng.standard_normal(s).astype(np.float32) for s in ((2, 7, 5, 3), (3, 3, 3, 4), (2, 7, 5, 4)))
    plain = lambda h: dnsmos.convolved.__wrapped__(h, kernel)  # noqa: E731
    (expected,) = jax.vjp(plain, h)[1](g)
    (told,) = jax.vjp(lambda h: dnsmos.convolved(h, kernel), h)[1](g)
    np.testing.assert_allclose(told, expected, atol=1e-5)


@pytest.mark.parametrize("delay", [0.032, 0.016, 0.008])
def test_the_sound_is_what_the_stream_will_sound_like(delay, clean):
    x = clean[: 50 * HOP]
    re, im = spectrum.stft(jnp.asarray(np.stack([x, 0.5 * x])), delay)
    y = spectrum.sound(0.5 * re, 0.5 * im, delay)
    assert y.shape[1] >= 46 * HOP
    np.testing.assert_allclose(y[0], 0.5 * x[: y.shape[1]], atol=1e-5)
    np.testing.assert_allclose(y[1], 0.5 * y[0], atol=1e-5)
    one = spectrum.istft(0.5 * np.asarray(re)[:, 0], 0.5 * np.asarray(im)[:, 0], delay)
    np.testing.assert_allclose(y[0], one[: y.shape[1]], atol=1e-5)


def spectra(x):
    return spectrum.stft(jnp.asarray(x)[None])


def test_the_loss_falls_as_noise_goes(clean, noise):
    network = Network(bands=0, mask="complex", fine=64, presence=1)
    c, n = spectra(clean[:48000]), spectra((clean + noise)[:48000])
    power = (c[0] ** 2 + c[1] ** 2) / (n[0] ** 2 + n[1] ** 2 + 1e-12)
    gains = jnp.clip(jnp.sqrt(power), 1e-3, 1 - 1e-3)
    logits = jnp.concatenate([jnp.log(gains / (1 - gains)), jnp.zeros((*gains.shape[:2], 65))], -1)
    opened = jnp.concatenate([jnp.full(gains.shape, 8.0), jnp.zeros((*gains.shape[:2], 65))], -1)
    best, worst = opinion_loss(network, logits, n, c), opinion_loss(network, opened, n, c)
    assert best < worst - 0.2
    assert opinion_loss(network, opened, n, spectra(np.zeros(48000, np.float32))) == 0, "nobody speaks"

    level = lambda db: np.std(clean[:48000]) / np.std(noise[:48000]) * 10 ** (-db / 20)  # noqa: E731
    at = lambda db: opinion_loss(network, opened, spectra(clean[:48000] + level(db) * noise[:48000]), c)  # noqa: E731
    assert at(-2) == 0 and at(17) == 0 and 0 < at(13) < at(2), "asked of what is noisy, but not lost"

    slope = jax.grad(lambda z: opinion_loss(network, z, n, c))(opened)
    assert np.isfinite(slope).all()
    assert opinion_loss(network, opened - 40 * slope / jnp.abs(slope).max(), n, c) < worst


def test_a_step_hears_it_now_and_then(packed):
    training = Training(batch=2, seconds=1.0, lead=0.1, optimizer="adam", weight_opinion=0.5)
    run = Run(Network(width=16, states=8, blocks=1, hippo_blocks=2), training)
    mixer = mix.Mixer(mix.load_sources(packed / "speech"), mix.load_sources(packed / "noise"), 1.1, 3, rooms.bank(2, 2))
    noisy, clean = (np.stack(x) for x in zip(*(mixer.draw(5.0)[:2] for _ in range(2))))
    told = {}
    for asks in (False, True):
        parameters, statistics = s5.initial(run.network, 1)
        state = {"parameters": parameters, "statistics": statistics, "optimizer": optimizer.start(parameters)}
        step = make_step(run, False, False, asks)
        new, parts = step(state, None, np.ones(2, np.float32), 0.5, jax.random.key(0), noisy, clean)
        told[asks] = new["parameters"]["decoder"]["W"], parts
    assert "opinion" not in told[False][1] and 0 < told[True][1]["opinion"] < 5
    np.testing.assert_allclose(told[True][1]["loss"], told[False][1]["loss"], rtol=1e-5)
    assert np.abs(told[True][0] - told[False][0]).max() > 0, "its slope moves the weights"
