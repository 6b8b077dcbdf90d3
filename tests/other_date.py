"""All lessons on another day, in one process: python tests/other_date.py YYYY-MM-DD

Runs the solved variant of each lesson cell by cell, as its kernel would, with the as-of date of the
day, and prints a line for each thing that no longer stands there: a cell that raises, an exercise
whose answer is no longer Correct. Figures are not drawn, and imports are shared, so that it takes a
fraction of a build.
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def main(day: str) -> int:
    """Prints what falls; 1 when anything does."""
    os.environ["COSTLIB_AS_OF"] = day
    sys.path.insert(0, str(ROOT))
    with tempfile.TemporaryDirectory() as folder:
        os.environ["IPYTHONDIR"] = folder
        os.chdir(ROOT / "lessons")
        _draw_nothing()
        fallen = [f"{day} {what}" for path in _sources() for what in _fallen(path)]
    print("\n".join(fallen))
    return 1 if fallen else 0


def _sources() -> list[Path]:
    return sorted((ROOT / "solutions").glob("[0-9][0-9]_*.py"))


def _fallen(path: Path) -> Iterator[str]:
    """What does not stand in a lesson, a line each."""
    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    from costlib.course.core_path import tags
    from solutions.derive import derive

    shell = InteractiveShell(config=Config({"HistoryManager": {"enabled": False}}))
    for cell in derive(path)[0]["solutions"].cells:
        if cell.cell_type != "code":
            continue
        with contextlib.redirect_stdout(io.StringIO()):
            done = shell.run_cell(cell.source)
        wrong = done.error_before_exec or done.error_in_exec
        if wrong is None and "check" in tags(cell) and "Correct" not in str(done.result):
            wrong = done.result
        if wrong is not None:
            yield f"{path.stem} {cell.id}: {wrong!r}"


def _draw_nothing() -> None:
    """Figures become one small picture: their numbers are what a lesson computes."""
    import matplotlib

    matplotlib.use("agg")
    from matplotlib.figure import Figure
    from PIL import Image

    drawn = io.BytesIO()
    Image.new("P", (8, 8)).save(drawn, "png")
    Figure.savefig = lambda self, target, **options: target.write(drawn.getvalue())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
