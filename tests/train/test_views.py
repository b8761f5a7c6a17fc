"""What is looked at while a network trains, against the NumPy engine asked about one example."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from graphlab.api import read_source
from graphlab.data import DataSet, open_data, standardised
from graphlab.engine import Run
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import mark_outputs, set_attributes
from graphlab.torch_backend.weights import with_weights
from graphlab.train.training import Training
from graphlab.train.views import VIEWS
from graphlab.train.views.asking import MOST_EXAMPLES
from graphlab.train.views.pictures import LARGE, SMALL
from tests.train.sets import blobs, cnn, data_set, mlp, pictures

ONE = "h = linear_layer(x, features=5, activation='tanh')\ns = linear_layer(h, features={})"
MASKS = "c = conv_layer(x, filters=4, padding='same', activation='relu')\nm = conv_layer(c, filters={}, padding='same')"  # noqa: E501
BOX = "f = flatten(x)\nb = sigmoid(linear_layer(f, features=4))"


def trained(source: str | Graph, data: DataSet | str, steps: int = 5) -> Training:
    """A training after some steps."""
    graph = read_source(source) if isinstance(source, str) else source
    training = Training(graph, open_data(data) if isinstance(data, str) else data, seed=1)
    with training.at_work():
        for feeds, _ in zip(training.feeds(), range(steps), strict=False):
            training.step(training.network.tensors(feeds))
    return training


def told(training: Training, row: int) -> dict[str, Any]:
    """Every value for one row of the data, as NumPy computes it in evaluation mode."""
    batch = training.data.take(np.array([row]))
    return computed(training, training.wiring.feeds(batch, np.random.default_rng(0)))


def computed(training: Training, feeds: dict[str, Any]) -> dict[str, Any]:
    graph = with_weights(training.graph, training.network.weights())
    run = Run(graph, feeds, training=False)
    run.forward()
    return {name: run.value(name) for name in graph.nodes}


def text(array: np.ndarray) -> list[str]:
    return bytes(array).decode().split("\n")


def view(training: Training, name: str, **settings: Any) -> dict[str, np.ndarray]:
    found = VIEWS[name](training, **settings)
    assert all(isinstance(x, np.ndarray) and x.flags["C_CONTIGUOUS"] for x in found.values())
    return found


# --- classes --------------------------------------------------------------------------------------
@pytest.mark.parametrize("case", ["three", "one score", "images"])
def test_confusion_and_predictions(case: str) -> None:
    data: Any = {"three": blobs(), "one score": open_data("moons"), "images": pictures()}[case]
    source: Any = {"three": mlp(), "one score": ONE.format(1), "images": cnn()}[case]
    training = trained(source, data)
    answer = training.wiring.answers[0]
    found = view(training, "confusion", split="validation")
    rows = training.data.rows("validation")
    count, pairs, losses, chances = len(training.data.classes), {}, {}, {}
    for row in rows.tolist():
        values = told(training, row)
        scores = np.ravel(values[str(answer.prediction)])
        if len(scores) == 1:
            yes = 1 / (1 + np.exp(-scores[0]))
            share = np.array([1 - yes, yes])
        else:
            share = np.exp(scores) / np.exp(scores).sum()
        true = int(training.data.fields["y"][row])
        pairs[row], chances[row] = (true, int(share.argmax())), share
        losses[row] = float(values[answer.loss])
    every = list(pairs.values())
    wanted = [[every.count((i, j)) for j in range(count)] for i in range(count)]
    assert found["matrix"].tolist() == wanted
    assert text(found["classes"]) == list(training.data.classes)
    for cell in sorted(set(every)):
        there = view(training, "confusion", split="validation", true=cell[0], predicted=cell[1])
        assert set(there["rows"].tolist()) == {row for row in pairs if pairs[row] == cell}
        assert (np.diff(there["chances"]) >= 0).all()
        assert there["matrix"].tolist() == wanted
    worst = view(training, "predictions", split="validation")
    assert sorted(worst["rows"].tolist()) == sorted(losses)
    assert worst["losses"] == pytest.approx([losses[r] for r in worst["rows"].tolist()], rel=1e-4)
    assert (np.diff(worst["losses"]) <= 0).all()
    for k, row in enumerate(worst["rows"].tolist()):
        assert (worst["true"][k], worst["predicted"][k]) == pairs[row]
        assert worst["right"][k] == pytest.approx(chances[row][pairs[row][0]], abs=1e-5)
        assert worst["chances"][k] == pytest.approx(chances[row][pairs[row][1]], abs=1e-5)
    x = training.data.take(worst["rows"])["x"]
    if case == "images":
        low, high = (f(x, axis=(1, 2, 3), keepdims=True) for f in (np.min, np.max))
        low, high = np.where(high > 1, low, 0), np.where(high > 1, high, 1)
        assert worst["images"] == pytest.approx((x - low)[:, 0] / (high - low)[:, 0] * 255, abs=1)
    else:
        assert worst["numbers"] == pytest.approx(x)


def test_numbers_are_told_beside_what_they_should_be() -> None:
    training = trained(ONE.format(1), "gaussians:examples=80")
    found = view(training, "predictions")
    for row, predicted, true in zip(found["rows"], found["predicted"], found["true"], strict=True):
        values = told(training, int(row))
        prediction = training.wiring.answers[0].prediction
        assert predicted == pytest.approx(np.ravel(values[str(prediction)]), abs=1e-4)
        assert true == pytest.approx(np.ravel(training.data.fields["y"][row]))


# --- over images ----------------------------------------------------------------------------------
@pytest.mark.parametrize("channels", [1, 2])
def test_masks(channels: int) -> None:
    training = trained(MASKS.format(channels), "cells:examples=24", 3)
    found = view(training, "masks", split="train")
    prediction = str(training.wiring.answers[0].prediction)
    scores = {}
    for row in training.data.rows("train").tolist():
        value = told(training, row)[prediction][0]
        guess = value[0] > 0 if channels == 1 else value[1] > value[0]
        true = training.data.fields["mask"][row][0] > 0
        scores[row] = (guess & true).sum() / (guess | true).sum()
        if row in found["rows"]:
            place = found["rows"].tolist().index(row)
            assert (found["predicted"][place] == guess).mean() > 0.999  # ties of rounding
            assert (found["true"][place] == true).all()
    worst = sorted(scores, key=lambda row: scores[row])[: len(found["rows"])]
    assert found["scores"] == pytest.approx([scores[row] for row in worst], abs=2e-3)
    assert found["images"].shape == found["true"].shape


def test_density_maps_and_counts() -> None:
    training = trained(MASKS.format(1), "cell-dots:examples=24", 3)
    found = view(training, "density")
    prediction = str(training.wiring.answers[0].prediction)
    for k, row in enumerate(found["rows"].tolist()):
        value = told(training, row)[prediction][0, 0]
        assert found["predicted"][k] == pytest.approx(value, abs=1e-4)
        counted = float(training.data.fields["count"][row])
        assert found["counts"][k] == pytest.approx([counted, value.sum()], abs=1e-2)
        dots = training.data.fields["points"][row]
        there = found["points"][k][found["points"][k, :, 0] >= 0]
        assert there * 64 == pytest.approx(dots[dots[:, 0] >= 0] + 0.5, abs=1e-3)
    off = np.abs(np.diff(found["counts"], axis=1))[:, 0]
    assert (np.diff(off) <= 1e-6).all()


def test_boxes() -> None:
    training = trained(BOX, "boxes:examples=40", 3)
    found = view(training, "boxes")
    prediction = str(training.wiring.answers[0].prediction)
    for k, row in enumerate(found["rows"].tolist()):
        a, b = np.ravel(told(training, row)[prediction]), training.data.fields["y"][row]
        assert found["predicted"][k, 0] == pytest.approx(a, abs=1e-4)
        assert found["true"][k, 0] == pytest.approx(b)
        wide, high = (max(0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1))
        sizes = [max(0, x[2] - x[0]) * max(0, x[3] - x[1]) for x in (a, b)]
        iou = wide * high / (sum(sizes) - wide * high)
        assert found["scores"][k] == pytest.approx(iou, abs=1e-4)
    assert (np.diff(found["scores"]) >= 0).all()


# --- the plane ------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("outputs", "spec"), [(1, "xor"), (2, "spiral"), (1, "gaussians"), (3, "blobs")]
)
@pytest.mark.parametrize("is_standard", [False, True])
def test_every_node_over_the_plane(outputs: int, spec: str, is_standard: bool) -> None:
    data = blobs() if spec == "blobs" else open_data(spec)
    data = standardised(data) if is_standard else data
    training = trained(ONE.format(outputs), data)
    side = 12
    found = view(training, "plane", side=side)
    nodes = {name.removeprefix("node/") for name in found if name.startswith("node/")}
    assert nodes == {"x", "h_affine", "h_tanh", "s_affine"}
    for row, column in [(0, 0), (3, 7), (11, 2), (11, 11)]:
        point = np.array([[found["x"][column], found["y"][row]]], np.float32)
        if training.data.standard is not None:
            fit = training.data.standard
            point = np.asarray((point - fit.mean) / fit.deviation, np.float32)
        batch = training.data.take(training.data.rows("train")[:1])
        values = computed(training, training.wiring.feeds({**batch, "x": point}, R()))
        for node in nodes:
            mine = found[f"node/{node}"][:, row, column]
            assert mine == pytest.approx(np.ravel(values[node]), abs=1e-4)
        scores = np.ravel(values["s_affine"])
        if training.data.task == "regression":
            assert found["decision"][row, column] == pytest.approx(scores[0], abs=1e-4)
        else:
            share = np.exp(scores) / np.exp(scores).sum()
            if outputs == 1:
                share = np.array([1, np.exp(scores[0])]) / (1 + np.exp(scores[0]))
            assert found["chances"][:, row, column] == pytest.approx(share, abs=1e-4)
            assert found["decision"][row, column] == share.argmax()
    points = found["points"]
    assert found["x"][0] < points[:, 0].min() < points[:, 0].max() < found["x"][-1]
    assert found["y"][0] < points[:, 1].min() < points[:, 1].max() < found["y"][-1]


def test_layers_of_many_units_have_no_maps_and_are_named() -> None:
    layers = "h = linear_layer(x, features=17)\ng = linear_layer(tanh(h), features=16)\n"
    net = layers + "s = linear_layer(g, features=2)"
    found = view(trained(net, open_data("spiral:examples=60")), "plane", side=3)
    shown = {name for name in found if name.startswith("node/")}
    assert shown == {"node/x", "node/g_affine", "node/s_affine"}
    assert bytes(found["wide"]).decode().split("\n") == ["h_affine", "tanh1"]


def test_the_curve_of_one_number() -> None:
    training = trained(ONE.format(1), "line:examples=40")
    found = view(training, "curve")
    for k in (0, 100, 299):
        x = found["x"][k].reshape(1, 1)
        batch = training.data.take(training.data.rows("train")[:1])
        values = computed(training, training.wiring.feeds({**batch, "x": x}, R()))
        assert found["y"][0, k] == pytest.approx(float(values["s_affine"].item()), abs=1e-4)
    rows = training.data.rows("validation")
    assert found["points"] == pytest.approx(training.data.fields["x"][rows][:, 0])
    assert found["targets"][0] == pytest.approx(training.data.fields["y"][rows][:, 0])


# --- generators, reconstructions, weights ---------------------------------------------------------
def test_samples_are_what_the_generator_makes_of_the_same_noise() -> None:
    graph = read_source("made = linear_layer(z, features=2)\nloss = squared_error(made, x)")
    graph = mark_outputs(set_attributes(graph, "z", shape=(None, 3)), ["made_affine", "loss"])
    training = trained(graph, "ring:examples=60")
    found = view(training, "samples", seed=5)
    noise = R(5).standard_normal((len(found["made"]), *training.wiring.shapes["z"]))
    weight, bias = (training.network.weights()[f"made.{n}"] for n in ("weight", "bias"))
    assert found["made"] == pytest.approx(noise @ weight.T + bias, abs=1e-5)
    assert found["real"] == pytest.approx(
        training.data.fields["x"][training.data.rows("validation")]
    )


def test_reconstructions() -> None:
    source = "h = linear_layer(x, features=8)\ny = linear_layer(h, features=64)"
    data = data_set("plain", x=np.random.default_rng(0).random((40, 1, 8, 8)))
    training = trained(source.replace("(x", "(flatten(x)"), data)
    found = view(training, "reconstructions")
    answer = training.wiring.answers[0]
    for k, row in enumerate(found["rows"].tolist()):
        values = told(training, row)
        assert found["losses"][k] == pytest.approx(float(values[answer.loss]), rel=1e-4)
        made = np.ravel(values[str(answer.prediction)]).reshape(8, 8)
        assert found["made/images"][k] == pytest.approx(made.clip(0, 1) * 255, abs=1)
    assert found["given/images"].shape == found["made/images"].shape


def test_weights_are_whole_and_by_their_nodes() -> None:
    training = trained(ONE.format(1), "xor")
    found, graph = view(training, "weights"), training.graph
    assert {f"weight/{name}" for name in graph.parameters} == set(found)
    values = with_weights(graph, training.network.weights())
    for name in graph.parameters:
        assert (found[f"weight/{name}"] == values.nodes[name].attributes["value"]).all()


# --- what holds for all ---------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("source", "data"),
    [
        (ONE.format(1), "xor"),
        (cnn(), "pictures"),
        (MASKS.format(1), "cells:examples=24"),
        (ONE.format(1), "line"),
    ],
)
def test_looking_changes_nothing(source: Any, data: str) -> None:
    """Steps with every view between them end in the same bits as steps without."""

    def weights(*, is_watched: bool) -> dict[str, np.ndarray]:
        training = Training(
            read_source(source) if isinstance(source, str) else source,
            pictures() if data == "pictures" else open_data(data),
            seed=3,
        )
        with training.at_work():
            for feeds, _ in zip(training.feeds(), range(3), strict=False):
                for show in VIEWS.values() if is_watched else ():
                    with contextlib.suppress(GraphLabError):
                        show(training)
                training.step(training.network.tensors(feeds))
            made = training.snapshot()
        return {**made.weights, **made.optimizer}

    plain, watched = weights(is_watched=False), weights(is_watched=True)
    assert plain.keys() == watched.keys()
    assert all(np.array_equal(plain[name], watched[name]) for name in plain)


def test_what_is_large_is_sampled_and_made_smaller() -> None:
    random = np.random.default_rng(0)
    many = data_set("classes", 3, x=random.normal(size=(5000, 2)), y=np.arange(5000) % 3)
    training = trained(mlp(), many)
    found = view(training, "confusion", split="train")
    assert found["matrix"].sum() == found["seen"][0] == MOST_EXAMPLES
    assert found["total"][0] == len(many.rows("train"))
    assert text(found["split"]) == ["train"]
    large = data_set(
        "masks", x=random.random((20, 1, 600, 400)), mask=random.random((20, 1, 600, 400)) > 0.5
    )
    found = view(trained(MASKS.format(1), large, 0), "masks", most=2)
    assert max(found["images"].shape[1:]) <= LARGE
    x = large.fields["x"][found["rows"]][:, 0]
    parts = x.reshape(2, 200, 3, 133 * 3 + 1)[..., :399].reshape(2, 200, 3, 133, 3)
    assert found["images"].shape == found["predicted"].shape == (2, 200, 133)
    assert found["images"].mean() == pytest.approx(parts.mean() * 255, abs=0.5)
    wide = data_set("classes", 2, x=random.random((30, 3, 128, 96)), y=np.arange(30) % 2)
    small = view(trained("s = linear_layer(flatten(x), features=2)", wide, 0), "predictions")
    assert small["images"].shape[1:] == (SMALL, 48, 3)
    mean = wide.fields["x"][small["rows"]].reshape(-1, 3, 64, 2, 48, 2).mean((3, 5))
    assert small["images"] == pytest.approx(mean.transpose(0, 2, 3, 1) * 255, abs=0.51)


@pytest.mark.parametrize("name", [*VIEWS])
def test_what_does_not_apply_says_so(name: str) -> None:
    """Of a regression over three numbers there is none of these."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    training = trained("s = linear_layer(x, features=1)", data_set("regression", x=x, y=x[:, :1]))
    if name in ("predictions", "weights"):
        assert view(training, name)
        return
    with pytest.raises(GraphLabError) as refused:
        VIEWS[name](training)
    assert len(str(refused.value)) < 200
    assert "choose another view" in str(refused.value)


@pytest.mark.parametrize("settings", [{"spllit": "test"}, {"split": "nowhere"}, {"split": 3}])
def test_settings_that_are_none_are_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(GraphLabError, match=r"split"):
        VIEWS["confusion"](trained(mlp(), blobs(), 0), **settings)


def R(seed: int = 0) -> np.random.Generator:  # noqa: N802
    return np.random.default_rng(seed)
