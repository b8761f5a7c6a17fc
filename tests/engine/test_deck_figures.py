"""Every figure of the four lectures that a graph can compute, computed by one.

Expected numbers are the slides' own, or closed forms beside them; where a slide errs, the test
shows what is right and that the printed form is not.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from graphlab.engine import Run
from graphlab.engine.descent import descend
from graphlab.engine.judges import check_gradients
from graphlab.engine.paths import count_paths, sum_of_paths, top_paths
from graphlab.graph import Graph, OutPort
from graphlab.graph.formula import parse
from graphlab.graph.shapes import infer_shapes
from graphlab.torch_backend.judge import torch_gradients

RANDOM = np.random.default_rng(1)
XOR = np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])


def run(text: str, node: str | None = None, **feeds: Any) -> Run:
    """The graph of a formula, run forward and back from ``node``."""
    return Run(parse(text), feeds).forward().backward(node)


def value(text: str, node: str, **feeds: Any) -> Any:
    return Run(parse(text), feeds).forward().value(node)


def parameter_count(graph: Graph) -> int:
    """The elements of all parameters, from their shapes alone: nothing is allocated."""
    shapes = infer_shapes(graph, {})
    return sum(math.prod(shapes.of(OutPort(name)) or ()) for name in graph.parameters)


def layer(name: str, outputs: int, source: str) -> str:
    """A fully connected layer, whose weight takes its columns from what arrives."""
    weight, bias = f"W_{name} = parameter({outputs}, None)", f"b_{name} = parameter({outputs})"
    return f"{weight}; {bias}; {name} = affine(W_{name}, {source}, b_{name})"


# --- 000: computational graphs ----------------------------------------------------------------
def test_the_first_graph() -> None:
    it = run("q = x + y; f = q * z", x=-2, y=5, z=-4)
    assert {n: float(it.value(n)) for n in ("q", "f")} == {"q": 3, "f": -12}
    assert {n: float(it.grad(n)) for n in "fqzxy"} == {"f": 1, "q": -4, "z": 3, "x": -4, "y": -4}
    edges = [("x", "q"), ("y", "q"), ("q", "f"), ("z", "f")]
    assert [float(it.partial(*edge)) for edge in edges] == [1, 1, -4, 3]
    report = check_gradients(it.graph, it.feeds, third=torch_gradients)
    assert report.agrees


def test_partials_are_there_once_forward_is_done() -> None:
    it = Run(parse("y = sin(x); z = exp(y); l = z ** 2"), {"x": 0.3}).forward()
    y = math.sin(0.3)
    wanted = [math.cos(0.3), math.exp(y), 2 * math.exp(y)]
    chain = [("x", "y"), ("y", "z"), ("z", "l")]
    assert [float(it.partial(*edge)) for edge in chain] == pytest.approx(wanted)
    assert it.grad("x") is None
    it.backward()
    assert it.grad("l") == 1
    assert it.grad("x") == pytest.approx(math.prod(wanted))


def test_a_neuron_at_two_levels_of_detail_is_the_same_function() -> None:
    feeds = {"w1": 0.5, "x": 2.0, "w2": -1.0, "y": 0.25, "b": 0.1}
    whole = run("f = sigmoid(w1*x + w2*y + b)", **feeds)
    parts = run("a = w1*x + w2*y + b; e = exp(-a); f = 1 / (1 + e)", **feeds)
    s = 1 / (1 + math.exp(-0.85))
    assert whole.value("f") == pytest.approx(s, rel=1e-15)
    assert parts.value("f") == pytest.approx(s, rel=1e-15)
    assert whole.grad("w1") == pytest.approx(s * (1 - s) * 2.0)
    for name in feeds:
        assert parts.grad(name) == pytest.approx(float(whole.grad(name)), rel=1e-12)


@pytest.mark.parametrize(
    ("rate", "says"),
    [(0.1, "converges"), (0.9, "converges"), (1.0, "oscillates"), (1.1, "diverges")],
)
def test_the_step_size_decides(rate: float, says: str) -> None:
    it = run("theta = parameter(); L = theta ** 2", theta=1.0)
    steps = descend(it, rate=rate, steps=300)
    thetas = [point.values["theta"] for point in steps.points]
    found = "diverges" if steps.state == "diverged" else "oscillates"
    assert (found if abs(thetas[-1]) > 0.5 else "converges") == says
    assert thetas[:4] == pytest.approx([(1 - 2 * rate) ** k for k in range(4)])


def test_the_minus_sign_of_the_update_matters() -> None:
    it = run("theta = parameter(); L = theta ** 2", theta=1.0)
    assert descend(it, rate=0.1).losses[1] < 1
    wrong = descend(run("theta = parameter(); L = theta ** 2", theta=1.0), rate=-0.1)
    assert wrong.losses[1] > 1


# --- 001: from regression to networks ---------------------------------------------------------
def test_stacked_linear_layers_collapse_to_one() -> None:
    shapes = {"W1": (4, 3), "W2": (2, 4), "x": (3,), "b1": (4,), "b2": (2,)}
    feeds = {name: RANDOM.normal(size=shape) for name, shape in shapes.items()}
    two = value("y = affine(W2, affine(W1, x, b1), b2)", "y", **feeds)
    one = value("y = affine(W2 @ W1, x, W2 @ b1 + b2)", "y", **feeds)
    np.testing.assert_allclose(two, one, rtol=1e-12)


@pytest.mark.parametrize(
    ("widths", "inputs", "count"),
    [
        ((4, 2), 3, 26),
        ((1,), 2, 3),
        ((2, 2, 1), 2, 15),
        ((10, 10, 1), 2, 151),
        ((10,), 28 * 28, 7_850),
        ((10,), 256 * 256, 655_370),
        ((10,), 256**3, 167_772_170),
        ((784,), 784, 615_440),
        ((200,), 3, 800),
    ],
)
def test_parameters_of_fully_connected_networks(
    widths: tuple[int, ...], inputs: int, count: int
) -> None:
    lines, source = [f"x = input(shape=({inputs},))"], "x"
    for depth, width in enumerate(widths):
        lines.append(layer(f"h{depth}", width, source))
        source = f"h{depth}"
    assert parameter_count(parse("; ".join(lines))) == count
    assert count == sum((n + 1) * m for n, m in zip((inputs, *widths), widths, strict=False))


@pytest.mark.parametrize("n", [784, 10**6])
def test_weights_of_one_layer_by_how_it_is_connected(n: int) -> None:
    """Full n(n + 1), local n(s + 1), shared s + 1 with s = 9: the last does not depend on n."""
    local = f"W = parameter({n}, 9); b = parameter({n}); y = sum(W * x, axis=1) + b"
    shared = "w = parameter(9); b = parameter(); y = x @ w + b"
    x = f"x = input(shape=({n}, 9)); "
    assert parameter_count(parse(x + local)) == n * 10
    assert parameter_count(parse(x + shared)) == 10


def test_backpropagation_of_a_network_in_matrix_form() -> None:
    """δ_k = ∇h_k ⊙ g′, ∇W_k = δ_k hᵀ, ∇b_k = δ_k, ∇h_{k−1} = W_kᵀ δ_k on the 3-4-2 network."""
    shapes = {"W1": (4, 3), "b1": (4,), "W2": (2, 4), "b2": (2,), "x": (3,), "t": (2,)}
    feeds = {name: RANDOM.normal(size=shape) for name, shape in shapes.items()}
    text = "a1 = affine(W1, x, b1); h = tanh(a1); a2 = affine(W2, h, b2); y = sigmoid(a2)"
    it = run(f"{text}; E = squared_error(y, t, reduction='sum')", **feeds)
    y, h = it.value("y"), it.value("h")
    delta2 = 2 * (y - feeds["t"]) * y * (1 - y)
    delta1 = (feeds["W2"].T @ delta2) * (1 - h**2)
    wanted = {
        "a2": delta2,
        "W2": np.outer(delta2, h),
        "b2": delta2,
        "h": feeds["W2"].T @ delta2,
        "a1": delta1,
        "W1": np.outer(delta1, feeds["x"]),
        "b1": delta1,
        "x": feeds["W1"].T @ delta1,
    }
    for name, gradient in wanted.items():
        np.testing.assert_allclose(it.grad(name), gradient, rtol=1e-12)


def test_the_perceptron_separates_by_a_hyperplane_and_cannot_do_xor() -> None:
    perceptron = "y = sign(x @ w + b)"
    both = value(perceptron, "y", x=XOR, w=[1, 1], b=-1.5)
    assert list(both) == [-1, -1, -1, 1]
    step = 0.25
    grid = np.arange(-2, 2 + step, step)
    wanted = [-1, 1, 1, -1]
    w1, w2, b = np.meshgrid(grid, grid, grid)
    weights = np.stack([w1.ravel(), w2.ravel()])
    answers = value(perceptron, "y", x=XOR, w=weights, b=b.ravel())
    assert not (wanted == answers.T).all(axis=1).any()
    best = run("E = squared_error(x @ w + b, t)", x=XOR, t=[0, 1, 1, 0], w=[0, 0], b=0.5)
    assert best.value("E") == 0.25  # the best line through XOR answers 1/2 everywhere
    np.testing.assert_allclose(best.grad("w"), 0, atol=1e-15)
    np.testing.assert_allclose(best.grad("b"), 0, atol=1e-15)


def test_two_hidden_units_do_xor_exactly() -> None:
    text = "f = relu(x1 + x2) - 2 * relu(x1 + x2 - 1)"
    assert list(value(text, "f", x1=XOR[:, 0], x2=XOR[:, 1])) == [0, 1, 1, 0]


def test_regression_minimises_the_squared_error() -> None:
    x = np.array([0.0, 1, 2, 3])
    t = np.array([1.0, 3, 4, 8])
    b, a = np.polynomial.polynomial.polyfit(x, t, 1)
    it = run("E = squared_error(a * x + b, t, reduction='sum')", x=x, t=t, a=a, b=b)
    assert it.grad("a") == pytest.approx(0, abs=1e-12)
    assert it.grad("b") == pytest.approx(0, abs=1e-12)


def test_the_loss_of_the_output_layer_needs_its_logarithm() -> None:
    feeds = {"s": [2.0, 1.0, -1.0], "d": [1.0, 0, 0]}
    right = run("y = softmax(s); L = -sum(d * log(y))", **feeds)
    entropy = run("L = cross_entropy(s, d)", **feeds)
    assert right.value("L") == pytest.approx(float(entropy.value("L")))
    np.testing.assert_allclose(right.grad("s"), entropy.grad("s"), rtol=1e-12)
    printed = run("y = softmax(s); L = sum(d * y)", **feeds)
    assert printed.grad("s")[0] > 0 > right.grad("s")[0]  # going down it would lower the answer


def test_gradients_vanish_through_sigmoids_and_not_through_relus() -> None:
    deep = "; ".join(f"h{i + 1} = sigmoid(h{i})" for i in range(10))
    it = run(f"h0 = 0 * x; {deep}; f = h10", x=1.0)
    factors = [float(it.partial(f"h{i}", f"h{i + 1}")) for i in range(10)]
    assert factors[0] == 0.25 == max(factors)
    assert abs(it.grad("h0")) == pytest.approx(math.prod(factors))
    best = "; ".join(f"h{i + 1} = sigmoid(h{i}) - 0.5" for i in range(10))
    assert run(best, h0=0.0).grad("h0") == 0.25**10
    open_gates = "; ".join(f"h{i + 1} = relu(h{i})" for i in range(10))
    assert run(open_gates, h0=1.0).grad("h0") == 1
    assert run(open_gates, h0=-1.0).grad("h0") == 0  # a dead ReLU does make it vanish


# --- 003: training ----------------------------------------------------------------------------
def test_the_chain_of_three() -> None:
    it = run("v = 1 / x; u = 2 * v; f = u ** 2", x=2.0)
    assert it.value("f") == 1
    assert it.grad("x") == -1 == -8 / 2.0**3
    factors = [float(it.partial(*e)) for e in (("x", "v"), ("v", "u"), ("u", "f"))]
    assert factors == [-0.25, 2, 2]
    assert [p.product for p in top_paths(it, "x", "f")] == [-1]


def test_the_gradient_of_the_first_weights_is_the_product_of_seven_partials() -> None:
    text = (
        "A = W0 @ x; B = sigmoid(A); C = W1 @ B; D = sigmoid(C); E = dot(w, D); y = sigmoid(E); "
        "l = -t * log(y) - (1 - t) * log(1 - y)"
    )
    feeds = {
        "W0": RANDOM.normal(size=(4, 3)),
        "W1": RANDOM.normal(size=(5, 4)),
        "w": RANDOM.normal(size=5),
        "x": RANDOM.normal(size=3),
        "t": 1.0,
    }
    it = run(text, "l", **feeds)
    y = it.value("y")
    loss = (y - feeds["t"]) / (y * (1 - y))  # ∂l/∂y, which the slide takes as one factor
    edges = [("E", "y"), ("D", "E"), ("C", "D"), ("B", "C"), ("A", "B"), ("W0", "A")]
    product = np.asarray(loss)
    for edge in edges:
        factor = np.asarray(it.partial(*edge))
        product = np.tensordot(product, factor, axes=product.ndim)
    np.testing.assert_allclose(product, it.grad("W0"), rtol=1e-10)
    fused = run(text.split("; l =")[0] + "; l = binary_cross_entropy(y, t)", "l", **feeds)
    np.testing.assert_allclose(fused.grad("W0"), it.grad("W0"), rtol=1e-10)
    np.testing.assert_allclose(it.grad("E"), y - feeds["t"], rtol=1e-10)
    sources = {name: it.value(name) for name, n in it.graph.nodes.items() if not n.inputs}
    torch = torch_gradients(it.graph, sources, "l", 1.0)
    for name in ("W0", "W1", "w", "A", "B", "C", "D", "E"):
        np.testing.assert_allclose(it.grad(name), torch[name], rtol=1e-10)
    # The last factor is ∂A/∂W0; ∂B/∂W0, as printed once, would count the sigmoid twice.
    twice = np.tensordot(it.grad("B") * (it.value("B") * (1 - it.value("B"))) ** 2, feeds["x"], 0)
    assert not np.allclose(twice, it.grad("W0"))


def test_two_examples_as_one_matrix_product() -> None:
    batch = [[0.4, -1.0, 1.0], [-2.1, 3.0, 1.0]]  # the last column is the bias's 1
    it = run("s = X @ w; p = sigmoid(s)", X=batch, w=[2.0, -3.6, 0.5])
    np.testing.assert_allclose(it.value("s"), [4.9, -14.5], rtol=1e-12)
    np.testing.assert_allclose(it.value("p"), [0.992608, 5.04e-7], rtol=1e-3)
    assert round(float(it.value("p")[0]), 6) == 0.992608


@pytest.mark.parametrize(
    ("weights", "count"),
    [
        ("W = parameter(150, None); y = W @ x", 22_500),
        ("W = parameter(150, 3); y = sum(W * stack(x, x, x, axis=1), axis=1)", 450),
        ("w = parameter(3); y = stack(x, x, x, axis=1) @ w", 3),
    ],
)
def test_weights_of_150_neurons_on_150_inputs(weights: str, count: int) -> None:
    assert parameter_count(parse(f"x = input(shape=(150,)); {weights}")) == count


@pytest.mark.parametrize(
    ("penalty", "size", "slope"),
    [("l1_penalty", 6.0, lambda w: np.sign(w)), ("l2_penalty", 14.0, lambda w: 2 * w)],
)
def test_regularisers_add_their_pull(penalty: str, size: float, slope: Any) -> None:
    w = np.array([1.0, -2.0, 3.0])
    it = run(f"L = {penalty}(w, strength=0.5)", w=w)
    assert it.value("L") == 0.5 * size
    np.testing.assert_array_equal(it.grad("w"), 0.5 * slope(w))


def test_activations_of_the_table() -> None:
    x = np.linspace(-8, 8, 33)
    it = run("s = sigmoid(x); L = sum(s)", x=x)
    assert it.grad("x").max() == 0.25  # and almost 0 at the ends: it saturates
    assert it.grad("x")[0] < 4e-4
    assert np.all(it.value("s") > 0)  # not centred at 0
    leaky = value("y = leaky_relu(x, slope=0.01)", "y", x=x)
    np.testing.assert_array_equal(leaky, np.maximum(0.01 * x, x))
    for slope in (0.25, 1.0):
        learned = value("y = prelu(x, a)", "y", x=x, a=slope)
        np.testing.assert_array_equal(learned, np.maximum(slope * x, x))
    assert not np.array_equal(value("y = prelu(x, a)", "y", x=x, a=1.5), np.maximum(1.5 * x, x))
    softplus = value("y = softplus(x)", "y", x=x)
    np.testing.assert_allclose(softplus, np.log(1 + np.exp(x)), rtol=1e-12)


def test_many_classes_need_the_softmax_loss_and_not_the_binary_one() -> None:
    feeds = {"s": RANDOM.normal(size=(6, 4)), "t": RANDOM.integers(0, 4, 6)}
    it = run("L = cross_entropy(s, t)", **feeds)
    p = np.exp(feeds["s"]) / np.exp(feeds["s"]).sum(axis=1, keepdims=True)
    one_hot = np.eye(4)[feeds["t"]]
    assert it.value("L") == pytest.approx(-np.log(p[one_hot == 1]).mean())
    np.testing.assert_allclose(it.grad("s"), (p - one_hot) / 6, rtol=1e-12)
    binary = run("L = binary_cross_entropy(softmax(s), t)", s=feeds["s"], t=one_hot)
    assert not np.allclose(binary.grad("s"), it.grad("s"))
    two = run("L = cross_entropy(stack(0 * z, z, axis=1), t)", z=[0.3, -2.0], t=[1, 0])
    sigmoid = run("L = binary_cross_entropy(sigmoid(z), t)", z=[0.3, -2.0], t=[1, 0])
    assert two.value("L") == pytest.approx(float(sigmoid.value("L")))


# --- 004: classifiers and descent -------------------------------------------------------------
def test_the_support_vector_machines_loss() -> None:
    scores, target = RANDOM.normal(size=(5, 3)) * 3, np.array([0, 2, 1, 1, 0])
    it = run("L = multiclass_hinge(s, y)", s=scores, y=target)
    each = [
        sum(max(0.0, s[j] - s[y] + 1) for j in range(3) if j != y)
        for s, y in zip(scores, target, strict=True)
    ]
    assert it.value("L") == pytest.approx(np.mean(each))
    assert value("L = multiclass_hinge(s, y)", "L", s=[3.2, 5.1, -1.7], y=0) == pytest.approx(2.9)


def test_the_softmax_loss_of_a_linear_classifier() -> None:
    shapes = {"W": (3, 4), "x": (4,), "b": (3,)}
    feeds = {name: RANDOM.normal(size=shape) for name, shape in shapes.items()}
    it = run("s = affine(W, x, b); L = cross_entropy(s, y)", **feeds, y=1)
    s = feeds["W"] @ feeds["x"] + feeds["b"]
    assert it.value("L") == pytest.approx(-s[1] + np.log(np.exp(s).sum()))
    log_way = value("L = negative_log_likelihood(log_softmax(s), y)", "L", s=s, y=1)
    assert it.value("L") == pytest.approx(float(log_way))


def test_maximum_likelihood_with_gaussian_noise_is_least_squares() -> None:
    """−log ∏ N(t_i; ŷ_i, σ²) has the gradient of Σ(ŷ_i − t_i)² over 2σ²."""
    x, t, sigma = RANDOM.normal(size=8), RANDOM.normal(size=8), 0.7
    feeds = {"x": x, "t": t, "a": 0.4, "b": -0.2}
    norm = math.sqrt(2 * math.pi) * sigma
    density = f"exp(-square((a * x + b - t) / {sigma}) / 2) / {norm!r}"
    likelihood = run(f"p = {density}; L = -sum(log(p))", "L", **feeds)
    squares = run("L = squared_error(a * x + b, t, reduction='sum')", **feeds)
    for name in ("a", "b"):
        wanted = float(squares.grad(name)) / (2 * sigma**2)
        assert likelihood.grad(name) == pytest.approx(wanted, rel=1e-10)
    product = np.prod(likelihood.value("p"))
    assert likelihood.value("L") == pytest.approx(-np.log(product))


def test_tanh_is_a_stretched_sigmoid() -> None:
    x = np.linspace(-30, 30, 121)
    difference = value("f = tanh(x) - (2 * sigmoid(2 * x) - 1)", "f", x=x)
    np.testing.assert_allclose(difference, 0, atol=1e-15)


def test_gradients_arriving_by_several_edges_add_up() -> None:
    it = run("a = 3 * x; b = x ** 2; c = sin(x); f = a * b + c", x=0.5)
    wanted = 9 * 0.5**2 + math.cos(0.5)
    assert it.grad("x") == pytest.approx(wanted)
    assert count_paths(it.graph, "x", "f") == 3
    assert math.fsum(p.product for p in top_paths(it, "x", "f")) == pytest.approx(wanted)
    assert sum_of_paths(it, "x", "f") == pytest.approx(wanted)
    assert sum(s.edge is not None and s.edge.source.node == "x" for s in it.steps()) == 3


def test_relu_lets_gradient_through_only_where_its_output_is_positive() -> None:
    it = run("h = relu(x); L = sum(3 * h)", x=[-2.0, -0.1, 0.1, 2.0])
    assert list(it.grad("x")) == [0, 0, 3, 3]


def test_a_dead_relu_learns_nothing() -> None:
    x = RANDOM.uniform(0, 1, size=(20, 2))
    feeds = {"x": x, "w": [0.5, 0.5], "b": -10.0, "t": np.ones(20)}
    it = run("L = squared_error(relu(x @ w + b), t)", **feeds)
    steps = descend(it, parameters=("w", "b"), rate=0.5, steps=5)
    assert len(set(steps.losses)) == 1
    alive = run("L = squared_error(leaky_relu(x @ w + b), t)", **feeds)
    assert descend(alive, parameters=("w", "b"), rate=0.5, steps=5).losses[-1] < 120


def test_the_numerical_gradient_checks_the_analytic_one() -> None:
    x, w = RANDOM.normal(size=(4, 3)), RANDOM.normal(size=(3, 2))
    feeds = {"x": x, "W": w, "y": np.array([0, 1, 1, 0])}
    graph = parse("L = multiclass_hinge(x @ W, y) + l2_penalty(W, strength=0.1)")
    report = check_gradients(graph, feeds)
    assert report.agrees
    assert report.judges == ("The analytic gradient", "central differences")


def test_functions_in_a_row_are_different_functions() -> None:
    """Of f₂(f₁(x)) the slide prints f₂(f₂(x)), which is another number."""
    assert value("f = exp(sin(x))", "f", x=1.0) == pytest.approx(math.exp(math.sin(1)))
    assert value("f = exp(exp(x))", "f", x=1.0) != pytest.approx(math.exp(math.sin(1)))


@pytest.mark.parametrize(("examples", "batch", "updates"), [(10, 3, 4), (9, 3, 3), (1, 5, 1)])
def test_an_epoch_of_mini_batches_is_as_good_as_its_parts(
    examples: int, batch: int, updates: int
) -> None:
    """⌈n / n_b⌉ updates an epoch; their gradients, weighted by size, are the whole gradient."""
    x, t = RANDOM.normal(size=(examples, 2)), RANDOM.normal(size=examples)
    text, w = "L = squared_error(x @ w, t)", [0.3, -0.2]
    order = RANDOM.permutation(examples)
    parts = [order[i : i + batch] for i in range(0, examples, batch)]
    assert len(parts) == updates == math.ceil(examples / batch)
    gradients = [run(text, x=x[p], t=t[p], w=w).grad("w") * len(p) / examples for p in parts]
    np.testing.assert_allclose(sum(gradients), run(text, x=x, t=t, w=w).grad("w"), rtol=1e-12)
