"""`python -m costlib slides 3`: a lesson's core path as slides, in one HTML file without network.

The deck is derived from the executed solution. A markdown cell is a slide, and so is what a code
cell shows; a figure stands without its table. Where the lesson asks to predict, the question and
the code come first and the result on the next slide, so that the room can answer. Exercises keep
their statement and lose their solution. Arrow keys move, the browser's print gives a PDF.
"""

from __future__ import annotations

import argparse
import base64
import html
import io
import re
import sys

import nbformat
from nbformat import NotebookNode

from costlib.paths import ROOT
from solutions.derive import HEADING, core_cells, tags

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

STYLE = """
* { box-sizing: border-box; }
html { scroll-snap-type: y mandatory; font: 28px/1.45 system-ui, sans-serif; color: #222; }
body { margin: 0; background: #fff; }
section { min-height: 100vh; padding: 1.2em 2em 1.6em; scroll-snap-align: start; position: relative;
  display: flex; flex-direction: column; justify-content: center; border-bottom: 1px solid #ddd; }
section > * { width: 100%; }
.page > * { max-width: 34em; margin-left: auto; margin-right: auto; }
h1 { font-size: 1.8em; } h2 { font-size: 1.4em; } h3 { font-size: 1.15em; }
h1, h2, h3 { line-height: 1.2; margin-top: 0; margin-bottom: 0.6em; }
.where { position: absolute; left: 2em; right: 2em; bottom: 0.5em; max-width: none; width: auto;
  display: flex; justify-content: space-between; color: #595959; font-size: 0.6em; }
.predict { background: #fff8e1; }
pre { background: #f5f5f5; padding: 0.6em 0.8em; overflow-x: auto; font-size: 0.62em;
  margin: 0.5em auto; max-width: 55em; }
.text { background: none; border-left: 4px solid #0072B2; }
table { border-collapse: collapse; font-size: 0.85em; } td, th { padding: 2px 10px; }
figure { max-width: none !important; }
img { max-height: 68vh; width: auto !important; max-width: 100%; }
a { color: #005a8c; }
@page { size: 297mm 167mm; margin: 0; }
@media print { section { height: 167mm; min-height: 0; break-after: page; border: 0;
  -webkit-print-color-adjust: exact; print-color-adjust: exact; } img { max-height: 110mm; } }
"""
SCRIPT = """
const slides = [...document.querySelectorAll('section')];
const fit = () => slides.forEach(slide => {
  for (let size = 100; size >= 40; size -= 5) {
    slide.firstElementChild.style.zoom = size / 100;
    if (slide.scrollHeight <= innerHeight + 1) break;
  }
});
const at = () => slides.findIndex(slide => slide.getBoundingClientRect().bottom > innerHeight / 2);
const go = n => slides[Math.max(0, Math.min(n, slides.length - 1))].scrollIntoView();
addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('summary')) return;
  const step = {ArrowRight: 1, ArrowDown: 1, PageDown: 1, ' ': 1, ArrowLeft: -1, ArrowUp: -1,
    PageUp: -1}[event.key];
  if (step) { event.preventDefault(); go(at() + step); }
  if (event.key === 'Home') { event.preventDefault(); go(0); }
  if (event.key === 'End') { event.preventDefault(); go(slides.length); }
});
addEventListener('load', fit);
addEventListener('resize', fit);
"""


def deck(notebook: NotebookNode) -> str:
    """The HTML page of a lesson's executed solution."""
    slides: list[tuple[str, str]] = []
    for cell in core_cells(notebook.cells):
        if cell.cell_type == "markdown":
            slides += markdown_slides(cell.source)
        elif not (cell.id == "setup" or ANSWER_CELL.fullmatch(cell.id) or is_live(cell)):
            slides += code_slides(cell, slides)
    title = HEADING.sub("", notebook.cells[0].source.splitlines()[0]).strip()
    pages = "\n".join(
        f'<section class="{kind}" aria-label="Slide {n}"><div class="page">{body}</div>'
        f'<div class="where"><span>{html.escape(title)}</span><span>{n} / {len(slides)}</span>'
        "</div></section>"
        for n, (kind, body) in enumerate(slides, 1)
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}</style></head>\n"
        f"<body><main>\n{pages}\n</main><script>{SCRIPT}</script></body></html>\n"
    )


def is_live(cell: NotebookNode) -> bool:
    """A calculator is no picture: its questions are on a slide, its controls in the notebook."""
    return "calculator" in tags(cell)


def markdown_slides(source: str) -> list[tuple[str, str]]:
    """The slides of a markdown cell, as (class, HTML): what it says, then what it asks."""
    source = BADGES.sub("", source)
    asked = PREDICT.search(source)
    said = source[: asked.start()] if asked else source
    slides = [("said", markdown(said))] if said.strip() else []
    return [*slides, ("predict", markdown(asked[0]))] if asked else slides


def code_slides(cell: NotebookNode, before: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """What a code cell shows. The code of a prediction joins the question on the slide before."""
    shown = [text for output in cell.outputs if (text := shown_by(output))]
    if not shown:
        return []
    code = f"<pre>{html.escape(cell.source)}</pre>"
    short = len(cell.source.splitlines()) <= CODE_LINES
    is_text = all(text.startswith('<pre class="text">') for text in shown)
    if "predict" in tags(cell) and before and before[-1][0] == "predict" and short:
        before[-1] = ("predict", before[-1][1] + code)
    elif is_text and short:
        shown.insert(0, code)
    return [("shown", "".join(shown))]


def shown_by(output: NotebookNode) -> str:
    """An output as HTML: its own where it has one, else its text."""
    data = output.get("data", {})
    if "text/html" in data:
        return f"<div>{NUMBERS.sub('', data['text/html'])}</div>"
    text = output.get("text") or data.get("text/plain", "")
    return f'<pre class="text">{html.escape(text.rstrip())}</pre>' if text.strip() else ""


def markdown(source: str) -> str:
    """Markdown as HTML, its formulas as pictures and links to other notebooks as plain text."""
    from nbconvert.filters.markdown_mistune import IPythonRenderer, MarkdownWithMath

    pictures = [formula(found[1]) for found in FORMULA.finditer(source)]
    numbered = iter(range(len(pictures)))
    source = FORMULA.sub(lambda _: f"FORMULA{next(numbered)}HERE", source)
    renderer = IPythonRenderer(escape=False, exclude_anchor_links=True)
    page = MarkdownWithMath(renderer=renderer).render(source)
    for n, picture in enumerate(pictures):
        page = page.replace(f"FORMULA{n}HERE", picture)
    return "<div>" + TO_NOTEBOOK.sub(r"\1", page) + "</div>"


def formula(tex: str) -> str:
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
        alt = html.escape(re.sub(r"\\text\{([^}]*)\}", r"\1", line))
        shown.append(f'<img alt="{alt}" src="data:image/svg+xml;base64,{data}"><br>')
    return "".join(shown)


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
