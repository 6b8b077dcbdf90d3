"""Which tools the model calls: those of a script, one that is forced, or one that is asked for.

Nothing here thinks. A request that forces a call gets one; a script may call what it likes; and
a question that names what a tool does calls that tool once, so that an ordinary loop of calls and
results runs to its end: after the results the model answers in text. The arguments of a call that
no script gave fit the tool's schema and mean nothing. Lesson 1 sends tools, lesson 5 loops.
"""

from __future__ import annotations

import json
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.replies import scripted
from costlib.provider.schemas import example
from costlib.provider.state import Provider, ToolCall

_ANY = {"type": "object"}
# Words that say nothing about a tool, in its name or in a question.
_COMMON = {
    "a", "about", "after", "all", "an", "and", "any", "are", "at", "be", "by", "can", "do", "does",
    "fetch", "find", "for", "from", "get", "give", "has", "have", "how", "if", "in", "is", "it",
    "its", "list", "me", "my", "of", "on", "or", "please", "read", "run", "that", "the", "their",
    "this", "to", "tool", "use", "user", "users", "what", "when", "where", "which", "with", "you",
    "your",
}  # fmt: skip


@dataclass(frozen=True)
class Tool:
    """A tool of the caller's own, in no vendor's shape."""

    name: str
    description: str = ""
    schema: Mapping[str, Any] = field(default_factory=lambda: _ANY)


@dataclass(frozen=True)
class ToolChoice:
    """What a request says about calls: `mode` "auto", "none" or "any"; of `allowed` tools only.

    `named`: the request named the very tool. `parallel`: several calls at once are allowed.
    """

    mode: str = "auto"
    allowed: tuple[str, ...] | None = None
    named: bool = False
    parallel: bool = True


@dataclass(frozen=True)
class Act:
    """What the model writes in a turn: a text (None: a modelled one), then calls of tools."""

    text: str | None = None
    calls: tuple[ToolCall, ...] = ()


def act_of(
    provider: Provider,
    body: Mapping[str, Any],
    tools: Sequence[Tool],
    choice: ToolChoice,
    question: str,
    draw: random.Random,
) -> Act:
    """What the model does: a script first, then what the request forces, then what it asks for.

    `question` is what the user said last, "" when results of tools came last. Raises a 400 for a
    script that calls what the request does not let it call.
    """
    script = scripted(provider, body)
    act = Act() if script is None else _read(script)
    callable_ = [tool for tool in tools if choice.allowed is None or tool.name in choice.allowed]
    if act.calls:
        _check_script(act.calls, tools, callable_, choice)
        return act
    if choice.mode == "any":
        return Act("", (_modelled(callable_[0], draw),))
    if script is None and choice.mode == "auto" and (tool := _asked_for(question, callable_)):
        return Act("", (_modelled(tool, draw),))
    return act


def _read(script: str | ToolCall | Sequence[str | ToolCall]) -> Act:
    parts = [script] if isinstance(script, str | ToolCall) else script
    texts = [part for part in parts if isinstance(part, str)]
    return Act("\n".join(texts), tuple(part for part in parts if isinstance(part, ToolCall)))


def _check_script(
    calls: Sequence[ToolCall], tools: Sequence[Tool], allowed: Sequence[Tool], choice: ToolChoice
) -> None:
    """A model calls only what it was given and what `tool_choice` lets it call."""
    known, names = {tool.name for tool in tools}, {tool.name for tool in allowed}
    for call in calls:
        if call.name not in known:
            why = f"the request has no such tool, only {', '.join(sorted(known)) or 'none'}"
        elif choice.mode == "none" or call.name not in names:
            why = "tool_choice does not allow it"
        elif len(calls) > 1 and not choice.parallel:
            why = "the request allows one call at a time"
        else:
            continue
        raise ApiError(400, f"provider.reply called {call.name!r}, but {why}")


def _modelled(tool: Tool, draw: random.Random) -> ToolCall:
    filled = example(tool.schema or _ANY, draw)
    return ToolCall(tool.name, filled if isinstance(filled, dict) else {})


def _asked_for(question: str, tools: Sequence[Tool]) -> Tool | None:
    """The tool whose name is in the question, or with which it shares the most words, two at least.

    Words of a tool are those of its name, its description, and the names and choices in its schema.
    """
    said = _words(question)
    best, most = None, 1.0
    for tool in tools:
        name = _words(tool.name)
        about = _words(f"{tool.description} {json.dumps(tool.schema, ensure_ascii=False)}")
        score = len(said & (name | about)) + (100.0 if name and name <= said else 0.0)
        if score > most:
            best, most = tool, score
    return best


def _words(text: str) -> set[str]:
    """The words that say something, without case and plural; `get_weather` is "weather"."""
    split = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", text).lower()
    found = set(re.findall(r"[^\W\d_]{3,}", split))
    return {word.removesuffix("s") for word in found - _COMMON}
