# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 6. Prompt optimization
#
# After this lesson you can say what each part of a prompt costs and who needs it, send less and measure what was lost, put an agent on a diet, and judge whether a cheaper model is cheaper once its mistakes are paid.
#
# You need lesson 1, sections 1 and 2 (a call's cost, the rate card), and the agent of lesson 3, section 3. You need no API key.
#
# {{minutes}}
#
# {{badges}}
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="map" tags=["folded"]
# Imports what this lesson uses, prices month and runs, and shows the lesson's place on the map.
import json
import math

import numpy as np

from costlib import agents, bank, cost_of, count_chat, count_text, money, rate_card
from costlib import exercises as ex
from costlib.display import figures
from costlib.intents import labelled, nearest, sentence_vectors, vote
from costlib.optimization import (
    PRICED_ON, added_tokens, best, compressed, difference, example, likeness, looks_wrong,
    minify_json, needs, oracle, outcomes, passages, prefix_rate, sections, share, tried,
    tried_rule, typical, usd_a_month,
)

FLAGSHIP = bank.MODEL  # the model of the bank's month
card = rate_card(FLAGSHIP)
month = bank.month()
before = bank.bill(month)
asked_a_month = bank.DAYS * bank.QUESTIONS_A_DAY
runs = agents.swe_runs()  # lesson 3's 500 runs of a coding agent
billed = agents.spent(runs)
made = agents.swe_tables()[1]  # a row for each call
sent_on = made["run"].eq(made["run"].shift(-1))  # what a run's last call gave back was never sent
characters = made.loc[sent_on, "observation_chars"]  # of each tool result
figures.cost_map(lit=("input tokens", "output tokens", "model choice"))

# %% [markdown] id="question"
# ## A question with money in it
#
# A handbook of {{= count_text(bank.handbook(), FLAGSHIP).tokens:,}} tokens and ten tools go along with every request of the bank. They are {{= 100 * float(before.by_part["prefix"] / before.total):.0f}}% of the bill of {{= money(before.total, digits=0)}}. *Shorten it*, says one colleague. *Take a cheaper model for the easy questions*, says another. Find out what each does to the answers.
#
# The handbook has an opening and fourteen sections, such as "Tone of voice", "Cards" and "Monthly fees". Customers ask about 77 things.
#
# **Predict.** What share of the handbook does no customer's question need?

# %% id="question-guess" tags=["predict"]
guess_idle = ...  # % of the handbook's tokens

# %% [markdown] id="s1"
# ## 1. Measure first
#
# An **evaluation set** is a list of real inputs with the results that you want, kept apart from everything you tune on. Ours has {{= len(labelled("test")):,}} questions of bank customers (Banking77). A person gave each its **intent**: what the customer wants, one of 77.
#
# We compare two programs, A and B, that name the intent without a language model. Each takes the intent of the most similar of {{= len(labelled("train")):,}} labelled questions. A measures likeness with a small neural network, B without one, which is cheaper:

# %% id="variants"
train, test = labelled("train"), labelled("test")
labels, truth = train["category"].to_numpy(), test["category"].to_numpy()
similar, right = {}, {}
for name, model in (("A", "minilm"), ("B", "wordllama")):  # B: numbers for words, averaged
    similar[name] = nearest(sentence_vectors("test", model), sentence_vectors("train", model), 10)
    right[name] = labels[similar[name][0][:, 0]] == truth
    print(f"{name}: {share(int(right[name].sum()), len(truth))} right")

# %% [markdown] id="s1-predict"
# The ± is the **error bar**: 95 of 100 such bars hold the true share. On all {{= f"{len(truth):,}"}} questions B is clearly worse. But a team tries both on the same 100.
#
# **Predict.** In how many of 100 tests that small does B look as good as A, or better?

# %% id="s1-guess" tags=["predict"]
guess_fooled = ...  # of 100 tests

# %% id="small-tests"
rng = np.random.default_rng(6)
drawn = rng.integers(0, len(truth), (4_000, 100))  # 4,000 tests of 100 questions each
score = {name: right[name][drawn].sum(axis=1) for name in right}
fooled = np.mean(score["B"] >= score["A"])
ex.reveal(guess_fooled, 100 * fooled, "of 100 tests")

# %% [markdown] id="s1-why"
# So the answer is {{= 100 * fooled:.0f}}: 100 questions are too few to see a difference of four points. With 400, fewer than 1 test in 100 is fooled.{{claim: np.mean(right["B"][np.random.default_rng(7).integers(0, len(truth), (4_000, 400))].sum(axis=1) >= right["A"][np.random.default_rng(7).integers(0, len(truth), (4_000, 400))].sum(axis=1)) < 0.01}} Ask both variants the *same* questions, because those on which they agree then cancel out. (If you have no labels, see *Take it to work*.)

# %% [markdown] id="s2"
# ## 2. Send what is needed
#
# For each intent we marked by hand the sentence of the handbook on which its answer rests: its **evidence**. Each section then has a price, and a share of the questions that need it:

# %% id="sections"
parts = sections(bank.handbook())
texts = [part.text for part in parts]
lengths = np.array(added_tokens(texts, FLAGSHIP))  # they add up to the whole
needed = needs(truth, texts)  # a row for each question, a column for each section
asked = needed.mean(axis=0)  # the share of questions that rest on a section
idle = [n for n in range(len(parts)) if not asked[n]]
ex.reveal(guess_idle, 100 * lengths[idle].sum() / lengths.sum(), "%")

# %% id="sections-figure" tags=["folded"]
# Draws what each section costs a month, and how many questions need it.
usd = [usd_a_month(int(tokens), len(month), card.rates["input"]) for tokens in lengths]
with figures.figure(
    f"{len(idle)} of {len(parts)} parts are evidence for no question: "
    f"{money(sum(usd[n] for n in idle), digits=0)} a month",
    alt="Bars: USD a month of each section of the handbook, with the share of questions that rest "
    "on it written behind. Cards is longest and serves a third; several serve none.",
    numbers=figures.table(
        [
            {"section": part.title, "tokens, est.": int(t), "USD a month": money(u, digits=0),
             "evidence for": f"{a:.1%}"}
            for part, t, u, a in zip(parts, lengths, usd, asked)
        ],
        caption=f"{len(month):,} requests at the full input price",
    ),
    size=(5.6, 5.2),
) as (_, ax):
    for row, (amount, evidence_for) in enumerate(zip(usd, asked)):
        colour = figures.PALETTE[0] if evidence_for else figures.PALETTE[4]
        ax.barh(row, float(amount), color=colour)
        ax.text(float(amount) + 40, row, f"{evidence_for:.0%}", va="center")
    ax.set_yticks(range(len(parts)), [part.title.split(":")[0] for part in parts])
    ax.invert_yaxis()
    figures.dollars(ax.xaxis)
    ax.set_xlim(right=1.15 * float(max(usd)))
    ax.set_xlabel("USD a month; %: questions that rest on it")

# %% [markdown] id="s2-why"
# So the answer is {{= lengths[idle].sum() / lengths.sum():.0%}}, but do not cut it. The rules are in it (role, tone, prohibitions, escalation): no customer asks for them, and without them the assistant may repeat a PIN. **A measure is blind to what it does not ask.**
#
# The evidence of a question stands in one section, so two may do instead of fifteen.{{claim: len(parts) == 15}} One way picks the two that share most words with the question. Another finds the ten most similar *past* questions and picks the two sections that most of them rested on.{{claim: similar["A"][0].shape[1] == 10}} We count the text of the two (the rules come on top), and **evidence kept**: the share of questions whose evidence is still in it. (How a model then answers is not measured.) Such a choice is the retrieval of **RAG**, retrieval-augmented generation.

# %% id="two-ways"
by_words = likeness(test["text"], texts)
rows, cosines = similar["A"]
by_past = (needs(labels, texts)[rows] * cosines[:, :, None]).sum(axis=1)
for name, scores in (("shared words", by_words), ("past questions", by_past)):
    kept = compressed(best(scores, 2), needed, lengths)  # the best two sections for each question
    print(f"{name:15} {kept.of_all:.0%} of the text keeps {kept.evidence} of the evidence")

# %% [markdown] id="s3-why"
# Past questions, unlike the handbook, use the customers' words, but somebody had to label them.

# %% [markdown] id="ex-6-2"
# ### Your turn: exercise 6.2, choose within a budget
#
# Write `select`. Sections have numbers from 0. For one question it gets
#
# - `scores` and `tokens`: the score (high is good) and the length of each section
# - `always`: the numbers of the sections that must be sent (the rules)
# - `budget`: the most tokens to send, the rules included. The rules always fit.
#
# Go through the other sections from the highest score down (of equal scores, the lower number first). Send each that still fits (filling the budget exactly is fine), and skip the others. Return the list of the numbers to send, in the order of the handbook.

# %% id="ex-6-2-answer"
def select(scores, tokens, always, budget):
    ### BEGIN SOLUTION
    sent = list(always)
    left = budget - sum(tokens[n] for n in sent)
    for n in sorted(range(len(scores)), key=lambda n: -scores[n]):
        if n not in sent and tokens[n] <= left:
            sent.append(n)
            left -= tokens[n]
    return sorted(sent)
    ### END SOLUTION
    # BLANK: return ...


answer_6_2 = select

# %% id="ex-6-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.2")

# %% id="ex-6-2-hint"
from costlib import exercises as ex

ex.hint("6.2")

# %% [markdown] id="s3-cache"
# ### When shorter costs more
#
# A prompt that never changes can be read from the vendor's cache (lesson 7), here at a twentieth of the input price.{{claim: card.rates["cached_input"] * 20 == card.rates["input"]}} We assume that a prompt chosen for each question is never found there (*Going further* drops this). It has the tools ({{= bank.prefix_length(FLAGSHIP) - int(lengths.sum()):,}} tokens) and about a third of the handbook's {{= int(lengths.sum()):,}}: the rules and two sections.
#
# **Predict.** 99 in 100 requests find the whole prompt in the cache. Which is cheaper: **a** tools and a third, uncached, or **b** tools and all, cached?

# %% id="cache-guess" tags=["predict"]
guess_cheaper = ...  # "a" or "b"

# %% id="cached"
ALWAYS = (0, 1, 2, 13)  # role, tone, prohibitions, escalation
rules = np.isin(np.arange(len(parts)), ALWAYS)
picked = round(float(((best(by_past, 2) | rules) @ lengths).mean()))  # tokens, on average
tools = bank.prefix_length(FLAGSHIP) - int(lengths.sum())
whole = (tools + lengths.sum()) * float(prefix_rate(card, 0.99))  # 99 % read, 1 % written
chosen = (tools + picked) * float(card.rates["input"])
for name, usd_for_a_million in (("a chosen", chosen), ("b whole, cached", whole)):
    print(f"{name}: {money(usd_for_a_million)} for a million requests")
ex.reveal(guess_cheaper, "b")

# %% [markdown] id="s3-cache-why"
# So the answer is **b**.{{claim: whole < chosen / 3}} Even with its tools and rules cached, **a** would cost {{= ((tools + lengths[rules].sum()) * float(prefix_rate(card, 0.99)) + (picked - lengths[rules].sum()) * float(card.rates["input"])) / whole:.1f}} times as much. Cache what is fixed first, then shorten what changes: history, documents, tool results.

# %% [markdown] id="diet"
# ## 3. An agent's diet
#
# An agent's prompt grows by what it writes and by its tools' results, and each later call sends all of that again. The results are {{= float(billed.by_part["results"] / billed.usd):.0%}} of the money of lesson 3's {{= len(runs.names)}} real runs. Half of the results have at most {{= int(characters.median())}} characters, the average is {{= float(characters.mean()):,.0f}}, and the longest has {{= int(characters.max()):,}}.
#
# **Predict.** What share of all characters is in the longest twentieth of the results?

# %% id="diet-guess" tags=["predict"]
guess_longest = ...  # % of all characters

# %% id="diet-longest"
falling = np.sort(characters)[::-1]
longest = falling[: len(falling) // 20].sum() / falling.sum()
ex.reveal(guess_longest, 100 * longest, "%")

# %% [markdown] id="diet-why"
# So the answer is {{= longest:.0%}}: a limit on length touches few results and much text.
#
# **Tool definitions** ride along in every call, used or not, and so do instruction files such as CLAUDE.md. Five MCP servers (programs that offer tools) can take [55,000 tokens]({{source:claude-tool-search}}). We add 100 tools of 600 tokens to each run.
#
# **One agent or several?** A task can be split among **sub-agents**: each has a short context of its own, and a parent reads their summaries. This is what the runs then cost, with a cache and without:

# %% id="diet-changes"
cached, plain = agents.with_cache(runs, "5m"), agents.with_cache(runs, "none")
changes = {
    "as it is": lambda r: r,
    "results cut at 1,000 tokens": lambda r: agents.cut_results(r, 1_000),
    "60,000 tokens of tool definitions": lambda r: agents.with_definitions(r, 100, 600),
    "the same, loaded when first used (3 a run)": lambda r: agents.with_definitions(
        r, 100, 600, on_demand=True, used=3),
    "five agents and a parent": lambda r: agents.split(r, 5),
}
costs = {
    name: (agents.spent(change(cached)).usd, agents.spent(change(plain)).usd)
    for name, change in changes.items()
}

# %% id="diet-table" tags=["folded"]
# Builds the table of what each change makes of the runs' cost.
one, several = (agents.spent(r).by_part for r in (cached, agents.split(cached, 5)))
more_usd = {part: several[part] - one[part] for part in one}  # five agents and a parent, cached
figures.table(
    [
        {"the 500 runs": name, "with a cache of 5 minutes": money(usd), "without a cache": money(more)}
        for name, (usd, more) in costs.items()
    ],
    caption=f"USD for {len(runs.seconds):,} calls. Both columns are modelled: the real cache found less, "
    f"and the bill was {money(billed.usd)}. What happens to solved tasks is not measured",
)

# %% [markdown] id="diet-flip"
# Without a cache five short contexts cost less than half of one long one. With a cache they save only {{= 1 - float(costs["five agents and a parent"][0]) / float(costs["as it is"][0]):.0%}}: what rides along costs {{= -more_usd["history"] - more_usd["results"]:.0f}} dollars less, but briefs and summaries cost {{= more_usd["answer"]:.0f}} more, and the uncached beginnings {{= more_usd["prefix"]:.0f}}.{{claim: abs(sum(more_usd.values()) - costs["five agents and a parent"][0] + costs["as it is"][0]) < 1e-9}}{{claim: costs["five agents and a parent"][1] * 2 < costs["as it is"][1] and float(costs["five agents and a parent"][0]) > 0.85 * float(costs["as it is"][0])}}
#
# With the cache the definitions add {{= costs["60,000 tokens of tool definitions"][0] - costs["as it is"][0]:.0f}} dollars, {{= (costs["60,000 tokens of tool definitions"][0] - costs["as it is"][0]) / 100:.2f}} for each tool. Does a tool earn that? `tool_costs` shows three other tools, the dearest use first:

# %% id="tool-costs"
tokens = {"browser": 8_000, "search": 700, "deploy": 1_200}  # of each definition: invented
uses = {"browser": 40, "search": 900}  # in all 500 runs: invented
for tool in agents.tool_costs(cached, tokens, uses):
    print(f"{tool.name:8} {money(tool.usd):>7} for {tool.uses} uses")

# %% [markdown] id="tool-costs-why"
# Nobody uses `deploy`, and a use of `browser` costs {{= 100 * agents.tool_costs(cached, tokens, uses)[1].per_use:.0f}} cents.{{claim: agents.tool_costs(cached, tokens, uses)[1].name == "browser"}} Loaded only when used, definitions cost little. (*Going further* has the switch; whether the agent then finds its tool is not modelled.)

# %% [markdown] id="ex-6-7"
# ### Your turn: exercise 6.7, tools that do not pay
#
# Write `to_drop`. `tools` is a list of dictionaries with `name`, `tokens` (of the definition) and `uses` (how often it was called). All definitions were sent in each of `calls` calls, at a `rate` in USD per million tokens. Drop a tool that was never used, or whose definition cost more than `most` USD for each use (exactly `most` is fine). Return the names to drop, in the order of the list.

# %% id="ex-6-7-answer"
def to_drop(tools, calls, rate, most):
    ### BEGIN SOLUTION
    dropped = []
    for tool in tools:
        usd = tool["tokens"] * calls * rate / 1_000_000
        if tool["uses"] == 0 or round(usd - most * tool["uses"], 9) > 0:
            dropped.append(tool["name"])
    return dropped
    ### END SOLUTION
    # BLANK: return ...


answer_6_7 = to_drop

# %% id="ex-6-7-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.7")

# %% id="ex-6-7-hint"
from costlib import exercises as ex

ex.hint("6.7")

# %% [markdown] id="s4"
# ## 4. The right model for each question
#
# To compare two models you need the answers of both to the same questions. RouteLLM, a research project, published {{= len(outcomes()):,}} of them, from the school mathematics set GSM8K, by GPT-4 and Mixtral 8x7B. These are *models of 2023* at the prices of March 2024; the method transfers, the numbers do not.

# %% id="recorded"
questions = outcomes()  # USD for question and answer; what else was sent is not in the data
weak, strong = questions["weak_usd"].mean(), questions["strong_usd"].mean()
print(f"Mixtral costs {money(weak)} a question and is right in {questions['weak_right'].mean():.1%}")
print(f"GPT-4   costs {money(strong)} and is right in {questions['strong_right'].mean():.1%}")

# %% [markdown] id="s4-one"
# Suppose that a wrong answer costs you one cent more: somebody has to look at it. Then a question costs
#
# **price of the call + share of wrong answers × price of a mistake**
#
# For Mixtral that is {{= money(weak)}} + {{= 1 - questions["weak_right"].mean():.3f}} × 0.01, and for GPT-4 {{= money(strong)}} + {{= 1 - questions["strong_right"].mean():.3f}} × 0.01.
#
# A **router** picks a model for each question. A **cascade** asks Mixtral first and checks the *answer*: is there a final number, and is its arithmetic right? If not, it asks GPT-4 too, and pays for both. Here that happens to {{= questions["weak_answer"].map(looks_wrong).mean():.0%}} of the questions, and {{= questions["strong_right"].where(questions["weak_answer"].map(looks_wrong), questions["weak_right"]).mean():.0%}} end right.
#
# **Predict.** A mistake costs one cent. Which is cheapest: **a** always Mixtral, **b** the cascade, **c** always GPT-4? And at ten cents?

# %% id="s4-guess" tags=["predict"]
guess_one_cent = ...  # "a", "b" or "c"
guess_ten_cents = ...  # "a", "b" or "c"

# %% id="routers"
asks = questions["weak_answer"].map(looks_wrong)  # where the cascade pays GPT-4 as well
policies = {  # the share right, and USD a question
    "a always Mixtral": (questions["weak_right"].mean(), weak),
    "b cascade on visible faults": (
        questions["strong_right"].where(asks, questions["weak_right"]).mean(),
        weak + questions["strong_usd"].where(asks, 0).mean(),
    ),
    "c always GPT-4": (questions["strong_right"].mean(), strong),
}
MISTAKES = (0, 0.01, 0.02, 0.05, 0.10)
cost = {
    name: [1_000 * (usd + (1 - accuracy) * mistake) for mistake in MISTAKES]
    for name, (accuracy, usd) in policies.items()
}

# %% id="routers-table" tags=["folded"]
# Builds the table of what 1,000 questions cost by each policy, mistakes paid.
figures.table(
    [
        {"policy": name, "right": f"{policies[name][0]:.1%}"}
        | {f"mistake {money(m)}": money(usd) for m, usd in zip(MISTAKES, row)}
        for name, row in cost.items()
    ],
    caption=f"USD for 1,000 questions, mistakes paid; prices of {PRICED_ON:%B %Y}",
)

# %% id="s4-reveal"
cheapest = [min(cost, key=lambda name, n=n: cost[name][n])[0] for n in range(len(MISTAKES))]
ex.reveal(guess_one_cent, cheapest[1])

# %% id="s4-reveal-ten"
ex.reveal(guess_ten_cents, cheapest[4])

# %% [markdown] id="s4-why"
# So the answer is **{{= cheapest[1]}}** at one cent and **{{= cheapest[4]}}** at ten.{{claim: abs(cost["a always Mixtral"][1] - 1_000 * (weak + (1 - questions["weak_right"].mean()) * 0.01)) < 1e-9}} Whether a model is cheap depends on what a mistake costs you, so put a number on that first. The same formula decides on **effort**: less reasoning costs less and may err more. And it decides on sub-agents, which often inherit the parent's dear model ([84 of them in one launch]({{source:claude-code-75055}})): let a cheaper model read and search where the parent sees its mistakes.

# %% [markdown] id="ex-6-8"
# ### Your turn: exercise 6.8, mistakes paid
#
# Write `cheapest_policy`. `policies` maps a name to a pair: the share of right answers (0 to 1) and the USD that a question costs. `mistake_usd` is what a wrong answer costs besides (0 or more). Return the name of the policy whose questions cost least, mistakes paid; of equal ones the first. There is one policy at least.

# %% id="ex-6-8-answer"
def cheapest_policy(policies, mistake_usd):
    ### BEGIN SOLUTION
    def usd(name):
        accuracy, price = policies[name]
        return round(price + (1 - accuracy) * mistake_usd, 9)

    return min(policies, key=usd)
    ### END SOLUTION
    # BLANK: return ...


answer_6_8 = cheapest_policy

# %% id="ex-6-8-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.8")

# %% id="ex-6-8-hint"
from costlib import exercises as ex

ex.hint("6.8")

# %% [markdown] id="calc"
# ## A calculator for your prompt
#
# Paste a prompt of your own.
#
# 1. Guess first: which part costs most a month?
# 2. On which questions would you test a version without it?

# %% id="calculator-diet" tags=["calculator"]
from costlib.calculators import PromptDiet

PromptDiet()

# %% id="bill-choice" tags=["folded"]
# Computes what other levers would save: fewer sections a question, shorter tool results.
def chosen_month():
    """The month when each question takes along only what is picked of the handbook."""
    fewer = (int(lengths.sum()) - picked) * (month["kind"] == "question")  # tokens
    return month.assign(
        prefix=month["prefix"] - fewer, input_tokens=month["input_tokens"] - fewer
    )


cut = agents.cut_results(cached, 1_000)

# %% [markdown] id="bill"
# ## The bill
#
# Sections chosen for each question would save {{= float(bank.bill(chosen_month()).saving(before)):.0%}} of the bill without a cache. But lesson 7 caches the handbook, and lesson 5 leaves few questions: choosing then costs more than sending all. Routing needs labelled answers of today's models, which the bank does not have. So the lever is small: a question keeps only the last 2,000 tokens of its conversation, and the handbook loses section 11, "Monthly fees", which no intent rests on. (Search your log for such questions before you cut.)

# %% id="bill-run"
bank.show_journey(6)

# %% [markdown] id="bill-why"
# Alone this lever would save {{= float(bank.bill(bank.shorten_prompts(month)).saving(before)):.1%}} of the bill. It cuts the conversation of {{= (month["history"][month["kind"] == "question"] > 2_000).mean():.0%}} of the questions, and what that does to the answers is **not measured**.
#
# For the agent with a cache, cutting results at 1,000 tokens saves {{= float(1 - agents.spent(cut).usd / agents.spent(cached).usd):.0%}}. A solved task then costs no more than before, if at most {{= agents.may_lose(cached, cut)}} of the {{= agents.outcome(cached).solved}} solved ones are lost.

# %% [markdown] id="recap"
# ## Recap
#
# 1. There is no saving without a measure, and chance fools small tests.
# 2. Price each part of a prompt, and ask who needs it. A measure is blind to what it does not ask.
# 3. What is nearly always cached is mostly cheaper whole. Shorten what changes.
# 4. Cut long tool results, drop tools that do not pay, and check what the cache saves before you split an agent.
# 5. Compare models with mistakes paid.
#
# | Quick reference | Formula or call |
# |---|---|
# | a question, mistakes paid | price of the call + share wrong × price of a mistake |
# | a tool, for each use | tokens of its definition × calls × rate of a token ÷ uses |
#
# **Mistakes that people made.** They quoted a saving without naming its task ([a headline]({{source:learngrowthrive}}) of RouteLLM's best benchmark). They paid, request after request, for storing a prompt that was never read back ([codex #35300]({{source:codex-35300}})).
#
# ### Take it to work
#
# {{work:6_cut_results}}
#
# {{work:6_compare_models}}
#
# Next: {{next}}

# %% id="recap-map" tags=["folded"]
# Draws the map of cost factors, with this lesson's place lit.
figures.cost_map(lit=("input tokens", "output tokens", "model choice"))

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put your own prompt in place of this one, and your own results (True or False for each question) in place of ours. You see which part is longest, and whether a change made things worse: where the range holds 0, it may be chance. A CLAUDE.md, a file of memories or the descriptions of your skills go along in every call as well: `PROMPT = open("CLAUDE.md").read()`. For an agent's log, `python -m costlib audit PATH` prices the long results that were sent again.

# %% id="own-run"
PROMPT = bank.handbook()
BEFORE, AFTER = right["A"][:300], right["B"][:300]  # True: that question went well

pieces = sections(PROMPT)
counts = added_tokens([piece.text for piece in pieces], FLAGSHIP)
dearest = max(zip(counts, [piece.title for piece in pieces]))
print(f"longest part: {dearest[1]}, {dearest[0]:,} of {sum(counts):,} tokens (est.)")
change = difference(BEFORE, AFTER)
print(f"change: {100 * change.value:+.1f} points, {100 * change.low:+.1f} to {100 * change.high:+.1f}")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="s1-more" tags=["further"]
# ### How many questions are enough?
#
# The smaller the test, the more often it is fooled:

# %% id="small-tests-figure" tags=["folded"]
# Draws how often a test of so many questions takes the worse variant for no worse.
SIZES = (25, 50, 100, 200, 400, 800, 1_600)
fooled_at = {}
for size in SIZES:
    chance = np.random.default_rng(6)  # at 100 the same tests as in section 1
    tests = (chance.integers(0, len(truth), size) for _ in range(4_000))
    fooled_at[size] = float(np.mean([right["B"][t].sum() >= right["A"][t].sum() for t in tests]))
with figures.figure(
    f"On 400 questions the worse variant looks no worse in {fooled_at[400]:.1%} of the tests",
    alt="Share of tests in which the worse variant looks as good or better, falling from more than "
    "a third at 25 questions to nothing at 1,600.",
    numbers=[{"questions": size, "the worse looks no worse": f"{fooled_at[size]:.1%}"} for size in SIZES],
) as (_, ax):
    ax.plot(SIZES, list(fooled_at.values()), "o-")
    ax.set_xscale("log")
    ax.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("questions in the test (log scale)")
    ax.set_ylabel("tests that are fooled")

# %% id="paired"
lost = difference(right["A"], right["B"])
apart = math.hypot(*(share(int(r.sum()), len(truth)).within for r in right.values()))
print(f"B against A, same questions:      {100 * lost.value:+.1f} ± {100 * lost.within:.1f} points")
print(f"had each answered its own 3,080:  {100 * lost.value:+.1f} ± {100 * apart:.1f} points")

# %% [markdown] id="ex-6-1" tags=["further"]
# #### Your turn: exercise 6.1, when do two points mean something?
#
# Write `enough`: a share `now` of the answers is right, and you fear that a change loses `points` of it. How many questions must each of the two variants answer (each its own) until such a loss shows? Both are shares above 0, such as 0.92 and 0.02, and `points` is at most `now`. A share p that n questions measure has the variance p (1 − p) / n. For one variant p is `now`, and for the other `now - points`; the variance of their difference is the sum of both. The loss shows when it is at least 2.8 standard deviations of that difference (1.96, so that chance fools you once in twenty, and 0.84 more, so that a true loss is found four times in five). Return the smallest whole n; `round(n, 6)` before you round up keeps the computer's own rounding out.

# %% id="ex-6-1-answer"
def enough(now, points):
    ### BEGIN SOLUTION
    worse = now - points
    variance = now * (1 - now) + worse * (1 - worse)
    # points = 2.8 x root of (variance / n), solved for n
    return math.ceil(round(variance * (2.8 / points) ** 2, 6))
    ### END SOLUTION
    # BLANK: return ...


answer_6_1 = enough

# %% id="ex-6-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.1")

# %% id="ex-6-1-hint"
from costlib import exercises as ex

ex.hint("6.1")

# %% [markdown] id="s2-space" tags=["further"]
# ### White space
#
# In prose there is nothing to gain, because a run of spaces or line ends is mostly one token. In JSON there is, wherever you put JSON *into a message*, such as a tool's result. We take forty transactions (invented), such as a tool returns. **Predict**: how many times the tokens of CSV does indented JSON take?

# %% id="formats-run" tags=["folded"]
# Makes the same forty records in six formats, and counts their tokens.
SHOPS = ("Café Zürich", "Rail & Go", "Grocer 24")
records = [
    {"date": f"2026-11-{1 + n % 28:02}", "merchant": SHOPS[n % 3], "amount": -5 - n * 1.25,
     "currency": "EUR", "status": ("booked", "pending")[n % 5 == 0]}
    for n in range(40)
]
columns = list(records[0])
as_text = {
    "JSON, indented": json.dumps(records, indent=2, ensure_ascii=False),
    "JSON, minified": minify_json(json.dumps(records, ensure_ascii=False)),
    "YAML": "\n".join("- " + "\n  ".join(f"{k}: {v}" for k, v in r.items()) for r in records),
    "Markdown table": "\n".join(
        ["|" + "|".join(columns) + "|", "|" + "---|" * len(columns)]
        + ["|" + "|".join(map(str, r.values())) + "|" for r in records]
    ),
    "TOON": "\n  ".join(
        [f"[{len(records)}]{{{','.join(columns)}}}:"]
        + [",".join(map(str, r.values())) for r in records]
    ),
    "CSV": "\n".join([",".join(columns)] + [",".join(map(str, r.values())) for r in records]),
}
least = count_text(as_text["CSV"], "gpt-5.4").tokens
figures.table(
    [
        {"format": name, "tokens": (n := count_text(text, "gpt-5.4").tokens),
         "times CSV": f"{n / least:.1f}"}
        for name, text in as_text.items()
    ],
    caption="The same forty records; o200k_base, exact",
)

# %% [markdown] id="formats-why" tags=["further"]
# A table says its column names once. It holds flat records only, and numbers and text look alike in it; whether a model reads one format worse than another depends on the model, so put both through your evaluation set. TOON, a format made for prompts, is nearly as short as CSV on such uniform rows.{{claim: 1 < count_text(as_text["TOON"], "gpt-5.4").tokens / least < 1.15}} On nested data it can be longer than minified JSON ([136 tokens against 127]({{source:toon-77}})).

# %% [markdown] id="ex-6-4" tags=["further"]
# #### Your turn: exercise 6.4, minify without loss
#
# Write `minify`: it gets JSON as text and returns text with the same value, the keys in the same order, no white space outside of strings, and accents as letters: some come as `\u` escapes, which take more tokens.

# %% id="ex-6-4-answer"
def minify(text):
    ### BEGIN SOLUTION
    return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    ### END SOLUTION
    # BLANK: return ...


answer_6_4 = minify

# %% id="ex-6-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.4")

# %% id="ex-6-4-hint"
from costlib import exercises as ex

ex.hint("6.4")

# %% [markdown] id="s3" tags=["further"]
# ### More ways to choose
#
# **Extractive compression** chooses whole sentences or sections as they stand. The figure compares three ways, at every length: lines by shared words, sections by shared words (rare words count more, which is called **TF-IDF**), and sections by past questions:

# %% id="compression" tags=["folded"]
# Draws evidence kept against the share of the handbook sent, for three ways to choose.
lines = passages(bank.handbook())
by_lines = likeness(test["text"], lines)
line_lengths = np.array([count_text(line + "\n", FLAGSHIP).tokens for line in lines])
line_needed = needs(truth, lines)
ways = {
    "lines by words": [
        compressed(best(by_lines, keep), line_needed, line_lengths)
        for keep in (1, 3, 7, 15, 25, 35, 50, len(lines))
    ],
    "sections by words": [
        compressed(best(likeness(test["text"], texts), keep), needed, lengths)
        for keep in (1, 2, 3, 5, 8, 11, len(texts))
    ],
    "sections by past questions": [
        compressed(best(by_past, keep), needed, lengths) for keep in (1, 2, 3)
    ],
}
half = [np.interp(0.5, [c.of_all for c in way], [c.evidence.value for c in way])
        for way in list(ways.values())[:2]]
past = ways["sections by past questions"][0]
with figures.figure(
    f"Past questions find {past.evidence.value:.0%} of the evidence in {past.of_all:.0%} of the "
    f"text; shared words, in half of it, {min(half):.0%} to {max(half):.0%}",
    alt="Evidence kept against the share of the handbook sent. Two curves by words rise slowly; "
    "that of past questions starts close to the top at a tenth of the text.",
    numbers=figures.table(
        [
            {"chosen": name, "tokens, est.": f"{c.tokens:,.0f}", "of the text": f"{c.of_all:.0%}",
             "evidence kept": str(c.evidence)}
            for name, way in ways.items() for c in way
        ],
        caption=f"{len(truth):,} questions; ± at 95% confidence, for questions of these intents",
    ),
) as (_, ax):
    for (name, way), style in zip(ways.items(), ("o--", "s:", "D-")):
        ax.plot([c.of_all for c in way], [c.evidence.value for c in way], style, label=name)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("share of the text that is sent")
    ax.set_ylabel("evidence kept")
    ax.legend(loc="lower right")

# %% [markdown] id="s3-hits" tags=["further"]
# And with a cache: from which hit rate on (the share of requests that find it) is the whole handbook cheaper?

# %% id="cached-figure" tags=["folded"]
# Draws what the tools and the handbook cost a month by the share of questions that find the cache.
full, write = card.rates["input"], card.rates["cache_write_5m"]
fixed = tools + int(lengths[rules].sum())
extra = picked - int(lengths[rules].sum())  # tokens of the sections chosen, on average


def plans(hits):
    """USD a month of tools and handbook when this share of questions finds its prefix cached."""
    rate = prefix_rate(card, hits)
    each = {
        "whole, cached": (tools + int(lengths.sum())) * rate,
        "rules cached + choice": fixed * rate + extra * full,
        "choice, uncached": (fixed + extra) * full,
        "choice, marked, each new": (fixed + extra) * write,
    }
    return {name: float(usd) * asked_a_month / 1e6 for name, usd in each.items()}


HITS = [n / 100 for n in range(50, 101)]
beats = next(h for h in HITS if plans(h)["whole, cached"] == min(plans(h).values()))
figures.lines(
    {name: [(100 * h, plans(h)[name]) for h in HITS] for name in plans(0.5)},
    f"From {beats:.0%} hits on, the whole handbook from the cache is the cheapest",
    alt="USD a month against the share of questions that hit the cache. The whole handbook falls "
    "steeply and ends lowest; rules cached and the rest chosen falls less; two level lines, the "
    "choices that are never read from the cache, end highest.",
    x="questions that find their prefix cached, %",
    y="USD a month",
    numbers=[
        {"hits": f"{h:.0%}"} | {name: money(usd, digits=0) for name, usd in plans(h).items()}
        for h in (0.5, 0.8, 0.9, 0.95, 0.99)
    ],
)

# %% [markdown] id="s3-hits-why" tags=["further"]
# In a formula: part of a prefix, uncached, beats all of it, cached, if share sent × input < h × read + (1 − h) × write, where h is the hit rate. The share counts the tools: here it is {{= (fixed + extra) / (tools + int(lengths.sum())):.0%}}, and the whole is cheaper than the choice, uncached, from {{= (float(write) - (fixed + extra) / (tools + int(lengths.sum())) * float(full)) / float(write - card.rates["cached_input"]):.0%}} hits on.
#
# A chosen prompt can be *marked* for the cache as well. Each new text then pays the **write premium**, the surcharge for storing a prompt. If the text does not come again, that is the worst of the four. Here it may come again, because two of {{= len(parts) - len(ALWAYS)}} sections make few different prompts. How often is the same one sent within the five minutes for which the cache keeps it?

# %% id="choices-again"
prompts, times = np.unique(best(by_past, 2) | rules, axis=0, return_counts=True)
often = times / times.sum()  # the share of the questions that lead to each prompt
print(f"{len(truth):,} questions lead to {len(prompts)} different prompts")
beside = {}  # by questions a day: USD for a million requests, chosen and whole
for a_day in (bank.QUESTIONS_A_DAY, 8_000):  # 8,000: about what lesson 5 leaves
    came = a_day / 24 / 12  # questions in five minutes, evenly spread
    again = 1 - np.exp(-came * often)  # how likely the same prompt is among them
    always = float(prefix_rate(card, 1 - np.exp(-came)))  # the tools, the whole: in every question
    rates = [float(prefix_rate(card, hits)) for hits in again]
    marked = tools * always + often @ (prompts @ lengths * rates)
    beside[a_day] = marked, (tools + lengths.sum()) * always
    shown = [money(amount, digits=0) for amount in beside[a_day]]
    print(f"{a_day:,} a day: {often @ again:.0%} find theirs; a million requests cost {shown[0]}, "
          f"with the whole handbook {shown[1]}")

# %% [markdown] id="choices-again-why" tags=["further"]
# So a few prompts that come often are cheaper than the whole, and prompts that come seldom are dearer. Count yours before you decide.{{claim: beside[40_000][0] < beside[40_000][1] and beside[8_000][1] < beside[8_000][0] and round((bank.answer_locally(month)["kind"] == "question").sum() / bank.DAYS, -3) == 8_000}}

# %% [markdown] id="s4-rivals" tags=["further"]
# ### A learned router
#
# The yardstick for a router is **random at equal cost**: spend the same money, and draw by lot who gets GPT-4. A **learned router** sees a question's length, numbers, sentences and comparisons, learns on one half of the questions, and sends the most doubtful of the other half to GPT-4. A **learned cascade** weighs question and answer together. The **oracle** knows the outcome: it is a ceiling and no policy.

# %% id="frontier" tags=["folded"]
# Draws accuracy against cost for the routers, the lot and the oracle.
STEPS = [n / 10 for n in range(11)]
paths = {name: [tried(name, s) for s in STEPS] for name in ("learned cascade", "learned router")}
ends = [tried_rule(lambda rows: np.zeros(len(rows))), tried_rule(lambda rows: np.ones(len(rows)))]
lot = [(s * ends[1].usd + (1 - s) * ends[0].usd, s * ends[1].accuracy + (1 - s) * ends[0].accuracy)
       for s in STEPS]
most = {name: max(100 * p.lead for p in path) for name, path in paths.items()}
with figures.figure(
    f"At equal cost the learned cascade leads the lot by up to {most['learned cascade']:.1f} "
    f"points, the learned router by {most['learned router']:.1f}",
    alt="Accuracy against USD for 1,000 questions. The cascade's curve bulges above the lot's "
    "line; the router's lies just above it; the oracle stands far above both, and the "
    "cascade on visible faults a little above the learned one's curve.",
    numbers=[
        {"sent to GPT-4": f"{s:.0%}"}
        | {f"{name}, {what}": text for name, path in paths.items() for what, text in (
            ("right", f"{path[n].accuracy:.1%}"),
            ("USD for 1,000 right", money(1_000 * path[n].usd_per_success)),
            ("lead", f"{100 * path[n].lead:+.1f} ± {100 * path[n].lead_sd:.1f}"),
        )}
        for n, s in enumerate(STEPS)
    ],
) as (_, ax):
    for (name, path), style in zip(paths.items(), ("o-", "s--")):
        ax.errorbar([1_000 * p.usd for p in path], [p.accuracy for p in path],
                    [p.accuracy_sd for p in path], fmt=style, ms=5, lw=2, capsize=2, label=name)
    ax.plot([1_000 * u for u, _ in lot], [a for _, a in lot], ":", label="by lot")
    faults = tried_rule(lambda rows: rows["weak_answer"].map(looks_wrong), weak_first=True)
    ceiling = tried_rule(oracle)
    for name, marker, point in (("cascade on visible faults", "D", faults), ("oracle", "*", ceiling)):
        ax.plot(1_000 * point.usd, point.accuracy, marker, ms=10, label=name)
    ax.set_ylim(0.42, 0.96)  # room for the legend
    figures.dollars(ax.xaxis)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("USD for 1,000 questions")
    ax.set_ylabel("right answers")
    ax.legend(loc="lower right")

# %% [markdown] id="s4-rivals-why" tags=["further"]
# The lot's own lead is truly 0, but from draw to draw it varies by nearly a point (one standard deviation). So a router that knows four things about a question is hardly better than luck here.{{claim: most["learned router"] < 3}} It picks long, dear questions, so the lot gets equal *cost* and not an equal share. The answer's visible faults tell more.
#
# Published savings have conditions, too. RouteLLM's saving of 85%, at 95% of GPT-4's quality, holds on a chat benchmark; on GSM8K [the same project]({{source:routellm-project}}) reports 35%.

# %% id="calculator" tags=["calculator"]
from costlib.calculators import RoutingCalculator

RoutingCalculator()

# %% [markdown] id="ex-6-3" tags=["further"]
# #### Your turn: exercise 6.3, judge a router
#
# Write `lead`. It gets five lists with an entry for each question: `sent` (True: to the strong model), `weak_right`, `strong_right`, and what the call of each model would cost, `weak_usd` and `strong_usd`. It returns the router's accuracy minus that of random at equal cost, as a share. The lot for the cost of always-weak gets always-weak's accuracy, the lot for the cost of always-strong gets always-strong's; between them it is a straight line. The strong model's calls cost more in the mean.

# %% id="ex-6-3-answer"
def lead(sent, weak_right, strong_right, weak_usd, strong_usd):
    ### BEGIN SOLUTION
    accuracy = np.where(sent, strong_right, weak_right).mean()
    usd = np.where(sent, strong_usd, weak_usd).mean()
    bought = (usd - np.mean(weak_usd)) / (np.mean(strong_usd) - np.mean(weak_usd))
    by_lot = np.mean(weak_right) + bought * (np.mean(strong_right) - np.mean(weak_right))
    return accuracy - by_lot
    ### END SOLUTION
    # BLANK: return ...


answer_6_3 = lead

# %% id="ex-6-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.3")

# %% id="ex-6-3-hint"
from costlib import exercises as ex

ex.hint("6.3")

# %% [markdown] id="fewshot" tags=["further"]
# ### Examples chosen for the question
#
# **Few-shot** prompts show the model labelled examples. The usual ones are fixed. Retrieval picks for each question the few that are most like it.
#
# We cannot run a language model here, so a stand-in that really runs sees *only the chosen examples*, and answers by the nearest of them. It is weaker than a language model, which also understands the names of the intents; it shows what the examples carry.

# %% id="fewshot-run" tags=["folded"]
# Compares fixed and retrieved examples: tokens, dollars, and what a stand-in makes of them.
known, asking = sentence_vectors("train"), sentence_vectors("test")
shot_tokens = np.array([count_text(example(*pair), FLAGSHIP).tokens
                        for pair in zip(train["text"], labels)])
lot_of = np.random.default_rng(6).choice(len(labels), 77, replace=False)
fixed_sets = {
    "77 fixed, by lot": lot_of,
    "77 fixed, the most typical of each intent": typical(known, labels),
    "231 fixed, three of each intent": typical(known, labels, 3),
}
rows_shown = []
for name, some in fixed_sets.items():
    told = vote(asking, known[some], labels[some], k=1).answers
    rows_shown.append((name, float(shot_tokens[some].sum()), told == truth))
for k in (1, 3, 5):
    nearby = similar["A"][0][:, :k]
    votes_for = [max(dict.fromkeys(labels[r]), key=list(labels[r]).count) for r in nearby]
    tokens_each = float(shot_tokens[nearby].sum(axis=1).mean())
    rows_shown.append((f"{k} by retrieval", tokens_each, np.array(votes_for) == truth))

figures.table(
    [
        {
            "examples": name,
            "tokens, est.": f"{tokens:,.0f}",
            "USD a month": money(usd_a_month(round(tokens), asked_a_month, card.rates["input"]), digits=0),
            "and cached, 95% hits": "–" if "retrieval" in name else money(
                usd_a_month(round(tokens), asked_a_month, prefix_rate(card, 0.95)), digits=0),
            "stand-in right": str(share(int(good.sum()), len(good))),
        }
        for name, tokens, good in rows_shown
    ],
    caption=f"{asked_a_month:,} questions a month on {FLAGSHIP}; ± at 95% confidence",
)

# %% [markdown] id="fewshot-why" tags=["further"]
# Retrieval wins on both counts: fewer tokens and more right answers. It breaks the cache from the examples on, so put them behind what is fixed; here they are so short that even cached sets do not catch up.

# %% [markdown] id="ex-6-5" tags=["further"]
# #### Your turn: exercise 6.5, a few-shot selector
#
# Write `choose`: it gets the vector of a question, a pool of vectors (one a row, all of length 1) and `k`, and returns the numbers of the `k` rows that are most like the question, in any order. Of rows that are equally like it any will do.

# %% id="ex-6-5-answer"
def choose(query, pool, k):
    ### BEGIN SOLUTION
    return np.argsort(-(pool @ query))[:k]
    ### END SOLUTION
    # BLANK: return ...


answer_6_5 = choose

# %% id="ex-6-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.5")

# %% id="ex-6-5-hint"
from costlib import exercises as ex

ex.hint("6.5")

# %% [markdown] id="window" tags=["further"]
# ### A window, or a summary?
#
# Instead of dropping what lies before the window of the last 2,000 tokens, a model can sum it up once, and the summary is sent in its place in every later turn. The summary is a call of its own, and reads the old turns at the full price. **Predict**: after how many turns is that cheaper than to send the whole history?

# %% id="window-run"
SUMMARY, THOUGHT = 200, 150  # tokens, our assumptions: the model thinks first, at low effort
asked_with = month["history"][month["kind"] == "question"]
long = asked_with[asked_with > bank.HISTORY_WINDOW]
dropped = float((long - bank.HISTORY_WINDOW).mean())
full, again, new, output = (
    float(card.rates[kind]) for kind in ("input", "cached_input", "cache_write_5m", "output"))
once = dropped * full + (THOUGHT + SUMMARY) * output  # a call
anew = (SUMMARY + bank.HISTORY_WINDOW) * (new - again)  # behind other words nothing is found
for how, rate, first in (("at full price", full, once), ("from the cache", again, once + anew)):
    turns = math.ceil(first / ((dropped - SUMMARY) * rate))
    print(f"history read {how}: paid for after {turns} later turns")
print(f"{dropped:,.0f} tokens before the window, in the mean of {len(long):,} long histories")

# %% id="summarised-results"
for name, some in (("with a cache", cached), ("without", plain)):
    shorter = agents.cut_results(some, 1_000)
    told = agents.summarise_results(some, longer_than=1_000, to=200)
    print(f"tool results {name}: cut at 1,000 tokens {money(agents.spent(shorter).usd)}, "
          f"summarised in 200 {money(agents.spent(told).usd)}")

# %% [markdown] id="window-why" tags=["further"]
# A summary costs a call, at the output's price, and saves input in each later turn. Where the history is cached it saves little, and what stands behind it must be written to the cache anew: few conversations live that long. What a summary forgets is not measured here. For the agent's tool results it is the same. Without a cache a summary beats the cut. With one it does not, because what rides along is cheap and the summary is not. (Its thinking is left out there; 450 tokens of it change neither order.{{claim: agents.spent(agents.summarise_results(plain, longer_than=1_000, to=650)).usd < agents.spent(agents.cut_results(plain, 1_000)).usd}}){{claim: agents.spent(agents.summarise_results(plain, longer_than=1_000, to=200)).usd < agents.spent(agents.cut_results(plain, 1_000)).usd and agents.spent(agents.summarise_results(cached, longer_than=1_000, to=200)).usd > agents.spent(agents.cut_results(cached, 1_000)).usd}}

# %% [markdown] id="tool-search" tags=["further"]
# ### Tools on demand
#
# With Claude, one tool more and a switch at each of the others load definitions only when the model looks for them. That typically saves over 85% of their tokens ([Anthropic on tool search]({{source:claude-tool-search}})):
#
# ```python
# search = {"type": "tool_search_tool_bm25_20251119", "name": "tool_search_tool_bm25"}
# tools = [search, *({**tool, "defer_loading": True} for tool in tools)]
# ```
#
# OpenAI's models from gpt-5.4 on have it in the Responses API: `{"type": "tool_search"}` beside functions with the same switch. Names and descriptions of functions are still sent, and of a namespace or an MCP server only its own, so more is saved there ([OpenAI on tool search]({{source:openai-tool-search}})).
#
# It is not run here, because the offline provider has no tool search. Claude Code does so by itself with the tools of MCP servers: with 88 of them the first request of a session had [20,819 tokens, and 60,989 without]({{source:rulestack-tool-search}}) (September 2026).
#
# To see what your tools take, count the request with all of them and without. The display of Claude Code added up a count for each of 60 tools, and showed 45,000 tokens where 15,000 were sent ([a user measured]({{source:claude-code-16466}}), January 2026).

# %% [markdown] id="fewer-calls" tags=["further"]
# ### Several tools in one call
#
# A model may ask for several tools at once. Take lesson 3's calculator as it stands, 36 calls with a tool in each, and let it ask for two at a time:

# %% id="fewer-calls-run"
from costlib.calculators import RunCalculator

run_of = RunCalculator.inputs_type
one = run_of()  # 36 calls: each writes 280 tokens and gets a result of 300
two = {"turns": 18, "written": 2 * one.written, "tool_result": 2 * one.tool_result}
for cache in ("short", "none"):
    singly, paired = (run_of(cache=cache, **more).result().money.usd for more in ({}, two))
    print(f"cache {cache:5}  {money(singly)}, in pairs {money(paired)}: {1 - paired / singly:.0%} less")

# %% [markdown] id="fewer-calls-why" tags=["further"]
# All is written and read once as before, but sent again half as often. So say in the instructions that calls which do not need each other's results belong together. One agent was told to take a step at a time, and needed 33 turns where another needed 15 ([trusty-tools #2665]({{source:trusty-tools-2665}}), July 2026).

# %% [markdown] id="savers" tags=["further"]
# ### Tools that promise to save tokens
#
# `rtk`, which shortens what commands print, promises 60 to 90%. JetBrains measured it in 425 trials with Claude Code: the cost of a task rose by 7.6% at low effort, and did not change at high effort ([as quoted]({{source:navikt-copilot-438}}), July 2026). Of the 65% that `caveman` promises by terse answers it found 8.5% ([caveman #733]({{source:caveman-733}}), July 2026). Such a tool counts the text that it removed at the full rate. But the agent would have cut some of it anyway, and read most of it from a cache at a tenth of the price.
#
# A saving is at most the share of the money that it touches. Tools' results are {{= float(agents.spent(cached).by_part["results"] / agents.spent(cached).usd):.0%}} of the cost of our 500 runs with the modelled cache ({{= float(billed.by_part["results"] / billed.usd):.0%}} as they were billed), so a tool that halved all of them would save {{= float(agents.spent(cached).by_part["results"] / agents.spent(cached).usd) / 2:.0%}}. Measure dollars for each finished task, with the tool and without.

# %% [markdown] id="rag" tags=["further"]
# ### What a question over your own documents costs
#
# RAG has four prices: embedding the documents, embedding the question, sorting what was found, and the answer. An **embedding** model makes the vectors by which text is found, and a **reranker** does the sorting. Cohere bills a reranker by the search ([2 dollars for 1,000]({{source:synaplan-1778}}) with rerank-v3.5, each of [up to 100 pieces]({{source:bifrost-6358}})), others by the token. A store that is kept for you adds a fifth, its rent: OpenAI's file search takes 10 cents a day for each gigabyte of pieces with their vectors, and the first is free ([OpenAI on retrieval]({{source:openai-retrieval}})). A thousand searches there cost 2.50 dollars ([its announcement]({{source:openai-file-search}}), May 2025). The documents below stay under that gigabyte: cut into 20,000 pieces, they have {{= 20_000 * 1_536 * 4 / 1e9:.2f}} gigabytes of vectors (1,536 numbers of four bytes each) and a third as much text.

# %% id="rag-run" tags=["folded"]
# Prices the four parts of a question over ten million tokens of documents.
from costlib.usage import Usage

EMBEDDING, RERANK = "text-embedding-3-small", 2 / 1_000  # USD a search
figures.table(
    [
        {"part": name, "when": when, "USD": money(usd)}
        for name, when, usd in (
            ("embed 10 million tokens of documents", "once, and again for another embedding model",
             cost_of(Usage(input_tokens=10_000_000), EMBEDDING).total),
            ("embed the question, 30 tokens", "each question",
             cost_of(Usage(input_tokens=30), EMBEDDING).total),
            ("rerank up to 100 pieces", "each question", RERANK),
            ("answer from 3,000 tokens in 200", "each question",
             cost_of(Usage(input_tokens=3_000, output_tokens=200), FLAGSHIP).total),
        )
    ],
    caption=f"Lengths are chosen; embeddings by {EMBEDDING}, the answer by {FLAGSHIP}",
)

# %% [markdown] id="rag-why" tags=["further"]
# The answer is most of what a question costs, more still with what the model thinks first. A new document is embedded alone; nothing else has to be embedded again. What two pieces share is embedded and stored twice: an overlap of a fifth of each piece adds a quarter, and one of a half, the default of OpenAI's file search, doubles it. Shorter vectors (fewer *dimensions*) make the store smaller; the price of embedding stays, since it is by the token that you send.

# %% [markdown] id="output" tags=["further"]
# ### Say less
#
# Output costs more than input, so ask for less of it: a length, a structure, a stop. How much more, at today's rates? (Older guides say 2 to 4 times.)

# %% id="output-ratios"
from costlib.pricing import day_cards, roles

ratios = {}
for named in (*((r.provider, r.model) for r in roles()), ("openai", "gpt-5"), ("openai", "gpt-4.1")):
    rates = day_cards(named[1], provider=named[0])[0].rates
    ratios.setdefault(round(float(rates["output"] / rates["input"]), 2), []).append(named[1])
figures.table(
    [
        {"output / input": f"{ratio:g}", "models": len(names), "such as": ", ".join(names[:2])}
        for ratio, names in sorted(ratios.items())
    ],
    caption="Price of an output token in input tokens",
)

# %% [markdown] id="output-cap" tags=["further"]
# A ratio of {{= f"{max(ratios, key=lambda ratio: len(ratios[ratio])):g}"}} is the most common today. A ceiling (`max_tokens`) saves as well, by breaking answers off. This is what it would do to the bank's replies:

# %% id="output-cap-run"
written = month["output_tokens"]
part = float(before.by_part["output"] / before.total)
figures.table(
    [
        {
            "ceiling": ceiling,
            "replies broken off": f"{float((written > ceiling).mean()):.1%}",
            "output saved": f"{1 - float(written.clip(upper=ceiling).sum() / written.sum()):.1%}",
            "of the bill": f"{part * (1 - float(written.clip(upper=ceiling).sum() / written.sum())):.2%}",
        }
        for ceiling in (200, 300, 400, 500, 800)
    ],
    caption="Ceilings in tokens. To ask again for a reply that was broken off would cost more",
)

# %% [markdown] id="output-why" tags=["further"]
# A ceiling is a safety net against the longest replies, and no diet. The diet is an instruction ("under 80 words", "the intent and nothing else"), and its effect needs a model to measure.

# %% [markdown] id="ex-6-6-task" tags=["further"]
# #### Your turn: exercise 6.6, the cost of a success
#
# Write `per_success`: it gets two lists with an entry for each answer, `right` (True or False) and the `usd` of its call, and `wrong_usd`, what a wrong answer costs besides its call. It returns the USD for each right answer, and `math.inf` when none is right or the list is empty.

# %% id="ex-6-6-answer"
def per_success(right, usd, wrong_usd):
    ### BEGIN SOLUTION
    good = sum(right)
    if good == 0:
        return math.inf
    return (sum(usd) + (len(right) - good) * wrong_usd) / good
    ### END SOLUTION
    # BLANK: return ...


answer_6_6 = per_success

# %% id="ex-6-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("6.6")

# %% id="ex-6-6-hint"
from costlib import exercises as ex

ex.hint("6.6")

# %% [markdown] id="classify" tags=["further"]
# ### A dear model for a simple job
#
# Naming the intent of a question needs its 77 names in the prompt and a few tokens of output. What does that cost a month, and against what? One setting decides, the effort, because reasoning is billed as output. Where the request names none, OpenAI's models from gpt-5.5 on reason at *medium* ([OpenAI's guide]({{source:openai-reasoning}})), and so do claude-opus-5-5 and claude-haiku-5-5 ([Anthropic's pages on thinking]({{source:anthropic-thinking}})). gpt-6-luna and Haiku can do without. gpt-6.1-sol ([OpenAI's guide to GPT-6]({{source:openai-gpt6-guide}})) and Opus cannot; the least that they take is *low*.

# %% id="classify-run" tags=["folded"]
# Prices naming the intent on eight models and efforts, beside the local step.
from datetime import date

from costlib.usage import Usage

names = sorted(set(labels))
asked_text = "Name the customer's intent, one of: " + ", ".join(names)
sample = [{"role": "system", "content": asked_text}, {"role": "user", "content": test["text"][0]}]
REASONED = {"": 0, "none": 0, "low": 150, "medium": 450}  # tokens by effort: modelled, ours
rows, usd_of = [], {}
for model, effort, when in (
    ("gpt-4", "", date(2026, 10, 22)),
    ("gpt-6.1-sol", "low", None), ("gpt-6.1-sol", "medium", None), ("claude-opus-5-5", "low", None),
    ("gpt-6-luna", "none", None), ("gpt-6-luna", "medium", None),
    ("claude-haiku-5-5", "none", None), ("claude-haiku-5-5", "medium", None),
):
    sent = int(count_chat(sample, model)) - count_text(test["text"][0], model).tokens
    extra = float(np.mean([count_text(t, model).tokens for t in test["text"][:500]]))
    answer = count_text(names[0], model).tokens + REASONED[effort]
    call = cost_of(Usage(input_tokens=round(sent + extra), output_tokens=answer),
                   model, at=when).total
    usd_of[model, effort] = call
    rows.append({"what": model, "effort": effort or "–",
                 "a month": money(call * asked_a_month, digits=0), "right": "not measured"})
local = share(int(right["A"].sum()), len(truth))
rows.append({"what": "nearest labelled question", "effort": "–", "a month": "$0", "right": str(local)})
figures.table(rows, caption=f"{asked_a_month:,} questions a month, USD; gpt-4 at its last list price; "
              f"low effort is taken as {REASONED['low']} tokens, medium as {REASONED['medium']}, "
              "whatever the model (modelled)")

# %% [markdown] id="classify-why" tags=["further"]
# At medium effort gpt-6-luna costs {{= usd_of["gpt-6-luna", "medium"] / usd_of["gpt-6-luna", "none"]:.0f}} times what it costs without. The last row runs on a laptop, and its accuracy is measured. The others may be better or worse: before you pay, let them answer some of these questions (exercise 6.1 says how many). Lesson 4 calls this waste an over-provisioned model; lesson 5 lets the local step pass on what it doubts.

# %% [markdown] id="quantize" tags=["further"]
# ### Fewer bits
#
# **Quantization** stores numbers in fewer bits. Vendors, and people with hardware of their own, use it on whole models; here it is tried on the table of word-based vectors, the {{= len(labelled("train")):,}} known questions and the one asked. It illustrates the idea and does not equal quantising a language model.

# %% id="quantize-run" tags=["folded"]
# Rounds the vectors to 8, 4 and 2 bits, and counts what stays right.
from costlib.caching import similar as most_similar

words = [sentence_vectors(part, "wordllama") for part in ("test", "train")]


def rounded(vectors, bits, scale):
    """Each vector in whole steps, as many as the bits allow on either side of zero."""
    top = 2 ** (bits - 1) - 1
    steps = np.clip(np.rint(vectors / scale(np.abs(vectors)) * top), -top, top)
    return (steps / np.linalg.norm(steps, axis=1, keepdims=True)).astype(np.float32)


def largest(v):
    return v.max(axis=1, keepdims=True)


def typical_size(v):
    return 1.4 * v.mean(axis=1, keepdims=True)


rows = []
for bits, how, scale in (
    (8, "by the largest entry", largest), (4, "by the largest entry", largest),
    (2, "by the largest entry", largest), (2, "by the mean entry", typical_size),
):
    good = most_similar(*(rounded(v, bits, scale) for v in words), labels).answers == truth
    rows.append({"bits": bits, "scaled": how, "MB": f"{words[1].size * bits / 8e6:.1f}",
                 "right": str(share(int(good.sum()), len(good)))})
figures.table(rows, caption="256 numbers for each of 10,003 questions; as float32 10.2 MB")

# %% [markdown] id="quantize-why" tags=["further"]
# Four bits do as well as eight. At two bits the *recipe* decides: scaled by the largest entry, most others round to zero.

# %% [markdown] id="compressors" tags=["further"]
# ### Compressors that are models
#
# Our compressor keeps whole sections. LLMLingua drops single tokens by a small model's judgement; its authors report prompts up to 20 times shorter for 1.5 points ([Jiang and others, 2023]({{source:jiang-2023}})). A later study on 30,000 queries found answers up to 18% faster, with unchanged quality, where prompt, ratio and hardware suit; elsewhere compressing took longer than it saved ([Kummer and others, 2026]({{source:kummer-2026}})). And like every choice made for each request, it destroys the shared prefix.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: Anthropic on [building evaluations]({{source:anthropic-evals}}) and OpenAI on [evaluation best practices]({{source:openai-evals}}); I. Ong and others, [RouteLLM]({{source:routellm}}); L. Chen and others, [FrugalGPT]({{source:frugalgpt}}).
#
# Next: {{next}}
