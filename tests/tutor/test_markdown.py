"""What is nearly a block or a page is an error with its line, and what is neither is prose."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphlab import tutor
from graphlab.errors import LessonError
from tests.tutor.lessons import FRONT, read

START = """
```yaml graph
formula: f = x * y
```

"""
TASK = "{}\ntask: Step.\nuntil: {{stepped: forward}}\n```\n"


def prose(folder: Path, text: str) -> str:
    lesson = read(folder, FRONT + START + text)
    return "".join(
        b.markdown for page in lesson.pages for b in page.blocks if isinstance(b, tutor.Prose)
    )


@pytest.mark.parametrize(
    ("info", "kind"),
    [
        ("yml do", "do"),
        ("YAML do", "do"),
        ("Yaml Do", "do"),
        ("yalm do", "do"),
        ("yaml-do", "do"),
        ("yaml:question", "question"),
        ("{yaml} goal", "goal"),
        ("yamldo", "do"),
        ("yml questoin", "question"),
        ("question", "question"),
        ("Goal", "goal"),
    ],
)
def test_a_misspelt_block_is_an_error_with_its_line(info: str, kind: str, tmp_path: Path) -> None:
    text = FRONT + START + TASK.format(f"```{info}")
    with pytest.raises(LessonError, match=f"write ```yaml {kind}, not ```") as raised:
        read(tmp_path, text)
    assert raised.value.line == text.split("\n").index(f"```{info}") + 1


@pytest.mark.parametrize(
    "info", ["", "yaml", "yml", "python", "python show", "sh", "mermaid", "text"]
)
def test_any_other_fence_is_prose(info: str, tmp_path: Path) -> None:
    assert f"```{info}" in prose(tmp_path, TASK.format(f"```{info}"))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Page\n----\n\ntext", "write ## Page, or leave a line free"),
        ("One line\nand this\n---\n", "write ## and this, or"),
        ("##Page\n\ntext", "## and a space: write ## Page"),
    ],
)
def test_what_is_nearly_a_page_is_an_error_with_its_line(
    text: str, told: str, tmp_path: Path
) -> None:
    with pytest.raises(LessonError, match=told) as raised:
        read(tmp_path, FRONT + START + text)
    assert raised.value.line == (FRONT + START).count("\n") + 1


@pytest.mark.parametrize(
    "text",
    ["text\n\n---\n\ntext", "Title\n=====\n", "### small", "#tag", "    ##code", "- a\n  b\n  ---"],
)
def test_what_begins_no_page_elsewhere_is_prose(text: str, tmp_path: Path) -> None:
    assert text.strip() in prose(tmp_path, text)
