"""Know the most that a call can cost before you make it

Limit the attempts in the client and the output in the call: the SDKs try again twice unless you say
otherwise, and an attempt that timed out may be billed. Reasoning is inside `max_output_tokens`, so
the sum holds for models that reason too. Put in your own model's rates.
"""

from openai import OpenAI

USD_IN, USD_OUT = 2 / 1e6, 10 / 1e6  # your model's rates, for a token
MAX_RETRIES, MAX_OUTPUT = 1, 800
client = OpenAI(max_retries=MAX_RETRIES, timeout=60)


def ask(model, text, most_usd):
    counted = client.responses.input_tokens.count(model=model, input=text).input_tokens
    worst = (counted * USD_IN + MAX_OUTPUT * USD_OUT) * (MAX_RETRIES + 1)
    if worst > most_usd:
        raise ValueError(f"this call may cost {worst:.4f} USD, and {most_usd} are allowed")
    return client.responses.create(model=model, input=text, max_output_tokens=MAX_OUTPUT)
