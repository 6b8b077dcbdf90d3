"""What a request costs: a rate card that is in force on a date, times the usage.

The idea: a price is a row of data with a source and the dates between which it holds, and money is
exact. A question that no published rate answers raises; it never gets another tier's price or a
zero. Units: USD per million tokens for rates, exact Decimal USD for a `Cost`, whole pico-dollars
(1e-12 USD) for the tables of `cost_table`. Lesson 1 teaches it.

    from costlib.pricing import cost_of, rate_card
    rate_card("claude-opus-5-5").output          # Decimal USD per million tokens, on AS_OF
    cost_of(read_usage(response), "gpt-5").lines  # a line for each kind of token

- `price_book`: what a rate card is, and the files in `data/` that hold them, read once.
- `prices`: which card applies to a name, a tier and a date or hour; the roles. `names`: the
  ways in which people write a model's name.
- `regions`: what a region adds. `fees`: what is charged by the call.
- `kinds`: which kinds of tokens a request is made of. `cost`: usage times card, line by line.
- `own_rates`: a file of one's own discounts and prices. `own_cost`: a cost by it, beside the list.
- `bulk`: the same for a million rows, read by `columns`; `table` loads them when it is called.
- `price_news`: what changed since the prices were checked (`python -m costlib prices`).
- `numbers`: bounds for numbers that people type.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
