"""Several processes: the same parameters as one, and a lost process changes nothing."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.api import read_source
from graphlab.cli import workers as starters
from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.data import open_data
from graphlab.errors import FileError
from graphlab.graph.file import save
from graphlab.graph.objectives import set_recipe
from graphlab.train.checkpoints import Checkpoint, Checkpoints, read_checkpoint
from graphlab.train.events import read_events
from graphlab.train.folder import RunFolder
from graphlab.train.losses import with_loss
from graphlab.train.many import starting
from graphlab.train.many.dividing import divided
from graphlab.train.many.ranks import Ranks
from graphlab.train.trainer import Trainer
from tests.house.places import ROOT
from tests.train import many_cases
from tests.train.many_cases import CASES

NET = "s = linear_layer(linear_layer(flatten(x), features=24, activation='relu'), features=10)"
SETTINGS = ("--data", "digits", "--epochs", "12", "--seed", "3", "--save-every", "6")
WAIT = 120.0


def newest(out: Path) -> Checkpoint:
    found = Checkpoints(out / "checkpoints").newest()
    assert found is not None
    return found


def assert_alike(one: Trainer, two: Trainer) -> None:
    """Weights and optimizers to 1e-6, metrics and losses as far as they are told."""
    a, b = one.training.snapshot(), two.training.snapshot()
    assert a.progress.step == b.progress.step
    for mine, theirs in ((a.weights, b.weights), (a.optimizer, b.optimizer)):
        assert mine.keys() == theirs.keys()
        for name, array in mine.items():
            np.testing.assert_allclose(theirs[name], array, rtol=1e-5, atol=1e-6, err_msg=name)
    for mine, theirs in zip(told(one.out), told(two.out), strict=True):
        assert mine.keys() == theirs.keys()
        for name, value in mine.items():
            np.testing.assert_allclose(theirs[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


def told(out: Path) -> list[dict[str, Any]]:
    events = read_events(out / "events.jsonl")
    return [{**e["losses"], **e["metrics"]} for e in events if e["event"] == "epoch"]


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", **more}


# --- as one process -------------------------------------------------------------------------------
def test_two_processes_end_as_one_does(tmp_path: Path) -> None:
    torchrun = (sys.executable, "-m", "torch.distributed.run", "--standalone")
    local = ("--local-addr", "127.0.0.1", "--nproc-per-node", "2")
    command = (*torchrun, *local, many_cases.__file__, str(tmp_path / "two"))
    done = subprocess.run(
        command, env=environment(), capture_output=True, text=True, timeout=WAIT, check=False
    )
    assert done.returncode == 0, done.stderr
    for name in CASES:
        one = many_cases.trainer(name, tmp_path / "one" / name)
        assert one.run() == "done"
        resumed = many_cases.trainer(name, tmp_path / "two" / name)
        assert resumed.resume()
        assert_alike(one, resumed)
    spread = newest(tmp_path / "two" / "sharded").parts
    assert spread is not None
    part = sorted(spread.iterdir())[-1]
    assert part.suffix == ".safetensors"
    content = bytearray(part.read_bytes())
    content[-1] ^= 1
    part.write_bytes(content)
    with pytest.raises(FileError, match="damaged"):
        read_checkpoint(spread.parent)


# --- lost, paused, resumed ------------------------------------------------------------------------
def until(holds: Callable[[], bool], process: subprocess.Popen[str]) -> None:
    end = time.monotonic() + WAIT
    while not holds():
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < end
        time.sleep(0.005)


def workers(room: Path) -> list[int]:
    found = (int(p.name.partition("-")[2]) for p in room.glob("graphlab-*/worker-*"))
    return sorted(pid for pid in found if is_alive(pid))


def is_alive(pid: int) -> bool:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, 0)
        return True
    return False


@pytest.fixture
def started(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """Started in a folder whose Python files must not be taken for modules."""
    command = (sys.executable, "-P", "-m", "graphlab", "train", NET, *SETTINGS)
    out = ("--out", str(tmp_path / "run"), "--nproc", "2", "--max-restarts", "1")
    (tmp_path / "room").mkdir()
    (tmp_path / "here").mkdir()
    for name in ("torch", "graphlab", "numpy", "json"):
        (tmp_path / "here" / f"{name}.py").write_text("open('ran', 'w')\nraise SystemExit(9)\n")
    process = subprocess.Popen(
        (*command, *out),
        env=environment(TMPDIR=str(tmp_path / "room")),
        cwd=tmp_path / "here",
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_a_killed_worker_and_a_pause_change_nothing(
    started: subprocess.Popen[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run, room = tmp_path / "run", tmp_path / "room"
    steps = Checkpoints(run / "checkpoints").steps
    until(lambda: bool(steps()) and int(steps()[-1].name[5:]) >= 12, started)
    first = workers(room)
    os.kill(first[1], signal.SIGKILL)
    until(lambda: len(workers(room)) == 2 and not set(first) & set(workers(room)), started)
    second, reached = workers(room), steps()[-1].name
    until(lambda: steps()[-1].name > reached, started)
    started.send_signal(signal.SIGINT)
    out, err = started.communicate(timeout=WAIT)
    assert started.returncode == 130, err
    assert "Going on after step" in out
    assert "cannot be reached any more" in err
    assert "Paused after step" in out
    assert "Traceback" not in err
    assert not (tmp_path / "here" / "ran").exists()
    assert not any(is_alive(pid) for pid in (*first, *second))
    assert not list(room.glob("graphlab-*"))
    for name, more in (("run", ["--resume"]), ("whole", [])):
        arguments = ["train", NET, *SETTINGS, "--out", str(tmp_path / name), *more]
        assert main(arguments, Desktop(lambda path: 0, lambda *picture: None)) == 0
    capsys.readouterr()
    assert_alike(resumed(tmp_path / "whole"), resumed(run))


def resumed(out: Path) -> Trainer:
    folder = RunFolder(out)
    found = Trainer(folder.graph(), open_data("digits", seed=3), None, out, 3)
    assert found.resume()
    return found


def test_only_workers_that_are_still_there_are_killed(tmp_path: Path) -> None:
    sign = "from graphlab.train.many.starting import Starter\ns = Starter()\nprint()\ninput()"
    around = environment(GRAPHLAB_WORKERS=str(tmp_path), GRAPHLAB_STARTER=str(os.getpid()))
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with contextlib.ExitStack() as stack:
        torchrun, worker, stranger = (
            stack.enter_context(subprocess.Popen((sys.executable, "-c", text), env=around, **pipes))
            for text in ("input()", sign, "print()\ninput()")
        )
        for process in (torchrun, worker, stranger):
            stack.callback(process.kill)
        assert worker.stdout is not None
        worker.stdout.readline()
        (tmp_path / f"worker-{stranger.pid}").touch()  # of a worker that had this number before
        starting._kill(tmp_path, torchrun)
        assert worker.wait(WAIT) == torchrun.wait(WAIT) == -signal.SIGKILL
        out, _ = stranger.communicate("go on\n", timeout=WAIT)
        assert (out, stranger.returncode) == ("\n", 0)


# --- what is refused ------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("options", "around", "sentence"),
    [
        (("--nproc", "2", "--serve"), {}, "the window trains in one process"),
        (("--shard",), {}, "give --nproc 2 or more"),
        (("--nproc", "2"), {"RANK": "0", "WORLD_SIZE": "2"}, "leave --nproc out"),
    ],
)
def test_options_that_do_not_go_together(
    options: tuple[str, ...],
    around: dict[str, str],
    sentence: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in around.items():
        monkeypatch.setenv(name, value)
    arguments = ["train", NET, "--data", "digits", "--out", "nowhere", *options]
    assert main(arguments, Desktop(lambda path: 0, lambda *picture: None)) == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.parametrize(
    ("source", "options", "size"),
    [
        (NET, ("--batch-size", "8"), 8),
        ("drawing.graph.json", (), 5),  # its recipe's
        ("drawing.graph.json", ("--batch-size", "7"), 7),
        (NET, (), 16),  # for 180 training examples
    ],
    ids=["given", "of the recipe", "given beside a recipe", "of the data"],
)
def test_a_batch_of_too_few_examples_is_refused_before_anything_is_started(
    source: str,
    options: tuple[str, ...],
    size: int,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    data = "digits:split=10/45/45"
    drawn = with_loss(read_source(NET), open_data(data))
    assert drawn.recipe is not None
    save(set_recipe(drawn, drawn.recipe.with_(batch_size=5)), tmp_path / "drawing.graph.json")

    def train(processes: int) -> int:
        arguments = ["train", source, "--data", data, *options, "--out", "run"]
        return main(
            [*arguments, "--nproc", str(processes)],
            Desktop(lambda path: 0, lambda *picture: None),
        )

    started: list[int] = []

    def start(_arguments: object, count: int, *_: object) -> int:
        started.append(count)
        return 0

    monkeypatch.setattr(starters, "start", start)
    assert train(size + 1) == 2
    told = f"a batch of {size} cannot be shared by {size + 1} processes"
    assert told in capsys.readouterr().err
    assert not started
    assert not (tmp_path / "run").exists()
    assert train(size) == 0
    assert started == [size]


def test_a_batch_is_shared_without_a_rest() -> None:
    for size in range(1, 12):
        batch, ranks = torch.arange(size), [Ranks(rank, 3) for rank in range(3)]
        shares = [r.share({"x": batch})["x"] for r in ranks]
        assert all(len(share) >= 1 for share in shares)
        held = [share[: r.rows.held] for share, r in zip(shares, ranks, strict=True)]
        assert torch.equal(torch.cat(held), batch)
        sums = [r.placed(share + 1.0) for share, r in zip(shares, ranks, strict=True)]
        assert torch.equal(torch.stack(sums).sum(0), batch + 1.0)


# --- which ops look across examples ---------------------------------------------------------------
@pytest.mark.parametrize(
    ("formula", "shape", "is_by_row"),
    [
        ("f = softmax(x, axis=1)", (3,), True),
        ("f = softmax(x, axis=0)", (3,), False),
        ("k = parameter(shape=(2, 1, 3, 3))\nf = conv2d(x, k)", (1, 6, 6), True),
        ("f = layer_norm(x)", (5,), True),
        ("f = batch_norm(x)", (5,), True),
        ("f = x - mean(x, axis=0)", (5,), True),
        ("f = transpose(x)", (4,), False),
        ("f = cumsum(x, axis=0)", (2,), False),
        ("f = roll(x, shift=1, axis=1)", (3,), True),
        ("f = roll(x, shift=1, axis=0)", (3,), False),
        ("f = reshape(x, shape=(-1, 2))", (4,), False),
        ("f = dropout(flatten(x))", (2, 3), True),
        ("f = sum(x)", (3,), False),
        ("f = parameter(shape=(4, 2)) * 2", (3,), False),
    ],
)
def test_what_goes_with_the_examples(
    formula: str, shape: tuple[int, ...], *, is_by_row: bool
) -> None:
    graph = read_source(formula)
    made, by_row = divided(graph, {"x": shape} if "x" in graph.inputs else {})
    assert bool(by_row) is is_by_row
    assert set(graph.nodes) <= set(made.nodes)
