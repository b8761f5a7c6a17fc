"""What is wrong at a node is told in the drawing's own names, not in those of the op's ports."""

from __future__ import annotations

import random
import re

import numpy as np
import pytest

from graphlab import Run, parse
from graphlab.errors import OpError
from graphlab.graph.edits import set_attributes
from graphlab.graph.shapes import infer_shapes
from graphlab.ops import REGISTRY


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "x = 2\ns = [1, 2]*x\ny = [1, 2, 3]\ng = s + y",
            "g (add): s is a 2-vector and y is a 3-vector, which do not broadcast",
        ),
        (
            "W1 = [[1, 2]]\nx = [[3, 4]]\nh = W1 @ x",
            "h (matmul): W1 is 1×2 and x is 1×2: a row of W1 has 2 elements but a column of x has",
        ),
        ("y = 2\nx = [1, 2]\np = x @ y", "p (matmul): y is a scalar, and matmul"),
        ("b = 2\na = [1, 2]\np = b @ a", "give b an axis"),
        ("y = [1, 2]\nx = [1, 2, 3]\nz = y * x", "z (multiply): y is a 2-vector and x is a 3-"),
        ("m = mean([[1, 2]])\nf = split([1, 2], parts=2)\nt = dot(f, m)", "m is a scalar"),
        (
            "m = [[1, 2], [3, 4]]\nf = split(m, parts=2)\nb = [1, 2, 3]\nh = f[1] @ b",
            "f.1 is 1×2 and b is a 3-vector: a row of f.1 has 2 elements but a column of b has 3",
        ),
        ("p = [0.2, 0.8]\nk = 3\nL = cross_entropy(p, k)", "k holds 3, and the 2 classes"),
    ],
)
def test_the_sentence_names_what_arrives(text: str, told: str) -> None:
    graph = parse(text)
    messages = [problem.message for problem in Run(graph).forward().problems()]
    assert [told in message for message in messages] == [True], messages
    conflicts = infer_shapes(graph, {}).conflicts.values()
    assert set(conflicts) <= set(messages)


@pytest.mark.parametrize(
    "name", [n for n in REGISTRY if REGISTRY[n].category not in ("Source", "Opaque")]
)
def test_no_port_is_left_in_what_any_op_refuses(name: str) -> None:
    op, chance = REGISTRY[name], random.Random(name)
    for sample in op.samples[:3]:
        ports = op.port_names(len(sample.shapes))
        fed = [port for port, s in zip(ports, sample.shapes, strict=True) if s is not None]
        given = ", ".join(f"own_{port}" for port in fed)
        settings = "".join(f", {key}={value!r}" for key, value in sample.attributes.items())
        try:
            graph = parse(f"f = {name}({given}{settings})")
        except OpError:
            continue
        for _ in range(5):
            tried = graph
            for port in fed:
                shape = tuple(chance.choices((1, 2, 3, 5), k=chance.randrange(5)))
                tried = set_attributes(tried, f"own_{port}", value=np.full(shape, -7.0))
            for problem in Run(tried).forward().problems():
                words = set(re.findall(r"(?<![\w=.])\w+(?![\w=(])", problem.message)) - {"a"}
                assert not words & set(fed), problem.message
                assert not re.search(r"\ba( (is|has|and|an|holds)\b|[^\w ])", problem.message)
