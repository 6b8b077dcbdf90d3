"""Calls for real money, behind the same `connect`: opted into, bounded, and with a hidden key.

Set COSTLIB_PROVIDER=live and the vendor's own key variable. Every attempt first reserves the most
that it can cost, and is refused when the cap has no room for it; afterwards the usage of the
response settles it. Without a usage (a stream that was left, a time-out) the whole reservation
counts as spent. US dollars; the default cap is 0.25 for each kernel (COSTLIB_LIVE_CAP_USD).
"""

from __future__ import annotations

import json
import logging
import os
import re
import threading
from collections import deque
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextvars import copy_context
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx2

from costlib.faces import MOST
from costlib.pricing.cost import EXACT
from costlib.pricing.regions import region_of_host
from costlib.provider.errors import ApiError, is_free, never_sent
from costlib.provider.worst_case import charge_of, most_it_can_cost

if TYPE_CHECKING:
    import anthropic
    import openai

    LiveClient = openai.OpenAI | openai.AsyncOpenAI | anthropic.Anthropic | anthropic.AsyncAnthropic

_KEYS = {"openai": "OPENAI_API_KEY", "anthropic": "ANTHROPIC_API_KEY"}
_ADDRESSES = {
    "openai": ("OPENAI_BASE_URL", "https://api.openai.com/v1"),
    "anthropic": ("ANTHROPIC_BASE_URL", "https://api.anthropic.com"),
}
_LOG = logging.getLogger("costlib.provider")
# OpenAI names a wrong key in its 401, with only its middle hidden.
_KEY_LIKE = re.compile(r"\bsk-[\w*-]+")


class SpendingCap:
    """What may be spent, in USD: `limit`; `spent` is settled, `reserved` is still under way."""

    def __init__(self, limit: Decimal | str | float) -> None:
        self.limit = _dollars(limit)
        self._spent = self._reserved = Decimal(0)
        self._lock = threading.Lock()
        self._settled: deque[tuple[Decimal, Decimal]] = deque()

    @property
    def spent(self) -> Decimal:
        """What was settled."""
        with self._lock:
            return self._counted()[0]

    @property
    def reserved(self) -> Decimal:
        """What is set aside for calls that have not ended."""
        with self._lock:
            return self._counted()[1]

    @property
    def left(self) -> Decimal:
        """What a new call may cost at most."""
        with self._lock:
            return self._left()

    def reserve(self, amount: Decimal) -> None:
        """Set the amount aside; an ApiError with status 402 when the cap has no room for it."""
        with self._lock:
            left = self._left()
            if amount > left:
                raise ApiError(
                    402,
                    f"The spending cap of ${self.limit} has ${left} left, and this call may "
                    f"cost ${amount}: it was not sent. Ask for less output, or raise "
                    "COSTLIB_LIVE_CAP_USD and restart the kernel.",
                    code="spending_cap_reached",
                )
            self._reserved = EXACT.add(self._reserved, amount)

    def settle(self, reserved: Decimal, spent: Decimal) -> None:
        """Replace a reservation by what was spent.

        The garbage collector may end a stream, and so come here, while the same thread holds the
        lock: the amounts are laid down, and whoever looks next counts them.
        """
        self._settled.append((reserved, spent))

    def _left(self) -> Decimal:
        spent, reserved = self._counted()
        return EXACT.subtract(EXACT.subtract(self.limit, spent), reserved)

    def _counted(self) -> tuple[Decimal, Decimal]:
        """Spent and reserved, with all that was laid down. The lock is held."""
        while self._settled:
            reserved, spent = self._settled.popleft()
            self._reserved = EXACT.subtract(self._reserved, reserved)
            self._spent = EXACT.add(self._spent, spent)
        return self._spent, self._reserved

    def __repr__(self) -> str:
        return f"<spending cap ${self.limit}: ${self.spent} spent, ${self.reserved} reserved>"


def _dollars(value: Decimal | str | float) -> Decimal:
    try:
        found = Decimal(str(value))
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or not 0 <= found <= MOST:
        raise ValueError(f"a spending cap of {value!r} is no amount: give dollars, such as 0.25")
    return found


DEFAULT_CAP = "0.25"  # US dollars
_cap: SpendingCap | None = None
_cap_lock = threading.Lock()


def spending_cap() -> SpendingCap:
    """The one cap of this kernel, for every live client of both vendors."""
    global _cap
    with _cap_lock:
        if _cap is None:
            _cap = SpendingCap(os.environ.get("COSTLIB_LIVE_CAP_USD", DEFAULT_CAP))
        return _cap


def live_client(vendor: str, *, asynchronous: bool = False) -> LiveClient:
    """The SDK's client for the real API, behind the cap.

    Raises RuntimeError when COSTLIB_PROVIDER is not "live", when the key is missing, and for an
    address that is neither https nor this machine.
    """
    if os.environ.get("COSTLIB_PROVIDER", "").strip().lower() != "live":
        raise RuntimeError("calls for real money need COSTLIB_PROVIDER=live: nothing was opened")
    key = os.environ.get(_KEYS[vendor], "").strip()
    if not key:
        raise RuntimeError(
            f"COSTLIB_PROVIDER=live is set, but {_KEYS[vendor]} is not: set it to spend money, or "
            "unset COSTLIB_PROVIDER for the offline provider"
        )
    variable, usual = _ADDRESSES[vendor]
    address = os.environ.get(variable) or usual
    parts = urlsplit(address)
    if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise RuntimeError(f"{variable} must begin with https://, or a key would travel openly")
    transport = CappedTransport(vendor, key, address, spending_cap())
    # The clients hold a placeholder; the transport puts the key on what leaves the machine.
    if asynchronous:
        return _async_client(vendor, address, transport)
    http = httpx2.Client(transport=transport, trust_env=False)
    if vendor == "openai":
        import openai

        return openai.OpenAI(
            api_key="hidden", admin_api_key="hidden", webhook_secret="hidden",
            base_url=address, http_client=http,
        )  # fmt: skip
    import anthropic

    return anthropic.Anthropic(
        api_key="hidden", webhook_key="hidden", base_url=address, http_client=http
    )


def _async_client(vendor: str, address: str, transport: CappedTransport) -> LiveClient:
    http = httpx2.AsyncClient(transport=transport, trust_env=False)
    if vendor == "openai":
        import openai

        return openai.AsyncOpenAI(
            api_key="hidden", admin_api_key="hidden", webhook_secret="hidden",
            base_url=address, http_client=http,
        )  # fmt: skip
    import anthropic

    return anthropic.AsyncAnthropic(
        api_key="hidden", webhook_key="hidden", base_url=address, http_client=http
    )


class CappedTransport(httpx2.BaseTransport, httpx2.AsyncBaseTransport):
    """Reserves, sends with the key, and settles. It opens sockets; it never shows the key."""

    def __init__(self, vendor: str, key: str, address: str, cap: SpendingCap) -> None:
        self.cap = cap
        self._vendor = vendor
        self._key = key
        self._root = httpx2.URL(address)
        self._sync = httpx2.HTTPTransport()
        self._async = httpx2.AsyncHTTPTransport()

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """One attempt, sent only if the cap has room for the most that it can cost."""
        request.read()
        try:
            bound = self._reserve(request)
        except ApiError as error:
            return _refusal(error)
        try:
            response = self._sync.handle_request(self._with_key(request))
            if response.status_code >= 400:
                response.read()
        except BaseException as error:  # an interrupted kernel may have been served
            self._failed(bound, error)
            raise
        return self._received(request, response, bound)

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """The same, asynchronously."""
        await request.aread()
        try:
            bound = self._reserve(request)
        except ApiError as error:
            return _refusal(error)
        try:
            response = await self._async.handle_async_request(self._with_key(request))
            if response.status_code >= 400:
                await response.aread()
        except BaseException as error:  # a cancelled task may have been served
            self._failed(bound, error)
            raise
        return self._received(request, response, bound)

    def close(self) -> None:
        self._sync.close()

    async def aclose(self) -> None:
        await self._async.aclose()

    def _reserve(self, request: httpx2.Request) -> Decimal:
        url, root = request.url, self._root
        if (url.scheme, url.host, url.port) != (root.scheme, root.host, root.port):
            raise ApiError(403, f"The request was led to {url.host}: it was not sent.")
        path = url.path.removeprefix(root.path.rstrip("/"))
        try:
            bound = most_it_can_cost(self._vendor, request.method, path, request.content)
        except ApiError:
            raise
        except Exception:  # what no bound can be computed for is not sent
            _LOG.exception("a request could not be bounded")
            raise ApiError(
                400,
                f"Live mode could not read the request to {path} and bound its cost: it was not "
                "sent. Use the offline provider for it.",
                code="unbounded_cost",
            ) from None
        self.cap.reserve(bound)
        return bound

    def _with_key(self, request: httpx2.Request) -> httpx2.Request:
        headers = httpx2.Headers(request.headers)
        for name in ("authorization", "x-api-key"):
            headers.pop(name, None)
        if self._vendor == "openai":
            headers["authorization"] = f"Bearer {self._key}"
        else:
            headers["x-api-key"] = self._key
        headers["accept-encoding"] = "identity"  # so that the usage can be read on the way
        return httpx2.Request(
            request.method,
            request.url,
            headers=headers,
            content=request.content,
            extensions=request.extensions,
        )

    def _failed(self, bound: Decimal, error: BaseException) -> None:
        self.cap.settle(bound, Decimal(0) if never_sent(error) else bound)

    def _received(
        self, request: httpx2.Request, response: httpx2.Response, bound: Decimal
    ) -> httpx2.Response:
        if response.status_code >= 400:
            self.cap.settle(bound, Decimal(0) if is_free(response.status_code) else bound)
            text = response.content.decode(errors="replace").replace(self._key, "[key]")
            kept = {
                name: value.replace(self._key, "[key]")
                for name, value in response.headers.items()
                if name not in ("content-length", "transfer-encoding")
            }
            body = _KEY_LIKE.sub("[key]", text).encode()
            return httpx2.Response(response.status_code, headers=kept, content=body)

        def settle(read: bytes) -> None:
            spent: Decimal | None = None
            try:
                place = region_of_host(self._root.host)
                spent = (
                    charge_of(self._vendor, request.content, read, place) if bound else Decimal(0)
                )
            except Exception:  # what the accounting cannot read must not reach the caller
                _LOG.exception("a response could not be priced: its reservation counts as spent")
            self.cap.settle(bound, bound if spent is None else spent)

        return httpx2.Response(
            response.status_code,
            headers=response.headers,
            stream=_Watched(response.stream, settle),
            extensions=response.extensions,
        )

    def __repr__(self) -> str:
        return f"<live {self._vendor}, {self.cap!r}>"


class _Watched(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A response's bytes on their way to the client; settles once they end or are given up."""

    def __init__(self, stream: Any, settle: Callable[[bytes], None]) -> None:
        self._stream, self._settle = stream, settle
        self._read: list[bytes] = []
        self._settled = False

    def __iter__(self) -> Iterator[bytes]:
        for chunk in self._stream:
            self._read.append(chunk)
            yield chunk
        self._end()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._stream:
            self._read.append(chunk)
            yield chunk
        self._end()

    def close(self) -> None:
        self._stream.close()
        self._end()

    async def aclose(self) -> None:
        await self._stream.aclose()
        self._end()

    def _end(self) -> None:
        if not self._settled:
            self._settled = True
            # The garbage collector may close it: see `costlib.tracking.clients._Watched`.
            copy_context().run(self._settle, b"".join(self._read))


def _refusal(error: ApiError) -> httpx2.Response:
    """Our own refusal, in a shape that both SDKs read; trying again would not help."""
    about: Mapping[str, Any] = {
        "type": "costlib_live",
        "message": error.message,
        "code": error.code,
        "param": error.param,
    }
    return httpx2.Response(
        error.status,
        headers={"content-type": "application/json", "x-should-retry": "false"},
        content=json.dumps({"type": "error", "error": about}).encode(),
    )
