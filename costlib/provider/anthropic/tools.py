"""What the modelled Claude does with tools: it calls one that it must, and searches the web.

Modelled: the input of a call fits its schema and means nothing; the number of searches and the
length of their results are drawn. Counted: their tokens, and each search, for which Anthropic
asks a fee of its own. Lesson 2 teaches both.
"""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

from costlib.provider.anthropic.accepts import WEB_SEARCH
from costlib.provider.anthropic.input import Input, call_tokens, seal
from costlib.provider.openai.schema import example
from costlib.provider.replies import draw_for
from costlib.provider.rules import not_served
from costlib.provider.state import Provider
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


def forced_call(provider: Provider, given: Input, name: str) -> tuple[str, str]:
    """The name of the tool that was forced ("" for any of them), and the JSON of its input."""
    tools = [tool for tool in given.tools or () if name in ("", tool["name"])]
    own = [tool for tool in tools if tool.get("type") not in WEB_SEARCH]
    if not own:
        raise not_served("tool_choice that forces a tool of Anthropic's own")
    draw = draw_for(provider, given.model.id, given.texts, 0)
    filled = example(own[0].get("input_schema") or {"type": "object"}, draw)
    return own[0]["name"], as_json(filled if isinstance(filled, dict) else {})


def as_json(value: Any) -> str:
    """JSON as `tokens.count_chat` counts it when it is sent back."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
