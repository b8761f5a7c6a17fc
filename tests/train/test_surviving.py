"""What a run lives through for real: files that may not grow, kills, a million images.

The last two take their time, so they are not part of the default run.
"""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch

from graphlab.errors import FileError
from graphlab.train import checkpoints as checkpoints_file
from graphlab.train.checkpoints import Checkpoints
from tests.house.places import ROOT
from tests.train.test_resuming import final, losses, trainer


@pytest.mark.parametrize("most", [100, 1500, 4000])
def test_where_files_may_not_grow_the_last_checkpoint_stands(most: int, tmp_path: Path) -> None:
    assert trainer(tmp_path / "whole").run() == "done"
    one = trainer(tmp_path / "full")
    assert one.run(lambda: one.training.progress.step == 5) == "paused"
    before = [path.name for path in one.checkpoints.steps()]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(FileError, match=r"cannot be written.*stands"):
            one.run()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert [path.name for path in one.checkpoints.steps()] == before
    again = trainer(tmp_path / "full")
    assert again.resume()
    assert again.run() == "done"
    assert final(tmp_path / "whole") == final(tmp_path / "full")


@pytest.mark.parametrize("call", [1, 2])
def test_a_step_saved_twice_is_never_gone(
    call: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed between two renames of saving it again."""
    one = trainer(tmp_path)
    assert one.run(lambda: True) == "paused"
    kept = Checkpoints(one.checkpoints.folder, keep=1)
    made = one.training.snapshot()
    kept.save(made)
    calls, rename = iter(range(1, 9)), Path.rename

    class Killed(BaseException):
        pass

    def dying(source: Path, target: Path) -> Path:
        if next(calls) > call - 1:
            raise Killed
        return rename(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(checkpoints_file.Path, "rename", dying)
        with pytest.raises(Killed):
            kept.save(made)
    found = kept.newest()
    assert found is not None
    assert found.progress.step == made.progress.step
    kept.save(made)
    assert [path.name for path in kept.folder.glob("[.s]*")] == ["step-000000001"]


TRAINING = """
import sys
from pathlib import Path
from tests.train.test_resuming import trainer
one = trainer(Path(sys.argv[1]))
one.save_every = 1
one.resume()
print("ready", flush=True)
one.run()
print("done", flush=True)
"""


@pytest.mark.parametrize(
    "content", [b"", b"[" * 100, b"7", b'"../away"', b'"step-000000002"', 2**42]
)
def test_what_does_not_point_to_a_checkpoint_is_passed_over(
    tmp_path: Path, content: bytes | int
) -> None:
    place = tmp_path / "step-000000001"
    place.mkdir()
    (tmp_path / "best.json").write_text(f'"{place.name}"')
    assert Checkpoints(tmp_path).best() == place
    with (tmp_path / "best.json").open("wb") as file:
        if isinstance(content, bytes):
            file.write(content)
        else:
            file.truncate(content)  # more than fits into memory
    assert Checkpoints(tmp_path).best() is None


@pytest.mark.slow
def test_killed_again_and_again_it_arrives_at_the_same_bits(tmp_path: Path) -> None:
    whole = trainer(tmp_path / "whole")
    whole.save_every = 1
    start = time.perf_counter()
    assert whole.run() == "done"
    length = time.perf_counter() - start
    out, random = tmp_path / "killed", np.random.default_rng(1)
    threads = str(torch.get_num_threads())
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": threads}
    for _ in range(4):
        child = subprocess.Popen(
            [sys.executable, "-c", TRAINING, str(out)], env=environment, stdout=subprocess.PIPE
        )
        assert child.stdout is not None
        child.stdout.readline()
        time.sleep(float(random.uniform(0, length / 2)))
        child.send_signal(signal.SIGKILL)
        child.wait()
        child.stdout.close()
    last = trainer(out)
    last.save_every = 1
    last.resume()
    assert last.run() == "done"
    assert final(tmp_path / "whole") == final(out)
    assert losses(tmp_path / "whole") == losses(out)


MILLION = """
import resource, sys
from graphlab.api import read_source
from graphlab.data import open_data
from graphlab.graph.recipe import Objective, Recipe
from graphlab.train.losses import with_loss
from graphlab.train.trainer import Trainer
data = open_data(sys.argv[1])
graph = with_loss(read_source("s = linear_layer(flatten(x), features=10)"), data)
recipe = Recipe((Objective("loss", lr=0.01),), batch_size=500, epochs=1)
one = Trainer(graph, data, recipe, sys.argv[2], is_fast=sys.argv[3] == "fast")
peak = lambda: resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
assert one.run(lambda: one.training.progress.step == 5) == "paused"
before = peak()
assert one.run() == "done"
print(len(data.rows("train")), one.training.progress.step, peak() - before)
"""


@pytest.mark.slow
def test_a_million_images_are_trained_on_in_bounded_memory(tmp_path: Path) -> None:
    count, side = 10**6, 28
    random = np.random.default_rng(0)
    for name, sizes in (("train-images-idx3-ubyte", (count, side, side)),
                        ("train-labels-idx1-ubyte", (count,))):  # fmt: skip
        with (tmp_path / name).open("wb") as file:
            file.write(bytes([0, 0, 8, len(sizes)]) + np.array(sizes, ">u4").tobytes())
            if len(sizes) == 1:
                file.write(random.integers(0, 10, count, np.uint8).tobytes())
            else:
                file.truncate(file.tell() + int(np.prod(sizes)))  # sparse: nothing on the disk
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", MILLION, str(tmp_path), str(tmp_path / "out"), "fast"],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    rows, steps, grown = map(int, done.stdout.split())
    assert rows >= 0.8 * count
    assert steps == -(-rows // 500)
    assert grown < 200 * 1024  # kilobytes; as float32 the images are 3.1 million
