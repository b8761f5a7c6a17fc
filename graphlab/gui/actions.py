"""A user's command is data; the menus, the buttons and the list of shortcuts come from it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QToolButton, QWidget

from graphlab.gui.lettering import icon_size


def _always() -> bool:
    return True


class Entry(Struct, frozen=True):
    """One line of a submenu whose lines change: a recent file."""

    title: str
    run: Callable[[], object]
    tip: str = ""
    is_enabled: bool = True


class Command(Struct, frozen=True):
    """What a person can do: ``run`` is called when it is chosen and ``is_enabled`` says it may be.

    ``menu`` names the menu it is in, ``section`` separates it there from what has another one.
    The first of ``shortcuts`` is the one shown.  ``is_checked`` makes it a switch.
    """

    id: str
    title: str
    menu: str
    run: Callable[[], object]
    shortcuts: tuple[str, ...] = ()
    section: str = ""
    tip: str = ""
    label: str = ""  # on a button; the title where empty
    icon: str = ""
    is_enabled: Callable[[], bool] = _always
    is_checked: Callable[[], bool] | None = None
    entries: Callable[[], Sequence[Entry]] | None = None  # makes it a submenu of these
    idle: Callable[[], str] | None = None  # what its keys tell while it may not be chosen
    other_names: tuple[str, ...] = ()  # what else a person searching may call it
    is_kept: bool = False  # a switch that stands at a start as it stood when the window was closed


class Actions:
    """The commands as Qt actions of one window."""

    def __init__(self, commands: Sequence[Command], parent: QWidget) -> None:
        self.commands = tuple(commands)
        self.by_id: Mapping[str, QAction] = {c.id: _action(c, parent) for c in commands}
        for action in self.by_id.values():
            parent.addAction(action)

    def __getitem__(self, key: str) -> QAction:
        return self.by_id[key]

    def refresh(self) -> None:
        """Ask every command whether it may be chosen now, and every switch how it stands."""
        for command in self.commands:
            action = self.by_id[command.id]
            action.setEnabled(command.is_enabled())
            if command.is_checked is not None:
                action.setChecked(command.is_checked())

    def idle_words(self, event: QKeyEvent) -> str | None:
        """What keys tell whose command has nothing to do now; None for any other keys."""
        keys = QKeySequence(event.keyCombination())
        for command in self.commands:
            if command.idle is None or self.by_id[command.id].isEnabled():
                continue
            if keys in map(QKeySequence, command.shortcuts):
                return command.idle()
        return None

    def fill(self, bar: QMenuBar) -> None:
        """Make the menus, in the order the commands name them."""
        titles = list(dict.fromkeys(command.menu for command in self.commands))
        for title in titles:
            menu = bar.addMenu("&" + title)
            section = None
            for command in (c for c in self.commands if c.menu == title):
                if section is not None and command.section != section:
                    menu.addSeparator()
                section = command.section
                menu.addAction(self.by_id[command.id])
                if command.entries is not None:
                    self._submenu(command, command.entries, menu)

    def _submenu(
        self, command: Command, entries: Callable[[], Sequence[Entry]], menu: QMenu
    ) -> None:
        """A menu whose lines are asked for whenever it opens."""
        under = QMenu(command.title, menu)
        under.setToolTipsVisible(True)

        def fill() -> None:
            under.clear()
            for entry in entries():
                line = under.addAction(entry.title.replace("&", "&&"))
                line.setToolTip(entry.tip)
                line.setEnabled(entry.is_enabled)
                line.triggered.connect(lambda _checked=False, run=entry.run: run())

        under.aboutToShow.connect(fill)
        self.by_id[command.id].setMenu(under)

    def button(self, key: str, parent: QWidget) -> QToolButton:
        """A button for a command."""
        button = QToolButton(parent)
        button.setDefaultAction(self.by_id[key])
        button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        button.setIconSize(icon_size())
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.setAccessibleName(self.by_id[key].text())
        button.setObjectName(key)
        return button

    def keys(self, command: Command) -> str:
        """The keys of a command as they are shown; empty where it has none."""
        return " or ".join(_shown(keys) for keys in command.shortcuts)

    def shortcuts(self) -> list[tuple[str, str, str]]:
        """Menu, title and keys of every command that has some, in order."""
        return [(c.menu, c.title, self.keys(c)) for c in self.commands if c.shortcuts]


def _action(command: Command, parent: QWidget) -> QAction:
    action = QAction(command.title, parent)
    action.setObjectName(command.id)
    action.setIconText(command.label or command.title)
    action.setShortcuts([QKeySequence(keys) for keys in command.shortcuts])
    tip = command.tip or command.title
    if command.shortcuts:
        tip += f"  ({_shown(command.shortcuts[0])})"
    action.setToolTip(tip)
    action.setCheckable(command.is_checked is not None)
    action.triggered.connect(lambda _checked=False: command.run())
    return action


def _shown(keys: str) -> str:
    """Keys as they are printed on a keyboard."""
    text = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    for word, sign in (("Right", "→"), ("Left", "←")):
        text = text.replace(word, sign)
    return text
