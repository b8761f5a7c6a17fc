"""How a graph is trained: objectives, each a loss, what it updates, its optimizer and its settings.

A recipe belongs to the document: edits carry it along, and it is saved with the graph.  What is
declared here is also the file's ``training`` section.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable
from typing import Annotated, Any, Literal, get_args

import msgspec
from msgspec import Meta, Struct

from graphlab.errors import GraphError
from graphlab.graph.misfits import sentence
from graphlab.graph.node import MAX_NAME

Optimizer = Literal["sgd", "adagrad", "rmsprop", "adam", "adamw", "perceptron"]
Schedule = Literal["constant", "step", "cosine"]
Flips = Literal["none", "sideways", "both"]

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)
SCHEDULES: tuple[Schedule, ...] = get_args(Schedule)
FLIPS: tuple[Flips, ...] = get_args(Flips)

DECAYS: dict[Optimizer, float] = {"adamw": 0.01}
"""The weight decay that choosing an optimizer brings along, as in PyTorch; others bring none."""

_CHOICES: dict[str, tuple[str, ...]] = {
    "optimizer": OPTIMIZERS,
    "schedule": SCHEDULES,
    "flips": FLIPS,
}

MAX_OBJECTIVES = 100

_Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME + 10)]
_Positive = Annotated[float, Meta(gt=0, le=1e6)]
_Size = Annotated[float, Meta(ge=0, le=1e6)]
_Share = Annotated[float, Meta(ge=0, lt=1)]


class Objective(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One loss that is made small.

    ``updates`` names groups and parameters, and empty means all: what is left out is frozen.
    ``momentum`` and ``nesterov`` belong to sgd, the first to rmsprop too.  ``perceptron`` is sgd on
    a perceptron_loss that comes to rest once all training examples are right: with batches of one
    example it is the rule of Rosenblatt (1958).  The learning rate rises in a line over ``warmup``
    steps, and then stays, is multiplied by ``gamma`` after every ``step_epochs`` epochs, or falls
    to 0 along a cosine.  ``weight_decay`` is the optimizer's own; ``l1`` and ``l2`` weigh ‖w‖₁ and
    ‖w‖₂², which are added to the loss; ``clip`` bounds the norm of all gradients together, and 0
    leaves them.
    """

    loss: _Name
    updates: Annotated[tuple[_Name, ...], Meta(max_length=100_000)] = ()
    optimizer: Optimizer = "adam"
    lr: _Positive = 1e-3
    momentum: _Share = 0.0
    nesterov: bool = False
    beta1: _Share = 0.9
    beta2: _Share = 0.999
    weight_decay: _Size = 0.0
    schedule: Schedule = "constant"
    warmup: Annotated[int, Meta(ge=0, le=10**9)] = 0
    step_epochs: Annotated[int, Meta(ge=1, le=10**6)] = 10
    gamma: _Positive = 0.1
    l1: _Size = 0.0
    l2: _Size = 0.0
    clip: _Size = 0.0

    def __post_init__(self) -> None:
        _check(self, Objective)
        if self.nesterov and not (self.optimizer == "sgd" and self.momentum > 0):
            raise GraphError(
                f"the objective of {self.loss:.60} has nesterov, optimizer {self.optimizer} and "
                f"momentum {self.momentum:g}: nesterov needs sgd and a momentum above 0"
            )


class Augment(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What chance does to training images, and alike to their masks, densities, boxes and points.

    ``flips`` mirrors an image half of the time, sideways or each way; ``turns`` turns it by none to
    three quarters; ``crop`` takes a square of so many pixels (0: all) somewhere in it; ``shift``
    moves it by up to so many pixels each way, and 0 comes in; ``brightness`` b multiplies its
    values by 1 − b to 1 + b.  Validation and test images stay as they are.
    """

    flips: Flips = "none"
    turns: bool = False
    crop: Annotated[int, Meta(ge=0, le=2**13)] = 0
    shift: Annotated[int, Meta(ge=0, le=2**13)] = 0
    brightness: _Share = 0.0

    def __post_init__(self) -> None:
        _check(self, Augment)

    @property
    def in_words(self) -> str:
        """What is done, in a line."""
        ways = "both ways" if self.flips == "both" else self.flips
        said = (
            (f"flips {ways}", self.flips != "none"),
            ("quarter turns", self.turns),
            (f"crops of {self.crop}×{self.crop}", self.crop),
            (f"shifts of up to {self.shift} pixels", self.shift),
            (f"brightness by up to {self.brightness:.0%}", self.brightness),
        )
        return ", ".join(words for words, is_done in said if is_done) or "nothing"


class Recipe(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The objectives, which take turns in every step, how often the data is gone through, and how
    its images are changed on the way (None: not at all)."""

    objectives: Annotated[tuple[Objective, ...], Meta(min_length=1, max_length=MAX_OBJECTIVES)]
    batch_size: Annotated[int, Meta(ge=1, le=10**7)] = 64
    epochs: Annotated[int, Meta(ge=1, le=10**6)] = 3
    augment: Augment | None = None

    def __post_init__(self) -> None:
        _check(self, Recipe)

    def with_(self, **settings: Any) -> Recipe:
        """The recipe with other settings: its own, and those that all its objectives get.

        Raises ``GraphError`` for a value that cannot be.
        """
        own = {name: settings.pop(name) for name in self.__struct_fields__ if name in settings}
        objectives = own.pop("objectives", self.objectives)
        given = tuple(msgspec.structs.replace(o, **settings) for o in objectives)
        return msgspec.structs.replace(self, objectives=given, **own)

    def replaced(self, names: Callable[[str], Iterable[str]]) -> Recipe | None:
        """The recipe where each node or group became those that ``names`` gives.

        An objective goes with its loss, and with the last thing it updates; None where all went.
        """
        found = []
        for objective in self.objectives:
            stem, dot, index = objective.loss.partition(".")
            loss = next(iter(names(stem)), None)
            updates = tuple(dict.fromkeys(new for old in objective.updates for new in names(old)))
            if loss is not None and (updates or not objective.updates):
                changes = {"loss": f"{loss}{dot}{index}", "updates": updates}
                found.append(msgspec.structs.replace(objective, **changes))
        return msgspec.structs.replace(self, objectives=tuple(found)) if found else None


def renamed(recipe: Recipe | None, old: str, new: str) -> Recipe | None:
    """The recipe once a node or group is called otherwise."""
    return recipe and recipe.replaced(lambda name: (new if name == old else name,))


def without(recipe: Recipe | None, gone: Collection[str]) -> Recipe | None:
    """The recipe once these nodes and groups are gone."""
    return recipe and recipe.replaced(lambda name: () if name in gone else (name,))


def _called(kind: type[Struct]) -> str:
    return {"Augment": "augmentation"}.get(kind.__name__, kind.__name__.lower())


def _check(made: Struct, kind: type[Struct]) -> None:
    """Raise ``GraphError`` for a setting that a file could not hold either."""
    for field in msgspec.structs.fields(kind):
        value = getattr(made, field.name)
        try:
            if isinstance(value, float) and not math.isfinite(value):
                raise msgspec.ValidationError("there must be a finite number")
            msgspec.convert(value, field.type)
        except msgspec.ValidationError as error:
            choices = _CHOICES.get(field.name, ())
            found = sentence(str(error).partition(" - at")[0])
            if choices:
                found = f"choose {', '.join(choices[:-1])} or {choices[-1]}"
            raise GraphError(
                f"{field.name} of the {_called(kind)} cannot be {value!r:.60}: {found}"
            ) from None
