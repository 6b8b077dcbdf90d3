"""Each lever of the course on one's own calls, and what records never tell.

To add a lever, write a function from `Records` to `Applied` rows and name it here. Lesson 8.
"""

from __future__ import annotations

import pandas as pd

from costlib.audit.applied import Applied, Pull, Records
from costlib.audit.fewer_tokens import (
    less_reasoning,
    repeats,
    shorter_answers,
    smaller_pictures,
    stop_waste,
)
from costlib.audit.other_prices import batches, cheaper_models, off_peak
from costlib.audit.pauses import another_lifetime
from costlib.audit.runs_otherwise import (
    caching,
    compaction,
    shared_front,
    shorter_results,
)

_LEVERS: tuple[Pull, ...] = (
    cheaper_models, batches, off_peak, smaller_pictures, stop_waste, shorter_answers,
    less_reasoning, shorter_results, caching, shared_front, another_lifetime, compaction, repeats,
)  # fmt: skip

_UNTOLD = (
    Applied(5, "a cap for each run", None, needs="which runs reached their goal (capped)"),
    Applied(5, "answers without a model", None, needs="the questions' texts, and right answers"),
    Applied(6, "shorter prompts, fewer tools", None,
            needs="the prompts, or the length of each tool's definition (tool_costs)"),
    Applied(6, "hard questions only to the large model", None,
            needs="how good each model's answers are"),
    Applied(8, "predicted outputs", None, needs="the texts before and after an edit"),
)  # fmt: skip


def applied(frame: pd.DataFrame) -> list[Applied]:
    """Every lever on the calls of a ledger's frame: those that save most first, untold last."""
    records = Records(frame)
    found = [*(each for pull in _LEVERS for each in pull(records)), *_UNTOLD]
    told = [each for each in found if each.saved is not None]
    untold = [each for each in found if each.saved is None]
    return [
        *sorted(told, key=lambda each: each.saved[1] if each.saved else 0, reverse=True),
        *sorted(untold, key=lambda each: each.lesson),
    ]
