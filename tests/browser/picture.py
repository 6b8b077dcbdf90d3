"""Make README's picture, solutions/lesson.png: python tests/browser/picture.py

Lesson 4 in JupyterLab, with a guess made and an exercise answered: from the guess, over the table
and the figure, to the check. For authors, after lesson 4 or JupyterLab changed; no test runs it.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

import lab
import nbformat
from PIL import Image

LESSON = "04_usage_tracking_alerts.ipynb"
GUESS, FIRST, LAST = "s4-guess", "s4-predict", "ex-4-3-check"
WIDTH, MOST_BYTES = 900, 200_000
PICTURE = lab.ROOT / "solutions" / "lesson.png"


def main() -> int:
    """Writes the picture; 1 when it is too large for a README."""
    notebook = nbformat.read(lab.ROOT / "solutions" / LESSON, as_version=4)
    for cell in notebook.cells:
        if cell.id == GUESS:
            cell.source = cell.source.replace("...", '"b"', 1)
    places = [cell.id for cell in notebook.cells]
    with tempfile.TemporaryDirectory() as temporary:
        copy, state = Path(temporary, "lessons"), Path(temporary, "state")
        copy.mkdir()
        nbformat.write(notebook, copy / LESSON)
        with lab.serve(copy, state) as url, lab.browser() as chromium:
            opened = lab.Notebook.open(chromium, url, LESSON, width=WIDTH)
            opened.run_all()
            page = opened.page
            page.set_viewport_size({"width": WIDTH, "height": 12_000})
            page.wait_for_timeout(1_500)
            cells = page.locator(".jp-Notebook .jp-Cell")
            first, last = (cells.nth(places.index(name)) for name in (FIRST, LAST))
            last.scroll_into_view_if_needed()
            top, bottom = first.bounding_box(), last.bounding_box()
            height = bottom["y"] + bottom["height"] - top["y"] + 16
            area = {"x": top["x"], "y": top["y"] - 8, "width": top["width"], "height": height}
            taken = Image.open(io.BytesIO(page.screenshot(clip=area)))
    taken.convert("RGB").quantize(64).save(PICTURE, optimize=True)
    size = PICTURE.stat().st_size
    print(f"{PICTURE}: {taken.width} x {taken.height}, {size / 1000:.0f} kB")
    return int(size > MOST_BYTES)


if __name__ == "__main__":
    sys.exit(main())
