"""Many requests at once: what `cost_of` does, column by column instead of row by row.

Units: whole pico-dollars (1e-12 USD) in int64, so that a million rows add up exactly. Each row is
given the number of its rates; its cost is then one lookup and one multiplication for each kind of
token. Rows that need thought, or an error message, go through `cost_of` one by one, so there is
one definition of what a request costs. Lesson 4 uses this module.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from difflib import SequenceMatcher
from typing import Any

import numpy as np
import pandas as pd

from costlib.pricing.cost import BILLED_FIELDS, EXACT, cost_of, kinds
from costlib.pricing.price_book import RATE_KINDS, LongContext
from costlib.pricing.prices import History, RateCard, find_model, history_of, rate_card
from costlib.usage.record import COUNTS, PART_RULES, Usage, whole_number

_EPOCH = date(1970, 1, 1)
_MOST = 10**8  # counts up to this of each kind fit int64 at any published rate
_DENSE = 2**20  # numbers up to this may index a table of their own
_PICO_PER_UNIT = {"web_search": 9}  # USD per 1,000 is 1e9 pico-dollars each; per 1M it is 1e6

Ints = np.ndarray[Any, np.dtype[np.int64]]
Bools = np.ndarray[Any, np.dtype[np.bool_]]
Rated = RateCard | LongContext | None


@dataclass(frozen=True)
class _Calls:
    """The columns that decide a price, an entry a row."""

    labels: pd.Index
    names: tuple[list[Any], list[Any], list[Any]]  # the distinct models, providers and tiers
    codes: tuple[Ints, Ints, Ints]  # which of them a row has; -1 where it has none
    times: np.ndarray[Any, np.dtype[np.datetime64]]
    only_dates: bool
    counts: dict[str, Ints]
    seconds: Sequence[Any] | None

    def __len__(self) -> int:
        return len(self.labels)

    def about(self, row: int) -> tuple[str, str | None, str]:
        """The model, provider and tier of a row."""
        model, provider, tier = (
            None if code[row] < 0 else names[code[row]]
            for names, code in zip(self.names, self.codes, strict=True)
        )
        return str(model), provider, tier or "standard"

    def at(self, row: int) -> date | datetime:
        """The time of a row: a moment, or a day where the column holds days."""
        seconds = self.times[row].astype("datetime64[s]").astype(np.int64)
        moment = datetime.fromtimestamp(int(seconds), UTC)
        return moment.date() if self.only_dates else moment

    def pico(self, row: int) -> int:
        """One row by `cost_of`, whose errors gain the row's label."""
        model, provider, tier = self.about(row)
        counts: dict[str, Any] = {name: int(column[row]) for name, column in self.counts.items()}
        if self.seconds is not None:
            counts["audio_seconds"] = self.seconds[row]
        try:
            cost = cost_of(Usage(**counts), model, provider=provider, tier=tier, at=self.at(row))
            pico = cost.picodollars
            if pico >= 2**63:
                raise ValueError(f"${cost.total:,} is too much for one row; split it into requests")
        except (LookupError, ValueError) as error:
            raise type(error)(f"row {self.labels[row]!r}: {error}") from None
        return pico


def price_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """See `cost_table`, which calls this."""
    calls = _read(frame)
    total = np.zeros(len(calls), dtype=np.int64)
    if len(calls):
        cards, card_of_row = _cards(calls)
        alone = _impossible(calls) | _sums_with_a_bound(calls, cards, card_of_row)
        alone |= _add_up(calls, *_by_length(calls, cards, card_of_row), total)
        for row in np.flatnonzero(alone):
            total[row] = calls.pico(int(row))
    return frame.assign(cost_pusd=total, cost_usd=total / 1e12)


# --- Which rates a row has --------------------------------------------------------------------


def _cards(calls: _Calls) -> tuple[list[RateCard | None], Ints]:
    """The cards that rows of the frame need, the first of them None, and the place of each row's.

    Every day on which some model of the frame changes its price begins a period. A table says for
    each model (with provider and tier) and each period which card holds.
    """
    code, firsts = _series(calls)
    histories, history_of_code = _histories(calls, firsts)
    days = calls.times.astype("datetime64[D]").astype(np.int64)
    starts, period = _periods(histories, days)

    cards: list[RateCard | None] = [None]
    by_hour: list[int] = []
    table = np.zeros((len(histories) + 1, len(starts)), dtype=np.int64)
    for line, history in enumerate(histories, start=1):
        known: dict[int, int] = {}  # the same card holds over many periods
        for column, day in enumerate(starts):
            card = history.on(day)
            if card is None:
                continue
            if id(card) not in known:
                known[id(card)] = len(cards)
                if isinstance(card, tuple):
                    by_hour.append(len(cards))
                cards.append(None if isinstance(card, tuple) else card)
            table[line, column] = known[id(card)]
    first_cell = history_of_code * len(starts)
    card_of_row = table.ravel()[first_cell[code] + period]
    for place in by_hour:
        _split_by_hour(calls, card_of_row, cards, place)
    return cards, card_of_row


def _series(calls: _Calls) -> tuple[Ints, Ints]:
    """For each row a number for its model, provider and tier together, and the first row of each
    number; -1 where no row has it."""
    rows = len(calls)
    code, size = np.zeros(rows, dtype=np.int64), 1
    for names, codes in zip(calls.names, calls.codes, strict=True):
        if not names:
            continue
        code, size = code * (len(names) + 1) + (codes + 1), size * (len(names) + 1)
        if size > _DENSE:
            distinct, code = np.unique(code, return_inverse=True)
            size = len(distinct)
    firsts = np.full(size, -1, dtype=np.int64)
    firsts[code[::-1]] = np.arange(rows - 1, -1, -1)  # of several rows the last one written stays
    return code, firsts


def _histories(calls: _Calls, firsts: Ints) -> tuple[list[History], Ints]:
    """The price histories of the frame, and for each number of `_series` which it is, from 1.

    0 where nothing is known. Numbers are taken in the order of their rows. The first that is not
    known ends the search: its row raises before a later one is reached.
    """
    numbers: dict[tuple[str, str, str], int] = {}
    histories: list[History] = []
    which = np.zeros(len(firsts), dtype=np.int64)
    present = np.flatnonzero(firsts >= 0)
    for number in present[np.argsort(firsts[present])]:
        model, provider, tier = calls.about(int(firsts[number]))
        try:
            history = history_of(model, provider, tier)
        except LookupError:
            break
        key = (history.model.provider, history.model.id, tier)
        if key not in numbers:
            histories.append(history)
            numbers[key] = len(histories)
        which[number] = numbers[key]
    return histories, which


def _periods(histories: list[History], days: Ints) -> tuple[list[date], Ints]:
    """A day of each period of unchanged prices, and the period of each row."""
    low, high = int(days.min()), int(days.max())
    starts = {(start - _EPOCH).days for history in histories for start in history.starts}
    changes = sorted(start for start in starts if low < start <= high)
    if not changes:
        return [_day(low)], np.zeros(len(days), dtype=np.int64)
    period_of_day = np.repeat(
        np.arange(len(changes) + 1), np.diff([changes[0] - 1, *changes, changes[-1] + 1])
    )
    place = np.clip(days, changes[0] - 1, changes[-1]) - (changes[0] - 1)
    return [_day(low), *map(_day, changes)], period_of_day[place]


def _day(number: int) -> date:
    """The day with a number counted from 1970; the first or last of all where no day has it."""
    return date.fromordinal(max(1, min(_EPOCH.toordinal() + number, date.max.toordinal())))


def _split_by_hour(
    calls: _Calls, card_of_row: Ints, cards: list[RateCard | None], place: int
) -> None:
    """Give rows of a card whose price depends on the minute of the week their own cards."""
    rows = np.flatnonzero(card_of_row == place)
    minutes = calls.times[rows].astype("datetime64[m]").astype(np.int64) % (7 * 24 * 60)
    _, first, which = np.unique(minutes, return_index=True, return_inverse=True)
    card_of_row[rows] = len(cards) + which
    for row in rows[first]:
        model, provider, tier = calls.about(int(row))
        try:
            cards.append(rate_card(model, provider=provider, tier=tier, at=calls.at(int(row))))
        except LookupError:  # a date without an hour; cost_of words the error
            cards.append(None)


def _by_length(
    calls: _Calls, cards: list[RateCard | None], card_of_row: Ints
) -> tuple[list[Rated], Ints]:
    """All rates, the cards' and then their long-context ones, and the place of each row's."""
    bounds = [card.long_context if card else None for card in cards]
    if not any(bounds) or "input_tokens" not in calls.counts:
        return list(cards), card_of_row
    never = np.iinfo(np.int64).max
    last_short = np.array([b.threshold - b.inclusive if b else never for b in bounds])
    is_long = calls.counts["input_tokens"] > last_short[card_of_row]
    return [*cards, *bounds], card_of_row + len(cards) * is_long


def _sums_with_a_bound(
    calls: _Calls, cards: list[RateCard | None], card_of_row: Ints
) -> Bools | bool:
    """Sums of several requests on a model that reprices long ones: `cost_of` refuses them."""
    bounded = np.array([card is not None and card.long_context is not None for card in cards])
    if not bounded.any():
        return False
    never = np.iinfo(np.int64).max
    windows = np.array([_window(card) or never for card in cards])
    several = calls.counts.get("input_tokens", 0) > windows[card_of_row]
    if "requests" in calls.counts:
        several |= bounded[card_of_row] & (calls.counts["requests"] > 1)
    return several


def _window(card: RateCard | None) -> int | None:
    """The tokens that one request can hold, where a longer input would be priced as one."""
    if card is None or card.long_context is None:
        return None
    window = find_model(card.model, card.provider).context_window
    return window if window is not None and window > card.long_context.threshold else None


# --- What it costs ----------------------------------------------------------------------------


def _add_up(calls: _Calls, rates: list[Rated], rate_of_row: Ints, total: Ints) -> Bools:
    """Adds what each kind costs to `total`; returns the rows that have no such price."""
    unknown = np.array([rated is None for rated in rates])[rate_of_row]
    fields = (calls.counts.get(name, 0) for name in BILLED_FIELDS)
    for kind, quantity in zip(RATE_KINDS, kinds(*fields), strict=True):
        if isinstance(quantity, int):
            continue  # no column feeds this kind
        pico = np.array([_pico(kind, rated) for rated in rates], dtype=np.int64)
        rate = pico[rate_of_row]
        if kind == "input":
            unknown |= quantity < 0  # cached media that are not said to be media
        if (pico[1:] == _UNPUBLISHED).any():
            unknown |= (rate == _UNPUBLISHED) & (quantity != 0)
        total += rate * quantity
    return unknown


_UNPUBLISHED = -1


def _pico(kind: str, rated: Rated) -> int:
    """The rate for one token, search or character, in pico-dollars."""
    rate = rated.rates[kind] if rated else None
    if rate is None:
        return _UNPUBLISHED
    pico = EXACT.scaleb(rate, _PICO_PER_UNIT.get(kind, 6))
    if pico != int(pico):
        raise ValueError(f"{kind}={rate} is finer than a pico-dollar: round it in prices.csv")
    return int(pico)


def _impossible(calls: _Calls) -> Bools:
    """Rows that `Usage` refuses, audio by the second, and counts too large for int64 amounts."""
    wrong = np.zeros(len(calls), dtype=bool)
    for name, values in calls.counts.items():
        least = 1 if name == "requests" else 0
        if values.min() < least or values.max() > _MOST:
            wrong |= (values < least) | (values > _MOST)
    nothing = np.zeros(len(calls), dtype=np.int64)
    for parts, total in PART_RULES:
        present = [calls.counts[name] for name in parts if name in calls.counts]
        if present:
            wrong |= sum(present[1:], start=present[0]) > calls.counts.get(total, nothing)
    if calls.seconds is not None:
        wrong |= np.asarray(calls.seconds) != 0
    return wrong


# --- Reading the frame ------------------------------------------------------------------------


def _read(frame: pd.DataFrame) -> _Calls:
    _check_columns(frame)
    coded = [_coded(frame, column) for column in ("model", "provider", "tier")]
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
    return _Calls(frame.index, names, codes, times, only_dates, counts, seconds)


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
        if "token" in name.lower() or _may_count(frame.iloc[:, place], name):
            raise ValueError(
                f"column {name!r} looks like a token count but is no field of Usage: rename it "
                f"(the nearest is {_nearest(name.lower())!r}), or drop it if it is not billed"
            )


_COUNTED = re.compile(
    r"(^|[_ .(])(cached?|caching|cachedinput|input|output|prompt|completion|reasoning|requests|"
    r"searches)([_ .)]|$)"
)
_NOT_COUNTED = re.compile(r"cost|price|usd|amount|rate|ratio|percent|latency|time|limit|max|_id")


def _may_count(column: pd.Series, name: str) -> bool:
    """Whether a column has numbers under a name that speaks of what is billed."""
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
    """A count column as int64. Whole floats pass: pandas makes them of ints, a Usage does not."""
    if column.dtype == np.int64:
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
