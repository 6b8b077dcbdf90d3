"""Fixtures of the browser tests: one server and one Chromium for all, a page for all lessons."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import lab
import pytest

pytest.register_assert_rewrite("every_lesson")  # so that a failure shows its values


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless browser; without one the tests are skipped, but fail where CI=true."""
    missing = None if lab.find_chromium() else "There is no Chromium on this machine."
    try:
        import playwright  # noqa: F401
    except ImportError:
        missing = "The Python package playwright is not installed."
    if missing:
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with lab.browser() as found:
        yield found


@pytest.fixture(scope="session")
def lessons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the lessons, so that no test changes what learners get."""
    copy = tmp_path_factory.mktemp("lab") / "lessons"
    shutil.copytree(lab.ROOT / "lessons", copy, ignore=shutil.ignore_patterns(".ipynb_checkpoints"))
    return copy


@pytest.fixture(scope="session")
def server(chromium: Any, lessons: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """JupyterLab serving that copy; gives its URL."""
    with lab.serve(lessons, tmp_path_factory.mktemp("state")) as url:
        yield url


@pytest.fixture(scope="session")
def turn_to(chromium: Any, server: str) -> Iterator[Callable[[str], lab.Notebook]]:
    """Open a lesson in place of the one before, in one page: JupyterLab takes long to load."""
    pages: list[lab.Notebook] = []

    def open_(name: str) -> lab.Notebook:
        if pages:
            pages[0].turn_to(name)
        else:
            pages.append(lab.Notebook.open(chromium, server, name))
        return pages[0]

    yield open_
    for notebook in pages:
        notebook.page.close()


@pytest.fixture(scope="module")
def lesson(turn_to: Callable[[str], lab.Notebook], request: pytest.FixtureRequest) -> lab.Notebook:
    """The module's `LESSON`, untouched, after one Run All.

    What a test changes in it, no other test reads.
    """
    notebook = turn_to(request.module.LESSON)
    notebook.run_all()
    return notebook
