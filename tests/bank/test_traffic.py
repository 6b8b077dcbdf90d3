"""The running example: its data is what its sources say, its month and its bill are exact."""

from __future__ import annotations

import hashlib
import re
from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from costlib.bank import traffic as example
from costlib.bank.tracked import tracked_month
from costlib.paths import data_path
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import rate_card
from costlib.provider import connect
from costlib.tokens.text import count_text
from costlib.usage.read import Usage


@pytest.fixture(scope="module")
def month() -> pd.DataFrame:
    return example.month()


@pytest.fixture(scope="module")
def bill(month: pd.DataFrame) -> example.Bill:
    return example.bill(month)


# --- The files --------------------------------------------------------------------------------


def readme() -> str:
    return data_path("README.md").read_text("utf-8")


def test_checksums_in_the_readme_are_those_of_the_files() -> None:
    listed = dict(re.findall(r"^\| `(\S+)` \| `([0-9a-f]{64})` \|$", readme(), re.MULTILINE))
    assert len(listed) == 13
    for name, checksum in listed.items():
        assert hashlib.sha256(data_path(name).read_bytes()).hexdigest() == checksum, name


def test_every_data_file_is_described() -> None:
    root = data_path("README.md").parent
    files = {
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    missing = [name for name in files - {"README.md"} if f"`{name}`" not in readme()]
    assert not missing


@pytest.mark.parametrize(
    ("service", "rows", "context", "generated"),
    [("conversation", 19_366, 1_154.7, 211.1), ("code", 8_819, 2_047.8, 27.9)],
)
def test_trace_has_the_published_means(
    service: str, rows: int, context: float, generated: float
) -> None:
    trace = example.trace(service)
    assert len(trace) == rows
    assert round(trace["ContextTokens"].mean(), 1) == context
    assert round(trace["GeneratedTokens"].mean(), 1) == generated


def test_banking77_is_whole() -> None:
    train = pd.read_csv(data_path("intents", "banking77_train.csv"))
    test = example.questions()
    assert (len(train), len(test)) == (10_003, 3_080)
    assert set(train["category"]) == set(test["category"])
    assert (test["category"].value_counts() == 40).all() and test["category"].nunique() == 77


def test_tools_are_what_the_messages_api_takes() -> None:
    tools = example.tools()
    assert len({tool["name"] for tool in tools}) == 10
    for tool in tools:
        assert set(tool) == {"name", "description", "input_schema"}
        assert re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", tool["name"])
        schema = tool["input_schema"]
        assert schema["type"] == "object"
        assert set(schema["required"]) <= set(schema["properties"])


def test_handbook_and_tools_agree() -> None:
    """The queues and dispute reasons that the handbook names are those that the tools accept."""
    schemas = {tool["name"]: tool["input_schema"]["properties"] for tool in example.tools()}
    queues = set(schemas["escalate_to_person"]["queue"]["enum"])
    escalation = example.handbook().split("## 13. Escalation")[1].split("\n\n")[1]
    assert {row.split("|")[2].strip() for row in escalation.splitlines()[2:]} == queues
    reasons = set(schemas["open_dispute"]["reason"]["enum"])
    assert set(re.findall(r'dispute with "(\w+)"', example.handbook())) <= reasons


def test_prefix_is_about_6000_tokens() -> None:
    assert 5_700 <= example.prefix_length(example.MODEL) <= 6_300


# --- The month --------------------------------------------------------------------------------


def test_month_is_the_same_for_a_seed_and_another_for_another(month: pd.DataFrame) -> None:
    assert example.month().equals(month)
    assert not example.month(seed=1)["history"].equals(month["history"])


def test_the_month_is_the_bank_s_own_whatever_models_have_a_role(
    month: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("costlib.pricing.prices.roles", lambda: ())
    assert example.month().equals(month)
    assert {*tracked_month()["model"]} == {*month["model"]} == {example.MODEL}
    for name in (example.MODEL, *example.SMALLER):
        assert rate_card(name, tier="batch", at=example.FIRST_DAY).output


def test_whoever_writes_into_the_month_changes_it_for_nobody_else() -> None:
    mine, other = example.month(), example.month()
    mine["prefix"] += 1
    mine.loc[mine.index[0], "history"] = -5
    mine.loc[mine["kind"] == "summary", ["tier", "asked"]] = ["flex", 7]
    mine["model"] = mine["model"].cat.rename_categories({example.MODEL: "another"})
    assert (mine["prefix"] == other["prefix"] + 1).all()
    assert mine["history"].iloc[0] == -5 and (mine["asked"] >= 0).all()
    assert set(mine["tier"].unique()) == {"standard", "flex"}
    assert other.equals(example.month())
    assert other["tier"].unique().tolist() == ["standard"] and (other["asked"] == -1).any()


def test_volume_of_each_day(month: pd.DataFrame) -> None:
    a_day = month.groupby([month["time"].dt.date, "kind"], observed=True).size().unstack()
    assert len(a_day) == 30
    assert a_day.index[0] == example.FIRST_DAY
    assert a_day.index[-1] == example.FIRST_DAY + timedelta(days=29)
    assert (a_day["question"] == 40_000).all()
    assert (a_day["summary"] == 8_000).all()


def test_arrivals_are_in_order_and_summaries_come_at_night(month: pd.DataFrame) -> None:
    assert month["time"].is_monotonic_increasing
    hours = month["time"].dt.hour
    assert set(hours[month["kind"] == "summary"]) == {1, 2, 3, 4}
    by_hour = hours[month["kind"] == "question"].value_counts(normalize=True)
    assert len(by_hour) == 24
    assert by_hour.sub(1 / 24).abs().max() < 0.001


def test_one_question_in_twenty_carries_a_screenshot(month: pd.DataFrame) -> None:
    with_one = month[month["screenshot"] > 0]
    assert len(with_one) == 60_000
    assert set(with_one["kind"]) == {"question"}
    # By hand: 1290 x 2796 shrinks to 1188.5 x 2576, which 43 x 92 patches of 28 pixels cover.
    assert set(with_one["screenshot"]) == {43 * 92}


def test_input_is_the_sum_of_its_parts(month: pd.DataFrame) -> None:
    assert (month[list(example.INPUT_PARTS)].sum(axis=1) == month["input_tokens"]).all()


def test_lengths_are_pairs_of_the_trace(month: pd.DataFrame) -> None:
    trace = example.trace()
    pairs = set(zip(trace["ContextTokens"], trace["GeneratedTokens"], strict=True))
    drawn = month[["history", "output_tokens"]].drop_duplicates()
    assert set(drawn.itertuples(index=False, name=None)) == pairs
    standard_error = trace["ContextTokens"].std() / np.sqrt(len(month))
    assert abs(month["history"].mean() - trace["ContextTokens"].mean()) < 4 * standard_error


def test_each_row_has_the_length_of_its_own_question(month: pd.DataFrame) -> None:
    questions = month[month["kind"] == "question"]
    assert questions["asked"].nunique() == 3_080
    assert (questions.groupby("asked")["question"].nunique() == 1).all()
    summaries = month[month["kind"] == "summary"]
    assert set(summaries["asked"]) == {-1}
    assert summaries["question"].nunique() == 1


def test_the_sdk_reports_the_same_input_for_a_question(month: pd.DataFrame) -> None:
    asked = example.questions()["text"]
    row = month[(month["asked"] == 7) & (month["screenshot"] == 0)].iloc[0]
    counted = connect("anthropic").messages.count_tokens(
        model=example.MODEL,
        system=example.handbook(),
        tools=example.tools(),
        messages=[{"role": "user", "content": asked[7]}],
    )
    # Texts are counted apart in the month and together here, so rounding may differ by one.
    assert abs(counted.input_tokens - row["prefix"] - row["question"]) <= 1


def test_prices_do_not_change_within_the_month() -> None:
    for tier in ("standard", "batch"):
        days = [example.FIRST_DAY + timedelta(days=day) for day in range(example.DAYS)]
        rates = [rate_card(example.MODEL, tier=tier, at=day).rates for day in days]
        assert all(rate == rates[0] for rate in rates)


# --- The bill and the lever -------------------------------------------------------------------


def test_parts_and_kinds_add_up_to_the_total(bill: example.Bill, month: pd.DataFrame) -> None:
    assert sum(bill.by_part.values()) == sum(bill.by_kind.values()) == bill.total
    # Anthropic's flagship has one input and one output rate, so the sum of tokens is enough.
    card = rate_card(example.MODEL, at=example.FIRST_DAY)
    tokens = {kind: int(month[f"{kind}_tokens"].sum()) for kind in ("input", "output")}
    assert bill.total == sum(card.rates[kind] * tokens[kind] for kind in tokens) / 10**6


def test_one_request_by_cost_of(month: pd.DataFrame) -> None:
    first = month.iloc[:1]
    usage = Usage(
        input_tokens=int(first["input_tokens"].iloc[0]),
        output_tokens=int(first["output_tokens"].iloc[0]),
    )
    cost = cost_of(usage, example.MODEL, at=example.FIRST_DAY)
    assert example.bill(first).total == cost.total


def test_batch_halves_the_summaries_and_nothing_else(
    bill: example.Bill, month: pd.DataFrame
) -> None:
    before = month.copy()
    batched = example.bill(example.batch_summaries(month))
    assert month.equals(before)  # a lever leaves its input alone
    assert batched.by_kind["question"] == bill.by_kind["question"]
    assert batched.by_kind["summary"] * 2 == bill.by_kind["summary"]
    assert bill.total * batched.saving(bill) == pytest.approx(bill.by_kind["summary"] / 2)


def test_shorter_prompts_cut_history_and_one_section_and_nothing_else(month: pd.DataFrame) -> None:
    short = example.shorten_prompts(month)
    asked = month["kind"] == "question"
    assert short["history"][asked].max() == example.HISTORY_WINDOW
    kept = ~asked | (month["history"] <= example.HISTORY_WINDOW)
    assert (short["history"][kept] == month["history"][kept]).all()
    assert (short["input_tokens"] == short[list(example.INPUT_PARTS)].sum(axis=1)).all()
    handbook = example.handbook()
    section = re.search(r"## 11\. Monthly fees\n.*?(?=## 12)", handbook, re.S)[0]
    cut = int(month["prefix"].iloc[0] - short["prefix"].iloc[0])
    assert cut == pytest.approx(count_text(section, example.MODEL).tokens, abs=2)
    assert short["prefix"].nunique() == 1  # one prefix for all, so that it can be cached
    untouched = ["time", "kind", "tier", "question", "screenshot", "output_tokens"]
    assert short[untouched].equals(month[untouched])
    saved = example.bill(short).saving(example.bill(month))
    assert 0.03 < saved < 0.06
    with pytest.raises(ValueError, match="shorten its prompts once"):
        example.shorten_prompts(short)


def test_bill_refuses_parts_that_do_not_add_up(month: pd.DataFrame) -> None:
    # Haiku 5.5 charges five times as much for the whole request above 100,000 input tokens.
    long = month.iloc[:1].assign(
        model="claude-haiku-5-5", history=99_000, question=99_000, screenshot=0
    )
    long["input_tokens"] = long[list(example.INPUT_PARTS)].sum(axis=1)
    with pytest.raises(ValueError, match="parts of some requests"):
        example.bill(long)


def test_the_tables_show_the_bill(bill: example.Bill, month: pd.DataFrame) -> None:
    shown = bill.table()
    assert list(shown.index) == [*example.INPUT_PARTS, "output", "total"]
    assert shown.loc["total", "all"] == f"${bill.total:,.2f}"
    assert shown.loc["total", "all"] in repr(bill)
    assert "<table" in bill._repr_html_()
