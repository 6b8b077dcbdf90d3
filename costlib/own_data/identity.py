"""What makes a row of an export the same row when it is imported again: `row_id`.

The vendor's own id where there is one, else a digest of what the row is about (its bucket, model,
project, key), not of how much it counts: a day that has grown since replaces its earlier row.
Lesson 4.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import datetime


def row_id(kind: str, start: datetime, about: Mapping[str, object]) -> str:
    """The id of a row, such as "openai:3f0c..."; the same for the same row of any export."""
    said = json.dumps([start.isoformat(), about], sort_keys=True, default=str)
    return f"{kind}:{hashlib.sha256(said.encode()).hexdigest()[:32]}"
