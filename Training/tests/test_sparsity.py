import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import sparsity
from hush_training.config import Training

SHAPES = {"a": (192, 257), "b": (256, 192), "c": (192, 192)}


def test_erk_densities_add_up_and_favour_small_matrices():
    d = sparsity.erk_densities(SHAPES, 0.12)
    kept = sum(d[k] * r * c for k, (r, c) in SHAPES.items())
    assert kept == pytest.approx(0.12 * sum(r * c for r, c in SHAPES.values()))
    assert d["c"] > d["b"] > 0


def test_erk_never_asks_for_more_than_dense():
    d = sparsity.erk_densities({"tiny": (2, 2), "large": (512, 512)}, 0.1)
    assert d["tiny"] == 1.0 and d["large"] < 0.1


@pytest.mark.parametrize("zeros", [0.5, 0.88])
def test_unstructured_masks_keep_the_largest(zeros):
    rng = np.random.default_rng(0)
    weights = {k: rng.normal(size=s) for k, s in SHAPES.items()}
    masks = sparsity.masks(weights, zeros, "unstructured")
    total = sum(m.size for m in masks.values())
    assert 1 - sum(m.sum() for m in masks.values()) / total == pytest.approx(zeros, abs=1e-4)
    for k, m in masks.items():
        assert np.abs(weights[k])[m == 0].max() <= np.abs(weights[k])[m == 1].min()


def test_n16_masks_keep_two_of_sixteen():
    rng = np.random.default_rng(0)
    m = sparsity.masks({"a": rng.normal(size=(8, 40))}, 0.875, "n16")["a"]
    assert (m[:, :16].sum(1) == 2).all() and (m[:, 16:32].sum(1) == 2).all()
    assert (m[:, 32:].sum(1) <= 2).all()


def test_the_schedule_starts_and_ends_where_it_says():
    t = Training(zeros=0.9, prune_from=0.05, prune_to=0.65)
    assert sparsity.scheduled(t, 0.0) == 0
    assert sparsity.scheduled(t, 0.05) == 0
    assert 0.7 < sparsity.scheduled(t, 0.35) < 0.9
    assert sparsity.scheduled(t, 0.65) == pytest.approx(0.9)


def test_gradients_pass_straight_through():
    w, mask = jnp.array([1.0, -2.0, 3.0]), jnp.array([1.0, 0.0, 1.0])
    g = jax.grad(lambda w: (sparsity.through(w, w * mask) ** 2).sum())(w)
    np.testing.assert_allclose(g, [2.0, 0.0, 6.0])
    g = jax.grad(lambda w: (3 * sparsity.through(w, w * mask)).sum())(w)
    np.testing.assert_allclose(g, 3.0)  # the pruned weight can come back


def test_fake_int_is_what_int8_holds():
    w = jnp.asarray(np.random.default_rng(0).normal(size=(6, 50)), jnp.float32)
    q = np.asarray(sparsity.fake_int(w))
    scale = 2.0 ** np.floor(np.log2(127 / np.abs(w).max(1, keepdims=True)))
    np.testing.assert_allclose(q * scale, np.round(q * scale), atol=1e-5)
    assert np.abs(q * scale).max() <= 127
    assert np.abs(q - w).max() <= 0.5 / scale.min() + 1e-6


def test_layers_get_the_n_that_keeps_most_within_the_budget():
    rng = np.random.default_rng(0)
    weights = {k: rng.normal(size=s) for k, s in SHAPES.items()}
    weights["b"] *= rng.random(SHAPES["b"]) < 0.1  # ten in a hundred hold all there is
    counts = sparsity.layer_counts(weights, 0.25)
    sizes = {k: w.size for k, w in weights.items()}
    assert sum(counts[k] / 16 * sizes[k] for k in counts) <= 0.25 * sum(sizes.values())
    assert counts["b"] != counts["a"] and min(counts.values()) >= 1
    # What costs nothing is kept whole, what is dear is kept least.
    counts = sparsity.layer_counts(weights, 0.25, {"a": 1.0, "b": 1e-6, "c": 1.0})
    assert counts["b"] == 16 and abs(counts["a"] - counts["c"]) <= 1
    masks = sparsity.masks(weights, 0.75, "n16-layers")
    counts = sparsity.layer_counts(weights, 0.25)
    assert (masks["c"].reshape(192, -1, 16).sum(-1) == counts["c"]).all()


def test_few_bits_may_clip_what_stands_out():
    w = jnp.asarray(np.random.default_rng(4).normal(0, 0.1, (1, 64)), jnp.float32).at[0, 0].set(1.0)
    q = np.asarray(sparsity.fake_int(w, 4))
    step = np.min(np.abs(q[q != 0]))
    np.testing.assert_allclose(q / step, np.rint(q / step), atol=1e-5)
    plain = np.clip(np.rint(np.asarray(w) * 4), -7, 7) / 4
    assert ((q - w) ** 2).sum() <= ((plain - w) ** 2).sum()


def test_an_activation_on_its_grid():
    step, limit = sparsity.grid(np.append(np.random.default_rng(5).random(10000), 50.0), 8, 99.9)
    assert (step, limit) == (2.0**-6, 127)  # the one at 50 is clipped, the rest fits
    x = jnp.array([0.3, 50.0])
    np.testing.assert_allclose(sparsity.on_grid(x, step, limit), [19 / 64, 127 / 64])
    gradient = jax.grad(lambda v: sparsity.on_grid(v, step, limit).sum())(x)
    np.testing.assert_array_equal(gradient, [1, 0])
