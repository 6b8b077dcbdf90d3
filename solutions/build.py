"""Derive the notebooks: python solutions/build.py [--as-of DATE] [NN_slug ...]

solutions/NN_slug.py (jupytext percent format) gives solutions/NN_slug.ipynb, executed, and
lessons/NN_slug.ipynb, the same with blanks, executed too but keeping the outputs of check cells
and calculators only. CONTRIBUTING.md says how a source is written, derive.py reads it. Then
index.py derives lessons/00_index.ipynb from all of them. With `--as-of`, the lessons are run as on
that day instead of the edition's (data/edition.json), to see whether they still stand there.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

try:
    import nbformat
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
    from nbformat import NotebookNode

    from costlib.course.core_path import tags
    from costlib.course.edition import stamp
    from costlib.course.nbval_run import configure_kernel
    from costlib.paths import ROOT
    from solutions.derive import (
        FOLDERS,
        INDEX,
        METADATA,
        BuildError,
        Effort,
        derive,
        markers,
        short,
    )
    from solutions.index import build_index
    from solutions.prose import ProseError, filled, with_probes, without_probes
except ModuleNotFoundError as missing:
    sys.exit(
        f"{missing.name} is not installed in this Python: run `python -m costlib test` once, "
        "then build with the Python in .venv."
    )

KEPT_TAGS = {"check", "calculator"}  # what a lesson shows before anybody runs it
CELL_SECONDS = 120
WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"
DATA_URI = re.compile(r"data:[\w/+.-]+;base64,[A-Za-z0-9+/=\s]+")
MACHINE_PATH = re.compile(
    r"(?<![\w.])(?:/(?:home|Users|root|tmp|private|var/folders)/|[A-Za-z]:\\+(?:Users|Temp)\b)"
    r"[^\s\"']*"
)


class _ThisPython(AsyncKernelManager):
    """Starts the kernel of the Python that builds, whatever other `python3` kernels there are."""

    @property
    def kernel_spec(self) -> KernelSpec:
        # log_level 40 silences the kernel's own note about TCP, which would land in the outputs.
        argv = ["-m", "ipykernel_launcher", "-f", "{connection_file}", "--IPKernelApp.log_level=40"]
        return KernelSpec(argv=[sys.executable, *argv], display_name="Python 3", language="python")


def environment(ipython_dir: str, as_of: date | None = None) -> dict[str, str]:
    """The same environment for every builder: no keys, no live provider, no settings of theirs.

    `as_of` is the day of the course to run in; None is the edition's.
    """
    mine = re.compile(r"(?i)(COSTLIB|OPENAI|ANTHROPIC|PYTHON|IPYTHON).*")
    env = {k: v for k, v in os.environ.items() if not mine.fullmatch(k)}
    day = {"COSTLIB_AS_OF": as_of.isoformat()} if as_of else {}
    return env | {
        **day,
        "PYTHONHASHSEED": "0",
        "PYTHONPATH": str(ROOT),
        "PYTHONUTF8": "1",
        "TZ": "UTC",
        "NO_COLOR": "1",
        "COLUMNS": "80",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "IPYTHONDIR": ipython_dir,
    }


def execute(
    notebook: NotebookNode, folder: Path, source: Path, as_of: date | None = None
) -> dict[str, list]:
    """Run a notebook in `folder`, in place, leaving only what every machine gives alike.

    What its prose ties to the code is filled in (prose.py), and given, by cell. Raises BuildError
    when a cell raises, prints to stderr, shows a path of this machine, takes too long or kills
    its kernel, or when the prose says what no longer holds; on another day than the edition's
    that is printed, and stops nothing.
    """
    try:
        notebook.cells = with_probes(notebook.cells)
    except ProseError as error:
        raise BuildError(f"{short(source)}: a cell {error}.") from None
    started: list[str] = []
    with tempfile.TemporaryDirectory() as ipython_dir:
        configure_kernel(Path(ipython_dir))
        client = NotebookClient(
            notebook,
            kernel_manager_class=_ThisPython,
            timeout=CELL_SECONDS,
            record_timing=False,
            store_widget_state=False,
            coalesce_streams=True,
            resources={"metadata": {"path": str(folder)}},
            on_cell_start=lambda cell, cell_index: started.append(cell.id),
        )
        stopped = None
        try:
            client.execute(env=environment(ipython_dir, as_of))
        except CellExecutionError as error:
            stopped = f"raises {error.ename}: {_one_line(error.evalue)}"
        except CellTimeoutError:
            stopped = f"runs for more than {CELL_SECONDS} seconds"
        except DeadKernelError:
            stopped = "kills its kernel"
    if stopped:
        raise BuildError(f"{_where(source, folder, started[-1])} {stopped}.")
    notebook.metadata = nbformat.from_dict(METADATA | stamp())
    notebook.cells, answers = without_probes(notebook.cells)
    for cell in notebook.cells:
        if cell.id in answers:
            cell.source, broken = filled(cell.source, answers[cell.id])
            for problem in broken:
                sentence = f"{_where(source, folder, cell.id)} {problem}."
                if not as_of:
                    raise BuildError(sentence)
                print(sentence, file=sys.stderr)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    for count, cell in enumerate(code, 1):
        cell.execution_count = count
        for output in cell.outputs:
            if "execution_count" in output:
                output["execution_count"] = count
            output.get("data", {}).pop(WIDGET_VIEW, None)  # its model id is random
            if problem := output_problem(output):
                raise BuildError(f"{_where(source, folder, cell.id)} {problem}.")
    return answers


def output_problem(output: NotebookNode) -> str | None:
    """What is wrong with an output, as the end of a sentence; None when nothing is."""
    text = output_text(output)
    if output.output_type == "error":
        return f"raises {output.ename}: {_one_line(output.evalue)}"
    if output.get("name") == "stderr":
        return f"writes to stderr: {_one_line(text)}"
    path = MACHINE_PATH.search(text) or re.search(re.escape(str(ROOT)) + r"\b", text)
    return f"shows a path of this machine: {path[0]}" if path else None


def output_text(output: NotebookNode) -> str:
    """All the text of an output, the bytes of its images left out."""
    parts = [output.get("text", ""), *map(str, output.get("data", {}).values())]
    return DATA_URI.sub("", "\n".join(parts))


def _where(source: Path, folder: Path, cell_id: str) -> str:
    line = next(n for n, i in markers(source.read_text("utf-8")) if i == cell_id)
    blank = ", blanked," if folder.name == "lessons" else ""
    return f"{short(source)} line {line}: cell {cell_id!r}{blank}"


def _one_line(text: str) -> str:
    line = " ".join(text.split()).rstrip(".")
    return line if len(line) <= 200 else line[:200] + "…"


def keep_for_learner(notebook: NotebookNode) -> None:
    """Drop, in place, every output and count but those of check cells and calculators."""
    for cell in notebook.cells:
        if cell.cell_type == "code" and not tags(cell) & KEPT_TAGS:
            cell.outputs, cell.execution_count = [], None


def build(path: Path, as_of: date | None = None) -> Effort:
    """Write both notebooks of a source; when one fails, neither is touched."""
    derived, time_needed = derive(path)
    folders = {name: path.parents[1] / name for name in FOLDERS}
    folders["lessons"].mkdir(exist_ok=True)
    with ThreadPoolExecutor() as pool:
        runs = [pool.submit(execute, derived[f], folders[f], path, as_of) for f in FOLDERS]
    solved, blanked = (run.result() for run in runs)
    for cell_id, values in solved.items():
        if blanked[cell_id] != values:
            raise BuildError(
                f"{_where(path, folders['lessons'], cell_id)} says other numbers than solved: tie "
                "prose to nothing that depends on an exercise's answer."
            )
    keep_for_learner(derived["lessons"])
    for name, notebook in derived.items():
        nbformat.validate(notebook)
        text = nbformat.writes(notebook, version=4).rstrip("\n") + "\n"
        folders[name].joinpath(f"{path.stem}.ipynb").write_bytes(text.encode())  # LF everywhere
    return time_needed


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it like 2026-12-01") from None


def main(argv: list[str], root: Path = ROOT) -> int:
    """Build the named lessons (8 or 08_slug), or all, and then the index; 00_index is it alone.

    Gives 1 after the first that fails, with one sentence.
    """
    parser = argparse.ArgumentParser(prog="solutions/build.py", description=main.__doc__)
    parser.add_argument("lessons", nargs="*", metavar="LESSON")
    parser.add_argument("--as-of", type=_day, metavar="YYYY-MM-DD",
                        help="run the lessons as on this day, not the edition's")  # fmt: skip
    asked = parser.parse_args(argv)
    sources = {path.stem: path for path in sorted((root / "solutions").glob("[0-9][0-9]_*.py"))}
    index = Path(INDEX).stem
    numbered = {str(int(slug[:2])): slug for slug in sources}
    for slug in [numbered.get(name, name) for name in asked.lessons or sources if name != index]:
        if slug not in sources:
            print(f"there is no solutions/{slug}.py: the lessons are {', '.join(sources)}.")
            return 1
        started = time.perf_counter()
        try:
            done = build(sources[slug], asked.as_of)
        except BuildError as error:
            print(error, file=sys.stderr)
            return 1
        seconds = time.perf_counter() - started
        print(
            f"{slug}: core path {done.core_words:,} words, {done.core_lines} lines, "
            f"{done.core_minutes} minutes; "
            f"{done.minutes} minutes in all; built in {seconds:.1f} s"
        )
    try:
        lessons, terms = build_index(root)
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{index}: {lessons} lessons, {terms} terms")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
