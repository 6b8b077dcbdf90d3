"""Where coding tools keep their session logs on this machine. Lesson 4.

Claude Code: `projects` in $CLAUDE_CONFIG_DIR, else in ~/.claude; Codex: `sessions` in $CODEX_HOME,
else in ~/.codex. Both as users of 2026 describe them. Nothing is opened here: a folder that exists
is named, with how many logs it has and how large they are.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

_HOMES = (
    ("Claude Code", "CLAUDE_CONFIG_DIR", ".claude", "projects"),
    ("Codex", "CODEX_HOME", ".codex", "sessions"),
)


class LogHome(NamedTuple):
    """A folder of session logs: whose, where, how many files and bytes (0 if it is not there)."""

    tool: str
    path: Path
    files: int
    size: int


def log_homes(environment: Mapping[str, str] | None = None) -> list[LogHome]:
    """The folders where Claude Code and Codex keep their logs, whether they exist or not."""
    known = os.environ if environment is None else environment
    found = []
    for tool, variable, folder, inside in _HOMES:
        base = Path(known[variable]) if known.get(variable) else Path.home() / folder
        sizes = []
        for each in (base / inside).rglob("*.jsonl"):
            try:
                sizes.append(each.stat().st_size)
            except OSError:  # gone, or not ours to read: the audit will say so
                sizes.append(0)
        found.append(LogHome(tool, base / inside, len(sizes), sum(sizes)))
    return found
