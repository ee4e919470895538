"""Scale-invariant signal-to-noise ratio, as the N-DNS challenge defines it (Le Roux et al. 2019)."""

from __future__ import annotations

import numpy as np


def si_snr(clean: np.ndarray, other: np.ndarray) -> float:
    """dB of `other` beside what it should be, both [samples]; no gain counts."""
    clean, other = clean - clean.mean(), other - other.mean()
    p = (clean @ other) / (clean @ clean + 1e-20) * clean
    return float(10 * np.log10((p @ p) / (((other - p) ** 2).sum() + 1e-12) + 1e-12))
