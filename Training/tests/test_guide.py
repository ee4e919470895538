"""docs/train-your-own.md, as it stands: each of its hush-train commands, on tiny recordings."""

import re
import shlex
from pathlib import Path

import numpy as np
import pytest
import soundfile as sf

from conftest import speech_like
from hush_training import export, integer, modelfile
from hush_training.cli import main

ROOT = Path(__file__).parents[2]
GUIDE = ROOT / "docs/train-your-own.md"
# What is done here in the place of minutes: a few short steps, one pair a set.
LESS = {"--budget": "2", "--count": "1"}
SHORT = ["--set=batch=1", "--set=seconds=0.6", "--set=lead=0.2", "--every=600"]


def commands() -> list[list[str]]:
    """The lines of the guide's indented blocks, as words."""
    text = re.sub(r"\\\n\s*", "", GUIDE.read_text())  # a line that goes on
    lines = re.findall(r"^ {4,}(\S.*)$", text, re.M)
    return [shlex.split(line, comments=True) for line in lines]


def less(words: list[str]) -> list[str]:
    """The arguments of a hush-train command, with budgets and counts made small."""
    words = [LESS.get(before, word) for before, word in zip(["", *words], words)]
    return words + SHORT if words[0] == "prune" else words


def recordings(root: Path) -> None:
    """The folders that the guide has been telling to fill."""
    rng = np.random.default_rng(0)
    for source in ("librispeech", "an4", "colleagues"):
        for i in range(2):
            path = root / "speech" / source / f"{i}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            sf.write(path, speech_like(rng, 4), 16000)
    for source in ("mine", "mine-later", "others", "elsewhere"):
        path = root / "noise" / source / "fan-01.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        sf.write(path, 0.05 * rng.standard_normal(8 * 16000), 16000)


def test_the_guide_can_be_followed(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    recordings(tmp_path / "recordings")
    model = integer.random_model(4, F=514, H=32, P=16, L=2, gain=1 / 8)
    modelfile.write("shipped.safetensors", model)
    clips = export.calibration_clips
    monkeypatch.setattr(export, "calibration_clips", lambda data: clips(data, count=2))
    ran = []
    for words in commands():
        if words[0] == "hush-train":
            main(less(words[1:]))
            ran.append(words[1])
    assert set(ran) == {
        *("pack", "pairs", "evaluate", "mix", "restore"),
        *("prune", "quantize", "export", "soup"),
    }
    made = modelfile.read("mine.safetensors")
    assert made["name"] == "mine-1"
    for name, pattern in made["patterns"].items():  # what was zero is zero
        was = model["tensors"][f"{name}.weight"]
        assert pattern == "unstructured" and not made["tensors"][f"{name}.weight"][was == 0].any()
    assert "mine.safetensors input" in capsys.readouterr().out


def test_other_commands_are_as_their_programs_know_them():
    manual = "".join(p.read_text() for p in (ROOT / "share/man").rglob("hush*"))
    manual = manual.replace("\\-", "-")
    keys = (ROOT / "Config/hushd.yaml").read_text()
    for words in commands():
        assert words[0] in ("hush-train", "cp", "mkdir", "arecord", "hush", "hushd"), words
        if words[0].startswith("hush") and words[0] != "hush-train":
            for word in words[1:]:
                if word.startswith("--"):
                    assert word in manual, word
                if "=" in word:
                    section, key = word.split("=")[0].split(".")
                    assert re.search(rf"^{section}:\n(?:[ #].*\n|\n)*?  {key}:", keys, re.M), word


@pytest.mark.parametrize("page", ["README.md", "Training/README.md"])
def test_the_guide_is_found_from(page):
    assert "train-your-own.md" in (ROOT / page).read_text()
