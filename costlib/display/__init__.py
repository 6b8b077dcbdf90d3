"""How results are shown: figures whose title is their finding, tables, amounts of money.

The idea: everything that a lesson shows can be read without seeing it (a sentence of alternative
text, the numbers as a table) and compared by a test. Nothing here knows what a price is. Units:
USD for `money`; a figure names its own. Every lesson uses it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
