"""``graphlab``: finds the command, runs it, and turns every failure into one sentence."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence
from importlib import import_module

import click

from graphlab import __version__
from graphlab.cli.desktop import Desktop
from graphlab.cli.terminal import abandon_unwritten, complain, make_printable
from graphlab.errors import BUG, GraphLabError
from graphlab.suggest import did_you_mean

COMMANDS = (
    *("open", "run", "check", "parity", "paths", "ops", "info", "render"),
    *("compile", "import", "data", "train", "evaluate", "predict", "lessons", "grade"),
)

_FILES = {"import": "graphlab.cli.import_"}  # Python keeps some words for itself

WRONG_INPUT, INTERRUPTED, PIPE_CLOSED = 2, 130, 141


class Commands(click.Group):
    """Loads a command's file when it is asked for, so that the window need not wait for all."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(COMMANDS)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args[0] not in COMMANDS and not args[0].startswith("-"):
            hint = did_you_mean(args[0], COMMANDS) or f": choose {', '.join(COMMANDS)}"
            raise GraphLabError(f"there is no command {args[0]!r:.60}{hint}")
        return super().resolve_command(context, args)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in COMMANDS:
            return None
        command: click.Command = import_module(_FILES.get(name, f"graphlab.cli.{name}")).command
        return command


@click.group("graphlab", cls=Commands, invoke_without_command=True)
@click.version_option(__version__, prog_name="graphlab", message="%(prog)s %(version)s")
@click.pass_context
def graphlab(context: click.Context) -> None:
    """Draw a neural network as a computational graph and step it forward and backward.

    Without a command, the window opens.  A SOURCE is a formula such as "f = (x + y) * z", the
    path of a .graph.json file, or a network of the gallery such as gallery:lenet-5.

    The exit status is 0, 1 where the answer is no, or 2 where what was given is wrong.
    """
    if context.invoked_subcommand is None:
        desktop: Desktop = context.obj
        context.exit(desktop.open_window(None))


def main(arguments: Sequence[str], desktop: Desktop) -> int:
    """Run one command line and return its exit status; nothing is raised."""
    if sys.stdout is None:  # started with stdout closed
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  it lives as long as the process
    make_printable()
    try:
        status = _run(arguments, desktop)
        sys.stdout.flush()
    except (KeyboardInterrupt, click.Abort):
        return INTERRUPTED
    except Exception as error:
        return _explain(error)
    return status


def _run(arguments: Sequence[str], desktop: Desktop) -> int:
    try:
        with graphlab.make_context("graphlab", list(arguments), obj=desktop) as context:
            graphlab.invoke(context)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    return 0


def _explain(error: Exception) -> int:
    """Say in one sentence on stderr what went wrong, and return the exit status for it."""
    if os.environ.get("GRAPHLAB_DEBUG"):
        traceback.print_exception(error)
    match error:
        case OSError(errno=errno.EPIPE):
            abandon_unwritten()
            return PIPE_CLOSED
        case GraphLabError():
            return _fail(str(error))
        case click.NoSuchOption():
            hint = did_you_mean(error.option_name, error.possibilities or ())
            advice = "" if hint else "; a formula that starts with - goes after --"
            return _fail(f"there is no option {error.option_name}{hint or advice}")
        case click.ClickException():
            return _fail(error.format_message())
        case OSError():
            abandon_unwritten()
            where = f" {error.filename}" if error.filename else ""
            return _fail(f"could not read or write{where}: {error.strerror or error}")
        case MemoryError():
            return _fail("there is not enough memory for this graph; make its arrays smaller")
    _fail(
        f"a mistake in GraphLab itself stopped it ({type(error).__name__}: {error}); please "
        "report it with the command you gave, which GRAPHLAB_DEBUG=1 makes show the place"
    )
    return BUG


def _fail(sentence: str) -> int:
    complain(sentence)
    return WRONG_INPUT
