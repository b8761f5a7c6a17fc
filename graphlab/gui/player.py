"""Takes a step at a time by itself, at a chosen pace, until there is something to look at."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QFocusEvent, QInputEvent, QKeyEvent
from PySide6.QtWidgets import QWidget

from graphlab.engine.steps import Step
from graphlab.gui.notes import unfit_value
from graphlab.gui.stepping import Stepping
from graphlab.gui.strides import is_stop

PACES = (0.25, 0.5, 1.0, 2.0, 4.0, 8.0)
"""Steps a second."""


class Player(QObject):
    """Plays a run.  It stops at the end, at a breakpoint, on an edit and at a problem."""

    turned = Signal(bool)  # whether it plays
    paced = Signal(float)  # steps a second

    def __init__(self, stepping: Stepping, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._stepping = stepping
        self._pace = PACES.index(1.0)
        self._is_own = False  # whether the step that is told was asked for here
        self._timer = QTimer(self)
        self._timer.timeout.connect(self._go_on)
        stepping.stepped.connect(self._look)
        stepping.told.connect(self._listen)
        stepping.upset.connect(self.pause)

    @property
    def is_playing(self) -> bool:
        """Whether steps are being taken."""
        return self._timer.isActive()

    @property
    def pace(self) -> float:
        """Steps a second."""
        return PACES[self._pace]

    def play(self) -> None:
        """Take a step now and go on."""
        if self.is_playing or self._stepping.position.is_done:
            return
        self._timer.start(round(1000 / self.pace))
        self.turned.emit(True)
        self._go_on()

    def pause(self) -> None:
        """Stay where it is."""
        if self.is_playing:
            self._timer.stop()
            self.turned.emit(False)

    def toggle(self) -> None:
        """Play, or pause."""
        if self.is_playing:
            self.pause()
        else:
            self.play()

    def slower(self) -> None:
        """Fewer steps a second."""
        self._set_pace(self._pace - 1)

    def faster(self) -> None:
        """More steps a second."""
        self._set_pace(self._pace + 1)

    def _set_pace(self, index: int) -> None:
        self._pace = min(max(index, 0), len(PACES) - 1)
        self._timer.setInterval(round(1000 / self.pace))
        self.paced.emit(self.pace)

    def _go_on(self) -> None:
        if self._stepping.background.is_busy:
            return
        self._is_own = True
        self._stepping.next()
        self._is_own = self._stepping.background.is_busy

    def _listen(self, sentence: str) -> None:
        """What is told is a problem."""
        if sentence:
            self.pause()

    def _look(self, _told: Step | None) -> None:
        """Stop at what asks for a look, and where someone else takes the run somewhere."""
        stepping = self._stepping
        step = stepping.step
        if (
            not self._is_own
            or step is None
            or stepping.position.is_done
            or is_stop(step, stepping.breakpoints)
            or unfit_value(stepping.run, step.node)
        ):
            self.pause()


class Tap(QObject):
    """Tells a tap on Space from Space held down while the view is moved."""

    tapped = Signal()

    def __init__(self, watched: QWidget) -> None:
        super().__init__(watched)
        self._is_tap = False
        watched.installEventFilter(self)

    def watch(self, more: QWidget) -> None:
        """What is done with the pointer on this widget makes Space no tap."""
        more.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Lets every event pass."""
        if not isinstance(event, (QInputEvent, QFocusEvent)):
            return False
        kind = event.type()
        if kind in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.FocusOut):
            self._is_tap = False
        elif kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            self._key(event)
        return False

    def _key(self, event: QEvent) -> None:
        if not isinstance(event, QKeyEvent) or event.isAutoRepeat():
            return
        is_space = event.key() == Qt.Key.Key_Space and not event.modifiers()
        if event.type() == QEvent.Type.KeyPress:
            self._is_tap = is_space
        elif is_space and self._is_tap:
            self._is_tap = False
            self.tapped.emit()
