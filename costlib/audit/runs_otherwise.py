"""Sessions otherwise: a cache, one that lives longer, shorter results, compacted contexts.

Of what a prompt consists is inferred from how it grows, and caches are modelled; `costlib.agents`
says how. Units: tokens, seconds, Decimal USD. Lessons 6 and 7 teach these levers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from functools import partial

import pandas as pd

from costlib.agents.cache_choices import lifetimes, one_card, with_cache
from costlib.agents.compaction import compacted
from costlib.agents.diet import cut_results
from costlib.agents.runs import NONE, Runs
from costlib.agents.spending import spent
from costlib.audit.applied import NOTHING, READ_SHARE, SAME_TURNS, Applied, Records
from costlib.audit.cache_account import READS, WRITES
from costlib.audit.otherwise import otherwise
from costlib.caching.replays import one_prefix, replay
from costlib.pricing.prices import RateCard, rate_card
from costlib.provider.caches.families import rule_of

FEWEST = 20  # calls that begin alike, to say that they do
FRONT = 0.1  # the share of calls whose prompt may be shorter than what they have in common
_RESULTS = (8_000, 2_000)  # tokens at which results are cut: little, and much
_THRESHOLDS = (50_000, 100_000, 150_000)  # tokens at which a context is compacted
_SUMMARIES = (8_000, 2_000)  # tokens of a summary: long, and short
_SOLVED = "how many tasks are solved"


def caching(records: Records) -> Iterator[Applied]:
    """A cache for sessions that read and write none, of the model's shortest lifetime."""
    lever = "a cache for sessions without one"
    unread = [runs for runs in records.runs if not _cached(runs) and lifetimes(one_card(runs))]
    saved, automatic, named = Decimal(0), False, set()
    for runs in unread:
        card = one_card(runs)
        rule = rule_of(card.provider, card.model, {})
        automatic |= rule is None or rule.match == "tokens"
        modelled = with_cache(runs, lifetimes(card)[0])
        gain = spent(runs).usd - spent(modelled).usd
        if gain > 0:
            saved += gain
            named.add(card.model)
    if not named:
        if not unread:
            return
        need = "longer sessions: in these a cache would cost more than it saves"
        yield Applied(7, lever, None, needs=need)
        return
    note = "; some of these models cache by themselves, and something at the front changes"
    yield Applied(
        7,
        lever,
        (Decimal(0) if automatic else saved * READ_SHARE, saved),
        f"no token was read from a cache by {', '.join(sorted(named))}",
        f"reads as the vendor promises, or {READ_SHARE:.0%} of them" + (note if automatic else ""),
        NOTHING,
    )


def shared_front(records: Records) -> Iterator[Applied]:
    """A cache for calls without a session, if what nearly all of them exceed is the same text."""
    rows = records.loose
    rows = rows[~(rows[[*READS, *WRITES]] != 0).any(axis=1)]
    saved, named = Decimal(0), set()
    for (provider, model, *_), mine in rows.groupby(["provider", "model", "project", "feature"]):
        card = rate_card(str(model), provider=str(provider), at=mine["time"].max().to_pydatetime())
        gain = _front_saves(mine, card) if len(mine) >= FEWEST else Decimal(0)
        if gain > 0:
            saved += gain
            named.add(card.model)
    lever = "a cache for what single calls share"
    if not named:
        if len(rows):
            need = "what these calls begin with alike; they are few, short, or far apart"
            yield Applied(7, lever, None, needs=need)
        return
    yield Applied(
        7,
        lever,
        (Decimal(0), saved),
        f"when the calls of {', '.join(sorted(named))} come, and how long they are",
        f"at most what {1 - FRONT:.0%} of a project's calls exceed stands first in all, word for "
        "word; every entry lives as long as promised; of the lifetimes the best",
        "what they begin with",
    )


def _front_saves(rows: pd.DataFrame, card: RateCard) -> Decimal:
    """The most that any lifetime saves when the shortest usual prompt is a common front."""
    try:
        rule = rule_of(card.provider, card.model, {})
    except LookupError:  # a model that is newer than the table of caches
        return Decimal(0)
    if rule is None or rule.match == "tokens":  # those read by themselves what can be read
        return Decimal(0)
    rows = rows.sort_values("time")
    front = int(rows["input_tokens"].quantile(FRONT))
    rows = rows[rows["input_tokens"] >= front]
    trace = one_prefix((rows["time"] - rows["time"].min()).dt.total_seconds().to_numpy(), front)
    best = Decimal(0)
    for lifetime, seconds in rule.lifetimes.items():
        use = replay(trace, seconds, minimum=rule.minimum)
        kept = {"cached_input_tokens": use.read}
        if card.rates.get(f"cache_write_{lifetime}") is not None:
            kept[f"cache_write_{lifetime}_tokens"] = use.written
        best = max(best, otherwise(rows, rows.assign(**kept)).saved)
    return best


def shorter_results(records: Records) -> Iterator[Applied]:
    """Tool results of sessions cut when they come."""
    lever = "long tool results cut"
    found = _what_if(records, cut_results, _RESULTS)
    if found is None or not any(found):
        yield Applied(
            6, lever, None, needs=f"sessions (run) with results above {_RESULTS[1]:,} tokens"
        )
        return
    yield Applied(
        6,
        lever,
        found,
        "how prompts grow from turn to turn",
        f"what grows beyond the answer is a result, cut at {_RESULTS[0]:,} or {_RESULTS[1]:,} "
        f"tokens; {SAME_TURNS}; the cache is modelled",
        _SOLVED,
    )


def compaction(records: Records) -> Iterator[Applied]:
    """Contexts of sessions summed up at the length, of some that are tried, that saves most."""
    lever = "contexts compacted"
    best: tuple[Decimal, Decimal] | None = None
    at = 0
    for threshold in _THRESHOLDS:
        found = _what_if(records, partial(_compacted, threshold), _SUMMARIES)
        if found is not None and (best is None or found[1] > best[1]):
            best, at = found, threshold
    if best is None or not any(best):
        need = f"sessions (run) with contexts above {_THRESHOLDS[0]:,} tokens"
        yield Applied(7, lever, None, needs=need)
        return
    yield Applied(
        7,
        f"{lever} at {at:,} tokens",
        best,
        "how long each prompt was",
        f"summaries of {_SUMMARIES[0]:,} or {_SUMMARIES[1]:,} tokens, an agent that forgets "
        f"nothing; the cache is modelled; of {len(_THRESHOLDS)} lengths the best",
        _SOLVED,
    )


def _compacted(threshold: int, runs: Runs, summary: int) -> Runs:
    return compacted(runs, threshold, summary=summary)


def _what_if(
    records: Records, change: Callable[[Runs, int], Runs], settings: tuple[int, int]
) -> tuple[Decimal, Decimal] | None:
    """What a change of the runs saves at both of its settings, the smaller first."""
    if not records.runs:
        return None
    bases = [_settled(runs) for runs in records.runs]
    before = sum((spent(runs).usd for runs in bases), Decimal(0))
    saved = sorted(
        before - sum((spent(change(runs, each)).usd for runs in bases), Decimal(0))
        for each in settings
    )
    return saved[0], saved[1]


def _settled(runs: Runs) -> Runs:
    """Runs whose prompts may change: their cache modelled, of the lifetime that they used most."""
    if not _cached(runs):
        return with_cache(runs, NONE)
    return with_cache(runs, _lifetime(runs))


def _lifetime(runs: Runs) -> str:
    if runs.written:
        return max(runs.written, key=lambda name: int(runs.written[name].sum()))
    return lifetimes(one_card(runs))[0]


def _cached(runs: Runs) -> bool:
    return bool(runs.read.any() or runs.all_written.any())
