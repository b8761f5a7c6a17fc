"""What must hold before a graph is trained on data or asked about it, told before anything starts.

PyTorch would say the same of a step, in its own words and after the run's folder was begun.
"""

from __future__ import annotations

from graphlab.data.data_set import DataSet
from graphlab.errors import GraphError
from graphlab.graph import Graph
from graphlab.graph.objectives import recipe_of, updated
from graphlab.graph.recipe import Objective
from graphlab.graph.shapes import Shapes
from graphlab.ops import show_shape
from graphlab.ops.binary_losses import BinaryCrossEntropy, BinaryCrossEntropyWithLogits, SignLoss
from graphlab.ops.class_losses import ClassLoss, class_axis
from graphlab.train.wiring import Answer, Wiring, batch_shapes, made_of

_BINARY = (BinaryCrossEntropy, BinaryCrossEntropyWithLogits, SignLoss)


def check_learns(graph: Graph) -> None:
    """Raise ``GraphError`` where nothing in a graph can be learned."""
    if not graph.parameters:
        raise GraphError(
            "the graph has no parameters, so training has nothing to change: add a layer, or write "
            "w = parameter() for an input that is to be learned"
        )


def check_trainable(graph: Graph, wiring: Wiring, data: DataSet) -> None:
    """Raise ``GraphError`` where an objective has nothing to lower or nothing to change, or where a
    loss of classes counts other classes than the data has."""
    check_learns(graph)
    shapes = batch_shapes(graph, wiring)
    for objective in recipe_of(graph).objectives:
        _check_objective(graph, shapes, objective)
    for answer in wiring.answers:
        _check_classes(graph, shapes, answer, data)


def _check_objective(graph: Graph, shapes: Shapes, objective: Objective) -> None:
    loss = graph.port(objective.loss)
    shape = shapes.of(loss)
    if shape is not None and shape != ():
        raise GraphError(
            f"an objective lowers {loss}, which is {show_shape(shape)} for a batch of 2, and a "
            "loss is a single number: take its mean or sum, or name a loss"
        )
    chosen = updated(graph, objective)
    if not made_of(graph, loss.node).intersection(chosen):
        told = f"what its objective updates, {', '.join(objective.updates):.100}"
        raise GraphError(
            f"the loss {loss} has no gradient for {told if objective.updates else 'any parameter'}:"
            " draw it from what has parameters, or let the objective update others"
        )


def _check_classes(graph: Graph, shapes: Shapes, answer: Answer, data: DataSet) -> None:
    """Only ids as the data has them are counted: one that is computed may have other classes."""
    is_id = answer.field == "box_classes" or (data.task == "classes" and answer.field == "y")
    if not is_id or graph.nodes[answer.target.node].op.category != "Source":
        return
    op = graph.nodes[answer.loss].op
    scores, ids = shapes.of(answer.prediction), shapes.of(answer.target)
    count = 2 if issubclass(op, _BINARY) else None
    if issubclass(op, ClassLoss) and scores is not None and ids is not None:
        count = scores[class_axis(len(scores))] if len(ids) < len(scores) else None
    if count is not None and count != len(data.classes):
        raise GraphError(
            f"the network has {count} {'class' if count == 1 else 'classes'} and {data.name} "
            f"{len(data.classes)}: give {answer.prediction} a score for each of them, or choose "
            f"data of {count}"
        )
