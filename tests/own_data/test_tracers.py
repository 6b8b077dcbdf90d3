"""Exports of Langfuse, LangSmith, Portkey and Helicone: what stands in their cells."""

from __future__ import annotations

import csv
import io
import json
from decimal import Decimal
from typing import Any

import pytest

from costlib.own_data.calls import read_calls, read_charges
from costlib.usage.read import read_usage
from costlib.usage.record import Usage


def table(rows: list[dict[str, Any]], delimiter: str = ",") -> str:
    """As the exports write it: JSON in cells, nothing where there is nothing."""
    text = io.StringIO()
    columns = list(dict.fromkeys(name for row in rows for name in row))
    writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


OBSERVATION = {
    "id": "o1", "traceId": "t", "parentObservationId": "o0", "type": "GENERATION",
    "startTime": "2026-11-02T09:00:00.000Z", "endTime": "2026-11-02T09:00:03.000Z",
    "createdAt": "2026-11-02T09:00:05.000Z", "model": "claude-sonnet-4-5-20250929",
    "modelParameters": {"max_tokens": 100}, "input": [{"role": "user", "content": "secret; words"}],
    "usageDetails": {"input": 10, "output": 7, "input_cached_tokens": 1000,
                     "input_cache_creation": 500, "total": 1517},
    "costDetails": {"input": 0.00003, "total": 0.0025}, "inputCost": 0.00003, "totalCost": 0.0025,
    "inputUsage": 1510, "outputUsage": 7, "totalUsage": 1517, "latency": 3, "promptVersion": 2,
    "inputPrice": 0.000003, "userId": "ann",
}  # fmt: skip
AGENT = {"id": "o0", "traceId": "t", "type": "AGENT", "usageDetails": {}, "inputUsage": 0}


@pytest.mark.parametrize("form", ["csv", "excel", "json"])
def test_langfuses_export_has_buckets_that_exclude_each_other(tmp_path, form):
    rows = [OBSERVATION, AGENT]
    path = tmp_path / "export"
    if form == "json":
        path.write_text(json.dumps(rows))
    else:
        cells = [
            {k: json.dumps(v) if isinstance(v, dict | list) else v for k, v in row.items()}
            for row in rows
        ]
        encoding = "utf-16" if form == "excel" else "utf-8"
        path.write_text(table(cells, ";" if form == "excel" else ","), encoding=encoding)
    with pytest.warns(UserWarning, match=r"left out: 1 span \(no tokens\)"):
        (call,) = read_calls(path)
    usage = Usage(1510, 7, cached_input_tokens=1000, cache_write_5m_tokens=500)
    assert call.usage == usage and call.user == "ann" and "secret" not in repr(call)
    with pytest.warns(UserWarning):
        assert read_charges(path)["amount_usd"].tolist() == [Decimal("0.0025")]


@pytest.mark.parametrize(
    ("details", "whole"),
    [
        ({"input": 1647, "cache_read_input_tokens": 115584, "total": 117456}, 117231),
        ({"input": 1647, "cache_read_input_tokens": 115584, "total": 1872}, 117231),
        # langfuse/codex-observability-plugin#22: the cached tokens stand in the input too
        ({"input": 117231, "cache_read_input_tokens": 115584, "total": 117456}, None),
        ({"input": 117231, "input_cache_creation_1h": 500, "total": 117456}, None),
        ({"input": 1647, "output_reasoning_tokens": 100, "total": 1872}, None),
        ({"input": 1647, "output_reasoning_tokens": 100, "total": 1972}, 1647),
    ],
)
def test_a_total_of_langfuses_shows_whether_its_buckets_exclude_each_other(details, whole):
    body = {"model": "gpt-5.1-codex", "usageDetails": {"output": 225, **details}}
    if whole is None:
        with pytest.raises(ValueError, match="is the input and the output alone"):
            read_usage(body)
    else:
        assert read_usage(body).input_tokens == whole


RUN = {
    "id": "b", "name": "ChatOpenAI", "run_type": "llm", "start_time": "2026-11-02 09:00:00",
    "extra": {"metadata": {"ls_model_name": "gpt-4.1", "ls_provider": "openai"}},
    "prompt_tokens": 1500.0, "completion_tokens": 40.0, "total_tokens": 1540.0,
    "prompt_token_details": {"cache_read": 1000}, "total_cost": 0.0023, "prompt_cost": 0.002,
    "session_id": "project", "trace_id": "a", "dotted_order": "20261102T0900a.b",
    "parent_run_id": "a",
}  # fmt: skip
CHAIN = {**RUN, "id": "a", "name": "Chain", "run_type": "chain", "parent_run_id": ""}


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_chain_in_langsmith_is_no_second_call(tmp_path, form):
    path = tmp_path / "runs"
    if form == "csv":
        path.write_text(table([CHAIN, RUN]))  # str() of a dict, as pandas writes one
    else:
        counts = {name: int(RUN[name]) for name in RUN if str(name).endswith("_tokens")}
        path.write_text(json.dumps([{**CHAIN, **counts}, {**RUN, **counts}]))
    with pytest.warns(UserWarning, match=r"left out: 1 span \(others count the same\)"):
        (call,) = read_calls(path)
    assert call.usage == Usage(1500, 40, cached_input_tokens=1000)
    assert (call.model, call.provider, call.run) == ("gpt-4.1", "openai", "a")


def test_a_request_of_portkeys_without_its_response_is_an_estimate(tmp_path):
    row = {
        "id": "p1", "created_at": "2026-11-02T09:00:00Z", "ai_model": "gpt-4.1", "cost": 0.2,
        "req_units": 1500, "res_units": 40, "total_units": 1540, "request": "{}",
    }  # fmt: skip
    path = tmp_path / "export.csv"
    path.write_text(table([row]))
    (call,) = read_calls(path)
    assert call.estimated and call.usage == Usage(1500, 40)
    answer = {"usage": {"input_tokens": 500, "output_tokens": 40, "cache_read_input_tokens": 1000}}
    path.write_text(table([{**row, "response": json.dumps(answer)}]))
    (call,) = read_calls(path)
    assert not call.estimated and call.usage == Usage(1500, 40, cached_input_tokens=1000)


def test_helicones_table_says_what_it_lacks(tmp_path):
    path = tmp_path / "output.csv"
    row = {
        "response_id": "r1", "request_created_at": "2026-11-02T09:00:00Z", "request_body": "{}",
        "model": "claude-sonnet-4-5", "prompt_tokens": 10, "completion_tokens": 7, "cost": "",
    }  # fmt: skip
    path.write_text(table([row]))
    with pytest.raises(ValueError, match=r"no source says whether .* with --include-body"):
        read_calls(path)


def test_a_cell_may_hold_a_whole_prompt(tmp_path):
    path = tmp_path / "export.csv"
    cells = {**OBSERVATION, "input": "x" * 300_000, "modelParameters": ""}
    cells |= {name: json.dumps(OBSERVATION[name]) for name in ("usageDetails", "costDetails")}
    path.write_text(table([cells]))
    assert read_calls(path)[0].usage.output_tokens == 7
