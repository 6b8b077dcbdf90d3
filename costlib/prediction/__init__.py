"""Predicted outputs, and the other ways to get an edited file back.

The idea: an accepted token costs what an output token always does and comes sooner; a rejected one
is billed on top. A shorter format of the edit saves money instead, and can fail. Units: tokens,
USD, seconds (modelled). Lesson 8 teaches it.

- `acceptance`: what of a prediction is accepted, what it costs, and how soon the reply comes.
- `edit_formats`: whole file, unified diff, search/replace blocks, line ranges: write and apply.
- `edit_slips`: what becomes of a small slip in an answer, format by format.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
