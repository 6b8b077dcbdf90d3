"""costlib.pricing.names: names as logs, gateways and tools write them."""

from __future__ import annotations

import re
from datetime import date

import pytest

from costlib.pricing.prices import book, find_model, rate_card

CERTAIN = {
    "azure/gpt-4o": "gpt-4o",
    "azure/global/gpt-4.1-mini": "gpt-4.1-mini",
    "openai/gpt-5.1": "gpt-5.1",
    "openrouter/openai/gpt-4o": "gpt-4o",
    "anthropic/claude-sonnet-4.6": "claude-sonnet-4-6",
    "openrouter/anthropic/claude-sonnet-4.6:thinking": "claude-sonnet-4-6",
    "openai/gpt-5.1:nitro": "gpt-5.1",
    "openai:gpt-4o": "gpt-4o",
    "openai-responses:gpt-5.1": "gpt-5.1",
    "anthropic:claude-sonnet-4-6": "claude-sonnet-4-6",
    "google-gla:gemini-2.5-flash": "gemini-2.5-flash",
    "bedrock:anthropic.claude-3-5-sonnet-20240620-v1:0": "claude-3-5-sonnet",
    "bedrock_converse/anthropic.claude-sonnet-4-6": "claude-sonnet-4-6",
    "azure/global-standard/gpt-4o": "gpt-4o",
    "google/gemini-2.5-pro": "gemini-2.5-pro",
    "gemini/gemini-2.5-flash": "gemini-2.5-flash",
    "models/gemini-2.5-flash": "gemini-2.5-flash",
    "publishers/google/models/gemini-2.5-flash": "gemini-2.5-flash",
    "projects/p/locations/us-central1/publishers/google/models/gemini-2.5-pro": "gemini-2.5-pro",
    "vertex_ai/claude-sonnet-4-5@20250929": "claude-sonnet-4-5",
    "claude-3-5-sonnet-v2@20241022": "claude-3-5-sonnet",
    "claude-opus-4@20250514": "claude-opus-4-0",
    "claude-opus-4-8@default": "claude-opus-4-8",
    "xai/grok-4-fast": find_model("grok-4-fast").id,
    "deepseek/deepseek-chat": find_model("deepseek-chat").id,
    "claude-opus-4-8[1m]": "claude-opus-4-8",
    "claude-sonnet-4-5-20250929[1m]": "claude-sonnet-4-5",
    "claude-4.6-sonnet": "claude-sonnet-4-6",
    "Claude Sonnet 4.5": "claude-sonnet-4-5",
    "claude-4.5-sonnet-thinking": "claude-sonnet-4-5",
    "gpt-5.1-codex-max": "gpt-5.1",
    "gpt-5.1-codex-high": "gpt-5.1",
    "anthropic.claude-3-5-sonnet-20240620-v1:0": "claude-3-5-sonnet",
    "us.anthropic.claude-3-5-sonnet-20240620-v1:0": "claude-3-5-sonnet",
    "bedrock/anthropic.claude-sonnet-4-6": "claude-sonnet-4-6",
    "global.anthropic.claude-sonnet-4-5-20250929-v1:0": "claude-sonnet-4-5",
    "arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-3-haiku-20240307-v1:0":
        "claude-3-haiku",
    # Dated names that answers give; a hint had proposed a model of another price for the first.
    "gemini-2.5-flash-native-audio-preview-09-2025": "gemini-live-2.5-flash",
    "gemini-live-2.5-flash-native-audio": "gemini-live-2.5-flash",
    "gemini-2.5-flash-lite-preview-09-2025": "gemini-2.5-flash-lite",
    "models/gemini-2.5-pro-preview-06-05": "gemini-2.5-pro",
    "gemini-2.5-flash-preview-05-20": "gemini-2.5-flash-preview",
    "gpt-4o-mini-transcribe-2025-12-15": "gpt-4o-mini-transcribe",
    "gpt-4o-mini-tts-2025-12-15": "gpt-4o-mini-tts",
    "gpt-5-search-api-2025-10-14": "gpt-5-search-api",
    "computer-use-preview-2025-03-11": "computer-use",
    "gpt-3.5-turbo-instruct:20230824-v2": "gpt-3.5-turbo-instruct",
    "mistral/magistral-medium-2509": "magistral-medium",
    "mistral/pixtral-12b-2409": "pixtral-12b",
    "x-ai/grok-4.1-fast": "grok-4-1-fast-reasoning",
    "ft:gpt-4o-mini-2024-07-18:acme::Bc1": "ft:gpt-4o-mini",
    "ft:gpt-3.5-turbo-0125:acme:x:Bc1": "ft:gpt-3.5-turbo-",
}  # fmt: skip


@pytest.mark.parametrize("name", CERTAIN)
def test_a_name_in_wrappers_is_its_model(name):
    assert find_model(name).id == CERTAIN[name]
    assert rate_card(name).model == CERTAIN[name]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("us.anthropic.claude-sonnet-4-5-20250929-v1:0", "claude-sonnet-4-5"),
        ("eu.anthropic.claude-opus-4-6-v1", "claude-opus-4-6"),
        ("arn:aws:bedrock:eu-west-1:123456789012:inference-profile/"
         "eu.anthropic.claude-haiku-4-5-20251001-v1:0", "claude-haiku-4-5"),
        ("projects/p/locations/us-east5/publishers/anthropic/models/claude-opus-4-6",
         "claude-opus-4-6"),
        ("azure/eu/gpt-4.1", "gpt-4.1"),
    ],
)  # fmt: skip
def test_a_region_that_costs_more_names_the_model_and_the_factor(name, plain):
    with pytest.raises(LookupError, match=rf"'{re.escape(plain)}' .*1\.1 times.*multiply by 1\.1"):
        find_model(name)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("ft:gpt-4.1-mini-2025-04-14:acme::Bc1", "costs more than its base"),
        ("openrouter/deepseek/deepseek-chat", "each host"),
        ("azure_ai/deepseek-v4-pro", "each host"),
        ("bedrock/mistral.mistral-large-2407-v1:0", "each host"),
        ("vertex_ai/mistral-medium-3", "each host"),
        ("azure_ai/gpt-oss-120b", "each host"),
        ("openai/gpt-oss-20b:free", "free variant"),
        ("anthropic/claude-opus-4.6:online", "web search is charged on top"),
        ("claude-opus-4-6-fast", "tier='fast'"),
    ],
)
def test_another_price_is_refused_with_the_reason(name, words):
    with pytest.raises(LookupError, match=words) as refused:
        find_model(name)
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize(
    ("name", "rates"),
    [  # litellm 1.110.2 map
        ("us.openai.gpt-6-sol", (2.2, 11)),
        ("global.xai.grok-4.7", (2, 6)),
        ("us-gov.anthropic.claude-opus-5-5", (4.8, 24)),
        ("bedrock/us-gov-west-1/anthropic.claude-haiku-4-5-20251001-v1:0", (1.2, 6)),
        ("bedrock/us-gov-east-1/anthropic.claude-3-haiku-20240307-v1:0", (0.3, 1.5)),
        ("bedrock/eu-central-1/anthropic.claude-opus-4-6-v1", (5.5, 27.5)),
        ("arn:aws:bedrock:us-east-1:123456789012:inference-profile/"
         "global.anthropic.claude-opus-4-6-v1", (5, 25)),
        # A name that its maker gives to another model is that model still on a cloud.
        ("azure_ai/grok-4", (3, 15)), ("xai/grok-4", (1.25, 2.5)),
        ("vertex_ai/xai/grok-4.1-fast-reasoning", (0.2, 0.5)),
        ("vertex_ai/gemini-3.5-flash", (1.5, 9)), ("gemini/gemini-3.5-flash", (0.75, 3.75)),
    ],
)  # fmt: skip
def test_what_a_cloud_charges(name, rates):
    card = rate_card(name, at=date(2026, 11, 29))
    assert (float(card.input), float(card.output)) == rates


def test_a_misspelling_is_guessed_and_another_version_is_not():
    with pytest.raises(LookupError, match="did you mean gpt-4o"):
        find_model("GPT-4o")
    with pytest.raises(LookupError, match="did you mean claude-sonnet-4-6"):
        find_model("claude-sonet-4-6")
    with pytest.raises(LookupError, match="other models with prices of their own") as refused:
        find_model("claude-opus-4-9")
    assert "did you mean" not in str(refused.value)
    with pytest.raises(
        LookupError, match="such as claude-mythos-5 and claude-mythos-5-2"
    ) as refused:
        find_model("claude-mythos-6")
    assert "did you mean" not in str(refused.value)


@pytest.mark.parametrize("name", ["gpt-9", "claude-opus-4-9", "claude-sonnet-9", "gemini-9-pro"])
def test_no_hint_is_three_times_another(name):
    with pytest.raises(LookupError) as refused:
        find_model(name)
    hinted = [key for key in book().names if re.search(rf"\b{re.escape(key)}(?= and | or |,|\?)",
                                                       str(refused.value))]  # fmt: skip
    rates = [rate_card(key).input for key in hinted if key in str(refused.value)]
    rates = [rate for rate in rates if rate]
    assert not rates or max(rates) < 3 * min(rates), (str(refused.value), rates)


@pytest.mark.parametrize(
    "name", ["", " ", "sonar-pro", "<synthetic>", "us.", "ft:", "azure/", "-v1:0"]
)
def test_what_is_no_models_name(name):
    with pytest.raises(LookupError, match="no price is known"):
        find_model(name)


def test_every_name_of_the_book_means_what_it_meant():
    for name, owners in book().names.items():
        if "YYYY" not in name:
            for model in owners:
                assert find_model(name, model.provider) is model
