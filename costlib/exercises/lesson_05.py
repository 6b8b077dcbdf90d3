"""The exercises of lesson 5, Budget limits. USD, whole cents, tokens, shares from 0 to 1."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from random import Random
from typing import Any

import numpy as np

from costlib.budgets.context import Part, pack
from costlib.exercises.framework import Design, Function, Unreadable, call
from costlib.exercises.values import show_error
from costlib.intents.local import local_step
from costlib.intents.neighbours import Votes, at_least, threshold_for

# --- 5.1 Reserve, call, settle ------------------------------------------------------------------

CALLERS, ROOM_FOR = 8, 5
MOST, COST = 2.0, 0.75  # what a call may cost, and what it does
_PATIENCE = 5  # seconds


class Till:
    """The account that a learner's function gets; it sees who looks, reserves and settles."""

    def __init__(self, limit: float, callers: int = 1) -> None:
        self.limit, self.spent, self.reserved = limit, 0.0, 0.0
        self.looked = False
        self._lock = threading.Lock()
        self._barrier = threading.Barrier(callers, timeout=1)

    @property
    def left(self) -> float:
        """Whoever looks waits until all have looked: what they see is then the same."""
        with self._lock:
            self.looked = True
            found = self.limit - self.spent - self.reserved
        with contextlib.suppress(threading.BrokenBarrierError):
            self._barrier.wait()  # where not all callers look, nobody is kept for long
        return found

    def reserve(self, usd: float) -> bool:
        """Set aside if there is room; both in one step."""
        with self._lock:
            if self.spent + self.reserved + usd > self.limit + 1e-9:
                return False
            self.reserved += usd
            return True

    def settle(self, reserved: float, cost: float) -> None:
        """Replace a reservation by a cost."""
        with self._lock:
            self.reserved -= reserved
            self.spent += cost


class _Boom(Exception):
    """What a call raises when the check lets it fail."""


def _guarded(answer: Any) -> tuple[bool | None, str]:
    if not callable(answer):
        raise Unreadable("A function is wanted: give its name without parentheses after it.")
    return call(lambda: _judged(answer), shown="an account")  # what it prints is thrown away


def _judged(answer: Callable[..., Any]) -> tuple[bool | None, str]:
    till = Till(ROOM_FOR * MOST, CALLERS)
    results, calls, unreserved = _crowd(answer, till)
    if not calls and all(result in (None, ...) for result in results) and not till.reserved:
        return None, ""
    failed = [result for result in results if isinstance(result, BaseException)]
    if failed:
        return False, f"With {CALLERS} threads your function raised {show_error(failed[0])}."
    if unreserved:
        return False, "You called before the money was set aside: reserve first, then call."
    if calls > ROOM_FOR and till.looked:
        return False, (
            f"{CALLERS} threads looked at `left` before any of them reserved, so {calls} calls "
            f"were made with room for {ROOM_FOR}: let `reserve` decide, it looks and takes at once."
        )
    if calls > ROOM_FOR:
        return False, "You called although `reserve` had said False: then there is no room."
    if calls < ROOM_FOR:
        return False, f"There was room for {ROOM_FOR} calls, and you made {calls} of them."
    if till.reserved > 1e-9 or till.spent > calls * COST + 1e-9:
        return False, (
            "You settled for the reservation, not for the cost: what was not needed must come back."
            if till.reserved < 1e-9
            else "When all was over, money was still reserved: settle each call for what it cost."
        )
    if till.spent < calls * COST - 1e-9:
        return False, "Less was booked as spent than the calls cost: settle them for their cost."
    if sorted(results, key=str) != sorted([COST] * calls + [None] * (CALLERS - calls), key=str):
        return False, "Return what the call cost, and None when it was not made."
    return _when_it_fails(answer)


def _when_it_fails(answer: Callable[..., Any]) -> tuple[bool, str]:
    till = Till(MOST)

    def fail() -> float:
        raise _Boom

    try:
        answer(till, MOST, fail)
    except _Boom:
        if till.reserved > 1e-9:
            return False, "A call that raises keeps its reservation for ever: give all of it back."
        if till.spent > 1e-9:
            return False, "You booked money for a call that raised: here it cost nothing."
        return True, ""
    except Exception as error:
        return False, f"When the call raises, yours raised {show_error(error)}."
    return False, "You swallowed the call's exception: the caller must hear of it."


def _crowd(answer: Callable[..., Any], till: Till) -> tuple[list[Any], int, bool]:
    """Run CALLERS threads; a call ends when every thread is inside a call or has come back."""
    changed, calls, unreserved, results = threading.Condition(), 0, False, []

    def make_call() -> float:
        nonlocal calls, unreserved
        with changed:
            calls += 1
            unreserved |= till.reserved < MOST - 1e-9
            changed.notify_all()
            changed.wait_for(lambda: calls + len(results) >= CALLERS, _PATIENCE)
        return COST

    def run() -> None:
        try:
            result = answer(till, MOST, make_call)
        except BaseException as error:
            result = error
        with changed:
            results.append(result)
            changed.notify_all()

    threads = [threading.Thread(target=run, daemon=True) for _ in range(CALLERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(2 * _PATIENCE)
    return results, calls, unreserved


def _right_guarded(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if not account.reserve(most):
        return None
    cost = 0.0
    try:
        cost = call()
    finally:
        account.settle(most, cost)
    return cost


def _caught(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if account.reserve(most):
        try:
            cost = call()
        except Exception:
            account.settle(most, 0)
            raise
        account.settle(most, cost)
        return cost
    return None


def _looks_first(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if account.left < most:
        return None
    account.reserve(most)
    cost = call()
    account.settle(most, cost)
    return cost


def _deaf(account: Till, most: float, call: Callable[[], float]) -> float:
    account.reserve(most)
    cost = call()
    account.settle(most, cost)
    return cost


def _calls_first(account: Till, most: float, call: Callable[[], float]) -> float | None:
    cost = call()
    if account.reserve(cost):
        account.settle(cost, cost)
        return cost
    return None


def _keeps_all(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if not account.reserve(most):
        return None
    cost = call()
    account.settle(most, most)
    return cost


def _never_settles(account: Till, most: float, call: Callable[[], float]) -> float | None:
    return call() if account.reserve(most) else None


def _forgets_failures(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if not account.reserve(most):
        return None
    cost = call()
    account.settle(most, cost)
    return cost


def _swallows(account: Till, most: float, call: Callable[[], float]) -> float | None:
    if not account.reserve(most):
        return None
    try:
        cost = call()
    except Exception:
        account.settle(most, 0)
        return None
    account.settle(most, cost)
    return cost


def _says_true(account: Till, most: float, call: Callable[[], float]) -> bool | None:
    return None if _right_guarded(account, most, call) is None else True


GUARDED = Design(
    id="5.1",
    validate=_guarded,
    explanation="The reservation decides, the cost replaces it, and a failure gives it back.",
    hints=(
        "Which of the account's three names both looks and takes, so that nobody comes between?",
        "Call only when `reserve` returned True. Afterwards settle with the reservation and cost.",
        "For the failure: `try: … finally: account.settle(most, cost)`, with a cost that is 0 "
        "until the call has returned.",
    ),
    right=(_right_guarded, _caught),
    wrong=(
        (_looks_first, "looked at `left` before any"),
        (_deaf, "although `reserve` had said False"),
        (_calls_first, "reserve first, then call"),
        (_keeps_all, "what was not needed must come back"),
        (_never_settles, "money was still reserved"),
        (_forgets_failures, "keeps its reservation for ever"),
        (_swallows, "swallowed"),
        (_says_true, "Return what the call cost"),
        (lambda account, most, call: account.balance, "AttributeError"),
    ),
)

# --- 5.2 Soft and hard --------------------------------------------------------------------------


def _policy(spent: int, reserved: int, asked: int, soft: int, hard: int) -> str:
    if spent + reserved + asked > hard:
        return "stop"
    return "warn" if spent >= soft else "go"


def _by_cases(spent: int, reserved: int, asked: int, soft: int, hard: int) -> str:
    fits = hard - spent - reserved >= asked
    return {(False, False): "stop", (False, True): "stop", (True, True): "warn"}.get(
        (fits, spent >= soft), "go"
    )


def _policy_cases(rng: Random) -> list[tuple[int, ...]]:
    cases = [(rng.randrange(900), rng.randrange(200), rng.randrange(1, 150)) for _ in range(12)]
    cases += [
        (700, 250, 51),
        (790, 150, 70),
        (800, 0, 200),
        (800, 100, 101),
        (799, 150, 20),
        (0, 1_000, 1),
        (600, 250, 150),
    ]
    return [(*case, 800, 1_000) for case in cases]


def _instead(
    stops: Callable[[int, int, int, int], bool] = lambda s, r, a, hard: s + r + a > hard,
    warns: Callable[[int, int, int, int], bool] = lambda s, r, a, soft: s >= soft,
) -> Callable[..., str]:
    """A policy with another idea of when to stop or to warn."""

    def policy(spent: int, reserved: int, asked: int, soft: int, hard: int) -> str:
        if stops(spent, reserved, asked, hard):
            return "stop"
        return "warn" if warns(spent, reserved, asked, soft) else "go"

    return policy


_NO_RESERVED = _instead(stops=lambda s, r, a, hard: s + a > hard)
_NO_ASKED = _instead(stops=lambda s, r, a, hard: s + r >= hard)
_AT_HARD = _instead(stops=lambda s, r, a, hard: s + r + a >= hard)
_WARNS_EARLY = _instead(warns=lambda s, r, a, soft: s + r + a >= soft)
_WARNS_LATE = _instead(warns=lambda s, r, a, soft: s > soft)


def _warn_wins(spent: int, reserved: int, asked: int, soft: int, hard: int) -> str:
    if spent >= soft:
        return "warn"
    return "stop" if spent + reserved + asked > hard else "go"


POLICY = Function(
    id="5.2",
    expected=_policy,
    cases=_policy_cases,
    by_hand=(
        ((500, 100, 50, 800, 1_000), "go"),
        ((850, 100, 50, 800, 1_000), "warn"),  # exactly 1,000 fits
        ((850, 100, 51, 800, 1_000), "stop"),
        ((500, 400, 50, 800, 1_000), "go"),  # reserved is not spent: no warning yet
    ),
    tolerance=0,
    misconceptions=(
        (
            _NO_RESERVED,
            "You left out what is reserved: calls under way will spend it, so it is not free.",
        ),
        (_NO_ASKED, "You left out what the call asks for: it would be let through, and overspend."),
        (_AT_HARD, "You stop a call that fits exactly: the limit itself may be reached."),
        (
            _WARNS_EARLY,
            "You warn because of money that is only reserved or asked for: most of it comes back.",
        ),
        (_WARNS_LATE, "You warn only above the soft limit: reaching it is enough."),
        (_warn_wins, "You let a call pass with a warning where it must stop: look at hard first."),
    ),
    explanation="The ceiling must fit beside all that is out; a notice is for what is spent.",
    hints=(
        "Two questions: does it fit, and has the soft limit been reached? Which comes first?",
        "Does it fit: everything spent, everything reserved and this call, against hard.",
        "The notice looks at what is spent alone.",
    ),
    right=(_policy, _by_cases),
    wrong=(
        (_NO_RESERVED, "what is reserved"),
        (_NO_ASKED, "what the call asks for"),
        (_AT_HARD, "fits exactly"),
        (_WARNS_EARLY, "most of it comes back"),
        (_WARNS_LATE, "reaching it is enough"),
        (_warn_wins, "look at hard first"),
        (lambda spent, reserved, asked, soft, hard: "go", "The first that is"),
    ),
)

# --- 5.3 The threshold for 97 % -----------------------------------------------------------------

Margins, Right = Sequence[float], Sequence[bool]


def _threshold(margins: Margins, right: Right, accuracy: float) -> float:
    right = np.asarray(right)
    votes = Votes(right.astype(str), np.asarray(margins, dtype=float))
    return threshold_for(votes, np.full(len(right), "True"), accuracy, confidence=0.95)


def _searched(
    good: Callable[[int, int, int, float], bool], last: bool = False
) -> Callable[[Margins, Right, float], float | None]:
    """Try every margin from the smallest (or the largest) on, and take the first that is good."""

    def search(margins: Margins, right: Right, accuracy: float) -> float | None:
        margins, right = np.asarray(margins), np.asarray(right)
        for margin in sorted(set(margins.tolist()), reverse=last):
            answered = right[margins >= margin]
            if good(int(answered.sum()), len(answered), len(right), accuracy):
                return margin
        return None

    return search


_BOUNDED = _searched(lambda ok, n, all_, accuracy: at_least(ok, n) >= accuracy)
_PLAIN = _searched(lambda ok, n, all_, accuracy: ok / n >= accuracy)
_FROM_THE_TOP = _searched(lambda ok, n, all_, accuracy: at_least(ok, n) >= accuracy, last=True)
_OF_ALL = _searched(lambda ok, n, all_, accuracy: at_least(n - ok, all_) <= 1 - accuracy)


def _above(margins: Margins, right: Right, accuracy: float) -> float | None:
    """Leaves out the questions whose margin is the threshold itself."""
    margins, right = np.asarray(margins), np.asarray(right)
    for margin in np.unique(margins):
        answered = right[margins > margin]
        if len(answered) and at_least(answered.sum(), len(answered)) >= accuracy:
            return float(margin)
    return None


def _threshold_cases(rng: Random) -> list[tuple[list[float], list[bool], float]]:
    step = local_step()
    real = step.held.answers == step.held_truth
    cases = [(step.held.margins.round(3).tolist(), real.tolist(), 0.97)]
    for accuracy in (0.8, 0.85, 0.9, 0.9):
        margins = [rng.randrange(100) / 100 for _ in range(300)]
        right = [rng.random() < 0.62 + 0.4 * margin for margin in margins]
        cases.append((margins, right, accuracy))
    return cases


THRESHOLD = Function(
    id="5.3",
    expected=_threshold,
    cases=_threshold_cases,
    by_hand=(
        # At 0.8, 30 of 30 right: the bound is 30 / (30 + 1.645^2) = 0.917. At 0.5, 30 of 33:
        # 0.909 was seen, but the bound is 0.79.
        (([0.9] * 20 + [0.8] * 10 + [0.5] * 3, [True] * 30 + [False] * 3, 0.9), 0.8),
        # 40 of 40 at 0.7: the bound is 40 / 42.7 = 0.937
        (([0.7] * 40 + [0.1] * 40, [True] * 40 + [False] * 40, 0.9), 0.7),
    ),
    tolerance=1e-9,
    misconceptions=(
        (
            _PLAIN,
            "You took the share that was right on these questions. On others it is lower, because "
            "luck helped to choose: ask that the bound of `at_least` reaches it.",
        ),
        (
            _FROM_THE_TOP,
            "You took a large margin, which answers few questions: look for the smallest that is "
            "good enough.",
        ),
        (
            _OF_ALL,
            "You divided by all questions: accuracy counts only those that are answered.",
        ),
        (
            _above,
            "You left out the questions at the margin itself: with that threshold they are "
            "answered too.",
        ),
    ),
    explanation="The smallest margin that the held-out questions vouch for, not the luckiest one.",
    hints=(
        "For one margin: which questions are answered, and how many of those are right?",
        "`at_least(right, answered)` says what such a sample vouches for. Compare that.",
        "Try the margins from the smallest on, and return the first that is good enough.",
    ),
    right=(_BOUNDED, _threshold),
    wrong=(
        (_PLAIN, "luck helped to choose"),
        (_FROM_THE_TOP, "the smallest that is"),
        (_OF_ALL, "only those that are answered"),
        (_above, "at the margin itself"),
        (lambda margins, right, accuracy: 0.5, "The first that is"),
    ),
)

# --- 5.4 A ladder -------------------------------------------------------------------------------

Steps = list[tuple[str, float, float | None]]
STEPS: Steps = [
    ("flagship", 0.034, 0.95),
    ("mid", 0.017, None),
    ("local", 0.0, 0.973),
]


def _rung(steps: Steps, left: float, floor: float | None) -> str:
    for name, usd, accuracy in steps:
        measured = floor is None or (accuracy is not None and accuracy >= floor)
        if usd <= left and measured:
            return name
    return "queue"


def _by_filter(steps: Steps, left: float, floor: float | None) -> str:
    affordable = [step for step in steps if step[1] <= left]
    if floor is not None:
        affordable = [s for s in affordable if s[2] is not None and s[2] >= floor]
    return affordable[0][0] if affordable else "queue"


def _trusting(steps: Steps, left: float, floor: float | None) -> str:
    """Takes a quality that nobody measured for good enough."""
    for name, usd, accuracy in steps:
        if usd <= left and (floor is None or accuracy is None or accuracy >= floor):
            return name
    return "queue"


def _blind_to_quality(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(steps, left, None)


def _blind_to_money(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(steps, float("inf"), floor)


def _cheapest(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(sorted(steps, key=lambda step: step[1]), left, floor)


def _wary(steps: Steps, left: float, floor: float | None) -> str:
    """Wants a measurement even where nobody asked for a floor."""
    return _rung(steps, left, 0.0 if floor is None else floor)


def _rung_cases(rng: Random) -> list[tuple[Steps, float, float | None]]:
    cases: list[tuple[Steps, float, float | None]] = []
    for _ in range(12):
        steps: Steps = []
        usd = rng.randrange(200, 600) / 10_000
        for name in ("flagship", "mid", "small", "trimmed", "local"):
            accuracy = rng.choice((None, rng.randrange(85, 99) / 100))
            steps.append((name, usd, accuracy))
            usd = 0.0 if name == "trimmed" else round(usd * rng.choice((0.2, 0.5, 0.9)), 5)
        left = rng.choice((0.1, 0.02, 0.005, 0.0))
        cases.append((steps, left, rng.choice((None, 0.9, 0.95))))
    return cases


LADDER = Function(
    id="5.4",
    expected=_rung,
    cases=_rung_cases,
    by_hand=(
        ((STEPS, 1.0, 0.95), "flagship"),  # the floor itself is good enough
        ((STEPS, 0.02, None), "mid"),
        ((STEPS, 0.02, 0.95), "local"),  # mid fits, and nobody has measured it
        ((STEPS, 0.02, 0.98), "queue"),
    ),
    tolerance=0,
    misconceptions=(
        (_trusting, "You let a step pass that nobody has measured: unknown is not above a floor."),
        (_blind_to_quality, "You did not look at the floor: the first that fits may be too poor."),
        (_blind_to_money, "You did not look at the money left: a step must fit into it."),
        (_cheapest, "You took the cheapest: the steps are in order of preference, so go down it."),
        (_wary, "Where no floor is given, an unmeasured step may serve."),
    ),
    explanation="Down the ladder to the first step that fits the money and is known to be enough.",
    hints=(
        "What must be true of a step, about its money and about its accuracy?",
        "The accuracy matters only where a floor is given, and then None is not enough.",
        "Go through the steps in their order, return the first name, and at the end the queue.",
    ),
    right=(_rung, _by_filter),
    wrong=(
        (_trusting, "unknown is not above"),
        (_blind_to_quality, "did not look at the floor"),
        (_blind_to_money, "did not look at the money"),
        (_cheapest, "in order of preference"),
        (_wary, "an unmeasured step may serve"),
        (lambda steps, left, floor: "queue", "The first that is"),
    ),
)

# --- 5.5 A context packer -----------------------------------------------------------------------

Parts = list[tuple[str, int, float]]


def _packed(parts: Parts, room: int) -> list[str]:
    kept, _ = pack([Part(*part) for part in parts], room)
    return [part.name for part in kept]


def _dropped_in_turn(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.remove(min(kept, key=lambda part: part[2]))
    return [name for name, _, _ in kept]


def _longest_first(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.remove(max(kept, key=lambda part: part[1]))
    return [name for name, _, _ in kept]


def _oldest_first(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.pop(0)
    return [name for name, _, _ in kept]


def _best_first(parts: Parts, room: int) -> list[str]:
    return [name for name, _, _ in sorted(parts, key=lambda part: -part[2])
            if name in _dropped_in_turn(parts, room)]  # fmt: skip


def _filled_up(parts: Parts, room: int) -> list[str]:
    """Takes the best first, and lets a short part of little worth in where a better did not fit."""
    kept: set[str] = set()
    for name, tokens, _ in sorted(parts, key=lambda part: -part[2]):
        if tokens <= room:
            kept.add(name)
            room -= tokens
    return [name for name, _, _ in parts if name in kept]


def _one_too_many(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) >= room and kept:
        kept.remove(min(kept, key=lambda part: part[2]))
    return [name for name, _, _ in kept]


def _pack_cases(rng: Random) -> list[tuple[Parts, int]]:
    cases = []
    for room in (500, 900, 1_500, 2_500, 100_000):
        worths = rng.sample(range(1, 60), 9)
        parts = [(f"part {n}", rng.randrange(50, 600), worth) for n, worth in enumerate(worths)]
        cases.append((parts, room))
    parts = [("a", 100, 3), ("b", 200, 1), ("c", 300, 2)]
    return [*cases, (parts, 400), (parts, 600)]


PACK = Function(
    id="5.5",
    expected=_packed,
    cases=_pack_cases,
    by_hand=(
        # 1,000 in all and room for 700: "old turn" (worth 1) goes, 800 are left; then "example"
        (
            (
                [("policy", 400, 9), ("old turn", 200, 1), ("example", 150, 2), ("turn", 250, 5)],
                700,
            ),
            ["policy", "turn"],
        ),
        (([("a", 100, 1), ("b", 100, 2)], 200), ["a", "b"]),
    ),
    tolerance=0,
    misconceptions=(
        (_longest_first, "You dropped the longest part first: long is not the same as worthless."),
        (_oldest_first, "You dropped from the front: here `worth` says what goes, not the place."),
        (_best_first, "The right parts, in another order: keep the order in which they came."),
        (_one_too_many, "You dropped a part although everything fitted exactly."),
        (
            _filled_up,
            "You filled the room from the best on, and let a part in that was worth less than one "
            "you left out: drop the least worth instead, and stop when the rest fits.",
        ),
    ),
    explanation="The least worth goes first, until the rest fits, in its old order.",
    hints=(
        "Which part would be missed least?",
        "Drop that one, look whether the rest fits, and go on as long as it does not.",
        "Take the smallest worth out of the list itself, so that the others keep their places.",
    ),
    right=(_packed, _dropped_in_turn),
    wrong=(
        (_longest_first, "long is not"),
        (_oldest_first, "from the front"),
        (_best_first, "another order"),
        (_one_too_many, "fitted exactly"),
        (_filled_up, "from the best on"),
        (lambda parts, room: [name for name, _, _ in parts], "The first that is"),
    ),
)

# --- 5.6 Fair share -----------------------------------------------------------------------------

Wishes = Mapping[str, float]


def _fair(total: float, wishes: Wishes) -> dict[str, float]:
    given: dict[str, float] = {}
    left = total
    for place, user in enumerate(sorted(wishes, key=lambda name: wishes[name])):
        given[user] = min(wishes[user], left / (len(wishes) - place))
        left -= given[user]
    return given


def _filled(total: float, wishes: Wishes) -> dict[str, float]:
    """By rounds: everybody who still wants something gets an equal part of what is left."""
    given = dict.fromkeys(wishes, 0.0)
    left = total
    for _ in range(200):
        hungry = [user for user in wishes if wishes[user] - given[user] > 1e-12]
        if not hungry or left <= 1e-12:
            break
        part = left / len(hungry)
        for user in hungry:
            more = min(part, wishes[user] - given[user])
            given[user] += more
            left -= more
    return given


def _equal(total: float, wishes: Wishes) -> dict[str, float]:
    return dict.fromkeys(wishes, total / len(wishes))


def _capped(total: float, wishes: Wishes) -> dict[str, float]:
    return {user: min(wish, total / len(wishes)) for user, wish in wishes.items()}


def _in_proportion(total: float, wishes: Wishes) -> dict[str, float]:
    share = min(1.0, total / sum(wishes.values()))
    return {user: wish * share for user, wish in wishes.items()}


def _first_come(total: float, wishes: Wishes) -> dict[str, float]:
    given, left = {}, total
    for user, wish in wishes.items():
        given[user] = min(wish, left)
        left -= given[user]
    return given


def _fair_cases(rng: Random) -> list[tuple[float, dict[str, float]]]:
    names = ("ann", "ben", "cem", "dee", "eva", "fay")
    cases = []
    for total in (10.0, 25.0, 40.0, 7.5, 1000.0):
        wishes = {name: float(rng.randrange(1, 30)) for name in rng.sample(names, 5)}
        cases.append((total, wishes))
    return cases


FAIR = Function(
    id="5.6",
    expected=_fair,
    cases=_fair_cases,
    by_hand=(
        # 10 / 3 = 3.33: ann needs 2 of it; the 8 left are 4 each for two, which ben just needs
        ((10.0, {"ann": 2.0, "ben": 4.0, "cem": 20.0}), {"ann": 2, "ben": 4, "cem": 4}),
        ((9.0, {"ann": 5.0, "ben": 5.0, "cem": 5.0}), {"ann": 3, "ben": 3, "cem": 3}),
        ((9.0, {"ann": 1.0, "ben": 2.0}), {"ann": 1, "ben": 2}),
    ),
    misconceptions=(
        (_equal, "Everybody gets the same, even who wants less: nobody gets more than their wish."),
        (_capped, "What the modest leave is lost: share it among those who want more."),
        (_in_proportion, "In proportion to the wishes, who asks for more gets more from the rest."),
        (_first_come, "First come, first served: whoever is last goes without."),
    ),
    explanation="The modest get all they want; the rest share equally what they leave.",
    hints=(
        "Begin with the smallest wish: is it below an equal part of all the money?",
        "When that user is served, the others share what is left, again in equal parts.",
        "So go through the users from the smallest wish to the largest.",
    ),
    right=(_fair, _filled),
    wrong=(
        (_equal, "nobody gets more"),
        (_capped, "the modest leave"),
        (_in_proportion, "who asks for more"),
        (_first_come, "whoever is last"),
        (lambda total, wishes: dict(wishes), "The first that is"),
    ),
)

EXERCISES = (GUARDED, POLICY, THRESHOLD, LADDER, PACK, FAIR)
