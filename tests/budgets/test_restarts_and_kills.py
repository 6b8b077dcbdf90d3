"""Budget and ledger when the server stops and starts, and when processes are killed in the middle.

Real servers, real SIGKILLs. What the callers were told must be what the books have: nothing lost,
nothing twice, nothing kept back, and never above the limit.
"""

from __future__ import annotations

import itertools
import os
import random
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import postgres
import pytest
from running import quick_processes
from test_budget import ManualClock

from costlib import connect
from costlib.budgets import Budget, BudgetExceeded, BudgetUnavailable, Limit
from costlib.tracking.clients import track
from costlib.tracking.ledger import Ledger

# How many processes a storm kills: `COSTLIB_KILLS=500 pytest tests/budgets` tries longer.
KILLS = max(10, int(os.environ.get("COSTLIB_KILLS", "10")))
ASKED = {
    "model": "gpt-4.1",
    "messages": [{"role": "user", "content": "Where is my card?"}],
    "max_completion_tokens": 20,
}


@pytest.fixture(scope="module")
def server():
    """A server of its own, that a test may stop."""
    if postgres.find_programs() is None:
        pytest.skip("There is no PostgreSQL server on this machine.")
    with postgres.serve() as url:
        yield url


def test_a_server_that_stops_in_the_middle_loses_nothing_of_a_budget(server):
    """Eight callers reserve and settle while the server is torn down twice and started again."""
    limit, threads, calls = Decimal(50), 8, 30
    budget = Budget(server, [Limit(limit, "ever"), Limit(9, "ever", by="user")])
    started, settled, refused = threading.Barrier(threads + 1), [0] * threads, [0] * threads
    begun = itertools.count(1)  # of all the calls, whoever makes them
    torn = {60: threading.Event(), 150: threading.Event()}  # in the middle of their calls

    def work(number):
        rng = random.Random(number)
        started.wait()
        for _ in range(calls):
            if moment := torn.get(next(begun)):
                moment.set()
            try:
                reservation = budget.reserve("0.10", user=f"u{number}")
            except BudgetUnavailable:  # then it reserved nothing
                refused[number] += 1
                continue
            if rng.random() < 0.3:
                until_it_is_taken(reservation.release)
            else:
                until_it_is_taken(lambda each=reservation: each.settle("0.07"))
                settled[number] += 1

    with ThreadPoolExecutor(threads) as pool:
        working = [pool.submit(work, number) for number in range(threads)]
        started.wait()
        for moment in torn.values():
            assert moment.wait(60)
            postgres.restart(server)
        for each in working:
            each.result(timeout=120)
    for number in range(threads):
        narrow, whole = budget.accounts(user=f"u{number}")
        assert narrow.spent == settled[number] * Decimal("0.07")
        assert narrow.reserved == whole.reserved == 0
    assert whole.spent == sum(settled) * Decimal("0.07") <= limit
    assert sum(settled) > 0
    budget.close()


def until_it_is_taken(end):
    """Repeat an ending as the docstring says, for as long as a server may take to come back."""
    for _ in range(20):
        try:
            end()
        except BudgetUnavailable:
            continue
        return
    raise AssertionError("the budget's database never came back")


def test_a_reservation_of_a_stopped_server_comes_back_or_was_never_made(server):
    """While nobody answers, a reserve is refused within its bound, and leaves nothing behind."""
    budget = Budget(server, [Limit(5, "ever", by="job")])
    held = budget.reserve(1, job="held")
    with postgres.stopped(server):
        began = time.monotonic()
        with pytest.raises(BudgetUnavailable, match="does not answer"):
            budget.reserve(1, job="held")
        with pytest.raises(BudgetUnavailable):
            held.settle("0.40")
        assert time.monotonic() - began < 60
    (account,) = budget.accounts(job="held")  # what was owed has been written
    assert (account.spent, account.reserved) == (Decimal("0.40"), 0)
    held.settle("0.40")  # the caller may repeat it, and nothing is booked twice
    assert budget.accounts(job="held")[0].spent == Decimal("0.40")
    budget.close()


def test_every_answer_arrives_while_the_ledger_s_server_is_away(server):
    """Its row waits, and says so; it is written once the server is back."""
    ledger = Ledger(server)
    client = track(connect("openai"), ledger)
    answers = [client.chat.completions.create(**ASKED) for _ in range(3)]
    with postgres.stopped(server), pytest.warns(RuntimeWarning, match="wait to be written"):
        answers += [client.chat.completions.create(**ASKED) for _ in range(2)]
    answers += [client.chat.completions.create(**ASKED) for _ in range(3)]
    assert all(reply.choices[0].message.content for reply in answers)
    client.close()
    rows = ledger.frame()
    assert len(rows) == len(answers) == 8
    assert rows["call_id"].is_unique and rows["cost_pusd"].notna().all()
    ledger.close()


# --- SIGKILL ------------------------------------------------------------------------------------


def _spend(url, seed, run, report):
    """Reserve and settle until it is killed; say each step before and after."""
    budget = Budget(url, [Limit(1_000, "ever")])
    inside = budget.run("p", cap=900).child(run, cap=800) if run else budget
    rng = random.Random(seed)
    while True:
        reservation = inside.reserve("0.10")
        if rng.random() < 0.2:
            reservation.release()
            continue
        report.send("settling")
        reservation.settle("0.07")
        report.send("settled")


@pytest.mark.parametrize("runs", [False, True], ids=["calls", "runs"])
def test_a_storm_of_kills_keeps_the_sum(database_url, runs):
    """Processes are killed at moments that nobody chose; what each had told is in the books, and
    at most the one step that it had begun besides."""
    context = quick_processes()
    Budget(database_url, [Limit(1_000, "ever")]).close()
    told, begun, rng = 0, 0, random.Random(7)

    def start(number):
        mine, theirs = context.Pipe(duplex=False)
        run = f"child {number}" if runs else ""
        job = (database_url, number, run, theirs)
        process = context.Process(target=_spend, args=job, daemon=True)
        process.start()
        theirs.close()
        return process, mine

    alive = [start(number) for number in range(6)]
    for number in range(6, 6 + KILLS):
        process, heard = alive.pop(rng.randrange(len(alive)))
        assert heard.poll(60), "it never began"
        threading.Event().wait(rng.random() * 0.2)
        process.kill()
        process.join()
        told, begun = counted(heard, told, begun)
        if number < KILLS:
            alive.append(start(number))
    for process, _ in alive:
        process.kill()
    for process, heard in alive:
        process.join()
        told, begun = counted(heard, told, begun)
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=2))
    budget = Budget(database_url, [Limit(1_000, "ever")], clock=clock)  # their leases are over
    accounts = budget.accounts(run="child 0") if runs else budget.accounts()
    whole = accounts[-1]
    assert whole.reserved == 0 and told > 0
    assert told * Decimal("0.07") <= whole.spent <= (told + begun) * Decimal("0.07")
    assert whole.spent % Decimal("0.07") == 0
    if runs:
        parent = next(account for account in accounts if account.scope == "run p")
        children = [
            account.spent
            for number in range(KILLS)
            for account in budget.accounts(run=f"child {number}")
            if account.scope == f"run child {number}"
        ]
        assert parent.spent == whole.spent == sum(children)
    budget.close()


def counted(heard, told, begun):
    """What a killed process had said: settlings that it saw committed, and one begun at most."""
    said = []
    try:
        while heard.poll():
            said.append(heard.recv())
    except EOFError:
        pass
    return told + said.count("settled"), begun + (bool(said) and said[-1] == "settling")


def test_a_limit_holds_in_a_storm_of_kills(database_url):
    """Nobody releases what the dead held before their lease is over: the rest is what is spent."""
    context = quick_processes()
    budget = Budget(database_url, [Limit(1, "ever")])
    holders = []
    for _ in range(4):
        process = context.Process(target=_hold, args=(database_url,), daemon=True)
        process.start()
        holders.append(process)
    deadline = time.monotonic() + 60
    while budget.accounts()[0].reserved < Decimal("0.80") and time.monotonic() < deadline:
        time.sleep(0.02)
    for process in holders:
        process.kill()
        process.join()
    assert budget.accounts()[0].reserved == Decimal("0.80")
    spent = Decimal(0)
    while True:
        try:
            budget.reserve("0.06").settle("0.06")
        except BudgetExceeded:
            break
        spent += Decimal("0.06")
    assert spent == Decimal("0.18")
    budget.close()


def _hold(url):
    Budget(url, [Limit(1, "ever")]).reserve("0.20")
    threading.Event().wait()
