"""Lets more through where s, f and t are, for networks that close too soon behind them.

SI-SNR hardly hears what is above 3 kHz, so what is learnt there is to take noise away: the ends of words in s and f
go with it. A makeup for all bands brings them back at the price of everything else (0.3 dB on the devset for
base-8). Gains of the high bands alone, a few tenths of a logit up, cost a third of that.
"""

from __future__ import annotations

import numpy as np

from . import spectrum
from .config import BINS, RATE, WINDOW, Network

WIDTH = 0.5  # octaves over which the lift begins


def lift(network: Network, bias: np.ndarray, above: float, logits: float) -> np.ndarray:
    """The decoder's bias [outputs], with the gains above so many Hz opened by so many logits."""
    bins = np.arange(BINS)
    bank = spectrum.bank(network.bands) if network.bands else np.eye(BINS)
    hz = (bins @ bank) / bank.sum(0) * RATE / WINDOW
    ramp = np.clip(np.log2(np.maximum(hz, 1) / above) / WIDTH + 0.5, 0, 1)
    return np.concatenate([bias[: network.levels] + logits * ramp, bias[network.levels :]])
