"""The SDKs' own clients on the offline provider: `connect`, `connect_async`, `provider_of`.

Only what would open a socket is ours. COSTLIB_PROVIDER=live and a key give the ordinary clients
behind a spending cap instead (live.py). Lesson 1 introduces it.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from functools import cache
from typing import TYPE_CHECKING, Any, Literal, overload

from costlib.provider.clock import Clock
from costlib.provider.state import Provider

if TYPE_CHECKING:
    from anthropic import Anthropic, AsyncAnthropic
    from openai import AsyncOpenAI, OpenAI

    from costlib.provider.transport import Vendor


@overload
def connect(
    vendor: Literal["openai"],
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> OpenAI: ...
@overload
def connect(
    vendor: Literal["anthropic"],
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> Anthropic: ...
def connect(
    vendor: str,
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> Any:
    """The real SDK client of "openai" or "anthropic", on the offline provider.

    Each call is a new organisation, with its own clock, log and files, unless `provider` (from
    `provider_of`) shares one; both vendors may share it. `seed` varies the replies of a new
    organisation; a shared one keeps its own. A new organisation lives from noon UTC of `at` on
    (None: the as-of date), with the models, rules and prices of that day. Keys and addresses in
    environment variables do not matter, unless COSTLIB_PROVIDER=live: live.py has what that means.
    Raises ValueError for another vendor, for an `at` that is no date or stands beside a provider,
    and for a provider that is none; RuntimeError for another COSTLIB_PROVIDER and for live mode
    without a key.
    """
    return _client(vendor, provider, seed, at, asynchronous=False)


@overload
def connect_async(
    vendor: Literal["openai"],
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> AsyncOpenAI: ...
@overload
def connect_async(
    vendor: Literal["anthropic"],
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> AsyncAnthropic: ...
def connect_async(
    vendor: str,
    *,
    provider: Provider | None = None,
    seed: int = 0,
    at: date | None = None,
) -> Any:
    """As `connect`, but the SDK's asynchronous client; both kinds may share a provider."""
    return _client(vendor, provider, seed, at, asynchronous=True)


def _client(
    vendor: str,
    provider: Provider | None,
    seed: int,
    at: date | None,
    *,
    asynchronous: bool,
) -> Any:
    if vendor not in ("openai", "anthropic"):
        raise ValueError(f'vendor {vendor!r} is not served: choose "openai" or "anthropic"')
    if at is not None and not isinstance(at, date):
        raise ValueError(f"at={at!r} is no date: give date(2026, 11, 28), say")
    if provider is not None and not isinstance(provider, Provider):
        raise ValueError(
            f"provider={provider!r} is no organisation: give provider_of(client), to share that of "
            "another client"
        )
    wanted = os.environ.get("COSTLIB_PROVIDER", "").strip().lower()
    if wanted == "live":
        from costlib.provider.live import live_client

        if provider is not None or at is not None:
            raise ValueError(
                "COSTLIB_PROVIDER=live is set: a real API shares no offline provider, and its day "
                "is today"
            )
        return live_client(vendor, asynchronous=asynchronous)
    if wanted not in ("", "offline"):
        raise RuntimeError(
            f"COSTLIB_PROVIDER={wanted} is set: unset it for the offline provider, or set it to "
            "live for calls that cost money"
        )
    if provider is None:
        provider = Provider(seed, Clock(datetime.combine(at, time(12), UTC) if at else None))
    elif at is not None:
        raise ValueError(f"at={at} is for a new organisation: this provider has a clock of its own")
    return _offline_client(vendor, provider, asynchronous=asynchronous)


def _offline_client(vendor: str, provider: Provider, *, asynchronous: bool) -> Any:
    """The SDK's client; every argument that it would look up in the environment is given here."""
    import httpx2

    from costlib.provider.transport import OfflineTransport

    with _no_collecting():
        transport = OfflineTransport(provider, _vendor(vendor))
    http_class = httpx2.AsyncClient if asynchronous else httpx2.Client
    http_client = http_class(transport=transport, trust_env=False)
    client_class: Any
    base: Any
    if vendor == "openai":
        import openai
        import openai._base_client as base

        client_class = openai.AsyncOpenAI if asynchronous else openai.OpenAI
        client = client_class(
            api_key="offline",
            admin_api_key="offline",
            organization="offline",
            project="default",
            webhook_secret="offline",
            base_url="https://openai.offline/v1",
            http_client=http_client,
        )
    else:
        import anthropic
        import anthropic._base_client as base

        client_class = anthropic.AsyncAnthropic if asynchronous else anthropic.Anthropic
        client = client_class(
            api_key="offline", base_url="https://anthropic.offline", http_client=http_client
        )
    if asynchronous:
        # Else the first requests ask for it in threads, and begin in the order these end in.
        client._platform = base.get_platform()
    return client


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


@contextmanager
def _no_collecting() -> Iterator[None]:
    """No search for garbage while an SDK is imported: the 100,000 objects that it makes stay.

    To look through them again and again takes a fifth of the time.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


@cache
def _vendor(name: str) -> Vendor:
    """What the transport knows of a vendor: its routes, its errors, its header names.

    Its routes import the vendor's SDK.
    """
    if name == "anthropic":
        from costlib.provider.anthropic.routes import VENDOR as anthropic_vendor

        return anthropic_vendor
    from costlib.provider.openai.routes import VENDOR as openai_vendor

    return openai_vendor
