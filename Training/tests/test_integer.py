"""The integer reference against plain-Python arithmetic, and the model file against damage."""

import copy
import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file
from safetensors import safe_open

from hush_training import golden, modelfile
from hush_training.evaluate import network_of
from hush_training.integer import IntegerNetwork, float_forward, random_model, rs

SMALL = {"F": 19, "H": 12, "P": 5, "L": 2}
PATTERNS = ["dense", "unstructured", "clustered", "n16:1", "n16:2", "n16:3", "n16:4", "n16:16"]


def clamp(a, low, high):
    return min(max(a, low), high)


def shift(a, s):
    return (a + (1 << (s - 1))) >> s if s else a


def plain_step(model, state, features):
    """The specification, number by number, in Python's unbounded integers."""
    t = {k: v.tolist() for k, v in model["tensors"].items()}
    limit, narrow = 2**28 - 1, model["exponents"].get("narrow", {})

    def product(name, vector):
        if name in narrow:
            vector = [min(shift(v, narrow[name]), 127) * 2 ** narrow[name] for v in vector]
        return [sum(w * v for w, v in zip(row, vector)) for row in t[f"{name}.weight"]]

    def affine(name, vector):
        acc = zip(product(name, vector), t[f"{name}.bias"], t[f"{name}.shift"])
        sums = [(a + b, s) for a, b, s in acc]
        assert all(-(2**31) <= a + (1 << max(s - 1, 0)) < 2**31 for a, s in sums)
        return [shift(a, s) for a, s in sums]

    def norm(name, h):
        scale, offset = t[f"{name}.norm.scale"], t[f"{name}.norm.offset"]
        return [clamp(shift(a * m, 15) + o, 0, 32767) for a, m, o in zip(h, scale, offset)]

    def drive(a, s):
        if s >= 0:
            return clamp(shift(a, s), -limit, limit)
        return clamp(a, -(limit >> -s), limit >> -s) << -s

    h = [clamp(a, -32768, 32767) for a in affine("encoder", features)]
    for i in range(model["architecture"]["blocks"]):
        b = f"block.{i}"
        u = norm(b, h)
        bu = [drive(a, s) for a, s in zip(product(f"{b}.B", u), t[f"{b}.B.shift"])]
        p = len(bu) // 2
        for k, (lr, li) in enumerate(zip(*t[f"{b}.lambda"])):
            re, im = state[i][k], state[i][k + p]
            new = shift(re * lr, 15) - shift(im * li, 15) + bu[k]
            state[i][k] = clamp(new, -limit, limit)
            new = shift(re * li, 15) + shift(im * lr, 15) + bu[k + p]
            state[i][k + p] = clamp(new, -limit, limit)
        x16 = [clamp(shift(x, 13), -32768, 32767) for x in state[i]]
        skip = [shift(a * d, t[f"{b}.D.shift"][0]) for a, d in zip(u, t[f"{b}.D"])]
        y = [clamp(a + s, 0, 32767) for a, s in zip(affine(f"{b}.C", x16), skip)]
        g = [clamp(a + 16384, 0, 32767) for a in affine(f"{b}.G", y)]
        s = t[f"{b}.residual.shift"][0]
        h = [clamp(a + shift(c * e, s), -32768, 32767) for a, c, e in zip(h, y, g)]
    index = [clamp(a + 512, 0, 1023) for a in affine("decoder", norm("decoder", h))]
    return [t["mask_table"][k] for k in index]


@pytest.mark.parametrize("narrow", [False, True])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_reference_is_the_specification(pattern, narrow):
    model = random_model(3, **SMALL, patterns=pattern, density=0.4, narrow=narrow)
    assert ("narrow" in model["exponents"]) == narrow
    features = golden.features(5, 24, SMALL["F"])
    state = [[0] * 10 for _ in range(2)]
    expected = [plain_step(model, state, frame.tolist()) for frame in features]
    network = IntegerNetwork(model)
    assert network.run(features).tolist() == expected
    network.reset()
    assert [network.step(frame).tolist() for frame in features] == expected


def test_rounding():
    assert rs([5, 6, 7, -5, -6, -7, 3], [1, 2, 2, 1, 2, 2, 0]).tolist() == [3, 2, 2, -2, -1, -2, 3]


def test_random_models_reach_the_clamps_but_not_always():
    model, trace = random_model(0), {}
    IntegerNetwork(model).run(golden.features(1, 64, 257), trace)
    limits = {"encoder": 32767, "norm": 32767, "state": 2**28 - 1, "output": 32767}
    limits |= {"gate": 32767, "residual": 32767, "index": 1023}
    for name, values in trace.items():
        limit = limits.get(name.split(".")[-1])
        if limit is not None:
            assert 0 < np.mean(values >= limit) < 0.2, name


def test_float_path_is_close_where_nothing_saturates():
    model = random_model(4, gain=1 / 8)
    features = golden.features(1, 100, 257)
    mask = IntegerNetwork(model).run(features) / 32768
    inside, real = {}, {}
    IntegerNetwork(model).run(features, inside)
    float_forward(model, features, real)
    # Gates may saturate, in both paths alike; nothing else does.
    error = inside["block.2.residual"] - real["block.2.residual"] * 2.0**11
    assert np.abs(inside["block.2.residual"]).max() < 32767
    assert np.sqrt(np.mean(error**2)) < 2
    assert np.sqrt(np.mean((mask - real["mask"]) ** 2)) < 0.005


@pytest.mark.parametrize("pattern", PATTERNS)
@pytest.mark.parametrize("size", [(19, 12, 5, 2), (16, 16, 8, 1), (1, 1, 1, 1), (33, 17, 9, 1)])
def test_files_give_back_the_model(tmp_path, pattern, size):
    model = random_model(8, *size, patterns=pattern, density=0.3)
    modelfile.write(tmp_path / "m.safetensors", model)
    again = modelfile.read(tmp_path / "m.safetensors")
    modelfile.write(tmp_path / "again.safetensors", again)
    bytes_of = [(tmp_path / f"{n}.safetensors").read_bytes() for n in ("m", "again")]
    assert bytes_of[0] == bytes_of[1]
    for key in model.keys() - {"tensors"}:
        assert again[key] == model[key], key
    assert again["tensors"].keys() == model["tensors"].keys()
    for name, array in model["tensors"].items():
        assert again["tensors"][name].dtype == array.dtype
        assert np.array_equal(again["tensors"][name], array), name


def test_weights_that_do_not_fit_are_refused():
    model = random_model(0, 600, 8, 4, 1, patterns="dense")
    model["tensors"]["encoder.weight"][5] = 127
    with pytest.raises(modelfile.ModelFileError, match="encoder: weights that do not fit: row 5"):
        IntegerNetwork(model)


def narrow(shift):
    return dict.fromkeys(["block.0.B", "block.0.G", "block.1.B", "block.1.G", "decoder"], shift)


def test_a_file_with_makeup_is_of_the_fifth_format(tmp_path):
    path = tmp_path / "m.safetensors"
    model = random_model(0, **SMALL)
    model["front_end"]["makeup"] = 1.25
    modelfile.write(path, model)
    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["hush.format"] == "5"
    assert network_of(modelfile.read(path)).makeup == 1.25


def test_files_of_seven_bits_are_of_the_fifth_format(tmp_path):
    path = tmp_path / "m.safetensors"
    modelfile.write(path, random_model(0, **SMALL, narrow=True))
    assert modelfile.read(path)["exponents"]["narrow"].keys() == narrow(0).keys()
    rewrite(path, lambda t, m: m.update({"hush.format": "4"}))
    with pytest.raises(modelfile.ModelFileError, match="hush.format is 4, but what it holds is of 5"):
        modelfile.read(path)


def broken(change):
    model = copy.deepcopy(random_model(0, **SMALL))
    change(model["tensors"], model)
    return model


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t, m: t.pop("encoder.bias"), "encoder.bias: missing"),
        (lambda t, m: t.update(extra=t["mask_table"]), "extra: no such tensor"),
        (lambda t, m: t["block.0.norm.scale"].fill(-32768), "norm.scale: values -32768"),
        (lambda t, m: t["block.1.C.shift"].fill(0), "block.1.C.shift: values 0 to 0"),
        (lambda t, m: t["block.1.lambda"].fill(32000), "modulus of 1 or more"),
        (lambda t, m: t["block.1.residual.shift"].fill(3), "residual.shift: 3, but"),
        (lambda t, m: t.update({"encoder.bias": t["encoder.bias"][1:]}), "encoder.bias: int32"),
        (lambda t, m: m["architecture"].update(width=0), "width is 0"),
        (lambda t, m: m["architecture"].update(features=20), "20 features"),
        (lambda t, m: m["architecture"].update(activations={}), "activations {}"),
        (lambda t, m: m["front_end"].update(hop=0), "hop is 0"),
        (lambda t, m: m["front_end"].update(makeup=0.5), "makeup is 0.5, expected 1 to 2"),
        (lambda t, m: m["exponents"].update(input=3), "they must agree"),
        (lambda t, m: m["exponents"].update(norm=[1]), "expected 3 integers"),
        (lambda t, m: m["exponents"].update(narrow={"decoder": 3}), "expected a shift for every B, every G and"),
        (lambda t, m: m["exponents"].update(narrow=[3]), "expected a shift for every B, every G and"),
        (lambda t, m: m["exponents"].update(narrow=narrow(9)), "narrow of block.0.B is 9, expected 0 to 8"),
        (lambda t, m: m["exponents"].update(narrow=narrow(True)), "narrow of block.0.B is True"),
        (lambda t, m: m["patterns"].update(encoder="n16:17"), "unknown pattern"),
        (lambda t, m: m["patterns"].update({"block.0.G": "n16:1"}), "block.0.G: .* allows 1"),
    ],
)
def test_what_is_wrong_is_named(change, message):
    model = broken(change)
    if message.startswith("block.0.G"):
        model["tensors"]["block.0.G.weight"].fill(1)
    with pytest.raises(modelfile.ModelFileError, match=message):
        modelfile.validate(model)


def rewrite(path, change):
    with safe_open(path, framework="numpy") as file:
        metadata = dict(file.metadata())
    tensors = load_file(path)
    change(tensors, metadata)
    save_file(tensors, path, metadata=metadata)


@pytest.mark.parametrize(
    ("pattern", "change", "message"),
    [
        ("dense", lambda t, m: m.update({"hush.format": "6"}), "hush.format is 6"),
        ("clustered", lambda t, m: m.update({"hush.format": "3"}), "hush.format is 3, but what it holds is of 4"),
        ("clustered", lambda t, m: t["encoder.occupied"].fill(255), "past byte 2"),
        ("clustered", lambda t, m: t["encoder.bitmap"].fill(0), "a stored byte is 0"),
        ("clustered", lambda t, m: t.pop("encoder.occupied"), "encoder.occupied: missing"),
        ("dense", lambda t, m: m.update({"hush.exponents": "{"}), "not JSON"),
        ("unstructured", lambda t, m: t["encoder.bitmap"].fill(255), "past column 18"),
        ("unstructured", lambda t, m: t["encoder.values"].fill(0), "a stored weight is 0"),
        ("n16:2", lambda t, m: t["encoder.indices"].fill(0x11), "do not ascend"),
        ("n16:2", lambda t, m: t["encoder.indices"].fill(0xFE), "past column 18"),
        ("n16:2", lambda t, m: t.pop("encoder.indices"), "encoder.indices: missing"),
    ],
)
def test_damaged_files_are_refused(tmp_path, pattern, change, message):
    path = tmp_path / "m.safetensors"
    modelfile.write(path, random_model(0, **SMALL, patterns=pattern))
    rewrite(path, change)
    with pytest.raises(modelfile.ModelFileError, match=message):
        modelfile.read(path)


def test_golden_case(tmp_path):
    model = random_model(2, **SMALL)
    golden.write_case(model, (7, 12), tmp_path / "case")
    case = json.loads((tmp_path / "case.json").read_text())
    assert case["frames"] == len(case["masks"]) == 12
    again = IntegerNetwork(modelfile.read(tmp_path / "case.safetensors"))
    mask = again.run(golden.features(7, 12, SMALL["F"]))
    assert [golden.checksum(frame) for frame in mask] == case["masks"]
    assert case["stages"][-1] == ["mask", golden.checksum(mask)]
    assert golden.checksum(np.array([1, -1])) == "f92ed8f4ce1c3300"


def test_zeros_that_lie_together_take_few_places(tmp_path):
    rng = np.random.default_rng(1)
    anywhere = (rng.random((64, 400)) < 0.2).astype(np.int8)
    together = np.zeros_like(anywhere)
    for row in range(64):
        together[row, 4 * row : 4 * row + 60] = 1
    assert modelfile.scattered(anywhere) == "unstructured"
    assert modelfile.scattered(together) == "clustered"
    sizes = {
        pattern: sum(v.size for v in modelfile._encode("a", together, pattern).values())
        for pattern in ("unstructured", "clustered")
    }
    assert sizes["unstructured"] == 64 * 60 + 64 * 50
    # 50 bytes of bitmap a row: 7 bytes tell which are there, and 60 columns from 4 k on touch 8.
    assert sizes["clustered"] == 64 * 60 + 64 * (7 + 8)
    path = tmp_path / "m.safetensors"
    modelfile.write(path, random_model(0, **SMALL, patterns="clustered"))
    with safe_open(path, framework="numpy") as file:
        assert file.metadata()["hush.format"] == "4"
