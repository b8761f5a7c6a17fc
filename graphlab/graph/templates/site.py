"""Where a template draws: one group of a draft, whose members are called ``group_member``.

With these names ``qualified.py`` gives PyTorch's, such as ``layer1.0.conv1.weight``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from graphlab.errors import GraphError
from graphlab.graph.draft import Draft
from graphlab.graph.node import Group, OutPort, check_free
from graphlab.graph.templates.template import Template, template_named
from graphlab.ops import op_named
from graphlab.ops.attributes import OpenShape

Feed = OutPort | None
"""What feeds an input; None while nothing does."""


class Site:
    """A group in a draft, or with None the draft's top, and how things are put there."""

    def __init__(self, draft: Draft, group: str | None = None) -> None:
        self.draft = draft
        self.group_name = group

    def name(self, member: str) -> str:
        """The name of a member in the whole graph."""
        return member if self.group_name is None else f"{self.group_name}_{member}"

    def node(
        self, op: str, *sources: Feed, member: str | None = None, **attributes: Any
    ) -> OutPort:
        """Add a use of an op; without a name of its own it is called as the op is."""
        kind = op_named(op)
        ports = kind.port_names(len(sources))
        fed = {port: s for port, s in zip(ports, sources, strict=False) if s is not None}
        name = self.name(member) if member else self._free(op)
        return self.draft.add(kind, fed, attributes, name=name, group=self.group_name)

    def parameter(
        self, member: str, shape: OpenShape, *, init: str = "zeros", scale: float = 1.0
    ) -> OutPort:
        """Add a learned array; None in its shape follows from what arrives."""
        return self.node("parameter", member=member, shape=shape, init=init, scale=scale)

    def buffer(self, member: str, shape: OpenShape, *, init: str = "zeros") -> OutPort:
        """Add a kept array that no gradient changes."""
        return self.node("buffer", member=member, shape=shape, init=init)

    def group(self, member: str, title: str = "") -> Site:
        """Add a plain group, which no template made."""
        name = check_free(self.name(member), self.draft.nodes, self.draft.groups)
        self.draft.groups[name] = Group(title, self.group_name)
        return Site(self.draft, name)

    def place(self, template: str, member: str, *sources: Feed, **settings: Any) -> OutPort:
        """Add a group made by a template and return its first output."""
        return self.place_all(template, member, *sources, **settings)[0]

    def place_all(
        self, template: str, member: str, *sources: Feed, **settings: Any
    ) -> tuple[OutPort, ...]:
        """The same with all its outputs."""
        found = template_named(template)
        return draw(
            self.draft,
            found,
            self.name(member),
            sources,
            found.telling(settings),
            parent=self.group_name,
        )

    def activate(self, activation: str, x: Feed) -> Feed:
        """Add an activation; ``none`` adds nothing."""
        return x if activation == "none" else self.node(activation, x)

    def _free(self, op: str) -> str:
        name, number = self.name(op), 1
        while name in self.draft.nodes or name in self.draft.groups:
            number += 1
            name = self.name(f"{op}{number}")
        return name


def draw(
    draft: Draft,
    template: Template,
    name: str,
    sources: Sequence[Feed],
    settings: Mapping[str, Any],
    *,
    parent: str | None = None,
    title: str = "",
) -> tuple[OutPort, ...]:
    """Draw a template into a draft as the group ``name``, and return its outputs.

    Raises ``GraphError`` for a name that is taken and for too many sources, ``OpError`` for
    settings.  The draft is half-drawn then.
    """
    ports = template.ports
    if len(sources) > len(ports):
        takes = f"{len(ports)} input{'s' * (len(ports) > 1)}, {', '.join(ports)}"
        raise GraphError(f"{name} ({template.name}) takes {takes}, and was given {len(sources)}")
    checked = template.check_settings(settings)
    check_free(name, draft.nodes, draft.groups)
    draft.groups[name] = Group(title, parent, template.name, checked)
    fed = (*sources, *[None] * (len(ports) - len(sources)))
    made = template.build(Site(draft, name), *fed, **{**template.defaults(), **checked})
    return made if isinstance(made, tuple) and not isinstance(made, OutPort) else (made,)
