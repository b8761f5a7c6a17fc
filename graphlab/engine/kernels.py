"""Two loops that run a graph of plain numbers, written out from the ops' own rules.

Calling a function per node costs more than the arithmetic it does.  So the rule and the partials
of every op that is ``exact_as_written`` become branches of one forward loop, made once per process
from the texts the op classes declare (nothing a person typed is in them).  A number that the
written form cannot take (a division by 0, an overflow) raises, and the caller does that node with
the op's own NumPy code.

An instruction is ``(kernel, slot, a, b)``: which branch, where the result goes, and the slots of
its inputs; ``b`` is -1 for one input.  ``kernel`` -1 stands for an op without a branch: it goes to
the caller's ``generic`` function with its slot, by which the caller knows the node.
"""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any

from graphlab.ops import REGISTRY, Op
from graphlab.ops.expression import FUNCTIONS, Expression
from graphlab.ops.families import Elementwise

Instruction = tuple[int, int, int, int]
GENERIC, ADD = -1, 0
_FREQUENT = ("add", "multiply")  # tested first, so add is kernel 0


@cache
def kernel_ops() -> tuple[type[Op], ...]:
    """The ops that have a branch; an op's kernel is its place here."""
    ops = [op for op in REGISTRY.values() if op.exact_as_written and issubclass(op, Elementwise)]
    return tuple(sorted(ops, key=lambda op: (op.name not in _FREQUENT, op.name)))


@cache
def kernel_of(name: str) -> int:
    """The kernel of the op called ``name``, or ``GENERIC``."""
    names = [op.name for op in kernel_ops()]
    return names.index(name) if name in names else GENERIC


@cache
def constant_partials(kernel: int) -> tuple[float | None, ...]:
    """Per port of a kernel's op, its partial where it is one number always, else None."""
    op = kernel_ops()[kernel]
    return tuple(_number(_expression(op.partials[port]).tree) for port in op.ports)


@cache
def forward_loop() -> Callable[..., None]:
    """``loop(instructions, v, pa, pb, generic)``: values and partials of every instruction.

    ``v`` holds values by slot, ``pa`` and ``pb`` the partials by the slot of the node (those that
    never vary must be there already).  The value is stored last, so a slot that is still None
    after an exception is the one that failed.
    """
    body = _tree(list(range(len(kernel_ops()))), " " * 8)
    source = "\n".join(
        [
            "def loop(instructions, v, pa, pb, generic):",
            "    for k, i, a, b in instructions:",
            "        if k < 0:",
            "            generic(i)",
            "            continue",
            *body,
        ]
    )
    scope: dict[str, Any] = dict(FUNCTIONS)
    exec(compile(source, "<kernels>", "exec"), scope)  # noqa: S102  # made from op classes alone
    loop: Callable[..., None] = scope["loop"]
    return loop


def backward_loop(
    instructions: Iterable[Instruction],
    grad: list[Any],
    pa: Sequence[Any],
    pb: Sequence[Any],
    inputs: Callable[[int], Sequence[int]],
) -> None:
    """Backpropagation: upstream × local partial, added up at every input.

    ``instructions`` come in reverse order and all lead to the start; ``grad`` is 0.0 at every
    slot they touch and 1 (or the given upstream) at the start.
    """
    for k, i, a, b in instructions:
        upstream = grad[i]
        if k == ADD:  # both partials are 1
            grad[a] += upstream
            grad[b] += upstream
        elif b >= 0:
            grad[a] += upstream * pa[i]
            grad[b] += upstream * pb[i]
        elif k >= 0:
            grad[a] += upstream * pa[i]
        else:
            for slot, partial in zip(inputs(i), pa[i], strict=True):
                if partial is not None:
                    grad[slot] += upstream * partial


def _tree(kernels: list[int], indent: str) -> list[str]:
    """Branches for these kernels: the frequent ones first, the others found by halving."""
    ops = kernel_ops()
    if not kernels:
        return []
    if len(kernels) == 1:
        return _branch(kernels[0], indent)
    head = 1 if ops[kernels[0]].name in _FREQUENT else len(kernels) // 2
    return [
        f"{indent}if k < {kernels[head]}:",
        *_tree(kernels[:head], indent + "    "),
        f"{indent}else:",
        *_tree(kernels[head:], indent + "    "),
    ]


def _branch(kernel: int, indent: str) -> list[str]:
    op = kernel_ops()[kernel]
    ports = dict(zip(op.ports, ("x", "y"), strict=False))
    rule, partials = _expression(op.formula), [_expression(op.partials[p]) for p in op.ports]
    names = {**ports, rule.left: "s"}
    lines = [f"{x} = v[{slot}]" for x, slot in zip(ports.values(), "ab", strict=False)]
    lines.append(f"s = {_python(rule, names)}")
    constants = constant_partials(kernel)
    for store, partial, constant in zip(("pa", "pb"), partials, constants, strict=False):
        if constant is None:
            lines.append(f"{store}[i] = {_python(partial, names)}")
    lines.append("v[i] = s")
    return [indent + line for line in lines]


class _Rename(ast.NodeTransformer):
    """Ports become the loop's locals, and ``max(x, 0.0)`` a comparison, which costs less."""

    def __init__(self, names: dict[str, str]) -> None:
        self.names = names

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return ast.Name(self.names.get(node.id, node.id))

    def visit_Call(self, node: ast.Call) -> ast.expr:
        match node:
            case ast.Call(func=ast.Name("max"), args=[ast.Name() as x, ast.Constant() as bound]):
                x = ast.Name(self.names.get(x.id, x.id))
                return ast.IfExp(ast.Compare(x, [ast.Lt()], [bound]), bound, x)
        self.generic_visit(node)
        return node


def _python(rule: Expression, names: dict[str, str]) -> str:
    tree = ast.parse(rule.python(), mode="eval").body
    return ast.unparse(ast.fix_missing_locations(_Rename(names).visit(tree)))


def _expression(rule: object) -> Expression:
    if not isinstance(rule, Expression):
        raise TypeError(f"{rule} is not an Expression, so no kernel can be made from it")
    return rule


def _number(tree: ast.expr) -> float | None:
    """The number a tree is, if it is one (or one negated) and nothing else."""
    if isinstance(tree, ast.UnaryOp) and isinstance(tree.op, ast.USub):
        number = _number(tree.operand)
        return None if number is None else -number
    if isinstance(tree, ast.Constant) and type(tree.value) in (int, float):
        return float(tree.value)  # type: ignore[arg-type]  # the line above says which types
    return None
