"""A PyTorch module as a graph."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphlab.errors import GraphError
from graphlab.graph import Graph
from graphlab.torch_backend.importing.building import FixedBatchError
from graphlab.torch_backend.importing.exported import export
from graphlab.torch_backend.importing.families import load_builders
from graphlab.torch_backend.importing.naming import named_graph
from graphlab.torch_backend.importing.tracing import (
    Trace,
    UntraceableError,
    is_followable,
    standing_trace,
    trace,
)
from graphlab.torch_backend.importing.walking import SharedMemoryError, Walk

MAX_STANDING = 64
"""So many modules whose code cannot be followed are looked for one by one; then all is one node."""


def from_torch(module: Any, example_inputs: Any = ()) -> Graph:
    """The graph that computes what ``module`` computes, its weights in it.

    ``example_inputs`` is a tensor, a tuple of them in the order of ``forward``, or a dict by the
    names of its arguments; what is no tensor is kept as it is.  Their shapes decide sizes that the
    code asks for; the batch, the first axis, stays open where the code allows it.

    torch.fx records the calls, torch.export where the code decides by shapes or takes ``*args``.
    Modules become nested groups, parameters and buffers keep their names and values, calls in place
    become plain ones.  What no op stands for becomes an opaque node, which PyTorch runs when the
    graph is compiled.  Raises ``GraphError`` where the module fails on the example, or gives no
    tensor.
    """
    import torch

    if not isinstance(module, torch.nn.Module):
        raise GraphError(
            f"{type(module).__name__} is no torch.nn.Module: give from_torch a module and its "
            "example inputs"
        )
    load_builders()
    args, kwargs = _arguments(torch, example_inputs)
    _check_call(torch, module, args, kwargs)
    reasons: list[str] = []
    for found in _traces(torch, module, args, kwargs, reasons):
        try:
            walk = _walked(found)
        except SharedMemoryError:
            reasons.append("it writes into a part of a tensor")
            continue
        except GraphError as error:
            if not found.exported:
                raise
            reasons.append(str(error))
            continue
        return named_graph(walk.build.uses, walk.outputs, _own_classes(module))
    raise GraphError(f"{type(module).__name__} cannot be imported: {reasons[-1]}")


def _own_classes(module: Any) -> dict[str, str]:
    """The names of the model's own classes, by path; torch's say no more than the path does."""
    return {
        path: type(each).__name__
        for path, each in module.named_modules()
        if not type(each).__module__.startswith("torch.")
    }


def _walked(found: Trace) -> Walk:
    try:
        return Walk(found, open_batch=True).run()
    except FixedBatchError:
        return Walk(found, open_batch=False).run()


def _traces(
    torch: Any,
    module: Any,
    args: Sequence[Any],
    kwargs: Mapping[str, Any],
    reasons: list[str],
) -> Iterator[Trace]:
    """Recordings of the module, the plainest first."""
    given = inspect.signature(module.forward).bind(*args, **kwargs)
    given.apply_defaults()
    tensors = {k: v for k, v in given.arguments.items() if isinstance(v, torch.Tensor)}
    settings = {k: v for k, v in given.arguments.items() if k not in tensors}
    by_fx = is_followable(module) and not any(_holds_tensor(torch, v) for v in settings.values())
    if by_fx:
        try:
            yield trace(module, tensors, settings)
        except UntraceableError as error:
            reasons.append(str(error))
    for functional in (False, True):
        try:
            yield export(module, args, kwargs, functional=functional)
        except UntraceableError as error:
            reasons.append(str(error))
            break
    standing: set[str] = set()
    while by_fx and len(standing) < MAX_STANDING:
        try:
            yield trace(module, tensors, settings, standing)
            break
        except UntraceableError as error:
            if not error.path:
                break
            standing.add(error.path)
    if by_fx:
        yield standing_trace(module, tensors, settings)


def _holds_tensor(torch: Any, value: Any) -> bool:
    return any(isinstance(x, torch.Tensor) for x in torch.utils._pytree.tree_leaves(value))


def _arguments(torch: Any, example: Any) -> tuple[tuple[Any, ...], dict[str, Any]]:
    if isinstance(example, torch.Tensor):
        return (example,), {}
    if isinstance(example, Mapping):
        return (), dict(example)
    if isinstance(example, tuple | list):
        return tuple(example), {}
    raise GraphError(
        f"the example inputs are a {type(example).__name__}: give a tensor, a tuple of tensors, or "
        "a dict of them by argument"
    )


def _check_call(torch: Any, module: Any, args: Any, kwargs: Any) -> None:
    """Raise ``GraphError`` where the arguments do not fit; lazy modules get their parameters."""
    try:
        inspect.signature(module.forward).bind(*args, **kwargs)
    except TypeError as error:
        wanted = ", ".join(inspect.signature(module.forward).parameters)
        raise GraphError(
            f"{type(module).__name__} takes {wanted or 'no inputs'}, and the example inputs do not "
            f"fit: {error}"
        ) from None
    lazy = torch.nn.parameter.is_lazy
    if any(lazy(x) for x in (*module.parameters(), *module.buffers())):
        try:
            with torch.no_grad():
                module(*args, **kwargs)
        except Exception as error:  # the model's own code
            raise GraphError(
                f"{type(module).__name__} fails on the example inputs: {error}"
            ) from None
