"""Data beside the data that a network was trained on: its columns and classes by their names.

A network knows the third column and the second class, whatever another table calls them; so other
data is brought into the order of training, or refused where a name is not there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from graphlab.data.data_set import DataSet, Task
from graphlab.errors import DataError
from graphlab.listing import listed

_IDS: Mapping[Task, str] = {"classes": "y", "boxes": "box_classes"}


def as_trained(data: DataSet, features: Sequence[str], classes: Sequence[str]) -> DataSet:
    """The same examples with the columns and class ids of training, which a note tells of.

    Names that only count (x1, x2, … and 0, 1, …) stand for those at their places.  Raises
    ``DataError`` where a column of training is missing, or an example is of another class.
    """
    return _with_classes(_with_features(data, tuple(features)), tuple(classes))


def _with_features(data: DataSet, known: tuple[str, ...]) -> DataSet:
    there = data.features
    if not known or not there or there == known:
        return data
    if _is_by_place(there, known, tuple(f"x{i + 1}" for i in range(len(known)))):
        note = f"the columns {listed(there)} were taken for {listed(known)}, in this order"
        return replace(data, features=known, notes=(*data.notes, note))
    for name in known:
        if there.count(name) != 1:
            raise DataError(
                f"{data.name} has {'two columns' if name in there else 'no column'} {name}, and "
                f"the network was trained on {listed(known)}: correct the names, which are "
                f"{listed(there)}"
            )
    notes = [f"the columns were taken by their names, as in training: {listed(known)}"]
    unused = [name for name in there if name not in known]
    if unused:
        notes.append(f"{listed(unused)} was no column of training and was left away")
    places = [there.index(name) for name in known]
    fields = {**data.fields, "x": np.ascontiguousarray(data.fields["x"][:][:, places])}
    return replace(data, fields=fields, features=known, notes=(*data.notes, *notes))


def _with_classes(data: DataSet, known: tuple[str, ...]) -> DataSet:
    there, field = data.classes, _IDS.get(data.task, "")
    if not known or not there or there == known or field not in data.fields:
        return data
    if _is_by_place(there, known, tuple(map(str, range(len(known))))):
        note = f"the classes {listed(there)} were taken for {listed(known)}, in this order"
        return replace(data, classes=known, notes=(*data.notes, note))
    place = {**{_key(name): i for i, name in enumerate(known)}, **_places(known)}
    order = [place.get(name, place.get(_key(name), -1)) for name in there]
    ids = np.asarray(data.fields[field][:])
    other = [there[int(i)] for i in np.unique(ids[ids >= 0]) if order[int(i)] < 0]
    if other:
        raise DataError(
            f"{data.name} has examples of {listed(other)}, and the network was trained to tell "
            f"{listed(known)}: leave those examples out, or give the classes the same names"
        )
    found = np.where(ids >= 0, np.array(order)[ids.astype(np.intp)], ids).astype(np.float32)
    note = f"the classes were taken by their names, as in training: {listed(known)}"
    fields = {**data.fields, field: found}
    return replace(data, fields=fields, classes=known, notes=(*data.notes, note))


def _is_by_place(there: tuple[str, ...], known: tuple[str, ...], counted: tuple[str, ...]) -> bool:
    """Whether one of both has names that only count, and the other as many and none of those."""
    if counted not in (there, known) or len(there) != len(known):
        return False
    return len({*map(_key, there)} & {*map(_key, known)}) == 0


def _places(names: Sequence[str]) -> dict[str | float, int]:
    return {name: i for i, name in enumerate(names)}


def _key(name: str) -> str | float:
    """What tells a class: 1 and 1.0 are one."""
    try:
        return float(name)
    except ValueError:
        return name
