"""Who pays for what: an invoice divided among projects, teams or customers, to the last cent.

The shares of an invoice must sum to it, so each is rounded down to a cent, and the cents that are
left go to the largest remainders (Hamilton's method). What nobody is tagged with is shown and not
spread over the others in silence; a shared job is spread by a key that is chosen, because the key
decides whose bill it moves. Units: Decimal USD, or the invoice's currency. Lesson 4 teaches it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from operator import index
from typing import Any

import pandas as pd

from costlib.tracking.calls import TYPES, known, without_gaps
from costlib.tracking.exact_sum import exact_sums

UNTAGGED = "(untagged)"
CENT = Decimal("0.01")
Amount = Decimal | str | int
MOST = Decimal(10) ** 12


def allocate(
    rows: pd.DataFrame,
    key: str,
    *,
    invoice: Amount | None = None,
    shared: Collection[str] = (),
    by: str | Mapping[str, float] = "cost",
    unit: Decimal = CENT,
) -> pd.DataFrame:
    """The invoice, divided by a column of a ledger's frame: one row for each value of `key`.

    `own_usd` is what its calls cost at list price, exactly. Values of `key` in `shared` have no
    row: what they cost is spread over the others in `shared_usd`, in proportion `by` to their own
    cost ("cost"), their number of attempts ("calls"), a column of counts ("output_tokens"), or to
    numbers that you give for each (tickets, seats). `billed` divides the `invoice` (None: the list
    price, to the cent) in proportion to both together, in whole `unit`s; it sums to the invoice.
    Calls without a tag are a row of their own, and take no part of what is shared. Calls without a
    price are counted in `unpriced`.

    Raises ValueError where nothing is there to divide by, for an invoice that is no exact amount or
    no whole number of units, and for a `shared` or `by` that these rows do not have.
    """
    if isinstance(shared, str):
        raise ValueError(f"shared={shared!r} is one text: give a list, [{shared!r}]")
    rows = without_gaps(rows)
    names = rows[known(key)].map(lambda name: str(name) or UNTAGGED)
    each = rows.assign(name=names, none=rows["cost_pusd"].isna()).groupby("name")
    found = pd.DataFrame({"calls": each.size(), "unpriced": each["none"].sum()})
    own = exact_sums(rows["cost_pusd"], names)[found.index]
    found["own_usd"] = [Decimal(pico).scaleb(-12) for pico in own]
    common = found.index.isin(list(shared))
    missing = sorted(set(shared) - set(found.index))
    if missing:
        raise ValueError(f"shared={missing[0]!r} is no {key} of these rows: {_some(found.index)}")
    pool = sum(found["own_usd"][common], Decimal(0))
    found = found[~common]
    if found.empty and (pool or invoice):
        why = f"shared has every {key}: leave one out" if len(rows) else "give rows of some calls"
        raise ValueError(f"nobody is left to pay: {why}")
    weights = _weights(rows, names, found, by)
    found = found.assign(shared_usd=spread(pool, weights, Decimal("1e-12")))
    total = [own + more for own, more in zip(found["own_usd"], found["shared_usd"], strict=True)]
    if invoice is None:
        whole = sum(total, Decimal(0)).quantize(unit)
    else:
        whole = exact_amount("invoice", invoice, -MOST)
    found["billed"] = spread(whole, total, unit)
    return found.rename_axis(key).sort_values("billed", ascending=False, kind="stable")


def _weights(
    rows: pd.DataFrame, names: pd.Series, found: pd.DataFrame, by: str | Mapping[str, float]
) -> list[Any]:
    if isinstance(by, Mapping):
        unknown = sorted(set(found.index) - set(by) - {UNTAGGED})
        if unknown:
            raise ValueError(f"by says nothing of {unknown[0]!r}: give a number for each")
        values = {name: by.get(name, 0) for name in found.index}
    elif by in ("cost", "calls"):
        values = dict(found["own_usd" if by == "cost" else "calls"])
    elif TYPES.get(by) in (int, float):
        values = dict(rows.groupby(names)[by].sum())
    else:
        raise ValueError(
            f"by={by!r} is no count to divide by: give 'cost', 'calls', a column of counts such as "
            "'output_tokens', or a number for each"
        )
    return [0 if name == UNTAGGED else values[name] for name in found.index]


def exact_amount(
    name: str, value: Amount, least: Decimal = Decimal(0), most: Decimal = MOST
) -> Decimal:
    """The amount, named in the ValueError for one that is none, not exact or out of bounds."""
    try:
        if isinstance(value, bool | float):
            raise TypeError
        found = Decimal(index(value) if hasattr(value, "__index__") else value)  # numpy's, too
        if not found.is_finite() or not least <= found <= most:
            raise ValueError
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(
            f"{name}={value!r}: give an exact amount as text or Decimal, from {least:,} to {most:,}"
        ) from None
    return found


def spread(total: Decimal, weights: Sequence[Any], unit: Decimal = CENT) -> list[Decimal]:
    """The total in proportion to weights, in whole units: the largest remainders are rounded up.

    Raises ValueError for a total that no whole number of units makes, and for weights that are
    negative or all 0.
    """
    units = Fraction(total) / Fraction(unit)
    if units.denominator != 1:
        raise ValueError(f"{total} is no whole number of {unit}: round it, or give a smaller unit")
    if not units:
        return [Decimal(0) * unit] * len(weights)
    parts = [Fraction(weight) for weight in weights]
    if not sum(parts) or min(parts) < 0:
        raise ValueError(
            f"{total} cannot be divided: the weights {_some(weights)} are negative or all 0"
        )
    exact = [units * part / sum(parts) for part in parts]
    down = [share.__floor__() for share in exact]
    left = int(units) - sum(down)
    order = sorted(range(len(parts)), key=lambda i: (down[i] - exact[i], i))
    for i in order[:left]:
        down[i] += 1
    return [count * unit for count in down]


def _some(values: Any) -> str:
    listed = [str(value) for value in values]
    return ", ".join(listed[:5]) + (", ..." if len(listed) > 5 else "")
