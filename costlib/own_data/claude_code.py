"""Claude Code's session logs: ~/.claude/projects/FOLDER/SESSION.jsonl.

A response stands on one line for each of its content blocks, and each line repeats its usage; while
it streams, the output of the early lines is lower than that of the last. The id of the message and
of the request tell responses apart, also in resumed and forked sessions, which copy older lines.
Sub-agents write to files of their own or to the same, marked isSidechain. The format is not
documented: known from logs of versions 1.0 to 2.1 that users published until 2026-11. Lesson 4.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from costlib.own_data.lines import LogReader, Problem, folder_name, provider_of_model
from costlib.own_data.numbers import moment
from costlib.tracking.calls import Call
from costlib.usage.fields import Body, as_mapping, entries
from costlib.usage.read import read_usage

_ASSISTANT = re.compile(rb'"type":\s*"assistant"')
_OPEN = 512  # responses whose further lines may still come; parallel sub-agents interleave theirs


class _Response(NamedTuple):
    path: Path
    number: int
    first: Mapping[str, object]  # the line that was there first, without its texts
    model: str
    usage: Body
    stop: str


class ClaudeCode(LogReader):
    """Lines of Claude Code's logs, to the calls that they complete."""

    tool = "claude-code"

    def __init__(self) -> None:
        self._open: OrderedDict[str, _Response] = OrderedDict()
        self._seen: set[str] = set()
        self._path = Path()

    def concerns(self, line: bytes) -> bool:
        """Whether a line may have what is read here, before it is parsed."""
        return b'"usage"' in line and _ASSISTANT.search(line) is not None

    def line(self, number: int, record: Mapping[str, object]) -> Iterator[Call | Problem]:
        message = as_mapping(record.get("message"))
        usage = as_mapping((message or {}).get("usage"))
        if record.get("type") != "assistant" or message is None or usage is None:
            return
        model = str(message.get("model") or "")
        if model == "<synthetic>":  # an error that Claude Code itself words; nothing was asked
            return
        key = f"{message.get('id') or record.get('uuid')}:{record.get('requestId') or ''}"
        if key in self._seen:
            return
        before = self._open.get(key)
        about = {name: record.get(name) for name in _ABOUT} if before is None else before.first
        if before is None or _output(usage) >= _output(before.usage):
            stop = str(message.get("stop_reason") or "")
            self._open[key] = _Response(self._path, number, about, model, usage, stop)
        while len(self._open) > _OPEN:
            yield from self._close(*self._open.popitem(last=False))

    def last(self) -> Iterable[Call | Problem]:
        """The responses that no further line completes, in whatever file: ids tell them apart."""
        while self._open:
            yield from self._close(*self._open.popitem(last=False))

    def _close(self, key: str, response: _Response) -> Iterator[Call | Problem]:
        self._seen.add(key)
        for number, each in enumerate(_by_model(response)):
            try:
                yield self._call(f"{key}:{number}" if number else key, each)
            except ValueError as error:
                yield Problem(str(response.path), response.number, str(error))

    def _call(self, key: str, response: _Response) -> Call:
        about, model = response.first, response.model
        if not about["timestamp"]:
            raise ValueError(f"the response {key} has no timestamp, so no rate applies")
        worker = about["isSidechain"] or about["agentId"]
        return Call(
            time=moment(about["timestamp"]),
            provider=provider_of_model(model, "anthropic"),
            model=model or "unknown",
            usage=read_usage({"usage": response.usage, "model": model}, provider="anthropic"),
            operation="messages",
            request_id=str(about["requestId"] or ""),
            call_id=f"{self.tool}:{key}",
            finish_reason=response.stop,
            run=str(about["sessionId"] or about["session_id"] or ""),
            project=folder_name(about["cwd"]),
            feature="sub-agent" if worker else "",
        )


_ABOUT = ("timestamp", "requestId", "sessionId", "session_id", "cwd", "isSidechain", "agentId")


def _by_model(response: _Response) -> Iterator[_Response]:
    """The response without its advisers' requests, which another model answered; then each of
    those (Anthropic's advisor tool lists them in the usage's iterations)."""
    turns = list(entries(response.usage.get("iterations")))
    advised = [each for each in turns if each.get("type") == "advisor_message"]
    if not advised:
        yield response
        return
    own = [each for each in turns if each not in advised]
    yield response._replace(usage={**response.usage, "iterations": own})
    for each in advised:
        usage = {name: value for name, value in each.items() if name not in ("type", "model")}
        yield response._replace(usage=usage, model=str(each.get("model") or ""))


def _output(usage: Body) -> int:
    found = usage.get("output_tokens")
    return found if isinstance(found, int) else 0
