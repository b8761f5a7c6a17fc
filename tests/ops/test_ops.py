"""Every op is judged here by central differences, by PyTorch and by its own formula."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import pytest
import torch
import ziamath
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import calls

from graphlab.errors import OpError
from graphlab.ops.contract import REGISTRY, Op, Sample, op_named
from graphlab.ops.expression import FUNCTIONS, Expression, Rule
from graphlab.ops.families import Pointwise

OPS = [op for op in REGISTRY.values() if getattr(op, "samples", ())]
TOLD = {"training": True, "seed": 7}


def cases(op: type[Op]) -> list[Sample]:
    """The op's samples; once more as in training where the op asks for that."""
    told = {key: TOLD[key] for key in op.circumstances}
    trained = [Sample(s.shapes, {**s.attributes, **told}) for s in op.samples if told]
    return [*op.samples, *trained]


EACH_OP = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)
EACH_SAMPLE = pytest.mark.parametrize(
    ("op", "sample"),
    [
        pytest.param(op, sample, id=f"{op.name}-{sample.shapes}-{dict(sample.attributes)}")
        for op in OPS
        for sample in cases(op)
    ],
)
SEEDS = 24  # draws of each op, spread over its samples
LATTICE = np.array([-1.0, -0.5, 0.0, 0.5, 1.0])  # where kinks, jumps and ties are common
EXTREMES = np.array([-1000.0, -1e-300, 0.0, 1e-300, 1000.0])


class Call:
    """One use of an op with its inputs, an upstream gradient, and what comes of them."""

    def __init__(self, op: type[Op], sample: Sample, inputs: Sequence[Any], seed: int = 0) -> None:
        self.op, self.sample, self.attributes = op, sample, dict(sample.attributes)
        empty = 0 if op.variadic else len(op.ports) - len(inputs)
        self.inputs = [None if x is None else read_only(x) for x in (*inputs, *[None] * empty)]
        self.out = op.forward(*self.inputs, **self.attributes)
        random = np.random.default_rng(seed)
        drawn = [read_only(random.normal(size=np.shape(y))) for y in as_tuple(self.out)]
        self.upstream = tuple(drawn) if isinstance(self.out, tuple) else drawn[0]

    @property
    def ports(self) -> tuple[str, ...]:
        return self.op.port_names(len(self.inputs))

    @property
    def gradients(self) -> tuple[Any, ...]:
        return self.op.vjp(self.upstream, self.out, *self.inputs, **self.attributes)

    def by_torch(self) -> tuple[list[Any], list[Any]]:
        """The outputs and gradients that PyTorch computes; zeros where nothing flows."""
        frozen = self.op.undifferentiated
        tensors = [
            None if x is None else torch.tensor(x, requires_grad=port not in frozen)
            for port, x in zip(self.ports, self.inputs, strict=True)
        ]
        outs = as_tuple(self.op.lower(torch, *tensors, **self.attributes))
        above = [torch.tensor(u) for u in as_tuple(self.upstream)]
        flowing = [(y, u) for y, u in zip(outs, above, strict=True) if y.requires_grad]
        fed = [x for x in tensors if x is not None and x.requires_grad]
        gradients = [torch.zeros_like(x) for x in fed]
        if flowing:
            ends, starts = zip(*flowing, strict=True)
            gradients = list(
                torch.autograd.grad(ends, fed, starts, allow_unused=True, materialize_grads=True)
            )
        found = [
            gradients.pop(0).numpy() if x is not None and x.requires_grad else 0.0 for x in tensors
        ]
        return [y.detach().numpy() for y in outs], found

    def assert_agrees_with_torch(self) -> None:
        values, gradients = self.by_torch()
        for mine, theirs in zip(as_tuple(self.out), values, strict=True):
            assert np.shape(mine) == theirs.shape
            np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-12)
        for mine, theirs in zip(self.gradients, gradients, strict=True):
            assert mine is None or np.shape(mine) == np.shape(theirs)
            np.testing.assert_allclose(0 if mine is None else mine, theirs, rtol=1e-9, atol=1e-12)


def read_only(x: Any) -> Any:
    array = np.array(x)
    array.flags.writeable = False
    return array


def as_tuple(x: Any) -> tuple[Any, ...]:
    return x if isinstance(x, tuple) else (x,)


def drawn(op: type[Op], sample: Sample, seed: int = 0) -> Call:
    random = np.random.default_rng(seed)
    return Call(op, sample, op.draw(random, sample.shapes, **sample.attributes), seed)


def picked(op: type[Op], sample: Sample, values: Any, seed: int) -> Call:
    """A call with elements from ``values``; a target with a meaning of its own stays as drawn."""
    random = np.random.default_rng(seed)
    inputs = list(op.draw(random, sample.shapes, **sample.attributes))
    has_own_draw = inspect.unwrap(op.draw).__func__ is not Op.draw.__func__
    for i, port in enumerate(op.port_names(len(inputs))):
        box = op.domains.get(port)
        is_probability = box is not None and box.low >= 0 and box.high <= 1
        is_id = has_own_draw and port in op.undifferentiated
        if inputs[i] is not None and not is_id and (i == 0 or not has_own_draw):
            choice = random.choice(values, inputs[i].shape)
            inputs[i] = np.clip(choice, 0, 1) if is_probability else choice
    return Call(op, sample, inputs, seed)


@EACH_SAMPLE
def test_shape_rule_is_the_shape_of_the_value(op: type[Op], sample: Sample) -> None:
    call = drawn(op, sample)
    expected = op.shape(*sample.shapes, **sample.attributes)
    names = op.output_names(**sample.attributes)
    if isinstance(call.out, tuple):
        assert tuple(np.shape(y) for y in call.out) == expected
        assert len(names) == len(call.out)
    else:
        assert np.shape(call.out) == expected
        assert len(names) == 1


@EACH_SAMPLE
def test_single_precision_is_kept(op: type[Op], sample: Sample) -> None:
    inputs = [None if x is None else x.astype(np.float32) for x in drawn(op, sample).inputs]
    out = op.forward(*inputs, **sample.attributes)
    above = tuple(np.ones_like(y) for y in as_tuple(out))
    upstream = above if isinstance(out, tuple) else above[0]
    gradients = op.vjp(upstream, out, *inputs, **sample.attributes)
    pairs = zip(inputs, gradients, strict=True)
    tangents = [None if g is None else np.ones_like(x) for x, g in pairs]
    moved = op.jvp(tangents, out, *inputs, **sample.attributes)
    for array in [*as_tuple(out), *gradients, *as_tuple(moved)]:
        assert array is None or array.dtype == np.float32


@pytest.mark.parametrize("op", [op for op in OPS if not op.variadic], ids=lambda op: op.name)
def test_python_numbers_are_scalars(op: type[Op]) -> None:
    for sample in op.samples:
        if any(shape != () for shape in sample.shapes):
            continue
        call = drawn(op, sample)
        numbers = [float(x) for x in call.inputs]
        out = op.forward(*numbers, **sample.attributes)
        np.testing.assert_array_equal(out, call.out)
        upstream = float(call.upstream) if call.upstream.shape == () else call.upstream
        gradients = op.vjp(upstream, out, *numbers, **sample.attributes)
        for mine, expected in zip(gradients, call.gradients, strict=True):
            assert (mine is None) == (expected is None)
            assert mine is None or (np.shape(mine) == () and mine == expected)


@EACH_SAMPLE
def test_gradients_against_central_differences(op: type[Op], sample: Sample) -> None:
    call = drawn(op, sample)
    above = as_tuple(call.upstream)
    for i, gradient in enumerate(call.gradients):
        if gradient is None:
            continue
        for index in np.ndindex(call.inputs[i].shape):
            ends = []
            for change in (1e-5, -1e-5):
                moved = [None if x is None else x.copy() for x in call.inputs]
                moved[i][index] += change
                out = as_tuple(op.forward(*moved, **sample.attributes))
                ends.append(sum(np.sum(u * y) for u, y in zip(above, out, strict=True)))
            slope = (ends[0] - ends[1]) / 2e-5
            assert np.asarray(gradient)[index] == pytest.approx(slope, rel=1e-6, abs=1e-7)


@EACH_SAMPLE
def test_value_and_gradients_against_torch(op: type[Op], sample: Sample) -> None:
    drawn(op, sample).assert_agrees_with_torch()


@EACH_OP
def test_drawn_shapes_against_torch(op: type[Op]) -> None:
    @settings(max_examples=15, deadline=None, derandomize=True, database=None)
    @given(calls(op), st.integers(0, 2**32 - 1))
    def judge(sample: Sample, seed: int) -> None:
        attributes = op.check_attributes(sample.attributes)
        if seed % 2:
            attributes |= {key: TOLD[key] for key in op.circumstances}
        call = drawn(op, Sample(sample.shapes, attributes), seed)
        shapes = tuple(np.shape(y) for y in as_tuple(call.out))
        expected = op.shape(*sample.shapes, **attributes)
        assert shapes == (expected if isinstance(call.out, tuple) else (expected,))
        call.assert_agrees_with_torch()

    judge()


@EACH_SAMPLE
def test_forward_and_backward_derivatives_are_adjoint(op: type[Op], sample: Sample) -> None:
    call = drawn(op, sample)
    gradients = call.gradients
    random = np.random.default_rng(1)
    tangents = [
        None if g is None else random.normal(size=x.shape)
        for x, g in zip(call.inputs, gradients, strict=True)
    ]
    alone = [[t if i == j else None for j, t in enumerate(tangents)] for i in range(len(tangents))]
    for chosen in [tangents, *alone]:
        if all(t is None for t in chosen):
            continue
        moved = as_tuple(op.jvp(chosen, call.out, *call.inputs, **sample.attributes))
        above = as_tuple(call.upstream)
        forward = sum(np.sum(u * m) for u, m in zip(above, moved, strict=True))
        pairs = zip(gradients, chosen, strict=True)
        backward = sum(np.sum(g * t) for g, t in pairs if t is not None)
        assert [np.shape(m) for m in moved] == [u.shape for u in above]
        assert forward == pytest.approx(backward, rel=1e-9, abs=1e-12)


@pytest.mark.parametrize("op", [op for op in OPS if op.convention], ids=lambda op: op.name)
def test_conventions_are_those_of_torch(op: type[Op]) -> None:
    """At kinks and ties; a one-sided slope, or an infinite one, must be the same one."""
    with np.errstate(all="ignore"):
        for sample in op.samples:
            for seed in range(-(-SEEDS // len(op.samples))):
                picked(op, sample, LATTICE, seed).assert_agrees_with_torch()


@EACH_OP
def test_extreme_inputs(op: type[Op]) -> None:
    """What is finite for torch is finite here, and reached without overflow on the way."""
    # Where a group's elements are all alike, what is left in torch's sums is rounding alone.
    atol = 1e-7 if op.category == "Normalisation" else 1e-12
    for sample in cases(op):
        for seed in range(-(-SEEDS // len(cases(op)))):
            with np.errstate(all="ignore"):
                call = picked(op, sample, EXTREMES, seed)
                values, gradients = call.by_torch()
                mine = [0 if g is None else g for g in call.gradients]
            for value, theirs in zip(as_tuple(call.out), values, strict=True):
                np.testing.assert_allclose(value, theirs, rtol=1e-9, atol=atol)
            for gradient, theirs in zip(mine, gradients, strict=True):
                if op.name != "norm":  # torch's loses gradients where |x|ᵖ underflows
                    np.testing.assert_allclose(gradient, theirs, rtol=1e-9, atol=atol)
            if all(np.isfinite(x).all() for x in (*values, *gradients)):
                with np.errstate(over="raise", divide="raise", invalid="raise"):
                    op.forward(*call.inputs, **call.attributes)
                    assert all(np.isfinite(g).all() for g in call.gradients if g is not None)


@pytest.mark.parametrize(
    ("op", "sample"),
    [
        pytest.param(op, sample, id=f"{op.name}-{sample.shapes}-{dict(sample.attributes)}")
        for op in OPS
        for sample in op.samples
        if issubclass(op, Pointwise)
        and isinstance(op.formula, Expression)
        and not op.reduced_axes(max(map(len, sample.shapes)), **sample.attributes)
    ],
)
def test_formula_and_partials_are_what_is_computed(op: type[Op], sample: Sample) -> None:
    joint = np.broadcast_shapes(*sample.shapes)
    settings = {name: kind.default for name, kind in op.attributes.items()} | sample.attributes
    for seed in range(5):
        with np.errstate(all="ignore"):
            call = drawn(op, sample, seed) if seed else picked(op, sample, LATTICE, seed)
            local = op.local(call.out, *call.inputs, **sample.attributes)
        table = dict(zip(op.ports, local, strict=True)) | {op.formula.left: call.out}
        rules: list[tuple[Rule, Any]] = [(op.formula, call.out)]
        rules += [(rule, table[port]) for port, rule in op.partials.items()]
        for rule, computed in rules:
            if not isinstance(rule, Expression):
                continue
            kernel = compile(rule.python(), op.name, "eval")
            for index in np.ndindex(joint):
                named = {**dict(zip(op.ports, call.inputs, strict=True)), op.formula.left: call.out}
                scope = {k: at(v, index, joint) for k, v in named.items()} | settings
                try:
                    value = eval(kernel, {"__builtins__": {}, **FUNCTIONS}, scope)
                except (ArithmeticError, ValueError):
                    continue  # math refuses where NumPy knows an infinity
                assert value == pytest.approx(at(computed, index, joint), rel=1e-9, abs=1e-12)


def at(x: Any, index: tuple[int, ...], joint: tuple[int, ...]) -> float:
    return float(np.broadcast_to(x, joint)[index])


@EACH_OP
def test_what_a_student_reads(op: type[Op]) -> None:
    assert op.page().endswith(".")
    assert len(op.page()) > 20
    assert not op.convention or op.convention.endswith(".")
    names = {port: f"{port}_1" for port in op.ports}
    for rule in [op.formula, *op.partials.values()]:
        for text in (rule.text(), rule.text(names)):
            assert text
            assert not set(text) & set("\\{}")
        assert width(rule.latex()) > 0


@cache
def width(latex: str) -> float:
    """Of what is typeset; many ops share a rule."""
    return float(ziamath.Latex(latex).getsize()[0])


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (("sum", (2, 3), {"axis": 2}), ["axis is 2", "2 axes", "-2 to 1"]),
        (("mean", (2, 3), {"axis": (0, -2)}), ["twice"]),
        (("max", (2, 3), {"axis": ()}), ["nothing"]),
        (("min", (), {"axis": 0}), ["axis is 0", "scalar"]),
        (("max", (2, 0), {"axis": 1}), ["2×0", "axis 1", "no max"]),
        (("variance", (1, 3), {"axis": 0, "correction": 1}), ["correction is 1", "1×3"]),
        (("norm", (3,), {"order": -1.0}), ["order is -1"]),
        (("softmax", (2, 3), {"axis": -3}), ["axis is -3", "2 axes"]),
        (("log_softmax", (), {}), ["axis is -1", "scalar"]),
        (("softmax", (2, 0), {}), ["2×0", "axis -1"]),
    ],
    ids=str,
)
def test_wrong_calls_are_refused(call: Any, words: list[str]) -> None:
    name, shape, attributes = call
    with pytest.raises(OpError) as caught:
        op_named(name).shape(shape, **attributes)
    assert all(word in str(caught.value) for word in words), caught.value


def test_a_slope_left_open_follows_from_what_it_meets() -> None:
    prelu = op_named("prelu")
    known = {"x": (2, 3, 4, 4)}
    assert prelu.open_shape("slope", known, None) == ()
    assert prelu.open_shape("slope", known, (None, 1, 1)) == (3, 1, 1)
    assert prelu.open_shape("slope", {"x": None}, (None,)) == (None,)
