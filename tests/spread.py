"""A pytest plugin of `python -m costlib test`: which tests stay together, and which begin first.

A file's tests stay on one worker, since they share what its fixtures made, and a notebook's cells
share a kernel. The files of a line of TOGETHER share more. The tests of APART share nothing: they
are dealt one by one. What takes longest begins first, so that no worker waits at the end for the
last file of another.

On a fresh checkout, one worker writes the byte code that the others read.
"""

from __future__ import annotations

import contextlib
import gc
import re
import sys
from collections.abc import Generator, Iterator
from pathlib import Path

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

APART = ("tests/course/test_grade.py",)
# What drives JupyterLab, in two parts: a server and its page cost 9 s of a processor to start, and
# in one part these tests would still run when all others have ended. Two that need no server open
# their pages in the browser of the second part.
TOGETHER = (
    r"tests/browser/test_(calculator_\w+|index_page|lesson_0[1-4])\.py",
    r"tests/browser/test_(audit_in_a_browser|lesson_0[5-8]|slides_page)\.py",
)
# By measured time; what is not named here takes seconds.
LONGEST = (
    "tests/course/test_other_dates.py",
    "tests/browser/",
    "tests/exercises/test_mutants.py",
    "solutions/",
    "lessons/",
    "tests/course/test_build.py",
    "tests/course/test_bootstrap.py",
    "tests/course/test_grade.py",
    "tests/course/",
    "tests/budgets/",
    "tests/alerts/",
    "tests/exercises/",
)


class Spread(LoadScopeScheduling):
    """xdist's scheduler by scopes, with the scopes of this suite."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        shared = next((files for files in TOGETHER if re.fullmatch(files, file)), file)
        return nodeid if file in APART else shared


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return Spread(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((i for i, name in enumerate(LONGEST) if nodeid.startswith(name)), len(LONGEST))


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Generator[None, object, object]:
    """Imports every test without looking for garbage, of which imports leave none.

    What is imported stays: freezing it spares each later search the walk through it. Searches
    are rarer than Python's own, too: they took a tenth of the tests' time.
    """
    with _first_alone() if hasattr(session.config, "workerinput") else contextlib.nullcontext():
        gc.disable()
        try:
            return (yield)
        finally:
            gc.collect()
            gc.freeze()
            gc.enable()
            gc.set_threshold(10_000, 20, 20)


@contextlib.contextmanager
def _first_alone() -> Iterator[None]:
    """Lets the first worker that comes go ahead of all others, which then go together.

    Together from the start, each would compile whatever it imports, as no other had yet.
    """
    if sys.platform == "win32":  # which has other locks
        yield
        return
    import fcntl

    with Path(__file__).open() as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            fcntl.flock(file, fcntl.LOCK_SH)
        yield
