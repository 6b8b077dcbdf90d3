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
# After this lesson you can say what a text or a picture is in tokens, read any vendor's usage record without counting a token twice, and take the bill of one request apart.
#
# You need [lesson 1, section 1](01_pricing_models.ipynb#cell-id=s1) (what a call costs, and what *cached* means), and no key or money.
#
# Previous: {{previous}}. Next: {{next}}

# %% id="setup"
# {{setup}}

# %% id="map" tags=["folded"]
# Imports what this lesson uses, loads a record, and shows the lesson's place among the cost factors.
import json

from costlib import AS_OF, Usage, bank, connect, count_text, money, rate_card, role
from costlib import exercises as ex
from costlib.display import figures
from costlib.tokens import audio_tokens, encoded_length, image_grid, image_tokens, show_tokens

FLAGSHIP = role("anthropic", "flagship")
ASKED = "\n".join(bank.questions()["text"])  # what the bank's customers ask
RECORD = {
    "input_tokens": 16_845_360,
    "input_tokens_details": {"cached_tokens": 16_358_912},
    "output_tokens": 63_820,
    "output_tokens_details": {"reasoning_tokens": 24_882},
    "total_tokens": 16_909_180,
}
r = rate_card("gpt-5").rates
figures.cost_map(lit=("input tokens", "output tokens"))

# %% [markdown] id="question"
# ## A question with money in it
#
# Trackers, which show what coding assistants cost, keep making two mistakes. **A: cached counted twice**, once inside the input and once beside it. **B: reasoning counted twice**, inside the output and beside it. (*Reasoning* is text that a model writes for itself before it answers.)
#
# The counts below are from a bug report ([tokscale #1142]({{source:tokscale-1142}}), August 2026). That tracker made mistake B; we add A, and the rates of gpt-5. (`RECORD` holds the counts, `r` the rates.)
#
# | count | million tokens | USD a million |
# |---|---|---|
# | input, all of it | {{= RECORD["input_tokens"] / 1e6:.2f}} | {{= r["input"]}} |
# | cached, a part of the input | {{= RECORD["input_tokens_details"]["cached_tokens"] / 1e6:.2f}} | {{= r["cached_input"]}} |
# | output, all of it | {{= RECORD["output_tokens"] / 1e6:.4f}} | {{= r["output"]}} |
# | reasoning, a part of the output | {{= RECORD["output_tokens_details"]["reasoning_tokens"] / 1e6:.4f}} | {{= r["output"]}} |
#
# **Predict.** The bill with both mistakes is how many times the right one?

# %% id="question-guess" tags=["predict"]
guess_tracker = ...  # times the right bill

# %% id="question-record"
from costlib import cost_of, read_usage

cached = RECORD["input_tokens_details"]["cached_tokens"]
reasoning = RECORD["output_tokens_details"]["reasoning_tokens"]
with_a_and_b = (
    RECORD["input_tokens"] * r["input"] + cached * r["cached_input"]
    + RECORD["output_tokens"] * r["output"] + reasoning * r["output"]
) / 1_000_000
correct = cost_of(read_usage(RECORD), "gpt-5").total

print(f"with A and B {money(with_a_and_b)}, correct {money(correct)}")
ex.reveal(guess_tracker, with_a_and_b / correct, "times")

# %% [markdown] id="question-why"
# So the answer is {{= with_a_and_b / correct:.1f}} times. A does nearly all of the harm, because nearly all of this input is cached. B alone is {{= reasoning * r["output"] / 1_000_000 / correct:.0%}} too much.

# %% [markdown] id="s1"
# ## 1. What a token is
#
# A model does not read letters. Its **tokenizer** cuts text into *tokens*, pieces from a fixed list. A common rule says that a token is four characters.

# %% id="texts"
CARD = {"card": "4471", "status": "declined", "amount": 18.4}
TEXTS = {
    "English": "My card was declined twice today. Why?",
    "German": "Meine Karte wurde heute zweimal abgelehnt. Warum?",
    "Chinese": "我的卡今天被拒绝了两次。为什么?",
    "Hindi": "मेरा कार्ड आज दो बार अस्वीकार हुआ। क्यों?",
    "Python": "for card in cards:\n    if card.declined:\n        notify(card.owner)",
    "JSON, indented": json.dumps(CARD, indent=4),
    "JSON, minified": json.dumps(CARD, separators=(",", ":")),
    "UUID": "7f3a90c2-5b1e-4d08-9c66-2e91d04ab7f3",
}

# %% [markdown] id="s1-predict"
# **Predict.** On which of these texts is the rule off by the largest factor?

# %% id="s1-guess" tags=["predict"]
guess_text = ...  # one of the names, such as "Hindi"

# %% id="tokens-seen"
show_tokens(TEXTS)  # as gpt-5 cuts them

# %% id="furthest"
def times_the_rule(text):
    return encoded_length(text, "o200k_base") / (len(text) / 4)


ex.reveal(guess_text, max(TEXTS, key=lambda name: times_the_rule(TEXTS[name])))

# %% [markdown] id="s1-rule"
# So the answer is the UUID: {{= encoded_length(TEXTS["UUID"], "o200k_base")}} tokens where the rule says {{= len(TEXTS["UUID"]) / 4:.0f}}. Frequent words stay whole, with the space before them. What is rare or random falls to pieces.
#
# For prose and code the rule is close: on {{= len(bank.questions()):,}} questions of bank customers it is {{= abs(1 / times_the_rule(ASKED) - 1):.0%}} too high.{{claim: times_the_rule(ASKED) < 1}} For other scripts and identifiers it is too low: our Chinese sentence has {{= times_the_rule(TEXTS["Chinese"]):.1f}} times the rule's tokens. Indented JSON goes either way: ours has {{= times_the_rule(TEXTS["JSON, indented"]):.1f}} times, for its quotes and digits; the bank's tools {{= times_the_rule(json.dumps(bank.tools(), indent=4)):.1f}} times, because a long run of spaces is one token. So count.

# %% [markdown] id="s1-why"
# The list of pieces is called an *encoding*, and models have different ones: `o200k_base` is that of gpt-5. So `count_text` of costlib takes the model's name. The bank's handbook has {{= int(count_text(bank.handbook(), "gpt-5")):,}} tokens on gpt-5, and about {{= int(count_text(bank.handbook(), FLAGSHIP)):,}} on `{{= FLAGSHIP}}` (estimated). A rate per token therefore does not tell you which model is cheaper: compare the price of the same text.

# %% [markdown] id="s2"
# ## 2. Two kinds of usage record
#
# One request: 7,000 tokens in, of which 6,000 were read from a cache, and 500 out, of which 300 were reasoning. OpenAI's Chat Completions and Anthropic's Messages report it like this:

# %% id="three-usages"
CHAT = {
    "prompt_tokens": 7_000,
    "prompt_tokens_details": {"cached_tokens": 6_000},
    "completion_tokens": 500,
    "completion_tokens_details": {"reasoning_tokens": 300},
    "total_tokens": 7_500,
}
MESSAGES = {
    "input_tokens": 1_000,
    "cache_read_input_tokens": 6_000,
    "cache_creation_input_tokens": 0,
    "output_tokens": 500,
    "output_tokens_details": {"thinking_tokens": 300},
}

# %% [markdown] id="s2-words"
# OpenAI's input is **inclusive**: the cached tokens are part of it, so its total is 7,000 + 500. Anthropic's input is **exclusive**: the cached tokens stand beside it. Here is the same request at three vendors:
#
# | count | OpenAI | Anthropic | Google |
# |---|---|---|---|
# | input, as reported | 7,000 | 1,000 | 7,000 |
# | cached | 6,000, inside | 6,000, beside | 6,000, inside |
# | **ordinary input** | 7,000 − 6,000 | 1,000 | 7,000 − 6,000 |
# | output, as reported | 500 | 500 | 200 |
# | reasoning | 300, inside | 300, inside | 300, beside |
# | **billed output** | 500 | 500 | 200 + 300 |
# | written to a cache | inside the input | beside it | not reported |
#
# At the rates of `{{= FLAGSHIP}}` each costs (1,000 × {{= rate_card(FLAGSHIP).input}} + 6,000 × {{= rate_card(FLAGSHIP).rates["cached_input"]}} + 500 × {{= rate_card(FLAGSHIP).output}}) ÷ 1,000,000 = {{= cost_of(read_usage(MESSAGES), FLAGSHIP).total.normalize()}} dollars.
#
# **Predict.** A tracker adds every field of Anthropic's record, each at its own rate. Which mistake does it make: A, cached counted twice, or B, reasoning counted twice?

# %% id="s2-guess" tags=["predict"]
guess_mistake = ...  # "A", "B", "both" or "none"

# %% id="two-bugs" tags=["folded"]
# Adds every field of Anthropic's record, and shows the guess beside the answer.
flagship = rate_card(FLAGSHIP).rates
every_field = (
    1_000 * flagship["input"] + 6_000 * flagship["cached_input"] + (500 + 300) * flagship["output"]
) / 1_000_000
billed = cost_of(read_usage(MESSAGES), FLAGSHIP).total
print(f"{money(every_field)} with every field added, {money(billed)} billed")
ex.reveal(guess_mistake, "B")

# %% [markdown] id="s2-why"
# So the answer is B alone: the cached tokens stand beside Anthropic's input.{{claim: every_field - billed == 300 * flagship["output"] / 1_000_000}} On OpenAI's record the same tracker makes both mistakes. A third mistake is to subtract the cached tokens always: that is right for OpenAI, but makes Anthropic's input **negative**, 1,000 − 6,000.
#
# `read_usage` gives every vendor's record one form: the input contains the cached tokens, the output contains the reasoning.

# %% id="one-record"
print(read_usage(CHAT) == read_usage(MESSAGES))
read_usage(MESSAGES)

# %% [markdown] id="total-only"
# Some tools show only a total. It has no price: on `{{= FLAGSHIP}}` 7,500 tokens cost {{= cost_of(Usage(input_tokens=7_500, cached_input_tokens=7_500), FLAGSHIP).total.normalize()}} dollars if all are cached, and {{= cost_of(Usage(output_tokens=7_500), FLAGSHIP).total.normalize()}} if all are output. So `read_usage` refuses such a record; look for the vendor's own response.

# %% [markdown] id="ex-2-6"
# ### Your turn: exercise 2.6
#
# The tracker below reads OpenAI's Chat Completions, and makes both mistakes. Write `mended_cost(usage, rates)`, the same without them. The fields are always there, and any count may be 0.

# %% id="tracker-run"
def tracked_cost(usage, rates):
    into = usage["prompt_tokens_details"]
    out = usage["completion_tokens_details"]
    return (
        usage["prompt_tokens"] * rates["input"]
        + into["cached_tokens"] * rates["cached_input"]
        + (usage["completion_tokens"] + out["reasoning_tokens"]) * rates["output"]
    ) / 1_000_000

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
# %% [markdown] id="ex-2-1"
# ### Your turn: exercise 2.1
#
# Gemini reports like this, and leaves zeros **out**:
#
# `{"promptTokenCount": 8000, "cachedContentTokenCount": 6000, "candidatesTokenCount": 300, "thoughtsTokenCount": 900, "totalTokenCount": 9200}`
#
# Write `normalise`, which returns a dictionary with `"input"` (all of it), `"cached"` and `"output"` (the answer and the thoughts), and nothing else. The prompt is never empty. Any other count may be missing, even both counts of output at once.

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
# Reasoning is billed at the output rate, and it counts towards the limit that you set on the output. You see at most a summary of it.
#
# **Predict.** The call below allows 600 tokens of output. It sets a high *effort*, which says how much a model reasons. Without the limit there would be about 1,200 tokens of reasoning and an answer of 150. (The lengths are made up; the billing rule is real.) What is paid? **a** Nothing, because no answer comes. **b** 600 tokens, without an answer. **c** 750 tokens, with the answer.

# %% id="s3-guess" tags=["predict"]
guess_paid = ...  # "a", "b" or "c"

# %% id="empty-answer"
THINKER = role("openai", "small")
client = connect("openai")
asked = {
    "model": THINKER,
    "input": "A customer's card was declined twice at the same shop. List every fee that could apply.",
}
reply = client.responses.create(**asked, reasoning={"effort": "high"}, max_output_tokens=600)
usage = read_usage(reply)

print(reply.status, "-", reply.incomplete_details.reason, repr(reply.output_text))
print(f"{usage.output_tokens} tokens of output, {usage.reasoning_tokens} of them reasoning")
ex.reveal(guess_paid, "b" if usage.output_tokens == 600 and not reply.output_text else "c")

# %% [markdown] id="s3-empty"
# So the answer is b: paid and empty.{{claim: reply.output_text == "" and usage.reasoning_tokens == usage.output_tokens == 600}} People met it on the real API: 600 of 600 tokens on gpt-5 ([OpenAI forum, 1344907]({{source:forum-1344907}}); its author suspects that text was held back), 3,072 of 3,072 on o4-mini ([1359002]({{source:forum-1359002}})). Both had asked for little effort, so leave room in the limit, and check `status` before you use an answer. Less effort still costs less:

# %% id="efforts" tags=["folded"]
# Asks the same at four efforts, and builds the table of what each cost.
rows = []
for effort in ("none", "low", "medium", "high"):
    reply = client.responses.create(**asked, reasoning={"effort": effort}, max_output_tokens=8_000)
    usage = read_usage(reply)
    rows.append(
        {
            "effort": effort,
            "reasoning": usage.reasoning_tokens,
            "answer": usage.output_tokens - usage.reasoning_tokens,
            "USD": money(cost_of(usage, THINKER).total),
        }
    )
figures.table(rows, caption=f"One question, four efforts, on {THINKER} (reasoning lengths are modelled)")

# %% [markdown] id="efforts-why"
# So estimate with the output that is billed (lesson 3), not with the answer. On gpt-5-mini an estimate without reasoning was a sixteenth of the bill ([cognee #4086]({{source:cognee-4086}}), July 2026).

# %% [markdown] id="ex-2-2"
# ### Your turn: exercise 2.2
#
# Write `reasoning_bill`. It gets a usage of OpenAI's Responses API, such as
#
# `{"input_tokens": 300, "output_tokens": 500, "output_tokens_details": {"reasoning_tokens": 300}, "total_tokens": 800}`
#
# and the output rate in USD per million tokens. The details may be `None`: then nothing was reasoned. There is at least one token of output. Return two numbers, `return share, dollars`: the share of the output that is reasoning (0 to 1), and the dollars paid for it.

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
# One turn of an agent (made up) reads 18,000 tokens from the cache, writes 4,000 to it and sends 2,000 more. It searches the web twice, at a cent each. Its output is 2,600 tokens, 1,900 of them reasoning. At the rates of OpenAI's flagship (a million: {{= rate_card(role("openai", "flagship")).input}} dollars in, {{= rate_card(role("openai", "flagship")).rates["cached_input"]}} cached, {{= rate_card(role("openai", "flagship")).rates["cache_write_30m"]}} written, {{= rate_card(role("openai", "flagship")).output}} out) it costs:

# %% id="anatomy-figure" tags=["folded"]
# Prices the turn, and draws how its tokens and dollars are spread over its parts.
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
    f"cached input is {parts['cached input'][0] / tokens_in_all:.0%} of the tokens",
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
# The output takes {{= lines["output"][1] / cost.total:.0%}} of the money, most of it for reasoning.{{claim: parts["cached input"][1] * 10 < cost.total and unseen > 0.5 and max(lines, key=lambda kind: lines[kind][1]) == "output"}} The searches come next, and no token count shows a search fee. Two thirds of the tokens, the cached ones, cost almost nothing. So look at searches and effort first here, and at cached input last.

# %% [markdown] id="s4"
# ## 4. A picture is a grid
#
# A picture is billed as input tokens, by its size in pixels. If it is larger than the model's limits, the API first shrinks it. Then the picture is covered with squares, called *tiles* or *patches*. A square that is begun is paid whole. A square takes 1 token on `{{= FLAGSHIP}}`, 1.2 on gpt-5.4, and 170 on gpt-4o, which adds 85 for the picture. A customer's screenshot has 1,290 × 2,796 pixels:
#
# | model | limits: size after shrinking | squares: tokens |
# |---|---|---|
# | gpt-4o | 2,048 pixels a side, then 768 on the short side: 768 × 1,664 | 2 × 4 tiles of 512 pixels: 85 + 8 × 170 = {{= image_tokens(1290, 2796, "gpt-4o"):,}} |
# | gpt-5.4 | 2,048 pixels a side, and 2,500 patches: 945 × 2,048 | 30 × 64 patches of 32: 1,920 × 1.2 = {{= image_tokens(1290, 2796, "gpt-5.4"):,}} |
# | {{= FLAGSHIP}} | 2,576 pixels a side, and 4,784 patches: 1,188 × 2,576 | 43 × 92 patches of 28: 3,956 × 1 = {{= image_tokens(1290, 2796, FLAGSHIP):,}} |
#
# In the last row 1,188 ÷ 28 is 42.4, so 43 patches lie side by side.{{claim: [(g.width, g.height, g.across, g.down) for g in (image_grid(1290, 2796, m) for m in ("gpt-4o", "gpt-5.4", FLAGSHIP))] == [(768, 1664, 2, 4), (945, 2048, 30, 64), (1188, 2576, 43, 92)]}}

# %% id="grids-figure" tags=["folded"]
# Draws the three grids over the screenshot.
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
# A picture can also reach a model as **text**. Some tools return a screenshot in base64, which writes three bytes of a file as four letters. If that string lands in a prompt, it is billed like any other random text.
#
# **Predict.** As a picture the screenshot takes {{= image_tokens(*screenshot.size, "gpt-5.4"):,}} tokens on gpt-5.4. In base64 it is {{= len(__import__("base64").b64encode(bank.screenshot_file().read_bytes())):,}} letters. How many tokens are those? (The UUID of section 1 had {{= encoded_length(TEXTS["UUID"], "o200k_base")}} for {{= len(TEXTS["UUID"])}} characters.)

# %% id="s4-guess" tags=["predict"]
guess_base64 = ...  # tokens

# %% id="base64"
import base64

as_text = base64.b64encode(bank.screenshot_file().read_bytes()).decode()
ex.reveal(guess_base64, int(count_text(as_text, "gpt-5.4")), "tokens")

# %% [markdown] id="s4-smaller"
# So the answer is {{= int(count_text(as_text, "gpt-5.4")):,}}, {{= int(count_text(as_text, "gpt-5.4")) / image_tokens(*screenshot.size, "gpt-5.4"):.0f}} times the picture's tokens.{{claim: count_text(as_text, "gpt-5.4").exact}} An agent sends them again in every later turn. Send a picture as an image block.
#
# At {{= bank.RESIZED_SCREENSHOT[0]}} × {{= f"{bank.RESIZED_SCREENSHOT[1]:,}"}}, just below half the width and height, the screenshot takes {{= image_tokens(*bank.RESIZED_SCREENSHOT, FLAGSHIP):,}} tokens on `{{= FLAGSHIP}}`, and we can still read its smallest text (*Going further*). Your model may not: try both sizes on your own pictures. Choose a size **just within** whole squares: {{= bank.RESIZED_SCREENSHOT[0]}} pixels are 23 patches of 28, and one pixel more begins another column.{{claim: bank.RESIZED_SCREENSHOT[0] == 23 * 28}}

# %% [markdown] id="calc"
# ## What does a picture cost?
#
# Answer with the calculator: how many tokens does the screenshot take at {{= bank.RESIZED_SCREENSHOT[0] + 1}} × {{= f"{bank.RESIZED_SCREENSHOT[1]:,}"}} on `{{= FLAGSHIP}}`? On which model does that save the fewest tokens?

# %% id="calculator" tags=["calculator"]
from costlib.calculators import ImageCalculator

ImageCalculator(width=1290, height=2796)
# %% [markdown] id="calc-answers" tags=["further"]
# <details><summary>What we found</summary>
#
# {{= image_tokens(bank.RESIZED_SCREENSHOT[0] + 1, bank.RESIZED_SCREENSHOT[1], FLAGSHIP):,}} tokens: the one pixel begins a column of patches that runs down the whole picture.
#
# `claude-sonnet-4-6` saves the fewest: {{= image_tokens(*screenshot.size, "claude-sonnet-4-6"):,}} tokens become {{= image_tokens(bank.RESIZED_SCREENSHOT[0] + 1, bank.RESIZED_SCREENSHOT[1], "claude-sonnet-4-6"):,}}. The API shrinks the full screenshot to {{= image_grid(*screenshot.size, "claude-sonnet-4-6").width}} × {{= f"{image_grid(*screenshot.size, 'claude-sonnet-4-6').height:,}"}} for it anyway.{{claim: min(("claude-sonnet-4-6", "gpt-4o", "gpt-4o-mini", "gpt-5-mini", "gpt-5.4", FLAGSHIP), key=lambda model: image_tokens(*screenshot.size, model) - image_tokens(bank.RESIZED_SCREENSHOT[0] + 1, bank.RESIZED_SCREENSHOT[1], model)) == "claude-sonnet-4-6"}}
#
# </details>

# %% [markdown] id="bill"
# ## The bill
#
# Five in a hundred questions, {{= (bank.month()["screenshot"] > 0).sum():,}} a month, carry a screenshot. **This lesson's lever**: the app shrinks it to {{= bank.RESIZED_SCREENSHOT[0]}} × {{= f"{bank.RESIZED_SCREENSHOT[1]:,}"}} before it is sent.

# %% id="bill-lever"
before = bank.bill(bank.month())
after = bank.bill(bank.resize_screenshots(bank.month()))
print(f"screenshots {money(before.by_part['screenshot'])} -> {money(after.by_part['screenshot'])}")
bank.show_journey(2)

# %% [markdown] id="bill-why"
# The lever saves {{= 1 - after.by_part["screenshot"] / before.by_part["screenshot"]:.0%}} of what screenshots cost, and {{= after.saving(before):.1%}} of the whole bill. The tokens are certain, by the vendor's formula; that the model still reads the pictures is assumed.

# %% [markdown] id="recap"
# ## Recap
#
# 1. Four characters a token is a fair guess for prose and code. UUIDs and Chinese have 2.5 to 3 times as many. So count.
# 2. Cached input is inside the input at OpenAI and Google, beside it at Anthropic.
# 3. Reasoning is paid at the output rate, and it can eat the whole limit. OpenAI and Anthropic count it inside the output, Google beside it.
# 4. A picture is shrunk, then paid by the square. Send it no larger than it has to be, and never as text.
# 5. Most of the tokens may cost little: optimise the part that takes the money.
#
# Quick reference:
#
# ```text
# ordinary input = input − cached − written   (inclusive: OpenAI, Google)
# ordinary input = input_tokens               (exclusive: Anthropic)
# ```
#
# ```python
# read_usage(response)
# image_grid(width, height, model).tokens
# ```

# %% id="recap-map" tags=["folded"]
# Draws the map again, with this lesson's places.
figures.cost_map(lit=("input tokens", "output tokens"))

# %% [markdown] id="mistakes"
# **Mistakes that people made.** A, cached counted twice: [conductor #427]({{source:conductor-427}}), which showed 51 dollars where some 8 were spent, [tokentally #38]({{source:tokentally-38}}) and [openusage #360]({{source:openusage-360}}), August and September 2026. B, reasoning counted twice: [opencode #17566]({{source:opencode-17566}}) and [model-hotel #991]({{source:model-hotel-991}}), March and September 2026. Cached tokens subtracted from Anthropic's input: [PostHog #30310]({{source:posthog-30310}}), March 2025, and [candela #206]({{source:candela-206}}), May 2026.
#
# ### Take it to work
#
# {{work:2_log_usage}}
#
# {{work:2_shrink_picture}}
#
# Previous: {{previous}}. Next: {{next}}

# %% [markdown] id="own" tags=["further"]
# ## On your own data (optional)
#
# Paste the JSON of a response of your own (`response.to_json()` in Python), or of its usage alone, into the decoder. It shows what is inside what, and what the record would cost with every field added. Change `cached_tokens` in the one that stands there: tokens move between two lines, and their total stays.
#
# A gateway adds its own amounts. With your own key behind OpenRouter, `cost` is only the gateway's fee and may be 0; the model's price is `upstream_inference_cost` in its `cost_details` ([ORO 3.0.3]({{source:oro-303}})).

# %% id="usage-decoder" tags=["calculator"]
from costlib.calculators import UsageDecoder

UsageDecoder()
# %% [markdown] id="own-log" tags=["further"]
# A whole log is read by `read_calls`: one of Claude Code, Codex, Cline or another coding tool, a vendor's report, an export, or lines like those of *Take it to work*. Put your path in place of the course's sample. `python -m costlib audit PATH` prices it.
#
# Not every record of a log is a call. Codex repeats its running total when nothing was added, and a fork copies its parent's history. Trackers that added them all showed 67% too much ([ccusage #1288]({{source:ccusage-1288}})), or 33,781 dollars where some 16 were spent ([ccusage #1349]({{source:ccusage-1349}})), in June 2026. `read_calls` takes differences and leaves copies out.
#
# Claude Code's `total_cost_usd` is a running total, too: of its process, and since September 2026 of a resumed session as well ([claude-agent-sdk-typescript #469]({{source:agent-sdk-469}})). Who added one up for each turn made 73 dollars into 1,128 ([nerve #44]({{source:nerve-44}}), April 2026). In the AI SDK it is the other way round: `usage` is the last step alone, `totalUsage` the sum, and a conversation of 5 dollars with ten tool calls was shown as 0.50 ([coder/xum #831]({{source:xum-831}}), December 2025). In the Agent SDK's last message `total_cost_usd` and `modelUsage` count the sub-agents, and `usage` does not ([lionagi #2379]({{source:lionagi-2379}}), July 2026). And Codex's total leaves out the requests that compact its history ([codex #47003]({{source:codex-47003}}), September 2026); `read_calls` adds those that the log records.

# %% id="own-log-run"
from costlib import data_path
from costlib.own_data import read_calls

calls = read_calls(data_path("own", "codex"))
sums = {}
for call in calls:
    sums[call.model] = sums[call.model] + call.usage if call.model in sums else call.usage
figures.table(
    [
        {
            "model": model,
            "calls": total.requests,
            "input": total.input_tokens,
            "cached, inside": total.cached_input_tokens,
            "output": total.output_tokens,
            "reasoning, inside": total.reasoning_tokens,
        }
        for model, total in sums.items()
    ],
    caption="Tokens by model",
)

# %% [markdown] id="further" tags=["further"]
# ## Going further
#
# Nothing later needs what follows. Take what is useful to you.
# %% [markdown] id="more-text" tags=["further"]
# ### The rule of four on more text

# %% id="four-characters" tags=["folded"]
# Draws how many tokens each kind of text has for one that the rule gives.
import random
import uuid

rng = random.Random(0)
MEASURED = {
    "customers' questions": ASKED,
    "handbook (Markdown)": bank.handbook(),
    "tools, JSON minified": json.dumps(bank.tools(), separators=(",", ":")),
    "tools, JSON indented": json.dumps(bank.tools(), indent=4),
    "Python": TEXTS["Python"],
    "German": TEXTS["German"],
    "Hindi": TEXTS["Hindi"],
    "Chinese": TEXTS["Chinese"],
    "1,000 UUIDs": "\n".join(str(uuid.UUID(int=rng.getrandbits(128))) for _ in range(1_000)),
}
rows = [
    {
        "text": name,
        "characters": len(text),
        "÷ 4": round(len(text) / 4),
        "tokens on gpt-5": encoded_length(text, "o200k_base"),
        "tokens ÷ rule": times_the_rule(text),
        "tokens on GPT-4": encoded_length(text, "cl100k_base"),
    }
    for name, text in MEASURED.items()
]
rows.sort(key=lambda row: row["tokens ÷ rule"])
low, high = rows[0], rows[-1]

with figures.figure(
    f"The true tokens are {low['tokens ÷ rule']:.2f} times the rule ({low['text']}) "
    f"to {high['tokens ÷ rule']:.1f} times ({high['text']})",
    alt="One dot for each kind of text: its true tokens divided by the rule's. Indented JSON lies "
    "well below 1, prose and code near it, Hindi above, UUIDs and Chinese far above.",
    numbers=figures.table(rows, formats={"tokens ÷ rule": "{:.2f}"}),
) as (fig, ax):
    ax.plot([row["tokens ÷ rule"] for row in rows], range(len(rows)), "o")
    ax.axvline(1, color=figures.GREY, linewidth=1)
    ax.set_yticks(range(len(rows)), [row["text"] for row in rows])
    ax.set_xlim(left=0)
    ax.set_xlabel("true tokens ÷ (characters ÷ 4)")

# %% [markdown] id="four-why" tags=["further"]
# For prose and code the rule is within about ten per cent.{{claim: all(abs(row["tokens ÷ rule"] - 1) < 0.11 for row in rows if row["text"] in ("customers' questions", "handbook (Markdown)", "Python", "German"))}} It gives the bank's indented JSON {{= 1 / low["tokens ÷ rule"] - 1:.0%}} too many tokens, and Chinese a third of what it has.{{claim: low["text"] == "tools, JSON indented" and high["text"] == "Chinese" and high["tokens ÷ rule"] == 3}} A UUID has {{= encoded_length(MEASURED["1,000 UUIDs"], "o200k_base") / 1_000:.0f}} tokens on average; that of section 1 was a bad one.{{claim: all(2.5 < row["tokens ÷ rule"] <= 3 for row in rows if row["text"] in ("1,000 UUIDs", "Chinese"))}}

# %% [markdown] id="same-text-text" tags=["further"]
# ### One text at four models
#
# OpenAI published the encodings of its models up to gpt-5.x (*o200k*, and the older *cl100k*), and its package `tiktoken` counts with them. The encodings of OpenAI's newer models and of Anthropic's are not public, so costlib gives an estimate with its range:

# %% id="same-text" tags=["folded"]
# Builds the table of one text at four models.
rows = []
for model in ("gpt-5", role("openai", "flagship"), "claude-sonnet-4-6", FLAGSHIP):
    count = count_text(bank.handbook(), model)
    usd = cost_of(Usage(input_tokens=int(count)), model).total
    rows.append({"model": model, "tokens": repr(count), "to read it once": money(usd)})
figures.table(rows, caption="The bank's handbook; est. = estimated, with the range between sources")

# %% [markdown] id="s1-compare" tags=["further"]
# From `claude-sonnet-4-6` to `{{= FLAGSHIP}}` the rate rises by {{= rate_card(FLAGSHIP).input / rate_card("claude-sonnet-4-6").input - 1:.0%}}, the price of the handbook by about {{= usd / cost_of(Usage(input_tokens=int(count_text(bank.handbook(), "claude-sonnet-4-6"))), "claude-sonnet-4-6").total - 1:.0%}}.

# %% [markdown] id="legible-text" tags=["further"]
# ### How small may a picture be?
#
# The smallest text of the screenshot, at three sizes:

# %% id="legible" tags=["folded"]
# Draws the smallest text of the screenshot at three sizes.
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

# %% [markdown] id="tiles-text" tags=["further"]
# ### Tiles, by hand

# %% [markdown] id="ex-2-3" tags=["further"]
# #### Your turn: exercise 2.3
#
# Write `tile_tokens(width, height, detail)` for gpt-4o, with the sides in whole pixels from 1 on. With `detail="low"` a picture costs 85 tokens. With `"high"` it is shrunk (never enlarged) to fit a square of 2,048 pixels, then shrunk until its short side is at most 768. Do not round the sides (OpenAI cuts the longer one to whole pixels, which seldom matters). Then it is covered with tiles of 512 pixels, and costs 85 tokens and 170 for each tile. A tile that is begun counts whole.

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
# %% [markdown] id="detail" tags=["further"]
# ### Detail, and large pictures
#
# OpenAI's `detail` says how finely a picture is read. `high` follows the rules of section 4. `auto`, which is meant where you set nothing, is the same up to gpt-5.4, and from gpt-5.5 on the picture as it was sent ([OpenAI's guide]({{source:openai-images}})): on gpt-5.6-sol the screenshot then takes {{= image_tokens(*screenshot.size, "gpt-5.6-sol", "auto"):,}} tokens.
#
# `low` does not always cost less. Where pictures are tiled it is the base price alone ({{= image_tokens(*screenshot.size, "gpt-4o", "low")}} tokens on gpt-4o, {{= image_tokens(*screenshot.size, "gpt-4o-mini", "low"):,}} on gpt-4o-mini), and from gpt-5.5 on a picture shrunk to fit 512 × 512. But on gpt-5.4 its limit is 6,144 patches, where that of `high` is 2,500: 2,048 × 2,048 pixels take {{= image_tokens(2_048, 2_048, "gpt-5.4", "low"):,}} tokens with `low`, and {{= image_tokens(2_048, 2_048, "gpt-5.4", "high"):,}} with `high`.
#
# A larger picture costs more only until it meets a limit, and each vendor shrinks in its own way. OpenAI goes down to the area that the limit allows, and on until one side is whole patches: 2,048 × 2,048 pixels, which would be 64 × 64 patches on gpt-5.4, become 50 × 50. Anthropic takes the largest size in whole pixels that keeps both limits ([its guide]({{source:anthropic-vision-coordinates}})): on `claude-sonnet-4-6` a screen of 1,920 × 1,080 is read at {{= f"{image_grid(1_920, 1_080, 'claude-sonnet-4-6').width:,}"}} × {{= image_grid(1_920, 1_080, "claude-sonnet-4-6").height}}, {{= image_tokens(1_920, 1_080, "claude-sonnet-4-6"):,}} tokens of the 1,568 allowed. It takes no picture with a side above 8,000 pixels.{{claim: image_tokens(2_048, 2_048, "gpt-5.4") == 50 * 50 * 1.2}}

# %% id="sizes" tags=["folded"]
# Builds the table of square pictures at four models.
sides = (512, 1_024, 2_048, 4_096)
rows = [
    {"model": model} | {f"{side} x {side}": image_tokens(side, side, model) for side in sides}
    for model in ("gpt-4o", "gpt-5.4", "claude-sonnet-4-6", FLAGSHIP)
]
figures.table(rows, caption="Tokens for a square picture")

# %% [markdown] id="pdf" tags=["further"]
# ### A page of a PDF
#
# A PDF goes to the model twice: OpenAI ([guide]({{source:openai-pdf}})) and Anthropic ([page]({{source:anthropic-pdf}})) send the text of each page and a picture of it. One page of text had 2,347 tokens as a PDF on Claude 5.5, and 728 when its text was pasted ([measured by one person]({{source:pdf-token-cost}}), October 2026); on Gemini 3.x it had 561 and 455. So send the text alone where there is nothing to look at.
#
# A service that only reads, for scans, is paid by the page. Mistral's OCR 4 costs 4 dollars for 1,000 pages, and half in a batch ([as quoted]({{source:mistral-ocr-4}}), June 2026). By the measurement above a scanned page had 1,600 tokens on Claude 5.5. A thousand of them are {{= 1_000 * cost_of(Usage(input_tokens=1_600), FLAGSHIP).total:.2f}} dollars of input on `{{= FLAGSHIP}}`, and {{= 1_000 * cost_of(Usage(output_tokens=728), FLAGSHIP).total:.2f}} of output if it writes down 728 tokens of each.

# %% [markdown] id="pictures-again" tags=["further"]
# ### Pictures in an agent's session
#
# What counts is the size in pixels, not the file: a JPEG has as many tokens as a PNG. In an agent's session each picture is sent again in every later call. One session had 18 screenshots ([claude-code #27869]({{source:claude-code-27869}}), February 2026). Of 1,280 × 720 pixels and one a call, they are {{= 18 * image_tokens(1_280, 720, FLAGSHIP):,}} new tokens on `{{= FLAGSHIP}}`, and {{= 18 * 17 // 2 * image_tokens(1_280, 720, FLAGSHIP):,}} more that are sent again: the first picture 17 times, the last never. After a pause all that the session holds is written to the cache once more (lesson 7). And once a request holds more than 20 pictures, Claude's API refuses it if one has a side above 2,000 pixels ([its guide]({{source:anthropic-vision}})). So take small pictures, and let a sub-agent look at them and answer in words.

# %% [markdown] id="drawn-picture" tags=["further"]
# ### A picture that a model draws
#
# A drawn picture is output, and its tokens have a rate of their own: on gpt-image-2 {{= rate_card("gpt-image-2").rates["output_image"]}} dollars a million. One picture had 1,372 tokens ([litellm #26876]({{source:litellm-26876}}), April 2026), {{= 100 * cost_of(Usage(output_tokens=1_372, output_image_tokens=1_372), "gpt-image-2").total:.1f}} cents. The usage of OpenAI's Images API does not say that its output is a picture, so a gateway priced it as text, at 10 dollars a million ([litellm #31142]({{source:litellm-31142}}), June 2026).

# %% [markdown] id="six-models-text" tags=["further"]
# ### The same picture on six models
#
# **Predict.** In the calculator's table the screenshot costs more on gpt-4o-mini than on gpt-4o, although a token costs a seventeenth there.{{claim: 16.5 < rate_card("gpt-4o").input / rate_card("gpt-4o-mini").input < 17.5}} What outweighs the low rate?

# %% id="six-models" tags=["folded"]
# Builds the table of the screenshot on six models.
rows = []
for model in ("gpt-4o", "gpt-4o-mini", "gpt-5-mini", "gpt-5.4", "claude-sonnet-4-6", FLAGSHIP):
    grid = image_grid(*screenshot.size, model)
    usd = cost_of(Usage(input_tokens=grid.tokens), model).total
    rows.append(
        {
            "model": model,
            "base": grid.base,
            "for each square": grid.per_unit,
            "tokens": grid.tokens,
            "USD per million": rate_card(model).input,
            "for 1,000 screenshots": money(1_000 * usd),
        }
    )
figures.table(rows, caption=f"The same screenshot on six models, USD at the rates of {AS_OF}")

# %% [markdown] id="s4-six" tags=["further"]
# So the answer is the count: base and tiles are {{= image_tokens(*screenshot.size, "gpt-4o-mini") / image_tokens(*screenshot.size, "gpt-4o"):.0f}} times as many tokens on the small model, and the picture costs twice as much there.{{claim: 1.95 < float(image_tokens(*screenshot.size, "gpt-4o-mini") * rate_card("gpt-4o-mini").input / (image_tokens(*screenshot.size, "gpt-4o") * rate_card("gpt-4o").input)) < 2.05}} A rate per token tells you nothing until you know the tokens.

# %% [markdown] id="own-picture" tags=["further"]
# ### A picture of yours
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
# %% [markdown] id="search-again" tags=["further"]
# ### What a search found is sent again
#
# The fee of a search is paid once, and an error costs none. But what the search found is input in the later rounds of the same turn, and in all later turns ([Anthropic's page]({{source:anthropic-web-search}})). Say a search brings 8,000 tokens, and ten more calls follow. Without a cache these tokens cost {{= 10 * 100 * cost_of(Usage(input_tokens=8_000), FLAGSHIP).total:.0f}} cents more on `{{= FLAGSHIP}}`. If the first of the calls writes them to the cache and nine read them there, they cost {{= 100 * cost_of(Usage(input_tokens=80_000, cache_write_5m_tokens=8_000, cached_input_tokens=72_000), FLAGSHIP).total:.0f}}. The search itself costs {{= rate_card(FLAGSHIP).rates["web_search"] / 10:.0f}} cent. So let a sub-agent search, and answer in few words.

# %% [markdown] id="audio" tags=["further"]
# ### Speech, and a conversation that sends itself again
#
# In OpenAI's realtime API a token is 100 milliseconds of what the model hears, and 50 of what it says: {{= audio_tokens(60):,}} and {{= audio_tokens(60, "output"):,}} tokens a minute. Audio tokens have rates of their own, well above those of text: on gpt-realtime (shut down on {{= __import__("costlib.pricing").pricing.find_model("gpt-realtime").shutdown:%d %B %Y}}) {{= rate_card("gpt-realtime").rates["input_audio"]}} dollars a million in, {{= rate_card("gpt-realtime").rates["cached_audio"]}} cached and {{= rate_card("gpt-realtime").rates["output_audio"]}} out. And each turn sends the whole conversation again, as chats do.
#
# **Predict**: twenty turns, ten seconds from the user and fifteen from the model in each. How many times does re-sending multiply the bill, if nothing is cached?
# %% id="audio-run"
VOICE = "gpt-realtime"
heard, said = audio_tokens(10), audio_tokens(15, "output")


def call_cost(turns, *, resend, cached):
    total = 0
    for turn in range(turns):
        history = resend * turn * (heard + said)
        usage = Usage(
            input_tokens=history + heard,
            input_audio_tokens=history + heard,
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

# %% id="audio-figure" tags=["folded"]
# Draws the cost of a spoken conversation, turn by turn.
turns = range(1, 21)
ends = {name: call_cost(20, **how) for name, how in WAYS_TO_COUNT.items()}
times = ends["re-sent"] / ends["each second once"]
figures.lines(
    {name: [(n, call_cost(n, **how)) for n in turns] for name, how in WAYS_TO_COUNT.items()},
    f"After 20 turns the conversation has cost {times:.1f} times what its seconds would",
    alt="The cost of a spoken conversation against its turns. Counted once it grows in a line; re-sent from "
    "cache, it stays just above that; re-sent in full, it bends upwards far above both.",
    x="turns of 10 s heard and 15 s spoken",
    y="USD for the conversation",
    numbers=[{"counted": name, "20 turns": money(usd)} for name, usd in ends.items()],
)

# %% [markdown] id="audio-why" tags=["further"]
# The line *re-sent, cached* takes every earlier second from cache, which no vendor promises. What the model said comes back as input, with as many tokens as it had as output: that is our reading of the guide. Lesson 3 works out the law of histories that are sent again.
#
# In a realtime answer `cached_tokens` is part of the input, audio and text alike. Somebody calculated twice what OpenAI billed, where 8,192 of 8,223 tokens were cached ([forum]({{source:openai-forum-1105006}}), January 2025). One user tested silence: it was not billed. He assumes that all that the model has generated is, even if you interrupt it ([forum]({{source:openai-forum-966556}}), October 2024).
#
# **Speech written down** is billed in two ways. `whisper-1` costs {{= 100 * rate_card("whisper-1").rates["audio_hour"] / 60:.1f}} cents a minute, and its answer reports seconds and no tokens; gpt-4o-transcribe reports tokens ([aisix #868]({{source:aisix-868}}), August 2026), and takes {{= rate_card("gpt-4o-transcribe").rates["input_audio"]}} dollars a million for those of audio. Gemini counts 32 tokens a second, so {{= 60 * 32:,}} a minute ([guide]({{source:gemini-audio}})).
# %% [markdown] id="ex-2-5" tags=["further"]
# #### Your turn: exercise 2.5
#
# Write `speech_cost(heard, spoken, rates)`: minutes heard and minutes spoken (multiples of 0.25, from 0 on), each counted once, and a dictionary of rates (USD per million tokens) with `"input"`, `"output"`, `"input_audio"` and `"output_audio"`. It returns dollars.
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
# %% [markdown] id="embedding" tags=["further"]
# ### Embeddings
#
# An embedding has input and no output. Ten million tokens cost {{= cost_of(Usage(input_tokens=10_000_000), "text-embedding-3-small").total:.2f}} dollars on `text-embedding-3-small`. You pay that once for each text, again for every text that changes, and for all of them when you change the embedding model.

# %% [markdown] id="reading" tags=["further"]
# **Further reading**: OpenAI on [images]({{source:openai-images}}), [reasoning]({{source:openai-reasoning}}) and [realtime costs]({{source:openai-realtime}}); Anthropic on [vision]({{source:anthropic-vision}}) and [token counting]({{source:anthropic-counting}}).
