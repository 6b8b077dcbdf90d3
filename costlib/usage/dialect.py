"""What a dialect is: a table of the fields of a usage object, and the convention they follow.

A row is a field's path (see fields.py) and its role:

    "cached_input_tokens"   this field of `Usage`; two paths with one role are two names for one
                            count and must agree
    "+output_tokens"        counted on top of that field
    "<input_tokens"         a part of that field, which it must not exceed
    "written"               tokens written to a cache, whatever their lifetime
    "="                     the sum of input and output, which they must add up to
    "tier", "speed"         a word that says how it was served; "tier:flex" when the count is there
    "exclusive"             whether cached and written tokens stand beside the input (true or false)
    "or_seconds"            seconds of audio, which are charged only where no tokens are counted
    "region"                where it was served
    "fee:file_search"       so many of a fee of data/fees.csv, which is charged by the call
    "fees"                  such fees as `Usage.fees` are written in tables, "file_search=2"
    "<calls"                a part of the searches and fees
    "$"  "$cents"  "$ticks" the provider's own price, in USD, 1/100 or 1e-10 of it; "$part" a part
    "$own"                  what a key of one's own was charged elsewhere, on top of "$" (USD)
    "own_key"               whether such a key was used; without that row, "$own" always counts
    "-"                     counts something that costs nothing
    "!why"                  costs something that no field of Usage holds

Units: tokens, unless a role says otherwise. The convention is what stands beside the totals instead
of inside them. Lesson 2 teaches both conventions; the tables stand in openai.py and its neighbours.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from math import isfinite
from typing import Literal, NamedTuple

from costlib.usage.fields import Body, at, is_quantity, word
from costlib.usage.record import (
    COUNTS,
    PART_RULES,
    Usage,
    exact_seconds,
    read_fees,
    whole_number,
)

_TOTAL_OF = {
    part: total
    for parts, total in PART_RULES
    if total in ("input_tokens", "output_tokens")
    for part in parts
}
_DEFAULT = {"5m": "cache_write_5m_tokens", "30m": "cache_write_30m_tokens"}
WRITES = tuple(name for name in COUNTS if name.startswith("cache_write_"))
"""The fields of `Usage` that hold cache writes, one for each lifetime."""
CACHED = frozenset({"cached_input_tokens", "written"})
"""Roles that stand beside the input where a body or a table says that the input excludes them."""
WORDS = ("tier", "speed", "region", "fees")
"""Roles of fields that hold a word and no number."""
_OTHERS = ("=", *WORDS, "audio_seconds", "or_seconds", "own_key", "exclusive")
_USD = {"$": Decimal(1), "$cents": Decimal("0.01"), "$ticks": Decimal("1e-10")}

# What decides the price is called alike in everyone's usage objects.
_ALIKE = {
    "service_tier": "tier",
    "serviceTier": "tier",
    "speed": "speed",
    "inference_geo": "region",
}
# Their reasoning is inside the output: openai 3.57.0, CompletionTokensDetails and
# OutputTokensDetails, whose counts are a breakdown of it (read on 2026-11-29).
_BY_OPENAI = re.compile(r"(openai/)?(gpt-\d|o\d)")
_TIER_AROUND = {
    **{path: role for path, role in _ALIKE.items() if role == "tier"},
    "serviceTier.type": "tier",  # Bedrock's
}
_SPEEDS = ("fast", "optimized")  # Anthropic's fast mode, Bedrock's inference of low latency
_SERVED = {
    "default": "standard",
    "on_demand": "standard",
    "on_demand_flex": "flex",
    "on_demand_priority": "priority",
    "auto": "",  # what was asked for; what was served is not said
    "traffic_type_unspecified": "",
}


class Told(NamedTuple):
    """What is known of a body beside its usage: who is said to have sent it, and what it names.

    `vendor` is the framework's own word for who sent it.
    """

    provider: str | None = None
    model: str = ""
    vendor: str = ""


@dataclass(frozen=True)
class Dialect:
    """One way of writing a usage object down.

    `need` are the paths without which there is no usage; any of them marks it.
    `beside` are the roles whose tokens stand beside the input or output. `reasoning` says whether
    reasoning is inside the output where no total proves it; "unknown" asks for the provider.
    `cached` are the fields of which only the total proves whether they are inside the input.
    `writes` is the lifetime of cache writes that none is given for. `added` is where a second
    record in the same fields stands, which the totals leave out. `body` are rows for the body
    around the usage object. `told` are rows that are believed when one of `providers` is named.
    `maker` is a word in the names of the only models that the table is for; it is tried first.
    `vendors` are a framework's words for the only ones whom the table is for, where it hands on
    what each of them counts; one of `providers` says the same.
    """

    name: str
    source: str
    rows: Mapping[str, str]
    need: tuple[str, ...]
    beside: frozenset[str] = frozenset()
    reasoning: Literal["inside", "beside", "unknown"] = "inside"
    writes: Literal["5m", "30m"] = "5m"
    cached: tuple[str, ...] = ()
    body: Mapping[str, str] | None = None
    providers: tuple[str, ...] = ()
    told: Mapping[str, str] | None = None
    added: str = ""
    whole_floats: bool = False  # the vendor writes 5.0 for 5
    texts: bool = False  # counts may come as text, as the attributes of some exporters do
    rest_is_short: bool = False  # the lifetimes that are given need not be all of the writes
    maker: str = ""
    vendors: frozenset[str] = frozenset()
    total_is_whole: bool = False  # its own total has what stands beside the input, others' may not

    @cached_property
    def rows_around(self) -> Mapping[str, str]:
        """What the body around the usage object may say of it, here and everywhere."""
        return {
            path: role
            for path, role in {**(self.body or {}), **_TIER_AROUND}.items()
            if role != "-"
        }

    def role(self, path: str, told: Told) -> str | None:
        """The role of a field, None for a field that is not in the table."""
        if self.added and path.startswith(self.added):
            path = path[len(self.added) :]
        found = self.rows.get(path) or _ALIKE.get(path)
        if found is None and self.told and told.provider in self.providers:
            found = self.told.get(path)
        return found

    def suits(self, told: Told) -> bool:
        """Whether the table is for the model and its vendor, as far as they are known."""
        if not self.maker and not self.vendors:
            return True
        named = told.vendor in self.vendors if self.vendors else self.maker in told.model
        return named or told.provider in self.providers

    def unknown(self, quantities: Body, told: Told) -> list[str]:
        """The paths of quantities that no row explains."""
        return [path for path in quantities if self.role(path, told) is None]

    def absent(self, fields: Body) -> list[str]:
        """The needed fields that are missing or null."""
        return [path for path in self.need if fields.get(path) is None]

    def read(self, fields: Body, around: Body, told: Told) -> Reading:
        """The usage in a flat record, by this table; `around` is the body without it.

        Raises ValueError where the fields contradict each other.
        """
        if self.added and any(path.startswith(self.added) for path in fields):
            return self._read_both(fields, around, told)
        found = _Sorted(self, fields, around, told)
        record = {role: found.one(role) for role in found.claims if role in COUNTS}
        record.update(found.lifetimes(_lifetime(self, told)))
        beside = found.beside()
        for role in (*beside, *(WRITES if "written" in beside else ())):
            if record.get(role) and role != "written":
                total = _TOTAL_OF[role]
                record[total] = record.get(total, 0) + record[role]
        for role, count in found.added.items():
            record[role] = record.get(role, 0) + count
        record["output_tokens"] = record.get("output_tokens", 0) + found.reasoning_beside(record)
        found.check_parts(record)
        seconds = found.number("audio_seconds")
        if not record.get("input_tokens") and not record.get("output_tokens"):
            seconds = seconds or found.number("or_seconds")
        record["requests"] = record.get("requests") or 1
        try:
            usage = Usage(
                **record,
                audio_seconds=seconds,
                tier=found.tier(),
                region=found.region(),
                fees=(*found.fees, *read_fees(found.word("fees"))),
            )
        except ValueError as error:
            raise ValueError(f"{found.names()} cannot be read as {self.name}: {error}") from None
        return Reading(usage, found.reported(), self)

    def _read_both(self, fields: Body, around: Body, told: Told) -> Reading:
        size = len(self.added)
        inner = {path[size:]: n for path, n in fields.items() if path.startswith(self.added)}
        outer = {path: n for path, n in fields.items() if not path.startswith(self.added)}
        more, most = self.read(inner, {}, told), self.read(outer, around, told)
        both = replace(more.usage, tier=most.usage.tier, region=most.usage.region) + most.usage
        return most._replace(usage=replace(both, requests=most.usage.requests))


class Reading(NamedTuple):
    """What a body says: the usage, and what the provider itself charged (USD)."""

    usage: Usage
    reported: Decimal | None
    dialect: Dialect


class _Sorted:
    """The fields of one body by their roles."""

    def __init__(self, dialect: Dialect, fields: Body, around: Body, told: Told) -> None:
        self.dialect = dialect
        self.told = told
        self.claims: dict[str, list[tuple[str, int]]] = {}
        self.added: dict[str, int] = {}
        self.parts: list[tuple[str, int, str]] = []
        self.fees: list[tuple[str, int]] = []
        self.others: dict[str, list[tuple[str, object]]] = {}
        for path, value in fields.items():
            self._take(path, value, dialect.role(path, told))
        for path, role in dialect.rows_around.items():
            value = at(around, path)
            if value is not None and not isinstance(value, Mapping):  # its word has its own row
                self._take(path, value, role)

    def _take(self, path: str, value: object, role: str | None) -> None:
        if role is None or role == "-" or value is None:
            return
        sign, name = (role[0], role[1:]) if role[0] in "+<!" else ("", role)
        if sign == "!":
            if is_quantity(value):
                raise ValueError(
                    f"{path}={value} is charged on top, and Usage has no field for it ({name}): "
                    "take it out of the body, read the rest, and add its price yourself"
                )
        elif role in _OTHERS or role[0] == "$":
            self.others.setdefault(role, []).append((path, value))
        elif role.startswith("fee:"):
            self.fees.append((role[4:], self._calls(path, value)))
        elif role.startswith("tier:"):
            if is_quantity(value):
                self.others.setdefault("tier", []).append((path, role[5:]))
        else:
            count = self._count(path, value)
            if sign == "+":
                self.added[name] = self.added.get(name, 0) + count
            elif sign == "<":
                self.parts.append((path, count, name))
            else:
                self.claims.setdefault(name, []).append((path, count))

    def _count(self, path: str, value: object) -> int:
        if type(value) is int and value >= 0:  # as most are
            return value
        name = path.rpartition(".")[2] if "gen_ai." not in path else path
        value = whole(value, floats=self.dialect.whole_floats)
        if self.dialect.texts and isinstance(value, str) and value.isdecimal():
            value = int(value)
        return whole_number(name, value)

    def _calls(self, path: str, value: object) -> int:
        try:
            return self._count(path, value)
        except ValueError:
            raise ValueError(
                f"{path}={value}: a fee is given as a number of calls, 0 or more, which "
                "data/fees.csv prices, and not as an amount of money"
            ) from None

    def one(self, role: str) -> int:
        """The count of a role; two names for it must agree, and a zero says nothing."""
        found = {count: path for path, count in self.claims.get(role, ()) if count}
        if len(found) > 1:
            said = " but ".join(f"{path}={count}" for count, path in found.items())
            raise ValueError(
                f"{said}: in {self.dialect.name} both are {role.replace('_', ' ')}, so one of "
                "them is wrong; keep the one that your provider's own response has"
            )
        return next(iter(found), 0)

    def lifetimes(self, default: str) -> dict[str, int]:
        """The cache writes by their lifetime; what has none gets the default one."""
        split = {name: self.one(name) for name in WRITES if name in self.claims}
        written, known = self.one("written"), sum(split.values())
        rest = written - known
        if not written or not rest:
            return split
        if known and (rest < 0 or not self.dialect.rest_is_short):
            path = next(path for path, count in self.claims["written"] if count)
            raise ValueError(
                f"{path.rpartition('.')[2]}={written} is not the sum of its parts, {known}: check "
                "the record"
            )
        return {**split, default: split.get(default, 0) + rest}

    def reasoning_beside(self, record: Mapping[str, int]) -> int:
        """The reasoning tokens that the output leaves out: the total proves it, if there is one."""
        reasoning = record.get("reasoning_tokens", 0)
        if "reasoning_tokens" in self.beside():
            reasoning = 0  # it has been added already
        into, out = record.get("input_tokens", 0), record.get("output_tokens", 0)
        totals = {path: self._count(path, value) for path, value in self.others.get("=", ())}
        for path, total in totals.items():
            if not total:
                continue
            without = self.one("input_tokens") + self.one("output_tokens")
            if total == into + out:
                return 0
            if self.beside() and total == without:
                self._check_whole(path, total)
                return 0
            if total == into + out + reasoning:
                return reasoning
            raise ValueError(
                f"{path.rpartition('.')[2]}={total} is not input {into} + output {out}, nor with "
                f"reasoning {reasoning} beside them: some tokens are missing from this record, so "
                "read the provider's own response"
            )
        if self.dialect.reasoning == "unknown" and reasoning:
            if self.told.provider == "x-ai" or (not self.told.provider and "$ticks" in self.others):
                return reasoning
            if self.told.provider is None and not _BY_OPENAI.match(self.told.model):
                raise ValueError(
                    f"reasoning_tokens={reasoning} may be inside completion_tokens={out} or "
                    "beside it: keep total_tokens in the record, or pass provider="
                )
        return reasoning if self.dialect.reasoning == "beside" else 0

    def _check_whole(self, path: str, total: int) -> None:
        """Refuses a total without what stands beside the input and output, where the vendor's own
        has it, unless it is too much to be inside."""
        dialect, beside = self.dialect, self.beside()
        if not dialect.total_is_whole or self.told.provider in dialect.providers:
            return
        apart = [
            (name, count, _TOTAL_OF.get(role, "input_tokens"))
            for role, claims in self.claims.items()
            for name, count in claims
            if count and (role in beside or role in WRITES)
        ]
        for whole in ("input_tokens", "output_tokens"):
            if sum(count for _, count, total in apart if total == whole) > self.one(whole):
                return
        names = " and ".join(name for name, _, _ in apart)
        remedy = "take them off, or the total out of the record"
        if dialect.providers:
            remedy = f"pass provider=, {dialect.providers[0]!r} for the latter"
        raise ValueError(
            f"{path}={total} is the input and the output alone, so {names} are in them, "
            "as a framework has it from OpenAI or Google, or the total leaves them out: " + remedy
        )

    def beside(self) -> frozenset[str]:
        """The roles whose tokens stand beside the totals; a body may say so itself."""
        said = {str(value).lower() for _, value in self.others.get("exclusive", ())}
        if "true" in said or (self.dialect.cached and self._proved_beside()):
            return CACHED
        return self.dialect.beside if not said else frozenset()

    def _proved_beside(self) -> bool:
        """Whether the cached tokens of which only the total proves it stand beside the input.
        ValueError where there is no total and no provider."""
        roles = ("cached_input_tokens", "written", *WRITES)
        named = [(path, n) for role in roles for path, n in self.claims.get(role, ()) if n]
        if not named or not all(path.startswith(self.dialect.cached) for path, _ in named):
            return False
        lifetimes = sum(self.one(name) for name in WRITES)
        cached = self.one("cached_input_tokens") + (self.one("written") or lifetimes)
        into, out = self.one("input_tokens"), self.one("output_tokens")
        total = next((value for _, value in self.others.get("=", ()) if value), None)
        if total is not None:
            return total == into + out + cached
        if self.told.provider:
            return self.told.provider in ("anthropic", "aws")
        path, count = named[0]
        raise ValueError(
            f"{path}={count} may be inside prompt_tokens={into}, as gateways count, or beside "
            "it, as some frameworks have Claude's: keep total_tokens in the record, or pass "
            "provider='litellm' for the former and 'anthropic' for the latter"
        )

    def check_parts(self, record: Mapping[str, int]) -> None:
        calls = record.get("web_searches", 0) + sum(count for _, count in self.fees)
        for path, count, total in self.parts:
            whole = calls if total == "calls" else record.get(total, 0)
            if count > whole:
                raise ValueError(
                    f"{path}={count} is a part of {total}, which is {whole}: some "
                    "of it is missing from this record, so read the provider's own response"
                )

    def names(self) -> str:
        """The total's name and the first part's, as they stand in the body."""
        paths = [
            claims[0][0]
            for role, claims in self.claims.items()
            if role != "output_tokens" and any(count for _, count in claims)
        ]
        return " beside ".join(paths[:2]) or "the usage"

    def number(self, role: str) -> Decimal:
        found = [(path, value) for path, value in self.others.get(role, ()) if value is not None]
        if not found:
            return Decimal(0)
        return exact_seconds(*found[0])

    def word(self, role: str) -> str:
        return next((word(value) for _, value in self.others.get(role, ()) if value), "")

    def region(self) -> str | None:
        """Where the work had to stay; None where it did not."""
        place = self.word("region").lower()
        return None if place in ("", "global", "not_available") else place

    def tier(self) -> str | None:
        if (speed := self.word("speed")) in _SPEEDS:
            return speed
        tier = self.word("tier").lower()
        return _SERVED.get(tier, tier) or None

    def reported(self) -> Decimal | None:
        """The provider's own price of the whole, in USD; None where it does not say."""
        own = self._of_own_key()
        for role, unit in _USD.items():
            for path, value in self.others.get(role, ()):
                return amount(path, value) * unit + own
        return own or None

    def _of_own_key(self) -> Decimal:
        keys = self.others.get("own_key", ())
        if "own_key" in self.dialect.rows.values() and not any(value is True for _, value in keys):
            return Decimal(0)
        return sum((amount(*each) for each in self.others.get("$own", ())), Decimal(0))


def whole(value: object, *, floats: bool) -> object:
    """A whole Decimal as an int, since DynamoDB has no others, and a float such as 5.0 where the
    vendor writes those; anything else as it is."""
    exact = (float, Decimal) if floats else Decimal
    return int(value) if isinstance(value, exact) and isfinite(value) and value % 1 == 0 else value


def amount(path: str, value: object) -> Decimal:
    """An amount of money as it is written, exactly; ValueError for what is none."""
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite():
        raise ValueError(f"{path}={value!r} is no amount of money")
    return found


def _lifetime(dialect: Dialect, told: Told) -> str:
    """The field for writes of no stated lifetime: the default of whoever made the model."""
    if "claude" in told.model or told.provider in ("anthropic", "aws", "openrouter", "litellm"):
        return _DEFAULT["5m"]
    if told.provider in ("openai", "azure") or told.model.rpartition("/")[2].startswith("gpt-"):
        return _DEFAULT["30m"]
    return _DEFAULT[dialect.writes]
