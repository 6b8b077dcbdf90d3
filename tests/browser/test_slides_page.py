"""A deck on a wall: nothing of a slide is cut off, below or at the side."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
import pytest

from costlib.paths import ROOT
from solutions import slides

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [(1280, 720), (1920, 1080)], ids=["small", "large"])
def test_no_slide_of_any_lesson_is_cut_off(
    chromium: Any, tmp_path: Path, size: tuple[int, int]
) -> None:
    page = chromium.new_page(viewport={"width": size[0], "height": size[1]})
    cut = []
    for path in sorted(ROOT.glob("solutions/[0-9][0-9]_*.ipynb")):
        deck = tmp_path / f"{path.stem}.html"
        deck.write_bytes(slides.deck(nbformat.read(path, as_version=4)).encode())
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
        cut += [f"{path.stem} {slide}" for slide in found]
        small = page.evaluate(
            """() => [...document.querySelectorAll('section')].flatMap((slide, at) =>
                slide.firstElementChild.style.zoom < 0.45 ? [`slide ${at + 1}: too full`] : [])"""
        )
        cut += [f"{path.stem} {slide}" for slide in small]
    page.close()
    assert cut == []


def test_a_press_of_a_key_shows_the_notes_of_the_slide_in_view(
    chromium: Any, tmp_path: Path
) -> None:
    lesson = ROOT / "solutions" / "01_pricing_models.ipynb"
    deck = tmp_path / "deck.html"
    deck.write_bytes(slides.deck(nbformat.read(lesson, as_version=4)).encode())
    page = chromium.new_page(viewport={"width": 1280, "height": 720})
    page.goto(deck.as_uri())
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
