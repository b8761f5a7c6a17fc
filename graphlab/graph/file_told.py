"""What msgspec finds wrong with a graph file, as a person reads it and can mend it."""

from __future__ import annotations

import re
from collections.abc import Callable

import msgspec
from msgspec import Struct

from graphlab.graph.node import MAX_NAME


class _Id(Struct):
    id: str = ""


class _Ids(Struct):
    nodes: list[_Id] = []


def told(error: msgspec.DecodeError, data: bytes = b"") -> str:
    """msgspec's finding as a person reads it: where, by node or line, and what."""
    found, _, path = str(error).replace("`", "").partition(" - at $")
    if isinstance(error, msgspec.ValidationError):
        where = re.sub(r"^nodes\[(\d+)\]\.?", _node_of(data), path.lstrip("."))
        where = where.replace("[...]", "")
        if where.startswith("training") and found.startswith("Invalid enum value"):
            return f"{where}: {found.rpartition(' ')[2]} is none of the words that may stand there"
        return f"{where.removesuffix(': ')}: {_advised(found)}" if where else _advised(found)
    half = _HALF.search(data)
    is_whole = data.rstrip().endswith(b"}")  # not cut off: an escape wants a second half
    if half is not None and (_HALF_READ.search(found) or ("truncated" in found and is_whole)):
        line = data.count(b"\n", 0, half.start()) + 1
        return (
            f"line {line}: a text has half a character, a \\ud800 to \\udfff alone; remove it, or "
            "write both halves"
        )
    if "truncated" in found:
        return "the file ends too early: it was cut off, so take another copy of it"
    place = re.fullmatch(r"JSON is malformed: (.*) \(byte (\d+)\)", found)
    if place is None:
        return f"the file is not JSON: {lowered(found)}"
    at = int(place.group(2))
    line = data.count(b"\n", 0, at) + 1
    word = re.search(rb"[-+]?(NaN|Infinity)", data[max(at - 1, 0) : at + 9])
    if word is not None:
        return f"line {line}: {word.group().decode()} is not a finite number, and must be one"
    return f"the file is not JSON from line {line} on: {place.group(1)}"


_HALF_READ = re.compile(r"surrogate|end of hex escape")
_HALF = re.compile(rb"\\u[dD][89a-fA-F]")

_ADVICE = (
    (r"Object missing required field (.*)", r"there is no \1; add it"),
    (
        r"Object contains unknown field (.*)",
        r"there is a field \1, which graph files do not have; remove it, or correct its name",
    ),
    (r"(Number|Integer) .*out of range", "a number is too large for 64 bits; make it smaller"),
    (r"Expected str of length >= 1", "a name is empty; give it one"),
    (r"Expected str of length <= (\d+)", r"a name is too long; at most \1 letters are allowed"),
    (r"Expected array of length (\d+).*", r"there must be \1 numbers, and there are not"),
    (r"Expected array of length <= (\d+)", r"a list is too long; at most \1 entries are allowed"),
    (r"Expected \w+ ([<>]=?) (\S+)", r"a number is out of bounds; it must be \1 \2"),
    (r"Invalid enum value '?(.*?)'?", r"it must be float32 or float64, and is \1"),
)
# What msgspec finds, and how a person is told what to do about it.

KINDS = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "array": "a list",
    "object": "an object in { }",
    "null": "null",
}
"""The kinds of values that msgspec tells of, in a person's words."""


def _advised(found: str) -> str:
    for pattern, advice in _ADVICE:
        match = re.fullmatch(pattern, found)
        if match is not None:
            return match.expand(advice)
    kinds = re.fullmatch(r"Expected ([\w |]+), got (\w+)", found)
    if kinds is None:
        return lowered(found)
    wanted = " or ".join(KINDS.get(kind, kind) for kind in kinds[1].split(" | "))
    return f"there must be {wanted}, and there is {KINDS.get(kinds[2], kinds[2])}"


def _node_of(data: bytes) -> Callable[[re.Match[str]], str]:
    """Turn the place of a node in the list into its id, where it has one."""

    def name(match: re.Match[str]) -> str:
        try:
            found = msgspec.json.decode(data, type=_Ids).nodes[int(match[1])].id[:MAX_NAME]
        except msgspec.DecodeError:
            found = ""
        return f"node {found}: " if found else match.group()

    return name


def lowered(text: str) -> str:
    """The text with a small first letter, to go on after a colon."""
    return text[:1].lower() + text[1:]
