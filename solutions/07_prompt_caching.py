# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 7. Prompt caching
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can make a vendor's prompt cache work and prove it by its counters, find out why a cache reads nothing, compute when writing to it pays, and say what caching saves of a prefix, of the input and of a whole bill.
#
# You need lesson 1, and no key. Previous: {{previous}}

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank sends the same ten tools and the same handbook with each of 1.44 million requests a month, and pays seven tenths of its bill for them. Vendors offer to remember such a beginning, and guides say *90 % off*.
#
# **Before you run anything, write down three numbers.** With caching, how much cheaper are tools and handbook? All input? The bill? You will compare at the end.

# %% id="map"
import asyncio
import math

import numpy as np

from costlib import (
    bank, connect, connect_async, cost_of, money, provider_of, rate_card, read_usage, role,
)
from costlib.caching import (
    cache_prices, foreseen, hit_rate_to_pay, length_to_pay, mooncake, one_prefix, pings_to_pay,
    replay, reuses_to_pay,
)
from costlib.display import figures

CLAUDE, GPT = role("anthropic", "flagship"), role("openai", "flagship")
figures.cost_map(lit=("input tokens", "monthly bill"))

# %% [markdown] id="s1"
# ## 1. How a cache works, and how you see it
#
# A **prompt cache** keeps what the model computed for the beginning of a prompt, the **prefix**. A later request that begins with exactly the same tokens **reads** it, at a fraction of the input price; what was not there is **written**, at a premium. Where the prefix ends, you say with a **breakpoint**. What comes back is the same model's answer: quality does not change.
#
# Both vendors read tools first, then system text, then messages. Our breakpoint stands after the handbook and so covers the tools too. OpenAI's request goes to its Responses API: Chat Completions [refuses tools]({{source:litellm-34569}}) on this model unless it does not reason, and this one always does ([its guide]({{source:openai-gpt6-guide}})). The calls are answered by the offline provider.

# %% id="bodies"
HANDBOOK, TOOLS = bank.handbook(), bank.tools()
QUESTIONS = bank.questions()["text"].tolist()


def claude_body(question, system=HANDBOOK, tools=TOOLS, mark="5m", model=CLAUDE):
    block = {"type": "text", "text": system}
    if mark:
        block["cache_control"] = {"type": "ephemeral", "ttl": mark}
    asked = [{"role": "user", "content": question}]
    head = {"model": model, "max_tokens": 50, "tools": tools}
    return head | {"system": [block], "messages": asked}


def gpt_body(question, system=HANDBOOK, tools=TOOLS, mark="30m", model=GPT):
    block = {"type": "input_text", "text": system}
    body = {"model": model, "max_output_tokens": 2_000, "prompt_cache_key": "bank"}
    body["tools"] = [
        {"type": "function"} | {k.replace("input_schema", "parameters"): t[k] for k in t}
        for t in tools
    ]
    if mark:
        block["prompt_cache_breakpoint"] = {"mode": "explicit"}  # here the prefix ends
        body["prompt_cache_options"] = {"mode": "explicit", "ttl": mark}  # and nowhere else
    said = [{"role": "system", "content": [block]}, {"role": "user", "content": question}]
    return body | {"input": said}


# %% [markdown] id="s1-predict"
# **Predict.** Two customers ask two different questions, one right after the other. What does the second call read, what does it write, and what is left as plain input?

# %% id="counters" tags=["predict"]
claude, gpt = connect("anthropic"), connect("openai")
for question in QUESTIONS[:2]:
    usage = claude.messages.create(**claude_body(question)).usage
    print(
        f"{CLAUDE:<16} cache_read_input_tokens {usage.cache_read_input_tokens:>5}  "
        f"cache_creation_input_tokens {usage.cache_creation_input_tokens:>5}  "
        f"input_tokens {usage.input_tokens}"
    )
for question in QUESTIONS[:2]:
    usage = gpt.responses.create(**gpt_body(question)).usage
    details = usage.input_tokens_details
    print(
        f"{GPT:<16} cached_tokens {details.cached_tokens:>5}  "
        f"cache_write_tokens {details.cache_write_tokens:>5}  input_tokens {usage.input_tokens}"
    )

# %% [markdown] id="s1-why"
# The first call writes the prefix, the second reads all of it. A trap: under the same name, `input_tokens`, Anthropic reports only what is left and OpenAI everything. (Each vendor cuts the same text into its own tokens; the counts of Claude and gpt-6 are estimates.)
#
# Every model has a **minimum**, below which nothing is cached and nothing says so, and **lifetimes** (TTL, time to live), which start again, free of charge, with each use. They differ, and prices have dates, so ask rather than remember that *a read costs 0.1*:

# %% id="rules"
rows = []
for model in (CLAUDE, role("anthropic", "top"), role("anthropic", "small"), GPT, "gpt-5.5", "gpt-4.1"):
    prices = cache_prices(model)
    for lifetime in prices.write:
        read, write = prices.multiples(lifetime)
        rows.append({
            "model": model,
            "minimum": prices.minimum,
            "lifetime": lifetime.replace("_", " "),
            "a read costs": f"{read:f} ×",
            "a write costs": f"{write.normalize():f} ×",
            "breakpoints": "none needed" if write == 1 else "yes",
        })
figures.table(rows, caption="In tokens, and in multiples of the input price")

# %% [markdown] id="s1-old"
# OpenAI's models before gpt-5.6 need no breakpoint and charge nothing for writing: they read the longest common beginning, in steps of 128 tokens. (*In memory*: until 5 to 10 minutes pass without use. gpt-4.1's minimum may be 2,048: OpenAI's pages disagree.)

# %% [markdown] id="ex-7-1"
# ### Your turn: exercise 7.1
#
# Five calls to Claude with a breakpoint of five minutes after a prefix of 6,000 tokens. They come at minute 0, 4, 8.5, 10 and 14, with different questions; the prompt of the fourth alone begins with another word. Give five pairs `(read, written)`, in tokens.

# %% id="ex-7-1-answer"
### BEGIN SOLUTION
answer_7_1 = [(0, 6000), (6000, 0), (6000, 0), (0, 6000), (0, 6000)]
### END SOLUTION
# BLANK: answer_7_1 = [(..., ...), (..., ...), (..., ...), (..., ...), (..., ...)]

# %% id="ex-7-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.1")

# %% id="ex-7-1-hint"
from costlib import exercises as ex

ex.hint("7.1")

# %% [markdown] id="s2"
# ## 2. "cached_tokens is 0, why?"
#
# Developers ask this often, so we break our cache on purpose: a first call, a second call with one thing changed, and the second one's counters.
#
# **Predict.** Which of the seven `CHANGES` below read nothing *and* cost more than no cache at all?

# %% id="diagnosis" tags=["predict"]
VENDORS = {"anthropic": (claude_body, "claude-sonnet-5-5"), "openai": (gpt_body, "gpt-6-luna")}
SHORT = {"system": HANDBOOK[:900], "tools": []}


def send(client, body):
    create = client.messages if hasattr(client, "messages") else client.responses
    return read_usage(create.create(**body))


def counters(usage):
    written = sum(getattr(usage, f"cache_write_{life}_tokens") for life in ("5m", "30m", "1h"))
    return usage.cached_input_tokens, written


def second(vendor, first, later, minutes):
    client, (body, _) = connect(vendor), VENDORS[vendor]
    send(client, body(QUESTIONS[0], **first))
    provider_of(client).clock.advance(minutes=minutes)
    return counters(send(client, body(QUESTIONS[1], **later)))


def at_character_200(clock):
    return {"system": HANDBOOK[:200] + f" (It is {clock}.) " + HANDBOOK[200:]}


CHANGES = {
    "only the question": ({}, {}, 1),
    "the prefix is below the minimum": (SHORT, SHORT, 1),
    "no breakpoint": ({"mark": None}, {"mark": None}, 1),
    "the time of day, at character 200": (at_character_200("12:00"), at_character_200("12:01"), 1),
    "tools in another order": ({}, {"tools": TOOLS[::-1]}, 1),
    "another model": ({}, "sister", 1),
    "35 minutes pass": ({}, {}, 35),
}
rows = []
for change, (first, later, minutes) in CHANGES.items():
    row = {"what changes": change}
    for vendor, (_, sister) in VENDORS.items():
        changed = {"model": sister} if later == "sister" else later
        read, written = second(vendor, first, changed, minutes)
        row |= {f"{vendor}: read": read, f"{vendor}: written": written}
    rows.append(row)
figures.table(rows, caption=f"Counters of the second call, {CLAUDE} and {GPT}")

# %% [markdown] id="s2-why"
# Only the first row reads.{{claim: [row["anthropic: read"] > 0 for row in rows] == [row["openai: read"] > 0 for row in rows] == [True] + [False] * 6}} The match is **exact**: a time near the beginning makes all that follows another prefix, and so do the same tools in another order. What is written each time and never read costs 25 % *more* than no cache.{{claim: cache_prices(CLAUDE).multiples("5m")[1] == cache_prices(GPT).multiples("30m")[1] == 1.25}} Below the minimum both counters are 0, which at least is free.{{claim: rows[1] == rows[1] | {"anthropic: written": 0, "openai: written": 0} }}
#
# Look at *no breakpoint*. Claude then caches nothing. OpenAI puts an **implicit** one at the end of the latest message, which is new each time: everything is written and nothing read. In July 2026 a developer found 0 % of a coding agent's *startup* prefix read; one explicit breakpoint gave 98.6 % ([codex #35300]({{source:codex-35300}})). Our provider does as OpenAI's guide says. Thirty of our questions:

# %% id="implicit"
rows = []
for name, mark in (("implicit", None), ("one explicit breakpoint", "30m")):
    client = connect("openai")
    used = [send(client, gpt_body(question, mark=mark)) for question in QUESTIONS[:30]]
    read = sum(usage.cached_input_tokens for usage in used) / sum(u.input_tokens for u in used)
    rows.append({
        "breakpoint": name,
        "input that was read": f"{read:.1%}",
        "input of 30 calls, USD": money(
            sum(line.amount for u in used for line in cost_of(u, GPT).lines if line.kind != "output")
        ),
    })
figures.table(rows, caption=f"Thirty questions to {GPT}, tools and handbook in front")

# %% [markdown] id="s2-conversation"
# That is one side. Others measured the other on the real API: of about 7,500 tokens of a shared system message, 6,002 were read without any mark ([litellm #37628]({{source:litellm-37628}})). So look at your own counters.
#
# In a *conversation* the implicit breakpoint is right, since each turn begins with the whole turn before. A team that kept only an explicit one after its system prompt measured 57 % more for the input of five turns, on Bedrock: the history was no longer cached ([pull request 956]({{source:agentcore-956}}), September 2026). So mark the end of *each* part that somebody shares.
#
# Some causes belong to one vendor:

# %% id="diagnosis-more"
def refused(call):
    try:
        call()
    except Exception as error:
        return f"refused: {error.status_code}"


async def at_once(count):
    client = connect_async("anthropic")
    calls = [client.messages.create(**claude_body(question)) for question in QUESTIONS[:count]]
    return [counters(read_usage(reply)) for reply in await asyncio.gather(*calls)]


def looked_back(blocks):
    def growing(more):
        text = [{"type": "text", "text": HANDBOOK}]
        text += [{"type": "text", "text": f"Result {i}."} for i in range(more)]
        text[-1] |= {"cache_control": {"type": "ephemeral"}}
        return {"model": CLAUDE, "max_tokens": 50, "messages": [{"role": "user", "content": text}]}

    client = connect("anthropic")
    send(client, growing(0))
    return counters(send(client, growing(blocks)))


def other_key():
    client = connect("openai")
    send(client, gpt_body(QUESTIONS[0]))
    return counters(send(client, gpt_body(QUESTIONS[1]) | {"prompt_cache_key": "desk 2"}))


def wrong_type():
    body = claude_body(QUESTIONS[0])
    body["system"][0]["cache_control"] = {"type": "cache"}
    return refused(lambda: connect("anthropic").messages.create(**body))


def mark_on_an_old_model():
    body = gpt_body(QUESTIONS[0], model="gpt-4.1")
    return refused(lambda: connect("openai").responses.create(**body))


def both(pair):
    return "{:,} / {:,}".format(*pair)


parallel = await at_once(8)  # noqa: F704
rows = [
    ("Claude: 8 calls at once, all new", both(np.sum(parallel, axis=0))),
    ("Claude: 19 blocks after the last breakpoint", both(looked_back(19))),
    ("Claude: 20 blocks after it", both(looked_back(20))),
    ('Claude: {"type": "cache"}', wrong_type()),
    ("OpenAI: another prompt_cache_key", both(other_key())),
    ("OpenAI: a breakpoint on gpt-4.1", mark_on_an_old_model()),
]
figures.table([{"cause": c, "read / written": r} for c, r in rows], caption="More causes")

# %% [markdown] id="s2-more"
# An entry can be read once the response that wrote it has begun: of eight calls at once **every one pays for the write**.{{claim: len(parallel) == 8 and all(read == 0 < written for read, written in parallel)}} Send one, wait for its first token, then the rest. From each breakpoint Claude looks back over 20 positions, the marked one the first; a text is a position, and so is a run of tool calls, or of their results ([Anthropic's page]({{source:anthropic-caching}})). A long agent turn needs a breakpoint on its way; four are allowed. OpenAI's [guide]({{source:openai-caching}}) advises one `prompt_cache_key` for all requests that share a prefix, because it helps them to find each other; that another key is another cache, always, is how our provider takes it. At Anthropic, `ephemeral` is the only type.

# %% [markdown] id="ex-7-2"
# ### Your turn: exercise 7.2
#
# Order this prompt for the cache, first to last. In alphabetical order, with how often each piece changes:
#
# | Piece | Tokens | Changes |
# |---|---|---|
# | customer profile | 400 | with the customer |
# | examples | 900 | never |
# | handbook | 4,200 | never |
# | history | 1,100 | with each turn |
# | news of the day | 300 | once a day |
# | question | 30 | with each request |
# | tools | 1,800 | never |

# %% id="ex-7-2-answer"
### BEGIN SOLUTION
answer_7_2 = [
    "tools",
    "handbook",
    "examples",
    "news of the day",
    "customer profile",
    "history",
    "question",
]
### END SOLUTION
# BLANK: answer_7_2 = [...]  # seven names, such as "tools", in quotes

# %% id="ex-7-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.2")

# %% id="ex-7-2-hint"
from costlib import exercises as ex

ex.hint("7.2")

# %% [markdown] id="s3"
# ## 3. When it pays
#
# Let ordinary input cost 1, a read *r* and a write *w*. One write and *n* reuses cost *w + n r*; without a cache the same requests cost *1 + n*. So a cache pays when
#
# $$n > \frac{w - 1}{1 - r}$$
#
# That counts reuses of one entry. Seen over a day, a share *h* of the prefix is read and the rest written, and what matters is the **hit rate** *h*: the cache pays when *h r + (1 − h) w < 1*, so from
#
# $$h = \frac{w - 1}{w - r}$$
#
# **Predict.** For Claude's lifetime of one hour (*r* and *w* stand in section 1): how many reuses, and which hit rate?

# %% id="break-even" tags=["predict"]
rows = []
for model in (CLAUDE, role("anthropic", "top"), "claude-haiku-4-5", GPT, "gpt-5.5"):
    for lifetime in cache_prices(model).write:
        read, write = cache_prices(model).multiples(lifetime)
        rows.append({
            "model": model,
            "lifetime": lifetime,
            "pays from reuse": reuses_to_pay(read, write),
            "cost with one reuse, against no cache": f"{(write + read) / 2:.1%}",
            "pays from hit rate": f"{hit_rate_to_pay(read, write):.1%}",
        })
figures.table(rows, caption="Break-even of a cached prefix, from the rates of today")

# %% [markdown] id="s3-hour"
# Five minutes win on the first reuse, one hour only from the second.{{claim: [reuses_to_pay(*cache_prices(CLAUDE).multiples(life)) for life in ("5m", "1h")] == [1, 2]}} Which to take depends on the gaps. If requests come at random, *λ* an hour, the next comes within a lifetime *T* with probability 1 − e^(−λT), which is then the hit rate.
#
# **Predict.** From how many requests an hour is one hour better than no cache? And when are five minutes as good?

# %% id="traffic" tags=["predict"]
prices = cache_prices(CLAUDE)
RATES = np.geomspace(0.2, 200, 400)  # requests an hour


def relative(lifetime, an_hour):
    read, write = map(float, prices.multiples(lifetime))
    hits = 1 - np.exp(-an_hour * prices.seconds[lifetime] / 3600)
    return hits * read + (1 - hits) * write


curves = {lifetime: relative(lifetime, RATES) for lifetime in ("5m", "1h")}
pays = {name: RATES[np.argmax(curve < 1)] for name, curve in curves.items()}
even = RATES[np.flatnonzero(curves["5m"] - curves["1h"] > 0.01)[-1]]
with figures.figure(
    f"One hour pays from {pays['1h']:.1f} requests an hour on, five minutes from {pays['5m']:.1f}; "
    f"beyond {even:.0f} they differ by less than 1% of the uncached price",
    alt="Cost of the prefix against requests an hour, log scale. Both curves begin above 1 and "
    "fall to 0.05; the one-hour curve begins higher and falls earlier.",
    numbers=[
        {"requests an hour": an_hour}
        | {name: f"{relative(name, an_hour):.2f}" for name in curves}
        for an_hour in (0.5, 1, 2, 5, 10, 30, 100)
    ],
) as (_, ax):
    for (name, curve), dashes in zip(curves.items(), ("-", "--")):
        ax.plot(RATES, curve, dashes, label=name)
    ax.axhline(1, color=figures.PALETTE[4], linewidth=1)
    ax.text(RATES[-1], 1.03, "no cache", ha="right")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("requests an hour that share the prefix (log scale)")
    ax.set_ylabel(f"cost of the prefix, no cache = 1\n({CLAUDE})")
    ax.set_ylim(bottom=0)
    ax.legend()

# %% [markdown] id="ex-7-3"
# ### Your turn: exercise 7.3
#
# Write `reuses`: it gets the prices of a read (from 0 to below 1) and of a write (1 or more), as multiples of the input price, and returns the smallest whole number of reuses, at least 1, from which one write and its reads cost *less* than no cache. `round(x, 6)` keeps the computer's own rounding out of a comparison.

# %% id="ex-7-3-answer"
def reuses(read, write):
    ### BEGIN SOLUTION
    needed = round((write - 1) / (1 - read), 6)
    return max(1, math.floor(needed) + 1)
    ### END SOLUTION
    # BLANK: return ...


answer_7_3 = reuses

# %% id="ex-7-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.3")

# %% id="ex-7-3-hint"
from costlib import exercises as ex

ex.hint("7.3")

# %% [markdown] id="s4"
# ## 4. On real traffic
#
# Random gaps are a guess. The Mooncake trace is an hour of a real chat service: {{= len(mooncake().seconds):,}} requests, each with its prompt as a row of blocks of 512 tokens that shows what it shares with earlier ones. We replay it: a block is read when it was used within the lifetime, and written when not, as if a breakpoint stood after each. (Vendors allow fewer, so this is the best case.)

# %% id="replay"
trace = mooncake()
LIVES = (60, 300, 1_800, 3_600)
figures.table(
    [
        {"lifetime, seconds": life, "input that is read": f"{replay(trace, life).hit_rate:.1%}"}
        for life in LIVES
    ],
    caption=f"{len(trace.seconds):,} requests, {trace.sent.sum():,} input tokens",
)

# %% [markdown] id="s4-predict"
# **Predict.** Five minutes read {{= 100 * replay(trace, 300).hit_rate:.0f}} %, an hour {{= 100 * replay(trace, 3_600).hit_rate:.0f}} %. Compare with the hit rates that you need, above. Which lifetime saves on Claude, which one costs, and how much is left for a policy that knows the future? (*What was seen before* writes a block at its second appearance only.)

# %% id="policies" tags=["predict"]
def policies(model):
    prices = cache_prices(model)
    none = prices.input * int(trace.sent.sum()) / 10**6
    found = {"no cache": none}
    for lifetime, seconds in prices.seconds.items():
        for what, only_seen in (("all", False), ("what was seen before", True)):
            tally = replay(trace, seconds, minimum=prices.minimum, only_seen=only_seen)
            found[f"{lifetime}, write {what}"] = tally.usd(prices, lifetime)
    found["knows the future"] = foreseen(trace, prices)
    return found


def share_of_best(found, usd):
    none, least = found["no cache"], found["knows the future"]
    return f"{(none - usd) / (none - least):.0%}" if usd < none else None


results = {model: policies(model) for model in (CLAUDE, GPT, "gpt-5.5")}
rows = [
    {
        "model": model,
        "policy": policy.replace("_", " "),
        "USD": money(usd),
        "against no cache": f"{usd / found['no cache'] - 1:+.1%}",
        "of what foresight saves": share_of_best(found, usd),
    }
    for model, found in results.items()
    for policy, usd in found.items()
]
ours = results[CLAUDE]
real = {policy: usd for policy, usd in ours.items() if policy != "knows the future"}
best = min(real, key=real.get)
with figures.figure(
    f"Best on {CLAUDE}: {best}, {1 - ours[best] / ours['no cache']:.0%} off; "
    f"foresight would save {1 - ours['knows the future'] / ours['no cache']:.0%}",
    alt="A bar for each policy: one hour, write all, is longest, beyond no cache; the policy that "
    "knows the future is shortest.",
    numbers=figures.table(rows, caption="The input of the hour in USD"),
) as (_, ax):
    names = sorted(ours, key=ours.get)
    ax.barh(names, [float(ours[name]) for name in names], color=figures.PALETTE[0])
    ax.axvline(float(ours["no cache"]), color=figures.PALETTE[4], linewidth=1)
    ax.invert_yaxis()
    figures.dollars(ax.xaxis)
    ax.set_xlabel("input of the hour, USD")

# %% [markdown] id="s4-why"
# The cache that reads more costs more: an hour's write doubles the price of everything that was not found.{{claim: ours["1h, write all"] > ours["no cache"] > ours["5m, write all"]}} Open *The numbers* for the other models. Where writes are free, on gpt-5.5, caching everything comes close to knowing the future ({{= share_of_best(results["gpt-5.5"], results["gpt-5.5"]["24h, write all"])[:-1]}} % of what it saves). Where they are charged, about half of that is lost on writes that nobody reads ({{= share_of_best(ours, ours["5m, write all"])[:-1]}} % is saved on Claude, {{= share_of_best(results[GPT], results[GPT]["30m, write all"])[:-1]}} % on gpt-6.1-sol):{{claim: GPT == "gpt-6.1-sol"}} **mark what you know will come again**. (The trace ends after an hour, so what long-lived entries serve later is not counted.)

# %% [markdown] id="calc"
# ## Does a cache pay?
#
# Use the calculator to answer three questions. Write your answers down first.
#
# 1. As it stands, how much dearer are five minutes than one hour? From about how many requests an hour on does it hardly matter?
# 2. Let the requests come in bursts of ten at once. What happens at six an hour, what at 600, and why?
# 3. How short may the prefix get before nothing is cached? What tells you?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import CacheCalculator

CacheCalculator()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# Five minutes cost nine times as much: with ten minutes between requests most find nothing after five. At 60 an hour the two are a dollar or so apart. In bursts at six an hour all ten of a burst find nothing and all ten write, so no cache is cheapest; at 600 only the first burst of the day writes. Below {{= cache_prices(CLAUDE).minimum}} tokens ({{= cache_prices("claude-haiku-4-5").minimum:,}} on Haiku 4.5) nothing is cached, and only the two zeros in the usage tell you.
#
# </details>

# %% [markdown] id="bill"
# ## The bill: is it 90 %?
#
# This lesson's lever is one `cache_control` at the end of the handbook. Requests are taken in order of arrival; each read starts the five minutes again; an entry can be read a second after the request that wrote it. Summaries run at list price for now, so that we see this lever alone.

# %% id="bill-run"
month = bank.month()
before = bank.bill(month)
cached = bank.cache_prefix(month)
after = bank.bill(cached)
written = cached["cache_write_5m_tokens"] > 0
print(f"{written.sum()} of {len(month):,} requests write; the others read")
after

# %% id="bill-ninety"
def of_input(bill):
    return sum(bill.by_part[part] for part in bank.INPUT_PARTS)


claims = {
    "of the prefix (tools and handbook)": (before.by_part["prefix"], after.by_part["prefix"]),
    "of all input": (of_input(before), of_input(after)),
    "of the bill": (before.total, after.total),
}
figures.table(
    [
        {"is it 90 %?": name, "before": money(a), "after": money(b), "saved": f"{1 - b / a:.1%}"}
        for name, (a, b) in claims.items()
    ],
    caption="The month in USD",
)

# %% [markdown] id="bill-why"
# Compare with your three numbers. *90 %* is too little for the prefix on this model and too much for anything else:{{claim: after.by_part["prefix"] * 10 < before.by_part["prefix"] and of_input(after) * 10 > of_input(before)}} history and output stay as they were.{{claim: len(month) == 1_440_000 and 0.7 < before.by_part["prefix"] / before.total < 0.72}} (A conversation's history could be cached too, but our month draws it at random and does not know which requests belong together.)
#
# The month is kind to caches, since its questions never pause. Now with lesson 1's batches:

# %% id="bill-batch"
batch = bank.batch_summaries(month)
levers = {
    "batch alone": batch,
    "batch and a cache of 5m": bank.cache_prefix(batch, "5m"),
    "batch and a cache of 1h": bank.cache_prefix(batch, "1h"),
}
totals = {name: bank.bill(changed).total for name, changed in levers.items()}
figures.table(
    [
        {"lever": name, "USD": money(total), "saved": f"{1 - total / before.total:.1%}"}
        for name, total in totals.items()
    ],
    caption=f"USD a month; it was {money(before.total)}",
)

# %% [markdown] id="bill-batch-why"
# At Anthropic the discounts multiply: a batch read costs half of a read. Both rows assume that the night's summaries follow one another without a pause and find the entry of the first, so the lifetimes differ by cents. Real batches are less kind. They have a cache of their own, their requests run side by side, and they can take longer than five minutes, which is why [Anthropic]({{source:anthropic-batch}}) advises the hour for what they share. If fewer find the entry:

# %% id="bill-hits"
card = rate_card(CLAUDE, tier="batch").rates
summaries = batch["prefix"][batch["tier"] == "batch"].sum()


def batch_prefix(hits):
    mean = hits * float(card["cached_input"]) + (1 - hits) * float(card["cache_write_5m"])
    return float(summaries) * mean / 1e6


plain = float(summaries) * float(card["input"]) / 1e6
figures.table(
    [
        {"batch requests that read": f"{hits:.0%}", "their prefix, USD": money(batch_prefix(hits)),
         "against no breakpoint": f"{batch_prefix(hits) / plain - 1:+.0%}"}
        for hits in (1.0, 0.98, 0.3, 0.0)
    ],
    caption=f"Prefix of the summaries in batch; without a breakpoint {money(plain)}",
)  # fmt: skip

# %% [markdown] id="bill-hits-why"
# The breakpoint pays from {{= 100 * float(hit_rate_to_pay(card["cached_input"] / card["input"], card["cache_write_5m"] / card["input"])):.0f}} % of hits on, by the formula of section 3. A team measured both ends on the real API ([pull request 2741]({{source:bike4mind-2741}}), September 2026). Cold batches, 138 requests in all, read nothing and paid for every write. After a batch of one request had gone ahead, the next batch read everything. It quotes Anthropic's documentation with 30 to 98 %. So prime a batch with a batch, look at the counters, and promise a range: lesson 8 does.

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put in the times, in seconds, at which requests with one prefix came in your own log.

# %% id="own-run"
TIMES = [0, 40, 95, 700, 760, 2_400, 2_410, 6_500]
TOKENS, MODEL = 6_000, CLAUDE

own = cache_prices(MODEL)
shared = one_prefix(np.array(TIMES), TOKENS)
rows = [{"cache": "none", "USD": money(own.input * TOKENS * len(TIMES) / 10**6)}]
for lifetime, seconds in own.seconds.items():
    tally = replay(shared, seconds, minimum=own.minimum)
    rows.append({"cache": lifetime, "USD": money(tally.usd(own, lifetime))})
rows.append({"cache": "knows the future", "USD": money(foreseen(shared, own))})
figures.table(rows, caption=f"{len(TIMES)} requests, prefix of {TOKENS:,} tokens, {MODEL}")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="keep-alive" tags=["further"]
# ### Keep it alive, let it die, or make it longer
#
# A cheap request every few minutes keeps an entry alive (Claude takes `max_tokens=0`). Each ping is a read, so *k* pings and the read that follows cost *(k + 1) r*, against *w* for a new write. They bridge a gap of up to *k + 1* lifetimes:

# %% id="keep-alive-run"
rows = []
for model in (CLAUDE, role("anthropic", "top"), "claude-haiku-4-5", GPT):
    prices = cache_prices(model)
    lifetime = min(prices.seconds, key=prices.seconds.get)
    pings = pings_to_pay(*prices.multiples(lifetime))
    hours = (pings + 1) * prices.seconds[lifetime] / 3600
    rows.append({"model": model, "lifetime": lifetime, "pings that pay": pings,
                 "bridge a gap of, hours": f"{hours:.1f}"})  # fmt: skip
figures.table(rows, caption="How long pinging is cheaper than writing again")

# %% [markdown] id="length" tags=["further"]
# Claude's five minutes bridge two hours:{{claim: (pings_to_pay(*cache_prices(CLAUDE).multiples("5m")) + 1) * 300 == 2 * 3600}} more than a lifetime of one hour, whose write costs 2, but a night is longer than both.
#
# A prefix just below the minimum is not cached at all. Would padding it to the minimum *M* pay? Padded, *N* requests cost *M (w + (N − 1) r)*; plain, *L N*. So from a length of *L = M (r + (w − r) / N)* on, which is the form that OpenAI's guide gives:

# %% id="length-run"
rows = []
for model in (GPT, "gpt-5.6-sol", CLAUDE):
    prices = cache_prices(model)
    read, write = prices.multiples(next(iter(prices.write)))
    rows.append(
        {"model": model, "minimum": prices.minimum}
        | {f"{n} requests": math.ceil(length_to_pay(prices.minimum, n, read, write)) for n in (2, 10, 100)}
    )
figures.table(rows, caption="Tokens from which padding up to the minimum pays (with examples, not with blanks)")

# %% [markdown] id="fan-out" tags=["further"]
# ### Fan-out and batches, by the SDK
#
# Eight calls at once paid for eight writes above. Now one first and then seven, and after them a batch with the same eight:

# %% id="fan-out-run"
prices = cache_prices(CLAUDE)


def prefix_usd(calls):
    read, written = map(sum, zip(*calls))
    return money((read * prices.read + written * prices.write["5m"]) / 10**6)


client = connect("anthropic")
one_first = [counters(send(client, claude_body(question))) for question in QUESTIONS[:8]]
print(f"the prefix, eight at once       {prefix_usd(parallel)}")
print(f"the prefix, one and then seven  {prefix_usd(one_first)}")

client.messages.batches.create(
    requests=[{"custom_id": f"q{i}", "params": claude_body(q)} for i, q in enumerate(QUESTIONS[:8])]
)
provider_of(client).clock.advance(hours=1)
in_batch = [record.usage for record in provider_of(client).log if record.tier_served == "batch"]
print("then in a batch, read          ", [usage["cache_read_input_tokens"] for usage in in_batch])

# %% [markdown] id="fan-out-why" tags=["further"]
# The batch did not read what the ordinary calls had written: that was measured on the real API too ([skills #1475]({{source:skills-1475}}), July 2026). That its later requests read what its first one wrote is the offline provider's doing, which serves them one after the other; real ones run side by side.

# %% [markdown] id="ask" tags=["further"]
# ### Let the vendor say why
#
# Claude compares a request with an earlier one when you name it, and says what differs first. (OpenAI's Responses have a `prompt_cache_diagnostics` of the same kind.)

# %% id="ask-run"
client = connect("anthropic")
earlier = client.messages.create(**claude_body(QUESTIONS[0]), diagnostics={"previous_message_id": None})
for name, changed in (
    ("tools in another order", {"tools": TOOLS[::-1]}),
    ("the time of day, at character 200", at_character_200("12:01")),
    ("another model", {"model": VENDORS["anthropic"][1]}),
):
    later = client.messages.create(
        **claude_body(QUESTIONS[1], **changed), diagnostics={"previous_message_id": earlier.id}
    )
    why = later.diagnostics.cache_miss_reason
    print(f"{name:<35}{why.type}, {why.cache_missed_input_tokens:,} tokens missed")

# %% [markdown] id="ex-7-4" tags=["further"]
# ### Your turn: exercise 7.4, a lifetime for a trace
#
# Write `choose`. It gets the times of requests with one prefix in seconds, in order; the price of a read, as a multiple of the input price; and a dictionary of lifetimes, each with its seconds and the price of a write, such as `{"5m": (300, 1.25), "1h": (3600, 2.0)}`. There is at least one request. A request reads when the one before it came less than the lifetime ago, and writes otherwise. Return the name of the cheapest lifetime, or `"none"` where ordinary input costs no more; of equal ones the first.

# %% id="ex-7-4-answer"
def choose(times, read, lifetimes):
    ### BEGIN SOLUTION
    costs = {"none": len(times)}
    for name, (seconds, write) in lifetimes.items():
        gaps = [later - earlier for earlier, later in zip(times, times[1:])]
        costs[name] = write + sum(read if gap < seconds else write for gap in gaps)
    return min(costs, key=costs.get)
    ### END SOLUTION
    # BLANK: return ...


answer_7_4 = choose

# %% id="ex-7-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.4")

# %% id="ex-7-4-hint"
from costlib import exercises as ex

ex.hint("7.4")

# %% [markdown] id="ex-7-5" tags=["further"]
# ### Your turn: exercise 7.5, place the breakpoints
#
# A request to Claude has these blocks, each a possible place: `"tools"`, `"handbook"` (same for all), `"profile"` (of the customer), `"history"` (ends with the assistant's last answer), `"question"`. Which get a breakpoint, so that another customer, a new conversation of the same customer, and the next turn of this one each read as much as possible? The check sends such requests through the real SDK.

# %% id="ex-7-5-answer"
### BEGIN SOLUTION
answer_7_5 = ["handbook", "profile", "question"]
### END SOLUTION
# BLANK: answer_7_5 = [...]  # names from the list above, in quotes

# %% id="ex-7-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.5")

# %% id="ex-7-5-hint"
from costlib import exercises as ex

ex.hint("7.5")

# %% [markdown] id="own-cache" tags=["further"]
# ### A cache of your own
#
# A **response cache** stores whole answers: a question that was asked before costs nothing, not even output. An *exact* one wants the same text; a **semantic** one takes a question that is similar enough. Then the answer may be wrong, and nobody notices but the customer.
#
# We can measure that on Banking77: the cache holds its training questions, and the {{= len(bank.questions()):,}} test questions come. A hit is *right* when both questions have one intent. Four ways to be similar: equal text; TF-IDF, which weighs rare words; WordLlama, fixed vectors of words, averaged; MiniLM, a small model that reads the sentence.
#
# **Predict.** All with a threshold of 0.9, as strict as usual defaults or stricter: how many of the hits are wrong?

# %% id="own-cache-run" tags=["predict"]
from costlib.caching import Worth, curve, exact, similar
from costlib.intents import TfIdf, labelled, sentence_vectors

known, asked = labelled("train"), labelled("test")
words = TfIdf(known["text"])
ways = {
    "exact": exact(asked["text"], known["text"], known["category"]),
    "TF-IDF": similar(
        words.vectors(asked["text"]), words.vectors(known["text"]), known["category"]
    ),
    "WordLlama": similar(
        sentence_vectors("test", "wordllama"), sentence_vectors("train", "wordllama"), known["category"]
    ),
    "MiniLM": similar(sentence_vectors("test"), sentence_vectors("train"), known["category"]),
}
curves = {name: curve(votes, asked["category"]) for name, votes in ways.items()}


def at(found, threshold):
    place = np.flatnonzero(found.threshold >= threshold)[-1]
    return found.hits[place], found.wrong_of_hits[place]


rows = []
for name, found in curves.items():
    (hits, wrong), (few, less) = at(found, 0.9), at(found, 0.8)
    rows.append({
        "similarity": name,
        "hits at 0.9": f"{hits:.1%}",
        "wrong of them": f"{wrong:.1%}",
        "hits at 0.8": f"{few:.1%}",
        "wrong of these": f"{less:.1%}",
    })
mini, cheap = at(curves["MiniLM"], 0.9), at(curves["TF-IDF"], 0.9)
with figures.figure(
    f"At 0.9 TF-IDF answers {cheap[0]:.0%} of the questions, {cheap[1]:.1%} of them wrongly; "
    f"MiniLM {mini[0]:.0%} and {mini[1]:.1%}",
    alt="Share of hits that is wrong against hit rate, a curve for each similarity with a dot at 0.9. "
    "From a fifth of the questions on MiniLM's lies lowest and TF-IDF's highest; the exact cache is "
    "a point at under one per cent of hits.",
    numbers=rows,
) as (_, ax):
    for (name, found), dashes in zip(curves.items(), ("o", "-", "--", ":")):
        (line,) = ax.plot(found.hits, found.wrong_of_hits, dashes, label=name)
        ax.plot(*at(found, 0.9), "o", color=line.get_color())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylim(0, 0.25)  # beyond lie the first few hits of TF-IDF
    ax.set_xlabel("questions that hit (dots: threshold 0.9)")
    ax.set_ylabel("hits that are wrong")
    ax.legend()

# %% [markdown] id="own-cache-pairs" tags=["further"]
# The same threshold promises something else with each similarity. Cheap ones are dangerous because they look at words, and opposite questions share their words, while the same question can be put in quite others. (Better ones are not immune: a user of GPTCache found that a question and its reversal pass its default of 0.8, [GPTCache #694]({{source:gptcache-694}}), August 2026.)

# %% id="own-cache-wrong"
PAIRS = [
    ("opposite", "Why was my transfer declined?", "Why was my transfer not declined?"),
    ("opposite", "Can I top up by card?", "Can I not top up by card?"),
    ("opposite", "How do I activate my virtual card?", "How do I delete my virtual card?"),
    ("the same", "Where is my card?", "It has been two weeks and nothing came in the mail yet."),
    ("the same", "I forgot my PIN.", "What can I do when I no longer know my code?"),
]
figures.table(
    [
        {
            "meaning": meaning,
            "one question": one,
            "the other": other,
            "TF-IDF": f"{float(np.prod(words.vectors([one, other]), axis=0).sum()):.2f}",
        }
        for meaning, one, other in PAIRS
    ],
    caption="Similarity by words (made-up pairs)",
)

# %% [markdown] id="own-cache-worth" tags=["further"]
# When does it pay? A hit saves a call; a wrong hit costs a second question, or a complaint, or a person's time. So a cache pays as long as the share of hits that are wrong stays below the price of a call divided by the price of a wrong answer. We choose the best threshold for MiniLM on 3,000 of the {{= len(known):,}} training questions against the others, and measure it on the test questions:

# %% id="own-cache-worth-run"
call = float(before.by_kind["question"]) / (bank.DAYS * bank.QUESTIONS_A_DAY)
tune = np.random.default_rng(7).permutation(len(known)) < 3_000
vectors, labels = sentence_vectors("train"), known["category"].to_numpy()
trial = curve(similar(vectors[tune], vectors[~tune], labels[~tune]), labels[tune])
rows = []
for usd in (0.05, 0.25, 1.0, 4.0):
    worth = Worth(call, usd)
    place = trial.best(worth)
    threshold = trial.threshold[place] if place >= 0 else math.inf
    hits, accuracy = ways["MiniLM"].measure(asked["category"].to_numpy(), threshold)
    wrong = hits * (1 - accuracy) if hits else 0.0
    rows.append({
        "a wrong answer costs": money(usd),
        "may be wrong": f"{worth.tolerable:.1%}",
        "threshold": f"{threshold:.2f}",
        "hits": f"{hits:.1%}",
        "wrong of them": f"{wrong / hits:.1%}" if hits else None,
        "saved, USD for 1,000": money(1000 * worth.net(hits, wrong), digits=2),
    })
figures.table(rows, caption=f"A semantic cache with MiniLM; a question costs {money(call)}")

# %% [markdown] id="own-cache-when" tags=["further"]
# Where a wrong answer only costs another question, a semantic cache saves most of the bill. (With the prompt cached a call costs a third of this,{{claim: 0.28 < after.by_kind["question"] / before.by_kind["question"] < 0.38}} so there is less to save, and less may be wrong.) Where it costs a person's time, even the best threshold lost money: among the questions on which we chose it, so few hits were wrong that their share was little more than a guess. The intents are as their annotators gave them, so some "wrong" hits are their doubt. Two rules that no threshold mends: never serve one customer's answer to another when it used their account, and empty the cache when the handbook changes.

# %% [markdown] id="ex-7-6" tags=["further"]
# #### Your turn: exercise 7.6
#
# Write `lowest_threshold`. It gets a list of similarities, a list that says for each whether a hit would be right, and the share of hits that may be wrong. It returns the lowest of the similarities at which the hits (all of at least that similarity) keep that share, whatever happens above it, or `math.inf` if there is none, as for an empty list.

# %% id="ex-7-6-answer"
def lowest_threshold(similarities, right, share):
    ### BEGIN SOLUTION
    best = math.inf
    for threshold in set(similarities):
        hits = [good for value, good in zip(similarities, right) if value >= threshold]
        if hits.count(False) <= share * len(hits):
            best = min(best, threshold)
    return best
    ### END SOLUTION
    # BLANK: return ...


answer_7_6 = lowest_threshold

# %% id="ex-7-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.6")

# %% id="ex-7-6-hint"
from costlib import exercises as ex

ex.hint("7.6")

# %% [markdown] id="recap"
# ## Recap
#
# Five lines to remember:
#
# 1. A cache matches an exact prefix: what changes least stands first, and a breakpoint ends each part that somebody shares.
# 2. Read the counters. Zero read and much written costs more than no cache.
# 3. Five minutes pay from the first reuse, an hour from the second; over a day, the hit rate decides.
# 4. On real traffic, where writes are charged, writing everything loses about half of what caching could save. Mark what will come again.
# 5. A discount on the prefix is not a discount on the bill: multiply by its share.
#
# | Quick reference | Formula or call |
# |---|---|
# | reuses that pay | n > (w − 1) / (1 − r) |
# | hit rate that pays | (w − 1) / (w − r) |
# | prices of a model | `cache_prices(model).multiples("5m")` |
# | replay of a trace | `replay(trace, seconds).usd(prices, "5m")` |
#
# **Mistakes that people made.** A prefix that changes in mid-session: of 23,018 turns of a coding assistant 714 wrote more than 100,000 tokens each, a quarter of what input cost ([headroom #2556]({{source:headroom-2556}}), July 2026). Counting on details that can be missing: `prompt_tokens_details` is None on some responses ([openai-python #2544]({{source:openai-python-2544}})). Pricing written tokens as ordinary input ([ccusage #1422]({{source:ccusage-1422}}), July 2026).

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: [Anthropic on prompt caching]({{source:anthropic-caching}}); [OpenAI on prompt caching]({{source:openai-caching}}); the trace, [Mooncake]({{source:mooncake}}).
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("input tokens", "monthly bill"))
