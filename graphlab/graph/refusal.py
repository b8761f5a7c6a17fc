"""Why a node cannot be computed, in the names of the drawing.

An op tells of its ports, ``x is 2×3``, and knows no graph; in a drawing what arrives there has a
name of its own, and x may be the name of something else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from graphlab.errors import OpError
from graphlab.graph.node import OutPort
from graphlab.ops import Op

_NO_ARTICLE = r"(?= (?:is|has|and|an|but|holds|must)\b|[,:;.)]|$)"  # what follows a port called a


def refused(
    name: str, op: type[Op], sources: Mapping[str, OutPort], error: OpError | MemoryError
) -> str:
    """One sentence that names the node, and what arrives at its ports by ``sources``."""
    if isinstance(error, MemoryError):
        return (
            f"{name} ({op.name}) needs more memory than this machine has free: make its inputs "
            "smaller"
        )
    if not sources:
        return f"{name} ({op.name}): {error}"
    ports = [port + _NO_ARTICLE if port == "a" else re.escape(port) for port in sources]
    of_port = re.compile(rf"(?<![\w.])({'|'.join(ports)})(?![\w=(])( is \d+(?![\d×.]))?")

    def own(match: re.Match[str]) -> str:
        length = f" is a {match[2][4:]}-vector" if match[2] else ""
        return f"{sources[match[1]]}{length}"

    return f"{name} ({op.name}): {of_port.sub(own, str(error))}"
