"""When a cache pays: prices as multiples of the input rate, and traffic replayed.

The idea: a prefix that is written once and read often costs a fraction, one that is not read costs
more than no cache; traffic decides. Units: multiples of the input rate, minutes, tokens, USD.
Lesson 7 teaches it, the cache of one's own answers too.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
