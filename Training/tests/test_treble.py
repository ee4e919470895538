"""Gains of high bands open by what is asked, and nothing else does."""

import numpy as np
import pytest

from hush_training import treble
from hush_training.cli import main
from hush_training.config import BINS, Network


@pytest.mark.parametrize("bands", [0, 104])
def test_high_gains_open_and_low_ones_stay(bands):
    network = Network(bands=bands, mask="complex", fine=40, presence=True)
    bias = np.random.default_rng(1).normal(size=network.outputs)
    change = treble.lift(network, bias, 2500, 0.5) - bias
    assert len(change) == (bands or BINS) + 41
    gains, others = change[: network.levels], change[network.levels :]
    assert not others.any()
    assert (np.diff(gains) >= -1e-12).all() and np.isclose(gains[-1], 0.5)
    # A bin is 31.25 Hz wide: half way at 2500 Hz, nothing up to 2 kHz, all of it from 3 kHz on.
    assert not gains[:65].any()
    if not bands:
        assert np.isclose(gains[80], 0.25) and np.allclose(gains[96:], 0.5)


@pytest.mark.parametrize("text", ["2500", "0:1", "2500:much", "9000:0.5"])
def test_what_cannot_be_is_said(text, tmp_path, capsys):
    with pytest.raises(SystemExit) as stop:
        main(["quantize", "a.npz", "b.safetensors", "--data", str(tmp_path), "--treble", text])
    told = f"{stop.value} {capsys.readouterr().err}"
    assert "HZ:LOGITS" in told and text in told
