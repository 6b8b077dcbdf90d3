"""Answering without a model call: what the customer wants, found by neighbours.

The idea: a question that resembles labelled ones can be answered locally for nothing, as long as
the doubtful ones are passed on. Units: shares between 0 and 1, counts of questions, cosines.
Lessons 5 to 8 build on it.

- `neighbours`: votes of the nearest labelled questions, and a threshold for doubt.
- `tfidf`: texts as weighted words, the cheapest measure of likeness.
- `local`: the step that lessons use, with a threshold chosen on questions of its own.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
