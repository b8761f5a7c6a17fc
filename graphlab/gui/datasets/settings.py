"""How a set is to be opened: its size and noise, what is learned from it, its splits."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSignalBlocker, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLineEdit, QSpinBox, QWidget

from graphlab.data import GENERATED
from graphlab.data.opening import Options, read_setting
from graphlab.data.splitting import DEFAULT
from graphlab.gui.datasets.listing import Item
from graphlab.gui.flow import Flow
from graphlab.gui.lenses.parts import Choice, named
from graphlab.gui.lettering import scaled
from graphlab.gui.theme import GRID

_PAUSE = 350  # milliseconds after the last change before a set is opened anew
_MOST = 10**7
_FIELD = 11 * GRID
_USUAL = "as found"
_TASKS = (_USUAL, "classes", "regression", "masks", "points", "boxes", "plain")
_TABLES = (".csv", ".tsv")


class Settings(QWidget):
    """The fields that go with a set; ``changed`` comes when a person has stopped changing them."""

    changed = Signal()
    touched = Signal()  # at every change

    def __init__(self) -> None:
        super().__init__()
        self.examples = QSpinBox()
        self.examples.setRange(1, _MOST)
        self.noise, self.split = QLineEdit(), QLineEdit()
        self.image_size, self.target = QLineEdit(), QLineEdit()
        self.task = Choice("Learn")
        self.task.offer(_TASKS)
        self.standardise = QCheckBox("Standardise")
        self._parts: list[tuple[Callable[[Item], bool], QWidget]] = []
        self._timer = QTimer(self, singleShot=True, interval=_PAUSE)
        self._timer.timeout.connect(self.changed)
        self._arrange()

    def _arrange(self) -> None:
        lines = Flow(2 * GRID, GRID // 2)
        self.setLayout(lines)
        parts: tuple[tuple[str, QWidget, Callable[[Item], bool], str], ...] = (
            ("Examples", self.examples, _is_made, "How many examples are made"),
            ("Noise", self.noise, _is_made, "What it does is said above"),
            ("Learn", self.task, _is_own, "What is learned from the examples"),
            ("Column", self.target, _is_table, "The column of a table that is learned"),
            (
                "Size",
                self.image_size,
                _is_folder,
                "Height and width to resize images to, as in 64x64",
            ),
            ("Split", self.split, _always, "Shares of train, validation and test, as in 80/10/10"),
        )
        for title, field, applies, tip in parts:
            field.setAccessibleName(title)
            field.setToolTip(tip)
            field.setFixedWidth(scaled(_FIELD))
            both = QWidget()
            row = QHBoxLayout(both)
            row.setContentsMargins(0, 0, 0, 0)
            row.setSpacing(GRID)
            row.addWidget(named(title, field))
            row.addWidget(field)
            lines.addWidget(both)
            self._parts.append((applies, both))
        lines.addWidget(self.standardise)
        self.standardise.setMinimumHeight(self.split.sizeHint().height())
        self.target.setPlaceholderText("y, or the last")
        self.image_size.setPlaceholderText("as stored")
        self.standardise.setToolTip("Mean 0 and deviation 1, as measured on the training rows")
        for line in (self.noise, self.split, self.image_size, self.target):
            line.textEdited.connect(self._touch)
        self.examples.valueChanged.connect(self._touch)
        self.standardise.toggled.connect(self._touch)
        self.task.activated.connect(self._touch)

    def _touch(self) -> None:
        self.touched.emit()
        self._timer.start()

    # --- what there is to set -----------------------------------------------------------------
    def show_for(self, item: Item, options: Options) -> None:
        """The fields of a set, with what was set before or is usual."""
        self._timer.stop()
        with QSignalBlocker(self.examples), QSignalBlocker(self.standardise):
            made = GENERATED.get(item.name)
            if made is not None:
                self.examples.setValue(options.examples or made.examples)
                self.noise.setText(f"{made.noise if options.noise is None else options.noise:g}")
            self.standardise.setChecked(bool(options.standardise))
        shares = DEFAULT if options.split is None else options.split
        self.split.setText("/".join(f"{100 * share:g}" for share in shares))
        self.image_size.setText("" if options.size is None else "x".join(map(str, options.size)))
        self.task.choose(options.task or _USUAL)
        self.target.setText(options.target or "")
        for applies, both in self._parts:
            both.setVisible(applies(item))

    def options(self, item: Item) -> Options:
        """What is set and is not as it would be without; raises ``DataError``."""
        given: dict[str, Any] = {"standardise": self.standardise.isChecked() or None}
        shares = read_setting("split", self.split.text())
        given["split"] = None if shares == DEFAULT else shares
        if made := GENERATED.get(item.name):
            count, noise = self.examples.value(), read_setting("noise", self.noise.text())
            given["examples"] = None if count == made.examples else count
            given["noise"] = None if noise == made.noise else noise
        if _is_own(item) and self.task.currentText() != _USUAL:
            given["task"] = self.task.currentText()
        if _is_table(item):
            given["target"] = self.target.text().strip() or None
        if _is_folder(item) and self.image_size.text().strip():
            given["size"] = read_setting("size", self.image_size.text())
        return Options(**given)


def _always(item: Item) -> bool:
    return True


def _is_made(item: Item) -> bool:
    return item.source == "generated"


def _is_own(item: Item) -> bool:
    return item.source == "own"


def _is_table(item: Item) -> bool:
    return _is_own(item) and Path(item.name).suffix.lower() in _TABLES


def _is_folder(item: Item) -> bool:
    return _is_own(item) and (Path(item.name).suffix.lower() == ".json" or not _is_file(item))


def _is_file(item: Item) -> bool:
    return Path(item.name).suffix != ""
