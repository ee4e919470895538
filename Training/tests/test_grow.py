"""A grown network computes what its ancestor did."""

import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import grow, layers, s5, spectrum, untie
from hush_training.config import Network, Run

SMALL = Network(width=24, states=12, blocks=2, hippo_blocks=2)


def a_checkpoint():
    parameters, statistics = s5.initial(SMALL, 3)
    rng = np.random.default_rng(1)
    masks = {k: (rng.random(w.shape) < 0.3).astype(np.float32) for k, w in s5.matrices(parameters).items()}
    kept = {k: w * masks[k] for k, w in s5.matrices(parameters).items()}
    return {"parameters": s5.with_matrices(parameters, kept), "statistics": statistics, "masks": masks}


def logits(network, parameters, statistics, features):
    return np.asarray(s5.apply(network, parameters, statistics, features[..., : network.inputs], False)[0])


@pytest.mark.parametrize(
    "change",
    [
        {"presence": True},
        {"width": 40, "states": 16},
        {"features": "log-mean+log-level+phase", "mask": "complex"},
        {"width": 32, "presence": True, "mask": "complex"},
        {"features": "log-mean+log-level+log-floor+log-short+phase", "mask": "complex", "fine": 40},
    ],
)
def test_what_is_new_is_not_heard(change):
    after = dataclasses.replace(SMALL, **change)
    old = a_checkpoint()
    parameters, statistics, masks = grow.grow(SMALL, after, old, *s5.initial(after, 9))
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, max(SMALL.inputs, after.inputs))), jnp.float32)
    before = logits(SMALL, old["parameters"], old["statistics"], x)
    grown = logits(after, parameters, statistics, x)
    np.testing.assert_allclose(grown[..., :257], before, atol=2e-4)
    np.testing.assert_allclose(grown[..., 257:], 0, atol=1e-6)
    assert grown.shape[-1] == after.outputs
    for name, mask in masks.items():  # old zeros stay zeros, what is new is free
        assert mask.shape == s5.matrices(parameters)[name].shape
        if name != "decoder" or after.outputs > SMALL.outputs or after.width > SMALL.width:
            assert mask.mean() >= old["masks"][name].mean() - 1e-6


def test_a_new_block_adds_next_to_nothing():
    after = dataclasses.replace(SMALL, blocks=3)
    old = a_checkpoint()
    parameters, statistics, _ = grow.grow(SMALL, after, old, *s5.initial(after, 9))
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, 514)), jnp.float32)
    difference = logits(after, parameters, statistics, x) - logits(SMALL, old["parameters"], old["statistics"], x)
    assert 0 < np.abs(difference).max() < 0.2


def test_a_new_block_of_what_was_tied_stays_within_its_groups():
    tied = Network(
        groups=8, group_channels=5, group_states=3, common_channels=4, common_states=2, blocks=2, bands=104,
        features="log-mean+log-floor+phase", fine=26, mask="complex"
    )  # fmt: skip
    before, parameters = untie.untie(tied, s5.initial(tied, 3)[0])
    masks = {k: (np.asarray(w) != 0).astype(np.float32) for k, w in s5.matrices(parameters).items()}
    statistics = s5.initial(before, 3)[1]
    old = {"parameters": parameters, "statistics": statistics, "masks": masks}
    after = dataclasses.replace(before, blocks=4)
    grown, statistics, masks = grow.grow(before, after, old, *s5.initial(after, 9))
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, before.inputs)), jnp.float32)
    difference = logits(after, grown, statistics, x) - logits(before, parameters, old["statistics"], x)
    assert 0 < np.abs(difference).max() < 0.2
    for name, inside in untie.pattern(after).items():
        weights = np.asarray(s5.matrices(grown)[name])
        np.testing.assert_array_equal(masks[name], inside, err_msg=name)
        assert not np.any(weights[inside == 0]) and np.any(weights)
    with pytest.raises(SystemExit, match="grows by blocks only"):
        grow.grow(before, dataclasses.replace(after, width=80), old, *s5.initial(after, 9))


def test_the_last_blocks_may_go():
    deep, old = dataclasses.replace(SMALL, blocks=3), a_checkpoint()
    parameters, statistics, masks = grow.grow(SMALL, deep, old, *s5.initial(deep, 9))
    deeper = {"parameters": parameters, "statistics": statistics, "masks": masks}
    # The decoder's norm heard what the new block's does.
    kept, norms, left = grow.grow(deep, SMALL, deeper, *s5.initial(SMALL, 9))
    assert left.keys() == old["masks"].keys() and len(norms["norm"]) == 3
    for name, mask in old["masks"].items():
        np.testing.assert_array_equal(left[name], mask, err_msg=name)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, SMALL.inputs)), jnp.float32)
    np.testing.assert_allclose(
        logits(SMALL, kept, norms, x), logits(SMALL, old["parameters"], old["statistics"], x), atol=2e-4
    )


def test_half_the_hop_is_the_same_network_in_continuous_time():
    after = dataclasses.replace(SMALL, delay=0.008)
    old = a_checkpoint()
    parameters, _, _ = grow.grow(SMALL, after, old, *s5.initial(after, 9))
    for b, a in zip(old["parameters"]["blocks"], parameters["blocks"]):
        before = np.array([complex(*v) for v in zip(*map(np.asarray, layers.discretize(b)[:2]))])
        now = np.array([complex(*v) for v in zip(*map(np.asarray, layers.discretize(a)[:2]))])
        free = np.abs(np.log(np.abs(before))) > 2e-3  # slower poles are held at the slowest there is
        np.testing.assert_allclose(now[free] ** 2, before[free], atol=1e-4)
        # And makes as much of a steady input.
        drive = lambda p: np.asarray(p["B"]) * np.tile(np.asarray(layers.discretize(p)[2]), 2)[:, None]  # noqa: E731
        np.testing.assert_allclose(2 * drive(a), drive(b), rtol=1e-3, atol=1e-6)


def test_nothing_can_be_taken_away():
    with pytest.raises(SystemExit, match="width 16 is less"):
        grow.grow(SMALL, dataclasses.replace(SMALL, width=16), a_checkpoint(), *s5.initial(SMALL, 1))
    for change, message in (
        ({"features": "log-mean+phase"}, "log-level: 0 numbers"),
        ({"bands": 104}, "104 levels and gains instead of the ancestor's 257"),
    ):
        after = dataclasses.replace(SMALL, **change)
        with pytest.raises(SystemExit, match=message):
            grow.grow(SMALL, after, a_checkpoint(), *s5.initial(after, 1))


def test_features_and_outputs_find_their_new_places():
    """Sets between the old ones, more bins of phase and turn, presence still the last."""
    before = dataclasses.replace(SMALL, features="log-mean+phase", mask="complex", fine=30, bands=80, presence=True)
    after = dataclasses.replace(before, features="log-mean+log-floor+phase", fine=50, width=30)
    parameters, statistics = s5.initial(before, 3)
    old = {"parameters": parameters, "statistics": statistics}
    parameters, statistics, _ = grow.grow(before, after, old, *s5.initial(after, 9))
    x = np.random.default_rng(2).normal(size=(30, 2, after.inputs)).astype(np.float32)
    phase = [*range(160, 190), *range(210, 240)]
    was = logits(before, old["parameters"], old["statistics"], x[..., [*range(80), *phase]])
    now = logits(after, parameters, statistics, x)
    np.testing.assert_allclose(now[..., [*range(110), -1]], was, atol=2e-4)
    np.testing.assert_allclose(now[..., 110:130], 0, atol=1e-6)


def test_new_norms_go_by_what_the_decoder_hears():
    before, old = dataclasses.replace(SMALL, activation="relu"), a_checkpoint()
    after = dataclasses.replace(before, blocks=4)
    clips = np.random.default_rng(4).normal(size=(3, 16000)).astype(np.float32)
    given = grow.decoder_hears(Run(before), old, clips)
    parameters, statistics, _ = grow.grow(before, after, old, *s5.initial(after, 9), given)
    # The first new block, its norm let loose, is given zero mean and unit variance, but for what is as good as constant.
    features = spectrum.front_end(after, *spectrum.stft(jnp.asarray(clips), after.delay), None, 0)
    seen = {}
    loose = [b | {"norm": {"gamma": b["norm"]["gamma"], "beta": b["norm"]["beta"] + 8}} for b in parameters["blocks"]]
    s5.apply(after, parameters | {"blocks": [*parameters["blocks"][:2], *loose[2:]]}, statistics, features, False, site=lambda n, x: seen.setdefault(n, x))
    u = np.asarray(seen["norm.2"]) - 8
    lively = given["var"] > 1e-3
    np.testing.assert_allclose(u.mean((0, 1))[lively], 0, atol=0.02)
    np.testing.assert_allclose(u.std((0, 1))[lively], 1, atol=0.05)
    assert lively.sum() > 12
    np.testing.assert_array_equal(statistics["norm"][-1]["var"], old["statistics"]["norm"][-1]["var"])
