"""What is set and pressed beside the plot of a descent."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.graph import Graph
from graphlab.gui.lenses.parts import Choice, LensNotice, MenuButton, named
from graphlab.gui.lenses.walk import TO_START
from graphlab.gui.lettering import hold, scaled
from graphlab.gui.panels.heading import Heading
from graphlab.gui.theme import GRID, font, typography
from graphlab.gui.values import comma_told, number_of

SEVERAL = 10
"""Steps that are taken at a press where a lesson says no other number."""

_WIDTH = 46 * GRID
_LISTED = 60  # names in the menu of what moves; all parameters beyond them move too
_NAMES_WIDTH = 88


class RateField(QLineEdit):
    """The step size η."""

    def __init__(self) -> None:
        super().__init__("0.1")
        self.setAccessibleName("Step size")
        self.setToolTip("Step size η: how far one step goes against the gradient")
        hold(self, fixed_width=9 * GRID, fixed_height=4 * GRID)
        self.setMaxLength(24)

    @property
    def value(self) -> float | None:
        """What is typed, or None where it is no step size."""
        number = number_of(self.text())
        return number if number is not None and number > 0 else None

    @property
    def complaint(self) -> str:
        """What is wrong with it."""
        comma = comma_told(self.text())
        if comma:
            return f"{comma}."
        typed = f"{self.text().strip()} is no step size" if self.text().strip() else "It is empty"
        return f"{typed}: write a positive number, such as 0.1, in the field of the step size."


class Moves(MenuButton):
    """Which parameters and inputs a descent moves; without parameters, all inputs do."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__("What moves")
        self.setToolTip("Choose the parameters, and inputs if you like, that descent moves")
        self._parameters: tuple[str, ...] = ()
        self._inputs: tuple[str, ...] = ()
        self._still: set[str] = set()  # parameters that were told to stay
        self._asked: set[str] = set()  # inputs that were told to move
        self._say()

    @property
    def moved(self) -> tuple[str, ...]:
        """The names, parameters first."""
        return (
            *(name for name in self._parameters if name not in self._still),
            *(name for name in self._inputs if name in self._asked),
        )

    def offer(self, graph: Graph) -> None:
        """List what a graph has; what was chosen of it stays chosen."""
        inputs = tuple(n for n in graph.inputs if graph.nodes[n].op.name == "input")
        parameters = graph.parameters
        if not parameters:
            parameters, inputs = inputs, ()
        if (parameters, inputs) != (self._parameters, self._inputs):
            self._parameters, self._inputs = parameters, inputs
            self._fill()
        self._say()

    def choose(self, names: Sequence[str]) -> None:
        """Move these and nothing else."""
        self._still = {name for name in self._parameters if name not in names}
        self._asked = {name for name in self._inputs if name in names}
        self._say()
        self.chosen.emit()

    def _fill(self) -> None:
        self.names.clear()
        for group in (self._parameters, self._inputs):
            for name in group[:_LISTED]:
                action = self.names.addAction(name)
                action.setCheckable(True)
                action.setChecked(name in self.moved)
                action.toggled.connect(lambda is_on, n=name: self._set(n, is_on=is_on))
            if group is self._parameters and self._inputs:
                self.names.addSeparator()

    def _set(self, name: str, *, is_on: bool) -> None:
        if name in self._parameters:
            (self._still.discard if is_on else self._still.add)(name)
        else:
            (self._asked.add if is_on else self._asked.discard)(name)
        self._say()
        self.chosen.emit()

    def _say(self) -> None:
        names = ", ".join(self.moved)
        room = scaled(_NAMES_WIDTH)
        is_long = typography().normal.width(names) > room
        shown = f"{len(self.moved)} values" if is_long and len(self.moved) > 1 else names
        self.setText((typography().normal.elided(shown, room) or "nothing") + " ▾")
        self.setAccessibleDescription(names)


class NextStep(Heading):
    """The rule with the numbers of the next step; its result is seen, however long they are."""

    def shown(self) -> str:
        """The rule, without its first word where that is too long, or else its result alone."""
        told = self.text()
        named, _, numbers = told.partition(" ← ")
        result = f"{named} ← {numbers.rpartition(' = ')[2]}"
        room, metrics = self.contentsRect().width(), self.fontMetrics()
        forms = (told, told.removeprefix("Next: "), result)
        fitting = (form for form in forms if metrics.horizontalAdvance(form) <= room)
        return next(fitting, super().shown())


class DescentControls(QWidget):
    """The fields and buttons at the left, and ``room`` for the plot beside them."""

    several = SEVERAL

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.loss, self.rate, self.moves = Choice("Make smaller"), RateField(), Moves()
        self.one, self.more = QPushButton("1 step"), QPushButton(f"{SEVERAL} steps")
        self.run, self.reset = QPushButton("Run"), QPushButton(TO_START)
        self.run.setToolTip("Step on until you stop it, until it diverges or nothing changes")
        self.reset.setToolTip("Give everything the value it began with")
        self.log = QCheckBox("Log scale")
        self.log.setToolTip("Show the loss on a logarithmic scale")
        self.rule = NextStep()
        self.rule.setFont(font(13))
        self.told = LensNotice()
        fields = QHBoxLayout()
        fields.addWidget(named("Lower", self.loss))
        fields.addWidget(self.loss)
        fields.addWidget(named("by moving", self.moves))
        fields.addWidget(self.moves)
        fields.addStretch()
        buttons = QHBoxLayout()
        for button in (self.one, self.more, self.run, self.reset):
            buttons.addWidget(button)
        buttons.addStretch()
        rate = QHBoxLayout()
        rate.addWidget(named("Step size η", self.rate))
        rate.addWidget(self.rate)
        rate.addSpacing(GRID)
        rate.addWidget(self.log)
        rate.addStretch()
        column = QWidget()
        hold(column, fixed_width=_WIDTH)
        rows = QVBoxLayout(column)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID // 2)
        for line in (fields, rate, buttons):
            line.setSpacing(GRID)
            rows.addLayout(line)
        rows.addWidget(self.rule)
        rows.addWidget(self.told)
        rows.addStretch()
        self.room = QHBoxLayout(self)
        self.room.setContentsMargins(0, 0, 0, 0)
        self.room.setSpacing(2 * GRID)
        self.room.addWidget(column)
        self.room.addStretch()

    def set_several(self, count: int) -> None:
        """How many steps the button for several takes."""
        self.several = count
        self.more.setText(f"{count:,} steps")
