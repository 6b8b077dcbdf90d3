"""Predictions, edit formats and slips: by hand, properties, real edits, git as the referee."""

from __future__ import annotations

import math
import shutil
import subprocess
from datetime import date
from decimal import Decimal
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from costlib import connect, cost_of, provider_of, read_usage
from costlib.prediction.acceptance import (
    PREDICTED,
    PREDICTS,
    RULES,
    break_even_change,
    break_even_second,
    call,
    compare,
    edits,
    largest_edit,
    request,
    ways,
)
from costlib.prediction.edit_formats import (
    DIVIDER,
    FORMATS,
    REPLACE,
    SEARCH,
    WHOLE,
    Refused,
    apply_blocks,
    apply_diff,
    apply_ranges,
    write_blocks,
    write_diff,
    write_ranges,
)
from costlib.prediction.edit_slips import SLIPS, malformed, outcome
from costlib.provider.alignment import Alignment, align, kept
from costlib.tokens.encodings import load_encoding

# Few different lines and words, so that they repeat and places are ambiguous.
LINES = st.lists(
    st.sampled_from(["", "a = 1", "b = 2", "    c(x, y)", "end", "-", "+x"]), max_size=14
)
FILES = LINES.map(lambda lines: "".join(f"{line}\n" for line in lines))
TEXTS = st.text(alphabet="abc (\n", max_size=120)


# --- Cost -------------------------------------------------------------------------------------


def test_the_published_measurement_by_hand():
    """Simon Willison, 2024-11-04, gpt-4o: 0.1555 and 0.2675 cents, 5.2 and 3.3 seconds."""
    when = date(2024, 11, 4)
    plain = call("gpt-4o", 150, 118, at=when)
    predicted = call("gpt-4o", 166, 226 - 107, Alignment(49, 107), at=when)
    assert plain.cost == Decimal("0.001555")  # 150 x 2.5 + 118 x 10, per million
    assert predicted.cost == Decimal("0.002675")  # 166 x 2.5 + 226 x 10
    # The latency model was set to these two numbers, so this shows that it still is, and no more.
    assert plain.seconds == pytest.approx(5.2, abs=0.1)
    assert predicted.seconds == pytest.approx(3.3, abs=0.1)


@pytest.mark.parametrize("rule", RULES)
@settings(max_examples=120)
@given(before=TEXTS, after=TEXTS, sent=st.integers(0, 10_000))
def test_a_prediction_never_costs_less(rule, before, after, sent):
    found = compare(before, after, "gpt-4.1", input_tokens=sent, rule=rule)
    usage = found.predicted.usage
    assert found.extra == usage.rejected_prediction_tokens * Decimal(8) / 1_000_000 >= 0
    assert found.seconds_saved >= 0
    assert usage.accepted_prediction_tokens <= found.plain.usage.output_tokens
    same = compare(after, after, "gpt-4.1", input_tokens=sent, rule=rule)
    assert same.extra == 0


@pytest.mark.parametrize("edit", edits()[:10], ids=repr)
def test_a_call_is_what_the_sdk_reports_and_the_provider_models(edit):
    messages = request(edit.before, FORMATS[WHOLE], edit.task)
    prediction = {"prediction": {"type": "content", "content": edit.before}}
    for extra in ({}, prediction):
        client = connect("openai")  # a new one, or the second prompt would be read from the cache
        provider_of(client).reply = lambda body: edit.after
        reply = client.chat.completions.create(model="gpt-4.1", messages=messages, **extra)
        usage = read_usage(reply)
        found = compare(edit.before, edit.after, "gpt-4.1", input_tokens=usage.input_tokens)
        expected = found.predicted if extra else found.plain
        assert expected.usage.output_tokens == usage.output_tokens
        assert expected.cost == cost_of(usage, "gpt-4.1").total
        assert expected.seconds == provider_of(client).log[-1].latency
        assert usage.accepted_prediction_tokens == expected.usage.accepted_prediction_tokens


@settings(max_examples=150)
@given(before=TEXTS, after=TEXTS)
def test_the_tokens_kept_are_as_many_as_are_accepted_and_in_order(before, after):
    encode = load_encoding("o200k_base").encode_ordinary
    taken = kept(before, after, "o200k_base")
    assert sum(taken) == align(before, after, "o200k_base").accepted
    left = iter(encode(before))
    assert all(token in left for token, mine in zip(encode(after), taken, strict=True) if mine)


def test_bad_calls_say_what_is_wrong():
    with pytest.raises(ValueError, match="part of the reply"):
        call("gpt-4.1", 10, 5, Alignment(6, 0))
    with pytest.raises(LookupError, match="diff, draft"):
        compare("a", "b", "gpt-4.1", rule="guess")
    with pytest.raises(ValueError, match="share"):
        ways("a\n", "b\n", "gpt-4.1", failing=1.5)


def test_models_that_take_predictions_have_a_price_and_an_end():
    from costlib.pricing.prices import find_model

    assert {find_model(name).shutdown for name in PREDICTS} >= {date(2027, 1, 14)}
    assert all(find_model(name).shutdown <= date(2027, 1, 14) for name in PREDICTS)


# --- Break-evens ------------------------------------------------------------------------------


def test_break_evens_by_hand():
    # 20 rejected x 8 / 1M = 0.00016 USD; 100 accepted at 25 a second save 4 s
    assert break_even_second(100, 20, "gpt-4.1", 25) == pytest.approx(0.00004)
    assert break_even_second(0, 20, "gpt-4.1", 25) == math.inf
    assert break_even_second(0, 0, "gpt-4.1", 25) == 0
    # r s = 8e-6 x 25 = 0.0002 USD a second: at that value half may be rejected
    assert break_even_change(0.0002, "gpt-4.1", 25) == pytest.approx(0.5)
    # 2,000 tokens, 100 of overhead, 10% refused: 2 e = 1,800 - 100
    assert largest_edit(2_000, 100, 0.1) == pytest.approx(850)
    assert largest_edit(100, 200) == 0


@given(
    accepted=st.integers(1, 10_000),
    rejected=st.integers(1, 10_000),
    value=st.floats(1e-6, 1, allow_nan=False),
)
def test_the_two_break_evens_agree(accepted, rejected, value):
    share = rejected / (accepted + rejected)
    limit = break_even_change(value, "gpt-4.1", 25)
    needed = break_even_second(accepted, rejected, "gpt-4.1", 25)
    if not math.isclose(share, limit, rel_tol=1e-6):
        assert (share < limit) == (needed < value)


def test_bad_break_evens_say_what_is_wrong():
    with pytest.raises(ValueError, match="failing=2"):
        largest_edit(100, failing=2)
    with pytest.raises(ValueError, match="tokens_a_second=0"):
        break_even_change(1, "gpt-4.1", 0)


# --- Formats ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", FORMATS)
@settings(max_examples=300)
@given(before=FILES, after=FILES)
def test_what_is_written_can_be_applied(name, before, after):
    form = FORMATS[name]
    assert form.apply(before, form.write(before, after)) == after


@settings(max_examples=200)
@given(before=LINES, after=FILES, seed=st.integers(0, 99))
def test_wrong_line_numbers_of_a_diff_are_no_matter_where_each_line_stands_once(
    before, after, seed
):
    before = "".join(f"{n} {line}\n" for n, line in enumerate(before))
    slipped = SLIPS["line numbers off"](before, write_diff(before, after), Random(seed))
    assert slipped is None or apply_diff(before, slipped) == after


def test_of_two_places_the_one_nearest_to_the_line_number_is_meant():
    for line, after in ((1, "b\na\na\n"), (3, "a\na\nb\n"), (9, "a\na\nb\n")):
        assert apply_diff("a\na\na\n", f"@@ -{line} +{line} @@\n-a\n+b\n") == after
    assert apply_diff("a\nx\na\n", "@@ -2 +2 @@\n-a\n+b\n") == "a\nx\nb\n"


@pytest.mark.skipif(shutil.which("git") is None, reason="git is the referee here")
def test_git_agrees_on_what_can_be_applied(tmp_path):
    (tmp_path / "file").touch()
    rng = Random(8)
    for edit in edits()[5:15]:
        answer = write_diff(edit.before, edit.after)
        slipped = [SLIPS[name](edit.before, answer, rng) for name in SLIPS]
        for each in [answer, *filter(None, slipped)]:
            (tmp_path / "file").write_bytes(edit.before.encode())
            done = subprocess.run(
                ["git", "apply", "--whitespace=nowarn", "-"],
                cwd=tmp_path,
                input=each.encode(),
                capture_output=True,
            )
            got = (tmp_path / "file").read_bytes().decode()
            if outcome(edit.before, edit.after, each, apply_diff) == "refused":
                assert done.returncode != 0
            else:
                assert done.returncode == 0 and apply_diff(edit.before, each) == got


@pytest.mark.parametrize(
    ("apply", "answer", "reason"),
    [
        (apply_diff, "@@ -1,1 +1,1 @@\n-b\n+c\n", "for line 1 quotes is nowhere"),
        (apply_diff, "@@ -1,2 +1,1 @@\n-a\n+c\n", "announces"),
        (apply_diff, "Here is the diff:\n@@ -1 +1 @@\n-a\n+c\n", "where a hunk should begin"),
        (apply_diff, "@@ -1 +1 @@\n-a\n+c\nThat is all.\n", "neither a space"),
        (apply_blocks, f"{SEARCH}\nb\n{DIVIDER}\nc\n{REPLACE}\n", "in 0 places"),
        (apply_blocks, f"{SEARCH}\nx\n{DIVIDER}\nc\n{REPLACE}\n", "in 2 places"),
        (apply_blocks, f"{SEARCH}\n{DIVIDER}\nc\n{REPLACE}\n", "'nothing' is in 0 places"),
        (apply_blocks, f"{SEARCH}\na\n{DIVIDER}\nc\n", "has no end"),
        # without an end, or a divider, or with two of them: a change would be lost
        *(
            (
                apply_blocks,
                f"{SEARCH}\n{lines}\n{SEARCH}\na\n{DIVIDER}\nc\n{REPLACE}\n",
                "out of pl",
            )
            for lines in (f"a\n{DIVIDER}\nb", "a", f"a\n{DIVIDER}\nb\n{DIVIDER}\nc\n{REPLACE}")
        ),
        (apply_blocks, f"Sure:\n{SEARCH}\na\n{DIVIDER}\nc\n{REPLACE}\n", "outside of a block"),
        (
            apply_blocks,
            f"{SEARCH}\na\nx\n{DIVIDER}\nc\n{REPLACE}\n{SEARCH}\na\n{DIVIDER}\nd\n{REPLACE}\n",
            "two changes meet",
        ),
    ],
)
def test_an_answer_that_does_not_fit_is_refused(apply, answer, reason):
    with pytest.raises(Refused, match=reason):
        apply("a\nx\nx\n", answer)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ("<<<<<<< LINES 3-4\nc\n>>>>>>> END\n", "lines 3-4 are not in a file of 3 lines"),
        ("<<<<<<< LINES 0-1\nc\n>>>>>>> END\n", "lines 0-1 are not"),
        ("<<<<<<< LINES 3-1\nc\n>>>>>>> END\n", "lines 3-1 are not"),
        ("<<<<<<< LINES 1-1\nc\n", "the last range has no end"),
        (
            "<<<<<<< LINES 1-1\nc\n<<<<<<< LINES 2-2\nd\n>>>>>>> END\n",
            "before '<.* 2-2' has no end",
        ),
        ("Sure:\n<<<<<<< LINES 1-1\nc\n>>>>>>> END\n", "outside of a range"),
        ("<<<<<<< LINES 1-2\nc\n>>>>>>> END\n<<<<<<< LINES 2-3\nd\n>>>>>>> END\n", "meet"),
    ],
)
def test_a_line_range_that_does_not_fit_is_refused(answer, reason):
    with pytest.raises(Refused, match=reason):
        apply_ranges("a\nx\nx\n", answer)


def test_line_ranges_by_hand():
    before, after = "a\nb\nc\n", "a\nB\nc\nd\n"
    answer = write_ranges(before, after)
    assert answer == "<<<<<<< LINES 2-2\nB\n>>>>>>> END\n<<<<<<< LINES 4-3\nd\n>>>>>>> END\n"
    assert apply_ranges(before, answer) == after
    # a number that is off by one is a wrong file that nothing refuses
    assert apply_ranges(before, answer.replace("2-2", "1-1")) == "B\nb\nc\nd\n"
    messages = request(before, FORMATS["line ranges"], "Change it.")
    assert messages[1]["content"] == "Change it.\n\n1 a\n2 b\n3 c\n"
    for marker in (">>>>>>> END", "<<<<<<< LINES 1-1"):
        with pytest.raises(ValueError, match="another format"):
            write_ranges("a\n", f"{marker}\n")


def test_a_file_that_looks_like_a_block_is_not_written_as_blocks():
    with pytest.raises(ValueError, match="marker"):
        write_blocks(f"{DIVIDER}\n", "a\n")


# --- Real edits -------------------------------------------------------------------------------


def test_there_are_twenty_edits_of_four_files():
    assert len(edits()) == 20 and len({edit.file for edit in edits()}) == 4
    assert all(edit.before != edit.after and edit.task for edit in edits())
    assert repr(edits()[0]) == "<paths: one value changed>"


def test_the_smaller_the_edit_the_cheaper_its_format():
    for edit in edits():
        found = ways(edit.before, edit.after, "gpt-4.1", task=edit.task)
        assert found[PREDICTED].cost >= found[WHOLE].cost
        assert found[PREDICTED].seconds < found[WHOLE].seconds
        if edit.kind == "value" and edit.file != "paths":
            assert found["search/replace"].output_tokens < found["unified diff"].output_tokens
            assert found["unified diff"].cost < found[WHOLE].cost
        if edit.kind in ("reformat", "rewrite"):
            assert found["unified diff"].output_tokens > found[WHOLE].output_tokens


def test_a_share_that_fails_pays_for_the_whole_file_too():
    edit = edits()[10]
    sure, doubtful = (ways(edit.before, edit.after, "gpt-4.1", failing=p) for p in (0, 0.25))
    assert doubtful[WHOLE] == sure[WHOLE]
    more = doubtful["unified diff"].cost - sure["unified diff"].cost
    assert more == sure[WHOLE].cost / 4


def test_a_diff_fails_aloud_and_a_whole_file_silently():
    edit, rng = edits()[11], Random(1)
    for slip in ("an unchanged line miscopied", "lines left out"):
        said = {}
        for name, form in FORMATS.items():
            answer = SLIPS[slip](edit.before, form.write(edit.before, edit.after), rng)
            if answer is not None:
                said[name] = outcome(edit.before, edit.after, answer, form.apply)
        assert said[WHOLE] == "wrong"
        assert said["unified diff"] == "refused"
    answer = SLIPS["line numbers off"](edit.before, write_diff(edit.before, edit.after), rng)
    assert apply_diff(edit.before, answer) == edit.after  # it quotes enough to be found


def test_published_shares_of_malformed_answers():
    rows = {(row.model, row.format): row for row in malformed()}
    assert rows["gpt-4.1", "diff"].share == pytest.approx(0.018, abs=1e-3)  # published: 98.2% fine
    assert rows["gpt-4.1-mini", "diff"].share == pytest.approx(0.076, abs=1e-3)  # 92.4%
    assert rows["gpt-4o-2024-08-06", "diff"].share == pytest.approx(0.058, abs=1e-3)  # 94.2%
    assert all(0 <= row.malformed <= row.cases for row in rows.values())
