"""Quotes that are not closed and cells that never end cost the lines they are in, and no other."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest

from graphlab.data import open_data

COUNT = 60


def table(damaged: dict[int, str], heading: str = "a,b,k") -> str:
    """Rows of two numbers and a word, some of them with something else; 1 is the heading's line."""
    rows = [f"{i}.5,{-i}.25,{'pq'[i % 2]}" for i in range(COUNT)]
    return "\n".join([heading, *(damaged.get(i + 2, row) for i, row in enumerate(rows))]) + "\n"


@pytest.mark.parametrize("lines", [(2,), (12,), (61,), (12, 32), (12, 13), (12, 13, 14), (2, 61)])
@pytest.mark.parametrize("damage", ['"{}', '{},"p', '"', "{}" + "x" * 200_000, '"' + "y" * 200_000])
def test_a_quote_that_is_not_closed_costs_its_line(
    lines: tuple[int, ...], damage: str, tmp_path: Path
) -> None:
    texts = {line: damage.format(f"{line - 2}.5,{2 - line}.25") for line in lines}
    file = tmp_path / "a.csv"
    file.write_text(table(texts))
    data = open_data(str(file))
    kept = [i for i in range(COUNT) if i + 2 not in lines]
    is_word = damage == '{},"p' or damage.startswith("{}x")
    if not is_word:
        assert data.take(np.arange(len(data)))["x"][:, 0] == pytest.approx(np.array(kept) + 0.5)
        assert [int(said.split()[1]) for said in data.left_out] == list(lines)
    else:  # such a word may be a class, or be left out
        found = data.take(np.arange(len(data)))["x"][:, 0].tolist()
        assert set(found) >= {i + 0.5 for i in kept}


@pytest.mark.parametrize("text", ['"one\ntwo"', '"one, 2\n3, and\n\n4"', '"say ""no""\nnow"'])
def test_a_cell_of_several_lines_is_one(text: str, tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [f"{i}.5,{text},{'pq'[i % 2]}" for i in range(COUNT)]
    file.write_text("\n".join(["a,said,k", *rows]))
    data = open_data(str(file))
    assert len(data) == COUNT
    assert not data.left_out
    assert data.features == ("a",)


def test_a_quote_in_every_line_takes_no_longer_for_more(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    rows = [f"{i}.5,{i}.25,{'pq'[i % 2]}" for i in range(40_000)]
    rows[1000::3] = ['"' + row for row in rows[1000::3]]
    file.write_text("\n".join(["a,b,k", *rows]))
    begun = time.process_time()
    data = open_data(str(file))
    assert len(data) == 40_000 - len(rows[1000::3])
    assert time.process_time() - begun < 10
