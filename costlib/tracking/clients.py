"""Real SDK clients whose every attempt ends up in a ledger: `client = track(client, ledger)`.

The tracking sits where the SDK would open a connection, so it sees what the SDK hides: each retry,
each refusal, a stream that its reader left. It changes nothing that is sent but the compression.
Rows are written when an answer has been read to its end or given up, on the thread that reads it.
Batches run at the provider and are not seen here; `usage_export` brings them in.
Lesson 4 teaches this module.
"""

from __future__ import annotations

import warnings
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

import httpx2
import sqlalchemy as sa

from costlib.tracking.attempts import Attempt, asked, prompt_hash

if TYPE_CHECKING:
    from costlib.provider import Provider
    from costlib.tracking.calls import Call
    from costlib.tracking.ledger import Ledger

__all__ = ["TrackingTransport", "prompt_hash", "tags", "track"]

Client = TypeVar("Client")

_tags: ContextVar[Mapping[str, str] | None] = ContextVar("costlib_tags", default=None)


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
        attempt = self._attempt(request)
        if attempt is None:
            return self.inner.send(request, stream=True)
        try:
            response = self.inner.send(request, stream=True)
        except BaseException as error:
            attempt.failed(error)
            raise
        return self._watched(response, attempt)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same, asynchronously. A cancelled task is recorded too."""
        await request.aread()
        attempt = self._attempt(request)
        if attempt is None:
            return await self.inner.send(request, stream=True)
        try:
            response = await self.inner.send(request, stream=True)
        except BaseException as error:
            attempt.failed(error)
            raise
        return self._watched(response, attempt)

    def _attempt(self, request: httpx2.Request) -> Attempt | None:
        found = asked(request)
        if found is None:
            return None
        request.headers["accept-encoding"] = "identity"  # so that usage can be read on the way
        operation, body = found
        return Attempt(
            request,
            body,
            operation,
            tags={**self.tags, **(_tags.get() or {})},
            write=self.write,
            provider=self.provider_id,
            offline=self.provider,
        )

    def _watched(self, response: httpx2.Response, attempt: Attempt) -> httpx2.Response:
        if not attempt.answered(response):
            return response
        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Watched(response, attempt),
            extensions=response.extensions,
        )

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


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body on its way to the SDK. An answer that nobody reads is recorded when it is dropped."""

    def __init__(self, response: httpx2.Response, attempt: Attempt) -> None:
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
