"""What GraphLab cannot compute itself: shown by its name, run in PyTorch, never stepped.

Importers put an opaque node where a model calls something that no op stands for.  A file may say
which function of PyTorch it is, from a closed list, but never brings code of its own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Mapping
from functools import cache
from typing import Any, ClassVar

from graphlab.errors import OpError
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import EVALUATION, Array, Op, Sample, Tensor, Training
from graphlab.ops.expression import Latex, Rule

LIVE_MODULES: dict[str, Any] = {}
"""Modules and functions that were imported in this process and no file can hold, by token."""

MAX_OUTPUTS = 256
"""An opaque node has at most so many outputs."""

MAX_DEPTH = 16
"""Arguments are nested at most so deep."""

_NAMESPACES = ("torch", "torch.nn.functional", "torch.linalg", "torch.fft", "torch.special")
_METHODS = "torch.Tensor"
_WITHHELD = (
    r"_.*|.*(file|numpy|storage|ptr|hook|save|load|pickle|share|cuda|backward|set_|resize|dlpack|"
    r"record|pin|compile|requires_grad|retain|apply|map).*"
)
"""Names of functions that do more than compute a tensor."""

_UNLISTED = {
    "torch": (
        "bernoulli", "normal", "rand", "rand_like", "randint", "randint_like", "randn",
        "randn_like", "randperm", "unique",
    ),
    _METHODS: ("__getitem__",),
}  # fmt: skip
"""Functions that compute a tensor and that torch does not list as overridable."""


class Opaque(Op):
    """A calculation that GraphLab shows and PyTorch runs, but that cannot be stepped.

    ``target`` names it, ``why`` says what is lacking. Compiled to PyTorch it runs as the model it
    came from ran it; in a run by hand it and what follows from it have no value.
    """

    category = "Opaque"
    symbol = "…"
    formula = Latex(r"y = \mathrm{target}\left(x\right)")
    partials: ClassVar[Mapping[str, Rule]] = {}
    undifferentiated = frozenset({"xi"})  # by GraphLab; PyTorch takes the gradient
    outputs = ("out1", "out2")
    samples: ClassVar[tuple[Sample, ...]] = ()
    needs = ("forward", "shape", "vjp", "jvp", "lower")

    @staticmethod
    def forward(
        *xs: Array,
        target: str,
        arguments: str = "{}",
        outputs: int = 1,
        why: str = "",
        training: Training = EVALUATION,
    ) -> Any:
        raise OpError(_reason(target, why))

    @staticmethod
    def shape(*xs: Shape, target: str, why: str = "", **attributes: Any) -> Any:
        raise OpError(_reason(target, why))

    @classmethod
    def vjp(cls, upstream: Any, out: Any, *inputs: Any, **attributes: Any) -> tuple[Any, ...]:
        raise OpError(_reason(attributes["target"], attributes.get("why", "")))

    @classmethod
    def jvp(cls, tangents: Any, out: Any, *inputs: Any, **attributes: Any) -> Any:
        raise OpError(_reason(attributes["target"], attributes.get("why", "")))

    @classmethod
    def output_names(cls, **attributes: Any) -> tuple[str, ...]:
        count = attributes.get("outputs", 1)
        if not 1 <= count <= MAX_OUTPUTS:
            raise OpError(f"outputs is {count}, and must be 1 to {MAX_OUTPUTS}")
        return tuple(f"out{i + 1}" for i in range(count))

    @staticmethod
    def lower(
        torch: Any,
        *xs: Tensor,
        target: str,
        arguments: str = "{}",
        outputs: int = 1,
        why: str = "",
        training: bool = False,
    ) -> Any:
        """Call the target; raises ``OpError`` where this process or the closed list lacks it."""
        told = read_arguments(arguments)
        if target.startswith("module:"):
            return _several(_run_module(torch, target, told, xs, training))
        args = filled(told.get("args", []), xs, torch)
        kwargs = filled(told.get("kwargs", {}), xs, torch)
        if told.get("mode") is not None:  # the argument that says whether the model trains
            args, kwargs = _with_mode(args, kwargs, told["mode"], training)
        return _several(_plain(torch, callable_named(torch, target)(*args, **kwargs), xs))


def _reason(target: str, why: str) -> str:
    home, _, name = target.partition(":")
    told = why or "GraphLab has no op for it"
    if home == "onnx":  # PyTorch has no function for it either
        return f"{name:.80} of ONNX cannot be stepped: {told:.300}"
    return f"{target:.80} cannot be stepped: {told:.300}; it runs in PyTorch when it is compiled"


def read_arguments(text: str) -> Mapping[str, Any]:
    """The arguments of a call, written as JSON; raises ``OpError`` for anything else."""
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict) or _depth(found) > MAX_DEPTH:
        raise OpError("arguments is no JSON object of plain values: import the model anew")
    return found


def _depth(value: Any, depth: int = 0) -> int:
    if depth > MAX_DEPTH or not isinstance(value, dict | list):
        return depth
    inner = value.values() if isinstance(value, dict) else value
    return max((_depth(item, depth + 1) for item in inner), default=depth)


def filled(value: Any, xs: tuple[Tensor, ...], torch: Any) -> Any:
    """Arguments with tensors and torch's own constants where JSON names them."""
    if isinstance(value, list):
        return [filled(item, xs, torch) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"input": int(i), **rest} if 0 <= i < len(xs):
            kind = rest.get("kind", "float")
            return xs[i] if kind == "float" else xs[i].to(_dtype(torch, kind))
        case {"dtype": str(name)}:
            return _dtype(torch, name)
        case {"slice": [start, stop, step]}:
            return slice(*(filled(end, xs, torch) for end in (start, stop, step)))
        case {"tuple": list(items)}:
            return tuple(filled(item, xs, torch) for item in items)
        case {"number": str(text)} if text in ("inf", "-inf", "nan"):
            return float(text)
        case {"ellipsis": True}:
            return ...
    return {key: filled(item, xs, torch) for key, item in value.items()}


def _dtype(torch: Any, name: str) -> Any:
    known = {
        "int": torch.int64,
        "bool": torch.bool,
        **{f"torch.{n}": getattr(torch, n) for n in _DTYPES},
    }
    if name not in known:
        raise OpError(f"arguments names the type {name!r:.40}, which no tensor has")
    return known[name]


_DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "bool", "complex64")


_ONNX = "onnx:"


def callable_named(torch: Any, target: str) -> Any:
    """A function of PyTorch by its name, from a closed list.

    Raises ``OpError`` where the name is not on it.
    """
    if target.startswith("aten."):
        return _aten(torch, target)
    if target.startswith(_ONNX):
        raise OpError(
            f"{target.removeprefix(_ONNX)!r:.60} is an operator of ONNX that GraphLab has no op "
            "for, and PyTorch cannot run it either: replace the node by ops"
        )
    home, _, name = target.rpartition(".")
    if home in _NAMESPACES or home == _METHODS:
        found = _listed(torch, home).get(name)
        if found is not None:
            return found
    raise OpError(
        f"{target!r:.80} is no function of PyTorch that a graph may call: import the model anew"
    )


def _aten(torch: Any, target: str) -> Any:
    """An operator of torch.export that computes tensors and changes none."""
    parts = target.split(".")
    if len(parts) == 3 and all(re.fullmatch(r"[a-zA-Z0-9_]+", part) for part in parts):
        packet = getattr(torch.ops.aten, parts[1], None)
        found = getattr(packet, parts[2], None)
        schema = getattr(found, "_schema", None)
        if schema is not None and not schema.is_mutable and "file" not in parts[1]:
            return found
    raise OpError(
        f"{target!r:.80} is no operator of PyTorch that a graph may call: import the model anew"
    )


@cache
def _listed(torch: Any, home: str) -> dict[str, Any]:
    """The functions of one namespace that torch itself lists as overridable, by name."""
    owner: Any = torch
    for part in home.split(".")[1:]:
        owner = getattr(owner, part)
    listed = set(torch.overrides.get_overridable_functions().get(owner, []))
    listed.update(getattr(owner, name) for name in _UNLISTED.get(home, ()))
    return {
        name: function
        for name in dir(owner)
        if (not re.fullmatch(_WITHHELD, name) or name in _UNLISTED.get(home, ()))
        and isinstance(function := getattr(owner, name), Hashable)
        and function in listed
    }


def _with_mode(args: Any, kwargs: Any, where: Any, training: bool) -> tuple[Any, Any]:
    if isinstance(where, int) and 0 <= where < len(args):
        return [*args[:where], training, *args[where + 1 :]], kwargs
    return args, {**kwargs, str(where): training}


def _run_module(
    torch: Any, target: str, told: Mapping[str, Any], xs: tuple[Tensor, ...], training: bool
) -> Any:
    """Call a module of this process with the graph's own parameters."""
    _, token, name = target.split(":", 2)
    module = LIVE_MODULES.get(token)
    if module is None:
        raise OpError(
            f"{name} is a PyTorch module that a file cannot hold: import the model anew with "
            "graphlab.from_torch"
        )
    held = told.get("held", [])
    first = len(xs) - len(held)
    args = filled(told.get("args", []), xs[:first], torch)
    kwargs = filled(told.get("kwargs", {}), xs[:first], torch)
    if not isinstance(module, torch.nn.Module):
        return _plain(torch, module(*args, **kwargs), xs)
    module.train(training)
    tensors = dict(zip(held, xs[first:], strict=True))
    return _plain(torch, torch.func.functional_call(module, tensors, tuple(args), kwargs), xs)


def _plain(torch: Any, result: Any, xs: tuple[Tensor, ...]) -> Any:
    """The tensors of a result in order, ids and answers as floats like all values of a graph."""
    dtype = next((x.dtype for x in xs if x.is_floating_point()), torch.get_default_dtype())
    return [
        x if x.is_floating_point() or x.is_complex() else x.to(dtype)
        for x in torch.utils._pytree.tree_leaves(result)
        if isinstance(x, torch.Tensor)
    ]


def _several(found: list[Tensor]) -> Any:
    return tuple(found)
