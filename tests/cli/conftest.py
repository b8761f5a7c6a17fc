"""A command line run in this process, with a desktop that draws nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from graphlab.cli.app import main
from graphlab.cli.desktop import Desktop


class Done(NamedTuple):
    """How it ended, and what it said."""

    status: int
    out: str
    err: str


Cli = Callable[..., Done]


@pytest.fixture
def cli(capsys: pytest.CaptureFixture[str]) -> Cli:
    def run(*arguments: str) -> Done:
        status = main(arguments, Desktop(lambda path: 0, lambda *picture: None))
        return Done(status, *capsys.readouterr())

    return run
