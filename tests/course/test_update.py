"""`python -m costlib update`: all in a copy, and nothing back unless everything stands."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from costlib.course import cli
from costlib.course import update as module
from costlib.course.edition import CHANGE, Edition, edition, write_edition
from costlib.course.update import (
    LESSONS,
    CannotFinish,
    moved,
    old_sources,
    read_anew,
    roles_to_give,
    set_day,
    update,
    write_changes,
    write_lessons,
)
from costlib.paths import ROOT
from costlib.pricing.price_book import Book, Role, book
from costlib.pricing.price_news import price_data

DAY = max(edition().day, date(2026, 12, 11)) + timedelta(days=40)  # of a later month


@pytest.fixture
def course(tmp_path: Path) -> Path:
    """A course of a few files, some of which are none of its own."""
    root = tmp_path / "course"
    for name in (".git/HEAD", ".venv/bin/python", "_site/index.html", "lessons/kept/01.ipynb"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("not to be copied")
    (root / "data").mkdir()
    shutil.copy(ROOT / "data" / "edition.json", root / "data")
    (root / "lessons" / "01.ipynb").write_text("old")
    (root / "README.md").write_text(f"Read this.\n\n{edition().line}; see CHANGELOG.md.\n")
    shutil.copy(ROOT / "CHANGELOG.md", root)
    for path in (ROOT / "data").glob("*.csv"):
        shutil.copy(path, root / "data")
    return root


def files(root: Path) -> dict[str, bytes]:
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in root.rglob("*")
        if path.is_file()
    }


def rebuild(copy: Path, day: date) -> list[str]:
    assert {path.name for path in copy.iterdir()} == {
        "CHANGELOG.md",
        "README.md",
        "data",
        "lessons",
    }
    assert not (copy / "lessons" / "kept").exists()
    (copy / "lessons" / "01.ipynb").write_text(f"built for {day}")
    (copy / "lessons" / "02.ipynb").write_text("new")
    (copy / "__pycache__").mkdir()
    (copy / "__pycache__" / "a.pyc").write_text("")
    return []


def fall(copy: Path, day: date) -> list[str]:
    return ["solutions/01.py line 3: cell 'a' says 5, and it is 6.", "02 too."]


STEPS = (set_day, write_changes, rebuild)
CHANGED = ["CHANGELOG.md", "README.md", "data/edition.json", "lessons/01.ipynb", "lessons/02.ipynb"]


def test_what_stands_is_copied_back_and_nothing_else(course: Path):
    before = files(course)
    assert update(course, DAY, STEPS) == CHANGED
    after = files(course)
    assert {name for name in after if after[name] != before.get(name)} == {*CHANGED}
    assert before.keys() <= after.keys()
    old, new = (json.loads(found["data/edition.json"]) for found in (before, after))
    assert new == old | {"as_of": str(DAY)}  # of the price data it says what was read when
    assert f"{Edition(DAY).line}; see CHANGELOG.md." in after["README.md"].decode()
    entry = after["CHANGELOG.md"].decode().partition(edition().heading)[0]
    assert f"{Edition(DAY).heading}\n" in entry and "\nFor contributors:\n\n- " in entry


def test_a_dry_run_names_the_files_and_changes_none(course: Path):
    before = files(course)
    assert update(course, DAY, STEPS, dry_run=True) == CHANGED
    assert files(course) == before


@pytest.mark.parametrize("steps", [(*STEPS, fall), (set_day, fall, rebuild)])
def test_what_does_not_stand_changes_nothing(course: Path, steps):
    before = files(course)
    with pytest.raises(CannotFinish, match="says 5, and it is 6"):
        update(course, DAY, steps)
    assert files(course) == before


def test_what_somebody_edits_meanwhile_is_not_lost(course: Path):
    def edit(copy: Path, day: date) -> list[str]:
        (course / "lessons" / "01.ipynb").write_text("edited meanwhile")
        (course / "data" / "note.txt").write_text("of no step")
        return []

    with pytest.raises(CannotFinish, match=r"run it again: lessons/01.ipynb$"):
        update(course, DAY, (*STEPS, edit))
    assert (course / "lessons" / "01.ipynb").read_text() == "edited meanwhile"
    assert edition().line in (course / "README.md").read_text()
    assert update(course, DAY, STEPS) == CHANGED
    assert (course / "data" / "note.txt").read_text() == "of no step"


def test_a_disk_that_is_full_changes_nothing(course: Path, monkeypatch):
    before, copy = files(course), shutil.copyfile

    def full(source, target, **more):
        if Path(target).name == ".01.ipynb.new":
            raise OSError(28, "No space left on device")
        return copy(source, target, **more)

    monkeypatch.setattr(shutil, "copyfile", full)
    with pytest.raises(OSError, match="No space left"):
        update(course, DAY, STEPS)
    assert files(course) == before


def test_lessons_that_read_otherwise_get_a_sentence_unless_somebody_wrote_one(course: Path):
    shutil.rmtree(course / "lessons")
    shutil.copytree(ROOT / "lessons", course / "lessons")

    def rebuild(copy: Path, day: date) -> list[str]:
        for name, old, new in (
            ("01", "5", "6"),
            ("02", "5", "6"),
            ("03", '"kernelspec"', '"k"'),
            ("04", str(edition().day), str(day)),
        ):
            (path,) = (copy / "lessons").glob(f"{name}_*.ipynb")
            path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
        text = (copy / "CHANGELOG.md").read_text("utf-8")
        text = text.replace(f"{LESSONS}\n\n", f"{LESSONS}\n\n- Lesson 2, {DAY}: It is short.\n", 1)
        (copy / "CHANGELOG.md").write_text(text, "utf-8")
        return []

    update(course, DAY, (set_day, write_changes, rebuild, write_lessons))
    entry = (course / "CHANGELOG.md").read_text("utf-8").partition(edition().heading)[0]
    assert CHANGE.findall(entry) == [
        ("1", str(DAY), "Its text or numbers have changed."),
        ("2", str(DAY), "It is short."),
    ]


def test_an_edition_of_the_same_month_keeps_its_entry(course: Path):
    before = (course / "CHANGELOG.md").read_text("utf-8")
    later = Edition(edition().day.replace(day=28))
    update(course, later.day, (set_day, write_changes))
    text = (course / "CHANGELOG.md").read_text("utf-8")
    assert text.count(later.heading) == 1 and text.count("\n## ") == before.count("\n## ")


def changed_book(**rates: str) -> Book:
    old, key = book(), ("openai", "gpt-6.1-sol", "standard")
    card = old.cards[key][-1][-1]
    new = {kind: Decimal(rate) for kind, rate in rates.items()}
    return old._replace(
        cards={**old.cards, key: ((replace(card, rates={**card.rates, **new}),),)},
        starts={**old.starts, key: (card.valid_from,)},
    )


def test_a_release_that_was_read_before_is_not_called_a_check(course: Path):
    assert "no price was compared anew" in read_anew(ROOT, course)
    write_edition(course / "data" / "edition.json", genai_prices="99", read="2027-01-04")
    before = price_data()
    assert read_anew(ROOT, course) == (
        f"Price data: genai-prices 99, read now; before, {before.release} of {before.read}."
    )


def test_prices_that_moved_are_named_with_both_values():
    day = edition().day
    assert moved(book(), book(), day, day) == []
    assert moved(book(), changed_book(input="1.5"), day, day) == [
        "openai gpt-6.1-sol standard: input 2 → 1.5"
    ]


def test_an_announced_price_moves_on_its_day():
    said = moved(book(), book(), date(2026, 11, 22), date(2027, 1, 5))
    assert any(line.startswith("google gemini-4-argon standard: input") for line in said)
    assert not any("gpt-5-mini" in line for line in said)  # shut down by then


def test_a_role_whose_model_is_shut_down_is_proposed_to_a_live_one():
    roles = (Role("openai", "small", "gpt-5-mini", ""), Role("openai", "nano", "gpt-5.4-nano", ""))
    (line, *_rest) = roles_to_give(book()._replace(roles=roles), DAY)
    assert line.startswith("openai small: gpt-5-mini was shut down; ")
    best = line.removesuffix(" may take it").split()[-1]
    (model,) = (m for m in book().models if (m.provider, m.id) == ("openai", best))
    assert model.live(DAY) and best != "gpt-5.4-nano"


def test_a_newer_model_of_the_line_is_proposed():
    roles = (Role("anthropic", "flagship", "claude-opus-5", ""),)
    assert roles_to_give(book()._replace(roles=roles), DAY) == [
        "anthropic flagship: claude-opus-5-5 is newer than claude-opus-5"
    ]
    assert not any("shut down" in line for line in roles_to_give(book(), edition().day)), (
        "give the role to another model in data/roles.csv"
    )


def test_sources_grow_old_after_ninety_days():
    assert old_sources(ROOT, date(2026, 11, 28)) == []
    assert "anthropic-sdk" in old_sources(ROOT, date(2027, 2, 21))  # checked on 2026-11-22
    assert "anthropic-sdk" not in old_sources(ROOT, date(2027, 2, 20))


def test_the_command_refuses_a_day_that_is_gone_and_what_is_no_day(capsys):
    assert cli.inside(["update", "--to", "2026-11-01"]) == 2
    assert "a later one" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        cli.inside(["update", "--to", "tomorrow"])
    assert "write it like 2026-12-01" in capsys.readouterr().err


def test_the_command_says_what_does_not_stand(capsys, monkeypatch):
    monkeypatch.setattr(module, "STEPS", (fall,))
    monkeypatch.setattr(module, "ROOT", ROOT / "solutions")  # a small copy
    monkeypatch.setattr(module, "_book", lambda root: book())
    monkeypatch.setattr(module, "old_sources", lambda root, day: ["openai-caching"])
    monkeypatch.setattr(module, "read_anew", lambda before, after: "Price data: as before.")
    assert cli.inside(["update", "--to", str(DAY), "--dry-run"]) == 1
    out = capsys.readouterr().out
    assert "What does not stand: 2\n  solutions/01.py line 3" in out and "  openai-caching" in out
    assert out.endswith(f"The course does not stand on {DAY} yet, and nothing was changed.\n")
