"""Any file with one's own usage as calls: `read_calls` finds out what it is.

Session logs, the vendors' reports, tables that other tools export, any table by a map of its
columns, and JSON with a response, a span or an observation in each record. What the tool itself
says it cost stands beside our prices: `read_charges`. Texts of messages are not kept. Lesson 4.
"""

from __future__ import annotations

import json
import os
import re
import warnings
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from costlib.display.amounts import counted
from costlib.own_data.cost_reports import COST_COLUMNS
from costlib.own_data.events import by_model, counted_events, sums_up
from costlib.own_data.files import (
    Table,
    is_json,
    json_records,
    plain_name,
    read_table,
    read_text,
    table_of,
)
from costlib.own_data.identity import numbered, row_id
from costlib.own_data.known import EXPORTS, FEES, TIMES, Export, export_by_map, of_a_bill
from costlib.own_data.lines import provider_of_model
from costlib.own_data.numbers import Decimals, day_comes_first, decimal_mark, moment, number
from costlib.own_data.pages import on_pages
from costlib.own_data.sessions import read_session_log
from costlib.own_data.spans import requests
from costlib.own_data.sums import as_sum
from costlib.own_data.usage_reports import read_usage_report
from costlib.paths import own_path
from costlib.pricing.price_book import TIERS
from costlib.pricing.prices import costs_more_in, find_model
from costlib.pricing.synonyms import SYNONYMS, place_of_fact
from costlib.tracking.calls import Call
from costlib.usage.dialect import WORDS, WRITES, Told
from costlib.usage.envelopes import open_body, refuse_texts
from costlib.usage.fields import Body, as_mapping, counting, counts, is_quantity
from costlib.usage.read import named_model, read_body, read_usage
from costlib.usage.record import Usage

if TYPE_CHECKING:
    import pandas

_SESSIONS = (
    b'"session_meta"', b'"turn_context"', b'"token_count"', b'"isSidechain"', b'"projectHash"',
    b'"type":"assistant"', b'"type": "assistant"',
)  # fmt: skip
_PI = (b'"cacheRead"', b'"parentId"')  # both
_STREAMED = re.compile(rb'"subtype": ?"init"')  # by a run of Claude Code, whose logs lack it
_QWEN = b'"usageMetadata"'  # whose chats have lines of type "assistant" too
_REPORTS = ("num_model_requests", "uncached_input_tokens", "usage_input_tokens_no_cache")
_TITLED = {"usage_date", "cache_creation_input_tokens", "cache_read_input_tokens"}
_COSTS = ("amount_value", "cost_usd")
_BARE = ("reasoning", "thinking", "thoughts", "writes")  # counts, as titles of tables call them
_MAY_BE_TIERS = (
    "tier", "mode", "processing", "processing_tier", "pricing_tier", "api", "usage_type", "kind",
    "type", "traffic_type",
)  # fmt: skip
_CURRENCIES = ("currency", "currency_code", "cost_currency", "billing_currency", "amount_currency")
_OTHER_MONEY = re.compile(
    r"[€£¥₹₩]|\b(EUR|GBP|CHF|JPY|CNY|RMB|INR|KRW|CAD|AUD|NZD|SGD|SEK|NOK|DKK|PLN|CZK|BRL|MXN)\b"
)
_WRITTEN = "output_tokens"  # of a vector there are none, and tools leave the cell empty
_EMPTY = ("", "-", "–", "—", "n/a", "na", "none", "null")  # as tools write that there is nothing


class Charged(NamedTuple):
    """A call, and what its tool says that it cost (USD; None where it does not say)."""

    call: Call
    reported: Decimal | None


def read_calls(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    exclusive: bool = False,
    ignore: tuple[str, ...] = (),
    decimal: Decimals | None = None,
    day_first: bool | None = None,
    at: datetime | None = None,
) -> list[Call]:
    """The calls in a file: a session log (or a folder of them), a vendor's usage report, an export
    of LiteLLM, OpenRouter or Cursor, JSON of responses, spans, events or Langfuse observations, by
    themselves or on the pages of an API.

    For any other table, or JSON of other records, give `columns`, from fields of Usage and `time`,
    `model`, `id`, `user`, `project`, `run`, `feature`, `cost` to its titles, or to paths such as
    "usage.prompt". What is charged by the call is a column of counts for each fee of data/fees.csv,
    `"fee:file_search": "File searches"`, or one for all of them, `fees`, with cells such as
    "code_session=1 file_search=2". `exclusive` is for tables where cached and written tokens stand
    beside the input, `ignore` for titles that count nothing billed. `decimal` and `day_first`
    settle numbers and dates that could mean two things, `at` the time of records that have none.

    A run's result by Claude Code, and a day in its analytics, is a call for each model. Rows that
    are equal in every column count once, failed requests of a batch, events and spans without
    counts not at all, a page may say that more follow, and a map may name no `output_tokens` of a
    model that writes: each warns. Raises ValueError for a file that is none of these, with its
    columns, for a count that no field holds, for an empty cell where a count must be, and for a
    column that decides the price and is not read (`service_tier`, say), by name.
    """
    if columns is None and is_session_log(path):
        log = read_session_log(path)
        found = list(log)
        if log.problems:
            first = log.problems[0]
            warnings.warn(
                f"{counted(len(log.problems), 'line')} could not be read, the first {first.path}, "
                f"line {first.line}: {first.reason}",
                stacklevel=2,
            )
        return found
    about = _About(columns, exclusive, ignore, decimal, day_first, at)
    return list(numbered(charged.call for charged in _charged(path, about)))


def read_charges(
    path: str | os.PathLike[str],
    *,
    columns: Mapping[str, str] | None = None,
    exclusive: bool = False,
    ignore: tuple[str, ...] = (),
    decimal: Decimals | None = None,
    day_first: bool | None = None,
    at: datetime | None = None,
) -> pandas.DataFrame:
    """What the tool itself says that the calls of a file cost, as a frame with `COST_COLUMNS`.

    One row for each call that has a cost, of kind "reported": hold its sums against those of
    `read_calls`. Takes what `read_calls` takes; a vendor's own costs come from `read_cost_report`.
    """
    import pandas

    about = _About(columns, exclusive, ignore, decimal, day_first, at)
    rows = [
        (call.time.date(), call.provider, call.project, call.model, call.usage.tier or "standard",
         "reported", None, reported)
        for call, reported in _charged(path, about)
        if reported is not None
    ]  # fmt: skip
    return pandas.DataFrame(rows, columns=list(COST_COLUMNS))


class _About(NamedTuple):
    columns: Mapping[str, str] | None
    exclusive: bool
    ignore: tuple[str, ...]
    decimal: Decimals | None
    day_first: bool | None
    at: datetime | None


def is_session_log(path: str | os.PathLike[str]) -> bool:
    """Whether a file looks like a coding tool's session log; a folder is taken for one of them."""
    path = own_path(path)
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            head = file.read(200_000)
    except (OSError, ValueError):  # a ValueError for a name that no file can have
        return False  # read_text words the error
    if b'"isSidechain"' not in head and (_STREAMED.search(head) or _QWEN in head):
        return False
    return any(mark in head for mark in _SESSIONS) or all(mark in head for mark in _PI)


def _charged(path: str | os.PathLike[str], about: _About) -> Iterator[Charged]:
    name, text = os.fspath(path), read_text(path)
    if is_json(text):
        records = json_records(name, text)
        if about.columns is None:
            yield from _of_json(name, records, path, about)
            return
        table = table_of(name, on_pages(records, name))
    else:
        table = read_table(name, text)
    titles = {plain_name(column): column for column in table.columns}
    if about.columns is not None:
        export = export_by_map(about.columns, about.exclusive)
        missing = [column for column in about.columns.values() if plain_name(column) not in titles]
        if missing:
            shown = ", ".join(table.columns)
            raise ValueError(f"{name!r} has no column {missing[0]!r}: it has {shown}")
    elif any(title in titles for title in _COSTS):
        raise ValueError(f"{name!r} is a cost report: read_cost_report reads what was charged")
    elif any(title in titles for title in _REPORTS) or set(titles) >= _TITLED:
        report = read_usage_report(path, decimal=about.decimal, day_first=about.day_first)
        yield from (Charged(call, None) for call in report)
        return
    else:
        found = next((export for export in EXPORTS if export.suits(titles)), None)
        if found is None:
            raise ValueError(
                f"{name!r} is no export that is known here; its columns are "
                f"{', '.join(table.columns)}: say with columns= which of them is the time, the "
                f"model and each count{of_a_bill(titles)}"
            )
        export = found
    yield from _once(_of_table(table, export, about), name)


# --- Tables -----------------------------------------------------------------------------------


def _of_table(table: Table, export: Export, about: _About) -> Iterator[tuple[str, Charged]]:
    """Each row with what tells it from others; numbers and dates in the file's convention."""
    names = {column: plain_name(column) for column in table.columns}
    ignored = {plain_name(column) for column in about.ignore}
    numeric = [
        column
        for column, name in names.items()
        if name not in ignored
        and (name in export.dialect.rows or name in FEES or name in _BARE or counts(name))
        and export.dialect.rows.get(name) not in WORDS
    ]
    roles = {column: export.dialect.rows.get(names[column], "") for column in numeric}
    parted = [c for c in numeric if roles[c].startswith(("$", "audio_seconds"))]
    whole = [row[c] for c in numeric if c not in parted for row in table.rows]
    fractions = [row[c] for c in parted for row in table.rows]
    mark = about.decimal or table.decimal or decimal_mark(whole, fractions, table.delimiter)
    day_first = about.day_first
    if day_first is None:
        times = [column for column, name in names.items() if name in export.times]
        day_first = day_comes_first(row[column] for column in times for row in table.rows)
    unread = _unread(names, ignored, export)
    if any(role.startswith("$") for role in roles.values()):
        _refuse_other_money(table, names, roles, ignored)
    cached = 0
    silent: set[str] = set()  # models of which no column says what they wrote
    for line, row in zip(table.lines, table.rows, strict=True):
        try:
            fields: dict[str, object] = {
                names[column]: _cell(names[column], row[column], mark, roles[column])
                for column in numeric
            }
            fields |= {name: row[c] for c, name in names.items() if name not in fields}
            _refuse_unread(row, unread, str(_first(fields, export.models) or ""))
            _refuse_hidden({n: row[c] for c, n in names.items() if n not in ignored})
            charged = _of_row(fields, export, set(map(names.get, numeric)), day_first)
        except ValueError as error:
            raise ValueError(f"{table.name!r}, {table.unit} {line}: {error}") from None
        if charged is None:
            cached += 1
        else:
            if _WRITTEN not in export.dialect.rows.values():
                silent.add(charged.call.model)
            yield json.dumps(row, sort_keys=True), charged
    _warn_of_left_out(table.name, silent, cached)


def _warn_of_left_out(name: str, silent: set[str], cached: int) -> None:
    """Warns of models whose output no column counts, and of rows that no model answered."""
    if wrote := next(filter(_writes, sorted(silent)), None):
        warnings.warn(
            f"{name!r}: no column is {_WRITTEN}, so what {wrote!r} wrote is in no sum: name "
            "the column in columns=",
            stacklevel=6,
        )
    if cached:
        warnings.warn(
            f"{name!r}: {counted(cached, 'row')} with cache_hit left out: the gateway answered "
            "itself, and no model worked",
            stacklevel=6,
        )


def _unread(names: Mapping[str, str], ignored: set[str], export: Export) -> dict[str, str]:
    """The columns that may decide the price and that nothing reads, such as service_tier, by title
    with the place of such a fact."""
    rows = export.dialect.rows
    places = {name: place for name, (place, _) in SYNONYMS.items()}
    places |= dict.fromkeys(_MAY_BE_TIERS, "tier") | {"fees": "fees", "region": "region"}
    return {
        column: places[name]
        for column, name in names.items()
        if name in places and name not in ignored
        if name not in rows and places[name] not in rows.values()
    }


def _refuse_other_money(
    table: Table, names: Mapping[str, str], roles: Mapping[str, str], ignored: set[str]
) -> None:
    """Refuses a cost that is not in dollars, as its title or a column beside it says."""
    remedy = "only US dollars are read here: convert it at the day's rate, or leave the cost out"
    for column, role in roles.items():
        if role.startswith("$") and _OTHER_MONEY.search(column):
            raise ValueError(
                f"{table.name!r}: the title {column!r} names another currency, and {remedy}"
            )
    for column in (c for c, name in names.items() if name in _CURRENCIES and name not in ignored):
        for line, row in zip(table.lines, table.rows, strict=True):
            if row[column].lower() not in (*_EMPTY, "usd", "$"):
                raise ValueError(
                    f"{table.name!r}, {table.unit} {line}: {column}={row[column]!r}, and {remedy}"
                )


def _refuse_unread(row: Mapping[str, str], unread: Mapping[str, str], model: str) -> None:
    """Refuses a row whose price such a column decides."""
    for column, here in unread.items():
        name, cell = plain_name(column), row[column]
        if name in _MAY_BE_TIERS:
            decides = cell.strip().lower() in TIERS[1:]  # else it may be a customer's
        elif name == "region":
            decides = costs_more_in(model, cell)  # else it may be a customer's
        elif name == "fees":
            decides = "=" in cell  # else it is an amount of money, which `cost` reads
        elif name == "speed" and any(letter.isdigit() for letter in cell):
            decides = False  # tokens a second
        else:
            decides = bool(place_of_fact(name, cell))
        if decides:
            tiers = f" (tiers are {', '.join(TIERS)})" if here == "tier" else ""
            raise ValueError(
                f"{column}={cell!r} changes the price, and would not be read: name a column for "
                f"{here!r} in columns={tiers}, or pass ignore= with the title"
            )


def _cell(name: str, cell: str, mark: Decimals | None, role: str) -> object:
    """A cell of a numeric column: a number, None where it is empty, or the words that it has.

    Words are read where a tool gives them in place of its price ("Included"), and in columns that
    are not read; elsewhere they are no count, and absent is not zero.
    """
    if cell.lower() in _EMPTY:
        return None
    try:
        value = number(name, cell, mark)
    except ValueError:
        counted = role and role != "-" and not role.startswith("$")
        figures = role and any(letter.isdigit() for letter in cell)
        if counted or figures or cell.lower() in ("nan", "inf"):
            raise
        return cell
    return int(value) if value == value.to_integral_value() else value


def _refuse_hidden(fields: Body) -> None:
    """Refuses counts in a column of JSON, as a database keeps the details of tokens."""
    for name, cell in fields.items():
        if name.endswith(("token_details", "tokens_details")):
            details = as_mapping(_parsed(cell))
            if details is None:
                refuse_texts({name: cell})
            details = counting(details or {})
            if hidden := next((f"{path}={n}" for path, n in details.items() if n), None):
                raise ValueError(
                    f"{name} has {hidden}, which no column counts, and no count is dropped: write "
                    "the rows as JSON, one a line, which is read with its details, or pass ignore= "
                    "with the title if it costs nothing"
                )


def _of_row(
    fields: Body, export: Export, numeric: set[str | None], day_first: bool | None
) -> Charged | None:
    model = _first(fields, export.models)
    time = _first(fields, export.times)
    if not model or not time:
        raise ValueError(
            f"the row has no {'time' if model else 'model'} (a total?): take it out of the file"
        )
    if str(fields.get("cache_hit", "")).lower() == "true":
        return None  # answered from the gateway's own cache: no model worked
    rows = export.dialect.rows
    counted = {
        n: v
        for n, v in fields.items()
        if n in rows and (rows[n] in WORDS or not isinstance(v, str))
    }
    usage, exact, reported = _usage_of(fields, counted, export, numeric, str(model))
    start = moment(time, day_first)
    about = {name: value for name, value in fields.items() if name not in numeric}
    own = _first(fields, export.ids)
    kind = export.dialect.name.partition("'")[0].lower().replace(" ", "-")
    per_request = {} if export.operation else counted
    call = Call(
        time=start,
        provider=provider_of_model(str(model), "other"),
        model=str(model),
        usage=usage,
        estimated=not exact,
        call_id=f"{kind}:{own}" if own else row_id(kind, start, {**about, **per_request}),
        user=str(_first(fields, export.users) or ""),
        project=str(_first(fields, export.projects) or ""),
        run=str(_first(fields, export.runs) or ""),
        feature=str(_first(fields, export.features) or ""),
    )
    if export.operation:
        said = any(rows[name] == "requests" and count for name, count in counted.items())
        call = as_sum(call, usage.requests if said else None)
    return Charged(call, reported)


def _usage_of(
    fields: Body, counted: Body, export: Export, numeric: set[str | None], model: str
) -> tuple[Usage, bool, Decimal | None]:
    """The usage of a row, whether it was counted rather than estimated, and the cost it states."""
    told = Told(None, model.lower())
    quantities = {n: v for n, v in fields.items() if n in numeric and is_quantity(v)}
    left = export.dialect.unknown(quantities, told)
    if left:
        raise ValueError(
            f"{left[0]}={quantities[left[0]]} counts something that {export.dialect.name} is not "
            "known to have, and no count is dropped: name the column in columns=, or pass ignore= "
            "with its title if it costs nothing"
        )
    absent = [name for name in export.dialect.need if fields.get(name) in (None, "")]
    if absent:
        raise ValueError(f"{absent[0]} is empty, and absent is not zero")
    blank = [n for n, v in fields.items() if v is None and export.dialect.rows.get(n) == _WRITTEN]
    if blank and _writes(model):
        raise ValueError(
            f"{blank[0]} is empty, and absent is not zero: {model!r} may have written something, "
            "so write 0 where it did not"
        )
    inside = as_mapping(_parsed(fields.get("metadata")))
    usage_object = as_mapping((inside or {}).get("usage_object"))
    reading = export.dialect.read(counted, {}, told)
    if usage_object:  # LiteLLM keeps the whole usage in there
        usage = read_usage({"usage": usage_object, "model": model})
        return usage, True, reading.reported
    return reading.usage, not export.estimated, reading.reported


def _writes(model: str) -> bool:
    """Whether a model answers with tokens of its own; one that is not known may."""
    try:
        return find_model(model).kind not in ("embedding", "moderation")
    except LookupError:
        return True


def _first(fields: Body, names: tuple[str, ...]) -> object:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def _parsed(cell: object) -> object:
    """The JSON in a cell, as databases export it; the cell itself where it is none."""
    if isinstance(cell, str) and cell[:1] in ("{", "["):
        try:
            return json.loads(cell)
        except ValueError:
            return cell
    return cell


def _once(rows: Iterator[tuple[str, Charged]], name: str) -> Iterator[Charged]:
    seen: set[str] = set()
    twice = 0
    for said, charged in rows:
        twice += said in seen
        if said not in seen:
            seen.add(said)
            yield charged
    if twice:
        warnings.warn(
            f"{name!r} repeats {counted(twice, 'row')}, equal in every column: each was counted "
            "once",
            stacklevel=4,
        )


# --- JSON -------------------------------------------------------------------------------------


def _of_json(
    name: str, records: list[Mapping[str, object]], path: str | os.PathLike[str], about: _About
) -> Iterator[Charged]:
    pages = [record.get("data") for record in records]
    buckets = [each for page in pages if isinstance(page, list) for each in page]
    if buckets and all("results" in (as_mapping(each) or {}) for each in buckets):
        yield from (Charged(call, None) for call in read_usage_report(path))
        return
    records = counted_events(requests(on_pages(records, name), name), name)
    records = [each for record in records for each in by_model(record)]
    yield from _once(_of_records(name, records, about), name)


def _of_records(
    name: str, records: list[Mapping[str, object]], about: _About
) -> Iterator[tuple[str, Charged]]:
    failed = counted_otherwise = 0
    for number_, record in enumerate(records, start=1):
        if _failed_in_a_batch(record):
            failed += 1
            continue
        if record.get("isTokenBasedCall") is False and not record.get("tokenUsage"):
            counted_otherwise += 1
            continue
        plain = {plain_name(key): value for key, value in record.items()}
        export = next((export for export in EXPORTS if export.suits(plain)), None)
        try:
            if export is not None:
                numeric = {n for n in plain if n in {*export.dialect.rows, *FEES} or counts(n)}
                charged = _of_row(plain, export, {*numeric}, about.day_first)
            else:
                charged = _of_body(record, plain, about)
        except ValueError as error:
            raise ValueError(
                f"{name!r}, record {number_}: {error} (its fields are {', '.join(record)})"
            ) from None
        if charged is not None:
            yield json.dumps(record, sort_keys=True, default=str), charged
    if counted_otherwise:
        warnings.warn(
            f"{name!r}: {counted_otherwise} of Cursor's events are requests of a plan and count no "
            "tokens: nothing here has a price for them, and they are left out",
            stacklevel=6,
        )
    if failed:
        warnings.warn(
            f"{name!r}, left out: {counted(failed, 'request')} of the batch (failed, canceled or "
            "expired), which cost nothing",
            stacklevel=6,
        )


def _failed_in_a_batch(record: Body) -> bool:
    """Whether a line of a batch's results is of a request that no model answered (Anthropic's and
    OpenAI's guides on batches: those are not charged)."""
    if "batch_request_id" in record:  # xAI's
        return not (as_mapping(record.get("batch_result")) or {}).get("response")
    if "custom_id" not in record and "key" not in record and "recordId" not in record:
        return False
    ended = (as_mapping(record.get("result")) or {}).get("type")
    answered = as_mapping(record.get("response")) or {}
    status = answered.get("status_code")
    failed = isinstance(status, int) and status >= 400
    return (
        ended in ("errored", "canceled", "expired")
        or failed
        or (bool(record.get("error")) and not answered)
    )


def _of_body(record: Body, plain: Body, about: _About) -> Charged:
    """A response, a span or an observation, with the time that stands in it or around it."""
    reading = read_body(record)
    usage, model = reading.usage, named_model(record)
    if model is None:
        raise ValueError("it names no model, so no rate applies: add it to the record as `model`")
    inside = {**(as_mapping(record.get("data")) or {}), **open_body(record).body}
    nested = {plain_name(key): value for key, value in inside.items()}
    time = _first(plain, TIMES) or _first(nested, TIMES) or about.at
    if time is None:  # Amp
        time = (as_mapping(inside.get("usage")) or {}).get("timestamp")
    if moments := as_mapping(time):  # opencode has when it was created and completed
        time = moments.get("completed") or moments.get("created")
    if time is None:
        raise ValueError("it has no time, and prices depend on it: pass at=")
    start = time if isinstance(time, datetime) else moment(time, about.day_first)
    own = _first(plain, ("id", "span_id")) or _first(nested, ("id",))
    call = Call(
        time=start,
        provider=provider_of_model(model, "other"),
        model=model,
        usage=usage,
        call_id=f"json:{own}" if own else row_id("json", start, record),
        user=str(_first(plain, ("user_id", "user", "user_email")) or ""),
        project=str(_first(plain, ("project_id", "project")) or ""),
        run=str(_first(plain, ("session_id", "trace_id")) or ""),
        feature=str(_first(plain, ("feature",)) or ""),
    )
    if sums_up(record):
        turns = record.get("num_turns")
        call = as_sum(call, turns if isinstance(turns, int) else None)
        if "usage" not in record and any(getattr(usage, write) for write in WRITES):
            call = replace(call, estimated=True)  # how long the writes are kept is not said
    return Charged(call, reading.reported)
