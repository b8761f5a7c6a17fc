"""Graph and run as a figure: what each card and each link says.

Model to view is a table: ``FACES`` says per op what its card is headed, everything else reads the
same for all.  A ``Sheet`` keeps the strings of one graph and renews only those a step touches.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

import msgspec
import numpy as np
from numpy.typing import NDArray

from graphlab.engine.numbers import show
from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.engine.steps import Step
from graphlab.graph import Edge, Graph, InPort, Node, OutPort, Problem
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.canvas.figure import DASH, Card, Emphasis, Figure, Link, Point
from graphlab.gui.tooltips import card_tooltip, link_tooltip, shape_text
from graphlab.ops.broadcasting import Shape

Face = Callable[[str, Node], tuple[str, str]]

_WIDEST = "−1.234×10⁻¹²"  # room for any number but those with a power of three digits
_PLAIN_PORTS = frozenset("abxy")  # names that only say first and second
_PIXELS = 48  # a heat map on a card has at most so many rows and columns
_STRUCTURES = {"diagonal": "diag", "reduction": "reduce", "selection": "pick", "dense": "dense"}


def _named(name: str, node: Node) -> tuple[str, str]:
    return name, node.op.name


def _constant(name: str, node: Node) -> tuple[str, str]:
    value = node.attributes["value"]
    is_plain = isinstance(value, float) and re.fullmatch(r"constant\d+", name)
    return (show(value), "constant") if is_plain else (name, "constant")


def _operation(name: str, node: Node) -> tuple[str, str]:
    return node.op.symbol or node.op.name, name


FACES: Mapping[str, Face] = {
    "input": _named,
    "target": _named,
    "parameter": _named,
    "constant": _constant,
}
"""What a card shows large and small, by op; every other op shows its symbol and the node's name."""


class Sheet:
    """The cards and links of one graph, up to date with a run of it."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.shapes = infer_shapes(graph, {})
        self.cards: dict[str, Card] = {}
        self.links: dict[InPort, Link] = {}
        self._contributions: dict[InPort, Any] = {}
        for name, node in graph.nodes.items():
            self.cards[name] = self._card(name, node)
            for target, source in ((InPort(name, p), s) for p, s in node.inputs.items()):
                self.links[target] = self._link(Edge(source, target), node)

    # --- the widest that each will say, which the layout makes room for ------------------------
    def _card(self, name: str, node: Node) -> Card:
        symbol, title = FACES.get(node.op.name, _operation)(name, node)
        shape = self.shapes.of(OutPort(name))
        if shape:
            return Card(
                id=name,
                symbol=symbol,
                title=title,
                category=node.op.category,
                detail=shape_text(shape),
                picture=np.zeros(_plane_shape(shape)) if 0 not in shape else None,
            )
        value = "" if symbol != name and node.op.name == "constant" else _WIDEST
        gradient = "" if self.graph.consumers[name] else "∂ " + _WIDEST
        return Card(
            id=name,
            symbol=symbol,
            title=title,
            category=node.op.category,
            value=value,
            gradient=gradient,
        )

    def _link(self, edge: Edge, node: Node) -> Link:
        ports = node.ports
        source = self.graph.nodes[edge.source.node]
        outputs = len(source.op.output_names(**source.attributes))
        tells_ports = len(ports) > 1 and not _PLAIN_PORTS.issuperset(ports)
        start, end = self.shapes.of(edge.source), self.shapes.of(OutPort(edge.target.node))
        value, partial = _WIDEST, _WIDEST
        if start or end:
            value = shape_text(start or ())
            structure = node.op.structure_of(edge.target.port, **node.attributes)
            partial = _jacobian(structure, end or (), start or ())
        return Link(
            id=edge.target,
            source=edge.source.node,
            target=edge.target.node,
            port_index=ports.index(edge.target.port),
            port_count=len(ports),
            port_name=edge.target.port if tells_ports else "",
            value=value,
            partial=partial,
            gradient="∂ " + value,
            total="∂ " + value,
            tail_index=edge.source.output,
            tail_count=outputs,
        )

    def figure(
        self,
        positions: Mapping[str, Point],
        routes: Mapping[Hashable, Sequence[Point]],
    ) -> Figure:
        """What is to be drawn, with these places."""
        return Figure(list(self.cards.values()), list(self.links.values()), positions, routes)

    # --- reading a run ------------------------------------------------------------------------
    def read(self, run: Run, problems: Mapping[str, str]) -> None:
        """Renew every string; ``problems`` has a sentence per node that has one."""
        self._contributions = run.contributions()
        for name in self.cards:
            self._read_card(name, run, problems.get(name, ""))
        for target in self.links:
            self._read_link(target, run)

    def read_step(
        self, run: Run, step: Step, problems: Mapping[str, str], *, is_taken: bool
    ) -> None:
        """Renew what taking a step, or taking it back, has touched."""
        if step.edge is not None:
            if is_taken:
                self._contributions[step.edge.target] = step.contribution
            else:
                self._contributions.pop(step.edge.target, None)
        near = {step.node} if step.edge is None else {step.edge.source.node}
        for name in near:
            self._read_card(name, run, problems.get(name, ""))
            for edge in self.graph.consumers[name]:
                self._read_link(edge.target, run)
        for port in self.graph.nodes[step.node].inputs:
            self._read_link(InPort(step.node, port), run)

    def contribution(self, target: InPort) -> Any:
        """What flowed back along an edge; None if nothing did yet."""
        return self._contributions.get(target)

    def _read_card(self, name: str, run: Run, problem: str) -> None:
        card, value = self.cards[name], run.value(name)
        shape = np.shape(value) if value is not None else None
        is_shown_large = card.symbol != name and card.title == "constant"
        is_end = not self.graph.consumers[name]
        new = msgspec.structs.replace(
            card,
            value=_card_value(value, is_shown_large=is_shown_large),
            picture=plane(value) if shape and np.size(value) else None,
            gradient=_gradient(run.grad(name)) if is_end else "",
            problem=problem,
            tooltip=card_tooltip(name, self.graph.nodes[name], run),
        )
        self.cards[name] = card if _same(card, new) else new

    def _read_link(self, target: InPort, run: Run) -> None:
        link = self.links[target]
        source = self.graph.edges[target]
        value = run.value(str(source))
        partial = run.partial(str(source), target.node, target.port)
        is_computed = run.value(target.node) is not None
        contribution = self._contributions.get(target)
        is_visited = target in self._contributions
        total = run.grad(str(source)) if len(self.graph.consumers[source.node]) > 1 else None
        new = msgspec.structs.replace(
            link,
            value=DASH if value is None else _brief(value),
            partial=partial_text(partial) if partial is not None else "",
            gradient="∂ " + _brief(contribution) if contribution is not None else "",
            total=_gradient(total),
            tooltip=link_tooltip(
                source, target, value, partial, contribution, is_computed, is_visited
            ),
        )
        self.links[target] = link if link == new or _same(link, new) else new


def problem_texts(graph: Graph, problems: Iterable[Problem], *, with_unfed: bool) -> dict[str, str]:
    """One sentence per node that has a problem; a missing value only if that is asked for."""
    texts: dict[str, str] = {}
    for problem in problems:
        if with_unfed or problem.kind != "unfed" or graph.nodes[problem.node].inputs:
            texts.setdefault(problem.node, problem.message)
    return texts


def emphasis(graph: Graph, step: Step | None, *, is_last: bool = False) -> Emphasis:
    """What a step lights, and what stays near it; the last step leaves all in full strength."""
    if step is None:
        return Emphasis()
    into = frozenset(InPort(step.node, port) for port in graph.nodes[step.node].inputs)
    if step.edge is None:
        cards, links = frozenset({step.node}), into if step.phase == "forward" else frozenset()
        near = frozenset(source.node for source in graph.nodes[step.node].inputs.values())
        after = frozenset(edge.target for edge in graph.consumers[step.node])
    else:
        cards, links = frozenset(), frozenset({step.edge.target})
        near = frozenset({step.edge.source.node, step.edge.target.node})
        after = frozenset(edge.target for edge in graph.consumers[step.edge.source.node])
    if is_last:
        return Emphasis(cards, links, frozenset(graph.nodes), frozenset(graph.edges))
    return Emphasis(cards, links, near, after)


# --- strings --------------------------------------------------------------------------------------
def partial_text(partial: Any) -> str:
    """A number, or the structure and the size of a Jacobian: ``diag 6×6``."""
    if not isinstance(partial, Partial):
        return show(partial)
    return _jacobian(partial.structure, partial.output_shape, partial.input_shape)


def _jacobian(structure: str, output: Shape, input_: Shape) -> str:
    rows, columns = int(np.prod(output)), int(np.prod(input_))
    return f"{_STRUCTURES.get(structure, structure)} {rows}×{columns}"


def _card_value(value: Any, *, is_shown_large: bool) -> str:
    if value is None:
        return DASH
    return "" if is_shown_large or np.ndim(value) else show(value)


def _brief(value: Any) -> str:
    return show(value) if np.ndim(value) == 0 else shape_text(np.shape(value))


def _gradient(value: Any) -> str:
    return "" if value is None else "∂ " + _brief(value)


def plane(value: NDArray[np.floating[Any]]) -> NDArray[np.floating[Any]]:
    """The two-dimensional part of an array that a card has room for."""
    array = np.asarray(value)
    array = array.reshape(1, -1) if array.ndim == 1 else array[(0,) * (array.ndim - 2)]
    rows, columns = (-(-size // _PIXELS) for size in array.shape)
    return np.asarray(array[::rows, ::columns])


def _plane_shape(shape: Shape) -> tuple[int, int]:
    rows, columns = (1, shape[0]) if len(shape) == 1 else shape[-2:]
    return -(-rows // -(-rows // _PIXELS)), -(-columns // -(-columns // _PIXELS))


def _same(one: msgspec.Struct, other: msgspec.Struct) -> bool:
    """Whether two cards or links say the same; pictures by identity of their numbers."""
    for field in one.__struct_fields__:
        a, b = getattr(one, field), getattr(other, field)
        if isinstance(a, np.ndarray) or isinstance(b, np.ndarray):
            if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)) or (
                a.shape != b.shape or not np.array_equal(a, b, equal_nan=True)
            ):
                return False
        elif a != b:
            return False
    return True
