"""Which failures of a call are known to cost nothing. Everything else may have been billed.

A call that ends in an error was billed when the provider had answered: the error may come from
reading the answer (a price that is unknown, JSON that is cut, a stream that broke). So the table
names what is free, and not what is dear. Taught in lesson 5.
"""

from __future__ import annotations

from costlib.provider.errors import is_free, names_of, never_sent

# What the SDKs raise around a failed connection; its cause says how it failed.
_WRAPPERS = frozenset({"APIConnectionError", "APITimeoutError"})


def costs_nothing(error: BaseException) -> bool:
    """Whether a call that ended in this error is known to be free.

    Refusals of both SDKs by their status, in the place of an answer (an error inside a stream has
    the status of the stream, 200, and is not free), and connections that were never made. Of an
    SDK's own attempts only the last one's error is seen: an earlier one that timed out may have
    been billed all the same, which a tracked client knows.
    """
    status = getattr(error, "status_code", None)
    if status is not None:
        return type(status) is int and is_free(status)
    if names_of(error) & _WRAPPERS:
        return error.__cause__ is not None and costs_nothing(error.__cause__)
    return never_sent(error)
