"""What OpenAI's API consists of here: method and path, and the function that answers."""

from __future__ import annotations

from costlib.provider import admin
from costlib.provider.openai import batches, embeddings, files, moderations, refusals, stored, text
from costlib.provider.transport import Vendor, json_route

_NAME = "(?P<name>[^/]+)"
_SPEND = "/v1/organization/spend_limit"
_PROJECT_SPEND = f"/v1/organization/projects/{_NAME}/spend_limit"

VENDOR = Vendor(
    name="openai",
    routes={
        ("POST", "/v1/chat/completions"): text.chat_completion,
        ("GET", "/v1/chat/completions"): stored.list_completions,
        ("GET", f"/v1/chat/completions/{_NAME}"): stored.retrieve_completion,
        ("POST", f"/v1/chat/completions/{_NAME}"): stored.update_completion,
        ("DELETE", f"/v1/chat/completions/{_NAME}"): stored.delete_completion,
        ("GET", f"/v1/chat/completions/{_NAME}/messages"): stored.completion_messages,
        ("POST", "/v1/responses"): text.response,
        ("POST", "/v1/responses/input_tokens"): json_route(text.count_input),
        ("GET", f"/v1/responses/{_NAME}"): stored.retrieve_response,
        ("DELETE", f"/v1/responses/{_NAME}"): stored.delete_response,
        ("POST", f"/v1/responses/{_NAME}/cancel"): stored.cancel_response,
        ("GET", f"/v1/responses/{_NAME}/input_items"): stored.input_items,
        ("POST", "/v1/embeddings"): json_route(embeddings.embeddings),
        ("POST", "/v1/moderations"): json_route(moderations.moderations),
        ("POST", "/v1/files"): files.create_file,
        ("GET", "/v1/files"): files.list_files,
        ("GET", f"/v1/files/{_NAME}"): files.retrieve_file,
        ("DELETE", f"/v1/files/{_NAME}"): files.delete_file,
        ("GET", f"/v1/files/{_NAME}/content"): files.file_content,
        ("POST", "/v1/batches"): batches.create_batch,
        ("GET", "/v1/batches"): batches.list_batches,
        ("GET", f"/v1/batches/{_NAME}"): batches.retrieve_batch,
        ("POST", f"/v1/batches/{_NAME}/cancel"): batches.cancel_batch,
        ("GET", "/v1/models"): files.list_models,
        ("GET", f"/v1/models/{_NAME}"): files.retrieve_model,
        ("GET", f"/v1/organization/usage/{_NAME}"): admin.usage,
        ("GET", "/v1/organization/costs"): admin.costs,
        ("GET", _SPEND): admin.get_spend_limit,
        ("POST", _SPEND): admin.set_spend_limit,
        ("DELETE", _SPEND): admin.delete_spend_limit,
        ("GET", _PROJECT_SPEND): admin.get_spend_limit,
        ("POST", _PROJECT_SPEND): admin.set_spend_limit,
        ("DELETE", _PROJECT_SPEND): admin.delete_spend_limit,
    },
    error_body=refusals.error_body,
    tier_served=text.tier_served,
    # OpenAI's API reference, debugging requests: these and the limits are on every answer.
    request_id_header="x-request-id",
    headers={"openai-organization": "offline", "openai-version": "2020-10-01"},
    time_header="openai-processing-ms",
    longest_wait=120.0,  # openai SDK, _constants.py: MAX_RETRY_AFTER_DELAY
)
