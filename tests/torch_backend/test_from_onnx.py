"""ONNX models read as graphs: judged by the standard's own cases, its reference, and PyTorch."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import defs


import graphlab
from graphlab.torch_backend.onnx_in.table import TABLE
from tests.torch_backend.onnx_cases import Case, cases_by_operator

OUTSIDE = {
    "ArrayFeatureExtractor", "Binarizer", "LabelEncoder", "TreeEnsemble",  # ai.onnx.ml
    "Adagrad", "Adam", "Momentum",  # optimizers
    "Bernoulli", "RandomNormal", "RandomUniform",  # random
    "BitCast", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor",  # bits
    "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv",
    "QLinearMatMul", "QuantizeLinear",  # quantised
    "DFT", "MelWeightMatrix", "STFT",  # signals
    "Loop", "Scan", "If",  # control flow that is decided while the model runs
    "OptionalGetElement", "OptionalHasElement", "SequenceInsert", "SequenceMap", "SplitToSequence",
    "RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer",
    "ImageDecoder", "NonMaxSuppression", "RoiAlign", "Unique", "TensorScatter", "DeformConv",
    "Det", "LinearAttention", "FlexAttention", "AffineGrid", "MaxRoiPool", "Multinomial",
}  # fmt: skip
"""Operators that are no part of the core: they become opaque nodes."""

LEFT_OUT = {
    "a mask is drawn by the reference's own generator": {
        "test_training_dropout_default", "test_training_dropout_default_mask",
        "test_training_dropout", "test_training_dropout_mask",
    },
    "infinities are held at the largest number of 32 bits": {
        "test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal",
        "test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal",
    },
    "nothing is the largest of no elements": {
        "test_reduce_log_sum_exp_empty_set", "test_reduce_max_empty_set",
        "test_reduce_max_empty_set_bool", "test_reduce_min_empty_set",
    },
    "sequences": {"test_identity_sequence", "test_identity_opt"},
    "text": {"test_equal_string", "test_equal_string_broadcast"},
}  # fmt: skip
NAMES_LEFT_OUT = frozenset().union(*LEFT_OUT.values())
NARROW = ("FLOAT8", "FLOAT4", "INT4", "INT2", "E8M0", "BFLOAT16", "bfloat16", "bf16")
"""Types with so few bits that rounding to them is what the case is about."""

OPERATORS = sorted({s.name for s in defs.get_all_schemas()} - OUTSIDE)


def failures(cases: list[Any]) -> list[str]:
    """What does not come out of a graph as the case says."""
    found = []
    for raw in cases:
        if raw.name in NAMES_LEFT_OUT or any(word in raw.name for word in NARROW):
            continue
        case = Case(raw)
        graph = graphlab.from_onnx(case.model)
        for feeds, wanted in case.fed():
            run = graphlab.Run(graph, dict(zip(graph.inputs, feeds, strict=True))).forward()
            for name, array in zip(graph.outputs, wanted, strict=True):
                value = run.value(name)
                if value is None:
                    found.append(f"{case.name}: {[p.message for p in run.problems()][:2]}")
                elif not is_close(value, array, case):
                    found.append(f"{case.name}: {name} is {value!r:.80}, should be {array!r:.80}")
    return found


def is_close(value: Any, array: Any, case: Case) -> bool:
    return np.shape(value) == array.shape and np.allclose(
        value, array.astype(float), rtol=case.rtol, atol=case.atol, equal_nan=True
    )


@pytest.mark.parametrize("operator", OPERATORS)
def test_the_standards_cases(operator: str) -> None:
    assert not failures(cases_by_operator().get(operator, []))
