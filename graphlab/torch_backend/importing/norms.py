"""Builders of normalisations and of dropping whole channels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.table import NoBuilderError, builds
from graphlab.torch_backend.importing.tracing import Mode


def _eps(eps: float) -> dict[str, Any]:
    return {"eps": float(eps)}


@builds("batch_norm")
def _batch_norm(
    b: Build,
    input: Wire,
    running_mean: Any,
    running_var: Any,
    weight: Any = None,
    bias: Any = None,
    training: Any = False,
    momentum: Any = 0.1,
    eps: float = 1e-5,
) -> Wire:
    if momentum is None:
        raise NoBuilderError("GraphLab's batch_norm moves its statistics by a fixed momentum")
    if running_mean is not None and not isinstance(training, Mode):
        raise NoBuilderError("it keeps one mode whether the model trains or not")
    ports = (input, weight, bias, running_mean, running_var)
    return b.add("batch_norm", *ports, momentum=float(momentum), **_eps(eps))


@builds("aten.batch_norm")
def _exported_batch_norm(
    b: Build,
    input: Wire,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    training: bool,
    momentum: float,
    eps: float,
    *rest: Any,
) -> Wire:
    moved = Mode(training)
    return _batch_norm(b, input, running_mean, running_var, weight, bias, moved, momentum, eps)


@builds("_native_batch_norm_legit_functional", "_native_batch_norm_legit_no_training")
def _functional_batch_norm(b: Build, input: Wire, *rest: Any) -> tuple[Any, ...]:
    weight, bias, mean, var, *told = rest
    momentum, eps = told[-2:]
    out = _batch_norm(b, input, mean, var, weight, bias, Mode(1), momentum, eps)
    return out, None, None, None, None


@builds("instance_norm")
def _instance_norm(
    b: Build,
    input: Wire,
    running_mean: Any = None,
    running_var: Any = None,
    weight: Any = None,
    bias: Any = None,
    use_input_stats: Any = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Wire:
    ports = (input, weight, bias, running_mean, running_var)
    return b.add("instance_norm", *ports, momentum=float(momentum), **_eps(eps))


@builds("aten.instance_norm")
def _exported_instance_norm(
    b: Build,
    input: Wire,
    weight: Any,
    bias: Any,
    running_mean: Any,
    running_var: Any,
    use_input_stats: bool,
    momentum: float,
    eps: float,
    *rest: Any,
) -> Wire:
    return _instance_norm(b, input, running_mean, running_var, weight, bias, True, momentum, eps)


@builds("layer_norm")
def _layer_norm(
    b: Build,
    input: Wire,
    normalized_shape: Sequence[int],
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *rest: Any,
) -> Wire:
    return b.add("layer_norm", input, weight, bias, axes=len(normalized_shape), **_eps(eps))


@builds("rms_norm")
def _rms_norm(
    b: Build, input: Wire, normalized_shape: Sequence[int], weight: Any = None, eps: Any = None
) -> Wire:
    told = {} if eps is None else _eps(eps)
    return b.add("rms_norm", input, weight, axes=len(normalized_shape), **told)


@builds("group_norm")
def _group_norm(
    b: Build,
    input: Wire,
    num_groups: int,
    weight: Any = None,
    bias: Any = None,
    eps: float = 1e-5,
    *rest: Any,
) -> Wire:
    return b.add("group_norm", input, weight, bias, groups=num_groups, **_eps(eps))


@builds("local_response_norm")
def _local_response_norm(
    b: Build, input: Wire, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Wire:
    told = {"alpha": float(alpha), "beta": float(beta), "k": float(k)}
    return b.add("local_response_norm", input, size=size, **told)


@builds("normalize")
def _normalize(
    b: Build, input: Wire, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None
) -> Wire:
    length = b.add("norm", input, axis=dim, keepdims=True, order=float(p))
    return b.add("divide", input, b.add("clip", length, low=float(eps)))


@builds("_weight_norm")
def _weight_norm(b: Build, v: Wire, g: Wire, dim: int = 0) -> Wire:
    axes = tuple(axis for axis in range(len(v.shape)) if axis != dim % len(v.shape))
    length = b.add("norm", v, axis=axes, keepdims=True)
    return b.add("multiply", v, b.add("divide", g, length))


def _enter_feature_dropout(name: str) -> None:
    @builds(name)
    def build(
        b: Build, input: Wire, p: float = 0.5, training: Any = True, inplace: bool = False
    ) -> Wire:
        if not isinstance(training, Mode):
            if not training:
                return input
            raise NoBuilderError("it drops also when the model is evaluated")
        return b.add("dropout_channels", input, p=float(p))


for _name in ("dropout1d", "dropout2d", "dropout3d"):
    _enter_feature_dropout(_name)


@builds("feature_dropout")
def _exported_feature_dropout(b: Build, input: Wire, p: float, train: bool) -> Wire:
    return b.add("dropout_channels", input, p=float(p))
