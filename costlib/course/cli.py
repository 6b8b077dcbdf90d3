"""The commands of `python -m costlib`: outside the environment, then inside it.

`main` finds or makes the environment that a command needs, with only the standard library, and
becomes `python -m costlib.course.cli COMMAND` there; `inside` calls the module of the command.
"""

from __future__ import annotations

import difflib
import os
import subprocess
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

from costlib.course.bootstrap import environment, find_or_make
from costlib.course.install_progress import Stop, explain
from costlib.paths import ROOT

FIRST_LESSON = "lessons/01_pricing_models.ipynb"


class Command(NamedTuple):
    """A command: the packages it needs ("run", "dev" or none), its module, its line of help."""

    needs: str | None
    module: str
    text: str


COMMANDS = {
    "lab": Command("run", "jupyterlab", "open the course in JupyterLab, with its options"),
    "check": Command("run", "costlib.course.grade", "grade a lesson: check 1, or notebooks"),
    "progress": Command(
        None, "costlib.course.progress", "how far you are, from your saved lessons"
    ),
    "reset": Command(None, "costlib.course.reset", "a fresh copy of a lesson: reset 01"),
    "slides": Command("run", "solutions.slides", "a lesson as slides for a workshop: slides 3"),
    "doctor": Command(None, "costlib.course.doctor", "say what is wrong with this environment"),
    "test": Command(
        "dev", "costlib.course.suite", "run the whole test suite, with pytest's options"
    ),
    "bench": Command(
        "dev", "costlib.course.bench", "time the hot paths against their peers, as ratios"
    ),
    "prices": Command(
        "dev", "costlib.pricing.price_news", "what changed since our prices were checked"
    ),
    "badges": Command(None, "costlib.course.badges", "point the notebooks' badges at OWNER/REPO"),
}


def usage() -> str:
    """The short help."""
    lines = "\n".join(f"  {name:10}{command.text}" for name, command in COMMANDS.items())
    return f"usage: python -m costlib COMMAND [OPTIONS]\n\n{lines}\n\nStart with: lab"


def main(argv: list[str]) -> int:
    """Runs one command; the exit code, where the process does not become another one."""
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # a path may hold what a console cannot show
    try:
        return _main(argv)
    except Stop as stop:
        problem = str(stop)
    except KeyboardInterrupt:
        print("\nStopped: run the same command again to go on.", file=sys.stderr)
        return 130
    except OSError as error:
        problem = explain(str(error), "setting up")
    print(problem, file=sys.stderr)
    return 1


def _main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *options = argv
    if name not in COMMANDS:
        near = difflib.get_close_matches(name, COMMANDS, n=1, cutoff=0)[0]
        print(
            f"There is no command {name!r}, the nearest is {near!r}: "
            "`python -m costlib` alone lists them all.",
            file=sys.stderr,
        )
        return 2
    command = COMMANDS[name]
    if command.needs is None:
        return inside(argv)
    python = find_or_make(command.needs)
    if name == "lab":
        print("Starting JupyterLab: stop it here with Ctrl-C.", flush=True)
        return _become(lab_command(python, options), environment(python))
    return _become([python, "-m", "costlib.course.cli", name, *options], environment(python))


def lab_command(python: str, options: list[str]) -> list[str]:
    """The command that opens JupyterLab at the first lesson, with the course as its root."""
    command = [python, "-m", "jupyterlab", f"--ServerApp.root_dir={ROOT}"]
    command.append(f"--LabApp.default_url=/lab/tree/{FIRST_LESSON}")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        command.append("--allow-root")  # containers; JupyterLab refuses root without it
    return command + options


def _become(command: list[str], env: Mapping[str, str]) -> int:
    sys.stdout.flush()
    if os.name != "nt":
        os.execve(command[0], command, env)
    # Windows has no exec that waits. Ctrl-C reaches the child too, which answers it.
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


def inside(argv: list[str]) -> int:
    """Calls the module of the command named first with the rest as options; its exit code."""
    name, *options = argv
    return import_module(COMMANDS[name].module).main(options)


if __name__ == "__main__":
    try:
        code = inside(sys.argv[1:])
    except KeyboardInterrupt:
        code = 130
    sys.exit(code)
