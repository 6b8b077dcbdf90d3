"""Anthropic's Message Batches: up to 100,000 requests that may wait a day, at half the price.

A batch moves with the virtual clock: it ends half an hour after it was made (modelled; the real
one within 24 hours, most within one). Its requests are served by the code of a single one, and
their usage says `service_tier: batch`. Lesson 1 has the price.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from anthropic.types.messages.batch_create_params import BatchCreateParams

from costlib.provider.anthropic.messages import answer
from costlib.provider.anthropic.refusals import check_request, error_body
from costlib.provider.clock import POLL
from costlib.provider.errors import ApiError
from costlib.provider.paging import anthropic_page
from costlib.provider.rules import has_rate, known_model, not_served
from costlib.provider.state import Provider
from costlib.provider.transport import Call

DONE_AFTER, CANCELLED_AFTER = timedelta(minutes=30), timedelta(minutes=1)
_DAY = timedelta(days=1)
_KEPT = timedelta(days=29)  # results; Anthropic's batch guide
_CUSTOM_ID = re.compile(r"[a-zA-Z0-9_-]{1,64}")  # Anthropic's API reference
_COUNTS = ("processing", "succeeded", "errored", "canceled", "expired")


def create_batch(call: Call) -> dict[str, Any]:
    """POST /v1/messages/batches. The requests themselves are checked as they are served."""
    provider, body = call.provider, call.json()
    check_request(body, BatchCreateParams, requests=list[dict[str, object]])
    requests = _checked(body.get("requests"))
    with provider.lock:
        held = provider.message_batches
        now = provider.clock.now
        # Two equal batches are two jobs and two bills, so each has an id of its own.
        name = "msgbatch_" + provider.digest("msgbatch", requests, len(held))[:24]
        batch: dict[str, Any] = {
            "id": name,
            "type": "message_batch",
            "processing_status": "in_progress",
            "request_counts": dict.fromkeys(_COUNTS, 0) | {"processing": len(requests)},
            "created_at": _time(now),
            "expires_at": _time(now + _DAY),
            "ended_at": None,
            "cancel_initiated_at": None,
            "archived_at": None,
            "results_url": None,
        }
        held[name] = {
            "info": batch,
            "requests": requests,
            "results": b"",
            "beta": call.beta,
            "betas": call.betas,
        }
        provider.clock.call_in(DONE_AFTER, lambda: _finish(provider, name))
    return dict(batch)


def retrieve_batch(call: Call) -> dict[str, Any]:
    """GET /v1/messages/batches/{id}. Each look at a batch that is under way moves the clock."""
    batch = dict(_held(call)["info"])
    if batch["processing_status"] != "ended":
        call.provider.clock.advance(seconds=POLL.total_seconds())
    return batch


def list_batches(call: Call) -> dict[str, Any]:
    """GET /v1/messages/batches, newest first; `limit`, `after_id` and `before_id` make pages."""
    infos = [dict(held["info"]) for held in reversed(call.provider.message_batches.values())]
    return anthropic_page(infos, call.query)


def cancel_batch(call: Call) -> dict[str, Any]:
    """POST /v1/messages/batches/{id}/cancel: nothing was served yet, so nothing is charged."""
    with call.provider.lock:
        held, clock = _held(call), call.provider.clock
        batch = held["info"]
        if batch["processing_status"] == "ended":
            raise ApiError(400, f"Batch {batch['id']} cannot be canceled: processing has ended.")
        if batch["processing_status"] == "in_progress":
            batch.update(processing_status="canceling", cancel_initiated_at=_time(clock.now))
            clock.call_in(CANCELLED_AFTER, lambda: _finish(call.provider, batch["id"]))
        return dict(batch)


def delete_batch(call: Call) -> dict[str, Any]:
    """DELETE /v1/messages/batches/{id}, once it has ended."""
    with call.provider.lock:
        batch = _held(call)["info"]
        if batch["processing_status"] != "ended":
            raise ApiError(400, f"Batch {batch['id']} cannot be deleted while it is processed.")
        del call.provider.message_batches[batch["id"]]
    return {"id": batch["id"], "type": "message_batch_deleted"}


def batch_results(call: Call) -> bytes:
    """GET /v1/messages/batches/{id}/results: one line of JSON for each request."""
    held = _held(call)
    batch = held["info"]
    if batch["processing_status"] != "ended":
        raise ApiError(404, f"Batch {batch['id']} has no available results.")
    created = datetime.fromisoformat(batch["created_at"])
    if call.provider.clock.now >= created + _KEPT:
        raise ApiError(404, f"The results of batch {batch['id']} were kept for 29 days.")
    return held["results"]


# --- The work ---------------------------------------------------------------------------------


def _finish(provider: Provider, name: str) -> None:
    """Serve each request, or cancel all: then the counts and the results are there."""
    held = provider.message_batches.get(name)
    if held is None or held["info"]["processing_status"] == "ended":
        return
    batch, lines = held["info"], []
    counts = dict.fromkeys(_COUNTS, 0)
    for request in held["requests"]:
        if batch["processing_status"] == "canceling":
            result: dict[str, Any] = {"type": "canceled"}
        else:
            result = _serve(provider, request["params"], held["beta"], held["betas"])
        counts[result["type"]] += 1
        lines.append(json.dumps({"custom_id": request["custom_id"], "result": result}))
    held["results"] = ("\n".join(lines) + "\n").encode()
    batch.update(
        processing_status="ended",
        request_counts=counts,
        ended_at=_time(provider.clock.now),
        results_url=f"https://anthropic.offline/v1/messages/batches/{name}/results",
    )


def _serve(
    provider: Provider, params: dict[str, Any], beta: bool, betas: Sequence[str]
) -> dict[str, Any]:
    """One request at the batch tier. It sees the caches that those before it have written."""
    key = "req_" + provider.digest("batch request", params)[:24]
    try:
        if params.get("stream"):
            raise ApiError(400, "stream: streaming is not supported in a batch")
        if params.get("thread") is not None:
            raise not_served("the parameter 'thread' in a batch")
        model = known_model(provider, "anthropic", params)
        if not has_rate(provider, model, "batch"):
            raise ApiError(400, f"Anthropic publishes no batch rate for {model.id}.")
        made = answer(provider, params, batch=True, beta=beta, betas=betas)
    except ApiError as error:
        body = error_body(error, key)
        provider.record("/v1/messages", params, body, error.status, None, request_id=key)
        return {"type": "errored", "error": body}
    made.use.commit()
    provider.record(
        "/v1/messages", params, made.reply, 200, "batch", request_id=key, turns=made.turns
    )
    return {"type": "succeeded", "message": made.reply}


def _checked(requests: Any) -> list[dict[str, Any]]:
    if requests is None:
        raise ApiError(400, "requests: Field required")
    seen = set()
    for i, request in enumerate(requests):
        name = request.get("custom_id") if isinstance(request.get("params"), dict) else None
        if not isinstance(name, str) or not _CUSTOM_ID.fullmatch(name):
            raise ApiError(
                400,
                f"requests.{i}: an object with params and a custom_id of 1 to 64 letters, digits, "
                "hyphens and underscores is required",
            )
        if name in seen:
            raise ApiError(400, f"requests.{i}.custom_id: '{name}' is used twice")
        seen.add(name)
        for more in request.keys() - {"custom_id", "params"}:
            raise ApiError(400, f"requests.{i}.{more}: Extra inputs are not permitted")
    return requests


def _held(call: Call) -> dict[str, Any]:
    held = call.provider.message_batches.get(call.name)
    if held is None:
        raise ApiError(404, f"No message batch found with id '{call.name}'.")
    return held


def _time(moment: datetime) -> str:
    return moment.isoformat().replace("+00:00", "Z")
