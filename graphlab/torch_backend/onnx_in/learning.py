"""Which arrays of a model are learned, which are running statistics, and which are constants.

A model does not say; it follows from where an array is used: the weight of a convolution is
learned, though it may be transposed or cast on its way there.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

Role = Literal["parameter", "buffer"]

_WEIGHTS: dict[str, tuple[int, ...]] = {
    "Conv": (1, 2),
    "ConvTranspose": (1, 2),
    "DeformConv": (1, 3),
    "Gemm": (0, 1, 2),
    "MatMul": (0, 1),
    "Einsum": (0, 1, 2, 3),
    "BatchNormalization": (1, 2),
    "InstanceNormalization": (1, 2),
    "LayerNormalization": (1, 2),
    "GroupNormalization": (1, 2),
    "RMSNormalization": (1,),
    "PRelu": (1,),
    "Gather": (0,),
    "RNN": (1, 2, 3),
    "GRU": (1, 2, 3),
    "LSTM": (1, 2, 3, 7),
}
_STATISTICS = {"BatchNormalization": (3, 4)}
_CARRIERS = {"Transpose", "Reshape", "Identity", "Cast", "Squeeze", "Unsqueeze", "Flatten", "Split"}
_PRODUCTS = {"MatMul", "Gemm", "Conv", "ConvTranspose", "Einsum"}
_LEARNED_NAME = re.compile(
    r"(^|[._/])(weight|bias|gamma|beta|scale|alpha|\w*embed\w*|\w*token)$", re.IGNORECASE
)


def roles_of(nodes: Sequence[Any], arrays: Iterable[tuple[str, int]]) -> dict[str, Role]:
    """What each array is, where it is no constant; ``arrays`` has names and numbers of axes."""
    uses: dict[str, list[tuple[Any, int]]] = {}
    makers: dict[str, str] = {}
    for node in nodes:
        for index, name in enumerate(node.input):
            uses.setdefault(name, []).append((node, index))
        makers.update(dict.fromkeys(node.output, node.op_type))
    roles: dict[str, Role] = {}
    for name, axes in arrays:
        role = _role(name, axes, uses, makers)
        if role is not None:
            roles[name] = role
    return roles


def _role(
    name: str, axes: int, uses: dict[str, list[tuple[Any, int]]], makers: dict[str, str]
) -> Role | None:
    found: Role | None = None
    waiting, seen = [name], {name}
    while waiting:
        current = waiting.pop()
        for node, index in uses.get(current, ()):
            if _is_weight(name, axes, node, index, makers):
                return "parameter"
            if index in _STATISTICS.get(node.op_type, ()):
                found = "buffer"
            if node.op_type in _CARRIERS and index == 0:
                fresh = [output for output in node.output if output and output not in seen]
                seen.update(fresh)
                waiting += fresh
    return found


def _is_weight(name: str, axes: int, node: Any, index: int, makers: dict[str, str]) -> bool:
    if node.op_type == "Gather":
        return index == 0 and axes == 2  # a row a word: an embedding
    if index in _WEIGHTS.get(node.op_type, ()):
        return True
    if node.op_type not in ("Add", "Mul") or axes == 0:
        return False
    other = makers.get(node.input[1 - index], "") if len(node.input) == 2 else ""
    is_bias = node.op_type == "Add" and other in _PRODUCTS
    return is_bias or _LEARNED_NAME.search(name) is not None
