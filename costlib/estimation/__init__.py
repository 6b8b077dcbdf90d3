"""What it will cost: ranges before the call, a month as an interval, what a case must earn.

The idea: a cost that lies in the future is a range, and how often such ranges hold can be tested.
Units: USD, tokens, requests a month, shares from 0 to 1. Lesson 3 teaches it; the ceiling of a
call serves lesson 5.

- `estimate`: intervals from what was seen, whole conversations, a month from stated beliefs.
- `economics`: return and payback, the cost of a result, owning against renting.
- `ceilings`: the most that one request can cost, which a budget sets aside before it is sent.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
