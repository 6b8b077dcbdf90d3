"""The budget's model has teeth: it notices each of these slips, made in the budget's own source."""

from __future__ import annotations

import inspect
import logging
import types

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from test_budget_model import BudgetAndModel

from costlib.budgets import books, budget, reservation
from costlib.tracking import database

# What it does instead: in which class, the line that is changed, and how.
MUTANTS = {
    "what is carried over stays where it was, too": (
        books.Books, "in ((before.id, -moved), (place.id, moved)):", "in ((place.id, moved),):"
    ),
    "all that is left is carried over": (
        books.Books, "min(max(left, 0), place.limit.carried_pusd)", "max(left, 0)"
    ),
    "a settle that is repeated is refused": (books.Books, "same and (again or tries > 1)",
                                             "same and tries > 1"),
    "a settle that is retried is refused": (books.Books, "same and (again or tries > 1)",
                                            "same and again"),
    "a settle that failed is forgotten": (books.Books, "            self._owe(ending)\n", ""),
    "a release takes a failed settle back": (books.Books, "ending, again = owed, True", "pass"),
    "a late return is charged twice": (
        books.Books, "(ending.spent or 0) - (row.spent_pusd or 0)", "ending.spent or 0"
    ),
    "a late release changes nothing": (
        books.Books, 'ending.state in ("settled", "released")\n', 'ending.state == "settled"\n'
    ),
    "a block that ends in an error is free": (
        reservation.Reservation,
        "self.release if free else lambda: self._settle(max(known, self._amount))",
        "self.release",
    ),
}  # fmt: skip


def mutant(kind: type, old: str, new: str) -> type:
    """A class of costlib's as it is after a change of its module's source."""
    module = inspect.getmodule(kind)
    source = inspect.getsource(module)
    assert source.count(old) == 1, f"{old!r} is no longer in {module.__name__}, or not only once"
    changed = types.ModuleType(module.__name__)
    exec(compile(source.replace(old, new or " " * 12 + "pass\n"), module.__file__, "exec"),
         changed.__dict__)  # fmt: skip
    return changed.__dict__[kind.__name__]


@pytest.mark.parametrize("slip", MUTANTS)
def test_the_model_notices(slip, tmp_path, monkeypatch):
    kind, old, new = MUTANTS[slip]
    monkeypatch.setattr(database, "FIRST_WAIT", 0)
    monkeypatch.setattr(budget, kind.__name__, mutant(kind, old, new))
    monkeypatch.setattr(logging.getLogger("costlib.budgets"), "disabled", True)
    url = f"sqlite:///{tmp_path / 'budget.sqlite'}"
    machine = type("MutantOnIt", (BudgetAndModel,), {"url": url})
    asked = settings(
        max_examples=60, stateful_step_count=20, derandomize=True, database=None,
        phases=[Phase.generate], suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
    )  # fmt: skip
    with pytest.raises((AssertionError, ValueError)):
        run_state_machine_as_test(machine, settings=asked)
