# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 3. Cost estimation
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can count a request before you send it, give a range for an answer that nobody has written yet and test whether the range keeps its promise, price a conversation and a month, and say whether a feature is worth its bill.
#
# You need lesson 1, and no key: requests go through the real SDKs to the offline provider. Previous: {{previous}}

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank of lesson 1 knows what last month cost. Now its finance department asks for next month: *what will it be, and how sure are you?*
#
# **Before you run anything, write down a range** in which you would put nine months out of ten, and the one unknown that you think moves it most: how many questions come, how fast that grows, how long conversations get, or chance. You will compare both at the end.

# %% id="map"
import io
import json
import math
from base64 import b64encode
from dataclasses import replace

import numpy as np

from costlib import (
    bank, connect, cost_of, cost_table, count_chat, count_text, money, rate_card, read_usage, role,
)
from costlib.display import figures
from costlib.estimation import (
    Case, Month, Spread, conversation, cost_per_resolved, fit_interval, own_usd_per_mtok,
)
from costlib.tokens import image_tokens

FLAGSHIP = role("anthropic", "flagship")
figures.cost_map(lit=("volume", "monthly bill", "return on investment"))

# %% [markdown] id="s1"
# ## 1. What goes in can be counted
#
# The input is known before the call. People divide its characters by four, or run it through the vendor's **encoding**, the list by which text is cut into tokens.
#
# Both see only the text. A request also carries a frame around each message, the schemas of your tools, their calls and results, and pictures. In January 2026 a developer counted 47,194 tokens with tiktoken in a chat with tool calls, and the API billed 140,384 ([tiktoken #474]({{source:tiktoken-474}}); part of the gap is an encoding of another model).
#
# Here are five kinds of request, fifty of each, made of the bank's questions and tools:

# %% id="requests"
COUNTED = role("openai", "nano")  # its encoding is public
SYSTEM = {"role": "system", "content": "You answer questions about cards and accounts."}
TOOLS = [
    {"type": "function", "function": {k.replace("input_schema", "parameters"): t[k] for k in t}}
    for t in bank.tools()
]
rng = np.random.default_rng(3)
texts = bank.questions()["text"].to_numpy()


def say(who):
    return {"role": who, "content": " ".join(rng.choice(texts, rng.integers(1, 4)))}


def one_question():
    return {"messages": [SYSTEM, say("user")]}


def several_turns():
    earlier = [say(who) for _ in range(rng.integers(2, 9)) for who in ("user", "assistant")]
    return {"messages": [SYSTEM, *earlier, say("user")]}


def with_tools():
    return one_question() | {"tools": list(rng.choice(TOOLS, rng.integers(1, 11), replace=False))}


def tool_called():
    request = with_tools()
    name = request["tools"][0]["function"]["name"]
    call = {"name": name, "arguments": json.dumps({"account": int(rng.integers(1e9))})}
    rows = json.dumps([round(float(usd), 2) for usd in rng.normal(0, 90, rng.integers(5, 90))])
    request["messages"] += [
        {"role": "assistant", "tool_calls": [{"id": "c1", "type": "function", "function": call}]},
        {"role": "tool", "tool_call_id": "c1", "content": rows},
    ]
    return request


def with_picture():
    from PIL import Image

    size, file = tuple(int(side) for side in rng.integers(200, 1_200, 2)), io.BytesIO()
    Image.new("1", size).save(file, "PNG")
    url = "data:image/png;base64," + b64encode(file.getvalue()).decode()
    picture = {"type": "image_url", "image_url": {"url": url}}
    asked = [{"type": "text", "text": say("user")["content"]}, picture]
    return {"messages": [SYSTEM, {"role": "user", "content": asked}]}, size


KINDS = (one_question, several_turns, with_tools, tool_called, with_picture)
made = [(kind, kind()) for kind in KINDS for _ in range(50)]
print(f"{len(made)} requests")

# %% [markdown] id="s1-predict"
# **Predict.** Counting the text alone, how much of a request with tools do you see: nine tenths, half, one tenth?

# %% id="errors" tags=["predict"]
def text_of(message):
    content = message.get("content") or ""
    return content if isinstance(content, str) else content[0]["text"]


def three_counts(messages, tools, size):
    said = [text_of(message) for message in messages]
    plain = [{**message, "content": text} for message, text in zip(messages, said)]
    return {
        "characters / 4": sum(map(len, said)) // 4,
        "text alone": sum(count_text(text, COUNTED).tokens for text in said),
        "everything": int(count_chat(plain, COUNTED, tools=tools))
        + (image_tokens(*size, COUNTED) if size else 0),
    }


client = connect("openai")
errors = {}  # of each counter on each kind of request: the share by which it is off
for kind, request in made:
    request, size = request if isinstance(request, tuple) else (request, None)
    reply = client.chat.completions.create(model=COUNTED, max_completion_tokens=20, **request)
    billed = read_usage(reply).input_tokens
    for way, count in three_counts(request["messages"], request.get("tools"), size).items():
        errors.setdefault((kind.__name__.replace("_", " "), way), []).append(count / billed - 1)

names, ways = [list(dict.fromkeys(part)) for part in zip(*errors)]
rows = [
    {"kind": name}
    | {way: f"{np.median(errors[name, way]):+.0%}" for way in ways}
    | {"everything, worst": f"{max(map(abs, errors[name, 'everything'])):.1%}"}
    for name in names
]
with figures.figure(
    "Counting only the text misses most of a request with tools or a picture",
    alt="Errors of three counters for five kinds of request. Counting everything lies on zero; "
    "the other two fall to nearly minus 100 % for tools and pictures.",
    numbers=figures.table(rows, caption="Median error against the billed input tokens"),
) as (_, ax):
    for shift, (way, marker) in enumerate(zip(ways, "ox|")):
        for row, name in enumerate(names):
            found = errors[name, way]
            spot = [row + 0.25 * (shift - 1)] * len(found)
            label = way if row == 0 else None
            ax.plot(found, spot, marker, ms=5, color=figures.PALETTE[shift], label=label)
    ax.set_yticks(range(len(names)), names)
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:+.0%}")
    ax.set_xlabel("count against billed input tokens")
    ax.legend(loc="upper center", bbox_to_anchor=(0.4, 1.17), ncols=3, handletextpad=0.1)

# %% [markdown] id="s1-why"
# Text alone sees about a twentieth of a request with tools.{{claim: 0.03 < 1 + np.median(errors["with tools", "text alone"]) < 0.07}} The zeros of *everything* are no triumph. **The provider is ours and counts with the same code**, so they show only that the two agree. What stands behind text and frames is OpenAI's public encoding and cookbook. Tool schemas are an estimate in both, and so is every count for Claude:

# %% id="referee"
asked = {"role": "user", "content": texts[0]}
sent = [{"role": "system", "content": bank.handbook()}, asked]
print("our count:", count_chat(sent, FLAGSHIP, tools=bank.tools()))

referee = connect("anthropic").messages.count_tokens(
    model=FLAGSHIP, system=bank.handbook(), tools=bank.tools(), messages=[asked]
)
print("count endpoint:", referee.input_tokens)

# %% [markdown] id="s1-referee"
# The range is as narrow as the measurements allow that people published (`data/tokenizer_factors.csv` names them). The endpoint that answered here is the offline provider's, so its number is our own estimate again. With a key, the vendor's **count endpoint** settles it (`messages.count_tokens`, at OpenAI `responses.input_tokens.count`), without running the model. Ask it once for what never changes, tools and system prompt, and count the rest yourself.

# %% [markdown] id="ex-3-1"
# ### Your turn: exercise 3.1
#
# Write `chat_tokens`, the input tokens of a text-only chat on gpt-4.1. Each message is a dictionary with `role` and `content`; a content may be empty, and so may the list. OpenAI's cookbook: count the role and the content of each message, add 3 for each message, and 3 once, which open the reply. `count_text(text, "gpt-4.1").tokens` counts a text.

# %% id="ex-3-1-answer"
def chat_tokens(messages):
    ### BEGIN SOLUTION
    total = 3
    for message in messages:
        total += 3
        total += count_text(message["role"], "gpt-4.1").tokens
        total += count_text(message["content"], "gpt-4.1").tokens
    return total
    ### END SOLUTION
    # BLANK: return ...


answer_3_1 = chat_tokens

# %% id="ex-3-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.1")

# %% id="ex-3-1-hint"
from costlib import exercises as ex

ex.hint("3.1")

# %% [markdown] id="s2"
# ## 2. What comes out is a range
#
# Nobody knows how long an answer will be. A rule seen in many estimators says 0.7 × `max_tokens` (the ceiling that you set on an answer). Test it on two real services: an hour of a chat and of a coding assistant at Azure, 2023.
#
# **Predict.** With a ceiling of 1,000 tokens the rule says 700. What share of answers is shorter than that?

# %% id="lengths" tags=["predict"]
SERVICES = ("conversation", "code")
answers = {name: bank.trace(name)["GeneratedTokens"].to_numpy() for name in SERVICES}
RULE = 0.7 * 1_000

rows = []
for name, lengths in answers.items():
    quantiles = np.quantile(lengths, (0.5, 0.9, 0.99))
    row = {"service": name, "answers": len(lengths), "mean": round(float(lengths.mean()))}
    row |= {f"p{p}": round(value) for p, value in zip((50, 90, 99), quantiles)}
    row |= {"shorter than 700": f"{(lengths < RULE).mean():.1%}"}
    rows.append(row | {"700 / mean": f"{RULE / lengths.mean():.1f}"})

with figures.figure(
    f"0.7 × max_tokens is {RULE / answers['conversation'].mean():.1f} times the mean chat answer, "
    f"{RULE / answers['code'].mean():.0f} times the mean of code",
    alt="Share of answers up to a length, log scale. Both services reach almost 100 % before 700 "
    f"tokens; half of the code answers have at most {np.median(answers['code']):.0f} tokens.",
    numbers=figures.table(rows, caption="Output tokens; p90 is what 9 answers in 10 stay within"),
) as (_, ax):
    for (name, lengths), dashes in zip(answers.items(), ("-", "--")):
        ax.plot(np.sort(lengths), np.linspace(0, 1, len(lengths)), dashes, label=name)
    ax.axvline(RULE, color=figures.PALETTE[4], linewidth=1)
    ax.text(RULE, 0.04, "0.7 × 1,000 ", ha="right")
    ax.set_xscale("log")
    ax.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("output tokens (log scale)")
    ax.set_ylabel("answers up to this length")
    ax.legend(loc="upper left")

# %% [markdown] id="s2-range"
# The rule overstates the mean severalfold, and by another factor for each service.{{claim: RULE / answers["conversation"].mean() > 3 and RULE / answers["code"].mean() > 20}} All that it knows is the ceiling, and a ceiling says nothing of how long answers are: with one of 300, the rule would have said 210, near the chat's mean of {{= answers["conversation"].mean():.0f}} by accident. Your own past answers are better: take their mean for a bill, p99 for a ceiling, and an **interval**, a range with a probability.
#
# A probability can be tested. Fit a range on every other answer, then count how many of those that it has *not* seen fall inside: its **coverage**. A range for 90 % should hold 90 %.
#
# **Predict.** Will a range fitted on the first half hour hold 90 % of the second?

# %% id="coverage" tags=["predict"]
rows = []
for name, lengths in answers.items():
    half = len(lengths) // 2
    for promised in (0.5, 0.8, 0.9, 0.95):
        mixed = fit_interval(lengths[::2], promised)
        earlier = fit_interval(lengths[:half], promised)
        rows.append({
            "service": name,
            "promised": f"{promised:.0%}",
            "range": f"{mixed.low:.0f} to {mixed.high:.0f}",
            "every other": f"{mixed.coverage(lengths[1::2]):.1%}",
            "second half hour": f"{earlier.coverage(lengths[half:]):.1%}",
        })
figures.table(rows, caption="Coverage of ranges of output tokens, on answers not seen")

# %% [markdown] id="s2-drift"
# On every other answer the ranges keep their promise within two points.{{claim: all(abs(float(row["every other"][:-1]) - float(row["promised"][:-1])) < 2 for row in rows)}} In order of time those of the chat hold too many, most of all the narrow ones ({{= rows[0]["second half hour"][:-1]}} % where half was promised, {{= rows[2]["second half hour"][:-1]}} % where 90 % was), because fewer of its later answers were long. (The ranges need not lie inside one another: each is the narrowest that comes closest to its share.)

# %% id="drift"
rows = []
for name, lengths in answers.items():
    half = len(lengths) // 2
    for when, part in (("first", lengths[:half]), ("second", lengths[half:])):
        quarter, middle, three = np.quantile(part, (0.25, 0.5, 0.75))
        rows.append({
            "service": name,
            "half": when,
            "p25": round(quarter),
            "p50": round(middle),
            "p75": round(three),
            "above 300": f"{(part > 300).mean():.0%}",
        })
figures.table(rows, caption="The same hour, first half and second: output tokens")

# %% [markdown] id="s2-why"
# No cleverer fit mends that: it is **drift**, the future differing from the past. Fit on recent answers, measure the coverage on those that came after, and say what you measured.
#
# One trap: **ties**. Code answers are so short that one length alone can be a large share of them. Cut at such a length, and the range holds all of them, more than you asked for. `fit_interval` looks for the pair of ends that holds closest to the share; you will write your own.

# %% [markdown] id="ex-3-2"
# ### Your turn: exercise 3.2
#
# Write `calibrated`, without `fit_interval`. It gets a list of lengths in any order, one or more, and a share between 0 and 1, and returns `low, high`. Both are lengths of the list and belong to the range. At least `share * len(values)` of the lengths lie in it, equal ones each counted, and of all such ranges yours holds the fewest; where several hold as few, yours begins lowest, and then ends lowest. Fitted on half of a service's answers, such a range holds 50, 80 or 90 % of the other half within two points.

# %% id="ex-3-2-answer"
def calibrated(values, share):
    ### BEGIN SOLUTION
    ordered = np.sort(values)
    wanted = int(np.ceil(round(share * len(ordered), 6)))
    best, best_excess = None, len(ordered) + 1
    for low in np.unique(ordered):
        first = np.searchsorted(ordered, low)
        if first + wanted > len(ordered):
            break
        high = ordered[first + wanted - 1]
        held = np.searchsorted(ordered, high, side="right") - first
        if held - wanted < best_excess:
            best, best_excess = (low, high), held - wanted
    return best
    ### END SOLUTION
    # BLANK: return ...


answer_3_2 = calibrated

# %% id="ex-3-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.2")

# %% id="ex-3-2-hint"
from costlib import exercises as ex

ex.hint("3.2")

# %% [markdown] id="s3"
# ## 3. A conversation pays for its past
#
# The API remembers nothing: each turn sends the system prompt, every earlier question and answer, and the new question. With *n* turns, *s* tokens of system prompt, *q* of a question and *a* of an answer:
#
# $$\text{input} = n\,(s + q) + (q + a)\,\frac{n\,(n-1)}{2} \qquad \text{output} = n\,a$$
#
# The second term grows with the square. Two remedies: **trimming** sends only the latest exchanges; **caching** reads what was sent before at a fraction of the price, and pays a little more to write what is new.
#
# **Predict.** Which costs less over forty turns: trimming to four exchanges, caching everything, or both together?

# %% id="conversation" tags=["predict"]
SHAPE = {"system": 1_000, "question": 100, "answer": 250}
REMEDIES = {
    "plain": {},
    "trimmed": {"keep": 4},
    "cached": {"cached": True},
    "both": {"keep": 4, "cached": True},
}


def chat_usd(turns, remedy):
    return cost_of(conversation(turns, **SHAPE, **REMEDIES[remedy]), FLAGSHIP).total


points = {remedy: [(n, chat_usd(n, remedy)) for n in range(1, 41)] for remedy in REMEDIES}
cheapest = min(REMEDIES, key=lambda remedy: chat_usd(40, remedy))
figures.lines(
    points,
    f"Over 40 turns, {cheapest} costs {chat_usd(40, cheapest) / chat_usd(40, 'plain'):.0%} of plain",
    alt="Cost against turns. Plain bends upwards; trimmed, cached and both stay far below it.",
    x="turns of the conversation",
    y=f"USD for the conversation\n({FLAGSHIP})",
    numbers=[
        {"turns": n} | {remedy: money(chat_usd(n, remedy)) for remedy in REMEDIES}
        for n in (1, 10, 20, 40)
    ],
)

# %% [markdown] id="s3-why"
# A trimmed history begins with other words at each turn, so a cache of exact beginnings recognises only the system prompt, and the rest is written again each time. The remedies get in each other's way (lesson 7).
#
# **Retries multiply.** If a share *f* of attempts is billed, fails and is sent again until one works, each answer costs 1 / (1 − *f*) times as much: a quarter lost is a third more money.

# %% [markdown] id="ex-3-3"
# ### Your turn: exercise 3.3
#
# Write `conversation_cost`: turns (1 or more), tokens of the system prompt, of each question and of each answer, and a dictionary with the rates `"input"` and `"output"` (USD per million tokens). Nothing is trimmed or cached. It returns dollars.

# %% id="ex-3-3-answer"
def conversation_cost(turns, system, question, answer, rates):
    ### BEGIN SOLUTION
    history = (question + answer) * turns * (turns - 1) / 2
    sent = turns * (system + question) + history
    return (sent * rates["input"] + turns * answer * rates["output"]) / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_3_3 = conversation_cost

# %% id="ex-3-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.3")

# %% id="ex-3-3-hint"
from costlib import exercises as ex

ex.hint("3.3")

# %% [markdown] id="s4"
# ## 4. Is it worth it?
#
# A bill is dear or cheap only beside what it buys. A feature brings time saved, better results, and work that was not done before: value them apart, for only the first can be clocked. It costs the bill, the time of those who check its results, and the engineers who build it and look after it.
#
# Two features, both invented. One drafts reports for 500 dollars a month, the other tags tickets for 50. **Predict**: which one would you switch off?

# %% id="worth" tags=["predict"]
TEAM = {"usd_an_hour": 50, "usd_engineer_hour": 90, "build_hours": 40, "upkeep_hours": 2}
reports = Case(tasks=120, minutes_saved=15, minutes_checking=5, bill=500, **TEAM)
tickets = Case(
    tasks=600, minutes_saved=3, minutes_checking=1.5, useful_share=0.2, bill=50, **TEAM
)
features = {
    "reports": reports,
    "reports, now in Welsh too": replace(reports, other_value=300),  # what translating would cost
    "tickets": tickets,
}


def verdict(name, case):
    return {
        "feature": name,
        "time saved": money(case.time_value, digits=0),
        "new work": money(case.other_value, digits=0),
        "bill": money(case.bill, digits=0),
        "checking": money(case.checking, digits=0),
        "upkeep": money(case.running - case.bill - case.checking, digits=0),
        "left a month": money(case.net, digits=0),
        "build pays back": f"{case.payback_months:.0f} months" if case.net > 0 else "never",
        "return, 2 years": f"{case.roi(24):+.0%}",
    }


figures.table([verdict(*feature) for feature in features.items()], caption="USD a month")

# %% [markdown] id="s4-why"
# The {{= reports.bill}} dollars replace {{= reports.tasks * (reports.minutes_saved - reports.minutes_checking) / 60:.0f}} hours of work, checking counted, and leave something over;{{claim: reports.net > 0}} new work comes on top, in a column of its own. The {{= tickets.bill}} buy tags of which four in five are useless,{{claim: tickets.useful_share == 0.2}} and somebody reads them all.
#
# **ROI**, return on investment, is (value − cost) / cost over a stated time. Before you quote one, vary what you believed, here by a quarter either way:

# %% id="sensitivity"
BELIEFS = ("minutes_saved", "minutes_checking", "bill", "upkeep_hours")
rows = []
for belief in BELIEFS:
    less, more = (
        replace(reports, **{belief: getattr(reports, belief) * times}).net for times in (0.75, 1.25)
    )
    rows.append({
        "belief": belief.replace("_", " "),
        "a quarter less": money(less),
        "a quarter more": money(more),
        "moves by": money(abs(more - less)),
    })
figures.table(rows, caption=f"Reports: USD left a month; {money(reports.net)} as believed")

# %% [markdown] id="s4-resolved"
# Here the minutes saved decide, three times as much as the bill.{{claim: float(rows[0]["moves by"][1:]) == 3 * float(rows[2]["moves by"][1:])}} The share of good results would move it as much; here all of them count as good. For an assistant, count the **cost of a resolved question**: the whole spend, with the people who take over the rest (4 dollars each, our assumption), divided by the questions that the assistant resolved itself. It may lie above those 4 dollars and still pay: what you spend for each question *asked* stands in the last column.

# %% id="resolved"
month = bank.month()
bill = bank.bill(month)
questions = bank.DAYS * bank.QUESTIONS_A_DAY
attempt = float(bill.total) / questions  # the summaries are part of the service

figures.table(
    [
        {
            "resolved": f"{share:.0%}",
            "API for each question": money(attempt),
            "for each resolved one": money(cost_per_resolved(attempt, share, fallback=4)),
            "for each asked, people included": money(attempt + (1 - share) * 4),
        }
        for share in (0.4, 0.6, 0.8)
    ],
    caption="USD; a person takes over what is not resolved",
)

# %% [markdown] id="calc"
# ## What will a feature cost, and is it worth it?
#
# Use the calculator to answer three questions. Write your answers down first.
#
# 1. What moves the month most, as it stands? And with a cache that reads between 60 and 95 % of the fixed part?
# 2. Set good answers to 25 %. What is left a month? Would half the bill mend it?
# 3. Which one number would you measure first, before you build?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import FeatureCalculator

FeatureCalculator(requests_a_day=1_000)

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# Volume; with the planned cache, its **hit rate**, the share that is read from it. At 25 % good answers the month ends below zero, and it would with no bill at all.{{claim: Case(tasks=30_000, minutes_saved=2, minutes_checking=0.5, usd_an_hour=40, bill=0, useful_share=0.25, upkeep_hours=10, usd_engineer_hour=90).net < 0}} The value is minutes saved times the share of good answers, so an error of a quarter in either moves it equally. Measure the share first, on real questions, since you can do that before you build; then clock the minutes.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# This lesson has no lever: it turns the month into an interval. First, how much is chance? Draw the month's requests again, fifty times, as if other customers had come:

# %% id="sampling"
each = cost_table(month)["cost_pusd"].to_numpy() / 1e12  # USD for each request
again = np.random.default_rng(0)
totals = [each[again.integers(0, len(each), len(each), dtype=np.int32)].sum() for _ in range(50)]
low, high = np.quantile(totals, (0.05, 0.95))
print(f"the month            {money(bill.total)}")
print(f"nine in ten redraws  {money(low)} to {money(high)}")
print(f"that is              ± {(high - low) / 2 / float(bill.total):.3%}")

# %% [markdown] id="bill-believed"
# Chance averages out over so many requests. (The trace is one hour, without day or week: that next month resembles it is an assumption that no redraw can test.) What matters is what nobody knows, so state it, as ranges of which you are 80 % sure:
#
# | Unknown | Range, 80 % sure |
# |---|---|
# | questions and summaries a day | 0.8 to 1.25 times today's |
# | growth from the first day to the last | −10 to +11 % |
# | length of the history | 0.7 to 1.43 times the trace's |
# | share of the prefix (tools and handbook, the same in each request) read from a cache | none today, since nothing is marked for caching |
#
# These are ours. Draw them twenty thousand times, price each month, and cut 5 % from both ends (this is called **Monte Carlo**; 90 % is more than 80 %, so the ends of a cause lie outside of the range above):

# %% id="bill-interval"
part = {name: float(usd) for name, usd in bill.by_part.items()}
plan = Month(
    prefix=part["prefix"],
    history=part["history"],
    rest=part["question"] + part["screenshot"] + part["output"],
    requests=len(month),
    request_sd=float(each.std() / each.mean()),
    volume=Spread(0.8, 1.25),
    growth=Spread(-0.1, 1 / 0.9 - 1, "change"),
    history_length=Spread(0.7, 1 / 0.7),
)


def swing_rows(plan):
    return [
        {
            "cause alone": swing.cause,
            "at its low end": money(swing.low, digits=0),
            "at its high end": money(swing.high, digits=0),
            "of the middle": f"± {swing.width / 2 / plan.usd():.2%}",
        }
        for swing in plan.swings(0.9)
    ]


def in_words(plan):
    interval = plan.interval(0.9)
    low, high = money(interval.low, digits=0), money(interval.high, digits=0)
    middle = money(plan.usd(), digits=0)
    return f"90 %: {low} to {high}, {middle} in the middle; a cause alone over its own 90 %"


figures.table(swing_rows(plan), caption=f"USD a month. {in_words(plan)}")

# %% [markdown] id="bill-cache"
# That is the answer for finance. Compare it with your own range from the start, and with the cause that you named. Now say that the team plans to cache the tools and the handbook (lesson 7 does), has measured nothing, and is 80 % sure that 60 to 95 % of the prefix will be read from the cache.
#
# **Predict.** The month gets cheaper. What now moves it most?

# %% id="tornado" tags=["predict"]
rates = {kind: float(rate) for kind, rate in rate_card(FLAGSHIP).rates.items() if rate is not None}
cached = replace(
    plan,
    hit_rate=Spread(0.6, 0.95, "share"),
    read_price=rates["cached_input"] / rates["input"],
    write_price=rates["cache_write_5m"] / rates["input"],
)
swings = cached.swings(0.9)
with figures.figure(
    f"With a cache, {swings[0].cause} move the month most: by {money(swings[0].width, digits=0)}",
    alt="A tornado: one bar for each cause, widest on top, around the middle of the month. "
    "Request sampling is too narrow to see.",
    numbers=figures.table(swing_rows(cached), caption=f"USD a month. {in_words(cached)}"),
) as (_, ax):
    for row, swing in enumerate(swings):
        ax.barh(row, swing.high - swing.low, left=swing.low, color=figures.PALETTE[0])
    ax.axvline(cached.usd(), color=figures.PALETTE[4], linewidth=1)
    ax.set_yticks(range(len(swings)), [swing.cause for swing in swings])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(lambda value, _: f"${value:,.0f}")
    ax.xaxis.get_major_locator().set_params(nbins=5)
    ax.use_sticky_edges = False  # or the widest bars would touch the frame
    ax.set_xlabel("USD a month, all else in the middle")

# %% [markdown] id="bill-why"
# So measure the hit rate on a day of traffic before you promise the saving. An interval is only as good as the ranges that went in: note them, and see next month whether the bill fell inside.

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put the output lengths of your own requests in place of these, oldest first (from your own log: a provider's usage export holds sums, and no single length). Ask for a range, and test it on the later ones.

# %% id="own-run"
LENGTHS = answers["code"][:2_000].tolist()

cut = len(LENGTHS) * 2 // 3
own = fit_interval(LENGTHS[:cut], 0.9)
print(f"{own.low:,.0f} to {own.high:,.0f} tokens, promised 90 %")
print(f"held {own.coverage(LENGTHS[cut:]):.1%} of the {len(LENGTHS) - cut:,} answers that came later")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="ex-3-4" tags=["further"]
# ### Your turn: exercise 3.4, a month as an interval
#
# Write `month_range`. It gets two lists of draws, the requests in a month and the dollars for each request, drawn together pair by pair, and a share between 0 and 1. It returns `low, high`: the range that holds the middle share of the months, its ends cut by `np.quantile`.

# %% id="ex-3-4-answer"
def month_range(requests, usd, share):
    ### BEGIN SOLUTION
    months = np.multiply(requests, usd)
    low, high = np.quantile(months, [(1 - share) / 2, (1 + share) / 2])
    return low, high
    ### END SOLUTION
    # BLANK: return ...


answer_3_4 = month_range

# %% id="ex-3-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.4")

# %% id="ex-3-4-hint"
from costlib import exercises as ex

ex.hint("3.4")

# %% [markdown] id="ex-3-5" tags=["further"]
# ### Your turn: exercise 3.5, when does it pay?
#
# Write `tasks_to_pay_back`: dollars to build a feature, the months in which that must come back, minutes saved and minutes of checking for each task, dollars for an hour of people's time, and dollars of API for each task. It returns the smallest whole number of tasks a month that is enough, and `math.inf` where a task brings nothing or less. Keep the computer's own rounding out: `round(x, 6)` before you compare with 0, and before you round up.

# %% id="ex-3-5-answer"
def tasks_to_pay_back(build_usd, months, saved, checking, usd_an_hour, usd_a_task):
    ### BEGIN SOLUTION
    gain = (saved - checking) / 60 * usd_an_hour - usd_a_task
    if round(gain, 6) <= 0:
        return math.inf
    return math.ceil(round(build_usd / months / gain, 6))
    ### END SOLUTION
    # BLANK: return ...


answer_3_5 = tasks_to_pay_back

# %% id="ex-3-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.5")

# %% id="ex-3-5-hint"
from costlib import exercises as ex

ex.hint("3.5")

# %% [markdown] id="own-hardware" tags=["further"]
# ### Hardware of your own
#
# A machine costs by the hour, busy or not:
#
# $$\text{USD per million tokens} = \frac{\text{USD per hour}}{\text{tokens per second} \times 3600 / 10^6} \cdot \frac{1}{\text{utilisation}}$$
#
# A [guide by Runpod]({{source:runpod-playbook}}) starts from a model of 70 billion parameters, not yet optimised, on two H100 cards for 5.98 dollars an hour, at about 890 tokens a second. (After tuning it claims under 0.55 dollars a million, fully busy.) **Predict**: busy a tenth of the time, what do a million tokens cost?

# %% id="own-hardware-run"
MACHINE = {"usd_an_hour": 5.98, "tokens_per_second": 890}
HOSTED = [("openai", "gpt-oss-120b"), ("mistral", role("mistral", "small")), ("anthropic", FLAGSHIP)]

shares = [n / 100 for n in range(5, 101, 5)]
machine = {
    "as published": lambda share: own_usd_per_mtok(**MACHINE, utilisation=share),
    "×3 for people": lambda share: own_usd_per_mtok(**MACHINE, utilisation=share, operations=3),
}
hosted = {
    name: float(rate_card(name, provider=provider).rates["output"]) for provider, name in HOSTED
}
figures.lines(
    {name: [(100 * share, cost(share)) for share in shares] for name, cost in machine.items()}
    | {name: [(5, usd), (100, usd)] for name, usd in hosted.items()},
    f"Busy a tenth of the time, own tokens cost {money(machine['as published'](0.1))} a million",
    alt="USD per million output tokens against utilisation, log scale. Two falling curves for the "
    "machine; level lines for three hosted models, two of them below both curves throughout.",
    x="utilisation, % of the time",
    y="USD per million output tokens\n(log scale)",
    log=True,
    numbers=[
        {"busy": f"{share:.0%}"} | {name: money(cost(share)) for name, cost in machine.items()}
        for share in (0.05, 0.1, 0.3, 0.6, 1.0)
    ]
    + [{"busy": f"{name}, hosted", "as published": money(usd)} for name, usd in hosted.items()],
)

# %% [markdown] id="own-hardware-why" tags=["further"]
# Input is left out on both sides; measure tokens a second on your own mix. A hosted small or open-weight model is the fair rival, and without tuning it is not beaten here at all:{{claim: all(hosted[name] < machine["as published"](1.0) for _, name in HOSTED[:2])}} its vendor keeps the machines busy with everybody's traffic. (OpenAI sells no API of gpt-oss-120b; the price is that of a cheap host on OpenRouter. Cerebras asks 0.75 dollars, by litellm's price map.)
#
# Published break-evens lie far apart: one page says [600 million tokens a month]({{source:smartcloudsuites}}), another, as it stands when opened, [1.45 billion]({{source:induwara-self-host}}). No wonder, when each of these is somebody's choice:

# %% id="own-hardware-sensitivity"
CHOICES = {  # a low and a high value, chosen by us from what such pages assume
    "USD an hour for a card": (2, 3),
    "tokens a second": (890, 3_000),
    "utilisation": (0.1, 1.0),
    "people, as a factor": (1, 3),
}
rows = [{"choice": c, "from": a, "to": b, "times": f"{b / a:.1f}"} for c, (a, b) in CHOICES.items()]
together = math.prod(b / a for a, b in CHOICES.values())
rows.append({"choice": "all together", "times": f"{together:.0f}"})
figures.table(rows, caption="How far each choice moves the cost of a million tokens")

# %% [markdown] id="ex-3-6" tags=["further"]
# #### Your turn: exercise 3.6
#
# Write `busy_enough`: the dollars an hour of a machine, its tokens per second, and what an API charges for a million tokens, all above 0. It returns the utilisation at which both cost the same, as a share; above 1 means never.

# %% id="ex-3-6-answer"
def busy_enough(usd_an_hour, tokens_per_second, usd_per_mtok):
    ### BEGIN SOLUTION
    mtok_an_hour = tokens_per_second * 3600 / 1_000_000
    return usd_an_hour / (mtok_an_hour * usd_per_mtok)
    ### END SOLUTION
    # BLANK: return ...


answer_3_6 = busy_enough

# %% id="ex-3-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.6")

# %% id="ex-3-6-hint"
from costlib import exercises as ex

ex.hint("3.6")

# %% [markdown] id="provisioned" tags=["further"]
# ### Capacity and seats
#
# Provisioned capacity and subscriptions ask the same question: a fixed price against a price for each unit. `break_even_units` answers for both, in requests an hour or a month:

# %% id="provisioned-run"
from costlib.estimation import break_even_units

an_hour = break_even_units(fixed=40, per_unit=attempt)
print(f"capacity at 40 dollars an hour pays from {an_hour:,} of the bank's questions an hour on")
print(f"its mean hour has {bank.QUESTIONS_A_DAY / 24:,.0f}; a real night would have fewer")

# %% [markdown] id="recap"
# ## Recap
#
# Five lines to remember:
#
# 1. Count everything that is sent: frames, tools, results, pictures. The count endpoint is the referee.
# 2. Output is a range with a probability; measure its coverage on answers that came later.
# 3. A conversation's input grows with the square of its turns; trimming works against caching.
# 4. A month's interval comes from what you believe, hardly from chance.{{claim: swings[-1].cause == "request sampling"}} Say which belief moves it most.
# 5. Worth is time saved minus bill, checking and upkeep; people's time, saved and spent on checking, often outweighs the bill.
#
# | Quick reference | Formula or call |
# |---|---|
# | input of n turns | n (s + q) + (q + a) n (n − 1) / 2 |
# | a range, and its test | `fit_interval(seen, 0.9).coverage(unseen)` |
# | left a month | time saved + other value − bill − checking − upkeep |
# | own hardware, USD per million | USD/h ÷ (tokens/s × 0.0036) ÷ utilisation |
#
# **Mistakes that people made.** Counting the text and not the tool calls ([tiktoken #474]({{source:tiktoken-474}}), January 2026: a third of what was billed). Trusting a counter that was never held against the API: one was a few tokens off on the example of OpenAI's own cookbook ([openai-chat-tokens #5]({{source:openai-chat-tokens-5}}), August 2023).

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI's cookbook, [How to count tokens with tiktoken]({{source:openai-cookbook-tokens}}); Anthropic on [token counting]({{source:anthropic-counting}}); the traces, [Azure public dataset]({{source:azure-traces}}).
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("volume", "monthly bill", "return on investment"))
