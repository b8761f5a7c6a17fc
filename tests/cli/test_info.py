"""``graphlab info``: counts for people and for programs."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from graphlab.graph.gallery import gallery_names
from tests.cli.conftest import Cli


@pytest.mark.parametrize("name", gallery_names())
def test_every_network_tells_its_counts(cli: Cli, name: str) -> None:
    done = cli("info", f"gallery:{name}", "--json")
    assert (done.status, done.err) == (0, "")
    told = json.loads(done.out)
    for key in ("nodes", "edges", "groups", "parameters", "multiply_adds", "memory"):
        assert isinstance(told[key], int)
        assert told[key] > 0
    assert told["nodes"] == len(told["by_node"])
    assert told["groups"] == len(told["by_group"])
    assert told["parameters"] == sum(node["parameters"] for node in told["by_node"])
    assert told["multiply_adds"] == sum(node["multiply_adds"] for node in told["by_node"])
    assert not told["problems"]
    assert all(each["shape"][0] for each in (*told["inputs"], *told["outputs"]))


def test_the_table_shows_groups_as_deep_as_asked(cli: Cli) -> None:
    lines = {depth: cli("info", "gallery:resnet-18", "--depth", depth).out for depth in "0123"}
    assert "11689512" in lines["0"]
    assert "layer1" not in lines["0"]
    assert "435×435, stride 32×32" in lines["1"]
    assert "layer1_0 " not in lines["1"]
    assert "    layer1_0 " in lines["2"]
    assert "      layer1_0_conv1 " in lines["3"]


def test_a_group_is_told_alone(cli: Cli) -> None:
    whole = json.loads(cli("info", "gallery:resnet-18", "--json").out)
    done = cli("info", "gallery:resnet-18", "--group", "layer2_0", "--json")
    (told,) = (group for group in whole["by_group"] if group["name"] == "layer2_0")
    assert json.loads(done.out) == told
    assert told["parameters"] == 230_144
    table = cli("info", "gallery:resnet-18", "--group", "layer2_0", "--depth", "2").out
    assert "layer2_0_downsample_0" in table
    assert "230144" in table
    assert "layer3" not in table


def test_shapes_are_given_by_value_by_file_or_by_length(cli: Cli, tmp_path: Path) -> None:
    formula = "f = linear_layer(x, features=3)"
    np.savez(tmp_path / "a.npz", x=np.zeros((5, 2)))
    for option in (
        ("--shape", "x=5,2"),
        ("--shape", "x = (5, 2)"),
        ("--set", "x=[[1, 2], [1, 2], [1, 2], [1, 2], [1, 2]]"),
        ("--feed", str(tmp_path / "a.npz")),
    ):
        told = json.loads(cli("info", formula, *option, "--json").out)
        assert (told["parameters"], told["multiply_adds"]) == (9, 30)
        assert told["inputs"] == [{"name": "x", "declared": None, "shape": [5, 2]}]
    batch = json.loads(cli("info", "gallery:lenet-5", "--shape", "x=8,1,32,32", "--json").out)
    alone = json.loads(cli("info", "gallery:lenet-5", "--json").out)
    assert batch["multiply_adds"] == 8 * alone["multiply_adds"]
    assert batch["parameters"] == alone["parameters"]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("gallery:resnet-19",), "did you mean resnet-18"),
        (("gallery:lenet-5", "--shape", "x"), "--shape x=8,3,224,224"),
        (("gallery:lenet-5", "--shape", "x=a"), "--shape x=8,3,224,224"),
        (("gallery:lenet-5", "--shape", "y=1"), "no node y"),
        (("gallery:lenet-5", "--shape", "x=2,3"), "x was fed an array of 2×3 numbers, and its"),
        (("gallery:lenet-5", "--shape", "x=99999,99999,9999"), "at most"),
        (("gallery:lenet-5", "--depth", "-1"), "--depth"),
        (("gallery:lenet-5", "--group", "conv3"), "no group conv3: did you mean conv"),
    ],
)
def test_wrong_input_is_one_sentence(cli: Cli, arguments: tuple[str, ...], told: str) -> None:
    done = cli("info", *arguments)
    assert done.status == 2
    assert told in done.err
    assert done.err.count("\n") == 1


def test_what_does_not_fit_is_told(cli: Cli) -> None:
    done = cli("info", "f = input(2, 3) @ input(2, 3)")
    assert done.status == 0
    assert "Problems" in done.out
    assert "make them equal" in done.out
    assert "no shape is known" in cli("info", "f = x + y").out
