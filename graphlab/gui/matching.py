"""How well what a person types fits a name: one judgement for every list that is searched."""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import IntEnum


class Likeness(IntEnum):
    """In which way what is typed is found, the best first."""

    SAME = 0  # it is the title
    WORDS = 1  # words of the title
    BEGINNINGS = 2  # the title's words begin so
    INSIDE = 3  # within the title's words
    OTHER_NAME = 4  # it is another name of the same
    OTHER_WORDS = 5  # the words of another name begin so
    BESIDE = 6  # in what stands beside the title, or here and there in all the names
    SCATTERED = 7  # letter by letter


def likeness(
    typed: str, title: str, beside: str = "", other_names: Sequence[str] = ()
) -> tuple[Likeness, float] | None:
    """How what is typed is found in a title and beside it, and the less the better, how well.

    ``other_names`` are what else the same thing is called; only their words are looked for.
    """
    score = fit(typed, f"{title} {beside}")
    typed, title = _bare(typed), _bare(title)
    others = [_bare(name) for name in other_names]
    wanted, words = typed.split(), re.findall(r"\w+", title)
    around = " ".join((title, beside.casefold(), *others))
    ways = (
        (Likeness.SAME, typed == title),
        (Likeness.WORDS, all(word in words for word in wanted)),
        (Likeness.BEGINNINGS, begin_so(wanted, words)),
        (Likeness.INSIDE, all(word in title for word in wanted)),
        (Likeness.OTHER_NAME, typed in others),
        (Likeness.OTHER_WORDS, any(begin_so(wanted, name.split()) for name in others)),
        (Likeness.BESIDE, all(word in around for word in wanted)),
        (Likeness.SCATTERED, score is not None),
    )
    way = next((way for way, holds in ways if holds), None)
    return None if way is None else (way, -(score or 0.0))


def begin_so(typed: Sequence[str], words: Sequence[str]) -> bool:
    """Whether each of what is typed begins one of the words."""
    return all(any(word.startswith(letters) for word in words) for letters in typed)


def _bare(text: str) -> str:
    return " ".join(text.casefold().replace("…", "").split())


def fit(letters: str, text: str) -> float | None:
    """How well letters that are typed fit a text that has them in this order; None if it has not.

    Letters that begin a word, and those that follow each other, count more.
    """
    text, score = text.casefold(), 0.0
    for word in letters.casefold().split():
        whole = text.find(word)
        if whole >= 0:
            score += (4.0 if _begins(text, whole) else 2.0) * len(word) - whole * 0.01
            continue
        walks = [_walk(word, text, to_beginnings=b) for b in (True, False)]
        found = [walk for walk in walks if walk is not None]
        if not found:
            return None
        score += max(found)
    return score


def _walk(word: str, text: str, *, to_beginnings: bool) -> float | None:
    """Find letter after letter, where words begin first or wherever each comes next."""
    score, place = 0.0, 0
    starts = [i for i in range(len(text)) if _begins(text, i)]
    for letter in word:
        ahead = [i for i in starts if i >= place and text[i] == letter] if to_beginnings else []
        found = ahead[0] if ahead else text.find(letter, place)
        if found < 0:
            return None
        score += 3.0 if _begins(text, found) else 1.0 if found == place else 0.0
        place = found + 1
    return score


def _begins(text: str, i: int) -> bool:
    return i == 0 or not text[i - 1].isalnum()
