"""Predicted outputs: what of a prediction is accepted, what it costs, how soon the reply comes.

A prediction is text that you send because you expect most of it back. Accepted tokens are billed
as output, because they are in the reply; rejected ones are billed as output on top; so a call with
a prediction never costs less than the plain one. It is sooner. Units: tokens, exact USD, seconds.

**Measured**: tokens, and which of them are accepted, by aligning the two texts (see
`costlib.provider.alignment`, which says why the API may accept fewer). **Modelled**: seconds, from
`costlib.provider.latency`, whose one measurement is Simon Willison's of 2024-11-04; they show what
the model says and are evidence of nothing. Lesson 8 teaches this module.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import NamedTuple

from costlib.faces import counted_as_usual
from costlib.paths import data_path
from costlib.prediction.edit_formats import FORMATS, WHOLE, Format
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import rate_card
from costlib.provider.alignment import Aligner, Alignment, align, draft
from costlib.provider.latency import latency_of
from costlib.provider.openai.accepts import PREDICTS
from costlib.tokens.chat import count_chat
from costlib.tokens.text import count_text, tokenizer_of
from costlib.usage.record import Usage

__all__ = [
    "EDITS",
    "PREDICTS",
    "RULES",
    "Edit",
    "EditCall",
    "EditComparison",
    "EditWay",
    "break_even_change",
    "break_even_second",
    "call",
    "compare",
    "edits",
    "largest_edit",
    "request",
    "ways",
]  # fmt: skip

RULES: dict[str, Aligner] = {"diff": align, "draft": draft}
"""How tokens are accepted: OpenAI's definition taken literally, or fitted to the measurement."""


NOTHING = Alignment(0, 0)


# --- One call ---------------------------------------------------------------------------------


class EditCall(NamedTuple):
    """A call: what it used, what that costs in USD, and its modelled seconds to the last token."""

    usage: Usage
    cost: Decimal
    seconds: float


def call(
    model: str,
    input_tokens: int,
    written: int,
    found: Alignment = NOTHING,
    *,
    at: date | None = None,
) -> EditCall:
    """A call whose reply is `written` tokens long, with a prediction of which so much was `found`.

    Rejected tokens are output as well. Raises ValueError when more is accepted than written.
    """
    if found.accepted > written:
        raise ValueError(
            f"{found.accepted} accepted tokens do not fit into a reply of {written}: what is "
            "accepted is part of the reply"
        )
    usage = Usage(
        input_tokens=input_tokens,
        output_tokens=written + found.rejected,
        accepted_prediction_tokens=found.accepted,
        rejected_prediction_tokens=found.rejected,
    )
    details = {
        "accepted_prediction_tokens": found.accepted,
        "rejected_prediction_tokens": found.rejected,
    }
    wire = {
        "prompt_tokens": input_tokens,
        "completion_tokens": usage.output_tokens,
        "completion_tokens_details": details,
    }
    return EditCall(usage, cost_of(usage, model, at=at).total, latency_of(model, None, wire).total)


@counted_as_usual
class EditComparison(NamedTuple):
    """The same reply without a prediction and with one."""

    plain: EditCall
    predicted: EditCall

    @property
    def extra(self) -> Decimal:
        """USD more with the prediction: what was rejected, at the output rate; never below 0."""
        return self.predicted.cost - self.plain.cost

    @property
    def seconds_saved(self) -> float:
        """Modelled seconds until the last token that the prediction saves."""
        return self.plain.seconds - self.predicted.seconds


def compare(
    before: str,
    after: str,
    model: str,
    *,
    input_tokens: int = 0,
    rule: str = "diff",
    at: date | None = None,
) -> EditComparison:
    """The reply `after`, without a prediction and with `before` as the prediction.

    Raises LookupError for a model without a price or a public encoding, and for an unknown rule.
    """
    if rule not in RULES:
        raise LookupError(f"rule={rule!r} is unknown: choose one of {', '.join(RULES)}")
    found = RULES[rule](before, after, tokenizer_of(model).encoding)
    written = count_text(after, model).tokens
    return EditComparison(
        call(model, input_tokens, written, at=at),
        call(model, input_tokens, written, found, at=at),
    )


# --- Ways to get an edited file ---------------------------------------------------------------

PREDICTED = "whole file, predicted"


class EditWay(NamedTuple):
    """A way to get an edited file: output tokens of one call, and what it costs in the mean.

    Where a share of the answers cannot be applied, the mean of `cost` (USD) and `seconds` holds
    the second call, for the whole file, that this share needs.
    """

    output_tokens: int
    cost: Decimal
    seconds: float


def ways(
    before: str,
    after: str,
    model: str,
    *,
    task: str = "",
    failing: float = 0.0,
    rule: str = "diff",
) -> dict[str, EditWay]:
    """The whole file without and with a prediction, and the other formats, for one edit.

    The input is the sentence that asks for the format, the task and the file. `failing` is the
    share of the answers in another format that cannot be applied.
    """
    if not 0 <= failing <= 1:
        raise ValueError(f"failing={failing!r} is a share: give a number from 0 to 1")

    def made(form: Format) -> EditComparison:
        messages = request(before, form, task)
        sent = count_chat(messages, model).tokens
        return compare(before, form.write(before, after), model, input_tokens=sent, rule=rule)

    whole = made(FORMATS[WHOLE])
    found = {WHOLE: _way(whole.plain), PREDICTED: _way(whole.predicted)}
    again = Decimal(str(failing))
    for name, form in FORMATS.items():
        if name != WHOLE:
            first = made(form).plain
            found[name] = EditWay(
                first.usage.output_tokens,
                first.cost + again * whole.plain.cost,
                first.seconds + failing * whole.plain.seconds,
            )
    return found


def _way(one: EditCall) -> EditWay:
    return EditWay(one.usage.output_tokens, one.cost, one.seconds)


def request(before: str, form: Format, task: str) -> list[dict[str, str]]:
    """The messages that ask for an edit of a file in a format, its lines numbered if need be."""
    lines = before.splitlines(keepends=True)
    file = "".join(f"{n} {line}" for n, line in enumerate(lines, 1)) if form.numbered else before
    return [
        {"role": "system", "content": form.ask},
        {"role": "user", "content": f"{task}\n\n{file}"},
    ]


# --- Break-evens ------------------------------------------------------------------------------


def break_even_second(accepted: int, rejected: int, model: str, tokens_a_second: float) -> float:
    """What a second must be worth (USD) for a prediction to pay: infinite if nothing is accepted.

    Each accepted token saves 1 / `tokens_a_second`; each rejected one costs an output token.
    """
    if not rejected:
        return 0.0
    if not accepted:
        return math.inf
    return rejected * _output_usd(model) * tokens_a_second / accepted


def break_even_change(usd_a_second: float, model: str, tokens_a_second: float) -> float:
    """The share of a prediction that may be rejected (0 to 1) while it still pays.

    With a share x rejected, it costs x tokens at the output rate r and saves (1 - x) tokens of
    waiting, worth v / s each: x = v / (v + r s), v in USD a second, s in tokens a second.
    """
    if usd_a_second < 0 or not tokens_a_second > 0:
        raise ValueError(
            f"usd_a_second={usd_a_second!r} must be 0 or more, and "
            f"tokens_a_second={tokens_a_second!r} above 0"
        )
    return usd_a_second / (usd_a_second + _output_usd(model) * tokens_a_second)


def largest_edit(file_tokens: float, overhead: float = 0.0, failing: float = 0.0) -> float:
    """How many tokens of a file may change before a diff costs as much as the whole file.

    A diff has every changed token twice, as it was and as it will be, and `overhead` tokens that
    find the place. A share `failing` of diffs cannot be applied: it is paid for, and then the
    whole file is asked for. Counts output alone; 0 when a diff never pays.
    """
    if file_tokens < 0 or overhead < 0 or not 0 <= failing <= 1:
        raise ValueError(
            f"file_tokens={file_tokens!r} and overhead={overhead!r} must be 0 or more, and "
            f"failing={failing!r} from 0 to 1"
        )
    return max(0.0, ((1 - failing) * file_tokens - overhead) / 2)


def _output_usd(model: str) -> float:
    rate = rate_card(model).rates["output"]
    if rate is None:
        raise LookupError(f"no output rate is published for {model!r}: choose another model")
    return float(rate) / 1e6


# --- Real edits -------------------------------------------------------------------------------

FILES = ("paths", "latency", "tables", "cost")
EDITS = {
    "value": ("one value changed", "Change one value."),
    "signature": ("a parameter added", "Add a parameter to a function, and use it."),
    "rename": ("a name changed", "Rename one name everywhere."),
    "reformat": ("laid out anew", "Lay the code out in 60 columns, with single quotes."),
    "rewrite": ("rewritten", "Write the module anew: no comments, definitions by name."),
}
"""The kinds of edit: what each is called, and the task that asks for it."""


@dataclass(frozen=True)
class Edit:
    """A real edit of one of costlib's own files, made by a script (data/make_edits.py)."""

    file: str
    kind: str
    before: str
    after: str

    @property
    def task(self) -> str:
        """The sentence that asks a model for the edit."""
        return EDITS[self.kind][1]

    def __repr__(self) -> str:
        return f"<{self.file}: {EDITS[self.kind][0]}>"


@cache
def edits() -> tuple[Edit, ...]:
    """The twenty edits of data/edits: four files, the shortest first, five kinds of each."""
    return tuple(_edits())


def _edits() -> Iterator[Edit]:
    def text(file: str, kind: str) -> str:
        return data_path("edits", file, f"{kind}.txt").read_bytes().decode()

    for file in FILES:
        for kind in EDITS:
            yield Edit(file, kind, text(file, "before"), text(file, kind))
