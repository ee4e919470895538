"""The scaling study stops and goes on, and its table says what it measured; packs travel."""

import json

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import export, layers, mix, spectrum, study
from hush_training.cli import main
from hush_training.config import Network
from hush_training.pack import compact, unpack

SMALL = ["hippo_blocks=2", "blocks=1", "batch=2", "seconds=0.5", "lead=0.2", "quantize_from=2"]


def test_a_study_stops_goes_on_and_reports(packed, tmp_path, monkeypatch):
    clips = export.calibration_clips
    monkeypatch.setattr(export, "calibration_clips", lambda data: clips(data, count=2))
    arguments = ["study", "--data", str(packed), "--out", str(tmp_path), "--budget", "4"]
    arguments += ["--hold-out", "others,fan", "--widths", "32", "--patterns", "n16-layers"]
    arguments += [f"--set={pair}" for pair in SMALL]
    main([*arguments, "--stop-after", "0s"])
    assert not (tmp_path / "results.json").exists()
    main([*arguments])
    [result] = json.loads((tmp_path / "results.json").read_text())
    assert result["run"] == "32-n16-layers" and 0 < result["kept"] <= 0.13 * result["weights"]
    before = (tmp_path / "results.json").read_text()
    main([*arguments])
    assert (tmp_path / "results.json").read_text() == before
    assert "n16-layers" in (tmp_path / "table.md").read_text()
    assert (tmp_path / "picture.png").read_bytes()[:4] == b"\x89PNG"


def test_a_study_of_shared_weights_prunes_them_untied(packed, tmp_path, monkeypatch):
    clips = export.calibration_clips
    monkeypatch.setattr(export, "calibration_clips", lambda data: clips(data, count=2))
    arguments = ["study", "--data", str(packed), "--out", str(tmp_path), "--budget", "4", "--widths", ""]
    arguments += ["--hold-out", "others,fan", "--shared", "0.5,0.95"]
    main([*arguments, *(f"--set={pair}" for pair in (*SMALL, "bands=104"))])
    results = json.loads((tmp_path / "results.json").read_text())
    assert [(r["run"], r["width"]) for r in results] == [("shared-50", 432), ("shared-95", 432)]
    weights, kept = ([r[k] for r in results] for k in ("weights", "kept"))
    assert kept[0] > 0.1 * weights[0]  # what the groups have, nothing more pruned
    assert kept[1] == pytest.approx(0.05 * weights[1], rel=0.03)
    assert "shared" in (tmp_path / "table.md").read_text()


def test_ratios_are_read_at_the_quality_that_both_reach():
    points = {"dense": [(10, 3.0), (20, 4.0), (40, 5.0)], "unstructured": [(5, 3.5), (10, 4.5)]}
    results = [
        {"pattern": p, "mmacs": c, "si_snri": q} for p, rows in points.items() for c, q in rows
    ]
    ratio = study.ratio_at_equal_quality(results, "unstructured", "mmacs")
    assert ratio == pytest.approx(20 * 2**0.5 / 10)
    assert study.ratio_at_equal_quality(results, "n16-layers", "mmacs") is None


def test_scans_of_accelerators_compute_the_same(monkeypatch):
    rng = np.random.default_rng(0)
    radius, angle = rng.uniform(0.5, 0.99, 6), rng.uniform(0, 3, 6)
    re, im = (jnp.asarray(radius * f(angle), jnp.float32) for f in (np.cos, np.sin))
    drive = jnp.asarray(rng.normal(size=(21, 3, 12)), jnp.float32)
    parallel = jax.jit(layers._parallel, static_argnums=3)
    np.testing.assert_allclose(
        parallel(re, im, drive, False), layers._forward(re, im, drive), atol=1e-4
    )
    np.testing.assert_allclose(
        parallel(re, -im, drive, True), layers._backward_scan(re, im, drive), atol=1e-4
    )
    level = jnp.asarray(rng.normal(size=(21, 3, 257)), jnp.float32)
    restart = jnp.asarray([0.0, 1.0, 0.0])
    features = lambda: jax.jit(lambda v: spectrum.features(Network(), v, restart, 9))(level)  # noqa: E731
    serial = features()
    monkeypatch.setattr(spectrum.jax, "default_backend", lambda: "gpu")
    np.testing.assert_allclose(features(), serial, atol=1e-4)


def test_a_compact_pack_is_small_and_sounds_the_same(packed, tmp_path):
    compact(packed, tmp_path / "small", 0.03)
    files = list((tmp_path / "small").glob("*/*.opus"))
    assert len(files) == 4 and sum(f.stat().st_size for f in files) < 40_000
    unpack(tmp_path / "small", tmp_path / "packed")
    for kind in ("speech", "noise"):
        for source in mix.load_sources(tmp_path / "packed" / kind):
            assert len(source.samples) == source.ends[-1] > 8000
    [voices] = [s for s in mix.load_sources(tmp_path / "packed/speech") if s.name == "voices"]
    assert mix.rms(voices.piece(np.random.default_rng(0), 32000)) > 0.01
