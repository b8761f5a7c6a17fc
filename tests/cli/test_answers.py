"""What the commands answer."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphlab import load
from graphlab.cli.app import COMMANDS
from graphlab.ops import REGISTRY
from graphlab.paths import shipped
from tests.cli.conftest import Cli
from tests.house.places import started

EXAMPLES = sorted((shipped("resources") / "examples").glob("*.graph.json"))
FED = ("--set", "x=-2", "--set", "y=5", "--set", "z=-4")


def strictly(text: str) -> dict[str, Any]:
    """JSON without the words that only Python reads."""

    def refuse(word: str) -> None:
        raise AssertionError(word)

    found = json.loads(text, parse_constant=refuse)
    assert isinstance(found, dict)
    return found


@pytest.mark.parametrize("command", [(), *((name,) for name in COMMANDS)])
def test_help(cli: Cli, command: tuple[str, ...]) -> None:
    done = cli(*command, "--help")
    assert (done.status, done.err) == (0, "")
    assert done.out.startswith(" ".join(("Usage: graphlab", *command)))


def test_run_gives_the_lectures_numbers(cli: Cli) -> None:
    """(x + y) z at −2, 5, −4: f = −12, gradients −4, −4, 3."""
    found = strictly(cli("run", "q = x + y; f = q * z", *FED, "--json", "--steps").out)
    nodes = {n["node"]: (n["value"], n["grad"]) for n in found["nodes"]}
    assert nodes == {"x": (-2, -4), "y": (5, -4), "q": (3, -4), "z": (-4, 3), "f": (-12, 1)}
    keys = ("source", "target", "partial", "upstream", "contribution")
    edges = [tuple(edge[key] for key in keys) for edge in found["edges"]]
    assert edges == [
        ("x", "q", 1, -4, -4),
        ("y", "q", 1, -4, -4),
        ("q", "f", -4, 1, -4),
        ("z", "f", 3, 1, 3),
    ]
    assert [step["phase"] for step in found["steps"]] == ["forward"] * 2 + ["backward"] * 5


def test_a_piped_table_has_every_digit(cli: Cli) -> None:
    out = cli("run", "s = sigmoid(x)", "--set", "x=1").out
    assert str(1 / (1 + math.exp(-1))) in out
    assert "…" not in out


def test_json_spells_what_is_no_number_and_what_is_not_computed(cli: Cli) -> None:
    found = strictly(
        cli(
            "run", "a = log(x); b = x * y; f = a - a", "--set", "x=0", "--backward", "f", "--json"
        ).out
    )
    values = {n["node"]: n["value"] for n in found["nodes"]}
    assert (values["a"], values["f"], values["b"]) == ("-Infinity", "NaN", None)


def test_arrays_come_from_lists_and_archives(cli: Cli, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    weight, x = random.normal(size=(2, 3)), random.normal(size=3).astype(np.float32)
    np.savez_compressed(tmp_path / "feed.npz", W=weight, x=np.zeros(3))
    command = ("run", "y = W @ x", "--feed", str(tmp_path / "feed.npz"), "--json")
    found = strictly(cli(*command, "--set", f"x={x.tolist()}", "--upstream", "[1, -2]").out)
    nodes = {n["node"]: n for n in found["nodes"]}
    np.testing.assert_allclose(nodes["y"]["value"], weight @ x)
    np.testing.assert_allclose(nodes["x"]["grad"], [1, -2] @ weight)
    edge = next(e for e in found["edges"] if e["source"] == "x")
    np.testing.assert_allclose(edge["partial"]["dense"], weight)


def test_several_outputs_get_values_and_a_note(cli: Cli) -> None:
    done = cli("run", "a = x + y; b = x * y", "--set", "x=1", "--set", "y=2")
    assert done.status == 0
    assert "--backward" in done.err
    assert cli("run", "a = x + 1; b = x * x", "--set", "x=3", "--backward", "b").err == ""


def test_what_can_be_computed_is_shown_with_what_cannot(cli: Cli) -> None:
    done = cli("run", "a = x * 2; f = a + y", "--set", "x=3", "--json")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "y" in done.err
    values = {n["node"]: n["value"] for n in strictly(done.out)["nodes"]}
    assert (values["a"], values["f"]) == (6, None)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda path: path.name.partition(".")[0])
def test_every_example_runs_and_three_judges_agree(cli: Cli, example: Path, tmp_path: Path) -> None:
    graph = load(example)
    open_inputs: dict[str, Any] = {
        name: np.zeros([2 if size is None else size for size in node.attributes["shape"] or ()])
        for name, node in graph.nodes.items()
        if name in graph.inputs and "value" not in node.attributes
    }
    np.savez(tmp_path / "feed.npz", **open_inputs)
    for command in ("run", "check"):
        for output in graph.outputs:
            options = ("--feed", str(tmp_path / "feed.npz"), "--backward", output)
            done = cli(command, str(example), *options)
            assert (done.status, done.err) == (0, "")


def test_examples_exist() -> None:
    assert EXAMPLES


def test_check_says_no(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    source = ("check", "f = sum(sin(x))", "--set", "x=[0.5, 1]", "--json")
    assert cli(*source).status == 0
    wrong = staticmethod(lambda out, x: (2 * np.cos(x),))
    monkeypatch.setattr(REGISTRY["sin"], "local", wrong)
    done = cli(*source)
    assert (done.status, done.err) == (1, "")
    found = strictly(done.out)
    assert found["agrees"] is False
    assert found["rows"][0]["node"] == "x"


def test_ops_has_every_op_and_a_page_each(cli: Cli) -> None:
    listed = cli("ops").out
    records = {op["name"]: op for op in json.loads(cli("ops", "--json").out)}
    assert records.keys() == REGISTRY.keys()
    for name, op in REGISTRY.items():
        assert name in listed
        page = cli("ops", name).out
        assert all(part in page for part in (op.page(), op.formula.text(), *op.attributes))


def test_paths_count_and_add_up(cli: Cli) -> None:
    source = "b = a + a; " + "; ".join(f"b{i + 1} = b{i or ''} + b{i or ''}" for i in range(99))
    found = strictly(cli("paths", source, "a", "b99", "--set", "a=1", "--json").out)
    assert (found["count"], found["sum"]) == (2**100, 2.0**100)
    assert f"{2**100:,} paths" in cli("paths", source, "a", "b99").out


@pytest.mark.parametrize("kind", ["svg", "png", "pdf"])
def test_render_writes_a_picture(kind: str, tmp_path: Path) -> None:
    """In a process of its own: Qt has one application a process, and this one has no widgets."""
    out = tmp_path / f"picture.{kind}"
    command = (sys.executable, "-m", "graphlab", "render", "f = (x + y) * z", out)
    done = started(*command, *FED, "--dark")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    start = {"svg": b"<?xml", "png": b"\x89PNG", "pdf": b"%PDF"}[kind]
    assert out.read_bytes().startswith(start)
