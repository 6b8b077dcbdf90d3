"""Runs inside runs: a child reserves in its parent's room, and no sum passes a cap."""

from __future__ import annotations

import multiprocessing
import random
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from running import quick_processes
from test_budget import ManualClock

from costlib.budgets import Budget, BudgetExceeded, BudgetStopped, Limit


def spent(run):
    (account,) = [a for a in run.accounts() if a.scope == f"run {run.name}"]
    return account.spent


def test_a_child_s_money_is_its_parent_s(database_url):
    budget = Budget(database_url, [Limit(9, "day")])
    parent = budget.run("r1", cap=1)
    child = parent.child("r1/a", cap="0.50")
    leaf = child.child("r1/a/x")
    leaf.reserve("0.30").settle("0.25")
    child.reserve("0.20")
    with pytest.raises(BudgetExceeded, match=r"run r1/a: \$0.25 of \$0.50 in all"):
        leaf.reserve("0.06")
    parent.reserve("0.55").settle("0.55")
    with pytest.raises(BudgetExceeded, match=r"run r1: \$0.80 of \$1.00 in all"):
        budget.reserve("0.01", run="r1/a/x")  # by its name, from wherever
    assert [(a.scope, a.spent) for a in leaf.accounts()] == [
        ("run r1", Decimal("0.8")),
        ("run r1/a", Decimal("0.25")),
        ("everything", Decimal("0.8")),
    ]
    budget.close()


def test_a_limit_for_every_run_holds_for_parents_too_and_the_lower_cap_counts(database_url):
    budget = Budget(database_url, [Limit("0.60", "ever", by="run")])
    parent, high = budget.run("p"), budget.run("high", cap=5)
    low = parent.child("low", cap="0.10")
    low.reserve("0.10").settle("0.10")
    with pytest.raises(BudgetExceeded, match="run low"):
        low.reserve("0.01")
    other = parent.child("other")
    other.reserve("0.50").settle("0.50")
    with pytest.raises(BudgetExceeded, match="run p"):
        other.reserve("0.01")
    with pytest.raises(BudgetExceeded, match=r"\$0.60"):
        high.reserve("0.61")
    budget.close()


def test_a_stopped_run_stops_its_children():
    budget = Budget("sqlite://", [])
    child = budget.run("p").child("c")
    budget.stop("it loops", run="p")
    with pytest.raises(BudgetStopped, match="it loops"):
        child.reserve(1)
    budget.resume(run="p")
    budget.stop("only this", run="c")
    budget.run("p").reserve(1)


def test_a_run_is_opened_once_and_means_the_same_everywhere(database_url):
    one, two = Budget(database_url, []), Budget(database_url, [])
    one.run("p", cap=1).child("c", cap="0.5")
    again = two.run("c")
    assert (again.parent, again.cap) == ("p", Decimal("0.5"))
    assert two.run("c", parent="p", cap="0.50").cap == again.cap
    with pytest.raises(
        ValueError, match=r"known as part of p, capped at \$0\.5, and now as part of q"
    ):
        two.run("c", parent="q")
    two.run("alone", cap=1)
    with pytest.raises(ValueError, match=r"known as a run of its own, capped at \$1, and now as"):
        one.run("alone", cap=2)
    with pytest.raises(ValueError, match="without circles"):
        two.run("c", parent="c")
    one.run("a", parent="b")
    with pytest.raises(ValueError, match="b cannot be part of a in b: runs nest without circles"):
        two.run("b", parent="a")
    for name in ("", None):
        with pytest.raises(ValueError, match="needs a name"):
            two.run(name)
    one.close()
    two.close()


def test_8_threads_of_children_never_pass_the_parent_s_cap(database_url):
    budget = Budget(database_url, [Limit("0.40", "ever", by="run")])
    parent = budget.run("p", cap="0.40")
    children = [parent.child(f"c{n}", cap="0.15") for n in range(8)]
    barrier = Barrier(8)

    def work(n):
        rng, mine = random.Random(n), Decimal(0)
        barrier.wait()
        for _ in range(8):
            asked = Decimal(rng.randrange(1, 6)) / 100
            try:
                reservation = children[n].reserve(asked)
            except BudgetExceeded:
                continue
            reservation.settle(asked)
            mine += asked
        return mine

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(work, range(8)))
    assert found == [spent(child) for child in children]
    assert max(found) <= Decimal("0.15")
    assert sum(found) == spent(parent) <= Decimal("0.40")
    assert all(account.reserved == 0 for child in children for account in child.accounts())
    budget.close()


def _child(url, n, barrier, report):
    budget = Budget(url, [])
    run = budget.run("p", cap="0.50").child(f"c{n}", cap="0.20")
    barrier.wait()
    mine = Decimal(0)
    for _ in range(6):
        try:
            reservation = run.reserve("0.03")
        except BudgetExceeded:
            break
        reservation.settle("0.03")
        mine += Decimal("0.03")
    if n == 0:
        run.reserve(0)
    report.send(mine)
    budget.close()


def _victim(url, report):
    budget = Budget(url, [])
    budget.run("p", cap="0.50").child("victim", cap="0.20").reserve("0.20")
    report.send("holds")
    multiprocessing.Event().wait()


def test_processes_of_children_and_one_that_is_killed(database_url):
    context = quick_processes()
    mine, theirs = context.Pipe(duplex=False)
    victim = context.Process(target=_victim, args=(database_url, theirs), daemon=True)
    victim.start()
    assert mine.recv() == "holds"
    victim.kill()
    victim.join()
    barrier = context.Barrier(4, timeout=120)
    pipes = []
    for n in range(4):
        mine, theirs = context.Pipe(duplex=False)
        job = (database_url, n, barrier, theirs)
        context.Process(target=_child, args=job, daemon=True).start()
        theirs.close()
        pipes.append(mine)
    found = sum(pipe.recv() for pipe in pipes)
    assert found == Decimal("0.30")  # ten of 0.03: 0.20 are held by the dead
    clock = ManualClock(datetime.now(UTC) + timedelta(hours=2))
    budget = Budget(database_url, [], clock=clock)
    parent = budget.run("p")
    parent.child("heir").reserve("0.20").settle("0.20")  # the lease is over: they came back
    assert spent(parent) == Decimal("0.50")
    with pytest.raises(BudgetExceeded):
        parent.reserve("0.01")
    budget.close()
