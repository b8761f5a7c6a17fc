"""From a drawing and data to what is trained, and from what was trained back to the drawing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import msgspec

from graphlab.data import DataSet
from graphlab.data.augmenting import Augmenting
from graphlab.errors import GraphLabError
from graphlab.graph import Graph, dag_of
from graphlab.graph.graph import difference
from graphlab.graph.node import Node
from graphlab.graph.recipe import Recipe
from graphlab.graph.shapes import infer_shapes
from graphlab.gui.datasets.words import as_sentence
from graphlab.gui.lenses.tag import computes_alike
from graphlab.gui.notes import listed
from graphlab.ops import show_shape

Change = Literal["", "recipe", "drawing", "data set", "seed"]

STEP_IN = "step into the batch"
TAKE = "take the trained weights"

_MOST = 400  # losses to choose from


def prepared(graph: Graph, data: DataSet) -> Graph:
    """The drawing sized for the data, with a loss and a recipe where it has none.

    Raises ``GraphLabError`` where nothing in it learns, or it does not go with the data.
    """
    from graphlab.train.losses import with_loss
    from graphlab.train.trainable import check_learns

    check_learns(graph)
    return with_loss(graph, data)


Prepared = tuple[Graph | None, list[str], str, bool]
"""The drawing as it would be trained, its losses, a problem, whether it gives back its input."""


def prepare(graph: Graph, data: DataSet | None) -> Prepared:
    """What would be trained, what could be lowered in it, or why nothing can be trained."""
    try:
        made = graph if data is None else prepared(graph, data)
        return made, losses(made), "", data is not None and gives_back(made, data)
    except GraphLabError as error:
        return None, [], as_sentence(str(error)), False


def check_augment(recipe: Recipe, data: DataSet | None) -> None:
    """Raise ``DataError`` where a recipe changes images in a way that the data do not allow."""
    if recipe.augment is not None and data is not None:
        Augmenting(recipe.augment, data, ("x",))


def added_in_words(before: Graph, after: Graph, data: DataSet) -> str:
    """What ``prepared`` put into a drawing, and how it is taken back; empty where it is as it was.

    The losses by their ops, how many targets they have, and the shapes that inputs got.
    """
    new = [node.op for name, node in after.nodes.items() if name not in before.nodes]
    said = list(dict.fromkeys(op.name for op in new if op.category == "Loss"))
    targets = sum(op.name == "target" for op in new)
    if said and targets:
        said.append("its target" if targets == 1 else f"{targets} targets")
    told = [f"added {listed(said)}"] if said else []
    for name, node in before.nodes.items():
        shapes = [n.attributes.get("shape") for n in (node, after.nodes.get(name, node))]
        was, now = (None if shape is None else tuple(shape)[1:] for shape in shapes)
        if node.op.name == "input" and was is not None and now is not None and was != now:
            told.append(f"set {name} to {show_shape(now)} for {data.name}")
    return f"GraphLab {', and '.join(told)}; Ctrl+Z takes it back." if told else ""


def taken_in_words(before: Graph, after: Graph, step: int) -> tuple[str, list[str]]:
    """Which parameters and buffers got their values after a step, in words and by name."""
    altered = difference(before, after).altered
    found = [name for name in after.nodes if name in altered]
    told = f"The drawing has the weights after step {step:,}"
    if not found:
        return f"{told} already.", found
    return f"{told} now: {listed(found)} changed; Ctrl+Z takes it back.", found


def gives_back(graph: Graph, data: DataSet) -> bool:
    """Whether a loss compares what comes out with what went in."""
    from graphlab.train.wiring import wire

    return any(answer.field == "x" for answer in wire(graph, data).answers)


def losses(graph: Graph) -> list[str]:
    """What an objective can lower: values that are one number, those of loss ops first."""
    found = [name for name, node in graph.nodes.items() if node.op.category == "Loss"]
    try:
        shapes = infer_shapes(graph, {})
    except GraphLabError:
        return found
    others = [
        name
        for name, node in graph.nodes.items()
        if name not in found and node.inputs and shapes.of(graph.port(name)) == ()
    ]
    return [*found, *others][:_MOST]


def is_trained_alike(one: Graph, other: Graph) -> bool:
    """Whether two graphs give the same training but for how long it takes."""
    recipes = [g.recipe and msgspec.structs.replace(g.recipe, epochs=1) for g in (one, other)]
    return recipes[0] == recipes[1] and computes_alike(one, other)


def change_since(known: Sequence[Graph], graph: Graph) -> Change:
    """What of a drawing is another than in all of those that results are known to be of."""
    if not known or any(is_trained_alike(each, graph) for each in known):
        return ""
    return "recipe" if any(computes_alike(each, graph) for each in known) else "drawing"


def with_values_of(graph: Graph, trained: Graph) -> Graph:
    """A drawing with the parameters and buffers that another of the same nodes has."""
    nodes = graph.node_table()
    for name in (*graph.parameters, *graph.buffers):
        node, value = nodes[name], trained.nodes[name].attributes.get("value")
        nodes[name] = Node(node.op, node.inputs, {**node.attributes, "value": value}, node.group)
    return graph.with_(nodes=nodes)


def with_batch_of(graph: Graph, fed: Graph) -> Graph:
    """A drawing as a batch goes through it: the picture is its own, all else is the other's.

    Its first output is what the batch is stepped for; what else came out of the drawing still does.
    """
    nodes = fed.node_table()
    reached = dag_of(fed).ancestors(*(port.node for port in fed.marked))
    others = [port for port in map(graph.port, graph.outputs) if port.node not in reached]
    return graph.with_(nodes=nodes, marked=(*fed.marked, *others))
