"""The formula language: what it says, what it refuses, and that nothing is lost in print."""

from __future__ import annotations

import json
import keyword
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphlab.errors import FormulaError, GraphError
from graphlab.graph import Draft, Graph, Group, Node, OutPort
from graphlab.graph.formula import parse, to_text
from graphlab.graph.formula_callee import callee_named
from graphlab.graph.formula_groups import MAX_GROUP_DEPTH
from graphlab.graph.formula_tokens import MAX_TEXT
from graphlab.ops import REGISTRY, Op


def value(graph: Graph, name: str, **feeds: float) -> Any:
    """Run the ops' own forward, by definition and not by plan."""
    node = graph.nodes[name]
    if node.op.name == "input":
        return feeds[name]
    inputs = [value(graph, source.node, **feeds) for source in node.inputs.values()]
    return node.op.forward(*inputs, **node.attributes)


def described(graph: Graph) -> dict[str, str]:
    """Each node as ``op(inputs)``."""
    return {
        name: f"{node.op.name}({', '.join(map(str, node.inputs.values()))})"
        for name, node in graph.nodes.items()
    }


def assert_round_trip(graph: Graph) -> None:
    text = to_text(graph)
    again = parse(text)
    assert again == graph, text
    assert again.inputs == graph.inputs, text
    assert again.parameters == graph.parameters, text
    assert again.outputs == graph.outputs, text


# --- what is said ---------------------------------------------------------------------------------
def test_a_formula_becomes_nodes_in_the_order_they_are_computed() -> None:
    graph = parse("q = x + y; f = q * z")
    assert described(graph) == {
        "x": "input()",
        "y": "input()",
        "q": "add(x, y)",
        "z": "input()",
        "f": "multiply(q, z)",
    }
    assert list(graph.nodes) == ["x", "y", "q", "z", "f"]
    assert value(graph, "f", x=-2.0, y=5.0, z=-4.0) == -12.0


def test_a_last_expression_alone_is_f_unless_that_name_is_taken() -> None:
    graph = parse("sigmoid(w1*x + w2*y + b)")
    assert described(graph) == {
        "w1": "input()",
        "x": "input()",
        "multiply1": "multiply(w1, x)",
        "w2": "input()",
        "y": "input()",
        "multiply2": "multiply(w2, y)",
        "add1": "add(multiply1, multiply2)",
        "b": "input()",
        "add2": "add(add1, b)",
        "f": "sigmoid(add2)",
    }
    assert described(parse("2 * f")) == {
        "constant1": "constant()",
        "f": "input()",
        "multiply1": "multiply(constant1, f)",
    }


def test_automatic_names_keep_clear_of_every_name_in_the_text() -> None:
    graph = parse("f = x*y*z\nmultiply1 = exp(f)\ng = multiply2 + 1")
    assert described(graph)["f"] == "multiply(multiply3, z)"
    assert graph.inputs == ("x", "y", "z", "multiply2")


@pytest.mark.parametrize(
    ("text", "op", "inputs"),
    [
        ("f = -x", "negate", ["x"]),
        ("f = x**2", "square", ["x"]),
        ("f = x**2.0", "square", ["x"]),
        ("f = +x", "identity", ["x"]),
        ("f = +x**+2", "square", ["x"]),
        ("f = x - +y", "subtract", ["x", "y"]),
        ("f = x**y", "power", ["x", "y"]),
        ("f = x @ y", "matmul", ["x", "y"]),
        ("f = x", "identity", ["x"]),
        ("f = −2", "constant", []),
        ("f = add(x, ?)", "add", ["x"]),
        ("f = ? - x", "subtract", ["x"]),
        ("f = affine(bias=b, x=x, weight=W)", "affine", ["W", "x", "b"]),
        ("f = concatenate(x, ?, y, axis=1)", "concatenate", ["x", "y"]),
        ("s = split(x, parts=2); f = s[1] * s", "multiply", ["s.1", "s"]),
        ("  f = (\n  x  # a comment\n  ×\ty)\r\n\r\n", "multiply", ["x", "y"]),
        ("\ufefff = x ÷ x₁", "divide", ["x", "x₁"]),
        ("f = x + \\\n lambda", "add", ["x", "lambda"]),
    ],
)
def test_what_a_line_means(text: str, op: str, inputs: list[str]) -> None:
    node = parse(text).nodes["f"]
    assert node.op.name == op
    assert [str(source) for source in node.inputs.values()] == inputs
    assert list(node.inputs) == [port for port in node.ports if port in node.inputs]


@pytest.mark.parametrize(
    ("text", "attributes"),
    [
        ("input()", {}),
        ("input(3, None)", {"shape": (3, None)}),
        ("input((3, None))", {"shape": (3, None)}),
        ("input(shape=())", {"shape": ()}),
        ("target(2, value=[1, 0])", {"shape": (2,), "value": [1.0, 0.0]}),
        (
            "parameter(3, 2, init='normal', scale=0.1, seed=7)",
            {"shape": (3, 2), "init": "normal", "scale": 0.1, "seed": 7},
        ),
        ("constant([[1, 2], [3, -4]])", {"value": [[1.0, 2.0], [3.0, -4.0]]}),
        ("[[1, 2], [3, -4]]", {"value": [[1.0, 2.0], [3.0, -4.0]]}),
        ("-1e-3", {"value": -0.001}),
        ("+1e-3", {"value": 0.001}),
        ("[+1, -2]", {"value": [1.0, -2.0]}),
        ("leaky_relu(x, slope=+0.1)", {"slope": 0.1}),
        ("sum(x, axis=(0, -1), keepdims=True)", {"axis": (0, -1), "keepdims": True}),
        ("sum(x, axis=None)", {}),
        ('squared_error(y, t, reduction="sum")', {"reduction": "sum"}),
    ],
)
def test_attributes_are_written_values(text: str, attributes: dict[str, Any]) -> None:
    found = parse(f"f = {text}").nodes["f"].attributes
    as_lists = {k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in found.items()}
    assert as_lists == attributes


def test_arrays_keep_their_precision_and_shape() -> None:
    node = parse('c = constant(array([0.1, 2], dtype="float32"))').nodes["c"]
    assert node.attributes["value"].dtype == np.float32
    assert parse("c = constant(array([], shape=(0, 3)))").nodes["c"].attributes["value"].shape == (
        0,
        3,
    )


def test_groups_are_indented_blocks_and_may_be_opened_again() -> None:
    graph = parse(
        'with group("net", title="A \\"net\\""):\n'
        "    h = relu(w*x)\n"
        '    with group("head"):\n'
        "\th2 = h\n".replace("\t", "        ")
        + "z = h2 + 1\n"
        'with group("net"): k = 2*h; l = k\n'
        'group("empty")\n'
        "outputs(z, l)"
    )
    assert graph.groups == {
        "net": Group('A "net"'),
        "head": Group("", "net"),
        "empty": Group(),
    }
    assert {name: node.group for name, node in graph.nodes.items()} == {
        "w": None,
        "x": None,
        "multiply1": "net",
        "h": "net",
        "h2": "head",
        "constant1": None,
        "z": None,
        "constant2": "net",
        "k": "net",
        "l": "net",
    }
    assert graph.outputs == ("z", "l")


NUMBERS = st.sampled_from(["x", "y", "z", "1.5", "3", "0.25"])
EXPRESSIONS = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/", " - "]), inner).map("".join),
        inner.map("-{}".format),
        inner.map("({})".format),
        st.tuples(NUMBERS, st.sampled_from(["**2", "**-1", "**2**-y", "**-x"])).map("".join),
    ),
    max_leaves=12,
)


@given(EXPRESSIONS)
def test_operators_bind_as_in_python(text: str) -> None:
    feeds = {"x": 0.7, "y": 1.3, "z": 2.1}
    try:
        expected = eval(text, {}, feeds)  # Python itself is the judge
    except (ZeroDivisionError, OverflowError):
        return
    if isinstance(expected, complex):
        return
    graph = parse(f"f = {text}")
    with np.errstate(all="ignore"):
        assert value(graph, "f", **feeds) == pytest.approx(expected, rel=1e-9)
    assert_round_trip(graph)


# --- what is printed ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "text",
    [
        "f = (x + y)*z",
        "f = sigmoid(w1*x + w2*y + b)",
        "A = W @ x\nB = sigmoid(A)\nl = -t*log(B) - (1 - t)*log(1 - B)",
        "f = a - (b - c) + d/(e*g)/h",
        "f = -x**2 + (-x)**2 + 2**(-y) + (-2)**y",
        "f = power(x, 2) + x**3 - (-1)",
        "u = 2*v\nf = u**2",
        "h = relu(affine(W, ?, b))",
        "W = parameter(3, None)\nx = input(None, 2, value=[[1, 2], [3, 4], [5, 6.5]])\nf = W @ x",
        "s = split(x, parts=2)\nf = s*s[1]\noutputs(f, s[1])",
        'with group("neuron1", title="σ"):\n    a = w*x + b\n    y = tanh(a)\nl = (y - 1)**2',
        "a = b\nc = 3\nx² = input()\nd = [1, 2]*x² + c*a",
        "f = sum(x, axis=(0,)) + clip(x, low=0, high=1.5)",
        "",
    ],
)
def test_text_a_person_wrote_is_printed_as_it_was(text: str) -> None:
    graph = parse(text)
    assert to_text(graph) == text.replace("2**(-y)", "2**-y")


def test_a_drawn_graph_prints_what_its_order_demands() -> None:
    """Cards placed before what feeds them; the last line is there for the outputs alone."""
    draft = Draft()
    use = draft.add(REGISTRY["negate"], [OutPort("s")], name="n")
    draft.add(REGISTRY["split"], [OutPort("x")], {"parts": 2}, name="s")
    draft.add(REGISTRY["input"], name="x")
    graph = draft.graph()
    assert graph.outputs == (str(use), "s.1")
    assert to_text(graph) == "s = split(x, parts=2)\nn = -s\norder(n, s, x)"
    assert_round_trip(graph)


def test_an_automatic_name_that_would_not_come_back_gets_a_line() -> None:
    draft = Draft()
    x = draft.add(REGISTRY["input"], name="x")
    kept = draft.add(REGISTRY["exp"], [x], name="exp2")
    first = draft.add(REGISTRY["sin"], [x], name="sin1")
    draft.add(REGISTRY["add"], [kept, first], name="f")
    assert to_text(draft.graph()) == "exp2 = exp(x)\nf = exp2 + sin(x)"
    assert_round_trip(draft.graph())


@pytest.mark.parametrize("depth", [MAX_GROUP_DEPTH, MAX_GROUP_DEPTH + 1, 100_000])
def test_groups_nest_as_deep_as_text_indents(depth: int) -> None:
    draft = Draft()
    for i in range(depth):
        draft.groups[f"g{i}"] = Group("", f"g{i - 1}" if i else None)
    draft.add(REGISTRY["input"], name="x", group=f"g{depth - 1}")
    if depth <= MAX_GROUP_DEPTH:
        assert_round_trip(draft.graph())
    else:
        with pytest.raises(GraphError, match="is more than 60 groups deep"):
            to_text(draft.graph())


@pytest.mark.parametrize("op", ["negate", "exp", "add"])
def test_long_and_deep_graphs_print_and_read(op: str) -> None:
    draft = Draft()
    x = port = draft.add(REGISTRY["input"], name="x")
    for _ in range(3000):
        port = draft.add(REGISTRY[op], [x, port] if op == "add" else [port])
    assert_round_trip(draft.graph())


def test_a_sum_of_twenty_thousand_terms_is_flat() -> None:
    text = "f = " + " + ".join(["x"] * 20_000)
    graph = parse(text)
    assert len(graph.nodes) == 20_000
    assert to_text(graph) == text


# --- random graphs --------------------------------------------------------------------------------
ODD_NAMES = [
    "x",
    "y",
    "f",
    "W",
    "σ",
    "x₁",
    "x²",
    "é",
    "_",
    "None",
    "True",
    "lambda",
    "if",
    "with",
    "group",
    "order",
    "outputs",
    "array",
    "input",
    "sum",
    "title",
    "add1",
    "add2",
    "multiply3",
    "constant1",
]
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
ARRAYS = st.one_of(
    FLOATS,
    st.lists(FLOATS, max_size=4).map(np.array),
    st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), max_size=3).map(
        lambda x: np.array(x, np.float32)
    ),
    st.sampled_from([(0, 3), (2, 0), (1, 2, 2), (1,) * 20]).map(np.ones),
    st.just(np.float32(0.1) * np.ones((), np.float32)),
)
SHAPES = st.none() | st.lists(st.none() | st.integers(0, 9), max_size=3).map(tuple)


@st.composite
def source_attributes(draw: st.DrawFn, op: str) -> dict[str, Any]:
    if op == "constant":
        return {"value": draw(ARRAYS)}
    found: dict[str, Any] = {}
    if draw(st.booleans()):
        found = {"shape": draw(SHAPES), "value": draw(st.none() | ARRAYS)}
    if op == "parameter" and draw(st.booleans()):
        found |= {
            "init": draw(st.sampled_from(["zeros", "normal"])),
            "scale": draw(FLOATS),
            "seed": draw(st.none() | st.integers(0, 2**63)),
        }
    return found


@st.composite
def graphs(draw: st.DrawFn) -> Graph:
    """Any drawing: every op, holes, several outputs, groups, marks, nodes listed in any order."""
    draft = Draft()
    ports: list[OutPort] = []
    groups = st.sampled_from(["a", "b", "add1", "constant2"])
    for name in draw(st.lists(groups, unique=True, max_size=3)):
        parent = draw(st.sampled_from([None, *draft.groups]))
        draft.groups[name] = Group(draw(st.text(max_size=4)), parent)
    for _ in range(draw(st.integers(0, 12))):
        op = REGISTRY[draw(st.sampled_from([*REGISTRY, "input", "add", "multiply", "constant"]))]
        given: dict[str, OutPort] = {}
        if op.category == "Source":
            attributes = draw(source_attributes(op.name))
        else:
            opaque = {"target": draw(st.text(max_size=9)), "outputs": 2}
            attributes = (
                dict(draw(st.sampled_from(op.samples)).attributes) if op.samples else opaque
            )
            for port in op.port_names(draw(st.integers(0, 4))):
                if len(ports) > 0 and draw(st.integers(0, 5)):
                    given[port] = draw(st.sampled_from(ports))
        name = (
            draft.free_name(op.name)
            if draw(st.integers(0, 3))
            else draw(st.sampled_from([*ODD_NAMES, f"{op.name}{draw(st.integers(1, 5))}"]))
        )
        if name in draft.nodes or name in draft.groups:
            continue
        group = draw(st.sampled_from([None, *draft.groups]))
        draft.add(op, given, attributes, name=name, group=group)
        node = draft.nodes[name]
        ports += [OutPort(name, i) for i in range(len(op.output_names(**node.attributes)))]
    if len(ports) > 0 and draw(st.booleans()):
        draft.marked = tuple(draw(st.lists(st.sampled_from(ports), unique=True, max_size=3)))
    if draw(st.booleans()):
        draft.nodes = {name: draft.nodes[name] for name in draw(st.permutations([*draft.nodes]))}
    return draft.graph()


@settings(max_examples=300)
@given(graphs())
def test_graph_to_text_to_graph_is_the_identity(graph: Graph) -> None:
    assert_round_trip(graph)


def test_every_sample_of_every_op_is_said_and_read() -> None:
    draft = Draft()
    x = draft.add(REGISTRY["input"], name="x")
    for op in REGISTRY.values():
        for sample in op.samples:
            draft.add(op, [x] * len(sample.shapes), sample.attributes)
    assert_round_trip(draft.graph())


# --- symbols --------------------------------------------------------------------------------------
WITH_SYMBOL = [op for op in REGISTRY.values() if op.symbol]


@pytest.mark.parametrize("op", WITH_SYMBOL, ids=[op.name for op in WITH_SYMBOL])
def test_a_symbol_means_its_op_where_no_other_has_it(op: type[Op]) -> None:
    bearers = [other.name for other in REGISTRY.values() if other.symbol == op.symbol]
    found = callee_named(op.symbol)
    if found is not None and found.name != op.symbol:
        assert bearers == [found.name]
    is_letter = op.category == "Source"  # which names of values have
    if op.symbol.isascii() and op.symbol.isalpha() and bearers == [op.name] and not is_letter:
        assert keyword.iskeyword(op.symbol) or found in (op, REGISTRY.get(op.symbol))


SYMBOLS = [
    ("s = σ(w₁*x + w₂*y + b)", "s = sigmoid(w₁*x + w₂*y + b)"),
    ("f = Σ(x, axis=0) + Π(x)", "f = sum(x, axis=0) + product(x)"),
    ("f = 2*√ (√(y))", "f = 2*sqrt(sqrt(y))"),
    ("f = ln(ReLU(x))", "f = log(relu(x))"),
    ("f = σ(x)/σ", "f = sigmoid(x)/σ"),
]


@pytest.mark.parametrize(("text", "named"), SYMBOLS)
def test_a_call_by_symbol_is_the_call_by_name(text: str, named: str) -> None:
    assert parse(text) == parse(named)
    assert to_text(parse(text)) == named


# --- mistakes -------------------------------------------------------------------------------------
MISTAKES = [
    # names
    ("f = sigmiod(x)", 1, 5, "did you mean sigmoid?"),
    ("f = Sigmoid(x)", 1, 5, "did you mean sigmoid?"),
    ("σ = 2\nf = σ(x)", 2, 5, "to multiply write σ*(…)"),
    ("f = √x", 1, 5, "√ is written sqrt(x)"),
    ("f = a ⊗ b", 1, 7, "⊗ is written outer(a, b)"),
    ("f = w(x + y)", 1, 5, "to multiply write w*(…)"),
    ("f = q*z\nq = x + y", 1, 5, "only gets its value on line 2; move that line up"),
    ("f = x\ng = x\nf = 2", 3, 1, "from line 1"),
    ("f = 2*f", 1, 7, "made from itself"),
    ("f = sigmoid + 1", 1, 5, "write sigmoid(…)"),
    ("f = x²", 1, 5, "**"),
    ("f = True * x", 1, 5, "write 1"),
    # arguments
    ("f = add(x)", 1, 5, "add needs x and y, and got 1"),
    ("f = affine(x=x)", 1, 5, "needs weight and x, and got x"),
    ("f = concatenate()", 1, 5, "needs one input or more"),
    ("f = sigmoid(x, y)", 1, 16, "takes 1 input, x, and this is one more; remove it"),
    ("f = max(0, x)", 1, 12, "did you mean maximum?"),
    ("f = softmax(x, 1)", 1, 16, "axis=…"),
    ("f = sum(x, axs=1)", 1, 12, "no input or attribute axs: did you mean axis?"),
    ("f = sum(x, axis='a')", 1, 17, "sum's axis"),
    ("f = sum(x, axis=n)", 1, 17, "written out"),
    ("f = sum(x, axis=1+1)", 1, 18, "written out"),
    ("f = sum(axis=1, x)", 1, 17, "come first"),
    ("f = sum(x, x=y)", 1, 12, "given twice"),
    ("f = reshape(x)", 1, 5, "reshape needs shape"),
    ("f = concatenate(a, x2=b)", 1, 20, "without x2="),
    ("x = input(n)", 1, 11, "whole numbers or None"),
    ("x = input(2.5)", 1, 11, "input's shape"),
    ("c = constant([[1, 2], [3]])", 1, 14, "rectangular"),
    ("f = [x, y]", 1, 6, "stack(x, y)"),
    ("f = ?", 1, 5, "write a value"),
    # outputs
    ("f = x[1]", 1, 5, "one output"),
    ("f = x[1:3]", 1, 6, "slice(x"),
    ("f = (x + y)[0]", 1, 12, "slice("),
    ("s = split(x, parts=2)\nf = s[2]", 2, 5, "2 outputs, counted from 0"),
    ("s = split(x, parts=2)\nf = s.1", 2, 6, "write s[1]"),
    ("f = x\noutputs(g)", 2, 9, "no line above has g"),
    ("f = x\noutputs(f, f)", 2, 12, "listed twice"),
    ("f = x\norder(f, x, f)", 2, 13, "listed twice"),
    (f"f = stack({'x, ' * 9_999}x)", 1, 30_008, "at most 9,999 inputs"),
    # operators and signs
    ("f = 2x", 1, 6, "write 2*x"),
    ("f = w x", 1, 7, "missing between w and x"),
    ("f = 2(x + 1)", 1, 6, "write 2*(…)"),
    ("f = x^2", 1, 6, "**"),
    ("f = x +", 1, 8, "missing after +"),
    ("f = x +  # more\ng = x", 1, 8, "missing after +"),
    ("f = * x", 1, 5, "missing before *"),
    ("f =", 1, 4, "missing after ="),
    ("f = x == y", 1, 7, "write = to name a value"),
    ("f = x < y", 1, 7, "compares"),
    ("f += x", 1, 3, "given once"),
    ("f = (x + y", 1, 5, "never closed"),
    ("f = sigmoid(x\ng = f", 1, 12, "never closed"),
    ("f = x + y)", 1, 10, "closes nothing"),
    ("f = (x]", 1, 7, "write ) instead"),
    ("f = add(x,, y)", 1, 11, "missing after ,"),
    ("f = sigmoid(())", 1, 14, "nothing between"),
    ("f = x, y", 1, 6, "stack(x, y)"),
    ("f = x $ y", 1, 7, "$ is not a sign"),
    ("f = 1e999", 1, 5, "too large"),
    (f"f = {'9' * 5000}", 1, 5, "too large"),
    (f"f = sum(x, axis={10**350})", 1, 17, "too large"),
    # Python
    ("f = lambda x: x", 1, 5, "define no functions"),
    ("f(x) = x**2", 1, 1, "write f = …"),
    ("x + y = z", 1, 1, "one name"),
    ("a, b = split(x, parts=2)", 1, 1, "s[0], s[1]"),
    ("f = z[0]*2", 1, 5, "z (input) has one output; to take part of an array use slice(z, axis=0"),
    ("y = relu(x)\nf = y[0]", 2, 5, "y (relu) has one output"),
    ("h = linear_layer(x, features=2)\nf = h[0]", 2, 5, "has one output"),
    ("f = sin x", 1, 9, "sin is an op; put what it takes in brackets, as in sin(x)"),
    ("f = 2*σ 3", 1, 9, "as in σ(3)"),
    ("a = b = c", 1, 7, "one line names one value"),
    ("f = [x for x in y]", 1, 6, "written numbers only"),
    ("f = x if y else z", 1, 7, "no conditions"),
    ("f = x and y", 1, 7, "no and"),
    ("import numpy", 1, 1, "nothing is imported"),
    ("f = np.exp(x)", 1, 7, "exp(x)"),
    ("f = x.T", 1, 6, "transpose(x)"),
    ("f = add(*xs)", 1, 9, "name each input"),
    ('f = f"x"', 1, 6, "text in quotes"),
    ("f = 'x'", 1, 5, "text in quotes"),
    ("f = (y := x)", 1, 8, "write = to name"),
    ("await x", 1, 1, "word of Python"),
    ("x + y\nf = 2", 1, 1, "only the last line"),
    # blocks
    ('with group("g"):\nf = x', 1, 6, "has no lines"),
    ("with group(g):\n  f = x", 1, 12, "in quotes"),
    ('with open("g"):\n  f = x', 1, 6, "with opens a group"),
    ('with group("g")\n  f = x', 1, 16, "a : is missing"),
    ('with group("1"):\n  f = x', 1, 6, "cannot be a name"),
    ("f = x\n  g = x", 2, 3, "further right"),
    ('with group("g"):\n    f = x\n  g = x', 3, 3, "where no line above does"),
    ('group("g")\nwith group("h"):\n  group("g")', 3, 3, "outside all groups"),
    ('g = x\ngroup("g")', 2, 1, "already a node g"),
    ('group("g")\nf = g', 2, 5, "already a group g"),
    ('group("g", title="a\\q")', 1, 20, "backslash"),
    # the text itself
    ("f = x\r\ng = )\r\n", 2, 5, "closes nothing"),
    ("f = x\rg = )", 2, 5, "closes nothing"),
    ("f\x0c=\t\u00a0x × y )", 1, 12, "closes nothing"),
    ("f = \0", 1, 5, "NUL"),
    ("f = 'x", 1, 5, "never closed"),
    ("f = “x”", 1, 5, "typographic"),
    ("x" * (MAX_TEXT + 1), 1, 1, "the most is 4,000,000"),
    (f"f = {'x' * 201}", 1, 5, "200 is the most"),
    ("(" * 100_000 + "x" + ")" * 100_000, 1, 61, "split it into several assignments"),
    ("(" * 100_000, 1, 1, "never closed"),
    ("-" * 100_000 + "x", 1, 62, "split it"),
    ("+" * 100_000 + "x", 1, 62, "split it"),
    ("x" + "**x" * 100_000, 1, 184, "split it"),
    ("relu(" * 100_000 + "x" + ")" * 100_000, 1, 306, "split it"),
    ("[" * 100_000 + "]" * 100_000, 1, 61, "split it"),
]


@pytest.mark.parametrize(
    ("text", "line", "column", "words"), MISTAKES, ids=[json.dumps(m[0][:40]) for m in MISTAKES]
)
def test_a_mistake_is_pointed_at(text: str, line: int, column: int, words: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse(text)
    assert words in str(caught.value)
    assert (caught.value.line, caught.value.column) == (line, column)
    assert str(caught.value).count("\n") == 0


TOKENS = st.sampled_from(
    [
        *REGISTRY,
        *"xyzf12",
        *"+-*/@()[]=,;:?.#'\"\\\n\t ",
        "**",
        "==",
        "with ",
        'group("g")',
        "\n    ",
        "outputs(",
        "order(",
        "axis=",
        "shape=",
        "value=",
        "array(",
        "dtype=",
        "1e999",
        "if",
        "lambda",
        "None",
        "True",
        "-",
        "−",
        "²",
        "x₁",
        "\0",
        "\u0301",
        "\ud800",
        "\u2028",
        "((((",
        "[[1, 2]]",
    ]
)


@settings(max_examples=400)
@given(st.lists(TOKENS, max_size=25).map("".join) | st.text(max_size=30))
def test_any_text_gives_a_graph_or_a_sentence(text: str) -> None:
    mistake = None
    try:
        assert_round_trip(parse(text))
    except FormulaError as error:
        mistake = error
    if mistake is not None:
        lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        assert 1 <= mistake.line <= len(lines)
        assert 1 <= mistake.column <= len(lines[mistake.line - 1]) + 1


def test_a_node_fed_by_nothing_keeps_its_ports() -> None:
    graph = Graph({"c": Node(REGISTRY["concatenate"]), "a": Node(REGISTRY["add"])})
    assert to_text(graph) == "c = concatenate(?)\na = ? + ?"
    assert_round_trip(graph)
