"""Look at a lesson: run all of it in JupyterLab and write pictures of the whole of it.

    python tests/browser/look.py lessons/01_pricing_models.ipynb pictures/
    python tests/browser/look.py solutions/01_pricing_models.ipynb pictures/ --width 390 --dark

Writes pictures/1280-01.png, 1280-02.png … and 390-01.png … (a desk and a phone), top to bottom,
and prints the errors, what was too wide, what became a formula, and what was asked of other
hosts. The notebook itself is not changed: a copy of it runs. For authors; no test uses it.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from pathlib import Path

import lab


def main() -> int:
    """Write the pictures; exit status 1 when the notebook shows an error."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("notebook", type=Path)
    parser.add_argument("folder", type=Path, help="where the pictures go")
    parser.add_argument("--width", type=int, action="append", help="in CSS pixels; may be repeated")
    parser.add_argument("--dark", action="store_true", help="JupyterLab's dark theme")
    parser.add_argument("--no-run", action="store_true", help="as it is when opened")
    options = parser.parse_args()
    failed = False
    with tempfile.TemporaryDirectory() as temporary:
        copy, state = Path(temporary, "notebooks"), Path(temporary, "state")
        copy.mkdir()
        shutil.copy(options.notebook, copy)
        with lab.serve(copy, state, dark=options.dark) as url, lab.browser() as chromium:
            for width in options.width or [1280, 390]:
                notebook = lab.Notebook.open(chromium, url, options.notebook.name, width=width)
                if not options.no_run:
                    notebook.run_all()
                name = f"{width}-dark" if options.dark else str(width)
                for path in notebook.screenshots(options.folder, name):
                    print(path)
                for error in notebook.errors():
                    print(f"error at {width} px: {error}")
                    failed = True
                for text in notebook.too_wide():
                    print(f"too wide at {width} px: {text!r}")
                for text in notebook.formulas():
                    print(f"a formula at {width} px (write \\$ for dollars): {text!r}")
                for address in notebook.outside:
                    print(f"asked another host at {width} px: {address}")
                notebook.page.close()
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
