"""From an HTTP request to a handler and back, inside the process: no port, no network, no key.

The SDKs speak httpx2; a transport is the part of it that would open a socket. This one reads the
request, finds the handler of its method and path, and writes what the handler gives as the
vendor would: JSON, bytes, a stream of events, refusals included.

A request has two moments. It *begins* when the handler works (and looks into the caches); its
response begins when the transport runs `call.on_response` (and what it wrote to a cache becomes
readable). Synchronous calls do both at once; between the two, asynchronous calls let the others
of the same `gather` begin, so that N equal calls in parallel write the cache N times.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qsl

import httpx2

from costlib.faces import counted_as_usual
from costlib.provider.errors import ApiError
from costlib.provider.event_stream import EventStream, Stream
from costlib.provider.failures import Failure
from costlib.provider.latency import latency_of
from costlib.provider.records import Outcome
from costlib.provider.state import Provider
from costlib.tokens.encodings import TooManyBlanks


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `name` is the part of the path that names an object.

    What is appended to `on_response` runs when the response begins; `turns` takes the usage of each
    turn of the model, when there are several.
    """

    provider: Provider
    name: str
    content_type: str
    content: bytes
    body: Any
    query: Mapping[str, list[str]] = field(default_factory=dict)
    on_response: list[Callable[[], None]] = field(default_factory=list)
    turns: list[dict[str, Any]] = field(default_factory=list)
    betas: tuple[str, ...] = ()  # of the header `anthropic-beta`
    beta: bool = False  # `?beta=true`, or a header that names betas: Anthropic's beta types hold

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; the vendor's 400 when it is none."""
        if not isinstance(self.body, dict):
            raise ApiError(400, "We could not parse the JSON body of your request.")
        return self.body


Handler = Callable[[Call], "dict[str, Any] | bytes | Stream"]


def json_route(serve: Callable[[Provider, dict[str, Any]], dict[str, Any]]) -> Handler:
    """The route of an endpoint that takes a JSON body and gives one."""
    return lambda call: serve(call.provider, call.json())


@dataclass(frozen=True)
class Vendor:
    """What the transport must know of a vendor: its routes, its errors, its headers.

    `headers` are on every answer; `time_header`, if there is one, says how many milliseconds it
    took. `longest_wait`: the wait in seconds above which the vendor's SDK gives up instead of
    retrying.
    """

    name: str
    routes: Mapping[tuple[str, str], Handler]
    error_body: Callable[[ApiError, str], dict[str, Any]]
    tier_served: Callable[[Mapping[str, Any]], str | None]
    request_id_header: str
    headers: Mapping[str, str]
    time_header: str
    longest_wait: float


@dataclass
class _Exchange:
    """A request that has begun: what was asked, and what the handler made of it."""

    call: Call
    path: str
    key: str
    attempt: int
    about: dict[str, Any]
    reply: dict[str, Any] | bytes | Stream = b""
    status: int = 200
    error: ApiError | None = None
    failure: Failure | None = None
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def metered(self) -> bool:
        """Whether a model was asked: only that is logged, limited, billed, and can fail."""
        return isinstance(self.call.body, dict) and "model" in self.call.body


@counted_as_usual
class OfflineTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Serves the requests of one organisation to one vendor."""

    def __init__(self, provider: Provider, vendor: Vendor) -> None:
        self.provider = provider
        self.vendor = vendor
        self._routes = [
            (method, re.compile(path), handler) for (method, path), handler in vendor.routes.items()
        ]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """What the vendor would answer, at once.

        It raises only what was ordered from `provider.failures`: httpx2.ReadTimeout.
        """
        request.read()
        with self.provider.lock:
            return self._respond(self._begin(request), request)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same, with one turn of the event loop between the request and its response."""
        await request.aread()
        with self.provider.lock:
            exchange = self._begin(request)
        await asyncio.sleep(0)
        with self.provider.lock:
            return self._respond(exchange, request)

    def _begin(self, request: httpx2.Request) -> _Exchange:
        provider, method, path = self.provider, request.method, request.url.path
        content, headers = request.content, request.headers
        body = _parse(content)
        # A form's boundary is random, so only JSON may enter what must be the same each time.
        seen = content if body is not None else b""
        key = hashlib.sha256(f"{provider.seed} {method} {path} ".encode() + seen).hexdigest()
        attempt = int(headers.get("x-stainless-retry-count", 0))
        about: dict[str, Any] = {
            "request_id": f"req_{key[:24]}" + (f"_{attempt}" if attempt else ""),
            "attempt": attempt,
            "project": headers.get("openai-project", "default"),
            "api_key_id": _key_id(headers.get("authorization") or headers.get("x-api-key") or ""),
        }
        query: dict[str, list[str]] = {}
        for name, value in parse_qsl(request.url.query.decode()):
            query.setdefault(name.removesuffix("[]"), []).append(value)
        kind = headers.get("content-type", "")
        betas = tuple(re.findall(r"[^,\s]+", headers.get("anthropic-beta", "")))
        beta = query.get("beta") == ["true"] or bool(betas)
        call = Call(provider, "", kind, content, body, query, betas=betas, beta=beta)
        exchange = _Exchange(call, path, key, attempt, about)
        if attempt and key in provider.waits:
            provider.clock.advance_to(provider.waits.pop(key))
        try:
            handler, name = self._find(method, path)
            exchange.call = replace(exchange.call, name=name)
            if exchange.metered:
                exchange.failure = provider.failures.next(key, bool(body.get("stream")))
                if exchange.failure and exchange.failure.status:
                    raise exchange.failure.error()
                provider.limits.admit(
                    provider.log, provider.clock.now, self.vendor.name, path, body, about["project"]
                )
            exchange.reply = handler(exchange.call)
        except ApiError as error:
            self._refuse(exchange, error)
        except Exception as error:
            # Raised out of a transport, it would be a "Connection error" that says nothing.
            self._refuse(exchange, _our_fault(error))
        return exchange

    def _refuse(self, exchange: _Exchange, error: ApiError) -> None:
        exchange.status, exchange.error = error.status, error
        exchange.reply = self.vendor.error_body(error, exchange.about["request_id"])

    def _respond(self, exchange: _Exchange, request: httpx2.Request) -> httpx2.Response:
        for ready in exchange.call.on_response:
            ready()
        place = self._record(exchange) if exchange.metered else None
        headers = {**self.vendor.headers}
        headers[self.vendor.request_id_header] = exchange.about["request_id"]
        if self.vendor.time_header and place is not None:
            seconds = self.provider.log[place].latency or 0
            headers[self.vendor.time_header] = str(round(1_000 * seconds))
        if exchange.metered:
            headers |= self.provider.limits.headers(
                self.provider.clock.now, self.vendor.name, str(exchange.call.body["model"])
            )
        if exchange.error is not None:
            headers |= self._wait_headers(exchange, exchange.error)
        elif exchange.failure is not None and exchange.failure.timed_out:
            limit = float(request.headers.get("x-stainless-read-timeout", 600))
            self._expect_back(exchange, limit + _backoff(exchange.attempt))
            raise httpx2.ReadTimeout("The read operation timed out", request=request)
        reply = exchange.reply
        if isinstance(reply, Stream):
            headers["content-type"] = "text/event-stream; charset=utf-8"
            cut = exchange.failure.cut_after if exchange.failure else None
            stream = EventStream(self.provider, reply, place, cut, request)
            return httpx2.Response(200, headers=headers, stream=stream)
        if isinstance(reply, dict):
            headers["content-type"] = "application/json"
            reply = json.dumps(reply).encode()
        headers["content-length"] = str(len(reply))
        # As a stream, since `content=` would be read, and closed, before the caller looks at it.
        return httpx2.Response(exchange.status, headers=headers, stream=httpx2.ByteStream(reply))

    def _record(self, exchange: _Exchange) -> int | None:
        reply = exchange.reply
        whole = reply.reply if isinstance(reply, Stream) else reply
        if not isinstance(whole, Mapping):
            return None
        body, good = exchange.call.body, exchange.status == 200
        tier = self.vendor.tier_served(whole) if good else None
        usage = whole.get("usage") or {}
        outcome: Outcome | None = None
        if good and exchange.failure is not None and exchange.failure.timed_out:
            outcome = "timed out"
        elif isinstance(reply, Stream):
            outcome = "streaming"
        if good:
            now = self.provider.clock.now
            self.provider.limits.settle(now, self.vendor.name, str(body["model"]), usage)
        return self.provider.record(
            exchange.path,
            body,
            whole,
            exchange.status,
            tier,
            outcome=outcome,
            latency=latency_of(str(body["model"]), tier, usage) if usage else None,
            turns=tuple(exchange.call.turns) if good else (),
            **exchange.about,
        )

    def _wait_headers(self, exchange: _Exchange, error: ApiError) -> dict[str, str]:
        """What an answer says about trying again.

        The SDKs do as `retry-after-ms` says, before `retry-after` and before their own back-off:
        a microsecond here, while the wait that was meant moves the virtual clock once the client
        is back.
        """
        if not (error.status in (408, 409, 429) or error.status >= 500):
            return {}
        wait = error.retry_after or _backoff(exchange.attempt)
        headers = {"retry-after": str(math.ceil(wait))} if error.retry_after else {}
        if wait <= self.vendor.longest_wait:
            headers["retry-after-ms"] = "0.001"
            self._expect_back(exchange, wait)
        return headers

    def _expect_back(self, exchange: _Exchange, seconds: float) -> None:
        moment = self.provider.clock.now + timedelta(seconds=seconds)
        self.provider.waits[exchange.key] = moment

    def _find(self, method: str, path: str) -> tuple[Handler, str]:
        for known, pattern, handler in self._routes:
            match = pattern.fullmatch(path)
            if match and known == method:
                return handler, match.groupdict().get("name", "")
        raise ApiError(
            404,
            f"Invalid URL ({method} {path}): the offline provider does not serve it; "
            "costlib/provider/README.md lists what it does serve.",
        )


def _our_fault(error: Exception) -> ApiError:
    """The last resort: what went wrong in here, as an answer that the SDK shows."""
    if isinstance(error, TooManyBlanks):
        return ApiError(400, f"The offline provider cannot count this request: {error}.")
    return ApiError(
        500,
        f"The offline provider failed on this request ({type(error).__name__}: {error}). That is a "
        "fault of the course and not of your code: please report it with the request.",
        code="offline_provider_fault",
    )


def _backoff(attempt: int) -> float:
    """What both SDKs wait of themselves, without their random part."""
    return min(0.5 * 2**attempt, 8.0)


def _key_id(credential: str) -> str:
    """A name for a key that does not give it away."""
    secret = credential.removeprefix("Bearer ")
    if secret in ("", "offline"):
        return "key_offline"
    return f"key_{hashlib.sha256(secret.encode()).hexdigest()[:12]}"


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except (ValueError, RecursionError):  # no JSON, or nested deeper than anybody reads
        return None
