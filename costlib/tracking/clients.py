"""Real SDK clients whose every attempt ends up in a ledger: `client = track(client, ledger)`.

The tracking sits where the SDK would open a connection, so it sees what the SDK hides: each retry,
each refusal, a stream that its reader left. It changes nothing that is sent but the compression.
Rows are written when an answer has been read to its end or given up: by the thread that reads it,
and for asynchronous clients by a thread of the ledger's, so that the event loop is never blocked.
No bookkeeping stands between a caller and the answer: a row that cannot be written waits or is
named as left out, and a call that cannot be read at all is named once. Batches run at the provider
and are not seen here; `costlib.own_data` brings them in. Nor are calls over a WebSocket
(`realtime.connect`, `responses.connect`), not even by a budget's block: settle these yourself.
Lesson 4 teaches this module.
"""

from __future__ import annotations

import asyncio
import atexit
import logging
import os
import warnings
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from contextvars import ContextVar, copy_context
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from weakref import WeakKeyDictionary, WeakSet

import httpx2
import sqlalchemy as sa

from costlib.tracking.attempts import (
    Attempt,
    Unseen,
    asked,
    has_no_price,
    orders_a_batch,
    prompt_hash,
    tells_no_usage,
    unseen,
)
from costlib.tracking.database import reason
from costlib.tracking.ledger import Ledger
from costlib.tracking.meters import metered, unmetered

if TYPE_CHECKING:
    from costlib.provider import Provider
    from costlib.tracking.calls import Call

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
    anywhere, Azure, Bedrock and Vertex included; the given client stays as it was, and
    `with_options` of the new one tracks too. The four tags go into each row; `tags(...)` overrides
    them for a while. `provider` is the genai-prices id where the host does not tell it: a region,
    a cloud or a gateway may charge otherwise, so without it their rows have no price, and a
    warning says so once. On the offline provider times and latencies are the virtual ones. Raises
    ValueError for what is no such client, and for a ledger that is none: a row that cannot be
    written stops no call, so every one of them would be lost.
    """
    if not isinstance(ledger, Ledger):
        raise ValueError(
            f"a {type(ledger).__name__} is no ledger: give Ledger('sqlite:///calls.sqlite'), or "
            "Ledger() for one in memory"
        )
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
    outer = _through(TrackingTransport(http, ledger, given, provider), http)
    tracked: Client = client.copy(http_client=outer)
    platform = getattr(client, "_platform", None)
    if platform is not None:  # else looked up in a thread, in no order
        setattr(tracked, "_platform", platform)  # noqa: B010 (no SDK declares it)
    return tracked


def _through(
    transport: TrackingTransport, http: httpx2.Client | httpx2.AsyncClient
) -> httpx2.Client | httpx2.AsyncClient:
    """A client like `http` around it, which follows redirects, knows proxies and certificates, and
    runs its own hooks."""
    make = httpx2.AsyncClient if isinstance(http, httpx2.AsyncClient) else httpx2.Client
    return make(
        transport=transport,
        headers=http.headers,
        params=http.params,
        cookies=http.cookies,
        timeout=http.timeout,
        trust_env=False,
    )


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

    They override those of `track`; blocks nest. A stream keeps the tags it was opened with. A
    thread of a plain pool begins without them, unless it is handed the context:
    `pool.submit(contextvars.copy_context().run, work)`, or `asyncio.to_thread(work)`.
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
        self._loop: asyncio.AbstractEventLoop | None = None
        self._last: Future[None] | None = None

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
            with _kept_from_the_caller():
                attempt.failed(error)
            raise
        return self._watched(response, attempt)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same, asynchronously. A cancelled task is recorded too."""
        await request.aread()
        with suppress(RuntimeError):  # another kind of event loop: rows are written all the same
            self._loop = asyncio.get_running_loop()
        attempt = self._attempt(request)
        if attempt is None:
            return await self.inner.send(request, stream=True)
        try:
            response = await self.inner.send(request, stream=True)
        except BaseException as error:
            with _kept_from_the_caller():
                attempt.failed(error)
            if isinstance(error, Exception):
                await self.written()
            raise
        watched = self._watched(response, attempt)
        if attempt.over:
            await self.written()
        return watched

    def _attempt(self, request: httpx2.Request) -> Attempt | Unseen | None:
        """The attempt that this request is; None where it is none."""
        with _kept_from_the_caller():
            found = asked(request)
            if found is None:
                works = unseen(request)
                if works:
                    _say_once(
                        f"calls to {request.url.path} leave no row in {self.ledger!r}: what they "
                        "use is not read here"
                    )
                return Unseen() if works or orders_a_batch(request) else None
            request.headers["accept-encoding"] = "identity"  # so that usage can be read on the way
            operation, body = found
            self._say_what_will_be_missing(request.url.host, operation, body)
            return Attempt(
                request,
                body,
                operation,
                tags={**self.tags, **(_tags.get() or {})},
                write=self.write,
                provider=self.provider_id,
                offline=self.provider,
            )
        return None

    def _say_what_will_be_missing(self, host: str, operation: str, body: dict[str, Any]) -> None:
        if self.provider_id is None and has_no_price(host):
            _say_once(
                f"calls to {host} are recorded without a price, because it may charge other "
                "rates than the vendor: track(…, provider='openai') or 'anthropic' takes the "
                "vendor's list prices"
            )
        if unmetered():
            _say_once(
                "a call began on a thread that knows nothing of the budget's block or of the "
                "tags around it: the block counts in full, and the call has no tags of that "
                "block. Hand the context over: pool.submit(contextvars.copy_context().run, "
                "work, …), or asyncio.to_thread"
            )
        if body.get("background"):
            _say_once(
                "responses in the background are recorded without a price: what they use is "
                "known only when they are done"
            )
        if metered() and tells_no_usage(operation, body):
            _say_once(
                "a chat stream that does not ask for its usage has an estimated row, and the "
                "budget's block around it counts in full: ask with "
                "stream_options={'include_usage': True}"
            )

    def _watched(self, response: httpx2.Response, attempt: Attempt | Unseen) -> httpx2.Response:
        answered = False
        with _kept_from_the_caller():
            answered = attempt.answered(response)
        if not answered or isinstance(attempt, Unseen):
            return response
        headers = response.headers.copy()
        if headers.pop("content-encoding", None) is not None:  # not every server minds "identity"
            headers.pop("content-length", None)
        return httpx2.Response(
            response.status_code,
            headers=headers,
            stream=_Watched(response, attempt, self),
            extensions=response.extensions,
        )

    # --- Rows ---------------------------------------------------------------------------------

    @property
    def _asynchronous(self) -> bool:
        return isinstance(self.inner, httpx2.AsyncClient)

    def write(self, *calls: Call) -> None:
        """Record calls, aside where an event loop must not wait."""
        self._unwritten.extend(calls)
        _WAITING.add(self)
        if monotonic() >= _RESTS.get(self.ledger, 0.0):
            self._hand_over()

    def _hand_over(self) -> None:
        if self.ledger.at_work:
            return
        if self._asynchronous:
            self._last = self.ledger.aside(self._write_out)
        else:
            self._write_out()

    def write_later(self, call: Call) -> None:
        """Record a call that ended in a finalizer, which may run inside any lock.

        Asking a thread takes a lock, so the event loop is asked to do that.
        """
        if not self._asynchronous:
            self.write(call)
            return
        self._unwritten.append(call)
        _WAITING.add(self)
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop is closed: what comes next brings it
                self._loop.call_soon_threadsafe(self.write)

    async def written(self) -> None:
        """Wait until the rows that were handed over are written; a cancelled task need not."""
        if self._last is not None:
            with suppress(RuntimeError):  # no asyncio here
                asyncio.get_running_loop()
                await asyncio.shield(asyncio.wrap_future(self._last))

    def _write_out(self) -> None:
        """Write what waits. An answer is never lost to its bookkeeping, nor a row to another.

        What the database does not take now is kept and written with the next row; a row that it
        will never take is named and left out.
        """
        began = monotonic()
        waiting: list[Call] = []
        with suppress(IndexError):  # other threads may take some: each row is taken once
            while True:
                waiting.append(self._unwritten.popleft())
        try:
            self.ledger.record_many(waiting)
            _WAITING.discard(self)
            if self._unwritten:  # a finalizer may have left a row in the middle of that
                _WAITING.add(self)
            return
        except Exception as error:
            if not _is_poison(error):
                self._keep(waiting, error, began)
                return
        except BaseException:
            self._keep_unwritten(waiting)
            raise
        for number, call in enumerate(waiting):
            try:
                self.ledger.record(call)
            except Exception as error:
                if not _is_poison(error):
                    self._keep(waiting[number:], error, began)
                    return
                _say(
                    f"a call to {call.model} at {call.time:%Y-%m-%d %H:%M:%S} UTC "
                    f"(request {call.request_id or 'unknown'}) was left out of {self.ledger!r}: "
                    f"{self._words(error)}"
                )

    def _keep_unwritten(self, calls: list[Call]) -> None:
        """The kernel was interrupted, and the commit may have come through before."""
        known = self.ledger.frame(call_id=[call.call_id for call in calls])
        there = set(zip(known["call_id"], known["attempt"], strict=True))
        lost = [call for call in calls if (call.call_id, call.attempt) not in there]
        self._unwritten.extendleft(reversed(lost))

    def _keep(self, calls: list[Call], error: Exception, began: float) -> None:
        took = monotonic() - began
        if took > _SLOW:  # else every caller would wait as long, until the database is back
            _RESTS[self.ledger] = monotonic() + min(_REST * took, _LONGEST_REST)
        self._unwritten.extendleft(reversed(calls))
        _say(f"{len(calls)} call(s) wait to be written to {self.ledger!r}: {self._words(error)}")

    def _words(self, error: Exception) -> str:
        return reason(error, self.ledger.engine.url)

    def close(self) -> None:
        self._hand_over()
        self.inner.close()

    async def aclose(self) -> None:
        self._hand_over()
        await self.written()
        await self.inner.aclose()


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body on its way to the SDK, unpacked. One that nobody reads is recorded when it is dropped.

    The garbage collector may drop it in the middle of anybody's `ContextVar.set`, and CPython
    crashes when a variable of the same context is set there (gh-148891), as decimals do: so an
    attempt ends in a context of its own.
    """

    def __init__(
        self, response: httpx2.Response, attempt: Attempt, transport: TrackingTransport
    ) -> None:
        self._response, self._attempt, self._transport = response, attempt, transport
        _WATCHED.add(self)

    def __iter__(self) -> Iterator[bytes]:
        try:
            for chunk in self._response.iter_bytes():
                self._feed(chunk)
                yield chunk
        except BaseException as error:
            self._ended(error)
            raise
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        try:
            async for chunk in self._response.aiter_bytes():
                self._feed(chunk)
                yield chunk
        except BaseException as error:
            self._ended(error)
            raise
        self._end()
        await self._transport.written()

    def close(self) -> None:
        self._response.close()
        self._ended()

    async def aclose(self) -> None:
        self._ended()  # first: a cancelled task gets no further than the next await
        # Nobody waits here for the row: a loop that ends closes all its generators at once, and
        # Python says of one that is being closed already that it is running.
        await self._response.aclose()

    def __del__(self) -> None:
        with _kept_from_the_caller():
            copy_context().run(self._attempt.dropped, self._transport.write_later)

    def _feed(self, chunk: bytes) -> None:
        with _kept_from_the_caller():
            self._attempt.answer.feed(chunk)

    def _end(self) -> None:
        with _kept_from_the_caller():
            self._attempt.answer.end()
        self._ended()

    def _ended(self, error: BaseException | None = None) -> None:
        with _kept_from_the_caller():
            copy_context().run(self._attempt.ended, error)


_SLOW, _REST = 0.5, 20  # seconds, and how many times as long a slow database is left alone
_LONGEST_REST = 300  # seconds: its rows are in memory alone as long
_RESTS: WeakKeyDictionary[Ledger, float] = WeakKeyDictionary()  # until when, for all its clients
_WAITING: set[TrackingTransport] = set()  # with rows to be written: these outlive their client
_WATCHED: WeakSet[_Watched] = WeakSet()  # the bodies under way


@atexit.register
def _before_python_ends() -> None:
    """A program that ends with streams open leaves a row of each, and writes what waits."""
    for watched in list(_WATCHED):
        watched._ended()
    away: set[Ledger] = set()  # asked once, not by each client
    for transport in list(_WAITING):
        with _kept_from_the_caller():
            if transport.ledger not in away:
                transport._write_out()
            if transport._unwritten:
                away.add(transport.ledger)


def _after_fork() -> None:
    """What was under way is its parent's, who writes its rows."""
    for watched in list(_WATCHED):
        watched._attempt.left_to_the_parent()
    for transport in list(_WAITING):
        transport._unwritten.clear()
        transport._last = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)

# What a row itself is to blame for; anything else is the database's trouble, and passes.
_POISON = (sa.exc.DataError, sa.exc.IntegrityError, ValueError, TypeError, ArithmeticError)
_LOG = logging.getLogger("costlib.tracking")
_said: set[str] = set()


def _is_poison(error: Exception) -> bool:
    if isinstance(error, sa.exc.StatementError) and not isinstance(error, sa.exc.DBAPIError):
        return True  # a value that the driver could not even send
    return isinstance(error, _POISON)


@contextmanager
def _kept_from_the_caller() -> Iterator[None]:
    """Bookkeeping that fails is logged; the call that it was about goes on."""
    try:
        yield
    except Exception:
        _LOG.exception("a call could not be recorded")


def _say(text: str) -> None:
    try:
        warnings.warn(text, RuntimeWarning, stacklevel=2)
    except RuntimeWarning:  # warnings that are errors must not stop a call
        _LOG.warning("%s", text)


def _say_once(text: str) -> None:
    if text not in _said:
        _said.add(text)
        _say(text)
