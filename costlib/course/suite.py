"""`python -m costlib test`: ruff, mypy, and pytest over the tests and, with nbval, the notebooks.

Three steps, one closing line: 'N passed, N failed, N skipped'. What was skipped is named above
it, so that a machine without Chromium cannot look like a full run.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from costlib.course.doctor import find_chromium
from costlib.paths import ROOT

NOTEBOOKS = ("solutions", "lessons")
NBVAL = (
    "--nbval",
    "--nbval-current-env",
    "--nbval-cell-timeout=120",
    f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval_sanitize.cfg'}",
)
NOTHING_RAN = 5  # pytest's exit code when no test was selected


@dataclass
class Tally:
    """What one step did: how many tests passed and failed, and why others did not run."""

    passed: int = 0
    failed: int = 0
    skipped: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Tally) -> Tally:
        return Tally(
            self.passed + other.passed, self.failed + other.failed, self.skipped + other.skipped
        )

    def lines(self) -> list[str]:
        """What was skipped and why, when anything was, and the closing line."""
        closing = f"{self.passed} passed, {self.failed} failed"
        if not self.skipped:
            return [closing]
        reasons = "; ".join(f"{count} x {why}" for why, count in self.skipped.most_common())
        return [f"Skipped: {reasons}", f"{closing}, {self.skipped.total()} skipped"]


def read_junit(path: Path) -> Tally:
    """The tally of a pytest run from its JUnit file."""
    tally = Tally()
    for case in ET.parse(path).iter("testcase"):
        skipped = case.find("skipped")
        if case.find("failure") is not None or case.find("error") is not None:
            tally.failed += 1
        elif skipped is not None:
            tally.skipped[skipped.get("message", "no reason given")] += 1
        else:
            tally.passed += 1
    return tally


def split(options: list[str]) -> tuple[list[str], list[str], list[str]]:
    """pytest's options, the paths for pytest, and the paths for nbval, from a command line."""
    flags, tests, notebooks = [], [], []
    for option in options:
        path = Path(option.split("::")[0])
        if option.startswith("-") or not path.exists():
            flags.append(option)
        elif path.suffix == ".ipynb" or path.resolve().name in NOTEBOOKS:
            notebooks.append(option)
        else:
            tests.append(option)
    return flags, tests, notebooks


def _ruff() -> Tally:
    print("== ruff: style and likely mistakes ==", flush=True)
    command = [sys.executable, "-m", "ruff", "check", "--output-format=concise", "."]
    return Tally(failed=1) if subprocess.call(command, cwd=ROOT) else Tally(passed=1)


@contextlib.contextmanager
def _mypy(tally: Tally) -> Iterator[None]:
    """Checks the package's types while the block runs, which leaves a processor idle at times."""
    command = [sys.executable, "-m", "mypy"]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as checker:
        try:
            yield
            said, _ = checker.communicate()
        finally:
            checker.kill()
    print(f"\n== mypy: the package's types ==\n{said.strip()}", flush=True)
    if checker.returncode:
        tally.failed += 1
    else:
        tally.passed += 1


def _pytest(title: str, arguments: list[str]) -> Tally:
    print(f"\n== {title} ==", flush=True)
    # One more than processors, since browsers, kernels and databases are waited for; four at
    # most, since each may hold a browser and a kernel in memory.
    workers = min((os.cpu_count() or 1) + 1, 4)
    command = [sys.executable, "-m", "pytest", "-q", "--tb=short", f"-n{workers}"]
    # tests/spread.py says what stays together, and what begins first; tests/kernels, what kernels
    # need not import.
    command += ["-p", "tests.spread", "-p", "tests.kernels.plugin"]
    command += ["--dist=loadscope", "--no-loadscope-reorder"]
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        code = subprocess.call([*command, f"--junitxml={report}", *arguments])
        tally = read_junit(report) if report.exists() else Tally()
    if code not in (0, NOTHING_RAN) and not tally.failed:
        tally.failed += 1  # pytest itself broke off: a failure that no test reports
    return tally


def main(options: argparse.Namespace) -> int:
    """Runs the suite, or only the named paths; 0 when something ran and nothing failed."""
    flags, tests, notebooks = split(options.rest)
    if tests or notebooks:
        tally = _tests(flags, tests, notebooks)
    else:
        tally = _ruff()
        with _mypy(tally):
            tested = _tests(flags, [str(ROOT / "tests")], [str(path) for path in _notebooks()])
        tally += tested
    print()
    for line in tally.lines():
        print(line)
    return 1 if tally.failed or not tally.passed else 0


def _notebooks() -> Iterator[Path]:
    """What nbval runs: the solved lessons, and the blank ones where no browser runs those.

    `tests/browser/every_lesson.py` compares what a blank lesson shows with what it has stored, so
    that a machine with Chromium does not run each of them twice.
    """
    yield ROOT / "solutions"
    blank = ROOT / "lessons"
    yield from blank.glob("00_*.ipynb") if find_chromium() else (blank,)


def _tests(flags: list[str], tests: list[str], notebooks: list[str]) -> Tally:
    # In one run, so that nobody waits between the tests and the notebooks.
    what = {
        "pytest: the tests": tests,
        "nbval: the notebooks, run again": notebooks,
    }
    title = ", and ".join(name for name, paths in what.items() if paths)
    return _pytest(title, [*(NBVAL if notebooks else ()), *flags, *tests, *notebooks])
