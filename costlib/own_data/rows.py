"""Rows of a table as calls: each by its tool's columns, and what the tool says that it cost.

Numbers and dates are read in the file's convention; a row that cannot be read is named. Lesson 4.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

from costlib.display.amounts import counted
from costlib.own_data.files import Table, cell_json, plain_name
from costlib.own_data.identity import own_id, row_id
from costlib.own_data.known import FEES, Export
from costlib.own_data.lines import Charged, provider_of_model
from costlib.own_data.numbers import (
    PLAIN,
    Decimals,
    day_comes_first,
    decimal_mark,
    moment,
    number,
)
from costlib.own_data.sums import as_sum
from costlib.own_data.unread import (
    EMPTY,
    deciding,
    refuse_hidden,
    refuse_other_money,
    refuse_unread,
)
from costlib.pricing.prices import find_model
from costlib.tracking.calls import Call
from costlib.usage.dialect import WORDS, Told
from costlib.usage.envelopes import usage_objects
from costlib.usage.fields import Body, as_mapping, counts, is_quantity
from costlib.usage.read import read_usage
from costlib.usage.record import Usage
from costlib.usage.telling import tell

_BARE = ("reasoning", "thinking", "thoughts", "writes")  # counts, as titles of tables call them
_WRITTEN = "output_tokens"  # of a vector there are none, and tools leave the cell empty


class About(NamedTuple):
    columns: Mapping[str, str] | None
    exclusive: bool
    ignore: tuple[str, ...]
    decimal: Decimals | None
    day_first: bool | None
    at: datetime | None


def of_table(table: Table, export: Export, about: About) -> Iterator[tuple[str, Charged]]:
    """Each row with what tells it from others; numbers and dates in the file's convention."""
    names = {column: plain_name(column) for column in table.columns}
    ignored = {plain_name(column) for column in about.ignore}
    numeric = [
        column
        for column, name in names.items()
        if name not in ignored
        and (name in export.dialect.rows or name in FEES or name in _BARE or counts(name))
        and export.dialect.rows.get(name) not in WORDS
    ]
    roles = {column: export.dialect.rows.get(names[column], "") for column in numeric}
    parted = [c for c in numeric if roles[c].startswith(("$", "audio_seconds"))]
    whole = [row[c] for c in numeric if c not in parted for row in table.rows]
    fractions = [row[c] for c in parted for row in table.rows]
    mark = about.decimal or table.decimal or decimal_mark(whole, fractions, table.delimiter)
    day_first = about.day_first
    if day_first is None:
        times = [column for column, name in names.items() if name in export.times]
        day_first = day_comes_first(row[column] for column in times for row in table.rows)
    unread = deciding(names, ignored, export)
    if any(role.startswith("$") for role in roles.values()):
        refuse_other_money(table, names, roles, ignored)
    cached = 0
    silent: set[str] = set()  # models of which no column says what they wrote
    for line, row in zip(table.lines, table.rows, strict=True):
        try:
            fields: dict[str, object] = {
                names[column]: _cell(names[column], row[column], mark, roles[column])
                for column in numeric
            }
            fields |= {name: row[c] for c, name in names.items() if name not in fields}
            refuse_unread(row, unread, str(first_of(fields, export.models) or ""))
            refuse_hidden({n: row[c] for c, n in names.items() if n not in ignored})
            charged = of_row(fields, export, set(map(names.get, numeric)), day_first)
        except ValueError as error:
            raise ValueError(f"{table.name!r}, {table.unit} {line}: {error}") from None
        if charged is None:
            cached += 1
        else:
            if _WRITTEN not in export.dialect.rows.values():
                silent.add(charged.call.model)
            yield json.dumps(row, sort_keys=True), charged
    _warn_of_left_out(table.name, silent, cached)


def _warn_of_left_out(name: str, silent: set[str], cached: int) -> None:
    """Warns of models whose output no column counts, and of rows that no model answered."""
    if wrote := next(filter(_writes, sorted(silent)), None):
        tell(
            f"{name!r}: no column is {_WRITTEN}, so what {wrote!r} wrote is in no sum: name "
            "the column in columns="
        )
    if cached:
        tell(
            f"{name!r}: {counted(cached, 'row')} with cache_hit left out: the gateway answered "
            "itself, and no model worked"
        )


def _cell(name: str, cell: str, mark: Decimals | None, role: str) -> object:
    """A cell of a numeric column: a number, None where it is empty, or the words that it has.

    Words are read where a tool gives them in place of its price ("Included"), and in columns that
    are not read; elsewhere they are no count, and absent is not zero.
    """
    if cell.lower() in EMPTY:
        return None
    try:
        value = number(name, cell, mark)
    except ValueError:
        counted = role and role != "-" and not role.startswith("$")
        figures = role and any(letter.isdigit() for letter in cell)
        if counted or figures or cell.lower() in ("nan", "inf"):
            raise
        return cell
    return int(value) if value == value.to_integral_value() else value


def of_row(
    fields: Body, export: Export, numeric: set[str | None], day_first: bool | None
) -> Charged | None:
    model = first_of(fields, export.models)
    time = first_of(fields, export.times)
    if not model or not time:
        raise ValueError(
            f"the row has no {'time' if model else 'model'} (a total?): take it out of the file"
        )
    if str(fields.get("cache_hit", "")).lower() == "true":
        return None  # answered from the gateway's own cache: no model worked
    rows = export.dialect.rows
    counted = {n: v for n, v in fields.items() if n in rows and not _says_nothing(v, rows[n])}
    usage, exact, reported = _usage_of(fields, counted, export, numeric, str(model))
    start = moment(time, day_first)
    about = {name: value for name, value in fields.items() if name not in numeric}
    own = first_of(fields, export.ids)
    kind = export.dialect.name.partition("'")[0].lower().replace(" ", "-")
    per_request = {} if export.operation else counted
    call = Call(
        time=start,
        provider=provider_of_model(str(model), "other"),
        model=str(model),
        usage=usage,
        estimated=not exact,
        call_id=own_id(kind, own, start) if own else row_id(kind, start, {**about, **per_request}),
        user=str(first_of(fields, export.users) or ""),
        project=str(first_of(fields, export.projects) or ""),
        run=str(first_of(fields, export.runs) or ""),
        feature=str(first_of(fields, export.features) or ""),
    )
    if export.operation:
        said = any(rows[name] == "requests" and count for name, count in counted.items())
        call = as_sum(call, usage.requests if said else None)
    return Charged(call, reported)


def _says_nothing(value: object, role: str) -> bool:
    """Whether a value is empty, or words in place of a price or in what is not read. As a count,
    words are refused."""
    if not isinstance(value, str):
        return False
    return value == "" or role == "-" or (role[0] == "$" and not PLAIN.fullmatch(value))


def _usage_of(
    fields: Body, counted: Body, export: Export, numeric: set[str | None], model: str
) -> tuple[Usage, bool, Decimal | None]:
    """The usage of a row, whether it was counted rather than estimated, and the cost it states."""
    told = Told(None, model.lower())
    quantities = {n: v for n, v in fields.items() if n in numeric and is_quantity(v)}
    left = export.dialect.unknown(quantities, told)
    if left:
        raise ValueError(
            f"{left[0]}={quantities[left[0]]} counts something that {export.dialect.name} is not "
            "known to have, and no count is dropped: name the column in columns=, or pass ignore= "
            "with its title if it costs nothing"
        )
    absent = [name for name in export.dialect.need if fields.get(name) in (None, "")]
    if absent:
        raise ValueError(f"{absent[0]} is empty, and absent is not zero")
    blank = [n for n, v in fields.items() if v is None and export.dialect.rows.get(n) == _WRITTEN]
    if blank and _writes(model):
        raise ValueError(
            f"{blank[0]} is empty, and absent is not zero: {model!r} may have written something, "
            "so write 0 where it did not"
        )
    reading = export.dialect.read(counted, {}, told)
    if own := _own_usage(fields, export):
        usage = read_usage({**own, "model": own.get("model") or model})
        return usage, True, reading.reported
    if export.alone:
        raise ValueError(export.alone)
    return reading.usage, not export.estimated, reading.reported


def _own_usage(fields: Body, export: Export) -> Body | None:
    """The vendor's own body, in a column or in the JSON of one; None where there is none."""
    column, _, path = export.own.partition(".")
    found = as_mapping(cell_json(fields.get(column)))
    if found and path:
        usage = as_mapping(found.get(path))
        return {"usage": usage} if usage else None
    return found if found and any(usage_objects(found)) else None


def _writes(model: str) -> bool:
    """Whether a model answers with tokens of its own; one that is not known may."""
    try:
        return find_model(model).kind not in ("embedding", "moderation")
    except LookupError:
        return True


def first_of(fields: Body, names: tuple[str, ...]) -> object:
    return next((fields[name] for name in names if fields.get(name) not in (None, "")), None)


def once(rows: Iterator[tuple[str, Charged]], name: str) -> Iterator[Charged]:
    seen: set[bytes] = set()
    twice = 0
    for said, charged in rows:
        key = hashlib.sha256(said.encode(errors="surrogatepass")).digest()  # a row may be long
        twice += key in seen
        if key not in seen:
            seen.add(key)
            yield charged
    if twice:
        tell(
            f"{name!r} repeats {counted(twice, 'row')}, equal in every column: each was counted "
            "once"
        )
