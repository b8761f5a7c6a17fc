"""How fast the canvas is, and how it compares with NodeGraphQt on the same machine.

``python tests/benchmarks/canvas.py [--peer PYTHON]`` prints milliseconds of processor time, the
median of some rounds, at 1600 by 900 on the offscreen raster.  Every column is measured in three
processes of its own, of which the quickest counts in each row, for the peer as for us: whatever
else a machine does only adds.  ``PYTHON`` is an interpreter that has NodeGraphQt and PySide6;
without it there is no comparison.  Both show the same nodes, links and strings, all of them and
none in the full view: a value on each node; on each link a value, a local partial and a gradient,
in the peer as plain text items of Qt's, the cheapest way it has.  "all labels" replaces every
string, and only the strings.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
from labelled_graph import PITCH, SIZE, numbers, places, resident, spent

ROWS = (
    "build", "MB", "full view", "at 1:1", "pan at 1:1", "worst zoom frame", "all labels",
    "one step", "whole backward", "drag",
)  # fmt: skip

_TURNS = 3


# --- one process each ---------------------------------------------------------------------------
class Measured:
    """A canvas with a figure of so many nodes, and what it costs."""

    def __init__(self, count: int) -> None:
        from PySide6.QtWidgets import QApplication

        from graphlab.gui.canvas.view import CanvasView
        from graphlab.gui.garbage import collect_between_events
        from graphlab.gui.theme import typography

        self.app = QApplication([])
        collect_between_events(self.app)
        typography()
        self.view = CanvasView()
        self.view.resize(*SIZE)
        self.view.show()
        self.count = count
        self.first, self.second = figure(count, 0), figure(count, 1)
        self.waiting = figure(count, 0, has_gradients=False)
        self.app.processEvents()

    def paint(self) -> None:
        """One whole frame."""
        self.view.viewport().repaint()

    def rows(self) -> dict[str, float]:
        """All rows, in an order in which none disturbs the next."""
        before = resident()
        build = spent(lambda: self.view.show_figure(self.first), 1)
        self.view.fit(at_once=True)
        self.paint()
        memory = resident() - before
        full = spent(self.paint, 9)
        worst = self.worst_zoom_frame()
        self.view.zoom_by(1 / self.view.zoom)
        close = spent(self.paint, 9)
        pans = spent(self.pan, 9)
        step = self.step()
        turns = cycle([self.second, self.first])
        everything = spent(lambda: self.show(next(turns)), 9)
        ends = cycle([self.waiting, self.first])
        backward = spent(lambda: self.show(next(ends)), 8)
        return dict(
            zip(
                ROWS,
                (build, memory, full, close, pans, worst, everything, step, backward, self.drag()),
                strict=True,
            )
        )

    def worst_zoom_frame(self) -> float:
        """The slowest frame on the way from the whole figure to 1:1."""
        worst = 0.0
        while self.view.zoom < 1:
            self.view.zoom_by(1.09)
            worst = max(worst, spent(self.paint, 1))
        return worst

    def pan(self) -> None:
        """A frame some pixels further."""
        self.view.pan_by(23, 11)
        self.app.processEvents()

    def show(self, other: Any) -> None:
        """Other strings on every link and card, and the frame with them."""
        self.view.update_labels(other)
        self.app.processEvents()

    def step(self) -> float:
        """One card and one link into it have another number, and another card is lit."""
        from graphlab.gui.canvas.figure import Emphasis

        i, turns, times = self.count // 2, [self.second, self.first], []
        k_in = next(k for k, link in enumerate(self.first.links) if link.target == f"n{i}")
        self.view.emphasise(Emphasis(frozenset({"n0"})))
        self.view.select(f"n{i}")
        self.app.processEvents()
        for k in range(9):
            turns.reverse()
            card, link = turns[0].cards[i], turns[0].links[k_in]
            started = time.process_time()
            self.view.relabel({card.id: card}, {link.id: link})
            self.view.emphasise(Emphasis(frozenset({f"n{i + k % 2}"})))
            self.app.processEvents()
            times.append((time.process_time() - started) * 1e3)
        self.view.emphasise(Emphasis())
        self.app.processEvents()
        return statistics.median(times)

    def drag(self) -> float:
        """A card with its links follows the hand by some pixels."""
        from PySide6.QtCore import QPoint, QPointF, Qt
        from PySide6.QtTest import QTest

        view, port = self.view, self.view.viewport()
        x, y, width, height = view.places.cards[self.count // 2].tolist()
        view.look_at(QPointF(x, y), 1.0, at_once=True)
        self.app.processEvents()
        start = view.mapFromScene(QPointF(x + width / 2, y + height / 2))
        times = []
        QTest.mousePress(port, Qt.MouseButton.LeftButton, pos=start)
        for k in range(1, 12):
            place = start + QPoint(9 * k, 5 * k)
            started = time.process_time()
            QTest.mouseMove(port, place)
            self.app.processEvents()
            times.append((time.process_time() - started) * 1e3)
        QTest.mouseRelease(port, Qt.MouseButton.LeftButton, pos=place)
        return statistics.median(times[2:])


def figure(count: int, turn: int, *, has_gradients: bool = True) -> Any:
    """All that a caller hands over; its strings differ from turn to turn."""
    from graphlab.gui.canvas.figure import DASH, Card, Figure, Link

    nodes, pairs = places(count)
    told = numbers(count, turn)
    signs, kinds = ("+", "×", "σ", "max", "∗"), ("Arithmetic", "Activation", "Linear algebra")
    cards = [
        Card(f"n{i}", f"n{i}", signs[i % 5], value=value, category=kinds[i % 3])
        for i, value in enumerate(told.nodes)
    ]
    used, links = dict.fromkeys(range(count), 0), []
    for k, ((a, b), (value, partial, gradient)) in enumerate(zip(pairs, told.links, strict=True)):
        ports = (used[b], 1 + b % 2, "")
        back = (gradient, "∂ 1.234") if has_gradients else (DASH, "∂ 1.234")
        links.append(Link(k, f"n{a}", f"n{b}", *ports, value, partial, *back))
        used[b] += 1
    spots = {f"n{i}": (column * PITCH[0], row * PITCH[1]) for i, (column, row) in enumerate(nodes)}
    return Figure(cards, links, spots)


def quickest(*commands: Sequence[str]) -> list[dict[str, float]]:
    """The rows of each command, at their least in some processes; the commands take turns."""
    turns = [[in_own_process(*command) for command in commands] for _ in range(_TURNS)]
    return [
        {row: min(told[row] for told in same) for row in same[0]}
        for same in zip(*turns, strict=True)
    ]


def in_own_process(*command: str) -> dict[str, float]:
    """The rows that another process prints."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }
    ran = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if ran.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{ran.stderr[-2000:]}")
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", metavar="PYTHON", help="an interpreter that has NodeGraphQt")
    parser.add_argument("--nodes", type=int, help=argparse.SUPPRESS)  # in a process of its own
    given = parser.parse_args()
    if given.nodes:
        print(json.dumps(Measured(given.nodes).rows()))
        return
    sizes = (1_000, 5_000, 50_000)
    commands = [(sys.executable, __file__, "--nodes", str(n)) for n in sizes]
    if given.peer:
        commands.append((given.peer, str(Path(__file__).with_name("canvas_peer.py")), "1000"))
    *columns, peer = [*quickest(*commands), *([] if given.peer else [{}])]
    mine = dict(zip(sizes, columns, strict=True))
    print(f"{'ms':18}" + "".join(f"{n:>10,}" for n in sizes) + f"{'peer 1,000':>12}{'ratio':>8}")
    for row in ROWS:
        line = f"{row:18}" + "".join(f"{mine[n][row]:10.2f}" for n in sizes)
        if row in peer:
            line += f"{peer[row]:12.1f}{peer[row] / mine[1_000][row]:7.0f}×"
        print(line)


if __name__ == "__main__":
    main()
