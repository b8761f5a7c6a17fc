"""The formula language: text to graph and back, never evaluated as Python.

One assignment a line, or several with ``;``; ``#`` starts a comment::

    q = x + y                    # a name that no line makes is an input
    f = q * z                    # + - * / @ ** and a minus sign, bound as in Python
    w = parameter(3, None)       # sizes; None follows from what arrives, parameter() is all open
    c = [[1, 2], [3, 4]]         # a number or an array is a constant; so is -2
    y = softmax(w @ x, axis=-1)  # inputs in order or by port name, attributes by name

- Calls are the ops' own names, or the symbol that one op alone has: ``σ(x)``, ``ln(x)``, ``√(x)``.
  Without brackets such a symbol is a name as any other.
- Attributes are written out: numbers, texts in quotes, True, False, None, lists and tuples.
  ``array([1, 2], dtype="float32", shape=(0, 3))`` says what a list cannot.
- ``x**2`` with a written 2 is the op square, any other power the op power; ``a = b`` is identity.
- ``s = split(x, parts=2)``: ``s`` is its first output, ``s[1]`` its second.
- ``?`` stands for an input that nothing is connected to, as in ``add(x, ?)`` or ``x + ?``.
- The last line may be an expression alone; its node is called ``f`` unless ``f`` is taken.
- Nodes inside an expression are called ``multiply1``, ``add1``, …: per op, in the order they are
  computed, keeping clear of every name in the text.
- ``outputs(f, s[1])`` marks outputs.  ``order(f, x)`` lists nodes in this order, where it matters
  to a graph's outputs and the lines cannot stand so.
- ``with group("conv1", title="Conv2d"):`` and indented lines put their nodes into a group; blocks
  nest as groups do, and a block may be opened again further down.  ``group("g")`` alone is an
  empty group.  Inputs made by a free name are in no group.
- ``h = conv_layer(x, filters=6, kernel_size=5)`` draws a template (``templates``) as the group
  ``h``; ``h`` is then its first output and ``h[1]`` its second.  What is in the group has names of
  its own, such as ``h_weight``.  A group whose inside is still what its template draws prints so;
  one that a hand changed prints as ``with group("h", template="conv_layer", filters=6, …):``.

``parse(to_text(graph))`` equals ``graph`` up to the view, and has the same ``inputs``,
``parameters`` and ``outputs`` in the same order; other nodes and the groups may be listed in
another order.
"""

from __future__ import annotations

from graphlab.graph.formula_build import parse
from graphlab.graph.formula_print import to_text, written_out

__all__ = ["parse", "to_text", "written_out"]
