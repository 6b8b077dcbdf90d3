"""What it will cost: ranges before the call, a month as an interval, what a case must pay.

The idea: a cost that lies in the future is a range with a tested coverage, not a number. Units:
USD, tokens, requests a month. Lesson 3 teaches it; the ceiling of a call serves lesson 5.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
