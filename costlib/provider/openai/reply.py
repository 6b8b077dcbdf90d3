"""What the model at OpenAI writes: text, JSON or a call, and what a prediction adds to it.

Tokens of a prediction that are not in the reply were generated and thrown away: they are output,
are billed as output, and count towards `max_tokens`. Lesson 8 teaches it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from costlib.provider import alignment
from costlib.provider.errors import ApiError
from costlib.provider.openai.input import Prompt
from costlib.provider.replies import Reply, cut, draw_for, last_said, write_reply
from costlib.provider.state import Provider
from costlib.provider.tool_use import act_of
from costlib.tokens.text import count_text, tokenizer_of

_ALIGNERS: Mapping[str, alignment.Aligner] = {"diff": alignment.align, "draft": alignment.draft}


def written(
    provider: Provider,
    prompt: Prompt,
    body: Mapping[str, Any],
    limit: int | None,
    effort: str,
    *,
    stops: Sequence[str] = (),
    choice: int = 0,
) -> Reply:
    """The reply in the form that was asked for; `provider.reply` comes before what is modelled."""
    form, said = prompt.form, prompt.texts
    draw = draw_for(provider, prompt.model.id, said, choice)
    results = said[-1]["role"] == "tool"
    question = "" if results else last_said(said)
    act = act_of(provider, body, form.tools, form.choice, question, draw)
    return write_reply(
        provider,
        prompt.model.id,
        said,
        limit=limit,
        effort=effort,
        stops=() if act.calls else stops,
        choice=choice,
        text=form.write(draw) if act.text is None else act.text,
        calls=act.calls,
    )


def with_prediction(
    provider: Provider, model: str, reply: Reply, predicted: str, limit: int | None
) -> Reply:
    """The reply once its prediction was tried: rejected tokens are output too, and fill a limit."""
    assumed = provider.assume.get("openai.prediction", "diff")
    if assumed not in _ALIGNERS:
        raise ApiError(
            400, f'provider.assume["openai.prediction"] is {assumed!r}: choose "diff" or "draft"'
        )
    found = _ALIGNERS[assumed](predicted, reply.text, tokenizer_of(model).encoding)
    accepted, rejected = found.accepted, found.rejected
    if limit is not None and reply.output_tokens + rejected > limit:
        text = cut(reply.text, model, max(0, limit - rejected))
        written = count_text(text, model).tokens
        accepted, rejected = min(accepted, written), min(rejected, limit - written)
        reply = replace(reply, text=text, output_tokens=written, stop="limit", sequence=None)
    return replace(
        reply,
        output_tokens=reply.output_tokens + rejected,
        accepted_tokens=accepted,
        rejected_tokens=rejected,
    )
