"""Settings together against a loop written by hand, and where a number stops being one."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import graphlab
from graphlab.api import read_source
from graphlab.cli.training import Board
from graphlab.data import Batches, DataSet
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.checkpoints import read_checkpoint
from graphlab.train.events import read_events
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from tests.train.sets import blobs, data_set, mlp

TWO = (
    "h = linear_layer(x, features=6, activation='tanh')\n"
    "p = linear_layer(h, features=1)\n"
    "q = linear_layer(h, features=1)\n"
    "a = squared_error(p, y)\n"
    "b = absolute_error(q, y)"
)
FIRST = Objective(
    "a", ("h", "p"), "sgd", 0.05, momentum=0.8, nesterov=True, weight_decay=0.01, l1=0.01, l2=0.02,
    clip=0.3, schedule="cosine", warmup=3,
)  # fmt: skip
SECOND = Objective("b", ("q", "h_bias"), "adamw", 0.02, weight_decay=0.1, schedule="step",
                   step_epochs=1, gamma=0.5, clip=1.0)  # fmt: skip


def test_two_objectives_with_all_settings_train_as_a_loop_by_hand(tmp_path: Path) -> None:
    """Overlapping updates, a frozen rest, penalties added to the loss, clipping and schedules."""
    random = np.random.default_rng(3)
    x = random.normal(size=(40, 2))
    data = data_set("regression", x=x, y=(x**2).sum(1, keepdims=True))
    recipe, epochs, size = Recipe((FIRST, SECOND), batch_size=8, epochs=3), 3, 8
    trainer = Trainer(set_recipe(graphlab.parse(TWO), recipe), data, out=tmp_path)
    start = trainer.training.network.weights()
    held = {n: torch.tensor(w, requires_grad=True) for n, w in start.items()}
    assert trainer.run() == "done"
    groups = [["h.weight", "h.bias", "p.weight", "p.bias"], ["h.bias", "q.weight", "q.bias"]]
    sgd = torch.optim.SGD([held[n] for n in groups[0]], 0.05, 0.8, 0, 0.01, nesterov=True)
    adam = torch.optim.AdamW([held[n] for n in groups[1]], 0.02, weight_decay=0.1)
    per, step = math.ceil(32 / size), 0
    for epoch in range(epochs):
        for batch in Batches(data, "train", size, 0).epoch(epoch):
            given, aim = torch.tensor(batch["x"]), torch.tensor(batch["y"])
            for index, optimizer in enumerate((sgd, adam)):
                h = torch.tanh(given @ held["h.weight"].T + held["h.bias"])
                last = "pq"[index]
                apart = h @ held[f"{last}.weight"].T + held[f"{last}.bias"] - aim
                loss = apart.abs().mean() if index else apart.square().mean()
                chosen = [held[n] for n in groups[index]]
                if not index:
                    loss = loss + 0.01 * sum(w.abs().sum() for w in chosen)
                    loss = loss + 0.02 * sum(w.square().sum() for w in chosen)
                for weight in held.values():
                    weight.grad = None
                loss.backward()  # type: ignore[no-untyped-call]
                torch.nn.utils.clip_grad_norm_(chosen, (0.3, 1.0)[index])
                turned = (1 + math.cos(math.pi * (step - 3) / (per * epochs - 3))) / 2
                rates = (0.05 * ((step + 1) / 4 if step < 3 else turned), 0.02 * 0.5**epoch)
                optimizer.param_groups[0]["lr"] = rates[index]
                optimizer.step()
            step += 1
    ours = trainer.training.network.weights()
    for name, weight in held.items():
        np.testing.assert_allclose(ours[name], weight.detach().numpy(), rtol=1e-5, atol=1e-6)
    told = [e for e in read_events(tmp_path / "events.jsonl") if e["event"] == "epoch"][-1]
    sizes = [w.detach().double() for w in (held[n] for n in groups[0])]
    penalty = sum(float(0.01 * w.abs().sum() + 0.02 * w.square().sum()) for w in sizes)
    assert told["penalties"] == {"a": pytest.approx(penalty, rel=1e-4), "b": 0.0}


SHARED = (
    "h = linear_layer(x, features=6, activation='tanh')\n"
    "s = linear_layer(h, features=3)\n"
    "loss = cross_entropy(s, y)"
)


@pytest.mark.parametrize("second", ["loss", "loss2"], ids=["one loss", "two on the same scores"])
def test_objectives_on_the_same_scores_take_turns(
    second: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    text = SHARED + ("\nloss2 = cross_entropy(s, y)" if second != "loss" else "")
    objectives = Objective("loss", ("h",), "sgd", 0.2), Objective(second, ("s",), "adam", 0.02)
    graph = set_recipe(graphlab.parse(text), Recipe(objectives, batch_size=16, epochs=4))
    trainer = Trainer(graph, blobs(), out=tmp_path)
    board = Board()
    trainer.listen(board)
    start = trainer.training.network.weights()
    held = {n: torch.tensor(w, requires_grad=True) for n, w in start.items()}
    assert trainer.run() == "done"
    groups = [[held[f"{n}.weight"], held[f"{n}.bias"]] for n in ("h", "s")]
    optimizers = torch.optim.SGD(groups[0], 0.2), torch.optim.Adam(groups[1], 0.02)
    means, count = np.zeros(2), 0
    for epoch in range(4):
        means, count = np.zeros(2), 0
        for batch in Batches(blobs(), "train", 16, 0).epoch(epoch):
            given, ids = torch.tensor(batch["x"]), torch.tensor(batch["y"]).long()
            for index, optimizer in enumerate(optimizers):
                h = torch.tanh(given @ held["h.weight"].T + held["h.bias"])
                scores = h @ held["s.weight"].T + held["s.bias"]
                loss = torch.nn.functional.cross_entropy(scores, ids)
                optimizer.zero_grad()
                loss.backward()  # type: ignore[no-untyped-call]
                optimizer.step()
                means[index] += float(loss.detach()) * len(ids)
            count += len(ids)
    for name, array in trainer.training.network.weights().items():
        np.testing.assert_allclose(array, held[name].detach().numpy(), rtol=1e-6, atol=1e-6)
    told = [e for e in read_events(tmp_path / "events.jsonl") if e["event"] == "epoch"][-1]
    assert list(told["losses"]) == ["loss", "loss 2" if second == "loss" else second]
    assert list(told["losses"].values()) == pytest.approx(list(means / count), rel=1e-5)
    table = capsys.readouterr().out.splitlines()
    assert len(table) == 1 + 1 + 4  # what is trained, the head, and a row an epoch
    assert "confusion" not in table[1]


LAST = "\ns = linear_layer(q, features=3)"
H = "h = linear_layer(x, features=4)\n"


def with_nan(field: str) -> DataSet:
    fields: dict[str, Any] = {n: np.array(blobs().fields["x"]) for n in ("x", "y")}
    fields[field][17, 1] = np.nan
    return data_set("regression", **fields)


@pytest.mark.parametrize(
    ("source", "data", "node", "said", "settings"),
    [
        (H + "q = log(h)" + LAST, blobs(), "q", "no weight has moved yet", {}),
        (H + "r = relu(h)\nq = 1 / r" + LAST, blobs(), "q", "(divide)", {}),
        (H + "q = exp(exp(exp(5 * h)))" + LAST, blobs(), "exp", "(exp)", {}),
        ("s = linear_layer(x, features=2)", with_nan("x"), "x", "correct the data", {}),
        ("s = linear_layer(x, features=2)", with_nan("y"), "target", "correct the data", {}),
        (mlp(), blobs(), "h_affine", "lower the learning rate", {"optimizer": "sgd", "lr": 1e6}),
        (mlp(), blobs(), "h_weight", "far too large", {"lr": 1e6}),
        # finite losses, and gradients that are none in the one step that an epoch has
        (
            H + "z = h * 0\nq = sqrt(z)" + LAST,
            blobs(),
            "q",
            "the gradient that q (sqrt) hands back",
            {"batch_size": 64},
        ),
    ],
)
def test_training_stops_at_the_first_node_that_is_no_number(
    source: Any, data: DataSet, node: str, said: str, settings: dict[str, Any], tmp_path: Path
) -> None:
    graph = with_loss(read_source(source) if isinstance(source, str) else source, data)
    assert graph.recipe is not None
    trainer = Trainer(graph, data, graph.recipe.with_(**settings), tmp_path, read_every=7)
    assert trainer.run() == "diverged"
    *_, last = read_events(tmp_path / "events.jsonl")
    assert last["why"] == "diverged"
    assert last["node"].rstrip("0123456789") == node.rstrip("0123456789")
    assert said in last["message"]
    for kept in trainer.checkpoints.steps():
        assert all(np.isfinite(w).all() for w in read_checkpoint(kept).weights.values())
