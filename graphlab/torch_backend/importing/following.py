"""The tracer of torch.fx that follows torch.nn too; imported only where torch is wanted."""

from __future__ import annotations

import operator
from collections import Counter
from collections.abc import Callable, Collection
from typing import Any

import torch
from torch import fx

from graphlab.torch_backend.importing.building import Scope
from graphlab.torch_backend.importing.table import MODULES
from graphlab.torch_backend.importing.tracing import UntraceableError

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

_UNFOLLOWED = tuple(
    found for name in UNFOLLOWED if (found := getattr(torch.nn, name, None)) is not None
)


class InPlaceProxy(fx.Proxy):
    """``x += y`` changes x, and whoever else looks at it; torch.fx alone makes a new x of it."""

    def __iadd__(self, other: Any) -> Any:
        return self._changed(operator.iadd, other)

    def __isub__(self, other: Any) -> Any:
        return self._changed(operator.isub, other)

    def __imul__(self, other: Any) -> Any:
        return self._changed(operator.imul, other)

    def __itruediv__(self, other: Any) -> Any:
        return self._changed(operator.itruediv, other)

    def __ipow__(self, other: Any) -> Any:
        return self._changed(operator.ipow, other)

    def _changed(self, function: Callable[[Any, Any], Any], other: Any) -> Any:
        return self.tracer.create_proxy("call_function", function, (self, other), {})


class Follower(fx.Tracer):
    """Records the calls of one module, and in which module each is made.

    ``scopes`` has the modules around every node, ``told`` the tensors that are neither parameter
    nor buffer, ``frozen`` the nodes recorded while torch took no gradients; ``path`` is the module
    that was being read when something failed.
    """

    def __init__(self, root: Any, standing: Collection[str]) -> None:
        super().__init__(param_shapes_constant=True)
        self.scopes: dict[Any, Scope] = {}
        self.told: dict[str, tuple[str, Any]] = {}
        self.frozen: set[Any] = set()
        self.path = ""
        self._inside: Scope = ()
        self._calls: Counter[tuple[Scope, str]] = Counter()
        self._standing = standing
        self._takes_gradients = torch.is_grad_enabled()
        self._paths: dict[int, str] = {id(module): path for path, module in root.named_modules()}
        self._tensors: dict[int, str] = {}
        for each in (root.named_parameters(), root.named_buffers()):
            for name, tensor in each:
                self._tensors.setdefault(id(tensor), name)

    def is_leaf_module(self, module: Any, path: str) -> bool:
        if path in self._standing:
            return True
        if isinstance(module, _UNFOLLOWED):
            self.path = path
            raise UntraceableError(f"{type(module).__name__} asks a tensor for its shape")
        return type(module).__name__ in MODULES and type(module).__module__.startswith("torch.")

    def path_of_module(self, module: Any) -> str:
        path = self._paths.get(id(module))
        if path is None:
            raise UntraceableError("a module is made while it runs")
        return path

    def call_module(self, module: Any, forward: Any, args: Any, kwargs: Any) -> Any:
        around = self._inside, self.path
        path = self.path_of_module(module)
        self._inside = scope_of(path, *around, self._calls)
        self.path = path
        result = super().call_module(module, forward, args, kwargs)
        self._inside, self.path = around  # not after a failure, which is told by its path
        return result

    def create_node(self, *args: Any, **kwargs: Any) -> Any:
        node = super().create_node(*args, **kwargs)
        self.scopes[node] = self._inside
        if self._takes_gradients and not torch.is_grad_enabled():
            self.frozen.add(node)
        return node

    def create_arg(self, value: Any) -> Any:
        if isinstance(value, torch.Tensor) and id(value) not in self._tensors:
            name = f"constant_{len(self.told)}"
            self.told[name] = ("constant", value)
            return self.create_node("get_attr", name, (), {})
        return super().create_arg(value)

    def proxy(self, node: Any) -> Any:
        return InPlaceProxy(node, self)

    def getattr(self, name: str, value: Any, cache: dict[str, Any]) -> Any:
        path = self._tensors.get(id(value)) if isinstance(value, torch.Tensor) else None
        if path is None:
            return value
        if path not in cache:
            cache[path] = self.create_proxy("get_attr", path, (), {})
        return cache[path]


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
