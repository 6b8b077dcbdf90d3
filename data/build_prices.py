"""Builds data/prices.csv and data/models.csv: `python data/build_prices.py [folder]`.

Rates come from the package genai-prices that is installed. What it lacks or has wrong stands in
price_overlay.csv and model_overlay.csv: hand-checked rows, each with its source and date. The same
inputs give the same bytes. For each model, in this order: its dated standard prices, corrected by
the overlay; its tiers, moved back to the day when the vendor began to sell them; the overlay of the
tiers; rates that the vendor states in words. When it reads another release of the package than the
last one's, it notes that in edition.json, with the edition's day.
"""

from __future__ import annotations

import csv
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path

from genai_prices.data import providers
from genai_prices.types import (
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    TieredPrices,
    TimeOfDateConstraint,
)

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from costlib.course.edition import edition, write_edition
from costlib.pricing.price_news import (
    CONDITIONS,
    PACKAGE_KINDS,
    SHORT_WRITE,
    PriceData,
    covered,
    price_data,
)
from costlib.pricing.prices import RATE_KINDS, TOKEN_KINDS

HERE = Path(__file__).parent
# What a row says of when it was checked moves only when another release of the package is read.
READ = price_data()
if version("genai-prices") != READ.release:
    READ = PriceData(version("genai-prices"), edition().day)
PACKAGE = f"genai-prices {READ.release}"
CHECKED = READ.read.isoformat()
VENDORS = ("openai", "anthropic", "google", "deepseek", "x-ai", "mistral")
LONG_KINDS = [f"long_{kind}" for kind in TOKEN_KINDS]
SCALED = {*TOKEN_KINDS, *LONG_KINDS}
COLUMNS = ["provider", "model", "tier", "valid_from", "window", "hours", *RATE_KINDS,
           "long_threshold", "long_inclusive", *LONG_KINDS, "source", "checked"]  # fmt: skip
MODEL_COLUMNS = ["provider", "model", "kind", "aliases", "context_window", "released", "shutdown",
                 "source"]  # fmt: skip

KIND_OF = {unit: kind for kind, unit in PACKAGE_KINDS.items()}
TIER_OF = {
    condition: tier
    for tier, choices in CONDITIONS.items()
    for choice in choices
    for condition in choice.items()
}

TIER_LAUNCH = {
    ("openai", "batch"): ("2024-04-15", "Batch API launch 2024-04-15 [S]"),
    ("openai", "flex"): ("2025-04-17", "flex launch 2025-04-17 [S]"),
    ("openai", "priority"): ("2025-06-24", "priority launch 2025-06-24 [S]"),
    ("openai", "fast"): ("2026-07-30", "priority renamed fast on 2026-07-30 (OpenAI changelog)"),
    ("anthropic", "batch"): ("2024-10-08", "Message Batches launch 2024-10-08 [S]"),
    ("google", "batch"): ("2025-07-07", "Gemini batch mode launch 2025-07-07 [S]"),
    ("google", "flex"): ("2026-04-01", "flex launch 2026-04-01 (Gemini API release notes)"),
    ("google", "priority"): ("2026-04-01", "priority launch 2026-04-01 (Gemini API release notes)"),
    ("mistral", "batch"): ("2024-11-07", "Mistral batch launch 2024-11-07 [S]"),
    ("x-ai", "batch"): ("2026-01-28", "batch launch 2026-01-28 (xAI release notes)"),
}
"""When a vendor began to sell a tier; a model has it from then, or from its release if later.
[S] is the general record: an announcement remembered, not read again."""

UNDATED = date(2026, 10, 14)
"""First day of a model without a sourced date: the package's sweep of the vendors' price pages."""

BATCH_KEEPS_CACHE = {"gemini-2.5-flash", "gemini-2.5-flash-lite", "gemini-2.5-pro",
                     "gemini-3-flash-preview", "gemini-3.1-pro-preview"}  # fmt: skip
"""Google's price page: in batch, context caching costs "Same as Standard"."""

HALF_PRICE_BATCH = {"claude-3-haiku", "claude-3-opus-latest", "claude-3-5-sonnet",
                    "claude-3-5-haiku-latest", "claude-3-7-sonnet-latest", "claude-opus-4-0",
                    "claude-opus-4-1", "claude-sonnet-4-0"}  # fmt: skip
"""Retired models whose batch the package skips; Anthropic charged 50 % of standard for all."""


TEXT_ONLY = re.compile(
    r"ada|babbage|curie|davinci|text-|(ft:)?gpt-3\.5|gpt-4(-32k)?$|gpt-oss|o1-(mini|preview)|o3-mini"
    r"|claude-(2|v1)|gemini-pro$|deepseek|zai|grok-(2-1212|3|code)|codestral|devstral|magistral"
    r"|mi[sx]tral-(7b|8x|tiny|large$|nemo|saba|medium-2312|small-24b)|ministral-(3b|8b)$"
)
"""Chat models that read no images, so that no rate is filled in for them."""


@dataclass
class Row:
    """One line of prices.csv in the making. `cells` holds its rates, `long_` ones included."""

    provider: str
    model: str
    tier: str
    start: date
    source: str
    window: str = ""
    hours: str = ""
    checked: str = CHECKED
    threshold: int | None = None
    cells: dict[str, Decimal] = field(default_factory=dict)

    @property
    def period(self) -> tuple[date, str]:
        return self.start, self.window


def main(argv: list[str]) -> None:
    """Writes both files into the folder named, else beside this script."""
    folder = Path(argv[0]) if argv else HERE
    facts = {(fact["provider"], fact["model"]): fact for fact in read("model_overlay.csv")}
    patches: dict[tuple[str, str], list[dict[str, str]]] = {}
    for patch in read("price_overlay.csv"):
        patches.setdefault((patch["provider"], patch["model"]), []).append(patch)
    package = {
        (provider.id, model.id): model
        for provider in providers
        if provider.id in VENDORS
        for model in provider.models
        if covered(provider.id, model.id)
    }
    keys = sorted({*facts, *package}, key=lambda key: (VENDORS.index(key[0]), key[1]))
    ids = {name for _, name in keys}
    ids |= {alias for fact in facts.values() for alias in fact["aliases"].split()}
    models, prices = [], []
    for key in keys:
        fact = facts.get(key, {})
        models.append(describe(key, package.get(key), fact, ids))
        rows = rows_of(key, package.get(key), fact, patches.get(key, []))
        for row in rows:
            spell_out(row, models[-1]["kind"])
        prices += sorted(rows, key=lambda row: (row.tier != "standard", row.tier, *row.period))
    write(folder / "models.csv", MODEL_COLUMNS, models)
    write(folder / "prices.csv", COLUMNS, [line(row) for row in prices])
    if folder == HERE and price_data() != READ:
        write_edition(HERE / "edition.json", genai_prices=READ.release, read=str(READ.read))


# --- models.csv -------------------------------------------------------------------------------

KIND_MARKS = (("moderation", "moderation"), ("embed", "embedding"), ("tts", "tts"),
              ("transcribe", "transcription"), ("whisper", "transcription"),
              ("voxtral-mini", "transcription"), ("image", "image"), ("banana", "image"),
              ("audio", "audio"), ("realtime", "audio"), ("live", "audio"), ("voice", "audio"),
              ("voxtral", "audio"))  # fmt: skip

ENDINGS = {
    "anthropic": {"-YYYYMMDD": "-20260101", "@YYYYMMDD": "@20260101"},
    "google": {"-preview": "-preview", "-001": "-001", "-002": "-002"},
    "openai": {"-YYYY-MM-DD": "-2026-01-01"},
    "x-ai": {"-YYYYMMDD": "-20260101"},
}
"""How vendors name versions of a model, each with an example to try on the package's rule."""


def describe(
    key: tuple[str, str], model: ModelInfo | None, fact: dict[str, str], ids: set[str]
) -> dict[str, str]:
    vendor, name = key
    kind = next((kind for mark, kind in KIND_MARKS if mark in name), "chat")
    names = fact.get("aliases", "").split()
    names += [alias for alias in (aliases(vendor, model) if model else ()) if alias not in ids]
    return {
        "provider": vendor,
        "model": name,
        "kind": fact.get("kind") or kind,
        "aliases": " ".join(dict.fromkeys(names)),
        "context_window": fact.get("context_window")
        or str(model.context_window or "" if model else ""),
        "released": fact.get("released", ""),
        "shutdown": fact.get("shutdown", ""),
        "source": fact.get("source", f"{PACKAGE}; release date not sourced"),
    }


def aliases(vendor: str, model: ModelInfo) -> Iterator[str]:
    """The exact names of the package's rule, and the vendor's endings that its patterns accept.

    Dated snapshots that a pattern accepts become one template, such as `claude-opus-5-YYYYMMDD`.
    """
    clauses = getattr(model.match, "or_", None) or [model.match]
    exact = [clause.equals for clause in clauses if hasattr(clause, "equals")]
    starts = [clause.starts_with for clause in clauses if hasattr(clause, "starts_with")]
    yield from (name for name in exact if name != model.id)
    stem = model.id.removesuffix("-latest").rstrip("-")
    for ending, sample in {"-latest": "-latest", **ENDINGS.get(vendor, {})}.items():
        twice = stem.endswith(ending)
        if not twice and stem + sample not in exact and model.is_match(stem + sample):
            yield stem + ending
    for other in (stem, *(start.rstrip("-@") for start in starts)):
        if model.is_match(other) and not re.search(r"20\d\d$|^ft:", other):  # names, no stubs
            yield other


# --- prices.csv -------------------------------------------------------------------------------


def rows_of(
    key: tuple[str, str], model: ModelInfo | None, fact: dict[str, str], patches: list[dict]
) -> list[Row]:
    """All rows of one model."""
    vendor, name = key
    first = fact.get("priced_from") or fact.get("released")
    start = date.fromisoformat(first) if first else UNDATED
    source = PACKAGE if first else f"{PACKAGE}; no release date sourced, not priced before"
    standard: dict[tuple[date, str], Row] = {}
    if model and not by_the_hour(model):  # the package cannot join a date and an hour: overlay
        for day, rates in dated(model.prices):
            row = Row(vendor, name, "standard", max(day, start), source)
            put(row, rates)
            standard[row.period] = row
    overlay(standard, [patch for patch in patches if patch["tier"] == "standard"])

    rows = [standard[period] for period in sorted(standard)]
    periods = list(rows)
    for tier in ("batch", "flex", "priority", "fast", "ultrafast"):
        variants = list(variants_of(model, tier)) if model else []
        tiers = {row.period: row for row in tier_rows(tier, variants, periods)}
        overlay(tiers, [patch for patch in patches if patch["tier"] == tier])
        rows += tiers.values()
    return rows


def by_the_hour(model: ModelInfo) -> bool:
    return isinstance(model.prices, list) and any(
        isinstance(price.constraint, TimeOfDateConstraint) for price in model.prices
    )


def dated(prices: ModelPrice | list[ConditionalPrice]) -> list[tuple[date, ModelPrice]]:
    if isinstance(prices, ModelPrice):
        return [(date.min, prices)]
    return [(first_day(price.constraint), price.prices) for price in prices]


def first_day(constraint: object) -> date:
    return constraint.start_date if isinstance(constraint, StartDateConstraint) else date.min


def variants_of(model: ModelInfo, tier: str) -> Iterator[tuple[date, ModelPrice]]:
    for variant in model.price_variants or ():
        (condition,) = variant.when.items()
        if TIER_OF.get(condition) == tier:
            yield first_day(variant.constraint), variant.prices


def put(row: Row, prices: ModelPrice) -> None:
    """Writes the package's rates into a row, in our kinds."""
    for unit, value in vars(prices).items():
        kind = SHORT_WRITE[row.provider] if unit == "cache_write_mtok" else KIND_OF.get(unit)
        if kind and isinstance(value, TieredPrices):
            (tier,) = value.tiers
            row.threshold = tier.start
            row.cells |= {kind: value.base, f"long_{kind}": tier.price}
        elif kind and value is not None:
            row.cells[kind] = value
    if not vars(prices):  # an empty record of the package: the vendor charges nothing
        row.cells = {"input": Decimal(0), "output": Decimal(0)}


def tier_rows(
    tier: str, variants: list[tuple[date, ModelPrice]], standard: list[Row]
) -> Iterator[Row]:
    """The rows of a tier, one for each standard period since the tier's launch.

    The package knows a tier's rates from the day on which it recorded them. In a period with the
    same standard rates they are taken as they are, else as the same share of the standard rates.
    """
    half = tier == "batch" and bool(standard) and standard[0].model in HALF_PRICE_BATCH
    if not (variants or half):
        return
    launch, why = TIER_LAUNCH.get((standard[0].provider, tier), ("0001-01-01", "from release"))
    ends = [*(row.start for row in standard[1:]), date.max]
    for row, end in zip(standard, ends, strict=True):
        start = max(date.fromisoformat(launch), row.start)
        if start >= end:
            continue
        new = Row(row.provider, row.model, tier, start, f"{PACKAGE}; {why}")
        new.checked = min(CHECKED, row.checked)  # it rests on both
        if half:
            scale(new, row, Decimal("0.5"), row.cells)
            new.source = f"half of standard (Anthropic's batch guide); {why}"
        else:
            day, rates = max((v for v in variants if v[0] < end), default=min(variants, key=first),
                             key=first)  # fmt: skip
            base = max((r for r in standard if r.start <= day), default=standard[0],
                       key=lambda r: r.start)  # fmt: skip
            put(new, rates)
            if not vars(rates):  # gpt-3.5-turbo-1106: the batch table lists the standard rates
                new.cells = dict(row.cells)
            elif any(
                base.cells.get(kind) != row.cells.get(kind) for kind in row.cells.keys() & SCALED
            ):
                scale(new, row, new.cells["input"] / base.cells["input"], set(new.cells))
                new.source += "; the same share of that day's standard price"
        inherit(new, row)
        yield new


def first(variant: tuple[date, ModelPrice]) -> date:
    return variant[0]


def scale(new: Row, row: Row, share: Decimal, kinds: Iterable[str]) -> None:
    published = {kind.removeprefix("long_") for kind in kinds}
    new.cells = {
        kind: rate * share
        for kind, rate in row.cells.items()
        if kind.removeprefix("long_") in published.intersection(TOKEN_KINDS)
    }


def inherit(new: Row, row: Row) -> None:
    """What a tier shares with standard: fees by the search, and the bound of the length.

    Where no long rate is published, the bound stays and the rates are empty: no price.
    """
    if "web_search" in row.cells:
        new.cells.setdefault("web_search", row.cells["web_search"])
    if new.tier == "batch" and new.model in BATCH_KEEPS_CACHE:
        for kind in ("cached_input", "cached_audio", "long_cached_input"):
            if kind in row.cells:
                new.cells.setdefault(kind, row.cells[kind])
    new.threshold = row.threshold
    if not any(kind in row.cells for kind in LONG_KINDS):
        new.cells = {kind: rate for kind, rate in new.cells.items() if kind not in LONG_KINDS}


def overlay(rows: dict[tuple[date, str], Row], patches: list[dict[str, str]]) -> None:
    """Lays hand-checked rows over a tier's rows: a cell with a value replaces, a blank leaves."""
    for patch in patches:
        row = Row(patch["provider"], patch["model"], patch["tier"],
                  date.fromisoformat(patch["valid_from"]), "", patch["window"])  # fmt: skip
        row = rows.setdefault(row.period, row)
        row.source, row.checked, row.hours = patch["source"], patch["checked"], patch["hours"]
        row.cells |= {
            kind: Decimal(patch[kind]) for kind in (*RATE_KINDS, *LONG_KINDS) if patch[kind]
        }
        if patch["long_threshold"]:
            row.threshold = int(patch["long_threshold"])


def spell_out(row: Row, kind: str) -> None:
    """Fills rates that follow from another, because the vendor says so in words."""
    for prefix in ("", "long_"):
        rules: list[tuple[str, str, int]] = []  # this kind, from that kind, so many times
        if kind == "chat" and not TEXT_ONLY.match(row.model):
            # One input rate is published for text and images, at Google also for video.
            rules += [("input_image", "input", 1), ("cached_image", "cached_input", 1)]
            if row.provider == "google":
                rules += [("input_video", "input", 1), ("cached_video", "cached_input", 1)]
        if kind == "image":
            rules.append(("output_image", "output", 1))  # one output rate: that of the image
        if kind == "tts":
            rules.append(("output_audio", "output", 1))  # all output is audio
        # OpenAI, gpt-5.6 and later: a 12-hour write costs 2.5 times input, twice a 30-minute one.
        rules.append(("cache_write_12h", "cache_write_30m", 2))
        if not prefix and "cache_write_30m" in row.cells and "cache_write_12h" not in row.cells:
            row.source += "; 12-hour write 2.5 times input (OpenAI caching guide, litellm 1.109.1)"
        for target, origin, times in rules:
            if prefix + origin in row.cells:
                row.cells.setdefault(prefix + target, row.cells[prefix + origin] * times)
    if row.provider == "x-ai" and row.threshold == 199_999:
        row.threshold = 200_000  # the package's way to write xAI's "200,000 and above"


# --- Files ------------------------------------------------------------------------------------


def line(row: Row) -> dict[str, str]:
    return dict.fromkeys(COLUMNS, "") | {kind: plain(rate) for kind, rate in row.cells.items()} | {
        "provider": row.provider,
        "model": row.model,
        "tier": row.tier,
        "valid_from": row.start.isoformat(),
        "window": row.window,
        "hours": row.hours,
        "long_threshold": str(row.threshold or ""),
        "long_inclusive": str(int(row.provider == "x-ai")) if row.threshold else "",
        "source": row.source,
        "checked": row.checked,
    }  # fmt: skip


def plain(rate: Decimal) -> str:
    text = f"{rate:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def read(name: str) -> list[dict[str, str]]:
    with (HERE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def write(path: Path, columns: list[str], lines: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(lines)


if __name__ == "__main__":
    main(sys.argv[1:])
