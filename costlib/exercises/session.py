"""What a notebook's kernel remembers of its exercises: tries, and answer cells that failed.

Behind `ex.check` and `ex.solution` in every lesson; no units of its own.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from costlib.exercises.memory import give_back_after_cells
from costlib.exercises.values import show_error

_NOTHING = object()
_BINDS = re.compile(r"^[ \t]*(?:def[ \t]+)?(answer_\d+_\d+)\b[ \t]*(?:=(?!=)|\(|:)", re.M)


@dataclass
class Tries:
    """The tries of one exercise. Checking the very same answer again is no new try."""

    wrong: int = 0
    any: bool = False
    last: object = field(default=_NOTHING, repr=False)

    def add(self, answer: object, *, wrong: bool) -> None:
        """Note a verdict on an answer."""
        self.any = True
        self.wrong += wrong and answer is not self.last
        self.last = answer

    def before(self, answer: object) -> int:
        """The wrong tries before this one."""
        return self.wrong - (answer is self.last and self.wrong > 0)


class FailedCells:
    """The answers that are older than their cell: it was run again, and failed before it came to
    them. IPython says when a cell begins and ends; without IPython nothing is noticed."""

    def __init__(self) -> None:
        self._errors: dict[str, str] = {}
        self._before: dict[str, object] = {}

    def why(self, name: str) -> str:
        """The error of the cell that should have made this answer anew, or ""."""
        return self._errors.get(name, "")

    def watch(self, shell: Any) -> None:
        """Be told of every cell that this IPython shell runs."""
        shell.events.register("pre_run_cell", lambda info: self._begin(shell.user_ns))
        shell.events.register("post_run_cell", lambda result: self._end(result, shell.user_ns))

    def _begin(self, names: Mapping[str, object]) -> None:
        self._before = {name: it for name, it in names.items() if name.startswith("answer_")}

    def _end(self, result: Any, names: Mapping[str, object]) -> None:
        error = result.error_before_exec or result.error_in_exec
        for name in set(_BINDS.findall(result.info.raw_cell or "")):
            old = self._before.get(name, _NOTHING)
            if error is not None and names.get(name, _NOTHING) is old:
                self._errors[name] = show_error(error)
            else:
                self._errors.pop(name, None)


def watched_cells() -> FailedCells:
    """The failed cells of the notebook that this runs in; what its cells free is given back."""
    cells = FailedCells()
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if shell is not None:
        cells.watch(shell)
        give_back_after_cells(shell)
    return cells
