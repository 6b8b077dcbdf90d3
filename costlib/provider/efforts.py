"""How much a model reasons where a request does not say: its output holds more than the answer.

No units. The efforts stand in `data/openai_model_rules.csv` and `data/anthropic_model_rules.csv`,
those of other vendors in `data/default_efforts.csv`. Lesson 2 meets efforts; wherever the costs of
models stand side by side, they decide.
"""

from __future__ import annotations

from contextlib import suppress

from costlib.pricing.fitting import fitting_row
from costlib.pricing.prices import find_model
from costlib.provider.anthropic.accepts import abilities
from costlib.provider.openai.model_rules import rule_of


def default_effort(model: str, provider: str | None = None) -> str | None:
    """The effort at which a model reasons where a request names none, "none" where it does not.

    None: nothing is recorded of it. Raises LookupError for an unknown model.
    """
    known = find_model(model, provider)
    with suppress(LookupError):  # a model that is newer than its vendor's table
        if known.provider == "openai":
            return rule_of(known, model).default_effort
        if known.provider == "anthropic":
            takes = abilities(known)
            return "none" if takes.thinking[0] == "disabled" else takes.effort
        row = fitting_row("default_efforts.csv", known) if known.kind == "chat" else None
        if row is not None:  # a prefix of chat models also begins the names of models that speak
            return row["default_effort"]
    return None
