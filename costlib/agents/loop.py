"""A scripted agent on the offline provider: real calls of both SDKs, in which the words are set.

The loop is the one that every agent has: send all that was said, run the tool that the model calls,
append its result, send again; breakpoints of the cache stand after the tools, after the task and at
the end of each turn. What the model "writes" and what its tools give back is a `Script`; tokens,
caches, lifetimes and bills are the provider's, whose counters a `Ledger` keeps. So a what-if can be
held against a run that was played that way. Units: tokens of o200k_base, minutes of the virtual
clock. Lessons 3, 5 and 7 play it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from costlib.budgets.budget import Run
from costlib.estimation.ceilings import ceiling
from costlib.pricing.cost import cost_of
from costlib.pricing.numbers import plausible
from costlib.provider.clients import provider_of
from costlib.provider.state import ToolCall
from costlib.tracking.clients import track
from costlib.tracking.ledger import Ledger
from costlib.usage.read import read_usage

_WORDS = ("cost", "time", "test", "file", "line", "code", "name", "data", "list", "page")
GO_ON = "Go on."


@dataclass(frozen=True)
class Turn:
    """What the model says in a turn, and what its tool gives back.

    `result` is a text; a `Script` for a child that does the work and whose last answer comes back;
    or None, which ends the run. `minutes` pass before the turn.
    """

    answer: str
    result: str | Script | None = None
    minutes: float = 0.0


@dataclass(frozen=True)
class Script:
    """A run to be played. `tools` are in Anthropic's format; the model calls the first of them."""

    task: str
    turns: tuple[Turn, ...]
    system: str = ""
    tools: tuple[Mapping[str, Any], ...] = ()


@dataclass
class Played:
    """What a run ended with, how many calls it made, and its children: run -> parent."""

    answer: str = ""
    calls: int = 0
    parents: dict[str, str] = field(default_factory=dict)


def play(
    client: Any,
    ledger: Ledger,
    script: Script,
    model: str,
    *,
    run: str = "run",
    cache: str | None = None,
    compact_at: int | None = None,
    summaries: Sequence[str] = (),
    ask: str = "Sum up all that was said and done.",
    within: Run | None = None,
    max_tokens: int = 16_000,
) -> Played:
    """Play a script with a client of `connect`; each call is a row of the ledger, with its `run`.

    `cache` is a lifetime of the model, None for no breakpoints (OpenAI caches by itself). A prompt
    longer than `compact_at` tokens is compacted first: a call that ends with `ask` is answered by
    the next of `summaries`, which then stands after the task. The n-th child of a run is "run/n".
    `within` is the run of a budget: each call reserves its ceiling there, with `max_tokens` of
    output, and is settled; children are children of it.

    Raises `BudgetExceeded` when the budget has no room; ValueError for a client that is not
    offline, for turns that have results in a script without tools, and for too few summaries.
    """
    provider_of(client)  # says what to do about a client that is not offline
    player = _Player(client, ledger, model, cache, compact_at, list(summaries), ask, max_tokens)
    return player.play(script, run, within)


@dataclass
class _Player:
    """What all runs of a family share."""

    client: Any
    ledger: Ledger
    model: str
    cache: str | None
    compact_at: int | None
    summaries: list[str]
    ask: str
    max_tokens: int

    def play(self, script: Script, run: str, within: Run | None) -> Played:
        """A run, from its task to the turn that has no result."""
        if not script.tools and any(turn.result is not None for turn in script.turns):
            raise ValueError("the script's turns have results, so it needs a tool that gives them")
        tracked = track(self.client, self.ledger, run=run)
        speaker = _speaker(tracked, self.model, script, self.cache, self.max_tokens)
        played, said = Played(), speaker.start()
        for turn in script.turns:
            played.answer = turn.answer
            if turn.minutes:
                provider_of(self.client).clock.advance(minutes=turn.minutes)
            if self.compact_at and len(said) > 1 and speaker.count(said) > self.compact_at:
                said = self.compacted(speaker, said, within)
                played.calls += 1
            calls = [] if turn.result is None else [ToolCall(script.tools[0]["name"])]
            answered = self.say(speaker, said, [turn.answer, *calls], within)
            played.calls += 1
            if turn.result is None:
                break
            result = turn.result
            if isinstance(result, Script):
                result = self.child(result, run, within, played)
            said = [*said, *speaker.after(answered, result)]
        return played

    def say(self, speaker: _Speaker, said: Sequence[Any], reply: Any, within: Run | None) -> Any:
        """One call, to which the model answers so, inside the budget if there is one."""
        provider = provider_of(self.client)
        provider.reply = lambda _: reply
        try:
            if within is None:
                return speaker.send(said)
            most = ceiling(self.model, speaker.count(said), self.max_tokens)
            with within.reserve(most) as reservation:
                answered = speaker.send(said)
                reservation.settle(cost_of(read_usage(answered), self.model))
                return answered
        finally:
            provider.reply = None

    def compacted(self, speaker: _Speaker, said: list[Any], within: Run | None) -> list[Any]:
        """Let the model sum up what was said; gives what stands in its place."""
        if not self.summaries:
            raise ValueError("there are too few summaries: give one for each compaction")
        summary = self.summaries.pop(0)
        self.say(speaker, [*said, speaker.text("user", self.ask)], summary, within)
        told = speaker.text("assistant", summary)
        return [*speaker.start(), told, speaker.text("user", GO_ON)]

    def child(self, script: Script, run: str, within: Run | None, played: Played) -> str:
        """Play a child of a run; gives its last answer."""
        name = f"{run}/{sum(parent == run for parent in played.parents.values()) + 1}"
        child = self.play(script, name, within.child(name) if within else None)
        played.parents |= {name: run} | child.parents
        played.calls += child.calls
        return child.answer


def follow(script: Script, arguments: Mapping[str, Any] | None = None) -> Any:
    """What a provider's `reply` may be, for a loop that is not ours: an SDK's tool runner, say.

    The turn is found by the answers that a request's messages already hold. Each turn but the last
    calls the first tool of the request, with these `arguments`; what comes back is that tool's.
    """

    def reply(body: Mapping[str, Any]) -> Any:
        said = body.get("messages") or body.get("input")
        answers = [each for each in said if _answers(each)] if isinstance(said, list) else []
        turn = script.turns[min(len(answers), len(script.turns) - 1)]
        if turn.result is None:
            return turn.answer
        tool = body["tools"][0]
        name = tool["function"]["name"] if "function" in tool else tool["name"]
        return [turn.answer, ToolCall(name, arguments or {})]

    return reply


def _answers(item: Mapping[str, Any]) -> bool:
    """Whether a message, or an item of the Responses API, is what the model said in one turn."""
    if item.get("type") in ("function_call", "reasoning"):
        return False  # beside the message of the same turn
    return item.get("role") == "assistant"


def words(tokens: int, seed: int = 0) -> str:
    """A text of so many tokens of o200k_base that means nothing; another one for each seed.

    Raises ValueError for more than a million, which no model reads.
    """
    plausible("tokens", tokens, high=1_000_000)
    picked = [_WORDS[(seed // 10**place) % 10] for place in range(4)]
    return " ".join(picked[at % 4] for at in range(tokens))


# --- Two vendors ------------------------------------------------------------------------------


class _Speaker(Protocol):
    """How a vendor's messages are made, counted and sent."""

    def start(self) -> list[Any]: ...

    def text(self, role: str, text: str) -> Any: ...

    def count(self, said: Sequence[Any]) -> int: ...

    def send(self, said: Sequence[Any]) -> Any: ...

    def after(self, answered: Any, result: str) -> list[Any]: ...


@dataclass
class _Anthropic:
    client: Any
    model: str
    script: Script
    cache: str | None
    max_tokens: int

    def _marked(self, block: Mapping[str, Any]) -> dict[str, Any]:
        mark = {"cache_control": {"type": "ephemeral", "ttl": self.cache}} if self.cache else {}
        return {**block, **mark}

    def start(self) -> list[Any]:
        task = self._marked({"type": "text", "text": self.script.task})
        return [{"role": "user", "content": [task]}]

    def text(self, role: str, text: str) -> Any:
        return {"role": role, "content": [{"type": "text", "text": text}]}

    def _body(self, said: Sequence[Any]) -> dict[str, Any]:
        *before, last = said
        *blocks, end = last["content"]
        ends = {**last, "content": [*blocks, self._marked(end)]}
        body: dict[str, Any] = {"model": self.model, "messages": [*before, ends]}
        if self.script.system:
            body["system"] = self.script.system
        if self.script.tools:
            *tools, tool = self.script.tools
            body["tools"] = [*map(dict, tools), self._marked(tool)]
        return body

    def count(self, said: Sequence[Any]) -> int:
        return int(self.client.messages.count_tokens(**self._body(said)).input_tokens)

    def send(self, said: Sequence[Any]) -> Any:
        return self.client.messages.create(max_tokens=self.max_tokens, **self._body(said))

    def after(self, answered: Any, result: str) -> list[Any]:
        call = next(block for block in answered.content if block.type == "tool_use")
        back = {"type": "tool_result", "tool_use_id": call.id, "content": result}
        content = [block.model_dump(exclude_none=True) for block in answered.content]
        return [{"role": "assistant", "content": content}, {"role": "user", "content": [back]}]


@dataclass
class _OpenAI:
    client: Any
    model: str
    script: Script
    cache: str | None
    max_tokens: int

    def start(self) -> list[Any]:
        return [self.text("user", self.script.task)]

    def text(self, role: str, text: str) -> Any:
        return {"role": role, "content": text}

    def _body(self, said: Sequence[Any]) -> dict[str, Any]:
        body: dict[str, Any] = {"model": self.model, "input": list(said)}
        if self.script.system:
            body["instructions"] = self.script.system
        if self.script.tools:
            body["tools"] = [
                {
                    "type": "function",
                    "name": tool["name"],
                    "description": tool["description"],
                    "parameters": tool["input_schema"],
                    "strict": False,
                }
                for tool in self.script.tools
            ]
        return body

    def count(self, said: Sequence[Any]) -> int:
        return int(self.client.responses.input_tokens.count(**self._body(said)).input_tokens)

    def send(self, said: Sequence[Any]) -> Any:
        kept = {"prompt_cache_options": {"ttl": self.cache}} if self.cache else {}
        return self.client.responses.create(
            max_output_tokens=self.max_tokens,
            reasoning={"effort": "none"},
            store=False,
            extra_body=kept,
            **self._body(said),
        )

    def after(self, answered: Any, result: str) -> list[Any]:
        call = next(item for item in answered.output if item.type == "function_call")
        back = {"type": "function_call_output", "call_id": call.call_id, "output": result}
        return [*(item.model_dump(exclude_none=True) for item in answered.output), back]


def _speaker(
    client: Any, model: str, script: Script, cache: str | None, max_tokens: int
) -> _Speaker:
    kind = _Anthropic if hasattr(client, "messages") else _OpenAI
    return kind(client, model, script, cache, max_tokens)
