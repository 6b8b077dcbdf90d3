"""The course as a web site: built once, read in Chromium at a desk and on a phone, offline."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe
import nbformat
import pytest

from costlib.course.badges import read_course
from solutions import pages

LESSONS = list(read_course().lessons)
PAGES = ["index", "glossary", "questions", "take_to_work", "sources", "instructors", *LESSONS]


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "_site"
    assert pages.main(Namespace(to=folder)) == 0
    return folder


DESK, PHONE = {"width": 1280, "height": 900}, {"width": 390, "height": 844}


@pytest.fixture(scope="module")
def problems() -> list[str]:
    """What the pages asked other hosts for, and their scripts' errors."""
    return []


@pytest.fixture(scope="module")
def window(chromium: Any, problems: list[str]) -> Iterator[Any]:
    window = chromium.new_page()
    window.on("request", lambda r: problems.append(r.url) if r.url.startswith("http") else None)
    window.on("pageerror", lambda error: problems.append(str(error)))
    yield window
    window.close()


@pytest.fixture
def page(window: Any) -> Any:
    """A page at a desk."""
    window.set_viewport_size(DESK)
    return window


@pytest.fixture(scope="module")
def opened(site: Path, window: Any, problems: list[str], request: pytest.FixtureRequest) -> Any:
    """Each of PAGES, opened on a phone, for all tests that look at it."""
    problems.clear()
    window.set_viewport_size(PHONE)
    window.goto((site / f"{request.param}.html").as_uri())
    return window


def test_it_is_small(site: Path) -> None:
    assert sum(p.stat().st_size for p in site.rglob("*") if p.is_file()) < 40e6


def test_a_folder_with_something_else_in_it_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "thesis.txt").write_text("ten years")
    assert pages.main(Namespace(to=tmp_path)) == 1
    assert "holds something else than a site" in capsys.readouterr().out
    assert (tmp_path / "thesis.txt").read_text() == "ten years"


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_a_page_stands_by_itself_and_fits_a_phone(opened: Any, problems: list[str]) -> None:
    assert problems == []
    opened.set_viewport_size(PHONE)
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390
    cut = opened.evaluate(
        """() => [...document.querySelectorAll('.bd-article :is(img, table, pre)')].filter(each => {
            for (let box = each; box && !box.matches('.bd-article'); box = box.parentElement)
                if (['auto', 'scroll'].includes(getComputedStyle(box).overflowX)) return false;
            return each.getBoundingClientRect().right > 391;
        }).map(each => each.outerHTML.slice(0, 120))"""
    )
    assert cut == []
    twice = opened.add_style_tag(content="html { font-size: 200% !important; }")
    assert opened.evaluate("document.documentElement.scrollWidth") <= 390  # letters twice as large
    twice.evaluate("style => style.remove()")


@pytest.mark.parametrize("opened", PAGES, indirect=True)
def test_axe_finds_no_fault_in_either_theme(opened: Any) -> None:
    """Outputs are looked at in JupyterLab too (every_lesson): of all lessons but the shortest, what
    only a page can spoil is looked at here, their colours in the dark; and code is the same in all.
    """
    name = Path(opened.url).stem
    opened.set_viewport_size(DESK)
    opened.evaluate("document.querySelectorAll('details').forEach(each => { each.open = true; })")
    brief = name in LESSONS and not name.startswith("05")
    code = ".highlight" if brief else None
    for theme in ("dark",) if brief else ("dark", "light"):
        opened.evaluate("theme => { document.documentElement.dataset.theme = theme; }", theme)
        assert axe.look(opened, ".bd-article", code, colours_only=theme == "dark") == [], theme


def test_an_answer_is_folded_until_it_is_asked_for(site: Path, page: Any) -> None:
    page.goto((site / f"{LESSONS[0]}.html").as_uri())
    answers = page.locator("details", has_text="Our answer")
    assert answers.count() >= 5
    code = answers.first.locator("pre")
    assert not code.is_visible()
    answers.first.locator("summary").click()
    assert code.is_visible() and "answer_1_1" in code.inner_text()
    assert page.get_by_text("ex.check").count() == 0


def test_code_that_only_draws_is_folded_and_a_link_to_a_cell_of_code_leads_there(
    site: Path, page: Any
) -> None:
    page.goto((site / f"{LESSONS[1]}.html").as_uri())
    drawn = page.locator("details", has_text="The code behind it")
    assert drawn.count() >= 5 and not drawn.first.locator("pre").is_visible()
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell("1", id="a"), nbformat.v4.new_code_cell("2", id="b")]
    )
    cells = pages.lesson_page(notebook, "01_x", {"01_x-b"}).cells
    assert [cell.source.strip() for cell in cells] == ["1", "(01_x-b)=", "2"]


def test_it_is_printed_in_dark_letters_from_a_dark_screen_too(site: Path, page: Any) -> None:
    page.goto((site / f"{LESSONS[0]}.html").as_uri())
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    page.emulate_media(media="print")
    ink = page.locator(".bd-article p").first.evaluate("p => getComputedStyle(p).color")
    page.emulate_media(media="screen")
    assert ink == "rgb(34, 40, 50)"


def test_search_leads_to_a_lesson(site: Path, page: Any) -> None:
    page.goto(f"{(site / 'search.html').as_uri()}?q=breakpoint")
    page.locator("#search-results li a", has_text="Prompt caching").first.wait_for()


def test_lessons_follow_each_other_and_launch_where_course_json_says(site: Path, page: Any) -> None:
    course = read_course()
    page.goto((site / f"{LESSONS[1]}.html").as_uri())
    assert LESSONS[0] in page.locator("a.left-prev").get_attribute("href")
    assert LESSONS[2] in page.locator("a.right-next").get_attribute("href")
    links = page.locator(".dropdown-launch-buttons a").evaluate_all("all => all.map(a => a.href)")
    assert f"https://{course.colab}lessons/{LESSONS[1]}.ipynb" in links
    binder = next(link for link in links if "mybinder.org" in link)
    assert f"/{course.repository}/{course.ref}" in binder and LESSONS[1] in binder


def test_a_subject_leads_to_its_questions_and_a_question_to_the_cell(site: Path, page: Any) -> None:
    page.goto((site / "questions.html").as_uri())
    page.locator(".bd-article a", has_text="Caching").first.click()
    page.locator("section:has(> h2:has-text('Caching')) p a.internal").first.click()
    page.wait_for_url(f"**/{LESSONS[6]}.html#*")
    page.locator(f"[id='{page.url.partition('#')[2]}']").wait_for(state="attached")


def test_a_letter_of_the_glossary_leads_to_a_term_and_the_term_to_its_lesson(
    site: Path, page: Any
) -> None:
    page.goto((site / "glossary.html").as_uri())
    page.locator(".bd-article a", has_text="T").first.click()
    assert page.url.endswith("#letter-t")
    page.locator("#letter-t a", has_text="What a token is").first.click()
    page.wait_for_url(f"**/{LESSONS[1]}.html#*")
    anchor = page.url.partition("#")[2]
    page.locator(f"[id='{anchor}']").wait_for(state="attached")
