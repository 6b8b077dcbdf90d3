"""What an exercise's statement allows, described once: `Pick` draws inputs from it.

An exercise has a function that builds one input from the choices of a `Pick`:

    def _request(pick):
        total = pick.whole(0, 50_000)
        return total, pick.whole(0, total), pick.whole(0, 4_000), pick.one_of(_CARDS)

The check draws from it with a fixed seed, boundaries and small inputs first. The tests replay it
with choices of Hypothesis, which looks for the smallest input on which two functions differ: every
choice goes through `whole`, so that a source of whole numbers is all that either side needs. In
every second drawn input the keys of dictionaries come in another order than the description writes
them: a value is taken by its key, and not by its place. No units of its own.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from random import Random
from typing import Any, TypeVar

T = TypeVar("T")


class NotAllowed(Exception):
    """Raised while an input is built, when the statement rules it out: another one is drawn."""


class Pick:
    """A source of choices. `size`, from 0 to 1, bounds how long a drawn list may be."""

    def __init__(self, rng: Random, size: float = 1.0) -> None:
        self._rng, self._size = rng, size

    def whole(self, low: int, high: int) -> int:
        """A whole number from `low` to `high`; the two ends and numbers near them are frequent."""
        turn = self._rng.random()
        if turn < 0.12:
            return low
        if turn < 0.2:
            return high
        if turn < 0.4:
            return self._rng.randint(low, min(high, low + 9))
        return self._rng.randint(low, high)

    def amount(self, low: float, high: float, digits: int) -> float:
        """A number with so many decimal digits, such as dollars with 2."""
        unit = 10**digits
        return self.whole(round(low * unit), round(high * unit)) / unit

    def one_of(self, options: Sequence[T]) -> T:
        """One of the options; the first is the simplest."""
        return options[self.whole(0, len(options) - 1)]

    def yes(self) -> bool:
        """True or False."""
        return self.one_of((False, True))

    def some(self, make: Callable[[], T], least: int, most: int) -> list[T]:
        """A list of `least` to `most` things that `make` gives."""
        count = self.whole(least, least + round((most - least) * self._size))
        return [make() for _ in range(count)]

    def shuffled(self, things: Sequence[T]) -> list[T]:
        """The things in any order."""
        left = list(things)
        found: list[T] = []
        while left:
            found.append(left.pop(self.whole(0, len(left) - 1)))
        return found


def drawn(
    build: Callable[[Pick], tuple[object, ...]], seed: str, count: int
) -> list[tuple[object, ...]]:
    """So many inputs, the same for the same seed; small ones first.

    Raises LookupError when the description rules nearly everything out.
    """
    rng, places, refused = Random(seed), Random(f"{seed}, keys"), 0
    found: list[tuple[object, ...]] = []
    while len(found) < count:
        try:
            args = build(Pick(rng, (len(found) + 1) / count))
            found.append(_shuffled(args, places) if len(found) % 2 else args)
        except NotAllowed:
            refused += 1
            if refused > 20 * count:
                raise LookupError(f"{seed}: of {refused} inputs none was allowed") from None
    return found


def _shuffled(args: tuple[object, ...], rng: Random) -> tuple[object, ...]:
    """The same input, the keys of all its dictionaries in one other order."""
    ranks: defaultdict[object, float] = defaultdict(rng.random)
    return in_order(args, lambda keys: sorted(keys, key=ranks.__getitem__))


def in_order(value: Any, order: Callable[[list[Any]], list[Any]]) -> Any:
    """The same value, the keys of each dictionary in it in the order that `order` makes of them."""
    if type(value) in (list, tuple):
        return type(value)(in_order(each, order) for each in value)
    if type(value) is dict:
        return {key: in_order(value[key], order) for key in order(list(value))}
    return value
