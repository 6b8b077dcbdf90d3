"""Where a call's money is counted: every account that its tags fall under, in one order.

Everybody locks the rows of accounts in the order of `Place.key`, narrow scopes first, a period
before the one that follows it; so no two transactions wait for each other. A run counts in its own
accounts and in those of the run that it is part of. Taught in lesson 5.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import sha256
from zoneinfo import ZoneInfo

from costlib.budgets.limits import Limit, usd_of
from costlib.tracking.periods import Period, period_before, period_of

_LONGEST_ID = 1_000  # PostgreSQL's index takes 2,704 bytes


@dataclass(frozen=True)
class Place:
    """One limit, one scope, one period. `tags` are those of the scope, normalised."""

    limit: Limit
    tags: Mapping[str, str]
    period: Period

    @property
    def scope(self) -> str:
        """Whose money it is, for people."""
        return scope_of(self.tags)

    @property
    def id(self) -> str:
        """The name of the account's row."""
        start = self.period.start
        text = f"{start.isoformat() if start else 'ever'} {self.limit.rule} {as_json(self.tags)}"
        if len(text) <= _LONGEST_ID:
            return text
        return f"{text[:_LONGEST_ID]} {sha256(text.encode()).hexdigest()}"

    @property
    def key(self) -> tuple[int, str, str, str]:
        """Its place in the order in which rows are locked."""
        return -len(self.tags), self.limit.rule, as_json(self.tags), self.id

    def before(self, zone: ZoneInfo) -> Place | None:
        """The same limit and scope in the period before; None for "ever"."""
        period = period_before(self.period, zone)
        return None if period is None else replace(self, period=period)


def order_of(account: str) -> tuple[int, str, str, str]:
    """`Place.key`, read from the name of an account's row.

    A name that was cut has no place among the others; a deadlock that it brings is tried again.
    """
    rest = account.partition(" ")[2]
    try:
        end = json.JSONDecoder().raw_decode(rest)[1]
        return -len(json.loads(rest[end + 1 :])), rest[:end], rest[end + 1 :], account
    except ValueError:
        return 0, "", "", account


@dataclass(frozen=True)
class Branch:
    """A run as the books know it: the run it is part of, and a cap of its own in pico-dollars."""

    run: str
    parent: str | None = None
    cap_pusd: int | None = None


def places_of(
    limits: Iterable[Limit],
    tags: Mapping[str, str],
    branches: Sequence[Branch],
    now: datetime,
    zone: ZoneInfo,
) -> tuple[Place, ...]:
    """The accounts of a call, in the order in which they are locked.

    `branches` are the call's run and those that it is part of, the innermost first.
    Raises ValueError when a limit is `by` a tag that the call lacks.
    """
    found: dict[str, Place] = {}
    views = views_of(tags, branches)
    for limit in limits:
        for view in views:
            if any(view.get(name) != value for name, value in limit.where.items()):
                continue
            if missing := [name for name in limit.by if name not in view]:
                raise ValueError(
                    f"the call has no {missing[0]}, and a limit is by {missing[0]}: give "
                    f"{missing[0]}=…"
                )
            scope = {name: view[name] for name in limit.names}
            place = Place(limit, scope, period_of(now, limit.period, zone))
            found.setdefault(place.id, place)
    for branch in branches:
        if branch.cap_pusd is not None:
            cap = Limit(usd_of(branch.cap_pusd), "ever", by="run")
            place = Place(cap, {"run": branch.run}, period_of(now, "ever", zone))
            other = found.get(place.id)  # a limit for every run: the lower of the two holds
            if other is None or not other.limit.hard or cap.pusd < other.limit.pusd:
                found[place.id] = place
    return tuple(sorted(found.values(), key=lambda place: place.key))


def views_of(tags: Mapping[str, str], branches: Sequence[Branch]) -> list[dict[str, str]]:
    """A call's tags as its own run sees them, then as each run above it does."""
    return [{**tags, "run": branch.run} for branch in branches] or [dict(tags)]


def scope_of(tags: Mapping[str, str]) -> str:
    """Whose money these tags name, for people; "everything" where there are none."""
    return " in ".join(f"{name} {value}" for name, value in tags.items()) or "everything"


def as_json(tags: Mapping[str, str]) -> str:
    """Tags as one text, whatever their order."""
    return json.dumps(dict(sorted(tags.items())))
