"""``graphlab ops``: every op with its formula and partials, or the page of one."""

from __future__ import annotations

from typing import Any

import click

from graphlab.cli.options import as_json as json_flag
from graphlab.cli.records import dumps
from graphlab.cli.tables import print_table, print_text
from graphlab.ops import CATEGORIES, REGISTRY, Op, op_named


@click.command("ops")
@click.argument("name", required=False)
@json_flag
def command(name: str | None, as_json: bool) -> None:
    """List every op with its formula and partials, or all about the op NAME."""
    if name is not None:
        op = op_named(name)
        if as_json:
            print(dumps(_record(op)))
        else:
            _print_page(op)
    elif as_json:
        print(dumps([_record(op) for op in _in_order()]))
    else:
        _print_all()


def _print_all() -> None:
    for category in CATEGORIES:
        rows = [
            (op.name, ", ".join(_ports(op)), op.formula.text(), "; ".join(_partials(op)))
            for op in _in_order()
            if op.category == category
        ]
        print_table(category, ["op", "inputs", "formula", "partials"], rows)


def _print_page(op: type[Op]) -> None:
    print_text(f"{op.name}, {op.category}")
    print_text(f"\n{op.page()}\n\n{op.formula.text()}")
    for line in _partials(op):
        print_text(line)
    if op.convention:
        print_text(f"\nConvention: {op.convention}")
    inputs = ", ".join(_told(op, port) for port in _ports(op)) or "none"
    print_text(f"\nInputs: {inputs}.  Outputs: {', '.join(op.outputs)}.\n")
    if op.attributes:
        rows = [
            (key, kind.in_words(), "required" if kind.is_required else str(kind.default))
            for key, kind in op.attributes.items()
        ]
        print_table("Attributes", ["name", "type", "default"], rows)


def _in_order() -> list[type[Op]]:
    return sorted(REGISTRY.values(), key=lambda op: (CATEGORIES.index(op.category), op.name))


def _ports(op: type[Op]) -> tuple[str, ...]:
    return op.ports if op.variadic is None else (*op.port_names(2), "…")


def _told(op: type[Op], port: str) -> str:
    """A port, and whether it may stay empty."""
    return f"{port} (optional)" if port in op.optional else port


def _partials(op: type[Op]) -> list[str]:
    out = op.formula.left or op.outputs[0]
    return [f"∂{out}/∂{port} = {rule.text()}" for port, rule in op.partials.items()]


def _record(op: type[Op]) -> dict[str, Any]:
    return {
        "name": op.name,
        "category": op.category,
        "page": op.page(),
        "formula": op.formula.text(),
        "formula_latex": op.formula.latex(),
        "partials": {port: rule.text() for port, rule in op.partials.items()},
        "partials_latex": {port: rule.latex() for port, rule in op.partials.items()},
        "convention": op.convention,
        "inputs": list(op.ports),
        "takes_any_number": op.variadic is not None,
        "outputs": list(op.outputs),
        "structure": op.structure,
        "attributes": {
            key: {"type": kind.describe(), "required": kind.is_required, "default": kind.default}
            for key, kind in op.attributes.items()
        },
    }
