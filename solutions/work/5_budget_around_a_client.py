"""A budget around your own client

The block reserves the most that the call can cost and settles for what it did cost. A refusal gives
the money back; a time-out may have been billed and counts in full. From several machines, give a
PostgreSQL address.
"""

from openai import OpenAI

from costlib import cost_of, read_usage
from costlib.budgets import Budget, Limit
from costlib.estimation import ceiling

client = OpenAI(max_retries=0)  # or attempts=3 in the ceiling
budget = Budget("sqlite:///budget.sqlite", [Limit(500, "month"), Limit(2, "day", by="user")])


def ask(user, model, text, max_tokens=500):  # BudgetExceeded: no room, nothing was sent
    asked = {"model": model, "input": text}
    count = client.responses.input_tokens.count(**asked).input_tokens
    with budget.reserve(ceiling(model, count, max_tokens), user=user) as reservation:
        reply = client.responses.create(**asked, max_output_tokens=max_tokens)
        reservation.settle(cost_of(read_usage(reply), model))
    return reply
