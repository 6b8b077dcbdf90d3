"""The rules of the prompt caches as data: `data/cache_rules.csv`, `data/cache_assumptions.csv`.

A cell that begins with "=" names an assumption: sources disagree on it, one value is the default,
and `provider.assume["openai.lookback"] = 50` takes another. Units: tokens, seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

from costlib.paths import data_rows
from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import find_model

_UNITS = {"m": 60, "h": 3_600}
_NUMBERS = ("minimum", "increment", "lookback", "max_writes")


@dataclass(frozen=True)
class CacheRule:
    """How one family of models caches.

    `match` is "tokens" (the longest common prefix, in steps of `increment`) or "breakpoints"
    (prefixes that end where a breakpoint stood). `lifetimes` maps the names that a request may
    use to seconds; `refresh` is "used" or "hit", see the data.
    """

    match: str
    minimum: int
    increment: int
    lifetimes: Mapping[str, float]
    chat_lifetimes: tuple[str, ...]
    default_lifetime: str
    lookback: int
    max_writes: int
    refresh: str


def rule_of(provider: str, model: str, assume: Mapping[str, Any]) -> CacheRule | None:
    """The rule for a model, from the row with the longest fitting prefix; None: it never caches.

    Raises LookupError for an unknown model, and for one that came out after its family's row was
    checked. Raises ValueError for an assumption that does not exist or a value that it cannot have.
    """
    return _rule_of(provider, model, tuple(sorted(assume.items())))


@lru_cache(maxsize=256)
def _rule_of(provider: str, model: str, assume: tuple[tuple[str, Any], ...]) -> CacheRule | None:
    row = fitting_row("cache_rules.csv", find_model(model, provider), model, complete=True)
    return None if row is None or row["match"] == "none" else _rule(row, dict(assume))


def assumed(name: str, assume: Mapping[str, Any]) -> str:
    """The value in force of an assumption, as text; True and False are yes and no."""
    if name not in _assumptions():
        raise ValueError(f"assumption {name!r} is unknown: choose {', '.join(_assumptions())}")
    value = assume.get(name, _assumptions()[name])
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _rule(row: Mapping[str, str], assume: Mapping[str, Any]) -> CacheRule:
    cells = {
        key: assumed(value[1:], assume) if value.startswith("=") else value
        for key, value in row.items()
    }
    try:
        numbers = {name: int(cells[name] or 0) for name in _NUMBERS}
        lifetimes = {name: _seconds(name, assume) for name in cells["lifetimes"].split()}
    except ValueError as error:
        raise ValueError(
            f"the cache rule of {row['prefix']} needs whole numbers: {error}"
        ) from None
    default = cells["default_lifetime"]
    if default not in lifetimes or cells["refresh"] not in ("used", "hit"):
        raise ValueError(
            f"the cache rule of {row['prefix']} cannot have retention {default!r} and refresh "
            f"{cells['refresh']!r}: choose among {', '.join(lifetimes)}, and used or hit"
        )
    return CacheRule(
        match=cells["match"],
        lifetimes=lifetimes,
        chat_lifetimes=tuple(cells["chat_lifetimes"].split()),
        default_lifetime=default,
        refresh=cells["refresh"],
        **numbers,
    )


def _seconds(lifetime: str, assume: Mapping[str, Any]) -> float:
    if lifetime == "in_memory":
        return float(assumed("openai.in_memory_seconds", assume))
    return int(lifetime[:-1]) * _UNITS[lifetime[-1]]


@cache
def _assumptions() -> dict[str, str]:
    return {row["name"]: row["value"] for row in data_rows("cache_assumptions.csv")}
