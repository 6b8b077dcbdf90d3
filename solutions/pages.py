"""The course as a web site: python -m costlib site

Writes static pages (by default into _site/) from what is already built: the executed notebooks of
solutions/ with their answers folded, the index, the glossary, INSTRUCTORS.md. Nothing is run.
Sphinx with MyST-NB and sphinx-book-theme does the work; here stand only the differences between a
notebook that one runs and a page that one reads. The pages ask no other host for anything until a
launch button is pressed.
"""

from __future__ import annotations

import argparse
import re
import shutil
import tempfile
from collections.abc import Set
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell

from costlib.course.ask import EXAMPLE
from costlib.course.badges import Course, read_course
from costlib.course.core_path import tags
from costlib.paths import ROOT
from solutions.index import (
    Lesson,
    by_kind,
    by_letter,
    glossary_places,
    questions,
    read_lessons,
    take_to_work,
)
from solutions.prose import sources

STYLE = ROOT / "solutions" / "pages.css"
MARK = "objects.inv"  # Sphinx writes it into every site, and nothing else does
_BADGES = re.compile(r"^\[!\[.*\n?", re.M)
_IN_COLAB = re.compile(r" \(\[in Colab\]\([^)]*\)\)")
_LAB_ANCHOR = re.compile(r"\((?:\.\./lessons/)?(\w+)\.ipynb#cell-id=([\w-]+)\)")
_INDEX_LINK = re.compile(r"\((?:\.\./lessons/)?00_index\.ipynb\)")
_ANSWER = re.compile(r"ex-\d+-\d+-answer")
_TRY_IT = re.compile(r"ex-\d+-\d+-(?:check|hint)")
_MACHINERY = {"setup"}
GUESSES = re.compile(r"(?:guess_\w+ = [^\n]*\n*)+")


def main(options: argparse.Namespace, root: Path = ROOT) -> int:
    """Builds the site; 0, or 1 with a sentence when Sphinx finds something wrong."""
    folder = options.to or root / "_site"
    if folder.exists() and any(folder.iterdir()) and not (folder / MARK).exists():
        print(f"{folder} holds something else than a site of this course: name another folder.")
        return 1
    print("Building the pages …", flush=True)
    with tempfile.TemporaryDirectory() as source:
        write_sources(Path(source), root)
        problems = _sphinx(Path(source), folder, read_course(root))
    if problems:
        print(f"The site is not right: {problems}")
        return 1
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    print(f"{folder / 'index.html'}: open it in a browser ({size / 1e6:.0f} MB)")
    return 0


def write_sources(folder: Path, root: Path = ROOT) -> None:
    """What Sphinx reads: one page a lesson, and the pages around them."""
    lessons = read_lessons(root)
    read = {
        lesson.slug: nbformat.read(root / "solutions" / f"{lesson.slug}.ipynb", as_version=4)
        for lesson in lessons
    }
    said = "\n".join(cell.source for notebook in read.values() for cell in notebook.cells)
    linked = {f"{slug}-{cell_id}" for slug, cell_id in _LAB_ANCHOR.findall(said)}
    for slug, notebook in read.items():
        nbformat.write(lesson_page(notebook, slug, linked), folder / f"{slug}.ipynb")
    folder.joinpath("index.md").write_text(_front(lessons), encoding="utf-8")
    work = f"# Take it to work\n\n{take_to_work(root)}\n"
    folder.joinpath("take_to_work.md").write_text(work, encoding="utf-8")
    folder.joinpath("questions.md").write_text(_questions(root, lessons), encoding="utf-8")
    folder.joinpath("sources.md").write_text(_sources(root), encoding="utf-8")
    folder.joinpath("glossary.md").write_text(_glossary(root, lessons), encoding="utf-8")
    instructors = root.joinpath("INSTRUCTORS.md").read_text(encoding="utf-8")
    folder.joinpath("instructors.md").write_text(instructors, encoding="utf-8")


def lesson_page(notebook: NotebookNode, slug: str, linked: Set[str] = frozenset()) -> NotebookNode:
    """An executed notebook as a page: answers folded, machinery gone, cells with anchors.

    Text has anchors everywhere; a cell of code has one where it is among those `linked` to.
    """
    cells = []
    for cell in notebook.cells:
        if cell.id in _MACHINERY or _TRY_IT.fullmatch(cell.id):
            continue
        if cell.cell_type == "markdown":
            cell.source = f"({slug}-{cell.id})=\n{_for_page(cell.source)}"
        else:
            if f"{slug}-{cell.id}" in linked:
                cells.append(new_markdown_cell(f"({slug}-{cell.id})=\n"))
            if _ANSWER.fullmatch(cell.id):
                _fold(cell, "Our answer")
            elif "hide-input" in tags(cell):
                _fold(cell, "The code behind it")
            elif "predict" in tags(cell):
                cells.append(new_markdown_cell("*Predict before you look below.*"))
                if GUESSES.fullmatch(cell.source):
                    continue  # a box to write into: nobody can on a page
        cells.append(cell)
    notebook.cells = cells
    return notebook


def _fold(cell: NotebookNode, title: str) -> None:
    cell.metadata["tags"] = sorted({*tags(cell), "hide-input"})
    cell.metadata["mystnb"] = {"code_prompt_show": title, "code_prompt_hide": title}


def _for_page(markdown: str) -> str:
    """Markdown without what only a running notebook needs, its links leading to pages."""
    text = _IN_COLAB.sub("", _BADGES.sub("", markdown))
    return _INDEX_LINK.sub("(index.md)", _LAB_ANCHOR.sub(r"(#\1-\2)", text))


def _front(lessons: list[Lesson]) -> str:
    """The first page: what the course is, the road, and the contents that the side bar shows."""
    road = "\n".join(
        f"### [{lesson.number}. {lesson.title}]({lesson.slug}.ipynb)\n\n"
        f"After it you can {lesson.can}.\n\n{_needs(lesson)}{lesson.effort.core_minutes} minutes, "
        f"or {lesson.effort.minutes} with *Going further*.\n"
        for lesson in lessons
    )
    contents = "\n".join(lesson.slug for lesson in lessons)
    return f"""\
# What AI calls cost

A course in eight Jupyter lessons for developers whose AI bill has surprised them. Read it here as \
pages, with our answers folded. To take it, with exercises that check themselves, press the launch \
button of a lesson for Colab or Binder, or run it on your own computer. You need no key, and \
nothing costs anything.

## The lessons, in order

{road}
```{{toctree}}
:hidden:
:caption: Lessons
{contents}
```

```{{toctree}}
:hidden:
:caption: Beside them
take_to_work
questions
glossary
sources
instructors
```
"""


def _needs(lesson: Lesson) -> str:
    if not lesson.needs:
        return ""
    plural = "s" * (len(lesson.needs) > 1)
    return f"It needs lesson{plural} {' and '.join(map(str, lesson.needs))}. "


def _glossary(root: Path, lessons: list[Lesson]) -> str:
    """The glossary as a page, its letters first, to jump by."""
    letters = by_letter(glossary_places(root, lessons))
    jump = " ".join(f"[{letter}](#letter-{letter.lower()})" for letter in letters)
    parts = [f"# Glossary\n\n{jump}\n"]
    for letter, places in letters.items():
        parts.append(f"(letter-{letter.lower()})=\n## {letter}\n")
        parts += [
            f"**{place.term}**: {place.meaning}. Taught in lesson {place.lesson.number}, "
            f"[{place.heading}](#{place.lesson.slug}-{place.cell}).\n"
            for place in places
        ]
    return "\n".join(parts)


def _questions(root: Path, lessons: list[Lesson]) -> str:
    """What people ask as a page, its subjects first, to jump by."""
    kinds = by_kind(questions(root, lessons))
    jump = " · ".join(f"[{kind}](#asked-{i})" for i, kind in enumerate(kinds))
    parts = [
        "# What people ask\n\nQuestions that people who pay for models and agents have asked in "
        "public, each with a short answer and the place that says it in full. To find yours, use "
        "the search of this site, or in a copy of the course the first page's "
        f'`ask("{EXAMPLE}")`, which takes a question in your own words.\n\n{jump}\n'
    ]
    for i, (kind, some) in enumerate(kinds.items()):
        parts.append(f"(asked-{i})=\n## {kind}\n")
        parts += [
            f"**{each.asked}** {each.answer} In full: lesson {each.lesson.number}, "
            f"[{each.heading}](#{each.lesson.slug}-{each.cell}). ([Asked here]({each.thread}).)\n"
            for each in some
        ]
    return "\n".join(parts)


def _sources(root: Path) -> str:
    """What the lessons rest on: every citation, what it shows, and when it was checked."""
    rows = "\n".join(
        f"- {_linked(row)}: {row['shows'].rstrip('.')} (checked {row['checked']})."
        for row in sources(root).values()
    )
    return f"# Sources\n\nEvery citation of the lessons, as it was last checked.\n\n{rows}\n"


def _linked(row: dict[str, str]) -> str:
    return f"[{row['id']}]({row['url']})" if row["url"] else row["id"]


def _sphinx(source: Path, folder: Path, course: Course) -> str:
    """Runs Sphinx over the sources; "" when all went well, else its first complaint."""
    import io

    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace

    warnings = io.StringIO()
    if folder.exists():
        shutil.rmtree(folder)  # a page that is no longer built must not stay
    with docutils_namespace():
        app = Sphinx(
            source,
            None,
            folder,
            source / ".doctrees",
            "html",
            confoverrides=_settings(course),
            status=None,
            warning=warnings,
            freshenv=True,
        )
        app.build()
    return "; ".join(warnings.getvalue().splitlines()[:5])


def _settings(course: Course) -> dict[str, Any]:
    return {
        "project": "What AI calls cost",
        "html_title": "What AI calls cost",
        "extensions": ["myst_nb"],
        "nb_execution_mode": "off",
        "myst_enable_extensions": [],  # no dollarmath: dollars are money here
        "myst_heading_anchors": 0,
        "html_theme": "sphinx_book_theme",
        "html_copy_source": False,
        "html_static_path": [str(STYLE)],
        "html_css_files": [STYLE.name],
        "html_show_sphinx": False,
        "html_theme_options": {
            "repository_url": f"https://github.com/{course.repository}",
            "repository_branch": course.ref,
            "path_to_docs": "lessons",
            "launch_buttons": {
                "colab_url": "https://colab.research.google.com",
                "binderhub_url": "https://mybinder.org",
                "notebook_interface": "jupyterlab",
            },
            "use_download_button": False,
            "use_fullscreen_button": False,
            "show_toc_level": 2,
        },
        "suppress_warnings": ["myst.header", "mystnb.unknown_mime_type"],
    }
