"""What a template is, declared once: a function that draws the inside of a group.

Its positional parameters after the first are the ports, its keyword-only ones the settings, its
docstring the page; the palette, the formula language, the file and the tests read them from here.
Adding a template touches one file.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Annotated, Any, Literal, get_args, get_origin

from msgspec import Struct

from graphlab.errors import OpError
from graphlab.ops.attributes import AttributeType
from graphlab.ops.expression import Latex
from graphlab.suggest import did_you_mean

CATEGORIES = ("Layers", "Blocks", "Networks")


class Range(Struct, frozen=True):
    """The smallest and the largest number that a setting takes, in a tuple each of its numbers."""

    low: float
    high: float


Count = Annotated[int, Range(1, 2**20)]
"""How many filters, neurons or classes there are."""

OpenCount = Annotated[int | None, Range(1, 2**20)]
"""The same where None follows from what arrives."""

Repeats = Annotated[int, Range(1, 64)]
"""How many layers or levels are drawn."""

Dimensions = Annotated[int, Range(1, 3)]
"""How many axes an image has beside batch and channels: a signal 1, a picture 2, a volume 3."""

Window = Annotated[int | tuple[int, ...], Range(1, 4096)]
"""A length for every spatial axis, or one for each."""

Padding = Annotated[int | tuple[int, ...] | Literal["same", "valid"], Range(0, 4096)]
"""What is added at both ends of every spatial axis, or of each, or a rule."""

Widths = Annotated[tuple[int, ...], Range(1, 2**20)]
"""How wide one layer after the other is."""

Share = Annotated[float, Range(0, 1)]
"""A part of 1, such as the share of numbers that dropout puts to zero."""

Activation = Literal[
    "none",
    "relu",
    "leaky_relu",
    "elu",
    "gelu",
    "silu",
    "softplus",
    "sigmoid",
    "tanh",
    "softmax",
    "sign",
    "step",
]
"""What follows a layer; the names are those of the ops."""

MAX_WIDTHS = 64
"""A tuple of settings is at most so long: each of its numbers draws a layer."""

_WORDS: dict[Any, str] = {
    int: "a whole number",
    int | None: "a whole number or left out",
    float: "a number",
    int | tuple[int, ...]: "a whole number, or one for each axis such as (3, 5)",
    int | tuple[int, ...] | Literal["same", "valid"]: (
        "a whole number, one for each axis such as (1, 2), 'same' or 'valid'"
    ),
    tuple[int, ...]: "whole numbers such as (64, 32)",
}


class Setting(AttributeType):
    """One setting of a template: its type, its range, its default."""

    @cached_property
    def annotation(self) -> Any:
        """The type without its range."""
        whole = self.declared
        return get_args(whole)[0] if get_origin(whole) is Annotated else whole

    @cached_property
    def range(self) -> Range | None:
        """The numbers it takes, if they are bounded."""
        whole = self.declared
        return get_args(whole)[1] if get_origin(whole) is Annotated else None

    def check(self, value: Any, what: str) -> None:
        """Raise ``OpError`` for a number out of range, and for too many."""
        numbers = value if isinstance(value, tuple) else (value,)
        if not numbers:
            raise OpError(f"{what} is empty, and needs one number at least")
        if len(numbers) > MAX_WIDTHS:
            raise OpError(f"{what} has {len(numbers)} numbers, and the most is {MAX_WIDTHS}")
        limits = self.range
        for number in numbers:
            if (
                limits
                and isinstance(number, int | float)
                and not (limits.low <= number <= limits.high)
            ):
                raise OpError(
                    f"{what} is {value!r:.80}, and must be between {limits.low:g} and "
                    f"{limits.high:,.0f}"
                )

    def in_words(self) -> str:
        """The type as a sentence tells it."""
        return _WORDS.get(self.annotation) or super().in_words()


class Template(Struct, frozen=True):
    """A recipe for a group.

    ``build(site, *sources, **settings)`` draws it and returns its output, or a tuple of as many as
    ``outputs`` has; a source that is not connected is None.
    """

    name: str
    title: str
    category: str
    formula: Latex
    outputs: tuple[str, ...]
    build: Callable[..., Any]
    ports: tuple[str, ...]
    settings: Mapping[str, Setting]
    other_names: tuple[str, ...] = ()  # what else a person searching may call it

    def check_settings(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return the given settings converted, in the template's order.

        One that equals its default is kept too: who wrote it finds it there again.

        Raises ``OpError`` for an unknown setting, a wrong type or a number out of range.
        """
        unknown = next((key for key in given if key not in self.settings), None)
        if unknown is not None:
            known = ", ".join(self.settings)
            hint = did_you_mean(unknown, self.settings) or f"; it has {known}"
            raise OpError(f"{self.name} has no setting {unknown}{hint}")
        return {
            key: kind.convert(given[key], f"{self.name}'s {key}")
            for key, kind in self.settings.items()
            if key in given
        }

    def telling(self, given: Mapping[str, Any]) -> dict[str, Any]:
        """The settings that say something: those equal to their default left out."""
        checked = self.check_settings(given)
        return {k: value for k, value in checked.items() if not self.settings[k].is_default(value)}

    @property
    def attributes(self) -> Mapping[str, AttributeType]:
        """The settings, by the name that a formula's calls have for what is written ``key=…``."""
        return self.settings

    @property
    def variadic(self) -> str | None:
        """A template takes as many inputs as it has ports."""
        return None

    @property
    def optional(self) -> frozenset[str]:
        """Every port has to be given in a formula, be it as ``?``."""
        return frozenset()

    def defaults(self) -> dict[str, Any]:
        """Every setting at its default."""
        return {key: kind.default for key, kind in self.settings.items()}

    def page(self) -> str:
        """The template's description."""
        return inspect.cleandoc(self.build.__doc__ or "")


TEMPLATES: dict[str, Template] = {}


def template(
    title: str,
    formula: str,
    *other_names: str,
    category: str = "Layers",
    outputs: tuple[str, ...] = ("out",),
) -> Callable[[Callable[..., Any]], Template]:
    """Register the function below as a template of its own name."""

    def register(build: Callable[..., Any]) -> Template:
        name = build.__name__
        ports, settings = _read_signature(build)
        if not build.__doc__ or category not in CATEGORIES or name in TEMPLATES:
            raise TypeError(f"template {name} needs a docstring, a known category, its own name")
        rule = Latex(formula)
        made = Template(name, title, category, rule, outputs, build, ports, settings, other_names)
        TEMPLATES[name] = made
        return made

    return register


def template_named(name: str) -> Template:
    """Return the template; raises ``OpError`` with a suggestion if there is none."""
    try:
        return TEMPLATES[name]
    except KeyError:
        hint = did_you_mean(name, TEMPLATES) or f"; choose {', '.join(TEMPLATES)}"
        raise OpError(f"there is no template {name!r:.60}{hint}") from None


def _read_signature(build: Callable[..., Any]) -> tuple[tuple[str, ...], dict[str, Setting]]:
    _, *parameters = inspect.signature(build).parameters.values()
    ports = tuple(p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD)
    return ports, dict(_settings(build, parameters))


def _settings(
    build: Callable[..., Any], parameters: list[inspect.Parameter]
) -> Iterator[tuple[str, Setting]]:
    for parameter in parameters:
        if parameter.kind is not parameter.KEYWORD_ONLY:
            continue
        if parameter.default is parameter.empty or parameter.name in RESERVED:
            raise TypeError(f"{build.__name__}: {parameter.name} needs a default, or another name")
        yield parameter.name, Setting(build, parameter.name, parameter.default)


RESERVED = frozenset(["inputs", "name", "parent", "template", "title"])
"""Words that placing a template takes itself."""
