"""Set max_tokens from your own log

Use the length that 99 in 100 of your answers do not exceed, from a log of the usage of each call.
Then count the answers that end cut off (`finish_reason` "length"). If they are more than one in
100, raise the limit.
"""

import json
import statistics

with open("usage.jsonl", encoding="utf-8") as file:
    lengths = [json.loads(line)["usage"]["output_tokens"] for line in file]
p99 = statistics.quantiles(lengths, n=100)[98]
print(f"{len(lengths):,} answers, mean {statistics.mean(lengths):.0f}, max_tokens={p99:.0f}")
