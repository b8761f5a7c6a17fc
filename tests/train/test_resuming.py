"""Paused, killed, out of disk: a run goes on bit for bit, and the last good checkpoint stands."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop
from graphlab.errors import FileError, RunError
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train import checkpoints as checkpoints_file
from graphlab.train.checkpoints import Checkpoints, read_checkpoint
from graphlab.train.events import Event, read_events
from graphlab.train.folder import RunFolder
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
from tests.house.places import ROOT
from tests.train.sets import cnn, pictures

OPTIMIZERS: list[dict[str, Any]] = [
    {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    {"optimizer": "adagrad"},
    {"optimizer": "rmsprop", "momentum": 0.5},
    {"optimizer": "adamw", "schedule": "cosine", "warmup": 3},
]


def trainer(out: Path, seed: int = 0, epochs: int = 3, **settings: Any) -> Trainer:
    """A network with running statistics and two kinds of chance."""
    recipe = Recipe((Objective("loss", **settings),), batch_size=8, epochs=epochs)
    graph = with_loss(cnn(), pictures())
    return Trainer(graph, pictures(), recipe, out, seed, save_every=3, read_every=2, watch_every=4)


def final(out: Path) -> tuple[dict[str, bytes], list[dict[str, Any]]]:
    """Every bit of the last checkpoint, and the events without their times."""
    last = Checkpoints(out / "checkpoints").newest()
    assert last is not None
    arrays = {**last.weights, **{f"o/{name}": x for name, x in last.optimizer.items()}}
    bits = {name: array.tobytes() for name, array in arrays.items()}
    events = [e for e in read_events(out / "events.jsonl") if e["event"] in _LASTING]
    return bits, [{key: value for key, value in e.items() if key != "seconds"} for e in events]


_LASTING = ("health", "epoch", "units")
"""Events that a pause adds none of."""


def losses(out: Path) -> list[float]:
    steps = (e for e in read_events(out / "events.jsonl") if e["event"] == "steps")
    return [loss for event in steps for loss in event["losses"]["loss"]]


@pytest.mark.parametrize("settings", OPTIMIZERS, ids=lambda value: value["optimizer"])
def test_pausing_changes_no_bit(settings: dict[str, Any], tmp_path: Path) -> None:
    assert trainer(tmp_path / "whole", **settings).run() == "done"
    assert trainer(tmp_path / "again", **settings).run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "again")
    for stop in (1, 5, 2):
        count = iter(range(stop))
        part = trainer(tmp_path / "parts", **settings)
        assert part.resume() is (stop != 1)
        assert part.run(lambda count=count: next(count, None) is None) == "paused"  # type: ignore[misc]
    last = trainer(tmp_path / "parts", **settings)
    assert last.resume()
    assert last.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "parts")
    assert losses(tmp_path / "whole") == losses(tmp_path / "parts")


def test_going_on_in_the_same_object_and_another_seed(tmp_path: Path) -> None:
    assert trainer(tmp_path / "whole").run() == "done"
    paused = trainer(tmp_path / "parts")
    assert paused.run(lambda: True) == "paused"
    torch.rand(3)  # someone else draws in between
    assert paused.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "parts")
    assert trainer(tmp_path / "other", seed=1).run() == "done"
    assert final(tmp_path / "whole") != final(tmp_path / "other")


SLEEPY = """
import sys
from pathlib import Path
from tests.train.test_resuming import trainer
one = trainer(Path(sys.argv[1]))
one.resume()
one.listen(lambda event: print(event.kind, flush=True))
one.run()
"""


def test_killed_at_any_moment_it_goes_on_bit_for_bit(tmp_path: Path) -> None:
    assert trainer(tmp_path / "whole").run() == "done"
    out, random = tmp_path / "killed", np.random.default_rng(0)
    threads = str(torch.get_num_threads())  # sums are the same bits for as many of them
    for _ in range(2):
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": threads}
        child = subprocess.Popen(
            [sys.executable, "-c", SLEEPY, str(out)], env=environment, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(float(random.uniform(0, 0.05)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
        newest = Checkpoints(out / "checkpoints").newest()
        assert newest is None or newest.progress.step >= 0
    last = trainer(out)
    last.resume()
    assert last.run() == "done"
    assert final(tmp_path / "whole") == final(out)
    assert losses(tmp_path / "whole") == losses(out)
    assert not list((out / "checkpoints").glob(".draft-*"))


@pytest.mark.parametrize("fault", ["write", "sync", "rename"])
def test_with_the_disk_full_the_last_checkpoint_stands(
    fault: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert trainer(tmp_path / "whole").run() == "done"
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    one = trainer(tmp_path / "full")
    assert one.run(lambda: one.training.progress.step == 5) == "paused"
    before = [p.name for p in one.checkpoints.steps()]

    def fail(*arguments: Any, **options: Any) -> Any:
        raise full

    target: dict[str, tuple[Any, str]] = {
        "write": (checkpoints_file, "_put"),
        "sync": (checkpoints_file, "_sync"),
        "rename": (Path, "rename"),
    }
    with monkeypatch.context() as patch:
        patch.setattr(*target[fault], fail)
        with pytest.raises(FileError, match=r"step 6 cannot be written .*no space left .* stands"):
            one.run()
    assert [p.name for p in one.checkpoints.steps()] == before
    again = trainer(tmp_path / "full")
    assert again.resume()
    assert again.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "full")


def test_a_folder_that_cannot_be_written_and_one_that_is_taken(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        trainer(tmp_path / "file" / "run").run()
    assert trainer(tmp_path / "run").run(lambda: True) == "paused"
    kept = sorted(p.name for p in (tmp_path / "run" / "checkpoints").iterdir())
    with pytest.raises(FileError, match="holds a run already"):
        trainer(tmp_path / "run").run()
    assert sorted(p.name for p in (tmp_path / "run" / "checkpoints").iterdir()) == kept
    with pytest.raises(RunError, match=r"has the learning rate 0\.001, and 0\.5 is the graph"):
        trainer(tmp_path / "run", lr=0.5).resume()


def test_one_process_at_a_time_trains_into_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("graphlab.train.folder._PATIENCE", 0.05)
    started = ["train", "gallery:perceptron", "--data", "and", "--out", str(tmp_path / "run")]
    headless = Desktop(lambda path: 0, lambda *picture: None)
    first = RunFolder(tmp_path / "run")
    first.claim()
    assert main(started, headless) == 2
    assert "another training" in capsys.readouterr().err
    assert not first.is_begun()
    del first
    assert main(started, headless) == 0


def test_two_trainers_never_write_over_each_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither while the other is at it, nor with what was left where the other went on from."""
    monkeypatch.setattr("graphlab.train.folder._PATIENCE", 0.05)
    one, other, third = (trainer(tmp_path) for _ in range(3))
    tried: list[str] = []

    def meanwhile(event: Event) -> None:
        for act in (other.resume, other.run, other.keep_now):
            with pytest.raises(FileError) as caught:
                act()
            tried.append(str(caught.value))

    one.listen(meanwhile)
    assert one.run(lambda: one.training.progress.step == 2) == "paused"
    assert tried
    assert all("is being trained into by another training" in said for said in tried)
    assert other.resume()
    assert other.run(lambda: other.training.progress.step == 5) == "paused"
    before = {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")}
    for late in (one, third):
        for act in (late.run, late.keep_now):
            with pytest.raises(FileError, match=r"gone on in .* meanwhile: resume"):
                act()
    assert {p: p.stat().st_mtime_ns for p in tmp_path.rglob("*")} == before
    assert other.run() == "done"


def test_a_folder_is_released_after_an_error(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("graphlab.train.folder._PATIENCE", 0.05)
    one = trainer(tmp_path)

    def fail(event: Event) -> None:
        if event.step == 2:
            raise KeyboardInterrupt

    one.listen(fail)
    with pytest.raises(KeyboardInterrupt):
        one.run()
    again = trainer(tmp_path)
    assert again.resume()
    assert again.run() == "done"


def test_n_and_the_best_are_kept(tmp_path: Path) -> None:
    one = Trainer(cnn(), pictures(), out=tmp_path, keep=2, save_every=1, recipe=None)
    one.run()
    assert len(one.checkpoints.steps()) in (2, 3)
    best = one.checkpoints.best()
    assert best is not None
    epochs = [e for e in read_events(tmp_path / "events.jsonl") if e["event"] == "epoch"]
    expected = max((e["metrics"]["accuracy"], e["step"]) for e in epochs)
    assert read_checkpoint(best).progress.step == expected[1]


@pytest.mark.parametrize("part", ["weights.safetensors", "optimizer.safetensors", "state.json"])
@pytest.mark.parametrize("harm", ["cut", "flip", "gone", "empty"])
def test_a_damaged_checkpoint_is_passed_over(part: str, harm: str, tmp_path: Path) -> None:
    one = Trainer(cnn(), pictures(), out=tmp_path, save_every=1)
    one.run(lambda: one.training.progress.step == 2)
    older, newest = one.checkpoints.steps()[-2:]
    file = newest / part
    content = bytearray(file.read_bytes())
    if harm == "gone":
        file.unlink()
    else:
        content[len(content) // 2] ^= 255
        cut = {"cut": len(content) - 3, "flip": len(content), "empty": 0}[harm]
        file.write_bytes(bytes(content[:cut]))
    with pytest.raises(FileError):
        read_checkpoint(newest)
    found = one.checkpoints.newest()
    assert found is not None
    assert found.progress.step == int(older.name[5:])


@pytest.mark.parametrize(
    ("key", "value", "is_told"),
    [
        ("batch", 10**12, True),
        ("first", {"q": 1.0}, True),
        ("sums", {"q": 1.0}, True),
        ("batch", -1, False),
        ("step", -5, False),
        ("events", 10**14, None),
        ("events", -1, None),
    ],
)
def test_a_checkpoint_that_tells_impossible_things(
    key: str, value: Any, is_told: bool | None, tmp_path: Path
) -> None:
    """It is passed over for the one before, or told of; a size of the events is not believed."""
    one = trainer(tmp_path)
    one.run(lambda: one.training.progress.step == 4)
    older, newest = one.checkpoints.steps()[-2:]
    state = json.loads((newest / "state.json").read_text())
    (state if key == "events" else state["progress"])[key] = value
    (newest / "state.json").write_text(json.dumps(state))
    again = trainer(tmp_path)
    if is_told:
        with pytest.raises(FileError, match=r"step 4 .*damaged"):
            again.resume()
        return
    assert again.resume()
    assert f"step-{again.training.progress.step:09d}" == (newest if is_told is None else older).name
    assert again.run() == "done"


def _wider(lines: list[bytes]) -> bytes:
    return b"".join(
        json.dumps(json.loads(x), separators=(" , ", " : ")).encode() + b"\r\n" for x in lines
    )


FURTHER = b'{"event":"steps","step":99}\n'

BY_HAND: dict[str, Callable[[list[bytes]], bytes]] = {
    "untouched": b"".join,
    "a line more": lambda lines: b"".join([b'{"event":"note","step":0,"text":"mine"}\n', *lines]),
    "a line less": lambda lines: b"".join(lines[1:]),
    "most lines less": lambda lines: b"".join(lines[-2:]),
    "written otherwise": _wider,
    "no end of the last line": lambda lines: b"".join(lines)[:-1],
    "a torn line": lambda lines: b"".join([*lines, lines[0][:20]]),
    "further steps": lambda lines: b"".join([*lines, FURTHER]),
    "further steps, a line less": lambda lines: b"".join([*lines[1:], FURTHER]),
    "an end": lambda lines: b"".join([*lines, b'{"event":"stopped","step":4,"why":"done"}\n']),
    "no text": lambda lines: b"".join([b"\xff\x00\n", *lines]),
    "nothing": lambda lines: b"",
}  # fmt: skip


@pytest.mark.parametrize("harm", BY_HAND)
def test_events_of_steps_taken_are_kept_whatever_a_hand_did(harm: str, tmp_path: Path) -> None:
    """Every line stays a line: those in the file of steps taken, then those of all further ones."""
    assert trainer(tmp_path / "whole").run() == "done"
    whole = _timeless(tmp_path / "whole")
    paused = trainer(tmp_path / "hand")
    assert paused.run(lambda: paused.training.progress.step == 4) == "paused"
    file = tmp_path / "hand" / "events.jsonl"
    changed = BY_HAND[harm](file.read_bytes().splitlines(keepends=True))
    file.write_bytes(changed)
    known = [
        e for e in map(_event, changed.splitlines()) if e and e["step"] <= 4 and "why" not in e
    ]
    again = trainer(tmp_path / "hand")
    assert again.resume()
    assert again.run() == "done"
    after = [_event(line) for line in file.read_bytes().splitlines()]
    found = [{k: v for k, v in e.items() if k != "seconds"} for e in after if e]
    assert found[: len(known)] == [{k: v for k, v in e.items() if k != "seconds"} for e in known]
    assert found[len(known) :] == [e for e in whole if e["step"] > 4 or e["event"] == "stopped"]
    assert after.count(None) == (harm == "no text")


def _event(line: bytes) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = json.loads(line)
    except ValueError:
        return None
    return found


def _timeless(out: Path) -> list[dict[str, Any]]:
    events = read_events(out / "events.jsonl")
    return [{key: value for key, value in e.items() if key != "seconds"} for e in events]


def test_the_optimizer_is_kept_by_names_and_nothing_else_is_in_a_checkpoint(tmp_path: Path) -> None:
    one = trainer(tmp_path, optimizer="adam")
    one.run(lambda: True)
    newest = one.checkpoints.steps()[-1]
    assert {p.suffix for p in newest.iterdir()} == {".json", ".safetensors"}
    kept = read_checkpoint(newest).optimizer
    names = {name.split("/")[1] for name in kept if not name.startswith("generator")}
    assert names == set(one.training.network.parameters())
    json.loads((newest / "state.json").read_text())


def test_more_epochs_may_follow(tmp_path: Path) -> None:
    graph = with_loss(cnn(), pictures())
    for epochs in (1, 2):
        one = Trainer(graph, pictures(), Recipe((Objective("loss"),), epochs=epochs), tmp_path)
        one.resume()
        assert one.run() == "done"
        assert one.training.progress.epoch == epochs
