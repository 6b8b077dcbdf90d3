"""Exercises that check themselves: `ex.check("1.1")`, `ex.hint("1.1")`, `ex.solution("1.1")`.

The idea: an exercise says what its statement allows, and its check tries all kinds of it, so that
a wrong answer meets an input on which it is wrong. A check says Not attempted, Incorrect, Correct
or Cannot check, with a sentence, and never raises; `ex.reveal` sets a guess beside its answer. No
units of its own. Every lesson uses it.
"""

from costlib.exercises.asking import check, hint, lesson_exercises, lessons, solution
from costlib.exercises.guesses import reveal, saved_guess

__all__ = ["check", "hint", "lesson_exercises", "lessons", "reveal", "saved_guess", "solution"]
