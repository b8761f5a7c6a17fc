"""Resizing, lookup, boxes and einsum: refusals in a sentence, and what the general tests skip."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.errors import OpError
from graphlab.ops import REGISTRY, Op

F = torch.nn.functional
MISFITS: list[tuple[str, tuple[Any, ...], dict[str, Any], str]] = [
    ("upsample", ((1, 2, 4),), {}, "exactly one"),
    ("upsample", ((1, 2, 4),), {"size": 3, "scale": 2.0}, "exactly one"),
    ("upsample", ((2, 4),), {"scale": 2.0}, "x is 2×4, and upsample needs examples × channels"),
    ("upsample", ((1, 2, 4),), {"scale": 2.0, "mode": "bilinear"}, "mode bilinear mixes along 2"),
    ("upsample", ((1, 2, 4),), {"scale": 0.1}, "would become 1×2×0"),
    ("upsample", ((1, 2, 4, 4),), {"size": (3, 3, 3)}, "size is .* 2 axes"),
    ("upsample", ((1, 2, 4),), {"scale": -1.0}, "scale is -1.0, and must be above 0"),
    ("pad", ((4,),), {"width": ((1, 1),), "mode": "reflect"}, "reshape x, or pad with constant"),
    ("pad", ((2, 3),), {"width": ((3, 0),), "mode": "reflect"}, "further than 2 beyond"),
    ("pad", ((2, 3),), {"width": ((4, 0),), "mode": "circular"}, "further than 3 beyond"),
    ("crop", ((5, 5),), {"size": (3,), "offset": (3,)}, "does not lie in its last axes 5"),
    ("crop", ((5,),), {"size": (3,), "offset": (3, 1)}, "as many numbers as axes"),
    ("center_crop", ((1, 1, 4),), {}, "exactly one of the two"),
    ("center_crop", ((1, 1, 4),), {"size": 5}, "x is 1×1×4, and 5 is no middle of its places 4"),
    ("pixel_shuffle", ((1, 3, 2, 2),), {"factor": 2}, "3 channels do not divide"),
    ("pixel_unshuffle", ((1, 3, 3),), {"factor": 2}, "3×3 pixels do not divide"),
    ("tile", ((2,),), {"repeats": (0,)}, "give 1 or more"),
    ("flip", ((2, 3),), {"axes": (0, -2)}, "exactly once"),
    ("roll", ((),), {"shift": 1}, "x is a scalar"),
    ("unsqueeze", ((2,),), {"axis": 3}, "axis is 3"),
    ("squeeze", ((2, 1),), {"axis": 0}, "axis is 0 and x is 2×1"),
    ("embedding", ((3,), (4,)), {}, "weight is 4, and embedding looks up rows"),
    ("embedding", ((3,), (4, 2)), {"padding_idx": 4}, "padding_idx is 4 and weight has 4 rows"),
    ("one_hot", ((3,),), {"classes": 10**9}, "classes is 1000000000"),
    ("gather", ((3, 4), (5, 2)), {"axis": 1}, "along axis 0, .* must not be longer"),
    ("gather", ((3, 4), (3,)), {}, "as many axes"),
    ("index", ((), (3,)), {}, "x is a scalar"),
    ("cumsum", ((),), {}, "x is a scalar"),
    ("argmax", ((2, 0),), {"axis": 1}, "nothing to choose from"),
    ("iou", ((3, 5), (2, 4)), {}, "a is 3×5, and iou takes boxes × 4"),
    ("box_decode", ((3, 4), (3, 3)), {}, "anchors is 3×3"),
    ("outer", ((2, 2), (3,)), {}, "a is 2×2"),
    ("einsum", ((2, 3),), {"equation": "ij,jk->ik"}, "has 2 inputs and 1 are connected"),
    ("einsum", ((2, 3), (4, 5)), {"equation": "ij,jk->ik"}, "j has length 4 there and 3 before"),
    ("einsum", ((2, 3),), {"equation": "i->i"}, "as many letters as it has axes"),
    ("einsum", ((2, 3),), {"equation": "ij->k"}, "name each once"),
    ("einsum", ((2, 3),), {"equation": "i1->i"}, "write the axes of each input as letters"),
    ("einsum", ((2, 3),), {"equation": "ii->i"}, "both its axes i must be equal"),
    ("einsum", ((10**6,), (10**6,)), {"equation": "i,j->ij"}, "far too many products"),
    ("cross_entropy", ((3, 4), (3,), (3,)), {}, "weight is 3 and logits has 4 classes"),
    ("cross_entropy", ((3, 4), (3, 4)), {"ignore_index": 1}, "only class ids can be ignored"),
    ("cross_entropy", ((3, 4), (3,)), {"label_smoothing": 1.5}, "label_smoothing is 1.5"),
    ("smooth_l1", ((2,), (2,)), {"beta": 0.0}, "beta is 0.0"),
    ("cosine_similarity", ((2, 3), (2, 3)), {"axis": 2}, "axis is 2"),
    ("hard_tanh", ((2,),), {"low": 2.0}, "low is 2 and high is 1"),
]


@pytest.mark.parametrize(("name", "shapes", "attributes", "says"), MISFITS)
def test_misfits(name: str, shapes: Any, attributes: Any, says: str) -> None:
    with pytest.raises(OpError, match=says):
        REGISTRY[name].shape(*shapes, **attributes)


@pytest.mark.parametrize(
    ("name", "inputs", "attributes", "says"),
    [
        ("embedding", ([0.0, 1.5], np.ones((3, 2))), {}, "ids holds 1.5 at 1, .* 0 to 2"),
        ("embedding", ([[0.0, 3.0]], np.ones((3, 2))), {}, r"ids holds 3 at \(0, 1\)"),
        ("one_hot", ([-1.0],), {"classes": 2}, "ids holds -1 at 0, .* 0 to 1"),
        ("gather", (np.ones(3), [-1.0]), {}, "index holds -1"),
        ("index", (np.ones(3), [-4.0]), {}, "ids holds -4 at 0, .* -3 to 2"),
        ("index", (np.ones(3), np.nan), {}, "ids holds nan"),
        ("index", (np.ones(0), 0.0), {}, "nothing to choose from"),
        ("cross_entropy", (np.ones((1, 3)), [-1.0]), {"ignore_index": -100}, "target holds -1"),
    ],
)
def test_wrong_ids_are_told_with_their_place(
    name: str, inputs: Any, attributes: Any, says: str
) -> None:
    with pytest.raises(OpError, match=says):
        REGISTRY[name].forward(*map(np.asarray, inputs), **attributes)


@pytest.mark.parametrize("mode", ["nearest", "nearest-exact", "linear"])
def test_every_length_is_resized_as_by_torch(mode: str) -> None:
    op, random = REGISTRY["upsample"], np.random.default_rng(0)
    for have in range(1, 9):
        x = random.normal(size=(1, 1, have))
        for want in range(1, 20):
            for corners in (False, True) if mode == "linear" else (False,):
                told: dict[str, Any] = {"size": want, "mode": mode, "align_corners": corners}
                theirs = op.lower(torch, torch.tensor(x), **told).numpy()
                np.testing.assert_allclose(op.forward(x, **told), theirs, rtol=1e-9, atol=1e-12)


def test_a_resized_image_holds_no_more_than_the_image_did() -> None:
    """One infinite pixel must not spread over a row that is not made of it."""
    x = np.zeros((1, 1, 1, 6))
    x[..., 0] = np.inf
    out = REGISTRY["upsample"].forward(x, scale=2.0)
    assert np.isfinite(out[..., 2:]).all()


@pytest.mark.parametrize("largest", [False, True])
def test_the_largest_are_chosen_as_by_torch_with_ties_and_nan(largest: bool) -> None:
    op, random = REGISTRY["top_k"], np.random.default_rng(0)
    for _ in range(20):
        x = random.choice([np.nan, np.inf, -np.inf, 0.0, 1.0], (3, 5))
        theirs = op.lower(torch, torch.tensor(x), k=3, axis=1, largest=largest)
        for mine, expected in zip(op.forward(x, k=3, axis=1, largest=largest), theirs, strict=True):
            np.testing.assert_array_equal(mine, expected)


@pytest.mark.parametrize(
    "op", [op for op in REGISTRY.values() if op.category == "Activation"], ids=lambda op: op.name
)
def test_an_activation_hides_no_nan_that_torch_shows(op: type[Op]) -> None:
    for sample in op.samples:
        inputs = op.draw(np.random.default_rng(0), sample.shapes, **sample.attributes)
        spoilt = [np.full_like(inputs[0], np.nan), *inputs[1:]]
        theirs = op.lower(torch, *map(torch.tensor, spoilt), **sample.attributes)
        shown = np.isnan(op.forward(*spoilt, **sample.attributes))
        assert (shown >= theirs.isnan().numpy()).all()


def test_many_classes_cost_no_more_than_their_vectors() -> None:
    tracemalloc.start()
    out = REGISTRY["one_hot"].forward(np.array([5.0, 0.0]), classes=100_000)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    np.testing.assert_array_equal(np.nonzero(out), [[0, 1], [5, 0]])
    assert peak < 2 * out.nbytes


def test_a_row_for_padding_is_never_learnt() -> None:
    op, ids, weight = REGISTRY["embedding"], np.array([1.0, 2.0, 1.0]), np.ones((3, 2))
    out = op.forward(ids, weight, padding_idx=1)
    _, gradient = op.vjp(np.ones_like(out), out, ids, weight, padding_idx=1)
    np.testing.assert_array_equal(gradient, [[0, 0], [0, 0], [1, 1]])


def test_the_loss_without_an_example_that_counts_is_no_number_as_in_torch() -> None:
    x, ids = np.ones((2, 3)), np.array([1.0, 1.0])
    theirs = F.cross_entropy(torch.tensor(x), torch.tensor(ids).long(), ignore_index=1)
    ours = REGISTRY["cross_entropy"].forward(x, ids, ignore_index=1)
    assert torch.isnan(theirs)
    assert np.isnan(ours)


def test_anchors_with_deltas_of_0_are_themselves() -> None:
    boxes = np.array([[0.0, 1.0, 4.0, 3.0], [-2.0, -2.0, 1.0, 5.0]])
    decoded = REGISTRY["box_decode"].forward(np.zeros_like(boxes), boxes)
    np.testing.assert_allclose(decoded, boxes)
    np.testing.assert_allclose(np.diag(REGISTRY["iou"].forward(boxes, decoded)), 1)
    apart = REGISTRY["iou"].forward(boxes, boxes + 100)
    np.testing.assert_array_equal(apart, 0)
    assert (REGISTRY["generalized_iou"].forward(boxes, boxes + 100) < 0).all()
