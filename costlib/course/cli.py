"""`python -m costlib`: outside the environment, then inside it.

`main` reads the command with the parser of `commands`, finds or makes the environment that it
needs, with only the standard library, and becomes `python -m costlib.course.cli COMMAND` there;
`inside` calls the module of the command with its options.
"""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from costlib.course.bootstrap import environment, find_or_make
from costlib.course.commands import COMMANDS, read, unknown, usage
from costlib.course.install_progress import Stop, explain
from costlib.paths import ROOT


def main(argv: list[str]) -> int:
    """Runs one command; the exit code, where the process does not become another one."""
    return _kept_to_a_sentence(_main, argv)


def inside(argv: list[str]) -> int:
    """Calls the module of the command named first with the rest as options; its exit code."""
    name, *rest = argv
    return import_module(COMMANDS[name].module).main(read(name, rest))


def _kept_to_a_sentence(run: Callable[[list[str]], int], argv: list[str]) -> int:
    """Runs it; what stops it from outside is a sentence, or nothing where nobody reads on."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # not every console can show every sign
    try:
        code = run(argv)
        print(end="", flush=True)  # nobody may read on, or stdout was closed from the start
        return code
    except Stop as stop:
        problem = str(stop)
    except KeyboardInterrupt:
        print("\nStopped: run the same command again to go on.", file=sys.stderr)
        return 130
    except BrokenPipeError:  # as in `python -m costlib progress | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        problem = explain(str(error), f"`python -m costlib {' '.join(argv)}`")
    print(problem, file=sys.stderr)
    return 1


def _main(argv: list[str]) -> int:
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0
    name, *rest = argv
    if name not in COMMANDS:
        print(unknown(name), file=sys.stderr)
        return 2
    read(name, rest)  # a slip, or --help, ends here
    if not (ROOT / "lessons").is_dir():
        raise Stop(
            "The commands belong to the course, and this costlib was installed without it: run "
            "them in a checkout of the course."
        )
    command = COMMANDS[name]
    if command.needs is None:
        return inside(argv)
    python = find_or_make(command.needs)
    return _become([python, "-m", "costlib.course.cli", *argv], environment(python))


def _become(command: list[str], env: Mapping[str, str]) -> int:
    print(end="", flush=True)
    if os.name != "nt":
        os.execve(command[0], command, env)
    # Windows has no exec that waits. Ctrl-C reaches the child too, which answers it.
    process = subprocess.Popen(command, env=env)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue


if __name__ == "__main__":
    sys.exit(_kept_to_a_sentence(inside, sys.argv[1:]))
