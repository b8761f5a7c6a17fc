"""How a printed class makes the tensors it holds, and how it reaches what it holds."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from graphlab.errors import GraphError
from graphlab.graph.node import Node
from graphlab.ops.broadcasting import Shape
from graphlab.ops.initialisers import fans
from graphlab.torch_backend.made import Made
from graphlab.torch_backend.printing.layout import Bracket, Expression, call, flat, literal
from graphlab.torch_backend.printing.slots import Slot

_SPELLED_OUT = 64
"""A first value of more elements is left to the state dict."""

MAX_CONSTANT = 65_536
"""A constant array of more elements is too long for a source file."""


@dataclass(frozen=True)
class Stored:
    """A parameter, a buffer or a constant array, and the shape it has."""

    name: str
    node: Node
    shape: Shape


@dataclass(frozen=True)
class Declaration:
    """One tensor that a class holds, and how it is made in the lengths that are its slots."""

    path: str
    kind: str  # parameter, buffer or constant
    write: Callable[[Sequence[str]], Expression]
    slots: tuple[Slot, ...] = ()

    @property
    def form(self) -> tuple[str, str, str]:
        """All but the lengths, to tell whether two are alike."""
        return self.path, self.kind, flat(self.write(["?"] * len(self.slots)))

    def made(self, lengths: Sequence[str]) -> Expression:
        """The expression that makes the tensor, in the given lengths."""
        tensor = self.write(lengths)
        return call("nn.Parameter", tensor) if self.kind == "parameter" else tensor


def declarations(made: Made, stored: Mapping[str, Stored]) -> list[Declaration]:
    """The tensors a module holds itself, in order."""
    found = []
    for path, name in made.sources.items():
        kept = stored[name]
        slots = tuple(Slot(path, "size", size) for size in kept.shape)
        kind = kept.node.op.name
        write = partial(_first, kept)
        found.append(Declaration(path, kind, write, () if kind == "constant" else slots))
    for path, tensor in made.constants.items():
        values = _listed(_bounded(path, tensor.numpy()))
        told = call("torch.tensor", values, dtype=str(tensor.dtype))
        found.append(Declaration(path, "constant", partial(_told, told)))
    return found


def _told(expression: Expression, _: Sequence[str]) -> Expression:
    return expression


def _first(stored: Stored, lengths: Sequence[str]) -> Expression:
    """What a tensor starts as in a fresh process, as the graph says; a large value as zeros."""
    attributes = stored.node.attributes
    value = attributes.get("value")
    if stored.node.op.name == "constant" or (value is not None and np.size(value) <= _SPELLED_OUT):
        return _spelled(stored)
    if value is not None:
        return call("torch.zeros", *lengths)
    scale = attributes.get("scale", 1.0)
    init = attributes.get("init", stored.node.op.attributes["init"].default)
    size: Expression = lengths[0] if len(lengths) == 1 else Bracket("(", _pairs(lengths))
    if not lengths:
        size = "()"
    match init:
        case "zeros" | "ones":
            return call(f"torch.{init}", *(lengths or ["()"]))
        case "constant":
            return call("torch.full", size, literal(scale))
        case "normal":
            drawn = call("torch.randn", *(lengths or ["()"]))
            return drawn if scale == 1 else call("torch.mul", drawn, literal(scale))
    bounds = {"xavier": 6 / sum(fans(stored.shape)), "kaiming": 6 / fans(stored.shape)[0]}
    bound = scale * math.sqrt(bounds[init]) if init in bounds else scale
    if init == "xavier" and scale == 1 and len(lengths) > 1:
        return call("nn.init.xavier_uniform_", call("torch.empty", *lengths))
    if init == "kaiming" and scale == 1 and len(lengths) > 1:
        return call("nn.init.kaiming_uniform_", call("torch.empty", *lengths))
    empty = call("torch.empty", *(lengths or ["()"]))
    return call("nn.init.uniform_", empty, literal(-bound), literal(bound))


def _pairs(lengths: Sequence[str]) -> tuple[tuple[str, Expression], ...]:
    return tuple(("", length) for length in lengths)


def _spelled(stored: Stored) -> Expression:
    value = np.asarray(stored.node.attributes["value"])
    if value.size == 0:
        return call("torch.empty", literal(value.shape))
    return call("torch.tensor", _listed(_bounded(stored.name, value)))


def _bounded(name: str, value: Any) -> Any:
    if value.size > MAX_CONSTANT:
        raise GraphError(
            f"{name} (constant) has {value.size:,} elements, too many to print: make it a buffer, "
            f"whose values are in the state dict"
        )
    return value.tolist()


def _listed(value: object) -> Expression:
    if isinstance(value, list):
        return Bracket("[", tuple(("", _listed(item)) for item in value), "]")
    return literal(value)


# --- reaching -----------------------------------------------------------------------------------
def reach(made: Made) -> Callable[[str], str]:
    """How each member of a module is reached from inside it, by its path."""
    buffers = set(_buffers(made))

    def held(path: str) -> str:
        if path in ("training", *made.constants) or _is_dotted(path):
            return f"self.{path}"
        if path in made.children:
            return f"self.get_submodule({literal(path)})"
        kind = "buffer" if path in buffers else "parameter"
        return f"self.get_{kind}({literal(path)})"

    return held


def _buffers(made: Made) -> Iterator[str]:
    """The paths of the buffers in a module and in all that it holds."""
    yield from (path for path, name in made.sources.items() if name in made.buffers)
    for path, child in made.children.items():
        yield from (f"{path}.{inner}" for inner in _buffers(child))


def containers(made: Made) -> Iterator[str]:
    """The paths of plain modules that only hold others, outermost first."""
    seen: set[str] = set(made.children)
    for path in (*made.children, *made.sources):
        parts = path.split(".")
        for end in range(1, len(parts)):
            prefix = ".".join(parts[:end])
            if prefix not in seen:
                seen.add(prefix)
                yield prefix


def assigned(path: str, kind: str) -> tuple[str, str]:
    """What stands before and after the expression that makes a member; ``kind`` is what it is."""
    owner, _, last = path.rpartition(".")
    home = "self" if not owner else f"self.{owner}"
    if owner and not _is_dotted(owner):
        home = f"self.get_submodule({literal(owner)})"
    if kind in ("module", "parameter") and last.isidentifier() and (kind == "module" or not owner):
        return f"{home}.{last} = ", ""
    verb = {"module": "add_module", "parameter": "register_parameter"}.get(kind, "register_buffer")
    return f"{home}.{verb}", last


def _is_dotted(path: str) -> bool:
    return all(part.isidentifier() for part in path.split("."))
