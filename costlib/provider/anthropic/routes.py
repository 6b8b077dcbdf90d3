"""What Anthropic's API consists of here: method and path, and the function that answers."""

from __future__ import annotations

from costlib.provider.anthropic import batches, messages, models, refusals, reports
from costlib.provider.transport import Vendor

_BATCH = "/v1/messages/batches/(?P<name>[^/]+)"

VENDOR = Vendor(
    name="anthropic",
    routes={
        ("POST", "/v1/messages"): messages.message,
        ("POST", "/v1/messages/count_tokens"): messages.count_tokens,
        ("POST", "/v1/messages/batches"): batches.create_batch,
        ("GET", "/v1/messages/batches"): batches.list_batches,
        ("GET", _BATCH): batches.retrieve_batch,
        ("DELETE", _BATCH): batches.delete_batch,
        ("POST", f"{_BATCH}/cancel"): batches.cancel_batch,
        ("GET", f"{_BATCH}/results"): batches.batch_results,
        ("GET", "/v1/models"): models.list_models,
        ("GET", "/v1/models/(?P<name>[^/]+)"): models.retrieve_model,
        ("GET", "/v1/organizations/usage_report/messages"): reports.usage_report,
        ("GET", "/v1/organizations/cost_report"): reports.cost_report,
    },
    error_body=refusals.error_body,
    tier_served=messages.tier_served,
    # Anthropic's API overview: these two are on every answer.
    request_id_header="request-id",
    headers={"anthropic-organization-id": "offline"},
    time_header="",
    longest_wait=float("inf"),
)
