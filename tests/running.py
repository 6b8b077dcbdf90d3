"""Processes of the tests: some that begin quickly, and what a check of notebooks leaves behind."""

from __future__ import annotations

import contextlib
import multiprocessing
from multiprocessing.context import BaseContext
from pathlib import Path

import psutil

IMPORTED = [
    "costlib.alerts.delivery",
    "costlib.budgets.budget",
    "costlib.own_data.imports",
    "costlib.tracking.ledger",
    "psycopg",
]


def quick_processes() -> BaseContext:
    """Processes that begin quickly: forked, where that is possible, from one that has imported
    what most of them use. The first test that asks starts it, and it ends with the tests."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(IMPORTED)
    return context


def left_running(folder: Path) -> list[str]:
    """What still runs of the checks whose scratch is in a folder."""
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("COSTLIB_CHECK", "").startswith(str(folder)):
                found.append(f"{process.status()} {process.cmdline()}")
    return found
