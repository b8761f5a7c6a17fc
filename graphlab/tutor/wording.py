"""A question named as its reader sees it: by its place and its first words, never by its id."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

from graphlab import latex
from graphlab.tutor.lesson import Question
from graphlab.tutor.one_line import one_line

_LONGEST = 40
_MOST = 3


@lru_cache(maxsize=1024)
def plain(markdown: str) -> str:
    """A text without its Markdown and LaTeX, for where no formula can be typeset."""
    return latex.plain(markdown, one_line)


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
