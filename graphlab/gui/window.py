"""The window: the canvas in the middle, the formula above, values at the right, words below.

It only joins: the session holds what is open, the panels show it, the commands change it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from PySide6.QtCore import QSettings, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QProgressBar,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from graphlab.engine.steps import Step
from graphlab.errors import FileError, FormulaError, GraphLabError
from graphlab.graph.graph import Change
from graphlab.gui import dialogs
from graphlab.gui.actions import Actions
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.commands import BUTTONS, commands
from graphlab.gui.drawing import Drawing
from graphlab.gui.icons import icon
from graphlab.gui.panels.details import DetailsPanel
from graphlab.gui.panels.empty import EmptyState
from graphlab.gui.panels.formula import FormulaField
from graphlab.gui.panels.inputs import InputsPanel
from graphlab.gui.panels.words import WordsPanel
from graphlab.gui.session import Session
from graphlab.gui.style import style_sheet
from graphlab.gui.theme import DARK, GRID, LIGHT, Theme
from graphlab.gui.typeset import Typesetter

SIDE_WIDTH = 240
_ZOOM = 1.25


class Window(QMainWindow):
    """One document, open."""

    def __init__(self) -> None:
        super().__init__()
        self.settings = QSettings()
        self.theme = self._wanted_theme()
        self.session = Session(self)
        self.typesetter = Typesetter(self)
        self.canvas = CanvasView()
        self.drawing = Drawing(self.session, self.canvas, self)
        self.formula = FormulaField()
        self.complaint = QLabel()
        self.inputs = InputsPanel()
        self.details = DetailsPanel(self.typesetter, self.theme)
        self.words = WordsPanel(self.typesetter, self.theme)
        self.empty = EmptyState()
        self.start = QComboBox()
        self.progress = QProgressBar()
        self.counts = QLabel()
        self.actions_ = Actions(commands(self.session, self), self)
        self.actions_.fill(self.menuBar())
        self._selected: Any = None
        self._arrange()
        self._connect()
        self.setAcceptDrops(True)
        self.resize(1280, 800)
        self.set_theme(self.theme)
        self._show_name()
        self._refresh_all()

    # --- building -----------------------------------------------------------------------------
    def _arrange(self) -> None:
        self.side = QWidget()
        self.side.setObjectName("side")
        self.side.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.side.setMinimumWidth(200)
        panels = QVBoxLayout(self.side)
        panels.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        panels.setSpacing(2 * GRID)
        panels.addWidget(self.inputs, 1)
        panels.addWidget(self.details, 1)
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.canvas, 1)
        column.addWidget(self.words)
        over = QVBoxLayout(self.canvas)
        over.setContentsMargins(0, 0, 0, 0)
        over.addWidget(self.empty)
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.side)
        split.setStretchFactor(0, 1)
        split.setCollapsible(0, False)
        split.setSizes([1280 - SIDE_WIDTH, SIDE_WIDTH])
        split.setHandleWidth(1)
        whole = QWidget()
        whole.setObjectName("whole")
        rows = QVBoxLayout(whole)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addWidget(self._bar())
        rows.addWidget(split, 1)
        self.setCentralWidget(whole)
        self.progress.setRange(0, 0)
        self.progress.setFixedWidth(120)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Computing")
        self.progress.hide()
        self.details.hide()
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setFixedHeight(3 * GRID)
        self.statusBar().addWidget(self.counts)
        self.statusBar().addPermanentWidget(self.progress)
        self.stop = self.actions_.button("stop", self)
        self.stop.hide()
        self.statusBar().addPermanentWidget(self.stop)

    def _bar(self) -> QWidget:
        bar = QWidget()
        bar.setObjectName("bar")
        bar.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        rows = QVBoxLayout(bar)
        rows.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        rows.setSpacing(0)
        row = QHBoxLayout()
        row.setSpacing(2)
        row.addWidget(self.formula, 1)
        row.addSpacing(GRID)
        self.buttons = {key: self.actions_.button(key, bar) for key in BUTTONS}
        for button in self.buttons.values():
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.start.setAccessibleName("Gradient of")
        self.start.setToolTip("The output that gradients are taken of")
        self.start.setMaximumWidth(120)
        self.start_label = QLabel("Gradient of")
        self.start_label.setObjectName("muted")
        self.start_label.setBuddy(self.start)
        self.start_label.setContentsMargins(GRID, 0, GRID, 0)
        for widget in (self.start_label, self.start):
            widget.setFixedHeight(4 * GRID)
            row.addWidget(widget, 0, Qt.AlignmentFlag.AlignTop)
        rows.addLayout(row)
        self.complaint.setObjectName("problem")
        self.complaint.setWordWrap(True)
        self.complaint.setContentsMargins(GRID, GRID // 2, GRID, GRID // 2)
        self.complaint.hide()
        rows.addWidget(self.complaint)
        return bar

    def _connect(self) -> None:
        session = self.session
        session.changed.connect(self._on_changed)
        session.stepped.connect(self._on_stepped)
        session.told.connect(self._on_told)
        session.named.connect(self._show_name)
        session.background.is_busy_changed.connect(self._on_busy)
        session.undo_stack.indexChanged.connect(self._refresh_actions)
        self.formula.entered.connect(self.enter_formula)
        self.formula.textChanged.connect(self._clear_complaint)
        self.inputs.edited.connect(self._on_value)
        self.inputs.fill_asked.connect(self.fill_inputs)
        self.inputs.done.connect(self.canvas.setFocus)
        self.empty.example_chosen.connect(self._on_example)
        self.start.activated.connect(lambda i: session.set_start(self.start.itemText(i)))
        self.canvas.card_clicked.connect(self._select)
        self.canvas.link_clicked.connect(self._select)
        self.canvas.ground_clicked.connect(lambda: self._select(None))
        self.canvas.card_activated.connect(self._edit_value)
        hints = QGuiApplication.styleHints()
        hints.colorSchemeChanged.connect(self._follow_system)

    # --- the document changed -----------------------------------------------------------------
    def enter_formula(self, text: str) -> None:
        """Make the graph of a formula, or tell what is wrong with it."""
        if not text.strip():
            self._complain("There is no formula yet: type one, for example f = (x + y) * z.")
            return
        try:
            self.session.set_formula(text)
        except FormulaError as error:
            self._complain(str(error))
            self.formula.mark(error.line, error.column)
            return
        except GraphLabError as error:
            self._complain(str(error))
            return
        field = self.inputs.first_empty()
        (field or self.canvas).setFocus()

    def open_path(self, path: Path) -> None:
        """Open a file, or tell why that is not possible."""
        try:
            self.session.open(path)
        except GraphLabError as error:
            dialogs.tell(self, "The file cannot be opened", str(error))

    def _on_changed(self, change: Change) -> None:
        self._clear_complaint()
        if self._selected is not None and self._name_of(self._selected) not in (
            self.session.graph.nodes
        ):
            self._selected = None
        self._refresh_all()

    def _refresh_all(self) -> None:
        graph = self.session.graph
        self.formula.show_text(self.session.formula)
        self.inputs.show_graph(graph)
        outputs = list(graph.outputs)
        for widget in (self.start, self.start_label):
            widget.setVisible(len(outputs) > 1)
        self.start.clear()
        self.start.addItems(outputs)
        self.empty.setVisible(not graph.nodes)
        self.drawing.show_graph()
        self._on_told("")
        self._after_step()

    def _on_value(self, name: str, value: Any) -> None:
        try:
            self.session.set_values({name: value})
        except GraphLabError as error:
            self.inputs.tell(name, str(error))

    def _on_example(self, text: str) -> None:
        self.formula.setPlainText(text)
        self.enter_formula(text)

    def _complain(self, message: str) -> None:
        self.complaint.setText(message[:1].upper() + message[1:])
        self.complaint.show()
        self.formula.setAccessibleDescription(message)

    def _clear_complaint(self) -> None:
        self.complaint.hide()
        self.formula.setAccessibleDescription("")

    # --- a step was taken ---------------------------------------------------------------------
    def _on_stepped(self, step: Step | None) -> None:
        self.drawing.show_step(step)
        self._after_step()

    def _after_step(self) -> None:
        session, step = self.session, self.session.step
        if step is not None:
            self.words.explain(step)
        else:
            self.words.say(*self._situation())
        taken, total = session.position.taken, session.position.total
        nodes, edges = len(session.graph.nodes), len(session.graph.edges)
        parts = [_count(nodes, "node"), _count(edges, "edge")] if nodes else ["No graph yet"]
        if nodes:
            parts.append(f"step {taken} of {total}" if taken else _count(total, "step"))
        missing = session.missing()
        problems = len(self.drawing.problems.keys() - missing)
        if missing:
            parts.append(_count(len(missing), "value") + " missing")
        if problems:
            parts.append(_count(problems, "problem"))
        self.counts.setText("  ·  ".join(parts))
        self.start.setCurrentText(session.start or "")
        self._show_details()
        self.actions_.refresh()

    def _situation(self) -> tuple[str, str]:
        """A heading and a sentence for when no single step is shown."""
        session = self.session
        if not session.graph.nodes:
            return "", ""
        place, complaint = session.position, session.complaint()
        if place.is_done and place.is_complete:
            return "Done: every value and every gradient is there", (
                "Click a card or an edge to see all about it, change a value at the right, or "
                "press Home to begin anew."
            )
        if place.is_done:
            return "Done as far as it can be computed", complaint
        if place.taken == 0 and session.missing():
            return "Give the inputs a value", complaint
        if place.taken == 0:
            return "Ready", "Press → to compute the first node, ← to take a step back."
        if not place.can_go_forward and place.is_complete:
            return "Forward is done: every value is there", (
                f"Press → to send the gradient of {session.start} back, edge by edge."
            )
        return f"{_count(place.taken, 'step')} taken", complaint or "Press → to go on."

    def _on_told(self, message: str) -> None:
        if message:
            self.words.say("Nothing more can be computed", message)

    def _refresh_actions(self) -> None:
        self.actions_.refresh()

    def _on_busy(self, is_busy: bool) -> None:
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        self.actions_.refresh()

    # --- the selection ------------------------------------------------------------------------
    def _select(self, what: Any) -> None:
        self._selected = what
        self._show_details()

    def _show_details(self) -> None:
        what, graph = self._selected, self.session.graph
        self.details.setVisible(what is not None and self._name_of(what) in graph.nodes)
        if what is None or self._name_of(what) not in graph.nodes:
            return
        problem = self.drawing.problems.get(self._name_of(what), "")
        if isinstance(what, str):
            self.details.show_node(self.session.run, what, problem)
        elif what in graph.edges:
            contribution = self.drawing.contribution(what)
            self.details.show_edge(self.session.run, what, contribution)

    @staticmethod
    def _name_of(what: Any) -> str:
        return what if isinstance(what, str) else str(what.node)

    def _edit_value(self, name: str) -> None:
        field = self.inputs.fields.get(name)
        if field is not None:
            self.side.show()
            field.setFocus()
            field.selectAll()

    # --- commands -----------------------------------------------------------------------------
    def ask_new(self) -> None:
        """An empty document, once the open one may go."""
        if self._may_go():
            self.session.new()
            self.formula.setFocus()

    def ask_open(self) -> None:
        """Ask for a file and open it."""
        if self._may_go():
            path = dialogs.ask_graph_to_open(self, self.session.path)
            if path is not None:
                self.open_path(path)

    def save(self) -> bool:
        """Save where it was saved, or ask where; False if it was not."""
        if self.session.path is None:
            return self.save_as()
        return self._save_to(self.session.path)

    def save_as(self) -> bool:
        """Ask where to save; False if it was not saved."""
        path = dialogs.ask_where_to_save(self, self.session.path)
        return path is not None and self._save_to(path)

    def export_picture(self) -> None:
        """Ask for a file and put the figure as it is into it."""
        path = dialogs.ask_where_to_export(self, self.session.path)
        if path is not None:
            from graphlab.gui.canvas.export import export  # brings QtSvg, which starting need not

            self._try("The picture was not written", lambda: export(self.canvas.figure, path))

    def _save_to(self, path: Path) -> bool:
        return self._try("The file was not saved", lambda: self.session.save(path))

    def _try(self, title: str, do: Callable[[], None]) -> bool:
        try:
            do()
        except FileError as error:
            dialogs.tell(self, title, str(error))
            return False
        return True

    def quit(self) -> None:
        """Close the window."""
        self.close()

    def focus_formula(self) -> None:
        """Go to the formula field."""
        self.formula.setFocus()
        self.formula.selectAll()

    def fill_inputs(self) -> None:
        """Give every input without a value a small number."""
        self.session.fill_inputs()
        self.canvas.setFocus()

    def fit(self) -> None:
        """Bring the whole graph into view."""
        self.canvas.fit()

    def zoom_in(self) -> None:
        """Zoom in on the middle."""
        self.canvas.zoom_by(_ZOOM)

    def zoom_out(self) -> None:
        """Zoom out from the middle."""
        self.canvas.zoom_by(1 / _ZOOM)

    def fold_side(self) -> None:
        """Fold or unfold the panel at the right."""
        self.side.setHidden(not self.side.isHidden())
        self.actions_.refresh()

    def fold_words(self) -> None:
        """Fold or unfold the panel below."""
        self.words.setHidden(not self.words.isHidden())
        self.actions_.refresh()

    def is_side_shown(self) -> bool:
        """Whether the panel at the right is unfolded."""
        return not self.side.isHidden()

    def is_words_shown(self) -> bool:
        """Whether the panel below is unfolded."""
        return not self.words.isHidden()

    def show_shortcuts(self) -> None:
        """Every command that has keys."""
        dialogs.show_shortcuts(self, self.actions_.shortcuts())

    def show_about(self) -> None:
        """What this is."""
        dialogs.show_about(self)

    # --- the theme ----------------------------------------------------------------------------
    def choose_theme(self, name: str) -> None:
        """``light``, ``dark`` or ``system``, and remember it."""
        self.settings.setValue("theme", name)
        self.set_theme(self._wanted_theme())
        self.actions_.refresh()

    def chosen_theme(self) -> str:
        """What was chosen, which may be to follow the system."""
        return str(self.settings.value("theme", "system"))

    def _wanted_theme(self) -> Theme:
        chosen = self.chosen_theme()
        scheme = QGuiApplication.styleHints().colorScheme()
        is_dark = chosen == "dark" or (chosen == "system" and scheme == Qt.ColorScheme.Dark)
        return DARK if is_dark else LIGHT

    def _follow_system(self) -> None:
        self.set_theme(self._wanted_theme())

    def set_theme(self, theme: Theme) -> None:
        """Put the window into other colours."""
        self.theme = theme
        QGuiApplication.setPalette(theme.palette())
        self.setStyleSheet(style_sheet(theme))
        self.formula.set_theme(theme)
        self.words.set_theme(theme)
        self.details.set_theme(theme)
        self.drawing.set_theme(theme)
        colours = {"forward": theme.forward, "backward": theme.backward}
        for command in self.actions_.commands:
            if command.icon:
                colour = colours.get(command.icon, theme.text)
                self.actions_[command.id].setIcon(icon(command.icon, colour, theme.border))

    # --- Qt's events --------------------------------------------------------------------------
    def _show_name(self) -> None:
        path = self.session.path
        name = path.name if path is not None else "Untitled"
        self.setWindowTitle(f"{name}[*] — GraphLab")
        self.setWindowModified(not self.session.is_saved)

    def _may_go(self) -> bool:
        """Whether the open document may be left; asks if it was changed."""
        if self.session.is_saved:
            return True
        answer = dialogs.ask_to_save(self, self.session.path)
        return self.save() if answer == "save" else answer == "discard"

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 (Qt's name)
        if self._may_go():
            self.session.background.drop()
            event.accept()
        else:
            event.ignore()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802
        if _dropped(event) is not None:
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802
        path = _dropped(event)
        if path is not None and self._may_go():
            event.acceptProposedAction()
            self.open_path(path)


def _dropped(event: QDropEvent) -> Path | None:
    """The one graph file that is dragged here."""
    files = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return Path(files[0]) if len(files) == 1 and files[0].endswith(".graph.json") else None


def _count(number: int, what: str) -> str:
    return f"{number} {what}" + ("" if number == 1 else "s")

