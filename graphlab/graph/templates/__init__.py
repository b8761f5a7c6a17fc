"""Recipes for groups.  Importing this package fills the registry; one file a family."""

from graphlab.graph.templates import layers, residual, branching, coding, heads  # isort: skip  (simple first)
from graphlab.graph.templates.changing import change_settings, forget_template, place
from graphlab.graph.templates.reading import Reading, read_group
from graphlab.graph.templates.site import Site
from graphlab.graph.templates.template import TEMPLATES, Template, template_named

__all__ = [
    "TEMPLATES",
    "Reading",
    "Site",
    "Template",
    "branching",
    "change_settings",
    "coding",
    "forget_template",
    "heads",
    "layers",
    "place",
    "read_group",
    "residual",
    "template_named",
]
