"""ONNX models read as graphs: judged by the standard's own cases and by ONNX Runtime."""

from __future__ import annotations

from typing import Any

import numpy as np
import onnx
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, defs, helper, numpy_helper
from onnxruntime import InferenceSession

import graphlab
from graphlab.errors import FileError
from graphlab.graph.qualified import qualified_names
from tests.torch_backend.onnx_cases import Case, cases_by_operator

OUTSIDE = {
    "ArrayFeatureExtractor", "Binarizer", "LabelEncoder", "TreeEnsemble",  # ai.onnx.ml
    "Adagrad", "Adam", "Momentum",  # optimizers
    "Bernoulli", "RandomNormal", "RandomUniform", "Multinomial",  # random
    "BitCast", "BitShift", "BitwiseAnd", "BitwiseNot", "BitwiseOr", "BitwiseXor",  # bits
    "ConvInteger", "DequantizeLinear", "DynamicQuantizeLinear", "MatMulInteger", "QLinearConv",
    "QLinearMatMul", "QuantizeLinear",  # quantised
    "DFT", "MelWeightMatrix", "STFT",  # signals
    "Loop", "Scan", "If",  # control flow that is decided while the model runs
    "OptionalGetElement", "OptionalHasElement", "SequenceInsert", "SequenceMap", "SplitToSequence",
    "RegexFullMatch", "StringConcat", "StringNormalizer", "StringSplit", "TfIdfVectorizer",
    "ImageDecoder", "NonMaxSuppression", "RoiAlign", "Unique", "TensorScatter", "DeformConv",
    "Det", "LinearAttention", "FlexAttention", "MaxRoiPool",
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
        "test_attention_4d_with_past_and_present_qk_matmul_bias_3d_mask_causal_expanded",
        "test_attention_4d_with_past_and_present_qk_matmul_bias_4d_mask_causal_expanded",
    },
    "nothing is the largest of no elements": {
        "test_reduce_log_sum_exp_empty_set", "test_reduce_max_empty_set",
        "test_reduce_max_empty_set_bool", "test_reduce_min_empty_set",
        "test_reduce_log_sum_exp_empty_set_expanded",
    },
    "sequences": {"test_identity_sequence", "test_identity_opt"},
    "text": {"test_equal_string", "test_equal_string_broadcast"},
}  # fmt: skip
NAMES_LEFT_OUT = frozenset().union(*LEFT_OUT.values())
NARROW = ("FLOAT8", "FLOAT4", "INT4", "INT2", "E8M0", "BFLOAT16", "bfloat16", "bf16", "float16")
"""Types with so few bits that rounding to them is what the case is about."""

FED_LENGTHS = (
    "affine_grid",
    "linear_attention",
    "center_crop",
    "window",
    "bernoulli",
    "range_",
    "sequence_map",
    "dynamicquantize",
)
"""Bodies that loop, or whose shapes follow from numbers that are fed."""

OPERATORS = sorted({s.name for s in defs.get_all_schemas()} - OUTSIDE)


# --- the standard's cases ------------------------------------------------------------------------
def failures(cases: list[Any], *, is_fixed: bool = True) -> list[str]:
    """What does not come out of a graph as the case says."""
    found = []
    for raw in cases:
        if raw.name in NAMES_LEFT_OUT or any(word in raw.name for word in NARROW):
            continue
        case = Case(raw, is_fixed=is_fixed)
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


@pytest.mark.parametrize(
    "operator",
    ["ConstantOfShape", "CumSum", "Expand", "OneHot", "Range", "ReduceMean", "Reshape",
     "ReverseSequence", "Split", "Squeeze", "Tile", "TopK", "Trilu", "Unsqueeze"],
)  # fmt: skip
def test_settings_that_are_fed(operator: str) -> None:
    """What is fed follows from the shapes the model tells, or is computed with."""
    cases = [case for case in cases_by_operator()[operator] if "do_not_keepdims" not in case.name]
    assert not failures(cases, is_fixed=False)


def test_bodies_that_the_standard_gives_for_operators() -> None:
    cases = cases_by_operator()["expanded"]
    told = [case for case in cases if not any(word in case.name for word in FED_LENGTHS)]
    assert len(told) > 350
    assert not failures(told)


@pytest.mark.parametrize("operator", ["NonMaxSuppression", "Loop", "QLinearConv", "Unique", "DFT"])
def test_what_is_outside_is_shown_and_says_why(operator: str) -> None:
    for raw in cases_by_operator()[operator]:
        graph = graphlab.from_onnx(raw.model)
        (node,) = [n for n in graph.nodes.values() if n.op.name == "opaque"]
        assert node.attributes["target"] == f"onnx:{operator}"
        assert node.attributes["why"]
        assert graphlab.Run(graph).problems()


# --- settings drawn here, judged by ONNX Runtime ------------------------------------------
def model_of(
    op_type: str,
    inputs: dict[str, Any],
    weights: dict[str, Any],
    opset: int = 21,
    **attributes: Any,
) -> onnx.ModelProto:
    node = helper.make_node(op_type, [*inputs, *weights], ["y"], **attributes)
    fed = [helper.make_tensor_value_info(n, TensorProto.FLOAT, x.shape) for n, x in inputs.items()]
    out = [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)]
    held = [numpy_helper.from_array(array, name) for name, array in weights.items()]
    graph = helper.make_graph([node], "one", fed, out, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=10)


def judge(model: onnx.ModelProto, feeds: dict[str, Any]) -> None:
    (wanted,) = InferenceSession(model.SerializeToString()).run(None, feeds)
    graph = graphlab.from_onnx(model)
    run = graphlab.Run(graph, feeds).forward()
    assert run.value("y") is not None, run.problems()
    np.testing.assert_allclose(run.value("y"), wanted, rtol=1e-4, atol=1e-5)


@st.composite
def windows(draw: Any) -> tuple[int, dict[str, Any]]:
    axes = draw(st.integers(1, 2))
    few = st.lists(st.integers(1, 3), min_size=axes, max_size=axes)
    kernel = draw(few)
    given: dict[str, Any] = {"kernel_shape": kernel}
    for name in ("strides", "dilations"):
        if draw(st.booleans()):
            given[name] = [min(n, 2) for n in draw(few)]
    if draw(st.booleans()):
        given["pads"] = [min(n, k) - 1 for n, k in zip(draw(few) * 2, kernel * 2, strict=True)]
    return axes, given


@settings(max_examples=40, deadline=None, derandomize=True)
@given(windows(), st.sampled_from([1, 2]), st.booleans())
def test_convolutions(window: Any, group: int, has_bias: bool) -> None:
    axes, given = window
    random = np.random.default_rng(0)
    x = random.normal(size=(2, 4, *[9, 8][:axes])).astype(np.float32)
    w = random.normal(size=(6, 4 // group, *given["kernel_shape"])).astype(np.float32)
    weights = {"w": w, "b": random.normal(size=6).astype(np.float32)}
    if not has_bias:
        del weights["b"]
    judge(model_of("Conv", {"x": x}, weights, group=group, **given), {"x": x})


@settings(max_examples=40, deadline=None, derandomize=True)
@given(windows(), st.booleans(), st.sampled_from(["MaxPool", "AveragePool", "LpPool"]))
def test_poolings(window: Any, ceil_mode: bool, op_type: str) -> None:
    axes, given = window
    x = np.random.default_rng(1).normal(size=(1, 2, *[9, 8][:axes])).astype(np.float32)
    judge(model_of(op_type, {"x": x}, {}, 22, ceil_mode=int(ceil_mode), **given), {"x": x})


@pytest.mark.parametrize("opset", [7, 9, 11, 12, 13, 21])
@pytest.mark.parametrize("axis", [-1, 1, 2])
def test_softmax_before_and_after_13(opset: int, axis: int) -> None:
    if opset < 11 and axis < 0:
        axis = 0
    x = np.random.default_rng(2).normal(size=(2, 3, 4)).astype(np.float32)
    flat = x.reshape(int(np.prod(x.shape[:axis])), -1) if opset < 13 and axis >= 0 else x
    if opset < 13 and axis < 0:
        flat = x.reshape(6, 4)
    along = flat if opset < 13 else np.moveaxis(x, axis, -1)
    powers = np.exp(along - along.max(-1, keepdims=True))
    wanted = powers / powers.sum(-1, keepdims=True)
    wanted = wanted.reshape(x.shape) if opset < 13 else np.moveaxis(wanted, -1, axis)
    graph = graphlab.from_onnx(model_of("Softmax", {"x": x}, {}, opset, axis=axis))
    got = graphlab.Run(graph, {"x": x}).forward().value("y")
    np.testing.assert_allclose(got, wanted, rtol=1e-5)


# --- what a graph says ---------------------------------------------------------------------------
def named_model() -> onnx.ModelProto:
    """conv → batch norm → flatten of an open batch, with PyTorch's names, in an old IR."""
    random = np.random.default_rng(3)
    arrays = {
        "block.conv.weight": random.normal(size=(2, 1, 3, 3)),
        "block.bn.weight": random.normal(size=2),
        "block.bn.bias": random.normal(size=2),
        "block.bn.running_mean": random.normal(size=2),
        "block.bn.running_var": random.uniform(1, 2, size=2),
    }
    held = [numpy_helper.from_array(a.astype(np.float32), n) for n, a in arrays.items()]
    nodes = [
        helper.make_node("Conv", ["in.1", "block.conv.weight"], ["a"], "/block/block.conv/Conv"),
        helper.make_node("BatchNormalization", ["a", *list(arrays)[1:]], ["b"], "/block/bn/BN"),
        helper.make_node("Shape", ["b"], ["s"]),
        helper.make_node("Gather", ["s", "zero"], ["n"], axis=0),
        helper.make_node("Unsqueeze", ["n", "axes"], ["n1"]),
        helper.make_node("Concat", ["n1", "rest"], ["shape"], axis=0),
        helper.make_node("Reshape", ["b", "shape"], ["out"]),
    ]
    held += [numpy_helper.from_array(np.array(v), n) for n, v in
             (("zero", 0), ("axes", [0]), ("rest", [-1]))]  # fmt: skip
    fed = [helper.make_tensor_value_info("in.1", TensorProto.FLOAT, ["N", 1, 5, 5])]
    fed += [helper.make_tensor_value_info(t.name, t.data_type, t.dims) for t in held]
    out = [helper.make_tensor_value_info("out", TensorProto.FLOAT, ["N", 18])]
    graph = helper.make_graph(nodes, "named", fed, out, held)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=3)


def test_names_roles_groups_and_an_open_batch() -> None:
    graph = graphlab.from_onnx(named_model())
    assert graph.inputs == ("in_1",)
    assert graph.outputs == ("out",)
    assert graph.nodes["in_1"].attributes["shape"] == (None, 1, 5, 5)
    names = qualified_names(graph)
    assert [names[p] for p in graph.parameters] == [
        "block.conv.weight", "block.bn.weight", "block.bn.bias"]  # fmt: skip
    assert [names[b] for b in graph.buffers] == ["block.bn.running_mean", "block.bn.running_var"]
    ops = [n.op.name for n in graph.nodes.values() if n.op.category != "Source"]
    assert ops == ["conv2d", "batch_norm", "flatten"]
    for batch in (1, 3):
        x = np.ones((batch, 1, 5, 5), np.float32)
        assert graphlab.Run(graph, {"in_1": x}).forward().value("out").shape == (batch, 18)


class Small(torch.nn.Module):
    """Convolution, batch norm, attention's own arithmetic on shapes, and a classifier."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = torch.nn.Sequential(
            torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4), torch.nn.GELU()
        )
        self.head = torch.nn.Linear(4, 3)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        y = torch.nn.functional.max_pool2d(self.stem(x), 2)
        n, c, h, w = y.shape
        rows = y.reshape(n, c, h * w).transpose(1, 2)
        scores = torch.softmax(rows @ rows.transpose(1, 2) / c**0.5, dim=-1)
        mixed = (scores @ rows).transpose(1, 2).reshape(n, c, h, w)
        return self.head((y + mixed).mean(dim=(2, 3)))


@pytest.mark.parametrize("axes", [{}, {0: "N"}, {0: "N", 2: "H", 3: "W"}])
@pytest.mark.parametrize("trains", [False, True])
@pytest.mark.filterwarnings("ignore")
def test_what_pytorch_exports(axes: dict[int, str], trains: bool, tmp_path: Any) -> None:
    torch.manual_seed(0)
    module, path, x = Small().train(trains), tmp_path / "small.onnx", torch.randn(2, 1, 8, 6)
    torch.onnx.export(
        module, (x,), path, dynamo=False, input_names=["x"], output_names=["y"],
        dynamic_axes={"x": axes, "y": {0: "N"}} if axes else None, do_constant_folding=False,
        training=torch.onnx.TrainingMode.PRESERVE,
    )  # fmt: skip
    graph = graphlab.from_onnx(path)
    assert {"stem.0.weight", "head.bias"} <= set(qualified_names(graph).values())
    if axes:
        x = torch.randn(3, 1, *((4, 10) if len(axes) > 1 else (8, 6)))
    got = graphlab.Run(graph, {"x": x.double().numpy()}).forward().value("y")
    np.testing.assert_allclose(got, module.double()(x.double()).detach(), rtol=1e-5, atol=1e-6)


# --- files at fault ------------------------------------------------------------------------------
def broken(change: Any) -> onnx.ModelProto:
    model = named_model()
    change(model)
    return model


BROKEN = {
    "an input that nothing makes": lambda m: m.graph.node[0].input.__setitem__(0, "nowhere"),
    "a circle": lambda m: m.graph.node[0].input.__setitem__(0, "out"),
    "a shape that no array has": lambda m: m.graph.initializer[0].dims.__setitem__(0, 2**40),
    "a negative shape": lambda m: m.graph.initializer[0].dims.__setitem__(0, -2),
    "bytes cut off": lambda m: setattr(m.graph.initializer[0], "raw_data", b"abc"),
    "no outputs": lambda m: m.graph.ClearField("output"),
    "an attribute of another type": lambda m: m.graph.node[0].attribute.append(
        helper.make_attribute("strides", "two")
    ),
    "pads for other axes": lambda m: m.graph.node[0].attribute.append(
        helper.make_attribute("pads", [1, 2, 3])
    ),
    "an array outside its folder": lambda m: m.graph.initializer[0].CopyFrom(
        TensorProto(
            name="block.conv.weight", data_type=1, dims=[2, 1, 3, 3], data_location=1,
            external_data=[onnx.StringStringEntryProto(key="location", value="../../etc/passwd")],
        )
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", BROKEN)
def test_a_model_at_fault_is_told_in_one_sentence(fault: str, tmp_path: Any) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(broken(BROKEN[fault]).SerializeToString())
    with pytest.raises(FileError) as told:
        graphlab.from_onnx(path)
    assert "model.onnx" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("content", [b"", b"not a model", b"\x08\x01\x12\xff\xff\xff\xff\x0f"])
def test_a_file_that_is_no_model(content: bytes, tmp_path: Any) -> None:
    path = tmp_path / "model.onnx"
    path.write_bytes(content)
    with pytest.raises(FileError, match=r"model\.onnx"):
        graphlab.from_onnx(path)


def test_functions_that_never_end_and_arrays_that_never_fit() -> None:
    model = named_model()
    body = helper.make_function(
        "own", "F", ["x"], ["y"], [helper.make_node("F", ["x"], ["y"], domain="own")],
        [helper.make_opsetid("own", 1)],
    )  # fmt: skip
    model.functions.append(body)
    model.graph.node[0].CopyFrom(helper.make_node("F", ["in.1"], ["a"], domain="own"))
    with pytest.raises(FileError, match="stands in itself"):
        graphlab.from_onnx(model)
    huge = model_of("ConstantOfShape", {}, {"s": np.array([2**20, 2**20])})
    node = graphlab.from_onnx(huge).nodes["y"]
    assert "too large" in node.attributes["why"]


def test_arrays_beside_the_model(tmp_path: Any) -> None:
    model = named_model()
    onnx.save(model, tmp_path / "m.onnx", save_as_external_data=True, location="m.data",
              size_threshold=0)  # fmt: skip
    beside, whole = graphlab.from_onnx(tmp_path / "m.onnx"), graphlab.from_onnx(named_model())
    assert beside == whole
    (tmp_path / "m.data").write_bytes(b"short")
    with pytest.raises(FileError, match=r"m\.onnx: .*not a pair"):
        graphlab.from_onnx(tmp_path / "m.onnx")
