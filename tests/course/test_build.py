"""The notebook machinery, on tiny lessons in folders of their own: build.py and badges."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import psutil
import pytest
from IPython.core.inputtransformer2 import TransformerManager
from nbformat import NotebookNode

from costlib.course import badges
from costlib.course.commands import read
from costlib.course.core_path import core_cells
from costlib.course.edition import edition
from costlib.paths import ROOT
from solutions import build
from solutions.derive import BuildError, blanked, derive, effort, solved, words

SLUG = "01_pricing_models"
COURSE = {
    "repository": "ada/ai-costs",
    "ref": "v1.0",
    "lessons": {
        SLUG: "Pricing models",
        "02_token_pricing_categories": "Token pricing categories",
        "03_cost_estimation": "Cost estimation",
    },
}

SAMPLE = '''\
# %% [markdown] id="title"
# # Lesson 1: Pricing models
#
# {{badges}}
#
# {{minutes}}

# %% id="setup"
# {{setup}}

# %% id="one-call" tags=["predict"]
import ipywidgets


class ex:
    """Stands in for costlib.exercises."""

    def check(number, answer):
        blank = answer is ... or callable(answer) and answer(3) is None
        print("Not attempted" if blank else f"Correct: {number}")


class Picture:
    def _repr_mimebundle_(self, **kwargs):
        png = "data:image/png;base64,iVBORw0KGgo="
        figure = f'<figure><img alt="Costs fall." src="{png}"></figure><p>2, 1</p>'
        return {"text/html": figure, "text/plain": "Costs fall."}


class Calculator:
    def _repr_mimebundle_(self, **kwargs):
        view = ipywidgets.IntText()._repr_mimebundle_()
        return view | {"text/html": "<table><tr><td>7</td></tr></table>", "text/plain": "7"}


Picture()

# %% [markdown] id="ex-1-1-text"
# ## Exercise 1.1
#
# Write a function that doubles.

# %% id="ex-1-1"
def answer_1_1(x):
    """Twice x."""
    ### BEGIN SOLUTION
    return 2 * x
    ### END SOLUTION
    # BLANK: # your turn
    # BLANK: return None


answer_1_2 = 0.25  # SOLUTION

# %% id="ex-1-1-check" tags=["check"]
ex.check("1.1", answer_1_1)

# %% id="ex-1-1-hint"
# ex.hint("1.1")

# %% [markdown] id="calculator-text"
# ## What will this cost?

# %% id="calculator" tags=["calculator"]
Calculator()

# %% [markdown] id="more" tags=["further"]
# ## Going further: one more
#
# Six words that nobody must read.

# %% id="ex-1-2-check" tags=["check"]
ex.check("1.2", answer_1_2)

# %% [markdown] id="recap"
# ## Recap
#
# {{next}}
'''

SMALL = """\
# %% [markdown] id="title"
# # Lesson 1: Pricing models

# %% id="ex-1-1"
answer_1_1 = 2  # SOLUTION
"""


def write_course(root: Path, source: str = SAMPLE) -> Path:
    """A course of one lesson under `root`; gives the path of the lesson's source."""
    (root / "solutions").mkdir(parents=True)
    (root / "solutions" / "course.json").write_text(json.dumps(COURSE, indent=2) + "\n", "utf-8")
    path = root / "solutions" / f"{SLUG}.py"
    path.write_text(source, "utf-8")
    return path


def notebook(root: Path, folder: str) -> NotebookNode:
    return nbformat.read(root / folder / f"{SLUG}.ipynb", as_version=nbformat.NO_CONVERT)


def cell(of: NotebookNode, cell_id: str) -> NotebookNode:
    return next(c for c in of.cells if c.id == cell_id)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The root of a course whose lesson has been built."""
    root = tmp_path_factory.mktemp("course")
    write_course(root)
    assert build.main([], root) == 0
    return root


@pytest.fixture
def course(tmp_path: Path, built: Path) -> Path:
    """A copy of the built course that a test may change."""
    return Path(shutil.copytree(built, tmp_path / "course"))


# ---- what is built


def test_both_notebooks_have_the_ids_of_the_source_in_its_order(built: Path) -> None:
    expected = re.findall(r'id="([^"]+)"', SAMPLE)
    for folder in ("solutions", "lessons"):
        assert [c.id for c in notebook(built, folder).cells] == expected


def test_solution_holds_every_output_and_no_marker(built: Path) -> None:
    solution = notebook(built, "solutions")
    code = [c for c in solution.cells if c.cell_type == "code"]
    assert [c.execution_count for c in code] == list(range(1, len(code) + 1))
    assert cell(solution, "ex-1-1").source == (
        'def answer_1_1(x):\n    """Twice x."""\n    return 2 * x\n\n\nanswer_1_2 = 0.25'
    )
    assert cell(solution, "ex-1-1-check").outputs[0].text == "Correct: 1.1\n"
    assert "Costs fall." in cell(solution, "one-call").outputs[0].data["text/html"]


def test_lesson_is_blank_and_keeps_checks_and_calculators_only(built: Path) -> None:
    lesson = notebook(built, "lessons")
    assert cell(lesson, "ex-1-1").source == (
        'def answer_1_1(x):\n    """Twice x."""\n    # your turn\n    return None\n\n\n'
        "answer_1_2 = ..."
    )
    kept = {c.id for c in lesson.cells if c.cell_type == "code" and c.outputs}
    assert kept == {"ex-1-1-check", "ex-1-2-check", "calculator"}
    counted = {c.id for c in lesson.cells if c.get("execution_count") is not None}
    assert counted == kept
    assert cell(lesson, "ex-1-1-check").outputs[0].text == "Not attempted\n"
    assert cell(lesson, "ex-1-1-hint").source == '# ex.hint("1.1")'


@pytest.mark.parametrize("folder", ["solutions", "lessons"])
def test_calculator_is_html_and_text_without_the_widget(built: Path, folder: str) -> None:
    output = cell(notebook(built, folder), "calculator").outputs[0]
    assert dict(output.data) == {
        "text/html": "<table><tr><td>7</td></tr></table>",
        "text/plain": "7",
    }


def test_notebooks_name_no_python_version_and_no_widget_state(built: Path) -> None:
    metadata = notebook(built, "lessons").metadata
    assert set(metadata) == {"kernelspec", "language_info", "costlib"}
    assert metadata.costlib == {"edition": str(edition().day)}
    assert "version" not in metadata.language_info


def test_builds_are_identical_whatever_the_builders_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hash seed, time zone, keys and a foreign `python3` kernel must not reach the notebooks."""
    probe = (
        '# %% id="probe"\n'
        "import os, sys, time\n"
        "print(hash('token'), {'a', 'b', 'c'}, time.tzname[0], os.environ.get('COLUMNS'))\n"
        "print([k for k in os.environ if k.startswith(('OPENAI', 'COSTLIB'))])\n"
        "print({'token': list('long lines wrap at a width') * 3})\n"
    )
    written = []
    for name in ("first", "second"):
        write_course(tmp_path / name, SAMPLE + "\n" + probe)
        assert build.main([SLUG if name == "first" else str(int(SLUG[:2]))], tmp_path / name) == 0
        files = sorted((tmp_path / name).glob("*/*.ipynb"))
        written.append([path.read_bytes() for path in files])
        kernel = tmp_path / "share" / "kernels" / "python3"
        kernel.mkdir(parents=True, exist_ok=True)
        spec = {"argv": ["no-such-python"], "display_name": "Other", "language": "python"}
        (kernel / "kernel.json").write_text(json.dumps(spec))
        monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "share"))
        for key, value in {
            "PYTHONHASHSEED": "7",
            "TZ": "Asia/Tokyo",
            "COLUMNS": "40",
            "OPENAI_API_KEY": "a key",
            "COSTLIB_PROVIDER": "live",
        }.items():
            monkeypatch.setenv(key, value)
    assert len(written[0]) == 3  # two of the lesson, and the index
    assert written[0] == written[1]
    assert all(text.endswith(b"}\n") and b"\r" not in text for text in written[0])


def test_minutes_are_those_worked_by_hand(built: Path) -> None:
    # Core: title 4 words (Lesson 1 Pricing models), exercise 7 (Exercise 1.1 Write a function that
    # doubles), calculator 4, recap 1: 16. Lines 24: the prediction's 18, the answer's 4, a check, a
    # calculator. 16 / 125 + 24 / 16 + 5 (exercise) + 3 (calculator) + 1 (guess): 11.
    # All: 4 + 6 more words, a line, and another exercise: 26 / 125 + 25 / 16 + 10 + 3 + 1: 16.
    done = derive(built / "solutions" / f"{SLUG}.py")[1]
    assert (done.core_words, done.core_minutes, done.minutes) == (16, 11, 16)
    title = cell(notebook(built, "lessons"), "title").source
    assert "about 11 minutes for the core path, about 16 with everything" in title


def test_badges_lead_to_the_notebook_that_holds_them(built: Path) -> None:
    for folder in ("solutions", "lessons"):
        title = cell(notebook(built, folder), "title").source
        at = f"{folder}/{SLUG}.ipynb"
        colab = f"https://colab.research.google.com/github/ada/ai-costs/blob/v1.0/{at}"
        binder = "https://mybinder.org/v2/gh/ada/ai-costs/v1.0?urlpath=doc%2Ftree%2F"
        assert f"({colab})" in title
        assert f"({binder}{at.replace('/', '%2F')})" in title


def test_next_is_a_name_until_the_lesson_exists(tmp_path: Path) -> None:
    path = write_course(tmp_path)

    def recap() -> str:
        return cell(derive(path)[0]["lessons"], "recap").source.split("\n")[-1]

    assert recap() == "Lesson 2: Token pricing categories"
    path.with_name("02_token_pricing_categories.py").write_text("", "utf-8")
    name = "02_token_pricing_categories.ipynb"
    colab = f"https://colab.research.google.com/github/ada/ai-costs/blob/v1.0/lessons/{name}"
    assert recap() == f"[Lesson 2: Token pricing categories]({name}) ([in Colab]({colab}))"


def test_the_lesson_shown_in_contributing_follows_its_own_rules(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text("utf-8")
    shown = re.search(r"^```python\n(# %%.*?)^```", text, re.M | re.S)
    assert shown
    lesson = derive(write_course(tmp_path, shown[1]))[0]["lessons"]
    assert "return ...  # your turn" in cell(lesson, "ex-1-1-answer").source


# ---- what is refused


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('# %% id="calculator"', "# %%", r"this cell has no id; .* never positional"),
        ('[markdown] id="recap"', "[markdown]", r"this cell has no id"),
        ('id="recap"', 'id="title"', r"the id 'title' is taken"),
        ('id="recap"', 'id="ex-1.2"', r"the id 'ex-1.2' must be"),
        ('"predict"', '"predcit"', r"has the tag 'predcit'; a code cell may have calculator,"),
        ('tags=["further"]', 'tags=["check"]', r"'more' has the tag 'check'; a markdown cell"),
        ('id="ex-1-1-check" tags=["check"]', 'id="ex-1-1-check"', r"tagged `check` exactly when"),
        ('ex.check("1.1",', 'a = 1\nex.check("1.1",', r"tagged `check` exactly when"),
        ('ex.check("1.1",', 'ex.check("2.1",', r"exercise 2.1, which is not of lesson 1"),
        ('ex.check("1.2",', 'ex.check("1.1",', r"checks exercise 1.1 more than once"),
        ("    ### END SOLUTION\n", "", r"'ex-1-1' keeps a stray '### BEGIN SOLUTION'"),
        ("    ### BEGIN SOLUTION\n", "", r"'ex-1-1' keeps a stray '### END SOLUTION'"),
        ("{{next}}", "{{nextt}}", r"'recap' asks for {{nextt}}, .* it has badges, minutes, next"),
        ("{{next}}", "{{previous}}", r"asks for {{previous}}, which this lesson does not have"),
        ("{{next}}", "word " * 1_790, r"a core path of 1,8\d\d words, above 1,800"),
        ("{{next}}", "word " * 6_000, r"a core path of 5\d minutes, above 45"),
        ("class ex:", "n = 1\n" * 20 + "class ex:", r"shows 3\d lines of code, above 24"),
        ('tags=["predict"]', 'tags=["folded"]', r"is folded: begin it with a comment"),
        ("Going further: one more", "Going further", r"has its recap behind Going further"),
        ("{{next}}", "{{work:9_none}}", r"shows {{work:9_none}}, and there is no work/9_none.py"),
        ('# %% [markdown] id="title"', '1 + 1\n\n# %% [markdown] id="title"', r"before the first"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_one_sentence(tmp_path: Path, old: str, new: str, message: str) -> None:
    assert old in SAMPLE
    path = write_course(tmp_path, SAMPLE.replace(old, new, 1))
    with pytest.raises(BuildError, match=message) as raised:
        derive(path)
    text = str(raised.value)
    if "id=" in old and not new.startswith("1"):
        at = SAMPLE[: SAMPLE.index(old)].count("\n") + 1
        assert text.startswith(f"solutions/{SLUG}.py line {at}: ")
    assert "\n" not in text
    assert text.startswith(f"solutions/{SLUG}.py ")
    assert text.endswith(".")


def test_a_lesson_that_the_course_does_not_list_is_refused(tmp_path: Path) -> None:
    path = write_course(tmp_path).rename(tmp_path / "solutions" / "09_other.py")
    path.write_text(SAMPLE.replace('"1.', '"9.'), "utf-8")
    with pytest.raises(BuildError, match=r"not in solutions/course\.json"):
        derive(path)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("1 / 0", "cell 'last' raises ZeroDivisionError: division by zero"),
        ("import sys; sys.stderr.write('beware')", "cell 'last' writes to stderr: beware"),
        ("import warnings; warnings.warn('old')", r"'last' writes to stderr: .*UserWarning: old"),
        ("import os; os.getcwd()", "cell 'last' shows a path of this machine: /"),
        ("print('see /home/ada/x.py')", "shows a path of this machine: /home/ada/x.py"),
        ("import os; os._exit(1)", "cell 'last' kills its kernel"),
        ("answer_1_1 + 1", "cell 'last', blanked, raises TypeError: unsupported operand"),
    ],
)
def test_a_failing_cell_is_named_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], code: str, message: str
) -> None:
    path = write_course(tmp_path, SMALL + f'\n# %% id="last"\n{code}\n')
    line = len(path.read_text("utf-8").splitlines()) - 1
    before = set(psutil.Process().children(recursive=True))  # another test's server has kernels too
    assert build.main([], tmp_path) == 1
    error = capsys.readouterr().err
    assert re.search(message, error)
    assert error.startswith(f"solutions/{SLUG}.py line {line}: ")
    assert error.count("\n") == 1
    assert list(tmp_path.glob("*/*.ipynb")) == []
    left = [c.cmdline() for c in psutil.Process().children(recursive=True) if c not in before]
    assert not [command for command in left if "ipykernel_launcher" in command]


def test_an_unknown_lesson_is_named(built: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert build.main(["07_nothing"], built) == 1
    assert "no solutions/07_nothing.py" in capsys.readouterr().out


def test_the_lessons_run_as_on_another_day(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COSTLIB_AS_OF", "1999-01-01")  # a builder's own does not count
    write_course(tmp_path, SMALL + '\n# %% id="day"\nfrom costlib import AS_OF\n\nprint(AS_OF)\n')
    assert build.main(["--as-of", "2027-02-07"], tmp_path) == 0
    assert cell(notebook(tmp_path, "solutions"), "day").outputs[0].text == "2027-02-07\n"
    assert build.main([], tmp_path) == 0
    edition = json.loads((ROOT / "data" / "edition.json").read_text("utf-8"))
    assert cell(notebook(tmp_path, "solutions"), "day").outputs[0].text == f"{edition['as_of']}\n"
    capsys.readouterr()
    with pytest.raises(SystemExit):
        build.main(["--as-of", "tomorrow"], tmp_path)
    assert "'tomorrow' is no date: write it like 2026-12-01" in capsys.readouterr().err


# ---- blanks, words, the core path


@pytest.mark.parametrize(
    ("source", "solution", "lesson"),
    [
        ("x = 2  # SOLUTION", "x = 2", "x = ..."),
        ("if y:\n    x = f(a=1)  # SOLUTION\n", "if y:\n    x = f(a=1)", "if y:\n    x = ..."),
        ("### BEGIN SOLUTION\nx = 2\n### END SOLUTION", "x = 2", "..."),
        (
            "a = 1\n### BEGIN SOLUTION\nx = 2\n### END SOLUTION\n# BLANK: x = ...\nb = 3",
            "a = 1\nx = 2\nb = 3",
            "a = 1\nx = ...\nb = 3",
        ),
        (
            "def f():\n    ### BEGIN SOLUTION\n    if 1:\n        return 2\n    ### END SOLUTION\n"
            "    # BLANK: for x in y:\n    # BLANK:     pass\n",
            "def f():\n    if 1:\n        return 2",
            "def f():\n    for x in y:\n        pass",
        ),
        ("same == 1  # no marker", "same == 1  # no marker", "same == 1  # no marker"),
    ],
)
def test_blanks(source: str, solution: str, lesson: str) -> None:
    assert solved(source) == solution
    assert blanked(source) == lesson


@pytest.mark.parametrize(
    ("markdown", "count"),
    [
        ("One call, **one** bill.", 4),
        ("It costs $0.02 or 1,500 tokens", 6),
        ("[the price list](https://example.com/a/b)", 3),
        ("Read:\n```python\nprint(1)\n```\nthen run.", 3),
        ("<details><summary>What now?</summary></details>", 2),
        ("[![Open it](https://a/b.svg)](https://c) {{minutes}}", 0),
    ],
)
def test_words(markdown: str, count: int) -> None:
    assert words(markdown) == count


def test_going_further_lasts_until_a_heading_of_its_level() -> None:
    def markdown(cell_id: str, text: str, *tags: str) -> NotebookNode:
        return nbformat.v4.new_markdown_cell(text, id=cell_id, metadata={"tags": list(tags)})

    cells = [
        markdown("a", "# Title"),
        markdown("b", "## Section"),
        markdown("c", "### Further inside", "further"),
        markdown("d", "#### Deeper"),
        nbformat.v4.new_code_cell("ex.check('1.1', a)", id="e", metadata={"tags": ["check"]}),
        markdown("f", "### Core again"),
        markdown("g", "## All of this is further", "further"),
        markdown("h", "### Even this"),
        markdown("i", "### And this", "further"),
        markdown("j", "### Still the section of g"),
        markdown("k", "```python\n# not a heading\n```"),
        markdown("l", "Text.\n\n## Recap"),
        markdown("m", "An aside that nobody must read.", "further"),
        markdown("n", "Core again."),
    ]
    assert [c.id for c in core_cells(cells)] == ["a", "b", "f", "l", "n"]
    assert effort(cells).core_minutes == 1
    assert effort(cells).minutes == 6


# ---- the set-up cell


class Shell:
    """Stands in for IPython's shell; notes what the set-up cell asks it to run."""

    def __init__(self) -> None:
        self.ran: list[str] = []

    def system(self, command: str) -> None:
        self.ran.append(command)

    def run_line_magic(self, name: str, line: str) -> None:
        self.ran.append(f"{name} {line}")


def run_setup(built: Path) -> Shell:
    shell = Shell()
    source = cell(notebook(built, "lessons"), "setup").source
    exec(TransformerManager().transform_cell(source), {"get_ipython": lambda: shell})
    return shell


def test_setup_does_nothing_where_the_course_is_installed(built: Path) -> None:
    before = (os.getcwd(), list(sys.path))
    assert run_setup(built).ran == []
    assert (os.getcwd(), sys.path) == before


def test_setup_says_how_to_start_where_the_course_is_missing(
    built: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(Exception, match=r"^$") as raised:
        run_setup(built)
    (sentence,) = raised.value._render_traceback_()  # what IPython shows in place of a traceback
    assert "`python -m costlib lab`" in sentence
    assert sentence.count(".") == 1


@pytest.mark.parametrize("fetched", [False, True])
def test_setup_fetches_and_installs_on_colab(
    built: Path, monkeypatch: pytest.MonkeyPatch, fetched: bool
) -> None:
    went: list[str] = []
    monkeypatch.setitem(sys.modules, "google.colab", sys)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(os.path, "isdir", lambda path: fetched)
    monkeypatch.setattr(os, "chdir", went.append)
    clone = "git clone -q --depth 1 --branch v1.0 https://github.com/ada/ai-costs /content/course"
    install = (
        'pip install -q "anthropic~=2.0" "apprise>=1.9" "openai~=3.0" "sqlalchemy>=2.0.40" '
        "lazy-loader tiktoken"
    )
    assert run_setup(built).ran == ([install] if fetched else [clone, install])
    assert sys.path[0] == "/content/course"
    assert went == ["/content/course/lessons"]


# ---- badges


def test_badges_changes_every_derived_file_as_a_rebuild_would(course: Path) -> None:
    readme = course / "README.md"
    readme.write_text(
        "git clone https://github.com/ada/ai-costs.git, see github.com/ada/ai-costs. "
        "Not github.com/ada/ai-costs-2 nor github.com/ada/ai-costs.js; badges OWNER/REPO",
        "utf-8",
    )
    assert badges.main(read("badges", ["bob/course@v2"]), course) == 0
    expected = derive(course / "solutions" / f"{SLUG}.py")[0]
    for folder, want in expected.items():
        have = notebook(course, folder)
        assert [c.source for c in have.cells] == [c.source for c in want.cells]
        assert "https://github.com/bob/course /content" in cell(have, "setup").source
    assert readme.read_text("utf-8") == (
        "git clone https://github.com/bob/course.git, see github.com/bob/course. "
        "Not github.com/ada/ai-costs-2 nor github.com/ada/ai-costs.js; badges OWNER/REPO"
    )
    assert badges.read_course(course).lessons == COURSE["lessons"]
    files = {path: path.read_bytes() for path in course.rglob("*.*")}
    assert badges.main(read("badges", ["bob/course"]), course) == 0, (
        "the branch stays when none is given"
    )
    assert {path: path.read_bytes() for path in course.rglob("*.*")} == files


def test_the_pages_of_the_course_move_with_its_repository() -> None:
    old, new = (badges.Course(name, "main", {}) for name in ("OWNER/REPO", "ada/costs"))
    text = "[pages](https://OWNER.github.io/REPO/)"
    assert badges.move(text, old, new) == "[pages](https://ada.github.io/costs/)"


def test_badges_and_back_gives_the_same_bytes(course: Path, built: Path) -> None:
    assert badges.main(read("badges", ["bob/course@main"]), course) == 0
    assert badges.main(read("badges", ["ada/ai-costs@v1.0"]), course) == 0
    for path in built.glob("*/*.*"):
        assert (course / path.relative_to(built)).read_bytes() == path.read_bytes()


@pytest.mark.parametrize("named", ["course", "bob/a b", "bob/course@feature/x", ""])
def test_badges_refuses_what_is_no_repository(
    course: Path, capsys: pytest.CaptureFixture[str], named: str
) -> None:
    assert badges.main(read("badges", [named]), course) == 2
    assert "write OWNER/REPO" in capsys.readouterr().err
    assert badges.read_course(course).repository == "ada/ai-costs"
    with pytest.raises(SystemExit, match="2"):
        read("badges", ["bob/course", "v2"])


@pytest.mark.parametrize(
    "address",
    [
        "https://github.com/bob/course.git",
        "https://github.com/bob/course",
        "https://bob:secret@github.com/bob/course/",
        "git@github.com:bob/course.git",
        "ssh://git@github.com/bob/course.git",
    ],
)
def test_badges_alone_takes_the_repository_from_git(course: Path, address: str) -> None:
    for command in (["init", "-q"], ["remote", "add", "origin", address]):
        subprocess.run(["git", "-C", str(course), *command], check=True)
    assert badges.main(read("badges", []), course) == 0
    assert badges.read_course(course).repository == "bob/course"
    assert badges.read_course(course).ref == "v1.0"


def test_badges_alone_needs_a_remote_on_github(
    course: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "-C", str(course), "init", "-q"], check=True)
    assert badges.main(read("badges", []), course) == 2
    origin = ["remote", "add", "origin", "https://gitlab.com/bob/course.git"]
    subprocess.run(["git", "-C", str(course), *origin], check=True)
    assert badges.main(read("badges", []), course) == 2
    assert capsys.readouterr().err.count("no remote origin on GitHub") == 2


# ---- nbval over what was built


def test_nbval_sees_numbers_and_verdicts_and_no_bytes_of_pictures(course: Path) -> None:
    changes = [
        ("solutions", "other_bytes", "iVBORw0KGgo=", "b3RoZXIgYnl0ZXM="),
        ("solutions", "other_number", "<p>2, 1</p>", "<p>2, 9</p>"),
        ("lessons", "other_verdict", "Not attempted", "Correct"),
    ]
    for folder, name, old, new in changes:
        changed = notebook(course, folder)
        for code in (c for c in changed.cells if c.cell_type == "code"):
            outputs = json.dumps(code.outputs).replace(old, new)
            code.outputs = nbformat.from_dict(json.loads(outputs))
        assert changed != notebook(course, folder)
        nbformat.write(changed, course / folder / f"{name}.ipynb")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pytest", "-p", "nbval.plugin", "-p", "no:cacheprovider"),
            *("-c", os.devnull, "--rootdir", ".", "-q", "-rA", "--color=no"),
            *("--nbval", "--nbval-current-env"),
            *(f"{folder}/{name}.ipynb" for folder, name, *_ in changes),
            f"--nbval-sanitize-with={ROOT / 'tests' / 'nbval_sanitize.cfg'}",
        ],
        cwd=course,
        env=os.environ | {"PYTHONPATH": str(ROOT), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    failed = set(re.findall(r"^FAILED (\S+::Cell \d+)", done.stdout, re.M))
    assert failed == {
        "solutions/other_number.ipynb::Cell 1",
        "lessons/other_verdict.ipynb::Cell 3",
        "lessons/other_verdict.ipynb::Cell 6",
    }, done.stdout
    assert "PASSED solutions/other_bytes.ipynb::Cell 1" in done.stdout
    assert "PASSED lessons/other_verdict.ipynb::Cell 5" in done.stdout, "the calculator"
