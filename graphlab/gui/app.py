"""Starts the application: its name, its font, its style, one window.

What needs no Qt is imported first: while PySide6 loads, it replaces the import function by a
slow one.
"""

from __future__ import annotations

import builtins
import gc
import os
import sys
from collections.abc import Iterator
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, cast

from graphlab.gui.later import later

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from graphlab.graph import gallery
else:
    gallery = later("graphlab.graph.gallery")

_NAME, _STYLE = "GraphLab", "Fusion"
_SIGNATURES = (
    "shibokensupport.signature.layout",
    "shibokensupport.signature.parser",
    "shibokensupport.signature.lib.enum_sig",
    "shibokensupport.signature.lib.pyi_generator",
)
_BEFORE_QT = (
    "graphlab.engine.explain",
    "graphlab.engine.run",
    "graphlab.graph.formula",
    "graphlab.graph.layout",
)


def load_qt() -> None:
    """Import Qt after what needs none; raises ``ImportError`` where it cannot be loaded."""
    for module in _BEFORE_QT:
        import_module(module)
    plain = builtins.__import__
    builtins.__import__ = partial(_import_read, plain)
    try:
        import_module("PySide6.QtWidgets")
    finally:
        # PySide looks at each import, and at the source of what is imported, for a switch of its
        # features; that takes a fifth of a start, and nothing here has one
        builtins.__import__ = plain


class _Unread(ModuleType):
    """A module of PySide's that is run when something of it is first asked for."""

    def __getattr__(self, attribute: str) -> Any:
        spec = self.__spec__
        if attribute.startswith("__") or spec is None or spec.loader is None:
            raise AttributeError(attribute)
        spec.name = self.__name__  # PySide has changed it
        object.__setattr__(self, "__class__", ModuleType)
        spec.loader.exec_module(self)
        return getattr(self, attribute)


def _import_read(plain: Any, name: str, *rest: Any, **named: Any) -> ModuleType:
    """Import as ever, but not yet what only tells the signatures of Qt's functions in words."""
    wanted = f"{name}.{rest[2][0]}" if rest[2:3] and rest[2] else ""
    if wanted in _SIGNATURES and wanted not in sys.modules:
        spec = find_spec(wanted)
        if spec is not None:
            sys.modules[wanted] = _Unread(wanted)
            sys.modules[wanted].__spec__ = spec
    return cast(ModuleType, plain(name, *rest, **named))


def platforms() -> Iterator[str]:
    """What QT_QPA_PLATFORM may name here; Qt aborts the process over any other name."""
    from PySide6.QtCore import QCoreApplication, QPluginLoader

    for place in QCoreApplication.libraryPaths():
        for plugin in Path(place, "platforms").glob("*q*"):
            found = QPluginLoader(str(plugin)).metaData().get("MetaData")
            if isinstance(found, dict):
                yield from found.get("Keys", ())


def application() -> QApplication:
    """The one QApplication, made and set up if there is none."""
    load_qt()
    from PySide6.QtWidgets import QApplication

    from graphlab.gui.garbage import collect_between_events
    from graphlab.gui.theme import USUAL, exact_font

    app = QApplication.instance()
    if not isinstance(app, QApplication):
        # named here, since what a style set later returns makes PySide load all there is of styles
        app = QApplication([*(sys.argv[:1] or ["graphlab"]), "-style", _STYLE])
    elif app.applicationName() == _NAME:  # set up already
        return app
    else:
        app.setStyle(_STYLE)
    app.setApplicationName(_NAME)
    app.setApplicationDisplayName("")
    app.setOrganizationName(_NAME)
    app.setDesktopFileName("graphlab")
    app.setFont(exact_font(USUAL))
    collect_between_events(app)
    return app


def open_window(path: str | None = None, formula: str | None = None) -> int:
    """Show the window, with a file, a lesson or a formula in it; returns its exit code.

    Raises ``FileError``, and shows no window, where the file cannot be opened.
    """
    gc.disable()  # nothing of what is made while starting becomes garbage
    app = application()
    from graphlab.gui import garbage
    from graphlab.gui.files import is_brought, is_lesson
    from graphlab.gui.window import Window

    window = Window()
    is_told = path is not None and (is_lesson(Path(path)) or is_brought(Path(path)))
    if path is not None and path.startswith(gallery.LEAD):
        window.session.begin_with(gallery.gallery(path.removeprefix(gallery.LEAD)))
    elif path is not None and not is_told:
        window.session.open(Path(path))
    elif formula is not None:
        window.formula.setPlainText(formula)
        window.enter_formula(formula)
    window.house.begin()
    if path is None and formula is None:
        window.house.open_last()
    window.show()
    if path is not None and is_told:
        window.open_path(Path(path))
    gc.freeze()
    status = app.exec()
    if garbage.is_any_at_work():  # inside a library, it would not outlive the interpreter's end
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
        os._exit(status)
    return status
