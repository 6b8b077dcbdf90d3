"""The same runs with another cache: none, one of some lifetime, and pauses that outlast it.

**Modelled**, where a cache is chosen: breakpoints stand after the definitions, after the prefix and
at the end of each turn, as agents set them; an entry lives exactly as long as promised since its
last use, and its use refreshes it; no read is lost for other reasons (of the 500 real runs' turns,
some are). Units: tokens, seconds. Lesson 7 teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from costlib.agents.runs import MEASURED, NONE, Runs
from costlib.pricing.numbers import plausible
from costlib.pricing.prices import RateCard
from costlib.provider.caches.families import rule_of

_KEPT = "Reads are modelled: every entry lives as long as promised ({}), and none is lost."
_FREE = "{} publishes neither lifetimes nor writes of its cache: written at the input rate."
_LEAST = 2_048  # tokens; the shortest prompt of which the 500 runs read anything has 2,121


@dataclass(frozen=True)
class Policy:
    """How a card's cache works: seconds, shortest prompt, steps, and whether writes are billed.

    `ends`: only prefixes that end with a user's or a tool's message are found, no definitions.
    """

    lifetime: str
    seconds: float
    minimum: int
    increment: int
    billed: bool
    ends: bool = False


def with_cache(runs: Runs, lifetime: str) -> Runs:
    """The runs with a cache of a lifetime that their model has, such as "5m", or "none".

    For a vendor that publishes no lifetimes, any in minutes or hours ("5m", "1h") can be tried.
    Raises LookupError for a lifetime that the model does not have, ValueError for runs of several
    models (give them one card first, by `on_model`).
    """
    if lifetime == NONE:
        nothing = np.zeros(len(runs.seconds), np.int64)
        return replace(runs, read=nothing, written={}, cache=NONE)
    card = one_card(runs)
    policy = _policy(card, lifetime)
    notes = [_KEPT.format(lifetime)]
    if not policy.billed and rule_of(card.provider, card.model, {}) is None:
        notes.append(_FREE.format(card.provider))
    read = _reads(runs, policy)
    sent = runs.prompt - runs.tail
    # A call that nothing follows sets no breakpoint.
    alone = runs.overhead & runs.opens & np.append(runs.opens[1:], True)
    written = np.where((sent >= policy.minimum) & ~alone, np.maximum(sent - read, 0), 0)
    kept = {lifetime: written} if policy.billed else {}
    return runs.noted(*notes, read=read, written=kept, cache=lifetime)


def lifetimes(card: RateCard) -> tuple[str, ...]:
    """The lifetimes that a model's cache can have, shortest first; none if it publishes no rate.

    For a vendor that names none: five minutes and an hour, to try.
    """
    if card.rates["cached_input"] is None:
        return ()
    rule = rule_of(card.provider, card.model, {})
    return tuple(sorted(rule.lifetimes, key=rule.lifetimes.__getitem__)) if rule else ("5m", "1h")


def settled(runs: Runs) -> Runs:
    """Runs whose turns have changed, their cache modelled anew. Measured reads cannot be."""
    if runs.cache == MEASURED:
        raise ValueError(
            "reads from a cache were measured on the runs as they were: choose a cache before "
            'you change their turns, with_cache(runs, "5m") or with_cache(runs, "none")'
        )
    return with_cache(runs, runs.cache)


def with_pauses(runs: Runs, seconds: float, *, every: int = 10) -> Runs:
    """The runs with a pause after each `every` turns of a run: somebody reads, or has lunch.

    Raises ValueError for runs whose reads were measured: choose a cache first.
    """
    if seconds < 0 or every < 1:
        raise ValueError(f"seconds={seconds}, every={every}: give 0 or more, and at least 1")
    plausible("seconds", seconds, high=1e12)
    plausible("every", every, high=1e9)
    order = runs.by_time  # a pause holds up a run's children too
    pauses = np.where((runs.turn > 1) & ((runs.turn - 1) % every == 0), seconds, 0.0)
    total = np.cumsum(pauses)
    later = np.zeros(len(total))
    later[order] = total - np.repeat(total[runs.first[:-1]], runs.turns)
    return settled(replace(runs, seconds=runs.seconds + later))


def one_card(runs: Runs) -> RateCard:
    """The card of runs that have one; ValueError when they have several, or no price."""
    used = [runs.cards[code] for code in np.unique(runs.card)]
    if len(used) != 1:
        names = sorted(card if isinstance(card, str) else card.model for card in used)
        raise ValueError(
            f"these runs are of several cards ({', '.join(names)}): choose one with on_model first"
        )
    if isinstance(used[0], str):
        raise ValueError(f"no price is known for {used[0]!r}: choose a model with on_model first")
    return used[0]


def _policy(card: RateCard, lifetime: str) -> Policy:
    rule = rule_of(card.provider, card.model, {})
    if card.rates["cached_input"] is None:
        raise LookupError(f"{card.model!r} publishes no cached rate: it can have cache 'none' only")
    if rule is None:
        unit = {"m": 60, "h": 3_600}.get(lifetime[-1:])
        if unit is None or not lifetime[:-1].isdigit():
            raise LookupError(f"lifetime {lifetime!r} is not one such as '5m' or '1h'")
        return Policy(lifetime, int(lifetime[:-1]) * unit, _LEAST, 1, False)
    if lifetime not in rule.lifetimes:
        raise LookupError(
            f"lifetime {lifetime!r} is not one of {card.model}: choose "
            f"{' or '.join(map(repr, rule.lifetimes))}, or 'none'"
        )
    billed = card.rates.get(f"cache_write_{lifetime}") is not None
    ends = card.provider == "openai" and rule.match == "breakpoints"
    return Policy(lifetime, rule.lifetimes[lifetime], rule.minimum, rule.increment, billed, ends)


def _reads(runs: Runs, policy: Policy) -> np.ndarray:
    """The tokens that each turn reads: the longest prefix that an earlier one left alive."""
    opens = runs.opens
    prefix_end = runs.definitions + runs.prefix - runs.tail
    before = np.roll(runs.prompt, 1) - runs.tail  # what the turn before it in its thread sent
    same = np.where(runs.rewritten, np.minimum(prefix_end, np.roll(prefix_end, 1)), before)
    same = np.where(np.roll(runs.definitions, 1) == runs.definitions, same, 0)
    gap = np.diff(runs.seconds, prepend=0.0)
    alive = ~opens & (gap < policy.seconds)
    read = np.where(alive, np.minimum(same, runs.prompt), 0)
    if policy.ends:
        return _cut(read, policy)
    # Any thread of a run keeps the definitions alive for all of them.
    order = runs.by_time
    since = np.diff(runs.seconds[order], prepend=0.0)
    again = (np.diff(runs.run[order], prepend=-1) == 0) & (since < policy.seconds)
    shared = np.zeros(len(gap), np.int64)
    shared[order] = np.where(again, runs.definitions[order], 0)
    read = np.maximum(read, _cut(shared, policy))
    return _cut(read, policy)


def _cut(tokens: np.ndarray, policy: Policy) -> np.ndarray:
    """Nothing below the minimum; above it whole steps."""
    steps = tokens // policy.increment * policy.increment
    return np.where(tokens >= policy.minimum, steps, 0)
