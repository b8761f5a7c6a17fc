"""A lesson's Markdown taken apart: front matter, pages, prose and fenced YAML blocks, with lines.

Only the block structure is read here, by a CommonMark parser; what prose looks like is the
window's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from markdown_it import MarkdownIt

from graphlab.errors import LessonError
from graphlab.suggest import did_you_mean
from graphlab.tutor.fences import check_info, check_lost
from graphlab.tutor.format import BLOCKS


class Heading(NamedTuple):
    """A ``## `` line: a page begins."""

    title: str
    line: int


class Passage(NamedTuple):
    """Prose as it stands in the file."""

    markdown: str
    line: int


class Block(NamedTuple):
    """A fenced YAML block; ``line`` is that of its first line of YAML."""

    word: str
    yaml: str
    line: int


Part = Heading | Passage | Block


def split_front(text: str) -> tuple[str, int, str]:
    """The front matter, the number of lines before the body, and the body."""
    lines = text.split("\n")
    if lines[0].rstrip() != "---":
        raise LessonError(
            "a lesson starts with a line --- and its front matter: format, title, deck, authors "
            "and language",
            1,
        )
    for index, line in enumerate(lines[1:], 1):
        if line.rstrip() == "---":
            return "\n".join(lines[1:index]), index + 1, "\n".join(lines[index + 1 :])
    raise LessonError("the front matter has no end: close it with a line ---", 1)


def parts(body: str, before: int) -> Iterator[Part]:
    """The body's parts in order; ``before`` lines of the file stand in front of it."""
    lines, done = body.split("\n"), 0
    for token in _tokens(body):
        _check_page(token, before)
        check_lost(token, lines, before)
        if token.map is None or not (token.type == "fence" or _is_page(token)):
            continue
        start, end = token.map
        part = _block(token, lines, before) if token.type == "fence" else _heading(token, before)
        if part is None:
            continue
        yield from _passage(lines, done, start, before)
        yield part
        done = end
    yield from _passage(lines, done, len(lines), before)


def _tokens(body: str) -> list[Any]:
    parser = MarkdownIt("commonmark")
    parser.core.ruler.enableOnly(["block"])
    found, tokens = parser.parse(body), []
    for token, after in zip(found, [*found[1:], None], strict=True):
        if token.type == "heading_open" and after is not None:
            token.content = after.content
        tokens.append(token)
    return tokens


def _is_page(token: Any) -> bool:
    """``## Title`` at the margin."""
    return bool(token.type == "heading_open" and token.level == 0 and token.markup == "##")


def _check_page(token: Any, before: int) -> None:
    """Refuse what was meant as a page's title, or is read as one elsewhere, and makes none."""
    if token.level > 1 or token.map is None:
        return
    line, title = before + token.map[0] + 1, token.content.split("\n")[-1].strip()[:40]
    if token.type == "heading_open" and token.level == 0 and token.markup == "-":
        raise LessonError(
            f"a page begins with ##: write ## {title}, or leave a line free above the dashes "
            "where they are a rule",
            line,
        )
    if token.type == "inline" and token.level == 1 and re.match(r"##[^#\s]", token.content):
        raise LessonError(f"a page begins with ## and a space: write ## {title[2:]}", line)


def _heading(token: Any, before: int) -> Heading:
    line = before + token.map[0] + 1
    title = token.content.strip()
    if not title:
        raise LessonError("a page needs a title after ##", line)
    if len(title) > 200:
        raise LessonError("a page's title has at most 200 letters; shorten it", line)
    return Heading(title, line)


def _block(token: Any, lines: list[str], before: int) -> Block | None:
    """A fence that speaks to GraphLab; None for any other, which is prose."""
    words, line = token.info.split(), before + token.map[0] + 1
    if words[:1] != ["yaml"] or len(words) == 1:
        check_info(token.info.strip(), token.content, line)
        return None
    word = " ".join(words[1:])
    if word not in BLOCKS:
        hint = did_you_mean(word, BLOCKS) or f"; choose from {', '.join(BLOCKS)}"
        raise LessonError(f"there is no block yaml {word[:40]}{hint}", line)
    if token.level:
        raise LessonError("a yaml block stands at the margin, not in a list or a quotation", line)
    last = lines[token.map[1] - 1].strip()
    if not re.fullmatch(re.escape(token.markup[0]) + "{3,}", last) or len(last) < len(token.markup):
        raise LessonError(f"the block is never closed: end it with a line {token.markup}", line)
    # as it stands: Markdown takes a fence's own indentation off every line, which YAML would miss
    inside = lines[token.map[0] + 1 : token.map[1] - 1]
    return Block(word, "".join(f"{one}\n" for one in inside), line + 1)


def _passage(lines: list[str], start: int, end: int, before: int) -> Iterator[Passage]:
    while start < end and not lines[start].strip():
        start += 1
    text = "\n".join(lines[start:end]).rstrip()
    if text:
        yield Passage(text, before + start + 1)
