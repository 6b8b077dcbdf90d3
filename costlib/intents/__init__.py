"""Answering without a model call: what did the customer want, found by neighbours.

The idea: a question that resembles labelled ones can be answered locally for nothing, as long as
the doubtful ones are passed on. Units: shares between 0 and 1, counts of questions. Lessons 5 to 8
build on it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
