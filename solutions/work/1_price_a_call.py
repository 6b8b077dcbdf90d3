"""Price a call, and refuse to guess

Keep your own short table of rates, with the day on which you read them. A model or tier that it
lacks raises an error: counted as 0, it would make the bill too low.
"""

from openai import OpenAI

client = OpenAI()
READ_ON = "2026-11-22"
RATES = {  # as the response names model and tier: USD per million tokens
    # in, cached, written (for 30 minutes: the 12-hour cache costs more), out
    ("gpt-6.1-terra", "default"): (1, 0.05, 1.25, 5),
    ("gpt-6.1-terra", "fast"): (2, 0.10, 2.50, 10),  # GPT-5.6 and older say "priority"
}
LONG = 272_000  # above it the whole request has other rates


def cost(response):
    usage, details = response.usage, response.usage.input_tokens_details
    if usage.input_tokens > LONG:
        raise LookupError(f"no rates of {READ_ON} for {usage.input_tokens:,} tokens of input")
    rates = RATES[response.model, response.service_tier]
    cached, written = details.cached_tokens, details.cache_write_tokens
    counts = (usage.input_tokens - cached - written, cached, written, usage.output_tokens)
    return sum(count * rate for count, rate in zip(counts, rates, strict=True)) / 1_000_000
