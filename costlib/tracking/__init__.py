"""What every attempt did and cost: the ledger, and clients that write into it by themselves.

The idea: one row an attempt, retries and failures too, priced when it was written; from the rows
come reconciliation with the provider's bill and the money that bought nothing. Units: whole
pico-dollars (1e-12 USD) in rows, tokens, UTC. Lesson 4 teaches it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
