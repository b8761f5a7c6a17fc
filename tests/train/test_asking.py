"""What views and metrics say of answers other than the data's, and how they ask the network."""

from __future__ import annotations

import pytest

from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.evaluating import evaluate
from graphlab.train.losses import with_loss
from graphlab.train.training import Training
from tests.train.sets import blobs, mlp
from tests.train.test_views import text, trained, view


@pytest.mark.parametrize(("count", "target"), [(6, "y * 2"), (2, "floor(y / 2)"), (3, "2 - y")])
def test_an_answer_computed_from_the_classes_may_have_others(count: int, target: str) -> None:
    net = f"s = linear_layer(x, features={count})\nl = cross_entropy(s, {target})"
    training = trained(net, blobs())
    found = view(training, "confusion", split="train")
    judged = evaluate(training.network, training.data, "train")
    assert found["matrix"].tolist() == judged["confusion"]
    assert found["matrix"].sum() == len(training.data.rows("train"))
    known = list(training.data.classes)
    assert text(found["classes"]) == [*known, *map(str, range(len(known), count))]
    assert view(training, "predictions")["predicted"].max() < max(count, len(known))


def test_a_view_asks_for_many_examples_at_once() -> None:
    recipe = Recipe((Objective("loss"),), batch_size=1)
    training = Training(with_loss(mlp(), blobs()), blobs(), recipe)
    calls: list[object] = []
    training.network.module.register_forward_hook(lambda *call: calls.append(call))
    assert view(training, "confusion", split="train")["seen"] == [len(training.data.rows("train"))]
    assert len(calls) == 1
