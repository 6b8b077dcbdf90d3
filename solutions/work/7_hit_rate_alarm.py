"""Watch the hit rate

A deploy that puts a date into the prompt breaks a cache without an error. Run this each morning
for the day before, on the log of lesson 2, of either vendor. It compares what share of all its
input each feature read with the feature's last day before that.
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


def alarms(rates, day, drop=0.2):  # day: "2026-11-28"; drop: 0.2 is from 90% to below 70%
    before = {name: rate for (name, when), rate in rates.items() if when < day}  # the last stays
    return [f for f, when in rates if when == day and before.get(f, 0) - rates[f, day] > drop]
