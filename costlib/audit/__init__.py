"""What one's own records say: spending, what has no price, hidden costs, and what each lever does.

The idea: any mix of session logs, exports and ledgers becomes one table of calls, each counted
once, and every amount beside it says how it is known: certain at the rates, estimated, or not
measured. Nothing leaves the machine, and no message text is read. Units: whole pico-dollars
(1e-12 USD) in frames, Decimal USD, tokens, days of a time zone. Lessons 4 and 8 end with it;
`python -m costlib audit` is the same as a command.

`gathering` finds out what files are and reads them, `log_homes` knows where tools keep their logs.
`breakdown` sums; `cache_account` and `hidden_costs` explain. A lever gives rows of `applied`; it is
made in `other_prices`, `fewer_tokens`, `runs_otherwise` or `pauses`, and named in `every_lever`.
`facts` holds all of it; `summary`, `page` and `command` show it; `result` is the door.
"""

from costlib.faces import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
