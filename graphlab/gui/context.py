"""The menu at the pointer: the commands that what is under it offers, from the same data."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QMenu, QWidget

from graphlab.gui.actions import Actions
from graphlab.gui.commands.edit import CARD_MENU, GROUND_MENU, LINK_MENU, SEVERAL_MENU
from graphlab.gui.hand import Hand

Rows = Sequence[Sequence[str]]


def rows_for(what: object, hand: Hand) -> Rows:
    """What a card, a link or the ground offers."""
    if what is None:
        return GROUND_MENU
    if not isinstance(what, str):
        return LINK_MENU
    return SEVERAL_MENU if len(hand.chosen) > 1 else CARD_MENU


def context_menu(rows: Rows, actions: Actions, parent: QWidget) -> QMenu:
    """A menu of the commands that can be chosen now."""
    actions.refresh()
    menu = QMenu(parent)
    for row in rows:
        offered = [actions[key] for key in row if actions[key].isEnabled()]
        if offered and menu.actions():
            menu.addSeparator()
        menu.addActions(offered)
    return menu
