"""What breaks a course on somebody else's machine: line ends, names, encodings, folders.

Windows and macOS run the whole suite in the workflow; these tests see the same faults on Linux.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from costlib.course import cli
from costlib.paths import ROOT
from solutions.build import output_problem
from solutions.derive import derive

TEXT = (".cfg", ".css", ".ipynb", ".json", ".md", ".py", ".toml", ".txt", ".yaml", ".yml")
SOURCE = ROOT / "solutions" / "01_pricing_models.py"
WINDOWS_REFUSES = set('<>:"|?*\\')
DEVICES = {"con", "prn", "aux", "nul", *(f"{d}{n}" for d in ("com", "lpt") for n in range(1, 10))}

# Used in a folder of its own: prices, tokens, traffic and questions, and no file written.
USE = """
import os, sys, warnings
def refuse(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
        if writes and os.fsdecode(arguments[0]).startswith(os.getcwd()):
            raise PermissionError(f"{arguments[0]} was opened for writing")
    if event in ("os.mkdir", "os.remove", "os.rename"):
        raise PermissionError(f"{event} {arguments[0]}")
sys.addaudithook(refuse)
from costlib import connect, cost_of, count_text, data_path, read_usage, role
from costlib import bank
from costlib.intents import labelled
assert str(data_path("prices.csv")).startswith(os.getcwd())
reply = connect("openai").responses.create(model=role("openai", "flagship"), input="Hi there")
print(cost_of(read_usage(reply), role("openai", "flagship")).total > 0)
print(count_text("naïve €", "gpt-4.1").tokens > 0, len(labelled("test")), len(bank.month()))
"""


def git(*arguments: str | Path, cwd: Path = ROOT) -> str:
    command = ["git", *map(str, arguments)]
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=True).stdout


@pytest.fixture(scope="module")
def tracked() -> list[str]:
    """The paths of all files of the course, as git has them."""
    if not (ROOT / ".git").exists():
        pytest.skip("This copy of the course is not a git checkout.")
    return git("ls-files", "-z").split("\0")[:-1]


def test_a_checkout_on_windows_has_the_same_bytes(tracked: list[str], tmp_path: Path) -> None:
    """With git's Windows default, no text file gets CRLF and no data file changes."""
    clone = tmp_path / "course"
    git("clone", "-q", "-c", "core.autocrlf=true", "-c", "core.eol=crlf", ROOT, clone)
    for name in git("ls-files", "-z", cwd=clone).split("\0")[:-1]:
        if name.endswith(TEXT) or name.startswith((".binder/", ".ci/")):
            assert b"\r" not in (clone / name).read_bytes(), name
    assert git("status", "--porcelain", cwd=clone) == ""


def test_a_source_with_crlf_derives_the_same_notebooks(tmp_path: Path) -> None:
    """An editor on Windows may save CRLF all the same."""
    folder = tmp_path / "solutions"
    folder.mkdir()
    shutil.copy(ROOT / "solutions" / "course.json", folder)
    (tmp_path / "data").mkdir()
    shutil.copy(ROOT / "data" / "sources.csv", tmp_path / "data")
    shutil.copytree(ROOT / "solutions" / "work", folder / "work")
    for name in ROOT.glob("solutions/[0-9]*.py"):  # the lessons' links ask which others exist
        shutil.copy(name, folder)
    (folder / SOURCE.name).write_bytes(SOURCE.read_bytes().replace(b"\n", b"\r\n"))
    assert derive(folder / SOURCE.name) == derive(SOURCE)


def test_every_file_can_be_checked_out_on_windows_and_macos(tracked: list[str]) -> None:
    assert len({name.casefold() for name in tracked}) == len(tracked)
    for name in tracked:
        assert len(name) < 120, name
        for part in name.split("/"):
            assert not WINDOWS_REFUSES & set(part) and not part.endswith((".", " ")), name
            assert part.partition(".")[0].casefold() not in DEVICES, name
            assert part.isascii(), name


@pytest.mark.parametrize("path", [r"C:\Users\ada\course\data\prices.csv", r"D:\\Temp\\x"])
def test_a_path_of_windows_in_an_output_is_seen(path: str) -> None:
    """A lesson built on Windows must not show its builder's folders either."""
    output = nbformat.v4.new_output("stream", text=f"read {path}\n")
    assert output_problem(output).startswith("shows a path of this machine: " + path[:2])


@pytest.mark.skipif(os.name == "nt", reason="there it is a path")
def test_a_path_of_windows_elsewhere_is_no_file(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.inside(["check", r"lessons\01_pricing_models.ipynb"]) == 1
    assert "There is no such file." in capsys.readouterr().out


def test_no_text_is_read_in_the_machines_own_encoding() -> None:
    """On Windows that is not UTF-8: every open of a text file names its encoding."""
    command = [sys.executable, "-m", "ruff", "check", "--preview", "--isolated"]
    command += ["--select", "PLW1514", "--output-format", "json"]
    command += [str(ROOT / name) for name in ("costlib", "solutions", "data")]
    found = json.loads(subprocess.run(command, capture_output=True, text=True).stdout)
    assert [f"{it['filename']}:{it['location']['row']}" for it in found] == []


def test_it_runs_in_a_folder_with_spaces_and_accents_and_writes_nothing(tmp_path: Path) -> None:
    """As from a read-only disk: whoever opens a file of the course for writing is refused."""
    folder = tmp_path / "Übung und Kosten (1)"
    quiet = shutil.ignore_patterns("__pycache__")
    for name in ("costlib", "data"):
        shutil.copytree(ROOT / name, folder / name, ignore=quiet)
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COSTLIB", "PYTHON"))}
    env |= {"PYTHONPATH": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        [sys.executable, "-c", USE],
        cwd=folder,
        env=env | {"PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
    )
    assert done.stderr == ""
    assert done.stdout.split() == ["True", "True", "3080", "1440000"]
