"""The ``.graph.json`` format, declared once: reading, checking and the published schema follow.

The mathematics comes first and the view last.  A number or a small array stands in the file; a
large one is only described there (``{"shape": [300, 784]}``), and its numbers are in the
safetensors file that ``arrays`` names, under ``node/attribute``.
"""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from graphlab.errors import FileError
from graphlab.graph.file_told import told
from graphlab.graph.misfits import lowered
from graphlab.graph.node import MAX_INPUTS, MAX_NAME, MAX_POSITION
from graphlab.graph.recipe import Recipe
from graphlab.ops.attributes import MAX_AXES

FORMAT = "graphlab.graph"
VERSION = 1

MAX_BYTES = 32 * 2**20
"""A graph file has at most so many bytes; checked before it is read."""

MAX_NODES = 200_000
"""A file holds at most so many nodes, and as many groups."""

MAX_ATTRIBUTES = 2**16
"""The attributes of one node take at most so many bytes; more numbers go to the arrays file."""

Name = Annotated[str, Meta(min_length=1, max_length=MAX_NAME)]
Output = Annotated[
    str,
    Meta(
        min_length=1,
        max_length=MAX_NAME + 10,
        description="A node's id, for its first output, or id.1, id.2 … for a further one.",
    ),
]
Coordinate = Annotated[float, Meta(ge=-MAX_POSITION, le=MAX_POSITION)]


class _Record(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    pass


class ArrayRecord(_Record, frozen=True):
    """An array that is not a plain nested list of float64 numbers.

    Either its values stand here, or its shape does and the values are in the arrays file.
    """

    dtype: Literal["float32", "float64"] = "float64"
    shape: Annotated[list[Annotated[int, Meta(ge=0)]], Meta(max_length=MAX_AXES)] | None = None
    values: Any = None


# Kept as text until the op is known and the length is checked: a hostile value allocates nothing.
_Attributes = Annotated[
    Raw,
    Meta(
        description="The op's settings that differ from their defaults.",
        extra_json_schema={
            "type": "object",
            "additionalProperties": {
                "anyOf": [
                    {"type": ["null", "boolean", "number", "string", "array"]},
                    {"$ref": "#/$defs/ArrayRecord"},
                ]
            },
        },
    ),
]


_Settings = Annotated[
    Raw,
    Meta(
        description="The template's settings that were given; the others have their defaults.",
        extra_json_schema={
            "type": "object",
            "additionalProperties": {"type": ["null", "boolean", "number", "string", "array"]},
        },
    ),
]


class NodeRecord(_Record, frozen=True):
    """One use of an op."""

    id: Name
    op: Name
    inputs: Annotated[
        dict[Name, Output], Meta(description="Per connected input port, what feeds it.")
    ] = {}
    attributes: _Attributes | UnsetType = UNSET
    group: Annotated[Name | None, Meta(description="The group the node is in.")] = None


class GroupRecord(_Record, frozen=True):
    """Part of the graph that folds to one card."""

    id: Name
    title: str = ""
    parent: Annotated[Name | None, Meta(description="The group this one is in.")] = None
    template: Annotated[str, Meta(description="The template that drew what is in it.")] = ""
    settings: _Settings | UnsetType = UNSET


class ViewRecord(_Record, frozen=True):
    """What changes the picture and never a number, by the id of a node or group."""

    positions: dict[Name, tuple[Coordinate, Coordinate]] = {}
    notes: dict[Name, str] = {}
    folded: Annotated[list[Name], Meta(description="The groups shown as one card.")] = []
    placed: Annotated[
        list[Name], Meta(description="What a hand has put at its position, where it stays.")
    ] = []


class GraphRecord(_Record, frozen=True):
    """A GraphLab graph."""

    format: Literal["graphlab.graph"]
    version: Literal[1]
    nodes: list[NodeRecord]
    arrays: Annotated[
        str | None,
        Meta(description="The safetensors file, in the same folder, that holds large arrays."),
    ] = None
    groups: list[GroupRecord] = []
    outputs: Annotated[
        list[Output],
        Meta(description="What the graph is for; without it, every output that feeds nothing."),
    ] = []
    training: Annotated[
        Recipe | None, Meta(description="How the graph is trained, where that is said.")
    ] = None
    view: ViewRecord = ViewRecord()


class _Header(Struct):
    format: str
    version: int


def json_schema() -> dict[str, Any]:
    """The format as a JSON Schema (draft 2020-12); ``resources/graph.schema.json`` is this."""
    (graph, _), definitions = msgspec.json.schema_components(
        [GraphRecord, ArrayRecord], ref_template="#/$defs/{name}"
    )
    made = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "GraphLab graph",
        **graph,
        "$defs": definitions,
    }
    as_published: dict[str, Any] = json.loads(json.dumps(made))
    return as_published


def decode(data: bytes) -> GraphRecord:
    """Read a file's bytes; raises ``FileError`` with one sentence that does not name the file."""
    data = data.removeprefix(b"\xef\xbb\xbf")
    if not data.strip():
        raise FileError("the file is empty and holds no graph")
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FileError(
            f"the file is not UTF-8 text (byte {error.start}): it is damaged, or not a graph"
        ) from None
    _check_header(data)
    try:
        record = msgspec.json.decode(data, type=GraphRecord)
    except msgspec.DecodeError as error:
        raise FileError(told(error, data, GraphRecord)) from None
    check_counts(len(record.nodes), len(record.groups))
    view = record.view
    counts = len(view.positions), len(view.notes), len(view.folded), len(view.placed)
    if max(counts) > 2 * MAX_NODES:
        raise FileError("the view tells of more cards than there can be nodes and groups")
    for node in record.nodes:
        if len(node.inputs) > MAX_INPUTS:
            raise FileError(f"node {node.id}: it has more inputs than the {MAX_INPUTS:,} allowed")
        if node.attributes and len(memoryview(node.attributes)) > MAX_ATTRIBUTES:
            raise FileError(
                f"node {node.id}: its attributes take more than {MAX_ATTRIBUTES:,} bytes; large "
                "arrays belong in the arrays file"
            )
    for group in record.groups:
        if group.settings and len(memoryview(group.settings)) > MAX_ATTRIBUTES:
            raise FileError(
                f"group {group.id}: its settings take more than {MAX_ATTRIBUTES:,} bytes"
            )
    _check_keys(data)
    return record


def check_counts(nodes: int, groups: int) -> None:
    """Raise ``FileError`` for more nodes or groups than a file holds."""
    if max(nodes, groups) > MAX_NODES:
        raise FileError(
            f"the graph has {nodes:,} nodes and {groups:,} groups, and a file holds at most "
            f"{MAX_NODES:,} of each; split it into several graphs"
        )


def _check_header(data: bytes) -> None:
    try:
        header = msgspec.json.decode(data, type=_Header)
    except msgspec.ValidationError:
        raise FileError(
            f'the file holds no GraphLab graph: it does not start with {{, or lacks "format": '
            f'"{FORMAT}" and a version number'
        ) from None
    except msgspec.DecodeError as error:
        raise FileError(told(error, data)) from None
    if header.format != FORMAT:
        raise FileError(
            f"the file says that its format is {header.format[:40]!r}, and a graph's is {FORMAT!r}"
        )
    if header.version > VERSION:
        raise FileError(
            f"the file was made by a newer GraphLab (format version {header.version}, this one "
            f"reads up to {VERSION}): update GraphLab to open it"
        )
    if header.version < 1:
        raise FileError(f"the file's version is {header.version}, and versions count from 1")


def _check_keys(data: bytes) -> None:
    """Refuse an object with the same key twice: the second would silently win."""
    try:
        json.loads(data, object_pairs_hook=_refuse_twice)
    except ValueError as error:
        raise FileError(f"the file is not JSON: {lowered(str(error))}") from None


def _refuse_twice(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) == len(pairs):
        return
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise FileError(f"{key[:MAX_NAME]!r} stands twice in one object; remove one of the two")
        seen.add(key)
