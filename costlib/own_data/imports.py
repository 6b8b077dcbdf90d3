"""Calls from files into a ledger, as often as one likes: the same call is one row.

`call_id` tells whether it is the same: readers of this room set it from the vendor's own id, or
from what the row is about (identity.py). A row that is there already is replaced, so that a day
which has grown since its last export is right. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

import sqlalchemy as sa

from costlib.tracking.calls import CALLS, Call, row_of
from costlib.tracking.ledger import Ledger

_BATCH = 2_000
_VARIABLES = 500  # in one statement: every database takes as many


class Imported(NamedTuple):
    """How many calls were read, how many of them are new rows, and how many have no price."""

    calls: int
    new: int
    without_price: int


def import_calls(ledger: Ledger, calls: Iterable[Call]) -> Imported:
    """Write calls into a ledger, each once; gives what happened.

    Takes what `read_session_log`, `read_usage_report` and `read_calls` give, and takes it bit by
    bit: a log of any size passes through, and what was written stays if it breaks off. Begin again
    then: nothing is counted twice. Nobody else may import the same files at the same moment.

    Raises ValueError for a call without `call_id` (write it with `Ledger.record_many`).
    """
    with ledger.engine.connect() as connection:
        there = set(connection.execute(sa.select(CALLS.c.call_id)).scalars())
    read = new = without_price = 0
    for batch in _batches(calls):
        rows = {call.call_id: row_of(call) for call in batch}
        again = [key for key in rows if key in there]
        with ledger.engine.begin() as connection:
            for start in range(0, len(again), _VARIABLES):
                some = again[start : start + _VARIABLES]
                connection.execute(sa.delete(CALLS).where(CALLS.c.call_id.in_(some)))
            connection.execute(sa.insert(CALLS), list(rows.values()))
        there.update(rows)
        read += len(rows)
        new += len(rows) - len(again)
        without_price += sum(row["cost_pusd"] is None for row in rows.values())
    return Imported(read, new, without_price)


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
