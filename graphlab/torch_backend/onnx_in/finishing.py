"""The last step: nodes get names, scopes become groups, and what leads nowhere is left out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from graphlab.graph.draft import Draft
from graphlab.graph.graph import Graph
from graphlab.graph.node import Group, OutPort, View
from graphlab.torch_backend.onnx_in.drawing import Drawing, Sketch
from graphlab.torch_backend.onnx_in.naming import Path, name_of


def finished(drawing: Drawing, originals: Mapping[int, str]) -> Graph:
    """The graph of a drawing; ``originals`` has the model's inputs and outputs in its order."""
    sketches = drawing.sketches
    outputs = [node for node in originals if sketches[node].op.category != "Source"]
    kept = _leading_to(outputs, sketches) | originals.keys()
    _ungroup_the_lonely([sketches[node] for node in kept])
    draft = Draft()
    naming = _Naming({sketches[node].wish for node in originals})
    names: dict[int, str] = {}
    for node in sorted(kept, key=lambda n: _order(sketches, n)):
        sketch = sketches[node]
        group = naming.group(sketch.scope, draft)
        names[node] = sketch.wish if sketch.is_fixed else naming.node(sketch, draft)
        ports = {port: OutPort(names[source], i) for port, (source, i) in sketch.inputs.items()}
        draft.add(sketch.op, ports, sketch.attributes, name=names[node], group=group)
    draft.marked = tuple(OutPort(names[node]) for node in outputs)
    draft.view = View(
        notes={
            names[node]: f"{name[:500]} in the model"
            for node, name in originals.items()
            if names[node] != name
        }
    )
    return draft.graph()


def _order(sketches: list[Sketch], node: int) -> tuple[bool, int]:
    """Inputs first, in the model's order; then everything as it was drawn."""
    return sketches[node].op.name not in ("input", "target"), node


def _leading_to(outputs: list[int], sketches: list[Sketch]) -> set[int]:
    kept, waiting = set(outputs), list(outputs)
    while waiting:
        for source, _ in sketches[waiting.pop()].inputs.values():
            if source not in kept:
                kept.add(source)
                waiting.append(source)
    return kept


def _ungroup_the_lonely(sketches: list[Sketch]) -> None:
    """A scope that holds one op and nothing else is that op: no group is made of it."""
    inside = Counter(
        sketch.scope[:depth] for sketch in sketches for depth in range(len(sketch.scope) + 1)
    )
    for sketch in sketches:
        if sketch.scope and inside[sketch.scope] == 1 and sketch.op.category != "Source":
            *outer, own = sketch.scope
            sketch.scope = tuple(outer)
            if not sketch.is_fixed:
                sketch.wish = own


class _Naming:
    """Gives out names, none twice."""

    def __init__(self, fixed: set[str]) -> None:
        self._taken = fixed
        self._groups: dict[Path, str] = {}
        self._counts: dict[str, int] = {}

    def group(self, path: Path, draft: Draft) -> str | None:
        """The group of a scope, made with those around it when first asked for."""
        if not path:
            return None
        if path not in self._groups:
            parent = self.group(path[:-1], draft)
            stem = path[-1] if parent is None else f"{parent}_{path[-1]}"
            name = self._free(name_of(stem, "group"))
            self._groups[path] = name
            draft.groups[name] = Group("", parent)
        return self._groups[path]

    def node(self, sketch: Sketch, draft: Draft) -> str:
        """A name for an inner node: after its scope and itself, else after its op."""
        group = self._groups.get(sketch.scope) if sketch.scope else None
        own = sketch.wish or sketch.op.name
        if group is not None:
            return self._free(name_of(f"{group}_{own}"))
        return self._free(name_of(own), is_counted=not sketch.wish)

    def _free(self, name: str, is_counted: bool = False) -> str:
        count = self._counts.get(name, 0) + 1
        found = f"{name}{count}" if is_counted else name
        while found in self._taken:
            count += 1
            found = f"{name}{count}" if is_counted else f"{name}_{count}"
        self._counts[name] = count
        self._taken.add(found)
        return found
