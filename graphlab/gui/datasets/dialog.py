"""Where a data set is chosen: what there is on the left, the one looked at on the right.

A set is opened as soon as it is looked at, so that what is taken has been seen; one of the
catalogue is fetched only when that is asked for.
"""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication, QScreen
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.data import CATALOGUE
from graphlab.data.catalogue import is_here
from graphlab.data.opening import Options, parsed, spelled
from graphlab.errors import DataError
from graphlab.gui.datasets.listing import Item, sections, where_of
from graphlab.gui.datasets.opening import Opened, Opener
from graphlab.gui.datasets.page import SetPage
from graphlab.gui.lettering import scaled
from graphlab.gui.session import Session
from graphlab.gui.theme import GRID, Theme, font

_ITEM = Qt.ItemDataRole.UserRole
_LIST_WIDTH, _WIDTH, _HEIGHT = 32 * GRID, 120 * GRID, 84 * GRID
_TITLE_BAR = 5 * GRID  # which the desktop adds, about


class DataDialog(QDialog):
    """``taken`` carries the ``Opened`` data set that a person decided for."""

    taken = Signal(object)

    def __init__(
        self, session: Session, parent: QWidget, *, spec: str, seed: int, theme: Theme
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Choose data")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._seed = seed
        self._opened: Opened | None = None
        self._is_leaving = False  # the points are being kept, and the set is taken then
        self.opener = Opener(self)
        self.list = QListWidget()
        self.page = SetPage()
        self.use = self._arrange()
        self._fill(session)
        self.page.set_theme(theme)
        self._connect()
        self._begin(spec)

    def _arrange(self) -> QWidget:
        self.list.setAccessibleName("Data sets")
        self.list.setFixedWidth(scaled(_LIST_WIDTH))
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        buttons = QDialogButtonBox()
        use = buttons.addButton("Use this data", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self._take)
        buttons.rejected.connect(self.reject)
        for button in self.page.findChildren(QPushButton):
            button.setAutoDefault(False)  # Return takes the data, wherever it is pressed
        use.setDefault(True)
        across = QHBoxLayout()
        across.setSpacing(2 * GRID)
        across.addWidget(self.list)
        across.addWidget(self.page, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        rows.setSpacing(2 * GRID)
        rows.addLayout(across, 1)
        rows.addWidget(buttons)
        room = _screen_of(self).availableSize() - QSize(0, _TITLE_BAR)
        self.resize(QSize(scaled(_WIDTH), scaled(_HEIGHT)).boundedTo(room))
        return use

    def _fill(self, session: Session) -> None:
        for title, items in sections(session.graph):
            heading = QListWidgetItem(title)
            heading.setFlags(Qt.ItemFlag.NoItemFlags)
            heading.setFont(font(12, bold=True))
            self.list.addItem(heading)
            for item in items:
                row = QListWidgetItem(item.title)
                row.setData(_ITEM, item)
                row.setToolTip(f"{item.title}: {item.detail}")
                row.setData(Qt.ItemDataRole.AccessibleTextRole, f"{item.title}, {item.detail}")
                self.list.addItem(row)

    def _connect(self) -> None:
        self.list.currentItemChanged.connect(self._on_row)
        self.page.settings.touched.connect(self._forget)
        self.page.settings.changed.connect(self._open)
        self.page.own.chosen.connect(self._on_path)
        self.page.fetch.clicked.connect(lambda: self._open(is_asked=True))
        self.page.stop.clicked.connect(self._give_up)
        self.page.hand.changed.connect(self._refresh)
        self.opener.opened.connect(self._show)
        self.opener.refused.connect(self._refuse)
        self.opener.fetching.connect(self.page.show_fetching)
        self.opener.is_busy_changed.connect(self._on_busy)
        self.finished.connect(self.opener.give_up)

    # --- what is looked at --------------------------------------------------------------------
    def _begin(self, spec: str) -> None:
        """At the set that is chosen already, else at the first that fits."""
        try:
            name, options = parsed(spec)
        except DataError:
            name, options = spec, Options()
        wanted = where_of(name) if spec else None
        for place in range(self.list.count()):
            item = self.list.item(place).data(_ITEM)
            if item is None or (wanted and (item.source != wanted or item.name not in (name, ""))):
                continue
            if wanted == "hand" and item.name != name:
                continue
            self.list.setCurrentRow(place)
            if wanted == "own":
                self._on_path(name)
            if spec:
                self.page.settings.show_for(self.item, options)
                self._open()
            break
        self.list.setFocus()

    @property
    def item(self) -> Item:
        """What is looked at."""
        return self.page.item

    def choose(self, source: str, name: str = "") -> None:
        """Look at a set."""
        for place in range(self.list.count()):
            item = self.list.item(place).data(_ITEM)
            if item is not None and item.key == (source, name):
                self.list.setCurrentRow(place)
                return

    def _on_row(self, row: QListWidgetItem | None) -> None:
        item = None if row is None else row.data(_ITEM)
        if item is not None:
            self.opener.give_up()
            self._opened = None
            self.page.show_item(item)
            self._open()

    def _on_path(self, path: str) -> None:
        self.page.show_item(Item(path, "", "own", path))
        self._open()

    def _open(self, *, is_asked: bool = False) -> None:
        """Open what is looked at; over the network only what is ``is_asked`` for."""
        item = self.item
        self._opened, self._is_leaving = None, False
        entry = CATALOGUE.get(item.name)
        is_away = entry is not None and not is_here(item.name, entry)
        if item.name and (is_asked or not is_away):
            try:
                spec = spelled(item.name, self.page.settings.options(item))
            except DataError as error:
                self._refuse(str(error))
                return
            self.page.say("")
            self.opener.open(spec, self._seed)
        self._refresh()

    def _forget(self) -> None:
        """What is open is not what the settings say any more."""
        self._opened = None
        self._refresh()

    def _show(self, opened: Opened) -> None:
        self._opened = opened
        if self._is_leaving:
            self._is_leaving = False
            self._take_opened(opened)
            return
        self.page.show_opened(opened)
        self._refresh()

    def _refuse(self, message: str) -> None:
        self._opened, self._is_leaving = None, False
        self.page.refuse(message)
        self._refresh()

    def _give_up(self) -> None:
        self._is_leaving = False
        self.opener.give_up()
        self.page.say("Given up before the data was open.")

    # --- what is taken ------------------------------------------------------------------------
    def _take(self) -> None:
        if self.item.source == "hand":
            self._is_leaving = True
            try:
                options = self.page.settings.options(self.item)
            except DataError as error:
                self._refuse(str(error))
                return
            hand = self.page.hand
            self.opener.open(spelled(str(hand.path), options), self._seed, hand.keeper())
        elif self._opened is not None:
            self._take_opened(self._opened)

    def _take_opened(self, opened: Opened) -> None:
        self.taken.emit(opened)
        self.accept()

    def _on_busy(self, is_busy: bool) -> None:
        self.page.show_busy(is_busy=is_busy)
        self._refresh()

    def _refresh(self) -> None:
        is_ready = self._opened is not None and not self.opener.is_busy
        if self.item.source == "hand":
            is_ready = self.page.hand.can_keep and not self.opener.is_busy
        self.use.setEnabled(is_ready)

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.page.set_theme(theme)


def _screen_of(widget: QWidget) -> QScreen:
    """The screen that a widget's parent is on.

    A widget's own answer makes the screen its child in PySide's eyes, to die with it.
    """
    parent = widget.parentWidget() or widget
    middle = parent.mapToGlobal(parent.rect().center())
    return QGuiApplication.screenAt(middle) or QGuiApplication.primaryScreen()
