"""What a discriminator takes the plane for, against the NumPy engine asked point by point."""

from __future__ import annotations

import numpy as np
import pytest

from graphlab.api import read_source
from graphlab.data import open_data, standardised
from graphlab.graph import OutPort
from graphlab.graph.gallery import gallery
from graphlab.train.views.apart import apart
from tests.train.test_views import computed, text, trained, view

SHARED = """
z = input(shape=[None, 2])
g = linear_layer(z, features=2)
w = parameter(shape=[5, 2], init='kaiming')
v = parameter(shape=[1, 5], init='kaiming')
a = affine(v, tanh(affine(w, x)))
b = affine(v, tanh(affine(w, g)))
l = {loss}(a, {given}) + {loss}(b, {made})
"""
LOGITS = "binary_cross_entropy_with_logits"
DISCRIMINATORS = {
    "one batch": (None, "logits.1", 1),
    "given last": ("g, x", "s.1", 1),
    "given first": ("x, g", "s", 1),
    "shared": (SHARED.format(loss=LOGITS, given=1.0, made=0.0), "a", 1),
    "turned round": (SHARED.format(loss=LOGITS, given=0.0, made=1.0), "a", 0),
    "smoothed": (SHARED.format(loss=LOGITS, given=0.9, made=0.0), "a", 1),
    "squares": (SHARED.format(loss="squared_error", given=1.0, made=0.0), "a", None),
}


def source(case: str) -> object:
    told, _, _ = DISCRIMINATORS[case]
    if told is None:
        return gallery("gan-2d")
    if case.startswith("given"):
        place = int(case == "given last")
        return read_source(
            "z = input(shape=[None, 2])\ng = linear_layer(z, features=2)\n"
            f"h = linear_layer(concatenate({told}), features=6, activation='tanh')\n"
            "d = linear_layer(h, features=1)\ns = split(d, parts=2)\n"
            f"l = {LOGITS}(s[{place}], 1.0) + {LOGITS}(s[{1 - place}], 0.0)"
        )
    return read_source(told)


@pytest.mark.parametrize("case", DISCRIMINATORS)
@pytest.mark.parametrize("is_standard", [False, True])
def test_the_verdict_over_the_plane(case: str, is_standard: bool) -> None:
    data = open_data("eight-gaussians:examples=300")
    data = standardised(data) if is_standard else data
    training = trained(source(case), data, 4)  # type: ignore[arg-type]
    _, port, given = DISCRIMINATORS[case]
    found = view(training, "plane", side=6)
    for i, j in ((0, 0), (2, 5), (5, 3)):
        point = np.array([[found["x"][j], found["y"][i]]], np.float32)
        fed = data.standard.apply(point) if data.standard is not None else point
        values = computed(training, {"z": np.ones((1, 2), np.float32), "x": fed})
        score = float(
            np.ravel(values[port] if "." not in port else _second(training, fed, port))[0]
        )
        if given is None:
            assert found["decision"][i, j] == pytest.approx(score, abs=1e-4)
            continue
        yes = 1 / (1 + np.exp(-score))
        assert found["chances"][:, i, j] == pytest.approx([1 - yes, yes], abs=1e-5)
        assert found["decision"][i, j] == (yes > 0.5)
    if given is not None:
        assert text(found["classes"])[given] == "given"
        is_given = found["targets"] == given
        assert set(map(tuple, found["points"][is_given].tolist())) == _points(training)
        assert (~is_given).any() == (case == "one batch")  # an output of which has what is made
        if case == "one batch":
            samples = view(training, "samples")["made"]
            assert found["points"][~is_given] == pytest.approx(samples, abs=1e-5)


def _second(training: object, fed: np.ndarray, port: str) -> np.ndarray:
    """A further output of a node, which the table of values has only the first of."""
    from graphlab.engine import Run
    from graphlab.torch_backend.weights import with_weights

    graph = with_weights(training.graph, training.network.weights())  # type: ignore[attr-defined]
    run = Run(graph, {"z": np.ones((1, 2), np.float32), "x": fed}, training=False)
    run.forward()
    return np.asarray(run.value(port))


def _points(training: object) -> set[tuple[float, ...]]:
    data = training.data  # type: ignore[attr-defined]
    x = data.take(data.rows("validation"), ("x",))["x"]
    if data.standard is not None:
        x = (x * data.standard.deviation + data.standard.mean).astype(np.float32)
    return set(map(tuple, x.tolist()))


def test_nodes_of_the_discriminator_have_maps() -> None:
    training = trained(gallery("gan-2d"), "eight-gaussians:examples=300", 2)
    found = view(training, "plane", side=6)
    logits = found["node/discriminator_fc_affine"][0]
    assert 1 / (1 + np.exp(-logits)) == pytest.approx(found["chances"][1], abs=1e-5)
    assert "node/both" not in found
    assert not any(name.startswith("node/generator") for name in found)


def test_only_what_shares_a_batch_is_taken_apart() -> None:
    graph = read_source("h = concatenate(x, y, axis=1)\ns = linear_layer(h, features=2)")
    assert apart(graph, "x") == graph
    graph = gallery("gan-2d")
    alone = apart(graph, "x")
    assert alone.nodes["discriminator_fc1_affine"].inputs["x"] == OutPort("x")
    assert alone.nodes["known" if "known" in alone.nodes else "logits"].inputs
    assert apart(alone, "x") == alone
