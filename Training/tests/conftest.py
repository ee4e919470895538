"""Synthetic recordings, packed the way real ones are."""

import time

import numpy as np
import pytest
import soundfile as sf

from hush_training.pack import pack

RATE = 16000

# What a shipped model rests on comes first; whole runs, where one test may take minutes, come last.
ORDER = {"test_integer": 0, "test_pipeline": 2}


def pytest_addoption(parser):
    text = "begin no test after so many minutes: the rest is skipped, and counted"
    parser.addoption("--minutes", type=float, default=float("inf"), help=text)


def pytest_configure(config):
    config.begun = time.monotonic()


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: ORDER.get(item.module.__name__, 1))


def pytest_runtest_setup(item):
    minutes = item.config.getoption("minutes")
    if time.monotonic() - item.config.begun > 60 * minutes:
        pytest.skip(f"not begun: {minutes:g} minutes are over")


def speech_like(rng, seconds):
    """A harmonic voice with syllables and pauses: enough dynamics to pass the packer's check."""
    n = int(seconds * RATE)
    t = np.arange(n) / RATE
    pitch = 120 * 2 ** (0.2 * np.sin(2 * np.pi * 0.7 * t + rng.uniform(0, 6)))
    phase = 2 * np.pi * np.cumsum(pitch) / RATE
    x = sum(np.sin(k * phase) / k for k in range(1, 20))
    syllables = np.maximum(0, np.sin(2 * np.pi * 3 * t + rng.uniform(0, 6))) ** 2
    return (0.2 * x * syllables + 1e-4 * rng.standard_normal(n)).astype(np.float32)


@pytest.fixture(scope="session")
def packed(tmp_path_factory):
    """Two sources of speech and two of noise, as `hush-train pack` leaves them."""
    root = tmp_path_factory.mktemp("recordings")
    rng = np.random.default_rng(0)
    for source in ("voices", "others"):
        for i in range(3):
            path = root / "speech" / source / f"{i}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            sf.write(path, speech_like(rng, 4), RATE)
    for source in ("street", "fan"):
        for i in range(2):
            path = root / "noise" / source / f"{i}.flac"
            path.parent.mkdir(parents=True, exist_ok=True)
            sf.write(path, (0.1 * rng.standard_normal(3 * 48000)).astype(np.float32), 48000)
    out = tmp_path_factory.mktemp("packed")
    for kind in ("speech", "noise"):
        pack(root / kind, out / kind, kind, workers=1)
    return out
