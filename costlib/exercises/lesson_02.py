"""The exercises of lesson 2, Token pricing categories. Amounts in USD, sizes in pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from random import Random
from typing import Any

from costlib.exercises.framework import Function
from costlib.pricing.prices import role
from costlib.tokens.images import image_tokens
from costlib.tokens.speech import audio_tokens
from costlib.usage.read import read_usage

Record = dict[str, Any]

# --- 2.1 A foreign usage object -----------------------------------------------------------------


def _normalise(usage: Record) -> dict[str, int]:
    read = read_usage(usage)
    return {
        "input": read.input_tokens,
        "cached": read.cached_input_tokens,
        "output": read.output_tokens,
    }


def _by_fields(usage: Record) -> dict[str, int]:
    """By the fields alone, as a learner writes it."""
    return {
        "input": usage["promptTokenCount"],
        "cached": usage.get("cachedContentTokenCount", 0),
        "output": usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
    }


def _gemini(prompt: int, cached: int, answer: int, thoughts: int) -> Record:
    """A usage object as Gemini sends it: zeros are left out."""
    counts = {
        "promptTokenCount": prompt,
        "cachedContentTokenCount": cached,
        "candidatesTokenCount": answer,
        "thoughtsTokenCount": thoughts,
        "totalTokenCount": prompt + answer + thoughts,
    }
    return {name: count for name, count in counts.items() if count}


def _gemini_cases(rng: Random) -> list[tuple[Record]]:
    whole = [
        (_gemini(rng.randrange(5_000, 9_000), rng.randrange(1_000, 5_000),
                 rng.randrange(100, 900), rng.randrange(100, 3_000)),)
        for _ in range(4)
    ]  # fmt: skip
    # Nothing cached; nothing thought; all the output was thinking.
    return [*whole, (_gemini(900, 0, 80, 300),), (_gemini(900, 0, 80, 0),), (
        _gemini(4_000, 2_000, 0, 1_024),)]  # fmt: skip


NORMALISE = Function(
    id="2.1",
    expected=_normalise,
    cases=_gemini_cases,
    tolerance=0,
    by_hand=(
        # 8,000 + 300 + 900 is the total, 9,200: the cached 6,000 are inside, the thoughts beside
        ((_gemini(8_000, 6_000, 300, 900),), {"input": 8_000, "cached": 6_000, "output": 1_200}),
    ),
    misconceptions=(
        (
            lambda u: _by_fields(u) | {"output": u.get("candidatesTokenCount", 0)},
            "You left out the thoughts: here they stand beside the candidates, as the total shows, "
            "and they are billed as output.",
        ),
        (
            lambda u: (
                _by_fields(u)
                | {"input": u["promptTokenCount"] + u.get("cachedContentTokenCount", 0)}
            ),
            "You added the cached tokens to the prompt: they are inside it already. Which sum "
            "gives the total?",
        ),
        (
            lambda u: (
                _by_fields(u)
                | {"input": u["promptTokenCount"] - u.get("cachedContentTokenCount", 0)}
            ),
            "You took the cached tokens out of the input: the whole input is wanted, with its "
            "cached part beside it.",
        ),
        (
            lambda u: _by_fields(u) | {"output": u.get("thoughtsTokenCount", 0)},
            "You counted the thoughts alone: the answer that the user sees is output too.",
        ),
    ),
    explanation="The total is the referee: it shows what is inside what, whatever the names say.",
    hints=(
        "Which of the counts add up to `totalTokenCount`? Those are beside each other; a count "
        "that is not needed for the sum lies inside another.",
        "Zeros are left out of the JSON: `usage.get(name, 0)` reads a count that may be missing.",
        "The input is the prompt; the output is two counts together.",
    ),
    right=(
        _normalise,
        _by_fields,
        lambda u: {
            "input": u["promptTokenCount"],
            "cached": u.get("cachedContentTokenCount") or 0,
            "output": u["totalTokenCount"] - u["promptTokenCount"],
        },
    ),
    wrong=(
        (
            lambda u: _by_fields(u) | {"output": u.get("candidatesTokenCount", 0)},
            "left out the thoughts",
        ),
        (
            lambda u: (
                _by_fields(u)
                | {"input": u["promptTokenCount"] + u.get("cachedContentTokenCount", 0)}
            ),
            "inside it already",
        ),
        (
            lambda u: (
                _by_fields(u)
                | {"input": u["promptTokenCount"] - u.get("cachedContentTokenCount", 0)}
            ),
            "whole input",
        ),
        (lambda u: _by_fields(u) | {"output": u["thoughtsTokenCount"]}, "KeyError"),
        (
            lambda u: _by_fields(u) | {"cached": u["cachedContentTokenCount"]},
            "KeyError: 'cachedContentTokenCount'",
        ),
        (lambda u: _by_fields(u) | {"output": u["totalTokenCount"]}, "The first that is"),
    ),
)

# --- 2.2 What the reasoning cost ----------------------------------------------------------------


def _reasoning(usage: Record) -> int:
    return (usage["output_tokens_details"] or {}).get("reasoning_tokens", 0)


def _reasoning_bill(usage: Record, output_rate: float) -> tuple[float, float]:
    reasoning = _reasoning(usage)
    return reasoning / usage["output_tokens"], reasoning * output_rate / 1e6


def _responses(input_tokens: int, output_tokens: int, reasoning: int | None) -> Record:
    details = None if reasoning is None else {"reasoning_tokens": reasoning}
    return {
        "input_tokens": input_tokens,
        "output_tokens": output_tokens,
        "output_tokens_details": details,
        "total_tokens": input_tokens + output_tokens,
    }


def _reasoning_cases(rng: Random) -> list[tuple[Record, float]]:
    cases: list[tuple[Record, float]] = [
        (_responses(120, 600, 600), 2.0),
        (_responses(400, 250, None), 10.0),
    ]
    for _ in range(5):
        output = rng.randrange(400, 4_000)
        reasoning = rng.randrange(100, output - 200)
        cases.append(
            (_responses(rng.randrange(50, 9_000), output, reasoning), rng.choice([0.5, 2.0, 10.0]))
        )
    return cases


def _wrong_share(whole: Callable[[Record], int]) -> Callable[[Record, float], tuple[float, float]]:
    return lambda u, rate: (_reasoning(u) / whole(u), _reasoning(u) * rate / 1e6)


_BESIDE = _wrong_share(lambda u: u["output_tokens"] + _reasoning(u))
_OF_TOTAL = _wrong_share(lambda u: u["total_tokens"])
_OF_VISIBLE = _wrong_share(lambda u: u["output_tokens"] - _reasoning(u))

REASONING = Function(
    id="2.2",
    expected=_reasoning_bill,
    cases=_reasoning_cases,
    by_hand=(
        # 1,500 / 2,000; 1,500 x 10 / 1M
        ((_responses(300, 2_000, 1_500), 10.0), (0.75, 0.015)),
    ),
    misconceptions=(
        (
            _BESIDE,
            "You added reasoning tokens on top of the output: they are already inside it, so the "
            "output alone is the whole.",
        ),
        (_OF_TOTAL, "Your share is of input and output together: the share of the output."),
        (
            lambda u, rate: (_reasoning_bill(u, rate)[0], u["output_tokens"] * rate / 1e6),
            "Those are the dollars of the whole output: only the reasoning part is wanted.",
        ),
        (
            lambda u, rate: (100 * _reasoning_bill(u, rate)[0], _reasoning_bill(u, rate)[1]),
            "Your share is a percentage: a number between 0 and 1 is wanted.",
        ),
        (
            lambda u, rate: (_reasoning_bill(u, rate)[0], _reasoning(u) * rate),
            "You did not divide: the rate is in dollars per million tokens.",
        ),
        (
            lambda u, rate: _reasoning_bill(u, rate)[::-1],
            "Both are right, in the other order: the share first, then the dollars.",
        ),
    ),
    explanation="Reasoning is output: the same rate, and in this API inside the same count.",
    hints=(
        "The whole is `output_tokens`; reasoning is a part of it.",
        '`details = usage["output_tokens_details"] or {}` survives a record without details.',
        "Share: reasoning ÷ output. Dollars: reasoning × rate ÷ 1,000,000.",
    ),
    right=(
        _reasoning_bill,
        lambda u, rate: [_reasoning(u) / u["output_tokens"], _reasoning(u) / 1_000_000 * rate],
    ),
    wrong=(
        (lambda u, rate: (0.0, 0.0) if not _reasoning(u) else _BESIDE(u, rate), "already inside"),
        (_OF_TOTAL, "input and output together"),
        (
            lambda u, rate: (_reasoning_bill(u, rate)[0], u["output_tokens"] * rate / 1e6),
            "whole output",
        ),
        (
            lambda u, rate: (100 * _reasoning_bill(u, rate)[0], _reasoning_bill(u, rate)[1]),
            "percentage",
        ),
        (lambda u, rate: (_reasoning_bill(u, rate)[0], _reasoning(u) * rate), "did not divide"),
        (lambda u, rate: _reasoning_bill(u, rate)[::-1], "other order"),
        (
            lambda u, rate: (u["output_tokens_details"]["reasoning_tokens"] / 1, 0.0),
            "TypeError",
        ),
        (_OF_VISIBLE, "ZeroDivisionError"),
        (lambda u, rate: (0.5, _reasoning_bill(u, rate)[1]), "The first that is"),
    ),
)

# --- 2.3 A picture in tiles ---------------------------------------------------------------------


def _tile_tokens(width: int, height: int, detail: str) -> int:
    return image_tokens(width, height, "gpt-4o", detail)


def _tiles(
    width: int,
    height: int,
    detail: str,
    *,
    fit: int | None = 2048,
    short: int | None = 768,
    enlarge: bool = False,
    base: int = 85,
    whole: Callable[[float], float] = math.ceil,
) -> int:
    """The rule by hand, with the ways to get it wrong."""
    if detail == "low":
        return base
    scale = 1.0
    if fit:
        scale = min(scale, fit / max(width, height))
    if short:
        wanted = short / min(width * scale, height * scale)
        scale *= wanted if enlarge else min(1, wanted)
    across, down = (round(side * scale / 512, 9) for side in (width, height))
    return base + 170 * int(whole(across) * whole(down))


def _tile_cases(rng: Random) -> list[tuple[int, int, str]]:
    cases = [(1_024, 1_024, "low"), (4_000, 500, "high"), (300, 200, "high"), (700, 500, "high")]
    while len(cases) < 12:
        width, height = rng.randrange(200, 5_000), rng.randrange(200, 5_000)
        detail = rng.choice(["high", "high", "high", "low"])
        scale = min(1, 2048 / max(width, height))
        scale *= min(1, 768 / (scale * min(width, height)))
        # A side that ends on the border of a tile would be decided by a rounding error.
        if all(0.02 < side * scale / 512 % 1 < 0.98 for side in (width, height)):
            cases.append((width, height, detail))
    return cases


def _by_area(width: int, height: int, detail: str) -> int:
    if detail == "low":
        return 85
    scale = min(1, 2048 / max(width, height))
    scale *= min(1, 768 / (scale * min(width, height)))
    return 85 + 170 * math.ceil(width * height * scale**2 / 512**2)


TILES = Function(
    id="2.3",
    expected=_tile_tokens,
    cases=_tile_cases,
    tolerance=0,
    by_hand=(
        # 768 x 768 after shrinking: 2 x 2 tiles, 85 + 4 x 170
        ((1_024, 1_024, "high"), 765),
        # 2,048 x 4,096 fits 1,024 x 2,048, then 768 x 1,536: 2 x 3 tiles, 85 + 6 x 170
        ((2_048, 4_096, "high"), 1_105),
        ((4_096, 8_192, "low"), 85),
    ),
    misconceptions=(
        (
            lambda w, h, d: _tiles(w, h, "high"),
            "Low detail costs the base alone, whatever the size: look at `detail` first.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, fit=None, short=None),
            "You counted tiles on the picture as it was sent: the API shrinks it twice first.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, short=None),
            "You left out the second step: the short side goes down to 768 pixels.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, fit=None),
            "You left out the first step: the picture must fit a square of 2,048 pixels.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, enlarge=True),
            "You enlarged a small picture: it is only ever shrunk, so a factor is at most 1.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, base=0),
            "You left out the base, which every picture costs.",
        ),
        (
            lambda w, h, d: _tiles(w, h, d, whole=math.floor),
            "You rounded down: a tile that is begun is paid whole.",
        ),
        (
            _by_area,
            "You divided the areas: tiles are counted along each side, and each side is rounded "
            "up by itself.",
        ),
    ),
    explanation="A tile that is begun is paid whole, and a bigger picture is soon no dearer.",
    hints=(
        'Start with `if detail == "low"`. Then find one factor for each of the two steps.',
        "First factor: `min(1, 2048 / max(width, height))`. The second looks at the shorter side "
        "of what the first one left.",
        "Tiles: `math.ceil(width / 512) * math.ceil(height / 512)`, with the shrunken sides.",
    ),
    right=(_tile_tokens, _tiles),
    wrong=(
        (lambda w, h, d: _tiles(w, h, "high"), "base alone"),
        (lambda w, h, d: _tiles(w, h, d, fit=None, short=None), "as it was sent"),
        (lambda w, h, d: _tiles(w, h, d, short=None), "second step"),
        (lambda w, h, d: _tiles(w, h, d, fit=None), "first step"),
        (lambda w, h, d: _tiles(w, h, d, enlarge=True), "enlarged"),
        (lambda w, h, d: _tiles(w, h, d, base=0), "left out the base"),
        (lambda w, h, d: _tiles(w, h, d, whole=math.floor), "rounded down"),
        (_by_area, "divided the areas"),
        (lambda w, h, d: w * h // 750, "The first that is"),
    ),
)

# --- 2.4 The largest picture for a budget -------------------------------------------------------

_READER = role("anthropic", "flagship")


@cache
def _size_tokens(width: int, height: int) -> int:
    return image_tokens(width, height, _READER)


def _height_at(width: int, height: int, narrower: int) -> int:
    return max(1, round(height * narrower / width))


def _largest_width(width: int, height: int, budget: int) -> int:
    fits = (
        narrower
        for narrower in range(width, 0, -1)
        if _size_tokens(narrower, _height_at(width, height, narrower)) <= budget
    )
    return next(fits)


def _by_root(width: int, height: int, budget: int) -> int:
    """Scaled by the root of budget over cost, as if tokens were an area."""
    factor = math.sqrt(budget / _size_tokens(width, height))
    return min(width, int(width * factor))


def _narrowest(width: int, height: int, budget: int) -> int:
    """The smallest picture that costs as much as the best one."""
    best = _largest_width(width, height, budget)
    cost = _size_tokens(best, _height_at(width, height, best))
    return next(
        w for w in range(1, best + 1) if _size_tokens(w, _height_at(width, height, w)) == cost
    )


def _resize_cases(rng: Random) -> list[tuple[int, int, int]]:
    cases = [(1_290, 2_796, 1_200), (640, 480, 4_000), (600, 900, 5_000)]
    for _ in range(4):
        width, height = rng.randrange(600, 1_200), rng.randrange(600, 1_200)
        cases.append((width, height, rng.randrange(200, 900)))
    return cases


RESIZE = Function(
    id="2.4",
    expected=_largest_width,
    cases=_resize_cases,
    tolerance=0,
    by_hand=(
        # 28 x 28 patches of 28 pixels are 784: 28 x 28 = 784 pixels; one more begins a 29th row
        ((1_000, 1_000, 784), 784),
        # 400 x 300 costs 15 x 11 = 165 as it is
        ((400, 300, 200), 400),
    ),
    misconceptions=(
        (
            _by_root,
            "You scaled by the square root of budget ÷ cost: patches come whole, so count them "
            "with `image_tokens` for each width instead.",
        ),
        (
            lambda w, h, budget: round(w * min(1, budget / _size_tokens(w, h))),
            "You scaled the width by budget ÷ cost: half the width is a quarter of the picture.",
        ),
        (
            lambda w, h, budget: next(
                n for n in range(3 * w, 0, -1) if _size_tokens(n, _height_at(w, h, n)) <= budget
            ),
            "You went above the original width: enlarging adds nothing to see.",
        ),
        (
            _narrowest,
            "You found the smallest picture at the best price: a larger one costs the same, and "
            "more can be read on it.",
        ),
        (
            lambda w, h, budget: _height_at(w, h, _largest_width(w, h, budget)),
            "That is the height: the width is wanted.",
        ),
    ),
    explanation="Patches come whole, so among sizes of one price the largest is the best.",
    hints=(
        "Try every width, from the original downwards, and stop at the first that is cheap enough.",
        "For a narrower picture the height is `round(height * narrower / width)`.",
        "`image_tokens(narrower, that_height, READER) <= budget` is the test.",
    ),
    right=(
        _largest_width,
        lambda w, h, budget: max(
            n for n in range(1, w + 1) if _size_tokens(n, _height_at(w, h, n)) <= budget
        ),
    ),
    wrong=(
        (_by_root, "square root"),
        (lambda w, h, budget: round(w * min(1, budget / _size_tokens(w, h))), "a quarter"),
        (
            lambda w, h, budget: next(
                n for n in range(3 * w, 0, -1) if _size_tokens(n, _height_at(w, h, n)) <= budget
            ),
            "above the original",
        ),
        (_narrowest, "smallest picture"),
        (
            lambda w, h, budget: _height_at(w, h, _largest_width(w, h, budget)),
            "That is the height",
        ),
        (lambda w, h, budget: w, "The first that is"),
    ),
)

# --- 2.5 Minutes of speech ----------------------------------------------------------------------

Rates = dict[str, float]


def _call_cost(heard: float, spoken: float, rates: Rates) -> float:
    return (
        audio_tokens(heard * 60) * rates["input_audio"]
        + audio_tokens(spoken * 60, "output") * rates["output_audio"]
    ) / 1e6


def _speech(heard_rate: float, spoken_rate: float) -> Callable[[float, float, Rates], float]:
    """The cost with so many tokens a minute in each direction."""
    return lambda heard, spoken, rates: (
        (heard * heard_rate * rates["input_audio"] + spoken * spoken_rate * rates["output_audio"])
        / 1e6
    )


_SPEECH_RATES: list[Rates] = [
    {"input": 4.0, "output": 16.0, "input_audio": 32.0, "output_audio": 64.0},
    {"input": 0.6, "output": 2.4, "input_audio": 10.0, "output_audio": 20.0},
]

AUDIO = Function(
    id="2.5",
    expected=_call_cost,
    cases=lambda rng: [
        (rng.randrange(1, 40) / 2, rng.randrange(1, 40) / 2, rng.choice(_SPEECH_RATES))
        for _ in range(8)
    ],
    by_hand=(
        # 10 x 600 x 32 / 1M + 5 x 1,200 x 64 / 1M = 0.192 + 0.384
        ((10, 5, _SPEECH_RATES[0]), 0.576),
    ),
    misconceptions=(
        (
            _speech(600, 600),
            "You counted 600 tokens for a minute spoken: what the model says takes twice as many.",
        ),
        (_speech(1_200, 600), "You swapped the two: a minute heard is 600 tokens, spoken 1,200."),
        (
            _speech(3_000, 3_000),
            "You took 50 tokens a second for both: it is 10 heard and 20 spoken.",
        ),
        (
            _speech(10, 20),
            "You took tokens a second for tokens a minute.",
        ),
        (
            lambda heard, spoken, rates: _speech(600, 1_200)(
                heard,
                spoken,
                {"input_audio": rates["input"], "output_audio": rates["output"]},
            ),
            "Those are the rates of text: audio tokens have rates of their own.",
        ),
        (
            lambda heard, spoken, rates: _speech(600, 1_200)(heard, spoken, rates) * 1e6,
            "You did not divide: rates are in dollars per million tokens.",
        ),
    ),
    explanation="A minute spoken is twice the tokens of a minute heard, at twice the rate.",
    hints=(
        "How many tokens is a minute heard, and how many a minute spoken?",
        'The rates are `rates["input_audio"]` and `rates["output_audio"]`, per million tokens.',
    ),
    right=(_call_cost, _speech(600, 1_200)),
    wrong=(
        (_speech(600, 600), "twice as many"),
        (_speech(1_200, 600), "swapped"),
        (_speech(3_000, 3_000), "50 tokens a second"),
        (_speech(10, 20), "tokens a second for"),
        (
            lambda heard, spoken, rates: _speech(600, 1_200)(
                heard,
                spoken,
                {"input_audio": rates["input"], "output_audio": rates["output"]},
            ),
            "rates of text",
        ),
        (
            lambda heard, spoken, rates: _speech(600, 1_200)(heard, spoken, rates) * 1e6,
            "did not divide",
        ),
        (lambda heard, spoken, rates: heard + spoken, "The first that is"),
    ),
)

# --- 2.6 Mend the tracker -----------------------------------------------------------------------


def tracked_cost(usage: Record, rates: Rates) -> float:
    """The tracker as the lesson shows it, with its mistakes."""
    into = usage["prompt_tokens_details"]
    out = usage["completion_tokens_details"]
    return (
        usage["prompt_tokens"] * rates["input"]
        + into["cached_tokens"] * rates["cached_input"]
        + (usage["completion_tokens"] + out["reasoning_tokens"]) * rates["output"]
    ) / 1e6


def _mended(usage: Record, rates: Rates) -> float:
    read = read_usage(usage)
    return (
        (read.input_tokens - read.cached_input_tokens) * rates["input"]
        + read.cached_input_tokens * rates["cached_input"]
        + read.output_tokens * rates["output"]
    ) / 1e6


def _more(name: str, part: str, rate: str, times: int) -> Callable[[Record, Rates], float]:
    """The right cost and so many times one part too much."""
    return lambda usage, rates: (
        _mended(usage, rates) + times * usage[name][part] * rates[rate] / 1e6
    )


def _chat_usage(prompt: int, cached: int, completion: int, reasoning: int) -> Record:
    return {
        "prompt_tokens": prompt,
        "completion_tokens": completion,
        "total_tokens": prompt + completion,
        "prompt_tokens_details": {"cached_tokens": cached},
        "completion_tokens_details": {"reasoning_tokens": reasoning},
    }


_TRACKED_RATES: list[Rates] = [
    {"input": 1.25, "cached_input": 0.125, "output": 10.0},
    {"input": 2.0, "cached_input": 0.5, "output": 8.0},
]


def _tracker_cases(rng: Random) -> list[tuple[Record, Rates]]:
    cases = []
    for _ in range(7):
        prompt, completion = rng.randrange(4_000, 9_000), rng.randrange(900, 3_000)
        usage = _chat_usage(
            prompt, rng.randrange(1_000, prompt), completion, rng.randrange(100, completion)
        )
        cases.append((usage, rng.choice(_TRACKED_RATES)))
    return cases


_CACHED_TWICE = _more("prompt_tokens_details", "cached_tokens", "input", 1)
_REASONING_TWICE = _more("completion_tokens_details", "reasoning_tokens", "output", 1)
_REASONING_GONE = _more("completion_tokens_details", "reasoning_tokens", "output", -1)
_CACHED_FREE = _more("prompt_tokens_details", "cached_tokens", "cached_input", -1)


def _all_input_full(usage: Record, rates: Rates) -> float:
    return (
        usage["prompt_tokens"] * rates["input"] + usage["completion_tokens"] * rates["output"]
    ) / 1e6


TRACKER = Function(
    id="2.6",
    expected=_mended,
    cases=_tracker_cases,
    by_hand=(
        # 1,000 x 2 + 6,000 x 0.5 + 1,000 x 8 = 13,000
        ((_chat_usage(7_000, 6_000, 1_000, 700), _TRACKED_RATES[1]), 0.013),
    ),
    misconceptions=(
        (tracked_cost, "That is still the tracker as it was: two of its terms count twice."),
        (
            _CACHED_TWICE,
            "The output is mended; the cached tokens are still paid twice, once inside the prompt "
            "at the full rate.",
        ),
        (
            _REASONING_TWICE,
            "The input is mended; the reasoning is still paid twice: it is already inside "
            "`completion_tokens`.",
        ),
        (
            _REASONING_GONE,
            "You took the reasoning out altogether: it is billed, once, as output.",
        ),
        (_CACHED_FREE, "Your cached tokens are free: they cost the cached rate."),
        (
            _all_input_full,
            "Nothing counts twice any more, but cached tokens are billed at the full rate: they "
            "have a cheaper one.",
        ),
    ),
    explanation="Two counts were added to totals that already contained them.",
    hints=(
        "Which of the tracker's counts are inside another of its counts?",
        "Compare `total_tokens` with the prompt and the completion together.",
        "Ordinary input is the prompt without its cached tokens; the completion stays as it is.",
    ),
    right=(
        _mended,
        lambda usage, rates: (
            _all_input_full(usage, rates)
            - usage["prompt_tokens_details"]["cached_tokens"]
            * (rates["input"] - rates["cached_input"])
            / 1e6
        ),
    ),
    wrong=(
        (tracked_cost, "as it was"),
        (_CACHED_TWICE, "output is mended"),
        (_REASONING_TWICE, "input is mended"),
        (_REASONING_GONE, "altogether"),
        (_CACHED_FREE, "are free"),
        (_all_input_full, "full rate"),
        (lambda usage, rates: 1.0, "The first that is"),
    ),
)

EXERCISES = (NORMALISE, REASONING, TILES, RESIZE, AUDIO, TRACKER)
