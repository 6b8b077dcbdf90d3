"""Calculators, one or two a lesson: a pure model of the question, and a thin view of it.

The idea: the numbers come from a dataclass that needs no notebook; the widgets only show it. Where
no kernel runs, each shows its answer as a table. Units stand at every control.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
