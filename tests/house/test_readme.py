"""What README tells a person to type is what is run here."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from tests.house.places import ROOT

README = (ROOT / "README.md").read_text("utf-8")
LINES = [
    line for block in re.findall(r"```sh\n(.*?)```", README, re.S) for line in block.splitlines()
]
SETUPS = [line for line in LINES if line.startswith("apt-get update")]
COMMANDS = [line for line in LINES if line.startswith("graphlab ")]


def test_ci_runs_readmes_commands_word_for_word() -> None:
    _start, tests = SETUPS
    system, _, rest = tests.partition(" && python3 -m venv")
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert f"    {system}\n" in script
    (slow,) = (line for line in LINES if line.startswith(".venv/bin/pytest"))
    assert script.endswith(f"\npython3 -m venv{rest}\n{slow}\n")


def test_both_commands_set_up_the_same_system() -> None:
    start, tests = (line.split(" && .venv/bin/pip")[0] for line in SETUPS)
    assert start == tests


def test_the_command_lines_work_one_after_the_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("lessons", "resources"):
        (tmp_path / name).symlink_to(ROOT / name)
    monkeypatch.chdir(tmp_path)
    desktop = Desktop(open_window=lambda path: 0, draw=lambda *args: None)
    ended = {}
    for line in COMMANDS:  # some read what one before them has written
        code = main(shlex.split(line)[1:], desktop)
        ended[line] = (code, capsys.readouterr().err)
    assert ended == dict.fromkeys(COMMANDS, (0, ""))


def test_the_python_example_holds() -> None:
    (example,) = re.findall(r"```python\n(.*?)```", README, re.S)
    exec(compile(example, "README.md", "exec"), {})
