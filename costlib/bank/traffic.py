"""The running example: one month of an online bank's support assistant, and its bill.

Every lesson prices the same month again, with one lever more. A *lever* is a function that takes
the month and returns a changed copy; `bill` prices any of them. Taught in lesson 1; units are
tokens and whole pico-dollars (1e-12 USD), so that the parts add up to the last digit.

Each question sends the bank's tools and handbook, the conversation so far, and what the customer
just wrote, to `MODEL`, Anthropic's flagship of that month, at list price and with no prompt
caching. Ticket summaries, made at night, send the same tools and handbook, the ticket's
conversation, and an instruction.

**Measured**: pairs of context and generated lengths, drawn together from one hour of production
requests to a chat service (Azure, 2023), taken as history and reply; the questions, drawn from
the test set of Banking77; the text of handbook, tools and instruction; the prices.
**Estimated**: the length of text in Claude's tokens (see `costlib.tokens`); a screenshot's tokens,
by Anthropic's published formula.
**Modelled**: the volume; one question in twenty carries a screenshot; arrival times, which are
uniform over the day (over the night for summaries), because the trace is one hour and shows no
daily shape; every request succeeds at the first attempt. The trace's tokens, which another
tokenizer counted, are taken as Claude's. The test set has each of its 77 intents equally often,
which no bank has.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from costlib.bank.lent import lent
from costlib.caching.replays import prefix_use
from costlib.display.amounts import money
from costlib.display.tables import table
from costlib.faces import counted_as_usual
from costlib.intents.local import local_step
from costlib.optimization.prompts import sections
from costlib.paths import data_path
from costlib.pricing.bulk import picodollars_of_parts
from costlib.pricing.prices import TIERS
from costlib.tokens.chat import count_chat
from costlib.tokens.images import image_tokens

# The month is past and recorded: neither a later as-of date nor another model in a role changes
# it, so that the bill is the same in every edition. Another month or model means data/ledger anew.
FIRST_DAY = date(2026, 10, 23)
DAYS = 30  # with no change of price
MODEL = "claude-opus-5-5"  # what the bank called, Anthropic's flagship of that month
SMALLER = ("claude-sonnet-5-5", "claude-haiku-5-5")  # what the vendor sold beside it
QUESTIONS_A_DAY = 40_000
SUMMARIES_A_DAY = 8_000
SCREENSHOTS = DAYS * QUESTIONS_A_DAY // 20  # 5 % of the month's questions carry one
SCREENSHOT_SIZE = (1290, 2796)  # width and height in pixels: a large phone, held upright
# The size to send instead: half as many pixels a side, so that the smallest text, of 11 points and
# so 33 pixels, is 16 high; and just within whole patches of 28, because a patch begun is paid.
RESIZED_SCREENSHOT = (644, 1396)
HISTORY_WINDOW = 2_000  # tokens: the end of a conversation that shorten_prompts keeps
UNUSED_SECTION = "11. Monthly fees"  # the one of the handbook's facts that no intent rests on
NIGHT = (1, 5)  # summaries arrive from 01:00 to 05:00 UTC
SUMMARY_INSTRUCTION = (
    "The conversation above is closed. Summarise it for the ticket, by section 14 of the handbook."
)
INPUT_PARTS = ("prefix", "history", "question", "screenshot")
_BLOCK = 2**17  # requests that are priced together
CACHE_WRITES = ("cache_write_5m_tokens", "cache_write_1h_tokens")
CACHE_COLUMNS = ("cached_input_tokens", *CACHE_WRITES)


# --- What a request is made of ----------------------------------------------------------------


def handbook() -> str:
    """The bank's policy handbook (Markdown), the system text of every request."""
    return data_path("bank", "handbook.md").read_text("utf-8")


def tools() -> list[dict[str, Any]]:
    """The assistant's ten tools, in the format of Anthropic's Messages API."""
    return json.loads(data_path("bank", "tools.json").read_text("utf-8"))


def screenshot_file() -> Path:
    """A customer's screenshot of the bank's app (PNG, SCREENSHOT_SIZE): drawn for this course."""
    return data_path("bank", "screenshot.png")


def questions() -> pd.DataFrame:
    """The customers' questions, `text` and `category`: the test set of Banking77, 3,080 rows."""
    return pd.read_csv(data_path("intents", "banking77_test.csv"))


def trace(service: str = "conversation") -> pd.DataFrame:
    """The production trace of Azure's "conversation" or "code" service (see data/README.md)."""
    if service not in ("conversation", "code"):
        raise LookupError(f"service={service!r} has no trace: choose 'conversation' or 'code'")
    return pd.read_csv(data_path("traces", f"azure_llm_2023_{service}.csv"))


@cache
def prefix_length(model: str, without: str = "") -> int:
    """Tokens of handbook and tools together, which never change from request to request.

    Includes the framing, and the hidden prompt that Anthropic adds when tools are given. `without`
    is the title of a section to leave out.
    """
    kept = "".join(section.text for section in sections(handbook()) if section.title != without)
    return int(count_chat([{"role": "system", "content": kept}], model, tools=tools()))


@cache
def _question_lengths(model: str) -> np.ndarray:
    """Tokens that each of `questions()` adds to a request; the summary's instruction comes last."""
    alone = int(count_chat([_system()], model))
    texts = [*questions()["text"], SUMMARY_INSTRUCTION]
    asked = ([_system(), {"role": "user", "content": text}] for text in texts)
    added = [int(count_chat(messages, model)) - alone for messages in asked]
    return np.array(added, dtype=np.int32)


@cache
def _system() -> Mapping[str, str]:
    return {"role": "system", "content": handbook()}


# --- The month --------------------------------------------------------------------------------


def month(seed: int = 0) -> pd.DataFrame:
    """The month's 1,440,000 requests by time of arrival, the same ones each time for a seed.

    Columns: `time` (UTC), `kind` ("question" or "summary"), `model`, `tier`, `asked` (the row of
    `questions()`, -1 for a summary); in tokens, `prefix`, `history`, `question` (or a summary's
    instruction), `screenshot` (0 without one), their sum `input_tokens`, and `output_tokens`.
    `cost_table` reads the frame as it is.
    """
    return lent(_month(seed))


@lru_cache(maxsize=1)
def _month(seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    seconds, summary = _arrivals(rng)
    count = len(seconds)

    # One row of the trace gives both lengths, so that what relates them in the trace stays.
    lengths = trace()[["ContextTokens", "GeneratedTokens"]].to_numpy(np.int32)
    row = rng.integers(0, len(lengths), count, dtype=np.int32)
    asked = rng.integers(0, len(questions()), count, dtype=np.int32).astype(np.int16)
    asked[summary] = -1
    screenshot = np.zeros(count, dtype=np.int32)
    shown = rng.choice(np.flatnonzero(~summary), SCREENSHOTS, replace=False, shuffle=False)
    screenshot[shown] = image_tokens(*SCREENSHOT_SIZE, MODEL)
    parts = {
        "prefix": np.broadcast_to(np.int32(prefix_length(MODEL)), count),
        "history": lengths[row, 0],
        "question": _question_lengths(MODEL)[asked],  # -1 is the last, the instruction
        "screenshot": screenshot,
    }
    zeros = np.broadcast_to(np.int8(0), count)  # like the prefix one number for all, kept once
    return pd.DataFrame(
        {
            "time": pd.to_datetime(seconds, unit="s", origin=FIRST_DAY, utc=True),
            "kind": pd.Categorical.from_codes(summary.astype(np.int8), ["question", "summary"]),
            "model": pd.Categorical.from_codes(zeros, [MODEL]),
            "tier": pd.Categorical.from_codes(zeros, TIERS),
            "asked": asked,
            **parts,
            "input_tokens": sum(parts.values()),
            "output_tokens": lengths[row, 1],
        },
        copy=False,
    )


def _arrivals(rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """When each request comes, in seconds since FIRST_DAY and in order; and which are summaries."""
    a_day = QUESTIONS_A_DAY + SUMMARIES_A_DAY
    summary = np.arange(a_day) >= QUESTIONS_A_DAY
    first = np.tile(np.where(summary, NIGHT[0], 0) * 3600, DAYS)
    last = np.tile(np.where(summary, NIGHT[1], 24) * 3600, DAYS)
    seconds = rng.integers(first, last, dtype=np.int32).reshape(DAYS, a_day)
    # Each day by itself, by two numbers of 16 bits: those numpy sorts without comparing them.
    hour, second = np.divmod(seconds, 3600)
    order = np.lexsort((second.astype(np.uint16), hour.astype(np.uint16)))
    seconds = np.take_along_axis(seconds, order, axis=1)
    seconds += np.arange(DAYS, dtype=np.int32)[:, None] * 86_400
    return seconds.ravel(), summary[order].ravel()


# --- The levers -------------------------------------------------------------------------------


def batch_summaries(month: pd.DataFrame) -> pd.DataFrame:
    """Lesson 1: ticket summaries can wait for the morning, so they go to the batch tier."""
    return month.assign(tier=month["tier"].mask(month["kind"] == "summary", "batch"))


def resize_screenshots(month: pd.DataFrame) -> pd.DataFrame:
    """Lesson 2: screenshots are shrunk to RESIZED_SCREENSHOT before they are sent.

    The picture that the model reads has fewer pixels; whether its answers stay as good is not
    measured. Raises ValueError for a month in which they no longer have the size of a phone.
    """
    (model,) = month["model"].unique()
    shown = month["screenshot"] > 0
    before = month["screenshot"][shown].unique().tolist()
    if before != [image_tokens(*SCREENSHOT_SIZE, model)]:
        raise ValueError(
            f"the screenshots of this month cost {before} tokens, not those of a picture of "
            f"{SCREENSHOT_SIZE}: resize them once, in a month that still has them whole"
        )
    screenshot = month["screenshot"].mask(shown, image_tokens(*RESIZED_SCREENSHOT, model))
    saved = month["screenshot"] - screenshot
    return month.assign(screenshot=screenshot, input_tokens=month["input_tokens"] - saved)


def cache_prefix(month: pd.DataFrame, lifetime: str = "5m") -> pd.DataFrame:
    """Lesson 7: the end of tools and handbook is marked with cache_control, for "5m" or "1h".

    Adds two of CACHE_COLUMNS: what each request reads of its prefix, and what it writes where the
    entry was not there. `prefix_use` says what is modelled; batches have a cache of their own.
    Take it after levers that drop requests or change prefixes; a second use starts over.
    """
    read, written = prefix_use(month, lifetime)
    bare = month.drop(columns=[column for column in CACHE_COLUMNS if column in month])
    return bare.assign(**{"cached_input_tokens": read, f"cache_write_{lifetime}_tokens": written})


def shorten_prompts(month: pd.DataFrame, window: int = HISTORY_WINDOW) -> pd.DataFrame:
    """Lesson 6: of a question's history the last `window` tokens; no UNUSED_SECTION for anybody.

    The model reads less. No intent of Banking77 rests on that section; what cut histories do to
    the answers is not measured, so this is no part of "same model, answers untouched". Summaries
    still read the whole conversation. Raises ValueError for a month in which no prefix is whole.
    """
    (model,) = month["model"].unique()
    whole = month["prefix"] == prefix_length(model)
    if not whole.any():
        raise ValueError("the handbook of this month is cut already: shorten its prompts once")
    prefix = month["prefix"].mask(whole, prefix_length(model, without=UNUSED_SECTION))
    asked = month["kind"] == "question"
    history = month["history"].mask(asked, month["history"].clip(upper=window))
    saved = month["prefix"] - prefix + month["history"] - history
    return month.assign(prefix=prefix, history=history, input_tokens=month["input_tokens"] - saved)


def as_it_ran(month: pd.DataFrame) -> pd.DataFrame:
    """Lesson 4: the month with what no plan contains, as rows of kind "waste".

    What the ledger of one customer in a hundred found (`costlib.bank.tracked`), times 100.
    """
    from costlib.bank.tracked import SHARE, wasted_usage

    extra = wasted_usage().assign(kind="waste", asked=-1, prefix=0, question=0, screenshot=0)
    extra = extra.assign(history=extra["input_tokens"])[list(month.columns)]
    extra = extra.loc[extra.index.repeat(SHARE)]
    kinds = pd.CategoricalDtype([*month["kind"].cat.categories, "waste"])
    types = month.dtypes.to_dict() | {"kind": kinds}
    both = pd.concat([month.astype({"kind": kinds}), extra.astype(types)])
    return both.sort_values("time", kind="stable", ignore_index=True)


def stop_waste(month: pd.DataFrame) -> pd.DataFrame:
    """Lesson 4: the loop, the page in the prompt and the backfill at list price are stopped."""
    kept = month[month["kind"] != "waste"].reset_index(drop=True)
    return kept.assign(kind=kept["kind"].cat.remove_categories(["waste"]))


def answer_locally(month: pd.DataFrame, margin: float | None = None) -> pd.DataFrame:
    """Lesson 5: questions that the local step (`costlib.intents`) answers are not sent at all.

    `asked` says which question of the test set each is; a question with a screenshot is sent, for
    the step reads only text. It assumes that naming the intent is the answer (a prepared text for
    each intent is shown), and that the conversation before does not matter. Everything else,
    summaries too, stays as it is. `margin` replaces the threshold of the step.
    """
    step = local_step()
    sure = step.answered if margin is None else step.test.margins >= margin
    answered = np.append(sure, False)  # -1, a summary, is the last
    return month[~answered[month["asked"]] | (month["screenshot"] > 0)]


# --- The bill ---------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False, repr=False)
@counted_as_usual
class Bill:
    """What a month costs: `picodollars` has a row for each kind of request, a column for each part.

    All amounts are exact: parts and kinds add up to `total` to the last digit.
    """

    picodollars: pd.DataFrame

    @property
    def total(self) -> Decimal:
        """The month in USD."""
        return _dollars(self.picodollars.to_numpy().sum())

    @property
    def by_part(self) -> dict[str, Decimal]:
        """USD for each part of a request: those of INPUT_PARTS, and output."""
        return {part: _dollars(amount) for part, amount in self.picodollars.sum().items()}

    @property
    def by_kind(self) -> dict[str, Decimal]:
        """USD for each kind of request."""
        return {kind: _dollars(amount) for kind, amount in self.picodollars.sum(axis=1).items()}

    def saving(self, before: Bill) -> Decimal:
        """The share of `before` that this bill saves: 0.5 is half, below 0 is dearer."""
        return 1 - self.total / before.total

    def table(self) -> pd.DataFrame:
        """The bill for reading: parts down, kinds across, and each part's share of the total."""
        amounts = self.picodollars.T.rename(columns=str)  # a categorical index takes no more
        amounts["all"] = amounts.sum(axis=1)
        amounts.loc["total"] = amounts.sum()
        shown = amounts.map(lambda amount: money(_dollars(amount)))
        shown["share"] = (amounts["all"] / amounts.loc["total", "all"]).map("{:.1%}".format)
        return shown.rename_axis(index="part", columns=None)

    def __repr__(self) -> str:
        return self.table().to_string()

    def _repr_html_(self) -> str:
        return table(self.table(), caption="The month's bill in USD").html()


def bill(month: pd.DataFrame) -> Bill:
    """Price every request of a month, part by part; what is cached is part of the prefix.

    Raises ValueError when the parts do not add up to the requests, which happens where a part has
    no price of its own: a long-context bound looks at the whole input.
    """
    bills = pd.concat([_by_kind(rows) for rows in in_blocks(month)])
    return Bill(bills.groupby(level=0, observed=True).sum())


def in_blocks(month: pd.DataFrame) -> Iterator[pd.DataFrame]:
    """The rows of a month in parts: to price it at once takes ten times the memory."""
    for start in range(0, max(1, len(month)), _BLOCK):
        yield month.iloc[start : start + _BLOCK]


def _by_kind(month: pd.DataFrame) -> pd.DataFrame:
    """Pico-dollars of some requests: kinds down, parts across."""
    parts = {part: {"input_tokens": part} for part in INPUT_PARTS}
    parts["prefix"] |= {column: column for column in CACHE_COLUMNS if column in month}
    parts["output"] = {"output_tokens": "output_tokens"}
    whole, each = picodollars_of_parts(month, parts)
    amounts = pd.DataFrame(each, index=month.index)
    if (whole != amounts.sum(axis=1)).any():
        raise ValueError(
            "the parts of some requests cost less or more than the whole: price such a month with "
            "cost_table, request by request"
        )
    return amounts.groupby(month["kind"], observed=True).sum()


def _dollars(picodollars: int) -> Decimal:
    return Decimal(int(picodollars)).scaleb(-12)
