"""How fast a graph is stepped, against micrograd and torch in the same run.

``python tests/benchmarks/engine.py`` prints one line a measurement.  Each engine runs in a
process of its own on one thread, the peers with the garbage collector off, and the best of a few
rounds counts.  micrograd comes with ``pip install graphlab[dev]``.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))
import scalar_graphs

BATCH, LAYERS = 64, (784, 300, 10)


def best(once: Callable[[], Any], rounds: int) -> float:
    """Seconds of the fastest of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        once()
        times.append(time.perf_counter() - start)
    return min(times)


# --- one process each -------------------------------------------------------------------------
def graphlab_scalar(name: str) -> float:
    from graphlab.engine import Run

    graph, last = scalar_graph(name)
    Run(graph).forward().backward(last)
    return best(lambda: Run(graph).forward().backward(last), 9)


def micrograd_scalar(name: str) -> float:
    from micrograd.engine import Value

    gc.disable()
    leaves, program = scalar_graphs.make(name)

    def once() -> None:
        values = [Value(x) for x in leaves]
        for op, a, b in program:
            if b is None:  # micrograd has no tanh; its ReLU costs as much
                values.append(values[a].relu())
            elif op == "add":
                values.append(values[a] + values[b])
            else:
                values.append(values[a] * values[b])
        values[-1].backward()

    return best(once, 3)


def torch_scalar(name: str) -> float:
    import torch

    torch.set_num_threads(1)
    gc.disable()
    leaves, program = scalar_graphs.make(name)
    unary = {"relu": torch.relu, "tanh": torch.tanh}

    def once() -> None:
        values = [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in leaves]
        for op, a, b in program:
            if b is None:
                values.append(unary[op](values[a]))
            elif op == "add":
                values.append(values[a] + values[b])
            else:
                values.append(values[a] * values[b])
        values[-1].backward()

    return best(once, 2)


def edit(name: str) -> float:
    """From an edit (one edge drawn anew) to a run that is ready to go."""
    from graphlab.engine import Run
    from graphlab.graph import edits

    graph, last = scalar_graph(name)
    Run(graph).forward().backward(last)
    target = next(n for n in reversed(graph.nodes) if n.startswith("add"))
    times = []
    for _ in range(7):
        source = str(graph.nodes[target].inputs["y"])
        loose = edits.disconnect(graph, target, "y")
        Run(loose)
        start = time.perf_counter()
        graph = edits.connect(loose, source, target, "y")
        Run(graph)
        times.append(time.perf_counter() - start)
    return min(times)


def graphlab_mlp(_: str) -> float:
    import numpy as np

    from graphlab.engine import Run
    from graphlab.graph.formula import parse

    inputs, hidden, outputs = LAYERS
    graph = parse(
        f"W1 = parameter({hidden}, {inputs}); b1 = parameter({hidden})\n"
        f"W2 = parameter({outputs}, {hidden}); b2 = parameter({outputs})\n"
        "h = relu(affine(W1, x, b1)); loss = cross_entropy(affine(W2, h, b2), t)"
    )
    random = np.random.default_rng(0)
    feeds = {
        "x": random.normal(size=(BATCH, inputs)).astype(np.float32),
        "t": random.integers(0, outputs, BATCH).astype(np.float32),
    }
    first = Run(graph, feeds).forward()
    feeds |= {name: np.asarray(first.value(name)) for name in graph.parameters}
    run = Run(graph, feeds)

    def once() -> None:
        run.set("x", feeds["x"])
        run.forward().backward("loss")

    once()
    return best(once, 60)


def torch_mlp(_: str) -> float:
    import torch

    torch.set_num_threads(1)
    gc.disable()
    inputs, hidden, outputs = LAYERS
    model = torch.nn.Sequential(
        torch.nn.Linear(inputs, hidden), torch.nn.ReLU(), torch.nn.Linear(hidden, outputs)
    )
    x, t = torch.randn(BATCH, inputs), torch.randint(0, outputs, (BATCH,))

    def once() -> None:
        model.zero_grad(set_to_none=True)
        torch.nn.functional.cross_entropy(model(x), t).backward()

    once()
    return best(once, 60)


WORKERS: dict[str, Callable[[str], float]] = {
    f.__name__: f
    for f in (
        graphlab_scalar,
        micrograd_scalar,
        torch_scalar,
        edit,
        graphlab_mlp,
        torch_mlp,
    )
}


def scalar_graph(name: str) -> tuple[Any, str]:
    """A program as a graph, and the name of its last node."""
    from graphlab.graph import Draft
    from graphlab.ops import op_named

    leaves, program = scalar_graphs.make(name)
    draft = Draft()
    ports = [
        draft.add(op_named("parameter"), (), {"value": x}, name=f"p{i}")
        for i, x in enumerate(leaves)
    ]
    for op, a, b in program:
        inputs = [ports[a]] if b is None else [ports[a], ports[b]]
        ports.append(draft.add(op_named(op), inputs))
    return draft.graph(), str(ports[-1])


# --- the parent -------------------------------------------------------------------------------
def measure(worker: str, name: str = "") -> float | None:
    """Seconds, from a process of its own; None if the peer is not installed."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    command = [sys.executable, __file__, "--worker", worker, "--name", name]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        print(f"  {worker}: {done.stderr.strip().splitlines()[-1]}", file=sys.stderr)
        return None
    return float(json.loads(done.stdout))


def ratio(peer: float | None, ours: float | None) -> str:
    return f"{peer / ours:6.1f}×" if peer and ours else "     –"


def main() -> None:
    print("forward + backward of plain numbers, a partial kept on every edge")
    for name in scalar_graphs.PROGRAMS:
        count = len(scalar_graphs.make(name)[1])
        ours, micrograd, torch = (
            measure(f"{engine}_scalar", name) for engine in ("graphlab", "micrograd", "torch")
        )
        cost = f"{ours / count * 1e9:6.0f} ns a node" if ours else "–"
        print(
            f"  {name:>10}: {cost}, {ratio(micrograd, ours)} micrograd, {ratio(torch, ours)} torch"
        )
    print("from one edit to ready to run again")
    for name in ("1k MLP", "10k MLP", "100k MLP"):
        took = measure("edit", name)
        print(f"  {name:>10}: {took * 1e3:6.2f} ms" if took else f"  {name}: –")
    ours, torch = measure("graphlab_mlp"), measure("torch_mlp")
    print(f"MLP {'-'.join(map(str, LAYERS))}, batch {BATCH}, forward + backward")
    if ours and torch:
        print(f"  graphlab {ours * 1e3:.2f} ms, torch {torch * 1e3:.2f} ms: {ours / torch:.2f}×")


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--worker", choices=sorted(WORKERS))
    parser.add_argument("--name", default="")
    arguments = parser.parse_args()
    if arguments.worker is None:
        main()
    else:
        sys.setrecursionlimit(10**6)  # micrograd recurses to the depth of the graph
        threading.stack_size(512 * 1024 * 1024)
        found: list[float] = []
        thread = threading.Thread(
            target=lambda: found.append(WORKERS[arguments.worker](arguments.name))
        )
        thread.start()
        thread.join()
        print(json.dumps(found[0]))
