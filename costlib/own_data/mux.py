"""Mux's workspaces: ~/.mux/sessions/WORKSPACE/session-usage.json, the sum of each model.

The input is without what was cached or written, the output without reasoning. The file of a
sub-agent's workspace that was deleted is added to its parent's, which names it: it counts there.
Format: coder/mux, sessionUsageService.ts and displayUsage.ts, as of 2026-11. Lesson 4.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path

from costlib.own_data.lines import (
    Charged,
    LogReader,
    Problem,
    document,
    provider_of_model,
    read_counts,
)
from costlib.own_data.numbers import moment
from costlib.own_data.sums import as_sum
from costlib.tracking.calls import Call
from costlib.usage.dialect import CACHED, Dialect, amount
from costlib.usage.fields import Body, as_mapping, at

_FILE = "session-usage.json"
_COUNTS = Dialect(
    "a model in Mux's session-usage.json",
    "coder/mux, createDisplayUsage; 2026-11-29",
    {
        "input": "input_tokens",
        "cached": "cached_input_tokens",
        "cacheCreate": "written",
        "output": "output_tokens",
        "reasoning": "reasoning_tokens",
    },
    need=("input", "output"),
    beside=CACHED,
    reasoning="beside",
)


class Mux(LogReader):
    """The usage of Mux's workspaces, to a call of each model."""

    tool = "mux"

    def __init__(self) -> None:
        self._path = Path()
        self._counted_above: dict[Path, set[str]] = {}  # by the folder of workspaces

    def concerns(self, line: bytes) -> bool:
        """Whether a document may have what is read here, before it is parsed."""
        return b'"byModel"' in line and b'"cacheCreate"' in line

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Charged | Problem]:
        workspace = self._path.parent.name
        if workspace in self._children(self._path.parent.parent):
            return
        time = at(record, "lastRequest.timestamp")
        for name, entry in (as_mapping(record.get("byModel")) or {}).items():
            parts = as_mapping(entry) or {}
            counts = {part: at(parts, f"{part}.tokens") for part in _COUNTS.rows}
            if not any(counts.values()):
                continue
            try:
                if not time:
                    raise ValueError("no request has a time, so no rate applies")
                yield self._call(f"{workspace}:{name}", str(name), counts, parts, time)
            except ValueError as error:
                yield Problem("", number, f"{name}: {error}")

    def _call(self, key: str, name: str, counts: Body, parts: Body, time: object) -> Charged:
        model = name.partition(":")[2] or name  # behind its provider
        call = Call(
            time=moment(time),
            provider=provider_of_model(model, name.partition(":")[0] or "other"),
            model=model,
            usage=read_counts(_COUNTS, counts, model).usage,
            call_id=f"{self.tool}:{key}",
            run=self._path.parent.name,
        )
        paths = [f"{part}.cost_usd" for part, count in counts.items() if count]
        told = {path: at(parts, path) for path in paths}
        known = None not in told.values() and not parts.get("hasUnknownCosts")
        reported = sum((amount(*each) for each in told.items()), Decimal(0)) if known else None
        return Charged(as_sum(call, None), reported)

    def _children(self, folder: Path) -> set[str]:
        """The workspaces that another one's sums contain."""
        if folder not in self._counted_above:
            found: set[str] = set()
            for each in folder.glob(f"*/{_FILE}"):
                record = as_mapping(document(each)) or {}
                found |= {str(name) for name in as_mapping(record.get("rolledUpFrom")) or {}}
            self._counted_above[folder] = found
        return self._counted_above[folder]
