"""Calculators, one or two a lesson: a pure model of the question, and a thin view of it.

The idea: the numbers come from a frozen dataclass that needs no notebook; the widgets only ask and
show. Where no kernel runs, a calculator shows its answer as a table. Units stand at every control.

    from costlib.calculators import PricingCalculator
    PricingCalculator(input_tokens=2_000)  # as the last expression of a cell

`inputs` (controls with bounds and sliders) and `base` (the answer, the view) are what all share,
`numbers` reads what is typed, `bars` draws. Lesson 1 has `pricing`, 2 `usage_decoder` and `images`,
3 `run` and `estimate`, 4 `dashboard`, 5 `budget`, 6 `routing` and `prompt_diet`, 7 `caching`, 8
`prediction`.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
