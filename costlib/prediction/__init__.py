"""Predicted outputs, and what else regenerates a file: acceptance, formats, slips.

The idea: an accepted token costs what it always did and saves time, a rejected one is billed on
top; an edit in a shorter format saves money. Units: tokens, USD, seconds. Lesson 8 teaches it.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
