"""What readers of logs share: how they are asked, what they find, what names mean. Lesson 4."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple, TypeAlias

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


Found: TypeAlias = Call | Charged | Problem


class LogReader:
    """One tool's way of logging: which lines concern it, and the calls that they complete.

    `tool` is its name, with which the ids of its calls begin. `end` is the end of a file, and
    `last` that of all of them: a copy that was cut off may be followed by the whole.
    """

    tool = ""

    def concerns(self, line: bytes) -> bool:
        """Whether a line, or a document, may have what is read here, before it is parsed."""
        raise NotImplementedError

    def start(self, path: Path) -> None:
        """A file begins."""
        self._path = path

    def line(self, number: int, record: Mapping[str, object]) -> Iterable[Found]:
        """What a line completes."""
        raise NotImplementedError

    def end(self) -> Iterable[Found]:
        return ()

    def last(self) -> Iterable[Found]:
        return ()


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
