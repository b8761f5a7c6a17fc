"""What several processes compute together: whole batches, statistics of them, masks for them.

These ops stand in a graph only while it is lowered for a share of the batch; none has a file, a
page or a name in a formula.  Imported only where torch is wanted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from graphlab.ops.activations import Identity
from graphlab.ops.contract import Op
from graphlab.ops.dropping import Dropout, DropoutChannels, MaskedByChance
from graphlab.ops.running_norms import BatchNorm
from graphlab.train.many.ranks import here


class _Sum(torch.autograd.Function):
    """The sum over all processes.

    Each process has the gradient of the same loss, and DistributedDataParallel takes the mean of
    what they find; so the gradient here is the sum as well, as in SyncBatchNorm of PyTorch.
    """

    @staticmethod
    def forward(context: Any, x: Tensor) -> Tensor:
        return here().total(x)

    @staticmethod
    def backward(context: Any, *upstream: Tensor) -> Tensor:
        return here().total(upstream[0])


def _summed(x: Tensor) -> Tensor:
    found: Tensor = _Sum.apply(x)  # type: ignore[no-untyped-call]
    return found


def _refuse_recording(x: Any) -> None:
    if not isinstance(x, Tensor):
        raise NotImplementedError("what several processes do together is no call of torch's own")


class Whole(Identity, abstract=True):
    """All rows of a batch that lies in several processes."""

    name = "whole_batch"

    @staticmethod
    def lower(torch: Any, x: Tensor) -> Tensor:
        _refuse_recording(x)
        return x if here().is_single else _summed(here().placed(x))


class _Dropout(Dropout, abstract=True):
    """Dropout of some rows by the mask that one process would draw for the whole batch."""

    name = "dropout_of_batch"

    @classmethod
    def lower(
        cls, torch: Any, x: Tensor, *, p: float = 0.5, training: Any = False, seed: Any = None
    ) -> Tensor:
        return _dropped(Dropout, x, p, training)


class _DropoutChannels(DropoutChannels, abstract=True):
    """Dropout of the channels of some rows, in the same way."""

    name = "dropout_channels_of_batch"

    @classmethod
    def lower(
        cls, torch: Any, x: Tensor, *, p: float = 0.5, training: Any = False, seed: Any = None
    ) -> Tensor:
        return _dropped(DropoutChannels, x, p, training)


def _dropped(op: type[MaskedByChance], x: Tensor, p: float, training: bool) -> Tensor:
    _refuse_recording(x)
    whole = x
    if training and not here().is_single:
        is_last = x.ndim == 4 and not x.is_contiguous()
        kind = torch.channels_last if is_last else torch.contiguous_format
        whole = x.new_ones((here().rows.whole, *x.shape[1:])).contiguous(memory_format=kind)
    found: Tensor = op.lower(torch, whole, p=p, training=training)
    return found if whole is x else x * here().rows.of(found)


class _BatchNorm(BatchNorm, abstract=True):
    """Batch normalisation by the statistics of the whole batch."""

    name = "batch_norm_of_batch"

    @classmethod
    def lower(
        cls,
        torch: Any,
        x: Tensor,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        running_mean: Tensor | None = None,
        running_var: Tensor | None = None,
        *,
        momentum: float = 0.1,
        eps: float = 1e-5,
        training: Any = False,
    ) -> Tensor:
        _refuse_recording(x)
        if here().is_single or not (training or running_mean is None):
            norm = torch.nn.functional.batch_norm
            own = training or running_mean is None
            found: Tensor = norm(x, running_mean, running_var, weight, bias, own, momentum, eps)
            return found
        axes, place = (0, *range(2, x.ndim)), (-1, *(1 for _ in range(2, x.ndim)))
        exact, rows = (x.float() if x.dtype.itemsize < 4 else x), here().rows
        count = rows.whole * x[0, 0].numel()
        if count < 2:
            raise ValueError("Expected more than 1 value per channel when training")
        mean = _summed(exact[: rows.held].sum(axes)) / count
        centred = exact - mean.view(place)
        variance = _summed(centred[: rows.held].square().sum(axes)) / count
        if training and running_mean is not None and running_var is not None:
            with torch.no_grad():
                running_mean.lerp_(mean.to(running_mean), momentum)
                spread = variance * (count / (count - 1))
                running_var.lerp_(spread.to(running_var), momentum)
        out = centred * (variance + eps).rsqrt().view(place)
        out = out if weight is None else out * weight.view(place)
        return (out if bias is None else out + bias.view(place)).to(x.dtype)


TOGETHER: Mapping[type[Op], type[Op]] = {
    Dropout: _Dropout,
    DropoutChannels: _DropoutChannels,
    BatchNorm: _BatchNorm,
}
