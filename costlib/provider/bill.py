"""What the provider charges for one logged request: its own side of every bill.

Amounts are exact US dollars. Admin reports and spend limits add these up; a learner's own sum over
responses must meet them. Lesson 4 compares the two.
"""

from __future__ import annotations

from dataclasses import replace

from costlib.pricing.cost import Cost, cost_of
from costlib.provider.records import Record
from costlib.usage.read import read_usage
from costlib.usage.record import Usage

_TIERS = {None: "standard", "default": "standard"}


def usage_of_record(record: Record) -> Usage | None:
    """The usage that is billed; None for what is free: refusals and token counts."""
    if not record.usage or record.outcome == "refused":
        return None
    return read_usage({"model": record.model, "usage": record.usage}, provider=record.vendor)


def cost_of_record(record: Record) -> Cost | None:
    """The charge for a request, at the rates of its time; None for what is free.

    A request in which the model searched the web is priced turn by turn, as its usage is the sum of
    turns that may be of different prices. Raises LookupError for what has no published rate.
    """
    if record.turns and record.outcome != "interrupted":
        read = [read_usage(dict(turn), provider=record.vendor) for turn in record.turns]
        costs = [_cost_of(record, usage) for usage in read]
        return sum(costs[1:], costs[0])
    usage = usage_of_record(record)
    return None if usage is None else _cost_of(record, usage)


def _cost_of(record: Record, usage: Usage) -> Cost:
    """The charge for one turn of the model.

    Where a batch has no published rate for cached tokens, they keep the standard one
    (facts from OpenAI's batch price table, which leaves the column empty for gpt-4o and 4.1).
    """
    tier = _TIERS.get(record.tier_served, record.tier_served)

    def priced(part: Usage) -> Cost:
        return cost_of(part, record.model, provider=record.vendor, at=record.time)

    try:
        return priced(replace(usage, tier=tier))
    except LookupError:
        cached = usage.cached_input_tokens
        if not cached:
            raise
        plain = replace(
            usage, input_tokens=usage.input_tokens - cached, cached_input_tokens=0, tier=tier
        )
        read = Usage(input_tokens=cached, cached_input_tokens=cached)
        return priced(plain) + priced(read)
