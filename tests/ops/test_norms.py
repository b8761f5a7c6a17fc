"""What the general tests cannot see of normalisation and dropout: memory, masks and refusals."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch

from graphlab.errors import OpError
from graphlab.ops import REGISTRY


@pytest.mark.parametrize("name", ["batch_norm", "instance_norm"])
@pytest.mark.parametrize("places", [(5,), (3, 2), (2, 2, 2)])
@pytest.mark.parametrize("momentum", [0.1, 0.7])
def test_running_statistics_move_as_those_of_torch(
    name: str, places: tuple[int, ...], momentum: float
) -> None:
    """Three batches of training, then an evaluation, against the module of torch."""
    kind = {"batch_norm": "BatchNorm", "instance_norm": "InstanceNorm"}[name]
    layer = getattr(torch.nn, f"{kind}{len(places)}d")(
        3, momentum=momentum, affine=True, track_running_stats=True, dtype=torch.float64
    )
    op, random = REGISTRY[name], np.random.default_rng(0)
    kept: list[Any] = [np.zeros(3), np.ones(3)]
    scale = [layer.weight.detach().numpy(), layer.bias.detach().numpy()]
    for _ in range(3):
        x = random.normal(2.0, 3.0, (4, 3, *places))
        told = {"momentum": momentum, "training": True}
        before = [array.copy() for array in kept]
        np.testing.assert_allclose(
            op.forward(x, *scale, *kept, **told), layer(torch.tensor(x)).detach().numpy()
        )
        new = op.updates(x, *scale, *kept, **told)
        np.testing.assert_array_equal(before, kept)
        kept = [new["running_mean"], new["running_var"]]
        np.testing.assert_allclose(kept[0], layer.running_mean.numpy(), rtol=1e-12)
        np.testing.assert_allclose(kept[1], layer.running_var.numpy(), rtol=1e-12)
    assert op.updates(x, *scale, *kept, training=False) == {}
    assert op.updates(x, *scale, None, None, training=True) == {}
    layer.eval()
    np.testing.assert_allclose(
        op.forward(x, *scale, *kept), layer(torch.tensor(x)).detach().numpy()
    )


def test_normalisations_are_each_other_at_their_limits() -> None:
    x = np.random.default_rng(1).normal(size=(3, 4, 5))
    forward = {name: REGISTRY[name].forward for name in REGISTRY}
    instance = forward["instance_norm"](x)
    np.testing.assert_allclose(forward["group_norm"](x, groups=4), instance)
    np.testing.assert_allclose(
        forward["group_norm"](x, groups=1), forward["layer_norm"](x, axes=2), rtol=1e-12
    )
    np.testing.assert_allclose(
        forward["batch_norm"](x.transpose(1, 0, 2).reshape(1, 4, 15)).reshape(4, 3, 5),
        forward["batch_norm"](x).transpose(1, 0, 2),
    )
    centred = x - x.mean(axis=-1, keepdims=True)
    np.testing.assert_allclose(
        forward["rms_norm"](centred, eps=1e-5), forward["layer_norm"](x), rtol=1e-12
    )


@pytest.mark.parametrize(
    ("name", "port", "known", "wanted", "filled"),
    [
        ("batch_norm", "weight", {"x": (8, 3, 4, 4)}, None, (3,)),
        ("batch_norm", "running_var", {"x": (8, 3)}, (None,), (3,)),
        ("batch_norm", "bias", {"x": None, "weight": (5,)}, None, (5,)),
        ("batch_norm", "weight", {"x": (8,)}, None, None),
        ("layer_norm", "bias", {"x": (8, 3, 4)}, None, (4,)),
        ("group_norm", "weight", {"x": (8, 6, 4)}, (None,), (6,)),
        ("rms_norm", "weight", {"x": (2, 7)}, None, (7,)),
        ("instance_norm", "x", {"weight": (3,)}, None, None),
    ],
)
def test_open_shapes_follow_from_the_channels(
    name: str, port: str, known: Any, wanted: Any, filled: Any
) -> None:
    attributes = {"groups": 3} if name == "group_norm" else {}
    assert REGISTRY[name].open_shape(port, known, wanted, **attributes) == filled


@pytest.mark.parametrize(
    ("name", "shapes", "attributes", "says"),
    [
        ("batch_norm", ((3,),), {}, "x is 3, and batch_norm needs examples × channels"),
        ("batch_norm", ((1, 3),), {}, "x is 1×3, so each mean is that of one element"),
        ("batch_norm", ((4, 3), (4,)), {}, "weight is 4, and batch_norm takes weight of shape 3"),
        (
            "batch_norm",
            ((4, 3), None, None, (3,)),
            {},
            "running_mean is connected and running_var is not",
        ),
        ("batch_norm", ((4, 3), None, None, None, (3,)), {}, "running_mean is not"),
        ("batch_norm", ((0, 3),), {}, "x is 0×3, with no elements"),
        ("instance_norm", ((2, 3),), {}, "x is 2×3, and instance_norm needs .* places"),
        ("instance_norm", ((2, 3, 1),), {}, "one element"),
        ("group_norm", ((2, 6),), {"groups": 4}, "groups is 4 and x has 6 channels"),
        ("layer_norm", ((2, 6),), {"axes": 3}, "axes is 3 and x is 2×6"),
        ("layer_norm", ((),), {}, "x is a scalar"),
        ("local_response_norm", ((2, 3),), {"size": 3}, "x is 2×3"),
        ("local_response_norm", ((2, 3, 1),), {"size": 0}, "size is 0"),
        ("dropout", ((2,),), {"p": 1.5}, "p is 1.5"),
        ("dropout_channels", ((2,),), {}, "x is 2, and dropout_channels"),
    ],
)
def test_misfits(name: str, shapes: Any, attributes: Any, says: str) -> None:
    with pytest.raises(OpError, match=says):
        REGISTRY[name].shape(*shapes, **attributes)


def test_one_example_alone_cannot_be_trained_on() -> None:
    x, kept = np.ones((1, 3)), (np.zeros(3), np.ones(3))
    assert REGISTRY["batch_norm"].forward(x, None, None, *kept).shape == (1, 3)
    with pytest.raises(OpError, match="one element alone"):
        REGISTRY["batch_norm"].forward(x, None, None, *kept, training=True)


@pytest.mark.parametrize("name", ["dropout", "dropout_channels"])
@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_the_mask_is_the_seeds_and_keeps_the_mean(name: str, p: float) -> None:
    op, x = REGISTRY[name], np.full((300, 100, 2), 3.0)
    told = {"p": p, "training": True, "seed": 11}
    out = op.forward(x, **told)
    np.testing.assert_array_equal(out, op.forward(x, **told))
    (gradient,) = op.vjp(x, out, x, **told)
    np.testing.assert_array_equal(gradient, out)
    np.testing.assert_allclose(np.unique(out), [0.0, 3.0 / (1 - p)])
    is_whole = (out == out[..., :1]).all()
    assert is_whole == (name == "dropout_channels")
    zeros = (out == 0).mean()
    assert abs(zeros - p) < 5 * np.sqrt(p * (1 - p) / out[..., 0].size)  # five deviations
    assert not np.array_equal(out, op.forward(x, **{**told, "seed": 12}))
    np.testing.assert_array_equal(op.forward(x, p=p, training=False, seed=11), x)
