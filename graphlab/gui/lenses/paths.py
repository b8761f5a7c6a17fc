"""The path lens: a gradient is the sum over all paths of the product of their local partials."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from graphlab.engine.numbers import show_count
from graphlab.graph import InPort, dag_of
from graphlab.gui.background import Background
from graphlab.gui.lenses.parts import Choice, LensNotice, named
from graphlab.gui.lenses.rows import Rows, RowTable
from graphlab.gui.lenses.tag import Tag
from graphlab.gui.lenses.ways import Ways, find_ways, sum_text
from graphlab.gui.lettering import hold
from graphlab.gui.session import Session
from graphlab.gui.starts import starts
from graphlab.gui.theme import GRID, Theme

PACE = 800
"""A playing path is lit for so many milliseconds."""

_KINDS = ("parameter", "input", "target")  # in the order they are offered
_SEEN = 4  # rows, whatever else wants the room
_PLAY, _PAUSE = "Play", "Pause"


class PathLens(QWidget):
    """Lists the strongest paths from a source to a loss; a chosen one is to be lit."""

    lit = Signal(object, object)  # the nodes and the edges of a path; both empty for none

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self.background = Background(self)
        self.ways: Ways | None = None
        self._asked: tuple[Tag, str, str] | None = None
        self._is_open = False
        self.source, self.target = Choice("Paths from"), Choice("Paths to")
        self.play = QPushButton(_PLAY)
        self.play.setToolTip("Light up every listed path in turn")
        hold(self.play, minimum_width=9 * GRID)
        self.counted = QLabel()
        self.counted.setObjectName("muted")
        self.counted.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.rows = Rows(("Path", "Product of its local partials"))
        self.table = RowTable(self.rows, "Paths")
        self.sum = LensNotice("Run backward")
        self.notice = LensNotice("Run forward")
        self.timer = QTimer(self)
        self.timer.setInterval(PACE)
        self._arrange()
        self._connect()

    def _arrange(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(GRID)
        for word, choice in (("From", self.source), ("to", self.target)):
            head.addWidget(named(word, choice))
            head.addWidget(choice)
        head.addWidget(self.play)
        head.addSpacing(GRID)
        head.addWidget(self.counted, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        rows.addLayout(head)
        rows.addWidget(self.notice)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.sum)
        rows.addStretch()

    def _connect(self) -> None:
        self.source.activated.connect(self._find)
        self.target.activated.connect(self._find)
        self.table.row_chosen.connect(self._light)
        self.play.clicked.connect(self.toggle_play)
        self.timer.timeout.connect(self._next)
        self.notice.button.clicked.connect(self.session.forward)
        self.sum.button.clicked.connect(self.session.backward)
        self.session.changed.connect(self._on_changed)
        self.session.stepped.connect(self._on_stepped)

    # --- opened and closed --------------------------------------------------------------------
    def turn(self, *, is_open: bool) -> None:
        """Begin or end looking; nothing is searched, lit or played while it is closed."""
        self._is_open = is_open
        if is_open:
            self._offer()
            return
        self._darken()
        if self.background.is_busy:
            self.background.drop()
            self._asked = None

    def follow(self, node: str) -> None:
        """Look from a node that was selected on the canvas."""
        if not self._is_open or node not in self.session.graph.nodes:
            return
        if node in (self.source.currentText(), self.target.currentText()):
            return
        if self.source.findText(node) < 0:
            self.source.addItem(node)
        self.source.choose(node)
        self._find()

    def look(self, source: str, target: str) -> None:
        """Look from one node to another."""
        for choice, name in ((self.source, source), (self.target, target)):
            if name in self.session.graph.nodes:
                if choice.findText(name) < 0:
                    choice.addItem(name)
                choice.choose(name)
        self._find()

    def set_motion(self, *, is_on: bool) -> None:
        """Without motion nothing plays by itself; every path can still be chosen."""
        self.play.setVisible(is_on)
        if not is_on:
            self._pause()

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.rows.set_theme(theme)

    # --- the session --------------------------------------------------------------------------
    def _on_changed(self) -> None:
        self._darken()
        if self._is_open:
            self._offer()

    def _on_stepped(self) -> None:
        if self._is_open:
            self._darken()
            self._find()

    def _offer(self) -> None:
        graph, chosen = self.session.graph, self.source.currentText()
        sources = [n for kind in _KINDS for n, x in graph.nodes.items() if x.op.name == kind]
        if chosen in graph.nodes and chosen not in sources:
            sources.append(chosen)  # an inner node that was selected
        self.target.offer(list(starts(graph)), self.session.start)
        self.source.offer(sources, next(iter(self._leading(sources)), None))
        self._find()

    def _leading(self, sources: list[str]) -> list[str]:
        target, graph = self.target.currentText(), self.session.graph
        if not target:
            return []
        before = dag_of(graph).ancestors(graph.port(target).node)
        return [name for name in sources if name in before]

    # --- finding ------------------------------------------------------------------------------
    def _find(self) -> None:
        """Search anew where anything that matters is new; else only tell of the gradient."""
        session = self.session
        source, target = self.source.currentText(), self.target.currentText()
        if not source or not target:
            self._ask_for_graph()
            return
        asked = self._asked
        if asked is not None and asked[1:] == (source, target) and asked[0].holds(session):
            self._tell()
            return
        tag = Tag.of(session)
        self._asked, self.ways = (tag, source, target), None
        self._darken()
        self.background.start(lambda: find_ways(tag.run(), source, target), self._take)

    def _ask_for_graph(self) -> None:
        self.background.drop()
        self._asked, self.ways = None, None
        self.rows.show_cells([])
        self._show(table=False)
        self.notice.say("Draw a graph with an input and an output: its paths are listed here.")

    def _take(self, ways: Ways) -> None:
        self.ways = ways
        self.rows.show_cells(ways.lines)
        self.table.stand(_SEEN)
        self.table.fit_columns(max(self.table.width() * 6 // 10, 30 * GRID))
        self._tell()

    def _tell(self) -> None:
        """What is known of the paths and of the gradient now."""
        ways = self.ways
        if ways is None:
            return
        value = self.session.run.value
        is_waiting = value(ways.target) is None or value(ways.source) is None
        has_rows = bool(ways.paths) and not is_waiting
        self._show(table=has_rows)
        self._tell_count(ways, has_rows=has_rows)
        if not ways.count:
            self.notice.say(
                f"No path leads from {ways.source} to {ways.target}, so the gradient there is 0."
            )
        elif is_waiting:
            self.notice.say("A path has a product once every value on it is computed.")
            self.notice.button.setVisible(not self.session.complaint())
            if told := self.session.complaint():
                self.notice.say(told)
        elif ways.told:
            self.notice.say(ways.told + ".")
        gradient, is_done = self._gradient(ways)
        self.sum.say(
            sum_text(ways, gradient, is_done=is_done), has_button=gradient is None and has_rows
        )

    def _tell_count(self, ways: Ways, *, has_rows: bool) -> None:
        every = "1 path" if ways.count == 1 else f"{show_count(ways.count)} paths"
        shown = len(ways.paths)
        if has_rows and shown < ways.count:
            every = f"Showing {shown} of {show_count(ways.count)}, the largest products first"
        elif has_rows and shown > 1:
            every += ", the largest product first"
        self.counted.setText(every)
        self.counted.setToolTip(every)

    def _gradient(self, ways: Ways) -> tuple[float | None, bool]:
        """What the way back found at the source, and whether it is all of it."""
        run = self.session.run
        if run.start != ways.target:
            return None, False
        gradient = run.grad(ways.source)
        is_done = self.session.position.is_done
        if gradient is None and is_done:
            gradient = 0.0
        return (None if gradient is None or np.ndim(gradient) else float(gradient)), is_done

    def _show(self, *, table: bool) -> None:
        self.table.setVisible(table)
        self.sum.setVisible(table)
        self.notice.setVisible(not table)
        self.play.setEnabled(table)
        self.notice.say("")
        self.counted.setText("")

    # --- lighting -----------------------------------------------------------------------------
    def toggle_play(self) -> None:
        """Play on after the path that is lit, anew after the last one; or pause."""
        if self.timer.isActive():
            self._pause()
            return
        self.play.setText(_PAUSE)
        if self.table.currentIndex().row() >= self.rows.rowCount() - 1:
            self.table.setCurrentIndex(self.rows.index(-1, 0))
        self._next()
        self.timer.start()

    def _next(self) -> None:
        row = self.table.currentIndex().row() + 1
        if row < self.rows.rowCount():
            self.table.setCurrentIndex(self.rows.index(row, 0))
        else:
            self._pause()

    def _pause(self) -> None:
        self.timer.stop()
        self.play.setText(_PLAY)

    def _light(self, row: int) -> None:
        if self.ways is None:
            return
        path = self.ways.paths[row]
        edges = frozenset(InPort(edge.target.node, edge.target.port) for edge in path.edges)
        self.lit.emit(frozenset(path.nodes), edges)

    def _darken(self) -> None:
        self._pause()
        self.table.setCurrentIndex(self.rows.index(-1, 0))
        self.table.clearSelection()
        self.lit.emit(frozenset(), frozenset())
