"""From an HTTP request to a handler and back, inside the process: no port, no network, no key.

The SDKs speak httpx2; a transport is the part of it that would open a socket. This one reads the
request, finds the handler of its method and path, and writes what the handler gives as the
vendor would, refusals included.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from costlib.provider.state import ApiError, Provider


@dataclass(frozen=True)
class Call:
    """A request as a handler sees it; `name` is the part of the path that names an object."""

    provider: Provider
    name: str
    content_type: str
    content: bytes
    body: Any

    def json(self) -> dict[str, Any]:
        """The body as a JSON object; the vendor's 400 when it is none."""
        if not isinstance(self.body, dict):
            raise ApiError(400, "We could not parse the JSON body of your request.")
        return self.body


Handler = Callable[[Call], dict[str, Any] | bytes]


def json_route(serve: Callable[[Provider, dict[str, Any]], dict[str, Any]]) -> Handler:
    """The route of an endpoint that takes a JSON body and gives one."""
    return lambda call: serve(call.provider, call.json())


@dataclass(frozen=True)
class Vendor:
    """What the transport must know of a vendor: its routes, its errors, its header names."""

    routes: Mapping[tuple[str, str], Handler]
    error_body: Callable[[ApiError, str], dict[str, Any]]
    tier_served: Callable[[Mapping[str, Any]], str | None]
    request_id_header: str


class OfflineTransport(httpx2.BaseTransport):
    """Serves the requests of one organisation to one vendor."""

    def __init__(self, provider: Provider, vendor: Vendor) -> None:
        self.provider = provider
        self.vendor = vendor
        self._routes = [
            (method, re.compile(path), handler) for (method, path), handler in vendor.routes.items()
        ]

    def handle_request(self, request: httpx2.Request) -> httpx2.Response:
        """What the vendor would answer; it never raises for what a learner may send."""
        method, path, content = request.method, request.url.path, request.read()
        body = _parse(content)
        # A form's boundary is random, so only JSON may enter what must be the same each time.
        seen = content if body is not None else b""
        key = hashlib.sha256(f"{self.provider.seed} {method} {path} ".encode() + seen).hexdigest()
        request_id, status = f"req_{key[:24]}", 200
        reply: dict[str, Any] | bytes
        try:
            handler, name = self._find(method, path)
            kind = request.headers.get("content-type", "")
            reply = handler(Call(self.provider, name, kind, content, body))
        except ApiError as error:
            status, reply = error.status, self.vendor.error_body(error, request_id)
        if isinstance(body, dict) and "model" in body and isinstance(reply, dict):
            tier = self.vendor.tier_served(reply) if status == 200 else None
            self.provider.record(path, body, reply, status, tier)
        headers = {self.vendor.request_id_header: request_id}
        if isinstance(reply, dict):
            headers["content-type"] = "application/json"
            reply = json.dumps(reply).encode()
        return httpx2.Response(status, content=reply, headers=headers)

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


def _parse(content: bytes) -> Any:
    try:
        return json.loads(content)
    except ValueError:
        return None
