"""The tracked month: it is what its README says, and its script makes it again."""

from __future__ import annotations

import importlib.util
import sys
from decimal import Decimal
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from costlib.bank import traffic as example
from costlib.bank.tracked import (
    incidents,
    tracked_month,
    wasted_calls,
    wasted_usage,
    without_incidents,
)
from costlib.paths import data_path
from costlib.pricing.table import cost_table
from costlib.tracking.ledger import COLUMNS


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    return tracked_month()


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return example.month()


@pytest.fixture(scope="module")
def plan(month: pd.DataFrame) -> example.Bill:
    return example.bill(month)


@pytest.fixture(scope="module")
def build() -> ModuleType:
    spec = importlib.util.spec_from_file_location("build_ledger", data_path("build_ledger.py"))
    assert spec and spec.loader
    module = sys.modules["build_ledger"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("number", "hours"), [(5, 6.0), (22, 8.7)])
def test_the_script_makes_the_same_rows_again(
    build: ModuleType, calls: pd.DataFrame, number: int, hours: float
) -> None:
    """A quiet morning of an ordinary day, and one on which the form's loop begins."""
    made = build.day(number, hours)
    filed = calls[calls["run"].str.contains(f"-{number:02d}-")].head(len(made))
    assert 60 < len(made) < 200
    made = made.sort_values(["time", "id"], kind="stable")
    for column in set(COLUMNS) - {"id", "call_id"}:
        assert made[column].fillna(-1).tolist() == filed[column].fillna(-1).tolist(), column
    truth = wasted_calls().reindex(filed["id"])
    assert made["wasted_pusd"].tolist() == truth["wasted_pusd"].fillna(0).tolist()
    assert made["incident"].tolist() == truth["incident"].fillna("").tolist()


def test_it_is_a_hundredth_of_the_bank(calls: pd.DataFrame) -> None:
    clean = without_incidents(calls)
    first = clean[clean["attempt"] == 0]
    asked = first[first["feature"].isin(["app-chat", "help-page", "dispute-form"])]
    assert len(asked) == example.DAYS * example.QUESTIONS_A_DAY // 100
    assert (first["feature"] == "ticket-summary").sum() == example.DAYS * 8_000 // 100
    days = calls["time"].dt.date
    assert days.min() == example.FIRST_DAY and days.nunique() == 30
    assert calls["time"].is_monotonic_increasing and calls["id"].is_monotonic_increasing


def test_its_clean_cost_is_that_of_the_plan(calls: pd.DataFrame, plan: example.Bill) -> None:
    """Within 1%: lengths are drawn; no screenshots here, and summaries go to the batch tier."""
    screenshots = plan.picodollars.loc["question", "screenshot"] / 1e12
    clean = without_incidents(calls)
    usd = clean.groupby("feature")["cost_pusd"].sum() / 1e12 * 100
    asked = usd[["app-chat", "help-page", "dispute-form"]].sum()
    assert asked == pytest.approx(float(plan.by_kind["question"]) - screenshots, rel=0.01)
    assert 2 * usd["ticket-summary"] == pytest.approx(float(plan.by_kind["summary"]), rel=0.01)


def test_costs_are_those_of_the_price_book(calls: pd.DataFrame) -> None:
    assert calls["cost_pusd"].notna().all()
    assert (cost_table(calls)["cost_pusd"] == calls["cost_pusd"]).all()


def test_a_shape_of_days_and_hours(calls: pd.DataFrame) -> None:
    asked = without_incidents(calls)
    asked = asked[asked["project"] == "support"]["time"].dt
    by_hour = asked.hour.value_counts()
    assert by_hour[10] > 8 * by_hour[3]
    by_day = asked.day_of_week.value_counts() / pd.Series([4, 4, 4, 4, 5, 5, 4])
    assert by_day[:4].min() > by_day[5] > by_day[6]


def test_transport_retries_share_a_call_and_a_loop_does_not(calls: pd.DataFrame) -> None:
    retried = calls[calls["attempt"] > 0]
    before = calls.set_index(["call_id", "attempt"])["status"]
    for row in retried.itertuples():
        assert before[row.call_id, row.attempt - 1] == "error"
    truth = wasted_calls()
    loop = calls[calls["id"].isin(truth.index[truth["incident"] == "form-loop"])]
    assert loop["call_id"].nunique() > 0.95 * len(loop)
    assert loop["prompt_hash"].nunique() == loop["run"].nunique() < len(loop) / 10
    assert set(loop["time"].dt.day_name()) == {"Saturday", "Sunday"}


def test_the_figures_in_the_readme(calls: pd.DataFrame) -> None:
    readme = data_path("README.md").read_text("utf-8").split("## The tracked month")[1]
    readme = readme.split("\n## ")[0]
    truth = incidents().set_index("incident")["wasted_usd"]
    figures = (
        f"{len(calls):,} of them",
        f"{calls['cost_pusd'].sum() / 1e12:.2f} USD, of which {truth.sum():.2f} USD",
        f"{truth['form-loop']:.2f} in the form's loop",
        f"{truth['page-in-prompt']:.2f} on the page",
        f"{truth['backfill-on-flagship']:.2f} on the backfill",
    )
    for figure in figures:
        assert figure in readme
    for name in ("calls.csv.gz", "wasted.csv.gz", "incidents.csv"):
        assert data_path("ledger", name).stat().st_size < 1_000_000


def test_the_truth_adds_up(calls: pd.DataFrame) -> None:
    truth, known = wasted_calls(), incidents().set_index("incident")
    mine = calls.set_index("id").loc[truth.index]
    assert (truth["wasted_pusd"] <= mine["cost_pusd"]).all()
    assert ((truth["wasted_pusd"] > 0) == (mine["cost_pusd"] > 0)).all()
    for name, rows in truth.groupby("incident"):
        usd = Decimal(int(rows["wasted_pusd"].sum())).scaleb(-12)
        assert usd == known.loc[name, "wasted_usd"]
        assert known.loc[name, "calls"] == len(rows)
        times = mine.loc[rows.index, "time"]
        assert times.min() == known.loc[name, "first"] and times.max() == known.loc[name, "last"]
    gone = calls["cost_pusd"].sum() - without_incidents(calls)["cost_pusd"].sum()
    backfill = mine[mine["feature"] == "tagging"]["cost_pusd"].sum()
    rest = truth[truth["incident"] != "backfill-on-flagship"]["wasted_pusd"].sum()
    assert gone == rest + backfill


def test_a_wasted_page_is_what_the_api_counts_for_it(calls: pd.DataFrame) -> None:
    truth = wasted_calls()
    pages = truth[truth["incident"] == "page-in-prompt"]
    assert (pages["wasted_pusd"] == pages["wasted_tokens"] * 4_000_000).all()  # 4 USD a million
    assert 600 < pages["wasted_tokens"].mean() < 1_000
    assert np.array_equal(pages.index, wasted_usage().loc[pages.index].index)


# --- The lever --------------------------------------------------------------------------------


def test_the_month_as_it_ran_is_the_plan_and_a_hundred_times_the_waste(
    month: pd.DataFrame, plan: example.Bill
) -> None:
    ran = example.as_it_ran(month)
    real = example.bill(ran)
    assert real.total - plan.total == 100 * incidents()["wasted_usd"].sum()
    assert real.by_kind["question"] == plan.by_kind["question"]
    assert real.by_kind["waste"] == real.total - plan.total
    assert ran["time"].is_monotonic_increasing
    assert example.stop_waste(ran).equals(month)


def test_the_levers_of_other_lessons_work_on_the_month_as_it_ran(month: pd.DataFrame) -> None:
    month = month.iloc[::100].reset_index(drop=True)
    ran = example.as_it_ran(month)
    for lever in (example.batch_summaries, example.resize_screenshots):
        month, ran = lever(month), lever(ran)
    assert example.stop_waste(ran).equals(month)
