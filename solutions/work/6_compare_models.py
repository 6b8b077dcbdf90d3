"""Try a cheaper model without labels

Let both models answer real inputs from your log, and have a person judge only the answers that
differ. Some hundred inputs are enough for a difference of a few points.
"""

import json

from openai import OpenAI

client = OpenAI()
MODELS = ("gpt-4.1", "gpt-4.1-mini")  # today's, and the cheaper one

with open("inputs.jsonl") as file, open("to_judge.jsonl", "w") as out:
    differ = count = 0
    for line in file:
        text, count = json.loads(line)["input"], count + 1
        answers = {
            model: client.responses.create(model=model, input=text).output_text for model in MODELS
        }
        if len(set(answers.values())) > 1:
            differ += 1
            out.write(json.dumps({"input": text} | answers) + "\n")
print(f"{differ} of {count} differ: judge these")
