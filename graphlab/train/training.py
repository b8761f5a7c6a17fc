"""Everything that training changes, and one step of it: weights, optimizers, generator, progress.

Imported only where torch is wanted.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Iterator, Mapping

import msgspec
import numpy as np
import torch
from torch import Tensor

from graphlab.data.augmenting import Augmenting
from graphlab.data.batches import Batches
from graphlab.data.columns import Array
from graphlab.data.data_set import DataSet
from graphlab.errors import RunError
from graphlab.graph import Graph, View
from graphlab.graph.file_text import graph_text, large_arrays
from graphlab.graph.objectives import recipe_of, set_recipe
from graphlab.graph.recipe import Recipe
from graphlab.train.checkpoints import Checkpoint, Progress
from graphlab.train.health import Pulse
from graphlab.train.losses import with_loss
from graphlab.train.many.losses import LossOf, losses_of
from graphlab.train.many.parts import read_parts
from graphlab.train.many.ranks import here
from graphlab.train.many.starting import check_batch
from graphlab.train.network import Network, Precision
from graphlab.train.resident import Resident, resident
from graphlab.train.trainable import check_trainable
from graphlab.train.turns import Turn, factor_at
from graphlab.train.wiring import wire


class Training:
    """A graph with a loss, its data and its recipe, between two steps."""

    def __init__(
        self,
        graph: Graph,
        data: DataSet,
        recipe: Recipe | None = None,
        *,
        seed: int = 0,
        device: str = "cpu",
        is_fast: bool = False,
        precision: Precision = "float32",
    ) -> None:
        graph = with_loss(graph if recipe is None else set_recipe(graph, recipe), data)
        self.graph, self.data, self.recipe, self.seed = graph, data, recipe_of(graph), seed
        self.revision = revision_of(graph)
        self.precision: Precision = precision
        self.wiring = wire(graph, data)
        check_trainable(graph, self.wiring, data)
        self.network = Network(
            graph, self.wiring, seed=seed, device=device, is_fast=is_fast, precision=precision
        )
        self.turns = [Turn(objective, self.network) for objective in self.recipe.objectives]
        names = self.wiring.read or ("x",)
        augment = self.recipe.augment
        self.resident: Resident | None = None
        changes = None if augment is None else Augmenting(augment, data, names, seed)
        self._changes = changes
        self.batches = Batches(
            data, "train", self.recipe.batch_size, seed, names=names, augmenting=changes
        )
        check_batch(self.recipe.batch_size, here().count)
        self._losses = self._plain = losses_of(self.network, self.turns, self.probe)
        self.progress = Progress()
        self.generators = {
            kind: torch.Generator(kind).manual_seed(seed).get_state()
            for kind in dict.fromkeys(("cpu", self.network.device.type))
        }

    # --- a step ---------------------------------------------------------------------------------
    def feeds(self) -> Iterator[dict[str, Array]]:
        """What the inputs are fed with in the rest of this epoch, batch by batch."""
        return self._fed(self.batches)

    def given(self) -> Iterator[dict[str, Tensor]]:
        """The same as the network takes it, from where the examples are."""
        return map(self.inputs, self._fed(self.resident or self.batches))

    def _fed(self, source: Batches | Resident) -> Iterator[dict[str, Array]]:
        epoch, first = self.progress.epoch, self.progress.batch
        for index, batch in enumerate(source.epoch(epoch, first), first):
            noise = np.random.default_rng((self.seed, epoch, index))
            yield self.wiring.feeds(batch, noise)

    def keep_examples(self) -> None:
        """Keep the training examples on the network's device, where they fit."""
        names = self.wiring.read
        self.resident = resident(self.batches, self.network, names, self._changes)

    def compute_by(self, losses: LossOf | None) -> None:
        """Compute losses another way; None, or with several processes: as the graph says."""
        self._losses = losses if losses is not None and here().is_single else self._plain

    def inputs(self, feeds: Mapping[str, Array]) -> dict[str, Tensor]:
        """What this process computes a batch with: all of it, or its rows where there are more."""
        return self.network.tensors(here().share(feeds))

    def probe(self) -> dict[str, Tensor]:
        """An example or two, to see what depends on what."""
        batch = self.data.take(self.data.rows("train")[:2], self.batches.names)
        return self.network.tensors(self.wiring.feeds(batch, np.random.default_rng(0)))

    def next_feeds(self) -> dict[str, Array]:
        """The batch of the next step; after the last epoch, the first of one more."""
        return next(self.feeds())

    def step(self, inputs: Mapping[str, Tensor], pulses: list[Pulse] | None = None) -> list[Tensor]:
        """Every objective takes its turn; returns their losses, detached and not waited for.

        A list of ``pulses`` gets one of each turn.
        """
        losses = [self.take_turn(inputs, index, pulses) for index in range(len(self.turns))]
        self.advance()
        return losses

    def take_turn(
        self, inputs: Mapping[str, Tensor], index: int, pulses: list[Pulse] | None = None
    ) -> Tensor:
        """One objective takes its turn; its loss before it, detached and not waited for."""
        turn, loss = self.turns[index], self.forward_backward(inputs, index)
        if pulses is not None:
            pulses.append(Pulse(turn.named))
        turn.update(self.factor(turn, self.progress.step))
        return loss

    def forward_backward(self, inputs: Mapping[str, Tensor], index: int) -> Tensor:
        """The loss of one objective, whose gradients are at its weights then."""
        turn = self.turns[index]
        turn.clear()
        loss = self._losses(inputs, index)
        turn.backward(loss)
        return loss.detach()

    def advance(self) -> None:
        """Count a step."""
        self.progress.step += 1
        self.progress.batch += 1

    def factor(self, turn: Turn, step: int) -> float:
        """By what a turn's learning rate is multiplied in a step."""
        return factor_at(turn.objective, step, len(self.batches), self.recipe.epochs)

    # --- going on -------------------------------------------------------------------------------
    def snapshot(self, *, with_spread: bool = True) -> Checkpoint:
        """A copy of everything that training changes, or of all but what processes have parts of.

        All processes must ask for it together.
        """
        optimizer = {
            f"{index}/{name}": tensor.numpy().copy()
            for index, turn in enumerate(self.turns)
            for name, tensor in turn.state(with_spread=with_spread).items()
        }
        generators = self._generators()
        optimizer.update((f"generator/{kind}", x.numpy().copy()) for kind, x in generators.items())
        progress = msgspec.convert(msgspec.to_builtins(self.progress), Progress)
        return Checkpoint(progress, self.revision, self.network.weights(), optimizer)

    def restore(self, made: Checkpoint) -> None:
        """Be again as a snapshot was.

        Raises ``RunError`` where it is of another graph or recipe, and others where what it holds
        is not what they keep.
        """
        if made.revision != self.revision:
            raise RunError(
                f"the checkpoint is of revision {made.revision}, and this graph with its recipe is "
                f"{self.revision}: train it into another folder"
            )
        if made.progress.batch > len(self.batches):
            raise ValueError(f"batch {made.progress.batch} of {len(self.batches)}")
        for losses in (made.progress.first, made.progress.sums):
            if losses and losses.keys() != set(self.network.losses):
                raise ValueError(f"losses {', '.join(losses)}")
        self.network.set_weights(made.weights)
        kept: list[dict[str, Tensor]] = [{} for _ in self.turns]
        for told, array in made.optimizer.items():
            lead, _, name = told.partition("/")
            tensor = torch.from_numpy(np.array(array))
            if lead == "generator":
                self.generators[name] = tensor
                _set_generator(name, tensor)
            else:
                kept[int(lead)][name] = tensor
        parts = read_parts(made.parts, self.turns) if made.parts is not None else {}
        for told, tensor in parts.items():
            lead, _, name = told.partition("/")
            kept[int(lead)][name] = tensor
        for turn, state in zip(self.turns, kept, strict=True):
            turn.set_state(state)
        self.progress = msgspec.convert(msgspec.to_builtins(made.progress), Progress)
        self.network.module.train()

    @contextlib.contextmanager
    def at_work(self) -> Iterator[None]:
        """Let torch's own generators be this training's for a while, and be as before after it."""
        before = {kind: _generator(kind) for kind in self.generators}
        for kind, state in self.generators.items():
            _set_generator(kind, state)
        self.network.module.train()
        self._is_at_work = True
        try:
            yield
        finally:
            self.generators = self._generators()
            self._is_at_work = False
            for kind, state in before.items():
                _set_generator(kind, state)

    _is_at_work = False

    def _generators(self) -> dict[str, Tensor]:
        if not self._is_at_work:
            return self.generators
        return {kind: _generator(kind) for kind in self.generators}


def revision_of(graph: Graph) -> str:
    """Twelve letters that tell two graphs or recipes apart.

    So a result can say what it belongs to, and what the graph has outgrown is known to be stale.
    The picture does not count, nor the number of epochs: a run may go on for more.
    """
    recipe = graph.recipe and msgspec.structs.replace(graph.recipe, epochs=1)
    digest = hashlib.sha256(graph_text(graph.with_(view=View(), recipe=recipe), None))
    for name, array in sorted(large_arrays(graph).items()):
        digest.update(name.encode())
        digest.update(np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()[:12]


def _generator(kind: str) -> Tensor:
    return torch.get_rng_state() if kind == "cpu" else torch.cuda.get_rng_state()


def _set_generator(kind: str, state: Tensor) -> None:
    if kind == "cpu":
        torch.set_rng_state(state)
    else:
        torch.cuda.set_rng_state(state)
