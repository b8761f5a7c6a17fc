"""Every shipped lesson is sound, and the format is what it is published to be."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
import yaml

from graphlab import parse, save, tutor
from graphlab.errors import LessonError
from graphlab.paths import shipped
from graphlab.tutor.format import json_schema
from tests.house.places import ROOT
from tests.tutor.lessons import WHOLE, read, written

SHIPPED = sorted(shipped("lessons").glob("[0-9]*.md"))


def blocks(text: str) -> list[tuple[str, object]]:
    """Every YAML part of a lesson, as a program knows it that is not GraphLab."""
    front = yaml.safe_load(text.split("---\n")[1])
    found = re.findall(r"^```(yaml \w+)\n(.*?)^```$", text, re.S | re.M)
    return [("front matter", front), *((word, yaml.safe_load(body)) for word, body in found)]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_lesson_is_sound(path: Path) -> None:
    lesson = tutor.read_lesson(path)
    assert tutor.prove(lesson) == []
    assert lesson.questions, "a lesson asks something that can be predicted"
    assert lesson.goal is not None
    assert any(isinstance(block, tutor.Task) for page in lesson.pages for block in page.blocks)
    assert lesson.number == int(path.stem.partition("-")[0])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_lesson_fits_the_published_schema(path: Path) -> None:
    front, *others = blocks(path.read_text("utf-8"))
    for part in others:
        jsonschema.validate(dict([front, part]), json_schema())


def test_the_published_schema_is_the_one_in_use() -> None:
    published = json.loads((shipped("resources") / "lesson.schema.json").read_text("utf-8"))
    assert published == json_schema(), "write json_schema() to resources/lesson.schema.json"
    jsonschema.Draft202012Validator.check_schema(published)


def test_the_teachers_page_is_a_page_and_its_example_a_lesson(tmp_path: Path) -> None:
    text = (ROOT / "lessons" / "README.md").read_text("utf-8")
    (example,) = re.findall(r"````markdown\n(.*?)````", text, re.S)
    lesson = read(tmp_path, example)
    assert tutor.prove(lesson) == []
    assert {type(b).__name__ for page in lesson.pages for b in page.blocks} == {
        *("Prose", "GraphBlock", "Show", "Task", "Question", "Goal")
    }
    assert text.count("\n") < 120


def test_pages_and_blocks_are_as_written(tmp_path: Path) -> None:
    lesson = read(tmp_path)
    assert [page.title for page in lesson.pages] == ["A product", "Page one", "Page two"]
    prose = [b for page in lesson.pages for b in page.blocks if isinstance(b, tutor.Prose)]
    lines = WHOLE.split("\n")
    for passage in prose:
        assert lines[passage.line - 1] == passage.markdown.split("\n")[0]
    assert "## no page" in prose[1].markdown
    assert lesson.start.view.folded == {"sum"}
    assert lesson.start.nodes["x"].attributes["value"] == -2
    assert all(page.graph is lesson.start for page in lesson.pages)
    assert tutor.prove(lesson) == []


@pytest.mark.parametrize("change", [("\n", "\r\n"), ("---\nformat", "\ufeff---\nformat")])
def test_line_ends_and_a_byte_order_mark_do_not_matter(
    change: tuple[str, str], tmp_path: Path
) -> None:
    path = tmp_path / "lesson.md"
    path.write_bytes(WHOLE.replace(*change).encode())
    assert tutor.read_lesson(path).questions[0].line == read(tmp_path).questions[0].line


def test_a_graph_file_stays_in_the_lessons_folder(tmp_path: Path) -> None:
    inside, outside = tmp_path / "in", tmp_path / "out.graph.json"
    inside.mkdir()
    save(parse("f = x + y"), outside)
    save(parse("f = x + y"), inside / "net.graph.json")
    (inside / "link.graph.json").symlink_to(outside)
    start = WHOLE.index("formula: |")
    stop = WHOLE.index("values:")
    for name in ("../out.graph.json", str(outside), "link.graph.json", "net.txt", "no.graph.json"):
        text = WHOLE[:start] + f"file: {name}\n" + WHOLE[stop:]
        with pytest.raises(LessonError, match="line 12"):
            tutor.read_lesson(written(inside, text))
    text = WHOLE[:start] + "file: net.graph.json\n```\n"
    assert list(tutor.read_lesson(written(inside, text)).start.nodes) == ["x", "y", "f"]
