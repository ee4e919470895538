"""The training loop, dense or pruning: resumable, with a curve and a table of validations."""

from __future__ import annotations

import csv
import time
from contextlib import nullcontext
from functools import partial
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from tqdm import tqdm

from . import checkpoint, grow, layers, mix, optimizer, rooms, s5, sparsity, spectrum
from .config import HOP, RATE, WINDOW, Network, Run, Training
from .loss import mask_loss, opinion_loss, teacher_loss
from .peers import Peer
from .ratio import si_snr
from .soup import masked
from .taught import Taught

ROUNDED = ("encoder", "B", "C", "G", "decoder")
VALIDATION_BANDS = ((-8, 0), (0, 10), (10, 20), (20, 30))


def effective(parameters: dict, masks: dict, quantized: bool, bits: int = 8, rounded: str = "") -> dict:
    """Parameters as the engine will see them; gradients pass straight through. `rounded`: Training.rounded."""
    parts = rounded.split("+") if rounded else ROUNDED
    if unknown := sorted(set(parts) - {*ROUNDED, "lambda"}):
        raise SystemExit(f"rounded={rounded}: no part is named {', '.join(unknown)}; known: {', '.join(ROUNDED)}, lambda")
    new = {}
    for name, w in s5.matrices(parameters).items():
        value = w * masks[name]
        if quantized and name.split(".")[-1] in parts:
            if name.endswith(".B"):  # the input gain is folded into B's rows before rounding
                block = parameters["blocks"][int(name.split(".")[1])]
                gain = jnp.concatenate([layers.discretize(block)[2]] * 2)[:, None]
                value = sparsity.fake_int(value * gain, bits) / gain
            else:
                value = sparsity.fake_int(value, bits)
        new[name] = sparsity.through(w, value)
    new = s5.with_matrices(parameters, new)
    if quantized and "lambda" in parts:
        new = new | {"blocks": [b | layers.rounded_poles(b, bits) for b in new["blocks"]]}
    return new


def prepare(network: Network, noisy, clean, restart, lead: int, target=None):
    """(features, noisy spectra, clean spectra, spectra to come close to), all without the lead-in;
    the last are the clean ones where there is no target."""
    a, b = spectrum.stft(noisy, network.delay), spectrum.stft(clean, network.delay)
    c = b if target is None else spectrum.stft(target, network.delay)
    f = spectrum.front_end(network, *a, restart, lead)
    cut = lambda pair: tuple(v[lead:] for v in pair)  # noqa: E731
    return f[lead:], cut(a), cut(b), cut(c)


def rounding(grids: dict[str, tuple[float, float]] | None):
    """What s5.apply calls on every activation: rounding to `grids`, or nothing."""
    if grids is None:
        return None
    return lambda name, x: sparsity.on_grid(x, *map(float, grids[name]))


def measured_grids(run: Run, parameters: dict, statistics: dict, feed) -> dict[str, tuple[float, float]]:
    """Grids of every activation, from what eight training batches reach."""
    seen: dict[str, list[np.ndarray]] = {}

    def note(name, x):
        seen.setdefault(name, []).append(np.abs(np.asarray(x)).ravel()[::7])
        return x

    for _ in range(8):
        noisy, clean = feed.next()[:2]
        f = prepare(run.network, noisy, clean, np.ones(len(noisy), np.float32), 0)[0]
        s5.apply(run.network, parameters, statistics, f, False, site=note)
    t = run.training
    return {k: sparsity.grid(np.concatenate(v), t.activation_bits, t.clip) for k, v in seen.items()}


def teacher_of(run: Run):
    """(noisy, restart, lead) -> the teacher's gains of bins [T, batch, 257], or nothing. It has a
    front end of its own; only the windows must be the pupil's, or the frames would not agree."""
    if not run.training.teacher:
        return None
    taught_by, state, _ = checkpoint.load(Path(run.training.teacher))
    network = taught_by.network
    if network.delay != run.network.delay:
        raise SystemExit(f"{run.training.teacher}: a teacher needs the delay of its pupil")
    weights = jax.tree.map(jnp.asarray, (masked(state), state["statistics"]))

    def gains(noisy, restart, lead):
        f = spectrum.front_end(network, *spectrum.stft(noisy, network.delay), restart, lead)[lead:]
        logits = s5.apply(network, *weights, f, False, precision=run.training.precision)[0]
        return spectrum.gains(network, jax.nn.sigmoid(logits))

    return gains


def some_mixes(data: Path, but: tuple[str, ...], seed: int, count: int = 24) -> np.ndarray:
    """A few mixes [count, samples] of 6 s, of every level and SNR."""
    sources = [mix.load_sources(data / kind, but) for kind in ("speech", "noise")]
    mixer = mix.Mixer(*sources, 6.0, seed, rooms.bank(9, 40))
    return np.stack([mixer.draw()[0] for _ in range(count)])


def make_step(run: Run, quantized: bool, frozen: bool, asks: bool, grids=None, teacher=None):
    site = rounding(grids if quantized else None)
    lead = int(round(run.training.lead * RATE / run.network.hop))

    def objective(parameters, statistics, masks, data, taught, key):
        f, a, b, c = data
        t = run.training
        used = parameters
        if masks is not None:
            used = effective(parameters, masks, quantized, t.weight_bits, t.rounded)
        logits, new = s5.apply(
            run.network, used, statistics, f, not frozen, key, t.precision, site
        )
        loss, parts = mask_loss(run.network, t, logits, a, c, b)
        if taught is not None:
            parts["teacher"] = teacher_loss(run.network, t, logits, taught, a)
            loss += t.weight_teacher * parts["teacher"]
        parts["loss"] = loss
        if asks:
            parts["opinion"] = opinion_loss(run.network, logits, a, b)
            loss += t.weight_opinion * t.opinion_every * parts["opinion"]
        return loss, (new, parts)

    @partial(jax.jit, donate_argnums=(0,))
    def step(state, masks, restart, progress, key, noisy, clean, target=None):
        data = prepare(run.network, noisy, clean, restart, lead, target)
        taught = None if teacher is None else teacher(noisy, restart, lead)
        gradient, (statistics, parts) = jax.grad(objective, has_aux=True)(
            state["parameters"], state["statistics"], masks, data, taught, key
        )
        parameters, moments = optimizer.update(
            run.training, gradient, state["optimizer"], state["parameters"], progress
        )
        return {
            "parameters": parameters,
            "statistics": statistics,
            "optimizer": moments,
        }, parts

    return step


class Grids(dict):
    """Grids as a static argument of a compiled function."""

    def __hash__(self) -> int:
        return hash(tuple(sorted((k, tuple(map(float, v))) for k, v in self.items())))


class Validation:
    """Fixed pairs from sources that training never hears; SI-SNRi by input SNR band."""

    def __init__(self, run: Run, root: Path, only: tuple[str, ...], count: int = 48):
        speech = [s for s in mix.load_sources(root / "speech") if s.name in only]
        noise = [s for s in mix.load_sources(root / "noise") if s.name in only]
        if not speech or not noise:
            raise SystemExit(f"--hold-out {','.join(only)}: needs a speech and a noise source each")
        mixer = mix.Mixer(speech, noise, 4.0, 424242, rooms.bank(8, 40), varied=False)
        low, high = VALIDATION_BANDS[0][0], VALIDATION_BANDS[-1][1]
        self.snr = np.linspace(low, high, count, endpoint=False)
        pairs = [mixer.draw(snr) for snr in self.snr]
        self.noisy = np.stack([p[0] for p in pairs])
        self.clean = np.stack([p[1] for p in pairs])
        self.network = run.network
        self.logits = jax.jit(
            lambda p, s, f, g: s5.apply(self.network, p, s, f, False, site=rounding(g))[0],
            static_argnums=3,
        )
        self.re, self.im = map(np.asarray, spectrum.stft(jnp.asarray(self.noisy), self.network.delay))
        self.features = jax.jit(lambda *z: spectrum.front_end(self.network, *z, None, 0))(
            jnp.asarray(self.re), jnp.asarray(self.im)
        )

    def score(self, parameters: dict, statistics: dict, grids=None) -> dict[str, float]:
        logits = self.logits(parameters, statistics, self.features, grids)
        return self.bands(np.asarray(jax.nn.sigmoid(logits)))

    def bands(self, mask: np.ndarray) -> dict[str, float]:
        """Mean SI-SNRi of masks [T, clips, outputs], in all and by band."""
        gains = []
        # The last hops wait for input that never comes.
        end = self.noisy.shape[1] - (WINDOW - HOP)
        for i in range(len(self.snr)):
            masked = spectrum.apply_mask(self.network, self.re[:, i], self.im[:, i], mask[:, i])
            out = spectrum.istft(*masked, self.network.delay)
            clean = self.clean[i, :end]
            gains.append(si_snr(clean, out[:end]) - si_snr(clean, self.noisy[i, :end]))
        gains = np.array(gains)
        row = {"si_snri": float(gains.mean())}
        for low, high in VALIDATION_BANDS:
            inside = (self.snr >= low) & (self.snr < high)
            row[f"si_snri {low}..{high}"] = float(gains[inside].mean())
        return row


def curve(table: Path, picture: Path) -> None:
    """Draws the learning curve from the table of validations."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    with open(table) as f:
        rows = list(csv.DictReader(f))
    if len(rows) < 2:
        return
    hours = [float(r["hours heard"]) for r in rows]
    figure, axes = plt.subplots(1, 2, figsize=(11, 4))
    for key in rows[0]:
        if key.startswith("si_snri"):
            axes[0].plot(hours, [float(r[key]) for r in rows], lw=2 if key == "si_snri" else 1, label=key)
    axes[0].set(xlabel="hours of audio heard", ylabel="SI-SNRi on held-out sources, dB")
    axes[0].legend(fontsize=7)
    axes[0].grid(alpha=0.3)
    axes[1].plot(hours, [float(r["loss"]) for r in rows], color="k", label="training loss")
    axes[1].set(xlabel="hours of audio heard", ylabel="training loss")
    zeros = axes[1].twinx()
    zeros.plot(hours, [100 * float(r["zeros"]) for r in rows], color="tab:red", lw=1)
    zeros.set_ylabel("zero weights, %", color="tab:red")
    axes[1].grid(alpha=0.3)
    figure.tight_layout()
    figure.savefig(picture, dpi=110)
    plt.close(figure)


def begin_is_as_sparse(masks: dict, training: Training) -> bool:
    """Whether an ancestor's pattern can stay: then it does, for moving weights about costs more
    than it brings (RUNS.md)."""
    return abs(sparsity.zeros_of(masks) - training.zeros) < 0.005


def check_peer(run: Run, peer: Peer, kind: str, amount: float, prunes: bool) -> None:
    """SystemExit where two peers could not end with one network."""
    t = run.training
    if kind != "seconds":
        raise SystemExit("--peer: want a --budget of time, as two never do as many steps")
    if t.activation_bits < 16:
        raise SystemExit("--peer: each would round activations to a grid of its own; want activation_bits=16")
    if prunes and peer.every > (1 - t.prune_to) * amount:
        raise SystemExit(f"--peer: meetings every {peer.every:g} s: none may fall after prune_to={t.prune_to:g}")


def parse_budget(text: str) -> tuple[str, float]:
    """'60m', '2h', '90s': time; '20000': steps."""
    units = {"s": 1.0, "m": 60.0, "h": 3600.0}
    try:
        if text[-1] in units:
            return "seconds", float(text[:-1]) * units[text[-1]]
        return "steps", float(int(text))
    except (ValueError, IndexError):
        raise SystemExit(f"--budget {text}: want steps (20000) or time (90s, 60m, 2h)")


def train(
    run: Run,
    data: Path,
    out: Path,
    budget: str,
    hold_out: tuple[str, ...],
    pruning: bool = False,
    begin: Path | None = None,
    workers: int = 1,
    every: float = 60.0,
    stop_after: float = float("inf"),
    peer: Peer | None = None,
    mixes: Path | None = None,
) -> float:
    """Runs to the end of its budget, or stops after `stop_after` seconds; returns its progress.
    `out`/last.npz resumes; `begin` gives first weights; `peer` is met every so often; `mixes` is a folder of
    mixes that a teacher has heard (taught.py), instead of ever new ones."""
    out.mkdir(parents=True, exist_ok=True)
    last = out / "last.npz"
    kind, amount = parse_budget(budget)
    steps, spent, heard, asked, inherited = 0, 0.0, 0.0, 0.0, None
    first = 0.0  # zeros that pruning begins with, and that stay
    if last.exists():
        run, state, extra = checkpoint.load(last)
        steps, spent, heard, asked = (extra[k] for k in ("steps", "spent", "heard", "asked"))
        first = extra.get("first", 0.0)
        tqdm.write(f"{last}: going on from step {steps}")
    else:
        parameters, statistics = s5.initial(run.network, run.training.seed)
        if begin is not None:
            ancestor, old, _ = checkpoint.load(begin)
            # What pruning hid has walked about unseen and may be large by now: it starts from zero.
            old["parameters"] = masked(old)
            given = None  # what new blocks will hear
            if run.network.blocks > ancestor.network.blocks and run.network.activation == "relu" and not run.network.groups:
                relu, clips = ancestor.override(["activation=relu"]), some_mixes(data, hold_out, run.training.seed)
                given = grow.decoder_hears(relu, old, clips)
            grown = grow.grow(ancestor.network, run.network, old, parameters, statistics, given)
            parameters, statistics, inherited = grown
        state = {
            "parameters": parameters,
            "statistics": statistics,
            "optimizer": optimizer.start(parameters),
        }
        wanted = run.training.zeros
        if inherited is not None and (run.training.keep_pattern or begin_is_as_sparse(inherited, run.training)):
            state["masks"], asked, zeros = inherited, wanted, sparsity.zeros_of(inherited)
            if wanted - zeros >= 0.005:  # more are to come, among what is left
                asked = first = zeros
    masks, grids = state.pop("masks", None), state.pop("grids", None)
    state = jax.tree.map(jnp.asarray, state)
    t = run.training
    if pruning and run.network.groups:
        raise SystemExit(f"groups={run.network.groups}: tied weights are pruned untied (hush-train untie)")
    validation = Validation(run, data, hold_out)
    table = out / "validations.csv"
    rank = 0 if peer is None else peer.rank
    key = jax.random.fold_in(jax.random.key(t.seed), rank) if rank else jax.random.key(t.seed)
    step_of: dict = {}
    teacher = teacher_of(run)
    remask, next_validation = 50, spent + every
    progress = min(1.0, (spent if kind == "seconds" else steps) / amount)
    if pruning and masks is None:
        masks = sparsity.masks(s5.matrices(state["parameters"]), 0.0, "unstructured")
    if peer is not None:
        check_peer(run, peer, kind, amount, pruning and asked < t.zeros)

    def meet():
        nonlocal state, masks, asked, spent
        agreed = {"masks": masks or {}, "asked": np.float64(asked)}
        state, agreed, spent = peer.meet(state, agreed, spent)
        state = jax.tree.map(jnp.asarray, state)
        masks, asked = agreed["masks"] or None, float(agreed["asked"])

    if peer is not None:
        meet()
        progress = min(1.0, spent / amount)
    clock, running, met = time.monotonic(), {}, True
    stop_at = clock + stop_after

    def keep():
        tree = state | ({"masks": masks} if masks is not None else {})
        tree |= {"grids": grids} if grids is not None else {}
        extra = {"steps": steps, "spent": spent, "heard": heard, "asked": asked, "first": first}
        checkpoint.save(last, run, tree, extra | {"progress": progress})

    def validate():
        used, statistics = state["parameters"], state["statistics"]
        zeros = 0.0
        if masks is not None:
            used = effective(used, masks, progress >= t.quantize_from, t.weight_bits, t.rounded)
            zeros = sparsity.zeros_of(masks)
        row = {"steps": steps, "minutes": spent / 60, "hours heard": heard / 3600}
        row |= {"progress": progress, "zeros": zeros, "loss": float(running["loss"])}
        row |= validation.score(used, statistics, grids and Grids(grids))
        fresh = not table.exists()
        with open(table, "a", newline="") as f:
            writer = csv.DictWriter(f, row)
            if fresh:
                writer.writeheader()
            writer.writerow({k: f"{v:.6g}" for k, v in row.items()})
        curve(table, out / "curve.png")
        tqdm.write(" ".join(f"{k}={v:.3f}" for k, v in row.items()))

    seconds = t.lead + t.seconds
    seed = t.seed + steps + 7919 * rank
    if mixes is not None:
        source = nullcontext(Taught(mixes, t.batch, seconds, seed, t.trust))
    else:
        source = mix.Feed(data, hold_out, seconds, t, seed, workers)
    with source as feed:
        bar = tqdm(total=100.0, initial=100 * progress, unit="%", mininterval=1.0, bar_format="{l_bar}{bar}|{elapsed}<{remaining}{postfix}")
        while progress < 1:
            # Weights come and go until prune_to; then the pattern is settled, once. Of two peers
            # both choose it just after they met, when both choose the same.
            alone = peer is None or peer.gone
            due = steps % remask == 0 or progress >= t.prune_to if alone else met
            if masks is not None and due and asked < t.zeros:
                asked = sparsity.scheduled(t, progress, first)
                pattern = t.pattern if asked > 0 else "unstructured"
                masks = sparsity.masks(s5.matrices(state["parameters"]), asked, pattern, masks if first else None)
            batch = feed.next()
            restart = np.random.default_rng([t.seed, steps, rank]).random(t.batch) < t.cold
            restart = restart.astype(np.float32)
            quantized = masks is not None and progress >= t.quantize_from
            if quantized and t.activation_bits < 16 and grids is None:
                used = effective(state["parameters"], masks, True, t.weight_bits, t.rounded)
                grids = measured_grids(run, used, state["statistics"], feed)
            asks = t.weight_opinion > 0 and steps % t.opinion_every == 0
            how = (quantized, progress >= t.freeze_from, asks)
            if how not in step_of:
                step_of[how] = make_step(run, *how, grids, teacher)
            step = step_of[how]
            state, parts = step(
                state, masks, restart, progress, jax.random.fold_in(key, steps), *batch
            )
            parts = {k: float(v) for k, v in parts.items()}
            if not np.isfinite(parts["loss"]):
                raise SystemExit(f"step {steps}: the loss is {parts['loss']}; lower the rate (--set rate=)")
            running |= {k: 0.99 * running.get(k, v) + 0.01 * v for k, v in parts.items()}
            steps += 1
            heard += t.batch * t.seconds
            now = time.monotonic()
            spent, clock = spent + now - clock, now
            met = False
            if peer is not None:
                peer.since += 1
                met = peer.due(spent, spent >= amount)
                if met:
                    meet()
                    # The later of both times has the waiting in it, and both go on from one moment.
                    clock = time.monotonic()
            progress = min(1.0, (spent if kind == "seconds" else steps) / amount)
            bar.n = 100 * progress  # set, not added up: sums of fractions pass 100
            bar.update(0)
            bar.set_postfix_str(f"step {steps} loss {running['loss']:.3f} si-snr {running['si_snr']:.2f}", False)
            if spent >= next_validation or progress >= 1:
                validate()
                keep()
                next_validation = spent + every
            elif now >= stop_at:
                keep()
            if now >= stop_at:
                break
        bar.close()
    return progress
