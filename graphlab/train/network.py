"""A lowered graph at work: batches in, losses and answers out, its weights by name.

Imported only where torch is wanted.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import torch
from torch import Tensor

from graphlab.data.columns import Array
from graphlab.errors import GraphError, RunError
from graphlab.graph import Graph, OutPort
from graphlab.graph.edits import mark_outputs
from graphlab.graph.objectives import recipe_of
from graphlab.torch_backend.lower import lower
from graphlab.torch_backend.naming import torch_names
from graphlab.torch_backend.weights import state_of
from graphlab.train.devices import likes_bfloat16
from graphlab.train.many.dividing import divided
from graphlab.train.many.ranks import here
from graphlab.train.many.sharding import shard, spread_over, whole_tensor
from graphlab.train.wiring import Wiring

Precision = Literal["float32", "float64"]

_NO_CLASS = re.compile(r"Target (-?\d+) is out of bounds\.?")
"""What PyTorch says of an id that a loss of classes cannot look up."""


class Network:
    """The module of a graph on a device, with the losses of its objectives as outputs.

    ``losses`` are the objectives' names, and ``places`` where the loss of each is in ``outputs``:
    several objectives may lower one loss.
    ``is_fast`` fuses the optimizers and, where the device has instructions for it, multiplies in
    bfloat16 (``is_short``) on images whose channels are last (``is_laid_out``): without such
    instructions both make a residual network slower.
    """

    def __init__(
        self,
        graph: Graph,
        wiring: Wiring,
        *,
        seed: int = 0,
        device: str = "cpu",
        is_fast: bool = False,
        precision: Precision = "float32",
    ) -> None:
        self.graph, self.wiring = graph, wiring
        self.device = torch.device(device)
        self.is_fast = is_fast
        self.is_short = self.is_laid_out = is_fast and likes_bfloat16(self.device)
        self.dtype = getattr(torch, precision)
        ends = [objective.loss for objective in recipe_of(graph).objectives]
        self.losses = distinct(ends)
        asked = [str(p) for a in wiring.answers for p in (a.prediction, a.target)]
        computed = [p for p in asked if graph.nodes[graph.port(p).node].op.category != "Source"]
        self.outputs = list(dict.fromkeys((*ends, *graph.outputs, *computed)))
        self.places = [self.outputs.index(end) for end in ends]
        marked = mark_outputs(graph, self.outputs)
        shapes = {name: (2, *shape) for name, shape in wiring.shapes.items()}
        self.names = torch_names(marked)
        self._by_row: frozenset[str] = frozenset()
        computed_as = marked
        if not here().is_single:
            computed_as, self._by_row = divided(marked, wiring.shapes)
        self.module = lower(computed_as, seed=seed, shapes=shapes).to(self.dtype)
        if not here().is_sharded:
            self.module.to(self.device)
        if self.is_laid_out:
            self.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
        if here().is_sharded:
            shard(self.module, graph, self.names, self.device)
        self._idle = state_of(marked, seed, shapes=shapes)
        self._constants = {
            name: torch.as_tensor(graph.nodes[name].attributes["value"]).to(self.device, self.dtype)
            for name in graph.inputs
            if name not in wiring.fields
        }

    # --- computing ------------------------------------------------------------------------------
    def tensors(self, feeds: Mapping[str, Array | Tensor]) -> dict[str, Tensor]:
        """The inputs as the device takes them."""
        found = {}
        for name, array in feeds.items():
            tensor = torch.as_tensor(array).to(self.device, self.dtype, non_blocking=True)
            if self.is_laid_out and tensor.ndim == 4:
                tensor = tensor.contiguous(memory_format=torch.channels_last)
            found[name] = tensor
        return found

    def __call__(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The values of ``outputs``, in order: first the losses of the objectives."""
        return self.called(self.module, inputs)

    def loss(self, outs: Sequence[Tensor], index: int) -> Tensor:
        """The loss of an objective among the values of ``outputs``."""
        return outs[self.places[index]]

    def called(self, module: torch.nn.Module, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """What a module around the network's own gives for these inputs.

        Raises ``RunError`` where a loss is given a class that the network has no score for.
        """
        try:
            with self._arithmetic():
                out = module(*self.given(inputs))
        except IndexError as error:
            found = _NO_CLASS.fullmatch(str(error))
            if found is None:
                raise
            raise RunError(
                f"a loss is given the class {found[1]}, and the network has no score for it: give "
                "its last layer one for every class, or correct the data"
            ) from None
        return out if isinstance(out, tuple) else (out,)

    def whole(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """The values of ``outputs`` for a batch that all processes have, each doing its share."""
        if here().is_single:
            return self(inputs)
        outs = self(here().share(inputs))
        pairs = zip(self.outputs, outs, strict=True)
        return tuple(here().whole(x) if name in self._by_row else x for name, x in pairs)

    def given(self, inputs: Mapping[str, Tensor]) -> tuple[Tensor, ...]:
        """What the module takes, in order."""
        return tuple(inputs[n] if n in inputs else self._constants[n] for n in self.graph.inputs)

    def value(self, port: OutPort, inputs: Mapping[str, Tensor], outs: Sequence[Tensor]) -> Tensor:
        """A prediction or target of this batch."""
        if str(port) in self.outputs:
            return outs[self.outputs.index(str(port))]
        given = inputs.get(port.node)
        if given is None:
            given = torch.as_tensor(self.graph.nodes[port.node].attributes["value"])
        return given.to(self.device)

    def _arithmetic(self) -> contextlib.AbstractContextManager[Any]:
        if self.is_short:
            return torch.autocast(self.device.type, torch.bfloat16)
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def exactly(self) -> Iterator[None]:
        """For a while compute without bfloat16."""
        was, self.is_short = self.is_short, False
        try:
            yield
        finally:
            self.is_short = was

    # --- weights --------------------------------------------------------------------------------
    def parameters(self) -> dict[str, torch.nn.Parameter]:
        """The parameters by their names in a state dict."""
        return dict(self.module.named_parameters())

    def chosen(self, nodes: Sequence[str]) -> dict[str, torch.nn.Parameter]:
        """The parameters of these nodes that the losses depend on, by name in a state dict."""
        held = self.parameters()
        return {told: held[told] for n in nodes if (told := self.names[n]) in held}

    def state(self) -> dict[str, Tensor]:
        """The state dict, each tensor of it whole."""
        return {name: whole_tensor(x) for name, x in self.module.state_dict().items()}

    def is_sound(self) -> bool:
        """Whether every parameter is a finite number throughout."""
        found = [whole_tensor(w.detach().isfinite().all()) for w in self.parameters().values()]
        return all(map(bool, found))

    def weights(self) -> dict[str, Array]:
        """Every parameter and buffer of the graph, also those that no output needs."""
        held = {
            name: np.array(x.detach().cpu().numpy(), order="C") for name, x in self.state().items()
        }
        return {name: held.get(name, array) for name, array in self._idle.items()}

    def set_weights(self, weights: Mapping[str, Any]) -> None:
        """Take parameters and buffers by name; raises ``GraphError`` where they are another's."""
        held = self.module.state_dict()
        wrong = [
            name
            for name, x in held.items()
            if name not in weights or tuple(weights[name].shape) != tuple(x.shape)
        ]
        if wrong:
            raise GraphError(
                f"the weights have no {wrong[0]} of the graph's shape: they are of another graph"
            )
        with torch.no_grad():
            for name, x in held.items():
                x.copy_(spread_over(torch.as_tensor(weights[name]), x))
        self._idle.update((n, a) for n, a in weights.items() if n in self._idle)


def distinct(names: Iterable[str]) -> list[str]:
    """The names, where one that came before has its number behind it: loss, loss 2."""
    found: list[str] = []
    for name in names:
        told, number = name, 1
        while told in found:
            number += 1
            told = f"{name} {number}"
        found.append(told)
    return found
