"""From a response to a `Usage`: the one place where the providers' ways of counting meet.

Units: tokens, as the provider reported them. Inclusive (OpenAI, Google, DeepSeek, xAI, Mistral):
the input total contains cached tokens. Exclusive (Anthropic, Bedrock): cached tokens stand beside
the input. A `Usage` is always inclusive. The tables that say what a field means stand in openai.py,
anthropic.py, google.py, bedrock.py, gateways.py, frameworks.py, ai_sdk.py, dotnet.py,
coding_tools.py and tracers.py; README.md lists them with their sources. Here they are told apart,
and nothing is dropped: `_refuse_unread`. Lesson 2 teaches this module; the record itself is in
record.py.
"""

from __future__ import annotations

from dataclasses import fields as dataclass_fields
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from costlib.usage import (
    ai_sdk,
    anthropic,
    bedrock,
    beside,
    coding_tools,
    dotnet,
    frameworks,
    gateways,
    google,
    openai,
    tracers,
)
from costlib.usage.dialect import WORDS, WRITES, Dialect, Reading, Told, whole
from costlib.usage.envelopes import (
    has_none,
    model_in,
    named_model,
    no_usage,
    open_body,
    refuse_texts,
    usage_objects,
    with_raw,
)
from costlib.usage.fields import (
    Body,
    as_mapping,
    at,
    counting,
    counts,
    flat,
    is_free,
    is_quantity,
    word,
)
from costlib.usage.record import COUNTS, PART_RULES, Usage

__all__ = [
    "COUNTS", "DIALECTS", "PART_RULES", "PROVIDERS", "Usage", "named_model", "read_usage",
    "reported_cost",
]  # fmt: skip

PROVIDERS = (
    "anthropic", "aws", "azure", "cohere", "deepseek", "google", "groq", "litellm", "mistral",
    "openai", "openrouter", "perplexity", "x-ai",
)  # fmt: skip
"""Whose bodies `read_usage` knows; the ids are those of the genai-prices package."""

DIALECTS: tuple[Dialect, ...] = (
    *openai.DIALECTS,
    *anthropic.DIALECTS,
    *google.DIALECTS,
    *bedrock.DIALECTS,
    *gateways.DIALECTS,
    *frameworks.DIALECTS,
    *ai_sdk.DIALECTS,
    *dotnet.DIALECTS,
    *coding_tools.DIALECTS,
    *tracers.DIALECTS,
)
"""Every table, in the order in which they are tried: the vendors' own first."""

_MARKS: dict[str, list[int]] = {}
for _place, _dialect in enumerate(DIALECTS):
    for _path in _dialect.need:
        _MARKS.setdefault(_path, []).append(_place)

# Where words and prices stand beside a usage object.
_TOLD_AROUND = {
    dialect.name: [path for path, role in (dialect.body or {}).items() if role in (*WORDS, "$")]
    for dialect in DIALECTS
}

# Places of usage among fields of all kinds: only what is called a count is one.
_OF_ALL_KINDS = ("", "attributes", "properties", "metrics")
# Counts beside a usage object that say nothing about this request's price.
_FREE_AROUND = ("context_management.", "diagnostics.")
_FREE_INSIDE = ("gen_ai.request.", "llm.request.", "llm.invocation_parameters.")  # of a span


def read_usage(response: object, *, provider: str | None = None) -> Usage:
    """The `Usage` of a response: an SDK object, its dict, or the bare usage object in either.

    Reads the bodies of `DIALECTS`: OpenAI, Anthropic, Google, Bedrock, the vendors and gateways
    that speak like them, batch lines and stream events, and what frameworks and tracers make of
    them. The fields tell them apart; `provider` settles what they leave open, and is not needed
    otherwise.

    Nothing is dropped: a field that counts tokens, requests or money is read, checked as a part or
    a total, or refused by name. Cache writes without a time to live get the default one of the
    model's maker: 5 minutes at Anthropic and through gateways, 30 at OpenAI. A body that sums up
    several requests has `requests` above 1. `region` and `fees` hold what else decides the price.
    What a body leaves open about it warns (UserWarning).

    Raises ValueError when there is no usage (absent is not zero), when the counts contradict each
    other, when a count is not known, and when the fields leave open what `provider` would settle.
    """
    return read_body(response, provider=provider).usage


def reported_cost(response: object, *, provider: str | None = None) -> Decimal | None:
    """What the provider itself says the response cost, in USD; None where it does not say.

    OpenRouter, LiteLLM, xAI, Perplexity, Claude Code, Cursor and some tracers do. It stands beside
    `cost_of(read_usage(response), model).total` and never replaces it: a difference is a price that
    one of the two does not know, a discount, or a fee. Raises ValueError like `read_usage`.
    """
    return read_body(response, provider=provider).reported


def read_body(response: object, *, provider: str | None = None) -> Reading:
    """All that `read_usage` and `reported_cost` find, and the table that it was read by."""
    if provider is not None and provider not in PROVIDERS:
        raise ValueError(f"provider={provider!r} is unknown: use one of {', '.join(PROVIDERS)}")
    opened = open_body(response)
    body = opened.body
    if body.get("svg_usage"):
        raise ValueError(
            "svg_usage stands beside usage: two models worked, so read response.usage and "
            "response.svg_usage apart and price each with its own model"
        )
    vendor = word(body.get("model_provider") or body.get("provider")).lower()
    told = Told(provider, (model_in(body) or "").lower(), vendor)
    objects = list(usage_objects(body))
    if objects:
        around = _without(body, [path for path, _ in objects])
    elif has_none(body) or any(
        name in body for name in ("usage", "usageMetadata", "usage_metadata")
    ):
        raise no_usage(body)
    else:
        objects, around = list(with_raw("", body)), {}
    path, usage = objects[0]
    refuse_texts(around)
    left = {**counting(around), **opened.around}
    reading = _read_object(usage, body, around, told, left, strict=path not in _OF_ALL_KINDS)
    _refuse_unread(left, reading.dialect.body or {}, reading.dialect)
    for other, copy in objects[1:]:
        twin = _read_object(copy, body, {}, told, {}, strict=True)
        _same(path, reading.usage, other, twin.usage)
        reading = _with_more(reading, twin)
    usage_read = reading.usage
    if opened.batch:
        usage_read = replace(usage_read, tier="batch")
    usage_read = beside.charged_by_the_call(usage_read, body, told.model, reading.dialect)
    beside.of_a_refusal(usage_read, body)
    beside.of_hosted_tools(usage_read, body)
    return reading._replace(usage=usage_read)


def _read_object(
    usage: Body, body: Body, around: Body, told: Told, left: Body, *, strict: bool
) -> Reading:
    """A usage object by the first table that explains all of its fields and finds them to agree:
    one for the model if there is any, then the one that knows most of what stands around it.
    """
    if "iterations" in usage:
        usage = beside.of_one_model(usage)
    fields = flat(usage)
    if Decimal in map(type, fields.values()):
        fields = {path: whole(value, floats=False) for path, value in fields.items()}
    if (unit := word(fields.get("unit"))).lower() not in ("", "tokens"):  # Langfuse
        raise ValueError(
            f"unit={unit!r}: these counts are no tokens, so build Usage(...) from the numbers "
            "yourself, if it has a field for them"
        )
    refuse_texts(fields)
    beside.complete(fields, body)
    quantities = {
        path: value
        for path, value in fields.items()
        if is_quantity(value) and not path.endswith("[#]") and not is_free(path)
        if not _is_free_inside(path)
        if (strict and not isinstance(value, str)) or counts(path)
    }
    known, explain = _suitable(tuple(fields), tuple(quantities), told.provider)
    known, fits = ([d for d in found if d.suits(told)] for found in (known, explain))
    if len(fits) > 1:
        fits.sort(key=lambda dialect: _strangeness(dialect, around, left))
    if not known:
        lacking = max(DIALECTS, key=lambda dialect: _counted_by(dialect, quantities))
        if strict and _counted_by(lacking, quantities):
            raise _absent(lacking.need[0])
        raise no_usage(body)
    if not fits:
        nearest = min(known, key=lambda dialect: len(dialect.unknown(quantities, told)))
        strange = nearest.unknown(quantities, told)
        if whose := [d for d in explain if d.vendors and not d.absent(fields)]:
            raise _of_a_vendor(strange[0], fields, whose)
        raise _unknown(strange, fields, nearest, known, quantities)
    problems: list[ValueError] = []
    own = [each for each in fits if each.maker and not each.absent(fields)]
    for dialect in own or fits:  # another table is not for this model
        missing = next(iter(dialect.absent(fields)), None)
        if missing is not None:
            problems.append(_absent(missing))
            continue
        try:
            return dialect.read(fields, around, told)
        except ValueError as error:
            problems.append(error)
    needed = [fields.get(path) for dialect in fits for path in dialect.need]
    if any(isinstance(value, str) for value in needed) and not any(map(_is_number, needed)):
        raise no_usage(body)  # a prompt's text, say, under a name that elsewhere counts it
    raise problems[0]


def _counted_by(dialect: Dialect, quantities: Body) -> int:
    return sum(dialect.rows.get(path) in COUNTS for path in quantities)


def _absent(path: str) -> ValueError:
    return ValueError(
        f"{path} is absent from the usage, and absent is not zero: give the final response or its "
        "whole usage object"
    )


@lru_cache(2048)
def _is_free_inside(path: str) -> bool:
    """Whether a field of a usage object is of what was asked for, or one that `beside` reads."""
    return path.startswith(_FREE_INSIDE) or bool(bedrock.GUARDRAIL_COUNTS.match(path))


def _is_number(value: object) -> bool:
    return is_quantity(value) or value == 0


def _of_a_vendor(path: str, fields: Body, whose: list[Dialect]) -> ValueError:
    vendors = ", ".join(sorted({repr(name) for each in whose for name in each.providers}))
    return ValueError(
        f"{path}={fields[path]} is inside the input or beside it, as the vendor counts whose "
        f"numbers {whose[0].name} hands on: pass provider=, which may be {vendors}; "
        "of another vendor read its own response"
    )


def _strangeness(dialect: Dialect, around: Body, left: Body) -> tuple[bool, int, int]:
    """How little a table knows of what stands around a usage object, of tables that explain it:
    of its counts, then of its words and prices, which nobody would miss."""
    told = sum(at(around, path) is not None for path in _TOLD_AROUND[dialect.name])
    unknown = sum(path not in (dialect.body or ()) for path in left)
    return not dialect.maker, unknown, -told


@lru_cache(2048)
def _suitable(
    paths: tuple[str, ...], quantities: tuple[str, ...], provider: str | None
) -> tuple[list[Dialect], list[Dialect]]:
    """The tables that a needed field of theirs marks, and those of them that explain all counts.

    The one that the provider named comes first, then the one to which most fields belong. Bodies
    of one shape come by the thousand, so that it is worked out once.
    """
    places = {place for path in paths for place in _MARKS.get(path, ())}
    known = [DIALECTS[place] for place in sorted(places)]
    known.sort(
        key=lambda d: (
            not d.vendors and provider in d.providers,
            sum(path in d.rows for path in paths),
        ),
        reverse=True,
    )
    told = Told(provider)
    explained = dict.fromkeys(quantities)
    return known, [dialect for dialect in known if not dialect.unknown(explained, told)]


# --- Nothing is dropped -----------------------------------------------------------------------


def _refuse_unread(found: Body, explained: Body, dialect: Dialect) -> None:
    """Refuses, by name, every count of a body that neither a table nor a copy accounts for."""
    left = {
        path: value
        for path, value in found.items()
        if path not in explained and not path.startswith(_FREE_AROUND)
        if not bedrock.GUARDRAIL_COUNTS.match(path)
    }
    if left:
        raise _unknown(list(left), left, dialect, [], left)


def _unknown(
    paths: list[str], fields: Body, nearest: Dialect, known: list[Dialect], quantities: Body
) -> ValueError:
    for dialect in known:
        left = dialect.unknown(quantities, Told(next(iter(dialect.providers), None)))
        if dialect.told and not left:
            theirs = next(path for path in quantities if path in paths)
            return ValueError(
                f"{next(iter(dialect.told))} beside {theirs} mixes OpenAI's and Anthropic's "
                "fields: if input_tokens leaves out the cached tokens pass "
                f"provider={dialect.providers[0]!r}, else build Usage(...) from the numbers "
                "yourself"
            )
    said = []
    for path in paths[:3]:
        model = fields.get(f"{path.rpartition('.')[0]}.model")
        said.append(f"{path}={fields[path]}" + (f" (of model {model!r})" if model else ""))
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ValueError(
        f"{', '.join(said)}{more}: {nearest.name} is not known to count this, and no count is "
        "dropped. If another model worked, read its usage apart; if it is inside another field or "
        "costs nothing, leave it out of the body; else build Usage(...) from the numbers yourself"
    )


def _with_more(reading: Reading, twin: Reading) -> Reading:
    """A reading with what only a copy of it tells: how long writes are kept, searches, a tier.

    A framework sums up what the provider said in its own words, and says less.
    """
    usage, other = reading.usage, twin.usage
    more: dict[str, Any] = {
        field.name: getattr(other, field.name)
        for field in dataclass_fields(Usage)
        if field.name not in (*WRITES, "requests") and not getattr(usage, field.name)
    }
    ours, theirs = ({name: getattr(each, name) for name in WRITES} for each in (usage, other))
    told = [name for name, count in ours.items() if count]
    if any(theirs.values()) and told in ([], ["cache_write_5m_tokens"], ["cache_write_30m_tokens"]):
        more |= theirs  # a lifetime that was given, where ours may be the default one
    reported = twin.reported if reading.reported is None else reading.reported
    return reading._replace(usage=replace(usage, **more), reported=reported)


def _same(path: str, usage: Usage, other: str, copy: Usage) -> None:
    """Two usage objects of one body must speak of the same tokens."""
    first, second = (
        (each.input_tokens, each.output_tokens, each.audio_seconds) for each in (usage, copy)
    )
    if first != second:
        raise ValueError(
            f"{path} and {other} stand in one body and count differently ({usage!r} and {copy!r}): "
            "one may sum up several requests, so give the object to read by itself"
        )


def _without(body: Body, paths: list[str]) -> Body:
    """The body around its usage objects."""
    rest = dict(body)
    for path in paths:
        head, _, tail = path.partition(".")
        if path in rest:
            del rest[path]
        elif head == "modelUsage":
            rest.pop(head, None)
        elif tail and head in rest:
            rest[head] = _without(as_mapping(rest[head]) or {}, [tail])
    return rest
