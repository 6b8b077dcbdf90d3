"""What the offline provider answers: modelled text of a modelled length, and modelled reasoning.

Nothing here thinks. A reply says that it is simulated, names the question, and goes on in plain
sentences. Its length is drawn from a log-normal distribution; the draw depends on the
conversation, the model and the seed, never on the order of calls, the tier or a limit. Its tokens
are then counted, not drawn. A lesson that needs a certain text, such as a file after an edit,
sets `provider.reply`: then the model "writes" that, and everything else stays as it is.
"""

from __future__ import annotations

import json
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.state import Provider, ToolCall
from costlib.tokens.chat import message_texts
from costlib.tokens.encodings import encoded, load_encoding
from costlib.tokens.text import count_text, tokenizer_of

# Visible output in o200k tokens: median and spread near those of the Azure conversation trace
# (mean 211), with short and very long replies cut off so that a lesson stays readable.
_MEDIAN, _SIGMA, _SHORTEST, _LONGEST = 130, 0.7, 25, 700

# Median reasoning tokens by effort: modelled, of the order that vendors' guides describe.
_REASONING = {
    "none": 0,
    "minimal": 40,
    "low": 150,
    "medium": 450,
    "high": 1300,
    "xhigh": 3000,
    "max": 5000,
}
EFFORTS = tuple(_REASONING)
_LONG_TASK = 150  # characters; modelled

_SENTENCES = (
    "The short answer is that it depends on a few details, so here they are one at a time.",
    "Start with what can be checked at once, before anything is changed.",
    "If the first step settles it, nothing else is needed.",
    "Otherwise, note the exact time and the exact wording of any message.",
    "The most common cause is a setting that was changed some days earlier.",
    "A second cause is a delay that resolves itself within one working day.",
    "Compare the figure with the one on the last statement, not with an estimate.",
    "Keep a copy of the confirmation, because the next step asks for its number.",
    "There is no charge for asking again.",
    "When two sources disagree, the dated one is usually right.",
    "It is safe to repeat this step, since it changes nothing.",
    "Fees, if any, are shown before they are taken.",
    "A person can look at the case when these steps do not help.",
    "In summary: check first, change one thing, then look again.",
)


@dataclass(frozen=True)
class Written:
    """A call of a tool as the model wrote it: `arguments` is JSON, cut short if the limit came."""

    name: str
    arguments: str
    complete: bool = True


@dataclass(frozen=True)
class Reply:
    """A finished reply: its text, its calls of tools, its counted tokens, and why it ended.

    `output_tokens` contains the `reasoning_tokens` and the rejected tokens of a prediction, which
    are in no text. `stop` is "end", "limit" or "sequence".
    """

    text: str
    output_tokens: int
    reasoning_tokens: int
    stop: str
    sequence: str | None = None
    accepted_tokens: int = 0
    rejected_tokens: int = 0
    calls: tuple[Written, ...] = ()


def scripted(
    provider: Provider, body: Mapping[str, Any]
) -> str | ToolCall | Sequence[str | ToolCall] | None:
    """What `provider.reply` lets the model do for a request body, None for a modelled reply.

    What is wrong with that function comes back as a 400 that says so: any other exception would
    look like a broken connection to the SDK, which would try again.
    """
    if provider.reply is None:
        return None
    try:
        text = provider.reply(dict(body))
    except Exception as error:
        raise ApiError(400, f"provider.reply raised {type(error).__name__}: {error}") from error
    parts = text if isinstance(text, list | tuple) else [text]
    if text is not None and not all(isinstance(part, str | ToolCall) for part in parts):
        wrong = next(part for part in parts if not isinstance(part, str | ToolCall))
        raise ApiError(
            400,
            f"provider.reply gave {type(wrong).__name__}: it must give the text that the model "
            "writes, a ToolCall, a list of both, or None for a modelled reply",
        )
    return text


def draw_for(
    provider: Provider, model: str, messages: Sequence[Mapping[str, Any]], choice: int
) -> random.Random:
    """The dice of a reply: the same for the same conversation, model, seed and choice."""
    conversation = [[message["role"], *message_texts(message)] for message in messages]
    return random.Random(provider.digest("reply", model, conversation, choice))


def sentence(draw: random.Random) -> str:
    """A sentence of the stock."""
    return draw.choice(_SENTENCES)


def write_reply(
    provider: Provider,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    limit: int | None,
    effort: str = "none",
    stops: Sequence[str] = (),
    choice: int = 0,
    text: str | None = None,
    calls: Sequence[ToolCall] = (),
) -> Reply:
    """The reply to a conversation; `limit` caps reasoning, text and calls together.

    `text` is what the model writes, if that is not left to the model here; of each of the `calls`
    of tools that follow it, name and arguments are written, and billed.
    """
    draw = draw_for(provider, model, messages, choice)
    modelled = _compose(draw, opening_of(messages))
    text = modelled if text is None else text
    reasoning = round(_reasoning(messages, effort) * math.exp(draw.gauss(0, 0.5)))
    text, sequence = _cut_at_stop(text, stops)
    if limit is not None and reasoning >= limit:
        return Reply("", limit, limit, "limit")
    used = reasoning + count_text(text, model).tokens
    stop = "sequence" if sequence else "end"
    if limit is not None and used > limit:
        text = cut(text, model, limit - reasoning)
        return Reply(text, reasoning + count_text(text, model).tokens, reasoning, "limit")
    made: list[Written] = []
    for call in calls if stop == "end" else ():
        whole = as_json(call.arguments)
        used += count_text(call.name, model).tokens
        if limit is not None and used >= limit:
            used, stop = limit, "limit"
            break
        tokens = count_text(whole, model).tokens
        if limit is not None and used + tokens > limit:
            part = cut(whole, model, limit - used)
            made.append(Written(call.name, part, complete=False))
            used, stop = used + count_text(part, model).tokens, "limit"
            break
        made.append(Written(call.name, whole))
        used += tokens
    return Reply(text, used, reasoning, stop, sequence, calls=tuple(made))


def _reasoning(messages: Sequence[Mapping[str, Any]], effort: str) -> float:
    """The median of reasoning: more effort, more of it, but a short question needs little.

    Up to low effort the task makes no difference; above it, reasoning grows from the length at
    low effort to that of the effort as the last thing said grows to 150 characters (modelled).
    """
    full, low = _REASONING[effort], _REASONING["low"]
    task = min(1.0, len(last_said(messages)) / _LONG_TASK)
    return full if full <= low else low + (full - low) * task


def as_json(value: Any) -> str:
    """JSON as `tokens.count_chat` counts it when it is sent back."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def last_said(messages: Sequence[Mapping[str, Any]]) -> str:
    """The last thing that the user said."""
    for message in reversed(messages):
        if message["role"] == "user" and (said := " ".join(message_texts(message)).split()):
            return " ".join(said)
    return ""


def opening_of(messages: Sequence[Mapping[str, Any]]) -> str:
    """The first words of the last thing that the user said."""
    words = last_said(messages).split()
    start = " ".join(words[:12]) + (" ..." if len(words) > 12 else "")
    return start.encode("utf-8", "replace").decode()  # half a surrogate pair is not text


def _compose(draw: random.Random, question: str) -> str:
    length = min(max(_MEDIAN * math.exp(draw.gauss(0, _SIGMA)), _SHORTEST), _LONGEST)
    opening = f'This is a simulated reply to "{question}".' if question else "A simulated reply."
    sentences = [opening]
    # A sentence of the stock is about 15 tokens; the real number is counted on the result.
    while 15 * len(sentences) < length:
        left = [each for each in _SENTENCES if each not in sentences[-len(_SENTENCES) + 1 :]]
        sentences.append(draw.choice(left))
    return " ".join(sentences)


def _cut_at_stop(text: str, stops: Sequence[str]) -> tuple[str, str | None]:
    found = [(text.find(stop), stop) for stop in stops if stop and stop in text]
    if not found:
        return text, None
    position, stop = min(found)
    return text[:position], stop


def cut(text: str, model: str, limit: int) -> str:
    """The longest beginning of the text that is no more than `limit` tokens of the model."""
    tokenizer = tokenizer_of(model)
    encoding = load_encoding(tokenizer.encoding)
    tokens = encoded(text, tokenizer.encoding)
    keep = min(len(tokens), int(limit / tokenizer.factor) + 1)
    while keep:
        start = encoding.decode(tokens[:keep], errors="ignore")
        if count_text(start, model).tokens <= limit:
            return start
        keep -= 1
    return ""
