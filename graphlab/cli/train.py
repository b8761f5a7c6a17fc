"""``graphlab train``: a graph on a data set, in a folder that can be resumed and looked at."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NoReturn

import click

from graphlab.api import read_source
from graphlab.cli.tables import print_table, print_text
from graphlab.cli.training import Board
from graphlab.cli.workers import Company, TrainCommand, in_company
from graphlab.data import open_data
from graphlab.errors import GraphLabError
from graphlab.graph.augment_words import read_augment
from graphlab.graph.recipe import SCHEDULES, Recipe

_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adagrad": {"optimizer": "adagrad"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
    "perceptron": {"optimizer": "perceptron"},
}

PAUSED, DIVERGED = 130, 1

_amount = click.FloatRange(min=0, max=1e6)


@click.command("train", cls=TrainCommand)
@click.argument("source")
@click.option(
    "--data", "spec", required=True, metavar="NAME", help="As in graphlab data, or a path."
)
@click.option("--out", required=True, metavar="FOLDER", help="Where the run is kept.")
@click.option("--epochs", type=click.IntRange(1, 10**6), help="3, or as the graph's recipe says.")
@click.option("--batch-size", type=click.IntRange(1, 10**7), help="64, or as the recipe says.")
@click.option("--optimizer", type=click.Choice(list(_OPTIMIZERS)), help="adam unless told.")
@click.option("--lr", type=click.FloatRange(0, 1e6, min_open=True), help="Learning rate; 0.001.")
@click.option("--schedule", type=click.Choice(SCHEDULES), help="Of the learning rate.")
@click.option("--warmup", type=click.IntRange(min=0), help="Steps in which the rate rises.")
@click.option("--weight-decay", type=_amount, help="The optimizer's own.")
@click.option("--l1", type=_amount, help="Weight of ‖w‖₁, added to the loss.")
@click.option("--l2", type=_amount, help="Weight of ‖w‖₂², added to the loss.")
@click.option("--clip", type=_amount, help="The largest norm of all gradients together.")
@click.option(
    "--augment",
    metavar="WORDS",
    help="Change training images by chance: flips, turns, crop=128, shift=2, brightness=0.2.",
)
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in FOLDER.")
@click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu")
@click.option(
    "--fast",
    is_flag=True,
    help="Fused optimizers, and bfloat16, channels last and more where a trial shows that it pays.",
)
@click.option("--tensorboard", is_flag=True, help="Write FOLDER/tensorboard too.")
@click.option(
    "--save-every",
    type=click.IntRange(min=0),
    default=0,
    help="Steps between checkpoints, beside those after every epoch.",
)
@click.option("--nproc", type=click.IntRange(1, 1024), help="Processes that share each batch.")
@click.option(
    "--shard", is_flag=True, help="Spread the weights over the processes, where they fit into none."
)
@click.option(
    "--max-restarts",
    type=click.IntRange(0, 1000),
    default=2,
    help="How often --nproc starts again from the last checkpoint when a process is lost.",
)
@click.option("--serve", is_flag=True, hidden=True, help="Take commands, as the window gives them.")
@click.pass_context
def command(
    context: click.Context, /, source: str, spec: str, out: str, resume: bool, **settings: Any
) -> None:
    """Train SOURCE on a data set.

    A graph without a loss gets the one that goes with the data, and is sized for its examples. The
    folder gets the graph, checkpoints (the newest and the best) and events.jsonl. Ctrl-C pauses
    after the step at hand, and --resume goes on as if nothing had been.

    The exit status is 0, 1 where the loss stopped being a number, or 130 where it was paused.
    """
    is_served = settings.pop("serve")
    many = {name: settings.pop(option) for name, option in _MANY.items()}

    def train(company: Company) -> int:
        is_again = resume or company.is_again
        trainer = company.agreed(lambda: _trainer(source, spec, out, settings))
        if is_served:
            return _serve(trainer, is_resumed=is_again)
        return _train(trainer, company, is_resumed=is_again)

    told = {"out": out, "device": settings["device"], "is_served": is_served}
    context.exit(in_company(context, train, **told, **many))


_MANY = {"nproc": "nproc", "is_sharded": "shard", "restarts": "max_restarts"}


def _train(trainer: Any, company: Company, *, is_resumed: bool) -> int:
    """Train to the end or to a pause, and show it; the exit status."""
    board = Board()
    if company.is_first:
        trainer.listen(board)
        _tell_haste(trainer)
    if is_resumed and not company.agreed(trainer.resume) and company.is_first:
        print(
            f"note: {trainer.out} has no checkpoint yet, so training starts anew", file=sys.stderr
        )
    if trainer.training.progress.step:
        print_text(f"Going on after step {trainer.training.progress.step:,}.")
        training = trainer.training
        if company.is_first:
            board.start(training.progress.step, training.recipe.epochs * len(training.batches))
    with _pausing() as is_asked:
        try:
            outcome = trainer.run(lambda: is_asked() or company.wants_pause())
        finally:
            board.stop()
    return _conclude(trainer, outcome, board.message)


def _tell_haste(trainer: Any) -> None:
    if trainer.haste is not None:
        from graphlab.train.fast import in_words

        print_text(in_words(trainer.haste, trainer.training))


def _serve(trainer: Any, *, is_resumed: bool) -> NoReturn:
    """Train as another process says, until it says stop or has gone."""
    from graphlab.train.serving import Server

    if is_resumed:
        trainer.resume()
    # unbuffered: no thread may hold the lock of sys.stdin when the process ends
    stream = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)  # noqa: SIM115
    with stream as commands, _pausing() as is_asked:
        Server(trainer, commands, sys.stdout.buffer).serve(is_asked)
    os._exit(0)  # all is on the disk, and torch takes seconds to be taken down


def _trainer(source: str, spec: str, out: str, settings: dict[str, Any]) -> Any:
    """What is to be trained; the graph is read before torch is loaded, to refuse it at once."""
    seed = settings.pop("seed")
    data, graph = open_data(spec, seed=seed), read_source(source)

    from graphlab.train.devices import device_named
    from graphlab.train.losses import with_loss
    from graphlab.train.trainer import Trainer

    device, is_fast = device_named(settings.pop("device")), settings.pop("fast")
    save_every, is_shown = settings.pop("save_every"), settings.pop("tensorboard")
    graph = with_loss(graph, data)
    recipe = changed(graph.recipe, settings)
    chosen: dict[str, Any] = {"is_fast": is_fast, "save_every": save_every, "spec": spec}
    if is_shown:
        from graphlab.train.tensorboard import TensorBoard

        board = TensorBoard(Path(out))
    trainer = Trainer(graph, data, recipe, out, seed, device, **chosen)
    if is_shown and trainer.ranks.is_first:
        trainer.listen(board)
    return trainer


def changed(recipe: Recipe | None, settings: dict[str, Any]) -> Recipe:
    """The recipe with what a person gave on the command line, for every objective."""
    if recipe is None:
        raise GraphLabError("the graph has no recipe: draw a loss")
    given = {key: value for key, value in settings.items() if value is not None}
    if "augment" in given:
        given["augment"] = read_augment(given["augment"])
    if "optimizer" in given:
        given |= {"momentum": 0.0, "nesterov": False, **_OPTIMIZERS[given["optimizer"]]}
    if settings.get("weight_decay") is not None:
        given["weight_decay"] = settings["weight_decay"]
    return recipe.with_(**given)


@contextmanager
def _pausing() -> Iterator[Any]:
    """Let the first Ctrl-C, or a request to end, be something that can be asked for."""
    asked: list[int] = []

    def note(number: int, frame: Any) -> None:
        if asked:
            raise KeyboardInterrupt
        asked.append(number)

    before = {kind: signal.signal(kind, note) for kind in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield lambda: bool(asked)
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _conclude(trainer: Any, outcome: str, message: str) -> int:
    from graphlab.train.evaluating import cost_of_haste

    if outcome == "paused":
        print_text(f"Paused after step {trainer.training.progress.step:,}: --resume goes on.")
        return PAUSED
    if outcome == "diverged":
        if message:
            print(f"graphlab: {message}", file=sys.stderr)
        return DIVERGED
    training = trainer.training
    if training.network.is_fast and not training.network.is_short:
        print_text("This device has no instructions for bfloat16, so float32 was used throughout.")
    elif training.network.is_fast:
        rows = cost_of_haste(training.network, training.data, trainer.held_back)
        print_table("What bfloat16 costs", [trainer.held_back, "bfloat16", "float32"], rows)
    if message:
        print_text(f"{message[0].upper()}{message[1:]}.")
    splits = training.data.splits
    only = "" if any(len(splits.get(s, ())) for s in ("test", "validation")) else " --split train"
    print_text(
        f"{trainer.out} holds the run: graphlab evaluate {trainer.out} --data {trainer.spec}{only}"
    )
    return 0
