"""`python -m costlib audit PATH...`: one's own records, as a table here and as a page in a file.

Without a path it looks where Claude Code and Codex keep their logs, and asks before it reads one.
Nothing leaves this machine. Lessons 4 and 8.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
import webbrowser
from pathlib import Path

from costlib.audit.log_homes import log_homes
from costlib.audit.page import GENERATOR
from costlib.audit.result import Audit, audit
from costlib.audit.summary import figures
from costlib.pricing.own_rates import read_own_rates

_EVERY = 0.2  # seconds between two lines of progress on a terminal
_FIRST = 1.0  # seconds before the first


def main(options: argparse.Namespace) -> int:
    """Audits what the options name; 0 when there is an answer, 1 when nothing could be read."""
    places = options.paths or _asked()
    if not places:
        return 1
    progress = _Progress()
    try:
        target = None if options.json else _target(options.out)
        found = audit(
            *places,
            since=options.since,
            until=options.until,
            zone=options.zone,
            top=options.top,
            rates=read_own_rates(options.rates) if options.rates else None,
            say=progress,
        )
        if target is not None:
            progress("working out the levers")
            found.save(target)
    except (ValueError, LookupError) as error:
        progress.end()
        print(f"{error}.", file=sys.stderr)
        return 1
    progress.end()
    if target is None:
        print(json.dumps(figures(found), indent=2))
        return 0
    _tell(found, target)
    if options.open:
        webbrowser.open(target.resolve().as_uri())
    return 0


def _tell(found: Audit, target: Path) -> None:
    print(found)
    for each in found.left[:5]:
        print(f"left out: {each.name}: {each.reason}")
    if len(found.left) > 5:
        print(f"left out: {len(found.left) - 5:,} more, named on the page")
    print(f"\nThe whole of it, with what is assumed: {target}")


def _target(out: Path) -> Path:
    """Where the page goes; ValueError rather than over a file that is no audit's."""
    if out.is_dir():
        raise ValueError(f"{str(out)!r} is a folder: give --out a file's name, such as audit.html")
    if out.exists() and GENERATOR.encode() not in out.read_bytes()[:2_000]:
        raise ValueError(
            f"{str(out)!r} is there and is no audit's page: give --out another name, or move it"
        )
    return out


def _asked() -> list[Path]:
    """The folders of coding tools' logs that a person lets it read; none without a terminal."""
    homes = log_homes()
    there = [home for home in homes if home.files]
    if not there:
        looked = " and ".join(str(home.path) for home in homes)
        print(
            f"There are no session logs in {looked}. Give a file or a folder: python -m costlib "
            "audit PATH. The course's own example is data/own.",
            file=sys.stderr,
        )
        return []
    for home in there:
        print(f"{home.tool}: {home.path}, {home.files:,} logs, {home.size / 1e6:,.0f} MB")
    if not sys.stdin.isatty():
        print(
            "Nothing was read. Say what to read: python -m costlib audit "
            + " ".join(f'"{home.path}"' for home in there),
            file=sys.stderr,
        )
        return []
    print("Counts, times and names would be read, no texts; nothing leaves this machine.")
    answer = input("Read them? [y/N] ")
    if answer.strip().lower() not in ("y", "yes"):
        print("Nothing was read.")
        return []
    return [home.path for home in there]


class _Progress:
    """Says on a terminal how far it is, once it takes longer than a second."""

    def __init__(self) -> None:
        self._began = self._last = time.monotonic()
        self._shown = 0
        self._out = sys.stderr

    def __call__(self, text: str) -> None:
        now = time.monotonic()
        if not self._out.isatty() or now - self._began < _FIRST or now - self._last < _EVERY:
            return
        self._last = now
        print(f"\r{text:{self._shown}}", end="", file=self._out, flush=True)
        self._shown = len(text)

    def end(self) -> None:
        """Leaves an empty line behind."""
        if self._shown:
            print(f"\r{'':{self._shown}}\r", end="", file=self._out, flush=True)
            self._shown = 0
