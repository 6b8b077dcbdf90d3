"""Know the most that a call can cost before you make it

Limit the attempts in the client and the output in the call: the SDKs try again twice by default,
and each attempt may be billed. Reasoning is inside `max_output_tokens`. Put in the dearest rates
that may apply: that of a cache write, if your model caches by itself, and those of long prompts.
"""

from openai import OpenAI

USD_IN, USD_OUT = 2.5 / 1e6, 10 / 1e6  # your model's; here input is 2, a cache write 2.5
MAX_RETRIES, MAX_OUTPUT = 1, 800
client = OpenAI(max_retries=MAX_RETRIES, timeout=60)


def ask(model, text, most_usd):
    counted = client.responses.input_tokens.count(model=model, input=text).input_tokens
    worst = (counted * USD_IN + MAX_OUTPUT * USD_OUT) * (MAX_RETRIES + 1)
    if worst > most_usd:
        raise ValueError(f"this call may cost {worst:.4f} USD, and {most_usd} are allowed")
    return client.responses.create(model=model, input=text, max_output_tokens=MAX_OUTPUT)
