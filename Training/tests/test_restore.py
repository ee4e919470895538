"""A model file restored: the same masks, the same zeros, and training goes on from it."""

from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import checkpoint, evaluate, integer, layers, modelfile, quantize, restore, s5
from hush_training.cli import main
from hush_training.export import load_folded


def a_model(**changes):
    model = integer.random_model(4, F=514, H=32, P=16, L=2, gain=1 / 8, **changes)
    # A network whose float32 and float64 agree: no pole next to 1.
    for i in range(2):
        lambda_ = model["tensors"][f"block.{i}.lambda"]
        lambda_[:] = (lambda_ * 0.97).astype(np.int16)
    return model


def masks(path, features):
    return np.asarray(evaluate.Enhancer(path).mask(features))


def features(seed=0):
    x = np.random.default_rng(seed).normal(0, 1.5, (60, 514))
    return np.clip(x, -7, 7).astype(np.float32)


@pytest.mark.parametrize(
    "changes",
    [
        {}, {"presence": True}, {"delay": 0.008}, {"patterns": "dense"}, {"patterns": "n16:2"}, {"patterns": "clustered"},
        {"narrow": True},
    ],
    ids=["unstructured", "presence", "low delay", "dense", "n16", "clustered", "narrow"],
)
def test_the_masks_are_those_of_the_file(tmp_path, changes):
    model = a_model(**changes)
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    main(["restore", str(path), str(out)])
    x = features()
    expected = integer.float_forward(modelfile.read(path), x.astype(np.float64))
    # The file's sigmoid is a table of logits from -8 to 8.
    np.testing.assert_allclose(masks(out, x), expected, atol=2e-3)


def test_the_network_the_front_end_and_the_pattern_are_carried_over(tmp_path):
    model = a_model(presence=True, delay=0.016, patterns="n16:3")
    model["front_end"] |= {"mean_time": 0.5, "floor": 1e-9}
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    restore.restore(path, out)
    run, state, extra = checkpoint.load(out)
    network, training = run.network, run.training
    assert (network.width, network.states, network.blocks) == (32, 16, 2)
    assert (network.presence, network.delay, network.mean_time, network.floor) == (True, 0.016, 0.5, 1e-9)
    assert network.features == "log-mean+log-level" and network.activation == "relu"
    assert training.pattern == "n16" and training.keep_pattern and training.freeze_from == 0
    assert extra["restored"] == model["name"]
    for name, mask in state["masks"].items():
        np.testing.assert_array_equal(mask != 0, model["tensors"][f"{name}.weight"] != 0)
    shapes = jax.tree.map(np.shape, s5.initial(network, 1))
    assert shapes == jax.tree.map(np.shape, (state["parameters"], state["statistics"]))


def test_folding_a_restored_checkpoint_gives_the_numbers_of_the_file(tmp_path):
    model = a_model()
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    restore.restore(path, out)
    folded, real = load_folded(out)[1], integer.float_weights(model)
    x = features(1).astype(np.float64)
    np.testing.assert_allclose(
        quantize.forward(folded, x)[0], integer.float_forward(model, x), atol=2e-3
    )
    for i, values in enumerate(folded.eigenvalues):
        re, im = real[f"block.{i}.lambda"]
        np.testing.assert_allclose(values, re + 1j * im, atol=1e-6)


def test_an_eigenvalue_of_zero_becomes_the_fastest_there_is(tmp_path):
    model = a_model()
    model["tensors"]["block.0.lambda"][:, 3] = 0
    block = restore.parameters_of(model)[0]["blocks"][0]
    re, im, gain = layers.discretize({k: jnp.asarray(v) for k, v in block.items() if k in ("decay", "angle")})
    assert np.hypot(re[3], im[3]) < 0.02 and np.isfinite(block["B"]).all() and gain[3] > 0.99


def test_every_gamma_is_one_and_a_dead_channel_stays_dead():
    model = a_model()
    model["tensors"]["block.0.norm.scale"][:3] = 5, -5, 0
    parameters, _ = restore.parameters_of(model)
    gamma = parameters["blocks"][0]["norm"]["gamma"]
    np.testing.assert_allclose(np.abs(gamma[[0, 1, *range(3, 32)]]), 1, atol=1e-5)
    assert gamma[0] > 0 > gamma[1] and gamma[2] == 0


def test_what_training_does_not_know_is_refused(tmp_path):
    model = a_model()
    model["tensors"]["mask_table"] = model["tensors"]["mask_table"] // 2
    with pytest.raises(SystemExit, match="not a sigmoid"):
        restore.network_of(model)
    with pytest.raises(SystemExit, match="64 bins"):
        restore.network_of(integer.random_model(1, F=64, H=32, P=16, L=1))


def test_pruning_goes_on_from_it_with_the_pattern_kept(tmp_path, packed):
    model = a_model()
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    main(["restore", str(path), str(out)])
    main(
        ["prune", "--from", str(out), "--data", str(packed), "--out", str(tmp_path / "run")]
        + ["--budget", "3", "--hold-out", "others,fan", "--every", "60", "--set", "batch=2"]
        + ["--set", "seconds=0.8", "--set", "lead=0.2"]
    )
    _, before, _ = checkpoint.load(out)
    run, after, extra = checkpoint.load(tmp_path / "run/last.npz")
    assert extra["steps"] == 3 and run.training.quantize_from == 0.5
    for name, mask in before["masks"].items():
        np.testing.assert_array_equal(after["masks"][name], mask)
    for was, norm in zip(before["statistics"]["norm"], after["statistics"]["norm"]):  # frozen
        np.testing.assert_array_equal(norm["var"], was["var"])
    moved = np.abs(after["parameters"]["decoder"]["W"] - before["parameters"]["decoder"]["W"])
    assert 0 < moved.max() < 0.1


def restored(tmp_path, model):
    """The paths of its file and of the checkpoint made of it."""
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, model)
    restore.restore(path, out)
    return path, out


def test_gains_to_a_power_come_back_as_they_were_before(tmp_path, capsys):
    path, out = restored(tmp_path, a_model(presence=True))
    plain = masks(out, features())

    run, folded = load_folded(out)
    tops = {name: 8.0 for name in ["residual", *(f"{k}.{i}" for k in ("residual", "state", "output") for i in range(2))]}
    tops |= {f"norm.{i}": 8.0 for i in range(3)}
    raised = quantize.quantize(run, folded, tops, power=0.8)
    expected = integer.float_forward(raised, features().astype(np.float64))
    np.testing.assert_allclose(expected[:, :-1], plain[:, :-1] ** 0.8, atol=0.02)
    # Presence is on the same side of one half as before.
    sure = np.abs(plain[:, -1] - 0.5) > 0.03
    assert sure.any() and ((expected[:, -1] > 0.5) == (plain[:, -1] > 0.5))[sure].all()

    modelfile.write(path, raised | {"name": "raised"})
    restore.restore(path, out)
    assert "--power 0.8" in capsys.readouterr().out
    np.testing.assert_allclose(masks(out, features()), plain, atol=0.02)


def test_what_gains_take_at_most_is_told_and_is_not_learnt(tmp_path, capsys):
    path, out = restored(tmp_path, a_model(presence=True))
    plain = masks(out, features())
    assert plain.min() < 0.02  # there is something to hold
    run, folded = load_folded(out)
    tops = quantize.forward(folded, features())[1]
    held = quantize.quantize(run, folded, tops, rest=20)
    expected = integer.float_forward(held, features().astype(np.float64))
    assert expected.min() == pytest.approx(0.1, abs=1e-4)
    np.testing.assert_allclose(expected, np.maximum(plain, 0.1), atol=0.02)
    for rest in (19, 61):
        with pytest.raises(SystemExit, match=f"--rest {rest}: want 20 to 60 dB"):
            quantize.quantize(run, folded, tops, rest=rest)

    modelfile.write(path, held | {"name": "held"})
    restore.restore(path, out)
    assert "held: its gains take 20 dB at most: quantize with --rest 20 again" in capsys.readouterr().out
    np.testing.assert_allclose(masks(out, features()), plain, atol=0.02)


@pytest.mark.parametrize("power", [0.5, 0.83, 1.0, 2.0])
@pytest.mark.parametrize("rest", [None, 20, 33, 60])
def test_a_table_tells_what_it_was_made_with(power, rest):
    table = integer.mask_table(power, rest)
    assert (np.diff(table) >= 0).all()
    if rest == 60 and power < 0.9:  # -8 is less than that below 1 as it is
        rest = None
    assert integer.mask_made(table) == (power, rest)
    table[300] += 1
    assert integer.mask_made(table) is None


def test_seven_bits_cost_little(tmp_path):
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, a_model())
    restore.restore(path, out)
    run, folded = load_folded(out)
    tops = quantize.forward(folded, features())[1]
    assert all(tops[quantize.usual(name)] <= tops[name] for name in ("norm.0", "output.1"))
    integers = quantize.quantize_features(features())
    wide, narrow = (quantize.quantize(run.override([f"narrow={n}"]), folded, tops) for n in (0, 1))
    assert set(narrow["exponents"]["narrow"]) == set(modelfile.narrowable(narrow["architecture"]))
    masks = [integer.IntegerNetwork(model).run(integers) / 32768 for model in (wide, narrow)]
    error = np.sqrt(np.mean((masks[0] - masks[1]) ** 2))
    assert 0 < error < 0.05 * np.std(masks[0])


def test_a_power_that_cannot_be_is_refused():
    model = a_model()
    run = quantize.Run()
    with pytest.raises(SystemExit, match="want 0.5 to 2"):
        quantize.quantize(run, None, {}, power=0.4)
    turned = run.override(["mask=complex", "fine=96"])
    with pytest.raises(SystemExit, match="imaginary parts"):
        quantize.quantize(turned, None, {}, power=0.8)
    assert integer.mask_made(model["tensors"]["mask_table"]) == (1, None)


def test_what_was_tied_is_known_again(tmp_path):
    """base learnt with shared weights: fine-tuned, it keeps within its groups, for their kernels."""
    base = Path(__file__).parents[2] / "Sources" / "CModel" / "base.safetensors"
    run = restore.restore(base, tmp_path / "base.npz")
    model = modelfile.read(base)
    assert run.training.narrow == ("narrow" in model["exponents"])
    assert run.network.makeup == model["front_end"].get("makeup", 1)
    assert run.network.local == 26 and run.network.width == 432
    assert (run.training.precision, run.training.optimizer) == ("f32", "adam")
    nano = restore.restore(base.with_name("nano.safetensors"), tmp_path / "nano.npz")
    assert nano.network.local == 0 and nano.training.optimizer == "muon" and not nano.training.narrow


def test_presence_is_lowered_and_nothing_else(tmp_path, packed):
    path, out = tmp_path / "a.safetensors", tmp_path / "a.npz"
    modelfile.write(path, a_model(presence=True))
    restore.restore(path, out)
    masks = []
    for logits in ("0", "-1.2"):
        rounded = tmp_path / f"{logits}.safetensors"
        main(["quantize", str(out), str(rounded), "--data", str(packed), f"--presence={logits}"])
        masks.append(integer.float_forward(modelfile.read(rounded), features().astype(np.float64)))
    logits = [np.log(m[:, -1] / (1 - m[:, -1])) for m in masks]
    inside = np.abs(logits[0]) < 5  # the table ends at 8
    np.testing.assert_allclose((logits[1] - logits[0])[inside], -1.2, atol=0.05)
    np.testing.assert_array_equal(masks[0][:, :-1], masks[1][:, :-1])
    modelfile.write(path, a_model())
    restore.restore(path, out)
    with pytest.raises(SystemExit, match="does not tell presence"):
        main(["quantize", str(out), str(tmp_path / "b.safetensors"), "--data", str(packed), "--presence=-1"])
