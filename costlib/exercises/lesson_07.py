"""The exercises of lesson 7, Prompt caching. Tokens, seconds, multiples of the input price."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from random import Random
from typing import Any

import numpy as np

from costlib.caching.multiples import reuses_to_pay
from costlib.caching.replays import one_prefix, replay
from costlib.exercises.framework import Design, Function, Unreadable, call, number
from costlib.exercises.values import show
from costlib.pricing.prices import role
from costlib.provider import connect, provider_of

# --- 7.1 The counters of five calls -------------------------------------------------------------

PREFIX = 6_000  # tokens, as the statement says
# Minutes after the first call, and which of two prompts: "other" begins with another word.
CALLS = ((0, "same"), (4, "same"), (8.5, "same"), (10, "other"), (14, "same"))


def _entries(calls: Sequence[tuple[float, str]], from_write: bool = False, shared: bool = False):
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
def _counted() -> tuple[tuple[int, int], ...]:
    """What the real SDK reports for such calls, each counter as a share of the prefix."""
    client = connect("anthropic")
    text = "Fees, limits and times of the bank, as they stand in the handbook. " * 80
    now, found = 0.0, []
    for minute, prompt in CALLS:
        provider_of(client).clock.advance(minutes=minute - now)
        now = minute
        marked = {"type": "text", "text": text, "cache_control": {"type": "ephemeral"}}
        if prompt == "other":
            marked["text"] = "Please note: " + text
        asked = [{"role": "user", "content": f"Question {minute}?"}]
        used = client.messages.create(
            model=role("anthropic", "flagship"), max_tokens=20, system=[marked], messages=asked
        ).usage
        found.append(
            (
                PREFIX * (used.cache_read_input_tokens > 0),
                PREFIX * (used.cache_creation_input_tokens > 0),
            )
        )
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


def _pairs(answer: Any) -> list[tuple[float, float]] | None:
    if not isinstance(answer, Sequence | np.ndarray) or isinstance(answer, str) or len(answer) != 5:
        raise Unreadable("Five pairs are wanted: `[(read, written), ...]`, one for each call.")
    if all(pair is ... or pair is None for pair in answer):
        return None
    pairs = []
    for i, pair in enumerate(answer, start=1):
        if not isinstance(pair, Sequence | np.ndarray) or isinstance(pair, str) or len(pair) != 2:
            raise Unreadable(f"Call {i}: a pair is wanted, `(read, written)`, not {show(pair)}.")
        if all(part is ... for part in pair):
            return None
        pairs.append((number(pair[0]), number(pair[1])))
    return pairs


def _five_calls(answer: Any) -> tuple[bool | None, str]:
    pairs = _pairs(answer)
    if pairs is None:
        return None, ""
    right = list(_counted())
    if pairs == right:
        return True, ""
    for mistake, message in _FIVE:
        if pairs == list(mistake()):
            return False, message
    wrong = [i for i, (got, want) in enumerate(zip(pairs, right, strict=True), 1) if got != want]
    if pairs[wrong[0] - 1] == (0, 0):
        return False, (
            f"Call {wrong[0]} neither reads nor writes in your answer. A call that finds nothing "
            "leaves an entry of its own, whatever it begins with."
        )
    return False, (
        f"Call {wrong[0]} is the first that is not so. Was the same prefix used less than five "
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


def _order(answer: Any) -> tuple[bool | None, str]:
    if isinstance(answer, str) or not isinstance(answer, Sequence | np.ndarray):
        raise Unreadable("A list of names is wanted, in the order in which they are sent.")
    names = [str(name).strip().casefold() if name is not ... else ... for name in answer]
    if not names or all(name is ... for name in names):
        return None, ""
    unknown = [name for name in names if name not in PIECES]
    if unknown:
        raise Unreadable(f"{show(unknown[0])} is none of the pieces: {', '.join(PIECES)}.")
    if len(set(names)) < len(names):
        return False, "A piece stands there twice: each is sent once."
    missing = [name for name in PIECES if name not in names]
    if missing:
        return False, f"{missing[0].capitalize()} is missing: all of it must be sent."
    if names[0] != "tools":
        return False, (
            "The API reads tools first, whatever you do: the order is tools, system text, messages."
        )
    for earlier, later in pairwise(names):
        (often, _), (seldom, rest) = PIECES[earlier], PIECES[later]
        if often > seldom:
            return False, (
                f"{earlier.capitalize()} changes {_CHANGES[often]} and stands before "
                f"{later}, which changes {_CHANGES[seldom]}: whenever the first changes, the "
                f"{rest:,} tokens of the second are no longer a known prefix."
            )
    return True, ""


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


def _reuses(read: float, write: float) -> int:
    """By trying, in exact fractions."""
    read_, write_ = Fraction(str(read)), Fraction(str(write))
    reuses = 1
    while write_ + reuses * read_ >= 1 + reuses:
        reuses += 1
    return reuses


def _reuse_cases(rng: Random) -> list[tuple[float, float]]:
    return [(0.025, 2), (0.1, 1.25), (0.1, 2), (0.05, 2.5), (0.1, 1), (0.5, 2.5), (0.75, 2.5)] + [
        (rng.randrange(5, 90) / 100, rng.randrange(100, 400) / 100) for _ in range(6)
    ]


def _ratio(read: float, write: float) -> float:
    return (write - 1) / (1 - read)


REUSES = Function(
    id="7.3",
    expected=reuses_to_pay,
    cases=_reuse_cases,
    by_hand=(
        # 1.25 + 0.05 = 1.30 against 2
        ((0.05, 1.25), 1),
        # 2.05 against 2 is dearer; 2.10 against 3 is cheaper
        ((0.05, 2), 2),
        # 2 + 2 x 0.5 = 3 against 3: no cheaper yet
        ((0.5, 2), 3),
    ),
    misconceptions=(
        (
            lambda read, write: _reuses(read, write) + 1,
            "You counted the request that writes as well: a reuse is one that comes after it.",
        ),
        (
            lambda read, write: max(1, math.ceil(round(_ratio(read, write), 9))),
            "Where both cost the same, caching is not cheaper yet: one more reuse is needed.",
        ),
        (
            lambda read, write: max(1, math.ceil(round(write - 1, 9))),
            "A read is not free: it costs `read` of what the tokens would have cost.",
        ),
        (
            lambda read, write: max(1, math.floor(round(write / (1 - read), 9)) + 1),
            "Without a cache the first request is paid as well: only what writing costs *more* "
            "than that must come back.",
        ),
        (
            _ratio,
            "Reuses come whole: give the smallest whole number from which caching is cheaper.",
        ),
        (
            lambda read, write: max(1, math.ceil(round((write - 1) / read, 9))),
            "A reuse saves the difference between the ordinary price and a read, not a read.",
        ),
    ),
    explanation="The premium of the write, divided by what each reuse saves, and then the next "
    "whole number.",
    tolerance=0,
    hints=(
        "What do a write and n reads cost, and what do as many ordinary requests cost?",
        "Writing costs `write` less the price of ordinary input on top; each reuse brings back "
        "ordinary input less `read`. How often must it do so?",
        "A loop that tries one reuse after the other is as good as a formula. Where both cost the "
        "same, go on; `round(..., 9)` keeps the computer's own rounding out of that comparison.",
    ),
    right=(_reuses, reuses_to_pay,
           lambda read, write: max(1, math.floor(round((write - 1) / (1 - read), 9)) + 1)),
    wrong=(
        (lambda read, write: _reuses(read, write) + 1, "after it"),
        (lambda read, write: max(1, math.ceil(round(_ratio(read, write), 9))), "cost the same"),
        (lambda read, write: max(1, math.ceil(round(write - 1, 9))), "not free"),
        (lambda read, write: max(1, math.floor(round(write / (1 - read), 9)) + 1), "first request"),
        (_ratio, "come whole"),
        (lambda read, write: 1, "The first that is"),
    ),
)  # fmt: skip

# --- 7.4 A lifetime for a trace -----------------------------------------------------------------

Lifetimes = Mapping[str, tuple[float, float]]
LIFETIMES: Lifetimes = {"5m": (300, 1.25), "1h": (3_600, 2.0)}
ORDINARY = "none"


def _paid(times: Sequence[float], read: float, seconds: float, write: float) -> float:
    tally = replay(one_prefix(np.array(times), 1), seconds)
    return float(tally.read.sum() * read + tally.written.sum() * write)


def _choose(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    paid = {name: _paid(times, read, *terms) for name, terms in lifetimes.items()}
    return min({ORDINARY: float(len(times)), **paid}.items(), key=lambda item: item[1])[0]


def _choose_by_hand(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    """Gap by gap."""
    costs = {ORDINARY: float(len(times))}
    for name, (seconds, write) in lifetimes.items():
        gaps = [later - earlier for earlier, later in pairwise(times)]
        costs[name] = write + sum(read if gap < seconds else write for gap in gaps)
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
    return min(lifetimes, key=lambda name: _paid(times, read, *lifetimes[name]))


def _by_mean_gap(times: Sequence[float], read: float, lifetimes: Lifetimes) -> str:
    gap = (times[-1] - times[0]) / max(1, len(times) - 1)
    fitting = [name for name in lifetimes if gap < lifetimes[name][0]]
    return min(fitting, key=lambda name: lifetimes[name][0]) if fitting else ORDINARY


def _trace_cases(rng: Random) -> list[tuple[list[int], float, Lifetimes]]:
    """Gaps end in 7 seconds, so that none is exactly a lifetime."""

    def times(gaps: Sequence[int]) -> list[int]:
        return [int(t) for t in np.cumsum([0, *gaps])]

    shapes = [
        [247] * 12,
        [607] * 12,
        [3_707] * 6,
        [37, 37, 37, 3_907] * 4 + [37],
        [27, 1_207] * 8,
        [17] * 30 + [907] * 2,
        [287, 287, 4_007] * 4,
        [1_807],
    ]
    shapes += [[rng.randrange(1, 400) * 10 + 7 for _ in range(12)] for _ in range(4)]
    return [(times(gaps), read, LIFETIMES) for gaps in shapes for read in (0.05, 0.5)]


CHOOSE = Function(
    id="7.4",
    expected=_choose,
    cases=_trace_cases,
    by_hand=(
        # every 250 s: 5m writes once and reads twice, 1.25 + 0.2 = 1.45; 1h 2.2; none 3
        (([0, 250, 500], 0.1, LIFETIMES), "5m"),
        # every 20 minutes: 5m 3.75; 1h 2.2; none 3
        (([0, 1_200, 2_400], 0.1, LIFETIMES), "1h"),
        # every 2 hours nothing is ever read
        (([0, 7_200, 14_400], 0.1, LIFETIMES), "none"),
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
            _by_mean_gap,
            "The mean gap hides the shape: a burst and a pause are another trace than an even "
            "stream. Go through the requests one by one.",
        ),
    ),
    explanation="The gaps decide: what is shorter than a lifetime is read, what is longer is "
    "written again, and the sum says which is cheapest.",
    hints=(
        "For one lifetime: go through the times; which requests read, and which write?",
        "A request reads when the one before it came less than the lifetime ago.",
        'Add up the prices of reads and writes for each lifetime, and compare with ordinary input, '
        'which is "none".',
    ),
    right=(_choose, _choose_by_hand),
    wrong=(
        (_choose_fixed, "refreshes it"),
        (_most_reads, "longest lifetime"),
        (_cheapest_write, "cheapest write"),
        (_never_none, "no caching is cheapest"),
        (_by_mean_gap, "hides the shape"),
        (lambda times, read, lifetimes: "none", "The first that is"),
    ),
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
def _reads(marks: tuple[str, ...]) -> tuple[int, int, int]:
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


def _places(answer: Any) -> tuple[bool | None, str]:
    if isinstance(answer, str) or not isinstance(answer, Sequence | set | np.ndarray):
        raise Unreadable('A list of places is wanted, such as `["tools", "question"]`.')
    names = [str(name).strip().casefold() if name is not ... else ... for name in answer]
    if names and all(name is ... for name in names):
        return None, ""
    for name in names:
        if name not in PLACES:
            raise Unreadable(f"{show(name)} is none of the places: {', '.join(PLACES)}.")
    marks = tuple(sorted(set(names), key=PLACES.index))
    if len(marks) > 4:
        return False, "More than four breakpoints are refused with an error: leave one out."
    best, got = _reads(("handbook", "profile", "question")), _reads(marks)
    for i in (2, 1, 0):  # what most requests share comes first
        if got[i] < best[i]:
            return False, _MISSED[i]
    return True, ""


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
        ("question", "profile", "handbook"),
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


@cache
def _likeness_cases() -> tuple[tuple[list[float], list[bool], float], ...]:
    rng = np.random.default_rng(76)
    cases = []
    shapes = ((12, 0.6, 0.25), (400, 0.8, 0.05), (400, 0.8, 0.1), (60, 0.1, 0.02), (300, 0.95, 0.5))
    for count, accuracy, most in shapes:
        cosines = np.round(rng.beta(4, 2, count), 2)  # two digits: there are ties
        right = rng.random(count) < accuracy * cosines**0.3 + (1 - accuracy) * cosines**6
        cases.append((cosines.tolist(), right.tolist(), most))
    return tuple(cases)


def _hits(cosines: Sequence[float], right: Sequence[bool], threshold: float) -> tuple[int, int]:
    chosen = [r for c, r in zip(cosines, right, strict=True) if c >= threshold]
    return len(chosen), sum(not r for r in chosen)


def _lowest(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    good = []
    for threshold in set(cosines):
        hits, wrong = _hits(cosines, right, threshold)
        if wrong <= most * hits:
            good.append(threshold)
    return min(good, default=math.inf)


def _threshold(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    for cosines, right, most in _likeness_cases():
        shown = f"{len(cosines)} similarities and {most:.0%}"
        got = call(answer, list(cosines), list(right), most, shown=shown)
        if got is None or got is ...:
            return None, ""
        hits, wrong = _hits(cosines, right, number(got))
        best, _ = _hits(cosines, right, _lowest(cosines, right, most))
        if hits == best and (not hits or wrong <= most * hits):
            continue
        return False, _misjudged(number(got), cosines, right, most, hits, wrong)
    return True, ""


def _misjudged(
    got: float, cosines: list[float], right: list[bool], most: float, hits: int, wrong: int
) -> str:
    found = f"With {len(cosines)} similarities and {most:.0%} your threshold"
    if hits and wrong > most * hits:
        if wrong <= most * len(cosines):
            return (
                f"{found} keeps the wrong ones below that share of all questions: it must hold of "
                "the hits, since only they are answered."
            )
        return (
            f"{found} lets through more wrong answers than allowed, {wrong / hits:.1%} of the hits."
        )
    if any(c < got and not r for c, r in zip(cosines, right, strict=True)) and not wrong:
        return f"{found} allows no wrong answer at all: some are permitted."
    return (
        f"{found} keeps the rate, and gives fewer hits than possible. The rate is not even: it "
        "may rise and fall again as the threshold falls: try all, and take the lowest that holds."
    )


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


def _vector(cosines: Sequence[float], right: Sequence[bool], most: float) -> float:
    """Sorted, cumulated; equal similarities are hits together."""
    order = np.argsort(-np.array(cosines), kind="stable")
    sorted_, wrong = np.array(cosines)[order], np.cumsum(~np.array(right)[order])
    last = np.append(sorted_[1:] != sorted_[:-1], True)
    good = np.flatnonzero((wrong <= most * np.arange(1, len(order) + 1)) & last)
    return float(sorted_[good[-1]]) if good.size else math.inf


THRESHOLD = Design(
    id="7.6",
    validate=_threshold,
    explanation="Of all thresholds that keep the rate, the lowest gives most hits.",
    hints=(
        "Each similarity that occurs is a candidate. What are its hits, and how many are wrong?",
        "The rate is wrong hits divided by hits, not by all questions.",
        "Go through all candidates and keep the lowest that holds; give `math.inf` when none does.",
    ),
    right=(_lowest, _vector),
    wrong=(
        (_first_break, "fewer hits than possible"),
        (_of_all, "of the hits"),
        (_none_wrong, "no wrong answer at all"),
        (lambda cosines, right, most: 0.0, "more wrong answers"),
        (lambda cosines, right, most: 1 - most, "fewer hits"),
        (lambda cosines, right, most: cosines.threshold, "AttributeError"),
    ),
)

EXERCISES: tuple[Any, ...] = (FIVE_CALLS, ORDER, REUSES, CHOOSE, BREAKPOINTS, THRESHOLD)
