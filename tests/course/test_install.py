"""costlib at work: installed from a wheel, in a folder that holds nothing of the course."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

import costlib
from costlib.paths import ROOT

# What the extra `course` installs, and what that brings: here it is not there.
LESSONS_ONLY = ("IPython", "ipywidgets", "jupyterlab", "matplotlib", "nbval", "psutil")
USE = """
import sys
for name in {absent!r}:
    sys.modules[name] = None
import costlib
from costlib import connect, cost_of, count_text, cost_table, data_path, read_usage
from costlib.alerts import *
from costlib.budgets import *
from costlib.own_data import *
from costlib.tracking import Ledger, track

print(costlib.__version__, costlib.__file__)
print(cost_of(costlib.Usage(input_tokens=1_000_000), "gpt-4.1").total == 2)
print(count_text("Where is my card?", "gpt-4.1").tokens)
ledger = Ledger("sqlite:///calls.sqlite")
client = track(connect("openai"), ledger, user="ada")
client.responses.create(model="gpt-4.1", input="Where is my card?")
print(len(ledger.frame()))
try:
    data_path("traces", "azure_llm_2023_code.csv")
except FileNotFoundError as error:
    print(error)
"""


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    offline = ["--no-deps", "--no-index", "--no-build-isolation", "--no-cache-dir", "-q"]
    command = [sys.executable, "-m", "pip", "wheel", *offline, "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    (found,) = folder.glob("costlib-*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "--no-deps", "--no-index", "-q"]
    subprocess.run([*command, "--target", str(folder), str(wheel)], check=True)
    return folder


def run(installed: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {k: v for k, v in os.environ.items() if not k.startswith(("COSTLIB", "PYTHON"))}
    env |= {"PYTHONPATH": str(installed), "PYTHONIOENCODING": "utf-8"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=folder, env=env, capture_output=True, encoding="utf-8"
    )


def test_installed_it_prices_counts_and_records_in_an_empty_folder(
    installed: Path, tmp_path: Path
) -> None:
    done = run(installed, tmp_path, "-c", USE.format(absent=LESSONS_ONLY))
    assert done.stderr == ""
    first, price, tokens, rows, lessons = done.stdout.splitlines()
    assert first == f"{costlib.__version__} {installed / 'costlib' / '__init__.py'}"
    assert (price, tokens, rows) == ("True", "5", "1")
    assert lessons.startswith("data/traces/azure_llm_2023_code.csv belongs to the lessons")


def test_installed_its_commands_say_where_they_belong(installed: Path, tmp_path: Path) -> None:
    done = run(installed, tmp_path, "-m", "costlib", "check", "1")
    assert (done.returncode, done.stdout) == (1, "")
    assert "run them in a checkout of the course." in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_wheel_holds_what_the_package_reads_and_nothing_of_the_lessons(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as file:
        names = {name for name in file.namelist() if ".dist-info/" not in name}
    assert {name.partition("/")[0] for name in names} == {"costlib"}
    here = {
        path.relative_to(ROOT).as_posix()
        for path in (ROOT / "costlib").rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    assert here <= names  # templates, stubs and py.typed among them
    data = {name.split("/")[2] for name in names - here}
    files = [*(ROOT / "data").glob("*.csv"), *(ROOT / "data").glob("*.json")]
    assert data == {file.name for file in files} | {"README.md", "bank", "edits", "tokenizers"}


def test_type_checkers_are_told_the_names_that_costlib_hands_on() -> None:
    source = (ROOT / "costlib" / "__init__.py").read_text(encoding="utf-8")
    block = next(node for node in ast.parse(source).body if isinstance(node, ast.If))
    told = [alias.name for line in block.body for alias in line.names]
    assert sorted(told) == costlib.__all__
