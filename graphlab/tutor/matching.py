"""Does a graph compute what another does?  Both run on the same random inputs, by name.

Where one of them has branches (a rectifier, a clipped number) that the first few inputs do not
take, larger and smaller ones are looked for that do: what agrees near 1 need not agree beyond 6.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from graphlab.engine.numbers import show
from graphlab.errors import GraphLabError, RunError
from graphlab.graph import Graph, OutPort, dag_of
from graphlab.graph.shapes import fits, infer_shapes
from graphlab.ops import show_array
from graphlab.tutor.branches import Branch, branches_of, branches_taken
from graphlab.tutor.running import forward, value_of, why

SEEDS = 6
RTOL, ATOL = 1e-6, 1e-9

_SIZES = (3.0, 10.0, 30.0, 100.0, 1000.0)
"""How large the inputs are made, times about 1, that are to take further branches."""

_MOST_SIZES = 24
_DRAWS = 3  # inputs of each size: all negative, all positive, mixed


class Point(NamedTuple):
    """One set of random inputs, and what the reference makes of it."""

    feeds: dict[str, Any]
    values: dict[str, Any]  # by output
    upstream: dict[str, Any]
    gradients: dict[str, dict[str, Any]]  # by output, then source


def mismatch(graph: Graph, reference: Graph) -> str:
    """How the graph differs from the reference, in a sentence; empty where it does not.

    The reference's own formula is never told.
    """
    points = _points(reference).points
    told = _names(graph, reference) or _ends(graph, reference)
    if told:
        return told
    taken: set[Branch] = set()
    for point in points:
        told = _at(graph, reference, point, taken)
        if told:
            return told
    own = branches_of(graph) - taken
    sizes = [size for size in _sizes(graph) if size >= 1]  # smaller ones are guards against 0
    further = (_at(graph, reference, p, taken) for p in _further(graph, reference, own, sizes))
    return next(filter(None, further), "")


def out_of_reach(reference: Graph) -> list[Branch]:
    """The branches that no inputs were found for, by node: a graph without them agrees as well."""
    return sorted(_points(reference).missed)


def sources_of(graph: Graph) -> list[str]:
    """The inputs, targets and parameters that lead to an output."""
    ports = (graph.port(name).node for name in graph.outputs)
    reached = dag_of(graph).ancestors(*ports)
    return [name for name in (*graph.inputs, *graph.parameters) if name in reached]


class Points(NamedTuple):
    """What a reference does at inputs that between them take its branches, but the missed ones."""

    points: tuple[Point, ...]
    missed: frozenset[Branch]


@lru_cache(maxsize=32)
def _points(reference: Graph) -> Points:
    """What the reference does at random inputs; points outside its domain are left out."""
    found = [_point(reference, seed) for seed in range(SEEDS)]
    inside = [point for point in found if _is_finite(point)]
    if not inside:
        raise RunError("the lesson's own formula gives no finite number on random inputs")
    wanted = branches_of(reference)
    for point in inside:
        wanted -= branches_taken(forward(reference, point.feeds))
    inside += _further(reference, reference, wanted, _sizes(reference))
    return Points(tuple(inside), frozenset(wanted))


def _further(
    graph: Graph, reference: Graph, wanted: set[Branch], sizes: list[float]
) -> Iterator[Point]:
    """Points where the graph takes one of the branches; those are ``wanted`` no longer."""
    for size in sizes:
        for seed in range(_DRAWS):
            if not wanted:
                return
            feeds = _feeds(reference, seed, size)
            found = wanted & branches_taken(forward(graph, feeds))
            point = _point(reference, seed, size) if found else None
            if point is not None and _is_finite(point):
                wanted -= found
                yield point


def _sizes(graph: Graph) -> list[float]:
    """How large inputs may have to be for its branches, the most ordinary first.

    They are as large as the numbers in the graph, or one over these.
    """
    numbers = {
        abs(float(value))
        for node in graph.nodes.values()
        for value in node.attributes.values()
        if isinstance(value, int | float) and value and math.isfinite(value)
    }
    own = {float(f"{x:.1g}") for number in numbers for x in (number, 1 / number)}
    return sorted({*_SIZES, *own}, key=lambda size: abs(math.log10(size)))[:_MOST_SIZES]


def _point(reference: Graph, seed: int, size: float = 1.0) -> Point:
    point = Point(_feeds(reference, seed, size), {}, {}, {})
    run = forward(reference, point.feeds)
    random = np.random.default_rng([7, seed])
    for out in reference.outputs:
        point.values[out] = value_of(run, out)
        point.upstream[out] = _drawn(random, np.shape(point.values[out]), seed)
        run.backward(out, point.upstream[out])
        point.gradients[out] = {name: run.grad(name) for name in sources_of(reference)}
    return point


def _is_finite(point: Point) -> bool:
    arrays = [*point.values.values()]
    for gradients in point.gradients.values():
        arrays += [gradient for gradient in gradients.values() if gradient is not None]
    return all(np.isfinite(array).all() for array in arrays)


def _feeds(reference: Graph, seed: int, size: float = 1.0) -> dict[str, Any]:
    """Random numbers for every source, in the shapes that the reference says; targets stay."""
    nodes = reference.nodes
    fed: dict[str, tuple[int, ...]] = {}
    for name in reference.inputs:
        if nodes[name].attributes.get("shape") is None:
            value = nodes[name].attributes.get("value")
            fed[name] = () if value is None else np.shape(value)
    shapes = infer_shapes(reference, fed)
    found: dict[str, Any] = {}
    for index, name in enumerate(sources_of(reference)):
        given = nodes[name].attributes.get("value")
        if given is not None and nodes[name].op.name == "target":
            found[name] = given
            continue
        shape = shapes.of(OutPort(name))
        if shape is None:
            raise RunError(f"the lesson's own formula leaves the shape of {name} open")
        found[name] = size * _drawn(np.random.default_rng([seed, index]), shape, seed)
    return found


def _drawn(random: np.random.Generator, shape: tuple[int, ...], seed: int) -> Any:
    """All negative once, all positive in half of the points (for logarithms), then mixed."""
    if seed == 0:
        numbers = random.uniform(-2.0, -0.3, size=shape)
    elif seed % 2:
        numbers = random.uniform(0.3, 2.0, size=shape)
    else:
        numbers = random.normal(size=shape)
    return np.asarray(np.round(numbers, 2)) if shape else float(np.round(numbers, 2))


def _names(graph: Graph, reference: Graph) -> str:
    """Whether the graph has the names it is to be fed by."""
    wanted = sources_of(reference)
    missing = [name for name in wanted if name not in graph.nodes]
    if missing:
        own = [name for name in (*graph.inputs, *graph.parameters) if name not in wanted]
        rename = (
            f"; rename {_listed(own)} or add what is missing" if own else "; add what is missing"
        )
        return f"your graph has no {_listed(missing, 'or')}{rename}"
    for name in wanted:
        op = graph.nodes[name].op
        if op.name not in ("input", "target", "parameter"):
            return f"{name} is a {op.name} in your graph, and should be an input or a parameter"
    return ""


def _ends(graph: Graph, reference: Graph) -> str:
    wanted = reference.outputs
    if len(wanted) == 1:
        if wanted[0] in graph.nodes or len(graph.outputs) == 1:
            return ""
        return (
            f"your graph has {len(graph.outputs)} ends ({_listed(graph.outputs)}): join them to "
            f"one, or call the result {wanted[0]}"
        )
    missing = [name for name in wanted if name.partition(".")[0] not in graph.nodes]
    return f"your graph has no {_listed(missing, 'or')}: name its results so" if missing else ""


def _at(graph: Graph, reference: Graph, point: Point, taken: set[Branch]) -> str:
    """How the two differ there; the branches that the graph takes become ``taken``."""
    for name, fed in point.feeds.items():
        stated = graph.nodes[name].attributes.get("shape")
        if stated is not None and not fits(np.shape(fed), stated):
            return f"{name} is {show_array(stated)} in your graph, and should be {_shape(fed)}"
    try:
        run = forward(graph, point.feeds)
    except GraphLabError as error:
        return f"your graph cannot be run: {error}"
    taken |= branches_taken(run)
    for out in reference.outputs:
        own = out if out.partition(".")[0] in graph.nodes else graph.outputs[0]
        value = run.value(own)
        if value is None:
            return f"your graph gives no {own}: {why(run, own)}"
        right = point.values[out]
        if np.shape(value) != np.shape(right):
            return f"{own} is {_shape(value)} in your graph, and should be {_shape(right)}"
        if not np.allclose(value, right, RTOL, ATOL):
            return (
                f"{_given(point.feeds)} your graph gives {own} = {show(value)}, and it should "
                f"give {show(right)}"
            )
        run.backward(own, point.upstream[out])
        for name, wanted in point.gradients[out].items():
            found, zero = run.grad(name), np.zeros(np.shape(point.feeds[name]))
            a, b = (zero if g is None else g for g in (found, wanted))
            if not np.allclose(a, b, RTOL, ATOL):
                return (
                    f"the values agree, but {_given(point.feeds)} ∂{own}/∂{name} is "
                    f"{show(a)} in your graph, and should be {show(b)}"
                )
    return ""


def _given(feeds: Mapping[str, Any]) -> str:
    if not feeds or len(feeds) > 8:
        return "with random inputs" if feeds else "run as it is,"
    return "with " + _listed([f"{name} = {show(value)}" for name, value in feeds.items()])


def _shape(value: Any) -> str:
    return show_array(np.shape(value))


def _listed(names: Any, word: str = "and") -> str:
    names = [str(name) for name in names]
    if len(names) > 6:
        names = [*names[:6], "others"]
    return f" {word} ".join([", ".join(names[:-1]), names[-1]]) if len(names) > 1 else names[0]
