"""`python -m costlib slides 3`: a lesson's core path as slides, in one HTML file without network.

The deck is derived from the executed solution. On a slide stands what a room looks at: a question
with its code, what came of it, an exercise's statement, a list. What is said about it, and the code
that only draws, are the speaker's notes of that slide: the key N shows them. A heading stands on
the first slide of its section. Where the lesson asks to predict, the result is on a later slide, so
that the room can answer. Exercises lose their solution. Arrow keys move, the browser's print gives
a PDF.
"""

from __future__ import annotations

import argparse
import base64
import io
import re
import sys
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from jinja2 import Environment, FileSystemLoader
from markupsafe import Markup
from nbformat import NotebookNode

from costlib.course.core_path import HEADING, core_cells, tags
from costlib.course.install_progress import Progress
from costlib.paths import ROOT
from solutions.derive import FOLDED_TAG

FORMULA = re.compile(r"\$\$(.+?)\$\$", re.S)
BADGES = re.compile(r"^\[!\[.*\n", re.M)
PREDICT = re.compile(r"\*\*(?:Predict\b|Before you run)")
EXERCISE = re.compile(r"^### Your turn", re.M)
LOOKED_AT = re.compile(r"\||\$\$")  # a table, a formula
LISTED = re.compile(r"[-*] |\d+\. |\||\$\$|```")
ANSWER_CELL = re.compile(r"ex-\d+-\d+-(answer|check|hint)")
# "the call below" points, "below the minimum" compares.
POINTS_BELOW = re.compile(r"\bbelow\b(?! (?:the|an?|it|its|one|zero|all|well|\d))")
MONEY = "A question with money in it"
NOT_SHOWN = {"setup", "map", "recap-map"}  # the map of cost factors is read in the notebook
NO_GUESS = re.compile(r"You made no guess\.\s*")
# Another notebook, and perhaps the same one in Colab behind it.
TO_NOTEBOOK = re.compile(
    r'<a href="[^"]*\.ipynb[^"]*">(.*?)</a>(?: \(<a href="[^"]*\.ipynb[^"]*">in Colab</a>\))?', re.S
)
NUMBERS = re.compile(r"<details><summary>The numbers</summary>.*?</details>", re.S)
CODE_LINES = 16  # a longer cell is read in the notebook, not on a wall
SAID_WORDS = 90  # a longer text is told, and only its lists stand on the wall
FULL = 20  # what a slide holds, in lines of text
FIGURE, ROW, CODE_LINE, WORD = 12, 1.1, 0.8, 1 / 11  # what each takes of it

TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    trim_blocks=True,
    keep_trailing_newline=True,
)


@dataclass
class Slide:
    """What is asked, said or shown at once, and the speaker's notes on it, as HTML.

    `lines` is how much of the slide is taken, in lines of text.
    """

    kind: str
    body: Markup = field(default_factory=Markup)
    notes: Markup = field(default_factory=Markup)
    lines: float = 0

    def add(self, part: Markup) -> None:
        """Put a part on the slide, below the rest."""
        self.body += part
        self.lines += height(part)


@dataclass
class Deck:
    """The slides so far, and the heading and the text that wait for the next one."""

    slides: list[Slide] = field(default_factory=list)
    heading: str = ""
    text: list[str] = field(default_factory=list)

    def open(self, kind: str, text: list[str]) -> None:
        """A new slide with the heading that waits and a text; what else waits is its notes."""
        self.slides.append(Slide(kind))
        if self.heading or text:
            self.slides[-1].add(markdown("\n\n".join([self.heading, *text])))
        self.say([part for part in self.text if part not in text])
        self.heading, self.text = "", []

    def say(self, text: list[str]) -> None:
        """Speaker's notes on the last slide."""
        if text:
            self.slides[-1].notes += markdown("\n\n".join(text))

    def read(self, source: str) -> None:
        """A markdown cell. What a room looks at is on a slide, the rest is told."""
        text = paragraphs(BADGES.sub("", source))
        if HEADING.match(source):
            self.close()
            self.heading, *text = text
        if not self.slides or EXERCISE.match(source) or MONEY in self.heading:
            self.open("said", text)
        elif self.heading or PREDICT.search(source):
            self.text += text
        else:
            seen = [part for part in text if LOOKED_AT.match(part)]
            if seen:
                self.text += text
                self.open("shown", seen)
            else:
                self.say(text)

    def ask(self) -> None:
        """A guess is asked for here: what waits is the question, or the last slide's text is."""
        if self.heading or self.text:
            asked = [n for n, part in enumerate(self.text) if PREDICT.search(part)]
            first = (asked[0] if asked else len(self.text) - 1) - 1
            listed = [LISTED.match(part) or self.leads(n) for n, part in enumerate(self.text)]
            question = [part for n, part in enumerate(self.text) if n >= first or listed[n]]
            self.open("predict", question)
        elif self.slides[-1].kind == "said":
            self.slides[-1].kind = "predict"

    def leads(self, n: int) -> bool:
        """Whether a waiting paragraph says what the list, table or formula after it is."""
        ahead = self.text[n + 1 : n + 2]
        return self.text[n].endswith(":") and any(map(LISTED.match, ahead))

    def show(self, cell: NotebookNode) -> None:
        """A code cell: what it shows, and its code where that is short and says more than notes."""
        parts = [part for output in cell.outputs if (part := shown_by(output))]
        code = Markup("<pre>{}</pre>").format(cell.source)
        short = len(cell.source.splitlines()) <= CODE_LINES and FOLDED_TAG not in tags(cell)
        asked = self.slides[-1].kind == "predict" and not (self.heading or self.text)
        if asked and short and "<pre>" not in self.slides[-1].body:
            self.slides[-1].add(code)
            code = Markup()
        elif short and parts and all(part.startswith('<pre class="text">') for part in parts):
            parts.insert(0, code)
            code = Markup()
        else:
            code = Markup("<details><summary>The code</summary>{}</details>").format(code)
        for part in parts:
            last = self.slides[-1]
            joins = last.kind == "shown" or MONEY in last.body
            fits = joins and last.lines + height(part) <= FULL
            if self.heading or self.text or not fits:
                seen = [part for part in self.text if LISTED.match(part)]
                if seen and height(markdown("\n\n".join(seen))) + height(part) > FULL:
                    self.open("said", seen)
                    seen = []
                self.open("shown", seen)
            self.slides[-1].add(part)
        self.slides[-1].notes += code

    def close(self) -> None:
        """A section ends. What still waits is a slide by itself; of a long text only its lists."""
        end = next((n for n, part in enumerate(self.text) if HEADING.match(part)), len(self.text))
        seen = self.text[:end]
        if sum(len(part.split()) for part in seen) > SAID_WORDS:
            seen = [part for part in seen if LISTED.match(part)]
        if self.heading:
            self.open("said", seen)


def deck(notebook: NotebookNode) -> str:
    """The HTML page of a lesson's executed solution."""
    made = Deck()
    for cell in core_cells(notebook.cells):
        if cell.cell_type == "markdown":
            made.read(cell.source)
        elif "predict" in tags(cell):
            made.ask()
        elif not (cell.id in NOT_SHOWN or ANSWER_CELL.fullmatch(cell.id) or is_live(cell)):
            made.show(cell)
    made.close()
    for slide in made.slides:
        if not re.search("<pre|<table|<img", slide.body):
            slide.body = Markup(POINTS_BELOW.sub("in the notebook", slide.body))
    title = HEADING.sub("", notebook.cells[0].source.splitlines()[0]).strip()
    return TEMPLATES.get_template("slides.html").render(title=title, slides=made.slides)


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a markdown text; a block of code is one."""
    found: list[list[str]] = [[]]
    fenced = False
    for line in text.splitlines():
        fenced ^= line.startswith("```")
        if line.strip() or fenced:
            found[-1].append(line)
        elif found[-1]:
            found.append([])
    return ["\n".join(lines) for lines in found if lines]


def height(part: Markup) -> float:
    """How much of a slide a part takes, in lines of text."""
    if "<iframe" in part:  # a page by itself
        return FULL
    if "<img" in part or "<svg" in part:
        return FIGURE
    code = sum(block.count("\n") + 2 for block in re.findall(r"<pre.*?</pre>", part, re.S))
    plain = re.sub(r"<pre.*?</pre>|<table.*?</table>|<style.*?</style>", "", part, flags=re.S)
    text = len(Markup(plain).striptags().split()) * WORD + len(
        re.findall("<(?:p|li|h[1-6])", plain)
    )
    return CODE_LINE * code + ROW * part.count("<tr") + text


def is_live(cell: NotebookNode) -> bool:
    """A calculator is no picture: its questions are on a slide, its controls in the notebook."""
    return "calculator" in tags(cell)


def shown_by(output: NotebookNode) -> Markup:
    """An output as HTML: its own where it has one, else its text."""
    data = output.get("data", {})
    if "text/html" in data:
        page = NO_GUESS.sub("", NUMBERS.sub("", data["text/html"]))
        return Markup("<div>{}</div>").format(Markup(page))
    text = NO_GUESS.sub("", output.get("text") or data.get("text/plain", ""))
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
    """Write decks; 0, or 1 when one cannot be written."""
    executed = {int(path.name[:2]): path for path in ROOT.glob("solutions/[0-9][0-9]_*.ipynb")}
    folder = options.to or ROOT / "slides"
    for number in options.lesson:
        path = folder / f"{executed[number].stem}.html"
        making = Progress("Making slides", sys.stderr)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            making.show(f"lesson {number}")
            page = deck(nbformat.read(executed[number], as_version=4))
            making.clear()
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
