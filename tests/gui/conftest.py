"""The window's tests run without a screen unless told otherwise, set before Qt is imported."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import QApplication

from graphlab.gui.app import application

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")


@pytest.fixture(scope="package", autouse=True)
def _the_application(qapp: QApplication) -> Iterator[None]:
    """Set up as at a start; it collects garbage between its events alone, and other tests have
    none."""
    application()
    yield
    gc.enable()
