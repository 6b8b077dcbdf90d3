"""What OpenAI's API consists of here: method and path, and the function that answers."""

from __future__ import annotations

from costlib.provider import admin
from costlib.provider.openai import (
    batches as openai_batch,
)
from costlib.provider.openai import (
    embeddings as openai_embeddings,
)
from costlib.provider.openai import (
    files as openai_files,
)
from costlib.provider.openai import (
    text as openai_text,
)
from costlib.provider.transport import Vendor, json_route

_NAME = "(?P<name>[^/]+)"
_SPEND = "/v1/organization/spend_limit"
_PROJECT_SPEND = f"/v1/organization/projects/{_NAME}/spend_limit"

VENDOR = Vendor(
    name="openai",
    routes={
        ("POST", "/v1/chat/completions"): openai_text.chat_completion,
        ("POST", "/v1/responses"): openai_text.response,
        ("POST", "/v1/responses/input_tokens"): json_route(openai_text.count_input),
        ("GET", f"/v1/responses/{_NAME}"): openai_text.retrieve_response,
        ("DELETE", f"/v1/responses/{_NAME}"): openai_text.delete_response,
        ("POST", "/v1/embeddings"): json_route(openai_embeddings.embeddings),
        ("POST", "/v1/files"): openai_files.create_file,
        ("GET", "/v1/files"): openai_files.list_files,
        ("GET", f"/v1/files/{_NAME}"): openai_files.retrieve_file,
        ("GET", f"/v1/files/{_NAME}/content"): openai_files.file_content,
        ("POST", "/v1/batches"): openai_batch.create_batch,
        ("GET", "/v1/batches"): openai_batch.list_batches,
        ("GET", f"/v1/batches/{_NAME}"): openai_batch.retrieve_batch,
        ("POST", f"/v1/batches/{_NAME}/cancel"): openai_batch.cancel_batch,
        ("GET", "/v1/models"): openai_files.list_models,
        ("GET", f"/v1/models/{_NAME}"): openai_files.retrieve_model,
        ("GET", f"/v1/organization/usage/{_NAME}"): admin.usage,
        ("GET", "/v1/organization/costs"): admin.costs,
        ("GET", _SPEND): admin.get_spend_limit,
        ("POST", _SPEND): admin.set_spend_limit,
        ("DELETE", _SPEND): admin.delete_spend_limit,
        ("GET", _PROJECT_SPEND): admin.get_spend_limit,
        ("POST", _PROJECT_SPEND): admin.set_spend_limit,
        ("DELETE", _PROJECT_SPEND): admin.delete_spend_limit,
    },
    error_body=openai_files.error_body,
    tier_served=openai_text.tier_served,
    request_id_header="x-request-id",
    longest_wait=120.0,  # openai SDK, _constants.py: MAX_RETRY_AFTER_DELAY
)
