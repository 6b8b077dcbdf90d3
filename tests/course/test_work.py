"""What a learner pastes at work runs: each snippet of solutions/work/ on the offline provider.

A snippet imports the real SDKs and makes its own client; here that client's transport is offline.
Every snippet has a test of what it promises, by its name.
"""

from __future__ import annotations

import json
import runpy
from collections.abc import Callable
from typing import Any

import anthropic
import openai
import pytest

from costlib import connect, connect_async, read_usage
from costlib.paths import ROOT
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
        assert len(lines) <= 20, f"{each.name} is too long to paste without reading"
        assert each.when and each.title[0].isupper()


def test_every_snippet_is_shown_in_its_lesson() -> None:
    for each in snippets(FOLDER):
        (lesson,) = ROOT.glob(f"solutions/{each.lesson:02d}_*.py")
        assert f"{{{{work:{each.name}}}}}" in lesson.read_text(encoding="utf-8"), each.name


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


def test_3_worst_case(run: Callable[[str], Names]) -> None:
    ask = run("3_worst_case")["ask"]
    reply = ask("gpt-4.1", "Where is my card?", most_usd=0.05)
    assert reply.usage.output_tokens <= 800
    # 800 x 24 / 1M, twice, is 0.0384 before a token of input
    with pytest.raises(ValueError, match=r"may cost 0\.038\d USD, and 0\.03 are allowed"):
        ask("gpt-4.1", "Where is my card?", most_usd=0.03)


def test_3_limit_from_logs(
    run: Callable[[str], Names], tmp_path: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = [json.dumps({"usage": {"output_tokens": n}}) for n in range(1, 201)]
    (tmp_path / "usage.jsonl").write_text("\n".join(lines) + "\n")
    p99 = run("3_limit_from_logs")["p99"]
    assert sum(n <= p99 for n in range(1, 201)) == 198
    assert "200 answers, mean 100, max_tokens=199" in capsys.readouterr().out


def test_4_stream_usage(run: Callable[[str], Names]) -> None:
    stream, logged = run("4_stream_usage")["stream"], []
    request = {"model": "gpt-4.1", "messages": [{"role": "user", "content": "Hello"}]}
    assert "".join(stream(logged.append, **request))
    assert logged[0].completion_tokens > 0
    left = stream(logged.append, **request)
    next(left)
    left.close()
    assert logged[1] is None


def test_4_tags(run: Callable[[str], Names]) -> None:
    ask = run("4_tags")["ask"]
    first, again, other = (
        ask("chat", user, model="gpt-4.1", input="Hello") for user in ("ada", "ada", "bo")
    )
    assert first.metadata["feature"] == "chat" and "ada" not in first.metadata["user"]
    assert first.metadata["user"] == again.metadata["user"] != other.metadata["user"]
    assert first.safety_identifier == first.metadata["user"]
