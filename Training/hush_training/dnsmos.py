"""DNSMOS P.835 (Reddy, Gopal and Cutler, ICASSP 2022) as a function that can be differentiated: what a
trained listener model thinks of speech (SIG), of what is left of the noise (BAK) and of both (OVRL), 1 to 5.

The model is Microsoft's file, as the package speechmos has it (MIT); no part of it ships. Nothing is cut to its 9 s
here: its convolutions end in the largest of every feature, so any length is heard.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

FRAME, STEP = 320, 160  # samples at 16 kHz
# What makes opinions of the network's three outputs (DNS-Challenge, DNSMOS/dnsmos_local.py), highest power first.
FITS = (
    (-0.08397278, 1.22083953, 0.0052439),
    (-0.13166888, 1.60915514, -0.39604546),
    (-0.06766283, 1.11546468, 0.04602535),
)


@cache
def weights() -> dict[str, np.ndarray]:
    """The model's arrays by name. SystemExit where a package is missing."""
    try:
        import onnx
        import speechmos
    except ImportError as e:
        raise SystemExit(f"weight_opinion: no package {e.name}; pip install -e '.[opinion]'") from None
    model = onnx.load(Path(speechmos.__file__).parent / "dnsmos_models" / "sig_bak_ovr.onnx")
    return {i.name: onnx.numpy_helper.to_array(i) for i in model.graph.initializer}


@jax.custom_vjp
def convolved(h: jax.Array, kernel: jax.Array) -> jax.Array:
    """h [batch, rows, columns, in], kernel [3, 3, in, out] -> as many rows and columns, out. The kernel is held."""
    return jax.lax.conv_general_dilated(h, kernel, (1, 1), "SAME", dimension_numbers=("NHWC", "HWIO", "NHWC"))


# Its slope is a convolution as well. Said so, XLA takes a tenth less time for the whole on a CPU than for JAX's own.
convolved.defvjp(
    lambda h, kernel: (convolved(h, kernel), kernel),
    lambda kernel, g: (convolved(g, kernel[::-1, ::-1].swapaxes(2, 3)), None),
)


def opinions(x: jax.Array) -> jax.Array:
    """x [batch, samples], full scale 1, at 16 kHz -> SIG, BAK, OVRL [batch, 3]."""
    w = {k: jnp.asarray(v) for k, v in weights().items()}
    count = (x.shape[1] - FRAME) // STEP + 1
    halves = x[:, : (count + 1) * STEP].reshape(len(x), count + 1, STEP)
    frames = jnp.concatenate([halves[:, :-1], halves[:, 1:]], -1)
    re, im = (frames @ w[f"time2freq/stft-{part}/kernel:0"][..., 0].T for part in ("real", "imag"))
    power = jnp.maximum(re * re + im * im, w["mos_estimator_logpow/Maximum/x:0"])
    h = (jnp.log(power) / w["mos_estimator_logpow/truediv/y:0"])[..., None]
    for layer in range(7):
        name = f"conv2d_{layer}" if layer else "conv2d"
        kernel = w[f"{name}/kernel:0"].transpose(2, 3, 1, 0)  # ours: [rows, columns, in, out]
        h = jax.nn.relu(convolved(h, kernel) + w[f"{name}/bias:0"])
        if 3 <= layer <= 5:
            rows, columns = h.shape[1] // 2, h.shape[2] // 2
            h = h[:, : 2 * rows, : 2 * columns].reshape(len(h), rows, 2, columns, 2, -1).max((2, 4))
    h = h.max((1, 2))
    dense = "mos_estimator_logpow/dense{}/{}/ReadVariableOp/resource:0"
    for layer in ("", "_1", "_3"):
        h = h @ w[dense.format(layer, "MatMul")] + w[dense.format(layer, "BiasAdd")]
        h = h if layer == "_3" else jax.nn.relu(h)
    return jnp.stack([jnp.polyval(jnp.array(fit), h[:, i]) for i, fit in enumerate(FITS)], -1)
