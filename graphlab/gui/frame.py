"""The parts of the window and where they stand; what they do is ``window.py``'s."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QLabel, QMainWindow, QProgressBar, QSplitter, QVBoxLayout, QWidget

from graphlab.gui.actions import Actions, Command
from graphlab.gui.appearance import Appearance
from graphlab.gui.canvas.view import CanvasView
from graphlab.gui.commands import BUTTONS, SMALL_BUTTONS
from graphlab.gui.conductor import Conductor
from graphlab.gui.drawing import Drawing
from graphlab.gui.editing import Editor
from graphlab.gui.files import Files
from graphlab.gui.icons import icon
from graphlab.gui.importer import Importer
from graphlab.gui.later import later
from graphlab.gui.lenses.lenses import Lenses
from graphlab.gui.lettering import hold, set_text_size
from graphlab.gui.looking import Looking
from graphlab.gui.panels.bar import Bar
from graphlab.gui.panels.inputs import InputsPanel
from graphlab.gui.panels.notice import Notice
from graphlab.gui.panels.side import Side
from graphlab.gui.panels.words import WordsPanel
from graphlab.gui.session import Session
from graphlab.gui.shelf import Shelf
from graphlab.gui.style import style_sheet
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter

if TYPE_CHECKING:
    from graphlab.gui.panels import inspector
else:
    inspector = later("graphlab.gui.panels.inspector")

SIDE_WIDTH = 240
_LEFT_WIDTH, _LEFT_LOW = 320, 180
_BELOW_HEIGHT, _BELOW_LOW = 220, 150
_STATUS_HEIGHT, _CHOICE_HEIGHT, _CHOICE_WIDTH = 28, 22, 120  # of the status line, and in it
_ZOOM = 1.25
_ON_CANVAS = "The keys are the canvas's now: → takes a step, Tab goes from card to card."


class Frame(QMainWindow):
    """Canvas in the middle, formula above, values at the right, words below."""

    def __init__(self, commands_of: Callable[[Session], Sequence[Command]]) -> None:
        super().__init__()
        self.appearance = Appearance(self)
        set_text_size(self.appearance.base, self)
        self.theme = self.appearance.theme
        self._colour(self.theme)  # before there is a widget: each then polishes itself, once shown
        self.session = Session(self)
        self.files = Files(self.session, self)
        self.typesetter = Typesetter(self)
        self.canvas = CanvasView()
        self.drawing = Drawing(self.session, self.canvas, self)
        self.editor = Editor(self.session, self.canvas, self.typesetter, self)
        self.inputs = InputsPanel()
        self.looking = Looking(self.session, self.drawing, lambda: self.details, self)
        self.looking.turned.connect(self.inputs.show_part)
        self.words = WordsPanel(self.typesetter, self.theme, self.canvas)
        self.drawing.has_words = lambda: not self.words.is_folded
        self.conductor = Conductor(self.session, self.canvas, self)
        self.notice = Notice()
        self.importer = Importer(self.session, self.notice, self, self.may_leave)
        self.progress = QProgressBar()
        self.counts = QLabel()
        self._refusal = ""
        self.actions_ = Actions(commands_of(self.session), self)
        self.buttons = {key: self.actions_.button(key, self) for key in BUTTONS}
        self.small_buttons = {key: self.actions_.button(key, self) for key in SMALL_BUTTONS}
        self.bar = Bar(self.buttons, self.small_buttons)
        self.formula = self.bar.formula
        self.bar.float_over(self.canvas)
        self._arrange()
        self._arrange_status()
        self.setMinimumSize(720, 480)
        self.resize(1280, 800)
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication):
            app.screenAdded.connect(self.draw_icons)

    @cached_property
    def details(self) -> inspector.Inspector:
        """All about what is selected, made when something first is."""
        made = inspector.Inspector(self.editor.hand, self.typesetter, self.theme)
        self.side.hold(made)
        return made

    def _arrange(self) -> None:
        self.side = Side(self.inputs)
        self.over = QVBoxLayout(self.canvas)
        self.over.setContentsMargins(0, 0, 0, 0)
        self.left, self.below = Shelf("Left panel"), Shelf("Panel below", _BELOW_LOW)
        self.lenses = Lenses(self.session, self.drawing, self.below, self)
        hold(self.left, minimum_width=_LEFT_LOW)
        self.left.add("ops", "Operations", lambda: self.editor.panel)
        middle = QWidget()
        self.under = QVBoxLayout(middle)  # the canvas, and the strips directly under it
        self.under.setContentsMargins(0, 0, 0, 0)
        self.under.setSpacing(0)
        self.under.addWidget(self.canvas, 1)
        playing = [self.actions_.button(key, self) for key in ("play", "slower", "faster", "mode")]
        self.timeline = self.conductor.make_row(playing)
        self.under.addWidget(self.timeline)
        hero = QSplitter(Qt.Orientation.Vertical)
        hero.addWidget(middle)
        hero.addWidget(self.below)
        hero.setSizes([480, _BELOW_HEIGHT])
        split = QSplitter(Qt.Orientation.Horizontal)
        for widget in (self.left, hero, self.side):
            split.addWidget(widget)
        split.setSizes([_LEFT_WIDTH, 1280 - SIDE_WIDTH - _LEFT_WIDTH, SIDE_WIDTH])
        for splitter, main in ((hero, 0), (split, 1)):
            splitter.setStretchFactor(main, 1)
            splitter.setCollapsible(main, False)
            splitter.setHandleWidth(1)
        hero.setObjectName("hero")
        split.setObjectName("split")
        self.whole = _stacked(self.bar, split)
        self.whole.setObjectName("whole")
        self.setCentralWidget(_stacked(self.notice, self.whole))

    def _arrange_status(self) -> None:
        self.progress.setRange(0, 0)
        self.progress.setFixedWidth(120)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Computing")
        self.stop = self.actions_.button("stop", self)
        status = self.statusBar()
        status.setSizeGripEnabled(False)
        hold(status, minimum_height=_STATUS_HEIGHT)
        status.addWidget(self.counts)
        hold(self.bar.start, fixed_height=_CHOICE_HEIGHT, maximum_width=_CHOICE_WIDTH)
        for widget in (self.progress, self.stop):
            widget.hide()
            status.addPermanentWidget(widget)
        for chooser in (self.bar.start_label, self.bar.start):
            status.addPermanentWidget(chooser)
        status.setContentsMargins(0, 0, GRID, 0)

    def may_leave(self) -> bool:
        """Whether the open document may be left; asks if anything would be lost."""
        return self.files.may_leave()

    def refuse(self, told: str) -> None:
        """Tell why something was not done, until something is."""
        self._refusal = told
        self.statusBar().showMessage(told, 10_000)

    def forget_refusal(self) -> None:
        """What was refused last is not what the student is at any more."""
        if self.statusBar().currentMessage() == self._refusal:
            self.statusBar().clearMessage()

    def give_canvas_the_keys(self) -> None:
        """Go on from what was typed elsewhere to the canvas, and say so."""
        self.canvas.setFocus(Qt.FocusReason.TabFocusReason)
        self.statusBar().showMessage(_ON_CANVAS, 5000)

    def show_playing(self, is_playing: bool) -> None:
        """The button shows what it would do."""
        self._draw_play(is_playing)
        self.actions_.refresh()

    def _draw_play(self, is_playing: bool) -> None:
        name = "pause" if is_playing else "play"
        self.actions_["play"].setIcon(icon(name, self.theme.text, self.theme.border))

    def show_progress(self, done: int) -> None:
        """How many steps a long run has taken."""
        self.progress.setRange(0, self.session.position.total)
        self.progress.setValue(done)

    # --- what is seen of it --------------------------------------------------------------------
    def fit(self) -> None:
        """Bring the whole graph into view."""
        self.editor.inside.forget()
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
        """Fold or unfold the card beside what is active."""
        self.words.fold()
        self.actions_.refresh()

    def fold_minimap(self) -> None:
        """Show the map of a graph larger than the view, or never."""
        self.canvas.minimap.want(not self.canvas.minimap.is_wanted)
        self.actions_.refresh()

    def is_minimap_shown(self) -> bool:
        """Whether the map is shown where there is need of it."""
        return self.canvas.minimap.is_wanted

    def is_side_shown(self) -> bool:
        """Whether the panel at the right is unfolded."""
        return not self.side.isHidden()

    def is_words_shown(self) -> bool:
        """Whether the card beside what is active is unfolded."""
        return not self.words.is_folded

    def fold_timeline(self) -> None:
        """Fold or unfold the row under the canvas."""
        self.timeline.setHidden(not self.timeline.isHidden())
        self.actions_.refresh()

    def is_timeline_shown(self) -> bool:
        """Whether the row under the canvas is unfolded."""
        return not self.timeline.isHidden()

    def _colour(self, theme: Theme) -> None:
        """Give Qt's own widgets the colours of a theme."""
        self.theme = theme
        QGuiApplication.setPalette(theme.palette())
        self.setStyleSheet(style_sheet(theme))

    def set_theme(self, theme: Theme) -> None:
        """Put the window into other colours."""
        if theme is not self.theme:
            self._colour(theme)
        self.formula.set_theme(theme)
        self.words.set_theme(theme)
        self.timeline.set_theme(theme)
        if "details" in self.__dict__:
            self.details.set_theme(theme)
        self.drawing.set_theme(theme)
        self.editor.set_theme(theme)
        self.lenses.set_theme(theme)
        self.draw_icons()

    def draw_icons(self) -> None:
        """Draw the commands' icons in the theme's colours, as sharp as the screens are."""
        theme = self.theme
        colours = {"forward": theme.forward, "backward": theme.backward}
        for command in self.actions_.commands:
            if command.icon:
                colour = colours.get(command.icon, theme.text)
                self.actions_[command.id].setIcon(icon(command.icon, colour, theme.border))
        self._draw_play(self.conductor.player.is_playing)


def _stacked(above: QWidget, below: QWidget) -> QWidget:
    """Two widgets without anything between them; the lower one gets the room."""
    both = QWidget()
    column = QVBoxLayout(both)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(0)
    for widget in (above, below):
        column.addWidget(widget, int(widget is below))
    return both
