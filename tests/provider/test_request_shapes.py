"""Every parameter of the SDKs is served, harmless or refused by name; and what is no request."""

from __future__ import annotations

import csv
import typing
from typing import Any

import anthropic
import openai
import pytest
import typing_extensions
from anthropic.types import message_count_tokens_params, message_create_params
from anthropic.types.beta import message_count_tokens_params as beta_count_params
from anthropic.types.beta import message_create_params as beta_create_params
from openai.types import batch_create_params, embedding_create_params, moderation_create_params
from openai.types.chat import completion_create_params, completion_update_params
from openai.types.responses import input_token_count_params, response_create_params

from costlib.paths import data_path
from costlib.provider import connect
from costlib.provider.anthropic.accepts import SAMPLING

ROOTS = {
    "openai": [
        completion_create_params.CompletionCreateParamsBase,
        response_create_params.ResponseCreateParamsBase,
        input_token_count_params.InputTokenCountParams,
        embedding_create_params.EmbeddingCreateParams,
        batch_create_params.BatchCreateParams,
        moderation_create_params.ModerationCreateParams,
        completion_update_params.CompletionUpdateParams,
    ],
    "anthropic": [
        message_create_params.MessageCreateParamsBase,
        message_count_tokens_params.MessageCountTokensParams,
        beta_create_params.MessageCreateParamsBase,
        beta_count_params.MessageCountTokensParams,
    ],
}
ASKED = [{"role": "user", "content": "Where is my card?"}]
CHAT: dict[str, Any] = {"model": "gpt-4.1", "messages": ASKED}
RESPONSE: dict[str, Any] = {"model": "gpt-4.1", "input": ASKED}
CLAUDE: dict[str, Any] = {"model": "claude-sonnet-5-5", "max_tokens": 900, "messages": ASKED}
TOOL = {"name": "f", "parameters": {"type": "object"}}
NESTED, FLAT = {"type": "function", "function": TOOL}, {"type": "function", **TOOL}


def shapes(root: Any) -> dict[str, set[str]]:
    """Each shape below a root, with the names of its fields."""
    found: dict[str, set[str]] = {}

    def walk(hint: Any) -> None:
        if typing_extensions.is_typeddict(hint):
            hints = typing.get_type_hints(hint)
            name = hint.__name__.removeprefix("Beta")
            new = name not in found or not set(hints) <= found[name]
            found.setdefault(name, set()).update(hints)
            for inner in hints.values() if new else ():
                walk(inner)
        for inner in typing.get_args(hint):
            walk(inner)

    walk(root)
    return found


def rows() -> list[dict[str, str]]:
    with data_path("request_rules.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_every_row_names_a_shape_and_fields_that_the_sdks_have() -> None:
    known = {vendor: {} for vendor in ROOTS}
    for vendor, roots in ROOTS.items():
        for root in roots:
            for name, fields in shapes(root).items():
                known[vendor].setdefault(name, set()).update(fields)
    extra = {"stream", "annotations"}  # the SDK has it beside its base; it comes back with a reply
    extra |= {"name"}  # of a tool's message, which the types left behind and programs still send
    extra |= set(SAMPLING)  # which the API takes and the SDK's signatures no longer have
    for row in rows():
        if row["shape"] in ("MessageParam", "BatchCreateParams"):
            continue  # the first was one shape in older versions of the SDK
        fields = known[row["vendor"]][row["shape"]]
        named = {each.split("=")[0] for each in f"{row['served']} {row['harmless']}".split()}
        assert named - extra <= fields, (row["shape"], named - fields)


def send(client: Any, path: str, body: dict[str, Any], beta: bool = False) -> Any:
    url = str(client.base_url).rstrip("/") + path + ("?beta=true" if beta else "")
    return client._client.post(url, json=body)


@pytest.mark.parametrize(
    ("vendor", "path", "body", "root", "beta"),
    [
        ("openai", "/chat/completions", CHAT, ROOTS["openai"][0], False),
        ("openai", "/responses", RESPONSE, ROOTS["openai"][1], False),
        ("anthropic", "/v1/messages", CLAUDE, ROOTS["anthropic"][0], False),
        ("anthropic", "/v1/messages", CLAUDE, ROOTS["anthropic"][2], True),
    ],
)
def test_no_parameter_of_the_sdk_is_ignored(
    vendor: Any, path: str, body: dict[str, Any], root: Any, beta: bool
) -> None:
    """Junk in any parameter is refused, or the table says that the parameter is harmless."""
    client = connect(vendor)
    harmless = {
        name
        for row in rows()
        if row["vendor"] == vendor and row["shape"] == root.__name__
        for name in row["harmless"].split()
    }
    for name in typing.get_type_hints(root):
        answer = send(client, path, {**body, name: {"surely": ["not"]}}, beta)
        assert answer.status_code in (400, 404), (name, answer.text)
        says = answer.json()["error"]["message"]
        assert name in says or name in ("model",), (name, says)
        assert name not in harmless or "does not serve" not in says


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ({"thread": {"type": "create"}}, "thread: Extra inputs are not permitted"),
        ({"context_management": {"edits": []}}, "context_management: Extra inputs are not perm"),
        ({"mcp_servers": []}, "does not serve the parameter 'mcp_servers'"),
        ({"fallbacks": []}, "does not serve the parameter 'fallbacks'"),
        ({"container": "c"}, "does not serve the parameter 'container'"),
        ({"temperature": 0.5}, "`temperature` is deprecated for this model."),
        (
            {"output_format": {"type": "json_schema"}},
            "does not serve the parameter 'output_format'",
        ),
        ({"nonsense": 1}, "nonsense: Extra inputs are not permitted"),
        (
            {"tools": [{"name": "f", "input_schema": {"type": "object"}, "defer_loading": True}]},
            "does not serve the parameter 'tools[0].defer_loading'",
        ),
        ({"messages": [{"role": "user", "content": "Hm?", "mood": "glum"}]}, "0.mood: Extra"),
    ],
)
def test_beta_and_extra_parameters_of_claude_are_refused_by_name(
    body: dict[str, Any], says: str
) -> None:
    answer = send(connect("anthropic"), "/v1/messages", CLAUDE | body, beta=True)
    assert answer.status_code == 400 and says in answer.json()["error"]["message"], answer.text


@pytest.mark.parametrize(
    ("path", "body", "code", "says"),
    [
        ("/chat/completions", {"nonsense": 1}, "unknown_parameter", "'nonsense'"),
        ("/chat/completions", {"modalities": ["audio"]}, None, "serve the parameter 'modalities'"),
        ("/responses", {"truncation": "none"}, "invalid_value", "'auto', 'disabled'"),
        ("/responses", {"background": True}, None, "serve the parameter 'background'"),
        ("/responses", {"temperature": "hot"}, "invalid_type", "expected a number, but got a str"),
        ("/chat/completions", {"temperature": 3}, "integer_above_max_value", "<= 2, but got 3"),
        # The other endpoint's shapes.
        ("/chat/completions", {"tools": [FLAT]}, "missing_required_parameter", "tools[0].function"),
        ("/responses", {"tools": [NESTED]}, "missing_required_parameter", "'tools[0].name'"),
        (
            "/responses",
            {"input": [{"role": "user", "content": [{"type": "text", "text": "Hm?"}]}]},
            "invalid_value",
            "'text' for 'input[0].content[0].type'. Supported values are: 'input_text'",
        ),
        (
            "/chat/completions",
            {"messages": [{"role": "user", "content": [{"type": "input_text", "text": "Hm?"}]}]},
            "invalid_value",
            "'input_text' for 'messages[0].content[0].type'. Supported values are: 'text'",
        ),
        (
            "/responses",
            {"input": [{"role": "assistant", "content": [{"type": "input_text", "text": "Hm"}]}]},
            "invalid_value",
            "Supported values are: 'output_text', 'refusal'",
        ),
        (
            "/chat/completions",
            {"tools": [{"type": "function", "function": TOOL | {"name": "get weather"}}]},
            "invalid_value",
            "'tools[0].function.name': string does not match pattern",
        ),
        (
            "/chat/completions",
            {"tools": [{"type": "function", "function": {"name": "f", "parameters": {}}}]},
            "invalid_function_parameters",
            "schema must be a JSON Schema of 'type: \"object\"'",
        ),
        (
            "/responses",
            {"tools": [FLAT | {"parameters": {"type": "object", "required": "a"}}]},
            "invalid_function_parameters",
            "'a' is not of type 'array'",
        ),
        # Calls and results.
        (
            "/chat/completions",
            {"messages": [*ASKED, {"role": "tool", "content": "12"}]},
            "missing_required_parameter",
            "'messages[1].tool_call_id'",
        ),
        (
            "/chat/completions",
            {"messages": [*ASKED, {"role": "tool", "tool_call_id": "x", "content": "12"}]},
            None,
            "must be a response to a preceeding message with 'tool_calls'",
        ),
        (
            "/responses",
            {"input": [{"type": "function_call_output", "call_id": "x", "output": "12"}]},
            None,
            "No tool call found for function call output with call_id x",
        ),
        (
            "/responses",
            {"input": [{"type": "function_call", "call_id": "x", "name": "f", "arguments": "{}"}]},
            None,
            "No tool output found for function call x",
        ),
    ],
)
def test_requests_that_openai_refuses(path: str, body: Any, code: str | None, says: str) -> None:
    base = CHAT if path == "/chat/completions" else RESPONSE
    answer = send(connect("openai"), path, base | body)
    error = answer.json()["error"]
    assert answer.status_code == 400 and says in error["message"], answer.text
    assert code is None or error["code"] == code


CALL = {"id": "c1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
CALLED = {"role": "assistant", "content": None, "tool_calls": [CALL]}
RESULT = {"role": "tool", "tool_call_id": "c1", "content": "12"}


@pytest.mark.parametrize(
    ("messages", "good"),
    [
        ([*ASKED, CALLED, RESULT], True),
        ([*ASKED, CALLED, RESULT, *ASKED], True),
        ([*ASKED, CALLED], False),
        ([*ASKED, CALLED, *ASKED], False),
        ([*ASKED, CALLED, *ASKED, RESULT], False),
        ([*ASKED, CALLED, RESULT, RESULT | {"tool_call_id": "c2"}], False),
    ],
)
def test_each_call_of_a_chat_is_answered_at_once(messages: Any, good: bool) -> None:
    answer = send(connect("openai"), "/chat/completions", CHAT | {"messages": messages})
    assert answer.status_code == (200 if good else 400), answer.text


USE = {"type": "tool_use", "id": "t1", "name": "f", "input": {}}
GIVEN = {"type": "tool_result", "tool_use_id": "t1", "content": "12"}
TEXT = {"type": "text", "text": "So?"}


def turn(role: str, *blocks: Any) -> dict[str, Any]:
    return {"role": role, "content": list(blocks)}


@pytest.mark.parametrize(
    ("messages", "says"),
    [
        ([*ASKED, turn("assistant", USE), turn("user", GIVEN, TEXT)], ""),
        ([*ASKED, turn("assistant", TEXT, USE), turn("user", GIVEN), turn("user", TEXT)], ""),
        ([*ASKED, turn("assistant", USE), turn("user", TEXT)], "messages.1: `tool_use` ids were"),
        ([*ASKED, turn("assistant", USE), turn("user", TEXT, GIVEN)], "without `tool_result` bl"),
        ([*ASKED, turn("assistant", USE)], "without `tool_result` blocks immediately after: t1"),
        ([*ASKED, turn("user", GIVEN)], "unexpected `tool_use_id` found"),
        ([turn("user", TEXT | {"text": ""})], "text content blocks must be non-empty"),
        ([turn("user", TEXT | {"text": " \n"})], "must contain non-whitespace text"),
        ([{"role": "user", "content": ""}, *ASKED], "messages.0: all messages must have non-emp"),
        ([turn("user", {"type": "input_text", "text": "Hm?"})], "content.0.type: Input should be"),
        ([turn("assistant", USE | {"id": "a b"}), turn("user", GIVEN)], "should match pattern"),
        ([turn("user", {"type": "document", "source": {}})], "does not serve 'messages[0].content"),
    ],
)
def test_conversations_that_claude_refuses(messages: Any, says: str) -> None:
    answer = send(connect("anthropic"), "/v1/messages", CLAUDE | {"messages": messages})
    assert answer.status_code == (400 if says else 200), answer.text
    assert not says or says in answer.json()["error"]["message"], answer.text


@pytest.mark.parametrize(
    ("tool", "says"),
    [
        ({"name": "f"}, "tools.0.input_schema: Field required"),
        ({"name": "get weather", "input_schema": {"type": "object"}}, "should match pattern"),
        (NESTED, "tools.0"),
        ({"name": "f", "input_schema": {"type": "nothing"}}, "'nothing' is not valid"),
    ],
)
def test_tools_that_claude_refuses(tool: Any, says: str) -> None:
    answer = send(connect("anthropic"), "/v1/messages", CLAUDE | {"tools": [tool]})
    assert answer.status_code == 400 and says in answer.json()["error"]["message"], answer.text


def test_what_a_reply_brought_can_be_sent_back() -> None:
    """As people do: the SDK's own objects, with all their fields, go into the next request."""
    gpt, claude = connect("openai"), connect("anthropic")
    said = gpt.chat.completions.create(**CHAT).choices[0].message
    assert gpt.chat.completions.create(model="gpt-4.1", messages=[*ASKED, said, *ASKED]).choices
    output = gpt.responses.create(model="gpt-6-luna", input=ASKED, reasoning={"effort": "high"})
    assert {item.type for item in output.output} == {"reasoning", "message"}
    assert gpt.responses.create(model="gpt-6-luna", input=[*ASKED, *output.output, *ASKED]).output
    short = [*ASKED, {"role": "assistant", "content": "Sent."}, *ASKED]
    assert gpt.responses.create(model="gpt-6-luna", input=short).output
    block = claude.messages.create(**CLAUDE).content
    messages = [*ASKED, {"role": "assistant", "content": block}, *ASKED]
    assert claude.messages.create(**CLAUDE | {"messages": messages}).content


def test_the_sdks_raise_their_own_classes() -> None:
    with pytest.raises(openai.BadRequestError):
        connect("openai").chat.completions.create(**CHAT, extra_body={"nonsense": 1})
    with pytest.raises(anthropic.BadRequestError):
        connect("anthropic").messages.create(**CLAUDE, extra_body={"top_k": 3})
