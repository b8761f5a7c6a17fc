"""``graphlab train``: a graph on a data set, in a folder that can be resumed and looked at."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import click
import msgspec

from graphlab.api import read_source
from graphlab.cli.tables import print_table, print_text
from graphlab.cli.training import Board
from graphlab.data import open_data
from graphlab.errors import GraphLabError
from graphlab.graph.recipe import SCHEDULES, Objective, Recipe

_OPTIMIZERS: dict[str, dict[str, Any]] = {
    "sgd": {"optimizer": "sgd"},
    "momentum": {"optimizer": "sgd", "momentum": 0.9},
    "nesterov": {"optimizer": "sgd", "momentum": 0.9, "nesterov": True},
    "adagrad": {"optimizer": "adagrad"},
    "rmsprop": {"optimizer": "rmsprop"},
    "adam": {"optimizer": "adam"},
    "adamw": {"optimizer": "adamw", "weight_decay": 0.01},
}

PAUSED, DIVERGED = 130, 1

_amount = click.FloatRange(min=0, max=1e6)


@click.command("train")
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
@click.option("--seed", type=click.IntRange(0, 2**63 - 1), default=0, show_default=True)
@click.option("--resume", is_flag=True, help="Go on from the last checkpoint in FOLDER.")
@click.option("--device", type=click.Choice(["cpu", "cuda", "auto"]), default="cpu")
@click.option(
    "--fast",
    is_flag=True,
    help="Fused optimizers, and bfloat16 with channels last where the device likes them.",
)
@click.option(
    "--save-every",
    type=click.IntRange(min=0),
    default=0,
    help="Steps between checkpoints, beside those after every epoch.",
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
    trainer = _trainer(source, spec, out, settings)
    if is_served:
        context.exit(_serve(trainer, is_resumed=resume))
    board = Board()
    trainer.listen(board)
    if resume and not trainer.resume():
        print(f"note: {out} has no checkpoint yet, so training starts anew", file=sys.stderr)
    if trainer.training.progress.step:
        print_text(f"Going on after step {trainer.training.progress.step:,}.")
        training = trainer.training
        board.start(training.progress.step, training.recipe.epochs * len(training.batches))
    with _pausing() as is_asked:
        try:
            outcome = trainer.run(is_asked)
        finally:
            board.stop()
    _conclude(context, trainer, outcome, board.message)


def _serve(trainer: Any, *, is_resumed: bool) -> int:
    """Train as another process says; 0 once it has said stop, or has gone."""
    from graphlab.train.serving import Server

    if is_resumed:
        trainer.resume()
    with _pausing() as is_asked:
        Server(trainer, sys.stdin.buffer, sys.stdout.buffer).serve(is_asked)
    return 0


def _trainer(source: str, spec: str, out: str, settings: dict[str, Any]) -> Any:
    """What is to be trained; the graph is read before torch is loaded, to refuse it at once."""
    seed = settings.pop("seed")
    data, graph = open_data(spec, seed=seed), read_source(source)

    from graphlab.train.devices import device_named
    from graphlab.train.losses import with_loss
    from graphlab.train.trainer import Trainer

    device, is_fast = device_named(settings.pop("device")), settings.pop("fast")
    save_every = settings.pop("save_every")
    graph = with_loss(graph, data)
    recipe = changed(graph.recipe, settings)
    chosen: dict[str, Any] = {"is_fast": is_fast, "save_every": save_every, "spec": spec}
    return Trainer(graph, data, recipe, out, seed, device, **chosen)


def changed(recipe: Recipe | None, settings: dict[str, Any]) -> Recipe:
    """The recipe with what a person gave on the command line, for every objective."""
    if recipe is None:
        raise GraphLabError("the graph has no recipe: draw a loss")
    given = {key: value for key, value in settings.items() if value is not None}
    whole = {key: given.pop(key) for key in ("epochs", "batch_size") if key in given}
    if "optimizer" in given:
        given |= {"momentum": 0.0, "nesterov": False, **_OPTIMIZERS[given["optimizer"]]}
    if settings.get("weight_decay") is not None:
        given["weight_decay"] = settings["weight_decay"]
    objectives: tuple[Objective, ...] = tuple(
        msgspec.structs.replace(objective, **given) for objective in recipe.objectives
    )
    return msgspec.structs.replace(recipe, objectives=objectives, **whole)


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


def _conclude(context: click.Context, trainer: Any, outcome: str, message: str) -> None:
    from graphlab.train.evaluating import cost_of_haste

    if outcome == "paused":
        print_text(f"Paused after step {trainer.training.progress.step:,}: --resume goes on.")
        context.exit(PAUSED)
    if outcome == "diverged":
        print(f"graphlab: {message}", file=sys.stderr)
        context.exit(DIVERGED)
    training = trainer.training
    if training.network.is_fast and not training.network.is_short:
        print_text("This device has no instructions for bfloat16, so float32 was used throughout.")
    elif training.network.is_fast:
        rows = cost_of_haste(training.network, training.data, trainer.held_back)
        print_table("What bfloat16 costs", [trainer.held_back, "bfloat16", "float32"], rows)
    print_text(
        f"{trainer.out} holds the run: graphlab evaluate {trainer.out} --data {trainer.spec}"
    )
