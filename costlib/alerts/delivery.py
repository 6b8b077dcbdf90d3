"""An alert that arrives once: claimed in a database, sent by Apprise, tried again when refused.

Lesson 4 teaches this module. Times are UTC, waits seconds. An alert is the same alert when its
rule, its scope and its period are. Before it goes to an address it is *claimed*: a row that only
one process can insert. So two processes that find it at once send one message, and a restart sends
none. A claim whose owner died is taken over after `LEASE`; that is the one case in which a message
can come twice (sent, then killed before it was noted), and the `Id` in its text tells.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from costlib.tracking.alert import Alert
from costlib.tracking.calls_table import CALLS
from costlib.tracking.database import make_tables, transact
from costlib.tracking.ledger import Ledger

if TYPE_CHECKING:
    import pandas

LEASE = timedelta(minutes=10)
"""After this time without a word, whoever claimed an alert is taken to be dead."""

Outcome = Literal["sent", "sent before", "failed"]

_UTC = CALLS.c.time.type  # as in the ledger
_METADATA = sa.MetaData()
_ALERTS = sa.Table(
    "alerts",
    _METADATA,
    sa.Column("rule", sa.Text, primary_key=True),
    sa.Column("scope", sa.Text, primary_key=True),
    sa.Column("period", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True),  # its hash: it may hold a password
    sa.Column("hour", _UTC, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("state", sa.Text, nullable=False),  # claimed, failed, sent
    sa.Column("owner", sa.Text, nullable=False),
    sa.Column("claimed_at", _UTC, nullable=False),
    sa.Column("sent_at", _UTC),
    sa.Column("tries", sa.Integer, nullable=False),
)


class Told(Protocol):
    """What can be told as an alert, such as the account that a budget gives notice of."""

    def alert(self) -> Alert:
        """The alert to send."""
        ...


class Messenger:
    """Sends alerts to one or more Apprise addresses, each alert once.

        messenger = Messenger(ledger, "slack://TokenA/TokenB/TokenC")
        for alert in fires(Threshold(budget=500), hourly(ledger.frame())):
            messenger.send(alert)
        Budget(url, limits, notify=messenger.send)

    ledger: in whose database the table `alerts` lies, so that all who share the ledger share it.
    addresses: Apprise URLs: `json://host/path` for a webhook, `slack://`, `mailtos://` and some
    hundred more. attempts: how often to try an address that refuses. wait: called with 1, 2, 4 ...
    seconds between attempts. now: the clock. Raises ValueError for an address Apprise cannot read.
    """

    def __init__(
        self,
        ledger: Ledger,
        *addresses: str,
        attempts: int = 3,
        wait: Callable[[float], object] = time.sleep,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        import apprise

        if not addresses:
            raise ValueError("no address: give at least one, such as json://localhost:8080/alerts")
        if attempts < 1:
            raise ValueError(f"attempts={attempts}: an alert needs at least 1")
        self._targets: dict[str, Any] = {}
        for number, address in enumerate(addresses, start=1):
            if not isinstance(address, str):
                raise TypeError(
                    f"address {number} is of type {type(address).__name__}: give text, such as "
                    "json://localhost:8080/alerts"
                )
            target = apprise.Apprise.instantiate(address, suppress_exceptions=True)
            if target is None:  # the address may hold a password, so it is not shown
                raise ValueError(
                    f"address {number} begins with {address.split(':')[0]!r} and is none that "
                    "Apprise can read: see its list of services"
                )
            self._targets[hashlib.sha256(address.encode()).hexdigest()[:12]] = target
        self.engine, self.attempts, self._wait, self._now = ledger.engine, attempts, wait, now
        make_tables(self.engine, _METADATA)

    def send(self, told: Alert | Told) -> Outcome:
        """Send an alert to each address, unless it was sent there before, by whomever.

        An account of a budget is sent once a period too, by the calendar of its own zone.

        "failed": an address refused each attempt. There the alert is free again, and the next
        `send` tries it anew.
        """
        alert = _storable(told if isinstance(told, Alert) else told.alert())
        outcomes = {self._send_to(address, alert) for address in self._targets}
        first: tuple[Outcome, ...] = ("failed", "sent", "sent before")
        return next(outcome for outcome in first if outcome in outcomes)

    def _send_to(self, address: str, alert: Alert) -> Outcome:
        owner = uuid.uuid4().hex
        if not self._claim(alert, address, owner):
            return "sent before"
        sent, tries = False, 0
        try:
            while not sent and tries < self.attempts:
                if tries:
                    self._wait(2.0 ** (tries - 1))
                tries += 1
                sent = self._post(address, alert)
        finally:  # an interrupt between two attempts frees the alert too
            self._settle(alert, address, owner, sent, tries)
        return "sent" if sent else "failed"

    def send_all(self, alerts: Iterable[Alert | Told]) -> list[Outcome]:
        """`send` for each of them, in order."""
        return [self.send(alert) for alert in alerts]

    def sent(self) -> pandas.DataFrame:
        """What has been claimed so far: one row an alert and address: state, tries."""
        import pandas

        with self.engine.connect() as connection:
            rows = connection.execute(sa.select(_ALERTS).order_by(_ALERTS.c.claimed_at)).mappings()
            return pandas.DataFrame(rows.all(), columns=list(_ALERTS.c.keys()))

    def _claim(self, alert: Alert, address: str, owner: str) -> bool:
        """Insert the row, or take over one that failed or whose owner is silent; True if ours."""
        now = self._now()
        about = {
            "hour": alert.hour, "text": alert.text, "state": "claimed", "owner": owner,
            "claimed_at": now,
        }  # fmt: skip
        dialect = postgresql if self.engine.dialect.name == "postgresql" else sqlite
        new = dialect.insert(_ALERTS).values(**_key(alert), **about, address=address, tries=0)
        inserted = new.on_conflict_do_nothing().returning(_ALERTS.c.rule)
        silent = sa.and_(_ALERTS.c.state == "claimed", _ALERTS.c.claimed_at <= now - LEASE)
        # Ours already: the commit came through before, and its answer was lost.
        free = sa.or_(_ALERTS.c.state == "failed", silent, _ALERTS.c.owner == owner)
        taken = sa.update(_ALERTS).where(_same(alert, address), free).values(**about)

        def work(connection: sa.Connection) -> bool:
            if connection.execute(inserted).first():
                return True
            return connection.execute(taken).rowcount == 1

        return transact(self.engine, work)

    def _settle(self, alert: Alert, address: str, owner: str, sent: bool, tries: int) -> None:
        change: dict[str, Any] = {"state": "sent" if sent else "failed"}
        change["tries"] = _ALERTS.c.tries + tries
        if sent:
            change["sent_at"] = self._now()
        mine = sa.and_(
            _same(alert, address), _ALERTS.c.owner == owner, _ALERTS.c.state == "claimed"
        )
        ended = sa.update(_ALERTS).where(mine).values(**change)
        transact(self.engine, lambda connection: connection.execute(ended).rowcount)

    def _post(self, address: str, alert: Alert) -> bool:
        """One attempt at one address; Apprise says whether it was taken."""
        from apprise import NotifyType

        text = f"{alert.text}\nId: {message_id(alert)}"
        target = self._targets[address]
        return bool(target.notify(body=text, title=alert.title, notify_type=NotifyType.WARNING))


def _storable(alert: Alert) -> Alert:
    """As text that every database and receiver takes, and still another for another: a user's name
    may hold NUL or half a character."""
    return replace(
        alert,
        rule=_written(alert.rule),
        scope=_written(alert.scope),
        period=_written(alert.period),
        text=_written(alert.text),
    )


def _written(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode().replace("\0", "\\x00")


def message_id(alert: Alert) -> str:
    """The same for the same alert, in whatever process: what a receiver can tell doubles by."""
    return hashlib.sha256("\n".join(_key(alert).values()).encode()).hexdigest()[:12]


def _key(alert: Alert) -> dict[str, str]:
    return {"rule": alert.rule, "scope": alert.scope, "period": alert.period}


def _same(alert: Alert, address: str) -> sa.ColumnElement[bool]:
    key = {**_key(alert), "address": address}
    return sa.and_(*(_ALERTS.c[name] == value for name, value in key.items()))
