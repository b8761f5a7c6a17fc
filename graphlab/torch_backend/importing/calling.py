"""What one recorded call is: torch's plain name for it, its builder, and how to run it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from graphlab.torch_backend.importing.table import BUILDERS, MODULES, Builder
from graphlab.torch_backend.importing.tracing import Mode

_RANDOM = ("rand", "randn", "randint", "randperm", "normal", "bernoulli", "multinomial", "poisson")

_SIGNS = {
    "and_": "bitwise_and",
    "or_": "bitwise_or",
    "xor": "bitwise_xor",
    "invert": "bitwise_not",
    "truediv": "div",
    "floordiv": "floor_divide",
    "mod": "remainder",
}
_MUTABLE_SIGNS = {
    "iadd": "add",
    "isub": "sub",
    "imul": "mul",
    "itruediv": "div",
    "ipow": "pow",
}


@dataclass(frozen=True, slots=True)
class Call:
    """One recorded call.

    ``name`` is torch's plain name, ``target`` the one an opaque node keeps (empty where only this
    process can call it), ``function`` runs it.
    """

    name: str
    target: str
    function: Callable[..., Any] | None
    builder: Builder | None
    in_place: bool = False
    module: Any = None
    path: str = ""

    @property
    def is_random(self) -> bool:
        """Whether it draws its numbers, given a tensor or not."""
        return self.name.removesuffix("_like") in _RANDOM

    def says_in_place(self, args: Any) -> bool:
        """Whether an ``inplace`` given by position is true."""
        if self.builder is None or "inplace" not in self.builder.signature.parameters:
            return False
        place = list(self.builder.signature.parameters).index("inplace") - 1  # after the build
        return len(args) > place and bool(args[place])


def call_of(node: Any, modules: Any) -> Call:
    """Read one node of torch.fx; ``modules`` gives the module at a path."""
    if node.op == "call_module":
        module = modules(node.target)
        name = type(module).__name__
        is_known = type(module).__module__.startswith("torch.")
        return Call(
            name, "", None, MODULES.get(name) if is_known else None, module=module, path=node.target
        )
    if node.op == "call_method":
        return _method(node.target)
    return _function(node.target)


@cache
def _method(name: str) -> Call:
    def function(self: Any, *args: Any, **kwargs: Any) -> Any:
        return getattr(self, name)(*args, **kwargs)

    plain, in_place = _plain(name)
    builder = BUILDERS.get(f"Tensor.{plain}") or BUILDERS.get(plain)
    return Call(plain, f"torch.Tensor.{plain}", function, builder, in_place)


@cache
def _function(function: Any) -> Call:
    schema = getattr(function, "_schema", None)
    if schema is not None:
        return _exported(function, schema)
    raw = _renamed().get(id(function), str(getattr(function, "__name__", "")))
    home = str(getattr(function, "__module__", ""))
    if home == "_operator":
        name = {**_SIGNS, **_MUTABLE_SIGNS}.get(raw, raw)
        target = "torch.Tensor.__getitem__" if raw == "getitem" else f"torch.{name}"
        return Call(name, target, function, BUILDERS.get(name), raw in _MUTABLE_SIGNS)
    plain, in_place = _plain(raw)
    return Call(plain, _target(function, plain), function, BUILDERS.get(plain), in_place)


def _exported(function: Any, schema: Any) -> Call:
    base = schema.name.split("::")[1]
    plain, in_place = _plain(base)
    if schema.name.split("::")[0] != "aten":
        return Call(plain, "", function, None)
    overload = schema.overload_name or "default"
    builder = BUILDERS.get(f"aten.{plain}") or BUILDERS.get(plain)
    return Call(plain, f"aten.{plain}.{overload}", function, builder, in_place)


def _plain(name: str) -> tuple[str, bool]:
    """A name without the mark of a change in place, and whether it had one."""
    in_place = name.endswith("_") and not name.endswith("__")
    return (name[:-1], True) if in_place else (name, False)


def _target(function: Any, name: str) -> str:
    """The dotted name by which PyTorch offers a function; empty where it does not."""
    import torch

    homes = {
        "torch": torch,
        "torch.nn.functional": torch.nn.functional,
        "torch.linalg": torch.linalg,
        "torch.fft": torch.fft,
        "torch.special": torch.special,
    }
    for home, module in homes.items():
        for told in (name, name.removeprefix(f"{home.rpartition('.')[2]}_")):
            if getattr(module, told, None) is function:
                return f"{home}.{told}"
    return ""


@cache
def _renamed() -> dict[int, str]:
    """torch's functions that are offered under another name than their own, by identity.

    So is max_pool2d, which a flag chooses from two.
    """
    import torch

    return {
        id(function): name
        for name, function in vars(torch.nn.functional).items()
        if getattr(function, "__name__", name) != name
        and (function.__name__ == "fn" or function.__name__ == f"_{name}")
    }


def mode_at(call: Call, args: Any, kwargs: Any) -> Any:
    """Where a call is told whether the model trains: a position, a keyword, or None."""
    for where, value in (*enumerate(args), *kwargs.items()):
        if isinstance(value, Mode):
            return where
    schema = getattr(call.function, "_schema", None)
    if schema is not None:
        for place, argument in enumerate(schema.arguments):
            if argument.name in ("train", "training") and place < len(args):
                return place
    return None
