"""What rounding costs, component by component: fake quantization of a folded network.

Post-training, static, as the engine would do it: weights by row, activations by tensor, powers of
two throughout. A table of widths tried one component at a time, then together (W8A16, W8A8, W4A16,
W4A8), scored by the SI-SNRi of held-out sources; and the channels that stand out of each activation,
which are why 8 bits for all of them is hard (cf. Q-S5, Mamba-PTQ, Quamba).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from scipy.linalg import hadamard
from tqdm import tqdm

from . import quantize
from .evaluate import analyse
from .export import calibration_clips, load_folded
from .train import Validation

ACTIVATIONS = ("input", "residual", "norm", "state", "output")
WEIGHTS = ("encoder", "B", "C", "G", "decoder", "lambda", "D")


@dataclass(frozen=True)
class Widths:
    """Bits of each component, 0 for real numbers. Missing components: `weights`, `activations`."""

    name: str
    weights: int = 0
    activations: int = 0
    only: dict[str, int] = field(default_factory=dict)
    clip: float = 100.0  # percentile of magnitudes that the largest integer stands for
    rotate: bool = False  # the gate's input is rounded in a Hadamard-rotated space

    def of(self, component: str) -> int:
        rest = self.activations if component in ACTIVATIONS else self.weights
        return self.only.get(component, rest)


def kind(site: str) -> str:
    """encoder, block.2.B -> B, state.1 -> state."""
    parts = site.split(".")
    return parts[2] if parts[0] == "block" else parts[0]


def rounded(weight: np.ndarray, bits: int) -> np.ndarray:
    """Each row on a grid of a power of two: of the three that fit its largest weight, or clip it
    by 2 or by 4, the one nearest to the row."""
    if bits == 0:
        return weight
    limit = 2 ** (bits - 1) - 1
    top = np.maximum(np.abs(weight).max(-1, keepdims=True), 1e-12)
    tries = []
    for clip in (0, 1, 2):
        scale = 2.0 ** (np.floor(np.log2(limit / top)) + clip)
        tries.append(np.clip(np.rint(weight * scale), -limit, limit) / scale)
    errors = np.stack([((t - weight) ** 2).sum(-1) for t in tries])
    return np.take_along_axis(np.stack(tries), errors.argmin(0)[None, ..., None], 0)[0]


def rotation(width: int) -> np.ndarray:
    """An orthogonal Hadamard matrix, in blocks of the largest power of two that divides `width`."""
    size = width & -width
    return np.kron(np.eye(width // size), hadamard(size) / np.sqrt(size)).astype(np.float32)


def forward(arrays: dict, steps: dict, features: jax.Array) -> tuple[jax.Array, dict]:
    """features [T, batch, F] -> (mask, every activation). steps: site -> (grid, limit); grid 0: none."""
    seen = {}

    def site(name, x):
        seen[name] = x
        grid, limit = steps[name]
        return jnp.where(grid > 0, jnp.clip(jnp.round(x / grid), -limit, limit) * grid, x)

    m, bias = arrays["matrices"], arrays["bias"]
    h = site("residual", site("input", features) @ m["encoder"].T + bias["encoder"])
    for i, (re, im) in enumerate(arrays["eigenvalues"]):
        u = site(f"norm.{i}", jax.nn.relu(h * arrays["scale"][i] + arrays["offset"][i]))
        drive = u @ m[f"block.{i}.B"].T
        p = len(re)
        grid, limit = steps[f"state.{i}"]

        def step(x, v):
            re_x, im_x = x[..., :p], x[..., p:]
            x = jnp.concatenate([re * re_x - im * im_x, re * im_x + im * re_x], -1) + v
            return jnp.where(grid > 0, jnp.clip(jnp.round(x / grid), -limit, limit) * grid, x), x

        # `exact` is before rounding, for the statistics; a state is its rounded value.
        last, exact = jax.lax.scan(step, jnp.zeros_like(drive[0]), drive)
        x = site(f"state.{i}", exact)
        y = x @ m[f"block.{i}.C"].T + bias[f"block.{i}.C"] + u * arrays["skip"][i]
        y = jax.nn.relu(y)
        plain, turned = site(f"output.{i}", y), site(f"rotated.{i}", y @ arrays["turn"])
        y = jnp.where(steps[f"rotated.{i}"][0] > 0, turned @ arrays["turn"].T, plain)
        z = y @ m[f"block.{i}.G"].T + bias[f"block.{i}.G"]
        h = site(f"residual.{i}", h + y * jnp.clip(0.5 + z / 4, 0, 1))
    n = len(arrays["eigenvalues"])
    u = site(f"norm.{n}", jax.nn.relu(h * arrays["scale"][n] + arrays["offset"][n]))
    return jax.nn.sigmoid(u @ m["decoder"].T + bias["decoder"]), seen


def arrays_of(folded: quantize.Folded, widths: Widths) -> dict:
    """The network's arrays in float32, weights rounded to `widths`."""
    single = lambda v: jnp.asarray(v, jnp.float32)  # noqa: E731
    w = lambda v, c: single(rounded(np.asarray(v), widths.of(c)))  # noqa: E731
    eigenvalues = []
    for value in folded.eigenvalues:
        bits = widths.of("lambda")
        q = (lambda v: np.trunc(v * 2.0 ** (bits - 1)) / 2.0 ** (bits - 1)) if bits else (lambda v: v)
        eigenvalues.append((single(q(value.real)), single(q(value.imag))))
    return {
        "matrices": {k: w(v, kind(k)) for k, v in folded.matrices.items()},
        "bias": {k: single(v) for k, v in folded.bias.items()},
        "scale": [single(v) for v in folded.scale],
        "offset": [single(v) for v in folded.offset],
        "eigenvalues": eigenvalues,
        "skip": [w(v[None], "D")[0] for v in folded.skip],
        "turn": single(rotation(len(folded.skip[0]))),
    }


class Study:
    """A checkpoint, what its activations reach, and held-out clips to score its roundings on."""

    def __init__(self, checkpoint: Path, data: Path, hold_out: tuple[str, ...], clips: int = 16):
        self.run, self.folded = load_folded(checkpoint)
        self.validation = Validation(self.run, data, hold_out)
        self.forward = jax.jit(lambda a, s, f: forward(a, s, f)[0])
        blocks = range(len(self.folded.eigenvalues))
        per_block = [f"{k}.{i}" for i in blocks for k in ("norm", "state", "output", "rotated", "residual")]
        self.sites = ["input", "residual", *per_block, f"norm.{len(self.folded.eigenvalues)}"]
        features = [analyse(self.run.network, x)[2] for x in calibration_clips(data, count=clips)]
        seen = jax.jit(forward)(
            arrays_of(self.folded, Widths("real")),
            dict.fromkeys(self.sites, (0.0, 0.0)),
            jnp.asarray(np.stack(features, 1)),
        )[1]
        self.seen = {k: np.abs(np.asarray(v)).reshape(-1, v.shape[-1]) for k, v in seen.items()}
        self.real = self.mask(Widths("real"))

    def steps(self, widths: Widths) -> dict[str, tuple[float, float]]:
        out = {}
        for site in self.sites:
            component = "output" if kind(site) == "rotated" else kind(site)
            bits = widths.of(component)
            if component == "output" and widths.rotate != (kind(site) == "rotated"):
                bits = 0
            limit = 2.0 ** (bits - 1) - 1
            top = np.percentile(self.seen[site], widths.clip) if bits else 1.0
            out[site] = (2.0 ** np.ceil(np.log2(max(top, 1e-9) / limit)) if bits else 0.0, limit)
        return out

    def mask(self, widths: Widths) -> np.ndarray:
        arrays = arrays_of(self.folded, widths)
        return np.asarray(self.forward(arrays, self.steps(widths), self.validation.features))

    def score(self, widths: Widths) -> dict[str, float]:
        """SI-SNRi in all and by band, and the RMS error of the masks in dB (those above -40 dB)."""
        mask = self.mask(widths)
        heard = self.real > 0.01
        db = 20 * np.log10(np.maximum(mask[heard], 1e-3) / np.maximum(self.real[heard], 1e-3))
        return self.validation.bands(mask) | {"mask error": float(np.sqrt(np.mean(db**2)))}

    def outliers(self) -> list[tuple[str, float, float, int]]:
        """(site, largest channel's peak over the median channel's, peak over 99.9th percentile,
        that channel), the worst first."""
        out = []
        for site, x in self.seen.items():
            peaks = x.max(0)
            ratio = peaks.max() / max(np.median(peaks[peaks > 0]), 1e-9)
            out.append((site, float(ratio), float(x.max() / np.percentile(x, 99.9)), int(peaks.argmax())))
        return sorted(out, key=lambda row: -row[1])


def plan() -> list[Widths]:
    """What is tried: each component at 8, 6 and 4 bits alone, then the usual sums."""
    alone = [
        Widths(f"{c} {bits}", only={c: bits})
        for c in WEIGHTS + ACTIVATIONS
        for bits in ((12, 8) if c == "lambda" else (8, 6, 4))
    ]
    ship = {"lambda": 16, "D": 16}
    wide = ship | {"state": 16, "residual": 16}
    together = [
        Widths("W8A16 (ships)", 8, 16, ship),
        Widths("W8A8", 8, 8, ship),
        Widths("W8A8, clipped at 99.99 %", 8, 8, ship, clip=99.99),
        Widths("W8A8, clipped at 99.9 %", 8, 8, ship, clip=99.9),
        Widths("W8A8, state 16", 8, 8, ship | {"state": 16}),
        Widths("W8A8, state and residual 16", 8, 8, wide),
        Widths("W8A8, state, residual and input 16", 8, 8, wide | {"input": 16}),
        Widths("W8A8, state, residual and input 16, clipped at 99.99 %", 8, 8, wide | {"input": 16}, clip=99.99),
        Widths("W4A16", 4, 16, ship),
        Widths("W4A16, encoder and decoder 8", 4, 16, ship | {"encoder": 8, "decoder": 8}),
        Widths("W4A8, state, residual and input 16", 4, 8, wide | {"input": 16}),
    ]
    rotated = [
        Widths(f"output {b} rotated", only={"output": b}, rotate=True) for b in (8, 6, 4)
    ]
    return alone + rotated + together


def table(study: Study, rows: list[Widths]) -> str:
    """The results as Markdown: SI-SNRi, its loss, the masks' error; then the outliers."""
    real = study.score(Widths("real"))
    lines = ["| rounded | SI-SNRi | loss | 20..30 dB | mask error, dB |", "|---|---|---|---|---|"]
    lines.append(f"| nothing | {real['si_snri']:.2f} | | {real['si_snri 20..30']:.2f} | |")
    for widths in tqdm(rows, "widths", leave=False):
        s = study.score(widths)
        lines.append(
            f"| {widths.name} | {s['si_snri']:.2f} | {real['si_snri'] - s['si_snri']:.2f} "
            f"| {s['si_snri 20..30']:.2f} | {s['mask error']:.2f} |"
        )
    lines += ["", "| activation | largest channel / median channel | peak / 99.9th percentile | channel |"]
    lines.append("|---|---|---|---|")
    lines += [f"| {n} | {a:.1f} | {b:.1f} | {c} |" for n, a, b, c in study.outliers()]
    return "\n".join(lines) + "\n"
