"""What a trace of requests reads from a prompt cache and writes to it, and what was possible.

`replay` says what a lifetime does to real requests, `foreseen` what the best conceivable policy
would have paid, one that knows the future; `prefix_use` replays the prefix of a whole month.
Units: tokens, seconds, Decimal USD. Taught in lesson 7; prices are those of `caching`.

**Modelled**: an entry lives exactly as long as promised since its last use, its use refreshes it
free of charge, and a request reads the longest prefix that an earlier one wrote, wherever it ends:
as if a breakpoint stood after each block of the trace. Vendors allow fewer, so a replay is the
best case of its policy.
"""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass
from decimal import Decimal
from itertools import product
from typing import TYPE_CHECKING

import numpy as np

from costlib.caching.multiples import CachePrices, cache_prices
from costlib.faces import counted_as_usual
from costlib.paths import data_path
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import find_model

if TYPE_CHECKING:
    import pandas

MOONCAKE_BLOCK = 512  # tokens that one number of the Mooncake trace stands for
_PLAIN, _READ, _WRITTEN = 0, 1, 2
_AT_ONCE = 2**17  # uses that are looked up together
_A_FEW = 8  # places

# --- A trace ----------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Trace:
    """Requests in order of time, each a row of prefix blocks, laid end to end.

    `seconds` has one entry for each request; request i has the blocks `first[i]` to
    `first[i + 1]`. `blocks` numbers them: one number stands for a block's content *and all that
    stands before it*. `tokens` is the length of each block.
    """

    seconds: np.ndarray
    first: np.ndarray
    blocks: np.ndarray
    tokens: np.ndarray

    def __post_init__(self) -> None:
        if len(self.first) != len(self.seconds) + 1 or self.first[-1] != len(self.blocks):
            raise ValueError(
                f"first must have {len(self.seconds) + 1} entries and end at {len(self.blocks)}"
            )
        _in_order(self.seconds)

    @property
    def sent(self) -> np.ndarray:
        """Input tokens of each request."""
        return self.per_request(self.tokens)

    def per_request(self, tokens: np.ndarray) -> np.ndarray:
        """Sums of what is given for each block, request by request."""
        total = np.concatenate(([0], np.cumsum(tokens, dtype=np.int64)))
        return total[self.first[1:]] - total[self.first[:-1]]


def _in_order(seconds: np.ndarray) -> None:
    if not np.isfinite(seconds).all():
        missing = int(np.argmin(np.isfinite(seconds)))
        raise ValueError(
            f"request {missing + 1} of the trace comes at {seconds[missing]}: give its second, or "
            "leave it out"
        )
    early = np.diff(seconds) < 0
    if early.any():
        raise ValueError(
            "the requests of a trace must be in order of time, and request "
            f"{int(np.argmax(early)) + 2} comes before the one in front of it: sort them first"
        )


def one_prefix(seconds: np.ndarray, tokens: int) -> Trace:
    """The trace of requests that all begin with the same prefix of `tokens` tokens.

    Raises ValueError for times that are no numbers or not in order, and for a count that is not
    whole or out of bounds.
    """
    plausible("tokens", tokens)
    if tokens != int(tokens):
        raise ValueError(f"tokens={tokens} is not whole: give a whole number of tokens")
    given = np.asarray(seconds)
    if given.dtype.kind not in "iuf":  # dates would become numbers in a unit of their own
        values = given.ravel().tolist()
        odd = next((each for each in values if not isinstance(each, int | float)), given.dtype)
        raise ValueError(
            f"seconds has {str(odd)[:40]}, which is no number: give numbers, such as "
            "(times - times.min()).dt.total_seconds() of a column of dates"
        )
    moments = given.astype(float)
    if moments.ndim != 1:
        raise ValueError(f"seconds has {moments.ndim} dimensions: give a list of seconds")
    count = len(moments)
    return Trace(
        moments,
        np.arange(count + 1),
        np.zeros(count, dtype=np.int64),
        np.full(count, tokens, dtype=np.int64),
    )


def mooncake() -> Trace:
    """One hour of a chat service, 12,031 requests in blocks of 512 tokens (see data/README.md)."""
    with gzip.open(data_path("traces", "mooncake_conversation.jsonl.gz"), "rt") as file:
        rows = [json.loads(line) for line in file]
    counts = np.array([len(row["hash_ids"]) for row in rows])
    first = np.concatenate(([0], np.cumsum(counts)))
    tokens = np.full(first[-1], MOONCAKE_BLOCK, dtype=np.int64)
    lengths = np.array([row["input_length"] for row in rows])
    tokens[first[1:] - 1] = lengths - (counts - 1) * MOONCAKE_BLOCK  # the last one is not full
    return Trace(
        np.array([row["timestamp"] for row in rows]) / 1000,
        first,
        np.concatenate([row["hash_ids"] for row in rows]),
        tokens,
    )


# --- What it reads and writes -----------------------------------------------------------------


@dataclass(frozen=True, eq=False)
@counted_as_usual
class CacheUse:
    """The input tokens of each request: `read` from a cache, `written` to it, and `plain`."""

    read: np.ndarray
    written: np.ndarray
    plain: np.ndarray

    def since(self, request: int) -> CacheUse:
        """The same for the requests from one on, counted from 0."""
        return CacheUse(self.read[request:], self.written[request:], self.plain[request:])

    @property
    def hit_rate(self) -> float:
        """The share of all input tokens that was read."""
        read = int(self.read.sum())
        sent = read + int(self.written.sum()) + int(self.plain.sum())
        return read / sent if sent else 0.0

    def usd(self, prices: CachePrices, lifetime: str) -> Decimal:
        """The input in USD when what is written is written for `lifetime`."""
        _within_bounds(prices, self.read + self.written + self.plain)
        write = prices.write[prices.checked(lifetime)]
        read, written, plain = (int(part.sum()) for part in (self.read, self.written, self.plain))
        return (read * prices.read + written * write + plain * prices.input).scaleb(-6)


def replay(
    trace: Trace,
    lifetime: float,
    *,
    minimum: int = 0,
    starts_after: float = 0.0,
    only_seen: bool = False,
) -> CacheUse:
    """What the requests of a trace read and write when entries live `lifetime` seconds.

    A block is read when it was used less than `lifetime` seconds before. What is not read is
    written; with `only_seen`, only from a block's second appearance on, so that what comes
    once is never paid for. Prefixes of fewer than `minimum` tokens are neither read nor written.
    An entry can be read once the response that wrote it has begun, `starts_after` seconds after
    its request (0: in the order of arrival).
    """
    if only_seen and starts_after:
        raise ValueError("only_seen is modelled for starts_after=0: leave one of the two out")
    order, block, seconds = _by_block(trace)
    hit = _hits(block, seconds, lifetime, starts_after)
    use = np.where(hit, _READ, _WRITTEN).astype(np.int8)
    if only_seen:
        new = _new(block)
        second = hit & np.concatenate(([False], new[:-1]))
        use[new], use[second] = _PLAIN, _WRITTEN
    placed = np.empty_like(use)
    placed[order] = use
    sent = trace.sent
    read = trace.per_request(np.where(placed == _READ, trace.tokens, 0))
    written = trace.per_request(np.where(placed == _WRITTEN, trace.tokens, 0))
    # A hit may be too short to be read, and a write too short to be kept.
    short = read < minimum
    read, written = np.where(short, 0, read), np.where(short, read + written, written)
    written = np.where(read + written < minimum, 0, written)
    return CacheUse(read, written, sent - read - written)


def _by_block(trace: Trace) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All uses sorted by block, then time: their places in the trace, their blocks and times."""
    count = len(trace.blocks)
    blocks = np.asarray(trace.blocks, dtype=np.int64)
    bits = count.bit_length()
    if count and (blocks.min() < 0 or int(blocks.max()) >> (62 - bits)):
        blocks = np.unique(blocks, return_inverse=True)[1]
    # Block and place in one number: to sort whole numbers is much faster than a stable argsort.
    keys = (blocks << bits) | np.arange(count)
    keys.sort()
    order = keys & ((1 << bits) - 1)
    times = np.repeat(np.asarray(trace.seconds, dtype=float), np.diff(trace.first))
    return order, keys >> bits, times[order]


def _hits(
    block: np.ndarray, seconds: np.ndarray, lifetime: float, starts_after: float
) -> np.ndarray:
    """Whether each use, sorted by block and then time, finds its entry; see `replay`."""
    if lifetime <= 0 or starts_after < 0:
        raise ValueError(
            f"lifetime={lifetime}, starts_after={starts_after}: an entry lives more than 0 "
            "seconds, and a response begins at the earliest with its request"
        )
    if starts_after:
        return _readable(block, seconds, lifetime, starts_after)
    hit = ~_new(block)
    hit[1:] &= np.diff(seconds) < lifetime
    return hit


def _new(block: np.ndarray) -> np.ndarray:
    """Whether each use is the first of its block."""
    return np.concatenate(([True], block[1:] != block[:-1])) if len(block) else np.zeros(0, bool)


def _readable(
    block: np.ndarray, seconds: np.ndarray, lifetime: float, starts_after: float
) -> np.ndarray:
    """Whether each use finds an entry that is readable and alive."""
    if not len(block):
        return np.zeros(0, bool)
    # One axis on which the blocks lie one after the other, further apart than anything reaches.
    axis = seconds - seconds.min()
    if block[0] != block[-1]:
        axis += np.cumsum(_new(block)) * (np.ptp(seconds) + lifetime + starts_after + 1)
    hit = np.empty(len(block), bool)

    def finds(use: np.ndarray, entry: np.ndarray) -> np.ndarray:
        begun = (axis[entry] <= axis[use] - starts_after) & (block[entry] == block[use])
        return begun & (entry >= 0) & (seconds[use] - seconds[entry] < lifetime)

    for start in range(0, len(block), _AT_ONCE):
        part = np.arange(start, min(start + _AT_ONCE, len(block)))
        # In dense traffic nearly every use finds what one a few places before it wrote or read. To
        # try that first is much faster than to search the last one that has begun.
        hit[part] = finds(part, np.maximum(part - _A_FEW, 0))
        rest = part[~hit[part]]
        last = np.searchsorted(axis, axis[rest] - starts_after, side="right") - 1
        hit[rest] = finds(rest, last)
    return hit


# --- What was possible ------------------------------------------------------------------------


def foreseen(trace: Trace, prices: CachePrices) -> Decimal:
    """The least that the input of a trace can cost, in USD, for a policy that knows the future.

    Each block is decided alone, with all its later uses known: left plain, or written for one of
    the model's lifetimes, where that pays. A request reads nothing when the beginning that earlier
    ones had is shorter than the model's minimum. So it is a bound that no policy can beat, and not
    a policy that one could run.
    """
    _within_bounds(prices, trace.sent)
    order, block, seconds = _by_block(trace)
    if not len(order):
        return Decimal(0)
    new = _new(block)
    gap = np.where(new, np.inf, np.diff(seconds, prepend=-np.inf))
    seen = np.empty_like(new)
    seen[order] = ~new
    known = trace.per_request(np.where(seen, trace.tokens, 0)) >= prices.minimum
    plain, read = _per_token(prices.input), _per_token(prices.read)
    # What each use costs while its entry lives, summed up to it.
    alive = np.where(np.repeat(known, np.diff(trace.first))[order], read, plain)
    alive = np.cumsum(alive, dtype=np.int64)
    # Runs, at first of one use each, merge as the lifetime grows: in a run every gap is shorter
    # than the lifetime. A run's best is to write at the first use of one of its parts, after which
    # everything is read; or never, and to leave each part to what is best for it alone.
    starts = np.arange(len(order))
    best = np.full(len(order), plain, dtype=np.int64)
    for lifetime in sorted(prices.write, key=prices.seconds.__getitem__):
        write = _per_token(prices.write[lifetime])
        head = gap[starts] >= prices.seconds[lifetime]
        runs = np.flatnonzero(head)
        run = np.cumsum(head) - 1
        before = np.cumsum(best) - best
        before -= before[runs][run]
        ends = np.append(starts[runs][1:], len(order))
        from_here = before + write + alive[ends[run] - 1] - alive[starts]
        never = np.add.reduceat(best, runs)
        best = np.minimum(never, np.minimum.reduceat(from_here, runs))
        starts = starts[runs]
    return Decimal(int((best * trace.tokens[order][starts]).sum())).scaleb(-12)


def _per_token(rate: Decimal) -> int:
    """Pico-dollars for a token, from USD per million: a whole number for every published rate."""
    return int(rate.scaleb(6))


def _within_bounds(prices: CachePrices, sent: np.ndarray) -> None:
    card, longest = prices.card, int(sent.max(initial=0))
    if card.long_context and card.long_context.applies(longest):
        raise ValueError(
            f"a request of {longest:,} tokens is beyond the long-context bound of {card.model}, "
            f"{card.long_context.threshold:,}, where each token costs more: choose another model, "
            "or shorter requests"
        )
    window = find_model(card.model, card.provider).context_window
    if window and longest > window:
        raise ValueError(
            f"a request of {longest:,} tokens does not fit into {card.model}, which reads at most "
            f"{window:,}: choose another model, or shorter requests"
        )


# --- The prefix of a month --------------------------------------------------------------------


def prefix_use(
    month: pandas.DataFrame, lifetime: str, *, starts_after: float = 1.0
) -> tuple[np.ndarray, np.ndarray]:
    """Tokens that each request of a month reads of its prefix, and tokens that it writes.

    `month` has `time` (in order), `model`, `tier` and `prefix` (tokens). Prefixes of one length
    on one model are taken to be the same text. A batch does not share the cache of the other
    tiers; inside a batch, requests are taken to follow one another as they arrived. Prefixes below
    the model's minimum are neither read nor written.
    """
    if month.empty:
        return np.zeros(0, np.int64), np.zeros(0, np.int64)
    prefix = month["prefix"].to_numpy()
    batch = (month["tier"] == "batch").to_numpy()
    times = month["time"].dt.as_unit("us").astype("int64").to_numpy()  # microseconds
    _in_order(times)
    read, written = np.zeros_like(prefix), np.zeros_like(prefix)
    for model in month["model"].dropna().unique():
        of_model = (month["model"] == model).to_numpy()
        prices = cache_prices(model)
        life = prices.seconds[prices.checked(lifetime)]
        for in_batch, tokens in product((False, True), month["prefix"].unique()):
            if tokens < prices.minimum:
                continue
            same = of_model & (batch == in_batch) & (prefix == tokens)
            seconds = (times if same.all() else times[same]) / 1e6
            hit = _hits(np.zeros(len(seconds), np.int8), seconds, life, starts_after)
            read[same], written[same] = np.where(hit, tokens, 0), np.where(hit, 0, tokens)
    return read, written
