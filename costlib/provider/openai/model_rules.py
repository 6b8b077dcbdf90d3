"""What each model of OpenAI takes, as data: `data/openai_model_rules.csv`.

Units: tokens. Every row has a source and the day on which it was checked, and names what of it is
uncertain. A new model is a new row. Lesson 2 meets efforts, lesson 8 what a prediction excludes.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from costlib.pricing.fitting import fitting_row
from costlib.pricing.price_book import Model

TABLE = "openai_model_rules.csv"


@dataclass(frozen=True)
class ModelRule:
    """What a model takes.

    `endpoints`: "chat", "responses". `efforts`: the reasoning efforts accepted, none of them for a
    model that does not reason; `default_effort` when a request names none. `sampling` (temperature,
    penalties, log probabilities) and `chat_tools` (function tools in Chat Completions) are
    "always", "never", or "none": with reasoning effort none only. `verbosity`: it may be other than
    medium. `max_input` and `max_output` are None where only the context window is a limit.
    """

    endpoints: tuple[str, ...] = ("chat", "responses")
    efforts: tuple[str, ...] = ()
    default_effort: str = "none"
    sampling: str = "always"
    chat_tools: str = "always"
    verbosity: bool = False
    max_input: int | None = None
    max_output: int | None = None

    @property
    def reasons(self) -> bool:
        """Whether the model takes a reasoning effort, and spends reasoning tokens."""
        return bool(self.efforts)


@lru_cache(maxsize=256)
def rule_of(model: Model, asked: str) -> ModelRule:
    """The rule for a model under the name that a request gave it.

    Variants that share a price share a `Model` (gpt-5-codex is priced as gpt-5), so the name that
    was asked for decides where it has a row. An old model without any row takes everything that
    old models took.

    Raises LookupError for a model that came out after its family's row, or the table, was checked.
    """
    row = fitting_row(TABLE, model, asked) or fitting_row(TABLE, model, complete=True)
    return _rule(row) if row else ModelRule()


def _rule(row: dict[str, str]) -> ModelRule:
    return ModelRule(
        endpoints=tuple(row["endpoints"].split()),
        efforts=tuple(row["efforts"].split()),
        default_effort=row["default_effort"] or "none",
        sampling=row["sampling"],
        chat_tools=row["chat_tools"],
        verbosity=row["verbosity"] == "yes",
        max_input=int(row["max_input"]) if row["max_input"] else None,
        max_output=int(row["max_output"]) if row["max_output"] else None,
    )
