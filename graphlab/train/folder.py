"""The folder of a run: what was trained on what, so that it can be looked at and gone on with.

``run.json`` names the data with what tells it from other data, the seed and the revision;
``graph.graph.json`` is the graph with its loss and recipe; beside them are the events, the
checkpoints and, where training diverged, the batch it happened on.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Literal

import msgspec
import numpy as np
from filelock import FileLock, Timeout

from graphlab.data.columns import Array, Column, Scaled, is_resident, scaled
from graphlab.data.data_set import DataSet
from graphlab.data.opening import path_in
from graphlab.errors import FileError, GraphLabError, RunError
from graphlab.graph import Graph
from graphlab.graph.file import check_regular, load, save
from graphlab.graph.objectives import recipe_of, set_recipe
from graphlab.torch_backend.weights import load_weights, write_whole
from graphlab.train.checkpoints import Checkpoint, Checkpoints, read_checkpoint
from graphlab.train.fingerprint import fingerprint

_GRAPH = "graph.graph.json"
_MAX_RECORD = 2**24
_PATIENCE = 10.0  # seconds that who trained there may need to end


Rates = tuple[float, ...]
"""The learning rates of all objectives, in order."""


class Haste(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What ``--fast`` chose for a run: a resumed one goes on with it, bit for bit.

    ``note`` tells what could not be tried.
    """

    is_laid_out: bool = False
    is_compiled: bool = False
    note: str = ""


class RunRecord(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a run was started with, and what a prediction needs to know of its data."""

    format: Literal["graphlab.run"]
    version: Literal[1]
    revision: str
    data: str
    task: str
    example: tuple[int, ...]
    classes: tuple[str, ...] = ()
    seed: int = 0
    is_fast: bool = False
    precision: Literal["float32", "float64"] = "float32"
    mean: list[object] | None = None
    deviation: list[object] | None = None
    haste: Haste | None = None
    fingerprint: str = ""
    """What ``fingerprint`` says of the data; empty in a run of before it was kept."""
    rates: dict[str, Rates] = {}
    """By revision the learning rates, where they were changed; the graph has the last."""
    beside: str = ""
    """The path in ``data`` from the run's folder, where it lies next to that: they may be moved."""
    features: tuple[str, ...] = ()
    """The names of the columns of a table, which other data is matched by."""

    def standardised(self, x: Column) -> Column:
        """Examples as the network knows them, where its data was standardised."""
        if self.mean is None or self.deviation is None:
            return x
        mean, deviation = (np.asarray(part, np.float32) for part in (self.mean, self.deviation))
        return scaled(x[:], deviation, mean) if is_resident(x) else Scaled(x, deviation, mean)


class RunFolder:
    """The files of one run."""

    def __init__(self, path: Path | str, keep: int = 3) -> None:
        self.path = Path(path)
        self.checkpoints = Checkpoints(self.path / "checkpoints", keep)
        self.diverged = Checkpoints(self.path / "diverged", keep=1)
        self._claim = FileLock(self.path / ".training", thread_local=False)

    def is_begun(self) -> bool:
        """Whether there is something in it that a new run would overwrite."""
        return bool(self.checkpoints.steps())

    def claim(self) -> None:
        """Keep all others from training into the folder until it is released, or this is gone.

        It may be claimed again by who has it, and is released as often.
        Raises ``FileError`` where another one is at it.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            self._claim.acquire(_PATIENCE)
        except Timeout:
            raise FileError(
                f"{self.path} is being trained into by another training: wait until that has "
                "ended, or choose another folder"
            ) from None
        except (OSError, NotImplementedError):
            return  # a disk without locks, or one that cannot be written, which is told of then

    def release(self) -> None:
        """Let others train into the folder."""
        self._claim.release()

    def begin(
        self,
        graph: Graph,
        data: DataSet,
        *,
        revision: str,
        spec: str = "",
        seed: int = 0,
        is_fast: bool = False,
        precision: Literal["float32", "float64"] = "float32",
        haste: Haste | None = None,
    ) -> None:
        """Write what the run is, ``spec`` being what the data opens by.

        Raises ``FileError`` where the folder cannot be written.
        """
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            raise FileError(f"{self.path} cannot be made: {reason}; choose another") from None
        standard = data.standard
        record = RunRecord(
            "graphlab.run",
            1,
            revision,
            _placed(spec or data.name),
            data.task,
            tuple(int(size) for size in data.fields["x"].shape[1:]),
            data.classes,
            seed,
            is_fast,
            precision,
            None if standard is None else standard.mean.tolist(),
            None if standard is None else standard.deviation.tolist(),
            haste,
            fingerprint(data),
            beside=self._beside(spec or data.name),
            features=data.features,
        )
        save(graph, self.path / _GRAPH)
        self._write(record)

    def _write(self, record: RunRecord) -> None:
        text = msgspec.json.format(msgspec.json.encode(record)) + b"\n"
        write_whole(self.path / "run.json", text)

    def record(self) -> RunRecord:
        """What the run is; raises ``FileError`` where there is none, or it is damaged."""
        file = self.path / "run.json"
        if not file.exists():
            raise FileError(f"{self.path} holds no run: give the --out of graphlab train")
        check_regular(file, _MAX_RECORD)
        try:
            return msgspec.json.decode(file.read_bytes(), type=RunRecord)
        except (msgspec.DecodeError, UnicodeDecodeError, GraphLabError, OSError):
            raise FileError(f"{file} is damaged: it does not tell what was trained") from None

    def _beside(self, spec: str) -> str:
        """The path to the data from here, where it lies anywhere in the folder that this is in."""
        path, home = Path(path_in(spec)).expanduser().resolve(), self.path.resolve()
        if not path_in(spec) or not path.exists() or not path.is_relative_to(home.parent):
            return ""
        return (".." / path.relative_to(home.parent)).as_posix()

    def source(self) -> str:
        """What its data opens by, from any folder: where it was, or lies as it lay from here.

        ``is_own`` tells whether it is the same still.  Raises ``FileError`` where it is gone.
        """
        record = self.record()
        for spec in (record.data, self._near(record)):
            path = path_in(spec)
            if spec and (not path or Path(path).expanduser().exists()):
                return spec
        raise FileError(
            f"{self.path} was trained on {record.data}, and there is nothing of that name: bring "
            "it back"
        )

    def _near(self, record: RunRecord) -> str:
        """What the data opens by if the run was moved together with it; empty where it cannot."""
        settings = record.data[len(path_in(record.data)) :]
        return f"{(self.path / record.beside).resolve()}{settings}" if record.beside else ""

    def is_own(self, data: DataSet) -> bool:
        """Whether it was begun with these examples, as far as its record tells."""
        return self.record().fingerprint in ("", fingerprint(data))

    def check_same(self, data: DataSet, spec: str, seed: int, *, is_fast: bool = False) -> None:
        """Raise ``RunError`` where the run was begun with other examples, seed or haste."""
        if not (self.path / "run.json").exists():
            return
        begun = self.record()
        if begun.is_fast != is_fast:
            here, there = ("with", "add") if begun.is_fast else ("without", "leave out")
            raise RunError(
                f"{self.path} was begun {here} --fast, and goes on bit for bit only so: {there} "
                "--fast, or train into another folder"
            )
        if begun.seed != seed:
            raise RunError(
                f"{self.path} was begun with seed {begun.seed}, and {seed} was given: give "
                f"--seed {begun.seed}, or train into another folder"
            )
        self.check_own(data, spec)

    def check_own(self, data: DataSet, spec: str) -> None:
        """Raise ``RunError`` where it was begun with other examples, whatever their name."""
        if self.is_own(data):
            return
        begun = self.record().data
        then, now = (" as it was then", " now") if _placed(spec) == begun else ("", "")
        raise RunError(
            f"{self.path} was begun on {begun}{then}, and {spec} holds other examples{now}: give "
            "it those that it was begun on, or train into another folder"
        )

    def rates(self) -> dict[str, Rates]:
        """The learning rates that the run has had, by revision; raises ``FileError``."""
        record = self.record()
        return record.rates or {record.revision: rates_of(self.graph())}

    def change_rates(self, graph: Graph, revision: str) -> None:
        """Have the run go on with the rates of this graph; raises ``FileError``.

        Where it diverged with those of before is no trouble of it any more.
        """
        rates = {**self.rates(), revision: rates_of(graph)}
        self._write(msgspec.structs.replace(self.record(), revision=revision, rates=rates))
        save(graph, self.path / _GRAPH)
        shutil.rmtree(self.diverged.folder, ignore_errors=True)

    def keep_epochs(self, epochs: int) -> None:
        """Have the graph of the run, if one is begun, say how many epochs it has in all.

        Raises ``FileError``.
        """
        if not (self.path / _GRAPH).exists():
            return
        graph = self.graph()
        recipe = recipe_of(graph)
        if recipe.epochs != epochs:
            save(set_recipe(graph, recipe.with_(epochs=epochs)), self.path / _GRAPH)

    def haste(self) -> Haste | None:
        """What the run was made fast by; None where there is none yet, or it was not."""
        return self.record().haste if (self.path / "run.json").exists() else None

    def graph(self) -> Graph:
        """The graph with its loss and its recipe; raises ``FileError``."""
        return load(self.path / _GRAPH)

    def checkpoint(self, which: Literal["best", "last"] = "best") -> Checkpoint:
        """The best (or else the last) or the last checkpoint; ``FileError`` where there is none."""
        best = self.checkpoints.best() if which == "best" else None
        found = read_checkpoint(best) if best is not None else self.checkpoints.newest()
        if found is None:
            self.checkpoints.check_any()
            raise FileError(f"{self.path} holds no checkpoint")
        return found

    def trouble(self) -> tuple[Checkpoint, dict[str, Array], int] | None:
        """Where training diverged: what stood before it, the batch, and whose turn it was.

        None where it did not, or has come further since.
        """
        found, last = self.diverged.newest(), self.checkpoints.newest()
        if found is None or (last is not None and last.progress.step > found.progress.step):
            return None
        feeds = load_weights(self.diverged.folder / "batch.safetensors")
        turn = load_weights(self.diverged.folder / "turn.safetensors")
        return found, feeds, int(turn["objective"])


def _placed(spec: str) -> str:
    """A spec whose path is the same from any folder."""
    path = path_in(spec)
    is_there = path and Path(path).expanduser().exists()
    return f"{Path(path).expanduser().resolve()}{spec[len(path) :]}" if is_there else spec


def rates_of(graph: Graph) -> Rates:
    """The learning rates of a graph's recipe; raises ``GraphError`` where it has none."""
    return tuple(objective.lr for objective in recipe_of(graph).objectives)
