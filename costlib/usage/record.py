"""What a request used: `Usage`, one record for every provider, and what is impossible in it.

Units: tokens, searches, characters, requests and fees are whole numbers; `audio_seconds` is a
Decimal.
Totals contain their parts, as OpenAI and Google count; `usage.read_usage` brings the others to it.
Lesson 2 teaches this module, and `usage` offers its names.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation, localcontext
from itertools import repeat
from operator import index
from typing import Any

from costlib.faces import USUAL

PART_RULES: tuple[tuple[tuple[str, ...], str], ...] = (
    (
        (
            "cached_input_tokens",
            "cache_write_5m_tokens",
            "cache_write_30m_tokens",
            "cache_write_1h_tokens",
            "cache_write_12h_tokens",
        ),
        "input_tokens",
    ),
    (("input_audio_tokens", "input_image_tokens", "input_video_tokens"), "input_tokens"),
    (("cached_audio_tokens", "cached_image_tokens", "cached_video_tokens"), "cached_input_tokens"),
    (("cached_audio_tokens",), "input_audio_tokens"),
    (("cached_image_tokens",), "input_image_tokens"),
    (("cached_video_tokens",), "input_video_tokens"),
    (("reasoning_tokens", "output_audio_tokens", "output_image_tokens"), "output_tokens"),
    (("accepted_prediction_tokens", "rejected_prediction_tokens"), "output_tokens"),
)
"""Parts that cannot share a token, and the total that contains them: their sum is at most it."""


@dataclass(frozen=True, slots=True, repr=False)
class Usage:
    """What one request used, or several requests together (`requests`).

    `input_tokens` and `output_tokens` are totals that contain their parts: cached and written
    tokens, audio, images and video are inside the input; reasoning, audio, images, accepted and
    rejected prediction tokens are inside the output. `input_audio_tokens` in turn contains
    `cached_audio_tokens`, and so does `cached_input_tokens`; images and video likewise.
    `tier` is the tier that was served, None when the provider did not say. `region` is where the
    work had to stay ("us"; through a cloud "bedrock/eu"), None where it did not: some vendors
    charge more for it. `fees` are what is charged by the call and not by the token, as pairs of a
    name of `data/fees.csv` and a count: `(("file_search", 2),)`.

    Raises ValueError, naming field, value and rule, for a count that is negative, not a whole
    number or a bool, and for parts that are larger than their total.
    """

    input_tokens: int = 0
    output_tokens: int = 0
    cached_input_tokens: int = 0
    cache_write_5m_tokens: int = 0
    cache_write_30m_tokens: int = 0
    cache_write_1h_tokens: int = 0
    cache_write_12h_tokens: int = 0
    input_audio_tokens: int = 0
    cached_audio_tokens: int = 0
    input_image_tokens: int = 0
    cached_image_tokens: int = 0
    input_video_tokens: int = 0
    cached_video_tokens: int = 0
    reasoning_tokens: int = 0
    output_audio_tokens: int = 0
    output_image_tokens: int = 0
    accepted_prediction_tokens: int = 0
    rejected_prediction_tokens: int = 0
    web_searches: int = 0
    input_characters: int = 0
    audio_seconds: Decimal = Decimal(0)
    requests: int = 1
    tier: str | None = None
    region: str | None = None
    fees: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        for name in COUNTS:
            value = getattr(self, name)
            if type(value) is not int or value < 0:
                object.__setattr__(self, name, whole_number(name, value))
        if self.requests == 0:
            raise ValueError("requests=0: a record is of at least one request; leave it at 1")
        object.__setattr__(
            self, "audio_seconds", exact_seconds("audio_seconds", self.audio_seconds)
        )
        if self.tier is not None and (not isinstance(self.tier, str) or not self.tier):
            raise ValueError(f"tier={self.tier!r}: a tier is a name such as 'batch', or None")
        if self.region is not None and (not isinstance(self.region, str) or not self.region):
            raise ValueError(f"region={self.region!r}: a region is a name such as 'us', or None")
        if self.fees:
            object.__setattr__(self, "fees", _fees(self.fees))
        for parts, total in PART_RULES:
            size = sum(map(getattr, repeat(self), parts))
            if size > getattr(self, total):
                raise ValueError(part_error(self, parts, total))

    def __add__(self, other: object) -> Usage:
        """Both: every count adds, `requests` too; two tiers or regions raise ValueError."""
        if not isinstance(other, Usage):
            return NotImplemented
        for name in ("tier", "region"):
            mine, theirs = getattr(self, name), getattr(other, name)
            if mine != theirs:
                raise ValueError(
                    f"{name}={mine!r} and {name}={theirs!r} do not add: they are billed at "
                    "different rates; add the Cost of each instead"
                )
        summed = {name: getattr(self, name) + getattr(other, name) for name in COUNTS}
        with localcontext(USUAL):
            seconds = self.audio_seconds + other.audio_seconds
        return Usage(
            **summed,
            audio_seconds=seconds,
            tier=self.tier,
            region=self.region,
            fees=(*self.fees, *other.fees),
        )

    def __radd__(self, other: object) -> Usage:
        """Lets `sum(usages)` begin from its 0."""
        return self if type(other) is int and other == 0 else NotImplemented

    def __repr__(self) -> str:
        shown = (
            f"{field.name}={getattr(self, field.name)!r}"
            for field in fields(self)
            if getattr(self, field.name) != field.default
        )
        return f"Usage({', '.join(shown)})"


COUNTS: tuple[str, ...] = tuple(
    field.name
    for field in fields(Usage)
    if field.name not in ("audio_seconds", "tier", "region", "fees")
)
"""The fields of `Usage` that are whole numbers."""


def fees_text(fees: tuple[tuple[str, int], ...]) -> str:
    """Fees as a table holds them: "code_session=1 file_search=2"; "" for none."""
    return " ".join(f"{name}={count}" for name, count in fees)


def read_fees(text: str) -> tuple[tuple[str, int], ...]:
    """What `fees_text` wrote; ValueError for anything else."""
    found = []
    for part in text.split():
        name, _, count = part.partition("=")
        if not name or not (count.isascii() and count.isdecimal()):
            raise ValueError(
                f"fees={text!r}: write a name and a count for each, such as 'file_search=2'"
            )
        found.append((name, int(count)))
    return tuple(found)


def _fees(given: Any) -> tuple[tuple[str, int], ...]:
    """Each fee once and by name, so that equal usages are equal; ValueError for what is none."""
    summed: dict[str, int] = {}
    for pair in given:
        if not (isinstance(pair, tuple) and len(pair) == 2 and isinstance(pair[0], str)):
            raise ValueError(f"fees={given!r}: give pairs of a name and a count")
        name, count = pair
        if not name or set(name) & set(" ="):
            raise ValueError(f"fees={given!r}: {name!r} is no name of a fee, such as 'file_search'")
        summed[name] = summed.get(name, 0) + whole_number(f"fees[{name!r}]", count)
    return tuple(sorted((name, count) for name, count in summed.items() if count))


def part_error(record: Any, parts: tuple[str, ...], total: str) -> str:
    """The sentence that says which parts of a record exceed which total."""
    shown = [f"{name}={getattr(record, name)}" for name in parts if getattr(record, name)]
    verb = "is" if len(shown) == 1 else "are together"
    return (
        f"{' and '.join(shown)} {verb} more than {total}={getattr(record, total)}: "
        f"{total} contains them, so give the inclusive total (read_usage does it for a response)"
    )


def whole_number(name: str, value: Any) -> int:
    """A whole number of at least 0; numpy's integers count as such, a bool and 5.0 do not."""
    try:
        if isinstance(value, bool):
            raise TypeError
        number = index(value)
    except TypeError:
        raise ValueError(
            f"{name}={value!r}: a count is a whole number (int), not {type(value).__name__}"
        ) from None
    if number < 0:
        raise ValueError(f"{name}={value!r}: a count cannot be negative; use 0 or more")
    return number


def exact_seconds(name: str, value: object) -> Decimal:
    """A finite number of seconds of at least 0, with the digits that were written."""
    if type(value) is not Decimal:
        try:
            if isinstance(value, bool) or value is None:
                raise TypeError
            value = Decimal(str(value))  # str: 0.1 means the 0.1 that the provider wrote
        except (TypeError, InvalidOperation):
            raise ValueError(f"{name}={value!r}: give a number of seconds") from None
    if not value.is_finite() or value < 0:
        raise ValueError(f"{name}={value}: give a finite number of seconds, 0 or more")
    return value
