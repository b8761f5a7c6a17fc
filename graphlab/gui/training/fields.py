"""The fields of a recipe: a number, and which groups and parameters an objective updates."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSize, Signal
from PySide6.QtWidgets import QSizePolicy, QWidget

from graphlab.graph import Graph
from graphlab.gui.lenses.parts import MenuButton
from graphlab.gui.panels.value_field import ValueField
from graphlab.gui.theme import GRID
from graphlab.gui.values import comma_told, number_of

_LISTED = 60  # groups and parameters in the menu
_LONGEST, _SEEN = 24, len("1,000,000")  # letters that can be typed, and those seen at once


class NumberField(ValueField):
    """A number; ``applied`` carries its key and what was typed."""

    def __init__(
        self,
        key: str,
        word: str,
        tip: str = "",
        parent: QWidget | None = None,
        *,
        letters: int = _SEEN,
    ) -> None:
        super().__init__(key, "training", parent)
        self.word, self._letters = word, letters
        self.setObjectName(f"recipe:{key}")
        self.setAccessibleName(word)
        self.setToolTip(tip or word)
        self.setMaxLength(_LONGEST)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)

    def sizeHint(self) -> QSize:
        """So wide that all of a usual number is seen, in text of any size."""
        wide = self.fontMetrics().horizontalAdvance("0" * self._letters)
        return QSize(wide + 2 * GRID, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def show_number(self, number: float) -> None:
        """What the document holds."""
        self.show_value(f"{number:,d}" if isinstance(number, int) else f"{number:.10g}")

    def read(self, text: str, *, is_integer: bool) -> float | None:
        """The number typed; None where it is none."""
        return number_of(text, is_integer=is_integer)

    def complaint(self, text: str, *, is_integer: bool) -> str:
        """What is wrong with it."""
        wanted = "a whole number" if is_integer else "a number"
        comma = "" if is_integer else comma_told(text)
        told = f"{self.word} cannot be {text.strip()[:40] or 'empty'}: type {wanted}"
        return f"{comma or told}."


class Updates(MenuButton):
    """The groups and parameters that an objective changes; none chosen means all of them."""

    chosen = Signal(tuple)

    def __init__(self) -> None:
        super().__init__("What the objective updates")
        self._chosen: tuple[str, ...] = ()
        self._offered: tuple[str, ...] = ()
        self._graph: Graph | None = None
        self.names.aboutToShow.connect(self._fill)

    def show_choice(self, graph: Graph, updates: Sequence[str]) -> None:
        """Show what is updated of a graph."""
        self._graph, self._chosen = graph, tuple(updates)
        text = ", ".join(updates) or "everything"
        short = text if len(text) <= 18 else f"{len(updates)} parts"
        self.setText(short + " ▾")
        self.setToolTip(f"Updates {text}; what is left out is frozen")
        self.setAccessibleDescription(text)

    def _fill(self) -> None:
        """List everything, the groups that hold parameters, and the parameters outside of them."""
        self.names.clear()
        graph = self._graph
        if graph is None:
            return
        every = self.names.addAction("everything")
        every.setCheckable(True)
        every.setChecked(not self._chosen)
        every.triggered.connect(lambda: self.chosen.emit(()))
        self.names.addSeparator()
        for name in _parts(graph)[:_LISTED]:
            action = self.names.addAction(name)
            action.setCheckable(True)
            action.setChecked(name in self._chosen)
            action.triggered.connect(lambda _on=False, n=name: self._toggle(n))

    def _toggle(self, name: str) -> None:
        kept = tuple(n for n in self._chosen if n != name)
        self.chosen.emit(kept if name in self._chosen else (*self._chosen, name))


def _parts(graph: Graph) -> list[str]:
    """Groups that hold parameters at any depth, then the parameters that are in none."""
    holding: dict[str, None] = {}
    for name in graph.parameters:
        group = graph.nodes[name].group
        while group is not None:
            holding[group] = None
            group = graph.groups[group].parent
    loose = [name for name in graph.parameters if graph.nodes[name].group is None]
    return [*(name for name in graph.groups if name in holding), *loose]
