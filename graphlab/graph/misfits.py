"""What msgspec finds wrong with data, as a person reads it and can mend it: at which key, what
stands there and what should.  Graph files, answers files, recipes and lessons all tell it so."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as types

from graphlab.suggest import did_you_mean

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

Place = tuple[str | int, ...]

_UNKNOWN = object()
_SHOWN = 40  # letters of a value or a key
_MAX_CHOICES = 20


class Misfit(NamedTuple):
    """Where data does not fit its type, and what to do about it; ``key`` is one too many there."""

    place: Place
    sentence: str
    key: str = ""


def misfit(
    error: msgspec.ValidationError, data: Any, kind: Any, words: Mapping[str, str] = KINDS
) -> Misfit:
    """The finding of msgspec where ``data``, as plain values, was to be read as ``kind``."""
    found, place = _located(error, data, kind)
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", found, re.S)
    if unknown is not None:
        keys = _keys(_kind_at(kind, place))
        hint = did_you_mean(unknown[1], keys)
        if not hint:
            hint = f"; choose from {', '.join(keys)}" if keys else "; remove it"
        key = _short(unknown[1])
        return Misfit(place, f"the key {key!r} is none that may stand here{hint}", unknown[1])
    return Misfit(place, sentence(found, _kind_at(kind, place), value_at(data, place), words))


def sentence(
    found: str, kind: Any = None, value: Any = _UNKNOWN, words: Mapping[str, str] = KINDS
) -> str:
    """A finding about one value; what the value is, is told where it is given."""
    for pattern, advice in _ADVICE:
        match = re.fullmatch(pattern, found, re.S)
        if match is not None:
            told = match.expand(advice)
            is_number = isinstance(value, (int, float)) and "number must be" in told
            return f"{told}, and is {_literal(value)}" if is_number else told
    is_told = value is not _UNKNOWN
    if found.startswith("Expected `str` matching regex"):
        about = (getattr(kind, "extra_json_schema", None) or {}).get("description", "")
        wanted = lowered(about.rstrip(".")) or "written otherwise"
        return f"the text must be {wanted}" + (f", and is {_literal(value)}" if is_told else "")
    if found.startswith("Invalid enum value"):
        given = value if is_told else found.removeprefix("Invalid enum value ").strip("'`")
        return f"{_literal(given)} is not known; choose from {', '.join(_choices(kind))}"
    kinds = re.fullmatch(r"Expected `(.*)`, got `(.*)`", found)
    if kinds is None:
        return lowered(found.replace("`", ""))[:200]
    wanted_kinds = [k.strip() for k in kinds[1].split("|") if "null" not in k]
    if {"int", "float"} <= set(wanted_kinds):
        wanted_kinds.remove("int")
    spelt = " or ".join(words.get(k, k) for k in wanted_kinds)
    return f"there must be {spelt}, and there is {_stands(kinds[2], value, words)}"


def lowered(text: str) -> str:
    """The text with a small first letter, to go on after a colon."""
    return text[:1].lower() + text[1:]


_ADVICE = (
    (r"Object missing required field `(.*)`", r"there is no \1; add it"),
    (r"(?:Number|Integer) .*out of range", "a number is too large for 64 bits; make it smaller"),
    (r"Expected `str` of length >= 1", "the text is empty; write it"),
    (r"Expected `str` of length <= (\d+)", r"the text is too long; at most \1 letters are allowed"),
    (r"Expected `array` of length (\d+).*", r"there must be \1 entries, and there are not"),
    (
        r"Expected `\w+` of length <= (\d+)",
        r"too much is there; at most \1 entries are allowed",
    ),
    (r"Expected `\w+` of length >= (\d+)", r"too little is there; at least \1 entries are due"),
    (r"Expected `(?:int|float)` <= (\S+)", r"the number must be at most \1"),
    (r"Expected `(?:int|float)` >= (\S+)", r"the number must be at least \1"),
    (r"Expected `(?:int|float)` < (\S+)", r"the number must be less than \1"),
    (r"Expected `(?:int|float)` > (\S+)", r"the number must be more than \1"),
)


def _stands(kind: str, value: Any, words: Mapping[str, str]) -> str:
    spelt = words.get(kind, kind)
    if isinstance(value, bool):
        return _literal(value)
    return f"{spelt}: {_literal(value)}" if isinstance(value, (str, int, float)) else spelt


def _literal(value: Any) -> str:
    if isinstance(value, str):
        return repr(_short(value))
    return _short(json.dumps(value)) if isinstance(value, (bool, int, float)) else "it"


def _short(text: str) -> str:
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


# --- where it is --------------------------------------------------------------------------------
def _located(error: msgspec.ValidationError, data: Any, kind: Any) -> tuple[str, Place]:
    """The finding and its place; msgspec does not tell the keys of a mapping, so they are tried."""
    message = str(error)
    found, _, at = message.partition(" - at ")
    parts = re.findall(r"\.(\w+)|\[(\d+)\]|(\[\.\.\.\])", at.partition("`$")[2].rstrip("`"))
    parts += [("", "", "[...]")] if at.startswith("`key`") else []
    place: Place = ()
    for word, index, hidden in parts:
        inside = value_at(data, place)
        if not hidden:
            place += (int(index) if index else word,)
        elif isinstance(inside, dict) and inside:
            key = _culprit(data, place, kind, message)
            data = _with(data, place, {key: inside[key]})
            place += (key,)
        else:
            break
    return found, place


def _culprit(data: Any, place: Place, kind: Any, message: str) -> str:
    """The key of a mapping at fault: halved until it is alone."""
    inside = value_at(data, place)
    keys = list(inside)
    while len(keys) > 1:
        half = keys[: len(keys) // 2]
        fewer = _with(data, place, {key: inside[key] for key in half})
        keys = half if _fails(fewer, kind, message) else keys[len(half) :]
    return str(keys[0])


def _fails(data: Any, kind: Any, message: str) -> bool:
    try:
        msgspec.json.decode(msgspec.json.encode(data), type=kind)
    except msgspec.ValidationError as error:
        return str(error) == message
    return False


def value_at(data: Any, place: Place) -> Any:
    """What stands at a place, or a mark that nothing does: a later key may hide an earlier one."""
    for part in place:
        is_there = isinstance(data, dict) and part in data
        is_there |= isinstance(data, list) and isinstance(part, int) and part < len(data)
        if not is_there:
            return _UNKNOWN
        data = data[part]
    return data


def _with(data: Any, place: Place, value: Any) -> Any:
    if not place:
        return value
    copy = data.copy()
    copy[place[0]] = _with(data[place[0]], place[1:], value)
    return copy


# --- what may stand there -----------------------------------------------------------------------
def _kind_at(kind: Any, place: Place) -> Any:
    """What type, as msgspec describes it, stands at a place."""
    here: Any = types.type_info(kind)
    for part in place:
        here = _holder(here)
        if isinstance(here, types.StructType) and isinstance(part, str):
            here = next((f.type for f in here.fields if f.encode_name == part), here)
        elif isinstance(here, (types.ListType, types.VarTupleType)):
            here = here.item_type
        elif isinstance(here, types.TupleType) and isinstance(part, int):
            here = here.item_types[part]
        elif isinstance(here, types.DictType):
            here = here.value_type
    return here


def _keys(kind: Any) -> list[str]:
    here = _holder(kind)
    fields = here.fields if isinstance(here, types.StructType) else ()
    return [field.encode_name for field in fields][:_MAX_CHOICES]


def _choices(kind: Any) -> Sequence[str]:
    """The words that a literal type, or one in a union, takes."""
    if isinstance(kind, types.Metadata):
        return _choices(kind.type)
    if isinstance(kind, types.LiteralType):
        return [str(value) for value in kind.values]
    inner = kind.types if isinstance(kind, types.UnionType) else ()
    return [word for one in inner for word in _choices(one)]


_HOLDERS = (types.StructType, types.ListType, types.VarTupleType, types.TupleType, types.DictType)


def _holder(kind: Any) -> Any:
    """What of a union can have something inside."""
    if isinstance(kind, types.Metadata):
        return _holder(kind.type)
    if isinstance(kind, types.UnionType):
        inner = [_holder(one) for one in kind.types]
        return next((one for one in inner if isinstance(one, _HOLDERS)), kind)
    return kind
