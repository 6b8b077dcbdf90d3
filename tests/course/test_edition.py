"""The edition, as README.md, CHANGELOG.md and the index page say it."""

from __future__ import annotations

import re
from datetime import date

from costlib.course.edition import CHANGE, Edition, edition
from costlib.course.update import CONTRIBUTORS, LESSONS
from costlib.paths import ROOT
from costlib.pricing.prices import AS_OF
from costlib.provider.clock import Clock
from solutions.index import derive_index

TEXTS = {name: (ROOT / name).read_text("utf-8") for name in ("README.md", "CHANGELOG.md")}


def test_an_edition_is_named_for_the_month_of_its_prices():
    march = Edition(date(2027, 3, 1))
    assert march.line == "Edition 2027.03, with list prices of 2027-03-01"
    assert march.heading == "## 2027.03 (prices as of 2027-03-01)"


def test_it_is_the_day_of_prices_and_of_the_offline_provider():
    assert edition().day == AS_OF == Clock().now.date()


def test_readme_and_index_show_the_edition_once():
    page = "\n".join(cell.source for cell in derive_index(ROOT).cells)
    for text in (TEXTS["README.md"], page):
        assert re.findall(r"Edition \d{4}\.\d\d, with list prices of [\d-]+", text) == [
            edition().line
        ]


def test_the_changelog_opens_with_the_edition_and_says_a_sentence_and_a_list():
    headings = re.findall(r"^## .*", TEXTS["CHANGELOG.md"], re.M)
    assert headings[0] == edition().heading
    assert sorted(headings, reverse=True) == headings and len({*headings}) == len(headings)
    for entry in re.split(r"^## .*\n", TEXTS["CHANGELOG.md"], flags=re.M)[1:]:
        learners, mark, contributors = entry.partition(f"\n{CONTRIBUTORS}\n")
        assert learners.strip() and mark and contributors.strip().startswith("- ")
        sentences, mark, lessons = learners.partition(f"\n{LESSONS}\n")
        assert sentences.strip() and mark and all(map(CHANGE.fullmatch, lessons.split("\n")[1:-1]))


def test_a_change_of_a_lesson_is_of_a_lesson_that_is_there_and_not_of_a_later_edition():
    changes = CHANGE.findall(TEXTS["CHANGELOG.md"])
    assert changes
    for lesson, day, sentence in changes:
        assert 1 <= int(lesson) <= 8 and sentence.endswith(".")
        assert date.fromisoformat(day) <= edition().day  # else all were told of it for ever
