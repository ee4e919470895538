"""The integer arithmetic of Hush, exactly: what Swift and C must reproduce bit for bit.

The network is a stack of diagonal S5 blocks (Smith et al., "Simplified State Space Layers for
Sequence Modeling", ICLR 2023) with sparse int8 matrices and int16 activations, after Pierro et
al., "Accelerating Linear RNNs for the Edge with Unstructured Sparsity", ICML 2025. One step takes
the int16 features of one hop and gives an int16 mask, a gain of 0 to 1 as Q15 for each bin.

Sizes: F features, M mask bins, H width, P complex states a block, L blocks. Where the text says
mask, a model may have more outputs than gains (see modelfile.py); all are made alike.

    rs(a, s)    = (a + (1 << (s - 1))) >> s for s >= 1, an arithmetic shift; rs(a, 0) = a
    clamp16(a)  = clamp(a, -32768, 32767)
    S           = 2^28 - 1, the largest state
    W v         = int8 matrix times int16 vector, summed exactly in 32 bits

B, G and the decoder read what a ReLU made. Where a file has "narrow", with n for each of them, they
read 7 bits of it, W v with v[c] = min(rs(u[c], n), 127) << n, and y for u before G, so that a kernel
may multiply bytes. All else (D, the residual) reads the 16 bits.

Every matrix has one shift a row. `modelfile.validate` makes sure no accumulator leaves 32 bits:
a row's sum of |w| * 32768, plus |bias|, plus the rounding constant, is below 2^31.

    encoder     h[c]   = clamp16(rs((W_enc features)[c] + bias[c], s_enc[c]))

    norm        u[c]   = clamp(rs(h[c] * m[c], 15) + t[c], 0, 32767)
                batch normalisation folded into scale m and offset t, and the ReLU. m >= -32767,
                so that the product, rounded, fits in 16 bits.

    block i     u      = norm(h)
      drive     acc    = W_B u, 2 P rows: P real parts, then P imaginary parts
                bu[r]  = clamp(rs(acc, s), -S, S)                          for s = s_B[r] >= 0
                         clamp(acc, -(S >> -s), S >> -s) << -s             for s < 0
      state     re'    = clamp(rs(re * l_re, 15) - rs(im * l_im, 15) + bu_re, -S, S)
                im'    = clamp(rs(re * l_im, 15) + rs(im * l_re, 15) + bu_im, -S, S)
                int32, kept from step to step; l is lambda as Q15. Each product is rounded by
                itself, from 64 bits.
                x16    = clamp16(rs(x, 13))
      output    acc    = W_C x16 + bias
                y[c]   = clamp(rs(acc, s_C[c]) + rs(u[c] * d[c], s_D), 0, 32767)
      gate      acc    = W_G y + bias
                g[c]   = clamp(rs(acc, s_G[c]) + 16384, 0, 32767), a hard sigmoid 1/2 + z/4
      residual  h[c]   = clamp16(h[c] + rs(y[c] * g[c], s_R))

    decoder     u       = norm(h) with its own m and t
                acc     = W_dec u + bias
                index   = clamp(rs(acc, s_dec[c]) + 512, 0, 1023)
                mask[c] = table[index], the gain for logits of -8 to 8 in steps of 1/64, as Q15:
                a sigmoid, or what the file has in its place

What the integers mean. A number with the exponent e stands for integer * 2^-e. The exponents
of the activations are metadata: features e_in, h e_res, norm's u e_u[i] (the decoder's last), x16
e_x[i] (the state itself e_x + 13), y e_y[i], the gate's z 13 and g 15, the decoder's logit 6, the
mask 15. Those of the weights follow, a row's from its shift:

    encoder   s_enc + e_res - e_in      its bias  s_enc + e_res
    m         15 + e_u - e_res          t         e_u
    B         s_B + e_x + 13 - e_u      lambda    15
    C         s_C + e_y - e_x           its bias  s_C + e_y
    d         s_D + e_y - e_u
    G         s_G + 13 - e_y            its bias  s_G + 13        (g = 32768 (1/2 + z / 4))
    s_R       e_y + 15 - e_res
    decoder   s_dec + 6 - e_u           its bias  s_dec + 6
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from . import modelfile
from .config import DELAYS, RATE, Network

STATE_LIMIT = 2**28 - 1
NARROW = 127  # the largest number of 7 bits


def rs(a, s):
    """Shift right with rounding to the nearest, halves up; s may be an array, 0 or more."""
    a, s = np.asarray(a, np.int64), np.asarray(s, np.int64)
    return (a + np.where(s > 0, 1 << np.maximum(s - 1, 0), 0)) >> s


def clamp16(a):
    return np.clip(a, -32768, 32767)


def mask_table(power: float = 1.0, rest: int | None = None) -> np.ndarray:
    """The sigmoid of -8 to 8 in steps of 1/64, to a power, as Q15; never more than `rest` dB below 1."""
    logits = (np.arange(1024) - 512) / 64
    table = np.minimum(np.round(32768 / (1 + np.exp(-logits)) ** power), 32767)
    if rest is not None:
        table = np.maximum(table, np.round(32768 * 10 ** (-rest / 20)))
    return table.astype(np.int16)


def mask_of(network: Network, outputs: np.ndarray) -> np.ndarray:
    """Outputs in Q15 [..., O] as the sigmoids they stand for: 32767 is 1 of a gain or presence; of an
    imaginary part, -1 to 1 as 0 to 1, the 16384 of a logit of 0 is one half, nothing at all."""
    one = np.full(network.outputs, 32767.0)
    one[network.levels : network.levels + network.turns] = 32768.0
    return outputs / one


def half_at(power: float) -> float:
    """The logit at which a sigmoid to this power is one half."""
    half = 0.5 ** (1 / power)
    return float(np.log(half / (1 - half)))


def mask_made(table: np.ndarray) -> tuple[float, int | None] | None:
    """The power, in hundredths, and the rest that `mask_table` made this table with; None: another made it."""
    power = round(float(np.log(max(table[512], 1) / 32768) / np.log(0.5)), 2)
    rest = round(float(-20 * np.log10(max(table[0], 1) / 32768)))
    for made in ((power, None), (power, rest)):
        if np.array_equal(table, mask_table(*made)):
            return made
    return None


class IntegerNetwork:
    """The reference implementation, exact to the last bit; whole recordings at a time."""

    def __init__(self, model: dict):
        modelfile.validate(model)
        self.architecture = model["architecture"]
        self.blocks = self.architecture["blocks"]
        self._narrow = modelfile.narrow_shifts(model)
        self._v = {k: v.astype(np.int64) for k, v in model["tensors"].items()}
        # Sums stay below 2^31, so products in float64 are exact, and much faster than in int64.
        self._w = {
            name: model["tensors"][f"{name}.weight"].T.astype(np.float64)
            for name in modelfile.matrix_shapes(self.architecture)
        }
        self.reset()

    def reset(self) -> None:
        """Back to the silence before the first step."""
        self.state = np.zeros((self.blocks, 2, self.architecture["states"]), np.int64)

    def step(self, features: np.ndarray, trace: dict | None = None) -> np.ndarray:
        """int16 [F] to int16 [M]."""
        return self.run(np.asarray(features)[None], trace)[0]

    def run(self, features: np.ndarray, trace: dict | None = None) -> np.ndarray:
        """int16 [T, F] to int16 [T, M], going on from the state the last call left.

        `trace`, if given, is filled with every intermediate by name, each int64 [T, ...], in
        the order of the stages: "encoder", then "block.<i>.norm", ".drive", ".state" (int32
        [T, 2 P]), ".output", ".gate" and ".residual", then "decoder.norm", "decoder.index" and
        "mask".
        """
        features = np.asarray(features)
        if features.dtype != np.int16 or features.ndim != 2:
            raise ValueError("features: expected int16 [frames, features]")
        v = self._v
        note = {} if trace is None else trace
        acc = self._matrix("encoder", features)
        h = note["encoder"] = clamp16(rs(acc + v["encoder.bias"], v["encoder.shift"]))
        for i in range(self.blocks):
            block = f"block.{i}"
            u = note[f"{block}.norm"] = self._norm(block, h)
            bu = note[f"{block}.drive"] = self._drive(block, u)
            x = note[f"{block}.state"] = self._recur(i, bu)
            acc = self._matrix(f"{block}.C", clamp16(rs(x, 13))) + v[f"{block}.C.bias"]
            skip = rs(u * v[f"{block}.D"], v[f"{block}.D.shift"])
            y = np.clip(rs(acc, v[f"{block}.C.shift"]) + skip, 0, 32767)
            note[f"{block}.output"] = y
            acc = self._matrix(f"{block}.G", y) + v[f"{block}.G.bias"]
            g = np.clip(rs(acc, v[f"{block}.G.shift"]) + 16384, 0, 32767)
            note[f"{block}.gate"] = g
            h = clamp16(h + rs(y * g, v[f"{block}.residual.shift"]))
            note[f"{block}.residual"] = h
        u = note["decoder.norm"] = self._norm("decoder", h)
        acc = self._matrix("decoder", u) + v["decoder.bias"]
        index = np.clip(rs(acc, v["decoder.shift"]) + 512, 0, 1023)
        note["decoder.index"] = index
        mask = note["mask"] = v["mask_table"][index]
        return mask.astype(np.int16)

    def _matrix(self, name: str, vectors: np.ndarray) -> np.ndarray:
        if name in self._narrow:
            n = self._narrow[name]
            vectors = np.minimum(rs(vectors, n), NARROW) << n
        return (vectors.astype(np.float64) @ self._w[name]).astype(np.int64)

    def _norm(self, name: str, h: np.ndarray) -> np.ndarray:
        scaled = rs(h * self._v[f"{name}.norm.scale"], 15)
        return np.clip(scaled + self._v[f"{name}.norm.offset"], 0, 32767)

    def _drive(self, block: str, u: np.ndarray) -> np.ndarray:
        acc, shift = self._matrix(f"{block}.B", u), self._v[f"{block}.B.shift"]
        right = np.clip(rs(acc, np.maximum(shift, 0)), -STATE_LIMIT, STATE_LIMIT)
        up = np.maximum(-shift, 0)
        left = np.clip(acc, -(STATE_LIMIT >> up), STATE_LIMIT >> up) << up
        return np.where(shift >= 0, right, left)

    def _recur(self, i: int, bu: np.ndarray) -> np.ndarray:
        l_re, l_im = self._v[f"block.{i}.lambda"]
        re, im = self.state[i]
        drive = bu.reshape(len(bu), 2, -1)
        states = np.empty_like(drive)
        for t in range(len(drive)):
            # Both parts are made from the old state.
            re, im = (
                rs(re * l_re, 15) - rs(im * l_im, 15) + drive[t, 0],
                rs(re * l_im, 15) + rs(im * l_re, 15) + drive[t, 1],
            )
            re = states[t, 0] = np.clip(re, -STATE_LIMIT, STATE_LIMIT)
            im = states[t, 1] = np.clip(im, -STATE_LIMIT, STATE_LIMIT)
        self.state[i] = re, im
        return states.reshape(bu.shape)


def float_weights(model: dict) -> dict[str, np.ndarray]:
    """Every tensor as the real numbers it stands for (float64), shifts left out."""
    t, e = model["tensors"], model["exponents"]

    def real(name: str, exponent, array=None) -> np.ndarray:
        return t[name].astype(np.float64) * 2.0 ** -np.asarray(exponent, np.float64)

    def shift(name: str) -> np.ndarray:
        return t[f"{name}.shift"].astype(np.float64)

    out = {}

    def matrix(name: str, before: int, after: int, bias: bool = True) -> None:
        exponent = shift(name) + after - before
        out[f"{name}.weight"] = real(f"{name}.weight", exponent[:, None])
        if bias:
            out[f"{name}.bias"] = real(f"{name}.bias", exponent + before)

    def norm(name: str, e_u: int) -> None:
        out[f"{name}.norm.scale"] = real(f"{name}.norm.scale", 15 + e_u - e["residual"])
        out[f"{name}.norm.offset"] = real(f"{name}.norm.offset", e_u)

    matrix("encoder", e["input"], e["residual"])
    for i in range(model["architecture"]["blocks"]):
        block, e_u, e_x, e_y = f"block.{i}", e["norm"][i], e["state"][i], e["output"][i]
        norm(block, e_u)
        matrix(f"{block}.B", e_u, e_x + 13, bias=False)
        out[f"{block}.lambda"] = real(f"{block}.lambda", 15)
        matrix(f"{block}.C", e_x, e_y)
        out[f"{block}.D"] = real(f"{block}.D", shift(f"{block}.D") + e_y - e_u)
        matrix(f"{block}.G", e_y, 13)
    norm("decoder", e["norm"][-1])
    matrix("decoder", e["norm"][-1], 6)
    return out


def float_forward(model: dict, features: np.ndarray, trace: dict | None = None) -> np.ndarray:
    """The same network in real numbers, from a silent state: [T, F] to [T, M], gains 0 to 1.

    Integer features are taken as the file means them, real ones as they are. Nothing is rounded
    and nothing saturates but the ReLUs and the hard sigmoid. `trace` is filled as by
    `IntegerNetwork.run`, with the real values ("decoder.index" is the logit).
    """
    w, exponents = float_weights(model), model["exponents"]
    features = np.asarray(features)
    if np.issubdtype(features.dtype, np.integer):
        features = features * 2.0 ** -exponents["input"]
    note = {} if trace is None else trace

    def matrix(name: str, vectors: np.ndarray) -> np.ndarray:
        return vectors @ w[f"{name}.weight"].T + w.get(f"{name}.bias", 0.0)

    def norm(name: str, h: np.ndarray) -> np.ndarray:
        return np.maximum(h * w[f"{name}.norm.scale"] + w[f"{name}.norm.offset"], 0)

    h = note["encoder"] = matrix("encoder", features)
    for i in range(model["architecture"]["blocks"]):
        block = f"block.{i}"
        u = note[f"{block}.norm"] = norm(block, h)
        bu = note[f"{block}.drive"] = matrix(f"{block}.B", u)
        re, im = np.split(bu, 2, axis=1)
        factor = w[f"{block}.lambda"][0] + 1j * w[f"{block}.lambda"][1]
        x, states = np.zeros(len(factor), complex), np.empty(re.shape, complex)
        for t, drive in enumerate(re + 1j * im):
            x = states[t] = factor * x + drive
        x = note[f"{block}.state"] = np.concatenate([states.real, states.imag], axis=1)
        y = np.maximum(matrix(f"{block}.C", x) + u * w[f"{block}.D"], 0)
        note[f"{block}.output"] = y
        g = note[f"{block}.gate"] = np.clip(0.5 + matrix(f"{block}.G", y) / 4, 0, 1)
        h = note[f"{block}.residual"] = h + y * g
    u = note["decoder.norm"] = norm("decoder", h)
    logit = note["decoder.index"] = matrix("decoder", u)
    table = model["tensors"]["mask_table"] / 32768
    mask = note["mask"] = np.interp(64 * logit + 512, np.arange(1024), table)
    return mask


def random_model(
    seed: int,
    F: int = 257,
    H: int = 192,
    P: int = 128,
    L: int = 3,
    patterns: str | Mapping[str, str] = "unstructured",
    density: float = 0.12,
    gain: float = 1.0,
    M: int | None = None,
    presence: bool = False,
    delay: float | None = None,
    network: Network | None = None,
    narrow: bool = False,
) -> dict:
    """A valid model of random numbers, for tests.

    `patterns` is one pattern for all matrices or one for each name. `density` is that of the
    unstructured and clustered ones. `presence` adds that output, `delay` goes into the front end, with its
    hop. With a `gain` of 1 and features of all magnitudes every clamp is
    reached at times; with 1/8 almost nothing saturates. F = M means the features "log-mean",
    F = 2 M "log-mean+log-level"; without M it is F, or F / 2 for F = 514. `network`, if given, has
    all sizes and the front end instead, whatever else is said of them. `narrow`: 7 bits where the file
    may have them.
    """
    rng = np.random.default_rng(seed)
    if network is not None:
        architecture, front_end = modelfile.described(network, 12)
        H, P, L = network.width, network.states, network.blocks
    else:
        if M is None:
            M = 257 if F == 514 else F
        architecture = {
            "features": F,
            "mask": M,
            "width": H,
            "states": P,
            "blocks": L,
            "activations": dict(modelfile.ACTIVATIONS),
        }
        if presence:
            architecture["presence"] = True
        kind = {1: "log-mean", 2: "log-mean+log-level"}[F // M]
        front_end = {**modelfile.DEFAULT_FRONT_END, "features": kind}
        if delay is not None:
            front_end |= {"delay": delay, "hop": DELAYS[delay] / RATE}
    shapes = modelfile.matrix_shapes(architecture)
    if isinstance(patterns, str):
        patterns = dict.fromkeys(shapes, patterns)
    tensors: dict[str, np.ndarray] = {}

    def spread(shape, low: float, high: float, dtype=np.int16) -> np.ndarray:
        sign = rng.choice([-1, 1], size=shape)
        return np.round(sign * rng.uniform(low, high, shape)).astype(dtype)

    def matrix(name: str, rms_in: float, rms_out, least: int, bias: bool = True) -> None:
        rows, columns = shapes[name]
        weight = np.clip(np.round(rng.normal(0, 42, (rows, columns))), -127, 127)
        count = modelfile.fan_in(patterns[name])
        if count is not None:
            order = rng.random((rows, -(-columns // 16), 16)).argsort(axis=2)
            keep = (order < count).reshape(rows, -1)[:, :columns]
        elif patterns[name] != "dense":
            keep = rng.random((rows, columns)) < density
        else:
            keep = np.ones((rows, columns), bool)
        weight = (weight * keep).astype(np.int8)
        tensors[f"{name}.weight"] = weight
        rms = np.sqrt((weight.astype(float) ** 2).sum(axis=1)) * rms_in + 1
        shift = np.round(np.log2(rms / (rms_out * gain)))
        # A few rows far too loud, a few almost silent: the clamps and the rounding at work.
        odd = rng.random(rows)
        shift += np.where(odd < 0.04, -4, np.where(odd > 0.96, 7, 0)) * (gain >= 1)
        shift = np.clip(shift, least, 30).astype(np.int8)
        tensors[f"{name}.shift"] = shift
        if bias:
            tensors[f"{name}.bias"] = spread(rows, 0, rms.mean() / 2, np.int32)

    def norm(name: str) -> None:
        tensors[f"{name}.norm.scale"] = spread(H, 16384, 32767)
        tensors[f"{name}.norm.offset"] = spread(H, 0, 5000 * gain)

    matrix("encoder", 12000, 9000, 0)
    exponents = {"input": 12, "residual": 11, "norm": [], "state": [], "output": []}
    for i in range(L):
        block = f"block.{i}"
        norm(block)
        modulus, angle = rng.uniform(0.5, 0.9995, P), rng.uniform(-np.pi, np.pi, P)
        factor = modulus * np.exp(1j * angle)
        # How much louder the state is than its drive: noise, or the mean of the rectified input.
        louder = np.maximum(1 / np.sqrt(1 - modulus**2), 0.7 / np.abs(1 - factor))
        matrix(f"{block}.B", 6000 * gain, 2.0**26 / np.tile(louder, 2), -15, bias=False)
        tensors[f"{block}.lambda"] = np.stack(
            [np.floor(factor.real * 32767), np.floor(factor.imag * 32767)]
        ).astype(np.int16)
        matrix(f"{block}.C", 9000 * gain, 6000, 1)
        tensors[f"{block}.D"] = spread(H, 0, 32767)
        tensors[f"{block}.D.shift"] = np.array([15], np.int8)
        matrix(f"{block}.G", 6000 * gain, 9000 / gain, 1)
        exponents["norm"].append(int(rng.integers(10, 13)))
        exponents["state"].append(int(rng.integers(10, 13)))
        exponents["output"].append(int(rng.integers(11, 13)))
        residual = exponents["output"][-1] + 15 - exponents["residual"]
        tensors[f"{block}.residual.shift"] = np.array([residual], np.int8)
    norm("decoder")
    exponents["norm"].append(int(rng.integers(10, 13)))
    matrix("decoder", 7000 * gain, 250 / gain, 1)
    tensors["mask_table"] = mask_table()
    if narrow:
        exponents["narrow"] = {name: int(rng.integers(0, 9)) for name in modelfile.narrowable(architecture)}
    return {
        "name": f"random {seed}",
        "created": "",
        "architecture": architecture,
        "front_end": front_end,
        "exponents": exponents,
        "data": {},
        "scores": {},
        "patterns": dict(patterns),
        "tensors": tensors,
    }
