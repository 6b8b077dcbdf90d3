"""Fixtures of several test modules."""

from __future__ import annotations

import socket
from typing import Any

import pytest
from offline_clients import strict


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a socket, or looks up a host, fails."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a test opened a socket")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def gpt() -> Any:
    return strict("openai")


@pytest.fixture
def claude() -> Any:
    return strict("anthropic")
