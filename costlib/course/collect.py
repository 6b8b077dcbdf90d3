"""`python -m costlib collect /home`: what the seats of a hub have saved, copied to one folder.

A seat is a folder with a copy of the course in it (`SEAT/course/lessons`, as the hub of
INSTRUCTORS.md makes it). A lesson that is byte for byte the course's own was not worked on, and is
left out, as are copies that `reset` kept aside. The originals are only read.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from costlib.course.limits import NOTEBOOK_BYTES
from costlib.exercises.files import read_regular
from costlib.paths import ROOT

LESSONS = "0[1-9]_*.ipynb"


def main(options: argparse.Namespace) -> int:
    """Copies the notebooks and prints a line for each seat; 1 when there is none, or when one
    cannot be read or written."""
    homes: Path = options.homes
    own = {path.name: path.read_bytes() for path in ROOT.glob(f"lessons/{LESSONS}")}
    seats = sorted(folder.parents[1] for folder in homes.glob("*/course/lessons"))
    if not seats:
        print(
            f"No folder in {homes} holds course/lessons: name the folder with the learners' homes, "
            "and run this as root where homes are closed.",
            file=sys.stderr,
        )
        return 1
    failed = False
    for seat in seats:
        copied, problems = 0, []
        for path in sorted((seat / "course" / "lessons").glob(LESSONS)):
            try:
                content = read_regular(path, NOTEBOOK_BYTES)
                if content == own.get(path.name):
                    continue
                target = options.to / seat.name / path.name
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
                copied += 1
            except OSError as error:
                problems.append(f"{path.name} was not copied: {error.strerror}")
        failed |= bool(problems)
        print("; ".join([f"{seat.name}: {copied} lessons", *problems]), flush=True)
    print(f"Now grade them: python -m costlib check {options.to} --gradebook grades.csv")
    return int(failed)
