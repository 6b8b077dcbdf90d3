"""Lesson 8's calculator: an edit worked by hand, its marks, its sentences, and bad input."""

from __future__ import annotations

import re
from datetime import date

import pytest
from recorded_day import RECORDED

from costlib.calculators.prediction import EditedText, PredictionCalculator
from costlib.prediction.acceptance import PREDICTED, PREDICTS
from costlib.prediction.edit_formats import WHOLE

# o200k: "The", " card", " was", " declined", ".": five tokens; one differs
SMALL = EditedText(before="The card was declined.", after="The card was returned.")


def status(view: PredictionCalculator) -> str:
    (said,) = re.findall(r'<p role="(?:status|alert)"[^>]*>(.*?)</p>', view.output.value)
    return re.sub(r"<[^>]+>", "", said)


def test_a_small_edit_by_hand():
    found = SMALL.result()
    usage = found.comparison.predicted.usage
    assert (usage.accepted_prediction_tokens, usage.rejected_prediction_tokens) == (4, 1)
    assert float(found.comparison.extra) == pytest.approx(8e-6)  # one token at 8 USD a million
    assert found.comparison.seconds_saved == pytest.approx(4 / 25)  # gpt-4.1: 25 tokens a second
    rejected, written = found.texts
    assert str(rejected).endswith("The card was[ declined].")
    assert str(written).endswith("The card was[ returned].")


def test_waiting_changes_which_way_is_best():
    edit = EditedText()
    assert "best is: line ranges" in str(PredictionCalculator())
    assert "best is: whole file, predicted" in str(PredictionCalculator(second=5.0))
    ways = edit.result().ways
    assert ways[PREDICTED].cost > ways[WHOLE].cost


def test_a_failing_diff_pays_for_the_file_again():
    sure, never = (EditedText(failing=p).result().ways["search/replace"] for p in (0.0, 100.0))
    assert never.cost == sure.cost + EditedText().result().ways[WHOLE].cost


@pytest.mark.parametrize(("spread", "share"), [(False, 0.4), (True, 0.3)])
def test_from_which_share_of_the_lines_the_whole_file_is_cheaper(spread: bool, share: float):
    lines = EditedText().before.splitlines()
    places = [i for i, line in enumerate(lines) if line.strip()]

    def whole_is_cheaper(count: int) -> bool:
        changed = {places[i * len(places) // count if spread else i] for i in range(count)}
        after = [line.replace("e", "a") + " " if i in changed else line
                 for i, line in enumerate(lines)]  # fmt: skip
        ways = EditedText(after="\n".join(after) + "\n").result().ways
        return ways[WHOLE].cost < ways["search/replace"].cost

    first = next(count for count in range(1, len(places) + 1) if whole_is_cheaper(count))
    assert first / len(places) == pytest.approx(share, abs=0.06)  # 17 lines: steps of 6%


def test_the_view_follows_its_controls():
    view = PredictionCalculator(before="The card was declined.", after="The card was returned.")
    assert status(view).startswith("Waiting included, the best is: ")
    assert "4 tokens accepted, 1 rejected" in status(view)
    view.controls["after"].value = "The card was declined."
    assert "5 tokens accepted, 0 rejected: the prediction costs 0 cents" in status(view)
    assert "never less" in view.output.value
    view.controls["rule"].value = "draft"
    assert "what is rejected" not in view.output.value  # nobody knows which tokens they were
    view.controls["after"].value = " \n"
    assert status(view) == "No answer: After is empty: paste the text there."
    view.controls["after"].value = "word " * 10_001
    assert "10,000 at most" in status(view)
    assert "<table" not in view.output.value


@pytest.mark.parametrize("model", PREDICTS[:-1])
def test_every_model_on_the_list_has_an_answer(model):
    assert "tokens accepted" in str(PredictionCalculator(model=model))


def test_a_model_that_is_gone_is_not_on_the_list(monkeypatch):
    monkeypatch.setattr("costlib.calculators.prediction.AS_OF", RECORDED)
    with pytest.raises(ValueError, match=r"no choice 'gpt-4\.1-nano'"):
        EditedText(model="gpt-4.1-nano")  # shut down on 2026-10-23
    monkeypatch.setattr("costlib.calculators.prediction.AS_OF", date(2027, 2, 7))
    EditedText(model="gpt-4.1-nano")  # once all are gone, what they cost can still be seen


def test_marks_escape_what_is_pasted():
    view = PredictionCalculator(before="<b>$5</b>", after='<i>"$6" and $7</i> ümläut 🎈')
    assert "<b>" not in view.output.value and "<span>$</span>" in view.output.value
