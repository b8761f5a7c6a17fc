"""What the general tests of all ops cannot see: the sentences of misfits, open shapes, index maps,
what one loss is in terms of another, and the lectures' figures."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.errors import OpError
from graphlab.ops import REGISTRY
from graphlab.ops.broadcasting import Shape
from graphlab.ops.contract import Sample
from graphlab.ops.families import Rearranging

REARRANGING = [
    (op, case) for op in REGISTRY.values() if issubclass(op, Rearranging) for case in op.samples
]


def forward(name: str, *inputs: Any, **attributes: Any) -> Any:
    return REGISTRY[name].forward(*map(np.asarray, inputs), **attributes)


def gradients(name: str, *inputs: Any, **attributes: Any) -> Any:
    arrays = [np.asarray(x) for x in inputs]
    out = REGISTRY[name].forward(*arrays, **attributes)
    return REGISTRY[name].vjp(np.ones_like(out), out, *arrays, **attributes)


# --- misfits ----------------------------------------------------------------------------------

MISFITS: list[tuple[str, tuple[Shape, ...], dict[str, Any], str]] = [
    ("matmul", ((2, 3), (4, 5)), {}, "a is 2×3 and b is 4×5: a row of a has 3 .* of b has 4"),
    ("matmul", ((2, 2, 3), (4, 3, 5)), {}, "batch axes.* do not broadcast"),
    ("matmul", ((), (3,)), {}, "a is a scalar.*use multiply"),
    ("dot", ((3,), (4,)), {}, "a has 3 elements and b has 4"),
    ("dot", ((2, 3), (3,)), {}, "a is 2×3, and dot takes two vectors; use matmul"),
    (
        "affine",
        ((2, 4), (5, 3), (2,)),
        {},
        "x has 3 features but each row .* expects 4: give "
        "weight 3 columns, or leave its columns open",
    ),
    ("affine", ((2, 3), (3,), (3,)), {}, "bias is 3 but weight has 2 rows"),
    ("affine", ((3,), (3,), (1,)), {}, "weight is 3, and affine needs a matrix"),
    ("affine", ((2, 3), (), (2,)), {}, "x is a scalar but each row of weight expects 3"),
    ("transpose", ((2, 3),), {"axes": (0, 0)}, r"axes is \(0, 0\) and x is 2×3: .* exactly once"),
    ("transpose", ((2, 3),), {"axes": (0, 2)}, "exactly once"),
    ("reshape", ((2, 3),), {"shape": (4, 2)}, "2×3, 6 elements, and cannot fill 4×2, 8 elements"),
    ("reshape", ((2, 3),), {"shape": (4, -1)}, "6 elements, .* groups of 4"),
    ("reshape", ((0, 3),), {"shape": (0, -1)}, "0 elements, .* groups of 0"),
    ("reshape", ((2, 3),), {"shape": (-1, -1)}, "at most one of them -1"),
    ("reshape", ((2, 3),), {"shape": (-2, 3)}, "give each axis a length"),
    ("flatten", ((5,),), {}, "x is 5 and has no axis 1 .*batch axis first, or set start=0"),
    ("flatten", ((),), {}, "x is a scalar and has no axis 1"),
    ("broadcast", ((2, 3),), {"shape": (3, 2)}, "x is 2×3 and cannot be repeated to 3×2"),
    ("broadcast", ((2, 3),), {"shape": (3,)}, "x is 2×3 and cannot be repeated to 3"),
    ("broadcast", ((3,),), {"shape": (-1, 3)}, "negative length"),
    ("concatenate", ((2, 3), (2, 4)), {}, "x1 is 2×3 and x2 is 2×4: .*axis 1 has 3 against 4"),
    ("concatenate", ((2, 3), (2, 3), (3,)), {}, "x1 is 2×3 and x3 is 3: .* number of axes"),
    ("concatenate", ((2, 3), (2, 3)), {"axis": 2}, "axis is 2, and x1 is 2×3"),
    ("concatenate", ((), ()), {}, "x1 is a scalar.*use stack"),
    ("concatenate", (), {}, "concatenate has nothing to join"),
    ("stack", ((2, 3), (3, 2)), {}, "x1 is 2×3 and x2 is 3×2: stack needs one shape"),
    ("stack", ((2,), (2,)), {"axis": 2}, "axis is 2, .* the axes 0 to 1"),
    ("slice", ((5,),), {"start": 4, "stop": 2}, "length 5, of which start 4, stop 2, step 1 keeps"),
    ("slice", ((5,),), {"step": 0}, "step is 0"),
    ("slice", ((5,),), {"axis": 1}, "axis is 1, and x is 5"),
    ("slice", ((),), {}, "x is a scalar"),
    ("pad", ((3,),), {"width": ((1, 1), (1, 1))}, "width has 2 pairs .* and x has 1 axes"),
    ("pad", ((3,),), {"width": ((-1, 1),)}, "cannot be negative; cut with slice"),
    ("pad", ((),), {"width": ((1, 1),)}, "x is a scalar"),
    ("split", ((5,),), {"parts": 2}, "length 5, which does not divide into 2 equal parts"),
    ("split", ((5,),), {"parts": 0}, "parts is 0"),
    ("split", ((10**9,),), {"parts": 10**9}, "parts is 1000000000"),
    ("squared_error", ((8, 1), (8,)), {}, "prediction is 8×1 and target is 8, .* one to one"),
    ("absolute_error", ((0, 3), (0, 3)), {}, "no elements to average"),
    ("huber", ((2,), (2,)), {"delta": 0.0}, "delta is 0.0, and huber needs a positive one"),
    ("dice_loss", ((2, 3), (2, 4)), {}, "prediction is 2×3 and target is 2×4"),
    ("dice_loss", ((3,), (3,)), {}, "needs a batch axis"),
    ("dice_loss", ((2, 3), (2, 3)), {"smooth": 0.0}, "smooth is 0.0"),
    (
        "cross_entropy",
        ((8, 10), (8, 9)),
        {},
        "target is 8×9: with the 10 classes on axis 1, target "
        "must be one class id an example, shape 8, or one probability a class, shape 8×10",
    ),
    ("cross_entropy", ((), ()), {}, "logits is a scalar"),
    ("cross_entropy", ((2, 0), (2,)), {}, "no classes on axis 1"),
    ("negative_log_likelihood", ((8, 10), (8, 10)), {}, "one class id an example, shape 8$"),
    ("multiclass_hinge", ((0, 3), (0,)), {}, "no elements to average"),
]


@pytest.mark.parametrize(("name", "shapes", "attributes", "says"), MISFITS)
def test_a_misfit_is_told_before_computing(
    name: str, shapes: tuple[Shape, ...], attributes: dict[str, Any], says: str
) -> None:
    with pytest.raises(OpError, match=says):
        REGISTRY[name].shape(*shapes, **attributes)


@pytest.mark.parametrize(
    ("name", "inputs", "says"),
    [
        ("cross_entropy", (np.zeros((2, 3)), [0, 3]), "target holds 3 at 1, .* 3 .* 0 to 2"),
        ("cross_entropy", (np.zeros(3), -1), "target holds -1, and the 3 classes"),
        (
            "negative_log_likelihood",
            (np.zeros((2, 3, 2)), [[0, 1], [0.5, 1]]),
            r"target holds 0.5 at \(1, 0\)",
        ),
        ("multiclass_hinge", (np.zeros((1, 3)), [math.nan]), "target holds nan at 0"),
        ("binary_hinge", ([2.0, 3.0], [1, 0]), "target holds 0 at 1, and binary_hinge wants -1 or"),
        ("perceptron_loss", (2.0, 0.5), "target holds 0.5, and perceptron_loss wants -1 or 1"),
        ("binary_cross_entropy", ([0.5, 1.5], [1, 1]), "prediction holds 1.5 at 1, .*sigmoid"),
    ],
)
def test_a_wrong_value_is_told_with_its_place(name: str, inputs: Any, says: str) -> None:
    with pytest.raises(OpError, match=says):
        forward(name, *inputs)


@pytest.mark.parametrize(
    ("name", "shapes", "attributes", "elements"),
    [
        ("broadcast", ((1,),), {"shape": (10**9, 10**9)}, 10**18),
        ("reshape", ((10**9, 10**9),), {"shape": (10**18,)}, 10**18),
        ("pad", ((1, 1),), {"width": ((0, 10**9), (10**9, 0))}, (10**9 + 1) ** 2),
        ("matmul", ((10**9, 2), (2, 10**9)), {}, 10**18),
    ],
)
def test_absurd_sizes_are_known_without_allocating(
    name: str, shapes: tuple[Shape, ...], attributes: dict[str, Any], elements: int
) -> None:
    assert math.prod(REGISTRY[name].shape(*shapes, **attributes)) == elements


# --- open shapes ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "port", "known", "wanted", "filled"),
    [
        ("affine", "weight", {"x": (64, 784)}, (10, None), (10, 784)),
        ("affine", "weight", {"x": (784,), "bias": (10,)}, None, (10, 784)),
        ("affine", "weight", {"x": (784,)}, None, (None, 784)),
        ("affine", "bias", {"weight": (10, 784)}, None, (10,)),
        ("affine", "bias", {"weight": (10, 784)}, (None,), (10,)),
        ("affine", "bias", {"x": (784,)}, (None,), (None,)),
        ("affine", "x", {"weight": (10, 784)}, None, (784,)),
        ("affine", "x", {"weight": (10, 784)}, (64, None), (64, 784)),
        ("affine", "weight", {"x": (784,)}, (None,), (None,)),
        ("affine", "weight", {"x": (784,)}, (10, 700), (10, 700)),
        ("matmul", "a", {"b": (784, 64)}, (10, None), (10, 784)),
        ("matmul", "a", {"b": (784,)}, (None,), (784,)),
        ("matmul", "b", {"a": (64, 784)}, (None, 10), (784, 10)),
        ("matmul", "b", {"a": (64, 784)}, (None,), (784,)),
        ("matmul", "b", {"a": (5, 64, 784)}, (5, None, 10), (5, 784, 10)),
        ("matmul", "b", {"a": (64, 784)}, None, None),
        ("matmul", "b", {"a": None}, (None, 10), (None, 10)),
        ("dot", "a", {"b": (3,)}, None, (3,)),
        ("dot", "b", {"a": (3,)}, (None,), (3,)),
        ("dot", "b", {}, (None,), (None,)),
    ],
)
def test_open_axes_follow_from_the_other_ports(
    name: str, port: str, known: Any, wanted: Any, filled: Any
) -> None:
    op = REGISTRY[name]
    assert op.open_shape(port, {p: known.get(p) for p in op.ports}, wanted) == filled


@pytest.mark.parametrize(
    ("layers", "inputs", "parameters"),
    [
        ((4, 2), 3, 26),  # the multilayer perceptron 3-4-2
        ((1,), 2, 3),
        ((2, 2, 1), 2, 15),
        ((10, 10, 1), 2, 151),  # separators of the plane
        ((10,), 28 * 28, 7_850),
        ((10,), 256**2, 655_370),
        ((10,), 256**3, 167_772_170),
        ((784,), 784, 615_440),
    ],
)
def test_parameter_counts_of_the_lectures(
    layers: tuple[int, ...], inputs: int, parameters: int
) -> None:
    affine, x, counted = REGISTRY["affine"], (inputs,), 0
    for neurons in layers:
        weight = affine.open_shape("weight", {"x": x}, (neurons, None))
        bias = affine.open_shape("bias", {"weight": weight}, None)
        x = affine.shape(weight, x, bias)
        counted += math.prod(weight) + math.prod(bias)
    assert counted == parameters


# --- selections -------------------------------------------------------------------------------


@pytest.mark.parametrize(("op", "case"), REARRANGING)
def test_each_element_is_a_copy_of_one_or_a_constant(op: type[Rearranging], case: Sample) -> None:
    """Numbering the inputs' elements from 1 shows which of them each output element copies."""
    sizes = [math.prod(shape) for shape in case.shapes]
    starts = np.cumsum([1, *sizes])
    numbers = [
        np.arange(start, start + size, dtype=float).reshape(shape)
        for start, size, shape in zip(starts, sizes, case.shapes, strict=False)
    ]
    values = op.draw(np.random.default_rng(0), case.shapes, **case.attributes)
    everything = np.concatenate([[np.nan], *(v.ravel() for v in values)])
    constants = flat(op.forward(*(np.zeros(s) for s in case.shapes), **case.attributes))
    copied = (flat(op.forward(*numbers, **case.attributes)) - constants).astype(int)
    expected = np.where(copied > 0, everything[copied], constants)
    np.testing.assert_array_equal(flat(op.forward(*values, **case.attributes)), expected)


def flat(out: Any) -> Any:
    return np.concatenate([np.ravel(part) for part in (out if isinstance(out, tuple) else (out,))])


def test_split_names_its_parts_and_takes_missing_gradients() -> None:
    split, x = REGISTRY["split"], np.arange(6.0)
    assert split.output_names(parts=3) == ("part1", "part2", "part3")
    out = split.forward(x, parts=3)
    (gradient,) = split.vjp((None, np.array([5.0, 7.0]), None), out, x, parts=3)
    np.testing.assert_array_equal(gradient, [0, 0, 5, 7, 0, 0])
    with pytest.raises(OpError, match="parts is 1000000000000"):
        split.output_names(parts=10**12)


# --- losses -----------------------------------------------------------------------------------


def test_certain_predictions_have_a_finite_loss_and_torch_gradient() -> None:
    prediction, target = [0.0, 1.0, 0.0, 1.0, 0.3], [0.0, 1.0, 1.0, 0.0, 0.6]
    pair = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in (prediction, target)]
    theirs = torch.nn.functional.binary_cross_entropy(*pair, reduction="none")
    ours = forward("binary_cross_entropy", prediction, target, reduction="none")
    assert np.isfinite(ours).all()
    np.testing.assert_allclose(ours, theirs.detach().numpy())
    for here, there in zip(
        gradients("binary_cross_entropy", prediction, target, reduction="none"),
        torch.autograd.grad(theirs.sum(), pair),
        strict=True,
    ):
        np.testing.assert_allclose(here, there.numpy())


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("shape", [(4,), (3, 4), (2, 4, 3)])
def test_cross_entropy_is_the_likelihood_of_log_softmax(shape: Shape, reduction: str) -> None:
    random = np.random.default_rng(5)
    axis = 1 if len(shape) > 1 else 0
    logits, ids = random.normal(size=shape), random.integers(0, 4, np.delete(shape, axis))
    logs = forward("log_softmax", logits, axis=axis)
    loss = forward("cross_entropy", logits, ids, reduction=reduction)
    one_hot = np.moveaxis(np.eye(4)[ids], -1, axis)
    np.testing.assert_allclose(
        loss, forward("negative_log_likelihood", logs, ids, reduction=reduction)
    )
    np.testing.assert_allclose(loss, forward("cross_entropy", logits, one_hot, reduction=reduction))


@pytest.mark.parametrize(
    ("name", "reduction", "structure"),
    [
        ("squared_error", "mean", "reduction"),
        ("squared_error", "none", "diagonal"),
        ("binary_hinge", "none", "diagonal"),
        ("cross_entropy", "none", "reduction"),
    ],
)
def test_the_structure_depends_on_the_reduction(name: str, reduction: str, structure: str) -> None:
    assert REGISTRY[name].structure_of(reduction=reduction) == structure


# --- the lectures' figures --------------------------------------------------------------------


def test_a_batch_as_one_matrix_product() -> None:
    batch, weights = [[0.4, -1.0, 1.0], [-2.1, 3.0, 1.0]], [2.0, -3.6, 0.5]
    scores = forward("matmul", batch, weights)
    np.testing.assert_allclose(scores, [4.9, -14.5])
    np.testing.assert_allclose(forward("sigmoid", scores), [0.992608, 5.04e-7], rtol=1e-3)
    for x, score in zip(batch, scores, strict=True):
        assert forward("dot", weights, x) == pytest.approx(score)
    separate = [row[:2] for row in batch]
    np.testing.assert_allclose(forward("affine", [weights[:2]], separate, [0.5])[:, 0], scores)


@pytest.mark.parametrize("margin", [1.0, 0.3])
def test_multiclass_hinge_is_the_sum_over_wrong_classes(margin: float) -> None:
    random = np.random.default_rng(7)
    scores, target = random.normal(size=(6, 5)), random.integers(0, 5, 6)
    each = [
        sum(max(0.0, s - row[y] + margin) for j, s in enumerate(row) if j != y)
        for row, y in zip(scores, target, strict=True)
    ]
    losses = forward("multiclass_hinge", scores, target, margin=margin, reduction="none")
    np.testing.assert_allclose(losses, each)
    mean = forward("multiclass_hinge", scores, target, margin=margin)
    assert mean == pytest.approx(sum(each) / 6)


def test_the_binary_loss_as_written() -> None:
    y, t = np.array([0.2, 0.9, 0.5]), np.array([1.0, 0.0, 0.25])
    written = -t * np.log(y) - (1 - t) * np.log(1 - y)
    np.testing.assert_allclose(forward("binary_cross_entropy", y, t, reduction="none"), written)
    logits = np.log(y / (1 - y))
    from_logits = forward("binary_cross_entropy_with_logits", logits, t, reduction="none")
    np.testing.assert_allclose(from_logits, written)


def test_the_backward_rules_of_a_layer() -> None:
    random = np.random.default_rng(11)
    weight, h, bias, delta = (random.normal(size=s) for s in [(2, 4), 4, 2, 2])
    affine = REGISTRY["affine"]
    to_weight, to_h, to_bias = affine.vjp(delta, None, weight, h, bias)
    np.testing.assert_allclose(to_weight, delta[:, None] @ h[None, :])
    np.testing.assert_allclose(to_h, weight.T @ delta)
    np.testing.assert_array_equal(to_bias, delta)


def test_stacked_linear_layers_collapse_to_one() -> None:
    random = np.random.default_rng(13)
    w1, b1, w2, b2, x = (random.normal(size=s) for s in [(4, 3), 4, (2, 4), 2, (7, 3)])
    stacked = forward("affine", w2, forward("affine", w1, x, b1), b2)
    single = forward("affine", forward("matmul", w2, w1), x, forward("affine", w2, b1, b2))
    np.testing.assert_allclose(stacked, single)


def test_sigmoid_and_tanh_identities() -> None:
    x = np.linspace(-6, 6, 1201)
    np.testing.assert_allclose(forward("tanh", x), 2 * forward("sigmoid", 2 * x) - 1, atol=1e-15)
    (slope,) = REGISTRY["sigmoid"].local(forward("sigmoid", x), x)
    assert slope.max() == 0.25
    assert x[slope.argmax()] == pytest.approx(0)


@pytest.mark.parametrize("strength", [1.0, 0.01])
def test_penalties_are_norms_times_lambda(strength: float) -> None:
    w = np.random.default_rng(17).normal(size=(3, 4))
    l1, l2 = (forward(name, w, strength=strength) for name in ("l1_penalty", "l2_penalty"))
    assert l1 == pytest.approx(strength * np.linalg.norm(w.ravel(), 1))
    assert l2 == pytest.approx(strength * np.linalg.norm(w.ravel(), 2) ** 2)


def test_a_step_on_the_perceptron_loss_is_the_perceptron_rule() -> None:
    x, t = np.array([0.5, -2.0, 1.0]), -1.0
    score = forward("dot", np.zeros(3), x)  # a perceptron that has learnt nothing yet
    to_score, _ = gradients("perceptron_loss", score, t)
    np.testing.assert_allclose(-to_score * x, t * x)
