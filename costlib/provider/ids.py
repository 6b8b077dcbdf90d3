"""The names under which a vendor serves its models: its own ids and aliases, nobody else's.

The price book also knows how clouds, gateways and tools write a model (`claude-4-5-haiku`,
`azure/gpt-4.1`), because logs and bills are full of that; the vendor's own API answers such a name
with a 404. Its ids are those that its SDK lists, and those of `data/model_ids.csv`, which the SDK
does not (or lists although they are not served). Lesson 1 names the first model.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from typing import Any

from costlib.paths import data_rows
from costlib.pricing.prices import Model
from costlib.provider.shapes import literals

KINDS = ("chat", "audio", "embedding", "moderation")
"""The kinds of models whose names are known here: those that the provider serves."""


def own_names(vendor: str, model: Model) -> list[str]:
    """A model's id and aliases that are the vendor's own; empty when its API has no such model.

    Of a model that is newer than the lists, the id in the price book is its name.
    """
    known = [name for name in (model.id, *model.aliases) if is_own(vendor, name)]
    newer = _table(vendor).get(model.id, True)
    return known or ([model.id] if newer else [])


def is_own(vendor: str, name: str) -> bool:
    """Whether a vendor's own API is known to take a model by this name."""
    return _table(vendor).get(name, name in _in_sdk(vendor))


def end_of(vendor: str, name: str, model: Model) -> date | None:
    """The day from which a vendor takes a name no longer: its own, or the end of its model."""
    ended = _ends(vendor).get(name)
    return min(ended, model.shutdown or ended) if ended else model.shutdown


@cache
def _in_sdk(vendor: str) -> frozenset[str]:
    return frozenset(name for hint in _hints(vendor) for name in literals(hint))


def _hints(vendor: str) -> tuple[Any, ...]:
    if vendor == "anthropic":
        from anthropic.types.model_param import ModelParam

        return (ModelParam,)
    from openai.types.embedding_model import EmbeddingModel
    from openai.types.moderation_model import ModerationModel
    from openai.types.shared.responses_model import ResponsesModel

    return ResponsesModel, EmbeddingModel, ModerationModel


@cache
def _table(vendor: str) -> dict[str, bool]:
    return {row["id"]: row["exists"] == "yes" for row in _rows(vendor)}


@cache
def _ends(vendor: str) -> dict[str, date]:
    return {row["id"]: date.fromisoformat(row["ended"]) for row in _rows(vendor) if row["ended"]}


def _rows(vendor: str) -> list[dict[str, str]]:
    return [row for row in data_rows("model_ids.csv") if row["vendor"] == vendor]
