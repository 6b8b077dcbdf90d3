"""The audit as one HTML page that stands by itself, for a browser or a colleague.

Nothing is loaded with it and no text of a message is in it; a browser's content policy, which the
page sets, would refuse both scripts and other hosts. Every name in it is escaped. Lesson 8.
"""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from costlib.audit.applied import Applied
from costlib.audit.breakdown import Part
from costlib.audit.cache_account import CacheAccount
from costlib.audit.facts import Facts
from costlib.audit.summary import headline, months, remarks, sureness
from costlib.display.amounts import counted
from costlib.display.tables import Table, table
from costlib.display.templates import render
from costlib.pricing.prices import AS_OF

GENERATOR = "costlib audit"
"""What the page names as its maker: a file that says so may be replaced by another facts."""

_WIDE, _HIGH, _GAP = 720, 150, 0.2  # pixels of the chart, and the share of a bar that is a gap
_MOST_LEFT = 50  # files that are named one by one


class _Bar(NamedTuple):
    """A bar of the chart: its place in pixels, and the words that a pointer finds on it."""

    left: float
    top: float
    wide: float
    high: float
    words: str


def document(facts: Facts) -> str:
    """The page."""
    days = facts.by_day
    return render(
        "audit/page.html",
        generator=GENERATOR,
        headline=headline(facts),
        remarks=remarks(facts),
        sums=_sums(facts),
        as_of=AS_OF,
        zone=str(facts.zone),
        bars=_bars(days, facts),
        wide=_WIDE,
        high=_HIGH,
        first=str(facts.first),
        last=str(facts.last),
        most=max(days, key=lambda day: day.exact),
        days=_parts(facts, days, "day").html(),
        breakdowns=[
            (title, _parts(facts, parts, name).html())
            for title, name, parts in (
                ("By model", "model", facts.by_model),
                ("By project", "project", facts.by_project),
                ("By session", "session", facts.by_session),
            )
        ],
        unpriced=_unpriced(facts.unpriced),
        caches=_caches(facts),
        hidden=_hidden(facts),
        levers=_levers(facts),
        untold=_untold(facts.levers),
        sources=_sources(facts),
        left=facts.left[:_MOST_LEFT],
        more_left=len(facts.left) - _MOST_LEFT,
    )


def _sums(facts: Facts) -> list[tuple[str, str, str]]:
    """The sums at the head: what each is, the amount, and a word on it."""
    total = facts.total
    month = facts.a_month(total.exact)
    found = [
        (
            "in these days",
            total.usd,
            f"{counted(total.calls - total.unpriced.calls, 'call')} with a price",
        ),
        (
            "30 such days",
            "–" if month is None else facts.usd(month),
            "too few to say"
            if month is None
            else f"from {counted(facts.days, 'day')}, assumed alike",
        ),
    ]
    if facts.rates is not None:
        found.insert(1, ("by your own rates", facts.usd(facts.contracted[0]), "the same calls"))
    if total.unpriced:
        tokens = f"{counted(total.unpriced.tokens, 'token')}, in no sum"
        found.append(("without a price", counted(total.unpriced.calls, "call"), tokens))
    account = facts.cache
    if account.read or account.written:
        word = "saved by caches" if account.saved >= 0 else "lost by caches"
        found.append((word, facts.usd(abs(account.saved)), "against the same calls without"))
    return found


def _bars(parts: list[Part], facts: Facts) -> list[_Bar]:
    """A bar for each day (or month), its height to scale, its place in time: a day without calls
    is a gap.
    """
    most = max(max(part.exact for part in parts), Decimal(1).scaleb(-12))
    places = [_place(part.name) for part in parts]
    first, last = (_place(str(day)[: len(parts[0].name)]) for day in (facts.first, facts.last))
    step = _WIDE / (last - first + 1)
    bars = []
    for place, part in zip(places, parts, strict=True):
        high = max(float(part.exact / most) * _HIGH, 1.0 if part.exact else 0.0)
        left = (place - first) * step + step * _GAP / 2
        words = f"{part.name}: {part.usd}"
        bars.append(_Bar(left, _HIGH - high, step * (1 - _GAP), high, words))
    return bars


def _place(name: str) -> int:
    """The number of a day, such as 2026-11-02, or of a month, such as 2026-11."""
    if len(name) > len("2026-11"):
        return date.fromisoformat(name).toordinal()
    return int(name[:4]) * 12 + int(name[5:])


def _parts(facts: Facts, parts: list[Part], name: str) -> Table:
    """A breakdown, with its total at the foot."""
    rows = [
        {
            name: part.name,
            "calls": part.calls,
            "USD": part.usd if part.exact or not part.unpriced else None,
            "a month": month,
            "without a price": str(part.unpriced) if part.unpriced else None,
        }
        for part, month in zip([*parts, facts.total], months(facts, parts), strict=True)
    ]
    if not any(part.unpriced for part in parts):
        rows = [{key: row[key] for key in row if key != "without a price"} for row in rows]
    return table(rows, caption=f"USD by {name}; the rows add up to the last one")


def _unpriced(parts: list[Part]) -> str:
    if not parts:
        return ""
    rows = [
        {"model": part.name, "calls": part.unpriced.calls, "tokens": part.unpriced.tokens}
        for part in parts
    ]
    return table(rows, caption="Models of which no price is known here").html()


def _caches(facts: Facts) -> str:
    if not facts.caches:
        return ""

    def row(each: CacheAccount) -> dict[str, object]:
        return {
            "model": each.name,
            "sent": each.sent,
            "read": each.read,
            "written": each.written,
            "reads saved": facts.usd(each.reads_saved),
            "writes cost more": facts.usd(each.writes_cost),
            "saved": facts.usd(each.saved),
        }

    accounts = [*facts.caches, *([facts.cache] if len(facts.caches) > 1 else [])]
    return table([row(each) for each in accounts], caption="Tokens, and USD against none").html()


def _hidden(facts: Facts) -> str:
    rows = [
        {
            "hidden cost": each.name,
            "calls": "–" if each.needs else f"{each.calls:,}",
            "USD": facts.usd(each.usd) if each.usd is not None and each.calls else "–",
            "what was found": f"cannot be told: needs {each.needs}" if each.needs else each.what,
        }
        for each in facts.hidden
    ]
    return table(rows, caption="They overlap: not to be added up").html()


def _levers(facts: Facts) -> list[dict[str, object]]:
    """Each lever that can be told: its name, amounts, and what is known of them."""
    return [
        {
            "lever": each.lever,
            "lesson": each.lesson,
            "usd": facts.saving(*each.saved),
            "month": facts.saving_of_month(*each.saved),
            "known": sureness(each),
            "facts": [
                (name, words)
                for name, words in (
                    ("Certain", each.certain),
                    ("Assumed", each.assumed),
                    ("Unmeasured", each.unmeasured),
                )
                if words
            ],
        }
        for each in facts.levers
        if each.saved is not None
    ]


def _untold(levers: list[Applied]) -> str:
    rows = [
        {"lever": each.lever, "lesson": each.lesson, "it would need": each.needs}
        for each in levers
        if each.saved is None
    ]
    return table(rows, caption="What these records cannot tell").html()


def _sources(facts: Facts) -> str:
    rows = [
        {
            "kind": each.kind,
            "files": each.files,
            "calls": each.calls,
            "without a price": each.unpriced.calls,
            "USD": facts.usd(each.usd),
            "says itself": None if each.reported is None else facts.usd(each.reported),
            "notes": "; ".join(each.notes) or None,
        }
        for each in facts.sources
    ]
    return table(rows, caption="What was read, before days were chosen").html()
