"""Weights shared along frequency: the plain network that untie makes computes the same."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import checkpoint, grow, s5, sparsity, tied, untie
from hush_training.cli import main
from hush_training.config import Network, Run, Training

TIED = Network(
    groups=8, group_channels=5, group_states=3, common_channels=4, common_states=2, blocks=2, bands=104,
    features="log-mean+log-floor+phase", fine=26, mask="complex", presence=True,
)  # fmt: skip


def shaken(network, seed=1):
    """Parameters none of which is 0 or 1 any more."""
    parameters, statistics = s5.initial(network, seed)
    rng = np.random.default_rng(seed)
    move = lambda v: v + 0.1 * jnp.asarray(rng.normal(size=v.shape), jnp.float32)  # noqa: E731
    positive = lambda v: jnp.abs(move(v))  # noqa: E731
    norms = [{"mean": move(s["mean"]), "var": positive(s["var"])} for s in statistics["norm"]]
    return jax.tree.map(move, parameters), {"norm": norms}


@pytest.mark.parametrize(
    "change",
    [
        {},
        {"features": "log-mean", "mask": "gain", "fine": 257},
        {"presence": False},
        {"groups": 13, "fine": 16},
        {"activation": "gelu"},
    ],
)
def test_the_plain_network_computes_the_same(change):
    network = dataclasses.replace(TIED, **change)
    parameters, statistics = shaken(network)
    plain, untied = untie.untie(network, parameters)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, network.inputs)), jnp.float32)
    ours = s5.apply(network, parameters, statistics, x, False)[0]
    theirs = s5.apply(plain, untied, statistics, x, False)[0]
    assert ours.shape == (30, 2, network.outputs)
    np.testing.assert_allclose(ours, theirs, atol=2e-5)


def test_the_plain_network_learns_from_the_same_statistics():
    parameters, statistics = shaken(TIED)
    plain, untied = untie.untie(TIED, parameters)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, TIED.inputs)), jnp.float32)
    ours = s5.apply(TIED, parameters, statistics, x, True)
    theirs = s5.apply(plain, untied, statistics, x, True)
    jax.tree.map(lambda a, b: np.testing.assert_allclose(a, b, atol=1e-4), ours, theirs)


def test_what_one_band_learns_all_bands_know():
    """Only the outputs of the lowest group are asked for; the same weights serve the highest."""
    network = dataclasses.replace(TIED, common_channels=1, common_states=1)
    parameters, statistics = shaken(network)
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, network.inputs)), jnp.float32)
    g = jax.grad(lambda p: (s5.apply(network, p, statistics, x, False)[0][..., :13] ** 2).sum())(parameters)
    for name, w in tied.matrices(g).items():
        if name not in ("decoder.W_turn", "decoder.W_presence"):
            assert np.abs(np.asarray(w)).max() > 0, name
    plain, untied = untie.untie(network, parameters)
    g = jax.grad(lambda p: (s5.apply(plain, p, statistics, x, False)[0][..., :13] ** 2).sum())(untied)
    assert not np.asarray(g["decoder"]["W"])[13:].any()


def test_shapes_that_groups_cannot_have_are_refused():
    for change, word in (
        ({"groups": 7}, "divisor of 104"),
        ({"fine": 20}, "fine=20"),
        ({"groups": 2}, "at least 3"),
        ({"dropout": 0.1}, "dropout=0.1"),
    ):
        with pytest.raises(SystemExit, match=word):
            s5.initial(dataclasses.replace(TIED, **change), 1)


def write(path, network=TIED):
    parameters, statistics = shaken(network)
    tree = {"parameters": parameters, "statistics": statistics}
    extra = {"steps": 9, "spent": 1.0, "heard": 1.0, "asked": 0.0, "progress": 1.0}
    checkpoint.save(path, Run(network, Training()), tree, extra)


def test_untie_writes_what_prune_begins_with(tmp_path, capsys):
    write(tmp_path / "tied.npz")
    main(["untie", str(tmp_path / "tied.npz"), str(tmp_path / "plain.npz")])
    run, state, _ = checkpoint.load(tmp_path / "plain.npz")
    weights = sum(int(np.count_nonzero(w)) for w in s5.matrices(state["parameters"]).values())
    assert f"{weights} weights" in capsys.readouterr().out
    assert run.network.width == 44 and run.network.states == 26 and run.network.groups == 0
    assert run.training.keep_pattern and run.training.zeros == pytest.approx(sparsity.zeros_of(state["masks"]))
    with pytest.raises(SystemExit, match="not tied"):
        main(["untie", str(tmp_path / "plain.npz"), str(tmp_path / "again.npz")])


def test_new_blocks_add_next_to_nothing():
    deeper = dataclasses.replace(TIED, blocks=4)
    parameters, statistics = shaken(TIED)
    old = {"parameters": parameters, "statistics": statistics}
    grown, norms, masks = grow.grow(TIED, deeper, old, *s5.initial(deeper, 9))
    assert masks is None and len(grown["blocks"]) == 4 and len(norms["norm"]) == 5
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, TIED.inputs)), jnp.float32)
    before = s5.apply(TIED, parameters, statistics, x, False)[0]
    difference = s5.apply(deeper, grown, norms, x, False)[0] - before
    assert 0 < np.abs(difference).max() < 0.1 * np.abs(before).max()
    for change in ({"group_channels": 6}, {"groups": 13, "fine": 16}):
        with pytest.raises(SystemExit, match="by blocks only"):
            grow.grow(TIED, dataclasses.replace(TIED, **change), old, parameters, statistics)


def test_the_last_blocks_may_go():
    """What is left computes what all did if those added nothing."""
    deep, after = dataclasses.replace(TIED, blocks=3), dataclasses.replace(TIED, blocks=1)
    parameters, statistics = shaken(deep)
    kept, norms, masks = grow.grow(deep, after, {"parameters": parameters, "statistics": statistics}, {}, {})
    assert masks is None and len(kept["blocks"]) == 1 and len(norms["norm"]) == 2
    silent = [
        {k: jnp.zeros_like(v) if k in ("C", "C_all", "C_bias", "D") else v for k, v in b.items()}
        for b in parameters["blocks"][1:]
    ]
    same = {"norm": [*statistics["norm"][:3], statistics["norm"][1]]}
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, TIED.inputs)), jnp.float32)
    all_of_it = s5.apply(deep, parameters | {"blocks": [parameters["blocks"][0], *silent]}, same, x, False)[0]
    np.testing.assert_allclose(s5.apply(after, kept, norms, x, False)[0], all_of_it, atol=1e-5)


def test_more_zeros_come_among_what_is_left():
    parameters, _ = shaken(TIED)
    untied = s5.matrices(untie.untie(TIED, parameters)[1])
    within = {k: (np.asarray(w) != 0).astype(np.float32) for k, w in untied.items()}
    first = sparsity.zeros_of(within)
    assert 0.4 < first < 0.9
    for zeros in (0.2, first, (1 + first) / 2):
        masks = sparsity.masks(untied, zeros, "unstructured", within)
        assert all((m <= within[k]).all() for k, m in masks.items())
        assert sparsity.zeros_of(masks) == pytest.approx(max(zeros, first), abs=0.002)
    t = Training(zeros=0.9, prune_from=0.2, prune_to=0.8)
    assert sparsity.scheduled(t, 0.1, first) == first
    assert first < sparsity.scheduled(t, 0.5, first) < 0.9 == sparsity.scheduled(t, 0.8, first)
    with pytest.raises(SystemExit, match="pattern=n16"):
        sparsity.masks(untied, 0.9, "n16", within)
