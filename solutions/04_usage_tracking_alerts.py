# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 4. Usage tracking & alerts
#
# After this lesson you can record every request that your code sends, read a tool's log without counting twice, divide an invoice among projects, find four kinds of money that bought nothing, and set an alert whose false alarms and delay you have measured.
#
# You need lesson 1, sections 1 and 2 (a call's cost, the rate card). You need no key: requests go through the real SDKs to the offline provider.
#
# {{minutes}}
#
# {{badges}}
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="map" tags=["folded"]
# Imports what this lesson uses, and shows where it stands on the map of cost factors.
import json

import numpy as np
import pandas as pd

from costlib import agents, bank, connect, data_path, money, provider_of, role
from costlib import exercises as ex
from costlib.bank import tracked_month, without_incidents
from costlib.display import figures
from costlib.tracking import unattended, waste

planned, ran = bank.bank_plan().found.after, bank.bank_plan().found.before
figures.cost_map(lit=("monthly bill", "budget", "volume"))

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank planned its month at {{= money(planned, digits=0)}}. Then the invoice comes: {{= money(ran, digits=0)}}. Finance asks: *which feature was it, on which days, and why did nobody call us?*
#
# **Predict.** Which of these added most to the bill beyond the plan: **a** more customers than planned, **b** a prompt that was longer for 17 days, **c** a job on a large model, not in a batch, on three evenings, **d** a program that asked the same again and again on one weekend.{{claim: [(last.date() - first.date()).days + 1 for first, last in bank.incidents().sort_values("first")[["first", "last"]].itertuples(index=False)] == [17, 3, 2]}}

# %% id="question-guess" tags=["predict"]
guess_cause = ...  # "a", "b", "c" or "d"

# %% [markdown] id="s1"
# ## 1. Every attempt is a row
#
# Many trackers add up `response.usage`, but a bill is made of **attempts**: requests that reach the provider. The SDK makes up to three for one call, and some never bring a response.
#
# A **ledger** is a table with one row for each attempt: its time, the model and the tier (standard, batch) that answered, what was used, and what that cost *at the rates of that moment*. A row also holds **tags**, your own words for who and what for: `user`, `project`, `feature` (a part of the product) and `run` (one conversation or job). Give a sub-agent, or a model that judges answers, its own feature. `track` wraps a client of either SDK, and the ledger sees what the SDK hides:

# %% id="tracked"
from costlib.tracking import Ledger, tags, track

own = Ledger()  # in memory; Ledger("sqlite:///calls.sqlite") is a file that processes share
client = track(connect("openai"), own, feature="app-chat", project="support")
ASK = {
    "model": role("openai", "mid"),
    "reasoning_effort": "none",
    "max_completion_tokens": 300,
    "messages": [{"role": "user", "content": "My card was declined twice today. Why?"}],
}
with tags(user="customer-0017", run="plain"):
    client.chat.completions.create(**ASK)

# %% [markdown] id="s1-predict"
# Four more calls follow:
#
# - One is refused twice before it succeeds. Our provider charges nothing for a refusal.
# - One times out and is sent again.
# - One is a **stream**, an answer that comes in pieces.
# - One is a stream that the reader leaves after twelve pieces.
#
# Neither stream was asked for its usage. Our provider bills the time-out and both streams like any answer, and all answers cost the same.
#
# **Predict.** What share of the bill for all five calls does a tracker of `response.usage` see?

# %% id="s1-guess" tags=["predict"]
guess_seen = ...  # % of the bill

# %% id="attempts" tags=["folded"]
# Makes all five calls, four with their troubles, and shows their ledger.
five = Ledger()  # a new one, and a new provider: the cell may run again
watched_client = track(connect("openai"), five, feature="app-chat", project="support")
provider = provider_of(watched_client)


def call(name, *failures, leave_after=None, **options):
    provider.failures.script(*failures)
    with tags(run=name, user="customer-0017"):
        answer = watched_client.chat.completions.create(**ASK, **options)
        for count, _ in enumerate(answer if options.get("stream") else (), 1):
            if count == leave_after:
                answer.close()
                break


call("plain")
call("refused twice", 429, 500, None)
call("timed out", "timeout", None)
call("streamed", stream=True)
call("left", stream=True, leave_after=12)
rows = five.frame().sort_values("id")
figures.table(
    [
        {
            "call": row.run,
            "attempt": row.attempt,
            "status": f"{row.status} {row.error}",
            "in": row.input_tokens,
            "out": row.output_tokens,
            "estimated": "yes" if row.estimated else "",
            "cost": money(row.cost_pusd / 1e12),
        }
        for row in rows.itertuples()
    ],
    caption="The ledger: one row for each attempt",
)

# %% id="three-sums"
# The provider's own report: in real life a client with an admin key asks for it.
report = watched_client.admin.organization.usage.costs(start_time=provider.clock.timestamp - 86_400)
billed = sum(result.amount.value for day in report.data for result in day.results)
read = rows.loc[(rows["status"] == "ok") & ~rows["estimated"], "cost_pusd"].sum() / 1e12
kept = rows["cost_pusd"].sum() / 1e12
print(f"response.usage {money(read)}, the ledger {money(kept)}, the provider's bill {money(billed)}")
ex.reveal(guess_seen, 100 * read / billed, "%")

# %% [markdown] id="s1-why"
# So the answer is {{= read / billed:.0%}}: three answers of six.{{claim: abs(read / billed - 1 / 2) < 0.005}} The others brought no usage:
#
# | Call | Why no usage comes | The ledger counts |
# |---|---|---|
# | both streams | Chat Completions sends it in the last piece, and only with `stream_options={"include_usage": True}`; a reader who leaves never gets it | the input and the pieces that came |
# | the time-out | no answer arrives, although the provider may have written one; whether vendors bill that is not published | the input |
#
# The ledger marks these rows *estimated* and counts them in every sum: an unknown is never a zero. So it sees {{= kept / billed:.0%}} of this bill, and misses what nobody received.{{claim: read < kept < billed}} A call whose price is unknown has no cost, not 0, and `ledger.unpriced()` lists it. Prompts are stored as hashes only.

# %% [markdown] id="s2"
# ## 2. A log that you did not write
#
# Coding tools keep a log too. Claude Code writes a line for each part of a reply (thinking, text, a tool call), with the counts so far. A session that is resumed or forked may begin with a copy of the old file. This log was made for the lesson:

# %% id="own-log"
folder = data_path("own") / "claude_code"
lines = [json.loads(line) for path in sorted(folder.rglob("*.jsonl")) for line in path.open()]
answered = [line["message"] for line in lines if line["type"] == "assistant"]
COUNTS = ("input_tokens", "cache_read_input_tokens", "cache_creation_input_tokens")
naive = sum(message["usage"][count] for message in answered for count in COUNTS)
print(f"{len(answered)} lines with usage; added up, they have {naive:,} input tokens")

# %% [markdown] id="s2-predict"
# A reply takes about two lines here.{{claim: 1.9 < (len(answered) - 29) / len({message["id"] for message in answered}) < 2.3}} {{= len(answered) - len({json.dumps(message) for message in answered})}} lines are the copy of a resumed session.
#
# **Predict.** How many replies are these lines?

# %% id="s2-guess" tags=["predict"]
guess_replies = ...  # replies

# %% id="own-log-read"
from costlib.own_data import read_session_log

calls = list(read_session_log(folder))
tokens = sum(call.usage.input_tokens for call in calls)
print(f"{tokens:,} input tokens, not {naive:,}")
ex.reveal(guess_replies, len(calls), "replies")

# %% [markdown] id="s2-why"
# So the answer is {{= len(calls)}}: adding up all lines counts {{= naive / tokens:.1f}} times the tokens ([2.15 times]({{source:claude-code-usage-92}}) in one user's logs, August 2026).
#
# **Reconcile** your count: compare it with the bill, and explain any difference. Nearly all calls of [500 runs of a coding agent]({{source:mini-swe-runs}}) come with the amount billed. Here is lesson 1's formula on their tokens, at gemini-3-pro-preview's 2 dollars a million for ordinary input, 0.20 for cached and 12 for output:

# %% id="to-the-digit"
_, run_calls = agents.swe_tables()
paid = run_calls[run_calls["billed_usd"].notna()]
ordinary = paid["prompt_tokens"] - paid["cached_tokens"]
micro = 2 * ordinary + 0.2 * paid["cached_tokens"] + 12 * paid["completion_tokens"]  # 1e-6 USD
same = np.isclose(micro / 1e6, paid["billed_usd"], rtol=0, atol=5e-10)
print(f"{same.sum():,} of {len(paid):,} calls agree; {len(run_calls) - len(paid)} have no amount to compare")

# %% [markdown] id="ex-4-7"
# ### Your turn: exercise 4.7, each reply once
#
# Write `log_total`. `lines` are dictionaries with `id` (of the reply), `output_tokens`, and `usd`: the cost of the tokens that this line counts, or None where its model has no known price. All lines with one `id` are one reply, wherever they stand, and only the one with the most `output_tokens` is kept. (Lines with equally many are equal.) The list may be empty. Return two values: the dollars of all replies with a price, and how many replies have none.

# %% id="ex-4-7-answer"
def log_total(lines):
    ### BEGIN SOLUTION
    replies = {}
    for line in lines:
        known = replies.get(line["id"])
        if known is None or line["output_tokens"] > known["output_tokens"]:
            replies[line["id"]] = line
    amounts = [line["usd"] for line in replies.values()]
    return sum(usd for usd in amounts if usd is not None), amounts.count(None)
    ### END SOLUTION
    # BLANK: return ..., ...


answer_4_7 = log_total

# %% id="ex-4-7-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.7")

# %% id="ex-4-7-hint"
from costlib import exercises as ex

ex.hint("4.7")

# %% [markdown] id="s3"
# ## 3. Who pays, and for what?
#
# Now comes a month of the bank: every call of one customer in a hundred,{{claim: bank.SHARE == 100}} recorded by `track`. (Volume, hours and mishaps are modelled. The bank's invoice has the nightly summaries at list price; here they ran in a batch, so a hundred samples cost less.){{claim: set(tracked_month().query("feature == 'ticket-summary'")["tier"]) == {"batch"} and tracked_month()["cost_pusd"].sum() / 1e12 * bank.SHARE < float(ran)}} Two back-office jobs ran beside the customers' features: `ticket-summary` every night, `tagging` on three evenings.{{claim: tracked_month().groupby("feature")["time"].agg(lambda t: t.dt.date.nunique())[["ticket-summary", "tagging"]].tolist() == [30, 3]}} A ledger is a database, so ask it in SQL. It keeps costs in pico-dollars, 1e-12 USD:

# %% id="sql"
month = tracked_month()
ledger = Ledger()
ledger.record_many(month)
by_feature = ledger.query("""
    SELECT feature, count(*) AS attempts, sum(cost_pusd) / 1e12 AS usd
    FROM calls GROUP BY feature ORDER BY usd DESC
""")
figures.table(by_feature, formats={"usd": money})

# %% id="dashboard" tags=["folded"]
# Draws the spending of each day by feature, and names the days that stand out.
frame = ledger.frame()
usd = frame["cost_pusd"].astype("int64") / 1e12
day = frame["time"].dt.floor("D")
daily = usd.groupby([day, frame["feature"]]).sum().unstack(fill_value=0)
daily = daily[daily.sum().sort_values(ascending=False).index]
usually = daily.sum(axis=1).groupby(daily.index.day_of_week).median()
excess = daily.sum(axis=1) - usually.reindex(daily.index.day_of_week).to_numpy()
worst = excess.nlargest(5).sort_index()
with figures.figure(
    f"{len(worst)} days cost {money(worst.sum())} more than usual for their day of the week: "
    f"{', '.join(f'{d:%d %b}' for d in worst.index)}",
    alt="Spending by day, stacked by feature, with a dip at each weekend. Three weekdays in the "
    "middle of November have a feature that no other day has; the Saturday after them is as high "
    "as a weekday.",
    numbers=[
        {"day": f"{d:%a %d %b}", **{name: money(daily.at[d, name]) for name in daily}}
        for d in worst.index
    ],
    size=(6, 3.4),
) as (_, ax):
    bottom = np.zeros(len(daily))
    for name, colour in zip(daily, figures.PALETTE):
        ax.bar(daily.index, daily[name], 0.9, bottom, label=name, color=colour)
        bottom += daily[name].to_numpy()
    ax.set_ylabel("USD a day")
    ax.legend(loc="upper center", bbox_to_anchor=(0.5, -0.18), ncols=3)

# %% [markdown] id="s3-showback"
# Finance wants to divide this sample's invoice, 480 dollars with tax, among projects. Showing a project its part is **showback**; booking it to its budget is **chargeback**. The parts must sum to the invoice, and calls without a tag must stay visible. The back-office jobs serve both projects, support (app, help page) and disputes, so their cost is spread by the number of attempts:

# %% id="showback"
from costlib.tracking import allocate

shares = allocate(month, "project", invoice="480.00", shared=["back-office"], by="calls")
print("sum of billed:", shares["billed"].sum())
columns = ["calls", "unpriced", "own_usd", "billed"]
table = shares[columns].rename(columns={"calls": "attempts"}).reset_index()
figures.table(table, formats={"own_usd": money, "billed": money})

# %% [markdown] id="s3-key"
# With `by="cost"`, disputes would pay {{= money(allocate(month, "project", invoice="480.00", shared=["back-office"], by="cost").at["disputes", "billed"])}}. Agree on `by` first.

# %% [markdown] id="s3-leaks"
# ### Which money bought nothing?
#
# A program can find four leaks:
#
# - **Retry loop**: a prompt that was *answered* is answered again more than three times in one run, each time within two minutes, because the program could not use the reply.
# - **Context waste**: from some day on, even a feature's shortest prompts are more than 5% longer, but its replies are not.
# - **Over-provisioned**: a job of a hundred answers or more, with a median of at most 20 tokens, runs on a large model at standard price, though nobody waits and a batch costs half.
# - **Nobody there**: calls without a user send the same transcript at regular gaps.{{claim: waste.retry_loops.__wrapped__.__kwdefaults__ == {"repeats": 3, "within": pd.Timedelta(minutes=2)} and waste.context_growth.__wrapped__.__kwdefaults__["growth"] == 0.05 and [waste.over_provisioned.__wrapped__.__kwdefaults__[name] for name in ("short", "least")] == [20, 100]}}

# %% id="detectors" tags=["folded"]
# Runs the four detectors on the month, and on the same month without incidents.
clean = without_incidents(month)
DETECTORS = {
    "form-loop": ("retry loop", waste.retry_loops),
    "page-in-prompt": ("context waste", waste.context_growth),
    "backfill-on-flagship": ("over-provisioned", waste.over_provisioned),
    "": ("nobody there", unattended),
}
leaks = []
for incident, (name, detector) in DETECTORS.items():
    found = detector(month)
    score = bank.score(found, incident) if incident else None
    leaks.append({
        "leak": name,
        "feature": found[0].feature if found else None,
        "findings": len(found),
        "found, USD": money(sum(float(each.usd) for each in found)),
        "truth, USD": money(score.true_usd) if score else money(0),
        "false alarms, clean month": len(detector(clean)),
    })
figures.table(
    leaks,
    caption="What the detectors found in the sample, beside what was really wasted; context waste is "
    "estimated from mean lengths",
)

# %% id="cause"
ex.reveal(guess_cause, "d")

# %% [markdown] id="s3-why"
# So the answer is **d**, though the loop had only a weekend. (Tagging cost more, {{= money(daily["tagging"].sum())}}, but only half was wasted.){{claim: leaks[0]["leak"] == "retry loop" and daily["tagging"].sum() > float(leaks[0]["truth, USD"][1:]) and float(leaks[0]["truth, USD"][1:]) == max(float(each["truth, USD"][1:]) for each in leaks)}} Customers came as planned.{{claim: planned + bank.incidents()["wasted_usd"].sum() * bank.SHARE == ran}}
#
# Elsewhere nobody was there: an agent, woken every 30 minutes, sent its whole transcript for 12 days and spent 248 dollars ([openclaw #98556]({{source:openclaw-98556}}), July 2026). Let a timer look first *without* a model (`if not inbox(): return`), and begin a fresh session with only what is new.

# %% [markdown] id="ex-4-2"
# ### Your turn: exercise 4.2
#
# Write `loop_waste`: the USD that retry loops wasted in one run. `calls` are its attempts in order, dictionaries with `prompt` (its hash), `call_id` (not needed), `status` and `usd`. A prompt is in a loop when it was answered (`"ok"`) more than `repeats` times *after* its first answer. Then every attempt at it after that first answer is wasted, whatever its status. Other prompts may come in between, and a run may be empty.

# %% id="ex-4-2-answer"
def loop_waste(calls, repeats):
    ### BEGIN SOLUTION
    wasted = 0
    for prompt in {row["prompt"] for row in calls}:
        same = [row for row in calls if row["prompt"] == prompt]
        answered = [place for place, row in enumerate(same) if row["status"] == "ok"]
        if len(answered) - 1 > repeats:
            wasted += sum(row["usd"] for row in same[answered[0] + 1 :])
    return wasted
    ### END SOLUTION
    # BLANK: return ...


answer_4_2 = loop_waste

# %% id="ex-4-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.2")

# %% id="ex-4-2-hint"
from costlib import exercises as ex

ex.hint("4.2")

# %% [markdown] id="s4"
# ## 4. Told in time
#
# Detectors look back. An **alert** is a rule that looks at each hour as it ends:
#
# - A **threshold** fires when a share of the month's budget is spent, here 80%. It is exact, often late, and fires in every full month that goes as planned (our 30 days are parts of two months).
# - A **burn rate** fires when money goes several times as fast as the budget allows, over the last 6 hours *and* over the last one. One busy hour rarely fires it.
# - A **forecast**, made each midnight, fires when the month would end above the budget at this pace.
# - An **anomaly** is an hour, say Saturday 09:00, far above what it usually costs on Saturdays. `z` counts how far above, in standard deviations.
#
# Two numbers judge a rule: its false alarms on a clean month, and the hours until it sees an incident. The rule below watches the feature that looped, whose budget is 40 dollars for 30 days. `clean` is the month without incidents, `loop` the month with the loop alone:

# %% id="one-rule"
from costlib.alerts import BurnRate, delay, false_alarms, hourly

truth = bank.incidents().set_index("incident").loc["form-loop"]
loop = without_incidents(month, keep="form-loop")
rule = BurnRate(budget=40, factor=3)  # three times as fast as 40 dollars allow

quiet, troubled = (hourly(calls, feature="dispute-form") for calls in (clean, loop))
print(f"false alarms: {false_alarms(rule, quiet):.0f}")
seen_after = delay(rule, troubled, truth["first"], truth["last"])
print(f"sees the loop after {seen_after / pd.Timedelta(hours=1):.1f} hours")

# %% [markdown] id="s4-predict"
# **Predict.** `BurnRate(budget=450, factor=3)` watches the *whole* bank. It fires at three times the budget's {{= 450 / 720:.3f}} an hour. On average the bank spends {{= hourly(clean).mean():.2f}} an hour, and the loop adds {{= float(truth["wasted_usd"]) / ((truth["last"] - truth["first"]) / pd.Timedelta(hours=1)):.2f}}. When does it see the loop: **a** at the same time, **b** some hours later, **c** never?

# %% id="s4-guess" tags=["predict"]
guess_whole = ...  # "a", "b" or "c"

# %% id="rules" tags=["folded"]
# Judges four kinds of rule on the whole bank and on the feature that looped.
from costlib.alerts import Anomaly, ForecastToExceed, Threshold, fires, usual


def judged(rule, watched, **equal):
    seen_after = delay(rule, hourly(loop, **equal), truth["first"], truth["last"])
    hours = "never" if seen_after is None else f"{seen_after.total_seconds() / 3600:.1f}"
    return {
        "rule": rule.name,
        "watches": watched,
        "false alarms in 30 days": f"{false_alarms(rule, hourly(clean, **equal)):.0f}",
        "sees the loop after, hours": hours,
    }


def four(budget):
    return Threshold(budget), BurnRate(budget, factor=3), ForecastToExceed(budget), Anomaly(z=3)


FORM = {"feature": "dispute-form"}
judgements = [judged(rule, "everything") for rule in four(450)]  # USD for 30 days, as planned
judgements += [judged(rule, "dispute-form", **FORM) for rule in four(40)]
figures.table(judgements, caption="Four rules, watching everything and watching one feature")

# %% id="whole"
ex.reveal(guess_whole, "c")

# %% [markdown] id="s4-figure"
# So the answer is **c**.{{claim: judgements[1]["sees the loop after, hours"] == "never" and judgements[5]["sees the loop after, hours"] != "never"}} Single hours pass the line of {{= 3 * 450 / 720:.3f}}, but six hours in a row average {{= hourly(loop).rolling(6).mean()[truth["first"].floor("h"):truth["last"]].max():.2f}} at most.{{claim: hourly(loop).rolling(6).mean()[truth["first"].floor("h"):truth["last"]].max() < 3 * 450 / 720 < hourly(loop)[truth["first"].floor("h"):truth["last"]].max()}} Three of four rules that watch everything never see the loop; all that watch the feature do.{{claim: [j["sees the loop after, hours"] == "never" for j in judgements] == [True, True, True, False, False, False, False, False]}}

# %% id="weekend" tags=["folded"]
# Draws the weekend of the loop, and when the rule told.
watched = hourly(loop, **FORM)
first = next(a for a in fires(rule, watched, scope="dispute-form") if a.hour >= truth["first"].floor("h"))
hour = pd.Timedelta(hours=1)
told = first.hour + hour
until = slice(truth["first"].floor("h"), first.hour)
by_then = watched[until].sum() - usual(watched)[until].sum()
span = slice(truth["first"].floor("D") - 24 * hour, truth["last"].ceil("D") - hour)
with figures.figure(
    f"By the alert at {told:%H:%M} on {told:%A} the loop had cost about {money(by_then)}; "
    f"in the end it cost {money(truth['wasted_usd'])}",
    alt="Hourly spending of one feature from Friday to Sunday. Friday follows the usual line; "
    "on Saturday and Sunday it is several times as high. The alert comes near the beginning.",
    numbers=[
        {"day": f"{d:%A}", "spent": money(spent), "usual": money(usual(watched).resample("D").sum()[d])}
        for d, spent in watched[span].resample("D").sum().items()
    ],
) as (_, ax):
    ax.step(watched[span].index, watched[span], where="post", label="spent")
    ax.plot(usual(watched)[span], "--", color=figures.PALETTE[4], label="usual for this hour")
    ax.axvline(told, color=figures.PALETTE[1], linewidth=1.5, label="alert")
    ax.set_ylabel("USD an hour (dispute-form)")
    ax.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=3)

# %% [markdown] id="ex-4-3"
# ### Your turn: exercise 4.3
#
# Give one rule that watches `dispute-form`: at most one false alarm in 30 clean days, and the loop seen within three hours. Two of the table's rules pass; find another.{{claim: [float(each["false alarms in 30 days"]) <= 1 and each["sees the loop after, hours"] != "never" and float(each["sees the loop after, hours"]) <= 3 for each in judgements[4:]] == [False, True, False, True]}} Change `factor`, `long` and `short` (hours) of `BurnRate`, or `z` of `Anomaly`. Measure with `judged(rule, "mine", feature="dispute-form")`.

# %% id="ex-4-3-answer"
answer_4_3 = BurnRate(budget=40, factor=4)  # SOLUTION

# %% id="ex-4-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.3")

# %% id="ex-4-3-hint"
from costlib import exercises as ex

ex.hint("4.3")

# %% [markdown] id="calc"
# ## A dashboard to ask
#
# 1. Status *error*, show *attempts*: which three days stand out?
# 2. Feature *help-page*: what does an attempt cost (*each*) until 4 November, and from the 5th?
# 3. All features and dates, cost, movers by *user* (whose spending changed most): is anybody's spending out of hand?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import Dashboard

Dashboard()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# 1. 28 October, 11 and 12 November. All errors of the month cost less than a dollar, all of it time-outs.{{claim: 0 < usd[frame["error"] == "timeout"].sum() < 1 and usd[(frame["status"] == "error") & (frame["error"] != "timeout")].sum() == 0}} On 11 and 12 November the tagging job sent many calls in one hour, and some were refused; on 28 October the vendor was in trouble for an hour.{{claim: sorted(f"{d:%d %b}" for d in (frame["status"] == "error").groupby(day).sum().nlargest(3).index) == ["11 Nov", "12 Nov", "28 Oct"]}} No prompt was to blame.
# 2. {{= money(usd[(frame["feature"] == "help-page") & (day < "2026-11-05")].mean())}} and {{= money(usd[(frame["feature"] == "help-page") & (day >= "2026-11-05")].mean())}}, nearly a tenth more:{{claim: 1.06 < usd[(frame["feature"] == "help-page") & (day >= "2026-11-05")].mean() / usd[(frame["feature"] == "help-page") & (day < "2026-11-05")].mean() < 1.1}} the prompt grew. The sums of the days hide it, because the 4th had more questions than the 5th and cost as much.{{claim: 0 <= usd[(frame["feature"] == "help-page") & (day == "2026-11-04")].sum() / usd[(frame["feature"] == "help-page") & (day == "2026-11-05")].sum() - 1 < 0.05}} So divide by the attempts.
# 3. Nobody's. The top mover is a job that an employee had started, and it has ended; a tag for who started a job tells you whom to ask. The customers below it are those whose forms were in the loop.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# The whole bank wasted a hundred times as much as the sample. **This lesson's lever** stops what the ledger found.

# %% id="bill-lever" tags=["folded"]
# Draws the way from the month as it ran back to the plan.
wasted = bank.incidents().set_index(["kind", "feature"])["wasted_usd"].astype(float) * bank.SHARE
left, way = float(ran), [("as it ran", float(ran))]
for (kind, feature), usd in wasted.items():
    left -= float(usd)
    way.append((f"{kind}, {feature}", left))
figures.waterfall(
    way,
    f"Stopping three leaks saves {money(wasted.sum(), digits=0)} of {money(ran, digits=0)}, "
    f"{wasted.sum() / float(ran):.1%}",
    alt="A waterfall from the month as it ran, with a small bar for each of three leaks, to the plan.",
    unit="USD a month",
    end="as planned",
)

# %% [markdown] id="bill-why"
# No answer gets worse: the loop could not read its answers, the longer prompt said the same twice, and in a batch the same model tags at half the price.{{claim: abs(2 * wasted['over-provisioned', 'tagging'] / bank.SHARE / by_feature.set_index('feature')['usd']['tagging'] - 1) < 0.001}}

# %% [markdown] id="recap"
# ## Recap
#
# 1. Count attempts, not responses: streams without usage are on the bill, and time-outs may be.
# 2. Unknown is null, or an estimate that says so. It is never zero.
# 3. In a tool's log, count each reply once, by its id, whatever file it stands in.
# 4. A loop repeats what was answered. An SDK repeats what failed.
# 5. An alert has a delay and a rate of false alarms. Watch each feature, not only the sum.
#
# | Quick reference | Call |
# |---|---|
# | record | `client = track(client, Ledger("sqlite:///calls.sqlite"), feature="answer")` |
# | a tool's log, again as it grows | `import_calls(ledger, read_session_log(path))` |
# | divide an invoice | `allocate(ledger.frame(), "project", invoice="480.00")` |
# | judge a rule | `spend = hourly(calls, feature="answer")`; `false_alarms(rule, spend)`, `delay(rule, spend, first, last)` |
#
# **Mistakes that people made.** They lost a stream's usage: [openclaw #49753]({{source:openclaw-49753}}), [PostHog #27568]({{source:posthog-27568}}). They counted on a limit that only sent an e-mail: [20 dollars became almost 90]({{source:forum-690388}}). An alert informs; stopping is lesson 5.
#
# ### Take it to work
#
# {{work:4_stream_usage}}
#
# {{work:4_tags}}
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("monthly bill", "budget", "volume"))
# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# The audit reads what you have: the logs of coding tools, from Claude Code and Codex to Cline and Zed, exports of vendors and gateways, and ledgers. Put a path in place of `MINE`, such as `"~/.claude/projects"`. Nothing leaves this machine, and no message text is read. `python -m costlib audit PATH` does the same in a terminal and writes a page.

# %% id="own-run"
from costlib.audit import audit

MINE = data_path("own")  # a month of an invented team: session logs and a gateway's export

audit(MINE)

# %% [markdown] id="own-missing" tags=["further"]
# Among the hidden costs above are sub-agents, pauses, results that are sent again, and calls with nobody there; a change of models would be one too. A log, however, holds one tool on one machine. Sub-agents may write files of their own, which a status line that reads only the main one leaves out ([ccstatusline #474]({{source:ccstatusline-474}}), June 2026). Where the vendor counts more than it holds, look for other devices, agents in the cloud, the desktop app, and features that work in the background, such as memories, titles and reviews. On some machines the desktop app of ChatGPT took Codex's quota for suggestions that nobody had asked for ([codex #37445]({{source:codex-37445}})) and for summaries of the screen ([codex #42282]({{source:codex-42282}}), both 2026). It may also be somebody else: one user's session had been copied from his machine ([claude-code #83579]({{source:claude-code-83579}}), August 2026). A plugin may call a model too: one for memories took 65.82 dollars in a month, beside 102.94 for the coding ([claude-mem #3848]({{source:claude-mem-3848}}), September 2026). It was seen because it had a key of its own, so give each such helper one.

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="showback-work" tags=["further"]
# ### Showback at work
#
# A gateway or a ledger knows who called. Elsewhere the figures come from several places:
#
# | You have | What each person or team used | Watch out |
# |---|---|---|
# | API keys, one for each team | OpenAI's cost report, `group_by=["api_key_id"]`; at Anthropic the usage report by key, times the rates, because its [cost report]({{source:anthropic-cost-report}}) knows workspaces only | scale to the invoice with `allocate` |
# | seats of a coding tool | its telemetry: for Claude Code `CLAUDE_CODE_ENABLE_TELEMETRY=1` with `OTEL_METRICS_EXPORTER=otlp` sends tokens and dollars by user and model over OpenTelemetry ([its page on monitoring]({{source:claude-code-monitoring}})); on a Claude Enterprise plan Anthropic's [user cost report]({{source:anthropic-user-cost}}) | the telemetry has list prices and is no bill |
# | one AWS account for all, on Bedrock | Cost Explorer and the Cost and Usage Report 2.0 group by the IAM user or role that called ([AWS's page]({{source:aws-iam-principals}}); in March 2026 [they did not]({{source:claude-code-32104}})); tags on these, or on an *application inference profile* for each team and model, name the team | all who share a role are one caller; a tag counts from its activation on, never before ([AWS's page, as quoted]({{source:aws-profile-tags}})) |
# | neither | session logs, read by the audit above | one machine at a time |
#
# Divide the fee of the seats by head, and what is paid beyond them by use. A seat without a call in the telemetry is idle: give its fee a row of its own.
#
# In a service of your own the tenant is a tag, such as `project`. `tags(...)` holds for the calls inside its block, and in the tasks that asyncio starts there, but not in a new thread or a background job: hand over the tenant, and open the block there again.
#
# Finance asks which cost is meant. FOCUS, a format for cloud bills, has [a column for each]({{source:focus-columns}}): *ListCost* at list price, *ContractedCost* at your negotiated rates, and *BilledCost*, what the invoice rests on. `python -m costlib export calls.sqlite --month 2026-11` writes a month for a spreadsheet, and with `--rates` your own rates beside the list price. In Python:

# %% id="export-run"
from costlib.tracking import export_month

export = export_month(month, "2026-11")
print(export)
COLUMNS = ("day", "project", "feature", "attempts", "list_cost_usd")
figures.table([{name: row[name] for name in COLUMNS} for row in export.rows[:3]])

# %% [markdown] id="invoice" tags=["further"]
# An invoice differs from the list price by a discount, credits, another currency and tax. Give what you know of these, and see what is left. Say that the invoice of 480 dollars holds a discount of 15% and a tax of 19%:

# %% id="invoice-run"
from costlib.tracking import reconcile_invoice

reconcile_invoice(month, "480.00", discount_percent=15, vat_percent=19)

# %% [markdown] id="invoice-why" tags=["further"]
# The last line but one is what nobody has explained yet. *Reconcile with the provider*, below, shows how to look for its causes.

# %% [markdown] id="charge" tags=["further"]
# ### What do I charge my users?
#
# The ledger knows what each customer cost. Suppose that you want 70% of the revenue left, and price at the median customer's cost divided by 0.3. **Predict**: is the margin 70%?

# %% id="charge-run"
from costlib.tracking import offer

mine = month[month["user"].str.startswith("customer")]  # neither jobs nor employees
costs = mine.groupby("user")["cost_pusd"].sum().to_numpy(float) / 1e12
naive_price = np.median(costs) / 0.3
flat = offer(costs, 0.7)
print(f"{len(costs):,} customers: mean {money(costs.mean())}, median {money(np.median(costs))}")
print(f"priced on the median {money(naive_price)}: margin {1 - costs.mean() / naive_price:.0%}")
print(f"one price for all at 70%: {money(flat.price)}")

# %% [markdown] id="charge-why" tags=["further"]
# So the answer is no, {{= 1 - costs.mean() / naive_price:.0%}}: the dearest tenth of the customers make {{= np.sort(costs)[-len(costs) // 10:].sum() / costs.sum():.0%}} of the cost, and a price made from the median misses them.{{claim: costs.mean() > 1.3 * np.median(costs)}} Price on the mean, or give an **allowance** and charge for what lies above it, which is called *overage*. Each row of the table leaves 70%:

# %% id="charge-offers" tags=["folded"]
# Builds the table of offers with and without an allowance.
OFFERS = {
    "everything included": {},
    "1 dollar of use included, then twice its cost": {"allowance": 1, "overage": 2},
    "50 cents of use included, then twice its cost": {"allowance": 0.5, "overage": 2},
}
figures.table(
    [
        {
            "offer": name,
            "price a month": money(each.price),
            "margin": f"{each.margin:.0%}",
            "customers who pay overage": f"{each.beyond:.0%}",
            "customers who cost more than they pay": f"{each.losing:.1%}",
        }
        for name, each in ((name, offer(costs, 0.7, **how)) for name, how in OFFERS.items())
    ],
    caption="Offers at the same margin, if nobody leaves and nobody uses less because of a price",
)

# %% [markdown] id="charge-credits" tags=["further"]
# Credits are the same allowance in another unit. If 50 cents of use are 100 credits, a credit is half a cent of use, and a question on a dearer model takes more of them. When prices move, price the same month at the new rates (`ledger.reprice(model=…)`, below), and make the offer again from its costs.

# %% [markdown] id="unit" tags=["further"]
# ### What a resolved conversation costs
#
# A **unit cost** is dollars for each unit of what you are there for. The ledger has the dollars; the units come from your own systems, joined by `run` (the ticket system knows which conversations were resolved).

# %% [markdown] id="ex-4-1" tags=["further"]
# ### Your turn: exercise 4.1
#
# Write `unit_cost`: USD for each *resolved* conversation of a feature. `calls` is a list of dictionaries with `feature`, `run`, `status` and `usd`; `resolved` lists the runs that were resolved, of any feature, each once. A run belongs to one feature. Divide all that the feature spent, in failed attempts too, by the number of its resolved runs. Where any of its rows has `usd` None, return None, whatever it resolved (another feature's do not matter); otherwise, where it resolved nothing, `float("inf")`.

# %% id="ex-4-1-answer"
def unit_cost(calls, feature, resolved):
    ### BEGIN SOLUTION
    mine = [row for row in calls if row["feature"] == feature]
    if any(row["usd"] is None for row in mine):
        return None
    solved = {row["run"] for row in mine} & set(resolved)
    return sum(row["usd"] for row in mine) / len(solved) if solved else float("inf")
    ### END SOLUTION
    # BLANK: return ...


answer_4_1 = unit_cost

# %% id="ex-4-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.1")

# %% id="ex-4-1-hint"
from costlib import exercises as ex

ex.hint("4.1")

# %% [markdown] id="s3-retries" tags=["further"]
# ### Two kinds of retry
#
# An SDK sends a prompt again too, when the network or the vendor fails. What came back tells the two apart. (A loop that adds its complaint to the prompt, such as "that was no JSON", has a new hash each time and escapes the detector. So look also for runs that cost many times the median.)

# %% id="two-retries" tags=["folded"]
# Counts transport retries and loops in the month, and says how to tell them apart.
failed = waste.transport_retries(month)
loops = waste.retry_loops(month)
again = month[month["id"].isin(np.concatenate([each.ids for each in loops]))]
figures.table(
    [
        {
            "kind": "transport failure",
            "attempts": int(failed["attempts"].sum()),
            "USD": money(failed["usd"].sum()),
            "how to tell": "it failed; if the SDK tries again, the call_id is the same",
        },
        {
            "kind": "retry loop",
            "attempts": len(again),
            "USD": money(sum(each.usd for each in loops)),
            "how to tell": "new call_id, same prompt_hash, answered again and again",
        },
    ]
)

# %% [markdown] id="s3-context" tags=["further"]
# ### The prompt that grew
#
# The help page now sends its own HTML with each question, though the handbook in the prompt says the same. This shows in the **floor**, the input that nine in ten calls exceed. The mean moves with every long conversation.

# %% id="floor" tags=["folded"]
# Draws the floor of the help page's prompts by day.
page = month[(month["feature"] == "help-page") & (month["status"] == "ok")]
floor = page.groupby(page["time"].dt.floor("D"))["input_tokens"].quantile(0.1)
growth = waste.context_growth(month)[0]
before = floor[floor.index < pd.Timestamp(growth.first).floor("D")].median()  # whole days alone
after = floor[floor.index > growth.first].median()
with figures.figure(
    f"From {growth.first.day} {growth.first:%B} the shortest prompts are {after / before - 1:.0%} longer",
    alt="Floor of the input tokens by day: level until early November, then a step up that stays.",
    numbers=[
        {"when": "before", "floor, tokens": f"{before:,.0f}"},
        {"when": "since", "floor, tokens": f"{after:,.0f}"},
    ],
) as (_, ax):
    ax.step(floor.index, floor, where="post")
    ax.axvline(growth.first, color=figures.PALETTE[4], linewidth=1)
    ax.set_ylim(bottom=0)
    ax.set_ylabel("input tokens that 9 in 10\ncalls exceed (help-page)")

# %% [markdown] id="ex-4-5" tags=["further"]
# ### Your turn: exercise 4.5, a prompt that grew
#
# Write `grown_since`. `floors` lists a feature's floor day by day. A day is high when it is above (not at) `(1 + growth)` times the median of the `learn` days before it, high ones or not; the first `learn` days are never high. Return the number (from 0) of the first day that is high and begins `days` high days running, all of them in the list; None when there is none. `learn` and `days` are 1 or more.

# %% id="ex-4-5-answer"
def grown_since(floors, learn, growth, days):
    ### BEGIN SOLUTION
    def high(day):
        return floors[day] > (1 + growth) * np.median(floors[day - learn : day])

    for day in range(learn, len(floors) - days + 1):
        if all(high(each) for each in range(day, day + days)):
            return day
    return None
    ### END SOLUTION
    # BLANK: return ...


answer_4_5 = grown_since

# %% id="ex-4-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.5")

# %% id="ex-4-5-hint"
from costlib import exercises as ex

ex.hint("4.5")

# %% [markdown] id="s3-reprice" tags=["further"]
# ### What if it had run in a batch?
#
# `reprice` prices past calls under other terms and stores nothing: rows keep the price of their day.

# %% id="what-if"
night = ledger.reprice(tier="batch", feature="tagging", status="ok")
small = ledger.reprice(model=role("anthropic", "small"), tier="batch", feature="tagging", status="ok")
for name, usd in (
    ("its answers, as they ran", night["cost_pusd"]),
    ("the same answers in a batch", night["repriced_pusd"]),
    ("in a batch on the small model, thinking off, quality unmeasured", small["repriced_pusd"]),
):
    print(f"{name}: {money(usd.sum() / 1e12)}")

# %% [markdown] id="ex-4-6" tags=["further"]
# ### Your turn: exercise 4.6, short answers from a large model
#
# Write `batch_candidates`. `calls` are dictionaries with `feature`, `status`, `output_tokens`, `usd` and `batch_usd` (the same tokens in a batch). Look at answered calls only. For each feature with at least `least` of them (1 or more) and a median output of at most `short` tokens, return what a batch would save on them: a dictionary, feature to USD, empty when there is none. `calls` may be empty too.

# %% id="ex-4-6-answer"
def batch_candidates(calls, short, least):
    ### BEGIN SOLUTION
    found = {}
    for feature in {row["feature"] for row in calls}:
        rows = [row for row in calls if row["feature"] == feature and row["status"] == "ok"]
        if len(rows) >= least and np.median([row["output_tokens"] for row in rows]) <= short:
            found[feature] = sum(row["usd"] - row["batch_usd"] for row in rows)
    return found
    ### END SOLUTION
    # BLANK: return ...


answer_4_6 = batch_candidates

# %% id="ex-4-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.6")

# %% id="ex-4-6-hint"
from costlib import exercises as ex

ex.hint("4.6")

# %% [markdown] id="s4-send" tags=["further"]
# ### An alert that arrives once
#
# The library **Apprise** speaks to Slack, e-mail and some hundred more, each a URL. The webhook below listens on this machine and refuses the first message. Before it is sent, an alert is *claimed* in the ledger's database by rule, scope and period, so that two processes send one message:

# %% id="send"
from costlib.alerts import Messenger, Webhook

unusual = fires(Anomaly(z=3), hourly(loop))
due = [first, next(alert for alert in unusual if alert.hour >= first.hour)]
with Webhook(statuses=[500]) as hook:  # in real life: "slack://...", "mailtos://..."
    messenger = Messenger(ledger, hook.address, wait=lambda seconds: None)
    print("first run: ", messenger.send_all(due))
    print("second run:", messenger.send_all(due))
hook.table()

# %% [markdown] id="s4-why" tags=["further"]
# One refusal was tried again, and nothing was sent twice.
#
# ### Another model than usual
#
# Watch the *mix of models* as well as the money. A model that a feature does not usually call may be a silent upgrade, a forgotten test or a stolen key. Say that the help page was answered by another model from 19 November on:

# %% id="model-mix"
from costlib.tracking import model_change

moved = (month["feature"] == "help-page") & (month["time"] >= "2026-11-19")
mixed = month.assign(model=month["model"].mask(moved, role("anthropic", "small")))
print(len(model_change(month)), "findings in the month as it was")
for finding in model_change(mixed):
    print(f"{finding.first:%d %B}, {finding.feature}: {finding.what}")

# %% [markdown] id="model-mix-why" tags=["further"]
# The audit has a row for it. A stolen key often calls models that none of your features uses: group by the key or the project, `model_change(calls, by="project")`.
#
# A coding agent may change the model itself. With the session on Opus, sub-agents without a model of their own ran on the dearer Fable: 107 dollars in one day ([claude-code #80902]({{source:claude-code-80902}}), July 2026). `CLAUDE_CODE_SUBAGENT_MODEL` sets the model of those that name none. Since version 2.1.251 a model that is named goes before it, unless the same name with `_FORCE` behind it is set to 1 as well ([a user who read the program]({{source:bendrucker-1388}}), September 2026).

# %% [markdown] id="reconcile" tags=["further"]
# ### Reconcile with the provider
#
# Compare the five calls of section 1 with the provider's reports: `reconcile` splits the difference by cause. (A second client, not tracked, makes a call too, each time that the cell runs.)

# %% id="reconcile-run"
from costlib.own_data import read_cost_report, read_usage_report
from costlib.tracking import reconcile

untracked = connect("openai", provider=provider)
untracked.chat.completions.create(**{**ASK, "model": role("openai", "small")})
since = provider.clock.timestamp - 86_400
usage = watched_client.admin.organization.usage
amounts = read_cost_report(usage.costs(start_time=since, group_by=["line_item"]))
counts = read_usage_report(
    usage.completions(start_time=since, group_by=["model", "service_tier", "batch"])
)
result = reconcile(rows, amounts, counts)
figures.table(
    [
        {"line": "the ledger", "USD": money(result.ours), "because": ""},
        *({"line": row["cause"], "USD": row["difference"], "because": row["what it means"]} for row in result.table()),
        {"line": "the report", "USD": money(result.theirs), "because": ""},
    ],
    caption="The causes add up to the difference; each amount is rounded",
)

# %% [markdown] id="reconcile-why" tags=["further"]
# Expect such gaps and know their size. What a difference looks like tells its cause:
#
# | The bill is | Likely cause | Look at |
# |---|---|---|
# | higher, on some models only | calls that your ledger did not see: another key, a batch, a colleague's script | the usage report by key |
# | higher, and your ledger has estimated rows | streams that were left, reasoning that never arrived, time-outs: a team's ledger had 51.70 dollars of 96.91, mostly because calls timed out and were sent again ([team-brain #450]({{source:team-brain-450}}), July 2026) | `frame()["estimated"]` |
# | higher by a fixed factor | a region: 10% more for Claude in the US, for example ([Anthropic's page]({{source:anthropic-residency}})); or old rates | `cost_of(usage, model, region="us")` |
# | higher or lower, tokens equal | another tier was served than you asked for, or another share was read from the cache | the tier and cached columns |
# | higher, where sessions are long | the calls that compact a session: in a scripted run the total of one SDK had 1,800 tokens and left out the 192,000 of a compaction ([openai-agents-python #4434]({{source:openai-agents-4434}}), August 2026, since mended) | the usage of `responses.compact` |
# | lower, and Claude refused some answers | Anthropic does not bill a refusal that comes before any output, though its usage has counts ([its page]({{source:anthropic-refusals}})). `track` knows. One that breaks off an answer is billed, and so is the answer of a model that takes over ([a gateway's reading of the page]({{source:new-api-7162}})). A gateway may bill more: by its own count one took 20 dollars for three refusals ([opencode #35475]({{source:opencode-35475}}), July 2026) | `stop_reason` |
# | lower today, right tomorrow | the report lags by minutes to hours | compare yesterday, not today |
# | lower by a fixed factor | a discount or credits | `reconcile_invoice`, above |

# %% [markdown] id="ex-4-4" tags=["further"]
# #### Your turn: exercise 4.4
#
# Write `causes`. `ours` and `theirs` are dictionaries with the tokens `input` (`cached` is inside it) and `output`, and `usd`; both have the same `input`. `rates` has `input`, `cached` and `output`, USD per million. The provider's bill less ours, `theirs["usd"] - ours["usd"]`, has three parts. Return them in USD: what the difference in cached tokens makes, what the difference in output makes, and what neither explains.

# %% id="ex-4-4-answer"
def causes(ours, theirs, rates):
    ### BEGIN SOLUTION
    cached = (theirs["cached"] - ours["cached"]) * (rates["cached"] - rates["input"]) / 1e6
    output = (theirs["output"] - ours["output"]) * rates["output"] / 1e6
    return cached, output, theirs["usd"] - ours["usd"] - cached - output
    ### END SOLUTION
    # BLANK: return ...


answer_4_4 = causes

# %% id="ex-4-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("4.4")

# %% id="ex-4-4-hint"
from costlib import exercises as ex

ex.hint("4.4")

# %% [markdown] id="otel" tags=["further"]
# ### OpenTelemetry names
#
# If your company already collects traces, send the same numbers there. The semantic conventions for generative AI (still in development) name them, and count as we do: input contains what was cached.

# %% id="otel-run"
from costlib.tracking import OTEL_NAMES

example = month[month["status"] == "ok"].iloc[0].to_dict()
example["operation"] = "chat"  # the conventions' word for OpenAI's and Anthropic's routes alike
figures.table(
    [
        {
            "our column": column,
            "OpenTelemetry": name,
            "is": "a metric" if column == "latency" else "an attribute",
            "for example": example[column],
        }
        for column, name in OTEL_NAMES.items()
        if example[column] not in ("", 0)
        and not name.startswith("openai.")  # a name for OpenAI's calls alone, and this is Anthropic's
    ],
    caption="One call, with the conventions' names",
)

# %% [markdown] id="otel-why" tags=["further"]
# The conventions have no name for money yet (`gen_ai.usage.cost.amount` is [proposed]({{source:otel-cost}}), August 2026): compute it where the tokens arrive, with the rates of that day. An exporter of the OpenTelemetry SDK sends spans with the attributes to any collector; the duration goes into a histogram of its own, since it is a metric.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI's cookbook on its [usage and costs API]({{source:openai-cookbook-usage}}); Anthropic's [Usage and Cost API]({{source:anthropic-usage-api}}); Google's SRE workbook, [Alerting on SLOs]({{source:sre-alerting}}); OpenTelemetry's [conventions for generative AI]({{source:otel-genai}}).
#
# Next: {{next}}
