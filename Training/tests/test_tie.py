"""A model file's network is tied again: tie.py undoes what untie.py and quantize.py did."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import checkpoint, s5, sparsity, tie, untie
from hush_training.cli import main
from hush_training.config import Run, Training

from test_tied import TIED, shaken


def scaled(network, parameters, statistics, seed=3):
    """The same plain network with every channel of its residual at a scale of its own, a power of two."""
    by = 2.0 ** np.random.default_rng(seed).integers(-2, 3, network.width).astype(np.float32)
    e = parameters["encoder"]
    parameters = parameters | {
        "encoder": {"W": e["W"] * by[:, None], "bias": e["bias"] * by},
        "blocks": [
            b | {"C": b["C"] * by[:, None], "C_bias": b["C_bias"] * by, "D": b["D"] * by, "G": b["G"] / by}
            for b in parameters["blocks"]
        ],
    }
    return parameters, {"norm": [{"mean": s["mean"] * by, "var": s["var"] * by**2} for s in statistics["norm"]]}


def on(network, parameters, statistics):
    x = jnp.asarray(np.random.default_rng(2).normal(size=(30, 2, network.inputs)), jnp.float32)
    return heard(network, parameters, statistics, x, False)


def heard(network, parameters, statistics, x, training):
    return jax.jit(lambda p, s: s5.apply(network, p, s, x, training)[0])(parameters, statistics)


@pytest.mark.parametrize("change", [{}, {"features": "log-mean", "mask": "gain", "fine": 257}, {"presence": False}])
def test_the_tied_network_computes_the_same(change):
    network = dataclasses.replace(TIED, **change)
    parameters, statistics = shaken(network)
    plain, untied = untie.untie(network, parameters)
    wanted = on(network, parameters, statistics)
    tied, found, norms, apart = tie.tie(plain, *scaled(plain, untied, statistics))
    assert tied == dataclasses.replace(network, hippo_blocks=1, width=plain.width, states=plain.states)
    assert apart < 1e-3
    np.testing.assert_allclose(on(tied, found, norms), wanted, atol=1e-2)
    assert jax.tree.structure(found) == jax.tree.structure(jax.tree.map(np.asarray, parameters))


def test_rounding_is_averaged_out():
    parameters, statistics = shaken(TIED)
    plain, untied = untie.untie(TIED, parameters)
    rounded = s5.with_matrices(
        untied, {k: np.asarray(sparsity.fake_int(jnp.asarray(w), 8)) for k, w in s5.matrices(untied).items()}
    )
    _, found, _, apart = tie.tie(plain, rounded, statistics)
    assert 1e-4 < apart < 0.02
    error = lambda a, b: float(np.abs(np.asarray(a) - np.asarray(b)).max())  # noqa: E731
    assert error(found["blocks"][0]["G"], parameters["blocks"][0]["G"]) < 0.02


def test_statistics_are_those_of_the_batch_and_the_network_stays():
    parameters, statistics = shaken(TIED)
    x = jnp.asarray(np.random.default_rng(4).normal(size=(40, 3, TIED.inputs)), jnp.float32)
    wanted = heard(TIED, parameters, statistics, x, False)
    settled, norms = tie.settle(TIED, parameters, statistics, x)
    np.testing.assert_allclose(heard(TIED, settled, norms, x, False), wanted, atol=2e-3)
    # Held or taken from this batch, the statistics are the same now; before they were not.
    np.testing.assert_allclose(heard(TIED, settled, norms, x, True), wanted, atol=2e-3)
    before = heard(TIED, parameters, statistics, x, True)
    assert float(jnp.abs(before - wanted).max()) > 0.05


def write(path, network, parameters, statistics):
    tree = {"parameters": parameters, "statistics": statistics}
    extra = {"steps": 9, "spent": 1.0, "heard": 1.0, "asked": 0.0, "progress": 1.0}
    checkpoint.save(path, Run(network, Training(keep_pattern=True, zeros=0.5)), tree, extra)


def test_the_command_writes_what_dense_goes_on_from(packed, tmp_path, capsys):
    parameters, statistics = shaken(TIED)
    plain, untied = untie.untie(TIED, parameters)
    write(tmp_path / "plain.npz", plain, untied, statistics)
    main(["tie", str(tmp_path / "plain.npz"), str(tmp_path / "tied.npz"), "--data", str(packed)])
    assert "8 groups" in capsys.readouterr().out
    run, state, _ = checkpoint.load(tmp_path / "tied.npz")
    assert run.network.groups == 8 and run.network.local == 0 and not run.training.keep_pattern
    np.testing.assert_allclose(
        on(run.network, state["parameters"], state["statistics"]), on(TIED, parameters, statistics), atol=1e-2
    )


def test_what_was_never_tied_or_learnt_apart_is_refused(packed, tmp_path):
    parameters, statistics = shaken(TIED)
    write(tmp_path / "tied.npz", TIED, parameters, statistics)
    with pytest.raises(SystemExit, match="never shared"):
        main(["tie", str(tmp_path / "tied.npz"), str(tmp_path / "again.npz"), "--data", str(packed)])
    plain, untied = untie.untie(TIED, parameters)
    rng = np.random.default_rng(5)
    apart = {k: w * rng.uniform(0.5, 1.5, w.shape) for k, w in s5.matrices(untied).items()}
    write(tmp_path / "apart.npz", plain, s5.with_matrices(untied, apart), statistics)
    with pytest.raises(SystemExit, match="learnt apart"):
        main(["tie", str(tmp_path / "apart.npz"), str(tmp_path / "again.npz"), "--data", str(packed)])
