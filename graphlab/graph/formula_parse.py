"""Statements: assignments, groups and their indented lines, which outputs count, and the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any, NamedTuple

from graphlab.errors import OpError
from graphlab.graph.formula_callee import unknown_keyword
from graphlab.graph.formula_cursor import ENDS
from graphlab.graph.formula_expression import ExpressionParser, Name, Step
from graphlab.graph.templates import Template, template_named


class Assign(NamedTuple):
    """``name = expression``; a last expression alone has no name."""

    name: str | None
    program: list[Step]
    place: int


class Enter(NamedTuple):
    """``with group("name"):``; everything up to the matching ``Leave`` is in the group."""

    group: str
    title: str | None
    place: int
    template: str = ""
    settings: Mapping[str, Any] = MappingProxyType({})


class Leave(NamedTuple):
    """The end of the innermost group's lines."""


class Listing(NamedTuple):
    """``outputs(f, s[1])`` or ``order(x, f)``."""

    word: str
    names: list[Name]
    place: int


Statement = Assign | Enter | Leave | Listing


class Parser(ExpressionParser):
    """Walks the tokens once."""

    def statements(self) -> Iterator[Statement]:
        """Yield what the lines say, in order; raises ``FormulaError`` at the first mistake."""
        indents = [self.word if self.kind == "line" else ""]
        while self.kind != "end":
            if self.kind == "line":
                yield from self._leave(indents)
                self.at += 1
            elif self.kind == ";":
                self.at += 1
            elif self.word == "with" and self.kind_after() == "name":
                yield from self._block(indents)
            else:
                yield from self._line()
        for _ in indents[1:]:
            yield Leave()

    # --- groups -----------------------------------------------------------------------------------
    def _leave(self, indents: list[str]) -> Iterator[Leave]:
        place, before = self._starts[self.at], indents[-1]
        while len(indents) > 1 and len(self.word) < len(indents[-1]):
            indents.pop()
            yield Leave()
        if self.word == indents[-1]:
            return
        if self.word.startswith(before):
            raise self.error(
                "this line starts further right than the one before; only the lines below "
                'with group("name"): are indented',
                place,
            )
        raise self.error(
            "this line starts where no line above does; start it below one of them", place
        )

    def _block(self, indents: list[str]) -> Iterator[Statement]:
        self.at += 1
        if self.word != "group" or self.kind_after() != "(":
            raise self.error('with opens a group and nothing else; write with group("name"):')
        group = self._group()
        yield group
        if self.kind != ":":
            raise self.error('a : is missing here; write with group("name"):')
        self.at += 1
        if self.kind == "line" and self._is_inside(indents[-1]):
            indents.append(self.word)
            self.at += 1
            return
        if self.kind in ENDS:
            raise self.error(
                f"group {group.group} has no lines; indent them below it, or declare it empty with "
                f'group("{group.group}") alone',
                group.place,
            )
        while self.kind not in ("line", "end"):  # the block on one line
            if self.kind == ";":
                self.at += 1
            else:
                yield from self._line()
        yield Leave()

    def _is_inside(self, indent: str) -> bool:
        return len(self.word) > len(indent) and self.word.startswith(indent)

    def _group(self) -> Enter:
        """``group("name", title="…")``."""
        place = self.place
        wanted = 'write group("name"), or group("name", title="what its card says")'
        self.at += 2
        if self.kind != "string":
            raise self.error(f"a group's name stands in quotes; {wanted}")
        name = self.string()
        title = self._header_text("title", wanted)
        word = self._header_text("template", wanted)
        settings: dict[str, Any] = {}
        if word is not None:
            try:
                settings = self._settings(template_named(word))
            except OpError as error:
                raise self.error(str(error), place) from None
        self.at += self.kind == ","
        if self.kind != ")":
            raise self.error(f"a group has a name, a title and a template; {wanted}")
        self.at += 1
        return Enter(name, title, place, word or "", settings)

    def _header_text(self, key: str, wanted: str) -> str | None:
        """The text of ``, title="…"`` if that comes next."""
        if self.kind != "," or self.kind_after() == ")" or self._words[self.at + 1] != key:
            return None
        self.at += 1
        if self.kind_after() != "=" or self.kind_after(2) != "string":
            raise self.error(f"a group's {key} is a text in quotes; {wanted}")
        self.at += 2
        return self.string()

    def _settings(self, template: Template) -> dict[str, Any]:
        """``, filters=6`` and so on, as the template's settings."""
        settings: dict[str, Any] = {}
        while self.kind == "," and self.kind_after() == "name":
            self.at += 1
            key = self.word
            if key not in template.settings or self.kind_after() != "=":
                raise self.error(unknown_keyword(template, key))
            if key in settings:
                raise self.error(f"{template.name}'s {key} is given twice; give it once")
            self.at += 2
            settings[key] = self.attribute(template, key)
        return template.check_settings(settings)

    # --- lines ------------------------------------------------------------------------------------
    def _line(self) -> Iterator[Statement]:
        statement = self._statement()
        if self.kind not in ENDS:
            raise self.unexpected()
        yield statement
        if isinstance(statement, Enter):
            yield Leave()

    def _statement(self) -> Statement:
        after = self.kind_after() if self.kind == "name" else ""
        if after == "(" and self.word == "group":
            return self._group()
        if after == "(" and self.word in ("outputs", "order"):
            return self._listing()
        return self._assignment(after == "=")

    def _assignment(self, has_name: bool) -> Assign:
        name, place = self.word, self.place
        if has_name:
            self.at += 2
            return Assign(name, self.program(), place)
        self._check_target()
        program = self.program()
        if self.kind in ENDS and not self._is_last():
            raise self.error(
                "only the last line may go without a name; write f = in front of it", place
            )
        return Assign(None, program, place)

    def _listing(self) -> Listing:
        word, place = self.word, self.place
        self.at += 2
        names: list[Name] = []
        while self.kind != ")":
            if self.kind != "name" or self.kind_after() not in ("[", ",", ")"):
                raise self.error(f"{word}(…) lists names of nodes; name this value on its own line")
            names.append(self.name())
            self._comma()
        self.at += 1
        if not names:
            raise self.error(f"{word}() lists nothing; write a name, as in {word}(f)", place)
        return Listing(word, names, place)

    def _check_target(self) -> None:
        """Refuse ``f(x) = …``, ``x + y = z`` and ``a, b = …`` for what they are."""
        depth, i, before = 0, self.at, set[str]()
        while (kind := self._kinds[i]) not in ENDS:
            depth += (kind in ("(", "[")) - (kind in (")", "]"))
            if not depth and kind == "=":
                raise self.error(self._wrong_target(before))
            before.add(kind)
            i += 1

    def _wrong_target(self, before: set[str]) -> str:
        if not before:
            return "a name is missing before =; write f = in front"
        if self.kind == "name" and self.kind_after() == "(" and before <= {"name", "(", ",", ")"}:
            return f"a formula names its value without listing inputs; write {self.word} = …"
        if "," in before and "(" not in before:
            return "one name takes one value; name it s, and its outputs are s[0], s[1]"
        return "left of = stands one name and nothing else; write the formula right of it"

    def _is_last(self) -> bool:
        return all(kind in ENDS for kind in self._kinds[self.at :])
