"""What runs cost, by part of the prompt and by turn: sums that agree to the last digit.

Units: whole pico-dollars (1e-12 USD) in int64, Decimal USD for totals. A cache reads a prompt from
the front, so a part costs less the longer it has been there: the tokens of each part are those
read, written and neither by their place. Lesson 3 teaches it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import numpy as np

from costlib.agents.runs import PARTS, Runs
from costlib.display.amounts import counted
from costlib.faces import counted_as_usual
from costlib.pricing.prices import RateCard

if TYPE_CHECKING:
    import pandas


@dataclass(frozen=True, eq=False, repr=False)
@counted_as_usual
class Spent:
    """What runs cost: `parts`, pico-dollars of each turn (rows) and part (columns, see `PARTS`).

    `beside` of the runs (searches, pictures) is no part and is in `by_turn`. A turn without a price
    counts nothing and is False in `priced`; `unpriced` names the models.
    """

    runs: Runs
    parts: np.ndarray
    priced: np.ndarray

    @property
    def by_turn(self) -> np.ndarray:
        """Pico-dollars of each turn."""
        return self.parts.sum(axis=1) + self.runs.beside

    @property
    def by_run(self) -> np.ndarray:
        """Pico-dollars of each run."""
        return self.runs.per_run(self.by_turn)

    @property
    def usd(self) -> Decimal:
        """All runs together, in USD."""
        return _usd(self.by_turn.sum())

    @property
    def by_part(self) -> dict[str, Decimal]:
        """USD of each part, over all runs; what was billed beside them stands last, if anything."""
        sums = {
            name: _usd(total) for name, total in zip(PARTS, self.parts.sum(axis=0), strict=True)
        }
        beside = int(self.runs.beside.sum())
        return sums | ({"beside": _usd(beside)} if beside else {})

    @property
    def unpriced(self) -> dict[str, int]:
        """Turns that no rate is known for, by model: they are in no sum."""
        missing = self.runs.card[~self.priced]
        return {str(self.runs.cards[code]): int((missing == code).sum()) for code in set(missing)}

    def frame(self) -> pandas.DataFrame:
        """A row for each turn: its run, thread and place, tokens by part, and USD by part and in
        all (empty where it has no price).
        """
        import pandas

        runs = self.runs
        named = {"run": np.array(runs.names, object)[runs.run], "turn": runs.turn}
        about = {name: getattr(runs, name) for name in ("thread", "overhead", "seconds")}
        tokens = {name: getattr(runs, name) for name in (*PARTS, "read")}
        usd = np.where(self.priced[:, None], self.parts / 1e12, np.nan)
        money = {f"{name}_usd": usd[:, i] for i, name in enumerate(PARTS)}
        total = np.where(self.priced, self.by_turn / 1e12, np.nan)
        written = {"written": runs.all_written}
        return pandas.DataFrame(named | about | tokens | written | money | {"usd": total})

    def __repr__(self) -> str:
        unpriced = sum(self.unpriced.values())
        beside = f", {counted(unpriced, 'turn')} without a price" if unpriced else ""
        return f"<${self.usd:,.2f} for {self.runs!r}{beside}>"


def spent(runs: Runs) -> Spent:
    """What the runs cost at their cards, by turn and part.

    Raises LookupError when a card publishes no rate for tokens that were used.
    """
    whole = runs.front(runs.prompt)
    upto = runs.front(runs.read)
    amounts = upto * _rates(runs, "cached_input", runs.read > 0)[:, None]
    end = runs.read
    # A lifetime of an hour has to stand in front of one of five minutes.
    for lifetime in sorted(runs.written, key=lambda name: (name[-1] != "h", name)):
        end = end + runs.written[lifetime]
        covered = runs.front(end)
        used = runs.written[lifetime] > 0
        amounts += (covered - upto) * _rates(runs, f"cache_write_{lifetime}", used)[:, None]
        upto = covered
    amounts += (whole - upto) * _rates(runs, "input", runs.prompt > end)[:, None]
    answers = runs.answer * _rates(runs, "output", runs.answer > 0)
    priced = ~np.array([isinstance(card, str) for card in runs.cards])[runs.card]
    return Spent(runs, np.column_stack((amounts, answers)), priced)


def _rates(runs: Runs, kind: str, used: np.ndarray) -> np.ndarray:
    """Pico-dollars of a token of a kind, for each turn; above its bound a prompt is dearer."""
    rates = np.array([_pico(card, kind, False) for card in runs.cards])[runs.card]
    bounds = [_bound(card) for card in runs.cards]
    if any(bound is not None for bound in bounds):
        never = np.iinfo(np.int64).max
        most = np.array([never if bound is None else bound for bound in bounds])[runs.card]
        dearer = np.array([_pico(card, kind, True) for card in runs.cards])[runs.card]
        rates = np.where(runs.prompt > most, dearer, rates)
    if (missing := used & (rates < 0)).any():
        turn = int(np.argmax(missing))
        card = runs.cards[runs.card[turn]]
        assert isinstance(card, RateCard)
        raise LookupError(
            f"{card.provider} publishes no {kind} rate for {card.model!r} at a prompt of "
            f"{runs.prompt[turn]:,} tokens, and {runs.names[runs.run[turn]]!r} has such a turn: "
            "choose another model or cache lifetime"
        )
    return np.maximum(rates, 0)


def _pico(card: RateCard | str, kind: str, long: bool) -> int:
    """The rate of a token, -1 where none is published; nothing for a model without a card."""
    if isinstance(card, str):
        return 0
    rates = card.long_context.rates if long and card.long_context else card.rates
    rate = rates.get(kind)
    return -1 if rate is None else int(rate.scaleb(6))


def _bound(card: RateCard | str) -> int | None:
    """The longest prompt that is not yet long."""
    if isinstance(card, str) or card.long_context is None:
        return None
    return card.long_context.threshold - card.long_context.inclusive


def _usd(picodollars: int) -> Decimal:
    return Decimal(int(picodollars)).scaleb(-12)
