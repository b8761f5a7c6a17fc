"""What every view starts from: which examples are looked at, and what the network says of them.

A view changes nothing of the training it looks at.  Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array, Rows
from graphlab.errors import RunError
from graphlab.train.evaluating import outputs
from graphlab.train.network import Network
from graphlab.train.training import Training
from graphlab.train.wiring import Answer

MOST_EXAMPLES = 1000
"""Of a larger split so many are looked at, drawn by a seed."""

MOST_NUMBERS = 2**22
"""The examples looked at hold so many numbers together, so that large images take no longer."""

FEWEST_EXAMPLES = 16
"""So many are looked at, however large they are."""


@dataclass(frozen=True)
class Look:
    """The rows of a split that are looked at, in ascending order, out of how many."""

    training: Training
    split: str
    rows: Rows
    total: int

    def told(self) -> dict[str, Array]:
        """Which split it is, which there are, and how many examples of how many were seen."""
        sizes = [f"{name}\t{len(rows)}" for name, rows in self.training.data.splits.items()]
        return {
            "split": as_text([self.split]),
            "splits": as_text(sizes),
            "seen": whole(len(self.rows)),
            "total": whole(self.total),
        }


@dataclass(frozen=True)
class Answered:
    """What the network says of some rows, what it should say, and the loss of each example."""

    prediction: Tensor
    target: Tensor
    losses: Array


def look(training: Training, split: str = "", most: int = MOST_EXAMPLES) -> Look:
    """Examples of a split; without a name the validation, else the test or training split.

    Raises ``GraphLabError`` for a split that is not there or is empty.
    """
    data = training.data
    usual = (s for s in ("validation", "test", "train") if len(data.splits.get(s, ())))
    chosen = split or next(usual, "train")
    rows = data.rows(chosen)
    if not len(rows):
        raise RunError(f"the {chosen} split of {data.name} is empty: choose another split")
    size = int(np.prod(data.fields["x"].shape[1:]))
    count = min(len(rows), most, max(FEWEST_EXAMPLES, MOST_NUMBERS // max(size, 1)))
    drawn = rows
    if count < len(rows):
        drawn = np.sort(np.random.default_rng(0).choice(rows, count, replace=False))
    return Look(training, chosen, drawn, len(rows))


def answer_of(training: Training, fields: Iterable[str], what: str) -> Answer:
    """The answer that is compared with one of these fields.

    Raises ``RunError`` where none is, with ``what`` the view would show.
    """
    answers = {answer.field: answer for answer in training.wiring.answers}
    for field in fields:
        if field in answers:
            return answers[field]
    given = ", ".join(answers) or "no field of the data"
    raise RunError(
        f"{what} are shown where a loss compares an output with {' or '.join(fields)}, and this "
        f"drawing compares with {given}: choose another view"
    )


def answered(training: Training, answer: Answer, rows: Rows) -> Answered:
    """What the network says of these rows in evaluation mode."""
    parts: list[tuple[Tensor, Tensor]] = []
    network, data = training.network, replace(training.data, splits={"seen": rows})
    for inputs, outs in outputs(network, data, "seen"):
        pair = (network.value(p, inputs, outs) for p in (answer.prediction, answer.target))
        prediction, target = (value.detach().float() for value in pair)
        parts.append((prediction, target))
    prediction, target = (torch.cat(column).cpu() for column in zip(*parts, strict=True))
    return Answered(prediction, target, losses_of(network, answer, prediction, target))


def losses_of(network: Network, answer: Answer, prediction: Tensor, target: Tensor) -> Array:
    """The loss of each example (N,): the mean of its elements', before any class weights' share."""
    node = network.graph.nodes[answer.loss]
    known = {node.op.ports[0]: prediction, "target": target}
    given = []
    for port in node.op.ports:
        source = node.inputs.get(port)
        if port not in known and source is not None:
            value = network.graph.nodes[source.node].attributes.get("value")
            if value is not None:
                known[port] = torch.as_tensor(value).float()
        if port in known:
            given.append(known[port])
    out = node.op.lower(torch, *given, **{**node.attributes, "reduction": "none"})
    if not len(out.shape) or len(out) != len(prediction):
        return np.full(len(prediction), np.nan, np.float32)
    return np.asarray(out.reshape(len(out), -1).mean(1).numpy(), np.float32)


def in_order(worth: Array, *, worst: bool, most: int) -> Array:
    """Places of the largest of ``worth`` first, or the first as they come; ``most`` of them.

    What is no number is worse than any.
    """
    if not worst:
        return np.arange(min(most, len(worth)))
    known = np.where(np.isnan(worth), np.inf, worth)
    return np.argsort(-known, kind="stable")[:most]


def whole(number: int) -> Array:
    """A number as an array that a file of arrays can hold."""
    return np.array([number], np.int64)


def as_text(lines: Iterable[str]) -> Array:
    """Lines as their UTF-8 bytes."""
    return np.frombuffer("\n".join(lines).encode(), np.uint8).copy()
