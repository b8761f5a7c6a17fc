"""One data set: what it is, how it is opened, how it is split, and some of its examples."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QProgressBar,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)

from graphlab.data import CATALOGUE, GENERATED, SHIPPED, SPLITS
from graphlab.data.catalogue import is_here, size_shown
from graphlab.gui.datasets.hand_page import HandPage
from graphlab.gui.datasets.listing import Item
from graphlab.gui.datasets.opening import Fetched, Opened
from graphlab.gui.datasets.own import READABLE, OwnLine, quiet
from graphlab.gui.datasets.sample_view import SampleGallery
from graphlab.gui.datasets.settings import Settings
from graphlab.gui.datasets.words import as_sentence, entry_text, fetched_text, summary
from graphlab.gui.flow import Flow
from graphlab.gui.lenses.parts import LensNotice
from graphlab.gui.lettering import scaled
from graphlab.gui.panels.heading import Heading
from graphlab.gui.theme import GRID, Theme

_MOST_PROBLEMS = 11 * GRID


class SetPage(QWidget):
    """The right half of the dialog."""

    def __init__(self) -> None:
        super().__init__()
        self.item = Item("", "", "own")
        self.heading, self.about, self.facts = Heading(), quiet(""), quiet("")
        self.own, self.settings = OwnLine(), Settings()
        self.fetch, self.stop = QPushButton("Fetch"), QPushButton("Cancel fetching")
        self.progress = QProgressBar()
        self.notice = LensNotice()
        self.splits = QButtonGroup(self)
        self.split_row, self.seed = QWidget(), quiet("")
        self.samples = SampleGallery()
        self.note = quiet("")
        self.problems_title, self.problems = QLabel(), QListWidget()
        self.hand = HandPage()
        self._opened: Opened | None = None
        self._arrange()
        self.splits.idToggled.connect(self._show_split)
        self.show_busy(is_busy=False)

    def _arrange(self) -> None:
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("Opening the data")
        self.problems.setAccessibleName("Examples left out")
        self.problems.setMaximumHeight(scaled(_MOST_PROBLEMS))
        self.problems.setWordWrap(True)
        self.seed.setWordWrap(False)
        self.problems_title.setObjectName("problem")
        line = Flow(2 * GRID, GRID // 2)
        self.split_row.setLayout(line)
        for place, split in enumerate(SPLITS):
            button = QRadioButton(split)
            self.splits.addButton(button, place)
            line.addWidget(button)
        line.addWidget(self.seed)
        waiting = QHBoxLayout()
        for widget in (self.fetch, self.progress, self.stop):
            waiting.addWidget(widget)
        waiting.addStretch(1)
        self.progress.setFixedWidth(scaled(30 * GRID))
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(GRID)
        above: tuple[QWidget, ...] = (
            *(self.heading, self.about, self.own),
            *(self.facts, self.settings),
        )
        for part in above:
            rows.addWidget(part)
        rows.addLayout(waiting)
        rows.addWidget(self.notice)
        rows.addWidget(self.split_row)
        rows.addWidget(self.samples, 1)
        rows.addWidget(self.note)
        rows.addWidget(self.hand, 1)
        rows.addWidget(self.problems_title)
        rows.addWidget(self.problems)

    # --- before it is open --------------------------------------------------------------------
    def show_item(self, item: Item) -> None:
        """Another set, of which no more is known than its name tells."""
        self.item = item
        is_hand, is_own = item.source == "hand", item.source == "own"
        self.settings.show_for(item, item.options)
        self.heading.setText(
            Path(item.name).name if is_own and item.name else item.title.rstrip("…")
        )
        self.settings.setVisible(bool(item.name) or is_hand)
        self.own.setVisible(is_own)
        self.own.show_path(item.name)
        self.hand.setVisible(is_hand)
        self.about.setText(_about(item))
        self.about.setVisible(bool(self.about.text()))
        self.facts.setText(_facts(item))
        self.facts.setVisible(bool(self.facts.text()))
        entry = CATALOGUE.get(item.name)
        self.fetch.setVisible(entry is not None and not is_here(item.name, entry))
        if entry is not None:
            self.fetch.setText(f"Fetch {size_shown(entry.size)}" if entry.size else "Fetch")
        self.say("")
        self._forget()
        if is_hand:
            self.hand.begin(Path(item.name) if item.name else None)

    def _forget(self) -> None:
        self._opened = None
        for part in (self.split_row, self.problems_title, self.problems, self.note):
            part.hide()
        self.samples.setVisible(self.item.source != "hand")
        self.samples.show_samples(None)

    def say(self, text: str) -> None:
        """A sentence below the settings; nothing where it is empty."""
        self.notice.setVisible(bool(text))
        self.notice.say(text)

    def refuse(self, message: str) -> None:
        """Why it cannot be opened."""
        self._forget()
        self.notice.setVisible(True)
        self.notice.say(as_sentence(message), is_problem=True)

    def show_busy(self, *, is_busy: bool) -> None:
        """Whether it is being opened."""
        self.progress.setRange(0, 0)
        self.progress.setVisible(is_busy)
        self.stop.setVisible(is_busy)
        entry = CATALOGUE.get(self.item.name)
        is_away = entry is not None and not is_here(self.item.name, entry)
        self.stop.setText("Cancel fetching" if is_away else "Cancel opening")
        self.fetch.setVisible(is_away and not is_busy)

    def show_fetching(self, fetched: Fetched) -> None:
        """How far the file is that comes over the network."""
        if fetched.size:
            self.progress.setRange(0, 1000)
            self.progress.setValue(1000 * fetched.here // fetched.size)
        self.say(fetched_text(fetched))

    # --- once it is ---------------------------------------------------------------------------
    def show_opened(self, opened: Opened) -> None:
        """What is in it."""
        self._opened, data = opened, opened.data
        self.say("")
        if self.item.source == "hand":
            self.hand.begin(Path(self.item.name), data)
            return
        self.heading.setText(data.title)
        self.about.setText(" ".join(map(as_sentence, data.notes)))
        self.about.setVisible(bool(data.notes))
        source = f" · {data.source}" if data.source and self.item.source != "own" else ""
        self.facts.setText(summary(data) + source)
        self.facts.show()
        for place, split in enumerate(SPLITS):
            button = self.splits.button(place)
            count = len(data.splits.get(split, ()))
            button.setText(f"{split} {count:,}")
            button.setEnabled(count > 0)
        self.seed.setText(f"split by seed {opened.seed}, the training's")
        self.split_row.show()
        self.splits.button(0).setChecked(True)
        self._show_split(0, is_on=True)
        self._show_problems(opened)

    def _show_split(self, place: int, is_on: bool) -> None:
        if is_on and self._opened is not None:
            samples = self._opened.samples.get(SPLITS[place])
            self.samples.show_samples(samples, self._opened.data.classes)
            self.note.setText(as_sentence(samples.note) if samples and samples.note else "")
            self.note.setVisible(bool(self.note.text()))

    def _show_problems(self, opened: Opened) -> None:
        told = opened.data.left_out
        self.problems.clear()
        self.problems.addItems(list(told))
        one = "1 problem was found" if len(told) == 1 else f"{len(told):,} problems were found"
        self.problems_title.setText(f"▲ {one}; everything else is used")
        for part in (self.problems_title, self.problems):
            part.setVisible(bool(told))

    def set_theme(self, theme: Theme) -> None:
        """Take the colours of a theme."""
        self.samples.set_theme(theme)
        self.hand.set_theme(theme)


def _about(item: Item) -> str:
    if item.source == "own":
        return READABLE
    made = GENERATED.get(item.name)
    return made.description if made is not None else ""


def _facts(item: Item) -> str:
    entry = CATALOGUE.get(item.name)
    if entry is not None:
        return (
            f"{entry_text(entry)} · {size_shown(entry.size)} to fetch · licence: {entry.licence}\n"
            f"{entry.source}\nChecksums: {entry.checksums}."
        )
    kept = SHIPPED.get(item.name)
    return f"licence: {kept.licence} · {kept.source}" if kept is not None else ""
