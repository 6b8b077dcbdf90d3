"""A token budget for one request: what to leave out first when not everything fits.

Parts are dropped in the order of what they are worth, least first, and never cut in the middle.
Tokens. Taught in lesson 5.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from costlib.faces import MOST
from costlib.pricing.numbers import plausible


@dataclass(frozen=True)
class Part:
    """A piece of a request: how long it is, and how much it matters (None: it must go in)."""

    name: str
    tokens: int
    worth: float | None = None

    def __post_init__(self) -> None:
        plausible("tokens", self.tokens)
        if self.worth is not None:
            plausible("worth", self.worth, low=-MOST)


def pack(parts: Sequence[Part], room: int) -> tuple[list[Part], list[Part]]:
    """What is sent, in its old order, and what is dropped, in the order in which it went.

    The part of the least worth goes first, of equals the earlier one (the older turn), until the
    rest fits into `room` tokens. Raises ValueError when what must go in does not fit.
    """
    needed = sum(part.tokens for part in parts if part.worth is None)
    if needed > room:
        raise ValueError(
            f"{needed:,} tokens must go in and there is room for {room:,}: allow more, or shorten "
            "what has no worth given"
        )
    total, dropped = sum(part.tokens for part in parts), []
    optional = [(part.worth, place) for place, part in enumerate(parts) if part.worth is not None]
    for _, place in sorted(optional):
        if total <= room:
            break
        dropped.append(place)
        total -= parts[place].tokens
    kept = [part for place, part in enumerate(parts) if place not in dropped]
    return kept, [parts[place] for place in dropped]
