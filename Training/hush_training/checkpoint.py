"""Checkpoints: one .npz with every array by its path, written whole or not at all."""

from __future__ import annotations

import json
import os
from pathlib import Path

import jax
import numpy as np

from .config import Run


def _name(path) -> str:
    return "/".join(str(getattr(k, "key", getattr(k, "idx", k))) for k in path)


def save(path: Path, run: Run, tree: dict, extra: dict) -> None:
    arrays = {
        _name(p): np.asarray(v) for p, v in jax.tree_util.tree_flatten_with_path(tree)[0]
    }
    temporary = path.with_name(path.name + ".part")
    with open(temporary, "wb") as f:
        np.savez(f, __run__=run.to_json(), __extra__=json.dumps(extra), **arrays)
        f.flush()
        os.fsync(f.fileno())
    temporary.replace(path)


def load(path: Path) -> tuple[Run, dict, dict]:
    """(run, tree of nested dicts and lists, extra)."""
    with np.load(path) as z:
        run = Run.from_json(str(z["__run__"]))
        extra = json.loads(str(z["__extra__"]))
        tree: dict = {}
        for name in z.files:
            if name.startswith("__"):
                continue
            at, keys = tree, name.split("/")
            for k in keys[:-1]:
                at = at.setdefault(k, {})
            at[keys[-1]] = z[name]
    return run, _lists(tree), extra


def _lists(node):
    """Dicts whose keys are 0, 1, 2 ... were lists."""
    if not isinstance(node, dict):
        return node
    node = {k: _lists(v) for k, v in node.items()}
    if node and all(k.isdigit() for k in node):
        return [node[str(i)] for i in range(len(node))]
    return node
