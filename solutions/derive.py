"""What a lesson's source says: its two notebooks, all but their outputs, and its minutes.

A source is solutions/NN_slug.py in jupytext's percent format; CONTRIBUTING.md has the rules, and
whoever breaks one gets a BuildError that names the line. build.py runs what this module derives.
"""

from __future__ import annotations

import copy
import math
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from costlib.course.badges import Course, read_course
from costlib.course.core_path import FENCE, core_cells, tags
from costlib.course.edition import stamp
from costlib.exercises.framework import CHECK_CALL
from solutions.prose import ProseError, cited, shown
from solutions.work import with_snippets

FOLDERS = ("solutions", "lessons")
INDEX = "00_index.ipynb"  # in lessons/, and derived by index.py
MARKDOWN_TAGS = {"further"}
CODE_TAGS = {"calculator", "check", "folded", "nbval-ignore-output", "predict"}
CORE_MINUTES = 45
CORE_WORDS = 1800
CORE_LINES = 150  # of code that a learner sees on the core path
CELL_LINES = 24  # of a cell that a learner sees
SETUP_MARK = "# {{setup}}"
# How a folded cell is told to JupyterLab, to Colab, and (as a tag) to the site and to Jupyter Book.
FOLDED = {"jupyter": {"source_hidden": True}, "cellView": "form"}
FOLDED_TAG = "hide-input"
# A constant, because the kernel's own answer names the builder's Python version.
METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {
        "name": "python",
        "file_extension": ".py",
        "mimetype": "text/x-python",
        "pygments_lexer": "ipython3",
    },
}

MARKER = re.compile(r"^# %%(?!%)(?P<rest>.*)$")
CELL_ID = re.compile(r"\bid=\"([^\"]*)\"")
VALID_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")
# The import stands in the cell itself, so that it answers in a kernel that has just started.
CHECK_CELL = re.compile(
    r"(?:from costlib import exercises as ex\n+)?" + CHECK_CALL.pattern + r"(?:, \w+)?\)\n*"
)
BLOCK = re.compile(
    r"^(?P<indent>[ \t]*)### BEGIN SOLUTION\n(?P<body>.*?)^[ \t]*### END SOLUTION[ \t]*(?:\n|\Z)"
    r"(?P<blank>(?:[ \t]*# BLANK:[^\n]*(?:\n|\Z))*)",
    re.M | re.S,
)
INLINE = re.compile(r"^(?P<name>[ \t]*\w+ *= *).*?[ \t]*# SOLUTION[ \t]*$", re.M)
LEFTOVER = re.compile(r"### (?:BEGIN|END) SOLUTION|# BLANK:|# SOLUTION\b")
PLACEHOLDER = re.compile(r"\{\{([a-z]+)\}\}")

SETUP = """\
import importlib.util
import os
import sys

if "google.colab" in sys.modules:  # on Colab: fetch the course and install what it needs
    if not os.path.isdir("/content/course"):
        !git clone -q --depth 1 {clone}/content/course
    %pip install -q "anthropic~=2.0" "apprise>=1.9" "openai~=3.0" "sqlalchemy>=2.0.40" lazy-loader tiktoken
    sys.path.insert(0, "/content/course")
    os.chdir("/content/course/lessons")
elif importlib.util.find_spec("costlib") is None:
    class NotSetUp(Exception):
        def _render_traceback_(self):  # one sentence in place of a traceback
            return ["This notebook's Python does not have the course: close it, and start "
                    "JupyterLab with `python -m costlib lab` in the folder of the course."]

    raise NotSetUp"""  # noqa: E501


class BuildError(Exception):
    """A lesson breaks a rule; the message is one sentence that says where and what to do."""


@dataclass(frozen=True)
class Effort:
    """Words, visible lines of code and minutes of a lesson's core path, and the minutes of all."""

    core_words: int
    core_lines: int
    core_minutes: int
    minutes: int

    def __str__(self) -> str:
        text = f"**Time:** about {self.core_minutes} minutes"
        if self.minutes > self.core_minutes:
            text += (
                f" for the core path, about {self.minutes} with everything marked *Going further*"
            )
        return text + "."


# ---------------------------------------------------------------- reading a source


def markers(text: str) -> list[tuple[int, str | None]]:
    """The line number and the id (None when it has none) of each cell of a percent source."""
    found = []
    for number, line in enumerate(text.splitlines(), 1):
        if marker := MARKER.match(line):
            cell_id = CELL_ID.search(marker["rest"])
            found.append((number, cell_id[1] if cell_id else None))
    return found


def read_source(path: Path) -> NotebookNode:
    """The notebook that a percent source describes: ids set, tags known, nothing blanked yet.

    Raises BuildError naming the line that breaks a rule of CONTRIBUTING.md.
    """
    text = path.read_text("utf-8")
    cells = markers(text)
    name = short(path)
    seen: set[str] = set()
    for line, cell_id in cells:
        if cell_id is None:
            raise BuildError(
                f'{name} line {line}: this cell has no id; write # %% id="..." with a name for '
                "what the cell is about, since ids must be stable and never positional."
            )
        if not VALID_ID.fullmatch(cell_id):
            raise BuildError(
                f"{name} line {line}: the id {cell_id!r} must be 1 to 64 letters, digits, - or _."
            )
        if cell_id in seen:
            raise BuildError(
                f"{name} line {line}: the id {cell_id!r} is taken by an earlier cell; "
                "give this one its own."
            )
        seen.add(cell_id)

    notebook = copy.deepcopy(_parsed(text))
    if len(notebook.cells) != len(cells):
        raise BuildError(
            f"{name} has {len(notebook.cells)} cells but {len(cells)} `# %%` lines: move what "
            "stands before the first of them into a cell with an id."
        )
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(METADATA | stamp())
    for cell, (line, cell_id) in zip(notebook.cells, cells, strict=True):
        cell["id"] = cell_id
        for key in [k for k in cell.metadata if k == "id" or k.startswith("lines_to_")]:
            del cell.metadata[key]  # jupytext's notes about blank lines are not the lesson's
        _check_cell(cell, f"{name} line {line}: cell {cell_id!r}", int(path.stem[:2]))
    checks = [CHECK_CALL.search(c.source) for c in notebook.cells if "check" in tags(c)]
    numbers = [found[1] for found in checks if found]
    for number in numbers:
        if numbers.count(number) > 1:
            raise BuildError(f"{name} checks exercise {number} more than once; keep one check.")
    return notebook


@lru_cache(maxsize=16)
def _parsed(text: str) -> NotebookNode:
    """A percent source as jupytext reads it, which takes 0.1 s: a build, its index and its
    timetable each ask for the same lessons."""
    import jupytext  # here, because slides.py runs where only the lessons' packages are

    return jupytext.reads(text, fmt="py:percent")


def _check_cell(cell: NotebookNode, where: str, lesson: int) -> None:
    """Raise BuildError when a cell's tags are unknown or do not go with its content."""
    is_code = cell.cell_type == "code"
    known = CODE_TAGS if is_code else MARKDOWN_TAGS
    if unknown := sorted(tags(cell) - known):
        raise BuildError(
            f"{where} has the tag {unknown[0]!r}; a {cell.cell_type} cell may have "
            f"{', '.join(sorted(known))}."
        )
    if "folded" in tags(cell) and not cell.source.lstrip().startswith("#"):
        raise BuildError(f"{where} is folded: begin it with a comment that says what it does.")
    check = CHECK_CALL.search(cell.source) if is_code else None
    alone = is_code and CHECK_CELL.fullmatch(cell.source)
    if not ("check" in tags(cell)) == bool(check) == bool(alone):
        raise BuildError(
            f'{where}: a cell is tagged `check` exactly when it holds ex.check("N.M") and nothing '
            "else, but for the import of `ex`."
        )
    if check and int(check[1].split(".")[0]) != lesson:
        raise BuildError(f"{where} checks exercise {check[1]}, which is not of lesson {lesson}.")


def short(path: Path) -> str:
    return f"{path.parent.name}/{path.name}"


# ---------------------------------------------------------------- the time that a learner needs


def words(markdown: str) -> int:
    """The words that a learner reads: no code blocks, link targets, tags or placeholders."""
    text = shown(FENCE.sub("", markdown))
    for pattern in (r"<!--.*?-->", r"!?\[!\[.*?\]\(.*?\)\]\(.*?\)", r"\]\([^)]*\)", r"<[^>]*>"):
        text = re.sub(pattern, " ", text, flags=re.S)
    return len(re.findall(r"[^\W_][\w'’.,/-]*", PLACEHOLDER.sub(" ", text)))


def visible_lines(cell: NotebookNode) -> int:
    """The lines of code that a learner sees of a cell, without blank ones; none of a folded one.

    The cell is a source's or, with its solutions in it, a derived notebook's.
    """
    folded = {"folded", FOLDED_TAG} & tags(cell) or SETUP_MARK in cell.source
    if cell.cell_type != "code" or folded:
        return 0
    return sum(bool(line.strip()) for line in blanked(cell.source).splitlines())


def effort(cells: list[NotebookNode]) -> Effort:
    """Words, lines and minutes: words / 125, visible lines / 16, 5 for an exercise, 3 for a
    calculator, 1 for a guess.

    The weight of a line is fitted to eight lessons whose learners kept time, with 205 to 355 lines
    each; that of a word, which bears the tables and figures too, to what sixteen readers new to a
    lesson needed in November 2026 (39 to 43 minutes a core, by their own estimate). It is off by
    two minutes on average, by four at most; the other weights are chosen.
    """

    def measure(part: list[NotebookNode]) -> tuple[int, int, int]:
        read = sum(words(c.source) for c in part if c.cell_type == "markdown")
        code = sum(visible_lines(c) for c in part)
        count = {
            tag: sum(tag in tags(c) for c in part) for tag in ("check", "calculator", "predict")
        }
        asked = 5 * count["check"] + 3 * count["calculator"] + count["predict"]
        return read, code, math.ceil(read / 125 + code / 16 + asked)

    return Effort(*measure(core_cells(cells)), minutes=measure(cells)[2])


# ---------------------------------------------------------------- from the source to two notebooks


def solved(source: str) -> str:
    """A code cell as `solutions/` shows it: the markers gone."""
    source = BLOCK.sub(lambda m: m["body"], source)
    return re.sub(r"[ \t]*# SOLUTION[ \t]*$", "", source, flags=re.M).rstrip("\n")


def blanked(source: str) -> str:
    """A code cell as `lessons/` shows it: each solution replaced by its blank."""

    def blank(block: re.Match[str]) -> str:
        lines = re.findall(r"# BLANK: ?([^\n]*)", block["blank"]) or ["..."]
        return "".join(f"{block['indent']}{line}".rstrip() + "\n" for line in lines)

    return INLINE.sub(r"\g<name>...", BLOCK.sub(blank, source)).rstrip("\n")


def fold(cell: NotebookNode) -> None:
    """Mark a cell, in place, as one whose code is shown folded."""
    others = sorted(tags(cell) - {"folded"})
    cell.metadata.update(copy.deepcopy(FOLDED) | {"tags": [*others, FOLDED_TAG]})


def derive(path: Path) -> tuple[dict[str, NotebookNode], Effort]:
    """The two notebooks of a source, by folder, all but their outputs, and its words and minutes.

    Raises BuildError for a source that breaks a rule, or a core path above 45 minutes.
    """
    original = read_source(path)
    course = read_course(path.parents[1])
    if path.stem not in course.lessons:
        raise BuildError(f"{short(path)} is not in solutions/course.json: add it to `lessons`.")
    time_needed = effort(original.cells)
    _check_size(path, original.cells, time_needed)
    derived = {}
    for folder, change in zip(FOLDERS, (solved, blanked), strict=True):
        notebook = copy.deepcopy(original)
        values = _placeholders(path, folder, course, time_needed)
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                where = f"{short(path)} cell {cell.id!r}"
                try:
                    text = with_snippets(_fill(cell.source, values, where), path.parent / "work")
                    cell.source = cited(text, path.parents[1])
                except ProseError as error:
                    raise BuildError(f"{where} {error}.") from None
                continue
            if "folded" in tags(cell) or SETUP_MARK in cell.source:
                fold(cell)
            cell.source = change(cell.source).replace(SETUP_MARK, SETUP.format(clone=course.clone))
            if left := LEFTOVER.search(cell.source):
                raise BuildError(
                    f"{short(path)} cell {cell.id!r} keeps a stray {left[0]!r}: "
                    "each BEGIN needs its END, and BLANK lines follow the END."
                )
        derived[folder] = notebook
    return derived, time_needed


def _check_size(path: Path, cells: list[NotebookNode], needed: Effort) -> None:
    """Raise BuildError for a core path that is too long, a cell that nobody reads in one look, or
    a recap that stands behind what is optional."""
    for number, unit, most in (
        (needed.core_minutes, "minutes", CORE_MINUTES),
        (needed.core_words, "words", CORE_WORDS),
        (needed.core_lines, "visible lines of code", CORE_LINES),
    ):
        if number > most:
            raise BuildError(
                f"{short(path)} has a core path of {number:,} {unit}, above {most:,}: move "
                "something to Going further, or fold code that only draws."
            )
    for cell in cells:
        if visible_lines(cell) > CELL_LINES:
            raise BuildError(
                f"{short(path)} cell {cell.id!r} shows {visible_lines(cell)} lines of code, above "
                f"{CELL_LINES}: split it, or fold what only draws."
            )
    titles = [cell.source.partition("\n")[0] for cell in cells if cell.cell_type == "markdown"]
    if "## Going further" in titles and "## Recap" in titles[titles.index("## Going further") :]:
        raise BuildError(
            f"{short(path)} has its recap behind Going further: whoever takes the core path alone "
            "would not find it."
        )


def _placeholders(path: Path, folder: str, course: Course, time_needed: Effort) -> dict[str, str]:
    index = INDEX if folder == "lessons" else f"../lessons/{INDEX}"
    badges = course.badges(f"{folder}/{path.stem}.ipynb")
    values = {
        "badges": f"{badges} · [All lessons, your progress and the glossary]({index})",
        "minutes": str(time_needed),
    }
    slugs = list(course.lessons)
    for name, at in (
        ("previous", slugs.index(path.stem) - 1),
        ("next", slugs.index(path.stem) + 1),
    ):
        if 0 <= at < len(slugs):
            label = f"Lesson {int(slugs[at][:2])}: {course.lessons[slugs[at]]}"
            exists = path.with_name(f"{slugs[at]}.py").exists()
            values[name] = course.link(label, f"{folder}/{slugs[at]}.ipynb") if exists else label
    return values


def _fill(text: str, values: dict[str, str], where: str) -> str:
    def value(found: re.Match[str]) -> str:
        if found[1] not in values:
            raise BuildError(
                f"{where} asks for {found[0]}, which this lesson does not have; "
                f"it has {', '.join(sorted(values))}."
            )
        return values[found[1]]

    return PLACEHOLDER.sub(value, text)
