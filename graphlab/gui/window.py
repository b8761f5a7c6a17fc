"""The window: the canvas in the middle, the formula above, values at the right, words below.

It only joins: the session holds what is open, the panels show it, the commands change it.
"""

from __future__ import annotations

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, QPoint
from PySide6.QtGui import QCloseEvent, QKeyEvent, QShowEvent

from graphlab.engine.steps import Step
from graphlab.errors import FormulaError, GraphLabError
from graphlab.graph.graph import Change
from graphlab.gui.ahead import load_ahead
from graphlab.gui.canvas.camera import wants_motion
from graphlab.gui.classroom import Classroom
from graphlab.gui.commands import commands
from graphlab.gui.context import context_menu, rows_for
from graphlab.gui.dropping import Dropping
from graphlab.gui.files import keeps_graph
from graphlab.gui.frame import Frame
from graphlab.gui.house import House
from graphlab.gui.later import later
from graphlab.gui.situation import counts, situation, told_problems
from graphlab.gui.starts import starts
from graphlab.gui.through_card import told_step

if TYPE_CHECKING:
    from graphlab.gui import dialogs
else:
    dialogs = later("graphlab.gui.dialogs")


_NO_FORMULA = "There is no formula yet: type one, for example f = (x + y) * z."
_STUCK = "Nothing more can be computed"


class Window(Frame):
    """One document, open."""

    def __init__(self) -> None:
        super().__init__(lambda session: commands(session, self))
        self._was_shown, self._feeding = False, ""
        self.house = House(self, self._draw, self.may_leave, self.lessons)
        self.actions_.fill(self.menuBar())
        self.dropping = Dropping(self)
        self.setAcceptDrops(True)
        self._connect()
        for widget in (self.canvas, *self.buttons.values()):
            widget.installEventFilter(self)
        self._set_motion()
        self.set_theme(self.theme)
        self._show_name()
        self._refresh_all()

    @cached_property
    def lessons(self) -> Classroom:
        """The lesson beside the canvas."""
        return Classroom(self)

    def _connect(self) -> None:
        session = self.session
        self.files.is_kept = self.lessons.holds_work
        self.files.ending = self.lenses.ending
        self.dropping.let_go.connect(self._on_let_go)
        self.left.turned.connect(self._refresh_actions)
        self.lenses.training_turned.connect(self._on_training)
        session.changed.connect(self._on_changed)
        session.stepped.connect(self._on_stepped)
        session.told.connect(self._on_told)
        session.noted.connect(self._on_noted)
        session.saved.connect(lambda name: self.statusBar().showMessage(f"Saved {name}", 5000))
        session.named.connect(self._show_name)
        session.background.is_busy_changed.connect(self._on_busy)
        session.background.progressed.connect(self.show_progress)
        self.drawing.caught_up.connect(self._explain_step)
        self.conductor.player.turned.connect(self.show_playing)
        self.conductor.on_tap(self.actions_["play"].trigger)
        session.marked.connect(self._refresh_actions)
        session.undo_stack.indexChanged.connect(self._refresh_actions)
        self.formula.entered.connect(self.enter_formula)
        self.inputs.edited.connect(self._on_value)
        self.inputs.fill_asked.connect(self.fill_inputs)
        self.inputs.done.connect(self.give_canvas_the_keys)
        self.formula.pending_changed.connect(self._refresh_actions)
        self.bar.start_chosen.connect(session.set_start)
        self.canvas.card_activated.connect(self._edit_value)
        self.appearance.changed.connect(self._on_appearance)
        for shelf in (self.left, self.below):
            shelf.turned.connect(self._refresh_actions)
        self.canvas.context_asked.connect(self._show_menu)
        self.editor.changed.connect(self._refresh_actions)
        self.editor.refused.connect(self.refuse)

    # --- the document changed -----------------------------------------------------------------
    def enter_formula(self, text: str) -> None:
        """Make the graph of a formula, or tell what is wrong with it."""
        if not text.strip():
            self.bar.complain(self.formula.left_out or _NO_FORMULA)
            return
        try:
            self.session.set_formula(text)
        except FormulaError as error:
            self.bar.complain(str(error))
            self.formula.mark(error.line, error.column)
            return
        except GraphLabError as error:
            self.bar.complain(str(error))
            return
        field = self.inputs.first_empty()
        (field or self.canvas).setFocus()

    def is_formula_pending(self) -> bool:
        """Whether a formula is typed that is not drawn."""
        return self.formula.is_pending

    def draw_formula(self) -> bool:
        """Draw what is typed, before a step is taken on it; False if it is wrong."""
        if self.formula.is_pending:
            self.enter_formula(self.formula.toPlainText())
        return not self.formula.is_pending

    def drop_formula(self) -> bool:
        """Whether what is typed and not drawn may go; asks if there is any."""
        if not self.formula.is_pending or not self.formula.toPlainText().strip():
            return True
        may_go = dialogs.ask_to_drop_formula(self)
        if may_go:
            self.formula.revert()
        return may_go

    def _draw(self, text: str) -> str:
        """Make the graph of a formula typed elsewhere; returns what is wrong with it."""
        self.formula.setPlainText(text)
        self.enter_formula(text)
        problem = self.bar.problem
        if problem:
            self.formula.revert()
        return problem

    def may_leave(self) -> bool:
        """Whether the document and a formula not drawn may go; asks if anything would be lost."""
        return self.drop_formula() and self.files.may_leave()

    def open_path(self, path: Path) -> None:
        """Open a file or a lesson, or tell why that is not possible."""
        self.house.open_path(path)

    def _on_let_go(self, path: Path) -> None:
        if keeps_graph(path) or self.may_leave():
            self.open_path(path)

    def _on_changed(self, change: Change) -> None:
        self.bar.clear_complaint()
        self.forget_refusal()
        if self.drawing.show_places(change):
            self.actions_.refresh()
        else:
            self._refresh_all()

    def _refresh_all(self) -> None:
        graph = self.session.graph
        if not self.session.tell_formula(self.formula.show_text):
            self.formula.await_text()
        self.inputs.show_graph(graph)
        self.bar.show_outputs(starts(graph))
        self.drawing.show_graph()
        self._on_told("")
        self._after_step()

    def _on_value(self, name: str, value: Any) -> None:
        try:
            self.session.set_values({name: value})
        except GraphLabError as error:
            self.inputs.tell(name, str(error))

    # --- a step was taken ---------------------------------------------------------------------
    def _on_stepped(self, step: Step | None) -> None:
        self.drawing.show_step(step)
        self._after_step()

    def _after_step(self) -> None:
        session = self.session
        if session.step is None:
            self.words.say(*situation(session, self._feeding))
        self._explain_step()
        self.conductor.show()
        self.counts.setText(counts(session, self.drawing.problems, is_fed=bool(self._feeding)))
        self.counts.setToolTip(told_problems(self.drawing.problems))
        self.bar.start.setCurrentText(session.start or "")
        self.looking.show()
        self.actions_.refresh()

    def _explain_step(self) -> None:
        """Tell the step that is shown, by what is known of the groups it leads through."""
        step = self.session.step
        if step is not None:
            problem = self.drawing.problems.get(step.node, "")
            through, count = told_step(self.session.run, step, self.drawing)
            self.words.explain(step, problem, count, through)

    def _on_told(self, message: str) -> None:
        if message:
            self.words.say(_STUCK, message)
            field = self.inputs.first_empty()
            if field is not None:
                self._edit_value(field.name)

    def _on_noted(self, note: str) -> None:
        title, sentence = situation(self.session, self._feeding)
        self.words.say(title, f"{note} {sentence}")

    def _refresh_actions(self) -> None:
        self.actions_.refresh()

    def _on_training(self) -> None:
        """Other things can be done about training, or inputs get their values from elsewhere."""
        feeding = self.lenses.feeding
        if feeding != self._feeding:
            self._feeding = feeding
            self.inputs.set_fed(are_fed=bool(feeding))
            self._after_step()
        else:
            self.actions_.refresh()

    def _on_busy(self, is_busy: bool) -> None:
        self.progress.setRange(0, 0)  # no share is known before the first report
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        self.actions_.refresh()

    # --- what a card offers -------------------------------------------------------------------
    def _edit_value(self, name: str) -> None:
        field = self.inputs.fields.get(name)
        if field is not None:
            self.side.show()
            field.setFocus()
            field.selectAll()

    def _show_menu(self, what: object, place: QPoint) -> None:
        rows = rows_for(what, self.editor.hand)
        menu = context_menu(rows, self.actions_, self)
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(place)

    # --- commands -----------------------------------------------------------------------------
    def export_picture(self) -> None:
        """Ask how the figure is to be written and where."""
        self.files.ask_export(self.canvas)

    def copy_picture(self) -> None:
        """Put the figure as it is on the clipboard."""
        self.files.copy_picture(self.canvas, self.theme)

    def quit(self) -> None:
        """Close the window."""
        self.close()

    def focus_formula(self) -> None:
        """Go to the formula field."""
        self.house.leave_welcome()
        self.formula.setFocus()
        self.formula.selectAll()

    def fill_inputs(self) -> None:
        """Give every input without a value a small number."""
        self.session.fill_inputs()
        self.canvas.setFocus()

    def show_shortcuts(self) -> None:
        """Every command that has keys."""
        dialogs.show_shortcuts(self, self.actions_.shortcuts())

    def show_about(self) -> None:
        """What this is."""
        dialogs.show_about(self)

    # --- the theme ----------------------------------------------------------------------------
    def _on_appearance(self) -> None:
        self._set_motion()
        self.set_theme(self.appearance.theme)
        self.lessons.set_theme(self.theme)
        self.actions_.refresh()

    def _set_motion(self) -> None:
        self.canvas.is_animated = wants_motion() and self.appearance.has_motion

    # --- Qt's events --------------------------------------------------------------------------
    def _show_name(self) -> None:
        path = self.session.path
        name = path.name if path is not None else "Untitled"
        self.setWindowTitle(f"{name}[*] — GraphLab")
        self.setWindowModified(not self.session.is_saved)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keys of a step that cannot be taken tell so, and do nothing else."""
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            words = self.actions_.idle_words(event)
            if words is not None:
                is_stuck = words == self.session.complaint()
                self.words.say(*((_STUCK, words) if is_stuck else (words,)))
                return True
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """With nothing open and nothing asked for, the page that offers what to begin with."""
        super().showEvent(event)
        if not self._was_shown:
            self.dropping.watch(self)
            load_ahead(self)
            if not (self.session.graph.nodes or self.lessons.is_open()):
                self.house.show_welcome()
        self._was_shown = True

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.may_leave():
            self.session.background.drop()
            self.lessons.keep()
            self.lenses.end()
            self.house.end()
            event.accept()
        else:
            event.ignore()
