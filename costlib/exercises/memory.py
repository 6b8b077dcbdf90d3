"""Memory that a cell has freed goes back to the system: a notebook's kernel stays small.

glibc keeps what is freed for the next array. A cell that prices the bank's month leaves 20 to 40 MB
behind that way, and thirty learners on one machine have thirty kernels. So after each cell the
kernel asks glibc to give it back, which takes about a millisecond where there is something to give.
Linux only; elsewhere nothing happens. Behind every lesson; no units of its own.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Callable
from functools import cache
from typing import Any


def give_back() -> bool:
    """Give freed memory back to the system, and say whether the C library can do that."""
    trim = _malloc_trim()
    if trim is not None:
        trim(0)
    return trim is not None


def give_back_after_cells(shell: Any) -> None:
    """Do so after every cell that this IPython shell runs."""
    if _malloc_trim() is not None:
        shell.events.register("post_run_cell", lambda result: give_back())


@cache
def _malloc_trim() -> Callable[[int], int] | None:
    """glibc's `malloc_trim`; None where the C library has none (musl, macOS, Windows)."""
    if sys.platform != "linux":
        return None
    return getattr(ctypes.CDLL(None), "malloc_trim", None)
