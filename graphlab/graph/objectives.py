"""A recipe and the graph it belongs to: setting one, and which parameters an objective updates."""

from __future__ import annotations

from graphlab.errors import GraphError
from graphlab.graph.graph import Graph
from graphlab.graph.recipe import Objective, Recipe


def set_recipe(graph: Graph, recipe: Recipe | None) -> Graph:
    """Say how the graph is trained, or with None that nothing is said.

    Raises ``GraphError`` where an objective names what the graph does not have.
    """
    if recipe is not None:
        for objective in recipe.objectives:
            graph.port(objective.loss)
            updated(graph, objective)
            _check_rule(graph, objective)
    return graph.with_(recipe=recipe)


def _check_rule(graph: Graph, objective: Objective) -> None:
    op = graph.nodes[graph.port(objective.loss).node].op.name
    if objective.optimizer == "perceptron" and op != "perceptron_loss":
        raise GraphError(
            f"the perceptron rule makes a perceptron_loss small, and {objective.loss} is {op}: "
            "draw a perceptron_loss, or choose sgd"
        )


def recipe_of(graph: Graph) -> Recipe:
    """The graph's recipe; raises ``GraphError`` where it has none."""
    if graph.recipe is None:
        raise GraphError("nothing says how the graph is trained: give it a recipe")
    return graph.recipe


def updated(graph: Graph, objective: Objective) -> tuple[str, ...]:
    """The parameters that an objective updates, in the graph's order.

    Raises ``GraphError`` for a name that is neither a group nor a parameter.
    """
    if not objective.updates:
        return graph.parameters
    groups = [name for name in objective.updates if name in graph.groups]
    chosen = set(objective.updates)
    for name in chosen.difference(groups):
        op = graph.node(name).op.name
        if op != "parameter":
            raise GraphError(
                f"the objective of {objective.loss} updates {name} ({op}), which is no parameter: "
                "name parameters, or groups that hold some"
            )
    inside = graph.groups_within(groups)
    return tuple(n for n in graph.parameters if n in chosen or graph.nodes[n].group in inside)
