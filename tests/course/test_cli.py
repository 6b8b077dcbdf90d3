"""The command line: help, wrong commands, what `lab` starts, `test` counts and `doctor` says."""

from __future__ import annotations

import importlib
import io
import os
import re
import shutil
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nbformat
import pytest
from nbformat.sign import NotebookNotary

from costlib.course import check, cli, commands, doctor, lab, suite
from costlib.course.grade import Report, Row
from costlib.course.handed_in import Handed
from costlib.course.suite import Tally
from costlib.exercises.framework import CORRECT
from tests import spread

OUTCOMES = """
import pytest
def test_right(): pass
def test_right_too(): pass
def test_wrong(): assert 0
@pytest.mark.skip(reason="no Chromium")
def test_left_out(): pass
@pytest.fixture
def broken(): raise OSError
def test_error(broken): pass
"""


def test_alone_it_prints_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([]) == 0
    out = capsys.readouterr().out
    assert all(f"\n  {name} " in out for name in commands.COMMANDS)
    assert max(map(len, out.splitlines())) <= 80


def test_a_wrong_command_gets_the_nearest_in_one_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["docter"]) == 2
    out, err = capsys.readouterr()
    assert "no command 'docter', the nearest is 'doctor'" in err
    assert (out, err.count("\n")) == ("", 1)
    assert "the nearest is 'lab'" in commands.unknown("LAB")
    assert "the nearest is 'progress'" in commands.unknown("progres")
    for name in ("3", "notes"):  # near to nothing
        assert commands.unknown(name).startswith(f"There is no command {name!r}: the commands are ")
    assert commands.unknown("3").startswith("There is no command '3': the commands are lab, ")


@pytest.mark.parametrize("name", sorted(commands.COMMANDS))
def test_every_command_has_its_module(name: str) -> None:
    assert callable(importlib.import_module(commands.COMMANDS[name].module).main)


@pytest.mark.parametrize("name", sorted(commands.COMMANDS))
def test_help_is_answered_before_anything_is_installed_or_imported(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for door in ("find_or_make", "import_module", "_become"):
        monkeypatch.setattr(cli, door, lambda *_: pytest.fail("it went further than its help"))
    for flag in ("--help", "-h"):
        with pytest.raises(SystemExit, match="0"):
            cli.main([name, flag])
    out = capsys.readouterr().out
    command = commands.COMMANDS[name]
    assert out.startswith(f"usage: python -m costlib {name} ")
    assert command.text.split(":")[0].casefold() in " ".join(out.split()).casefold()
    assert (f"Every other option goes to {command.passes_to}." in out) == bool(command.passes_to)


@pytest.mark.parametrize("name", ["check", "slides", "reset"])
def test_a_slip_is_told_before_anything_is_installed(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "find_or_make", lambda _: pytest.fail("it set something up"))
    for argv in ([], ["1", "--no-such-option"]):
        with pytest.raises(SystemExit, match="2"):
            cli.main([name, *argv])
    assert f"python -m costlib {name}: error: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (["check", "99"], "there is no lesson 99: the lessons are 1, 2, 3, 4, 5, 6, 7, 8"),
        (["check", "1", "--csv", "no/where.csv"], "there is no folder 'no': make it, or name"),
        (["check", "1", "--gradebook", "no/w.csv"], "there is no folder 'no': make it, or name"),
        (["check", "1", "--gradebook", "."], "'.' is a folder: name a file"),
        (["check", "1", "--feedback", "old.csv"], "'old.csv' is a file: name a folder"),
        (["slides", "1", "--to", "old.csv/a"], "'old.csv' is a file: name a folder"),
        (["site", "--to", "old.csv"], "'old.csv' is a file: name a folder"),
        (["report", "a", "--month", "2026-11", "--out", "."], "'.' is a folder: name a file"),
        (["audit", "a", "--out", "no/a.html"], "there is no folder 'no': make it, or name another"),
        (["audit", "a", "--top", "0"], "'0' is no whole number from 1 on"),
        (["hub-check", "--seats", "many"], "'many' is no whole number from 1 on"),
    ],
)
def test_what_cannot_be_is_told_before_the_work(
    argv: list[str], sentence: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("old.csv").touch()
    with pytest.raises(SystemExit, match="2"):
        commands.read(argv[0], argv[1:])
    assert sentence in capsys.readouterr().err


def test_what_check_is_to_read_and_write_is_taken_as_it_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    read = commands.read("check", ["03", "a.ipynb", "--csv", "-", "--gradebook", "grades.csv"])
    assert read.what == ["3", "a.ipynb"]
    assert (read.csv, read.gradebook) == ("-", Path("grades.csv"))


def test_options_that_are_handed_on_keep_their_order() -> None:
    options = ["-k", "price", "tests/a.py::test_b", "-x", "--tb=short", "-rA"]
    assert commands.read("test", options).rest == options
    read = commands.read("bench", ["-k", "cost", "--write"])
    assert (read.write, read.rest) == (True, ["-k", "cost"])


def test_the_readme_lists_the_commands_that_there_are() -> None:
    text = (cli.ROOT / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| `python3 -m costlib ([\w-]+)", text, re.M)
    assert sorted(listed) == sorted(commands.COMMANDS)


@pytest.mark.skipif(os.name == "nt", reason="its pipes tell a writer something else")
def test_a_reader_that_leaves_early_is_no_error() -> None:
    """As in `python -m costlib | head -1`, outside the environment and inside it."""
    for module in ("costlib", "costlib.course.cli"):
        reader, writer = os.pipe()
        os.close(reader)
        done = subprocess.run(
            [sys.executable, "-m", module, "progress"], stdout=writer, stderr=subprocess.PIPE
        )
        os.close(writer)
        assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("module", ["costlib", "costlib.course.cli"])
def test_a_console_without_a_sign_shows_another_in_its_place(module: str) -> None:
    """As on Windows, where what is sent to a file is not in UTF-8; outside and inside."""
    env = os.environ | {"PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", module, "progress"]
    done = subprocess.run(command, env=env, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"exercises correct" in done.stdout and done.stdout.isascii()


def test_nothing_to_print_on_is_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    assert cli.main([]) == 0


def test_a_reader_of_verdicts_that_leaves_early_is_no_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """As in `python -m costlib check 1 | head -1`: rows come from a thread that must go on."""

    class Reader(io.StringIO):
        def write(self, text: str) -> int:
            if "1.1" in text:
                raise BrokenPipeError
            return super().write(text)

    rows = (Row("1.1", CORRECT), Row("1.2", CORRECT))

    def judge(path: Path, *, cell_timeout: float, seen: Callable[[Row], None]) -> Report:
        for row in rows:
            seen(row)
        return Report(path, rows)

    monkeypatch.setattr(check, "check_notebook", judge)
    monkeypatch.setattr(sys, "stdout", Reader())
    reports = check._judged([Handed(tmp_path / "1.ipynb", "")], 10, quiet=False)
    assert next(reports).rows == rows


def test_without_the_course_a_command_says_where_it_belongs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(cli, "ROOT", tmp_path)
    assert cli.main(["progress"]) == 1
    assert "run them in a checkout of the course." in capsys.readouterr().err


def test_lab_opens_the_first_lesson_and_passes_options_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab.os, "geteuid", lambda: 1000, raising=False)
    command = lab.arguments(["--no-browser", "--port=9999"])
    assert f"--ServerApp.root_dir={lab.ROOT}" in command
    assert "--LabApp.default_url=/lab/tree/lessons/01_pricing_models.ipynb" in command
    assert command[-2:] == ["--no-browser", "--port=9999"]
    assert "--allow-root" not in command
    monkeypatch.setattr(lab.os, "geteuid", lambda: 0, raising=False)
    assert "--allow-root" in lab.arguments([])


def test_a_course_that_is_open_already_is_shown_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Unless another port is asked for; another folder's server is none of ours."""
    other = {"root_dir": str(lab.ROOT.parent), "url": "http://localhost:1/", "token": "a"}
    ours = {"root_dir": str(lab.ROOT), "url": "http://localhost:2/", "token": "b"}
    monkeypatch.setattr("jupyter_server.serverapp.list_running_servers", lambda: [other, ours])
    opened: list[str] = []
    monkeypatch.setattr(lab.webbrowser, "open", opened.append)
    page = "http://localhost:2/lab/tree/lessons/01_pricing_models.ipynb?token=b"
    assert cli.inside(["lab"]) == 0
    assert opened == [page] and page in capsys.readouterr().out
    assert cli.inside(["lab", "--no-browser"]) == 0
    assert opened == [page]


def test_an_option_that_jupyterlab_does_not_have_is_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.inside(["lab", "--no-browzer"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "has an option --no-browzer, the nearest is --no-browser: " in err
    taken = ["--no-browser", "--port", "9000", "--ip=0.0.0.0", "--ServerApp.x=1", "-y", "--debug"]
    assert lab.unknown(taken) is None


@pytest.mark.skipif(os.name == "nt", reason="ends the server with a signal")
def test_lab_prints_one_line_with_an_address_that_answers(tmp_path: Path) -> None:
    folders = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR")
    env = {**os.environ, **dict.fromkeys(folders, str(tmp_path))}
    command = [sys.executable, "-m", "costlib.course.cli", "lab", "--no-browser"]
    process = subprocess.Popen(
        command, cwd=cli.ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    try:
        line = process.stdout.readline()
        address = line.partition("Ctrl-C: ")[2].strip()
        assert urllib.request.urlopen(address, timeout=30).status == 200
        again = subprocess.run(command, cwd=cli.ROOT, env=env, capture_output=True, text=True)
        assert again.stdout.strip() == f"The course is open already: {address}"
    finally:
        process.terminate()
    rest = process.stdout.read().splitlines()
    assert [line for line in rest if "received signal" not in line] == []
    process.wait()
    kept = lab.LOG.read_text("utf-8")
    assert "Serving notebooks" in kept and "JupyterLab extension loaded" in kept
    assert address.partition("token=")[2] not in kept
    notary = NotebookNotary(data_dir=str(tmp_path))
    for name in lab.unchanged():
        assert notary.check_signature(nbformat.read(lab.ROOT / name, as_version=4)), name


def test_only_notebooks_that_are_as_git_has_them_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a learner wrote is theirs to trust, and so is what somebody put beside it."""
    monkeypatch.setattr(lab, "ROOT", tmp_path)
    (tmp_path / "lessons").mkdir()
    for name in ("1", "2", "kept ä"):
        notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell(name)])
        nbformat.write(notebook, tmp_path / "lessons" / f"{name}.ipynb")
    assert lab.unchanged() == set()  # no git
    git = ["git", "-C", str(tmp_path), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "a"]):
        subprocess.run([*git, *command], check=True)
    shutil.copy(tmp_path / "lessons" / "1.ipynb", tmp_path / "lessons" / "3.ipynb")
    (tmp_path / "lessons" / "2.ipynb").write_text("{}")
    assert lab.unchanged() == {"lessons/1.ipynb", "lessons/kept ä.ipynb"}
    notary = NotebookNotary(data_dir=str(tmp_path))
    lab.trust(notary)
    kept = nbformat.read(tmp_path / "lessons" / "kept ä.ipynb", as_version=4)
    assert notary.check_signature(kept)


def test_the_log_of_lab_is_shown_when_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lab, "LOG", tmp_path / "lab.log")
    assert lab.logging_config(quiet=True)["handlers"]["console"] == {"level": "ERROR"}
    assert lab.logging_config(quiet=False)["handlers"]["console"] == {}
    monkeypatch.setattr(lab, "LOG", tmp_path / "read-only" / "lab.log")
    assert list(lab.logging_config(quiet=True)["handlers"]) == ["console"]


# ---- test


def test_the_suite_counts_every_outcome(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "test_outcomes.py").write_text(OUTCOMES)
    assert (
        cli.inside(["test", str(tmp_path / "test_outcomes.py"), "-p", "no:cacheprovider", "-n0"])
        == 1
    )
    assert capfd.readouterr().out.splitlines()[-2:] == [
        "Skipped: 1 x no Chromium",
        "2 passed, 2 failed, 1 skipped",
    ]


@pytest.mark.parametrize(
    ("code", "closing"),
    [(4, "0 passed, 1 failed"), (suite.NOTHING_RAN, "0 passed, 0 failed")],
    ids=["pytest breaks off", "nothing is selected"],
)
def test_a_run_of_no_test_is_never_a_success(
    code: int, closing: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(suite.subprocess, "call", lambda *args, **options: code)
    assert cli.inside(["test", __file__, "--some-option"]) == 1
    assert capsys.readouterr().out.splitlines()[-1] == closing


def test_what_shares_a_fixture_or_a_kernel_stays_on_one_worker() -> None:
    """A file's tests and a notebook's cells are one scope; those of APART are each their own."""
    split = partial(spread.Spread._split_scope, None)
    assert split("lessons/01_a.ipynb::Cell 1") == split("lessons/01_a.ipynb::Cell 2")
    assert split("tests/a/test_a.py::test_a[x::y]") == split("tests/a/test_a.py::test_b")
    for file in spread.APART:
        assert (cli.ROOT / file).is_file()
        assert split(f"{file}::test_a") != split(f"{file}::test_b")
    for name in spread.LONGEST:
        assert list(cli.ROOT.glob(f"{name}*")), name


@pytest.mark.parametrize("chromium", ["/usr/bin/chromium", None])
def test_blank_lessons_are_run_by_the_browser_or_by_nbval(
    chromium: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(suite, "find_chromium", lambda: chromium)
    blank = ["00_index.ipynb"] if chromium else ["lessons"]
    assert [path.name for path in suite._notebooks()] == ["solutions", *blank]
    for lesson in cli.ROOT.glob("lessons/0[1-9]_*.ipynb"):
        assert (cli.ROOT / "tests" / "browser" / f"test_lesson_{lesson.name[:2]}.py").is_file()


@pytest.mark.parametrize(("found", "code"), [("", 0), ("broken: int = 'text'\n", 1)])
def test_a_type_that_does_not_fit_fails_the_suite(
    found: str,
    code: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "toy.py").write_text(found)
    (tmp_path / "mypy.ini").write_text("[mypy]\nfiles = toy.py\n")
    monkeypatch.setattr(suite, "ROOT", tmp_path)
    monkeypatch.setattr(suite, "_tests", lambda *paths: Tally(passed=2))
    assert cli.inside(["test"]) == code
    out = capsys.readouterr().out
    assert ("toy.py:1: error: Incompatible types" in out) == bool(code)
    assert out.splitlines()[-1] == f"{4 - code} passed, {code} failed"


def test_the_closing_line_adds_up_and_groups_what_was_skipped() -> None:
    assert Tally(passed=1).lines() == ["1 passed, 0 failed"]
    tests = Tally(3, 1, Counter({"no Chromium": 2}))
    notebooks = Tally(3, 0, Counter({"no Chromium": 1, "POSIX only": 1}))
    assert (tests + notebooks).lines() == [
        "Skipped: 3 x no Chromium; 1 x POSIX only",
        "6 passed, 1 failed, 4 skipped",
    ]


def test_paths_are_told_from_options(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "lessons").mkdir()
    for name in ("test_a.py", "lessons/01.ipynb"):
        (tmp_path / name).touch()
    options = ["-k", "price", "test_a.py::test_b", "lessons/01.ipynb", "lessons", "-x"]
    assert suite.split(options) == (
        ["-k", "price", "-x"],
        ["test_a.py::test_b"],
        ["lessons/01.ipynb", "lessons"],
    )


# ---- doctor


def test_doctor_finds_this_environment_sound(capsys: pytest.CaptureFixture[str]) -> None:
    cli.inside(["doctor"])
    out = capsys.readouterr().out
    assert "ok       every package of the lessons is there" in out
    assert "ok       the tokenizers load" in out
    assert "ok       a notebook kernel starts and imports costlib" in out


def test_doctor_names_a_data_file_that_is_gone_or_changed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "ROOT", tmp_path)
    (tmp_path / "data" / "tokenizers").mkdir(parents=True)
    for name in ("prices.csv", "models.csv"):
        (tmp_path / "data" / name).write_text("right\n")
    assert doctor._data()[0] == "problem"
    assert "data/ lacks roles.csv" in doctor._data()[1]
    (tmp_path / "data" / "roles.csv").write_text("right\n")
    assert doctor._data()[0] == "note"  # no git here to compare with
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@b.c"]
    for command in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "data"]):
        subprocess.run([*git, *command], cwd=tmp_path, check=True)
    assert doctor._data()[0] == "ok"
    (tmp_path / "data" / "roles.csv").write_text("wrong\n")
    word, text = doctor._data()
    assert word == "problem"
    assert text.startswith("data/roles.csv differ from the course's: `git checkout -- data`")


def test_doctor_tells_an_unfinished_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    python = str(doctor.PYTHON)
    monkeypatch.setattr(doctor, "VENV", tmp_path / ".venv")
    assert "not there yet" in doctor._environment(python)[1]
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(doctor, "read_note", lambda: {})
    assert "unfinished" in doctor._environment(python)[1]
    monkeypatch.setattr(doctor, "read_note", lambda: None)
    monkeypatch.setattr(doctor, "venv_is_ready", lambda group: True)
    assert doctor._environment(python)[0] == "ok"


def test_doctor_repeats_what_a_child_python_died_of() -> None:
    assert doctor._run(doctor.sys.executable, "import costlib") == ""
    trouble = doctor._run(doctor.sys.executable, "import no_such_module")
    assert trouble == "ModuleNotFoundError: No module named 'no_such_module'"


def test_doctor_finds_a_browser_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "CHROMIUMS", ("chromium",))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert doctor.find_chromium() is None
    (tmp_path / "chromium").touch(mode=0o755)
    assert doctor.find_chromium() == str(tmp_path / "chromium")
