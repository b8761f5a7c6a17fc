"""Graphs that the tests of the way to torch share, and what two judges say of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch

import graphlab
import graphlab.torch_backend.naming
from graphlab.graph import Graph, OutPort
from graphlab.graph.edits import add_node
from graphlab.graph.gallery import gallery_names
from graphlab.graph.templates import TEMPLATES
from graphlab.ops.contract import Op, Sample
from tests.graph.test_templates import SMALL as SMALL_SETTINGS
from tests.graph.test_templates import placed


def one_op(op: type[Op], sample: Sample, seed: int = 0) -> tuple[Graph, dict[str, Any]]:
    """A graph of one use of an op, and feeds for its inputs."""
    random = np.random.default_rng(seed)
    drawn = op.draw(random, sample.shapes, **sample.attributes)
    graph, feeds = Graph(), {}
    names = []
    for port, array in zip(op.port_names(len(drawn)), drawn, strict=True):
        if array is None:
            continue
        names.append((port, f"in_{port}"))
        if port in op.undifferentiated & op.optional:
            graph = add_node(graph, f"in_{port}", "buffer", value=array)
            continue
        graph = add_node(graph, f"in_{port}", "input", shape=np.shape(array))
        feeds[f"in_{port}"] = array
    graph = add_node(graph, "y", op, **sample.attributes)
    node = graph.nodes["y"]
    inputs = {port: OutPort(name) for port, name in names}
    made = type(node)(node.op, inputs, node.attributes, node.group)
    return graph.with_(nodes={**graph.nodes, "y": made}), feeds


SMALL = tuple(
    name
    for name in gallery_names()
    if name not in ("alexnet", "vgg-19", "googlenet", "resnet-18", "resnet-152", "densenet-201")
    and name not in ("u-net", "autoencoder")
)
"""Networks of the gallery that NumPy runs in a blink."""


def feeds_of(graph: Graph, seed: int = 0, batch: int = 2) -> dict[str, Any]:
    """An array for each input, in its own shape."""
    random = np.random.default_rng(seed)
    shapes = {name: graph.nodes[name].attributes["shape"] for name in graph.inputs}
    return {
        name: random.normal(size=[batch if s is None else s for s in shape])
        for name, shape in shapes.items()
    }


def one_template(name: str) -> tuple[Graph, dict[str, Any]]:
    """A graph of one small use of a template, and feeds for it."""
    graph = placed(TEMPLATES[name], **SMALL_SETTINGS.get(name, {}))
    return graph, feeds_of(graph)


def run_of(graph: Graph, feeds: Mapping[str, Any], *, training: bool = False) -> graphlab.Run:
    return graphlab.Run(graph, feeds, training=training).forward()


def assert_parity(
    graph: Graph,
    module: torch.nn.Module,
    feeds: Mapping[str, Any],
    *,
    training: bool = False,
    rtol: float = 1e-9,
) -> None:
    """Values of all outputs, gradients of all inputs and parameters: NumPy against torch."""
    module.train(training)
    tensors = [torch.tensor(np.asarray(feeds[n]), requires_grad=True) for n in graph.inputs]
    found = module(*tensors)
    outs = found if isinstance(found, tuple) else (found,)
    names = graphlab.torch_backend.naming.torch_names(graph)
    weights = dict(module.named_parameters(remove_duplicate=False))
    run = graphlab.Run(graph, feeds, training=training).forward()
    for name, out in zip(graph.outputs, outs, strict=True):
        close(run.value(name), out, f"value of {name}", rtol)
        if not out.requires_grad:
            continue
        for tensor in (*tensors, *weights.values()):
            tensor.grad = None
        upstream = np.random.default_rng(1).normal(size=tuple(out.shape))
        out.backward(torch.from_numpy(np.asarray(upstream)), retain_graph=True)
        run.backward(name, upstream)
        asked = dict(zip(graph.inputs, tensors, strict=True))
        asked |= {n: weights[names[n]] for n in graph.parameters}
        for source, tensor in asked.items():
            mine = run.grad(source)
            if mine is None and (tensor.grad is None or is_untold(graph, source)):
                continue
            theirs = torch.zeros_like(tensor) if tensor.grad is None else tensor.grad
            close(
                0.0 * tensor.detach().numpy() if mine is None else mine, theirs, f"∂{source}", rtol
            )


def is_untold(graph: Graph, source: str) -> bool:
    """Whether all that a source feeds are ports to which GraphLab sends no gradient."""
    targets = [edge.target for edge in graph.consumers[source]]
    return all(t.port in graph.nodes[t.node].op.undifferentiated for t in targets)


def close(mine: Any, theirs: torch.Tensor, what: str, rtol: float) -> None:
    array = theirs.detach().numpy()
    assert np.shape(mine) == array.shape, what
    size = max(float(np.abs(array).max(initial=0)), 1e-3)
    np.testing.assert_allclose(mine, array, rtol=rtol, atol=rtol * size, err_msg=what)
