"""A file or folder of one's own: typed, or chosen in the system's dialog."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from graphlab.gui.theme import GRID

READABLE = (
    "A table (.csv, .tsv), arrays (.npz), idx files, CIFAR-10's .bin, a TIFF stack, a COCO .json; "
    "or a folder: images by class, images and masks, images and points, images and boxes (COCO, "
    "VOC), idx files. Files that cannot be read are named, and the others used."
)
_FILTER = "Data (*.csv *.tsv *.npz *.json *.tif *.tiff *.bin *.gz *.idx *idx*);;All files (*)"


class OwnLine(QWidget):
    """``chosen`` carries a path that was typed and confirmed, or chosen."""

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.path = QLineEdit()
        self.path.setAccessibleName("Path of your data")
        self.path.setPlaceholderText("Path of a file or folder")
        self.file, self.folder = QPushButton("File…"), QPushButton("Folder…")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(GRID)
        for button, tip in (
            (self.file, "Choose a file of data"),
            (self.folder, "Choose a folder of data"),
        ):
            button.setToolTip(tip)
            button.setAutoDefault(False)
        row.addWidget(self.path, 1)
        row.addWidget(self.file)
        row.addWidget(self.folder)
        self.path.returnPressed.connect(lambda: self._take(self.path.text()))
        self.file.clicked.connect(self._ask_file)
        self.folder.clicked.connect(self._ask_folder)

    def show_path(self, path: str) -> None:
        """Show a path that is chosen already."""
        self.path.setText(path)

    def _take(self, path: str) -> None:
        if path.strip():
            self.path.setText(path)
            self.chosen.emit(path.strip())

    def _ask_file(self) -> None:
        path, _ = QFileDialog.getOpenFileName(self, "Choose data", self.path.text(), _FILTER)
        self._take(path)

    def _ask_folder(self) -> None:
        self._take(QFileDialog.getExistingDirectory(self, "Choose data", self.path.text()))


def quiet(text: str) -> QLabel:
    """A paragraph that steps back."""
    label = QLabel(text)
    label.setObjectName("muted")
    label.setWordWrap(True)
    return label
