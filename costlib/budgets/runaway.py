"""An agent that does not stop by itself: see that it goes in circles, and stop it.

Each turn of an agent sends all earlier turns again, so a loop costs with the square of its length.
Three nets, each for what the one before lets through: the same move too often within the last few
(`LoopGuard`), a cap for each run (`Limit(1, "ever", by="run")`), and a switch that a person can
throw (`Budget.stop`). Taught in lesson 5.
"""

from __future__ import annotations

import hashlib
import json
from collections import deque
from typing import Any

from costlib.faces import shown
from costlib.pricing.numbers import plausible
from costlib.usage.record import whole_number


class RunawayAgent(Exception):
    """The same move came too often: the run was stopped."""


class LoopGuard:
    """Raises `RunawayAgent` when one move comes `repeats` times within the last `window` moves.

    A move is whatever tells one turn from another and can be written as JSON: the tool called and
    its arguments, or the text that was answered. Leave out what differs every time, such as ids.
    Raises ValueError for counts that are none.
    """

    def __init__(self, repeats: int = 3, window: int = 10) -> None:
        for name, number in {"repeats": repeats, "window": window}.items():
            plausible(name, whole_number(name, number), high=1_000_000)
        if not 2 <= repeats <= window:
            raise ValueError(
                f"repeats={repeats}, window={window}: give at least 2, and no more than the window"
            )
        self.repeats, self.window = repeats, window
        self._seen: deque[str] = deque(maxlen=window)

    def see(self, move: Any) -> None:
        """Take note of a move. Raises ValueError for one that cannot be written as JSON."""
        try:
            written = json.dumps(move, sort_keys=True)
        except RecursionError:
            raise ValueError(
                "the move is nested too deep to be written as JSON: give what tells it from others"
            ) from None
        except (TypeError, ValueError) as error:
            raise ValueError(
                f"the move {shown(move)} cannot be written as JSON ({error}): give text, or what "
                "an SDK's object gives by model_dump(mode='json')"
            ) from None
        mark = hashlib.sha256(written.encode()).hexdigest()
        self._seen.append(mark)
        times = self._seen.count(mark)
        if times >= self.repeats:
            raise RunawayAgent(
                f"the same move came {times} times in the last {len(self._seen)}: {written[:80]}"
            )
