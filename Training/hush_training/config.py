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
FEATURE_SETS = {"log-mean": 1, "log-level": 1, "phase": 2}  # numbers a bin


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
    features: str = "log-mean+log-level"  # of those and "phase"; see spectrum.features
    mask: str = "gain"  # one gain a bin; "complex": an imaginary part for each as well
    presence: bool = False  # one more output, the probability that somebody speaks
    delay: float = 0.032  # what the windows cost, in seconds; one of DELAYS
    floor: float = 1e-10
    mean_time: float = 1.0
    dropout: float = 0.0

    @property
    def inputs(self) -> int:
        return BINS * sum(FEATURE_SETS[s] for s in self.features.split("+"))

    @property
    def hop(self) -> int:
        return DELAYS[self.delay]

    @property
    def outputs(self) -> int:
        return BINS * (2 if self.mask == "complex" else 1) + self.presence


@dataclass(frozen=True)
class Training:
    """One run: its length, its optimizer, its loss."""

    seed: int = 1
    batch: int = 8
    seconds: float = 2.5  # of audio a clip, without the lead-in
    lead: float = 1.0  # seconds before the clip that only the running means hear
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
    compression: float = 0.3
    teacher: str = ""  # a checkpoint whose masks are learnt from as well (a larger network of ours)
    weight_teacher: float = 1.0
    # Pruning (used by the prune command)
    zeros: float = 0.88
    prune_from: float = 0.05
    prune_to: float = 0.65
    keep_pattern: bool = False  # an ancestor's zeros stay, whatever their number; what is new is full
    pattern: str = "unstructured"  # or "n16", or "n16-layers": an N for each matrix
    freeze_from: float = 2.0  # fraction of the run from which batch norm keeps its statistics
    quantize_from: float = 2.0  # fraction of the run from which weights are rounded in the forward pass
    weight_bits: int = 8
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
