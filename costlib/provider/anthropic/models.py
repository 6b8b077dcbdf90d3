"""Anthropic's list of models, with what each one can do. Lesson 1 looks into it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import Any

from costlib.pricing.prices import Model, models
from costlib.provider.anthropic.accepts import abilities
from costlib.provider.ids import own_names
from costlib.provider.paging import anthropic_page
from costlib.provider.rules import known_model
from costlib.provider.transport import Call


def list_models(call: Call) -> dict[str, Any]:
    """GET /v1/models: the models that can be called on the virtual day, newest first."""
    found = models("anthropic", kind="chat", at=call.provider.clock.now.date())
    found.sort(key=lambda model: (str(model.released), model.id), reverse=True)
    # A model has one id in the list, whatever aliases the API takes.
    infos = [_info(model) for model in found if own_names("anthropic", model)]
    return anthropic_page(infos, call.query)


def retrieve_model(call: Call) -> dict[str, Any]:
    """GET /v1/models/{id}."""
    return _info(known_model(call.provider, "anthropic", {"model": call.name}))


def _info(model: Model) -> dict[str, Any]:
    """A model as Anthropic lists it; one that has a shutdown date is deprecated (inferred)."""
    words = model.id.removeprefix("claude-").split("-")
    return {
        "id": model.id,
        "type": "model",
        "display_name": f"Claude {words[0].title()} {'.'.join(words[1:])}",
        "created_at": _day(model.released) or "1970-01-01T00:00:00Z",
        "lifecycle": "deprecated" if model.shutdown else "active",
        "retires_at": _day(model.shutdown),
        "max_input_tokens": model.context_window,
        "max_tokens": _longest_output(model),
        "line": None,
        "capabilities": None,
        "deprecated_at": None,
    }


def _longest_output(model: Model) -> int | None:
    """None for a model that is listed and not served yet, as no table says what it takes."""
    try:
        return abilities(model).longest_output
    except LookupError:
        return None


def _day(day: date | None) -> str | None:
    return datetime.combine(day, time(), UTC).isoformat().replace("+00:00", "Z") if day else None
