"""What a budget is made of: limits and the tags that they are about.

Limits and amounts are given in USD (numbers, Decimal, text, a `Cost`) and held as whole
pico-dollars (1e-12 USD). `costlib.budgets.budget` puts them to work. Taught in lesson 5.
"""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import ROUND_CEILING, Context, Decimal, InvalidOperation
from typing import SupportsFloat

from costlib.pricing.cost import Cost
from costlib.tracking.periods import KINDS

MOST_USD = 9_000_000  # more pico-dollars than this do not fit into 64 bits
_STORED = ("run", "parent")  # these are stored as they are, other tags in JSON
LONGEST_TAG = 256  # characters; a database's index holds no name of any length

USD = Decimal | float | str | Cost | SupportsFloat
"""An amount in dollars as people have it: a number, text such as "0.25", a `Cost`."""

# Whatever a program has set for its own decimals, a budget counts to the last digit.
EXACT = Context(prec=60, rounding=ROUND_CEILING)


@dataclass(frozen=True)
class Limit:
    """At most `usd` in each calendar `period` ("day", "week", "month", or "ever": once).

    `by` names the tags that get an account each: `by="user"` is a limit for every user,
    `by=("project", "user")` for every user in every project, nothing for all together. `where`
    narrows it to calls with these tags. `hard` stops; a soft limit (`hard=False`) only notices.
    Notice is given once a period, when the spending reaches `warn_at` of the limit. `carry_over`
    is the share of the limit that may come over from the period before, if it was not used (from
    an account that was never opened, nothing does). Raises ValueError for what is no limit.
    """

    usd: USD
    period: str = "month"
    by: str | tuple[str, ...] = ()
    where: Mapping[str, str] = field(default_factory=dict)
    hard: bool = True
    warn_at: float = 1.0
    carry_over: float = 0.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "by", _names(self.by))
        object.__setattr__(self, "where", tag_texts(self.where or {}))
        if self.period not in KINDS:
            raise ValueError(f"period {self.period!r} is unknown: choose one of {KINDS}")
        _check_share("warn_at", self.warn_at)
        _check_share("carry_over", self.carry_over)
        if not self.warn_at:
            raise ValueError("warn_at=0 would give notice of nothing spent: give a share above 0")
        if self.carry_over and self.period == "ever":
            raise ValueError(
                f"carry_over={self.carry_over!r} has no period to come from, since this limit is "
                "for ever: leave it out"
            )
        picodollars(EXACT.multiply(usd_of(self.pusd), _share(1 + self.carry_over)))  # must fit too

    @property
    def pusd(self) -> int:
        """The limit in whole pico-dollars."""
        return picodollars(self.usd)

    @property
    def names(self) -> tuple[str, ...]:
        """The tags that tell its accounts apart."""
        return (*self.by, *self.where)

    @property
    def rule(self) -> str:
        """What tells this limit from others, whatever its amount; part of its accounts' names."""
        return json.dumps([self.period, self.by, sorted(self.where.items())])

    @property
    def carried_pusd(self) -> int:
        """The most that may come over from the period before, in pico-dollars."""
        return int(EXACT.multiply(Decimal(self.pusd), _share(self.carry_over)))

    def __str__(self) -> str:
        amount = f"{'' if self.hard else 'soft '}${EXACT.normalize(usd_of(self.pusd)):f}"
        by = f" by {', '.join(self.by)}" if self.by else ""
        where = "".join(f" where {name} is {value}" for name, value in sorted(self.where.items()))
        return f"{amount} {'in all' if self.period == 'ever' else f'a {self.period}'}{by}{where}"


def picodollars(usd: USD) -> int:
    """USD as whole pico-dollars, rounded up: what is set aside must suffice.

    Raises ValueError for what is no amount from 0 to MOST_USD.
    """
    value = usd.total if isinstance(usd, Cost) else usd
    try:
        found = Decimal(str(value))
        # Before it is written out: 1e900000 has a million digits.
        if isinstance(usd, bool) or not found.is_finite() or not 0 <= found <= MOST_USD:
            raise ValueError
        if found and found.adjusted() < -12:
            return 1
        return int(EXACT.scaleb(found, 12).to_integral_value(ROUND_CEILING))
    except (InvalidOperation, ValueError):
        raise ValueError(
            f"{_short(usd)} is no amount in USD: give from 0 to {MOST_USD:,}, such as 0.25"
        ) from None


def usd_of(picodollars: int) -> Decimal:
    """Whole pico-dollars as exact USD."""
    return EXACT.scaleb(Decimal(int(picodollars)), -12)


def tag_texts(tags: Mapping[str, object]) -> dict[str, str]:
    """Tags as the same text for the same value, those that are empty left out.

    A whole number is its digits (5, numpy's 5 and the 5.0 that pandas makes of it are all "5"),
    text is itself in its composed form. Raises ValueError for any other value, which could be
    written in two ways, and for text above LONGEST_TAG.
    """
    if not isinstance(tags, Mapping):
        raise TypeError(f"{_short(tags)} are no tags: give a mapping, such as {{'user': 'ann'}}")
    found = {}
    for name, value in tags.items():
        if value is None or value == "":
            continue
        found[name] = _tag_text(name, value)
    return found


def _tag_text(name: str, value: object) -> str:
    if isinstance(value, str):
        text = unicodedata.normalize("NFC", value)
        if len(text) > LONGEST_TAG:
            raise ValueError(
                f"{name}={_short(value)} has {len(text):,} characters: give at most {LONGEST_TAG}"
            )
        if name in _STORED and not _storable(text):
            raise ValueError(
                f"{name}={_short(value)} holds what no database stores (half a character, or "
                "NUL): give the run another name"
            )
        return str(text)
    try:
        if not isinstance(value, bool) and isinstance(value, SupportsFloat):
            number = int(value)  # type: ignore[call-overload]  # what has a float may have an int
            if number == value and abs(number) < 2**63:
                return str(number)
    except (TypeError, ValueError, OverflowError):
        pass
    raise ValueError(
        f"{name}={_short(value)} is neither text nor a whole number, so it has no one way to be "
        f'written: give text, such as {name}="ann"'
    )


def _storable(text: str) -> bool:
    return "\0" not in text and not any("\ud800" <= sign <= "\udfff" for sign in text)


def _check_share(name: str, share: object) -> None:
    """Raises ValueError, naming argument and value, for what is no share of a limit."""
    try:
        given = not isinstance(share, str | bool) and 0 <= _share(share) <= 1
    except InvalidOperation:
        given = False
    if not given:
        raise ValueError(
            f"{name}={_short(share)} is no share of the limit: give a number from 0 to 1, such as "
            "0.8 for 80%"
        )


def _names(by: object) -> tuple[str, ...]:
    names = (by,) if isinstance(by, str) else tuple(by) if isinstance(by, Iterable) else (by,)
    if odd := [name for name in names if not isinstance(name, str)]:
        raise ValueError(
            f"by={_short(odd[0])} names no tag: give the name of one, such as by='user', or several"
        )
    return names


def _share(share: object) -> Decimal:
    return Decimal(str(share))


def _short(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 60 else f"{text[:57]}…"
