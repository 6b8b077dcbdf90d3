"""Lesson 4's calculator, the dashboard: its sums are the ledger's, its filters filter."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import numpy as np
import pandas as pd
import pytest

from costlib.bank.tracked import tracked_month
from costlib.calculators.bars import DayBars
from costlib.calculators.dashboard import ALL, Dashboard, HeatMap, View, view_of
from costlib.tracking.ledger import Call, Ledger
from costlib.usage.read import Usage


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return tracked_month()


@pytest.fixture(scope="module")
def view(calls: pd.DataFrame) -> type[View]:
    return view_of(calls)


def few(days: int = 2) -> pd.DataFrame:
    """Two features, one call a day each: 1,000 tokens in at 4 USD a million, and 2,000."""
    ledger = Ledger()
    for day in range(days):
        for feature, size in (("a", 1_000), ("b", 2_000)):
            ledger.record(
                Call(
                    time=datetime(2026, 11, 2 + day, 9, 30, tzinfo=UTC),
                    provider="anthropic",
                    model="claude-opus-5-5",
                    usage=Usage(input_tokens=size),
                    feature=feature,
                    user="u1",
                )
            )
    return ledger.frame()


@pytest.mark.parametrize("metric", ["cost_pusd", "requests", "input_tokens", "output_tokens"])
@pytest.mark.parametrize(
    "chosen",
    [
        {},
        {"feature": "help-page"},
        {"project": "support", "status": "error"},
        {"user": "customer-0017", "since": "2026-11-03", "until": "2026-11-09"},
    ],
)
def test_sums_are_those_of_a_plain_groupby(
    calls: pd.DataFrame, view: type[View], metric: str, chosen: dict[str, str]
) -> None:
    seen = view(**chosen, metric=metric).result()  # type: ignore[call-arg]
    rows = calls
    for name, value in chosen.items():
        day = rows["time"].dt.strftime("%Y-%m-%d")
        if name == "since":
            rows = rows[day >= value]
        elif name == "until":
            rows = rows[day <= value]
        else:
            rows = rows[rows[name] == value]
    wanted = rows.groupby([rows["time"].dt.floor("h"), "feature"])[metric].sum().unstack()
    wanted = wanted.loc[:, wanted.fillna(0).any()].fillna(0).astype("int64")
    got = seen.hourly.loc[wanted.index, wanted.columns]
    assert (got.to_numpy() == wanted.to_numpy()).all()
    assert seen.hourly.to_numpy().sum() == rows[metric].sum()
    assert seen.calls == len(rows) and seen.picodollars == rows["cost_pusd"].sum()


@pytest.mark.parametrize("by", ["feature", "user", "project"])
def test_movers_are_the_last_week_against_the_week_before(
    calls: pd.DataFrame, view: type[View], by: str
) -> None:
    seen = view(movers_by=by).result()  # type: ignore[call-arg]
    end = calls["time"].max().floor("D") + timedelta(days=1)
    week = timedelta(days=7)
    now = calls[calls["time"] >= end - week].groupby(by)["cost_pusd"].sum()
    before = calls[(calls["time"] < end - week) & (calls["time"] >= end - 2 * week)]
    change = now.sub(before.groupby(by)["cost_pusd"].sum(), fill_value=0).abs()
    assert [name for name, _, _ in seen.movers] == change[change > 0].nlargest(8).index.tolist()
    for name, recent, _ in seen.movers:
        assert recent == now.get(name, 0)


def test_sums_stay_exact_where_floats_would_not(calls: pd.DataFrame) -> None:
    rows = calls.head(1_000).assign(cost_pusd=2**53 // 500 + 1, user="u")
    cells = view_of(rows).cells
    assert cells.by("user", cells.values["cost_pusd"]).tolist() == [1_000 * (2**53 // 500 + 1)]


def test_a_small_ledger_by_hand() -> None:
    seen = view_of(few())().result()
    assert seen.calls == 4 and Decimal(seen.picodollars).scaleb(-12) == Decimal("0.024")
    assert seen.hourly.sum().to_dict() == {"a": 8 * 10**9, "b": 16 * 10**9}
    assert seen.month is None and seen.span == 1 and seen.movers == ()
    text = str(Dashboard(few()).answer_now())
    assert text.startswith("4 attempts cost $0.02 from 2026-11-02 to 2026-11-03, $0.006 each.")
    assert "b is 67% of it" in text


def test_a_day_is_a_bar_of_its_own_and_every_feature_has_its_name() -> None:
    board = Dashboard()
    days = next(part for part in board.answer_now().shown if isinstance(part, DayBars))
    assert len(days.parts) == 5 and "the rest" not in str(days)
    # tagging ran on three days: no other has any of it
    (tagging,) = (values for name, values in days.parts if name == "tagging")
    assert [day for day, usd in zip(days.days, tagging, strict=True) if usd] == [
        f"2026-11-{day}" for day in (10, 11, 12)
    ]
    assert "forecast: like the weeks before" in days.html()


def test_a_forecast_of_one_amount_is_no_interval() -> None:
    board = Dashboard()
    seen = board.inputs_type().result()
    for high, ends in ((0.252, "at about $0.25."), (0.3, "between $0.25 and $0.30 (80% sure).")):
        month = replace(seen.month, low=0.249, high=high)
        said = board.answer(replace(seen, month=month)).sentence
        assert said.endswith(f"November will end {ends}")


def test_the_forecast_needs_the_whole_month_so_far(view: type[View]) -> None:
    assert view().result().month is not None
    assert view(since="2026-11-02").result().month is None  # type: ignore[call-arg]
    assert view(metric="requests").result().month is None  # type: ignore[call-arg]


def test_the_view_says_sum_top_day_heat_and_movers(calls: pd.DataFrame) -> None:
    board = Dashboard()
    usd = calls["cost_pusd"].sum() / 1e12
    (status,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', board.output.value)
    start = f"{len(calls):,} attempts cost ${usd:.2f} from 2026-10-23 to 2026-11-21"
    assert re.sub("<.*?>", "", status).startswith(start)
    text = str(board)
    assert "11 November is the top day: $21." in text
    assert re.search(r"^tagging .*-100%$", text, re.MULTILINE)
    assert re.search(r"^  22 +\$0\.\d\d  \$1\.", text, re.MULTILINE)  # the backfill's hour
    board.controls["feature"].value = "help-page"
    board.controls["metric"].value = "input_tokens"
    assert "top day" in board.output.value and "$" not in str(board.answer_now()).split("\n", 2)[2]


@pytest.mark.parametrize(
    ("inputs", "sentence"),
    [
        (
            {"since": "2026-11-20", "until": "2026-11-01"},
            "Until, 2026-11-01, is before From, 2026-11-20: choose a later end",
        ),
        (
            {"feature": "tagging", "status": "error", "until": "2026-11-01"},
            "No calls match feature",
        ),
    ],
)
def test_bad_input_gives_a_sentence(inputs: dict[str, Any], sentence: str) -> None:
    board = Dashboard(**inputs)
    assert sentence in board.output.value and "<table" not in board.output.value


def test_choices_come_from_the_ledger_and_unknown_ones_are_refused() -> None:
    board = Dashboard(few())
    assert [value for _, value in board.controls["feature"].options] == [ALL, "b", "a"]
    assert board.controls["project"].options[1] == ("(none)", "")
    with pytest.raises(ValueError, match="Feature has no choice 'c'"):
        Dashboard(few(), feature="c")
    with pytest.raises(ValueError, match="the ledger is empty"):
        Dashboard(Ledger().frame())
    with pytest.raises(ValueError, match=r"the ledger holds \$24,000,000.*up to 9.2 million"):
        Dashboard(few().assign(cost_pusd=pd.array([6 * 10**18] * len(few()), dtype="Int64")))


def test_what_is_no_frame_of_a_ledger_is_refused_in_a_sentence() -> None:
    calls = few()
    for wrong, sentence in (
        (Ledger(), "this Ledger has no column 'time': give ledger.frame()"),
        (calls.drop(columns="user"), "this DataFrame has no column 'user': give ledger.frame()"),
        (calls.astype({"time": str}), "has no time zone: give it one with pandas.to_datetime"),
    ):
        with pytest.raises(ValueError, match=re.escape(sentence)):
            Dashboard(wrong)


def test_a_missing_tag_is_none_and_not_another_feature_of_the_hour_before() -> None:
    board = Dashboard(few().replace({"feature": {"b": None}}), feature="")
    assert "2 attempts cost $0.02 from 2026-11-02 to 2026-11-03" in str(board)


def test_the_page_without_widgets_has_tables_and_alternative_text() -> None:
    class Found(HTMLParser):
        alts: list[str]
        scopes: int

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            if dict(attrs).get("role") == "img":
                self.alts.append(dict(attrs)["aria-label"])
            self.scopes += dict(attrs).get("scope") in ("row", "col")

    page, board = Found(), Dashboard()
    page.alts, page.scopes = [], 0
    html = board._repr_mimebundle_()["text/html"]
    page.feed(html)
    assert len(page.alts) == 1 and all(len(alt) > 30 for alt in page.alts)
    assert page.scopes > 24 + 8
    assert len(html) < 200_000
    assert Dashboard()._repr_mimebundle_()["text/html"] == html  # the same each time


def test_a_ledger_of_one_feature_has_no_stack() -> None:
    rows = few(16)
    text = str(Dashboard(rows[rows["feature"] == "a"]).answer_now())
    assert "is the top day" in text and "of it" not in text
    assert "(forecast)" in text
    assert np.isfinite(view_of(rows)().result().hourly.to_numpy()).all()


# --- What is not known is not zero ------------------------------------------------------------


def heat_of(rows: pd.DataFrame, **chosen: str) -> Any:
    board = Dashboard(rows, **chosen)
    return next(part for part in board.answer_now().shown if isinstance(part, HeatMap))


def test_an_hour_that_nobody_observed_is_no_zero() -> None:
    # Monday 2 and Tuesday 3 November, each at 9: from Monday's to Tuesday's is observed
    heat = heat_of(few())
    cells = np.array(heat.texts)
    assert (cells != "–").sum() == 25 and cells[9, 0] == cells[9, 1] == "$0.01"
    assert cells[10, 0] == "$0" and cells[8, 0] == cells[10, 1] == cells[9, 2] == "–"
    assert "– was not observed" in heat.caption
    html = heat.html()
    assert html.count("repeating-linear-gradient") == 24 * 7 - 25
    assert html.count("rgba(0,96,176,0.00)") == 23 and "nan" not in html
    whole = heat_of(few(15))
    assert "–" not in np.array(whole.texts)[:, 0:1] and "not observed" not in whole.caption


def test_calls_without_a_price_are_said_beside_the_sum_and_in_their_hours() -> None:
    ledger = Ledger()
    ledger.record_many(few())
    about: dict[str, Any] = {"provider": "openai", "model": "gpt-99", "feature": "a"}
    for when, tokens in ((9, 5_000), (11, 7_000)):
        ledger.record(
            Call(time=datetime(2026, 11, 2, when, tzinfo=UTC), usage=Usage(tokens, 1), **about)
        )
    rows = ledger.frame()
    board = Dashboard(rows)
    assert "Not in it: 2 calls with 12,002 tokens have no price." in str(board)
    cells = np.array(heat_of(rows).texts)
    assert cells[9, 0] == "$0.01+?" and cells[11, 0] == "?" and cells[10, 0] == "$0"
    assert "? has calls without a price" in heat_of(rows).caption
    assert "no price" not in str(Dashboard(rows, model="claude-opus-5-5"))
    counted = heat_of(rows, metric="input_tokens")
    assert "?" not in str(counted) and np.array(counted.texts)[11, 0] == "7,000"


def test_the_forecast_says_what_it_leaves_out() -> None:
    ledger = Ledger()
    for day in range(21):
        for model in ("claude-opus-5-5", "gpt-99"):
            when = datetime(2026, 11, 1, 9, tzinfo=UTC) + timedelta(days=day)
            provider = "anthropic" if model.startswith("claude") else "openai"
            ledger.record(Call(time=when, provider=provider, model=model, usage=Usage(1_000)))
    month = view_of(ledger.frame())().result().month
    assert month is not None and str(month.unpriced) == "21 calls with 21,000 tokens have no price"
