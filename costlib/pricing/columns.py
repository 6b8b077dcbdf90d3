"""A frame of calls, read for pricing: the columns that decide a price, checked, as arrays.

A cell that is empty, a count that is no whole number, a time that is no date and a column whose
name nobody knows are refused here, with the row's label. Units: tokens, UTC. Lesson 4 meets these
sentences when it prices a ledger.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd

from costlib.pricing.cost import cost_of
from costlib.pricing.synonyms import SYNONYMS, place_of_fact
from costlib.usage.record import COUNTS, Usage, read_fees, whole_number

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class Calls:
    """The columns that decide a price, an entry a row."""

    labels: pd.Index
    names: tuple[list[Any], ...]  # the distinct models, providers, tiers and regions
    codes: tuple[Ints, ...]  # which of them a row has; -1 where it has none
    times: np.ndarray[Any, np.dtype[np.datetime64]]
    only_dates: bool
    counts: dict[str, Ints]
    seconds: Sequence[Any] | None
    fees: Sequence[str] | None

    def __len__(self) -> int:
        return len(self.labels)

    def part(self, rows: slice) -> Calls:
        """Some of the calls, their counts in int64."""
        return Calls(
            self.labels[rows],
            self.names,
            tuple(code[rows] for code in self.codes),
            self.times[rows],
            self.only_dates,
            {name: count[rows].astype(np.int64, copy=False) for name, count in self.counts.items()},
            None if self.seconds is None else self.seconds[rows],
            None if self.fees is None else self.fees[rows],
        )

    def about(self, row: int) -> tuple[str, str | None, str, str | None]:
        """The model, provider, tier and region of a row."""
        model, provider, tier, region = (
            None if code[row] < 0 else names[code[row]]
            for names, code in zip(self.names, self.codes, strict=True)
        )
        return str(model), provider, tier or "standard", region or None

    def at(self, row: int) -> date | datetime:
        """The time of a row: a moment, or a day where the column holds days."""
        seconds = self.times[row].astype("datetime64[s]").astype(np.int64)
        moment = datetime.fromtimestamp(int(seconds), UTC)
        return moment.date() if self.only_dates else moment

    def pico(self, row: int) -> int:
        """One row by `cost_of`, whose errors gain the row's label."""
        model, provider, tier, region = self.about(row)
        counts: dict[str, Any] = {name: int(column[row]) for name, column in self.counts.items()}
        if self.seconds is not None:
            counts["audio_seconds"] = self.seconds[row]
        try:
            if self.fees is not None:
                counts["fees"] = read_fees(self.fees[row])
            about: dict[str, Any] = {"provider": provider, "tier": tier, "region": region}
            cost = cost_of(Usage(**counts), model, at=self.at(row), **about)
            pico = cost.picodollars
            if pico >= 2**63:
                raise ValueError(f"${cost.total:,} is too much for one row; split it into requests")
        except (LookupError, ValueError) as error:
            raise type(error)(f"row {self.labels[row]!r}: {error}") from None
        return pico


def read_calls(frame: pd.DataFrame) -> Calls:
    _check_columns(frame)
    coded = [_coded(frame, column) for column in ("model", "provider", "tier", "region")]
    names, codes = zip(*coded, strict=True)
    if (codes[0] < 0).any():
        row = frame.index[np.argmax(codes[0] < 0)]
        raise ValueError(f"row {row!r}: model is empty, so no rate applies; fill it in")
    times, only_dates = _times(frame["time"])
    counts = {name: _counts(frame[name]) for name in COUNTS if name in frame}
    seconds = None
    if "audio_seconds" in frame:
        _refuse_empty(frame["audio_seconds"])
        seconds = frame["audio_seconds"].to_numpy()
    fees = frame["fees"].fillna("").astype(str).to_numpy() if "fees" in frame else None
    return Calls(frame.index, tuple(names), tuple(codes), times, only_dates, counts, seconds, fees)


def read_counts(calls: Calls, frame: pd.DataFrame, columns: Mapping[str, str]) -> Calls:
    """The calls of a frame with other counts, each from the column that is said to hold it."""
    counts = {name: _counts(frame[column]) for name, column in columns.items()}
    return replace(calls, counts=counts, seconds=None, fees=None)


def _coded(frame: pd.DataFrame, name: str) -> tuple[list[Any], Ints]:
    """The distinct values of a column of names, and which of them each row has; -1 for none."""
    if name not in frame:
        return [], np.full(len(frame), -1)
    column = frame[name]
    if isinstance(column.dtype, pd.CategoricalDtype):
        return list(column.cat.categories), column.cat.codes.to_numpy()
    codes, values = pd.factorize(column)
    return list(values), codes


def _check_columns(frame: pd.DataFrame) -> None:
    for name in ("model", "time"):
        if name not in frame:
            raise ValueError(f"the frame has no column {name!r}: every row needs model and time")
    for place, name in enumerate(map(str, frame.columns)):
        if name in COUNTS:
            continue
        if name.lower() in SYNONYMS:
            _check_fact(frame.iloc[:, place], name, frame.columns)
        if "token" in name.lower() or _may_count(frame.iloc[:, place], name):
            raise ValueError(
                f"column {name!r} looks like a token count but is no field of Usage: rename it "
                f"(the nearest is {_nearest(name.lower())!r}), or drop it if it is not billed"
            )


def _check_fact(column: pd.Series, name: str, columns: pd.Index) -> None:
    """Refuses a column that decides the price and would not be read."""
    here = SYNONYMS[name.lower()][0]
    if here in columns or pd.api.types.is_float_dtype(column):  # a speed in tokens
        return
    if told := [each for each in column.dropna().unique() if place_of_fact(name, each)]:
        raise ValueError(
            f"column {name!r} has {str(told[0])!r}, which changes the price, and would not be "
            f"read: put it into a column {here!r} (tiers are standard, batch, flex, priority, fast)"
        )


_COUNTED = re.compile(
    r"(^|[_ .(])(cached?|caching|cachedinput|input|output|prompt|completion|reasoning|requests|"
    r"searches)([_ .)]|$)"
)
_NOT_COUNTED = re.compile(r"cost|price|usd|amount|rate|ratio|percent|latency|time|limit|max|_id")


def _may_count(column: pd.Series, name: str) -> bool:
    """Whether a column holds numbers under a name that sounds like something billed."""
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    if not _COUNTED.search(plain) or _NOT_COUNTED.search(plain):
        return False
    numbers = pd.api.types.is_numeric_dtype(column.dtype)
    boolean = pd.api.types.is_bool_dtype(column.dtype)
    return numbers and not boolean and bool((column.fillna(0) != 0).any())


def _nearest(name: str) -> str:
    """The field of Usage that shares most words and letters with a name."""
    for theirs, ours in (
        ("prompt", "input"),
        ("completion", "output"),
        ("cache_read", "cached_input"),
    ):
        name = name.replace(theirs, ours)
    words = set(name.split("_"))

    def likeness(field: str) -> float:
        theirs = set(field.split("_"))
        return (
            len(words & theirs) / len(words | theirs) + SequenceMatcher(None, name, field).ratio()
        )

    return max(COUNTS, key=likeness)


def _refuse_empty(column: pd.Series) -> None:
    empty = column.isna().to_numpy()
    if empty.any():
        raise ValueError(
            f"row {column.index[np.argmax(empty)]!r}: {column.name} is empty, and absent is not "
            "zero; write 0 if there was none, or leave the row out"
        )


def _counts(column: pd.Series) -> Ints:
    """A count column as whole numbers. Floats pass: pandas makes them of ints, a Usage does not."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind == "i":
        return column.to_numpy()
    _refuse_empty(column)
    if pd.api.types.is_signed_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64)
    if pd.api.types.is_float_dtype(column.dtype):
        return _whole_floats(column)
    whole = []
    for label, value in zip(column.index, column.tolist(), strict=True):
        try:
            whole.append(whole_number(str(column.name), value))
            if whole[-1] >= 2**63:
                raise ValueError(f"{column.name}={value} is too much for one row; check the source")
        except ValueError as error:
            raise ValueError(f"row {label!r}: {error}") from None
    return np.array(whole, dtype=np.int64)


def _whole_floats(column: pd.Series) -> Ints:
    """Floats as int64, below the size from which neighbouring whole numbers share one float."""
    values = column.to_numpy(dtype=float)
    digits = np.finfo(getattr(column.dtype, "numpy_dtype", column.dtype)).nmant + 1
    wrong = (values != np.floor(values)) | (np.abs(values) >= 2.0**digits)
    if not wrong.any():
        return values.astype(np.int64)
    row = int(np.argmax(wrong))
    problem = f"{column.name}={values[row]} is not a whole number of tokens it can hold exactly"
    raise ValueError(f"row {column.index[row]!r}: {problem}; give an int")


def _times(column: pd.Series) -> tuple[np.ndarray, bool]:
    """The moments in UTC, and whether they are dates without an hour."""
    _refuse_empty(column)
    only_dates = False
    if column.dtype == object:
        kinds = {type(value) for value in column}
        only_dates = kinds == {date}
        if date in kinds and not only_dates:  # some prices depend on the hour
            raise ValueError(
                "column 'time' holds days beside moments: give the moment of each, or the day of "
                "each with .date()"
            )
        if not all(issubclass(kind, date) for kind in kinds):
            raise ValueError("column 'time' holds more than dates: convert it with pd.to_datetime")
        column = pd.to_datetime(column, utc=True)
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_convert("UTC").dt.tz_localize(None)
    if column.dtype.kind != "M":
        raise ValueError(
            f"column 'time' is {column.dtype}, not datetimes: convert it with pd.to_datetime first"
        )
    return column.to_numpy(), only_dates
