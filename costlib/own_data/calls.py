"""Any file with one's own usage as calls: `read_calls` finds out what it is.

Session logs, the vendors' reports, tables that other tools export, any table by a map of its
columns, and JSON with a response, a span or an observation in each record. What the tool itself
says it cost stands beside our prices: `read_charges`. Texts of messages are not kept. Lesson 4.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING

from costlib.display.amounts import counted
from costlib.own_data.cost_reports import COST_COLUMNS
from costlib.own_data.databases import of_database
from costlib.own_data.files import (
    SQLITE,
    encoding_of,
    first_bytes,
    is_json,
    json_records,
    plain_name,
    read_table,
    read_text,
    records_of,
    table_of,
)
from costlib.own_data.identity import numbered
from costlib.own_data.known import EXPORTS, RECORDS, export_by_map, of_a_bill
from costlib.own_data.lines import Charged
from costlib.own_data.numbers import Decimals
from costlib.own_data.pages import on_pages
from costlib.own_data.records import of_json
from costlib.own_data.rows import About, of_table, once
from costlib.own_data.sessions import read_session_log
from costlib.own_data.usage_reports import read_usage_report
from costlib.own_data.vibe import is_vibe
from costlib.paths import own_path
from costlib.tracking.calls import Call
from costlib.usage.telling import tell

if TYPE_CHECKING:
    import pandas

_SESSIONS = (
    b'"session_meta"', b'"turn_context"', b'"token_count"', b'"isSidechain"', b'"projectHash"',
    b'"type":"assistant"', b'"type": "assistant"', b'"api_req_started"', b'"say":"task"',
    b'"session_prompt_tokens"',
)  # fmt: skip
_CLINE = ".messages.json"
_TOGETHER = ((b'"cacheRead"', b'"parentId"'), (b'"byModel"', b'"cacheCreate"'))  # pi's, Mux's
_STREAMED = re.compile(rb'"subtype": ?"init"')  # by a run of Claude Code, whose logs lack it
_QWEN = b'"usageMetadata"'  # whose chats have lines of type "assistant" too
_REPORTS = ("num_model_requests", "uncached_input_tokens", "usage_input_tokens_no_cache")
_TITLED = {"usage_date", "cache_creation_input_tokens", "cache_read_input_tokens"}
_COSTS = ("amount_value", "cost_usd")


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
    """The calls in a file: a session log (or a folder of them), a coding tool's database, a usage
    report, an export of LiteLLM, OpenRouter, Cursor, Langfuse, LangSmith, Portkey or Helicone, JSON
    of responses, spans, events or observations, by themselves or on the pages of an API.

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
            tell(
                f"{counted(len(log.problems), 'problem')} in the log, the first in {first.path}, "
                f"line {first.line}: {first.reason}"
            )
        return found
    about = About(columns, exclusive, ignore, decimal, day_first, at)
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

    about = About(columns, exclusive, ignore, decimal, day_first, at)
    logged = columns is None and is_session_log(path)
    charged = read_session_log(path).charged if logged else _charged(path, about)
    rows = [
        (call.time.date(), call.provider, call.project, call.model, call.usage.tier or "standard",
         "reported", None, reported)
        for call, reported in charged
        if reported is not None
    ]  # fmt: skip
    return pandas.DataFrame(rows, columns=list(COST_COLUMNS))


def is_session_log(path: str | os.PathLike[str]) -> bool:
    """Whether a file looks like a coding tool's session log; a folder is taken for one of them."""
    path = own_path(path)
    if path.is_dir():
        return True
    try:
        with path.open("rb") as file:
            head = file.read(200_000)
        head = head.decode(encoding_of(head), errors="ignore").encode()
    except (OSError, ValueError):  # a ValueError for a name that no file can have
        return False  # read_text words the error
    if b'"isSidechain"' not in head and (_STREAMED.search(head) or _QWEN in head):
        return False
    if path.name.endswith(_CLINE) or is_vibe(path):
        return True
    if any(mark in head for mark in _SESSIONS):
        return True
    return any(all(mark in head for mark in marks) for marks in _TOGETHER)


def _charged(path: str | os.PathLike[str], about: About) -> Iterator[Charged]:
    if first_bytes(path).startswith(SQLITE):
        yield from of_database(path, about)
        return
    name, text = os.fspath(path), read_text(path)
    if is_json(text):
        records = json_records(name, text)
        if about.columns is None:
            yield from of_json(name, records, path, about)
            return
        table = table_of(name, on_pages(records, name))
    else:
        table = read_table(name, text)
    titles = {plain_name(column): column for column in table.columns}
    if about.columns is None and any(titles.keys() >= {*marks} for marks in RECORDS):
        yield from of_json(name, records_of(table), path, about)
        return
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
    yield from once(of_table(table, export, about), name)
