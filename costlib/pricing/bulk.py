"""Many requests at once: what `cost_of` does, column by column instead of row by row.

Units: whole pico-dollars (1e-12 USD) in int64, so that a million rows add up exactly. Each row is
given the number of its rates; its cost is then one lookup and one multiplication for each kind of
token. Rows that need thought, or an error message, go through `cost_of` one by one, so there is
one definition of what a request costs. Lesson 4 uses this module.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from costlib.pricing.columns import Bools, Calls, Ints, read_calls, read_counts
from costlib.pricing.cost import EXACT
from costlib.pricing.kinds import BILLED_FIELDS, kinds
from costlib.pricing.price_book import RATE_KINDS, LongContext
from costlib.pricing.prices import History, RateCard, find_model, history_of, rate_card
from costlib.usage.record import PART_RULES

_EPOCH = date(1970, 1, 1)
_MOST = 10**8  # counts up to this of each kind fit int64 at any published rate
_BLOCK = 2**17  # rows priced at a time: what is computed on the way takes 10 MB, not 100
_DENSE = 2**20  # numbers up to this may index a table of their own
_PICO_PER_UNIT = {"web_search": 9}  # USD per 1,000 is 1e9 pico-dollars each; per 1M it is 1e6

Rated = RateCard | LongContext | None


def price_frame(frame: pd.DataFrame) -> pd.DataFrame:
    """See `cost_table`, which calls this."""
    total = picodollars(frame)
    return frame.assign(cost_pusd=total, cost_usd=total / 1e12)


def picodollars(frame: pd.DataFrame) -> Ints:
    """What each row of a frame costs, where nothing else of `cost_table` is wanted."""
    return _priced([read_calls(frame)])[0]


def picodollars_of_parts(
    frame: pd.DataFrame, parts: Mapping[str, Mapping[str, str]]
) -> tuple[Ints, dict[str, Ints]]:
    """What each row of a frame costs, and what parts of it would cost as requests of their own.

    `parts` says by the name of a part which column of the frame stands for which count.
    """
    whole = read_calls(frame)
    alone = [read_counts(whole, frame, columns) for columns in parts.values()]
    total, *each = _priced([whole, *alone])
    return total, dict(zip(parts, each, strict=True))


def _priced(several: Sequence[Calls]) -> list[Ints]:
    """What each row costs, for calls that differ in nothing but what they count."""
    rows = len(several[0])
    totals = [np.zeros(rows, dtype=np.int64) for _ in several]
    for start in range(0, rows, _BLOCK):
        block = slice(start, start + _BLOCK)
        cards = _cards(several[0].part(block))
        for calls, total in zip(several, totals, strict=True):
            _price(calls.part(block), *cards, total[block])
    return totals


def _price(calls: Calls, cards: list[RateCard | None], card_of_row: Ints, total: Ints) -> None:
    """Adds what each of some calls costs to `total`."""
    alone = _impossible(calls) | _sums_with_a_bound(calls, cards, card_of_row)
    alone |= _add_up(calls, *_by_length(calls, cards, card_of_row), total)
    for row in np.flatnonzero(alone):
        total[row] = calls.pico(int(row))


# --- Which rates a row has --------------------------------------------------------------------


def _cards(calls: Calls) -> tuple[list[RateCard | None], Ints]:
    """The cards that rows of the frame need, the first of them None, and the place of each row's.

    Every day on which some model of the frame changes its price begins a period. A table says for
    each model (with provider and tier) and each period which card holds.
    """
    code, firsts = _series(calls)
    histories, history_of_code = _histories(calls, firsts)
    starts, period = _periods(histories, calls.times)

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
    if isinstance(period, int):  # one lookup a row
        card_of_row = table.ravel()[first_cell + period][code]
    else:
        card_of_row = table.ravel()[first_cell[code] + period]
    for place in by_hour:
        _split_by_hour(calls, card_of_row, cards, place)
    return cards, card_of_row


def _series(calls: Calls) -> tuple[Ints, Ints]:
    """For each row a number for its model, provider, tier and region together, and the first row
    of each number; -1 where no row has it."""
    rows = len(calls)
    code, size = np.zeros(rows, dtype=np.int64), 1
    for names, codes in zip(calls.names, calls.codes, strict=True):
        if not names or codes.min() == codes.max():
            continue  # what is the same for all tells no rows apart
        size *= len(names) + 1
        code *= len(names) + 1
        code += codes
        code += 1
        if size > _DENSE:
            distinct, code = np.unique(code, return_inverse=True)
            size = len(distinct)
    if size == 1:
        return code, np.zeros(1, dtype=np.int64)
    firsts = np.full(size, -1, dtype=np.int64)
    firsts[code[::-1]] = np.arange(rows - 1, -1, -1)  # of several rows the last one written stays
    return code, firsts


def _histories(calls: Calls, firsts: Ints) -> tuple[list[History], Ints]:
    """The price histories of the frame, and for each number of `_series` which it is, from 1.

    0 where nothing is known. Numbers are taken in the order of their rows. The first that is not
    known ends the search: its row raises before a later one is reached.
    """
    numbers: dict[tuple[str, str, str, str], int] = {}
    histories: list[History] = []
    which = np.zeros(len(firsts), dtype=np.int64)
    present = np.flatnonzero(firsts >= 0)
    for number in present[np.argsort(firsts[present])]:
        model, provider, tier, region = calls.about(int(firsts[number]))
        try:
            history = history_of(model, provider, tier, region)
        except LookupError:
            break
        key = (history.model.provider, history.model.id, tier, history.region)
        if key not in numbers:
            histories.append(history)
            numbers[key] = len(histories)
        which[number] = numbers[key]
    return histories, which


def _periods(
    histories: list[History], times: np.ndarray[Any, np.dtype[np.datetime64]]
) -> tuple[list[date], Ints | int]:
    """A day of each period of unchanged prices, and the period of each row, or of all of them."""
    moments = times.view(np.int64)  # whose least and greatest are found ten times as fast
    ends = np.array([moments.min(), moments.max()]).view(times.dtype)
    low, high = ends.astype("datetime64[D]").astype(np.int64).tolist()
    starts = {(start - _EPOCH).days for history in histories for start in history.starts}
    changes = sorted(start for start in starts if low < start <= high)
    if not changes:
        return [_day(low)], 0
    days = times.astype("datetime64[D]").astype(np.int64)
    period_of_day = np.repeat(
        np.arange(len(changes) + 1), np.diff([changes[0] - 1, *changes, changes[-1] + 1])
    )
    place = np.clip(days, changes[0] - 1, changes[-1]) - (changes[0] - 1)
    return [_day(low), *map(_day, changes)], period_of_day[place]


def _day(number: int) -> date:
    """The day with a number counted from 1970; the first or last of all where no day has it."""
    return date.fromordinal(max(1, min(_EPOCH.toordinal() + number, date.max.toordinal())))


def _split_by_hour(
    calls: Calls, card_of_row: Ints, cards: list[RateCard | None], place: int
) -> None:
    """Give rows of a card whose price depends on the minute of the week their own cards."""
    rows = np.flatnonzero(card_of_row == place)
    minutes = calls.times[rows].astype("datetime64[m]").astype(np.int64) % (7 * 24 * 60)
    _, first, which = np.unique(minutes, return_index=True, return_inverse=True)
    card_of_row[rows] = len(cards) + which
    for row in rows[first]:
        model, provider, tier, region = calls.about(int(row))
        about = {"provider": provider, "region": region}
        try:
            cards.append(rate_card(model, tier=tier, at=calls.at(int(row)), **about))
        except LookupError:  # a date without an hour; cost_of words the error
            cards.append(None)


def _by_length(
    calls: Calls, cards: list[RateCard | None], card_of_row: Ints
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
    calls: Calls, cards: list[RateCard | None], card_of_row: Ints
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


def _add_up(calls: Calls, rates: list[Rated], rate_of_row: Ints, total: Ints) -> Bools:
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


def _impossible(calls: Calls) -> Bools:
    """Rows that `Usage` refuses, audio by the second, fees, and counts too large for int64."""
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
    if calls.fees is not None:
        wrong |= np.asarray(calls.fees) != ""
    return wrong
