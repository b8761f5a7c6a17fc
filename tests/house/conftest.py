"""The slowest tool begins as soon as it is known to be wanted, and works beside the other tests."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from tests.house.places import started

MYPY = ("mypy", "--strict", "graphlab")
_BEGUN = pytest.StashKey[Future[subprocess.CompletedProcess[str]]]()


def pytest_collection_finish(session: pytest.Session) -> None:
    if any(item.name == "test_a_tool_has_nothing_to_say[mypy --strict]" for item in session.items):
        pool = ThreadPoolExecutor(1)
        session.config.stash[_BEGUN] = pool.submit(started, sys.executable, "-m", *MYPY)
        pool.shutdown(wait=False)


@pytest.fixture
def mypy(pytestconfig: pytest.Config) -> Future[subprocess.CompletedProcess[str]]:
    """What mypy says of the package, once it has said it."""
    return pytestconfig.stash[_BEGUN]
