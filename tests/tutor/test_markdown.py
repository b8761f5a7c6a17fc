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


@pytest.mark.parametrize("info", ["python", "python show", "sh", "mermaid", "text"])
def test_any_other_fence_is_prose(info: str, tmp_path: Path) -> None:
    assert f"```{info}" in prose(tmp_path, TASK.format(f"```{info}"))


KINDLESS = {
    "do": "task: Step.\nuntil: {stepped: forward}",
    "goal": "checks:\n  - nodes: {at_most: 4}\nsolution: |\n  f = x * y\ntext: Draw it",
    "question": "id: a\nask: How much?\nvalue: f\nhints: [One]",
    "graph": "formula: |\n  f = x * y\nvalues: {x: 1}",
    "show": "phase: backward\nselect: f",
}


@pytest.mark.parametrize("info", ["yaml", "yml", "YAML"])
@pytest.mark.parametrize("kind", KINDLESS)
def test_a_block_without_its_kind_is_known_by_its_keys(
    kind: str, info: str, tmp_path: Path
) -> None:
    slip = "\nslip: 1" if kind != "show" else ""
    text = FRONT + START + f"Prose.\n\n```{info}\n{KINDLESS[kind]}{slip}\n```\n"
    with pytest.raises(LessonError, match=f"write ```yaml {kind}, not ```{info}") as raised:
        read(tmp_path, text)
    assert raised.value.line == text.split("\n").index(f"```{info}") + 1


@pytest.mark.parametrize("kind", ["do", "goal", "question"])
def test_a_block_without_any_word_is_known_by_its_keys(kind: str, tmp_path: Path) -> None:
    with pytest.raises(LessonError, match=f"write ```yaml {kind}, not ```"):
        prose(tmp_path, f"```\n{KINDLESS[kind]}\n```\n")


@pytest.mark.parametrize("info", ["", "yaml", "yml"])
@pytest.mark.parametrize(
    "content", ["", "lr: 0.1\nsteps: 3", "- task: a", "{", "x: 1", "f = x * y", "ask me"]
)
def test_a_fence_of_other_keys_is_prose(content: str, info: str, tmp_path: Path) -> None:
    assert f"```{info}" in prose(tmp_path, f"```{info}\n{content}\n```\n")


LOST = {
    "indented": "    ```yaml do",
    "by a tab": "\t```yaml do",
    "misspelt": "    ~~~yml do",
    "in a paragraph": "and so\n    ```yaml do",
    "in a list": "- so\n\n      ```yaml do",
    "in a quotation": "> so\n>\n>     ```yaml do",
    "in HTML": "<div>\n```yaml do",
    "two signs": "``yaml do",
    "one sign": "`yaml do",
}


@pytest.mark.parametrize("opening", LOST.values(), ids=LOST)
def test_a_block_that_is_none_to_markdown_is_an_error(opening: str, tmp_path: Path) -> None:
    text = FRONT + START + TASK.format(opening)
    with pytest.raises(LessonError, match="write ```yaml do at the beginning of its") as raised:
        read(tmp_path, text)
    assert raised.value.line == text.split("\n").index(opening.rpartition("\n")[2]) + 1


@pytest.mark.parametrize("before", ["```python\nx = 1\n", "```\n", TASK.format("```yaml do")[:-4]])
def test_a_block_swallowed_by_an_open_one_is_an_error(before: str, tmp_path: Path) -> None:
    text = FRONT + START + before + "\n" + TASK.format("```yaml do")
    with pytest.raises(LessonError, match="never closed, and that of line") as raised:
        read(tmp_path, text)
    assert raised.value.line == (FRONT + START).count("\n") + 1
    assert f"of line {text[: text.rindex('```yaml do')].count(chr(10)) + 1} is" in str(raised.value)


@pytest.mark.parametrize("signs", [" ```", "  ```", "   ~~~"])
def test_a_fence_a_little_indented_leaves_its_lines_as_they_stand(
    signs: str, tmp_path: Path
) -> None:
    text = f"{signs}yaml graph\nformula: |\n  q = x * y\n  f = q * z\n{signs}\n"
    assert list(read(tmp_path, FRONT + text).start.nodes) == ["x", "y", "q", "z", "f"]
    within = text.replace("\n", f"\n{signs[:-3]}")
    assert list(read(tmp_path, FRONT + within).start.nodes) == ["x", "y", "q", "z", "f"]


@pytest.mark.parametrize(
    "text",
    [
        "````text\n```yaml do\ntask: Step.\n```\n````",
        "~~~\n```yaml goal\n```\n~~~",
        "<!--\n```yaml goal\nchecks: []\n```\n-->",
        "A `yaml goal` is judged.",
        "`yaml goal` begins one.",
        "```yaml goal``` begins one.",
        "    python show",
    ],
)
def test_a_block_that_is_shown_as_it_stands_is_prose(text: str, tmp_path: Path) -> None:
    assert text.strip() in prose(tmp_path, text)


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
