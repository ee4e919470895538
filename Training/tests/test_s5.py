import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import layers, s5
from hush_training.config import Network


def test_recurrence_and_its_gradient_match_complex_arithmetic():
    rng = np.random.default_rng(1)
    p, frames, batch = 5, 17, 3
    value = 0.95 * np.exp(1j * rng.uniform(-3, 3, p)) * rng.uniform(0.3, 1, p)
    re, im = jnp.asarray(value.real), jnp.asarray(value.imag)
    drive = jnp.asarray(rng.normal(size=(frames, batch, 2 * p)))
    weight = jnp.asarray(rng.normal(size=(frames, batch, 2 * p)))

    def plain(re, im, drive):
        x = jnp.zeros((batch, p), complex)
        out = []
        for u in drive:
            x = (re + 1j * im) * x + (u[:, :p] + 1j * u[:, p:])
            out.append(jnp.concatenate([x.real, x.imag], -1))
        return jnp.stack(out)

    ours = lambda *a: (layers.recurrence(*a) * weight).sum()  # noqa: E731
    theirs = lambda *a: (plain(*a) * weight).sum()  # noqa: E731
    np.testing.assert_allclose(layers.recurrence(re, im, drive), plain(re, im, drive), rtol=1e-4, atol=1e-5)
    for a, b in zip(jax.grad(ours, (0, 1, 2))(re, im, drive), jax.grad(theirs, (0, 1, 2))(re, im, drive)):
        np.testing.assert_allclose(a, b, rtol=1e-3, atol=1e-4)


def test_hippo_eigenvalues_are_stable_and_one_of_each_pair():
    values = layers.hippo_eigenvalues(128, 16)
    assert values.shape == (128,)
    np.testing.assert_allclose(values.real, -0.5, atol=1e-6)
    assert (values.imag > 0).all()


@pytest.mark.parametrize("decay", [-100.0, 0.0, 100.0])
def test_eigenvalues_are_stable_whatever_is_learned(decay):
    block = {"decay": jnp.full(4, decay), "angle": jnp.arange(4.0)}
    re, im, gain = layers.discretize(block)
    modulus = np.hypot(re, im)
    assert (modulus < 1).all()
    np.testing.assert_allclose(gain**2 + modulus**2, 1, atol=1e-5)


def test_the_network_is_causal():
    network = Network(width=16, states=8, blocks=2, hippo_blocks=2)
    parameters, statistics = s5.initial(network, 0)
    x = jnp.asarray(np.random.default_rng(0).normal(size=(20, 1, network.inputs)), jnp.float32)
    y = s5.apply(network, parameters, statistics, x, False)[0]
    z = s5.apply(network, parameters, statistics, x.at[12:].add(1.0), False)[0]
    np.testing.assert_array_equal(y[:12], z[:12])
    assert np.abs(y[12:] - z[12:]).max() > 1e-4


def test_matrices_come_back_where_they_were():
    parameters, _ = s5.initial(Network(width=16, states=8, blocks=2, hippo_blocks=2), 0)
    doubled = s5.with_matrices(parameters, {k: 2 * v for k, v in s5.matrices(parameters).items()})
    for name, w in s5.matrices(doubled).items():
        np.testing.assert_array_equal(w, 2 * s5.matrices(parameters)[name])
