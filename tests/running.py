"""What a check of notebooks leaves behind."""

from __future__ import annotations

import contextlib
from pathlib import Path

import psutil


def left_running(folder: Path) -> list[str]:
    """What still runs of the checks whose scratch is in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("COSTLIB_CHECK", "").startswith(str(folder)):
                found.append(f"{process.status()} {process.cmdline()}")
    return found
