"""Which data set a network is trained on: a button that opens the choice, and what was chosen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from graphlab.data import DataSet
from graphlab.gui.background import Background
from graphlab.gui.datasets.listing import ready
from graphlab.gui.datasets.opening import Fetched, Opened, Opener
from graphlab.gui.datasets.words import as_sentence, fetched_text, splits_text, summary
from graphlab.gui.later import later
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.panels.elided_button import ElidedButton
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme

if TYPE_CHECKING:
    from graphlab.gui.datasets import dialog
else:
    dialog = later("graphlab.gui.datasets.dialog")

_NONE, _TIP = "Choose data…", "Choose what to train on"


class DataField(QWidget):
    """The chosen data set with its examples, splits and licence, opened in the background.

    ``chosen`` carries the spec of a data set once it is open; ``spec`` is empty where none is.
    """

    chosen = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.data_set: DataSet | None = None
        self.opener = Opener(self)
        self.button = ElidedButton(_NONE)
        self.about = QLabel()
        self.notice = LensNotice()
        self.progress = QProgressBar()
        self.stop = QPushButton("Cancel")
        self.quick = QPushButton()
        self.quick.hide()
        self._offered = ""
        self._looking = Background(self)
        self._spec, self._seed, self._theme = "", 0, LIGHT
        self._dialog: dialog.DataDialog | None = None
        self._arrange()
        self.button.clicked.connect(self.ask)
        self.stop.clicked.connect(self._give_up)
        self.quick.clicked.connect(self._take_offer)
        self.session.changed.connect(self._look)
        self.opener.opened.connect(self._take)
        self.opener.refused.connect(self._refuse)
        self.opener.fetching.connect(self._show_fetching)
        self.opener.is_busy_changed.connect(self._on_busy)
        self._show()
        self._on_busy(False)

    def _arrange(self) -> None:
        self.button.setAccessibleName("Data")
        self.about.setObjectName("muted")
        self.about.setWordWrap(True)
        self.about.setTextFormat(Qt.TextFormat.PlainText)
        self.progress.setTextVisible(False)
        self.progress.setRange(0, 0)
        self.progress.setAccessibleName("Opening the data")
        self.stop.setAccessibleName("Cancel opening the data")
        waiting = QHBoxLayout()
        waiting.setSpacing(GRID)
        waiting.addWidget(self.progress, 1)
        waiting.addWidget(self.stop)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID // 2)
        rows.addWidget(self.button)
        rows.addWidget(self.quick)
        rows.addWidget(self.about)
        rows.addLayout(waiting)
        rows.addWidget(self.notice)

    # --- what is chosen -----------------------------------------------------------------------
    @property
    def spec(self) -> str:
        """The name or path with its settings, as ``--data`` takes it."""
        return self._spec

    @spec.setter
    def spec(self, spec: str) -> None:
        """Open another data set; ``chosen`` tells when it is there."""
        self.notice.hide()
        self.opener.open(spec, self._seed)

    @property
    def seed(self) -> int:
        """What decides which examples are made, and which are for training."""
        return self._seed

    @seed.setter
    def seed(self, seed: int) -> None:
        if seed != self._seed:
            self._seed = seed
            if self._spec:
                self.spec = self._spec

    def take(self, opened: Opened) -> None:
        """Have a data set that is open already."""
        self.opener.give_up()
        self._seed = opened.seed
        self._take(opened)

    def clear(self) -> None:
        """Have no data set any more."""
        self.opener.give_up()
        if self._dialog is not None:
            self._dialog.close()
        self._spec, self._seed, self._offered, self.data_set = "", 0, "", None
        self._show()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        if self._dialog is not None:
            self._dialog.set_theme(theme)

    # --- what would fit -----------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        """Offer what fits the drawing, as long as nothing is chosen."""
        super().showEvent(event)
        self._look()

    def _look(self) -> None:
        if not self._spec and self.isVisible():
            graph = self.session.graph
            self._looking.start(lambda: ready(graph), self._offer)

    def _offer(self, found: tuple[str, str] | None) -> None:
        self._offered = found[0] if found else ""
        if found:
            self.quick.setText(f"Use {found[1]}")
        self.quick.setVisible(bool(found) and not self._spec and not self.opener.is_busy)

    def _take_offer(self) -> None:
        self.quick.hide()
        self.spec = self._offered

    # --- choosing -----------------------------------------------------------------------------
    def ask(self) -> None:
        """Open the dialog that offers all there is."""
        asked = self._dialog = dialog.DataDialog(
            self.session, self.window(), spec=self._spec, seed=self._seed, theme=self._theme
        )
        asked.taken.connect(self.take)
        asked.finished.connect(self._leave)
        asked.open()

    def _leave(self) -> None:
        self._dialog = None
        self.button.setFocus()

    def _take(self, opened: Opened) -> None:
        self._spec, self.data_set = opened.spec, opened.data
        self._show()
        self.chosen.emit(opened.spec)

    def _refuse(self, message: str) -> None:
        self.notice.say(as_sentence(message), is_problem=True)
        self.notice.show()

    def _give_up(self) -> None:
        self.opener.give_up()
        self.notice.say("Given up before the data was open.")
        self.notice.show()

    # --- showing ------------------------------------------------------------------------------
    def _show(self) -> None:
        data = self.data_set
        title, tip = (_NONE, _TIP) if data is None else (data.title, self._spec)
        self.button.tell(title, tip)
        self.about.setVisible(data is not None)
        self.quick.setVisible(data is None and bool(self._offered))
        self.button.setAccessibleName("Data" if data is None else f"Data: {data.title}")
        if data is not None:
            self.about.setText(f"{summary(data)}\n{splits_text(data)}")
        self.notice.setVisible(False)

    def _show_fetching(self, fetched: Fetched) -> None:
        self.progress.setRange(0, 1000 if fetched.size else 0)
        if fetched.size:
            self.progress.setValue(1000 * fetched.here // fetched.size)
        self.notice.say(fetched_text(fetched))
        self.notice.show()

    def _on_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        if not is_busy:
            self.progress.setRange(0, 0)
