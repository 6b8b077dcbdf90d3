"""Cap an agent's run, its children included

Make one run for each task and pass it to whatever calls a model. A child reserves inside its
parent's room; the guard stops a run that repeats itself. When less than a fifth of the cap is left,
the run is told to finish before it is cut off.
"""

from openai import OpenAI

from costlib import cost_of, read_usage
from costlib.budgets import Budget, LoopGuard
from costlib.estimation import ceiling

client, budget = OpenAI(max_retries=0), Budget("sqlite:///budget.sqlite", [])


def begin(task, parent=None, cap=2):  # USD; choose the cap from what your solved runs cost
    return (parent.child(task, cap=cap) if parent else budget.run(task, cap=cap)), LoopGuard()


def turn(run, guard, model, said, max_tokens=2_000, **more):
    if min(account.left / account.limit for account in run.accounts()) < 0.2:
        said = [*said, {"role": "user", "content": "Finish now: what is done, and what is not?"}]
    count = client.responses.input_tokens.count(model=model, input=said, **more).input_tokens
    with run.reserve(ceiling(model, count, max_tokens)) as reservation:
        reply = client.responses.create(
            model=model, input=said, max_output_tokens=max_tokens, **more
        )
        reservation.settle(cost_of(read_usage(reply), model))
    guard.see([getattr(item, "arguments", None) or reply.output_text for item in reply.output])
    return reply
