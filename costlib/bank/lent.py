"""A frame that is made once and handed to everybody who asks: the bank's month, the tracked month.

No units of its own. Every lesson's `bank.month()` comes through it.
"""

from __future__ import annotations

import pandas as pd

_COPIES_WHAT_IS_WRITTEN = int(pd.__version__.partition(".")[0]) >= 3


def lent(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame for somebody who may change it, which changes nothing for the others.

    It costs nothing where pandas copies what is written to (from pandas 3 on), else a copy.
    """
    return frame.copy(deep=not _COPIES_WHAT_IS_WRITTEN)
