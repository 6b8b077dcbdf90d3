"""Log what each call was billed for

A bill says what a day cost. A response says what its call cost: write its tokens and web searches
down, a line for each call.
"""

import json
from datetime import UTC, datetime

from openai import OpenAI

client = OpenAI()


def ask(feature, **request):
    response = client.responses.create(**request)
    line = {
        "time": datetime.now(UTC).isoformat(),
        "feature": feature,
        "model": response.model,
        "id": response.id,
        "tier": response.service_tier,
        "usage": response.usage.to_dict(),
        "tool_usage": response.to_dict().get("tool_usage"),  # web searches have a fee
    }
    with open("usage.jsonl", "a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
    return response
