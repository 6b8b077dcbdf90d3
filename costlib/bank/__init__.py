"""The running example: a month of an online bank's support assistant, its bill, every lever.

The idea: one bill from the first lesson to the last, priced request by request, with one lever
more each time; and a month as a ledger saw it, with three incidents whose truth is known. Units:
whole pico-dollars (1e-12 USD), tokens, UTC. Every lesson uses it; lesson 8 adds it up.

- `traffic`: the month's requests, made from real traces and questions, and the bill by part.
- `levers`: what each lever saves alone and after the others, and which to let go first.
- `report`: that account as a page that prints on one sheet. `ledger_report`: a month of one's own
  ledger as such a page.
- `tracked`: the sample of calls that a ledger holds, with the incidents to find.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
