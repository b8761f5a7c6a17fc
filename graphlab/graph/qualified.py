"""Names of nodes and groups as PyTorch writes them: ``layer1.0.conv1.weight``."""

from __future__ import annotations

from graphlab.graph.graph import Graph


def qualified_names(graph: Graph) -> dict[str, str]:
    """Per node and group the groups it is in and its own name, joined by dots.

    A name that begins with that of its group is told without it: ``conv1_weight`` in ``conv1`` is
    ``conv1.weight``, unless something else in the group is called ``weight`` as it stands.  At the
    top ``_0`` is ``0``, as in a sequence, because no name can begin with a digit.
    """
    homes = {name: group.parent for name, group in graph.groups.items()}
    homes.update((name, node.group) for name, node in graph.nodes.items())
    held = {(home, name) for name, home in homes.items()}
    found: dict[str | None, str] = {}
    for name in homes:
        chain: list[str] = []
        walk: str | None = name
        while walk is not None and walk not in found:
            chain.append(walk)
            walk = homes[walk]
        for member in reversed(chain):
            home = homes[member]
            short = member.removeprefix(f"{home or ''}_") if home or _is_number(member) else member
            told = member if (home, short) in held else short
            found[member] = told if home is None else f"{found[home]}.{told}"
    return {name: found[name] for name in homes}


def _is_number(name: str) -> bool:
    """Whether a name is an underscore and a number."""
    return name[:1] == "_" and name[1:].isdecimal()
