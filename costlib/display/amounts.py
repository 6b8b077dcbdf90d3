"""How an amount is shown, of money or of things: one way, in lessons, tables and messages.

Units: USD. Lesson 1 uses it first.
"""

from __future__ import annotations

import reprlib
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation

_MOST_DIGITS = 400  # on each side of the point; every float has fewer
_SHOWN = Context(prec=5000, rounding=ROUND_HALF_UP)


def money(amount: Decimal | float, *, digits: int | None = None) -> str:
    """An amount in USD as people read it: "$1,234.56", "$0.0329", "$0", "-$2.00".

    From $1 on two decimals; below, as many as show three significant digits, without trailing
    zeros but with two decimals at least. `digits` asks for that many decimals instead. Something
    that costs never shows as zero: decimals are added until a digit is seen. Halves round up.

    Raises ValueError for what is not a finite number or has more than 400 digits on a side of the
    point, and for `digits` that are not a whole number from 0 to 400.
    """
    if digits is not None and (type(digits) is not int or not 0 <= digits <= _MOST_DIGITS):
        raise ValueError(
            f"digits={digits!r}: give how many decimals to show, a whole number from 0 to "
            f"{_MOST_DIGITS}, or leave it out"
        )
    value = _number(amount)
    if not value:
        return "$0"
    first = -value.adjusted()  # the decimal place of the first significant digit
    if digits is not None:
        places = max(digits, first, 0) if _rounded(value, digits) == 0 else digits
    else:
        places = 2 if first <= 0 else first + 2
    shown = f"{_rounded(value, places).copy_abs():,f}"
    if digits is None and places > 2:
        whole, _, decimals = shown.partition(".")
        shown = f"{whole}.{decimals.rstrip('0'):0<2}"
    return f"{'-' if value < 0 else ''}${shown}"


def _number(amount: Decimal | float) -> Decimal:
    """The amount as it was meant; ValueError for what is none."""
    try:
        if isinstance(amount, bool):
            raise TypeError
        # str, not the float itself: 0.1 is shown as 0.1, not as the binary fraction next to it
        value = Decimal(amount if isinstance(amount, int | Decimal) else str(amount))
    except (TypeError, InvalidOperation):
        raise ValueError(
            f"amount={reprlib.repr(amount)} is not a number: give USD as a number"
        ) from None
    if not value.is_finite():
        raise ValueError(f"amount={amount} is not a finite number: give USD as a finite number")
    if value and abs(value.adjusted()) > _MOST_DIGITS:
        raise ValueError(
            f"amount={value:.3e} USD is no amount of money: check where the number comes from"
        )
    return value


def _rounded(value: Decimal, places: int) -> Decimal:
    return _SHOWN.quantize(value, Decimal((0, (1,), -places)))


def exact_money(amount: Decimal) -> str:
    """Every digit of an amount, without exponent or trailing zeros."""
    text = f"{amount:,f}"
    return f"${text.rstrip('0').rstrip('.') if '.' in text else text}"


def counted(number: int, noun: str) -> str:
    """A number with its noun: "1 call", "2 calls"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
