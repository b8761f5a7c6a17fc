"""The wheel, installed elsewhere, does what the checkout does."""

from __future__ import annotations

import json
import sys
import zipfile
from pathlib import Path

import numpy
import pytest

from tests.house.places import ROOT, started


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    done = started(
        sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (made,) = folder.glob("*.whl")
    return made


@pytest.mark.parametrize("folder", ["resources", "lessons"])
def test_it_carries_every_shipped_file(wheel: Path, folder: str) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    files = {p.relative_to(ROOT).as_posix() for p in (ROOT / folder).rglob("*") if p.is_file()}
    assert files
    assert {f"graphlab/_shipped/{name}" for name in files} <= inside


def test_an_installation_runs_an_example(wheel: Path, tmp_path: Path) -> None:
    """The new environment sees this one's packages through a .pth file, which spares fetching
    torch and Qt a second time; GraphLab itself is its own."""
    home, elsewhere = tmp_path / "home", tmp_path / "elsewhere"
    elsewhere.mkdir()
    steps: list[tuple[str | Path, ...]] = [
        (sys.executable, "-m", "venv", "--without-pip", home),
        (
            *(sys.executable, "-m", "pip", "--python", home / "bin" / "python"),
            *("install", "--quiet", "--no-deps", "--no-index", wheel),
        ),
    ]
    for step in steps:
        done = started(*step)
        assert done.returncode == 0, done.stderr
    (site,) = home.glob("lib/python*/site-packages")
    (site / "borrowed.pth").write_text(str(Path(numpy.__file__).parents[1]))

    where = "from graphlab.paths import shipped; print(shipped('resources'))"
    found = started(home / "bin" / "python", "-c", where, cwd=elsewhere, env={"PYTHONPATH": ""})
    resources = Path(found.stdout.strip())
    assert resources.is_relative_to(home), found.stderr
    example = resources / "examples" / "sum-times.graph.json"
    command = (home / "bin" / "graphlab", "run", example, "--json")
    done = started(*command, cwd=elsewhere, env={"PYTHONPATH": ""})
    assert done.returncode == 0, done.stderr
    values = {node["node"]: node["value"] for node in json.loads(done.stdout)["nodes"]}
    assert values["f"] == (values["x"] + values["y"]) * values["z"]
