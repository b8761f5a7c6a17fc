"""A command line run in this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import pytest

from graphlab.__main__ import draw
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
        status = main([str(a) for a in arguments], Desktop(lambda path: 0, draw))
        return Done(status, *capsys.readouterr())

    return run
