"""The audit of one's own records: `audit(paths)` reads them, and an `Audit` says what is in them.

Lesson 4 makes one of a log, lesson 8 of a whole bill:

    found = audit(data_path("own"))
    found.save("audit.html")

Units: as in facts.py.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from costlib.audit.breakdown import days_of
from costlib.audit.facts import Facts
from costlib.audit.gathering import Gathered, gather
from costlib.audit.page import document
from costlib.audit.summary import summary_html, summary_text
from costlib.display.amounts import counted
from costlib.display.tables import Shown
from costlib.faces import counted_as_usual
from costlib.pricing.own_rates import OwnRates
from costlib.tracking.periods import find_zone

if TYPE_CHECKING:
    from costlib.audit.gathering import Where


@counted_as_usual
class Audit(Facts, Shown):
    """What one's own calls cost and why. As a cell's last expression it shows the short answer;
    `save` writes the whole one.
    """

    def document(self) -> str:
        """The whole page, with nothing that it would have to load."""
        return document(self)

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; gives its path."""
        target = Path(path)
        target.write_text(self.document(), encoding="utf-8")
        return target

    def html(self) -> str:
        """The findings as a cell shows them: the sentences, and the table."""
        return summary_html(self)

    def __str__(self) -> str:
        return summary_text(self)

    def __repr__(self) -> str:
        return f"<Audit of {counted(self.total.calls, 'call')}, {self.first} to {self.last}>"


def audit(
    *places: Where,
    since: date | None = None,
    until: date | None = None,
    zone: str = "UTC",
    top: int = 10,
    rates: OwnRates | None = None,
    say: Callable[[str], None] = lambda text: None,
) -> Audit:
    """Audit one's own records: files, folders, and ledgers (URL, `Ledger` or frame), in any mix.

    `since` is the first day that counts and `until` the first that no longer does, in `zone`; with
    both, the period is theirs, else it goes from the first call to the last. `top` rows stand alone
    in each breakdown. `rates` are one's own (`costlib.pricing.read_own_rates`): the total by them
    stands beside the list price. `say` hears how far the reading is.

    Raises ValueError without a place, for a place that does not exist, an unknown zone, and when
    nothing that was read is a call of the period, with what the files are instead.
    """
    if not places:
        raise ValueError("give a file, a folder, or a ledger's URL: there is nothing to read")
    if top < 1:
        raise ValueError(f"top={top}: give how many rows stand alone, 1 or more")
    here = find_zone(zone)
    if since is not None and until is not None and since >= until:
        raise ValueError(f"since={since} is not before until={until}: no day is left")
    found = gather(places, say)
    frame = found.frame
    days = days_of(frame, here)
    chosen = days.map(
        lambda day: (since is None or day >= since) and (until is None or day < until)
    ).astype(bool)
    frame, days = frame[chosen].reset_index(drop=True), days[chosen]
    if not len(frame):
        raise ValueError(_nothing(found, len(chosen)))
    say(f"looking at {counted(len(frame), 'call')}")
    last = days.max() if until is None else max(days.max(), _before(until))
    return Audit(
        frame,
        tuple(found.sources),
        tuple(found.left),
        found.charged,
        here,
        days.min() if since is None else min(since, days.min()),
        last,
        top,
        rates,
    )


def _before(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)


def _nothing(found: Gathered, outside: int) -> str:
    """Why there is nothing to audit."""
    if outside:
        return f"none of what was read, {counted(outside, 'call')}, lies between since and until"
    if found.charged is not None:
        return (
            "there are cost reports and no calls: give the usage report too, or see what the costs "
            "are made of with costlib.bank.audit(read_cost_report(file))"
        )
    if found.left:
        first = found.left[0]
        more = f" (and {len(found.left) - 1:,} more)" if len(found.left) > 1 else ""
        return f"no call was found: {first.name}: {first.reason}{more}"
    return "no call was found: the folder has no .jsonl, .json, .csv or SQLite file"
