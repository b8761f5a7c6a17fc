"""Which classes a printed file has: one for all groups that are alike, with arguments.

Imported only where torch is wanted.
"""

from __future__ import annotations

import inspect
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import groupby
from typing import Any

from torch import fx, nn

from graphlab.torch_backend.layers import Layer
from graphlab.torch_backend.made import Made
from graphlab.torch_backend.naming import class_name
from graphlab.torch_backend.printing.declared import Declaration, declarations, reach
from graphlab.torch_backend.printing.forward import Forward, forward_of
from graphlab.torch_backend.printing.layout import Bracket, Expression, Repeated, flat
from graphlab.torch_backend.printing.slots import Signature, Slot, signature_of

_MANY = 3
"""So many equal members in a row are written as a loop."""


@dataclass(eq=False)
class Class:
    """A class of the file: the groups that are its uses, and what they have in common."""

    forward: Forward
    uses: list[Made] = field(default_factory=list)
    name: str = ""
    signature: Signature = field(default_factory=lambda: Signature([], []))


class Classes:
    """The classes of one tree of modules, each after those that it uses."""

    def __init__(self, root: Made, name: str, describe: Mapping[str, Any]) -> None:
        self.root = root
        self.describe = describe
        self.keys: dict[int, Any] = {}
        self.declared: dict[int, list[Declaration]] = {}
        self.found: dict[Any, Class] = {}
        for made in _blocks(root):
            self._class(made)
        for found in self.found.values():
            found.signature = signature_of([list(self.slots(use)) for use in found.uses])
        self._name_all(name)

    # --- which are alike ------------------------------------------------------------------------
    def _class(self, made: Made) -> None:
        forward = forward_of(made.graph or fx.Graph(), made.inputs, reach(made))
        self.declared[id(made)] = declarations(made, self.describe)
        key = (
            forward.text(),
            tuple((path, self._key(child)) for path, child in made.children.items()),
            tuple(d.form for d in self.declared[id(made)]),
        )
        self.keys[id(made)] = key
        self.found.setdefault(key, Class(forward)).uses.append(made)

    def _key(self, made: Made) -> Any:
        if made.layer is not None:
            return made.layer.kind, len(made.layer.positional)
        if made.graph is not None:
            return "class", id(self.of(made))
        return "sequence", tuple(map(self._key, made.children.values()))

    def of(self, made: Made) -> Class:
        """The class a group is a use of."""
        return self.found[self.keys[id(made)]]

    # --- what differs ---------------------------------------------------------------------------
    def slots(self, made: Made) -> Iterator[Slot]:
        """The slots of a group's own class: those of its members, then of its tensors."""
        for path, child in made.children.items():
            for slot in self._asked(child):
                yield replace(slot, owner=path)
        for declaration in self.declared.get(id(made), ()):
            yield from declaration.slots

    def _asked(self, made: Made) -> Iterator[Slot]:
        """What one member is given where it is constructed."""
        if made.layer is not None:
            yield from layer_slots(made.layer)
        elif made.graph is not None:
            found = self.of(made)
            use = next(i for i, other in enumerate(found.uses) if other is made)
            for a in found.signature.arguments:
                yield Slot("", a.name, a.values[use], a.default)
        else:
            yield from self.slots(made)

    # --- how a member is constructed ------------------------------------------------------------
    def constructed(self, made: Made, texts: Iterator[str | None]) -> Expression:
        """The expression for a member; takes what stands in its slots from ``texts``."""
        if made.layer is not None:
            slots = list(layer_slots(made.layer))
            given = [(slot.name, next(texts)) for slot in slots]
            return _call(f"nn.{made.layer.kind}(", given, len(made.layer.positional))
        if made.graph is not None:
            found = self.of(made)
            given = [(a.name, next(texts)) for a in found.signature.arguments]
            count = sum(a.default is ... for a in found.signature.arguments)
            return _call(f"{found.name}(", given, count)
        items = [self.constructed(child, texts) for child in made.children.values()]
        return Bracket("nn.Sequential(", tuple(("", item) for item in _looped(items)))

    # --- what they are called -------------------------------------------------------------------
    def _name_all(self, name: str) -> None:
        taken = {name}
        for found in self.found.values():
            if self.root in found.uses:
                found.name = name
        waiting = [found for found in self.found.values() if not found.name]
        for found in sorted(waiting, key=lambda c: -len(c.uses)):
            base = class_name(re.sub(r"[\d_.]+$", "", _title(found)) or "block")
            extra = [p for p in found.uses[0].children if p.isidentifier()]
            rival = next((c for c in self.found.values() if c.name == base), None)
            if rival is not None:
                extra = [p for p in extra if p not in rival.uses[0].children and p.isalpha()]
                base += "".join(class_name(p) for p in extra[:2])
            told, number = base, 1
            while told in taken:
                number += 1
                told = f"{base}{number}"
            taken.add(told)
            found.name = told


def _title(found: Class) -> str:
    return Counter(use.title for use in found.uses).most_common(1)[0][0]


def _blocks(made: Made) -> Iterator[Made]:
    for child in made.children.values():
        yield from _blocks(child)
    if made.graph is not None:
        yield made


def _looped(items: Sequence[Expression]) -> Iterator[Expression]:
    for _, group in groupby(items, key=flat):
        run = list(group)
        if len(run) >= _MANY:
            yield Repeated(run[0], len(run))
        else:
            yield from run


def _call(head: str, given: Sequence[tuple[str, str | None]], positional: int) -> Bracket:
    items = []
    for i, (name, text) in enumerate(given):
        if text is not None:
            items.append(("" if i < positional else f"{name}=", text))
    return Bracket(head, tuple(items))


def layer_slots(layer: Layer) -> Iterator[Slot]:
    """Every setting of a module of ``torch.nn``, given or by default."""
    settings = _settings(layer.kind)
    first = dict(zip(settings, layer.positional, strict=False))
    given = {**first, **dict(layer.options)}
    for name, default in settings.items():
        if name in given or default is not ...:
            is_said = name in first
            yield Slot("", name, given.get(name, default), ... if is_said else default)


@cache
def _settings(kind: str) -> Mapping[str, Any]:
    parameters = inspect.signature(getattr(nn, kind).__init__).parameters
    skipped = ("self", "device", "dtype", "args", "kwargs")
    return {
        name: ... if p.default is p.empty else p.default
        for name, p in parameters.items()
        if name not in skipped and not name.startswith("_")
    }
