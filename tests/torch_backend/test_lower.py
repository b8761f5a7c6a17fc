"""What is lowered computes what NumPy does, value and gradient, under the names it should have."""

from __future__ import annotations

import numpy as np
import pytest
import torch

import graphlab
from graphlab.ops.contract import REGISTRY, Op, Sample
from tests.torch_backend.graphs import assert_parity, one_op

EACH_SAMPLE = [
    pytest.param(op, sample, id=f"{op.name}-{sample.shapes}-{dict(sample.attributes)}")
    for op in REGISTRY.values()
    for sample in op.samples
]


@pytest.mark.parametrize(("op", "sample"), EACH_SAMPLE)
def test_each_op_agrees_with_numpy(op: type[Op], sample: Sample) -> None:
    graph, feeds = one_op(op, sample)
    module = graphlab.lower(graph).double()
    assert_parity(graph, module, feeds)
