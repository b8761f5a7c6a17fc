"""A node's name and attributes, or the settings of a template, each with the editor of its type.

Nothing is judged here: what is typed is handed on, and a sentence that comes back is told under
its row.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any, get_args

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QGridLayout, QLabel, QWidget

from graphlab.errors import GraphLabError, OpError
from graphlab.graph import Node
from graphlab.gui.lettering import hold, scaled
from graphlab.gui.panels.value_field import ValueField
from graphlab.gui.theme import GRID, typography
from graphlab.gui.values import read_value, write_value
from graphlab.ops import show_shape
from graphlab.ops.attributes import AttributeType

NAME = "name"
_LABEL_WIDTH = 72
_LONGEST, _DEEPEST = 4000, 8  # of what is typed, in characters and brackets
_OPEN_WORDS = ("", "left out", "none")

Change = Callable[[str, str, Any], str]
"""Node, attribute (or ``NAME``), value: returns what is wrong, and nothing where it was taken."""


class AttributeField(ValueField):
    """An attribute as a line of text."""

    def __init__(self, key: str) -> None:
        super().__init__(key, "attribute")
        self.setObjectName(f"attribute:{key}")
        self.setAccessibleName(key)


Editor = AttributeField | QComboBox | QCheckBox


class AttributesForm(QWidget):
    """One row an attribute; an editor that has the focus keeps it while numbers change."""

    def __init__(self, change: Change, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._change = change
        self._name = ""
        self._kinds: Mapping[str, AttributeType] = {}
        self._given: Mapping[str, Any] = {}
        self._made_for: Any = None
        self.editors: dict[str, Editor] = {}
        self.errors: dict[str, QLabel] = {}
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID // 2)
        self._grid.setColumnStretch(1, 1)

    def show_node(self, name: str, node: Node) -> None:
        """Show a node's name and attributes as the document holds them."""
        self.show_fields(name, node.op, node.op.attributes, node.attributes, is_named=True)

    def show_fields(
        self,
        name: str,
        made_by: object,
        kinds: Mapping[str, AttributeType],
        given: Mapping[str, Any],
        *,
        is_named: bool = False,
    ) -> None:
        """Show these fields of what is called so; they are made anew for another ``made_by``."""
        # first, for a field that goes may still be left
        self._name, self._kinds, self._given = name, kinds, given
        if (name, made_by) != self._made_for:
            self._made_for = (name, made_by)
            self._rebuild(is_named=is_named)
        if is_named:
            _show_text(self.editors[NAME], name, "")
        for key in kinds:
            self._restore(key)

    def _restore(self, key: str) -> None:
        """Show in a field what the document holds."""
        kind, is_set = self._kinds[key], key in self._given
        _show(self.editors[key], kind, self._given.get(key, kind.default), is_set=is_set)

    def _rebuild(self, *, is_named: bool) -> None:
        for widget in self.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly):
            self._grid.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.editors, self.errors = {}, {}
        if is_named:
            self._add(NAME, AttributeField(NAME), "How this node is called")
        for key, kind in self._kinds.items():
            self._add(key, _editor(key, kind), f"{key}: {kind.in_words()}")

    def _add(self, key: str, editor: Editor, tip: str) -> None:
        row = 2 * len(self.editors)
        label = QLabel(typography().normal.elided(key, scaled(_LABEL_WIDTH)))
        label.setObjectName("muted")
        hold(label, fixed_width=_LABEL_WIDTH)
        label.setToolTip(tip)
        label.setBuddy(editor)
        editor.setToolTip(tip)
        error = QLabel()
        error.setObjectName("problem")
        error.setWordWrap(True)
        error.hide()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(editor, row, 1)
        self._grid.addWidget(error, row + 1, 0, 1, 2)
        self.editors[key], self.errors[key] = editor, error
        owner = self._made_for[0]
        if isinstance(editor, QComboBox):
            editor.activated.connect(lambda: self._apply(owner, key, editor.currentText()))
        elif isinstance(editor, QCheckBox):
            editor.clicked.connect(lambda: self._apply(owner, key, editor.isChecked()))
        else:
            editor.applied.connect(lambda _, text: self._read(owner, key, text))

    def _read(self, owner: str, key: str, text: str) -> None:
        if owner != self._name:
            return
        editor = self.editors[key]
        hint = editor.placeholderText() if isinstance(editor, AttributeField) else ""
        if not text.strip() and hint.startswith("array"):
            return  # an array too long to be written out stays
        try:
            value = text.strip() if key == NAME else read(self._kinds[key], text)
        except GraphLabError as error:
            self._tell(key, str(error))
            return
        self._apply(owner, key, value)

    def _apply(self, owner: str, key: str, value: Any) -> None:
        if owner != self._name:
            return
        wrong = self._change(owner, key, value)
        if owner != self._name or key not in self.errors:
            return  # it has another name now, and fields of its own
        self._tell(key, wrong)
        if wrong and key != NAME and not isinstance(self.editors[key], AttributeField):
            self._restore(key)

    def _tell(self, key: str, message: str) -> None:
        self.errors[key].setText(message)
        self.errors[key].setVisible(bool(message))


# --- between attributes and what is typed ---------------------------------------------------------
def read(kind: AttributeType, text: str) -> Any:
    """What was typed for an attribute; only what it means for the op is left to be judged."""
    if kind.annotation is str:
        return text.strip() or kind.default
    text = text.strip().replace("−", "-")
    if text.lower() in _OPEN_WORDS and not (text and kind.is_required):
        return kind.default
    if kind.is_array:
        return read_value(text)
    if kind.annotation is float or _is_optional_word(kind, text):
        return text if _is_optional_word(kind, text) else _number(text)
    found = _literal(text)
    is_shape = isinstance(found, int) and str(kind.annotation).startswith("tuple")
    return (found,) if is_shape else found


def write(kind: AttributeType, value: Any, *, is_set: bool) -> tuple[str, str]:
    """The text of an attribute in its field, and the hint where the field is empty."""
    if value is None:
        return "", "left out" if not kind.is_required else kind.in_words()
    if kind.annotation is str:
        return value, ""
    if kind.is_array:
        text = write_value(value)
        return text, "" if text else f"array {show_shape(value.shape)}"
    if isinstance(value, tuple):
        return _tuple(value), ""
    text = str(value).replace("-", "−").replace("inf", "∞") if value != "inf" else "inf"
    return ("", f"{text}, none") if text.endswith("∞") and not is_set else (text, "")


def _number(text: str) -> Any:
    try:
        return float(text) if "_" not in text else text
    except ValueError:
        return read_value(text)


def _literal(text: str) -> Any:
    """Whole numbers and tuples of them; what is neither is handed on as it was typed."""
    if len(text) > _LONGEST or max(text.count(c) for c in "([") > _LONGEST // 8:
        raise OpError(f"{text[:20]}… is longer than anything that can be meant here")
    plain = re.sub(r"\bNone\b|\?", "null", text).replace("×", ",").replace("(", "[")
    plain = re.sub(r",\s*\]", "]", plain.replace(")", "]"))
    for attempt in (plain, f"[{plain.rstrip(', ')}]"):
        if _nesting(attempt) > _DEEPEST:
            break
        try:
            return _as_tuples(json.loads(attempt))
        except ValueError:
            continue
    return text


def _nesting(text: str) -> int:
    deepest = level = 0
    for c in text:
        level += (c == "[") - (c == "]")
        deepest = max(deepest, level)
    return deepest


def _as_tuples(value: Any) -> Any:
    return tuple(map(_as_tuples, value)) if isinstance(value, list) else value


def _is_optional_word(kind: AttributeType, text: str) -> bool:
    """Whether a type is a number or this one word."""
    return any(text in get_args(part) for part in get_args(kind.annotation))


def _tuple(value: tuple[Any, ...]) -> str:
    inner = ", ".join(_tuple(v) if isinstance(v, tuple) else str(v) for v in value)
    return f"({inner},)" if len(value) == 1 else f"({inner})"


# --- the editors ----------------------------------------------------------------------------------
def _editor(key: str, kind: AttributeType) -> Editor:
    if kind.choices:
        combo = QComboBox()
        combo.addItems(kind.choices)
        combo.setAccessibleName(key)
        return combo
    if kind.annotation is bool:
        box = QCheckBox()
        box.setAccessibleName(key)
        return box
    return AttributeField(key)


def _show(editor: Editor, kind: AttributeType, value: Any, *, is_set: bool) -> None:
    if isinstance(editor, QComboBox):
        with QSignalBlocker(editor):
            editor.setCurrentText(str(value))
    elif isinstance(editor, QCheckBox):
        with QSignalBlocker(editor):
            editor.setChecked(bool(value))
    else:
        _show_text(editor, *write(kind, value, is_set=is_set))


def _show_text(editor: Editor, text: str, hint: str) -> None:
    if isinstance(editor, AttributeField):
        editor.show_value(text)
        editor.setPlaceholderText(hint)
