"""The rule card: the step in words, its rule, its numbers and its result, beside what is active.

It floats on the canvas and never covers what it explains.  Where no step is shown it is one quiet
line at the bottom that says what to do next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from graphlab.engine.explain import Explanation, explain
from graphlab.engine.numbers import latex
from graphlab.engine.steps import Step
from graphlab.gui.canvas.beside import (
    Margin,
    Scene,
    Spot,
    place_beside,
    places_at_side,
    scene_of,
)
from graphlab.gui.canvas.figure import Point
from graphlab.gui.canvas.stage import Stage
from graphlab.gui.lettering import scaled
from graphlab.gui.panels.extents import height_at, natural_width, scrolled
from graphlab.gui.panels.heading import Heading
from graphlab.gui.panels.symbols import Held, Symbols
from graphlab.gui.phrases import brief_names
from graphlab.gui.products import product_lines, what_rule_gives
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter

WIDTH, HEIGHT = 420, 180
_HIGHEST = 280  # where the usual height hides words, or cards behind them
_LITTLE = 200.0  # square pixels of words and of what is behind them that may be hidden, as a label
_NARROW = 300  # where the usual width finds no free place
_COLUMN = 224  # where that finds none either
_BESIDE = 26 + 2 * GRID  # what a hint is wider than its text
_TIGHT = 2  # around a text that goes into the margin that a fitted view has
_LEAST = 2  # lines of the sentence that are seen without scrolling
_HINT_LINES = (2, 3, 4)  # into which the sentence of a hint is broken where one finds no place
_LOOSE = 6 * GRID  # what a broken line may be longer than its share, as it breaks between words


class WordsPanel(QFrame):
    """A card on a canvas; with a message alone, a line at its bottom."""

    def __init__(self, typesetter: Typesetter, theme: Theme, canvas: Stage) -> None:
        super().__init__(canvas)
        self.setObjectName("words")
        self.setAccessibleName("The step in words")
        self._typesetter, self._theme, self._canvas = typesetter, theme, canvas
        self.setProperty("quiet", True)
        self._rule_gives = ""
        self._explanation: Explanation | None = None
        self._lines: tuple[str, ...] = ()
        self._value_latex = self._whole = ""
        self._is_folded = False
        self._place: Point | None = None
        self.title, self.sentence = Heading(), QLabel()
        self.rule, self.numbers = Symbols(typesetter), Symbols(typesetter)
        self.result = QLabel()
        self.result.setObjectName("result")
        for label in (self.title, self.sentence, self.rule, self.numbers, self.result):
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            label.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for label in (self.sentence, self.rule, self.numbers, self.result):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self._scroll = scrolled(self.sentence)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(12, GRID, 12, GRID)
        rows.setSpacing(GRID // 2)
        for widget in (self.title, self._scroll, self.rule, self.numbers, self.result):
            rows.addWidget(widget)
        self._held, self.is_held = Held(self), False  # as before, until its symbols are set
        typesetter.made.connect(self._let_go)
        canvas.view_changed.connect(self.place)
        canvas.figure_changed.connect(self.place)
        canvas.selection_changed.connect(self.place)
        canvas.viewport().installEventFilter(self)
        self.hide()

    def set_theme(self, theme: Theme) -> None:
        """Set the symbols again in the theme's colours."""
        self._theme = theme
        self.place()

    @property
    def is_folded(self) -> bool:
        """Whether it is put away, whatever there is to tell."""
        return self._is_folded

    def fold(self) -> None:
        """Put it away, or bring it back."""
        self._is_folded = not self._is_folded
        self.place()

    def explain(
        self, step: Step, problem: str = "", awaited: int = 0, through: Explanation | None = None
    ) -> None:
        """Show a step, and first what is wrong with its result.

        ``awaited`` is how many gradients meet where this one arrives.  ``through`` tells it as a
        step of the folded group that hides it.
        """
        told = self._explanation = through or explain(step)
        is_back_through = through is not None and step.edge is not None
        self._rule_gives = "local: " if is_back_through else what_rule_gives(step)
        lines = product_lines(step, told, awaited)
        if is_back_through:
            lines = (told.result, *lines[1:])
        self._lines = tuple(map(brief_names, lines))
        sentence = f"{problem}. {told.sentence}" if problem else told.sentence
        self._value_latex = latex(step.value) if told.result.startswith("=") else ""
        self._tell_symbols(told)
        self._hold()
        self.result.setText("\n".join(self._lines))
        self._write(told.title, sentence, "\n".join((told.title, sentence, told.rule, *lines)))
        self._tell()

    def say(self, title: str, sentence: str = "") -> None:
        """Show a message instead of a step."""
        self._explanation, self._lines, self.is_held = None, (), False
        self._write(title, sentence, f"{title}\n{sentence}")
        self._tell()

    def _write(self, title: str, sentence: str, whole: str) -> None:
        """Title and sentence with brief names; where that leaves anything out a tip has it all."""
        self.title.setText(brief_names(title))
        self.sentence.setText(brief_names(sentence))
        self._whole = whole
        self._offer_whole()

    def _offer_whole(self, *, is_short: bool = False) -> None:
        is_brief = is_short or brief_names(self._whole) != self._whole
        self.setToolTip(self._whole if is_brief else "")

    def _tell(self) -> None:
        texts = (self.title.text(), self.sentence.text(), *self._lines)
        self.setAccessibleDescription(" ".join(text for text in texts if text))
        self.place()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The canvas has another size."""
        if isinstance(event, QResizeEvent):
            self.place()
        return False

    # --- where it is --------------------------------------------------------------------------
    def place(self) -> None:
        """Find the place again, as after every step and every move of the view."""
        if self.is_held:
            return
        self._held.hide()
        has_text = bool(self.title.text() or self.sentence.text())
        self.setVisible(has_text and not self._is_folded)
        if self.isHidden():
            return
        self._set_margin(GRID)
        is_hint = self._explanation is None
        if self.property("quiet") != is_hint:
            self.setProperty("quiet", is_hint)
            self.style().unpolish(self)
            self.style().polish(self)
        if is_hint:
            self._place_hint()
        else:
            self._place_card()
        self.raise_()

    def _place_hint(self) -> None:
        """A line in the middle of the bottom."""
        for label in (self.rule, self.numbers, self.result):
            label.hide()
        view, self._place = self._canvas.viewport(), None
        self.title.setVisible(bool(self.title.text()))
        self._scroll.setVisible(bool(self.sentence.text()))
        room = view.width() - 4 * GRID
        spot = self._spot_for_hint(room, view.height())
        if spot.cards and self.title.text():
            self._scroll.hide()
            self._set_margin(GRID)
            spot = self._spot_for_hint(room, view.height())
            if spot.cards:
                self._set_margin(_TIGHT)
                self._set_width(min(natural_width(self.title) + _BESIDE, room), view.height() // 3)
                spot = self._margin(_TIGHT)
        self._offer_whole(is_short=self._scroll.isHidden() and bool(self.sentence.text()))
        self.move(spot.place)

    def _spot_for_hint(self, room: int, height: int) -> Margin:
        """Take one line, or where that lies on cards the form that covers least; returns its place.

        The sentence is then broken into a few lines, which lie on no link if they can.
        """
        title, sentence = natural_width(self.title), natural_width(self.sentence)
        if self._scroll.isHidden():
            sentence = 0
        self._set_width(min(max(title, sentence) + _BESIDE, room, scaled(2 * WIDTH)), height // 3)
        spot = self._margin()
        if not (spot.cards and sentence):
            return spot
        forms = []
        self._set_margin(_TIGHT)
        for lines in _HINT_LINES:
            width = min(max(title, sentence // lines + scaled(_LOOSE)) + _BESIDE, room)
            self._set_width(width, height - 2 * GRID)
            forms.append((self._margin(_TIGHT), width))
        spot, width = min(forms, key=lambda form: form[0][1:])
        self._set_width(width, height - 2 * GRID)
        return spot

    def _margin(self, gap: int = GRID) -> Margin:
        places = places_at_side(self._canvas, self.size(), gap)
        return min(places, key=lambda place: (place.cards, place.links))

    def _set_margin(self, height: int) -> None:
        """The room above and below the text."""
        rows = self.layout()
        if rows is not None and rows.contentsMargins().top() != height:
            rows.setContentsMargins(12, height, 12, height)

    def _place_card(self) -> None:
        scene = scene_of(self._canvas, self._canvas.emphasis)
        self.title.show()
        told = (self._scroll, self.rule, *((self.numbers,) if self._lines else ()))
        for count in range(len(told) + 1):
            tried: list[tuple[Spot, float, tuple[int, int]]] = []
            for form in self._forms(told[:count]):
                spot, hidden = self._spot(form, scene, told[:count])
                tried.append((spot, spot.covered + hidden, form))
                if spot.is_free and tried[-1][1] <= (0 if len(tried) < 2 else _LITTLE):
                    break
            if any(spot.is_free for spot, *_ in tried):
                break
        spot, _, form = min(tried, key=lambda found: (not found[0].is_free, found[1]))
        if form != tried[-1][2]:
            self._spot(form, scene, told[:count])
        self._offer_whole(is_short=count > 0)
        self._place = spot.place
        self.move(QPoint(round(spot.place[0]), round(spot.place[1])))

    def _spot(
        self, form: tuple[int, int], scene: Scene, left_out: Sequence[QWidget]
    ) -> tuple[Spot, float]:
        """Take this form; returns the card's best place then, and the area of words it hides."""
        width, most = form
        self._scroll.show()
        self._set_symbols(width - 26)
        for part in left_out:
            part.hide()
        hidden = float(self._set_width(width, most) * width)
        return place_beside((float(width), float(self.height())), scene, self._place), hidden

    def _forms(self, left_out: Sequence[QWidget]) -> Iterator[tuple[int, int]]:
        """Widths with the height each may have: the usual ones, then narrower or higher ones.

        Without the rule the lines are short: then as narrow as they allow.
        """
        room = self._canvas.viewport().width() - 2 * GRID
        usual, title = min(scaled(WIDTH), room), natural_width(self.title) + _BESIDE
        narrow = min(max(scaled(_NARROW), title), usual)
        yield usual, scaled(HEIGHT)
        yield narrow, scaled(HEIGHT)
        is_long = self.rule not in left_out
        lines = (self.rule, self.numbers) if is_long else (self.numbers, self.result)
        shown = [p for p in lines if p not in left_out and not p.isHidden()]
        least = min(max([scaled(_COLUMN), title, *(natural_width(p) + 26 for p in shown)]), usual)
        widths = (usual, narrow, least) if is_long else (least,)
        yield from ((width, scaled(_HIGHEST)) for width in widths)

    def _set_width(self, width: int, most: int) -> int:
        """Take this width, and as much height as the text needs; a long sentence is scrolled.

        Returns the height that is not seen of it.
        """
        inner, rows, hidden = width - 26, self.layout(), 0
        margins = rows.contentsMargins() if rows is not None else self.contentsMargins()
        fixed = margins.top() + margins.bottom() + 2
        for label in (self.title, self.rule, self.numbers, self.result):
            if not label.isHidden():
                fixed += height_at(label, inner) + GRID // 2
        if not self._scroll.isHidden():
            line = self.sentence.fontMetrics().lineSpacing()
            needed = height_at(self.sentence, inner - GRID)
            room = max(most - fixed, min(_LEAST * line + 2, needed))
            self._scroll.setFixedHeight(min(needed, room))
            fixed += min(needed, room)
            hidden = max(needed - room, 0)
        self.setFixedSize(width, fixed)
        if rows is not None:
            rows.activate()
        return hidden

    # --- the symbols --------------------------------------------------------------------------
    def _hold(self) -> None:
        """Look as before until the symbols are set; not while the typesetter is being loaded."""
        awaited = [part.is_awaited for part in (self.rule, self.numbers)]
        self.is_held = any(awaited) and self._typesetter.is_ready
        if self.is_held:
            self._held.hold()

    def _let_go(self) -> None:
        """Show the step that is told by now, in plain text where that is already another one."""
        if self._explanation is not None:
            self.is_held = False
            self.place()

    def _tell_symbols(self, told: Explanation) -> None:
        numbers, plain = told.numbers_latex, told.numbers
        if self._value_latex:
            numbers = rf"{numbers} \; = {self._value_latex}".strip()
            plain = f"{plain} {told.result}".strip()
        rule, plain_rule = told.rule_latex, told.rule
        if self._rule_gives and rule:  # the sum below may be called the same
            rule, plain_rule = rf"\text{{{self._rule_gives}}} {rule}", self._rule_gives + plain_rule
        self.rule.tell(rule, plain_rule)
        self.numbers.tell(numbers, plain)

    def _set_symbols(self, room: int) -> None:
        """Rule and numbers, in this width."""
        self.rule.fit(room, self._theme.text)
        self.numbers.fit(room, self._theme.text)
        self.result.setVisible(bool(self._lines))
