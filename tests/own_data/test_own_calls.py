"""Any file with one's own usage as calls: exports of tools, tables by a map, records of JSON."""

from __future__ import annotations

import json
import warnings
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib import own_data
from costlib.own_data.calls import read_calls, read_charges
from costlib.own_data.imports import import_calls
from costlib.own_data.known import EXPORTS
from costlib.pricing.cost import cost_of
from costlib.tracking.calls import REPORT, price
from costlib.tracking.ledger import Ledger
from costlib.usage.record import Usage

DAY = datetime(2026, 11, 2, tzinfo=UTC)
USAGE_OBJECT = {
    "prompt_tokens": 1500, "completion_tokens": 40, "total_tokens": 1540,
    "prompt_tokens_details": {"cached_tokens": 1000, "cache_creation_tokens": 400},
    "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 400,
}  # fmt: skip
QUOTED = json.dumps({"usage_object": USAGE_OBJECT, "user_api_key_alias": "a"}).replace('"', '""')

FILES = {
    "OpenRouter's activity (CSV)": (
        "generation_id,created_at,cost_total,cost_web_search,tokens_prompt,tokens_completion,"
        "tokens_reasoning,tokens_cached,model_permaslug,provider_name,cancelled,user\n"
        "gen-1,2026-11-02 09:00:00,0.0042,0,500,40,12,128,openai/gpt-4o,OpenAI,false,ann\n",
        Usage(500, 40, cached_input_tokens=128, reasoning_tokens=12),
        "openai", "0.0042",
    ),
    "OpenRouter's activity (API)": (
        json.dumps({"data": [{
            "date": "2026-11-02", "model": "anthropic/claude-sonnet-4.6", "endpoint_id": "e",
            "provider_name": "Anthropic", "usage": 0.5, "byok_usage_inference": 0, "requests": 3,
            "prompt_tokens": 900, "completion_tokens": 60, "reasoning_tokens": 0}]}),
        Usage(900, 60, requests=3), "anthropic", "0.5",
    ),
    "LiteLLM's spend logs": (
        "request_id,call_type,spend,total_tokens,prompt_tokens,completion_tokens,startTime,endTime,"
        "model,custom_llm_provider,user,team_id,cache_hit,metadata\n"
        "r1,acompletion,0.002,1540,1500,40,2026-11-02 09:00:00,2026-11-02 09:00:03,"
        f'claude-sonnet-4-6,anthropic,ann,shop,False,"{QUOTED}"\n'
        "r2,acompletion,0,1540,1500,40,2026-11-02 09:00:09,2026-11-02 09:00:09,"
        "claude-sonnet-4-6,anthropic,ann,shop,True,{}\n",
        Usage(1500, 40, cached_input_tokens=1000, cache_write_5m_tokens=400),
        "anthropic", "0.002",
    ),
    "LiteLLM's daily spend": (
        json.dumps([{
            "date": "2026-11-02", "user_id": "ann", "api_key": "hash", "model": "claude-opus-4-6",
            "custom_llm_provider": "anthropic", "prompt_tokens": 1500, "completion_tokens": 40,
            "cache_read_input_tokens": 1000, "cache_creation_input_tokens": 400, "spend": 0.01,
            "api_requests": 4, "successful_requests": 4, "failed_requests": 0}]),
        Usage(1500, 40, cached_input_tokens=1000, cache_write_5m_tokens=400, requests=4),
        "anthropic", "0.01",
    ),
    "Cursor's usage": (
        "Date,Kind,Model,Max Mode,Input (w/ Cache Write),Input (w/o Cache Write),Cache Read,"
        "Output Tokens,Total Tokens,Cost\n"
        '2026-11-02T09:00:00.000Z,On-Demand,claude-4.5-sonnet-thinking,No,"1,400","1,020",900,57,'
        '"3,377",$0.12\n',
        Usage(3320, 57, cached_input_tokens=900, cache_write_5m_tokens=1400), "anthropic", "0.12",
    ),
    "LiteLLM's usage, by day and model": (
        "Date,Team,Team ID,Model,Spend ($),Requests,Successful,Failed,Total Tokens,Prompt Tokens,"
        "Completion Tokens,Cache Read Input Tokens,Cache Creation Input Tokens\n"
        '2026-11-02,shop,t1,claude-haiku-4-5,"1,000.0123",4,4,0,1540,1500,40,1000,400\n',
        Usage(1500, 40, cached_input_tokens=1000, cache_write_5m_tokens=400, requests=4),
        "anthropic", "1000.0123",
    ),
    "Portkey's logs": (
        json.dumps({
            "id": "p1", "trace_id": "t1", "created_at": "2026-11-02T09:00:00.000Z",
            "request": {"model": "gpt-4o"}, "is_success": True, "ai_org": "openai",
            "response": {"id": "c1", "model": "gpt-4o", "usage": {
                "prompt_tokens": 1500, "completion_tokens": 40, "total_tokens": 1540,
                "prompt_tokens_details": {"cached_tokens": 1000}}},
            "ai_model": "gpt-4o", "req_units": 1500, "res_units": 40, "total_units": 1540,
            "cost": 0.18, "cost_currency": "USD", "mode": "single", "metadata": {}}),
        Usage(1500, 40, cached_input_tokens=1000), "openai", None,
    ),
    "Helicone's requests": (
        json.dumps({
            "response_id": "r1", "request_id": "q1", "request_created_at": "2026-11-02T09:00:00Z",
            "response_created_at": "2026-11-02T09:00:01Z", "request_user_id": "ann",
            "model": "claude-sonnet-4-6", "provider": "ANTHROPIC", "costUSD": 0.0025,
            "prompt_tokens": 10, "prompt_cache_read_tokens": 1000, "completion_tokens": 7,
            "prompt_cache_write_tokens": 500, "total_tokens": 17, "delay_ms": 900,
            "response_body": {"model": "claude-sonnet-4-6", "usage": {
                "input_tokens": 10, "cache_read_input_tokens": 1000, "output_tokens": 7,
                "cache_creation_input_tokens": 500,
                "cache_creation": {"ephemeral_1h_input_tokens": 500}}}}),
        Usage(1510, 7, cached_input_tokens=1000, cache_write_1h_tokens=500), "anthropic", "0.0025",
    ),
    "Langfuse's generations (2024)": (
        "id,name,traceId,traceName,startTime,endTime,timeToFirstToken,latency,latencyPerToken,"
        "inputCost,outputCost,totalCost,level,model,promptTokens,completionTokens,totalTokens\n"
        "o1,chat,t1,bot,2026-11-02T09:00:00.000Z,2026-11-02T09:00:01.000Z,0.4,1,0.002,"
        "$0.00375,$0.0004,$0.00415,DEFAULT,gpt-4o,1500,40,1540\n",
        Usage(1500, 40), "openai", "0.00415",
    ),
}  # fmt: skip


def written(tmp_path, text, name="export.csv"):
    path = tmp_path / name
    path.write_text(text)
    return path


@pytest.mark.parametrize("name", [export.dialect.name for export in EXPORTS])
def test_every_export_that_is_known(tmp_path, name):
    text, usage, provider, reported = FILES[name]
    path = written(tmp_path, text)
    (call,) = read_calls(path)
    assert call.usage == usage and call.provider == provider
    assert call.time.date() == DAY.date() and price(call)[0]
    assert (call.operation == REPORT) == (usage.requests > 1)
    charges = read_charges(path)
    assert charges["amount_usd"].tolist() == ([Decimal(reported)] if reported else [])
    ledger = Ledger()
    assert import_calls(ledger, read_calls(path)).new == 1
    assert import_calls(ledger, read_calls(path)).new == 0 and len(ledger.frame()) == 1


@pytest.mark.parametrize("name", ["OpenRouter's activity (CSV)", "OpenRouter's activity (API)"])
def test_a_key_of_ones_own_is_charged_besides(tmp_path, name):
    text = FILES[name][0].replace('"byok_usage_inference": 0', '"byok_usage_inference": 0.012')
    text = text.replace(",cancelled,", ",byok_usage_inference,").replace(",false,", ",0.012,")
    (charged,) = read_charges(written(tmp_path, text))["amount_usd"]
    assert charged == Decimal(FILES[name][3]) + Decimal("0.012")


def test_what_a_gateway_answered_from_its_own_cache_is_left_out_and_said(tmp_path):
    with pytest.warns(UserWarning, match="1 row with cache_hit left out"):
        assert len(read_calls(written(tmp_path, FILES["LiteLLM's spend logs"][0]))) == 1


def test_cursors_total_proves_what_its_columns_mean(tmp_path):
    text = FILES["Cursor's usage"][0].replace('"3,377"', '"2,357"')
    with pytest.raises(ValueError, match="total_tokens=2357 is not input 3320"):
        read_calls(written(tmp_path, text))


def test_counts_without_the_vendors_word_are_estimates(tmp_path):
    assert read_calls(written(tmp_path, FILES["OpenRouter's activity (CSV)"][0]))[0].estimated
    assert not read_calls(written(tmp_path, FILES["LiteLLM's spend logs"][0]))[0].estimated
    text = FILES["LiteLLM's spend logs"][0].replace("usage_object", "other")
    (call,) = read_calls(written(tmp_path, text))
    assert call.estimated and call.usage == Usage(1500, 40)


# --- A map of columns -------------------------------------------------------------------------

TABLE = "When;Which;Prompt;Cached;Completion;Spent;Who\n02.11.2026;gpt-4o;1.234;1.024;7;0,5;ann\n"
MAP = {"time": "When", "model": "Which", "input_tokens": "Prompt", "output_tokens": "Completion",
       "cached_input_tokens": "Cached", "cost": "Spent", "user": "Who"}  # fmt: skip


def test_any_table_by_a_map_of_its_columns(tmp_path):
    path = written(tmp_path, TABLE)
    (call,) = read_calls(path, columns=MAP)
    assert call.usage == Usage(1234, 7, cached_input_tokens=1024)
    assert call.user == "ann" and call.time == DAY and call.provider == "openai"
    (call,) = read_calls(path, columns=MAP, exclusive=True)
    assert call.usage == Usage(2258, 7, cached_input_tokens=1024)
    assert read_charges(path, columns=MAP)["amount_usd"].tolist() == [Decimal("0.5")]


def test_the_numbers_of_rows_begin_anew_in_the_next_months_file(tmp_path):
    columns = {"time": "When", "model": "Which", "input_tokens": "In", "output_tokens": "Out",
               "id": "No"}  # fmt: skip
    ledger = Ledger()
    for month in (9, 10):
        rows = "".join(f"{n},2026-{month:02}-0{n},gpt-4o,{month},1\n" for n in (1, 2))
        path = written(tmp_path, "No,When,Which,In,Out\n" + rows)
        assert import_calls(ledger, read_calls(path, columns=columns)).new == 2
        assert import_calls(ledger, read_calls(path, columns=columns)).new == 0
        usage = {"prompt_tokens": month, "completion_tokens": 1}
        records = [
            {"id": n, "created": f"2026-{month:02}-1{n}", "model": "gpt-4o", "usage": usage}
            for n in (1, 2)
        ]
        assert import_calls(ledger, read_calls(written(tmp_path, json.dumps(records)))).new == 2
    assert ledger.frame()["input_tokens"].sum() == 4 * 9 + 4 * 10


def test_a_table_says_which_feature_spent(tmp_path):
    path = written(tmp_path, TABLE.replace("Who", "feature").replace("ann", "answers"))
    columns = {field: title for field, title in MAP.items() if field != "user"}
    (call,) = read_calls(path, columns={**columns, "feature": "feature"})
    assert (call.feature, call.user) == ("answers", "")


@pytest.mark.parametrize("cell", ["", "-", "n/a"])
def test_an_empty_cell_is_no_zero_but_of_a_vector(tmp_path, cell):
    """Of a table by a map; known exports have their own needs."""
    path = written(tmp_path, TABLE.replace(";7;", f";{cell};"))
    with pytest.raises(ValueError, match="line 2: completion is empty, and absent is not zero: 'g"):
        read_calls(path, columns=MAP)
    vectors = TABLE.replace(";7;", f";{cell};").replace("gpt-4o", "text-embedding-3-small")
    (call,) = read_calls(written(tmp_path, vectors.replace("1.024", "")), columns=MAP)
    assert call.usage == Usage(1234)
    (call,) = read_calls(written(tmp_path, TABLE.replace(";7;", ";0;")), columns=MAP)
    assert call.usage == Usage(1234, 0, cached_input_tokens=1024)


def test_a_map_without_output_says_that_it_is_in_no_sum(tmp_path):
    three = {name: MAP[name] for name in ("time", "model", "input_tokens")}
    some = {"columns": three, "ignore": ("Cached", "Completion")}
    with pytest.warns(UserWarning, match="no column is output_tokens, so what 'gpt-4o' wrote is"):
        read_calls(written(tmp_path, TABLE), **some)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_calls(written(tmp_path, TABLE.replace("gpt-4o", "text-embedding-3-small")), **some)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({**MAP, "cached": "Cached"}, "columns has 'cached', which is no field"),
        ({"time": "When", "model": "Which"}, "columns lacks 'input_tokens'"),
        ({**MAP, "project": "Team"}, "no column 'Team': it has When, Which"),
        ({k: v for k, v in MAP.items() if k != "cached_input_tokens"}, "cached=1024 counts some"),
    ],
)
def test_a_map_that_does_not_fit(tmp_path, columns, message):
    with pytest.raises(ValueError, match=message):
        read_calls(written(tmp_path, TABLE), columns=columns)


def test_records_of_json_are_read_by_a_map_of_their_paths(tmp_path):
    records = [
        {"at": "2026-11-02", "call": {"of": "gpt-4o", "in": {"all": 1234, "old": 1024}, "out": 7},
         "usd": 0.5, "who": "ann", "tags": ["a"], "texts": [{"role": "user"}], "retried": False},
        {"at": "2026-11-02", "call": {"of": "gpt-4o", "in": {"all": 9}, "out": 8}, "who": None},
    ]  # fmt: skip
    columns = {
        "time": "at",
        "model": "call.of",
        "input_tokens": "call.in.all",
        "cost": "usd",
        "output_tokens": "call.out",
        "cached_input_tokens": "call.in.old",
        "user": "who",
    }
    for text in (json.dumps(records), "\n".join(map(json.dumps, records))):
        path = written(tmp_path, text, "own.jsonl")
        first, second = read_calls(path, columns=columns)
        assert first.usage == Usage(1234, 7, cached_input_tokens=1024) and first.user == "ann"
        assert second.usage == Usage(9, 8) and second.user == "" and second.time == DAY
        assert read_charges(path, columns=columns)["amount_usd"].tolist() == [Decimal("0.5")]
    with pytest.raises(ValueError, match=r"no column 'out': it has at, call\.of, call\.in\.all"):
        read_calls(path, columns={**columns, "output_tokens": "out"})
    records[1]["call"]["out"] = 1.234  # no thousands: a number of JSON has a point
    with pytest.raises(ValueError, match=r"record 2: .*1\.234.* is a whole number"):
        read_calls(written(tmp_path, json.dumps(records), "own.json"), columns=columns)
    records[1]["call"]["out"] = "eight"
    with pytest.raises(ValueError, match="record 2: call_out='eight' is no number"):
        read_calls(written(tmp_path, json.dumps(records), "own.json"), columns=columns)


def test_a_total_is_checked_and_needs_no_place_in_a_map(tmp_path):
    """And says so where a column was forgotten."""
    text = "When,Which,In,Out,Total Tokens\n2026-11-02,gpt-4o,130,30,{}\n"
    both = {"time": "When", "model": "Which", "input_tokens": "In", "output_tokens": "Out"}
    (call,) = read_calls(written(tmp_path, text.format(160)), columns=both)
    assert call.usage == Usage(130, 30)
    of_total = {**both, "input_tokens": "Total Tokens"}
    (call,) = read_calls(written(tmp_path, text.format(130)), columns=of_total, ignore=("In",))
    assert call.usage == Usage(130, 30)
    with pytest.raises(ValueError, match="total_tokens=161 is not input 130"):
        read_calls(written(tmp_path, text.format(161)), columns=both)
    with pytest.raises(ValueError, match=r"total_tokens=160 is not input 130 \+ output 0"):
        read_calls(
            written(tmp_path, text.format(160)),
            columns={name: both[name] for name in ("time", "model", "input_tokens")},
            ignore=("Out",),
        )


@pytest.mark.parametrize(
    ("model", "provider", "factor"),
    [
        ("anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "1"),
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "1.1"),
        ("arn:aws:bedrock:us-east-1:1:inference-profile/eu.anthropic.claude-sonnet-4-5-20250929-v1:0",
         "anthropic", "1.1"),
        ("global.anthropic.claude-sonnet-4-5-20250929-v1:0", "anthropic", "1"),
        ("azure/eu/gpt-5.5", "openai", "1.1"),
        ("meta.llama3-70b-instruct-v1:0", "other", None),
    ],
)  # fmt: skip
def test_a_name_that_says_where_it_runs_has_its_price(tmp_path, model, provider, factor):
    columns = {"time": "When", "model": "Which", "input_tokens": "In", "output_tokens": "Out"}
    text = f"When,Which,In,Out\n2026-11-02,{model},1000,100\n"
    (call,) = read_calls(written(tmp_path, text), columns=columns)
    assert call.provider == provider
    # 3 USD and 15 a million; gpt-5.5 5 and 30
    listed = {"anthropic": 4_500_000_000, "openai": 8_000_000_000}.get(provider)
    assert price(call)[0] == (factor and listed * Decimal(factor))


def test_logs_of_the_clouds_are_priced_where_the_model_ran(tmp_path):
    bedrock = {
        "schemaType": "ModelInvocationLog", "timestamp": "2026-11-02T10:00:00Z", "requestId": "r",
        "region": "us-east-1", "operation": "InvokeModel",
        "modelId": "arn:aws:bedrock:us-east-1:1:inference-profile/"
                   "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "input": {"inputTokenCount": 30, "cacheReadInputTokenCount": 100},
        "output": {"outputTokenCount": 20},
    }  # fmt: skip
    (call,) = read_calls(written(tmp_path, json.dumps(bedrock), "log.json"))
    assert call.usage == Usage(130, 20, cached_input_tokens=100)
    # (30 x 3 + 100 x 0.3 + 20 x 15) x 1.1 a million
    assert price(call)[0] == 462_000_000
    vertex = {
        "logging_time": "2026-11-02T10:00:00Z",
        "model": "publishers/google/models/gemini-2.5-flash",
        "full_response": {"usageMetadata": {"promptTokenCount": 1000, "candidatesTokenCount": 100,
                                            "totalTokenCount": 1100}},
    }  # fmt: skip
    (call,) = read_calls(written(tmp_path, json.dumps(vertex), "log.json"))
    assert call.usage == Usage(1000, 100) and call.provider == "google"
    assert price(call)[0] == 550_000_000  # 0.30 and 2.50 a million


def test_a_column_may_be_ignored_by_its_title(tmp_path):
    columns = {name: column for name, column in MAP.items() if name != "cached_input_tokens"}
    (call,) = read_calls(written(tmp_path, TABLE), columns=columns, ignore=("Cached",))
    assert call.usage == Usage(1234, 7)


def test_a_row_of_one_request_shows_its_length_and_a_sum_hides_it(tmp_path):
    columns = {"time": "When", "model": "Which", "input_tokens": "Prompt", "requests": "N"}
    rows = "2026-11-02,gemini-2.5-pro,{},{}\n"
    counts = ((200_000, 1), (200_001, 1), (200_001, 3), (200_000, 3), (200_001, ""))
    text = "When,Which,Prompt,N\n" + "".join(rows.format(*each) for each in counts)
    calls = read_calls(written(tmp_path, text), columns=columns)
    # 1.25 USD a million tokens, and 2.50 for a request of over 200,000.
    costs = [price(call)[0] for call in calls]
    short, long, hidden = 250_000 * 10**6, 500_002_500_000, 250_001_250_000
    assert costs == [short, long, hidden, short, hidden]
    assert [call.estimated for call in calls] == [False, False, True, False, True]
    assert len({call.call_id for call in calls}) == 5


SERVED = (
    "When,Which,Prompt,Completion,Mode,Where,Seconds\n"
    "2026-11-02,gpt-5.5,1000,7,Batch,eu,\n2026-11-02,gpt-5.5,1000,7,default,,\n"
    "2026-11-02,whisper-1,0,0,,,1.5\n"
)


def test_a_map_may_name_what_decides_the_price(tmp_path):
    columns = {name: MAP[name] for name in ("time", "model", "input_tokens", "output_tokens")}
    columns |= {"tier": "Mode", "region": "Where", "audio_seconds": "Seconds"}
    batch, plain, heard = read_calls(written(tmp_path, SERVED), columns=columns)
    assert batch.usage == Usage(1000, 7, tier="batch", region="eu")
    assert plain.usage == Usage(1000, 7, tier="standard")
    assert heard.usage == Usage(audio_seconds=Decimal("1.5"))
    ledger = Ledger()
    import_calls(ledger, [batch, plain, heard])
    # 5 in, 30 out; half of it, and a tenth more; 0.006 USD a minute.
    told = ledger.frame().set_index("tier")["cost_pusd"]
    assert sorted(told) == [150_000_000, 2_865_500_000, 5_210_000_000]


def test_titles_may_be_in_any_alphabet_and_an_index_has_none(tmp_path):
    text = ",日時,モデル,入力トークン,出力トークン,Größe\n0,2026-11-02,gpt-4o,9,7,3\n"
    columns = {"time": "日時", "model": "モデル", "input_tokens": "入力トークン",
               "output_tokens": "出力トークン"}  # fmt: skip
    (call,) = read_calls(written(tmp_path, text), columns=columns)
    assert call.usage == Usage(9, 7) and call.model == "gpt-4o" and call.time == DAY


FEES = (
    "When,Which,Prompt,File searches,Containers,fees\n"
    "2026-11-02,gpt-5.5,1000,2,1,code_session=1 file_search=2\n2026-11-02,gpt-5.5,1000,,-,\n"
)
THREE = {"time": "When", "model": "Which", "input_tokens": "Prompt"}


@pytest.mark.parametrize(
    ("fees", "ignore"),
    [
        ({"fee:file_search": "File searches", "fee:code_session": "Containers"}, ("fees",)),
        ({"fees": "fees"}, ("File searches", "Containers")),
    ],
)
def test_a_map_may_name_what_is_charged_by_the_call(tmp_path, fees, ignore):
    charged, plain = read_calls(written(tmp_path, FEES), columns={**THREE, **fees}, ignore=ignore)
    assert charged.usage == Usage(1000, fees=(("file_search", 2), ("code_session", 1)))
    assert plain.usage == Usage(1000)
    # 5 USD a million tokens; 2.50 USD for 1,000 searches of files and 0.03 for a container
    assert price(charged)[0] == 5_000_000_000 + 2 * 2_500_000_000 + 30_000_000_000
    ledger = Ledger()
    import_calls(ledger, [charged])
    ledger.frame()[["time", "model", "input_tokens", "fees"]].to_csv(tmp_path / "ledger.csv")
    own = {name: name for name in ("time", "model", "input_tokens", "fees")}
    (again,) = read_calls(tmp_path / "ledger.csv", columns=own)
    assert again.usage == charged.usage


@pytest.mark.parametrize(
    ("fees", "message"),
    [
        ({"fee:": "Containers"}, "columns has 'fee:': give a fee's name, such as .*file_search"),
        ({"fee:file search": "Containers"}, "columns has 'fee:file search': give a fee's name"),
        ({"file_search": "Containers"}, "'file_search', which is no field.*'fee:file_search'"),
        ({"fee:web_search": "Containers"}, "no fee but a field: give 'web_searches'"),
        ({"fee:requests": "Containers"}, "no fee but a field: give 'requests'"),
        ({"fees": "fees", "fee:x_search": "Containers"}, "fees stand in one column, or each in"),
        ({"fee:x_search": "Prompt"}, "gives 'Prompt' to 'input_tokens' and to 'fee:x_search'"),
        ({"output_tokens": "Prompt"}, "gives 'Prompt' to 'input_tokens' and to 'output_tokens'"),
    ],
)
def test_what_a_map_cannot_say_of_fees(tmp_path, fees, message):
    with pytest.raises(ValueError, match=message):
        read_calls(written(tmp_path, FEES), columns={**THREE, **fees})


@pytest.mark.parametrize(
    ("title", "cell", "fee", "message"),
    [
        ("Containers", "0.05", "fee:code_session", "a number of calls.* not as an amount of money"),
        ("Containers", "-1", "fee:code_session", "containers=-1: a fee is given as a number of c"),
        ("Containers", "two", "fee:code_session", "line 2: containers='two' is no number"),
        ("fees", "0.05", "fees", "fees='0.05': write a name and a count"),
        ("fees", "file_search", "fees", "fees='file_search': write a name and a count"),
        ("fees", "file_search=2", "", "fees='file_search=2' changes the price, and would not be"),
        ("code_session", "1", "", "code_session=1 counts something.*name the column in columns="),
        ("output_tokens", "many", "output_tokens", "line 2: output_tokens='many' is no number"),
        ("Thinking", "20", "", "thinking=20 counts something.*name the column in columns="),
        ("Writes", "20", "", "writes=20 counts something.*name the column in columns="),
        ("Cost (EUR)", "0.5", "cost", r"title 'Cost \(EUR\)' names another currency, and only US"),
    ],
)
def test_a_fee_that_is_no_count_is_refused_and_none_is_dropped(tmp_path, title, cell, fee, message):
    columns = {**THREE, fee: title} if fee else THREE
    path = written(tmp_path, f"When,Which,Prompt,{title}\n2026-11-02,gpt-5.5,1000,{cell}\n")
    with pytest.raises(ValueError, match=message):
        read_calls(path, columns=columns)


@st.composite
def rows_of_a_table(draw):
    """A model, how it was served, and counts that are possible for it."""
    cached, out = draw(st.integers(0, 90_000)), draw(st.integers(0, 9_000))
    fresh = draw(st.integers(0, 9_000) | st.sampled_from([200_000, 200_001, 272_000, 300_000]))
    model, place = draw(
        st.sampled_from([
            ("gpt-5.5", ""), ("gpt-5.5", "us"), ("claude-opus-5-5", "us"),
            ("gemini-2.5-pro", ""), ("gemini-2.5-pro", "global"),
        ])
    )  # fmt: skip
    tier = draw(st.sampled_from(["", "batch"]))
    usage = Usage(cached + fresh, out, cached, tier=tier or None, region=place or None)
    return model, usage


@settings(max_examples=25)
@given(st.lists(rows_of_a_table(), min_size=1, max_size=6), st.booleans())
def test_a_table_costs_what_its_requests_cost(tmp_path_factory, rows, counted):
    columns = dict.fromkeys(("time", "model", "tier", "region", "id"), "")
    columns |= dict.fromkeys(("input_tokens", "output_tokens", "cached_input_tokens"), "")
    if counted:  # every row says that it is one request
        columns |= {"requests": ""}
    columns = {name: f"its {name}" for name in columns}
    lines = [
        {"time": "2026-11-02T10:00:00Z", "model": model, "id": str(n), "tier": usage.tier or "",
         "region": usage.region or "", "input_tokens": usage.input_tokens, "requests": 1,
         "output_tokens": usage.output_tokens, "cached_input_tokens": usage.cached_input_tokens}
        for n, (model, usage) in enumerate(rows)
    ]  # fmt: skip
    text = [",".join(columns.values()), *(",".join(str(x[c]) for c in columns) for x in lines)]
    path = written(tmp_path_factory.mktemp("table"), "\n".join(text) + "\n")
    costs = [price(call)[0] for call in read_calls(path, columns=columns)]
    assert costs == [int(cost_of(usage, model, at=DAY).total.scaleb(12)) for model, usage in rows]


@pytest.mark.parametrize(
    ("title", "cell", "here"),
    [
        ("service_tier", "flex", "tier"), ("Service Tier", "priority", "tier"),
        ("tier", "Batch", "tier"), ("Is Batch", "true", "tier"), ("speed", "fast", "tier"),
        ("inference_geo", "us", "region"), ("Region", "US", "region"), ("API", "batch", "tier"),
        ("Processing", "flex", "tier"),
    ],
)  # fmt: skip
def test_a_column_that_decides_the_price_is_read_or_refused(tmp_path, title, cell, here):
    columns = {"time": "When", "model": "Which", "input_tokens": "Prompt"}
    path = written(tmp_path, f"When,Which,Prompt,{title}\n2026-11-02,claude-opus-5-5,9,{cell}\n")
    with pytest.raises(ValueError, match=rf"line 2: {title}='{cell}' changes .* '{here}' in col"):
        read_calls(path, columns=columns)
    assert read_calls(path, columns=columns, ignore=(title,))[0].usage == Usage(9)


@pytest.mark.parametrize(
    ("title", "cell"),
    [("service_tier", "default"), ("tier", "gold"), ("batch", "no"), ("speed", "41.5"),
     ("inference_geo", "not_available"), ("batch", ""), ("Region", "eu-west-1"),
     ("region", "north"), ("API", "chat"), ("type", "completion")],
)  # fmt: skip
def test_a_column_that_changes_no_price_is_let_pass(tmp_path, title, cell):
    columns = {"time": "When", "model": "Which", "input_tokens": "Prompt"}
    path = written(tmp_path, f"When,Which,Prompt,{title}\n2026-11-02,claude-opus-5-5,9,{cell}\n")
    assert read_calls(path, columns=columns)[0].usage == Usage(9)


@pytest.mark.parametrize("currency", ["EUR", "usd", ""])
def test_a_column_that_names_the_currency_is_believed(tmp_path, currency):
    text = f"When,Which,Prompt,Spent,Currency\n2026-11-02,gpt-5.5,9,0.5,{currency}\n"
    path, columns = written(tmp_path, text), {**THREE, "cost": "Spent"}
    if currency == "EUR":
        with pytest.raises(ValueError, match="line 2: Currency='EUR', and only US dollars"):
            read_charges(path, columns=columns)
    else:
        assert read_charges(path, columns=columns)["amount_usd"].tolist() == [Decimal("0.5")]
    assert read_calls(path, columns=THREE, ignore=("Spent",))[0].usage == Usage(9)


def test_an_unknown_table_names_its_columns(tmp_path):
    with pytest.raises(ValueError, match=r"columns are day, spent: say with columns="):
        read_calls(written(tmp_path, "day,spent\n2026-11-02,5\n"))


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (";gpt-4o;1.234;0;7;0,5;", r"line 2: the row has no time \(a total"),
        ("02.11.2026;;1.234;0;7;0,5;", "line 2: the row has no model"),
        ("02.11.2026;gpt-4o;;0;7;0,5;", "absent is not zero"),
        ("soon;gpt-4o;1.234;0;7;0,5;", "line 2: 'soon' is no date"),
        ("02.11.2026;gpt-4o;1.234;9.999;7;0,5;", "cannot be read as a table by its column map"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(tmp_path, row, message):
    text = TABLE.partition("\n")[0] + f"\n{row}\n"
    with pytest.raises(ValueError, match=message):
        read_calls(written(tmp_path, text), columns=MAP)


def test_equal_rows_count_once_and_warn(tmp_path):
    text = TABLE + TABLE.splitlines()[1] + "\n"
    with pytest.warns(UserWarning, match="repeats 1 row,"):
        assert len(read_calls(written(tmp_path, text), columns=MAP)) == 1


# --- JSON -------------------------------------------------------------------------------------


def test_records_of_json(tmp_path):
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1793577600,
            "model": "gpt-4o", "choices": [{"message": {"content": "secret words"}}],
            "usage": {"prompt_tokens": 50, "completion_tokens": 7, "total_tokens": 57}}  # fmt: skip
    line = {"id": "b1", "custom_id": "1", "error": None, "response": {"body": body}}
    observation = {"id": "o1", "type": "GENERATION", "startTime": "2026-11-02T09:00:00Z",
                   "model": "gpt-4o", "sessionId": "s", "projectId": "shop", "input": "secret",
                   "usageDetails": {"input": 10, "input_cached_tokens": 40, "output": 7},
                   "costDetails": {"total": 0.25}}  # fmt: skip
    span = {"span_id": "sp1", "start_time_unix_nano": 1793577600000000000, "attributes": {
        "gen_ai.response.model": "gpt-4o", "gen_ai.usage.input_tokens": 50,
        "gen_ai.usage.output_tokens": 7}}  # fmt: skip
    text = "\n".join(json.dumps(each) for each in (line, observation, span))
    path = written(tmp_path, text, "log.jsonl")
    batch, langfuse, otel = read_calls(path)
    assert batch.usage == Usage(50, 7, tier="batch") and otel.usage == Usage(50, 7)
    assert langfuse.usage == Usage(50, 7, cached_input_tokens=40)
    assert (langfuse.run, langfuse.project) == ("s", "shop")
    assert {call.time.date() for call in (batch, langfuse, otel)} == {DAY.date()}
    assert "secret" not in repr(read_calls(path))
    assert read_charges(path)["amount_usd"].tolist() == [Decimal("0.25")]
    page = written(tmp_path, json.dumps({"data": [observation], "meta": {"page": 1}}), "page.json")
    assert read_calls(page) == [langfuse]


def test_a_request_of_a_batch_that_failed_costs_nothing_and_is_said(tmp_path):
    usage = {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24}
    body = {"id": "c", "created": 1793577600, "model": "gpt-4o", "usage": usage}
    error = {"error": {"message": "bad"}}
    lines = [
        {"custom_id": "1", "response": {"status_code": 200, "body": body}, "error": None},
        {"custom_id": "2", "response": {"status_code": 400, "body": error}, "error": None},
        {"custom_id": "3", "response": None, "error": {"code": "batch_expired"}},
        {"custom_id": "4", "result": {"type": "expired"}},
        {"key": "5", **error},
    ]
    path = written(tmp_path, "\n".join(map(json.dumps, lines)), "batch.jsonl")
    with pytest.warns(UserWarning, match="left out: 4 requests of the batch .failed"):
        assert [call.usage for call in read_calls(path)] == [Usage(22, 2, tier="batch")]


def test_observations_that_count_nothing_are_left_out_and_said(tmp_path):
    """As Langfuse exports them, with the usage once more and its costs."""
    counts = {"input": 100, "output": 20, "total": 120}
    asked = {"id": "o1", "traceId": "t", "type": "GENERATION", "startTime": "2026-11-02T09:00:00Z",
             "model": "gpt-4o", "usageDetails": counts, "usage": {**counts, "unit": "TOKENS"},
             "costDetails": {"input": 0.1, "output": 0.15, "total": 0.25}}  # fmt: skip
    ran = {"id": "o2", "traceId": "t", "type": "SPAN", "usageDetails": {}, "costDetails": {}}
    path = written(tmp_path, json.dumps([asked, ran]), "observations.json")
    with pytest.warns(UserWarning, match=r"left out: 1 span \(no tokens\)$"):
        assert [call.usage for call in read_calls(path)] == [Usage(100, 20)]
    with pytest.warns(UserWarning, match=r"left out: 1 span \(no tokens\)$"):
        assert read_charges(path)["amount_usd"].tolist() == [Decimal("0.25")]


RECORD = {"id": "c", "created": 1793577600, "model": "gpt-4o",
          "usage": {"prompt_tokens": 22, "completion_tokens": 2, "total_tokens": 24}}  # fmt: skip
EVENT = {"timestamp": "1793577600000", "userEmail": "ann", "model": "gpt-4o", "requestsCosts": 5,
         "tokenUsage": {"inputTokens": 13, "outputTokens": 2, "cacheReadTokens": 9}}  # fmt: skip


@pytest.mark.parametrize(
    ("pages", "more"),
    [
        ({"object": "list", "data": [RECORD], "has_more": False}, False),
        ({"data": [RECORD], "has_more": True}, True),
        ([{"data": [RECORD], "has_more": True}, {"data": [], "has_more": False}], False),
        ({"data": [RECORD], "meta": {"page": 1, "totalItems": 120, "totalPages": 3}}, True),
        ({"data": [RECORD], "meta": {"page": 3, "totalItems": 120, "totalPages": 3}}, False),
        ({"calls": [RECORD]}, False),
        ({"totalUsageEventsCount": 113, "usageEvents": [EVENT],
          "pagination": {"numPages": 12, "currentPage": 1, "hasNextPage": True}}, True),
    ],
)  # fmt: skip
def test_a_page_of_an_api_is_its_records_and_says_whether_more_follow(tmp_path, pages, more):
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        (call,) = read_calls(written(tmp_path, json.dumps(pages), "page.json"))
    assert call.usage.input_tokens == 22 and call.time.date() == DAY.date()
    assert [("more follow" in str(each.message)) for each in heard] == [True] * more


def test_an_event_of_cursors_that_counts_no_tokens_is_left_out_and_said(tmp_path):
    plan = {**EVENT, "isTokenBasedCall": False, "chargedCents": 8}
    del plan["tokenUsage"]
    path = written(tmp_path, json.dumps({"usageEvents": [EVENT, plan]}), "events.json")
    with pytest.warns(UserWarning, match="1 of Cursor's events are requests of a plan"):
        (call,) = read_calls(path)
    assert call.usage == Usage(22, 2, 9) and call.user == "ann"


def test_what_is_no_page_is_not_taken_apart(tmp_path):
    """Two lists of records, and Gemini's batch, which costs less than the answers in it."""
    for record in ({"calls": [RECORD], "retries": [RECORD]},
                   {"inlinedResponses": [{"response": RECORD}]}):  # fmt: skip
        with pytest.raises(ValueError, match="record 1: the response carries no usage"):
            read_calls(written(tmp_path, json.dumps(record), "page.json"))


def test_a_record_without_time_or_model_says_what_to_do(tmp_path):
    usage = {"input_tokens": 5, "output_tokens": 1}
    with pytest.raises(ValueError, match="record 1: it names no model"):
        read_calls(written(tmp_path, json.dumps({"usage": usage}), "a.json"))
    path = written(tmp_path, json.dumps({"model": "gpt-4o", "usage": usage}), "b.json")
    with pytest.raises(ValueError, match=r"it has no time.*pass at="):
        read_calls(path)
    assert read_calls(path, at=DAY)[0].time == DAY


def test_reports_and_sessions_are_found_out(tmp_path):
    titled = written(
        tmp_path,
        "Usage Date (UTC),Model,Input Tokens,Cache Creation Input Tokens,"
        "Cache Read Input Tokens,Output Tokens\n2026-11-02,claude-haiku-4-5,1,2,3,4\n",
    )
    assert read_calls(titled)[0].usage.input_tokens == 6
    cost = written(tmp_path, "start_time,amount_value,line_item\n1793491200,1.5,x\n")
    with pytest.raises(ValueError, match="is a cost report: read_cost_report"):
        read_calls(cost)
    report = written(tmp_path, "start_time,model,num_model_requests,input_tokens\n"
                     "1793491200,gpt-4o,3,700\n")  # fmt: skip
    assert read_calls(report)[0].operation == REPORT
    line = {"type": "assistant", "timestamp": "2026-11-02T08:00:00Z", "sessionId": "s",
            "message": {"id": "m", "model": "claude-sonnet-4-6", "usage": {
                "input_tokens": 3, "output_tokens": 5}}}  # fmt: skip
    log = written(tmp_path, json.dumps(line) + "\n{cut\n", "s.jsonl")
    with pytest.warns(UserWarning, match=r"1 problem in the log, the first in .*line 2"):
        assert read_calls(log)[0].usage == Usage(3, 5)


# --- Traces -----------------------------------------------------------------------------------


def span(own, parent, **attributes):
    """A span as OTLP writes it."""
    kinds = {int: "intValue", str: "stringValue"}
    values = [{"key": key, "value": {kinds[type(each)]: each}} for key, each in attributes.items()]
    return {
        "spanId": own,
        "parentSpanId": parent,
        "startTimeUnixNano": "1793491200000000000",
        "attributes": values,
    }


def test_a_trace_counts_each_request_once(tmp_path):
    """The AI SDK's outer span repeats the counts of the inner one; a tool's span has none."""
    counted = {"ai.usage.inputTokens": 101, "ai.usage.outputTokens": 7, "ai.model.id": "gpt-5-mini"}
    spans = [
        span("agent", "", **{"gen_ai.usage.input_tokens": 202, "gen_ai.usage.output_tokens": 14}),
        span("outer", "agent", **counted),
        span("inner", "outer", **counted),
        span("tool", "outer", **{"ai.toolCall.name": "read"}),
        span("again", "agent", **counted),
    ]
    path = tmp_path / "traces.jsonl"
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    with pytest.warns(
        UserWarning, match=r"2 spans \(others count the same\) and 1 span \(no tokens\)$"
    ):
        calls = read_calls(path)
    assert [call.usage for call in calls] == [Usage(101, 7), Usage(101, 7)]
    assert calls[0].time == datetime(2026, 11, 1, tzinfo=UTC)


def test_events_of_coding_tools_in_otlps_logs_are_calls(tmp_path):
    def event(**attributes):
        return {"timeUnixNano": "1793491200000000000", **span("", "", **attributes)}

    counts = {"input_tokens": "11", "output_tokens": "53", "cache_read_tokens": "1009",
              "cache_creation_tokens": "211", "cost_usd": "0.01"}  # fmt: skip
    asked = event(model="claude-sonnet-4-6", **counts)
    events = [asked, event(**{"event.name": "user_prompt", "prompt_length": "40"})]
    path = tmp_path / "logs.jsonl"
    path.write_text(json.dumps({"resourceLogs": [{"scopeLogs": [{"logRecords": events}]}]}))
    with pytest.warns(UserWarning, match=r"left out: 1 span \(no tokens\)$"):
        (call,) = read_calls(path)
    assert call.usage == Usage(1231, 53, 1009, cache_write_5m_tokens=211)
    assert (call.model, call.time) == ("claude-sonnet-4-6", datetime(2026, 11, 1, tzinfo=UTC))


def test_a_trace_of_spans_without_parents_leaves_out_what_counts_nothing(tmp_path):
    counted = {"gen_ai.usage.input_tokens": 101, "gen_ai.usage.output_tokens": 7,
               "gen_ai.response.model": "gpt-5-mini"}  # fmt: skip
    spans = [span("chat", "", **counted), span("fetch", "", **{"http.method": "GET"})]
    path = tmp_path / "traces.jsonl"
    path.write_text(json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": spans}]}]}))
    with pytest.warns(UserWarning, match=r"left out: 1 span \(no tokens\)$"):
        assert [call.usage for call in read_calls(path)] == [Usage(101, 7)]


def test_an_opencode_message_has_its_own_times(tmp_path):
    path = tmp_path / "message.json"
    path.write_text(json.dumps({
        "id": "msg", "role": "assistant", "modelID": "claude-sonnet-4-5", "cost": 0.01,
        "tokens": {"input": 5, "output": 101, "reasoning": 0, "cache": {"read": 1009, "write": 0}},
        "time": {"created": 1793491200000, "completed": 1793491260000}}))  # fmt: skip
    (call,) = read_calls(path)
    assert call.usage == Usage(1014, 101, cached_input_tokens=1009)
    assert call.time == datetime(2026, 11, 1, 0, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["\ud800.csv", "a\0.csv", "none.csv"])
def test_a_name_that_no_file_has_gets_a_sentence(name: str) -> None:
    with pytest.raises(ValueError, match="cannot be read") as raised:
        list(read_calls(name))
    assert type(raised.value) is ValueError


def copilots(kind, operation, tokens, **more):
    """A line of Copilot's file of spans and events, whose times are pairs."""
    said = {"gen_ai.operation.name": operation, "gen_ai.response.model": "gpt-5.4-mini",
            "gen_ai.usage.input_tokens": tokens, "gen_ai.usage.output_tokens": 7}  # fmt: skip
    where = {"traceId": "t", "spanId": kind}
    if kind in ("chat", "agent"):
        span = {"type": "span", "name": f"{operation} x", "endTime": [1793610000, 967317833]}
        return {**span, **where, "attributes": said}
    event = {"hrTime": [1793610000, 967317833], "spanContext": where}
    return {**event, "attributes": {**said, **more}}


COPILOTS = copilots("chat", "chat", 60)
COPILOTS_AGENT = copilots("agent", "invoke_agent", 100)
COPILOTS_EVENT = copilots(
    "log", "chat", 60, **{"event.name": "gen_ai.client.inference.operation.details"}
)
COPILOTS_TURN = copilots("turn", "chat", 60, **{"event.name": "copilot_chat.agent.turn"})


@pytest.mark.filterwarnings("ignore:.*others count the same")
@pytest.mark.parametrize(
    "lines",
    [
        [COPILOTS],
        [COPILOTS_AGENT, COPILOTS, COPILOTS_EVENT, COPILOTS_TURN],
        [COPILOTS_EVENT, COPILOTS_TURN],
        [COPILOTS_TURN],
    ],
)
def test_copilots_spans_and_events_say_a_request_once(tmp_path, lines):
    path = tmp_path / "copilot.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)))
    (call,) = read_calls(path)
    assert call.usage == Usage(60, 7) and call.model == "gpt-5.4-mini"
    assert call.time.isoformat(timespec="seconds") == "2026-11-02T09:00:00+00:00"


def test_a_thread_of_amps_and_a_chat_of_qwen_codes(tmp_path):
    usage = {"model": "claude-haiku-4-5", "inputTokens": 10, "outputTokens": 178,
             "cacheCreationInputTokens": 986, "cacheReadInputTokens": 11372,
             "totalInputTokens": 12368, "timestamp": "2026-01-19T11:42:10.652Z"}  # fmt: skip
    messages = [{"role": "user", "content": "hi"}, {"role": "assistant", "usage": usage}]
    path = tmp_path / "T-1.json"
    path.write_text(json.dumps({"id": "T-1", "messages": messages}))
    with pytest.warns(UserWarning, match="left out: 1 event of a thread of Amp's"):
        (call,) = read_calls(path)
    assert call.usage == Usage(12368, 178, 11372, cache_write_5m_tokens=986)
    assert call.time.isoformat(timespec="seconds") == "2026-01-19T11:42:10+00:00"
    # QwenLM/qwen-code, converter.ts: candidates are OpenAI's completion, the thoughts in it.
    counts = {"promptTokenCount": 414, "candidatesTokenCount": 76, "thoughtsTokenCount": 39,
              "cachedContentTokenCount": 100, "totalTokenCount": 490}  # fmt: skip
    answer = {"type": "assistant", "model": "qwen3.5-plus", "timestamp": "2026-02-23T14:24:56Z",
              "usageMetadata": counts}  # fmt: skip
    path.write_text(json.dumps({"type": "user"}) + "\n" + json.dumps(answer))
    with pytest.warns(UserWarning, match="left out: 1 event of Qwen Code's chats"):
        (call,) = read_calls(path)
    assert call.usage == Usage(414, 76, 100, reasoning_tokens=39)


def test_a_trace_of_mlflows_and_the_metrics_of_livekit(tmp_path):
    counts = {"input_tokens": 100, "output_tokens": 30, "total_tokens": 130}
    span = {"span_id": "s", "trace_id": "t", "start_time_unix_nano": 1793610000000000000,
            "attributes": {"mlflow.llm.model": '"gpt-4o"',
                           "mlflow.chat.tokenUsage": json.dumps(counts)}}  # fmt: skip
    path = tmp_path / "spans.json"
    path.write_text(json.dumps([span]))
    (call,) = read_calls(path)
    assert call.usage == Usage(100, 30) and call.model == "gpt-4o"
    metrics = {"type": "llm_metrics", "label": "llm", "timestamp": 1793610000.5,
               "completion_tokens": 30, "prompt_tokens": 100, "prompt_cached_tokens": 60,
               "total_tokens": 130, "metadata": {"model_name": "gpt-4.1"}}  # fmt: skip
    other = {"type": "eou_metrics", "timestamp": 1793610000.5, "end_of_utterance_delay": 0.5}
    path.write_text(json.dumps(metrics) + "\n" + json.dumps(other))
    with pytest.warns(UserWarning, match="left out: 1 event of LiveKit's metrics"):
        (call,) = read_calls(path)
    assert call.usage == Usage(100, 30, 60) and call.model == "gpt-4.1"


def test_a_cost_as_text_is_read_and_a_count_in_words_refused(tmp_path):
    """A count that came as text was 0, and a cost that did was lost."""
    row = {
        "request_id": "r", "startTime": "2026-11-02T08:00:00Z", "model": "gpt-4.1",
        "prompt_tokens": 30, "completion_tokens": 7, "spend": "0.25",
    }  # fmt: skip
    path = tmp_path / "rows.jsonl"
    path.write_text(json.dumps(row))
    assert read_charges(path)["amount_usd"].tolist() == [Decimal("0.25")]
    path.write_text(json.dumps({**row, "prompt_tokens": "30"}))
    with pytest.raises(ValueError, match="record 1: prompt_tokens='30': a count is a whole number"):
        read_calls(path)
    path.write_text(json.dumps(row) + "\n" + "[" * 9999)
    with pytest.raises(ValueError, match="nested too deep to be an export"):
        read_calls(path)


@pytest.mark.parametrize("door", ["read_calls", "read_charges"])
def test_a_warning_points_to_the_line_that_asked(tmp_path, door):
    """It pointed into costlib, at another place for each door."""
    path = tmp_path / "rows.csv"
    path.write_text("Time,Model,In\n2026-11-02,gpt-4.1,30\n2026-11-02,gpt-4.1,30\n")
    columns = {"time": "Time", "model": "Model", "input_tokens": "In"}
    with pytest.warns(UserWarning, match="no column is output_tokens|repeats 1 row") as said:
        getattr(own_data, door)(path, columns=columns)
    assert [each.filename for each in said] == [__file__] * 2
