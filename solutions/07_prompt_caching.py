# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 7. Prompt caching
#
# After this lesson you can make a prompt cache work and prove it by its counters, find out why one reads nothing, compute when it pays, and cache a conversation that grows.
#
# You need lesson 1 ([what a rate card says](01_pricing_models.ipynb#cell-id=cards)), and no key.
#
# {{minutes}}
#
# {{badges}}
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="imports" tags=["folded"]
# Imports what the lesson uses, and prices the bank's month without a cache.
import asyncio
import math
from hashlib import sha256

import numpy as np
from IPython.display import display

from costlib import bank, connect, connect_async, cost_of, money, provider_of, rate_card, read_usage, role
from costlib.agents import compacted, on_model, spent, swe_runs, with_cache, with_pauses, words
from costlib.caching import (
    cache_prices, foreseen, hit_rate_to_pay, length_to_pay, mooncake, one_prefix, pings_to_pay,
    replay, reuses_to_pay,
)
from costlib.display import figures

CLAUDE, GPT = role("anthropic", "flagship"), role("openai", "flagship")
HANDBOOK, TOOLS = bank.handbook(), bank.tools()
QUESTIONS = bank.questions()["text"].tolist()
month = bank.month()
before = bank.bill(month)
prices = cache_prices(CLAUDE)


def functions(tools):
    """The bank's tools as OpenAI wants them."""
    return [
        {"type": "function"} | {k.replace("input_schema", "parameters"): t[k] for k in t}
        for t in tools
    ]

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank's assistant runs on Claude. It sends the same ten tools and handbook with each of {{= f"{len(month):,}"}} requests a month. These two make {{= 100 * float(before.by_part["prefix"] / before.total):.0f}}% of a bill of {{= before.total:,.0f}} dollars. Claude can remember such a beginning. A million tokens of input cost {{= prices.input:f}} dollars, and {{= prices.read:.2f}} once remembered. Guides promise *90% off*, without saying of what.
#
# **Predict.** How much of the bill does this save?

# %% id="question-guess" tags=["predict"]
guess_bill = ...  # % of the whole bill

# %% id="map" tags=["folded"]
# Draws the map of cost factors, with this lesson's place lit.
figures.cost_map(lit=("input tokens", "monthly bill"))

# %% [markdown] id="s1"
# ## 1. How a cache works, and how you see it
#
# A vendor's **prompt cache** keeps what the model computed for the beginning of a prompt, the **prefix**. The first request **writes** it, on most models at a premium. A later request that begins with exactly the same tokens **reads** it, at a fraction of the input price. A **breakpoint** in the request says where the prefix ends. The model and its answer stay the same.

# %% id="boxes" tags=["folded"]
# Draws prompts as rows of boxes: what is read, what is written, what is neither.
COLOURS = {"read": figures.PALETTE[2], "written": figures.PALETTE[1], "neither": "#CFCFCF"}


def boxes(calls, title, alt, numbers=None):
    """`calls`: for each call a list of (name, width, state)."""
    with figures.figure(title, alt=alt, numbers=numbers, size=(6, 0.9 + 0.62 * len(calls))) as (_, ax):
        for row, blocks in enumerate(calls.values()):
            left = 0
            for name, width, state in blocks:
                ax.barh(row, width, left=left, height=0.62, color=COLOURS[state], edgecolor="white",
                        linewidth=2, hatch="//" if state == "written" else "")
                ax.text(left + width / 2, row, name, ha="center", va="center", fontsize=11,
                        bbox={"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85})
                left += width
        used = {state for blocks in calls.values() for _, _, state in blocks}
        for state in [state for state in COLOURS if state in used]:
            ax.barh(0, 0, color=COLOURS[state], label=state, edgecolor="white",
                    hatch="//" if state == "written" else "")
        ax.set_xlim(0, max(sum(width for _, width, _ in blocks) for blocks in calls.values()))
        ax.tick_params(length=0)
        ax.set_yticks(range(len(calls)), list(calls))
        ax.invert_yaxis()
        ax.set_xticks([])
        ax.grid(False)
        for side in ("bottom", "left"):
            ax.spines[side].set_visible(False)
        ax.legend(loc="upper center", bbox_to_anchor=(0.4, 0), ncols=3)


def prompt(state, text="handbook"):
    return [("tools", 3, state), (text, 5, state), ("question", 2, "neither")]


boxes(
    {
        "1. Ann asks": prompt("written"),
        "2. Bob asks": prompt("read"),
        "3. Cem asks,\na time in the\nhandbook": prompt("written", "12:01 handbook"),
    },
    "The same beginning is read; after one changed word all of it is written again",
    "Three rows of boxes: tools, handbook, question. In the first tools and handbook are written, in "
    "the second read, in the third, whose handbook begins with a time, written again. The question "
    "is neither. The widths are not to scale.",
)

# %% [markdown] id="s1-bodies"
# A prompt is taken in the order tools, system text, messages. So one breakpoint after the handbook makes tools and handbook one **entry** of the cache, and a changed word writes both again. Here is a body for Claude and for OpenAI's Responses API.

# %% id="bodies"
def claude_body(question, system=HANDBOOK, tools=TOOLS, mark="5m", model=CLAUDE):
    block = {"type": "text", "text": system}
    if mark:  # here the prefix ends; ttl: how long it is kept
        block["cache_control"] = {"type": "ephemeral", "ttl": mark}
    asked = [{"role": "user", "content": question}]
    return {"model": model, "max_tokens": 50, "tools": tools, "system": [block], "messages": asked}


def gpt_body(question, system=HANDBOOK, tools=TOOLS, mark="30m", model=GPT):
    block = {"type": "input_text", "text": system}
    body = {"model": model, "max_output_tokens": 2_000, "tools": functions(tools)}
    if mark:  # here the prefix ends, and nowhere else
        block["prompt_cache_breakpoint"] = {"mode": "explicit"}
        body["prompt_cache_options"] = {"mode": "explicit", "ttl": mark}
    asked = [{"role": "system", "content": [block]}, {"role": "user", "content": question}]
    return body | {"input": asked}

# %% [markdown] id="s1-calls"
# Two customers ask:

# %% id="counters"
claude, gpt = connect("anthropic"), connect("openai")  # the offline provider answers
first, usage = (claude.messages.create(**claude_body(q)).usage for q in QUESTIONS[:2])
first_gpt, usage_gpt = (gpt.responses.create(**gpt_body(q)).usage for q in QUESTIONS[:2])

# %% id="counters-table" tags=["folded"]
# Shows the counters of both calls, by the vendors' own names.
usage_prefix = usage.cache_read_input_tokens
details_first, details = first_gpt.input_tokens_details, usage_gpt.input_tokens_details
figures.table(
    [
        {"vendor": vendor, "counter": name, "first call": getattr(one, name), "second call": getattr(two, name)}
        for vendor, one, two, names in (
            ("Claude", first, usage,
             ("cache_read_input_tokens", "cache_creation_input_tokens", "input_tokens")),
            ("OpenAI", details_first, details, ("cached_tokens", "cache_write_tokens")),
            ("OpenAI", first_gpt, usage_gpt, ("input_tokens",)),
        )
        for name in names
    ],
    caption="What two calls report, in tokens (estimated; vendors cut text and render tools "
    "differently)",
)

# %% [markdown] id="s1-counters"
# The second call read all that the first wrote.{{claim: usage_prefix > 5000 and details.cached_tokens > 3000 and usage.cache_creation_input_tokens == details.cache_write_tokens == 0}} Claude's `input_tokens` counts the question alone, OpenAI's the whole prompt.{{claim: usage.input_tokens < 50 and usage_gpt.input_tokens > details.cached_tokens > 3000}}
#
# Each model has a **minimum**: a shorter prefix is not cached, and no error says so. An entry has a **time to live (TTL)**, its lifetime, which each use starts again. Both differ by model:

# %% id="rules" tags=["folded"]
# Shows minimum, lifetimes and prices of some models' caches.
rows = []
for model in (CLAUDE, "claude-haiku-4-5", GPT, "gpt-5.5"):
    for lifetime in cache_prices(model).write:
        read, write = cache_prices(model).multiples(lifetime)
        rows.append({
            "model": model,
            "minimum": cache_prices(model).minimum,
            # where writes cost nothing extra, OpenAI names the longest, and promises none
            "lifetime": f"{'up to ' if write == 1 else ''}{lifetime}",
            "a read costs": f"{read:f} ×",
            "a write costs": f"{write.normalize():f} ×",
            "breakpoint": "not needed" if write == 1 else "set one",
        })
figures.table(rows, caption="Minimum in tokens; prices in multiples of the input price")

# %% [markdown] id="ex-7-1"
# ### Your turn: exercise 7.1
#
# Five calls to Claude, each with a five-minute breakpoint after a prefix of 6,000 tokens. They come at minute 0, 4, 8.5, 10 and 14, and each asks another question. The prefix of the fourth begins with another word, the others are equal. Give five pairs `(read, written)`, in tokens.

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
# Each cause leaves its trace in the counters, so we break ours on purpose. First, a time near the beginning of the handbook changes between two calls:

# %% id="diagnosis"
def timed(clock):  # the handbook, with a time near its beginning
    return f"{HANDBOOK[:200]} (It is {clock}.) {HANDBOOK[200:]}"


client = connect("anthropic")
for question, clock in zip(QUESTIONS, ("12:00", "12:01")):
    late = client.messages.create(**claude_body(question, system=timed(clock))).usage
print(f"second call: {late.cache_read_input_tokens} read, {late.cache_creation_input_tokens:,} written")

# %% [markdown] id="s2-predict"
# We try six more pairs of calls with each vendor: only the question changes; the prefix is below the minimum; no breakpoint is set; the tools change their order; the second call goes to another model; 35 minutes pass.
#
# **Predict.** A write costs {{= prices.multiples("5m")[1]:.2f}} times ordinary input. How many of the seven second calls to Claude cost more than without any cache?

# %% id="s2-guess" tags=["predict"]
guess_worse = ...  # second calls to Claude, of seven

# %% id="diagnosis-table" tags=["folded"]
# Makes seven pairs of calls to each vendor, and shows the counters of each second one.
from costlib import exercises as ex

VENDORS = {
    "anthropic": (lambda client, body: client.messages.create(**body), claude_body),
    "openai": (lambda client, body: client.responses.create(**body), gpt_body),
}
SISTERS = {"anthropic": "claude-sonnet-5-5", "openai": "gpt-6-luna"}
SHORT, PLAIN = {"system": HANDBOOK[:900], "tools": []}, {"mark": None}
NOON, LATER = {"system": timed("12:00")}, {"system": timed("12:01")}
CHANGES = {  # what the first call has, what the second has, the minutes between them
    "only the question": ({}, {}, 1),
    "a prefix below the minimum": (SHORT, SHORT, 1),
    "no breakpoint": (PLAIN, PLAIN, 1),
    "the time, at character 200": (NOON, LATER, 1),
    "tools in another order": ({}, {"tools": TOOLS[::-1]}, 1),
    "another model": ({}, {"model": "sister"}, 1),  # another one of the same vendor
    "35 minutes pass": ({}, {}, 35),
}


def second(vendor, first, later, minutes):
    """Tokens read and written by the second of two calls."""
    client, (create, body) = connect(vendor), VENDORS[vendor]
    read_usage(create(client, body(QUESTIONS[0], **first)))
    provider_of(client).clock.advance(minutes=minutes)
    usage = read_usage(create(client, body(QUESTIONS[1], **later)))
    return usage.cached_input_tokens, usage.cache_write_5m_tokens + usage.cache_write_30m_tokens


rows = []
for change, (one, later, minutes) in CHANGES.items():
    row = {"what changes": change}
    for vendor in VENDORS:
        two = later | {"model": SISTERS[vendor]} if "model" in later else later
        read, written = second(vendor, one, two, minutes)
        row |= {f"{vendor}: read": read, f"{vendor}: written": written}
    rows.append(row)
display(figures.table(rows, caption=f"Counters of the second call, {CLAUDE} and {GPT}, in tokens"))
worse = {
    vendor: sum(row[f"{vendor}: read"] == 0 < row[f"{vendor}: written"] for row in rows)
    for vendor in VENDORS
}
asked = gpt_body(QUESTIONS[0], mark=None) | {"prompt_cache_options": {"mode": "explicit"}}
off = read_usage(connect("openai").responses.create(**asked))  # caching switched off
ex.reveal(guess_worse, worse["anthropic"], "calls")

# %% [markdown] id="s2-why"
# So the answer is {{= worse["anthropic"]}}: they read nothing and write everything again.{{claim: [row["anthropic: read"] > 0 for row in rows] == [row["openai: read"] > 0 for row in rows] == [True] + [False] * 6}}{{claim: late.cache_read_input_tokens == 0 and late.cache_creation_input_tokens == rows[3]["anthropic: written"]}}
#
# - **The match is exact.** A new time near the beginning, or another order of the tools, changes the prefix. It is then written each time and never read, which costs 25% more than no cache.{{claim: prices.multiples("5m")[1] == cache_prices(GPT).multiples("30m")[1] == 1.25}}
# - **An entry expires.** From gpt-5.6 on OpenAI's lifetime is a minimum ([its SDK]({{source:openai-sdk}})): the real API may still read after 35 minutes. An entry belongs to one model, and often to one effort (how much it may think).
# - **Too short is not cached.** Both counters are 0.{{claim: rows[1] == rows[1] | {"anthropic: written": 0, "openai: written": 0} }}
# - **Without a breakpoint Claude caches nothing.** OpenAI, from gpt-5.6 on, then sets an **implicit** one after the newest message. That entry ends with the question, so another customer's question reads nothing and writes everything. One explicit breakpoint took a coding agent's startup prefix from 0 to 98.6% read ([codex #35300]({{source:codex-35300}}), July 2026).
# - **Calls at the same time all write.** An entry can be read once the response that wrote it has begun.
#
# A **gateway** between you and the vendor may drop the breakpoint: one library did, and an agent read 0% in 20 turns ([sia #55]({{source:sia-55}}), August 2026). Or it spreads your calls over accounts, each with its own cache. Make one call five times through yours: all but the first must read.
#
# Six pairs were logged, each call with a hash of its prefix. No second call read anything:

# %% id="logs" tags=["folded"]
# Makes the calls of six logs and shows what a service would have logged of them.
def logged(vendor, one, two, minutes):
    """The usage of the second of two calls."""
    client, (create, _) = connect(vendor), VENDORS[vendor]
    create(client, one)
    provider_of(client).clock.advance(minutes=minutes)
    return read_usage(create(client, two))


def prefix_hash(body):
    system = body["system"] if "system" in body else body["input"][0]
    return sha256(f"{body['tools']}{system}".encode()).hexdigest()[:6]


async def at_once(count):
    """Usage of so many calls to Claude that are sent together."""
    client = connect_async("anthropic")
    calls = [client.messages.create(**claude_body(question)) for question in QUESTIONS[:count]]
    return [read_usage(reply) for reply in await asyncio.gather(*calls)]


parallel = await at_once(8)  # noqa: F704
pairs = [  # vendor, the two bodies, minutes between them
    ("anthropic", claude_body(QUESTIONS[0], **NOON), claude_body(QUESTIONS[1], **LATER), 1),
    ("anthropic", *(claude_body(q, mark=None) for q in QUESTIONS[:2]), 1),
    ("anthropic", *(claude_body(q) for q in QUESTIONS[:2]), 0),
    ("anthropic", *(claude_body(q, **SHORT) for q in QUESTIONS[:2]), 1),
    ("openai", *(gpt_body(q, mark=None) for q in QUESTIONS[:2]), 1),
    ("anthropic", *(claude_body(q) for q in QUESTIONS[:2]), 12),
]
rows = []
for number, (vendor, one, two, minutes) in enumerate(pairs, 1):
    read_again = logged(vendor, one, two, minutes) if minutes else parallel[1]
    rows.append({
        "log": number,
        "vendor": vendor,
        "hashes": f"{prefix_hash(one)}, {prefix_hash(two)}",
        "minutes between": minutes,
        "whole prompt": read_again.input_tokens,
        "read": read_again.cached_input_tokens,
        "written": read_again.cache_write_5m_tokens + read_again.cache_write_30m_tokens,
    })
figures.table(rows, caption=f"Second call of each pair, in tokens; {CLAUDE} (5m) or {GPT} (30m)")

# %% [markdown] id="ex-7-7"
# ### Your turn: exercise 7.7
#
# Name the most likely cause for each log, in a list of six letters, log 1 first. A letter may come twice or never.
#
# - `"a"`: the prefix is below the model's minimum
# - `"b"`: no breakpoint stands after the prefix
# - `"c"`: something in the prefix changed
# - `"d"`: the entry had expired
# - `"e"`: the calls ran at the same time

# %% id="ex-7-7-answer"
### BEGIN SOLUTION
answer_7_7 = ["c", "b", "e", "a", "b", "d"]
### END SOLUTION
# BLANK: answer_7_7 = [..., ..., ..., ..., ..., ...]  # six letters, in quotes

# %% id="ex-7-7-check" tags=["check"]
from costlib import exercises as ex

ex.check("7.7")

# %% id="ex-7-7-hint"
from costlib import exercises as ex

ex.hint("7.7")

# %% [markdown] id="s2-remedies"
# Eight calls sent together pay for eight writes.{{claim: len(parallel) == 8 and all(u.cached_input_tokens == 0 < u.cache_write_5m_tokens for u in parallel)}} Send one first, the rest after its first token.

# %% [markdown] id="s3"
# ## 3. When it pays
#
# Let ordinary input cost 1. On Claude a write for five minutes costs 1.25, and a read 0.05. One write and one reuse cost 1.30; two requests without a cache cost 2.{{claim: [float(x) for x in prices.multiples("5m")] == [0.05, 1.25]}} A write for an hour costs 2. With one reuse that is 2.05 against 2, with two 2.10 against 3.{{claim: [float(x) for x in prices.multiples("1h")] == [0.05, 2]}} In general, *n* reuses pay when *w + n r < 1 + n*, where *w* is the price of a write and *r* that of a read.
#
# A log shows the **hit rate** *h*, the share of the prefix's tokens that was read. When each write is reused *n* times, *h = n / (1 + n)*: one reuse is 50%, two are 67%.
#
# **Predict.** A share *h* of the requests reads, the others write for an hour. From which *h* on is that cheaper than no cache?

# %% id="s3-guess" tags=["predict"]
guess_rate = ...  # % of the prefix's tokens that are read

# %% id="break-even"
read, write = prices.multiples("1h")
print(f"an hour on {CLAUDE} pays from reuse {reuses_to_pay(read, write)}")
ex.reveal(guess_rate, round(100 * hit_rate_to_pay(read, write), 1), "%")

# %% id="break-even-table" tags=["folded"]
# Shows both break-evens for some models.
rows = []
for model in (CLAUDE, GPT, "gpt-5.5"):
    for lifetime in cache_prices(model).write:
        read, write = cache_prices(model).multiples(lifetime)
        rows.append({
            "model": model,
            "lifetime": f"{'up to ' if write == 1 else ''}{lifetime}",
            "pays from reuse": reuses_to_pay(read, write),
            "pays from hit rate": f"{hit_rate_to_pay(read, write):.1%}",
        })
figures.table(rows, caption="Break-even of a cached prefix, from the rates of today")

# %% [markdown] id="s3-hour"
# So the answer is {{= 100 * float(hit_rate_to_pay(*prices.multiples("1h"))):.1f}}%. A request costs *h r + (1 − h) w* on average, and that is 1 when
#
# $$h = \frac{w - 1}{w - r}$$

# %% [markdown] id="ex-7-3"
# ### Your turn: exercise 7.3
#
# Write `reuses`. It gets the prices of a read (from 0 to below 1) and of a write (1 or more), as multiples of the input price. It returns the smallest whole number of reuses, at least 1, from which one write and its reads cost *less* than no cache. Round both costs with `round(cost, 6)` before you compare them: computed fractions are not exact.

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
# ## 4. A conversation that grows
#
# Each turn of a chat or an agent sends all that was said before ([lesson 3](03_cost_estimation.ipynb#cell-id=agent)). Two breakpoints let nearly all of it be read: one after the handbook, for all conversations, and one that moves along after the newest message. Claude moves it by itself when `cache_control` stands beside `messages` (`MARK`).

# %% id="conversation"
MARK = {"cache_control": {"type": "ephemeral"}}  # five minutes


def conversation(shared, moving, turns=20):
    """What Claude bills for a conversation to which each turn adds some 2,400 tokens."""
    client, said, used = connect("anthropic"), [], []
    body = claude_body("", mark="5m" if shared else None) | {"tool_choice": {"type": "none"}}
    for turn, question in enumerate(QUESTIONS[:turns]):
        said.append({"role": "user", "content": f"{question} {words(1_500, seed=turn)}"})
        call = body | {"messages": said} | (MARK if moving else {})
        reply = client.messages.create(**call)
        used.append(read_usage(reply))
        said.append({"role": "assistant", "content": reply.content})
    return used


ways = {
    "no breakpoint": conversation(False, False),
    "after the handbook": conversation(True, False),
    "and after the newest message": conversation(True, True),
}

# %% id="conversation-sums" tags=["folded"]
# Adds up the input of the three conversations.
def input_usd(used):
    """USD of the input of some calls."""
    return sum(line.amount for u in used for line in cost_of(u, CLAUDE).lines if line.kind != "output")


both = ways["and after the newest message"]
sent_tokens = sum(u.input_tokens for u in both)
written_tokens = sum(u.cache_write_5m_tokens for u in both)
all_others_read = sent_tokens - written_tokens - sum(u.cached_input_tokens for u in both) < 100

# %% id="conversation-figure" tags=["folded"]
# Draws three turns of a conversation as boxes, and what twenty turns cost.
def turn(number, *blocks):
    return {f"turn {number}": [("tools, handbook", 3.4, blocks[0]), *blocks[1:]]}


boxes(
    turn(1, "written", ("1", 0.9, "written"))
    | turn(2, "read", ("1", 0.9, "read"), ("answer, 2", 1.8, "written"))
    | turn(3, "read", ("1", 0.9, "read"), ("answer, 2", 1.8, "read"), ("answer, 3", 1.8, "written")),
    "With a breakpoint that moves along, each turn writes only what is new",
    "Three rows of boxes, each longer by a block. The last block of each row is written; all before "
    "it, written by earlier turns, is read. The widths are not to scale.",
)
rows = [
    {
        "breakpoint": name,
        "read": sum(u.cached_input_tokens for u in used),
        "written": sum(u.cache_write_5m_tokens for u in used),
        "neither": sum(u.input_tokens - u.cached_input_tokens - u.cache_write_5m_tokens for u in used),
        "USD": money(input_usd(used)),
    }
    for name, used in ways.items()
]
figures.table(rows, caption=f"Input of twenty turns on {CLAUDE}, in tokens and USD")

# %% id="runs-read" tags=["folded"]
# Reads the 500 runs, puts them on Claude, and prepares the numbers of the text below.
runs = swe_runs()
long = ~runs.opens & (runs.prompt > 4_096)  # calls after the first, long enough for that cache
lost = (runs.read[long] == 0).mean()
money_of = {"no cache": spent(with_cache(runs, "none")).usd, "as billed": spent(runs).usd}
gaps = np.diff(runs.seconds)[~runs.opens[1:]]
on_claude = {lifetime: on_model(runs, CLAUDE, cache=lifetime) for lifetime in ("none", "5m", "1h")}
no_pause = {lifetime: spent(those).usd for lifetime, those in on_claude.items()}
after_pause = (on_claude["5m"].turn > 1) & ((on_claude["5m"].turn - 1) % 10 == 0)
pauses, waiting = int(after_pause.sum()), on_claude["5m"].read[after_pause].mean()
LONG, SUMMARY = 40_000, 2_000
gemini = rate_card("gemini-3.1-pro-preview").rates
rent, saves = 4.5, float(gemini["input"] - gemini["cached_input"])  # a million tokens: an hour, a read
output_rate = rate_card(CLAUDE).rates["output"]


def cents(micro_usd):
    """Tokens times USD per million, in cents."""
    return float(micro_usd) / 10_000


best = {  # the runs compacted above 20,000 tokens
    name: spent(compacted(those, 20_000, summary=SUMMARY)).usd / spent(those).usd - 1
    for name, those in {
        "no pauses": on_claude["5m"], "pauses": with_pauses(on_claude["5m"], 360, every=10)
    }.items()
}
compaction_usd = LONG * prices.read + SUMMARY * (output_rate + prices.write["5m"])
turns_to_pay = compaction_usd / ((LONG - SUMMARY) * prices.read)


def input_of(those):
    """USD of the input of runs."""
    return sum(usd for part, usd in spent(those).by_part.items() if part != "answer")

# %% [markdown] id="s4-chat"
# With both, nearly every token is written once and then read. The input of twenty turns costs {{= input_usd(both):.2f}} dollars instead of {{= input_usd(ways["no breakpoint"]):.2f}}.{{claim: all_others_read and 0.3 < input_usd(both) < 0.5}} Within one conversation OpenAI's implicit breakpoint is enough: a turn begins with all that the one before sent. Check that your second turn reads it.
#
# **Real runs.** The {{= len(runs)}} runs of lesson 3's coding agent, on Gemini 3 Pro, have {{= runs.turns.mean():.0f}} turns on average. Google's cache read {{= 100 * runs.read.sum() / runs.prompt.sum():.1f}}% of the input and took off {{= 100 * float(1 - money_of["as billed"] / money_of["no cache"]):.0f}}% of the money. Still, {{= 100 * float(lost):.1f}}% of the calls that could have read found nothing: a cache is no promise.
#
# **Pauses.** On Claude, which bills writes, the same runs, output included, cost {{= no_pause["none"]:,.0f}} dollars without a cache, {{= no_pause["5m"]:,.0f}} with a lifetime of five minutes and {{= no_pause["1h"]:,.0f}} with an hour (modelled, with an estimated {{= on_claude["5m"].prompt.sum() / runs.prompt.sum():.2f}} tokens of Claude's for each of Gemini's). Now a person checks the work for six minutes after every ten turns: {{= f"{pauses:,}"}} pauses, each with {{= f"{round(waiting, -3):,.0f}"}} tokens in the cache on average.
#
# **Predict.** A million tokens cost {{= prices.write["5m"]:f}} dollars to write and {{= prices.read:.2f}} to read. What do the runs cost now, with a lifetime of five minutes?

# %% id="pause-guess" tags=["predict"]
guess_pause = ...  # USD for the 500 runs

# %% id="pauses"
paused = with_pauses(on_claude["5m"], 6 * 60, every=10)  # seconds
ex.reveal(guess_pause, spent(paused).usd, "USD")

# %% id="pauses-table" tags=["folded"]
# Shows what pauses cost with either lifetime.
rows = []
for lifetime in ("5m", "1h"):
    row = {"lifetime": lifetime, "without pauses": money(no_pause[lifetime], digits=0)}
    for minutes in (6, 70):
        waited = with_pauses(on_claude[lifetime], 60 * minutes, every=10)
        row[f"{minutes} minutes after each ten turns"] = money(spent(waited).usd, digits=0)
    rows.append(row)
figures.table(rows, caption=f"500 runs on {CLAUDE}, USD")

# %% [markdown] id="s4-pause"
# So the answer is {{= spent(paused).usd:,.0f}} dollars, {{= 100 * float(spent(paused).usd / no_pause["5m"] - 1):.0f}}% more. After the lifetime the whole context is written instead of read, at {{= prices.write["5m"] / prices.read:.0f}} times the price. A session that is resumed later pays this too. For an agent that waits for people the hour is cheaper, if they come back within it.{{claim: no_pause["5m"] < no_pause["1h"] < spent(paused).usd < spent(with_pauses(on_claude["1h"], 4_200, every=10)).usd}}
#
# **Compaction.** An agent can replace a long context by a summary. What stands before the summary is still read. What stands after it has a new prefix and is written again, so put lasting rules and files in front. At {{= f"{LONG:,}"}} tokens, the model reads all once more ({{= cents(LONG * prices.read):.1f}} cents) and answers with a summary of {{= f"{SUMMARY:,}"}}, thinking included, at {{= f"{float(output_rate):.0f}"}} dollars a million ({{= cents(SUMMARY * output_rate):.1f}}). The next turn writes it to the cache ({{= cents(SUMMARY * prices.write["5m"]):.1f}}). Together: {{= cents(compaction_usd):.1f}} cents. Each later turn reads {{= f"{LONG - SUMMARY:,}"}} tokens less, which saves {{= cents((LONG - SUMMARY) * prices.read):.2f}} cents. It pays when {{= math.ceil(turns_to_pay)}} or more turns follow.
#
# In the 500 runs, compaction above 20,000 tokens took off {{= 100 * float(-best["no pauses"]):.0f}}% of the money, and {{= 100 * float(-best["pauses"]):.0f}}% with the pauses, because a long context costs much to write again: compact *before* lunch. Nobody measured how many tasks are still solved.

# %% [markdown] id="calc"
# ## Does a cache pay?
#
# 1. Let the requests come evenly. What do five minutes cost then?
# 2. Let them come in bursts of ten. What happens at six an hour, and what at 600?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import CacheCalculator

CacheCalculator()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# 1. A quarter more than no cache: every request comes ten minutes after the one before, finds nothing and writes. At random some come sooner, and 39% read.
# 2. In bursts at six an hour all ten of a burst find nothing and all ten write, so it is cheapest without a cache; at 600 only the first burst of the day writes.
#
# Below {{= cache_prices(CLAUDE).minimum}} tokens ({{= cache_prices("claude-haiku-4-5").minimum:,}} on Haiku 4.5) nothing is cached, and only the two zeros in the usage tell you.
#
# </details>

# %% [markdown] id="bill"
# ## The bill: is it 90%?
#
# We pull this lesson's lever alone: one `cache_control` after the handbook.

# %% id="bill-run"
cached = bank.cache_prefix(month)
after = bank.bill(cached)
writes = int((cached["cache_write_5m_tokens"] > 0).sum())
print(f"requests that write {writes}, that read {len(month) - writes:,}")
ex.reveal(guess_bill, round(100 * (1 - after.total / before.total), 1), "%")

# %% id="bill-ninety" tags=["folded"]
# Shows what the lever saves of its part and of the whole, and prices a batch that finds no entry.
batch = bank.batch_summaries(month)
both_save = {
    lifetime: 1 - bank.bill(bank.cache_prefix(batch, lifetime)).total / before.total
    for lifetime in ("5m", "1h")
}
card = rate_card(CLAUDE, tier="batch").rates
batch_pays = {
    life: hit_rate_to_pay(card["cached_input"] / card["input"], card[f"cache_write_{life}"] / card["input"])
    for life in both_save
}
pulled = [step.lever.name for step in bank.journey(7)]
if_none_reads = bank.with_batch_hits(bank.bank_plan(), pulled, 0)


def of_input(bill):
    return sum(bill.by_part[part] for part in bank.INPUT_PARTS)


claims = {
    "the month: tools and handbook": (before.by_part["prefix"], after.by_part["prefix"]),
    "the month: all input": (of_input(before), of_input(after)),
    "the month: the bill": (before.total, after.total),
    "the run: its input": (
        input_of(on_claude["none"]) / len(runs), input_of(on_claude["5m"]) / len(runs),
    ),
    "the run: all it costs": (no_pause["none"] / len(runs), no_pause["5m"] / len(runs)),
}
figures.table(
    [
        {"is it 90%?": name, "before": money(a), "after": money(b), "saved": f"{1 - b / a:.1%}"}
        for name, (a, b) in claims.items()
    ],
    caption=f"USD for the bank's month, and for one agent's run (mean of 500) on {CLAUDE}",
)

# %% [markdown] id="bill-why"
# So the answer is {{= 100 * float(1 - after.total / before.total):.1f}}%. *90%* is too little for the prefix on this model and too much for the bill, because history and output stay.{{claim: after.by_part["prefix"] * 10 < before.by_part["prefix"] and of_input(after) * 10 > of_input(before)}} The writes are modelled: the first {{= writes}} requests come in one second and both write; afterwards no pause lasts five minutes.{{claim: writes == 2 and cached["time"][:writes].nunique() == 1 and (cached["cache_write_5m_tokens"].to_numpy()[:writes] > 0).all()}}
#
# **In a batch** Anthropic's two discounts multiply, but nobody promises that a request finds the entry. The requests run side by side, and a batch can take longer than five minutes, so [Anthropic advises the hour]({{source:anthropic-batch}}). Send a batch of one request first, and look at the counters of the rest.
#
# The bill so far, if a batch's requests find the entry (if none does, {{= if_none_reads:,.0f}} dollars are left):

# %% id="bill-journey" tags=["folded"]
# Draws the bill so far, a bar for each lesson's lever.
bank.show_journey(7)

# %% [markdown] id="bill-journey-why"
# Earlier levers removed requests that carried the prefix, so this one takes off less than alone.

# %% [markdown] id="recap"
# ## Recap
#
# 1. A cache matches an exact prefix. Put first what changes least, and end each shared part with a breakpoint.
# 2. Read the counters. Zero read and much written costs more than no cache.
# 3. On Claude, five minutes pay from the first reuse, an hour from the second.
# 4. In a conversation the breakpoint moves along. A pause beyond the lifetime costs the whole context again.
# 5. A discount on the prefix is not one on the bill: multiply by its share.
#
# | Quick reference | Formula or call |
# |---|---|
# | reuses that pay (*w* a write, *r* a read) | n > (w − 1) / (1 − r) |
# | hit rate that pays | (w − 1) / (w − r) |
#
# **Mistakes that people made**: [writing a long prefix again in mid-session]({{source:headroom-2556}}); [counting on details that can be None]({{source:openai-python-2544}}); [pricing written tokens as ordinary input]({{source:ccusage-1422}}).
#
# ### Take it to work
#
# {{work:7_cache_breakpoints}}
#
# {{work:7_growing_conversation}}
#
# {{work:7_hit_rate_alarm}}
#
# Next: {{next}}

# %% id="recap-map" tags=["folded"]
# Draws the map of cost factors, with this lesson's place lit.
figures.cost_map(lit=("input tokens", "monthly bill"))

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put in the times, in seconds and in order, at which requests with one prefix came in your own log. The last row *knows the future*: it writes only what will be read in time, which no program can know.

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

# %% [markdown] id="compaction-text" tags=["further"]
# ### From which length on to compact
#
# Section 4 compacted above 20,000 tokens. Other thresholds:

# %% id="compaction" tags=["folded"]
# Shows what compaction changes, by the length from which on the context is summed up.
rows = []
for threshold in (10_000, 20_000, 30_000, 50_000, 100_000):
    row = {"compacted above, tokens": threshold}
    for name, those in {"no pauses": on_claude["5m"], "pauses of 6 minutes": paused}.items():
        change = spent(compacted(those, threshold, summary=SUMMARY)).usd / spent(those).usd - 1
        row[name] = f"{change:+.0%}"
    rows.append(row)
figures.table(rows, caption="What compaction changes of the 500 runs' money, five minutes on Claude")

# %% [markdown] id="compaction-why" tags=["further"]
# At 10,000 tokens and without pauses compaction costs more than none, because each summary is paid as output and the next one is soon due.{{claim: rows[0]["no pauses"].startswith("+")}} From 20,000 on it saves less, the later it comes.{{claim: [float(row["pauses of 6 minutes"][:-1]) for row in rows[1:]] == sorted(float(row["pauses of 6 minutes"][:-1]) for row in rows[1:])}} At 100,000 it hardly matters for the money: whoever waits so long does it for the answers.{{claim: float(rows[-1]["no pauses"][:-1]) > -3 and float(rows[-1]["pauses of 6 minutes"][:-1]) > -5}}
#
# Longer sessions may differ. A team replayed 20 of its own, compacted only when the cache was cold or the context too long. Two of them came to 1.42 and 3.59 dollars from 100,000 tokens on, and to 2.24 and 5.85 from 200,000, without output ([pull request 1125]({{source:agentcore-1125}}), September 2026).
#
# The last call's input says how long the context is. Some tools add up the calls of a turn instead, and one compacted at 4% of its window ([openclaw #117314]({{source:openclaw-117314}}), August 2026).
#
# The order decides what is written again. One tool put its summary first, and wrote about 97,000 tokens of rules, skills and tools after it anew at each compaction ([claude-code #94197]({{source:claude-code-94197}}), September 2026).
#
# The call that asks for the summary must begin as the conversation does, with the same tools, or it reads nothing: one team's read 99.6% in a test after that change ([pull request 1888]({{source:iterate-1888}}), July 2026).
#
# A summary may also lengthen the run, because it hides from the agent that it could stop: by 13 to 15% in a study of JetBrains ([2025]({{source:complexity-trap}}); the two numbers [as quoted]({{source:agentbeck-100007}})). That is more than the {{= 100 * float(-best["no pauses"]):.0f}}% that section 4 saved without pauses.{{claim: 0 < -float(best["no pauses"]) < 0.13}} In that study old results replaced by a line cost no more than a summary, and as many tasks were solved.
#
# **How sure the {{= no_pause["5m"]:,.0f}} dollars are.** In {{= int(runs.rewritten.sum())}} of the {{= len(runs.seconds):,}} calls the prompt is shorter than the one before it: something was dropped, and no record says where. Our model then reads nothing behind the task. Google's cache read {{= 100 * runs.read[runs.rewritten].sum() / runs.prompt[runs.rewritten].sum():.0f}}% of these prompts. If Claude's read all of them, the runs would cost {{= float((on_claude["5m"].prompt - on_claude["5m"].read)[on_claude["5m"].rewritten].sum() * (prices.write["5m"] - prices.read)) / 1e6:.0f}} dollars less.

# %% [markdown] id="tool-lifetime" tags=["further"]
# ### Which lifetime a coding tool uses
#
# Claude Code writes for an hour on a subscription and for five minutes with an API key. With a key, [a user measured]({{source:claude-code-breaks}}), the first message after a longer break cost about ten times the same message in a new chat, and 2.5 times when the chat had been compacted before the break. Claude's usage counts the writes of both lifetimes apart, under `cache_creation`. The settings `promptCacheTtl` and `subagentPromptCacheTtl` choose the lifetime, and `/usage` shows the hit rate and the likely cause of a miss ([October 2026]({{source:claude-code-ttl}})).
#
# A tool may mix the two, and then both are paid. One resumed session wrote 209,013 tokens for five minutes and, less than four minutes later, 211,487 for an hour, and read none of them ([claude-code #47261]({{source:claude-code-47261}}), April 2026). A tool may also spend by itself when it resumes: somebody lost about 174 of Copilot CLI's credits at each restart, without a prompt ([copilot-cli #3886]({{source:copilot-cli-3886}}), June 2026). Look at the credits before and after.
#
# ### Gemini's two caches
#
# Gemini caches by itself (*implicitly*), at a tenth of the input price (Gemini 4: a twentieth), and [promises nothing]({{source:gemini-caching}}).{{claim: gemini["input"] == 10 * gemini["cached_input"] and all(card.input == 20 * card.cached_input for card in (rate_card(f"gemini-4-{it}") for it in ("argon", "carbon", "hydrogen", "neon")))}} A cache that you create (*explicitly*) is promised; Gemini 4 has none ([as quoted]({{source:aihubmix-neon}})). It lives for an hour unless you say otherwise. You pay its tokens once as input ([Google Cloud]({{source:google-cloud-caching}})) and then rent: on Gemini 3.1 Pro {{= rent:.2f}} dollars an hour for a million tokens ([as quoted]({{source:google-pricing}})). A read costs {{= float(gemini["cached_input"]):.2f}} dollars per million instead of {{= float(gemini["input"]):.2f}}. So in its first hour the cache pays from {{= math.floor((float(gemini["input"]) + rent) / saves) + 1}} reads on, and in each later one from {{= math.floor(rent / saves) + 1}}. On Gemini 2.5 Flash one team's implicit cache read nothing in five turns and nearly all in the sixth request, its explicit one nearly all from the first ([rig #2375]({{source:rig-2375}}), August 2026).

# %% [markdown] id="traffic" tags=["further"]
# ### How many requests an hour a lifetime needs
#
# If requests come at random, λ of them an hour, the time to the next one is sometimes short and sometimes long. It is shorter than a lifetime of *T* hours with probability 1 − e^(−λT), and that is the hit rate. With six an hour and an hour's lifetime hardly any comes too late; with one an hour {{= 100 * math.exp(-1):.0f}}% do.

# %% id="traffic-run"
RATES = np.geomspace(0.2, 200, 400)  # requests an hour


def relative(lifetime, an_hour):
    """The cost of the prefix, 1 without a cache."""
    read, write = map(float, prices.multiples(lifetime))
    hits = 1 - np.exp(-an_hour * prices.seconds[lifetime] / 3600)
    return hits * read + (1 - hits) * write


curves = {lifetime: relative(lifetime, RATES) for lifetime in ("5m", "1h")}
pays = {name: RATES[np.argmax(curve < 1)] for name, curve in curves.items()}
even = RATES[np.flatnonzero(curves["5m"] - curves["1h"] > 0.01)[-1]]

# %% id="traffic-figure" tags=["folded"]
# Draws the cost of the prefix against requests an hour.
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
    for (name, relative_cost), dashes in zip(curves.items(), ("-", "--")):
        ax.plot(RATES, relative_cost, dashes, label=name)
    ax.axhline(1, color=figures.PALETTE[4], linewidth=1)
    ax.text(RATES[-1], 1.03, "no cache", ha="right")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:g}")
    ax.set_xlabel("requests an hour that share the prefix (log scale)")
    ax.set_ylabel(f"cost of the prefix, no cache = 1\n({CLAUDE})")
    ax.set_ylim(bottom=0)
    ax.legend()

# %% [markdown] id="replay-why" tags=["further"]
# ### Replay of real traffic
#
# Random gaps are a guess. The [Mooncake trace]({{source:mooncake}}) is an hour of a real chat service: {{= f"{len(mooncake().seconds):,}"}} requests, each with its prompt as a row of blocks of 512 tokens that shows what it shares with earlier ones. We replay it. A block is read when it was used less than a lifetime ago, and written when not, as if a breakpoint stood behind each block. Vendors allow fewer breakpoints, so this is the best case.

# %% id="replay"
trace = mooncake()
figures.table(
    [
        {"lifetime, seconds": life, "input that is read": f"{replay(trace, life).hit_rate:.1%}"}
        for life in (60, 300, 1_800, 3_600)
    ],
    caption=f"{len(trace.seconds):,} requests, {trace.sent.sum():,} input tokens",
)

# %% [markdown] id="s4-policies" tags=["further"]
# Five minutes read {{= 100 * replay(trace, 300).hit_rate:.0f}}%, an hour {{= 100 * replay(trace, 3_600).hit_rate:.0f}}%. Compare them with the hit rates of section 3, from which a lifetime pays. Beside *write all* we try *write what was seen before*, which writes a block only when it appears for the second time. The last row *knows the future*: it writes exactly the blocks whose reads will pay for the write.

# %% id="policies"
def policies(model):
    """USD of the hour's input under each policy."""
    prices = cache_prices(model)
    found = {"no cache": prices.input * int(trace.sent.sum()) / 10**6}
    for lifetime, seconds in prices.seconds.items():
        for what, only_seen in (("all", False), ("what was seen before", True)):
            tally = replay(trace, seconds, minimum=prices.minimum, only_seen=only_seen)
            found[f"{lifetime}, write {what}"] = tally.usd(prices, lifetime)
    found["knows the future"] = foreseen(trace, prices)
    return found


def share_of_best(found, usd):
    """How much of what foresight saves a policy saves; None where it costs more than no cache."""
    none, least = found["no cache"], found["knows the future"]
    return f"{(none - usd) / (none - least):.0%}" if usd < none else None


results = {model: policies(model) for model in (CLAUDE, GPT, "gpt-5.5")}
figures.table([
    {"model": model, "policy": policy.replace("_", " "), "USD": money(usd),
     "against no cache": f"{usd / found['no cache'] - 1:+.1%}",
     "of what foresight saves": share_of_best(found, usd)}
    for model, found in results.items() for policy, usd in found.items()
], caption="The input of the hour in USD")

# %% id="policies-figure" tags=["folded"]
# Draws the policies on Claude.
ours = results[CLAUDE]
best = min((policy for policy in ours if policy != "knows the future"), key=ours.get)
with figures.figure(
    f"On {CLAUDE} \"{best}\" saves most, {1 - ours[best] / ours['no cache']:.0%}; "
    f"foresight would save {1 - ours['knows the future'] / ours['no cache']:.0%}",
    alt="A bar for each policy: one hour, write all, is longest, beyond no cache; the policy that "
    "knows the future is shortest.",
    numbers=[{"policy": policy, "USD": money(usd)} for policy, usd in ours.items()],
) as (_, ax):
    names = sorted(ours, key=ours.get)
    ax.barh(names, [float(ours[name]) for name in names], color=figures.PALETTE[0])
    ax.axvline(float(ours["no cache"]), color=figures.PALETTE[4], linewidth=1)
    ax.invert_yaxis()
    figures.dollars(ax.xaxis)
    ax.set_xlabel("input of the hour, USD")

# %% [markdown] id="s4-why" tags=["further"]
# The cache that reads more costs more: an hour's write doubles the price of everything that was not found.{{claim: ours["1h, write all"] > ours["no cache"] > ours["5m, write all"]}} Where writes are free, on gpt-5.5, foresight saves no more than caching everything.{{claim: results["gpt-5.5"]["24h, write all"] == results["gpt-5.5"]["knows the future"]}} Where they are charged, writes that nobody reads take much of what it saves: {{= share_of_best(ours, ours["5m, write all"])[:-1]}}% is left on Claude, {{= share_of_best(results[GPT], results[GPT]["30m, write all"])[:-1]}}% on gpt-6.1-sol.{{claim: GPT == "gpt-6.1-sol"}} So **mark what you know will come again**.
#
# Writing only what was seen before spares the writes that nobody reads, and gives up the first read of every block. With Claude's five minutes the spared writes weigh more; with the thirty minutes of gpt-6.1-sol, in which more blocks come again, the lost reads do.{{claim: ours["5m, write what was seen before"] < ours["5m, write all"] and results[GPT]["30m, write what was seen before"] > results[GPT]["30m, write all"]}} (The trace ends after an hour, so what long-lived entries serve later is not counted.)

# %% [markdown] id="keep-alive" tags=["further"]
# ### Keep it alive, let it die, or make it longer
#
# A cheap request every few minutes keeps an entry alive (Claude takes `max_tokens=0`, OpenAI's `prompt_cache_options` have `prewarm`). Each ping is a read, so *k* pings and the read that follows cost *(k + 1) r*, against *w* for a new write. They bridge a gap of up to *k + 1* lifetimes:

# %% id="keep-alive-run"
rows = []
for model in (CLAUDE, role("anthropic", "top"), "claude-haiku-4-5", GPT):
    each = cache_prices(model)
    lifetime = min(each.seconds, key=each.seconds.get)
    pings = pings_to_pay(*each.multiples(lifetime))
    hours = (pings + 1) * each.seconds[lifetime] / 3600
    rows.append({"model": model, "lifetime": lifetime, "pings that pay": pings,
                 "bridge a gap of, hours": f"{hours:.1f}"})  # fmt: skip
figures.table(rows, caption="How long pinging is cheaper than writing again")

# %% [markdown] id="length" tags=["further"]
# With five minutes on Claude, pings are cheaper than a new write for up to two hours.{{claim: (pings_to_pay(*cache_prices(CLAUDE).multiples("5m")) + 1) * 300 == 2 * 3600}} That is longer than the other lifetime, an hour, but shorter than a night.
#
# A prefix just below the minimum is not cached at all. Would padding it to the minimum *M* pay? With padding *N* requests cost *M (w + (N − 1) r)*; without it, at a length of *L*, they cost *L N*. So padding pays from *L = M (r + (w − r) / N)* on, which is the form that OpenAI's guide gives:

# %% id="length-run"
rows = []
for model in (GPT, "gpt-5.6-sol", CLAUDE):
    each = cache_prices(model)
    read, write = each.multiples(next(iter(each.write)))
    rows.append(
        {"model": model, "minimum": each.minimum}
        | {f"{n} requests": math.ceil(length_to_pay(each.minimum, n, read, write)) for n in (2, 10, 100)}
    )
figures.table(rows, caption="Tokens from which padding up to the minimum pays (with examples, not with blanks)")

# %% [markdown] id="implicit-why" tags=["further"]
# ### OpenAI's implicit breakpoint, thirty times
#
# The offline provider does as OpenAI's guide says. Thirty of the bank's questions, without a breakpoint and with one:

# %% id="implicit"
rows = []
for name, mark in (("implicit", None), ("one explicit breakpoint", "30m")):
    client = connect("openai")
    used = [read_usage(client.responses.create(**gpt_body(q, mark=mark))) for q in QUESTIONS[:30]]
    lines = [line for u in used for line in cost_of(u, GPT).lines if line.kind != "output"]
    read = sum(u.cached_input_tokens for u in used) / sum(u.input_tokens for u in used)
    rows.append({
        "breakpoint": name,
        "input that was read": f"{read:.1%}",
        "input of 30 calls, USD": money(sum(line.amount for line in lines)),
    })
figures.table(rows, caption=f"Thirty questions to {GPT}, tools and handbook in front")

# %% [markdown] id="s2-conversation" tags=["further"]
# On the real API others saw more read: of about 7,500 tokens of a shared system message, 6,002 were read without any mark ([litellm #37628]({{source:litellm-37628}})). In a conversation reports differ too. On gpt-5.6-sol a team paid 57% more for the input of five turns when it marked the system prompt instead of leaving it to the implicit breakpoint ([pull request 956]({{source:agentcore-956}}), September 2026). On gpt-5.6-luna another read the system message and nothing else in 17 turns, 19% of its input, until it set breakpoints ([ax #573]({{source:ax-573}}), August 2026). So look at your own counters.
#
# The option `"mode": "explicit"` drops the implicit breakpoint; without one of your own nothing is cached then.{{claim: off.cached_input_tokens == off.cache_write_30m_tokens == 0 < off.input_tokens}}
#
# ### More causes
#
# Some causes belong to one vendor:

# %% id="diagnosis-more"
def refused(create, body):
    """The status of a call that the vendor does not take."""
    try:
        create(**body)
    except Exception as error:
        return f"refused: {error.status_code}"


def looked_back(blocks):
    """What a call finds when so many blocks came after the breakpoint of the call before."""
    client, text, found = connect("anthropic"), [{"type": "text", "text": HANDBOOK}], None
    for added in (0, blocks):
        text += [{"type": "text", "text": f"Result {i}."} for i in range(added)]
        marked = [*text[:-1], text[-1] | MARK]
        messages = [{"role": "user", "content": marked}]
        found = client.messages.create(model=CLAUDE, max_tokens=50, messages=messages).usage
    return f"{found.cache_read_input_tokens:,} / {found.cache_creation_input_tokens:,}"

# %% id="diagnosis-more-run"
def other_key():
    """What a call with another key finds of an entry."""
    client = connect("openai")
    client.responses.create(**gpt_body(QUESTIONS[0]), prompt_cache_key="desk 1")
    other = client.responses.create(**gpt_body(QUESTIONS[1]), prompt_cache_key="desk 2")
    details = other.usage.input_tokens_details
    return f"{details.cached_tokens:,} / {details.cache_write_tokens:,}"


wrong_type = claude_body(QUESTIONS[0])
wrong_type["system"][0]["cache_control"] = {"type": "cache"}
too_old = gpt_body(QUESTIONS[0], model="gpt-4.1")
causes = {
    "Claude: 19 blocks after the last breakpoint": looked_back(19),
    "Claude: 20 blocks after it": looked_back(20),
    'Claude: {"type": "cache"}': refused(connect("anthropic").messages.create, wrong_type),
    "OpenAI: another prompt_cache_key": other_key(),
    "OpenAI: a breakpoint on gpt-4.1": refused(connect("openai").responses.create, too_old),
}
figures.table([{"cause": c, "read / written": r} for c, r in causes.items()], caption="More causes")

# %% [markdown] id="s2-more" tags=["further"]
# From each breakpoint Claude looks back over 20 positions, the marked one the first. A text block is one position, and so is a run of tool calls, or of their results ([Anthropic's page]({{source:anthropic-caching}})). A long agent turn needs a breakpoint on its way; four are allowed. `ephemeral` is the only type.
#
# From gpt-5.6 on a `prompt_cache_key` only separates: a request does not read what was written under another key, and without keys nothing is lost ([OpenAI's guide]({{source:openai-caching}}), October 2026). On Azure set one for all requests that share a prefix, as [its page]({{source:azure-caching}}) asks. A team whose key was the id of the conversation found that no conversation could read what another had written ([dust #29409]({{source:dust-29409}}), July 2026). On older models one key for all requests that share a prefix, up to about 15 a minute, helps them to reach the same machine.
#
# This lesson calls the Responses API because its OpenAI model [always reasons]({{source:openai-gpt6-guide}}), and Chat Completions [refuses tools]({{source:litellm-34569}}) on such models.
#
# **Settings.** On Claude another `output_config.effort` makes all messages another prefix ([Anthropic's page, as quoted]({{source:hermes-114534}})), and so do another `tool_choice` and other `thinking` ([its table]({{source:anthropic-caching}})). A user changed the effort in Claude Code: Opus 5 wrote everything again, Sonnet 5 a part, Fable 5.1 nothing ([claude-code #92444]({{source:claude-code-92444}}), September 2026). OpenAI's guide names the effort too, and the verbosity, the format of the output and `parallel_tool_calls`. On GPT-6 a `configuration_update` at the end of the input changes the effort and keeps the prefix.
#
# **Earlier thinking.** Claude Opus from 4.5 and Sonnet from 4.6 on keep the thinking of all earlier turns: it is input again, at a cache read's price while the cache lives ([Anthropic's page]({{source:anthropic-extended-thinking}})). A program that drops it makes another prefix. One read 41,608 tokens and wrote 340,592 at the next turn ([zeroclaw #10611]({{source:zeroclaw-10611}}), September 2026). OpenAI's models from gpt-5.6 on have `reasoning.context`, and `current_turn` leaves earlier reasoning out ([OpenRouter's page]({{source:openrouter-reasoning-context}})).
#
# **Nobody's fault.** If the hash, the model and these settings are the same, the lifetime has not passed and little is read all the same, then the vendor dropped the entry or sent the call to another machine, as OpenAI may above 15 requests a minute. Note how often that happens, and leave the prompt as it is.
#
# ### Through a gateway
#
# Through one gateway three equal calls each wrote 4,409 tokens and read none; through another the second and the third read them ([llmgateway #3918]({{source:llmgateway-3918}}), September 2026). OpenRouter [sends later calls]({{source:openrouter-caching}}) to the provider that holds the entry, unless you set an order of providers yourself. It did not do so for an agent whose prompt only grew: three calls of 87 read nothing ([stella #4172]({{source:stella-4172}}), August 2026). The agent now reads `provider` in its first answer and asks for it in every later call, with fallbacks allowed ([its change]({{source:stella-5694}})).
#
# A client may set breakpoints for Anthropic's own API alone, and none for Claude on Vertex: one sent 139 million tokens through Vertex in 30 days and read none, some 700 dollars a month at the full rate ([onyx #13855]({{source:onyx-13855}}), August 2026).
#
# {{work:7_test_a_gateway}}

# %% [markdown] id="fan-out" tags=["further"]
# ### Fan-out and batches
#
# Eight calls at once, a **fan-out**, pay for eight writes (section 2). Now one first and then seven, and after them a batch with the same eight:

# %% id="fan-out-run"
def prefix_usd(used):
    """USD of what was read and written."""
    read = sum(u.cached_input_tokens for u in used)
    written = sum(u.cache_write_5m_tokens for u in used)
    return money((read * prices.read + written * prices.write["5m"]) / 10**6)


client = connect("anthropic")
one_first = [read_usage(client.messages.create(**claude_body(q))) for q in QUESTIONS[:8]]
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
#
# Inside a coding tool a call ahead may not help, for the tool sets the breakpoints. In Claude Code each lane of a workflow wrote the shared text anew after one ([claude-code #63981]({{source:claude-code-63981}}), May 2026).
#
# Sub-agents with the same tools and system text are a fan-out too. A cache makes only their input cheaper; what they write is paid in full. And a short agent reads what it wrote only a few times: 496 sub-agents wrote 55 million tokens to the cache and read 253 million, and of their 530 dollars 345 went on the writing ([claude-plugins #2670]({{source:claude-plugins-2670}}), September 2026). Lesson 6 compares one agent and five by numbers.
#
# **An agent in batches** waits for a batch at each turn. Where batches take longer than the lifetime, no turn finds what the one before it wrote, and a breakpoint only makes the input dearer. Without any the 500 runs cost {{= spent(on_model(runs, CLAUDE, cache="none", tier="batch")).usd:,.0f}} dollars on Claude at half price, against {{= no_pause["5m"]:,.0f}} at the full price with a cache.{{claim: spent(on_model(runs, CLAUDE, cache="none", tier="batch")).usd > 2 * no_pause["5m"]}} If each turn found an hour's entry in time, they would cost {{= spent(on_model(runs, CLAUDE, cache="1h", tier="batch")).usd:,.0f}}.

# %% [markdown] id="bill-hits-intro" tags=["further"]
# ### If fewer of a batch find the entry
#
# Lesson 1 sends the summaries as a batch. If all of them find the prefix, batch and cache together save {{= 100 * float(both_save["5m"]):.1f}}% of the bill, whichever lifetime they have.{{claim: abs(both_save["5m"] - both_save["1h"]) < 0.001}} What it costs when they do not:

# %% id="bill-hits"
summaries = int(batch["prefix"][batch["tier"] == "batch"].sum())
plain = summaries * float(card["input"]) / 1e6
rows = []
for hits in (1.0, 0.98, 0.3, 0.0):
    row = {"batch requests that read": f"{hits:.0%}"}
    for lifetime in ("5m", "1h"):
        write = float(card[f"cache_write_{lifetime}"])
        usd = summaries * (hits * float(card["cached_input"]) + (1 - hits) * write) / 1e6
        row |= {f"{lifetime}, USD": money(usd), f"{lifetime}, against none": f"{usd / plain - 1:+.0%}"}
    rows.append(row)
figures.table(rows, caption=f"Prefix of the summaries in batch; without a breakpoint {money(plain)}")

# %% [markdown] id="bill-hits-why" tags=["further"]
# Five minutes pay when {{= 100 * batch_pays["5m"]:.0f}}% of the requests read, the hour when {{= 100 * batch_pays["1h"]:.0f}}% do: it is found more easily, and costs more when it is not. A team measured both ends on the real API ([pull request 2741]({{source:bike4mind-2741}}), September 2026): cold batches, 138 requests in all, read nothing and paid for every write; after a batch of one request had gone ahead, the next one read everything. It quotes Anthropic's documentation: 30 to 98% of a batch's requests read. Lesson 8 promises a range, from none of them to all.

# %% [markdown] id="ask" tags=["further"]
# ### Let the vendor say why
#
# Claude compares a request with an earlier one when you name it, and says what differs first. (OpenAI's Responses have a `prompt_cache_diagnostics` of the same kind.)

# %% id="ask-run"
client = connect("anthropic")
earlier = client.messages.create(**claude_body(QUESTIONS[0]), diagnostics={"previous_message_id": None})
for name, changed in (
    ("tools in another order", {"tools": TOOLS[::-1]}),
    ("the time, at character 200", LATER),
    ("another model", {"model": SISTERS["anthropic"]}),
):
    later = client.messages.create(
        **claude_body(QUESTIONS[1], **changed), diagnostics={"previous_message_id": earlier.id}
    )
    why = later.diagnostics.cache_miss_reason
    print(f"{name:<35}{why.type}, {why.cache_missed_input_tokens:,} tokens missed")

# %% [markdown] id="ask-why" tags=["further"]
# The missed tokens are more than the {{= f"{usage_prefix:,}"}} of the prefix, because the earlier call's question counts too.

# %% [markdown] id="ex-7-2" tags=["further"]
# ### Your turn: exercise 7.2
#
# Order this prompt for the cache, first to last. The table has its pieces in alphabetical order, and how often each changes:
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
# We can measure that on Banking77: the cache holds its training questions, and the {{= len(bank.questions()):,}} test questions come. A hit is *right* when both questions have the same intent. Four ways to be similar: equal text; TF-IDF, which gives rare words more weight; WordLlama, fixed vectors of words, averaged; MiniLM, a small model that reads the sentence.
#
# All have a threshold of 0.9, which is as strict as usual defaults or stricter.

# %% id="own-cache-run"
from costlib.caching import Worth, curve, exact, similar
from costlib.intents import TfIdf, labelled, sentence_vectors

known, queries = labelled("train"), labelled("test")
tfidf, labels = TfIdf(known["text"]), known["category"].to_numpy()
matched = {
    "exact": exact(queries["text"], known["text"], labels),
    "TF-IDF": similar(tfidf.vectors(queries["text"]), tfidf.vectors(known["text"]), labels),
}
for name, model in (("WordLlama", "wordllama"), ("MiniLM", "minilm")):
    matched[name] = similar(
        sentence_vectors("test", model), sentence_vectors("train", model), labels
    )
hit_curves = {name: curve(votes, queries["category"]) for name, votes in matched.items()}


def at(found, threshold):
    """Share of questions that hit at a threshold, and share of the hits that is wrong."""
    place = np.flatnonzero(found.threshold >= threshold)[-1]
    return found.hits[place], found.wrong_of_hits[place]

# %% id="own-cache-figure" tags=["folded"]
# Draws wrong hits against hits, a curve for each similarity.
rows = []
for name, found in hit_curves.items():
    (hits, wrong), (few, less) = at(found, 0.9), at(found, 0.8)
    rows.append({
        "similarity": name,
        "hits at 0.9": f"{hits:.1%}",
        "wrong of them": f"{wrong:.1%}",
        "hits at 0.8": f"{few:.1%}",
        "wrong of these": f"{less:.1%}",
    })
mini, cheap = at(hit_curves["MiniLM"], 0.9), at(hit_curves["TF-IDF"], 0.9)
with figures.figure(
    f"At 0.9 TF-IDF answers {cheap[0]:.0%} of the questions, {cheap[1]:.1%} of them wrongly; "
    f"MiniLM {mini[0]:.0%} and {mini[1]:.1%}",
    alt="Share of hits that is wrong against hit rate, a curve for each similarity with a dot at 0.9. "
    "From a fifth of the questions on MiniLM's lies lowest and TF-IDF's highest; the exact cache is "
    "a point at under one per cent of hits.",
    numbers=rows,
) as (_, ax):
    for (name, found), dashes in zip(hit_curves.items(), ("o", "-", "--", ":")):
        (line,) = ax.plot(found.hits, found.wrong_of_hits, dashes, label=name)
        ax.plot(*at(found, 0.9), "o", color=line.get_color())
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylim(0, 0.25)
    ax.set_xlabel("questions that hit (dots: threshold 0.9)")
    ax.set_ylabel("hits that are wrong")
    ax.legend()

# %% [markdown] id="own-cache-pairs" tags=["further"]
# The same threshold promises something else with each similarity.{{claim: max(found.wrong_of_hits.max() for found in hit_curves.values()) < 0.25}} Cheap ones are dangerous because they look at words, and opposite questions share their words, while the same question can be put in quite others. (Better ones are not immune: a user of GPTCache found that a question and its reversal pass its default of 0.8, [GPTCache #694]({{source:gptcache-694}}), August 2026.)

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
            "TF-IDF": f"{float(np.prod(tfidf.vectors([one, other]), axis=0).sum()):.2f}",
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
learned = sentence_vectors("train")
trial = curve(similar(learned[tune], learned[~tune], labels[~tune]), labels[tune])
rows = []
for usd in (0.05, 0.25, 1.0, 4.0):
    worth = Worth(call, usd)
    place = trial.best(worth)
    threshold = trial.threshold[place] if place >= 0 else math.inf
    hits, accuracy = matched["MiniLM"].measure(queries["category"].to_numpy(), threshold)
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
# Where a wrong answer only costs another question, a semantic cache saves most of the bill. With the prompt cached a call costs a third of this, so there is less to save, and less may be wrong.{{claim: 0.28 < after.by_kind["question"] / before.by_kind["question"] < 0.38}}
#
# Where a wrong answer costs a person's time, even the best threshold lost money.{{claim: rows[-1]["saved, USD for 1,000"].startswith("-")}} Among the 3,000 questions on which we chose it, none of its {{= round(3_000 * trial.hits[place])}} hits was wrong{{claim: trial.wrong_of_hits[place] == 0}}: too few hits to tell a share of 0 from one of 0.8%. The intents are as their annotators gave them, so some "wrong" hits are their doubt.
#
# Two rules that no threshold replaces: never serve one customer's answer to another when it used their account, and empty the cache when the handbook changes.

# %% [markdown] id="ex-7-6" tags=["further"]
# #### Your turn: exercise 7.6
#
# Write `lowest_threshold`. It gets a list of similarities, a list that says for each whether a hit would be right, and the share of hits (0 to 1) that may be wrong. It returns the lowest of the similarities at which at most that share of the hits (all of at least that similarity) is wrong, even where a higher threshold fails, or `math.inf` if there is none, as for an empty list.

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

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: [Anthropic on prompt caching]({{source:anthropic-caching}}); [OpenAI on prompt caching]({{source:openai-caching}}); the trace, [Mooncake]({{source:mooncake}}); what people's pauses cost in the real coding sessions of 43 developers (13% at most), [TraceLab]({{source:tracelab-pauses}}).
