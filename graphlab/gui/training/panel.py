"""The training panel: data and buttons left, the recipe and what comes of it right."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QEvent, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QPushButton,
    QScrollArea,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from graphlab.graph import Graph
from graphlab.gui import results
from graphlab.gui.datasets.field import DataField
from graphlab.gui.lenses.keys import TabRow, turning
from graphlab.gui.lettering import scaled
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, LIGHT, Theme
from graphlab.gui.training.controls import Controls
from graphlab.gui.training.curves import CurvesTab
from graphlab.gui.training.desk import Desk
from graphlab.gui.training.history import History
from graphlab.gui.training.layers import LayersTab
from graphlab.gui.training.recipe import RecipeEditor
from graphlab.gui.training.reopening import FoundRun
from graphlab.gui.training.session import RESTING

_REDRAW_MS = 120
_HEAD, _PAGE = 4 * GRID, 16 * GRID  # a tab's choices, in text of any size; the least below them
_LEFT, _MOST_LEFT = 38 * GRID, 0.42  # the width of the left side, and its largest share
_LEAST_LEFT = 20 * GRID  # of what is pressed there, one below the other
_MOVING = ("steps", "epoch", "health", "units", "ready", "running")


class TrainPanel(QWidget):
    """Trains the drawing; ``chosen`` carries a node to be selected on the canvas."""

    chosen = Signal(str)
    turned = Signal()  # other things can be done than before

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.history = History()
        self.data = DataField(session)
        self.desk = Desk(session, self.data, self)
        self.training = self.desk.training
        self.controls = Controls(self.training)
        self.editor = RecipeEditor()
        self.curves, self.layers = CurvesTab(self.history), LayersTab(self.history)
        self.tabs, self.pages = TabRow(), QStackedWidget()
        self._theme: Theme = LIGHT
        self._kept: History | None = None  # of a run that is about to be at rest
        self._results: list[results.ResultTab] = []
        self._kind: tuple[str, tuple[int, ...], bool] | None = None  # of the data
        self._redraw = QTimer(self, singleShot=True, interval=_REDRAW_MS)
        self._redraw.timeout.connect(self._show)
        self._arrange()
        for button in self.findChildren(QPushButton):
            button.setAutoDefault(True)  # Return presses the one that has the focus
        self._connect()
        self._refresh()

    def _arrange(self) -> None:
        self.tabs.setDrawBase(False)
        self.tabs.setExpanding(False)
        self.tabs.setAccessibleName("What is shown of the training")
        for title, page in (
            ("Recipe", self.editor), ("Curves", self.curves), ("Layers", self.layers),
        ):  # fmt: skip
            self.add_tab(title, page)
        column = QWidget()
        left = QVBoxLayout(column)
        left.setContentsMargins(0, 0, GRID, 0)
        left.setSpacing(GRID // 2)
        for part in (self.data.button, self.controls, self.data):  # what comes and goes is last
            left.addWidget(part)
        left.addStretch()
        self._left = QScrollArea()
        self._left.setWidget(column)
        self._left.setWidgetResizable(True)
        self._left.setFrameShape(QScrollArea.Shape.NoFrame)
        self._left.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        right = QVBoxLayout()
        right.setSpacing(0)
        right.addWidget(self.tabs)
        right.addWidget(self.pages, 1)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(2 * GRID)
        whole.addWidget(self._left)
        whole.addLayout(right, 1)

    def _connect(self) -> None:
        controls, desk, training = self.controls, self.desk, self.training
        controls.main.clicked.connect(desk.main)
        controls.step.clicked.connect(lambda: desk.go("step"))
        controls.epoch.clicked.connect(lambda: desk.go("epoch"))
        controls.stop.clicked.connect(training.stop)
        controls.into.clicked.connect(lambda: desk.bringer.step_in())
        controls.chosen.connect(desk.bringer.step_in)
        controls.leave.clicked.connect(desk.bringer.leave)
        controls.take.clicked.connect(desk.bringer.take_weights)
        controls.again.clicked.connect(desk.again)
        desk.turned.connect(self._refresh)
        desk.refused.connect(controls.refuse)
        desk.added.connect(controls.tell_added)
        desk.proposed.connect(self._show_recipe)
        desk.cleared.connect(self._clear)
        desk.bringer.chosen.connect(self.chosen)
        self.layers.chosen.connect(self.chosen)
        self.editor.edited.connect(desk.set_recipe)
        self.editor.seeded.connect(desk.set_seed)
        self.editor.refused.connect(controls.refuse)
        for mended in (self.editor.settled, self.editor.seeded, training.weighed):
            mended.connect(self._withdraw_problem)
        training.told.connect(self._on_told)
        training.began.connect(self._begin)
        training.state_changed.connect(self._on_state)
        training.stale_changed.connect(lambda _is_stale: self._refresh())
        training.stale_changed.connect(lambda _is_stale: self.curves.mark(training.change))
        self.data.chosen.connect(lambda _spec: self._offer_results())
        self.tabs.currentChanged.connect(self._turn_to)

    def add_tab(self, title: str, page: QWidget) -> None:
        """One more thing to be shown of the training."""
        self.pages.addWidget(page)
        self.tabs.addTab(title)

    # --- opened, closed, coloured ---------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """Look at the drawing only while the panel is open; training goes on when it is not."""
        self.desk.look(is_looking=is_open)
        if is_open:
            self._show()

    def event(self, event: QEvent) -> bool:
        """Keys that turn tabs are the panel's wherever in it the focus is."""
        is_key = isinstance(event, QKeyEvent) and turning(event) != 0
        if is_key and event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if (further := turning(event)) == 0:
            super().keyPressEvent(event)
            return
        self.tabs.setCurrentIndex((self.tabs.currentIndex() + further) % self.tabs.count())

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self._theme = theme
        self.data.set_theme(theme)
        self.curves.set_theme(theme)
        self.layers.set_theme(theme)
        for page in self._results:
            page.set_theme(theme)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fit()

    def _fit(self) -> None:
        """The left side has room for its buttons in one line, unless that cuts tabs or results."""
        bar = self._left.verticalScrollBar().sizeHint().width()
        wish = max(scaled(_LEFT), self.controls.sizeHint().width() + GRID + bar)
        results_need = self.tabs.sizeHint().height() + scaled(_HEAD) + _PAGE
        self._left.setMinimumHeight(results_need)  # before there are any, to stand still later
        beside_tabs = self.width() - self.tabs.sizeHint().width() - 2 * GRID
        room = min(int(_MOST_LEFT * self.width()), max(beside_tabs, scaled(_LEAST_LEFT)))
        self._left.setFixedWidth(min(wish, room))

    def end(self) -> None:
        """Leave no process behind."""
        self.training.end()

    def _turn_to(self, index: int) -> None:
        self.pages.setCurrentIndex(index)
        self._show()

    def _offer_results(self) -> None:
        """The tabs that go with the data, in place of those for other data once its run is over."""
        data, training = self.data.data_set, self.training
        if data is None or (training.is_alive and training.change == "data set"):
            return
        kind = data.task, tuple(data.fields["x"].shape[1:]), self.desk.gives_back
        if kind == self._kind:
            return
        self._withdraw_results()
        self._kind = kind
        for title, page in results.tabs(self.session, self.training, *kind):
            page.set_theme(self._theme)
            self._results.append(page)
            self.add_tab(title, page)
        self._fit()

    def _withdraw_results(self) -> None:
        for page in self._results:
            self.tabs.removeTab(self.pages.indexOf(page))
            self.pages.removeWidget(page)
            page.deleteLater()
        self._results, self._kind = [], None

    def _clear(self) -> None:
        """Another document is opened: nothing is known of it yet."""
        self._withdraw_results()
        self.controls.tell_added("")
        self.tabs.setCurrentIndex(0)
        self.editor.seed.show_number(self.desk.seed)
        self.editor.show_recipe(Graph(), [])
        self._refresh()

    def reopen(self, found: FoundRun) -> None:
        """Show a run that was begun elsewhere, and have it rest; its drawing is the document."""
        self.editor.seed.show_number(found.opened.seed)
        self.desk.reopen(found)
        self.data.take(found.opened)
        self._kept = found.history

    # --- what is told ---------------------------------------------------------------------------
    def _begin(self) -> None:
        """A run begins: its curves are what there is to see."""
        self._kept = None
        self._offer_results()
        self.history.clear()
        if self.tabs.currentIndex() == 0:
            self.tabs.setCurrentIndex(1)
        self._show()

    def _on_told(self, event: dict[str, Any]) -> None:
        if event["event"] == "ready":
            self.layers.layers = self.training.layers
        is_new = self.history.take(event) or event["event"] in _MOVING
        if is_new and not self._redraw.isActive():
            self._redraw.start()

    def _on_state(self, state: str) -> None:
        if self._kept is not None and state in RESTING:
            self.history.become(self._kept)
            self.history.take({"event": "ready", "step": self.training.step})
            self._kept = None
        self._offer_results()
        self._refresh()
        self._show()

    def _show(self) -> None:
        """Draw what can be seen of the panel anew."""
        if not self.isVisible():
            return
        self.controls.show_progress(is_inside=self.desk.is_inside)
        page = self.pages.currentWidget()
        if page is self.curves or page is self.layers:
            page.refresh()

    def _refresh(self) -> None:
        self.data.about.setVisible(self.training.state == "off" and bool(self.data.spec))
        self.controls.problem = ""
        self.controls.lacking = self.desk.lacking
        bringer = self.desk.bringer
        self.controls.turn = bringer.in_words if bringer.is_inside else ""
        self.controls.show_state(self.desk.possible, bringer.turns)
        self.controls.show_progress(is_inside=self.desk.is_inside)
        self.turned.emit()

    def _withdraw_problem(self, *_what: object) -> None:
        """What was refused last has been done another way since."""
        self.controls.problem = ""
        self.controls.show_progress(is_inside=self.desk.is_inside)

    def _show_recipe(self) -> None:
        self._withdraw_problem()
        if self.desk.proposal is not None:
            self.editor.show_recipe(self.desk.proposal, self.desk.losses)
            self._offer_results()
