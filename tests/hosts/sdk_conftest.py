"""Stands in for the conftest.py of an SDK's own suite: its clients are those of `connect`.

`sdk_suites.py` copies this file over theirs. Their tests name objects that a mock server makes up
("file_id"); here real ones are made first, and every placeholder in a path or a body becomes the id
of one. What each test came to is a line of JSON in the file that SDK_SUITES_REPORT names.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
import sys
import types
from collections.abc import Iterator
from typing import Any

import httpx2
import pytest

from costlib.provider import connect, connect_async, provider_of

VENDOR = os.environ["SDK_SUITES_VENDOR"]
ASKED = [{"role": "user", "content": "Where is my card?"}]

if "respx" not in sys.modules:  # their tests of the transport mock it; they are not run here
    sys.modules["respx"] = types.ModuleType("respx")
    sys.modules["respx"].MockRouter = object


def claude_batch(client: Any, ended: bool) -> str:
    params = {"model": "claude-haiku-5-5", "max_tokens": 50, "messages": ASKED}
    batch = client.messages.batches.create(requests=[{"custom_id": "a", "params": params}])
    if ended:
        provider_of(client).clock.advance(hours=1)
    return batch.id


def batch_file(client: Any) -> str:
    body = {"model": "gpt-4.1", "messages": ASKED}
    line = {"custom_id": "1", "method": "POST", "url": "/v1/chat/completions", "body": body}
    content = json.dumps(line).encode()
    return client.files.create(file=("a.jsonl", content), purpose="batch").id


def gpt_batch(client: Any) -> str:
    return client.batches.create(
        input_file_id=batch_file(client),
        endpoint="/v1/chat/completions",
        completion_window="24h",
    ).id


def response(client: Any) -> str:
    return client.responses.create(model="gpt-4.1", input="Hello").id


def completion(client: Any) -> str:
    return client.chat.completions.create(model="gpt-4.1", messages=ASKED, store=True).id


# Where a body of the real API would not pass the SDK's strict types either.
OTHERWISE = {
    "completions/test_messages.py": "the SDK's type lets a stored message be an answer only",
    "test_embeddings.py": "the SDK asks for base64 by itself, and its strict type wants numbers",
}
# Placeholder -> what makes a real one.
MAKERS = {
    "openai": {
        "file_id": batch_file,
        "input_file_id": batch_file,
        "batch_id": gpt_batch,
        "completion_id": completion,
        "response_id": response,
        "previous_response_id": response,
        "resp_677efb5139a88190b512bc3fef8e535d": response,
        "resp_123": response,
    },
    "anthropic": {"model_id": lambda client: "claude-sonnet-5-5"},
}


def objects_of(client: Any, request: httpx2.Request) -> dict[str, str]:
    """Real objects for the placeholders of a request."""
    path, method = request.url.path, request.method
    if "message_batch_id" in path:
        ended = method == "DELETE" or path.endswith("/results")
        return {"message_batch_id": claude_batch(client, ended)}
    if path.endswith("spend_limit"):
        limit = {"currency": "USD", "interval": "month", "threshold_amount": 10_000}
        client.admin.organization.spend_limit.update(**limit)
        client.admin.organization.projects.spend_limit.update("project_id", **limit)
    return {
        name: make(client)
        for name, make in MAKERS[VENDOR].items()
        if name in path.split("/") or f'"{name}"'.encode() in request.content
    }


class Placeholders(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Puts the ids of real objects where a request has placeholders, and passes it on."""

    def __init__(self, client: Any, maker: Any) -> None:
        self.inner, self.maker = client._client._transport, maker

    def _real(self, request: httpx2.Request) -> httpx2.Request:
        content = request.content
        path = request.url.path
        known = objects_of(self.maker, request)
        parts = [known.get(part, part) for part in path.split("/")]
        if VENDOR == "openai" and "json" in request.headers.get("content-type", ""):
            for name, real in known.items():
                for key in (name, "input_file_id", "previous_response_id"):
                    content = content.replace(
                        f'"{key}":"{name}"'.encode(), f'"{key}":"{real}"'.encode()
                    )
        headers = {k: v for k, v in request.headers.items() if k.lower() != "content-length"}
        url = request.url.copy_with(path="/".join(parts))
        return httpx2.Request(request.method, url, headers=headers, content=content)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        request.read()
        return self.inner.handle_request(self._real(request))

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        await request.aread()
        return await self.inner.handle_async_request(self._real(request))


def strict_of(request: pytest.FixtureRequest) -> bool:
    param = getattr(request, "param", True)
    return param if isinstance(param, bool) else bool(param.get("strict", True))


def made(request: pytest.FixtureRequest, connecting: Any) -> Any:
    maker = connect(VENDOR)
    client = connecting(VENDOR, provider=provider_of(maker))
    client._client._transport = Placeholders(client, maker)
    client._strict_response_validation = strict_of(request)
    return client


@pytest.fixture
def client(request: pytest.FixtureRequest) -> Any:
    return made(request, connect)


@pytest.fixture
def async_client(request: pytest.FixtureRequest) -> Any:
    return made(request, connect_async)


@pytest.fixture
def respx2_mock() -> None:
    pytest.skip("the test mocks the transport")


respx_mock = respx2_mock


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Their asynchronous tests, without a plugin for it."""
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    asyncio.run(pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names}))
    return True


def classified(test: str, error: BaseException) -> tuple[str, str]:
    """The class of a test that did not pass, and the reason."""
    status, message = getattr(error, "status_code", None), str(error).replace("\n", " ")
    for file, reason in OTHERWISE.items() if status in (200, None) else ():
        if file in test:
            return "another reading", reason
    if isinstance(status, int) and 400 <= status < 500:
        if "Invalid URL" in message:
            return "endpoint not claimed", message.split("(")[1].split(")")[0]
        if "The offline provider does not serve" in message:
            what = message.split("does not serve ")[1].split("; costlib")[0]
            return "documented as missing", what
        return "rightly refused", message.removeprefix(f"Error code: {status} - ")
    if "are deprecated" in message or "DeprecationWarning" in type(error).__name__:
        return "the suite's own warning", message
    return "provider wrong", f"{type(error).__name__}: {message}"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome = yield
    report = outcome.get_result()
    if report.when != "call" and not (report.when == "setup" and not report.passed):
        return
    group, why = "passed", ""
    if report.skipped:
        group, why = "skipped by the suite", str(call.excinfo.value if call.excinfo else "")
    elif call.excinfo is not None:
        group, why = classified(item.nodeid, call.excinfo.value)
    with open(os.environ["SDK_SUITES_REPORT"], "a", encoding="utf-8") as file:
        line = {"test": item.nodeid, "class": group, "why": why[:160]}
        file.write(json.dumps(line) + "\n")
