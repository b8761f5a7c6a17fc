"""What the network makes of the plane: its decision, and the value of every node over it.

Imported only where torch is wanted.
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.errors import RunError
from graphlab.graph import Graph, OutPort
from graphlab.ops import show_shape
from graphlab.train.training import Training
from graphlab.train.views.apart import apart
from graphlab.train.views.asking import as_text, look
from graphlab.train.views.classes import probabilities
from graphlab.train.views.pictures import unscaled
from graphlab.train.views.probing import is_by_example, only_from, over_grid, probe
from graphlab.train.views.verdict import verdict_of
from graphlab.train.wiring import batch_shapes

SIDE, MOST_SIDE = 60, 200
"""The rows and columns of the grid, and how many may be asked for."""

MOST_NODES = 60
MOST_UNITS, MOST_MAPS = 16, 120
"""So many nodes are shown, each with so many units at most, and so many maps in all."""

MOST_POINTS = 500
_MARGIN = 0.1  # around the points, a share of their extent
_CURVE = 300


def plane(
    training: Training, side: int = SIDE, split: str = "", nodes: bool = True
) -> dict[str, Array]:
    """A grid over the data's two features, and what the network makes of it.

    ``x`` and ``y`` (side,) in the data's own units, rows from the lowest y up; ``node/NAME``
    (units, side, side) for the input and each node with 1 to 16 numbers a point, and ``wide`` the
    names of those that have more; of classes
    ``decision`` (side, side) as ids and ``chances`` (classes, side, side), of one number
    ``decision`` alone; ``points`` (N, 2) and their ``targets``.  Of a discriminator it is what it
    takes the points for, and those made are among them, each with its target.
    Raises ``RunError`` where examples are not two numbers.
    """
    name = _input(training, 2, "a decision map")
    seen = look(training, split, MOST_POINTS)
    batch = training.data.take(seen.rows, ("x", *_target(training)))
    points = unscaled(training.data, batch["x"])
    side = min(max(2, side), MOST_SIDE)
    across, up = (_ticks(points[:, i], side) for i in (0, 1))
    grid = np.stack([np.tile(across, side), np.repeat(up, side)], 1).astype(np.float32)
    graph = apart(training.graph, name)
    ports, wide = _ports(training, graph, name) if nodes else ([], [])
    verdict = verdict_of(training, graph, name)
    outcome = _outcome(training, name) if verdict is None else verdict.scores
    asked = list(dict.fromkeys(ports if outcome is None else [*ports, outcome]))
    if not asked:
        raise RunError(f"nothing in the drawing follows from {name} alone: choose another view")
    values = probe(training, name, _as_fed(training, grid), asked, graph)
    told = {**seen.told(), "x": across, "y": up, "points": np.ascontiguousarray(points)}
    if nodes:
        told[f"node/{name}"] = over_grid(torch.from_numpy(_as_fed(training, grid)), side)
    if wide:
        told["wide"] = as_text(map(str, wide))
    for port in ports:
        told[f"node/{port}"] = over_grid(values[port], side)
    if verdict is not None:
        told |= verdict.over_plane(values[verdict.scores], side, told["points"])
    elif outcome is not None:
        told |= _decision(training, values[outcome], side)
    for field in _target(training):
        told["targets"] = batch[field].reshape(len(points), -1)[:, 0].copy()
    return told


def curve(training: Training, split: str = "") -> dict[str, Array]:
    """The network's function of one feature, and the data it should go through.

    ``x`` (300,) and ``y`` (outputs, 300); ``points`` (N,) and their ``targets`` (outputs, N).
    Raises ``RunError`` where examples are not one number, or are not answered with numbers.
    """
    name = _input(training, 1, "a curve over its data")
    outcome = _outcome(training, name)
    if outcome is None or training.data.task != "regression":
        raise RunError("a curve is shown where a number is learned from one number alone")
    seen = look(training, split, MOST_POINTS)
    batch = training.data.take(seen.rows, ("x", "y"))
    points = unscaled(training.data, batch["x"])[:, 0]
    ticks = _ticks(points, _CURVE)
    values = probe(training, name, _as_fed(training, ticks[:, None]), [outcome])[outcome]
    return {
        **seen.told(),
        "x": ticks,
        "y": np.ascontiguousarray(values.reshape(_CURVE, -1).numpy().T[:4]),
        "points": np.ascontiguousarray(points),
        "targets": np.ascontiguousarray(batch["y"].reshape(len(points), -1).T[:4]),
    }


def _input(training: Training, features: int, what: str) -> str:
    """The input that takes examples of so many features."""
    wiring, data = training.wiring, training.data
    for name, field in wiring.fields.items():
        is_alone = training.graph.nodes[name].op.name != "target"
        if field == "x" and wiring.shapes[name] == (features,) and is_alone:
            return name
    numbers = "one number" if features == 1 else "two numbers"
    raise RunError(
        f"{what} is shown where examples are {numbers}, and those of {data.name} have the shape "
        f"{show_shape(data.fields['x'].shape[1:])}: choose another view"
    )


def _target(training: Training) -> tuple[str, ...]:
    """The field that colours the points."""
    return ("y",) if "y" in training.data.fields else ()


def _outcome(training: Training, name: str) -> OutPort | None:
    """What the network answers the target with, where that follows from the input alone."""
    free = set(only_from(training.graph, name))
    for answer in training.wiring.answers:
        if answer.field == training.data.target and answer.prediction.node in free:
            return answer.prediction
    return None


def _ports(training: Training, graph: Graph, name: str) -> tuple[list[OutPort], list[OutPort]]:
    """The nodes whose value is a number, or a few, for each point, as far as they are not many,
    and those that have more numbers for each."""
    two, three = (batch_shapes(graph, training.wiring, size) for size in (2, 3))
    found, wide = list[OutPort](), list[OutPort]()
    maps = 0
    for node in only_from(graph, name):
        port = OutPort(node)
        shape = two.of(port)
        if shape and is_by_example(shape, three.of(port)):
            units = math.prod(shape[1:])
            if units > MOST_UNITS and len(wide) < MOST_NODES:
                wide.append(port)
            if units > MOST_UNITS:
                continue
            maps += units
            if len(found) == MOST_NODES or maps > MOST_MAPS:
                break
            found.append(port)
    return found, wide


def _ticks(values: Array, count: int) -> Array:
    """Evenly spaced numbers over some values and a little beyond."""
    low, high = float(values.min()), float(values.max())
    more = _MARGIN * (high - low) or 1.0
    return np.linspace(low - more, high + more, count, dtype=np.float32)


def _as_fed(training: Training, grid: Array) -> Array:
    """Points in the data's own units as the network is fed with them."""
    standard = training.data.standard
    return grid if standard is None else np.asarray(standard.apply(grid), np.float32)


def _decision(training: Training, values: Tensor, side: int) -> dict[str, Array]:
    """The class at each point and the chances of all; of a number the number."""
    data = training.data
    if data.task != "classes":
        return {"decision": over_grid(values, side)[0]}
    answer = next(a for a in training.wiring.answers if a.field == data.target)
    known = probabilities(answer, training, values)
    if known is None:  # scores that are no probabilities decide by their sign or the largest
        is_one = values.ndim < 2 or values.shape[1] == 1
        ids = (values.reshape(-1) > 0).long() if is_one else values.argmax(1)
        known = torch.nn.functional.one_hot(ids, len(data.classes)).float()
    return {
        "decision": over_grid(known.argmax(1), side)[0],
        "chances": over_grid(known, side),
        "classes": as_text(data.classes),
    }
