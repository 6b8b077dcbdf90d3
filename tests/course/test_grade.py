"""`python -m costlib check` on what learners hand in, from solved to hostile."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from running import left_running
from toy_lesson import SETUP, SOLVED, answers, check, make_course, notebook

from costlib.course import check as command
from costlib.course import cli, grade, handed_in, nbval_run
from costlib.course.grade import ALTERED, DOUBLED, MISSING, check_notebook

RIGHT, WRONG, BLANK, BROKEN = "Correct", "Incorrect", "Not attempted", "Cannot check"


@pytest.fixture(scope="session")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_course(tmp_path_factory.mktemp("course"))


@pytest.fixture
def run(course: Path, tmp_path: Path):
    """Check a notebook; gives `[(exercise, verdict), ...]` and the details, joined."""

    def run(learners: NotebookNode | str, timeout: float = 20) -> tuple[list, str]:
        path = tmp_path / "handed_in.ipynb"
        path.write_text(learners if isinstance(learners, str) else nbformat.writes(learners))
        report = check_notebook(path, root=course, cell_timeout=timeout)
        assert not report.problem
        rows = [(row.exercise, row.verdict) for row in report.rows]
        return rows, "\n".join(row.detail for row in report.rows)

    return run


@pytest.fixture
def left_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """What still runs of the checks in this test."""
    monkeypatch.setattr(nbval_run.tempfile, "tempdir", str(tmp_path))
    return partial(left_running, tmp_path)


def verdicts(*words: str) -> list[tuple[str, str]]:
    return [(f"90.{n}", word) for n, word in enumerate(words, 1)]


def test_solved(run):
    assert run(answers()) == (verdicts(RIGHT, RIGHT, RIGHT), "\n\n")


def test_half_solved_and_errors_cost_their_own_exercise(run):
    rows, details = run(
        answers(
            e1="def answer_90_1(tokens):\n    return tokens * 2",
            e2='answer_90_2 = = "b"',
            e3="answer_90_3 = ...",
        )
    )
    assert rows == verdicts(WRONG, WRONG, BLANK)
    assert "Rates are per million." in details and "a cell above raised SyntaxError" in details


def test_exit_and_wrong_types(run):
    learners = answers(e1="exit()", e2="import sys; sys.exit(2)", e3="answer_90_3 = 3")
    rows, details = run(learners)
    assert rows == verdicts(WRONG, WRONG, BROKEN)
    assert "above was stopped: it ended the kernel" in details
    assert "SystemExit: 2" in details and "none of the options" in details


def test_saved_by_colab(run):
    """Colab writes minor version 0, the ids in the metadata, and its own outputs."""
    learners = json.loads(nbformat.writes(answers()))
    learners["nbformat_minor"] = 0
    for n, cell in enumerate(learners["cells"]):
        cell["metadata"] = {"id": f"Zx{n}", "outputId": "0000", "colab": {"base_uri": "x"}}
        del cell["id"]
        cell["outputs"] = [{"output_type": "stream", "name": "stdout", "text": ["Incorrect."]}]
        cell["execution_count"] = 7
    assert run(json.dumps(learners))[0] == verdicts(RIGHT, RIGHT, RIGHT)


def test_check_cells_deleted_doubled_and_edited(run):
    """The answer written into the altered check cell still counts; a printed verdict does not."""
    rows, details = run(
        notebook(
            SETUP,
            SOLVED["90.1"],
            check("90.1"),
            check("90.1"),
            f'{SOLVED["90.2"]}\n{check("90.2")}; print("Correct. Yes: half.")',
            'print("Correct. Yes: a fee.")',
        )
    )
    assert rows == [
        ("90.1", RIGHT),
        ("90.1", DOUBLED),
        ("90.2", RIGHT),
        ("90.2", ALTERED),
        ("90.3", MISSING),
    ]
    assert "2 cells check it" in details


def test_a_check_that_says_correct_is_not_believed(run):
    """Neither a printed verdict, nor a replaced `ex`, nor one patched in memory."""
    forged = """\
class Fake:
    def check(self, number, answer): return self
    def __repr__(self): return "Correct. Yes: half."
ex = Fake()
answer_90_2 = "a"
"""
    patched = """\
from costlib import exercises as ex
from costlib.exercises import framework, lesson_90
framework.Choice.check = lambda self, answer: framework.Feedback("Correct", "Yes: a fee.")
ex.check = lambda number, answer: framework.Feedback("Correct", "Yes: a fee.")
answer_90_3 = "b"
"""
    printed = """\
def answer_90_1(tokens):
    from IPython.display import Pretty, display
    display(Pretty("Correct. Two dollars per million."))
    return tokens * 2 / 1e6
"""
    rows, details = run(answers(e1=printed, e2=forged, e3=patched))
    assert rows == verdicts(BROKEN, WRONG, WRONG)
    assert "shows something of its own" in details and "No: tokens." in details


def test_endless_loops_in_a_function_and_in_a_cell(run):
    loop = "while True:\n    try:\n        while True: pass\n    except KeyboardInterrupt: pass"
    function = "def answer_90_1(tokens):\n    while True: pass"
    rows, details = run(answers(e1=function, e2=loop), timeout=6)
    assert rows == verdicts(WRONG, WRONG, RIGHT)
    assert "the check was stopped: it ran for more than 6 seconds" in details
    assert "a cell above was stopped: it ran for more than 6 seconds" in details


def test_a_kernel_ended_by_a_function_and_printing_without_end(run):
    function = "def answer_90_1(tokens):\n    import os\n    os._exit(1)"
    rows, details = run(answers(e1=function, e2="while True:\n    print('spam ' * 1000)"))
    assert rows == verdicts(WRONG, WRONG, RIGHT)
    assert "the check was stopped: it ended the kernel" in details
    assert "a cell above was stopped: it printed more than 10 MB" in details


def test_a_kernel_ended_a_little_later_by_a_cell(run):
    """The cell after it is blamed first, then left out; then the cell itself."""
    timer = "import os, threading\nthreading.Timer(0.3, os._exit, [0]).start()"
    rows, _ = run(answers(e1="answer_90_1 = ...", e2=f"{timer}\nimport time; time.sleep(9)"))
    assert rows == verdicts(BLANK, WRONG, RIGHT)


@pytest.mark.skipif(sys.platform == "win32", reason="no signals between processes")
def test_a_cell_that_ends_the_checker_itself(run):
    rows, details = run(answers(e2="import os, signal\nos.kill(os.getppid(), signal.SIGKILL)"))
    assert rows == verdicts(RIGHT, WRONG, RIGHT)
    assert "it ended the check" in details


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux limits a process's memory")
def test_filling_memory(run, monkeypatch):
    """A function that does is told by the check; a cell that does is left out."""
    monkeypatch.setattr(nbval_run, "MEMORY", 2 * 1024**3)
    hog = "kept = []\nwhile True:\n    kept.append(bytearray(50_000_000))"
    function = "def answer_90_1(tokens):\n    return len(bytearray(10**11))"
    rows, details = run(answers(e1=function, e2=hog))
    assert rows == verdicts(WRONG, WRONG, RIGHT)
    assert "Your function raised MemoryError" in details
    assert "a cell above was stopped: it filled the memory" in details


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_starting_processes_without_end(run, left_over):
    """300 is where this bomb stops by itself, in case nobody stops it."""
    bomb = "import os, time\nfor _ in range(300):\n    if not os.fork(): time.sleep(60)"
    rows, details = run(answers(e2=bomb))
    assert rows == verdicts(RIGHT, WRONG, RIGHT)
    assert "a cell above was stopped: it started more than 64 processes" in details
    assert left_over() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no sessions")
def test_a_child_that_outlives_the_check_is_ended(run, left_over):
    child = (
        "import subprocess, sys\n"
        "sleep = [sys.executable, '-c', 'import time; time.sleep(600)']\n"
        'subprocess.Popen(sleep, start_new_session=True)\nanswer_90_2 = "b"'
    )
    rows, _ = run(answers(e2=child))
    assert rows == verdicts(RIGHT, RIGHT, RIGHT)
    assert left_over() == []


@pytest.mark.skipif(sys.platform == "win32", reason="no fork")
def test_filling_memory_with_children_and_the_descriptor_without_end(run, monkeypatch):
    """No one process passes its own limit; and what goes past Python's print is no way out."""
    monkeypatch.setattr(nbval_run, "MEMORY", 1500 * 1024**2)
    hogs = (
        "import os, time\nfor _ in range(8):\n"
        "    if not os.fork():\n        kept = b'x' * 250_000_000\n        time.sleep(60)\n"
        "time.sleep(60)"
    )
    flood = "import os\nwhile True: os.write(1, b'spam ' * 1000)"
    rows, details = run(answers(e1=hogs, e2=flood), timeout=8)
    assert rows == verdicts(WRONG, WRONG, RIGHT)
    assert "a cell above was stopped: it filled the memory" in details
    assert details.count("a cell above was stopped") == 2


@pytest.mark.skipif(sys.platform != "linux", reason="opens descriptors by their names in /proc")
def test_results_that_a_notebook_writes_are_none(run):
    """Into every descriptor of its own and of the process that judges it, as that one writes."""
    forged = """\
import json, os
rows = [{"cell": n, "passed": True, "says": "", "why": "", "stopped": ""} for n in range(9)]
rows += [{"key": "guessed", **row} for row in rows]
lines = "".join(json.dumps(row) + "\\n" for row in rows).encode()
for folder in ("/proc/self/fd/", f"/proc/{os.getppid()}/fd/"):
    for name in os.listdir(folder):
        try:
            if os.readlink(folder + name).startswith("pipe:"):
                with open(os.open(folder + name, os.O_WRONLY | os.O_NONBLOCK), "wb") as pipe:
                    pipe.write(lines + b"\\xff{\\n[]\\n" + b"[" * 9999 + b"\\n")
        except OSError:
            pass
answer_90_1 = 5
"""
    rows, _ = run(answers(e1=forged, e2='answer_90_2 = "a"', e3="answer_90_3 = ..."))
    assert [verdict for _, verdict in rows] == [BROKEN, WRONG, BLANK]


def test_no_key_reaches_the_notebook(monkeypatch, tmp_path):
    monkeypatch.setenv("OPENAI_API_KEY", "not-a-key")
    monkeypatch.setenv("COSTLIB_PROVIDER", "live")
    given = nbval_run._environment(tmp_path, tmp_path)
    assert not {"OPENAI_API_KEY", "COSTLIB_PROVIDER"} & given.keys()


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("text.ipynb", b"hello", "not a Jupyter notebook"),
        ("list.ipynb", b"[1, 2]", "not a Jupyter notebook"),
        ("cells.ipynb", b'{"nbformat": 4, "nbformat_minor": 5, "cells": [3]}', "not a Jupyter"),
        ("image.ipynb", b"\xff\xd8\xff", "not a Jupyter notebook"),
        (
            "source.ipynb",
            b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": 5}]}',
            "not a",
        ),
        ("deep.ipynb", b"[" * 100_000, "not a Jupyter"),
        ("class.ipynb", b"PK\x03\x04rest", "This zip file holds no notebook"),
        ("far.ipynb", nbformat.writes(notebook(f'ex.check("{"9" * 5000}.1")')).encode(), "No cell"),
        ("empty.ipynb", nbformat.writes(notebook("1 + 1")).encode(), "No cell calls ex.check"),
        ("other.ipynb", nbformat.writes(notebook('ex.check("77.1", 1)')).encode(), "Lesson 77"),
        ("gone.ipynb", None, "no such file"),
    ],
)
def test_a_file_that_cannot_be_checked_is_one_sentence(course, tmp_path, name, content, sentence):
    path = tmp_path / name
    if content is not None:
        path.write_bytes(content)
    report = check_notebook(path, root=course)
    assert sentence in report.problem and not report.rows


@pytest.mark.skipif(sys.platform == "win32", reason="no such files")
def test_what_is_no_regular_file_is_not_waited_for(course, tmp_path):
    """A pipe without a writer, a device without an end, a link that leads back to itself."""
    os.mkfifo(tmp_path / "pipe.ipynb")
    (tmp_path / "zero.ipynb").symlink_to("/dev/zero")
    (tmp_path / "loop.ipynb").symlink_to("loop.ipynb")
    (tmp_path / "round").symlink_to(".")
    problems = {
        path.name: check_notebook(path, root=course).problem for path in tmp_path.glob("*.ipynb")
    }
    assert problems["pipe.ipynb"] == "The file cannot be read: it is no regular file."
    assert problems["zero.ipynb"] == "The file cannot be read: it is no regular file."
    assert problems["loop.ipynb"].startswith("The file cannot be read: Too many levels")
    assert len(command.find(str(tmp_path))) == 3
    assert command._name(tmp_path / "loop.ipynb").endswith("loop.ipynb")


def test_a_file_without_end_is_read_to_a_bound(course, tmp_path, monkeypatch):
    monkeypatch.setattr(grade, "NOTEBOOK_BYTES", 1_000_000)
    with (tmp_path / "large.ipynb").open("wb") as file:
        file.truncate(10**9)  # a hole: it takes no space on the disk
    problem = check_notebook(tmp_path / "large.ipynb", root=course).problem
    assert problem == "The file cannot be read: it has more than 1 MB."


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyError("cells")])
def test_a_fault_on_this_side_ends_one_notebook_only(course, tmp_path, monkeypatch, error):
    nbformat.write(answers(), tmp_path / "a.ipynb")
    monkeypatch.setattr(nbval_run, "_run_once", lambda *_: (_ for _ in ()).throw(error))
    problem = check_notebook(tmp_path / "a.ipynb", root=course).problem
    assert "No space left on device" in problem or "KeyError: 'cells'" in problem


def test_a_single_notebooks_exercises_are_shown_as_they_are_judged(
    course, tmp_path, monkeypatch, capsys
):
    """What is printed once is not printed again with the score."""
    monkeypatch.setitem(check_notebook.__kwdefaults__, "root", course)
    nbformat.write(answers(e3="answer_90_3 = ..."), tmp_path / "a.ipynb")
    seen = []
    check_notebook(tmp_path / "a.ipynb", seen=lambda row: seen.append((row.exercise, row.verdict)))
    assert seen == verdicts(RIGHT, RIGHT, BLANK)
    assert cli.inside(["check", str(tmp_path / "a.ipynb")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == ["90.1", "90.2", "90.3", "2"]


def test_what_a_terminal_would_obey_is_escaped(tmp_path):
    """In what a learner's code raised and in the name of a file, as text and in the table."""
    row = grade.Row("90.1", WRONG, "raised \x1b[2K\x07\nand \u202egone")
    shown = command._as_text(row)
    assert shown == r"  90.1  Incorrect           raised \x1b[2K\x07 and \u202egone"
    report = grade.Report(tmp_path / "a\x1b[1m\udcff.ipynb", (row,))
    scores = command.ScoreTable(table := io.StringIO())
    scores.add(command.Handed(report.path, "Ada\x9b"), report)
    assert table.getvalue().isascii() and "\x1b" not in table.getvalue()
    assert r"a\x1b[1m\udcff.ipynb,Ada\x9b,90,90.1" in table.getvalue()


def test_model_answers_and_copies_set_aside_are_nobodys_work(tmp_path):
    """As from a hub, where each learner's home holds the whole course."""
    for name in ("lessons/01_a.ipynb", "lessons/kept/01_a.1.ipynb", "solutions/01_a.ipynb"):
        for learner in ("ada", "bob"):
            path = tmp_path / learner / "course" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
    found = command.find(str(tmp_path))
    assert [(one.learner, one.path.name) for one in found] == [
        ("ada", "01_a.ipynb"),
        ("bob", "01_a.ipynb"),
    ]


def test_scores_tell_the_core_path_from_the_rest():
    rows = [grade.Row("1.1", RIGHT), grade.Row("1.2", WRONG), grade.Row("1.3", RIGHT, core=False)]
    said = command._score(grade.Report(Path("a"), tuple(rows)))
    assert said == "2 of 3 correct, 1 of 2 on the core path"


def test_the_command_goes_on_after_a_bad_file(course, tmp_path, monkeypatch, capfd):
    """Rows as text and as a table that no spreadsheet takes for formulas; 1 for the bad file."""
    (tmp_path / "a.ipynb").write_text("not a notebook")
    for folder in ("Ada_1", ".ipynb_checkpoints"):  # a hand-in system's folder, and Jupyter's
        (tmp_path / folder).mkdir()
        nbformat.write(answers(e2="answer_90_2 = ..."), tmp_path / folder / "b.ipynb")
    (tmp_path / "empty").mkdir()
    monkeypatch.setattr(handed_in, "ROOT", course)
    monkeypatch.setitem(check_notebook.__kwdefaults__, "root", course)
    monkeypatch.chdir(tmp_path)
    assert cli.inside(["check", ".", "--csv", "scores.csv"]) == 1
    text = capfd.readouterr().out
    assert "This is not a Jupyter notebook" in text and "90.2  Not attempted" in text
    assert text.count("2 of 3 correct") == 1 and "Traceback" not in text
    assert "2 notebooks, 1 could not be checked" in text and "Ada_1: lesson 90: 2 of 3" in text
    assert "90.2    0 correct   0 incorrect   1 other" in text
    table = list(csv.DictReader(io.StringIO((tmp_path / "scores.csv").read_text("utf-8-sig"))))
    assert [row["verdict"] for row in table] == [RIGHT, BLANK, RIGHT, BROKEN]
    assert cli.inside(["check", "Ada_1/b.ipynb", "--csv", "-"]) == 0
    assert capfd.readouterr().out.splitlines()[0] == ",".join(command.COLUMNS)
    assert cli.inside(["check", "7"]) == 1
    assert "no such file" in capfd.readouterr().out
    assert cli.inside(["check", "empty"]) == 1
    assert "no notebook in this folder" in capfd.readouterr().out


def test_formulas_are_defused():
    row = grade.Row("90.1", WRONG, "=HYPERLINK()\nx")
    scores = command.ScoreTable(table := io.StringIO())
    scores.add(command.Handed(Path("name"), "Ada"), grade.Report(Path("name"), (row,)))
    assert table.getvalue().splitlines()[1].endswith(",Ada,90,90.1,core,Incorrect,'=HYPERLINK() x")


def test_a_time_out_of_range_is_refused(capsys):
    with pytest.raises(SystemExit, match="2"):
        cli.inside(["check", "1", "--timeout", "0"])
    assert "--timeout: 0: give 1 to 600 seconds" in capsys.readouterr().err
