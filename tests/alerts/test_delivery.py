"""Alerts that arrive once: content, refusals, restarts, two processes at once, a dead owner."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest
from commits import interrupt_commit
from running import quick_processes

from costlib.alerts.conditions import Alert
from costlib.alerts.delivery import LEASE, Messenger, message_id
from costlib.alerts.webhook import Webhook
from costlib.tracking import database
from costlib.tracking.ledger import Ledger

ALERT = Alert(
    "80% of the month's budget spent",
    "help-page",
    "2026-11",
    datetime(2026, 11, 14, 9, tzinfo=UTC),
    412.5,
    400.0,
    "412.5 is above 400 in the hour from 2026-11-14 09:00 UTC.",
)


@pytest.fixture
def hook() -> Iterator[Webhook]:
    with Webhook() as receiver:
        yield receiver


def never(seconds: float) -> None:
    raise AssertionError(f"waited {seconds} s although nothing was refused")


def test_what_arrives_says_which_rule_whose_money_and_when(hook: Webhook) -> None:
    assert Messenger(Ledger(), hook.address, wait=never).send(ALERT) == "sent"
    (message,) = hook.messages
    assert message["title"] == "80% of the month's budget spent: help-page, 2026-11"
    assert message["message"].startswith(ALERT.text)
    assert message_id(ALERT) in message["message"]
    assert message["type"] == "warning"
    assert "help-page" in str(hook.table())


def test_a_refusal_is_tried_again_and_the_waits_double() -> None:
    waits: list[float] = []
    with Webhook(statuses=[500, 503]) as hook:
        assert Messenger(Ledger(), hook.address, wait=waits.append).send(ALERT) == "sent"
        assert [status for status, _ in hook.requests] == [500, 503, 200]
        assert len(hook.messages) == 1
    assert waits == [1.0, 2.0]


def test_nothing_is_sent_twice_not_even_after_a_restart(database_url: str, hook: Webhook) -> None:
    for expected in ("sent", "sent before", "sent before"):
        messenger = Messenger(Ledger(database_url), hook.address, wait=never)  # a new process
        assert messenger.send(ALERT) == expected
    assert len(hook.messages) == 1
    sent = messenger.sent()
    assert sent[["rule", "scope", "state", "tries"]].values.tolist() == [
        [ALERT.rule, "help-page", "sent", 1]
    ]


@pytest.mark.parametrize("scope", ["user a\0b", "user a\ud800b"])
def test_a_scope_that_no_database_holds_is_told_all_the_same(
    database_url: str, hook: Webhook, scope: str
) -> None:
    """Two users whose limit was reached were never told of: their names could not be stored."""
    messenger, odd = Messenger(Ledger(database_url), hook.address), "user a�b"
    alerts = [dataclasses.replace(ALERT, scope=each, text=each) for each in (scope, odd)]
    assert messenger.send_all(alerts * 2) == ["sent", "sent", "sent before", "sent before"]
    written = scope.replace("\0", r"\x00").replace("\ud800", r"\ud800")
    assert [each["message"].partition("\n")[0] for each in hook.messages] == [written, odd]


def test_a_locked_database_and_a_lost_answer_cost_no_alert(
    hook: Webhook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "FIRST_WAIT", 0)
    messenger = Messenger(Ledger(), hook.address)
    locked = sqlite3.OperationalError("database is locked")
    locked.sqlite_errorcode = sqlite3.SQLITE_BUSY
    for period, after in (("2026-11", False), ("2026-12", True)):
        interrupt_commit(messenger.engine, locked, after)
        assert messenger.send(dataclasses.replace(ALERT, period=period)) == "sent"
    assert len(hook.messages) == 2 and list(messenger.sent()["state"]) == ["sent"] * 2
    assert list(messenger.sent()["tries"]) == [1, 1]


@pytest.mark.parametrize(
    "change", [{"period": "2026-12"}, {"scope": "app-chat"}, {"rule": "An unusual hour"}]
)
def test_another_period_scope_or_rule_is_another_alert(
    hook: Webhook, change: dict[str, str]
) -> None:
    messenger = Messenger(Ledger(), hook.address)
    messenger.send(ALERT)
    assert messenger.send(dataclasses.replace(ALERT, **change)) == "sent"
    # A later hour of the same period, with another sum, is the same alert.
    later = dataclasses.replace(ALERT, hour=ALERT.hour + timedelta(hours=3), value=500.0)
    assert messenger.send(later) == "sent before"
    assert len(hook.messages) == 2


def test_an_alert_that_every_attempt_refused_is_free_for_the_next_run(database_url: str) -> None:
    ledger = Ledger(database_url)
    with Webhook(statuses=[500, 500]) as hook:
        messenger = Messenger(ledger, hook.address, attempts=2, wait=lambda _: None)
        assert messenger.send(ALERT) == "failed"
        assert messenger.sent()["state"].tolist() == ["failed"]
        assert messenger.send(ALERT) == "sent"
        assert messenger.sent()["tries"].tolist() == [3]
        assert len(hook.messages) == 1


def test_of_two_addresses_only_the_one_that_refused_is_tried_again(hook: Webhook) -> None:
    with Webhook(statuses=[500]) as other:
        messenger = Messenger(Ledger(), hook.address, other.address, attempts=1)
        assert messenger.send(ALERT) == "failed"
        assert messenger.send(ALERT) == "sent"
        assert len(hook.messages) == len(other.messages) == 1


def test_a_claim_whose_owner_died_is_taken_over_once_it_is_old(hook: Webhook) -> None:
    ledger, now = Ledger(), [datetime(2026, 11, 14, 10, tzinfo=UTC)]

    def die(_: float) -> None:
        raise KeyboardInterrupt

    class Killed(Messenger):
        def _settle(self, *args: object) -> None:
            """As if the process had been killed: nothing is noted."""

    with Webhook(statuses=[500]) as deaf, pytest.raises(KeyboardInterrupt):
        Killed(ledger, deaf.address, wait=die, now=lambda: now[0]).send(ALERT)
    messenger = Messenger(ledger, hook.address, now=lambda: now[0])
    messenger._targets = dict.fromkeys(
        [messenger.sent()["address"][0]], next(iter(messenger._targets.values()))
    )
    assert messenger.send(ALERT) == "sent before"
    now[0] += LEASE
    assert messenger.send(ALERT) == "sent"
    assert len(hook.messages) == 1


def test_an_interrupt_between_two_attempts_frees_the_alert() -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with Webhook(statuses=[500]) as hook:
        messenger = Messenger(Ledger(), hook.address, wait=interrupt)
        with pytest.raises(KeyboardInterrupt):
            messenger.send(ALERT)
        assert messenger.send(ALERT) == "sent"


def _race(url: str, address: str, line: Barrier, report: Connection) -> None:
    messenger = Messenger(Ledger(url), address)
    line.wait()
    report.send(messenger.send(ALERT))


def test_two_processes_at_once_send_one_message(database_url: str, hook: Webhook) -> None:
    context = quick_processes()
    line = context.Barrier(2, timeout=60)  # both stand there before either starts
    heard = []
    for _ in range(2):
        mine, theirs = context.Pipe(duplex=False)
        job = (database_url, hook.address, line, theirs)
        context.Process(target=_race, args=job, daemon=True).start()
        theirs.close()
        heard.append(mine)
    outcomes = [mine.recv() for mine in heard]
    assert sorted(outcomes) == ["sent", "sent before"]
    assert len(hook.messages) == 1


def test_a_wrong_address_is_a_sentence_that_does_not_show_it() -> None:
    with pytest.raises(ValueError, match="address 2 begins with 'slacc'") as caught:
        Messenger(Ledger(), "json://localhost/x", "slacc://secret-token")
    assert "secret-token" not in str(caught.value)
    with pytest.raises(ValueError, match="no address"):
        Messenger(Ledger())
    with pytest.raises(ValueError, match="attempts=0"):
        Messenger(Ledger(), "json://localhost/x", attempts=0)


def test_no_address_lies_in_the_database(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    with Webhook() as hook:
        address = hook.address.replace("json://", "json://someone:a-password@")
        assert Messenger(Ledger(url), address).send(ALERT) == "sent"
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert ALERT.scope.encode() in files and b"a-password" not in files


def test_a_webhook_leaves_the_proxy_settings_as_they_were(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("no_proxy", "example.org")
    monkeypatch.delenv("NO_PROXY", raising=False)
    with Webhook():
        assert os.environ["no_proxy"] == "example.org,127.0.0.1"
    assert os.environ["no_proxy"] == "example.org" and "NO_PROXY" not in os.environ
