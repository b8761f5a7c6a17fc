"""Where the house stands, and how its tests start programs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "graphlab"


def started(
    *command: str | Path, cwd: Path = ROOT, env: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a program to its end, with the checkout on the path and ``env`` on top."""
    return subprocess.run(
        command,
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1", **(env or {})},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )


def python(code: str, *arguments: str) -> str:
    """What a fresh interpreter prints; it must end well and complain about nothing."""
    done = started(sys.executable, "-c", code, *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    return done.stdout
