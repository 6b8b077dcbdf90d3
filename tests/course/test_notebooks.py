"""Guards over the notebooks that learners open: in step with their sources, clean, and light.

nbval runs the notebooks and compares their outputs; these tests read them, and see what nbval
does not: a cell that was never executed, a stale source, a picture without a description.
"""

from __future__ import annotations

import builtins
import json
import re
import symtable
from collections import defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell

from costlib.course.badges import read_course
from costlib.course.core_path import FENCE, headings, tags
from costlib.course.edition import stamp
from costlib.paths import ROOT
from solutions.build import KEPT_TAGS, WIDGET_VIEW, output_problem, output_text
from solutions.derive import FOLDERS, INDEX, METADATA, derive
from solutions.prose import TIED, matches

SOURCES = sorted((ROOT / "solutions").glob("[0-9]*.py"))
NOTEBOOKS = [ROOT / folder / f"{source.stem}.ipynb" for source in SOURCES for folder in FOLDERS]

PAGES = [*NOTEBOOKS, ROOT / "lessons" / INDEX]  # test_index.py compares the index with its sources

every_notebook = pytest.mark.parametrize(
    "path", NOTEBOOKS, ids=[f"{path.parent.name}/{path.stem}" for path in NOTEBOOKS]
)
every_page = pytest.mark.parametrize(
    "path", PAGES, ids=[f"{path.parent.name}/{path.stem}" for path in PAGES]
)

SECRETS = re.compile(
    r"\bsk-[\w-]{16,}|\bAKIA[0-9A-Z]{16}|\bgh[pousr]_\w{20,}|\bxox[abprs]-[\w-]{10,}"
    r"|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY"
)
# With its dot escaped, no pattern spells the host that it looks for.
REGISTRIES = re.compile(
    r"\bpypi\.(?:org|io)|\bpythonhosted\.(?:org)|\bnpmjs\.(?:com|org)|\banaconda\.(?:com|org)"
)
WARNING = re.compile(r"\b\w+Warning: |^WARNING\b|Traceback \(most recent call last\)", re.M)
ZERO_MONEY = re.compile(r"\$0\.00(?!\d)")
IMAGE = re.compile(r"<img\b[^>]*>", re.S)
ALT = re.compile(r"\balt=(?:\"([^\"]*)\"|'([^']*)')", re.S)


def read(path: Path) -> NotebookNode:
    return nbformat.read(path, as_version=nbformat.NO_CONVERT)


def code_cells(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def outputs(notebook: NotebookNode) -> Iterator[tuple[str, NotebookNode]]:
    for cell in code_cells(notebook):
        for output in cell.outputs:
            yield cell.id, output


def in_order(levels: list[int]) -> bool:
    """One title of level 1, first, and no level skipped on the way down."""
    skips = any(below > above + 1 for above, below in pairwise(levels))
    return levels[:1] == [1] and 1 not in levels[1:] and not skips


def images_without_alt(notebook: NotebookNode) -> list[str]:
    """The cells that show an image which a screen reader cannot describe."""
    bad = []
    for cell_id, output in outputs(notebook):
        data = output.get("data", {})
        # An image beside or instead of text/html loses its alt text in JupyterLab.
        if any(kind.startswith("image/") for kind in data):
            bad.append(cell_id)
        for image in IMAGE.findall(data.get("text/html", "")):
            alt = ALT.search(image)
            if alt is None or not (alt[1] or alt[2] or "").strip():
                bad.append(cell_id)
    for cell in notebook.cells:
        if cell.cell_type == "markdown" and re.search(r"!\[\s*\]\(", cell.source):
            bad.append(cell.id)
    return bad


def empty_headers(markdown: str) -> list[str]:
    """The header lines of tables with a column that has no name."""
    lines = FENCE.sub("", markdown).splitlines()
    heads = [head for head, rule in pairwise(lines) if re.fullmatch(r"\|(?:\s*:?-+:?\s*\|)+", rule)]
    return [head for head in heads if re.search(r"\|\s*\|", head)]


def names(code: str | symtable.SymbolTable) -> tuple[set[str], set[str]]:
    """The notebook's names that a cell binds, and those that it or a function in it reads."""
    outermost = isinstance(code, str)
    table = symtable.symtable(code, "cell", "exec") if isinstance(code, str) else code
    symbols = [each for each in table.get_symbols() if outermost or each.is_global()]
    bound = {each.get_name() for each in symbols if each.is_assigned() or each.is_imported()}
    read = {each.get_name() for each in symbols if each.is_referenced()}
    within = [names(child) for child in table.get_children()]  # `:=` binds from there
    return bound.union(*(each for each, _ in within)), read.union(*(each for _, each in within))


def borrowed(cells: list[NotebookNode]) -> dict[str, set[str]]:
    """Where a section of Going further reads names that neither it nor the core path binds."""
    core, section, found, optional = set(dir(builtins)), set[str](), {}, False
    for cell in cells:
        if cell.cell_type == "markdown":
            optional |= cell.source.startswith("## Going further")
            section = section if min(headings(cell.source), default=9) > 3 else set()
            continue
        if cell.id == "setup":  # its lines for the shell are no Python
            continue
        binds, reads = names(cell.source)
        (section if optional else core).update(binds)
        if optional and reads - core - section:
            found[cell.id] = reads - core - section
    return found


def test_there_is_a_lesson_and_every_notebook_has_a_source() -> None:
    assert SOURCES
    found = {p for folder in FOLDERS for p in (ROOT / folder).glob("*.ipynb")}
    assert found == set(PAGES)


@every_notebook
def test_in_step_with_its_source(path: Path) -> None:
    expected = derive(ROOT / "solutions" / f"{path.stem}.py")[0][path.parent.name]
    actual = read(path)
    command = f"run: python solutions/build.py {path.stem}"
    assert [c.id for c in actual.cells] == [c.id for c in expected.cells], command
    for have, want in zip(actual.cells, expected.cells, strict=True):
        assert have.cell_type == want.cell_type, command
        assert matches(want.source, have.source), command
        assert have.metadata == want.metadata, command
    assert actual.metadata == expected.metadata == METADATA | stamp(), command
    nbformat.validate(actual)


@pytest.mark.parametrize("source", SOURCES, ids=[source.stem for source in SOURCES])
def test_a_cell_that_is_run_again_takes_no_name_from_another(source: Path) -> None:
    bound, read = defaultdict(set), defaultdict(set)
    for cell in code_cells(derive(source)[0]["solutions"]):
        if cell.id != "setup":  # its lines for the shell are no Python
            for found, by_name in zip(names(cell.source), (bound, read), strict=True):
                for name in found:
                    by_name[name].add(cell.id)
    twice = {name for name, cells in bound.items() if len(cells) > 1 and read[name] - cells}
    assert twice <= {"ex"}


@pytest.mark.parametrize("source", SOURCES, ids=[source.stem for source in SOURCES])
def test_both_notebooks_say_the_same_numbers(source: Path) -> None:
    template = derive(source)[0]["solutions"]
    both = (read(ROOT / folder / f"{source.stem}.ipynb") for folder in FOLDERS)
    for want, solution, lesson in zip(template.cells, *(nb.cells for nb in both), strict=True):
        if want.cell_type == "markdown" and TIED.search(want.source):
            assert solution.source == lesson.source, want.id


@pytest.mark.parametrize("source", SOURCES, ids=[source.stem for source in SOURCES])
def test_a_section_of_going_further_runs_on_the_core_path_alone(source: Path) -> None:
    """Whoever takes one section and leaves those before it meets no NameError."""
    assert borrowed(derive(source)[0]["solutions"].cells) == {}


def test_guard_of_borrowed_names() -> None:
    texts = ("given = 1", "## Going further", "### A", "mine = given", "#### B", "mine", "### C")
    cells = [
        (new_markdown_cell if text.startswith("#") else new_code_cell)(text)
        for text in (*texts, "def f():\n    own = 1\n    return own + given + mine")
    ]
    assert borrowed(cells) == {cells[7].id: {"mine"}}
    assert names("[(n := 1, n) for _ in x]") == ({"n"}, {"n", "x"})


QUOTED = [  # a document, its words, and the lesson, cell and output that they repeat
    ("README.md", "1.44 million requests", "01_pricing_models", "one-request", "1,440,000"),
    ("data/README.md", "for 92.0% of the test set", "06_prompt_optimization", "variants", "92.0%"),
    ("data/README.md", "for 88.1% with WordLlama", "06_prompt_optimization", "variants", "88.1%"),
    ("INSTRUCTORS.md", "sends 6,000 and gets about 80", "01_pricing_models", "one-call",
     "81 x $20"),
    ("INSTRUCTORS.md", "off. |", "02_token_pricing_categories", "four-characters", "3.0 times"),
    ("INSTRUCTORS.md", "92.1 of the chat's", "03_cost_estimation", "drift", "92.1%"),
    ("INSTRUCTORS.md", "59.2 where 50", "03_cost_estimation", "drift", "59.2%"),
    ("INSTRUCTORS.md", "± 0.02%", "03_cost_estimation", "tornado", "± 0.02%"),
    ("INSTRUCTORS.md", "at 25, chance picks the worse one in a third", "06_prompt_optimization",
     "small-tests-figure", "36.5%"),
    ("INSTRUCTORS.md", "at 100 still in one of ten", "06_prompt_optimization",
     "small-tests-figure", "10.1%"),
    ("INSTRUCTORS.md", "Of 25 real runs that cost more, 12 would", "05_budget_limits",
     "caps-table", "1.00            25                         12"),
    ("INSTRUCTORS.md", "about half of the gain", "07_prompt_caching", "policies", "57%"),
    ("INSTRUCTORS.md", "63.2 to 70.4%", "08_predicted_outputs", "promises", "63.2 to 70.4%"),
    ("solutions/05_budget_limits.py", "right 92.0% of the time", "06_prompt_optimization",
     "variants", "A: 92.0%"),
    ("solutions/07_prompt_caching.py", "At random some come sooner, and 39% read",
     "07_prompt_caching", "calculator", "39%"),
    ("solutions/08_predicted_outputs.py", "the best case is 114 and 5",
     "08_predicted_outputs", "example-run", "114         5"),
]  # fmt: skip


@pytest.mark.parametrize(("document", "words", "lesson", "cell", "shown"), QUOTED)
def test_a_number_that_stands_elsewhere_is_the_one_that_the_lesson_shows(
    document: str, words: str, lesson: str, cell: str, shown: str
) -> None:
    """Within a lesson the build fills numbers in; these are quoted from another place."""
    assert words in (ROOT / document).read_text("utf-8")
    texts = [text for cell_id, text in outputs(read(ROOT / "solutions" / f"{lesson}.ipynb"))
             if cell_id == cell]  # fmt: skip
    assert any(shown in output_text(output) for output in texts), (lesson, cell)


@every_notebook
def test_executed_from_top_to_bottom(path: Path) -> None:
    for position, cell in enumerate(code_cells(read(path)), 1):
        if path.parent.name == "solutions" or tags(cell) & KEPT_TAGS:
            assert cell.execution_count == position, cell.id
        else:
            assert (cell.execution_count, cell.outputs) == (None, []), cell.id


@every_notebook
def test_every_check_holds_its_verdict(path: Path) -> None:
    checks = [cell for cell in code_cells(read(path)) if "check" in tags(cell)]
    assert checks
    verdict = "Correct" if path.parent.name == "solutions" else "Not attempted"
    for cell in checks:
        (output,) = cell.outputs
        assert output.data["text/plain"].startswith(verdict), cell.id


@every_notebook
def test_calculators_are_kept_as_html_and_text(path: Path) -> None:
    calculators = [cell for cell in code_cells(read(path)) if "calculator" in tags(cell)]
    assert calculators
    for cell in calculators:
        assert set(cell.outputs[-1].data) == {"text/html", "text/plain"}, cell.id
        assert "<table" in cell.outputs[-1].data["text/html"], cell.id


@every_page
def test_no_widget_state(path: Path) -> None:
    notebook = read(path)
    assert "widgets" not in notebook.metadata
    assert [i for i, output in outputs(notebook) if WIDGET_VIEW in output.get("data", {})] == []


@every_notebook
def test_outputs_hold_no_error_no_warning_and_no_zero_money(path: Path) -> None:
    for cell_id, output in outputs(read(path)):
        assert output_problem(output) is None, cell_id
        text = output_text(output)
        assert not WARNING.search(text), cell_id
        # A table writes nothing as $0.00 beside cents; tests/display holds that it is nothing.
        assert "<table" in text or not ZERO_MONEY.search(text), cell_id


@every_page
def test_no_machine_path_secret_or_package_registry_in_any_cell(path: Path) -> None:
    notebook = read(path)
    texts = [(c.id, c.source) for c in notebook.cells]
    texts += [(cell_id, output_text(output)) for cell_id, output in outputs(notebook)]
    for cell_id, text in texts:
        stream = nbformat.v4.new_output("stream", text=text)
        assert output_problem(stream) is None, cell_id
        assert not SECRETS.search(text), cell_id
        assert not REGISTRIES.search(text), cell_id


@every_page
def test_below_one_megabyte(path: Path) -> None:
    assert path.stat().st_size < 1_000_000


@every_page
def test_headings_in_order(path: Path) -> None:
    cells = read(path).cells
    levels = [n for c in cells if c.cell_type == "markdown" for n in headings(c.source)]
    assert in_order(levels), levels


@every_notebook
def test_every_image_has_alt_text(path: Path) -> None:
    assert images_without_alt(read(path)) == []


@every_page
def test_tables_in_text_name_their_columns(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            assert empty_headers(cell.source) == [], cell.id


@every_notebook
def test_ignored_outputs_are_few_and_never_a_check(path: Path) -> None:
    ignored = [cell for cell in code_cells(read(path)) if "nbval-ignore-output" in tags(cell)]
    assert len(ignored) <= 2
    assert not any("check" in tags(cell) for cell in ignored)


@every_page
def test_badges_open_this_notebook(path: Path) -> None:
    course = read_course()
    title = read(path).cells[0].source
    here = f"{path.parent.name}/{path.name}"
    badges = re.findall(r"\[!\[[^]]*\]\([^)]*\)\]\(([^)]*)\)", title)
    assert badges == [
        f"https://colab.research.google.com/github/{course.repository}/blob/{course.ref}/{here}",
        f"https://mybinder.org/v2/gh/{course.repository}/{course.ref}"
        f"?urlpath=doc%2Ftree%2F{here.replace('/', '%2F')}",
    ]


@every_page
def test_links_to_other_lessons_lead_somewhere(path: Path) -> None:
    for cell in read(path).cells:
        if cell.cell_type == "markdown":
            for target in re.findall(r"\]\(([^):]+\.ipynb)\)", cell.source):
                assert (path.parent / target).exists(), (cell.id, target)


def test_course_json_is_written_as_badges_writes_it() -> None:
    text = (ROOT / "solutions" / "course.json").read_text("utf-8")
    assert text == json.dumps(json.loads(text), indent=2) + "\n"


# ---- the guards themselves: each must see what it looks for


@pytest.mark.parametrize(
    ("levels", "good"),
    [([1, 2, 3, 2], True), ([1, 3], False), ([2, 3], False), ([1, 2, 1], False), ([], False)],
)
def test_guard_of_headings(levels: list[int], good: bool) -> None:
    assert in_order(levels) is good


@pytest.mark.parametrize(
    ("markdown", "bad"),
    [
        ("| a | b |\n|---|--:|\n| 1 |  |", []),
        ("text\n\n| a | |\n|---|---|\n| 1 | 2 |", ["| a | |"]),
        ("| | b |\n|---|---|\n| 1 | 2 |", ["| | b |"]),
        ("```\n| a | |\n|---|---|\n```", []),
    ],
)
def test_guard_of_table_headers(markdown: str, bad: list[str]) -> None:
    assert empty_headers(markdown) == bad


def test_the_calls_of_lesson_4_cost_the_same_when_their_cell_is_run_again() -> None:
    """Three answers of six bring their usage, and the report has no call of the first run."""
    cells = derive(ROOT / "solutions" / "04_usage_tracking_alerts.py")[0]["solutions"].cells
    source = {cell.id: cell.source for cell in cells}
    names: dict[str, Any] = {}
    for cell in ("map", "tracked", "s1-guess", "attempts", "attempts", "three-sums"):
        exec(source[cell], names)
    assert len(names["rows"]) == 8
    assert names["read"] / names["billed"] == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("data", "bad"),
    [
        ({"text/html": '<p><img alt="It falls." src="data:image/png;base64,AA=="></p>'}, []),
        ({"text/html": "<img alt='Costs fall.' src='data:image/png;base64,AA=='>"}, []),
        ({"text/html": '<img alt="" src="data:image/png;base64,AA==">'}, ["figure"]),
        ({"text/html": '<img src="data:image/png;base64,AA==">'}, ["figure"]),
        ({"text/html": "<p>x</p>", "image/png": "AA=="}, ["figure"]),
    ],
)  # fmt: skip
def test_guard_of_alt_text(data: dict[str, str], bad: list[str]) -> None:
    output = nbformat.v4.new_output("display_data", data=data)
    cell = nbformat.v4.new_code_cell("plot()", id="figure", outputs=[output])
    assert images_without_alt(nbformat.v4.new_notebook(cells=[cell])) == bad


@pytest.mark.parametrize(
    ("guard", "seen", "unseen"),
    [
        (SECRETS, "key sk-" + "ant-" + "a1" * 12, "a task-oriented disk-usage-of-the-machine"),
        (REGISTRIES, "https://" + "pypi" + ".org/simple", "the pypi organisation"),
        (WARNING, "x.py:1: DeprecationWarning: old", "Soft warning at 80% of the budget"),
        (WARNING, "Traceback " + "(most recent call last)", "no traceback"),
        (ZERO_MONEY, "costs $0.00 a day", "costs $0.0021 a day"),
    ],
)
def test_guard_of_text(guard: re.Pattern[str], seen: str, unseen: str) -> None:
    assert guard.search(seen)
    assert not guard.search(unseen)
