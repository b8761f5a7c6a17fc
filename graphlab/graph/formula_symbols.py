"""The symbols on the ops' cards as formulas take them: ``σ(x)`` is ``sigmoid(x)``.

They are what the ops declare.  A symbol that several ops share means none of them.
"""

from __future__ import annotations

import keyword
import unicodedata
from collections import Counter

from graphlab.ops import REGISTRY, Op

_BEARERS = Counter(op.symbol for op in REGISTRY.values())

OWN = {op.symbol: op for op in REGISTRY.values() if _BEARERS[op.symbol] == 1 and op.symbol}
"""Every symbol that one op alone has."""


def _is_called(symbol: str, op: type[Op]) -> bool:
    """Whether a symbol reads as a name before brackets: a word, or a sign before its one input.

    One that shows what the op is of, as eˣ and xᵀ do, does not; nor does a source's letter.
    """
    if symbol in REGISTRY or op.category in ("Source", "Opaque"):
        return False
    if symbol.isidentifier():
        is_plain = unicodedata.normalize("NFKC", symbol) == symbol  # no letter is raised
        return is_plain and not keyword.iskeyword(symbol)
    return len(symbol) == len(op.ports) == 1


CALLED = {symbol: op for symbol, op in OWN.items() if _is_called(symbol, op)}
"""The symbols that may be written for the name of their op."""
