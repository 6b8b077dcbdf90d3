"""What a body tells outside its usage object: pictures, searches, and fees by the call.

A Responses body lists what its tools did, a Gemini body how it was grounded, and bodies of pictures
may lack the details of their output. Units: tokens, and counts of calls. Lesson 2.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from costlib.usage import anthropic, bedrock, google, openai
from costlib.usage.dialect import WRITES, Dialect, whole
from costlib.usage.fields import Body, as_mapping, at, entries, flat, is_quantity, word
from costlib.usage.record import Usage, whole_number
from costlib.usage.telling import tell

_MADE_OF_INPUT = ("embedding", "embeddings", "relevance_score")
_OUTPUTS = (  # of Gemini's
    "candidatesTokenCount", "candidates_token_count", "responseTokenCount", "response_token_count",
)  # fmt: skip
_WRITTEN = "model_invocation_token_counts[].candidates_tokens_details"
# Where a body lists what its tools did: a Responses' output, a message's content, LangChain's copy.
_LISTS = ("output", "content", "additional_kwargs.tool_outputs")


def complete(fields: dict[str, object], body: Body) -> None:
    """Adds to a usage object's fields what only the body around it shows: how much of its output is
    pictures, and that there is none. Raises ValueError where an answer was not counted."""
    _of_an_image_endpoint(fields, body)
    _of_gemini(fields, body)
    _of_an_interaction(fields, body)
    _of_vectors(fields, body)
    _of_iterations(fields)
    _of_server_tools(fields)
    if any(dialect.need[0] in fields for dialect in (google.REST, google.SDK)):
        _need_count_of_answer(fields, body)
    _need_count_of_transcript(fields)


def _need_count_of_answer(fields: Body, body: Body) -> None:
    """Refuses a Gemini body with an answer and no count of it: a chunk on the way, or a response
    that lost it. Its JSON leaves zeros out, and what is there is not of zero tokens."""
    if any(fields.get(name) for name in _OUTPUTS):
        return
    kinds = ("text", "functionCall", "function_call", "inlineData", "inline_data")
    said = (part for part in _parts(body) if not part.get("thought"))
    if any(part.get(kind) for part in said for kind in kinds):
        raise ValueError(
            "candidatesTokenCount is absent, though there is an answer, and absent is not zero: "
            "read the last chunk of the stream, or estimate the answer and mark it as an estimate"
        )


def _need_count_of_transcript(fields: Body) -> None:
    """Refuses an interaction of Google's whose total leaves out what the model wrote: its models of
    transcription do."""
    if fields.get("total_output_tokens") != 0:
        return
    wrote = sum(
        count
        for path, count in fields.items()
        if path.startswith(_WRITTEN) and path.endswith(".tokens") and isinstance(count, int)
    )
    if wrote:
        raise ValueError(
            f"total_output_tokens=0, though model_invocation_token_counts says that {wrote} tokens "
            "were written, as in answers of Google's models of transcription: the total leaves out "
            f"the answer, so build Usage(...) with output_tokens={wrote} from the numbers yourself"
        )


def _of_vectors(fields: dict[str, object], body: Body) -> None:
    """Adds the input of an embedding or a ranking that says its total alone (Voyage, vLLM, the AI
    SDK, DashScope): there is no output. A total without one has no price, for it may be either."""
    total = fields.get("total_tokens", fields.get("tokens"))
    told = any(fields.get(name) is not None for name in ("prompt_tokens", "input_tokens"))
    if total is None or told:
        return
    inner = as_mapping(body.get("output")) or {}
    made = body.get("data") or body.get("results") or inner.get("results")
    first = as_mapping(made[0]) if isinstance(made, list) and made else None
    if any(name in each for each in (body, inner, first or {}) for name in _MADE_OF_INPUT):
        fields["prompt_tokens"] = total


def of_one_model(usage: Body) -> Body:
    """Claude's usage without what a model declined before another took over: an attempt without
    any output is not billed, and one that wrote is, at its own rates (QuantumNous/new-api#7162 on
    Anthropic's rules; anthropic 2.12 BetaFallbackMessageIterationUsage; 2026-11-29)."""
    turns = list(entries(usage.get("iterations")))
    served = [turn.get("model") for turn in turns if turn.get("type") == "fallback_message"]
    if not served:
        return usage
    own: list[Body] = []
    for turn in turns:
        if turn.get("type") == "fallback_message":
            own.append({**turn, "type": "message"})
        elif turn.get("type") != "message" or turn.get("model") in served:
            own.append(turn)
        elif turn.get("output_tokens"):  # read_usage refuses it, by this name
            own.append({**turn, "type": "declined_message"})
        else:
            tell(
                "a model declined before any output, and another took over: Anthropic's own API "
                "does not bill the former's attempt, so it is not in here; a cloud may bill it"
            )
    return {**usage, "iterations": own}


def _of_iterations(fields: dict[str, object]) -> None:
    """What the messages of a server-side loop counted together, where the top level of Claude's
    usage says less: beside an adviser it has the input of the first one alone (Anthropic's page on
    the advisor tool: "Use usage.iterations ... when building cost-tracking logic"; 2026-11-29)."""
    if "iterations[#]" not in fields:
        return
    together = {name: fields.get(f"iterations[message].{name}") or 0 for name in anthropic.ROWS}
    for name, count in together.items():
        total = fields.get(name) or 0
        if isinstance(count, int) and isinstance(total, int) and count > total:
            fields[name] = count
    kept = {name: together[name] for name in anthropic.LIFETIMES}
    counts = [count for count in kept.values() if isinstance(count, int)]
    if sum(counts) == (fields.get(anthropic.WRITTEN) or 0):
        fields.update(kept)  # a stream's start has those of a compaction


def _of_server_tools(fields: dict[str, object]) -> None:
    """The lifetime of all cache writes where Claude's own tools ran and one lifetime was in use:
    the total has each sampling's, and the split the last one's alone (a live answer of web search
    in the tests of mirascope 2.8.2: 12,174 written, 291 of them in the split; 2026-11-29)."""
    total = fields.get(anthropic.WRITTEN)
    ran = (name.startswith("server_tool_use.") and is_quantity(fields[name]) for name in fields)
    if not isinstance(total, int) or not total or not any(ran):
        return
    used = [name for name in anthropic.LIFETIMES if fields.get(name)]
    count = fields[used[0]] if len(used) == 1 else None
    if isinstance(count, int):
        fields[used[0]] = max(count, total)


def of_a_refusal(usage: Usage, body: Body) -> None:
    """Warns of a request whose counts are not what is billed: one that Claude's filter refused
    before any output costs nothing on Anthropic's own API (its page on streaming refusals), and
    where the credit for one was redeemed, writes to a cache are billed as reads (its guide on
    fallback credit: as though the conversation had been on this model all along)."""
    if body.get("stop_reason") == "refusal" and body.get("content") == []:
        tell(
            "stop_reason is refusal and content is empty: Anthropic's own API does not bill such a "
            "request, and its counts only inform; a cloud or a gateway may bill it"
        )
    credit = at(body, "usage.fallback_credit.status.type")
    if credit == "redeemed" and any(getattr(usage, name) for name in WRITES):
        tell(
            "usage.fallback_credit was redeemed: what was written to the cache is billed as if it "
            "had been read from it, as far as another model had it cached, so the counts cost less "
            "than their rates say"
        )


def charged_by_the_call(usage: Usage, body: Body, model: str, dialect: Dialect) -> Usage:
    """The usage with the searches and the fees that the body around it tells of."""
    items, groundings, tools = list(_items(body)), _groundings(body), list(_xai_tools(body))
    searches, fees = usage.web_searches, usage.fees
    if dialect.need == openai.RESPONSES.need:
        searches = searches or sum(map(_is_search, items))
    searches = searches or _searched_by_claude(items, body)
    if dialect is google.INTERACTIONS:
        searches, fees = _of_the_steps(searches, fees, body, model)
    # LiteLLM counts queries for any model, so what Google's grounding says comes first.
    searches = _grounded(groundings, model, body) or searches
    searches += tools.count("web_searches")
    if searches_always(model):
        searches = searches or usage.requests
    fees = (
        *fees,
        *_item_fees(items, body),
        *_maps(groundings),
        *((role[4:], 1) for role in tools if role.startswith("fee:")),
        *_called(body),
        *_guarded(body),
    )
    if (searches, fees) == (usage.web_searches, usage.fees):
        return usage
    return replace(usage, web_searches=searches, fees=fees)


def searches_always(model: str) -> bool:
    """Whether a model searches the web before each answer, and so has a fee that no body tells."""
    return any(part in model for part in openai.SEARCHES_ALWAYS)


def _called(body: Body) -> Iterator[tuple[str, int]]:
    """The fees of functions that a chat asks for and the vendor runs."""
    for choice in entries(body.get("choices")):
        for call in entries(at(choice, "message.tool_calls")):
            name = word(at(call, "function.name"))
            if name in openai.CALL_FEES:
                yield openai.CALL_FEES[name], 1


_TRACES = {place.partition(".")[0] for place in bedrock.GUARDRAILS}


def _guarded(body: Body) -> Iterator[tuple[str, int]]:
    """The fees of what Bedrock's guardrails looked at; a new unit is a fee of its name."""
    for place in () if _TRACES.isdisjoint(body) else bedrock.GUARDRAILS:  # most have none
        if (about := as_mapping(at(body, place))) is None:
            continue
        for path, count in flat(about).items():
            name = path.rpartition(".")[2]
            fee = bedrock.GUARDRAIL_FEES.get(name, f"guardrail_{name}")
            if fee and name.endswith("Units") and count is not None:
                yield fee, whole_number(name, whole(count, floats=True))


def _searched_by_claude(blocks: list[Body], body: Body) -> int:
    """How many searches stand among the blocks of a message that does not count them in its usage;
    one that failed is not charged (Anthropic's page on the web search tool, 2026-11-29)."""
    if not blocks or (as_mapping(body.get("usage")) or {}).get("server_tool_use") is not None:
        return 0
    asked = sum(
        block.get("type") == "server_tool_use" and block.get("name") == "web_search"
        for block in blocks
    )
    failed = sum(
        block.get("type") == "web_search_tool_result"
        and as_mapping(block.get("content")) is not None
        for block in blocks
    )
    return max(asked - failed, 0)


def of_hosted_tools(usage: Usage, body: Body) -> None:
    """Warns of tools that the provider ran, where a body lists their calls and counts none."""
    ran = list(_ran(body))
    if ran and not usage.web_searches and not usage.fees:
        tell(
            f"calls in the body of tools that the provider ran: {len(ran)} "
            f"({', '.join(sorted(set(ran)))}), and no count of them: what is charged by the call "
            "is not in here, so add it: dataclasses.replace(usage, web_searches=..., fees=...)"
        )


def _ran(body: Body) -> Iterator[str]:
    """The tools whose calls the AI SDK lists, Groq's compound systems (groq 1.7 types.chat,
    executed_tools) and Zhipu, which adds the pages that it found (docs.z.ai, Chat Completion,
    web_search; its price is by the use and by the engine)."""
    for item in _items(body):
        if item.get("type") == "tool-call" and item.get("providerExecuted") is True:
            yield str(item.get("toolName"))
    for choice in entries(body.get("choices")):
        for tool in entries(at(choice, "message.executed_tools")):
            yield str(tool.get("type"))
    if any(entries(body.get("web_search"))):
        yield "web_search"


def _xai_tools(body: Body) -> Iterator[str]:
    """The role of each call of a tool that xAI's gRPC names; a new one is a fee of its name."""
    for place in ("usage.server_side_tools_used", "server_side_tools_used"):
        used = at(body, place)
        for tool in used if isinstance(used, list | tuple) else ():
            name = word(tool)
            yield openai.XAI_TOOLS.get(name, f"fee:{name.lower().replace(' ', '_')}")


def _of_an_image_endpoint(fields: dict[str, object], body: Body) -> None:
    """An image endpoint without details of its output made images, which cost more than text."""
    made = body.get("data")
    first = as_mapping(made[0]) if isinstance(made, list) and made else body
    details = "output_tokens_details"
    output = fields.get("output_tokens")
    told = any(path.startswith(details) and value for path, value in fields.items())
    picture = (first or {}).get("b64_json") or (first or {}).get("url")
    if picture and isinstance(output, int) and not told:
        fields[f"{details}.image_tokens"] = output


def _of_an_interaction(fields: dict[str, object], body: Body) -> None:
    """An interaction's pictures without details: its output costs what pictures cost."""
    details, output = "output_tokens_by_modality", fields.get("total_output_tokens")
    if not output or any(path.startswith(details) for path in fields):
        return
    steps = list(_steps(body))
    made = [each for step in steps for each in entries(step.get("content"))]
    if any(each.get("type") == "image" for each in (*made, *steps)):
        fields[f"{details}[image].tokens"] = output


def _of_gemini(fields: dict[str, object], body: Body) -> None:
    """Gemini's answer of pictures without details: its candidates cost what pictures cost."""
    names = ("candidatesTokenCount", "candidatesTokensDetails", "tokenCount")
    if names[0] not in fields:
        names = ("candidates_token_count", "candidates_tokens_details", "token_count")
    output = fields.get(names[0])
    if not isinstance(output, int) or any(path.startswith(names[1]) for path in fields):
        return
    parts = list(_parts(body))
    data = [as_mapping(part.get("inlineData", part.get("inline_data"))) or {} for part in parts]
    kinds = [str(each.get("mimeType", each.get("mime_type"))) for each in data]
    if not any(kind.startswith("image/") for kind in kinds):
        return
    fields[f"{names[1]}[IMAGE].{names[2]}"] = output
    if any(part.get("text") and not part.get("thought") for part in parts):
        tell(
            f"{names[0]}={output} is of text and pictures, and the body does not say how many of "
            "which: all of them count as pictures, which is the most that it can cost"
        )


def _items(body: Body) -> Iterator[Body]:
    """What an answer is made of, where it is a list: messages, blocks, what tools did."""
    for place in _LISTS:
        if found := at(body, place):  # most bodies have one of them
            yield from entries(found)


def _is_search(item: Body) -> bool:
    """Whether an output item is a search that is charged; opening a page that was found is not."""
    action = as_mapping(item.get("action")) or {}
    return item.get("type") == "web_search_call" and action.get("type", "search") == "search"


def _item_fees(items: list[Body], body: Body) -> list[tuple[str, int]]:
    """The fees that a Responses' output items are."""
    found: list[tuple[str, int]] = []
    sessions = set()
    for place, item in enumerate(items):
        fee = openai.ITEM_FEES.get(str(item.get("type")))
        if fee == "code_session":
            where = as_mapping(item.get("environment")) or {}
            if item["type"] != "shell_call":
                sessions.add(item.get("container_id") or place)
            elif str(where.get("type")).startswith("container"):  # a local shell is free
                sessions.add(where.get("container_id") or place)
        elif fee is not None:
            found.append((fee, 1))
    if sessions:
        tell(
            f"containers that ran code: {len(sessions)}; each counts as a session of 1 GB that "
            "this response began; a larger one costs more, and one that an earlier response began "
            "has been charged already"
        )
        found.append(("code_session", len(sessions)))
    if is_quantity(at(body, "tool_usage.image_gen.total_tokens")) and not any(
        name == "image_generation" for name, _ in found
    ):
        found.append(("image_generation", 1))
    return found


def _candidates(body: Body) -> Iterator[Body]:
    yield from entries(body.get("candidates"))


def _parts(body: Body) -> Iterator[Body]:
    """The parts of Gemini's answers: texts, pictures, calls."""
    for candidate in _candidates(body):
        yield from entries((as_mapping(candidate.get("content")) or {}).get("parts"))


# Where LangChain, the AI SDK and LiteLLM keep what Google says of an answer's grounding.
_GROUNDED = (
    "response_metadata.grounding_metadata",
    "providerMetadata.google.groundingMetadata",
    "providerMetadata.vertex.groundingMetadata",
    "vertex_ai_grounding_metadata",
)


# And what they keep of the pages that Google read by their addresses.
_FETCHED = (
    "response_metadata.url_context_metadata",
    "providerMetadata.google.urlContextMetadata",
    "providerMetadata.vertex.urlContextMetadata",
    "vertex_ai_url_context_metadata",
    "usageMetadata.toolUsePromptTokenCount",
    "usage_metadata.tool_use_prompt_token_count",
)
_OF_A_SEARCH = "/grounding-api-redirect/"


def _fetched(body: Body) -> bool:
    """Whether a tool of Google's read pages, as URL context does: that costs tokens alone."""
    told = [
        candidate.get("urlContextMetadata", candidate.get("url_context_metadata"))
        for candidate in _candidates(body)
    ]
    return any(told) or any(at(body, place) for place in _FETCHED)


def _groundings(body: Body) -> list[Body]:
    """What Google says of how the answers are grounded."""
    told = [
        candidate.get("groundingMetadata", candidate.get("grounding_metadata"))
        for candidate in _candidates(body)
    ]
    for place in _GROUNDED:
        found = at(body, place)
        told += found if isinstance(found, list | tuple) else (found,)
    return [about for each in told if (about := as_mapping(each))]


# Searches of pictures are a type of the same tool, google_search (google-genai 3.6.1, SearchTypes
# of types.py, read on 2026-11-29).
_QUERIES = ("webSearchQueries", "web_search_queries", "imageSearchQueries", "image_search_queries")


def _grounded(groundings: list[Body], model: str, body: Body) -> int:
    """How many searches of Google's an answer is charged for. What it is grounded in tells of one
    where no query does, unless these may be pages that it read by their addresses: those stand
    there as they are, and what was searched for by an address of Google's (live answers in the
    tests of chatlas 0.23; 2026-11-29)."""
    found = 0
    for grounding in groundings:
        for name in _QUERIES:
            queries = grounding.get(name)
            found += len(queries) if isinstance(queries, list | tuple) else 0
    if not found and (webs := [as_mapping(web) or {} for web in _chunks(groundings, "web")]):
        of_a_search = any(_OF_A_SEARCH in str(web.get("uri")) for web in webs)
        found = int(of_a_search or not _fetched(body))
    return _charged(found, model)


def _of_the_steps(
    searches: int, fees: tuple[tuple[str, int], ...], body: Body, model: str
) -> tuple[int, tuple[tuple[str, int], ...]]:
    """The searches and maps that an interaction of Google's is charged for; its steps tell of them
    where its usage does not count them."""
    calls = [step for step in _steps(body) if step.get("type") == "google_search_call"]
    queries = [at(call, "arguments.queries") for call in calls]
    asked = sum(len(each) if isinstance(each, list | tuple) else 1 for each in queries)
    maps = any(step.get("type") == "google_maps_call" for step in _steps(body))
    fees = fees or ((("maps_grounding", 1),) if maps else ())
    if model.rpartition("/")[2].startswith(google.CHARGED_BY_THE_PROMPT):
        fees = tuple((name, min(count, 1)) for name, count in fees)
    return _charged(searches or asked, model), fees


def _steps(body: Body) -> Iterator[Body]:
    """The steps of an interaction of Google's, which were called outputs at first."""
    yield from entries(body.get("steps") or body.get("outputs"))


def _charged(found: int, model: str) -> int:
    """How many of so many searches of Google's are charged."""
    if not found or model.rpartition("/")[2].startswith(google.CHARGED_BY_THE_PROMPT):
        return min(found, 1)
    if not model:
        tell(
            f"{found} grounding queries and no name of a model: they count as {found} searches, as "
            "from Gemini 3 on; earlier models are charged for one grounded prompt"
        )
    return found


def _maps(groundings: list[Body]) -> list[tuple[str, int]]:
    """The fee for an answer that is grounded in Google Maps."""
    return [("maps_grounding", 1)] if any(_chunks(groundings, "maps")) else []


def _chunks(groundings: list[Body], kind: str) -> Iterator[object]:
    """What Google's searches of a kind found, and an answer is grounded in."""
    for grounding in groundings:
        chunks = grounding.get("groundingChunks", grounding.get("grounding_chunks"))
        yield from filter(None, (chunk.get(kind) for chunk in entries(chunks)))
