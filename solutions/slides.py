"""`python -m costlib slides 3`: a lesson's core path as slides, in one HTML file without network.

The deck is derived from the executed solution. A markdown cell is a slide, and so is what a code
cell shows; a figure stands without its table. Where the lesson asks to predict, the question and
the code come first and the result on the next slide, so that the room can answer. Exercises keep
their statement and lose their solution. Arrow keys move, the browser's print gives a PDF.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import sys
from pathlib import Path
from typing import NamedTuple

import nbformat
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbformat import NotebookNode

from costlib.course.core_path import HEADING, core_cells, tags
from costlib.paths import ROOT
from solutions.derive import FOLDED_TAG

FORMULA = re.compile(r"\$\$(.+?)\$\$", re.S)
BADGES = re.compile(r"^\[!\[.*\n", re.M)
PREDICT = re.compile(r"\*\*Predict\b.*", re.S)
ANSWER_CELL = re.compile(r"ex-\d+-\d+-(answer|check|hint)")
# Another notebook, and perhaps the same one in Colab behind it.
TO_NOTEBOOK = re.compile(
    r'<a href="[^"]*\.ipynb[^"]*">(.*?)</a>(?: \(<a href="[^"]*\.ipynb[^"]*">in Colab</a>\))?', re.S
)
NUMBERS = re.compile(r"<details><summary>The numbers</summary>.*?</details>", re.S)
CODE_LINES = 18  # a longer cell is read in the notebook, not on a wall

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    keep_trailing_newline=True,
)


class Slide(NamedTuple):
    """What is asked, said or shown at once; `body` is HTML."""

    kind: str
    body: Markup


def deck(notebook: NotebookNode) -> str:
    """The HTML page of a lesson's executed solution."""
    slides: list[Slide] = []
    for cell in core_cells(notebook.cells):
        if cell.cell_type == "markdown":
            slides += markdown_slides(cell.source)
        elif not (cell.id == "setup" or ANSWER_CELL.fullmatch(cell.id) or is_live(cell)):
            slides += code_slides(cell, slides)
    title = HEADING.sub("", notebook.cells[0].source.splitlines()[0]).strip()
    return TEMPLATES.get_template("slides.html").render(title=title, slides=slides)


def is_live(cell: NotebookNode) -> bool:
    """A calculator is no picture: its questions are on a slide, its controls in the notebook."""
    return "calculator" in tags(cell)


def markdown_slides(source: str) -> list[Slide]:
    """The slides of a markdown cell: what it says, then what it asks."""
    source = BADGES.sub("", source)
    asked = PREDICT.search(source)
    said = source[: asked.start()] if asked else source
    slides = [Slide("said", markdown(said))] if said.strip() else []
    return [*slides, Slide("predict", markdown(asked[0]))] if asked else slides


def code_slides(cell: NotebookNode, before: list[Slide]) -> list[Slide]:
    """What a code cell shows. The code of a prediction joins the question on the slide before."""
    shown = [text for output in cell.outputs if (text := shown_by(output))]
    if not shown:
        return []
    code = Markup("<pre>{}</pre>").format(cell.source)
    short = len(cell.source.splitlines()) <= CODE_LINES and FOLDED_TAG not in tags(cell)
    is_text = all(text.startswith('<pre class="text">') for text in shown)
    if "predict" in tags(cell) and before and before[-1].kind == "predict" and short:
        before[-1] = Slide("predict", before[-1].body + code)
    elif is_text and short:
        shown.insert(0, code)
    return [Slide("shown", Markup().join(shown))]


def shown_by(output: NotebookNode) -> Markup:
    """An output as HTML: its own where it has one, else its text."""
    data = output.get("data", {})
    if "text/html" in data:
        return Markup("<div>{}</div>").format(Markup(NUMBERS.sub("", data["text/html"])))
    text = output.get("text") or data.get("text/plain", "")
    return Markup('<pre class="text">{}</pre>').format(text.rstrip()) if text.strip() else Markup()


def markdown(source: str) -> Markup:
    """Markdown as HTML, its formulas as pictures and links to other notebooks as plain text."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    pictures = [formula(found[1]) for found in FORMULA.finditer(source)]
    numbered = iter(range(len(pictures)))
    source = FORMULA.sub(lambda _: f"FORMULA{next(numbered)}HERE", source)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    page = MarkdownWithMath(renderer=renderer).render(source)
    for n, picture in enumerate(pictures):
        page = page.replace(f"FORMULA{n}HERE", picture)
    return Markup("<div>{}</div>").format(Markup(TO_NOTEBOOK.sub(r"\1", page)))


def formula(tex: str) -> Markup:
    """A displayed formula as pictures, line by line, so that a page without MathJax shows it."""
    from matplotlib.figure import Figure

    body = re.sub(r"\\(begin|end)\{aligned\}", "", tex)
    lines = [line.replace("&", "").replace("{}", "").strip() for line in body.split(r"\\")]
    shown = []
    for line in filter(None, lines):
        fig, picture = Figure(), io.BytesIO()
        fig.text(0, 0, f"${line}$", fontsize=18)
        fig.savefig(picture, format="svg", bbox_inches="tight", transparent=True)
        data = base64.b64encode(picture.getvalue()).decode("ascii")
        alt = re.sub(r"\\text\{([^}]*)\}", r"\1", line)
        picture_of = Markup('<img alt="{}" src="data:image/svg+xml;base64,{}"><br>')
        shown.append(picture_of.format(alt, data))
    return Markup().join(shown)


def main(options: argparse.Namespace) -> int:
    """Write decks; 0, or 1 when a lesson has no executed solution or a deck cannot be written."""
    executed = {int(path.name[:2]): path for path in ROOT.glob("solutions/[0-9][0-9]_*.ipynb")}
    folder = options.to or ROOT / "slides"
    for number in options.lesson:
        if number not in executed:
            there = ", ".join(map(str, sorted(executed)))
            print(f"There is no lesson {number}: the lessons are {there}.", file=sys.stderr)
            return 1
        path = folder / f"{executed[number].stem}.html"
        page = deck(nbformat.read(executed[number], as_version=4))
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(page.encode())
        except OSError as error:
            reason = error.strerror or str(error)
            print(
                f"{path} cannot be written ({reason}): name another folder with --to.",
                file=sys.stderr,
            )
            return 1
        print(f"{path}: {page.count('<section')} slides")
    return 0
