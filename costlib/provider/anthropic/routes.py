"""What Anthropic's API consists of here: method and path, and the function that answers."""

from __future__ import annotations

from costlib.provider.anthropic import (
    batches as anthropic_batches,
)
from costlib.provider.anthropic import (
    messages as anthropic_messages,
)
from costlib.provider.anthropic import (
    models as anthropic_models,
)
from costlib.provider.anthropic import (
    reports as anthropic_reports,
)
from costlib.provider.transport import Vendor, json_route

_BATCH = "/v1/messages/batches/(?P<name>[^/]+)"

VENDOR = Vendor(
    name="anthropic",
    routes={
        ("POST", "/v1/messages"): anthropic_messages.message,
        ("POST", "/v1/messages/count_tokens"): json_route(anthropic_messages.count_tokens),
        ("POST", "/v1/messages/batches"): anthropic_batches.create_batch,
        ("GET", "/v1/messages/batches"): anthropic_batches.list_batches,
        ("GET", _BATCH): anthropic_batches.retrieve_batch,
        ("DELETE", _BATCH): anthropic_batches.delete_batch,
        ("POST", f"{_BATCH}/cancel"): anthropic_batches.cancel_batch,
        ("GET", f"{_BATCH}/results"): anthropic_batches.batch_results,
        ("GET", "/v1/models"): anthropic_models.list_models,
        ("GET", "/v1/models/(?P<name>[^/]+)"): anthropic_models.retrieve_model,
        ("GET", "/v1/organizations/usage_report/messages"): anthropic_reports.usage_report,
        ("GET", "/v1/organizations/cost_report"): anthropic_reports.cost_report,
    },
    error_body=anthropic_messages.error_body,
    tier_served=anthropic_messages.tier_served,
    request_id_header="request-id",
    longest_wait=float("inf"),
)
