"""Numbers as they are typed: taken as meant, or refused with a sentence that names the value."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.calculators.inputs import NumberBox
from costlib.calculators.numbers import read_number

TOKENS, CENTS, USD = "Input tokens a request", "A second of waiting is worth, cents", "A month, USD"


@pytest.mark.parametrize(
    ("typed", "label", "meant"),
    [
        ("7,000 tokens", TOKENS, 7_000),
        (" 7 000\u00a0", TOKENS, 7_000),
        ("7\u202f000", TOKENS, 7_000),
        ("7'000", TOKENS, 7_000),
        ("1e3", TOKENS, 1_000),
        ("1.5k", TOKENS, 1_500),
        ("2K", TOKENS, 2_000),
        ("3 Millions", TOKENS, 3_000_000),
        ("1 billions", TOKENS, 1_000_000_000),
        ("１，２００", TOKENS, 1_200),
        ("7\t000", TOKENS, 7_000),
        ("- 5", TOKENS, -5),
        ("2 million tokens", TOKENS, 2_000_000),
        ("12.0", TOKENS, 12),
        ("−5", TOKENS, -5),
        ("1,000/day", "Requests a day", 1_000),
        ("1290px", "Width, pixels", 1_290),
        ("9 h", "Hours a day", 9),
    ],
)
def test_a_whole_number_is_taken_as_meant(typed: str, label: str, meant: int):
    read = read_number(typed, label, whole=True)
    assert (read, type(read)) == (meant, int)


@pytest.mark.parametrize(
    ("typed", "label", "meant"),
    [
        ("$0.05", USD, 0.05),
        ("-$5", USD, -5.0),
        ("30,000.50 USD", USD, 30_000.5),
        ("5 cents", CENTS, 5.0),
        ("80 %", "Good answers, %", 80.0),
        ("80 percent", "Good answers, %", 80.0),
        ("5 min", "A pause, minutes", 5.0),
        ("1e-3", USD, 0.001),
        ("2.500", USD, 2.5),
    ],
)
def test_a_number_with_its_unit_is_taken_as_meant(typed: str, label: str, meant: float):
    assert read_number(typed, label, whole=False) == meant


@pytest.mark.parametrize(
    ("typed", "label", "whole", "words"),
    [
        ("12.7", TOKENS, True, "it is 12.7: type 12 or 13."),
        ("-0.5", TOKENS, True, "it is -0.5: type -1 or 0."),
        ("1.234.567", TOKENS, True, "a comma or a space separates thousands here"),
        ("7.000", TOKENS, True, "can be read in two ways: type 7000, or 7."),
        ("1,5", TOKENS, True, "a comma or a space separates thousands"),
        ("1,00,000", TOKENS, True, "a comma or a space separates thousands"),
        ("5 5", TOKENS, True, "a comma or a space separates thousands"),
        ("7,000 dollars", TOKENS, True, "“dollars” is no unit of this box"),
        ("80 %", TOKENS, True, "“%” is no unit of this box"),
        ("$0.05", CENTS, False, "“$” is no unit of this box"),
        ("5 s", CENTS, False, "“s” is no unit of this box"),
        ("€5", USD, False, "“€” is no unit of this box"),
        ("10^6", TOKENS, True, "a box takes one number: type it alone, such as 0.5 for 1/2."),
        ("1/2", USD, False, "a box takes one number"),
        ("5–6", USD, False, "a box takes one number"),
        ("5 to 6", TOKENS, True, "a box takes one number"),
        ("5²", TOKENS, True, "which is not a number"),
        ("½", USD, False, "which is not a number"),
        ("1.200,50", USD, False, "a comma or a space separates thousands here"),
        ("₹5", USD, False, "“₹” is no unit of this box"),
        ("5m", TOKENS, True, "“m” is no unit of this box"),
        ("many", TOKENS, True, "is “many”, which is not a number"),
        ("nan", TOKENS, False, "is “nan”, which is not a number"),
        ("1e400", USD, False, "which is too large"),
        ("  ", USD, False, "is empty: type a number."),
    ],
)
def test_anything_else_is_refused_with_its_value(typed: str, label: str, whole: bool, words: str):
    with pytest.raises(ValueError, match="^" + label) as refused:
        read_number(typed, label, whole=whole)
    assert words in str(refused.value)


@given(st.integers(0, 10**9) | st.floats(0, 1e9, allow_nan=False))
def test_what_a_box_shows_it_reads_back(value: float):
    box = NumberBox(TOKENS, 0, 1e9, isinstance(value, int))
    assert box.read(box.show(value)) == value


@given(st.text(max_size=12) | st.from_regex(r"\$?[-+]?[0-9][0-9.,eE ]{0,8}[a-z%]?", fullmatch=True))
def test_every_text_is_a_number_or_a_sentence(typed: str):
    try:
        assert isinstance(read_number(typed, TOKENS, whole=True), int)
    except ValueError as refused:
        assert str(refused).startswith(TOKENS) and str(refused).endswith(".")
