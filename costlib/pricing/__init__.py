"""What a request costs: a rate card in force on a date, times the usage.

The idea: a price is a row of data with a source and the dates between which it holds, and money is
exact. Units: USD per million tokens for rates, exact Decimal USD for `Cost`, whole pico-dollars
(1e-12 USD) in the tables of `cost_table`. Lesson 1 teaches it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
