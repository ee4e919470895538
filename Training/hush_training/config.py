"""The one description of a network and of how it is trained; stored in every checkpoint."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

RATE = 16_000
WINDOW = 512  # 32 ms
HOP = 128  # 8 ms
BINS = WINDOW // 2 + 1
DELAYS = {0.032: HOP, 0.016: HOP, 0.008: HOP // 2}  # seconds from sound to sound: the hop for it
FEATURE_SETS = ("log-mean", "log-level", "log-floor", "log-short", "phase")  # in the order they have
BANDS = range(65, 201)  # below: bins are left out; above: bands with less than half a bin each


def are_sets(features: str) -> bool:
    """Whether a text names FEATURE_SETS, joined by +, in their order, the first among them."""
    sets = features.split("+")
    return sets == [s for s in FEATURE_SETS if s in sets] and sets[0] == FEATURE_SETS[0]


def feature_count(features: str, levels: int, fine: int) -> int:
    """How many numbers sets of features are: one a level each, phases two a fine bin."""
    return sum(2 * fine if s == "phase" else levels for s in features.split("+"))


@dataclass(frozen=True)
class Network:
    """Shapes of the S5 mask network (Pierro et al. 2025, section 4: 3 blocks, 192 wide, 128 states)."""

    width: int = 192
    states: int = 128
    blocks: int = 3
    hippo_blocks: int = 16  # HiPPO-N is initialised in this many diagonal blocks
    step_min: float = 0.01  # learned step sizes start log-uniform in this range (in hops)
    step_max: float = 0.5
    activation: str = "relu"  # "gelu" trains a dense ancestor; pruning ReLU-fies it
    features: str = "log-mean+log-level"  # of FEATURE_SETS, the first always; see spectrum.features
    bands: int = 0  # levels and gains of so many bands, see spectrum.bank; 0: of bins
    fine: int = BINS  # bins from the lowest up that phases and a complex mask's imaginary parts are of
    mask: str = "gain"  # one gain a bin or band; "complex": `fine` imaginary parts as well
    presence: bool = False  # one more output, the probability that somebody speaks
    delay: float = 0.032  # what the windows cost, in seconds; one of DELAYS
    floor: float = 1e-12  # of power, see spectrum.features; 1e-10 (small-1) cost 0.44 dB (RUNS.md, third round)
    mean_time: float = 1.0
    makeup: float = 1.0  # what a mask is multiplied with, up to gains of 1; see spectrum.gains
    dropout: float = 0.0
    # See tied.py. Width and states then follow from these.
    groups: int = 0  # of levels, from low to high, with the same weights; 0: every weight is its own
    group_channels: int = 16
    group_states: int = 8
    common_channels: int = 16
    common_states: int = 16
    local: int = 0  # how many groups there were: what untie.py wrote has weights within these only

    def __post_init__(self):
        if not are_sets(self.features):
            known = ", ".join(FEATURE_SETS)
            raise SystemExit(f"features={self.features}: want some of {known}, in this order, the first always")
        if self.bands and self.bands not in BANDS:
            raise SystemExit(f"bands={self.bands}: want {BANDS[0]} to {BANDS[-1]}, or 0 for bins")
        if not 1 <= self.fine <= BINS:
            raise SystemExit(f"fine={self.fine}: want 1 to {BINS} bins")
        if self.mask not in ("gain", "complex"):
            raise SystemExit(f"mask={self.mask}: want gain or complex")

    def has(self, features: str) -> bool:
        return features in self.features.split("+")

    @property
    def levels(self) -> int:
        """Numbers in a set of levels, and gains."""
        return self.bands or BINS

    @property
    def turns(self) -> int:
        """Imaginary parts of the mask."""
        return self.fine if self.mask == "complex" else 0

    @property
    def inputs(self) -> int:
        return feature_count(self.features, self.levels, self.fine)

    @property
    def hop(self) -> int:
        return DELAYS[self.delay]

    @property
    def outputs(self) -> int:
        return self.levels + self.turns + self.presence


@dataclass(frozen=True)
class Training:
    """One run: its length, its optimizer, its loss."""

    seed: int = 1
    batch: int = 8
    seconds: float = 2.5  # of audio a clip, without the lead-in
    lead: float = 1.0  # seconds before the clip that only the running means hear
    plain: float = 0.0  # share of mixes that are a recording of speech and one of noise, and nothing else
    strings: float = 0.1  # share of those whose noise is plucked strings, made by the mixer
    tunes: float = 0.0  # and share of notes that are held, by an instrument that the mixer makes
    struck: float = 0.0  # and share of what rattles, rasps, drips, chirps, honks or barks, made by it as well
    scattered: float = 0.0  # and share of strokes cut out of recordings, at other times than they fell
    altered: float = 0.0  # and share of those whose recordings are at other speeds, filtered, two noises at once
    crossed: float = 0.0  # and share of those altered whose noise rises and falls as another recording does
    excited: float = 0.2  # share of talkers at a higher pitch and with more effort
    cold: float = 0.5  # share of clips whose running means start with the clip all the same
    optimizer: str = "muon"
    rate: float = 2.5e-3  # of Adam
    rate_muon: float = 0.01  # 0.02 is too much for batches of 8, see RUNS.md
    precision: str = "bf16"  # of the operands of matrix products; sums are float32. Or "f32"
    warmup: float = 0.02  # fraction of the run
    decay_from: float = 0.0  # constant until here, then cosine to zero (0: plain cosine)
    weight_decay: float = 0.04
    weight_si_snr: float = 0.05
    weight_spectrum: float = 1.0
    weight_presence: float = 0.03
    weight_opinion: float = 0.0  # of what DNSMOS hears (dnsmos.py), a point of OVRL
    opinion_every: int = 1  # steps: it hears one of so many, as much heavier; a clip takes as long as four
    compression: float = 0.3
    teacher: str = ""  # a checkpoint whose masks are learnt from as well (a larger network of ours)
    weight_teacher: float = 1.0
    trust: float = 0.8  # share of the teacher in what is learnt from mixes that one has heard (--mixes)
    # Pruning (used by the prune command)
    zeros: float = 0.88
    prune_from: float = 0.05
    prune_to: float = 0.65
    keep_pattern: bool = False  # an ancestor's zeros stay; what is new is full. More come where `zeros` is more
    pattern: str = "unstructured"  # or "n16", or "n16-layers": an N for each matrix
    freeze_from: float = 2.0  # fraction of the run from which batch norm keeps its statistics
    quantize_from: float = 2.0  # fraction of the run from which weights are rounded in the forward pass
    weight_bits: int = 8
    rounded: str = ""  # parts whose weights are, joined by +: encoder, B, C, G, decoder, lambda; none named: all but lambda
    narrow: bool = False  # when it ends as a file, matrices read 7 bits of what a ReLU made
    activation_bits: int = 16  # under 16 they are rounded too, from the same moment on
    clip: float = 99.9  # percentile of an activation's magnitudes that its largest integer stands for


@dataclass(frozen=True)
class Run:
    network: Network = field(default_factory=Network)
    training: Training = field(default_factory=Training)

    def to_json(self) -> str:
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> "Run":
        d = json.loads(text)
        if d["network"].pop("skip", -1) != -1:  # of experiments that led nowhere
            raise SystemExit("this checkpoint's gains read features past the network (skip); train it anew")
        for name, part in (("network", Network), ("training", Training)):
            unknown = d[name].keys() - {f.name for f in dataclasses.fields(part)}
            if unknown:
                keys = ", ".join(sorted(unknown))
                raise SystemExit(f"this checkpoint's {name} has keys that this version lacks: {keys}")
        return Run(Network(**d["network"]), Training(**d["training"]))

    def override(self, pairs: list[str]) -> "Run":
        """Applies KEY=VALUE pairs; a key is a field of Network or of Training."""
        network, training = self.network, self.training
        for pair in pairs:
            key, _, text = pair.partition("=")
            for part in (network, training):
                if hasattr(part, key):
                    kind = type(getattr(part, key))
                    value = text if kind is str else kind(float(text))
                    if part is network:
                        network = dataclasses.replace(network, **{key: value})
                    else:
                        training = dataclasses.replace(training, **{key: value})
                    break
            else:
                names = [f.name for p in (Network, Training) for f in dataclasses.fields(p)]
                raise SystemExit(f"--set {pair}: no such key; known: {', '.join(sorted(names))}")
        return Run(network, training)
