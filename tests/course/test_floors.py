"""The house stands: the contracts of pyproject.toml over imports, and the faces of the rooms."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
import tomllib

import pytest

import costlib
from costlib.paths import ROOT

ROOMS = [m.name for m in pkgutil.iter_modules(costlib.__path__) if m.ispkg]
FACES = [room for room in ROOMS if (ROOT / "costlib" / room / "__init__.pyi").exists()]


def test_a_room_imports_only_from_rooms_below_it_and_nothing_runs_in_a_circle() -> None:
    """In a process of its own: import-linter switches off every logger that exists already,
    and with them the logs that later tests of this worker read."""
    lint = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", lint, "--config", "pyproject.toml", "--no-cache"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_only_the_doors_lie_beside_the_rooms() -> None:
    beside = {path.stem for path in (ROOT / "costlib").glob("*.py")}
    assert beside == {"__init__", "__main__", "faces", "paths"}


@pytest.mark.parametrize("room", FACES)
def test_a_face_says_what_the_room_is_and_hands_on_what_it_names(room: str) -> None:
    face = importlib.import_module(f"costlib.{room}")
    assert face.__doc__ and "idea" in face.__doc__ and "nits" in face.__doc__
    assert "esson" in face.__doc__
    for name in face.__all__:
        submodule = (ROOT / "costlib" / room / f"{name}.py").exists()
        assert submodule or not hasattr(getattr(face, name), "__path__")
        assert getattr(face, name) is not None


@pytest.mark.parametrize("room", FACES)
def test_no_name_of_a_face_is_also_a_module_of_the_room(room: str) -> None:
    """Whichever was imported first would win."""
    stub = ast.parse((ROOT / "costlib" / room / "__init__.pyi").read_text(encoding="utf-8"))
    names = {
        alias.name
        for line in stub.body
        if isinstance(line, ast.ImportFrom) and line.module  # `from . import waste` is a module
        for alias in line.names
    }
    modules = {path.stem for path in (ROOT / "costlib" / room).iterdir()}
    assert not names & modules


def test_what_lessons_take_from_a_room_is_on_its_face() -> None:
    wanted: dict[str, set[str]] = {}
    for path in sorted((ROOT / "solutions").glob("[0-9]*.py")):
        for line in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(line, ast.ImportFrom) and (line.module or "").startswith("costlib."):
                wanted.setdefault(line.module or "", set()).update(a.name for a in line.names)
    for module, names in wanted.items():
        assert module.count(".") == 1, f"a lesson reaches past the face of {module}"
        assert names <= {*importlib.import_module(module).__all__}, module


def test_the_readme_says_how_large_the_rooms_are() -> None:
    """Each within a quarter, or a reader is misled; and every lesson has its room."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `costlib/(\w+)/` \|[^|]+\| ([^|]+) \| ([\d,]+) \|$", text, re.M)
    for room, _, said in rows:
        files = (ROOT / "costlib" / room).rglob("*.py")
        lines = sum(len(path.read_text(encoding="utf-8").splitlines()) for path in files)
        assert abs(int(said.replace(",", "")) - lines) <= lines / 4, f"{room} has {lines} lines"
    assert {number for _, lessons, _ in rows for number in re.findall(r"\d", lessons)} == set(
        "12345678"
    )


def test_contributing_draws_the_floors_that_the_contract_has() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contract = project["tool"]["importlinter"]["contracts"][0]
    drawn = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("```")[1]
    floors = [re.split(r" {2,}", line)[0] for line in drawn.strip().splitlines()]
    assert floors == contract["layers"]
