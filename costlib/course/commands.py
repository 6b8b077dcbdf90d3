"""The table of commands: what each needs, what runs it, its help and its options.

All of `python -m costlib` is read here, with the standard library alone, so that a `--help` or a
slip is answered at once, before anything is installed or imported. README.md lists the same
commands, and a test compares the two.
"""

from __future__ import annotations

import argparse
import difflib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import NamedTuple

from costlib.course.limits import (
    CELL_SECONDS,
    MEMORY_BYTES,
    NOTEBOOK_BYTES,
    NOTEBOOK_SECONDS,
    OUTPUT_BYTES,
    PROCESSES,
)
from costlib.paths import ROOT


def _none(parser: argparse.ArgumentParser) -> None:
    """The arguments of a command that takes none, or hands all of them on."""


def _lab(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--verbose", action="store_true", help="show the server's log, which lab.log keeps"
    )


def _check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "what",
        nargs="+",
        type=_to_check,
        metavar="WHAT",
        help="a lesson's number (3), notebooks, a folder or a zip",
    )
    parser.add_argument(
        "--csv", type=_table, metavar="FILE", help="also write a table; - prints only that"
    )
    parser.add_argument(
        "--gradebook",
        type=_new_file,
        metavar="FILE",
        help="also write a row for each learner as CSV",
    )
    parser.add_argument(
        "--feedback", type=_new_folder, metavar="DIR", help="also write a page for each learner"
    )
    parser.add_argument("--only", choices=["core"], help="count the core path alone in these two")
    parser.add_argument(
        "--timeout",
        type=_cell_seconds,
        default=CELL_SECONDS,
        metavar="SECONDS",
        help=f"the longest a cell may run (default: {CELL_SECONDS:g} seconds)",
    )


def _to_check(text: str) -> str:
    return str(_executed_lesson(text)) if text.isascii() and text.isdecimal() else text


def _table(text: str) -> str:
    return text if text == "-" else str(_new_file(text))


def _new_file(text: str) -> Path:
    """Where something is to be written: refused before the work, not after it."""
    path = Path(text)
    if path.is_dir():
        raise argparse.ArgumentTypeError(f"{text!r} is a folder: name a file")
    if not path.parent.is_dir():
        folder = str(path.parent)
        raise argparse.ArgumentTypeError(f"there is no folder {folder!r}: make it, or name another")
    return path


def _new_folder(text: str) -> Path:
    """A folder that is there or can be made: a file in its way is refused before the work."""
    path = Path(text)
    there = next(each for each in (path, *path.parents) if each.exists())
    if not there.is_dir():
        raise argparse.ArgumentTypeError(f"{str(there)!r} is a file: name a folder")
    return path


def _count(text: str) -> int:
    number = int(text) if text.isascii() and text.isdecimal() else 0
    if not number:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return number


def _cell_seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0
    if not 0 < seconds < NOTEBOOK_SECONDS:
        raise argparse.ArgumentTypeError(f"{text}: give 1 to {NOTEBOOK_SECONDS:g} seconds")
    return seconds


def _reset(parser: argparse.ArgumentParser) -> None:
    _lessons(parser)
    parser.add_argument(
        "--from",
        dest="version",
        default="HEAD",
        metavar="VERSION",
        help="the git version to take it from (default: HEAD)",
    )


def _collect(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "homes",
        nargs="?",
        type=Path,
        default=Path("/home"),
        metavar="HOMES",
        help="the folder with the learners' homes (default: /home)",
    )
    parser.add_argument(
        "--to",
        type=_new_folder,
        default=Path("handed-in"),
        metavar="FOLDER",
        help="where the copies go (default: handed-in)",
    )


def _hub_check(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--hub",
        type=Path,
        default=Path("/srv/hub"),
        metavar="FOLDER",
        help="the hub's environment (default: /srv/hub)",
    )
    parser.add_argument(
        "--seats", type=_count, default=30, metavar="N", help="how many learners (default: 30)"
    )


def _slides(parser: argparse.ArgumentParser) -> None:
    _executed(parser)
    parser.add_argument(
        "--to", type=_new_folder, metavar="FOLDER", help="where to (default: slides)"
    )


def _site(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--to", type=_new_folder, metavar="FOLDER", help="where to (default: _site)"
    )


def _lessons(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "lesson", nargs="+", type=_lesson, metavar="LESSON", help="a lesson's number, such as 3"
    )


def _executed(parser: argparse.ArgumentParser) -> None:
    """Lessons that have an executed solution: another number is refused before anything loads."""
    parser.add_argument(
        "lesson",
        nargs="+",
        type=_executed_lesson,
        metavar="LESSON",
        help="a lesson's number, such as 3",
    )


def _executed_lesson(text: str) -> int:
    number = _lesson(text)
    there = sorted(int(p.name[:2]) for p in ROOT.glob("solutions/[0-9][0-9]_*.ipynb"))
    if there and number not in there:
        known = ", ".join(map(str, there))
        raise argparse.ArgumentTypeError(f"there is no lesson {number}: the lessons are {known}")
    return number


def _lesson(text: str) -> int:
    if not (text.isascii() and text.isdecimal()):
        raise argparse.ArgumentTypeError(f"{text!r} is not the number of a lesson, such as 3")
    return int(text)


def _audit(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "paths", nargs="*", metavar="PATH", help="files, folders, or the URL of a ledger"
    )
    parser.add_argument(
        "--out",
        type=_new_file,
        default=Path("audit.html"),
        metavar="FILE",
        help="where the page goes (default: audit.html)",
    )
    parser.add_argument("--open", action="store_true", help="show the page in a browser")
    parser.add_argument("--json", action="store_true", help="print the figures, write no page")
    parser.add_argument("--rates", metavar="FILE", help="one's own rates, beside the list price")
    parser.add_argument("--since", type=_day, metavar="DATE", help="the first day that counts")
    parser.add_argument(
        "--until", type=_day, metavar="DATE", help="the first day that no longer counts"
    )
    parser.add_argument(
        "--zone", default="UTC", help="whose days, such as Europe/Berlin (default: UTC)"
    )
    parser.add_argument(
        "--top",
        type=_count,
        default=10,
        metavar="N",
        help="how many models, projects and sessions stand alone (default: 10)",
    )


def _badges(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target",
        nargs="?",
        metavar="OWNER/REPO[@REF]",
        help="the repository on GitHub, and a branch or tag (default: git's remote origin, and "
        "the branch or tag as it is)",
    )


def _bench(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--write", action="store_true", help="put the table in CONTRIBUTING.md")


def _model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", metavar="NAME", help="the model's name at its vendor")
    parser.add_argument("--like", metavar="MODEL", help="its nearest relative (default: by name)")


def _update(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--to", type=_day, metavar="DATE", help="the day (default: today)")
    parser.add_argument("--dry-run", action="store_true", help="do all of it, and change nothing")


def _export(parser: argparse.ArgumentParser) -> None:
    _ledger(parser)
    parser.add_argument(
        "--by",
        default="day,project,feature,model",
        metavar="COLUMNS",
        help="what the rows are divided by (default: day,project,feature,model)",
    )
    parser.add_argument(
        "--out",
        type=_new_file,
        metavar="FILE",
        help="a .csv or .xlsx file (default: CSV on the screen)",
    )


def _report(parser: argparse.ArgumentParser) -> None:
    _ledger(parser)
    parser.add_argument("--title", default="", metavar="WORDS", help="what the page is about")
    parser.add_argument("--author", default="", metavar="NAME", help="who made it")
    parser.add_argument(
        "--out",
        type=_new_file,
        metavar="FILE",
        help="the page (default: report-MONTH.html in this folder)",
    )


def _ledger(parser: argparse.ArgumentParser) -> None:
    """A month of a ledger, and what it costs by one's own rates."""
    parser.add_argument(
        "ledger", metavar="LEDGER", help="a ledger's file or URL, or a CSV file of its rows"
    )
    parser.add_argument("--month", required=True, metavar="MONTH", help="such as 2026-11")
    parser.add_argument(
        "--zone", default="UTC", metavar="ZONE", help="such as Europe/Berlin (default: UTC)"
    )
    parser.add_argument("--rates", metavar="FILE", help="one's own rates, beside the list price")


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no date: write it like 2026-12-01") from None


class Command(NamedTuple):
    """A command: the packages it needs ("run", "dev" or none), its module, its line of help.

    `arguments` adds what it takes to its parser, `passes_to` names the program that gets the
    options which are not its own, and `more` stands below them in its help.
    """

    needs: str | None
    module: str
    text: str
    arguments: Callable[[argparse.ArgumentParser], None] = _none
    passes_to: str = ""
    more: str = ""


COMMANDS = {
    "lab": Command(
        "run",
        "costlib.course.lab",
        "open the course in JupyterLab",
        _lab,
        passes_to="JupyterLab",
        more="For example: lab --no-browser --port 9000. JupyterLab's options are listed by "
        "`python -m jupyterlab --help`, run with the Python in .venv. Where the course is open "
        "already, its address is shown; --port starts a second one.",
    ),
    "check": Command(
        "run",
        "costlib.course.check",
        "grade a lesson: check 1, or notebooks",
        _check,
        more=f"Limits: a notebook file has at most {NOTEBOOK_BYTES // 10**6} MB, and a run takes "
        f"at most {NOTEBOOK_SECONDS:g} seconds and {MEMORY_BYTES // 1024**3} GB of memory; a cell "
        f"that prints more than {OUTPUT_BYTES // 10**6} MB or starts more than {PROCESSES} "
        "processes is stopped and costs its own exercise only. A notebook's code runs with your "
        "rights: check strangers' in a container. The verdicts come over a pipe that the notebook "
        "cannot write to, but who sets out to deceive can still change the check in their own "
        "kernel's memory, or the course's files where you may write them: a score is a help to "
        "learn, not an exam.",
    ),
    "progress": Command(None, "costlib.course.progress", "how far you are, from saved lessons"),
    "reset": Command(
        None,
        "costlib.course.reset",
        "a fresh copy of a lesson: reset 1",
        _reset,
        more="Your own copy is kept in lessons/kept.",
    ),
    "export": Command(
        "run",
        "costlib.tracking.export",
        "a month of a ledger for a spreadsheet",
        _export,
        more="For example: export calls.sqlite --month 2026-11 --zone Europe/Berlin --out nov.csv. "
        "Amounts are exact and not rounded; the sums are printed. What has no price has columns of "
        "its own. The format of one's own rates is in costlib/pricing/own_rates.py.",
    ),
    "report": Command(
        "run",
        "costlib.bank.ledger_report",
        "a month of a ledger as a page that can be signed",
        _report,
        more="For example: report calls.sqlite --month 2026-11 --zone Europe/Berlin. The page "
        "stands by itself, and a browser prints it.",
    ),
    "slides": Command(
        "run", "solutions.slides", "a lesson as slides for a workshop: slides 3", _slides
    ),
    "rehearsal": Command(
        "run",
        "solutions.rehearsal",
        "a lesson minute by minute, for who teaches it: rehearsal 3",
        _executed,
        more="A markdown table of the core path, from the executed lesson.",
    ),
    "site": Command(
        "dev",
        "solutions.pages",
        "the course as static web pages",
        _site,
        more="What is in the folder is replaced. Nothing is run: the pages show the notebooks of "
        "solutions/ as they are.",
    ),
    "audit": Command(
        "run",
        "costlib.audit.command",
        "your own bill: what your logs, exports and ledgers say: audit PATH",
        _audit,
        more="For example: audit data/own, audit ~/.claude/projects export.csv --open. It finds "
        "out what each file is: session logs and databases of coding tools, from Claude Code and "
        "Codex to Cline, Goose and Zed, usage reports of OpenAI and Anthropic, exports of "
        "gateways and tracers, JSON of responses, and ledgers. Without a path it looks where "
        "Claude Code and Codex keep their logs, and asks before it reads. It reads counts, times "
        "and names, no texts; nothing "
        "leaves this machine.",
    ),
    "collect": Command(
        None,
        "costlib.course.collect",
        "what the seats of a hub have saved, in one folder",
        _collect,
        more="A lesson that nobody worked on is left out. Run it as root: homes are closed.",
    ),
    "hub-check": Command(
        None,
        "costlib.course.hub_check",
        "a dry start of one seat of a workshop's hub",
        _hub_check,
        more="Run it as root, on the machine of the hub, before the day.",
    ),
    "doctor": Command(None, "costlib.course.doctor", "say what is wrong with this environment"),
    "test": Command(
        "dev",
        "costlib.course.suite",
        "run the whole test suite",
        passes_to="pytest",
        more="For example: test -k prices, test -x tests/pricing, test lessons/01*.ipynb. Without "
        "a path it runs ruff, mypy, every test and every notebook; with paths, only these. The "
        "options of pytest are listed by `python -m pytest --help`, run with the Python in .venv.",
    ),
    "bench": Command(
        "dev",
        "costlib.course.bench",
        "time the hot paths against their peers, as ratios",
        _bench,
        passes_to="pytest",
        more="For example: bench -k cost_table.",
    ),
    "prices": Command(
        "dev", "costlib.pricing.price_news", "what changed since our prices were checked"
    ),
    "model": Command(
        "run",
        "costlib.course.model",
        "what the tables lack of a new model, with the rows to add",
        _model,
        more="For example: model claude-opus-6 --like claude-opus-5-5. Nothing is changed; the "
        "exit code is 1 while something is missing.",
    ),
    "update": Command(
        "dev",
        "costlib.course.update",
        "bring the course to a later day: prices, edition, every notebook",
        _update,
        more="It works in a copy for some ten minutes, and changes nothing unless all of it "
        "stands. What a person must decide is printed.",
    ),
    "badges": Command(
        None, "costlib.course.badges", "point the notebooks' badges at a repository", _badges
    ),
}


def usage() -> str:
    """The short help: every command in a line."""
    lines = "\n".join(f"  {name:11}{command.text}" for name, command in COMMANDS.items())
    return (
        f"usage: python -m costlib COMMAND [OPTIONS]\n\n{lines}\n\n"
        "Each of them answers --help. Start with: python -m costlib lab"
    )


def unknown(name: str) -> str:
    """A sentence for a command that does not exist, with the one that was probably meant."""
    near = difflib.get_close_matches(name.casefold(), COMMANDS, n=1, cutoff=0.7)
    if not near:
        return f"There is no command {name!r}: the commands are {', '.join(COMMANDS)}."
    return (
        f"There is no command {name!r}, the nearest is {near[0]!r}: "
        "`python -m costlib` alone lists them all."
    )


def parser(name: str) -> argparse.ArgumentParser:
    """The parser of a command."""
    command = COMMANDS[name]
    made = argparse.ArgumentParser(
        prog=f"python -m costlib {name}",
        description=f"{command.text[0].upper()}{command.text[1:]}.",
        epilog=command.more,
        allow_abbrev=False,
    )
    command.arguments(made)
    if command.passes_to:
        own = made.format_usage().removeprefix("usage: ").rstrip()
        made.usage = f"{own} [OPTIONS OF {command.passes_to.upper()}]"
        made.epilog = f"Every other option goes to {command.passes_to}. {command.more}"
    return made


def read(name: str, argv: list[str]) -> argparse.Namespace:
    """The options of a command; `rest` holds those that are handed on.

    Exits with 0 after `--help`, and with 2 and a sentence on a slip, as argparse does.
    """
    if not COMMANDS[name].passes_to:
        return parser(name).parse_args(argv)
    options, rest = parser(name).parse_known_args(argv)
    options.rest = rest
    return options
