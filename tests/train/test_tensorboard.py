"""What TensorBoard reads of a run is what its events say."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from graphlab.errors import RunError
from graphlab.train.events import Event
from graphlab.train.tensorboard import TensorBoard, scalars
from tests.train.test_resuming import losses, trainer


def test_event_files_hold_the_events(tmp_path: Path) -> None:
    """Also of a run that was paused: every step once."""
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    told: list[Event] = []
    for stop in (5, 100):
        one, count = trainer(tmp_path), iter(range(stop))
        board = TensorBoard(tmp_path)
        one.listen(board)
        one.listen(told.append)
        one.resume()
        one.run(lambda count=count: next(count, None) is None)  # type: ignore[misc]
        board.close()
    read = EventAccumulator(str(tmp_path / "tensorboard"))
    read.Reload()
    expected: dict[str, dict[int, float]] = {}
    for event in told:
        for name, value, step in scalars(event):
            expected.setdefault(name, {})[step] = value
    assert set(read.Tags()["scalars"]) == set(expected)
    for name, values in expected.items():
        found = {point.step: point.value for point in read.Scalars(name)}
        if name != "epoch/seconds":
            assert found == pytest.approx(values), name
    assert list(expected["loss/loss"].values()) == losses(tmp_path)


def test_without_the_package_it_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(RunError, match=r"pip install 'graphlab\[tensorboard\]'"):
        TensorBoard(tmp_path)
