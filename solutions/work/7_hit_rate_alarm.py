"""Watch the hit rate

A deploy that puts a date into the prompt breaks a cache without an error. Run this each morning
on the log of lesson 2; it reads the usage of both vendors.
"""

import json
from collections import defaultdict
from pathlib import Path


def hit_rates(path="usage.jsonl"):
    sums = defaultdict(lambda: [0, 0])
    for line in Path(path).read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        usage, day = row["usage"], sums[row["feature"], row["time"][:10]]
        read = (usage.get("input_tokens_details") or {}).get("cached_tokens") or 0
        apart = usage.get("cache_read_input_tokens") or 0  # Claude counts what it reads apart
        day[0] += read + apart
        day[1] += usage["input_tokens"] + apart + (usage.get("cache_creation_input_tokens") or 0)
    return {name: read / total for name, (read, total) in sorted(sums.items()) if total}


def alarms(rates, today, before, drop=0.2):
    return [
        f for f, day in rates if day == today and rates.get((f, before), 0) - rates[f, day] > drop
    ]
