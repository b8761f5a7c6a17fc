"""The template of a group in the inspector: what it says of itself, and its settings to change."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton, QWidget

from graphlab.graph import Graph
from graphlab.graph.templates import Template, read_group
from graphlab.gui.panels.inspector_edits import Edits
from graphlab.gui.panels.inspector_fields import AttributesForm
from graphlab.gui.panels.inspector_parts import Formula, stacked, words
from graphlab.gui.theme import GRID, Theme
from graphlab.gui.typeset import Typesetter


class TemplateView(QWidget):
    """Its title, formula and page, then a field for each setting; or why there can be none."""

    def __init__(
        self, edits: Edits, typesetter: Typesetter, theme: Theme, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._edits, self._group = edits, ""
        self._read: tuple[Graph, str, str] | None = None  # the graph, the group, what differs
        self.heading, self.page, self.changed = words("heading"), words("muted"), words("problem")
        self.formula = Formula(typesetter, theme)
        self.form = AttributesForm(edits.change_setting)
        self.forget = QPushButton("Forget the template")
        self.forget.setAutoDefault(False)
        self.forget.setToolTip("Make it an ordinary group; what is in it stays")
        self.forget.clicked.connect(lambda: self._edits.forget_template(self._group))
        column = stacked(self, GRID)
        for widget in (self.heading, self.formula, self.page, self.changed, self.forget, self.form):
            column.addWidget(widget)

    def show_template(self, graph: Graph, group: str, template: Template) -> None:
        """Show the template of a group, and how its settings stand."""
        self._group = group
        self.heading.setText(template.title)
        self.formula.show_rule(template.formula.text(), template.formula.latex())
        self.page.setText(" ".join(template.page().replace("``", "").split()))
        differs = self._difference(graph, group)
        self.changed.setText(
            f"Changed by hand: {differs}. Its settings would undo that, so they are put away."
        )
        for widget in (self.changed, self.forget):
            widget.setVisible(bool(differs))
        self.form.setVisible(not differs)
        self.form.show_fields(group, template, template.settings, graph.groups[group].settings)

    def set_theme(self, theme: Theme) -> None:
        """Set the formula in the theme's colours."""
        self.formula.set_theme(theme)

    def text(self) -> str:
        """Everything told, as text."""
        told = [self.heading.text(), self.formula.plain, self.page.text()]
        return "\n".join([*told, self.changed.text()] if self.changed.isVisibleTo(self) else told)

    def _difference(self, graph: Graph, group: str) -> str:
        """What a hand has changed in the group; empty where it is as its template draws it."""
        known = self._read
        if known is None or known[0] is not graph or known[1] != group:
            found = read_group(graph, group)
            known = self._read = graph, group, found if isinstance(found, str) else ""
        return known[2]
