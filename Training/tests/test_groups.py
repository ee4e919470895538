"""The kernels for networks in groups compute what tied.py and s5.py do, and so do their gradients."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import groups, s5, untie
from hush_training.config import Network

TIED = Network(
    groups=26, blocks=2, bands=104, features="log-mean+log-floor+log-short+phase", fine=64, mask="complex", presence=True
)  # fmt: skip
BARE = dataclasses.replace(TIED, features="log-mean", mask="gain", presence=False)


def by_xla(name, x):
    """A site, which kernels do not have, that does nothing."""
    return x


def moved(network, seed=1):
    """Parameters and statistics none of which is 0 or 1."""
    parameters, statistics = s5.initial(network, seed)
    rng = np.random.default_rng(seed)
    move = lambda v: v + 0.1 * jnp.asarray(rng.normal(size=v.shape), jnp.float32)  # noqa: E731
    norms = [{"mean": move(s["mean"]), "var": jnp.abs(move(s["var"]))} for s in statistics["norm"]]
    return jax.tree.map(move, parameters), {"norm": norms}


def assert_near(ours, theirs, share):
    def near(path, a, b):
        worst = float(jnp.abs(a - b).max()) / (float(jnp.abs(b).max()) + 1e-3)
        assert worst < share, f"{jax.tree_util.keystr(path)}: {worst}"

    jax.tree_util.tree_map_with_path(near, ours, theirs)


@pytest.mark.parametrize("network", [TIED, BARE])
@pytest.mark.parametrize("plain", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("frames, clips", [(13, 3), (5, 11)])  # no multiples of a tile; fewer and more than one
def test_the_kernels_compute_the_same(network, plain, training, frames, clips):
    parameters, statistics = moved(network)
    if plain:
        network, parameters = untie.untie(network, parameters)
        parameters = jax.tree.map(jnp.asarray, parameters)
    assert groups.serves(network, "f32")
    rng = np.random.default_rng(2)
    features = jnp.asarray(rng.normal(size=(frames, clips, network.inputs)), jnp.float32)
    pull = jnp.asarray(rng.normal(size=(frames, clips, network.outputs)), jnp.float32)

    def run(site):
        def objective(p):
            logits, new = s5.apply(network, p, statistics, features, training, site=site)
            return (logits * pull).mean(), (logits, new)

        gradient, rest = jax.grad(objective, has_aux=True)(parameters)
        if plain:  # what has no weights learns none
            masks = untie.pattern(network)
            gradient = s5.with_matrices(gradient, {k: g * masks[k] for k, g in s5.matrices(gradient).items()})
        return gradient, rest

    (ours, computed), (theirs, wanted) = run(None), run(by_xla)
    assert_near(computed, wanted, 1e-5)
    scale = max(float(jnp.abs(g).max()) for g in jax.tree.leaves(theirs))
    unit = lambda tree: jax.tree.map(lambda g: g / scale, tree)  # noqa: E731
    assert_near(unit(ours), unit(theirs), 2e-3)


def test_a_wrong_weight_shows():
    """The comparison above hears one weight of a thousand."""
    parameters, statistics = moved(BARE)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(9, 2, BARE.inputs)), jnp.float32)
    wanted = s5.apply(BARE, parameters, statistics, x, False, site=by_xla)[0]
    parameters["blocks"][1]["G"] = parameters["blocks"][1]["G"].at[3, 17].add(0.3)
    with pytest.raises(AssertionError):
        assert_near(s5.apply(BARE, parameters, statistics, x, False)[0], wanted, 1e-5)


def test_other_shapes_are_left_to_xla():
    assert not groups.serves(Network(), "f32")
    assert not groups.serves(TIED, "bf16")
    for change in ({"activation": "gelu"}, {"group_channels": 8}, {"common_states": 8}, {"groups": 13, "fine": 16}):
        assert not groups.serves(dataclasses.replace(TIED, **change), "f32"), change


def test_without_a_compiler_it_is_said_and_goes_on(monkeypatch, capsys):
    monkeypatch.setattr(groups, "_compiler", lambda: None)
    groups.available.cache_clear()
    try:
        assert not groups.serves(TIED, "f32")
        assert "no C++ compiler (apt install g++)" in capsys.readouterr().err
        parameters, statistics = moved(BARE)
        x = jnp.zeros((3, 1, BARE.inputs))
        assert s5.apply(BARE, parameters, statistics, x, False)[0].shape == (3, 1, BARE.outputs)
    finally:
        groups.available.cache_clear()


def test_a_source_that_does_not_compile_is_said(monkeypatch, tmp_path, capsys):
    broken = tmp_path / "groups.cc"
    broken.write_text("not C++")
    monkeypatch.setattr(groups, "SOURCE", broken)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    groups.available.cache_clear()
    try:
        assert not groups.available()
        assert "failed: " in capsys.readouterr().err
        assert list((tmp_path / "hush-training").iterdir()) == []
    finally:
        groups.available.cache_clear()


def test_a_plain_network_is_known_for_what_it_was():
    plain, untied = untie.untie(TIED, moved(TIED)[0])
    masks = {k: (np.asarray(w) != 0).astype(np.float32) for k, w in s5.matrices(untied).items()}
    assert plain.local == 26 and untie.local_of(dataclasses.replace(plain, local=0), masks) == 26
    masks["block.1.G"][0, 300] = 1  # the lowest group hears a far one
    assert untie.local_of(plain, masks) == 0
    assert untie.local_of(Network(), {}) == 0
