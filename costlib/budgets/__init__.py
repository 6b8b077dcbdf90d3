"""Limits that hold: reserve before a call, settle after it, degrade instead of failing.

The idea: a check followed by a spend is a race that many callers lose together. A reservation is
one conditional UPDATE in the database, so that no number of threads, processes or machines can
spend more than a hard limit. Units: USD in the arguments, whole pico-dollars (1e-12 USD) in the
books, calendar periods in a time zone. Lesson 5 teaches it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
