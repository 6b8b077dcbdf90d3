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
# After this lesson you can work out what a call cost from what the API reports, read a rate card, choose a tier, and compare a subscription with paying by the token.
#
# You need Python, and no key or money: the real SDKs call an offline provider, which bills like the real ones and makes up its answers.
#
# Next: {{next}}

# %% [markdown] id="self-check" tags=["further"]
# <details><summary><strong>Two-minute self-check</strong>: open this if you are not sure you are ready</summary>
#
# Can you answer these without looking? If one is hazy, its answer is all the refresher you need for now.
#
# <details><summary>What does <code>{"a": 1}.get("b", 0) + sum(x * 2 for x in [1, 2])</code> give?</summary><p>6. If dictionaries, comprehensions and functions with keyword arguments read easily, your Python is enough.</p></details>
# <details><summary>What are a token, a request and an API key?</summary><p>A token is a piece of text, often a word or part of one, that a model reads or writes as one unit. A request is one call to the vendor over HTTP: you send messages, it sends back an answer and a <code>usage</code> record. The API key says whose account pays. It belongs in an environment variable, never in a notebook.</p></details>
# <details><summary>What is a rate limit?</summary><p>The most requests or tokens an account may use in a minute. Above it the API answers with status 429, and the SDK waits and tries again. A rate limit is not a spending limit.</p></details>
#
# </details>

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# The customers of an online bank ask its support assistant 40,000 questions a day. With each one the bank sends its tools (functions that the model may call), its policy handbook and the conversation so far. Five in a hundred carry a screenshot. At night 8,000 more requests, also with tools and handbook, ask for summaries of conversations.
#
# The model is Anthropic's *flagship*, its main large model. It is paid by the **token**, a piece of text that is often a word or part of one. The table calls tools and handbook the *prefix*, because they stand in front of every request:

# %% id="one-request" tags=["folded"]
# Loads the bank's month, and shows what its requests consist of.
from costlib import AS_OF, Usage, bank, money, pricing, rate_card, role
from costlib import exercises as ex
from costlib.display import figures

FLAGSHIP = role("anthropic", "flagship")
month = bank.month()
mean = month[[*bank.INPUT_PARTS, "output_tokens"]].mean().rename({"output_tokens": "output"})
figures.table(
    [{"part": part, "tokens": f"{tokens:,.0f}"} for part, tokens in mean.items()],
    caption=f"The mean of {len(month):,} requests in a month of {bank.DAYS} days",
)

# %% [markdown] id="map-text"
# The output is the answer; everything else is sent.{{claim: month["kind"].value_counts().to_dict() == {"question": 30 * 40_000, "summary": 30 * 8_000} }} A million tokens sent cost {{= rate_card(bank.MODEL).input}} dollars, a million of output {{= rate_card(bank.MODEL).output}}.
#
# **Predict.** What does the bank pay for the month? Put a guess in place of the dots, or leave them. The section *The bill* has the answer.

# %% id="question-guess" tags=["predict"]
guess_month = ...  # USD for the whole month

# %% [markdown] id="map-where"
# History, question and answer have the lengths of real requests; the answer's includes what the model thinks. The number of questions is made up (`data/README.md`). Of the four choices that make a bill, this lesson takes the model:

# %% id="map" tags=["folded"]
# Draws the map of what you choose and what it decides.
figures.cost_map(lit="model choice")

# %% [markdown] id="s1"
# ## 1. One call, one bill
#
# Most APIs charge one rate for the tokens that you send (**input**) and a higher one for those that come back (**output**).
#
# **Predict.** The call below sends the tools, the handbook and a short question, about 6,000 tokens. The answer has about 80. A million cost {{= rate_card(FLAGSHIP).input}} dollars in, {{= rate_card(FLAGSHIP).output}} out. Which side costs more? (`FLAGSHIP` and `bank` come from the folded cells.)

# %% id="s1-guess" tags=["predict"]
guess_side = ...  # "input" or "output"

# %% id="one-call"
from costlib import connect, cost_of, read_usage

client = connect("anthropic")  # the real SDK's client, on the offline provider
reply = client.messages.create(
    model=FLAGSHIP,
    max_tokens=400,
    tools=bank.tools(),
    system=bank.handbook(),
    messages=[{"role": "user", "content": "My card was declined twice today. Why?"}],
)
usage = read_usage(reply)
cost = cost_of(usage, FLAGSHIP)
cost

# %% [markdown] id="by-hand-text"
# The same sum by hand, from the response's `usage` record:

# %% id="by-hand"
rates = rate_card(FLAGSHIP).rates
went_in = usage.input_tokens * rates["input"]
came_out = usage.output_tokens * rates["output"]

print(f"{(went_in + came_out) / 1_000_000} by hand, {cost.total.normalize()} by cost_of")
ex.reveal(guess_side, "input" if went_in > came_out else "output")

# %% [markdown] id="s1-why"
# So the answer is the input: {{= went_in / (went_in + came_out):.0%}} of the cost.{{claim: went_in > 9 * came_out}} A token of output costs five times as much, but there are only {{= usage.output_tokens}}. Nearly all of the input is tools and handbook, sent with every question.

# %% [markdown] id="s1-formula"
# ### Cached input
#
# A vendor can keep the beginning of a request, and read it again when the next request begins with the same text. Those tokens are **cached**, and cost less. Some vendors charge more for tokens **written** to the cache. The rest of the input is **ordinary input**. Every token is billed once, at the rate of its kind:
#
# ```text
# cost = (ordinary input × r_input + cached × r_cached
#         + written × r_write + output × r_output) ÷ 1,000,000
# ```
#
# Vendors mean different things by *input*. This is one request with 7,000 tokens of input:
#
# ```text
# OpenAI     input_tokens 7000   cached_tokens           6000   output_tokens 200
# Anthropic  input_tokens 1000   cache_read_input_tokens 6000   output_tokens 200
# ```
#
# OpenAI's `input_tokens` is the whole input, Anthropic's only the ordinary part. At the flagship's rates (a million cached: {{= rate_card(FLAGSHIP).rates["cached_input"]}} dollars) both cost (1,000 × {{= rate_card(FLAGSHIP).input}} + 6,000 × {{= rate_card(FLAGSHIP).rates["cached_input"]}} + 200 × {{= rate_card(FLAGSHIP).output}}) ÷ 1,000,000 = {{= cost_of(Usage(input_tokens=7_000, cached_input_tokens=6_000, output_tokens=200), FLAGSHIP).total.normalize()}} dollars. `read_usage` always gives the whole input.

# %% [markdown] id="ex-1-1"
# ### Your turn: exercise 1.1
#
# Write `request_cost`. It gets three counts and a dictionary of rates (floats, USD per million tokens) with the keys `"input"`, `"cached_input"` and `"output"`. `input_tokens` is the whole input, cached tokens included; any count may be 0. It returns dollars, not rounded.
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
# ## 2. The rate card, and its date
#
# A **rate card** lists what a model costs on a day. A *step* is a model's place in its vendor's range, from *small* to *top*. *Standard* is the ordinary service (section 3). A dash means that no rate is published, never that it is free.

# %% id="cards" tags=["folded"]
# Builds the table of rate cards, and says which model succeeds which.
from datetime import date


def card_row(step, model):
    card = rate_card(model)
    return {
        "model": model,
        "step": step,
        "input": card.rates["input"],
        "cached": card.rates["cached_input"],
        "write": card.rates["cache_write_5m"] or card.rates["cache_write_30m"],
        "output": card.rates["output"],
    }


VENDORS, STEPS = ("anthropic", "openai", "google"), ("top", "flagship", "mid", "small")
ladder = {r.model: r.role for r in pricing.roles() if r.provider in VENDORS and r.role in STEPS}
TASK = Usage(input_tokens=3_000, output_tokens=400)
SUCCESSORS = {  # the retiring model, and what its vendor recommends
    "claude-sonnet-4-5": "claude-sonnet-5-5",
    "gpt-5": "gpt-6.1-sol",
    "gpt-5-mini": "gpt-6.1-terra",
    "gpt-4.1": "gpt-6-luna",
    "gpt-4o-mini": "gpt-6-luna",
}
costs_of_the_task = {
    f"{r.model} {card.window}".strip(): cost_of(TASK, card).total
    for r in pricing.roles()
    for card in pricing.day_cards(r.model, provider=r.provider)  # two where the hour matters
}
cheapest = min(costs_of_the_task, key=costs_of_the_task.get)
dearest = max(costs_of_the_task, key=costs_of_the_task.get)
times = costs_of_the_task[dearest] / costs_of_the_task[cheapest]
figures.table(
    [card_row(step, model) for model, step in ladder.items()],
    caption=f"USD per million tokens, standard tier, list prices of {AS_OF}",
)

# %% [markdown] id="s2-why"
# A task that is billed 3,000 tokens in and 400 out costs {{= max(cost_of(TASK, name).total for name in ladder) / min(cost_of(TASK, name).total for name in ladder):.0f}} times as much on the dearest of these models as on the cheapest ({{= times:.0f}} times with DeepSeek, xAI and Mistral).{{claim: {r.provider for r in pricing.roles()} == {*VENDORS, "deepseek", "x-ai", "mistral"} }} Their answers differ too: until lesson 6 measures that, a change of model is called "cheaper, quality unmeasured".

# %% [markdown] id="prices-move"
# ### Prices move, and models end
#
# A million tokens of input on OpenAI's flagship cost {{= [p for p in pricing.list_prices("openai", "flagship") if p.day <= date(2025, 11, 30)][-1].input:.2f}} dollars in November 2025, {{= [p for p in pricing.list_prices("openai", "flagship") if p.day <= date(2026, 6, 1)][-1].input:.2f}} in June 2026 and {{= rate_card(role("openai", "flagship")).input:.2f}} today. A newer model may cost less: [`gpt-6.2-astra`]({{source:litellm-52347}}) takes {{= rate_card("gpt-6.2-astra").input}} and {{= rate_card("gpt-6.2-astra").output}} dollars, `gpt-6-astra` still {{= rate_card("gpt-6-astra").input}} and {{= rate_card("gpt-6-astra").output}}. Some changes are announced: on `gemini-3.8-flash` a million of input costs {{= rate_card("gemini-3.8-flash", at=date(2026, 12, 31)).input:.2f}} dollars until the end of 2026, then {{= rate_card("gemini-3.8-flash", at=date(2027, 1, 1)).input:.2f}}.
#
# Models end on a date too. The vendor names a **successor** ([OpenAI]({{source:openai-deprecations}}), [Anthropic]({{source:anthropic-sonnet-4-5}})), with other prices, and sometimes more tokens for the same text.
#
# **Predict.** `claude-sonnet-4-5` ends on {{= pricing.find_model("claude-sonnet-4-5").shutdown:%d %B %Y}}. Its successor costs {{= rate_card("claude-sonnet-5-5").input}} dollars a million in and {{= rate_card("claude-sonnet-5-5").output}} out, instead of {{= rate_card("claude-sonnet-4-5").input}} and {{= rate_card("claude-sonnet-4-5").output}}. It makes about 1.3 tokens where the old one makes 1.{{claim: 1.25 < __import__("costlib.agents").agents.token_factor("claude-sonnet-4-5", "claude-sonnet-5-5").best < 1.35}} What does the same work cost, in per cent of the old bill?

# %% id="retiring-guess" tags=["predict"]
guess_successor = ...  # %, where 100 is the old bill

# %% id="retiring"
from costlib.agents import token_factor


def on_successor(old):
    # Its tokens for one of the old model's: an estimate, to the two digits that the table shows.
    more = round(token_factor(old, SUCCESSORS[old]).best, 2)
    work = Usage(input_tokens=round(3_000 * more), output_tokens=round(400 * more))
    return cost_of(work, SUCCESSORS[old]).total / cost_of(TASK, old).total


ex.reveal(guess_successor, 100 * on_successor("claude-sonnet-4-5"), "%")

# %% id="retiring-table" tags=["folded"]
# Builds the table of retiring models and their successors.
from costlib.provider import default_effort

figures.table(
    [
        {
            "model": old,
            "ends": pricing.find_model(old).shutdown,
            "successor": new,
            "new tokens for one": str(token_factor(old, new)),
            "new bill, % of old": f"{100 * on_successor(old):.1f}",
            "reasons unasked": " → ".join(default_effort(m) for m in (old, new)),
        }
        for old, new in SUCCESSORS.items()
    ],
    caption=f"The task of 3,000 tokens in and 400 out, without reasoning, prices of {AS_OF}",
)

# %% [markdown] id="retiring-why"
# So the answer is {{= on_successor("claude-sonnet-4-5"):.1%}}: two thirds of the rates, but about 1.3 times the tokens.{{claim: 0.83 < on_successor("claude-sonnet-4-5") < 0.9}} That 1.3 is an estimate, so count your own texts. Unlike the models that they replace, [`claude-sonnet-5-5`]({{source:anthropic-sonnet-5-5-guide}}) and [`gpt-6-luna`]({{source:openai-reasoning}}) *reason* unless you set something else: they write for themselves before they answer, and you pay for that as output.{{claim: {new for old, new in SUCCESSORS.items() if default_effort(old) == "none" != default_effort(new)} == {"claude-sonnet-5-5", "gpt-6-luna"} }} On `claude-sonnet-5-5` {{= int((1 - on_successor("claude-sonnet-4-5")) * cost_of(TASK, "claude-sonnet-4-5").total * 1_000_000 / rate_card("claude-sonnet-5-5").output)}} tokens of that eat the saving.

# %% [markdown] id="s3"
# ## 3. The price of haste
#
# The same tokens cost less if you can wait, and more if you cannot. Each such price is a **service tier**. A **batch** may take 24 hours. **Flex** answers only when there is room; OpenAI is [ending it]({{source:openai-flex}}). **Priority** goes first; OpenAI has called it *fast* since July 2026, and the responses of its newer models say so. Its *ultrafast* costs up to [six times standard]({{source:vercel-ultrafast}}). (Anthropic's *fast* only writes faster.)

# %% id="tiers" tags=["folded"]
# Builds the table of tiers, and names the model that the rest of the section uses.
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
# A batch is usually half price.{{claim: times_standard(WORKER, "batch") * 2 == 1}}
#
# **You are billed for the tier that served you.** A busy vendor may serve a priority request at standard. The response names the tier, and `read_usage` keeps it.

# %% [markdown] id="s3-served"
# ### Price each request, then add
#
# Some models have a second rate card for long inputs. It prices the **whole request**. `WORKER`, used below, is `{{= WORKER}}`: above {{= rate_card(WORKER).long_context.threshold:,}} tokens in, input costs twice as much, and output 1.5 times.{{claim: (rate_card(WORKER).long_context.rates["input"], rate_card(WORKER).long_context.rates["output"]) == (2 * rate_card(WORKER).input, rate_card(WORKER).output * 3 / 2)}}
#
# **Predict.** Four hundred requests of 1,500 tokens in and 300 out cost {{= 400 * cost_of(Usage(input_tokens=1_500, output_tokens=300), WORKER).total:.2f}} dollars, half for the input and half for the output.{{claim: 1_500 * rate_card(WORKER).input == 300 * rate_card(WORKER).output}} What comes out if you add up their tokens first, and price the sum?

# %% id="summed-guess" tags=["predict"]
guess_summed = ...  # USD

# %% id="summed"
summed = Usage(input_tokens=400 * 1_500, output_tokens=400 * 300)
ex.reveal(guess_summed, cost_of(summed, WORKER).total, "USD")

# %% [markdown] id="summed-why"
# So the answer is {{= cost_of(summed, WORKER).total:.2f}} dollars, because the sum looks like one long request.

# %% [markdown] id="ex-1-3"
# ### Your turn: exercise 1.3
#
# Write `batch_saving`. It gets a day's workload on `WORKER`, a list of one or more jobs like those below, and returns **the share of the whole day's bill** (0 to 1, not rounded) that is saved when every job that can wait moves to the batch tier. `cost_of(Usage(...), WORKER, tier="batch").total` prices **one** request.

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
# %% [markdown] id="seats"
# ## 4. Requests, seats and credits
#
# | You pay by | For example | What surprises |
# |---|---|---|
# | the **token** | nearly every API | long inputs, sent again |
# | the **request** | a fee for each web search, such as {{= rate_card(FLAGSHIP).rates["web_search"] / 10:.0f}} cent | one question may search five times |
# | the **seat** | a subscription with credits | seats that nobody uses |
# | the **hour** | *provisioned* capacity, reserved for you | idle hours |

# %% [markdown] id="credits-text"
# Many seats hold **credits**. A request takes some, by its tokens. GitHub Copilot has worked like this since June 2026 ([announcement]({{source:copilot-192948}})). On the older `claude-opus-5` a million tokens of ordinary input take 500 credits, of cached input 50, of output 2,500 ([summer 2026]({{source:copilot-rates}})). A credit costs a cent, so these are the API's own prices: {{= rate_card("claude-opus-5").input}}, {{= rate_card("claude-opus-5").rates["cached_input"]}} and {{= rate_card("claude-opus-5").output}} dollars.{{claim: [100 * rate_card("claude-opus-5").rates[kind] for kind in ("input", "cached_input", "output")] == [500, 50, 2_500]}} One call of a coding agent has 20,000 tokens in, 15,000 of them cached, and 800 out. It takes (5,000 × 500 + 15,000 × 50 + 800 × 2,500) ÷ 1,000,000 credits.

# %% id="credits"
from costlib.agents import credits_of, plan_month

CALL = Usage(input_tokens=20_000, cached_input_tokens=15_000, output_tokens=800)
credits = credits_of(CALL, "claude-opus-5", "copilot")
print(f"{credits.normalize()} credits; a run of 40 such calls takes {40 * credits:,.0f}")

# %% [markdown] id="team-text"
# A *Business* seat costs 19 dollars a month and holds 1,900 credits ([plans]({{source:copilot-plans}})), enough for nine runs of 40 calls.{{claim: (plan_month("copilot", "business", [0]).fee, plan_month("copilot", "business", [0]).included, round(1_900 / (40 * credits))) == (19, 1_900, 9)}}
#
# **Predict.** Forty of fifty developers use 300 credits in a month, eight use 2,500, and two use 20,000: 72,000 in all. Their seats hold 95,000, which they share.{{claim: (40 * 300 + 8 * 2_500 + 2 * 20_000, 50 * 1_900) == (72_000, 95_000)}} What is the bill?

# %% id="team-guess" tags=["predict"]
guess_team = ...  # USD

# %% id="team"
team = plan_month("copilot", "business", [300] * 40 + [2_500] * 8 + [20_000] * 2)
ex.reveal(guess_team, team.usd, "USD")

# %% [markdown] id="team-why"
# So the answer is {{= team.usd:,.0f}} dollars, the fifty fees alone. If the credits were not shared, the ten heaviest users would buy {{= 100 * (team.unpooled - team.usd):,.0f}} more, for {{= team.unpooled - team.usd:,.0f}} dollars. The 72,000 credits are worth {{= team.equivalent:,.0f}} dollars; the other {{= team.usd - team.equivalent:,.0f}} paid for credits that nobody used. A *user-level budget* keeps one person from using up the others' credits ([docs]({{source:copilot-budgets}})).{{claim: team.included == 100 * team.fee}}

# %% [markdown] id="which-key"
# **Check which key pays.** Where `ANTHROPIC_API_KEY` is set, Claude Code uses it ([docs]({{source:claude-code-env}})), and the API account pays, not your plan. In a session it asks once; in a script, as `claude -p`, it never asks. Scheduled runs that inherited a key cost one person 1,800 dollars in two days ([claude-code #37686]({{source:claude-code-37686}})). `env -u ANTHROPIC_API_KEY claude -p "…"` runs without the key. Some plans go on at API rates when the allowance is used up: set a cap.

# %% [markdown] id="ex-1-4"
# ### Your turn: exercise 1.4
#
# Some seats are flat, without credits. At 20 dollars, with 60% of them used, each active person costs 20 ÷ 0.6 = 33.33. By the token, at 5 cents each, 666 requests cost 33.30 and 667 cost 33.35: from 667 a month the seat is no dearer.{{claim: 666 * 5 == 3_330 < 2_000 / 0.6 <= 667 * 5 == 3_335}}
#
# Write `break_even`, which returns that smallest whole number of requests. It gets a seat's monthly fee, the share of seats used (above 0, at most 1), and the cost of one request by the token. Use `round(x, 6)` before you round up: a division may give 90.00000000000001 for 90.
# %% id="ex-1-4-answer"
import math


def break_even(seat_fee, active_share, usd_a_request):
    ### BEGIN SOLUTION
    for_each_active = seat_fee / active_share
    return math.ceil(round(for_each_active / usd_a_request, 6))
    ### END SOLUTION
    # BLANK: return ...


answer_1_4 = break_even
# %% id="ex-1-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.4")
# %% id="ex-1-4-hint"
from costlib import exercises as ex

ex.hint("1.4")
# %% [markdown] id="calc"
# ## What will this cost?
#
# Answer with the calculator. One of the bank's questions has about 7,000 tokens in and 200 out, 40,000 times a day, on Anthropic's flagship. What does a month cost? Which brings it down more: everything in batch, or 80% of the input from cache?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import PricingCalculator

PricingCalculator(input_tokens=1_500, output_tokens=400, requests_a_day=1_000)
# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# A month costs {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP).total:,.0f}} dollars. Batch halves everything: {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP, tier="batch").total:,.0f}} dollars. Reading 80% of the input from cache saves more: {{= 1_200_000 * cost_of(Usage(input_tokens=7_000, cached_input_tokens=5_600, output_tokens=200), FLAGSHIP).total:,.0f}} dollars are left, and the answers still come at once. (Writing to the cache has a price, which lesson 7 adds.)
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# The bank's month, every request priced by itself:

# %% id="bill-before"
before = bank.bill(month)
ex.reveal(guess_month, before.total, "USD")

# %% [markdown] id="bill-lever"
# So the answer is {{= money(before.total, digits=0)}}. The prefix takes {{= before.by_part["prefix"] / before.total:.0%}} of it, the output {{= before.by_part["output"] / before.total:.0%}}.
#
# Each lesson has a *lever*, one change that lowers this bill. **This lesson's**: the summaries can wait for a batch.

# %% id="bill-after"
after = bank.bill(bank.batch_summaries(month))
bank.show_journey(1)

# %% [markdown] id="bill-why"
# The lever halves the {{= before.by_kind["summary"]:,.0f}} dollars of the summaries, which takes {{= after.saving(before):.1%}} off the whole bill.{{claim: after.by_kind["summary"] * 2 == before.by_kind["summary"]}} The rates are certain, and no answer changes; the volume is assumed.

# %% [markdown] id="recap"
# ## Recap
#
# 1. Every token is billed once, at the rate of its kind; cached tokens are part of the input.
# 2. Input is often most of the bill, because so much is sent.
# 3. Models differ more than a hundredfold in price, and in their answers.
# 4. What can wait often costs half. You pay for the tier that served you.
# 5. Prices change and models end: keep the date beside a price.
#
# Quick reference:
#
# ```text
# cost = (ordinary input × r_input + cached × r_cached
#         + written × r_write + output × r_output) ÷ 1,000,000
# ```
#
# ```python
# usage = read_usage(response)
# cost_of(usage, model)
# rate_card(model, tier="batch", at=date(2026, 12, 1)).rates
# credits_of(usage, model, "copilot")
# ```

# %% id="recap-map" tags=["folded"]
# Draws the map again, with this lesson's place.
figures.cost_map(lit="model choice")

# %% [markdown] id="mistakes"
# **Mistakes that people made.** A tracker knew the price of `gpt-5.5`, but not of `cx/gpt-5.5`. It showed 0 dollars, and another tracker 531.61 ([tokscale #831]({{source:tokscale-831}}), July 2026).
#
# ### Take it to work
#
# {{work:1_price_a_call}}
#
# {{work:1_batch}}
#
# Next: {{next}}

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Paste the body of a real response from your logs between the quotes: one JSON object, usage and all. `read_usage` knows OpenAI, Anthropic, Gemini, Bedrock, gateways, batch lines, and what LangChain, the AI SDK or OpenTelemetry make of them. It refuses a record with a count that it does not know, and names the count. `cost_of` refuses an unknown model. A gateway that refused nothing recorded 0 dollars for 21 models that its price table lacked ([litellm #38230]({{source:litellm-38230}}), August 2026). The price is that of today's card: for an older call add its day, as in `at=date(2026, 7, 15)`.

# %% id="own-run"
import json

from costlib.usage import named_model

BODY = r"""
{"id": "msg_1", "type": "message", "role": "assistant", "model": "claude-sonnet-4-6",
 "content": [], "stop_reason": "end_turn", "stop_sequence": null,
 "usage": {"input_tokens": 512, "cache_creation_input_tokens": 0,
           "cache_read_input_tokens": 4096, "output_tokens": 730}}
"""
body = json.loads(BODY)
cost_of(read_usage(body), named_model(body) or "write the model here")
# %% [markdown] id="own-file" tags=["further"]
# A whole file goes through `read_calls` of `costlib.own_data`: a log of Claude Code, Codex, Cline or another coding tool, a vendor's usage report, an export of a gateway or tracer. `python -m costlib audit PATH` prices it, and says what each lever of this course would save.
#
# **Is your plan worth its fee?** In place of `data_path(…)` put the folder of your own log, such as `"~/.claude/projects"`, with a month in it. The sum is what the same calls cost at list price; set it beside the fee.

# %% id="own-file-run"
from costlib import data_path
from costlib.own_data import read_session_log

log = read_session_log(data_path("own", "claude_code"))
money(sum(cost_of(call.usage, call.model, at=call.time).total for call in log))

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.
# %% [markdown] id="two-forms-text" tags=["further"]
# ### The formula in another form
#
# You will also see "all input at the full rate, minus the discount on the cached tokens". It is the same thing, if the discount is the *difference* of the two rates. The request of section 1, computed in three ways:

# %% id="two-forms"
again = Usage(input_tokens=7_000, cached_input_tokens=6_000, output_tokens=200)
r = rates
parts = 1_000 * r["input"] + 6_000 * r["cached_input"] + 200 * r["output"]
minus_discount = 7_000 * r["input"] - 6_000 * (r["input"] - r["cached_input"]) + 200 * r["output"]

print(f"four parts     {parts / 1_000_000}")
print(f"minus discount {minus_discount / 1_000_000}")
print(f"cost_of        {cost_of(again, FLAGSHIP).total.normalize()}")

# %% [markdown] id="cliff" tags=["further"]
# ### The long-context cliff
#
# The second card for long inputs makes a cliff: the whole request is repriced, not only what is above the bound. **Predict**: on `{{= role("openai", "flagship")}}` the bound is {{= rate_card(role("openai", "flagship")).long_context.threshold:,}} tokens. Up to it a million costs {{= rate_card(role("openai", "flagship")).input}} dollars in and {{= rate_card(role("openai", "flagship")).output}} out, above it {{= rate_card(role("openai", "flagship")).long_context.rates["input"]}} and {{= rate_card(role("openai", "flagship")).long_context.rates["output"]}}. The request has 2,000 tokens out. What does the first token above the bound cost?

# %% id="cliff-run"
LONG = role("openai", "flagship")
bound = rate_card(LONG).long_context.threshold


def long_cost(input_tokens):
    return cost_of(Usage(input_tokens=input_tokens, output_tokens=2_000), LONG).total


print(money(long_cost(bound)), "at the bound,", money(long_cost(bound + 1)), "one token above it")

# %% id="cliff-figure" tags=["folded"]
# Draws the cost of a request against its length.
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
# So the answer is {{= long_cost(bound + 1) - long_cost(bound):.2f}} dollars. A request just above the bound is worth trimming. On `{{= role("anthropic", "small")}}` the bound is only {{= rate_card(role("anthropic", "small")).long_context.threshold:,}} tokens, and above it the whole request costs {{= rate_card(role("anthropic", "small")).long_context.rates["input"] / rate_card(role("anthropic", "small")).input:.0f}} times as much. Vendors differ in the detail: OpenAI, Anthropic and Google charge the long rate *above* the bound, xAI *from* the bound on; the rate card says which, in `long_context.inclusive`. Copilot's credits have the cliff too, and `credits_of` knows it.
# %% [markdown] id="batch-text" tags=["further"]
# ### A real batch, through the SDK
#
# A file of requests, a job, and hours later a file of results. (We move the provider's clock.) *Effort* is how much a model reasons. On `WORKER` it is [*medium*]({{source:openai-gpt-6.1-terra}}) unless the request sets another; these requests set `"none"`.

# %% id="batch-tickets" tags=["folded"]
# Three tickets that can wait.
TICKETS = [
    "Customer could not top up by card. Bank declined it. Solved with a transfer.",
    "Transfer to Spain is late. Beneficiary bank was closed for a holiday.",
    "New phone, lost access to the app. Identity checked by video, access restored.",
]

# %% id="batch"
import json

from costlib import provider_of

openai, URL = connect("openai"), "/v1/chat/completions"


def summarise(ticket):
    return {
        "model": WORKER,
        "reasoning_effort": "none",
        "max_completion_tokens": 200,
        "messages": [{"role": "user", "content": f"Summarise in one line: {ticket}"}],
    }


lines = [
    json.dumps({"custom_id": f"ticket-{n}", "method": "POST", "url": URL, "body": summarise(ticket)})
    for n, ticket in enumerate(TICKETS, start=1)
]
upload = openai.files.create(file=("tickets.jsonl", "\n".join(lines).encode()), purpose="batch")
job = openai.batches.create(input_file_id=upload.id, endpoint=URL, completion_window="24h")
provider_of(openai).clock.advance(hours=24)
job = openai.batches.retrieve(job.id)
results = [json.loads(line) for line in openai.files.content(job.output_file_id).text.splitlines()]
print(job.status, f"{len(results)} results")

# %% id="batch-cost" tags=["folded"]
# Sends the same tickets at once, and with reasoning, and builds the table of what each cost.
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
figures.table(rows, caption="USD for each ticket; the length of the reasoning is modelled")

# %% [markdown] id="batch-why" tags=["further"]
# Where nobody sets the effort (last column), the last ticket costs {{= cost_of(read_usage(reasoned), WORKER).total / standard:.0f}} times as much. A batch saves only half.
#
# Between a batch and an answer at once stand two windows of OpenAI's Responses API. A call with `background=True` whose `background_options` name a `completion_window` of `"8h"` costs 40% less than standard, of `"2h"` 30% less ([guide]({{source:openai-flex}})). Our provider does not serve them, and `cost_of` prices their answers as standard: take the share off yourself.

# %% [markdown] id="served-text" tags=["further"]
# #### The tier that served you, on a response
#
# Our provider is never busy, so the second row below is made up from the first.

# %% id="served"
quick = openai.chat.completions.create(service_tier="priority", **summarise(TICKETS[0]))
downgraded = quick.model_copy(update={"service_tier": "default"})  # the API's word for standard

rows = []
for answer in (quick, downgraded):
    usage_read = read_usage(answer)  # its tier is the one served, and wins over tier=
    usd = cost_of(usage_read, WORKER, tier="priority").total
    rows.append({"asked": "priority", "response says": answer.service_tier, "billed": money(usd)})
figures.table(rows, caption=f"One ticket on {WORKER}")

# %% [markdown] id="hours" tags=["further"]
# ### Prices by the hour
#
# DeepSeek charges twice as much in its peak hours, which only weekdays have. So on a weekday the figure under *A hundredfold* shows two dots for each of its models.{{claim: pricing.price_periods("deepseek-flash", "deepseek")[-1].input == 2 * pricing.price_periods("deepseek-flash", "deepseek")[-2].input}} Google charges by the hour too, but for something else: for what it keeps in a cache.

# %% [markdown] id="region-text" tags=["further"]
# ### Prices by region
#
# Some vendors charge more when a request must stay in a region (`data/regions.csv`). A question of the bank's customers, kept in the US, costs {{= cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP, region="us").total / cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP).total}} times as much:

# %% id="region"
cost_of(Usage(input_tokens=7_000, output_tokens=200), FLAGSHIP, region="us")

# %% [markdown] id="spread-text" tags=["further"]
# ### A hundredfold
#
# The models of section 2's table, those of DeepSeek, xAI and Mistral, and two *nano* models, a step below *small*.{{claim: [r.role for r in pricing.roles() if r.provider in VENDORS and r.model not in ladder] == ["nano", "nano"]}} (*Off-peak* is a vendor's quiet hours.)

# %% id="spread-figure" tags=["folded"]
# Draws what the task costs on each model.
figures.dots(
    costs_of_the_task,
    f"The same task: {dearest} costs {times:.0f} times {cheapest}",
    alt=f"The cost of one task on {len(pricing.roles())} models, one dot each, log scale.",
    unit="USD for the task (log scale)",
)

# %% [markdown] id="ex-1-2" tags=["further"]
# #### Your turn: exercise 1.2
#
# Find two of **Anthropic's** chat models that can be called today, where the task of section 2 (`TASK`) costs at least 100 times as much on the first as on the second. Those in that section's table are at most {{= max(cost_of(TASK, r.model).total for r in pricing.roles() if r.provider == "anthropic" and r.model in ladder) / min(cost_of(TASK, r.model).total for r in pricing.roles() if r.provider == "anthropic" and r.model in ladder):.0f}} times apart. Any model of the price file counts: `[m.id for m in pricing.models("anthropic", kind="chat", at=AS_OF)]` lists them.

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
# %% [markdown] id="same-model-text" tags=["further"]
# ### "AI prices are rising". Are they?
#
# The claim contains three questions. Does **the same place in the range** get dearer, whichever model holds it? Does **the same model**? Does **the same capability**? This is the place:

# %% id="same-tier" tags=["folded"]
# Draws the list price of three places over time.
def blended(price):
    """One number for input and output: USD per million tokens at three tokens in for one out."""
    return (3 * price.input + price.output) / 4


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

# %% [markdown] id="prices-move-why" tags=["further"]
# OpenAI's flagship and Google's small model got dearer until April and May 2026.{{claim: (low, peak) == (min(usd for _, usd in line), date(2026, 4, 23))}} All three steps have come down since.{{claim: all(on(points, AS_OF) < max(usd for _, usd in points) for points in places.values())}}
#
# The next table follows each model by its name. Where a price depends on the hour, the table has the price of the cheaper hours.

# %% id="same-model" tags=["folded"]
# Builds the table of models whose own price changed.
in_use = [m for m in pricing.models(kind="chat") if not m.shutdown or m.shutdown.year >= 2026]
changes = []
for model in in_use:
    cards = [card for card in pricing.price_periods(model.id, model.provider) if not card.hours]
    for old, new in zip(cards, cards[1:]):
        if new.valid_from.year >= 2026 and blended(old) != blended(new):
            change = blended(new) / blended(old)
            changes.append({"from": new.valid_from, "model": model.id, "new / old price": change})
names = {change["model"] for change in changes}
figures.table(
    sorted(changes, key=lambda change: change["from"]),
    caption=f"{len(names)} of {len(in_use)} chat models changed price since January 2026, or will",
    formats={"new / old price": "{:.2f}"},
)

# %% [markdown] id="same-model-why" tags=["further"]
# Few names changed their price,{{claim: len(names) < 0.2 * len(in_use)}} and they went both ways.{{claim: min(c["new / old price"] for c in changes) < 1 < max(c["new / old price"] for c in changes)}} Those that end in `-latest` are *aliases*, names that the vendor may point at another model: the same line of code got another price. The same happened to retired names that a newer model answers: xAI's since May 2026, some of Google's since October, and `gemini-2.5-pro` from 1 December on ([Google, as quoted]({{source:aideprecations-gemini-2.5}})).{{claim: {"gemini-2.5-pro", "gemini-3.5-flash", "grok-3"} <= names}} The rows of December 2026 and January 2027 are announced.
#
# Neither this table nor the figure shows the *top* models: a new step above the flagship is a rise too, if your work needs it. We cannot measure the same *capability* here, so we quote two who did: [ten times cheaper a year]({{source:a16z-llmflation}}) by a16z (November 2024, one score on one test), [9 to 900 times]({{source:epoch-prices}}) by Epoch AI (March 2025, by task).

# %% [markdown] id="ex-1-6" tags=["further"]
# #### Your turn: exercise 1.6
#
# Which **one** of these statements do the figure and the table above support? Answer with its letter, in quotes.
#
# - **a**: AI prices are rising.
# - **b**: A model never gets dearer after its launch.
# - **c**: The list price of OpenAI's flagship rose from late 2025 to April 2026, and has fallen since.
# - **d**: Where the list price per token fell, the same text now costs less.

# %% id="ex-1-6-answer"
answer_1_6 = "c"  # SOLUTION
# %% id="ex-1-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("1.6")
# %% id="ex-1-6-hint"
from costlib import exercises as ex

ex.hint("1.6")
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
# %% [markdown] id="windows" tags=["further"]
# ### Limits without a rate
#
# A plan that limits you by a window of five hours, or by a share of a week, publishes no rate in credits. What a call takes of it cannot be computed from outside. You can compute two other numbers. One is the *pace*: the share of the allowance that you have used, divided by the share of the window that has passed. Above 1, the allowance ends early. The other is the list price of your log, divided by the per cent used. Note it every day: when it falls, the vendor's measure or your model has changed. Where a vendor does publish credits, they follow the model: the call of section 4 takes {{= credits_of(CALL, "gpt-5.5", "codex") / credits_of(CALL, "gpt-5.4", "codex"):.0f}} times as many of Codex's credits on gpt-5.5 as on gpt-5.4. So a dearer model may empty a window sooner, even with fewer tokens.
#
# | People also ask | Answer |
# |---|---|
# | Does *fast* have the same multiple on a plan as in the API? | Not always. For gpt-5.6 Codex took 2.5 times the credits, the API 2 times the price ([CodexBar #2632]({{source:codexbar-2632}}), August 2026). |
# | Is use through the SDK or `claude -p` billed apart from a plan? | It was announced for 15 June 2026 and paused on that day, so such use counts towards the plan ([Archon #1672]({{source:archon-1672}}), July 2026). The plans Max, Ultra and Team now include monthly credits for the API and the Agent SDK, which Claude Code does not draw on ([Anthropic's page, in German]({{source:claude-plan-credits}})). |
# | Do two products share one window? | Only the plan's own page knows. Somebody with ChatGPT Plus found in July 2026 that agent mode and Codex drew on one week ([codex #33690]({{source:codex-33690}}), his own observation). |
# | Do prepaid credits for the API expire? | Yes, a year after you bought them, and they are not refunded ([Anthropic]({{source:anthropic-prepaid}}), [OpenAI]({{source:openai-prepaid}})). |
# | Can a program read what is left of prepaid credits? | Not at Anthropic: its Console shows the balance, and no endpoint returns it ([anthropic-sdk-python #1942]({{source:anthropic-sdk-1942}}), September 2026). Subtract what its cost report (lesson 4) says was spent from what you paid in: all keys of the account draw on one balance, so your own program's sums are not enough. |
# | Why am I charged where there is a free tier, or beside my plan? | Look for an API key in the environment whose project has billing. Gemini CLI took such a key, as its user saw it, and the project paid for the session ([gemini-cli #3004]({{source:gemini-cli-3004}})); an editor took one by itself, for about 140 dollars ([gemini-cli #2896]({{source:gemini-cli-2896}}), both July 2025). |
# | Is a batch billed that I cancel, or that expires? | Its finished requests are, at the batch's rates; the others are not ([OpenAI's guide]({{source:openai-batch}})). Ask first whether your model has a batch: Azure's list ended at gpt-5.4 when 5.6 was out ([edutelligence #933]({{source:edutelligence-933}}), September 2026). |
# | Do more keys bring a higher rate limit? | No: limits belong to the organization and the project at OpenAI ([its guide, as quoted]({{source:openai-rate-limits}}), October 2026), and to the project at Google ([guide]({{source:gemini-rate-limits}})). For a busy hour, move what can wait into a batch, which has limits of its own ([guide]({{source:openai-batch}})). |
# | Does a fine-tuned model cost what its base costs? | It costs more: a fine-tuned gpt-4o takes {{= rate_card("ft:gpt-4o-2024-08-06:x").input}} dollars a million in, its base {{= rate_card("gpt-4o").input}}. Such a name begins with `ft:`. A tracker that looked for `ft-` showed a cost of 0 ([langchain #11715]({{source:langchain-11715}}), October 2023). |
# | Does OpenRouter cost more than the vendor? | Not by the token. But buying credits costs 5.5%, at least 80 cents, so 10 dollars of credits cost 10.80 ([its FAQ]({{source:openrouter-faq}})). |
# | What do Kiro's and Amp's credits cost? | Kiro's cost 4 cents each above the plan, whose 20 dollars a month bring 1,000 ([its page, as quoted]({{source:kiro-pricing}}), September 2026). A prompt takes a part of a credit or several, by its complexity and its model ([its answers]({{source:kiro-billing}})). No rate by the token is published, so your log cannot be priced in them. Amp asks the model's own price where you pay as you go ([its page, as quoted]({{source:amp-pricing}}), 2026). |
# | What does a run in n8n cost? | Its cloud counts *executions*, and one counts once, however many steps it has: 20 euros a month (paid by the year) bring 2,500 a month, so one costs {{= 100 * 20 / 2_500:.1f}} euro cents ([its page, as quoted]({{source:n8n-pricing}}), May 2026). The model's vendor bills its calls apart, and one execution may make many. |
# | Does Copilot's review take more than credits? | In private repositories it also takes GitHub Actions minutes, since June 2026 ([GitHub]({{source:copilot-review-minutes}})). Above the plan's own, a minute on standard Linux costs 0.6 cents ([rates]({{source:actions-rates}})). |
# | Does a plan ask before it takes bought credits? | Not always. Codex goes on with them when the window is used up, by users' reports ([codex #28382]({{source:codex-28382}}), June 2026). Buying some has switched on automatic refills: one user saw 36 more payments within two days ([codex #31987]({{source:codex-31987}}), July 2026). Claude Code took *extra usage* for the long window with the plan below 60% ([claude-code #48073]({{source:claude-code-48073}}), April 2026). Look at these switches after every purchase. |
# | When does a window begin again? | With the first request after the last one ended, so idle days move the reset ([codex #28246]({{source:codex-28246}}), June 2026, one user's observation). When OpenAI resets early, the week begins anew and what was left is gone, by design ([codex #19987]({{source:codex-19987}}), April 2026). |

# %% [markdown] id="seat" tags=["further"]
# ### Seat or tokens, as a picture
#
# Until June 2026 Copilot counted *premium requests*, at four cents for each above the allowance. A quick question counted as much as long agent work. Today its seat is flat only until the credits run out. Take a seat that is flat: where it pays depends on how many of the seats are used. Say 20 dollars a month, and requests of 4,000 tokens in and 600 out on the flagship:

# %% id="seat-run" tags=["folded"]
# Draws the cost for each active person, by the seat and by the token.
SEAT, SHARES = 20, (100, 60, 30)  # USD a month; per cent of seats that are used
request = cost_of(Usage(input_tokens=4_000, output_tokens=600), FLAGSHIP).total
for_each_active = {share: SEAT / (share / 100) for share in SHARES}
crossing = {share: math.ceil(fee / float(request)) for share, fee in for_each_active.items()}

figures.lines(
    {"by the token": [(0, 0), (3_000, 3_000 * request)]}
    | {f"{share}% of seats used": [(0, f), (3_000, f)] for share, f in for_each_active.items()},
    f"With 3 seats in 10 used, seats win from {crossing[30]:,} requests, not from {crossing[100]:,}",
    alt="Monthly cost against requests for each active person. By the token it rises from zero; "
    "by the seat it is flat, and higher when fewer seats are used, so the lines cross later.",
    x="requests a month for each active person",
    y="USD a month for each",
    numbers=[
        {"seats used": f"{share}%", "break-even, requests a month": n}
        for share, n in crossing.items()
    ],
)

# %% [markdown] id="provisioned" tags=["further"]
# Capacity by the hour works the same way: an hour that costs X dollars pays for itself when it serves more than X ÷ (cost of a request by the token) requests. The catch is the same too: you pay for the hours of the night.
# %% [markdown] id="users" tags=["further"]
# ### A thousand users
#
# Four older models that can still be called, beside today's.{{claim: all(pricing.find_model(m).live(AS_OF) for m in ("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "claude-sonnet-4-6"))}} Change the assumptions in the cell: users and requests scale every row alike. At work the order may be another, because one model reasons more, or makes more tokens of a text, than another.
# %% id="users-run"
USERS, REQUESTS_A_DAY, DAYS = 1_000, 5, 30
REQUEST = Usage(input_tokens=1_500, output_tokens=400)

rows = []
for name in ("gpt-4.1", "gpt-4.1-mini", "gpt-4o", "claude-sonnet-4-6", *ladder):
    a_month = cost_of(REQUEST, name).total * USERS * REQUESTS_A_DAY * DAYS
    rows.append({"model": name, "a month": money(a_month), "a user": money(a_month / USERS)})
figures.table(rows, caption=f"{USERS:,} users, {REQUESTS_A_DAY} requests a day each, prices of {AS_OF}")
# %% [markdown] id="packing" tags=["further"]
# ### Packing several items into one request
#
# Say that 6,000 tokens of instructions go with each item of 150. Several items in one request share the instructions. But when one answer in the pack breaks the format, the whole pack is sent again. Say that each item breaks it in 1% of cases, and that the effort is *none*:
# %% id="packing-run"
from decimal import Decimal


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
# %% [markdown] id="chat" tags=["further"]
# ### A ten-turn chat: two cents to fifty?
#
# Each turn sends everything that was said before. Suppose a colleague says that a chat of ten turns costs between 2 and 50 cents. Test it with a 1,000-token system prompt, 100 tokens a question and 250 an answer, reasoning included:
# %% id="chat-run"
def chat_cost(model, turns=10, system=1_000, question=100, answer=250):
    total = 0
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
# %% [markdown] id="reading" tags=["further"]
# **Further reading**: the price pages of [OpenAI]({{source:openai-pricing}}), [Anthropic]({{source:anthropic-pricing}}) and [Google]({{source:google-pricing}}); OpenAI's [batch guide]({{source:openai-batch}}).
