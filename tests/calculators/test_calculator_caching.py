"""Lesson 7's calculator: days worked by hand from published rates, and its sentences."""

from __future__ import annotations

import html
import re
from decimal import Decimal

import pytest
from matplotlib.textpath import TextPath

from costlib.calculators.caching import CacheCalculator, Prefix, TimeLine, _models
from costlib.pricing.prices import role

# 10,000 tokens, every ten minutes for ten hours: 60 requests a day, 1,800 a month
STEADY = Prefix("claude-opus-5-5", prefix=10_000, an_hour=6.0, hours=10, arrivals="evenly")


def month(prefix: Prefix) -> dict[str | None, Decimal]:
    return {way.lifetime: way.month for way in prefix.result().ways}


def test_a_steady_day_by_hand():
    # none: 18 MTok x 4; 5m: all written at 5; 1h: 30 writes at 8, 1,770 reads at 0.20, a MTok / 100
    by_hand = {None: 72, "5m": 90, "1h": Decimal("0.3") * 8 + Decimal("17.7") * Decimal("0.2")}
    assert month(STEADY) == by_hand
    assert [way.lifetime for way in STEADY.result().ways] == ["1h", None, "5m"]


def test_an_entry_is_gone_at_the_very_moment_at_which_its_lifetime_ends():
    for an_hour, lifetime in ((12.0, "5m"), (1.0, "1h")):
        day = Prefix("claude-opus-5-5", 10_000, an_hour, hours=10, arrivals="evenly").result()
        assert not next(way.read for way in day.ways if way.lifetime == lifetime).any()


def test_an_entry_of_twelve_hours_lives_until_the_next_morning_only_if_the_day_is_long():
    for hours, writes in ((10, 1), (13, 0)):  # the last request comes ten minutes before the end
        day = Prefix("gpt-6.1-sol", 10_000, an_hour=6.0, hours=hours, arrivals="evenly").result()
        (way,) = (way for way in day.ways if way.lifetime == "12h")
        assert (~way.read).sum() == writes


def test_a_burst_writes_all_at_once_unless_the_entry_is_there():
    cold = Prefix("claude-opus-5-5", 6_000, an_hour=10.0, hours=10, arrivals="bursts").result()
    warm = Prefix("claude-opus-5-5", 6_000, an_hour=200.0, hours=10, arrivals="bursts").result()
    reads = {way.lifetime: way.read for way in cold.ways}
    assert not reads["5m"].any()
    reads = {way.lifetime: way.read for way in warm.ways}
    assert not reads["5m"][:10].any() and reads["5m"][10:].all()


@pytest.mark.parametrize("arrivals", ["evenly", "random", "bursts"])
def test_requests_come_in_order_and_within_the_hours(arrivals):
    seconds = Prefix(an_hour=37.0, hours=5, arrivals=arrivals).result().seconds
    assert len(seconds) == 185
    assert (seconds[1:] >= seconds[:-1]).all() and 0 <= seconds[0] <= seconds[-1] < 5 * 3600


def test_every_model_on_the_list_has_a_day():
    names = [name for name, _ in _models()]
    some = {
        role(vendor, size) for vendor in ("anthropic", "openai") for size in ("top", "flagship")
    }
    assert {*some, "gpt-5.5"} <= set(names)
    for name in names:
        found = month(Prefix(model=name))
        assert all(usd > 0 for usd in found.values()) and len(found) >= 2


def test_the_view_says_which_way_is_cheapest():
    view = CacheCalculator(prefix=10_000, an_hour=6.0, hours=10, arrivals="evenly")

    def status() -> str:
        (text,) = re.findall(r'<p role="status"[^>]*>(.*?)</p>', view.output.value)
        return html.unescape(re.sub("<[^>]*>", "", text))

    assert status().endswith(
        "60 requests a day: a cache of 1h is cheapest, $5.94 a month for the prefix instead of "
        "$72.00, 92% less."
    )
    assert "with 5m 30 write, with 1h 1 write" in view.output.value
    view.controls["an_hour"].value = "600.0"
    assert "a cache of 5m is cheapest" in status()
    view.controls["an_hour"].value = "0.5"
    assert "no cache is cheapest" in status()
    view.controls["prefix"].value = "300"
    assert "below this model's minimum of 512" in status() and "<table" not in view.output.value
    assert "nothing is cached" in str(view)
    only = CacheCalculator(model="claude-opus-5-5", an_hour=0.1, hours=1)
    assert "The only request of a day: with 5m it writes, with 1h it writes." in str(only)


def test_the_longest_lifetime_of_an_older_model_is_not_taken_for_a_promise():
    # the SDK: prompt_cache_retention is a maximum, prompt_cache_options.ttl a minimum
    for model, said in (("gpt-5.5", True), ("gpt-4.1", True), ("gpt-6.1-sol", False)):
        assert (
            "promises no lifetime: 24h is the longest" in str(CacheCalculator(model=model))
        ) is said


def test_a_long_prefix_on_a_model_with_a_bound_gives_a_sentence():
    view = CacheCalculator(model="claude-haiku-5-5", prefix=200_000)
    assert "beyond the long-context bound of claude-haiku-5-5, 100,000" in view.output.value
    assert "<table" not in view.output.value
    view = CacheCalculator(model="claude-haiku-4-5", prefix=300_000)
    assert "300,000 tokens does not fit into claude-haiku-4-5" in view.output.value
    assert "<table" not in view.output.value


def test_the_name_of_a_lane_ends_before_its_first_mark():
    drawn = TimeLine(Prefix("gpt-4.1", arrivals="evenly").result()).svg()
    marks = {float(x) for x in re.findall(r'd="M([\d.]+) [\d.]+v-30"', drawn)}
    names = re.findall(r'<text x="0"[^>]*font-size="16">([^<]*)</text>', drawn)
    assert "in memory" in names
    # DejaVu Sans is as wide as the fonts that a browser takes for sans-serif; a mark is 4 wide.
    assert max(TextPath((0, 0), name, size=16).get_extents().x1 for name in names) < min(marks) - 2
