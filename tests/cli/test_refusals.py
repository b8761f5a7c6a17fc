"""Wrong input ends with exit status 2 and one sentence; nothing ends with a traceback."""

from __future__ import annotations

import io
import os
import re
import socket
import subprocess
import sys
import tempfile
import zipfile
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import pytest

from graphlab.cli import app
from graphlab.cli.desktop import Desktop, check_display
from graphlab.errors import GraphLabError
from tests.cli.conftest import Cli
from tests.house.places import ROOT, started

GRAPHLAB = (sys.executable, "-m", "graphlab")
F = "f = (x + y) * z"
DEEP = "[" * 100_000

AXES_32 = [word for name in "xy" for word in ("--set", f"{name}={'[' * 32}1{']' * 32}")]

WRONG = [
    (("fly",), "fly.*choose open, run"),
    (("rnu",), "no command 'rnu': did you mean run"),
    (("run",), "SOURCE"),
    (("run", F, "--st", "x=1"), "--set"),
    (("run", "-x"), "--"),
    (("run", F, "--seed", "-1"), "--seed"),
    (("run", F, "--seed", "much"), "--seed"),
    (("run", ""), "empty"),
    (("run", "\0"), ""),
    (("run", "sigmiod(x)"), "line 1, column 1: .*sigmoid"),
    (("run", "x = x + 1"), "x"),
    (("run", "(" * 100_000), "line 1"),
    (("run", "nowhere.graph.json"), "nowhere.graph.json"),
    (("run", "README.md"), "README.md"),
    (("run", "graphlab"), "graphlab is a folder"),
    (("run", "/dev/null"), "not a regular file"),
    (("run", "./missing"), "there is no file .*missing"),
    (("run", "data/missing.txt"), "neither a formula nor a file"),
    (("run", "2x/y"), "line 1, column"),
    (("run", "w = parameter(" + "1, " * 66 + ")"), "66 axes, .* at most 32"),
    (("check", f"f = broadcast(x, shape={(1,) * 65})"), "65 axes, .* at most 32"),
    (("run", "f = stack(x, y)", *AXES_32), "33 axes, .* at most 32"),
    (("run", 'squared_error(x, y, reduction="avg")'), "'avg': choose mean, sum or none"),
    (("run", "sum(x, axis=1.5)"), "must be a whole number, .* left out, and is 1.5"),
    (("run", F, "--backward", ""), "no node ''"),
    (("run", F, "--set", "x"), "--set x=-2"),
    (("run", F, "--set", "=1"), "--set x=-2"),
    (("run", F, "--set", "x="), "x is empty"),
    (("run", F, "--set", "x=nan"), "finite"),
    (("run", F, "--set", "x=1e999"), "too large"),
    (("run", F, "--set", "x=[1, 1e999]"), "x"),
    (("run", F, "--set", "x=__import__('os')"), "finite number"),
    (("run", F, "--set", "x=[1, true]"), "True"),
    (("run", F, "--set", 'x=["1"]'), "numbers only"),
    (("run", F, "--set", "x=[[1, 2], [3]]"), "different lengths"),
    (("run", F, "--set", f"x={DEEP}"), "x"),
    (("run", F, "--set", "x=" + "[" * 40 + "1" + "]" * 40), "axes"),
    (("run", F, "--set", "x=1", "--set", "x=2"), "twice"),
    (("run", F, "--set", "w=1"), "no node w"),
    (("run", F, "--feed", "nowhere.npz"), "nowhere.npz"),
    (("run", F, "--feed", "README.md"), "README.md"),
    (("run", F, "--feed", "graphlab"), "graphlab is a folder"),
    (("run", F, "--feed", "/dev/zero"), "not a regular file"),
    (("run", F, "--set", "x=1"), "--set y=1"),
    (("run", "x + 1", "--set", "x=1", "--backward", "g"), "no node g"),
    (("run", "x + 1", "--set", "x=1", "--upstream", "[1, 2]"), "upstream|shape"),
    (("run", "a = x + 1; b = x", "--set", "x=1", "--upstream", "2"), "--backward"),
    (("run", "x @ y", "--set", "x=[1, 2]", "--set", "y=[1, 2, 3]"), "2 .*3"),
    (("check", F), "--set x=1"),
    (("check", "a = x + 1; b = x * 2", "--set", "x=1"), "--backward"),
    (("check", F, "--tolerance", "2"), "--tolerance"),
    (("ops", "concat"), "concatenate"),
    (("paths", F, "x"), "TO"),
    (("paths", F, "x", "g"), "no node g"),
    (("render", F, "out.gif"), "out.gif must end in .svg"),
    (("open", "nowhere.graph.json"), "nowhere.graph.json"),
    (("open", "graphlab"), "graphlab is a folder"),
    (("open", ""), "give a path"),
    (("open", "gallery:lenet"), "no network 'lenet': did you mean lenet-5"),
]


@pytest.mark.parametrize(("command", "told"), WRONG, ids=lambda value: "")
def test_wrong_input_is_told_in_one_sentence(cli: Cli, command: tuple[str, ...], told: str) -> None:
    done = cli(*command)
    assert done.status == 2
    assert re.fullmatch(rf"graphlab: [^\n]*({told})[^\n]*\n", done.err)
    assert len(done.err) < 400


def test_a_picture_needs_a_folder_to_go_to() -> None:
    done = started(*GRAPHLAB, "render", F, "nowhere/out.svg")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "nowhere" in done.stderr


def npy(value: object) -> bytes:
    stream = io.BytesIO()
    np.save(stream, np.asarray(value))
    return stream.getvalue()


def archive(path: Path, header: str, content: bytes = b"") -> None:
    """A .npz file with one array called x, whose header says what it likes."""
    line = header.encode().ljust(118) + b"\n"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr(
            "x.npy", b"\x93NUMPY\x01\x00" + len(line).to_bytes(2, "little") + line + content
        )


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000,)}", "damaged"),
        ("{'descr': '|u1', 'fortran_order': False, 'shape': (1073741824,)}", "damaged"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,)}", "damaged"),
        ("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "object"),
        ("{'descr': '<U9', 'fortran_order': False, 'shape': (1,)}", "real numbers"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (-1,)}", "damaged"),
        ("__import__('os').abort()", "damaged"),
        ("{'descr': '<f8', 'fortran_order': False, 'shape': (3,", "damaged"),
        ("{'descr': ',', 'fortran_order': False, 'shape': (3,)}", "damaged"),
        ("(" * 100, "damaged"),
        ("'''", "damaged"),
        ("", "damaged"),
        (f"{{'descr': '<f8', 'fortran_order': False, 'shape': {(1,) * 33}}}", "33 axes"),
    ],
)
def test_an_archive_is_not_believed(cli: Cli, tmp_path: Path, header: str, told: str) -> None:
    archive(tmp_path / "x.npz", header, b"abc")
    test_wrong_input_is_told_in_one_sentence(
        cli, ("run", "y = x + 1", "--feed", str(tmp_path / "x.npz")), told
    )


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize(
    ("members", "told"),
    [
        ({"x.npy": np.nan}, "x holds NaN or infinity"),
        ({"x.npy": [1, -np.inf]}, "x holds NaN or infinity"),
        ({"x.npy": 1, "notes.txt": 1}, "'notes.txt', which is no .npy"),
        ({"x.npy": 1, "y.npy": 1, "x": 1}, "'x', which is no .npy"),
    ],
)
def test_all_of_an_archive_must_be_numbers(
    cli: Cli, tmp_path: Path, members: dict[str, object], told: str
) -> None:
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w") as file:
        for name, value in members.items():
            file.writestr(name, npy(value))
    feed = ("run", "y = x + 1", "--feed", str(path))
    test_wrong_input_is_told_in_one_sentence(cli, feed, told)
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("x.npy", npy(1))
        file.writestr("x.npy", npy(2))
    test_wrong_input_is_told_in_one_sentence(cli, feed, "'x.npy' 2 times")


@pytest.mark.parametrize(
    ("error", "status", "told"),
    [
        (KeyboardInterrupt(), 130, ""),
        (MemoryError(), 2, "memory"),
        (ZeroDivisionError("by\nzero"), 70, "ZeroDivisionError"),
        (OSError(28, "No space left on device"), 2, "No space left"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_no_failure_shows_a_traceback(
    capsys: pytest.CaptureFixture[str], error: BaseException, status: int, told: str
) -> None:
    def fail(path: str | None) -> int:
        raise error

    assert app.main([], Desktop(fail, lambda *args: None)) == status
    said = capsys.readouterr().err
    assert told in said
    assert said.count("\n") == (1 if told else 0)
    assert "Traceback" not in said


@pytest.mark.parametrize(
    ("env", "told"),
    [
        ({"DISPLAY": "", "WAYLAND_DISPLAY": ""}, "there is no screen"),
        ({"DISPLAY": ":4711", "WAYLAND_DISPLAY": ""}, ":4711"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "wayland"}, "no screen"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "foo"}, "foo, where nothing answers"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "/no/where"}, "to /no/where, where nothing answers"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "w" * 300}, "where nothing answers"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "foo", "XDG_RUNTIME_DIR": ""}, "XDG_RUNTIME_DIR"),
        (
            {"DISPLAY": ":4711", "WAYLAND_DISPLAY": "foo"},
            "foo, where nothing .*:4711, where nothing",
        ),
        ({"DISPLAY": ":4711", "WAYLAND_DISPLAY": "", "QT_QPA_PLATFORM": "xcb"}, ":4711"),
        ({"DISPLAY": "", "WAYLAND_DISPLAY": "foo", "QT_QPA_PLATFORM": "xcb"}, "DISPLAY is not set"),
        ({"DISPLAY": ":4711", "QT_QPA_PLATFORM": "nonsense;xcb"}, ":4711"),
        ({"QT_QPA_PLATFORM": "nonsense"}, "choose one of .*offscreen"),
        ({"QT_QPA_PLATFORM": "off"}, "choose one of .*offscreen"),
        ({"QT_QPA_PLATFORM": "linuxfb:fb=/no/where"}, "found no device to draw on, and Qt says"),
    ],
)
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_without_a_screen_the_window_says_so(env: dict[str, str], told: str) -> None:
    runtime = {"XDG_RUNTIME_DIR": str(ROOT / "nothing")}
    done = started(*GRAPHLAB, env={"QT_QPA_PLATFORM": "", **runtime, **env})
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert re.search(told, done.stderr)


@pytest.mark.parametrize("is_listening", [True, False])
@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere there is always a screen")
def test_a_screen_is_one_that_answers(is_listening: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/screen")
        if is_listening:
            server.listen()
        for variable in ("DISPLAY", "QT_QPA_PLATFORM", "WAYLAND_SOCKET"):
            monkeypatch.delenv(variable, raising=False)
        monkeypatch.setenv("XDG_RUNTIME_DIR", folder)
        for name in ("screen", f"{folder}/screen"):
            monkeypatch.setenv("WAYLAND_DISPLAY", name)
            with nullcontext() if is_listening else pytest.raises(GraphLabError, match="answers"):
                check_display(list)


@pytest.mark.parametrize(
    "command", [(), ("open",), ("render", F, "out.svg")], ids=lambda words: "".join(words[:1])
)
def test_without_qt_every_picture_says_so(command: tuple[str, ...], tmp_path: Path) -> None:
    (tmp_path / "PySide6").mkdir()
    (tmp_path / "PySide6" / "__init__.py").write_text("raise ImportError('libGL.so.1')")
    path = f"{tmp_path}{os.pathsep}{ROOT}"
    env = {"PYTHONPATH": path, "QT_QPA_PLATFORM": "offscreen"}
    done = started(*GRAPHLAB, *command, cwd=tmp_path, env=env)
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "needs Qt, which cannot be loaded here (libGL.so.1)" in done.stderr


def test_a_damaged_file_opens_no_window(tmp_path: Path) -> None:
    (tmp_path / "cut.graph.json").write_text('{"format": "graphlab.graph", "version": 1, "no')
    done = started(
        *GRAPHLAB, "open", tmp_path / "cut.graph.json", env={"QT_QPA_PLATFORM": "offscreen"}
    )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "cut.graph.json: the file ends too early" in done.stderr


def test_a_terminal_of_ascii_is_enough() -> None:
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONIOENCODING": "ascii"}
    done = started(*GRAPHLAB, "run", "s = x * x", "--set", "x=-2", "--steps", env=env)
    assert (done.returncode, done.stderr) == (0, "")
    assert "ds/dx = -4" in done.stdout


def test_a_pipe_closed_early_is_no_complaint() -> None:
    with subprocess.Popen(
        (*GRAPHLAB, "ops", "--json"), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == app.PIPE_CLOSED


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no full device to write to")
def test_a_full_disk_is_told_in_one_sentence() -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            (*GRAPHLAB, "--help"), stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "No space left" in done.stderr
