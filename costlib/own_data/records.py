"""Records of JSON as calls: responses, spans, observations, events, whoever wrote them.

What others repeat, what failed and what counts nothing is left out, and said. Lesson 4.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from costlib.display.amounts import counted
from costlib.own_data.events import by_model, counted_events, sums_up
from costlib.own_data.files import plain_name
from costlib.own_data.identity import own_id, row_id
from costlib.own_data.known import ELSEWHERE, EXPORTS, FEES, TIMES
from costlib.own_data.lines import Charged, provider_of_model
from costlib.own_data.numbers import moment
from costlib.own_data.pages import on_pages
from costlib.own_data.rows import About, first_of, of_row, once
from costlib.own_data.spans import requests
from costlib.own_data.sums import as_sum
from costlib.own_data.usage_reports import read_usage_report
from costlib.tracking.calls import Call
from costlib.usage.coding_tools import OPENCODE
from costlib.usage.dialect import WRITES
from costlib.usage.envelopes import open_body
from costlib.usage.fields import Body, as_mapping, counts
from costlib.usage.read import named_model, read_body
from costlib.usage.telling import tell

_OF_LANGSMITH = "run_type"  # whose session is a project


def of_json(
    name: str, records: list[Mapping[str, object]], path: str | os.PathLike[str], about: About
) -> Iterator[Charged]:
    pages = [record.get("data") for record in records]
    buckets = [each for page in pages if isinstance(page, list) for each in page]
    if buckets and all("results" in (as_mapping(each) or {}) for each in buckets):
        yield from (Charged(call, None) for call in read_usage_report(path))
        return
    records = counted_events(requests(on_pages(records, name), name), name)
    records = [each for record in records for each in by_model(record)]
    yield from once(_of_records(name, records, about), name)


def _of_records(
    name: str, records: list[Mapping[str, object]], about: About
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
        for fields, why in ELSEWHERE:
            if plain.keys() >= {*fields}:
                raise ValueError(f"{name!r}, record {number_}: {why}")
        export = next((export for export in EXPORTS if export.suits(plain)), None)
        try:
            if export is not None:
                numeric = {n for n in plain if n in {*export.dialect.rows, *FEES} or counts(n)}
                charged = of_row(plain, export, {*numeric}, about.day_first)
            else:
                charged = of_body(record, plain, about)
        except ValueError as error:
            raise ValueError(
                f"{name!r}, record {number_}: {error} (its fields are {', '.join(record)})"
            ) from None
        if charged is not None:
            yield json.dumps(record, sort_keys=True, default=str), charged
    if counted_otherwise:
        tell(
            f"{name!r}: {counted_otherwise} of Cursor's events are requests of a plan and count no "
            "tokens: nothing here has a price for them, and they are left out"
        )
    if failed:
        tell(
            f"{name!r}, left out: {counted(failed, 'request')} of the batch (failed, canceled or "
            "expired), which cost nothing"
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


def of_body(record: Body, plain: Body, about: About) -> Charged:
    """A response, a span or an observation, with the time that stands in it or around it."""
    reading = read_body(record)
    usage, model = reading.usage, named_model(record)
    if model is None:
        raise ValueError("it names no model, so no rate applies: add it to the record as `model`")
    inside = {**(as_mapping(record.get("data")) or {}), **open_body(record).body}
    nested = {plain_name(key): value for key, value in inside.items()}
    time = first_of(plain, TIMES) or first_of(nested, TIMES) or about.at
    if time is None:  # Amp
        time = (as_mapping(inside.get("usage")) or {}).get("timestamp")
    if moments := as_mapping(time):  # opencode has when it was created and completed
        time = moments.get("completed") or moments.get("created")
    if time is None:
        raise ValueError("it has no time, and prices depend on it: pass at=")
    start = time if isinstance(time, datetime) else moment(time, about.day_first)
    # opencode copied its files of messages into its database, where they have the same ids.
    kind = OPENCODE.name if reading.dialect is OPENCODE else "json"
    own = first_of(plain, ("id", "span_id")) or first_of(nested, ("id",))
    call = Call(
        time=start,
        provider=provider_of_model(model, "other"),
        model=model,
        usage=usage,
        call_id=own_id(kind, own, start) if own else row_id(kind, start, record),
        user=str(first_of(plain, ("user_id", "user", "user_email")) or ""),
        project=str(first_of(plain, ("project_id", "project")) or ""),
        run=str(first_of(plain, ("session_id", "trace_id")[_OF_LANGSMITH in plain :]) or ""),
        feature=str(first_of(plain, ("feature",)) or ""),
    )
    if sums_up(record):
        turns = record.get("num_turns")
        call = as_sum(call, turns if isinstance(turns, int) else None)
        if "usage" not in record and any(getattr(usage, write) for write in WRITES):
            call = replace(call, estimated=True)  # how long the writes are kept is not said
    return Charged(call, reading.reported)
