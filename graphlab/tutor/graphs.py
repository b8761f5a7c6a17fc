"""Graphs as a lesson states them: a formula or a file beside it, with values and groups."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from graphlab.errors import FormulaError, GraphLabError, LessonError
from graphlab.graph import Graph, edits
from graphlab.graph.file import check_regular, load
from graphlab.graph.formula import parse
from graphlab.graph.shapes import infer_shapes
from graphlab.ops.attributes import as_value
from graphlab.tutor.format import GraphSpec
from graphlab.tutor.yaml_text import Marked

MAX_FILE = 2**20
"""A graph file of a lesson has at most so many bytes."""


def parsed(text: str, marked: Marked, *path: str | int) -> Graph:
    """The graph of a formula that stands at ``path``; a mistake in it has its own line."""
    try:
        return parse(text)
    except FormulaError as error:
        line = marked.text_line(*path) + error.line - 1
        told = str(error).partition(": ")[2]
        raise LessonError(f"the formula, column {error.column}: {told}", line) from None
    except GraphLabError as error:
        raise LessonError(f"the formula: {error}", marked.line(*path)) from None


def loaded(name: str, folder: Path, line: int) -> Graph:
    """The graph of a file in the lesson's folder or below it."""
    try:
        home = folder.resolve()
        path = (home / name).resolve()
        is_inside = path.is_relative_to(home)
    except (OSError, ValueError, RuntimeError):
        is_inside = False
    if not is_inside or not name.endswith(".graph.json"):
        raise LessonError(
            f"file is {name[:80]!r}: name a .graph.json file in the lesson's own folder", line
        )
    try:
        check_regular(path, MAX_FILE)
        return load(path)
    except GraphLabError as error:
        raise LessonError(str(error), line) from None


def values_of(given: Mapping[str, Any], marked: Marked, *path: str | int) -> dict[str, Any]:
    """Numbers and arrays by name, checked."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        found[name] = number_of(value, marked, *path, name)
    return found


def number_of(value: Any, marked: Marked, *path: str | int) -> Any:
    """A number or a nested list of them, as a float or an array."""
    try:
        return as_value(value, str(path[-1]))
    except GraphLabError as error:
        raise LessonError(str(error), marked.line(*path)) from None


def shaped_as(graph: Graph, other: Graph | None) -> Graph:
    """The graph with its inputs of open shape as large as those of the same name in another."""
    known = {} if other is None else other.nodes
    for name in graph.inputs:
        given: Mapping[str, Any] = known[name].attributes if name in known else {}
        value = given.get("value")
        shape = given.get("shape") or (() if value is None else np.shape(value))
        own = graph.nodes[name].attributes
        if shape and None not in shape and own.get("shape") is None and own.get("value") is None:
            graph = edits.set_attributes(graph, name, shape=tuple(shape))
    return graph


def _with_value(graph: Graph, name: str, value: Any) -> Graph:
    node = graph.node(name)
    if "value" not in node.op.attributes:
        raise LessonError(f"{name} is computed ({node.op.name}); give values to sources only")
    graph = edits.set_attributes(graph, name, value=value)
    if conflict := infer_shapes(graph, {}).conflicts.get(name):
        raise LessonError(conflict)
    return graph


def stated(spec: GraphSpec, marked: Marked, folder: Path) -> tuple[Graph, dict[str, Any]]:
    """The graph that a block states, and its values."""
    ways = [key for key in ("formula", "file", "empty") if getattr(spec, key) is not None]
    if len(ways) != 1:
        raise LessonError("a graph is one of formula, file and empty: true", marked.line())
    if spec.formula is not None:
        graph = parsed(spec.formula, marked, "formula")
    else:
        graph = loaded(spec.file, folder, marked.line("file")) if spec.file else Graph()
    values = values_of(spec.values, marked, "values")
    place: tuple[str | int, ...] = ()
    try:
        for name, value in values.items():
            place = ("values", name)
            graph = _with_value(graph, name, value)
        for name, members in spec.groups.items():
            place = ("groups", name)
            graph = _grouped(graph, name, members)
        for index, name in enumerate(spec.fold):
            place = ("fold", index)
            graph = edits.fold(graph, name, True)
    except GraphLabError as error:
        raise LessonError(str(error), marked.line(*place)) from None
    return graph, values


def _grouped(graph: Graph, name: str, members: Iterable[str]) -> Graph:
    inner = [member for member in members if member in graph.groups]
    nodes = [member for member in members if member not in graph.groups]
    return edits.add_group(graph, name, nodes, title=name, groups=inner)
