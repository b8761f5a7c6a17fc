"""What is known of the perceptron rule in a training: when it rests, and why it never may.

Rosenblatt's rule adds a wrong example to the weights, times its side.  It comes to rest where all
training examples are right, after at most (R / margin)² mistakes from weights 0, R being the
longest example (Novikoff 1962); where no weights have all right it goes on for ever.

Imported only where torch is wanted.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.engine import numbers
from graphlab.train.evaluating import outputs
from graphlab.train.separating import Nearest, nearest
from graphlab.train.training import Training
from graphlab.train.turns import Turn
from graphlab.train.wiring import Answer

_MOST_EXAMPLES, _MOST_WEIGHTS = 5_000, 200  # what is proved in a second or two
_MOST_SHOWN, _MOST_FEATURES = 4, 3  # examples and coordinates that fit into a sentence
_ALIKE = 1e-4
_ADDED_UP = (
    "and no weights have all right, so the rule goes on for ever: {count:,} of the examples, "
    "weighed and put on their sides, add up to 0 in all that the weights multiply"
)


class Rule:
    """The perceptron rule of one objective."""

    def __init__(self, training: Training, turn: Turn, answer: Answer) -> None:
        self.training, self.turn, self.answer = training, turn, answer

    def wrong(self) -> tuple[int, int]:
        """How many training examples are not on their side of 0, and how many there are."""
        network, found, count = self.training.network, 0, 0
        for inputs, outs in outputs(network, self.training.data, "train"):
            scores = network.value(self.answer.prediction, inputs, outs)
            sides = network.value(self.answer.target, inputs, outs)
            found += int((scores * sides <= 0).sum())
            count += sides.numel()
        return found, count

    def is_at_rest(self) -> bool:
        """Whether all training examples are right, so that no step changes anything."""
        return self.wrong()[0] == 0

    def conclusion(self) -> str:
        """One sentence on where the rule has led, and where it could."""
        wrong, count = self.wrong()
        step = self.training.progress.step
        if not wrong:
            return (
                f"the perceptron rule has come to rest after {step:,} steps: all {count:,} "
                "training examples are on their side, so nothing changes any more"
            )
        still = f"{wrong:,} of {count:,} training examples are wrong after {step:,} steps"
        examples = self._examples(count)
        if examples is None:
            return f"{still}, and whether weights exist that have all right is not known"
        found = nearest(examples.signed)
        if found is None:
            return f"{still}, and rounding hides whether weights exist that have all right"
        if found.is_origin:
            return f"{still}, {_impossible(examples, found, self.training)}"
        return (
            f"{still}, yet weights exist that have all right, with a margin of "
            f"{numbers.show(found.margin)}: from weights 0 the rule finds some after at most "
            f"{_bound(examples.signed, found):,} mistakes (Novikoff), so train for more epochs"
        )

    # --- what the weights multiply ----------------------------------------------------------------
    def _examples(self, count: int) -> _Examples | None:
        """The training examples as the weights see them; None where scores are no weighted sum."""
        weights = sum(w.numel() for w in self.turn.weights)
        if weights > _MOST_WEIGHTS or count > _MOST_EXAMPLES:
            return None
        kept = [w.detach().clone() for w in self.turn.weights]
        first, scores, sides = self._slopes()
        try:
            with torch.no_grad():
                for weight in self.turn.weights:
                    weight.mul_(-1).sub_(1)
            second, _, _ = self._slopes()
        finally:
            with torch.no_grad():
                for weight, value in zip(self.turn.weights, kept, strict=True):
                    weight.copy_(value)
        summed = first @ np.concatenate([w.double().cpu().numpy().ravel() for w in kept])
        is_linear = np.allclose(first, second, _ALIKE, _ALIKE)
        if not (is_linear and np.allclose(summed, scores, _ALIKE, _ALIKE)):
            return None
        return _Examples(first, sides)

    def _slopes(self) -> tuple[Array, Array, Array]:
        """The scores' derivatives by the weights (N, p), the scores and the sides (N)."""
        network, found = self.training.network, []
        data, wiring = self.training.data, self.training.wiring
        feeds = wiring.feeds(data.take(data.rows("train"), wiring.read), np.random.default_rng(0))
        inputs = network.tensors(feeds)
        network.module.eval()
        try:
            outs = network(inputs)
        finally:
            network.module.train()
        scores = network.value(self.answer.prediction, inputs, outs).flatten()
        for score in scores:
            slopes = torch.autograd.grad(
                score, self.turn.weights, retain_graph=True, materialize_grads=True
            )
            found.append(torch.cat([x.flatten() for x in slopes]))
        sides = network.value(self.answer.target, inputs, outs).flatten()
        return _array(torch.stack(found)), _array(scores), _array(sides)


@dataclass(frozen=True)
class _Examples:
    features: Array
    sides: Array

    @property
    def signed(self) -> Array:
        return self.features * self.sides[:, None]


def rule_of(training: Training) -> Rule | None:
    """The perceptron rule where an objective follows it, and it is known what it answers."""
    for turn in training.turns:
        for answer in training.wiring.answers:
            if turn.objective.optimizer == "perceptron" and answer.loss == turn.objective.loss:
                return Rule(training, turn, answer)
    return None


def _bound(signed: Array, found: Nearest) -> int:
    """(R / margin)², rounded up."""
    return int(np.ceil(np.square(signed).sum(1).max() / found.margin**2))


def _impossible(examples: _Examples, found: Nearest, training: Training) -> str:
    """Why no weights have all right: a point that lies between examples of either class."""
    rows, names = training.data.rows("train"), training.data.classes
    x = np.asarray(training.data.fields["x"][rows], np.float64).reshape(len(rows), -1)
    if len(names) != 2 or len(examples.sides) != len(x):
        return _ADDED_UP.format(count=int((found.shares > 0).sum()))
    means, told = [], []
    for side, name in zip((-1.0, 1.0), names, strict=True):
        shares = np.where(examples.sides == side, found.shares, 0.0)
        means.append(shares @ np.column_stack([x, np.ones(len(x))]))
        told.append(_between(x[shares > 0], name))
    if not np.allclose(means[0], means[1], _ALIKE, _ALIKE):
        return _ADDED_UP.format(count=int((found.shares > 0).sum()))
    middle = means[0][:-1] / means[0][-1]
    where = _point(middle) if x.shape[1] <= _MOST_FEATURES else "one point"
    return (
        f"and no perceptron has all right, since the classes are not linearly separable: {where} "
        f"lies {told[0]} and {told[1]}, and no hyperplane has it on both sides, so the rule goes "
        "on for ever"
    )


def _between(examples: Array, name: str) -> str:
    count, features = examples.shape
    listed = f"{count:,} examples"
    if count <= _MOST_SHOWN and features <= _MOST_FEATURES:
        points = [_point(row) for row in examples]
        listed = " and ".join([", ".join(points[:-1]), points[-1]] if count > 1 else points)
    return f"{'between' if count > 1 else 'at'} {listed} of class {name}"


def _point(row: Array) -> str:
    return f"({', '.join(numbers.show(float(v)) for v in np.round(row, 4) + 0.0)})"


def _array(tensor: Tensor) -> Array:
    return np.asarray(tensor.detach().double().cpu().numpy())
