"""What the command line asks of the desktop, so that it never imports Qt itself."""

from __future__ import annotations

import ctypes
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from graphlab.errors import GraphLabError
from graphlab.printable import printable

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

_DEVICES = ("directfb", "eglfs", "linuxfb", "minimalegl")
"""Ways that draw on a device itself; without one Qt aborts the process, or crashes."""

_TRIAL = (
    "import sys; from PySide6.QtGui import QGuiApplication; "
    "sys.exit(not QGuiApplication(sys.argv).screens())"
)

_PATIENCE = 5.0  # seconds


@dataclass(frozen=True)
class Desktop:
    """The two things only Qt can do."""

    open_window: Callable[[str | None], int]
    """Show the window, with the graph file at a path if one is given; returns the exit status."""

    draw: Callable[[Run, str, Theme, Show], None]
    """Write a picture of a run to a file: all it has, its values only, or the bare graph."""


def check_display(platforms: Callable[[], Iterable[str]]) -> None:
    """Raise ``GraphLabError`` where a window cannot open; Qt itself would abort without a word.

    Like Qt, each way to a screen is tried in turn until one answers.  ``platforms`` says what
    QT_QPA_PLATFORM may name; it is asked only where that is set.
    """
    chosen = [part.partition(":")[0] for part in _chosen().split(";") if part]
    if chosen:
        chosen = _known(chosen, sorted(set(platforms())))
    if sys.platform != "linux":
        return
    silent = []
    for way in chosen or _usual():
        reason = _silence(way)
        if not reason:
            return
        silent.append(reason)
    told = " and ".join(silent) or "neither DISPLAY nor WAYLAND_DISPLAY is set"
    raise GraphLabError(f"there is no screen to open a window on: {told}; {HEADLESS}")


def _usual() -> list[str]:
    """What Qt tries where nothing is chosen."""
    ways = {"wayland": "WAYLAND_DISPLAY", "xcb": "DISPLAY"}
    return [way for way, variable in ways.items() if os.environ.get(variable)]


def _silence(way: str) -> str:
    """Why no screen answers that way; empty where one does, or where none is needed."""
    if way.startswith("wayland"):
        return "" if os.environ.get("WAYLAND_SOCKET") else _wayland_silence()
    if way in _DEVICES:
        return _device_silence(way)
    return _xcb_silence() if way == "xcb" else ""


def _wayland_silence() -> str:
    name = os.environ.get("WAYLAND_DISPLAY") or "wayland-0"
    folder = os.environ.get("XDG_RUNTIME_DIR", "")
    if not os.path.isabs(name) and not folder:
        return f"WAYLAND_DISPLAY is {name:.60}, and XDG_RUNTIME_DIR, where it would be, is not set"
    path = os.path.join(folder, name)
    with socket.socket(socket.AF_UNIX) as stream:
        stream.settimeout(_PATIENCE)
        try:
            stream.connect(path)
        except (OSError, ValueError):
            return f"WAYLAND_DISPLAY leads to {path:.200}, where nothing answers"
    return ""


def _xcb_silence() -> str:
    display = os.environ.get("DISPLAY")
    if not display:
        return "DISPLAY is not set"
    for library, package in _XCB_LIBRARIES.items():
        _load(library, package)
    xcb: Any = _load("libxcb.so.1", "libxcb1")
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    has_error = bool(xcb.xcb_connection_has_error(connection))
    xcb.xcb_disconnect(connection)
    return f"DISPLAY is {display:.60}, where nothing answers" if has_error else ""


def _device_silence(way: str) -> str:
    """What Qt says of the device before it ends a process that is there to try it."""
    asked = next(part for part in _chosen().split(";") if part.partition(":")[0] == way)
    try:
        done = subprocess.run(  # noqa: S603  # this Python, on a text of ours
            [sys.executable, "-c", _TRIAL],
            env={**os.environ, "QT_QPA_PLATFORM": asked},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_PATIENCE,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    said = printable(done.stderr.decode("utf-8", "replace").strip().rpartition("\n")[2])
    told = f", and Qt says {said:.200}" if said else ""
    return f"{way} found no device to draw on{told}" if done.returncode else ""


def _chosen() -> str:
    return os.environ.get("QT_QPA_PLATFORM", "")


def _known(chosen: list[str], known: list[str]) -> list[str]:
    """Those that Qt has here, of which there must be one."""
    found = [name for name in chosen if name in known] if known else chosen
    if not found:
        raise GraphLabError(
            f"QT_QPA_PLATFORM is {_chosen()!r:.60}, which Qt does not have here: unset it, or "
            f"choose one of {', '.join(known)}"
        )
    return found


def _load(library: str, package: str) -> ctypes.CDLL:
    try:
        return ctypes.CDLL(library)
    except OSError:
        raise GraphLabError(
            f"the window needs {library}: install the package {package}, or go without a window; "
            f"{HEADLESS}"
        ) from None
