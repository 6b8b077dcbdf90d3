# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 1. Pricing models
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can work out what one call cost from what the API reports, read a rate card, decide which jobs may wait for a cheaper tier, and say for whom AI prices are rising and for whom they are falling.
#
# You need Python, and no key, account or money: the calls below go through the real SDKs to an offline provider that counts tokens and bills like the real ones, but makes up its answers.

# %% [markdown] id="self-check" tags=["further"]
# <details><summary><strong>Five-minute self-check</strong>: open this if you are not sure you are ready</summary>
#
# Can you answer these without looking? If one is hazy, its answer is all the refresher you need for now.
#
# <details><summary>What does <code>{"a": 1}.get("b", 0) + sum(x * 2 for x in [1, 2])</code> give?</summary><p>6. If dictionaries, comprehensions and functions with keyword arguments read easily, your Python is enough.</p></details>
# <details><summary>What is a token?</summary><p>A piece of text, often a word or part of one, that a model reads or writes as one unit. Text is cut into tokens before it is sent to the model, and vendors charge by the token. Lesson 2 looks inside.</p></details>
# <details><summary>What are a request and an API key?</summary><p>A request is one call to the vendor over HTTP: you send messages, it sends back an answer and a <code>usage</code> record. The key says whose account pays. It belongs in an environment variable, never in a notebook.</p></details>
# <details><summary>What is a rate limit?</summary><p>The most requests or tokens an account may use in a minute. Above it the API answers with status 429, and the SDK waits and tries again. A rate limit is not a spending limit.</p></details>
#
# </details>

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# An online bank has a support assistant. Its customers ask 40,000 questions a day. For each of them the bank sends Anthropic's flagship model the same tools and the same policy handbook, then the conversation so far, then the question. Five in a hundred questions carry a screenshot. At night another 8,000 requests, with the same tools and handbook, summarise the day's tickets.
#
# **Before you run anything, write down your guess: what does the bank pay in a month?** All eight lessons work on this bill.

# %% id="one-request"
from decimal import Decimal

from costlib import (
    AS_OF, Usage, bank, connect, cost_of, money, pricing, rate_card, read_usage, role,
)
from costlib.display import figures

FLAGSHIP = role("anthropic", "flagship")
month = bank.month()
mean = month[[*bank.INPUT_PARTS, "output_tokens"]].mean().rename({"output_tokens": "output"})
figures.table(
    [{"part": part, "tokens": f"{tokens:,.0f}"} for part, tokens in mean.items()],
    caption=f"The mean of {len(month):,} requests in a month",
)

# %% [markdown] id="map-text"
# *Prefix* is the tools and the handbook, which stand in front of every request.{{claim: month["kind"].value_counts().to_dict() == {"question": 30 * 40_000, "summary": 30 * 8_000} }} The questions are real ones, asked of an online bank; the lengths of histories and answers come from an hour of real traffic; the volume is ours (`data/README.md` has the sources).
#
# A bill has four causes. This lesson is about the third: which model, in which tier, on which day.

# %% id="map"
figures.cost_map(lit="model choice")

# %% [markdown] id="s1"
# ## 1. One call, one bill
#
# Most APIs charge by the token: a rate for what you send (**input**) and a higher rate for what comes back (**output**), both quoted in dollars per million tokens.
#
# **Predict.** The call below sends the tools, the handbook and one short question, and gets a short answer. The flagship's output rate is five times its input rate.{{claim: rate_card(FLAGSHIP).output == 5 * rate_card(FLAGSHIP).input}} Which side of the call costs more, what goes in or what comes out?

# %% id="one-call" tags=["predict"]
client = connect("anthropic")  # the real SDK's client, on the offline provider
reply = client.messages.create(
    model=FLAGSHIP,
    max_tokens=400,
    tools=bank.tools(),
    system=bank.handbook(),
    messages=[{"role": "user", "content": "My card was declined twice today. Why?"}],
)
usage = read_usage(reply)
card = rate_card(FLAGSHIP)

cost = cost_of(usage, FLAGSHIP)
cost

# %% [markdown] id="s1-why"
# What goes in, by far: output is dearer by the token, but there is little of it.{{claim: usage.input_tokens * card.rates["input"] > 3 * usage.output_tokens * card.rates["output"]}} And nearly all of the input is the tools and the handbook, sent again with every question. Lesson 7 comes back to that.
#
# Here is the same sum by hand, from the two counts in `usage` and the two rates on the card:

# %% id="by-hand"
by_hand = (
    usage.input_tokens * card.rates["input"] + usage.output_tokens * card.rates["output"]
) / 1_000_000

print(f"{usage.input_tokens:,} in, {usage.output_tokens:,} out")
print(f"by hand    {by_hand}")
print(f"cost_of    {cost.total}")
print(f"difference {by_hand - cost.total}")

# %% [markdown] id="s1-formula"
# There are more rates on the card. Text that the vendor has **cached** from an earlier request is read at a discount; at some vendors, writing it to the cache costs extra. Every token is billed once, at the rate of its kind:
#
# $$\begin{aligned}\text{cost} = {}&\text{ordinary input}\cdot r_{\text{input}} + \text{cached}\cdot r_{\text{cached}}\\ &+ \text{written}\cdot r_{\text{write}} + \text{output}\cdot r_{\text{output}}\end{aligned}$$
#
# Cached and written tokens are part of the input, and *ordinary input* is what remains without them. Before you do it by hand, look at what the API calls input: OpenAI and Google report **all** of it, Anthropic only the ordinary part, with the other two beside it. `read_usage` always gives all of it.
#
# You will also see "all input at full rate, minus the discount on cached tokens". It is the same thing:

# %% id="two-forms"
again = Usage(input_tokens=7_000, cached_input_tokens=6_000, output_tokens=200)
r = card.rates

parts = 1_000 * r["input"] + 6_000 * r["cached_input"] + 200 * r["output"]
minus_discount = 7_000 * r["input"] - 6_000 * (r["input"] - r["cached_input"]) + 200 * r["output"]

print(f"four parts     {parts / 1_000_000}")
print(f"minus discount {minus_discount / 1_000_000}")
print(f"cost_of        {cost_of(again, FLAGSHIP).total.normalize()}")

# %% [markdown] id="ex-1-1"
# ### Your turn: exercise 1.1
#
# Write `request_cost`. It gets three counts and a dictionary of rates (ordinary numbers, USD per million tokens) with the keys `"input"`, `"cached_input"` and `"output"`. `input_tokens` is the whole input, cached tokens included; any count may be 0. It returns dollars, not rounded.

# %% id="ex-1-1-answer"
def request_cost(input_tokens, cached_tokens, output_tokens, rates):
    ### BEGIN SOLUTION
    ordinary = input_tokens - cached_tokens
    usd_times_a_million = (
        ordinary * rates["input"]
        + cached_tokens * rates["cached_input"]
        + output_tokens * rates["output"]
    )
    return usd_times_a_million / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_1_1 = request_cost

# %% id="ex-1-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.1")

# %% id="ex-1-1-hint"
from costlib import exercises as ex

ex.hint("1.1")

# %% [markdown] id="s2"
# ## 2. The rate card
#
# A rate card lists what a model costs on a day. Below are the cards of three vendors. *Flagship* means a vendor's main large model; two of them now sell a dearer *top* model above it. A dash means that no such rate is published, never that it is free (Google charges for stored cache by the hour instead of by the write).

# %% id="cards"
def card_row(step, model):
    card = rate_card(model)
    return {
        "model": model,
        "step": step,
        "input": card.rates["input"],
        "cached": card.rates["cached_input"],
        "write": card.rates["cache_write_5m"] or card.rates["cache_write_30m"],
        "output": card.rates["output"],
        "output / input": card.rates["output"] / card.rates["input"],
    }


VENDORS, STEPS = ("anthropic", "openai", "google"), ("top", "flagship", "mid", "small")
ladder = {r.model: r.role for r in pricing.roles() if r.provider in VENDORS and r.role in STEPS}
figures.table(
    [card_row(step, model) for model, step in ladder.items()],
    caption=f"USD per million tokens, standard tier, list prices of {AS_OF}",
    formats={"output / input": "{:.1f}"},
)

# %% [markdown] id="s2-predict"
# Output costs five times what input costs on all of these (not at every vendor),{{claim: all(rate_card(m).output == 5 * rate_card(m).input for m in ladder)}} and a step down the range divides the price by two to twenty.{{claim: all(2 <= rate_card(a.model).input / rate_card(b.model).input <= 20 for a, b in zip(pricing.roles(), pricing.roles()[1:]) if a.provider == b.provider and a.model in ladder and b.model in ladder)}} Google's two rates are introductory: the flagship's doubles on 1 December, the small model's on 1 January.{{claim: all(rate_card(role("google", step), at=type(AS_OF)(*day)).input == 2 * rate_card(role("google", step), at=type(AS_OF)(2026, 11, 22)).input for step, day in (("flagship", (2026, 12, 1)), ("small", (2027, 1, 1))))}}
#
# **Predict.** Take one task: 3,000 tokens in, 400 out. Across the current models of six vendors,{{claim: len({r.provider for r in pricing.roles()}) == 6}} how many times dearer is the dearest than the cheapest: about 5, about 30, or more than 100?

# %% id="spread" tags=["predict"]
TASK = Usage(input_tokens=3_000, output_tokens=400)
costs_of_the_task = {
    f"{r.model} {card.window}".strip(): cost_of(TASK, card).total
    for r in pricing.roles()
    for card in pricing.day_cards(r.model, provider=r.provider)  # two where the hour matters
}
cheapest = min(costs_of_the_task, key=costs_of_the_task.get)
dearest = max(costs_of_the_task, key=costs_of_the_task.get)
times = costs_of_the_task[dearest] / costs_of_the_task[cheapest]

figures.dots(
    costs_of_the_task,
    f"The same task: {dearest} costs {times:.0f} times {cheapest}",
    alt=f"The cost of one task on {len(pricing.roles())} models, one dot each, log scale.",
    unit="USD for 3,000 tokens in, 400 out (log scale)",
)

# %% [markdown] id="s2-why"
# More than a hundred.{{claim: times > 100}} A choice that moves a bill this far also changes the answers. So here a model swap is never a saving: it is "cheaper, quality unmeasured" until lesson 6 measures it.
#
# Two cautions. The figure gives every model the same number of tokens; a vendor that cuts text finer needs more, so read it as a rough order (lesson 2 counts). And DeepSeek's models cost twice as much in its peak hours, which only weekdays have: made on a weekday, the figure has two dots for each of them.{{claim: pricing.price_periods("deepseek-flash", "deepseek")[-1].input == 2 * pricing.price_periods("deepseek-flash", "deepseek")[-2].input}}

# %% [markdown] id="ex-1-2"
# ### Your turn: exercise 1.2
#
# Find two of **Anthropic's** chat models that can be called today, where this task costs at least 100 times as much on the first as on the second. Those in the table above are at most 80 times apart. Any model of the price file counts: `[m.id for m in pricing.models("anthropic", kind="chat", at=AS_OF)]` lists them.

# %% id="ex-1-2-answer"
### BEGIN SOLUTION
answer_1_2 = ("claude-fable-5", "claude-haiku-5-5")
### END SOLUTION
# BLANK: answer_1_2 = ...  # ("dear-model", "cheap-model")

# %% id="ex-1-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.2")

# %% id="ex-1-2-hint"
from costlib import exercises as ex

ex.hint("1.2")

# %% [markdown] id="s3"
# ## 3. What else you can be charged for, and the price of haste
#
# Vendors charge for four things, and each has its own way of surprising you.
#
# | You pay by | For example | What surprises |
# |---|---|---|
# | the **token** | nearly every API | long inputs, sent again and again |
# | the **request** | web search: a fee for each search, on top of the tokens | one question may search five times |
# | the **seat** | a subscription with credits in it | seats that nobody uses |
# | the **hour** | capacity provisioned (reserved) for you | hours in which nobody asks |
#
# A fee by the request is easy to overlook, because it is not in the token counts:

# %% id="search-fee"
searched = Usage(input_tokens=1_000, output_tokens=200, web_searches=1)
cost_of(searched, role("anthropic", "small"))

# %% [markdown] id="s3-tiers"
# The same tokens also have several prices, by how long you can wait: **service tiers**. A **batch** is answered within 24 hours. **Flex** answers when there is room, and refuses when there is none. **Priority** goes first; OpenAI now calls the same tier **fast**. (Anthropic's *fast* is something else: the same model, writing faster.)
#
# **Predict.** Call standard 1. What would you charge for the others?

# %% id="tiers" tags=["predict"]
WORKER = role("openai", "mid")


def times_standard(model, tier):
    try:
        return cost_of(TASK, model, tier=tier).total / cost_of(TASK, model).total
    except LookupError:  # this vendor publishes no such tier
        return None


figures.table(
    [
        {"model": model} | {tier: times_standard(model, tier) for tier in pricing.TIERS}
        for model in [WORKER, *(r.model for r in pricing.roles() if r.role == "flagship")]
    ],
    caption=f"The task of section 2 in each tier, as a multiple of the standard price, {AS_OF}",
    formats={tier: "{:.2g}" for tier in pricing.TIERS},
)

# %% [markdown] id="s3-batch"
# Where a vendor has a batch tier it is usually half price.{{claim: times_standard(WORKER, "batch") * 2 == 1}} Here is a whole batch: a file with a request on each line, a job, and hours later a file of results. The hours are not real: we move the provider's clock by hand. Each request sets the **effort** of reasoning to none. Left out, it is [*medium*]({{source:apidog-terra}}) on this model; what it then reasons is billed as output, and counts towards the limit of 200.

# %% id="batch"
import json

from costlib import provider_of

openai = connect("openai")
TICKETS = [
    "Customer could not top up by card. Bank declined it. Solved with a transfer.",
    "Transfer to Spain is late. Beneficiary bank was closed for a holiday.",
    "New phone, lost access to the app. Identity checked by video, access restored.",
]


def summarise(ticket):
    return {
        "model": WORKER,
        "reasoning_effort": "none",
        "max_completion_tokens": 200,
        "messages": [{"role": "user", "content": f"Summarise this ticket in one line: {ticket}"}],
    }


URL = "/v1/chat/completions"
lines = [
    json.dumps({"custom_id": f"ticket-{n}", "method": "POST", "url": URL, "body": summarise(ticket)})
    for n, ticket in enumerate(TICKETS, start=1)
]
upload = openai.files.create(file=("tickets.jsonl", "\n".join(lines).encode()), purpose="batch")
job = openai.batches.create(input_file_id=upload.id, endpoint=URL, completion_window="24h")
print("just created:", job.status)

provider_of(openai).clock.advance(hours=24)
job = openai.batches.retrieve(job.id)
print("a day later: ", job.status, f"({job.request_counts.completed} of {job.request_counts.total})")

# %% id="batch-cost" tags=["predict"]
results = [json.loads(line) for line in openai.files.content(job.output_file_id).text.splitlines()]
rows = []
for ticket, result in zip(TICKETS, results, strict=True):
    at_once = openai.chat.completions.create(**summarise(ticket))
    reasoned = openai.chat.completions.create(
        **summarise(ticket) | {"reasoning_effort": "medium", "max_completion_tokens": 4_000}
    )
    standard = cost_of(read_usage(at_once), WORKER).total
    batch = cost_of(read_usage(result), WORKER).total
    rows.append({
        "ticket": result["custom_id"],
        "at once": money(standard),
        "in the batch": money(batch),
        "saved": f"{1 - batch / standard:.0%}",
        "at once, medium effort": money(cost_of(read_usage(reasoned), WORKER).total),
    })
figures.table(rows, caption="USD for each ticket; how long a model reasons is modelled")

# %% [markdown] id="s3-served"
# What you give up is time, and the chance to react to one answer before you send the next request. An effort that nobody set can cost more than a batch saves.
#
# One trap: **you are billed for the tier that served you, not the one you asked for.** When a vendor is busy, a priority request may be served at standard. Our provider is never busy, so the second row below is made up. Read the tier from the response, as `read_usage` does:

# %% id="served"
quick = openai.chat.completions.create(service_tier="priority", **summarise(TICKETS[0]))
downgraded = quick.model_copy(update={"service_tier": "default"})  # the wire's word for standard

rows = []
for answer in (quick, downgraded):
    usage_read = read_usage(answer)  # its tier is the one served, and wins over tier=
    usd = cost_of(usage_read, WORKER, tier="priority").total
    rows.append({"asked": "priority", "response says": answer.service_tier, "billed": money(usd)})
figures.table(rows, caption=f"One ticket on {WORKER}")

# %% [markdown] id="ex-1-3"
# ### Your turn: exercise 1.3
#
# Write `batch_saving`. It gets a day's workload on `WORKER`, a list of jobs like the one below, and returns **the share of the whole day's bill** (0 to 1) that is saved when every job that can wait moves to the batch tier, not rounded. There is at least one job. `cost_of(Usage(...), WORKER, tier="batch").total` prices **one** request. Never add up the tokens of many requests before you price them: as one, they would be a request at the long-context rate, or longer than any model takes. For the chat job below that rate would give 105 dollars, and the truth is 60.

# %% id="ex-1-3-answer"
WORKLOAD = [
    {"requests": 20_000, "input_tokens": 1_500, "output_tokens": 300, "can_wait": False},  # chat
    {"requests": 50_000, "input_tokens": 800, "output_tokens": 20, "can_wait": True},  # tagging
    {"requests": 400, "input_tokens": 12_000, "output_tokens": 2_000, "can_wait": True},  # reports
]


def batch_saving(workload):
    ### BEGIN SOLUTION
    def cost(job, tier):
        usage = Usage(input_tokens=job["input_tokens"], output_tokens=job["output_tokens"])
        return job["requests"] * cost_of(usage, WORKER, tier=tier).total

    before = sum(cost(job, "standard") for job in workload)
    after = sum(cost(job, "batch" if job["can_wait"] else "standard") for job in workload)
    return (before - after) / before
    ### END SOLUTION
    # BLANK: return ...


answer_1_3 = batch_saving

# %% id="ex-1-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.3")

# %% id="ex-1-3-hint"
from costlib import exercises as ex

ex.hint("1.3")

# %% [markdown] id="s4"
# ## 4. "AI prices are rising". Are they?
#
# You will read both that prices rise and that they fall tenfold a year. The claim contains three questions. Does **the same model** get dearer? Does **the same place in the range**, the flagship say? Does **the same capability**?
#
# **Predict** an answer to each: rising, falling, or neither. Then look at the same model first:

# %% id="same-model" tags=["predict"]
def blended(price):
    """One number for input and output: USD per million tokens at three tokens in for one out."""
    return (3 * price.input + price.output) / 4


in_use = [m for m in pricing.models(kind="chat") if not m.shutdown or m.shutdown.year >= 2026]
changes = []
for model in in_use:
    cards = [card for card in pricing.price_periods(model.id, model.provider) if not card.hours]
    for old, new in zip(cards, cards[1:]):
        if new.valid_from.year >= 2026 and blended(old) != blended(new):
            times = blended(new) / blended(old)
            changes.append({"from": new.valid_from, "model": model.id, "new / old price": times})
names = {change["model"] for change in changes}
figures.table(
    sorted(changes, key=lambda change: change["from"]),
    caption=f"{len(names)} of {len(in_use)} chat models changed price since January 2026, or "
    "will (off-peak, where the hour matters)",
    formats={"new / old price": "{:.2f}"},
)

# %% [markdown] id="s4-tier"
# Few names changed their price this year,{{claim: len(names) < 0.2 * len(in_use)}} and they went both ways.{{claim: min(c["new / old price"] for c in changes) < 1 < max(c["new / old price"] for c in changes)}} Those that end in `-latest` are aliases: the vendor pointed them at another model, and the same line of code got another price. So did xAI's retired names, which its newer models now answer. The rows of December and January are announced.
#
# Most of the movement comes when a new model takes an old one's place. So follow the place, whoever fills it:

# %% id="same-tier"
from datetime import date

places = {
    f"{name} {place}": [(p.day, blended(p)) for p in pricing.list_prices(vendor, place)]
    for name, vendor, place in (
        ("OpenAI", "openai", "flagship"),
        ("Anthropic", "anthropic", "flagship"),
        ("Google", "google", "small"),
    )
}


def on(points, day):
    return [usd for when, usd in points if when <= day][-1]


line = places["OpenAI flagship"]
recent = [usd for when, usd in line if when.year >= 2025]
low, high, now = min(recent), max(recent), on(line, AS_OF)
peak = next(when for when, usd in line if usd == high)
days = [date(2025, 1, 1), date(2025, 11, 30), date(2026, 6, 1), AS_OF, date(2027, 1, 1)]

figures.lines(
    {name: [*points, (date(2027, 2, 1), points[-1][1])] for name, points in places.items()},
    f"OpenAI's flagship rose {high / low:.1f}-fold by {peak:%B %Y}, then lost {1 - now / high:.0%}",
    alt="Prices as steps on a log scale, 2023 to early 2027. OpenAI's flagship falls, rises and "
    "falls again. Anthropic's rises in 2024, then falls in steps. Google's small model rises, halves "
    "and doubles.",
    x="",
    y="USD per million tokens\n(3 in : 1 out, log scale)",
    numbers=[{"": n} | {str(d): f"{on(p, d):.2f}" for d in days} for n, p in places.items()],
    log=True,
    steps=True,
    mark=(AS_OF, "today"),
)

# %% [markdown] id="s4-why"
# So "rising" was true of Anthropic's flagship in March 2024, of OpenAI's from December 2025 to April 2026, and of Google's small model from February 2025 to May 2026.{{claim: (low, peak) == (min(usd for _, usd in line), date(2026, 4, 23))}} All three have come down since,{{claim: all(on(points, AS_OF) < max(usd for _, usd in points) for points in places.values())}} and Google's doubles in January 2027.{{claim: on(places["Google small"], date(2027, 1, 1)) == 2 * on(places["Google small"], date(2026, 12, 31))}} What no line shows is the *top* models: a new rung above the flagship is a rise too, if your work needs it.
#
# The same *capability* we cannot measure here, so this is quoted: [ten times cheaper a year]({{source:a16z-llmflation}}) by a16z (November 2024, one score on one test), [9 to 900 times]({{source:epoch-prices}}) by Epoch AI (March 2025, by task).
#
# So a price is true on a date. Write the date beside it, and look at your choice of model again at each release.

# %% [markdown] id="calc"
# ## What will this cost?
#
# Use the calculator to answer three questions. Write your answers down first.
#
# 1. Set one of the bank's questions: 7,000 tokens in, 200 out, 40,000 requests a day, on Anthropic's flagship. What does a month cost?
# 2. Which change brings that down more: everything in batch, or 80 % of the input read from cache?
# 3. Which of the alternatives is the cheapest for this task? What would you have to know before you switch?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import PricingCalculator

PricingCalculator(input_tokens=1_500, output_tokens=400, requests_a_day=1_000)

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# 1. A month costs {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP).total:,.0f}} dollars.
# 2. Batch halves everything: {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP, tier="batch").total:,.0f}} dollars. Reading 80 % of the input from cache saves more, {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, cached_input_tokens=5_600, output_tokens=200), FLAGSHIP).total:,.0f}} dollars are left, and the answers still come at once (writing to the cache has a price, which lesson 7 adds).
# 3. Of the three offered, `{{= role("anthropic", "small")}}`, at {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, output_tokens=200), role("anthropic", "small")).total:,.0f}} dollars. Before you switch you would have to know whether its answers are good enough for your customers, which no price list says.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# Now the month of the online bank: every request of 30 days, each priced by itself. Compare it with your guess.

# %% id="bill-before"
before = bank.bill(month)
before

# %% [markdown] id="bill-lever"
# Each lesson has a *lever*, one change that lowers the bill. **This lesson's**: nobody needs the summaries before the next night, so they can wait the 24 hours of a batch. Nothing else in the month can.

# %% id="bill-after"
after = bank.bill(bank.batch_summaries(month))
saved = before.total - after.total
print(f"before {money(before.total)}")
print(f"after  {money(after.total)}")
print(f"saved  {money(saved)} a month, {after.saving(before):.1%} of the bill")
print(f"tools and handbook are {after.by_part['prefix'] / after.total:.0%} of what is left")

# %% [markdown] id="bill-why"
# A small share, because few requests can wait;{{claim: after.saving(before) < 0.1}} but it changes no answer and little code. Most of the bill is still the same tools and handbook, paid for with every request. Does a summary need them at all? Lesson 6 asks.

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Paste the body of a real response from your logs between the quotes: one JSON object, usage and all. `read_usage` knows OpenAI, Anthropic, Gemini, Bedrock, gateways, batch lines, and what LangChain, the AI SDK or OpenTelemetry make of them; a count that it does not know it names. A whole file is read by `read_calls` of `costlib.own_data`. The price is that of today's card: for an older call add its day, as in `at=date(2026, 7, 15)`.

# %% id="own-run"
from costlib.usage import named_model

BODY = r"""
{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6",
 "content": [], "stop_reason": "end_turn", "stop_sequence": null,
 "usage": {"input_tokens": 512, "cache_creation_input_tokens": 0,
           "cache_read_input_tokens": 4096, "output_tokens": 730}}
"""
body = json.loads(BODY)
cost_of(read_usage(body), named_model(body) or "write the model here")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="cliff" tags=["further"]
# ### The long-context cliff
#
# Some models have a second rate card for long inputs, and it applies to the **whole request**, not to what is above the bound. **Predict**: on this model the bound is {{= rate_card(role("openai", "flagship")).long_context.threshold:,}} tokens. What does the first token above it cost?

# %% id="cliff-run"
LONG = role("openai", "flagship")
bound = rate_card(LONG).long_context.threshold


def long_cost(input_tokens):
    return cost_of(Usage(input_tokens=input_tokens, output_tokens=2_000), LONG).total


sizes = [0, bound, bound + 1, 400_000]
figures.lines(
    {LONG: [(size, long_cost(size)) for size in sizes]},
    f"One token above {bound:,} costs {money(long_cost(bound + 1) - long_cost(bound))}",
    alt="The cost of a request against its input: a straight line up to the bound, a jump to "
    "about twice the cost, and a steeper line after it.",
    x=f"input tokens, with 2,000 out ({LONG})",
    y="USD for one request",
    numbers=[{"input tokens": size, "USD": money(long_cost(size))} for size in sizes],
)

# %% [markdown] id="cliff-why" tags=["further"]
# A request just above the bound is worth trimming. At `{{= role("anthropic", "small")}}` the bound is only {{= rate_card(role("anthropic", "small")).long_context.threshold:,}} tokens, and above it the whole request costs {{= rate_card(role("anthropic", "small")).long_context.rates["input"] / rate_card(role("anthropic", "small")).input:.0f}} times as much. Vendors differ in the detail: OpenAI, Anthropic and Google charge the long rate *above* the bound, xAI *from* the bound on; `rate_card(model).long_context.inclusive` says which.

# %% [markdown] id="users" tags=["further"]
# ### A thousand users
#
# Four older models that can still be called, beside today's. Change the assumptions in the cell: users and requests scale every row alike, and only the lengths can change the order.

# %% id="users-run"
USERS, REQUESTS_A_DAY, DAYS = 1_000, 5, 30
REQUEST = Usage(input_tokens=1_500, output_tokens=400)

rows = []
for name in ("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "claude-sonnet-4-6", *ladder):
    a_month = cost_of(REQUEST, name).total * USERS * REQUESTS_A_DAY * DAYS
    rows.append({"model": name, "a month": money(a_month), "a user": money(a_month / USERS)})
figures.table(rows, caption=f"{USERS:,} users, {REQUESTS_A_DAY} requests a day each, prices of {AS_OF}")

# %% [markdown] id="chat" tags=["further"]
# ### A ten-turn chat: two cents to fifty?
#
# Each turn sends everything that was said before. A common estimate is that a chat of ten turns costs between 2 and 50 cents. Test it with a 1,000-token system prompt, 100 tokens a question and 250 an answer:

# %% id="chat-run"
def chat_cost(model, turns=10, system=1_000, question=100, answer=250):
    total = Decimal(0)
    for turn in range(turns):
        sent = system + turn * (question + answer) + question
        total += cost_of(Usage(input_tokens=sent, output_tokens=answer), model).total
    return total


rows = []
for name in ladder:
    ten, twenty = money(chat_cost(name)), money(chat_cost(name, turns=20))
    rows.append({"model": name, "ten turns": ten, "twenty turns": twenty})
figures.table(rows, caption="USD for one conversation, no caching")

# %% [markdown] id="chat-why" tags=["further"]
# The estimate holds for most of these; the two cheapest are far below it.{{claim: sum(0.02 <= chat_cost(m) <= 0.5 for m in ladder) > len(ladder) / 2 and sorted(map(chat_cost, ladder))[1] < 0.005}} And twice the turns cost more than twice as much,{{claim: all(chat_cost(m, turns=20) > 2 * chat_cost(m) for m in ladder)}} because the history is sent again: lesson 3 works this out.

# %% [markdown] id="packing" tags=["further"]
# ### Packing several items into one request
#
# If 6,000 tokens of instructions go with each item of 150, put several items into one request and the instructions are spread. But when one answer in the pack breaks the format, the whole pack is sent again. Say that each item breaks it in 1 % of cases:

# %% id="packing-run"
def cost_per_item(k, breaks=Decimal("0.01")):
    pack = Usage(input_tokens=6_000 + 150 * k, output_tokens=40 * k)
    tries = 1 / (1 - breaks) ** k  # expected, each try failing by itself
    return cost_of(pack, WORKER).total * tries / k


packs = [1, 2, 5, 10, 20, 50, 100, 200]
best = min(packs, key=cost_per_item)
rows = []
for k in packs:
    again = 1 / (1 - 0.01) ** k - 1
    usd = money(1_000 * cost_per_item(k))
    rows.append({"items in a request": k, "for 1,000 items": usd, "extra sends": f"{again:.0%}"})
figures.table(rows, caption=f"{WORKER}: packs of {best} are the cheapest of these")

# %% [markdown] id="seat" tags=["further"]
# ### Seat or tokens?
#
# GitHub Copilot has moved between rows of the table in section 3. Until June 2026 it counted *premium requests*, at four cents for each above the allowance, whether a quick question or long agent work. Since then a seat buys credits that are used up by the token ([announcement]({{source:copilot-192948}})). So today its seat is flat only until the credits run out.
#
# Take a seat that is flat. Where it pays depends on how many of the seats are used. Say 20 dollars a month, and requests of 4,000 tokens in and 600 out on the flagship:

# %% id="seat-run"
import math

SEAT = 20
request = cost_of(Usage(input_tokens=4_000, output_tokens=600), FLAGSHIP).total
for_each_active = {share: SEAT / Decimal(share) for share in ("1.0", "0.6", "0.3")}
crossing = {share: math.ceil(fee / request) for share, fee in for_each_active.items()}

figures.lines(
    {"by the token": [(0, 0), (3_000, 3_000 * request)]}
    | {f"{Decimal(s):.0%} of seats used": [(0, f), (3_000, f)] for s, f in for_each_active.items()},
    f"With 3 seats in 10 used, seats win from {crossing['0.3']:,} requests, "
    f"not from {crossing['1.0']:,}",
    alt="Monthly cost against requests for each active person. By the token it rises from zero; "
    "by the seat it is flat, and higher when fewer seats are used, so the lines cross later.",
    x="requests a month for each active person",
    y="USD a month for each",
    numbers=[
        {"seats used": f"{Decimal(s):.0%}", "break-even, requests a month": n}
        for s, n in crossing.items()
    ],
)

# %% [markdown] id="provisioned" tags=["further"]
# Capacity by the hour works the same way: an hour that costs X dollars pays for itself when it serves more than X ÷ (cost of a request by the token) requests. The catch is the same too: the hours of the night are paid for.

# %% [markdown] id="ex-1-4" tags=["further"]
# #### Your turn: exercise 1.4
#
# Write `break_even`: the fee of a seat for a month, the share of seats that are used (0 to 1), and the cost of one request by the token. It returns the smallest whole number of requests a month, for each active person, at which the seats are not dearer than paying by the token; at equal cost they are not. Computers divide with a rounding error of their own, 90.00000000000001 for 90: `round(x, 6)` before you round up.

# %% id="ex-1-4-answer"
def break_even(seat_fee, active_share, request_cost):
    ### BEGIN SOLUTION
    for_each_active = seat_fee / active_share
    return math.ceil(round(for_each_active / request_cost, 6))
    ### END SOLUTION
    # BLANK: return ...


answer_1_4 = break_even

# %% id="ex-1-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.4")

# %% id="ex-1-4-hint"
from costlib import exercises as ex

ex.hint("1.4")

# %% [markdown] id="ex-1-5" tags=["further"]
# #### Your turn: exercise 1.5, the price of waiting
#
# Write `bill_with_deadlines`. `jobs` is a list of dictionaries with `requests`, `input_tokens`, `output_tokens` and `deadline_hours`. `tiers` maps a tier's name to a dictionary with `wait_hours` (the longest that it may take) and the rates `input` and `output`, USD per million tokens. Give each job the cheapest tier that is in time for it, and return the total in dollars. A wait equal to the deadline is in time. The tiers may have any names, prices and waits; one at least does not wait at all. Without jobs the total is 0.

# %% id="ex-1-5-answer"
def bill_with_deadlines(jobs, tiers):
    ### BEGIN SOLUTION
    total = 0
    for job in jobs:
        costs = [
            job["requests"]
            * (job["input_tokens"] * tier["input"] + job["output_tokens"] * tier["output"])
            / 1_000_000
            for tier in tiers.values()
            if tier["wait_hours"] <= job["deadline_hours"]
        ]
        total += min(costs)
    return total
    ### END SOLUTION
    # BLANK: return ...


answer_1_5 = bill_with_deadlines

# %% id="ex-1-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.5")

# %% id="ex-1-5-hint"
from costlib import exercises as ex

ex.hint("1.5")

# %% [markdown] id="ex-1-6" tags=["further"]
# #### Your turn: exercise 1.6
#
# Which **one** of these statements does section 4 support? Answer with its letter, in quotes.
#
# - **a**: AI prices are rising.
# - **b**: A model never gets dearer after its launch.
# - **c**: The list price of OpenAI's flagship tier rose from late 2025 to April 2026, and has fallen since.
# - **d**: Where the list price per token fell, the same text now costs less.

# %% id="ex-1-6-answer"
answer_1_6 = "c"  # SOLUTION

# %% id="ex-1-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.6")

# %% id="ex-1-6-hint"
from costlib import exercises as ex

ex.hint("1.6")

# %% [markdown] id="recap"
# ## Recap
#
# 1. Every token is billed once, at the rate of its kind; cached tokens are part of the input.
# 2. Input is cheap by the token and often most of the bill, because so much of it is sent so often.
# 3. Models differ more than a hundredfold in price, and in their answers: measure before you swap.
# 4. What can wait often costs half. You pay for the tier that served you: read it from the response.
# 5. A price is true on a date. Some rise, some fall; write the date down.
#
# | Quick reference | Formula or call |
# |---|---|
# | cost of a request | (ordinary input × r_in + cached × r_cached + written × r_write + output × r_out) ÷ 1,000,000 |
# | in code | `cost_of(read_usage(response), model)` |
# | the rates on a day | `rate_card(model, tier="batch", at=date(2026, 12, 1))` |

# %% id="recap-map"
figures.cost_map(lit="model choice")

# %% [markdown] id="mistakes"
# **Mistakes that people made.** A tracker that did not know a model under its prefixed name showed 0 dollars where another showed 531.61 for the same tokens ([tokscale #831]({{source:tokscale-831}}), July 2026). A gateway recorded no spend for 21 models that were missing from its price table ([litellm #38230]({{source:litellm-38230}}), August 2026). So costlib raises when it does not know a price.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: the price pages of [OpenAI]({{source:openai-pricing}}), [Anthropic]({{source:anthropic-pricing}}) and [Google]({{source:google-pricing}}); OpenAI's [batch guide]({{source:openai-batch}}).
#
# Next: {{next}}
