#!/usr/bin/env python3
"""The sound that make test-vm and make test-recipes play, and what they make of what comes out.

  audio.py prepare FOLDER HUSH CLIP   writes what is played and what `hush denoise` makes of it
  audio.py QUESTION FOLDER            answers one of the cases: a line "ok" or "not ok", then a measurement

Questions: recording; score-NAME, follow-NAME (see score)
"""

import struct
import subprocess
import sys
import wave
from pathlib import Path

import numpy

CLIP_RATE = 16000
SNR = 5  # dB of the speech over the noise
LEAD = 1.0  # seconds of noise before the speech
# What is played: its name, rate, seconds, and what `hush denoise` is told.
SOUNDS = {
    "noisy": (16000, 12.0, []),
    "short": (16000, 4.0, []),
    "wide": (48000, 8.0, []),
    "gentle": (48000, 8.0, ["--attenuation-limit", "18"]),
}
SETTLE = 2.0  # seconds not scored: the live denoiser has heard silence before, the other one nothing
GAIN_TOLERANCE = 0.3  # dB of SI-SNRi that may be lost against `hush denoise`
SAME = 20  # dB: the least SI-SNR of what comes out against what `hush denoise` makes
WANDER = 0.002  # seconds that the lag may move by where a resampler follows a clock
PIECE = 0.25  # seconds over which it stands still


def load(path, rate):
    with wave.open(str(path)) as f:
        form = (f.getframerate(), f.getsampwidth(), f.getnchannels())
        if form != (rate, 2, 1):
            raise ValueError(f"{path.name}: {form}, not {rate} Hz, 16 bits, mono")
        return numpy.frombuffer(f.readframes(f.getnframes()), "<i2").astype(float) / 32768


def save(path, samples, rate):
    with wave.open(str(path), "wb") as f:
        f.setnchannels(1)
        f.setsampwidth(2)
        f.setframerate(rate)
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


def fine_lags(take, reference, rate):
    """Where in `reference` pieces begin, and how many samples later each is in `take`, to an eighth."""
    piece, reach, times = int(PIECE * rate), int(WANDER * rate), 8
    n = piece + 2 * reach
    places, lags = [], []
    for at in range(reach, len(reference) - n, piece):
        wanted, there = reference[at : at + piece], take[at - reach : at + piece + reach]
        if wanted.std() < 0.1 * reference.std():  # a pause has no features to go by
            continue
        cross = numpy.fft.rfft(there, 2 * n) * numpy.fft.rfft(wanted, 2 * n).conj()
        curve = numpy.fft.irfft(cross, 2 * n * times)[: 2 * reach * times]
        places.append(at + piece / 2)
        lags.append(int(numpy.argmax(curve)) / times - reach)
    return numpy.array(places), numpy.array(lags)


def straightened(take, reference, rate):
    """`take` with a slowly moving lag taken out, and by how many seconds it moved."""
    places, lags = fine_lags(take, reference, rate)
    times = 8
    where = numpy.arange(len(take)) + numpy.interp(numpy.arange(len(take)), places, lags)
    finer = raised(take[: len(take) // 2 * 2], times)
    return numpy.interp(where * times, numpy.arange(len(finer)), finer), numpy.ptp(lags) / rate


def denoise(hush, source, target, options=()):
    subprocess.run([hush, "denoise", "-q", "--force", *options, source, target], check=True)


def raised(samples, factor):
    """The same sound at a rate that is `factor` times higher."""
    spectrum = numpy.zeros(len(samples) * factor // 2 + 1, complex)
    spectrum[: len(samples) // 2 + 1] = numpy.fft.rfft(samples)
    return numpy.fft.irfft(spectrum, len(samples) * factor) * factor


def prepare(folder, hush, clip):
    """A clip with the noise taken off is the clean speech; noise of a known level makes it noisy."""
    denoise(hush, clip, folder / "clean.wav")
    speech = load(folder / "clean.wav", CLIP_RATE)
    for name, (rate, seconds, options) in SOUNDS.items():
        clean = numpy.concatenate([numpy.zeros(int(LEAD * CLIP_RATE)), speech])
        clean = clean[: int(seconds * CLIP_RATE)]
        white = numpy.fft.rfft(numpy.random.default_rng(1).standard_normal(len(clean)))
        pink = numpy.fft.irfft(white / numpy.sqrt(numpy.arange(len(white)) + 20), len(clean))
        level = numpy.sqrt((clean @ clean) / (pink @ pink) / 10 ** (SNR / 10))
        clean, noisy = (raised(x, rate // CLIP_RATE) for x in (clean, clean + level * pink))
        save(folder / f"clean-{name}.wav", clean, rate)
        save(folder / f"{name}.wav", noisy, rate)
        denoise(hush, folder / f"{name}.wav", folder / f"offline-{name}.wav", options)


def score(folder, name, follows=False):
    """Scores a take; where a resampler `follows` a clock, its slow movement is no fault."""
    rate = SOUNDS[name][0]
    noisy, clean, offline = (load(folder / f"{x}{name}.wav", rate) for x in ("", "clean-", "offline-"))
    take = load(folder / f"take-{name}.wav", rate)
    if numpy.abs(take).max() < 0.001:
        return False, f"silence (peak {numpy.abs(take).max():.5f})"
    lag = lag_of(take, offline)
    start, end = int(SETTLE * rate), len(offline)
    if lag < 0 or lag + end > len(take):
        return False, f"not all of it was recorded (lag {lag}, {len(take)} samples)"
    # A lag that changes says that samples were dropped or doubled, or that a clock was followed.
    middle = (start + end) // 2
    drift = [lag_of(take[lag + a : lag + b], offline[a:b]) for a, b in ((start, middle), (middle, end))]
    cut = slice(start, end)
    take = take[lag : lag + end]
    moved = 0
    if follows:
        take[start:], moved = straightened(take[start:], offline[start:], rate)
    before = si_snr(noisy[cut], clean[cut])
    gains = [si_snr(x[cut], clean[cut]) - before for x in (take, offline)]
    same = si_snr(take[cut], offline[cut])
    text = (
        f"SI-SNRi {gains[0]:.2f} dB, hush denoise {gains[1]:.2f}; "
        f"against it {same:.1f} dB; lag by halves {drift[0]:+d} {drift[1]:+d}"
    )
    if follows:
        text += f"; it moved by {moved * 1000:.2f} ms"
    return gains[0] >= gains[1] - GAIN_TOLERANCE and same >= SAME and moved <= WANDER, text


def recording(folder):
    path = folder / "recording.wav"
    riff, size = struct.unpack("<4sI", path.read_bytes()[:8])
    if riff != b"RIFF" or size + 8 != path.stat().st_size:
        return False, f"the header says {size + 8} bytes of {path.stat().st_size}"
    samples = load(path, CLIP_RATE)
    seconds, peak = len(samples) / CLIP_RATE, numpy.abs(samples).max()
    return seconds >= SOUNDS["short"][1] and peak > 0.01, f"{seconds:.2f} s, peak {peak:.2f}"


def answer(question, folder):
    try:
        if question == "recording":
            good, text = recording(folder)
        else:
            kind, name = question.split("-")
            good, text = score(folder, name, follows=kind == "follow")
    except (OSError, ValueError, EOFError, wave.Error, struct.error) as error:
        good, text = False, str(error)
    print("ok" if good else "not ok", text, sep="\n")


if __name__ == "__main__":
    if sys.argv[1] == "prepare":
        prepare(Path(sys.argv[2]), *sys.argv[3:])
    else:
        answer(sys.argv[1], Path(sys.argv[2]))
