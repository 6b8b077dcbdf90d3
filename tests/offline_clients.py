"""What the tests of the offline provider share: a question, and clients that check every body."""

from __future__ import annotations

from typing import Any

from costlib.provider import connect

QUESTION = [{"role": "user", "content": "My card was declined twice today. Why?"}]


def strict(vendor: str, connecting: Any = connect, **options: Any) -> Any:
    """A client that checks every body against the SDK's own types."""
    client = connecting(vendor, **options)
    client._strict_response_validation = True
    return client
