"""Mixes that a teacher has heard: how they are kept, what is learnt from them, and DTLN's arithmetic."""

import h5py
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import checkpoint, dtln, loss, spectrum, taught
from hush_training.cli import main
from hush_training.config import RATE, Network, Training


def noise(*shape):
    return np.random.default_rng(5).standard_normal(shape).astype(np.float32) * 0.05


def test_shards_keep_clips_and_tell_how_much_closer_the_teacher_came(tmp_path):
    clean = noise(3, 2 * RATE)
    clean[2] = 0
    hiss = noise(6, 2 * RATE)[3:]
    scaled, scales = taught.shard(clean + hiss, clean, clean + 0.1 * hiss)
    assert scales[:2, 3] == pytest.approx(20, abs=0.2)  # a tenth of the noise
    assert np.isneginf(scales[2, 3])
    np.save(tmp_path / "a.npy", scaled)
    np.save(tmp_path / "a.scales.npy", scales)
    feed = taught.Taught(tmp_path, 3, 2.0, 1, trust=0.75)
    noisy, kept, target = feed.next()
    for i in range(3):  # in whatever order
        j = int(np.argmin([np.abs(noisy[i] - (clean + hiss)[k]).max() for k in range(3)]))
        assert np.abs(noisy[i] - (clean + hiss)[j]).max() < 1e-5
        assert np.abs(kept[i] - clean[j]).max() < 1e-5
        # Of noise alone, silence is the target, whatever the teacher left.
        wanted = clean[j] + (0.075 * hiss[j] if j < 2 else 0)
        assert np.abs(target[i] - wanted).max() < 1e-5


def test_where_the_teacher_does_harm_the_clean_is_learnt(tmp_path):
    clean, hiss = noise(1, RATE), 0.01 * noise(2, RATE)[1:]
    scaled, scales = taught.shard(clean + hiss, clean, 0.2 * np.roll(clean, 5))
    np.save(tmp_path / "a.npy", scaled)
    np.save(tmp_path / "a.scales.npy", scales)
    _, kept, target = taught.Taught(tmp_path, 1, 1.0, 1, trust=1).next()
    np.testing.assert_array_equal(kept, target)


def test_no_clip_comes_twice_before_all_came_once_and_new_shards_are_found(tmp_path):
    def add(name, values):
        x = np.ones((len(values), 1600), np.float32) * np.array(values, np.float32)[:, None]
        scaled, scales = taught.shard(x, x, x)
        np.save(tmp_path / f"{name}.npy", scaled)
        np.save(tmp_path / f"{name}.scales.npy", scales)

    add("a", [0.1, 0.2, 0.3, 0.4])
    feed = taught.Taught(tmp_path, 2, 0.1, 1, trust=1)
    heard = [round(float(x), 3) for _ in range(2) for x in feed.next()[0][:, 0]]
    assert sorted(heard) == [0.1, 0.2, 0.3, 0.4]
    add("b", [0.5, 0.6])
    heard = [round(float(x), 3) for _ in range(3) for x in feed.next()[0][:, 0]]
    assert sorted(heard) == [0.1, 0.2, 0.3, 0.4, 0.5, 0.6]


@pytest.mark.parametrize("seconds, text", [(1.0, "no mixes"), (3.0, "fewer than lead")])
def test_what_cannot_be_learnt_from_is_named(tmp_path, seconds, text):
    if seconds > 1:
        np.save(tmp_path / "a.npy", np.zeros((1, 3, 2 * RATE), np.int16))
        np.save(tmp_path / "a.scales.npy", np.zeros((1, 4), np.float32))
    with pytest.raises(SystemExit, match=text):
        taught.Taught(tmp_path, 1, seconds, 1, 1)


def test_presence_is_told_from_the_clean_not_from_what_a_teacher_left():
    network, training = Network(presence=True), Training()
    quiet = np.concatenate([noise(1, RATE), 1e-4 * noise(1, RATE)], 1)  # half of it is a pause
    left = quiet + 0.3 * noise(1, 2 * RATE)
    a, c, t = (spectrum.stft(jnp.asarray(x), network.delay) for x in (left, quiet, left))
    speaks = jnp.asarray(loss.presence(c[0] ** 2 + c[1] ** 2)) * 40 - 20  # right, and sure of it
    logits = jnp.zeros((*a[0].shape[:2], network.outputs)).at[..., -1].set(speaks)
    told = [float(loss.mask_loss(network, training, logits, a, t, s)[1]["presence"]) for s in (c, None)]
    assert told[0] < 0.3 < 3 < told[1]


def keras_file(path, norms=1):
    """A file as DTLN's authors publish them, of random weights."""
    rng = np.random.default_rng(3)
    draw = lambda *shape: (rng.standard_normal(shape) * 0.1).astype(np.float32)  # noqa: E731
    with h5py.File(path, "w") as f:

        def layer(name, **parts):
            for part, value in parts.items():
                f[f"{name}/{name}/{part}:0"] = value

        for i, inputs in enumerate((257, 128, 256, 128)):
            name = f"lstm_{i}" if i else "lstm"
            layer(name, kernel=draw(inputs, 512), recurrent_kernel=draw(128, 512), bias=draw(512))
        layer("dense", kernel=draw(128, 257), bias=draw(257))
        layer("dense_1", kernel=draw(128, 256), bias=draw(256))
        layer("conv1d", kernel=draw(1, 512, 256))
        layer("conv1d_1", kernel=draw(1, 256, 512))
        for i in range(norms):
            size = 257 if norms == 2 and i == 0 else 256
            layer(f"instant_layer_normalization_{i}", gamma=1 + draw(size), beta=draw(size))
    return path


def block_by_block(w, x):
    """DTLN as a stream computes it: a block every 8 ms, states carried on."""
    sigmoid = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731

    def cell(w, state, u):
        i, f, g, o = np.split(u @ w["kernel"] + state[0] @ w["recurrent_kernel"] + w["bias"], 4)
        state[1] = sigmoid(f) * state[1] + sigmoid(i) * np.tanh(g)
        state[0] = sigmoid(o) * np.tanh(state[1])
        return state[0]

    def norm(w, v):
        return (v - v.mean()) / np.sqrt(v.var() + 1e-7) * w["gamma"] + w["beta"]

    states = [[np.zeros(128), np.zeros(128)] for _ in range(4)]
    x = np.pad(x, (384, 512)).astype(np.float64)
    out = np.zeros(len(x))
    for at in range(0, len(x) - 511, 128):
        z = np.fft.rfft(x[at : at + 512])
        u = norm(w["normalization"][0], np.log(np.abs(z) + 1e-7)) if len(w["normalization"]) == 2 else np.abs(z)
        for k in (0, 1):
            u = cell(w["lstm"][k], states[k], u)
        coded = np.fft.irfft(z * sigmoid(u @ w["dense"][0]["kernel"] + w["dense"][0]["bias"])) @ w["conv1d"][0]["kernel"][0]
        u = norm(w["normalization"][-1], coded)
        for k in (2, 3):
            u = cell(w["lstm"][k], states[k], u)
        coded = coded * sigmoid(u @ w["dense"][1]["kernel"] + w["dense"][1]["bias"])
        out[at : at + 512] += coded @ w["conv1d"][1]["kernel"][0]
    return out[384:]


@pytest.mark.parametrize("norms", [1, 2])
def test_dtln_over_clips_is_dtln_block_by_block(tmp_path, norms):
    path = keras_file(tmp_path / "w.h5", norms)
    x = noise(2, 9000)
    got = dtln.Teacher(path)(x)
    assert got.shape == x.shape
    wanted = np.stack([block_by_block(dtln.load(path), row)[:9000] for row in x])
    # Products are of bfloat16.
    assert np.abs(got - wanted).max() < 0.02 * np.abs(wanted).max()


def test_other_weights_are_refused_by_name(tmp_path):
    (tmp_path / "no.h5").write_text("not HDF5")
    with h5py.File(tmp_path / "other.h5", "w") as f:
        f["dense/dense/kernel:0"] = np.zeros((2, 2))
    for name in ("no.h5", "other.h5", "absent.h5"):
        with pytest.raises(SystemExit, match=f"{name}: "):
            dtln.load(tmp_path / name)


def test_mixes_are_made_taught_and_trained_on(packed, tmp_path, monkeypatch):
    monkeypatch.setattr(taught, "SHARD", 16)
    common = ["--data", str(packed), "--hold-out", "others,fan"]
    made = ["taught", *common, "--out", str(tmp_path / "mixes"), "--dtln", str(keras_file(tmp_path / "w.h5"))]
    made += ["--hours", "0.005", "--seconds", "1"]
    main(made)
    assert [np.load(p).shape for p in (tmp_path / "mixes").glob("*.scales.npy")] == [(16, 4)]
    before = {p.name: p.stat().st_mtime_ns for p in (tmp_path / "mixes").iterdir()}
    main(made)  # nothing is missing
    assert before == {p.name: p.stat().st_mtime_ns for p in (tmp_path / "mixes").iterdir()}
    tiny = [f"--set={p}" for p in ("width=16", "states=8", "blocks=1", "hippo_blocks=1", "batch=2", "seconds=0.8", "lead=0.2")]
    main(["dense", *common, "--out", str(tmp_path / "run"), "--budget", "4", "--mixes", str(tmp_path / "mixes"), *tiny])
    assert checkpoint.load(tmp_path / "run/last.npz")[2]["steps"] == 4
