"""A graph as an ONNX file that any runtime takes, for a batch of any size.

PyTorch's own exporter does it, by ``torch.export``: it knows every function that an op's ``lower``
calls, and keeps the names of the state dict for the weights.  Normalisations stay as they are, so
that nothing is lost for who reads the file again.
"""

from __future__ import annotations

import contextlib
import io
import logging
import os
import re
import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from graphlab.errors import GraphError
from graphlab.graph import Graph, OutPort
from graphlab.torch_backend.lengths import Lengths, lengths_of
from graphlab.torch_backend.lower import lower
from graphlab.torch_backend.weights import write_whole

MAX_BYTES = 2**31 - 1
"""An ONNX file without one for the weights beside it cannot be larger."""


def to_onnx(
    graph: Graph,
    path: str | os.PathLike[str],
    *,
    seed: int = 0,
    shapes: Mapping[str, Sequence[int]] | None = None,
) -> None:
    """Write the graph, in evaluation mode and float32, with the weights a ``Run`` of ``seed`` has.

    Inputs and outputs are called as in the graph, initialisers as in the state dict.  The first
    axis of an input is of any length where the graph admits that.  ``shapes``, by input, says
    what arrives where the graph leaves that open.

    Raises ``GraphError`` where a shape stays open or an op has no form in ONNX, and ``FileError``
    where the file cannot be written; what was there before is then unchanged.
    """
    import torch

    lengths = lengths_of(graph, shapes)
    module = lower(graph, seed=seed, shapes=shapes).float().eval()
    module.__class__ = _with_own_outputs(type(module))
    examples, axes = [], []
    batch = torch.export.Dim("batch")
    for name in graph.inputs:
        first, second = _lengths(lengths, name)
        examples.append(torch.zeros(second))
        is_open = bool(first) and first[0] != second[0]
        axes.append({0: batch} if is_open else None)
    content = _exported(graph, module, tuple(examples), tuple(axes))
    if len(content) > MAX_BYTES:
        raise GraphError(
            f"the model takes {len(content):,} bytes, and an ONNX file holds at most "
            f"{MAX_BYTES:,}: compile it to .py and .safetensors instead"
        )
    write_whole(path, content)


def _lengths(lengths: Lengths, name: str) -> tuple[tuple[int, ...], tuple[int, ...]]:
    found = lengths.of(OutPort(name))
    if found is None:
        raise GraphError(
            f"{name} has an open shape, and an ONNX model says how many axes arrive: give it a "
            f"shape, as in shapes={{{name!r}: (1, 3)}}, or --shape {name}=1,3"
        )
    return found


def _with_own_outputs(kind: Any) -> Any:
    """The same module, but each output is a tensor of its own: ONNX has one name for each."""

    def forward(self: Any, *inputs: Any) -> Any:
        found = kind.forward(self, *inputs)
        outs = found if isinstance(found, tuple) else (found,)
        before = [*inputs]
        own = []
        for out in outs:
            own.append(out.clone() if any(out is other for other in before) else out)
            before.append(out)
        return tuple(own) if isinstance(found, tuple) else own[0]

    return type(kind.__name__, (kind,), {"forward": forward})


def _exported(graph: Graph, module: Any, examples: tuple[Any, ...], axes: tuple[Any, ...]) -> bytes:
    import torch

    with _quiet():
        try:
            program = torch.onnx.export(
                module,
                examples,
                dynamo=True,
                input_names=list(graph.inputs),
                output_names=_output_names(graph),
                dynamic_shapes={"inputs": axes} if any(axes) else None,
                optimize=False,
                verbose=False,
            )
        except (torch.onnx.errors.OnnxExporterError, RuntimeError) as error:
            found = re.search(r"aten\.(\w+)", str(error))
            what = f"{found[1]} has no form there" if found else "PyTorch cannot export it"
            raise GraphError(
                f"the graph cannot be written as ONNX, because {what}; compile it to .py instead"
            ) from None
        proto = program.model_proto  # type: ignore[union-attr]
        if proto.ByteSize() > MAX_BYTES:
            return bytes(MAX_BYTES + 1)
        return bytes(proto.SerializeToString())


def _output_names(graph: Graph) -> list[str]:
    """The outputs' names; one that is an input already has to differ."""
    return [f"{name}_out" if name in graph.inputs else name for name in graph.outputs]


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's progress and advice from the screen."""
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)
    try:
        with (
            warnings.catch_warnings(),
            contextlib.redirect_stdout(io.StringIO()),
            contextlib.redirect_stderr(io.StringIO()),
        ):
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(before)
