"""The editor of a recipe: objectives with what they lower and how, batches, epochs and the seed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.augment_words import augment_words, read_augment
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import DECAYS, OPTIMIZERS, SCHEDULES, Objective, Optimizer, Recipe
from graphlab.gui.datasets.words import as_sentence
from graphlab.gui.flow import Flow
from graphlab.gui.lenses.parts import Choice, named
from graphlab.gui.theme import GRID
from graphlab.gui.training.fields import NumberField, Updates

_NOTHING = (
    "Choose data at the left: then it is set here what is lowered, by which steps and how often."
)
_WORDS = {
    "lr": "Learning rate",
    "momentum": "Momentum",
    "beta1": "β₁",
    "beta2": "β₂",
    "weight_decay": "Weight decay",
    "warmup": "Warm-up",
    "step_epochs": "Every … epochs",
    "gamma": "times γ",
    "l1": "L1",
    "l2": "L2",
    "clip": "Clip norm",
    "batch_size": "Batch size",
    "epochs": "Epochs",
}
_TIPS = {
    "lr": "Learning rate: how far a step goes",
    "beta1": "How slowly the mean of the gradients changes",
    "beta2": "How slowly the mean of their squares changes",
    "weight_decay": "The optimizer's own",
    "warmup": "Steps in which the learning rate rises from nothing",
    "step_epochs": "After so many epochs the learning rate falls",
    "gamma": "By what the learning rate is multiplied then",
    "l1": "Weight of ‖w‖₁, added to the loss",
    "l2": "Weight of ‖w‖₂², added to the loss",
    "clip": "The largest norm of all gradients together; 0 leaves them",
    "batch_size": "Examples in a step",
    "epochs": "How often the data is gone through",
}
_INTEGERS = ("warmup", "step_epochs", "batch_size", "epochs")
_WHOLE = ("batch_size", "epochs", "augment")
_LONGEST, _SEEN = 80, 14  # letters of augmentation, and those seen at once
_AUGMENT = (
    "What chance does to training images: flips, turns, crop=128, shift=2 and brightness=0.2, with "
    "commas between; none leaves them"
)
_ONLY: dict[str, Callable[[Objective], bool]] = {
    "momentum": lambda o: o.optimizer in ("sgd", "rmsprop"),
    "nesterov": lambda o: o.optimizer == "sgd" and o.momentum > 0,
    "beta1": lambda o: o.optimizer in ("adam", "adamw"),
    "beta2": lambda o: o.optimizer in ("adam", "adamw"),
    "step_epochs": lambda o: o.schedule == "step",
    "gamma": lambda o: o.schedule == "step",
}
"""Settings that do something for some objectives only; they are hidden for the others."""


class RecipeEditor(QScrollArea):
    """Shows a graph's recipe; ``edited`` carries another one that the graph can have."""

    edited = Signal(str, object)  # what was done, the Recipe
    seeded = Signal(int)
    refused = Signal(str)  # why what was typed or chosen cannot be
    settled = Signal()  # what was typed or chosen is so already

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.graph: Graph | None = None
        self.recipe: Recipe | None = None
        self.at = 0  # the objective that is shown
        self.which = Choice("Objective")
        self.add, self.remove = QPushButton("Add objective"), QPushButton("Remove")
        self.add.setToolTip("Another objective: they take turns in every step")
        self.remove.setToolTip("Remove this objective")
        self.loss, self.optimizer = Choice("Loss"), Choice("Optimizer")
        self.schedule, self.updates = Choice("Schedule of the learning rate"), Updates()
        self.nesterov = QCheckBox("Nesterov")
        self.numbers = {key: NumberField(key, _WORDS[key], _TIPS.get(key, "")) for key in _WORDS}
        self.augment = NumberField("augment", "Augment", _AUGMENT, letters=_SEEN)
        self.augment.setMaxLength(_LONGEST)
        self.seed = NumberField("seed", "Seed", "Decides the first weights and the order of data")
        self._cells: dict[str, QWidget] = {}
        self._arrange()
        self._connect()
        self.seed.show_number(0)

    def _arrange(self) -> None:
        inner, self._form = QWidget(), QWidget()
        self._nothing = QLabel(_NOTHING)
        self._nothing.setObjectName("muted")
        self._nothing.setWordWrap(True)
        self._flow = Flow(3 * GRID, GRID // 2, in_columns=True)
        head = QHBoxLayout()
        head.setSpacing(GRID)
        self._head = [named("Objective", self.which), self.which]
        for widget in (*self._head, self.remove):
            head.addWidget(widget)
        head.addStretch()
        outer = QVBoxLayout(inner)
        outer.setContentsMargins(0, GRID // 2, GRID, 0)
        outer.addWidget(self._nothing)
        outer.addWidget(self._form)
        outer.addStretch()
        rows = QVBoxLayout(self._form)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(head)
        rows.addLayout(self._flow)
        self._form.hide()
        self.setWidget(inner)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for key, (word, field) in self._fields().items():
            self._cells[key] = _cell(word, field)
            self._flow.addWidget(self._cells[key])

    def _fields(self) -> dict[str, tuple[str, QWidget]]:
        """By setting, the word before its field and the field, in the order they stand in."""
        fields: dict[str, tuple[str, QWidget]] = {
            "loss": ("Lower", self.loss),
            "updates": ("by updating", self.updates),
            "optimizer": ("Optimizer", self.optimizer),
            "lr": (_WORDS["lr"], self.numbers["lr"]),
            "epochs": (_WORDS["epochs"], self.numbers["epochs"]),
            "batch_size": (_WORDS["batch_size"], self.numbers["batch_size"]),
            "seed": ("Seed", self.seed),
            "augment": ("Augment", self.augment),
            "add": ("", self.add),  # before what comes and goes, so that it stays where it is
            "momentum": (_WORDS["momentum"], self.numbers["momentum"]),
            "nesterov": ("", self.nesterov),
            "beta1": (_WORDS["beta1"], self.numbers["beta1"]),
            "beta2": (_WORDS["beta2"], self.numbers["beta2"]),
            "schedule": ("Schedule", self.schedule),
        }
        for key in ("step_epochs", "gamma", "warmup", "weight_decay", "l1", "l2", "clip"):
            fields[key] = (_WORDS[key], self.numbers[key])
        return fields

    def _connect(self) -> None:
        self.which.activated.connect(self._turn_to)
        self.add.clicked.connect(self._add)
        self.remove.clicked.connect(self._remove)
        for key, choice in (
            ("loss", self.loss), ("optimizer", self.optimizer), ("schedule", self.schedule),
        ):  # fmt: skip
            choice.activated.connect(lambda _i, k=key, c=choice: self._set(k, c.currentText()))
        self.updates.chosen.connect(lambda names: self._set("updates", names))
        self.nesterov.clicked.connect(lambda is_on: self._set("nesterov", is_on))
        for field in self.numbers.values():
            field.applied.connect(self._take_text)
        self.seed.applied.connect(self._take_seed)
        self.augment.applied.connect(self._take_augment)

    # --- showing --------------------------------------------------------------------------------
    def show_recipe(self, graph: Graph, losses: list[str]) -> None:
        """Show the recipe of a graph; ``losses`` are the values that can be lowered."""
        self.graph, self.recipe = graph, graph.recipe
        recipe = self.recipe
        self._nothing.setVisible(recipe is None)
        self._form.setVisible(recipe is not None)
        if recipe is None:
            return
        self.at = min(self.at, len(recipe.objectives) - 1)
        objective, many = recipe.objectives[self.at], len(recipe.objectives) > 1
        self.which.offer([f"{i + 1}: {o.loss}" for i, o in enumerate(recipe.objectives)])
        self.which.setCurrentIndex(self.at)
        for widget in (*self._head, self.remove):
            widget.setVisible(many)
        self.loss.offer(list(dict.fromkeys((*losses, objective.loss))))
        self.loss.choose(objective.loss)
        for choice, names, now in (
            (self.optimizer, OPTIMIZERS, objective.optimizer),
            (self.schedule, SCHEDULES, objective.schedule),
        ):
            choice.offer(list(names))
            choice.choose(now)
        self.updates.show_choice(graph, objective.updates)
        self.nesterov.setChecked(objective.nesterov)
        for key, field in self.numbers.items():
            field.show_number(getattr(recipe if key in _WHOLE else objective, key))
        self.augment.show_value(augment_words(recipe.augment))
        self._lay_out(objective)

    def _lay_out(self, objective: Objective) -> None:
        """The settings that count for this objective, without gaps."""
        for key, cell in self._cells.items():
            cell.setVisible(key not in _ONLY or _ONLY[key](objective))

    # --- changing -------------------------------------------------------------------------------
    def _turn_to(self, index: int) -> None:
        self.at = index
        if self.graph is not None:
            self.show_recipe(self.graph, [self.loss.itemText(i) for i in range(self.loss.count())])

    def _take_text(self, key: str, text: str) -> None:
        field, is_integer = self.numbers[key], key in _INTEGERS
        number = field.read(text, is_integer=is_integer)
        if number is None:
            self.refused.emit(field.complaint(text, is_integer=is_integer))
        else:
            self._set(key, number)

    def _take_seed(self, _key: str, text: str) -> None:
        number = self.seed.read(text, is_integer=True)
        if number is None or not 0 <= number < 2**63:
            self.refused.emit("The seed is a whole number from 0 on, such as 7.")
            return
        self.seed.show_number(int(number))
        self.seeded.emit(int(number))

    def _take_augment(self, _key: str, text: str) -> None:
        try:
            self._set("augment", read_augment(text))
        except GraphLabError as error:
            self.refused.emit(as_sentence(str(error)))

    def _set(self, key: str, value: Any) -> None:
        """Change one setting, of the recipe or of the objective shown."""
        recipe = self.recipe
        if recipe is None:
            return
        changes = {key: value}
        if key == "optimizer":
            changes |= _brought_along(recipe.objectives[self.at], value)
        if key == "momentum" and value == 0:
            changes |= {"nesterov": False}
        try:
            if key in _WHOLE:
                made = msgspec.structs.replace(recipe, **changes)
            else:
                objectives = list(recipe.objectives)
                objectives[self.at] = msgspec.structs.replace(objectives[self.at], **changes)
                made = msgspec.structs.replace(recipe, objectives=tuple(objectives))
        except GraphLabError as error:
            told = str(error)
            for kind in ("objective", "recipe"):
                told = told.replace(f"{key} of the {kind} cannot", f"{_WORDS.get(key, key)} cannot")
            self.refused.emit(as_sentence(told))
            return
        self._tell(f"{_WORDS.get(key, key).lower()} of training", made)

    def _tell(self, text: str, made: Recipe) -> None:
        if self.graph is None:
            return
        if made == self.recipe:
            self.settled.emit()
            return
        try:
            set_recipe(self.graph, made)
        except GraphLabError as error:
            self.refused.emit(as_sentence(str(error)))
            return
        self.edited.emit(text, made)

    def _add(self) -> None:
        if self.recipe is not None:
            objectives = (*self.recipe.objectives, self.recipe.objectives[self.at])
            self.at = len(objectives) - 1
            made = msgspec.structs.replace(self.recipe, objectives=objectives)
            self._tell("add an objective", made)

    def _remove(self) -> None:
        if self.recipe is not None and len(self.recipe.objectives) > 1:
            kept = tuple(o for i, o in enumerate(self.recipe.objectives) if i != self.at)
            self._tell("remove an objective", msgspec.structs.replace(self.recipe, objectives=kept))


def _brought_along(before: Objective, optimizer: Optimizer) -> dict[str, Any]:
    """What another optimizer changes beside itself; a weight decay that was chosen stays."""
    is_chosen = before.weight_decay != DECAYS.get(before.optimizer, 0.0)
    decay = before.weight_decay if is_chosen else DECAYS.get(optimizer, 0.0)
    return {"nesterov": before.nesterov and optimizer == "sgd", "weight_decay": decay}


def _cell(word: str, field: QWidget) -> QWidget:
    """A field with a quiet word over it."""
    cell = QWidget()
    row = QHBoxLayout(cell)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(GRID)
    if word:
        row.addWidget(named(word, field), 1)
    row.addWidget(field, 0 if word else 1)
    return cell
