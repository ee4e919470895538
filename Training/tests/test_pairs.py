"""Test pairs: as many as asked, at the SNR asked, named, and the same each time."""

import json

import numpy as np
import pytest
import soundfile as sf

from hush_training import mix
from hush_training.cli import main


def written(out):
    read = lambda kind, i: sf.read(out / kind / f"{i:03d}.flac", dtype="float32")[0]  # noqa: E731
    rows = json.loads((out / "meta.json").read_text())
    return rows, [(read("noisy", r["i"]), read("clean", r["i"])) for r in rows]


def test_pairs_have_the_snr_their_row_tells(packed, tmp_path):
    command = ["pairs", "--data", str(packed), "--only", "others,fan", "--count", "3"]
    main([*command, "--seconds", "2", "--snr=-5,15", "--out", str(tmp_path / "a")])
    main([*command, "--seconds", "2", "--snr=-5,15", "--out", str(tmp_path / "b")])
    rows, made = written(tmp_path / "a")
    assert [r["snr"] for r in rows] == [-5, 5, 15]
    for row, (noisy, clean) in zip(rows, made):
        assert len(noisy) == len(clean) == 2 * 16000
        snr = 20 * np.log10(mix.active_rms(clean) / mix.rms(noisy - clean))
        assert snr == pytest.approx(row["snr"], abs=0.1)
        assert row["speaker"].startswith("others/") and row["noise"].startswith("fan/")
    for (a, _), (b, _) in zip(made, written(tmp_path / "b")[1]):
        np.testing.assert_array_equal(a, b)


def test_a_kind_that_is_not_there_is_told(packed, tmp_path):
    with pytest.raises(SystemExit, match="--only others: needs a speech and a noise source"):
        main(["pairs", "--data", str(packed), "--only", "others", "--out", str(tmp_path)])
