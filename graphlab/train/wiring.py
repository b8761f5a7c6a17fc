"""Which field of a data set feeds which input of a graph, and which values answer which field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphlab.data.augmenting import IMAGES
from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet
from graphlab.errors import GraphError
from graphlab.graph import Graph, OutPort
from graphlab.graph.edits import set_attributes
from graphlab.graph.shapes import Shapes, fits, infer_shapes
from graphlab.ops import show_shape
from graphlab.ops.broadcasting import Shape

NOISE = ("z", "noise")
"""An input called so is fed with normal noise."""

_EXAMPLES = 2  # a batch of so many tells which axes go with it


@dataclass(frozen=True)
class Answer:
    """A loss compares ``prediction`` with ``target``, which comes from ``field``."""

    field: str
    loss: str
    prediction: OutPort
    target: OutPort


@dataclass(frozen=True)
class Wiring:
    """Per input the field that feeds it (None for noise), and the shape of one example there.

    ``reshaped`` are the inputs whose examples have another shape than the field's.
    """

    fields: Mapping[str, str | None]
    shapes: Mapping[str, Shape]
    answers: tuple[Answer, ...]
    reshaped: frozenset[str] = frozenset()

    @property
    def read(self) -> tuple[str, ...]:
        """The fields that a batch needs."""
        return tuple(dict.fromkeys(field for field in self.fields.values() if field is not None))

    def is_image(self, name: str) -> bool:
        """Whether an input takes images, or what is cropped with them."""
        return self.fields[name] in IMAGES and len(self.shapes[name]) > 2

    def feeds(self, batch: Mapping[str, Array], noise: np.random.Generator) -> dict[str, Array]:
        """What each input is fed with a batch; an example that is reshaped is read row by row.

        Others are of the batch's own size, which augmentation may have made smaller.
        """
        count = len(next(iter(batch.values())))
        found = {}
        for name, field in self.fields.items():
            shape = (count, *self.shapes[name])
            if field is None:
                found[name] = noise.standard_normal(shape).astype(np.float32)
            else:
                found[name] = batch[field].reshape(shape) if name in self.reshaped else batch[field]
        return found


def wire(graph: Graph, data: DataSet) -> Wiring:
    """Match inputs with fields; raises ``GraphError`` for an input that nothing feeds."""
    fields = _fields(graph, data)
    shapes, reshaped = {}, set()
    for name, field in fields.items():
        wanted = graph.nodes[name].attributes.get("shape")
        example = () if field is None else tuple(data.fields[field].shape[1:])
        inner = tuple(wanted[1:]) if wanted else None
        if inner is None or (field is not None and fits(example, inner)):
            shapes[name] = example
        elif None not in inner and (field is None or math.prod(inner) == math.prod(example)):
            shapes[name] = tuple(size for size in inner if size is not None)
        else:
            raise _misfit(name, (None, *inner), field or "noise", data, example)
        if shapes[name] != example:
            reshaped.add(name)
    return Wiring(fields, shapes, tuple(_answers(graph, fields)), frozenset(reshaped))


def fitted(graph: Graph, data: DataSet) -> Graph:
    """The graph with inputs that take the data's examples, whatever size they had before.

    Where the recipe crops images, their height and width are left open.  Raises ``GraphError``
    where what follows an input cannot be of that size.
    """
    for name, field in _fields(graph, data).items():
        wanted = graph.nodes[name].attributes.get("shape")
        if field is None or graph.nodes[name].op.name == "target":
            continue
        example = tuple(data.fields[field].shape[1:])
        is_flat = wanted is not None and len(wanted) == 2 and wanted[1] == math.prod(example)
        if (wanted is None and field == "x") or (wanted and len(wanted) == len(example) + 1):
            graph = set_attributes(graph, name, shape=(None, *example))
        elif wanted is not None and not is_flat and math.prod(example) != _count(wanted[1:]):
            raise _misfit(name, wanted, field, data, example)
    shapes = batch_shapes(graph, wire(graph, data))
    for name, message in shapes.conflicts.items():
        if name in graph.nodes:
            raise GraphError(f"the graph does not take the examples of {data.name}: {message}")
    augment = graph.recipe and graph.recipe.augment
    return _for_crops(graph, data, augment.crop, shapes) if augment and augment.crop else graph


def _for_crops(graph: Graph, data: DataSet, side: int, whole: Shapes) -> Graph:
    """The graph with open heights and widths; ``GraphError`` where it cannot take both sizes."""
    wiring = wire(graph, data)
    for name in wiring.shapes:
        wanted = graph.nodes[name].attributes.get("shape")
        if wiring.is_image(name) and wanted is not None:
            graph = set_attributes(graph, name, shape=(*wanted[:-2], None, None))
        if wiring.fields[name] in IMAGES and name in wiring.reshaped:
            raise GraphError(
                f"{name} takes whole images of {data.name} as {show_shape(wanted or ())}, and "
                f"crops of {side}×{side} are smaller: leave the crop out"
            )
    shapes = batch_shapes(graph, wiring, crop=side)
    for message in shapes.conflicts.values():
        raise GraphError(f"the graph does not take crops of {side}×{side}: {message}")
    for name in graph.parameters:
        sizes = [found.of(OutPort(name)) for found in (whole, shapes)]
        if sizes[0] != sizes[1]:
            first, second = (show_shape(size or ()) for size in sizes)
            raise GraphError(
                f"{name} would be {first} for whole images of {data.name} and {second} for crops "
                f"of {side}×{side}: leave the crop out, or end in convolutions or a global pool"
            )
    return graph


def batch_shapes(graph: Graph, wiring: Wiring, size: int = _EXAMPLES, crop: int = 0) -> Shapes:
    """The shape of every value for a batch of so many examples, whose images may be cropped."""
    whole = {n: (size, *shape) for n, shape in wiring.shapes.items()}
    fed = {
        n: (*shape[:-2], crop, crop) if crop and wiring.is_image(n) else shape
        for n, shape in whole.items()
    }
    return infer_shapes(graph, fed)


def _misfit(
    name: str, wanted: Sequence[int | None], field: str, data: DataSet, example: Shape
) -> GraphError:
    return GraphError(
        f"{name} takes {show_shape(wanted)}, and {field} of {data.name} has {show_shape(example)} "
        f"an example: change the shape of {name}"
    )


def _count(shape: tuple[int | None, ...]) -> int:
    return math.prod(size or 0 for size in shape)


def _fields(graph: Graph, data: DataSet) -> dict[str, str | None]:
    """By the input's own name, by being a target, and the first that is left takes x."""
    found: dict[str, str | None] = {}
    waiting = []
    compared = set(_compared(graph))
    for name in graph.inputs:
        node = graph.nodes[name]
        if name in data.fields:
            found[name] = name
        elif node.attributes.get("value") is not None:
            continue
        elif node.op.name == "target" or name in compared:
            found[name] = data.target or "x"
        else:
            waiting.append(name)
    for name in waiting:
        if name in NOISE:
            found[name] = None
        elif "x" not in found.values() or (data.target is None and len(waiting) == 1):
            found[name] = "x"
        else:
            raise GraphError(
                f"nothing in {data.name} feeds {name}: call it {', '.join(data.fields)}, or z for "
                "noise, or give it a value"
            )
    return {name: found[name] for name in graph.inputs if name in found}


def _compared(graph: Graph) -> Iterator[str]:
    """The inputs that stand directly at the target of a loss."""
    for node in graph.nodes.values():
        source = node.inputs.get("target")
        if node.op.category == "Loss" and source is not None and not node.attributes.get("value"):
            yield source.node


def _answers(graph: Graph, fields: Mapping[str, str | None]) -> Iterator[Answer]:
    for name, node in graph.nodes.items():
        if node.op.category != "Loss" or "target" not in node.inputs:
            continue
        prediction, target = node.inputs.get(node.op.ports[0]), node.inputs["target"]
        behind = made_of(graph, target.node)
        read = [field for i, field in fields.items() if i in behind and field is not None]
        if prediction is not None and len(set(read)) == 1:
            yield Answer(read[0], name, prediction, target)


def made_of(graph: Graph, name: str) -> set[str]:
    """What a value is computed from, itself too, without what gets no gradient from it."""
    found, waiting = {name}, [name]
    while waiting:
        node = graph.nodes[waiting.pop()]
        for port, source in node.inputs.items():
            if source.node not in found and port not in node.op.undifferentiated:
                found.add(source.node)
                waiting.append(source.node)
    return found
