"""What makes a row of an export the same row when it is imported again: `row_id`.

The vendor's own id where there is one, with the time if it is short; else a digest of what the row
is about (its bucket, model, project, key), not of how much it counts: a day that has grown since
replaces its earlier row. Lesson 4.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from costlib.tracking.calls import REPORTS, Call

_LONG = 12  # characters of an id that no other file has


def own_id(kind: str, own: object, start: datetime) -> str:
    """The id of a row that has one of its own. A number or a short word names a row in its own file
    alone, where the next month's begins anew: the time completes it."""
    text = str(own)
    return f"{kind}:{text}" if len(text) >= _LONG else f"{kind}:{text}:{start.isoformat()}"


def row_id(kind: str, start: datetime, about: Mapping[str, object]) -> str:
    """The id of a row, such as "openai:3f0c..."; the same for the same row of any export."""
    said = json.dumps([start.isoformat(), about], sort_keys=True, default=str)
    return f"{kind}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"


def numbered(calls: Iterable[Call]) -> Iterator[Call]:
    """Calls of one file, the second and further rows of one id with a number behind it.

    Rows of a report that are about the same and count differently (a column that told them apart
    was left out of the export) are rows of their own; their order makes them known again.
    """
    seen: Counter[str] = Counter()
    for call in calls:
        seen[call.call_id] += 1
        again = seen[call.call_id]
        sums_up = call.operation in REPORTS and again > 1
        yield replace(call, call_id=f"{call.call_id}:{again}") if sums_up else call
