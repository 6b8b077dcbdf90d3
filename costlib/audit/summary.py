"""An audit in a terminal and in a cell: its sentences, and one table of what was found.

The page has more (page.py); these are the same figures, each with how it is known. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal

from costlib.audit.applied import Applied
from costlib.audit.breakdown import Part, parts_of
from costlib.audit.facts import Facts
from costlib.display.amounts import counted
from costlib.display.tables import Table, table
from costlib.display.templates import render
from costlib.pricing.own_rates import OwnRates
from costlib.pricing.prices import AS_OF
from costlib.tracking.showback import spread

_MODELS = 5  # that have a row of their own
_FRESH = timedelta(days=31)  # an edition's prices are a month's


def headline(facts: Facts) -> str:
    """What the calls cost, in which days, and what has no price."""
    total = facts.total
    unknown = not total.exact and bool(total.unpriced)
    number = total.calls if unknown else total.calls - total.unpriced.calls
    calls = counted(number, "call")
    days = f"on {facts.first}" if facts.days == 1 else f"{facts.first} to {facts.last}"
    if unknown:
        return f"{calls}, {days}: {total.unpriced}, so the sum is unknown"
    said = f"{total.usd} for {calls}, {days}"
    return f"{said}; beside it, {total.unpriced}" if total.unpriced else said


def remarks(facts: Facts) -> list[str]:
    """What has to be known to read the amounts."""
    month = facts.a_month(facts.total.exact)
    cover = f"These records cover {counted(facts.days, 'day')} in {facts.zone}"
    if facts.active_days < facts.days:
        cover += f", of which {facts.active_days} have calls"
    if month is None:
        found = [f"{cover}: too few to say what a month costs."]
    else:
        found = [f"{cover}; 30 days like them cost {facts.usd(month)}."]
    if facts.estimated:
        estimated = facts.usd(facts.estimated)
        found.append(
            f"{estimated} of it rests on token counts that a tool estimated; the rest is certain "
            "at list prices."
        )
    else:
        found.append("The sum is certain at list prices, for the tokens that the records name.")
    if facts.last - AS_OF > _FRESH:
        found.append(
            f"List prices are those known on {AS_OF}: what a vendor has changed since is not in "
            f"calls up to {facts.last}. A newer edition of the course has newer prices."
        )
    if facts.rates is not None:
        found.append(_by_own_rates(facts, facts.rates))
    found += [
        f"{source.kind}: it says {facts.usd(source.reported)} itself, list prices give "
        f"{facts.usd(source.usd)}" + (f"; {source.unpriced}." if source.unpriced else ".")
        for source in facts.sources
        if source.reported is not None
    ]
    if facts.charged is not None:
        found.append(
            f"Cost reports among the files say that {facts.usd(facts.charged)} were charged."
        )
    if facts.left:
        found.append(
            f"Left out, in whole or in part ({counted(len(facts.left), 'place')}): {_named(facts)}."
        )
    return found


def _by_own_rates(facts: Facts, rates: OwnRates) -> str:
    usd, without = facts.contracted
    amount = facts.usd(usd)
    if rates.currency is not None:
        billed = rates.currency.of(usd)
        amount += f", which is {billed:,.2f} {rates.currency.code}"
    beside = f"; without a price by them: {counted(without, 'call')}" if without else ""
    return f"By your own rates ({rates.source}) it is {amount}{beside}. All else is at list prices."


def overview(facts: Facts) -> Table:
    """One table: spending by model, the caches, hidden costs, levers."""
    return table(
        list(_rows(facts)),
        caption="What was found (of levers: what each saves), and how it is known",
    )


def summary_text(facts: Facts) -> str:
    """The sentences and the table as text."""
    return "\n".join([headline(facts), *remarks(facts), "", str(overview(facts))])


def summary_html(facts: Facts) -> str:
    """The sentences and the table as HTML, for a notebook's cell."""
    return render(
        "audit/summary.html",
        headline=headline(facts),
        remarks=remarks(facts),
        table=overview(facts).html(),
    )


def figures(facts: Facts) -> dict[str, object]:
    """The audit as plain data, for other programs: USD as text, exactly, in the records' days."""

    def parts(each: list[Part]) -> list[dict[str, object]]:
        return [
            {"name": part.name, "calls": part.calls, "usd": str(part.exact)}
            | {"unpriced_calls": part.unpriced.calls, "unpriced_tokens": part.unpriced.tokens}
            for part in each
        ]

    return {
        "first_day": str(facts.first),
        "last_day": str(facts.last),
        "days": facts.days,
        "zone": str(facts.zone),
        "total": parts([facts.total])[0],
        "estimated_usd": str(facts.estimated),
        "by_day": parts(facts.by_day),
        "by_model": parts(facts.by_model),
        "by_project": parts(facts.by_project),
        "by_session": parts(facts.by_session),
        "cache_saved_usd": str(facts.cache.saved),
        "hidden": [
            {"name": each.name, "calls": each.calls, "needs": each.needs, "found": each.what}
            | {"usd": None if each.usd is None else str(each.usd)}
            for each in facts.hidden
        ],
        "levers": [
            {"lever": each.lever, "lesson": each.lesson, "certain": each.certain}
            | {"assumed": each.assumed, "unmeasured": each.unmeasured, "needs": each.needs}
            | {"usd": None if each.saved is None else [str(end) for end in each.saved]}
            for each in facts.levers
        ],
        "left_out": [{"name": each.name, "reason": each.reason} for each in facts.left],
    }


def sureness(lever: Applied) -> str:
    """How the amount of a lever is known, in a word or two."""
    low, high = lever.saved or (Decimal(0), Decimal(0))
    return "estimate" if low != high else "same tokens"


def known(lever: Applied) -> str:
    """The same, and what nobody measured."""
    if lever.unmeasured.startswith("nothing"):
        return sureness(lever)
    return f"{sureness(lever)}; unknown: {lever.unmeasured}"


def months(facts: Facts, parts: list[Part]) -> list[str]:
    """The parts as a month of such days makes them, and their sum, to which they add up."""
    whole = facts.a_month(facts.total.exact)
    if whole is None:
        return ["–"] * (len(parts) + 1)
    unit = facts.unit
    shown = spread(whole.quantize(unit), [part.exact for part in parts], unit)
    amounts = [*shown, whole.quantize(unit)]
    exact = [*(part.exact for part in parts), facts.total.exact]
    return ["–" if not cost else facts.usd(each) if each else "below " + facts.usd(unit)
            for each, cost in zip(amounts, exact, strict=True)]  # fmt: skip


def _rows(facts: Facts) -> Iterator[dict[str, str]]:
    spent = parts_of(facts.frame, facts.frame["model"], top=_MODELS)
    for part, month in zip([*spent, facts.total], months(facts, spent), strict=True):
        name = "spent in all" if part is facts.total else f"spent: {part.name}"
        note = str(part.unpriced) if part.unpriced else "certain"
        yield _row(name, part.usd, month, note)
    account = facts.cache
    if account.read or account.written:
        word = "saved" if account.saved >= 0 else "lost"
        yield _amount(facts, f"caches {word}", abs(account.saved), "certain, against none")
    for hidden in facts.hidden:
        if hidden.calls and hidden.usd is not None:
            yield _amount(
                facts, f"hidden: {hidden.name}", hidden.usd, counted(hidden.calls, "call")
            )
    for lever in facts.levers:
        if lever.saved is not None:
            saving, month = facts.saving(*lever.saved), facts.saving_of_month(*lever.saved)
            yield _row(f"lever: {lever.lever}", saving, month, known(lever))


def _amount(facts: Facts, what: str, usd: Decimal, known: str) -> dict[str, str]:
    return _row(what, facts.usd(usd), facts.span_of_month(usd, usd), known)


def _named(facts: Facts) -> str:
    names = ", ".join(dict.fromkeys(each.name for each in facts.left[:50]))
    return names if len(names) < 200 else f"{names[:200]} ..."


def _row(what: str, usd: str, month: str, known: str) -> dict[str, str]:
    return {"what": what, "in these days": usd, "a month": month, "known": known}
