"""The core path of a lesson: which cells belong to it, and which are *Going further*.

Used by the build, the slides, the plans and the grader.
"""

from __future__ import annotations

import re

from nbformat import NotebookNode

HEADING = re.compile(r"^(#{1,6})\s", re.M)
FENCE = re.compile(r"^(```|~~~).*?^\1[^\n]*$", re.M | re.S)


def tags(cell: NotebookNode) -> set[str]:
    """The tags of a cell."""
    return set(cell.metadata.get("tags", ()))


def headings(markdown: str) -> list[int]:
    """The levels of the headings in a markdown cell, code blocks left out."""
    return [len(marks) for marks in HEADING.findall(FENCE.sub("", markdown))]


def core_cells(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells of the core path.

    A markdown cell tagged `further` is outside it. Its heading, if it has one, opens a section
    that is outside it too, until the next heading of the same or a higher level that is untagged.
    """
    core, section = [], None
    for cell in cells:
        levels = headings(cell.source) if cell.cell_type == "markdown" else []
        further = "further" in tags(cell)
        if further and levels:
            section = min(section or 6, levels[0])
        elif not further and section and any(level <= section for level in levels):
            section = None
        if not further and section is None:
            core.append(cell)
    return core
