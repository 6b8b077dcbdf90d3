"""Lesson 2's first calculator, What does this usage cost?: paste a response, see its bill.

Amounts are USD at the rates of the course's as-of date. The body is read by `read_usage` and
priced by `cost_of`; beside them stands what adding the fields up one by one would have billed.
"""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass
from decimal import Decimal

from costlib.calculators.base import Calculator, Finding
from costlib.calculators.inputs import Inputs, choice, text
from costlib.calculators.pricing import chat_models
from costlib.display.amounts import counted, money
from costlib.display.tables import table
from costlib.pricing.cost import Cost, cost_of
from costlib.pricing.prices import AS_OF, RateCard
from costlib.usage.dialect import Dialect, Reading
from costlib.usage.envelopes import named_model, open_body
from costlib.usage.fields import Body, flat
from costlib.usage.read import PROVIDERS, read_body
from costlib.usage.record import COUNTS, PART_RULES, Usage

NAMED = "the model that the body names"

EXAMPLE = """{
  "model": "gpt-5-mini",
  "usage": {
    "input_tokens": 7000,
    "input_tokens_details": {"cached_tokens": 6000},
    "output_tokens": 600,
    "output_tokens_details": {"reasoning_tokens": 480},
    "total_tokens": 7600
  }
}"""


def _models() -> tuple[tuple[str, str], ...]:
    return ((NAMED, ""), *chat_models())


@dataclass(frozen=True)
class Decoded:
    """A usage record, its cost, and what a tracker that trusts every field would have billed.

    `reported` is what the provider itself says that it cost, `beside` what no Usage holds.
    """

    usage: Usage
    cost: Cost
    field_by_field: Decimal
    reported: Decimal | None
    beside: tuple[str, ...]


@dataclass(frozen=True)
class UsageBody(Inputs):
    """A response as it came over the wire, or its usage alone, and the model to price it with."""

    body: str = text("Response or usage, JSON", EXAMPLE)
    model: str = choice("Price it as", "", _models)

    def result(self) -> Decoded:
        """What was used and what it costs; ValueError when the body cannot be read."""
        body = self._read()
        provider, _, model = self.model.partition("/")
        if not model:
            provider, model = "", named_model(body) or ""
        with warnings.catch_warnings(record=True) as heard:
            warnings.simplefilter("always")
            reading = _reading(body, provider, model)
        cost = cost_of(reading.usage, model, provider=provider or None)
        return Decoded(
            reading.usage,
            cost,
            _field_by_field(body, reading.dialect, cost.card),
            reading.reported,
            tuple(str(each.message) for each in heard),
        )

    def _read(self) -> Body:
        if not self.body.strip():
            raise ValueError("The box is empty: paste a response, or its usage alone, as JSON")
        try:
            body = json.loads(self.body, parse_constant=_no_number)
        except json.JSONDecodeError as error:
            if error.msg == "Extra data":
                raise ValueError(
                    f"There is more than one JSON object here, the next in line {error.lineno}: "
                    "paste one of them (costlib.own_data.read_calls reads a whole file)"
                ) from None
            raise ValueError(
                f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}. Paste "
                "the whole object, from its first { to its last }; Python prints it as JSON with "
                "response.to_json() or json.dumps(usage)"
            ) from None
        except RecursionError:
            raise ValueError("This is JSON in too many layers: paste the response alone") from None
        if not isinstance(body, dict):
            raise ValueError(
                "This is JSON, but not an object: paste from the first { to the last }"
            )
        return body


def _no_number(constant: str) -> float:
    raise ValueError(f"{constant} is no number that JSON has: take it out of the body")


def _reading(body: Body, provider: str, model: str) -> Reading:
    """The body as `read_usage` reads it. What its fields leave open, the vendor of the model that
    was chosen settles.
    """
    try:
        reading = read_body(body)
    except ValueError as error:
        if not model:
            raise ValueError(f"The body names no model, and cannot be read: {error}") from None
        if provider not in PROVIDERS:
            raise
        try:
            reading = read_body(body, provider=provider)
        except ValueError:
            raise error from None
    if not model:
        raise ValueError(
            f"The body names no model, so what it counts ({_counted(reading.usage)}) has no price: "
            'choose the model above, or write it into the body, as "model": "..."'
        )
    return reading


def _counted(usage: Usage) -> str:
    """Every count of a record that is not 0, by name."""
    counts = {name: getattr(usage, name) for name in (*COUNTS, "audio_seconds")}
    if usage.requests == 1:
        del counts["requests"]
    found = [f"{name}={value:,}" for name, value in counts.items() if value]
    found += [f"{name}={number}" for name, number in usage.fees]
    return ", ".join(found) or "nothing"


def _field_by_field(body: Body, dialect: Dialect, card: RateCard | None) -> Decimal:
    """Every count at the rate that its name suggests, whatever lies inside what: the usual bug."""
    kinds = {
        "input_tokens": "input",
        "cached_input_tokens": "cached_input",
        "output_tokens": "output",
        "reasoning_tokens": "output",
    }
    total = Decimal(0)
    for path, count in flat(open_body(body).body).items():
        steps = path.split(".")
        names = (".".join(steps[start:]) for start in range(len(steps)))
        role = next((dialect.rows[name] for name in names if name in dialect.rows), "")
        rate = card.rates.get(kinds.get(role, "")) if card is not None else None
        if rate is not None and isinstance(count, int):
            total += rate * count / 1_000_000
    return total


class UsageDecoder(Calculator):
    """What does this usage cost? Leave it as a cell's last expression and paste a response."""

    title = "What does this usage cost?"
    inputs_type = UsageBody

    def answer(self, result: Decoded) -> Finding:
        """The cost in a sentence, what is inside what, the bill, and the usual wrong bill."""
        cost, usage = result.cost, result.usage
        lines = [
            {"kind": line.kind, "quantity": line.quantity, "rate": line.rate, "USD": line.amount}
            for line in cost.lines
        ]
        if not lines:
            return Finding(f"{cost.model}: nothing was used, so nothing is billed.")
        inside = [
            {"total": total, "tokens": getattr(usage, total), "of which": name, "part": part}
            for parts, total in PART_RULES
            for name in parts
            if (part := getattr(usage, name)) and total in ("input_tokens", "output_tokens")
        ]
        place = f", region {cost.card.region}" if cost.card is not None and cost.card.region else ""
        priced_as = f"{cost.provider} {cost.model}, {cost.tier}{place}"
        tables = [
            table(
                lines,
                caption=f"The bill: {priced_as}, rates of {AS_OF}",
                formats={"USD": money},
            )
        ]
        if inside:
            tables.append(table(inside, caption="What is inside what"))
        notes = []
        if usage.output_tokens and usage.reasoning_tokens == usage.output_tokens:
            notes.append("All of the output is reasoning: this is a paid, empty answer.")
        if result.field_by_field > cost.total:
            more = result.field_by_field / cost.total - 1
            notes.append(
                f"Added up field by field it would be {money(result.field_by_field)}, {more:.0%} "
                "too much: some of these fields are inside others."
            )
        if result.reported is not None:
            notes.append(
                f"The provider itself says {money(result.reported)}: a difference is a fee, a "
                "discount, or a price that one of the two does not know."
            )
        notes.extend(f"{each[0].upper()}{each[1:]}." for each in result.beside)
        return Finding(
            f"{cost.model}: {money(cost.total)} for {counted(usage.input_tokens, 'token')} in and "
            f"{usage.output_tokens:,} out.",
            tuple(tables),
            tuple(notes),
        )
