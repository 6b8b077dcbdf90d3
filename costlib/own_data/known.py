"""The tables that other tools export: what their columns are called, and what they mean.

Columns are named as `files.plain_name` writes them; their roles are those of usage/dialect.py. To
add a tool, add an `Export` here and a small file of its kind to the tests. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from costlib.paths import data_rows
from costlib.tracking.calls import REPORT
from costlib.usage.dialect import CACHED, Dialect

TIMES = (
    "timestamp", "time", "start_time", "started_at", "created_at", "created", "date", "usage_date",
    "day", "start_time_unix_nano", "logging_time", "time_unix_nano", "observed_time_unix_nano",
    "datetime_utc", "end_time", "hr_time",
)  # fmt: skip
MODELS = (
    "model", "model_permaslug", "model_name", "provided_model_name", "model_version", "model_id",
)  # fmt: skip


FEES = frozenset(row["fee"] for row in data_rows("fees.csv")) - {"web_search"}
"""What is charged by the call, but for searches of the web, which Usage has a field for."""
_FIELD_OF = {"web_search": "web_searches", "audio_hour": "audio_seconds"}
"""What may be taken for a fee, since a rate is called so, and the field that it is."""


@dataclass(frozen=True)
class Export:
    """One tool's table. The tuples name columns, the first that is there counts.

    `operation` is REPORT where a row sums up requests. `estimated` says that the counts are not
    those that the model's vendor bills. `own` is where the vendor's own response stands, or its
    usage object, which counts then; `alone` is why a row without it is refused.
    """

    dialect: Dialect
    ids: tuple[str, ...] = ()
    times: tuple[str, ...] = TIMES
    models: tuple[str, ...] = MODELS
    users: tuple[str, ...] = ("user", "user_id", "end_user")
    projects: tuple[str, ...] = ("project", "project_id", "team_id", "team")
    runs: tuple[str, ...] = ("session_id", "trace_id")
    features: tuple[str, ...] = ("feature",)
    operation: str = ""
    estimated: bool = False
    own: str = ""
    alone: str = ""

    def suits(self, columns: Mapping[str, object]) -> bool:
        """Whether a table with these columns is such an export."""
        return all(name in columns for name in self.dialect.need)


EXPORTS = (
    Export(
        Dialect(
            "OpenRouter's activity (CSV)",
            "the export of openrouter.ai/activity, as users published it in 2026; 2026-11-28",
            {
                "tokens_prompt": "input_tokens",
                "tokens_completion": "output_tokens",
                "tokens_reasoning": "reasoning_tokens",
                "tokens_cached": "cached_input_tokens",
                "cost_total": "$",
                "cost_web_search": "$part",
                "cost_cache": "$part",
                "cost_file_processing": "$part",
                "byok_usage_inference": "$own",
                "num_input_audio_prompt": "-",
                "num_media_prompt": "-",
                "num_media_completion": "-",
                "num_search_results": "-",
            },
            need=("tokens_prompt", "tokens_completion", "generation_id"),
            whole_floats=True,
        ),
        ids=("generation_id",),
        estimated=True,  # it does not say whether these are the vendor's own tokens
    ),
    Export(
        Dialect(
            "OpenRouter's activity (API)",
            "openrouter.ai/docs, GET /activity; 2026-11-28",
            {
                "prompt_tokens": "input_tokens",
                "completion_tokens": "output_tokens",
                "reasoning_tokens": "reasoning_tokens",
                "requests": "requests",
                "usage": "$",
                "byok_usage_inference": "$own",
            },
            need=("prompt_tokens", "completion_tokens", "endpoint_id"),
            whole_floats=True,
        ),
        operation=REPORT,
        estimated=True,
    ),
    Export(
        Dialect(
            "LiteLLM's spend logs",
            "litellm 1.110, the table LiteLLM_SpendLogs and GET /spend/logs; 2026-11-28",
            {
                "prompt_tokens": "input_tokens",
                "completion_tokens": "output_tokens",
                "total_tokens": "=",
                "spend": "$",
            },
            need=("prompt_tokens", "completion_tokens", "spend", "request_id"),
            whole_floats=True,
        ),
        ids=("request_id",),
        estimated=True,  # cached tokens stand only in metadata.usage_object, if at all
        own="metadata.usage_object",
    ),
    Export(
        Dialect(
            "LiteLLM's daily spend",
            "litellm 1.110, the tables LiteLLM_Daily...Spend; 2026-11-28",
            {
                "prompt_tokens": "input_tokens",
                "completion_tokens": "output_tokens",
                "cache_read_input_tokens": "cached_input_tokens",
                "cache_creation_input_tokens": "written",
                "api_requests": "requests",
                "successful_requests": "-",
                "failed_requests": "-",
                "spend": "$",
            },
            need=("prompt_tokens", "completion_tokens", "spend", "api_requests"),
            whole_floats=True,
        ),
        users=("user_id", "end_user_id"),
        operation=REPORT,
    ),
    Export(
        Dialect(
            "LiteLLM's usage, by day and model",
            "BerriAI/litellm, EntityUsageExport since #32015 (before, a key's sum stands at each "
            "model, and a total alone); 2026-11-29",
            {
                "prompt_tokens": "input_tokens",
                "completion_tokens": "output_tokens",
                "cache_read_input_tokens": "cached_input_tokens",
                "cache_creation_input_tokens": "written",
                "total_tokens": "=",
                "requests": "requests",
                "successful": "-",
                "failed": "-",
                "spend": "$",
            },
            need=("prompt_tokens", "cache_read_input_tokens", "spend", "successful"),
            whole_floats=True,
        ),
        operation=REPORT,
    ),
    Export(
        Dialect(
            "Cursor's usage",
            "the export of cursor.com/dashboard, as users published it in 2026; 2026-11-28",
            {
                "input_without_cache_write": "input_tokens",
                "input_w_cache_write": "written",
                "cache_read": "cached_input_tokens",
                "output_tokens": "output_tokens",
                "total_tokens": "=",
                "cost": "$",
                "requests": "-",  # in units of its plans
                "cost_to_you": "$part",
            },
            # The total proves that the two kinds of input stand beside each other.
            need=("input_without_cache_write", "cache_read", "output_tokens", "total_tokens"),
            beside=CACHED,
            whole_floats=True,
        ),
    ),
    Export(
        Dialect(
            "Portkey's logs",
            "portkey.ai/docs, logs export; portkey-ai logs.exports (no source says the unit of "
            "cost, so it is not read); 2026-11-29",
            {
                "req_units": "input_tokens",
                "res_units": "output_tokens",
                "total_units": "=",
                "cost": "-",
            },
            need=("req_units", "res_units"),
            whole_floats=True,
        ),
        ids=("id",),
        models=("ai_model",),
        runs=("trace_id",),
        estimated=True,  # what of it was cached stands in the response alone
        own="response",
    ),
    Export(
        Dialect(
            "Helicone's requests",
            "Helicone/helicone, examples/export/typescript, HeliconeRequest; 2026-11-29",
            {
                "prompt_tokens": "-",
                "prompt_cache_read_tokens": "-",
                "prompt_cache_write_tokens": "-",
                "prompt_audio_tokens": "-",
                "completion_tokens": "-",
                "completion_audio_tokens": "-",
                "reasoning_tokens": "-",
                "total_tokens": "-",
                "cost_usd": "$",
                "cost": "-",  # its unit differs by version
            },
            need=("prompt_tokens", "completion_tokens", "request_created_at"),
            whole_floats=True,
        ),
        ids=("request_id", "response_id"),
        times=("request_created_at",),
        models=("response_model", "request_model", "model"),
        users=("request_user_id",),
        own="response_body",
        alone="no source says whether Helicone's prompt_tokens contain those that were cached, and "
        "its CSV leaves these out: export JSONL with --include-body, which has the responses",
    ),
    Export(
        Dialect(
            "Langfuse's generations (2024)",
            "langfuse/langfuse before its batch export, transformStreamToCsv; 2026-11-29",
            {
                "prompt_tokens": "input_tokens",
                "completion_tokens": "output_tokens",
                "total_tokens": "=",
                "total_cost": "$",
                "input_cost": "$part",
                "output_cost": "$part",
                "latency_per_token": "-",
                "time_to_first_token": "-",
            },
            need=("prompt_tokens", "completion_tokens", "trace_name"),
            whole_floats=True,
        ),
        ids=("id",),
        runs=("trace_id",),
        estimated=True,  # no column says what was cached
    ),
)
"""The tables that are known by their columns."""

RECORDS = (
    ("usage_details",),  # Langfuse's observations: worker/src/features/batchExport
    ("run_type", "dotted_order"),  # LangSmith's runs, as pandas writes those of Client.list_runs
)
"""Columns of tables whose rows are records, with JSON or Python's literals in their cells."""


ELSEWHERE = (
    (
        ("accumulated_total_tokens", "message_count"),
        "this is a session of Goose's in its older form, which names no model: Goose has copied it "
        "into its sessions.db, so read that",
    ),
    (
        ("tokens_in", "tokens_out", "total_cost", "task"),
        "this is a list of tasks of Cline's or Roo's, and each is a sum without its requests: read "
        "the tasks' folders",
    ),
)
"""Fields of records whose counts stand better in another file, and where (Goose's
session/legacy.rs, Cline's and Roo's HistoryItem; 2026-11-29)."""

_BILLS = {
    "meter_category": "Azure's",
    "line_item_usage_type": "AWS'",
    "sku_description": "Google's",
    "applied_cost_per_quantity": "GitHub's",
    "billed_cost": "a FOCUS",
}
"""Bills of clouds by a column that they have (their documentation, general record [S])."""


def of_a_bill(columns: Iterable[str]) -> str:
    """What to do with a table that is a cloud's bill; "" for any other."""
    whose = next((whose for name, whose in _BILLS.items() if name in set(columns)), "")
    if not whose:
        return ""
    return (
        f". This is {whose} bill, which has meters and no requests: hold its sum against the calls "
        "with reconcile_invoice, and read those from logs"
    )


_ABOUT = ("time", "model", "id", "user", "project", "run", "feature")
_SERVED = ("tier", "region", "audio_seconds", "fees")


def export_by_map(columns: Mapping[str, str], exclusive: bool) -> Export:
    """An `Export` of one's own: fields of Usage, and `time`, `model`, ..., to column titles.

    What is charged by the call stands in a column each, `"fee:file_search": "File searches"`, or
    all of it in one, `fees`, as a ledger writes it ("code_session=1 file_search=2"). Raises
    ValueError for a field that is none, for two fields of one column, and without time, model and
    input_tokens.
    """
    from costlib.own_data.files import plain_name
    from costlib.usage.record import COUNTS

    fees = [name for name in columns if name.startswith("fee:")]
    fields = (*COUNTS, *_SERVED, *fees)
    wrong = [name for name in columns if name not in (*fields, "cost", *_ABOUT)]
    if wrong:
        raise ValueError(
            f"columns has {wrong[0]!r}, which is no field: give fields of Usage, "
            f"{', '.join((*_ABOUT, 'cost'))}, and for what is charged by the call "
            "'fee:file_search' or the like"
        )
    missing = [name for name in ("time", "model", "input_tokens") if name not in columns]
    if missing:
        raise ValueError(f"columns lacks {missing[0]!r}: every row needs it")
    _check_fees(fees, columns, (*COUNTS, *_SERVED, "cost"))
    named = {name: plain_name(column) for name, column in columns.items()}
    rows: dict[str, str] = {}
    for name in (*fields, "cost"):
        if name not in named:
            continue
        if named[name] in rows:
            other = next(each for each in columns if named[each] == named[name])
            raise ValueError(
                f"columns gives {columns[name]!r} to {other!r} and to {name!r}: a column is one "
                "of them"
            )
        rows[named[name]] = "$" if name == "cost" else name
    rows.setdefault("total_tokens", "=")  # which the others add up to, if there is such a column
    writes = {name for name in columns if name.startswith("cache_write_")}
    dialect = Dialect(
        "a table by its column map", "the caller", rows, need=(named["input_tokens"],),
        beside=frozenset({"cached_input_tokens", *writes}) if exclusive else frozenset(),
        whole_floats=True,
    )  # fmt: skip

    def place(name: str) -> tuple[str, ...]:
        return (named[name],) if name in named else ()

    return Export(
        dialect, place("id"), place("time"), place("model"), place("user"), place("project"),
        place("run"), place("feature"), operation=REPORT if "requests" in columns else "",
    )  # fmt: skip


def _check_fees(fees: list[str], columns: Mapping[str, str], fields: tuple[str, ...]) -> None:
    """Refuses a fee without a name, one that there is a field for, and fees said in two ways."""
    for name in fees:
        fee = name.removeprefix("fee:")
        field = _FIELD_OF.get(fee, fee)
        if field in fields:
            raise ValueError(f"columns has {name!r}, which is no fee but a field: give {field!r}")
        if not fee or set(fee) & set(" ="):
            raise ValueError(
                f"columns has {name!r}: give a fee's name, such as {', '.join(sorted(FEES))}"
            )
    if fees and "fees" in columns:
        raise ValueError(
            f"columns has 'fees' and {fees[0]!r}: fees stand in one column, or each in its own"
        )
