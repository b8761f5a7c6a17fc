"""Complete networks, built from templates.  Importing this package fills the list."""

from graphlab.graph.gallery import simple, classic, deep, tasks  # isort: skip  simple ones first
from graphlab.graph.gallery.catalogue import (
    EXHIBITS,
    LEAD,
    Exhibit,
    exhibit_of,
    gallery,
    gallery_names,
)

__all__ = [
    "EXHIBITS",
    "LEAD",
    "Exhibit",
    "classic",
    "deep",
    "exhibit_of",
    "gallery",
    "gallery_names",
    "simple",
    "tasks",
]
