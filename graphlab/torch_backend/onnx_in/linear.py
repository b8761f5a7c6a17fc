"""Matrix products: MatMul, Gemm, Einsum."""

from __future__ import annotations

from graphlab.torch_backend.onnx_in.nodes import Builder, OnnxNode
from graphlab.torch_backend.onnx_in.reshaping import to_shape
from graphlab.torch_backend.onnx_in.values import OutsideError, Value


def matmul(node: OnnxNode) -> Value:
    return node.draw("matmul", node.x, node.required(1))


def gemm(node: OnnxNode) -> Value:
    """α·A·B + β·C; where B holds a row an output, it is a fully connected layer."""
    a, b, c = node.x, node.required(1), node.input(2)
    alpha, beta = node.number("alpha", 1.0), node.number("beta", 1.0)
    if node.whole("transA"):
        a = node.draw("transpose", a, axes=(1, 0))
    is_layer = node.whole("transB") and alpha == 1
    is_bias = (
        c is None
        or (beta == 1 and c.shapes is not None and b.shapes is not None and c.shape == b.shape[:1])
        if b.shape is not None
        else False
    )
    if is_layer and is_bias:
        return node.draw("affine", b, a, c, kind=a.kind)
    if node.whole("transB"):
        b = node.draw("transpose", b, axes=(1, 0))
    product = node.draw("matmul", a, b)
    if alpha != 1:
        product = node.draw("multiply", product, alpha)
    if c is None or beta == 0:
        return product
    return node.draw("add", product, c if beta == 1 else node.draw("multiply", c, beta))


# --- einsum -------------------------------------------------------------------------------------
def einsum(node: OnnxNode) -> Value:
    """Two factors at a time: lay out alike, multiply, and sum what the result does not name."""
    terms, result = _terms(node)
    parts = list(zip(node.present, terms, strict=True))
    parts = [_diagonal(node, x, term) for x, term in parts]
    value, term = parts.pop(0)
    while parts:
        other, letters = parts.pop(0)
        needed = set(result).union(*(rest for _, rest in parts))
        value, term = _product(node, value, term, other, letters, needed)
    return _laid_out(node, *_summed(node, value, term, set(result)), result)


def _terms(node: OnnxNode) -> tuple[list[str], str]:
    """The letters of each factor and of the result; an ellipsis as capital letters of its own."""
    equation = node.text("equation").replace(" ", "")
    left, arrow, result = equation.partition("->")
    written = left.split(",")
    letters = left.replace(".", "").replace(",", "")
    if len(written) != len(node.present) or (letters and not letters.isalpha()):
        raise OutsideError(f"its equation {equation[:60]!r} does not fit its inputs")
    spread = 0
    for term, x in zip(written, node.present, strict=True):
        if "..." in term:
            spread = max(spread, x.rank - len(term) + 3)
    letters = "".join(chr(0x3B1 + i) for i in range(spread))
    terms = []
    for term, x in zip(written, node.present, strict=True):
        own = x.rank - len(term) + 3
        terms.append(term.replace("...", letters[spread - own :] if own else ""))
    if not arrow:
        joined = "".join(terms)
        singles = sorted({c for c in joined if joined.count(c) == 1 and c not in letters})
        result = letters + "".join(singles)
    return terms, result.replace("...", letters)


def _diagonal(node: OnnxNode, x: Value, term: str) -> tuple[Value, str]:
    """A letter written twice keeps the elements whose two places agree."""
    for letter in sorted(set(term)):
        while term.count(letter) > 1:
            x, term = _one_diagonal(node, x, term, letter)
    return x, term


def _one_diagonal(node: OnnxNode, x: Value, term: str, letter: str) -> tuple[Value, str]:
    first, second = term.index(letter), term.rindex(letter)
    order = [i for i in range(len(term)) if i not in (first, second)] + [first, second]
    turned = node.draw("transpose", x, axes=tuple(order))
    rest = "".join(term[i] for i in order[:-2])
    size = x.closed[first]
    flat = node.draw("flatten", turned, start=len(order) - 2)
    return node.draw("slice", flat, axis=len(order) - 2, step=size + 1), rest + letter


def _product(
    node: OnnxNode, a: Value, of_a: str, b: Value, of_b: str, needed: set[str]
) -> tuple[Value, str]:
    """Batch letters, then a's own, then b's own; what neither the rest nor both need is summed."""
    a, of_a = _summed(node, a, of_a, needed | set(of_b))
    b, of_b = _summed(node, b, of_b, needed | set(of_a))
    shared = [c for c in of_a if c in of_b]
    batch, inner = [c for c in shared if c in needed], [c for c in shared if c not in needed]
    rows = [c for c in of_a if c not in of_b]
    columns = [c for c in of_b if c not in of_a]
    if not inner:
        letters = [*batch, *rows, *columns]
        left = _with_ones(node, a, of_a, letters)
        return node.draw("multiply", left, _with_ones(node, b, of_b, letters)), "".join(letters)
    a = _laid_out(node, a, of_a, "".join(batch + rows + inner))
    b = _laid_out(node, b, of_b, "".join(batch + inner + columns))
    count, sizes_a, sizes_b = len(batch), a.closed, b.closed
    heads = tuple(max(p, q) for p, q in zip(sizes_a[:count], sizes_b[:count], strict=True))
    row_sizes = sizes_a[count : count + len(rows)]
    column_sizes = sizes_b[count + len(inner) :]
    left = _grouped(node, a, count, len(rows))
    right = _grouped(node, b, count, len(inner))
    product = node.draw("matmul", left, right)
    wanted = (*heads, *row_sizes, *column_sizes)
    return to_shape(node, product, (wanted, wanted)), "".join(batch + rows + columns)


def _grouped(node: OnnxNode, x: Value, batch: int, first: int) -> Value:
    """Batch axes stay, and the others become two."""
    shape = x.closed
    sizes = [1, 1]
    for axis, size in enumerate(shape[batch:]):
        sizes[axis >= first] *= size
    wanted = (*shape[:batch], *sizes)
    return to_shape(node, x, (wanted, wanted))


def _with_ones(node: OnnxNode, x: Value, letters: str, wanted: list[str]) -> Value:
    x = _laid_out(node, x, letters, "".join(c for c in wanted if c in letters))
    shapes = []
    for shape in x.both:
        sizes = iter(shape)
        shapes.append(tuple(next(sizes) if c in letters else 1 for c in wanted))
    return to_shape(node, x, (shapes[0], shapes[1]))


def _summed(node: OnnxNode, x: Value, letters: str, kept: set[str]) -> tuple[Value, str]:
    gone = tuple(i for i, c in enumerate(letters) if c not in kept)
    if not gone:
        return x, letters
    return node.draw("sum", x, axis=gone), "".join(c for c in letters if c in kept)


def _laid_out(node: OnnxNode, x: Value, letters: str, wanted: str) -> Value:
    if letters == wanted:
        return x
    if sorted(letters) != sorted(wanted):
        raise OutsideError(f"its equation asks for axes {wanted!r} and has {letters!r}")
    return node.draw("transpose", x, axes=tuple(letters.index(c) for c in wanted))


BUILDERS: dict[str, Builder] = {"MatMul": matmul, "Gemm": gemm, "Einsum": einsum}
