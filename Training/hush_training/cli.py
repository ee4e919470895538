"""hush-train: one command for each step from recordings to the file that ships."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from . import memory


def _names(text: str) -> tuple[str, ...]:
    return tuple(n for n in text.split(",") if n)


def _treble(text: str) -> tuple[float, float]:
    try:
        hz, logits = map(float, text.split(":"))
    except ValueError:
        hz, logits = 0.0, 0.0
    if not 0 < hz < 8000:
        raise argparse.ArgumentTypeError(f"{text}: want HZ:LOGITS, with 0 < HZ < 8000, such as 2500:0.5")
    return hz, logits


def _training(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--data", type=Path, required=True, help="packed recordings (see pack)")
    parser.add_argument("--out", type=Path, required=True, help="run folder; last.npz there resumes")
    parser.add_argument("--budget", required=True, help="steps (20000) or time (90s, 60m, 2h)")
    parser.add_argument(
        "--hold-out",
        type=_names,
        required=True,
        help="sources never trained on, for validation: at least one of speech and one of noise",
    )
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", dest="pairs")
    parser.add_argument("--workers", type=int, default=1, help="mixing processes")
    parser.add_argument("--every", type=float, default=90, help="seconds between validations")


def _single(parser: argparse.ArgumentParser) -> None:
    """What one run takes, and studies of many do not."""
    parser.add_argument("--mixes", type=Path, help="mixes that a teacher has heard, instead of ever new ones")
    parser.add_argument(
        "--peer", metavar="RANK:FOLDER:SECONDS",
        help="train with another process, which has another --out and the other rank, 0 or 1: "
        "every so many seconds both take the mean of their states, through FOLDER",
    )


def parser() -> argparse.ArgumentParser:
    top = argparse.ArgumentParser(prog="hush-train", description=__doc__)
    steps = top.add_subparsers(dest="step", required=True)

    p = steps.add_parser("pack", help="decode folders of recordings once, to 16 kHz int16")
    p.add_argument("--speech", type=Path, required=True, help="folder of source folders")
    p.add_argument("--noise", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--workers", type=int, default=2)

    p = steps.add_parser("compact", help="a selection of packed recordings that may travel, as Opus")
    p.add_argument("packed", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--limit-mb", type=float, default=50)

    p = steps.add_parser("unpack", help="packed recordings from a compact selection")
    p.add_argument("compact", type=Path)
    p.add_argument("out", type=Path)

    p = steps.add_parser("mix", help="write a few training pairs as WAV, to listen to")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--out", type=Path, required=True)
    p.add_argument("--count", type=int, default=8)
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--seed", type=int, default=1)

    p = steps.add_parser("pairs", help="write test pairs of named sources, nothing added, to score on")
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--only", type=_names, required=True, help="sources of speech and of noise")
    p.add_argument("--out", type=Path, required=True, help="noisy/, clean/ and meta.json")
    p.add_argument("--count", type=int, default=40)
    p.add_argument("--seconds", type=float, default=5)
    p.add_argument("--snr", default="-5,20", metavar="LOW,HIGH", help="dB, spread evenly")
    p.add_argument("--seed", type=int, default=1)

    p = steps.add_parser("taught", help="make mixes once, and have a teacher clean them: dense or prune --mixes")
    p.add_argument("--data", type=Path, required=True, help="packed recordings")
    p.add_argument("--out", type=Path, required=True, help="folder of mixes")
    p.add_argument("--hours", type=float, required=True, help="of mixes; the same command makes what is missing")
    p.add_argument("--hold-out", type=_names, required=True, help="sources never trained on")
    p.add_argument(
        "--dtln", type=Path, action="append", required=True, metavar="FILE.h5",
        help="weights of DTLN (github.com/breizhn/DTLN, MIT); of several, each shard is another's",
    )
    p.add_argument("--seconds", type=float, default=6.4, help="of a mix: at least a run's lead and seconds")
    p.add_argument("--plain", type=float, default=0.6, help="share of mixes with nothing added")
    p.add_argument("--seed", type=int, default=1)

    p = steps.add_parser("dense", help="train a dense network, from nothing or on")
    _training(p)
    _single(p)
    p.add_argument("--from", type=Path, dest="begin", help="a dense run's last.npz; blocks= may be more")

    p = steps.add_parser("prune", help="ReLU-fy, prune and (from --set quantize_from) round to int8")
    _training(p)
    _single(p)
    p.add_argument("--from", type=Path, required=True, dest="begin", help="a dense run's last.npz")

    p = steps.add_parser("untie", help="a plain checkpoint of one whose weights are shared along frequency")
    p.add_argument("tied", type=Path, help="last.npz of a dense run with --set groups=")
    p.add_argument("checkpoint", type=Path, help="computes the same; prune --from it")

    p = steps.add_parser("tie", help="the tied checkpoint that a restored one was once, to go on with: dense --from it")
    p.add_argument("restored", type=Path)
    p.add_argument("checkpoint", type=Path)
    p.add_argument("--data", type=Path, required=True, help="packed recordings, for batch norm's statistics")

    p = steps.add_parser("restore", help="a checkpoint of a model file, to fine-tune: prune --from it")
    p.add_argument("model", type=Path)
    p.add_argument("checkpoint", type=Path)

    p = steps.add_parser("soup", help="the mean of checkpoints of one ancestry, pruned again")
    p.add_argument("checkpoints", type=Path, nargs="+")
    p.add_argument("--shares", help="one a checkpoint, comma-separated; left out: equal. --shares=1.2,-0.2 leads past the first, away from the second")
    p.add_argument("--zeros", type=float, help="left out: the last checkpoint's")
    p.add_argument("--out", type=Path, required=True)

    p = steps.add_parser("quantize", help="round a checkpoint to int8 weights, int16 activations")
    p.add_argument("checkpoint", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--data", type=Path, required=True, help="packed recordings, to calibrate on")
    p.add_argument(
        "--power", type=float, default=1.0,
        help="gains to this power, 0.5 to 2: below 1 lets more through, noise and speech",
    )
    p.add_argument(
        "--makeup", type=float,
        help="what the mask is multiplied with, 1 to 2, up to gains of 1: for networks that let clean speech through too softly",
    )
    p.add_argument(
        "--treble", type=_treble, metavar="HZ:LOGITS",
        help="gains above so many Hz open by so many logits more (2500:0.5): for networks that cut words that end in s and f",
    )
    p.add_argument(
        "--presence", type=float, default=0.0, metavar="LOGITS",
        help="presence of speech is so many logits higher: below 0 for networks that take a pause for speech",
    )
    p.add_argument(
        "--rest", type=int, metavar="DB",
        help="gains take so many dB at most, 20 to 60: for networks that spoil speech where they take all",
    )
    p.add_argument(
        "--narrow", action="store_true",
        help="matrices read 7 bits of what a ReLU made: half the work where weights are in blocks; "
        "what was restored from a file that does so does so again",
    )

    p = steps.add_parser("export", help="name a quantized model, and fill in its data and scores")
    p.add_argument("model", type=Path)
    p.add_argument("out", type=Path)
    p.add_argument("--name", required=True)
    p.add_argument(
        "--about", type=Path, action="append", default=[],
        help="JSON: data and licences, for the metadata; of several, all their keys",
    )
    p.add_argument("--scores", type=Path, help="JSON: scores, for the metadata")

    p = steps.add_parser("golden", help="write golden vectors of a model over real audio")
    p.add_argument("model", type=Path)
    p.add_argument("out", type=Path, help="path of the case, without a suffix")
    p.add_argument("recordings", type=Path, nargs="+")
    p.add_argument("--seconds", type=float, default=10)

    p = steps.add_parser("evaluate", help="score checkpoints or model files on noisy/clean pairs")
    p.add_argument("models", type=Path, nargs="+")
    p.add_argument("--noisy", type=Path, required=True)
    p.add_argument("--clean", type=Path, required=True)
    p.add_argument("--mode", choices=("integer", "float"), default="integer")
    p.add_argument("--limit", type=int)
    p.add_argument("--json", type=Path)

    p = steps.add_parser("card", help="measure a model file and write its card, with clips that fail")
    p.add_argument("model", type=Path)
    p.add_argument("--out", type=Path, required=True, help="Markdown")
    p.add_argument(
        "--pairs", action="append", required=True, metavar="NAME=NOISY:CLEAN[:META.json]",
        help="a set to score on; META names speaker and noise of each pair",
    )
    p.add_argument("--hush", type=Path, help="the command: it enhances, and its cost is measured")
    p.add_argument("--clips", type=Path, help="folder for clips of the worst pairs")
    p.add_argument("--worst", type=int, default=3)
    p.add_argument("--notes", type=Path, help="Markdown for the top: what it is for, limits")
    p.add_argument("--limit", type=int, help="pairs a set, for a quick look")

    p = steps.add_parser("study", help="sparse against dense: widths x patterns at one budget")
    _training(p)
    p.add_argument("--widths", default="96,192,320")
    p.add_argument("--patterns", type=_names, default=("dense", "unstructured", "n16-layers"))
    p.add_argument("--shared", type=_names, default=(), metavar="ZEROS,...", help="networks from 26 groups, so sparse")
    p.add_argument("--stop-after", default="1000h", help="time; call again to go on")
    p.add_argument("--hush", type=Path, help="the command, to time each model with")

    p = steps.add_parser("ablate", help="variants of one network at one budget, each against the first")
    _training(p)
    p.add_argument("variants", nargs="+", metavar="'NAME: KEY=VALUE ...'")
    p.add_argument("--noisy", type=Path, required=True, help="pairs to score on")
    p.add_argument("--clean", type=Path, required=True)
    p.add_argument("--stop-after", default="1000h", help="time; call again to go on")

    p = steps.add_parser("sensitivity", help="what fewer bits would cost, component by component")
    p.add_argument("checkpoint", type=Path)
    p.add_argument("--data", type=Path, required=True)
    p.add_argument("--hold-out", type=_names, required=True)
    p.add_argument("--out", type=Path, help="Markdown; printed where left out")
    return top


def main(arguments: list[str] | None = None) -> None:
    a = parser().parse_args(arguments)
    memory.keep()
    if a.step == "pack":
        from .pack import pack

        pack(a.noise, a.out / "noise", "noise", a.workers)
        pack(a.speech, a.out / "speech", "speech", a.workers)
    elif a.step == "compact":
        from .pack import compact

        compact(a.packed, a.out, a.limit_mb)
    elif a.step == "unpack":
        from .pack import unpack

        unpack(a.compact, a.out)
    elif a.step == "mix":
        import soundfile as sf

        from . import mix

        sources = [mix.load_sources(a.data / kind) for kind in ("speech", "noise")]
        mixer = mix.Mixer(*sources, a.seconds, a.seed)
        a.out.mkdir(parents=True, exist_ok=True)
        for i in range(a.count):
            for kind, x in zip(("noisy", "clean"), mixer.draw()):
                sf.write(a.out / f"{i:03d}-{kind}.wav", x, mix.RATE)
    elif a.step == "pairs":
        from .pairs import pairs

        low, high = (float(v) for v in a.snr.split(","))
        pairs(a.data, a.only, a.out, a.count, a.seconds, (low, high), a.seed)
        print(f"{a.out}: {a.count} pairs, {low:g} to {high:g} dB")
    elif a.step == "taught":
        from .dtln import Teacher
        from .taught import make

        teachers = [Teacher(path) for path in a.dtln]
        clips = make(a.data, a.out, teachers, a.hours, a.seconds, a.seed, a.hold_out, a.plain)
        print(f"{a.out}: {clips} mixes")
    elif a.step in ("dense", "prune"):
        from . import checkpoint
        from .config import Run
        from .peers import Peer
        from .train import train

        run, begin = Run(), a.begin
        if begin is not None:
            run = checkpoint.load(begin)[0]
        if a.step == "prune":
            run = run.override(["activation=relu"])
        run = run.override(a.pairs)
        train(
            run, a.data, a.out, a.budget, a.hold_out, a.step == "prune", begin, a.workers, a.every,
            peer=Peer.parse(a.peer) if a.peer else None, mixes=a.mixes,
        )
    elif a.step == "untie":
        from .untie import write_untied

        run, weights = write_untied(a.tied, a.checkpoint)
        print(f"{a.checkpoint}: {weights} weights, {100 * run.training.zeros:.2f} % zeros")
    elif a.step == "tie":
        from .tie import write_tied

        run, apart = write_tied(a.restored, a.checkpoint, a.data)
        print(f"{a.checkpoint}: {run.network.groups} groups, whose copies of a weight differed by {apart:.1%}")
    elif a.step == "restore":
        from .restore import restore

        run = restore(a.model, a.checkpoint)
        print(
            f"{a.checkpoint}: {a.model}, {100 * run.training.zeros:.2f} % zeros that stay, "
            f"Muon {run.training.rate_muon:g}, Adam {run.training.rate:g}"
        )
    elif a.step == "soup":
        from .soup import soup

        shares = [float(v) for v in a.shares.split(",")] if a.shares else [1.0] * len(a.checkpoints)
        zeros = soup(a.checkpoints, shares, a.out, a.zeros)
        print(f"{a.out}: the mean of {len(a.checkpoints)}, {100 * zeros:.2f} % zeros")
    elif a.step == "quantize":
        from .export import quantize_checkpoint

        settings = ["narrow=1"] if a.narrow else []
        settings += [f"makeup={a.makeup}"] if a.makeup is not None else []
        quantize_checkpoint(a.checkpoint, a.out, a.data, a.power, settings, a.treble, a.presence, a.rest)
    elif a.step == "export":
        from .export import export

        export(a.model, a.out, a.name, a.about, a.scores)
    elif a.step == "golden":
        from .export import golden_audio

        golden_audio(a.model, a.recordings, a.seconds, a.out)
    elif a.step == "evaluate":
        from .evaluate import evaluate

        result = evaluate(a.models, a.noisy, a.clean, a.mode, a.limit)
        for path, score in result.items():
            print(path, " ".join(f"{k} {v:.3f}" for k, v in score.items()))
        if a.json:
            a.json.write_text(json.dumps(result, indent=1) + "\n")
    elif a.step == "card":
        from .card import card
        from .measure import pair_set

        sets = [pair_set(text) for text in a.pairs]
        card(a.model, a.out, sets, a.hush, a.clips, a.worst, a.notes, a.limit)
        print(f"{a.out}: {a.model}, {len(sets)} sets")
    elif a.step == "study":
        from .study import study
        from .train import parse_budget

        widths = [int(w) for w in a.widths.split(",") if w]
        kind, seconds = parse_budget(a.stop_after)
        if kind != "seconds":
            raise SystemExit(f"--stop-after {a.stop_after}: want time (9m)")
        done = study(
            a.data, a.out, a.budget, a.hold_out, widths, list(a.patterns), a.pairs, a.workers,
            seconds, a.hush, [float(z) for z in a.shared],
        )
        print("complete" if done else "stopped; the same command goes on")
    elif a.step == "ablate":
        from .ablation import ablate, parse
        from .train import parse_budget

        done = ablate(
            a.data, a.out, a.budget, a.hold_out, parse(a.variants), a.pairs, a.noisy, a.clean,
            a.workers, parse_budget(a.stop_after)[1],
        )
        print("complete" if done else "stopped; the same command goes on")
    elif a.step == "sensitivity":
        from . import sensitivity

        text = sensitivity.table(
            sensitivity.Study(a.checkpoint, a.data, a.hold_out), sensitivity.plan()
        )
        a.out.write_text(text) if a.out else print(text)


if __name__ == "__main__":
    main()
