"""The commands of `python -m costlib`: lab, test, check, and what else is asked of a course.

Empty on purpose: the first of them run before anything is installed, on any Python that can say
that it is too old.
"""
