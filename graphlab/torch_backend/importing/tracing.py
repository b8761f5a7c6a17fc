"""A module's calls as torch.fx records them, following every module down to torch's functions.

torch.fx lets modules of torch.nn stand as they are; here they are followed too, so that there is
one table of functions and parameters come out where they are used.  Only modules whose forward
asks a tensor about its shape stand (``MODULES``).
"""

from __future__ import annotations

import inspect
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from graphlab.torch_backend.importing.building import Scope
from graphlab.torch_backend.importing.table import MODULES


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
    tracer = _tracer(torch, root, standing)
    assumes_mode = False
    try:
        try:
            with _recognised_mode(root):
                graph = tracer.trace(root, concrete_args=dict(settings) or None)
        except TypeError as error:
            if Mode.__name__ not in str(error):
                raise
            assumes_mode = True  # some of torch's functions take nothing but a bool
            tracer = _tracer(torch, root, standing)
            graph = tracer.trace(root, concrete_args=dict(settings) or None)
    except Exception as error:  # the model's own code runs here, and may fail in any way
        reason = str(error).strip().split("\n")[0]
        raise UntraceableError(f"{type(error).__name__}: {reason}", tracer.path) from error
    if not torch.equal(drawn, torch.random.get_rng_state()):
        raise UntraceableError("it draws random numbers that depend on no input")
    sources: dict[str, tuple[str, Any]] = {}
    for node in graph.nodes:
        if node.op == "placeholder":
            # A setting's placeholder is numbered by fx and read by nothing but an assertion.
            known = node.target if node.target in inputs else node.target.rsplit("_", 1)[0]
            if known in inputs:
                sources[node.name] = ("input", known)
        elif node.op == "get_attr":
            sources[node.name] = tracer.told.get(node.target) or ("parameter", node.target)
    nodes = list(graph.nodes)
    frozen = tracer.frozen
    return Trace(root, nodes, sources, tracer.scopes, inputs, False, frozen, assumes_mode)


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


def named_tensors(root: Any) -> dict[int, str]:
    """The first name of every parameter and buffer, by the tensor's identity."""
    found: dict[int, str] = {}
    for each in (root.named_parameters(), root.named_buffers()):
        for name, tensor in each:
            found.setdefault(id(tensor), name)
    return found


def _tracer(torch: Any, root: Any, standing: Collection[str]) -> Any:
    """A tracer of torch.fx that follows torch.nn, knows scopes and records ``x += y``."""
    fx = torch.fx
    paths: dict[int, str] = {id(module): path for path, module in root.named_modules()}
    tensors = named_tensors(root)
    takes_gradients = torch.is_grad_enabled()
    unfollowed = tuple(
        found for name in UNFOLLOWED if (found := getattr(torch.nn, name, None)) is not None
    )

    class InPlaceProxy(fx.Proxy):  # type: ignore[misc, name-defined]
        """``x += y`` changes x, and whoever else looks at it."""

    for sign in ("iadd", "isub", "imul", "itruediv", "ipow"):
        setattr(InPlaceProxy, f"__{sign}__", _in_place(sign))

    class Follower(fx.Tracer):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            super().__init__(param_shapes_constant=True)
            self.scopes: dict[Any, Scope] = {}
            self.inside: Scope = ()
            self.path = ""
            self.calls: Counter[tuple[Scope, str]] = Counter()
            self.told: dict[str, tuple[str, Any]] = {}
            self.frozen: set[Any] = set()

        def is_leaf_module(self, module: Any, path: str) -> bool:
            if path in standing:
                return True
            if isinstance(module, unfollowed):
                self.path = path
                raise UntraceableError(f"{type(module).__name__} asks a tensor for its shape")
            return type(module).__name__ in MODULES and type(module).__module__.startswith("torch.")

        def path_of_module(self, module: Any) -> str:
            path = paths.get(id(module))
            if path is None:
                raise UntraceableError("a module is made while it runs")
            return path

        def call_module(self, module: Any, forward: Any, args: Any, kwargs: Any) -> Any:
            around = self.inside, self.path
            path = self.path_of_module(module)
            self.inside = scope_of(path, *around, self.calls)
            self.path = path
            result = super().call_module(module, forward, args, kwargs)
            self.inside, self.path = around  # not after a failure, which is told by its path
            return result

        def create_node(self, *args: Any, **kwargs: Any) -> Any:
            node = super().create_node(*args, **kwargs)
            self.scopes[node] = self.inside
            if takes_gradients and not torch.is_grad_enabled():
                self.frozen.add(node)
            return node

        def create_arg(self, value: Any) -> Any:
            if isinstance(value, torch.Tensor) and id(value) not in tensors:
                name = f"constant_{len(self.told)}"
                self.told[name] = ("constant", value)
                return self.create_node("get_attr", name, (), {})
            return super().create_arg(value)

        def proxy(self, node: Any) -> Any:
            return InPlaceProxy(node, self)

        def getattr(self, name: str, value: Any, cache: dict[str, Any]) -> Any:
            path = tensors.get(id(value)) if isinstance(value, torch.Tensor) else None
            if path is None:
                return value
            if path not in cache:
                cache[path] = self.create_proxy("get_attr", path, (), {})
            return cache[path]

    return Follower()


def _in_place(sign: str) -> Any:
    import operator

    function = getattr(operator, sign)

    def change(self: Any, other: Any) -> Any:
        return self.tracer.create_proxy("call_function", function, (self, other), {})

    return change


def scope_of(path: str, around: Scope, outer: str, calls: Counter[tuple[Scope, str]]) -> Scope:
    """The scope of a call of the module at ``path`` from inside the module at ``outer``.

    A module called again gets a scope of its own, so that no group has its output for an input.
    """
    prefix = f"{outer}." if outer else ""
    if path.startswith(prefix):
        members = path[len(prefix) :].split(".")
    else:
        members, around = path.split("."), ()
    calls[around, path] += 1
    inner = tuple((member, 1) for member in members[:-1])
    return (*around, *inner, (members[-1], calls[around, path]))


def is_followable(root: Any) -> bool:
    """Whether torch.fx knows the arguments of its forward by name."""
    kinds = {p.kind for p in inspect.signature(root.forward).parameters.values()}
    return not kinds & {inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD}


UNFOLLOWED = (
    "RNNBase",
    "RNNCellBase",
    "MultiheadAttention",
    "Transformer",
    "TransformerEncoder",
    "TransformerDecoder",
    "TransformerEncoderLayer",
    "TransformerDecoderLayer",
    "EmbeddingBag",
    "AdaptiveLogSoftmaxWithLoss",
)
"""Classes of torch.nn whose forward asks for shapes and has no builder: torch.export takes them."""


def standing_trace(root: Any, inputs: Mapping[str, Any], settings: Mapping[str, Any]) -> Trace:
    """The whole module as one call that is not followed."""
    import torch

    graph = torch.fx.Graph()
    nodes = {name: graph.placeholder(name) for name in inputs}
    call = graph.create_node("call_module", "", (), {**settings, **nodes})
    result = graph.output(call)
    sources = {node.name: ("input", name) for name, node in nodes.items()}
    return Trace(root, [*nodes.values(), call, result], sources, {}, inputs)
