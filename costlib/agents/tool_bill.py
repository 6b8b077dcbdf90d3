"""What each tool's definition costs, and what that is for each time the tool is used.

A definition stands in every prompt of a run, whether its tool is called or not. Units: tokens, USD.
Lesson 6 teaches it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from costlib.agents.diet import with_definitions
from costlib.agents.runs import Runs
from costlib.agents.spending import spent
from costlib.faces import counted_as_usual


@dataclass(frozen=True)
@counted_as_usual
class ToolCost:
    """A tool: the tokens of its definition, how often it was used, and what it costs in USD."""

    name: str
    tokens: int
    uses: int
    usd: Decimal

    @property
    def per_use(self) -> float:
        """USD for each use; infinite for a tool that nobody uses."""
        return float(self.usd / self.uses) if self.uses else math.inf


def tool_costs(
    runs: Runs, tokens: Mapping[str, int], uses: Mapping[str, int] | None = None
) -> list[ToolCost]:
    """What the definitions of tools cost in these runs, dearest for a use first.

    `tokens` has the length of each definition, `uses` how often its tool was called in all the runs
    together (a tool that it leaves out: never). All stand in front of every prompt, with the cache
    that the runs have, and each is priced at what the runs would save without it. (Alone, a short
    definition can lift prompts to the least length that is cached, and so cost next to nothing.)
    Whether a task could be done without the tool is not known. Raises ValueError for uses of a
    tool that `tokens` does not have.
    """
    counts = uses or {}
    unknown = sorted(set(counts) - set(tokens))
    if unknown:
        raise ValueError(f"uses names {unknown[0]!r}, of which tokens gives no length: add it")
    together = sum(tokens.values())

    def usd(length: int) -> Decimal:
        return spent(with_definitions(runs, 1, length)).usd

    every = usd(together)
    found = [
        ToolCost(name, length, counts.get(name, 0), every - usd(together - length))
        for name, length in tokens.items()
    ]
    return sorted(found, key=lambda tool: (-tool.per_use, -tool.usd, tool.name))
