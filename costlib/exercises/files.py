"""Reading a file that somebody else made: a regular one, and not more of it than was agreed.

Used by `check`, by `progress`, and where a lesson reads a guess from an earlier one: a notebook's
name may stand for a folder, a pipe on which nobody writes, or a device that never ends. Units:
bytes.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path


def read_regular(path: Path, most: int) -> bytes:
    """The bytes of a regular file. Raises OSError, its `strerror` the reason in words, for what
    cannot be opened, is no regular file, or has more than `most` bytes."""
    with open(path, "rb", opener=_open_at_once) as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(None, "it is no regular file")
        content = file.read(most + 1)
    if len(content) > most:
        raise OSError(None, f"it has more than {most / 1e6:g} MB")
    return content


def _open_at_once(path: str, flags: int) -> int:
    """Open without waiting for a writer, which a pipe may never get. (Windows has no such flag,
    and no such pipes among its files.)"""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
