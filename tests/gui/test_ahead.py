"""What first gestures need comes while nothing happens, and whole."""

from __future__ import annotations

import subprocess
import sys

_SHOW = """
import sys
from graphlab.gui.app import application
app = application()
from PySide6.QtCore import QTimer
from graphlab.gui import garbage
from graphlab.gui.window import Window
window = Window()
window.show()
app.processEvents()
early = {"networkx", "pyqtgraph"} & set(sys.modules)
from graphlab.gui.plots import style
def look():
    if style.is_loaded() and not garbage.is_any_at_work():
        app.exit(0)
clock = QTimer(interval=20)
clock.timeout.connect(look)
clock.start()
QTimer.singleShot(60_000, lambda: app.exit(1))
assert app.exec() == 0
import networkx, pyqtgraph
assert pyqtgraph.getConfigOption("antialias")
style.styled_plot(window.canvas.theme)
print(sorted(early), callable(networkx.DiGraph), pyqtgraph.__spec__.name)
"""


def test_the_plotting_library_and_that_of_graphs_come_after_the_first_picture() -> None:
    ran = subprocess.run([sys.executable, "-c", _SHOW], capture_output=True, text=True, check=False)
    assert ran.stdout.split() == ["[]", "True", "pyqtgraph"], ran.stderr
