"""YAML as a teacher writes it: plain data only, bounded, and every mistake with its line.

No aliases, anchors or tags; a key stands once.  ``true``, ``false``, ``null`` and numbers are what
JSON says they are; anything else (``yes``, ``1:30``) is text.
"""

from __future__ import annotations

import math
import re
from collections.abc import Container, Iterator
from typing import Any, NamedTuple, TypeVar, cast

import msgspec
import yaml
from msgspec import Struct

from graphlab.errors import LessonError
from graphlab.graph.misfits import KINDS, misfit

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
        return self.first + _first_line(node)

    def texts(self, keys: Container[str]) -> Iterator[tuple[str, int]]:
        """The texts at any of these keys, at any depth, each with the line it begins on."""
        queue: list[tuple[yaml.Node, bool]] = [(self.node, False)]
        while queue:
            node, is_text = queue.pop(0)
            if isinstance(node, yaml.MappingNode):
                queue += [(value, key.value in keys) for key, value in node.value]
            elif isinstance(node, yaml.SequenceNode):
                queue += [(item, is_text) for item in node.value]
            elif is_text:
                yield node.value, self.first + _first_line(node)


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
        is_sign = isinstance(error, yaml.scanner.ScannerError)
        opened = None if is_sign else _unclosed(text)
        if opened is not None:
            sign = text.split("\n")[opened.line][opened.column]
            told = f"the {sign} is never closed: end it with {_CLOSING[sign]}"
            raise LessonError(f"this is not YAML: {told}", first + opened.line) from None
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
        place, sentence, key = misfit(error, marked.data, kind, _KINDS)
        if key:
            raise LessonError(sentence, marked.line(*place, key)) from None
        where = next((f"{part}: " for part in place[-1:] if isinstance(part, str)), "")
        if sentence.startswith("there must be text") and sentence.endswith(_KINDS["object"]):
            sentence += "; quote a text that contains a colon"
        raise LessonError(where + sentence, marked.line(*place)) from None


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


_CLOSING = {"{": "}", "[": "]"}


def _unclosed(text: str) -> yaml.Mark | None:
    """Where a bracket is opened that nothing closes, as far as the text's signs can be read."""
    opened: list[tuple[yaml.Mark, type[yaml.Token]]] = []
    ends = {
        yaml.FlowMappingStartToken: yaml.FlowMappingEndToken,
        yaml.FlowSequenceStartToken: yaml.FlowSequenceEndToken,
    }
    try:
        for token in yaml.scan(text, _Loader):
            if type(token) in ends:
                opened.append((token.start_mark, ends[type(token)]))
            elif isinstance(token, tuple(ends.values())) and opened:
                mark, end = opened.pop()
                if not isinstance(token, end):
                    return mark
    except yaml.YAMLError:
        pass  # what follows an open bracket is read otherwise than it was meant
    return opened[-1][0] if opened else None


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


def _first_line(node: yaml.Node) -> int:
    """Where the value begins, counted from 0: under the ``|``, if one is."""
    is_block = isinstance(node, yaml.ScalarNode) and node.style in ("|", ">")
    return cast("int", node.start_mark.line) + (1 if is_block else 0)


def _key(node: yaml.Node, word: str) -> yaml.Node:
    """The node of a key that is there."""
    return cast("yaml.Node", next(key for key, _ in node.value if key.value == word))


_KINDS = {**KINDS, "object": "keys and values", "null": "nothing"}  # as YAML writes them
