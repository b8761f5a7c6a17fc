"""The loss that a graph without one gets, by the task of the data it is trained on."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.data.data_set import DataSet
from graphlab.errors import GraphError
from graphlab.graph import Graph, Node, OutPort
from graphlab.graph.edits import add_node, mark_outputs
from graphlab.graph.gallery import exhibit_of
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Objective, Recipe
from graphlab.ops import show_shape
from graphlab.ops.broadcasting import Shape
from graphlab.train.pace import pace
from graphlab.train.wiring import batch_shapes, fitted, wire

SCORES = {"softmax": "x", "log_softmax": "x", "sigmoid": "x", "sign": "x"}
"""Ops behind which stand the scores that a loss had better take."""

_TIGHT = 0.05  # of the picture's side: smaller errors of a box count by their square

_ROSENBLATT = {"optimizer": "perceptron", "lr": 1.0, "batch_size": 1, "epochs": 50}
_DUEL = {"epochs": 80, "lr": 5e-4, "beta1": 0.5}
"""What the recipes of a sign, and of two nets against each other, have."""


def with_loss(graph: Graph, data: DataSet) -> Graph:
    """The graph sized for the data, with a loss and a recipe where it has none.

    Classes get cross_entropy (binary where there is one score, perceptron_loss behind a sign),
    regression and reconstructions squared_error, density maps that times their pixels, masks
    cross_entropy by pixel, one box smooth_l1, and a generator with its discriminator one loss each.
    Outputs stay marked.  Batches and epochs are as ``pace`` says, but a sign is trained by the
    perceptron rule, and a network of the gallery as the gallery says.
    Raises ``GraphError`` where no output fits what the data asks for.
    """
    graph = fitted(graph, data)
    if graph.recipe is not None:
        return graph
    losses = _losses(graph, data)
    if len(losses) > 1:
        raise GraphError(
            f"the graph has {len(losses)} losses, {', '.join(losses)}: add them up, or give it a "
            "recipe with an objective for each"
        )
    if losses:
        return set_recipe(graph, Recipe((Objective(losses[0]),)).with_(**pace(data)))
    made = _Adding(graph, data)
    return made.adversaries() if made.is_adversarial() else made.answers()


def loss_in_words(before: Graph, after: Graph, data: DataSet) -> str:
    """Which losses ``with_loss`` added for which task; empty where there were some already."""
    if before.recipe is not None or _has_loss(before):
        return ""
    answers = {answer.loss: answer for answer in wire(after, data).answers}
    said = []
    for name, node in after.nodes.items():
        answer = answers.get(name)
        if node.op.category != "Loss" or name in before.nodes:
            continue
        kind = node.op.name.replace("_", " ")
        if answer is None:
            said.append(kind)
        elif answer.field == "x":
            said.append(
                f"{kind} of {answer.prediction} and its own input, which it is to give "
                f"again: nothing in it answers {data.target or 'anything else'}"
            )
        else:
            said.append(f"{kind} of {answer.prediction} and {answer.field}")
    return f"The graph had no loss, and got one for {data.task}: {', '.join(said)}."


def _has_loss(graph: Graph) -> bool:
    return any(node.op.category == "Loss" for node in graph.nodes.values())


def _losses(graph: Graph, data: DataSet) -> list[str]:
    """Outputs that are one number for the whole batch, as losses are."""
    shapes = batch_shapes(graph, wire(graph, data))
    ports = [graph.port(name) for name in graph.outputs]
    unread = [OutPort(n) for n in graph.nodes if not graph.consumers[n]]
    found = dict.fromkeys((*ports, *unread))
    return [
        str(port)
        for port in found
        if shapes.of(port) == () and graph.nodes[port.node].op.category != "Source"
    ]


class _Adding:
    """A graph while losses are being added to it."""

    def __init__(self, graph: Graph, data: DataSet) -> None:
        self.graph, self.data = graph, data
        self.outputs = [graph.port(name) for name in graph.outputs]
        self.shapes = batch_shapes(graph, wire(graph, data))
        self.lost: list[str] = []
        self.rule: Mapping[str, Any] = {}

    # --- by the data's task ---------------------------------------------------------------------
    def answers(self) -> Graph:
        """A loss on each output that answers a field; several are added up."""
        for port in self.outputs:
            self._answer(port, self.shapes.of(port) or ())
        if not self.lost:
            shown = ", ".join(f"{p} {show_shape(self.shapes.of(p) or ())}" for p in self.outputs)
            target = self.data.target or "x"
            example = tuple(self.data.fields[target].shape[1:])
            kinds = f" of {len(self.data.classes)} classes" if self.data.task == "classes" else ""
            raise GraphError(
                f"no output of the graph answers {self.data.name}, which has {target} "
                f"{show_shape(example)} an example{kinds}: the outputs are {shown:.200} for a "
                "batch of 2; change the last layer, or draw a loss"
            )
        total = self.lost[0]
        for loss in self.lost[1:]:
            total = self._add("loss", "add", total, loss)
        return self._finished(Recipe((Objective(total),)), self.rule)

    def _answer(self, port: OutPort, shape: Shape) -> None:
        task, example = self.data.task, shape[1:]
        target = self.data.target
        if task == "classes":
            self._classes(port, example)
        elif task == "masks" and len(example) >= 2:
            self._mask(port, shape)
        elif target is not None and math.prod(example) == math.prod(self._example(target)):
            if task == "points":
                self._density(port, example)
            else:
                aim = self._target(target, (None, *example))
                if task == "boxes":
                    self._compare("smooth_l1", port, aim, beta=_TIGHT)
                else:
                    self._compare("squared_error", port, aim)
        elif self._has_one_kind() and example == (len(self.data.classes),):
            ids = self._target("box_classes", (None,))
            self._compare("cross_entropy", self._scores(port), ids)
        if target is None and not self.lost:
            self._again(port, example)

    def _has_one_kind(self) -> bool:
        fields = self.data.fields
        return "box_classes" in fields and math.prod(self._example("box_classes")) == 1

    def _classes(self, port: OutPort, example: Shape) -> None:
        count, scores = len(self.data.classes), self._scores(port)
        if example == (count,) and count > 1:
            self._compare("cross_entropy", scores, self._target("y", (None,)))
        elif math.prod(example) == 1 and count == 2:
            target = self._target("y", (None, *example))
            if self.graph.nodes[port.node].op.name == "sign":
                sides = self._add("sides", "multiply", target, self._number(2.0))
                target = self._add("side", "subtract", sides, self._number(1.0))
                self._compare("perceptron_loss", scores, target)
                self.rule = _ROSENBLATT
            else:
                self._compare("binary_cross_entropy_with_logits", scores, target)
        else:
            self._again(port, example)

    def _mask(self, port: OutPort, shape: Shape) -> None:
        """One score a pixel, or one a class; valid convolutions are compared with the middle."""
        scores, whole = self._scores(port), self._example("mask")
        target = self._target("mask", (None, 1, *whole[-(len(shape) - 2) :]))
        if tuple(shape[2:]) != tuple(whole[-(len(shape) - 2) :]):
            target = self._add("middle", "center_crop", target, str(scores))
        if shape[1] == 1:
            self._compare("binary_cross_entropy_with_logits", scores, target)
        else:
            ids = self._add("ids", "squeeze", target, axis=1)
            self._compare("cross_entropy", scores, ids)

    def _density(self, port: OutPort, example: Shape) -> None:
        """The squared error of a map, added up over its pixels as in Lempitsky and Zisserman
        (2010): its mean would be far below 1, since a few pixels hold a thing's whole 1."""
        if len(example) > 1:
            target = self._target("density", (None, *example))
            error = self._add("error", "squared_error", str(port), target)
            pixels = self._number(float(math.prod(example)), "pixels")
            self.lost.append(self._add("loss", "multiply", error, pixels))

    def _again(self, port: OutPort, example: Shape) -> None:
        """What comes out should be what went in."""
        x = next((n for n, f in wire(self.graph, self.data).fields.items() if f == "x"), None)
        if x is not None and math.prod(example) == math.prod(self._example("x")):
            came = self.shapes.of(OutPort(x)) or ()
            is_same = tuple(came[1:]) == tuple(example)
            given = x if is_same else self._add("given", "reshape_like", x, str(port))
            self._compare("squared_error", port, given)

    # --- two nets against each other ------------------------------------------------------------
    def is_adversarial(self) -> bool:
        """Whether there are made points, their logits and those of given ones."""
        templates = {group.template for group in self.graph.groups.values()}
        return {"generator", "discriminator"} <= templates and len(self.outputs) == 3

    def adversaries(self) -> Graph:
        """The discriminator tells made from given; the generator wants made taken for given."""
        _, made, given = map(str, self.outputs)
        entropy = "binary_cross_entropy_with_logits"
        yes, no = self._number(1.0), self._number(0.0)
        caught = self._add("caught", entropy, made, no)
        known = self._add("known", entropy, given, yes)
        tells = self._add("discriminator_loss", "add", known, caught)
        fools = self._add("generator_loss", entropy, made, yes)
        self.lost = [tells, fools]
        parts = [self._group("discriminator"), self._group("generator")]
        objectives = tuple(
            Objective(loss, (part,)) for loss, part in zip(self.lost, parts, strict=True)
        )
        return self._finished(Recipe(objectives), _DUEL)

    def _group(self, template: str) -> str:
        return next(n for n, g in self.graph.groups.items() if g.template == template)

    # --- adding ---------------------------------------------------------------------------------
    def _finished(self, recipe: Recipe, settings: Mapping[str, Any]) -> Graph:
        kept = [str(port) for port in self.outputs]
        ends = dict.fromkeys((*kept, *(o.loss for o in recipe.objectives)))
        exhibit = exhibit_of(self.graph)
        known = exhibit.training if exhibit is not None else {}
        told = {**pace(self.data), **settings, **known}
        return set_recipe(mark_outputs(self.graph, ends), recipe.with_(**told))

    def _compare(self, op: str, port: OutPort, target: str, **attributes: Any) -> None:
        self.lost.append(self._add("loss", op, str(port), target, **attributes))

    def _scores(self, port: OutPort) -> OutPort:
        """What stands before a squashing output."""
        node: Node = self.graph.nodes[port.node]
        inner = node.inputs.get(SCORES.get(node.op.name, ""))
        return port if inner is None else inner

    def _example(self, field: str) -> Shape:
        return tuple(self.data.fields[field].shape[1:])

    def _target(self, field: str, shape: Sequence[int | None]) -> str:
        named = self._free(field if field != self.data.target else "target")
        if field != self.data.target:
            named = field
        self.graph = add_node(self.graph, named, "target", shape=tuple(shape))
        return named

    def _number(self, value: float, stem: str = "number") -> str:
        name = self._free(stem)
        self.graph = add_node(self.graph, name, "constant", value=value)
        return name

    def _add(self, stem: str, op: str, *inputs: str, **attributes: Any) -> str:
        name = self._free(stem)
        self.graph = add_node(self.graph, name, op, *inputs, **attributes)
        return name

    def _free(self, stem: str) -> str:
        name, number = stem, 1
        while name in self.graph.nodes or name in self.graph.groups:
            number += 1
            name = f"{stem}{number}"
        return name
