"""The vendors' prompt caches: what a request reads, what it writes, and when that expires.

Two families. OpenAI up to gpt-5.5 keeps every prompt and reads the longest common prefix, token by
token, in steps of 128; writes are free. Anthropic, and OpenAI from gpt-5.6 on, keep the prefixes
that end at a breakpoint and read only those; writes are charged by lifetime. Which model does
what is data (`families.py`). Units: tokens, seconds of the virtual clock. Lesson 7 teaches it.

The entries belong to one organisation and are made readable by `CacheUse.commit`, when the
response begins; two equal requests under way at the same time therefore both write.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from costlib.provider.caches.blocks import (
    Block,
    PartTokens,
    Prefixes,
    blocks_of,
    chunk_keys,
    hashed,
    positions,
    prefixes,
)
from costlib.provider.caches.families import CacheRule, assumed, rule_of
from costlib.provider.errors import ApiError
from costlib.provider.state import Provider

_ROUTED = 256  # OpenAI's guide: requests are routed by a hash of about so many first tokens


@dataclass(frozen=True)
class CacheUse:
    """What one request reads from a cache and writes to it, in tokens of the model.

    At OpenAI these lie inside the input tokens, at Anthropic beside them; at both, cached and
    written together are at most what was sent. `commit` makes the written prefixes readable and
    refreshes those read: call it once, when the response begins (`call.on_response`).
    """

    cached: int = 0
    write_5m: int = 0
    write_30m: int = 0
    write_1h: int = 0
    write_12h: int = 0
    commit: Callable[[], None] = lambda: None

    @property
    def written(self) -> int:
        """All tokens written, whatever their lifetime."""
        return self.write_5m + self.write_30m + self.write_1h + self.write_12h


@dataclass
class PromptCaches:
    """The cache entries of one organisation: key of a prefix -> when it expires, its lifetime."""

    entries: dict[bytes, tuple[float, str]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _arrivals: dict[bytes, deque[float]] = field(default_factory=dict)
    _sweep_at: int = 1_000

    def lifetime(self, key: bytes, now: float) -> str | None:
        """The lifetime of a live entry; an entry is gone at the very moment it expires."""
        entry = self.entries.get(key)
        return entry[1] if entry and now < entry[0] else None

    def keep(self, key: bytes, lifetime: str, rule: CacheRule, now: float) -> None:
        """Write or refresh an entry.

        One that lives keeps the lifetime that was paid for; where writes are free, the longer.
        """
        living = self.lifetime(key, now)
        if living and rule.match == "tokens":
            lifetime = max(living, lifetime, key=rule.lifetimes.__getitem__)
        else:
            lifetime = living or lifetime
        self.entries[key] = now + rule.lifetimes[lifetime], lifetime
        if len(self.entries) > self._sweep_at:
            self.entries = {k: entry for k, entry in self.entries.items() if now < entry[0]}
            self._sweep_at = 2 * len(self.entries) + 1_000

    def machine(self, key: bytes, a_minute: int, now: float) -> int:
        """Which machine serves a request, when one takes so many of a prefix and key a minute."""
        recent = self._arrivals.setdefault(key, deque())
        while recent and recent[0] <= now - 60:
            recent.popleft()
        recent.append(now)
        return (len(recent) - 1) // a_minute


def caches_of(provider: Provider) -> PromptCaches:
    """The prompt caches of an organisation."""
    found = provider.caches.get("prompts")
    # setdefault is atomic, so two first requests at once share one state.
    return found or provider.caches.setdefault("prompts", PromptCaches())


def openai_use(
    provider: Provider,
    *,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None,
    sent: int,
    options: Mapping[str, Any],
    api: str,
    part_tokens: PartTokens | None = None,
    scope: Sequence[str] = (),
) -> CacheUse:
    """The cache use of a request to OpenAI.

    `messages` is the conversation as `count_chat` takes it, instructions in front, each part still
    with its `prompt_cache_breakpoint`; `sent` the input tokens that usage reports; `options` the
    body, of which `prompt_cache_key`, `prompt_cache_options` and `prompt_cache_retention` are
    read; `api` "chat" or "responses"; `part_tokens` counts a part that is not text; `scope` names
    further settings that a cache depends on (the SDK lists text format, effort, verbosity, tier).

    Raises ApiError (400) for an option that the model does not take.
    """
    rule = rule_of("openai", model, provider.assume)
    if rule is None:
        return CacheUse()
    blocks = blocks_of(messages, tools, model, part_tokens)
    lifetime, implicit = _openai_options(rule, model, blocks, options, api)
    key = options.get("prompt_cache_key") or ""
    separate = assumed("openai.key_separates", provider.assume) == "yes"
    start = _start(model, key if separate else "", *scope)
    start = hashed(start, _machine(provider, blocks, model, key))
    if rule.match == "tokens":
        return _longest_prefix(provider, rule, blocks, model, start, sent, lifetime)
    explicit = {i: b.mark.get("ttl") or lifetime for i, b in enumerate(blocks) if b.mark}
    # An earlier request's implicit breakpoint stood at the end of what was the latest message
    # then, so each such end may hold an entry; OpenAI's guide looks up 20, here it is all.
    ends = [i for i, b in enumerate(blocks) if b.closes and b.role not in ("", "assistant")]
    if not implicit:
        ends = []
    looked_up = sorted({*explicit, *ends})[-rule.lookback :]
    writes = {end: explicit.get(end, lifetime) for end in ends[-1:]}
    latest = sorted(explicit, reverse=True)[: max(0, rule.max_writes - len(writes))]
    writes.update((i, explicit[i]) for i in latest)
    return _at_breakpoints(provider, rule, prefixes(blocks, model, start, sent), looked_up, writes)


def anthropic_use(
    provider: Provider,
    *,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None,
    sent: int,
    automatic: Mapping[str, Any] | None = None,
    part_tokens: PartTokens | None = None,
    scope: Sequence[str] = (),
    settings: Sequence[str] = (),
) -> CacheUse:
    """The cache use of a request to Anthropic; `input_tokens` is sent - cached - written.

    `messages` is the conversation as `count_chat` takes it, the system text in front with role
    "system", blocks as sent with their `cache_control`; `automatic` is the `cache_control` at the
    top of the request. A change in `scope` (speed) is another cache, one in `settings` (tool
    choice, thinking) another cache from the first message on. The rest as in `openai_use`.

    Raises ApiError (400) when a breakpoint of one hour follows one of five minutes.
    """
    rule = rule_of("anthropic", model, provider.assume)
    if rule is None:
        return CacheUse()
    blocks = blocks_of(messages, tools, model, part_tokens)
    writes = _marked(blocks, automatic, rule)
    if not writes:
        return CacheUse()
    salt = json.dumps(list(settings)).encode() if settings else b""
    found = prefixes(blocks, model, _start(model, *scope), sent, salt)
    places = positions(blocks)
    near = [
        i
        for i, place in enumerate(places)
        if any(i <= mark and place > places[mark] - rule.lookback for mark in writes)
    ]
    return _at_breakpoints(provider, rule, found, near, writes)


def _marked(
    blocks: Sequence[Block], automatic: Mapping[str, Any] | None, rule: CacheRule
) -> dict[int, str]:
    """The blocks with a breakpoint, and the lifetime that each asks for, longest first."""
    default = rule.default_lifetime
    writes = {i: block.mark.get("ttl") or default for i, block in enumerate(blocks) if block.mark}
    if automatic:
        last = max((i for i, block in enumerate(blocks) if block.cacheable), default=None)
        if last is not None:
            writes.setdefault(last, automatic.get("ttl") or default)
    order = [rule.lifetimes[writes[i]] for i in sorted(writes)]
    if order != sorted(order, reverse=True):
        raise ApiError(
            400,
            "a ttl='1h' cache_control block must not come after a ttl='5m' cache_control block; "
            "blocks are read in the order tools, system, messages.",
        )
    return writes


def _start(*settings: str) -> bytes:
    return hashed(json.dumps(settings).encode())


def _openai_options(
    rule: CacheRule,
    model: str,
    blocks: Sequence[Block],
    options: Mapping[str, Any],
    api: str,
) -> tuple[str, bool]:
    """The lifetime of what the request writes, and whether it has an implicit breakpoint.

    That what a model does not support is refused, rather than ignored, is inferred.
    """
    chosen = options.get("prompt_cache_options") or {}
    marks = [block.mark for block in blocks if block.mark]
    retention = options.get("prompt_cache_retention")
    if rule.match == "tokens":
        if chosen or marks:
            name = "prompt_cache_options" if chosen else "prompt_cache_breakpoint"
            raise _refused(
                name, f"'{name}' is not supported with {model}; it needs gpt-5.6 or later"
            )
        _one_of("prompt_cache_retention", retention, tuple(rule.lifetimes))
        return retention or rule.default_lifetime, False
    # openai SDK 3.51.0: from gpt-5.5 on only 24h, which has no bearing on prompt_cache_options.
    _one_of("prompt_cache_retention", retention, ("24h",))
    if not isinstance(chosen, Mapping) or not all(isinstance(mark, Mapping) for mark in marks):
        raise _refused("prompt_cache_options", "prompt cache options and breakpoints are objects")
    known = rule.chat_lifetimes if api == "chat" else tuple(rule.lifetimes)
    _one_of("prompt_cache_options.mode", chosen.get("mode"), ("implicit", "explicit"))
    for each in (chosen, *marks):
        _one_of("prompt_cache_options.ttl", each.get("ttl"), known)
    for mark in marks:
        _one_of("prompt_cache_breakpoint.mode", mark.get("mode", ""), ("explicit",))
    return chosen.get("ttl") or rule.default_lifetime, chosen.get("mode") != "explicit"


def _one_of(name: str, value: Any, known: Sequence[str]) -> None:
    if value is not None and value not in known:
        choices = ", ".join(repr(each) for each in known)
        raise _refused(name, f"Invalid value for '{name}': {value!r}; this model takes {choices}")


def _refused(name: str, message: str) -> ApiError:
    return ApiError(400, message + ".", code="invalid_value", param=name)


def _machine(provider: Provider, blocks: Sequence[Block], model: str, key: str) -> bytes:
    """Which machine's cache a request to OpenAI meets; one and the same unless asked otherwise."""
    a_minute = int(assumed("openai.requests_per_minute", provider.assume))
    if not a_minute:
        return b""
    caches, now = caches_of(provider), provider.clock.now.timestamp()
    first = chunk_keys(blocks, model, _start(model, key), _ROUTED, 1)
    with caches.lock:
        return b"machine %d" % caches.machine(b"".join(first), a_minute, now)


# --- The two families -------------------------------------------------------------------------


def _longest_prefix(
    provider: Provider,
    rule: CacheRule,
    blocks: Sequence[Block],
    model: str,
    start: bytes,
    sent: int,
    lifetime: str,
) -> CacheUse:
    """Reads whole steps of the longest common prefix; keeps the steps of this prompt, free."""
    if sent < rule.minimum:
        return CacheUse()
    keys = chunk_keys(blocks, model, start, rule.increment, sent // rule.increment)
    caches, now = caches_of(provider), provider.clock.now.timestamp()
    steps = 0
    with caches.lock:
        while steps < len(keys) and caches.lifetime(keys[steps], now):
            steps += 1
    cached = steps * rule.increment

    def commit() -> None:
        _keep_all(provider, rule, dict.fromkeys(keys, lifetime))

    return CacheUse(cached if cached >= rule.minimum else 0, commit=commit)


def _at_breakpoints(
    provider: Provider,
    rule: CacheRule,
    found: Prefixes,
    looked_up: Sequence[int],
    writes: Mapping[int, str],
) -> CacheUse:
    """Reads the longest live prefix looked up; writes those that end at `writes` (with lifetime).

    Each token after the read prefix is charged to the first written breakpoint at or after it,
    which is Anthropic's published split of 1 h and 5 m tokens. A breakpoint inside the read prefix
    writes nothing (inferred: nothing is charged for it).
    """
    caches, now = caches_of(provider), provider.clock.now.timestamp()
    with caches.lock:
        live = {i: caches.lifetime(found.keys[i], now) for i in looked_up}
        hit = max((i for i, lifetime in live.items() if lifetime), default=-1)
        # A shorter prefix of what was read is used as well, wherever it ends.
        used = range(hit + 1) if rule.refresh == "used" else range(max(hit, 0), hit + 1)
        read = {found.keys[i]: caches.lifetime(found.keys[i], now) for i in used}
    cached = found.tokens[hit] if hit >= 0 else 0
    charged, done = dict.fromkeys(rule.lifetimes, 0), cached
    keys = {key: lifetime for key, lifetime in read.items() if lifetime}
    for i in sorted(writes):
        if found.tokens[i] < rule.minimum:
            continue
        if found.tokens[i] > done:
            charged[writes[i]] += found.tokens[i] - done
            done = found.tokens[i]
        if i > hit:
            keys.setdefault(found.keys[i], writes[i])
    written = {f"write_{lifetime}": tokens for lifetime, tokens in charged.items()}
    return CacheUse(cached, commit=lambda: _keep_all(provider, rule, keys), **written)


def _keep_all(provider: Provider, rule: CacheRule, keys: Mapping[bytes, str]) -> None:
    caches, now = caches_of(provider), provider.clock.now.timestamp()
    with caches.lock:
        for key, lifetime in keys.items():
            caches.keep(key, lifetime, rule, now)
