"""Many requests at once: what `cost_of` does, column by column instead of row by row.

Units: whole pico-dollars (1e-12 USD) in int64, so that a million rows add up exactly. Each row is
assigned the index of its rate card; then its cost is one lookup and one multiplication for each
kind of token. Rows that need thought, or an error message, go through `cost_of` one by one, so
there is one definition of what a request costs. Lesson 4 uses this module.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from difflib import SequenceMatcher
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from costlib.pricing.cost import cost_of, quantities
from costlib.pricing.prices import RateCard, price_periods, rate_card
from costlib.usage.record import COUNTS, PART_RULES, Usage, whole_number

_EPOCH = date(1970, 1, 1)
_BEFORE = -(10**6)  # a day, counted from 1970, before any price
_SPAN = 10**9  # between the keys of two series: more days than any date needs
_MOST = 10**9  # counts up to this cannot overflow int64 at any published rate
_PICO_PER_UNIT = {"web_search": 9}  # USD per 1,000 is 1e9 pico-dollars each; per 1M it is 1e6


@dataclass(frozen=True)
class _Ledger:
    """The columns that decide a price, as arrays."""

    labels: pd.Index
    names: list[np.ndarray]  # the distinct models, providers and tiers
    codes: list[np.ndarray]  # for each row, which of them
    times: np.ndarray
    only_dates: bool
    counts: dict[str, np.ndarray]
    seconds: Sequence[Any] | None

    def about(self, row: int) -> tuple[str, str | None, str]:
        model, provider, tier = (
            None if code[row] < 0 else name[code[row]]
            for name, code in zip(self.names, self.codes, strict=True)
        )
        return model, provider, tier or "standard"

    def at(self, row: int) -> date | datetime:
        seconds = self.times[row].astype("datetime64[s]").astype(np.int64)
        moment = datetime.fromtimestamp(int(seconds), UTC)
        return moment.date() if self.only_dates else moment

    def pico(self, row: int) -> int:
        """One row by `cost_of`, whose errors gain the row's label."""
        model, provider, tier = self.about(row)
        try:
            usage = Usage(
                **{name: int(column[row]) for name, column in self.counts.items()},
                audio_seconds=0 if self.seconds is None else self.seconds[row],
            )
            cost = cost_of(usage, model, provider=provider, tier=tier, at=self.at(row))
            pico = int(cost.total.scaleb(12))
            if pico >= 2**63:
                raise ValueError(f"${cost.total:,} is too much for one row; split it into requests")
        except (LookupError, ValueError) as error:
            raise type(error)(f"row {self.labels[row]!r}: {error}") from None
        return pico


def price_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """See `cost_table`, which calls this."""
    ledger = _ledger(frame)
    odd = _impossible(ledger.counts, len(frame))
    if ledger.seconds is not None:
        odd |= np.asarray(ledger.seconds) != 0
    card_of_row, cards = _cards(ledger)
    total, unpriced = _gather(ledger.counts, card_of_row, cards, len(frame))
    for row in np.flatnonzero(odd | unpriced):
        total[row] = ledger.pico(row)
    return frame.assign(cost_pusd=total, cost_usd=total / 1e12)


def _gather(
    counts: dict[str, np.ndarray], row_card: np.ndarray, cards: list[RateCard | None], rows: int
) -> tuple[np.ndarray, np.ndarray]:
    """The cost of each row, and which rows this could not price."""
    unpriced = np.array([card is None for card in cards], dtype=bool)[row_card]
    bounds = [card.long_context if card else None for card in cards]
    row_rate = row_card
    if any(bounds) and "input_tokens" in counts:
        never = np.iinfo(np.int64).max
        bound = np.array([b.threshold - b.inclusive if b else never for b in bounds])[row_card]
        row_rate = row_card + len(cards) * (counts["input_tokens"] > bound)
    if any(bounds) and "requests" in counts:
        unpriced |= np.array([b is not None for b in bounds])[row_card] & (counts["requests"] > 1)
    # One table for both: the cards' rates, then their rates above the long-context bound.
    rates = [card.rates if card else {} for card in cards]
    rates += [b.rates if b else r for b, r in zip(bounds, rates, strict=True)]

    total = np.zeros(rows, dtype=np.int64)
    fields = dict.fromkeys((*COUNTS, "audio_seconds"), 0) | counts
    for kind, quantity in quantities(SimpleNamespace(**fields)).items():
        if isinstance(quantity, int):
            continue  # no column feeds this kind
        pico = np.array([_pico(kind, card.get(kind)) for card in rates], dtype=np.int64)
        if kind == "input":
            unpriced |= quantity < 0
        if (pico < 0).any():
            rate = pico[row_rate]
            unpriced |= (rate < 0) & (quantity != 0)
            total += rate * quantity
        else:
            total += pico[row_rate] * quantity
    return total, unpriced


def _pico(kind: str, rate: Decimal | None) -> int:
    """A rate in pico-dollars for one token, search or character; -1 where none is published."""
    if rate is None:
        return -1
    pico = rate.scaleb(_PICO_PER_UNIT.get(kind, 6))
    if pico != int(pico):
        raise ValueError(f"{kind}={rate} is finer than a pico-dollar: round it in prices.csv")
    return int(pico)


def _cards(ledger: _Ledger) -> tuple[np.ndarray, list[RateCard | None]]:
    """For each row the index of its card, and the cards; None where no card applies."""
    models, providers, tiers = ledger.names
    code = ledger.codes[0] + 1
    for names, codes in zip(ledger.names[1:], ledger.codes[1:], strict=True):
        code = code * (len(names) + 1) + (codes + 1)
    series = np.flatnonzero(np.bincount(code))
    origin = np.zeros(series[-1] + 1 if len(series) else 1, dtype=np.int64)
    origin[series] = np.arange(len(series)) * _SPAN - _BEFORE

    keys: list[int] = []
    cards: list[RateCard | None] = []
    by_hour: list[int] = []
    for place, combined in enumerate(series):
        rest, tier_code = divmod(int(combined), len(tiers) + 1)
        model_code, provider_code = divmod(rest, len(providers) + 1)
        model = models[model_code - 1]
        provider = providers[provider_code - 1] if provider_code else None
        tier = tiers[tier_code - 1] if tier_code else "standard"
        starts, found = _series(model, provider, tier)
        for day, card in zip(starts, found, strict=True):
            if card is _BY_HOUR:
                by_hour.append(len(cards))
                card = None
            keys.append(place * _SPAN - _BEFORE + day)
            cards.append(card)
    wanted = origin[code] + ledger.times.astype("datetime64[D]").astype(np.int64)
    row_card = np.searchsorted(np.array(keys, dtype=np.int64), wanted, side="right") - 1
    for index in by_hour:
        _split_by_hour(ledger, row_card, cards, index)
    return row_card, cards


_BY_HOUR: Any = object()


def _series(model: str, provider: str | None, tier: str) -> tuple[list[int], list[Any]]:
    """The days from which each card holds, and the card; `_BY_HOUR` where the hour decides."""
    starts: list[int] = [_BEFORE]
    found: list[Any] = [None]
    try:
        periods = price_periods(model, provider, tier)
    except LookupError:
        return starts, found
    for start in sorted({card.valid_from for card in periods}):
        starts.append((start - _EPOCH).days)
        if sum(card.valid_from == start for card in periods) > 1:
            found.append(_BY_HOUR)
            continue
        try:
            found.append(rate_card(model, provider=provider, tier=tier, at=start))
        except LookupError:  # the tier was withdrawn
            found.append(None)
    return starts, found


def _split_by_hour(
    ledger: _Ledger, row_card: np.ndarray, cards: list[RateCard | None], index: int
) -> None:
    """Give rows of a card whose price depends on the minute of the week their own cards."""
    rows = np.flatnonzero(row_card == index)
    minutes = ledger.times[rows].astype("datetime64[m]").astype(np.int64) % (7 * 24 * 60)
    _, first, which = np.unique(minutes, return_index=True, return_inverse=True)
    row_card[rows] = len(cards) + which
    for row in rows[first]:
        model, provider, tier = ledger.about(row)
        try:
            card = rate_card(model, provider=provider, tier=tier, at=ledger.at(row))
        except LookupError:  # a date without an hour; cost_of words the error
            card = None
        cards.append(card)


# --- Reading the frame ------------------------------------------------------------------------


def _ledger(frame: pd.DataFrame) -> _Ledger:
    _check_columns(frame)
    names, codes = [], []
    for column in ("model", "provider", "tier"):
        if column in frame:
            code, name = pd.factorize(frame[column])
        else:
            code, name = np.full(len(frame), -1), np.array([], dtype=object)
        names.append(np.asarray(name, dtype=object))
        codes.append(code)
    if (codes[0] < 0).any():
        row = frame.index[np.argmax(codes[0] < 0)]
        raise ValueError(f"row {row!r}: model is empty, so no rate applies; fill it in")
    times, only_dates = _times(frame["time"])
    counts = {name: _counts(frame[name]) for name in COUNTS if name in frame}
    seconds = None
    if "audio_seconds" in frame:
        _refuse_empty(frame["audio_seconds"])
        seconds = frame["audio_seconds"].to_numpy()
    return _Ledger(frame.index, names, codes, times, only_dates, counts, seconds)


def _check_columns(frame: pd.DataFrame) -> None:
    for name in ("model", "time"):
        if name not in frame:
            raise ValueError(f"the frame has no column {name!r}: every row needs model and time")
    for name in map(str, frame.columns):
        if name not in COUNTS and "token" in name.lower():
            raise ValueError(
                f"column {name!r} looks like a token count but is no field of Usage: rename it "
                f"(the nearest is {_nearest(name.lower())!r}), or drop it if it is not billed"
            )


def _nearest(name: str) -> str:
    """The field of Usage that shares most words and letters with a name."""
    for theirs, ours in (("prompt", "input"), ("completion", "output"), ("cache_read", "cached")):
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


def _counts(column: pd.Series) -> np.ndarray:
    """A count column as int64. Whole floats pass: pandas makes them of ints, a Usage does not."""
    if column.dtype == np.int64:
        return column.to_numpy()
    _refuse_empty(column)
    if pd.api.types.is_integer_dtype(column.dtype):
        return column.to_numpy(dtype=np.int64)
    if pd.api.types.is_float_dtype(column.dtype):
        values = column.to_numpy(dtype=float)
        wrong = (values != np.floor(values)) | (np.abs(values) > 2**53)
        if not wrong.any():
            return values.astype(np.int64)
        row = int(np.argmax(wrong))
        problem = f"{column.name}={values[row]} is not a whole number of tokens it can hold exactly"
        raise ValueError(f"row {column.index[row]!r}: {problem}; give an int")
    whole = []
    for label, value in zip(column.index, column.tolist(), strict=True):
        try:
            whole.append(whole_number(str(column.name), value))
        except ValueError as error:
            raise ValueError(f"row {label!r}: {error}") from None
    return np.array(whole, dtype=np.int64)


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


def _impossible(counts: dict[str, np.ndarray], rows: int) -> np.ndarray:
    """Rows that Usage refuses, and counts too large for int64 amounts."""
    wrong = np.zeros(rows, dtype=bool)
    if not rows:
        return wrong
    for name, values in counts.items():
        least = 1 if name == "requests" else 0
        if values.min() < least or values.max() > _MOST:
            wrong |= (values < least) | (values > _MOST)
    nothing = np.zeros(rows, dtype=np.int64)
    for parts, total in PART_RULES:
        present = [counts[name] for name in parts if name in counts]
        if present:
            wrong |= sum(present[1:], start=present[0]) > counts.get(total, nothing)
    return wrong
