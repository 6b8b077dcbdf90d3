"""Warnings that point to the line that asked, however deep the reason lies: `tell`.

A reader or a budget finds what it has to say several calls below the one that a program made, and
how many they are differs by the reader, by the face, and by the version of Python. No units.
Lessons 2 and 4 show such warnings.
"""

from __future__ import annotations

import sys
import warnings
from types import FrameType

_PACKAGE = __name__.partition(".")[0]


def tell(text: str) -> None:
    """Warns, at the nearest line outside this package."""
    level = 2  # warnings.warn calls this function 1, and who called it 2
    frame: FrameType | None = sys._getframe(1)
    while frame and str(frame.f_globals.get("__name__")).partition(".")[0] == _PACKAGE:
        level, frame = level + 1, frame.f_back
    warnings.warn(text, stacklevel=level)
