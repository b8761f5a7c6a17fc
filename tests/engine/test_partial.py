"""Local partials of arrays, for every op: the whole Jacobian against torch, and its structure."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from graphlab.engine import Partial, Run
from graphlab.engine.support import support
from graphlab.errors import RunError
from graphlab.graph.formula import parse
from tests.engine.graphs import OPS

CASES = [(op, index) for op in OPS for index in range(len(op.samples))]
IDS = [f"{op.name}-{index}" for op, index in CASES]


def partials(op: Any, index: int) -> list[Partial]:
    """The partial at every port and output of a sample."""
    sample = op.samples[index]
    drawn = op.draw(np.random.default_rng(7), sample.shapes, **sample.attributes)
    empty = 0 if op.variadic else len(op.ports) - len(drawn)
    inputs = (*drawn, *[None] * empty)
    out = op.forward(*inputs, **sample.attributes)
    outputs = range(len(out)) if isinstance(out, tuple) else (0,)
    return [
        Partial(op, sample.attributes, inputs, out, port, output)
        for port in range(len(inputs))
        if inputs[port] is not None
        for output in outputs
    ]


@pytest.mark.parametrize(("op", "index"), CASES, ids=IDS)
def test_the_jacobian_is_torchs(op: Any, index: int) -> None:
    import torch

    for partial in partials(op, index):
        tensors = [
            None if x is None else torch.tensor(np.asarray(x), dtype=torch.float64)
            for x in partial.inputs
        ]

        def out(x: Any, p: Partial = partial, tensors: list[Any] = tensors) -> Any:
            others = [*tensors[: p.index], x, *tensors[p.index + 1 :]]
            found = op.lower(torch, *others, **p.attributes)
            return found[p.output] if isinstance(found, tuple | list) else found

        if not partial.is_differentiable:
            assert not partial.dense().any()
            continue
        jacobian = torch.autograd.functional.jacobian(out, tensors[partial.index])
        assert partial.dense().shape == partial.shape
        np.testing.assert_allclose(partial.dense(), jacobian.numpy(), rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize(("op", "index"), CASES, ids=IDS)
def test_vjp_and_jvp_are_products_with_the_jacobian(op: Any, index: int) -> None:
    random = np.random.default_rng(3)
    for partial in partials(op, index):
        if not partial.is_differentiable:
            continue
        jacobian = partial.dense()
        upstream, tangent = (
            random.normal(size=s) for s in (partial.output_shape, partial.input_shape)
        )
        rank = len(partial.output_shape)
        back = np.tensordot(upstream, jacobian, axes=rank)
        np.testing.assert_allclose(partial.vjp(upstream), back, rtol=1e-9, atol=1e-12)
        forth = np.tensordot(jacobian, tangent, axes=len(partial.input_shape))
        np.testing.assert_allclose(partial.jvp(tangent), forth, rtol=1e-9, atol=1e-12)
        for position in list(np.ndindex(partial.output_shape))[:3]:
            np.testing.assert_array_equal(partial.row(position), jacobian[position])


@pytest.mark.parametrize(("op", "index"), CASES, ids=IDS)
def test_the_structure_is_what_it_says(op: Any, index: int) -> None:
    for partial in partials(op, index):
        rows, columns = (int(np.prod(s)) for s in (partial.output_shape, partial.input_shape))
        matrix = partial.dense().reshape(rows, columns)
        factors, same_shape = partial.factors(), partial.input_shape == partial.output_shape
        if factors is None:
            assert partial.structure != "diagonal" or not partial.is_differentiable
            if partial.structure == "reduction":
                assert (np.count_nonzero(matrix, axis=0) <= 1).all()
            elif partial.structure == "convolution":
                assert_windows(partial, matrix)
        elif partial.structure == "diagonal" and same_shape:
            np.testing.assert_array_equal(matrix, np.diag(np.ravel(factors)))
        elif partial.structure == "reduction" and factors.shape == partial.input_shape:
            np.testing.assert_allclose(matrix.sum(axis=0), np.ravel(factors))
            assert (np.count_nonzero(matrix, axis=0) <= 1).all()
        if partial.structure == "selection":
            copied = np.ravel(partial.index_map())
            expected = np.zeros_like(matrix)
            for row, column in enumerate(copied):
                if column >= 0:
                    expected[row, column] = 1
            np.testing.assert_array_equal(matrix, expected)
        else:
            assert partial.index_map() is None


def assert_windows(partial: Partial, matrix: Any) -> None:
    """An output depends on no more than one window: of x, or of the weights of one filter."""
    op, settings, x = partial.op, partial.attributes, np.shape(partial.inputs[0])
    met = np.count_nonzero(matrix, axis=1)
    if "output_size" not in settings:
        kernel = settings.get("kernel_size") or np.shape(partial.inputs[1])[-op.rank :]
        taps = kernel**op.rank if isinstance(kernel, int) else int(np.prod(kernel))
        assert met.max() <= taps * (x[-op.rank - 1] if len(partial.inputs) > 1 else 1)
    row = tuple(int(i) for i in np.unravel_index(met.argmax(), partial.output_shape))
    column = tuple(int(i) for i in np.argwhere(partial.row(row))[0])
    assert partial.column(column)[row] == partial.row(row)[column] != 0


def test_a_jacobian_too_large_to_write_out_is_still_applied() -> None:
    run = Run(parse("y = x * w"), {"x": np.ones((40, 40)), "w": np.full((40, 40), 3.0)}).forward()
    partial = run.partial("x", "y")
    with pytest.raises(RunError, match="1600×1600"):
        partial.dense()
    np.testing.assert_array_equal(partial.vjp(np.ones((40, 40))), np.full((40, 40), 3.0))
    with pytest.raises(RunError, match="a scalar was given"):
        partial.vjp(1.0)


def test_numpy_sees_the_jacobian_and_numbers_are_numbers() -> None:
    run = Run(parse("y = W @ x; s = sum(y)"), {"W": [[1, 2], [3, 4]], "x": [5, 6]}).forward()
    np.testing.assert_array_equal(np.asarray(run.partial("x", "y")), [[1, 2], [3, 4]])
    np.testing.assert_array_equal(run.partial("y", "s"), [1, 1])
    scalars = Run(parse("q = x + y; f = q * z"), {"x": -2, "y": 5, "z": -4}).forward()
    assert scalars.partial("q", "f") == -4
    assert isinstance(scalars.partial("q", "f"), float)


@pytest.mark.parametrize("shape", [(0, 3), (3, 0), (2, 0, 4)])
def test_nothing_depends_on_what_has_no_elements(shape: tuple[int, ...]) -> None:
    op, none = parse("y = softmax(x)").nodes["y"].op, np.zeros(shape)
    found = support(Partial(op, {"axis": 0}, (none,), none, 0))
    assert (found.least, found.most, found.columns) == (0, 0, 0)


def test_the_place_of_the_largest_of_one_number_depends_on_no_value() -> None:
    op, number = parse("y = argmax(x)").nodes["y"].op, np.float64(2)
    assert support(Partial(op, {"axis": None}, (number,), np.float64(0), 0)).most == 0
