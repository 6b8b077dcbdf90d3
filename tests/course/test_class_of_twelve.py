"""A class of twelve graded at once: six notebooks run, hostile ones too, six cannot."""

from __future__ import annotations

import csv
import os
import sys
import threading
from pathlib import Path

import nbformat
import pytest
from running import left_running
from toy_lesson import answers, make_course

from costlib.course import check as command
from costlib.course import cli, nbval_run
from costlib.course.check import check_notebook
from costlib.course.grade import Report, Row

RIGHT, WRONG, UNREAD = "Correct", "Incorrect", "Cannot check"
SOLVED, FIRST, SECOND = [RIGHT] * 3, [WRONG, RIGHT, RIGHT], [RIGHT, WRONG, RIGHT]
# What each learner's first or second answer is, and the verdicts that it must bring.
RUN = {
    "ada": ({}, SOLVED, ""),
    "bob": (
        {"e2": 'answer_90_2 = "a"', "e3": "print('\\x1b[2J' + '=1+1')\nanswer_90_3 = 'a'"},
        SECOND,
        "No: it waits.",
    ),
    "cyd": ({"e1": "while True:\n    import time; time.sleep(1)"}, FIRST, "more than 5 seconds"),
    "dan": ({"e1": "import os\nos._exit(1)"}, FIRST, "ended the kernel"),
    "eve": ({"e2": "print('x' * 10**8)"}, SECOND, "printed more than 10 MB"),
    "fay": ({"e1": "def answer_90_1(t):\n    raise SystemExit"}, FIRST, "SystemExit"),
}
READ = {
    "gil": (lambda path: path.symlink_to("a.ipynb"), "levels of symbolic links"),
    "hal": (lambda path: os.mkfifo(path), "it is no regular file"),
    "ivy": (lambda path: path.symlink_to("/dev/zero"), "it is no regular file"),
    "jon": (lambda path: path.write_text("[" * 200_000), "not a Jupyter notebook"),
    "kay": (lambda path: path.write_text('{"cells": [{'), "not a Jupyter notebook"),
    "leo": (lambda path: path.write_bytes(b""), "not a Jupyter notebook"),
}


@pytest.mark.skipif(sys.platform == "win32", reason="no such files")
def test_each_costs_itself_and_nobody_else(tmp_path, monkeypatch, capfd):
    (tmp_path / "course").mkdir()
    (tmp_path / "scratch").mkdir()
    course = make_course(tmp_path / "course")
    for learner in (*RUN, *READ):
        (tmp_path / "in" / learner).mkdir(parents=True)
    for learner, (changed, _, _) in RUN.items():
        nbformat.write(answers(**changed), tmp_path / "in" / learner / "a.ipynb")
    for learner, (make, _) in READ.items():
        make(tmp_path / "in" / learner / "a.ipynb")
    monkeypatch.setitem(check_notebook.__kwdefaults__, "root", course)
    monkeypatch.setattr(nbval_run.tempfile, "tempdir", str(tmp_path / "scratch"))
    monkeypatch.chdir(tmp_path)
    asked = ["check", "in", "--csv", "scores.csv", "--timeout", "5"]
    assert cli.inside(asked) == 1  # for the six that could not be read
    said, progress = capfd.readouterr()
    table = csv.DictReader((tmp_path / "scores.csv").read_text("utf-8-sig").splitlines())
    rows: dict[str, list[dict[str, str]]] = {}
    for row in table:
        rows.setdefault(row["learner"], []).append(row)
    assert list(rows) == sorted((*RUN, *READ)), "in the order of the folder, nobody left out"
    for learner, (_, verdicts, why) in RUN.items():
        assert [row["verdict"] for row in rows[learner]] == verdicts, learner
        assert why in "".join(row["detail"] for row in rows[learner])
    for learner, (_, why) in READ.items():
        assert [row["verdict"] for row in rows[learner]] == [UNREAD]
        assert why in rows[learner][0]["detail"]
    assert "12 notebooks, 6 could not be checked" in said and "\x1b" not in said
    assert "  90.1    3 correct   3 incorrect   0 other" in said
    assert progress.startswith("Checking: ") and " of 12 notebooks (" in progress
    assert left_running(tmp_path) == [] and list((tmp_path / "scratch").iterdir()) == []


def test_the_table_has_what_was_judged_while_others_run(tmp_path, monkeypatch):
    """And keeps it when the grading itself is interrupted."""
    scores, there = tmp_path / "scores.csv", threading.Event()

    def judged(path: Path, **_: object) -> Report:
        if path.stem == "c":  # it runs until the first two are in the file
            while not (scores.exists() and scores.read_text("utf-8-sig").count("1.1") == 2):
                assert not there.wait(0.01)
            raise KeyboardInterrupt
        return Report(path, (Row("1.1", RIGHT),))

    monkeypatch.setattr(command, "check_notebook", judged)
    for name in "abc":
        (tmp_path / f"{name}.ipynb").touch()
    with pytest.raises(KeyboardInterrupt):
        cli.inside(["check", str(tmp_path), "--csv", str(scores)])
    names = [row["learner"] for row in csv.DictReader(scores.open(encoding="utf-8-sig"))]
    assert names == ["a", "b"]
