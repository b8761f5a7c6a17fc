"""The one table from what torch calls to what GraphLab draws.

A builder is a function in a file of its family with the signature of torch's own function, so that
positional and keyword arguments bind as torch binds them; before them it takes the ``Build`` to
add uses of ops to.  It is entered under torch's plain name, which a function, a method, an
operator and an operator of torch.export share; where their arguments differ, ``Tensor.name`` is the
method and ``aten.name`` the exported one.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

Function = TypeVar("Function", bound=Callable[..., Any])


class NoBuilderError(Exception):
    """This call cannot be drawn with ops; ``str`` says why, as half a sentence."""


@dataclass(frozen=True, slots=True)
class Builder:
    """How one call of torch becomes uses of ops."""

    function: Callable[..., Any]
    signature: inspect.Signature
    takes_sizes: bool  # numbers that follow the batch arrive as such, and not as the example's
    is_view: bool  # the result shares its memory with the first argument


BUILDERS: dict[str, Builder] = {}
"""By plain name."""

MODULES: dict[str, Builder] = {}
"""By the name of a class of torch.nn whose forward cannot be followed; takes the module too."""


def builds(
    *names: str, takes_sizes: bool = False, is_view: bool = False
) -> Callable[[Function], Function]:
    """Enter a builder under these names of torch's."""
    return _enters(BUILDERS, names, takes_sizes, is_view)


def builds_module(*names: str) -> Callable[[Function], Function]:
    """Enter a builder for these classes of torch.nn."""
    return _enters(MODULES, names, False, False)


def _enters(
    table: dict[str, Builder], names: tuple[str, ...], takes_sizes: bool, is_view: bool
) -> Callable[[Function], Function]:
    def enter(function: Function) -> Function:
        builder = Builder(function, inspect.signature(function), takes_sizes, is_view)
        for name in names:
            if name in table:
                raise TypeError(f"two builders are entered for {name}")
            table[name] = builder
        return function

    return enter
