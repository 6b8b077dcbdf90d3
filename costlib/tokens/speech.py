"""How many tokens a minute of speech is. Units: seconds, and tokens. Lesson 2 teaches it."""

from __future__ import annotations

import math

# OpenAI's realtime guide: one token for 100 ms heard and for 50 ms spoken.
AUDIO_TOKENS_PER_SECOND = {"input": 10, "output": 20}


def audio_tokens(seconds: float, direction: str = "input") -> int:
    """The tokens of speech at OpenAI: 600 a minute heard ("input"), 1,200 spoken ("output")."""
    if direction not in AUDIO_TOKENS_PER_SECOND:
        raise ValueError(f'direction={direction!r} is unknown: choose "input" or "output"')
    try:
        tokens = seconds * AUDIO_TOKENS_PER_SECOND[direction]
        if not 0 <= tokens < 10**15:
            raise ValueError
        return math.ceil(round(tokens, 6))
    except (TypeError, ValueError, ArithmeticError):
        raise ValueError(
            f"seconds={seconds!r} is not a length of time: give a number, 0 or more"
        ) from None
