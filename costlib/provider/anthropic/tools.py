"""Claude's tools: the caller's own, in no vendor's shape, and the web searches that it makes.

Modelled: the number of searches and the length of their results are drawn. Counted: their tokens,
and each search, for which Anthropic asks a fee of its own. Lesson 2 teaches both.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import Any

from costlib.provider.anthropic.accepts import WEB_SEARCH
from costlib.provider.anthropic.input import Input, call_tokens, seal
from costlib.provider.tool_use import Tool
from costlib.tokens.chat import message_texts

_SEARCHES = (1, 1, 2, 3)  # drawn from, and capped by max_uses; modelled
_RESULTS, _RESULT_TOKENS = 5, (300, 900)  # pages that one search finds, tokens of each; modelled


@dataclass(frozen=True)
class Search:
    """One search of the web: its two blocks, what was written to ask, what came back to read."""

    blocks: list[dict[str, Any]]
    asked_tokens: int
    result_tokens: int


def searches(given: Input) -> list[Search]:
    """The searches that the model makes before it answers; none without the web search tool."""
    tool = next((each for each in given.tools or () if each.get("type") in WEB_SEARCH), None)
    if tool is None:
        return []
    draw = random.Random(f"search {given.said}")
    wanted = min(draw.choice(_SEARCHES), tool.get("max_uses") or max(_SEARCHES))
    words = " ".join(message_texts(given.texts[-1])).split()[:8]
    return [
        _search(draw, " ".join([*words, f"part {number}"] if number > 1 else words), given.model.id)
        for number in range(1, wanted + 1)
    ]


def _search(draw: random.Random, query: str, model: str) -> Search:
    key = f"{draw.getrandbits(80):020x}"
    sizes = [draw.randint(*_RESULT_TOKENS) for _ in range(_RESULTS)]
    pages = [
        {
            "type": "web_search_result",
            "title": f"Simulated result {number}",
            "url": f"https://example.com/{key}/{number}",
            "encrypted_content": seal(size, key, str(number)),
            "page_age": None,
        }
        for number, size in enumerate(sizes, start=1)
    ]
    call = {
        "type": "server_tool_use",
        "id": f"srvtoolu_{key}",
        "name": "web_search",
        "input": {"query": query},
    }
    result = {"type": "web_search_tool_result", "tool_use_id": call["id"], "content": pages}
    return Search([call, result], call_tokens("web_search", call["input"], model), sum(sizes))


def own_tools(given: Input) -> list[Tool]:
    """The caller's own tools, which the model calls and the caller runs."""
    return [
        Tool(tool["name"], tool.get("description") or "", tool.get("input_schema") or {})
        for tool in given.tools or ()
        if tool.get("type") not in WEB_SEARCH
    ]
