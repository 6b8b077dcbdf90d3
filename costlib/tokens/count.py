"""How many tokens a text, a conversation, a picture or a minute of speech is.

Units: tokens of the model asked about; pixels; seconds. Lesson 2 teaches this module, lesson 3
measures its error.

A count is *exact* only where the vendor published the encoding: OpenAI up to gpt-5.x. For gpt-6
and Claude it is an *estimate*: the tokens of o200k_base times a measured factor, with the range
between its sources (`data/tokenizer_factors.csv`). Encodings are built from the files in
`data/tokenizers/`, whose sha256 is checked here; nothing is ever downloaded.
"""

from __future__ import annotations

import base64
import csv
import gzip
import hashlib
import json
import math
import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from costlib.paths import data_path
from costlib.pricing.prices import find_model

if TYPE_CHECKING:
    from tiktoken import Encoding

Message = Mapping[str, Any]

# Chat framing in tokens, (each message, a name, priming of the reply). OpenAI: its cookbook, "How
# to count tokens with tiktoken". Claude: count_tokens says 10 for "Hello, world" (3 tokens) in one
# user message and 14 for "Hello, Claude" (3) with the system text "You are a scientist" (4).
_OPENAI_FRAME, _CLAUDE_FRAME = (3, 1, 3), (4, 0, 3)
_CLAUDE_TOOL_PROMPT = 346  # Anthropic's page on tool use: hidden system prompt, tool_choice auto

# Speech: OpenAI's realtime guide, one token for 100 ms heard and for 50 ms spoken.
AUDIO_TOKENS_PER_SECOND = {"input": 10, "output": 20}


@dataclass(frozen=True, repr=False)
class Count:
    """A number of tokens; when it is not `exact`, the true number should lie in [low, high].

    `int(count)` is `tokens`, the exact number or the best guess. Counts add up; a sum is exact
    when all its parts are.
    """

    tokens: int
    low: int
    high: int
    exact: bool

    def __int__(self) -> int:
        return self.tokens

    def __add__(self, other: Count) -> Count:
        return Count(
            self.tokens + other.tokens,
            self.low + other.low,
            self.high + other.high,
            self.exact and other.exact,
        )

    def __repr__(self) -> str:
        if self.exact:
            return f"{self.tokens:,}"
        return f"est. {self.tokens:,} ({self.low:,}-{self.high:,})"


@dataclass(frozen=True)
class Tokenizer:
    """The row of a model in `data/tokenizer_factors.csv`: an encoding, and the factor on it."""

    prefix: str
    encoding: str
    low: float
    factor: float
    high: float
    source: str

    @property
    def exact(self) -> bool:
        """Whether the model's own encoding is public."""
        return self.low == self.high

    def count(self, encoded: int) -> Count:
        """What so many tokens of `encoding` are for the model."""
        return Count(
            round(encoded * self.factor),
            math.floor(encoded * self.low),
            math.ceil(encoded * self.high),
            self.exact,
        )


# --- Text -------------------------------------------------------------------------------------


def count_text(text: str, model: str) -> Count:
    """The tokens of a text for a model, without any chat framing.

    Raises LookupError for an unknown model, and for one whose tokenizer is neither public nor
    measured (Google, DeepSeek, xAI, Mistral: their own count endpoints know).
    """
    tokenizer = tokenizer_of(model)
    return tokenizer.count(encoded_length(text, tokenizer.encoding))


@lru_cache(maxsize=4_096)
def encoded_length(text: str, encoding: str) -> int:
    """The tokens of a text in a public encoding; `<|endoftext|>` in it counts as plain text."""
    return len(load_encoding(encoding).encode_ordinary(text))


@cache
def tokenizer_of(model: str) -> Tokenizer:
    """How a model's tokens are counted: its row, that of the longest prefix of its name."""
    found = find_model(model)
    for row in _tokenizers():
        if found.id == row.prefix or found.id.startswith((row.prefix + "-", row.prefix + ".")):
            return row
    raise LookupError(
        f"the tokens of {found.id!r} cannot be counted offline, because {found.provider} publishes "
        "no encoding for it and no measured factor is known: use the provider's own count endpoint"
    )


@cache
def _tokenizers() -> tuple[Tokenizer, ...]:
    """Longest prefix first, so that the first match is the closest."""
    rows = []
    for row in _rows("tokenizer_factors.csv"):
        low, factor, high = (float(row[name]) for name in ("low", "factor", "high"))
        rows.append(Tokenizer(row["prefix"], row["encoding"], low, factor, high, row["source"]))
    return tuple(sorted(rows, key=lambda row: -len(row.prefix)))


@cache
def load_encoding(name: str) -> Encoding:
    """The tiktoken encoding `o200k_base` or `cl100k_base`, from the files that ship.

    Raises LookupError for another name, ValueError when a file is damaged.
    """
    # tiktoken.get_encoding is not used: it downloads, and a damaged cache makes it download again.
    import tiktoken

    known = json.loads(data_path("tokenizers/encodings.json").read_text("utf-8"))["encodings"]
    if name not in known:
        raise LookupError(f"encoding {name!r} does not ship: choose {' or '.join(known)}")
    path = data_path(f"tokenizers/{name}.tiktoken.gz")
    try:
        content = gzip.decompress(path.read_bytes())
    except (OSError, EOFError, zlib.error):
        content = b""
    if hashlib.sha256(content).hexdigest() != known[name]["sha256"]:
        raise ValueError(
            f"data/tokenizers/{path.name} is damaged (its sha256 is not the published one): "
            f"restore it with `git checkout data/tokenizers/{path.name}`"
        )
    ranks = {}
    for line in content.splitlines():
        token, rank = line.split()
        ranks[base64.b64decode(token)] = int(rank)
    return tiktoken.Encoding(
        name,
        pat_str=known[name]["pattern"],
        mergeable_ranks=ranks,
        special_tokens=known[name]["special_tokens"],
    )


# --- Conversations ----------------------------------------------------------------------------


def count_chat(
    messages: Sequence[Message],
    model: str,
    tools: Sequence[Mapping[str, Any]] | None = None,
) -> Count:
    """The input tokens of a conversation: texts, the framing of each message, tool schemas.

    Messages are those of OpenAI's Chat Completions or of Anthropic, whose system text goes in as
    a message with role "system". OpenAI's framing is 3 tokens a message, 1 for a name, and 3 that
    prime the reply; Claude's is inferred from published counts. Tool schemas are always an
    estimate: between the rendering that OpenAI's cookbook describes and plain JSON.

    Raises LookupError like `count_text`, ValueError for content that is not text (`image_tokens`
    and `audio_tokens` count pictures and speech).
    """
    tokenizer = tokenizer_of(model)
    claude = tokenizer.prefix.startswith("claude")
    each, named, priming = _CLAUDE_FRAME if claude else _OPENAI_FRAME
    framing, encoded = priming, 0
    for message in messages:
        if not (claude and message["role"] == "system"):
            framing += each
        framing += named * ("name" in message)
        texts = [message.get("name", ""), *message_texts(message)]
        if not claude:
            texts.append(message["role"])
        encoded += sum(encoded_length(text, tokenizer.encoding) for text in texts if text)
    total = tokenizer.count(encoded) + Count(framing, framing, framing, tokenizer.exact)
    return total + _count_tools(tools, tokenizer) if tools else total


def message_texts(message: Message) -> Iterable[str]:
    """Every text that a message holds: its content, its tool calls, the results of tools."""
    content = message.get("content") or ()
    for part in [content] if isinstance(content, str) else content:
        yield from _part_texts(part)
    for call in message.get("tool_calls") or ():
        yield call["function"]["name"]
        yield call["function"]["arguments"]


def _part_texts(part: str | Mapping[str, Any]) -> Iterable[str]:
    if isinstance(part, str):
        yield part
        return
    kind = part.get("type")
    if kind in ("text", "input_text", "output_text"):
        yield part["text"]
    elif kind == "refusal":
        yield part["refusal"]
    elif kind == "thinking":
        yield part["thinking"]
    elif kind == "tool_use":
        yield part["name"]
        yield _json(part["input"])
    elif kind == "tool_result":
        yield from message_texts(part)
    else:
        raise ValueError(
            f"a content part of type {kind!r} is not text: count it with image_tokens or "
            "audio_tokens and add the result"
        )


def _count_tools(tools: Sequence[Mapping[str, Any]], tokenizer: Tokenizer) -> Count:
    """An estimate: vendors render schemas for the model in formats that they do not publish."""
    schemas = [tool.get("function", tool) for tool in tools]
    as_json = [encoded_length(_json(schema), tokenizer.encoding) for schema in schemas]
    if tokenizer.prefix.startswith("claude"):
        hidden = Count(_CLAUDE_TOOL_PROMPT, _CLAUDE_TOOL_PROMPT, _CLAUDE_TOOL_PROMPT, False)
        return tokenizer.count(sum(as_json)) + hidden
    # The constants are those of OpenAI's cookbook for gpt-4o: 7 a function, 3 for a list of
    # properties, 3 each, 3 less for an enum plus 3 for each value, 12 at the end.
    rendered = 12 + sum(7 + _rendered(schema, tokenizer.encoding) for schema in schemas)
    low, best, high = sorted((rendered, sum(as_json), (rendered + sum(as_json)) // 2))
    estimate = tokenizer.count(best)
    return Count(estimate.tokens, tokenizer.count(low).low, tokenizer.count(high).high, False)


def _rendered(schema: Mapping[str, Any], encoding: str) -> int:
    """Tokens of a schema written as `name:type:description` lines, as the cookbook counts them."""
    head = f"{schema.get('name', '')}:{str(schema.get('description', '')).removesuffix('.')}"
    properties = (schema.get("parameters") or {}).get("properties") or {}
    total = encoded_length(head, encoding) + 3 * bool(properties)
    for key, value in properties.items():
        if not isinstance(value, Mapping):  # JSON Schema allows true and false
            continue
        text = (
            f"{key}:{value.get('type', '')}:{str(value.get('description', '')).removesuffix('.')}"
        )
        total += 3 + encoded_length(text, encoding)
        options = value.get("enum")
        if options and isinstance(options, list):
            total += sum(3 + encoded_length(str(option), encoding) for option in options) - 3
        for inner in (value, value.get("items", {})):
            if isinstance(inner, Mapping) and "properties" in inner:
                total += _rendered({"parameters": inner}, encoding)
    return total


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


# --- Pictures and speech ----------------------------------------------------------------------


@dataclass(frozen=True)
class ImageGrid:
    """A picture as a model reads it: shrunk to `width` x `height` pixels, covered with squares.

    `across` x `down` squares of `unit` pixels cover it; `squares` of them are billed (fewer only
    where rounding would pass the vendor's limit), each at `per_unit` tokens, on top of `base`.
    """

    width: int
    height: int
    unit: int
    across: int
    down: int
    squares: int
    base: int
    per_unit: float

    @property
    def tokens(self) -> int:
        """What the picture costs, rounded up to whole tokens."""
        # Rounded first: 1.2 x 2,500 must be 3,000, not 3,000.0000000000005 and so 3,001.
        return self.base + math.ceil(round(self.squares * self.per_unit, 6))


def image_tokens(width: int, height: int, model: str, detail: str = "auto") -> int:
    """The input tokens of a picture of so many pixels: those of its `image_grid`."""
    return image_grid(width, height, model, detail).tokens


def image_grid(width: int, height: int, model: str, detail: str = "auto") -> ImageGrid:
    """What an API makes of a picture of so many pixels, by the vendor's published formula.

    The picture is first shrunk to the model's limits, never enlarged, then covered with square
    units, tiles of 512 pixels or patches of 32 (OpenAI) or 28 (Anthropic); each unit costs the
    same. The rules are rows of `data/image_rules.csv`. `detail` ("auto", "high", "low", "original")
    is OpenAI's parameter.

    Raises LookupError for a model or detail without a published rule, ValueError for a size that
    is not positive, and for a picture that the vendor rejects as too large.
    """
    if width < 1 or height < 1:
        raise ValueError(f"a picture of {width} x {height} pixels does not exist: give both sides")
    rule = _image_rule(find_model(model).id, detail)
    size = int(rule["unit_px"])
    scale = 1.0
    if rule["max_side"]:
        scale = min(scale, int(rule["max_side"]) / max(width, height))
    if rule["short_side"]:
        scale = min(scale, int(rule["short_side"]) / min(width, height))
    limit = int(rule["max_units"] or 0)
    across, down = _shrink(width * scale / size, height * scale / size, limit)
    squares = _ceil(across) * _ceil(down)
    most = int(rule["rejected_above"] or squares)
    if squares > most:
        raise ValueError(
            f"a picture of {width} x {height} pixels is {squares:,} patches, and {model} rejects "
            f"more than {most:,}: make it smaller, or send it with detail high"
        )
    return ImageGrid(
        width=max(1, round(across * size)),
        height=max(1, round(down * size)),
        unit=size,
        across=_ceil(across),
        down=_ceil(down),
        squares=min(squares, limit) if limit else squares,
        base=int(rule["base"]),
        per_unit=float(rule["per_unit"]),
    )


def image_models() -> tuple[str, ...]:
    """The models that have a published rule for pictures, in the order of the rules."""
    rules = (row["models"].split() for row in _rows("image_rules.csv"))
    return tuple(dict.fromkeys(name for names in rules for name in names))


@cache
def _image_rule(name: str, detail: str) -> Mapping[str, str]:
    rules = [row for row in _rows("image_rules.csv") if name in row["models"].split()]
    for row in rules:
        if detail in row["detail"].split():
            return row
    known = " ".join(row["detail"] for row in rules)
    raise LookupError(
        f"no rule for detail={detail!r} is published for {name!r}: known are {known}"
        if rules
        else f"no published rule says what a picture costs on {name!r}: see data/image_rules.csv"
    )


def _shrink(across: float, down: float, limit: int) -> tuple[float, float]:
    """The sides of a picture, in units, once no more than `limit` (0: none) units cover it."""
    if not limit or _ceil(across) * _ceil(down) <= limit:
        return across, down
    # OpenAI's guide: shrink to the area of the limit, then until a side is whole units.
    shrink = min(1, math.sqrt(limit / (across * down)))
    across, down = across * shrink, down * shrink
    fit = min(max(1, math.floor(side + 1e-9)) / side for side in (across, down))
    return across * min(fit, 1), down * min(fit, 1)


def _ceil(value: float) -> int:
    return max(1, math.ceil(value - 1e-9))


def audio_tokens(seconds: float, direction: str = "input") -> int:
    """The tokens of speech at OpenAI: 600 a minute heard ("input"), 1,200 spoken ("output")."""
    if direction not in AUDIO_TOKENS_PER_SECOND:
        raise ValueError(f'direction={direction!r} is unknown: choose "input" or "output"')
    if not seconds >= 0:
        raise ValueError(f"seconds={seconds!r} is not a length of time: give 0 or more")
    return math.ceil(round(seconds * AUDIO_TOKENS_PER_SECOND[direction], 6))


@cache
def _rows(name: str) -> tuple[dict[str, str], ...]:
    with data_path(name).open(encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))
