"""A pytest plugin for `python -m costlib check`: nbval's verdict on every cell, and its limits.

nbval lets a cell print until memory is full, and waits on a kernel that has died. Here a cell that
runs too long, prints without end, fills memory, starts processes without end or ends its kernel is
stopped, and so is the run: `grade` leaves that cell out and runs the notebook again. Units: seconds
and bytes.

`nbval_run` writes one JSON line to its standard input: `key`, which marks each line that it
believes, and `memory`, the bytes that pytest, its kernel and their children may take together, and
each of them as address space (POSIX only). It reads one JSON line when a cell begins, one when it
ends.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import time
from collections import deque
from collections.abc import Generator
from queue import Empty
from types import ModuleType
from typing import Any, BinaryIO

import psutil
import pytest

from costlib.course.limits import OUTPUT_BYTES, PROCESSES
from costlib.course.nbval_run import end_all


def _take_the_pipe() -> BinaryIO:
    """Standard output, out of reach of pytest, the kernel and whatever that starts: none of them
    inherits the copy, and what they print goes nowhere."""
    mine = os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for standard in (0, 1):
        os.dup2(nowhere, standard)
    os.close(nowhere)
    return os.fdopen(mine, "wb")


_ASKED = json.loads(sys.stdin.buffer.readline())
_REPORT = _take_the_pipe()

# What nbval would import in every run, and nothing here needs: a grammar for addresses, two seconds
# to build, and two more of jsonschema's extras, which does without what is not there; and the
# measuring of what a notebook covers, for which nobody asks.
for _name in ("rfc3987_syntax", "rfc3986_validator", "isoduration"):
    sys.modules[_name] = None  # type: ignore[assignment]
_uncovered = ModuleType("nbval.cover")
_uncovered.__dict__.update(dict.fromkeys(("setup_coverage", "teardown_coverage"), lambda *_: None))
sys.modules[_uncovered.__name__] = _uncovered

import nbval.plugin  # noqa: E402
from nbval.kernel import RunningKernel  # noqa: E402
from nbval.plugin import IPyNbCell  # noqa: E402

MOST_SHOWN = 600
LOOK_EVERY = 0.25


class Stopped(Exception):
    """A cell was stopped; the text says what it did, as in "it ran for more than 30 seconds"."""


class WatchedKernel(RunningKernel):
    """nbval's kernel, reading what a cell prints while it runs, so that it can be stopped."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self._early: deque[dict[str, Any]] = deque()
        self._printed = 0
        super().__init__(*args, **kwargs)

    def get_message(self, stream: str, timeout: float | None = None) -> dict[str, Any]:
        if stream == "iopub" and self._early:
            return self._early.popleft()
        message: dict[str, Any] = super().get_message(stream, timeout)
        if stream == "iopub":  # the reply may have been quicker than what was printed before it
            self._count(message)
        return message

    def _count(self, message: dict[str, Any]) -> None:
        self._printed += len(str(message["content"]))
        if self._printed > OUTPUT_BYTES:
            raise Stopped(f"it printed more than {OUTPUT_BYTES // 10**6} MB")

    def await_reply(self, msg_id: str, timeout: float | None = None) -> None:
        """Wait for the cell's end. Raises `Stopped` when there is none in time or in bounds."""
        limit = 60.0 if timeout is None else timeout
        end, look, self._printed = time.monotonic() + limit, 0.0, 0
        while True:
            if time.monotonic() > look:
                _watch_family()
                look = time.monotonic() + LOOK_EVERY
            with contextlib.suppress(Empty):
                reply = self.kc.get_shell_msg(timeout=0)
                if reply["parent_header"].get("msg_id") == msg_id:
                    # exit() ends the kernel a second later, under some other cell.
                    if any(
                        it["source"] == "ask_exit" for it in reply["content"].get("payload", [])
                    ):
                        raise Stopped("it ended the kernel")
                    return
            if time.monotonic() > end:
                raise Stopped(f"it ran for more than {limit:g} seconds")
            try:
                message = self.kc.get_iopub_msg(timeout=0.05)
            except Empty:
                if not self.is_alive():
                    raise Stopped("it ended the kernel") from None
                continue
            self._early.append(message)
            self._count(message)


nbval.plugin.RunningKernel = WatchedKernel


def _watch_family() -> None:
    """Raise `Stopped`, all children ended, when they are too many or take too much together."""
    family = psutil.Process().children(recursive=True)
    taken = 0
    for process in family:
        with contextlib.suppress(psutil.Error):
            taken += process.memory_info().rss
    stopped = ""
    if len(family) > PROCESSES:
        stopped = f"it started more than {PROCESSES} processes"
    elif taken > _ASKED["memory"]:
        stopped = "it filled the memory"
    if stopped:
        end_all(family)
        raise Stopped(stopped)


def pytest_configure() -> None:
    # Windows has no such limit, and macOS refuses some values: the other limits still hold there.
    with contextlib.suppress(ImportError, ValueError, OSError):
        import resource

        memory = _ASKED["memory"]
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
        # The system's own bound on a fork bomb, between two looks; it does not hold for root.
        mine = sum(p.info["uids"].real == os.getuid() for p in psutil.process_iter(["uids"]))
        most = mine + 4 * PROCESSES
        hard = resource.getrlimit(resource.RLIMIT_NPROC)[1]
        if hard == resource.RLIM_INFINITY or most < hard:
            resource.setrlimit(resource.RLIMIT_NPROC, (most, hard))


@pytest.hookimpl(trylast=True)  # once the kernel stands: that it does not is no cell's fault
def pytest_runtest_setup(item: IPyNbCell) -> None:
    _write(cell=item.cell_num)


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(
    item: IPyNbCell, call: pytest.CallInfo[None]
) -> Generator[None, Any, None]:
    report = (yield).get_result()
    if call.when != "call":
        return
    error = call.excinfo.value if call.excinfo else None
    raised = [o for o in item.test_outputs or [] if o["output_type"] == "error"]
    stopped = ""
    if isinstance(error, Stopped):
        stopped = str(error)
    elif any(output["ename"] == "MemoryError" for output in raised):
        stopped = "it filled the memory"
    elif not item.parent.kernel.is_alive():
        stopped = "it ended the kernel"
    results = [o["data"] for o in item.test_outputs or [] if o["output_type"] == "execute_result"]
    says = results[-1].get("text/plain", "")[:MOST_SHOWN] if results else ""
    why = "".join(f"{o['ename']}: {o['evalue']}" for o in raised)[:MOST_SHOWN] or str(error or "")
    _write(cell=item.cell_num, passed=report.passed, says=says, why=why, stopped=stopped)
    if stopped:
        item.session.shouldstop = stopped


def _write(**row: object) -> None:
    _REPORT.write(json.dumps({"key": _ASKED["key"], **row}).encode() + b"\n")
    _REPORT.flush()
