"""The same for a stream, with asyncio

The usage comes with the last event. If you stop reading earlier, what the model wrote is still
billed, so the reservation counts in full.
"""

from openai import AsyncOpenAI

from costlib import cost_of, read_usage
from costlib.budgets import Budget, Limit
from costlib.estimation import ceiling

client = AsyncOpenAI(max_retries=0)
budget = Budget("sqlite:///budget.sqlite", [Limit(2, "day", by="user")])


async def stream(user, model, text, max_tokens=500):
    asked = {"model": model, "input": text}
    count = (await client.responses.input_tokens.count(**asked)).input_tokens
    async with budget.areserve(ceiling(model, count, max_tokens), user=user) as reservation:
        asked |= {"max_output_tokens": max_tokens, "stream": True}
        async with await client.responses.create(**asked) as events:
            async for event in events:
                if event.type in ("response.completed", "response.incomplete"):
                    await reservation.asettle(cost_of(read_usage(event.response), model))
                elif event.type == "response.output_text.delta":
                    yield event.delta
