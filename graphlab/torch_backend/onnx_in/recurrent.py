"""RNN, GRU and LSTM, unrolled: one cell a time step, for sequences of a known length.

Shapes are the standard's: X (time, batch, inputs), W and R (directions, gates · hidden, …), B
(directions, 2 · gates · hidden); ``layout`` 1 has the batch first.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.values import OutsideError, Value, known_value

MAX_STEPS = 1024
"""A sequence of more steps would be a drawing that nobody reads."""

Activation = Callable[[Value], Value]


@dataclass
class Cell:
    """One direction: its weights, transposed for the product, and its settings."""

    node: OnnxNode
    hidden: int
    input_weight: Value  # (inputs, gates · hidden)
    hidden_weight: Value  # (hidden, gates · hidden)
    input_bias: Value | None
    hidden_bias: Value | None
    peepholes: tuple[Value, ...]
    activations: list[Activation]

    def gates(self, product: Value, count: int) -> tuple[Value, ...]:
        """The parts of a product, one a gate."""
        if count == 1:
            return (product,)
        return self.node.draw_all("split", product, parts=count, axis=-1)

    def from_input(self, x: Value) -> Value:
        product = self.node.draw("matmul", x, self.input_weight)
        return (
            product if self.input_bias is None else self.node.draw("add", product, self.input_bias)
        )

    def from_hidden(self, h: Value) -> Value:
        product = self.node.draw("matmul", h, self.hidden_weight)
        if self.hidden_bias is None:
            return product
        return self.node.draw("add", product, self.hidden_bias)

    def clipped(self, x: Value) -> Value:
        """Held within ±``clip``, where the operator says so."""
        bound = self.node.attribute("clip")
        return x if bound is None else self.node.draw("clip", x, low=-bound, high=bound)


State = tuple[Value, ...]
Step = Callable[[Cell, Value, State], State]


# --- one time step ------------------------------------------------------------------------------
def _rnn_step(cell: Cell, x: Value, state: State) -> State:
    total = cell.node.draw("add", cell.from_input(x), cell.from_hidden(state[0]))
    return (cell.activations[0](cell.clipped(total)),)


def _gru_step(cell: Cell, x: Value, state: State) -> State:
    """Gates z, r, h; ``linear_before_reset`` resets after the product and not before."""
    node, h = cell.node, state[0]
    f, g = cell.activations
    xz, xr, xh = cell.gates(cell.from_input(x), 3)
    hz, hr, hh = cell.gates(cell.from_hidden(h), 3)
    z = f(cell.clipped(node.draw("add", xz, hz)))
    r = f(cell.clipped(node.draw("add", xr, hr)))
    if node.whole("linear_before_reset"):
        inner = node.draw("multiply", r, hh)
    else:
        inner = cell.gates(cell.from_hidden(node.draw("multiply", r, h)), 3)[2]
    new = g(cell.clipped(node.draw("add", xh, inner)))
    kept = node.draw("multiply", z, h)
    return (node.draw("add", node.draw("multiply", node.draw("subtract", 1.0, z), new), kept),)


def _lstm_step(cell: Cell, x: Value, state: State) -> State:
    """Gates i, o, f, c, with peepholes from the cell where they are given."""
    node, (h, c) = cell.node, state
    f, g, last = cell.activations
    total = node.draw("add", cell.from_input(x), cell.from_hidden(h))
    parts = list(cell.gates(total, 4))
    if cell.peepholes:
        parts[0] = node.draw("add", parts[0], node.draw("multiply", cell.peepholes[0], c))
        parts[2] = node.draw("add", parts[2], node.draw("multiply", cell.peepholes[2], c))
    i = f(cell.clipped(parts[0]))
    if node.whole("input_forget"):
        forget = node.draw("subtract", 1.0, i)
    else:
        forget = f(cell.clipped(parts[2]))
    candidate = g(cell.clipped(parts[3]))
    new_c = node.draw("add", node.draw("multiply", forget, c), node.draw("multiply", i, candidate))
    if cell.peepholes:
        parts[1] = node.draw("add", parts[1], node.draw("multiply", cell.peepholes[1], new_c))
    o = f(cell.clipped(parts[1]))
    return node.draw("multiply", o, last(new_c)), new_c


_KINDS: dict[str, tuple[Step, int, list[str]]] = {
    "RNN": (_rnn_step, 1, ["Tanh"]),
    "GRU": (_gru_step, 1, ["Sigmoid", "Tanh"]),
    "LSTM": (_lstm_step, 2, ["Sigmoid", "Tanh", "Tanh"]),
}


# --- a whole sequence ---------------------------------------------------------------------------
def recurrent(node: OnnxNode) -> list[Value | None]:
    """Y, and the last state of each kind."""
    step, states, usual = _KINDS[node.op_type]
    x = node.x
    if x.rank != 3:
        raise OutsideError("its input should have three axes")
    if node.whole("layout"):
        x = node.draw("transpose", x, axes=(1, 0, 2))
    length = x.both[0][0]
    if length != x.both[1][0] or not 1 <= length <= MAX_STEPS:
        raise OutsideError(f"it can be unrolled for a known length of at most {MAX_STEPS} steps")
    directions = 2 if node.text("direction", "forward") == "bidirectional" else 1
    lengths = _lengths(node, length)
    activations = _activations(node, directions, usual)
    every, last = [], []
    for d in range(directions):
        cell = _cell(node, d, activations[d])
        state = tuple(_start(node, 5 + k, d, x, cell.hidden) for k in range(states))
        is_backward = d == 1 or node.text("direction") == "reverse"
        outputs, state = _unrolled(cell, step, x, state, is_backward, lengths)
        every.append(node.draw("stack", *outputs, axis=0))
        last.append(state)
    y = node.draw("stack", *every, axis=1)
    finals = [node.draw("stack", *[s[k] for s in last], axis=0) for k in range(states)]
    if node.whole("layout"):
        y = node.draw("transpose", y, axes=(2, 0, 1, 3))
        finals = [node.draw("transpose", f, axes=(1, 0, 2)) for f in finals]
    return [y, *finals]


def _unrolled(
    cell: Cell, step: Step, x: Value, state: State, is_backward: bool, lengths: Value | None
) -> tuple[list[Value], State]:
    """A sequence that has ended keeps its state, and its outputs are 0."""
    node, count = cell.node, x.both[0][0]
    outputs: list[Value] = []
    for t in reversed(range(count)) if is_backward else range(count):
        now = to_shape(
            node,
            node.draw("slice", x, axis=0, start=t, stop=t + 1),
            (x.both[0][1:], x.both[1][1:]),
        )
        new = step(cell, now, state)
        if lengths is None:
            state = new
            outputs.append(new[0])
            continue
        alive = node.draw("greater", lengths, float(t), kind="float")  # (batch, 1)
        state = tuple(_chosen(node, alive, n, s) for n, s in zip(new, state, strict=True))
        outputs.append(node.draw("multiply", new[0], alive))
    return outputs[::-1] if is_backward else outputs, state


def _chosen(node: OnnxNode, alive: Value, new: Value, old: Value) -> Value:
    return node.draw("where", alive, new, old, kind="float")


def _lengths(node: OnnxNode, count: int) -> Value | None:
    """How long each sequence is, as a column; None where all are whole."""
    lengths = node.input(4)
    if lengths is None:
        return None
    if lengths.known is not None and bool((lengths.known[0] == count).all()):
        return None
    shapes = [(*s, 1) for s in lengths.both]
    return to_shape(node, lengths, (shapes[0], shapes[1]))


def _cell(node: OnnxNode, d: int, activations: list[Activation]) -> Cell:
    weight, recurrence = (_one(node, node.required(i), d) for i in (1, 2))
    hidden = recurrence.closed[1]
    bias, peep = node.input(3), node.input(7)
    both: tuple[Value | None, Value | None] = (None, None)
    if bias is not None:
        halves = node.draw_all("split", _one(node, bias, d), parts=2, axis=0)
        both = halves[0], halves[1]
    return Cell(
        node,
        hidden,
        node.draw("transpose", weight),
        node.draw("transpose", recurrence),
        *both,
        () if peep is None else node.draw_all("split", _one(node, peep, d), parts=3, axis=0),
        activations,
    )


def _one(node: OnnxNode, value: Value, d: int) -> Value:
    """The part of one direction."""
    shape = value.closed[1:]
    if value.closed[0] > 1:
        value = node.draw("slice", value, axis=0, start=d, stop=d + 1)
    return to_shape(node, value, (shape, shape))


def _start(node: OnnxNode, index: int, d: int, x: Value, hidden: int) -> Value:
    given = node.input(index)
    if given is None:
        batch = x.both[0][1]
        rows = batch if batch == x.both[1][1] else 1
        return known_value(np.zeros((rows, hidden)))
    if node.whole("layout"):
        given = node.draw("transpose", given, axes=(1, 0, 2))
    if given.both[0][0] > 1:
        given = node.draw("slice", given, axis=0, start=d, stop=d + 1)
    return to_shape(node, given, (given.both[0][1:], given.both[1][1:]))


# --- activations ----------------------------------------------------------------------------------
def _activations(node: OnnxNode, directions: int, usual: list[str]) -> list[list[Activation]]:
    """For each direction; the settings of all are in one list, in this order."""
    names = [str(name) for name in node.attribute("activations") or ()]
    if len(names) != directions * len(usual):
        names = usual * directions
    alphas, betas = (list(node.attribute(f"activation_{w}") or []) for w in ("alpha", "beta"))
    made = [_activation(node, name, alphas, betas) for name in names]
    return [made[d * len(usual) : (d + 1) * len(usual)] for d in range(directions)]


_DEFAULTS = {
    "Affine": (1.0, 0.0),
    "LeakyRelu": (0.01, 0.0),
    "ThresholdedRelu": (1.0, 0.0),
    "ScaledTanh": (1.0, 1.0),
    "HardSigmoid": (0.2, 0.5),
    "Elu": (1.0, 0.0),
}
_TWO = ("Affine", "ScaledTanh", "HardSigmoid")


def _activation(node: OnnxNode, name: str, alphas: list[float], betas: list[float]) -> Activation:
    """One of the standard's; those with settings take the next of the lists."""
    plain = {"Relu": "relu", "Tanh": "tanh", "Sigmoid": "sigmoid", "Softplus": "softplus"}
    if name in plain:
        return lambda x: node.draw(plain[name], x)
    if name == "Softsign":
        return lambda x: node.draw("divide", x, node.draw("add", node.draw("abs", x), 1.0))
    if name not in _DEFAULTS:
        raise OutsideError(f"its activation is {name[:40]!r}, which the standard does not have")
    alpha, beta = _DEFAULTS[name]
    alpha = alphas.pop(0) if alphas else alpha
    if name in _TWO:
        beta = betas.pop(0) if betas else beta
    return lambda x: _with_settings(node, name, x, alpha, beta)


def _with_settings(node: OnnxNode, name: str, x: Value, alpha: float, beta: float) -> Value:
    if name == "LeakyRelu":
        return node.draw("leaky_relu", x, slope=alpha)
    if name == "Elu":
        return node.draw("elu", x, alpha=alpha)
    if name == "ThresholdedRelu":
        return node.draw("multiply", x, node.draw("greater", x, alpha, kind="float"))
    if name == "ScaledTanh":
        inner = node.draw("tanh", node.draw("multiply", x, beta))
        return node.draw("multiply", inner, alpha)
    line = node.draw("add", node.draw("multiply", x, alpha), beta)
    return line if name == "Affine" else node.draw("clip", line, low=0.0, high=1.0)


BUILDERS: dict[str, Builder] = {"RNN": recurrent, "GRU": recurrent, "LSTM": recurrent}
