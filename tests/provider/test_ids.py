"""A vendor's API takes the names that are its own, and answers every other spelling with 404."""

from __future__ import annotations

import csv
from datetime import date

import anthropic
import openai
import pytest

from costlib.paths import data_path
from costlib.pricing.price_book import AS_OF
from costlib.pricing.prices import find_model, models
from costlib.provider import connect
from costlib.provider.ids import end_of, is_own, own_names

ASKED = [{"role": "user", "content": "hi"}]


def chat_models(vendor: str) -> list[str]:
    """The own names of the chat models that can be called on the virtual day."""
    return [
        name
        for model in models(vendor, kind="chat", at=AS_OF)
        for name in own_names(vendor, model)
        if (end_of(vendor, name, model) or date.max) > AS_OF
    ]


def spellings(name: str) -> set[str]:
    """As clouds, gateways, tools and people write a model."""
    first, _, rest = name.removeprefix("claude-").partition("-")
    made = {f"openai/{name}", f"azure/{name}", f"anthropic/{name}", f"{name}-latest", f"{name}@x"}
    made |= {name.upper(), name.replace(".", "-"), f"{name}-thinking", f"{name}[1m]", f" {name}"}
    if name.startswith("claude-") and rest:
        made |= {f"claude-{rest}-{first}", f"claude-{first}-{rest.replace('-', '.')}"}
    return made - {name}


def test_claude_takes_its_own_names_alone():
    client = connect("anthropic")
    names = chat_models("anthropic")
    assert {"claude-haiku-5-5", "claude-opus-5"} <= set(names)
    for name in names:
        assert client.messages.count_tokens(model=name, messages=ASKED).input_tokens, name
        for other in spellings(name) - set(names):
            with pytest.raises(anthropic.NotFoundError, match="not_found_error"):
                client.messages.count_tokens(model=other, messages=ASKED)


def test_openai_takes_its_own_names_alone():
    client = connect("openai")
    names = set(chat_models("openai"))
    for name in names:
        for other in spellings(name) - names:
            with pytest.raises(openai.NotFoundError) as caught:
                client.chat.completions.create(model=other, messages=ASKED, max_completion_tokens=9)
            assert caught.value.code == "model_not_found", other


@pytest.mark.parametrize(
    "name",
    ["gpt-5-1", "gpt-5.2-chat", "o3-mini-high", "gpt-5.1-mini", "ft:gpt-4o", "gpt-oss-120b"],
)
def test_names_of_other_places_are_not_openais(name):
    assert not is_own("openai", name)
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        connect("openai").chat.completions.create(model=name, messages=ASKED)


@pytest.mark.parametrize(
    ("name", "end"), [("gpt-5.1-codex", "2026-07-23"), ("gpt-5.2-chat-latest", "2026-08-10")]
)
def test_a_name_may_end_before_its_model(name, end):
    """Both are billed as a model that can still be called."""
    client = connect("openai")
    with pytest.raises(openai.NotFoundError, match=f"shut down on {end}"):
        client.responses.create(model=name, input="Hm?")
    assert name not in {model.id for model in client.models.list()}
    assert client.responses.create(model=name[:7], input="Hm?").model


def test_the_refusal_names_the_vendors_own_name():
    with pytest.raises(anthropic.NotFoundError, match="where it is 'claude-haiku-4-5'"):
        connect("anthropic").messages.create(model="claude-4-5-haiku", max_tokens=9, messages=ASKED)


@pytest.mark.parametrize(
    ("model", "kind"), [("text-embedding-ada", "embedding"), ("moderation-latest", "moderation")]
)
def test_other_endpoints_take_own_names_alone(model, kind):
    client = connect("openai")
    with pytest.raises(openai.NotFoundError):
        if kind == "embedding":
            client.embeddings.create(model=model, input="hi")
        else:
            client.moderations.create(model=model, input="hi")


def test_the_list_of_models_can_be_called():
    """Each name that a list has is one that the API takes, snapshots of OpenAI's too."""
    client = connect("openai")
    listed = {model.id for model in client.models.list()}
    assert {"gpt-4.1", "gpt-4.1-2025-04-14", "omni-moderation-latest"} <= listed
    assert not listed & {"gpt-5-1", "gpt-oss-120b", "moderation", "ft:gpt-4o"}
    assert {model.id for model in connect("anthropic").models.list()} <= set(
        chat_models("anthropic")
    )


def test_each_row_says_what_the_sdk_does_not():
    with data_path("model_ids.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len({(row["vendor"], row["id"]) for row in rows}) == len(rows)
    for row in rows:
        assert row["source"] and row["checked"]
        assert is_own(row["vendor"], row["id"]) == (row["exists"] == "yes")
        if row["ended"]:
            end = date.fromisoformat(row["ended"])
            assert row["exists"] == "yes" and end <= (find_model(row["id"]).shutdown or end)
