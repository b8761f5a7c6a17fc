"""Builders of modules of torch.nn whose forward asks a tensor for its shape."""

from __future__ import annotations

from typing import Any

from graphlab.torch_backend.importing.building import Build, Wire
from graphlab.torch_backend.importing.table import NoBuilderError, builds_module


@builds_module("BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm")
def _batch_norm(b: Build, module: Any, input: Wire) -> Wire:
    if module.momentum is None:
        raise NoBuilderError("GraphLab's batch_norm moves its statistics by a fixed momentum")
    return _running(b, "batch_norm", module, input)


@builds_module("InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d")
def _instance_norm(b: Build, module: Any, input: Wire) -> Wire:
    return _running(b, "instance_norm", module, input)


def _running(b: Build, op: str, module: Any, x: Wire) -> Wire:
    names = ("weight", "bias", "running_mean", "running_var")
    held = (None if (tensor := getattr(module, name)) is None else b.held(tensor) for name in names)
    return b.add(op, x, *held, momentum=float(module.momentum), eps=float(module.eps))
