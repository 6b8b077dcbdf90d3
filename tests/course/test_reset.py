"""`python -m costlib reset`: a fresh lesson from git, and nothing of the learner's lost."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from costlib.course import reset
from costlib.course.commands import read
from costlib.course.reset import Problem, reset_lesson

FRESH = b'{"cells": []}\n'


@pytest.fixture
def course(tmp_path: Path) -> Path:
    def git(*arguments: str) -> None:
        identity = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", tmp_path, *identity, *arguments], check=True)

    (tmp_path / "lessons").mkdir()
    (tmp_path / "lessons" / "03_cost.ipynb").write_bytes(FRESH)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "course")
    return tmp_path


def test_the_old_copies_are_kept_under_numbers(course: Path):
    lesson = course / "lessons" / "03_cost.ipynb"
    for number in (1, 2):
        lesson.write_text(f"work {number}")
        fresh, kept = reset_lesson(3, root=course)
        assert fresh == lesson and lesson.read_bytes() == FRESH
        assert kept == course / "lessons" / "kept" / f"03_cost.{number}.ipynb"
        assert kept.read_text() == f"work {number}"


def test_a_deleted_lesson_comes_back(course: Path):
    lesson = course / "lessons" / "03_cost.ipynb"
    lesson.unlink()
    assert reset_lesson(3, root=course) == (lesson, lesson)
    assert lesson.read_bytes() == FRESH


def test_what_is_no_notebook_any_more_is_kept_aside_unread(course: Path):
    """A folder, and a link that leads back to itself, in the lesson's place."""
    lesson = course / "lessons" / "03_cost.ipynb"
    lesson.unlink()
    lesson.mkdir()
    (lesson / "work").touch()
    _, kept = reset_lesson(3, root=course)
    assert lesson.read_bytes() == FRESH and (kept / "work").exists()
    lesson.unlink()
    try:
        lesson.symlink_to(lesson.name)
    except OSError:
        pytest.skip("this system allows no links")
    _, kept = reset_lesson(3, root=course)
    assert lesson.read_bytes() == FRESH and kept.is_symlink()


def test_what_cannot_be_reset_is_a_sentence_and_touches_nothing(course: Path):
    with pytest.raises(Problem, match="already as in version HEAD"):
        reset_lesson(3, root=course)
    with pytest.raises(Problem, match="no notebook of lesson 4"):
        reset_lesson(4, root=course)
    for slip in ("nowhere", "--all", ""):
        with pytest.raises(Problem, match=f"git has no version '{slip}' of the course: name a"):
            reset_lesson(3, version=slip, root=course)
    with pytest.raises(Problem, match="git cannot give the fresh copy"):
        reset_lesson(3, root=course / "nowhere")
    assert not (course / "lessons" / "kept").exists()


def test_the_command_says_where_the_work_is(course: Path, monkeypatch, capsys):
    monkeypatch.setattr(reset, "ROOT", course)
    monkeypatch.setitem(reset_lesson.__kwdefaults__, "root", course)
    (course / "lessons" / "03_cost.ipynb").write_text("work")
    assert reset.main(read("reset", ["4", "03"])) == 1
    said = capsys.readouterr()
    assert "lessons/kept/03_cost.1.ipynb" in said.out and "no notebook of lesson 4" in said.err
