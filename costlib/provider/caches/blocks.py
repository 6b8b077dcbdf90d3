"""A prompt cut into the blocks that prompt caches know: tools, then the parts of each message.

A block is identified by a hash of its exact content, its cache markers left out, so that a prefix
is identified by a running hash. Token counts are memoised by text (`tokens.encoded_length`), so a
block that stays the same is never tokenised twice. Units: tokens of the model asked about.
Lesson 7 teaches caches.
"""

from __future__ import annotations

import json
from array import array
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import pairwise
from typing import Any

from costlib.tokens.chat import count_chat, message_texts
from costlib.tokens.encodings import encoded, encoded_length
from costlib.tokens.text import size_of, tokenizer_of

PartTokens = Callable[[Mapping[str, Any]], int]

_MARKERS = ("cache_control", "prompt_cache_breakpoint")
_PLAIN = ("text", "input_text", "output_text")
_EMPTY = {"type": "text", "text": ""}
_RUNS = ("tool_use", "tool_result")  # Anthropic's page on prompt caching: a run is one position
_ID_BYTES = 4  # of one token id in a sequence of tokens


def hashed(*parts: bytes) -> bytes:
    """128 bits that stand for exactly these bytes."""
    return blake2b(b"".join(parts), digest_size=16).digest()


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of a prompt: `texts` to be tokenised, and tokens that are counted as they are.

    `head` tokens are the framing before it, `atom` those of an indivisible thing (a tool, a
    picture). `role` is that of its message, "" for a tool; `closes`: the message ends here;
    `mark` is its cache marker, which only a `cacheable` block may have. `run` names a kind of
    block of which several in a row count as one place (calls of tools, and their results).
    """

    digest: bytes
    texts: tuple[str, ...]
    head: int = 0
    atom: int = 0
    role: str = ""
    closes: bool = True
    mark: Mapping[str, Any] | None = None
    cacheable: bool = True
    run: str = ""


def blocks_of(
    messages: Sequence[Mapping[str, Any]],
    tools: Sequence[Mapping[str, Any]] | None,
    model: str,
    part_tokens: PartTokens | None = None,
) -> list[Block]:
    """The blocks in the order in which both vendors read them: tools, system text, messages.

    Their tokens add up to what `count_chat` counts, less the tokens that prime the reply.
    `part_tokens` counts a content part that is not text; without it such a part is a ValueError.
    """
    blocks = _tool_blocks(tools, model) if tools else []
    for message in messages:
        blocks += _message_blocks(message, model, part_tokens)
    return blocks


def _tool_blocks(tools: Sequence[Mapping[str, Any]], model: str) -> list[Block]:
    """A tool is matched whole: how the vendors render it for the model is not published."""
    schemas = tuple(json.dumps(_unmarked(tool), ensure_ascii=False) for tool in tools)
    return [
        Block(hashed(b"tool", _bytes(schema)), (), atom=tokens, mark=tool.get("cache_control"))
        for tool, schema, tokens in zip(tools, schemas, _tool_tokens(schemas, model), strict=True)
    ]


@lru_cache(maxsize=256)
def _tool_tokens(schemas: tuple[str, ...], model: str) -> tuple[int, ...]:
    """What each tool adds to the count of those before it."""
    tools = [json.loads(schema) for schema in schemas]
    upto = [count_chat([], model, tools[:end]).tokens for end in range(len(tools) + 1)]
    return tuple(after - before for before, after in pairwise(upto))


def _message_blocks(
    message: Mapping[str, Any], model: str, part_tokens: PartTokens | None
) -> list[Block]:
    role, name = message["role"], message.get("name")
    start = _bytes(json.dumps(["message", role, name, message.get("tool_call_id")]))
    content = message.get("content") or ""
    parts: list[Any] = [content] if isinstance(content, str) else list(content)
    parts += [{"tool_calls": [call]} for call in message.get("tool_calls") or ()]
    if len(parts) > 1 and parts[0] == "":
        del parts[0]
    blocks = []
    for index, part in enumerate(parts):
        texts, atom = _measured(part, part_tokens)
        kind = _kind(part) or ""
        if index == 0 and name:
            texts = (name, *texts)
        blocks.append(
            Block(
                digest=hashed(start if index == 0 else b"part", b"\0", _identity(part)),
                texts=texts,
                head=0 if index else _head_tokens(role, name is not None, model),
                atom=atom,
                role=role,
                closes=index == len(parts) - 1,
                mark=_mark(part),
                # Anthropic's page on prompt caching: empty text and thinking cannot be cached.
                cacheable="thinking" not in kind and part not in ("", _EMPTY),
                run=kind if kind in _RUNS else "",
            )
        )
    return blocks


@lru_cache(maxsize=1_024)
def _head_tokens(role: str, named: bool, model: str) -> int:
    """The framing of a message and its role; a name is a text of the message."""
    message = {"role": role, "content": ""} | ({"name": ""} if named else {})
    return count_chat([message], model).tokens - count_chat([], model).tokens


def _kind(part: Any) -> str | None:
    return part.get("type") if isinstance(part, Mapping) else None


def _measured(part: Any, part_tokens: PartTokens | None) -> tuple[tuple[str, ...], int]:
    """The texts of a content part, and the tokens of what in it is not text."""
    if isinstance(part, Mapping) and "tool_calls" in part:
        return tuple(message_texts(part)), 0
    if _kind(part) == "tool_result" and not isinstance(part.get("content") or "", str):
        inner = [_measured(each, part_tokens) for each in part["content"]]
        return tuple(text for texts, _ in inner for text in texts), sum(n for _, n in inner)
    try:
        return tuple(message_texts({"content": [part]})), 0
    except ValueError:
        if part_tokens is None:
            raise
        return (), part_tokens(part)


def _identity(part: Any) -> bytes:
    if isinstance(part, str):
        return b"text" + _bytes(part)
    if _kind(part) in _PLAIN:
        return b"text" + _bytes(part["text"])
    return b"json" + _bytes(json.dumps(_unmarked(part), ensure_ascii=False))


def _unmarked(value: Any) -> Any:
    """A part without cache markers, since to mark a block does not change it.

    A tool's schema and input are the caller's own data and stay as they are.
    """
    if not isinstance(value, Mapping):
        return value
    kept = {key: item for key, item in value.items() if key not in _MARKERS}
    if isinstance(kept.get("content"), list):
        kept["content"] = [_unmarked(item) for item in kept["content"]]
    return kept


def _mark(part: Any) -> Mapping[str, Any] | None:
    """The marker of a part; one inside a tool's result stands for the end of the result."""
    if not isinstance(part, Mapping):
        return None
    inner = part.get("content")
    found = [_mark(each) for each in inner] if isinstance(inner, list) else []
    found += [part.get(name) for name in _MARKERS]
    return next((mark for mark in reversed(found) if mark), None)


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def positions(blocks: Sequence[Block]) -> list[int]:
    """The place of each block as look-backs count them: a run of tool calls is one place."""
    places, place = [], -1
    for before, block in zip([None, *blocks], blocks, strict=False):
        if before is None or not block.run or block.run != before.run:
            place += 1
        places.append(place)
    return places


# --- Prefixes ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Prefixes:
    """For each block of a prompt: the key of the prefix that ends with it, and its tokens."""

    keys: list[bytes]
    tokens: list[int]


def prefixes(
    blocks: Sequence[Block], model: str, start: bytes, sent: int, settings: bytes = b""
) -> Prefixes:
    """The prefixes that end with a block; none is counted longer than what was `sent`.

    `start` stands for all that the whole cache depends on, `settings` for what only the part
    after tools and system text depends on.
    """
    tokenizer = tokenizer_of(model)
    keys, tokens = [], []
    key, encoded, size, plain = start, 0, 0, 0
    for block in blocks:
        if settings and block.role not in ("", "system"):
            key, settings = hashed(key, settings), b""
        key = hashed(key, block.digest)
        encoded += sum(encoded_length(text, tokenizer.encoding) for text in block.texts if text)
        size += sum(map(size_of, block.texts))
        plain += block.head + block.atom
        keys.append(key)
        tokens.append(min(tokenizer.count(encoded).at_most(size).tokens + plain, sent))
    return Prefixes(keys, tokens)


def chunk_keys(
    blocks: Sequence[Block], model: str, start: bytes, size: int, most: int | None = None
) -> list[bytes]:
    """The keys of the first `size` tokens, the first 2 x `size`, and so on; at most `most`."""
    encoding = tokenizer_of(model).encoding
    pieces: list[bytes] = []
    for block in blocks:
        pieces.append(_atom(_bytes(block.role), block.head))
        pieces += [_token_ids(text, encoding) for text in block.texts if text]
        pieces.append(_atom(block.digest, block.atom))
    sequence, step = b"".join(pieces), size * _ID_BYTES
    keys, key = [], start
    for at in range(0, len(sequence) - step + 1, step)[:most]:
        key = hashed(key, sequence[at : at + step])
        keys.append(key)
    return keys


def _atom(identity: bytes, tokens: int) -> bytes:
    """So many token ids for something indivisible, different in each for a different thing."""
    return (hashed(identity) * tokens)[: tokens * _ID_BYTES]


@lru_cache(maxsize=1_024)
def _token_ids(text: str, encoding: str) -> bytes:
    return array("I", encoded(text, encoding)).tobytes()
