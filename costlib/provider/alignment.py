"""How much of a prediction is in the reply: accepted and rejected tokens, from the two texts.

Units: tokens. `align` takes OpenAI's definition literally: accepted tokens are those of the
prediction that appear in the completion, in order; the rest were thrown away, and are billed. That
is the best case. The one published measurement did much worse than its texts allow: for the example
of OpenAI's guide then (118 tokens, three words changed) a diff accepts 114 and rejects 5, while the
API said 49 and 107 (Simon Willison, 2024-11-04). `draft` models what may have happened: the
prediction is tried in drafts, a wrong token throws the rest of its draft away, and a new draft
starts only when a long enough run of its tokens has been written again. Its two constants are
fitted to that one measurement and are evidence of nothing else. Lesson 8 teaches this.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from costlib.tokens.encodings import encoded

_DRAFT, _RUN = 89, 34  # tokens; fitted to 49 accepted and 107 rejected, see above


@dataclass(frozen=True)
class Alignment:
    """Tokens of a prediction that are in the reply, and tokens thrown away on top of the reply."""

    accepted: int
    rejected: int


Aligner = Callable[[str, str, str], Alignment]


@lru_cache(maxsize=256)
def align(predicted: str, produced: str, encoding: str) -> Alignment:
    """The longest common subsequence of the two texts' tokens is accepted, the rest rejected.

    Raises LookupError for an encoding that does not ship.
    """
    left, right = _tokens(predicted, encoding), _tokens(produced, encoding)
    accepted = _common(left, right)
    return Alignment(accepted, len(left) - accepted)


@lru_cache(maxsize=256)
def draft(predicted: str, produced: str, encoding: str) -> Alignment:
    """What drafts of 89 tokens, resumed after a run of 34, accept and reject (see the top).

    The same token may be rejected twice, and one that is never tried is not rejected. Raises
    LookupError for an encoding that does not ship.
    """
    left, right = _tokens(predicted, encoding), _tokens(produced, encoding)
    runs = {tuple(left[i - _RUN : i]): i for i in range(len(left), _RUN - 1, -1)}
    accepted = rejected = written = since = 0
    place: int | None = 0  # where the next draft starts in the prediction, None while it is lost
    while written < len(right):
        tried = [] if place is None else left[place : place + _DRAFT]
        if place is None or not tried:
            written += 1
        else:
            good = _same_start(tried, right[written:])
            accepted, written, place = accepted + good, written + good, place + good
            if good < len(tried) and written < len(right):
                rejected += len(tried) - good
                written, since, place = written + 1, written + 1, None
        if place is None and written - since >= _RUN:
            place = runs.get(tuple(right[written - _RUN : written]))
    return Alignment(accepted, rejected)


def kept(predicted: str, produced: str, encoding: str) -> list[bool]:
    """Of each token of the reply, whether `align` takes it from the prediction.

    Several longest common subsequences may exist; this is one of them. Raises LookupError for an
    encoding that does not ship.
    """
    left, right = _tokens(predicted, encoding), _tokens(produced, encoding)
    rows = list(_rows(left, right))
    taken = [False] * len(right)
    i, j = len(left), len(right)
    while i and j:
        if rows[j - 1] >> i - 1 & 1:
            i -= 1  # the prediction is as good without this token
        elif j > 1 and not rows[j - 2] >> i - 1 & 1:
            j -= 1
        else:
            i, j = i - 1, j - 1
            taken[j] = True
    return taken


def _tokens(text: str, encoding: str) -> list[int]:
    return encoded(text, encoding)


def _same_start(left: Sequence[int], right: Sequence[int]) -> int:
    for i, (one, other) in enumerate(zip(left, right, strict=False)):
        if one != other:
            return i
    return min(len(left), len(right))


def _common(left: Sequence[int], right: Sequence[int]) -> int:
    """The length of the longest common subsequence."""
    row = (1 << len(left)) - 1
    for row in _rows(left, right):  # noqa: B007 (the last one counts)
        pass
    return len(left) - row.bit_count()


def _rows(left: Sequence[int], right: Sequence[int]) -> Iterator[int]:
    """The rows of the usual table of common subsequences, one for each token of `right`.

    Bit-parallel (H. Hyyrö, "Bit-parallel LCS-length computation revisited", 2004): a zero bit at i
    says that the row rises at i.
    """
    places: dict[int, int] = {}
    for i, token in enumerate(left):
        places[token] = places.get(token, 0) | 1 << i
    ones = (1 << len(left)) - 1
    row = ones
    for token in right:
        found = row & places.get(token, 0)
        row = (row + found | row - found) & ones
        yield row
