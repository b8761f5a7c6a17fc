"""Names that PyTorch takes: what a state dict calls each node, and what a class may be called."""

from __future__ import annotations

import builtins
import keyword
import re
import unicodedata
from collections.abc import Collection

from graphlab.graph import Graph
from graphlab.graph.qualified import qualified_names


def torch_names(graph: Graph) -> dict[str, str]:
    """Per node and group its qualified name, changed where ``nn.Module`` could not hold it.

    A part of it that is a keyword, or something every module has already (``forward``, ``half``),
    gets an underscore; letters are brought to the form in which Python reads them.
    """
    import torch

    reserved = frozenset(dir(torch.nn.Module()))
    told: dict[tuple[str, ...], str] = {}
    taken: set[str] = set()
    found: dict[str, str] = {}
    for name, qualified in qualified_names(graph).items():
        parts = tuple(qualified.split("."))
        for end in range(1, len(parts) + 1):
            if parts[:end] not in told:
                prefix = f"{told[parts[: end - 1]]}." if end > 1 else ""
                told[parts[:end]] = _free(prefix, safe_name(parts[end - 1], reserved), taken)
        found[name] = told[parts]
    return found


def safe_name(name: str, reserved: Collection[str] = ()) -> str:
    """The name as Python reads it, with an underscore where it is taken; a number stays one."""
    plain = unicodedata.normalize("NFKC", name)
    if plain.isascii() and plain.isdecimal():
        return plain
    if not plain.isidentifier():
        plain = re.sub(r"\W", "_", plain)
        plain = plain if plain.isidentifier() else f"n{plain}"
    if keyword.iskeyword(plain) or keyword.issoftkeyword(plain) or plain in reserved:
        plain += "_"
    return f"n{plain}" if plain.startswith("__") else plain


def class_name(title: str) -> str:
    """A title as a class is called: ``residual block`` becomes ``ResidualBlock``."""
    words = re.findall(r"\w+", unicodedata.normalize("NFKC", title.replace("_", " ")))
    joined = "".join(word[:1].upper() + word[1:] for word in words)
    if not joined or not joined[0].isalpha() or not joined.isidentifier():
        joined = f"Net{joined}" if f"Net{joined}".isidentifier() else "Net"
    taken = keyword.iskeyword(joined) or hasattr(builtins, joined) or joined in ("Tensor",)
    return f"{joined}Module" if taken else joined


def _free(prefix: str, short: str, taken: set[str]) -> str:
    told, number = prefix + short, 1
    while told in taken:
        number += 1
        told = f"{prefix}{short}_{number}"
    taken.add(told)
    return told
