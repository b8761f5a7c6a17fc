"""What first gestures need is loaded soon after the window stands, while nothing happens.

Nothing waits for it: what is asked for earlier is loaded then.  What knows nothing of Qt comes in
another thread; the rest comes between events, a little at a time.
"""

from __future__ import annotations

from importlib import import_module
from threading import Thread
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from graphlab.engine.kernels import forward_loop
from graphlab.gui import garbage
from graphlab.gui.later import later

if TYPE_CHECKING:
    from graphlab.gui.plots import style
else:
    style = later("graphlab.gui.plots.style")

_PAUSE = 500  # milliseconds, in which the first picture is painted
_PURE = ("networkx", "graphlab.graph.file", "graphlay", "numpy.ma")
_INSPECTOR = "graphlab.gui.panels.inspector"


def load_ahead(window: QObject) -> None:
    """Load what the window was not waited for, unless it is gone by then."""
    timer = QTimer(window, singleShot=True, interval=_PAUSE)
    timer.timeout.connect(lambda: _begin(window))
    timer.start()


def _begin(window: QObject) -> None:
    garbage.start(Thread(target=_load_pure, name="graphlab-ahead", daemon=True))
    import_module(_INSPECTOR)
    style.load_plotting(window, lambda: None)


def _load_pure() -> None:
    for module in _PURE:
        import_module(module)
    forward_loop()  # which the first step of all would have to put together
