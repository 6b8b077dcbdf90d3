"""Calculators: numbers worked by hand from published rates, and the view without a page."""

from __future__ import annotations

import html
import re
import threading
from dataclasses import FrozenInstanceError, dataclass
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from costlib.calculators import caching, images
from costlib.calculators.base import Calculator, Finding
from costlib.calculators.budget import BudgetPlanner
from costlib.calculators.caching import CacheCalculator
from costlib.calculators.estimate import FeatureCalculator
from costlib.calculators.images import ImageCalculator
from costlib.calculators.inputs import Inputs, choice, dearest_time, number
from costlib.calculators.pricing import Pricing, PricingCalculator
from costlib.calculators.prompt_diet import PromptDiet
from costlib.calculators.run import RunCalculator
from costlib.calculators.usage_decoder import UsageDecoder
from costlib.display.tables import table
from costlib.paths import ROOT
from costlib.pricing.cost import cost_of
from costlib.pricing.prices import AS_OF, day_cards, find_model, rate_card, role, roles
from costlib.usage.record import Usage

VIEW = "application/vnd.jupyter.widget-view+json"


@dataclass(frozen=True)
class Trip(Inputs):
    """A small model to test the base with."""

    people: int = number("People", 2, low=1, high=50, whole=True)
    km: float = number("Distance, km", 10.0, high=1_000)
    by: str = choice("By", "bus", lambda: (("Bus", "bus"), ("Train <fast>", "train")))

    def result(self) -> float:
        if self.by == "train" and self.people > 9:
            raise LookupError("a group of more than 9 cannot book a train here: call the station")
        return self.people * self.km * (2 if self.by == "train" else 1)


class TripCalculator(Calculator):
    title = "A trip"
    inputs_type = Trip

    def answer(self, result: float) -> Finding:
        shown = table([{"what": "all", "USD": result}], caption="Cost & more")
        return Finding(f"It costs {result:g} USD.", (shown,), ("Fares of <today>.",))


def test_a_model_takes_only_what_is_within_its_bounds():
    assert Trip(people=3, km=2.5, by="train").result() == 15
    for inputs, sentence in (
        ({"people": 0}, "People must be from 1 to 50; it is 0: give 1 or more."),
        ({"people": 2.5}, "People must be a whole number; it is 2.5."),
        ({"people": True}, "People must be a whole number; it is True."),
        ({"km": float("nan")}, "Distance, km must be a number; it is nan."),
        (
            {"km": 1e9},
            "Distance, km must be from 0 to 1,000; it is 1,000,000,000: give 1,000 or less.",
        ),
        ({"by": "ship"}, "By has no choice 'ship'; choose one of 2, such as 'bus', 'train'."),
    ):
        with pytest.raises(ValueError) as problem:
            Trip(**inputs)
        assert str(problem.value) == sentence
    with pytest.raises(FrozenInstanceError):
        Trip().people = 3


def test_two_changes_at_once_end_with_the_answer_to_both():
    """JupyterLab may handle the second control's message while the first one's answer is made."""
    calculator = TripCalculator()
    entered, go_on = threading.Event(), threading.Event()
    plain = calculator.answer

    def slow_at_first(result: float) -> Finding:
        if not entered.is_set():
            entered.set()
            go_on.wait(timeout=30)
        return plain(result)

    calculator.answer = slow_at_first

    def change(name: str, value: object) -> threading.Thread:
        thread = threading.Thread(target=setattr, args=(calculator.controls[name], "value", value))
        thread.start()
        return thread

    first = change("people", "4")  # its answer to 4 people and 10 km takes long
    assert entered.wait(timeout=30)
    second = change("km", "100")
    second.join(timeout=0.2)  # without turns, this one is shown now and written over later
    go_on.set()
    for thread in (first, second):
        thread.join(timeout=30)
    assert "It costs 400 USD." in calculator.output.value


def test_a_model_that_lost_its_role_still_works_and_the_answer_says_so():
    for calculator, name in (
        (BudgetPlanner, "anthropic/claude-opus-5"),
        (FeatureCalculator, "anthropic/claude-opus-4-1"),
        (PricingCalculator, "anthropic/claude-opus-4-1"),
        (PromptDiet, "anthropic/claude-opus-4-1"),
        (CacheCalculator, "claude-opus-5"),
        (ImageCalculator, "claude-sonnet-4-0"),
    ):
        saved = calculator(model=name)
        model = name.rpartition("/")[2]
        shut = find_model(model).shutdown
        said = f"{model} was shut down on {shut}" if shut and shut <= AS_OF else f"{model} is no"
        assert saved.answer_now().notes[0].startswith(said), name
        assert saved.answer_now().shown and saved.controls["model"].value == name
        assert name in dict(saved._inputs())["Model"]
        saved.controls["model"].value = saved.controls["model"].options[0][1]
        assert not saved.answer_now().notes[0].startswith(model)
        with pytest.raises(ValueError, match="has no choice 'claude-opus-99'"):
            calculator(model="claude-opus-99")


def test_a_picture_that_an_api_rejects_has_no_price_there_and_prices_elsewhere():
    wide = ImageCalculator(width=9_000, height=100, model="gpt-4o")
    text = str(wide)
    assert "gpt-4o: 765 tokens (85 + 4 squares x 170)" in text
    assert re.search(r"claude-opus-5-5 +rejected +– +–", text)
    wide.controls["model"].value = "claude-opus-5-5"
    assert "which rejects more than 8,000 on a side: make it smaller" in str(wide)
    low = ImageCalculator(width=9_000, height=100, model="gpt-4o", detail="low")
    assert "gpt-4o: 85 tokens (whatever its size), $0.000213 a picture" in str(low)


def test_a_model_that_was_shut_down_is_not_offered_and_its_row_says_so(monkeypatch):
    day = date(2027, 1, 15)
    for module in (caching, images):
        monkeypatch.setattr(module, "AS_OF", day)
        module._models.cache_clear()
    try:
        for module in (caching, images):
            offered = [name for name, _ in module._models()]
            assert "claude-opus-5-5" in offered
            assert all(find_model(name).live(day) for name in offered)
        assert re.search(r"^gpt-4o · until 2027-01-14 +768 x", str(ImageCalculator()), re.MULTILINE)
    finally:
        for module in (caching, images):
            module._models.cache_clear()


def test_calculators_begin_with_todays_flagship(monkeypatch):
    told = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6-luna", "deepseek": "deepseek-flash"}
    monkeypatch.setattr("costlib.calculators.inputs.role", lambda provider, role: told[provider])
    for calculator in (BudgetPlanner, CacheCalculator, FeatureCalculator, ImageCalculator,
                       PricingCalculator, PromptDiet):  # fmt: skip
        assert calculator().controls["model"].value.endswith("claude-sonnet-5-5")
    monkeypatch.setattr("costlib.calculators.inputs.role", lambda provider, role: "of-next-year")
    first = CacheCalculator().controls["model"]
    assert first.value == first.options[0][1]


def test_the_view_answers_each_change():
    trip = TripCalculator(people=3)
    assert "It costs 30 USD." in trip.output.value
    trip.controls["km"].value = "20.5"
    assert "It costs 61.5 USD." in trip.output.value
    trip.controls["by"].value = "train"
    assert "It costs 123 USD." in trip.output.value
    assert "Fares of &lt;today&gt;." in trip.output.value


def test_only_the_sentence_is_announced():
    (status,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', TripCalculator().output.value)
    assert status == "It costs 20 USD."


def test_bad_input_gives_a_sentence_and_good_input_recovers():
    trip = TripCalculator(by="train")
    trip.controls["people"].value = "10"
    assert "a group of more than 9 cannot book" in trip.output.value
    assert "<table" not in trip.output.value
    trip.controls["people"].value = "9"
    assert "It costs 180 USD." in trip.output.value


def test_an_input_without_a_name_or_with_an_unknown_one_is_refused_by_the_calculators_own_name():
    with pytest.raises(
        TypeError, match="PromptDiet takes its inputs by name, and 'Hello' has none"
    ):
        PromptDiet("Hello")
    with pytest.raises(TypeError, match="CacheCalculator has no input 'prefx': it has model, pref"):
        CacheCalculator(prefx=6_000)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-5", "People must be from 1 to 50; it is -5: give 1 or more."),
        ("1e3", "People must be from 1 to 50; it is 1,000: give 50 or less."),
        ("12.7", "People must be a whole number; it is 12.7: type 12 or 13."),
        ("", "People is empty: type a number."),
    ],
)
def test_a_number_box_refuses_aloud_and_changes_nothing(typed: str, sentence: str):
    trip = TripCalculator()
    trip.controls["people"].value = typed
    assert trip.controls["people"].value == typed
    (alert,) = re.findall(r'<p role="alert"[^>]*>(.*?)</p>', trip.output.value)
    assert alert == f"No answer: {sentence}"
    assert 'role="status"' not in trip.output.value and "<table" not in trip.output.value
    assert f"People: {typed}" in repr(trip)


def test_a_number_gets_its_separators_when_its_box_is_left():
    trip = TripCalculator(km=1_000.0)
    assert trip.controls["km"].value == "1,000"
    trip.controls["km"].value = "1e3 km"
    assert trip.controls["km"].value == "1e3 km"  # as long as it is being typed in
    assert "It costs 2000 USD." in trip.output.value
    trip.controls["people"].value = "3"
    assert trip.controls["km"].value == "1,000"
    assert "It costs 3000 USD." in trip.output.value


def test_a_text_of_lines_stands_by_itself_on_a_page_without_widgets():
    decoder = UsageDecoder()
    bundle = decoder._repr_mimebundle_()
    assert 'Response or usage, JSON:\n    {\n      "model": "gpt-5-mini",' in bundle["text/plain"]
    (block,) = re.findall(r"<pre[^>]*>(.*?)</pre>", bundle["text/html"], re.DOTALL)
    assert html.unescape(block) == decoder.controls["body"].value
    assert "gpt-5-mini&#34;" not in bundle["text/html"].split("<pre")[0]


def test_every_control_is_labelled_and_labels_are_not_cut():
    for control in TripCalculator().controls.values():
        assert control.description
        assert control.style.description_width == "initial"


def test_a_page_without_widgets_still_shows_inputs_and_answer():
    trip = TripCalculator()
    trip.controls["by"].value = "train"
    bundle = trip._repr_mimebundle_()
    assert set(bundle) == {"text/plain", "text/html", VIEW}
    assert bundle[VIEW]["model_id"] == trip.view.model_id
    assert bundle["text/plain"] == (
        "A trip\n\nPeople: 2\nDistance, km: 10\nBy: Train <fast>\n\nIt costs 40 USD.\n\n"
        "Cost & more\nwhat  USD\nall    40\n\n- Fares of <today>."
    )
    for text in ("Train &lt;fast&gt;", "Distance, km", "It costs 40 USD.", "Cost &amp; more"):
        assert text in bundle["text/html"]


# --- What will this cost? By hand: rates in USD per million tokens as in facts.md 2.7 ------------

OPUS, SOL, HAIKU = "anthropic/claude-opus-5-5", "openai/gpt-6.1-sol", "anthropic/claude-haiku-5-5"
ARGON = "google/gemini-4-argon"


def first(**inputs: object) -> object:
    return Pricing(**inputs).result().lines[0]


def test_a_request_a_day_a_month_a_year():
    line = first(model=OPUS, input_tokens=7_000, output_tokens=200, requests_a_day=40_000)
    assert line.request == Decimal("0.032")  # 7,000 x 4 + 200 x 20 = 32,000
    assert (line.over(1), line.over(30), line.over(365)) == (1_280, 38_400, 467_200)


@pytest.mark.parametrize(
    ("inputs", "usd"),
    [
        # 1,400 x 4 + 5,600 x 0.2 + 200 x 20 = 10,720
        ({"model": OPUS, "cached_share": 80.0}, "0.01072"),
        # half of every rate
        ({"model": OPUS, "tier": "batch"}, "0.016"),
        # twice every rate
        ({"model": OPUS, "tier": "fast"}, "0.064"),
        # 7,000 x 2 + 200 x 10 = 16,000
        ({"model": SOL}, "0.016"),
        # at the bound: 272,000 x 2 + 200 x 10 = 546,000
        ({"model": SOL, "input_tokens": 272_000}, "0.546"),
        # one token above it: 272,001 x 4 + 200 x 15 = 1,091,004
        ({"model": SOL, "input_tokens": 272_001}, "1.091004"),
        # above 100,000 all is five times dearer: 100,001 x 0.5 + 200 x 2.5 = 50,500.5
        ({"model": HAIKU, "input_tokens": 100_001}, "0.0505005"),
        # a third of 601 tokens is 200 whole ones: 401 x 4 + 200 x 0.2 = 1,644
        (
            {"model": OPUS, "input_tokens": 601, "output_tokens": 0, "cached_share": 33.3},
            "0.001644",
        ),
        ({"model": OPUS, "input_tokens": 0, "output_tokens": 0}, "0"),
    ],
)
def test_a_request_by_hand(inputs: dict[str, object], usd: str):
    assert first(**{"input_tokens": 7_000, "output_tokens": 200, **inputs}).request == Decimal(usd)


def test_notes_say_when_the_price_jumps_or_ends():
    assert not first(model=SOL, input_tokens=272_000).notes
    (cliff,) = first(model=SOL, input_tokens=272_001).notes
    assert "272,001" in cliff and "272,000" in cliff and "whole request" in cliff
    (ends,) = Pricing()._notes(rate_card("gemini-3.8-flash", at=date(2026, 12, 1)))
    assert "change on 2027-01-01" in ends
    # A public holiday is no change of DeepSeek's rates.
    (hours,) = Pricing()._notes(
        rate_card("deepseek-flash", at=datetime(2026, 12, 1, 8, tzinfo=UTC))
    )
    assert "depends on the hour" in hours


SATURDAY, MONDAY = date(2026, 12, 5), date(2026, 12, 7)


@pytest.fixture(params=[SATURDAY, MONDAY])
def any_day(request, monkeypatch):
    """DeepSeek's price depends on the hour, on weekdays; a month has weekdays in any case."""
    for module in ("pricing.prices", "calculators.inputs"):
        monkeypatch.setattr(f"costlib.{module}.AS_OF", request.param)
    return request.param


def test_a_price_that_depends_on_the_hour_is_two_lines(any_day):
    peak, off = Pricing(model="deepseek/deepseek-flash").result().lines[:2]
    assert (peak.model, off.model) == ("deepseek-flash (peak)", "deepseek-flash (off-peak)")
    assert peak.request == 2 * off.request > 0
    assert not off.notes and peak.notes[-1].endswith(
        "peak is 01:00-04:00 and 06:00-10:00 UTC, Monday to Friday."
    )


@pytest.mark.parametrize("calculator", [FeatureCalculator, RunCalculator, BudgetPlanner])
def test_a_plan_reckons_with_the_dear_hours(any_day, calculator):
    assert "deepseek-flash (peak)" in str(calculator(model="deepseek/deepseek-flash"))


def test_the_dearest_time_is_the_day_or_a_peak_hour(any_day):
    assert dearest_time("gpt-6.1-sol", "openai") == (any_day, "gpt-6.1-sol")
    at, name = dearest_time("deepseek-v4-pro", "deepseek")
    assert abs((at.date() - any_day).days) == (any_day == SATURDAY)  # the nearest weekday
    assert rate_card("deepseek-v4-pro", at=at).window == "peak"
    assert name == "deepseek-v4-pro (peak)"


def test_what_has_no_price_says_why_and_the_others_keep_theirs():
    calculator = PricingCalculator(model=OPUS, alternative_1=SOL, tier="flex")
    answer = calculator.answer_now()
    assert answer.problem and re.search("flex.*claude-opus-5-5", answer.sentence)
    assert re.search(r"^gpt-6\.1-sol +\$0\.008 ", str(answer), re.MULTILINE)  # half of $0.016
    calculator.controls["tier"].value = "standard"
    assert calculator.answer_now().sentence.endswith("$0.032 a request, $38,400.00 a month.")


def test_how_much_cheaper_is_said_in_words():
    shown = str(PricingCalculator(model=OPUS, alternative_1=HAIKU, alternative_2=OPUS))
    assert re.search(r"claude-haiku-5-5 .* 40 times cheaper$", shown, re.MULTILINE)
    assert re.search(r"claude-opus-5-5 .* the same$", shown, re.MULTILINE)
    shown = str(PricingCalculator(model=HAIKU, alternative_1=OPUS))
    assert re.search(r"claude-opus-5-5 .* 40 times dearer$", shown, re.MULTILINE)
    assert "USD a month: claude-haiku-5-5 $960.00; claude-opus-5-5 $38,400.00;" in shown


def test_a_model_without_a_cached_rate_refuses_a_cached_share():
    line = first(model="openai/gpt-5-pro", cached_share=50.0)
    assert line.request is None
    assert "cached_input" in line.problem
    assert first(model="openai/gpt-5-pro").request == Decimal("0.129")  # 7,000 x 15 + 200 x 120


def test_an_input_beyond_the_context_has_no_price():
    line = first(model="openai/gpt-5", input_tokens=400_001)
    assert "gpt-5 reads at most 400,000 tokens, fewer than 400,001" in line.problem


def test_the_same_model_is_shown_once_and_cache_writes_are_mentioned():
    result = Pricing(model=SOL, alternative_1=SOL, alternative_2=OPUS, cached_share=10.0).result()
    assert [line.model for line in result.lines][:2] == ["gpt-6.1-sol", "claude-opus-5-5"]
    assert len({line.model.split()[0] for line in result.lines}) == 3
    assert "Writing to the cache" in result.notes[1]
    assert "S. Willison" in result.notes[-1]


def test_who_reasons_unasked_is_said_beside_the_prices():
    chosen = {"alternative_1": SOL, "alternative_2": HAIKU, "alternative_3": "openai/gpt-4.1"}
    assert Pricing(model=OPUS, **chosen).result().notes[0] == (
        "Output is as billed, what a model reasons included. Reasons unasked: "
        "claude-opus-5-5 (medium), gpt-6.1-sol (medium), claude-haiku-5-5 (medium)."
    )
    others = {"alternative_2": "google/gemini-4-argon", "alternative_3": "mistral/mistral-large-4"}
    assert (
        Pricing(model=OPUS, **chosen | others)
        .result()
        .notes[0]
        .endswith("gpt-6.1-sol (medium), gemini-4-argon (medium). Not recorded: mistral-large-4.")
    )
    same = dict.fromkeys(chosen, "openai/gpt-4.1")
    found = Pricing(model="openai/gpt-4.1", **same).result()
    assert found.notes[0] == "Output is as billed, what a model reasons included."


def test_a_request_below_the_minimum_reads_nothing_from_a_cache():
    short = {"model": "anthropic/claude-haiku-4-5", "input_tokens": 4_095}
    assert "nothing below 4,096 tokens" in first(**short, cached_share=80.0).problem
    assert not first(**short).problem


def test_the_models_with_a_role_come_first_and_each_has_a_price():
    options = [value for _, value in PricingCalculator().controls["model"].options]
    wanted = list(dict.fromkeys(f"{entry.provider}/{entry.model}" for entry in roles()))
    assert options[: len(wanted)] == wanted
    assert len(options) == len(set(options)) > 50
    for value in options:
        provider, model = value.split("/", 1)
        assert all(card.output is not None for card in day_cards(model, provider=provider))


def test_the_answer_is_dated_and_compares():
    text = repr(PricingCalculator(model=OPUS, alternative_1=SOL))
    assert f"USD at the rates of {AS_OF}" in text
    (row,) = re.findall(r"^gpt-6\.1-sol .*$", text, re.MULTILINE)
    assert row.split() == [
        "gpt-6.1-sol",
        "$0.016",
        "$640.00",
        "$19,200.00",
        "$233,600.00",
        "2",
        "times",
        "cheaper",
    ]


def test_the_answers_that_lesson_1_gives_are_the_calculators():
    """The prose under lesson 1's calculator quotes it; these are the numbers that it quotes."""
    question = {"input_tokens": 7_000, "output_tokens": 200, "requests_a_day": 40_000}
    prose = (ROOT / "solutions" / "01_pricing_models.py").read_text("utf-8")
    names = {"cost_of": cost_of, "Usage": Usage, "role": role,
             "FLAGSHIP": role("anthropic", "flagship")}  # fmt: skip
    sums = re.findall(r"\{\{= (1_200_000 \* cost_of\(.*?)\.total:,\.0f\}\} dollars", prose)
    quoted = {f"{eval(each + '.total', names):,.0f} dollars" for each in sums}
    for change in ({}, {"tier": "batch"}, {"cached_share": 80.0}):
        usd = Pricing(**question | change).result().lines[0].over(30)
        assert f"{usd:,.0f} dollars" in quoted, change
