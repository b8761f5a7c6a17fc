"""What is looked at while a network trains: pictures of what it knows, as plain arrays by name.

Each view is computed from a training between two steps, changes nothing of it, and is bounded in
size.  Names of classes and splits are lines of UTF-8 bytes.  Imported only where torch is wanted.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from graphlab.data.columns import Array
from graphlab.errors import RunError
from graphlab.suggest import did_you_mean
from graphlab.train.training import Training
from graphlab.train.views.classes import confusion, predictions
from graphlab.train.views.overlays import boxes, density, masks
from graphlab.train.views.plane import curve, plane
from graphlab.train.views.samples import reconstructions, samples
from graphlab.train.views.weights import weights

View = Callable[..., dict[str, Array]]


def _checked(view: View) -> View:
    """The view, refusing settings that it does not have or that are of another type."""
    known = dict(list(inspect.signature(view).parameters.items())[1:])

    @functools.wraps(view)
    def show(training: Training, **settings: Any) -> dict[str, Array]:
        for name, value in settings.items():
            if name not in known:
                hint = did_you_mean(name, known) or f": choose {', '.join(known) or 'none'}"
                raise RunError(f"the view {view.__name__} has no setting {name!r:.40}{hint}")
            if type(value) is not type(known[name].default):
                usual = known[name].default
                raise RunError(
                    f"{name} of the view {view.__name__} is given as {value!r:.40}: give "
                    f"{type(usual).__name__}, as in {usual!r}"
                )
        return view(training, **settings)

    return show


VIEWS: dict[str, View] = {
    view.__name__: _checked(view)
    for view in (
        confusion, predictions, masks, density, boxes, plane, curve, samples, reconstructions,
        weights,
    )
}  # fmt: skip
"""Every view by its name: ``VIEWS[name](training, **settings)``.

Raises ``GraphLabError`` where the view does not apply, in one sentence.
"""
