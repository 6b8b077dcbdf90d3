# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 5. Budget limits
#
# After this lesson you can set a limit that holds when many callers spend at once, choose whom it binds and until when, cap an agent's run and its sub-agents, and answer questions at no cost instead of refusing them.
#
# You need lesson 1 ([what a call costs](01_pricing_models.ipynb#cell-id=s1)), and no key.
#
# {{minutes}}
#
# {{badges}}
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="imports" tags=["folded"]
# Imports what the lesson uses, prices the bank's month, and takes its average question.
import tempfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
from IPython.display import display

from costlib import bank, connect, cost_of, count_chat, money, provider_of, rate_card, read_usage, role
from costlib import exercises as ex
from costlib.agents import capped, outcome, spent, swe_runs
from costlib.bank import tracked_month, wasted_calls
from costlib.budgets import (
    GUARDS, RESERVE, Budget, BudgetExceeded, Limit, LoopGuard, RunawayAgent, descend,
    die_while_reserved, ladder, race_processes, race_threads,
)
from costlib.display import figures
from costlib.estimation import ceiling
from costlib.intents import (
    ACCURACY, CONFIDENCE, Votes, at_least, labelled, local_step, threshold_for,
)
from costlib.tracking import period_of

FLAGSHIP, ASKED = role("anthropic", "flagship"), role("openai", "mid")
month = bank.month()
bill = bank.bill(month)
is_question = month["kind"] == "question"
average_question = {
    "input": month["input_tokens"][is_question].mean(),
    "history": month["history"][is_question].mean(),
    "output": month["output_tokens"][is_question].mean(),
}
folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)


def database(name):
    return f"sqlite:///{Path(folder.name) / name}.sqlite"

# %% [markdown] id="question"
# ## A question with money in it
#
# A developer set OpenAI's former hard limit to 20 dollars. A mail said that requests would now be rejected. [That month cost almost 90 dollars]({{source:forum-690388}}).
#
# So you keep your own limit: 1 dollar for 32 threads. Each checks that 7 cents are left, makes a call for 7 cents, and adds them to what is spent.
#
# **Predict.** How much can they spend when all run at once?

# %% id="question-guess" tags=["predict"]
guess_race = ...  # USD

# %% id="map" tags=["folded"]
# Draws the map of cost factors, with this lesson's place lit.
figures.cost_map(lit=("volume", "monthly bill", "budget"))

# %% [markdown] id="s1"
# ## 1. Two limits that do not hold
#
# **The provider's limit acts late.** OpenAI lets you set a **spend limit** for each calendar month. Here, on the offline provider, it is 20 cents, and a program asks OpenAI's middle model (`ASKED`) until it is refused:

# %% id="late"
client, usd, refusal = connect("openai"), [], ""
client.admin.organization.spend_limit.update(  # in cents
    currency="USD", interval="month", threshold_amount=20
)
while not refusal:
    text = f"Case {len(usd)}. {bank.handbook()} Where is my card?"  # never the same text: no cache
    try:
        reply = client.responses.create(
            model=ASKED, input=text, max_output_tokens=100, reasoning={"effort": "none"}
        )
        usd.append(cost_of(read_usage(reply), ASKED).total)
    except Exception as error:
        refusal = error.code
print(f"{len(usd)} answers for {money(sum(usd))}, then {refusal}")

# %% id="late-bank" tags=["folded"]
# Computes what a quarter of an hour costs at the bank, and in a loop.
MINUTES, AGENTS, CALLS, TOKENS = 15, 100, 4, 100_000  # calls a minute, tokens of input each
each = bill.by_kind["question"] / int(is_question.sum())
quarter_hour = float(each) * bank.QUESTIONS_A_DAY * MINUTES / (24 * 60)
looping = float(rate_card(FLAGSHIP).rates["input"]) * MINUTES * AGENTS * CALLS * TOKENS / 10**6

# %% [markdown] id="s1-why"
# OpenAI's guide says that enforcement [is not instantaneous]({{source:openai-spend-limits}}) and spending can slightly exceed the limit, but not how late it acts. We assume that a request counts after 20 more or after 15 minutes, whichever comes first. So 20 more answers came, and {{= 100 * sum(usd):.0f}} cents were spent.{{claim: sum(usd) - Decimal("0.20") > 20 * min(usd) > 0}} If every request counted 15 minutes late, our bank's assistant, with {{= f"{bank.QUESTIONS_A_DAY:,}"}} questions a day at {{= 100 * float(each):.1f}} cents, would spend {{= quarter_hour:.0f}} dollars unseen. A hundred looping agents would spend {{= f"{looping:,.0f}"}}: four calls a minute each, 100,000 uncached tokens a call, {{= rate_card(FLAGSHIP).rates["input"]:.0f}} dollars a million.
#
# **Your own check can be late, too.** One caller checks. Before it adds its 7 cents, others check and find the same money left. That is a race. We force it: a **barrier** holds each caller after its check until all have checked. `GUARDS` has this guard ("check, then spend") and a better one:

# %% id="race"
LIMIT, COST = Decimal("1.00"), Decimal("0.07")
THREADS = 32
races = {}  # guard: USD spent
for kind, make in GUARDS.items():
    guard = make("sqlite://", LIMIT)
    race_threads(guard, COST, THREADS)
    races[kind] = guard.spent
ex.reveal(guess_race, races["check, then spend"], "USD")

# %% id="race-figure" tags=["folded"]
# Draws what each guard let through.
rows = [
    {
        "guard": kind,
        "spent": money(usd),
        "above the limit": money(max(usd - LIMIT, 0)),
        "calls": int(usd / COST),
    }
    for kind, usd in races.items()
]
with figures.figure(
    f"Check, then spend: {money(max(races.values()))} of {money(LIMIT)}; reserve, then settle: never above",
    alt="Two bars of dollars spent by 32 threads against a limit of 1 dollar: the naive guard is at "
    "more than twice the limit, the reserving guard just below it.",
    numbers=figures.table(rows, caption=f"{THREADS} threads; each call costs {money(COST)}"),
    size=(5.6, 2.4),
) as (_, ax):
    for row, usd in enumerate(races.values()):
        ax.barh(row, float(usd), color=figures.PALETTE[0 if usd <= LIMIT else 1])
    ax.axvline(float(LIMIT), color=figures.PALETTE[4], linewidth=2)
    ax.set_yticks(range(len(races)), races)
    ax.invert_yaxis()
    figures.dollars(ax.xaxis)
    ax.set_xlabel("USD spent; the line is the limit")

# %% [markdown] id="s1-race"
# So the answer is {{= races["check, then spend"]:.2f}} dollars: all {{= THREADS}} checked while nothing was spent.{{claim: races["check, then spend"] == THREADS * COST and races["reserve, then settle"] <= LIMIT}}

# %% [markdown] id="s2"
# ## 2. Reserve, then settle
#
# The better guard checks and takes in one database statement: *take this, if it fits into what is left*. A limit is one row, which only one caller at a time can change. (`at_most` is the limit, `carried` what the last period left.)

# %% id="statement" tags=["folded"]
# Prints the statement. Its columns hold whole picodollars, which their names say.
shown = str(RESERVE).replace("budget_accounts.", "").replace("_pusd", "")
print(shown.replace(" SET", "\nSET").replace(" WHERE", "\nWHERE"))

# %% [markdown] id="s2-ceiling"
# If the statement changes no row, there is no room. Before a call you **reserve** the most that it can cost, its **ceiling**: the counted input (of an estimate, the high end) plus `max_tokens` of output, at the dearest rates that may apply: for input, a cache write. Each attempt of the SDK may be billed, so multiply by their number (here 1: offline, no call fails). After the call you **settle**: the cost counts as spent, and the rest is free again. On SQLite both together took under 2 milliseconds.

# %% id="real-call"
claude = connect("anthropic")
budget = Budget("sqlite://", [Limit("0.10", "month")])  # in memory; a file is sqlite:///name
asked = [{"role": "user", "content": "My card payment was declined. What can I do?"}]
count = count_chat([{"role": "system", "content": bank.handbook()}, *asked], FLAGSHIP)

most = ceiling(FLAGSHIP, count, max_tokens=400, cache_writes=False)  # nothing is marked for a cache
with budget.reserve(most) as reservation:
    reply = claude.messages.create(
        model=FLAGSHIP, max_tokens=400, system=bank.handbook(), messages=asked
    )
    cost = cost_of(read_usage(reply), FLAGSHIP)
    reservation.settle(cost)
print(f"reserved {money(reservation.usd)}, settled {money(cost.total)}")
print(budget.accounts()[0])

# %% [markdown] id="s2-ends"
# A call ends in four ways:
#
# | The call ends with | Was it billed? | The reservation |
# |---|---|---|
# | an answer | yes | is settled for its cost |
# | a refusal, or no connection | no | comes back |
# | a time-out, a stream or connection cut off | perhaps | counts in full |
# | the death of the process | perhaps | comes back after an hour, its **lease** |
#
# You settle an answer. The `with` block does the next two, the database the last. After a *perhaps*, a retry may make you pay twice.

# %% [markdown] id="ex-5-1"
# ### Your turn: exercise 5.1
#
# Write `guarded`. It gets an account, `most` (the ceiling, USD) and `call`, a function that makes the call and returns its cost. An account has
#
# - `account.reserve(usd)`: sets money aside and returns True, or False where there is no room
# - `account.settle(reserved, cost)`: ends a reservation
# - `account.left`: what is left.
#
# Return the cost, or None when there was no room. A call may cost more than `most`: settle what it cost. If `call` raises a `TimeoutError`, it may have been billed: settle for `most`. Any other error is a refusal here: settle for 0. Either way re-raise the error. Amounts may be floats or Decimals. The check also runs it in eight threads.


# %% id="ex-5-1-answer"
def guarded(account, most, call):
    ### BEGIN SOLUTION
    if not account.reserve(most):
        return None
    cost = 0
    try:
        cost = call()
    except TimeoutError:
        cost = most
        raise
    finally:
        account.settle(most, cost)
    return cost
    ### END SOLUTION
    # BLANK: return ...


answer_5_1 = guarded

# %% id="ex-5-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.1")

# %% id="ex-5-1-hint"
from costlib import exercises as ex

ex.hint("5.1")

# %% [markdown] id="s3"
# ## 3. Whose money, and until when
#
# A limit has a **scope** (all, a project, each user), a **period** (day, week, month, or ever), and a kind: a **hard** limit stops calls, a **soft** one only gives notice. Each call of Ann in the support project has three limits. It must fit under both hard ones, and counts under all three or none.

# %% id="scopes"
clock = provider_of(claude).clock
limits = [
    Limit(500, "month"),  # everything
    Limit(200, "month", where={"project": "support"}, hard=False),  # one project, soft
    Limit(2, "day", by="user", warn_at=0.8),  # each user; notice at 80%
]
team = Budget("sqlite://", limits, zone="Europe/Berlin", clock=lambda: clock.now,
              notify=lambda account: print(f"notice ({account.why}):", account))
try:
    for _ in range(4):
        with team.reserve("0.75", project="support", user="ann") as reservation:
            reservation.settle("0.62")
except BudgetExceeded as error:
    print("stopped:", error)

# %% [markdown] id="s3-user"
# That message is for your log. Tell Ann: *"You have used today's questions. The next ones are answered after midnight."* (`error.ends` says when.)
#
# How high should a user's limit be? In lesson 4's month two programs ran away: an agent that looped for {{= tracked_month().set_index("id")["user"][wasted_calls().query("incident == 'form-loop'").index].nunique()}} users, and one user's script of {{= (wasted_calls()["incident"] == "backfill-on-flagship").sum():,}} calls.{{claim: tracked_month().set_index("id")["user"][wasted_calls().query("incident == 'backfill-on-flagship'").index].nunique() == 1}} Which limit stops them, and whom does it cut off *by mistake*, though nothing of theirs ran away?

# %% id="user-limits" tags=["folded"]
# Shows whom a limit for each user and day would have cut off in the ledger of lesson 4: from the
# call that passes it on, the user's day is over.
calls = tracked_month()[["id", "user", "time", "cost_pusd"]].sort_values("time")
calls = calls[calls["user"] != "nightly-job"]
runaway = wasted_calls()
runaway = runaway[runaway["incident"].isin(["form-loop", "backfill-on-flagship"])]
calls = calls.assign(
    usd=calls["cost_pusd"].astype(float) / 1e12,
    day=calls["time"].dt.tz_convert("Europe/Berlin").dt.date,
    wasted=calls["id"].isin(runaway.index),
)
so_far = calls.groupby(["user", "day"])["usd"].cumsum()
rows = []
for limit in (0.10, 0.25, 0.50, 1.00, 2.00):
    cut = calls[so_far > limit]
    innocent = set(cut.loc[~cut["wasted"], "user"]) - set(cut.loc[cut["wasted"], "user"])
    rows.append({
        "limit a day": money(limit),
        "users cut off": cut["user"].nunique(),
        "of them by mistake": len(innocent),
        "calls stopped": len(cut),
        "USD not spent": money(cut["usd"].sum()),
        "runaway part": money(cut.loc[cut["wasted"], "usd"].sum()),
    })
ordinary = calls.groupby(["user", "day"])["usd"].sum().median()
figures.table(
    rows,
    caption=f"{calls['user'].nunique():,} users spent {money(calls['usd'].sum())}, of which "
    f"{money(calls.loc[calls['wasted'], 'usd'].sum())} ran away; a user's median day costs "
    f"{money(ordinary)}",
)

# %% [markdown] id="s3-why"
# A user's ordinary day costs {{= 100 * ordinary:.0f}} cents. A limit of 50 cents, ten times that, stops {{= float(rows[2]["runaway part"][1:]) / calls.loc[calls["wasted"], "usd"].sum():.0%}} of what ran away, and cuts off {{= rows[2]["of them by mistake"]}} user by mistake.{{claim: 9 < 0.50 / ordinary < 11 and rows[2]["of them by mistake"] <= 1 and float(rows[2]["runaway part"][1:]) > 0.6 * calls.loc[calls["wasted"], "usd"].sum()}} One of 10 cents cuts off {{= rows[0]["of them by mistake"]}}.{{claim: rows[0]["of them by mistake"] > 500}}

# %% [markdown] id="ex-5-2"
# ### Your turn: exercise 5.2
#
# Write `policy`. It gets whole cents: what is spent, what is reserved, what a call asks for, and the soft and hard limit (soft is at most hard). It returns `"stop"` when the call does not fit under the hard limit (reaching it exactly is fine), else `"warn"` when what is spent has reached the soft one, else `"go"`.


# %% id="ex-5-2-answer"
def policy(spent, reserved, asked, soft, hard):
    ### BEGIN SOLUTION
    if spent + reserved + asked > hard:
        return "stop"
    return "warn" if spent >= soft else "go"
    ### END SOLUTION
    # BLANK: return ...


answer_5_2 = policy

# %% id="ex-5-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.2")

# %% id="ex-5-2-hint"
from costlib import exercises as ex

ex.hint("5.2")

# %% [markdown] id="runaway"
# ### A run that does not end
#
# An agent's run is a task from its first call to its last. This one asks for JSON, never gets it, and asks again with everything so far. Two nets can catch it: a cap on what the run may cost, and a guard that stops it at the third identical answer.


# %% id="run-agent"
def ask_for_json(run, guard, said, turns=60):
    """Ask with all that was said; add the answer, which is never JSON, and our complaint."""
    agent = connect("openai")
    provider_of(agent).reply = lambda body: "Here is the form you asked for: {..."
    for _ in range(turns):
        with run.reserve(ceiling(ASKED, count_chat(said, ASKED), 200)) as reservation:
            reply = agent.chat.completions.create(
                model=ASKED, reasoning_effort="none", max_completion_tokens=200, messages=said
            )
            reservation.settle(cost_of(read_usage(reply), ASKED))
        text = reply.choices[0].message.content
        again = "That is not JSON. " + bank.handbook()[:4_000]
        said += [{"role": "assistant", "content": text}, {"role": "user", "content": again}]
        guard.see(text)

# %% id="runaway-run"
nets = {  # net: (cap in USD, which identical answer stops the run)
    "nothing": (50, 100),
    "a cap of 10 cents": ("0.10", 100),
    "the loop guard": (50, 3),
}
books, rows = Budget("sqlite://", []), []
for net, (cap, repeats) in nets.items():
    run, ended = books.run(net, cap=cap), "nobody stopped it"
    said = [{"role": "user", "content": "Give me the dispute form as JSON. " + bank.handbook()}]
    try:
        ask_for_json(run, LoopGuard(repeats, window=100), said)
    except (BudgetExceeded, RunawayAgent) as error:
        ended = type(error).__name__
    cost = money(run.accounts()[0].spent)
    rows.append({"net": net, "turns": len(said) // 2, "ended by": ended, "USD": cost})
figures.table(rows, caption="One agent that never gets its JSON")

# %% id="runs-read" tags=["folded"]
# Reads the 500 runs and prepares the numbers of the text below.
everything = outcome(swe_runs())
each_run = spent(swe_runs()).by_run / 1e12
median_run, above_one = float(np.median(each_run)), int((each_run > 1).sum())

# %% [markdown] id="runaway-why"
# The guard stops it soonest, but an agent that varies its words gets past it. Nothing gets past the cap. (The run stops at {{= 100 * float(rows[1]["USD"][1:]):.0f}} cents: the next call's ceiling is above the {{= 10 - 100 * float(rows[1]["USD"][1:]):.0f}} left. A ceiling prices input as a 12-hour cache write, {{= rate_card(ASKED).rates["cache_write_12h"]:.2f}} dollars a million; most of the run's input was read from cache, at {{= rate_card(ASKED).rates["cached_input"]:.2f}}.{{claim: float(rows[1]["USD"][1:]) < 0.05 and float(rows[1]["USD"][1:]) < (rows[1]["turns"] - 3) * count_chat(said, ASKED).low * float(rate_card(ASKED).rates["input"]) / 2e6 and rows[1]["ended by"] == "BudgetExceeded" and ceiling(ASKED, 20_000, 200) > 2 * ceiling(ASKED, 20_000, 200, cache_writes=False)}}) A third net: `budget.stop("why")` refuses every call. Before a cap cuts a run off, tell the agent to finish (*Take it to work*).
#
# How high should a cap be? {{= everything.runs}} real runs of a coding agent ([lesson 3](03_cost_estimation.ipynb#cell-id=agent)) cost {{= everything.usd:.0f}} dollars, the median run {{= median_run:.2f}}, and {{= everything.solved}} solved their task. {{= above_one}} runs cost more than 1 dollar each, {{= each_run[each_run > 1].sum():.2f}} together.
#
# **Predict.** Each run is capped at 1 dollar. How much is saved, and how many solved tasks are lost?

# %% id="cap-guess" tags=["predict"]
guess_saved = ...  # USD of the 500 runs
guess_lost = ...  # solved tasks

# %% id="caps"
effects = {cap: capped(swe_runs(), cap) for cap in ("0.50", "0.75", "1.00", "1.50", "2.00")}
one = effects["1.00"]
display(ex.reveal(guess_saved, one.saved, "USD"))
ex.reveal(guess_lost, one.lost, "tasks")

# %% id="caps-table" tags=["folded"]
# Shows whom each cap cuts off, what it saves, and what it loses.
figures.table(
    [
        {
            "cap, USD": cap,
            "runs cut off": int(effect.cut.sum()),
            "of them solved their task": effect.lost,
            "saved": money(effect.saved),
            "saved for each one lost": money(effect.per_lost) if effect.lost else None,
            "USD for each solved task": money(effect.per_solved),
        }
        for cap, effect in effects.items()
    ],
    caption=f"500 runs; without a cap {money(everything.usd)}, and "
    f"{money(everything.per_solved.value)} for each solved task",
)

# %% [markdown] id="s4-caps"
# So the answer is {{= one.saved:.2f}} dollars and {{= one.lost}} tasks: nearly half of the {{= int(one.cut.sum())}} runs cut off would have solved theirs.{{claim: 0.4 < one.lost / one.cut.sum() < 0.5}} (It saves more than {{= each_run[each_run > 1].sum():.2f}} − {{= above_one}}, since a run stops before the call that would pass 1 dollar.{{claim: float(one.saved) > each_run[each_run > 1].sum() - above_one}}) The cap pays only where a solved task is worth less than {{= one.per_lost:.2f}} dollars ({{= one.saved:.2f}} ÷ {{= one.lost}}). Choose a cap from your own runs that loses no solved task, here 2 dollars.{{claim: capped(swe_runs(), 2).lost == 0 and capped(swe_runs(), 2).saved < 2}} It saves little, but stops a run that never ends.
#
# **Sub-agents.** An agent may give parts of its task to **children**, agents of its own. Caps on the children alone do not limit their sum, so each reserves from its parent's cap, too:

# %% id="children"
parent = Budget("sqlite://", []).run("run-7", cap="1.00")
for name in ("search", "tests", "review"):
    child = parent.child(f"run-7/{name}", cap="0.50")
    try:
        child.reserve("0.40")
        print(f"{name:<7} reserves 0.40 of its own 0.50")
    except BudgetExceeded as error:
        print(f"{name:<7} refused. {error}")

# %% [markdown] id="children-why"
# The third fits under its own cap, not its parent's.{{claim: Decimal("0.50") > Decimal("0.40") > LIMIT - 2 * Decimal("0.40")}}

# %% [markdown] id="s4"
# ## 4. Degrade instead of failing
#
# Below the planned model you can put a **ladder** of cheaper steps: a cheaper model, a smaller context, prepared answers (*local*), a queue. **How good** they are is measured only for *local*, which needs no language model.
#
# Each question of the bank has one of 77 **intents**, what the customer wants, and each intent has a prepared answer. The local step turns a question into a **sentence vector**: numbers that lie close together for sentences that mean the same. People wrote down the intents of {{= len(labelled("train")) - len(local_step().held_truth):,}} questions, and the ten nearest of these vote. Where the vote is too close, the step passes the question on. Its answers were checked on {{= len(bank.questions()):,}} others:

# %% id="ladder"
step = local_step()
steps = ladder(average_question, FLAGSHIP, role("anthropic", "mid"), history=500, local=step)

# %% id="ladder-table" tags=["folded"]
# Shows the steps with their prices and what is known of their quality.
from costlib.provider import default_effort

known = len(labelled("train"))  # labelled questions, the held-out ones among them
unasked = [default_effort(role("anthropic", step)) for step in ("mid", "flagship")]
figures.table([
    {"step": each.name, "USD a question": money(each.usd), "quality": each.quality,
     "answers now": "yes" if each.now else "no"}
    for each in steps
], caption="For an average question of the bank, reckoned with as much output on either model; unless "
    f"told otherwise, the cheaper one thinks at {unasked[0]} effort, the planned one at {unasked[1]}. Smaller "
    "context: the cheaper model, at most 500 tokens of history. Queue: the planned model in the "
    "batch tier, which happens to cost as much as the cheaper model")

# %% [markdown] id="s4-ladder"
# A smaller context saves little: most input is the handbook, which stays.{{claim: steps[1].usd == steps[4].usd}}

# %% [markdown] id="ex-5-4"
# ### Your turn: exercise 5.4, a ladder with a floor
#
# Write `step_for`. It gets `steps`, tuples `(name, usd, accuracy)` in order of preference; what is `left` in USD; and `floor`, the least accuracy that is acceptable, or None where any will do. An accuracy of None was never measured, and fits no floor. It returns the name of the first step that fits, or `"queue"`. Exactly `left` or exactly `floor` fits.


# %% id="ex-5-4-answer"
def step_for(steps, left, floor):
    ### BEGIN SOLUTION
    for name, usd, accuracy in steps:
        good_enough = floor is None or (accuracy is not None and accuracy >= floor)
        if usd <= left and good_enough:
            return name
    return "queue"
    ### END SOLUTION
    # BLANK: return ...


answer_5_4 = step_for

# %% id="ex-5-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.4")

# %% id="ex-5-4-hint"
from costlib import exercises as ex

ex.hint("5.4")

# %% [markdown] id="calc"
# ## When does it stop, and for whom?
#
# The calculator puts a month's limit on the bank's assistant.
#
# 1. On which day does the assistant fall silent?
# 2. Keep this limit and add one of 50 cents a day for each user. Who is cut off now?
# 3. Keep both, and raise `max_tokens` to 20,000. What changes, though no call gets dearer?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import BudgetPlanner

BudgetPlanner(month_limit=30_000.0)

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# In the last third of the month, for everybody. With a limit for each user only the heavy ones stop, early every day, and the month lasts for all others. With a high `max_tokens` each call reserves far more than it costs: now everybody is refused after a few questions, while most of their 50 cents is still there. Set `max_tokens` to what you need.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# This lesson's lever asks the local step *first*, where it saves most. We assume that the prepared answer is enough, whatever was said before. Questions with a screenshot go to the model.
#
# **Predict.** Questions are {{= 100 * float(bill.by_kind["question"] / bill.total):.0f}}% of the bill. {{= 100 * float((month["screenshot"][is_question] == 0).mean()):.0f}}% of them come without a screenshot, and of these the step answers {{= 100 * step.tested()[0]:.0f}}%. By how much does the whole bill fall?

# %% id="bill-guess" tags=["predict"]
guess_bill = ...  # % of the whole bill, this lever alone

# %% id="bill-run"
local = bank.answer_locally(month)
alone = bank.bill(local)
print(f"requests sent {len(local):,} of {len(month):,}; USD {alone.total:,.0f} of {bill.total:,.0f}")
ex.reveal(guess_bill, round(100 * (1 - alone.total / bill.total), 1), "%")

# %% id="bill-journey" tags=["folded"]
# Draws the bill so far, a bar for each lesson's lever.
bank.show_journey(5)

# %% [markdown] id="bill-why"
# So the answer is {{= 100 * float(1 - alone.total / bill.total):.0f}}% of the whole, and {{= 100 * float(1 - alone.by_kind["question"] / bill.by_kind["question"]):.0f}}% of what questions cost. ({{= 100 * float(bill.by_kind["question"] / bill.total):.0f}}% × {{= 100 * float((month["screenshot"][is_question] == 0).mean()):.0f}}% × {{= 100 * step.tested()[0]:.0f}}% is {{= 100 * float(bill.by_kind["question"] / bill.total) * float((month["screenshot"][is_question] == 0).mean()) * step.tested()[0]:.0f}}%, but a question with a screenshot costs more than another.{{claim: bank.bill(month[is_question & (month["screenshot"] > 0)]).total / (is_question & (month["screenshot"] > 0)).sum() > bank.bill(month[is_question & (month["screenshot"] == 0)]).total / (is_question & (month["screenshot"] == 0)).sum()}}) One local answer in {{= 1 / (1 - step.tested()[1]):.0f}} is wrong on the test questions. No bill shows what that costs, so give every local answer a way to a person.

# %% [markdown] id="recap"
# ## Recap
#
# 1. A provider's limit acts late: keep your own.
# 2. Check and reserve in one statement. Settle for the cost, and count what may have been billed.
# 3. All hard limits bind at once. They start again with the calendar, in a time zone.
# 4. Cap each run, high enough to lose no solved task. Children reserve inside their parent's cap.
# 5. Below the planned model there are cheaper steps. Know how good each is.
#
# | Quick reference | Formula or call |
# |---|---|
# | room for a call | ceiling ≤ limit − spent − reserved |
# | ceiling | (input counted + max_tokens, at the dearest rates that may apply) × attempts |
# | a reservation | `with budget.reserve(usd, user=…) as r: …; r.settle(cost)` |
# | a run and its child | `run = budget.run(name, cap=2)`, `run.child(name)` |
#
# **Mistakes that people made**: trusting [a provider's limit]({{source:forum-690388}}) or [a plan's]({{source:claude-code-59858}}) (one user's 5 dollars became 12.52).
#
# ### Take it to work
#
# {{work:5_budget_around_a_client}}
#
# {{work:5_budget_for_a_stream}}
#
# {{work:5_cap_a_run}}
#
# Next: {{next}}

# %% id="recap-map" tags=["folded"]
# Draws the map of cost factors, with this lesson's place lit.
figures.cost_map(lit=("volume", "monthly bill", "budget"))

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put into `USD_A_DAY` what each user cost on each day, and into `CUT_AT_MOST` the share of these days that you would cut off. You get a limit for each user and day.

# %% id="own-run"
USD_A_DAY = calls.groupby(["user", "day"])["usd"].sum().tolist()
CUT_AT_MOST = 0.001  # of the days of all users

limit = float(np.quantile(USD_A_DAY, 1 - CUT_AT_MOST))
beyond = sum(max(usd - limit, 0) for usd in USD_A_DAY)
print(f"a limit of {money(limit)} a day for each user cuts {CUT_AT_MOST:.1%} of the days")
print(f"and {beyond / sum(USD_A_DAY):.1%} of the money")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="threshold" tags=["further"]
# ### How the local step's threshold was chosen
#
# The nearer a question, the more its vote weighs. The **margin** is the lead of the first intent over the second: with 80% of the votes against 20% it is 0.6. The local step answers from a margin of {{= local_step().threshold:.3f}} on.
#
# This threshold must not be chosen on the questions that measure it, or it fits their luck. So {{= len(step.held_truth):,}} labelled questions were **held out**: {{= f"{known - len(step.held_truth):,}"}} vote, the held-out ones choose, and the test questions measure.
#
# Take the smallest margin at which 97% of the held-out answers are right. Will the answers be right as often on other questions? We can try it without the test set: cut the held-out questions in two at random, choose on one half, look at the other. Here are three such halvings, and then two hundred.

# %% id="halving"
truth = bank.questions()["category"].to_numpy()
rng = np.random.default_rng(0)


def halves():
    """The held-out questions cut in two at random: votes and truth of each half."""
    for rows in np.split(rng.permutation(len(step.held_truth)), 2):
        yield Votes(step.held.answers[rows], step.held.margins[rows]), step.held_truth[rows]


for _ in range(3):
    one, other = halves()
    margin = threshold_for(*one, ACCURACY, confidence=None)
    print(f"margin {margin:.3f}: right {one[0].measure(one[1], margin)[1]:.1%} of one half,",
          f"{other[0].measure(other[1], margin)[1]:.1%} of the other")

HALVINGS, missed = 200, {"97% seen": 0, "97% vouched for": 0}
for _ in range(HALVINGS):
    one, other = halves()
    for rule, confidence in zip(missed, (None, CONFIDENCE)):
        margin = threshold_for(*one, ACCURACY, confidence=confidence)
        missed[rule] += other[0].measure(other[1], margin)[1] < ACCURACY
print("halvings in which the other half is below 97%:", missed)

# %% [markdown] id="halving-why" tags=["further"]
# In {{= missed["97% seen"]}} of {{= HALVINGS}} the other half falls short, because a share seen in a sample is above the true one about as often as below. So ask what the sample **vouches for**: the value that the true accuracy exceeds in 19 of 20 such samples (`at_least`, [Wilson's lower bound]({{source:wilson-interval}})). That rule answers fewer questions, and misses in {{= missed["97% vouched for"]}} of {{= HALVINGS}}: more than one in 20, since the other half has its own luck.{{claim: missed["97% vouched for"] > HALVINGS / 20}} It was fixed before the test set was looked at.

# %% id="local" tags=["folded"]
# Draws accuracy against margin, and shows both rules on the test set.
chosen = {
    "97% seen": threshold_for(step.held, step.held_truth, ACCURACY),
    "97% vouched for": step.threshold,
}
rows = []
for rule, margin in chosen.items():
    share, seen = step.held.measure(step.held_truth, margin)
    answered = round(share * len(step.held_truth))
    coverage, right = step.test.measure(truth, margin)
    rows.append({
        "rule": rule,
        "margin": f"{margin:.3f}",
        "held out: right": f"{seen:.1%}",
        "at least": f"{at_least(seen * answered, answered, CONFIDENCE):.1%}",
        "test: answered": f"{coverage:.1%}",
        "test: right": f"{right:.1%}",
        f"misses, {HALVINGS} halvings": missed[rule],
    })
always, vouched = step.test.measure(truth, 0)[1], step.tested()
margins = np.linspace(0, 0.95, 96)
held = [step.held.measure(step.held_truth, m) for m in margins]
counts = [round(share * len(step.held_truth)) for share, _ in held]
curves = {
    "held out": [right for _, right in held],
    "held out, at least": [at_least(r * n, n, CONFIDENCE) for (_, r), n in zip(held, counts)],
    "test": [step.test.measure(truth, m)[1] for m in margins],
}
with figures.figure(
    f"Always answering is right {always:.1%} of the time; with the margin that the held-out "
    f"questions vouch for, {vouched[1]:.1%} on {vouched[0]:.0%} of the test questions",
    alt="Accuracy against margin, three rising curves. Held out is on top nearly everywhere, "
    "the test set a little lower, the lower bound of held out lowest. A line at 97%.",
    numbers=figures.table(rows, caption="Two rules for the same target of 97%"),
) as (_, ax):
    for (name, line), dashes in zip(curves.items(), ("-", "--", ":")):
        ax.plot(margins, line, dashes, label=name)
    ax.axhline(ACCURACY, color=figures.PALETTE[4], linewidth=1)
    for margin in chosen.values():
        ax.plot([margin, margin], [0.9, ACCURACY], color=figures.PALETTE[4], linewidth=1)
    ax.set_ylim(0.9, 1)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("margin from which on it answers; each rule's own is marked")
    ax.set_ylabel("right, of those answered")
    ax.legend(loc="lower right")

# %% [markdown] id="s4-why" tags=["further"]
# The first rule misses its target on the test set, and the second keeps it.{{claim: step.test.measure(truth, chosen["97% seen"])[1] < ACCURACY <= vouched[1]}} (The test set has every intent equally often, which no bank has: measure on your own traffic. {{= 100 * always:.1f}}% is what ten votes reach without the questions that were held out. The single most similar of all {{= f"{known:,}"}} is right 92.0% of the time, in lesson 6.)

# %% [markdown] id="ex-5-3" tags=["further"]
# #### Your turn: exercise 5.3
#
# Write `smallest_margin`: the margins of held-out questions, whether each answer was right, and an accuracy. A threshold answers the questions of at least that margin, and many may have the same one. Return the smallest of the margins for which `at_least(how many right, how many answered)` reaches the accuracy. One always does.


# %% id="ex-5-3-answer"
def smallest_margin(margins, right, accuracy):
    ### BEGIN SOLUTION
    margins, right = np.array(margins), np.array(right)
    for margin in np.unique(margins):
        answered = right[margins >= margin]
        if at_least(answered.sum(), len(answered)) >= accuracy:
            return margin
    ### END SOLUTION
    # BLANK: return ...


answer_5_3 = smallest_margin

# %% id="ex-5-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.3")

# %% id="ex-5-3-hint"
from costlib import exercises as ex

ex.hint("5.3")

# %% [markdown] id="calendar-why" tags=["further"]
# ### Midnight where?
#
# A limit's day, week (from Monday) or month begins and ends at midnight in the budget's time zone.

# %% id="calendar"
BERLIN = ZoneInfo("Europe/Berlin")
cases = {
    "the day the clocks go forward": ("day", datetime(2026, 3, 29, 12, tzinfo=BERLIN)),
    "the day they go back": ("day", datetime(2026, 10, 25, 12, tzinfo=BERLIN)),
    "February of a leap year": ("month", datetime(2028, 2, 10, tzinfo=BERLIN)),
    "October 2026": ("month", datetime(2026, 10, 10, tzinfo=BERLIN)),
}
rows = []
for name, (kind, moment) in cases.items():
    period = period_of(moment, kind, BERLIN)
    rows.append({
        "period in Berlin": name,
        "begins, UTC": f"{period.start:%Y-%m-%d %H:%M}",
        "ends, UTC": f"{period.end:%Y-%m-%d %H:%M}",
        "hours": f"{(period.end - period.start) / timedelta(hours=1):g}",
    })
figures.table(rows, caption="A period ends where the next begins")

# %% [markdown] id="calendar-hours" tags=["further"]
# The shortest day of the year has 23 hours, and the longest 25.{{claim: [float(row["hours"]) for row in rows[:2]] == [23, 25]}} A day's limit lets up to twice its sum through around midnight: all of one day's money before, and all of the next day's after. Windows that roll, of five hours or seven days, are not offered.

# %% [markdown] id="more-limits" tags=["further"]
# ### Limits that people ask for
#
# - A pull request over all its reviews, a ticket, an evaluation: `Limit(5, "ever", by="pull_request")`.
# - All free trials together, since throw-away accounts get round a limit for each user: `Limit(50, "day", where={"plan": "trial"})`.
# - A call that a dearer model may answer: reserve `max(ceiling(m, count, max_tokens) for m in models)`, settle with the one that answered.
# - A call to a region with a surcharge: reserve `ceiling(m, count, max_tokens, region="us")`, which has the surcharge in it.
# - One dear model: `Limit(20, "day", by="user", where={"model": "claude-opus-5"})`. Give every call its model as a tag, `reserve(most, user=user, model=model)`: a call without the tag is not under this limit.
# - A model without a published price: `ceiling` raises `LookupError`, so the call is not sent unchecked.
# - A prepaid balance at OpenRouter is checked in the same way. A call without `max_tokens` was refused for the 65,536 tokens that the model may write, while one with 1,024 passed ([oh-my-pi #9569]({{source:oh-my-pi-9569}}), August 2026).

# %% id="more-limits-run"
books = Budget("sqlite://", [
    Limit(5, "ever", by="pull_request"), Limit(50, "day", where={"plan": "trial"})
])
books.reserve("0.90", pull_request="42", plan="trial").settle("0.80")
for account in books.accounts(pull_request="42", plan="trial"):
    print(account)
try:
    books.reserve("0.90")
except ValueError as error:
    print(error)

# %% [markdown] id="tool-caps" tags=["further"]
# A coding agent may have a cap of its own: `claude -p "…" --max-budget-usd 5`, not in interactive sessions ([claude-code #95964]({{source:claude-code-95964}}), September 2026). Its sub-agents count ([the reference, as quoted]({{source:claude-code-cli}}), September 2026). It counts list prices by the tool's own table. Behind a gateway, another vendor's model was priced like Claude and stopped at 5 dollars when it had cost 0.59 ([mulder #148]({{source:mulder-148}}), September 2026). On a plan it stops a run for money that nobody pays ([kai #390]({{source:kai-390}}), April 2026). So a cap needs the rates of the model that answers.
#
# Ask what a vendor's limit binds, and when. Google's spend caps act about ten minutes late, and you pay for what comes in between ([as quoted]({{source:gemini-spend-caps}}), March 2026). Cursor's limit "per member" was, on a team plan, one pool of that sum times the seats, which one member could empty ([an administrator]({{source:cursor-per-member}}), 2026).

# %% [markdown] id="s2-overrun" tags=["further"]
# ### When a process dies, and when more is spent than was reserved
#
# A process is killed while it holds 40 cents. Nothing is known of its call, so the reservation comes back when its lease is over:

# %% id="killed"
die_while_reserved(database("killed"), LIMIT, Decimal("0.40"))

now = datetime.now(UTC)
books = Budget(database("killed"), [Limit(LIMIT, "ever")], clock=lambda: now)
print("after the kill  ", books.accounts()[0])
now += timedelta(hours=2)
print("two hours later ", books.accounts()[0])

# %% [markdown] id="s2-overrun-why" tags=["further"]
# The vendor may have billed that call. `Budget(..., charge_expired=True)` counts it as spent instead.
#
# A cost above what was reserved is booked in full. The account stays true, ends above its limit, and refuses what comes next. With a ceiling this should not happen, unless the SDK's own retries are forgotten: each attempt may be billed, so reserve `ceiling(..., attempts=3)` or set `max_retries=0`.

# %% [markdown] id="day" tags=["further"]
# ### A day on the ladder
#
# Take one question in a hundred of a day, and a limit that pays for half of them. The ladder is made of limits, too: the planned model may take 60% of the money, so that something is left for the steps below. What waits in the queue is paid when it runs, out of the next day's limit.

# %% id="day-run"
first_day = month["time"] < pd.Timestamp(bank.FIRST_DAY, tz="UTC") + timedelta(days=1)
first = month[is_question & first_day].iloc[::100]
DAY_LIMIT = round(float(steps[0].usd) * len(first) / 2, 2)
can_answer = step.answered[first["asked"]] & (first["screenshot"] == 0)


def serve(limits, steps):
    """For each question of the day, the name of the step that took it; and the USD spent."""
    books, taken = Budget("sqlite://", limits, clock=lambda: clock.now), []
    for easy in can_answer:
        chosen, reservation = descend(books, [s for s in steps if s.name != "local" or easy])
        if reservation is not None:
            reservation.settle(chosen.usd)
        taken.append(chosen.name)
    return pd.Series(taken, index=first["time"].dt.hour), books.accounts()[0].spent


planned_step, mid, _, local_answer, queue, refuse = steps
share = Limit(0.6 * DAY_LIMIT, "day", where={"step": "as planned"})
served = {
    "hard stop": serve([Limit(DAY_LIMIT, "day")], [planned_step, refuse]),
    "ladder": serve([Limit(DAY_LIMIT, "day"), share], [planned_step, mid, local_answer, queue]),
    "local first": serve([Limit(DAY_LIMIT, "day")], [local_answer, planned_step, queue]),
}

# %% id="day-figure" tags=["folded"]
# Draws who served the day's questions.
STEPS = ("as planned", "cheaper model", "local", "queue", "refuse")
waiting = int((served["ladder"][0] == "queue").sum())
refused = {name: int((taken == "refuse").sum()) for name, (taken, _) in served.items()}
with figures.figure(
    f"With half the money the hard stop refuses {refused['hard stop']} of {len(first)} questions, "
    f"the ladder {refused['ladder'] or 'none'}, with {waiting} that wait; with the local step first "
    f"nobody waits, and the day costs {money(served['local first'][1])}",
    alt="Three stacked bars of a day's questions by the step that took them. Hard stop: half as "
    "planned, half refused. Ladder: as planned, cheaper model, local and a few in the queue. Local "
    "first: most local, the rest as planned.",
    numbers=figures.table(
        [
            {"way": name}
            | {each: int((taken == each).sum()) for each in STEPS}
            | {"USD": money(usd)}
            for name, (taken, usd) in served.items()
        ],
        caption=f"Questions of a day by the step that took them; {money(DAY_LIMIT)} are allowed",
    ),
) as (_, ax):
    for row, (taken, _) in enumerate(served.values()):
        left = 0
        for colour, each in zip(figures.PALETTE, STEPS):
            n = int((taken == each).sum())
            ax.barh(row, n, left=left, color=colour, label=each if row == 0 else None)
            left += n
    ax.set_yticks(range(len(served)), served)
    ax.invert_yaxis()
    ax.set_xlabel("questions of the day")
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, 1.25), ncols=3)

# %% [markdown] id="day-why" tags=["further"]
# The local step does more as the *first* step, where the bill puts it, than as the last resort: nobody waits, and the day costs {{= served["local first"][1]:.2f}} dollars.{{claim: int((served["local first"][0] == "queue").sum()) == 0}}

# %% [markdown] id="context" tags=["further"]
# ### A budget for one request
#
# A request has two limits of its own. `max_tokens` bounds what comes out, and so the ceiling. You bound what goes in: give each part a worth, and drop the least worth first until the rest fits (`costlib.budgets.pack`; a part without a worth must go in). Never cut in the middle of a part, and never drop the question.

# %% id="context-run"
from costlib.budgets import Part, pack

parts = [
    Part("system prompt", 900),
    Part("oldest turns", 2_400, worth=1),
    Part("search result, weak", 1_800, worth=2),
    Part("search result, good", 1_500, worth=6),
    Part("last two turns", 700, worth=8),
    Part("question", 60),
]
rows = []
for room in (8_000, 5_000, 3_500, 2_000):
    kept, dropped = pack(parts, room)
    used = sum(part.tokens for part in kept)
    rows.append({
        "room": room,
        "sent": used,
        "dropped": ", ".join(part.name for part in dropped) or "nothing",
        "input USD": money(cost_of(read_usage({"input_tokens": used, "output_tokens": 0}, provider="anthropic"), FLAGSHIP).total),
    })
figures.table(rows, caption="Room and sent in tokens")

# %% [markdown] id="ex-5-5" tags=["further"]
# #### Your turn: exercise 5.5, a context packer
#
# Write `packed`: a list of parts `(name, tokens, worth)` in their order, all worths different, and the room in tokens. Drop the part of the least worth until the rest fits; what fills the room exactly fits. It returns the names that are kept, in their old order. The list may be empty.


# %% id="ex-5-5-answer"
def packed(parts, room):
    ### BEGIN SOLUTION
    kept = list(parts)
    while sum(tokens for _, tokens, _ in kept) > room:
        kept.remove(min(kept, key=lambda part: part[2]))
    return [name for name, _, _ in kept]
    ### END SOLUTION
    # BLANK: return ...


answer_5_5 = packed

# %% id="ex-5-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.5")

# %% id="ex-5-5-hint"
from costlib import exercises as ex

ex.hint("5.5")

# %% [markdown] id="fair" tags=["further"]
# ### A fair share
#
# When money is short, who gets it? First come, first served gives it to whoever wakes up early. The usual answer is **max-min fairness**: fill all glasses at the same speed; a glass that is full leaves the rest to the others.

# %% [markdown] id="ex-5-6" tags=["further"]
# #### Your turn: exercise 5.6, fair shares
#
# Write `fair_shares`: a total in USD, and a dictionary of what each user would like; any of them may be 0. It returns a dictionary of what each gets: nobody more than they wished, and nothing is left over while somebody still wants more. All whose wish is not filled get the same, and nobody else gets more than that.


# %% id="ex-5-6-answer"
def fair_shares(total, wishes):
    ### BEGIN SOLUTION
    shares = {}
    waiting = sorted(wishes, key=wishes.get)
    while waiting:
        user = waiting[0]
        shares[user] = min(wishes[user], total / len(waiting))
        total -= shares[user]
        waiting = waiting[1:]
    return shares
    ### END SOLUTION
    # BLANK: return ...


answer_5_6 = fair_shares

# %% id="ex-5-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("5.6")

# %% id="ex-5-6-hint"
from costlib import exercises as ex

ex.hint("5.6")

# %% [markdown] id="carry" tags=["further"]
# ### What is not used
#
# `carry_over=0.25` lets up to a quarter of a limit come over from the period before. The money moves: what comes into the new account leaves the old one, so a machine whose clock is behind cannot spend it twice.

# %% id="carry-run"
carried = Budget("sqlite://", [Limit(100, "month", carry_over=0.25)], clock=lambda: clock.now)
carried.reserve(60).settle(55)
clock.advance_to(carried.accounts()[0].period.end)  # the next month begins
carried.reserve(1).settle(1)
print(carried.accounts()[0])

# %% [markdown] id="carry-why" tags=["further"]
# Of the {{= 100 - 55}} dollars left, {{= carried.accounts()[0].limit - 100:.0f}} came over: a quarter of the limit.{{claim: carried.accounts()[0].limit == 125}}
#
# A gateway may carry over what it should not. In June 2026 LiteLLM still held a key's 55.69 dollars of May against its limit of 50, because a counter beside the database was not reset ([litellm #29576]({{source:litellm-29576}}), since mended). And a key that gets its `budget_duration` later begins with all that it ever spent ([litellm #34492]({{source:litellm-34492}}), July 2026). So send a call after the first reset.

# %% [markdown] id="postgres" tags=["further"]
# ### Several processes, several machines
#
# Do the guards of section 1 hold between processes, too? Four processes ask six times each:

# %% id="processes"
PROCESSES, TRIES = 4, 6
between = {}  # guard: USD spent
for n, (kind, make) in enumerate(GUARDS.items()):
    race_processes(kind, database(str(n)), LIMIT, COST, PROCESSES, TRIES)
    between[kind] = make(database(str(n)), LIMIT).spent
    print(f"{kind}: {money(between[kind])} of {money(LIMIT)}")

# %% [markdown] id="postgres-why" tags=["further"]
# Before the last round {{= 100 * (LIMIT - between["check, then spend"] + PROCESSES * COST):.0f}} cents are left. That is enough for two calls, and all {{= PROCESSES}} make one.{{claim: 2 * COST <= LIMIT - between["check, then spend"] + PROCESSES * COST < 3 * COST and between["reserve, then settle"] <= LIMIT}} In general such a guard overspends by callers × cost − what was left before the last round.
#
# SQLite is a file, and a file is for one machine. Where several share a budget, install `psycopg[binary]` and give it a PostgreSQL database; nothing else changes:
#
# ```python
# budget = Budget("postgresql+psycopg://user@host/costs", limits)
# ```
#
# It is not run here, because it needs a server. The course's tests start one and run this race on it: eight processes ask for more than twice a limit of 1 dollar, {{= 100 * COST:.0f}} cents a call, and spend {{= 100 * (LIMIT // COST * COST):.0f}} cents; a process is killed in between, and what it held comes back.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI on [spend limits]({{source:openai-spend-limits}}) and on [which limit stopped you]({{source:openai-limit-help}}); PostgreSQL on [what an UPDATE sees]({{source:postgres-isolation}}); SQLite on [transactions]({{source:sqlite-transactions}}).
