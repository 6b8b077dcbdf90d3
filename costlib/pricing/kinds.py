"""Which kinds of tokens a request is made of: every token is billed once, in one kind.

Units: tokens, searches, characters, seconds, as in `Usage`. Lesson 2 teaches which part of a usage
record contains which; here the parts are taken out of their totals.
"""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from costlib.pricing.price_book import RATE_KINDS
from costlib.usage.record import Usage

_TEXT_FIELDS = (
    "input_tokens",
    "output_tokens",
    "cached_input_tokens",
    "cache_write_5m_tokens",
    "cache_write_30m_tokens",
    "cache_write_1h_tokens",
    "cache_write_12h_tokens",
)
_OTHER_FIELDS = (
    "input_audio_tokens",
    "cached_audio_tokens",
    "output_audio_tokens",
    "input_image_tokens",
    "cached_image_tokens",
    "output_image_tokens",
    "input_video_tokens",
    "cached_video_tokens",
    "web_searches",
    "audio_seconds",
    "input_characters",
)
BILLED_FIELDS = (*_TEXT_FIELDS, *_OTHER_FIELDS)
"""The fields of `Usage` that are billed, in the order of `kinds`' arguments.

Reasoning and prediction tokens are inside the output and no kind of their own.
"""

TEXT_KINDS = RATE_KINDS[: len(_TEXT_FIELDS)]
"""The kinds that text is billed in, in the order of `text_kinds`."""

text_of, others_of = attrgetter(*_TEXT_FIELDS), attrgetter(*_OTHER_FIELDS)
NO_OTHERS = others_of(Usage())


def quantities(usage: Any) -> dict[str, Any]:
    """How much of each kind is billed, for a `Usage` or anything that has its fields."""
    return dict(zip(RATE_KINDS, kinds(*text_of(usage), *others_of(usage)), strict=True))


def kinds(
    tokens: Any,
    output: Any,
    cached: Any,
    write_5m: Any,
    write_30m: Any,
    write_1h: Any,
    write_12h: Any,
    audio: Any,
    cached_audio: Any,
    output_audio: Any,
    image: Any,
    cached_image: Any,
    output_image: Any,
    video: Any,
    cached_video: Any,
    searches: Any,
    seconds: Any,
    characters: Any,
) -> tuple[Any, ...]:
    """How much of each of `RATE_KINDS` is billed, every token in one kind, from `BILLED_FIELDS`.

    Arguments are numbers, or arrays of them, which are taken element by element.

    Cached tokens that no field calls audio, image or video count as text. When that makes the
    plain input, the first kind, negative, they were not: `cost_of` then needs to know which they
    were.
    """
    cached_media = cached_audio + cached_image + cached_video
    text = text_kinds(
        tokens - audio - image - video,
        output - output_audio - output_image,
        cached - cached_media,
        write_5m,
        write_30m,
        write_1h,
        write_12h,
    )
    return (
        *text,
        audio - cached_audio,
        cached_audio,
        output_audio,
        image - cached_image,
        cached_image,
        output_image,
        video - cached_video,
        cached_video,
        searches,
        seconds,
        characters,
    )


def text_kinds(
    tokens: Any,
    output: Any,
    cached: Any,
    write_5m: Any,
    write_30m: Any,
    write_1h: Any,
    write_12h: Any,
) -> tuple[Any, ...]:
    """The first seven kinds, which are all that a request of text has."""
    return (
        tokens - cached - write_5m - write_30m - write_1h - write_12h,
        cached,
        write_5m,
        write_30m,
        write_1h,
        write_12h,
        output,
    )
