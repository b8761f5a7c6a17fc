"""Nothing that comes from elsewhere reaches a terminal as anything but text."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from graphlab.graph.file import save
from graphlab.graph.formula import parse
from tests.cli.conftest import Cli

HOSTILE = "\x1b[31mre\nd\r\x07\u202e\u2028"
WAYS = [
    *(("open",), ("run",), ("check",), ("parity",), ("info",), ("compile",), ("lessons",)),
    *(("lessons", "check"), ("grade",), ("grade", "01-build-a-graph"), ("data",)),
    *(("import",), ("import", "--shape", "1"), ("evaluate",), ("predict",), ("train",)),
    *(("grade", "01-build-a-graph", "--csv"), ("run", "f = x", "--set"), ("ops",), ()),
]


@pytest.mark.parametrize("content", [None, "{", "---\nformat: 1\ntitel: a\n---\n"])
@pytest.mark.parametrize("ending", ["", ".graph.json", ".answers.json", ".md", ".csv", ".onnx"])
def test_no_name_of_a_file_steers_the_terminal(
    cli: Cli, tmp_path: Path, content: str | None, ending: str
) -> None:
    path = tmp_path / (HOSTILE + ending)
    if content is not None:
        path.write_text(content)
    for way in WAYS:
        for given in (str(path), str(tmp_path) if way[-1:] == ("01-build-a-graph",) else path.name):
            done = cli(*way, given)
            said = (done.out + done.err).replace("\n", "")
            assert said.isprintable(), (way, given, said)
            assert done.err.count("\n") <= 1, (way, done.err)


@pytest.mark.parametrize("way", [(), ("--csv",), ("--json",)])
def test_a_row_is_a_line_whatever_the_file_is_called(
    cli: Cli, tmp_path: Path, way: tuple[str, ...]
) -> None:
    path = tmp_path / (HOSTILE + ".graph.json")
    save(parse("f = x"), path)
    done = cli("grade", "01-build-a-graph", str(tmp_path), *way)
    assert done.status == 0
    assert done.out.replace("\n", "").isprintable()
    if way == ("--json",):
        assert json.loads(done.out)["grades"][0]["file"] == str(path)
    else:
        shown = r"\x1b[31mre\nd\r\x07\u202e\u2028.graph.json"
        assert sum(shown in row for row in done.out.split("\n")) == 1
