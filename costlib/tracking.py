"""Real SDK clients whose every attempt ends up in a ledger: `client = track(client, ledger)`.

The tracking sits where the SDK would open a connection, so it sees what the SDK hides: each retry,
each refusal, a stream that its reader left. It changes nothing that is sent but the compression.
Rows are written when an answer has been read to its end or given up, on the thread that reads it.
Batches run at the provider and are not seen here; `usage_export` brings them in.
Lesson 4 teaches this module.
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
import warnings
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import sqlalchemy as sa

from costlib.answers import Answer
from costlib.calls import Call
from costlib.record import Usage

if TYPE_CHECKING:
    from costlib.ledger import Ledger
    from costlib.provider import Provider

Client = TypeVar("Client")

_OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "responses",
    "/messages": "messages",
    "/embeddings": "embeddings",
    "/completions": "text_completion",
}
# Ids of genai-prices. Another host's own name is recorded, and its rows have no price.
_HOSTS = {
    "api.openai.com": "openai", "openai.offline": "openai", "api.anthropic.com": "anthropic",
    "anthropic.offline": "anthropic", "api.deepseek.com": "deepseek", "api.x.ai": "x-ai",
    "api.mistral.ai": "mistral", "generativelanguage.googleapis.com": "google",
}  # fmt: skip
# What is asked; the rest of a request (tier, limits, caching, streaming) changes no answer's topic.
_ASKED = (
    "system", "instructions", "messages", "input", "prompt", "tools", "tool_choice",
    "response_format", "text", "output_config", "previous_response_id",
)  # fmt: skip
_UNASKED = ("cache_control", "prompt_cache_breakpoint")

_tags: ContextVar[Mapping[str, str] | None] = ContextVar("costlib_tags", default=None)
_call: ContextVar[str] = ContextVar("costlib_call", default="")


def track(
    client: Client,
    ledger: Ledger,
    *,
    user: str = "",
    feature: str = "",
    project: str = "",
    run: str = "",
    provider: str | None = None,
) -> Client:
    """A client like this one, whose every attempt at a model becomes a row of the ledger.

    Takes clients of openai 3 and anthropic 2, synchronous and asynchronous, from `connect` or from
    anywhere; the given client stays as it was, and `with_options` of the new one tracks too. The
    four tags go into each row; `tags(...)` overrides them for a while. `provider` is the
    genai-prices id where the host does not tell it. On the offline provider times and latencies
    are the virtual ones. Raises ValueError for what is no such client.
    """
    http = getattr(client, "_client", None)  # neither SDK has a public way to its HTTP client
    if not isinstance(http, httpx2.Client | httpx2.AsyncClient) or not hasattr(client, "copy"):
        raise ValueError(
            f"a {type(client).__name__} cannot be tracked: give a client of openai 3 or anthropic 2"
            " (one that speaks httpx2), such as OpenAI() or connect('openai')"
        )
    transport = getattr(http, "_transport", None)
    if isinstance(transport, TrackingTransport):  # tracked before: the new tags replace the old
        http = transport.inner
    given = {"user": user, "feature": feature, "project": project, "run": run}
    transport = TrackingTransport(http, ledger, given, provider)
    make = httpx2.AsyncClient if isinstance(http, httpx2.AsyncClient) else httpx2.Client
    # The inner client follows redirects, knows proxies and certificates, and runs its own hooks.
    outer = make(
        transport=transport,
        headers=http.headers,
        params=http.params,
        cookies=http.cookies,
        timeout=http.timeout,
        trust_env=False,
    )
    tracked = client.copy(http_client=outer)
    if getattr(client, "_platform", None) is not None:  # else looked up in a thread, in no order
        tracked._platform = client._platform
    return tracked


@contextmanager
def tags(
    *,
    user: str | None = None,
    feature: str | None = None,
    project: str | None = None,
    run: str | None = None,
) -> Iterator[None]:
    """Tags for the calls made inside the block, on this thread or in this asyncio task.

        with tags(user="u17", run="conversation 5"):
            client.responses.create(...)

    They override those of `track`; blocks nest. A stream keeps the tags it was opened with.
    """
    named = {"user": user, "feature": feature, "project": project, "run": run}
    chosen = {name: value for name, value in named.items() if value is not None}
    token = _tags.set({**(_tags.get() or {}), **chosen})
    try:
        yield
    finally:
        _tags.reset(token)


class TrackingTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Sends through `inner`, an httpx2 client, and records each attempt at a model."""

    def __init__(
        self,
        inner: httpx2.Client | httpx2.AsyncClient,
        ledger: Ledger,
        given: Mapping[str, str],
        provider: str | None,
    ) -> None:
        self.inner: Any = inner
        self.ledger = ledger
        self.tags = given
        self.provider_id = provider
        self._unwritten: deque[Call] = deque()

    @property
    def provider(self) -> Provider | None:
        """The offline organisation behind the client, for `provider_of`; None for a real one."""
        return getattr(getattr(self.inner, "_transport", None), "provider", None)

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One attempt. What goes wrong is recorded and raised on."""
        request.read()
        attempt = _Attempt.of(self, request)
        if attempt is None:
            return self.inner.send(request, stream=True)
        try:
            response = self.inner.send(request, stream=True)
        except BaseException as error:
            attempt.failed(error)
            raise
        return attempt.watched(response)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same, asynchronously. A cancelled task is recorded too."""
        await request.aread()
        attempt = _Attempt.of(self, request)
        if attempt is None:
            return await self.inner.send(request, stream=True)
        try:
            response = await self.inner.send(request, stream=True)
        except BaseException as error:
            attempt.failed(error)
            raise
        return attempt.watched(response)

    def write(self, *calls: Call) -> None:
        """Record calls. An answer is never lost to its bookkeeping: a row that cannot be written
        now is kept, said so, and written with the next one."""
        self._unwritten.extend(calls)
        if self.ledger.at_work:
            return
        waiting: list[Call] = []
        with suppress(IndexError):  # other threads may take some: each row is taken once
            while True:
                waiting.append(self._unwritten.popleft())
        try:
            self.ledger.record_many(waiting)
        except sa.exc.SQLAlchemyError as error:
            self._unwritten.extendleft(reversed(waiting))
            reason = str(getattr(error, "orig", None) or error).splitlines()[0]
            warnings.warn(
                f"{len(waiting)} call(s) wait to be written to {self.ledger!r}: {reason}",
                RuntimeWarning,
                stacklevel=2,
            )

    def close(self) -> None:
        self.write()
        self.inner.close()

    async def aclose(self) -> None:
        self.write()
        await self.inner.aclose()


class _Attempt:
    """One attempt from its request to its row."""

    def __init__(
        self, transport: TrackingTransport, request: httpx2.Request, body: dict[str, Any], what: str
    ) -> None:
        self._transport = transport
        self._request = request
        self._offline = transport.provider
        host = request.url.host
        self._provider = transport.provider_id or _HOSTS.get(host, host)
        self.answer = Answer(what, body, self._provider)
        self._tags = {**transport.tags, **(_tags.get() or {})}
        self._began, self._clock = datetime.now(UTC), time.perf_counter()
        self._number = int(request.headers.get("x-stainless-retry-count") or 0)
        # The attempts of one SDK call follow each other in one thread or task.
        if self._number == 0 or not _call.get():
            _call.set(uuid.uuid4().hex[:16])
        self._call_id = _call.get()
        self._hash = prompt_hash(body)
        self._request_id = ""
        self._written = False
        request.headers["accept-encoding"] = "identity"  # so that usage can be read on the way

    @classmethod
    def of(cls, transport: TrackingTransport, request: httpx2.Request) -> _Attempt | None:
        """None for requests that ask no model: lists, files, counts, batches, reports."""
        what = next((op for end, op in _OPERATIONS.items() if request.url.path.endswith(end)), None)
        if what is None or request.method != "POST":
            return None
        try:
            body = json.loads(request.content)
        except ValueError:
            return None
        if not isinstance(body, dict) or "model" not in body:
            return None
        return cls(transport, request, body, what)

    def watched(self, response: httpx2.Response) -> httpx2.Response:
        """The response, its body recorded as it is read; a refusal is recorded at once."""
        headers = response.headers
        self._request_id = headers.get("x-request-id") or headers.get("request-id") or ""
        if self._offline is not None:
            self._began = self._offline.clock.now
        if response.status_code >= 400:
            self._write("error", str(response.status_code), Usage(), False)
            return response
        return httpx2.Response(
            response.status_code,
            headers=headers,
            stream=_Watched(response, self),
            extensions=response.extensions,
        )

    def failed(self, error: BaseException) -> None:
        """No response came. Unless nothing was sent, the provider may have worked, and billed."""
        if self._offline is not None:
            self._began = self._offline.clock.now
        unsent = isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout | httpx2.PoolTimeout)
        usage, estimated = (Usage(), False) if unsent else self.answer.usage()
        self._write("error", _name(error), usage, estimated)

    def ended(self, error: BaseException | None = None) -> None:
        """The body was read to its end, or given up; what comes first counts."""
        if self._written:
            return
        answer = self.answer
        usage, estimated = answer.usage()
        if answer.error:
            status, why = "error", answer.error
        elif answer.complete or not estimated:
            status, why = "ok", ""
        else:
            status, why = "interrupted", "" if error is None else _name(error)
        self._write(status, why, usage, estimated)

    def _write(self, status: Any, error: str, usage: Usage, estimated: bool) -> None:
        self._written = True
        self._transport.write(
            Call(
                time=self._began,
                provider=self._provider,
                model=self.answer.model or "unknown",
                usage=usage,
                operation=self.answer.operation,
                request_id=self._request_id,
                call_id=self._call_id,
                attempt=self._number,
                status=status,
                error=error,
                finish_reason=self.answer.finish_reason,
                estimated=estimated,
                latency=self._latency(status, error),
                prompt_hash=self._hash,
                **self._tags,
            )
        )

    def _latency(self, status: str, error: str) -> float | None:
        if self._offline is None:
            return round(time.perf_counter() - self._clock, 3)
        if error == "timeout":
            return float(self._request.headers.get("x-stainless-read-timeout") or 600)
        if status == "interrupted":
            return None  # the modelled time is that of the whole answer
        log = reversed(self._offline.log)
        return next((r.latency for r in log if r.request_id == self._request_id), None)


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body on its way to the SDK. An answer that nobody reads is recorded when it is dropped."""

    def __init__(self, response: httpx2.Response, attempt: _Attempt) -> None:
        self._response, self._attempt = response, attempt

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._response.stream:  # type: ignore[union-attr]
                self._attempt.answer.feed(chunk)
                yield chunk
        except BaseException as error:
            self._attempt.ended(error)
            raise
        self._attempt.answer.end()
        self._attempt.ended()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.stream:  # type: ignore[union-attr]
                self._attempt.answer.feed(chunk)
                yield chunk
        except BaseException as error:
            self._attempt.ended(error)
            raise
        self._attempt.answer.end()
        self._attempt.ended()

    def close(self) -> None:
        self._response.close()
        self._attempt.ended()

    async def aclose(self) -> None:
        self._attempt.ended()  # first: a cancelled task gets no further than the next await
        await self._response.aclose()

    def __del__(self) -> None:
        self._attempt.ended()


def prompt_hash(body: Mapping[str, Any]) -> str:
    """The first 16 hex digits of the sha256 of what a request asks; the text is not kept."""

    def asked(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: asked(inner) for name, inner in value.items() if name not in _UNASKED}
        return [asked(inner) for inner in value] if isinstance(value, list) else value

    what = {name: asked(body[name]) for name in _ASKED if body.get(name) is not None}
    text = json.dumps(what, sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _name(error: BaseException) -> str:
    """A short name for what went wrong, never its message."""
    if isinstance(error, httpx2.TimeoutException):
        return "timeout"
    if isinstance(error, httpx2.TransportError):
        return "connection"
    if isinstance(error, GeneratorExit):
        return ""
    cancelled = type(error).__name__ in ("CancelledError", "KeyboardInterrupt")
    return "cancelled" if cancelled else type(error).__name__
