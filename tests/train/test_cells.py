"""Cells counted and outlined: networks that learn from crops, flips and turns of real images."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from graphlab.api import read_source
from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.data import DataSet, open_data
from graphlab.errors import GraphError
from graphlab.graph.gallery import gallery
from graphlab.graph.recipe import Augment
from graphlab.train.evaluating import evaluate
from graphlab.train.events import read_events
from graphlab.train.losses import with_loss
from graphlab.train.stepping import batch_run
from graphlab.train.trainer import Trainer
from graphlab.train.training import Training

BESIDE = Path(__file__).resolve().parents[3] / "shared" / "data"
COUNTED = "bbbc039:standardise=yes"
OUTLINED = "bbbc039:task=masks,standardise=yes"

Told = tuple[int, str, str]


def graphlab(capsys: pytest.CaptureFixture[str], *words: object) -> Told:
    status = main([str(word) for word in words], Desktop(lambda path: 0, lambda *p: None))
    return status, *capsys.readouterr()


@pytest.fixture
def nuclei(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have BBBC039 at hand, or leave the test out."""
    places = [Path(os.environ.get("GRAPHLAB_DATA") or BESIDE), BESIDE]
    for place in places:
        if list(place.glob("bbbc039*")):
            monkeypatch.setenv("GRAPHLAB_DATA", str(place))
            return
    pytest.skip(f"bbbc039 is neither in GRAPHLAB_DATA nor in {BESIDE}")


def picture(data: DataSet, row: int, file: Path) -> Path:
    """An example as it was before it was standardised, as a PNG file."""
    assert data.standard is not None
    x = np.asarray(data.fields["x"][row : row + 1])[0] * data.standard.deviation
    Image.fromarray(np.rint((x + data.standard.mean)[0] * 255).astype(np.uint8)).save(file)
    return file


@pytest.mark.slow
def test_nuclei_are_counted_by_their_density(
    nuclei: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, maps = tmp_path / "run", tmp_path / "maps"
    words = ("train", "gallery:cell-counter", "--data", COUNTED, "--epochs", 15)
    status, out, _ = graphlab(capsys, *words, "--augment", "flips", "--out", run)
    assert status == 0
    assert "flips both ways" in out
    data = open_data(COUNTED)
    counts, rows = np.asarray(data.fields["count"]), data.rows("test")
    assert np.abs(counts[rows] - np.median(counts)).mean() > 20  # what a constant guess is worth
    _, out, _ = graphlab(capsys, "evaluate", run, "--split", "test", "--json")
    error = json.loads(out)["metrics"]["count_mae"]
    assert error <= 7
    files = [picture(data, row, tmp_path / f"{row}.png") for row in rows]
    _, out, _ = graphlab(capsys, "predict", run, *files, "--maps", maps, "--json")
    told = json.loads(out)
    apart = [answer["count"] for answer in told] - counts[rows]
    assert np.abs(apart).mean() == pytest.approx(error, abs=0.01)
    with Image.open(told[0]["density"]) as density:
        assert density.size == tuple(data.fields["x"].shape[:1:-1])


@pytest.mark.slow
def test_nuclei_are_outlined_by_a_u_net(
    nuclei: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "run"
    words = ("train", "gallery:u-net-small", "--data", OUTLINED, "--epochs", 8, "--batch-size", 8)
    assert graphlab(capsys, *words, "--augment", "flips,turns,crop=128", "--out", run)[0] == 0
    for split in ("test", "validation"):
        _, out, _ = graphlab(capsys, "evaluate", run, "--split", split, "--json")
        metrics = json.loads(out)["metrics"]
        assert metrics["iou"] >= 0.85
        assert metrics["dice"] == pytest.approx(2 * metrics["iou"] / (1 + metrics["iou"]))
    data = open_data(OUTLINED)
    row = data.rows("test")[0]
    file = picture(data, row, tmp_path / "cells.png")
    _, out, _ = graphlab(capsys, "predict", run, file, "--maps", tmp_path / "maps", "--json")
    (told,) = json.loads(out)
    with Image.open(told["mask"]) as drawn:
        found = np.asarray(drawn) > 0
    true = np.asarray(data.fields["mask"][row])[0] > 0
    assert (found & true).sum() / (found | true).sum() >= 0.8


# --- what does not take long ----------------------------------------------------------------------
CELLS = open_data("cell-dots:examples=24,split=50/25/25")
HOW = Augment(flips="both", turns=True, crop=24, shift=2, brightness=0.2)


def trainer(out: Path) -> Trainer:
    graph = with_loss(gallery("cell-counter"), CELLS)
    assert graph.recipe is not None
    recipe = graph.recipe.with_(augment=HOW, batch_size=5, epochs=2, lr=0.003)
    return Trainer(graph, CELLS, recipe, out)


def test_a_run_on_crops_is_paused_and_resumed_bit_for_bit(tmp_path: Path) -> None:
    whole, broken = trainer(tmp_path / "whole"), trainer(tmp_path / "broken")
    assert whole.run() == "done"
    assert broken.run(lambda: broken.training.progress.step == 2) == "paused"
    broken = trainer(tmp_path / "broken")
    assert broken.resume()
    assert broken.run() == "done"
    ours, theirs = (x.training.network.weights() for x in (whole, broken))
    for name, array in ours.items():
        np.testing.assert_array_equal(array, theirs[name])
    started = next(iter(read_events(tmp_path / "whole" / "events.jsonl")))
    assert started["augment"] == HOW.in_words


def test_a_batch_of_crops_can_be_stepped_and_whole_images_are_judged(tmp_path: Path) -> None:
    training = trainer(tmp_path).training
    feeds = training.next_feeds()
    assert {array.shape for array in feeds.values()} == {(5, 1, 24, 24)}
    run = batch_run(training).forward().backward()
    training.forward_backward(training.inputs(feeds), 0)
    for node, parameter in training.turns[0].named.items():
        name = next(n for n, told in training.network.names.items() if told == node)
        assert parameter.grad is not None
        np.testing.assert_allclose(
            run.grad(name), parameter.grad.numpy(), rtol=1e-3, atol=1e-5 * abs(run.grad(name)).max()
        )
    metrics = evaluate(training.network, CELLS, "test")
    x = training.network.tensors(training.wiring.feeds(CELLS.take(CELLS.rows("test")), R))
    maps = training.network.module.eval()(*training.network.given(x))[1].detach().numpy()
    apart = maps.sum((1, 2, 3)) - np.asarray(CELLS.fields["count"])[CELLS.rows("test")]
    assert metrics["count_mae"] == pytest.approx(np.abs(apart).mean(), rel=1e-4)


R = np.random.default_rng(0)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (
            "linear_layer(flatten(x), features=10)",
            "would be 10×784 .* and 10×576 .* leave the crop",
        ),
        ("gallery:softmax", "x takes whole images of mnist as .×784, and crops"),
    ],
)
def test_a_network_of_one_size_takes_no_crops(source: str, found: str) -> None:
    data = open_data("mnist")
    graph = with_loss(read_source(source), data)
    assert graph.recipe is not None
    with pytest.raises(GraphError, match=found):
        Training(graph, data, graph.recipe.with_(augment=Augment(crop=24)))


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("flip", "did you mean flips"),
        ("crop=many", "crop=many cannot be read"),
        ("flips=up", "choose none, sideways or both"),
        ("turns=maybe", "cannot be read"),
        ("brightness=2", "brightness of the augmentation cannot be 2"),
        ("crop=68", "do not fit into images of 64×64"),
    ],
)
def test_words_that_say_nothing_are_refused(
    words: str, found: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known: tuple[Any, ...] = ("--data", "cell-dots:examples=20", "--out", tmp_path / "run")
    status, _, err = graphlab(
        capsys, "train", "gallery:cell-counter", *known, "--epochs", 1, "--augment", words
    )
    assert status == 2
    assert found in err
    assert not (tmp_path / "run").exists()
