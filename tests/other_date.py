"""All lessons on other days: python tests/other_date.py YYYY-MM-DD [YYYY-MM-DD ...]

Runs the solved variant of each lesson cell by cell, as its kernel would, with the as-of date of the
day, and prints a line for each thing that no longer stands there: a cell that raises, an exercise
whose answer is no longer Correct. Figures are not drawn, and a day's lessons share one process, so
that it takes a fraction of a build. What no day changes is imported and worked out once: each day's
process is a fork, where the system can fork.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

ROOT = Path(__file__).resolve().parents[1]
LIBRARIES = (
    "anthropic.resources.beta",
    "IPython.core.interactiveshell",
    "ipywidgets",
    "matplotlib.pyplot",
    "openai.resources.admin",
    "openai.resources.chat.completions.completions",
    "openai.resources.responses.responses",
    "openai.types.admin.organization",
    "pandas",
    "sqlalchemy.dialects.sqlite",
    "tests.kernels.ahead",
    "tiktoken",
)


def main(days: list[str]) -> int:
    """Prints what falls; 1 when anything does."""
    if len(days) > 1 and not hasattr(os, "fork"):
        return max(subprocess.call([sys.executable, "-W", "ignore", __file__, day]) for day in days)
    sys.path.insert(0, str(ROOT))
    if hasattr(os, "nice"):
        os.nice(10)  # the other tests wait at times: this has the processor then
    gc.disable()
    for name in LIBRARIES:
        importlib.import_module(name)
    _draw_nothing()
    lessons = _lessons()
    assert "costlib.pricing.price_book" not in sys.modules, "it reads the day when it is imported"
    gc.freeze()
    gc.enable()
    gc.set_threshold(10_000, 20, 20)  # as rare as in the tests (spread.py)
    if len(days) == 1:
        return _stands(days[0], lessons)
    processes = {}
    for day in days:
        if not (process := os.fork()):
            code = _stands(day, lessons)
            sys.stdout.flush()
            os._exit(code)  # a shell that ends empties itself, which takes it a second
        processes[day] = process
    codes = {
        day: os.waitstatus_to_exitcode(os.waitpid(process, 0)[1])
        for day, process in processes.items()
    }
    for day, code in codes.items():
        if code not in (0, 1):
            print(f"{day} ended with {code}")
    return 1 if any(codes.values()) else 0


def _lessons() -> dict[str, list[NotebookNode]]:
    """The cells of each solved lesson, by its name."""
    from solutions.derive import derive

    sources = sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))
    return {path.stem: derive(path)[0]["solutions"].cells for path in sources}


def _stands(day: str, lessons: dict[str, list[NotebookNode]]) -> int:
    """Prints what falls on a day; 1 when anything does."""
    os.environ["COSTLIB_AS_OF"] = day
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        os.chdir(ROOT / "lessons")
        fallen = [f"{day} {what}" for name in lessons for what in _fallen(name, lessons[name])]
    for line in fallen:
        print(line)
    return 1 if fallen else 0


def _fallen(name: str, cells: list[NotebookNode]) -> Iterator[str]:
    """What does not stand in a lesson, a line each."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from costlib.course.core_path import tags

    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    for cell in cells:
        if cell.cell_type != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            done = shell.run_cell(cell.source)
        wrong = done.error_before_exec or done.error_in_exec
        if wrong is None and "check" in tags(cell) and "Correct" not in str(done.result):
            wrong = done.result
        if wrong is not None:
            yield f"{name} {cell.id}: {wrong!r}"


def _draw_nothing() -> None:
    """Figures become one small picture: their numbers are what a lesson computes."""
    from PIL import Image

    from costlib.display import figures

    drawn = io.BytesIO()
    Image.new("P", (8, 8)).save(drawn, "png")
    figures._png = lambda figure: drawn.getvalue()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
