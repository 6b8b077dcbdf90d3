"""A past day for tests of rules, so that no later edition turns them.

What a rule says is tried with models that anybody knows, and these retire: gpt-4.1 cannot be called
from 2027-01-14 on. A room whose conftest.py imports `recorded_day` has its prices and its offline
organisations of RECORDED where a test says no day, whatever data/edition.json says. It is not for
tests of what the lessons show, nor of models by role: those are of the edition's day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time

import pytest

RECORDED = date(2026, 11, 22)  # a Sunday
NOON = datetime.combine(RECORDED, time(12), UTC)


@pytest.fixture(scope="module", autouse=True)
def recorded_day() -> Iterator[None]:
    """No day is RECORDED, for all tests of a module and for what its own fixtures make."""
    with pytest.MonkeyPatch.context() as patch:
        for name in ("pricing.prices", "provider.clock"):
            patch.setattr(f"costlib.{name}.AS_OF", RECORDED)
        yield
