"""What each model of OpenAI takes: the table, and the calls that production refuses."""

from __future__ import annotations

import csv
import re
from datetime import date
from typing import Any

import anthropic
import openai
import pytest

from costlib.paths import ROOT, data_path
from costlib.pricing.prices import AS_OF, find_model, models, role
from costlib.provider import connect, provider_of
from costlib.provider.anthropic.accepts import abilities
from costlib.provider.efforts import default_effort
from costlib.provider.openai.model_rules import rule_of
from costlib.provider.replies import EFFORTS

ASKED = [{"role": "user", "content": "Where is my card?"}]
TOOL = {"name": "block", "parameters": {"type": "object", "properties": {}}}
CHAT_TOOLS = [{"type": "function", "function": TOOL}]


@pytest.fixture
def gpt() -> openai.OpenAI:
    return connect("openai")


def chat(gpt: openai.OpenAI, model: str, **more: Any) -> Any:
    return gpt.chat.completions.create(model=model, messages=ASKED, **more)


def refused(call: Any, *args: Any, **more: Any) -> openai.APIStatusError:
    with pytest.raises(openai.APIStatusError) as caught:
        call(*args, **more)
    return caught.value


def test_every_row_has_a_source_a_day_and_values_that_exist() -> None:
    with data_path("openai_model_rules.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({row["prefix"] for row in rows}) == len(rows)
    for row in rows:
        assert row["source"] and date.fromisoformat(row["checked"]) <= date.today(), row
        assert {*row["endpoints"].split()} <= {"chat", "responses"} and row["endpoints"]
        efforts = row["efforts"].split()
        assert efforts == sorted(efforts, key=EFFORTS.index)
        assert row["default_effort"] in efforts or not efforts, row
        assert {row["sampling"], row["chat_tools"]} <= {"always", "never", "none"}, row
        assert row["sampling"] != "none" or "none" in efforts, row
        assert row["verbosity"] in ("yes", "no"), row


def test_every_model_that_reasons_has_a_row() -> None:
    for model in models("openai", kind="chat"):
        gone = model.shutdown is not None and model.shutdown <= AS_OF
        if not gone and model.id.startswith(("o1", "o3", "o4", "gpt-5", "gpt-6")):
            rule = rule_of(model, model.id)
            assert rule.reasons or "search" in model.id, model.id


@pytest.mark.parametrize(
    ("model", "effort"),
    [
        ("gpt-5-mini", "medium"),
        ("gpt-5-pro", "high"),
        ("gpt-5.1", "none"),
        ("gpt-5.4", "none"),
        ("gpt-5.4-nano", "none"),
        ("gpt-5.5", "medium"),
        ("gpt-5.6-sol", "medium"),
        ("gpt-6-astra", "medium"),
        ("gpt-6-luna", "medium"),
        ("gpt-6.1-sol", "medium"),
        ("gpt-6.1-terra", "medium"),
    ],
)
def test_the_default_effort_is_the_models_own_and_is_billed(
    gpt: openai.OpenAI, model: str, effort: str
) -> None:
    reply = gpt.responses.create(model=model, input="Where is my card?")
    assert reply.reasoning.effort == effort
    assert (reply.usage.output_tokens_details.reasoning_tokens > 0) is (effort != "none")
    if "chat" in rule_of(find_model(model), model).endpoints:
        details = chat(gpt, model).usage.completion_tokens_details
        assert (details.reasoning_tokens > 0) is (effort != "none")


@pytest.mark.parametrize(
    ("model", "effort"),
    [("gpt-6-astra", "none"), ("gpt-6.1-sol", "none"), ("gpt-5.1", "minimal"), ("o3", "xhigh")],
)
def test_an_effort_that_the_model_does_not_take_is_refused(
    gpt: openai.OpenAI, model: str, effort: str
) -> None:
    error = refused(chat, gpt, model, reasoning_effort=effort)
    assert (error.status_code, error.code) == (400, "unsupported_value")
    assert f"does not support '{effort}'" in error.message and "'low'" in error.message


@pytest.mark.parametrize("model", ["gpt-5.5", "gpt-5.6-terra", "gpt-6-luna", "gpt-6.1-terra"])
def test_tools_in_chat_need_effort_none(gpt: openai.OpenAI, model: str) -> None:
    error = refused(chat, gpt, model, tools=CHAT_TOOLS)
    assert error.status_code == 400
    assert f"not supported for {model} in /v1/chat/completions" in error.message
    assert "use /v1/responses or set reasoning_effort to 'none'" in error.message
    assert chat(gpt, model, tools=CHAT_TOOLS, reasoning_effort="none").choices
    flat = [{"type": "function", "strict": False, **TOOL}]
    assert gpt.responses.create(model=model, input="Hm?", tools=flat).output


def test_a_model_without_none_takes_no_tools_in_chat_at_all(gpt: openai.OpenAI) -> None:
    for effort in ({}, {"reasoning_effort": "low"}, {"reasoning_effort": "none"}):
        assert refused(chat, gpt, "gpt-6.1-sol", tools=CHAT_TOOLS, **effort).status_code == 400
    # Before gpt-5.4 tools and efforts go together; on gpt-5.4 the default is none.
    assert chat(gpt, "gpt-5.1", tools=CHAT_TOOLS, reasoning_effort="high").choices
    assert chat(gpt, "gpt-5.4", tools=CHAT_TOOLS).choices
    assert refused(chat, gpt, "gpt-5.4", tools=CHAT_TOOLS, reasoning_effort="high")


@pytest.mark.parametrize(
    ("model", "more", "param"),
    [
        ("gpt-5", {"temperature": 0.2}, "temperature"),
        ("o3", {"presence_penalty": 0.5}, "presence_penalty"),
        ("gpt-5-mini", {"stop": ["z"]}, "stop"),
        ("gpt-5.5", {"top_p": 0.5}, "top_p"),
        ("gpt-5.1", {"temperature": 0, "reasoning_effort": "low"}, "temperature"),
    ],
)
def test_models_that_reason_do_not_let_the_caller_sample(
    gpt: openai.OpenAI, model: str, more: dict[str, Any], param: str
) -> None:
    error = refused(chat, gpt, model, **more)
    assert (error.status_code, error.param) == (400, param)
    assert error.code in ("unsupported_value", "unsupported_parameter")


def test_without_reasoning_they_do(gpt: openai.OpenAI) -> None:
    assert chat(gpt, "gpt-5.1", temperature=0.2).choices
    assert chat(gpt, "gpt-5.5", temperature=0.2, reasoning_effort="none").choices
    assert chat(gpt, "gpt-4.1", temperature=0.2, stop=["z"]).choices
    assert chat(gpt, "gpt-5", temperature=1).choices  # the default changes nothing


def test_models_before_gpt_5_are_of_medium_verbosity(gpt: openai.OpenAI) -> None:
    """It had been taken by all."""
    for model in ("gpt-4.1", "gpt-4o-mini"):
        error = refused(chat, gpt, model, verbosity="low")
        assert (error.status_code, error.code, error.param) == (
            400,
            "unsupported_value",
            "verbosity",
        )
        assert "does not support 'low' with this model. Supported values are: 'm" in error.message
        text: Any = {"verbosity": "high"}
        error = refused(gpt.responses.create, model=model, input="Hm?", text=text)
        assert error.param == "text.verbosity"
        assert chat(gpt, model, verbosity="medium").choices
    assert chat(gpt, "gpt-5", verbosity="low").choices
    assert gpt.responses.create(model="gpt-6-luna", input="Hm?", text={"verbosity": "low"}).output


def claude(model: str, **more: Any) -> Any:
    client, thinking = connect("anthropic"), more.pop("thinking", None)
    asked = {"thinking": thinking} if thinking else {}
    return client.messages.create(
        model=model, max_tokens=2_000, messages=ASKED, extra_body=more, **asked
    )


@pytest.mark.parametrize(
    ("model", "more", "says"),
    [
        ("claude-opus-4-7", {"temperature": 0.2}, "`temperature` is deprecated for this model."),
        ("claude-sonnet-5", {"top_p": 0.9}, "`top_p` is deprecated for this model."),
        ("claude-haiku-5-5", {"top_k": 5}, "`top_k` is deprecated for this model."),
        ("claude-haiku-4-5", {"temperature": 0.2, "top_p": 0.9}, "cannot both be specified"),
        ("claude-haiku-4-5", {"temperature": 1.5}, "temperature: Input should be less than or eq"),
        ("claude-haiku-4-5", {"temperature": "hot"}, "temperature: Input should be a number"),
    ],
)
def test_claude_s_newer_models_do_not_let_the_caller_sample(
    model: str, more: dict[str, Any], says: str
) -> None:
    with pytest.raises(anthropic.BadRequestError, match=re.escape(says)):
        claude(model, **more)


def test_claude_s_older_models_are_sampled_by_extra_body_and_in_batches() -> None:
    """anthropic 2, MIGRATION.md: gone from the signatures, and not from the API."""
    plain = claude("claude-haiku-4-5").usage
    for more in ({"temperature": 0.2}, {"top_p": 0.9}, {"top_k": 5}, {"temperature": None}):
        assert claude("claude-haiku-4-5", **more).usage == plain
    for newer in ("claude-opus-4-7", "claude-sonnet-5-5"):
        assert claude(newer, temperature=1, top_p=1).content  # the default changes nothing
    client = connect("anthropic")
    params: Any = {"max_tokens": 9, "messages": ASKED, "temperature": 0.2}
    names = ("claude-haiku-4-5", "claude-sonnet-5-5")
    batch = client.messages.batches.create(
        requests=[{"custom_id": name, "params": params | {"model": name}} for name in names]
    )
    provider_of(client).clock.advance(hours=1)
    results = [each.result.type for each in client.messages.batches.results(batch.id)]
    assert results == ["succeeded", "errored"]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"temperature": 0}, "`temperature` may only be set to 1 when thinking is enabled"),
        ({"top_p": 0.5}, "`top_p` must be at least 0.95"),
        ({"top_k": 5}, "`top_k` must be unset when thinking is enabled"),
    ],
)
def test_claude_samples_as_usual_while_it_thinks(more: dict[str, Any], says: str) -> None:
    thinking = {"type": "enabled", "budget_tokens": 1_024}
    with pytest.raises(anthropic.BadRequestError, match=says):
        claude("claude-haiku-4-5", thinking=thinking, **more)
    assert claude("claude-haiku-4-5", thinking=thinking, temperature=1).content


@pytest.mark.parametrize(
    "model", ["gpt-5-pro", "gpt-5.2-pro", "o3-pro", "gpt-5.3-codex", "gpt-5.4-pro"]
)
def test_some_models_answer_in_responses_only(gpt: openai.OpenAI, model: str) -> None:
    error = refused(chat, gpt, model)
    assert error.status_code == 404 and "only supported in v1/responses" in error.message
    assert gpt.responses.create(model=model, input="Hm?").output


def test_limits_are_the_models_own(gpt: openai.OpenAI) -> None:
    error = refused(chat, gpt, "gpt-4o", max_tokens=100_000)
    assert "supports at most 16384 completion tokens" in error.message
    assert chat(gpt, "gpt-4o", max_tokens=16_384).choices
    error = refused(gpt.responses.create, model="gpt-5", input="no " * 272_010)  # it reads 272,000
    assert error.code == "context_length_exceeded" and "exceeds the context" in error.message
    assert gpt.responses.create(model="gpt-5", input="no " * 271_900).usage.input_tokens > 271_900
    for model, window in (("gpt-4.1", 1_047_576), ("gpt-5.5", 1_050_000)):
        assert find_model(model).context_window == window


def test_lesson_6_prices_efforts_that_the_models_take() -> None:
    """Opus always thinks, and was once priced there as if it did not."""
    lesson = (ROOT / "solutions" / "06_prompt_optimization.py").read_text("utf-8")
    (table,) = re.findall(r"for model, effort, when in \((.*?)\n\):", lesson, re.DOTALL)
    rows = re.findall(r'\("([\w.-]+)", "(\w*)", ', table)
    assert len(rows) == table.count('("') == 8
    for name, effort in rows:
        model = find_model(name)
        if model.provider == "anthropic":
            takes = abilities(model)
            silent = "disabled" in takes.thinking
            efforts = (*takes.efforts, *(["none"] if silent else []))
        else:
            efforts = rule_of(model, name).efforts or ("",)
        assert effort in efforts, (name, effort)


def test_what_a_model_reasons_unasked() -> None:
    """As the vendors' pages say; of some models nothing is recorded."""
    for name, effort in (
        ("claude-sonnet-4-5", "none"), ("claude-sonnet-4-6", "none"), ("claude-sonnet-5-5", "high"),
        ("claude-opus-5", "high"), ("claude-opus-5-5", "medium"), ("claude-haiku-5-5", "medium"),
        ("gpt-4.1", "none"), ("gpt-5", "medium"), ("gpt-5.1", "none"), ("gpt-6-luna", "medium"),
        ("deepseek-flash", "high"), ("deepseek-v4-pro", "high"), ("deepseek-v3.2", None),
        ("grok-4.7", "high"), ("mistral-small-2603", "none"), ("gemini-2.5-pro", None),
        ("gemini-3.8-flash", "medium"), ("gemini-3.8-flash-tts", None),
        ("gemini-4-argon", "medium"), ("gemini-4-hydrogen", "high"),
        ("gemini-3.5-flash-lite", "minimal"),
    ):  # fmt: skip
        assert default_effort(name) == effort, name


def test_lessons_say_what_they_assume_of_thinking() -> None:
    """The bank's model always thinks, and its smaller sister longer; lengths are of 2023."""
    assert default_effort(role("anthropic", "mid")) == "high"
    assert abilities(find_model(role("anthropic", "flagship"))).thinking == ("adaptive",)
    for lesson, cell, words in (
        (1, "map-where", "the answer's includes what the model thinks"),
        (1, "packing", "the effort is *none*"),
        (3, "own-hardware-why", "gpt-oss-120b, which reasons"),
        (4, "what-if", "on the small model, thinking off"),
        (5, "ladder-table", "told otherwise, the cheaper one thinks"),
        (6, "window-run", "(THOUGHT + SUMMARY) * output"),
        (7, "s4-chat", "for each of Gemini's"),
        (7, "s4-pause", "thinking included"),
        (8, "promises", "thinking included"),
    ):
        (path,) = (ROOT / "solutions").glob(f"0{lesson}_*.py")
        source = path.read_text("utf-8")
        (text,) = re.findall(rf'^# %% .*id="{cell}".*\n((?:(?!# %% ).*\n)*)', source, re.M)
        assert words in text, (lesson, cell)
