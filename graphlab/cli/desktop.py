"""What the command line asks of the desktop, so that it never imports Qt itself."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from graphlab.errors import GraphLabError

if TYPE_CHECKING:
    from graphlab.engine import Run

Theme = Literal["light", "dark"]
Show = Literal["all", "values", "bare"]

HEADLESS = "`graphlab --help` lists what works without a window"

# Qt's xcb plugin aborts the process where one of these is missing, so they are tried first.
_XCB_LIBRARIES = {
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
}


_SCREENS = ("", "xcb", "wayland")


@dataclass(frozen=True)
class Desktop:
    """The two things only Qt can do."""

    open_window: Callable[[str | None], int]
    """Show the window, with the graph file at a path if one is given; returns the exit status."""

    draw: Callable[[Run, str, Theme, Show], None]
    """Write a picture of a run to a file: all it has, its values only, or the bare graph."""


def check_display(platforms: Callable[[], Iterable[str]]) -> None:
    """Raise ``GraphLabError`` where a window cannot open; Qt itself would abort without a word.

    ``platforms`` says what QT_QPA_PLATFORM may name; it is asked only where that is set.
    """
    chosen = [part.partition(":")[0] for part in _chosen().split(";")]
    if chosen != [""]:
        _check_platform(chosen, sorted(set(platforms())))
    if sys.platform != "linux" or not all(part.partition("-")[0] in _SCREENS for part in chosen):
        return
    if os.environ.get("WAYLAND_DISPLAY") and chosen != ["xcb"]:
        return
    display = os.environ.get("DISPLAY")
    if not display or not {"", "xcb"}.intersection(chosen):
        raise GraphLabError(
            "there is no screen to open a window on (neither DISPLAY nor WAYLAND_DISPLAY is "
            f"set{' for ' + _chosen() if _chosen() else ''}); {HEADLESS}"
        )
    for library, package in _XCB_LIBRARIES.items():
        _load(library, package)
    xcb: Any = _load("libxcb.so.1", "libxcb1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    has_error = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    if has_error:
        raise GraphLabError(
            f"the screen that DISPLAY names, {display}, does not answer; {HEADLESS}"
        )


def _chosen() -> str:
    return os.environ.get("QT_QPA_PLATFORM", "")


def _check_platform(chosen: list[str], known: list[str]) -> None:
    if known and not set(known).intersection(chosen):
        raise GraphLabError(
            f"QT_QPA_PLATFORM is {_chosen()!r:.60}, which Qt does not have here: unset it, or "
            f"choose one of {', '.join(known)}"
        )


def _load(library: str, package: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(library)
    except OSError:
        raise GraphLabError(
            f"the window needs {library}: install the package {package}, or go without a window; "
            f"{HEADLESS}"
        ) from None
