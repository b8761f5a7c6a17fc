"""Which column each card of a drawing stands in, and who is met first on the way back."""

from __future__ import annotations

from itertools import pairwise

from msgspec import Struct

_FEW_NODES, _FEW_PASSED = 200, 60  # up to which graphlay may search longer for fewer crossings

# Columns that all links together pass: graphlay takes up to a millisecond for each, and holds the
# interpreter meanwhile.  Drawings with more had as many crossings by barycentres alone.
_MOST_PASSED = 150

Point = tuple[float, float]


class Ranking(Struct, frozen=True):
    """What graphlay found: ranks, the middles of cards, points of links, where each rank is."""

    ranks: list[int]
    middles: list[float]
    points: list[list[Point]]
    across: dict[int, float]


def by_graphlay(
    boxes: list[tuple[float, float]], pairs: list[tuple[int, int]], gap: float
) -> Ranking | None:
    """Ask graphlay; None where it would take long, is not there, fails, or leads links back."""
    ways = longest_ways(len(boxes), pairs)
    passed = sum(max(ways[b] - ways[a] - 1, 0) for a, b in pairs)
    if passed > _MOST_PASSED:
        return None
    is_small = len(boxes) <= _FEW_NODES and passed <= _FEW_PASSED
    try:
        import graphlay  # 27 ms, and only needed for the first layout
    except ImportError:
        return None
    try:
        graph = graphlay.Graph()
        for i, (width, height) in enumerate(boxes):
            graph.node(i, width=width, height=height)
        for a, b in pairs:
            if a != b:
                graph.edge(a, b)
        options = {
            "spacing": {"layer_gap": 96.0, "node_gap": gap, "dummy_gap": gap},
            "effort": "balanced" if is_small else "fast",
        }
        layout = graphlay.layout(graph, options=options)
    except graphlay.GraphlayError:
        return None
    ranks = [int(node["rank"] or 0) for node in layout.nodes]  # None for one without edges
    if any(ranks[a] >= ranks[b] for a, b in pairs if a != b):
        return None
    middles = [float(node["center"]["y"]) for node in layout.nodes]
    across = dict(zip(ranks, (float(n["center"]["x"]) for n in layout.nodes), strict=True))
    found = iter(layout.edges)
    points = [[(p["x"], p["y"]) for p in next(found)["points"]] if a != b else [] for a, b in pairs]
    return Ranking(ranks, middles, points, across)


def height_at(points: list[Point], x: float) -> float:
    """The height at which a polyline passes ``x``."""
    for (x0, y0), (x1, y1) in pairwise(points):
        if x0 <= x <= x1 or x1 <= x <= x0:
            return y0 if x0 == x1 else y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return points[-1][1] if points else 0.0


def longest_ways(count: int, pairs: list[tuple[int, int]]) -> list[int]:
    """The longest way to each node; what nothing feeds moves next to what it feeds."""
    ahead: list[list[int]] = [[] for _ in range(count)]
    missing = [0] * count
    for a, b in pairs:
        if a != b:
            ahead[a].append(b)
            missing[b] += 1
    sources = [i for i in range(count) if missing[i] == 0]
    ranks = [0] * count
    ready = list(sources)
    for i in ready:  # grows while it is walked
        for b in ahead[i]:
            ranks[b] = max(ranks[b], ranks[i] + 1)
            missing[b] -= 1
            if missing[b] == 0:
                ready.append(b)
    for i in sources:
        if ahead[i]:
            ranks[i] = min(ranks[b] for b in ahead[i]) - 1
    return ranks


def depth_first(pairs: list[tuple[int, int]], count: int) -> list[int]:
    """Nodes in the order met walking back from the ends, inputs in the order of their edges."""
    back: list[list[int]] = [[] for _ in range(count)]
    ends = [True] * count
    for a, b in pairs:
        back[b].append(a)
        ends[a] = False
    order: list[int] = []
    seen = [False] * count
    for root in (i for i in range(count) if ends[i]):
        stack = [root]
        while stack:
            i = stack.pop()
            if not seen[i]:
                seen[i] = True
                order.append(i)
                stack.extend(reversed(back[i]))
    return order
