"""How a graph runs in NumPy: forward, backward, step by step, with a local partial on each edge."""

from graphlab.engine.partial import Partial
from graphlab.engine.run import Run
from graphlab.engine.steps import Step

__all__ = ["Partial", "Run", "Step"]
