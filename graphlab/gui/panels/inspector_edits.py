"""What the inspector changes: the document by one undo step each, or an inner value of the run."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from graphlab.errors import GraphLabError
from graphlab.graph import Graph, Node
from graphlab.graph.edits import set_attributes
from graphlab.graph.templates import change_settings, forget_template
from graphlab.gui.cards import Cards
from graphlab.gui.hand import Hand
from graphlab.gui.panels.inspector_fields import NAME
from graphlab.gui.values import read_value


class Edits:
    """Every method returns what is wrong, in a sentence, and then nothing has changed."""

    def __init__(self, hand: Hand) -> None:
        self._session, self._hand, self._cards = hand.session, hand, Cards(hand)

    def change(self, name: str, key: str, value: Any) -> str:
        """Set an attribute of a node, or the name of a node or a group."""
        if key == NAME:
            return self._cards.rename(name, value)

        def changed(before: Graph) -> Graph:
            return set_attributes(before, name, **{key: value})

        graph = self._session.graph
        try:
            self._check_shape(name, graph.node(name), changed(graph).node(name).attributes)
        except GraphLabError as error:
            return str(error)
        self._hand.edit(f"{key} of {name}", changed)
        return ""

    def change_setting(self, group: str, key: str, value: Any) -> str:
        """Draw a group anew with one setting of its template changed."""
        try:
            change_settings(self._session.graph, group, **{key: value})
        except GraphLabError as error:
            return str(error)
        self._hand.edit(
            f"{key} of {group}",
            lambda before: change_settings(before, group, **{key: value}),
            lambda: (group,),
        )
        return ""

    def forget_template(self, group: str) -> None:
        """Make a group placed from a template an ordinary one."""
        self._hand.edit(
            f"forget the template of {group}", lambda before: forget_template(before, group)
        )

    def open(self, group: str) -> None:
        """Show what is in a folded group."""
        self._cards.open([group])

    def fold(self, group: str) -> None:
        """Show a group as one card."""
        self._cards.fold(group)

    def ungroup(self) -> None:
        """Take the selected group away."""
        self._cards.ungroup()

    def set_inner(self, name: str, text: str) -> str:
        """Give an op node the value that was typed."""
        try:
            self._session.set_inner(name, read_value(text))
        except GraphLabError as error:
            return str(error)
        return ""

    def release(self, name: str) -> None:
        """Let a node compute its value again."""
        self._session.release(name)

    def _check_shape(self, name: str, node: Node, attributes: Mapping[str, Any]) -> None:
        """Let the op refuse what does not fit the arrays that arrive, if they fitted before."""
        run = self._session.run
        sources = [node.inputs.get(port) for port in node.ports]
        values = [None if source is None else run.value(str(source)) for source in sources]
        if node.op.category == "Source" or any(value is None for value in values):
            return
        shapes = [np.asarray(value).shape for value in values]
        try:
            node.op.shape(*shapes, **node.attributes)
        except GraphLabError:
            return
        node.op.shape(*shapes, **attributes)
