"""How well what a person types fits a name: one judgement for every list that is searched."""

from __future__ import annotations


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
