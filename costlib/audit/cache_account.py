"""What a cache saved or lost on calls as they were, against the same calls without one.

Every token that was read or written is priced as plain input instead: the difference is certain at
the rates, for the same tokens. Reads save, writes cost more than input where the vendor sells them;
writes that nobody reads again are lost money. Units: tokens, Decimal USD. Lesson 7 explains it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import pandas as pd

from costlib.audit.otherwise import otherwise
from costlib.faces import counted_as_usual

READS = ("cached_input_tokens", "cached_audio_tokens", "cached_image_tokens", "cached_video_tokens")
WRITES = (
    "cache_write_5m_tokens", "cache_write_30m_tokens", "cache_write_1h_tokens",
    "cache_write_12h_tokens",
)  # fmt: skip


@dataclass(frozen=True)
@counted_as_usual
class CacheAccount:
    """Tokens sent, read and written, and USD: what reads saved, what writes cost above input."""

    name: str
    sent: int
    read: int
    written: int
    reads_saved: Decimal
    writes_cost: Decimal

    @property
    def saved(self) -> Decimal:
        """USD less than without a cache; below 0 where it lost money."""
        return self.reads_saved - self.writes_cost


def cache_account(rows: pd.DataFrame, name: str = "all models") -> CacheAccount:
    """The account of some calls; those without a price count tokens and no dollars."""
    used = rows[(rows[[*READS, *WRITES]] != 0).any(axis=1)]
    plain = used.assign(**dict.fromkeys(WRITES, 0))
    unread = plain.assign(**dict.fromkeys(READS, 0))
    written = otherwise(used, plain)
    neither = otherwise(used, unread)
    # Without a cache all of it is input: what writes cost more, and reads less, makes the rest.
    return CacheAccount(
        name,
        int(rows["input_tokens"].sum()),
        int(rows["cached_input_tokens"].sum()),
        int(rows[list(WRITES)].sum().sum()),
        written.saved - neither.saved,
        written.saved,
    )


def cache_accounts(rows: pd.DataFrame) -> list[CacheAccount]:
    """An account for each model that read or wrote, the one with most reads first."""
    used = rows[(rows[[*READS, *WRITES]] != 0).any(axis=1)]
    found = [
        cache_account(rows[rows["model"] == model], str(model)) for model in used["model"].unique()
    ]
    return sorted(found, key=lambda each: -each.read)
