"""The model file of Hush: one .safetensors file, written by training, read by `hush`.

A *model* in memory is a dict:

    name, created         text
    architecture          {"features": F, "mask": M, "width": H, "states": P, "blocks": L,
                           "activations": ACTIVATIONS}, and where there are any "turn", the number
                           of imaginary parts of the mask, and "presence": true (the last output)
    front_end             {"window", "hop", "floor", "mean_time", "input_exponent", "features"}
                           and, where it is not the window, "delay" in seconds; where levels and
                           gains are of bands, "bands": M; with phases or imaginary parts "fine",
                           the number of bins, from 0 Hz up, that these are of; "makeup", 1 to 2,
                           what a mask is multiplied with, up to gains of 1
    exponents             {"input": e_in, "residual": e_res, "norm": [L + 1 of them, the
                           decoder's last], "state": [L], "output": [L]} and, where matrices
                           read 7 bits, "narrow": {matrix name: 0...8} of every B, every G and
                           the decoder
    data, scores          whatever JSON can hold
    patterns              {matrix name: "dense" | "unstructured" | "clustered" | "n16:<N>"}
    tensors               {tensor name: NumPy array}, the matrices dense

Matrices are called encoder, block.<i>.B, block.<i>.C, block.<i>.G and decoder. In `tensors` the
matrix `name` is one int8 array `name + ".weight"` of [rows, columns], whatever its pattern; in
the file it is

    dense         name.weight   I8 [rows, columns]
    unstructured  name.bitmap   U8 [rows, ceil(columns / 8)], bit j of byte k stands for column
                                8 k + j, the bits past the last column are 0
                  name.values   I8 [non-zeros], row after row; none is 0
    clustered     the same zeros and weights, of which most bytes of the bitmap would be 0:
                  name.occupied U8 [rows, ceil(B / 8)], B = ceil(columns / 8) bytes of bitmap a
                                row: bit j of byte k stands for byte 8 k + j of the row's
                  name.bitmap   U8 [bits set in occupied], those bytes alone; none is 0
                  name.values   as above
    n16:<N>       name.values   I8 [rows, windows, N], windows = ceil(columns / 16)
                  name.indices  U8 [rows, ceil(windows * N / 2)], two 4-bit places a byte, the
                                even one in the low half: the column inside the window, strictly
                                ascending inside a window. A value of 0 is padding, and only
                                padding may lie past the last column.

The other tensors:

    encoder.shift I8 [H]          0...30      encoder.bias I32 [H]
    block.<i>.norm.scale I16 [H]  -32767...   block.<i>.norm.offset I16 [H]
    block.<i>.B.shift I8 [2 P]    -15...30    (B has no bias)
    block.<i>.lambda I16 [2, P]   real parts, then imaginary parts, modulus below 1
    block.<i>.C.shift I8 [H]      1...30      block.<i>.C.bias I32 [H]
    block.<i>.D I16 [H]                       block.<i>.D.shift I8 [1]         0...30
    block.<i>.G.shift I8 [H]      1...30      block.<i>.G.bias I32 [H]
    block.<i>.residual.shift I8 [1]  1...30, always e_y + 15 - e_res
    decoder.norm.scale, decoder.norm.offset   as the block's
    decoder.shift I8 [O]          1...30      decoder.bias I32 [O]
    mask_table I16 [1024]         0...32767

O, the outputs, are M gains, then "turn" imaginary parts, then with "presence" one more. The
features are the sets whose names "features" joins with "+", in the order of config.FEATURE_SETS
behind one another: M numbers each, but twice "fine" for phase. What they and the bands are is told
in `spectrum.py`. The format is the lowest that has what is used, so that builds that do not
know the rest read what they can run: 1; 2 with "presence" or "delay"; 3 with "bands", "turn" or
features besides log-mean and log-level; 4 with a clustered matrix; 5 with "narrow" or "makeup".

What the numbers mean is in `integer.py`. The metadata keys start with "hush."; all but format,
name and created hold JSON.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open

from .config import BANDS, BINS, DELAYS, FEATURE_SETS, RATE, Network, are_sets, feature_count

FORMATS = ("1", "2", "3", "4", "5")
LARGEST_NARROW, LARGEST_MAKEUP = 8, 2
LARGEST = {"features": 2048, "mask": 1024, "width": 1024, "states": 1024, "blocks": 16}
ACTIVATIONS = {"norm": "relu", "output": "relu", "gate": "hard-sigmoid", "mask": "table"}
DEFAULT_FRONT_END = {
    "window": 0.032,
    "hop": 0.008,
    "floor": 1e-10,
    "mean_time": 1.0,
    "input_exponent": 12,
    "features": "log-mean",
}


class ModelFileError(ValueError):
    """A model that `hush` could not run, with what is wrong and where."""


def outputs(architecture: dict) -> int:
    """Numbers out, each hop."""
    return architecture["mask"] + architecture.get("turn", 0) + bool(architecture.get("presence"))


def described(network: Network, input_exponent: int) -> tuple[dict, dict]:
    """The architecture and the front end of a network of the trainer's."""
    architecture = {
        "features": network.inputs,
        "mask": network.levels,
        "width": network.width,
        "states": network.states,
        "blocks": network.blocks,
        "activations": dict(ACTIVATIONS),
    }
    if network.turns:
        architecture["turn"] = network.turns
    if network.presence:
        architecture["presence"] = True
    front_end = {
        **DEFAULT_FRONT_END,
        "floor": network.floor,
        "mean_time": network.mean_time,
        "input_exponent": input_exponent,
        "features": network.features,
    }
    if network.bands:
        front_end["bands"] = network.bands
    if network.turns or network.has("phase"):
        front_end["fine"] = network.fine
    if network.makeup != 1:
        front_end["makeup"] = network.makeup
    if network.delay != 0.032:
        front_end |= {"delay": network.delay, "hop": network.hop / RATE}
    return architecture, front_end


def matrix_shapes(architecture: dict) -> dict[str, tuple[int, int]]:
    """The [rows, columns] of every matrix, in the order the network uses them."""
    f, h, p, blocks = (architecture[key] for key in ("features", "width", "states", "blocks"))
    shapes = {"encoder": (h, f)}
    for i in range(blocks):
        shapes[f"block.{i}.B"] = (2 * p, h)
        shapes[f"block.{i}.C"] = (h, 2 * p)
        shapes[f"block.{i}.G"] = (h, h)
    shapes["decoder"] = (outputs(architecture), h)
    return shapes


def narrowable(architecture: dict) -> list[str]:
    """The matrices that read what a ReLU made."""
    return [name for name in matrix_shapes(architecture) if name == "decoder" or name[-2:] in (".B", ".G")]


def narrow_shifts(model: dict) -> dict[str, int]:
    """The bits that matrices which read 7 drop at the low end; empty where all read 16."""
    return model["exponents"].get("narrow", {})


def vector_specs(architecture: dict) -> dict[str, tuple[type, tuple[int, ...], int, int]]:
    """Type, shape, least and largest value of every tensor that is not a matrix."""
    h, p, blocks = (architecture[key] for key in ("width", "states", "blocks"))
    out = outputs(architecture)
    any16, any32 = (-(2**15), 2**15 - 1), (-(2**31), 2**31 - 1)
    specs = {
        "encoder.shift": (np.int8, (h,), 0, 30),
        "encoder.bias": (np.int32, (h,), *any32),
    }

    def norm(name):
        specs[f"{name}.norm.scale"] = (np.int16, (h,), -32767, 32767)
        specs[f"{name}.norm.offset"] = (np.int16, (h,), *any16)

    for i in range(blocks):
        block = f"block.{i}"
        norm(block)
        specs[f"{block}.B.shift"] = (np.int8, (2 * p,), -15, 30)
        specs[f"{block}.lambda"] = (np.int16, (2, p), -32767, 32767)
        specs[f"{block}.C.shift"] = (np.int8, (h,), 1, 30)
        specs[f"{block}.C.bias"] = (np.int32, (h,), *any32)
        specs[f"{block}.D"] = (np.int16, (h,), *any16)
        specs[f"{block}.D.shift"] = (np.int8, (1,), 0, 30)
        specs[f"{block}.G.shift"] = (np.int8, (h,), 1, 30)
        specs[f"{block}.G.bias"] = (np.int32, (h,), *any32)
        specs[f"{block}.residual.shift"] = (np.int8, (1,), 1, 30)
    norm("decoder")
    specs["decoder.shift"] = (np.int8, (out,), 1, 30)
    specs["decoder.bias"] = (np.int32, (out,), *any32)
    specs["mask_table"] = (np.int16, (1024,), 0, 32767)
    return specs


def fan_in(pattern: str) -> int | None:
    """N of the pattern "n16:<N>", nothing for the other patterns."""
    if pattern in ("dense", "unstructured", "clustered"):
        return None
    kind, _, count = pattern.partition(":")
    if kind == "n16" and count.isdigit() and 1 <= int(count) <= 16:
        return int(count)
    raise ModelFileError(
        f"unknown pattern '{pattern}': expected dense, unstructured, clustered or n16:1 to n16:16"
    )


def validate(model: dict) -> None:
    """Raises ModelFileError unless `hush` can run the model exactly."""
    _check_sizes(model)
    architecture, tensors = model["architecture"], model["tensors"]
    shapes = matrix_shapes(architecture)
    specs = dict(vector_specs(architecture))
    for name, shape in shapes.items():
        specs[f"{name}.weight"] = (np.int8, shape, -128, 127)
    for name in tensors.keys() - specs.keys():
        raise ModelFileError(f"{name}: no such tensor in this architecture")
    for name, (dtype, shape, low, high) in specs.items():
        if name not in tensors:
            raise ModelFileError(f"{name}: missing")
        array = tensors[name]
        if array.dtype != dtype or array.shape != shape:
            raise ModelFileError(
                f"{name}: {array.dtype} {list(array.shape)}, "
                f"expected {np.dtype(dtype)} {list(shape)}"
            )
        if array.min() < low or array.max() > high:
            raise ModelFileError(
                f"{name}: values {array.min()} to {array.max()}, expected {low} to {high}"
            )
    for name in shapes:
        _check_pattern(name, tensors[f"{name}.weight"], model["patterns"].get(name, "missing"))
        _check_fit(name, tensors)
    for i in range(architecture["blocks"]):
        re, im = tensors[f"block.{i}.lambda"].astype(np.int64)
        grows = np.flatnonzero(re * re + im * im >= 2**30)
        if grows.size:
            raise ModelFileError(
                f"block.{i}.lambda: state {grows[0]} has a modulus of 1 or more, "
                "it would grow without end"
            )
    _check_exponents(model)


def _check_sizes(model: dict) -> None:
    """Whether architecture and front end are known and agree, tensors aside."""
    architecture, front_end = model["architecture"], model["front_end"]
    for key, largest in LARGEST.items():
        size = architecture.get(key)
        if type(size) is not int or not 1 <= size <= largest:
            raise ModelFileError(f"architecture: {key} is {size}, expected 1 to {largest}")
    if architecture.get("activations") != ACTIVATIONS:
        raise ModelFileError(
            f"architecture: activations {architecture.get('activations')}, expected {ACTIVATIONS}"
        )
    _check_front_end(front_end)
    if type(architecture.get("presence", False)) is not bool:
        raise ModelFileError(
            f"architecture: presence is {architecture['presence']}, expected true or false"
        )
    turn, mask, kind = architecture.get("turn", 0), architecture["mask"], front_end.get("features")
    if type(turn) is not int or not 0 <= turn <= BINS:
        raise ModelFileError(f"architecture: turn is {turn}, expected a number of bins, 0 to {BINS}")
    if not are_sets(str(kind)):
        raise ModelFileError(
            f"front_end: features is '{kind}', expected some of {', '.join(FEATURE_SETS)}, "
            "in this order, the first always"
        )
    bands, fine = front_end.get("bands"), front_end.get("fine")
    if bands is not None and (type(bands) is not int or bands not in BANDS):
        raise ModelFileError(f"front_end: bands is {bands}, expected {BANDS[0]} to {BANDS[-1]}")
    has_phase = "phase" in kind.split("+")
    if turn or has_phase:
        if type(fine) is not int or not 1 <= fine <= BINS:
            raise ModelFileError(f"front_end: fine is {fine}, expected 1 to {BINS}")
    elif fine is not None:
        raise ModelFileError(f"front_end: fine is {fine}, but there are no phases and no turns")
    if turn and turn != fine:
        raise ModelFileError(f"architecture: turn is {turn}, but the front end's fine is {fine}")
    if has_phase and round(4 * front_end["hop"] * RATE) != round(front_end["window"] * RATE):
        raise ModelFileError("front_end: phases want a hop of a quarter of the window")
    # Formats 1 and 2 may be of any number of bins; what is new knows one.
    levels = bands or (BINS if _front_end_format(model) == FORMATS[2] else mask)
    if mask != levels:
        raise ModelFileError(f"architecture: mask is {mask}, but the front end has {levels} levels")
    expected = feature_count(kind, levels, fine or 0)
    if architecture["features"] != expected:
        raise ModelFileError(
            f"architecture: {architecture['features']} features, but '{kind}' makes {expected}"
        )


def _check_front_end(front_end: dict) -> None:
    window = front_end.get("window", 0)
    ranges = {"window": (1e-4, 1), "hop": (1e-4, window), "floor": (1e-30, 1)}
    ranges["mean_time"] = (1e-3, 1e3)
    for key, (low, high) in ranges.items():
        value = front_end.get(key)
        if not isinstance(value, (int, float)) or not low <= value <= high:
            raise ModelFileError(f"front_end: {key} is {value}, expected {low} to {high}")
    makeup = front_end.get("makeup", 1.0)
    if not isinstance(makeup, (int, float)) or not 1 <= makeup <= LARGEST_MAKEUP:
        raise ModelFileError(f"front_end: makeup is {makeup}, expected 1 to {LARGEST_MAKEUP}")
    delay = front_end.get("delay", 0.032)
    if DELAYS.get(delay) != round(front_end["hop"] * RATE):
        known = ", ".join(f"{d} with a hop of {h / RATE}" for d, h in DELAYS.items())
        raise ModelFileError(f"front_end: delay {delay} with a hop of {front_end['hop']}, expected {known}")


def _check_pattern(name: str, weight: np.ndarray, pattern: str) -> None:
    count = fan_in(pattern)
    if count is None:
        return
    most = np.count_nonzero(_windows(weight), axis=2)
    if most.max() > count:
        row, window = np.argwhere(most > count)[0]
        raise ModelFileError(
            f"{name}: {most[row, window]} weights in row {row}, columns {16 * window} on; "
            f"the pattern {pattern} allows {count}"
        )


def _check_fit(name: str, tensors: dict) -> None:
    """The accumulators must not leave 32 bits, for any input, in any order of summing."""
    largest = np.abs(tensors[f"{name}.weight"].astype(np.int64)).sum(axis=1) * 32768
    if f"{name}.bias" in tensors:
        largest += np.abs(tensors[f"{name}.bias"].astype(np.int64))
    shift = tensors[f"{name}.shift"].astype(np.int64)
    largest += np.where(shift > 0, 1 << np.maximum(shift - 1, 0), 0)
    bad = np.flatnonzero(largest >= 2**31)
    if bad.size:
        raise ModelFileError(
            f"{name}: weights that do not fit: row {bad[0]} can reach {largest[bad[0]]}, "
            f"expected below {2**31}; scale the row down and lower its shift"
        )


def _check_exponents(model: dict) -> None:
    exponents, blocks = model["exponents"], model["architecture"]["blocks"]
    for key, count in (("norm", blocks + 1), ("state", blocks), ("output", blocks)):
        value = exponents.get(key)
        if not isinstance(value, list) or len(value) != count:
            raise ModelFileError(f"exponents: {key} is {value}, expected {count} integers")
    flat = [exponents.get("input"), exponents.get("residual")]
    for value in flat + exponents["norm"] + exponents["state"] + exponents["output"]:
        if type(value) is not int or not -64 <= value <= 64:
            raise ModelFileError(f"exponents: {value}, expected an integer of -64 to 64")
    if "narrow" in exponents:
        narrow = exponents["narrow"]
        if not isinstance(narrow, dict) or set(narrow) != set(narrowable(model["architecture"])):
            raise ModelFileError(f"exponents: narrow is {narrow}, expected a shift for every B, every G and the decoder")
        for name, value in narrow.items():
            if type(value) is not int or not 0 <= value <= LARGEST_NARROW:
                raise ModelFileError(f"exponents: narrow of {name} is {value}, expected 0 to {LARGEST_NARROW}")
    if exponents["input"] != model["front_end"]["input_exponent"]:
        raise ModelFileError(
            f"exponents: input is {exponents['input']}, but the front end's input_exponent is "
            f"{model['front_end']['input_exponent']}; they must agree"
        )
    for i in range(blocks):
        shift = int(model["tensors"][f"block.{i}.residual.shift"][0])
        expected = exponents["output"][i] + 15 - exponents["residual"]
        if shift != expected:
            raise ModelFileError(
                f"block.{i}.residual.shift: {shift}, but the exponents of output and residual "
                f"ask for {expected}"
            )


def _windows(weight: np.ndarray) -> np.ndarray:
    """[rows, windows, 16], the last window filled with zeros."""
    rows, columns = weight.shape
    windows = -(-columns // 16)
    padded = np.zeros((rows, windows * 16), weight.dtype)
    padded[:, :columns] = weight
    return padded.reshape(rows, windows, 16)


def scattered(weight: np.ndarray) -> str:
    """The pattern of zeros that may be anywhere: clustered where that takes less than half the places."""
    bitmap = np.packbits(weight != 0, axis=1, bitorder="little")
    rows, stride = bitmap.shape
    return "clustered" if 2 * (rows * -(-stride // 8) + np.count_nonzero(bitmap)) < bitmap.size else "unstructured"


def _encode(name: str, weight: np.ndarray, pattern: str) -> dict[str, np.ndarray]:
    count = fan_in(pattern)
    if pattern == "dense":
        return {f"{name}.weight": weight}
    if count is None:
        bitmap = np.packbits(weight != 0, axis=1, bitorder="little")
        encoded = {f"{name}.bitmap": bitmap, f"{name}.values": weight[weight != 0]}
        if pattern == "clustered":
            occupied = np.packbits(bitmap != 0, axis=1, bitorder="little")
            encoded |= {f"{name}.occupied": occupied, f"{name}.bitmap": bitmap[bitmap != 0]}
        return encoded
    windows = _windows(weight)
    # Non-zero places first, then the lowest free ones as padding; sorted, they ascend.
    places = np.argsort(windows == 0, axis=2, kind="stable")[:, :, :count]
    places = np.sort(places, axis=2)
    values = np.take_along_axis(windows, places, axis=2)
    flat = places.reshape(len(weight), -1).astype(np.uint8)
    if flat.shape[1] % 2:
        flat = np.pad(flat, ((0, 0), (0, 1)))
    packed = flat[:, 0::2] | flat[:, 1::2] << 4
    return {f"{name}.values": values, f"{name}.indices": packed}


def _bits(tensor: str, packed: np.ndarray, count: int, what: str) -> np.ndarray:
    """bool [rows, count], each bit of which is for one `what`."""
    bits = np.unpackbits(packed, axis=1, bitorder="little").astype(bool)
    if bits[:, count:].any():
        raise ModelFileError(f"{tensor}: a bit past {what} {count - 1} is set")
    return bits[:, :count]


def _decode(name: str, shape: tuple[int, int], pattern: str, stored: dict) -> np.ndarray:
    rows, columns = shape
    count = fan_in(pattern)

    def take(part: str, dtype: type, expected: tuple[int, ...]) -> np.ndarray:
        array = stored.pop(f"{name}.{part}", None)
        if array is None:
            raise ModelFileError(f"{name}.{part}: missing, the pattern {pattern} needs it")
        if array.dtype != dtype or array.shape != expected:
            raise ModelFileError(
                f"{name}.{part}: {array.dtype} {list(array.shape)}, "
                f"expected {np.dtype(dtype)} {list(expected)}"
            )
        return array

    if pattern == "dense":
        return take("weight", np.int8, shape)
    if count is None:
        stride = -(-columns // 8)
        if pattern == "clustered":
            occupied = take("occupied", np.uint8, (rows, -(-stride // 8)))
            places = _bits(f"{name}.occupied", occupied, stride, "byte")
            stored_bytes = take("bitmap", np.uint8, (int(places.sum()),))
            if not stored_bytes.all():
                raise ModelFileError(f"{name}.bitmap: a stored byte is 0")
            bitmap = np.zeros((rows, stride), np.uint8)
            bitmap[places] = stored_bytes
        else:
            bitmap = take("bitmap", np.uint8, (rows, stride))
        bits = _bits(f"{name}.bitmap", bitmap, columns, "column")
        values = take("values", np.int8, (int(bits.sum()),))
        if not values.all():
            raise ModelFileError(f"{name}.values: a stored weight is 0")
        weight = np.zeros(shape, np.int8)
        weight[bits] = values
        return weight
    windows = -(-columns // 16)
    values = take("values", np.int8, (rows, windows, count))
    packed = take("indices", np.uint8, (rows, -(-windows * count // 2)))
    flat = np.stack([packed & 15, packed >> 4], axis=2).reshape(rows, -1)
    if flat[:, windows * count :].any():
        raise ModelFileError(f"{name}.indices: the unused half of a row's last byte is not 0")
    places = flat[:, : windows * count].reshape(rows, windows, count).astype(np.int64)
    if count > 1 and (np.diff(places, axis=2) <= 0).any():
        raise ModelFileError(f"{name}.indices: places in a window do not ascend")
    wide = np.zeros((rows, windows, 16), np.int8)
    np.put_along_axis(wide, places, values, axis=2)
    wide = wide.reshape(rows, -1)
    if wide[:, columns:].any():
        raise ModelFileError(f"{name}.indices: a weight past column {columns - 1}")
    return np.ascontiguousarray(wide[:, :columns])


def sparsity(model: dict) -> dict:
    """Pattern and density of every matrix, as the metadata tells them."""
    return {
        name: {
            "pattern": model["patterns"][name],
            "density": round(float(np.mean(model["tensors"][f"{name}.weight"] != 0)), 6),
        }
        for name in matrix_shapes(model["architecture"])
    }


def write(path, model: dict) -> None:
    """Writes the model, after `validate`."""
    validate(model)
    tensors = {}
    for name, array in model["tensors"].items():
        matrix = name.removesuffix(".weight")
        if matrix == name:
            tensors[name] = np.ascontiguousarray(array)
        else:
            encoded = _encode(matrix, array, model["patterns"][matrix])
            tensors.update({k: np.ascontiguousarray(v) for k, v in encoded.items()})

    def compact(value) -> str:
        return json.dumps(value, separators=(",", ":"), sort_keys=True, ensure_ascii=False)

    metadata = {
        "hush.format": _format(model),
        "hush.name": model["name"],
        "hush.created": model["created"],
        "hush.architecture": compact(model["architecture"]),
        "hush.front_end": compact(model["front_end"]),
        "hush.exponents": compact(model["exponents"]),
        "hush.sparsity": compact(sparsity(model)),
        "hush.data": compact(model.get("data", {})),
        "hush.scores": compact(model.get("scores", {})),
    }
    Path(path).write_bytes(_serialise(tensors, metadata))


def _format(model: dict) -> str:
    if "narrow" in model["exponents"] or "makeup" in model["front_end"]:
        return FORMATS[4]
    return FORMATS[3] if "clustered" in model["patterns"].values() else _front_end_format(model)


def _front_end_format(model: dict) -> str:
    """Of everything but the patterns."""
    architecture, front_end = model["architecture"], model["front_end"]
    old = ("log-mean", "log-mean+log-level")
    if architecture.get("turn") or "bands" in front_end or front_end["features"] not in old:
        return FORMATS[2]
    return FORMATS[1] if architecture.get("presence") or "delay" in front_end else FORMATS[0]


def _serialise(tensors: dict[str, np.ndarray], metadata: dict[str, str]) -> bytes:
    """The bytes of a .safetensors file, always the same for the same contents.

    The library's own writer puts the metadata in an order that changes from run to run.
    """
    dtypes = {"int8": "I8", "uint8": "U8", "int16": "I16", "int32": "I32"}
    header: dict[str, dict] = {"__metadata__": metadata}
    data = b""
    # Widest first, so that every tensor is aligned.
    for name in sorted(tensors, key=lambda name: (-tensors[name].itemsize, name)):
        array = tensors[name]
        stored = array.astype(array.dtype.newbyteorder("<")).tobytes()
        header[name] = {
            "dtype": dtypes[array.dtype.name],
            "shape": list(array.shape),
            "data_offsets": [len(data), len(data) + len(stored)],
        }
        data += stored
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text + data


def read(path) -> dict:
    """Reads a model file; the matrices come back dense."""
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            stored = {key: file.get_tensor(key) for key in file.keys()}
    except SafetensorError as error:
        raise ModelFileError(f"{path}: not a safetensors file: {error}") from None
    found = metadata.get("hush.format")
    if found not in FORMATS:
        raise ModelFileError(
            f"{path}: hush.format is {found}, this reader knows {', '.join(FORMATS)}; "
            "export the model again with this version of the training code"
        )
    model = {}
    for key in ("architecture", "front_end", "exponents", "sparsity", "data", "scores"):
        try:
            model[key] = json.loads(metadata[f"hush.{key}"])
        except (KeyError, json.JSONDecodeError):
            raise ModelFileError(f"{path}: hush.{key} is missing or not JSON") from None
    model["name"] = metadata.get("hush.name", "")
    model["created"] = metadata.get("hush.created", "")
    # The pattern is told by the metadata; a file whose tensors say otherwise is refused.
    model["patterns"] = {name: entry["pattern"] for name, entry in model.pop("sparsity").items()}
    _check_sizes(model)
    if found < _format(model):
        raise ModelFileError(f"{path}: hush.format is {found}, but what it holds is of {_format(model)}")
    tensors = model["tensors"] = {}
    for name, shape in matrix_shapes(model["architecture"]).items():
        pattern = model["patterns"].get(name, "missing")
        tensors[f"{name}.weight"] = _decode(name, shape, pattern, stored)
    tensors.update(stored)
    validate(model)
    return model
