"""Limits that hold: reserve before a call, settle after it, degrade instead of failing.

The idea: a check followed by a spend is a race that many callers lose together. A reservation is
one conditional UPDATE in the database, so that no number of threads, processes or machines can
spend more than a hard limit. What was billed is never given back: only what is known to cost
nothing is. Units: USD in the arguments, whole pico-dollars (1e-12 USD) in the books, calendar
periods in a time zone. Lesson 5 teaches it.

To read it from the bottom up: `limits` is what a limit is, `accounts` the tables and the UPDATE,
`places` which accounts a call counts in and in which order they are locked, `books` the
transactions. On them stand `reservation` (with `unbilled`, the errors that cost nothing), `budget`
(with runs inside runs), and `refusals`, what is said. Beside them: `degrade`, what to do instead of
refusing; `context`, what to leave out of a request; `runaway`, agents that do not stop; `races`,
the experiments of the lesson.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
