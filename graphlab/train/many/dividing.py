"""A graph made ready for rows of a batch that lie in several processes.

An op that treats every example by itself computes in each process what it has.  Batch
normalisation adds up its statistics over all of them, dropout takes its rows of the mask for the
whole batch, and before anything else that looks across examples, a loss above all, the rows of all
processes are brought together: so whatever a graph computes comes out as in one process.  Which ops
look across examples is found by trying them on halves of a batch.  Imported only where torch is
wanted.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor

from graphlab.graph import Graph, Node, OutPort, dag_of
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Op
from graphlab.ops.dropping import MaskedByChance
from graphlab.ops.running_norms import BatchNorm
from graphlab.torch_backend.lengths import lengths_of
from graphlab.train.many.together import TOGETHER, Whole

_TRIED = 4
"""So many examples are tried whole and in halves."""

Value = Tensor | None


def divided(graph: Graph, shapes: Mapping[str, Shape]) -> tuple[Graph, frozenset[str]]:
    """The graph for a share of the batch, and the outputs of which each process has its rows only.

    ``shapes`` has the shape of one example for every input that goes with the batch.
    """
    division = _Division(graph, shapes)
    nodes = graph.node_table()
    brought: dict[OutPort, OutPort] = {}
    for name in division.order:
        node = graph.nodes[name]
        sources = {p: s for p, s in node.inputs.items() if s in division.by_row}
        if not sources:
            continue
        if OutPort(name) in division.by_row:
            nodes[name] = Node(TOGETHER.get(node.op, node.op), *_rest(node))
            continue
        for source in sources.values():
            if source not in brought:
                held = _free(nodes, f"whole_{source.node}")
                group = graph.nodes[source.node].group
                nodes[held] = Node(Whole, {"x": source}, {}, group)
                brought[source] = OutPort(held)
        inputs = {p: brought.get(s, s) for p, s in node.inputs.items()}
        nodes[name] = Node(node.op, inputs, node.attributes, node.group)
    kept = frozenset(name for name in graph.outputs if graph.port(name) in division.by_row)
    return graph.with_(nodes=nodes), kept


def _rest(node: Node) -> tuple[Any, ...]:
    return node.inputs, node.attributes, node.group


def _free(nodes: Mapping[str, Node], stem: str) -> str:
    name, number = stem, 1
    while name in nodes:
        number += 1
        name = f"{stem}{number}"
    return name


# --- which values go with the examples ------------------------------------------------------------
class _Division:
    """``by_row`` are the outputs whose rows are those of the examples, each of its own alone."""

    def __init__(self, graph: Graph, shapes: Mapping[str, Shape]) -> None:
        self.graph = graph
        dag = dag_of(graph)
        needed = dag.ancestors(*(graph.port(name).node for name in graph.outputs))
        self.order = [name for name in dag.order if name in needed]
        self.by_row: set[OutPort] = set()
        self.values: dict[OutPort, Tensor] = {}
        self._kept = lengths_of(graph, {n: (2, *shape) for n, shape in shapes.items()}).kept
        draws = torch.Generator().manual_seed(0)
        with torch.no_grad():
            for name in self.order:
                if graph.nodes[name].op.category == "Source":
                    self._start(name, shapes, draws)
                else:
                    self._compute(name, draws)

    def _start(self, name: str, shapes: Mapping[str, Shape], draws: torch.Generator) -> None:
        """Zeros and ones are right for classes, probabilities and numbers alike."""
        node, port = self.graph.nodes[name], OutPort(name)
        value = node.attributes.get("value")
        if name in shapes:
            self.by_row.add(port)
            shape = (_TRIED, *shapes[name])
            self.values[port] = torch.randint(2, shape, generator=draws).float()
        elif value is not None:
            self.values[port] = torch.as_tensor(value).float()
        elif name in self._kept:
            self.values[port] = torch.full((), 0.5).expand(self._kept[name])

    def _compute(self, name: str, draws: torch.Generator) -> None:
        node = self.graph.nodes[name]
        sources = [node.inputs.get(port) for port in node.ports]
        given = [None if s is None else self.values.get(s) for s in sources]
        rows = [s in self.by_row for s in sources]
        if any(s is not None and x is None for s, x in zip(sources, given, strict=True)):
            return  # nothing is known of what arrives, so it is brought together
        is_fixed = [port in node.op.undifferentiated for port in node.ports]
        told = _told(node)
        is_joined = node.op is BatchNorm and rows[0]
        if is_joined or (any(rows) and _is_by_row(node.op, given, rows, is_fixed, told, draws)):
            count = len(node.op.output_names(**node.attributes))
            self.by_row.update(OutPort(name, i) for i in range(count))
        try:
            outs = _outs(node.op, given, told)
        except Exception:  # zeros and ones are no input for it
            return
        self.values.update((OutPort(name, i), x) for i, x in enumerate(outs))


def _told(node: Node) -> dict[str, Any]:
    """Chance is left out, for it is drawn for the whole batch anyway."""
    if "training" not in node.op.circumstances:
        return dict(node.attributes)
    return {**node.attributes, "training": not issubclass(node.op, MaskedByChance)}


def _is_by_row(
    op: type[Op],
    given: Sequence[Value],
    rows: Sequence[bool],
    is_fixed: Sequence[bool],
    told: Mapping[str, Any],
    draws: torch.Generator,
) -> bool:
    """Whether halves of the batch give the halves of what the batch gives.

    Drawn numbers tell most surely; an op that refuses them, such as one that counts, is tried on
    what arrives.  One that keeps statistics looks across examples.
    """
    if "momentum" in told or any(r and not x.ndim for r, x in _pairs(rows, given)):
        return False
    for is_drawn in (True, False):
        tried = [
            torch.randn(x.shape, generator=draws)
            if is_drawn and r and x is not None and not fixed
            else x
            for x, r, fixed in zip(given, rows, is_fixed, strict=True)
        ]
        with contextlib.suppress(Exception):  # whatever torch or an op raises means: not so
            outs = _outs(op, tried, told)
            return all(
                _agree(outs, _outs(op, _half(tried, rows, half), told), half) for half in _HALVES
            )
    return False


def _pairs(rows: Sequence[bool], given: Sequence[Value]) -> list[tuple[bool, Tensor]]:
    return [(r, x) for r, x in zip(rows, given, strict=True) if x is not None]


_HALVES = (slice(0, _TRIED // 2), slice(_TRIED // 2, _TRIED))


def _half(given: Sequence[Value], rows: Sequence[bool], half: slice) -> list[Value]:
    return [x[half] if r and x is not None else x for x, r in zip(given, rows, strict=True)]


def _agree(outs: Sequence[Tensor], parts: Sequence[Tensor], half: slice) -> bool:
    return all(
        x.ndim > 0
        and len(x) == _TRIED
        and x[half].shape == part.shape
        and torch.allclose(x[half].float(), part.float(), 1e-3, 1e-4, equal_nan=True)
        for x, part in zip(outs, parts, strict=True)
    )


def _outs(op: type[Op], given: Sequence[Value], told: Mapping[str, Any]) -> tuple[Tensor, ...]:
    kept = [None if x is None else x.clone() for x in given]  # some ops write to their buffers
    out = op.lower(torch, *kept, **told)
    return tuple(out) if op.several else (out,)
