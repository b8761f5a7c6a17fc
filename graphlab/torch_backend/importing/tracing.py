"""A module's calls as torch.fx records them, following every module down to torch's functions.

torch.fx lets modules of torch.nn stand as they are; here they are followed too, so that there is
one table of functions and parameters come out where they are used.  Only modules whose forward
asks a tensor about its shape stand.
"""

from __future__ import annotations

import inspect
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

from graphlab.torch_backend.importing.building import Scope


class Mode(int):
    """``module.training`` while it is traced: it says no more than 0 or 1, and is recognised."""


@dataclass(frozen=True)
class Trace:
    """The calls of a module in order, and what its placeholders stand for.

    ``nodes`` are those of torch.fx.  ``sources`` has, by name of a placeholder or get_attr node,
    the kind (input, parameter, buffer, constant) and the name or the tensor; ``examples`` the
    example by input.
    """

    root: Any
    nodes: list[Any]
    sources: Mapping[str, tuple[str, Any]]
    scopes: Mapping[Any, Scope]
    examples: Mapping[str, Any]
    exported: bool = False
    frozen: Collection[Any] = ()  # calls made where torch takes no gradients
    assumes_mode: bool = False  # a flag for training could not be told from a plain True
    outputs: int | None = None  # how many of the last outputs are the model's own; None for all


class UntraceableError(Exception):
    """A module's code cannot be followed; ``path`` is the module it happened in."""

    def __init__(self, reason: str, path: str = "") -> None:
        super().__init__(reason)
        self.path = path


def trace(
    root: Any,
    inputs: Mapping[str, Any],
    settings: Mapping[str, Any],
    standing: Collection[str] = (),
) -> Trace:
    """Record ``root`` by torch.fx; raises ``UntraceableError`` where its code cannot be followed.

    ``inputs`` are the tensors by argument, ``settings`` all other arguments; the modules at the
    paths of ``standing`` are not followed.
    """
    import torch

    drawn = torch.random.get_rng_state()
    follower, graph, assumes_mode = _followed(root, settings, standing)
    if not torch.equal(drawn, torch.random.get_rng_state()):
        raise UntraceableError("it draws random numbers that depend on no input")
    sources: dict[str, tuple[str, Any]] = {}
    nodes = list(graph.nodes)
    for node in nodes:
        if node.op == "placeholder":
            # A setting's placeholder is numbered by fx and read by nothing but an assertion.
            known = node.target if node.target in inputs else node.target.rsplit("_", 1)[0]
            if known in inputs:
                sources[node.name] = ("input", known)
        elif node.op == "get_attr":
            sources[node.name] = follower.told.get(node.target) or ("parameter", node.target)
    return Trace(
        root, nodes, sources, follower.scopes, inputs, False, follower.frozen, assumes_mode
    )


def _followed(root: Any, settings: Mapping[str, Any], standing: Collection[str]) -> Any:
    """The tracer, its record, and whether flags for training had to be plain ones.

    Some of torch's functions take nothing but a bool, and so no ``Mode``.
    """
    from graphlab.torch_backend.importing.following import Follower

    for recognised in (True, False):
        follower = Follower(root, standing)
        try:
            with _recognised_mode(root) if recognised else nullcontext():
                graph = follower.trace(root, concrete_args=dict(settings) or None)
            return follower, graph, not recognised
        except Exception as error:  # the model's own code runs here, and may fail in any way
            if recognised and isinstance(error, TypeError) and Mode.__name__ in str(error):
                continue
            reason = str(error).strip().split("\n")[0]
            raise UntraceableError(f"{type(error).__name__}: {reason}", follower.path) from error
    raise UntraceableError("its mode cannot be followed")


@contextmanager
def _recognised_mode(root: Any) -> Iterator[None]:
    """Let ``module.training`` be a ``Mode``, so that a call tells it from a True of its own."""
    modules = list(root.modules())
    before = [module.training for module in modules]
    for module in modules:
        module.__dict__["training"] = Mode(module.training)
    try:
        yield
    finally:
        for module, training in zip(modules, before, strict=True):
            module.__dict__["training"] = training


def is_followable(root: Any) -> bool:
    """Whether torch.fx knows the arguments of its forward by name."""
    kinds = {p.kind for p in inspect.signature(root.forward).parameters.values()}
    return not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


def standing_trace(root: Any, inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> Trace:
    """The whole module as one call that is not followed."""
    import torch

    graph = torch.fx.Graph()
    nodes = {name: graph.placeholder(name) for name in inputs}
    call = graph.create_node("call_module", "", (), {**settings, **nodes})
    result = graph.output(call)
    sources = {node.name: ("input", name) for name, node in nodes.items()}
    return Trace(root, [*nodes.values(), call, result], sources, {}, inputs)
