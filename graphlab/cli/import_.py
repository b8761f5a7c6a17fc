"""``graphlab import``: a PyTorch class or an ONNX file becomes a graph file.

Importing a Python name runs that module's code.  It happens here only, on the word of the person
at the keyboard; no file can ask for it.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click

import graphlab
from graphlab.cli.tables import print_text
from graphlab.errors import GraphLabError
from graphlab.graph import Graph
from graphlab.graph.file import save
from graphlab.ops.attributes import check_size
from graphlab.suggest import did_you_mean

MAX_ARGUMENTS = 2**20
"""--args has at most so many letters."""


@click.command("import")
@click.argument("source")
@click.option(
    "-o", "--output", "out", required=True, metavar="FILE", help="The .graph.json file to write."
)
@click.option(
    "--args",
    "arguments",
    metavar="JSON",
    help="What the class is made with: a list, or an object by name, as in '{\"classes\": 10}'.",
)
@click.option(
    "--shape",
    "shapes",
    multiple=True,
    metavar="SIZES",
    help="The shape of an example input, as in 1,3,224,224; 2,16:int for whole numbers. Give one "
    "for each input.",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0, max=2**63 - 1),
    default=0,
    show_default=True,
    help="Decides the weights that the class draws.",
)
def command(
    source: str, out: str, arguments: str | None, shapes: tuple[str, ...], seed: int
) -> None:
    """Turn SOURCE into a graph file: model.onnx, or package.module:Class of PyTorch.

    Naming a class runs the code of its module, found as python -m finds it: from this folder, then
    from what is installed. Its weights are written too.
    """
    if not out.endswith(".json"):
        raise GraphLabError(f"{out} must end in .graph.json, which is what a graph is saved as")
    if source.endswith(".onnx"):
        if arguments is not None or shapes:
            raise GraphLabError("an ONNX file says all itself: leave out --args and --shape")
        graph = graphlab.from_onnx(source)
    else:
        graph = _from_python(source, arguments, shapes, seed)
    save(graph, out)
    _tell(graph, out)


def _tell(graph: Graph, out: str) -> None:
    opaque = [n for n, node in graph.nodes.items() if node.op.name == "opaque"]
    print_text(
        f"{out}: {len(graph.nodes)} nodes in {len(graph.groups)} groups; inputs "
        f"{', '.join(graph.inputs) or 'none'}; outputs {', '.join(graph.outputs)}"
    )
    for name in opaque:
        told = graph.nodes[name].attributes
        why = told.get("why") or "GraphLab has no op for it"
        print_text(f"{name} is opaque: {told['target']} cannot be stepped ({why})")


def _from_python(source: str, arguments: str | None, shapes: Sequence[str], seed: int) -> Graph:
    import torch

    args, kwargs = _arguments(arguments)
    examples = tuple(_example(shape) for shape in shapes)
    module_name, name = _split(source)
    maker = _found(module_name, name)
    torch.manual_seed(seed)
    if isinstance(maker, torch.nn.Module):
        module = maker
    elif callable(maker):
        try:
            module = maker(*args, **kwargs)
        except Exception as error:  # the class's own code
            raise GraphLabError(
                f"{source} could not be made: {_reason(error)}; say with --args what it takes"
            ) from None
    else:
        raise GraphLabError(f"{source} is a {type(maker).__name__}, and must be a class or module")
    if not isinstance(module, torch.nn.Module):
        raise GraphLabError(
            f"{source} gives a {type(module).__name__}, and must give a torch.nn.Module"
        )
    if not examples:
        raise GraphLabError(
            f"{source} needs the shape of an example of each input: give it as in --shape "
            "1,3,224,224"
        )
    return graphlab.from_torch(module, examples)


def _split(source: str) -> tuple[str, str]:
    module, colon, name = source.partition(":")
    parts = [*module.split("."), *name.split(".")]
    if not colon or not all(part.isidentifier() for part in parts):
        raise GraphLabError(
            f"{source!r:.80} is neither an .onnx file nor package.module:Class: name one of them"
        )
    return module, name


def _found(module: str, name: str) -> Any:
    """Import a module by name, the current folder first, and take a name from it."""
    here = os.getcwd()
    if here not in sys.path:
        sys.path.insert(0, here)
    try:
        found: Any = import_module(module)
    except ModuleNotFoundError as error:
        if error.name and (module == error.name or module.startswith(f"{error.name}.")):
            raise GraphLabError(
                f"there is no Python module {error.name}: check its name, and start graphlab in "
                "the folder it is in"
            ) from None
        raise GraphLabError(f"{module} could not be imported: {_reason(error)}") from None
    except Exception as error:  # the module's own code
        raise GraphLabError(f"{module} could not be imported: {_reason(error)}") from None
    for part in name.split("."):
        if not hasattr(found, part):
            known = [n for n, v in vars(found).items() if isinstance(v, type)]
            hint = did_you_mean(part, known) or "; check its spelling"
            raise GraphLabError(f"{module} has no {part}{hint}")
        found = getattr(found, part)
    return found


def _arguments(text: str | None) -> tuple[list[Any], dict[str, Any]]:
    if text is None:
        return [], {}
    try:
        found = json.loads(text) if len(text) <= MAX_ARGUMENTS else None
    except (ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        return [], found
    if isinstance(found, list):
        return found, {}
    raise GraphLabError(
        f"--args is {text!r:.60}: give a JSON list such as [3, 10], or an object such as "
        '{"classes": 10}'
    )


def _example(text: str) -> Any:
    """``1,3,224,224`` as an example of that shape; the same numbers every time."""
    import torch

    sizes, colon, kind = text.partition(":")
    parts = [part.strip() for part in sizes.split(",") if part.strip()]
    if not all(part.isdecimal() for part in parts) or (colon and kind != "int"):
        raise GraphLabError(
            f"--shape is {text!r:.60}: give lengths such as 1,3,224,224, or 2,16:int for whole "
            "numbers"
        )
    shape = tuple(int(part[:20]) for part in parts)
    check_size(shape, "--shape")
    if kind:
        return torch.zeros(shape, dtype=torch.int64)
    return torch.rand(shape, generator=torch.Generator().manual_seed(0))


def _reason(error: Exception) -> str:
    told = str(error).strip().split("\n")[0][:300].rstrip(".")
    return f"{type(error).__name__}: {told}" if told else type(error).__name__
