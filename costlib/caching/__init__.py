"""When a cache pays: prices as multiples of the input rate, and traffic replayed.

The idea: a prefix that is written once and read often costs a fraction of its price; one that is
not read again costs more than without a cache. The traffic decides which it is. Units: multiples
of the input rate, seconds, tokens, USD. Lesson 7 teaches it.

- `multiples`: what a model charges for writing and reading, and the break-evens that follow.
- `replays`: what the requests of a trace read and write, and the best that was possible.
- `response_cache`: a cache of one's own answers, which skips the call and can be wrong.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
