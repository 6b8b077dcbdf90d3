"""What a new model still lacks: `python -m costlib model NAME`.

A model is in the course when every table that its vendor's models stand in knows it. This command
walks down the tables and prints, for each that lacks the model, the row to add: that of its nearest
relative, with a "?" where the relative's cell says nothing of the new model. It changes nothing.
"""

from __future__ import annotations

import argparse
import csv
import io
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from difflib import get_close_matches

from costlib.display.amounts import counted
from costlib.paths import ROOT
from costlib.pricing.fitting import came_out, fitting_row
from costlib.pricing.prices import Model, find_model, models, roles

Row = dict[str, str]

UNKNOWN = {"source", "checked", "released", "shutdown", "priced_from", "valid_from", "date", "at",
           "uncertain", "confidence", "event", "rate", "aliases"}  # fmt: skip
"""Columns in which a relative's cell says nothing of a new model."""


@dataclass(frozen=True)
class Table:
    """A file whose rows name models, by id, by prefix, or several in a cell.

    `column` holds the names; `vendors` are those whose models need a row, all where it is empty;
    `add_to` is the file for the row where `path` is derived; `why` says what the row is for.
    """

    path: str
    why: str
    column: str = "model"
    vendors: tuple[str, ...] = ()
    add_to: str = ""

    def lacks(self, model: Model, relative: Model) -> bool:
        """Whether the table should know a model and does not.

        It should when it knows the relative; a table of prefixes also where the model came out
        after the row that nearly fits, or the table, was checked.
        """
        if self.vendors and model.provider not in self.vendors:
            return False
        if self.column == "prefix":
            try:
                fitting_row(self._name, model, complete=True)
            except LookupError:
                return True
        return bool(self.rows(relative)) and not self.rows(model)

    @property
    def _name(self) -> str:
        return self.path.removeprefix("data/")

    def rows(self, model: Model) -> list[Row]:
        """The rows about a model: the newest of each tier, and one for each detail of images."""
        if self.column == "prefix":
            try:
                row = fitting_row(self._name, model)
            except LookupError:
                row = None
            return [row] if row else []
        found = [row for row in read(self.path) if model.id in row[self.column].split()]
        found = [row for row in found if row.get("provider", model.provider) == model.provider]
        return list({(row.get("tier"), row.get("detail")): row for row in found}.values())

    def uncertain(self, model: Model) -> list[str]:
        """What the model's rows say that no source says of it."""
        return list(dict.fromkeys(filter(None, (r.get("uncertain") for r in self.rows(model)))))

    def to_add(self, model: Model, relative: Model) -> Iterator[Row]:
        """The rows for a model, from the relative's; "?" is what must be looked up."""
        columns = header(self.add_to or self.path)
        for row in self.rows(relative):
            known = row | {self.column: model.id, "provider": model.provider}
            yield {name: "?" if name in UNKNOWN else known.get(name, "?") or "" for name in columns}


TABLES = (
    Table("data/models.csv", "its kind, names and days", add_to="data/model_overlay.csv"),
    Table("data/prices.csv", "its rates in each tier", add_to="data/price_overlay.csv"),
    Table("data/tokenizer_factors.csv", "how its tokens are counted", "prefix"),
    Table("data/cache_rules.csv", "how it caches prompts", "prefix", ("openai", "anthropic")),
    Table("data/openai_model_rules.csv", "what it takes", "prefix", ("openai",)),
    Table("data/anthropic_model_rules.csv", "what it takes", "prefix", ("anthropic",)),
    Table(
        "data/default_efforts.csv",
        "what it reasons unasked",
        "prefix",
        ("deepseek", "google", "mistral", "x-ai"),
    ),
    Table("data/image_rules.csv", "what a picture costs", "models"),
    Table("data/price_history.csv", "its launch, in the history of list prices"),
    Table("tests/pricing/literal_rates.csv", "rates that a second source confirms"),
)


def read(path: str) -> list[Row]:
    """The rows of a file of the course."""
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def header(path: str) -> list[str]:
    """The columns of a file of the course."""
    with (ROOT / path).open(encoding="utf-8", newline="") as file:
        return next(csv.reader(file))


def relative_of(name: str, like: str | None = None) -> Model:
    """The nearest relative of a model: the one given, else the newest whose name differs in
    nothing but numbers, else the one with the likest name.

    Raises LookupError where no name is like it.
    """
    if like is not None:
        return find_model(like)
    known = [model for model in models() if model.id != name]
    line = [model for model in known if line_of(model.id) == line_of(name)]
    if line:
        return max(line, key=lambda model: str(came_out(model) or ""))
    near = get_close_matches(name, [model.id for model in known], n=1, cutoff=0.6)
    if not near:
        raise LookupError(
            f"no known model has a name like {name!r}: name a relative of it with --like MODEL"
        )
    return next(model for model in known if model.id == near[0])


def line_of(name: str) -> str:
    """The line of models that a name belongs to: claude-opus-5-5 is of claude-opus."""
    return re.sub(r"[\d.-]+", "-", name).strip("-")


def lacking(name: str, like: str | None = None) -> tuple[Model, Model, list[Table]]:
    """A model, its nearest relative, and the tables that lack the model.

    A model that the price book does not know is taken as one that comes out after every check.
    Raises LookupError as `relative_of`.
    """
    relative = relative_of(name, like)
    try:
        model = find_model(name)
    except LookupError:
        model = replace(relative, id=name, aliases=(), released=None, shutdown=None)
    else:
        relative = relative_of(model.id, like)
    return model, relative, [table for table in TABLES if table.lacks(model, relative)]


def role_rows(model: Model, relative: Model) -> list[str]:
    """The lines of data/roles.csv for the roles that a model may take over from its relative."""
    days = came_out(model), came_out(relative)
    if days[0] and days[1] and days[0] <= days[1]:
        return []
    key = (relative.provider, relative.id)
    return [
        f"{it.provider},{it.role},{model.id},," for it in roles() if (it.provider, it.model) == key
    ]


def main(options: argparse.Namespace) -> int:
    """Prints the rows to add; 0 when nothing is missing, 1 when something is, 2 for a bad name."""
    try:
        model, relative, tables = lacking(options.name, options.like)
    except LookupError as error:
        print(error.args[0], file=sys.stderr)
        return 2
    candidates = role_rows(model, relative)
    if not tables:
        print(f"Nothing is missing: every table that {relative.id} stands in knows {model.id}.")
    else:
        print(
            f"{model.id} is missing in {counted(len(tables), 'table')}. The rows below are those "
            f"of {relative.id}, its nearest relative: check every value, and look up each ?."
        )
    for table in tables:
        print(f"\n{table.add_to or table.path}: {table.why}")
        for row in table.to_add(model, relative):
            print("  " + _line(row))
    doubts = [(table.path, said) for table in TABLES for said in table.uncertain(model)]
    if doubts:
        print(f"\nUncertain of {model.id}, because no source says it:")
    for path, said in doubts:
        print(f"  {path}: {said}")
    if candidates:
        print(f"\ndata/roles.csv: if it takes the place of {relative.id} in the lessons")
        print("\n".join(f"  {line}" for line in candidates))
    if tables or candidates:
        print(
            "\nThen run: python data/build_prices.py; where a role changed also "
            "python solutions/build.py. Read what changed."
        )
    return 1 if tables else 0


def _line(row: Row) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(row.values())
    return text.getvalue()
