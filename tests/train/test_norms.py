"""Norms that look at a whole batch: what PyTorch takes no step on is refused before the first."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
import torch

from graphlab.api import read_source
from graphlab.data import DataSet
from graphlab.errors import GraphError
from graphlab.graph.objectives import set_recipe
from graphlab.graph.recipe import Augment, Objective, Recipe
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from tests.train.sets import HELD_BACK, data_set

R = np.random.default_rng(0)
FLAT = "h = relu(norm_layer(linear_layer(x, features=4)))\ns = linear_layer(h, features=2)"
POOLED = (
    "c = conv_norm_activation(x, filters=4)\n"
    "p = norm_layer(max_pool2d(c, kernel_size=4))\n"
    "s = linear_layer(flatten(global_avg_pool(p)), features=2)"
)


def flat(count: int) -> DataSet:
    rows = count + HELD_BACK
    return data_set("classes", 2, x=R.normal(size=(rows, 3)), y=np.arange(rows) % 2)


def squares(count: int, side: int) -> DataSet:
    rows = count + HELD_BACK
    return data_set("classes", 2, x=R.random((rows, 1, side, side)), y=np.arange(rows) % 2)


def torch_takes(norm: torch.nn.Module, count: int, size: int, *rest: int) -> bool:
    """Whether a hand-written epoch comes to its end."""
    try:
        for rows in torch.split(torch.randn(count, *rest), size):
            norm(rows)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("count", [1, 2, 9, 16, 17])
@pytest.mark.parametrize("size", [1, 2, 4, 8, 16, 40])
def test_an_epoch_has_all_its_updates_or_is_refused_before_the_first(
    count: int, size: int, tmp_path: Path
) -> None:
    recipe = Recipe((Objective("loss"),), batch_size=size, epochs=2)
    graph = set_recipe(with_loss(read_source(FLAT), flat(count)), recipe)
    if torch_takes(torch.nn.BatchNorm1d(4), count, size, 4):
        trainer = Trainer(graph, flat(count), out=tmp_path)
        assert trainer.run() == "done"
        assert trainer.training.progress.step == 2 * -(-count // size)
        return
    told = rf"norm_layer1_batch_norm \(batch_norm\).* {count} .* batches of {size} .* 1×4: (.+)"
    with pytest.raises(GraphError) as refused:
        Trainer(graph, flat(count), out=tmp_path / "run")
    found = re.fullmatch(told, str(refused.value))
    assert found is not None
    assert not (tmp_path / "run").exists()
    if count > 1:  # the way out is one
        wider = int(found[1].removeprefix("take batches of "))
        assert torch_takes(torch.nn.BatchNorm1d(4), count, wider, 4)


@pytest.mark.parametrize(
    ("side", "crop", "size", "is_refused"),
    [(4, 0, 4, True), (4, 0, 3, False), (8, 0, 4, False), (8, 4, 4, True), (16, 8, 4, False)],
)
def test_places_count_as_well_and_images_are_as_large_as_their_crops(
    side: int, crop: int, size: int, is_refused: bool, tmp_path: Path
) -> None:
    """Nine images; a pool leaves one place where they are 4×4."""
    places = (crop or side) // 4
    assert torch_takes(torch.nn.BatchNorm2d(4), 9, size, 4, places, places) == (not is_refused)
    augment = Augment(crop=crop) if crop else None
    recipe = Recipe((Objective("loss"),), batch_size=size, epochs=1, augment=augment)
    data = squares(9, side)
    graph = set_recipe(with_loss(read_source(POOLED), data), recipe)
    if is_refused:
        with pytest.raises(GraphError, match=r"p_batch_norm .* 1×4×1×1: take batches of"):
            Trainer(graph, data, out=tmp_path)
    else:
        assert Trainer(graph, data, out=tmp_path).run() == "done"


def test_no_size_of_batches_helps_where_every_example_is_judged_by_itself(tmp_path: Path) -> None:
    text = (
        "m = buffer(3)\nv = buffer(3)\nw = parameter(3)\nb = parameter(3)\n"
        "n = instance_norm(reshape(x, shape=(-1, 3, 1)), w, b, m, v)\n"
        "s = linear_layer(flatten(n), features=2)"
    )
    assert not torch_takes(torch.nn.InstanceNorm1d(3), 16, 8, 3, 1)
    with pytest.raises(GraphError, match=r"n \(instance_norm\).* 8×3×1: give it more of them"):
        Trainer(with_loss(read_source(text), flat(16)), flat(16), out=tmp_path)


@pytest.mark.parametrize("size", [4, 8, 16])
def test_a_mean_over_the_batch_is_one_however_many_there_are(size: int, tmp_path: Path) -> None:
    text = (
        "m = mean(x, axis=0, keepdims=True)\nh = norm_layer(m)\ny = linear_layer(x + h, features=2)"
    )
    recipe = Recipe((Objective("loss"),), batch_size=size, epochs=1)
    assert not torch_takes(torch.nn.BatchNorm1d(3), 1, 1, 3)
    with pytest.raises(GraphError, match=r"h_batch_norm .* 1×3: give it more of them, or leave it"):
        Trainer(with_loss(read_source(text), flat(16)), flat(16), recipe, tmp_path)


def test_what_takes_several_examples_together_gets_more_of_them(tmp_path: Path) -> None:
    """A pool over the batch makes one of two examples, and two of three."""
    text = (
        "p = max_pool1d(reshape(transpose(x, axes=(1, 0)), shape=(1, 3, -1)), kernel_size=2, "
        "stride=1)\n"
        "h = norm_layer(reshape(transpose(reshape(p, shape=(3, -1)), axes=(1, 0)), shape=(-1, 3)))"
        "\ny = linear_layer(x + mean(h, axis=0, keepdims=True), features=2)"
    )
    recipe = Recipe((Objective("loss"),), batch_size=3, epochs=1)
    graph = with_loss(read_source(text), flat(17))
    with pytest.raises(GraphError, match=r"h_batch_norm .* 1×3: take batches of 6") as refused:
        Trainer(graph, flat(17), recipe, tmp_path)
    size = int(str(refused.value).rpartition(" ")[2])
    wider = Recipe((Objective("loss"),), batch_size=size, epochs=1)
    assert Trainer(graph, flat(17), wider, tmp_path).run() == "done"


@pytest.mark.parametrize("updates", [(), ("s",), ("h", "s"), ("n", "s"), ("n_weight",)])
def test_a_norm_that_is_left_out_and_still_moves_is_told(
    updates: tuple[str, ...], tmp_path: Path
) -> None:
    """It moves in PyTorch too, where freezing is not to hand its weights to an optimizer."""
    text = "h = linear_layer(x, features=4)\nn = norm_layer(h)\ns = linear_layer(n, features=2)"
    recipe = Recipe((Objective("loss", updates),), epochs=1)
    trainer = Trainer(with_loss(read_source(text), flat(16)), flat(16), recipe, tmp_path)
    before = trainer.training.network.weights()
    assert trainer.run() == "done"
    after = trainer.training.network.weights()
    moved = {name for name in before if not np.array_equal(before[name], after[name])}
    assert moved >= {"n.running_mean", "n.running_var"}
    is_frozen = moved.isdisjoint({"n.weight", "n.bias"})
    assert ("no objective updates n_batch_norm, and" in trainer.note) is is_frozen
