"""The exercises of lesson 2, Token pricing categories. Amounts in USD, sizes in pixels."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from costlib.exercises.framework import Function
from costlib.exercises.inputs import NotAllowed, Pick
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


def _any_gemini(pick: Pick) -> tuple[Record]:
    prompt = pick.whole(1, 9_000)
    return (
        _gemini(prompt, pick.whole(0, prompt), pick.whole(0, 900), pick.whole(0, 3_000)),
    )  # fmt: skip


NORMALISE = Function(
    id="2.1",
    expected=_normalise,
    draw=_any_gemini,
    tolerance=0,
    by_hand=(
        # 8,000 + 300 + 900 is the total, 9,200: the cached 6,000 are inside, the thoughts beside
        ((_gemini(8_000, 6_000, 300, 900),), {"input": 8_000, "cached": 6_000, "output": 1_200}),
        # nothing cached, nothing answered, nothing thought
        ((_gemini(900, 0, 0, 0),), {"input": 900, "cached": 0, "output": 0}),
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
        (
            lambda u: _by_fields(u) | {"output": u["totalTokenCount"]},
            "You took the total for the output: the prompt is in it too.",
        ),
        (
            lambda u: _by_fields(u) | {"input": u["totalTokenCount"]},
            "You took the total for the input: the output is in it too.",
        ),
        (
            lambda u: _by_fields(u) | {"cached": u.get("cachedContentTokenCount")},
            "A count that is left out is 0: `usage.get(name)` without a second argument gives "
            "None.",
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


def _any_reasoning(pick: Pick) -> tuple[Record, float]:
    output = pick.whole(1, 4_000)
    reasoning = pick.one_of((None, 0, output, pick.whole(0, output)))
    return _responses(pick.whole(1, 9_000), output, reasoning), pick.amount(0.1, 60, 1)


def _wrong_share(whole: Callable[[Record], int]) -> Callable[[Record, float], tuple[float, float]]:
    return lambda u, rate: (_reasoning(u) / whole(u), _reasoning(u) * rate / 1e6)


_BESIDE = _wrong_share(lambda u: u["output_tokens"] + _reasoning(u))
_OF_TOTAL = _wrong_share(lambda u: u["total_tokens"])

REASONING = Function(
    id="2.2",
    expected=_reasoning_bill,
    draw=_any_reasoning,
    by_hand=(
        # 1,500 / 2,000; 1,500 x 10 / 1M
        ((_responses(300, 2_000, 1_500), 10.0), (0.75, 0.015)),
        ((_responses(300, 2_000, None), 10.0), (0.0, 0.0)),
    ),
    misconceptions=(
        (
            _BESIDE,
            "You added reasoning tokens on top of the output: they are already inside it, so the "
            "output alone is the whole.",
        ),
        (_OF_TOTAL, "Your share is of input and output together: that of the output is wanted."),
        (
            lambda u, rate: (_reasoning_bill(u, rate)[0], u["output_tokens"] * rate / 1e6),
            "Those are the dollars of the whole output: only the reasoning part is wanted.",
        ),
        (
            lambda u, rate: (_reasoning_bill(u, rate)[0], _reasoning_bill(u, rate)[0] * rate / 1e6),
            "Your dollars are the share's: what is paid are tokens, so multiply those by the rate.",
        ),
        (
            lambda u, rate: (
                1 - _reasoning_bill(u, rate)[0],
                (u["output_tokens"] - _reasoning(u)) * rate / 1e6,
            ),
            "Those are the answer's share and dollars: the reasoning's are wanted.",
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
)

# --- 2.3 A picture in tiles ---------------------------------------------------------------------


def _tiles(
    width: int,
    height: int,
    detail: str,
    *,
    fit: int | None = 2048,
    short: int | None = 768,
    enlarge: bool = False,
    base: int = 85,
    digits: int = 9,
) -> int:
    """The rule by hand, with the ways to get it wrong; `digits` cut the computer's rounding off."""
    if detail == "low":
        return base
    scale = 1.0
    if fit:
        scale = min(scale, fit / max(width, height))
    if short:
        wanted = short / min(width * scale, height * scale)
        scale *= wanted if enlarge else min(1, wanted)
    across, down = (round(side * scale / 512, digits) for side in (width, height))
    return base + 170 * math.ceil(across) * math.ceil(down)


def _picture(pick: Pick) -> tuple[int, int, str]:
    sides = (1, 511, 512, 513, 767, 768, 769, 1_024, 1_025, 2_047, 2_048, 2_049, 4_096)

    def side() -> int:
        return pick.one_of((pick.one_of(sides), pick.whole(1, 1_100), pick.whole(1, 9_000)))

    return side(), side(), pick.one_of(("high", "high", "low"))


def _as_written(
    width: float,
    height: float,
    detail: str,
    *,
    side: Callable[[float, float], float] = min,
    most: float = 1,
    whole: Callable[[float], int] = math.ceil,
    pixels: Callable[[float], float] = float,
    cost: Callable[[int, int], int] = lambda across, down: 85 + 170 * across * down,
) -> int:
    """As people write it, with the computer's own rounding and the ways to get it wrong."""
    if detail == "low":
        return 85
    scale = min(1, 2048 / max(width, height))
    width, height = pixels(width * scale), pixels(height * scale)
    scale = min(most, 768 / (side(width, height) or 1))
    return cost(*(whole(pixels(each * scale) / 512) for each in (width, height)))


def _by_area(width: int, height: int, detail: str) -> int:
    if detail == "low":
        return 85
    scale = min(1, 2048 / max(width, height))
    scale *= min(1, 768 / (scale * min(width, height)))
    return 85 + 170 * math.ceil(round(width * height * scale**2 / 512**2, 9))


TILES = Function(
    id="2.3",
    expected=_tiles,
    draw=_picture,
    edges=(
        (1_184, 4_734, "high"),
        (4_734, 1_184, "high"),
        (1_183, 4_733, "high"),
        (2_731, 856, "high"),
        (2_049, 1_024, "high"),  # 2,048 by 1,023.5, which is not 1,024
        (1_024, 2_049, "high"),
        (4_158, 1, "high"),
        (1, 4_158, "high"),
    ),
    tolerance=0,
    by_hand=(
        # 768 x 768 after shrinking: 2 x 2 tiles, 85 + 4 x 170
        ((1_024, 1_024, "high"), 765),
        # 2,048 x 4,096 fits 1,024 x 2,048, then 768 x 1,536: 2 x 3 tiles, 85 + 6 x 170
        ((2_048, 4_096, "high"), 1_105),
        ((4_096, 8_192, "low"), 85),
        ((512, 512, "high"), 255),
        ((513, 1, "high"), 425),
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
            lambda w, h, d: _as_written(w, h, d, most=math.inf),
            "You enlarged a small picture: it is only ever shrunk, so a factor is at most 1.",
        ),
        *(
            (mistaken, "You left out the base, which every picture costs.")
            for mistaken in (
                lambda w, h, d: _tiles(w, h, d, base=0),
                lambda w, h, d: _as_written(w, h, d, cost=lambda across, down: 170 * across * down),
            )
        ),
        *(
            (mistaken, "You did not round up: a tile that is begun is paid whole.")
            for mistaken in (
                lambda w, h, d: _as_written(w, h, d, whole=math.floor),
                lambda w, h, d: _as_written(w, h, d, whole=round),
                lambda w, h, d: _tiles(w, h, d, digits=0),
            )
        ),
        (
            lambda w, h, d: _as_written(w, h, d, whole=lambda tiles: math.floor(tiles) + 1),
            "You added a tile where the picture ends with one: `math.ceil` adds none there.",
        ),
        *(
            (
                lambda w, h, d, pixels=pixels: _as_written(w, h, d, pixels=pixels),
                "You rounded the shrunken sides to whole pixels: leave them as they are.",
            )
            for pixels in (int, round, math.ceil)
        ),
        (
            lambda w, h, d: _as_written(w, h, d, side=max),
            "You shrank the long side to 768 pixels: it is the short one.",
        ),
        (
            lambda w, h, d: _as_written(w, h, d, cost=lambda across, down: 255 * across * down),
            "You paid the base for each tile: a picture has it once.",
        ),
        (
            lambda w, h, d: _as_written(
                w, h, d, cost=lambda across, down: 85 + 170 * (across + down)
            ),
            "You added the tiles across and down: they form a grid, so multiply them.",
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
    right=(_tiles, _as_written),
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


def _by_halves(width: int, height: int, budget: int) -> int:
    low, high = 1, width
    while low < high:
        middle = (low + high + 1) // 2
        if _size_tokens(middle, _height_at(width, height, middle)) <= budget:
            low = middle
        else:
            high = middle - 1
    return low


def _whole_or_by_halves(width: int, height: int, budget: int) -> int:
    whole = _size_tokens(width, height) <= budget
    return width if whole else _by_halves(width, height, budget)


def _up_to_the_first(width: int, height: int, budget: int) -> int:
    """Widens as long as it fits."""
    fits = 1
    while fits < width and _size_tokens(fits + 1, _height_at(width, height, fits + 1)) <= budget:
        fits += 1
    return fits


def _narrowest(width: int, height: int, budget: int) -> int:
    """The smallest picture that costs as much as the best one."""
    best = _largest_width(width, height, budget)
    cost = _size_tokens(best, _height_at(width, height, best))
    return next(
        w for w in range(1, best + 1) if _size_tokens(w, _height_at(width, height, w)) == cost
    )


def _to_resize(pick: Pick) -> tuple[int, int, int]:
    width, height, budget = pick.whole(1, 200), pick.whole(1, 300), pick.whole(1, 90)
    if _size_tokens(1, _height_at(width, height, 1)) > budget:
        raise NotAllowed
    return width, height, budget


RESIZE = Function(
    id="2.4",
    expected=_largest_width,
    draw=_to_resize,
    draws=60,
    edges=(
        (1_290, 2_796, 1_200),
        (600, 9, 1),
        (9, 600, 3),
        (1_000, 3, 20),
        (1_860, 2_110, 4_672),
        (2_860, 1_850, 4_675),  # a narrower one may cost more
    ),
    tolerance=0,
    by_hand=(
        # 28 x 28 patches of 28 pixels are 784: 28 x 28 = 784 pixels; one more begins a 29th row
        ((1_000, 1_000, 784), 784),
        # 400 x 300 costs 15 x 11 = 165 as it is
        ((400, 300, 200), 400),
    ),
    misconceptions=(
        (
            lambda w, h, budget: next(
                n for n in range(w, 0, -1) if _size_tokens(n, max(1, int(h * n / w))) <= budget
            ),
            "You cut the height off: it is `round(height * narrower / width)`.",
        ),
        (
            lambda w, h, budget: next(
                (n for n in range(w, 0, -1) if _size_tokens(n, _height_at(w, h, n)) < budget), None
            ),
            "You stayed below the budget: a picture that costs all of it is allowed.",
        ),
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
                n for n in range(2 * w, 0, -1) if _size_tokens(n, _height_at(w, h, n)) <= budget
            ),
            "You went above the original width: enlarging adds nothing to see.",
        ),
        (
            _narrowest,
            "You found the smallest picture at the best price: a larger one costs the same, and "
            "more can be read on it.",
        ),
        *(
            (
                search,
                "A wider picture may cost less: the API shrinks the large ones. Try every width, "
                "from the original down.",
            )
            for search in (_by_halves, _whole_or_by_halves, _up_to_the_first)
        ),
        (
            lambda w, h, budget: _height_at(w, h, _largest_width(w, h, budget)),
            "That is the height: the width is wanted.",
        ),
        (
            lambda w, h, budget: next(
                (n for n in range(w, 0, -1) if _size_tokens(n, h) <= budget), None
            ),
            "You kept the height: the picture keeps its proportions, so it shrinks with the width.",
        ),
        (
            lambda w, h, budget: 1,
            "You took the first width that fits, from 1 up: begin with the original.",
        ),
        (
            lambda w, h, budget: _size_tokens(
                best := _largest_width(w, h, budget), _height_at(w, h, best)
            ),
            "Those are the tokens: the width is wanted.",
        ),
    ),
    explanation="Patches come whole, so among sizes of one price the largest is the best.",
    hints=(
        "Try every width, from the original downwards, and stop at the first that is cheap enough.",
        "`range(width, 0, -1)` gives them in that order; work out the height anew for each.",
        "`image_tokens(narrower, that_height, READER) <= budget` is the test.",
    ),
    right=(
        _largest_width,
        lambda w, h, budget: max(
            n for n in range(1, w + 1) if _size_tokens(n, _height_at(w, h, n)) <= budget
        ),
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


_REALTIME: Rates = {"input": 4.0, "output": 16.0, "input_audio": 32.0, "output_audio": 64.0}


def _spoken(pick: Pick) -> tuple[float, float, Rates]:
    # Quarters of a minute, so that the tokens are whole.
    minutes = (pick.whole(0, 80) / 4, pick.whole(0, 80) / 4)
    return *minutes, {kind: pick.amount(0.1, 90, 1) for kind in _REALTIME}


AUDIO = Function(
    id="2.5",
    expected=_call_cost,
    draw=_spoken,
    by_hand=(
        # 10 x 600 x 32 / 1M + 5 x 1,200 x 64 / 1M = 0.192 + 0.384
        ((10, 5, _REALTIME), 0.576),
        ((0, 0.5, _REALTIME), 0.0384),
    ),
    misconceptions=(
        (
            _speech(600, 600),
            "You counted 600 tokens for a minute spoken: what the model says takes twice as many.",
        ),
        (
            _speech(1_200, 1_200),
            "You counted 1,200 tokens for a minute heard: what the user says takes half as many.",
        ),
        (_speech(1_200, 600), "You swapped the two: a minute heard is 600 tokens, spoken 1,200."),
        (
            _speech(3_000, 3_000),
            "You took 50 tokens a second for both: it is 10 heard and 20 spoken.",
        ),
        *(
            (mistaken, "You took tokens a second for tokens a minute.")
            for mistaken in (
                _speech(10, 20),
                lambda heard, spoken, rates: _call_cost(heard / 60, spoken / 60, rates),
            )
        ),
        *(
            (
                _speech(heard, spoken),
                "You took milliseconds for tokens: tokens of 100 milliseconds are 10 a second.",
            )
            for heard, spoken in ((100, 50), (6_000, 3_000))
        ),
        (
            lambda heard, spoken, rates: heard * 600 + spoken * 1_200,
            "Those are the tokens: dollars are wanted.",
        ),
        (
            lambda heard, spoken, rates: _call_cost(
                heard, spoken, rates | {"output_audio": rates["input_audio"]}
            ),
            "You paid what is spoken at the rate of what is heard: it has one of its own.",
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
            lambda heard, spoken, rates: _speech(600, 1_200)(
                heard,
                spoken,
                {"input_audio": rates["output_audio"], "output_audio": rates["input_audio"]},
            ),
            "You swapped the two rates: what is heard is input, what is spoken is output.",
        ),
    ),
    explanation="A minute spoken is twice the tokens of a minute heard, at twice the rate.",
    hints=(
        "How many tokens is a minute heard, and how many a minute spoken?",
        'The rates are `rates["input_audio"]` and `rates["output_audio"]`, per million tokens.',
    ),
    right=(_call_cost, _speech(600, 1_200)),
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


def _tracked(pick: Pick) -> tuple[Record, Rates]:
    prompt, completion = pick.whole(0, 9_000), pick.whole(0, 3_000)
    usage = _chat_usage(prompt, pick.whole(0, prompt), completion, pick.whole(0, completion))
    full = pick.amount(0.05, 40, 2)
    cached = pick.amount(full / 40, full, 3)  # the least and the most that vendors ask
    return usage, {"input": full, "cached_input": cached, "output": pick.amount(0.05, 40, 2)}


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
    draw=_tracked,
    by_hand=(
        # 1,000 x 2 + 6,000 x 0.5 + 1,000 x 8 = 13,000
        (
            (
                _chat_usage(7_000, 6_000, 1_000, 700),
                {"input": 2.0, "cached_input": 0.5, "output": 8.0},
            ),
            0.013,
        ),
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
            lambda usage, rates: _mended(
                usage, rates | {"input": rates["cached_input"], "cached_input": rates["input"]}
            ),
            "You swapped the two rates of the input: the cached one is for the cached tokens.",
        ),
        (
            lambda usage, rates: (
                _mended(usage, rates)
                - (
                    usage["completion_tokens"]
                    - usage["completion_tokens_details"]["reasoning_tokens"]
                )
                * rates["output"]
                / 1e6
            ),
            "You paid for the reasoning alone: the answer is billed as output too.",
        ),
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
)

EXERCISES = (NORMALISE, REASONING, TILES, RESIZE, AUDIO, TRACKER)
