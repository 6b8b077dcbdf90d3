"""`python -m costlib rehearsal 3`: what an instructor has at hand while a lesson runs.

A line for each cell at which the room does something, from the executed lesson: the minute at which
it comes, the cell's id, what is asked with its options, and what comes out, with the number of the
output in the executed notebook. Cells of code that are shown have their minutes. The clock is that
of the timetables in INSTRUCTORS.md. Units: minutes.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping

import nbformat
from markupsafe import Markup
from nbformat import NotebookNode

from costlib.course.core_path import HEADING, core_cells, tags
from costlib.course.install_progress import Progress
from costlib.exercises.framework import CHECK_CALL
from costlib.paths import ROOT
from solutions.derive import visible_lines, words
from solutions.plans import (
    CALCULATOR,
    EXERCISE,
    EXERCISE_CELL,
    LINES_A_MINUTE,
    PREDICTION,
    SECTION,
    WORDS_A_MINUTE,
    on_the_clock,
    starts,
)
from solutions.slides import NOT_SHOWN, PREDICT, paragraphs

ANSWER = re.compile(r"The answer: (.+?)\.(?=\s|$)")
OPTIONS = re.compile(r"=\s*\.\.\.\s*#\s*(.+)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")


def sheet(notebook: NotebookNode, begin: Mapping[str, int]) -> str:
    """The rehearsal of an executed lesson, as a markdown table.

    `begin` has the minute of each section, and of the end: `plans.starts` of the lesson's source.
    """
    rows, clock, question = [], 0.0, ""
    for cell in core_cells(notebook.cells):
        if cell.cell_type == "markdown" and (section := SECTION.search(cell.source)):
            clock = float(begin[section[1]])
        at, did = clock, ""
        if cell.cell_type == "markdown":
            clock += words(cell.source) / WORDS_A_MINUTE
            title = HEADING.match(cell.source)
            if title:
                did = f"**{cell.source.partition(chr(10))[0].lstrip('# ')}**"
            question = next(filter(PREDICT.search, paragraphs(cell.source)), question)
        elif "predict" in tags(cell):
            clock += PREDICTION
            asked, question = question or "predict", ""
            options = OPTIONS.search(cell.source)
            did = asked + (f" ({options[1]})" if options and "**a**" not in asked else "")
        elif "check" in tags(cell):
            clock += EXERCISE
            did = f"exercise {CHECK_CALL.search(cell.source)[1]}"
        elif "calculator" in tags(cell):
            clock += CALCULATOR
            did = "calculator"
        elif cell.id not in NOT_SHOWN and not EXERCISE_CELL.match(cell.id):
            needed = visible_lines(cell) / LINES_A_MINUTE
            clock += needed
            parts = [f"code, {needed:.1f} min"] if needed else []
            did = "; ".join(parts + came_out(cell))
        if did:
            rows.append(f"| {on_the_clock(at)} | `{cell.id}` | {in_a_row(did)} |")
    head = ["| minute | cell | the room |", "|---|---|---|"]
    return "\n".join([*head, *rows, f"| {on_the_clock(begin['end'])} | | end |"])


def came_out(cell: NotebookNode) -> list[str]:
    """What a cell shows, in a few words: an answer in bold, else the first line of it."""
    text = "\n".join(map(text_of, cell.outputs)).strip()
    if not text:
        return []
    answers = [f"**{found}**" for found in dict.fromkeys(ANSWER.findall(text))]
    first = text.splitlines()[0].strip()
    said = f"answer {', '.join(answers)}" if answers else first[:90] + "…" * (len(first) > 90)
    return [f"output [{cell.execution_count}]: {said}"]


def text_of(output: NotebookNode) -> str:
    """The text of an output; of a figure its title."""
    data = output.get("data", {})
    page = data.get("text/html", "")
    caption = re.search(r"<(figcaption|caption)[^>]*>(.*?)</\1>", page, re.S)
    if caption:
        return Markup(caption[2]).striptags()
    return output.get("text") or data.get("text/plain", "")


def in_a_row(text: str) -> str:
    """Text for a cell of a markdown table: on one line, no links, no column marks."""
    return LINK.sub(r"\1", " ".join(text.split())).replace("|", "/")


def main(options: argparse.Namespace) -> int:
    """Prints the sheets; 0."""
    executed = {int(path.name[:2]): path for path in ROOT.glob("solutions/[0-9][0-9]_*.ipynb")}
    for number in options.lesson:
        reading = Progress("Reading", sys.stderr)
        reading.show(f"lesson {number}")
        notebook = nbformat.read(executed[number], as_version=4)
        title = HEADING.sub("", notebook.cells[0].source.splitlines()[0])
        made = sheet(notebook, starts(executed[number].with_suffix(".py")))
        reading.clear()
        print(f"# {title}\n\n{made}\n", flush=True)
    return 0
