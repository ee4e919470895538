"""Ablations resume, and compare each variant with the first."""

import json

import numpy as np
import pytest
import soundfile as sf

from hush_training import ablation
from hush_training.cli import main

TINY = ["width=16", "states=8", "blocks=1", "hippo_blocks=2", "batch=2", "seconds=0.5", "lead=0.2"]


def test_variants_are_compared_with_the_first(packed, tmp_path):
    rng = np.random.default_rng(0)
    for kind in ("noisy", "clean"):
        (tmp_path / kind).mkdir()
        for i in range(2):
            sf.write(tmp_path / kind / f"{i}.wav", 0.1 * rng.standard_normal(16000), 16000)
    arguments = ["ablate", "base:", "coarse: compression=0.5", "--data", str(packed)]
    arguments += ["--out", str(tmp_path / "out"), "--budget", "3", "--hold-out", "others,fan"]
    arguments += ["--noisy", str(tmp_path / "noisy"), "--clean", str(tmp_path / "clean")]
    arguments += [f"--set={pair}" for pair in TINY]
    main([*arguments, "--stop-after", "0s"])
    assert not (tmp_path / "out" / "results.json").exists()
    main(arguments)
    results = json.loads((tmp_path / "out" / "results.json").read_text())
    assert [r["variant"] for r in results] == ["base", "coarse"]
    assert "compression=0.5" in results[1]["settings"] and results[0]["settings"] == TINY
    rows = (tmp_path / "out" / "table.md").read_text().splitlines()
    gain = results[1]["pairs"]["si_snri"] - results[0]["pairs"]["si_snri"]
    assert f"{gain:+.3f}" in rows[-1] and len(rows) == 4


def test_a_variant_has_a_name():
    assert ablation.parse(["a: b=1 c=2", "d:"]) == {"a": ["b=1", "c=2"], "d": []}
    with pytest.raises(SystemExit, match="want 'NAME"):
        ablation.parse(["b=1"])
