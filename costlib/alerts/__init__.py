"""Being told in time: conditions over a ledger, a forecast, and delivery once a period.

The idea: a rule is judged by its false alarms and its delay on traffic whose truth is known. Units:
USD an hour or a period, UTC unless a zone is given. Lesson 4 teaches it, in its second half.
"""

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
