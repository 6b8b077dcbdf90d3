"""Calls from files into a ledger, as often as one likes: the same call is one row.

`call_id` tells whether it is the same: readers of this room set it from the vendor's own id, or
from what the row is about (identity.py). A row that is there already is replaced, so that a day
which has grown since its last export is right. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from costlib.tracking.calls import Call, row_of
from costlib.tracking.ledger import Ledger

_BATCH = 2_000


class Imported(NamedTuple):
    """How many calls were read, how many of them are new rows, and how many have no price."""

    calls: int
    new: int
    without_price: int


LeftOut = Callable[[Call, ValueError], None]
"""Called with a call that no row can hold, and why."""


def import_calls(
    ledger: Ledger, calls: Iterable[Call], *, left_out: LeftOut | None = None
) -> Imported:
    """Write calls into a ledger, each once; gives what happened.

    Takes what `read_session_log`, `read_usage_report` and `read_calls` give, and takes it bit by
    bit: a log of any size passes through, and what was written stays if it breaks off. Begin again
    then: nothing is counted twice. Other processes may import the same files at the same moment:
    each call is one row, and more than one of them may count it as new.

    Raises ValueError for a call without `call_id` (write it with `Ledger.record_many`), and for one
    that no row can hold, unless `left_out` takes it.
    """
    found = Imported(0, 0, 0)
    for batch in _batches(calls):
        more = _put(ledger, batch, left_out)
        found = Imported(*(had + got for had, got in zip(found, more, strict=True)))
    return found


def _put(ledger: Ledger, batch: list[Call], left_out: LeftOut | None) -> tuple[int, int, int]:
    try:
        return ledger.put(batch)
    except ValueError:
        if left_out is None:
            raise
    sound = []
    for call in batch:
        try:
            row_of(call)
            sound.append(call)
        except ValueError as error:
            left_out(call, error)
    return ledger.put(sound)


def _batches(calls: Iterable[Call]) -> Iterator[list[Call]]:
    rest: Any = iter(calls)
    while batch := list(islice(rest, _BATCH)):
        for call in batch:
            if not call.call_id:
                raise ValueError(
                    f"the call of {call.time} has no call_id, so it cannot be told from its copy: "
                    "write it with Ledger.record_many"
                )
        yield batch
