"""Sending less and choosing the model, never without measuring what was lost.

The idea: a shorter prompt or a cheaper model is a saving only beside the quality that it keeps.
Units: tokens, USD, shares between 0 and 1 with their error. Lesson 6 teaches it.

- `prompts`: what each part of a prompt costs, what may go without loss, and what else costs.
- `routing`: which questions need the dear model, played on outcomes that were recorded.
- `quality`: how sure a measured share is, and how many questions a claim needs.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
