"""The whole way on a tiny network: dense, prune, export, evaluate; and resuming."""

import csv
import json

import jax
import numpy as np
import pytest
import soundfile as sf

from hush_training import checkpoint, evaluate, export, modelfile, quantize, s5, soup
from hush_training.cli import main
from hush_training.config import Run
from hush_training.train import curve, parse_budget

TINY = [
    f"--set={pair}"
    for pair in (
        "width=32",
        "states=16",
        "blocks=2",
        "hippo_blocks=2",
        "batch=2",
        "seconds=0.8",
        "lead=0.2",
    )
]


@pytest.fixture(scope="module")
def runs(packed, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs")
    common = ["--data", str(packed), "--hold-out", "others,fan", "--every", "0.3"]
    main(["dense", "--out", str(out / "dense"), "--budget", "60", *common, *TINY])
    main(
        ["prune", "--out", str(out / "sparse"), "--budget", "60", *common]
        + ["--from", str(out / "dense/last.npz"), "--set", "quantize_from=0.7"]
    )
    return out


def validations(folder):
    return list(csv.DictReader((folder / "validations.csv").read_text().splitlines()))


def test_training_learns_something_and_draws_its_curve(runs):
    # The training loss is of other clips every time; the validation's are always the same.
    dense = validations(runs / "dense")
    assert float(dense[-1]["si_snri"]) > float(dense[0]["si_snri"]) + 0.2
    assert float(validations(runs / "sparse")[-1]["zeros"]) == pytest.approx(0.88, abs=0.002)
    curve(runs / "sparse/validations.csv", runs / "curve.png")
    assert (runs / "curve.png").read_bytes()[:4] == b"\x89PNG"


def test_a_finished_run_resumes_to_nothing_more(runs, packed):
    before = checkpoint.load(runs / "dense/last.npz")[2]["steps"]
    arguments = ["--data", str(packed), "--hold-out", "others,fan"]
    main(["dense", "--out", str(runs / "dense"), "--budget", "60", *arguments])
    assert checkpoint.load(runs / "dense/last.npz")[2]["steps"] == before == 60


def test_a_run_cut_short_goes_on_from_its_checkpoint(runs, packed):
    arguments = ["--data", str(packed), "--hold-out", "others,fan"]
    main(["dense", "--out", str(runs / "dense"), "--budget", "66", *arguments])
    assert checkpoint.load(runs / "dense/last.npz")[2]["steps"] == 66


def test_the_exported_integers_follow_the_float_network(runs, packed, tmp_path):
    path = tmp_path / "model.safetensors"
    model = export.quantize_checkpoint(runs / "sparse/last.npz", path, packed)
    assert export.zeros(model) >= 0.87
    back = modelfile.read(str(path))
    for name, tensor in model["tensors"].items():
        np.testing.assert_array_equal(back["tensors"][name], tensor)

    clip = export.calibration_clips(packed, seed=77, count=1)[0]
    outputs = {
        "float weights": evaluate.Enhancer(runs / "sparse/last.npz")(clip),
        "integers": evaluate.Enhancer(path)(clip),
        "integers as floats": evaluate.Enhancer(path, "float")(clip),
    }
    reference = outputs.pop("float weights")
    for name, y in outputs.items():
        error = np.sum((y - reference) ** 2) / np.sum(reference**2)
        assert 10 * np.log10(error) < -30, name


def test_folding_changes_nothing(runs, packed):
    run, folded = export.load_folded(runs / "sparse/last.npz")
    clip = export.calibration_clips(packed, seed=78, count=1)[0]
    enhancer = evaluate.Enhancer(runs / "sparse/last.npz")
    features = evaluate.analyse(run.network, clip)[2]
    # The checkpoint's weights are rounded in its forward pass, the folded ones not yet.
    np.testing.assert_allclose(
        quantize.forward(folded, features)[0], np.asarray(enhancer.mask(features)), atol=0.03
    )


def test_equalizing_changes_nothing_but_the_scales(runs, packed):
    run, state, _ = checkpoint.load(runs / "sparse/last.npz")
    state["statistics"]["norm"][1]["var"][:4] = 1e-4  # quiet channels
    folded = quantize.fold(run, state["parameters"], state["statistics"])
    assert np.abs(folded.scale).max() > 20
    equal = quantize.equalize(folded)
    assert np.abs(equal.scale).max() <= 2
    features = np.random.default_rng(0).normal(0, 1, (40, run.network.inputs))
    np.testing.assert_allclose(
        quantize.forward(equal, features)[0], quantize.forward(folded, features)[0], atol=1e-9
    )


def test_a_channel_that_pruning_emptied_costs_no_resolution(runs):
    run, state, _ = checkpoint.load(runs / "sparse/last.npz")
    parameters, statistics = state["parameters"], state["statistics"]
    parameters["encoder"]["W"][3] = 0
    statistics["norm"][0]["mean"][3] = parameters["encoder"]["bias"][3]
    statistics["norm"][0]["var"][3] = 0
    folded = quantize.fold(run, parameters, statistics)
    assert folded.scale[0][3] == 0
    beta = parameters["blocks"][0]["norm"]["beta"][3]
    assert folded.offset[0][3] == pytest.approx(beta, abs=1e-4)
    assert np.abs(folded.scale[0]).max() < 100


def test_evaluate_and_golden_commands(runs, packed, tmp_path):
    rounded, path = tmp_path / "rounded.safetensors", tmp_path / "model.safetensors"
    about = tmp_path / "about.json"
    about.write_text('{"speech": ["made up, 1 h, CC0"]}')
    teacher = tmp_path / "teacher.json"
    teacher.write_text('{"teacher": ["made up, MIT"]}')
    main(["quantize", str(runs / "sparse/last.npz"), str(rounded), "--data", str(packed)])
    main(["export", str(rounded), str(path), "--name", "tiny", "--about", str(about), "--about", str(teacher)])
    model = modelfile.read(str(path))
    assert model["name"] == "tiny" and model["data"]["speech"] == ["made up, 1 h, CC0"]
    assert model["data"]["teacher"] == ["made up, MIT"]
    main(["mix", "--data", str(packed), "--out", str(tmp_path / "mix"), "--count", "1"])
    for kind in ("noisy", "clean"):
        (tmp_path / kind).mkdir()
        (tmp_path / f"mix/000-{kind}.wav").rename(tmp_path / kind / "000.wav")
    scores = tmp_path / "scores.json"
    main(
        ["evaluate", str(path), "--noisy", str(tmp_path / "noisy")]
        + ["--clean", str(tmp_path / "clean"), "--json", str(scores)]
    )
    assert np.isfinite(json.loads(scores.read_text())[str(path)]["si_snri"])
    wav = tmp_path / "long.wav"
    sf.write(wav, 0.1 * np.random.default_rng(0).standard_normal(16000), 16000)
    main(["golden", str(path), str(tmp_path / "case"), str(wav), "--seconds", "1"])
    case = json.loads((tmp_path / "case.json").read_text())
    assert case["frames"] == 128 and len(case["masks"]) == 128


def test_budgets_and_settings_say_what_is_wrong():
    assert parse_budget("2h") == ("seconds", 7200.0)
    assert parse_budget("100") == ("steps", 100.0)
    with pytest.raises(SystemExit, match="--budget ten"):
        parse_budget("ten")
    with pytest.raises(SystemExit, match="no such key"):
        Run().override(["widht=3"])
    assert Run().override(["width=64"]).network.width == 64


def test_what_pruning_hid_starts_from_zero_and_the_pattern_stays(runs, packed, tmp_path):
    _, old, _ = checkpoint.load(runs / "sparse/last.npz")
    main(
        ["prune", "--out", str(tmp_path), "--budget", "1", "--data", str(packed)]
        + ["--hold-out", "others,fan", "--from", str(runs / "sparse/last.npz"), "--every", "60"]
    )
    _, new, extra = checkpoint.load(tmp_path / "last.npz")
    assert extra["asked"] == 0.88
    for name, mask in old["masks"].items():
        np.testing.assert_array_equal(new["masks"][name], mask)
    moved = new["parameters"]["decoder"]["W"][old["masks"]["decoder"] == 0]
    assert np.abs(moved).max() < 0.2 * np.abs(new["parameters"]["decoder"]["W"]).max()


def test_the_soup_of_a_checkpoint_is_that_checkpoint(runs, tmp_path):
    path = runs / "sparse/last.npz"
    main(["soup", str(path), str(path), "--shares", "1,3", "--out", str(tmp_path / "soup.npz")])
    _, old, _ = checkpoint.load(path)
    _, new, _ = checkpoint.load(tmp_path / "soup.npz")
    for name, weight in s5.matrices(soup.masked(old)).items():
        np.testing.assert_allclose(s5.matrices(soup.masked(new))[name], weight, atol=1e-6)
    with pytest.raises(SystemExit, match="different shapes"):
        run, state, extra = checkpoint.load(path)
        checkpoint.save(tmp_path / "other.npz", run.override(["blocks=1"]), state, extra)
        main(["soup", str(path), str(tmp_path / "other.npz"), "--out", str(tmp_path / "x.npz")])
    with pytest.raises(SystemExit, match="as many shares"):
        soup.soup([path], [1, 2], tmp_path / "x.npz", None)
    # Past the first: what the second lacks of it, once more.
    second = jax.tree.map(lambda w: 0.5 * w, state["parameters"])
    checkpoint.save(tmp_path / "half.npz", run, {**state, "parameters": second}, extra)
    soup.soup([path, tmp_path / "half.npz"], [1.5, -0.5], tmp_path / "past.npz", None)
    _, past, _ = checkpoint.load(tmp_path / "past.npz")
    np.testing.assert_allclose(
        soup.masked(past)["decoder"]["bias"], 1.25 * old["parameters"]["decoder"]["bias"], rtol=1e-5
    )
    wide = jax.tree.map(lambda v: 4 * v, state["statistics"])
    checkpoint.save(tmp_path / "wide.npz", run, {**state, "statistics": wide}, extra)
    with pytest.raises(SystemExit, match="nearer to zero"):
        soup.soup([path, tmp_path / "wide.npz"], [1.5, -0.5], tmp_path / "x.npz", None)
    # Windows of another delay may be mixed in, of another hop not.
    early, late = tmp_path / "early.npz", tmp_path / "late.npz"
    checkpoint.save(early, run.override(["delay=0.016"]), state, extra)
    soup.soup([path, early], [1, 1], tmp_path / "x.npz", None)
    assert checkpoint.load(tmp_path / "x.npz")[0].network.delay == 0.016
    checkpoint.save(late, run.override(["delay=0.008"]), state, extra)
    with pytest.raises(SystemExit, match="different shapes"):
        soup.soup([path, late], [1, 1], tmp_path / "x.npz", None)


def test_rounding_and_teachers_while_training(packed, runs, tmp_path):
    """Activations on 8 bits, weights on 4, beside a teacher: grids are measured once, kept, used."""
    begin = runs / "dense" / "last.npz"
    arguments = ["prune", "--data", str(packed), "--hold-out", "others,fan", "--from", str(begin)]
    arguments += ["--out", str(tmp_path / "run"), "--budget", "3", f"--set=teacher={begin}", *TINY]
    bits = ["weight_bits=4", "activation_bits=8", "quantize_from=0", "zeros=0.5", "prune_from=-1"]
    main([*arguments, *(f"--set={pair}" for pair in bits)])
    path = tmp_path / "run" / "last.npz"
    _, state, _ = checkpoint.load(path)
    assert set(state["grids"]) == {"input", "norm.0", "norm.1", "norm.2", "state.0", "state.1", "output.0", "output.1"}
    x = 0.1 * np.random.default_rng(0).standard_normal(8000).astype(np.float32)
    rounded = evaluate.Enhancer(path)(x)
    run, state, extra = checkpoint.load(path)
    del state["grids"]
    checkpoint.save(tmp_path / "exact.npz", run, state, extra)
    assert 1e-4 < np.abs(evaluate.Enhancer(tmp_path / "exact.npz")(x) - rounded).max() < 0.2
