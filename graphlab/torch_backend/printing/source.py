"""A printed file: the classes of a graph as a person would have written them.

Imported only where torch is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from graphlab.torch_backend.made import Made
from graphlab.torch_backend.printing.classes import Class, Classes
from graphlab.torch_backend.printing.declared import Stored, assigned, containers
from graphlab.torch_backend.printing.layout import Bracket, Expression, call, lines, literal
from graphlab.torch_backend.printing.loops import loop_over

_LISTED = 4
"""So many tensors that are returned are listed in the annotation."""


def source_of(root: Made, name: str, stored: Mapping[str, Stored], about: str) -> str:
    """The whole file; ``root`` becomes the class ``name``."""
    classes = Classes(root, name, stored)
    bodies = [
        line
        for found in classes.found.values()
        for line in ("", "", *_class(classes, found, is_root=root in found.uses))
    ]
    functions = ["", "F = nn.functional"] if any("F." in line for line in bodies) else []
    head = [f'"""{about}"""', "", "import torch", "from torch import nn", *functions]
    return "\n".join([*head, *bodies, ""])


def _class(classes: Classes, found: Class, *, is_root: bool) -> Iterator[str]:
    made = found.uses[0]
    declared = classes.declared[id(made)]
    yield f"class {found.name}(nn.Module):"
    yield f'    """{_about(found, is_root=is_root)}"""'
    yield ""
    buffers = [d.path for d in declared if d.kind != "parameter" and d.path.isidentifier()]
    if buffers:
        yield from (f"    {path}: torch.Tensor" for path in buffers)
        yield ""
    arguments = [("", a.declared()) for a in found.signature.arguments]
    head: Expression = Bracket("__init__(", (("", "self"), *arguments))
    yield from lines("def ", head, " -> None:", 4)
    yield "        super().__init__()"
    yield from _members(classes, found)
    yield ""
    inputs = tuple(("", f"{name}: torch.Tensor") for name in found.forward.inputs)
    result = "torch.Tensor"
    if found.forward.returned > 1:
        result = f"tuple[{', '.join(['torch.Tensor'] * found.forward.returned)}]"
    if found.forward.returned > _LISTED:
        result = "tuple[torch.Tensor, ...]"
    head = Bracket("forward(", (("", "self"), *inputs))
    yield from lines("def ", head, f" -> {result}:", 4)
    for prefix, expression in found.forward.statements:
        yield from lines(prefix, expression, "", 8)


def _members(classes: Classes, found: Class) -> Iterator[str]:
    made = found.uses[0]
    texts = iter(found.signature.texts)
    for path in containers(made):
        yield from _assignment(path, "module", call("nn.Module"))
    children = [(path, classes.constructed(c, texts)) for path, c in made.children.items()]
    while children:
        looped = loop_over(children)
        if looped is None:
            yield from _assignment(children[0][0], "module", children[0][1])
        else:
            yield f"        for i in range({looped.numbers.start}, {looped.numbers.stop}):"
            name = f'f"{looped.stem}{{i}}"'
            head = Bracket("self.add_module(", (("", name), ("", looped.member)))
            yield from lines("", head, "", 12)
        del children[: 1 if looped is None else len(looped.numbers)]
    for declaration in classes.declared[id(made)]:
        lengths = [next(texts) or "" for _ in declaration.slots]
        yield from _assignment(declaration.path, declaration.kind, declaration.made(lengths))


def _assignment(path: str, kind: str, made: Expression) -> Iterator[str]:
    start, last = assigned(path, kind)
    if not last:
        yield from lines(start, made, "", 8)
        return
    options: tuple[tuple[str, Expression], ...] = ()
    if kind == "constant":
        options = (("persistent=", "False"),)
    items = (("", literal(last)), ("", made), *options)
    yield from lines("", Bracket(f"{start}(", items), "", 8)


def _about(found: Class, *, is_root: bool) -> str:
    if is_root:
        return "The whole network."
    titles = {re.sub(r"[\d_.]+$", "", use.title) for use in found.uses}
    title = re.sub(r"[^\w ,()-]", " ", min(titles)).replace("_", " ").strip()[:40] or "part"
    times = len(found.uses)
    often = "once" if times == 1 else "twice" if times == 2 else f"{times} times"
    return f"{title[:1].upper()}{title[1:]}; the network has it {often}."
