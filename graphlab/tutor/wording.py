"""A question named as its reader sees it: by its place and its first words, never by its id."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphlab.tutor.lesson import Question

_SIGNS = {
    r"\partial": "∂",
    r"\sigma": "σ",
    r"\cdot": "·",
    r"\times": "×",
    r"\to": "→",
    r"\theta": "θ",
    r"\eta": "η",
    r"\infty": "∞",
}
_COMMAND = re.compile(r"\\[a-zA-Z]+ ?")
_MARKUP = re.compile(r"\*\*|[$`{}]")
_LONGEST = 40
_MOST = 3


def plain(markdown: str) -> str:
    """A short text without its Markdown and LaTeX, for where no formula can stand."""
    text = _COMMAND.sub(lambda m: _SIGNS.get(m[0].strip(), "") + " " * m[0].endswith(" "), markdown)
    return " ".join(_MARKUP.sub("", text).split())


def called(question: Question) -> str:
    """Its place in the lesson and how it begins."""
    words = plain(question.ask)
    if len(words) > _LONGEST:
        words = words[:_LONGEST].rpartition(" ")[0] or words[:_LONGEST]
        words = words.rstrip(".,:;") + "…"
    return f"question {question.place} on page {question.page} (‘{words}’)"


def listed(questions: Sequence[Question]) -> str:
    """Several of them, the first few by name."""
    names = [called(question) for question in questions[:_MOST]]
    rest = len(questions) - len(names)
    if rest:
        return ", ".join(names) + f" and {rest} more"
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " and " + names[-1]
