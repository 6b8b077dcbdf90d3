"""Fixtures of the browser tests: one server and one Chromium for all, a fresh page for each."""

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


@pytest.fixture(scope="module")
def lesson(chromium: Any, server: str, request: pytest.FixtureRequest) -> Iterator[lab.Notebook]:
    """The module's `LESSON`, untouched, after one Run All.

    What a test changes in it, no other test reads.
    """
    notebook = lab.Notebook.open(chromium, server, request.module.LESSON)
    notebook.run_all()
    yield notebook
    notebook.page.close()


@pytest.fixture
def open_notebook(chromium: Any, server: str) -> Iterator[Callable[..., lab.Notebook]]:
    """Open a notebook of the copy by name, at a width; every page is closed after the test."""
    opened: list[lab.Notebook] = []

    def open_(name: str, width: int = 1280) -> lab.Notebook:
        opened.append(lab.Notebook.open(chromium, server, name, width=width))
        return opened[-1]

    yield open_
    for notebook in opened:
        notebook.page.close()
