"""Calculators, one or two a lesson: a pure model of the question, and a thin view of it."""
