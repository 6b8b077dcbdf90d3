# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 3. Cost estimation
#
# After this lesson you can count a request before you send it, state the most that a call can cost, give a tested range for an answer or an agent's run, and tell finance what next month will cost and how sure you are.
#
# You need lesson 1, sections 1 and 2 (input and output tokens, the rate card). You need no key: requests go through the real SDKs to the offline provider.
#
# {{minutes}}
#
# {{badges}}
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="map" tags=["folded"]
# Imports what this lesson uses, puts the tools in OpenAI's form, and shows where it stands on the map of cost factors.
import io
import json
import math
from base64 import b64encode
from dataclasses import replace

import numpy as np

from costlib import agents, bank, connect, cost_of, cost_table, money, rate_card, read_usage, role
from costlib import exercises as ex
from costlib.display import figures
from costlib.tokens import image_tokens

FLAGSHIP = role("anthropic", "flagship")
COUNTED = role("openai", "nano")  # its encoding is public, so that counts are exact
TOOLS = [  # in OpenAI's form: what Anthropic calls input_schema is parameters here
    {"type": "function", "function": {k.replace("input_schema", "parameters"): t[k] for k in t}}
    for t in bank.tools()
]
month = bank.month()
bill = bank.bill(month)
figures.cost_map(lit=("input tokens", "output tokens", "volume", "monthly bill"))

# %% [markdown] id="question"
# ## A question with money in it
#
# The bank's assistant was planned at {{= money(bill.total, digits=0)}} for last month: {{= (month["kind"] == "question").sum() / 1e6:.1f}} million questions, and {{= (month["kind"] != "question").sum():,}} conversations summarised at night. Finance asks for next month: *what will it be, and how sure are you?* The team is 80% sure of each of these:
#
# - On the first day the volume will be between 20% below and 25% above the plan.
# - By the last day it will fall by up to 10% or grow by up to 11%.
# - The **history** is what conversations send again, {{= bill.by_part["history"] / bill.total:.0%}} of the money. It will be between 30% shorter and 43% longer (× 0.7 to ÷ 0.7).
#
# The bank's developers let an agent work on their code and ask: *what will this task cost?*
#
# **Before you run anything, guess** the width of the range that holds next month's bill in nine cases of ten. (From 10% below the plan to 20% above is a width of 30%.)

# %% id="question-guess" tags=["predict"]
guess_width = ...  # the range in % of the plan, from its low end to its high end

# %% [markdown] id="s1"
# ## 1. What goes in can be counted
#
# You know the input before you send it. Most people count its text: they divide its characters by four, or use the vendor's **encoding**, the list by which text is cut into tokens. But a request also carries a frame around each message, the schemas of your tools, their calls and results, and pictures. In January 2026 a developer counted 47,194 tokens in a chat with tool calls, and the API billed 140,384 ([tiktoken #474]({{source:tiktoken-474}}); with an older model's encoding).
#
# Here is one request to `{{= COUNTED}}`, whose encoding is public:

# %% id="one-request"
from costlib import count_chat, count_text

SYSTEM = {"role": "system", "content": "You answer questions about cards and accounts."}
asked = {"role": "user", "content": "My card was declined twice today. What can I do?"}

print(f"{len(SYSTEM['content']) + len(asked['content'])} characters of text, and {len(TOOLS)} tools:")
print(f"{len(json.dumps(TOOLS)):,} characters of names, descriptions and schemas")

# %% [markdown] id="s1-predict"
# **Predict.** You count the text alone. What share of the billed input is it?

# %% id="s1-guess" tags=["predict"]
guess_seen = ...  # % of the billed input tokens

# %% id="one-counted"
client = connect("openai")
reply = client.chat.completions.create(
    model=COUNTED, messages=[SYSTEM, asked], tools=TOOLS, max_completion_tokens=500
)
billed = read_usage(reply).input_tokens
text_alone = sum(count_text(each["content"], COUNTED).tokens for each in (SYSTEM, asked))
everything = int(count_chat([SYSTEM, asked], COUNTED, tools=TOOLS))

print(f"text alone {text_alone}, everything {everything:,}, billed {billed:,}")
ex.reveal(guess_seen, 100 * text_alone / billed, "%")

# %% [markdown] id="s1-why"
# So the answer is {{= text_alone / billed:.1%}}: the tools are nearly all of this request.{{claim: text_alone / billed < 0.05}} The same test on 250 requests of five kinds:

# %% id="errors" tags=["folded"]
# Makes fifty requests of each of five kinds, counts each in three ways, and draws the errors.
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


errors = {}  # of each counter on each kind of request: the share by which it is off
for kind in (one_question, several_turns, with_tools, tool_called, with_picture):
    for _ in range(50):
        request = kind()
        request, size = request if isinstance(request, tuple) else (request, None)
        reply = client.chat.completions.create(model=COUNTED, max_completion_tokens=20, **request)
        sent = read_usage(reply).input_tokens
        for way, count in three_counts(request["messages"], request.get("tools"), size).items():
            errors.setdefault((kind.__name__.replace("_", " "), way), []).append(count / sent - 1)

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
    "the other two fall to nearly minus 100% for tools and pictures.",
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

# %% [markdown] id="s1-referee"
# On plain chats two errors of *characters / 4* partly cancel: it misses the frame, and these texts have {{= sum(map(len, texts)) / sum(count_text(text, COUNTED).tokens for text in texts):.1f}} characters a token, not 4.{{claim: sum(map(len, texts)) > 4.2 * sum(count_text(text, COUNTED).tokens for text in texts)}} *Everything* is right each time, but **the provider that billed is ours and counts with the same code**. Its counts of text, frames and pictures follow what OpenAI publishes. For tools and for Claude they are estimates.
#
# With a key you can ask the vendor. Its **count endpoint** counts a request without running the model: `messages.count_tokens` at Anthropic, `responses.input_tokens.count` at OpenAI.

# %% [markdown] id="ex-3-1"
# ### Your turn: exercise 3.1
#
# Write `chat_tokens`, the input tokens of a text-only chat on gpt-4.1. Each message is a dictionary with `role` and `content`. OpenAI's rule adds up the tokens of each role and each content, 3 for each message, and 3 once for the reply. A content may be `""`, and an empty list has 3. `count_text(text, "gpt-4.1").tokens` counts a text.

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
# You do not know how long an answer will be, but you know how long the last ones were. This is an hour of a real chat service at Azure, 2023:

# %% id="lengths"
lengths = bank.trace("conversation")["GeneratedTokens"].to_numpy()
middle, p90, p99 = np.quantile(lengths, (0.5, 0.9, 0.99))
print(f"{len(lengths):,} answers: mean {lengths.mean():.0f} tokens, half have at most {middle:.0f},")
print(f"nine in ten at most {p90:.0f}, and 99 in 100 at most {p99:.0f}")

# %% [markdown] id="s2-range"
# For a month's output, multiply the **mean** by the number of answers. For `max_tokens`, the most that an answer may have, take **p99**, the length that 99 in 100 do not exceed. For one answer, give an **interval**, a range with a probability. Use *billed* output tokens from your own log: they include hidden reasoning, which `max_tokens` limits too. Measure again when the model or its reasoning effort changes.
#
# To test an interval, make it from some answers, then count how many of the *others* fall inside. That share is its **coverage**.
#
# **Predict.** We take every second answer, and a range that holds 90% of these. How much of the other half does it hold?

# %% id="s2-guess" tags=["predict"]
guess_coverage = ...  # % of the answers not seen

# %% id="coverage"
from costlib.estimation import fit_interval

interval = fit_interval(lengths[::2], 0.9)  # every second answer
coverage = interval.coverage(lengths[1::2])  # the other half
print(f"{interval.low:.0f} to {interval.high:.0f} tokens, promised for 90%")
ex.reveal(guess_coverage, 100 * coverage, "%")

# %% [markdown] id="s2-why"
# So the answer is {{= coverage:.1%}}: a range from your own past answers keeps its promise if the next ones are like them.{{claim: abs(coverage - 0.9) < 0.02}} Without a log, send a hundred typical questions. The standard deviation here is {{= lengths.std():.0f}} tokens, so in 95 cases of 100 their mean is off by at most 1.96 × {{= lengths.std():.0f}} / √100 = {{= 1.96 * lengths.std() / 10:.0f}} tokens, {{= 1.96 * lengths.std() / lengths.mean() / 10:.0%}}.
#
# The most that a call can cost is its **worst case**. By default the SDKs of OpenAI and Anthropic send a request again, up to twice, when it times out or the server fails, and an attempt that timed out may be billed:
#
# **worst case = (input × its rate + `max_tokens` × its rate) × (`max_retries` + 1)**
#
# Take the dearest rates that may apply, such as a cache write's for input (lesson 7). Tools that the vendor runs, such as web search, come on top.
#
# At 4 and 20 dollars a million tokens, 5,000 of input and `max_tokens` of 1,000 cost at most (0.02 + 0.02) × 3 = 0.12 dollars.
#
# Layers of retries multiply: a framework tried 4 times, its SDK 3 times in each, 12 requests in all ([livekit #5335]({{source:livekit-5335}}), April 2026). Let one layer retry, and give the SDK `max_retries=0`.

# %% [markdown] id="ex-3-7"
# ### Your turn: exercise 3.7, the worst case of a call
#
# Write `worst_case`, the most that a call can cost in dollars. It gets the tokens of the input, `max_tokens`, the client's `max_retries` (0 or more), and a dictionary with the rates `"input"` and `"output"` in USD per million tokens. Nothing is cached.

# %% id="ex-3-7-answer"
def worst_case(input_tokens, max_tokens, max_retries, rates):
    ### BEGIN SOLUTION
    attempt = input_tokens * rates["input"] + max_tokens * rates["output"]
    return attempt * (max_retries + 1) / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_3_7 = worst_case

# %% id="ex-3-7-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.7")

# %% id="ex-3-7-hint"
from costlib import exercises as ex

ex.hint("3.7")

# %% [markdown] id="s3"
# ## 3. Each turn pays for the past
#
# The API remembers nothing. Each turn of a conversation sends the system prompt, all earlier questions and answers, and the new question. Take a system prompt of 1,000 tokens, questions of 100 and answers of 200:
#
# | Turn | Sent | Why |
# |---|---|---|
# | 1 | 1,100 | system prompt and question |
# | 2 | 1,400 | and the first exchange, 300 |
# | 3 | 1,700 | and the second |
#
# With *n* turns, *s* tokens of system prompt, *q* of a question and *a* of an answer:
#
# **input = n (s + q) + (q + a) × n (n − 1) / 2**
#
# For the table this gives 3 × 1,100 + 300 × 3 = 4,200. The second term is what is sent again: the first exchange *n* − 1 times, the next *n* − 2 times, and the last never. It grows with the square of the turns.

# %% [markdown] id="ex-3-3"
# ### Your turn: exercise 3.3
#
# Write `conversation_cost`, in dollars. It gets the number of turns (1 or more), the tokens of the system prompt, of each question and of each answer, and a dictionary with the rates `"input"` and `"output"` (USD per million tokens). Nothing is trimmed or cached.

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

# %% [markdown] id="agent"
# ### An agent is a long conversation
#
# An agent calls a model, runs the tool that the model asks for, sends everything again with the tool's result, and goes on until the task is done. We have 500 real runs of a coding agent, with what each call was billed ([mini-SWE-agent]({{source:mini-swe-runs}}) on gemini-3-pro-preview, November 2025). Each tries to fix one bug of the SWE-bench Verified test. This run is of median length:

# %% id="agent-run"
runs = agents.swe_runs()
one = runs["django__django-16901"]
calls = agents.spent(one).frame()  # a row for each call: tokens and USD of each part
named = {"prefix": "system prompt, task", "history": "earlier answers",
         "results": "tools' results", "answer": "new answer"}
for turn in (0, 1, 17, 35):
    call = calls.iloc[turn]
    print(f"call {call['turn']:>2}: sent {call['prefix'] + call['history'] + call['results']:>6,} "
          f"tokens, wrote {call['answer']:>4,}, {money(call['usd'])}")

# %% [markdown] id="agent-predict"
# **Predict.** Over all 500 runs, how many tokens are sent for each token that the agent writes?

# %% id="agent-guess" tags=["predict"]
guess_ratio = ...  # tokens sent for a token written

# %% id="agent-ratio"
ratio = runs.prompt.sum() / runs.answer.sum()
parts = agents.spent(runs).by_part  # USD of each part, over all runs
total = sum(parts.values())
print({named[part]: f"{usd / total:.0%}" for part, usd in parts.items() if usd})
ex.reveal(guess_ratio, ratio, "tokens")

# %% id="agent-figure" tags=["folded"]
# Draws how many tokens each call of the one run sends and writes, part by part.
whole = agents.spent(one)
with figures.figure(
    f"Call {len(calls)} sends {calls['history'].iloc[-1] + calls['results'].iloc[-1]:,} tokens "
    f"of earlier answers and results, and writes {calls['answer'].iloc[-1]}",
    alt="Stacked bars of tokens, one for each call: earlier answers and results grow from call to "
    "call, while the new answer is a thin slice.",
    numbers=[
        {"part": text, "tokens, all calls": int(calls[part].sum()), "USD": money(whole.by_part[part]), "of the run": f"{whole.by_part[part] / whole.usd:.0%}"}
        for part, text in named.items()
    ],
) as (_, ax):
    bottom = np.zeros(len(calls))
    for colour, (column, text) in zip(figures.PALETTE, named.items()):
        tokens = calls[column].to_numpy()
        ax.bar(calls["turn"], tokens, bottom=bottom, color=colour, label=text)
        bottom += tokens
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
    ax.set_xlabel("call of the run")
    ax.set_ylabel("tokens of the call")
    ax.legend(loc="upper center", bbox_to_anchor=(0.45, 1.22), ncols=2)

# %% [markdown] id="agent-why"
# So the answer is {{= ratio:.0f}}. Over all runs, earlier answers and results of tools make {{= (parts["history"] + parts["results"]) / total:.0%}} of the money, although most were read from the vendor's cache at a tenth of the price. Without a cache the calls would have cost {{= agents.spent(agents.with_cache(runs, "none")).usd / total:.1f}} times as much.

# %% [markdown] id="s4"
# ## 4. What will a task cost, and a finished one?
#
# The cheapest of these runs cost {{= money(agents.spent(runs).by_run.min() / 1e12, digits=2)}}, the dearest {{= money(agents.spent(runs).by_run.max() / 1e12, digits=2)}}. Neither the length of the task's text nor the first calls tell what a run will cost. So estimate a range from half of the runs, and test it on the rest:

# %% id="task-range"
order = np.random.default_rng(0).permutation(len(runs))
seen, unseen = runs[order[:250]], runs[order[250:]]
start = agents.backtest(seen, unseen, 0.8)
later = agents.backtest(seen, unseen, 0.8, after=20)  # of the runs that go on after call 20
for when, test in (("before it starts", start), ("after 20 calls, still to spend", later)):
    print(f"{when}: {money(test.range.low, digits=2)} to {money(test.range.high, digits=2)}, "
          f"promised for 80%, held {test.coverage:.0%} of {test.runs} unseen runs")

projects = [name.split("__")[0] for name in runs.names]
project = np.array(projects)
apart = {p: agents.backtest(runs[project != p], runs[project == p], 0.8).coverage
         for p in sorted(set(projects)) if projects.count(p) >= 20}  # of those with 20 runs or more
print("made without a project, held of its runs:", {p: f"{held:.0%}" for p, held in apart.items()})

# %% [markdown] id="task-why"
# The range keeps its promise on tasks of the same kind.{{claim: abs(start.coverage - 0.8) < 0.06 and abs(later.coverage - 0.8) < 0.06}} It is wide, and twenty calls do not narrow it. On another kind it may not: made without one project, it holds {{= min(apart.values()):.0%}} (`{{= min(apart, key=apart.get)}}`) to {{= max(apart.values()):.0%}} (`{{= max(apart, key=apart.get)}}`) of that project's runs.{{claim: min(apart.values()) < 0.7}} So use your own runs.
#
# A run costs {{= money(agents.outcome(runs).per_run)}} on average, and {{= agents.outcome(runs).solved}} of the 500 tasks were solved.
#
# **Predict.** What does a *solved* task cost?

# %% id="finished-guess" tags=["predict"]
guess_finished = ...  # USD for a solved task

# %% id="finished"
done = agents.outcome(runs)
print(f"{money(done.usd)} over {done.solved} solved tasks, {done.failed_money:.0%} of it in failed runs")
ex.reveal(guess_finished, done.per_solved.value, "USD")

# %% [markdown] id="finished-why"
# So the answer is {{= money(done.per_solved.value)}}: all the money, failed runs included, over the solved tasks. Compare the cost of a **finished task** with what it is worth, and compare two models by it. For the bank's assistant this is the cost of a **resolved question**. Each question costs {{= money(float(bill.total) / (bank.DAYS * bank.QUESTIONS_A_DAY))}}, nightly summaries included. If six in ten are resolved without a person, a resolved one costs {{= money(float(bill.total) / (bank.DAYS * bank.QUESTIONS_A_DAY) / 0.6)}}.

# %% [markdown] id="calc"
# ## What will a run cost?
#
# Answer first, then try it.
#
# 1. In a run of 36 calls, tool results have 3,000 tokens instead of 300. Does the run cost ten times as much?
# 2. With results of 300, a run whose cache lasts 5 minutes pauses for 30 minutes after every 10 calls. Is it dearer than without the pauses?

# %% id="run-calculator" tags=["calculator"]
from costlib.calculators import RunCalculator

RunCalculator()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# 1. No, {{= RunCalculator.inputs_type(tool_result=3_000).result().money.usd / RunCalculator.inputs_type().result().money.usd:.1f}} times as much: {{= money(RunCalculator.inputs_type(tool_result=3_000).result().money.usd)}} instead of {{= money(RunCalculator.inputs_type().result().money.usd)}}. Only the part of the results is ten times as dear.
# 2. Yes, {{= money(RunCalculator.inputs_type(pause=30).result().money.usd)}} instead of {{= money(RunCalculator.inputs_type().result().money.usd)}}. The cache keeps what was sent for 5 minutes, so after each of the three pauses everything is written again. Kept for an hour (the *longest* lifetime), the run with its pauses costs {{= money(RunCalculator.inputs_type(cache="long", pause=30).result().money.usd)}}. Without pauses the 5 minutes are cheaper, because what is kept for an hour costs more to write.{{claim: RunCalculator.inputs_type(cache="long", pause=30).result().money.usd < RunCalculator.inputs_type(pause=30).result().money.usd and RunCalculator.inputs_type().result().money.usd < RunCalculator.inputs_type(cache="long").result().money.usd}}
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# The bill becomes a range. Three possible months, by hand:

# %% id="bill-hand"
part = {name: float(usd) for name, usd in bill.by_part.items()}
fixed = sum(part.values()) - part["history"]  # everything but the history of conversations

for volume, length in ((0.8, 1.43), (1, 1), (1.25, 0.7)):
    usd = volume * (fixed + length * part["history"])
    print(f"{volume:g} of the volume, {length:g} of the history: {money(usd, digits=0)}")

# %% [markdown] id="bill-believed"
# A computer makes up twenty thousand such months, each with a volume, a growth and a history drawn at random from what the team believes. The range leaves out the cheapest 5% and the dearest 5%. This is **Monte Carlo**. Each `Spread` is a range of which the team is 80% sure, so one draw in five lies outside:

# %% id="bill-interval"
from costlib.estimation import Month, Spread

each = cost_table(month)["cost_pusd"].to_numpy() / 1e12  # USD (a pusd is 1e-12)
plan = Month(
    prefix=part["prefix"],  # what every request begins with
    history=part["history"],
    rest=fixed - part["prefix"],
    requests=len(month),
    request_sd=float(each.std() / each.mean()),  # how widely one request's cost varies
    volume=Spread(0.8, 1.25),  # on the first day, of the plan
    growth=Spread(-0.1, 1 / 0.9 - 1, "change"),  # -10% to +11%, first day to last
    history_length=Spread(0.7, 1 / 0.7),  # 30% shorter to 43% longer
)
low, high = plan.interval(0.9).low, plan.interval(0.9).high
print(f"nine months in ten: {money(low, digits=0)} to {money(high, digits=0)}")
ex.reveal(guess_width, 100 * (high - low) / plan.usd(), "%")

# %% id="tornado" tags=["folded"]
# Draws which belief moves the month most.
swings = plan.swings(0.9)
with figures.figure(
    f"The {swings[0].cause} moves the month most: by {money(swings[0].width, digits=0)}",
    alt="A tornado: one bar for each cause, widest on top, around the middle of the month. "
    "Request sampling, which is chance, is too narrow to see.",
    numbers=[
        {
            "cause alone": swing.cause,
            "low end, 90%": money(swing.low, digits=0),
            "high end, 90%": money(swing.high, digits=0),
            "of the middle": f"± {swing.width / 2 / plan.usd():.2%}",
        }
        for swing in swings
    ],
) as (_, ax):
    ax.use_sticky_edges = False  # or the widest bar would touch the frame
    for row, swing in enumerate(swings):
        ax.barh(row, swing.high - swing.low, left=swing.low, color=figures.PALETTE[0])
    ax.axvline(plan.usd(), color=figures.PALETTE[4], linewidth=1)
    ax.set_yticks(range(len(swings)), [swing.cause for swing in swings])
    ax.invert_yaxis()
    ax.xaxis.set_major_formatter(lambda value, _: f"${value:,.0f}")
    ax.xaxis.get_major_locator().set_params(nbins=5)
    ax.set_xlabel("USD a month in nine cases of ten, all else in the middle")

# %% [markdown] id="bill-why"
# So the answer is {{= (high - low) / plan.usd():.0%}}. Tell finance: about {{= money(round(low, -3), digits=0)}} to {{= money(round(high, -3), digits=0)}} in nine cases of ten.{{claim: ax.get_xlim()[0] < swings[0].low}} Chance (*request sampling*) hardly matters: over {{= len(month) / 1e6:.1f}} million requests it moves the sum by ± {{= swings[-1].width / 2 / plan.usd():.2%}}.{{claim: swings[-1].cause == "request sampling"}}

# %% [markdown] id="recap"
# ## Recap
#
# 1. Count everything that is sent: frames, tools, results, pictures. Or ask the vendor's count endpoint.
# 2. An answer's length is a range with a probability. Test its coverage on answers it has not seen.
# 3. A call costs at most input and `max_tokens` at the dearest rates, × (`max_retries` + 1).
# 4. What is sent again grows with the square of the turns. The agent sent {{= ratio:.0f}} tokens for each that it wrote.
# 5. Compare what a *finished* task costs. You pay for failed ones.
# 6. A month's range comes from what you believe. Write that down, and check it next month.
#
# | Quick reference | Formula or call |
# |---|---|
# | input of n turns | n (s + q) + (q + a) n (n − 1) / 2 |
# | a range, tested | `fit_interval(seen, 0.9).coverage(unseen)`; of runs `agents.backtest(seen, unseen, 0.8)` |
# | a month's range | `Month(…).interval(0.9)` |
#
# **A mistake that people made.** They trusted a gateway's count endpoint, which guessed about 675,000 tokens where the model counted 1.19 million ([litellm #37102]({{source:litellm-37102}}), August 2026).

# %% [markdown] id="work"
# ### Take it to work
#
# {{work:3_worst_case}}
#
# {{work:3_limit_from_logs}}
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("input tokens", "output tokens", "volume", "monthly bill"))

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put the output lengths of your own requests in place of these, oldest first. You find them in your own log, one number for each answer (a provider's usage export holds sums only). Ask for a range, and test it on the later ones.

# %% id="own-run"
LENGTHS = lengths[:2_000].tolist()

cut = len(LENGTHS) * 2 // 3
own = fit_interval(LENGTHS[:cut], 0.9)
print(f"{own.low:,.0f} to {own.high:,.0f} tokens, promised 90%")
print(f"held {own.coverage(LENGTHS[cut:]):.1%} of the {len(LENGTHS) - cut:,} answers that came later")

# %% [markdown] id="own-session" tags=["further"]
# The log of a coding tool can be split like the run of section 3. Put a folder such as `"~/.claude/projects"` in place of `MINE`. A log holds counts and not their meaning, so the parts are inferred from how prompts and answers grow. The definitions of tools count as *prefix*.

# %% id="own-session-run"
from costlib import data_path
from costlib.own_data import read_session_log

MINE = data_path("own") / "claude_code"  # four sessions of an invented developer

sessions = agents.runs_of(read_session_log(MINE), apart="feature")  # a sub-agent has a history of its own
where = agents.spent(sessions)
print(f"{money(where.usd)} in {len(sessions)} sessions, {money(where.usd / len(sessions))} each")
print({part: f"{usd / where.usd:.0%}" for part, usd in where.by_part.items() if usd})

# %% [markdown] id="own-normal" tags=["further"]
# Is that much? Sessions differ so widely that only like may be compared with like. Of 4,265 sessions of 43 developers, half cost at most 0.59 dollars, and one in a hundred 172 or more, so that the mean is 9.36 ([TraceLab]({{source:tracelab-sessions}}), to June 2026). For Claude Code in companies Anthropic reports about 13 dollars a developer and active day, and below 30 for nine users in ten ([its page on costs]({{source:claude-code-costs}})).
#
# While a run goes on, what it has spent so far is the sum of `cost_of(read_usage(reply), model).total` over *all* its finished calls, those of sub-agents included. (Not so with the Claude Agent SDK: until the result at the end, its messages carry only a first count of the output, which is too low. One project gave up its live price for that, [uzi #194]({{source:uzi-194}}), August 2026.) [Lesson 5](05_budget_limits.ipynb#cell-id=runaway) stops it at a cap.
#
# Before a *fan-out*, many agents at once, multiply the **mean** of such runs by their number; the median leaves out the dear ones. One command started 46 sub-agents and had not said what they would cost ([claude-code #66023]({{source:claude-code-66023}}), June 2026). Of the 500 runs, 46 medians are {{= money(46 * np.median(agents.spent(runs).by_run / 1e12), digits=2)}}, 46 means {{= money(46 * agents.outcome(runs).per_run, digits=2)}}. Drawn by lot, 46 runs cost {{= money(np.quantile(np.random.default_rng(0).choice(agents.spent(runs).by_run / 1e12, (20_000, 46)).sum(axis=1), 0.05), digits=2)}} to {{= money(np.quantile(np.random.default_rng(0).choice(agents.spent(runs).by_run / 1e12, (20_000, 46)).sum(axis=1), 0.95), digits=2)}} in nine cases of ten, so 46 medians are too few.{{claim: 46 * np.median(agents.spent(runs).by_run / 1e12) < np.quantile(np.random.default_rng(0).choice(agents.spent(runs).by_run / 1e12, (20_000, 46)).sum(axis=1), 0.05)}} The range is that narrow only if the agents do not all go wrong together.

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="tools-each" tags=["further"]
# ### What does each tool take?
#
# Count a request with one tool and without any. The difference is what the tool adds to every request that carries it, together with a few tokens that open the list of tools:

# %% id="tools-each-run"
chat = [SYSTEM, asked]
without = int(count_chat(chat, COUNTED))
sizes = {
    tool["function"]["name"]: int(count_chat(chat, COUNTED, tools=[tool])) - without
    for tool in TOOLS
}
rows = [{"tool": name, "tokens": size} for name, size in sizes.items()]
figures.table(sorted(rows, key=lambda row: -row["tokens"]), caption="Tokens in every request")

# %% [markdown] id="tools-each-why" tags=["further"]
# All ten take {{= int(count_chat(chat, COUNTED, tools=TOOLS)) - without}} tokens, less than the sum of the table, because the list opens once.{{claim: int(count_chat(chat, COUNTED, tools=TOOLS)) - without < sum(sizes.values())}} A server of tools (MCP) is counted in the same way: pass its list of tools to the vendor's count endpoint, and count again without it. Anthropic's endpoint refuses tools that Anthropic runs, such as web search, and servers that it is to call by itself ([its page]({{source:anthropic-counting}})). What those take shows in the usage of a reply. [Lesson 6](06_prompt_optimization.ipynb#cell-id=diet-flip) sets the dollars of each tool beside its uses.

# %% [markdown] id="drift-text" tags=["further"]
# ### When the future differs
#
# Section 2 tested a range on every other answer. In earnest you fit on the past and use it on what comes. The range of *On your own data* did that: it promised 90% and held {{= own.coverage(LENGTHS[cut:]):.0%}}. Here both ways are tried on two services at Azure, with four promises:

# %% id="drift" tags=["folded"]
# Fits ranges on every other answer and on the first half, and tests them on the rest.
SERVICES = ("conversation", "code")
answers = {name: bank.trace(name)["GeneratedTokens"].to_numpy() for name in SERVICES}
rows = []
for name, answered in answers.items():
    half = len(answered) // 2
    for promised in (0.5, 0.8, 0.9, 0.95):
        mixed = fit_interval(answered[::2], promised)
        earlier = fit_interval(answered[:half], promised)
        rows.append({
            "service": name,
            "promised": f"{promised:.0%}",
            "fitted on every other": f"{mixed.low:.0f} to {mixed.high:.0f}",
            "held of the others": f"{mixed.coverage(answered[1::2]):.1%}",
            "fitted on the first half": f"{earlier.low:.0f} to {earlier.high:.0f}",
            "held of the second": f"{earlier.coverage(answered[half:]):.1%}",
        })
figures.table(rows, caption="Ranges of output tokens, and their coverage of the answers not seen")

# %% [markdown] id="drift-why" tags=["further"]
# Each is the narrowest range that holds just its share, so that one for 80% may begin above one for 50%.{{claim: fit_interval(answers["conversation"][::2], 0.8).low > fit_interval(answers["conversation"][::2], 0.5).low}}
#
# Fitted on the first half, the ranges of the chat hold too many answers of the second, the narrowest most of all: {{= rows[0]["held of the second"][:-1]}}% where half was promised. Fewer of its later answers were long. In *On your own data* the later ones were longer.{{claim: np.mean(LENGTHS[cut:]) > 1.1 * np.mean(LENGTHS[:cut]) and answers["conversation"][half:].mean() < answers["conversation"][:half].mean()}} This is **drift**, the future differing from the past, and no cleverer fit mends it. Fit on recent answers, and measure the coverage on those that came after.
#
# One trap is **ties**. Code answers are so short that {{= np.bincount(answers["code"]).max() / len(answers["code"]):.0%}} of them have exactly {{= np.bincount(answers["code"]).argmax()}} tokens. A range that ends at such a length holds all of them, more than you asked for.
#
# Some estimators take 0.7 × `max_tokens` for the length of an answer. That rule knows the limit that you set, and has seen no answer: for 1,000 it says 700, {{= 700 / lengths.mean():.1f}} times the mean of section 2.

# %% [markdown] id="ex-3-2" tags=["further"]
# ### Your turn: exercise 3.2
#
# Write `calibrated`, without `fit_interval`. It gets a list of lengths in any order, one or more, and a share between 0 and 1, and returns `low, high`. Both are lengths of the list and belong to the range. At least `share * len(values)` of the lengths lie in it, equal ones each counted, and of all such ranges yours holds the fewest; where several hold as few, yours begins lowest. For `[1, 2, 2, 9]` and 0.5 it is 2 to 2, which holds two.

# %% id="ex-3-2-answer"
def calibrated(values, share):
    ### BEGIN SOLUTION
    wanted = round(share * len(values), 6)  # 0.28 * 25 is 7.000000000000001 to a computer
    pairs = [(low, high) for low in set(values) for high in set(values)]
    held = {(low, high): sum(low <= n <= high for n in values) for low, high in pairs}
    _, low, high = min((count, *pair) for pair, count in held.items() if count >= wanted)
    return low, high
    ### END SOLUTION
    # BLANK: return ...


answer_3_2 = calibrated

# %% id="ex-3-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("3.2")

# %% id="ex-3-2-hint"
from costlib import exercises as ex

ex.hint("3.2")

# %% [markdown] id="s4-worth" tags=["further"]
# ### Is a feature worth its bill?
#
# A bill is dear or cheap only beside what it buys. A feature brings time saved, better results, and work that was not done before. Value them apart, because only the first can be clocked. It costs the bill, the time of those who check its results, and the engineers who build it and look after it.
#
# Two features, both invented: one drafts 120 reports a month for 500 dollars and saves 15 minutes on each; the other tags 600 tickets a month for 50 dollars, and one tag in five is useful and saves 3 minutes. **Predict**: which one would you switch off?

# %% id="worth"
from costlib.estimation import Case

TEAM = {"usd_an_hour": 50, "usd_engineer_hour": 90, "build_hours": 40, "upkeep_hours": 2}
reports = Case(tasks=120, minutes_saved=15, minutes_checking=5, bill=500, **TEAM)
tickets = Case(
    tasks=600, minutes_saved=3, minutes_checking=1.5, useful_share=0.2, bill=50, **TEAM
)

# %% id="worth-table" tags=["folded"]
# Builds the table of what each feature brings and costs in a month.
def verdict(name, case):
    return {
        "feature": name,
        "time saved": money(case.time_value, digits=0),
        "bill": money(case.bill, digits=0),
        "checking": money(case.checking, digits=0),
        "upkeep": money(case.upkeep, digits=0),
        "left a month": money(case.net, digits=0),
        "build pays back": f"{case.payback_months:.1f} months" if case.net > 0 else "never",
        "return, 2 years": f"{case.roi(24):+.0%}",
    }


figures.table([verdict("reports", reports), verdict("tickets", tickets)], caption="USD a month")

# %% [markdown] id="s4-why" tags=["further"]
# So the answer is the tickets, though their bill is a tenth of the reports'.{{claim: tickets.net < 0 < reports.net and tickets.bill * 10 == reports.bill}} The {{= reports.bill}} dollars replace {{= reports.tasks * (reports.minutes_saved - reports.minutes_checking) / 60:.0f}} hours of work, checking counted, and leave something over. The {{= tickets.bill}} buy tags of which four in five are useless,{{claim: tickets.useful_share == 0.2}} and somebody reads them all.
#
# **ROI**, return on investment, is (value − cost) ÷ cost over a stated time. Before you quote one, vary what you believed. Here each belief is a quarter less and a quarter more:

# %% id="sensitivity" tags=["folded"]
# Builds the table of how far each belief moves what is left a month.
BELIEFS = ("minutes_saved", "useful_share", "minutes_checking", "bill", "upkeep_hours")
rows = []
for belief in BELIEFS:
    least = 0.8 if belief == "useful_share" else getattr(reports, belief)
    start = replace(reports, **{belief: least})
    less, more = (replace(start, **{belief: min(least * t, 1) if belief == "useful_share" else least * t}).net
                  for t in (0.75, 1.25))
    rows.append({
        "belief": belief.replace("_", " "),
        "a quarter less": money(less),
        "a quarter more": money(more),
        "moves by": money(abs(more - less)),
    })
figures.table(rows, caption=f"Reports: USD left a month, {money(reports.net)} as believed "
              "(the share could not grow from 100%, so its row starts from 80%)")

# %% [markdown] id="s4-resolved" tags=["further"]
# The minutes saved and the share of useful results decide, far more than the bill.{{claim: float(rows[0]["moves by"].replace(",", "")[1:]) >= 3 * float(rows[3]["moves by"].replace(",", "")[1:])}} Measure the share first, on real questions, because you can do that before you build. Then clock the minutes.

# %% [markdown] id="feature-calc" tags=["further"]
# The calculator asks for the same beliefs, and for the traffic of a feature that has no log yet. **Predict**: what moves its month most, as it stands?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import FeatureCalculator

FeatureCalculator(requests_a_day=1_000)

# %% [markdown] id="feature-calc-why" tags=["further"]
# So the answer is the volume, far more than anything else. For a feature without a log, give it a low and a high volume before you polish the prompt.

# %% [markdown] id="ex-3-5" tags=["further"]
# ### Your turn: exercise 3.5, when does it pay?
#
# Write `tasks_to_pay_back`. It gets the dollars to build a feature, the months in which that must come back, the minutes saved and the minutes of checking for each task, the dollars for an hour of people's time, and the dollars of API for each task. It returns the smallest whole number of tasks a month that is enough, and `math.inf` where a task brings nothing or less. Keep the computer's own rounding out with `round(x, 6)`: of what a task brings before you compare it with 0, and of the number of tasks before you round up.

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

# %% [markdown] id="chat" tags=["further"]
# ### Trimming and caching a conversation
#
# Two remedies lower what a conversation pays for its past. **Trimming** sends only the latest exchanges. **Caching** reads what was sent before at a fraction of the price, and pays a little more to write what is new (lesson 7). **Predict**: over forty turns, is it cheapest to trim to four exchanges, to cache everything, or to do both?

# %% id="conversation" tags=["folded"]
# Draws the cost of a conversation by its turns, for each remedy.
from costlib.estimation import conversation

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

# %% [markdown] id="s3-why" tags=["further"]
# So the answer is: {{= cheapest}}.{{claim: cheapest == "cached"}} A trimmed history begins with other words at each turn. A cache recognises exact beginnings only, so of a trimmed conversation it reads the system prompt, and the rest is written again each time. The two remedies get in each other's way.
#
# OpenAI's `previous_response_id` spares you the sending and not the bill: the tokens of all earlier turns are billed as input ([guide]({{source:openai-state}})).

# %% [markdown] id="bill-cache" tags=["further"]
# ### The month's range with a cache
#
# The team plans to cache the tools and the handbook, has measured nothing, and is 80% sure that 60 to 95% of that prefix will be read from the cache, its **hit rate**. The month gets cheaper. **Predict**: what now moves it most?

# %% id="bill-cache-run"
rates = {kind: float(rate) for kind, rate in rate_card(FLAGSHIP).rates.items() if rate is not None}
cached = replace(
    plan,
    hit_rate=Spread(0.6, 0.95, "share"),
    read_price=rates["cached_input"] / rates["input"],
    write_price=rates["cache_write_5m"] / rates["input"],
)
for swing in cached.swings(0.9):
    print(f"{swing.cause}: {money(swing.low, digits=0)} to {money(swing.high, digits=0)}")

# %% [markdown] id="bill-cache-why" tags=["further"]
# So the answer is the hit rate. In nine cases of ten it lies between {{= cached.hit_rate.at(-1.645):.0%}} and {{= cached.hit_rate.at(1.645):.0%}}, and moves the month from {{= money(cached.swings(0.9)[0].low, digits=0)}} down to {{= money(cached.swings(0.9)[0].high, digits=0)}}.{{claim: cached.swings(0.9)[0].cause == "cache hits"}} Measure it on a day of traffic before you promise the saving.

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

# %% [markdown] id="own-hardware" tags=["further"]
# ### Hardware of your own
#
# A machine costs by the hour, busy or not:
#
# **USD per million tokens = USD per hour ÷ (tokens per second × 3,600 ÷ 1,000,000) ÷ utilisation**
#
# A [guide by Runpod]({{source:runpod-playbook}}) starts from a model of 70 billion parameters, not yet optimised, on two H100 cards for 5.98 dollars an hour, at about 890 tokens a second. (After tuning it claims under 0.55 dollars a million, fully busy.) **Predict**: busy a tenth of the time, what do a million tokens cost?

# %% id="own-hardware-setup"
from costlib.estimation import own_usd_per_mtok

MACHINE = {"usd_an_hour": 5.98, "tokens_per_second": 890}
HOSTED = {  # provider and model in the price list, which has an open model under its maker
    "gpt-oss-120b": ("openai", "gpt-oss-120b"),
    role("mistral", "small"): ("mistral", role("mistral", "small")),
    FLAGSHIP: ("anthropic", FLAGSHIP),
}

# %% id="own-hardware-run" tags=["folded"]
# Draws what a million own tokens cost by how busy the machine is, beside hosted models.
shares = [n / 100 for n in range(5, 101, 5)]
machine = {
    "as published": lambda share: own_usd_per_mtok(**MACHINE, utilisation=share),
    "with people, ×3": lambda share: own_usd_per_mtok(**MACHINE, utilisation=share, operations=3),
}
hosted = {
    name: float(rate_card(model, provider=provider).rates["output"])
    for name, (provider, model) in HOSTED.items()
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
    + [{"busy": f"hosted: {name}", "as published": money(usd)} for name, usd in hosted.items()],
)

# %% [markdown] id="own-hardware-why" tags=["further"]
# So the answer is {{= money(machine["as published"](0.1))}}, ten times the {{= money(machine["as published"](1.0))}} of a machine that is always busy. Input is left out on both sides, and a token of gpt-oss-120b, which reasons, is less of an answer: measure on your own mix. (Three times the price of the machine, with the people who keep it running, is our assumption.) A hosted small or open-weight model is the fair rival, and without tuning it is not beaten here at all:{{claim: all(hosted[name] < machine["as published"](1.0) for name in list(HOSTED)[:2])}} its vendor keeps the machines busy with everybody's traffic. (OpenAI sells no API of gpt-oss-120b; the price is that of a cheap host on OpenRouter. Cerebras asks 0.75 dollars, by litellm's price map.)
#
# Published break-evens differ: one page says [600 million tokens a month]({{source:smartcloudsuites}}), another, as it stands when opened, [1.45 billion]({{source:induwara-self-host}}). Behind each stand choices such as these:

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
# Write `busy_enough`. It gets the dollars an hour of a machine, its tokens per second, and what an API charges for a million tokens, all above 0. It returns the utilisation at which both cost the same, as a share. Return a share above 1 too: it says that the machine never pays.

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
# Provisioned capacity is rented by the hour, and a seat, a person's subscription, by the month. Both set a fixed price against a price for each unit. `break_even_units` gives the units from which the fixed price pays. Here are two invented prices, against the bank's questions and the sessions of *On your own data*:

# %% id="provisioned-run"
from costlib.estimation import break_even_units

a_question = float(bill.total) / (bank.DAYS * bank.QUESTIONS_A_DAY)
an_hour = break_even_units(fixed=40, per_unit=a_question)
print(f"capacity at 40 dollars an hour pays from {an_hour:,} of the bank's questions an hour on,")
print(f"if it can serve so many; the mean hour has {bank.QUESTIONS_A_DAY / 24:,.0f}")

a_session = where.usd / len(sessions)
a_month = break_even_units(fixed=20, per_unit=a_session)
print(f"a seat at 20 dollars a month pays from {a_month} sessions of {money(a_session)} on")

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI's cookbook, [How to count tokens with tiktoken]({{source:openai-cookbook-tokens}}); Anthropic on [token counting]({{source:anthropic-counting}}); the traces, [Azure public dataset]({{source:azure-traces}}).
#
# Next: {{next}}
