"""Set max_tokens from your own log

Use the length that 99 in 100 of your answers do not exceed. Reasoning is inside `output_tokens`
(`completion_tokens` in Chat Completions). An answer that used up its limit was cut off.
Chat Completions says so with the `finish_reason` "length", Responses with the
`incomplete_details.reason` "max_output_tokens".
Where more than one in 100 were cut off, raise the limit first. Log 100 answers at least.
"""

import json

LIMIT = 800  # max_output_tokens of the calls in this log

with open("usage.jsonl", encoding="utf-8") as file:
    lengths = sorted(json.loads(line)["usage"]["output_tokens"] for line in file)
p99 = lengths[-1 - len(lengths) // 100]  # at most one in 100 is longer
cut = sum(length >= LIMIT for length in lengths)
print(f"{len(lengths):,} answers, mean {sum(lengths) / len(lengths):.0f}, {cut} of them cut off")
if cut > len(lengths) / 100:
    print("raise the limit, then measure again")
else:
    print(f"max_tokens={p99}")
