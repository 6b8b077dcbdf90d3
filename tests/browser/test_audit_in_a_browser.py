"""The audit's page in a browser: nothing flows over, on a phone either, and axe finds no fault."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import axe
import pytest

from costlib.audit.result import audit
from costlib.paths import data_path

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return audit(data_path("own")).save(tmp_path_factory.mktemp("audit") / "audit.html")


@pytest.fixture(scope="module")
def page(chromium: Any) -> Iterator[Any]:
    page = chromium.new_page()
    yield page
    page.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_the_page_fits_and_has_no_fault(page: Any, path: Path, width: int, scheme: str) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(path.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(part => part.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate(
        """() => {
            const size = () => parseFloat(getComputedStyle(document.querySelector('li')).fontSize);
            const before = size();
            document.documentElement.style.fontSize = '200%';
            const grown = [size() / before, document.documentElement.scrollWidth <= innerWidth];
            document.documentElement.style.fontSize = '';
            return grown;
        }"""
    ) == [2, True]  # text follows the size that a reader has set, and still fits
    faults = axe.look(page)
    assert faults == [] and asked == [path.as_uri()]


def test_it_is_printed_in_dark_letters_from_a_dark_screen_too(page: Any, path: Path) -> None:
    page.goto(path.as_uri())
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).color") == "rgb(34, 34, 34)"
    page.emulate_media(media="screen")
