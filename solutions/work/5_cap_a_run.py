"""Cap an agent's run, its children included

Make one run for each task and pass it to whatever calls a model. A child reserves inside its
parent's room; the guard stops a run that repeats itself. The run is told to finish when less than a
fifth of the cap is left, or too little for two more such calls.
"""

from openai import OpenAI

from costlib import cost_of, read_usage
from costlib.budgets import Budget, LoopGuard
from costlib.estimation import ceiling

client, budget = OpenAI(max_retries=0), Budget("sqlite:///budget.sqlite", [])


def begin(task, parent=None, cap=2):  # USD; choose the cap from what your solved runs cost
    return (parent.child(task, cap=cap) if parent else budget.run(task, cap=cap)), LoopGuard()


def turn(run, guard, model, said, max_tokens=2_000, **more):
    finish = [*said, {"role": "user", "content": "Finish now: what is done, and what is not?"}]
    count = client.responses.input_tokens.count(model=model, input=finish, **more).input_tokens
    most = ceiling(model, count, max_tokens)
    if any(each.left < max(each.limit / 5, 2 * most) for each in run.accounts()):
        said = finish
    with run.reserve(most) as reservation:
        asked = {"model": model, "input": said, "max_output_tokens": max_tokens}
        reply = client.responses.create(**asked, **more)
        reservation.settle(cost_of(read_usage(reply), model))
    moves = [item for item in reply.output if item.type != "reasoning"]
    guard.see([move.model_dump(mode="json", exclude={"id", "call_id"}) for move in moves])
    return reply
