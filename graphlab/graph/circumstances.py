"""What a run tells some ops besides their inputs: whether it trains, and what to draw from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from zlib import crc32

from msgspec import Struct

from graphlab.errors import RunError
from graphlab.graph.node import Node
from graphlab.ops import Op


class Circumstances(Struct, frozen=True):
    """The mode and the seed of a run; every node draws from a seed of its own."""

    seed: int = 0
    training: bool = False

    def __post_init__(self) -> None:
        if type(self.seed) is not int or self.seed < 0:
            raise RunError(f"the seed is {self.seed!r}, and must be a whole number, 0 or more")

    def at(self, name: str, node: Node) -> Mapping[str, Any]:
        """What the op of a node is called with."""
        return self.of(name, node.op, node.attributes)

    def of(self, name: str, op: type[Op], attributes: Mapping[str, Any]) -> Mapping[str, Any]:
        """The attributes of a node, and with them what its op asks of the run."""
        if not op.circumstances:
            return attributes
        own = {"training": self.training, "seed": self.seed << 32 | crc32(name.encode())}
        return {**attributes, **{key: own[key] for key in op.circumstances}}


BY_DEFAULT = Circumstances()
"""Evaluation, from seed 0."""
