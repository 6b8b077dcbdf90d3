"""Lesson 6's second calculator, What does each part of a prompt cost?

Paste a prompt: it is cut at its headings (or blank lines), each part is counted and priced for a
month of 30 days, and what is there twice or can be written shorter without loss is named. Tokens,
USD at the rates of the course's as-of date.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass
from decimal import Decimal
from functools import cache

from costlib.calculators.base import Calculator, Finding, too_short
from costlib.calculators.inputs import (
    PERCENT,
    Inputs,
    dearest_time,
    decades,
    model_choice,
    number,
    text,
)
from costlib.calculators.pricing import chat_models
from costlib.display.amounts import counted, money
from costlib.display.tables import table
from costlib.optimization.prompts import (
    added_tokens,
    minify_json,
    prefix_rate,
    sections,
    usd_a_month,
)
from costlib.pricing.prices import AS_OF, find_model, rate_card
from costlib.tokens.text import Count, count_text, tokenizer_of

DAYS = 30
LONGEST = 60_000  # characters: what is counted without a wait

EXAMPLE = """\
# Role
You are the support assistant of an online bank. You are helpful, friendly, polite and always kind.

# Rules
- Answer in at most two sentences.
- Never ask for a PIN or a full card number.
- Answer in at most two sentences.

# Fees
Cash up to EUR 250 a month is free; above that 1.75 % is charged.

# Example of a reply
```json
{
    "intent": "cash_withdrawal_charge",
    "answer": "Cash is free up to EUR 250 a month.",
    "hand_over": false
}
```
"""

_OPENS = re.compile(r"^[ \t]*(?=[\[{])", re.M)  # a line on which JSON may begin
_ENDS = re.compile(r"[ \t\r]*$", re.M)
_DECODER = json.JSONDecoder()


@cache
def _models() -> tuple[tuple[str, str], ...]:
    """The chat models whose tokens can be counted offline."""
    return tuple((shown, name) for shown, name in chat_models() if _countable(name))


def _countable(name: str) -> bool:
    try:
        tokenizer_of(name.split("/", 1)[1])
    except LookupError:
        return False
    return True


@dataclass(frozen=True)
class PromptPart:
    """A piece of the prompt: tokens that it adds, and USD a month."""

    title: str
    tokens: int
    usd: Decimal


@dataclass(frozen=True)
class Diet:
    """A prompt in its parts, and what could go: whole, in tokens, without and with loss.

    `read` per cent of the requests read it from a cache, and the others write it there, so `rate`,
    USD per million tokens, is a mean where it is not 0.
    `too_short` says why the model's cache would not keep it alone, "" where that is no matter.
    """

    model: str
    whole: Count
    requests: int
    read: float
    rate: Decimal
    parts: tuple[PromptPart, ...]
    json_saved: int
    repeated: tuple[str, ...]
    repeated_tokens: int
    too_short: str

    @property
    def mean_of(self) -> str:
        """What the rate is the mean of; "" where nothing is read from a cache."""
        read, written = f"{self.read:g}% that read it from a cache", f"{100 - self.read:g}%"
        return f", the mean of {read} and {written} that write it there" if self.read else ""


@dataclass(frozen=True)
class PastedPrompt(Inputs):
    """A prompt that is sent with every request."""

    prompt: str = text("The prompt", EXAMPLE)
    model: str = model_choice("Model", ("anthropic", "flagship"), _models)
    requests_a_day: int = number(
        "Requests a day", 48_000, low=1, high=100_000_000, whole=True, stops=decades(100, 1_000_000)
    )
    read: float = number("Read from a cache, % of requests", 0.0, high=100, stops=PERCENT)

    def result(self) -> Diet:
        """Count and price each part; ValueError for a prompt that is empty or very long."""
        if not self.prompt.strip():
            raise ValueError("There is no prompt yet: paste one.")
        if len(self.prompt) > LONGEST:
            raise ValueError(
                f"The prompt has {len(self.prompt):,} characters; paste at most {LONGEST:,} at a "
                "time, or use costlib.optimization.prompts in a cell."
            )
        provider, model = self.model.split("/", 1)
        at, shown = dearest_time(model, provider)
        share = Decimal(str(self.read)) / 100  # a float would show its own digits in the rate
        rate = prefix_rate(rate_card(model, provider=provider, at=at), share)
        requests = self.requests_a_day * DAYS
        pieces = sections(self.prompt)
        tokens = added_tokens([piece.text for piece in pieces], model)
        whole = count_text(self.prompt, model)
        minified, prose = _without_space(self.prompt)
        shorter = count_text(minified, model)
        repeated = _repeated(prose)
        return Diet(
            model=shown,
            whole=whole,
            requests=requests,
            read=self.read,
            rate=rate,
            parts=tuple(
                PromptPart(piece.title, count, usd_a_month(count, requests, rate))
                for piece, count in zip(pieces, tokens, strict=True)
            ),
            json_saved=whole.tokens - shorter.tokens,
            repeated=tuple(repeated),
            repeated_tokens=sum(
                times * count_text(line + "\n", model).tokens for line, times in repeated.items()
            ),
            too_short=too_short(find_model(model, provider), whole.tokens) if self.read else "",
        )


def _without_space(prompt: str) -> tuple[str, str]:
    """The prompt with its JSON minified, and what is left of it without its JSON.

    JSON is an object or a list on lines of its own, in a fence or not. (Its equal lines are
    records that look alike, and say nothing twice.)
    """
    minified: list[str] = []
    prose: list[str] = []
    done = 0
    while opens := _OPENS.search(prompt, done):
        before = prompt[done : opens.end()]
        try:
            end = _DECODER.raw_decode(prompt, opens.end())[1]
        except (ValueError, RecursionError):
            end = opens.end() + 1
        found = prompt[opens.end() : end]
        if end > opens.end() + 1 and _ENDS.match(prompt, end):
            minified += before, minify_json(found)
            prose.append(before)
        else:
            minified += before, found
            prose += before, found
        done = end
    rest = prompt[done:]
    return "".join((*minified, rest)), "".join((*prose, rest))


def _repeated(prose: str) -> dict[str, int]:
    """Lines of some length that say something again, and how many times too often."""
    lines = Counter(line.strip() for line in prose.splitlines())
    again = {line: n - 1 for line, n in lines.items() if n > 1 and len(line) >= 20}
    return {line: n for line, n in again.items() if re.search(r"\w", line)}  # no |-----|


class PromptDiet(Calculator):
    """What does each part of a prompt cost? Leave it as a cell's last expression and paste one."""

    title = "What does each part of a prompt cost?"
    inputs_type = PastedPrompt

    def answer(self, result: Diet) -> Finding:
        """The whole in a sentence, each part in a table, and what could go."""
        usd = usd_a_month(result.whole.tokens, result.requests, result.rate)
        largest = max(result.parts, key=lambda part: part.tokens)
        sentence = (
            f"{result.model}: {result.whole!r} tokens, {money(usd)} a month; the dearest part is "
            f"“{largest.title}”."
        )
        rows = [
            {
                "part": part.title,
                "tokens": part.tokens,
                "share": f"{part.tokens / max(1, result.whole.tokens):.0%}",
                "USD a month": money(part.usd),
            }
            for part in result.parts
        ]
        caption = (
            f"{result.requests:,} requests a month at {result.rate.normalize():f} USD per million "
            f"tokens{result.mean_of} (rates of {AS_OF})"
        )
        saved = usd_a_month(result.json_saved, result.requests, result.rate)
        again = usd_a_month(result.repeated_tokens, result.requests, result.rate)
        notes = []
        if result.too_short:
            notes.append(
                f"{result.too_short}. Behind something else that is always the same, such as "
                "tools, they may be read from there; without that, set 0%."
            )
        if result.json_saved > 0:
            notes.append(
                f"JSON without its white space: {counted(result.json_saved, 'token')} fewer, "
                f"{money(saved)} a month. A parser reads the same; a model reads other tokens, so "
                "measure."
            )
        if result.repeated:
            notes.append(
                f"Said again: “{result.repeated[0]}”"
                + (f" and {len(result.repeated) - 1} more" if len(result.repeated) > 1 else "")
                + f": {counted(result.repeated_tokens, 'token')}, {money(again)} a month."
            )
        notes.append("A part that costs much may carry much: measure before you cut.")
        return Finding(sentence, (table(rows, caption=caption),), tuple(notes))
