"""What readers of logs share: a line that cannot be read, and what names stand for. Lesson 4."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache
from pathlib import PurePosixPath, PureWindowsPath
from typing import NamedTuple

from costlib.pricing.prices import maker_of
from costlib.tracking.calls import Call


class Charged(NamedTuple):
    """A call, and what its tool says that it cost (USD; None where it does not say)."""

    call: Call
    reported: Decimal | None


class Problem(NamedTuple):
    """A line that could not be read, and why; the calls of the other lines are not affected."""

    path: str
    line: int
    reason: str


@lru_cache(1024)
def provider_of_model(model: str, otherwise: str) -> str:
    """The price book's provider of a model, `otherwise` for one that it does not know.

    Logs of tools name a model and seldom a vendor.
    """
    try:
        return maker_of(model)
    except LookupError:
        return otherwise


def folder_name(path: object) -> str:
    """The last part of a path of either kind of system: a project's name without its place."""
    text = str(path or "")
    return (PureWindowsPath(text) if "\\" in text else PurePosixPath(text)).name
