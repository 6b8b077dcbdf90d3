"""Lesson 6's second calculator: parts that add up, by hand, and sentences for bad input."""

from __future__ import annotations

import re
from decimal import Decimal

import pytest

from costlib.bank.traffic import handbook
from costlib.calculators.prompt_diet import EXAMPLE, LONGEST, PastedPrompt, PromptDiet, _models
from costlib.pricing.prices import rate_card, role
from costlib.tokens.text import count_text, tokenizer_of


def test_parts_add_up_to_the_whole_by_hand():
    found = PastedPrompt(prompt=handbook(), requests_a_day=1_000).result()
    assert sum(part.tokens for part in found.parts) == found.whole.tokens
    assert sum(part.usd for part in found.parts) == Decimal(found.whole.tokens * 30_000 * 4) / 10**6


def test_one_part_by_hand():
    # "Hello, world" is 3 tokens of o200k; 100 a day for 30 days at 2 USD per million
    (part,) = (
        PastedPrompt(prompt="Hello, world", model="openai/gpt-4.1", requests_a_day=100)
        .result()
        .parts
    )
    assert (part.title, part.tokens, part.usd) == ("Hello, world", 3, Decimal("0.018"))


def test_a_cache_prices_reads_and_writes():
    # read at 0.20 by 90%, written at 5 by the others: 0.68 instead of 4
    plain, cached = (PastedPrompt(read=read).result().rate for read in (0.0, 90.0))
    assert (plain, cached) == (Decimal(4), Decimal("0.68"))


def test_the_mean_of_reads_and_writes_is_exact_and_said():
    # 20.8% at 0.20 and 79.2% at 5 are 4.0016, dearer than 4 without a cache
    shown = PromptDiet(read=20.8).output.value
    assert "at 4.0016 USD per million tokens, the mean of 20.8% that read it" in shown
    assert "and 79.2% that write it there (rates" in shown
    assert "the mean of" not in PromptDiet(read=0.0).output.value


def test_a_prompt_below_the_minimum_is_not_read_alone():
    (note, *_) = PromptDiet(prompt=EXAMPLE, read=90.0).answer_now().notes
    assert "claude-opus-5-5 caches nothing below 512 tokens" in note and "set 0%" in note
    for found in (PromptDiet(prompt=EXAMPLE), PromptDiet(prompt=handbook(), read=90.0)):
        assert "caches nothing" not in " ".join(found.answer_now().notes)


def test_what_could_go_is_named_and_counted():
    found = PastedPrompt(prompt=EXAMPLE).result()
    assert found.json_saved > 0
    assert found.repeated == ("- Answer in at most two sentences.",)
    line = count_text("- Answer in at most two sentences.\n", found.model).tokens
    assert found.repeated_tokens == line
    ruled = "| a | b | c |\n|-----|-----|-----|\n| 1 | 2 | 3 |\n" + "-" * 30
    assert PastedPrompt(prompt=f"{ruled}\n\n{ruled}").result().repeated == ()
    clean = PastedPrompt(prompt="# A\nshort\nshort\n```json\nno json\n```\n").result()
    assert (clean.json_saved, clean.repeated) == (0, ())


def test_json_is_found_without_a_fence_and_its_records_are_not_said_again():
    records = (
        '[\n  {\n    "date": "2026-11-01 12:00"\n  },\n  {\n    "date": "2026-11-01 12:00"\n  }\n]'
    )
    short = '[{"date":"2026-11-01 12:00"},{"date":"2026-11-01 12:00"}]'
    for around in ("Booked:\n{}\nBe brief.", "<data>\n{}\n</data>", "```\n{}\n```", "{}"):
        found = PastedPrompt(prompt=around.replace("{}", records)).result()
        least = count_text(around.replace("{}", short), found.model).tokens
        assert found.json_saved == found.whole.tokens - least > 0
        assert found.repeated == ()
    for other in ("[ ] to do", '{"a": 1} and more', '{"a": 1, }', "[ see](here)", "[" * 20_000):
        assert PastedPrompt(prompt=other).result().json_saved == 0


@pytest.mark.parametrize("model", [name for _, name in _models()][:12])
def test_every_model_on_the_list_counts_and_prices(model):
    assert PastedPrompt(model=model).result().whole.tokens > 100


def test_the_view_follows_its_controls():
    view = PromptDiet()
    assert f"{role('anthropic', 'flagship')}: est." in view.output.value
    name = role("openai", "nano")
    assert tokenizer_of(name).exact
    view.controls["model"].value = f"openai/{name}"
    assert f"{name}: " in view.output.value and "est." not in view.output.value
    view.controls["prompt"].value = "# Only\nHello, world"
    assert "the dearest part is “Only”" in view.output.value
    view.controls["read"].value = "100.0"
    assert f"{rate_card(name).cached_input} USD per million" in view.output.value


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        ({"prompt": "  \n"}, "There is no prompt yet"),
        ({"prompt": "x" * (LONGEST + 1)}, "60,001 characters"),
    ],
)
def test_bad_input_gives_a_sentence(inputs, sentence):
    view = PromptDiet(**inputs)
    assert sentence in view.output.value and "<table" not in view.output.value


def test_a_prompt_is_shown_as_text_and_not_as_markup():
    view = PromptDiet(prompt="# <b>Bold</b> & $5 or $6\n<script>alert(1)</script>")
    html = view._repr_mimebundle_()["text/html"]
    assert "<script>" not in html and "<b>Bold" not in html
    assert not re.search(r"\$5[^<]*\$6", html)  # no formula between two dollar signs


def test_a_model_without_a_cached_price_says_so():
    names = [name for _, name in _models()]
    assert all(name.split("/")[0] in ("openai", "anthropic") for name in names)
    if "openai/gpt-4" in names:
        assert (
            "no price for cached input" in PromptDiet(model="openai/gpt-4", read=50.0).output.value
        )
