"""Where costlib's data lies: `data/` beside the package in a checkout, inside it when installed;
and what a person's own paths mean.

And how large a notebook may be that costlib opens, which is the same for everybody who reads one.
"""

from __future__ import annotations

import csv
import os
from functools import cache
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
NOTEBOOK_BYTES = 50_000_000  # the largest of the course's has 3 MB, figures included


def data_path(*parts: str) -> Path:
    """The path of a file under `data/`, for example `data_path("prices.csv")`.

    Raises FileNotFoundError when it is not there: an installed costlib has the prices, rules and
    tokenizers; the large data sets of the lessons are in a checkout of the course only.
    """
    beside, inside = ROOT / "data", HERE / "data"
    path = (inside if inside.is_dir() else beside).joinpath(*parts)
    if not path.exists():
        name = "/".join(("data", *parts))
        raise FileNotFoundError(
            f"{name} belongs to the lessons and is not part of an installed costlib: use a "
            "checkout of the course."
            if inside.is_dir()
            else f"{name} is not beside the costlib package: restore it with git checkout -- {name}"
        )
    return path


def own_path(path: str | os.PathLike[str]) -> Path:
    """A path as a person writes it: `~` and `~name` are homes, and stay as they are where nobody
    has that name. ValueError for none at all, as an unset variable of a shell gives it."""
    if not os.fspath(path):
        raise ValueError("the path is empty: give a file or a folder, and . for the one you are in")
    return Path(os.path.expanduser(path))


@cache
def data_rows(*parts: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file under `data/`, by column name, read once."""
    with data_path(*parts).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
