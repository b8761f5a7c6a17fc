"""Batches: every row once an epoch, resumed bit for bit, streamed like those in memory."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graphlab.data import Batches, DataSet, open_data
from graphlab.data.columns import Scaled
from graphlab.errors import DataError

POINTS = open_data("spiral:examples=101,split=70/20/10")


def streamed(data: DataSet) -> DataSet:
    return replace(data, fields={key: Scaled(values) for key, values in data.fields.items()})


def joined(batches: list[dict[str, Any]]) -> dict[str, Any]:
    return {key: np.concatenate([batch[key] for batch in batches]) for key in batches[0]}


@given(
    size=st.integers(1, 90),
    seed=st.integers(0, 2**63 - 1),
    epoch=st.integers(0, 1000),
    at=st.integers(0, 100),
    split=st.sampled_from(["train", "validation", "test"]),
    is_streamed=st.booleans(),
)
def test_an_epoch_is_a_permutation_and_can_be_resumed(
    size: int, seed: int, epoch: int, at: int, split: str, is_streamed: bool
) -> None:
    batches = Batches(streamed(POINTS) if is_streamed else POINTS, split, size, seed)
    count = len(POINTS.rows(split))
    seen, positions = [], []
    for batch in batches.epoch(epoch):
        seen.append(batch)
        positions.append(batches.position)
    assert len(seen) == len(batches) == -(-count // size)
    assert {len(batch["x"]) for batch in seen[:-1]} <= {size}
    whole, expected = joined(seen), POINTS.take(batches.order(epoch))
    assert sorted(batches.order(epoch)) == POINTS.rows(split).tolist()
    for key, values in whole.items():
        assert values.dtype == np.float32
        assert values.tobytes() == expected[key].tobytes()
    assert positions[-1] == (epoch + 1, 0)

    stop = at % len(seen)
    position = positions[stop - 1] if stop else (epoch, 0)
    fresh = Batches(POINTS, split, size, seed)
    for old, new in zip(seen[stop:], fresh.resume(position), strict=True):
        assert all(old[key].tobytes() == new[key].tobytes() for key in old)


def test_each_epoch_and_seed_has_its_own_order() -> None:
    orders = {
        tuple(Batches(POINTS, seed=seed).order(epoch)) for seed in range(5) for epoch in range(5)
    }
    assert len(orders) == 25
    unshuffled = Batches(POINTS, "test", shuffled=False)
    assert np.array_equal(unshuffled.order(7), POINTS.rows("test"))


def test_a_batch_in_memory_costs_the_same_calls_whatever_its_size() -> None:
    data = open_data("clouds:examples=5000")

    def calls(size: int) -> int:
        batches, count = Batches(data, size=size).epoch(0), 0

        def tally(frame: Any, event: str, argument: Any) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        next(batches)
        sys.setprofile(tally)
        try:
            next(batches)
        finally:
            sys.setprofile(None)
        return count

    assert calls(10) == calls(1000)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"size": 0}, "at least 1"),
        ({"split": "trian"}, "did you mean train"),
        ({"names": ("z",)}, "no field 'z'"),
    ],
)
def test_what_cannot_be_is_told(options: dict[str, Any], told: str) -> None:
    with pytest.raises(DataError, match=told):
        Batches(POINTS, **options)
    with pytest.raises(DataError, match="validation split of and is empty"):
        Batches(open_data("and"), "validation")


STREAM = """
import resource, sys
from graphlab.data import Batches, open_data
data = open_data(sys.argv[1])
batches = Batches(data, size=512).epoch(0)
next(batches)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
seen = sum(len(batch["x"]) for batch, _ in zip(batches, range(150)))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(len(data), seen, after - before)
"""


def test_a_million_images_stream_in_bounded_memory(tmp_path: Path) -> None:
    """The file is sparse: 3 GB long, and nothing on the disk."""
    count, side = 10**6, 56
    for name, sizes in (("train-images-idx3-ubyte", (count, side, side)),
                        ("train-labels-idx1-ubyte", (count,))):  # fmt: skip
        header = bytes([0, 0, 8, len(sizes)]) + np.array(sizes, ">u4").tobytes()
        with (tmp_path / name).open("wb") as file:
            file.write(header)
            file.truncate(len(header) + int(np.prod(sizes)))
    done = subprocess.run(
        [sys.executable, "-c", STREAM, str(tmp_path)], capture_output=True, text=True, check=True
    )
    images, seen, grown = map(int, done.stdout.split())
    assert (images, seen) == (count, 150 * 512)
    assert grown < 160 * 1024  # kilobytes; what was read is 240 million


def test_streamed_rows_are_those_in_the_file(tmp_path: Path) -> None:
    from graphlab.data import columns
    from graphlab.data.columns import OnDisk

    stored = np.random.default_rng(0).integers(0, 256, (3000, 40), np.uint8)
    path = tmp_path / "stored"
    path.write_bytes(b"head" + stored.tobytes())
    on_disk = OnDisk(path, (3000, 4, 10), np.uint8, offset=4, step=40)
    random = np.random.default_rng(1)
    for _ in range(20):  # enough for the map to be given back several times
        rows = random.integers(0, 3000, 2 * columns.MAPPED_BYTES // 2**16 // 20)
        assert np.array_equal(on_disk[rows], stored.reshape(3000, 4, 10)[rows])
    assert list(islice((on_disk[i].shape for i in range(2)), 2)) == [(4, 10)] * 2
