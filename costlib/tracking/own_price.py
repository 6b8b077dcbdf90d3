"""What do I charge my users? A price, an allowance and an overage, from what each customer costs.

Costs have a heavy tail: a few customers make most of the bill. So a price that leaves a margin on
the typical customer, the median, leaves much less on all of them, and an allowance says from where
on the heavy ones pay for themselves. Units: USD a period (a month, if the ledger holds one), shares
from 0 to 1. Lesson 4 teaches it. That nobody leaves, and nobody uses less, because of a price is
**assumed**; it is not what happens.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from costlib.display.amounts import counted
from costlib.pricing.numbers import plausible
from costlib.tracking.calls import known
from costlib.tracking.exact_sum import exact_sums


def cost_by(rows: pd.DataFrame, key: str = "user") -> np.ndarray:
    """USD that each customer costs, by a column of a ledger's frame, dearest first.

    Raises ValueError when a call has no price, or no customer: a price for all cannot rest on a
    part of them (choose the rows that are your customers').
    """
    if unpriced := int(rows["cost_pusd"].isna().sum()):
        raise ValueError(
            f"{counted(unpriced, 'call')} without a price: what their customers cost is unknown"
        )
    if nobody := int((rows[known(key)] == "").sum()):
        raise ValueError(
            f"{counted(nobody, 'call')} without a {key}: choose the rows that have one"
        )
    if not len(rows):
        raise ValueError("there are no calls: choose rows of at least one customer")
    return np.sort(exact_sums(rows["cost_pusd"], rows[key]).to_numpy(float) / 1e12)[::-1]


@dataclass(frozen=True, eq=False)
class Offer:
    """A price for each customer and period, and what it earns on customers who `costs` so much.

    Usage that costs up to `allowance` USD is in the `price`; what it costs beyond is charged
    `overage` times (1.5 is half as much again). No allowance (None): everything is in the price.
    """

    costs: np.ndarray
    price: float
    allowance: float | None = None
    overage: float = 1.0

    @property
    def revenue(self) -> np.ndarray:
        """USD that each customer pays."""
        return self.price + _beyond(self.costs, self.allowance) * self.overage

    @property
    def margin(self) -> float:
        """The share of all revenue that is left when the models are paid."""
        return float(1 - self.costs.sum() / self.revenue.sum())

    @property
    def losing(self) -> float:
        """The share of customers who cost more than they pay."""
        return float((self.costs > self.revenue).mean())

    @property
    def beyond(self) -> float:
        """The share of customers who use more than their allowance."""
        return float((_beyond(self.costs, self.allowance) > 0).mean())


def offer(
    costs: np.ndarray, margin: float, *, allowance: float | None = None, overage: float = 1.0
) -> Offer:
    """The lowest price at which `margin` of all revenue is left: 0.7 is 70%.

    Revenue must be costs / (1 - margin); what overage does not bring, the price has to. Raises
    ValueError for a margin outside 0 to 1, an overage below 1, and a negative allowance.
    """
    costs = np.asarray(costs, float)
    if costs.ndim != 1 or (~(costs >= 0) | np.isinf(costs)).any() or not costs.sum() > 0:
        raise ValueError("costs must be USD of 0 or more, and some of them above 0")
    if not 0 <= margin < 1:
        raise ValueError(f"margin={margin}: give a share from 0 to below 1; 0.7 is 70%")
    if overage < 1 or (allowance is not None and allowance < 0):
        raise ValueError(
            f"allowance={allowance}, overage={overage}: an allowance is 0 or more, and what is "
            "used beyond it is charged at least what it costs, 1"
        )
    plausible("overage", overage)
    margin, overage = float(margin), float(overage)
    if allowance is not None:
        plausible("allowance", allowance)
        allowance = float(allowance)
    needed = costs.sum() / (1 - margin) - (_beyond(costs, allowance) * overage).sum()
    return Offer(costs, max(0.0, float(needed) / costs.size), allowance, overage)


def _beyond(costs: np.ndarray, allowance: float | None) -> np.ndarray:
    return np.zeros(len(costs)) if allowance is None else np.maximum(costs - allowance, 0)
