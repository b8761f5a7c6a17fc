"""Data as other tools lay it out: its splits stand, and what is not used is told of."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphlab.data import open_data
from graphlab.errors import DataError
from tests.data.test_readers import COLOUR, DEEP, GRAY, IDS, MASKS, fields


# --- archives -----------------------------------------------------------------------------------
@pytest.mark.parametrize("name", ["val", "valid", "validation"])
def test_a_validation_split_of_an_archive_stands(tmp_path: Path, name: str) -> None:
    spans = {"train": slice(3), name: slice(3, 5), "test": slice(5, 6)}
    arrays: dict[str, Any] = {
        f"{k}_{n}": a[s] for n, s in spans.items() for k, a in (("x", GRAY), ("y", IDS))
    }
    np.savez(tmp_path / "set.npz", weights=np.ones(6), **arrays)
    data = open_data(str(tmp_path / "set.npz"))
    assert [data.rows(part).tolist() for part in ("train", "validation", "test")] == [
        [0, 1, 2], [3, 4], [5],
    ]  # fmt: skip
    assert np.array_equal(fields(data)["x"][:, 0], GRAY / np.float32(255))
    assert np.array_equal(fields(data)["y"], IDS)
    assert any("weights" in note for note in data.notes)
    for key, other in ((f"y_{name}", None), (f"x_{name}", DEEP[3:5]), (f"y_{name}", IDS)):
        changed: dict[str, Any] = {k: a for k, a in {**arrays, key: other}.items() if a is not None}
        np.savez(tmp_path / "bad.npz", **changed)
        with pytest.raises(DataError, match=key):
            open_data(str(tmp_path / "bad.npz"))


@pytest.mark.parametrize("axis", [None, 1, -1])
@pytest.mark.parametrize("is_repeated", [True, False])
def test_masks_of_an_archive_get_their_channel_where_images_have_it(
    tmp_path: Path, axis: int | None, is_repeated: bool
) -> None:
    labels = MASKS if axis is None else np.expand_dims(MASKS, axis)
    mask = (labels > 0) if is_repeated else (labels > 1)
    np.savez(tmp_path / "set.npz", images=COLOUR, labels=labels, mask=mask, ids=IDS)
    data = open_data(str(tmp_path / "set.npz"))
    assert np.array_equal(fields(data)["labels"], MASKS[:, None])
    assert np.array_equal(fields(data)["mask"], MASKS[:, None] > 0)
    assert any("of the masks was moved" in note for note in data.notes) is (axis == -1)
    left = next(note for note in data.notes if "left away" in note)
    assert left.endswith(": ids" if is_repeated else ": mask, ids")
