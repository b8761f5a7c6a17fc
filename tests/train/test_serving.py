"""A run driven by JSON lines has the numbers of a run that nobody touches, whatever is asked."""

from __future__ import annotations

import errno
import io
import json
import queue
import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from graphlab.data import open_data
from graphlab.engine import Run
from graphlab.errors import RunError
from graphlab.graph.file import load
from graphlab.graph.gallery import gallery
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train import serving
from graphlab.train.checkpoints import Checkpoints
from graphlab.train.health import layers
from graphlab.train.losses import with_loss
from graphlab.train.serving import Server
from graphlab.train.trainer import Trainer
from graphlab.train.training import Training
from tests.train.sets import cnn, pictures

EPOCHS, PER_EPOCH = 3, 4


def trainer(out: Path, **settings: Any) -> Trainer:
    """A network with running statistics and two kinds of chance."""
    recipe = Recipe((Objective("loss", **settings),), batch_size=8, epochs=EPOCHS)
    return Trainer(with_loss(cnn(), pictures()), pictures(), recipe, out, seed=3)


class Lines:
    """Lines that come one by one; ``put`` returns once its line has been taken in."""

    def __init__(self) -> None:
        self._lines: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        self._asked = threading.Semaphore(0)

    def put(self, line: bytes) -> None:
        """One more line."""
        self._asked.acquire()
        self._lines.put(line)
        self._asked.acquire()
        self._asked.release()

    def readline(self, _most: int) -> bytes:
        """The next line."""
        self._asked.release()
        return self._lines.get()


class Told:
    """What a server is sent: each command once the one before it has been answered."""

    def __init__(self, out: Path, *script: tuple[str, dict[str, Any]], **settings: Any) -> None:
        self.script = list(script)
        self.events: list[dict[str, Any]] = []
        self.trainer = trainer(out, **settings)
        self.lines = Lines()
        self.outcome = Server(self.trainer, self.lines, self).serve()

    def write(self, line: bytes) -> None:
        """An event: the next command follows the event that the script names."""
        event = json.loads(line)
        self.events.append(event)
        if self.script and self.script[0][0] == event["event"]:
            _, command = self.script.pop(0)
            self.lines.put(json.dumps(command).encode() + b"\n")

    def flush(self) -> None:
        """Nothing is held back."""

    def of(self, kind: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == kind]


def weights(out: Path) -> dict[str, bytes]:
    last = Checkpoints(out / "checkpoints").newest()
    assert last is not None
    return {name: array.tobytes() for name, array in last.weights.items()}


GO = {"do": "go", "for": "end"}
STOP = {"do": "stop"}


@pytest.fixture
def plain(tmp_path: Path) -> dict[str, bytes]:
    """The weights of a run that nobody touches."""
    trainer(tmp_path / "plain").run()
    return weights(tmp_path / "plain")


def noisy(training: Training, **settings: Any) -> dict[str, Any]:
    """A view that draws numbers, and leaves the network evaluating."""
    torch.rand(7)
    training.network.module.eval()
    return {"numbers": np.arange(3.0) * settings.get("times", 1)}


@pytest.mark.parametrize(
    "script",
    [
        [("ready", GO), ("stopped", STOP)],
        [("ready", {"do": "go", "for": "step"}), ("paused", {"do": "go", "for": "epoch"}),
         ("paused", GO), ("stopped", STOP)],
        [("ready", GO), ("steps", {"do": "view", "view": "noisy", "id": 1}),
         ("steps", {"do": "graph", "of": "batch", "id": 2}), ("stopped", STOP)],
        [("ready", GO), ("steps", {"do": "pause"}), ("paused", {"do": "view", "view": "noisy"}),
         ("view", {"do": "graph", "of": "weights"}), ("view", GO), ("stopped", STOP)],
    ],
)  # fmt: skip
def test_whatever_is_asked_the_weights_are_those_of_a_plain_run(
    tmp_path: Path, plain: dict[str, bytes], script: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphlab.train.views.VIEWS", {"noisy": noisy})
    monkeypatch.setattr(serving, "_TOLD", 0.0)  # losses after every step
    told = Told(tmp_path / "served", *script)
    assert not told.script
    assert told.outcome == "done"
    assert weights(tmp_path / "served") == plain
    epochs = told.of("epoch")
    assert [e["step"] for e in epochs] == [PER_EPOCH * (i + 1) for i in range(EPOCHS)]
    assert all("accuracy" in e["train"] for e in epochs)


def test_a_stretch_ends_where_it_should(tmp_path: Path) -> None:
    step, epoch = {"do": "go", "for": "step"}, {"do": "go", "for": "epoch"}
    told = Told(tmp_path, ("ready", step), ("paused", step), ("paused", epoch), ("paused", STOP))
    assert [event["step"] for event in told.of("paused")] == [1, 2, PER_EPOCH]
    assert [event["epoch"] for event in told.of("paused")] == [0, 0, 1]


@pytest.mark.parametrize("index", [0, 1])
def test_a_batch_is_drawn_in_the_turn_that_is_asked_for(index: int, tmp_path: Path) -> None:
    made = Trainer(gallery("gan-2d"), open_data("eight-gaussians:examples=200"), out=tmp_path)
    batch = {"do": "graph", "of": "batch", "objective": index}
    events = io.BytesIO()
    lines = b"".join(json.dumps(line).encode() + b"\n" for line in (batch, GO))
    Server(made, io.BytesIO(lines), events).serve()
    (event,) = (e for e in map(json.loads, events.getvalue().splitlines()) if e["event"] == "view")
    loss = ("discriminator_loss", "generator_loss")[index]
    graph = load(Path(event["file"]))
    run = Run(graph, training=True).forward().backward()
    assert (event["objective"], event["loss"], graph.outputs) == (index, loss, (loss,))
    assert run.with_gradient().intersection(graph.parameters) == set(event["updates"])
    assert {name.partition("_")[0] for name in event["updates"]} == {loss.partition("_")[0]}


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_run_that_is_done_goes_on_for_more_epochs(schedule: Any, tmp_path: Path) -> None:
    more = {"do": "epochs", "epochs": EPOCHS + 2}
    told = Told(
        tmp_path / "run", ("ready", GO), ("stopped", GO), ("refused", more), ("paused", GO),
        ("stopped", STOP), schedule=schedule,
    )  # fmt: skip
    assert (
        f"{EPOCHS} epochs are done, and {EPOCHS} are asked for" in told.of("refused")[0]["message"]
    )
    (paused,) = told.of("paused")
    assert paused["epochs"] == EPOCHS + 2
    assert ("the cosine of loss ends after" in paused["note"]) is (schedule == "cosine")
    assert told.outcome == "done"
    steps = [event["step"] for event in told.of("epoch")]
    assert steps == [PER_EPOCH * (i + 1) for i in range(EPOCHS + 2)]
    assert told.trainer.folder.graph().recipe == told.trainer.training.recipe
    if schedule == "constant":
        alone = trainer(tmp_path / "alone")
        alone.training.recipe = alone.training.recipe.with_(epochs=EPOCHS + 2)
        alone.run()
        assert weights(tmp_path / "run") == weights(tmp_path / "alone")


def test_when_nobody_is_there_any_more_a_checkpoint_stays(tmp_path: Path) -> None:
    made = trainer(tmp_path)
    events = io.BytesIO()
    server = Server(made, io.BytesIO(json.dumps(GO).encode() + b"\n"), events)
    assert server.serve() == "paused"
    last = Checkpoints(tmp_path / "checkpoints").newest()
    assert last is not None
    assert last.progress.step == made.training.progress.step >= 1


def test_a_weight_set_by_hand_is_kept_and_trained_on(tmp_path: Path) -> None:
    name = next(iter(trainer(tmp_path / "other").training.graph.parameters))
    edit = {"do": "weights", "name": name, "index": [0, 0, 0, 0], "value": 7.5}
    told = Told(
        tmp_path / "run", ("ready", {"do": "go", "for": "step"}), ("paused", edit),
        ("edited", {"do": "graph", "of": "weights"}), ("view", STOP),
    )  # fmt: skip
    assert told.trainer.training.network.weights()
    last = Checkpoints(tmp_path / "run" / "checkpoints").newest()
    assert last is not None
    assert last.progress.step == 1
    key = told.trainer.training.network.names[name]
    assert last.weights[key][0, 0, 0, 0] == 7.5
    drawn = load(told.of("view")[0]["file"])
    assert np.asarray(drawn.nodes[name].attributes["value"])[0, 0, 0, 0] == 7.5


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ({"do": "dance", "id": 5}, "no command"),
        ({"do": "view", "view": "nothing", "id": 5}, "no view 'nothing'"),
        ({"do": "view", "view": "broken", "id": 5}, "view broken cannot be made"),
        ({"do": "view", "view": "sorry", "id": 5}, "there is a reason"),
        ({"do": "view", "view": "noisy", "settings": [3], "id": 5}, "view noisy"),
        ({"do": "weights", "name": "nobody", "index": [0], "value": 1, "id": 5}, "no parameter"),
        ({"do": "weights", "id": 5}, "cannot be done"),
        ({"do": "graph", "of": "../../elsewhere", "id": 5}, "choose weights or batch"),
        ({"do": "graph", "id": 5}, "choose weights or batch"),
        ({"do": "go", "for": "ever", "id": 5}, "no command"),
        *(
            ({"do": "epochs", "epochs": bad, "id": 5}, "epochs of the recipe cannot be")
            for bad in (
                0,
                -1,
                2.5,
                "3",
                True,
                None,
                10**7,
                [4],
            )
        ),
        ({"do": "epochs", "id": 5}, "cannot be done"),
    ],
)
def test_what_cannot_be_done_is_refused_and_nothing_ends(
    tmp_path: Path, command: dict[str, Any], found: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(training: Training) -> dict[str, Any]:
        raise RuntimeError("out of luck")

    def sorry(training: Training) -> dict[str, Any]:
        raise RunError("there is a reason")

    views = {"noisy": noisy, "broken": broken, "sorry": sorry}
    monkeypatch.setattr("graphlab.train.views.VIEWS", views)
    told = Told(
        tmp_path, ("ready", command), ("refused", {"do": "go", "for": "step"}), ("paused", STOP)
    )
    (refused,) = told.of("refused")
    assert refused["id"] == 5
    assert found in refused["message"]
    assert told.of("paused")[0]["step"] == 1


@pytest.mark.parametrize(
    ("change", "found"),
    [
        *(({"index": bad}, "give a list of 4 whole numbers") for bad in (
            [], [0], [0, 0, 0], [0, 0, 0, 0, 0], [0, 0, 0, 99], [0, 0, 0, -1], [0, 0, 0, True],
            [0, 0, 0, 0.0], [float("inf")] * 4, [10**400, 0, 0, 0], "0000", None, {"0": 0},
        )),
        *(({"value": bad}, "give a finite number") for bad in (
            10**400, 1e31, float("nan"), float("-inf"), True, "1", None, [1],
        )),
        ({"name": "nobody"}, "no parameter 'nobody'"),
        ({"name": ["unhashable"]}, "cannot be done"),
    ],
)  # fmt: skip
def test_a_weight_that_cannot_be_set_leaves_all_as_they_are(
    tmp_path: Path, change: dict[str, Any], found: str
) -> None:
    name = next(iter(trainer(tmp_path / "other").training.graph.parameters))
    edit = {"do": "weights", "name": name, "index": [0, 0, 0, 0], "value": 7.5, "id": 5, **change}
    told = Told(tmp_path / "run", ("ready", edit), ("refused", STOP))
    (refused,) = told.of("refused")
    assert refused["id"] == 5
    assert found in refused["message"]
    assert not told.of("edited")
    untouched = trainer(tmp_path / "untouched").training.network.weights()
    for key, array in told.trainer.training.network.weights().items():
        np.testing.assert_array_equal(array, untouched[key])


def test_after_an_explosion_the_batch_is_still_there(tmp_path: Path) -> None:
    told = Told(
        tmp_path, ("ready", GO), ("stopped", {"do": "graph", "of": "batch", "id": 1}),
        ("view", {**GO, "id": 2}), ("refused", STOP), optimizer="sgd", lr=1e6,
    )  # fmt: skip
    assert told.outcome == "diverged"
    (stopped,) = told.of("stopped")
    assert stopped["node"] in told.trainer.training.graph.nodes
    batch = load(told.of("view")[0]["file"])
    folder = told.trainer.folder.trouble()
    assert folder is not None
    for name, array in folder[1].items():
        np.testing.assert_array_equal(batch.nodes[name].attributes["value"], array)
    assert "start anew" in told.of("refused")[0]["message"]
    assert len(told.of("running")) == 1


def test_no_line_is_too_long_or_too_strange(tmp_path: Path) -> None:
    strange = (b"\xff\xfe nonsense", b"[1, 2]", b"", b"[" * 500_000, b"x" * (2**20 + 5))
    lines, events = io.BytesIO(b"\n".join(strange)), io.BytesIO()
    end = time.monotonic() + 60
    Server(trainer(tmp_path), lines, events).serve(lambda: time.monotonic() > end)
    told = [json.loads(line) for line in events.getvalue().splitlines()]
    assert [event["event"] for event in told] == ["ready"] + ["refused"] * (len(strange) + 1)
    assert time.monotonic() < end, "it went on when nobody was there any more"


class Torn:
    """Commands that cannot be read."""

    def readline(self, _most: int) -> bytes:
        raise OSError(errno.EIO, "input/output error")


def test_where_commands_cannot_be_read_it_ends(tmp_path: Path) -> None:
    end = time.monotonic() + 60
    Server(trainer(tmp_path), Torn(), io.BytesIO()).serve(lambda: time.monotonic() > end)
    assert time.monotonic() < end


def test_layers_come_by_depth(tmp_path: Path) -> None:
    training = trainer(tmp_path).training
    found = layers(training.graph, training.network.names)
    kinds = [(layer["told"], layer["kind"]) for layer in found]
    assert set(training.network.parameters()) == {
        name for name, kind in kinds if kind != "rectifier"
    }
    assert [name for name, kind in kinds if kind == "rectifier"]
    names = [name for name, _ in kinds]
    assert names.index("c.relu") < names.index("s.weight")
