"""The modules that a graph becomes, where PyTorch has none of its own.

Imported only where torch is wanted.
"""

from __future__ import annotations

import copy
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from graphlab.ops.contract import Op, Tensor
from graphlab.torch_backend.exact import Origin


class Block(nn.Module):
    """A group of the graph; its class, made when it is lowered, has the ``forward``."""


class Lowered(Block):
    """A whole graph.

    What PyTorch keeps in single precision gets its lost digits back when the module is brought to
    double precision, as long as training has not changed it.
    """

    origin: Origin

    def state_dict(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        """Parameters and buffers by name, as any module has them.

        Normalisations keep no count of batches here; that is told as PyTorch before 0.4.1 did, so
        that a module which keeps one takes the rest.
        """
        found: dict[str, Any] = super().state_dict(*args, **kwargs)
        for told in getattr(found, "_metadata", {}).values():
            told.pop("version", None)
        return found

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> Any:
        """Take parameters and buffers by name; counts of batches are passed over."""
        own = super().state_dict()
        given = OrderedDict(
            (key, value)
            for key, value in state_dict.items()
            if key in own or not key.endswith("num_batches_tracked")
        )
        given._metadata = own._metadata  # type: ignore[attr-defined]
        return super().load_state_dict(given, strict, assign)

    def __deepcopy__(self, memo: dict[int, Any]) -> Lowered:
        made = type(self).__new__(type(self))
        memo[id(self)] = made
        made.__dict__.update(copy.deepcopy(self.__dict__, memo))
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        """Its graph, its tensors and its modes: no class of it can be found by name."""
        tensors = {
            **dict(self.named_parameters(remove_duplicate=False)),
            **dict(self.named_buffers(remove_duplicate=False)),
        }
        modes = {path: module.training for path, module in self.named_modules()}
        return self.origin.remake, (self.origin.packed(), self.origin.shapes, tensors, modes)

    def _apply(self, fn: Any, recurse: bool = True) -> Lowered:
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        self.origin.restore(self)
        return self


class OpModule(nn.Module):
    """One use of an op that cannot be told without the tensors themselves."""

    def __init__(self, op: type[Op], attributes: Mapping[str, Any]) -> None:
        super().__init__()
        self.op = op
        self.attributes = dict(attributes)

    def forward(self, *inputs: Tensor | None) -> Any:
        """What the op gives for these inputs, in the mode the module is in."""
        mode = {"training": self.training} if "training" in self.op.circumstances else {}
        return self.op.lower(torch, *inputs, **self.attributes, **mode)

    def extra_repr(self) -> str:
        """What ``print`` shows of it."""
        return ", ".join([self.op.name, *(f"{k}={v!r}" for k, v in self.attributes.items())])


def hold(module: nn.Module, path: str, held: nn.Module | torch.Tensor, *, persistent: bool) -> None:
    """Put a module, a parameter or a buffer at a dotted path, with plain modules on the way."""
    *way, last = path.split(".")
    for name in way:
        if name not in module._modules:
            module.add_module(name, nn.Module())
        module = module.get_submodule(name)
    if isinstance(held, nn.Module):
        module.add_module(last, held)
    elif isinstance(held, nn.Parameter):
        module.register_parameter(last, held)
    else:
        module.register_buffer(last, held, persistent=persistent)
