"""Logs of events, of which only some count, and sums by model: a run's, a day's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from costlib.own_data.calls import is_session_log, read_calls, read_charges
from costlib.tracking.calls import REPORT
from costlib.usage.record import Usage

DAY = datetime(2026, 9, 1, tzinfo=UTC)
MESSAGE = {"id": "m1", "model": "claude-sonnet-4-6", "usage": {
    "input_tokens": 3, "cache_creation_input_tokens": 101, "cache_read_input_tokens": 53,
    "output_tokens": 1}}  # fmt: skip
SONNET = {"inputTokens": 3, "outputTokens": 77, "cacheReadInputTokens": 53,
          "cacheCreationInputTokens": 101, "webSearchRequests": 0, "costUSD": 0.002,
          "contextWindow": 200000, "maxOutputTokens": 32000, "canonicalModel": "claude-sonnet-4-6",
          "costBasis": "list"}  # fmt: skip
HAIKU = {"inputTokens": 547, "outputTokens": 19, "cacheReadInputTokens": 0,
         "cacheCreationInputTokens": 0, "webSearchRequests": 0, "costUSD": 0.000642,
         "thinkingTokens": 0, "provider": "firstParty"}  # fmt: skip
RESULT = {"type": "result", "subtype": "success", "num_turns": 2, "session_id": "s",
          "total_cost_usd": 0.002, "usage": {**MESSAGE["usage"], "output_tokens": 77},
          "modelUsage": {"claude-sonnet-4-6": SONNET}}  # fmt: skip
STREAM = [{"type": "system", "subtype": "init", "session_id": "s"},
          {"type": "assistant", "message": MESSAGE, "session_id": "s"},
          {"type": "assistant", "message": MESSAGE, "session_id": "s"}, RESULT]  # fmt: skip


def written(folder, records):
    path = folder / "log.jsonl"
    path.write_text("".join(json.dumps(each) + "\n" for each in records))
    return path


def test_a_streamed_run_of_claude_code_counts_by_its_result(tmp_path):
    """Its messages have the counts of their beginning; it had been taken for a session's log."""
    path = written(tmp_path, STREAM)
    assert not is_session_log(path)
    with pytest.warns(UserWarning, match=r"3 events of claude -p .* beside those of result"):
        (call,) = read_calls(path, at=DAY)
    assert call.usage == Usage(157, 77, 53, cache_write_5m_tokens=101, requests=2)
    assert (call.operation, call.estimated) == (REPORT, False)


def test_a_streamed_run_that_was_stopped_says_where_its_counts_are(tmp_path):
    stopped = [event for event in STREAM if event["type"] != "result"]
    with pytest.raises(ValueError, match=r"without a result that has .* read the session log"):
        list(read_calls(written(tmp_path, stopped), at=DAY))


def test_a_run_with_two_models_is_a_call_of_each(tmp_path):
    models = {"claude-haiku-4-5": HAIKU, "claude-sonnet-4-6": SONNET}
    path = written(tmp_path, [{**RESULT, "modelUsage": models}])
    haiku, sonnet = read_calls(path, at=DAY)
    assert (haiku.model, haiku.usage) == ("claude-haiku-4-5", Usage(547, 19))
    assert sonnet.usage == Usage(157, 77, 53, cache_write_5m_tokens=101)
    # By model it does not say how long what was written is kept.
    assert (haiku.estimated, sonnet.estimated) == (False, True)
    assert sum(read_charges(path, at=DAY)["amount_usd"]) == Decimal("0.002642")


@pytest.mark.parametrize("helper", [{}, {"claude-haiku-4-5": HAIKU}])
def test_results_that_go_on_from_an_earlier_total_count_once(tmp_path, helper):
    """One process serves all turns of a stream, and each result restates the session's total
    (anthropics/claude-code#83239)."""
    total = {**SONNET, "outputTokens": 177, "cacheReadInputTokens": 153, "costUSD": 0.005}
    turns = [
        {**RESULT, "modelUsage": {**helper, "claude-sonnet-4-6": SONNET}},
        {**RESULT, "modelUsage": {**helper, "claude-sonnet-4-6": total}, "total_cost_usd": 0.005,
         "usage": {**MESSAGE["usage"], "output_tokens": 100}},
    ]  # fmt: skip
    with pytest.warns(UserWarning, match=r"1 result left out, contained in a later one"):
        *others, sonnet = read_calls(written(tmp_path, turns), at=DAY)
    assert sonnet.usage == Usage(257, 177, 153, cache_write_5m_tokens=101)
    assert [call.usage for call in others] == [Usage(547, 19)] * len(helper)


def test_results_of_processes_of_their_own_all_count(tmp_path):
    """`claude -p --resume` began anew each time until September 2026: more is no total."""
    second = {**SONNET, "outputTokens": 99}
    own = {**RESULT, "modelUsage": {"claude-sonnet-4-6": second},
           "usage": {**MESSAGE["usage"], "output_tokens": 99}}  # fmt: skip
    less = {**own, "modelUsage": {"claude-sonnet-4-6": {**second, "cacheReadInputTokens": 0}}}
    del less["usage"]
    calls = list(read_calls(written(tmp_path, [RESULT, own, less]), at=DAY))
    assert [call.usage.output_tokens for call in calls] == [77, 99, 99]


def test_a_day_in_claude_codes_analytics_is_a_call_of_each_model(tmp_path):
    tokens = {"input": 11, "output": 7, "cache_read": 23, "cache_creation": 5}
    shares = [{"model": model, "tokens": tokens, "estimated_cost": {"currency": "USD", "amount": n}}
              for model, n in (("claude-sonnet-4-6", 150), ("claude-opus-4-6", 25))]  # fmt: skip
    day = {"date": "2026-03-01", "actor": {"type": "user_actor", "email_address": "a@b.c"},
           "core_metrics": {"num_sessions": 5, "pull_requests_by_claude_code": 2},
           "model_breakdown": shares}  # fmt: skip
    path = written(tmp_path, [{"data": [day], "has_more": False}])
    sonnet, opus = read_calls(path)
    assert sonnet.usage == opus.usage == Usage(39, 7, 23, cache_write_5m_tokens=5)
    assert (sonnet.user, sonnet.operation, sonnet.estimated) == ("a@b.c", REPORT, True)
    assert list(read_charges(path)["amount_usd"]) == [Decimal("1.5"), Decimal("0.25")]


def test_events_of_posthog_that_count_nothing_are_left_out(tmp_path):
    time = "2026-10-01T00:00:00Z"
    generation = {"event": "$ai_generation", "timestamp": time, "properties": {
        "$ai_model": "gpt-4o", "$ai_input_tokens": 151, "$ai_output_tokens": 41,
        "$ai_cache_read_input_tokens": 101, "$ai_cache_reporting_exclusive": False}}  # fmt: skip
    others = [{"event": name, "timestamp": time, "properties": {}} for name in ("$pageview", "x")]
    with pytest.warns(UserWarning, match="2 events of PostHog's events"):
        (call,) = read_calls(written(tmp_path, [generation, *others]))
    assert call.usage == Usage(151, 41, 101)


def test_an_event_with_counts_of_its_own_is_not_left_out(tmp_path):
    log = [RESULT, {"type": "judge", "judge_tokens": 7}]
    with pytest.raises(ValueError, match="judge_tokens=7"):
        read_calls(written(tmp_path, log), at=DAY)


def test_kimis_log_says_what_it_lacks(tmp_path):
    counts = {"input_other": 11, "output": 17, "input_cache_read": 0, "input_cache_creation": 0}
    update = {"type": "StatusUpdate", "payload": {"token_usage": counts}}
    log = [{"type": "metadata"}, {"timestamp": 1770983426.4, "message": update}]
    with (
        pytest.warns(UserWarning, match="1 event of Kimi CLI"),
        pytest.raises(ValueError, match="it names no model"),
    ):
        read_calls(written(tmp_path, log))
    log[1]["model"] = "kimi-k2"
    with pytest.warns(UserWarning, match="1 event of Kimi CLI"):
        assert read_calls(written(tmp_path, log))[0].usage == Usage(11, 17)


def test_a_log_of_llm_has_its_time_and_its_cached_tokens(tmp_path):
    details = json.dumps({"cache_read_input_tokens": 4000})
    row = {"id": "01k", "model": "anthropic/claude-sonnet-4-0", "response": "x",
           "datetime_utc": "2026-09-01T00:00:00+00:00", "input_tokens": 10, "output_tokens": 5,
           "token_details": details}  # fmt: skip
    (call,) = read_calls(written(tmp_path, [row]))
    assert (call.time, call.usage) == (DAY, Usage(4010, 5, cached_input_tokens=4000))


def test_the_time_of_a_call_may_stand_inside_whatever_wraps_it(tmp_path):
    usage = {"total_input_tokens": 7, "total_output_tokens": 5, "total_tokens": 12}
    inner = {
        "id": "v1_xxxxxxxxx",
        "model": "gemini-3.5-flash",
        "created": DAY.isoformat(),
        "usage": usage,
    }
    event = {"event_type": "interaction.completed", "interaction": inner}
    (call,) = read_calls(written(tmp_path, [event]))
    assert (call.time, call.call_id, call.usage) == (DAY, "json:v1_xxxxxxxxx", Usage(7, 5))


def test_a_request_that_failed_in_a_batch_of_xai_s_is_no_call(tmp_path):
    usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
    answer = {"id": "a", "model": "grok-4", "created": int(DAY.timestamp()), "usage": usage}
    answered = {"batch_request_id": "r1",
                "batch_result": {"response": {"chat_get_completion": answer}}}  # fmt: skip
    failed = {"batch_request_id": "r2", "batch_result": {"error": "rate limit exceeded"}}
    (call,) = read_calls(written(tmp_path, [answered, failed]))
    assert (call.time, call.usage) == (DAY, Usage(10, 5, tier="batch"))


def test_counts_in_a_column_of_json_are_refused_or_ignored_by_name(tmp_path):
    path = tmp_path / "log.csv"
    path.write_text(
        "datetime_utc,model,input_tokens,output_tokens,token_details\n"
        '2026-09-01,gpt-4o,10,5,"{""prompt_tokens_details"": {""cached_tokens"": 4}}"\n'
        "2026-09-01,gpt-4o,10,5,\n"
    )
    columns = {"time": "datetime_utc", "model": "model", "input_tokens": "input_tokens",
               "output_tokens": "output_tokens"}  # fmt: skip
    with pytest.raises(ValueError, match=r"line 2: token_details has .*cached_tokens=4"):
        list(read_calls(path, columns=columns))
    calls = list(read_calls(path, columns=columns, ignore=("token_details",)))
    assert [call.usage for call in calls] == [Usage(10, 5), Usage(10, 5)]


def test_details_of_tokens_that_are_no_json_are_refused_too(tmp_path):
    rows = (
        "datetime_utc,model,input_tokens,output_tokens,token_details\n"
        "2026-09-01,gpt-4o,10,5,{cached_tokens: 4}\n"
    )
    path = tmp_path / "llm.csv"
    path.write_text(rows)
    columns = {"time": "datetime_utc", "model": "model", "input_tokens": "input_tokens",
               "output_tokens": "output_tokens"}  # fmt: skip
    with pytest.raises(ValueError, match=r"line 2: token_details=.* is text, in which no count"):
        list(read_calls(path, columns=columns))
