"""A module read back computes what it computed: bit by bit in PyTorch, closely in NumPy."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F  # noqa: N812  the name torch's own pages give it
from torch import Tensor, nn
from torch.utils._pytree import tree_leaves

import graphlab
from graphlab.errors import GraphError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import add_node
from graphlab.ops.opaque import LIVE_MODULES
from tests.torch_backend import models

Make = Callable[[], nn.Module]

R = torch.Generator().manual_seed(5)


def drawn(*shape: int) -> Tensor:
    return torch.randn(shape, generator=R)


MODELS: dict[str, tuple[Make, tuple[Tensor, ...]]] = {
    "lenet": (models.LeNet, (drawn(2, 1, 28, 28),)),
    "resnet18": (lambda: models.resnet18(4), (drawn(2, 3, 32, 32),)),
    "unet": (models.UNet, (drawn(2, 1, 14, 18),)),
    "inception": (models.Inception, (drawn(2, 3, 6, 6),)),
    "dense": (models.DenseBlock, (drawn(2, 3, 6, 6),)),
    "gan": (models.GAN, (drawn(3, 5), drawn(3, 1, 16, 16))),
    "vit": (models.ViT, (drawn(2, 3, 8, 8),)),
    "mixer": (models.Mixer, (drawn(2, 4, 6),)),
    "squeeze": (models.Squeeze, (drawn(2, 4, 5, 5),)),
    "steered": (models.Steered, (drawn(4, 3), drawn(4, 3))),
    "tied": (models.Tied, (torch.randint(0, 7, (3, 5), generator=R),)),
}
OPAQUE: dict[str, tuple[Make, tuple[Tensor, ...]]] = {
    "spectral": (models.Spectral, (drawn(2, 4),)),
    "recurrent": (models.Recurrent, (drawn(2, 6, 3),)),
    "undecided": (models.Undecided, (drawn(2, 3),)),
}
STEPPED = pytest.mark.parametrize("name", MODELS)
ALL = pytest.mark.parametrize("name", [*MODELS, *OPAQUE])
BOTH_MODES = pytest.mark.parametrize("training", [True, False], ids=["train", "eval"])


def made(name: str) -> tuple[nn.Module, tuple[Tensor, ...]]:
    torch.manual_seed(1)
    make, inputs = (MODELS | OPAQUE)[name]
    return make(), inputs


def outputs_and_gradients(module: nn.Module, inputs: tuple[Tensor, ...]) -> dict[str, Tensor]:
    """Outputs by place, gradients of inputs by place and of parameters by name, buffers after."""
    given = [x.clone().requires_grad_() if x.is_floating_point() else x for x in inputs]
    torch.manual_seed(2)
    # A clone, because a model may write into what it is given.
    outs = tree_leaves(module(*(x.clone() for x in given)))
    above = torch.Generator().manual_seed(3)
    flowing = [y for y in outs if y.requires_grad]
    torch.autograd.backward(
        flowing, [torch.randn(y.shape, generator=above, dtype=y.dtype) for y in flowing]
    )
    found = {f"output {i}": y.detach() for i, y in enumerate(outs)}
    found |= {f"input {i}": x.grad for i, x in enumerate(given) if x.grad is not None}
    found |= {name: p.grad for name, p in module.named_parameters() if p.grad is not None}
    found |= {name: b for name, b in module.named_buffers() if "num_batches" not in name}
    return found


def assert_same_bits(one: dict[str, Tensor], other: dict[str, Tensor]) -> None:
    zeros = [name for name in one.keys() ^ other.keys() if not (one | other)[name].any()]
    assert set(one) - set(zeros) == set(other) - set(zeros)
    for name in one.keys() & other.keys():
        assert torch.equal(one[name], other[name]), name


@BOTH_MODES
@ALL
def test_read_back_it_computes_the_same_bits(name: str, training: bool) -> None:
    module, inputs = made(name)
    graph = graphlab.from_torch(module.train(training), inputs)
    lowered = graphlab.lower(graph)
    again = graphlab.lower(graphlab.from_torch(lowered.train(training), inputs))
    wanted = outputs_and_gradients(copy.deepcopy(module).train(training), inputs)
    for read in (lowered, again):
        assert_same_bits(outputs_and_gradients(read.train(training), inputs), wanted)


@STEPPED
def test_stepped_by_hand_it_agrees_in_double(name: str) -> None:
    module, inputs = made(name)
    module.eval()
    graph = graphlab.from_torch(module, inputs)
    run = graphlab.Run(graph, dict(zip(graph.inputs, map(as_double, inputs), strict=True)))
    run.forward()
    doubled = module.double()
    with torch.no_grad():
        wanted = tree_leaves(doubled(*(x.double() if x.is_floating_point() else x for x in inputs)))
    assert len(graph.outputs) == len(wanted)
    for output, value in zip(graph.outputs, wanted, strict=True):
        np.testing.assert_allclose(run.value(output), value.numpy(), rtol=1e-9, atol=1e-9)


def as_double(x: Tensor) -> Any:
    return x.double().numpy()


@pytest.mark.parametrize("name", ["lenet", "vit", "gan", "steered", "unet"])
def test_the_batch_stays_open(name: str) -> None:
    module, inputs = made(name)
    graph = graphlab.from_torch(module.eval(), inputs)
    more = tuple(torch.cat([x, x, x]) for x in inputs)
    lowered = graphlab.lower(graph).eval()
    with torch.no_grad():
        pairs = zip(tree_leaves(lowered(*more)), tree_leaves(module(*more)), strict=True)
        assert all(torch.equal(a, b) for a, b in pairs)
    assert all(graph.nodes[n].attributes["shape"][0] is None for n in graph.inputs)


def test_names_are_those_of_the_state_dict() -> None:
    module, inputs = made("resnet18")
    graph = graphlab.from_torch(module, inputs)
    wanted = {k: v for k, v in module.state_dict().items() if "num_batches" not in k}
    state = graphlab.lower(graph).state_dict()
    assert {k: v for k, v in state.items() if "num_batches" not in k}.keys() == wanted.keys()
    assert all(torch.equal(state[k], v) for k, v in wanted.items())
    assert graph.nodes["layer2_0_conv1_weight"].group == "layer2_0_conv1"
    assert graph.groups["layer2_0_conv1"].parent == "layer2_0"
    assert graph.groups["layer2_0"].parent == "layer2"
    assert graph.nodes["layer2_0_conv1_weight"].attributes["value"].dtype == np.float32


def test_inputs_keep_their_names_and_outputs_their_order() -> None:
    module, inputs = made("gan")
    graph = graphlab.from_torch(module, {"z": inputs[0], "real": inputs[1]})
    assert graph.inputs == ("z", "real")
    module, inputs = made("inception")
    graph = graphlab.from_torch(module, inputs[0])
    assert [graph.nodes[name].op.name for name in graph.outputs] == [
        "local_response_norm",
        "mean",
        "conv2d",
    ]


def test_what_is_shared_is_one_node_and_what_is_dead_is_gone() -> None:
    module, inputs = made("tied")
    assert len(graphlab.from_torch(module, inputs).parameters) == 1
    module, inputs = made("gan")
    graph = graphlab.from_torch(module, inputs)
    assert len(graph.parameters) == len(list(module.parameters()))
    module, inputs = made("squeeze")
    graph = graphlab.from_torch(module, inputs)
    assert not {"exp"} & {node.op.name for node in graph.nodes.values()}
    assert graph.buffers == ("scale",)


class Aliased(nn.Module):
    """A value that is changed in place after it was kept under another name."""

    def forward(self, x: Tensor) -> Tensor:
        kept = x * 2
        y = kept
        y += 1
        return kept * 10 + y


class Frozen(nn.Module):
    """A part that learns nothing, and a setting that is no tensor."""

    def __init__(self) -> None:
        super().__init__()
        self.backbone, self.head = nn.Linear(4, 4), nn.Linear(4, 2)

    def forward(
        self, x: Tensor, mask: Tensor | None = None, doubled: bool = False, times: int = 3
    ) -> Tensor:
        with torch.no_grad():
            x = torch.relu(self.backbone(x))
        if mask is not None:
            x = x * mask
        return self.head(x * 2 if doubled else x) * times


@pytest.mark.parametrize(
    "settings", [{}, {"doubled": True}, {"mask": torch.rand(3, 4)}, {"times": 5}], ids=str
)
def test_settings_are_read_and_no_gradient_goes_where_torch_takes_none(
    settings: dict[str, Any],
) -> None:
    module, x = Frozen(), drawn(3, 4)
    graph = graphlab.from_torch(module, {"x": x, **settings})
    assert graph.inputs == ("x", "mask") if "mask" in settings else ("x",)
    lowered = graphlab.lower(graph)
    tensors = [v for v in settings.values() if isinstance(v, Tensor)]
    assert torch.equal(lowered(x, *tensors), module(x, **settings))
    lowered(x, *tensors).sum().backward()
    gradients = {n: p.grad for n, p in lowered.named_parameters()}
    assert [n for n, g in gradients.items() if g is None] == ["backbone.weight", "backbone.bias"]


class WrittenInto(nn.Module):
    """A part of a tensor is replaced."""

    def forward(self, x: Tensor) -> Tensor:
        y = x * 2
        y[:, 0] = y[:, 1] * 3
        return y + 1


@pytest.mark.parametrize("make", [Aliased, WrittenInto])
def test_a_change_in_place_reaches_whoever_looks_later(make: Make) -> None:
    module, x = make(), drawn(3, 4)
    lowered = graphlab.lower(graphlab.from_torch(module, x))
    assert torch.equal(lowered(x), module(x))


@pytest.mark.parametrize("name", OPAQUE)
def test_what_no_op_stands_for_is_opaque_and_says_why(name: str, tmp_path: Path) -> None:
    module, inputs = made(name)
    graph = graphlab.from_torch(module.eval(), inputs)
    opaque = [n for n, node in graph.nodes.items() if node.op.name == "opaque"]
    assert opaque
    told = " ".join(problem.message for problem in graphlab.check(graph, shapes_of(graph, inputs)))
    assert "cannot be stepped" in told
    graphlab.save(graph, tmp_path / "g.graph.json")
    loaded = graphlab.load(tmp_path / "g.graph.json")
    assert loaded == graph
    kept = dict(LIVE_MODULES)
    LIVE_MODULES.clear()
    try:
        if name == "undecided":
            with pytest.raises(GraphLabError, match="import the model anew"):
                graphlab.lower(loaded)(*inputs)
        else:
            assert torch.equal(graphlab.lower(loaded).eval()(*inputs), module(*inputs))
    finally:
        LIVE_MODULES.update(kept)


@pytest.mark.parametrize(
    "target",
    [
        "os.system", "torch.save", "torch.load", "torch.hub.load", "torch.Tensor.tofile",
        "torch.Tensor.__reduce_ex__", "torch.Tensor.numpy", "torch.from_file", "builtins.eval",
        "torch.nn.functional.__builtins__", "torch.ops.load_library", "aten.from_file.default",
        "aten.relu_.default", "aten.__class__.mro", "module:0:Gate", "torch.", "", "x" * 10_000,
    ],
)  # fmt: skip
def test_a_file_names_no_code_but_what_is_listed(target: str) -> None:
    graph = graphlab.parse("y = relu(x)")
    graph = add_node(graph, "z", "opaque", "y", target=target, arguments='{"args": [{"input": 0}]}')
    with pytest.raises(GraphLabError, match=r"import the model anew") as refusal:
        graphlab.lower(graph, shapes={"x": (2, 3)})(drawn(2, 3))
    assert len(str(refusal.value)) < 300


def shapes_of(graph: Graph, inputs: tuple[Tensor, ...]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(x.shape) for name, x in zip(graph.inputs, inputs, strict=True)}


def from_call(function: Callable[..., Any]) -> nn.Module:
    class Calls(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return function(x)

    return Calls()


CALLS: dict[str, Callable[[Tensor], Any]] = {
    "rows": lambda x: x[1:, ..., None, -2:],
    "steps": lambda x: x[:, ::2, 0],
    "chunks": lambda x: torch.cat(x.chunk(3, dim=1)[::-1], 1),
    "sections": lambda x: torch.split(x, [1, 3], 1)[1].unbind(2)[0],
    "stack": lambda x: torch.stack((x, -x), dim=1).squeeze(0).mean(),
    "flips": lambda x: x.flip(1).transpose(1, 2).contiguous().view(x.size(0), -1),
    "einsum": lambda x: torch.einsum("bij,bkj->bik", x, x),
    "baddbmm": lambda x: torch.baddbmm(x, x @ x.mT, x, beta=0.5, alpha=2.0),
    "variance": lambda x: x.var(1, unbiased=False) + x.std(dim=1) + x.var(-1).sum(),
    "extremes": lambda x: (
        x.max(1).values + x.min(dim=1)[0] + x.amax((1,)) + torch.maximum(x, -x)[:, 0]
    ),
    "argmax": lambda x: F.one_hot(x.argmax(-1), 6).float() + x,
    "logic": lambda x: torch.where((x > 0) & ~(x >= 1) | (x == 2), x, x.abs() ** 1.5),
    "mask": lambda x: x.masked_fill(torch.ones(4, 6).triu(1).bool(), float("-inf")).softmax(-1),
    "powers": lambda x: 2**x - x**2 + (x * x + 1) ** -0.5 + (1 / (x.exp() + 1)).sqrt(),
    "scalars": lambda x: torch.add(x, x, alpha=3) - torch.sub(1.5, x) + (7 - x) / x.size(-1) ** 0.5,
    "norms": lambda x: (
        F.normalize(x, dim=1) + x.norm(dim=1, keepdim=True) + torch.logsumexp(x, 1, True)
    ),
    "pads": lambda x: F.pad(F.pad(x, (1, 2), mode="reflect"), (-1, 0, 1, 1), value=2.0),
    "size": lambda x: F.interpolate(x, size=x.shape[-1] * 2, mode="linear", align_corners=False),
    "repeat": lambda x: x.repeat(1, 2, 1) + x[:, :1].expand(-1, 8, -1),
    "cumsum": lambda x: x.cumsum(1).clamp(min=-1).clamp_max(2),
    "rounding": lambda x: (
        torch.floor(x * 3) + x.round() + torch.div(x, 2, rounding_mode="floor") + x % 2
    ),
    "constant": lambda x: x + torch.arange(6.0) * torch.linspace(0, 1, 4)[:, None],
    "types": lambda x: (x > 0).float().mean(-1) + x.to(torch.float32)[..., 0],
    "outputs": lambda x: {"a": (x, x), "b": [x + 1]},
}


@pytest.mark.parametrize("call", CALLS)
def test_calls_are_drawn_with_ops(call: str) -> None:
    module, x = from_call(CALLS[call]), drawn(2, 4, 6)
    graph = graphlab.from_torch(module, x)
    assert "opaque" not in {node.op.name for node in graph.nodes.values()}
    lowered = graphlab.lower(graph)
    wanted, found = (outputs_and_gradients(m, (x,)) for m in (module, lowered))
    for name, value in wanted.items():
        torch.testing.assert_close(found[name], value, rtol=1e-5, atol=1e-6)


def test_resnet152_is_read_quickly() -> None:
    module = models.resnet152()
    example = torch.zeros(1, 3, 224, 224)
    graphlab.from_torch(models.LeNet(), torch.zeros(1, 1, 28, 28))  # loads what has to be loaded
    start = time.process_time()
    graph = graphlab.from_torch(module, example)
    assert time.process_time() - start < 1.5
    assert len(graph.parameters) == len(list(module.parameters()))


class Raising(nn.Module):
    """A model that does not take what it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 2)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x)


REFUSED: list[tuple[Any, Any, str]] = [
    (3, drawn(2, 4), "int is no torch.nn.Module"),
    (Raising(), (drawn(2, 4), drawn(2, 4)), "takes x, and the example inputs do not fit"),
    (Raising(), "x", "example inputs are a str"),
    (Raising(), drawn(2, 5), "fc fails on the example inputs"),
    (from_call(lambda x: x.shape[0]), drawn(2, 5), "returns no tensor"),
]


@pytest.mark.parametrize(("module", "example", "reason"), REFUSED)
def test_what_cannot_be_read_is_refused_in_one_sentence(
    module: Any, example: Any, reason: str
) -> None:
    with pytest.raises(GraphError, match=reason) as refusal:
        graphlab.from_torch(module, example)
    assert "\n" not in str(refusal.value)
