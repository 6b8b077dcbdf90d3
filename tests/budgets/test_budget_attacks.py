"""A budget under attack: databases that fail, forks, deadlocks, zones, odd tags and amounts."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import multiprocessing
import os
import pickle
import sqlite3
import subprocess
import sys
import threading
import time
import warnings
from concurrent import futures
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from datetime import UTC, datetime, timedelta
from decimal import Decimal, Inexact, localcontext
from functools import partial
from threading import Barrier
from zoneinfo import ZoneInfo

import anthropic
import httpx2
import numpy as np
import openai
import pytest
import sqlalchemy as sa
from commits import interrupt_commit
from test_budget import ManualClock, amounts

from costlib import connect, cost_of, read_usage
from costlib.budgets import Budget, BudgetExceeded, BudgetStopped, BudgetUnavailable, Limit
from costlib.budgets.places import Branch, order_of, places_of
from costlib.budgets.unbilled import costs_nothing
from costlib.provider import connect_async, provider_of
from costlib.provider.bill import cost_of_record
from costlib.tracking import clients, database
from costlib.tracking.clients import track
from costlib.tracking.ledger import Ledger
from costlib.tracking.meters import Meter, metered
from costlib.tracking.pool_work import waits_for, work_here

ASKED = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Where is my card?"}]}


@pytest.fixture(autouse=True)
def no_waits(monkeypatch):
    monkeypatch.setattr(database, "FIRST_WAIT", 0)


def break_commits(budget, times, words="database or disk is full", code=sqlite3.SQLITE_FULL):
    """The next commits fail so often, before anything is written."""
    dialect, left = budget._books.engine.dialect, [times]
    commit = dialect.do_commit

    def failing(connection):
        if left[0]:
            left[0] -= 1
            error = sqlite3.OperationalError(words)
            error.sqlite_errorcode = code
            raise error
        commit(connection)

    dialect.do_commit = failing


# --- Databases that fail ------------------------------------------------------------------------


@pytest.mark.parametrize("charged", [False, True])
def test_a_thousand_reservations_of_killed_processes_are_taken_back_in_three_transactions(
    database_url, charged
):
    """One by one, ten thousand of them had held up the next call for 81 seconds."""
    clock = ManualClock()
    limits = [Limit(100, "ever"), Limit(5, "day", by="user", where={"team": "a"})]
    lease = timedelta(minutes=1)
    budget = Budget(database_url, limits, clock=clock, lease=lease, charge_expired=charged)
    for number in range(1000):
        budget.reserve("0.01", user=f"u{number % 7}", team="ab"[number % 2])
    kept = budget.reserve("0.5", user="u0", team="a")
    kept.settle("0.25")
    clock.now += timedelta(minutes=2)
    commits = []
    sa.event.listen(budget._books.engine, "commit", commits.append)
    assert budget.expire() == 1000 and budget.expire() == 0
    assert len(commits) == 4  # what is due, 500, 500; and the second look
    lost = Decimal("0.01") * sum(number % 14 == 0 for number in range(1000)) * charged
    mine, whole = budget.accounts(user="u0", team="a")
    assert (mine.spent, mine.reserved) == (lost + Decimal("0.25"), 0)
    assert (whole.spent, whole.reserved) == (10 * charged + Decimal("0.25"), 0)


def test_accounts_are_locked_in_one_order_whoever_names_them():
    limits = [
        Limit(9, "ever"), Limit(1, "day", by="user"), Limit(2, "week", by=("team", "user")),
        Limit(3, "month", where={"team": "a b] {"}),
    ]  # fmt: skip
    tags, now = {"user": 'u "1" [', "team": "a b] {"}, datetime(2026, 11, 1, tzinfo=UTC)
    places = places_of(limits, tags, [Branch("r", None, 10)], now, ZoneInfo("Europe/Berlin"))
    assert [order_of(place.id) for place in places] == [place.key for place in places]
    assert len(places) == 5 and order_of("ever " + "x" * 2000)[0] == 0


@pytest.mark.parametrize(
    "clock", [datetime.now, datetime(2026, 11, 1, tzinfo=UTC), lambda: 1_793_491_200.0]
)
def test_a_clock_that_is_none_is_named_when_the_budget_is_opened(clock):
    with pytest.raises(ValueError, match=r"^clock=.* is no clock: give a function .* aware"):
        Budget("sqlite://", [Limit(1)], clock=clock)


@pytest.mark.parametrize("carry", [copy.copy, copy.deepcopy, pickle.dumps])
def test_what_holds_an_open_database_says_that_it_cannot_be_sent_elsewhere(carry):
    budget = Budget("sqlite://", [Limit(1)])
    for opened in (budget, budget.reserve("0.1"), Ledger()):
        with pytest.raises(TypeError, match=rf"^a {type(opened).__name__} holds an open database"):
            carry(opened)


def test_a_settle_that_failed_is_repeated_or_else_made_good_by_the_next_call():
    budget = Budget("sqlite://", [Limit(1, "ever")])
    first, second = budget.reserve("0.40"), budget.reserve("0.40")
    break_commits(budget, 1)
    with pytest.raises(BudgetUnavailable, match="disk is full"):
        first.settle("0.35")
    assert first.state == "open"
    first.settle("0.35")
    assert first.state == "settled"
    with pytest.raises(ValueError, match=r"settled at \$0.35 before"):
        first.settle("0.35")
    break_commits(budget, 1)
    with pytest.raises(BudgetUnavailable):
        second.settle("0.40")
    with pytest.raises(BudgetExceeded, match=r"\$0.75 of \$1.00"):  # nobody repeated it
        budget.reserve("0.26")
    second.settle("0.40")  # whoever repeats it later is told that it is done
    assert amounts(budget) == [("everything", "0.75", "0")]


def test_a_release_can_be_repeated_and_says_what_happened():
    budget = Budget("sqlite://", [Limit(1, "ever")])
    reservation = budget.reserve("0.40")
    break_commits(budget, 1)
    with pytest.raises(BudgetUnavailable):
        reservation.release()
    reservation.release()
    reservation.release()
    assert reservation.state == "released"
    with pytest.raises(ValueError, match="released before"):
        reservation.settle("0.1")
    settled = budget.reserve("0.40")
    settled.settle("0.10")
    settled.release()
    assert settled.state == "settled"
    assert amounts(budget) == [("everything", "0.1", "0")]


def test_a_release_after_a_settle_that_failed_gives_no_billed_money_back():
    """As in `except Exception: reservation.release()` around the call and its settling."""
    budget = Budget("sqlite://", [Limit(1, "ever")])
    first, second = budget.reserve("0.40"), budget.reserve("0.40")
    break_commits(budget, 1)
    with pytest.raises(BudgetUnavailable):
        first.settle("0.35")
    first.release()
    assert first.state == "settled"
    break_commits(budget, 1)
    with pytest.raises(BudgetUnavailable):
        second.release()
    second.settle("0.30")  # the other way round, it was billed too
    assert amounts(budget) == [("everything", "0.65", "0")]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(), MemoryError()], ids=repr)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
def test_whoever_is_interrupted_at_a_commit_loses_nothing(database_url, error, after):
    """Nothing stays reserved, nothing billed is lost, and a database in memory is still there."""
    for url in ("sqlite://", database_url):
        budget = Budget(url, [Limit(1, "ever")])
        held = budget.reserve("0.40")
        for end in (partial(budget.reserve, "0.10"), partial(held.settle, "0.35")):
            interrupt_commit(budget._books.engine, error, after)
            with pytest.raises(type(error)):
                end()
        assert amounts(budget) == [("everything", "0.35", "0")]
        held.settle("0.35")
        assert amounts(budget) == [("everything", "0.35", "0")]
        budget.close()


def test_a_block_keeps_its_answer_or_its_own_error_when_the_database_fails(caplog):
    """A function that returned its answer from inside the block lost it to our bookkeeping."""
    budget = Budget("sqlite://", [Limit(1, "ever")])
    with pytest.raises(ZeroDivisionError), budget.reserve("0.40"):
        break_commits(budget, 1)
        raise ZeroDivisionError
    assert "waits to be ended" in caplog.text
    assert amounts(budget) == [("everything", "0.4", "0")]
    caplog.clear()

    def answer():
        with budget.reserve("0.40"):
            break_commits(budget, 1)
            return "your card is on its way"

    assert answer() == "your card is on its way"
    assert "waits to be ended" in caplog.text
    assert amounts(budget) == [("everything", "0.8", "0")]


PROGRAM = """
import asyncio, os, signal, sys
import sqlalchemy as sa
from costlib.budgets import Budget, Limit
from costlib.provider import connect, connect_async
from costlib.tracking import Ledger, track

asked = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hi"}], "stream": True}
ledger, budget = Ledger(sys.argv[1]), Budget(sys.argv[1], [Limit(1, "ever")])
reservation = budget.reserve("0.5")
client = track(connect_async("openai"), ledger)
kept = asyncio.run(client.chat.completions.create(**asked))
also = track(connect("openai"), ledger).chat.completions.create(**asked)
if pid := os.fork() if hasattr(os, "fork") else 0:
    os.waitpid(pid, 0)
elif hasattr(os, "fork"):
    del kept, also
    with reservation:
        sys.exit()

signal.signal(signal.SIGTERM, lambda *_: sys.exit(3))


@sa.event.listens_for(budget._books.engine, "commit", once=True)
def stop(*_):
    signal.raise_signal(signal.SIGTERM)


reservation.settle("0.2")
"""


def test_a_program_that_is_told_to_end_books_what_was_billed(tmp_path):
    """$0 of $0.20 was booked where the signal came during the commit, and a stream that was still
    open when an event loop had ended left no row. The child of a fork books nothing twice."""
    where = str(tmp_path / "both.sqlite")
    done = subprocess.run([sys.executable, "-c", PROGRAM, where], timeout=120, check=False)
    assert done.returncode == 3
    assert amounts(Budget(where, [Limit(1, "ever")])) == [("everything", "0.2", "0")]
    assert list(Ledger(where).frame()["status"]) == ["interrupted"] * 2


def test_a_locked_database_is_tried_again_within_a_bound():
    budget = Budget("sqlite://", [Limit(1, "ever")])
    break_commits(budget, 3, "database is locked", sqlite3.SQLITE_BUSY)
    budget.reserve("0.40").settle("0.40")
    break_commits(budget, 10**9, "database is locked", sqlite3.SQLITE_BUSY)
    with pytest.raises(BudgetUnavailable, match="locked"):
        budget.reserve("0.40")


def test_connections_that_the_server_ends_are_made_anew(postgres_url):
    budget = Budget(postgres_url, [Limit(1, "ever")])
    reservation = budget.reserve("0.40")
    server = sa.create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid() "
    with server.connect() as connection:
        connection.execute(sa.text(end + "AND datname = current_database()"))
        reservation.settle("0.30")
        connection.execute(sa.text(end + "AND datname = current_database()"))
    assert amounts(budget) == [("everything", "0.3", "0")]
    server.dispose()
    budget.close()


def test_the_turn_of_a_period_brings_no_deadlock(postgres_url):
    """Carrying over locks an earlier account beside others that settle there."""
    clock = ManualClock()
    limits = [Limit(50, "day", carry_over=0.5), Limit(50, "day", by="user", carry_over=0.5)]
    budget = Budget(postgres_url, limits, clock=clock, lease=timedelta(days=9))
    for day in range(3):
        held = [budget.reserve("0.10", user=f"u{n % 2}") for n in range(24)]
        clock.now += timedelta(days=1)
        barrier = Barrier(24)

        def work(n, held=held, barrier=barrier):
            barrier.wait()
            if n % 2:
                budget.reserve("0.10", user=f"u{n % 4 // 2}").settle("0.05")
            held[n].settle("0.10")

        with ThreadPoolExecutor(24) as pool:
            list(pool.map(work, range(24)))
        for account in budget.accounts(user="u0"):
            assert account.reserved == 0, day
    spent = budget.accounts(user="u0")[-1].spent
    assert spent == Decimal("0.6")  # twelve of 0.05 on the last day
    budget.close()


def test_the_kill_switch_is_renewed_without_a_gap(database_url):
    budget = Budget(database_url, [])
    budget.stop("first")
    over, through = threading.Event(), []

    def trying():
        while not over.is_set():
            with suppress(BudgetStopped):
                through.append(budget.reserve(0))

    callers = [threading.Thread(target=trying) for _ in range(3)]
    for caller in callers:
        caller.start()
    for number in range(60):
        budget.stop(f"again {number}")
    over.set()
    for caller in callers:
        caller.join()
    assert through == []
    with pytest.raises(BudgetStopped, match="again 59"):
        budget.reserve(0)
    budget.close()


# --- Processes ----------------------------------------------------------------------------------


def _in_a_fork(budget, report):
    try:
        budget.reserve("0.10").settle("0.05")
        report.send("done")
    except BaseException as error:
        report.send(repr(error))
    finally:
        report.close()
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows has no fork")
def test_children_of_a_fork_have_connections_of_their_own(database_url):
    budget = Budget(database_url, [Limit(1, "ever")])
    budget.reserve("0.10").settle("0.10")  # a connection is open
    context = multiprocessing.get_context("fork")
    pipes = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the test runner has threads
        for _ in range(4):
            mine, theirs = context.Pipe(duplex=False)
            context.Process(target=_in_a_fork, args=(budget, theirs), daemon=True).start()
            theirs.close()
            pipes.append(mine)
    budget.reserve("0.10").settle("0.10")
    heard = [pipe.recv() if pipe.poll(60) else "hangs" for pipe in pipes]
    assert heard == ["done"] * 4
    assert amounts(budget) == [("everything", "0.4", "0")]
    budget.close()


# --- Openings -----------------------------------------------------------------------------------


def test_a_database_has_one_zone(database_url):
    Budget(database_url, [Limit(1, "day")], zone="Europe/Berlin").close()
    same = Budget(database_url, [Limit(1, "day")])
    assert same.zone.key == "Europe/Berlin"
    with pytest.raises(ValueError, match="calendar of Europe/Berlin, and zone='UTC' would"):
        Budget(database_url, [Limit(1, "day")], zone="UTC")
    same.close()


def test_other_limits_than_before_are_told(database_url):
    Budget(database_url, [Limit(1, "day"), Limit(2, by="user")]).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Budget(database_url, [Limit("2.00", by="user"), Limit(1.0, "day")]).close()
    with pytest.warns(UserWarning, match=r"\$1 a day; \$2 a month by user.*now with \$3 a day"):
        Budget(database_url, [Limit(3, "day")]).close()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        Budget(database_url, [Limit(3, "day")]).close()


# --- Tags and amounts ---------------------------------------------------------------------------


def test_one_value_has_one_account(database_url):
    budget = Budget(database_url, [Limit(1, "ever", by="user"), Limit(9, where={"user": 5})])
    for user in (5, "5", 5.0, np.int64(5), np.float64(5), Decimal("5.0")):
        budget.reserve("0.10", user=user).settle("0.10")
    assert amounts(budget, user=5) == [("user 5", "0.6", "0"), ("user 5", "0.6", "0")]
    budget.reserve("0.1", user="Zoe\u0301").settle("0.1")  # an e and its accent, or one letter
    assert amounts(budget, user="Zo\u00e9")[0] == ("user Zo\u00e9", "0.1", "0")
    for odd in ("a\x00b", "\ud800", "x" * 256, "'; DROP TABLE budget_accounts; --", "5.0"):
        budget.reserve("0.1", user=odd).settle("0.1")
        assert amounts(budget, user=odd)[0][1] == "0.1"
    budget.close()


@pytest.mark.parametrize("user", [5.5, True, ["ann"], {"a": 1}, float("nan"), 1e300, "x" * 257])
def test_a_tag_with_no_one_way_to_be_written_is_refused(user):
    budget = Budget("sqlite://", [Limit(1, by="user")])
    with pytest.raises(ValueError, match=r"user="):
        budget.reserve(1, user=user)
    with pytest.raises(ValueError, match="user="):
        budget.stop("why", user=user)


@pytest.mark.parametrize("usd", ["1e900000", "1e-900000", "9" * 100_000, Decimal("1e999999")])
def test_an_amount_with_a_huge_exponent_is_judged_at_once(usd):
    budget = Budget("sqlite://", [Limit(1, "ever")])
    if usd == "1e-900000":  # rounded up to the smallest amount there is
        assert budget.reserve(usd).usd == Decimal("1e-12")
        return
    with pytest.raises(ValueError, match="no amount in USD") as refused:
        budget.reserve(usd)
    assert len(str(refused.value)) < 200


def test_a_program_s_own_decimals_change_no_account():
    budget = Budget("sqlite://", [Limit("1.234567890123", "ever", warn_at=0.9)])
    with localcontext() as context:
        context.prec = 3
        context.traps[Inexact] = True
        budget.reserve("1.111111111111").settle("1.111111111111")
        assert budget.accounts()[0].left == Decimal("0.123456779012")


def test_a_soft_limit_counts_as_far_as_64_bits_go_and_then_says_so(database_url):
    budget = Budget(database_url, [Limit(1, "ever", hard=False)])
    budget.reserve(8_000_000).settle(8_000_000)
    late = budget.reserve(1_000_000)
    with pytest.raises(BudgetExceeded):
        budget.reserve("0.01")
    late.settle(9_000_000)  # whatever it was, it is booked: the account is full
    assert amounts(budget) == [("everything", "9000000", "0")]
    budget.close()


def test_the_largest_late_return_is_booked(database_url):
    clock = ManualClock()
    budget = Budget(database_url, [Limit(9_000_000, "ever")], clock=clock, charge_expired=True)
    late = budget.reserve(9_000_000)
    clock.now += timedelta(hours=2)
    assert budget.accounts()[0].spent == 9_000_000
    late.release()
    assert amounts(budget) == [("everything", "0", "0")]
    budget.close()


# --- Notices ------------------------------------------------------------------------------------


def test_a_notice_that_raises_is_logged_and_the_rest_is_delivered(caplog):
    heard = []

    def notify(account):
        heard.append(account.scope)
        raise RuntimeError("the pager is down")

    limits = [Limit(1, "ever"), Limit(1, "ever", by="user")]
    budget = Budget("sqlite://", limits, notify=notify)
    with caplog.at_level(logging.ERROR):
        budget.reserve(1, user="ann").settle(1)
    assert heard == ["user ann", "everything"]
    assert caplog.text.count("could not be delivered") == 2
    assert budget.accounts(user="ann")[0].spent == 1


def test_a_notice_that_does_not_arrive_holds_up_no_task():
    """All calls under one limit had waited for it, since they share a lane."""
    arrives, heard = threading.Event(), []

    def notify(account):
        assert arrives.wait(60)
        heard.append(account.why)

    budget = Budget("sqlite://", [Limit(1, "ever", warn_at=0.1)], notify=notify)

    async def main():
        async with budget.areserve("0.6") as reservation:
            await reservation.asettle("0.5")  # reaches the line
        with pytest.raises(BudgetExceeded):
            await budget.areserve("0.7")
        async with budget.areserve("0.1") as reservation:
            await reservation.asettle("0.1")
        assert heard == []
        arrives.set()

    asyncio.run(main())
    budget.close()
    assert heard == ["warned", "refused"]


def test_a_refusal_gives_notice_once_a_period(database_url):
    heard, clock = [], ManualClock()
    limits = [Limit(1, "day", by="user")]
    budget = Budget(database_url, limits, zone="Europe/Berlin", clock=clock, notify=heard.append)
    for _ in range(3):
        for user in ("ann", "ben"):
            with pytest.raises(BudgetExceeded):
                budget.reserve("1.01", user=user)
    assert [(a.scope, a.why, a.spent) for a in heard] == [
        ("user ann", "refused", 0),
        ("user ben", "refused", 0),
    ]
    clock.now = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)  # it is tomorrow in Berlin
    with pytest.raises(BudgetExceeded):
        budget.reserve("1.01", user="ann")
    alert = heard[2].alert()
    assert len(heard) == 3 and alert.period == "2026-11-23"
    assert alert.hour == datetime(2026, 11, 22, 23, tzinfo=UTC)
    assert alert.title == "Budget: calls are refused (hard, day): user ann, 2026-11-23"
    budget.close()


# --- What a block costs -------------------------------------------------------------------------

REQUEST = httpx2.Request("POST", "https://api.openai.com/v1/chat/completions")


def status_error(kind, status):
    return kind("no", response=httpx2.Response(status, request=REQUEST), body=None)


def lost(kind, cause):
    error = kind(request=REQUEST)
    error.__cause__ = cause
    return error


@pytest.mark.parametrize("sdk", [openai, anthropic])
@pytest.mark.parametrize(
    ("status", "free"),
    [*((status, True) for status in (302, 307, 400, 401, 403, 404, 413, 422, 429, 500, 503, 529)),
     *((status, False) for status in (200, 408, 409, 502, 504))],
)  # fmt: skip
def test_a_refusal_by_status_is_free_and_an_error_inside_a_stream_is_not(sdk, status, free):
    assert costs_nothing(status_error(sdk.APIStatusError, status)) is free


@pytest.mark.parametrize("sdk", [openai, anthropic])
def test_a_connection_that_was_never_made_is_free_and_a_lost_one_is_not(sdk):
    for cause in (httpx2.ConnectError("no"), httpx2.ConnectTimeout("no"), httpx2.PoolTimeout("no")):
        assert costs_nothing(lost(sdk.APIConnectionError, cause))
        assert costs_nothing(cause)
    for cause in (httpx2.ReadTimeout("no"), httpx2.RemoteProtocolError("no"), None):
        assert not costs_nothing(lost(sdk.APIConnectionError, cause))
        assert not costs_nothing(lost(sdk.APITimeoutError, cause))


@pytest.mark.parametrize(
    "error",
    [
        httpx2.ReadTimeout("no"), httpx2.RemoteProtocolError("no"), ValueError("no usage"),
        json.JSONDecodeError("no", "{", 1), LookupError("no price"), KeyError("usage"),
        openai.APIError("mid-stream", REQUEST, body=None), GeneratorExit(), SystemExit(),
    ],
    ids=lambda error: type(error).__name__,
)  # fmt: skip
def test_what_is_not_known_to_be_free_counts_in_full(error):
    budget = Budget("sqlite://", [Limit(1, "ever")])
    with pytest.raises(type(error)), budget.reserve("0.5"):
        raise error
    assert amounts(budget) == [("everything", "0.5", "0")]


def test_tracked_calls_settle_by_themselves_with_what_the_ledger_has():
    ledger, budget = Ledger(), Budget("sqlite://", [Limit(1, "ever")])
    client = track(connect("openai"), ledger)

    def booked():
        account, rows = budget.accounts()[0], ledger.frame()
        assert account.reserved == 0
        assert account.spent == Decimal(int(rows["cost_pusd"].sum())).scaleb(-12)
        return account.spent

    provider_of(client).failures.script(429, 500)
    with budget.reserve("0.5") as reservation:  # two attempts refused, the third answered
        client.chat.completions.create(**ASKED, max_completion_tokens=50)
    assert reservation.state == "settled"
    first = booked()
    with pytest.raises(KeyError), budget.reserve("0.5"):  # the answer came, its reader failed
        client.chat.completions.create(**ASKED, max_completion_tokens=50)
        raise KeyError
    assert 0 < first < booked() < Decimal("0.1")
    with budget.reserve("0.5") as reservation:  # what the caller settles wins
        reply = client.chat.completions.create(**ASKED, max_completion_tokens=50)
        reservation.settle(cost_of(read_usage(reply), "gpt-4.1"))
    booked()


def left(client):
    next(iter(client.chat.completions.create(**ASKED, stream=True)))
    raise ZeroDivisionError


def unread(client):
    with client.chat.completions.with_streaming_response.create(**ASKED):
        pass


def read(client, **options):
    list(client.chat.completions.create(**{**ASKED, **options}, stream=True))


THINKING = {"model": "gpt-5-mini", "stream_options": {"include_usage": False}}
WITH_USAGE = {"stream_options": {"include_usage": True}}


@pytest.mark.parametrize(
    ("call", "in_full"),
    [
        (left, True),
        (unread, True),
        (read, True),
        (partial(read, **THINKING), True),
        (partial(read, **WITH_USAGE), False),
    ],
)
def test_a_block_counts_no_estimate_as_what_it_cost(call, in_full):
    """An estimate has what arrived: $0.000046 was booked for a stream that was left and billed at
    $0.001774, and $0.00066 of $0.00113 for one that thought and told no usage."""
    client = track(connect("openai"), Ledger())
    budget = Budget("sqlite://", [Limit(1, "ever")])
    clients._said.clear()
    with suppress(ZeroDivisionError), warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        with budget.reserve("0.5"):
            call(client)
    asks = [each for each in said if "include_usage" in str(each.message)]
    assert len(asks) == (call is not unread and in_full)
    (record,) = provider_of(client).log
    billed = cost_of_record(record).total
    assert budget.accounts()[0].spent == (Decimal("0.5") if in_full else billed)


def test_what_is_known_beside_an_estimate_is_booked_where_it_is_more_than_was_set_aside():
    client = track(connect("openai"), Ledger())
    budget = Budget("sqlite://", [Limit(1, "ever")])
    with budget.reserve("0.00001"):
        client.chat.completions.create(**ASKED)
        unread(client)
    known = Decimal(int(client._client._transport.ledger.frame()["cost_pusd"][0])).scaleb(-12)
    assert budget.accounts()[0].spent == known > Decimal("0.0001")


def test_a_task_that_outlives_its_block_is_on_the_one_around_it():
    client = track(connect_async("openai"), Ledger())
    budget = Budget("sqlite://", [Limit(1, "ever")])

    async def main():
        done = asyncio.Event()

        async def later():
            await done.wait()
            await client.chat.completions.create(**ASKED)

        async with budget.areserve("0.4"):
            async with budget.areserve("0.2"):
                task = asyncio.create_task(later())
                await client.chat.completions.create(**ASKED)
            done.set()
            await task

    asyncio.run(main())
    both = int(client._client._transport.ledger.frame()["cost_pusd"].sum())
    assert budget.accounts()[0].spent == Decimal(both).scaleb(-12)


def test_blocks_that_were_closed_elsewhere_do_not_pile_up():
    """An asynchronous generator that is left is closed by another task. After a thousand of them,
    calls had no rows any more: "maximum recursion depth exceeded"."""
    client = track(connect("openai"), Ledger())

    def work():
        for _ in range(sys.getrecursionlimit()):
            meter = Meter()
            meter.open()
            copy_context().run(meter.close, None)
        client.chat.completions.create(**ASKED)
        assert not metered()

    copy_context().run(work)
    assert len(client._client._transport.ledger.frame()) == 1


def test_a_call_on_a_plain_thread_of_a_block_makes_it_count_in_full_and_is_said():
    """A thread begins without the context of the one that started it, so no meter sees its calls:
    $0.00043 was booked for four times as much, and $0 where one of them was refused."""
    client = track(connect("openai").with_options(max_retries=0), Ledger())
    budget = Budget("sqlite://", [Limit(10, "ever")])

    def ask(_=None):
        client.chat.completions.create(**ASKED, max_completion_tokens=50)

    clients._said.clear()
    with ThreadPoolExecutor(3) as outside, budget.reserve(1), pytest.warns(match="copy_context"):
        ask()
        list(outside.map(ask, range(3)))
    assert amounts(budget) == [("everything", "1", "0")]
    with pytest.raises(openai.RateLimitError), budget.reserve(1), ThreadPoolExecutor(1) as pool:
        pool.submit(ask).result()
        provider_of(client).failures.script(429)
        pool.submit(ask).result()
    assert amounts(budget) == [("everything", "2", "0")]

    rows = len(client._client._transport.ledger.frame())
    with ThreadPoolExecutor(3) as pool, budget.reserve(1):
        for done in [pool.submit(copy_context().run, ask) for _ in range(3)]:
            done.result()
    led = client._client._transport.ledger.frame()["cost_pusd"][rows:]
    assert len(led) == 3 and led.min() > 0
    spent = Decimal(2) + Decimal(int(led.sum())).scaleb(-12)
    assert budget.accounts()[0].spent == spent

    done = threading.Event()  # a thread that was there before is somebody else's
    with ThreadPoolExecutor(1) as others:
        others.submit(done.clear).result()
        with budget.reserve(1):
            ask()
            others.submit(lambda: [ask(), done.set()])
            assert done.wait(60)
    assert spent < budget.accounts()[0].spent < Decimal("2.01")


@pytest.mark.parametrize(
    "wait",
    [
        lambda pool, work: pool.submit(work).result(),
        lambda pool, work: list(pool.map(work, range(2))),
        lambda pool, work: futures.wait([pool.submit(work)]),
        lambda pool, work: next(futures.as_completed([pool.submit(work)])).result(),
    ],
)
def test_work_of_an_older_pool_that_a_block_waits_for_makes_it_count_in_full(wait):
    """Beside a call of the block's own it had been booked nowhere."""
    client = track(connect("openai"), Ledger())
    budget = Budget("sqlite://", [Limit(10, "ever")])
    block = threading.get_ident()

    def ask(_=None):
        client.chat.completions.create(**ASKED, max_completion_tokens=50)

    def work(_=None):
        mine = work_here()
        late = time.monotonic() + 60  # never seen to wait: fails below
        while not waits_for(block, mine) and time.monotonic() < late:
            pass
        ask()

    clients._said.clear()
    with ThreadPoolExecutor(1) as pool:
        pool.submit(block.bit_length).result()  # its thread is there
        assert work_here() is None
        with budget.reserve(1), pytest.warns(match="copy_context"):
            ask()
            wait(pool, work)
    assert amounts(budget) == [("everything", "1", "0")]


def test_a_tracked_call_that_nobody_answered_counts_in_full():
    budget = Budget("sqlite://", [Limit(1, "ever")])
    client = track(connect("openai").with_options(max_retries=0), Ledger())
    provider_of(client).failures.script("timeout")
    with pytest.raises(openai.APITimeoutError), budget.reserve("0.5"):
        client.chat.completions.create(**ASKED)
    assert amounts(budget) == [("everything", "0.5", "0")]
    provider_of(client).failures.script(429)
    with pytest.raises(openai.RateLimitError), budget.reserve("0.5"):
        client.chat.completions.create(**ASKED)
    assert amounts(budget) == [("everything", "0.5", "0")]
    with budget.reserve("0.1"):  # a stream that is carried out of its block is not known yet
        client.chat.completions.create(**ASKED, stream=True)
    assert amounts(budget) == [("everything", "0.6", "0")]


def test_a_block_that_the_garbage_collector_ends_inside_a_transaction_is_booked_with_the_next(
    database_url, caplog
):
    """A generator held it; its settling would wait for what its own thread has locked."""
    budget = Budget(database_url, [Limit(1, "ever")])

    def answer():
        with budget.reserve("0.10"):
            yield

    left = answer()
    next(left)

    @sa.event.listens_for(budget._books.engine, "after_cursor_execute", once=True)
    def collect(*_):
        left.close()

    with budget.reserve("0.20") as reservation:
        reservation.settle("0.05")
    assert "it is booked with the next one" in caplog.text
    assert amounts(budget) == [("everything", "0.15", "0")]
