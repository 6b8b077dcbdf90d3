"""What a learner pastes at work runs: each snippet of solutions/work/ on the offline provider.

A snippet imports the real SDKs and makes its own client; here that client's transport is offline.
Every snippet has a test of what it promises, by its name.
"""

from __future__ import annotations

import asyncio
import base64
import io
import json
import runpy
from collections.abc import Callable
from decimal import Decimal
from itertools import cycle, pairwise
from typing import Any

import anthropic
import httpx2
import openai
import pytest
from PIL import ExifTags, Image
from recorded_day import recorded_day  # noqa: F401

from costlib import bank, connect, connect_async, cost_of, provider_of, read_usage
from costlib.budgets import BudgetExceeded, RunawayAgent
from costlib.estimation import ceiling
from costlib.own_data import read_calls
from costlib.paths import ROOT
from costlib.pricing import find_model
from costlib.provider import ToolCall
from solutions.work import snippets

FOLDER = ROOT / "solutions" / "work"
Names = dict[str, Any]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> Callable[[str], Names]:
    """Runs a snippet as it stands, in an empty folder, its SDK clients offline; gives its names."""

    clients = {
        (openai, "OpenAI"): connect("openai"),
        (openai, "AsyncOpenAI"): connect_async("openai"),
        (anthropic, "Anthropic"): connect("anthropic"),
        (anthropic, "AsyncAnthropic"): connect_async("anthropic"),
    }
    monkeypatch.chdir(tmp_path)
    for (sdk, name), client in clients.items():
        monkeypatch.setattr(sdk, name, client.with_options)
    return lambda name: runpy.run_path(str(FOLDER / f"{name}.py"))


def test_every_snippet_has_a_test_and_is_short_enough_to_paste() -> None:
    for each in snippets(FOLDER):
        assert f"test_{each.name}" in globals(), f"{each.name} has no test here"
        lines = [line for line in each.code.splitlines() if line.strip()]
        assert len(lines) <= 22, f"{each.name} is too long to paste without reading"
        assert each.when and each.title[0].isupper()


def test_every_snippet_is_shown_in_its_lesson() -> None:
    for each in snippets(FOLDER):
        (lesson,) = ROOT.glob(f"solutions/{each.lesson:02d}_*.py")
        assert f"{{{{work:{each.name}}}}}" in lesson.read_text(encoding="utf-8"), each.name


def test_1_price_a_call(run: Callable[[str], Names]) -> None:
    names = run("1_price_a_call")
    client, cost = names["client"], names["cost"]
    long = "Where is my card? " * 400  # the second call reads it from the cache
    for tier in ("default", "priority"):
        asked = {"model": "gpt-6.1-terra", "input": long, "service_tier": tier}
        for reply in (client.responses.create(**asked), client.responses.create(**asked)):
            exact = cost_of(read_usage(reply), "gpt-6.1-terra").total
            assert cost(reply) == pytest.approx(float(exact))
    assert reply.usage.input_tokens_details.cached_tokens > 0
    with pytest.raises(KeyError):
        cost(client.responses.create(model="gpt-4.1", input="Where is my card?"))
    reply.usage.input_tokens = names["LONG"] + 1
    with pytest.raises(LookupError, match="no rates of 2026-11-22 for 272,001 tokens"):
        cost(reply)


def test_1_batch(run: Callable[[str], Names]) -> None:
    names = run("1_batch")
    body = {"model": "gpt-6.1-terra", "reasoning": {"effort": "none"}}
    asked = {
        "ticket-7": body | {"input": "Summarise: the card was declined."},
        "ticket-8": body | {"input": "Summarise: the transfer is late."},
        "ticket-9": body | {"input": "Summarise.", "max_output_tokens": -1},
    }
    job = names["hand_in"](asked)
    assert names["results"](job) is None
    provider_of(names["client"]).clock.advance(hours=24)
    results = names["results"](job)
    assert set(results) == set(asked)
    assert read_usage(results["ticket-7"]).tier == "batch"
    assert results["ticket-9"]["response"]["status_code"] == 400

    two_models = asked | {"ticket-10": body | {"model": "gpt-4.1", "input": "Summarise."}}
    job = names["hand_in"](two_models)  # the vendor refuses the whole file
    provider_of(names["client"]).clock.advance(hours=24)
    with pytest.raises(RuntimeError, match=f"batch {job} failed: .*model"):
        names["results"](job)


def test_2_log_usage(run: Callable[[str], Names], tmp_path: Any) -> None:
    names = run("2_log_usage")
    reply = names["ask"]("chat", model="gpt-4.1", input="Where is my card?")
    names["ask"]("chat", model="gpt-4.1", input="And my other card?")
    lines = [json.loads(line) for line in (tmp_path / "usage.jsonl").read_text().splitlines()]
    assert [line["feature"] for line in lines] == ["chat", "chat"]
    logged = read_usage({"object": "response", **lines[0]})
    assert (logged.input_tokens, logged.output_tokens) == (
        reply.usage.input_tokens,
        reply.usage.output_tokens,
    )
    first, second = read_calls(tmp_path / "usage.jsonl")  # as lesson 2 says that it can
    assert first.usage == logged
    assert first.model == "gpt-4.1" and second.call_id.endswith(lines[1]["id"])
    assert first.feature == second.feature == "chat"


def test_2_log_usage_keeps_the_searches(
    run: Callable[[str], Names], tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run("2_log_usage")
    reply = names["client"].responses.create(model="gpt-4.1", input="What is new?")
    searches = {"tool_usage": {"web_search": {"num_requests": 2}}}
    searched = type(reply).construct(**reply.to_dict() | searches)
    monkeypatch.setattr(names["client"].responses, "create", lambda **_: searched)
    names["ask"]("chat", model="gpt-4.1", input="What is new?")
    (call,) = read_calls(tmp_path / "usage.jsonl")
    fee = cost_of(call.usage, "gpt-4.1").total - cost_of(read_usage(reply), "gpt-4.1").total
    assert fee == Decimal("0.02")  # two, at ten dollars for a thousand


def test_2_shrink_picture(run: Callable[[str], Names], tmp_path: Any) -> None:
    names = run("2_shrink_picture")

    def tokens(*blocks: dict[str, Any]) -> int:
        content = [*blocks, {"type": "text", "text": "What does it say?"}]
        messages = [{"role": "user", "content": content}]
        model = "claude-sonnet-5-5"
        return names["client"].messages.count_tokens(model=model, messages=messages).input_tokens

    # 1,290 x 2,796 fits 646 x 1,400, and 644 x 1,400 are 23 x 50 whole squares.
    assert tokens(names["picture"](bank.screenshot_file())) - tokens() == 23 * 50
    Image.new("RGB", (20, 90)).save(tmp_path / "small.png")
    assert tokens(names["picture"](tmp_path / "small.png")) - tokens() == 1 * 3

    def sent(picture: Image.Image, name: str) -> Image.Image:
        picture.save(tmp_path / name, exif=held)
        block = names["picture"](tmp_path / name)
        return Image.open(io.BytesIO(base64.b64decode(block["source"]["data"])))

    held = Image.Exif()
    assert sent(Image.new("RGBA", (56, 28)), "glass.png").getpixel((0, 0)) == (0, 0, 0, 0)
    held[ExifTags.Base.Orientation] = 6  # turned by 90 degrees
    assert sent(Image.new("RGB", (56, 28)), "photo.jpg").size == (28, 56)


def test_3_worst_case(run: Callable[[str], Names]) -> None:
    names = run("3_worst_case")
    ask = names["ask"]
    reply = ask("gpt-4.1", "Where is my card?", most_usd=0.05)
    assert reply.usage.output_tokens <= 800
    # 800 x 10 / 1M, twice, is 0.0160 before a token of input
    with pytest.raises(ValueError, match=r"may cost 0\.016\d USD, and 0\.015 are allowed"):
        ask("gpt-4.1", "Where is my card?", most_usd=0.015)
    # a long prompt that the model writes to its cache by itself is dearer than plain input
    used = read_usage(ask("gpt-6.1-sol", "The bank charges no fee for this. " * 2_000, most_usd=1))
    attempt = used.input_tokens * names["USD_IN"] + 800 * names["USD_OUT"]
    assert used.cache_write_30m_tokens > 0
    assert cost_of(used, "gpt-6.1-sol").total <= attempt


def test_3_limit_from_logs(
    run: Callable[[str], Names], tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    def logged(lengths: list[int]) -> str:
        lines = [json.dumps({"usage": {"output_tokens": n}}) for n in lengths]
        (tmp_path / "usage.jsonl").write_text("\n".join(lines) + "\n")
        p99 = run("3_limit_from_logs")["p99"]
        assert sum(n <= p99 for n in lengths) >= 0.99 * len(lengths)
        assert p99 in lengths  # an answer that there was, however few there are
        return capsys.readouterr().out

    said = logged([*range(1, 201)])
    assert "200 answers, mean 100, 0 of them cut off" in said and "max_tokens=198" in said
    assert "2 of them cut off\nmax_tokens=" in logged([100] * 198 + [800] * 2)
    assert "max_tokens=790" in logged([300, 790])
    assert "1 answers" in logged([300])
    said = logged([100] * 197 + [800] * 3)  # more than one in 100 used the whole limit
    assert "3 of them cut off" in said and "raise the limit" in said and "max_tokens=" not in said


def test_4_stream_usage(run: Callable[[str], Names], monkeypatch: pytest.MonkeyPatch) -> None:
    names, logged, opened = run("4_stream_usage"), [], []
    completions = names["client"].chat.completions
    create = completions.create

    def noted(**asked: Any) -> Any:
        opened.append(create(**asked))
        return opened[-1]

    monkeypatch.setattr(completions, "create", noted)
    stream = names["stream"]
    request = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello"}]}
    assert "".join(stream(logged.append, **request))
    assert logged[0].completion_tokens > 0
    left = stream(logged.append, **request)
    next(left)
    left.close()
    assert logged[1] is None and opened[1].response.is_closed


def test_4_tags(run: Callable[[str], Names], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TAG_SECRET", raising=False)
    with pytest.raises(KeyError, match="TAG_SECRET"):  # a secret that all know hides nobody
        run("4_tags")
    monkeypatch.setenv("TAG_SECRET", "a secret of the test")
    ask = run("4_tags")["ask"]
    first, again, other = (
        ask("chat", user, model="gpt-4.1", input="Hello") for user in ("ada", "ada", "bo")
    )
    assert first.metadata["feature"] == "chat" and "ada" not in first.metadata["user"]
    assert first.metadata["user"] == again.metadata["user"] != other.metadata["user"]
    assert first.safety_identifier == first.metadata["user"]


def test_5_budget_around_a_client(
    run: Callable[[str], Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = run("5_budget_around_a_client")
    ask, budget = names["ask"], names["budget"]
    reply = ask("ann", "gpt-4.1", "Where is my card?")
    paid = cost_of(read_usage(reply), "gpt-4.1").total
    spent = [(account.spent, account.reserved) for account in budget.accounts(user="ann")]
    assert spent == [(paid, 0), (paid, 0)]

    def refuse(**_: object) -> None:  # a real refusal, in the place of the answer
        names["client"].models.retrieve("no-such-model")

    def time_out(**request: object) -> None:
        raise openai.APITimeoutError(httpx2.Request("POST", "https://api.openai.com/v1/responses"))

    responses = names["client"].responses
    for fails, error in ((refuse, openai.NotFoundError), (time_out, openai.APITimeoutError)):
        monkeypatch.setattr(responses, "create", fails)
        with pytest.raises(error):
            ask("ann", "gpt-4.1", "Where is my card?")
    full = ceiling("gpt-4.1", read_usage(reply).input_tokens, 500)
    assert budget.accounts(user="ann")[0].spent == paid + full  # the time-out alone counts
    with pytest.raises(BudgetExceeded):
        ask("ann", "gpt-4.1", "Where is my card?", max_tokens=1_000_000)


def test_5_budget_for_a_stream(
    run: Callable[[str], Names], monkeypatch: pytest.MonkeyPatch
) -> None:
    names, opened = run("5_budget_for_a_stream"), []
    responses = names["client"].responses
    create = responses.create

    async def noted(**asked: Any) -> Any:
        opened.append(await create(**asked))
        return opened[-1]

    monkeypatch.setattr(responses, "create", noted)

    async def read() -> tuple[Decimal, Decimal]:
        async for delta in names["stream"]("ann", "gpt-4.1", "Where is my card?"):
            assert delta
        left = names["stream"]("bo", "gpt-4.1", "Where is my card?")
        await anext(left)
        await left.aclose()  # the user closes the page
        assert opened[1].response.is_closed
        ann, bo = (names["budget"].accounts(user=user)[0] for user in ("ann", "bo"))
        assert ann.reserved == bo.reserved == 0
        return ann.spent, bo.spent

    whole, broken = asyncio.run(read())
    assert 0 < whole < broken
    assert broken == ceiling("gpt-4.1", 12, 500)


def test_5_cap_a_run(run: Callable[[str], Names]) -> None:
    names = run("5_cap_a_run")
    task, guard = names["begin"]("task-1", cap=0.01)
    said = [{"role": "user", "content": "Where is my card?"}]
    names["turn"](task, guard, "gpt-4.1", said, max_tokens=500)
    child, _ = names["begin"]("task-1/search", parent=task, cap=5)
    with pytest.raises(BudgetExceeded):  # its own cap has room, its parent's has not
        names["turn"](child, guard, "gpt-4.1", said, max_tokens=2_000)
    asked: list[Any] = []
    provider_of(names["client"]).reply = lambda body: asked.append(body["input"]) or "Done."
    late, guard = names["begin"]("task-3", cap=1)
    for spent in ("0.79", "0.02"):
        late.reserve(spent).settle(spent)
        names["turn"](late, guard, "gpt-4.1", said, max_tokens=500)
    few, guard = names["begin"]("task-4", cap=0.01)  # 500 x 8 / 1M is 0.004: no room for two
    few.reserve("0.003").settle("0.003")
    names["turn"](few, guard, "gpt-4.1", said, max_tokens=500)
    assert asked[0] == said and "Finish now" in asked[1][-1]["content"] and asked[1][:-1] == said
    assert "Finish now" in asked[2][-1]["content"]
    free, guard = names["begin"]("task-2")
    with pytest.raises(RunawayAgent):
        for _ in range(3):
            names["turn"](free, guard, "gpt-4.1", said)
    tools = [{"type": "function", "name": name, "parameters": None} for name in ("ls", "log", "st")]
    for tool in tools:  # three moves, though none has an argument
        provider_of(names["client"]).reply = lambda body, name=tool["name"]: [ToolCall(name, {})]
        names["turn"](free, guard, "gpt-4.1", said, tools=tools)


def test_7_cache_breakpoints(run: Callable[[str], Names]) -> None:
    names, handbook = run("7_cache_breakpoints"), "The bank charges no fee for this. " * 400
    for ask, request in (
        (names["ask_claude"], {"model": "claude-opus-5-5", "max_tokens": 50}),
        (names["ask_gpt"], {"model": "gpt-6.1-sol", "max_output_tokens": 500}),
    ):
        first = read_usage(ask(handbook, "Where is my card?", **request))
        second = read_usage(ask(handbook, "What is the fee?", **request))
        assert first.cached_input_tokens == 0 < second.cached_input_tokens
        assert second.cache_write_5m_tokens + second.cache_write_30m_tokens == 0
    reply = names["ask_gpt"](handbook, "And abroad?", **request)
    assert reply.prompt_cache_key is None  # from gpt-5.6 on a key separates, and no more
    plain = {"instructions": handbook, "model": "gpt-6.1-sol", "max_output_tokens": 500}
    for question in ("And abroad?", "And at night?"):  # what the snippet replaces
        before = read_usage(names["gpt"].responses.create(input=question, **plain))
        assert before.cached_input_tokens == 0 < before.cache_write_30m_tokens


def test_7_growing_conversation(run: Callable[[str], Names]) -> None:
    say = run("7_growing_conversation")["conversation"](
        "The bank charges no fee for this. " * 400, model="claude-opus-5-5", max_tokens=50
    )
    used = [read_usage(say(f"Question {n}: where is my card?")) for n in range(3)]
    for earlier, later in pairwise(used):
        known = earlier.cached_input_tokens + earlier.cache_write_5m_tokens
        assert later.cached_input_tokens == known > 0
        assert 0 < later.cache_write_5m_tokens < 200
    with pytest.raises(anthropic.BadRequestError):
        say([{"type": "nonsense"}])
    again = read_usage(say("Question 3: where is my card?"))  # what was refused is not sent again
    assert 0 < again.cache_write_5m_tokens < 200


def test_7_hit_rate_alarm(run: Callable[[str], Names], tmp_path: Any) -> None:
    names = run("7_hit_rate_alarm")

    def line(day: str, feature: str, **usage: Any) -> str:
        return json.dumps({"time": f"{day}T12:00:00", "feature": feature, "usage": usage})

    lines = (
        line("2026-11-27", "chat", input_tokens=50, input_tokens_details={"cached_tokens": 45}),
        line("2026-11-28", "chat", input_tokens=50, input_tokens_details={"cached_tokens": 5}),
        line("2026-11-27", "agent", input_tokens=2, cache_read_input_tokens=45,
             cache_creation_input_tokens=3),
        line("2026-11-28", "agent", input_tokens=2, cache_read_input_tokens=44,
             cache_creation_input_tokens=4),
        line("2026-11-25", "shop", input_tokens=9, cache_read_input_tokens=1),
        line("2026-11-26", "shop", input_tokens=1, cache_read_input_tokens=9),
        line("2026-11-28", "shop", input_tokens=5, cache_read_input_tokens=5),
        line("2026-11-28", "new", input_tokens=0),
        line("2026-11-28", "null", input_tokens=50, input_tokens_details=None),
        line("2026-11-28", "null", input_tokens=50, input_tokens_details={"cached_tokens": None}),
    )  # fmt: skip
    (tmp_path / "usage.jsonl").write_text("\n".join(lines))
    rates = names["hit_rates"]()
    assert rates["chat", "2026-11-27"] == rates["agent", "2026-11-27"] == 0.9
    assert names["alarms"](rates, "2026-11-28") == ["chat", "shop"]


def test_7_test_a_gateway(run: Callable[[str], Names]) -> None:
    names, handbook = run("7_test_a_gateway"), "The bank charges no fee for this. " * 400
    keeps, body = names["keeps_the_cache"], {"model": "claude-opus-5-5", "max_tokens": 50}
    assert keeps(handbook, **body) == "4 of 4 later calls read"
    assert keeps("Be brief.", **body).startswith("no breakpoint arrives")
    accounts = cycle([connect("anthropic") for _ in range(2)])  # a gateway that takes turns
    names["client"].messages.create = lambda **call: next(accounts).messages.create(**call)
    for _ in range(2):  # what the test before has left with both accounts does not count
        assert keeps(handbook, **body) == "3 of 4 later calls read"


def test_6_cut_results(run: Callable[[str], Names], tmp_path: Any) -> None:
    shortened = run("6_cut_results")["shortened"]
    assert shortened("short") == "short" and shortened("x" * 4_001) == "x" * 4_001
    long = "".join(str(n % 10) for n in range(49_998)) + "\r\n"
    cut = shortened(long)
    assert len(cut) < 4_300 and cut.startswith(long[:3_000]) and cut.endswith(long[-1_000:])
    (name,) = tmp_path.glob("results/*.txt")
    assert name.read_bytes() == long.encode() and name.name in cut
    assert len(shortened("x" * 4_200)) < 4_200


def test_6_compare_models(
    run: Callable[[str], Names], tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    # the second is one line of JSON
    texts = ("Where is my card?", "Is there a fee?\u2028Or none, für Zürich?")
    inputs = [json.dumps({"input": text}, ensure_ascii=False) for text in texts]
    (tmp_path / "inputs.jsonl").write_text("\n".join(inputs) + "\n\n", encoding="utf-8")
    names = run("6_compare_models")
    assert not any(find_model(model).shutdown for model in names["MODELS"])  # no announced end
    named, differing = (
        [json.loads(line) for line in (tmp_path / file).open(encoding="utf-8")]
        for file in ("answers.jsonl", "to_judge.jsonl")
    )
    assert [row["input"] for row in named] == list(texts)
    assert "für Zürich" in (tmp_path / "to_judge.jsonl").read_text(encoding="utf-8")
    said = capsys.readouterr().out
    assert f"{len(differing)} of 2 differ" in said
    log = provider_of(names["client"]).log
    for model, effort in names["MODELS"].items():  # each at its own effort: what it costs is said
        used = [read_usage({"object": "response", "usage": each.usage}) for each in log
                if each.model == model]  # fmt: skip
        assert all((each.reasoning_tokens == 0) == (effort == "none") for each in used)
        assert f"'{model}': {sum(each.output_tokens for each in used)}" in said
    assert not any(model in repr(differing) for model in names["MODELS"])
    for row in named:
        answers = sorted(row[model] for model in names["MODELS"])
        judged = {"number": row["number"], "input": row["input"], "answers": answers}
        assert (judged in differing) == (answers[0] != answers[1])


def test_8_search_replace(run: Callable[[str], Names]) -> None:
    names = run("8_search_replace")
    file = "a = 1\nb = 2\nb = 2\n"
    answer = "<<<<<<< SEARCH\na = 1\n=======\na = 3\n>>>>>>> REPLACE\n"
    assert names["apply"](file, answer) == "a = 3\nb = 2\nb = 2\n"
    with pytest.raises(ValueError, match="stands 2 times"):
        names["apply"](file, answer.replace("a = 1", "b = 2"))
    with pytest.raises(ValueError, match="stands 0 times"):  # the quote lost its indent
        names["apply"]("if b:\n    a = 1\n", answer)
    cut = answer.removesuffix(">>>>>>> REPLACE\n")
    lined = answer.replace("=======", "=======\nx\n=======")  # a quote that holds a marker
    for broken in ("Sure, here it is.", cut, answer + cut, cut + answer, lined):
        with pytest.raises(ValueError, match="no block, or a marker too many"):
            names["apply"](file, broken)
    asked = []

    def create(**request: Any) -> Any:
        asked.append(request)
        return type("Reply", (), {"output_text": answer})

    names["client"].responses.create = create
    assert names["edit"]("gpt-4.1", file, "Set a to 3.").startswith("a = 3")
    assert file in asked[0]["input"]
