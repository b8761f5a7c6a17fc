"""The scalar graphs both engines are timed on: a multilayer perceptron and a chain.

A program is a list of ``(op, a, b)`` whose inputs are earlier values: the leaves first, then every
operation in order.  ``b`` is None for an op with one input.
"""

from __future__ import annotations

import random

Program = tuple[list[float], list[tuple[str, int, int | None]]]


def mlp(operations: int, width: int = 16) -> Program:
    """Layers of ``width`` ReLU neurons, as many as make about ``operations`` operations."""
    generator = random.Random(0)
    leaves: list[float] = []
    program: list[tuple[str, int, int | None]] = []
    per_layer = width * (2 * width + 1)
    layers = max(operations // per_layer, 1)
    leaf_count = width + layers * width * (width + 1)
    leaves = [generator.uniform(-1, 1) * (2 / width) ** 0.5 for _ in range(leaf_count)]
    values, leaf = list(range(width)), width

    def emit(op: str, a: int, b: int | None = None) -> int:
        program.append((op, a, b))
        return leaf_count + len(program) - 1

    for _ in range(layers):
        following = []
        for _ in range(width):
            total = leaf  # the bias
            leaf += 1
            for value in values:
                total = emit("add", total, emit("multiply", leaf, value))
                leaf += 1
            following.append(emit("relu", total))
        values = following
    total = values[0]
    for value in values[1:]:
        total = emit("add", total, value)
    return leaves, program


def chain(operations: int) -> Program:
    """One long path: multiply, add and tanh in turn."""
    generator = random.Random(0)
    leaves = [generator.uniform(0.5, 1.0) for _ in range(64)]
    program: list[tuple[str, int, int | None]] = []
    value = 0
    for i in range(operations):
        op = ("multiply", "add", "tanh")[i % 3]
        program.append((op, value, None if op == "tanh" else i % 64))
        value = len(leaves) + len(program) - 1
    return leaves, program


PROGRAMS = {
    "1k MLP": (mlp, 1_000),
    "10k MLP": (mlp, 10_000),
    "100k MLP": (mlp, 100_000),
    "100k chain": (chain, 100_000),
}


def make(name: str) -> Program:
    """The program called so."""
    build, size = PROGRAMS[name]
    return build(size)
