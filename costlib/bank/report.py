"""The bill on one page: an HTML report that stands by itself, for whoever signs off the work.

It shows what the month costs as planned, what may be promised (a range, where a batch has to find
the cache), a waterfall of what each lever saves, what is known of the answers, and which lever to
let go first. Everything in it is computed from a `Plan`. Units: USD a month. Lesson 8 makes one.
`Report(plan, order).save("bill.html")` writes the page; a browser prints it on one sheet of A4.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

from costlib.bank import traffic as bank
from costlib.bank.levers import Plan, Step, cheaper_models, promised
from costlib.display.amounts import money
from costlib.display.tables import Shown
from costlib.display.templates import render
from costlib.faces import counted_as_usual
from costlib.pricing.prices import AS_OF, find_model, rate_card

if TYPE_CHECKING:
    import pandas

_LABEL, _CHART, _ROW = 178, 420, 25  # pixels: names, the widest bar, the height of a row
_HEADS = ("Lever", "Lesson", "Saved here", "Alone", "Answers", "What is known", "Effort")
_NUMBERS = (1, 2, 3)  # the columns of numbers


@dataclass(frozen=True)
class Target:
    """A set of levers that answers a question of its own, and what it takes off the plan."""

    words: str
    levers: tuple[str, ...]


@dataclass(frozen=True)
@counted_as_usual
class Report(Shown):
    """A plan, the levers in the order of the account, the targets, and notes at the foot."""

    plan: Plan
    order: tuple[str, ...]
    targets: tuple[Target, ...] = ()
    notes: tuple[str, ...] = ()
    title: str = "The assistant's month"
    author: str = ""

    @property
    def steps(self) -> list[Step]:
        """The account, lever by lever."""
        return self.plan.account(self.order)

    def document(self) -> str:
        """The whole page, with nothing that it would have to load."""
        head = self._head()
        about = (
            f"{len(self.plan.month):,} requests in {bank.DAYS} days, each priced by itself, at "
            f"list prices of {AS_OF}. Amounts are USD a month."
        )
        saved = self._saved()
        return render(
            "bank/report.html",
            head=head,
            about=about,
            sums=self._sums(),
            finding=self._finding(),
            bars=self._bars(),
            label=_LABEL,
            chart=_CHART,
            row=_ROW,
            heads=_HEADS,
            numbers=_NUMBERS,
            levers=[self._cells(step, usd) for step, usd in zip(self.steps, saved, strict=True)],
            facts=self._facts(),
            undo=self._undo(),
            notes=self.notes,
        )

    def save(self, path: str | Path) -> Path:
        """Write the page to a file; gives its path."""
        target = Path(path)
        target.write_text(self.document(), encoding="utf-8")
        return target

    def html(self) -> str:
        """The page in a frame of its own, so that a notebook's theme leaves it alone."""
        return render("bank/report_frame.html", title=self.title, page=self.document())

    def __str__(self) -> str:
        lines = [f"{self.title}: {money(self.plan.usd())}"]
        for step in self.steps:
            saved, left = money(step.saved), money(step.after)
            lines.append(f"- {step.lever.does}: saves {saved}, leaves {left}")
        return "\n".join([*lines, self._undo()])

    def _saved(self) -> list[Decimal]:
        """What each lever saves in whole dollars, so that the plan less all of it is what is left.

        Each is the difference of two rounded amounts, so less than a dollar off.
        """
        levels = [self.plan.usd(), *(step.after for step in self.steps)]
        shown = [usd.quantize(Decimal(1), ROUND_HALF_UP) for usd in levels]
        return [before - after for before, after in pairwise(shown)]

    def _facts(self) -> list[tuple[str, str]]:
        """What somebody who signs has to know of the page."""
        month = self.plan.month
        last = bank.FIRST_DAY + timedelta(days=bank.DAYS - 1)
        models = sorted(map(str, set(month["model"])))
        vendors = sorted({find_model(name).provider for name in models})
        return [
            ("Period", f"{bank.FIRST_DAY} to {last}, days in UTC"),
            ("Vendors", ", ".join(vendors)),
            ("Models as planned", ", ".join(models)),
            ("Prices", f"list prices of {AS_OF}, without tax, credits and discounts"),
            ("Edition", f"{AS_OF:%Y.%m}"),
            ("Author", self.author or "–"),
            ("Certain", "the price of what is planned; what a lever saves is as sure as its row"),
            ("Rounded", "to whole dollars; what each lever saves is the difference of two rounded "
             "amounts, so that the column adds up"),
        ]  # fmt: skip

    def _undo(self) -> str:
        """Which levers to let go first, and what each of them alone gives back."""
        suspects = self.plan.undo_order(self.order)
        if not suspects:
            return "No lever in this account touches an answer: look for the cause elsewhere."
        back = ", then ".join(
            f"{each.does} ({money(self.plan.undone(each.name, self.order), digits=0)} come back)"
            for each in suspects
        )
        return (
            f"Let go in this order: {back}. Those that nobody measured come first, the cheapest to "
            "undo before the others; a lever that is not named touches no answer."
        )

    def _head(self) -> str:
        """What is promised first: the first target, as a range; without targets, all levers."""
        planned, after = (money(self.plan.usd(names), digits=0) for names in ((), self.order))
        if not self.targets:
            return f"{self.title}: from {planned} to {after}, {self.plan.off(self.order):.0%} less"
        first = self.targets[0]
        promise = promised(self.plan, first.levers)
        return f"{self.title}: {planned} as planned, {promise} less with {first.words}"

    def _sums(self) -> list[tuple[str, str, str]]:
        """The sums at the head: what each is, USD a month, and how much that is off the plan.

        What needs a batch to find the cache is a range; what nobody measured comes last.
        """
        sets = [(target.words, target.levers) for target in self.targets]
        sets.append(("all levers", self.order))
        sums = [("as planned", money(self.plan.usd(), digits=0), "")]
        for words, names in sets:
            promise = promised(self.plan, names)
            ends = sorted({self.plan.usd() * (1 - off) for off in promise})
            usd = " to ".join(money(end, digits=0) for end in ends)
            sums.append((words, usd, f"{promise} off"))
        return sums

    def _finding(self) -> str:
        most = max(self.steps, key=lambda step: step.saved)
        saved = self.plan.usd() - self.plan.usd(self.order)
        return f"Pulled in this order, one lever saves most: {most.lever.does}, " + (
            f"{most.saved / saved:.0%} of all"
        )

    def _bars(self) -> list[tuple[str, float, float, bool, str]]:
        """A waterfall: name, left and right end in pixels, whether it is a saving, and USD."""
        planned, left = self.plan.usd(), self.plan.usd(self.order)
        rows = [("as planned", Decimal(0), planned, False, planned)]
        rows += [
            (step.lever.does, step.after, step.before, True, abs(usd))
            for step, usd in zip(self.steps, self._saved(), strict=True)
        ]
        rows.append(("after all", Decimal(0), left, False, left))
        scale = _CHART / float(max(high for _, _, high, _, _ in rows))
        bars = []
        for name, one, other, saved, amount in rows:
            low, high = sorted((one, other))
            usd = money(amount, digits=0)
            bars.append((name, float(low) * scale, float(high) * scale, saved, usd))
        return bars

    def _cells(self, step: Step, saved: Decimal) -> tuple[str, ...]:
        """A lever as a row of the table under `_HEADS`; equal amounts are rounded alike."""
        each = step.lever
        alone = self.plan.alone(each.name)
        return (
            each.does,
            str(each.lesson),
            money(saved, digits=0),
            money(saved if alone == step.saved else alone, digits=0),
            each.answers,
            each.evidence,
            each.effort,
        )


# --- Quick wins -------------------------------------------------------------------------------


def quick_wins(plan: Plan) -> list[dict[str, str]]:
    """The outline's table of quick wins: each claim beside what the month gives.

    A win is measured against the part that it touches (all that such requests cost, or that part
    of them) and against the whole plan.
    """
    parts = bank.bill(plan.month)
    by_part, by_kind, whole = parts.by_part, parts.by_kind, parts.total
    touched = {
        "cache_prefix": ("caching", "50 to 90%", "tools and handbook", by_part["prefix"]),
        "batch_summaries": ("batch", "50%", "summaries", by_kind["summary"]),
        "shorten_prompts": (
            "shorter prompts",
            "20 to 40%",
            "prefix and history",
            by_part["prefix"] + by_part["history"],
        ),
    }
    rows = []
    for model, usd in cheaper_models(plan).items():
        off = f"{1 - usd / whole:.1%}"
        rows.append(_win("a smaller model", "70 to 80%", model, off, off, "a line, as much "
                         "thinking, and days of testing answers", "not measured"))  # fmt: skip
    for name, (win, claim, part, cost) in touched.items():
        each, saved = plan.lever(name), plan.alone(name)
        rows.append(_win(win, claim, part, f"{saved / cost:.1%}", f"{saved / whole:.1%}",
                         each.effort, each.answers))  # fmt: skip
    try:
        rate = rate_card(bank.MODEL, tier="flex").rates["output"]
        part = f"{bank.MODEL} at {rate} USD"
    except LookupError:
        part = f"not offered for {bank.MODEL}"
    rows.append(_win("flex tier", "50%", part, "–", "–", "–", "–"))
    return rows


def _win(*cells: str) -> dict[str, str]:
    heads = ("quick win", "claimed", "its part here", "of its part", "of the bill", "effort",
             "answers")  # fmt: skip
    return dict(zip(heads, cells, strict=True))


# --- An audit of one's own export -------------------------------------------------------------

_LOOK_AT = {
    "input": "sent anew each time: can a cache read it (7), or a shorter prompt spare it (6)?",
    "cached_input": "read from a cache already: is it needed at all (6)?",
    "output": "written: shorter answers (6), or a change instead of a whole file (8)?",
    "input_image": "pictures: smaller before they are sent (2)?",
    "input_audio": "speech: does all of it have to be heard (2)?",
    "web_search": "searches: does every question need one (2)?",
}


def audit(costs: pandas.DataFrame) -> list[dict[str, str]]:
    """What a cost report is made of, the largest part first, and which lesson to look at.

    `costs` is what `usage_export.read_cost_report` gives. The last row says how much ran in
    batches. Raises ValueError for a report of nothing.
    """
    total = sum(costs["amount_usd"])
    if not total:
        raise ValueError("the report has no costs: ask for days on which something was used")
    by_kind: dict[str, Decimal] = {}
    for kind, amount in zip(costs["kind"], costs["amount_usd"], strict=True):
        name = kind if isinstance(kind, str) and kind else "not named"
        name = "cache_write" if name.startswith("cache_write") else name
        by_kind[name] = by_kind.get(name, Decimal(0)) + amount
    look_at = _LOOK_AT | {"cache_write": "written to a cache: is it read again in time (7)?"}
    rows = [
        {"part": kind, "USD": money(usd), "share": f"{usd / total:.1%}"}
        | {"look at (lesson)": look_at.get(kind, "–")}
        for kind, usd in sorted(by_kind.items(), key=lambda part: -part[1])
    ]
    batch = sum(costs["amount_usd"][costs["tier"] == "batch"])
    rows.append(
        {"part": "in batches", "USD": money(batch), "share": f"{batch / total:.1%}"}
        | {"look at (lesson)": "what of the rest could wait a day (1)?"}
    )
    return rows
