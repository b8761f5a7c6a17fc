"""What the declaration of an op says, read from its ``forward`` and judged where it is written.

Every start reads the declarations of all ops, so only their names are read then, and types later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import CO_VARARGS, Parameter
from types import MethodType
from typing import TYPE_CHECKING, Any

from graphlab.ops.attributes import AttributeType

if TYPE_CHECKING:
    from graphlab.ops.contract import Op


def read_signature(cls: type[Op], circumstances: Sequence[Any]) -> None:
    """Derive ports, attributes and what the run tells each use from ``forward``.

    ``circumstances`` are the types of parameters that the run gives.
    """
    if not hasattr(cls, "forward"):
        raise TypeError(f"{cls.__name__} lacks forward")
    positional, variadic, keywords = _parameters(cls.forward)
    told = {name for name in (*positional, *keywords) if _type(cls, name) in circumstances}
    ports = {name: default for name, default in positional.items() if name not in told}
    cls.ports = tuple(ports)
    cls.optional = frozenset(name for name, default in ports.items() if default is None)
    cls.variadic = variadic.removesuffix("s") if variadic else None
    cls.attributes = {
        name: AttributeType(cls.forward, name, default)
        for name, default in keywords.items()
        if name not in told
    }
    cls.circumstances = tuple(name for name in (*positional, *keywords) if name in told)


def _parameters(forward: Callable[..., Any]) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """The positional parameters with their defaults, what takes all others, the keyword-only ones.

    As ``inspect.signature`` tells them, in a fifth of the time.
    """
    function: Any = forward.__func__ if isinstance(forward, MethodType) else forward
    code, names = function.__code__, function.__code__.co_varnames
    count, end = code.co_argcount, code.co_argcount + code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    given = (*[Parameter.empty] * (count - len(defaults)), *defaults)
    positional = dict(zip(names[:count], given, strict=True))
    if function is not forward:
        del positional[names[0]]  # the class itself
    by_keyword = function.__kwdefaults__ or {}
    keywords = {name: by_keyword.get(name, Parameter.empty) for name in names[count:end]}
    return positional, names[end] if code.co_flags & CO_VARARGS else "", keywords


def _type(cls: type[Op], name: str) -> Any:
    """The type of a parameter of ``forward`` where one name says it; else what is written."""
    forward: Any = cls.forward
    written = forward.__annotations__.get(name)
    return forward.__globals__.get(written, written) if isinstance(written, str) else written


def validate(cls: type[Op], categories: Sequence[str]) -> None:
    """A half-declared op fails where it is written, not where a student meets it."""
    lacking = [a for a in ("category", "formula", "partials", *cls.needs) if not hasattr(cls, a)]
    if not cls.__doc__:
        lacking.append("a docstring")
    if lacking:
        raise TypeError(f"{cls.__name__} lacks {', '.join(lacking)}")
    if cls.category not in categories:
        raise TypeError(f"{cls.__name__}: no category {cls.category}")
    wanted = set(cls.ports) or ({f"{cls.variadic}i"} if cls.variadic else set())
    if set(cls.partials) != wanted - cls.undifferentiated:
        raise TypeError(f"{cls.__name__}: partials must name {sorted(wanted)}")
    if not isinstance(cls.formula, cls.formula_kind):
        raise TypeError(f"{cls.__name__}: its formula must be {cls.formula_kind}")
    if wanted and "samples" in cls.needs and not cls.samples:
        raise TypeError(f"{cls.__name__} has no samples to be tested with")
    if "jvp" in cls.needs and not cls.is_linear and "jvp" not in cls.__dict__:
        raise TypeError(f"{cls.__name__} lacks jvp (or is_linear)")
