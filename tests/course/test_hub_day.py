"""Before and after a day on a hub: the dry start of a seat, and what was saved on it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from costlib.course import cli, hub_check
from costlib.paths import ROOT

LESSON = next(ROOT.glob("lessons/01_*.ipynb"))


def seat(homes: Path, name: str, **lessons: bytes) -> None:
    folder = homes / name / "course" / "lessons"
    (folder / "kept").mkdir(parents=True)
    (folder / "kept" / "01_old.ipynb").write_bytes(b"old")
    (folder.parent / "solutions").mkdir()
    (folder.parent / "solutions" / "01_a.ipynb").write_bytes(b"model answer")
    for stem, content in lessons.items():
        (folder / f"{stem.strip('_')}.ipynb").write_bytes(content)


def test_what_was_worked_on_is_collected(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    homes, to = tmp_path / "home", tmp_path / "in"
    untouched = {LESSON.stem: LESSON.read_bytes()}
    seat(homes, "learner-01", **untouched, _02_b=b"done")
    seat(homes, "learner-02", **untouched)
    (homes / "somebody").mkdir()
    assert cli.inside(["collect", str(homes), "--to", str(to)]) == 0
    said = capsys.readouterr().out
    assert "learner-01: 1 lessons" in said and "learner-02: 0 lessons" in said
    assert [path.relative_to(to).as_posix() for path in to.rglob("*.ipynb")] == [
        "learner-01/02_b.ipynb"
    ]
    assert (homes / "learner-01/course/lessons/02_b.ipynb").read_bytes() == b"done"


def test_a_folder_without_seats_is_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.inside(["collect", str(tmp_path)]) == 1
    assert "holds course/lessons" in capsys.readouterr().err


@pytest.mark.skipif(os.name == "nt", reason="a hub runs on Linux")
def test_what_another_account_cannot_open_is_named(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    python = tmp_path / "home" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.touch()
    python.chmod(0o755)
    python.parent.parent.chmod(0o700)
    found = hub_check.closed_to_others(python)
    assert found is not None and (found == tmp_path / "home" or found in tmp_path.parents)
    python.parent.parent.chmod(0o755)
    assert hub_check.closed_to_others(python) != tmp_path / "home"
    word, text = hub_check._python(tmp_path / "nowhere")
    assert word == "problem" and "there is no" in text


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a hub runs on Linux")
def test_too_many_seats_for_the_memory_and_a_missing_hub_are_problems(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["hub-check", "--hub", str(tmp_path), "--seats", "100000"]
    assert cli.inside(asked) == 1
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 5
    assert "100000 seats need 70002" in lines[3] and lines[3].startswith("problem")
    assert lines[4].startswith("problem  a seat's Python does not start")


def test_a_node_that_is_not_there_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    word, text = hub_check._node()
    assert word == "problem" and "Node.js" in text and "22" in text
