"""A module's calls as torch.export records them, for code that torch.fx cannot follow."""

from __future__ import annotations

import inspect
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.torch_backend.importing.building import Scope
from graphlab.torch_backend.importing.quiet import quietly
from graphlab.torch_backend.importing.tracing import Trace, UntraceableError


def export(
    root: Any, args: Sequence[Any], kwargs: Mapping[str, Any], *, functional: bool = False
) -> Trace:
    """Record ``root`` by torch.export, the batch left open where the model allows it.

    With ``functional`` what writes into a part of a tensor becomes a new tensor.  Raises
    ``UntraceableError`` where torch.export gives up too.
    """
    import torch

    given = inspect.signature(root.forward).bind(*args, **kwargs)
    with quietly():
        try:
            program, used = _open_program(torch, root, given)
        except Exception:  # what it takes at any size of batch, it may take at the example's
            try:
                program, used = torch.export.export(root, given.args, given.kwargs), given
            except Exception as error:  # the model's own code runs here, and may fail in any way
                raise UntraceableError(_first_line(error)) from error
        if functional:
            program = program.run_decompositions({})
    nodes = list(program.graph.nodes)
    sources = _sources(program)
    flat = torch.utils._pytree.tree_leaves((used.args, used.kwargs))
    names = [spec.arg.name for spec in _inputs(program)]
    examples = {
        name: value
        for name, value in zip(names, flat, strict=True)
        if isinstance(value, torch.Tensor)
    }
    wanted = len(program.graph_signature.user_outputs)
    return Trace(root, nodes, sources, _scopes(nodes), examples, exported=True, outputs=wanted)


def _open_program(torch: Any, root: Any, given: inspect.BoundArguments) -> tuple[Any, Any]:
    """A program for any batch, and the arguments it was recorded with.

    torch.export takes a length of 1 for a constant, so one example is doubled.
    """
    tree = torch.utils._pytree
    sized = [x for x in tree.tree_leaves(given.arguments) if isinstance(x, torch.Tensor) and x.ndim]
    batch = sized[0].shape[0] if sized else 0

    def is_open(x: Any) -> bool:
        return isinstance(x, torch.Tensor) and x.ndim > 0 and x.shape[0] == batch

    used = inspect.signature(root.forward).bind(*given.args, **given.kwargs)
    if batch == 1:
        doubled = tree.tree_map(lambda x: torch.cat([x, x]) if is_open(x) else x, given.arguments)
        used.arguments.update(doubled)
    auto = torch.export.Dim.AUTO
    opened = tree.tree_map(lambda x: {0: auto} if is_open(x) else None, dict(given.arguments))
    program = torch.export.export(root, used.args, used.kwargs, dynamic_shapes=opened)
    return program, used


def _inputs(program: Any) -> list[Any]:
    """What the user gives, in order."""
    specs = program.graph_signature.input_specs
    return [spec for spec in specs if spec.kind.name == "USER_INPUT"]


def _sources(program: Any) -> dict[str, tuple[str, Any]]:
    found: dict[str, tuple[str, Any]] = {}
    for spec in program.graph_signature.input_specs:
        name = spec.arg.name
        match spec.kind.name:
            case "USER_INPUT":
                found[name] = ("input", name)
            case "PARAMETER":
                found[name] = ("parameter", spec.target)
            case "BUFFER":
                found[name] = ("buffer", spec.target)
            case "CONSTANT_TENSOR":
                found[name] = ("constant", program.constants[spec.target])
    return found


def _scopes(nodes: Sequence[Any]) -> dict[Any, Scope]:
    """Per node the modules around it; a module called again is told apart by its key's ``@1``."""
    calls: dict[tuple[Scope, str], dict[str, int]] = defaultdict(dict)
    found: dict[Any, Scope] = {}
    for node in nodes:
        scope: Scope = ()
        outer = ""
        for key, (path, kind) in (node.meta.get("nn_module_stack") or {}).items():
            if not path or not isinstance(kind, str) or path.startswith("_empty"):
                continue
            inside = path.startswith(f"{outer}.") if outer else True
            scope = scope if inside else ()
            members = (path[len(outer) + 1 :] if outer and inside else path).split(".")
            known = calls[scope, path]
            number = known.setdefault(key, len(known) + 1)
            scope = (*scope, *((m, 1) for m in members[:-1]), (members[-1], number))
            outer = path
        found[node] = scope
    return found


def _first_line(error: Exception) -> str:
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return f"{type(error).__name__}: {lines[0] if lines else 'no reason given'}"
