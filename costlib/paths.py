"""Where the course's data lies: the `data/` folder of the checkout that this package runs from."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def data_path(*parts: str) -> Path:
    """The path of a file under `data/`, for example `data_path("prices.csv")`.

    Raises FileNotFoundError when the file is not there: costlib runs from a checkout of the
    course, because the data is not part of an installed wheel.
    """
    path = ROOT.joinpath("data", *parts)
    if not path.exists():
        name = "/".join(("data", *parts))
        raise FileNotFoundError(
            f"{name} is not beside the costlib package: run the course from its git checkout, "
            f"or restore the file with: git checkout -- {name}"
        )
    return path


@cache
def data_rows(*parts: str) -> tuple[dict[str, str], ...]:
    """The rows of a CSV file under `data/`, by column name, read once."""
    with data_path(*parts).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
