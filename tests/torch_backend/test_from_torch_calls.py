"""What a module calls and how it is called: in place, with settings, by names that no op has."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import torch.nn.functional as F  # noqa: N812  the name torch's own pages give it
from torch import Tensor, nn

import graphlab
from graphlab.errors import GraphError, GraphLabError
from graphlab.graph import Graph
from graphlab.graph.edits import add_node
from graphlab.ops.opaque import LIVE_MODULES
from tests.pace import loops
from tests.torch_backend import models
from tests.torch_backend.reading import (
    OPAQUE,
    Make,
    drawn,
    made,
    outputs_and_gradients,
)


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
    "settings", [{}, {"doubled": True}, {"mask": torch.rand(3, 4)}, {"times": 5}], ids=list
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


def test_a_module_that_cannot_be_drawn_is_not_moved_by_looking_at_it() -> None:
    module = nn.Sequential(nn.BatchNorm1d(3, momentum=None), nn.Linear(3, 2))
    before = {name: x.clone() for name, x in module.state_dict().items()}
    graph = graphlab.from_torch(module, drawn(4, 3))
    assert "opaque" in {node.op.name for node in graph.nodes.values()}
    assert all(torch.equal(x, before[name]) for name, x in module.state_dict().items())


class Thrice(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(3)

    def forward(self, x: Tensor) -> Tensor:
        return self.norm(torch.relu(self.norm(torch.exp(self.norm(x)))))


def test_statistics_are_moved_by_each_of_several_calls() -> None:
    module, x = Thrice(), drawn(4, 3)
    graph = graphlab.from_torch(module, x)
    found = graphlab.Run(graph, {"x": x.double().numpy()}, training=True).forward().updates()
    module.train()(x)
    for name in ("running_mean", "running_var"):
        wanted = getattr(module.norm, name).double()
        torch.testing.assert_close(torch.tensor(found[f"norm_{name}"]), wanted)


def test_ids_may_come_as_whole_numbers() -> None:
    module, ids = from_call(lambda ids: F.one_hot(ids, 3).float() * 0.5), torch.tensor([0, 2, 1])
    graph = graphlab.from_torch(module, ids)
    torch.testing.assert_close(graphlab.lower(graph)(ids), module(ids))


def shapes_of(graph: Graph, inputs: tuple[Tensor, ...]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(x.shape) for name, x in zip(graph.inputs, inputs, strict=True)}


def from_call(function: Callable[..., Any]) -> nn.Module:
    class Calls(nn.Module):
        def forward(self, x: Tensor) -> Any:
            return function(x)

    return Calls()


def _written(mask: Tensor) -> Tensor:
    mask[1:, ::2] = 1
    return mask.masked_fill(mask != 0, -3.0)


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
    "rolled": lambda x: x.roll((1, -2), (1, 2)) + F.channel_shuffle(x, 2) + torch.roll(x[0], 5),
    "cumsum": lambda x: x.cumsum(1).clamp(min=-1).clamp_max(2),
    "rounding": lambda x: (
        torch.floor(x * 3) + x.round() + torch.div(x, 2, rounding_mode="floor") + x % 2
    ),
    "constant": lambda x: x + torch.arange(6.0) * torch.linspace(0, 1, 4)[:, None],
    "types": lambda x: (x > 0).float().mean(-1) + x.to(torch.float32)[..., 0],
    "outputs": lambda x: {"a": (x, x), "b": [x + 1]},
    "turned": lambda x: (x * 3).long() * 2 + x.bool() * (x * 5).to(torch.int32) + x,
    "windows": lambda x: x.unfold(2, 3, 2) + F.unfold(x[:, :, None], (1, 3)).mean(),
    "picked": lambda x: x[:, [-1, 0]][..., torch.tensor([[0, -2], [1, 1]])] * x[1, 0, 2],
    "selected": lambda x: x.index_select(2, torch.tensor([3, 0, 3])),
    "letters": lambda x: (
        torch.einsum("...ij->...j", x) + torch.einsum("bij, bij -> b", x, x)[:, None]
    ),
    "products": lambda x: (
        torch.tensordot(x, x[0], dims=([2], [1])) + torch.outer(x[0, 0, :4], x[1, 0, :4])
    ),
    "square": lambda x: x[:, :, :4].diagonal(dim1=1, dim2=2) * x.prod(-1) + x[..., 0].cumprod(1),
    "between": lambda x: torch.lerp(x, x.abs(), 0.3).mean(2) + F.cosine_similarity(x, x + 1, -1),
    "bilinear": lambda x: F.bilinear(x, x[..., :2], torch.ones(3, 6, 2), torch.ones(3)),
    "written": lambda x: x + _written(x.new_zeros((4, 6))) + x.new_full((6,), 2.0),
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
    graphs = list[graphlab.Graph]()
    assert loops(lambda: graphs.append(graphlab.from_torch(module, example)), rounds=2) < 100
    assert len(graphs[-1].parameters) == len(list(module.parameters()))


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
