# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 4. Usage tracking & alerts
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can record every attempt that your code makes at a model, answer who spent what on which feature, find three kinds of money that bought nothing, and set an alert whose false alarms and delay you have measured.
#
# You need lesson 1, and no key: requests go through the real SDKs to the offline provider. Previous: {{previous}}

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank planned its month request by request. Then the invoice comes, thousands of dollars above the plan. Finance asks: *which feature, which days, whose, and why did nobody call us?*
#
# **Before you run anything, write down where you would look first**: more customers, longer prompts, a wrong model, or a bug? And after how many hours you would want to be told.

# %% id="map"
import numpy as np
import pandas as pd

from costlib import bank, connect, cost_of, money, provider_of, read_usage, role
from costlib.alerts import (
    Anomaly, BurnRate, ForecastToExceed, Threshold, delay, false_alarms, fires, hourly, usual,
)
from costlib.bank import tracked_month, without_incidents
from costlib.display import figures
from costlib.tracking import Ledger, tags, track, waste

figures.cost_map(lit=("monthly bill", "budget", "volume"))

# %% [markdown] id="s1"
# ## 1. Every attempt is a row
#
# Many trackers add up `response.usage`. But a bill is made of **attempts**: each time a request reaches the provider. The SDK makes up to three for one call, and some never bring a response to read.
#
# A **ledger** is a table with one row for each attempt: when, which model and tier, what was used, what it cost *at the rates of that moment*, and **tags**, your own words for who and what for (`run` is one conversation or job). `track` wraps a client of either SDK where it would open a connection, so the ledger sees what the SDK hides. Here are five calls, and things go wrong in four of them:

# %% id="tracked"
ledger = Ledger()  # in memory; Ledger("sqlite:///calls.sqlite") keeps a file
client = track(connect("openai"), ledger, feature="app-chat", project="support")
provider = provider_of(client)
ASK = {
    "model": role("openai", "mid"),
    "reasoning_effort": "none",
    "max_completion_tokens": 300,
    "messages": [{"role": "user", "content": "My card was declined twice today. Why?"}],
}
seen = []  # what a tracker of responses gets to read


def call(name, *failures, leave_after=None, **options):
    provider.failures.script(*failures)
    with tags(run=name, user="customer-0017"):
        answer = client.chat.completions.create(**ASK, **options)
        if not options.get("stream"):
            seen.append(answer)
            return
        with answer as chunks:
            for count, _ in enumerate(chunks, 1):
                if count == leave_after:
                    break


call("plain")
call("refused twice", 429, 500, None)
call("timed out", "timeout", None)
call("streamed", stream=True)
call("left", stream=True, leave_after=12)

# %% [markdown] id="s1-predict"
# **Predict.** How many rows does the ledger have? Which of them cost nothing? And what share of the provider's bill does a tracker of `response.usage` see?

# %% id="attempts" tags=["predict"]
rows = ledger.frame().sort_values("id")
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
charged = client.admin.organization.usage.costs(start_time=provider.clock.timestamp - 86_400)
billed = sum(result.amount.value for day in charged.data for result in day.results)
read = float(sum(cost_of(read_usage(answer), answer.model).total for answer in seen))
kept = rows["cost_pusd"].sum() / 1e12
figures.table(
    [
        {"who counts": who, "USD": money(usd), "of the bill": f"{usd / billed:.0%}"}
        for who, usd in (
            ("adding up response.usage", read),
            ("the ledger", kept),
            ("the provider's cost report", billed),
        )
    ]
)

# %% [markdown] id="s1-why"
# Refusals (429, 500) generate nothing and cost nothing. The rest does:
#
# - A **stream** of OpenAI says what it used only with `stream_options={"include_usage": True}`, in a last chunk. Without it, or when the reader leaves, no usage ever comes. The ledger then counts the tokens that it saw and marks the row *estimated*: an unknown is never a zero.
# - A **time-out** leaves you without an answer, and the provider may have written one. Whether it bills is not published; our offline provider bills it. The ledger counts what was sent.
#
# So two estimates are low:{{claim: read < kept < billed}} the provider wrote and billed the timed-out answer, and the one that was left, to their end. *Going further* reconciles the gap.
#
# An unknown model gets no cost at all (null), and `ledger.unpriced()` lists it. Nothing of a prompt is stored but a fingerprint: equal prompts have equal `prompt_hash`.

# %% [markdown] id="s2"
# ## 2. Ask it
#
# Now a month of the bank: every call of one customer in a hundred,{{claim: bank.SHARE == 100}} recorded by the same `track`. Volume, hours and mishaps are modelled; lengths and questions are the running example's. A ledger is a database, so ask in SQL (by `project`, `model`, `tier` or `"user"` too; PostgreSQL wants those quotes):

# %% id="sql"
month = tracked_month()
ledger = Ledger()
ledger.record_many(month)
by_feature = ledger.query("""
    SELECT feature, count(*) AS attempts, count(DISTINCT run) AS runs, sum(cost_pusd) AS pusd
    FROM calls GROUP BY feature ORDER BY pusd DESC
""")
total = int(by_feature["pusd"].sum()) / 1e12
figures.table(
    [
        {
            "feature": row.feature,
            "attempts": row.attempts,
            "USD": money(row.pusd / 1e12),
            "share": f"{row.pusd / 1e12 / total:.0%}",
            "a run": money(row.pusd / 1e12 / row.runs),
        }
        for row in by_feature.itertuples()
    ],
    caption=f"30 days, one customer in {bank.SHARE}: {money(total)}",
)

# %% [markdown] id="s2-pandas"
# (Costs are whole pico-dollars, 10⁻¹² dollars, so sums are exact.) A **run** is one conversation or one job. `ledger.frame()` gives the same rows to pandas. Who are the ten dearest users, and what happened day by day?

# %% id="by-day"
frame = ledger.frame()
usd = frame["cost_pusd"].astype("int64") / 1e12
top = usd.groupby(frame["user"]).sum().nlargest(10)
figures.table(
    [{"user": user, "USD": money(spent), "share": f"{spent / total:.1%}"} for user, spent in top.items()],
    caption=f"Ten dearest of {frame['user'].nunique():,} users: {top.sum() / total:.0%} of the money",
)

# %% id="dashboard"
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

# %% [markdown] id="s2-why"
# One small feature appeared for three days, and one weekend looks like weekdays.{{claim: int((daily["tagging"] > 0).sum()) == 3 and [f"{d:%a}" for d in worst.index][-2:] == ["Sat", "Sun"]}} There is a third problem, and nothing here shows it.
#
# Whether money is well spent, a **unit cost** says: dollars for each unit of what you are there for. The ledger has the dollars; the units come from your own systems, joined by `run` (the ticket system knows which conversations were resolved).

# %% [markdown] id="ex-4-1"
# ### Your turn: exercise 4.1
#
# Write `unit_cost`: USD for each *resolved* conversation of a feature. `calls` is a list of dictionaries with `feature`, `run`, `status` and `usd`; `resolved` lists the runs that were resolved, of any feature, each once. A run belongs to one feature. Above the line belongs all that the feature spent. Where any of its rows has `usd` None, return None (another feature's do not matter); where it resolved nothing, `float("inf")`.

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

# %% [markdown] id="s3"
# ## 3. Three hidden costs
#
# Each has a definition that a program can test, and each detector gives dollars: what the calls cost above what the same answers would have cost.
#
# - **Retry loop**: one prompt, sent again within a run although it was *answered*, more than three times. The reply was no good to the program (no valid JSON, say), so it asks again.
# - **Context waste**: a feature's shortest prompts grow from one day on by more than 5 %, and its replies do not.
# - **Over-provisioned**: a hundred answers or more, half of them of at most 20 tokens, from a large model in the standard tier, in one run: a job, for whose answers nobody waits.{{claim: (waste.retry_loops.__kwdefaults__["repeats"], waste.context_growth.__kwdefaults__["growth"], waste.over_provisioned.__kwdefaults__["least"], waste.over_provisioned.__kwdefaults__["short"]) == (3, 0.05, 100, 20)}}
#
# The month has one of each, and the truth is written down, so detectors can be scored, also on the same month without incidents. **Predict** which one cost most: a loop on one weekend, a longer prompt for {{= (bank.incidents().set_index("incident").loc["page-in-prompt", "last"].floor("D") - bank.incidents().set_index("incident").loc["page-in-prompt", "first"].floor("D")).days + 1}} days, or a *backfill* on three evenings (closed tickets, tagged after the fact).

# %% id="detectors" tags=["predict"]
clean = without_incidents(month)
DETECTORS = {
    "form-loop": waste.retry_loops,
    "page-in-prompt": waste.context_growth,
    "backfill-on-flagship": waste.over_provisioned,
}
found = {name: detector(month) for name, detector in DETECTORS.items()}
figures.table(
    [
        {
            "incident": name,
            "feature": found[name][0].feature,
            "findings": len(found[name]),
            "found, USD": money(score.found_usd),
            "truth, USD": money(score.true_usd),
            "false alarms, clean month": f"{waste.false_alarms(detector, clean)['findings']:.0f}",
        }
        for name, detector in DETECTORS.items()
        for score in [bank.score(found[name], name)]
    ],
    caption="Wasted in 30 days, in the sample",
)

# %% [markdown] id="s3-loop"
# The loop cost most{{claim: bank.score(found["form-loop"], "form-loop").true_usd == max(bank.score(found[n], n).true_usd for n in found)}} (one finding for each run that looped). The grown prompt's dollars are an estimate, mean input since minus mean input before, so chance moves it; the others are counted.
#
# But an SDK sends a prompt again too, when the network or the vendor fails. Tell them apart by what came back:

# %% id="two-retries"
failed = waste.transport_retries(month)
loops = found["form-loop"]
again = month[month["id"].isin(np.concatenate([loop.ids for loop in loops]))]
figures.table(
    [
        {
            "kind": "transport failure",
            "attempts": int(failed["attempts"].sum()),
            "USD": money(failed["usd"].sum()),
            "how to tell": "it failed; if the SDK tries again, the call_id is the same",
            "mend": "slow down; wait longer between attempts",
        },
        {
            "kind": "retry loop",
            "attempts": len(again),
            "USD": money(sum(loop.usd for loop in loops)),
            "how to tell": "new call_id, same prompt_hash, answered each time",
            "mend": "the prompt, or what reads its reply",
        },
    ]
)

# %% [markdown] id="s3-blind"
# A customer who taps *send* twice repeats a prompt too: with `repeats=1` instead of 3 the detector cries wolf on the clean month. Try `waste.false_alarms(lambda calls: waste.retry_loops(calls, repeats=1), clean)`.
#
# Every definition has a blind spot. A loop that adds its complaint to the prompt ("that was no JSON") has a new hash each time: then look for runs that cost many times the median run.

# %% [markdown] id="ex-4-2"
# ### Your turn: exercise 4.2
#
# Write `loop_waste`: the USD that retry loops wasted in one run. `calls` are its attempts in order, dictionaries with `prompt` (its hash), `call_id`, `status` and `usd`. A prompt is in a loop when it was answered (`"ok"`) more than `repeats` times *after* its first answer. Then every attempt at it after that first answer is wasted, whatever its status. Other prompts may come in between, and a run may be empty.

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

# %% [markdown] id="s3-context"
# The prompt that grew shows in the **floor**, the input that nine in ten calls exceed; the mean moves with every long conversation.

# %% id="floor"
page = month[(month["feature"] == "help-page") & (month["status"] == "ok")]
floor = page.groupby(page["time"].dt.floor("D"))["input_tokens"].quantile(0.1)
growth = found["page-in-prompt"][0]
before = floor[floor.index < growth.first].median()
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

# %% id="what-if"
night = ledger.reprice(tier="batch", feature="tagging", status="ok")
small = ledger.reprice(model=role("anthropic", "small"), tier="batch", feature="tagging", status="ok")
figures.table(
    [
        {"tagging": "as it ran", "USD": money(night["cost_pusd"].sum() / 1e12)},
        {"tagging": "in a batch: same answers", "USD": money(night["repriced_pusd"].sum() / 1e12)},
        {
            "tagging": f"in a batch on {role('anthropic', 'small')}: cheaper, quality unmeasured",
            "USD": money(small["repriced_pusd"].sum() / 1e12),
        },
    ],
    caption="What if: ledger.reprice(model=..., tier=..., at=...)",
)

# %% [markdown] id="s3-why"
# `reprice` stores nothing: past rows keep the price of their day. (The cent between *as it ran* and the table of section 2 is a time-out, which `status="ok"` leaves out.) Only the batch counts as waste. Whether a smaller model tags as well is lesson 6's question.

# %% [markdown] id="s4"
# ## 4. Told in time
#
# A detector looks back. An **alert** is a rule that looks at each hour as it ends. Four kinds:
#
# - **Threshold**: so much of the calendar month's budget is spent. Exact, and often late.
# - **Burn rate**: money goes several times as fast as the budget allows, over a long window *and* still over a short one, so one busy hour is not enough, and the alert ends with the trouble.
# - **Forecast**: at this pace and the usual week, the month ends above budget; asked at midnight.
# - **Anomaly**: an hour more than `z` deviations above what its hour of the week usually costs. Usual and deviation are *robust*: medians, so that an old incident does not become normal.
#
# Judge a rule by two numbers: false alarms on clean traffic, and the delay until it sees an incident. **Predict**: which sees the loop first, and does it matter what it watches?

# %% id="rules" tags=["predict"]
truth = bank.incidents().set_index("incident").loc["form-loop"]
loop = without_incidents(month, keep="form-loop")


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
    return Threshold(budget), BurnRate(budget, factor=3), ForecastToExceed(budget), Anomaly(z=4)


FORM = {"feature": "dispute-form"}
judgements = [judged(rule, "everything") for rule in four(450)]  # USD for 30 days, as planned
judgements += [judged(rule, "dispute-form", **FORM) for rule in four(40)]
figures.table(judgements)

# %% [markdown] id="s4-figure"
# Watching the whole bank, three of the four never see the loop, and the fourth takes {{= judgements[3]["sees the loop after, hours"]}} hours; watching its feature, all do.{{claim: [j["sees the loop after, hours"] == "never" for j in judgements] == [True, True, True, False, False, False, False, False]}} The budgets, 450 and 40 dollars for 30 days, are near what the clean month costs. The threshold's zero flatters it: these 30 days lie in two calendar months, and a whole month as planned passes 80 % before its end. A sample's hours are few, which makes the anomaly rule nervous.

# %% id="weekend"
watched = hourly(loop, **FORM)
rule = BurnRate(budget=40, factor=3)
first = next(a for a in fires(rule, watched, scope="dispute-form") if a.hour >= truth["first"].floor("h"))
hour = pd.Timedelta(hours=1)
told = first.hour + hour
until = slice(truth["first"].floor("h"), first.hour)
by_then = watched[until].sum() - usual(watched)[until].sum()
span = slice(truth["first"].floor("D") - 24 * hour, truth["last"].ceil("D") - hour)
with figures.figure(
    f"Told at {told:%H:%M} on {told:%A}, about {money(by_then)} was lost, "
    f"of {money(truth['wasted_usd'])} in the end",
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

# %% [markdown] id="s4-send"
# An alert must arrive, and arrive once. The library **Apprise** speaks to Slack, e-mail and some hundred more, each a URL. This webhook listens on this machine and refuses the first message. Before it is sent, an alert is *claimed* in the ledger's database by rule, scope and period, so that two processes send one message:

# %% id="send"
from costlib.alerts import Messenger, Webhook

unusual = fires(Anomaly(z=4), hourly(loop))
due = [first, next(alert for alert in unusual if alert.hour >= first.hour)]
with Webhook(statuses=[500]) as hook:  # in real life: "slack://...", "mailtos://..."
    messenger = Messenger(ledger, hook.address, wait=lambda seconds: None)
    print("first run: ", messenger.send_all(due))
    print("second run:", messenger.send_all(due))
hook.table()

# %% [markdown] id="s4-why"
# One refusal, tried again; nothing sent twice. Every false alarm costs trust: people stop reading. So tune a rule on clean traffic first.

# %% [markdown] id="ex-4-3"
# ### Your turn: exercise 4.3
#
# Give one rule, with its numbers, that watches `dispute-form`: at most one false alarm in 30 clean days, and the loop seen within three hours. The table has one that passes; find another, not the same line in other numbers (`BurnRate(budget=40, factor=3, long=3, short=1)` cries too often). Measure with `judged(rule, "dispute-form", **FORM)`.

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
# The whole month, with filters. Write your answers down first.
#
# 1. Show only attempts with status *error*. What did they cost? Show *attempts*: which three days stand out?
# 2. Feature *help-page*, input tokens: do you see the prompt grow on 5 November? Compare what an attempt costs (*each*) until the 4th and from the 5th.
# 3. All features and dates, cost, movers by *user*: is anybody's spending out of hand?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import Dashboard

Dashboard()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# 1. Less than a dollar, all of it time-outs.{{claim: 0 < usd[frame["error"] == "timeout"].sum() < 1 and usd[(frame["status"] == "error") & (frame["error"] != "timeout")].sum() == 0}} On 11 and 12 November the tagging job sent many calls in one hour, and some were refused; on 28 October the vendor was in trouble for an hour.{{claim: sorted(f"{d:%d %b}" for d in (frame["status"] == "error").groupby(day).sum().nlargest(3).index) == ["11 Nov", "12 Nov", "28 Oct"]}} No prompt was to blame.
# 2. No: the 4th is as high as the 5th, for it had more questions; a sum mixes volume and length. An attempt costs nearly a tenth more from the 5th:{{claim: 1.06 < usd[(frame["feature"] == "help-page") & (day >= "2026-11-05")].mean() / usd[(frame["feature"] == "help-page") & (day < "2026-11-05")].mean() < 1.1}} divide, or look at the floor.
# 3. Of people, nobody: the top mover is an employee's backfill that ended, so tag jobs by who started them. The customers below it are those whose forms were in the loop, before or after the line between the two weeks.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# The sample has one customer in a hundred, so the bank paid a hundred times its waste, on top of the plan. **This lesson's lever**: stop the three leaks that the ledger found. **Predict** the saving, in per cent.

# %% id="bill-lever" tags=["predict"]
planned = bank.month()
wasteful = bank.as_it_ran(planned)
plan, ran, mended = map(bank.bill, (planned, wasteful, bank.stop_waste(wasteful)))
leaks = bank.incidents().set_index("incident")["wasted_usd"] * bank.SHARE
figures.table(
    [
        {"the month": name, "USD": money(usd), "of what was paid": f"{float(usd / ran.total):.1%}"}
        for name, usd in (
            ("as planned", plan.total),
            *((f"+ {incident}", usd) for incident, usd in leaks.items()),
            ("as it ran", ran.total),
            ("leaks stopped", mended.total),
            ("saved", ran.total - mended.total),
        )
    ],
    caption="USD for 30 days",
)

# %% [markdown] id="bill-why"
# That is what finance saw. (The plan is taken as what the month would have cost without the leaks; the saving is therefore the leaks' sum. A hundred times the sample's total is less: its nightly summaries ran in a batch, at half price, and the plan has them at list price.) The share is modest; but no plan had these leaks, no answer needed them, and the longer prompt would have gone on.

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Give the path of your provider's own export: the JSON of its admin API, or the CSV of its dashboard (OpenAI's usage, Anthropic's usage). Every row becomes a row of a ledger, priced. The columns of the CSV files are not documented; those that users have published are understood, and a missing one is named.

# %% id="own-run"
from costlib.own_data import read_cost_report, read_usage_report

EXPORT = None  # such as "completions_usage.csv"; None reads the offline provider's report

report = client.admin.organization.usage.completions(
    start_time=provider.clock.timestamp - 86_400, group_by=["model", "service_tier", "batch"]
)
own = Ledger()
own.record_many(read_usage_report(EXPORT or report))
shown = own.query("""
    SELECT model, tier, sum(requests) AS requests, sum(input_tokens) AS tokens_in,
           sum(output_tokens) AS tokens_out, sum(cost_pusd) / 1e12 AS usd
    FROM calls GROUP BY model, tier ORDER BY usd DESC
""")
figures.table(shown.round(6))

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="reconcile" tags=["further"]
# ### Reconcile with the provider
#
# The five calls of section 1 again, against the provider's reports: `reconcile` splits the difference by cause, as accountants split price and volume. (A second client, not tracked, made one call as well.)

# %% id="reconcile-run"
from costlib.tracking import reconcile

untracked = connect("openai", provider=provider)
untracked.chat.completions.create(**{**ASK, "model": role("openai", "small")})
since = provider.clock.timestamp - 86_400
usage = client.admin.organization.usage
costs = read_cost_report(usage.costs(start_time=since, group_by=["line_item"]))
counts = read_usage_report(
    usage.completions(start_time=since, group_by=["model", "service_tier", "batch"])
)
result = reconcile(rows, costs, counts)
figures.table(
    [
        {"line": "the ledger", "USD": money(result.ours), "because": ""},
        *({"line": row["cause"], "USD": row["difference"], "because": row["what it means"]} for row in result.table()),
        {"line": "the report", "USD": money(result.theirs), "because": ""},
    ],
    caption="The causes add up to the difference, to the last digit",
)

# %% [markdown] id="reconcile-why" tags=["further"]
# Expect such gaps and know their size. Other causes have names too: another tier served than recorded, another share read from the cache, other rates (an old price file, a surcharge for a region), and days that are not complete yet: a vendor's report lags by minutes to hours, so compare yesterday, not today.

# %% [markdown] id="ex-4-4" tags=["further"]
# #### Your turn: exercise 4.4
#
# Write `causes`. `ours` and `theirs` are dictionaries with the tokens `input` (`cached` is inside it) and `output`, and `usd`; both have the same `input`. `rates` has `input`, `cached` and `output`, USD per million. Return three numbers in USD, as they add to the provider's bill: what the other share of cached tokens does, what the other output does, and what neither explains.

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
    ],
    caption="One call, with the conventions' names",
)

# %% [markdown] id="otel-why" tags=["further"]
# The conventions have no name for money: compute it where the tokens arrive, with the rates of that day. An exporter of the OpenTelemetry SDK sends spans with the attributes to any collector; the duration goes into a histogram of its own, since it is a metric.

# %% [markdown] id="recap"
# ## Recap
#
# Five lines to remember:
#
# 1. Count attempts, not responses: streams without usage, streams that are left and time-outs are on the bill.
# 2. Unknown is null or an estimate that says so, never zero; a row keeps the price of its day.
# 3. Tag by feature, user, project and run, or nothing can be asked. Divide by what was resolved.
# 4. A loop is answered each time; a transport retry failed before. Score a detector on clean traffic too.
# 5. An alert has a delay and a rate of false alarms. Watch a feature, not only the sum; send once.
#
# | Quick reference | Formula or call |
# |---|---|
# | record | `client = track(client, Ledger("sqlite:///calls.sqlite"), feature="answer")` |
# | tags for a while | `with tags(user="u17", run="chat-5"):` |
# | ask | `ledger.query("SELECT ...")`, `ledger.frame(feature="answer")` |
# | what if | `ledger.reprice(tier="batch", feature="tagging")` |
# | judge a rule | `false_alarms(rule, clean)`, `delay(rule, spend, first, last)` |
#
# **Mistakes that people made.** Losing a stream's usage: [openclaw #49753]({{source:openclaw-49753}}) (March 2026), [PostHog #27568]({{source:posthog-27568}}) (January 2025). Counting on an e-mail to stop spending: [a 20 dollar limit that became 90]({{source:forum-690388}}). An alert informs; stopping is lesson 5.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI's cookbook on its [usage and costs API]({{source:openai-cookbook-usage}}); Anthropic's [Usage and Cost API]({{source:anthropic-usage-api}}); Google's SRE workbook, [Alerting on SLOs]({{source:sre-alerting}}); OpenTelemetry's [conventions for generative AI]({{source:otel-genai}}).
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("monthly bill", "budget", "volume"))
