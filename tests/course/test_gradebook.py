"""What a class hands in, as Moodle, Canvas and a hub give it, and what goes back to it."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path

import nbformat
import pytest
from toy_lesson import answers, make_course

from costlib.course import check as command
from costlib.course import cli, grade, gradebook
from costlib.course.handed_in import Handed, find


def notebook_bytes(**changed: str) -> bytes:
    return nbformat.writes(answers(**changed)).encode()


def zipped(files: dict[str, bytes]) -> bytes:
    memory = io.BytesIO()
    with zipfile.ZipFile(memory, "w") as file:
        for name, content in files.items():
            file.writestr(name, content)
    return memory.getvalue()


@pytest.mark.parametrize(
    ("place", "learner", "number"),
    [
        ("Ada Lovelace_4711_assignsubmission_file_/01_pricing.ipynb", "Ada Lovelace", "4711"),
        ("Ada Lovelace_4711_assignsubmission_file_01_pricing.ipynb", "Ada Lovelace", "4711"),
        ("lovelaceada_4711_998877_01_pricing_models.ipynb", "lovelaceada", "4711"),
        ("lovelaceada_LATE_4711_998877_01_pricing_models-1.ipynb", "lovelaceada", "4711"),
        ("ångströmanders_12_9_01.ipynb", "ångströmanders", "12"),
        ("learner-01/course/lessons/01_pricing_models.ipynb", "learner-01", ""),
        ("01_pricing_models.ipynb", "01_pricing_models", ""),
    ],
)
def test_whose_a_notebook_is(tmp_path: Path, place: str, learner: str, number: str) -> None:
    """In a folder, and in a zip file of it."""
    there = tmp_path / "class" / place
    there.parent.mkdir(parents=True)
    there.write_bytes(b"{}")
    zip_file = tmp_path / "class.zip"
    zip_file.write_bytes(zipped({place: b"{}", "x/solutions/01.ipynb": b"{}", "a.txt": b""}))
    (scratch := tmp_path / "scratch").mkdir()
    for what in (there.parents[len(Path(place).parts) - 1], zip_file):
        (one,) = find(str(what), scratch)
        assert (one.learner, one.id) == (learner, number)
    assert one.shown == f"class.zip/{place}"


def test_a_zip_in_a_learners_folder_is_theirs_and_leads_nowhere_else(tmp_path: Path) -> None:
    inner = zipped({"work/01.ipynb": b"{}", "../../out.ipynb": b"{}", "/out.ipynb": b"{}"})
    outer = zipped({"Ada_7_assignsubmission_file_/mine.zip": inner, "Bob_8_2_y.ipynb": b"{}"})
    (tmp_path / "class.zip").write_bytes(outer)
    (scratch := tmp_path / "a" / "b").mkdir(parents=True)
    found = find(str(tmp_path / "class.zip"), scratch)
    assert sorted((one.learner, one.id) for one in found) == [("Ada", "7"), ("Bob", "8")]
    assert not list(tmp_path.rglob("out.ipynb"))


def test_a_zip_without_notebooks_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "class.zip").write_bytes(zipped({"a.txt": b""}))
    (scratch := tmp_path / "scratch").mkdir()
    (one,) = find(str(tmp_path / "class.zip"), scratch)
    assert "holds no notebook" in grade.check_notebook(one.path).problem


def line(learner: str, *verdicts: str, problem: str = "") -> tuple[Handed, grade.Report]:
    rows = [grade.Row(f"1.{n}", said, "<why>", core=n < 3) for n, said in enumerate(verdicts, 1)]
    return Handed(Path(f"{learner}.ipynb"), learner), grade.Report(Path(), tuple(rows), problem)


def test_the_best_of_several_counts_and_no_score_is_not_zero() -> None:
    right, wrong = "Correct", "Incorrect"
    handed, reports = zip(
        line("ada", right, wrong, wrong),
        line("ada", right, right, wrong),
        line("bob", problem="This is not a notebook."),
        strict=True,
    )
    ada, bob = gradebook.lines(handed, reports)
    assert (ada.marks(core=True), ada.marks(core=False), ada.marks()) == ((2, 2), (0, 1), (2, 3))
    assert bob.lesson == "" and not bob.report.rows
    (only, _) = gradebook.lines(handed, reports, core_only=True)
    assert only.marks() == (2, 2) and only.marks(core=False) == (0, 0)


def test_a_page_for_each_learner_shows_what_a_browser_must_not_obey(tmp_path: Path) -> None:
    one, report = line("<b>/../ada", "Incorrect")
    assert gradebook.write_feedback(tmp_path / "back", gradebook.lines([one], [report]), str) == 1
    (page,) = (tmp_path / "back").iterdir()
    text = page.read_text("utf-8")
    assert "&lt;why&gt;" in text and "<b>" not in text and "0 of 1 on the core path" in text


def test_the_command_writes_both(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    course = make_course(tmp_path / "course")
    monkeypatch.setattr(command, "ROOT", course)
    monkeypatch.setitem(grade.check_notebook.__kwdefaults__, "root", course)
    monkeypatch.chdir(tmp_path)
    names = ("Ada_1_assignsubmission_file_/x.ipynb", "=Bob_2_assignsubmission_file_/x.ipynb")
    done = zipped({names[0]: notebook_bytes(), names[1]: b"nothing"})
    Path("class.zip").write_bytes(done)
    asked = ["check", "class.zip", "--gradebook", "grades.csv", "--feedback", "back"]
    assert cli.inside(asked) == 1
    said = capfd.readouterr().out
    assert "grades.csv: 2 rows" in said and "back: 2 pages" in said
    assert f"class.zip/{names[0]}" in said
    rows = list(csv.DictReader(io.StringIO(Path("grades.csv").read_text("utf-8-sig"))))
    assert [(row["name"], row["id"], row["total"], row["of"]) for row in rows] == [
        ("'=Bob", "2", "", ""),
        ("Ada", "1", "3", "3"),
    ]
    assert "not a Jupyter notebook" in rows[0]["remark"]
    assert (Path("back") / "Ada_1_assignsubmission_file_feedback.html").is_file()
