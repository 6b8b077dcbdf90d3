"""`python -m costlib doctor`: what is wrong with this environment, one line a question.

Each line opens with a word: ok, problem (the course does not work until it is mended, and the line
says how) or note (only the tests miss it). Standard library only: it runs when nothing else does.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from costlib.course.bootstrap import (
    NEEDED_BYTES,
    PYTHON,
    VENV,
    environment,
    missing,
    read_note,
    venv_is_ready,
    venv_lacks,
)
from costlib.course.install_progress import NEWEST_PYTHON
from costlib.paths import ROOT

LAB = "python -m costlib lab"
DATA = ("prices.csv", "models.csv", "roles.csv", "tokenizers")
TOKENS_CODE = """
from costlib.tokens.encodings import load_encoding
for name in ("o200k_base", "cl100k_base"):
    assert load_encoding(name).encode("hello"), name
"""
KERNEL_CODE = """
from jupyter_client.manager import run_kernel
with run_kernel(kernel_name="python3", extra_arguments=["--IPKernelApp.log_level=40"]) as client:
    reply = client.execute_interactive("import costlib", timeout=60, output_hook=lambda _: None)
    assert reply["content"]["status"] == "ok", reply["content"].get("evalue")
"""
CHROMIUMS: tuple[str, ...] = (
    "chromium-headless-shell",  # first: it has no window to look after, which costs half its work
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
Answer = tuple[str, str]


def find_chromium() -> str | None:
    """The path of a Chromium or Chrome for the browser tests; None when there is none."""
    return next(filter(None, map(shutil.which, CHROMIUMS)), None)


def _python() -> Answer:
    version = sys.version.split()[0]
    if sys.version_info[:2] > NEWEST_PYTHON:
        newest = ".".join(map(str, NEWEST_PYTHON))
        return "note", f"Python {version} is newer than the pinned packages: {newest} is safer"
    return "ok", f"Python {version} at {sys.executable}"


def _environment(python: str) -> Answer:
    if python != str(PYTHON):
        return "ok", "this Python has the packages already; .venv is not needed"
    if not VENV.exists():
        return "problem", f".venv is not there yet: run {LAB}"
    if read_note() == {}:
        return "problem", f".venv is unfinished, its making was broken off: run {LAB}"
    if not venv_is_ready("run"):
        return "problem", f".venv is out of step with the pins: run {LAB}"
    return "ok", f".venv is ready at {VENV}"


def _packages(lacking: list[str]) -> Answer:
    if lacking:
        return "problem", f"missing or too old, run {LAB}: {', '.join(lacking)}"
    return "ok", "every package of the lessons is there, at a version that works"


def _data() -> Answer:
    gone = [name for name in DATA if not (ROOT / "data" / name).exists()]
    restore = "git checkout -- data"
    if gone:
        return "problem", f"data/ lacks {', '.join(gone)}: restore it with `{restore}`"
    # git keeps a checksum of each file: what differs from the commit is listed.
    command = ["git", "status", "--porcelain", "--", "data"]
    try:
        status = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return "note", "data/ is there; without git its checksums cannot be compared"
    changed = [line[3:] for line in status.stdout.splitlines() if line[:2] != "??"]
    if changed:
        return "problem", f"{', '.join(changed)} differ from the course's: `{restore}` restores"
    return "ok", "the data files are there, their checksums as in the commit"


def _run(python: str, code: str) -> str:
    """The last line of what went wrong when `python` ran `code`; empty when nothing did."""
    try:
        subprocess.run(
            [python, "-c", code],
            cwd=tempfile.gettempdir(),
            env=environment(python),
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
        )
    except subprocess.CalledProcessError as error:
        return (error.stderr.strip().splitlines() or ["no message"])[-1]
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    return ""


def _tokenizers(python: str) -> Answer:
    trouble = _run(python, TOKENS_CODE)
    if trouble:
        return "problem", f"the tokenizers do not load ({trouble}): run {LAB}, then look at data/"
    return "ok", "the tokenizers load and their checksums are right"


def _kernel(python: str) -> Answer:
    trouble = _run(python, KERNEL_CODE)
    if trouble:
        return "problem", f"a notebook kernel does not start ({trouble}): run {LAB}"
    return "ok", "a notebook kernel starts and imports costlib"


def _chromium() -> Answer:
    path = find_chromium()
    if path is None:
        return "note", "no Chromium or Chrome: only the browser tests need one"
    return "ok", f"browser tests can use {path}"


def _disk() -> Answer:
    free, needed = shutil.disk_usage(ROOT).free, NEEDED_BYTES["dev"]
    size = f"{free / 1e9:.1f} GB of disk space is free"
    if free < needed and not VENV.exists():
        return "problem", f"{size}, {needed / 1e9:.1f} GB is needed: make room"
    return "ok", size


def _writing() -> Answer:
    try:
        with tempfile.TemporaryFile(dir=ROOT):
            return "ok", f"{ROOT} can be written"
    except OSError as error:
        reason = error.strerror or str(error)
        return "problem", f"{ROOT} cannot be written ({reason}): copy it to a folder of your own"


def main(options: argparse.Namespace) -> int:
    """Prints one line a question; 1 when one of them is a problem."""
    in_venv = Path(sys.prefix).resolve() == VENV.resolve()
    python = str(PYTHON) if in_venv or missing("run") else sys.executable
    lacking = venv_lacks("run") if python == str(PYTHON) else missing("run")
    questions: list[Callable[[], Answer]] = [
        _python,
        lambda: _environment(python),
        lambda: _packages(lacking),
        _data,
        _chromium,
        _disk,
        _writing,
    ]
    if not lacking:  # else both would only repeat that packages are missing
        questions += [lambda: _tokenizers(python), lambda: _kernel(python)]
    problems = 0
    for question in questions:
        word, text = question()
        problems += word == "problem"
        print(f"{word:8} {text}", flush=True)
    if problems:
        print(f"\n{problems} to mend: start with the first.")
    return 1 if problems else 0
