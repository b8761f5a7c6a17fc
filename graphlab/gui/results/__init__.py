"""What a network has learned, as tabs beside the curves of its training.

Every tab asks the process that trains for one view while it is seen, and says in a sentence where
that view does not apply.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphlab.gui.results.confusion import ConfusionTab
from graphlab.gui.results.on_canvas import OnCanvas
from graphlab.gui.results.overlays import BoxesTab, DensityTab, MasksTab
from graphlab.gui.results.plane import PlaneTab
from graphlab.gui.results.predictions import PredictionsTab, ReconstructionsTab
from graphlab.gui.results.samples import CurveTab, SamplesTab
from graphlab.gui.results.tab import ResultTab
from graphlab.gui.session import Session
from graphlab.gui.training.session import TrainingSession

_TABS: Mapping[str, type[ResultTab]] = {
    "Plane": PlaneTab,
    "Curve": CurveTab,
    "Confusion": ConfusionTab,
    "Predictions": PredictionsTab,
    "Masks": MasksTab,
    "Density": DensityTab,
    "Boxes": BoxesTab,
    "Samples": SamplesTab,
    "Reconstructions": ReconstructionsTab,
}

_BY_TASK: Mapping[str, tuple[str, ...]] = {
    "classes": ("Plane", "Confusion", "Predictions", "Reconstructions"),
    "regression": ("Plane", "Curve", "Predictions"),
    "masks": ("Masks",),
    "points": ("Density",),
    "boxes": ("Boxes", "Predictions", "Confusion"),
    "plain": ("Samples", "Plane", "Reconstructions"),
}


def tabs(
    session: Session,
    training: TrainingSession,
    task: str,
    example: tuple[int, ...] | None = None,
    gives_back: bool = True,
) -> list[tuple[str, ResultTab]]:
    """The tabs that go with a task of data, each with its title, best first.

    With the shape of one ``example`` those are left out too that only go with another one, and
    without ``gives_back`` those of a network that is to give back its input.
    """
    return [
        (title, _TABS[title](session, training))
        for title in _BY_TASK.get(task, ())
        if _fits(title, example) and (gives_back or title != "Reconstructions")
    ]


def _fits(title: str, example: tuple[int, ...] | None) -> bool:
    """Whether a view can be made of such examples."""
    if example is None:
        return True
    return {"Plane": example == (2,), "Curve": example == (1,)}.get(title, True)


__all__ = ["OnCanvas", "ResultTab", "tabs"]
