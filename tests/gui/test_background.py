"""Work in other threads: what may end when, and in which thread things die."""

from __future__ import annotations

import gc
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import shiboken6

from graphlab.gui import garbage
from graphlab.gui.background import Background
from graphlab.gui.session import Session


@pytest.fixture
def collecting() -> Iterator[set[str]]:
    """The threads in which garbage was collected."""
    found: set[str] = set()

    def note(phase: str, _told: dict[str, int]) -> None:
        found.add(threading.current_thread().name)

    gc.callbacks.append(note)
    yield found
    gc.callbacks.remove(note)


def _churn(report: Any) -> int:
    for count in range(200):
        report(count)
        for _ in range(500):
            ring: list[object] = []
            ring.append(ring)
    return 7


def test_garbage_is_collected_in_the_windows_thread_alone(qtbot: Any, collecting: set[str]) -> None:
    qtbot.waitUntil(lambda: not garbage.is_any_at_work())
    background, answers = Background(), list[int]()
    background.start_reporting(_churn, answers.append)
    with qtbot.waitSignal(background.is_busy_changed, timeout=20_000):
        pass
    assert answers == [7]
    assert not gc.isenabled(), "Python collects nothing by itself, in whatever Qt is in then"
    _churn(lambda _count: None)
    qtbot.waitUntil(lambda: bool(collecting))
    assert collecting == {threading.main_thread().name}


def test_a_job_outlives_what_began_it(qtbot: Any) -> None:
    may_end, answers = threading.Event(), list[object]()
    background = Background()
    background.start(lambda: may_end.wait(20), answers.append)
    shiboken6.delete(background)
    may_end.set()
    qtbot.waitUntil(lambda: not garbage.is_any_at_work())
    assert answers == []


@pytest.mark.parametrize("is_replaced", [True, False])
def test_an_answer_nobody_waits_for_is_dropped(qtbot: Any, is_replaced: bool) -> None:
    may_end, answers, busy = threading.Event(), list[object](), list[bool]()
    background = Background()
    background.is_busy_changed.connect(busy.append)
    background.start(lambda: may_end.wait(20), answers.append)
    if is_replaced:
        background.start(lambda: "new", answers.append)
    else:
        background.drop()
    may_end.set()
    qtbot.waitUntil(lambda: not background.is_busy and not garbage.is_any_at_work())
    assert answers == (["new"] if is_replaced else [])
    assert busy[-1] is False


def test_gradients_of_the_old_start_do_not_come_after_a_new_one_was_chosen(
    qtbot: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("graphlab.gui.stepping.HEAVY", 0)
    session = Session()
    session.set_formula("x = 2\nf = x * 3\ng = x * 5")
    session.backward()
    assert session.background.is_busy
    session.set_start("g")
    assert not session.background.is_busy
    session.backward()
    qtbot.waitUntil(lambda: not session.background.is_busy)
    assert session.run.start == "g"
    assert session.run.grad("x") == 5.0
