"""LaTeX read as one line of Unicode text, for tables, tooltips and terminals."""

from __future__ import annotations

import re

MINUS = "\N{MINUS SIGN}"
SUPERSCRIPT = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")

_LOW = dict(zip("0123456789+−aehijklmnoprstuvx", "₀₁₂₃₄₅₆₇₈₉₊₋ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓ", strict=True))
_SUBSCRIPT = r"_(?:\((?P<all>[^()]*)\)|(?P<one>\w)(?!\w))"

_PLAIN = [
    (r"\\left|\\right|\\,|\\;|\\!|\\quad|\\displaystyle", ""),
    (r"\\(?:mathrm|text|mathbf|operatorname|mathit)\{([^{}]*)\}", r"\1"),
    (r"\\sqrt\{([^{}]*)\}", r"√(\1)"),
    (r"\^\{?\\top\}?", "ᵀ"),
    (r"\\cdots|\\ldots|\\dots", "…"),
    (r"\\cdot", "·"),
    (r"\\times", "×"),
    (r"\\odot", "⊙"),
    (r"\\oplus", "⊕"),
    (r"\\partial ?", "∂"),
    (r"\\sum", "Σ"),
    (r"\\prod", "Π"),
    (r"\\neq", "≠"),
    (r"\\leq?", "≤"),
    (r"\\geq?", "≥"),
    (r"\\in\b", "∈"),
    (r"\\infty", "∞"),
    (r"\\ln", "ln"),
    (r"\\exp", "exp"),
    (r"\\max", "max"),
    (r"\\min", "min"),
    (r"\\lVert|\\rVert|\\\|", "‖"),
    (r"\\lfloor", "⌊"),
    (r"\\rfloor", "⌋"),
    (r"\\to\b", "→"),
    (r"\\lambda", "λ"),
    (r"\\sigma", "σ"),
    (r"\\delta", "δ"),
    (r"\\alpha", "α"),
    (r"\\beta", "β"),
    (r"\\varepsilon|\\epsilon", "ε"),
    (r"\\mu", "μ"),
    (r"\\gamma", "γ"),
    (r"\\rho", "ρ"),
    (r"\\star", "⋆"),
    (r"\\hat\{([^{}]*)\}", "\\1\N{COMBINING CIRCUMFLEX ACCENT}"),
    (r"\\bullet", "•"),
    (r"\\\{", "{"),
    (r"\\\}", "}"),
]
_ATOM = r"[\w^|]+|[\w^|√]*\((?:[^()]|\([^()]*\))*\)"  # needs no brackets in a fraction


def plain_text(latex: str) -> str:
    """Read the small part of LaTeX the ops use as one line of text."""
    text = latex
    fraction = re.compile(r"\\frac\{([^{}]*)\}\{([^{}]*)\}")
    for _ in range(4):  # fractions nest
        for pattern, replacement in _PLAIN:
            text = re.sub(pattern, replacement, text)
        text = re.sub(r"([_^])\{([^{}])\}", r"\1\2", text)
        text = re.sub(r"([_^])\{([^{}]*)\}", r"\1(\2)", text)
        text = fraction.sub(_fraction, text)
    text = re.sub(r"\^(\d+)", lambda m: m.group(1).translate(SUPERSCRIPT), text)
    return re.sub(r" {2,}", " ", text.replace("-", MINUS)).strip()


def lowered(text: str) -> str:
    """A formula's line with its subscripts set below: only where Unicode has every sign of one."""

    def lower(found: re.Match[str]) -> str:
        signs = (found["all"] or found["one"]).replace(" ", "")
        is_there = set(signs) <= _LOW.keys()
        return "".join(map(_LOW.__getitem__, signs)) if is_there else found[0]

    return re.sub(_SUBSCRIPT, lower, text)


def _fraction(match: re.Match[str]) -> str:
    top, bottom = (s if re.fullmatch(_ATOM, s) else f"({s})" for s in match.groups())
    return f"{top} / {bottom}"
