"""The course on days to come: every lesson runs there, and every check still says Correct."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from costlib.paths import ROOT


@pytest.mark.parametrize(
    "day",
    [
        "2026-12-01",  # a Tuesday: DeepSeek's price depends on the hour
        "2026-12-20",  # after gpt-5 and gpt-5-mini have shut down, on 2026-12-11
        "2027-02-07",  # after gpt-4.1 and its family, and predicted outputs with them: 2027-01-14
    ],
)
def test_every_lesson_stands_on_another_day(day: str) -> None:
    run = subprocess.run(
        [sys.executable, "-W", "ignore", str(ROOT / "tests" / "other_date.py"), day],
        capture_output=True,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
    )
    assert (run.returncode, run.stdout.strip(), run.stderr.strip()) == (0, "", "")
