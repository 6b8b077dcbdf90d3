"""Prose that cannot fall behind what the lesson computes: tied numbers, claims and sources.

In a markdown cell of a lesson's source
- `{{= saved:.1%}}` is filled with `f"{saved:.1%}"`: any Python expression of the lesson's own
  variables, as they stand above the cell, and an optional format;
- `{{claim: dearest > 100 * cheapest}}` behind a sentence shows nothing, and stops the build with
  the sentence and the values when it no longer holds: for what is said in words;
- `{{source:codex-35300}}` is the address of that row of data/sources.csv.
- `{{work:5_budget_around_a_client}}` shows a snippet to take to work (work.py).

build.py runs both variants of a lesson and asks their kernels, so what is tied must not depend on
an exercise's answer. Neither an expression nor a format may hold `}}`.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from functools import cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

TIED = re.compile(r"\{\{=\s*(?P<tied>[^\n]+?)\s*\}\}| ?\{\{claim:\s*(?P<claim>[^\n]+?)\s*\}\}")
SOURCE = re.compile(r"\{\{source:([^}\s]*)\}\}")


class ProseError(Exception):
    """What is wrong with a placeholder, as the end of a sentence about its cell."""


def shown(markdown: str) -> str:
    """The text with a 0 for each tied number and nothing for a claim, so that words can be
    counted before anything is known."""
    return TIED.sub(lambda found: "0" if found["tied"] else "", markdown)


def matches(source: str, filled: str) -> bool:
    """Whether a filled text is what this source gives, whatever the tied numbers are."""
    pattern, end = "", 0
    for found in TIED.finditer(source):
        pattern += re.escape(source[end : found.start()]) + (r"[^\n]+?" if found["tied"] else "")
        end = found.end()
    return re.fullmatch(pattern + re.escape(source[end:]), filled) is not None


# ---------------------------------------------------------------- asking the kernel


def with_probes(cells: list[NotebookNode]) -> list[NotebookNode]:
    """The cells, and before each that asks for values a code cell of the same id that prints them.

    Raises ProseError for an expression that is no Python.
    """
    asked = []
    for cell in cells:
        if cell.cell_type == "markdown" and TIED.search(cell.source):
            asked.append(nbformat.v4.new_code_cell(_probe(cell.source), id=cell.id))
        asked.append(cell)
    return asked


def _probe(markdown: str) -> str:
    """The code that prints, as JSON, a text for each number and for each claim whether it holds
    and what its sides are."""
    parts = []
    for found in TIED.finditer(markdown):
        if found["tied"]:
            part = 'f"""{' + found["tied"] + '}"""'
            _parsed(part, found[0])
        else:
            sides = _sides(_parsed(found["claim"], found[0]))
            part = f"[bool({found['claim']}), {', '.join(f'str({side})' for side in sides)}]"
        parts.append(part)
    return f"print(__import__('json').dumps([{', '.join(parts)}]))"


def _parsed(expression: str, placeholder: str) -> ast.expr:
    try:
        return ast.parse(expression, mode="eval").body
    except SyntaxError:
        raise ProseError(f"asks for {placeholder.strip()}, which is no Python expression") from None


def _sides(claim: ast.expr) -> list[str]:
    """What a claim compares, at its top: the parts whose values say why it does not hold."""
    parts = claim.values if isinstance(claim, ast.BoolOp) else [claim]
    compared = [part for part in parts if isinstance(part, ast.Compare)]
    sides = [side for each in compared for side in (each.left, *each.comparators)]
    return [ast.unparse(side) for side in sides if not isinstance(side, ast.Constant)]


def without_probes(cells: list[NotebookNode]) -> tuple[list[NotebookNode], dict[str, list]]:
    """The cells without the probes of `with_probes`, and what each printed, by the cell's id."""
    kept, answers = [], {}
    for cell, after in zip(cells, [*cells[1:], None], strict=True):
        if after is not None and cell.id == after.id:
            answers[cell.id] = json.loads(cell.outputs[0].text)
        else:
            kept.append(cell)
    return kept, answers


def filled(markdown: str, answers: list) -> tuple[str, list[str]]:
    """The text with its numbers; and each claim that does not hold, as the end of a sentence."""
    text, end, broken = "", 0, []
    for found, answer in zip(TIED.finditer(markdown), answers, strict=True):
        text += markdown[end : found.start()]
        end = found.end()
        if found["tied"]:
            # Two dollar signs make a formula of what stands between them, up to the next tag.
            text += answer.replace("$", "<span>&#36;</span>")
            continue
        holds, *sides = answer
        if not holds:
            sentence = re.split(r"(?<=[.!?:]) |\n", text)[-1]
            now = f" ({', '.join(sides)})" if sides else ""
            broken.append(f"says {sentence!r}, but {found['claim']} is no longer true{now}")
    return text + markdown[end:], broken


# ---------------------------------------------------------------- sources


@cache
def sources(root: Path) -> dict[str, dict[str, str]]:
    """The rows of data/sources.csv by their id; none where a course has no such file."""
    path = root / "data" / "sources.csv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as file:
        return {row["id"]: row for row in csv.DictReader(file)}


def cited(markdown: str, root: Path) -> str:
    """The text with the address of each source. Raises ProseError for one that has no row or no
    address."""

    def address(found: re.Match[str]) -> str:
        row = sources(root).get(found[1])
        if row is None:
            raise ProseError(f"cites {found[1]!r}, which is no row of data/sources.csv")
        if not row["url"]:
            raise ProseError(f"cites {found[1]!r}, which has no address in data/sources.csv")
        return row["url"]

    return SOURCE.sub(address, markdown)
