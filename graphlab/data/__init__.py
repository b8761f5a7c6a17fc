"""Data sets: generated, shipped, a person's own, or fetched; no part of it knows a graph.

``open_data`` gives a ``DataSet`` of named columns and splits, and ``Batches`` goes through one.
"""

from graphlab.data.batches import Batches, Position
from graphlab.data.catalogue import CATALOGUE
from graphlab.data.columns import Column
from graphlab.data.data_set import (
    SPLITS,
    TARGETS,
    TASKS,
    DataSet,
    Standard,
    Task,
    from_points,
    standardised,
)
from graphlab.data.generated import GENERATED
from graphlab.data.opening import as_data_set, names, open_data
from graphlab.data.shipped import SHIPPED

__all__ = [
    "CATALOGUE",
    "GENERATED",
    "SHIPPED",
    "SPLITS",
    "TARGETS",
    "TASKS",
    "Batches",
    "Column",
    "DataSet",
    "Position",
    "Standard",
    "Task",
    "as_data_set",
    "from_points",
    "names",
    "open_data",
    "standardised",
]
