"""A guess beside its answer: compared where it can be, else shown, and never an error."""

from __future__ import annotations

import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from costlib.course import limits, progress
from costlib.course.progress import standing
from costlib.exercises import guesses, reveal, saved_guess


@pytest.mark.parametrize(
    ("guess", "says"),
    [
        (..., "You made no guess."),
        (0.1, "You guessed $0.10: 2.0 times too low."),
        (Decimal("0.4"), "You guessed $0.40: 2.0 times too high."),
        (0.21, "You guessed $0.21: close."),
        (0.2, "You guessed $0.20: exactly right."),
        ("about a cent", "You guessed about a cent."),
        ("2 dollars", "You guessed $2.00: 10 times too high."),
        ("$7,000", "You guessed $7,000.00: 35,000 times too high."),
        ("7_000", "You guessed $7,000.00: 35,000 times too high."),
        ("$7k", "You guessed $7,000.00: 35,000 times too high."),
        (".2", "You guessed $0.20: exactly right."),
        ("0.2:1", "You guessed $0.20: exactly right."),
        ("1/5", "You guessed 1/5."),  # a ratio, of which no one number is told
        ("1:5", "You guessed 1:5."),
        ("0.7M", "You guessed $700,000.00: 3,500,000 times too high."),
        ("2 million", "You guessed $2,000,000.00: 10,000,000 times too high."),
        ("7 000 USD", "You guessed $7,000.00: 35,000 times too high."),
        ("40 cents", "You guessed $0.40: 2.0 times too high."),
        ("20¢", "You guessed $0.20: exactly right."),
        ("0,2", "You guessed 0,2."),
        ("2,10", "You guessed 2,10."),
        ("7.000,50", "You guessed 7.000,50."),
        ("40-50k", "You guessed 40-50k."),
        ("40k–50k", "You guessed 40k–50k."),
        ("2 to 3", "You guessed 2 to 3."),
        ("1/2", "You guessed 1/2."),
        ("2e3", "You guessed $2,000.00: 10,000 times too high."),
        ("1.2E-1", "You guessed $0.12: 1.7 times too low."),
        ("1'000", "You guessed $1,000.00: 5,000 times too high."),
        ("1\u202f000", "You guessed $1,000.00: 5,000 times too high."),
        ("１，２００", "You guessed $1,200.00: 6,000 times too high."),
        ("about 48k", "You guessed $48,000.00: 240,000 times too high."),
        ("≈ $2k?", "You guessed $2,000.00: 10,000 times too high."),
        ("ca. 2 Mio", "You guessed $2,000,000.00: 10,000,000 times too high."),
        ("2B", "You guessed $2,000,000,000.00: 10,000,000,000 times too high."),
        ("5 hundred", "You guessed $500.00: 2,500 times too high."),
        ("3 hundred thousand", "You guessed $300,000.00: 1,500,000 times too high."),
        ("20 ct", "You guessed $0.20: exactly right."),
        ("−5", "You guessed -$5.00: too low."),
        ("- $5", "You guessed -$5.00: too low."),
        ("US$2", "You guessed $2.00: 10 times too high."),
        # another number than its first digits, or another unit than the answer's
        ("10^6", "You guessed 10^6."),
        ("2*3", "You guessed 2*3."),
        ("0x10", "You guessed 0x10."),
        ("1__000", "You guessed 1__000."),
        ("5..6", "You guessed 5..6."),
        ("1½", "You guessed 1½."),
        ("5²", "You guessed 5²."),
        ("€5", "You guessed €5."),
        ("5 EUR", "You guessed 5 EUR."),
        ("12 %", "You guessed 12 %."),
        ("inf", "You guessed inf."),
        ("1e400", "You guessed 1e400."),
        ("5ms", "You guessed $5.00: 25 times too high."),
        ("2 billions", "You guessed $2,000,000,000.00: 10,000,000,000 times too high."),
        ("2 of 100", "You guessed 2 of 100."),
        ("", "You made no guess."),
        ([], "You made no guess."),
        (0, "You guessed $0: too low."),
        (-1, "You guessed -$1.00: too low."),
        (True, "You guessed True."),
    ],
)
def test_a_guess_in_dollars(guess: object, says: str) -> None:
    assert str(reveal(guess, 0.2, "USD")) == f"The answer: $0.20. {says}"


def test_a_guess_among_choices_and_in_other_units() -> None:
    assert str(reveal(" B", "b")) == "The answer: b. You guessed B: right."
    assert str(reveal("a", "b")) == "The answer: b. You guessed a."
    assert str(reveal(50, 70.4, "%")) == "The answer: 70.4%. You guessed 50%: 1.4 times too low."
    assert str(reveal(..., 16_903, "calls")).startswith("The answer: 16,903 calls.")
    assert str(reveal("4 of 100", 8, "of 100 tests")).endswith("4 of 100 tests: 2.0 times too low.")
    assert str(reveal("12 %", 24, "%")).endswith("You guessed 12%: 2.0 times too low.")
    assert str(reveal("$12", 24, "%")).endswith("You guessed $12.")


def test_what_a_learner_wrote_is_no_markup() -> None:
    assert "<script>" not in reveal("<script>alert(1)</script>", 3, "calls").html()


@given(st.one_of(st.integers(), st.floats(), st.text(), st.lists(st.integers()), st.none()),
       st.floats(-1e12, 1e12))  # fmt: skip
def test_no_guess_raises(guess: object, answer: float) -> None:
    assert str(reveal(guess, answer, "USD")).startswith("The answer: ")


def test_a_saved_notebook_keeps_its_guess(tmp_path: Path) -> None:
    def lesson(source: str) -> None:
        cells = [{"cell_type": "code", "source": source.splitlines(keepends=True)}]
        (tmp_path / "01_pricing.ipynb").write_text(json.dumps({"cells": cells}))

    lesson("guess_month = 20_000  # USD\nguess_share = ...  # %\nguess_code = exit()\n")
    assert saved_guess(1, "guess_month", tmp_path) == 20_000
    assert saved_guess(1, "guess_share", tmp_path) is ...
    assert saved_guess(1, "guess_code", tmp_path) is ...
    assert saved_guess(2, "guess_month", tmp_path) is ...
    lesson("guess_month = 30 * (700 - 50.5)  # USD\nguess_share = None\n")
    assert saved_guess(1, "guess_month", tmp_path) == 30 * 649.5
    assert saved_guess(1, "guess_share", tmp_path) is ...
    (tmp_path / "01_pricing.ipynb").write_text('{"cells": [{')
    assert saved_guess(1, "guess_month", tmp_path) is ...


@pytest.mark.parametrize(
    ("value", "guess"),
    [
        ("20_000  # USD", 20_000),
        ('"b"', "b"),
        ("-0.5", -0.5),
        ("2 * 3", 6),
        ("1 / 4 + 2 ** 3", 8.25),
        ("(1 - 0.25) * 100  # %", 75),
        ("...", ...),
        ("...  # USD", ...),
        ("... # 5", ...),
        ("None", ...),
        ('" "', ...),
        ("1 / 0", ...),
        ("9 ** 9 ** 9", ...),
        ('"a" * 9_000_000_000', ...),
        ("[0] * 9_000_000_000", ...),
        ("20 000", ...),
        ("about 5", ...),
        ("float(3)", ...),
        ("month * 2", ...),
    ],
)
def test_what_is_counted_as_a_guess_is_what_a_later_lesson_reads(
    tmp_path: Path, value: str, guess: object
) -> None:
    cells = [
        {"cell_type": "markdown", "source": "guess_month = 5"},
        {"cell_type": "code", "source": [f"guess_month = {value}\n", "guess_share = ..."]},
        {"cell_type": "code", "source": "if guess_month == 5:\n    guess_month = 7"},
    ]
    (tmp_path / "01_pricing.ipynb").write_text(json.dumps({"cells": cells}))
    assert saved_guess(1, "guess_month", tmp_path) == guess
    assert standing(tmp_path / "01_pricing.ipynb").guesses == (int(guess is not ...), 2)


def test_a_notebook_that_is_too_large_for_one_is_too_large_for_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = [{"cell_type": "code", "source": "guess_month = 5"}]
    path = tmp_path / "01_pricing.ipynb"
    path.write_text(json.dumps({"cells": cells, "metadata": {"kept": "x" * 1_000}}))
    assert saved_guess(1, "guess_month", tmp_path) == 5
    assert guesses.NOTEBOOK_BYTES == limits.NOTEBOOK_BYTES == progress.NOTEBOOK_BYTES
    monkeypatch.setattr(guesses, "NOTEBOOK_BYTES", 1_000)
    assert saved_guess(1, "guess_month", tmp_path) is ...
