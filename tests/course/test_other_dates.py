"""The course on days to come: every lesson runs there, and every check still says Correct."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from costlib.paths import ROOT

DAYS = [
    "2026-12-20",  # after gpt-5 and gpt-5-mini have shut down, on 2026-12-11; a Sunday
    "2027-02-07",  # after gpt-4.1 and its family, and predicted outputs with them: 2027-01-14
    # After every announced end of a chat model: gpt-5.4-nano's is 2027-04-01. A Tuesday, when
    # DeepSeek's price depends on the hour, and the first of a month.
    "2027-06-01",
]


@pytest.fixture(scope="module")
def run() -> subprocess.CompletedProcess[str]:
    """All days side by side, since they share what no day changes."""
    return subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "other_date.py"), *DAYS],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
    )


@pytest.mark.parametrize("day", DAYS)
def test_every_lesson_stands_on_another_day(
    day: str, run: subprocess.CompletedProcess[str]
) -> None:
    fallen = [line for line in run.stdout.splitlines() if line.startswith(day)]
    assert (fallen, run.stderr.strip()) == ([], "")


def test_nothing_else_is_said(run: subprocess.CompletedProcess[str]) -> None:
    assert (run.returncode, run.stdout.strip()) == (0, "")
