"""A row that sums up several requests: whether their cost is known although their lengths are not.

Some models cost more for a request whose input passes a bound, and a sum does not say which did.
Units: tokens. Lesson 4.
"""

from __future__ import annotations

from dataclasses import replace

from costlib.pricing.prices import rate_card
from costlib.tracking.calls import LONG_REPORT, REPORT, Call


def as_sum(call: Call, requests: int | None, long: bool | None = None) -> Call:
    """A call that sums up `requests` (None where the row does not say how many).

    `long` says whether all of them passed the bound above which the model costs more. Where nobody
    says it, a single request shows it, and what several cost is an estimate if one may have passed.
    """
    may = _may_be_long(call)
    known = may and requests == 1 if long is None else long
    return replace(
        call,
        operation=LONG_REPORT if known else REPORT,
        estimated=call.estimated or (long is None and may and requests != 1),
    )


def _may_be_long(call: Call) -> bool:
    about = {"provider": call.provider, "tier": call.usage.tier or "standard"}
    try:
        bound = rate_card(call.model, at=call.time, **about).long_context
    except LookupError:
        return False
    return bound is not None and bound.applies(call.usage.input_tokens)
