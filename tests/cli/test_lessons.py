"""``graphlab lessons`` and ``graphlab grade`` as a teacher types them."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from graphlab import parse, tutor
from graphlab.cli.grade import COLUMNS
from graphlab.paths import shipped
from tests.cli.conftest import Cli
from tests.tutor.lessons import WHOLE, written

RIGHT = {"dx": "-4", "way": 1, "tiny": "9.5367e-7"}
SHIPPED = sorted(shipped("lessons").glob("[0-9]*.md"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A lesson, and a class of a right, a wrong, an odd and a spoilt submission."""
    lesson = tutor.read_lesson(written(tmp_path))
    made = tmp_path / "class"
    made.mkdir()
    graph = parse("f = 2 * (x + y) * z")
    tutor.write_submission(made / "a.answers.json", lesson, graph, RIGHT, "Ada")
    tutor.write_submission(made / "b.answers.json", lesson, graph, {}, "=HYPERLINK(1)")
    tutor.write_submission(made / "c.answers.json", lesson, parse("x"), {}, "\t@SUM(A1)")
    (made / "d.graph.json").write_text("{")
    return tmp_path


def test_the_shipped_lessons_are_listed(cli: Cli) -> None:
    done = cli("lessons", "--json")
    assert (done.status, done.err) == (0, "")
    listed = json.loads(done.out)
    assert [Path(entry["file"]).name for entry in listed["lessons"]] == [p.name for p in SHIPPED]
    assert listed["errors"] == []
    table = cli("lessons").out
    assert all(entry["title"] in table for entry in listed["lessons"])


def test_a_folder_is_listed_with_what_cannot_be_read(cli: Cli, folder: Path) -> None:
    written(folder, WHOLE.replace("title:", "titel:"), "bad.md")
    written(folder, "# Not a lesson", "README.md")
    done = cli("lessons", str(folder))
    assert done.status == 1
    assert "A product" in done.out
    assert "bad.md, line 3: the key 'titel' is none that may stand here: did you" in done.out


def test_check_proves_or_finds(cli: Cli, folder: Path) -> None:
    good, bad = str(folder / "lesson.md"), written(folder, WHOLE.replace("-4\n", "-3\n"), "bad.md")
    assert cli("lessons", "check", good).status == 0
    done = cli("lessons", "check", good, str(bad), "nowhere.md")
    assert done.status == 1
    assert "dx expects -3, and the engine computes -4" in done.out
    assert "there is no file" in done.out
    records = json.loads(cli("lessons", "check", good, str(bad), "--json").out)
    assert [record["is_sound"] for record in records] == [True, False]
    assert records[1]["findings"][0]["line"] > 1


def test_grade_says_who_passed_and_why_not(cli: Cli, folder: Path) -> None:
    done = cli("grade", str(folder / "lesson.md"), str(folder / "class"))
    assert (done.status, done.err) == (0, "")
    assert "1 of 4 reached the goal" in done.out
    assert "Not answered yet: question 1 on page 2 (‘How much?’), question 1 on" in done.out
    assert "ends too early" in done.out


def test_csv_is_safe_in_a_spreadsheet(cli: Cli, folder: Path) -> None:
    out = folder / "marks.csv"
    assert cli("grade", str(folder / "lesson.md"), str(folder / "class"), "--csv").status == 0
    done = cli("grade", str(folder / "lesson.md"), str(folder / "class"), "--csv", "-o", str(out))
    assert (done.status, done.out) == (0, "")
    rows = list(csv.DictReader(io.StringIO(out.read_text("utf-8"))))
    assert [row["passed"] for row in rows] == ["yes", "no", "no", "no"]
    assert tuple(rows[0]) == COLUMNS
    assert [row["student"] for row in rows] == ["Ada", "'=HYPERLINK(1)", "'@SUM(A1)", "d"]


def test_json_has_every_reason(cli: Cli, folder: Path) -> None:
    done = cli("grade", str(folder / "lesson.md"), str(folder / "class"), "--json")
    document = json.loads(done.out)
    assert document["lesson"] == "lesson"
    assert [grade["passed"] for grade in document["grades"]] == [True, False, False, False]
    assert [grade["readable"] for grade in document["grades"]] == [True, True, True, False]
    assert document["grades"][0]["reasons"] == []


def test_two_files_of_one_name_are_told_apart_and_others_are_named(cli: Cli, folder: Path) -> None:
    lesson, home = tutor.read_lesson(folder / "lesson.md"), folder / "folders"
    for who in ("anna", "ben"):
        (home / who).mkdir(parents=True)
        graph = parse("f = 2 * (x + y) * z")
        tutor.write_submission(home / who / "lesson.answers.json", lesson, graph, RIGHT)
    (home / "photo.png").write_bytes(b"")
    done = cli("grade", str(folder / "lesson.md"), str(home), "--csv")
    rows = list(csv.DictReader(io.StringIO(done.out)))
    assert [row["student"] for row in rows] == ["anna", "ben"]
    assert [row["file"] for row in rows] == [
        str(home / who / "lesson.answers.json") for who in ("anna", "ben")
    ]
    assert done.err.startswith(f"note: left out: {home / 'photo.png'} (named neither")
    told = json.loads(cli("grade", str(folder / "lesson.md"), str(home), "--json").out)
    assert [grade["file"] for grade in told["grades"]] == [row["file"] for row in rows]
    assert told["left_out"][0]["file"] == str(home / "photo.png")
    assert (
        f"Left out: {home / 'photo.png'}" in cli("grade", str(folder / "lesson.md"), str(home)).out
    )


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("lessons", "nowhere"), "no folder nowhere"),
        (("lessons", "README.md"), "graphlab lessons check"),
        (("lessons", "a", "b"), "one folder, and was given 2"),
        (("lessons", "check"), "name the lessons to check"),
        (("grade", "01-build-a-graph"), "SUBMISSION"),
        (("grade", "01-build-a-grap", "x.graph.json"), "did you mean 01-build-a-graph"),
        (("grade", "README.md", "x.graph.json"), "README.md, line 1: a lesson starts with"),
        (("grade", "01-build-a-graph", "graphlab"), "no .answers.json or .graph.json"),
        (("grade", "01-build-a-graph", "clas"), "left out: clas (no such file or folder)"),
        (("grade", "01-build-a-graph", "x", "--csv", "--json"), "not both"),
        (("grade", "01-build-a-graph", "x", "-o", "y"), "-o needs --csv or --json"),
        (("grade", "01-build-a-graph", "x.graph.json", "--csv", "-o", "graphlab"), "is a folder"),
        (("grade", "01-build-a-graph", "x.graph.json", "--csv", "-o", "no/x.csv"), "cannot be"),
    ],
)
def test_wrong_input_is_one_sentence(cli: Cli, arguments: tuple[str, ...], said: str) -> None:
    done = cli(*arguments)
    assert done.status == 2
    assert said in done.err
    assert done.err.count("\n") == 1
