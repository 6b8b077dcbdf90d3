"""A deck on a wall: nothing of a slide is cut off, below or at the side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from costlib.paths import ROOT
from solutions import slides

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def decks(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The slides of every lesson, lesson by lesson."""
    folder, made = tmp_path_factory.mktemp("decks"), []
    for path in sorted(ROOT.glob("solutions/[0-9][0-9]_*.ipynb")):
        made.append(folder / f"{path.stem}.html")
        made[-1].write_bytes(slides.deck(nbformat.read(path, as_version=4)).encode())
    return made


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=["small", "large"])
def test_no_slide_of_any_lesson_is_cut_off(
    chromium: Any, decks: list[Path], size: tuple[int, int]
) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    cut = []
    for deck in decks:
        page.goto(deck.as_uri())
        found = page.evaluate(
            """() => [...document.querySelectorAll('section')].flatMap((slide, at) =>
                [slide, ...slide.querySelectorAll('pre, div, table, img')]
                    .filter(part => part === slide ? part.scrollHeight > innerHeight + 1
                        : part.scrollWidth > part.clientWidth + 1
                        || part.getBoundingClientRect().right > innerWidth + 1
                        || part.getBoundingClientRect().left < -1)
                    .map(part => `slide ${at + 1}: ${part.innerText.slice(0, 60)}`))"""
        )
        cut += [f"{deck.stem} {slide}" for slide in found]
        small = page.evaluate(
            """() => [...document.querySelectorAll('section')].flatMap((slide, at) =>
                slide.firstElementChild.style.zoom < 0.45 ? [`slide ${at + 1}: too full`] : [])"""
        )
        cut += [f"{deck.stem} {slide}" for slide in small]
    page.close()
    assert cut == []


def test_a_press_of_a_key_shows_the_notes_of_the_slide_in_view(
    chromium: Any, decks: list[Path]
) -> None:
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(next(deck for deck in decks if deck.stem == "01_pricing_models").as_uri())
    notes = page.locator("aside")
    assert not notes.is_visible()
    page.keyboard.press("n")
    assert notes.is_visible() and "No notes" in notes.inner_text()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("document.querySelector('aside').innerText.length > 40")
    page.keyboard.press("n")
    assert not notes.is_visible()
    page.close()
