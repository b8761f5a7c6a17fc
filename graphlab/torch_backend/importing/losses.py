"""Builders of losses."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.table import NoBuilderError, builds

_REDUCTIONS = ("none", "mean", "sum")


def _reduced(reduction: Any) -> str:
    """torch.export tells the reduction by number."""
    return _REDUCTIONS[reduction] if isinstance(reduction, int) else reduction


def _plain(weight: Any = None, size_average: Any = None, reduce: Any = None, **told: Any) -> None:
    if weight is not None or size_average is not None or reduce is not None:
        raise NoBuilderError("GraphLab's losses take no weights")
    if told.get("label_smoothing"):
        raise NoBuilderError("GraphLab's losses smooth no labels")
    if told.get("ignore_index", -100) >= 0:
        raise NoBuilderError("GraphLab's losses leave no class out")


def _enter_simple(name: str, op: str) -> None:
    @builds(name)
    def build(
        b: Build,
        input: Wire,
        target: Any,
        size_average: Any = None,
        reduce: Any = None,
        reduction: Any = "mean",
        weight: Any = None,
    ) -> Wire:
        _plain(weight, size_average, reduce)
        return b.add(op, input, target, reduction=_reduced(reduction))

    @builds(f"aten.{name}")
    def exported(b: Build, input: Wire, target: Any, reduction: int = 1) -> Wire:
        return b.add(op, input, target, reduction=_reduced(reduction))


for _name, _op in {"mse_loss": "squared_error", "l1_loss": "absolute_error"}.items():
    _enter_simple(_name, _op)


@builds("huber_loss")
def _huber(
    b: Build,
    input: Wire,
    target: Any,
    reduction: Any = "mean",
    delta: float = 1.0,
    weight: Any = None,
) -> Wire:
    _plain(weight)
    return b.add("huber", input, target, reduction=_reduced(reduction), delta=float(delta))


@builds("smooth_l1_loss")
def _smooth_l1(
    b: Build,
    input: Wire,
    target: Any,
    size_average: Any = None,
    reduce: Any = None,
    reduction: Any = "mean",
    beta: float = 1.0,
) -> Wire:
    _plain(None, size_average, reduce)
    if beta != 1:
        raise NoBuilderError("GraphLab's huber loss is this one for beta 1")
    return b.add("huber", input, target, reduction=_reduced(reduction))


@builds("aten.smooth_l1_loss")
def _exported_smooth_l1(
    b: Build, input: Wire, target: Any, reduction: int = 1, beta: float = 1.0
) -> Wire:
    return _smooth_l1(b, input, target, reduction=reduction, beta=beta)


@builds("binary_cross_entropy")
def _binary_cross_entropy(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: Any = "mean",
) -> Wire:
    _plain(weight, size_average, reduce)
    return b.add("binary_cross_entropy", input, target, reduction=_reduced(reduction))


@builds("aten.binary_cross_entropy")
def _exported_bce(
    b: Build, input: Wire, target: Any, weight: Any = None, reduction: int = 1
) -> Wire:
    return _binary_cross_entropy(b, input, target, weight, reduction=reduction)


@builds("binary_cross_entropy_with_logits")
def _with_logits(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    reduce: Any = None,
    reduction: Any = "mean",
    pos_weight: Any = None,
) -> Wire:
    _plain(weight if pos_weight is None else pos_weight, size_average, reduce)
    return b.add("binary_cross_entropy_with_logits", input, target, reduction=_reduced(reduction))


@builds("aten.binary_cross_entropy_with_logits")
def _exported_with_logits(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    pos_weight: Any = None,
    reduction: int = 1,
) -> Wire:
    return _with_logits(b, input, target, weight, None, None, reduction, pos_weight)


@builds("cross_entropy")
def _cross_entropy(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: Any = "mean",
    label_smoothing: float = 0.0,
) -> Wire:
    told = {"ignore_index": ignore_index, "label_smoothing": label_smoothing}
    _plain(weight, size_average, reduce, **told)
    return b.add("cross_entropy", input, target, reduction=_reduced(reduction))


@builds("cross_entropy_loss")
def _exported_cross_entropy(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    reduction: int = 1,
    ignore_index: int = -100,
    label_smoothing: float = 0.0,
) -> Wire:
    told = None, ignore_index, None, reduction, label_smoothing
    return _cross_entropy(b, input, target, weight, *told)


@builds("nll_loss")
def _nll_loss(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    size_average: Any = None,
    ignore_index: int = -100,
    reduce: Any = None,
    reduction: Any = "mean",
) -> Wire:
    _plain(weight, size_average, reduce, ignore_index=ignore_index)
    return b.add("negative_log_likelihood", input, target, reduction=_reduced(reduction))


@builds("nll_loss_nd", "aten.nll_loss", "nll_loss2d")
def _exported_nll(
    b: Build,
    input: Wire,
    target: Any,
    weight: Any = None,
    reduction: int = 1,
    ignore_index: int = -100,
) -> Wire:
    return _nll_loss(b, input, target, weight, None, ignore_index, None, reduction)
