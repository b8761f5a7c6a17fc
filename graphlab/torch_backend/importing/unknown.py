"""Calls that no op stands for become opaque nodes: shown, run in PyTorch, never stepped."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any
from uuid import uuid4

from graphlab.errors import GraphError
from graphlab.ops import op_named
from graphlab.ops.broadcasting import Shape
from graphlab.ops.opaque import LIVE_MODULES, MAX_OUTPUTS
from graphlab.torch_backend.importing.building import Build, FixedBatchError, Kind, Wire, kind_of
from graphlab.torch_backend.importing.calling import Call, mode_at
from graphlab.torch_backend.importing.quiet import quietly
from graphlab.torch_backend.importing.sizes import mapped
from graphlab.torch_backend.importing.tracing import Mode


def opaque_call(build: Build, call: Call, args: Any, kwargs: Any, why: str) -> Any:
    """A call of one of torch's functions as an opaque node.

    Returns wires in the structure of its result.  Raises ``GraphError`` for a call that a file
    could not name.
    """
    call, args = _named(call, args)
    function = call.function
    if not call.target or function is None:
        token = _keep(call.function)
        target = f"module:{token}:{call.name}"
    else:
        target = call.target
    wires: list[Wire] = []
    told = {"args": _written(list(args), wires, build), "kwargs": _written(kwargs, wires, build)}
    mode = mode_at(call, args, kwargs)
    if mode is not None:
        told["mode"] = mode
    return _node(build, target, call.name, wires, told, why, _calling(function), (args, kwargs))


def _named(call: Call, args: Any) -> tuple[Call, Any]:
    """``x.real`` is the function torch.real."""
    import torch

    if call.name == "getattr" and callable(found := getattr(torch, str(args[1]), None)):
        return Call(args[1], f"torch.{args[1]}", found, None), args[:1]
    return call, args


def opaque_module(
    build: Build, call: Call, args: Any, kwargs: Any, held: dict[str, Wire], why: str
) -> Any:
    """A module that this process keeps alive as an opaque node, its parameters among its inputs."""
    wires: list[Wire] = []
    told = {
        "args": _written(list(args), wires, build),
        "kwargs": _written(kwargs, wires, build),
        "held": list(held),
    }
    target = f"module:{_keep(call.module)}:{call.name}"
    wires += held.values()
    with _unmoved(call.module):
        given = args, kwargs
        return _node(build, target, call.name, wires, told, why, _calling(call.module), given)


@contextmanager
def _unmoved(module: Any) -> Iterator[None]:
    """Keep the buffers of a module that is called only to see the shapes it gives."""
    import torch

    kept = [(buffer, buffer.clone()) for buffer in module.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, before in kept:
                buffer.copy_(before)


def _calling(function: Any) -> Callable[[Any, Any], Any]:
    return lambda args, kwargs: function(*args, **kwargs)


def _keep(module: Any) -> str:
    token = uuid4().hex
    LIVE_MODULES[token] = module
    return token


def _node(
    build: Build,
    target: str,
    stem: str,
    wires: list[Wire],
    told: dict[str, Any],
    why: str,
    function: Callable[[Any, Any], Any],
    call: Any,
) -> Any:
    import torch

    result, other = _results(torch, build, function, call)
    tree = torch.utils._pytree
    flat, structure = tree.tree_flatten(result)
    flat_other = tree.tree_leaves(other)
    tensors = [i for i, x in enumerate(flat) if isinstance(x, torch.Tensor)]
    if len(flat) != len(flat_other):
        raise FixedBatchError
    if not 0 < len(tensors) <= MAX_OUTPUTS:
        raise GraphError(f"{target} cannot be imported: it gives {len(tensors)} tensors")
    if not wires and build.first is not None:
        wires.append(build.first)  # a node that draws numbers stands after the inputs too
    op = op_named("opaque")
    attributes: dict[str, Any] = {"target": target, "arguments": json.dumps(told), "why": why}
    if len(tensors) > 1:
        attributes["outputs"] = len(tensors)
    shapes = [(tuple(flat[i].shape), tuple(flat_other[i].shape)) for i in tensors]
    kinds: list[Kind] = [kind_of(flat[i]) for i in tensors]
    fed = {f"x{i + 1}": wire for i, wire in enumerate(wires)}
    made = build.use(op, fed, op.check_attributes(attributes), shapes, kinds, stem)
    for i, wire in zip(tensors, made, strict=True):
        flat[i] = wire
    return tree.tree_unflatten(flat, structure)


def _results(torch: Any, build: Build, function: Any, call: Any) -> tuple[Any, Any]:
    """What a call gives for the example's shapes, and for those of another batch."""
    with quietly():
        result = _tried(torch, function, call, lambda wire: wire.shape)
        other = _tried(torch, function, call, lambda wire: wire.other)
    if isinstance(result, Exception):
        place = ".".join(member for member, _ in build.scope) or "the module"
        reason = str(result).strip().split("\n")[0] or type(result).__name__
        raise GraphError(f"{place} fails on the example inputs: {reason:.300}")
    if isinstance(other, Exception):
        raise FixedBatchError
    return result, other


def _tried(torch: Any, function: Any, call: Any, shape: Callable[[Wire], Shape]) -> Any:
    """The result of a call on tensors of these shapes, without numbers where torch can do that.

    Where it fails, what it raised comes back.  Fake tensors, not ``meta`` ones: an LSTM of meta
    tensors can end the process.
    """
    dtypes = {"float": torch.float32, "int": torch.int64, "bool": torch.bool}
    failure: Exception | None = None
    fake = torch._subclasses.FakeTensorMode(allow_non_fake_inputs=True)
    for mode in (fake, nullcontext()):

        def filled(leaf: Any) -> Any:
            if isinstance(leaf, Wire):
                return torch.zeros(shape(leaf), dtype=dtypes[leaf.kind])
            return bool(leaf) if isinstance(leaf, Mode) else leaf

        try:
            with torch.no_grad(), mode:
                return function(*mapped(call, filled))
        except Exception as error:  # a fake tensor has no numbers; zeros are tried next
            failure = error
    return failure


def _written(value: Any, wires: list[Wire], build: Build) -> Any:
    """Arguments as JSON; wires are numbered in the order they come."""
    if isinstance(value, list):
        return [_written(item, wires, build) for item in value]
    if isinstance(value, tuple):
        return {"tuple": [_written(item, wires, build) for item in value]}
    if isinstance(value, dict):
        return {str(key): _written(item, wires, build) for key, item in value.items()}
    if isinstance(value, slice):
        ends = (value.start, value.stop, value.step)
        return {"slice": [_written(end, wires, build) for end in ends]}
    if hasattr(value, "detach"):
        value = build.lift(value)
    if isinstance(value, Wire):
        wires.append(value)
        kind = {} if value.kind == "float" else {"kind": value.kind}
        return {"input": len(wires) - 1, **kind}
    return _plainly(value)


def _plainly(value: Any) -> Any:
    if value is ...:
        return {"ellipsis": True}
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, Mode):
        return bool(value)
    if isinstance(value, int | float):
        return value
    told = str(value)
    if told.startswith("torch.") and type(value).__name__ == "dtype":
        return {"dtype": told}
    if type(value).__name__ in ("device", "layout", "memory_format", "Generator"):
        return None
    raise GraphError(
        f"the model calls a function with a {type(value).__name__}, which a graph cannot hold: "
        "give it plain numbers, words and tensors"
    )
