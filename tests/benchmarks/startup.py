"""How long it takes until the window stands on the screen, beside Python and Qt alone.

Wall and processor time from the start of the process until the first picture is painted; each is
the median of several fresh processes, offscreen unless QT_QPA_PLATFORM says otherwise:
``python tests/benchmarks/startup.py [RUNS]``.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time

_TELL = """
import time
print(time.perf_counter(), time.process_time())
"""
_SHOW = """
def tell():
    import time
    print(time.perf_counter(), time.process_time(), flush=True)
def shown(window):
    import gc
    gc.freeze()  # as before the window's own loop
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication
    window.show()
    QTimer.singleShot(0, lambda: (window.grab(), tell(), window.hide(), QApplication.exit(0)))
    QApplication.exec()
"""
_QT = """
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
shown(QMainWindow())
"""
_EMPTY = """
import gc
gc.disable()
from graphlab.gui.app import application
app = application()
from graphlab.gui.window import Window
window = Window()
shown(window)
"""
_FILLED = """
import gc
gc.disable()
from graphlab.gui.app import application
app = application()
from graphlab.gui.window import Window
window = Window()
terms = " + ".join(f"w{i}*x{i}" for i in range(12))
window.enter_formula(f"f = sigmoid({terms} + b)")
assert len(window.session.graph.nodes) >= 49
shown(window)
window.session.undo_stack.setClean()
"""
_LATE = """
import sys
late = [name for name in ("torch", "ziamath", "pyqtgraph", "networkx") if name in sys.modules]
print(" ".join(late))
"""
ROWS = (
    ("Python", _TELL),
    ("Python and Qt, an empty window", _SHOW + _QT),
    ("GraphLab, no graph", _SHOW + _EMPTY),
    ("GraphLab, a graph of 50 nodes", _SHOW + _FILLED),
)


def main() -> None:
    """Print a table."""
    runs = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    environment = {"QT_QPA_PLATFORM": "offscreen", **os.environ}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed GraphLab is compiled
    qt = (0.0, 0.0)
    print(f"{'milliseconds':34}{'wall':>6}{'cpu':>6}   beyond Qt: wall, cpu")
    for title, code in ROWS:
        _milliseconds(code, environment)  # compiles what was changed
        both = [_milliseconds(code, environment) for _ in range(runs)]
        wall, cpu = (statistics.median(times) for times in zip(*both, strict=True))
        beyond = f"{wall - qt[0]:+14.0f}{cpu - qt[1]:+6.0f}" if "GraphLab" in title else ""
        qt = (wall, cpu) if "Qt" in title else qt
        print(f"{title:34}{wall:6.0f}{cpu:6.0f}{beyond}")
    loaded = subprocess.run(
        [sys.executable, "-c", _SHOW + _FILLED + _LATE],
        env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    names = loaded.stdout.split()[2:]
    print(f"heavy libraries loaded by then: {' '.join(names) or 'none'}")


def _milliseconds(code: str, environment: dict[str, str]) -> tuple[float, float]:
    start = time.perf_counter()
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout.split()
    return (float(told[0]) - start) * 1000, float(told[1]) * 1000


if __name__ == "__main__":
    main()
