"""What every attempt did and cost: the ledger, and clients that write into it by themselves.

The idea: one row an attempt, retries and failures too, priced when it was written; from the rows
come reconciliation with the provider's bill and the money that bought nothing. No bookkeeping
stands between a caller and the answer, and what has no price is said beside every sum. Units: whole
pico-dollars (1e-12 USD) in rows, tokens, UTC. Lesson 4 teaches it.

To read it from the bottom up: `database` opens SQLite and PostgreSQL, `periods` is the calendar,
`calls` is a row, `ledger` the table. `clients` wraps an SDK's client, `attempts` is one request of
its, `answers` (with `frames`, Amazon's framing) reads what came back, `meters` tells a budget what
it cost (with `pool_work`, who waits for a pool's thread). What is done with rows: `reprice` (what
if), `own_price` (a rate of one's own), `showback` (whose money), `export` (a month for a
spreadsheet), `reconciliation` and `invoice` (against the bill), `unpriced` (what no sum contains),
and the detectors `waste`, `heartbeats`, `model_mix` and `ride_along`.
`alert` is what they and others tell.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
