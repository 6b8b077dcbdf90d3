"""Models' names as people have them, back to the names of the price book.

A log has `us.anthropic.claude-sonnet-4-5-20250929-v1:0`, a gateway `openrouter/openai/gpt-4o`, a
coding tool `claude-opus-4-8[1m]`. A wrapper is taken off only where it does not change the price;
where it does (a fine-tuned model, fast mode, another host of open weights) the name is refused,
with what to price instead; a region is a part of the price. No units. Lesson 1.
"""

from __future__ import annotations

import re
from collections.abc import Container, Iterator
from typing import NamedTuple

_MAKERS = {
    "openai": "openai", "anthropic": "anthropic", "google": "google", "gemini": "google",
    "x-ai": "x-ai", "xai": "x-ai", "mistral": "mistral", "mistralai": "mistral",
    "deepseek": "deepseek", "models": "google", "google-gla": "google", "google-vertex": "google",
    "openai-chat": "openai", "openai-responses": "openai",
}  # fmt: skip

# What stands around a name: the host that it says, and the name's pattern. The maker's name is the
# group `maker`, the place where a cloud runs it the group `place`.
_WRAPPERS = tuple(
    (host, re.compile(pattern))
    for host, pattern in (
        ("bedrock", r"arn:aws[\w-]*:bedrock:(?P<place>[^:]*):[^:]*:[\w-]+/"),
        ("vertex", r"projects/[^/]+/locations/(?P<place>[^/]+)/"),
        ("vertex", r"publishers/(?P<maker>google|anthropic)/models/"),
        (
            "bedrock",
            r"bedrock(?:_converse)?/(?:converse/|invoke/)?"
            r"(?:(?P<place>[a-z]{2}(?:-gov)?-[a-z]+-\d)/)?",
        ),
        ("vertex", r"(?:vertex_ai|vertex|google-vertex|vertex-ai)/"),
        ("azure", r"azure(?:_ai|_text)?/(?:(?P<place>eu|us|global)(?:-standard)?/)?"),
        ("bedrock", r"(?P<place>us|eu|apac|au|jp|ca|us-gov|global)\.(?=[a-z0-9]+\.)"),
        ("bedrock", r"(?P<maker>anthropic|openai|xai|deepseek|mistral)\."),
        ("openrouter", r"openrouter/"),
        ("", r"(?:litellm_proxy|litellm|vercel|gateway)/"),
        (
            "",
            r"(?P<maker>openai|anthropic|google|gemini|x-ai|xai|mistralai|mistral|deepseek|models)/",
        ),
        # pydantic-ai and the registries of the AI SDK
        ("vertex", r"(?P<maker>google-vertex):"),
        (
            "",
            r"(?P<maker>openai(?:-chat|-responses)?|anthropic|google(?:-gla)?|mistral|deepseek|xai):",
        ),
        ("bedrock", r"bedrock:"),
        ("azure", r"azure:"),
    )
)
# Whose models cost at a host what their makers charge, but for the regions of data/regions.csv
# (vendors' price pages, 2026-11-28; litellm 1.110.2 map, 2026-11-29).
_AS_AT_THE_MAKER = {
    "azure": ("openai", "anthropic", "x-ai"),
    "bedrock": ("anthropic", "openai", "x-ai"),
    "openrouter": ("openai", "anthropic", "google", "x-ai"),
    "vertex": ("google", "anthropic", "x-ai"),
}
_OPEN_WEIGHTS = ("gpt-oss", "gemma")
# What stands behind a name and does not change its price: a version of Bedrock's, a long context
# (which has rates of its own on the card), a variant that only routes, an effort of reasoning.
_ENDINGS = re.compile(
    r"(?:-v\d+(?::\d+)?(?::\d+k)?|\[1m\]|@default|[@-]latest|"
    r":(?:beta|extended|thinking|nitro|floor|exacto)|"
    r"-(?:minimal|low|medium|high|xhigh|thinking))$"
)
_REFUSED_ENDINGS = {
    ":free": "a free variant costs nothing, within limits of its own",
    ":online": "web search is charged on top of the model's rates",
    "-fast": "fast mode has rates of its own: pass tier='fast' with the model's own name",
}
_VERTEX_DATE = re.compile(r"(?:-v\d)?@(\d{8})$")  # claude-3-5-sonnet-v2@20241022
_CLAUDE = re.compile(r"claude-(\d)[.-](\d)-(opus|sonnet|haiku|fable)(.*)")
_CLOUDS = ("vertex", "azure", "bedrock")


class Meant(NamedTuple):
    """A name without its wrappers, whose model it is (None where that is open), and a caveat.

    `region` is where the name says that the work stays, as in data/regions.csv ("bedrock/eu"), and
    `host` who runs the model there; `why_not` says why its price is not that of `name`.
    """

    name: str
    maker: str | None = None
    region: str = ""
    why_not: str = ""
    host: str = ""


def meanings(name: str, known: Container[str]) -> Iterator[Meant]:
    """What a name may mean, the likeliest first; the caller looks each up in the price book.

    `known` are the names of the book: as soon as a name is one of them it is not taken further
    apart. Nothing is yielded for the name as it stands.
    """
    plain, maker, region, host = name.strip(), None, "", ""
    while plain not in known:
        for said, wrapper in _WRAPPERS:
            match = wrapper.match(plain)
            if match and match.end() < len(plain):
                found = match.groupdict()
                maker = _MAKERS.get(found.get("maker") or "", maker)
                host = host or said
                # The inner place holds: a profile named global, in the log of any region.
                if place := found.get("place"):
                    region = "" if place == "global" else f"{said}/{place}"
                plain = plain[match.end() :]
                break
        else:
            break
    if plain.startswith("ft:"):
        yield from _fine_tuned(plain, known)
        return
    why_not = ""
    for ending, reason in _REFUSED_ENDINGS.items():
        if plain.endswith(ending) and plain not in known:
            plain, why_not = plain.removesuffix(ending), reason
    for spelling in _spellings(plain, known):
        yield Meant(spelling, maker, region, why_not, host)


def price_at_host(host: str, maker: str, model: str) -> str:
    """Why a model does not cost at a host what its maker charges; "" where it does."""
    elsewhere = host in _CLOUDS and model.startswith(_OPEN_WEIGHTS)
    if elsewhere or maker not in _AS_AT_THE_MAKER.get(host, (maker,)):
        return "each host of open weights has prices of its own"
    return ""


def is_cloud(host: str) -> bool:
    """Whether a host runs other makers' models by itself, and ends them on days of its own."""
    return host in _CLOUDS


def _fine_tuned(name: str, known: Container[str]) -> Iterator[Meant]:
    """`ft:BASE:organisation:suffix:id` has the rates of `ft:BASE`, never those of BASE."""
    base = name.split(":")[1]
    for plain in (f"ft:{base}", f"ft:{re.sub(r'-[0-9]{4}$', '', base)}"):
        if plain in known:
            yield Meant(plain, "openai")
    why_not = (
        f"no rate of a fine-tuned {base} is published here, and a fine-tuned model costs more than "
        "its base: add a sourced row to data/price_overlay.csv"
    )
    yield Meant(f"ft:{base}", "openai", why_not=why_not)


def _spellings(name: str, known: Container[str]) -> Iterator[str]:
    """A name with fewer and fewer endings, in the price book's spelling."""
    seen = set()
    while name not in seen:
        seen.add(name)
        yield name
        lower = name.lower().replace(" ", "-") if " " in name else name  # "Claude Haiku 4.5"
        claude = _CLAUDE.fullmatch(lower)
        yield lower
        if claude:
            yield f"claude-{claude[3]}-{claude[1]}-{claude[2]}{claude[4]}"
        yield lower.replace(".", "-")
        if _VERTEX_DATE.search(lower):
            yield _VERTEX_DATE.sub(r"-\1", lower)
        if name not in known:
            name = _ENDINGS.sub("", lower)
