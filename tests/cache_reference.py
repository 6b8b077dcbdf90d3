"""A slow and simple model of the vendors' prompt caches, to compare the real one with.

Every cached prefix is a plain list, found by scanning; tokens of a prefix are counted by
`count_chat` on the conversation cut off there. The rules are written out again, from the vendors'
pages, and not read from the data.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from costlib.tokens.chat import count_chat
from costlib.tokens.encodings import load_encoding

MINUTE, HOUR = 60, 3600
SECONDS = {"5m": 5 * MINUTE, "30m": 30 * MINUTE, "1h": HOUR, "12h": 12 * HOUR, "24h": 24 * HOUR,
           "in_memory": 5 * MINUTE}  # fmt: skip

# model -> (who, shortest prefix)
MODELS = {
    "gpt-4o": ("older", 1024),
    "gpt-5.1": ("older", 1024),
    "gpt-5.5": ("older", 2048),
    "gpt-5.6-luna": ("newer", 1024),
    "gpt-6-luna": ("newer", 1024),
    "claude-haiku-5-5": ("claude", 512),
    "claude-opus-4-8": ("claude", 1024),
    "claude-opus-4-7": ("claude", 2048),
    "claude-haiku-4-5": ("claude", 4096),
}
RETENTION = {"gpt-4o": "in_memory", "gpt-5.1": "24h", "gpt-5.5": "24h"}


@dataclass
class Entry:
    """A cached prefix: what it belongs to, its content, its lifetime and when it ends."""

    owner: Any
    prefix: list[Any]
    lifetime: str
    ends: float


@dataclass
class Answer:
    """Tokens read and written, and what to remember once the response begins."""

    cached: int = 0
    written: dict[str, int] = field(default_factory=dict)
    remember: list[tuple[Any, list[Any], str]] = field(default_factory=list)
    longer_wins: bool = False


@dataclass
class Reference:
    """The caches of one organisation."""

    lookback_openai: int = 80
    lookback_claude: int = 20
    refresh_all: bool = True
    entries: list[Entry] = field(default_factory=list)

    def find(self, owner: Any, prefix: list[Any], now: float) -> Entry | None:
        """The live entry for exactly this prefix, looking at every one."""
        for entry in self.entries:
            if entry.owner == owner and entry.prefix == prefix and now < entry.ends:
                return entry
        return None

    def begin_response(self, answer: Answer, now: float) -> None:
        """Write and refresh what an answer remembers."""
        for owner, prefix, lifetime in answer.remember:
            entry = self.find(owner, prefix, now)
            if entry is None:
                self.entries.append(Entry(owner, prefix, lifetime, now + SECONDS[lifetime]))
                continue
            if answer.longer_wins and SECONDS[lifetime] > SECONDS[entry.lifetime]:
                entry.lifetime = lifetime
            entry.ends = now + SECONDS[entry.lifetime]

    def ask(self, request: dict[str, Any], now: float) -> Answer:
        """What a request reads and writes; `request` is that of a test, see there."""
        who, minimum = MODELS[request["model"]]
        if who == "older":
            return self._older(request, minimum, now)
        return self._marked(request, who, minimum, now)

    # --- OpenAI up to gpt-5.5: the longest common prefix of tokens ---------------------------

    def _older(self, request: dict[str, Any], minimum: int, now: float) -> Answer:
        tokens = token_list(request)
        if request["sent"] < minimum:
            return Answer()
        owner = (request["model"], request.get("key"))
        lifetime = request.get("retention") or RETENTION[request["model"]]
        steps = [tokens[:end] for end in range(128, len(tokens) + 1, 128)]
        cached = 0
        for step in steps:
            if self.find(owner, step, now) is None:
                break
            cached = len(step)
        remember = [(owner, step, lifetime) for step in steps]
        return Answer(cached if cached >= minimum else 0, {}, remember, longer_wins=True)

    # --- Breakpoints: Anthropic, and OpenAI from gpt-5.6 on ----------------------------------

    def _marked(self, request: dict[str, Any], who: str, minimum: int, now: float) -> Answer:
        units = unit_list(request)
        owner = (request["model"], request.get("key"))
        default = "5m" if who == "claude" else request.get("ttl") or "30m"
        explicit = [i for i, unit in enumerate(units) if unit["mark"]]
        lifetimes = {i: units[i]["mark"].get("ttl") or default for i in explicit}
        if who == "claude":
            places = list(explicit)
            if request.get("automatic"):
                places.append(len(units) - 1)
                lifetimes.setdefault(len(units) - 1, request["automatic"].get("ttl") or default)
            seen = {i - back for i in places for back in range(self.lookback_claude) if i >= back}
        else:
            ends = [
                i for i, unit in enumerate(units) if unit["ends"] and unit["who"] != "assistant"
            ]
            implicit = ends if request.get("mode") != "explicit" else []
            seen = set(sorted({*explicit, *implicit})[-self.lookback_openai :])
            places = explicit[-(3 if implicit else 4) :] + implicit[-1:]
            for i in implicit[-1:]:
                lifetimes.setdefault(i, default)
        content = [unit["content"] for unit in units]
        hit = -1
        for i in range(len(units)):
            if i in seen and self.find(owner, content[: i + 1], now):
                hit = i
        answer = Answer(prefix_tokens(request, hit + 1) if hit >= 0 else 0)
        for i in range(hit + 1):
            entry = self.find(owner, content[: i + 1], now)
            if entry and (self.refresh_all or i == hit):
                answer.remember.append((owner, content[: i + 1], entry.lifetime))
        charged_to = answer.cached
        for i in sorted(set(places)):
            if i > hit and (size := prefix_tokens(request, i + 1)) >= minimum:
                written = answer.written.get(lifetimes[i], 0) + size - charged_to
                answer.written[lifetimes[i]] = written
                charged_to = size
                answer.remember.append((owner, content[: i + 1], lifetimes[i]))
        return answer


def parts_of(message: dict[str, Any]) -> list[dict[str, Any]]:
    """The content of a message as a list of parts."""
    content = message["content"]
    return [{"type": "text", "text": content}] if isinstance(content, str) else content


def unit_list(request: dict[str, Any]) -> list[dict[str, Any]]:
    """Tools, then the parts of messages: content without marks, the mark, whose it is."""
    units = [{"content": ["tool", json.dumps(tool)], "mark": None, "who": None, "ends": False}
             for tool in request["tools"]]  # fmt: skip
    for message in request["messages"]:
        parts = parts_of(message)
        for i, part in enumerate(parts):
            units.append(
                {
                    "content": [message["role"] if i == 0 else None, part["text"]],
                    "mark": part.get("cache_control") or part.get("prompt_cache_breakpoint"),
                    "who": message["role"],
                    "ends": i == len(parts) - 1,
                }
            )
    return units


def prefix_tokens(request: dict[str, Any], end: int) -> int:
    """Tokens of the first `end` units: `count_chat` on the request cut off there."""
    tools, left = request["tools"][:end], end - len(request["tools"])
    messages = []
    for message in request["messages"]:
        if left > 0:
            parts = parts_of(message)[:left]
            left -= len(parts)
            messages.append({"role": message["role"], "content": parts})
    model = request["model"]
    return count_chat(messages, model, tools or None).tokens - count_chat([], model).tokens


def token_list(request: dict[str, Any]) -> list[Any]:
    """Every token of the prompt of an older OpenAI model; a tool's tokens are (tool, number)."""
    encoding, tokens = load_encoding("o200k_base"), []
    for i, tool in enumerate(request["tools"]):
        size = prefix_tokens(request, i + 1) - prefix_tokens(request, i)
        tokens += [(json.dumps(tool), each) for each in range(size)]
    for message in request["messages"]:
        tokens += [(message["role"], each) for each in range(4)]  # 3 of framing, 1 of the role
        for part in parts_of(message):
            tokens += encoding.encode_ordinary(part["text"])
    return tokens
