"""Names: what the model calls its values and scopes, as names a graph can have.

``/layer1/layer1.0/conv1/Conv`` (PyTorch's) is an operator ``Conv`` in ``layer1`` → ``0`` →
``conv1``; ``layer1.0.conv1.weight`` is a parameter there.  Nodes and groups are called after the
path that leads to them, joined by ``_``, so that a name tells where its node is.
"""

from __future__ import annotations

import re
from collections.abc import Container

from graphlab.graph.node import MAX_NAME

MAX_DEPTH = 24
"""Groups are nested at most so deep; what is deeper lies in the last."""

_MOST = MAX_NAME - 12  # room for what tells two apart

Path = tuple[str, ...]


def name_of(text: str, fallback: str = "x") -> str:
    """The nearest name a node can have: every sign that is no letter or digit becomes ``_``."""
    name = re.sub(r"\W+", "_", text).strip("_" if not text.startswith("_") else " ")
    if not name or not re.match(r"[^\W\d]", name):
        name = f"{fallback}_{name}" if name else fallback
    return name[:_MOST].rstrip("_") or fallback


def distinct(name: str, taken: Container[str]) -> str:
    """``name``, or ``name_2``, ``name_3`` … where it is taken."""
    if name not in taken:
        return name
    count = 2
    while f"{name}_{count}" in taken:
        count += 1
    return f"{name}_{count}"


def operator_path(node: object) -> tuple[Path, str]:
    """The scope an operator stands in, and its own name; both empty where the model says none."""
    for entry in getattr(node, "metadata_props", ()):
        if entry.key == "pkg.torch.onnx.name_scopes":
            scopes = re.findall(r"'([^']*)'", entry.value[:4000])
            if len(scopes) > 1:
                return _nested([scope for scope in scopes[:-1] if scope]), scopes[-1]
    name = str(getattr(node, "name", ""))[:4000]
    if not name.startswith("/"):
        return (), name
    *scopes, own = [part for part in name.split("/") if part] or [""]
    return _nested(scopes), own


def parameter_path(name: str) -> tuple[Path, str]:
    """The scope of a parameter called as PyTorch calls it, and its own name in it."""
    *scopes, own = name[:4000].split(".")
    if any(not re.fullmatch(r"\w+", part) for part in (*scopes, own)):
        return (), name
    return tuple(scopes[:MAX_DEPTH]), own


def _nested(scopes: list[str]) -> Path:
    """``layer1``, ``layer1.0`` → ``layer1``, ``0``: each without what its parents say already."""
    path: list[str] = []
    for scope in scopes:
        parts = scope.split(".")
        said = 0
        for start in range(len(path)):
            length = len(path) - start
            if parts[:length] == path[start:] and length < len(parts):
                said = length
                break
        path += [part for part in parts[said:] if part]
    return tuple(path[:MAX_DEPTH])
