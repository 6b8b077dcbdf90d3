"""How things are counted in a sentence; for amounts of money, tests/pricing/test_cost.py."""

from __future__ import annotations

import pytest

from costlib.display.amounts import counted


@pytest.mark.parametrize(
    ("number", "said"),
    [(0, "0 calls"), (1, "1 call"), (2, "2 calls"), (1_440_000, "1,440,000 calls")],
)
def test_one_thing_is_no_plural(number: int, said: str) -> None:
    assert counted(number, "call") == said
