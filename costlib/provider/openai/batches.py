"""OpenAI's batches.

A batch is a file of requests that may wait up to 24 hours, at half the price. Here it moves with
the virtual clock: validated after a minute, finished after half an hour (both modelled). Its
requests are served one after another by the same code as single ones, prompt caches included.
Lesson 1 sends one.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from openai.types.batch_create_params import BatchCreateParams

from costlib.provider.clock import POLL
from costlib.provider.errors import ApiError
from costlib.provider.openai.embeddings import embeddings
from costlib.provider.openai.files import store
from costlib.provider.openai.refusals import check_request, error_body
from costlib.provider.openai.text import answer_chat, answer_response
from costlib.provider.paging import openai_page
from costlib.provider.rules import has_rate, invalid, known_model, not_served
from costlib.provider.state import Provider
from costlib.provider.transport import Call
from costlib.usage.read import read_usage

VALIDATED_AFTER, DONE_AFTER = timedelta(minutes=1), timedelta(minutes=30)
_UNDER_WAY = ("validating", "in_progress", "finalizing", "cancelling")
_DAY = 86_400  # seconds that a batch may take
_LINES = 50_000  # openai SDK, batch_create_params.py: requests in one input file


def _begun(answer: Callable[..., Any]) -> Callable[[Provider, dict[str, Any]], dict[str, Any]]:
    """An endpoint whose response begins at once: what it wrote to the cache can be read."""

    def serve(provider: Provider, body: dict[str, Any]) -> dict[str, Any]:
        reply, use = answer(provider, body)
        use.commit()
        return reply

    return serve


_SERVED: dict[str, Callable[[Provider, dict[str, Any]], dict[str, Any]]] = {
    "/v1/chat/completions": _begun(answer_chat),
    "/v1/responses": _begun(answer_response),
    "/v1/embeddings": embeddings,
}


def create_batch(call: Call) -> dict[str, Any]:
    """POST /v1/batches."""
    provider, body = call.provider, call.json()
    check_request(body, BatchCreateParams)
    endpoint, file_id = body["endpoint"], body["input_file_id"]
    if endpoint not in _SERVED:
        raise not_served(f"batches for {endpoint}")
    if file_id not in provider.files:
        raise ApiError(
            400,
            f"Invalid 'input_file_id': no such file {file_id!r}.",
            param="input_file_id",
        )
    # Two equal batches are two jobs and two bills, so each has an id of its own.
    twins = sum(
        batch["input_file_id"] == body["input_file_id"] for batch in provider.batches.values()
    )
    now = provider.clock.timestamp
    batch = {
        "id": "batch_" + provider.digest("batch", body, twins)[:32],
        "object": "batch",
        "endpoint": endpoint,
        "model": None,
        "errors": None,
        "input_file_id": body["input_file_id"],
        "completion_window": "24h",
        "status": "validating",
        "output_file_id": None,
        "error_file_id": None,
        "created_at": now,
        "in_progress_at": None,
        "expires_at": now + _DAY,
        "finalizing_at": None,
        "completed_at": None,
        "failed_at": None,
        "expired_at": None,
        "cancelling_at": None,
        "cancelled_at": None,
        "request_counts": {"total": 0, "completed": 0, "failed": 0},
        "usage": None,
        "metadata": body.get("metadata"),
    }
    provider.batches[batch["id"]] = batch
    provider.clock.call_in(VALIDATED_AFTER, lambda: _start(provider, batch))
    provider.clock.call_in(DONE_AFTER, lambda: _finish(provider, batch))
    return dict(batch)


def retrieve_batch(call: Call) -> dict[str, Any]:
    """GET /v1/batches/{id}. Each look at a batch that is under way moves the clock."""
    batch = dict(_batch(call))
    if batch["status"] in _UNDER_WAY:
        call.provider.clock.advance(seconds=POLL.total_seconds())
    return batch


def list_batches(call: Call) -> dict[str, Any]:
    """GET /v1/batches, newest first."""
    batches = [dict(batch) for batch in call.provider.batches.values()]
    return openai_page(batches, call.query, order=None)


def cancel_batch(call: Call) -> dict[str, Any]:
    """POST /v1/batches/{id}/cancel: nothing has been served yet, so nothing is charged."""
    batch, clock = _batch(call), call.provider.clock
    if batch["status"] not in ("validating", "in_progress"):
        raise ApiError(400, f"Cannot cancel a batch with status '{batch['status']}'.")

    def cancelled() -> None:
        batch.update(status="cancelled", cancelled_at=clock.timestamp)

    batch.update(status="cancelling", cancelling_at=clock.timestamp)
    clock.call_in(VALIDATED_AFTER, cancelled)
    return dict(batch)


def _batch(call: Call) -> dict[str, Any]:
    if call.name not in call.provider.batches:
        raise ApiError(404, f"No batch found with id '{call.name}'.", param="id")
    return call.provider.batches[call.name]


def _start(provider: Provider, batch: dict[str, Any]) -> None:
    """The end of validation: the whole batch fails if its file is not right."""
    if batch["status"] != "validating":
        return
    source = provider.files.get(batch["input_file_id"])
    lines = source.content.splitlines() if source else []
    errors = _find_errors(provider, batch["endpoint"], lines)
    now = provider.clock.timestamp
    if errors:
        batch.update(status="failed", failed_at=now, errors={"object": "list", "data": errors})
        return
    batch.update(status="in_progress", in_progress_at=now)
    batch["model"] = json.loads(lines[0])["body"]["model"]
    batch["request_counts"] = {"total": len(lines), "completed": 0, "failed": 0}
    # Kept by themselves: the file may be deleted from now on.
    provider.batch_requests[batch["id"]] = [json.loads(line) for line in lines]


def _find_errors(provider: Provider, endpoint: str, lines: list[bytes]) -> list[dict[str, Any]]:
    """What is wrong with an input file, with OpenAI's codes (stdapi-ai/stdapi.ai issue 240)."""
    if not lines:
        return [_error("empty_file", "The input file is empty.", None)]
    if len(lines) > _LINES:
        return [_error("too_many_tasks", f"A batch may have {_LINES} requests.", None)]
    errors = []
    seen: set[str] = set()
    first_model = None
    for number, line in enumerate(lines, start=1):
        try:
            request = json.loads(line)
        except ValueError:
            request = None
        if not isinstance(request, dict):
            message = "This line is not parseable as valid JSON."
            errors.append(_error("invalid_json_line", message, number))
            continue
        missing = [key for key in ("custom_id", "method", "url", "body") if not request.get(key)]
        shapes = {"custom_id": str, "body": dict}
        missing += [key for key, kind in shapes.items() if not isinstance(request.get(key), kind)]
        if missing:
            name = missing[0]
            message = f"Missing required parameter: '{name}'."
            errors.append(_error("missing_required_parameter", message, number, name))
            continue
        model = request["body"].get("model")
        first_model = first_model or model
        if request["custom_id"] in seen:
            message = f"The custom_id {request['custom_id']!r} is used twice."
            errors.append(_error("duplicate_custom_id", message, number, "custom_id"))
        if request["url"] != endpoint or request["method"] != "POST":
            message = f"A line of this batch must be POST {endpoint}."
            errors.append(_error("url_mismatch", message, number, "url"))
        if model != first_model:
            message = f"One batch has one model: {model!r} follows {first_model!r}."
            errors.append(_error("model_mismatch", message, number, "body.model"))
        seen.add(request["custom_id"])
    return errors or _model_errors(provider, endpoint, first_model)


def _model_errors(provider: Provider, endpoint: str, name: Any) -> list[dict[str, Any]]:
    kind = "embedding" if endpoint == "/v1/embeddings" else "chat"
    try:
        model = known_model(provider, "openai", {"model": name}, kind)
    except ApiError as error:
        return [_error(error.code or "model_not_found", error.message, 1, "body.model")]
    if has_rate(provider, model, "batch"):
        return []
    message = f"OpenAI publishes no batch rate for {model.id}."
    return [_error("model_not_supported", message, 1, "body.model")]


def _error(code: str, message: str, line: int | None, param: str | None = None) -> dict[str, Any]:
    return {"code": code, "message": message, "line": line, "param": param}


def _finish(provider: Provider, batch: dict[str, Any]) -> None:
    """Serve every line, write the result files, and log each request at the batch tier."""
    if batch["status"] != "in_progress":
        return
    good: list[str] = []
    bad: list[str] = []
    bodies: list[dict[str, Any]] = []
    for request in provider.batch_requests.pop(batch["id"]):
        status, body = _serve(provider, batch["endpoint"], request["body"])
        tier = "batch" if status == 200 else None
        provider.record(batch["endpoint"], request["body"], body, status, tier)
        key = provider.digest("batch_req", batch["id"], request["custom_id"])[:32]
        result = {
            "id": f"batch_req_{key}",
            "custom_id": request["custom_id"],
            "response": {"status_code": status, "request_id": f"req_{key}", "body": body},
            "error": None,
        }
        (good if status == 200 else bad).append(json.dumps(result))
        if status == 200:
            bodies.append(body)
    now = provider.clock.timestamp
    batch.update(status="completed", finalizing_at=now, completed_at=now, usage=_total(bodies))
    batch["request_counts"] = {
        "total": len(good) + len(bad),
        "completed": len(good),
        "failed": len(bad),
    }
    for name, lines in (("output", good), ("error", bad)):
        if lines:
            content = ("\n".join(lines) + "\n").encode()
            info = store(provider, f"{batch['id']}_{name}.jsonl", content, "batch_output")
            batch[f"{name}_file_id"] = info["id"]


def _serve(provider: Provider, endpoint: str, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    try:
        if body.get("stream"):
            raise invalid("stream", True, "false, in a batch")
        return 200, _SERVED[endpoint](provider, body)
    except ApiError as error:
        return error.status, error_body(error, "")


def _total(bodies: list[dict[str, Any]]) -> dict[str, Any]:
    """Usage of the whole batch, in the shape of the Responses API."""
    used = [read_usage(body, provider="openai") for body in bodies]
    sent = sum(each.input_tokens for each in used)
    output = sum(each.output_tokens for each in used)
    reasoning = sum(each.reasoning_tokens for each in used)
    return {
        "input_tokens": sent,
        "input_tokens_details": {"cached_tokens": sum(each.cached_input_tokens for each in used)},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": reasoning},
        "total_tokens": sent + output,
    }
