"""Being told in time: conditions over a ledger, a forecast, and delivery once a period.

The idea: a rule is judged by its false alarms and its delay on traffic whose truth is known. What
has no price is named beside every total, and today is not over. Units: USD an hour or a period,
UTC unless a zone is given. Lesson 4 teaches it, in its second half.

`conditions` has the rules and how they are judged, `forecast` what a period will cost and when a
budget runs out, `delivery` sends an alert once, whoever finds it; a budget's accounts are alerts
too. `webhook` is a receiver on this machine, for the lesson and the tests.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
