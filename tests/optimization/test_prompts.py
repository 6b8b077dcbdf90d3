"""Sections, minifying, compression and examples: nothing lost, everything adds up."""

from __future__ import annotations

import json
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib.bank import traffic as bank
from costlib.intents.neighbours import labelled
from costlib.optimization.prompts import (
    added_tokens,
    best,
    compressed,
    evidence,
    example,
    extract,
    likeness,
    minify_json,
    needs,
    passages,
    prefix_rate,
    sections,
    typical,
    usd_a_month,
)
from costlib.pricing.prices import rate_card, role
from costlib.tokens.text import count_text

FLAGSHIP = role("anthropic", "flagship")
LINES = st.sampled_from(["# Head", "## Two", "text", "", "```", "  ", "- item", "#no", "a b  c"])

# ---------------------------------------------------------------- sections


@given(st.lists(LINES, max_size=14).map("\n".join))
def test_sections_lose_nothing(prompt):
    assert "".join(part.text for part in sections(prompt)) == prompt
    assert all(part.title for part in sections(prompt))


@given(st.text(max_size=200))
def test_any_text_has_sections(prompt):
    assert "".join(part.text for part in sections(prompt)) == prompt


def test_sections_are_headings_or_else_paragraphs():
    assert [p.title for p in sections("intro\n# A\nx\n## B\ny")] == ["intro", "A", "B"]
    assert [p.title for p in sections("one\nmore\n\n\ntwo\n\nthree")] == ["one", "two", "three"]
    assert [p.title for p in sections("# A\n```\n# no heading\n```\n# B")] == ["A", "B"]
    assert [p.title for p in sections("\n\n# A\nx\n# B")] == ["A", "B"]  # blank lines are no part
    assert [p.title for p in sections(" \none\n\ntwo")] == ["one", "two"]


@settings(max_examples=30)  # the first example loads an encoding
@given(st.lists(LINES, min_size=1, max_size=10).map("\n".join))
def test_the_tokens_of_the_parts_add_up_to_the_whole(prompt):
    for model in ("gpt-4.1", FLAGSHIP):
        added = added_tokens([part.text for part in sections(prompt)], model)
        assert sum(added) == count_text(prompt, model).tokens


def test_the_handbook_costs_its_prefix_section_by_section():
    parts = sections(bank.handbook())
    assert len(parts) == 15
    tokens = sum(added_tokens([part.text for part in parts], FLAGSHIP))
    rate = rate_card(FLAGSHIP).rates["input"]
    assert usd_a_month(tokens, 1_440_000, rate) == Decimal(tokens) * 1_440_000 * 4 / 1_000_000
    of_a_table = np.int32(tokens), np.int32(1_440_000)  # whose product int32 does not hold
    assert usd_a_month(*of_a_table, rate) == usd_a_month(tokens, 1_440_000, rate)


def test_the_price_of_a_prefix_by_hand():
    card = rate_card("claude-opus-5-5")  # input 4, read 0.20, written 5
    assert prefix_rate(card) == 4
    assert prefix_rate(card, 0.9) == Decimal("0.68")  # 0.9 x 0.2 + 0.1 x 5
    assert prefix_rate(card, 1) == Decimal("0.2")
    assert prefix_rate(card, 0.01) > prefix_rate(card)  # a cache that is seldom hit costs more
    assert prefix_rate(rate_card("gpt-4.1"), 0.5) == Decimal("1.25")  # writes are ordinary input
    with pytest.raises(ValueError, match="no share"):
        prefix_rate(card, 90)
    with pytest.raises(LookupError, match="no price for cached input"):
        prefix_rate(rate_card("gpt-4"), 0.5)


# ---------------------------------------------------------------- without loss

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 2, "\t"]), st.booleans())
def test_minified_json_is_the_same_value_and_the_shortest_spelling(value, indent, escaped):
    before = json.dumps(value, indent=indent, ensure_ascii=escaped)
    after = minify_json(before)
    assert json.loads(after) == json.loads(before)
    assert after == json.dumps(value, separators=(",", ":"), ensure_ascii=escaped)
    assert minify_json(after) == after


def test_minifying_keeps_what_a_parser_would_rewrite():
    assert minify_json('{ "a" : 12.50,\n "a" : 1E2, "b" : "x : \\" y" }') == (
        '{"a":12.50,"a":1E2,"b":"x : \\" y"}'
    )
    with pytest.raises(ValueError, match=r"line 1.*send it as it is"):
        minify_json("not json")


# ---------------------------------------------------------------- by passage


def test_every_intent_has_its_evidence_once_in_the_handbook():
    handbook, found = bank.handbook(), evidence()
    assert set(found) == set(labelled("test")["category"])
    assert all(handbook.count(phrase) == 1 for phrase in found.values())
    assert needs(list(found), passages(handbook)).any(axis=1).all()  # each within one line
    served = needs(list(found), [part.text for part in sections(handbook)]).any(axis=0)
    idle = [p.title[:2] for p, used in zip(sections(handbook), served, strict=True) if not used]
    assert idle == ["La", "1.", "2.", "11", "13", "14"]


def test_passages_are_lines_that_say_something():
    text = "# Title\n\nOne. Two.\n\n| a | b |\n|---|---|\n| 1 | 2 |\n- item\n"
    assert passages(text) == ["One. Two.", "| a | b |", "| 1 | 2 |", "- item"]


def test_likeness_counts_rare_words_more():
    alike = likeness(["a card", "nothing known"], ["a card", "a fee", "a limit"])
    assert alike[0, 0] == pytest.approx(1)
    assert alike[0, 1] == alike[0, 2] < 0.5  # "a" stands everywhere and counts less
    assert not alike[1].any()


@given(
    st.lists(st.text("abc ", max_size=8), min_size=1, max_size=6),
    st.lists(st.text("abc ", max_size=8), min_size=1, max_size=6),
)
def test_likeness_is_a_cosine(queries, texts):
    alike = likeness(queries, texts)
    assert alike.shape == (len(queries), len(texts))
    assert (alike >= 0).all() and (alike <= 1 + 1e-5).all()


def test_the_best_are_kept_in_their_order():
    assert best(np.array([[1, 3, 3, 2]]), 2).tolist() == [[False, True, True, False]]
    assert best(np.array([[1, 1, 1]]), 2).tolist() == [[True, True, False]]
    assert best(np.array([[1.0, 2.0]]), 5).all()
    assert extract(["a", "b", "c"], [1, 3, 2], 2) == "b\nc"


def test_a_selection_is_scored_by_tokens_and_evidence():
    sent = np.array([[True, False, False], [True, True, False]])
    needed = np.array([[False, True, False], [False, True, True]])
    found = compressed(sent, needed, np.array([10, 20, 70]))
    assert (found.tokens, found.of_all, found.evidence.value) == (20, 0.2, 0.5)
    everything = compressed(np.ones((2, 3), bool), needed, np.array([10, 20, 70]))
    assert (everything.of_all, everything.evidence.value) == (1, 1)


def test_more_text_never_holds_less_evidence():
    test = labelled("test")[::20]
    lines = passages(bank.handbook())
    lengths = np.array([count_text(line, "gpt-4.1").tokens for line in lines])
    alike, needed = likeness(test["text"], lines), needs(test["category"], lines)
    kept = [compressed(best(alike, k), needed, lengths) for k in (1, 5, 20, 40, len(lines))]
    assert [c.evidence.value for c in kept] == sorted(c.evidence.value for c in kept)
    assert kept[0].evidence.value < 0.3 and kept[-1].evidence.value == 1


# ---------------------------------------------------------------- examples


def test_typical_examples_are_nearest_to_the_mean_of_their_label():
    vectors = np.array([[1.0, 0.0], [0.8, 0.6], [0.0, 1.0], [0.6, 0.8]])
    assert typical(vectors, ["b", "b", "a", "b"]).tolist() == [2, 1]
    assert typical(vectors, ["b", "b", "a", "b"], each=2).tolist() == [2, 1, 3]
    assert example(" Where? \n", "card") == "Question: Where?\nIntent: card\n\n"
