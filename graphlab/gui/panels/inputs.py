"""Inputs, targets, parameters and buffers with a field each for their value.

Of a large network only the inputs are listed, and what the selected part learns or keeps; the rest
is under a heading that opens.
"""

from __future__ import annotations

from collections.abc import Collection

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.offering import offered_shape
from graphlab.graph.qualified import qualified_names
from graphlab.gui.lettering import scaled
from graphlab.gui.panels.hints import filling, hint
from graphlab.gui.panels.inspector_parts import quiet_scroll
from graphlab.gui.panels.opener import Opener, common_lead
from graphlab.gui.panels.value_field import ValueField
from graphlab.gui.theme import GRID, font, typography
from graphlab.gui.values import read_value, write_value

MOST_FIELDS = 200
"""Beyond so many values the rest are reached by their cards."""

MOST_OPEN = 24
"""Up to so many parameters and buffers are listed without being asked for."""

_SECTIONS = (
    ("input", "Inputs"),
    ("target", "Targets"),
    ("parameter", "Parameters"),
    ("buffer", "Buffers"),
)
_HELD = ("parameter", "buffer")
_NAME_WIDTH = 88
_ROOM_TO_TELL = 9 * GRID  # under the last field


class InputsPanel(QWidget):
    """The list; ``edited`` carries a value that was read, and the window puts it into the graph."""

    edited = Signal(str, object)  # node, value (None takes it away)
    fill_asked = Signal()
    done = Signal()  # Enter in the last field
    resized = Signal()  # there are more or fewer fields

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.fields: dict[str, ValueField] = {}
        self.errors: dict[str, QLabel] = {}  # what is told beside fields, each made when needed
        self._kinds: dict[str, str] = {}
        self._scroll = scroll = quiet_scroll()
        self._rows: dict[str, tuple[QLabel, ValueField]] = {}
        self._end, self._room = 0, 0  # the row under the last, and its least height
        self._most = MOST_FIELDS
        self._body = body = QWidget()
        self._grid = QGridLayout(body)
        self._grid.setContentsMargins(0, 0, GRID // 2, 0)
        self._grid.setHorizontalSpacing(GRID // 2)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)
        self._graph = Graph()
        self._all: dict[str, str] = {}  # the kind of every source there is
        self._part: frozenset[str] = frozenset()  # what the selected cards hold or read
        self._empty: frozenset[str] = frozenset()  # inputs and targets without a value
        self._are_fed = False
        self._headings: dict[str, QLabel | QToolButton] = {
            kind: _words(title, "heading") for kind, title in _SECTIONS if kind not in _HELD
        }
        self.openers = {kind: Opener(title) for kind, title in _SECTIONS if kind in _HELD}
        self._headings |= self.openers
        for opener in self.openers.values():
            opener.toggled.connect(lambda _is_open: self._list())
        for heading in self._headings.values():
            heading.setFont(font(12, bold=True))
        self.hint = _words(
            "The inputs and parameters of what you draw have their values here.", "muted"
        )
        self.hint.setWordWrap(True)
        self.more = _words("", "muted")
        self.fill = QPushButton("Give all inputs a number")
        self.fill.clicked.connect(self.fill_asked)
        self.fill.hide()
        for widget in (*self._headings.values(), self.hint, self.more, self.fill):
            widget.setParent(body)
        scroll.setWidget(body)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(scroll)
        self._rebuild({})

    def show_graph(self, graph: Graph) -> None:
        """List the sources of a graph; fields of the same nodes are kept."""
        self._graph = graph
        found: dict[str, list[str]] = {kind: [] for kind, _ in _SECTIONS}
        for name, node in graph.nodes.items():
            if node.op.name in found:
                found[node.op.name].append(name)
        self._all = {name: kind for kind, names in found.items() for name in names}
        self._empty = frozenset(
            name
            for name in (*found["input"], *found["target"])
            if graph.nodes[name].attributes.get("value") is None
        )
        for kind, opener in self.openers.items():
            opener.count(len(found[kind]), can_open=self._is_large())
        self._list()

    def show_part(self, names: Collection[str]) -> None:
        """List what these nodes learn or keep, of a large network whose headings are closed."""
        part = frozenset(names)
        if part != self._part:
            self._part = part
            if self._is_large():
                self._list()

    def _is_large(self) -> bool:
        return sum(kind in _HELD for kind in self._all.values()) > MOST_OPEN

    def _list(self) -> None:
        """List what is to be seen now, with the values it has."""
        graph, large = self._graph, self._is_large()
        is_part = large and not any(o.isChecked() for o in self.openers.values())
        self._most = MOST_OPEN + len(graph.inputs) if is_part else MOST_FIELDS
        kinds = {
            name: kind
            for name, kind in self._all.items()
            if not large or kind not in _HELD or self.openers[kind].isChecked()
            or name in self._part
        }  # fmt: skip
        if kinds != self._kinds:
            self._rebuild(kinds)
        self._label(graph)
        for name, field in self.fields.items():
            value = graph.nodes[name].attributes.get("value")
            text = "" if value is None else write_value(value)
            field.show_value(text)
            field.setPlaceholderText(told := hint(graph, name, value))
            field.setToolTip("" if text else told)  # whole, where a long name leaves little room
            if value is None or text:
                self._tell(name, "")
        self._offer_to_fill(graph)

    def _offer_to_fill(self, graph: Graph) -> None:
        """Offer numbers, or pictures where inputs have the shape of some."""
        shapes = [offered_shape(graph, n) for n in graph.inputs if n in self._empty]
        text, tip = filling(shapes)
        self.fill.setText(text)
        self.fill.setToolTip(tip)
        self.fill.setVisible(bool(self._empty) and not self._are_fed)
        self._settle()

    def set_fed(self, *, are_fed: bool) -> None:
        """Whether inputs without a value get theirs from elsewhere: then nothing is offered."""
        self._are_fed = are_fed
        self._offer_to_fill(self._graph)

    def _label(self, graph: Graph) -> None:
        """Tell each by its name, of a selected part without the groups all are in."""
        is_part = self._is_large() and not any(o.isChecked() for o in self.openers.values())
        names = qualified_names(graph) if is_part else {}
        held = [n for n, kind in self._kinds.items() if kind in _HELD and n in names]
        lead = common_lead([names[n] for n in held])
        for name, (label, _) in self._rows.items():
            in_part = names[name].removeprefix(lead).replace(".", "_") if name in held else name
            short = in_part if lead else name
            label.setText(typography().normal.elided(short, scaled(_NAME_WIDTH)))
            label.setToolTip(name)

    def needed(self) -> int:
        """The height at which every field is seen."""
        return self._body.sizeHint().height() - self._room

    def first_empty(self) -> ValueField | None:
        """The first input or target without a value."""
        return next((f for name, f in self.fields.items() if name in self._empty), None)

    def tell(self, name: str, message: str) -> None:
        """Say a sentence beside a node's field."""
        if name in self.fields:
            self._tell(name, message)
            self._settle()
            self._place(name)
            self._scroll.ensureWidgetVisible(self.errors[name])

    def _tell(self, name: str, message: str) -> None:
        if name not in self.errors:
            if not message:
                return
            self.errors[name] = _words("", "told", self._body)
            self.errors[name].setWordWrap(True)
        error = self.errors[name]
        error.setText(message)
        error.setVisible(bool(message))
        self._make_room()
        self._place(name)

    def _make_room(self) -> None:
        """While anything is told keep room for it under the last field."""
        is_told = any(not error.isHidden() for error in self.errors.values())
        self._room = _ROOM_TO_TELL if is_told else 0
        self._grid.setRowMinimumHeight(self._end, self._room)

    def _place(self, name: str) -> None:
        """Put a sentence over what is below its field, so that no other field moves."""
        error, field = self.errors[name], self.fields[name]
        if not error.isHidden():
            width = self._body.width() - GRID // 2
            error.setGeometry(0, field.geometry().bottom() + 2, width, error.heightForWidth(width))
            error.raise_()

    def _settle(self) -> None:
        """Have the fields where they will be, before anything is put beside them."""
        body, room = self._body, self._scroll.maximumViewportSize().height()
        self._grid.activate()
        height = max(body.minimumSizeHint().height(), room)
        body.resize(body.width(), height)  # now, so that what is told can be scrolled to

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._settle()
        for name in self.errors:
            self._place(name)

    def _rebuild(self, kinds: dict[str, str]) -> None:
        """List these nodes; the fields of those that were listed before are kept."""
        shown = dict(list(kinds.items())[: self._most])
        for name in [n for n in self._rows if shown.get(n) != self._kinds[n]]:
            error = self.errors.pop(name, None)
            for widget in (*self._rows.pop(name), *([error] if error else [])):
                widget.hide()
                widget.deleteLater()
        self._kinds = kinds
        grid, row = self._grid, 0
        grid.setEnabled(False)  # else each row that is shown would place all of them anew
        while grid.takeAt(0):
            pass
        grid.setRowStretch(self._end, 0)
        grid.setRowMinimumHeight(self._end, 0)
        before: QWidget | None = None
        for kind, _ in _SECTIONS:
            names = [name for name, k in shown.items() if k == kind]
            is_closed = self._is_large() and kind in _HELD and kind in self._all.values()
            row = self._put(self._headings[kind], row, is_shown=bool(names) or is_closed)
            for name in names:
                before = self._add(row, name, kind, before)
                row += 1
        left_out = len(kinds) - len(shown)
        self.more.setText(f"{left_out:,} more are not listed.")
        row = self._put(self.hint, row, is_shown=not kinds)
        row = self._put(self.more, row, is_shown=left_out > 0)
        grid.addWidget(self.fill, row, 0, 1, 2)
        if before is not None:
            QWidget.setTabOrder(before, self.fill)
        self._end = row + 1
        grid.setRowStretch(self._end, 1)
        grid.setEnabled(True)
        self.fields = {name: self._rows[name][1] for name in shown}
        self._make_room()
        self._settle()
        self.resized.emit()

    def _put(self, label: QWidget, row: int, *, is_shown: bool) -> int:
        """A line of words over both columns; returns the next row."""
        label.setVisible(is_shown)
        if is_shown:
            self._grid.addWidget(label, row, 0, 1, 2)
        return row + is_shown

    def _add(self, row: int, name: str, kind: str, before: QWidget | None) -> ValueField:
        """The row of a node, made where it was not listed before."""
        is_new = name not in self._rows
        if is_new:
            self._rows[name] = self._made(name, kind)
        label, field = self._rows[name]
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(field, row, 1)
        if is_new:
            label.show()
            field.show()
        if before is not None:
            QWidget.setTabOrder(before, field)
        return field

    def _made(self, name: str, kind: str) -> tuple[QLabel, ValueField]:
        label = QLabel(self._body)
        field = ValueField(name, kind, self._body)
        field.applied.connect(self._apply)
        field.emptied.connect(lambda name: self.edited.emit(name, None))
        label.setBuddy(field)
        return label, field

    def _apply(self, name: str, text: str) -> None:
        value = None
        if text.strip():
            try:
                value = read_value(text)
            except GraphLabError as error:
                self.tell(name, str(error))
                return
        elif not self.fields[name].is_written:
            return  # an array too long to be written out stays
        self._tell(name, "")
        field = self.fields[name]
        had_focus = field.hasFocus()
        self.edited.emit(name, value)
        if had_focus and not (name in self.errors and self.errors[name].text()):
            self._go_on(name)

    def _go_on(self, name: str) -> None:
        """After Enter: to the next field that is empty, or on to the graph."""
        names = list(self.fields)
        after = names[names.index(name) + 1 :] + names[: names.index(name)]
        for other in after:
            if other in self._empty:
                self.fields[other].setFocus()
                return
        self.done.emit()


def _words(text: str, name: str, parent: QWidget | None = None) -> QLabel:
    label = QLabel(text, parent)
    label.setObjectName(name)
    return label
