"""An agent's run: what its parts cost, what it would cost otherwise, and what the next one will.

The idea: an agent sends all that was said again at every turn, so the money is in what rides along
and not in what is new. `runs` is the record, `reading` fills it from data, `spending` and
`outcomes` say what it cost; the other modules ask what if, each from runs to runs. Units: tokens,
seconds, Decimal USD, and whole pico-dollars (1e-12 USD) in arrays. Lessons 3, 5, 6 and 7 teach it.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
