"""What the window asks and tells in dialogs of its own."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Literal

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QLabel,
    QMessageBox,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

_GRAPHS = "Graphs (*.graph.json)"
_OPENED = "Graphs and lessons (*.graph.json *.md)"
_PICTURES = {
    ".svg": "SVG picture (*.svg)",
    ".png": "PNG picture (*.png)",
    ".pdf": "PDF page (*.pdf)",
}

_ON_THE_GRAPH = (
    ("On the graph", "Go from card to card", "Tab or ↑ ↓"),
    ("On the graph", "Edit the value of the selected input", "Return"),
    ("On the graph", "Select several", "Shift+click, drag around them or Ctrl+A"),
    ("On the graph", "Move what is selected", "drag or Alt+arrows"),
    ("On the graph", "Draw an edge", "drag from a port, or W"),
    ("On the graph", "Add an op", "type its name, or double click"),
    ("On the graph", "Open the menu", "right click or Shift+F10"),
    ("On the graph", "Zoom", "wheel"),
    ("On the graph", "Move the view", "middle or right button, or Space+drag"),
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


def ask_lesson_to_open(parent: QWidget) -> Path | None:
    """A lesson file to open, or None."""
    name, _ = QFileDialog.getOpenFileName(parent, "Open a lesson", "", "Lessons (*.md)")
    return Path(name) if name else None


def ask_where_to_hand_in(parent: QWidget, stem: str) -> Path | None:
    """Where to write a lesson's answers, or None; the ending is added where it is missing."""
    name, _ = QFileDialog.getSaveFileName(
        parent, "Hand in your work", f"{stem}.answers.json", "Answers (*.answers.json)"
    )
    if not name:
        return None
    return Path(name if name.endswith(".answers.json") else name + ".answers.json")


def ask_to_save(parent: QWidget, path: Path | None) -> Literal["save", "discard", "cancel"]:
    """What is to become of changes that are not saved."""
    buttons = QMessageBox.StandardButton
    answer = QMessageBox.question(
        parent,
        "Unsaved changes",
        f"{path.name if path is not None else 'This graph'} has changes that are not saved. "
        "Save them?",
        buttons.Save | buttons.Discard | buttons.Cancel,
        buttons.Save,
    )
    if answer == buttons.Save:
        return "save"
    return "discard" if answer == buttons.Discard else "cancel"


def ask_to_drop_formula(parent: QWidget) -> bool:
    """Whether a formula that is typed and not drawn may go."""
    buttons = QMessageBox.StandardButton
    answer = QMessageBox.question(
        parent,
        "The formula is not drawn",
        "The formula in the field is not drawn yet and would be lost. Drop it?",
        buttons.Discard | buttons.Cancel,
        buttons.Cancel,
    )
    return answer == buttons.Discard


def tell(parent: QWidget, title: str, message: str) -> None:
    """A sentence that needs to be read."""
    QMessageBox.warning(parent, title, message)


def show_shortcuts(parent: QWidget, rows: Sequence[tuple[str, str, str]]) -> None:
    """The commands that have keys, menu by menu."""
    parts, last = [], ""
    for section, title, keys in [*rows, *_ON_THE_GRAPH]:
        if section != last:
            heading = f"<b>{escape(section)}</b>"
            parts.append(f"<tr><td colspan='2' style='padding-top:10px'>{heading}</td></tr>")
            last = section
        parts.append(
            f"<tr><td style='padding-right:32px'>{escape(title)}</td><td>{escape(keys)}</td></tr>"
        )
    _show(parent, "Keyboard shortcuts", f"<table cellpadding='2'>{''.join(parts)}</table>")


def show_about(parent: QWidget) -> None:
    """What GraphLab is and whose fonts it carries."""
    _show(
        parent,
        "About GraphLab",
        "<p><b>GraphLab</b></p><p>Draw a neural network as a computational graph and step it "
        "forward and backward by hand, with a value, a gradient and a local partial on every "
        "edge.</p><p>Its text is set in Inter, under the SIL Open Font Licence.</p>",
    )


def _show(parent: QWidget, title: str, html: str) -> None:
    dialog = QDialog(parent)
    dialog.setWindowTitle(title)
    text = QLabel(html)
    text.setTextFormat(Qt.TextFormat.RichText)
    text.setWordWrap(True)
    text.setMargin(16)
    text.setAlignment(Qt.AlignmentFlag.AlignTop)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setWidget(text)
    buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Close)
    buttons.rejected.connect(dialog.reject)
    layout = QVBoxLayout(dialog)
    layout.addWidget(scroll)
    layout.addWidget(buttons)
    hint = text.sizeHint()
    dialog.resize(max(440, hint.width() + 48), min(hint.height() + 88, 640))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.open()


def _folder(near: Path | None) -> str:
    return "" if near is None else str(near.parent)
