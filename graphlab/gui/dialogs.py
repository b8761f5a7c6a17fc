"""What the window asks and tells in dialogs of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QInputDialog,
    QLabel,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graphlab import __version__
from graphlab.gui.theme import GRID

_WIDE = 1100  # pixels of a window that has room for three columns
_HEADING = 2  # lines that the heading of a group takes

_LONGEST_NAME = 100

_COMPILED = {
    ".py": ("Compile to Python", "Python source (*.py)"),
    ".onnx": ("Compile to ONNX", "ONNX models (*.onnx)"),
    ".safetensors": ("Save the weights", "Weights (*.safetensors)"),
}
_GRAPHS = "Graphs (*.graph.json)"
_OPENED = "Graphs, lessons and handed-in work (*.graph.json *.md *.answers.json)"
_PICTURES = {
    ".svg": "SVG picture (*.svg)",
    ".png": "PNG picture (*.png)",
    ".pdf": "PDF page (*.pdf)",
}

_BESIDE_THE_COMMANDS = (
    ("File", "Import a dragged file", "drop it here"),
    ("File", "Import a Python class", "graphlab import"),  # runs its code: command line only
    ("On the graph", "Go from card to card", "Tab or ↑ ↓"),
    ("On the graph", "Select the card above or below too", "Shift+↑ ↓"),
    ("On the graph", "Edit the value of the selected input", "Return"),
    ("On the graph", "Select several", "Shift+click, drag or Ctrl+A"),
    ("On the graph", "Move what is selected", "drag or Alt+arrows"),
    ("On the graph", "Draw an edge", "drag from a port"),
    ("On the graph", "Add an op", "type its name, or double click"),
    ("On the graph", "Open the menu", "right click or Shift+F10"),
    ("On the graph", "Zoom", "wheel"),
    ("On the graph", "Move the view", "right button or Space+drag"),
)


def ask_what_to_open(parent: QWidget, near: Path | None) -> Path | None:
    """A graph file or a lesson to open, or None."""
    name, _ = QFileDialog.getOpenFileName(
        parent, "Open a graph or a lesson", _folder(near), _OPENED
    )
    return Path(name) if name else None


def ask_where_to_save(parent: QWidget, path: Path | None, name: str) -> Path | None:
    """Where to save the graph, or None; the ending is added where it is missing."""
    start = str(path or Path.home() / name)
    name, _ = QFileDialog.getSaveFileName(parent, "Save the graph", start, _GRAPHS)
    if not name:
        return None
    return Path(name if name.endswith(".graph.json") else name + ".graph.json")


def ask_where_to_export(parent: QWidget, path: Path | None, name: str, ending: str) -> Path | None:
    """Where to write the picture, or None; the ending of the chosen format is added."""
    folder = Path.home() if path is None else path.parent
    start = str(folder / (name.removesuffix(".graph.json") + ending))
    chosen, _ = QFileDialog.getSaveFileName(parent, "Export the picture", start, _PICTURES[ending])
    if not chosen:
        return None
    return Path(chosen if chosen.lower().endswith(ending) else chosen + ending)


def ask_where_to_compile(parent: QWidget, path: Path | None, stem: str, ending: str) -> Path | None:
    """Where to write what a drawing is compiled to, or None; a missing ending is added."""
    title, kind = _COMPILED[ending]
    folder = Path.home() if path is None else path.parent
    chosen, _ = QFileDialog.getSaveFileName(parent, title, str(folder / (stem + ending)), kind)
    if not chosen:
        return None
    return Path(chosen if chosen.lower().endswith(ending) else chosen + ending)


def ask_what_to_import(parent: QWidget, near: Path | None, ending: str) -> Path | None:
    """An ONNX model to draw or a file of weights to load, or None."""
    title = "Import an ONNX model" if ending == ".onnx" else "Load weights"
    name, _ = QFileDialog.getOpenFileName(parent, title, _folder(near), _COMPILED[ending][1])
    return Path(name) if name else None


def ask_which_run(parent: QWidget, place: Path) -> Path | None:
    """The folder of a training run, or None; ``place`` is where the window keeps its own."""
    name = QFileDialog.getExistingDirectory(parent, "Open a run", str(place))
    return Path(name) if name else None


def ask_lesson_to_open(parent: QWidget) -> Path | None:
    """A lesson file to open, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a lesson", "", "Lessons (*.md)")
    return Path(name) if name else None


def ask_name(parent: QWidget, known: str) -> str | None:
    """The student's name, empty for none; None where the dialog was left."""
    name, is_given = QInputDialog.getText(
        parent, "Your name", "Your name, as your teacher knows it:", text=known
    )
    return " ".join(name.split())[:_LONGEST_NAME] if is_given else None


def ask_where_to_hand_in(parent: QWidget, stem: str, name: str) -> Path | None:
    """Where to write a student's answers to a lesson, or None; a missing ending is added."""
    whose = "-".join(re.findall(r"\w+", name))
    proposed = f"{stem}-{whose}" if whose else stem
    name, _ = QFileDialog.getSaveFileName(
        parent, "Hand in your work", f"{proposed}.answers.json", "Answers (*.answers.json)"
    )
    if not name:
        return None
    return Path(name if name.endswith(".answers.json") else name + ".answers.json")


def ask_to_save(
    parent: QWidget, path: Path | None, ending: str = ""
) -> Literal["save", "discard", "cancel"]:
    """What is to become of changes that are not saved; ``ending`` tells what else ends."""
    buttons = QMessageBox.StandardButton
    answer = _asked(
        parent,
        "Unsaved changes",
        f"{path.name if path is not None else 'This graph'} has changes that are not saved. "
        "Save them?" + (f"\n\n{ending}" if ending else ""),
        buttons.Save | buttons.Discard | buttons.Cancel,
        buttons.Save,
    )
    if answer == buttons.Save:
        return "save"
    return "discard" if answer == buttons.Discard else "cancel"


def ask_to_overwrite(parent: QWidget, path: Path) -> Literal["overwrite", "save as", "cancel"]:
    """What is to become of a file that was written elsewhere meanwhile."""
    buttons = QMessageBox.StandardButton
    answer = _asked(
        parent,
        "The file has changed",
        f"{path.name} was changed elsewhere since it was opened or saved here. Saving over it "
        "would lose those changes; saving as another file keeps both.",
        buttons.Save | buttons.Discard | buttons.Cancel,
        buttons.Save,
        {buttons.Save: "Save as…", buttons.Discard: "Overwrite"},
    )
    if answer == buttons.Save:
        return "save as"
    return "overwrite" if answer == buttons.Discard else "cancel"


def ask_to_end(parent: QWidget, ending: str) -> bool:
    """Whether what is going on may end."""
    buttons = QMessageBox.StandardButton
    answer = _asked(parent, "Training", ending, buttons.Ok | buttons.Cancel, buttons.Ok)
    return answer == buttons.Ok


def ask_to_drop_formula(parent: QWidget) -> bool:
    """Whether a formula that is typed and not drawn may go."""
    buttons = QMessageBox.StandardButton
    answer = _asked(
        parent,
        "The formula is not drawn",
        "The formula in the field is not drawn yet and would be lost. Drop it?",
        buttons.Discard | buttons.Cancel,
        buttons.Cancel,
    )
    return answer == buttons.Discard


def tell(parent: QWidget, title: str, message: str) -> None:
    """A sentence that needs to be read."""
    close = QMessageBox.StandardButton.Close
    _asked(parent, title, message, close, close)


def _asked(
    parent: QWidget,
    title: str,
    message: str,
    buttons: QMessageBox.StandardButton,
    usual: QMessageBox.StandardButton,
    words: Mapping[QMessageBox.StandardButton, str] = {},
) -> QMessageBox.StandardButton:
    """The button that was chosen; the box has none of the pictures that Qt's own styles bring."""
    box = QMessageBox(parent)
    box.setWindowTitle(title)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setText(message)
    box.setStandardButtons(buttons)
    box.setDefaultButton(usual)
    for button, word in words.items():
        box.button(button).setText(word)
    return QMessageBox.StandardButton(box.exec())


def show_shortcuts(parent: QWidget, rows: Sequence[tuple[str, str, str]]) -> None:
    """The commands that have keys, menu by menu, in columns of about one height.

    Each menu, the longest first, goes to the column that is shortest so far.
    """
    groups: dict[str, list[tuple[str, str]]] = {}
    for section, title, keys in [*rows, *_BESIDE_THE_COMMANDS]:
        groups.setdefault(section, []).append((title, keys))
    count = 3 if parent.width() >= _WIDE else 2
    columns: list[list[str]] = [[] for _ in range(count)]
    heights = [0] * count
    for section in sorted(groups, key=lambda section: -len(groups[section])):
        place = heights.index(min(heights))
        columns[place].append(section)
        heights[place] += len(groups[section]) + _HEADING
    order = list(groups)
    sorted_columns = sorted([sorted(c, key=order.index) for c in columns if c],
                            key=lambda c: order.index(c[0]))  # fmt: skip
    tables = ["".join(_keys_rows(s, groups[s]) for s in column) for column in sorted_columns]
    _show(parent, "Keyboard shortcuts", [f"<table>{table}</table>" for table in tables])


def _keys_rows(section: str, lines: Sequence[tuple[str, str]]) -> str:
    rows = "".join(
        f"<tr><td style='padding-right:16px'>{escape(title)}</td>"
        f"<td style='white-space:nowrap'>{escape(keys)}</td></tr>"
        for title, keys in lines
    )
    heading = f"<td colspan='2' style='padding-top:12px'><b>{escape(section)}</b></td>"
    return f"<tr>{heading}</tr>{rows}"


def show_about(parent: QWidget) -> None:
    """What GraphLab is and whose fonts it carries."""
    _show(
        parent,
        "About GraphLab",
        [
            f"<p><b>GraphLab</b> {escape(__version__)}</p><p>Draw a neural network as a "
            "computational graph and step it forward and backward by hand, with a value, a "
            "gradient and a local partial on every edge.</p><p>Its text is set in Inter, under the "
            "SIL Open Font Licence, and source code in DejaVu Sans Mono, under its own free "
            "licence.</p>"
        ],
    )


def _show(parent: QWidget, title: str, columns: Sequence[str]) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    body = QWidget()
    across = QHBoxLayout(body)
    across.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
    across.setSpacing(5 * GRID)
    for html in columns:
        text = QLabel(html)
        text.setTextFormat(Qt.TextFormat.RichText)
        text.setWordWrap(len(columns) == 1)
        text.setAlignment(Qt.AlignmentFlag.AlignTop)
        across.addWidget(text)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(body)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(scroll)
    layout.addWidget(buttons)
    hint = body.sizeHint()
    width = max(55 * GRID, hint.width() + 5 * GRID)
    height = hint.height() + buttons.sizeHint().height() + 6 * GRID
    dialog.resize(min(width, parent.width()), min(height, parent.height()))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _folder(near: Path | None) -> str:
    return "" if near is None else str(near.parent)
