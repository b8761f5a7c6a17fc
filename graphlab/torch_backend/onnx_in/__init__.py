"""ONNX models as graphs: ``from_onnx`` reads a file (or a model in memory) and draws it.

A model is walked once, operator by operator (``walking.py``).  A table (``table.py``) says for each
``op_type`` which builder draws it with GraphLab's own ops; what is known while importing, shapes
above all, is computed instead of drawn (``drawing.py``).  What no builder knows is expanded to the
function body that the standard gives, and failing that becomes an opaque node.
"""

from __future__ import annotations

from graphlab.torch_backend.onnx_in.importing import from_onnx

__all__ = ["from_onnx"]
