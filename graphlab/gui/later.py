"""Modules that are loaded when something of them is first asked for, so that no start waits for it.

What is seen or needed only after a gesture (a lens, a dialog, a palette) is named here by its
module::

    if TYPE_CHECKING:
        from graphlab.gui import dialogs
    else:
        dialogs = later("graphlab.gui.dialogs")
"""

from __future__ import annotations

from importlib import import_module
from typing import Any


class _Later:
    """Stands for a module until something of it is asked for."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(import_module(self._name), attribute)


def later(name: str) -> Any:
    """The module called so, loaded when something of it is first asked for."""
    return _Later(name)
