"""What readers of logs share: how they are asked, what they find, what names mean. Lesson 4."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from decimal import Decimal
from functools import lru_cache
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import NamedTuple, TypeAlias

from costlib.pricing.prices import maker_of
from costlib.tracking.calls import Call
from costlib.usage.dialect import Dialect, Reading, Told
from costlib.usage.fields import Body


class Charged(NamedTuple):
    """A call, and what its tool says that it cost (USD; None where it does not say)."""

    call: Call
    reported: Decimal | None


class Problem(NamedTuple):
    """A line that could not be read, or what a log says is in no sum, and why; the calls of the
    other lines are not affected."""

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


def read_counts(dialect: Dialect, counts: Body, model: str) -> Reading:
    """The usage in the counts of a record, by its tool's table.

    Raises ValueError where one is missing that the table needs.
    """
    if missing := dialect.absent(counts):
        raise ValueError(
            f"{missing[0]} is absent, and absent is not zero: look the request up with the provider"
        )
    return dialect.read(counts, {}, Told(None, model.lower()))


def document(path: Path) -> object:
    """The JSON in a file that stands beside a log; None where it cannot be read."""
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


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
