"""The exercises of lesson 7, Prompt caching. Tokens, seconds, multiples of the input price."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence, Set
from fractions import Fraction
from functools import cache, partial
from itertools import pairwise
from typing import Any

import numpy as np

from costlib.exercises.framework import Design, Function
from costlib.exercises.inputs import NotAllowed, Pick
from costlib.exercises.values import Unreadable, items, number, show
from costlib.pricing.prices import role
from costlib.provider import connect, provider_of

# --- 7.1 The counters of five calls -------------------------------------------------------------

PREFIX = 6_000  # tokens, as the statement says
# Minutes after the first call, and which of two prompts: "other" begins with another word.
CALLS = ((0, "same"), (4, "same"), (8.5, "same"), (10, "other"), (14, "same"))


Counters = tuple[int, int]  # tokens read and written by a call


def _entries(
    calls: Sequence[tuple[float, str]], from_write: bool = False, shared: bool = False
) -> list[Counters]:
    """(read, written) of each call: the rule, or the rule misunderstood."""
    ends: dict[str, float] = {}
    found = []
    for minute, prompt in calls:
        prompt = "same" if shared else prompt
        hit = minute < ends.get(prompt, -math.inf)
        if not (hit and from_write):
            ends[prompt] = minute + 5
        found.append((PREFIX, 0) if hit else (0, PREFIX))
    return found


@cache
def _counted() -> tuple[Counters, ...]:
    """What the real SDK reports for such calls, each counter as a share of the prefix."""
    client = connect("anthropic")
    text = "Fees, limits and times of the bank, as they stand in the handbook. " * 80
    now, found = 0.0, list[Counters]()
    for minute, prompt in CALLS:
        provider_of(client).clock.advance(minutes=minute - now)
        now = minute
        used = client.messages.create(
            model=role("anthropic", "flagship"),
            max_tokens=20,
            system=[
                {
                    "type": "text",
                    "text": text if prompt == "same" else "Please note: " + text,
                    "cache_control": {"type": "ephemeral"},
                }
            ],
            messages=[{"role": "user", "content": f"Question {minute}?"}],
        ).usage
        read, written = used.cache_read_input_tokens or 0, used.cache_creation_input_tokens or 0
        found.append((PREFIX * (read > 0), PREFIX * (written > 0)))
    return tuple(found)


_FIVE = (
    (
        lambda: [(written, read) for read, written in _counted()],
        "Read and written are exchanged: what a call finds is read, what it leaves is written.",
    ),
    (
        lambda: _entries(CALLS, from_write=True),
        "You let the entry end five minutes after it was written: each read starts the time again.",
    ),
    (
        lambda: _entries(CALLS, shared=True),
        "One call begins with another word: from the first difference on nothing is the same "
        "prefix, so it finds nothing, and it refreshes nothing either.",
    ),
    (
        lambda: [*_counted()[:4], (PREFIX, 0)],
        "The last call comes too late: the call before it used another prompt and did not refresh "
        "this entry.",
    ),
    (
        lambda: [(0, PREFIX), *[(PREFIX, 0)] * 4],
        "Not all later calls find the entry: look at how they begin, and at the minutes between.",
    ),
    (
        lambda: [(PREFIX, PREFIX) if r else (0, w) for r, w in _counted()],
        "What is read is not written again: a refresh is free.",
    ),
    (
        lambda: [(0, 0) if w else (r, w) for r, w in _counted()],
        "A call that finds nothing writes its prefix, since the breakpoint asks for it.",
    ),
)


def _pairs(answer: Any) -> list[tuple[float, float]]:
    pairs = items(answer)
    if pairs is None or len(pairs) != len(CALLS):
        raise Unreadable("Five pairs are wanted: `[(read, written), ...]`, one for each call.")
    found = []
    for i, pair in enumerate(pairs, start=1):
        parts = items(pair)
        if parts is None or len(parts) != 2:
            raise Unreadable(f"Call {i}: a pair is wanted, `(read, written)`, not {show(pair)}.")
        found.append((number(parts[0]), number(parts[1])))
    return found


def _five_calls(answer: Any) -> str:
    pairs, right = _pairs(answer), list(_counted())
    if pairs == right:
        return ""
    for mistake, message in _FIVE:
        if pairs == list(mistake()):
            return message
    wrong = next(i for i, (got, want) in enumerate(zip(pairs, right, strict=True)) if got != want)
    if pairs[wrong] == (0, 0):
        return (
            f"Call {wrong + 1} neither reads nor writes in your answer. A call that finds nothing "
            "leaves an entry of its own, whatever it begins with."
        )
    if not set(pairs[wrong]) <= {0, PREFIX}:
        return (
            f"Call {wrong + 1}: a call reads all {PREFIX:,} tokens of the prefix or none, and "
            "writes all or none. A counter has tokens, not what they cost."
        )
    return (
        f"Call {wrong + 1} is the first that is not so. Was the same prefix used less than five "
        "minutes before it?"
    )


FIVE_CALLS = Design(
    id="7.1",
    validate=_five_calls,
    explanation="An entry lives five minutes from its last use, and only for the very same prefix.",
    hints=(
        "For each call ask: does it begin as an earlier one did, and when was that last used?",
        "A call that reads the entry also refreshes it; one with another beginning does neither.",
        "What finds the entry has all the prefix in `read` and 0 in `written`; the rest the "
        "other way round.",
    ),
    # 0:00 writes; 4:00 reads; 8:30 reads, 4.5 min after the last use; 10:00 another prompt
    # writes its own; 14:00 is 5.5 min after 8:30
    right=(
        [(0, 6000), (6000, 0), (6000, 0), (0, 6000), (0, 6000)],
        np.array([(0, 6000), (6000, 0), (6000, 0), (0, 6000), (0, 6000)]),
    ),
    wrong=(
        ([(6000, 0), (0, 6000), (0, 6000), (6000, 0), (6000, 0)], "exchanged"),
        ([(0, 6000), (6000, 0), (0, 6000), (0, 6000), (0, 6000)], "each read starts"),
        ([(0, 6000), (6000, 0), (0, 6000), (0, 6000), (6000, 0)], "Call 3 is the first"),
        ([(0, 6000), (6000, 0), (6000, 0), (6000, 0), (6000, 0)], "first difference"),
        ([(0, 6000), (6000, 0), (6000, 0), (0, 6000), (6000, 0)], "too late"),
        ([(0, 6000), (6000, 6000), (6000, 6000), (0, 6000), (0, 6000)], "not written again"),
        ([(0, 0), (6000, 0), (6000, 0), (0, 0), (0, 0)], "writes its prefix"),
        ([(0, 6000), (6000, 0), (6000, 0), (0, 0), (0, 6000)], "Call 4 neither reads nor writes"),
        ([(0, 7500), (6000, 0), (6000, 0), (0, 7500), (0, 7500)], "Call 1: a call reads all 6,000"),
        ([(0, 6000), (6000, 0), (6000, 0), (5999, 1), (0, 6000)], "Call 4: a call reads all 6,000"),
    ),
)

# --- 7.2 The order of a prompt ------------------------------------------------------------------

# How often each piece changes, least often first: 0 never, then by day, customer, turn, request.
PIECES = {
    "tools": (0, 1_800),
    "handbook": (0, 4_200),
    "examples": (0, 900),
    "news of the day": (1, 300),
    "customer profile": (2, 400),
    "history": (3, 1_100),
    "question": (4, 30),
}
_CHANGES = ("never", "once a day", "with the customer", "with each turn", "with each request")


def _order(answer: Any) -> str:
    given = items(answer)
    if given is None:
        raise Unreadable("A list of names is wanted, in the order in which they are sent.")
    names = _known(given, tuple(PIECES), "pieces")
    return _not_the_pieces(names) or _not_by_change(names)


def _known(given: Sequence[Any], names: Sequence[str], what: str) -> list[str]:
    """The names given, in small letters. Raises `Unreadable` for one that the statement has not."""
    found = [str(each).strip().strip("().").casefold() for each in given]
    for each, name in zip(given, found, strict=True):
        if name not in names:
            raise Unreadable(f"{show(each)} is none of the {what}: {', '.join(names)}.")
    return found


def _not_the_pieces(names: Sequence[str]) -> str:
    """Why these names are not all of the pieces, once each, or ""."""
    if len(set(names)) < len(names):
        return "A piece stands there twice: each is sent once."
    missing = [name for name in PIECES if name not in names]
    return f"{missing[0].capitalize()} is missing: all of it must be sent." if missing else ""


def _not_by_change(names: Sequence[str]) -> str:
    """What the order spoils, or ""."""
    if names[0] != "tools":
        return (
            "The API reads tools first, whatever you do: the order is tools, system text, messages."
        )
    for earlier, later in pairwise(names):
        (often, _), (seldom, rest) = PIECES[earlier], PIECES[later]
        if often > seldom:
            return (
                f"{earlier.capitalize()} changes {_CHANGES[often]} and stands before "
                f"{later}, which changes {_CHANGES[seldom]}: whenever the first changes, the "
                f"{rest:,} tokens of the second are no longer a known prefix."
            )
    return ""


ORDER = Design(
    id="7.2",
    validate=_order,
    explanation="What changes least often stands first, so that each change spoils only what "
    "changes at least as often. Pieces that change alike may stand in any order.",
    hints=(
        "A change spoils everything behind it. So what may stand behind?",
        "Sort the pieces by how often they change, least often first.",
        "Tools come first in any case, and the question, new each time, comes last.",
    ),
    right=(
        ["tools", "handbook", "examples", "news of the day", "customer profile", "history",
         "question"],
        ("Tools", "examples", "handbook", "news of the day", "customer profile", "history",
         "question"),
    ),
    wrong=(
        (["question", "tools", "handbook", "examples", "news of the day", "customer profile",
          "history"], "tools first"),
        (["tools", "news of the day", "handbook", "examples", "customer profile", "history",
          "question"], "News of the day changes once a day and stands before handbook"),
        (["tools", "handbook", "examples", "customer profile", "news of the day", "history",
          "question"], "Customer profile changes with the customer"),
        (["tools", "handbook", "examples", "news of the day", "history", "customer profile",
          "question"], "History changes with each turn"),
        (["tools", "handbook", "examples", "news of the day", "customer profile", "question",
          "history"], "Question changes with each request"),
        (["tools", "handbook", "question"], "Examples is missing"),
        (["tools", "tools", "handbook", "examples", "news of the day", "customer profile",
          "history", "question"], "twice"),
    ),
)  # fmt: skip

# --- 7.3 Break-even in reuses -------------------------------------------------------------------


def _ratio(read: float, write: float) -> Fraction:
    """The premium of a write over what a reuse saves, by the numbers as they are written."""
    return (Fraction(str(write)) - 1) / (1 - Fraction(str(read)))


def _reuses(read: float, write: float) -> int:
    return max(1, math.floor(_ratio(read, write)) + 1)


def _by_trying(read: float, write: float) -> int:
    reuses = 1
    while round(write + reuses * read, 6) >= 1 + reuses:
        reuses += 1
    return reuses


def _unrounded(read: float, write: float) -> int:
    reuses = 1
    while write + reuses * read >= 1 + reuses:
        reuses += 1
    return reuses


def _any_prices(pick: Pick) -> tuple[float, float]:
    read = pick.amount(0, 0.95, 2)
    even = round(1 + pick.whole(0, 6) * (1 - read), 2)  # where both cost the same
    return read, pick.one_of((even, pick.amount(1, 4, 2)))


REUSES = Function(
    id="7.3",
    expected=_reuses,
    draw=_any_prices,
    # Both cost the same, and floats say otherwise, this way or that; and more than 100 reuses.
    edges=(
        *((0.9, 3.11), (0.95, 3.3), (0.87, 2.69), (0.1, 1.9), (0.025, 2)),
        *((0.99, 3), (0.995, 7), (0.5, 600)),
        (0.998, 1.003),  # apart by less than a hundredth
    ),
    by_hand=(
        # 1.25 + 0.05 = 1.30 against 2
        ((0.05, 1.25), 1),
        # 2.05 against 2 is dearer; 2.10 against 3 is cheaper
        ((0.05, 2), 2),
        # 2 + 2 x 0.5 = 3 against 3: no cheaper yet
        ((0.5, 2), 3),
        # free reads: 2 against 2 after one, against 3 after two
        ((0, 2), 2),
    ),
    misconceptions=(
        (
            lambda read, write: _reuses(read, write) + 1,
            "You counted the request that writes as well: a reuse is one that comes after it.",
        ),
        (
            lambda read, write: max(1, math.ceil(_ratio(read, write))),
            "Where both cost the same, caching is not cheaper yet: one more reuse is needed.",
        ),
        (
            lambda read, write: math.ceil((write - 1) / (1 - read)),
            "Where both cost the same, caching is not cheaper yet: one more reuse is needed.",
        ),
        (
            lambda read, write: max(1, math.ceil((write - 1) / (1 - read))),
            "Where both cost the same, caching is not cheaper yet: one more reuse is needed.",
        ),
        (
            lambda read, write: (write - 1) / (write - read),
            "That is the hit rate from which a cache pays: count reuses of one write instead.",
        ),
        (
            _unrounded,
            "Your comparison takes equal costs for different ones, because computed fractions are "
            "not exact: `round(..., 6)` both costs first.",
        ),
        (
            lambda read, write: _reuses(0, write),
            "A read is not free: it costs `read` of what the tokens would have cost.",
        ),
        (
            lambda read, write: math.floor(_ratio(read, write) + 1 / (1 - Fraction(str(read)))) + 1,
            "Without a cache the first request is paid as well: only what writing costs *more* "
            "than that must come back.",
        ),
        *(
            (
                lambda read, write, least=least: max(least, float(_ratio(read, write))),
                "Reuses come whole: give the smallest whole number from which caching is cheaper.",
            )
            for least in (0, 1)
        ),
        (
            lambda read, write: max(1, math.ceil((write - 1) / read)) if read else 1,
            "A reuse saves the difference between the ordinary price and a read, not a read.",
        ),
        *(
            (
                wrong,
                "The computer's own rounding makes 0.9999999999999998 of a division that gives 1: "
                "`round(..., 6)` first.",
            )
            for wrong in (
                lambda read, write: max(1, math.floor((write - 1) / (1 - read)) + 1),
                lambda read, write: max(1, int((write - 1) // (1 - read)) + 1),
            )
        ),
    ),
    explanation="The premium of the write, divided by what each reuse saves, and then the next "
    "whole number.",
    tolerance=0,
    hints=(
        "What do a write and n reads cost, and what do as many ordinary requests cost?",
        "With ordinary input at 1, a write costs `write - 1` more, and each reuse saves "
        "`1 - read`. How many reuses save more than the write adds?",
        "A loop that tries one reuse after the other is as good as a formula. Where both cost the "
        "same, go on; `round(..., 6)` keeps the computer's own rounding out of that comparison.",
    ),
    right=(_reuses, _by_trying,
           lambda read, write: max(1, math.floor(round((write - 1) / (1 - read), 6)) + 1)),
)  # fmt: skip

# --- 7.4 A lifetime for a trace -----------------------------------------------------------------

Lifetimes = Mapping[str, tuple[float, float]]
LIFETIMES: Lifetimes = {"5m": (300, 1.25), "1h": (3_600, 2.0)}
ORDINARY = "none"


def _in_numpy(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    gaps = np.diff(times)
    best, least = ORDINARY, float(len(times))
    for name, (seconds, write) in lifetimes.items():
        hits = int((gaps < seconds).sum())
        cost = read * hits + write * (len(times) - hits)
        if cost < least - 1e-9:
            best, least = name, cost
    return best


def _paid(times: Sequence[float], read: Any, seconds: float, write: Any) -> Any:
    """Gap by gap."""
    gaps = [later - earlier for earlier, later in pairwise(times)]
    return write + sum(read if gap < seconds else write for gap in gaps)


def _choose(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    costs: dict[str, float] = {ORDINARY: len(times)}
    costs |= {name: _paid(times, read, *terms) for name, terms in lifetimes.items()}
    return min(costs, key=costs.__getitem__)


def _choose_fixed(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    """As if a read did not refresh."""
    costs = {ORDINARY: float(len(times))}
    for name, (seconds, write) in lifetimes.items():
        end, cost = -math.inf, 0.0
        for now in times:
            hit = now < end
            cost += read if hit else write
            end = end if hit else now + seconds
        costs[name] = cost
    return min(costs, key=costs.__getitem__)


def _most_reads(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    return max(lifetimes, key=lambda name: lifetimes[name][0])


def _cheapest_write(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    return min(lifetimes, key=lambda name: lifetimes[name][1])


def _never_none(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    return min(lifetimes, key=lambda name: float(_paid(times, read, *lifetimes[name])))


def _first_is_free(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    """Pays for the gaps alone."""
    costs: dict[str, float] = {ORDINARY: len(times)}
    for name, (seconds, write) in lifetimes.items():
        costs[name] = sum(read if b - a < seconds else write for a, b in pairwise(times))
    return min(costs, key=costs.__getitem__)


def _none_last(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    """Takes a lifetime that costs as much as ordinary input."""
    best = _never_none(times, read, lifetimes)
    return best if _paid(times, read, *lifetimes[best]) <= len(times) else ORDINARY


def _last_of_equal(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    costs: dict[str, float] = {ORDINARY: len(times)}
    costs |= {name: _paid(times, read, *terms) for name, terms in lifetimes.items()}
    return min(reversed(costs), key=costs.__getitem__)


def _sums(
    times: Sequence[float],
    read: float,
    lifetimes: Lifetimes,
    *,
    first: Callable[[float, float], float] = lambda read, write: write,
    late: Callable[[float], float] = lambda write: write,
    since: Callable[[Sequence[float]], Iterable[tuple[float, float]]] = pairwise,
) -> str:
    """The cheapest, each keyword one way to get a lifetime's sum wrong."""
    costs: dict[str, float] = {ORDINARY: len(times)}
    for name, (seconds, write) in lifetimes.items():
        gaps = [later - earlier for earlier, later in since(times)]
        costs[name] = first(read, write)
        costs[name] += sum(read if gap < seconds else late(write) for gap in gaps)
    return min(costs, key=costs.__getitem__)


def _by_mean_gap(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    gap = (times[-1] - times[0]) / max(1, len(times) - 1)
    fitting = [name for name in lifetimes if gap < lifetimes[name][0]]
    return min(fitting, key=lambda name: lifetimes[name][0]) if fitting else ORDINARY


def _at_the_end(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    """As if an entry still served at the very end of its lifetime."""
    longer = {name: (seconds + 0.5, write) for name, (seconds, write) in lifetimes.items()}
    return _choose(times, read, longer)


def _any_trace(pick: Pick) -> tuple[list[int], float, Lifetimes]:
    names = iter(pick.shuffled(("5m", "1h", "30m", "24h")))

    def lifetime() -> tuple[str, tuple[float, float]]:
        return next(names), (pick.one_of((300, 3_600, 60, 1_800)), pick.whole(4, 10) / 4)

    lifetimes = dict(pick.some(lifetime, 1, 3))
    lasts = [int(seconds) for seconds, _ in lifetimes.values()]
    usual = pick.one_of((*lasts, 3_700))

    def gap() -> int:
        return pick.one_of((usual - 1, usual, usual, pick.whole(0, 400), pick.whole(0, 4_000)))

    times = [pick.whole(0, 99)]
    for each in pick.some(gap, 0, 12):
        times.append(times[-1] + each)
    read = pick.one_of((0.1, 0.0, 0.25, 0.05, 0.5, 1.0))
    exact = [
        _paid(times, Fraction(str(read)), seconds, Fraction(write))
        for seconds, write in lifetimes.values()
    ]
    first, second = sorted([*exact, len(times)])[:2]
    if first == second and read * 4 % 1:  # equal sums that floats may take for different
        raise NotAllowed
    return times, read, lifetimes


CHOOSE = Function(
    id="7.4",
    expected=_choose,
    draw=_any_trace,
    draws=300,
    by_hand=(
        # every 250 s: 5m writes once and reads twice, 1.25 + 0.2 = 1.45; 1h 2.2; none 3
        (([0, 250, 500], 0.1, LIFETIMES), "5m"),
        # every 20 minutes: 5m 3.75; 1h 2.2; none 3
        (([0, 1_200, 2_400], 0.1, LIFETIMES), "1h"),
        # every 2 hours nothing is ever read
        (([0, 7_200, 14_400], 0.1, LIFETIMES), "none"),
        (([0], 0.1, LIFETIMES), "none"),
        # 300 s is not less than 300 s: 5m 2.5, 1h 2.1, none 2
        (([0, 300], 0.1, LIFETIMES), "none"),
        # with free writes and reads at the full price all cost 2: then "none"
        (([0, 9], 1.0, {"5m": (300, 1.0)}), "none"),
        # 1h 1.75 + 2 x 0.25 and 5m 2 x 1.0 + 0.25 are both 2.25, and none 3: the first
        (([0, 100, 500], 0.25, {"1h": (3_600, 1.75), "5m": (300, 1.0)}), "1h"),
        (([0, 100, 500], 0.25, {"5m": (300, 1.0), "1h": (3_600, 1.75)}), "5m"),
    ),
    misconceptions=(
        (
            _choose_fixed,
            "You let an entry end a fixed time after it was written: each read refreshes it.",
        ),
        (
            _most_reads,
            "The longest lifetime reads most, but its write costs more: compare the sums.",
        ),
        (
            _cheapest_write,
            "The cheapest write is not the cheapest lifetime: it may have to be paid again and "
            "again.",
        ),
        (
            _never_none,
            'Sometimes no caching is cheapest: writes that nobody reads cost more than none. '
            'Then the answer is "none".',
        ),
        (
            _at_the_end,
            "A request that comes exactly a lifetime later finds nothing: it must come sooner.",
        ),
        (
            _first_is_free,
            "The first request has none before it, and it writes: you paid for all but it.",
        ),
        (
            _none_last,
            'Where ordinary input costs no more than the cheapest lifetime, the answer is "none".',
        ),
        (
            _last_of_equal,
            'Of equal costs the first is wanted, and "none" comes before every lifetime.',
        ),
        (
            partial(_sums, since=lambda times: [(times[0], each) for each in times[1:]]),
            "You measured from the first request: each read refreshes the entry, so the request "
            "before counts.",
        ),
        (
            partial(_sums, first=lambda read, write: read),
            "The first request finds nothing: it pays for a write, not for a read.",
        ),
        (
            partial(_sums, since=lambda times: [(0, 0)] * (len(times) - 1)),
            "You let an entry live for ever: after a gap as long as its lifetime it is written "
            "again.",
        ),
        *(
            (
                partial(_sums, late=late),
                "A request that comes too late pays for a write, as the first one does.",
            )
            for late in (lambda write: 0.0, lambda write: 1.0)
        ),
        (
            _by_mean_gap,
            "The mean gap hides the shape: a burst and a pause are another trace than an even "
            "stream. Go through the requests one by one.",
        ),
    ),
    explanation="The gaps decide: what is shorter than a lifetime is read, what is longer is "
    "written again, and the sum says which is cheapest.",
    hints=(
        "For one lifetime: go through the times; which requests read, and which write?",
        "The gap to the request before decides; the first request has none, and writes.",
        'Add up the prices of reads and writes for each lifetime, and compare with ordinary input, '
        'which is "none".',
    ),
    right=(_choose, _in_numpy),
)  # fmt: skip

# --- 7.5 Where to put the breakpoints -----------------------------------------------------------

PLACES = ("tools", "handbook", "profile", "history", "question")


def _text(what: str, copies: int) -> str:
    return f"This is {what}, which says what it says. " * copies


def _request(customer: str, turns: int, marks: Sequence[str]) -> dict[str, Any]:
    """A request of the assistant: the customer's turn number `turns`, marked at `marks`."""

    def at(place: str, block: dict[str, Any]) -> dict[str, Any]:
        return block | ({"cache_control": {"type": "ephemeral"}} if place in marks else {})

    schema = {"type": "object", "properties": {"account": {"type": "string"}}}
    tools = [
        {"name": f"tool_{i}", "description": _text(f"tool {i}", 12), "input_schema": schema}
        for i in range(3)
    ]
    tools[-1] = at("tools", tools[-1])
    system = [
        at("handbook", {"type": "text", "text": _text("the handbook", 120)}),
        at("profile", {"type": "text", "text": _text(f"the profile of {customer}", 40)}),
    ]
    messages = []
    for turn in range(turns):
        last = turn == turns - 1
        block = {"type": "text", "text": _text(f"question {turn} of {customer}", 30)}
        messages.append({"role": "user", "content": [at("question", block) if last else block]})
        if not last:
            reply = {"type": "text", "text": _text(f"answer {turn} to {customer}", 30)}
            reply = at("history", reply) if turn == turns - 2 else reply
            messages.append({"role": "assistant", "content": [reply]})
    return {
        "model": role("anthropic", "flagship"),
        "max_tokens": 20,
        "tools": tools,
        "system": system,
        "messages": messages,
    }


@cache
def _reads(marks: tuple[str, ...]) -> tuple[int, ...]:
    """Tokens read by the next turn, by a new conversation of the customer, by another customer."""
    found = []
    for later in (("Ann", 3), ("Ann", 1), ("Bob", 1)):
        client = connect("anthropic")
        client.messages.create(**_request("Ann", 2, marks))
        found.append(
            client.messages.create(**_request(*later, marks)).usage.cache_read_input_tokens
        )
    return tuple(found)


_MISSED = (
    (
        "The next turn of a conversation does not read what the turn before it sent: mark the end "
        "of each request too."
    ),
    (
        "A new conversation of the same customer does not read the profile: what follows it is "
        "different, so a breakpoint must stand at its end."
    ),
    (
        "Another customer does not read all of tools and handbook: a breakpoint must stand at the "
        "end of the last block that is the same for everybody."
    ),
)


def _places(answer: Any) -> str:
    given = items(list(answer) if isinstance(answer, Set) else answer)
    if given is None:
        raise Unreadable('A list of places is wanted, such as `["tools", "question"]`.')
    marks = tuple(sorted(set(_known(given, PLACES, "places")), key=PLACES.index))
    if len(marks) > 4:
        return "More than four breakpoints are refused with an error: leave one out."
    best, got = _reads(("handbook", "profile", "question")), _reads(marks)
    missed = [i for i in (2, 1, 0) if got[i] < best[i]]  # what most requests share comes first
    return _MISSED[missed[0]] if missed else ""


BREAKPOINTS = Design(
    id="7.5",
    validate=_places,
    explanation="A breakpoint stands at the end of each part that somebody shares: all customers, "
    "all conversations of one customer, all turns of one conversation.",
    hints=(
        "Three kinds of later request share a beginning with this one. Where does each stop being "
        "the same?",
        "Put a breakpoint at the end of the last block that such a request has in common.",
        "A place further in front is no help: less is read. At most four are allowed.",
    ),
    right=(
        ["handbook", "profile", "question"],
        ["tools", "handbook", "profile", "question"],
        frozenset({"question", "profile", "handbook"}),
    ),
    wrong=(
        (["question"], "Another customer"),
        (["tools", "question"], "Another customer"),
        (["handbook", "question"], "A new conversation"),
        (["handbook", "profile"], "The next turn"),
        (["profile", "question"], "Another customer"),
        (list(PLACES), "refused"),
    ),
)

# --- 7.6 A threshold under an error rate --------------------------------------------------------


Seen = Callable[[list[tuple[float, bool]]], list[tuple[float, bool]]]
_TOGETHER = (
    "You count equal similarities one by one: a threshold lets in all of them together, so look at "
    "the rate only after the last of them."
)


def _hits(cosines: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[int, int]:
    chosen = [r for c, r in zip(cosines, right, strict=True) if c >= threshold]
    return len(chosen), sum(not r for r in chosen)


def _lowest(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    good = [t for t in set(cosines) if _holds(t, cosines, right, most)]
    return min(good, default=math.inf)


def _holds(threshold: float, cosines: Sequence[float], right: Sequence[bool], most: float) -> bool:
    hits, wrong = _hits(cosines, right, threshold)
    return wrong <= most * hits


def _first_break(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    """Goes down until the rate breaks once, and stops there."""
    best = math.inf
    for threshold in sorted(set(cosines), reverse=True):
        hits, wrong = _hits(cosines, right, threshold)
        if wrong > most * hits:
            break
        best = threshold
    return best


def _of_all(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    good = [t for t in set(cosines) if _hits(cosines, right, t)[1] <= most * len(cosines)]
    return min(good, default=math.inf)


def _none_wrong(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    worst = max((c for c, r in zip(cosines, right, strict=True) if not r), default=-1)
    return min((c for c in cosines if c > worst), default=math.inf)


def _without_ties(
    cosines: Sequence[float], right: Sequence[bool], most: float, least: int = 0
) -> float:
    """Counts as hits only what is above the threshold; `least` hits it must have."""

    def above(threshold: float) -> list[bool]:
        return [r for c, r in zip(cosines, right, strict=True) if c > threshold]

    found = {t: above(t) for t in cosines}
    good = [
        t
        for t, hits in found.items()
        if hits.count(False) <= most * len(hits) and len(hits) >= least
    ]
    return min(good, default=math.inf)


def _below(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    """Wants less than the share to be wrong."""
    found = {t: _hits(cosines, right, t) for t in cosines}
    return min((t for t, (hits, wrong) in found.items() if wrong < most * hits), default=math.inf)


def _one_by_one(cosines: Sequence[float], right: Sequence[bool], most: float, seen: Seen) -> float:
    """Counts the questions from the most similar on, and looks at the rate after each."""
    best, wrong = math.inf, 0
    for hits, (cosine, good) in enumerate(seen(list(zip(cosines, right, strict=True))), start=1):
        wrong += not good
        best = cosine if wrong <= most * hits else best
    return best


def _right_first(pairs: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    return sorted(pairs, reverse=True)


def _as_they_come(pairs: list[tuple[float, bool]]) -> list[tuple[float, bool]]:
    return sorted(pairs, key=lambda pair: -pair[0])


def _wrong_over_right(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    found = {t: _hits(cosines, right, t) for t in cosines}
    good = [t for t, (hits, wrong) in found.items() if wrong <= most * (hits - wrong)]
    return min(good, default=math.inf)


def _at_right_ones(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    tried = [c for c, r in zip(cosines, right, strict=True) if r]
    return min((t for t in tried if _holds(t, cosines, right, most)), default=math.inf)


def _highest(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    good = [t for t in set(cosines) if _holds(t, cosines, right, most)]
    return max(good, default=math.inf)


def _vector(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    """Sorted, cumulated; equal similarities are hits together."""
    order = np.argsort(-np.array(cosines), kind="stable")
    sorted_, wrong = np.array(cosines)[order], np.cumsum(~np.array(right, dtype=bool)[order])
    last = np.append(sorted_[1:] != sorted_[:-1], True)
    good = np.flatnonzero((wrong <= most * np.arange(1, len(order) + 1)) & last)
    return float(sorted_[good[-1]]) if good.size else math.inf


def _any_likeness(pick: Pick) -> tuple[list[float], list[bool], float]:
    pairs = pick.some(lambda: (pick.whole(0, 10) / 10, pick.yes()), 0, 16)
    most = pick.one_of((0.25, 0.0, 0.5, 0.1, 0.2, 0.05, 1.0))
    return [cosine for cosine, _ in pairs], [good for _, good in pairs], most


THRESHOLD = Function(
    id="7.6",
    expected=_lowest,
    draw=_any_likeness,
    draws=250,
    by_hand=(
        # at 0.7 one of four hits is wrong, at 0.6 two of five
        (([0.9, 0.8, 0.8, 0.7, 0.6], [True, True, True, False, False], 0.25), 0.7),
        # 0.8 breaks the rate with one of two; at 0.6 it is one of four, and holds again
        (([0.9, 0.8, 0.7, 0.6], [True, False, True, True], 0.25), 0.6),
        (([0.9, 0.8], [False, False], 0.4), math.inf),
        (([], [], 0.4), math.inf),
        (([0.83174], [True], 0.1), 0.83174),
        # one of 120 is less than a hundredth of 0.9
        (([0.5] * 120, [False] + [True] * 119, 0.9), 0.5),
    ),
    tolerance=1e-9,
    misconceptions=(
        (
            _first_break,
            "You stopped where the rate broke first. It may rise and fall again as the threshold "
            "falls: try all, and take the lowest that holds.",
        ),
        (
            _of_all,
            "You keep the wrong ones below that share of all questions: it must hold of the hits, "
            "since only they are answered.",
        ),
        (_none_wrong, "You allow no wrong answer at all: some are permitted."),
        (
            _without_ties,
            "You left out the questions whose similarity is the threshold itself: they are hits.",
        ),
        (
            lambda cosines, right, most: _without_ties(cosines, right, most, least=1),
            "You left out the questions whose similarity is the threshold itself: they are hits.",
        ),
        (
            _below,
            "You want less than that share to be wrong: exactly that share is allowed too.",
        ),
        (
            lambda cosines, right, most: _one_by_one(cosines, right, most, _right_first),
            _TOGETHER,
        ),
        (
            lambda cosines, right, most: _one_by_one(cosines, right, most, _as_they_come),
            _TOGETHER,
        ),
        (
            lambda cosines, right, most: _lowest(cosines, [not r for r in right], most),
            "You limit the hits that are right: the share is of those that are wrong.",
        ),
        (
            _wrong_over_right,
            "You divided the wrong hits by the right ones: the share is of all hits.",
        ),
        (
            _at_right_ones,
            "You tried only similarities whose hit is right: any of them may be the threshold.",
        ),
        *(
            (
                lambda *args, none=none: none if math.isinf(found := _lowest(*args)) else found,
                "Where no threshold holds, give `math.inf`: at any number something may be a hit.",
            )
            for none in (1.0, 0.0, -math.inf, None)
        ),
        (_highest, "You took the highest threshold that holds: the lowest gives most hits."),
        (
            lambda cosines, right, most: min(cosines, default=math.inf),
            "You take every question for a hit: look at how many of the hits are wrong.",
        ),
    ),
    explanation="Of all thresholds that keep the rate, the lowest gives most hits.",
    hints=(
        "Each similarity that occurs is a candidate. What are its hits, and how many are wrong?",
        "The rate is wrong hits divided by hits, not by all questions.",
        "Go through all candidates and keep the lowest that holds; give `math.inf` when none does.",
    ),
    right=(_lowest, _vector),
)

# --- 7.7 Name the cause -------------------------------------------------------------------------

# For each log of the lesson the cause, and what in the log speaks against any other.
LOGS = (
    ("c", "The hashes of log 1 differ, and a minute is no lifetime: look at the prefix itself."),
    ("b", "Log 2 writes nothing although the prompt is long: nobody asked for an entry."),
    ("e", "The second call of log 3 was sent before the first was answered."),
    ("a", "Log 4 is short. Compare its input with the table of section 1."),
    ("b", "Log 5 writes nearly its whole prompt, the question too: where does what it writes end?"),
    ("d", "The hashes of log 6 agree. Compare the minutes with the table of section 1."),
)
CAUSES = ("a", "b", "c", "d", "e")


def _named(answer: Any) -> str:
    given = items(answer)
    if given is None or len(given) != len(LOGS):
        raise Unreadable(f'A list of {len(LOGS)} letters is wanted, such as `["a", "b", ...]`.')
    for name, (cause, against) in zip(_known(given, CAUSES, "causes"), LOGS, strict=True):
        if name != cause:
            return against
    return ""


NAME_THE_CAUSE = Design(
    id="7.7",
    validate=_named,
    explanation="Hash, minutes, length and what is written tell the causes apart: log them with "
    "every call.",
    hints=(
        "First the hash: do both calls begin alike? Only then do the minutes matter.",
        "Both counters at 0: is the prompt long enough, or did nobody ask for an entry?",
        "OpenAI puts a breakpoint at the very end when you set none.",
    ),
    right=(["c", "b", "e", "a", "b", "d"], ("C", "b", "e", "a", "b", "d")),
    wrong=(
        (["d", "b", "e", "a", "b", "d"], "hashes of log 1 differ"),
        (["c", "a", "e", "a", "b", "d"], "Log 2 writes nothing"),
        (["c", "b", "d", "a", "b", "d"], "before the first was answered"),
        (["c", "b", "e", "b", "b", "d"], "Log 4 is short"),
        (["c", "b", "e", "a", "c", "d"], "Log 5 writes nearly its whole prompt"),
        (["c", "b", "e", "a", "b", "c"], "hashes of log 6 agree"),
    ),
)

EXERCISES = (FIVE_CALLS, ORDER, REUSES, CHOOSE, BREAKPOINTS, THRESHOLD, NAME_THE_CAUSE)
