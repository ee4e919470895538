#!/usr/bin/env python3
"""The sound that make test-vm plays, and what it makes of the sound that comes out.

  audio.py prepare FOLDER HUSH CLIP   writes what is played and what `hush denoise` makes of it
  audio.py QUESTION FOLDER            answers one of the cases: a line "ok" or "not ok", then a measurement
"""

import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy

RATE = 16000
SNR = 5  # dB of the speech over the noise
LEAD = 1.0  # seconds of noise before the speech
LENGTHS = {"noisy": 12.0, "short": 4.0}
SETTLE = 2.0  # seconds not scored: the live denoiser has heard silence before, the other one nothing
GAIN_TOLERANCE = 0.3  # dB of SI-SNRi that may be lost against `hush denoise`
SAME = 20  # dB: the least SI-SNR of what comes out against what `hush denoise` makes


def load(path):
    with wave.open(str(path)) as f:
        form = (f.getframerate(), f.getsampwidth(), f.getnchannels())
        if form != (RATE, 2, 1):
            raise ValueError(f"{path.name}: {form}, not 16 kHz, 16 bits, mono")
        return numpy.frombuffer(f.readframes(f.getnframes()), "<i2").astype(float) / 32768


def save(path, samples):
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(RATE)
        f.writeframes(numpy.clip(samples * 32768, -32768, 32767).round().astype("<i2").tobytes())


def si_snr(estimate, reference):
    estimate = estimate - estimate.mean()
    reference = reference - reference.mean()
    target = (estimate @ reference) / (reference @ reference) * reference
    error = estimate - target
    return 10 * numpy.log10((target @ target) / max(error @ error, 1e-12))


def lag_of(take, reference):
    """How many samples later than in `reference` the sound is in `take`."""
    n = 1 << (len(take) + len(reference)).bit_length()
    spectrum = numpy.fft.rfft(take, n) * numpy.fft.rfft(reference, n).conj()
    lag = int(numpy.argmax(numpy.fft.irfft(spectrum, n)))
    return lag - n if lag > n // 2 else lag


def denoise(hush, source, target):
    subprocess.run([hush, "denoise", "-q", "--force", source, target], check=True)


def prepare(folder, hush, clip):
    """A clip with the noise taken off is the clean speech; noise of a known level makes it noisy."""
    denoise(hush, clip, folder / "clean.wav")
    speech = load(folder / "clean.wav")
    for name, seconds in LENGTHS.items():
        clean = numpy.concatenate([numpy.zeros(int(LEAD * RATE)), speech])[: int(seconds * RATE)]
        white = numpy.fft.rfft(numpy.random.default_rng(1).standard_normal(len(clean)))
        pink = numpy.fft.irfft(white / numpy.sqrt(numpy.arange(len(white)) + 20), len(clean))
        level = numpy.sqrt((clean @ clean) / (pink @ pink) / 10 ** (SNR / 10))
        save(folder / f"clean-{name}.wav", clean)
        save(folder / f"{name}.wav", clean + level * pink)
        denoise(hush, folder / f"{name}.wav", folder / f"offline-{name}.wav")


def score(folder, name):
    noisy, clean, offline = (load(folder / f"{x}{name}.wav") for x in ("", "clean-", "offline-"))
    take = load(folder / f"take-{name}.wav")
    if numpy.abs(take).max() < 0.001:
        return False, f"silence (peak {numpy.abs(take).max():.5f})"
    lag = lag_of(take, offline)
    start, end = int(SETTLE * RATE), len(offline)
    if lag < 0 or lag + end > len(take):
        return False, f"not all of it was recorded (lag {lag}, {len(take)} samples)"
    # A lag that changes says that samples were dropped or doubled, or that a clock was followed.
    middle = (start + end) // 2
    drift = [lag_of(take[lag + a : lag + b], offline[a:b]) for a, b in ((start, middle), (middle, end))]
    cut = slice(start, end)
    take = take[lag : lag + end]
    before = si_snr(noisy[cut], clean[cut])
    gains = [si_snr(x[cut], clean[cut]) - before for x in (take, offline)]
    same = si_snr(take[cut], offline[cut])
    text = (
        f"SI-SNRi {gains[0]:.2f} dB, hush denoise {gains[1]:.2f}; "
        f"against it {same:.1f} dB; lag by halves {drift[0]:+d} {drift[1]:+d}"
    )
    return gains[0] >= gains[1] - GAIN_TOLERANCE and same >= SAME, text


def recording(folder):
    path = folder / "recording.wav"
    riff, size = struct.unpack("<4sI", path.read_bytes()[:8])
    if riff != b"RIFF" or size + 8 != path.stat().st_size:
        return False, f"the header says {size + 8} bytes of {path.stat().st_size}"
    samples = load(path)
    seconds, peak = len(samples) / RATE, numpy.abs(samples).max()
    return seconds >= LENGTHS["short"] and peak > 0.01, f"{seconds:.2f} s, peak {peak:.2f}"


def answer(question, folder):
    try:
        if question == "recording":
            good, text = recording(folder)
        else:
            good, text = score(folder, question.removeprefix("score-"))
    except (OSError, ValueError, EOFError, wave.Error, struct.error) as error:
        good, text = False, str(error)
    print("ok" if good else "not ok", text, sep="\n")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), *sys.argv[3:])
    else:
        answer(sys.argv[1], Path(sys.argv[2]))
