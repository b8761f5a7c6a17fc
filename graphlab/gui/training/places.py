"""Where the window keeps its runs, so that one may be looked at, resumed or evaluated later."""

from __future__ import annotations

import re
import shutil
from datetime import datetime
from pathlib import Path

from PySide6.QtCore import QStandardPaths

KEPT = 20
"""Runs that stay; an older one goes when another begins."""

_NAME = re.compile(r"\d{8}-\d{6}(-\d+)?-[\w.-]*")


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


def prune(place: Path) -> None:
    """Remove the oldest runs; what is not named as one is left alone."""
    found = sorted(p for p in place.glob("*") if p.is_dir() and _NAME.fullmatch(p.name))
    for old in found[: -KEPT or None]:
        shutil.rmtree(old, ignore_errors=True)
