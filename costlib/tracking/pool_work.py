"""Whether a thread waits for the work that another one is doing for a pool.

The threads of a pool may be older than a block that gives them work, and then nothing of the work
says whose it is. But whoever waits for a future holds it: `result`, `map`, `wait` and
`as_completed` of `concurrent.futures` have it among their variables while they wait. So a block is
told of work that it waits for at that moment, and of no other. Lesson 5 meets it.
"""

from __future__ import annotations

import sys
from concurrent.futures import Future, _base, thread
from types import FrameType

# A name of Python's own, so that another Python may lack it: then no work is known.
_RUN = getattr(getattr(thread, "_WorkItem", None), "run", None)
_WAITS = _base.__file__


def work_here() -> Future[object] | None:
    """The work that this thread does for a pool; None where it belongs to none."""
    frame: FrameType | None = sys._getframe()
    while frame is not None:
        if frame.f_code is getattr(_RUN, "__code__", None):
            work = getattr(frame.f_locals.get("self"), "future", None)
            return work if isinstance(work, Future) else None
        frame = frame.f_back
    return None


def waits_for(thread_id: int, work: Future[object]) -> bool:
    """Whether a thread waits for this work now, alone or among others."""
    frame = sys._current_frames().get(thread_id)
    while frame is not None:
        if frame.f_code.co_filename == _WAITS:
            for held in list(frame.f_locals.values()):
                if held is work or (isinstance(held, list | set | frozenset) and work in held):
                    return True
        frame = frame.f_back
    return False
