"""Fake quantization agrees with the folded network where it rounds nothing, and hurts where it must."""

import numpy as np
import pytest

from hush_training import checkpoint, quantize, s5, sensitivity
from hush_training.config import Network, Run, Training


@pytest.fixture(scope="module")
def study(packed, tmp_path_factory):
    network = Network(width=24, states=8, blocks=2, hippo_blocks=2)
    parameters, statistics = s5.initial(network, 3)
    path = tmp_path_factory.mktemp("run") / "last.npz"
    tree = {"parameters": parameters, "statistics": statistics}
    checkpoint.save(path, Run(network, Training()), tree, {"progress": 1.0})
    return sensitivity.Study(path, packed, ("others", "fan"), clips=2)


def test_rounding_nothing_is_the_folded_network(study):
    features = np.asarray(study.validation.features)[:60, 0].astype(np.float64)
    np.testing.assert_allclose(study.real[:60, 0], quantize.forward(study.folded, features)[0], atol=2e-3)


def test_fewer_bits_err_more(study):
    errors = [
        study.score(sensitivity.Widths("", only={"state": bits}))["mask error"] for bits in (16, 8, 4)
    ]
    assert errors[0] < errors[1] < errors[2]
    both = study.score(sensitivity.Widths("", 8, 8))["mask error"]
    assert both > study.score(sensitivity.Widths("", 8, 16))["mask error"]


def test_weights_are_rounded_to_a_grid_of_their_row():
    w = np.random.default_rng(0).normal(size=(5, 32))
    assert np.array_equal(sensitivity.rounded(w, 0), w)
    for bits in (8, 4):
        q = sensitivity.rounded(w, bits)
        assert all(len(np.unique(row)) <= 2**bits for row in q)
        assert np.abs(q - w).mean() < 2.0 ** (2 - bits)


def test_the_rotation_is_orthogonal():
    for width in (192, 24, 64):
        r = sensitivity.rotation(width)
        np.testing.assert_allclose(r @ r.T, np.eye(width), atol=1e-6)


def test_the_table_names_every_component(study):
    rows = [r for r in sensitivity.plan() if r.name in ("encoder 8", "output 8 rotated", "W8A8")]
    text = sensitivity.table(study, rows)
    assert all(f"| {r.name} |" in text for r in rows) and "| nothing |" in text
    assert text.count("| state.") == 2
