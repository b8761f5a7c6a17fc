"""What slides over signals and images beyond its samples: refusals, chunks, NaN, open shapes."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.errors import OpError
from graphlab.ops import convolving
from graphlab.ops.contract import Op, Sample, op_named
from graphlab.ops.convolutions import Convolution
from graphlab.ops.transposed import ConvTranspose
from graphlab.ops.windows import windows_over

IMAGES, FILTERS = (2, 3, 8, 8), (4, 3, 3, 3)
SLIDING = [
    op
    for family in (Convolution, ConvTranspose)
    for op in family.__subclasses__()
]  # fmt: skip
ODD = np.array([np.nan, -np.inf, np.inf, 0.0, 1.0, -1.0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("conv2d", IMAGES, FILTERS, {"stride": 0}), ["stride is 0", "1 or more"]),
        (("conv2d", IMAGES, FILTERS, {"stride": (1, 2, 3)}), ["3 numbers for 2 axes"]),
        (("conv2d", IMAGES, FILTERS, {"padding": 10**8}), ["padding", "1.07e+09"]),
        (("conv2d", IMAGES, FILTERS, {"padding": -1}), ["-1", "slice"]),
        (("conv2d", IMAGES, FILTERS, {"padding": "same", "stride": 2}), ["'same'", "stride is 2"]),
        (("conv2d", IMAGES, FILTERS, {"groups": 2}), ["3 channels", "groups 2"]),
        (("conv2d", (0, 3, 8, 8), FILTERS, {}), ["0×3×8×8", "one example"]),
        (("conv2d", (8, 8), FILTERS, {}), ["8×8", "(N, C, H, W)", "reshape"]),
        (("conv2d", (2, 4, 8, 8), FILTERS, {}), ["4 channels", "expects 3", "open"]),
        (("conv2d", IMAGES, (4, 3, 9, 9), {}), ["8 elements", "has 9"]),
        (("conv1d", (3, 8), (4, 3, 3), {"padding": (1, 0)}), ["(1, 0)", "along 1"]),
        (("conv_transpose2d", IMAGES, (5, 4, 3, 3), {}), ["3 channels", "expects 5"]),
        (("conv_transpose2d", IMAGES, (3, 4, 3, 3), {"output_padding": 1}), ["stride 1"]),
        (("conv_transpose2d", IMAGES, (3, 4, 3, 3), {"stride": 10**6}), ["3.92e+14"]),
        (("local2d", IMAGES, (6, 5, 2, 3, 3, 3), {}), ["6×6 places", "6×5"]),
        (("max_pool2d", IMAGES, {"kernel_size": 2, "padding": 2}), ["padding alone"]),
        (
            ("max_pool2d", (1, 2, 6), {"kernel_size": 2, "dilation": 3, "padding": 1, "stride": 1}),
            ["2 elements along axis 0", "3 apart", "padding alone"],
        ),
        (("avg_pool2d", IMAGES, {"kernel_size": 2, "divisor_override": 0}), ["divisor"]),
        (("lp_pool2d", IMAGES, {"kernel_size": 2, "norm_type": 0.0}), ["norm_type is 0"]),
        (("adaptive_avg_pool2d", IMAGES, {"output_size": (1, 2, 3)}), ["makes 2 axes"]),
        (("max_unpool2d", IMAGES, (2, 3, 8, 7), {"kernel_size": 2}), ["same pool"]),
        (("fold", (2, 12, 5), {"output_size": 3, "kernel_size": 2}), ["5 columns", "4 windows"]),
        (("global_max_pool", (2, 3), {}), ["2×3", "one to three axes"]),
    ],
    ids=str,
)
def test_wrong_calls_are_refused(call: Any, words: list[str]) -> None:
    name, *shapes, attributes = call
    with pytest.raises(OpError) as caught:
        op_named(name).shape(*shapes, **attributes)
    assert all(word in str(caught.value) for word in words), caught.value


def test_an_index_outside_is_refused() -> None:
    with pytest.raises(OpError, match="0 to 3"):
        op_named("max_unpool2d").forward(np.ones((1, 1, 1)), np.full((1, 1, 1), 4.0), kernel_size=2)


@pytest.mark.parametrize("op", SLIDING, ids=lambda op: op.name)
@pytest.mark.parametrize("columns", [1, 3])
def test_chunks_change_nothing(op: type[Op], columns: int, monkeypatch: Any) -> None:
    for sample in op.samples:
        whole = passed(op, sample)
        with monkeypatch.context() as small:
            small.setattr(convolving, "CHUNK", 1)
            small.setattr(convolving, "NARROWEST", columns)
            for mine, expected in zip(passed(op, sample), whole, strict=True):
                np.testing.assert_allclose(mine, expected, rtol=1e-10, atol=1e-12)


def passed(op: type[Op], sample: Sample) -> list[Any]:
    """The value and all gradients, together and one at a time."""
    inputs = op.draw(np.random.default_rng(0), sample.shapes, **sample.attributes)
    out = op.forward(*inputs, **sample.attributes)
    upstream = np.random.default_rng(1).normal(size=out.shape)
    together = op.vjp(upstream, out, *inputs, **sample.attributes)
    found = [out, *(g for g in together if g is not None)]
    for i in range(len(inputs)):
        wanted = [i == j for j in range(3)]
        alone = op.vjp_of(wanted, upstream, out, *inputs, **sample.attributes)
        np.testing.assert_allclose(alone[i], together[i], rtol=1e-10, atol=1e-12)
        assert [g is not None for g in alone] == wanted
    return found


def test_memory_stays_bounded() -> None:
    """The matrix of all windows would be 9 times x; what is held is a few chunks of it."""
    conv, random = op_named("conv2d"), np.random.default_rng(0)
    x, w = random.normal(size=(4, 16, 128, 128)), random.normal(size=(16, 16, 3, 3))
    tracemalloc.start()
    out = conv.forward(x, w, padding=1)
    conv.vjp(out, out, x, w, None, padding=1)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 6 * x.nbytes + 8 * convolving.CHUNK


@pytest.mark.parametrize(
    ("name", "shape", "attributes"),
    [
        ("max_pool1d", (2, 2, 9), {"kernel_size": 3, "stride": 2, "padding": 1, "ceil_mode": True}),
        ("max_pool2d", (1, 2, 6, 7), {"kernel_size": (3, 2), "stride": 2, "padding": 1}),
        ("max_pool2d", (1, 7, 7), {"kernel_size": 2, "dilation": 2, "padding": 1}),
        ("max_pool3d", (1, 1, 4, 4, 4), {"kernel_size": 2}),
        ("max_pool2d_with_indices", (1, 6, 7), {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("adaptive_max_pool2d", (2, 2, 5, 7), {"output_size": 3}),
        ("global_max_pool", (2, 3, 3, 3), {}),
    ],
)
def test_nan_and_infinity_win_as_in_torch(name: str, shape: Any, attributes: Any) -> None:
    op, random = op_named(name), np.random.default_rng(0)
    for _ in range(40):
        x = random.choice(ODD, shape)
        out = op.forward(x, **attributes)
        outs = out if isinstance(out, tuple) else (out,)
        upstream = random.normal(size=outs[0].shape)
        above = (upstream, None) if isinstance(out, tuple) else upstream
        tensor = torch.tensor(x, requires_grad=True)
        theirs = op.lower(torch, tensor, **attributes)
        theirs = theirs if isinstance(theirs, tuple) else (theirs,)
        for mine, expected in zip(outs, theirs, strict=True):
            np.testing.assert_array_equal(mine, expected.detach().numpy())
        (gradient,) = torch.autograd.grad(theirs[0], tensor, torch.tensor(upstream))
        found = op.vjp(above, out, x, **attributes)[0]
        np.testing.assert_allclose(found, gradient.numpy(), rtol=1e-12)


def test_a_pool_undone_keeps_the_largest_in_place() -> None:
    x = np.random.default_rng(0).normal(size=(2, 3, 5, 6))
    y, indices = op_named("max_pool2d_with_indices").forward(x, kernel_size=2)
    back = op_named("max_unpool2d").forward(y, indices, kernel_size=2, output_size=(5, 6))
    np.testing.assert_array_equal(back[back != 0], x[back != 0])
    assert np.count_nonzero(back) == y.size


def test_enormous_steps_are_harmless() -> None:
    conv, x = op_named("conv2d"), np.ones(IMAGES)
    out = conv.forward(x, np.ones(FILTERS), stride=10**9)
    assert out.shape == (2, 4, 1, 1)
    to_x = conv.vjp(out, out, x, np.ones(FILTERS), stride=10**9)[0]
    assert np.count_nonzero(to_x) == 2 * 3 * 9
    assert conv.forward(x, np.ones((4, 3, 1, 1)), dilation=10**9).shape == (2, 4, 8, 8)


def test_what_is_left_open_follows() -> None:
    conv, up, local = (op_named(n) for n in ("conv2d", "conv_transpose2d", "local2d"))
    known: dict[str, Any] = {"x": (2, 6, 8, 8), "weight": None, "bias": (10,)}
    assert conv.open_shape("weight", known, (None, None, 3, 3), groups=2) == (10, 3, 3, 3)
    assert conv.open_shape("weight", known, (None, None, 3, None)) == (10, 6, 3, None)
    assert conv.open_shape("weight", known, None) is None
    assert conv.open_shape("bias", {"weight": (5, 6, 3, 3)}, None) == (5,)
    assert up.open_shape("weight", known, (None, None, 2, 2), groups=2) == (6, 5, 2, 2)
    assert up.open_shape("bias", {"weight": (6, 5, 2, 2)}, (None,), groups=2) == (10,)
    wanted = (None, None, 4, None, 3, 3)
    assert local.open_shape("weight", known, wanted, stride=2) == (3, 3, 4, 6, 3, 3)
    assert local.open_shape("bias", {"weight": (3, 3, 4, 6, 3, 3)}, None) == (3, 3, 4)


@pytest.mark.parametrize("ceil_mode", [False, True])
def test_windows_are_counted_as_in_torch(ceil_mode: bool) -> None:
    for size in range(1, 9):
        for kernel, stride, pad in np.ndindex(4, 4, 2):
            kernel, stride = kernel + 1, stride + 1
            if 2 * pad > kernel or size + 2 * pad < kernel:
                continue
            pooled = torch.nn.functional.max_pool1d(
                torch.zeros(1, 1, size), kernel, stride, pad, ceil_mode=ceil_mode
            )
            found = windows_over((size,), kernel, stride=stride, padding=pad, ceil_mode=ceil_mode)
            assert found.count == tuple(pooled.shape[2:])
