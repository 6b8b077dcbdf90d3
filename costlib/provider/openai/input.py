"""What a request to OpenAI sends: its conversation, read, checked, counted.

Both text endpoints come to the same thing, a list of Chat Completions messages and a number of
input tokens. A Responses request may name an earlier response: then all that was said before is
input again, and is billed again. Units: tokens. Lessons 2 and 3 count with it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from openai.types.chat import completion_create_params

from costlib.pricing.prices import Model
from costlib.provider.caches.entries import CacheUse, openai_use
from costlib.provider.errors import ApiError
from costlib.provider.media import audio_tokens_of, image_tokens_of
from costlib.provider.openai.accepts import (
    check_company,
    check_context,
    check_endpoint,
    check_prediction,
)
from costlib.provider.openai.conversation import check_items, check_turns
from costlib.provider.openai.items import check_belonging, resolved
from costlib.provider.openai.model_rules import ModelRule, rule_of
from costlib.provider.openai.refusals import check_request
from costlib.provider.openai.tools import Form, chat_form, response_form
from costlib.provider.rules import known_model, missing, not_served
from costlib.provider.state import Provider
from costlib.tokens.chat import count_chat
from costlib.tokens.text import count_text

_PICTURES = ("image_url", "input_image")
_MEDIA = (*_PICTURES, "input_audio")
_HEARS = ("gpt-audio", "gpt-4o-audio", "gpt-4o-mini-audio")  # models that take input_audio


@dataclass(frozen=True)
class Prompt:
    """A request's conversation as Chat Completions messages, and its input tokens.

    `texts` are the messages without pictures and speech; the tokens of those are inside `tokens`.
    """

    model: Model
    rule: ModelRule
    messages: list[dict[str, Any]]
    texts: Sequence[Mapping[str, Any]]
    form: Form
    tokens: int
    image_tokens: int
    audio_tokens: int

    def cache_use(self, provider: Provider, body: Mapping[str, Any], api: str) -> CacheUse:
        """What the request reads from the prompt cache and writes to it."""
        return openai_use(
            provider,
            model=self.model.id,
            messages=self.messages,
            tools=body.get("tools"),
            sent=self.tokens,
            options=body,
            api=api,
            part_tokens=lambda part: _part_tokens(part, self.model),
            scope=(self.form.counted,),
        )


def chat_prompt(provider: Provider, body: dict[str, Any]) -> Prompt:
    """The prompt of a Chat Completions body. Raises ApiError for what the API refuses."""
    name = body.get("model")
    hears = isinstance(name, str) and name.startswith(_HEARS)
    model = known_model(provider, "openai", body, "audio" if hears else "chat")
    rule = rule_of(model, body["model"])
    check_endpoint(rule, body["model"], "chat")
    # first, as it names parameters that are not served at all
    check_prediction(model, body, provider.clock.now.date())
    check_request(body, completion_create_params.CompletionCreateParamsBase, stream=bool)
    check_company(body)
    messages = body["messages"]
    check_turns(messages)
    texts = _without_media(messages)
    return _counted(model, rule, messages, texts, chat_form(body, texts), body)


def response_prompt(provider: Provider, body: dict[str, Any], shape: Any) -> Prompt:
    """The prompt of a Responses body, earlier turns included; `shape` is its type in the SDK.

    Raises ApiError as `chat_prompt`.
    """
    model = known_model(provider, "openai", body)
    rule = rule_of(model, body["model"])
    check_endpoint(rule, body["model"], "responses")
    check_request(body, shape, stream=bool)
    given = body.get("input")
    if given is None:
        raise missing("input")
    items = resolved(provider, given)
    earlier = _earlier(provider, body.get("previous_response_id"))
    check_items(items, earlier)
    check_belonging(provider, items, body.get("previous_response_id"))
    # Reasoning items of an earlier turn may be sent back; their text is not visible.
    said = [_message(item) for item in items if item.get("type") != "reasoning"]
    # The instructions of an earlier response are not carried over (openai SDK, responses).
    instructions = body.get("instructions")
    system = [{"role": "developer", "content": instructions}] if instructions else []
    messages = [*system, *earlier, *said]
    texts = _without_media(messages)
    prompt = _counted(model, rule, messages, texts, response_form(body, texts), body)
    check_context(body, items, prompt.tokens)
    return prompt


def _earlier(provider: Provider, name: str | None) -> list[dict[str, Any]]:
    """The conversation of a stored response: what it was sent, then what it said."""
    if name is None:
        return []
    stored = provider.responses.get(name)
    if stored is None:
        # Observed: maximhq/bifrost issue 2441; its param: bigduu/Bamboo-agent pull request 513.
        raise ApiError(
            400,
            f"Previous response with id {name!r} not found.",
            code="previous_response_not_found",
            param="previous_response_id",
        )
    return stored["messages"]


def _message(item: Mapping[str, Any]) -> dict[str, Any]:
    """An input item as a message: the calls of functions and their results are items there."""
    if item.get("type") == "function_call":
        function = {"name": item["name"], "arguments": item["arguments"]}
        call = {"id": item["call_id"], "type": "function", "function": function}
        return {"role": "assistant", "content": None, "tool_calls": [call]}
    if item.get("type") == "function_call_output":
        return {"role": "tool", "tool_call_id": item["call_id"], "content": item["output"]}
    return dict(item)


# --- Counting ---------------------------------------------------------------------------------


def _without_media(messages: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The messages without pictures and speech."""
    texts = []
    for message in messages:
        content = message.get("content")
        if isinstance(content, list):
            kept = [part for part in content if part.get("type") not in _MEDIA]
            message = {**message, "content": kept}
        texts.append(message)
    return texts


def _counted(
    model: Model,
    rule: ModelRule,
    messages: list[dict[str, Any]],
    texts: Sequence[Mapping[str, Any]],
    form: Form,
    body: Mapping[str, Any],
) -> Prompt:
    images = audio = 0
    for message in messages:
        for part in message["content"] if isinstance(message.get("content"), list) else ():
            if part.get("type") in _PICTURES:
                images += _part_tokens(part, model)
            elif part.get("type") == "input_audio":
                audio += _part_tokens(part, model)
    sent = count_chat(texts, model.id, body.get("tools")).tokens + images + audio
    if form.counted:
        sent += count_text(form.counted, model.id).tokens
    longest = rule.max_input or model.context_window
    if longest is not None and sent > longest:
        if body.get("truncation") == "auto":
            raise not_served(
                f"'truncation' of an input of {sent:,} tokens, more than the {longest:,} that the "
                "model reads: what the API leaves out then is not published",
                "truncation",
            )
        raise _too_long(sent, longest, chat="messages" in body)
    return Prompt(model, rule, messages, texts, form, sent, images, audio)


def _too_long(sent: int, longest: int, *, chat: bool) -> ApiError:
    """Responses says it in other words (observed: dyad-sh/dyad issue 1672)."""
    words = (
        f"This model's maximum context length is {longest} tokens. However, your "
        f"messages resulted in {sent} tokens. Please reduce the length of the messages."
        if chat
        else "Your input exceeds the context window of this model. Please adjust your input and "
        "try again."
    )
    place = "messages" if chat else "input"
    return ApiError(400, words, code="context_length_exceeded", param=place)


def _part_tokens(part: Mapping[str, Any], model: Model) -> int:
    """The tokens of a picture or a recording; a 400 for what is none, and for a model that does
    not take it, or whose formula is not published."""
    kind = "audio" if part.get("type") == "input_audio" else "image"
    if kind == "audio" and model.kind != "audio":
        raise ApiError(
            400, f"{model.id} takes no audio: send it to one of {', '.join(_HEARS)}.",
            code="invalid_audio",
        )  # fmt: skip
    try:
        return audio_tokens_of(part) if kind == "audio" else image_tokens_of(part, model.id)
    except ValueError as error:
        raise ApiError(400, f"Invalid {kind}: {error}.", code=f"invalid_{kind}") from None
    except LookupError as error:
        raise not_served(f"this picture: {error}") from None
