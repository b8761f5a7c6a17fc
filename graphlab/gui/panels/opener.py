"""A counted heading that opens a long list, and what the names in a list have in common."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QToolButton


class Opener(QToolButton):
    """A heading with a count; of many it opens and closes the list of them."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self._title = title
        self.setCheckable(True)
        self.setObjectName("opener")
        self.toggled.connect(self._turn)

    def count(self, number: int, *, can_open: bool) -> None:
        """Tell how many there are, and whether they are kept closed."""
        style = Qt.ToolButtonStyle
        self.setText(f"{self._title} ({number:,})" if can_open else self._title)
        self.setToolButtonStyle(
            style.ToolButtonTextBesideIcon if can_open else style.ToolButtonTextOnly
        )
        self.setEnabled(can_open and number > 0)
        self.setToolTip("All of them; of a selected card its own are listed" if can_open else "")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus if can_open else Qt.FocusPolicy.NoFocus)
        self._turn(self.isChecked())

    def _turn(self, is_open: bool) -> None:
        self.setArrowType(Qt.ArrowType.DownArrow if is_open else Qt.ArrowType.RightArrow)


def common_lead(names: Sequence[str]) -> str:
    """The dotted lead that all of several names share."""
    heads = [name.split(".")[:-1] for name in names]
    shared = 0
    while heads and all(len(h) > shared and h[shared] == heads[0][shared] for h in heads):
        shared += 1
    return ".".join(heads[0][:shared]) + "." if shared else ""
