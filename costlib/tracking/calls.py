"""One attempt at a model as a row: what is kept of it, its cost, and its types in every place.

Units: `time` is UTC, money whole pico-dollars (1e-12 USD), `latency` seconds, counts as in
`costlib.usage.Usage` (totals contain their parts). A row stores the cost and the date from which
its rate holds, so a price file that changes later never changes the past. What cannot be priced
has no cost (null), never 0. No prompt, no reply and no API key is stored.
Lesson 4 teaches this module; `costlib.tracking.ledger` offers its names.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date, datetime
from decimal import Decimal
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Literal, Protocol

from costlib.pricing.cost import EXACT, charge, cost_of, fee_lines, sum_exactly
from costlib.pricing.kinds import quantities
from costlib.pricing.prices import RateCard, Rates, rate_card, region_in_name
from costlib.usage.record import COUNTS, Usage, fees_text, read_fees

if TYPE_CHECKING:
    import pandas

Status = Literal["ok", "error", "interrupted"]
REPORT = "report"  # the operation of a row that sums up requests, from a provider's export
LONG_REPORT = "report, long context"  # and of one whose requests all passed their model's bound
REPORTS = (REPORT, LONG_REPORT)
STATUSES: tuple[Status, ...] = ("ok", "error", "interrupted")

OTEL_NAMES: dict[str, str] = {
    "provider": "gen_ai.provider.name",
    "model": "gen_ai.response.model",
    "operation": "gen_ai.operation.name",
    "error": "error.type",
    "finish_reason": "gen_ai.response.finish_reasons",
    "tier": "openai.response.service_tier",
    "input_tokens": "gen_ai.usage.input_tokens",
    "output_tokens": "gen_ai.usage.output_tokens",
    "cached_input_tokens": "gen_ai.usage.cache_read.input_tokens",
    "cache_write_5m_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "cache_write_30m_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "cache_write_1h_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "cache_write_12h_tokens": "gen_ai.usage.cache_creation.input_tokens",
    "reasoning_tokens": "gen_ai.usage.reasoning.output_tokens",
    "latency": "gen_ai.client.operation.duration",
    "user": "user.id",
    "run": "gen_ai.conversation.id",
}
"""Columns and the OpenTelemetry names they map to (semantic conventions for generative AI, in
development; looked up on 2026-11-25). The conventions count inclusively, as we do. All but
`gen_ai.client.operation.duration`, a metric in seconds, are attributes. The operation of messages
and responses is `chat` there, as that of chat completions is. Writes to a cache are one
number there, whatever their lifetime; `openai.response.service_tier` is OpenAI's. Money, feature,
project and the HTTP request's id have no name there (`gen_ai.response.id` is the reply's)."""

# An API key that was passed as a tag or a model by mistake; vendors' keys begin with sk-.
_KEY = re.compile(r"\bsk-[\w-]{16,}")


TYPES: dict[str, type] = {
    "id": int,
    "time": datetime,
    **dict.fromkeys(("provider", "model", "operation", "request_id", "call_id"), str),
    "attempt": int,
    **dict.fromkeys(("status", "error", "finish_reason", "tier"), str),
    **dict.fromkeys(COUNTS, int),
    "audio_seconds": float,
    **dict.fromkeys(("region", "fees"), str),
    "cost_pusd": int,
    "rate_valid_from": date,
    "estimated": bool,
    "latency": float,
    **dict.fromkeys(("user", "feature", "project", "run", "prompt_hash"), str),
}
"""The columns of a row and what each holds; calls_table.py makes the database's table of them. A
test compares them with the fields of Call and of Usage."""
COLUMNS = tuple(TYPES)
_TEXTS = tuple(name for name, holds in TYPES.items() if holds is str)
LATER = ("region", "fees")
"""Columns that ledgers of before 2026-11-28 lack; "" says what their rows knew of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One attempt at a model. The columns of the table are these fields, those of `usage`, its
    tier ("standard" when the provider did not say), and what the ledger adds: id, cost, rate date.

    `time` (aware) is when the attempt began. `attempt` is 0 for the first; all attempts of one SDK
    call share `call_id`. `estimated` says that `usage` was not reported by the provider.
    `prompt_hash` is equal for equal prompts. Raises ValueError for a naive time, an unknown status,
    and an empty model or provider.
    """

    time: datetime
    provider: str
    model: str
    usage: Usage = field(default_factory=Usage)
    operation: str = ""
    request_id: str = ""
    call_id: str = ""
    attempt: int = 0
    status: Status = "ok"
    error: str = ""
    finish_reason: str = ""
    estimated: bool = False
    latency: float | None = None
    user: str = ""
    feature: str = ""
    project: str = ""
    run: str = ""
    prompt_hash: str = ""

    def __post_init__(self) -> None:
        if not isinstance(self.time, datetime) or self.time.tzinfo is None:
            raise ValueError(f"time={self.time!r}: give a datetime with a zone (UTC)")
        if self.status not in STATUSES:
            raise ValueError(f"status={self.status!r}: it is one of {', '.join(STATUSES)}")
        for name in ("provider", "model"):
            if not getattr(self, name):
                raise ValueError(f"{name} is empty: every row needs one, or it cannot be priced")


def price(call: Call) -> tuple[int | None, date | None]:
    """The cost of a call in pico-dollars and the date from which its rate holds.

    (None, None) where no rate is known, and for an answer of which nothing was counted. A refusal,
    an error without usage, costs 0 whatever the model. A sum of several requests is priced as if
    none passed a long-context bound.
    """
    usd, card = cost_of_call(call, rate_card)
    if usd is None:
        return None, None
    return int(EXACT.scaleb(usd, 12)), card.valid_from if card else None


def cost_of_call(call: Call, cards: Cards) -> tuple[Decimal | None, RateCard | None]:
    """The cost of a call in exact USD by the cards of the list (`rate_card`) or of one's own rates
    (`OwnRates.rate_card`), and the card. See `price`."""
    if not _anything(call.usage):
        if call.status == "error" and not call.estimated:
            return Decimal(0), None
        if call.estimated:
            return None, None
    usage = call.usage
    try:
        card = cards(
            call.model,
            provider=call.provider,
            tier=usage.tier or "standard",
            at=call.time,
            region=usage.region,
        )
        if call.operation in REPORTS or usage.requests > 1:
            long = card.long_context if call.operation == LONG_REPORT else None
            return _cost_of_sum(usage, card, card.rates if long is None else long.rates, call.time)
        return cost_of(usage, card, at=call.time).total, card
    except (LookupError, ValueError, ArithmeticError):
        return None, None


class Cards(Protocol):
    """What finds the card of a call: `rate_card`, or the same of one's own rates."""

    def __call__(
        self,
        model: str,
        *,
        provider: str | None = None,
        tier: str = "standard",
        at: date | datetime | None = None,
        region: str | None = None,
    ) -> RateCard: ...


def _cost_of_sum(
    usage: Usage, card: RateCard, rates: Rates, at: datetime
) -> tuple[Decimal | None, RateCard | None]:
    amounts: list[Decimal] = []
    fees = usage.fees
    for kind, quantity in quantities(usage).items():
        rate = rates[kind]
        if not quantity:
            continue
        if rate is None and kind == "web_search":  # one price for all models
            fees = ((kind, quantity), *fees)
            continue
        if rate is None or quantity < 0:
            return None, None
        amounts.append(charge(kind, rate)(quantity))
    amounts += [line.amount for line in fee_lines(fees, card, at)]
    return sum_exactly(amounts), card


def _anything(usage: Usage) -> bool:
    return (
        usage.audio_seconds != 0
        or bool(usage.fees)
        or any(getattr(usage, name) for name in COUNTS if name != "requests")
    )


# --- Rows and frames --------------------------------------------------------------------------

_FIELDS = tuple(each.name for each in fields(Call) if each.name != "usage")


def row_of(call: Call | Mapping[str, Any]) -> dict[str, Any]:
    """The columns of a call; its cost is computed unless a mapping brings one."""
    stored: tuple[Any, Any] | None = None
    if isinstance(call, Mapping):
        if "cost_pusd" in call:
            cost, valid_from = _some(call["cost_pusd"]), _some(call.get("rate_valid_from"))
            stored = _picodollars(cost), _day(valid_from)
        call = call_of(call)
    if not isinstance(call, Call):
        raise TypeError(f"{call!r} is no call: give a Call, or a mapping of its fields")
    row = {name: getattr(call, name) for name in _FIELDS}
    row |= {name: getattr(call.usage, name) for name in COUNTS}
    row["audio_seconds"] = float(call.usage.audio_seconds)
    row["tier"] = call.usage.tier or "standard"
    # Kept for the day when the row is priced as another model's, which has no such name.
    row["region"] = call.usage.region or region_in_name(call.model, call.provider)
    row["fees"] = fees_text(call.usage.fees)
    row["cost_pusd"], row["rate_valid_from"] = stored or price(call)
    for name in (*COUNTS, "cost_pusd"):
        if row[name] is not None and not -(2**63) <= row[name] < 2**63:
            raise ValueError(f"{name}={row[name]} does not fit into 64 bits: no row can hold it")
    for name in _TEXTS:  # a user may be tagged by a number
        text = _storable(row[name])
        row[name] = _KEY.sub("[key]", text) if "sk-" in text else text
    return row


def _picodollars(cost: Any) -> int | None:
    if type(cost) is int or cost is None:  # most are
        return cost
    try:
        whole = int(cost)
        if not isinstance(cost, str) and whole != cost:
            raise ValueError
    except (ArithmeticError, TypeError, ValueError):
        raise ValueError(f"cost_pusd={cost!r}: give whole pico-dollars (1e-12 USD)") from None
    return whole


def _day(valid_from: Any) -> date | None:
    if isinstance(valid_from, datetime):
        return valid_from.date()
    if isinstance(valid_from, date) or valid_from in (None, ""):
        return valid_from or None
    try:
        return datetime.fromisoformat(valid_from).date()
    except (TypeError, ValueError):
        raise ValueError(
            f"rate_valid_from={valid_from!r}: give a date, such as 2026-09-22"
        ) from None


def _storable(value: object) -> str:
    """As text that every database takes: no NUL, no half of a surrogate pair."""
    text = "" if value is None else str(value)
    if text.isascii() and "\x00" not in text:
        return text
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode()


def call_of(row: Mapping[str, Any]) -> Call:
    if not row.keys() <= TYPES.keys():
        for name in row:
            known(name)
    if "time" not in row or "model" not in row or "provider" not in row:
        raise ValueError(f"a row needs time, provider and model; this one has {', '.join(row)}")
    counts = {name: _some(row[name]) for name in (*COUNTS, "audio_seconds") if name in row}
    empty = [name for name, count in counts.items() if count is None]
    if empty:
        raise ValueError(f"{empty[0]} is empty, and absent is not zero: write 0 if there was none")
    about = {name: value for name in _FIELDS if (value := _some(row.get(name))) is not None}
    if hasattr(about.get("time"), "to_pydatetime"):
        about["time"] = about["time"].to_pydatetime()
    for name, kind in (("attempt", int), ("estimated", bool)):
        if name in about:
            about[name] = kind(about[name])  # numpy's own types are unknown to the database
    usage = Usage(
        **counts,
        tier=_some(row.get("tier")) or None,
        region=_some(row.get("region")) or None,
        fees=read_fees(_some(row.get("fees")) or ""),
    )
    return Call(usage=usage, **about)


def _some(value: Any) -> Any:
    """The value, or None for pandas' ways of saying nothing (NaN, NaT, NA)."""
    if type(value) in (int, str):  # most are
        return value
    nothing = value is None or type(value).__name__ in ("NAType", "NaTType") or value != value
    return None if nothing else value


def known(name: str) -> str:
    if name in TYPES:
        return name
    near = get_close_matches(name, COLUMNS, n=1)
    hint = f"did you mean {near[0]!r}?" if near else f"the columns are {', '.join(COLUMNS)}"
    raise ValueError(f"the ledger has no column {name!r}: {hint}")


def without_gaps(calls: pandas.DataFrame, texts: Iterable[str] = _TEXTS) -> pandas.DataFrame:
    """A ledger's frame with "" where one of these texts is missing, as a ledger has it.

    pandas.read_csv makes a missing value of "", and groupby leaves rows with one out, unasked.
    """
    asked = [name for name in texts if name in _TEXTS and name in calls]
    gaps = [name for name in asked if calls[name].isna().any()]
    return calls.assign(**{name: calls[name].astype(object).fillna("") for name in gaps})


def by_time(calls: pandas.DataFrame, texts: Iterable[str] = _TEXTS) -> pandas.DataFrame:
    """The same, for what asks when its calls were; ValueError for times without a zone."""
    import pandas

    if "time" in calls and not isinstance(calls["time"].dtype, pandas.DatetimeTZDtype):
        raise ValueError(
            f"column 'time' is of type {calls['time'].dtype} and has no time zone: give it one "
            "with pandas.to_datetime(calls['time'], utc=True)"
        )
    return without_gaps(calls, texts)


def typed(frame: pandas.DataFrame) -> pandas.DataFrame:
    """The same types whether the rows come from a database or a file, and for no rows at all."""
    import pandas

    def boolean(value: Any) -> bool:
        return value if isinstance(value, bool) else str(value).lower() in ("true", "1")

    columns: dict[str, Any] = {}
    for name in (name for name in COLUMNS if name in frame):
        column = frame[name]
        if name in _TEXTS:
            columns[name] = column.astype("str")
        elif name == "time":
            columns[name] = pandas.to_datetime(column, utc=True, format="ISO8601").astype(
                "datetime64[us, UTC]"
            )
        elif name == "rate_valid_from":
            columns[name] = pandas.to_datetime(column.replace("", None)).astype("datetime64[us]")
        elif name == "estimated":
            columns[name] = column.map(boolean).astype(bool)
        elif name in ("latency", "audio_seconds"):
            columns[name] = column.astype(float)
        elif name == "cost_pusd":
            whole = [None if _some(value) in (None, "") else int(value) for value in column]
            columns[name] = pandas.array(whole, dtype="Int64")
        else:
            columns[name] = column.astype("int64")
    return pandas.DataFrame(columns, index=frame.index)


def load_calls(path: str | os.PathLike[str]) -> pandas.DataFrame:
    """A frame from a CSV file (`.gz` too) with the columns of the ledger, typed as `frame()` is."""
    import pandas

    try:
        frame = pandas.read_csv(path, keep_default_na=False, na_values={"latency": [""]}, dtype=str)
    except pandas.errors.EmptyDataError:
        raise ValueError(f"{os.fspath(path)!r} is empty: it has no header and no row") from None
    except (OSError, UnicodeError, pandas.errors.ParserError) as error:
        raise ValueError(f"{os.fspath(path)!r} cannot be read as CSV: {error}") from None
    missing = [name for name in COLUMNS if name not in frame and name not in ("id", *LATER)]
    if missing:
        raise ValueError(f"{os.fspath(path)!r} is no ledger: it has no column {missing[0]!r}")
    return typed(frame.assign(**{name: "" for name in LATER if name not in frame}))
