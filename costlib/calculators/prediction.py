"""Lesson 8's calculator, Does a prediction pay?: paste a text before and after an edit.

It shows which tokens of the prediction are accepted, and what five ways to get the edited text
cost: whole, whole with a prediction, a unified diff, search/replace blocks, line ranges. Tokens,
USD cents at the rates of the course's as-of date, and modelled seconds. The input is the text
before and one sentence that asks for the format.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, choice, decades, number, text
from costlib.display.amounts import counted, money
from costlib.display.tables import Shown, table
from costlib.display.templates import render
from costlib.prediction.acceptance import (
    PREDICTED,
    PREDICTS,
    EditComparison,
    EditWay,
    compare,
    edits,
    ways,
)
from costlib.prediction.edit_formats import WHOLE
from costlib.pricing.prices import AS_OF, find_model
from costlib.provider.alignment import kept
from costlib.tokens.text import count_text, tokenizer_of
from costlib.tokens.view import split_tokens

_EXAMPLE = edits()[2]  # a name changed in the shortest file
_MOST = 10_000  # tokens of a text: beyond, a page could not show them

_WRONG_LINES = (
    "A diff or a block that does not fit is refused, so it only costs another answer: the share "
    "above counts that for every format alike. A wrong line number of a line range fits all the "
    "same: nothing refuses it, the file is wrong, and that price is in no row here."
)


def _models() -> tuple[tuple[str, str], ...]:
    """Those that can be called on the course's day, or once could: with the day that ends each."""
    found = {name: find_model(name) for name in PREDICTS}
    alive = {name: model for name, model in found.items() if model.live(AS_OF)}
    return tuple(
        (f"{name} · until {model.shutdown}", name) for name, model in (alive or found).items()
    )


def _rules() -> tuple[tuple[str, str], ...]:
    return (
        ("best case", "diff"),
        ("fitted case, as measured once", "draft"),
    )


@dataclass(frozen=True)
class Marked(Shown):
    """A text with some of its tokens marked: underlined and bold, in brackets where it is plain."""

    title: str
    pieces: tuple[tuple[str, bool], ...]

    def html(self) -> str:
        """A heading and the text in a box of its own that scrolls."""
        return render("calculators/marked.html", title=self.title, pieces=self.pieces)

    def __str__(self) -> str:
        body = "".join(f"[{piece}]" if marked else piece for piece, marked in self.pieces)
        return f"{self.title}\n{body}"


def _marked(title: str, shown: str, other: str, encoding: str) -> Marked:
    """The tokens of `shown` that are not in `other` marked, neighbours joined."""
    taken = iter(kept(other, shown, encoding))
    pieces: list[tuple[str, bool]] = []
    for piece, count in split_tokens(shown, encoding):
        new = not all([next(taken) for _ in range(count)])
        if pieces and pieces[-1][1] == new:
            piece = pieces.pop()[0] + piece
        pieces.append((piece, new))
    return Marked(title, tuple(pieces))


@dataclass(frozen=True)
class Found:
    """The two calls compared, the ways with their cents all in, and the two marked texts."""

    model: str
    comparison: EditComparison
    ways: dict[str, EditWay]
    usd_a_second: float
    texts: tuple[Marked, ...]

    def all_in(self, way: EditWay) -> float:
        """USD of a way with the waiting."""
        return float(way.cost) + way.seconds * self.usd_a_second


@dataclass(frozen=True)
class EditedText(Inputs):
    """A text before and after an edit, and what a second of waiting is worth."""

    before: str = text("Before: the prediction", _EXAMPLE.before)
    after: str = text("After: the reply", _EXAMPLE.after)
    model: str = choice("Model", "gpt-4.1", _models)
    rule: str = choice("Tokens are accepted by", "diff", _rules)
    second: float = number(
        "A second of waiting is worth, cents", 0.0, high=1_000.0, stops=(0, *decades(0.01, 10))
    )
    failing: float = number(
        "Diffs and blocks that fail, %", 1.8, high=100.0, stops=(*range(11), 20, 30, 40, 50)
    )

    def result(self) -> Found:
        """Align, price and time; ValueError for a text that is missing or too long."""
        for name, given in (("Before", self.before), ("After", self.after)):
            if not given.strip():
                raise ValueError(f"{name} is empty: paste the text there.")
            if (tokens := count_text(given, self.model).tokens) > _MOST:
                raise ValueError(
                    f"{name} has {tokens:,} tokens: paste {_MOST:,} at most, a page cannot show "
                    "more."
                )
        encoding = tokenizer_of(self.model).encoding
        texts: tuple[Marked, ...] = ()
        if self.rule == "diff":  # only in the best case is it known which tokens they are
            texts = (
                _marked(
                    "The prediction; what is rejected is marked", self.before, self.after, encoding
                ),
                _marked(
                    "The reply; what the model writes anew is marked",
                    self.after,
                    self.before,
                    encoding,
                ),
            )
        return Found(
            self.model,
            compare(self.before, self.after, self.model, rule=self.rule),
            ways(
                self.before,
                self.after,
                self.model,
                failing=self.failing / 100,
                rule=self.rule,
            ),
            self.second / 100,
            texts,
        )


def _cents(usd: Decimal | float) -> str:
    """Cents with three significant digits at least, and never as zero."""
    return money(Decimal(str(usd)) * 100).removeprefix("$")


class PredictionCalculator(Calculator):
    """Does a prediction pay? Leave it as a cell's last expression and paste two texts."""

    title = "Does a prediction pay?"
    inputs_type = EditedText

    def answer(self, result: Found) -> Finding:
        """What is accepted in a sentence, the five ways in a table, the texts, and notes."""
        found = result.comparison
        usage = found.predicted.usage
        accepted, rejected = usage.accepted_prediction_tokens, usage.rejected_prediction_tokens
        cheapest = min(result.ways, key=lambda name: result.ways[name].cost)
        best = min(result.ways, key=lambda name: result.all_in(result.ways[name]))
        soonest = min(result.ways, key=lambda name: result.ways[name].seconds)
        rows = [
            {
                "way": name,
                "output tokens": way.output_tokens,
                "cents": _cents(way.cost),
                "seconds": f"{way.seconds:.1f}",
                "cents, waiting included": _cents(result.all_in(way)),
            }
            for name, way in result.ways.items()
        ]
        sentence = (
            f"Waiting included, the best is: {best}. Cheapest: {cheapest}. Soonest: {soonest}. "
            f"Of the prediction {counted(accepted, 'token')} accepted, "
            f"{rejected:,} rejected: the prediction costs {_cents(found.extra)} cents more and "
            f"comes {found.seconds_saved:.1f} s sooner."
        )
        notes = [
            _WRONG_LINES,
            "Seconds are modelled: predicted tokens take no time, the rest comes one by one.",
        ]
        if result.ways[WHOLE].cost == result.ways[PREDICTED].cost:
            notes.append("Nothing is rejected, so the prediction costs nothing more: never less.")
        return Finding(
            sentence,
            (
                table(rows, caption=f"One edit on {result.model}, rates of {AS_OF}"),
                *result.texts,
            ),
            tuple(notes),
        )
