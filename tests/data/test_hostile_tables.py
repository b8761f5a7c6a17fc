"""Quotes that are not closed and cells that never end cost the lines they are in, and no other."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from graphlab.data import open_data
from graphlab.data.reading.delimited import read_table

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


@pytest.mark.parametrize(
    "above",
    ['1,,"x",p', '1,2,"x"', "1,2", "1,2,3,4,5,6", '"1,2,x,p', '1,?,"x\ny",q', 'one,2,"x",p', ""],
)
@pytest.mark.parametrize("text", ["two\nlines", "Dear all, 2\nthree, and\n\n4,5"])
def test_a_row_of_several_lines_is_one_whatever_is_above(
    above: str, text: str, tmp_path: Path
) -> None:
    rows = [f"{i},{-i},word,{'pq'[i % 2]}" for i in range(COUNT)]
    rows[20] = above
    rows[21] = f'21,-21,"{text}",q'
    file = tmp_path / "a.csv"
    file.write_text("\n".join(["a,b,said,k", *rows]))
    data = open_data(str(file))
    kept = data.take(np.arange(len(data)))["x"]
    assert kept.tolist().count([21, -21]) == 1
    assert {(i, -i) for i in range(COUNT) if i != 20} <= set(map(tuple, kept.tolist()))


def _opened_again(row: int) -> str:
    return f'{row},5"b,"c'


def _opened(row: int) -> str:
    return f'{row}.5,"{row}.25,p' if row % 3 == 0 else f"{row}.5,{row}.25,q"


def _opened_and_closed_far_below(row: int) -> str:
    return f'{row},2,"p' if row % 400 else f'{row},2,p"'


@pytest.mark.parametrize("shape", [_opened_again, _opened, _opened_and_closed_far_below])
def test_quotes_cost_no_more_than_their_lines(shape: Callable[[int], str], tmp_path: Path) -> None:
    def seconds(count: int) -> float:
        file = tmp_path / f"{count}.csv"
        file.write_text("\n".join(["a,b,k", *map(shape, range(count))]))
        table = read_table(file)
        begun = time.process_time()
        assert list(table.rows())
        return time.process_time() - begun

    few, many = (min(seconds(count) for _ in range(3)) for count in (3_000, 6_000))
    assert many < 3 * few + 0.05
