"""The values with which `course/test_public_surface.py` calls costlib's faces, and how.

`KINDS` has, for each kind of argument, ordinary values and hostile ones; `OWN` has those of an
argument that only its function can use; `PLAYS` does in one call what a face's class is for (open
a budget, reserve, settle); `LEFT_OUT` says why a name is not called.
"""

from __future__ import annotations

import json
import math
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from costlib import agents, bank, budgets, caching, intents, optimization, own_data
from costlib.agents.reading import runs_of
from costlib.estimation.estimate import Spread
from costlib.intents.tfidf import TfIdf
from costlib.pricing.own_rates import read_own_rates
from costlib.pricing.prices import TIERS, rate_card
from costlib.tokens.text import Count
from costlib.tracking.calls import Call
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

FOLDER = Path(tempfile.mkdtemp(prefix="costlib-surface-"))
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)

# --- One value --------------------------------------------------------------------------------

WHOLE = st.sampled_from(
    [0, 1, 2, 7_000, 10**6, 10**9, -1, 2**31, 2**53 + 1, 2**63, 10**30, 10**400, 10**5_000, True]
) | st.integers(0, 10**6)
REAL = st.sampled_from(
    [0.0, 0.5, 1.0, -0.0, -1.0, 1e-9, 5e-324, 1e300, 2.0**53 + 2, math.nan, math.inf, -math.inf]
) | st.floats(0, 1e4)
WHOLE |= st.sampled_from([np.int64(7_000), np.int32(2**31 - 1)])  # a column gives such
REAL |= st.sampled_from([np.float32(0.5), np.int64(1)])
HUGE = ("1e999999", "1e-999999", "1e900000000", "9" * 5_000, "NaN", "sNaN", "-inf", "1_0", "٣")
EXACT = st.sampled_from(
    [
        Decimal(text)
        for text in (
            "0",
            "0.1",
            "1",
            "-1",
            "1e30",
            "1e999999",
            "1e-999999",
            "NaN",
            "sNaN",
            "Infinity",
        )
    ]
)
NAMES = st.sampled_from(
    [
        "gpt-4.1",
        "gpt-5",
        "claude-opus-5-5",
        "deepseek-v4-pro",
        "openai",
        "anthropic",
        *TIERS,
        "",
        " ",
        "nobody",
        "input",
        "5m",
        "1h",
        "none",
        "auto",
        "month",
        "day",
        "o200k_base",
        "\ud800",
        "\x00",
        "x" * 2_000,
        "gpt-4.1-2025-13-45",
        *HUGE,
    ]
)
TEXTS = st.text(max_size=40) | NAMES
DAYS = st.dates() | st.sampled_from([date.min, date.max, date(2026, 11, 22)])
ZONES = st.sampled_from([None, UTC, timezone(timedelta(hours=14)), timezone(-timedelta(hours=12))])
MOMENTS = st.datetimes(timezones=ZONES) | st.sampled_from(
    [datetime.min.replace(tzinfo=UTC), datetime.max, datetime.max.replace(tzinfo=UTC)]
)


class Deep(list[Any]):
    """A list in a list, deeper than Python calls itself; hypothesis can print it all the same."""

    def __repr__(self) -> str:
        return "[[[…]]]"


def nested(depth: int) -> Deep:
    found: list[Any] = []
    for _ in range(depth):
        found = [found]
    return Deep(found)


DEEP = nested(100_000)
WRONG = st.sampled_from(
    [
        None,
        object(),
        [],
        {},
        (),
        b"\xff\x00",
        "",
        "\ud800",
        1.5,
        10**5_000,
        {"a": 1},
        [None],
        {None: None},
        [DEEP],
        lambda: None,
        int,
        NOW,
        pd.DataFrame(),
        np.array([]),
        np.array(["x"]),
        {"messages": DEEP},
        1j,
        set(),
    ]
)
JSON = st.recursive(
    st.none() | st.booleans() | WHOLE | REAL | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damaged(draw: st.DrawFn, makers: Sequence[Callable[[], Any]]) -> Any:
    """A sound JSON value with one to three of its parts gone, or something else."""
    body = json.loads(json.dumps(draw(st.sampled_from(makers))()))
    for _ in range(draw(st.integers(0, 3))):
        place = body
        while isinstance(place, dict | list) and place and not isinstance(place, Deep):
            key = draw(
                st.sampled_from(list(place) if isinstance(place, dict) else list(range(len(place))))
            )
            inside = place[key]
            if isinstance(inside, dict | list) and inside and draw(st.integers(0, 3)):
                place = inside
                continue
            if draw(st.integers(0, 3)):
                place[key] = draw(JSON | st.builds(lambda: {"a": DEEP}))
            else:
                del place[key]
            break
    return body


# --- Things of costlib's ----------------------------------------------------------------------


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    """Possible records, of sizes that nobody has seen yet."""
    size = draw(st.sampled_from([1, 1_000, 10**6, 10**12, 10**70]))
    fields = draw(st.lists(st.sampled_from(["output_tokens", "web_searches", "requests"])))
    return Usage(
        input_tokens=size,
        cached_input_tokens=size // 3,
        **dict.fromkeys(fields, size),
        audio_seconds=draw(st.sampled_from([0, Decimal("0.1"), 10**9])),
    )


@st.composite
def calls(draw: st.DrawFn) -> Call:
    return Call(
        time=draw(
            st.sampled_from([NOW, NOW + timedelta(days=40), datetime.max.replace(tzinfo=UTC)])
        ),
        provider=draw(st.sampled_from(["openai", "anthropic", "nobody"])),
        model=draw(st.sampled_from(["gpt-4.1", "claude-haiku-4-5", "nobody", "\ud800"])),
        usage=draw(usages()),
        run=draw(st.sampled_from(["", "r1", "\x00"])),
        user=draw(st.sampled_from(["", "ann", "\ud800"])),
        latency=draw(st.sampled_from([None, 0.5, math.nan])),
    )


def some_calls() -> list[Call]:
    return [
        Call(
            time=NOW + timedelta(minutes=7 * n),
            provider="openai",
            model="gpt-4.1",
            run=f"r{n // 6}",
            operation="chat",
            user="ann" if n % 3 else "ben",
            feature="chat",
            project="bank",
            call_id=f"c{n}",
            request_id=f"q{n}",
            latency=1.0,
            prompt_hash=f"{n % 5}",
            usage=Usage(1_000 * (n % 6 + 1), 200, cached_input_tokens=500),
        )
        for n in range(60)
    ]


@cache
def frame_of_calls() -> pd.DataFrame:
    ledger = Ledger()
    ledger.record_many(some_calls())
    return ledger.frame()


@cache
def a_month() -> pd.DataFrame:
    return bank.month(0).head(400)


@cache
def a_plan() -> Any:
    return bank.bank_plan()


ODD_CELLS = (None, math.nan, "", "x", -1, 2**63, 10**400, 1e300, NOW, [], object(), Decimal("NaN"))


@st.composite
def frames(draw: st.DrawFn, make: Callable[[], pd.DataFrame]) -> pd.DataFrame:
    """A sound frame, or one with a column or the rows gone, or odd cells in a column."""
    frame = make()
    for _ in range(draw(st.integers(0, 2))):
        how = draw(st.sampled_from(["drop", "cell", "column", "empty", "double", "text"]))
        column = draw(st.sampled_from(list(frame.columns) or [""]))
        if how == "empty" or column not in frame:
            frame = frame.head(0)
        elif how == "drop":
            frame = frame.drop(columns=column)
        elif how == "double":
            frame = pd.concat([frame, frame[[column]]], axis=1)
        elif how == "text":
            frame = frame.astype({column: str}) if frame.columns.is_unique else frame
        elif frame.columns.is_unique:
            cells = frame[column].astype(object).tolist()
            odd = draw(st.sampled_from(ODD_CELLS))
            cells = [odd] * len(cells) if how == "column" else [*cells[:-1], odd][: len(cells)]
            frame = frame.assign(**{column: pd.Series(cells, index=frame.index, dtype=object)})
    return frame


@st.composite
def series(draw: st.DrawFn) -> pd.Series:
    size = draw(st.sampled_from([0, 1, 24, 24 * 40]))
    hours = pd.date_range(NOW, periods=size, freq="h", tz=draw(st.sampled_from([None, "UTC"])))
    value = draw(st.sampled_from([0.0, 1.0, math.nan, math.inf, -1.0, 1e300]))
    found = pd.Series(np.linspace(0, 1, size), index=hours)
    if size and draw(st.booleans()):
        found.iloc[-1] = value
    if draw(st.integers(0, 5)) == 0:
        found = found.reset_index(drop=True)
    return found.iloc[::-1] if draw(st.integers(0, 5)) == 0 else found


ARRAYS = st.sampled_from(
    [
        np.array([]),
        np.zeros((0, 3)),
        np.ones((2, 3)),
        np.arange(6),
        np.array([1.0, math.nan]),
        np.array(["a", "b"]),
        np.eye(3, dtype=np.float32),
        np.array([10**400], object),
        np.ones((1, 1, 1)),
        np.array([True, False, True]),
        np.array(5),
        np.array([-1, 2**62]),
        np.array([math.inf, 0.0, 1.0]),
        [1, 2, 3],
        ["a", "b", "c"],
    ]
)


def planned() -> Any:
    return agents.planned(rate_card("gpt-4.1"), 3, definitions=9, prefix=9, result=9, answer=9)


@st.composite
def some_runs(draw: st.DrawFn) -> Any:
    card = rate_card(draw(st.sampled_from(["gpt-4.1", "claude-haiku-4-5"])))
    size = draw(st.sampled_from([0, 1, 500, 10**6]))
    steps = draw(st.sampled_from([1, 2, 30]))

    def made() -> Any:
        return agents.planned(card, steps, definitions=size, prefix=200, result=size, answer=100)

    def recorded() -> Any:
        return runs_of(some_calls())

    return draw(st.sampled_from([made, recorded, agents.swe_runs]))()


@st.composite
def files(draw: st.DrawFn, makers: Mapping[str, bytes]) -> Path:
    """A file as it should be, or cut, or with bytes changed, or of another kind, or no file."""
    ending, sound = draw(st.sampled_from(sorted(makers.items())))
    data = bytearray(sound)
    how = draw(
        st.sampled_from(
            [
                "whole",
                "cut",
                "bytes",
                "row",
                "cell",
                "empty",
                "binary",
                "deep",
                "utf16",
                "nowhere",
                "folder",
                "zip",
            ]
        )
    )
    if how == "cut":
        data = data[: draw(st.integers(0, len(data)))]
    elif how == "bytes":
        for _ in range(draw(st.integers(1, 5))):
            data[draw(st.integers(0, len(data) - 1))] = draw(
                st.sampled_from(b'\x00\xff",;\n{}[]9e-.')
            )
    elif how == "row":  # a row with cells too many, or too few
        lines = bytes(data).splitlines(keepends=True)
        place = draw(st.integers(0, len(lines) - 1))
        lines[place] = lines[place].strip() + b",1,2,3\n" if draw(st.booleans()) else b"1\n"
        data = bytearray(b"".join(lines))
    elif how == "cell":
        text = draw(
            st.sampled_from([*HUGE, "1e5", "=1+1", "0001-01-01", "9999-12-31T23:59:59Z", "null"])
        )
        numbers = [place for place, byte in enumerate(data) if chr(byte).isdigit()]
        place = draw(st.sampled_from(numbers))
        data[place : place + 1] = text.encode()
    elif how == "empty":
        data = bytearray()
    elif how == "binary":
        data = bytearray(range(256)) * 40
    elif how == "deep":
        data = bytearray(b"[" * 100_000 + b"]" * 100_000)
    elif how == "utf16":
        data = bytearray(bytes(data).decode().encode("utf-16"))
    elif how == "zip":
        data = bytearray(b"\x1f\x8b\x08\x00" + bytes(data[:50]))
    path = FOLDER / f"{draw(st.sampled_from(['report', 'what?', 'a%20b']))}{ending}"
    if how == "nowhere":
        return FOLDER / "nowhere.csv"
    if how == "folder":
        return FOLDER
    path.write_bytes(bytes(data))
    return path


def _csv(*rows: str) -> bytes:
    return "\n".join(rows).encode()


CALL_FILES = {
    ".csv": frame_of_calls().head(8).to_csv(index=False).encode(),
    "_own.csv": _csv(
        "date,model,input tokens,output tokens,cost",
        *(f'2026-11-{n:02},gpt-4.1,"1,{n}00",{n},0.0{n}' for n in range(1, 9)),
    ),
    ".jsonl": "\n".join(
        json.dumps(
            {
                "time": "2026-11-22T12:00:00Z",
                "model": "gpt-4.1",
                "usage": {"prompt_tokens": 10 + n, "completion_tokens": 5, "total_tokens": 15 + n},
            }
        )
        for n in range(6)
    ).encode(),
}
USAGE_PAGE: dict[str, Any] = {
    "object": "page",
    "has_more": False,
    "next_page": None,
    "data": [
        {
            "object": "bucket",
            "start_time": 1_795_305_600,
            "end_time": 1_795_392_000,
            "results": [
                {
                    "object": "organization.usage.completions.result",
                    "input_tokens": 100,
                    "input_cached_tokens": 20,
                    "output_tokens": 10,
                    "input_audio_tokens": 0,
                    "output_audio_tokens": 0,
                    "num_model_requests": 2,
                    "model": "gpt-4.1-2025-04-14",
                    "project_id": "p",
                    "user_id": None,
                    "api_key_id": None,
                    "batch": False,
                    "service_tier": "default",
                }
            ],
        }
    ],
}
ANTHROPIC_PAGE: dict[str, Any] = {
    "has_more": False,
    "next_page": None,
    "data": [
        {
            "starting_at": "2026-11-22T00:00:00Z",
            "ending_at": "2026-11-23T00:00:00Z",
            "results": [
                {
                    "uncached_input_tokens": 100,
                    "cache_read_input_tokens": 5,
                    "output_tokens": 7,
                    "cache_creation": {
                        "ephemeral_1h_input_tokens": 0,
                        "ephemeral_5m_input_tokens": 3,
                    },
                    "server_tool_use": {"web_search_requests": 1},
                    "model": "claude-haiku-4-5-20251001",
                    "service_tier": "standard",
                    "context_window": "0-200k",
                    "api_key_id": None,
                    "workspace_id": None,
                }
            ],
        }
    ],
}
COST_PAGE: dict[str, Any] = {
    "object": "page",
    "has_more": False,
    "next_page": None,
    "data": [
        {
            "object": "bucket",
            "start_time": 1_795_305_600,
            "end_time": 1_795_392_000,
            "results": [
                {
                    "object": "organization.costs.result",
                    "amount": {"value": "0.06", "currency": "usd"},
                    "line_item": "gpt-4.1, input",
                    "project_id": "p",
                }
            ],
        }
    ],
}
USAGE_FILES = {
    ".json": json.dumps(USAGE_PAGE).encode(),
    "_a.json": json.dumps(ANTHROPIC_PAGE).encode(),
    ".csv": _csv(
        "start_time,model,input_tokens,output_tokens,input_cached_tokens,num_model_requests",
        *(f"2026-11-{n:02},gpt-4.1-2025-04-14,{n}00,{n},0,2" for n in range(1, 9)),
    ),
}
COST_FILES = {
    ".json": json.dumps(COST_PAGE).encode(),
    ".csv": _csv(
        "start_time,amount_value,amount_currency,line_item",
        *(f'2026-11-{n:02},"0.{n}",usd,"gpt-4.1, input"' for n in range(1, 9)),
    ),
}
SESSION_FILES = {
    ".jsonl": "\n".join(
        json.dumps(
            {
                "type": "assistant",
                "sessionId": "s1",
                "requestId": f"r{n}",
                "cwd": "/home/a/bank",
                "timestamp": f"2026-11-02T08:00:{n:02}.000Z",
                "uuid": f"u{n}",
                "message": {
                    "id": f"m{n}",
                    "type": "message",
                    "role": "assistant",
                    "model": "claude-sonnet-4-6",
                    "content": [],
                    "stop_reason": None,
                    "usage": {
                        "input_tokens": 3,
                        "output_tokens": n,
                        "cache_read_input_tokens": 1000,
                        "cache_creation_input_tokens": 500,
                        "service_tier": "standard",
                        "cache_creation": {
                            "ephemeral_5m_input_tokens": 100,
                            "ephemeral_1h_input_tokens": 400,
                        },
                    },
                },
            }
        )
        for n in range(8)
    ).encode()
}

RATES_FILES = {
    ".toml": b'source = "Contract"\n[[rate]]\nprovider = "openai"\ndiscount_percent = 25\n'
    b'[currency]\ncode = "EUR"\nper_usd = 0.5\ndate = 2026-11-30\nsource = "ECB"\n'
}


@cache
def own_rates() -> Any:
    path = FOLDER / "rates.toml"
    path.write_bytes(RATES_FILES[".toml"])
    return read_own_rates(path)


BODIES: tuple[dict[str, Any], ...] = (
    {
        "model": "gpt-4.1",
        "usage": {
            "prompt_tokens": 101,
            "completion_tokens": 7,
            "total_tokens": 108,
            "prompt_tokens_details": {"cached_tokens": 64, "audio_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": 3},
        },
        "service_tier": "default",
    },
    {
        "model": "claude-haiku-4-5",
        "type": "message",
        "usage": {
            "input_tokens": 3,
            "output_tokens": 5,
            "cache_read_input_tokens": 1000,
            "cache_creation_input_tokens": 500,
            "service_tier": "standard",
            "cache_creation": {"ephemeral_5m_input_tokens": 100, "ephemeral_1h_input_tokens": 400},
            "server_tool_use": {"web_search_requests": 2},
        },
    },
    {
        "modelVersion": "gemini-3-pro",
        "usageMetadata": {
            "promptTokenCount": 9,
            "candidatesTokenCount": 4,
            "totalTokenCount": 13,
            "cachedContentTokenCount": 2,
            "promptTokensDetails": [{"modality": "TEXT", "tokenCount": 9}],
        },
    },
    {
        "output": {},
        "usage": {
            "inputTokens": 30,
            "outputTokens": 12,
            "totalTokens": 42,
            "cacheReadInputTokens": 1,
            "cacheDetails": [{"ttl": "5m", "inputTokens": 4}],
        },
    },
    {
        "usage": {
            "input_tokens": 263,
            "output_tokens": 19,
            "total_tokens": 282,
            "input_tokens_details": {"cached_tokens": 0},
            "cost": 0.0012,
            "output_tokens_details": {"reasoning_tokens": 1},
        },
        "object": "response",
        "output": [],
    },
)
RESPONSES = damaged([lambda body=body: body for body in BODIES]) | JSON | WRONG

LIMITS = st.lists(
    st.sampled_from(["day", "month", "ever"]).flatmap(
        lambda period: st.builds(
            budgets.Limit,
            st.sampled_from([1, "0.5", Decimal(5_000_000)]),
            st.just(period),
            by=st.sampled_from([(), "user", "run"]),
            hard=st.booleans(),
            carry_over=st.sampled_from([0.0] if period == "ever" else [0.0, 0.5]),
        )
    ),
    max_size=2,
    unique_by=lambda limit: limit.rule,
)
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "int": WHOLE,
    "float": REAL | WHOLE,
    "Decimal": EXACT,
    "str": NAMES | TEXTS,
    "bool": st.booleans(),
    "date": DAYS,
    "datetime": MOMENTS,
    "timedelta": st.sampled_from([timedelta.max, timedelta.min, timedelta(0), timedelta(hours=1)]),
    "None": st.none(),
    "object": JSON | WRONG,
    "Usage": usages(),
    "Count": st.just(Count(10, 8, 12, False)),
    "RateCard": st.builds(rate_card, st.sampled_from(["gpt-4.1", "claude-haiku-5-5"])),
    "Sequence[str]": st.lists(TEXTS, max_size=4),
    "Iterable[str]": st.lists(NAMES, max_size=3),
    "Collection[str]": st.lists(NAMES, max_size=3),
    "Sequence[float]": st.lists(REAL, max_size=4),
    "Iterable[float]": st.lists(REAL, max_size=6),
    "Iterable[int]": st.lists(WHOLE, max_size=3),
    "Sequence[Decimal | float]": st.lists(REAL | EXACT, max_size=4),
    "Mapping[str, str]": st.dictionaries(TEXTS, TEXTS, max_size=2),
    "Mapping[str, int]": st.dictionaries(TEXTS, WHOLE, max_size=2),
    "Mapping[str, float]": st.dictionaries(TEXTS, REAL, max_size=2),
    "Mapping[str, bool]": st.dictionaries(TEXTS, st.booleans(), max_size=2),
    "Mapping[str, Any]": st.dictionaries(TEXTS, JSON, max_size=3),
    "Sequence[Message]": st.lists(
        st.fixed_dictionaries({"role": NAMES, "content": TEXTS}) | st.just({}), max_size=2
    ),
    "Literal['factor', 'share', 'change']": st.sampled_from(["factor", "share", "change"]),
    "Kind": NAMES | st.sampled_from(["day", "week", "month"]),
    "Decimals": st.sampled_from([".", ",", ""]),
    "np.ndarray": ARRAYS,
    "WordVectors": st.lists(st.sampled_from(["card lost", "card", "", "fee"]), max_size=3).map(
        TfIdf(["card lost", "fee", "lost fee"]).vectors
    ),
    "pd.Series": series(),
    "pd.DataFrame": frames(frame_of_calls),
    "Runs": some_runs(),
    "Ledger": st.builds(Ledger),
    "Spread": st.builds(Spread, st.just(0.8), st.just(1.25)),
    "Votes": st.sampled_from(
        [
            caching.exact(["a", "b", "a"], ["a", "b"], ["a", "b"]),
            intents.Votes(np.array(["a", "b", "a"]), np.array([0.1, 0.5, math.nan])),
            intents.Votes(np.array([]), np.array([])),
        ]
    ),
    "Trace": st.builds(caching.one_prefix, st.just(np.arange(5.0)), st.sampled_from([0, 1, 2_000])),
    "CachePrices": st.builds(caching.cache_prices, st.sampled_from(["claude-haiku-4-5", "gpt-5"])),
    "USD": REAL | WHOLE | EXACT | st.sampled_from(HUGE),
}


def as_bytes(body: object) -> bytes:
    """JSON as it goes over the wire; what JSON cannot say goes as its text."""
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError, RecursionError):
        return repr(type(body)).encode()


@cache
def cost_frame() -> pd.DataFrame:
    path = FOLDER / "costs.json"
    path.write_bytes(COST_FILES[".json"])
    return own_data.read_cost_report(path)


@cache
def some_outcomes() -> pd.DataFrame:
    return optimization.outcomes().head(50)
