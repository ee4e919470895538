"""Two processes that meet: the same mean in both, the same zeros, and what may go wrong."""

import os
import threading
from types import SimpleNamespace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from hush_training import checkpoint, peers, sparsity, train
from hush_training.config import Run
from hush_training.peers import Peer


def states(rank, times, shape=(3, 2)):
    rng = np.random.default_rng([rank, times])
    return {
        "weights": [jnp.asarray(rng.normal(size=shape), jnp.float32)],
        "count": jnp.asarray(10 * rank + times, jnp.int32),
    }


def together(*doing):
    """Runs the functions at once, one a thread; their results. What one raises is raised."""
    results = [None] * len(doing)

    def run(i):
        try:
            results[i] = doing[i]()
        except BaseException as error:
            results[i] = error

    threads = [threading.Thread(target=run, args=(i,)) for i in range(len(doing))]
    for t in threads:
        t.start()
    for t in threads:
        t.join()
    for r in results:
        if isinstance(r, BaseException):
            raise r
    return results


def test_both_take_the_mean_weighted_by_steps(tmp_path):
    pair = [Peer(rank, tmp_path / "meeting", 10.0) for rank in (0, 1)]
    agreed = [{"masks": {"a": np.float32([1, 0])}}, {"masks": {"a": np.float32([0, 1])}}]

    def meet(times, spent):
        return together(*(
            lambda p=p: p.meet(states(p.rank, times), agreed[p.rank], spent[p.rank]) for p in pair
        ))

    # The first: rank 0's word, whatever the other has.
    for state, shared, spent in meet(0, (5.0, 7.0)):
        np.testing.assert_array_equal(state["weights"][0], states(0, 0)["weights"][0])
        np.testing.assert_array_equal(shared["masks"]["a"], [1, 0])
        assert spent == 5.0
    for times in (1, 2, 3):
        pair[0].since, pair[1].since = 30, 10
        results = meet(times, (20.0 * times, 21.0 * times))
        a, b = (states(rank, times)["weights"][0] for rank in (0, 1))
        for state, shared, spent in results:
            np.testing.assert_allclose(state["weights"][0], 0.75 * a + 0.25 * b, rtol=1e-6)
            assert state["weights"][0].dtype == np.float32
            assert int(state["count"]) == times and spent == 21.0 * times
            np.testing.assert_array_equal(shared["masks"]["a"], [1, 0])
        # Bit by bit the same, or two networks would walk apart.
        np.testing.assert_array_equal(*(state["weights"][0] for state, _, _ in results))
    for p in pair:
        assert p.since == 0 and not p.due(72.9, False) and p.due(73.0, False) and p.due(70.0, True)
    assert len(list((tmp_path / "meeting").glob("*.npz"))) <= 4  # old files are taken away


def test_files_of_an_earlier_run_are_not_taken_for_the_peer(tmp_path, monkeypatch):
    monkeypatch.setattr(peers, "PATIENCE", 0.5)
    folder = tmp_path / "meeting"
    pair = [Peer(rank, folder, 10.0) for rank in (0, 1)]
    together(*(lambda p=p: p.meet(states(p.rank, 0), {}, 0.0) for p in pair))
    os.utime(folder / "1.0.npz", (1, 1))
    with pytest.raises(SystemExit, match="rank 1 did not come"):
        Peer(0, folder, 10.0).meet(states(0, 0), {}, 0.0)
    Peer(1, folder, 10.0)  # starts anew
    assert not (folder / "1.0.npz").exists()


def test_a_peer_that_is_gone_is_not_waited_for_again(tmp_path, monkeypatch):
    pair = [Peer(rank, tmp_path, 10.0) for rank in (0, 1)]
    together(*(lambda p=p: p.meet(states(p.rank, 0), {}, 0.0) for p in pair))
    monkeypatch.setattr(peers, "PATIENCE", 0.3)
    mine = states(0, 1)
    state, _, spent = pair[0].meet(mine, {}, 12.0)
    assert state is mine and spent == 12.0 and pair[0].gone and not pair[0].due(1e9, True)


def test_another_shape_is_refused(tmp_path):
    pair = [Peer(rank, tmp_path, 10.0) for rank in (0, 1)]
    with pytest.raises(SystemExit, match="another shape"):
        together(*(lambda p=p: p.meet(states(p.rank, 0, (3, 2 + p.rank)), {}, 0.0) for p in pair))


@pytest.mark.parametrize("text", ["2:folder:10", "0:folder", "0::10", "1:folder:0", "1:folder:soon"])
def test_what_is_no_peer_is_refused(text):
    with pytest.raises(SystemExit, match=f"--peer {text}: want RANK:FOLDER:SECONDS"):
        Peer.parse(text)


def test_runs_that_could_not_end_alike_are_refused(tmp_path):
    peer = Peer.parse(f"1:{tmp_path}/a:b:30")
    assert (peer.rank, peer.folder, peer.every) == (1, tmp_path / "a:b", 30.0)
    for settings, kind, amount, message in (
        ([], "steps", 1000.0, "want a --budget of time"),
        (["activation_bits=8"], "seconds", 1000.0, "want activation_bits=16"),
        (["prune_to=0.9"], "seconds", 200.0, "none may fall after prune_to=0.9"),
    ):
        with pytest.raises(SystemExit, match=message):
            train.check_peer(Run().override(settings), peer, kind, amount, True)
    train.check_peer(Run(), peer, "seconds", 3600.0, True)


def test_two_runs_end_with_one_network(packed, tmp_path, monkeypatch):
    """A step is a second of one and one and a half of the other, however long it really takes."""
    clocks = threading.local()

    def monotonic():
        clocks.now = getattr(clocks, "now", 0.0) + clocks.tick
        return clocks.now

    monkeypatch.setattr(train, "time", SimpleNamespace(monotonic=monotonic))
    chosen, choose = ([], []), sparsity.masks

    def masks(matrices, zeros, pattern, within=None):
        chosen[clocks.rank].append((zeros, float(np.abs(matrices["encoder"]).sum())))
        return choose(matrices, zeros, pattern, within)

    monkeypatch.setattr(sparsity, "masks", masks)
    tiny = ["width=32", "states=16", "blocks=1", "hippo_blocks=2", "batch=2", "seconds=0.8", "lead=0.2"]
    run = Run().override(tiny)

    def one(rank):
        clocks.rank, clocks.tick = rank, (1.0, 1.5)[rank]
        peer = Peer(rank, tmp_path / "meeting", 5.0)
        return train.train(
            run, packed, tmp_path / str(rank), "40s", ("others", "fan"), pruning=True, every=600, peer=peer
        )

    assert together(lambda: one(0), lambda: one(1)) == [1.0, 1.0]
    both = [checkpoint.load(tmp_path / str(rank) / "last.npz") for rank in (0, 1)]
    (_, one, told), (_, other, too) = both
    for a, b in zip(jax.tree.leaves(one), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(a, b)
    assert chosen[0] == chosen[1] and len(chosen[0]) > 4  # of the same weights, so just after meetings
    kept = sum(m.sum() for m in one["masks"].values()) / sum(m.size for m in one["masks"].values())
    assert 1 - kept == pytest.approx(0.88, abs=0.01)
    assert told["spent"] == too["spent"] >= 40 and told["asked"] == too["asked"] == 0.88
    assert told["steps"] > 1.2 * too["steps"] > 20
