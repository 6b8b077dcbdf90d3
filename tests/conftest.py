"""Fixtures of several test modules."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import postgres
import pytest
from hypothesis import settings
from offline_clients import strict

# Hypothesis fails an example of more than 200 ms, which says how busy the machine is.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(autouse=True)
def own_event_loop(request: pytest.FixtureRequest) -> Iterator[None]:
    """Hides the browser's event loop from the tests that are not the browser's.

    Between its calls too, Playwright's synchronous interface leaves its loop marked as running in
    this thread, and `asyncio.run` refuses to start a second.
    """
    running = asyncio._get_running_loop()
    if running is None or "browser" in request.path.parts:
        yield
        return
    asyncio._set_running_loop(None)
    yield
    asyncio._set_running_loop(running)


@pytest.fixture
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that opens a socket, or looks up a host, fails."""

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a test opened a socket")

    for name in ("connect", "connect_ex"):
        monkeypatch.setattr(socket.socket, name, refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def forked_builds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has solutions/build.py start forked kernels, where the session offers them."""
    from jupyter_client.kernelspec import KernelSpec

    from solutions import build
    from tests.kernels.plugin import offered

    if offered():
        spec = KernelSpec.from_resource_dir(str(Path(offered(), "kernels", "python3")))
        spec.argv.append("--IPKernelApp.log_level=40")  # as the build's own
        monkeypatch.setattr(build._ThisPython, "kernel_spec", spec)


@pytest.fixture
def gpt() -> Any:
    return strict("openai")


@pytest.fixture
def claude() -> Any:
    return strict("anthropic")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """The URL of a real PostgreSQL server; without one the tests skip, but fail where CI=true."""
    if postgres.find_programs() is None:
        missing = "There is no PostgreSQL server on this machine."
        if os.environ.get("CI") == "true":
            pytest.fail(missing)
        pytest.skip(missing)
    with postgres.serve() as url:
        yield url


@pytest.fixture(scope="session")
def postgres_database(postgres_server: str) -> postgres.Database:
    return postgres.Database(postgres_server)


@pytest.fixture
def postgres_url(postgres_database: postgres.Database) -> str:
    """The URL of an empty PostgreSQL database, there until another test asks for one."""
    return postgres_database.made_empty()


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database: the test runs on SQLite and on PostgreSQL."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'test.sqlite'}"
    return request.getfixturevalue("postgres_url")
