"""What the numbers and dates of one file mean: its convention is decided once, from all of them.

"59.000" is 59 or 59,000, "1/2/2026" January or February. One cell cannot say which; a whole file
mostly can: "1,234.5" and "59200.0" have a decimal point, "31/12/2026" has the day first, and a
count is a whole number, so that "1.024" tokens are 1,024. A file whose cells all fit both is
refused, and the caller says which with `decimal=` or `day_first=`. Lesson 4.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Literal

Decimals = Literal[".", ","]

_NOISE = re.compile(r"[\s\u00a0\u202f'’$]|USD|usd")
PLAIN = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_LARGEST = 15  # digits before the point: more is no count and no amount of money
_OTHER_MONEY = re.compile(r"[€£¥₹₩]|\b[A-Z]{3}\b")
_SERIALS = (20_000, 80_000)  # spreadsheets' days since 1899-12-30: 1954 to 2119


def decimal_mark(
    counts: Iterable[str], amounts: Iterable[str] = (), delimiter: str = ""
) -> Decimals | None:
    """The decimal mark that a file's numbers use; None where none of them shows it.

    `counts` are the cells of columns that hold whole numbers, `amounts` those of others. Where
    commas delimit the cells, nobody has a decimal comma, and amounts a decimal point. Raises
    ValueError where cells contradict each other, and where all that speak could be either.
    """
    shown: dict[Decimals, str] = {}
    open_case = ""
    for whole, cells in ((True, counts), (False, amounts)):
        for cell in cells:
            mark = _mark_of(_NOISE.sub("", cell), whole)
            if mark == "either" and delimiter == "," and ("," in cell or not whole):
                mark = "."
            if mark == "either":
                open_case = open_case or cell
            elif mark is not None:
                shown.setdefault(mark, cell)
    if len(shown) == 2:
        raise ValueError(
            f"{shown['.']!r} has a decimal point and {shown[',']!r} a decimal comma: a file has "
            "one convention, so export it again in one"
        )
    if not shown and open_case:
        raise ValueError(
            f"{open_case!r} may have a decimal mark or a thousands separator, and no other number "
            "of the file shows which: pass decimal='.' or decimal=','"
        )
    return next(iter(shown), None)


def _mark_of(text: str, whole: bool) -> Decimals | Literal["either"] | None:
    """What one cell shows of the decimal mark."""
    text, power, _ = text.strip("()+-").lower().partition("e")
    points, commas = text.count("."), text.count(",")
    if (not points and not commas) or text.strip("0123456789.,"):
        return None
    if points and commas:
        return "." if text.rindex(".") > text.rindex(",") else ","
    separator: Decimals = "." if points else ","
    other: Decimals = "," if points else "."
    head, _, tail = text.rpartition(separator)
    if points + commas > 1:
        return other  # it stands there more than once, so it separates thousands
    if len(tail) != 3 or not 1 <= len(head) <= 3 or head == "0" or power:
        return separator  # 1.024E+03 has no thousands
    if whole and tail.strip("0"):
        return other  # as a fraction it would be no whole number
    return "either"


def number(name: str, cell: object, decimal: Decimals | None = None) -> Decimal:
    """A cell as an exact number; ValueError, naming the column, for what is none."""
    if isinstance(cell, bool):
        raise ValueError(f"{name}={cell!r} is no number")
    text = _NOISE.sub("", str(cell).replace("\u2212", "-"))  # the minus of typesetters
    negative = text.startswith("(") and text.endswith(")")  # as accountants write it
    text = text.strip("()")
    thousands = "," if decimal != "," else "."
    if thousands in text and isinstance(cell, str):
        whole = re.split(r"[.,]" if decimal is None else re.escape(decimal or "."), text)[0]
        groups = whole.lstrip("+-").split(thousands)
        if not (1 <= len(groups[0]) <= 3 and all(len(each) in (2, 3) for each in groups[1:])):
            raise ValueError(f"{name}={cell!r} is no number: its thousands are not in groups")
        text = text.replace(thousands, "")
    if decimal == ",":
        text = text.replace(",", ".")
    try:
        value = Decimal(text)
    except InvalidOperation:
        money = isinstance(cell, str) and any(map(str.isdigit, cell)) and _OTHER_MONEY.search(cell)
        why = " of dollars: convert it at the day's rate first" if money else ""
        raise ValueError(f"{name}={cell!r} is no number{why}") from None
    if not value.is_finite() or value.adjusted() > _LARGEST or value.adjusted() < -40:
        raise ValueError(f"{name}={cell!r} is no finite number of a sensible size")
    return -value if negative else value


def whole_count(name: str, cell: object, decimal: Decimals | None = None) -> int:
    """A cell as a count: JSON's int, or a table's "59200.0" and "59,200"."""
    value = number(name, cell, decimal)
    if value < 0 or value != value.to_integral_value():
        raise ValueError(f"{name}={cell!r} is no whole number of at least 0")
    return int(value)


_DATE_FORMATS = (
    "%Y/%m/%d", "%Y/%m/%d %H:%M", "%Y/%m/%d %H:%M:%S", "%Y.%m.%d", "%b %d, %Y", "%B %d, %Y",
    "%d %b %Y", "%d %B %Y", "%b %d %Y", "%b %d, %Y, %I:%M %p", "%b %d, %Y %I:%M %p",
    "%d-%b-%Y", "%d-%b-%y", "%d-%b-%Y %H:%M", "%Y-%m-%d %I:%M %p", "%Y-%m-%d %I:%M:%S %p",
    "%a, %d %b %Y %H:%M:%S GMT", "%Y年%m月%d日",
)  # fmt: skip
_NO_TIME = datetime(1970, 1, 1, tzinfo=UTC)  # a zero, which stands for no time, is not later
_LAST_YEAR = 2100
_DAY_IN_DIGITS = re.compile(r"20\d\d(0[1-9]|1[0-2])([0-2]\d|3[01])")
_BOTH = re.compile(r"(\d{1,2})([/.-])(\d{1,2})\2(\d{4})(.*)")


def day_comes_first(cells: Iterable[str]) -> bool | None:
    """Whether 1/2/2026 is the first of February; None where no cell is written so.

    Raises ValueError where all such cells could be either.
    """
    seen = ""
    for cell in cells:
        match = _BOTH.fullmatch(cell.strip())
        if match is None:
            continue
        if match[2] == ".":
            return True  # nobody writes 12.31.2026
        if int(match[1]) > 12:
            return True
        if int(match[3]) > 12:
            return False
        seen = seen or cell
    if seen:
        raise ValueError(
            f"{seen!r} may begin with its day or its month, and no other date of the file shows "
            "which: pass day_first=True or day_first=False"
        )
    return None


def moment(value: object, day_first: bool | None = None) -> datetime:
    """Seconds since 1970 (or thousandths of them, or a pair with nanoseconds), a spreadsheet's
    number of a day, or a date or time as text; in UTC.

    Raises ValueError for what is no time, as a zero is not.
    """
    if isinstance(value, list) and len(value) == 2 and all(type(part) is int for part in value):
        value = value[0] + value[1] / 1e9  # seconds and nanoseconds, as OpenTelemetry's JavaScript
    found = _moment(value, day_first)
    if found <= _NO_TIME or found.year > _LAST_YEAR:
        raise ValueError(f"{value!r} is no date or time of a request: it would be in {found.year}")
    return found


def _moment(value: object, day_first: bool | None) -> datetime:
    text = str(value).strip().removesuffix(" UTC")
    try:
        if _DAY_IN_DIGITS.fullmatch(text):
            return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC)
        if PLAIN.fullmatch(text) or isinstance(value, int | float):
            seconds = float(text)
            if _SERIALS[0] <= seconds < _SERIALS[1]:  # as seconds, the first day of 1970
                return datetime(1899, 12, 30, tzinfo=UTC) + timedelta(days=seconds)
            while seconds > 1e11:  # milli-, micro- or nanoseconds
                seconds /= 1000
            return datetime.fromtimestamp(seconds, UTC)
        both = _BOTH.fullmatch(text)
        if both and day_first is not None:
            day, month = (both[1], both[3]) if day_first else (both[3], both[1])
            text = f"{both[4]}-{int(month):02}-{int(day):02}{both[5]}"
        found = datetime.fromisoformat(text)
    except (ValueError, OverflowError, OSError):
        for form in _DATE_FORMATS:
            try:
                found = datetime.strptime(text, form)
                break
            except ValueError:
                continue
        else:
            raise ValueError(f"{value!r} is no date or time that can be read") from None
    return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
