"""A card: what it counts, what it measures, its clips and their credits; a stand-in for hush."""

import json
import stat
import sys

import numpy as np
import pytest
import soundfile as sf

from conftest import speech_like
from hush_training import card, clips, cost, integer, kinds, measure, modelfile
from hush_training.cli import main

RATE = 16000
# As `hush denoise` and `hush bench --json` do, as far as a card asks: half as loud, and fixed costs.
HUSH = """#!{python}
import json, os, sys
from pathlib import Path
import soundfile as sf
if sys.argv[1] == "denoise":
    i = sys.argv.index("--output-dir")
    for path in sys.argv[i + 2:]:
        x, rate = sf.read(path)
        sf.write(Path(sys.argv[i + 1]) / Path(path).name, 0.5 * x, rate)
else:
    us = {{"scalar": 90.0, "avx2": 9.0}}[os.environ.get("HUSH_ISA", "avx2")]
    print(json.dumps({{"kernels_available": ["avx2", "scalar"], "hop": {{"median_us": us}},
        "stages_of_one_channel": {{"network": {{"median_us": us - 4}}}}}}))
"""


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A tiny model and three pairs at 0, 10 and 20 dB, two of them named in meta.json."""
    root = tmp_path_factory.mktemp("card")
    model = integer.random_model(3, F=514, H=32, P=16, L=2, gain=1 / 8, presence=True, delay=0.008)
    model["name"], model["data"] = "tiny-1", {"speech": ["made up, 1 h, CC0"], "held out": "nothing"}
    modelfile.write(root / "tiny.safetensors", model)
    rng = np.random.default_rng(0)
    for i, snr in enumerate((0, 10, 20)):
        clean = speech_like(rng, 2)
        noise = rng.standard_normal(len(clean)) * np.sqrt(np.mean(clean**2)) * 10 ** (-snr / 20)
        for kind, x in (("noisy", clean + noise), ("clean", clean)):
            (root / kind).mkdir(exist_ok=True)
            sf.write(root / kind / f"{i:03d}.flac", 0.5 * x, RATE)
    rows = [
        {"i": 0, "speaker": "an4/a", "noise": "esc10/rain__4-1-A.flac"},
        {"i": 1, "speaker": "an4/b", "noise": "somewhere/x.wav"},
    ]
    (root / "meta.json").write_text(json.dumps(rows))
    hush = root / "hush"
    hush.write_text(HUSH.format(python=sys.executable))
    hush.chmod(hush.stat().st_mode | stat.S_IXUSR)
    return root


def test_a_card_with_the_command_tells_all(files, tmp_path):
    (tmp_path / "notes.md").write_text("<!-- not\nthis -->\nFor: tests.\n")
    out = tmp_path / "models/tiny.md"
    main(
        ["card", str(files / "tiny.safetensors"), "--out", str(out), "--worst", "3"]
        + ["--pairs", f"own={files}/noisy:{files}/clean:{files}/meta.json"]
        + ["--hush", str(files / "hush"), "--clips", str(tmp_path / "models/clips")]
        + ["--notes", str(tmp_path / "notes.md")]
    )
    text = out.read_text()
    assert text.startswith("# tiny-1\n\nFor: tests.\n")
    for part in (
        "| delay | 8 ms |",
        "| hop | 4 ms |",
        "| presence of speech | yes |",
        "- made up, 1 h, CC0",
        "held out: nothing",
        "| own, 3 pairs | noisy |",
        "| avx2 | 9.00 | 10.0 x | 5.00 | 17.2 x | 0.225 % |",
        "| weather and water | 1 |",
        "| other | 1 |",
        "enhanced by `hush denoise`",
    ):
        assert part in text, part
    # Half as loud is as clean: no gain, and nothing lost.
    gains = next(l for l in text.splitlines() if l.startswith("| own | 0"))
    assert "| 0.00 (1) |" in gains
    assert (tmp_path / "models/clips/own-000-tiny-1.opus").stat().st_size < clips.LARGEST
    assert "(clips/own-000-noisy.opus)" in text
    # The licences of pair 1's noise and of pair 2's recordings are not known.
    assert text.count("no clip: licence not known") == 4
    assert not list((tmp_path / "models/clips").glob("own-001*"))
    page = (tmp_path / "models/clips/README.md").read_text()
    assert "| own-000 | an4/a | esc10/rain__4-1-A.flac |" in page and "CMU AN4" in page
    x, rate = sf.read(tmp_path / "models/clips/own-000-clean.opus")
    assert len(x) / rate == pytest.approx(2, abs=0.1)


def test_without_the_command_the_reference_enhances(files, tmp_path):
    out = tmp_path / "tiny.md"
    sets = [measure.pair_set(f"own={files}/noisy:{files}/clean")]
    card.card(files / "tiny.safetensors", out, sets, limit=2)
    text = out.read_text()
    assert "integer reference" in text and "Only 2 pairs" in text
    assert "What it costs" not in text and "By noise" not in text and "clips" not in text


def test_work_is_counted_as_hush_model_does():
    model = integer.random_model(3, F=514, H=32, P=16, L=2, patterns="dense")
    kept = sum(np.count_nonzero(v) for k, v in model["tensors"].items() if k.endswith(".weight"))
    assert card.work(model) == round((kept + 2 * (4 * 16 + 3 * 32) + 32) / 0.008)


@pytest.mark.parametrize(
    "name, kind",
    [
        ("berklee/ahntone_c4_2.flac", "musical and tonal"),
        ("berklee/sodaCanRoll2_short.flac", "impacts and objects"),
        ("berklee/tape_measure2.flac", "impacts and objects"),
        ("berklee/Analogsynth2_highmid.flac", "musical and tonal"),
        ("esc10/rain__4-166661-A.flac", "weather and water"),
        ("esc10/helicopter__3-68630-C.flac", "machines"),
        ("esc10/rooster__3-134049-A.flac", "animals"),
        ("moodist/urban__fireworks.flac", "impacts and objects"),
        ("moodist/things__windshield-wipers.flac", "machines"),
        ("mine/003.wav", "other"),
    ],
)
def test_kinds_are_told_by_names(name, kind):
    assert kinds.kind_of(name) == kind


def test_no_pair_falls_between_the_bands():
    for level in (-40, -0.001, 0, 5, 19.99, 20, 60):
        assert sum(low <= level < high for low, high in measure.BANDS.values()) == 1


def test_credits_are_found_by_the_longest_name():
    assert "kitchen noise" in clips.credit("picovoice_kitchen")
    assert "LibriSpeech" in clips.credit("librispeech_test_clean")
    assert clips.credit("emodb") is None and not clips.may_pass_on(())
    assert clips.may_pass_on(("an4", "esc10")) and not clips.may_pass_on(("an4", "emodb"))


def test_long_and_loud_clips_stay_small():
    x = np.random.default_rng(0).uniform(-1, 1, 30 * RATE).astype(np.float32)
    assert len(clips.opus(x)) < clips.LARGEST


def test_sources_of_a_set_may_be_told(files, tmp_path):
    told = tmp_path / "meta.json"
    told.write_text(json.dumps({"sources": ["an4", "timgrau"]}))
    pairs = measure.pair_set(f"f={files}/noisy:{files}/clean:{told}")
    assert pairs.sources == ("an4", "timgrau") and pairs.stems(2) == ["000", "002"]


def test_mistakes_are_told(files, tmp_path):
    with pytest.raises(SystemExit, match="want NAME=NOISY_DIR"):
        measure.pair_set("somewhere")
    with pytest.raises(SystemExit, match="is no folder"):
        measure.pair_set(f"a={tmp_path}/x:{files}/clean")
    with pytest.raises(SystemExit, match="no base names"):
        (tmp_path / "empty").mkdir()
        measure.pair_set(f"a={tmp_path}/empty:{files}/clean").stems()
    one = measure.pair_set(f"a={files}/noisy:{files}/clean")
    with pytest.raises(SystemExit, match="two sets of one name"):
        card.card(files / "tiny.safetensors", tmp_path / "c.md", [one, one])


def test_costs_come_slowest_first(files):
    seen = cost.by_instruction_set(files / "hush", files / "tiny.safetensors")
    assert list(seen) == ["scalar", "avx2"] and seen["avx2"] == {"hop": 9.0, "network": 5.0}
