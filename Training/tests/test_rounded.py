"""Rounding of some parts alone, while training."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import layers, s5
from hush_training.config import Network
from hush_training.train import effective

NETWORK = Network(width=24, states=12, blocks=2, hippo_blocks=2)


def start():
    parameters = jax.tree.map(jnp.asarray, s5.initial(NETWORK, 3)[0])
    return parameters, {k: jnp.ones(w.shape) for k, w in s5.matrices(parameters).items()}


@pytest.mark.parametrize("part", ["encoder", "B", "C", "G", "decoder"])
def test_one_part_alone(part):
    parameters, masks = start()
    used = effective(parameters, masks, True, 4, part)
    for name, w in s5.matrices(used).items():
        changed = not np.array_equal(w, s5.matrices(parameters)[name])
        assert changed == (name.split(".")[-1] == part), name
    assert np.array_equal(used["blocks"][0]["decay"], parameters["blocks"][0]["decay"])


def test_eigenvalues_alone_are_on_their_grid_and_learn():
    parameters, masks = start()
    used = effective(parameters, masks, True, 8, "lambda")
    for name, w in s5.matrices(used).items():
        np.testing.assert_array_equal(w, s5.matrices(parameters)[name])
    for b, old in zip(used["blocks"], parameters["blocks"]):
        for now, before in zip(layers.discretize(b)[:2], layers.discretize(old)[:2]):
            steps = np.asarray(now) * 128
            np.testing.assert_allclose(steps, np.rint(steps), atol=2e-3)
            assert np.all(np.abs(steps) <= np.abs(np.asarray(before)) * 128 + 2e-3)
            assert np.any(np.abs(now - before) > 1e-4)

    def loudness(p):
        return sum(jnp.sum(layers.discretize(b)[0]) for b in effective(p, masks, True, 8, "lambda")["blocks"])

    assert np.all(np.isfinite(jax.grad(loudness)(parameters)["blocks"][0]["decay"]))
    assert np.any(jax.grad(loudness)(parameters)["blocks"][0]["decay"] != 0)


def test_an_unknown_part_is_named():
    with pytest.raises(SystemExit, match="no part is named gate; known: encoder"):
        effective(*start(), True, 8, "B+gate")
