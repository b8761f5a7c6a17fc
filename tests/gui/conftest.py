"""The window's tests run without a screen unless told otherwise, set before Qt is imported."""

import os

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
