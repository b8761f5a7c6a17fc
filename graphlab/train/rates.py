"""A run that goes on with another learning rate: that this is all that differs, and was asked for,
or that it comes of another number of epochs.

Imported only where torch is wanted.
"""

from __future__ import annotations

import msgspec

from graphlab.errors import RunError
from graphlab.graph import Graph
from graphlab.graph.objectives import recipe_of, set_recipe
from graphlab.train.events import rates_in_words
from graphlab.train.folder import Rates, RunFolder, rates_of
from graphlab.train.training import Training, revision_of
from graphlab.train.turns import factor_at


def rates_before(
    folder: RunFolder, training: Training, revision: str, *, is_asked: bool
) -> Rates | None:
    """The rates of a checkpoint of this revision, where the training is to go on with others.

    None where there is nothing to change, or more differs than the rates.  Raises ``RunError``
    where the run has others now, and no others were asked for.
    """
    if not (folder.path / "run.json").exists():
        return None
    record = folder.record().revision
    if revision == record == training.revision:
        return None
    now, known = rates_of(training.graph), folder.rates()
    if revision not in known or not _differ_by_rates(folder.graph(), training, now):
        return None
    if record != training.revision and not is_asked:
        given, begun = rates_in_words(now), rates_in_words(known[record])
        same = f"--lr {begun}" if len(set(known[record])) == 1 else "the run's own graph"
        raise RunError(
            f"{folder.path} has the learning rate {begun}, and {given} is the graph's: give {same} "
            f"to go on as it was, or --lr with another to have it changed from here on"
        )
    return known[revision]


def stretched_in_words(training: Training, before: int) -> str:
    """What another number of epochs than ``before`` does to a cosine under way; perhaps nothing."""
    step, epochs = training.progress.step, training.recipe.epochs
    if not step or training.progress.epoch >= epochs:
        return ""
    for turn in training.turns:
        objective, per_epoch = turn.objective, len(training.batches)
        was, now = (
            objective.lr * factor_at(objective, step, per_epoch, n) for n in (before, epochs)
        )
        if was != now:
            return (
                f"the cosine of {objective.loss} ends after {epochs:,} epochs and not after "
                f"{before:,}, so the learning rate of the next step is {now:.3g}, where it would "
                f"have been {was:.3g}"
            )
    return ""


def epochs_before(folder: RunFolder, training: Training) -> int:
    """How many epochs a run was to have; as many as the training has where it does not say."""
    is_told = (folder.path / "run.json").exists()
    return recipe_of(folder.graph()).epochs if is_told else training.recipe.epochs


def _differ_by_rates(begun: Graph, training: Training, rates: Rates) -> bool:
    """Whether a graph with these rates is the one that is trained."""
    objectives = recipe_of(begun).objectives
    if len(objectives) != len(rates):
        return False
    pairs = zip(objectives, rates, strict=True)
    changed = tuple(msgspec.structs.replace(o, lr=rate) for o, rate in pairs)
    graph = set_recipe(begun, recipe_of(begun).with_(objectives=changed))
    return revision_of(graph) == training.revision
