"""A pytest plugin of `python -m costlib test`: which tests stay together, and which begin first.

A file's tests stay on one worker, since they share what its fixtures made, and a notebook's cells
share a kernel. The files of APART share nothing: their tests are dealt one by one. What takes
longest begins first, so that no worker waits at the end for the last file of another.
"""

from __future__ import annotations

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

APART = ("tests/course/test_grade.py", "tests/course/test_other_dates.py")
# By measured time; what is not named here takes seconds.
LONGEST = (
    "tests/browser/",
    "tests/course/test_other_dates.py",
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
        return nodeid if file in APART else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    return Spread(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: _rank(item.nodeid))


def _rank(nodeid: str) -> int:
    return next((i for i, name in enumerate(LONGEST) if nodeid.startswith(name)), len(LONGEST))
