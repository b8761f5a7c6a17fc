"""How fast the canvas is, and how it compares with NodeGraphQt on the same machine.

``python tests/benchmarks/canvas.py [--peer PYTHON]`` prints milliseconds of processor time, the
median of some rounds, at 1600 by 900 on the offscreen raster; every row runs in a process of its
own.  ``PYTHON`` is an interpreter that has NodeGraphQt, PySide6 and numpy; without it there is no
comparison.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from typing import Any

SIZE = (1600, 900)
ROWS = (
    "build", "MB", "full view", "at 1:1", "pan at 1:1", "worst zoom frame", "all labels",
    "one step", "whole backward", "drag",
)  # fmt: skip


def places(count: int) -> tuple[list[tuple[int, int]], list[tuple[int, int]]]:
    """(column, row) of each node, and three links for every two nodes, from the column before."""
    rows = max(5, round((count / 2.2) ** 0.5))
    nodes = [divmod(i, rows) for i in range(count)]
    links = [
        ((column - 1) * rows + min(max(row + (i * 7 + k) % 5 - 2, 0), rows - 1), i)
        for i, (column, row) in enumerate(nodes)
        if column
        for k in range(1 + i % 2)
    ]
    return nodes, links


def spent(action: Callable[[], Any], rounds: int) -> float:
    """Median milliseconds of processor time."""
    times = []
    for _ in range(rounds):
        start = time.process_time()
        action()
        times.append((time.process_time() - start) * 1e3)
    return statistics.median(times)


def resident() -> float:
    """Megabytes this process holds."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


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
        """One card and one link have another number, and another card is lit."""
        from graphlab.gui.canvas.figure import Emphasis, Figure

        i, turns, times = self.count // 2, [self.second, self.first], []
        self.view.emphasise(Emphasis(frozenset({"n0"})))
        self.view.select(f"n{i}")
        self.app.processEvents()
        for k in range(9):
            cards, links = list(self.view.figure.cards), list(self.view.figure.links)
            turns.reverse()
            cards[i], links[i] = turns[0].cards[i], turns[0].links[i]
            changed = Figure(cards, links, self.first.positions)
            started = time.process_time()
            self.view.update_labels(changed)
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
    signs, kinds = ("+", "×", "σ", "max", "∗"), ("Arithmetic", "Activation", "Linear algebra")
    cards = [
        Card(f"n{i}", f"n{i}", signs[i % 5], value=f"{i * 0.713 + turn:.4g}", category=kinds[i % 3])
        for i in range(count)
    ]
    used, links = dict.fromkeys(range(count), 0), []
    for k, (a, b) in enumerate(pairs):
        value, partial = f"{a * 0.713 + turn:.4g}", f"{k * 0.317 + turn:.4g}"
        gradient = f"∂ {k * 0.117 - turn:.4g}" if has_gradients else DASH
        ports = (used[b], 1 + b % 2, "")
        links.append(Link(k, f"n{a}", f"n{b}", *ports, value, partial, gradient, "∂ 1.234"))
        used[b] += 1
    spots = {f"n{i}": (column * 296.0, row * 112.0) for i, (column, row) in enumerate(nodes)}
    return Figure(cards, links, spots)


def peer_rows(count: int) -> dict[str, float]:
    os.environ["QT_PREFERRED_BINDING"] = "PySide6"
    from NodeGraphQt import BaseNode, NodeGraph
    from PySide6.QtWidgets import QApplication

    class Node(BaseNode):  # type: ignore[misc]  # the peer has no types
        __identifier__ = "peer"
        NODE_NAME = "node"

        def __init__(self) -> None:
            super().__init__()
            self.add_input("a")
            self.add_input("b")
            self.add_output("out")

    app = QApplication([])
    graph = NodeGraph()
    graph.register_node(Node)
    view = graph.viewer()
    graph.widget.resize(*SIZE)
    graph.widget.show()
    app.processEvents()
    nodes, pairs = places(count)
    before = resident()
    made: list[Any] = []

    def build() -> None:
        for i, (column, row) in enumerate(nodes):
            spot = [column * 296.0, row * 112.0]
            made.append(graph.create_node("peer.Node", name=f"n{i}", pos=spot, push_undo=False))
        used = dict.fromkeys(range(count), 0)
        for a, b in pairs:
            made[a].set_output(0, made[b].input(used[b]))
            used[b] += 1

    building = spent(build, 1)
    paint = view.viewport().repaint
    graph.clear_selection()
    graph.fit_to_selection()
    view.fitInView(view.scene().itemsBoundingRect())
    paint()
    memory = resident() - before
    full = spent(paint, 5)

    def rename() -> None:
        for i, node in enumerate(made):
            node.view.name = f"m{i}"
        app.processEvents()

    view.resetTransform()
    view.scale(1, 1)
    view.centerOn(nodes[count // 2][0] * 296, nodes[count // 2][1] * 112)
    view.set_zoom(0)
    close = spent(paint, 5)
    everything = spent(rename, 3)
    return {"build": building, "MB": memory, "full view": full, "at 1:1": close,
            "all labels": everything}  # fmt: skip


def in_own_process(python: str, what: str, count: int) -> dict[str, float]:
    """The rows measured by another run of this file."""
    root = Path(__file__).parents[2]
    environment = os.environ | {
        "QT_QPA_PLATFORM": "offscreen",
        "OMP_NUM_THREADS": "1",
        "PYTHONPATH": str(root),
    }
    ran = subprocess.run(
        [python, __file__, "--measure", what, "--nodes", str(count)],
        env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if ran.returncode:
        raise SystemExit(f"{what} with {count} nodes failed:\n{ran.stderr[-2000:]}")
    return dict(json.loads(ran.stdout.splitlines()[-1]))


def main() -> None:
    """Measure, or print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--peer", metavar="PYTHON", help="an interpreter that has NodeGraphQt")
    parser.add_argument("--measure", choices=("graphlab", "peer"), help=argparse.SUPPRESS)
    parser.add_argument("--nodes", type=int, default=1000, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.measure:
        is_ours = given.measure == "graphlab"
        rows = Measured(given.nodes).rows() if is_ours else peer_rows(given.nodes)
        print(json.dumps(rows))
        return
    sizes = (1_000, 5_000, 50_000)
    mine = {n: in_own_process(sys.executable, "graphlab", n) for n in sizes}
    peer = in_own_process(given.peer, "peer", 1_000) if given.peer else {}
    print(f"{'ms':18}" + "".join(f"{n:>10,}" for n in sizes) + f"{'peer 1,000':>12}{'ratio':>8}")
    for row in ROWS:
        line = f"{row:18}" + "".join(f"{mine[n][row]:10.2f}" for n in sizes)
        if row in peer:
            line += f"{peer[row]:12.1f}{peer[row] / mine[1_000][row]:7.0f}×"
        print(line)


if __name__ == "__main__":
    main()
