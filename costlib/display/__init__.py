"""How results are shown: figures whose title is their finding, tables, amounts of money.

The idea: everything that a lesson shows can be read without seeing it (a sentence of alternative
text, the numbers as a table) and compared by a test. Nothing here knows what a price is. Units:
USD for `money`; a figure names its own. Every lesson uses it.

- `amounts`: an amount of money as text, never zero for something that costs. `typed`: a number as
  people type it.
- `tables`: rows as HTML and as plain text. `figures`: pictures with their numbers beneath.
- `templates`: HTML from Jinja2 templates, escaped; a dollar sign is never read as a formula.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
