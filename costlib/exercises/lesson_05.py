"""The exercises of lesson 5, Budget limits. USD, whole cents, tokens, shares from 0 to 1."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial
from operator import itemgetter
from typing import Any

import numpy as np

from costlib.budgets.context import Part, pack
from costlib.exercises.framework import (
    Blank,
    Design,
    Function,
    call,
    need_function,
    result_of,
)  # fmt: skip
from costlib.exercises.inputs import NotAllowed, Pick
from costlib.exercises.values import Unreadable, same, show, show_error
from costlib.intents.neighbours import Votes, at_least, threshold_for

# --- 5.1 Reserve, call, settle ------------------------------------------------------------------

Money = float | Decimal
Guarded = Callable[..., Any]

CALLERS, ROOM_FOR = 8, 5
_PATIENCE = 2  # seconds: who looks at `left`, or makes a call, waits so long for the others


def _exact(usd: object) -> Fraction:
    """An amount as it was written: a float, a Decimal, or the long Decimal that a float makes."""
    return Fraction(f"{float(usd):.15g}")  # type: ignore[arg-type]  # what is none raises


def _amount(what: str, usd: object) -> Fraction:
    """What a learner's function hands to the account. Raises TypeError for what is no amount."""
    try:
        return _exact(usd)
    except (TypeError, ValueError):
        raise TypeError(f"`account.{what}` wants amounts in USD, and got {show(usd)}") from None


class Till:
    """The account that a learner's function gets; it sees who looks, reserves and settles."""

    def __init__(self, limit: Money, callers: int = 1, room_for: int = 1) -> None:
        self.limit, self.spent, self.reserved = _exact(limit), Fraction(0), Fraction(0)
        self.granted = 0
        self.looked = False
        self._lock = threading.Lock()
        self._looking = threading.Barrier(callers, timeout=_PATIENCE)
        self._settling = threading.Barrier(room_for, timeout=_PATIENCE)

    @property
    def left(self) -> float:
        """Whoever looks waits until all have looked: what they see is then the same."""
        with self._lock:
            self.looked = True
            found = float(self.limit - self.spent - self.reserved)
        with contextlib.suppress(threading.BrokenBarrierError):
            self._looking.wait()  # where not all callers look, nobody is kept for long
        return found

    def reserve(self, usd: Money) -> bool:
        """Set aside if there is room; both in one step."""
        asked = _amount("reserve", usd)
        with self._lock:
            if self.spent + self.reserved + asked > self.limit:
                return False
            self.reserved += asked
            self.granted += 1
            return True

    def settle(self, reserved: Money, cost: Money) -> None:
        """Replace a reservation by a cost; who settles waits until all have, so that a variable
        that callers share holds the cost of one of them for each."""
        given_back, booked = _amount("settle", reserved), _amount("settle", cost)
        with self._lock:
            self.reserved -= given_back
            self.spent += booked
        with contextlib.suppress(threading.BrokenBarrierError):
            self._settling.wait()

    def wait_no_more(self) -> None:
        """Who settles waits for nobody: callers come in turn, or more of them than there is room
        for."""
        self._settling.abort()


@dataclass(frozen=True)
class Visit:
    """One call of a learner's function: the account's limit, `most`, and how the call ends."""

    limit: Money
    most: Money
    ends: Money | Exception

    @property
    def fits(self) -> bool:
        """Whether there is room for the call."""
        return _exact(self.most) <= _exact(self.limit)

    @property
    def cost(self) -> Money:
        """What is booked in the end: a time-out may have been billed, so all of it counts."""
        if not self.fits:
            return 0
        if isinstance(self.ends, TimeoutError):
            return self.most
        return 0 if isinstance(self.ends, Exception) else self.ends


class SlowAnswer(TimeoutError):
    """A time-out by another name, as libraries have one each."""


# One caller alone first: whole and broken amounts, parts of a cent as most calls cost, exactly
# enough room and a cent too little. A ceiling is an estimate: two calls cost more than theirs, one
# of them more than the account has.
_VISITS = (
    Visit(10, 2, 0.75),
    Visit(2, 2, 2),
    Visit(1.99, 2, 0.75),
    Visit(0, 0.5, 0.25),
    Visit(Decimal("0.30"), Decimal("0.10"), Decimal("0.07")),
    Visit(Decimal("0.0030"), Decimal("0.0020"), Decimal("0.000375")),
    Visit(0.02, 0.0125, 0.007125),
    Visit(Decimal("0.001"), Decimal("0.0000005"), Decimal("0.0000001234")),
    Visit(3, 1.5, 0),
    Visit(0, 0, 0),
    Visit(3, 1.5, 2.25),
    Visit(2, 2, 2.5),
    Visit(3, 1.5, ConnectionError("refused")),
    Visit(Decimal("0.30"), Decimal("0.10"), ValueError("no such model")),
    Visit(3, 1.5, RuntimeError("no connection left")),
    Visit(3, 1.5, TimeoutError("no answer")),
    Visit(3, 1.5, SlowAnswer("no answer")),
    Visit(1, 1.5, TimeoutError("no answer")),
)


def _guarded(answer: Any) -> str:
    need_function(answer)
    return call(_judged, answer, shown="an account")  # what it prints is thrown away


def _judged(answer: Guarded) -> str:
    for visit in _VISITS:
        if problem := _alone(answer, visit):
            return problem
    return _together(answer)


def _alone(answer: Guarded, visit: Visit) -> str:
    """What is wrong when one caller comes, or ""."""
    till, calls = Till(visit.limit), 0
    aside: Fraction | None = None
    raised: BaseException | None = None
    returned: Any = None

    def make_call() -> Money:
        nonlocal calls, aside
        calls += 1
        if till.reserved != _exact(visit.most):
            aside = till.reserved
        if isinstance(visit.ends, Exception):
            raise visit.ends
        return visit.ends

    try:
        returned = result_of(answer, (till, visit.most, make_call))
    except Unreadable:
        raise
    except Exception as error:
        raised = error
    nothing_done = returned is None and raised is None and not (calls or till.granted)
    if returned is ... or (nothing_done and visit is _VISITS[0]):
        raise Blank
    story = f"With room for {show(visit.limit)} and `most` {show(visit.most)}"
    if isinstance(visit.ends, Exception):
        story += f", where the call raises {_name(visit.ends)}"
    return (
        _of_the_call(visit, story, calls, aside, raised)
        or _of_the_books(visit, story, till)
        or _of_the_end(visit, story, returned, raised)
    )


def _name(error: Exception) -> str:
    """An exception's class, and of which kind it is where only that tells what to do."""
    slow = isinstance(error, TimeoutError) and type(error) is not TimeoutError
    return type(error).__name__ + (" (a TimeoutError)" if slow else "")


def _of_the_call(
    visit: Visit, story: str, calls: int, aside: Fraction | None, raised: BaseException | None
) -> str:
    """`aside` is what was reserved when a call was made, where that was not `most`."""
    if raised is not None and raised is not visit.ends:
        own = type(raised) is type(visit.ends) or raised.__cause__ is visit.ends
        wanted = ": re-raise the call's own error, with a bare `raise`" if own else ""
        return f"{story} your function raised {show_error(raised)}{wanted}."
    if calls and not visit.fits:
        return f"{story} you called although `reserve` had said False: then there is no room."
    if calls > 1:
        return f"{story} you made {calls} calls: one is wanted, whose cost you return."
    if aside:
        return f"{story} you called with {show(float(aside))} set aside: reserve `most`, and once."
    if aside is not None:
        return f"{story} you called before `most` was set aside: reserve first, then call."
    if calls != visit.fits:
        return (
            f"{story} you made no call: where there is room, exactly enough included, one is "
            "wanted."
        )
    return ""


def _of_the_books(visit: Visit, story: str, till: Till) -> str:
    cost, most = _exact(visit.cost), _exact(visit.most)
    failed = isinstance(visit.ends, Exception) and visit.fits
    if failed and till.reserved == most:
        return f"{story} the reservation is kept for ever: settle it too when the call fails."
    if till.reserved < 0:
        return (
            f"{story} more was given back than was set aside: settle once, `most` for what the "
            "call cost."
        )
    if till.reserved:
        return (
            f"When all was over, money was still reserved. {story} settle `most`, all that was set "
            "aside, for what the call cost."
        )
    if till.spent == cost:
        return ""
    if isinstance(visit.ends, TimeoutError):
        return f"{story} it may have been billed all the same: settle it for `most`."
    if failed:
        return f"{story} nothing was billed, and you booked {show(float(till.spent))}."
    if cost > most:
        return (
            f"{story} the call cost {show(visit.ends)}, more than its ceiling, and "
            f"{show(float(till.spent))} was booked: book what it cost, for that money is gone."
        )
    if till.spent == most:
        return f"{story} you settled for the reservation: what was not needed must come back."
    return f"{story} the call cost {show(visit.ends)}, and {show(float(till.spent))} was booked."


def _of_the_end(visit: Visit, story: str, returned: Any, raised: BaseException | None) -> str:
    wanted = None
    if visit.fits:
        if isinstance(visit.ends, Exception):
            return "" if raised else f"{story} you swallowed it: the caller must hear of it."
        wanted = visit.ends
    if not _is_same(returned, wanted):
        return (
            f"{story} you returned {show(returned)}: return what the call cost, and None when it "
            "was not made."
        )
    return ""


def _is_same(returned: Any, wanted: Money | None) -> bool:
    """Whether the cost itself was returned, be it as a float or a Decimal."""
    try:
        return same(returned, wanted, 0)
    except Unreadable:
        return False


def _together(answer: Guarded) -> str:
    """What is wrong when many callers come at once, or ""; one after the other is no mistake."""
    most = 2.0
    till = Till(ROOM_FOR * most, CALLERS, ROOM_FOR)
    results, costs = _crowd(answer, till, most)
    calls = len(costs)
    failed = [result for result in results if isinstance(result, BaseException)]
    if failed:
        return f"With {CALLERS} threads your function raised {show_error(failed[0])}."
    if calls > till.granted and till.looked:
        return (
            f"{CALLERS} threads looked at `left` before any of them reserved, so {calls} calls "
            f"were made with room for {ROOM_FOR}: let `reserve` decide, it looks and takes at once."
        )
    if len(results) < CALLERS:
        return f"Of {CALLERS} threads some never came back: does one wait for another?"
    if calls != till.granted or till.reserved or till.spent != sum(costs):
        return f"With {CALLERS} threads at once the books are wrong: do callers share a variable?"
    told = [result for result in results if result is not None]
    if len(told) != calls or any(cost not in told for cost in costs):
        return (
            f"With {CALLERS} threads at once a caller got what another's call cost: do they share "
            "a variable?"
        )
    return ""


def _crowd(answer: Guarded, till: Till, most: float) -> tuple[list[Any], list[float]]:
    """What CALLERS threads get, and what their calls cost, each another amount. A call ends when
    every thread is inside a call or has come back, or when it is plain that they come in turn."""
    changed = threading.Condition()
    results: list[Any] = []
    costs: list[float] = []
    in_turn = False

    def make_call() -> float:
        nonlocal in_turn
        with changed:
            cost = 0.25 * (len(costs) + 1)
            costs.append(cost)
            changed.notify_all()
            all_here = changed.wait_for(
                lambda: in_turn or len(costs) + len(results) >= CALLERS, _PATIENCE
            )
            in_turn |= not all_here
        if in_turn or len(costs) > ROOM_FOR:
            till.wait_no_more()
        return cost

    def run() -> None:
        try:
            result = answer(till, most, make_call)
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
    return results, costs


def _right_guarded(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    cost: Money = 0
    try:
        cost = call()
    except TimeoutError:
        cost = most
        raise
    finally:
        account.settle(most, cost)
    return cost


def _caught(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if account.reserve(most):
        try:
            cost = call()
        except Exception as error:
            account.settle(most, most if isinstance(error, TimeoutError) else Decimal(0))
            raise
        account.settle(most, cost)
        return cost
    return None


_ONE_AT_A_TIME = threading.Lock()


def _serial(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    with _ONE_AT_A_TIME:
        return _right_guarded(account, most, call)


def _looks_first(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if account.left < most:
        return None
    account.reserve(most)
    return _settled(account, most, call)


def _settled(
    account: Till, most: Money, call: Callable[[], Money], refused: Money = 0
) -> Money | None:
    """What follows a reservation; `refused` is booked for a call that was not billed."""
    try:
        cost = call()
    except Exception as error:
        account.settle(most, most if isinstance(error, TimeoutError) else refused)
        raise
    account.settle(most, cost)
    return cost


def _deaf(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    account.reserve(most)
    return _settled(account, most, call)


def _calls_first(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    cost = call()
    if account.reserve(cost):
        account.settle(cost, cost)
        return cost
    return None


def _keeps_all(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    cost = call()
    account.settle(most, most)
    return cost


def _in_cents(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    return _settled(account, most, lambda: round(Decimal(str(call())), 2))


def _never_settles(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    return call() if account.reserve(most) else None


def _wrong_first(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    cost = call()
    account.settle(cost, cost)
    return cost


def _forgets_failures(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    cost = call()
    account.settle(most, cost)
    return cost


def _gives_all_back(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    if not account.reserve(most):
        return None
    cost: Money = 0
    try:
        cost = call()
    finally:
        account.settle(most, cost)
    return cost


def _books_all(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    return _settled(account, most, call, refused=most) if account.reserve(most) else None


def _swallows(account: Till, most: Money, call: Callable[[], Money]) -> Money | None:
    try:
        return _right_guarded(account, most, call)
    except Exception:
        return None


def _says_true(account: Till, most: Money, call: Callable[[], Money]) -> bool | None:
    return None if _right_guarded(account, most, call) is None else True


GUARDED = Design(
    id="5.1",
    validate=_guarded,
    explanation="The reservation decides, the cost replaces it, and a failure gives it back unless "
    "it may have been billed.",
    hints=(
        "Which of the account's three names both looks and takes, so that nobody comes between?",
        "Call only when `reserve` returned True. Afterwards settle with the reservation and cost.",
        "For the failures: `try: … except TimeoutError: … raise` and "
        "`finally: account.settle(most, cost)`, with a cost that is 0 until one is known.",
    ),
    right=(_right_guarded, _caught, _serial),
    wrong=(
        (_looks_first, "looked at `left` before any"),
        (_deaf, "although `reserve` had said False"),
        (_calls_first, "reserve first, then call"),
        (_keeps_all, "what was not needed must come back"),
        (_in_cents, "the call cost 0.000375, and"),
        (_never_settles, "money was still reserved"),
        (_wrong_first, "settle `most`, all that was set aside"),
        (_forgets_failures, "kept for ever"),
        (_gives_all_back, "may have been billed"),
        (_books_all, "nothing was billed"),
        (_swallows, "swallowed"),
        (_says_true, "return what the call cost"),
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


def _any_spending(pick: Pick) -> tuple[int, int, int, int, int]:
    top = pick.one_of((12, 1_200))
    hard = pick.whole(0, top)
    soft = pick.whole(0, hard)
    spent = pick.one_of((soft, pick.whole(0, top), max(0, soft - 1)))
    reserved = pick.whole(0, top // 3)
    room = max(0, hard - spent - reserved)
    asked = pick.one_of((room, pick.whole(0, top // 3), room + 1))
    return spent, reserved, asked, soft, hard


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
_UNTIL_HARD = _instead(stops=lambda s, r, a, hard: s >= hard)
_WARNS_EARLY = (
    _instead(warns=lambda s, r, a, soft: s + r + a >= soft),
    _instead(warns=lambda s, r, a, soft: s + r >= soft),
    _instead(warns=lambda s, r, a, soft: s + a >= soft),
)
_WARNS_LATE = _instead(warns=lambda s, r, a, soft: s > soft)
_NEVER_AT = _instead(
    stops=lambda s, r, a, hard: s + r + a >= hard, warns=lambda s, r, a, soft: s > soft
)


def _warn_wins(spent: int, reserved: int, asked: int, soft: int, hard: int) -> str:
    if spent >= soft:
        return "warn"
    return "stop" if spent + reserved + asked > hard else "go"


POLICY = Function(
    id="5.2",
    expected=_policy,
    draw=_any_spending,
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
            _UNTIL_HARD,
            "You stop only once all is spent: what is reserved and this call must fit, too.",
        ),
        *(
            (
                early,
                "You warn because of money that is only reserved or asked for: it may come back.",
            )
            for early in _WARNS_EARLY
        ),
        (_WARNS_LATE, "You warn only above the soft limit: reaching it is enough."),
        (
            _NEVER_AT,
            "You stop a call that fits exactly, and warn only above the soft limit: the hard limit "
            "may be reached, and reaching the soft one is enough.",
        ),
        (_warn_wins, "You let a call pass with a warning where it must stop: look at hard first."),
    ),
    explanation="The ceiling must fit beside all that is out; a notice is for what is spent.",
    hints=(
        "Two questions: does it fit, and has the soft limit been reached? Which comes first?",
        "Does it fit: everything spent, everything reserved and this call, against hard.",
        '"Reached" is `>=`, and "does not fit" is `>`: two `if`, each with its `return`, and a '
        "last `return` for all else.",
    ),
    right=(_policy, _by_cases),
)

# --- 5.3 The threshold for 97% -----------------------------------------------------------------

Margins = Sequence[float]
Right = Sequence[bool]


def _threshold(margins: Margins, right: Right, accuracy: float) -> float:
    answers = np.asarray(right).astype(str)
    votes = Votes(answers, np.asarray(margins, dtype=float))
    return threshold_for(votes, np.full(len(right), "True"), accuracy, confidence=0.95)


def _searched(
    good: Callable[[int, int, int, float], bool],
    ordered: Callable[[Margins], Margins] = sorted,
) -> Callable[[Margins, Right, float], float | None]:
    """Try every margin from the smallest on, or in another order, and take the first that is
    good."""

    def search(margins: Margins, right: Right, accuracy: float) -> float | None:
        for margin in ordered(margins):
            answered = [ok for m, ok in zip(margins, right, strict=True) if m >= margin]
            if good(sum(answered), len(answered), len(right), accuracy):
                return margin
        return None

    return search


_BOUNDED = _searched(lambda ok, n, all_, accuracy: at_least(ok, n) >= accuracy)
_PLAIN = _searched(lambda ok, n, all_, accuracy: ok / n >= accuracy)
_OF_SHARES = _searched(lambda ok, n, all_, accuracy: at_least(ok / n, n) >= accuracy)
_FROM_THE_TOP = _searched(
    lambda ok, n, all_, accuracy: at_least(ok, n) >= accuracy,
    lambda margins: sorted(margins, reverse=True),
)
_AS_THEY_COME = _searched(lambda ok, n, all_, accuracy: at_least(ok, n) >= accuracy, list)
_OF_ALL = _searched(lambda ok, n, all_, accuracy: at_least(n - ok, all_) <= 1 - accuracy)


def _above(margins: Margins, right: Right, accuracy: float) -> float | None:
    """Leaves out the questions whose margin is the threshold itself."""
    for margin in sorted(set(margins)):
        answered = [ok for m, ok in zip(margins, right, strict=True) if m > margin]
        if answered and at_least(sum(answered), len(answered)) >= accuracy:
            return margin
    return None


def _one_by_one(
    margins: Margins, right: Right, accuracy: float, *, ranks: Callable[..., Any] = sorted
) -> float | None:
    """Parts questions of one margin: the threshold itself answers all of them."""
    ranked = list(ranks(zip(margins, right, strict=True)))
    for place, (margin, _) in enumerate(ranked):
        answered = [ok for _, ok in ranked[place:]]
        if at_least(sum(answered), len(answered)) >= accuracy:
            return margin
    return None


def _downwards(margins: Margins, right: Right, accuracy: float) -> float | None:
    """From the largest on, as long as it is good enough."""
    good = None
    for margin in sorted(set(margins), reverse=True):
        answered = [ok for m, ok in zip(margins, right, strict=True) if m >= margin]
        if at_least(sum(answered), len(answered)) < accuracy:
            break
        good = margin
    return good


def _any_held_out(pick: Pick) -> tuple[list[float], list[bool], float]:
    """Mostly right where the margin is large, as votes are; often many at the same margin."""
    grid = pick.one_of((4, 20, 7))  # sevenths have more than two digits

    def question() -> tuple[float, bool]:
        margin = pick.whole(0, grid) / grid
        return margin, pick.whole(0, 12) / 12 <= 0.5 + margin / 2

    pairs = pick.some(question, 1, 60)
    margins, right = [margin for margin, _ in pairs], [ok for _, ok in pairs]
    accuracy = pick.one_of((0.5, 0.7, 0.2, 0.8, 0.9))
    if _BOUNDED(margins, right, accuracy) is None:
        raise NotAllowed
    return margins, right, accuracy


THRESHOLD = Function(
    id="5.3",
    expected=_threshold,
    draw=_any_held_out,
    draws=120,
    by_hand=(
        # At 0.8, 30 of 30 right: the bound is 30 / (30 + 1.645^2) = 0.917. At 0.5, 30 of 33:
        # 0.909 was seen, but the bound is 0.79.
        (([0.9] * 20 + [0.8] * 10 + [0.5] * 3, [True] * 30 + [False] * 3, 0.9), 0.8),
        # 40 of 40 at 0.7: the bound is 40 / 42.7 = 0.937
        (([0.7] * 40 + [0.1] * 40, [True] * 40 + [False] * 40, 0.9), 0.7),
    ),
    # What three of three vouch for, exactly; and 155 of 160, which reach 0.93 and not 0.95.
    edges=(
        ([0.2, 0.5, 0.8, 0.8], [False, True, True, True], at_least(3, 3)),
        ([0.5] * 150 + [0.1] * 10, [True] * 155 + [False] * 5, 0.95),
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
            _OF_SHARES,
            "You gave `at_least` a share: it wants how many are right, and how many are answered.",
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
        *(
            (
                partial(_one_by_one, ranks=ranks),
                "You parted questions that have the same margin: a threshold answers all of them.",
            )
            for ranks in (
                sorted,
                partial(sorted, key=itemgetter(0)),  # equal margins stay as they come
                lambda pairs: reversed(sorted(pairs, key=itemgetter(0), reverse=True)),
            )
        ),
        (
            _AS_THEY_COME,
            "You took the first of the list that is good enough: sort the margins, and begin with "
            "the smallest.",
        ),
        (
            _downwards,
            "You came from the largest and stopped at the first that is not good enough. Below it "
            "one may be: more answers vouch for more.",
        ),
    ),
    explanation="The smallest margin that the held-out questions vouch for, not the luckiest one.",
    hints=(
        "For one margin: which questions are answered, and how many of those are right?",
        "`zip(margins, right)` pairs them: keep the pairs of that margin or more. `sum` counts "
        "those that are right.",
        "Try the margins from the smallest on, and return the first that is good enough.",
    ),
    right=(_BOUNDED, _threshold),
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


def _last(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(steps[::-1], left, floor)


def _below(steps: Steps, left: float, floor: float | None) -> str:
    return _rung([step for step in steps if step[1] != left], left, floor)


def _above_floor(steps: Steps, left: float, floor: float | None) -> str:
    return _rung([step for step in steps if floor is None or step[2] != floor], left, floor)


def _strict(steps: Steps, left: float, floor: float | None) -> str:
    return _above_floor([step for step in steps if step[1] != left], left, floor)


def _none_as_zero(steps: Steps, left: float, floor: float | None) -> str:
    """Takes a floor of 0 for none."""
    return _rung(steps, left, floor or None)


def _best(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(sorted(steps, key=lambda step: -(step[2] or 0)), left, floor)


def _wary(steps: Steps, left: float, floor: float | None) -> str:
    """Wants a measurement even where nobody asked for a floor."""
    return _rung(steps, left, 0.0 if floor is None else floor)


def _first_alone(steps: Steps, left: float, floor: float | None) -> str:
    return _rung(steps[:1], left, floor)


def _given_up(steps: Steps, left: float, floor: float | None) -> str | None:
    """Says "queue" inside the loop, so that without steps nothing is said."""
    return _first_alone(steps, left, floor) if steps else None


def _any_ladder(pick: Pick) -> tuple[Steps, float, float | None]:
    names = iter(pick.shuffled(("flagship", "mid", "small", "trimmed", "local")))

    def step() -> tuple[str, float, float | None]:
        accuracy = pick.one_of((None, 0.0, 0.9, 0.95, 0.5))
        return next(names), pick.whole(0, 4) / 100, accuracy

    steps = pick.some(step, 0, 5)
    return steps, pick.whole(0, 5) / 100, pick.one_of((None, 0.9, 0.0, 0.95))


LADDER = Function(
    id="5.4",
    expected=_rung,
    draw=_any_ladder,
    draws=250,
    by_hand=(
        ((STEPS, 1.0, 0.95), "flagship"),  # the floor itself is good enough
        ((STEPS, 0.02, None), "mid"),
        ((STEPS, 0.02, 0.95), "local"),  # mid fits, and nobody has measured it
        ((STEPS, 0.02, 0.98), "queue"),
        ((STEPS, 0.017, None), "mid"),  # what costs all that is left fits
        (([("mid", 0.0042, 0.9), ("small", 0.0008, 0.9)], 0.0039, 0.9), "small"),  # parts of a cent
        (([], 1.0, None), "queue"),
    ),
    # Eight steps, of which the last alone fits; and then none.
    edges=tuple(
        ([(f"model-{n}", n / 100, accuracy) for n in range(9, 1, -1)], 0.02, 0.9)
        for accuracy in (0.9, None)
    ),
    tolerance=0,
    misconceptions=(
        (_trusting, "You let a step pass that nobody has measured: unknown is not above a floor."),
        (_blind_to_quality, "You did not look at the floor: the first that fits may be too poor."),
        (_blind_to_money, "You did not look at the money left: a step must fit into it."),
        (_cheapest, "You took the cheapest: the steps are in order of preference, so go down it."),
        (_last, "You took the last step that fits: the first is preferred."),
        (_below, "You turned a step away that costs exactly what is left: it fits."),
        (_above_floor, "You turned a step away whose accuracy is the floor itself: enough."),
        (
            _strict,
            "You turned steps away that cost exactly what is left, or whose accuracy is the floor "
            "itself: both fit.",
        ),
        (
            _none_as_zero,
            "0 and None are not the same: 0 is a floor, and an accuracy that nobody measured is "
            "not 0. Ask `is None`.",
        ),
        (_best, "You took the most accurate: the steps are in order of preference, so go down it."),
        (_wary, "Where no floor is given, an unmeasured step may serve."),
        *(
            (
                first,
                "You looked at the first step alone: go on to the next where one does not fit. "
                '`return "queue"` stands behind the loop, not in it.',
            )
            for first in (_first_alone, _given_up)
        ),
    ),
    explanation="Down the ladder to the first step that fits the money and is known to be enough.",
    hints=(
        "What must be true of a step, about its money and about its accuracy?",
        "The second is true where `floor is None`. Else look whether the accuracy is None before "
        "you compare it.",
        "A `return` inside of the loop ends it at the first step that fits. What is known after "
        "the loop?",
    ),
    right=(_rung, _by_filter),
)

# --- 5.5 A context packer -----------------------------------------------------------------------

Parts = Sequence[tuple[str, int, float]]


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


def _best_dropped(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.remove(max(kept, key=lambda part: part[2]))
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


def _by_density(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.remove(min(kept, key=lambda part: part[2] / part[1]))
    return [name for name, _, _ in kept]


def _one_too_many(parts: Parts, room: int) -> list[str]:
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) >= room and kept:
        kept.remove(min(kept, key=lambda part: part[2]))
    return [name for name, _, _ in kept]


def _by_worth(parts: Parts, room: int) -> list[str]:
    return _best_first(parts, room)[::-1]


def _once(parts: Parts, room: int) -> list[str]:
    fits = sum(tokens for _, tokens, _ in parts) <= room
    least = None if fits else min(parts, key=lambda part: part[2])
    return [part[0] for part in parts if part != least]


def _those_that_go(parts: Parts, room: int) -> list[str]:
    kept = _dropped_in_turn(parts, room)
    gone = [part for part in parts if part[0] not in kept]
    return [name for name, _, _ in sorted(gone, key=lambda part: part[2])]


def _any_parts(pick: Pick) -> tuple[Parts, int]:
    worths = iter(pick.shuffled(range(1, 10)))
    names = iter(pick.shuffled("abcdefghi"))
    parts = pick.some(lambda: (next(names), pick.whole(1, 600), next(worths)), 0, 9)
    everything = sum(tokens for _, tokens, _ in parts)
    return parts, pick.one_of((everything, pick.whole(0, everything + 9)))


PACK = Function(
    id="5.5",
    expected=_packed,
    draw=_any_parts,
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
        (([("a", 100, 1), ("b", 100, 2)], 99), []),
        (([], 0), []),
    ),
    edges=(([("a", 1, 1)], 0),),
    tolerance=0,
    misconceptions=(
        (_longest_first, "You dropped the longest part first: long is not the same as worthless."),
        (
            _by_density,
            "You dropped by worth for each token: here the worth of the whole part decides.",
        ),
        (_best_dropped, "You dropped the part of the most worth: the least worth goes first."),
        (_oldest_first, "You dropped from the front: here `worth` says what goes, not the place."),
        *(
            (ordered, "The right parts, in another order: keep the order in which they came.")
            for ordered in (_best_first, _by_worth)
        ),
        (_once, "You dropped one part and looked no further: go on until the rest fits."),
        (_those_that_go, "These are the parts that go: return the names of those that stay."),
        (_one_too_many, "You dropped a part although everything fitted exactly."),
        (
            _filled_up,
            "You filled the room from the best on, and let a part in that was worth less than one "
            "you left out: drop the least worth instead, and stop when the rest fits.",
        ),
    ),
    explanation="The least worth goes first, until the rest fits, in its old order.",
    hints=(
        "Work on a copy of the list, with a `while` that asks how many tokens are still in it.",
        "`min` with a `key` finds the part that would be missed least.",
        "Take it out of the list with `remove`, so that the others keep their places.",
    ),
    right=(_packed, _dropped_in_turn),
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
    share = min(1.0, total / max(sum(wishes.values()), 1e-9))
    return {user: wish * share for user, wish in wishes.items()}


def _first_come(total: float, wishes: Wishes) -> dict[str, float]:
    given, left = {}, total
    for user, wish in wishes.items():
        given[user] = min(wish, left)
        left -= given[user]
    return given


def _in_turn(order: Callable[[Wishes], list[str]]) -> Callable[[float, Wishes], dict[str, float]]:
    """An equal part of what is left for each, in another order than from the smallest wish on."""

    def shared(total: float, wishes: Wishes) -> dict[str, float]:
        given, left = {}, total
        for place, user in enumerate(order(wishes)):
            given[user] = min(wishes[user], left / (len(wishes) - place))
            left -= given[user]
        return given

    return shared


def _modest_first(total: float, wishes: Wishes) -> dict[str, float]:
    return _first_come(
        total, {user: wishes[user] for user in sorted(wishes, key=wishes.__getitem__)}
    )


def _rounds(most: int) -> Callable[[float, Wishes], dict[str, float]]:
    """Shares out so often what the modest leave, and keeps what is left over then."""

    def shared(total: float, wishes: Wishes) -> dict[str, float]:
        given = _capped(total, wishes)
        for _ in range(most):
            hungry = [user for user, wish in wishes.items() if wish > given[user]]
            part = (total - sum(given.values())) / max(1, len(hungry))
            given |= {user: min(wishes[user], given[user] + part) for user in hungry}
        return given

    return shared


def _staggered(users: int, share: float) -> tuple[float, dict[str, float]]:
    """Wishes that take many rounds of sharing: each round fills that share of those who still want
    more, and leaves nearly all of their part over. Where a round fills one wish alone, what is
    left over shrinks with the product of the numbers of users, and a few rounds are as good."""
    wishes: dict[str, float] = {}
    hungry, left, level = users, 10_000.0, 0.0
    while hungry > 1:
        part, filled = left / hungry, max(1, round(hungry * share))
        for _ in range(filled):
            wishes[f"u{len(wishes) + 1}"] = round(level + part / 10, 3)
        hungry, left, level = hungry - filled, filled * part * 0.9, level + part
    return 10_000.0, wishes | {f"u{users}": 9_999.0}


def _any_wishes(pick: Pick) -> tuple[float, dict[str, float]]:
    names = iter(pick.shuffled(("ann", "ben", "cem", "dee", "eva", "fay")))
    wishes = dict(pick.some(lambda: (next(names), float(pick.whole(0, 30))), 1, 6))
    return float(pick.whole(0, 60)), wishes


FAIR = Function(
    id="5.6",
    expected=_fair,
    draw=_any_wishes,
    # Each round fills one wish more; then ten rounds and more are too few.
    edges=(
        (60.0, {"fay": 4.0, "eva": 10.4, "dee": 11.3, "cem": 11.42, "ben": 11.435, "ann": 30.0}),
        _staggered(20, 0.2),
        _staggered(64, 0.25),
    ),
    tolerance=1e-6,
    by_hand=(
        # 10 / 3 = 3.33: ann needs 2 of it; the 8 left are 4 each for two, which ben just needs
        ((10.0, {"ann": 2.0, "ben": 4.0, "cem": 20.0}), {"ann": 2, "ben": 4, "cem": 4}),
        ((9.0, {"ann": 5.0, "ben": 5.0, "cem": 5.0}), {"ann": 3, "ben": 3, "cem": 3}),
        ((9.0, {"ann": 1.0, "ben": 2.0}), {"ann": 1, "ben": 2}),
        # 12 / 4 = 3: ann leaves 2, which makes 11 / 3 = 3.67; ben leaves .17, so 7.5 / 2 = 3.75
        (
            (12.0, {"ann": 1.0, "ben": 3.5, "cem": 9.0, "dee": 9.0}),
            {"ann": 1, "ben": 3.5, "cem": 3.75, "dee": 3.75},
        ),
    ),
    misconceptions=(
        (_equal, "Everybody gets the same, even who wants less: nobody gets more than their wish."),
        (_capped, "What the modest leave is lost: share it among those who want more."),
        (_in_proportion, "In proportion to the wishes, who asks for more gets more from the rest."),
        *(
            (
                _rounds(most),
                "You shared out what the modest leave so many times and no more. After each time "
                "some need less than their part again: go on until nothing is left over.",
            )
            for most in range(1, 11)
        ),
        (_first_come, "First come, first served: whoever is last goes without."),
        (
            _modest_first,
            "You filled the smallest wishes first, and the largest goes without: nobody gets more "
            "than those whose wish is not filled.",
        ),
        *(
            (
                _in_turn(order),
                "You went through the users in another order: begin with the smallest wish, so "
                "that what it leaves reaches all others.",
            )
            for order in (list, sorted)
        ),
    ),
    explanation="The modest get all they want; the rest share equally what they leave.",
    hints=(
        "Begin with the smallest wish: is it below an equal part of all the money?",
        "When that user is served, the others share what is left, again in equal parts.",
        "So go through the users from the smallest wish to the largest.",
    ),
    right=(_fair, _filled),
)

EXERCISES = (GUARDED, POLICY, THRESHOLD, LADDER, PACK, FAIR)
