"""YAML as a teacher writes it: plain data only, bounded, and every mistake with its line.

No aliases, anchors or tags; a key stands once.  ``true``, ``false``, ``null`` and numbers are what
JSON says they are; anything else (``yes``, ``1:30``) is text.
"""

from __future__ import annotations

import math
import re
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
import yaml
from msgspec import Struct
from msgspec import inspect as types

from graphlab.errors import LessonError
from graphlab.graph.file_told import KINDS
from graphlab.suggest import did_you_mean

MAX_CHARACTERS = 2**16
MAX_EVENTS = 20_000
MAX_DEPTH = 16

Kind = TypeVar("Kind", bound=Struct)


class _Loader(yaml.SafeLoader):
    """YAML 1.2's core scalars: 1.1 reads ``no`` as false and does not read ``1e-6``."""

    yaml_implicit_resolvers: dict[str, Any] = {}  # noqa: RUF012  as PyYAML declares it


for _tag, _pattern, _first in (
    ("bool", r"(?:true|false)$", "tf"),
    ("null", r"(?:null|~|)$", ["n", "~", ""]),
    ("int", r"[-+]?[0-9]+$", "-+0123456789"),
    ("float", r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$", "-+.0123456789"),
):
    _Loader.add_implicit_resolver(f"tag:yaml.org,2002:{_tag}", re.compile(_pattern), list(_first))


class Marked(NamedTuple):
    """Data, and the YAML nodes it came from; ``first`` is the file's line that the text starts."""

    data: Any
    node: yaml.Node
    first: int

    def line(self, *path: str | int) -> int:
        """The line of the key, or of the entry, that ``path`` ends at, as far as it leads."""
        node, place = self.node, self.node
        for part in path:
            below = _below(node, part)
            if below is None:
                break
            place = below if isinstance(part, int) else _key(node, part)
            node = below
        return self.first + cast("int", place.start_mark.line)

    def text_line(self, *path: str | int) -> int:
        """The line where a text along ``path`` has its first line: under the ``|``, if one is."""
        node = self.node
        for part in path:
            node = _below(node, part) or node
        is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
        return self.first + cast("int", node.start_mark.line) + (1 if is_block else 0)


def read_yaml(text: str, first: int) -> Marked:
    """The data of a YAML mapping whose first line is the file's line ``first``."""
    if len(text) > MAX_CHARACTERS:
        raise LessonError(
            f"the block has {len(text):,} characters, and one has at most {MAX_CHARACTERS:,}; "
            "put a large graph into a file beside the lesson",
            first,
        )
    try:
        _check_events(text, first)
        node = yaml.compose(text, _Loader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = first + (mark.line if mark is not None else 0)
        raise LessonError(f"this is not YAML: {_problem(error)}", line) from None
    except yaml.YAMLError:
        raise LessonError("this is not YAML: it has a character no text has", first) from None
    if not isinstance(node, yaml.MappingNode):
        raise LessonError("a block holds keys and values, such as  task: Draw f", first)
    return Marked(_plain(node, first), node, first)


def convert(marked: Marked, kind: type[Kind]) -> Kind:
    """The data as ``kind``; raises ``LessonError`` with the line of what is wrong."""
    try:
        return msgspec.convert(marked.data, kind)
    except msgspec.ValidationError as error:
        found, _, at = str(error).partition(" - at ")
        path = _path(at)
        unknown = re.fullmatch(r"Object contains unknown field `(.*)`", found, re.S)
        if unknown is not None:
            keys = _keys(kind, path)
            hint = did_you_mean(unknown[1], keys) or f"; choose from {', '.join(keys)}"
            line = _key_line(marked, path, unknown[1])
            raise LessonError(f"there is no key {unknown[1][:60]!r}{hint}", line) from None
        where = f"{path[-1]}: " if path and isinstance(path[-1], str) else ""
        raise LessonError(where + _told(found, kind, path), marked.line(*path)) from None


# --- reading ------------------------------------------------------------------------------------
def _check_events(text: str, first: int) -> None:
    """Refuse what a lesson never needs before anything is built of it."""
    depth = 0
    for count, event in enumerate(yaml.parse(text, _Loader)):
        line = first + (event.start_mark.line if event.start_mark is not None else 0)
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            raise LessonError("aliases and anchors (* and &) are not read; quote the text", line)
        if getattr(event, "tag", None) is not None:
            raise LessonError("tags (!) are not read; quote the text", line)
        if isinstance(event, yaml.DocumentStartEvent) and event.explicit:
            raise LessonError("a block is one YAML document, without ---", line)
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if depth > MAX_DEPTH or count > MAX_EVENTS:
            raise LessonError("the block is nested too deeply, or has too many entries", line)


def _plain(node: yaml.Node, first: int) -> Any:
    line = first + node.start_mark.line
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, first) for item in node.value]
    if isinstance(node, yaml.MappingNode):
        found: dict[str, Any] = {}
        for key, value in node.value:
            at = first + key.start_mark.line
            if not isinstance(key, yaml.ScalarNode):
                raise LessonError("a key is a word, not a list or a mapping", at)
            if key.value in found:
                raise LessonError(f"{key.value[:60]!r} stands twice; remove one of the two", at)
            found[key.value] = _plain(value, first)
        return found
    match node.tag.rpartition(":")[2]:
        case "bool":
            return node.value == "true"
        case "null":
            return None
        case "int" if len(node.value) <= 18:
            return int(node.value)
        case "int" | "float":
            number = float(node.value)
            if not math.isfinite(number):
                raise LessonError("a number is too large for 64 bits; make it smaller", line)
            return number
    return node.value


def _problem(error: yaml.MarkedYAMLError) -> str:
    problem = (error.problem or error.context or "it ends too early").replace("\n", " ")
    if "mapping values are not allowed" in problem:
        problem += "; quote a text that contains a colon"
    return problem[:200]


# --- where a mistake is -------------------------------------------------------------------------
def _below(node: yaml.Node, part: str | int) -> yaml.Node | None:
    if isinstance(part, int):
        is_there = isinstance(node, yaml.SequenceNode) and part < len(node.value)
        return node.value[part] if is_there else None
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == part), None)
    return None


def _key(node: yaml.Node, word: str) -> yaml.Node:
    """The node of a key that is there."""
    return cast("yaml.Node", next(key for key, _ in node.value if key.value == word))


def _path(at: str) -> list[str | int]:
    """``$.checks[0].uses[...]`` as its parts, as far as they are known."""
    told = at.partition("`$")[2].rstrip("`").partition("[...]")[0]
    parts = re.findall(r"\.(\w+)|\[(\d+)\]", told)
    return [int(index) if index else word for word, index in parts]


def _key_line(marked: Marked, path: list[str | int], key: str) -> int:
    """The line of a wrong key; where the way to it is not told, the first such key."""
    node = marked.node
    for part in path:
        node = _below(node, part) or node
    queue = [node, marked.node]
    while queue:
        here = queue.pop(0)
        pairs = here.value if isinstance(here, yaml.MappingNode) else []
        for name, value in pairs:
            if name.value == key:
                return marked.first + cast("int", name.start_mark.line)
            queue.append(value)
        queue += here.value if isinstance(here, yaml.SequenceNode) else []
    return marked.line(*path)


def _keys(kind: type[Struct], path: list[str | int]) -> list[str]:
    """The keys that may stand at a place."""
    here = _struct_of(_kind_at(kind, path))
    if isinstance(here, types.DictType):
        here = _struct_of(here.value_type)
    fields = here.fields if isinstance(here, types.StructType) else ()
    return [field.encode_name for field in fields]


def _kind_at(kind: type[Struct], path: list[str | int]) -> Any:
    """What type stands at a place."""
    here: Any = types.type_info(kind)
    for part in path:
        here = _struct_of(here)
        if isinstance(here, types.StructType) and isinstance(part, str):
            here = next((f.type for f in here.fields if f.encode_name == part), here)
        elif isinstance(here, types.ListType):
            here = here.item_type
    return here


def _choices(kind: Any) -> list[str]:
    """The words that a literal type, or one in a union, takes."""
    if isinstance(kind, types.Metadata):
        return _choices(kind.type)
    if isinstance(kind, types.LiteralType):
        return [str(value) for value in kind.values]
    inner = kind.types if isinstance(kind, types.UnionType) else ()
    return [word for one in inner for word in _choices(one)]


def _struct_of(kind: Any) -> Any:
    """What of a union can have something inside."""
    if isinstance(kind, types.Metadata):
        return _struct_of(kind.type)
    if isinstance(kind, types.UnionType):
        wanted = (types.StructType, types.ListType, types.DictType)
        inner = [_struct_of(one) for one in kind.types]
        return next((one for one in inner if isinstance(one, wanted)), kind)
    return kind


_KINDS = {**KINDS, "object": "keys and values", "null": "nothing"}  # as YAML writes them


def _told(found: str, kind: type[Struct], path: list[str | int]) -> str:
    """msgspec's finding in a teacher's words."""
    for pattern, advice in _ADVICE:
        match = re.fullmatch(pattern, found, re.S)
        if match is not None:
            return match.expand(advice)
    if found.startswith("Invalid enum value"):
        word = found.removeprefix("Invalid enum value ")[:60]
        return f"{word} is not known; choose from {', '.join(_choices(_kind_at(kind, path)))}"
    kinds = re.fullmatch(r"Expected `(.*)`, got `(.*)`", found)
    if kinds is None:
        return found.replace("`", "")[:200]
    wanted = [_KINDS.get(k.strip(), k.strip()) for k in kinds[1].split("|") if "null" not in k]
    told = f"there must be {' or '.join(wanted)}, and there is {_KINDS.get(kinds[2], kinds[2])}"
    is_colon = "text" in wanted and kinds[2] == "object"
    return told + ("; quote a text that contains a colon" if is_colon else "")


_ADVICE = (
    (r"Object missing required field `(\w+)`", r"there is no \1; add it"),
    (r"Expected `str` of length >= 1", "the text is empty; write it"),
    (r"Expected `str` of length <= (\d+)", r"the text is too long; at most \1 letters are read"),
    (r"Expected `array` of length <= (\d+)", r"the list is too long; at most \1 entries are read"),
    (r"Expected `array` of length >= (\d+)", r"the list is too short; it has at least \1 entries"),
    (r"Expected `(?:int|float)` (<=|>=|<|>) (\S+)", r"the number must be \1 \2"),
    (r"Expected `str` matching regex (.*)", r"the text must match \1"),
)
