"""The same labelled graph in NodeGraphQt, as its users would draw it.

``python tests/benchmarks/canvas_peer.py COUNT`` prints the rows of one process as JSON.

NodeGraphQt has no labels on its pipes, nor a number on a node: each string is a plain text item of
Qt's, a child of the pipe or node it belongs to, which is the cheapest way there is (without an
item's cache, which was slower).  They are hidden where a node hides its own name, so that none is
painted in the full view; ours are not either.
"""

from __future__ import annotations

import json
import os
import sys
from itertools import cycle
from typing import Any

os.environ["QT_PREFERRED_BINDING"] = "PySide6"

from labelled_graph import PITCH, SIZE, Numbers, numbers, places, resident, spent
from NodeGraphQt import BaseNode, NodeGraph
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QGraphicsSimpleTextItem

COLOURS = ("#66aaff", "#dddddd", "#ffaa55")  # of a value, a local partial, a gradient


class Node(BaseNode):  # type: ignore[misc]  # the peer has no types
    """Two inputs, one output."""

    __identifier__ = "peer"
    NODE_NAME = "node"

    def __init__(self) -> None:
        super().__init__()
        self.add_input("a")
        self.add_input("b")
        self.add_output("out")


class Drawn:
    """A graph of so many nodes in NodeGraphQt's own window."""

    def __init__(self, count: int) -> None:
        self.app = QApplication([])
        self.graph = NodeGraph()
        self.graph.register_node(Node)
        self.view = self.graph.viewer()
        self.graph.widget.resize(*SIZE)
        self.graph.widget.show()
        self.app.processEvents()
        self.spots, self.links = places(count)
        self.turns = [numbers(count, turn) for turn in (0, 1)]
        self.on_nodes: list[QGraphicsSimpleTextItem] = []
        self.on_links: list[tuple[QGraphicsSimpleTextItem, ...]] = []

    def build(self) -> None:
        """Nodes, pipes and what stands on them."""
        made, (first, _) = list[Any](), self.turns
        for i, (column, row) in enumerate(self.spots):
            spot = [column * PITCH[0], row * PITCH[1]]
            made.append(
                self.graph.create_node("peer.Node", name=f"n{i}", pos=spot, push_undo=False)
            )
            self.on_nodes.append(written(made[-1].view, first.nodes[i], COLOURS[0], 60, 40))
        used = dict.fromkeys(range(len(made)), 0)
        for texts, (a, b) in zip(first.links, self.links, strict=True):
            port = made[b].input(used[b])
            made[a].set_output(0, port)
            used[b] += 1
            (pipe,) = port.view.connected_pipes
            tail, head = pipe.output_port.scenePos(), pipe.input_port.scenePos()
            corners = (
                (tail.x() + 22, tail.y() - 9),
                (head.x() - 40, head.y()),
                (tail.x() + 22, tail.y() + 11),
            )
            self.on_links.append(
                tuple(
                    written(pipe, text, colour, *corner)
                    for text, colour, corner in zip(texts, COLOURS, corners, strict=True)
                )
            )

    def show_numbers(self, are_shown: bool) -> None:
        """Show or hide every number."""
        for item in (*self.on_nodes, *(item for row in self.on_links for item in row)):
            item.setVisible(are_shown)

    def rewrite(self, turn: Numbers) -> None:
        """Other strings everywhere, and the frame with them."""
        for item, text in zip(self.on_nodes, turn.nodes, strict=True):
            item.setText(text)
        for items, texts in zip(self.on_links, turn.links, strict=True):
            for item, text in zip(items, texts, strict=True):
                item.setText(text)
        self.app.processEvents()

    def rows(self) -> dict[str, float]:
        """All rows that are compared."""
        view, paint = self.view, self.view.viewport().repaint
        before = resident()
        building = spent(self.build, 1)
        self.show_numbers(False)
        self.graph.clear_selection()
        self.graph.fit_to_selection()  # all nodes, as none is selected
        paint()
        memory = resident() - before
        full = spent(paint, 5)
        self.show_numbers(True)
        column, row = self.spots[len(self.spots) // 2]
        view.reset_zoom(QPointF(column * PITCH[0], row * PITCH[1]))
        paint()
        close = spent(paint, 5)
        turns = cycle(reversed(self.turns))
        everything = spent(lambda: self.rewrite(next(turns)), 5)
        return {
            "build": building,
            "MB": memory,
            "full view": full,
            "at 1:1": close,
            "all labels": everything,
        }


def written(on: Any, text: str, colour: str, x: float, y: float) -> QGraphicsSimpleTextItem:
    """A string on a node or a pipe."""
    item = QGraphicsSimpleTextItem(text, on)
    item.setBrush(QColor(colour))
    item.setPos(x, y)
    return item


if __name__ == "__main__":
    print(json.dumps(Drawn(int(sys.argv[1])).rows()))
