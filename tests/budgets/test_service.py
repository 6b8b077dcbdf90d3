"""A small service as a team would write it: asynchronous, streaming, two processes, one PostgreSQL.

Fifty users ask at once; some leave in the middle of an answer, some are refused. Afterwards budget
and ledger agree to the last digit, answers that were left in full, and nobody has waited for a lock
of somebody else's.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import asynccontextmanager
from decimal import Decimal
from urllib.parse import parse_qs

import httpx2
import pytest
import sqlalchemy as sa
from running import quick_processes

from costlib.alerts import Messenger, Webhook
from costlib.budgets import Budget, BudgetExceeded, Limit
from costlib.estimation import ceiling
from costlib.provider import connect_async
from costlib.tracking import Ledger, tags, track

MODEL = "gpt-4.1"
MOST = ceiling(MODEL, 40, 300, attempts=3)
LIMITS = [Limit(50, "month"), Limit(5 * MOST, "day", by="user", warn_at=0.5)]
PATIENCE = 120  # seconds until a test that hangs says so; nothing is measured by it


def service(budget, client, events):
    """An ASGI application: /ask?user=ann&leave=3 streams an answer and stops after three chunks."""

    async def app(scope, receive, send):
        asked = parse_qs(scope["query_string"].decode())
        user, leave = asked["user"][0], int(asked.get("leave", ["0"])[0])

        async def start(status):
            await send({"type": "http.response.start", "status": status, "headers": []})

        async def say(text, more=True):
            await send({"type": "http.response.body", "body": text.encode(), "more_body": more})

        try:
            with tags(user=user):
                async with budget.areserve(MOST, user=user):
                    stream = await client.chat.completions.create(
                        model=MODEL,
                        max_completion_tokens=300,
                        messages=[{"role": "user", "content": f"Where is my card? ({user})"}],
                        stream=True,
                        stream_options={"include_usage": True},
                    )
                    await start(200)
                    number = 0
                    async for chunk in stream:
                        await say(chunk.choices[0].delta.content or "" if chunk.choices else "")
                        number += 1
                        if number == leave:
                            raise ConnectionResetError("the user is gone")
            await say("", more=False)
        except BudgetExceeded:
            await start(402)
            await say("Come back tomorrow.", more=False)
        except ConnectionResetError:
            await say("", more=False)
        events.append(user)

    return app


@asynccontextmanager
async def running(url, events, notify=None):
    budget, ledger = Budget(url, LIMITS, zone="Europe/Berlin", notify=notify), Ledger(url)
    async with track(connect_async("openai"), ledger) as client:
        app = service(budget, client, events)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://service") as web:
            yield web, budget, ledger
    budget.close()
    ledger.close()


def one_process(url, users, report):
    heard: list[tuple[str, str]] = []

    async def main():
        events: list[str] = []

        def told(account):
            heard.append((account.scope, account.why))

        async with running(url, events, told) as (web, _, _):

            async def ask(user, number):
                leave = "&leave=3" if number % 3 == 0 else ""
                return user, (await web.get(f"/ask?user={user}{leave}")).status_code

            jobs = [ask(user, n) for n, user in enumerate(users * 4)]
            return await asyncio.gather(*jobs)

    report.send((asyncio.run(main()), heard))


def test_fifty_users_two_processes_one_database(postgres_url):
    Budget(postgres_url, LIMITS, zone="Europe/Berlin").close()
    context = quick_processes()
    users = [f"u{n}" for n in range(50)]
    pipes = []
    for _ in range(2):  # both serve the same users
        mine, theirs = context.Pipe(duplex=False)
        job = (postgres_url, users, theirs)
        context.Process(target=one_process, args=job, daemon=True).start()
        theirs.close()
        pipes.append(mine)
    both = [pipe.recv() for pipe in pipes]
    answered = [answer for answers, _ in both for answer in answers]
    answers = Counter(status for _, status in answered)
    assert sum(answers.values()) == 2 * 50 * 4 and set(answers) <= {200, 402}
    budget, ledger = Budget(postgres_url, LIMITS), Ledger(postgres_url)
    heard = [notice for _, notices in both for notice in notices]
    assert len(heard) == len(set(heard)), "each notice once, whichever process gives it"
    refused = {f"user {user}" for user, status in answered if status == 402}
    assert {scope for scope, why in heard if why == "refused"} == refused
    rows = ledger.frame()
    assert len(rows) == answers[200]
    assert set(rows["status"]) == {"ok", "interrupted"}
    rows.loc[rows["status"] == "interrupted", "cost_pusd"] = int(MOST.scaleb(12))
    by_user = rows.groupby("user")["cost_pusd"].sum()
    for user in users:
        mine, everything = budget.accounts(user=user)
        assert mine.reserved == 0 and mine.spent <= mine.limit
        assert mine.spent == Decimal(int(by_user.get(user, 0))).scaleb(-12)
    assert everything.reserved == 0
    assert everything.spent == Decimal(int(rows["cost_pusd"].sum())).scaleb(-12)
    budget.close()
    ledger.close()


def test_no_request_waits_for_another_s_lock(postgres_url):
    """Ann's account is locked; fifty of her requests wait, and everybody else is served."""

    async def main():
        events: list[str] = []
        async with running(postgres_url, events) as (web, _, _):
            await web.get("/ask?user=ann")  # her account is there now
            server = sa.create_engine(postgres_url)
            with server.connect() as holder:
                ann = "SELECT id FROM budget_accounts WHERE id LIKE '%ann%' FOR UPDATE"
                assert holder.execute(sa.text(ann)).all()
                events.clear()
                waiting = [asyncio.create_task(web.get("/ask?user=ann")) for _ in range(50)]
                others = [web.get(f"/ask?user=u{n}") for n in range(50)]
                answers = await asyncio.wait_for(asyncio.gather(*others), PATIENCE)
                assert [answer.status_code for answer in answers] == [200] * 50
                assert "ann" not in events and not any(task.done() for task in waiting)
                holder.rollback()
            done = await asyncio.wait_for(asyncio.gather(*waiting), PATIENCE)
            assert {answer.status_code for answer in done} == {200, 402}
            assert events[50:] == ["ann"] * 50
            server.dispose()

    asyncio.run(main())


def test_a_locked_ledger_blocks_no_event_loop(postgres_url):
    async def main():
        events: list[str] = []
        async with running(postgres_url, events) as (web, _, _):
            server = sa.create_engine(postgres_url)
            with server.connect() as holder:
                holder.execute(sa.text("LOCK TABLE calls IN ACCESS EXCLUSIVE MODE"))
                task = asyncio.create_task(web.get("/ask?user=ann"))
                for _ in range(200):  # the loop turns while her row waits
                    await asyncio.sleep(0)
                assert not task.done()
                holder.rollback()
            assert (await asyncio.wait_for(task, PATIENCE)).status_code == 200
            server.dispose()
        assert events == ["ann"]
        assert len(Ledger(postgres_url).frame()) == 1

    asyncio.run(main())


def test_a_cancelled_task_leaves_nothing_reserved_and_loses_nothing(postgres_url):
    """It is cancelled while it waits for a lock to reserve, and while it waits to settle."""

    async def main():
        budget = Budget(postgres_url, LIMITS)
        budget.reserve(MOST, user="ann").settle("0.001")
        server = sa.create_engine(postgres_url)
        ann = "SELECT id FROM budget_accounts WHERE id LIKE '%ann%' FOR UPDATE"
        inside, leave = asyncio.Event(), asyncio.Event()

        async def call():
            async with budget.areserve(MOST, user="ann") as reservation:
                inside.set()
                await leave.wait()
                await reservation.asettle("0.002")

        held = asyncio.create_task(call())
        await asyncio.wait_for(inside.wait(), PATIENCE)
        with server.connect() as holder:
            holder.execute(sa.text(ann))
            leave.set()
            waits = asyncio.create_task(call())
            for _ in range(50):
                await asyncio.sleep(0)
            held.cancel()
            waits.cancel()
            both = asyncio.gather(held, waits, return_exceptions=True)
            gone = await asyncio.wait_for(both, PATIENCE)
            assert [type(each) for each in gone] == [asyncio.CancelledError] * 2
            holder.rollback()
        budget.close()  # ends what is under way
        account = budget.accounts(user="ann")[0]
        assert (account.spent, account.reserved) == (Decimal("0.003"), 0)
        server.dispose()
        budget.close()

    asyncio.run(main())


def test_a_refusal_reaches_the_messenger_once_with_its_day_in_berlin(tmp_path):
    ledger = Ledger(tmp_path / "ledger.sqlite")
    with Webhook() as hook:
        messenger = Messenger(ledger, hook.address)
        limits = [Limit(1, "day", by="user")]
        budget = Budget("sqlite://", limits, zone="Europe/Berlin", notify=messenger.send)

        async def main():
            async def ask():
                with pytest.raises(BudgetExceeded):
                    await budget.areserve(2, user="ann")

            await asyncio.gather(*(ask() for _ in range(10)))

        asyncio.run(main())
        (message,) = hook.messages
        day = budget.accounts(user="ann")[0].period.start.astimezone(budget.zone).date()
        assert message["title"] == f"Budget: calls are refused (hard, day): user ann, {day}"
        assert "A call found no room and was not made." in message["message"]
