"""``graphlab compile``: a graph as PyTorch source, as ONNX, or its weights as safetensors."""

from __future__ import annotations

import os
import re
from pathlib import Path

import click

from graphlab.api import read_source
from graphlab.cli.tables import print_text
from graphlab.errors import FileError, GraphLabError
from graphlab.graph import Graph
from graphlab.ops.attributes import check_size
from graphlab.torch_backend.exporting import to_onnx
from graphlab.torch_backend.printing import print_torch
from graphlab.torch_backend.weights import save_weights, state_of, write_whole

KINDS = (".py", ".onnx", ".safetensors")


@click.command("compile")
@click.argument("source")
@click.option(
    "-o",
    "--output",
    "out",
    required=True,
    metavar="FILE",
    help="model.py, model.onnx or model.safetensors.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    help="Decides how parameters without a value start.",
)
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="NAME=SIZES",
    help="What arrives at an input whose shape is open, as in x=1,3,32,32.",
)
def command(source: str, out: str, seed: int, shapes: tuple[str, ...]) -> None:
    """Write SOURCE as PyTorch source, as an ONNX model, or its weights alone.

    The ending of FILE says which.  The source needs nothing but torch and takes the weights that
    the same SOURCE and seed give as .safetensors; the ONNX model has them inside, and takes a
    batch of any size.  Weights drawn here are float64, as a run has them, and those that came with
    a model keep their own type; load_state_dict brings them to the type of the module.
    """
    ending = os.path.splitext(out)[1].lower()
    if ending not in KINDS:
        raise FileError(f"{out} must end in {', '.join(KINDS[:-1])} or {KINDS[-1]}")
    graph = read_source(source)
    arriving = read_shapes(graph, shapes)
    if ending == ".py":
        text = print_torch(graph, name=_name(source, out), shapes=arriving)
        write_whole(out, text.encode())
    elif ending == ".onnx":
        to_onnx(graph, out, seed=seed, shapes=arriving)
    else:
        save_weights(state_of(graph, seed, shapes=arriving), out)
    print_text(f"{out} is written, {Path(out).stat().st_size:,} bytes.")


def read_shapes(graph: Graph, given: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """``x=1,3,32,32`` as a shape by input; a graph of one input needs no name.

    Raises ``GraphLabError`` for anything else.
    """
    found: dict[str, tuple[int, ...]] = {}
    for text in given:
        name, equals, sizes = text.rpartition("=")
        if not equals and len(graph.inputs) == 1:
            name = graph.inputs[0]
        sizes = sizes.strip().strip("()").replace(" ", "")
        if not name.strip() or not re.fullmatch(
            r"([0-9]{1,10}(,[0-9]{1,10})*,?)?", sizes, re.ASCII
        ):
            raise GraphLabError(
                f"--shape takes an input and its sizes, as in --shape x=1,3,32,32, and was given "
                f"{text!r:.60}"
            )
        shape = tuple(int(size) for size in sizes.split(",") if size)
        check_size(shape, f"the shape of {name.strip()}")
        if name.strip() in found:
            raise GraphLabError(f"the shape of {name.strip()} is given twice: say it once")
        found[name.strip()] = shape
    return found


def _name(source: str, out: str) -> str:
    """What the class is called: as the network is in the gallery, or as the file."""
    lead, colon, name = source.partition(":")
    is_named = colon and lead == "gallery"
    stem = os.path.basename(out).partition(".")[0]
    return name if is_named else stem
