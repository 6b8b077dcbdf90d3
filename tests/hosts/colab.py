"""Each notebook as Colab opens it: alone, in an empty folder, in a Python like Colab's.

    python tests/hosts/colab.py                      every lesson, then its solution
    python tests/hosts/colab.py 3 --python python3.13

Colab knows one file, its own packages (colab.txt) and the module google.colab. The set-up cell
fetches this repository's last commit (git is told to take it from here instead of GitHub, and
/content is a temporary folder), installs what Colab lacks, and every other cell follows in the
same kernel. A verdict other than the stored one, an exception, and a package replaced on disk
while the kernel had loaded it (only a restart would mend that) each fail the notebook.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
from itertools import zip_longest
from pathlib import Path

import nbformat
from rig import (
    ROOT,
    Run,
    changed_checks,
    environment,
    lessons,
    megabytes,
    origin,
    plain,
    read,
    run_notebook,
    say,
    seconds_of,
    with_solution,
    workspace,
)

from costlib.course.badges import read_course

# Colab's kernel has google.colab, and what that imports, before the first cell runs.
START = """\
import sys, types
for _name in ("google", "google.colab"):
    sys.modules.setdefault(_name, types.ModuleType(_name))
import matplotlib.pyplot, numpy, pandas, requests, ipywidgets
import importlib.metadata as _metadata
def _versions():
    return {d.name.lower().replace("_", "-"): d.version for d in _metadata.distributions()}
_before, _loaded = _versions(), {name.partition(".")[0] for name in sys.modules}
"""
AFTER = """\
_owners = _metadata.packages_distributions()
_in_use = {d.lower().replace("_", "-") for m in _loaded for d in _owners.get(m, ())}
_now = _versions()
for _name in sorted(_before):
    if _now.get(_name) != _before[_name]:
        _word = "LOADED" if _name in _in_use else "replaced"
        print(_word, _name, _before[_name], "->", _now.get(_name))
"""


def colab(path: Path, base: Path, cwd: Path, env: dict[str, str]) -> Run:
    """Run one notebook, copied alone into `cwd`, as Colab would."""
    cwd.mkdir()
    stored = read(path)
    notebook = read(path)
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
            cell.source = cell.source.replace("/content/", f"{cwd.parent.as_posix()}/content/")
    notebook.cells.append(nbformat.v4.new_code_cell(AFTER, id="what-was-replaced"))
    nbformat.write(notebook, cwd / path.name)
    result = run_notebook(notebook, base, cwd, env)
    last = plain(notebook.cells.pop())
    if not result.problems:
        result.problems += changed_checks(notebook, stored)
        result.problems += [line for line in last.splitlines() if line.startswith("LOADED")]
    quiet = (cell for cell in notebook.cells if cell.cell_type == "code" and cell.id != "setup")
    for cell in quiet:
        if any(output.get("name") == "stderr" for output in cell.outputs):
            result.problems.append(f"{cell.id} writes to stderr: {plain(cell)[:200]!r}")
    if last and path.parent.name == "lessons":
        setup = next(cell for cell in notebook.cells if cell.id == "setup")
        say(f"    set up in {seconds_of(setup):.0f} s; {'; '.join(last.splitlines())}")
    return result


def differing(ran: nbformat.NotebookNode, stored: nbformat.NotebookNode) -> list[str]:
    """Cells that print otherwise than stored: other numpy or pandas, so worth a look, no more."""
    wanted = {cell.id: plain(cell) for cell in stored.cells if cell.cell_type == "code"}
    notes = []
    for cell in ran.cells:
        if cell.cell_type == "code" and cell.id != "setup" and plain(cell) != wanted[cell.id]:
            lines = zip_longest(plain(cell).splitlines(), wanted[cell.id].splitlines())
            here, there = next(pair for pair in lines if pair[0] != pair[1])
            notes.append(f"{cell.id} prints {here!r} and not {there!r}")
    return notes


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("lesson", nargs="*", type=int, help="numbers; all when none is given")
    parser.add_argument("--python", default="python3.12", help="Colab's Python (python3.12)")
    parser.add_argument("--keep", action="store_true", help="keep the environment and folders")
    options = parser.parse_args()
    course = read_course()
    failed = 0
    with workspace(options.keep) as folder:
        bare = origin(folder, course.ref)
        say(f"making an environment like Colab's with {options.python} ...")
        environment(folder / "base", options.python, "-r", ROOT / "tests" / "hosts" / "colab.txt")
        startup = folder / "ipython" / "profile_default" / "startup"
        startup.mkdir(parents=True)
        (startup / "colab.py").write_text(START, encoding="utf-8")
        env = {k: v for k, v in os.environ.items() if not k.startswith(("COSTLIB", "PYTHON"))} | {
            "IPYTHONDIR": str(folder / "ipython"),
            "GIT_CONFIG_COUNT": "1",
            "GIT_CONFIG_KEY_0": f"url.{bare.as_uri()}.insteadOf",
            "GIT_CONFIG_VALUE_0": f"https://github.com/{course.repository}",
        }
        for lesson in lessons(options.lesson):
            own = folder / lesson.stem
            own.mkdir()
            (own / "content").mkdir()
            # Files are shared with the base: pip puts new ones beside, it does not write into them.
            shutil.copytree(folder / "base", own / "env", symlinks=True, copy_function=os.link)
            base = own / "env" / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
            for path in with_solution(lesson):
                result = colab(path, base, own / path.parent.name, env)
                name = f"{path.parent.name}/{path.stem}"
                say(f"{'FAILED' if result.problems else 'ok':7}{name:42}{result.seconds:6.1f} s")
                for problem in result.problems:
                    say(f"    {problem}")
                if path.parent.name == "solutions" and not result.problems:
                    for note in differing(result.notebook, read(path)):
                        say(f"    note: {note}")
                failed += bool(result.problems)
            fetched = own / "content" / "course"
            if fetched.exists():
                say(f"    fetched: {megabytes(fetched):.0f} MB")
            if not options.keep:
                shutil.rmtree(own, ignore_errors=True)
    say(f"{failed} failed" if failed else "Every notebook runs on Colab's packages.")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
