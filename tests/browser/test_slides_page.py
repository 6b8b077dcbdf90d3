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
                [slide, ...slide.querySelectorAll('pre, div')]
                    .filter(part => part === slide ? part.scrollHeight > innerHeight + 1
                        : part.scrollWidth > part.clientWidth + 1)
                    .map(part => `slide ${at + 1}: ${part.innerText.slice(0, 60)}`))"""
        )
        cut += [f"{path.stem} {slide}" for slide in found]
    page.close()
    assert cut == []
