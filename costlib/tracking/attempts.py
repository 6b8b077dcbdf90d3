"""One attempt at a model, from its request to its row: whose it is, how it ended, what it used.

Units: seconds, UTC; on the offline provider both are the virtual ones. Only names of what went
wrong are kept, never messages, which may repeat what was sent. Lesson 4.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
import uuid
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import httpx2

from costlib.faces import counted_as_usual
from costlib.pricing.regions import region_of_host, vendor_of_host
from costlib.provider.errors import is_free, never_sent
from costlib.tracking.answers import Answer
from costlib.tracking.calls import Call, Status, price
from costlib.tracking.meters import begin
from costlib.usage.record import Usage

if TYPE_CHECKING:
    from costlib.provider import Provider

# How the path of a request to a model ends, and what the row calls it.
_OPERATIONS = {
    "/chat/completions": "chat",
    "/responses": "responses",
    "/responses/compact": "responses",
    "/messages": "messages",
    "/embeddings": "embeddings",
    "/completions": "text_completion",
    "/images/generations": "images",
    "/images/edits": "images",
    "/images/variations": "images",
    "/audio/transcriptions": "transcription",
    "/audio/translations": "transcription",
    "/audio/speech": "speech",
}
# Claude on two clouds, which have the model in the path:
# Bedrock's /model/ID/invoke, Vertex' /publishers/anthropic/models/ID:rawPredict.
_IN_PATH = re.compile(
    r"/model/(?P<bedrock>[^/]+)/invoke(-with-response-stream)?$"
    r"|/models/(?P<vertex>[^/:]+):(raw|streamRaw)Predict$"
)
# What names a model and makes it do nothing, or what is billed elsewhere (batches by their report).
_NO_CALLS = ("/input_tokens", "/count_tokens", "/count-tokens:rawPredict", "/files", "/batches",
             "/moderations", "/uploads", "/parts", "/complete", "/cancel")  # fmt: skip
# What may make a model work without naming one: sessions of agents, talks by voice, runs of tests
# and of deployments, films made of others. Of openai 3.54 and anthropic 2.12.
_WORKS = re.compile(
    r"/(sessions|sessions/[^/]+/events|invocations|deployments/[^/]+/run|dreams|runs|graders/run"
    r"|submit_tool_outputs|realtime/calls|client_secrets|transcription_sessions"
    r"|videos|videos/(edits|extensions)|videos/[^/]+/remix)$"
)
_DEFINES = re.compile(r"/(agents|assistants)(/[^/]+)?$")  # names a model for later
_NAMELESS = ("responses", "images")  # a stored prompt or a default may bring the model
# Ids of genai-prices, beside the hosts of one region in data/regions.csv. Another host's own name
# is recorded, and its rows have no price: a cloud or gateway may charge otherwise than the vendor.
_HOSTS = {
    "api.openai.com": "openai", "openai.offline": "openai", "api.anthropic.com": "anthropic",
    "anthropic.offline": "anthropic", "api.deepseek.com": "deepseek", "api.x.ai": "x-ai",
    "api.mistral.ai": "mistral", "generativelanguage.googleapis.com": "google",
}  # fmt: skip
_FORM_FIELD = re.compile(rb'name="(model|stream)"\r\n(?:[^\r\n]*\r\n)*?\r\n([^\r\n]{1,200})')
# What is asked; the rest of a request (tier, limits, caching, streaming) changes no answer's topic.
_ASKED = (
    "system", "instructions", "messages", "input", "prompt", "tools", "tool_choice",
    "response_format", "text", "output_config", "previous_response_id",
)  # fmt: skip
_UNASKED = ("cache_control", "prompt_cache_breakpoint")

_call: ContextVar[str] = ContextVar("costlib_call", default="")


@counted_as_usual
class Attempt:
    """Fed with what comes back; calls `write` once, with the row, when it has ended.

    body: the request's. operation: "chat", "responses", "messages" ... provider: whose rates apply,
    None where the host tells it. offline: the organisation of the offline provider, if it is one.
    """

    def __init__(
        self,
        request: httpx2.Request,
        body: dict[str, Any],
        operation: str,
        *,
        tags: Mapping[str, str],
        write: Callable[[Call], None],
        provider: str | None,
        offline: Provider | None,
    ) -> None:
        self._request, self._tags, self._write_row = request, tags, write
        self._offline = offline
        host = request.url.host
        self._provider = provider or _vendor(host) or host
        self._region = region_of_host(host)
        self.answer = Answer(operation, body, self._provider)
        self._began, self._clock = datetime.now(UTC), time.perf_counter()
        number = request.headers.get("x-stainless-retry-count") or "0"
        self._number = int(number) if number.isdecimal() else 0
        # The attempts of one SDK call follow each other in one thread or task.
        if self._number == 0 or not _call.get():
            _call.set(uuid.uuid4().hex[:16])
        self._call_id = _call.get()
        self._hash = prompt_hash(body)
        self._request_id = ""
        self._call: Call | None = None
        self._others = False
        begin(self)

    @property
    def over(self) -> bool:
        """Whether it has ended, and its row was made."""
        return self._call is not None

    @property
    def pusd(self) -> int | None:
        """What it cost in pico-dollars, as its row says; None where that is an estimate.

        An estimate counts what arrived. What was written after the reader left, reasoning that is
        hidden and pictures are not in it, and all of them may be billed.
        """
        call = self._call
        return None if call is None or call.estimated else price(call)[0]

    def answered(self, response: httpx2.Response) -> bool:
        """A response has begun; False for a refusal, which has no usage and is written at once."""
        headers = response.headers
        self._request_id = headers.get("x-request-id") or headers.get("request-id") or ""
        if self._offline is not None:
            self._began = self._offline.clock.now
        status = response.status_code
        if status >= 300:
            usage, estimated = (Usage(), False) if is_free(status) else self.answer.usage()
            self._write("error", str(status), usage, estimated)
            return False
        self.answer.begins(headers.get("content-type") or "")
        return True

    def failed(self, error: BaseException) -> None:
        """No response came. Unless nothing was sent, the provider may have worked, and billed."""
        if self._offline is not None:
            self._began = self._offline.clock.now
        usage, estimated = (Usage(), False) if never_sent(error) else self.answer.usage()
        self._write("error", _name(error), usage, estimated)

    def ended(self, error: BaseException | None = None) -> None:
        """The body was read to its end, or given up; what comes first counts."""
        if self._call is not None:
            return
        answer = self.answer
        usage, estimated = answer.usage()
        status: Status
        if answer.error:
            status, why = "error", answer.error
        elif answer.complete or not estimated:
            status, why = "ok", ""
        else:
            status, why = "interrupted", "" if error is None else _name(error)
        self._write(status, why, usage, estimated)

    def dropped(self, write: Callable[[Call], None]) -> None:
        """Nobody holds the answer any more; `write` is what a finalizer may call."""
        self._write_row = write
        self.ended()

    def left_to_the_parent(self) -> None:
        """This is the child of a fork: the row is written by whoever began the attempt."""
        self._others = True

    def _write(self, status: Status, error: str, usage: Usage, estimated: bool) -> None:
        self._call = Call(
            time=self._began,
            provider=self._provider,
            model=self.answer.model or "unknown",
            usage=replace(usage, region=self._region) if self._region else usage,
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
        if not self._others:
            self._write_row(self._call)

    def _latency(self, status: str, error: str) -> float | None:
        if self._offline is None:
            return round(time.perf_counter() - self._clock, 3)
        if error == "timeout":
            return float(self._request.headers.get("x-stainless-read-timeout") or 600)
        if status == "interrupted":
            return None  # the modelled time is that of the whole answer
        log = reversed(self._offline.log)
        return next((r.latency for r in log if r.request_id == self._request_id), None)


class Unseen:
    """Work at a model that leaves no row: on the meter of the block in which it began, it is an
    attempt whose cost nobody knows, unless it was refused."""

    over = True

    def __init__(self) -> None:
        self.pusd: int | None = None
        begin(self)

    def answered(self, response: httpx2.Response) -> bool:
        """A response has begun; False, because nothing of it is read."""
        if is_free(response.status_code):
            self.pusd = 0
        return False

    def failed(self, error: BaseException) -> None:
        """No response came."""
        if never_sent(error):
            self.pusd = 0

    def ended(self, error: BaseException | None = None) -> None:
        """Nothing of it is waited for."""


def asked(request: httpx2.Request) -> tuple[str, dict[str, Any]] | None:
    """The operation and the body of a request to a model; None for lists, files, counts, batches
    and reports, which ask none, and for what is not known (`unseen`)."""
    if request.method != "POST":
        return None
    path = request.url.path
    in_path = _IN_PATH.search(path)
    if in_path is not None:
        model = unquote(in_path["bedrock"] or in_path["vertex"])
        streams = "stream" in path[in_path.start() :]
        return "messages", {**(_fields(request) or {}), "model": model, "stream": streams}
    operation = next((name for end, name in _OPERATIONS.items() if path.endswith(end)), None)
    body = _fields(request) if operation is not None else None
    if operation is None or body is None:
        return None
    if "model" not in body and "/deployments/" in path:  # Azure: a name of the customer's own
        body["model"] = unquote(path.partition("/deployments/")[2].partition("/")[0])
    return (operation, body) if "model" in body or operation in _NAMELESS else None


def unseen(request: httpx2.Request) -> bool:
    """Whether a request that `asked` does not know may make a model work."""
    path = request.url.path
    if request.method != "POST" or path.endswith(_NO_CALLS):
        return False
    if _WORKS.search(path):
        return True
    return not _DEFINES.search(path) and "model" in (_fields(request) or ())


def tells_no_usage(operation: str, body: Mapping[str, Any]) -> bool:
    """Whether the answer comes without its usage, because nobody asks for it."""
    options = body.get("stream_options")
    asks = isinstance(options, Mapping) and options.get("include_usage")
    return operation in ("chat", "text_completion") and bool(body.get("stream")) and not asks


def orders_a_batch(request: httpx2.Request) -> bool:
    """Whether a request makes models work whose bill comes with the batch's report."""
    return request.method == "POST" and request.url.path.endswith("/batches")


def has_no_price(host: str) -> bool:
    """Whether nobody knows here what a host charges."""
    return _vendor(host) is None


def _vendor(host: str) -> str | None:
    return _HOSTS.get(host) or vendor_of_host(host)


def _fields(request: httpx2.Request) -> dict[str, Any] | None:
    """What a request asks: its JSON, or the model of a form with a file."""
    if request.headers.get("content-type", "").startswith("multipart/"):
        found = {
            name.decode(): value.decode(errors="replace")
            for name, value in _FORM_FIELD.findall(request.content)
        }
        return {**found, "stream": found.get("stream") == "true"}
    try:
        body = json.loads(request.content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def prompt_hash(body: Mapping[str, Any]) -> str:
    """The first 16 hex digits of the sha256 of what a request asks; the text is not kept."""

    def kept(value: Any) -> Any:
        if isinstance(value, Mapping):
            return {name: kept(inner) for name, inner in value.items() if name not in _UNASKED}
        return [kept(inner) for inner in value] if isinstance(value, list) else value

    what = {name: kept(body[name]) for name in _ASKED if body.get(name) is not None}
    try:
        text = json.dumps(what, sort_keys=True, ensure_ascii=False)
    except (TypeError, ValueError, RecursionError):  # a body that JSON cannot write again
        return ""
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
