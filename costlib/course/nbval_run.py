"""Run a notebook's cells under nbval, within limits, so that no cell costs more than its own.

Behind `grade`; `nbval_rows`, a pytest plugin, keeps the limits of one run and reports each cell as
it ends. It reports through a pipe that is its own standard output, which it takes away before the
kernel starts, and each line carries a key that only it was told: what the notebook's process
writes, wherever it finds a descriptor, is no result. Units: seconds, bytes.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from costlib.course.limits import MEMORY_BYTES

if TYPE_CHECKING:
    from nbformat import NotebookNode

MEMORY = MEMORY_BYTES

# Of a kernel in which nobody types and nobody debugs: a third of its start is the debugger and the
# file of what was typed.
_KERNEL = """\
import sys

sys.modules["debugpy"] = None
get_config().HistoryManager.hist_file = ":memory:"
"""
_LEFT_OUT = "raise RuntimeError('this cell was stopped: it is left out')"


class Unusable(Exception):
    """A file that cannot be checked; its text is the sentence to print."""


@dataclass
class Cell:
    """A cell to run: a learner's (no `exercise`), or our check cell and the outputs it must give.
    `stopped` says why it had to be, once it had."""

    source: str
    exercise: str = ""
    outputs: list[NotebookNode] = field(default_factory=list)
    stopped: str = ""


@dataclass(frozen=True)
class Result:
    """What nbval says of a cell. `passed` is None while it runs, `says` the text that it shows,
    `why` what it raised, and `stopped` why it had to be stopped."""

    passed: bool | None = None
    says: str = ""
    why: str = ""
    stopped: str = ""


def run(
    cells: list[Cell],
    root: Path,
    cell_timeout: float,
    end: float,
    seen: Callable[[dict[int, Result]], None] = lambda results: None,
) -> dict[int, Result]:
    """nbval's result for each cell. A cell that had to be stopped is left out of the next run, so
    that it costs its own exercise only. Stops at `end` (`time.monotonic`) with what there is.
    `seen` gets the results so far whenever a cell has ended."""
    while True:
        results = _run_once(cells, root, cell_timeout, end - time.monotonic(), seen)
        at = next((i for i in sorted(results) if results[i].stopped), -1)
        reason = results[at].stopped if at >= 0 else ""
        # A cell that was left out did nothing: what stops there was begun by one before it.
        while at >= 0 and cells[at].stopped:
            at -= 1
        if at < 0:
            return results
        cells[at].stopped = reason
        if time.monotonic() > end:
            return results


def _run_once(
    cells: list[Cell],
    root: Path,
    cell_timeout: float,
    left: float,
    seen: Callable[[dict[int, Result]], None],
) -> dict[int, Result]:
    """Run the cells in a fresh pytest and a fresh kernel, up to the first that is stopped."""
    results: dict[int, Result] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        lessons = Path(folder, "lessons")
        lessons.mkdir()
        lessons.joinpath("notebook.ipynb").write_text(_notebook(cells), encoding="utf-8")
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        configure_kernel(Path(folder, "ipython"))
        command = [sys.executable, "-m", "pytest", "-p", "costlib.course.nbval_rows"]
        command += ["-p", "nbval.plugin", "-p", "no:cacheprovider"]
        # Looks through all memory at the end, ten times, for what nobody is told here.
        command += ["-p", "no:unraisableexception"]
        # Without pytest's capture, what a cell writes to its kernel's descriptor is thrown away.
        command += ["--capture=no", "--tb=no", "--nbval", "--nbval-current-env"]
        command += [f"--nbval-cell-timeout={cell_timeout}", str(lessons)]
        process = subprocess.Popen(
            command,
            cwd=folder,
            env=_environment(Path(folder), root),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
        assert process.stdin is not None and process.stdout is not None
        key = secrets.token_hex(16)
        # In a thread, because the pipe's end may be held open longer than pytest lives.
        reader = threading.Thread(
            target=_collect, args=(process.stdout, key, results, seen), daemon=True
        )
        too_long = ""
        try:
            reader.start()
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(json.dumps({"key": key, "memory": MEMORY}).encode() + b"\n")
            process.wait(timeout=max(left, 1))
        except subprocess.TimeoutExpired:
            too_long = "the whole notebook ran for too long"
        finally:
            process.kill()
            process.wait()
            _end_what_is_left(folder)
            reader.join(timeout=5)
    results = dict(results)
    if not results:
        raise Unusable("nbval could not run it: `python -m costlib doctor` says what is missing.")
    last = max(results)
    if results[last].passed is None:  # pytest itself was ended while this cell ran
        if process.returncode == 2:
            raise Unusable("The check was interrupted.")
        results[last] = Result(passed=False, stopped=too_long or "it ended the check")
    return results


def configure_kernel(ipython_dir: Path) -> None:
    """Writes the settings of kernels that start with IPYTHONDIR there."""
    profile = ipython_dir / "profile_default"
    profile.mkdir(parents=True)
    profile.joinpath("ipython_kernel_config.py").write_text(_KERNEL, encoding="utf-8")


def _notebook(cells: list[Cell]) -> str:
    """The notebook that nbval runs: outputs and counts at the checks alone, so that only they are
    compared, and nothing in place of a cell that was stopped."""
    from nbformat import v4, writes

    notebook = v4.new_notebook()
    for i, cell in enumerate(cells):
        source = _LEFT_OUT if cell.stopped else cell.source
        ours = {"outputs": cell.outputs, "execution_count": 1} if cell.exercise else {}
        notebook.cells.append(v4.new_code_cell(source, id=f"cell-{i}", **ours))
    return writes(notebook)


def _collect(
    lines: Iterable[bytes],
    key: str,
    results: dict[int, Result],
    seen: Callable[[dict[int, Result]], None],
) -> None:
    """Take the plugin's lines as they come, up to their end; a line without the key is none."""
    for line in lines:
        try:
            row = json.loads(line)
            if row.pop("key") != key:
                continue
            at = row.pop("cell")
            results[at] = Result(**row)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            continue
        if results[at].passed is not None:
            seen(results)


def end_all(processes: list[psutil.Process]) -> None:
    """End processes: first all are halted, so that none starts another meanwhile."""
    for halt in (psutil.Process.suspend, psutil.Process.kill):
        for process in processes:
            with contextlib.suppress(psutil.Error):
                halt(process)


def _end_what_is_left(folder: str) -> None:
    """End what a notebook started and left running, wherever its parent has gone.

    A process of this run is known by the folder in its environment, which is this run's alone.
    """
    while left := [p for p in psutil.process_iter() if _belongs(p, folder)]:
        end_all(left)
        psutil.wait_procs(left, timeout=1)


def _belongs(process: psutil.Process, folder: str) -> bool:
    try:
        return (
            process.status() != psutil.STATUS_ZOMBIE
            and process.environ().get("COSTLIB_CHECK") == folder
        )
    except (psutil.Error, OSError):  # ended meanwhile, or another user's
        return False


def _environment(folder: Path, root: Path) -> dict[str, str]:
    """The environment of a run: no keys, no live provider, the same wherever it runs."""
    secret = re.compile(r"KEY|TOKEN|SECRET|PASSWORD|COSTLIB_PROVIDER", re.IGNORECASE)
    kept = {name: value for name, value in os.environ.items() if not secret.search(name)}
    return kept | {
        "COSTLIB_CHECK": str(folder),
        "IPYTHONDIR": str(folder / "ipython"),
        "OPENBLAS_NUM_THREADS": "1",  # each of its threads reserves address space
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(root),
        "TZ": "UTC",
    }
