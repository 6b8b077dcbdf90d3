"""What one response said goes back whole: reasoning, and the items that follow from it.

A reasoning model's calls and answers belong to the reasoning before them. Whoever keeps the
conversation themselves sends both back; loops on Responses break here more often than elsewhere.
Items are known by their ids, so that one without its id is taken as it is. All wordings were
observed: continuedev/continue 10018 and 8933 (reasoning), vercel/ai 15492 (twice), can1357/oh-my-pi
41 (not stored), openai/codex 8145 (encrypted). Lesson 5 runs such loops.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from costlib.provider.errors import ApiError
from costlib.provider.state import Provider

_SEALED = "gAAAA"
_KEY = 40  # characters of an id that its whole response shares

Item = Mapping[str, Any]


def resolved(provider: Provider, given: str | Sequence[Item]) -> list[Item]:
    """The items of an input, each reference replaced by the stored item that it names.

    What is referred to is read by the model and billed as if it had been sent. Raises ApiError for
    an item that is not stored (observed: router-for-me/CLIProxyAPI issue 999).
    """
    if isinstance(given, str):
        return [{"role": "user", "content": given}]
    return [_referred(provider, each["id"]) if _refers(each) else each for each in given]


def _refers(item: Item) -> bool:
    return item.get("type") == "item_reference" or item.keys() == {"id"}


def _referred(provider: Provider, name: str) -> Item:
    stored = provider.responses.get(f"resp_{_key_of(name)}") or {"reply": {"output": ()}}
    said = {each["id"]: each for each in stored["reply"]["output"]}
    asked = {
        each.get("id") or input_id(_key_of(name), place): each
        for place, each in enumerate(stored.get("items", ()))
    }
    if name not in said and name not in asked:
        raise _not_stored(name)
    return said.get(name) or asked[name]


def input_id(key: str, place: int) -> str:
    """The id of an item that was sent without one, in the response with id `resp_KEY`."""
    return f"msg_{key}{place:02}"


def _key_of(name: str) -> str:
    return name.partition("_")[2][:_KEY]


def _not_stored(name: str) -> ApiError:
    return ApiError(
        404,
        f"Item with id '{name}' not found. Items are not persisted when `store` is set to "
        "false. Try again with `store` set to true, or remove this item from your input.",
        param="input",
    )


def seal(key: str) -> str:
    """The encrypted content of the reasoning with id `rs_KEY`: a text that stands for nothing."""
    return _SEALED + key


def check_belonging(provider: Provider, items: Sequence[Item], previous: str | None) -> None:
    """Raises ApiError for an item that is sent twice, for reasoning that is not known or stands
    alone, and for what followed from reasoning and comes without it.

    `previous` names the response that the request goes on from.
    """
    sent = [item["id"] for item in items if item.get("id")]
    held = _held(provider, previous)
    for place, name in enumerate(sent):
        if name in held or name in sent[:place]:
            raise _refused(
                f"Duplicate item found with id {name}. Remove duplicate items from your input and "
                "try again."
            )
    for place, item in enumerate(items):
        if item.get("type") == "reasoning":
            _check_reasoning(provider, item, items[place + 1 : place + 2])
            continue
        reasoning = _reasoning_of(provider, item.get("id") or "")
        if reasoning is not None and reasoning not in sent:
            raise _refused(
                f"Item '{item['id']}' of type '{item.get('type') or 'message'}' was provided "
                f"without its required 'reasoning' item: '{reasoning}'."
            )


def _check_reasoning(provider: Provider, item: Item, after: Sequence[Item]) -> None:
    name, sealed = item.get("id") or "", item.get("encrypted_content")
    said = _said_with(provider, name)
    if sealed is not None and (not sealed.startswith(_SEALED) or name not in ("", _id_of(sealed))):
        raise ApiError(
            400,
            f"The encrypted content {sealed[:4]}...{sealed[-4:]} could not be verified. Reason: "
            "Encrypted content could not be decrypted or parsed.",
            code="invalid_encrypted_content",
        )
    if sealed is None and name and name not in [each["id"] for each in said]:
        raise _not_stored(name)
    follows = any(each.get("role") == "assistant" or "call_id" in each for each in after)
    if len(said) > 1 and not follows:
        raise _refused(
            f"Item '{name}' of type 'reasoning' was provided without its required following item."
        )


def _id_of(sealed: str) -> str:
    return f"rs_{sealed.removeprefix(_SEALED)}"


def _reasoning_of(provider: Provider, name: str) -> str | None:
    """The id of the reasoning that an item of a stored response follows from."""
    said = _said_with(provider, name)
    if not any(each["id"] == name for each in said):
        return None
    return next((each["id"] for each in said if each["type"] == "reasoning"), None)


def _said_with(provider: Provider, name: str) -> Sequence[Item]:
    """What the response said that an item belongs to, if it is stored."""
    stored = provider.responses.get(f"resp_{_key_of(name)}")
    return stored["reply"]["output"] if stored else ()


def _held(provider: Provider, previous: str | None) -> set[str]:
    """The ids of all items that a response and those before it were sent and said."""
    held: set[str] = set()
    while previous is not None and (stored := provider.responses.get(previous)):
        held.update(each["id"] for each in stored["reply"]["output"])
        held.update(each["id"] for each in stored["items"] if each.get("id"))
        previous = stored["reply"]["previous_response_id"]
    return held


def _refused(message: str) -> ApiError:
    return ApiError(400, message, param="input")
