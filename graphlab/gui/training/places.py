"""Where the window keeps its runs, so that one may be looked at, resumed or evaluated later."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path
from time import time

from PySide6.QtCore import QStandardPaths

KEPT = 20
"""Runs that stay; an older one goes when another begins."""

_RESTED = 24 * 3600  # seconds
_NAME = r"\d{8}-\d{6}(-\d+)?-[\w.-]*"


def usual_place() -> Path:
    """The folder for all runs, in the person's data folder."""
    data = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.AppDataLocation)
    return Path(data) / "runs"


def next_folder(place: Path, spec: str) -> Path:
    """A folder that is not there yet, named by the time and the data."""
    told = re.sub(r"[^\w.-]+", "-", Path(spec).name)[:40].strip("-.")
    stamp = datetime.now().strftime("%Y%m%d-%H%M%S")
    folder, number = place / f"{stamp}-{told}", 1
    while folder.exists():
        number += 1
        folder = place / f"{stamp}-{number}-{told}"
    return folder


def prune(place: Path, spared: Path) -> None:
    """Remove the oldest runs that have rested for a day: a younger one may be another window's.

    What is not named as a run is left alone, and so is the folder that is ``spared``.
    """
    found = sorted(p for p in place.glob("*") if p.is_dir() and re.fullmatch(_NAME, p.name))
    until = time() - _RESTED
    for old in found[: -KEPT or None]:
        if old.resolve() != spared.resolve() and _changed(old) < until:
            shutil.rmtree(old, ignore_errors=True)


def _changed(folder: Path) -> float:
    """When anything in a run was written last; while it trains, that is its events."""
    try:
        return max(path.stat().st_mtime for path in (folder, *folder.rglob("*")))
    except OSError:  # replaced just now, so somebody is at work there
        return time()
