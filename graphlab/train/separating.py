"""Whether a hyperplane has all examples on their side, with a proof either way.

An example with features φ and side t is the vector z = t φ, and weights w have it on its side where
w·z > 0.  Weights that have all of them there exist exactly where 0 is not in the convex hull of
the z (Gordan 1873).  So the hull's point nearest to 0 decides: where it is not 0 it is such a w,
the one with the widest margin, and where it is, its shares are the proof that there is none.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graphlab.data.columns import Array

_MOST_ROUNDS = 10_000
_CLOSE = 1e-10  # of the largest square: what rounding leaves of a zero


@dataclass(frozen=True)
class Nearest:
    """The point of a convex hull nearest to 0, and what share each vector has in it."""

    point: Array
    shares: Array
    is_origin: bool

    @property
    def margin(self) -> float:
        """How far the nearest example is from the hyperplane through 0 with this normal."""
        return 0.0 if self.is_origin else float(np.linalg.norm(self.point))


def nearest(z: Array) -> Nearest | None:
    """The nearest point of the hull of the rows of ``z`` (N, p), by the algorithm of Wolfe (1976).

    None where rounding keeps it from being found.
    """
    z = np.asarray(z, np.float64)
    size = float(np.square(z).sum(1).max())
    corral = [int(np.square(z).sum(1).argmin())]
    shares = np.ones(1)
    for _ in range(_MOST_ROUNDS):
        point = shares @ z[corral]
        square = float(point @ point)
        heights = z @ point
        next_ = int(heights.argmin())
        is_origin = square <= _CLOSE * size
        if is_origin or heights[next_] >= square - _CLOSE * size:
            return _found(z, corral, shares, is_origin=is_origin)
        if next_ in corral:
            return None
        corral, shares = _moved(z, [*corral, next_], np.append(shares, 0.0))
    return None


def _moved(z: Array, corral: list[int], shares: Array) -> tuple[list[int], Array]:
    """Go to the point nearest to 0 of the corral's affine hull, or as far as its hull reaches.

    What has no share there leaves, and the way goes on.
    """
    while True:
        aim = _affine(z[corral])
        if (aim > _CLOSE).all():
            return corral, aim
        falling = aim <= _CLOSE
        steps = shares[falling] / np.maximum(shares[falling] - aim[falling], 1e-300)
        shares = shares + min(1.0, float(steps.min())) * (aim - shares)
        shares[np.flatnonzero(falling)[steps.argmin()]] = 0.0
        kept = shares > _CLOSE
        corral = [i for i, is_kept in zip(corral, kept, strict=True) if is_kept]
        shares = shares[kept] / shares[kept].sum()


def _affine(points: Array) -> Array:
    """The shares, of sum 1, of the point nearest to 0 of the affine hull of the rows."""
    count = len(points)
    system = np.zeros((count + 1, count + 1))
    system[0, 1:] = system[1:, 0] = 1
    system[1:, 1:] = points @ points.T
    solution: Array = np.linalg.lstsq(system, np.eye(count + 1)[0], rcond=None)[0][1:]
    return solution


def _found(z: Array, corral: list[int], shares: Array, *, is_origin: bool) -> Nearest:
    whole = np.zeros(len(z))
    whole[corral] = shares
    return Nearest(whole @ z, whole, is_origin)
