"""Every figure of the lectures that a convolution or a pool computes, computed by one.

Expected numbers are the slides' own; where a slide errs, the test shows what is right.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphlab.engine import Run
from graphlab.graph import OutPort
from graphlab.graph.formula import parse
from graphlab.graph.shapes import infer_shapes

BINARY = [[1, 1, 1, 0, 0], [0, 1, 1, 1, 0], [0, 0, 1, 1, 1], [0, 0, 1, 1, 0], [0, 1, 1, 0, 0]]
CROSS = [[1, 0, 1], [0, 1, 0], [1, 0, 1]]
PIXELS = np.array(
    [
        [
            [156, 155, 156, 158, 158], [153, 154, 157, 159, 159], [149, 151, 155, 158, 159],
            [146, 146, 149, 153, 158], [145, 143, 143, 148, 158],
        ],
        [
            [167, 166, 167, 169, 169], [164, 165, 168, 170, 170], [160, 162, 166, 169, 170],
            [156, 156, 159, 163, 168], [155, 153, 153, 158, 168],
        ],
        [
            [163, 162, 163, 165, 165], [160, 161, 164, 166, 166], [156, 158, 162, 165, 166],
            [155, 155, 158, 162, 167], [154, 152, 152, 157, 167],
        ],
    ],
    dtype=float,
)  # fmt: skip
KERNELS = np.array(
    [
        [[-1, -1, 1], [0, 1, -1], [0, 1, 1]],
        [[1, 0, 0], [1, -1, -1], [1, 0, -1]],
        [[0, 1, 1], [0, 1, 0], [1, -1, 1]],
    ],
    dtype=float,
)
PLACES = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 0), (1, 1), (1, 2)]
CORNER = "padding=((1, 0), (1, 0))"  # the slide shows the zeros above and on the left


def value(text: str, node: str, **feeds: Any) -> Any:
    return Run(parse(text), feeds).forward().value(node)


def weights(text: str) -> int:
    """The elements of all parameters, from their shapes alone: nothing is allocated."""
    graph = parse(text)
    shapes = infer_shapes(graph, {})
    found = [shapes.of(OutPort(name)) for name in graph.parameters]
    assert all(shape is not None for shape in found)
    return sum(math.prod(shape or ()) for shape in found)


# --- 001: sliding a kernel over an image ------------------------------------------------------
def test_the_convolution_of_the_binary_image() -> None:
    feature = value("y = conv2d(x, w)", "y", x=[BINARY], w=[[CROSS]])
    assert feature.tolist() == [[[4, 3, 4], [2, 4, 3], [2, 3, 4]]]
    by_products = value("y = reshape(w, shape=(1, 9)) @ unfold(x, kernel_size=3)", "y", x=[BINARY],
                        w=CROSS)  # fmt: skip
    assert by_products.tolist() == [feature.ravel().tolist()]


@pytest.mark.parametrize(("size", "k"), [((5, 5), 1), ((7, 9), 2), ((11, 8), 3)])
def test_a_kernel_takes_2k_off_each_axis(size: tuple[int, int], k: int) -> None:
    kernel = np.ones((1, 1, 2 * k + 1, 2 * k + 1))
    valid = value("y = conv2d(x, w, padding='valid')", "y", x=np.ones((1, *size)), w=kernel)
    assert valid.shape == (1, size[0] - 2 * k, size[1] - 2 * k)
    same = value("y = conv2d(x, w, padding='same')", "y", x=np.ones((1, *size)), w=kernel)
    assert same.shape == (1, *size)


def test_the_convolution_of_the_colour_image() -> None:
    y = value(f"y = conv2d(x, w, b, {CORNER})", "y", x=PIXELS, w=[KERNELS], b=[1.0])
    assert [int(y[0][place]) for place in PLACES] == [-25, 466, 466, 475, 295, 787, 798]
    each = value(f"y = conv2d(x, w, groups=3, {CORNER})", "y", x=PIXELS, w=KERNELS[:, None])
    assert [tuple(int(n) for n in each[(slice(None), *place)]) for place in PLACES] == [
        (308, -498, 164), (310, -170, 325), (314, -175, 326), (318, -173, 329),
        (298, -491, 487), (148, -8, 646), (158, -14, 653),
    ]  # fmt: skip
    flipped = KERNELS[:, ::-1, ::-1]
    other = value(f"y = conv2d(x, w, b, {CORNER})", "y", x=PIXELS, w=[flipped], b=[1.0])
    assert int(other[0, 0, 0]) != -25  # the slide does not flip: it is a cross-correlation


def test_what_an_output_of_the_colour_image_is_made_of() -> None:
    run = Run(parse(f"y = conv2d(x, w, b, {CORNER})"), {"x": PIXELS, "w": [KERNELS], "b": [1.0]})
    to_x, to_w = (run.forward().partial(name, "y") for name in ("x", "w"))
    assert (to_x.structure, run.partial("b", "y").structure) == ("convolution", "selection")
    window = to_x.row((0, 1, 1))
    np.testing.assert_array_equal(window[:, :3, :3], KERNELS)
    assert not window[:, 3:].any()
    assert not window[:, :, 3:].any()
    np.testing.assert_array_equal(to_w.row((0, 1, 1))[0], PIXELS[:, :3, :3])
    column = to_x.column((0, 2, 2))[0]  # where one red pixel goes
    np.testing.assert_array_equal(column[1:, 1:], KERNELS[0][::-1, ::-1])


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        ("y = local2d(x, parameter(None, None, 1, None, 10, 10), padding='same')", 4_000_000),
        ("y = conv2d(x, parameter(1, None, 10, 10))", 100),
        ("y = conv2d(x, parameter(10, None, 10, 10))", 1_000),
        ("y = conv2d(concatenate(x, x, x, x, x, x, x, x, x, x), parameter(10, None, 10, 10))",
         10_000),
    ],
)  # fmt: skip
def test_weights_of_a_layer_on_a_large_image(layer: str, count: int) -> None:
    assert weights(f"x = input(shape=(1, 200, 200)); {layer}") == count


def test_a_fully_connected_layer_on_a_large_image() -> None:
    """A drawing holds no array of 1.6·10⁹ elements, so one unit's weights are counted."""
    unit = "x = input(shape=(1, 200, 200)); y = affine(parameter(1, None), flatten(x, start=0))"
    assert weights(unit) * 40_000 == 1_600_000_000


def test_a_valid_window_leaves_fewer_units() -> None:
    graph = parse("x = input(shape=(1, 200, 200)); y = conv2d(x, parameter(1, None, 10, 10))")
    units = infer_shapes(graph, {}).of(OutPort("y"))
    assert units is not None
    assert math.prod(units) == 36_481 == 191**2


# --- 002 and 003: weights by how a layer is connected -----------------------------------------
@pytest.mark.parametrize(("side", "full", "local"), [(28, 615_440, 7_840), (1000, None, 10**7)])
def test_weights_of_one_layer_on_n_pixels(side: int, full: int | None, local: int) -> None:
    """n(n + 1), n(s + 1) and s + 1 with s = 9; the slide prints 10⁶ for the last where it is 10."""
    x = f"x = input(shape=(1, {side}, {side})); "
    if full is not None:
        dense = f"affine(parameter({side**2}, None), flatten(x, start=0), parameter(None))"
        assert weights(f"{x} y = {dense}") == full
    own = "parameter(None, None, 1, None, 3, 3), parameter(None, None, None)"
    assert weights(f"{x} y = local2d(x, {own}, padding='same')") == local
    shared = "parameter(1, None, 3, 3), parameter(None)"
    assert weights(f"{x} y = conv2d(x, {shared}, padding='same')") == 10


@pytest.mark.parametrize(
    ("layer", "count"),
    [
        ("local1d(x, parameter(None, 1, None, 3), padding='same')", 450),
        ("conv1d(x, parameter(1, None, 3), padding='same')", 3),
        ("conv2d(reshape(x, shape=(1, 10, 15)), parameter(1, None, 3, 3), padding='same')", 9),
    ],
)
def test_weights_of_neighbours(layer: str, count: int) -> None:
    assert weights(f"x = input(shape=(1, 150)); y = {layer}") == count


def test_a_locally_connected_layer_with_equal_weights_is_a_convolution() -> None:
    w = np.random.default_rng(0).normal(size=(2, 3, 3, 3))
    shared = value("y = conv2d(x, w, padding=1)", "y", x=PIXELS, w=w)
    own = np.broadcast_to(w, (5, 5, *w.shape))
    np.testing.assert_allclose(
        value("y = local2d(x, w, padding=1)", "y", x=PIXELS, w=own), shared, rtol=1e-12
    )


# --- pooling ----------------------------------------------------------------------------------
def test_pooling_hides_small_shifts_and_learns_nothing() -> None:
    x = np.zeros((1, 8, 8))
    x[0, 2::4, 2::4] = 1  # each lit pixel is the top left of its 2×2 window
    pool = "y = max_pool2d(x, kernel_size=2)"
    before = value(pool, "y", x=x)
    assert before.shape == (1, 4, 4)
    np.testing.assert_array_equal(value(pool, "y", x=np.roll(x, 1, axis=2)), before)
    assert weights(f"x = input(shape=(1, 8, 8)); {pool}") == 0


def test_pooling_widens_what_a_unit_sees() -> None:
    seen = []
    for pool in ("relu(a)", "avg_pool2d(a, kernel_size=2)"):
        text = f"a = conv2d(x, w1); b = {pool}; c = conv2d(b, w2); y = sum(c)"
        ones = {"x": np.ones((1, 12, 12)), "w1": np.ones((1, 1, 3, 3)), "w2": np.ones((1, 1, 3, 3))}
        run = Run(parse(text), ones).forward()
        first = np.zeros(run.value("c").shape)
        first[0, 0, 0] = 1
        seen.append(int(np.count_nonzero(run.backward("c", first).grad("x"))))
    assert seen == [5**2, 8**2]
