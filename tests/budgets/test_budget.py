"""Limits hold to the last pico-dollar: under threads, under processes, after a kill, by property.

Everything that a database does is tried on SQLite and on a real PostgreSQL server.
"""

from __future__ import annotations

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest

from costlib import connect, cost_of, provider_of, read_usage
from costlib.budgets.budget import Budget, BudgetExceeded, BudgetStopped, Limit
from costlib.budgets.races import (
    NaiveGuard,
    ReservingGuard,
    die_while_reserved,
    race_processes,
    race_threads,
)
from costlib.estimation.ceilings import ceiling
from costlib.tokens.text import Count

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


class ManualClock:
    """A clock that is moved by hand."""

    def __init__(self, now: datetime = NOON) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock():
    return ManualClock()


def amounts(budget: Budget, **tags: str) -> list[tuple[str, str, str]]:
    """Scope, spent and reserved of each account, as plain text."""
    return [(a.scope, f"{a.spent:f}".rstrip("0").rstrip("."), f"{a.reserved.normalize():f}")
            for a in budget.accounts(**tags)]  # fmt: skip


# --- Under load ---------------------------------------------------------------------------------


def test_64_threads_reserve_no_more_than_the_limit_and_leave_nothing(database_url):
    guard = ReservingGuard(database_url, "10.00")
    # 64 x 0.23 = 14.72; 43 of them are 9.89, and 44 would be 10.12
    assert race_threads(guard, "0.23", 64) == 43
    assert guard.spent == Decimal("9.89")
    assert guard.budget.accounts()[0].reserved == 0
    guard.close()


def test_64_threads_overspend_the_naive_guard_by_an_exact_sum(database_url):
    guard = NaiveGuard(database_url, "10.00")
    assert race_threads(guard, "0.23", 64) == 64
    assert guard.spent - guard.limit == Decimal("4.72")
    guard.close()


def test_8_processes_reserve_no_more_than_the_limit_and_leave_nothing(database_url):
    # 8 processes x 5 tries x 0.07 = 2.80; 14 of them are 0.98
    assert race_processes("reserve, then settle", database_url, "1.00", "0.07", 8, 5) == 14
    guard = ReservingGuard(database_url, "1.00")
    (account,) = guard.budget.accounts()
    assert (account.spent, account.reserved) == (Decimal("0.98"), 0)
    guard.close()


def test_processes_overspend_the_naive_guard_by_an_exact_sum(tmp_path):
    url = f"sqlite:///{tmp_path / 'naive.sqlite'}"
    # 3 at a time: 0.30, 0.60, 0.90, and at 0.90 all three find room for 0.10 once more
    assert race_processes("check, then spend", url, "1.00", "0.10", 3, 6) == 12
    assert NaiveGuard(url, "1.00").spent == Decimal("1.20")


def test_a_process_killed_while_it_holds_money_is_made_good_by_expiry(database_url, clock):
    die_while_reserved(database_url, "1.00", "0.80")
    clock.now = datetime.now(UTC)
    budget = Budget(database_url, [Limit("1.00", "ever")], clock=clock)
    with pytest.raises(BudgetExceeded):
        budget.reserve("0.30")
    clock.now += timedelta(hours=2)
    budget.reserve("0.30").settle("0.25")
    assert amounts(budget) == [("everything", "0.25", "0")]
    budget.close()


def test_nested_scopes_hold_all_at_once_under_threads(database_url):
    limits = [
        Limit(5, "month"),
        Limit(2, "month", where={"project": "chat"}),
        Limit("0.7", "day", by="user"),
        Limit("0.5", "month", by=("user", "project")),
    ]
    budget = Budget(database_url, limits, clock=ManualClock())
    barrier = Barrier(12)

    def work(seed: int) -> dict[tuple[str, str], Decimal]:
        rng, spent = random.Random(seed), {}
        barrier.wait()
        for _ in range(12):
            tags = {"user": f"u{rng.randrange(6)}", "project": rng.choice(("chat", "mail"))}
            asked = Decimal(rng.randrange(1, 20)) / 100
            try:
                with budget.reserve(asked, **tags) as reservation:
                    cost = asked * rng.randrange(0, 11) / 10
                    if rng.random() < 0.2:
                        cost = asked  # nobody knows whether it was billed
                        raise ZeroDivisionError
                    reservation.settle(cost)
            except BudgetExceeded:
                continue
            except ZeroDivisionError:
                pass
            spent[*tags.values()] = spent.get(tuple(tags.values()), Decimal(0)) + cost
        return spent

    with ThreadPoolExecutor(12) as pool:
        found = list(pool.map(work, range(12)))
    by_scope: dict[str, Decimal] = {}
    for user, project in {key for spent in found for key in spent}:
        total = sum(spent.get((user, project), Decimal(0)) for spent in found)
        scopes = [f"user {user} in project {project}", f"user {user}", "everything"]
        for scope in scopes + ["project chat"] * (project == "chat"):
            by_scope[scope] = by_scope.get(scope, Decimal(0)) + total
        for account in budget.accounts(user=user, project=project):
            assert account.reserved == 0
            assert account.spent <= account.limit
    for user in (f"u{n}" for n in range(6)):
        for project in ("chat", "mail"):
            for account in budget.accounts(user=user, project=project):
                assert account.spent == by_scope.get(account.scope, 0)
    budget.close()


# --- One call -----------------------------------------------------------------------------------


def test_a_refusal_reserves_nothing_anywhere_and_says_what_stands_in_the_way(database_url, clock):
    limits = [Limit(5, "month"), Limit("0.50", "day", by="user")]
    budget = Budget(database_url, limits, zone="Europe/Berlin", clock=clock)
    budget.reserve("0.30", user="ann").settle("0.20")
    budget.reserve("0.25", user="ann")
    with pytest.raises(BudgetExceeded) as stopped:
        budget.reserve("0.10", user="ann")
    assert str(stopped.value) == (
        "Budget exceeded for user ann: $0.20 of $0.50 a day spent, $0.25 reserved, $0.05 left; "
        "this call may cost $0.10. It starts again at 2026-11-23 00:00 (Europe/Berlin)."
    )
    assert stopped.value.account.left == Decimal("0.05")
    assert stopped.value.asked == Decimal("0.10")
    assert amounts(budget, user="ann") == [
        ("user ann", "0.2", "0.25"),
        ("everything", "0.2", "0.25"),
    ]
    assert budget.reserve("0.10", user="ben").usd == Decimal("0.10")
    # The whole has no room, the user has: the user's account must not keep anything either.
    small = Budget(database_url, [Limit("0.05", "week"), Limit(9, "week", by="user")], clock=clock)
    with pytest.raises(BudgetExceeded, match="everything"):
        small.reserve("0.06", user="ann")
    assert amounts(small, user="ann") == [("user ann", "0", "0"), ("everything", "0", "0")]
    small.close()
    budget.close()


def test_a_limit_is_reached_exactly(database_url):
    budget = Budget(database_url, [Limit("0.3", "ever")])
    budget.reserve(0.1).settle(0.1)
    budget.reserve("0.2").settle("0.2")  # 0.1 + 0.2 <= 0.3, which floats deny
    with pytest.raises(BudgetExceeded):
        budget.reserve("0.000000000001")
    budget.close()


def test_the_largest_amounts_fit(database_url):
    budget = Budget(database_url, [Limit(9_000_000, "ever")])
    most = budget.reserve(9_000_000)
    with pytest.raises(BudgetExceeded):
        budget.reserve(9_000_000)
    most.settle(9_000_000)
    with pytest.raises(ValueError, match="from 0 to 9,000,000"):
        budget.reserve(9_000_001)
    assert budget.accounts()[0].left == 0
    budget.close()


def test_a_new_period_begins_at_midnight_in_its_zone(clock):
    budget = Budget("sqlite://", [Limit(1, "day")], zone="America/New_York", clock=clock)
    clock.now = datetime(2026, 11, 1, 3, 59, tzinfo=UTC)  # 23:59 on 31 October
    late = budget.reserve(1)
    clock.now = datetime(2026, 11, 1, 4, 0, tzinfo=UTC)
    budget.reserve(1).settle(1)
    late.settle("0.9")  # counts in the day in which it was reserved
    assert amounts(budget) == [("everything", "1", "0")]
    clock.now = datetime(2026, 11, 2, 4, 59, tzinfo=UTC)  # a day of 25 hours
    with pytest.raises(BudgetExceeded, match=r"2026-11-02 00:00 \(America/New_York\)"):
        budget.reserve("0.01")


def test_what_was_not_used_is_carried_over_once_and_within_bounds(database_url, clock):
    limits, lease = [Limit(10, "month", carry_over=0.25)], timedelta(days=60)
    budget = Budget(database_url, limits, clock=clock, lease=lease)
    slow = budget.reserve(1)
    budget.reserve(8).settle("7.20")
    clock.now = datetime(2026, 12, 1, tzinfo=UTC)
    assert budget.accounts()[0].limit == 10  # nothing moves before the month is used
    budget.reserve(1).settle(1)
    assert budget.accounts()[0].limit == Decimal("11.80")  # 10 - 7.20 - 1 still reserved
    slow.settle("0.1")
    assert budget.accounts()[0].limit == Decimal("11.80")
    clock.now = datetime(2027, 1, 9, tzinfo=UTC)
    budget.reserve(1)
    assert budget.accounts()[0].limit == Decimal("12.50")  # 10.80 were left, a quarter may move
    clock.now = datetime(2026, 12, 31, tzinfo=UTC)  # a machine whose clock is behind
    assert budget.accounts()[0].left == Decimal("8.30")  # 10.80 - 2.50: it moved out of here
    budget.close()


def test_a_soft_limit_notices_once_and_never_stops(clock):
    heard = []
    limits = [Limit(1, "day", hard=False, warn_at=0.8), Limit(2, "day", by="user")]
    budget = Budget("sqlite://", limits, clock=clock, notify=heard.append)
    for _ in range(3):
        budget.reserve("0.45", user="ann").settle("0.40")
    assert [(a.scope, a.spent) for a in heard] == [("everything", Decimal("0.8"))]
    assert budget.accounts(user="ann")[1].left == Decimal("-0.2")
    clock.now += timedelta(days=1)
    budget.reserve("0.9", user="ben").settle("0.9")
    assert [a.spent for a in heard] == [Decimal("0.8"), Decimal("0.9")]


def test_notice_is_given_once_however_many_settle_at_once(database_url):
    heard = []
    budget = Budget(database_url, [Limit(1, "ever", warn_at=0.5)], notify=heard.append)
    ready = [budget.reserve("0.10") for _ in range(10)]
    barrier = Barrier(10)

    def settle(reservation):
        barrier.wait()
        reservation.settle("0.10")

    with ThreadPoolExecutor(10) as pool:
        list(pool.map(settle, ready))
    assert [account.spent for account in heard] == [Decimal("0.5")]
    budget.close()


def test_settling_for_more_is_booked_and_what_follows_is_refused():
    budget = Budget("sqlite://", [Limit(1, "ever")])
    reservation = budget.reserve("0.90")
    reservation.settle("1.25")
    assert reservation.overrun == Decimal("0.35")
    assert budget.accounts()[0].left == Decimal("-0.25")
    with pytest.raises(BudgetExceeded, match=r"\$0 left"):
        budget.reserve("0.01")


@pytest.mark.parametrize(("charge", "spent"), [(False, "0"), (True, "0.6")])
def test_an_expired_reservation_comes_back_or_counts_and_may_return_late(
    database_url, clock, charge, spent
):
    budget = Budget(database_url, [Limit(1, "ever")], clock=clock, charge_expired=charge)
    slow, dead = budget.reserve("0.4"), budget.reserve("0.2")
    clock.now += timedelta(minutes=59)
    assert budget.expire() == 0
    clock.now += timedelta(minutes=1)
    assert budget.expire() == 2
    assert amounts(budget) == [("everything", spent, "0")]
    slow.settle("0.3")  # not dead after all: its call was billed
    dead.release()  # late, and its call was not made: it costs nothing either way
    assert amounts(budget) == [("everything", "0.3", "0")]
    with pytest.raises(ValueError, match="before"):
        slow.settle("0.3")
    budget.close()


def test_the_kill_switch_stops_one_run_or_all(database_url):
    budget = Budget(database_url, [Limit(9, "ever")])
    under_way = budget.reserve(1, run="r1", user="ann")
    budget.stop("it loops", run="r1")
    other = Budget(database_url, [Limit(9, "ever")])  # another process hears it too
    with pytest.raises(BudgetStopped, match="stopped for run r1: it loops"):
        other.reserve(1, run="r1", user="ben")
    other.reserve(1, run="r2").settle(1)
    under_way.settle(1)
    budget.stop("everything off")
    with pytest.raises(BudgetStopped, match="stopped for everything: everything off"):
        other.reserve(1, run="r2")
    budget.resume()
    other.reserve(1, run="r2").settle(1)
    assert amounts(budget) == [("everything", "3", "0")]
    budget.close()
    other.close()


# --- Around a real SDK's call -------------------------------------------------------------------

ASKED = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Where is my card?"}]}


def test_a_real_call_settles_for_what_it_cost():
    client, budget = connect("openai"), Budget("sqlite://", [Limit(1, "ever")])
    with budget.reserve(ceiling("gpt-4.1", 100, 50)) as reservation:
        reply = client.chat.completions.create(**ASKED, max_completion_tokens=50)
        cost = cost_of(read_usage(reply), "gpt-4.1")
        reservation.settle(cost)
    assert 0 < cost.total < reservation.usd
    account = budget.accounts()[0]
    assert (account.spent, account.reserved, reservation.overrun) == (cost.total, 0, 0)


@pytest.mark.parametrize(
    ("failure", "spent"),
    [(429, "0"), (500, "0"), ("timeout", "0.5")],
)
def test_a_refusal_gives_back_and_a_time_out_counts(failure, spent):
    client = connect("openai").with_options(max_retries=0)
    provider_of(client).failures.script(failure)
    budget = Budget("sqlite://", [Limit(1, "ever")])
    with pytest.raises(Exception), budget.reserve("0.5"):  # noqa: B017 - the SDK's own kinds
        client.chat.completions.create(**ASKED)
    assert amounts(budget) == [("everything", spent, "0")]


@pytest.mark.parametrize(
    ("error", "spent"),
    [(KeyboardInterrupt, "0.5"), (KeyError, "0.5"), (TimeoutError, "0.5"), (None, "0.5")],
)
def test_how_a_block_ends(error, spent):
    budget = Budget("sqlite://", [Limit(1, "ever")])
    try:
        with budget.reserve("0.5"):
            if error:
                raise error
    except (KeyboardInterrupt, KeyError, TimeoutError):
        pass
    assert amounts(budget) == [("everything", spent, "0")]


# --- Ceilings -----------------------------------------------------------------------------------


def test_ceilings_by_hand():
    # gpt-4.1: 1,000 x 2 + 500 x 8 per million; writes are free there
    assert ceiling("gpt-4.1", 1_000, 500) == Decimal("0.006")
    # opus 5.5: 1,000 x 4 + 500 x 20; written to the cache for an hour the input costs 8
    assert ceiling("claude-opus-5-5", 1_000, 500, cache_writes=False) == Decimal("0.014")
    assert ceiling("claude-opus-5-5", 1_000, 500) == Decimal("0.018")
    assert ceiling("gpt-4.1", Count(900, 800, 1_000, False), 500, attempts=3) == Decimal("0.018")
    # priority costs more than standard, and a tier without a rate is passed over
    dear = ceiling("gpt-4.1", 1_000, 500, tiers=("standard", "priority", "flex"))
    assert dear > ceiling("gpt-4.1", 1_000, 500)


def test_no_real_call_costs_more_than_its_ceiling():
    client = connect("anthropic")
    said = [{"role": "user", "content": "word " * 3_000}]
    counted = client.messages.count_tokens(model="claude-opus-5-5", messages=said).input_tokens
    for marked in ({}, {"cache_control": {"type": "ephemeral", "ttl": "1h"}}):
        reply = client.messages.create(
            model="claude-opus-5-5", max_tokens=40, messages=said, **marked
        )
        cost = cost_of(read_usage(reply), "claude-opus-5-5").total
        assert cost <= ceiling("claude-opus-5-5", counted, 40, cache_writes=bool(marked))


# --- Bad input ----------------------------------------------------------------------------------


@pytest.mark.parametrize("usd", [-1, "much", float("nan"), float("inf"), None, True])
def test_what_is_no_amount_is_refused_and_loses_nothing(usd):
    budget = Budget("sqlite://", [Limit(1, "ever")])
    with pytest.raises(ValueError, match="no amount in USD"):
        budget.reserve(usd)
    reservation = budget.reserve("0.5")
    with pytest.raises(ValueError, match="no amount in USD"):
        reservation.settle(usd)
    reservation.settle("0.5")
    assert amounts(budget) == [("everything", "0.5", "0")]


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Limit(1, "year"), "'year' is unknown"),
        (lambda: Limit(10_000_000), "from 0 to 9,000,000"),
        (lambda: Limit(5_000_000, carry_over=1), "from 0 to 9,000,000"),
        *(
            (lambda share=share: Limit(1, warn_at=share), "warn_at=.* no share .* 0.8 for 80%")
            for share in (80, -0.1, "80%", None, True, float("nan"))
        ),
        (lambda: Limit(1, warn_at=0), "a share above 0"),
        (lambda: Limit(1, carry_over=25), "carry_over=25 is no share"),
        (lambda: Limit(1, "ever", carry_over=0.25), "carry_over=0.25 has no period"),
        (lambda: Limit(1, by=5), "by=5 names no tag"),
        (lambda: Limit(1, by=None), "by=None names no tag"),
        (lambda: Limit(1, by=("user", 5)), "by=5 names no tag"),
        (lambda: Budget("sqlite://", [Limit(1), Limit(2)]), "same period"),
        (lambda: Budget("sqlite://", [], zone="Nowhere"), "IANA"),
        (lambda: Budget("sqlite://", [], lease=timedelta(0)), "before it begins"),
        (lambda: Budget("mysql://budget", []), "sqlite:///"),
        (lambda: Budget("sqlite://", [Limit(1, by="user")]).reserve(1), "no user"),
    ],
)
def test_bad_input_gets_a_sentence(make, words):
    with pytest.raises(ValueError, match=words):
        make()


def test_a_limit_alone_is_no_list_of_limits():
    with pytest.raises(TypeError, match=r"is no list: give the limits as \[Limit"):
        Budget("sqlite://", Limit(1))


def test_a_run_that_may_spend_nothing_says_so():
    budget = Budget("sqlite://", [])
    assert repr(budget.run("closed", cap=0)) == "<run closed, at most $0>"
    assert repr(budget.run("open")) == "<run open>"
