# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 6. Prompt optimization
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can say what each part of a prompt costs and who needs it, send less and measure what was lost, tell when a shorter prompt costs more, and judge a router by what a right answer costs.
#
# You need lesson 1, and no key. Previous: {{previous}}

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# More than two thirds of the bank's bill is a handbook and ten tools that go along with every request. *Shorten it*, says one colleague. *Take a cheaper model for the easy questions*, says another. Both save money by Friday. Customers will find out what that did to the answers, unless you do first.
#
# **Write down**: what share of the handbook could go, and how would you notice that it was too much?

# %% id="map"
import json
import math
import re

import numpy as np

from costlib import bank, cost_of, count_chat, count_text, data_path, money, rate_card, role
from costlib.display import figures
from costlib.intents import labelled, nearest, sentence_vectors, vote
from costlib.optimization import (
    MIXTRAL, PRICED_ON, added_tokens, best, compressed, difference, evidence, example, extract,
    likeness, looks_wrong, minify_json, needs, oracle, outcomes, passages, prefix_rate, sections,
    share, tried, tried_rule, typical, usd_a_month,
)

FLAGSHIP = role("anthropic", "flagship")
figures.cost_map(lit=("input tokens", "output tokens", "model choice"))

# %% [markdown] id="s1"
# ## 1. Measure first
#
# An **evaluation set** is a list of real inputs with the results that you want, kept apart from everything you tune on. Ours is the test set of Banking77: {{= len(labelled("test")):,}} questions of bank customers, each with one of {{= labelled("test")["category"].nunique()}} **intents**, what the customer wants, given by a person.
#
# Here are two variants of a step that calls no model: a question gets the intent of the most similar of {{= len(labelled("train")):,}} labelled ones. Variant A compares vectors of whole sentences. B is cheaper to run: it only looks words up and averages them.

# %% id="variants"
train, test = labelled("train"), labelled("test")
labels, truth = train["category"].to_numpy(), test["category"].to_numpy()
similar = {
    model: nearest(sentence_vectors("test", model), sentence_vectors("train", model), 10)
    for model in ("minilm", "wordllama")
}
right = {model: labels[rows[:, 0]] == truth for model, (rows, _) in similar.items()}

for name, model in (("A", "minilm"), ("B", "wordllama")):
    print(f"{name}: {share(int(right[model].sum()), len(truth))} right")

# %% [markdown] id="s1-predict"
# B is worse; with so many questions that is plain.{{claim: right["minilm"].mean() - right["wordllama"].mean() > 0.03}} **Predict.** A team that tests on 100 questions: in how many of 100 such tests does B look as good as A, or better?

# %% id="small-tests" tags=["predict"]
rng = np.random.default_rng(6)
SIZES = (25, 50, 100, 200, 400, 800, 1_600)
fooled = {}
for size in SIZES:
    drawn = rng.integers(0, len(truth), (4_000, size))
    fooled[size] = float(
        np.mean(right["wordllama"][drawn].sum(axis=1) >= right["minilm"][drawn].sum(axis=1))
    )

with figures.figure(
    f"On 100 questions the worse variant looks no worse in {fooled[100]:.0%} of the tests",
    alt="Share of tests in which the worse variant looks as good or better, falling from more than "
    "a third at 25 questions to nothing at 1,600.",
    numbers=[
        {
            "questions": size,
            "the worse looks no worse": f"{fooled[size]:.1%}",
            "error bar of one share": str(share(round(0.92 * size), size)),
        }
        for size in SIZES
    ],
) as (_, ax):
    ax.plot(SIZES, list(fooled.values()), "o-")
    ax.set_xscale("log")
    ax.set_xticks(SIZES, [f"{size:,}" for size in SIZES])
    ax.minorticks_off()
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylim(bottom=0)
    ax.set_xlabel("questions in the test (log scale)")
    ax.set_ylabel("tests that are fooled")

# %% [markdown] id="s1-why"
# The ± behind a share is its **error bar**: the range, at 95 % confidence, that chance alone explains. Ask both variants the *same* questions: those on which they agree then cancel out, and the *difference* has a smaller error bar.

# %% id="paired"
lost = difference(right["minilm"], right["wordllama"])
apart = math.hypot(*(share(int(r.sum()), len(truth)).within for r in right.values()))
print(f"B against A, same questions:      {100 * lost.value:+.1f} ± {100 * lost.within:.1f} points")
print(f"had each answered its own 3,080:  {100 * lost.value:+.1f} ± {100 * apart:.1f} points")

# %% [markdown] id="ex-6-1"
# ### Your turn: exercise 6.1, when do two points mean something?
#
# Write `enough`: how many questions must each of two variants answer (each its own), until a loss of `points` from the share right `now` shows? Both are shares above 0, such as 0.92 and 0.02, and `points` is at most `now`. A share p that n questions measure has the variance p (1 − p) / n, here with p at `now` for one variant and at `now - points` for the other; the variance of their difference is the sum of both. The loss shows when it is at least 2.8 standard deviations of that difference (1.96, so that chance fools you once in twenty, and 0.84 more, so that a true loss is found four times in five). Return the smallest whole n; `round(x, 6)` before you round up keeps the computer's own rounding out.

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

# %% [markdown] id="s2"
# ## 2. What is padding, what is load-bearing
#
# First what can go **without loss**, such as white space:

# %% id="white-space"
handbook, tools_file = bank.handbook(), data_path("bank", "tools.json").read_text("utf-8")
tight = re.sub(r" *\| *", "|", re.sub(r"\n\s*\n", "\n", handbook))
for name, before, after in (
    ("handbook, no blank lines, tables tight", handbook, tight),
    ("tools as JSON, minified", tools_file, minify_json(tools_file)),
):
    longer, shorter = (count_text(text, "gpt-5.4").tokens for text in (before, after))
    print(f"{name:40} {longer:6,} to {shorter:6,} tokens  {shorter / longer - 1:+.1%}")

# %% [markdown] id="s2-space"
# In prose there is nothing to gain: a run of spaces or line ends is mostly one token, however long. In JSON there is, wherever you put JSON *into a message*, such as a tool's result. (The tools stand in the table as an example of JSON. In a request they are no such place: the API receives them as data and renders them itself.) (Counted by OpenAI's tokenizer; Claude's counts, below, are higher estimates.)
#
# A parser reads the same value from minified JSON, a model other tokens: measure even this.
#
# For each of the 77 intents we marked by hand, before anything was cut, the sentence of the handbook that its answer rests on: its **evidence** (`data/bank/evidence.csv`). So each section has a price, and a share of questions that need it.
#
# **Predict.** What do the sections cost a month that no question needs?

# %% id="sections" tags=["predict"]
month = bank.month()
card = rate_card(FLAGSHIP)
parts = sections(handbook)
texts = [part.text for part in parts]
lengths = np.array(added_tokens(texts, FLAGSHIP))  # add up to the whole
needed = needs(truth, texts)  # a row for each question, a column for each section
usd = [usd_a_month(int(tokens), len(month), card.rates["input"]) for tokens in lengths]
asked = needed.mean(axis=0)
idle = [n for n in range(len(parts)) if not asked[n]]

with figures.figure(
    f"{len(idle)} of {len(parts)} sections are evidence for no question: "
    f"{money(sum(usd[n] for n in idle), digits=0)} a month",
    alt="Bars: USD a month of each section of the handbook, with the share of questions that rest "
    "on it written behind. Cards is longest and serves a third; several serve none.",
    numbers=figures.table(
        [
            {"section": part.title, "tokens, est.": int(t), "USD a month": money(u, digits=0),
             "evidence for": f"{a:.1%}"}
            for part, t, u, a in zip(parts, lengths, usd, asked)
        ],
        caption=f"{len(month):,} requests at the full input price; {count_text(handbook, FLAGSHIP)!r} tokens in all",
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
    ax.set_xlabel("USD a month; %: who needs it")

# %% [markdown] id="s2-why"
# (The handbook's {{= len(parts) - 1}} sections and its opening are {{= len(parts)}} parts.) Role, tone, prohibitions, escalation: no customer asks for them, and without them the assistant may repeat a PIN. Section 14 serves the nightly summaries. **A measure is blind to what it does not ask.** Only "Monthly fees" is a plain fact that no intent rests on; your customers may differ from Banking77's, whose intents are equally frequent.

# %% [markdown] id="s3"
# ## 3. Send only what the question needs
#
# By our marking every question rests on one section (a real answer may need more). Choosing for each request what to send, whole sentences as they stand, is **extractive compression**. Score it by two numbers: tokens saved, and **evidence kept**, the share of questions whose evidence is still sent. (It says what the model *can* know; how it answers needs a model to test.)
#
# The obvious way: the lines that share words with the question, rare words counting more (**TF-IDF**):

# %% id="one-question"
lines = passages(handbook)
by_words = likeness(test["text"], lines)
one = int(np.flatnonzero(truth == "card_swallowed")[7])
print(test["text"][one], "\n")
print(extract(lines, by_words[one], 3), "\n")
print("What the answer rests on:", evidence()[truth[one]])

# %% [markdown] id="s3-ways"
# Three ways, then: lines by words; whole sections by words; and the sections on which the most similar *past* questions rested, by the vectors of part 1.
#
# **Predict.** Send the half of the handbook that shares most words with the question. What share of the evidence is left?

# %% id="compression" tags=["predict"]
line_lengths = np.array([count_text(line + "\n", FLAGSHIP).tokens for line in lines])
rows, cosines = similar["minilm"]
votes = (needs(labels, texts)[rows] * cosines[:, :, None]).sum(axis=1)
whole = lengths.sum()

line_needed = needs(truth, lines)
ways = {
    "lines by words": [
        compressed(best(by_words, keep), line_needed, line_lengths)
        for keep in (1, 3, 7, 15, 25, 35, 50, len(lines))
    ],
    "sections by words": [
        compressed(best(likeness(test["text"], texts), keep), needed, lengths)
        for keep in (1, 2, 3, 5, 8, 11, len(texts))
    ],
    "sections by past questions": [
        compressed(best(votes, keep), needed, lengths) for keep in (1, 2, 3)
    ],
}
half = [np.interp(0.5, [c.of_all for c in way], [c.evidence.value for c in way])
        for way in list(ways.values())[:2]]  # fmt: skip
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
        caption=f"{len(truth):,} questions; ± at 95 % confidence, for questions of these intents",
    ),
) as (_, ax):
    for (name, way), style in zip(ways.items(), ("o--", "s:", "D-")):
        ax.plot([c.of_all for c in way], [c.evidence.value for c in way], style, label=name)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("share of the text that is sent")
    ax.set_ylabel("evidence kept")
    ax.legend(loc="lower right")

# %% [markdown] id="s3-why"
# Customers do not use the handbook's words. Labelled questions carry that knowledge, and somebody had to label them.

# %% [markdown] id="ex-6-2"
# ### Your turn: exercise 6.2, an extractive compressor
#
# Write `select`. It gets the `scores` of the sections for one question (high is good), the `tokens` of each, the numbers of the sections to send `always` (the rules), and a `budget` in tokens. It returns the numbers of the sections to send, in the order of the handbook. Those of `always` go in any case, and fit. Then go through the others by falling score, of equal ones the lower number first: one that still fits into the budget (filling it exactly is fine) is sent, one that does not is left out, and you go on.

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
# A prompt that never changes can be read from the vendor's cache (lesson 7) at a fraction of the input price; a request that does not find it there writes it, which costs more than input. A prompt chosen for each question keeps changing.
#
# **Predict.** The flagship reads cached tokens at a twentieth of the price.{{claim: card.rates["cached_input"] * 20 == card.rates["input"]}} Does sending a third of the handbook still pay?

# %% id="cached" tags=["predict"]
ALWAYS = (0, 1, 2, 13)  # role, tone, prohibitions, escalation
rules = np.isin(np.arange(len(parts)), ALWAYS)
chosen = best(votes, 2) & ~rules
kept = compressed(chosen | rules, needed, lengths)
tools = bank.prefix_length(FLAGSHIP) - int(whole)
picked = round(float((chosen @ lengths).mean()))  # tokens of the sections chosen
fixed = tools + int(lengths[rules].sum())
full, write = card.rates["input"], card.rates["cache_write_5m"]
by_customer = (month["kind"] == "question").to_numpy()  # a summary has no question to choose by
asked_a_month = int(by_customer.sum())


def plans(hits):
    """USD a month of tools and handbook when this share of questions finds its prefix cached."""
    rate = prefix_rate(card, hits)
    each = {
        "whole, cached": (tools + int(whole)) * rate,
        "rules cached + choice": fixed * rate + picked * full,
        "choice, uncached": (fixed + picked) * full,
        "choice, marked": (fixed + picked) * write,
    }
    return {name: float(usd) * asked_a_month / 1e6 for name, usd in each.items()}


HITS = [n / 100 for n in range(50, 101)]
curves = {name: [(100 * h, plans(h)[name]) for h in HITS] for name in plans(0.5)}
beats = next(h for h in HITS if plans(h)["whole, cached"] == min(plans(h).values()))
uncached = money((tools + int(whole)) * full * asked_a_month / 1_000_000, digits=0)
figures.lines(
    curves,
    f"From {beats:.0%} hits on, the whole handbook from the cache is the cheapest",
    alt="USD a month against the share of questions that hit the cache. The whole handbook falls "
    "steeply and ends lowest; rules cached and the rest chosen falls less; two level lines, the "
    "choices that are never read from the cache, end highest.",
    x="questions that find their prefix cached, %",
    y="USD a month",
    numbers=figures.table(
        [{"hits": f"{h:.0%}"} | {name: money(usd, digits=0) for name, usd in plans(h).items()}
         for h in (0.5, 0.8, 0.9, 0.95, 0.99)],
        caption=f"USD for {asked_a_month:,} questions a month; whole and uncached {uncached}; the "
        f"choice keeps {kept.evidence} of the evidence",
    ),
)

# %% [markdown] id="s3-cache-why"
# With nothing cached the choice saves nearly half of the prefix.{{claim: 0.4 < 1 - (fixed + picked) / (tools + int(whole)) < 0.5}} So does a third still pay? Not here. Against a cache that hits nearly always, as steady traffic does, it loses,{{claim: plans(0.99)["whole, cached"] == min(plans(0.99).values())}} and *marking* it for caching is worst: each new text pays the **write premium** and is not read again. (Unless the same choice recurs within minutes.) So cache what is fixed first, then compress what changes: history, documents, tool results.

# %% [markdown] id="s4"
# ## 4. The right model for each question
#
# A **router** looks at a question and picks a model. To test one you need answers of both models to the same questions. RouteLLM published {{= len(outcomes()):,}}, of the school mathematics set GSM8K: GPT-4 (1106-preview) and Mixtral 8x7B, *models of 2023*. The method transfers, the numbers do not. Three cautions about this data:
#
# - It holds questions and answers only. Their form ("#### 18") suggests that worked examples were sent too; true costs were higher.
# - Prices are those of March 2024. Mixtral's tokens are an estimate.
# - Right or wrong is as the authors recorded it.

# %% id="recorded"
questions = outcomes()
calls = {"Mixtral": "weak", "GPT-4": "strong"}
for model, who in calls.items():
    got = share(int(questions[f"{who}_right"].sum()), len(questions))
    print(f"{model:8} {got} right, {money(1_000 * questions[f'{who}_usd'].mean())} for 1,000")
low, high = (1_000 * outcomes(end)["weak_usd"].mean() for end in (0, 2))
print(f"Mixtral's band: {money(low)} to {money(high)}, at {MIXTRAL['answer'][0]} to "
      f"{MIXTRAL['answer'][2]} tokens for one of GPT-4's, in its answers")  # fmt: skip

# %% [markdown] id="s4-rivals"
# The rivals: **always-weak**, **always-strong**, and an **oracle** that knows the outcome, a ceiling and no policy. The **learned router** sees a question's length, numbers, sentences and comparisons, learns on one half of the questions, and sends the most doubtful of the other half to GPT-4. A **cascade** asks Mixtral first and looks at its *answer*: is there a final number, do the sums that it wrote down hold? Never whether it is right: nobody knows that while the customer waits. Where it passes on, it pays for both. The **learned cascade** weighs question and answer together.
#
# The yardstick is **random at equal cost**: spend the same money, and draw by lot who gets GPT-4. **Predict.** By how many points does the learned router beat the lot? And the cascade?

# %% id="routers" tags=["predict"]
SENT = 0.3  # of the questions go to GPT-4
nobody, everybody = (lambda rows: np.zeros(len(rows))), (lambda rows: np.ones(len(rows)))
policies = {
    "always-weak": tried_rule(nobody),
    "always-strong": tried_rule(everybody),
    "oracle": tried_rule(oracle),
    "by lot, 30 %": tried("by lot", SENT),
    "learned router, 30 %": tried("learned router", SENT),
    "cascade on visible faults": tried_rule(
        lambda rows: rows["weak_answer"].map(looks_wrong), weak_first=True
    ),
    "learned cascade, 30 %": tried("learned cascade", SENT),
}
figures.table(
    [
        {
            "policy": name,
            "right": f"{100 * p.accuracy:.1f} ± {100 * p.accuracy_sd:.1f} %",
            "1,000 questions": money(1_000 * p.usd),
            "1,000 right answers": money(1_000 * p.usd_per_success),
            "points over the lot": f"{100 * p.lead:+.1f} ± {100 * p.lead_sd:.1f}",
        }
        for name, p in policies.items()
    ],
    caption=f"USD, prices of {PRICED_ON:%B %Y}; mean ± one standard deviation of 20 random halves",
)

# %% id="frontier"
STEPS = [n / 10 for n in range(11)]
paths = {name: [tried(name, s) for s in STEPS] for name in ("learned cascade", "learned router")}
ends = [policies["always-weak"], policies["always-strong"]]
lot = [(s * ends[1].usd + (1 - s) * ends[0].usd, s * ends[1].accuracy + (1 - s) * ends[0].accuracy)
       for s in STEPS]  # fmt: skip
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
    for name, marker in (("cascade on visible faults", "D"), ("oracle", "*")):
        point = policies[name]
        ax.plot(1_000 * point.usd, point.accuracy, marker, ms=10, label=name)
    ax.set_ylim(0.42, 0.96)  # room for the legend
    figures.dollars(ax.xaxis)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_xlabel("USD for 1,000 questions")
    ax.set_ylabel("right answers")
    ax.legend(loc="lower right")

# %% [markdown] id="s4-why"
# **Cost per successful answer** divides all that was paid by the answers that were right. The ± here is one standard deviation, and not the error bar of section 1. The lot's own lead, truly 0, wanders by most of a point,{{claim: 0.5 < 100 * policies["by lot, 30 %"].lead_sd < 1}} so a router that knows four things about a question is hardly better than luck here. It picks long, dear questions: hence equal *cost*, not equal share. The fault check itself costs nothing (what it passes on is paid twice), and it gains most for its money.{{claim: policies["cascade on visible faults"].lead == max(p.lead for n, p in policies.items() if n != "oracle")}}
#
# Published savings come with conditions. RouteLLM's 85 %, at 95 % of GPT-4's quality, holds on the chat benchmark MT-Bench; it has 45 % on MMLU and 35 % on GSM8K. FrugalGPT's 98 % is its best data set, news headlines. Ask: on which task, against what, at which accuracy?

# %% [markdown] id="ex-6-3"
# ### Your turn: exercise 6.3, judge a router
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

# %% [markdown] id="calc"
# ## Two calculators
#
# 1. In the first, which **threshold** (share sent to the strong model) is cheapest when a wrong answer costs one cent? And ten?
# 2. Take the router that sees the question instead. Does any threshold lead the lot by more than twice its ±?
# 3. In the second, paste a prompt of your own. Which part would you test first, and on what?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import RoutingCalculator

RoutingCalculator()

# %% id="calculator-diet" tags=["calculator"]
from costlib.calculators import PromptDiet

PromptDiet()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# At one cent the cascade that passes on a tenth; at ten cents all go to the strong model, and then the weak call in front is wasted: take always-strong. (The calculator counts dollars for 1,000 *questions*, mistakes paid. *Going further* counts them for 1,000 *right answers*, which favours the policies that are right more often: the winner at one cent is another.) No threshold of the learned router is clear of luck in that sense. And the dearest part of a prompt is often its examples: test them on questions that need them.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# The lever of this lesson: with a question go only the last 2,000 tokens of its conversation, and the handbook goes without section 11. Nightly summaries keep their whole conversation.
#
# **Predict.** Guides promise 20 to 40 % from shorter prompts. What do you expect here?

# %% id="bill-run" tags=["predict"]
before = bank.bill(month)
histories = month["history"][month["kind"] == "question"]
unsent = (int(whole) - round(kept.tokens)) * by_customer
chosen_only = month.assign(
    prefix=month["prefix"] - unsent, input_tokens=month["input_tokens"] - unsent
)
after = {
    "as it is": (month, "–"),
    "last 2,000 tokens, no section 11": (
        bank.shorten_prompts(month), f"{(histories > 2_000).mean():.0%} of histories cut, not measured"
    ),
    "last 1,000 tokens, no section 11": (
        bank.shorten_prompts(month, 1_000),
        f"{(histories > 1_000).mean():.0%} of histories cut, not measured",
    ),
    "sections chosen, nothing cached": (chosen_only, f"evidence kept {kept.evidence}"),
}
bills = {name: bank.bill(changed) for name, (changed, _) in after.items()}
figures.table(
    [
        {
            "month": name,
            "USD": money(bills[name].total, digits=0),
            "saved": f"{float(bills[name].saving(before)):.1%}",
            "quality": quality,
        }
        for name, (_, quality) in after.items()
    ],
    caption="USD a month, each change alone",
)

# %% [markdown] id="bill-why"
# Choosing sections, for questions only, does reach 20 to 40 %, without a cache.{{claim: 0.2 < bills["sections chosen, nothing cached"].saving(before) < 0.4}} (Tools and handbook are {{= 100 * float(before.by_part["prefix"] / before.total):.0f}} % of the bill: the two thirds and more of the opening question.{{claim: before.by_part["prefix"] * 3 > before.total * 2}}) But it works against lesson 7's lever, so the course's bill takes the small one. **What cut histories do to the answers is not measured**, so this lever counts in no total of "same model, answers untouched". A window also moves the history's front each turn, so a cached conversation starts anew.

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put your own prompt in place of this one, and a file of results in place of ours: what each part costs, and whether a change made things worse.

# %% id="own-run"
PROMPT = handbook
BEFORE, AFTER = right["minilm"][:300], right["wordllama"][:300]  # True: that question went well

pieces = sections(PROMPT)
counts = added_tokens([piece.text for piece in pieces], FLAGSHIP)
longest = max(zip(counts, [piece.title for piece in pieces]))
print(f"longest part: {longest[1]}, {longest[0]:,} of {sum(counts):,} tokens (est.)")
change = difference(BEFORE, AFTER)
print(f"change: {100 * change.value:+.1f} points, {100 * change.low:+.1f} to {100 * change.high:+.1f}")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="formats" tags=["further"]
# ### Formats
#
# Forty transactions, invented, as a tool might return them. **Predict**: how many times the tokens of CSV does pretty JSON take?

# %% id="formats-run" tags=["predict"]
SHOPS = ("Café Zürich", "Rail & Go", "Grocer 24")
records = [
    {"date": f"2026-11-{1 + n % 28:02}", "merchant": SHOPS[n % 3], "amount": -5 - n * 1.25,
     "currency": "EUR", "status": ("booked", "pending")[n % 5 == 0]}
    for n in range(40)
]  # fmt: skip
columns = list(records[0])
as_text = {
    "JSON, indented": json.dumps(records, indent=2, ensure_ascii=False),
    "JSON, minified": minify_json(json.dumps(records, ensure_ascii=False)),
    "YAML": "\n".join("- " + "\n  ".join(f"{k}: {v}" for k, v in r.items()) for r in records),
    "Markdown table": "\n".join(
        ["|" + "|".join(columns) + "|", "|" + "---|" * len(columns)]
        + ["|" + "|".join(map(str, r.values())) + "|" for r in records]
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
# A table says its column names once. It holds flat records only, and numbers and text look alike in it; whether a model reads one format worse than another depends on the model, so put both through your evaluation set.

# %% [markdown] id="ex-6-4" tags=["further"]
# #### Your turn: exercise 6.4, minify without loss
#
# Write `minify`: it gets JSON as text and returns text with the same value, the keys in the same order, no white space between the tokens, and no more tokens than need be. The texts hold accents, as letters or as `\u` escapes, and blanks inside of strings.

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

# %% [markdown] id="fewshot" tags=["further"]
# ### Examples chosen for the question
#
# **Few-shot** prompts show the model labelled examples. The usual ones are fixed. Retrieval picks for each question the few that are most like it.
#
# We cannot run a language model here, so a stand-in that really runs sees *only the chosen examples*, and answers by the nearest of them. It is weaker than a language model, which also understands the names of the intents; it shows what the examples carry.

# %% id="fewshot-run"
known, asking = sentence_vectors("train"), sentence_vectors("test")
shot_tokens = np.array([count_text(example(*pair), FLAGSHIP).tokens
                        for pair in zip(train["text"], labels)])  # fmt: skip
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
    nearby = similar["minilm"][0][:, :k]
    votes_for = [max(dict.fromkeys(labels[r]), key=list(labels[r]).count) for r in nearby]
    tokens_each = float(shot_tokens[nearby].sum(axis=1).mean())
    rows_shown.append((f"{k} by retrieval", tokens_each, np.array(votes_for) == truth))

asked_a_month = bank.DAYS * bank.QUESTIONS_A_DAY
figures.table(
    [
        {
            "examples": name,
            "tokens, est.": f"{tokens:,.0f}",
            "USD a month": money(usd_a_month(round(tokens), asked_a_month, full), digits=0),
            "and cached, 95 % hits": "–" if "retrieval" in name else money(
                usd_a_month(round(tokens), asked_a_month, prefix_rate(card, 0.95)), digits=0),
            "stand-in right": str(share(int(good.sum()), len(good))),
        }
        for name, tokens, good in rows_shown
    ],
    caption=f"{asked_a_month:,} questions a month on {FLAGSHIP}; ± at 95 % confidence",
)  # fmt: skip

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
# Instead of dropping what lies before the window, a model can sum it up once, and the summary is sent in its place in every later turn. **Predict**: after how many turns has it paid for itself?

# %% id="window-run" tags=["predict"]
SUMMARY = 200  # tokens, our assumption
long = month["history"][month["history"] > bank.HISTORY_WINDOW]
dropped = float((long - bank.HISTORY_WINDOW).mean())
once = dropped * float(full) + SUMMARY * float(card.rates["output"])
for how, rate in (("full price", float(full)), ("the cache", float(card.rates["cached_input"]))):
    turns = math.ceil(once / ((dropped - SUMMARY) * rate))
    print(f"history read at {how}: paid for after {turns} later turns")
print(f"{dropped:,.0f} tokens before the window, in the mean of {len(long):,} long histories")

# %% [markdown] id="window-why" tags=["further"]
# Another call, at the output's price, against input saved in each later turn. Where the history is cached, few conversations live that long. What a summary forgets is not measured here.

# %% [markdown] id="output" tags=["further"]
# ### Say less
#
# Output costs more than input, so ask for less of it: a length, a structure, a stop. How much more, at today's rates? (Older guides say 2 to 4 times.)

# %% id="output-ratios"
from costlib.pricing import day_cards, roles

ratios = {}
for named in (*((r.provider, r.model) for r in roles()), ("openai", "gpt-5"), ("openai", "gpt-4.1")):
    rates = day_cards(named[1], provider=named[0])[0].rates
    ratios.setdefault(round(float(rates["output"] / rates["input"]), 1), []).append(named[1])
figures.table(
    [
        {"output / input": f"{ratio:g}", "models": len(names), "such as": ", ".join(names[:2])}
        for ratio, names in sorted(ratios.items())
    ],
    caption="Price of an output token in input tokens",
)

# %% [markdown] id="output-cap" tags=["further"]
# A ceiling (`max_tokens`) saves as well, by breaking answers off. The bank's replies, and what a ceiling would do to them:

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
    caption="Tokens; a reply that is broken off was paid for and is asked for again",
)

# %% [markdown] id="output-why" tags=["further"]
# A ceiling is a safety net for the longest, no diet. The diet is an instruction ("under 80 words", "the intent and nothing else"), and its effect needs a model to measure.

# %% [markdown] id="ex-6-6" tags=["further"]
# ### What a mistake costs
#
# Mixtral is the cheapest for each right answer, as long as the wrong ones cost nothing. Give each a price, a person who repairs it, and the order turns:

# %% id="mistakes"
named = ("always-weak", "cascade on visible faults", "learned cascade, 30 %", "always-strong")
MISTAKES = (0, 0.005, 0.01, 0.02, 0.05)
rows = []
for price in MISTAKES:
    total = {n: policies[n].usd + (1 - policies[n].accuracy) * price for n in named}
    row = {"a mistake costs": money(price)}
    row |= {n: money(1_000 * usd / policies[n].accuracy) for n, usd in total.items()}
    rows.append(row | {"cheapest": min(named, key=lambda n: total[n] / policies[n].accuracy)})
figures.table(rows, caption="USD for 1,000 right answers, mistakes paid")

# %% [markdown] id="ex-6-6-task" tags=["further"]
# #### Your turn: exercise 6.6, the cost of a success
#
# Write `per_success`: it gets a list that says which answers were `right`, the `usd` of each call, and `wrong_usd`, what a wrong answer costs besides its call. It returns the USD for each right answer, and `math.inf` when none is right, also of an empty list.

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
# Naming the intent of a question needs its 77 names in the prompt and a few tokens of output. What does that cost a month, and beside what? One setting decides: OpenAI's models from gpt-5.5 on reason at *medium* effort where the request names none ([OpenAI's guide]({{source:openai-reasoning}})), and reasoning is billed as output. gpt-6-luna takes *none*; the least that gpt-6.1-sol takes is *low* ([OpenAI's guide to GPT-6]({{source:openai-gpt6-guide}})).

# %% id="classify-run"
from datetime import date

from costlib.usage import Usage

names = sorted(set(labels))
asked_text = "Name the customer's intent, one of: " + ", ".join(names)
sample = [{"role": "system", "content": asked_text}, {"role": "user", "content": test["text"][0]}]
mean_extra = float(np.mean([count_text(t, "gpt-4.1").tokens for t in test["text"][:500]]))
REASONED = {"": 0, "none": 0, "low": 150, "medium": 450}  # tokens by effort: modelled, ours
rows, usd_of = [], {}
for model, effort, when in (
    ("gpt-4", "", date(2026, 10, 22)), ("gpt-4.1", "", None),
    ("gpt-6.1-sol", "low", None), ("gpt-6.1-sol", "medium", None), (FLAGSHIP, "", None),
    ("gpt-6-luna", "none", None), ("gpt-6-luna", "medium", None),
    (role("anthropic", "small"), "", None),
):  # fmt: skip
    sent = int(count_chat(sample, model)) - count_text(test["text"][0], model).tokens
    answer = count_text(names[0], model).tokens + REASONED[effort]
    call = cost_of(Usage(input_tokens=round(sent + mean_extra), output_tokens=answer),
                   model, at=when).total  # fmt: skip
    usd_of[model, effort] = call
    rows.append({"what": model, "effort": effort or "–",
                 "a month": money(call * asked_a_month, digits=0), "right": "not measured"})  # fmt: skip
local = share(int(right["minilm"].sum()), len(truth))
rows.append({"what": "nearest labelled question", "effort": "–", "a month": "$0", "right": str(local)})
figures.table(rows, caption=f"{asked_a_month:,} questions a month, USD; gpt-4 at its last list price; "
              f"low effort is taken as {REASONED['low']} tokens, medium as {REASONED['medium']} (modelled)")

# %% [markdown] id="classify-why" tags=["further"]
# At medium effort the small model costs {{= usd_of["gpt-6-luna", "medium"] / usd_of["gpt-6-luna", "none"]:.0f}} times what it costs without. The last row runs on a laptop, and its accuracy is measured. The others may be better or worse: before you pay, let them answer a few hundred of these questions (exercise 6.1 says how many). Lesson 4 calls this waste an over-provisioned model; lesson 5 lets the local step pass on what it doubts.

# %% [markdown] id="quantize" tags=["further"]
# ### Fewer bits
#
# **Quantization** stores numbers in fewer bits. Vendors and people with own hardware use it on whole models; here it is tried on the table of word-based vectors, the {{= len(labelled("train")):,}} known questions and the one asked. It illustrates the idea and does not equal quantising a language model.

# %% id="quantize-run"
from costlib.caching import similar as most_similar

word_known, word_asked = (sentence_vectors(p, "wordllama") for p in ("train", "test"))


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
):  # fmt: skip
    stored, query = (rounded(v, bits, scale) for v in (word_known, word_asked))
    good = most_similar(query, stored, labels).answers == truth
    rows.append({"bits": bits, "scaled": how, "MB": f"{stored.size * bits / 8e6:.1f}",
                 "right": str(share(int(good.sum()), len(good)))})  # fmt: skip
figures.table(rows, caption="256 numbers for each of 10,003 questions; as float32 10.2 MB")

# %% [markdown] id="quantize-why" tags=["further"]
# Four bits do as well as eight. At two bits the *recipe* decides: scaled by the largest entry, most others round to nothing. (It is the same with the table of single words, rounded before the averaging, which the course does not ship. When the course was made, three recipes at two bits left 79.5, 86.3 and 88.0 % right.)

# %% [markdown] id="compressors" tags=["further"]
# ### Compressors that are models
#
# Our compressor keeps whole sections. LLMLingua drops single tokens by a small model's judgement; its authors report prompts up to 20 times shorter for 1.5 points ([Jiang and others, 2023]({{source:jiang-2023}})). A later study on 30,000 queries found answers up to 18 % faster, with unchanged quality, where prompt, ratio and hardware suit; elsewhere compressing took longer than it spared ([Kummer and others, 2026]({{source:kummer-2026}})). And like every choice made for each request, it destroys the shared prefix.

# %% [markdown] id="recap"
# ## Recap
#
# Five lines to remember:
#
# 1. No saving without a measure; small tests are fooled by chance. Ask both variants the same questions.
# 2. Price each section, and ask who needs it. A measure is blind to what it does not ask.
# 3. Choosing what to send saves on an uncached bill. A prefix nearly always cached is cheaper whole.
# 4. Judge a router against a lot at equal cost. An answer's visible faults tell more than the question.
# 5. Divide by the right answers, and give the wrong ones a price.
#
# | Quick reference | Formula or call |
# |---|---|
# | questions for a loss of d points | (p (1 − p) + q (1 − q)) (2.8 / d)², q = p − d |
# | cost of a success | (calls + mistakes × their price) / right answers |
# | shorter beats a cache of hit rate h only if | share kept, of the prefix with its tools, × input < h × read + (1 − h) × write |
#
# **Mistakes that people made.** A saving without its task ([a headline]({{source:learngrowthrive}}) of RouteLLM's best benchmark). The write premium paid, request after request, for a prefix that was never read back ([codex #35300]({{source:codex-35300}}), July 2026).

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: Anthropic on [building evaluations]({{source:anthropic-evals}}) and OpenAI on [evaluation best practices]({{source:openai-evals}}); I. Ong and others, [RouteLLM]({{source:routellm}}); L. Chen and others, [FrugalGPT]({{source:frugalgpt}}).
#
# Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("input tokens", "output tokens", "model choice"))
