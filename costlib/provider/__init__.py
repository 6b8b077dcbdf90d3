"""OpenAI and Anthropic inside the process: the real SDK clients, with no key, port or network.

`connect("openai")` gives an `openai.OpenAI` client, `connect("anthropic")` an
`anthropic.Anthropic` client; only what would open a socket is ours. Tokens are counted as the
APIs count them, refusals are the APIs' own; reply text is modelled and says so. README.md beside
this file lists what is measured, what is modelled and what is missing. Lesson 1 introduces it.
"""

from __future__ import annotations

import os
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

from costlib.provider.state import Clock, Provider, Record

if TYPE_CHECKING:
    from anthropic import Anthropic
    from openai import OpenAI

    from costlib.provider.transport import Vendor

__all__ = ["Clock", "Provider", "Record", "connect", "provider_of"]


@overload
def connect(
    vendor: Literal["openai"], *, provider: Provider | None = None, seed: int = 0
) -> OpenAI: ...
@overload
def connect(
    vendor: Literal["anthropic"], *, provider: Provider | None = None, seed: int = 0
) -> Anthropic: ...
def connect(vendor: str, *, provider: Provider | None = None, seed: int = 0) -> Any:
    """The real SDK client of "openai" or "anthropic", on the offline provider.

    Each call is a new organisation, with its own clock, log and files, unless `provider` (from
    `provider_of`) shares one; both vendors may share it. `seed` varies the replies of a new
    organisation; a shared one keeps its own. Keys and addresses in environment variables do not
    matter. Raises ValueError for another vendor, RuntimeError when COSTLIB_PROVIDER asks for
    anything but the offline provider.
    """
    wanted = os.environ.get("COSTLIB_PROVIDER", "").strip().lower()
    if wanted not in ("", "offline"):
        raise RuntimeError(
            f"COSTLIB_PROVIDER={wanted} is set, but this version of the course has the offline "
            "provider only: unset the variable, and no money can be spent"
        )
    if vendor not in ("openai", "anthropic"):
        raise ValueError(f'vendor {vendor!r} is not served: choose "openai" or "anthropic"')
    import httpx2

    from costlib.provider.transport import OfflineTransport

    transport = OfflineTransport(provider or Provider(seed), _vendor(vendor))
    http_client = httpx2.Client(transport=transport, trust_env=False)
    # Every argument that the SDKs would otherwise look up in the environment is given here.
    if vendor == "openai":
        from openai import OpenAI

        return OpenAI(
            api_key="offline",
            admin_api_key="offline",
            organization="offline",
            project="offline",
            webhook_secret="offline",
            base_url="https://openai.offline/v1",
            http_client=http_client,
        )
    from anthropic import Anthropic

    return Anthropic(
        api_key="offline", base_url="https://anthropic.offline", http_client=http_client
    )


def provider_of(client: Any) -> Provider:
    """The organisation behind a client of `connect`: its `clock`, its `log`.

    Raises ValueError for a client that `connect` did not make.
    """
    # Neither SDK has a public way back to its transport; both keep their HTTP client there.
    transport = getattr(getattr(client, "_client", None), "_transport", None)
    found = getattr(transport, "provider", None)
    if not isinstance(found, Provider):
        raise ValueError(
            f"{type(client).__name__} is not on the offline provider: make it with connect()"
        )
    return found


@cache
def _vendor(name: str) -> Vendor:
    """The routes of a vendor."""
    from costlib.provider import anthropic_messages, openai_batch, openai_files, openai_text
    from costlib.provider.transport import Vendor, json_route

    if name == "anthropic":
        return Vendor(
            routes={
                ("POST", "/v1/messages"): json_route(anthropic_messages.message),
                ("POST", "/v1/messages/count_tokens"): json_route(anthropic_messages.count_tokens),
            },
            error_body=anthropic_messages.error_body,
            tier_served=anthropic_messages.tier_served,
            request_id_header="request-id",
        )
    return Vendor(
        routes={
            ("POST", "/v1/chat/completions"): json_route(openai_text.chat_completion),
            ("POST", "/v1/responses"): json_route(openai_text.response),
            ("POST", "/v1/responses/input_tokens"): json_route(openai_text.count_input),
            ("POST", "/v1/files"): openai_files.create_file,
            ("GET", "/v1/files"): openai_files.list_files,
            ("GET", "/v1/files/(?P<name>[^/]+)"): openai_files.retrieve_file,
            ("GET", "/v1/files/(?P<name>[^/]+)/content"): openai_files.file_content,
            ("POST", "/v1/batches"): openai_batch.create_batch,
            ("GET", "/v1/batches"): openai_batch.list_batches,
            ("GET", "/v1/batches/(?P<name>[^/]+)"): openai_batch.retrieve_batch,
            ("POST", "/v1/batches/(?P<name>[^/]+)/cancel"): openai_batch.cancel_batch,
            ("GET", "/v1/models"): openai_files.list_models,
            ("GET", "/v1/models/(?P<name>[^/]+)"): openai_files.retrieve_model,
        },
        error_body=openai_files.error_body,
        tier_served=openai_text.tier_served,
        request_id_header="x-request-id",
    )
