"""Run a notebook's cells under nbval, within limits, so that no cell costs more than its own.

Behind `grade`; the limits of one run are in `_nbval_rows`, a pytest plugin. Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil

MEMORY = 4 * 1024**3

_LEFT_OUT = "raise RuntimeError('this cell was stopped: it is left out')"


class Unusable(Exception):
    """A file that cannot be checked; its text is the sentence to print."""


@dataclass
class Cell:
    """A cell to run: a learner's (no `exercise`), or our check cell and the outputs it must give.
    `stopped` says why it had to be, once it had."""

    source: str
    exercise: str = ""
    outputs: list[Any] = field(default_factory=list)
    stopped: str = ""


def run(
    cells: list[Cell], root: Path, cell_timeout: float, end: float
) -> dict[int, dict[str, Any]]:
    """nbval's result for each cell. A cell that had to be stopped is left out of the next run, so
    that it costs its own exercise only. Stops at `end` (`time.monotonic`) with what there is."""
    while True:
        results = _run_once(cells, root, cell_timeout, end - time.monotonic())
        at = next((i for i in sorted(results) if results[i]["stopped"]), -1)
        reason = results[at]["stopped"] if at >= 0 else ""
        # A cell that was left out did nothing: what stops there was begun by one before it.
        while at >= 0 and cells[at].stopped:
            at -= 1
        if at < 0:
            return results
        cells[at].stopped = reason
        if time.monotonic() > end:
            return results


def _run_once(
    cells: list[Cell], root: Path, cell_timeout: float, left: float
) -> dict[int, dict[str, Any]]:
    """Run the cells in a fresh pytest and a fresh kernel, up to the first that is stopped."""
    from nbformat import v4, writes

    notebook = v4.new_notebook()
    for i, cell in enumerate(cells):
        source = _LEFT_OUT if cell.stopped else cell.source
        ours = {"outputs": cell.outputs, "execution_count": 1} if cell.exercise else {}
        notebook.cells.append(v4.new_code_cell(source, id=f"cell-{i}", **ours))
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lessons, rows = Path(folder, "lessons"), Path(folder, "rows.jsonl")
        lessons.mkdir()
        rows.touch()
        lessons.joinpath("notebook.ipynb").write_text(writes(notebook), encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "costlib.course.nbval_rows"]
        command += ["-p", "nbval.plugin", "-p", "no:cacheprovider"]
        # Without pytest's capture, what a cell writes to its kernel's descriptor is thrown away.
        command += ["--capture=no", "--tb=no", "--nbval", "--nbval-current-env"]
        command += [f"--nbval-cell-timeout={cell_timeout}", str(lessons)]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(Path(folder), rows, root),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        too_long = ""
        try:
            process.wait(timeout=max(left, 1))
        except subprocess.TimeoutExpired:
            too_long = "the whole notebook ran for too long"
        finally:
            process.kill()
            process.wait()
            _end_what_is_left(str(rows))
        lines = rows.read_text(encoding="utf-8").splitlines()
    results = {row["cell"]: row for row in map(json.loads, lines)}
    if not results:
        raise Unusable("nbval could not run it: `python -m costlib doctor` says what is missing.")
    last = results[max(results)]
    if "passed" not in last:  # pytest itself was ended while this cell ran
        if process.returncode == 2:
            raise Unusable("The check was interrupted.")
        last.update(passed=False, says="", why="", stopped=too_long or "it ended the check")
    return results


def end_all(processes: list[psutil.Process]) -> None:
    """End processes: first all are halted, so that none starts another meanwhile."""
    for halt in (psutil.Process.suspend, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                halt(process)


def _end_what_is_left(rows: str) -> None:
    """End what a notebook started and left running, wherever its parent has gone.

    A process of this run is known by the file in its environment, which only this run writes.
    """
    while left := [p for p in psutil.process_iter() if _belongs(p, rows)]:
        end_all(left)
        psutil.wait_procs(left, timeout=1)


def _belongs(process: psutil.Process, rows: str) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get("COSTLIB_ROWS") == rows
        )
    except (psutil.Error, OSError):  # ended meanwhile, or another user's
        return False


def _environment(folder: Path, rows: Path, root: Path) -> dict[str, str]:
    """The environment of a run: no keys, no live provider, the same wherever it runs."""
    secret = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|COSTLIB_PROVIDER", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not secret.search(name)}
    return kept | {
        "COSTLIB_ROWS": str(rows),
        "COSTLIB_MEMORY": str(MEMORY),
        "IPYTHONDIR": str(folder / "ipython"),
        "OPENBLAS_NUM_THREADS": "1",  # each of its threads reserves address space
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(root),
        "TZ": "UTC",
    }
