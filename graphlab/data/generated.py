"""The table of sets that are made from a seed; a generator says all about itself in one place."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from graphlab.data.columns import Array, column
from graphlab.data.data_set import Found, Task
from graphlab.errors import DataError

MOST_NUMBERS = 2**26
"""A generated set holds at most this many numbers, which is 256 MiB."""

Made = dict[str, Array]
Make = Callable[[np.random.Generator, int, float], Made]


@dataclass(frozen=True)
class Generator:
    """How one set is made: ``make(generator, examples, noise)`` returns its fields."""

    name: str
    title: str
    task: Task
    make: Make
    examples: int
    noise: float
    classes: tuple[str, ...]
    features: tuple[str, ...]

    @property
    def description(self) -> str:
        """What the points are and what noise does to them: the generator's docstring."""
        told = " ".join(inspect.getdoc(self.make).split())  # type: ignore[union-attr]
        return told.replace("``", "")

    @cached_property
    def shape(self) -> tuple[int, ...]:
        """Of one example's x."""
        return self.make(np.random.default_rng(0), 1, 0.0)["x"].shape[1:]

    def generate(self, seed: int, examples: int | None = None, noise: float | None = None) -> Found:
        """The set for a seed; ``DataError`` for a size or noise that makes none."""
        n = self.examples if examples is None else examples
        level = self.noise if noise is None else noise
        if n < 1:
            raise DataError(f"{self.name} needs at least 1 example, and {n} were asked for")
        if not 0 <= level < float("inf"):
            raise DataError(f"noise of {self.name} is 0 or more, and {level:g} was asked for")
        if int(np.prod(self.shape)) * n > MOST_NUMBERS:
            raise DataError(
                f"{n} examples of {self.name} hold more than {MOST_NUMBERS} numbers: ask for fewer"
            )
        made = self.make(np.random.default_rng(seed), n, level)
        fields = {key: column(array) for key, array in made.items()}
        found = Found(self.title, self.task, fields, self.classes, self.features)
        found.notes.append(self.description.rstrip("."))
        return replace(found, licence="none needed", source=f"generated, seed {seed}")


GENERATED: dict[str, Generator] = {}
"""Every generated set by name, in the order of the modules that declare them."""


def generated(
    name: str,
    title: str,
    task: Task,
    *,
    examples: int,
    noise: float,
    classes: tuple[str, ...] = (),
    features: tuple[str, ...] = (),
) -> Callable[[Make], Make]:
    """Enter a generator into the table, with its usual size and noise."""

    def enter(make: Make) -> Make:
        GENERATED[name] = Generator(name, title, task, make, examples, noise, classes, features)
        return make

    return enter
