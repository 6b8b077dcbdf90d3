"""What the offline provider answers: modelled text of a modelled length, and modelled reasoning.

Nothing here thinks. A reply says that it is simulated, names the question, and goes on in plain
sentences. Its length is drawn from a log-normal distribution; the draw depends on the
conversation, the model and the seed, never on the order of calls, the tier or a limit. Its tokens
are then counted, not drawn.
"""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from costlib.provider.state import Provider
from costlib.tokens import count_text, load_encoding, message_texts, tokenizer_of

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
class Reply:
    """A finished reply: its text, its counted tokens, and why it ended.

    `output_tokens` contains the `reasoning_tokens`. `stop` is "end", "limit" or "sequence".
    """

    text: str
    output_tokens: int
    reasoning_tokens: int
    stop: str
    sequence: str | None = None


def write_reply(
    provider: Provider,
    model: str,
    messages: Sequence[Mapping[str, Any]],
    *,
    limit: int | None,
    effort: str = "none",
    stops: Sequence[str] = (),
    choice: int = 0,
) -> Reply:
    """The reply to a conversation; `limit` caps reasoning and visible tokens together."""
    conversation = [[message["role"], *message_texts(message)] for message in messages]
    draw = random.Random(provider.digest("reply", model, conversation, choice))
    text = _compose(draw, _question(messages))
    reasoning = round(_REASONING[effort] * math.exp(draw.gauss(0, 0.5)))
    text, sequence = _cut_at_stop(text, stops)
    if limit is not None and reasoning >= limit:
        return Reply("", limit, limit, "limit")
    visible = count_text(text, model).tokens
    stop = "sequence" if sequence else "end"
    if limit is not None and reasoning + visible > limit:
        text, sequence, stop = _cut(text, model, limit - reasoning), None, "limit"
        visible = count_text(text, model).tokens
    return Reply(text, reasoning + visible, reasoning, stop, sequence)


def _question(messages: Sequence[Mapping[str, Any]]) -> str:
    """The first words of the last thing that the user said."""
    for message in reversed(messages):
        if message["role"] == "user":
            words = " ".join(message_texts(message)).split()
            start = " ".join(words[:12]) + (" ..." if len(words) > 12 else "")
            return start.encode("utf-8", "replace").decode()  # half a surrogate pair is not text
    return ""


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


def _cut(text: str, model: str, limit: int) -> str:
    """The longest beginning of the text that is no more than `limit` tokens of the model."""
    tokenizer = tokenizer_of(model)
    encoding = load_encoding(tokenizer.encoding)
    tokens = encoding.encode_ordinary(text)
    keep = min(len(tokens), int(limit / tokenizer.factor) + 1)
    while keep:
        cut = encoding.decode(tokens[:keep], errors="ignore")
        if count_text(cut, model).tokens <= limit:
            return cut
        keep -= 1
    return ""
