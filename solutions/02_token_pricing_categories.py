# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
# ---

# %% [markdown] id="title"
# # Lesson 2. Token pricing categories
#
# {{badges}}
#
# {{minutes}}
#
# After this lesson you can say what a text or a picture is in tokens (a minute of speech too, in *Going further*), read any vendor's usage record without counting a token twice, and take the bill of one request apart.
#
# You need lesson 1, and still no key or money.

# %% id="setup"
# {{setup}}

# %% [markdown] id="question"
# ## A question with money in it
#
# In August and September 2026 people who tracked the cost of their coding assistants found two mistakes in their trackers, some one and some the other. A report of the second published a real record: 16.8 million tokens in, most of them from cache, and 63,820 out. The cell below prices that record with **both** mistakes, and without.
#
# **Write down your guess: how far off is the bill with the mistakes, ten per cent, double, more?**

# %% id="question-record"
import json

from costlib import (
    AS_OF, Usage, bank, connect, cost_of, count_text, money, pricing, rate_card, read_usage, role,
)
from costlib.display import figures
from costlib.tokens import audio_tokens, encoded_length, image_grid, image_tokens, show_tokens

FLAGSHIP = role("anthropic", "flagship")
RECORD = {
    "input_tokens": 16_845_360,
    "input_tokens_details": {"cached_tokens": 16_358_912},
    "output_tokens": 63_820,
    "output_tokens_details": {"reasoning_tokens": 24_882},
    "total_tokens": 16_909_180,
}  # fmt: skip
r = rate_card("gpt-5").rates

with_mistakes = (
    RECORD["input_tokens"] * r["input"]
    + RECORD["input_tokens_details"]["cached_tokens"] * r["cached_input"]
    + RECORD["output_tokens"] * r["output"]
    + RECORD["output_tokens_details"]["reasoning_tokens"] * r["output"]
) / 1_000_000
correct = cost_of(read_usage(RECORD), "gpt-5").total
reasoning_twice = RECORD["output_tokens_details"]["reasoning_tokens"] * r["output"] / 1_000_000

print(f"with both mistakes {money(with_mistakes)}")
print(f"correct            {money(correct)}")
print(f"times too much     {with_mistakes / correct:.1f}")
print(f"the second alone   {reasoning_twice / correct:.0%} too much")

# %% [markdown] id="question-why"
# The counts are real ([tokscale #1142]({{source:tokscale-1142}}), August 2026), put here in the shape of the Responses API. That tracker made the second mistake only, {{= 100 * reasoning_twice / correct:.0f}} % too much; both in one tracker are our construction. The prices are those of gpt-5, which is our choice: the report names no model. Both formulas look right. Section 2 says what is wrong with the first.

# %% [markdown] id="s1"
# ## 1. What a token is
#
# A model does not read letters. Its **tokenizer** cuts text into pieces from a fixed list, learnt so that frequent strings become one piece. Each piece is a token, and each token is paid for.
#
# **Predict.** A common rule says: one token is four characters. On which of these texts is it furthest off?

# %% id="tokens-seen" tags=["predict"]
CARD = {"card": "4471", "status": "declined", "amount": 18.4}
TEXTS = {
    "English": "My card was declined twice today. Why?",
    "German": "Meine Karte wurde heute zweimal abgelehnt. Warum?",
    "Chinese": "我的卡今天被拒绝了两次。为什么?",
    "Hindi": "मेरा कार्ड आज दो बार अस्वीकार हुआ। क्यों?",
    "Python": "for card in cards:\n    if card.declined:\n        notify(card.owner)",
    "JSON, indented": json.dumps(CARD, indent=4),
    "JSON, minified": json.dumps(CARD, separators=(",", ":")),
    "Emoji": "My card was declined 😡 and my parrot flew off 🦜",
    "A UUID": "7f3a90c2-5b1e-4d08-9c66-2e91d04ab7f3",
}
show_tokens(TEXTS)

# %% [markdown] id="s1-rule"
# Each box is a token (a small number in a box: one character that takes several). Words that are frequent in the training text stay whole; what is rare or random falls to pieces. A space belongs to the word after it. Furthest off is the UUID: {{= encoded_length(TEXTS["A UUID"], "o200k_base")}} tokens where the rule says {{= len(TEXTS["A UUID"]) / 4:.0f}}; Chinese is close behind.{{claim: sorted(TEXTS, key=lambda name: encoded_length(TEXTS[name], "o200k_base") / len(TEXTS[name]))[-2:] == ["Chinese", "A UUID"]}}
#
# Now the rule of four characters, measured on more text: {{= len(bank.questions()):,}} questions of bank customers, the bank's handbook and tools, and a thousand UUIDs (and the sentences above, one in each language).

# %% id="four-characters"
import random
import uuid

rng = random.Random(0)
MEASURED = {
    "customers' questions": "\n".join(bank.questions()["text"]),
    "handbook (Markdown)": bank.handbook(),
    "tools, JSON minified": json.dumps(bank.tools(), separators=(",", ":")),
    "tools, JSON indented": json.dumps(bank.tools(), indent=4),
    "Python": TEXTS["Python"],
    "German": TEXTS["German"],
    "Hindi": TEXTS["Hindi"],
    "Chinese": TEXTS["Chinese"],
    "1,000 UUIDs": "\n".join(str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(1_000)),
}
rows = []
for name, text in MEASURED.items():
    new, old = (encoded_length(text, encoding) for encoding in ("o200k_base", "cl100k_base"))
    rows.append(
        {
            "text": name,
            "characters": len(text),
            "÷ 4": round(len(text) / 4),
            "tokens": new,
            "tokens ÷ rule": new / (len(text) / 4),
            "older encoding": old,
        }
    )
rows.sort(key=lambda row: row["tokens ÷ rule"])
low, high = rows[0], rows[-1]

with figures.figure(
    f"Characters ÷ 4 is from {1 / low['tokens ÷ rule'] - 1:.0%} too high ({low['text']}) "
    f"to {high['tokens ÷ rule']:.1f} times too low ({high['text']})",
    alt="One dot for each kind of text: its true tokens divided by the rule's. Indented JSON lies "
    "well below 1, prose and code near it, Hindi above, UUIDs and Chinese far above.",
    numbers=figures.table(rows, formats={"tokens ÷ rule": "{:.2f}"}),
) as (fig, ax):
    ax.plot([row["tokens ÷ rule"] for row in rows], range(len(rows)), "o")
    ax.axvline(1, color=figures.GREY, linewidth=1)
    ax.set_yticks(range(len(rows)), [row["text"] for row in rows])
    ax.set_xlim(left=0)
    ax.set_xlabel("true tokens ÷ (characters ÷ 4)")

# %% [markdown] id="s1-why"
# For prose and code the rule is within about ten per cent.{{claim: all(abs(row["tokens ÷ rule"] - 1) < 0.11 for row in rows if row["text"] in ("customers' questions", "handbook (Markdown)", "Python", "German"))}} It is too high where a text is mostly words or indentation, as the tools are, because a run of spaces is one token. It is too low for short JSON full of quotes and numbers, for other scripts, and most for random identifiers: the UUID above takes {{= 4 * encoded_length(TEXTS["A UUID"], "o200k_base") / len(TEXTS["A UUID"]):.1f}} times as many as it says, a thousand of them {{= next(row for row in rows if row["text"] == "1,000 UUIDs")["tokens ÷ rule"]:.1f}} times.{{claim: low["text"] == "tools, JSON indented" and high["text"] == "Chinese"}} Unfold the numbers (they are for *o200k*, the encoding of gpt-5): the same tools cost more indented than minified, and the older *cl100k* of GPT-4 needs far more tokens for Hindi.
#
# So count. OpenAI published its encodings up to gpt-5.x and not for later models; Anthropic publishes none. For those costlib gives an estimate with its range. The same handbook at four models:

# %% id="same-text"
rows = []
for model in ("gpt-5", role("openai", "flagship"), "claude-sonnet-4-6", FLAGSHIP):
    count = count_text(bank.handbook(), model)
    usd = cost_of(Usage(input_tokens=int(count)), model).total
    rows.append({"model": model, "tokens": repr(count), "to read it once": money(usd)})
figures.table(rows, caption="The bank's handbook; est. = estimated, with the range between sources")

# %% [markdown] id="s1-compare"
# This is why a price per token compares nothing between vendors, nor even between two models of one: compare the price of the same text.

# %% [markdown] id="s2"
# ## 2. Three usage objects, one bill
#
# One request: 7,000 tokens in, of which 6,000 were read from cache, and 500 out, of which 300 were **reasoning** (text that the model writes for itself before it answers): 7,500 in all. Three APIs report it like this:

# %% id="three-usages"
CHAT = {
    "prompt_tokens": 7_000,
    "prompt_tokens_details": {"cached_tokens": 6_000},
    "completion_tokens": 500,
    "completion_tokens_details": {"reasoning_tokens": 300},
    "total_tokens": 7_500,
}
RESPONSES = {
    "input_tokens": 7_000,
    "input_tokens_details": {"cached_tokens": 6_000},
    "output_tokens": 500,
    "output_tokens_details": {"reasoning_tokens": 300},
    "total_tokens": 7_500,
}
MESSAGES = {
    "input_tokens": 1_000,
    "cache_read_input_tokens": 6_000,
    "cache_creation_input_tokens": 0,
    "output_tokens": 500,
    "output_tokens_details": {"thinking_tokens": 300},
}


def fields(usage):
    """The four counts of a usage object as they are reported, whatever they are called."""
    flat = dict(usage)
    for inner in usage.values():
        flat |= inner if isinstance(inner, dict) else {}
    return {
        "input": flat.get("input_tokens", flat.get("prompt_tokens")),
        "cached": flat.get("cached_tokens", flat.get("cache_read_input_tokens")),
        "output": flat.get("output_tokens", flat.get("completion_tokens")),
        "reasoning": flat.get("reasoning_tokens", flat.get("thinking_tokens")),
    }


REPORTED = {"OpenAI Chat": CHAT, "OpenAI Responses": RESPONSES, "Anthropic Messages": MESSAGES}
figures.table(
    [{"API": api} | fields(usage) for api, usage in REPORTED.items()],
    caption="The same request, as each API reports it",
)

# %% [markdown] id="s2-words"
# OpenAI's input is **inclusive**: the cached tokens are part of it. Anthropic's is **exclusive**: they stand beside it. Reasoning is inside the output at both. Nothing in the field names tells you; OpenAI's `total_tokens` does.
#
# **Predict.** Two formulas that real trackers used. One adds every field at its own rate. The other always subtracts cached from input. Which vendor's bill does each get wrong, and in which direction?

# %% id="two-bugs" tags=["predict"]
r = rate_card(FLAGSHIP).rates  # one set of rates for all, so that only the counting differs


def add_every_field(input, cached, output, reasoning):
    usd = input * r["input"] + cached * r["cached_input"] + (output + reasoning) * r["output"]
    return usd / 1_000_000


def always_subtract(input, cached, output, reasoning):
    usd = (input - cached) * r["input"] + cached * r["cached_input"] + output * r["output"]
    return usd / 1_000_000


rows = []
for api, usage in REPORTED.items():
    rows.append({
        "API": api,
        "add every field": money(add_every_field(**fields(usage))),
        "always subtract": money(always_subtract(**fields(usage))),
        "read_usage": money(cost_of(read_usage(usage), FLAGSHIP).total),
    })
figures.table(rows, caption="USD for the same request, three ways of counting")

# %% [markdown] id="s2-why"
# Adding bills OpenAI's cached tokens twice, and everyone's reasoning twice. Subtracting is right for OpenAI; at Anthropic it makes the input **negative**, and here the whole bill.{{claim: always_subtract(**fields(MESSAGES)) < 0}} All of it has shipped: cached counted twice ([openusage #360]({{source:openusage-360}}), September 2026), reasoning counted twice ([opencode #17566]({{source:opencode-17566}}), March 2026), negative costs ([PostHog #30310]({{source:posthog-30310}}), March 2025).
#
# `read_usage` turns each into one record in which totals contain their parts. A record that counts twice cannot be built:

# %% id="one-record"
print(read_usage(CHAT) == read_usage(RESPONSES) == read_usage(MESSAGES))
print(read_usage(MESSAGES))

try:
    Usage(output_tokens=500, reasoning_tokens=800)
except ValueError as error:
    print("refused:", error)

# %% [markdown] id="ex-2-1"
# ### Your turn: exercise 2.1
#
# A third convention: Gemini's. Here is one of its records, as it comes over the wire, where zeros are **left out**:
#
# `{"promptTokenCount": 8000, "cachedContentTokenCount": 6000, "candidatesTokenCount": 300, "thoughtsTokenCount": 900, "totalTokenCount": 9200}`
#
# Write `normalise`, which returns a dictionary with `"input"` (all of it), `"cached"` (the part read from cache) and `"output"` (all that is billed as output: the answer and the thoughts), and nothing else. The prompt is never empty; any other count may be missing, and both outputs at once.

# %% id="ex-2-1-answer"
def normalise(usage):
    ### BEGIN SOLUTION
    return {
        "input": usage["promptTokenCount"],
        "cached": usage.get("cachedContentTokenCount", 0),
        "output": usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
    }
    ### END SOLUTION
    # BLANK: return ...


answer_2_1 = normalise

# %% id="ex-2-1-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.1")

# %% id="ex-2-1-hint"
from costlib import exercises as ex

ex.hint("2.1")

# %% [markdown] id="s3"
# ## 3. Paid and not seen
#
# Reasoning is billed at the output rate, and it counts towards the limit that you set on the output. You see none of it, or a summary.
#
# **Predict.** The call below allows 600 tokens of output. What will the answer say, and what will you pay for it? (Our provider makes up how long a model reasons; that it is paid, and counts towards the limit, is real.)

# %% id="empty-answer" tags=["predict"]
THINKER = role("openai", "small")
client = connect("openai")
reply = client.responses.create(
    model=THINKER,
    input="A customer's card was declined twice at the same shop. List every fee that could apply.",
    reasoning={"effort": "high"},
    max_output_tokens=600,
)
usage = read_usage(reply)
print("status:   ", reply.status, "-", reply.incomplete_details.reason)
print("answer:   ", repr(reply.output_text))
print("output:   ", usage.output_tokens, "tokens, of which reasoning", usage.reasoning_tokens)
print("billed:   ", money(cost_of(usage, THINKER).total))

# %% [markdown] id="s3-empty"
# A paid, empty answer.{{claim: reply.output_text == "" and usage.reasoning_tokens == usage.output_tokens == 600}} People met it on the real API: 600 of 600 tokens on gpt-5 ([OpenAI forum, 1344907]({{source:forum-1344907}})), 3,072 of 3,072 on o4-mini ([1359002]({{source:forum-1359002}})). Two defences: check `status` before you use an answer, and leave room in the limit. A third is to ask for less effort:

# %% id="efforts"
rows = []
for effort in ("none", "low", "medium", "high"):
    reply = client.responses.create(
        model=THINKER,
        input="A customer's card was declined twice at the same shop. List every fee that could apply.",
        reasoning={"effort": effort},
        max_output_tokens=8_000,
    )
    usage = read_usage(reply)
    cost = cost_of(usage, THINKER).total
    rows.append(
        {
            "effort": effort,
            "reasoning": usage.reasoning_tokens,
            "answer": usage.output_tokens - usage.reasoning_tokens,
            "USD": money(cost),
        }
    )
figures.table(rows, caption="One question, four efforts (reasoning lengths are modelled)")

# %% [markdown] id="ex-2-2"
# ### Your turn: exercise 2.2
#
# Write `reasoning_bill`. It gets a Responses usage (a dictionary like `RESPONSES` above, whose `output_tokens_details` may be `None`: then nothing was reasoned) and the output rate in USD per million tokens. There is at least one token of output. It returns two numbers, `return share, dollars`: the share of the output that is reasoning (0 to 1), and the dollars paid for it.

# %% id="ex-2-2-answer"
def reasoning_bill(usage, output_rate):
    ### BEGIN SOLUTION
    details = usage["output_tokens_details"] or {}
    reasoning = details.get("reasoning_tokens", 0)
    return reasoning / usage["output_tokens"], reasoning * output_rate / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_2_2 = reasoning_bill

# %% id="ex-2-2-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.2")

# %% id="ex-2-2-hint"
from costlib import exercises as ex

ex.hint("2.2")

# %% [markdown] id="anatomy"
# ### Anatomy of a bill
#
# One turn of an agent that reads a long history from cache, writes the new part of it to the cache, searches the web twice, reasons and answers. The record is made up, in the shape of the real one. **Predict**: the cache holds three quarters of the input. What takes most of the money?

# %% id="anatomy-turn" tags=["predict"]
SEARCH = {"type": "web_search_call", "status": "completed", "action": {"type": "search"}}
TURN = {
    "model": role("openai", "flagship"),
    "output": [SEARCH, SEARCH],
    "usage": {
        "input_tokens": 24_000,
        "input_tokens_details": {"cached_tokens": 18_000, "cache_write_tokens": 4_000},
        "output_tokens": 2_600,
        "output_tokens_details": {"reasoning_tokens": 1_900},
        "total_tokens": 26_600,
    },
}
turn = read_usage(TURN)
cost = cost_of(turn, TURN["model"])
cost

# %% id="anatomy-figure"
lines = {line.kind: (line.quantity, line.amount) for line in cost.lines}
reasoning_usd = turn.reasoning_tokens * cost.card.rates["output"] / 1_000_000
parts = {  # tokens, USD
    "cached input": lines["cached_input"],
    "ordinary input": lines["input"],
    "cache writes": lines["cache_write_30m"],
    "answer": (turn.output_tokens - turn.reasoning_tokens, lines["output"][1] - reasoning_usd),
    "reasoning": (turn.reasoning_tokens, reasoning_usd),
    "web searches": (0, lines["web_search"][1]),
}
tokens_in_all = sum(tokens for tokens, _ in parts.values())
unseen = (parts["reasoning"][1] + parts["web searches"][1]) / cost.total
rows = [
    {
        "part": name,
        "tokens": tokens,
        "of the tokens": f"{tokens / tokens_in_all:.0%}",
        "USD": money(part),
        "of the bill": f"{part / cost.total:.0%}",
    }
    for name, (tokens, part) in parts.items()
]
with figures.figure(
    f"Reasoning and searches are {unseen:.0%} of this bill; "
    f"the cache is {parts['cached input'][0] / tokens_in_all:.0%} of the tokens",
    alt="Two stacked bars. Of the tokens, cached input is two thirds. Of the dollars it is a "
    "sliver, and web searches and reasoning together are most.",
    numbers=rows,
    size=(5.8, 4.2),
) as (fig, ax):
    bottoms = [0.0, 0.0]
    for (name, (tokens, part)), colour in zip(parts.items(), (*figures.PALETTE, "#7A4B00")):
        shares = [tokens / tokens_in_all, float(part / cost.total)]
        ax.bar([0, 1], shares, bottom=bottoms, width=0.7, color=colour, edgecolor="white")
        end = bottoms[1] + shares[1] / 2
        ax.plot([1.4], [end], color=colour, label=f"{name} {shares[1]:.0%}")
        bottoms = [b + s for b, s in zip(bottoms, shares)]
    ax.set_xticks([0, 1], ["tokens", "dollars"])
    ax.set_xlim(-0.5, 1.4)
    ax.yaxis.set_major_formatter(lambda value, _: f"{value:.0%}")
    ax.set_ylabel("share of the turn")
    ax.grid(axis="x", visible=False)
    figures.label_ends(ax)

# %% [markdown] id="anatomy-why"
# Tokens and money are spread quite differently.{{claim: TURN["usage"]["input_tokens_details"]["cached_tokens"] == 0.75 * TURN["usage"]["input_tokens"] and parts["cached input"][1] * 10 < cost.total and unseen > 0.5}} Optimise by the right-hand bar: in this turn, fewer searches and less effort first, the cache last. A search fee stands in no token count at all.

# %% [markdown] id="s4"
# ## 4. A picture is a grid
#
# A picture is billed as input tokens, by its size in pixels. The API first shrinks it to the model's limits, then lays squares over it, and each square costs the same. Here are three ways to do it, on a screenshot as a customer would send it.
#
# **Predict.** Which of the three takes the most tokens?

# %% id="grids" tags=["predict"]
from PIL import Image

screenshot = Image.open(bank.screenshot_file()).convert("RGB")
WAYS = {"tiles": "gpt-4o", "patches, OpenAI": "gpt-5.4", "patches, Anthropic": FLAGSHIP}
grids = {name: image_grid(*screenshot.size, model) for name, model in WAYS.items()}
rows = [
    {
        "way": name,
        "model": WAYS[name],
        "read at": f"{grid.width} x {grid.height}",
        "squares": f"{grid.across} x {grid.down} of {grid.unit} px",
        "base": grid.base,
        "for each square": grid.per_unit,
        "tokens": grid.tokens,
    }
    for name, grid in grids.items()
]
with figures.figure(
    f"The same screenshot is {min(g.tokens for g in grids.values()):,} to "
    f"{max(g.tokens for g in grids.values()):,} tokens",
    alt="The screenshot of a banking app three times, under a coarse grid of tiles, a fine grid "
    "of patches and a finer one. The last row and column of squares reach beyond the picture.",
    numbers=rows,
    size=(6, 4.8),
    panels=(1, 3),
) as (fig, axes):
    for ax, (name, grid) in zip(axes, grids.items()):
        right, bottom = grid.across * grid.unit, grid.down * grid.unit
        ax.imshow(screenshot, extent=(0, grid.width, grid.height, 0))
        ax.vlines(range(0, right + 1, grid.unit), 0, bottom, color=figures.VERMILION, linewidth=0.3)
        ax.hlines(range(0, bottom + 1, grid.unit), 0, right, color=figures.VERMILION, linewidth=0.3)
        ax.set(xlim=(-8, right + 8), ylim=(bottom + 8, -8), aspect="equal")
        ax.set_axis_off()
        ax.set_title(f"{name}\n{grid.tokens:,} tokens", loc="center", fontsize=11)

# %% [markdown] id="s4-sizes"
# A square that is begun is paid whole. The rules: *tiles* are 512 pixels, on a picture that fits 2,048 and whose short side is at most 768, with a base price. *Patches* are 32 pixels at OpenAI, and their number is multiplied by a factor of the model; at Anthropic they are 28 pixels and one token each. Unfold the numbers to follow the sum. (Limits: gpt-5.4 takes 2,048 pixels a side and 2,500 patches, our flagship 2,576 pixels and 4,784 patches.{{claim: (image_grid(9_000, 90, "gpt-5.4").width, image_grid(9_000, 90, FLAGSHIP).width) == (2_048, 2_576)}})
#
# OpenAI also takes a `detail`. `high` is the rules above. What `low` means depends on the model: the base price alone where pictures are tiled ({{= image_tokens(*screenshot.size, "gpt-4o", "low")}} tokens on gpt-4o, {{= image_tokens(*screenshot.size, "gpt-4o-mini", "low"):,}} on gpt-4o-mini), a picture shrunk to fit 512 × 512 from gpt-5.4 on. `auto` is `high` up to gpt-5.4, and from gpt-5.5 on the picture as it was sent ([OpenAI's guide]({{source:openai-images}})): on gpt-5.6-sol this one takes {{= image_tokens(*screenshot.size, "gpt-5.6-sol", "auto"):,}} tokens where nothing is said.
#
# So a larger picture costs more only until it meets the limit:

# %% id="sizes"
sides = (512, 1_024, 2_048, 4_096)
rows = [
    {"model": model} | {f"{side} x {side}": image_tokens(side, side, model, detail) for side in sides}
    for model, detail in (("gpt-4o", "high"), ("gpt-5.4", "high"), ("claude-sonnet-4-6", "auto"), (FLAGSHIP, "auto"))
]
figures.table(rows, caption="Tokens for a square picture")

# %% id="six-models"
rows = []
for model in ("gpt-4o", "gpt-4o-mini", "gpt-5-mini", "gpt-5.4", "claude-sonnet-4-6", FLAGSHIP):
    tokens = image_tokens(*screenshot.size, model)
    usd = cost_of(Usage(input_tokens=tokens), model).total
    grid = image_grid(*screenshot.size, model)
    rows.append(
        {
            "model": model,
            "base": grid.base,
            "for each square": grid.per_unit,
            "tokens": tokens,
            "USD per million": rate_card(model).input,
            "for 1,000 screenshots": money(1_000 * usd),
        }
    )
figures.table(rows, caption=f"The same screenshot on six models, USD at the rates of {AS_OF}")

# %% [markdown] id="s4-six"
# Look at the two 4o rows. The small model is far cheaper by the token, and its picture is dearer,{{claim: rate_card("gpt-4o-mini").input < rate_card("gpt-4o").input / 10 and image_tokens(*screenshot.size, "gpt-4o-mini") * rate_card("gpt-4o-mini").input > image_tokens(*screenshot.size, "gpt-4o") * rate_card("gpt-4o").input}} because base and tiles count as so many more tokens there. A rate per token tells you nothing until you know the tokens.
#
# Between what you send and what is read there is often room: the API shrinks a large picture anyway, and a smaller one is cheaper. The limit is legibility. So look, at the picture itself:

# %% id="legible"
strip = screenshot.crop((60, 1080, 1000, 1165))  # the smallest text, 11 points or 33 pixels high
widths = (screenshot.width, bank.RESIZED_SCREENSHOT[0], 215)
rows = []
with figures.figure(
    "At half the width the smallest text is intact; at a sixth its letters run together",
    alt="The line with the reference code at three sizes, blown up alike: sharp in the first, a "
    "little softer in the second, blurred in the third, where letters touch.",
    numbers=rows,
    size=(6, 3),
    panels=(3, 1),
) as (fig, axes):
    for ax, width in zip(axes, widths):
        height = round(screenshot.height * width / screenshot.width)
        scale = width / screenshot.width
        small = strip.resize([round(side * scale) for side in strip.size], Image.Resampling.LANCZOS)
        tokens = image_tokens(width, height, FLAGSHIP)
        ax.imshow(small, interpolation="nearest")
        ax.set_axis_off()
        ax.set_title(f"{width} x {height}: {tokens:,} tokens", fontsize=11)
        rows.append(
            {
                "sent at": f"{width} x {height}",
                "tokens": tokens,
                "smallest text, pixels": f"{33 * scale:.0f}",
            }
        )

# %% [markdown] id="s4-legible"
# Half leaves a margin: its smallest text is then as high as ordinary text on a desktop screen. That a person can read it is an argument, not a measurement: try your model on your own pictures at both sizes before you change anything. Then choose a size **just within** whole squares, as ours is: one pixel more in width begins another column of patches.

# %% [markdown] id="ex-2-3"
# ### Your turn: exercise 2.3
#
# Write `tile_tokens(width, height, detail)` for gpt-4o, with the sides in whole pixels from 1 on. With `detail="low"` a picture costs 85 tokens. With `"high"` it is shrunk (never enlarged) to fit a square of 2,048 pixels, then shrunk until its short side is at most 768; then it costs 85 tokens and 170 for each tile of 512 pixels, counted along each side; a tile that is begun counts.

# %% id="ex-2-3-answer"
import math


def tile_tokens(width, height, detail):
    ### BEGIN SOLUTION
    if detail == "low":
        return 85
    scale = min(1, 2048 / max(width, height))
    width, height = width * scale, height * scale
    scale = min(1, 768 / min(width, height))
    width, height = width * scale, height * scale
    return 85 + 170 * math.ceil(width / 512) * math.ceil(height / 512)
    ### END SOLUTION
    # BLANK: return ...


answer_2_3 = tile_tokens

# %% id="ex-2-3-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.3")

# %% id="ex-2-3-hint"
from costlib import exercises as ex

ex.hint("2.3")

# %% [markdown] id="calc"
# ## What does a picture cost? And this usage?
#
# Two calculators. Answer with the first: what does the screenshot cost at {{= bank.RESIZED_SCREENSHOT[0]}} x {{= bank.RESIZED_SCREENSHOT[1]}}, and one pixel wider? How large can a picture be on gpt-4o before it costs more than 85 + 170 tokens? With the second: paste the usage of a response of your own, or change `cached_tokens` in this one, and see which line moves.

# %% id="calculator" tags=["calculator"]
from costlib.calculators import ImageCalculator

ImageCalculator(width=1290, height=2796)

# %% id="usage-decoder" tags=["calculator"]
from costlib.calculators import UsageDecoder

UsageDecoder()

# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# {{= image_tokens(*bank.RESIZED_SCREENSHOT, FLAGSHIP):,}} tokens, and {{= image_tokens(bank.RESIZED_SCREENSHOT[0] + 1, bank.RESIZED_SCREENSHOT[1], FLAGSHIP):,}} one pixel wider: the one pixel begins a column of patches that runs down the whole picture. On gpt-4o a picture of one tile is at most 512 pixels wide and high. When `cached_tokens` falls, tokens move from the cached line to the input line, and the total of tokens stays: a part changed, not the whole.
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# Five in a hundred of the bank's questions carry a screenshot. **This lesson's lever**: the app halves its width and height before it is sent. By itself, and together with lesson 1's:

# %% id="bill-lever" tags=["predict"]
month = bank.month()
before = bank.bill(month)
bills = {
    "before": before,
    "1: summaries in batches": bank.bill(bank.batch_summaries(month)),
    "2: screenshots resized": bank.bill(bank.resize_screenshots(month)),
    "both": bank.bill(bank.resize_screenshots(bank.batch_summaries(month))),
}
figures.table(
    [
        {
            "lever": name,
            "the month": money(bill.total),
            "screenshots": money(bill.by_part["screenshot"]),
            "saved": f"{bill.saving(before):.1%}",
        }
        for name, bill in bills.items()
    ],
    caption="The month's bill in USD",
)

# %% [markdown] id="bill-why"
# Most of what screenshots cost is gone, and the bill hardly moves: they were a small part of it.{{claim: bills["2: screenshots resized"].by_part["screenshot"] < 0.4 * float(before.by_part["screenshot"]) and bills["2: screenshots resized"].saving(before) < 0.02}} Both belong in a report: what was saved of its part, and of the whole. The two savings add up, because they touch different requests.{{claim: before.total - bills["both"].total == 2 * before.total - bills["1: summaries in batches"].total - bills["2: screenshots resized"].total}}

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Put the path of one of your pictures in place of the bank's screenshot, and the models you use.

# %% id="own-run"
mine = Image.open(bank.screenshot_file())

rows = []
for model in ("gpt-5.4", FLAGSHIP):
    grid = image_grid(*mine.size, model)
    usd = cost_of(Usage(input_tokens=grid.tokens), model).total
    rows.append({"model": model, "read at": f"{grid.width} x {grid.height}", "tokens": grid.tokens, "USD": money(usd)})
figures.table(rows, caption=f"A picture of {mine.width} x {mine.height}")

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.

# %% [markdown] id="ex-2-4" tags=["further"]
# ### Your turn: exercise 2.4, the largest picture for a budget
#
# Write `largest_width(width, height, budget)`: the greatest whole width, not above the original, at which the picture costs at most `budget` tokens on `READER`. The height follows: `round(height * narrower / width)`, and at least 1. A width of 1 always fits. `image_tokens(w, h, READER)` counts.

# %% id="ex-2-4-answer"
READER = FLAGSHIP


def largest_width(width, height, budget):
    ### BEGIN SOLUTION
    for narrower in range(width, 0, -1):
        lower = max(1, round(height * narrower / width))
        if image_tokens(narrower, lower, READER) <= budget:
            return narrower
    ### END SOLUTION
    # BLANK: return ...


answer_2_4 = largest_width

# %% id="ex-2-4-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.4")

# %% id="ex-2-4-hint"
from costlib import exercises as ex

ex.hint("2.4")

# %% [markdown] id="audio" tags=["further"]
# ### Speech, and a conversation that sends itself again
#
# In OpenAI's realtime API a token is 100 milliseconds of what the model hears, and 50 of what it says: {{= audio_tokens(60):,}} and {{= audio_tokens(60, "output"):,}} tokens a minute. (gpt-realtime is shut down on {{= pricing.find_model("gpt-realtime").shutdown:%d %B %Y}}.) Audio tokens have rates of their own, well above those of text. And each turn sends the whole conversation again, as chats do.
#
# **Predict**: twenty turns, ten seconds from the user and fifteen from the model in each. How many times does re-sending multiply the bill, if nothing is cached?

# %% id="audio-run"
VOICE = "gpt-realtime"
asked, said = audio_tokens(10), audio_tokens(15, "output")


def call_cost(turns, *, resend, cached):
    total = 0
    for turn in range(turns):
        history = resend * turn * (asked + said)
        usage = Usage(
            input_tokens=history + asked,
            input_audio_tokens=history + asked,
            cached_input_tokens=history * cached,
            cached_audio_tokens=history * cached,
            output_tokens=said,
            output_audio_tokens=said,
        )
        total += cost_of(usage, VOICE).total
    return total


WAYS_TO_COUNT = {
    "each second once": {"resend": False, "cached": False},
    "re-sent": {"resend": True, "cached": False},
    "re-sent, cached": {"resend": True, "cached": True},
}
turns = range(1, 21)
ends = {name: call_cost(20, **how) for name, how in WAYS_TO_COUNT.items()}
times = ends["re-sent"] / ends["each second once"]
figures.lines(
    {name: [(n, call_cost(n, **how)) for n in turns] for name, how in WAYS_TO_COUNT.items()},
    f"After 20 turns the conversation has cost {times:.1f} times what its seconds would",
    alt="The cost of a spoken conversation against its turns. Counted once it grows in a line; re-sent from "
    "cache, it stays just above that; re-sent in full, it bends upwards far above both.",
    x="turns of 10 s heard and 15 s spoken",
    y=f"USD on {VOICE}, until {pricing.find_model(VOICE).shutdown}",
    numbers=[{"counted": name, "20 turns": money(usd)} for name, usd in ends.items()],
)

# %% [markdown] id="audio-why" tags=["further"]
# The middle line takes every earlier second from cache, which no vendor promises. What the model said comes back as input, at the tokens it was spoken in: that is our reading of the guide. Lesson 3 works out the law of histories that are sent again.

# %% [markdown] id="ex-2-5" tags=["further"]
# #### Your turn: exercise 2.5
#
# Write `speech_cost(heard, spoken, rates)`: minutes heard and minutes spoken (quarters of a minute; 0 may be), each counted once, and a dictionary of rates (USD per million tokens) with `"input"`, `"output"`, `"input_audio"` and `"output_audio"`. It returns dollars.

# %% id="ex-2-5-answer"
def speech_cost(heard, spoken, rates):
    ### BEGIN SOLUTION
    return (
        heard * 600 * rates["input_audio"] + spoken * 1_200 * rates["output_audio"]
    ) / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_2_5 = speech_cost

# %% id="ex-2-5-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.5")

# %% id="ex-2-5-hint"
from costlib import exercises as ex

ex.hint("2.5")

# %% [markdown] id="tracker" tags=["further"]
# ### Find the double count
#
# A cost tracker for OpenAI's Chat Completions, as one finds them. `total_tokens` of the record that it prices is 7,500.

# %% id="tracker-run"
def tracked_cost(usage, rates):
    into = usage["prompt_tokens_details"]
    out = usage["completion_tokens_details"]
    return (
        usage["prompt_tokens"] * rates["input"]
        + into["cached_tokens"] * rates["cached_input"]
        + (usage["completion_tokens"] + out["reasoning_tokens"]) * rates["output"]
    ) / 1_000_000


gpt5 = {kind: float(rate_card("gpt-5").rates[kind]) for kind in ("input", "cached_input", "output")}
print(f"tracker   {money(tracked_cost(CHAT, gpt5))}")
print(f"cost_of   {money(cost_of(read_usage(CHAT), 'gpt-5').total)}")

# %% [markdown] id="ex-2-6" tags=["further"]
# #### Your turn: exercise 2.6
#
# Write `mended_cost(usage, rates)`, the same tracker without its mistakes. The fields are always there, and any count may be 0.

# %% id="ex-2-6-answer"
def mended_cost(usage, rates):
    ### BEGIN SOLUTION
    cached = usage["prompt_tokens_details"]["cached_tokens"]
    return (
        (usage["prompt_tokens"] - cached) * rates["input"]
        + cached * rates["cached_input"]
        + usage["completion_tokens"] * rates["output"]
    ) / 1_000_000
    ### END SOLUTION
    # BLANK: return ...


answer_2_6 = mended_cost

# %% id="ex-2-6-check" tags=["check"]
from costlib import exercises as ex

ex.check("2.6")

# %% id="ex-2-6-hint"
from costlib import exercises as ex

ex.hint("2.6")

# %% [markdown] id="recap"
# ## Recap
#
# Five lines to remember:
#
# 1. A token is a piece of text. Four characters is a fair guess for prose and code, and three times off for identifiers and other scripts. Count.
# 2. Cached input is inside the input at OpenAI and Google, beside it at Anthropic. Look at the total.
# 3. Reasoning is paid at the output rate, and it can eat the whole limit. It is inside the output count at OpenAI and Anthropic, beside it at Google.
# 4. A picture is shrunk, then paid by the square. Send it no larger than it has to be.
# 5. Tokens and money are spread differently: optimise the part that takes the money.
#
# | Quick reference | Formula or call |
# |---|---|
# | ordinary input | input − cached − written (inclusive), `input_tokens` (exclusive) |
# | in code | `read_usage(response)`, which knows both |
# | a picture | `image_grid(width, height, model)`, and `.tokens` of it |
# | speech, OpenAI realtime | {{= audio_tokens(60):,}} tokens a minute heard, {{= audio_tokens(60, "output"):,}} spoken |
#
# **Mistakes that people made.** Cached input counted twice: [pi #2148]({{source:pi-2148}}) (March 2026), [tokentally #38]({{source:tokentally-38}}) (August 2026). Reasoning counted twice: [tokscale #1142]({{source:tokscale-1142}}) (August 2026), [model-hotel #991]({{source:model-hotel-991}}) (September 2026). Anthropic's ordinary input lost, because cached tokens were taken out of it: [candela #206]({{source:candela-206}}) (May 2026).
#
# ### Take it to work
#
# {{work:2_log_usage}}

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI on [images]({{source:openai-images}}), [reasoning]({{source:openai-reasoning}}) and [realtime costs]({{source:openai-realtime}}); Anthropic on [vision]({{source:anthropic-vision}}) and [token counting]({{source:anthropic-counting}}).
#
# Previous: {{previous}}. Next: {{next}}

# %% id="recap-map"
figures.cost_map(lit=("input tokens", "output tokens"))
