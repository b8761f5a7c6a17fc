"""The page a start shows while there is no graph: what one may begin with, in quiet columns.

It lies over everything under the menu, so nothing behind it can be reached while it is there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from graphlab.gui.offers import Offer
from graphlab.gui.panels.entry import Entry, NetworkEntry
from graphlab.gui.theme import GRID, font

_WIDEST = 1200
_NOTHING_RECENT = "Files that you save or open are listed here."


class Welcome(QWidget):
    """Lessons, examples, networks, recent files, a formula field and the way to an empty canvas."""

    chosen = Signal(object)  # an Offer
    formula_entered = Signal(str)
    forget_asked = Signal(object)  # the Offer of a recent file
    empty_asked = Signal()
    open_asked = Signal()
    leave_asked = Signal()

    def __init__(self, whole: QWidget) -> None:
        super().__init__(whole)
        self.setObjectName("welcome")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAccessibleName("Welcome page")
        self.entries: list[Entry] = []
        self._about: QLabel | None = None  # of the network that is pointed at
        self.formula = QLineEdit()
        self.problem = QLabel()
        self.empty = QPushButton("Empty canvas")
        self.open = QPushButton("Open a file…")
        self.leave = QPushButton("Back to the graph")
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.installEventFilter(self)  # it would take the keys that walk the entries
        around = QVBoxLayout(self)
        around.setContentsMargins(0, 0, 0, 0)
        around.addWidget(self._scroll)
        self._connect()
        whole.installEventFilter(self)
        self.hide()

    def _connect(self) -> None:
        self.formula.setAccessibleName("Formula")
        self.formula.setPlaceholderText("Type a formula, e.g. f = (x + y) * z, and press Enter")
        self.formula.returnPressed.connect(lambda: self.formula_entered.emit(self.formula.text()))
        self.formula.textEdited.connect(self.problem.hide)
        self.problem.setObjectName("problem")
        self.problem.setWordWrap(True)
        for button, signal in (
            (self.empty, self.empty_asked),
            (self.open, self.open_asked),
            (self.leave, self.leave_asked),
        ):
            button.clicked.connect(lambda _checked=False, signal=signal: signal.emit())

    # --- what is on it --------------------------------------------------------------------------
    def show_page(
        self,
        columns: Sequence[tuple[str, Sequence[Offer]]],
        *,
        first: Offer | None = None,
        can_leave: bool = False,
    ) -> None:
        """Show these columns; ``first`` is the one large entry that a first start leads to."""
        for kept in (self.formula, self.problem, self.empty, self.open, self.leave):
            kept.setParent(self)
        self.entries = []
        self.formula.clear()
        self.problem.hide()
        self.formula.setFont(font(15))
        page = QWidget()
        page.setMaximumWidth(round(_WIDEST * font(100).pixelSize() / 100))
        rows = QVBoxLayout(page)
        rows.setContentsMargins(4 * GRID, 4 * GRID, 4 * GRID, 3 * GRID)
        rows.setSpacing(GRID)
        rows.addWidget(_label("GraphLab", 26, bold=True))
        about = "Draw a neural network as a graph, and step it forward and backward by hand."
        rows.addWidget(_label(about, 14, is_muted=True))
        rows.addSpacing(2 * GRID)
        if first is not None:
            is_new = not any(offer.progress for _, offers in columns for offer in offers)
            title = f"{'Start' if is_new else 'Continue'} with {first.detail.lower()}"
            rows.addWidget(self._entry(first, title, first.title))
            rows.addSpacing(GRID)
        rows.addLayout(self._formula_row(can_leave=can_leave))
        rows.addWidget(self.problem)
        rows.addSpacing(2 * GRID)
        across = QHBoxLayout()
        across.setSpacing(3 * GRID)
        for title, offers in columns:
            across.addLayout(self._column(title, offers), 1)
        rows.addLayout(across)
        rows.addStretch(1)
        self._put(page)
        self._cover()
        self.show()
        self.raise_()
        (self.entries[0] if first is not None else self.formula).setFocus()

    def _put(self, page: QWidget) -> None:
        middle = QWidget()
        line = QHBoxLayout(middle)
        line.setContentsMargins(0, 0, 0, 0)
        line.addStretch(1)
        line.addWidget(page, 1000)
        line.addStretch(1)
        self._scroll.setWidget(middle)
        order = [*(e for e in self.entries if e.is_large), self.formula, self.empty, self.open]
        order += [self.leave, *(e for e in self.entries if not e.is_large)]
        for before, after in pairwise(order):
            QWidget.setTabOrder(before, after)

    def _formula_row(self, *, can_leave: bool) -> QHBoxLayout:
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.formula, 1)
        for button in (self.empty, self.open, self.leave):
            row.addWidget(button)
            button.setVisible(can_leave or button is not self.leave)
        return row

    def _column(self, title: str, offers: Sequence[Offer]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setSpacing(0)
        is_gallery = bool(offers) and offers[0].kind == "network"
        column.addLayout(_heading(title, "parameters" if is_gallery else ""))
        for offer in offers:
            column.addWidget(self._entry(offer))
        if is_gallery:
            column.addSpacing(GRID)
            column.addWidget(self._about_line())
        if not offers:
            nothing = _label(_NOTHING_RECENT, 13, is_muted=True)
            nothing.setContentsMargins(GRID, 0, 0, 0)
            column.addWidget(nothing)
        column.addStretch(1)
        return column

    def _about_line(self) -> QLabel:
        """A line about the network that the pointer or the focus is at."""
        self._about = _label("", 12, is_muted=True)
        self._about.setContentsMargins(GRID, 0, 0, 0)
        self._about.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self._about.setMinimumHeight(3 * self._about.fontMetrics().height())
        return self._about

    def _tell_about(self, line: str) -> None:
        if self._about is not None:
            self._about.setText(line)

    def show_notes(self, notes: Mapping[str, str]) -> None:
        """Put the count of its parameters beside each network, by its title."""
        for entry in self.entries:
            if isinstance(entry, NetworkEntry):
                entry.set_note(notes.get(entry.text(), ""))

    def _network(self, offer: Offer) -> Entry:
        entry = NetworkEntry(offer.title, offer.detail)
        entry.pointed.connect(self._tell_about)
        return entry

    def _entry(self, offer: Offer, title: str = "", detail: str = "") -> Entry:
        is_network = offer.kind == "network"
        entry = (
            self._network(offer)
            if is_network
            else Entry(
                title or offer.title,
                detail or " · ".join(filter(None, (offer.detail, offer.progress))),
                is_large=bool(title),
                is_faint=offer.is_missing,
                can_go=offer.kind == "recent",
            )
        )
        entry.clicked.connect(lambda: self.chosen.emit(offer))
        entry.forget_asked.connect(lambda: self.forget_asked.emit(offer))
        self.entries.append(entry)
        return entry

    def complain(self, message: str) -> None:
        """Say what is wrong with the formula."""
        self.problem.setText(message[:1].upper() + message[1:])
        self.problem.show()
        self.formula.setAccessibleDescription(message)

    # --- its place and its keys -----------------------------------------------------------------
    def _cover(self) -> None:
        whole = self.parentWidget()
        if whole is not None:
            self.setGeometry(whole.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Go with what it covers."""
        if watched is self._scroll:
            return isinstance(event, QKeyEvent) and self._walk(event)
        if isinstance(event, QResizeEvent):
            self._cover()
        return super().eventFilter(watched, event)

    def focusNextPrevChild(self, is_next: bool) -> bool:
        """Tab goes round on the page: what it covers is not to be reached."""
        stops = _stops(self)
        if not stops:  # while the page is being hidden
            return super().focusNextPrevChild(is_next)
        now = QApplication.focusWidget()
        place = stops.index(now) if now in stops else -1 if is_next else 0
        stop = stops[(place + (1 if is_next else -1)) % len(stops)]
        stop.setFocus(Qt.FocusReason.TabFocusReason)
        self._scroll.ensureWidgetVisible(stop)
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Escape goes back where there is a graph to go to."""
        if event.key() == Qt.Key.Key_Escape and not self.leave.isHidden():
            self.leave_asked.emit()
        elif not self._walk(event):
            event.ignore()

    def _walk(self, event: QKeyEvent) -> bool:
        """Up and Down walk the entries: a page that follows the focus need not be scrolled."""
        steps = {Qt.Key.Key_Down: True, Qt.Key.Key_Up: False}
        key = Qt.Key(event.key())
        return (
            event.type() == QEvent.Type.KeyPress
            and key in steps
            and self.focusNextPrevChild(steps[key])
        )

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Nothing behind the page is clicked through it."""
        event.accept()


def _stops(page: QWidget) -> list[QWidget]:
    """What Tab stops at, in the order it was told."""
    found, widget = [], page.nextInFocusChain()
    while widget is not None and widget is not page:
        can_stop = widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        if can_stop and page.isAncestorOf(widget) and widget.isVisible() and widget.isEnabled():
            found.append(widget)
        widget = widget.nextInFocusChain()
    return found


def _heading(title: str, note: str) -> QHBoxLayout:
    """The title of a column, and what the numbers at its right are."""
    row = QHBoxLayout()
    row.setContentsMargins(GRID, 0, GRID, GRID // 2)
    row.addWidget(_label(title, 13, bold=True, is_muted=True), 1)
    if note:
        row.addWidget(_label(note, 12, is_muted=True))
    return row


def _label(text: str, pixels: float, *, bold: bool = False, is_muted: bool = False) -> QLabel:
    label = QLabel(text)
    label.setFont(font(pixels, bold=bold))
    label.setWordWrap(True)
    if is_muted:
        label.setObjectName("muted")
    return label
