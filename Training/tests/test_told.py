"""What the documents tell of the models that ship is what their files and their cards have."""

import re
from pathlib import Path

import pytest

from hush_training import modelfile

ROOT = Path(__file__).parents[2]
SHIPPED = sorted(p.stem for p in (ROOT / "Sources" / "CModel").glob("*.safetensors"))


def cells(text: str, begin: str) -> list[str]:
    """The cells of the first table row that begins so, emphasis left out."""
    rows = [line.replace("*", "").replace("`", "") for line in text.splitlines() if line.startswith("|")]
    rows = [[c.strip() for c in r.strip("|").split("|")] for r in rows]
    found = [r for r in rows if re.match(rf"{begin}\b(?!-\D)", r[0])]
    assert found, f"{begin}: no row"
    return found[0]


def close(told: str, known: float) -> bool:
    """Whether `told` is `known` to the digits it has."""
    places = len(told.partition(".")[2])
    return abs(float(told) - known) < 0.51 * 10**-places


def read(name: str) -> tuple[dict, int]:
    """A model that ships, and the bytes of its file."""
    path = ROOT / "Sources" / "CModel" / f"{name}.safetensors"
    return modelfile.read(path), path.stat().st_size


def card(name: str) -> str:
    return (ROOT / "docs" / "models" / f"{name}.md").read_text()


def work(name: str) -> float:
    return float(cells(card(name), "work")[1].split()[0])


@pytest.mark.parametrize("name", SHIPPED)
def test_the_readme_has_the_scores_of_the_file(name):
    row = cells((ROOT / "README.md").read_text(), f"Hush {name}")
    devset = read(name)[0]["scores"]["devset"]
    for told, key in zip(row[1:5], ("si_snri", "pesq", "stoi", "ovrl"), strict=True):
        assert close(told, devset[key]), (name, key, told, devset[key])
    assert close(row[5], work(name))


@pytest.mark.parametrize("name", SHIPPED)
def test_the_study_has_them_too_and_the_file_s_size_and_times(name):
    model, size = read(name)
    row = cells((ROOT / "docs" / "study.md").read_text(), model["name"])
    assert close(row[1], work(name)) and int(row[2]) == size
    for told, kernels in zip(row[3].split(","), ("avx512vnni", "avx2", "ssse3"), strict=True):
        assert close(told, float(cells(card(name), kernels)[1])), (name, kernels)
    for told, key in zip(row[4:8], ("si_snri", "pesq", "stoi", "ovrl"), strict=True):
        assert close(told, model["scores"]["devset"][key]), (name, key)
    assert close(row[8], model["scores"]["held-out"]["si_snri"])


@pytest.mark.parametrize("name", SHIPPED)
def test_the_card_is_of_that_model(name):
    model, size = read(name)
    assert card(name).startswith(f"# {model['name']}\n")
    assert cells(card(name), "file")[1] == f"{size:,} bytes"
