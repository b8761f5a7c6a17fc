"""Fences that were meant as blocks and would be lost: shown to students as they are typed.

Such a fence has a misspelt info string, or none at all; or it is none to Markdown, since it is
indented, has too few signs, or stands in another one that is never closed.
"""

from __future__ import annotations

import re
from typing import Any

from msgspec import structs

from graphlab.errors import LessonError
from graphlab.suggest import did_you_mean
from graphlab.tutor.format import BLOCKS

_YAML = ("yaml", "yml")
_OPENING = re.compile(r"[\s>*+-]*(`+|~+)\s*([^`~]*)")
_KEY = re.compile(r"""^["']?(\w+)["']?\s*:(?:\s|$)""", re.M)


def check_info(info: str, content: str, line: int) -> None:
    """Refuse a fence whose info string makes it no block, where one was meant."""
    kind = _meant(info)
    if not kind and info.lower() in ("", *_YAML):
        kind = _told_by_keys(content, is_yaml=bool(info))
    if kind:
        raise LessonError(
            f"a block begins with yaml and its kind: write ```yaml {kind}, not ```{info[:40]}",
            line,
        )


def check_lost(token: Any, lines: list[str], before: int) -> None:
    """Refuse a block's first line inside another part of the Markdown, but for a comment.

    ``lines`` are the body's, in front of which ``before`` lines of the file stand.
    """
    is_comment = token.type == "html_block" and token.content.lstrip().startswith("<!--")
    if token.type not in ("inline", "code_block", "html_block", "fence") or is_comment:
        return
    start, end = token.map
    if token.type == "fence":
        _check_swallowed(token, lines, before)
        return
    for index in range(start, end):
        signs, info = _opened(lines[index])
        kind = _meant(info) if len(signs) >= 3 or info.startswith("yaml ") else ""
        if kind:
            raise LessonError(
                f"this is read as text and not as a block: write ```yaml {kind} at the beginning "
                "of its line, with a line free above",
                before + index + 1,
            )


def _check_swallowed(fence: Any, lines: list[str], before: int) -> None:
    """A longer fence may show blocks as they are typed; one as short was to end before them."""
    start, end = fence.map
    for index in range(start + 1, end):
        signs, info = _opened(lines[index])
        is_as_long = signs[:1] == fence.markup[:1] and len(signs) >= len(fence.markup)
        if is_as_long and lines[index][:4].strip() and _meant(info):
            raise LessonError(
                f"the block is never closed, and that of line {before + index + 1} is read as a "
                f"part of it: end it with a line {fence.markup}",
                before + start + 1,
            )


def _opened(line: str) -> tuple[str, str]:
    """The signs of a fence with which a line begins, and what stands behind them."""
    found = _OPENING.fullmatch(line)
    return (found[1], found[2].strip()) if found else ("", "")


def _meant(info: str) -> str:
    """The kind of block that an info string names, well or misspelt; empty for any other."""
    *language, word = re.findall(r"[a-z]+", info.lower()) or [""]
    if not language and word.startswith(_YAML):  # yamldo
        language, word = ["yaml"], re.sub("|".join(_YAML), "", word, count=1)
    is_yaml = not language or (len(language) == 1 and did_you_mean(language[0], _YAML))
    if not is_yaml or not (language or word in BLOCKS):
        return ""
    return word if word in BLOCKS else did_you_mean(word, BLOCKS).rpartition(" ")[2].rstrip("?")


def _told_by_keys(content: str, *, is_yaml: bool) -> str:
    """The kind of block that most of these keys are of; without ``yaml`` all are, and all it
    needs are there."""
    keys, fits = set(_KEY.findall(content)), {}
    for kind, spec in BLOCKS.items():
        fields = structs.fields(spec)
        known = keys & {field.encode_name for field in fields}
        needed = {field.encode_name for field in fields if field.required}
        if 2 * len(known) > len(keys) if is_yaml else needed and needed <= keys == known:
            fits[kind] = len(known)
    return max(fits, key=lambda kind: fits[kind], default="")
